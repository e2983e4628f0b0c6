"""What the doctor looks at: a network, the rows that it learned from, and how it was trained. Plain data.

Everything that several checks need is computed here, once, from the book's equations and in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from shoal.book.equations import OUTPUTS, backward, forward, shares
from shoal.engines.base import Data
from shoal.inspect._objective import dense
from shoal.training.ending import constant_cost

if TYPE_CHECKING:
    from shoal.book.network import Network
    from shoal.training.ending import Ending
    from shoal.training.loop import History

MOST_ROWS = 10_000
"""Rows that are looked at; of more, a sample drawn with a fixed seed. Shares of 1 % are exact to 0.1 %."""

MOST_NUMBERS = 20_000_000  # in a layer, 160 MB: rows with very many features are looked at in smaller numbers
FEWEST_ROWS = 200


DOUBT = 0.01  # the probability of a class
FAR = 6.0  # robust standard deviations of an error
TO_DEVIATION = 1.4826  # of the median of normal errors to their standard deviation
FEW = 0.1  # of the rows


class Layers(NamedTuple):
    """What the equations give for the rows; lists are indexed by layer."""

    Z: list[Any]
    A: list[Any]
    dZ: list[Any]
    dW: list[Any]
    db: list[Any]


@dataclass(frozen=True)
class Case:
    """A network to be examined: plain arrays, with the letters and shapes of the book.

    Parameters
    ----------
    network : Network
        The architecture.
    theta : ndarray of shape (p,)
        Its parameters.
    X : ndarray or SciPy sparse array of shape (n_x, m)
        The rows that it learned from, as columns.
    Y : ndarray or SciPy sparse array of shape (n_y, m)
        Their targets.
    v : ndarray of shape (1, m), optional
        The weights of the examples; None if all count alike.
    X_val, Y_val : ndarray or SciPy sparse array, optional
        Rows that it did not learn from.
    v_val : ndarray of shape (1, m_val), optional
        Their weights; None if all count alike.
    v_like : ndarray of shape (1, m), optional
        The weights of the examples by the measure of `v_val`, for a comparison with the held-out rows; None
        if `v` are these.
    l1, l2 : float, default=0.0
        The penalties that it was trained with; a weight decay counts as `l2`.
    history : History, optional
        The cost, the learning rate, the gradient norm and the score of each epoch.
    ending : Ending, optional
        Why training ended.
    steps : bool, default=True
        Whether it was trained by steps of a learning rate. False for L-BFGS and for the solver of the linear
        models: they choose their own steps.
    early_stopping : bool, default=False
        Whether theta is that of the epoch with the best score on held-out rows.
    features : sequence of str, optional
        The names of X's rows; x1, x2, ... without them.
    classes : sequence, optional
        The labels that Y stands for.
    numbers : ndarray of int of shape (m,), optional
        By which numbers the findings name the examples; 0, 1, ... without them.
    table : bool, default=False
        Whether a table was learned, by `shoal train`: advice then names its options.
    """

    network: Network
    theta: Any
    X: Any
    Y: Any
    v: Any = None
    X_val: Any = None
    Y_val: Any = None
    v_val: Any = None
    v_like: Any = None
    l1: float = 0.0
    l2: float = 0.0
    history: History | None = None
    ending: Ending | None = None
    steps: bool = True
    early_stopping: bool = False
    features: Any = None
    classes: Any = None
    numbers: Any = None
    table: bool = False

    # ------------------------------------------------------------------ the rows

    @cached_property
    def sampled(self) -> Any:
        """The places of the rows that are looked at."""
        return _drawn(self.X.shape[1], self.network)

    @cached_property
    def x(self) -> Any:
        """X of the sampled rows, (n_x, m), dense float64."""
        return dense(self.X[:, self.sampled], np.float64)

    @cached_property
    def y(self) -> Any:
        """Y of the sampled rows, (n_y, m)."""
        return dense(self.Y[:, self.sampled], np.float64)

    @cached_property
    def q(self) -> Any:
        """What each sampled row counts in a mean, (1, m)."""
        v = np.ones((1, self.m)) if self.v is None else np.asarray(self.v[:, self.sampled], np.float64)
        return shares(v)

    @property
    def m(self) -> int:
        """The number of sampled rows."""
        return len(self.sampled)

    def number(self, places: Any) -> list[int]:
        """By which numbers a finding names sampled rows."""
        rows = self.sampled[places]
        return [int(row) for row in (rows if self.numbers is None else np.asarray(self.numbers)[rows])]

    def feature(self, j: int) -> str:
        """The name of a feature."""
        return f"x{j + 1}" if self.features is None else str(self.features[j])

    def label(self, k: int) -> str:
        """The name of a class."""
        return str(k) if self.classes is None else str(self.classes[k])

    # ------------------------------------------------------------------ the network

    @cached_property
    def matrices(self) -> tuple[list[Any], list[Any]]:
        """The lists W and b, float64."""
        return self.network.views(np.asarray(self.theta, np.float64))

    @cached_property
    def layers(self) -> Layers:
        """Forward and backward over the sampled rows, without penalties."""
        W, b = self.matrices
        with np.errstate(all="ignore"):  # what overflows is a finding
            Z, A = forward(W, b, self.x, self.network.g)
            return Layers(Z, A, *backward(W, Z, A, self.y, self.network.g, self.q))

    @cached_property
    def losses(self) -> Any:
        """The loss of each sampled row, (m,)."""
        with np.errstate(all="ignore"):  # what overflows is a finding
            return OUTPUTS[self.network.output].loss(self.layers.Z[-1], self.y)[0]

    @cached_property
    def loss(self) -> float:
        """The mean loss of the sampled rows, without penalties."""
        return self.mean(self.losses)

    @cached_property
    def constant_loss(self) -> float:
        """The mean loss of the best answer that is the same for all rows."""
        return constant_cost(Data(self.x, self.y, self.q), None, self.network.output)

    def mean(self, of_rows: Any) -> float:
        """The weighted mean over the sampled rows of a number for each."""
        return float(np.sum(self.q[0] * of_rows))

    @cached_property
    def held_out(self) -> Data:
        """X and Y of the held-out rows, dense float64, and their weights; of very many a sample."""
        places = _drawn(self.X_val.shape[1], self.network)
        v = np.ones((1, len(places))) if self.v_val is None else np.asarray(self.v_val[:, places], np.float64)
        X, Y = (dense(part[:, places], np.float64) for part in (self.X_val, self.Y_val))
        return Data(X, Y, v)

    @cached_property
    def held_out_losses(self) -> Any:
        """The loss of each held-out row, (m_val,)."""
        return row_losses(self.network, self.theta, self.held_out.X, self.held_out.Y)

    @cached_property
    def held_out_answers(self) -> Any:
        """What the network answers for each held-out row, (n_y, m_val)."""
        with np.errstate(all="ignore"):  # what overflows is a finding
            return forward(*self.matrices, self.held_out.X, self.network.g)[1][-1]

    @cached_property
    def doubtful(self) -> Any:
        """Rows whose target the network strongly denies, (m,) of truth values.

        A class with a probability below 1 %, or an error of six robust standard deviations (among normal
        errors 2 in a billion). A count's error is its deviance residual, the root of twice its loss: that is
        nearly normal. If they are many, the network is to be doubted, and no row is.
        """
        if not OUTPUTS[self.network.output].probabilities:
            counts = self.network.output == "exp"
            error = np.sqrt(2 * self.losses)[None] if counts else np.abs(self.layers.dZ[-1])  # (n_y, m)
            far = FAR * TO_DEVIATION * np.median(error, axis=1, keepdims=True)
            found = ((error > far) & (far > 0)).any(axis=0)
        else:
            found = self.losses > -np.log(DOUBT) * self.decisions
        few = 0 < found.sum() <= FEW * self.m
        elsewhere = weighted_mean(self.losses[~found], self.q[0, ~found])
        return found if few and elsewhere < self.constant_loss / 2 else np.zeros(self.m, bool)

    @property
    def one_curve(self) -> bool:
        """Whether the costs of the history are of the same rows; after `partial_fit` they need not be."""
        return self.ending is None or self.ending.rule != "one_epoch"

    # ------------------------------------------------------------------ classes

    @property
    def has_classes(self) -> bool:
        """Whether each row has one class out of several."""
        network = self.network
        return network.output == "softmax" or (network.output == "sigmoid" and network.n[-1] == 1)

    @property
    def decisions(self) -> int:
        """How many yes or no a row's loss is a sum of: several labels are several decisions."""
        return self.network.n[-1] if self.network.output == "sigmoid" else 1

    @property
    def kind(self) -> str:
        """The variant of a text that depends on the targets: "number", or "" for classes."""
        return "" if OUTPUTS[self.network.output].probabilities else "number"

    @cached_property
    def true_class(self) -> Any:
        """The number of the class of each sampled row, (m,)."""
        return (self.y[0] > 0.5).astype(int) if self.network.output == "sigmoid" else self.y.argmax(axis=0)

    @cached_property
    def answered_class(self) -> Any:
        """The number of the class that the network answers, (m,)."""
        A = self.layers.A[-1]
        return (A[0] > 0.5).astype(int) if self.network.output == "sigmoid" else A.argmax(axis=0)

    @cached_property
    def standardised(self) -> Any:
        """The features that vary, each with mean 0 and standard deviation 1, (at most n_x, m)."""
        x = scaled(self.x)[0]  # at most 1: neither squares nor differences overflow or vanish
        centred = x - x.mean(axis=1, keepdims=True)
        deviation = centred.std(axis=1, keepdims=True)
        varies = deviation[:, 0] > 1e-12 * np.abs(x).max(axis=1)
        return centred[varies] / deviation[varies]


