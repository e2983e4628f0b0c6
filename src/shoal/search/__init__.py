"""Floor 5, searching for hyperparameters: all candidates on all folds are one training run.

`_run` is the `fit` that scikit-learn's four search classes share here. It calls an `_evaluation`, which
turns candidates into results: `_pipelines` finds the network in an estimator, `_folds` makes the training
data, `_candidates` has the records, `_waves` bounds the memory, `_population` trains, `_scoring` scores, and
`_study` keeps the results on disk. `_kinds` says whether the networks are shoal's; `_strangers` leaves those
that are not to scikit-learn.
"""

from shoal.search._grid import GridSearchCV, RandomizedSearchCV
from shoal.search._halving import HalvingGridSearchCV, HalvingRandomSearchCV

__all__ = ["GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV"]
