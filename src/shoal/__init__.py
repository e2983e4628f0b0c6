"""Shallow neural networks that you can see through."""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.estimators import LogisticRegression as LogisticRegression
    from shoal.estimators import MLPClassifier as MLPClassifier
    from shoal.estimators import MLPRegressor as MLPRegressor
    from shoal.saving import load as load
    from shoal.saving import save as save
    from shoal.search import GridSearchCV as GridSearchCV
    from shoal.search import HalvingGridSearchCV as HalvingGridSearchCV
    from shoal.search import HalvingRandomSearchCV as HalvingRandomSearchCV
    from shoal.search import RandomizedSearchCV as RandomizedSearchCV
    from shoal.tables import TableClassifier as TableClassifier
    from shoal.tables import TableRegressor as TableRegressor
    from shoal.tables import read_table as read_table
    from shoal.tables import search_table as search_table
    from shoal.tables import train_table as train_table

__version__ = "0.1.0"

_HOMES = {
    "GridSearchCV": "shoal.search",
    "HalvingGridSearchCV": "shoal.search",
    "HalvingRandomSearchCV": "shoal.search",
    "LogisticRegression": "shoal.estimators",
    "MLPClassifier": "shoal.estimators",
    "MLPRegressor": "shoal.estimators",
    "RandomizedSearchCV": "shoal.search",
    "TableClassifier": "shoal.tables",
    "TableRegressor": "shoal.tables",
    "__version__": __name__,
    "load": "shoal.saving",
    "read_table": "shoal.tables",
    "save": "shoal.saving",
    "search_table": "shoal.tables",
    "train_table": "shoal.tables",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
