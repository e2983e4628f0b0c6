"""Successive halving: all candidates for a few epochs or on a few rows, the better ones for more."""

from typing import Any

import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (the import below wants it)
from sklearn.model_selection import HalvingGridSearchCV as ScikitLearnsGrid
from sklearn.model_selection import HalvingRandomSearchCV as ScikitLearnsDraws

from shoal.base.errors import UsageError
from shoal.estimators._parameters import COUNT, keep_arguments
from shoal.estimators._sklearn import BaseSuccessiveHalving, yields_constant_splits
from shoal.search import _pipelines as pipelines
from shoal.search._kinds import Kinds, grids_of
from shoal.search._run import PopulationSearch

EPOCHS, ROWS, AUTO = "max_iter", "n_samples", "auto"


class PopulationHalving(BaseSuccessiveHalving, PopulationSearch):  # type: ignore[misc]
    """What the two kinds of successive halving share."""

    resource: str
    pre_dispatch = "2*n_jobs"  # no parameter here, but scikit-learn's `fit` reads it

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
        asked, kinds = self.resource, Kinds.of(self)
        if asked == AUTO:
            epochs = _name_of_epochs(self.estimator)
            has_epochs = kinds.all_ours and epochs in self.estimator.get_params()  # a subclass may have none
            self.resource = epochs if has_epochs else ROWS
        elif asked == EPOCHS and kinds.some_ours:  # scikit-learn sets the parameter of this name
            self.resource = _name_of_epochs(self.estimator)
        try:
            return super().fit(X, y, **params)
        finally:
            self.resource = asked

    def _check_input_parameters(self, X: Any, y: Any, split_params: Any) -> None:
        """What scikit-learn checks of its resource, checked of epochs."""
        if not Kinds.of(self).some_ours:
            super()._check_input_parameters(X, y, split_params)
            return
        if not yields_constant_splits(self._checked_cv_orig):
            raise UsageError("search.other_folds")
        if self.factor <= 1:
            raise UsageError("search.factor", got=self.factor)
        if getattr(self, "n_candidates", None) == self.min_resources == "exhaust":
            raise UsageError("search.exhaust")
        if self.resource != ROWS:
            self._check_epochs()
            return
        self.__dict__.pop("max_resources_", None)  # of an earlier fit; scikit-learn sets it last
        try:
            super()._check_input_parameters(X, y, split_params)
        except ValueError as error:
            most = getattr(self, "max_resources_", None)
            if most is None or self.min_resources_ <= most:
                raise
            raise UsageError("search.rows", least=self.min_resources_, most=most) from error

    def _check_epochs(self) -> None:
        wanted = _name_of_epochs(self.estimator)
        if self.resource != wanted:
            raise UsageError("search.resource", wanted=wanted, got=self.resource)
        if any(wanted in grid for grid in grids_of(self)):
            raise UsageError("search.resource_in_grid", wanted=wanted)
        self.max_resources_ = self.max_resources
        if self.max_resources == AUTO:
            self.max_resources_ = _epochs_of(self.estimator, wanted)
        self.min_resources_ = 1 if isinstance(self.min_resources, str) else self.min_resources
        if self.min_resources_ > self.max_resources_:
            raise UsageError("search.resources", least=self.min_resources_, most=self.max_resources_)


class HalvingGridSearchCV(PopulationHalving, ScikitLearnsGrid):  # type: ignore[misc]
    """Train all combinations of a grid for a few epochs, the best third for three times as many, and so on.

    This is scikit-learn's class, with epochs as the resource, or with rows as there. With epochs, a network
    that stays continues from where it is, and is not trained again from the beginning. (A LogisticRegression
    has no epochs: it is solved anew in each round.) The network after a round has the same bits as if it had
    been fitted alone with as many epochs, with one exception: a learning rate that falls towards the end
    (``"cosine"``) falls towards `max_resources` in all rounds.

    Parameters
    ----------
    estimator, param_grid
        As for `GridSearchCV`; the resource is not part of the grid.
    factor : float, default=3
        One of `factor` candidates stays, and gets `factor` times as many epochs; above 1.
    resource : str, default="auto"
        "max_iter" gives epochs; in a pipeline the whole name, ``"mlp__max_iter"``, is possible too.
        "n_samples" gives rows, as is scikit-learn's default: each candidate is fitted from the beginning in
        each round, on a part of the rows. "auto" is epochs if all candidates are networks of shoal, and rows
        otherwise. For estimators of others it may be any of their parameters, as in scikit-learn.
    max_resources : int or "auto", default="auto"
        Epochs or rows of the last round; "auto" is the estimator's own `max_iter`, or all rows.
    min_resources : int, "exhaust" or "smallest", default="exhaust"
        Epochs or rows of the first round; with "exhaust" so many that the last round has about
        `max_resources`, with "smallest" one epoch, or two rows for each fold and class.
    aggressive_elimination : bool, default=False
        As in scikit-learn.
    cv, scoring, refit, error_score, return_train_score, n_jobs, verbose
        As for `GridSearchCV`, but with one score only. The folds must be the same in each round.
    random_state : int, RandomState instance or None, default=None
        The seed by which rows are chosen, if they are the resource; without effect otherwise.

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

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "auto",
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


class HalvingRandomSearchCV(PopulationHalving, ScikitLearnsDraws):  # type: ignore[misc]
    """Draw settings at random, and train them in rounds as `HalvingGridSearchCV` does.

    Parameters
    ----------
    estimator, factor, resource, max_resources, aggressive_elimination
        As for `HalvingGridSearchCV`.
    param_distributions : dict or list of dict
        A list, or a distribution with ``rvs`` (`scipy.stats.loguniform`), by parameter.
    n_candidates : int or "exhaust", default="exhaust"
        How many settings are drawn; with "exhaust" so many that the last round has about `max_resources`.
    min_resources : int, "exhaust" or "smallest", default="smallest"
        As for `HalvingGridSearchCV`; "exhaust" needs a number of candidates.
    cv, scoring, refit, error_score, return_train_score, n_jobs, verbose
        As for `HalvingGridSearchCV`.
    random_state : int, RandomState instance or None, default=None
        The seed of the draw, and of the rows that are chosen, if they are the resource.

    The attributes are those of `HalvingGridSearchCV`.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from shoal import HalvingRandomSearchCV, MLPClassifier
    >>> from shoal.datasets import load
    >>> flower = load("flower")
    >>> network = MLPClassifier((8,), activation="tanh", max_iter=90, tol=0, n_iter_no_change=90)
    >>> rates = {"learning_rate_init": loguniform(1e-4, 1e-1)}
    >>> search = HalvingRandomSearchCV(network, rates, min_resources=10, random_state=0)
    >>> search.fit(flower.X, flower.y).n_candidates_
    [9, 3, 1]
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: Any = "exhaust",
        factor: float = 3,
        resource: str = "auto",
        max_resources: Any = "auto",
        min_resources: Any = "smallest",
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


def _name_of_epochs(estimator: Any) -> str:
    """The name of the network's parameter for epochs in the whole estimator."""
    place = pipelines.place_of(estimator)
    return f"{place}__{EPOCHS}" if place else EPOCHS


def _epochs_of(estimator: Any, name: str) -> int:
    """The value of this parameter, if it is a possible number of epochs."""
    epochs = estimator.get_params().get(name)
    if not COUNT.holds(epochs):
        raise UsageError("parameters.refused", name=name, wanted=COUNT.wanted, got=repr(epochs))
    return int(epochs)
