"""The score on the validation rows, after each epoch."""

import copy
from collections.abc import Callable

import numpy as np
from sklearn.metrics import check_scoring

from shoal.estimators._inputs import Validation, cast
from shoal.estimators._predict import last_layer, predicts_as_ours
from shoal.estimators._scorers import true_targets, vectorized_scorer
from shoal.estimators._trainable import Trainable, show
from shoal.training.loop import Run


def validation_score(estimator: Trainable, run: Run, validation: Validation) -> Callable[[], float]:
    """A function that scores the run's network, as it is when it is called, on the validation rows.

    It is vectorized where scikit-learn's scorer has such a form. Any other scorer is called as it is, and so
    is every scorer when the vectorized score is NaN.
    """
    X, y, weights = validation
    scorer = check_scoring(estimator, scoring=estimator.scoring)
    scored = copy.copy(estimator)
    show(scored, run)
    vars(scored).pop("feature_names_in_", None)  # the rows are checked arrays by now, without names
    named = {} if weights is None else {"sample_weight": weights}

    def call_scorer() -> float:
        return float(scorer(scored, X, y, **named))

    vectorized = vectorized_scorer(scorer, estimator) if predicts_as_ours(estimator) else None
    if vectorized is None:
        return call_scorer
    classes = getattr(estimator, "classes_", None)
    true = true_targets(y, weights, output=run.member.network.output, classes=classes)
    if true is None:
        return call_scorer
    X_columns = cast("X_val", X, run.member.theta.dtype).T

    def score() -> float:
        value = float(vectorized(last_layer(scored, vectorized.wants, X_columns)[None], true)[0])
        return call_scorer() if np.isnan(value) else value

    return score
