"""The equations, looped: always there, complete, and the fallback of every other engine.

BLAS runs on one thread here, because its sums come out in another order with another number of threads.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np
from scipy import sparse
from threadpoolctl import ThreadpoolController

from shoal import equations
from shoal.batches import batch_slices, dropout_mask, epoch_order
from shoal.engines.base import Data, Epochs, Member, total_weight
from shoal.network import Network
from shoal.optimizers import norm, update

BLOCK = 8192  # examples that a whole pass looks at together, so that its memory stays small
_Function = TypeVar("_Function", bound=Callable[..., Any])


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _steady(function: _Function) -> _Function:
    """Run with one BLAS thread (same bits), and let a cost that is not finite speak for an overflow."""

    @wraps(function)
    def steady(*args: Any, **kwargs: Any) -> Any:
        with _threads().limit(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
            return function(*args, **kwargs)

    return steady  # type: ignore[return-value]


class NumpyEngine:
    """The reference engine."""

    name = "numpy"

    @_steady
    def predict(self, network: Network, theta: Any, X: Any, *, layers: bool = False) -> Any:
        """See `shoal.engines.base.Engine.predict`."""
        W, b = network.views(theta)
        if layers:
            return equations.forward(W, b, _columns(X), network.g)
        blocks = [
            equations.forward(W, b, _columns(X, where), network.g)[1][-1]
            for where in batch_slices(X.shape[1], BLOCK)
        ]
        return np.concatenate(blocks, axis=1) if blocks else np.empty((network.n[-1], 0), theta.dtype)

    @_steady
    def gradient(
        self, network: Network, theta: Any, data: Data, *, l1: float = 0.0, l2: float = 0.0
    ) -> tuple[float, Any]:
        """See `shoal.engines.base.Engine.gradient`."""
        W, b = network.views(theta)
        dtheta = np.zeros_like(theta)
        dW, db = network.views(dtheta)
        m = total_weight(data)
        q = _shares(data.v, data.X.shape[1], theta.dtype)
        J = 0.0
        for where in batch_slices(data.X.shape[1], BLOCK):
            Y = data.Y[:, where]
            Z, A = equations.forward(W, b, _columns(data.X, where), network.g)
            J += float(equations.mean_loss(Z[-1], Y, network.output, q[:, where]))
            _, dW_block, db_block = equations.backward(W, Z, A, Y, network.g, q[:, where])
            for l in range(1, network.L + 1):
                dW[l] += dW_block[l]
                db[l] += db_block[l]
        return J + _add_penalties(W, dW, l1, l2, m), dtheta

    def epochs(
        self, members: Sequence[Member], data: Data, learning_rates: Sequence[Sequence[float]]
    ) -> list[Epochs]:
        """See `shoal.engines.base.Engine.epochs`."""
        return [
            self._train(member, data, rates) for member, rates in zip(members, learning_rates, strict=True)
        ]

    @_steady
    def _train(self, member: Member, data: Data, rates: Sequence[float]) -> Epochs:
        m = total_weight(data, member.rows)
        costs, norms = [], []
        for rate in rates:
            with _whole_epochs(member):
                cost, length = _epoch(member, data, rate, m)
                member.epoch += 1
            costs.append(cost)
            norms.append(length)
            if not np.isfinite(cost):
                break
        return Epochs(np.array(costs), np.array(norms))


@contextmanager
def _whole_epochs(member: Member) -> Iterator[None]:
    """An epoch that is interrupted leaves no trace in the member."""
    before = member.theta.copy(), member.slots.copy(), member.t, member.epoch
    try:
        yield
    except BaseException:
        member.theta[...], member.slots[...], member.t, member.epoch = before
        raise


def _epoch(member: Member, data: Data, rate: float, m: float) -> tuple[float, float]:
    """One pass over the member's rows; the means of the batches' costs and of their gradients' lengths."""
    rows = member.rows
    if member.shuffle and member.batch_size < len(rows):
        rows = rows[epoch_order(member.seed, member.epoch, len(rows))]
    cost = length = 0.0
    for where in batch_slices(len(rows), member.batch_size):
        batch = rows[where]
        v = None if data.v is None else data.v[:, batch]
        J, dtheta = _batch_gradient(member, _columns(data.X, batch), data.Y[:, batch], v, m)
        member.t += 1
        theta, slots = update(
            member.theta, dtheta, member.slots, member.t, rate, member.optimizer, member.network.is_weight
        )
        member.theta[...] = theta
        for slot, new in zip(member.slots, slots, strict=True):
            slot[...] = new
        cost += J * len(batch) / len(rows)
        length += float(norm(dtheta)) * len(batch) / len(rows)
    return cost, length


def _batch_gradient(member: Member, X: Any, Y: Any, v: Any, m: float) -> tuple[float, Any]:
    """J and dJ/dtheta of one mini-batch, with dropout."""
    network = member.network
    W, b = network.views(member.theta)
    q = _shares(v, X.shape[1], X.dtype)
    D = _dropout(member, X.shape[1])
    Z, A = equations.forward(W, b, X, network.g, D)
    J = float(equations.mean_loss(Z[-1], Y, network.output, q))
    _, dW, db = equations.backward(W, Z, A, Y, network.g, q, D)
    J += _add_penalties(W, dW, member.l1, member.l2, m)
    pieces = [piece for l in range(1, network.L + 1) for piece in (dW[l].ravel(), db[l].ravel())]
    return J, np.concatenate(pieces)


def _dropout(member: Member, m: int) -> list[Any] | None:
    """D by layer, or None where nothing is dropped."""
    if not any(member.dropout):
        return None
    D: list[Any] = [None] * (member.network.L + 1)
    for l, rate in enumerate(member.dropout, start=1):
        if rate > 0:
            shape = (member.network.n[l], m)
            D[l] = dropout_mask(member.seed, member.t, l, shape, rate, member.theta.dtype)
    return D


def _add_penalties(W: Any, dW: Any, l1: float, l2: float, m: float) -> float:
    """Add the penalties' part to dW in place; return their part of J."""
    if l1 == l2 == 0:
        return 0.0
    for l in range(1, len(W)):
        dW[l] += equations.penalty_prime(W[l], l1, l2, m)
    return float(equations.penalty(W, l1, l2, m))


def _shares(v: Any, m: int, dtype: Any) -> Any:
    return equations.shares(np.ones((1, m), dtype) if v is None else v)


def _columns(X: Any, which: Any = slice(None)) -> Any:
    """These columns of X as a dense array, whose examples lie one after the other."""
    if sparse.issparse(X):
        return X[:, which].toarray(order="F")
    return X.T[which].T
