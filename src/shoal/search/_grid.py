"""All settings of a grid, or some drawn at random."""

import os
from typing import Any, ClassVar

import numpy as np
from sklearn import model_selection

from shoal.estimators._parameters import keep_arguments
from shoal.search._run import PopulationSearch

_STUDY = {"study": [str, os.PathLike, None]}


class GridSearchCV(model_selection.GridSearchCV, PopulationSearch):  # type: ignore[misc]
    """All combinations of a grid, judged by cross-validation; the best is fitted on all rows.

    scikit-learn's class, with its parameters, results and methods; only that all candidates on all folds are
    trained together, as one population, which takes a fraction of the time. Each candidate's network on a
    fold has the same bits as if it had been fitted there alone.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or LogisticRegression of shoal, or a Pipeline or
            TransformedTargetRegressor that ends in one
        What comes before the network is fitted once a fold for all candidates that share it, never with the
        rows that judge.
    param_grid : dict or list of dict
        Lists of values by parameter (``mlp__alpha`` in a pipeline). Anything may vary: sizes and depth,
        activations, solver, learning rate, penalties, batch size, seed, early stopping, the estimator itself.
    scoring : str, callable, list, tuple, dict or None, default=None
        As in scikit-learn. The usual scores are computed for all networks of a fold at once, any other scorer
        one network after another.
    n_jobs : int or None, default=None
        Threads that train; None and -1 take all CPUs. It decides how long the search takes, and no bit of
        what comes out.
    refit : bool, str or callable, default=True
        As in scikit-learn.
    cv : int, splitter, iterable or None, default=None
        As in scikit-learn: five folds, class by class for a classifier.
    verbose : int, default=0
        From 1, what is trained; from 2, a line a fit; from 3, its score.
    pre_dispatch : str, default="2*n_jobs"
        There are no jobs to dispatch: anything else is refused.
    error_score : float or "raise", default=nan
        What a fit or a scorer that fails is worth.
    return_train_score : bool, default=False
        Whether the rows that are learned from are scored as well.
    study : str, path or None, default=None
        A folder where finished candidates are kept. The same search with the same folder goes on where it was
        stopped, and ends with the same bits.

    Attributes
    ----------
    cv_results_, best_estimator_, best_params_, best_score_, best_index_, scorer_, n_splits_, refit_time_,
    multimetric_, classes_, n_features_in_, feature_names_in_
        As in scikit-learn. The time of a fit is its share of the one run, by how much there was to compute.
    histories_ : list of list of Curve
        By candidate and fold, `cost` and `score` of each epoch.
    n_resumed_ : int
        How many candidates the study had finished before: they were not trained again.

    Notes
    -----
    Ctrl-C raises KeyboardInterrupt; `cv_results_` and `histories_` hold the candidates that were finished.
    With callbacks (`set_callbacks`), which want to see fits one by one, scikit-learn's own search runs.

    References
    ----------
    The course's week 3 and 4 on hyperparameters (`docs/notes.md`).

    Examples
    --------
    >>> from shoal import GridSearchCV, MLPClassifier
    >>> from shoal.datasets import load
    >>> flower = load("flower")
    >>> network = MLPClassifier(activation="tanh", learning_rate_init=0.03, tol=0, n_iter_no_change=200)
    >>> grid = {"hidden_layer_sizes": [(2,), (8,)], "alpha": [0.01, 1.0]}
    >>> search = GridSearchCV(network, grid, n_jobs=1).fit(flower.X, flower.y)
    >>> search.best_params_["hidden_layer_sizes"]
    (8,)
    """

    _parameter_constraints: ClassVar = {
        **model_selection.GridSearchCV._parameter_constraints,
        **_STUDY,
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        study: Any = None,
    ) -> None:
        keep_arguments(self, locals())


class RandomizedSearchCV(model_selection.RandomizedSearchCV, PopulationSearch):  # type: ignore[misc]
    """Settings drawn at random from lists or distributions; else as `GridSearchCV`.

    Parameters
    ----------
    estimator : estimator
        As for `GridSearchCV`.
    param_distributions : dict or list of dict
        A list, or a distribution with ``rvs`` (`scipy.stats.loguniform`), by parameter.
    n_iter : int, default=10
        How many settings are drawn.
    random_state : int, RandomState instance or None, default=None
        Of the draw. A `study` is only recognised again with a number here.

    The other parameters and the attributes are those of `GridSearchCV`.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from shoal import MLPClassifier, RandomizedSearchCV
    >>> from shoal.datasets import load
    >>> flower = load("flower")
    >>> network = MLPClassifier((8,), activation="tanh", max_iter=50, tol=0, n_iter_no_change=50)
    >>> rates = {"learning_rate_init": loguniform(1e-4, 1e-1)}
    >>> search = RandomizedSearchCV(network, rates, n_iter=8, random_state=0).fit(flower.X, flower.y)
    >>> len(search.cv_results_["params"])
    8
    """

    _parameter_constraints: ClassVar = {
        **model_selection.RandomizedSearchCV._parameter_constraints,
        **_STUDY,
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        study: Any = None,
    ) -> None:
        keep_arguments(self, locals())
