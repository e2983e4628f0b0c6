"""What a search over a table tries where nobody gave a grid: linear models, then networks.

These choices are made nowhere else. Each is a grid in the estimators' own parameters, as a person's own grid
is (`_grid_file`).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from shoal.base.shown import LONGEST_LITERAL, plain
from shoal.tables.encode import Task

FEW_ROWS = 2000
"""Up to so many rows, L-BFGS is tried too. It uses all rows in each step, is quick for few rows, and ends at
a lower loss than epochs with early stopping, which need validation rows. Above, only epochs are tried."""

SHORT_NAMES = {
    "hidden_layer_sizes": "hidden",
    "alpha": "l2",
    "learning_rate_init": "learning_rate",
    "learning_rate": "schedule",
    "max_iter": "epochs",
    "n_iter_no_change": "patience",
    "random_state": "seed",
}
"""The names of parameters in the leader board: those of the options of `shoal train`."""

_SMALLEST, _LARGEST = 8, 64  # usual widths; the larger is that of `shoal train`


@dataclass(frozen=True)
class Grid:
    """All combinations of some values by the parameters' names; `name` says in an error which grid it is."""

    linear: bool
    values: Mapping[str, Sequence[Any]]
    name: str = ""

    def __len__(self) -> int:
        return math.prod(map(len, self.values.values()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for combination in product(*self.values.values()):
            yield dict(zip(self.values, combination, strict=True))


def as_written(value: Any) -> str:
    """A value as the file has it, in a message."""
    return plain(json.dumps(value, ensure_ascii=True, default=str), LONGEST_LITERAL)


@dataclass(frozen=True)
class DataSummary:
    """What decides about a table which models are tried on it.

    Attributes
    ----------
    task : Task
    inputs : int
        Columns of X, as the rows to learn from are encoded.
    classes : int
        0 for a number.
    rows : int
        That a fold trains on; the least of all folds.
    """

    task: Task
    inputs: int
    classes: int
    rows: int

    @property
    def width(self) -> int:
        """Units that suit so many rows: about the square root of their number, and a power of two."""
        return min(_LARGEST, max(_SMALLEST, 1 << round(math.log2(self.rows) / 2)))

    @property
    def stronger(self) -> float:
        """The factor of the usual penalties: with more inputs than rows, only much stronger ones help."""
        return 10.0 if self.inputs > self.rows else 1.0

    @property
    def outputs(self) -> tuple[int, str]:
        """The number of output units and their activation."""
        if self.task is Task.REGRESSION:
            return 1, "identity"
        return (self.classes, "softmax") if self.classes > 2 else (1, "sigmoid")


# --- what an expert would try -----------------------------------------------------------------------

_LINEAR_PENALTIES = (100.0, 10.0, 1.0, 0.1, 0.01, 0.001)
_WIDE_AND_DEEP = ((1,), (1, 1))
_SHAPES = ((1 / 2,), (2,), (1, 1), (2, 1))
_MANY_SHAPES = ((1 / 2,), (1,), (2,), (1 / 2, 1 / 2), (1, 1), (2, 1))
_BOTH = ("relu", "tanh")
_THREE = ("relu", "tanh", "leaky_relu")


@dataclass(frozen=True)
class _Networks:
    """A grid of networks; the layers are in units of the width that suits the table."""

    solver: str
    layers: tuple[tuple[float, ...], ...]
    activations: tuple[str, ...]
    penalties: tuple[float, ...]
    rates: tuple[float, ...] = ()

    def grid(self, data: DataSummary) -> Grid:
        width = data.width
        values: dict[str, Sequence[Any]] = {
            "solver": (self.solver,),
            "hidden_layer_sizes": [tuple(round(width * part) for part in layer) for layer in self.layers],
            "activation": self.activations,
            "alpha": [data.stronger * l2 for l2 in self.penalties],
        }
        return Grid(False, values | ({"learning_rate_init": self.rates} if self.rates else {}))


_FEW = {
    "small": (
        _Networks("lbfgs", _WIDE_AND_DEEP, _BOTH, (0.1, 1.0, 10.0)),
        _Networks("adam", _WIDE_AND_DEEP, ("relu",), (1.0,), (0.003, 0.01)),
    ),
    "medium": (
        _Networks("lbfgs", _SHAPES, _BOTH, (0.1, 0.3, 1.0, 3.0, 10.0)),
        _Networks("adam", _SHAPES, _BOTH, (1.0, 10.0), (0.003, 0.01)),
    ),
    "large": (
        _Networks("lbfgs", _MANY_SHAPES, _THREE, (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)),
        _Networks("adam", _MANY_SHAPES, _THREE, (0.1, 1.0, 10.0), (0.001, 0.003, 0.01)),
    ),
}
_MANY = {
    "small": (_Networks("adam", _WIDE_AND_DEEP, _BOTH, (1.0, 10.0), (0.003, 0.01)),),
    "medium": (_Networks("adam", _SHAPES, _BOTH, (0.1, 1.0, 10.0), (0.001, 0.003, 0.01)),),
    "large": (_Networks("adam", _MANY_SHAPES, _THREE, (0.1, 1.0, 10.0, 100.0), (0.001, 0.003, 0.01, 0.03)),),
}


def grids_of(budget: str, data: DataSummary) -> list[Grid]:
    """What is tried where nobody gave a grid."""
    penalties = [data.stronger * l2 for l2 in _LINEAR_PENALTIES]
    classes = data.task is Task.CLASSIFICATION
    lines = {"C": [1 / l2 for l2 in penalties]} if classes else {"alpha": penalties}
    networks = (_FEW if data.rows <= FEW_ROWS else _MANY)[budget]
    return [Grid(True, lines), *(each.grid(data) for each in networks)]
