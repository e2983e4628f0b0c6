"""Searching for hyperparameters: scikit-learn's classes, all candidates on all folds as one training run.

`_pipelines` finds the network in an estimator, `_folds` makes the data of a fold, `_population` trains,
`_scoring` scores, `_study` keeps. `_run` is the `fit` that the three classes share.
"""

from shoal.search._grid import GridSearchCV, RandomizedSearchCV
from shoal.search._halving import HalvingGridSearchCV

__all__ = ["GridSearchCV", "HalvingGridSearchCV", "RandomizedSearchCV"]
