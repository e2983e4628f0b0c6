"""The interface of an engine: how fast. It is told everything and keeps nothing.

theta, the optimiser's slots, the epoch and the seed come in as arguments and go out as results, so any
engine can continue what another began. What a right engine computes is written down in `equations`,
`optimizers` and `batches`; whether an engine does it, `checks.check_engine` finds out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from shoal.base.errors import ShapeError, UsageError
from shoal.book.network import Network
from shoal.book.notation import check_matrix_of
from shoal.book.optimizers import RULES, Optimizer


class Data(NamedTuple):
    """Examples, read-only and shared: many members may refer to one, and name their rows by index.

    X is (n_x, m): an array whose columns lie one after the other (scikit-learn's rows, transposed), or
    a SciPy sparse array. Y is (n_y, m), v is (1, m) or None where all count alike.

    The largest weight in v of the rows that are learned from is between `LEAST_WEIGHT` and `MOST_WEIGHT`
    (`base.numeric`), so that an engine may add and multiply weights in any order; the others may be as small
    as they like. Whoever makes a `Data` of a person's weights sees to that.
    """

    X: Any
    Y: Any
    v: Any = None


BLOCK = 8192  # examples that a pass over all of them looks at together: it bounds the memory of the layers
NAMES = ("auto", "native", "numpy")  # that `shoal.engines.get_engine` knows


@dataclass
class Member:
    """One network of a population on its way: all that its next step depends on.

    An engine changes theta and slots in place, and counts `t` (updates) and `epoch` (passes) up.
    Invariant: between two calls of an engine a member stands at the border of an epoch, also when the
    call was interrupted.
    """

    network: Network
    theta: Any  # (p,), float32 or float64, its own
    optimizer: Optimizer
    data: Data
    rows: Any  # (m,), int64: its training examples in data
    seed: int
    batch_size: int
    l1: float = 0.0
    l2: float = 0.0
    dropout: tuple[float, ...] = ()  # a rate a hidden layer, or empty
    shuffle: bool = True
    t: int = 0
    epoch: int = 0
    slots: Any = field(default=None)  # (n_slots, p)

    def __post_init__(self) -> None:
        if self.slots is None:
            n_slots = RULES[self.optimizer.rule].n_slots
            self.slots = np.zeros((n_slots, self.network.p), dtype=self.theta.dtype)


class Epochs(NamedTuple):
    """What a member's epochs were like, an entry an epoch; shorter than asked for if it diverged."""

    cost: Any  # mean of the batches' J, each before its update; not finite if a gradient was not
    gradient_norm: Any  # mean of the batches' gradient lengths, before clipping
    interrupted: bool = False  # by Ctrl-C: here are the epochs that were finished; no other was begun


class Engine(Protocol):
    """What every engine can do."""

    name: str

    def predict(self, network: Network, theta: Any, X: Any, *, layers: bool = False) -> Any:
        """A[L], (n_y, m); with `layers`, the lists Z and A of all layers (index 0: None and X)."""
        ...

    def gradient(
        self, network: Network, theta: Any, data: Data, rows: Any = None, *, l1: float = 0.0, l2: float = 0.0
    ) -> tuple[float, Any]:
        """The cost J over these rows of `data` (None: all), and dJ/dtheta, (p,)."""
        ...

    def epochs(self, members: Sequence[Member], learning_rates: Sequence[Sequence[float]]) -> list[Epochs]:
        """Train each member for as many epochs as it has learning rates.

        A member's result does not depend on which members are trained beside it. A member whose cost stops
        being finite is not trained further: its last entry is the cost that was not finite. In a mini-batch
        q = v / (mean weight of the member's rows x rows in the batch), so that batches are unbiased.
        """
        ...


def check_inputs(network: Network, theta: Any, X: Any) -> None:
    """Refuse X that is not (n_x, m), and a theta of another length.

    Raises
    ------
    ShapeError
        It names the symbol, the shape in letters and numbers, and the one that came.
    """
    if _shape("X", X)[:1] != network.n[:1] or len(X.shape) != 2:
        check_matrix_of("X", X, ("n_x", "m"), (network.n[0], -1))
    if _shape("theta", theta) != (network.p,):
        raise ShapeError("core.shape", symbol="theta", wanted=f"(p,) = ({network.p},)", got=theta.shape)


def check_data(network: Network, theta: Any, data: Data) -> None:
    """Refuse examples whose X is not (n_x, m), Y not (n_y, m) or v not (1, m).

    Raises
    ------
    ShapeError
        See `check_inputs`.
    """
    check_inputs(network, theta, data.X)
    m = data.X.shape[1]
    if _shape("Y", data.Y) != (network.n[-1], m):
        check_matrix_of("Y", data.Y, ("n_y", "m"), (network.n[-1], m))
    if data.v is not None and _shape("v", data.v) != (1, m):
        check_matrix_of("v", data.v, ("1", "m"), (1, m))


def _shape(symbol: str, array: Any) -> Any:
    if not hasattr(array, "shape"):
        raise UsageError("engine.no_array", symbol=symbol, got=type(array).__name__)
    return array.shape


def total_weight(data: Data, rows: Any = None) -> float:
    """The m of the penalties: how many examples there are, a weight of k counting as k of them."""
    if data.v is None:
        return float(data.X.shape[1] if rows is None else len(rows))
    return float(np.sum(data.v if rows is None else data.v[:, rows], dtype=np.float64))
