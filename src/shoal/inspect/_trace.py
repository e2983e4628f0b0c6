"""Trace: everything that one pass forward and one back compute, kept and named as in the book.

It is computed by the equations, over all examples at once: what a person reads here is what the engines are
held to. Nothing is trained, nothing is random: there are no mini-batches and no dropout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from shoal.base.arguments import check_list, check_whole
from shoal.base.errors import UsageError
from shoal.base.shown import as_html, literal
from shoal.book.equations import activations_gradient, backward, penalty, penalty_prime
from shoal.book.network import Network
from shoal.engines._blas import deterministic
from shoal.inspect import _trace_text
from shoal.inspect._example import ExampleTrace
from shoal.inspect._identical import identical_units
from shoal.inspect._objective import dense, objective

PRECISIONS = ("float64", "float32")
MOST_EXAMPLES = 100  # in `to_dict`: JSON of more would be megabytes


@dataclass(frozen=True, repr=False)
class Trace:
    """All that the network computes for some examples; lists are indexed by layer, as in the book.

    Attributes
    ----------
    network : Network
        The architecture.
    W, b : list of ndarray
        Parameters, (n[l], n[l-1]) and (n[l], 1); index 0 is None.
    Z, A : list of ndarray
        Before and after the activation, (n[l], m); A[0] is X, Z[0] is None.
    Y : ndarray of shape (n_y, m) or None
        Targets. Without them there is only the forward pass: all that follows is None.
    dZ, dA : list of ndarray or None
        dL/dZ and dL/dA of each example, (n[l], m), without 1/m; dA[0] is dL/dX, dZ[0] is None.
    dW, db : list of ndarray or None
        dJ/dW and dJ/db, as W and b, with 1/m; dW holds the part of the penalties too.
    q : ndarray of shape (1, m) or None
        What each example counts in a mean: 1/m, or its weight divided by the sum of the weights.
    loss : ndarray of shape (1, m) or None
        The loss of each example.
    mean_loss : float or None
        The sum of q * loss.
    penalties : dict or None
        What L1 and L2 add to the cost, by the names ``"l1"`` and ``"l2"``.
    J : float or None
        The cost: the mean loss and the penalties.
    names, classes : sequence or None
        The names of the inputs, and the classes that the outputs stand for.
    rows : ndarray of shape (m,) or None
        Where each example stands in the table that it comes from, counted from 0.
    """

    network: Network
    W: list[Any]
    b: list[Any]
    Z: list[Any]
    A: list[Any]
    Y: Any = None
    dZ: Any = None
    dA: Any = None
    dW: Any = None
    db: Any = None
    q: Any = None
    loss: Any = None
    mean_loss: Any = None
    penalties: Any = None
    J: Any = None
    theta: Any = None
    names: Sequence[str] | None = None
    classes: Sequence[Any] | None = None
    rows: Any = None

    @property
    def m(self) -> int:
        """The number of examples."""
        return int(self.A[0].shape[1])

    @property
    def dtype(self) -> str:
        """The precision in which everything was computed."""
        return str(self.W[1].dtype)

    @cached_property
    def identical_units(self) -> list[list[list[int]]]:
        """Groups of units, counted from 1, that are the same unit twice, by layer.

        They have equal rows of W[l] and b[l] and equal columns of W[l+1], so they stay equal for ever.
        """
        groups = identical_units(self.network, self.theta)
        return [[[j + 1 for j in group] for group in of_layer] for of_layer in groups]

    @property
    def shapes(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """Each array's symbol, its shape in letters and its shape in numbers."""
        kinds = [("W", "(n[{l}], n[{k}])"), ("b", "(n[{l}], 1)"), ("Z", "(n[{l}], m)"), ("A", "(n[{l}], m)")]
        if self.dZ is not None:
            kinds += [("dZ", "(n[{l}], m)"), ("dA", "(n[{l}], m)")]
            kinds += [("dW", "(n[{l}], n[{k}])"), ("db", "(n[{l}], 1)")]
        found = [("A[0] = X", "(n[0], m)", self.A[0].shape)]
        for l in range(1, self.network.L + 1):
            for symbol, letters in kinds:
                shape = getattr(self, symbol)[l].shape
                found.append((f"{symbol}[{l}]", letters.format(l=l, k=l - 1), shape))
        return found

    def example(self, i: int) -> ExampleTrace:
        """One example: a column of everything.

        Parameters
        ----------
        i : int
            Its number, from 0, as in ``Z[1][:, i]``; -1 is the last.

        Raises
        ------
        UsageError
            If there is no such example.
        """
        if isinstance(i, bool) or not isinstance(i, int | np.integer) or not -self.m <= i < self.m:
            raise UsageError("trace.no_example", got=literal(i), last=self.m - 1, m=self.m)
        return ExampleTrace(self, int(i) % self.m)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return _trace_text.of_trace(self)

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self, examples: int = MOST_EXAMPLES) -> dict[str, Any]:
        """Everything in JSON's types; of the matrices with a column for each example, the first columns.

        Parameters
        ----------
        examples : int, default=100
            How many examples at most.

        Raises
        ------
        UsageError
            If this is not a whole number of at least 0.
        """
        check_whole("examples", examples, 0)
        return _trace_text.document(self, slice(0, min(examples, self.m)))


