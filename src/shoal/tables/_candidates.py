"""What a search over a table tries: linear models first, then networks of one and two hidden layers.

These choices are made nowhere else. Each is a grid in the estimators' own parameters, as a person's own grid
is (`_grids`). Here both become candidates: estimators that have every parameter which the grid does not name
as `shoal train` sets it. A candidate that could not be fitted is refused here, before anything is trained.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.estimators._inputs import columns
from shoal.estimators._parameters import check_parameters
from shoal.estimators._runs import State, network_of, optimizer_of, run_of
from shoal.tables._outcome import TableCandidate
from shoal.tables._plan import VALIDATION_SHARE
from shoal.tables._settings import SearchSettings
from shoal.tables._train import line_of, network_parameters
from shoal.tables.encode import Task

FEW_ROWS = 2000
"""Up to here L-BFGS, which looks at all rows at once, is quick, and ends at a lower loss than epochs with
early stopping, which need rows to stop by. Beyond, only epochs are tried."""

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

_ITERATIONS = 200  # of L-BFGS at most: more do not change a ranking
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
    rows, rarest : int
        Rows that a fold trains on, and rows of the rarest class among them; the least of all folds.
    """

    task: Task
    inputs: int
    classes: int
    rows: int
    rarest: int

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

_LINES = (100.0, 10.0, 1.0, 0.1, 0.01, 0.001)
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
    penalties = [data.stronger * l2 for l2 in _LINES]
    classes = data.task is Task.CLASSIFICATION
    lines = {"C": [1 / l2 for l2 in penalties]} if classes else {"alpha": penalties}
    networks = (_FEW if data.rows <= FEW_ROWS else _MANY)[budget]
    return [Grid(True, lines), *(each.grid(data) for each in networks)]


# --- from grids to estimators -----------------------------------------------------------------------


def candidates_of(grids: Sequence[Grid], data: DataSummary, settings: SearchSettings) -> list[TableCandidate]:
    """Every combination of the grids, each checked as `fit` would check it.

    The networks are in mixed order, so that a search that is stopped has seen something of everything, and
    the time that is left can be told from the time that has passed.

    Raises
    ------
    UsageError
        If a combination cannot be fitted; it names the grid.
    """
    candidates = []
    for grid in grids:
        build = _line if grid.linear else _network
        for chosen in grid:
            estimator = build(chosen, data, settings)
            try:
                parameters = _try_on(estimator, data)
            except UsageError as error:
                raise UsageError("table_search.impossible", grid=grid.name, reason=error) from error
            settings_of = _settings_of(estimator, chosen, grid.linear)
            candidates.append(TableCandidate(settings_of, parameters, estimator=estimator))
    order = np.random.default_rng(0).permutation(len(candidates))
    return sorted((candidates[place] for place in order), key=lambda candidate: not candidate.linear)


def kind_of(linear: bool, task: Task) -> Any:
    """The estimator's class."""
    if task is Task.REGRESSION:
        return MLPRegressor
    return LogisticRegression if linear else MLPClassifier


def _line(chosen: Mapping[str, Any], data: DataSummary, _settings: SearchSettings) -> Any:
    return line_of(data.task, 1.0).set_params(**chosen)


def _network(chosen: Mapping[str, Any], data: DataSummary, settings: SearchSettings) -> Any:
    """What `shoal train` would train, except for what the grid names; L-BFGS has no epochs to stop early."""
    options = network_parameters(settings.of_a_network(), data.rows)
    if chosen.get("solver") == "lbfgs":
        kept = ("hidden_layer_sizes", "activation", "alpha", "random_state")
        options = {name: options[name] for name in kept} | {"max_iter": _ITERATIONS}
    share = max(VALIDATION_SHARE, max(2, data.classes) / data.rows)  # a row of each class, and two
    options |= {"validation_fraction": share}
    if data.task is Task.CLASSIFICATION:
        options["scoring"] = "neg_log_loss" if data.rarest * share >= 1 else "accuracy"
    return kind_of(False, data.task)(**(options | dict(chosen)))


def _try_on(estimator: Any, data: DataSummary) -> int:
    """Prepare a fit as the estimator will, but without rows; return how many numbers it would learn."""
    check_parameters(estimator)
    n_y, output = data.outputs
    if isinstance(estimator, LogisticRegression):
        return n_y * (data.inputs + 1)
    network = network_of(estimator, data.inputs, n_y, output)
    state = State(network, optimizer_of(estimator), np.empty(network.p), None, 0, 0, seed=0)
    row = columns(np.zeros((1, data.inputs)), np.zeros((n_y, 1)), None)
    run_of(estimator, state, row, np.arange(1), 0)
    return network.p


def _settings_of(estimator: Any, chosen: Mapping[str, Any], linear: bool) -> dict[str, Any]:
    """What makes a candidate different from the others, by short names."""
    if isinstance(estimator, LogisticRegression):
        settings = {"model": "linear", "l2": 1 / estimator.C}
    elif linear:
        settings = {"model": "linear", "l2": float(estimator.alpha)}
    else:
        sizes = estimator.hidden_layer_sizes
        settings = {
            "model": "network",
            "hidden": tuple(sizes) if np.iterable(sizes) else (sizes,),
            "activation": estimator.activation,
            "solver": estimator.solver,
            "l2": float(estimator.alpha),
        }
        if estimator.solver != "lbfgs":
            settings["learning_rate"] = float(estimator.learning_rate_init)
    named = {SHORT_NAMES.get(name, name): value for name, value in chosen.items() if name != "C"}
    return settings | {name: value for name, value in named.items() if name not in settings}
