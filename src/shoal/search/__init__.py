"""Searching for hyperparameters: scikit-learn's classes, all candidates on all folds as one training run.

`nesting` finds the network in a person's estimator, `folds` says what is learned from, `population` trains,
`judging` scores, `study` keeps; `one_run` is the `fit` that the classes here share.
"""

from shoal.search.grid import GridSearchCV, RandomizedSearchCV
from shoal.search.halving import HalvingGridSearchCV

__all__ = ["GridSearchCV", "HalvingGridSearchCV", "RandomizedSearchCV"]
