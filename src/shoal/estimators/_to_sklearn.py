"""A fitted estimator as scikit-learn's own class: the same parameters and weights, for what only knows those.

Exporters and explainers (skl2onnx, eli5) choose what to do by the class of a model. They read the attributes
that scikit-learn's `fit` leaves, and those are set here.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn import linear_model, neural_network
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from shoal.base.errors import UsageError
from shoal.estimators._parameters import LOGISTIC, share_of_l1
from shoal.estimators._predict import is_multilabel

_HIDDEN = ("identity", LOGISTIC, "tanh", "relu")  # what scikit-learn's networks have


class ToSklearnMixin:
    """`to_sklearn`, for a multilayer perceptron or a logistic regression."""

    def to_sklearn(self) -> Any:
        """The same model as scikit-learn's own class, for software that only knows that.

        Its predictions are the same but for rounding. It is a copy: what is done to one does not change the
        other. Parameters that scikit-learn's class lacks, or whose value it does not know, have its defaults
        there, so training goes on in its own way.

        Returns
        -------
        model : sklearn.neural_network.MLPClassifier, MLPRegressor or sklearn.linear_model.LogisticRegression
            Fitted.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        UsageError
            If the network has activations that scikit-learn's class does not have: GELU, SiLU or leaky ReLU,
            or different ones in its layers.
        """
        check_is_fitted(self)
        return _perceptron(self) if hasattr(self, "hidden_layer_sizes") else _logistic(self)


def _logistic(estimator: Any) -> Any:
    theirs = linear_model.LogisticRegression(**_known_parameters(estimator, linear_model.LogisticRegression))
    theirs.set_params(solver="saga" if theirs.l1_ratio else "lbfgs")  # which knows this penalty
    W, b = (pieces[1] for pieces in estimator.network_.views(estimator.theta_.copy()))
    theirs.coef_, theirs.intercept_ = W, b[:, 0]
    return _with_common(theirs, estimator)


def _perceptron(estimator: Any) -> Any:
    network = estimator.network_
    names = {LOGISTIC if name == "sigmoid" else name for name in network.activations}
    if len(names) > 1 or not names <= set(_HIDDEN):
        raise UsageError("fit.no_sklearn", activations=", ".join(sorted(names)), known=", ".join(_HIDDEN))
    kind = neural_network.MLPClassifier if is_classifier(estimator) else neural_network.MLPRegressor
    theirs = kind(**_known_parameters(estimator, kind))
    theirs.set_params(hidden_layer_sizes=network.n[1:-1], activation=next(iter(names), "relu"))
    W, b = network.views(estimator.theta_.copy())
    theirs.coefs_ = [W_l.T.copy() for W_l in W[1:]]
    theirs.intercepts_ = [b_l[:, 0] for b_l in b[1:]]
    theirs.n_layers_, theirs.n_outputs_ = estimator.n_layers_, estimator.n_outputs_
    theirs.out_activation_ = estimator.out_activation_
    _training_of(theirs, estimator)
    if is_classifier(estimator):
        several = is_multilabel(estimator)
        labels = np.eye(len(estimator.classes_), dtype=int) if several else estimator.classes_
        theirs._label_binarizer = LabelBinarizer().fit(labels)
    return _with_common(theirs, estimator)


def _training_of(theirs: Any, estimator: Any) -> None:
    """What its `partial_fit` and `warm_start` go on from."""
    theirs.loss_curve_ = list(estimator.loss_curve_)
    theirs.loss_, theirs.best_loss_, theirs.t_ = estimator.loss_, estimator.best_loss_, estimator.t_
    theirs.validation_scores_ = copy.copy(estimator.validation_scores_)
    theirs.best_validation_score_ = estimator.best_validation_score_
    theirs._best_coefs, theirs._best_intercepts = map(copy.deepcopy, (theirs.coefs_, theirs.intercepts_))
    theirs._no_improvement_count = 0


def _with_common(theirs: Any, estimator: Any) -> Any:
    for name in ("classes_", "n_features_in_", "feature_names_in_", "n_iter_"):
        if name in vars(estimator):
            setattr(theirs, name, copy.deepcopy(vars(estimator)[name]))
    return theirs


def _known_parameters(estimator: Any, kind: type[Any]) -> dict[str, Any]:
    """The parameters whose values scikit-learn's class knows, too."""
    known = {}
    ours = estimator.get_params(deep=False)
    for name in kind().get_params(deep=False):
        if name in ours and name != "penalty" and _accepts(kind, name, ours[name]):
            known[name] = ours[name]
    if "penalty" in ours and ours["penalty"] != "deprecated":  # what scikit-learn 1.10 takes
        known["l1_ratio"] = share_of_l1(estimator)
        known["C"] = np.inf if ours["penalty"] is None else ours["C"]
    return known


def _accepts(kind: type[Any], name: str, value: Any) -> bool:
    """Whether scikit-learn's class would accept this value of a parameter."""
    try:
        kind(**{name: value})._validate_params()
    except ValueError:
        return False
    return True
