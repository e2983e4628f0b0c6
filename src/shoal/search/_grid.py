"""All settings of a grid, or some drawn at random."""

import os
from typing import Any, ClassVar

import numpy as np
from sklearn import model_selection

from shoal.estimators._parameters import keep_arguments
from shoal.search._run import PopulationSearch

_STUDY = {"study": [str, os.PathLike, None]}


class GridSearchCV(model_selection.GridSearchCV, PopulationSearch):  # type: ignore[misc]
    """Try all combinations of a grid by cross-validation, and fit the best one on all rows.

    This is scikit-learn's class, with its parameters, results and methods. The difference: all candidates on
    all folds are trained together, as one population, which takes a fraction of the time. The network of each
    candidate on a fold has the same bits as if it had been fitted there alone.

    Parameters
    ----------
    estimator : estimator
        MLPClassifier, MLPRegressor or LogisticRegression of shoal, or a Pipeline or
        TransformedTargetRegressor that ends in one, are trained together. What comes before the network is
        fitted once for each fold, for all candidates that share it, and only on the training rows of the
        fold. Around any other estimator scikit-learn's own search runs, and a warning says so.
    param_grid : dict or list of dict
        Lists of values by parameter (``mlp__alpha`` in a pipeline). Anything may vary: sizes and depth,
        activations, solver, learning rate, penalties, batch size, seed, early stopping, the estimator itself.
        In a pipeline some candidates may end in a network of shoal and others not: those are trained
        together, these by scikit-learn, one by one.
    scoring : str, callable, list, tuple, dict or None, default=None
        As in scikit-learn. The usual scores are computed for all networks of a fold at once, any other scorer
        one network after another.
    n_jobs : int or None, default=None
        Threads that train; None and -1 take all CPUs. It changes how long the search takes, and not the
        results. What scikit-learn trains, it trains in as many jobs; there None is one.
    refit : bool, str or callable, default=True
        As in scikit-learn.
    cv : int, splitter, iterable or None, default=None
        As in scikit-learn: five folds, class by class for a classifier.
    verbose : int, default=0
        From 1, how much is trained; from 2, a line for each fit; from 3, with its score.
    pre_dispatch : str, default="2*n_jobs"
        As in scikit-learn, for what it trains. Where shoal trains all candidates there are no jobs to
        dispatch: any other value is refused.
    error_score : float or "raise", default=nan
        The score of a fit that fails, or whose scorer fails.
    return_train_score : bool, default=False
        Whether the training rows are scored as well.
    study : str, path or None, default=None
        A folder where finished candidates are kept. The same search with the same folder continues where it
        was stopped, and ends with the same bits. Functions in the search, such as a scorer of your own, must
        be defined at the top level of a module, so that the study can recognise them. All candidates must
        be networks of shoal.

    Attributes
    ----------
    cv_results_, best_estimator_, best_params_, best_score_, best_index_, scorer_, n_splits_, refit_time_,
    multimetric_, classes_, n_features_in_, feature_names_in_
        As in scikit-learn. The time of a fit is its share of the one run, in proportion to how much there was
        to compute.
    histories_ : list of list of Curve
        By candidate and fold, `cost` and `score` of each epoch; None for a fit that failed, has no epochs, or
        was left to scikit-learn. Where scikit-learn's own search runs, there is no such attribute.
    n_resumed_ : int
        How many candidates the study had finished before: they were not trained again.
    on_progress : callable or None
        Set it before `fit` to follow the search: it is called after each wave of candidates with the number
        of fits that are done, the number of all fits, and the best mean score so far (None if there is none
        yet). It may raise KeyboardInterrupt to stop the search. It is not a parameter: `clone` leaves it out.

    Notes
    -----
    Ctrl-C raises KeyboardInterrupt; `cv_results_` and `histories_` hold the candidates that were finished.
    If callbacks are set (`set_callbacks`), scikit-learn's own search runs, because they must be called for
    each fit in turn.

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
    """Try settings that are drawn at random from lists or distributions; otherwise as `GridSearchCV`.

    Parameters
    ----------
    estimator : estimator
        As for `GridSearchCV`.
    param_distributions : dict or list of dict
        A list, or a distribution with ``rvs`` (`scipy.stats.loguniform`), by parameter.
    n_iter : int, default=10
        How many settings are drawn.
    random_state : int, RandomState instance or None, default=None
        The seed of the draw. To continue a `study`, give a number.

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
