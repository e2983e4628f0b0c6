"""Whose estimators a search is over: shoal's, which are trained together, or others, which are not.

The answer is read off the grid before anything is trained. Drawing candidates would not do: a random state
that is asked twice draws other ones.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone
from sklearn.utils import get_tags

from shoal.search import _pipelines as pipelines


@dataclass(frozen=True)
class Kinds:
    """Whether some and whether all candidates are shoal's, and the name of the first that is not."""

    some_ours: bool
    stranger: str | None

    @property
    def all_ours(self) -> bool:
        """Whether there is no stranger."""
        return self.stranger is None

    @classmethod
    def of(cls, search: Any) -> "Kinds":
        """Of a search that is not fitted."""
        get_tags(search.estimator)  # which says it if there is a class in the place of an estimator
        found = [each for grid in grids_of(search) or [{}] for each in _estimators(search.estimator, grid)]
        strangers = [pipelines.innermost(each) for each in found if pipelines.network_in(each) is None]
        name = pipelines.name_of(strangers[0]) if strangers else None
        return cls(len(strangers) < len(found), name)


def grids_of(search: Any) -> list[Mapping[str, Any]]:
    """The grids, or what is drawn from; a search with a `_run_search` of its own may have none."""
    grids = getattr(search, "param_grid", getattr(search, "param_distributions", ()))
    grids = [grids] if isinstance(grids, Mapping) else grids
    return [grid for grid in grids if isinstance(grid, Mapping)] if isinstance(grids, Iterable) else []


def _estimators(base: Any, grid: Mapping[str, Any]) -> list[Any]:
    """The estimator with each network that the grid puts into it; as it is if the grid puts in none."""
    return list(_replaced(base, grid)) or [base]


def _replaced(base: Any, grid: Mapping[str, Any]) -> Iterator[Any]:
    place = pipelines.place_of(base)
    for name, values in grid.items():
        at_the_place = f"{place}__".startswith(f"{name}__") or str(name).rpartition("__")[2] == "steps"
        if place and at_the_place and isinstance(values, Iterable):
            for value in values:
                try:
                    yield clone(base).set_params(**{name: value})
                except Exception:  # scikit-learn will raise what is wrong with this value
                    continue