@deterministic
def trace(
    network: Network,
    theta: Any,
    X: Any,
    Y: Any = None,
    *,
    v: Any = None,
    l1: float = 0.0,
    l2: float = 0.0,
    dtype: str = "float64",
    names: Sequence[str] | None = None,
    classes: Sequence[Any] | None = None,
    rows: Any = None,
) -> Trace:
    """Compute everything that a network computes for these examples, and keep it.

    Parameters
    ----------
    network : Network
        The architecture.
    theta : ndarray of shape (p,)
        Its parameters.
    X : ndarray or sparse array of shape (n_x, m)
        The examples, one a column.
    Y : ndarray of shape (n_y, m), default=None
        Their targets. Without them there is no loss and no way back.
    v : ndarray of shape (1, m), default=None
        The weights of the examples; None where all count alike.
    l1, l2 : float, default=0.0
        The penalties' strengths. They are divided by the (weighted) number of these examples.
    dtype : {"float64", "float32"}, default="float64"
        The precision to compute in.
    names, classes, rows : sequence, default=None
        For people: the names of the inputs (x1, x2, ... without them), the classes that the outputs stand
        for, and where each example stands in a table, counted from 0.

    Returns
    -------
    Trace

    Raises
    ------
    UsageError
        If there is no such precision, a strength is not a number of at least 0, or `names`, `classes` or
        `rows` do not fit.
    ShapeError
        If theta, X, Y or v do not fit the network and each other.

    References
    ----------
    The course's weeks 3 and 4; `shoal.book.equations`.

    Examples
    --------
    >>> import numpy as np
    >>> from shoal.book import Network
    >>> from shoal.inspect import trace
    >>> seen = trace(Network((2, 1), (), "sigmoid"), np.array([1.0, -1.0, 0.5]), [[2.0], [1.0]], [[1.0]])
    >>> seen.Z[1].item(), round(seen.A[1].item(), 4), round(seen.dZ[1].item(), 4)
    (1.5, 0.8176, -0.1824)
    """
    if not isinstance(dtype, str) or dtype not in PRECISIONS:
        raise UsageError("trace.precision", got=literal(dtype), known=", ".join(PRECISIONS))
    theta = np.array(theta, dtype)
    theta.flags.writeable = False
    W, b = network.views(theta)
    _check_words(network, np.shape(X)[-1], names, classes, rows)
    if Y is None:
        zeros = np.zeros((network.n[-1], np.shape(X)[-1]))
        Z, A = objective(network, dense(X, dtype), zeros, dtype=dtype).forward(theta)
        return Trace(network, W, b, Z, A, theta=theta, names=names, classes=classes, rows=rows)
    J = objective(network, X, Y, v, l1=l1, l2=l2, dtype=dtype)
    Z, A = J.forward(theta)
    dZ, dW, db = backward(W, Z, A, J.Y, network.g, J.q)
    for l in range(1, network.L + 1):
        dW[l] = dW[l] + penalty_prime(W[l], J.l1, J.l2, J.total)
    loss = J.losses(Z[-1])
    mean_loss = float(np.sum(J.q * loss))
    parts = {"l1": (J.l1, 0.0), "l2": (0.0, J.l2)}
    penalties = {name: float(penalty(W, *strengths, J.total)) for name, strengths in parts.items()}
    dA = activations_gradient(W, Z, dZ, J.Y, network.output)
    cost = mean_loss + sum(penalties.values())
    back: dict[str, Any] = {"Y": J.Y, "dZ": dZ, "dA": dA, "dW": dW, "db": db, "q": J.q, "loss": loss}
    back |= {"mean_loss": mean_loss, "penalties": penalties, "J": cost}
    return Trace(network, W, b, Z, A, **back, theta=theta, names=names, classes=classes, rows=rows)


def _check_words(network: Network, m: int, names: Any, classes: Any, rows: Any) -> None:
    """Refuse names, classes and rows that could not be printed later."""
    for name, given, count in (("names", names, network.n[0]), ("classes", classes, None), ("rows", rows, m)):
        if given is not None:
            check_list(name, given, count)
