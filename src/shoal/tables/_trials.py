"""What a search over a table tries: linear models first, then networks of one and two hidden layers.

The one place of these choices. Each is a grid in the estimators' own parameters, as a person's own grid is
(`table_search_grid`), and both become trials here: estimators with all that the grid does not name set as
`shoal train` sets it. A trial that could not be fitted is refused here, before anything is trained.
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
from shoal.tables import Task
from shoal.tables._search_settings import SearchSettings
from shoal.tables._settings import Settings
from shoal.tables._train import VALIDATION_SHARE, line_of, network_parameters

FEW_ROWS = 2000
"""Up to here L-BFGS, which looks at all rows at once, is quick, and ends lower than epochs with early
stopping do, which needs rows to stop by; beyond, epochs alone."""

SHORT_NAMES = {
    "hidden_layer_sizes": "hidden",
    "alpha": "l2",
    "learning_rate_init": "learning_rate",
    "learning_rate": "schedule",
    "max_iter": "epochs",
    "n_iter_no_change": "patience",
    "random_state": "seed",
}
"""What the leader board calls a parameter: the names of `shoal train`'s options."""

_ITERATIONS = 200  # of L-BFGS at the most: more change no ranking
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
class Ground:
    """What will be learned from, as far as it decides what is tried.

    Attributes
    ----------
    task : Task
    inputs : int
        Columns of X, as the rows to learn from are encoded.
    classes : int
        0 for a number.
    rows, rarest : int
        That a fold trains on, and of these in the rarest class, at the least.
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
        """Times a usual penalty: where there are more inputs than rows, only much stronger ones will do."""
        return 10.0 if self.inputs > self.rows else 1.0

    @property
    def outputs(self) -> tuple[int, str]:
        """The number of output units and their activation."""
        if self.task is Task.REGRESSION:
            return 1, "identity"
        return (self.classes, "softmax") if self.classes > 2 else (1, "sigmoid")


@dataclass(frozen=True)
class Trial:
    """A model to be tried: its estimator, not fitted, and what sets it apart."""

    estimator: Any
    settings: dict[str, Any]
    parameters: int

    @property
    def complexity(self) -> tuple[bool, int]:
        """The smaller the simpler: no hidden layer, then fewer parameters."""
        return self.settings["model"] != "linear", self.parameters


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

    def grid(self, ground: Ground) -> Grid:
        width = ground.width
        values: dict[str, Sequence[Any]] = {
            "solver": (self.solver,),
            "hidden_layer_sizes": [tuple(round(width * part) for part in layer) for layer in self.layers],
            "activation": self.activations,
            "alpha": [ground.stronger * l2 for l2 in self.penalties],
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


def grids_of(budget: str, ground: Ground) -> list[Grid]:
    """What is tried where nobody gave a grid."""
    penalties = [ground.stronger * l2 for l2 in _LINES]
    classes = ground.task is Task.CLASSIFICATION
    lines = {"C": [1 / l2 for l2 in penalties]} if classes else {"alpha": penalties}
    networks = (_FEW if ground.rows <= FEW_ROWS else _MANY)[budget]
    return [Grid(True, lines), *(each.grid(ground) for each in networks)]


# --- from grids to estimators -----------------------------------------------------------------------


def trials_of(grids: Sequence[Grid], ground: Ground, settings: SearchSettings) -> list[Trial]:
    """Every combination of the grids as an estimator, checked as `fit` would check it.

    The networks are in mixed order: a search that is stopped has then seen something of everything, and
    what is left takes about as long as what was done.

    Raises
    ------
    UsageError
        If a combination cannot be fitted; it names the grid.
    """
    trials = []
    for grid in grids:
        build = _line if grid.linear else _network
        for chosen in grid:
            estimator = build(chosen, ground, settings)
            try:
                parameters = _try_on(estimator, ground)
            except UsageError as error:
                raise UsageError("table_search.impossible", grid=grid.name, reason=error) from error
            trials.append(Trial(estimator, _settings_of(estimator, chosen, grid.linear), parameters))
    order = np.random.default_rng(0).permutation(len(trials))
    return sorted((trials[place] for place in order), key=lambda trial: trial.settings["model"])


def kind_of(linear: bool, task: Task) -> Any:
    """The estimator's class."""
    if task is Task.REGRESSION:
        return MLPRegressor
    return LogisticRegression if linear else MLPClassifier


def _line(chosen: Mapping[str, Any], ground: Ground, _settings: SearchSettings) -> Any:
    return line_of(ground.task, 1.0).set_params(**chosen)


def _network(chosen: Mapping[str, Any], ground: Ground, settings: SearchSettings) -> Any:
    """What `shoal train` would train, but for what the grid names; L-BFGS has no epochs to stop early."""
    usual = Settings(epochs=settings.epochs, patience=settings.patience, seed=settings.seed)
    options = network_parameters(usual, ground.rows)
    if chosen.get("solver") == "lbfgs":
        kept = ("hidden_layer_sizes", "activation", "alpha", "random_state")
        options = {name: options[name] for name in kept} | {"max_iter": _ITERATIONS}
    share = max(VALIDATION_SHARE, max(2, ground.classes) / ground.rows)  # a row of each class, and two
    options |= {"validation_fraction": share}
    if ground.task is Task.CLASSIFICATION:
        options["scoring"] = "neg_log_loss" if ground.rarest * share >= 1 else "accuracy"
    return kind_of(False, ground.task)(**(options | dict(chosen)))


def _try_on(estimator: Any, ground: Ground) -> int:
    """Prepare a fit as the estimator will, without rows; returns how many numbers it would learn."""
    check_parameters(estimator)
    n_y, output = ground.outputs
    if isinstance(estimator, LogisticRegression):
        return n_y * (ground.inputs + 1)
    network = network_of(estimator, ground.inputs, n_y, output)
    state = State(network, optimizer_of(estimator), np.empty(network.p), None, 0, 0, seed=0)
    row = columns(np.zeros((1, ground.inputs)), np.zeros((n_y, 1)), None)
    run_of(estimator, state, row, np.arange(1), 0)
    return network.p


def _settings_of(estimator: Any, chosen: Mapping[str, Any], linear: bool) -> dict[str, Any]:
    """What sets a trial apart, by short names."""
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