def scaled(rows: Any) -> tuple[Any, Any]:
    """Each row divided by its largest size, and these sizes, (n, 1). A row of zeros stays as it is."""
    size = np.abs(rows).max(axis=1, keepdims=True)
    size = np.where(size > 0, size, 1.0)
    return rows / size, size


def root_mean_square(rows: Any) -> Any:
    """The root of the mean square of each row, (n,), of numbers whose squares may overflow or vanish."""
    parts, size = scaled(rows)
    return np.sqrt(np.mean(parts**2, axis=1)) * size[:, 0]


def deviations(rows: Any) -> Any:
    """The standard deviation of each row, (n,), of numbers of any size."""
    parts, size = scaled(rows)
    return parts.std(axis=1) * size[:, 0]


def weighted_mean(values: Any, weights: Any) -> float:
    """The mean of values, (m,), of which each counts as its weight says; 0 if none counts."""
    return float(values @ shares(weights[None])[0])


def agreement(answers: Any, targets: Any, weights: Any) -> float:
    """The largest correlation between an output, (n_y, m), and its target; 0 where one of them is constant.

    It does not change if the answers are all too large, or all too sure.
    """
    q = shares(weights[None])[0]
    a, y = (scaled(rows - (rows @ q)[:, None])[0] for rows in (answers, targets))
    sizes = np.sqrt((a**2 @ q) * (y**2 @ q))
    return float(((a * y) @ q / np.where(sizes > 0, sizes, np.inf)).max())


def row_losses(network: Network, theta: Any, X: Any, Y: Any) -> Any:
    """The loss of each row, (m,), without penalties."""
    with np.errstate(all="ignore"):  # what overflows is a finding
        Z, _ = forward(*network.views(np.asarray(theta, np.float64)), X, network.g)
        return OUTPUTS[network.output].loss(Z[-1], Y)[0]


def _drawn(m: int, network: Network) -> Any:
    """The places of at most `MOST_ROWS` of m rows, in their order; of fewer, if they are very wide."""
    most = max(FEWEST_ROWS, min(MOST_ROWS, MOST_NUMBERS // max(network.n)))
    if m <= most:
        return np.arange(m)
    return np.sort(np.random.default_rng(0).choice(m, most, replace=False))
