"""Successive halving: all candidates for a few epochs, the better ones for more, and so on."""

from typing import Any

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (the import below wants it)
from sklearn.model_selection import HalvingGridSearchCV as ScikitLearns

from shoal.base.errors import UsageError
from shoal.estimators._parameters import COUNT, keep_arguments
from shoal.estimators._sklearn import yields_constant_splits
from shoal.search import _pipelines as pipelines
from shoal.search._run import PopulationSearch

EPOCHS = "max_iter"


class HalvingGridSearchCV(ScikitLearns, PopulationSearch):  # type: ignore[misc]
    """Train all combinations of a grid for a few epochs, the best third for three times as many, and so on.

    This is scikit-learn's class, with epochs as the resource. A network that stays continues from where it
    is, and is not trained again from the beginning. (A LogisticRegression has no epochs: it is solved anew in
    each round.) The network after a round has the same bits as if it had been fitted alone
    with as many epochs, with two exceptions: a learning rate that falls towards the end (``"cosine"``) falls
    towards `max_resources` in all rounds, and L-BFGS begins each round with an empty memory of gradients.

    Parameters
    ----------
    estimator, param_grid
        As for `GridSearchCV`; the resource is not part of the grid.
    factor : float, default=3
        One of `factor` candidates stays, and gets `factor` times as many epochs; above 1.
    resource : str, default="max_iter"
        The network's parameter for epochs; in a pipeline its whole name, ``"mlp__max_iter"``, is possible
        too. Rows (``"n_samples"``) are refused: for them use scikit-learn's class, which fits each candidate
        from the beginning in each round.
    max_resources : int or "auto", default="auto"
        Epochs of the last round; "auto" is the estimator's own `max_iter`.
    min_resources : int, "exhaust" or "smallest", default="exhaust"
        Epochs of the first round; with "exhaust" so many that the last round has about `max_resources`, with
        "smallest" 1.
    aggressive_elimination : bool, default=False
        As in scikit-learn.
    cv, scoring, refit, error_score, return_train_score, n_jobs, verbose
        As for `GridSearchCV`, but with one score only. The folds must be the same in each round.
    random_state : int, RandomState instance or None, default=None
        Accepted as in scikit-learn, where it only matters if rows are the resource: without effect here.

    Attributes
    ----------
    n_resources_, n_candidates_, n_remaining_candidates_, n_iterations_, max_resources_, min_resources_,
    n_possible_iterations_, n_required_iterations_
        As in scikit-learn; `cv_results_` has the columns ``iter`` and ``n_resources``.
    on_progress : callable or None
        As for `GridSearchCV`; it counts the fits of each round anew.

    References
    ----------
    Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".

    Examples
    --------
    >>> from shoal import HalvingGridSearchCV, MLPClassifier
    >>> from shoal.datasets import load
    >>> flower = load("flower")
    >>> network = MLPClassifier((8,), activation="tanh", max_iter=270, tol=0, n_iter_no_change=270)
    >>> grid = {"learning_rate_init": [1e-4, 1e-3, 1e-2], "alpha": [0.01, 0.1, 1.0]}
    >>> HalvingGridSearchCV(network, grid).fit(flower.X, flower.y).n_resources_
    [30, 90, 270]
    """

    resource: str

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "max_iter",
        max_resources: Any = "auto",
        min_resources: Any = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        keep_arguments(self, locals())

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """As `GridSearchCV.fit`, in rounds.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            The rows to learn from.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        **params : dict
            As for `GridSearchCV.fit`.

        Returns
        -------
        self : object
        """
        asked = self.resource
        if asked == EPOCHS:
            self.resource = _name_of_epochs(self.estimator)  # scikit-learn sets the parameter of this name
        try:
            return super().fit(X, y, **params)
        finally:
            self.resource = asked

    def _check_input_parameters(self, X: Any, y: Any, split_params: Any) -> None:
        """What scikit-learn checks of its resource, checked of epochs."""
        pipelines.innermost(self.estimator)
        if not yields_constant_splits(self._checked_cv_orig):
            raise UsageError("search.other_folds")
        if self.factor <= 1:
            raise UsageError("search.factor", got=self.factor)
        wanted = _name_of_epochs(self.estimator)
        if self.resource != wanted:
            raise UsageError("search.resource", wanted=wanted, got=self.resource)
        if any(wanted in settings for settings in self._generate_candidate_params()):
            raise UsageError("search.resource_in_grid", wanted=wanted)
        self.max_resources_ = self.max_resources
        if self.max_resources == "auto":
            self.max_resources_ = _epochs_of(self.estimator, wanted)
        self.min_resources_ = 1 if isinstance(self.min_resources, str) else self.min_resources
        if self.min_resources_ > self.max_resources_:
            raise UsageError("search.resources", least=self.min_resources_, most=self.max_resources_)


def _name_of_epochs(estimator: Any) -> str:
    """The name of the network's parameter for epochs in the whole estimator."""
    place = pipelines.place_of(estimator)
    return f"{place}__{EPOCHS}" if place else EPOCHS


def _epochs_of(estimator: Any, name: str) -> int:
    """The value of this parameter, if it is a possible number of epochs."""
    epochs = estimator.get_params()[name]
    if not COUNT.holds(epochs):
        raise UsageError("parameters.refused", name=name, wanted=COUNT.wanted, got=repr(epochs))
    return int(epochs)
