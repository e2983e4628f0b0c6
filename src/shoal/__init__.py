"""Shallow neural networks that you can see through."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
    from shoal.saving import load, save
    from shoal.search import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV

__version__ = "0.1.0"
__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "RandomizedSearchCV",
    "__version__",
    "load",
    "save",
]

_HOMES = {
    "GridSearchCV": "shoal.search",
    "HalvingGridSearchCV": "shoal.search",
    "LogisticRegression": "shoal.estimators",
    "MLPClassifier": "shoal.estimators",
    "MLPRegressor": "shoal.estimators",
    "RandomizedSearchCV": "shoal.search",
    "load": "shoal.saving",
    "save": "shoal.saving",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `import shoal` itself costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'shoal' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
