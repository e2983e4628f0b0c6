"""The equations in a loop: always available, complete, and the fallback of every other engine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy import sparse

from shoal.book import equations
from shoal.book.batches import batch_slices, dropout_mask, epoch_order
from shoal.book.network import Network
from shoal.book.optimizers import norm, update
from shoal.engines._blas import deterministic
from shoal.engines.base import BLOCK, Data, Epochs, Member, check_data, check_inputs, total_weight


class NumpyEngine:
    """The reference engine."""

    name = "numpy"

    @deterministic
    def predict(self, network: Network, theta: Any, X: Any, *, layers: bool = False) -> Any:
        """See `shoal.engines.base.Engine.predict`."""
        check_inputs(network, theta, X)
        W, b = network.views(theta)
        if layers:
            return equations.forward(W, b, _columns(X), network.g)
        blocks = [
            equations.forward(W, b, _columns(X, where), network.g)[1][-1]
            for where in batch_slices(X.shape[1], BLOCK)
        ]
        return np.concatenate(blocks, axis=1) if blocks else np.empty((network.n[-1], 0), theta.dtype)

    @deterministic
    def gradient(
        self, network: Network, theta: Any, data: Data, rows: Any = None, *, l1: float = 0.0, l2: float = 0.0
    ) -> tuple[float, Any]:
        """See `shoal.engines.base.Engine.gradient`."""
        check_data(network, theta, data)
        W, b = network.views(theta)
        dtheta = np.zeros_like(theta)
        dW, db = network.views(dtheta)
        m, total = data.X.shape[1] if rows is None else len(rows), total_weight(data, rows)
        J = 0.0
        for where in batch_slices(m, BLOCK):
            X, Y, v = _examples(data, where if rows is None else rows[where])
            q = equations.shares(v, total)
            Z, A = equations.forward(W, b, X, network.g)
            J += float(equations.mean_loss(Z[-1], Y, network.output, q))
            _, dW_block, db_block = equations.backward(W, Z, A, Y, network.g, q)
            for l in range(1, network.L + 1):
                dW[l] += dW_block[l]
                db[l] += db_block[l]
        return J + _add_penalties(W, dW, l1, l2, total), dtheta

    def epochs(self, members: Sequence[Member], learning_rates: Sequence[Sequence[float]]) -> list[Epochs]:
        """See `shoal.engines.base.Engine.epochs`."""
        for member in members:
            check_data(member.network, member.theta, member.data)
        results: list[Epochs] = []
        for member, rates in zip(members, learning_rates, strict=True):
            interrupted = bool(results) and results[-1].interrupted
            results.append(
                Epochs(np.empty(0), np.empty(0), True) if interrupted else self._train(member, rates)
            )
        return results

    @deterministic
    def _train(self, member: Member, rates: Sequence[float]) -> Epochs:
        total = total_weight(member.data, member.rows)
        costs: list[float] = []
        lengths: list[float] = []
        interrupted = False
        try:
            for rate in rates:
                with _whole_epochs(member):
                    cost, length = _epoch(member, rate, total)
                    member.epoch += 1
                costs.append(cost)
                lengths.append(length)
                if not np.isfinite(cost):
                    break
        except KeyboardInterrupt:
            interrupted = True
        return Epochs(np.array(costs), np.array(lengths), interrupted)


@contextmanager
def _whole_epochs(member: Member) -> Iterator[None]:
    """An epoch that is interrupted leaves no trace in the member."""
    before = member.theta.copy(), member.slots.copy(), member.t, member.epoch
    try:
        yield
    except BaseException:
        member.theta[...], member.slots[...], member.t, member.epoch = before
        raise


def _epoch(member: Member, rate: float, total: float) -> tuple[float, float]:
    """One pass over the member's rows; the means of the batches' costs and of their gradients' lengths.

    In a batch, q = v / (mean weight of all rows x rows in the batch). So batches with large weights count
    more than others, and the mean of the batches' gradients is the gradient of all rows.
    """
    rows = member.rows
    if member.shuffle and member.batch_size < len(rows):
        rows = rows[epoch_order(member.seed, member.epoch, len(rows))]
    cost = length = 0.0
    for where in batch_slices(len(rows), member.batch_size):
        share = (where.stop - where.start) / len(rows)
        J, dtheta = _batch_gradient(member, rows[where], share, total)
        member.t += 1
        theta, slots = update(
            member.theta, dtheta, member.slots, member.t, rate, member.optimizer, member.network.is_weight
        )
        member.theta[...] = theta
        for slot, new in zip(member.slots, slots, strict=True):
            slot[...] = new
        norm_of_batch = float(norm(dtheta))
        cost += J * share if np.isfinite(norm_of_batch) else np.inf
        length += norm_of_batch * share
    return cost, length


def _batch_gradient(member: Member, batch: Any, share: float, total: float) -> tuple[float, Any]:
    """J and dJ/dtheta of one mini-batch, with dropout."""
    network = member.network
    W, b = network.views(member.theta)
    X, Y, v = _examples(member.data, batch)
    q = equations.shares(v, total * share)
    D = _dropout(member, len(batch))
    Z, A = equations.forward(W, b, X, network.g, D)
    J = float(equations.mean_loss(Z[-1], Y, network.output, q))
    _, dW, db = equations.backward(W, Z, A, Y, network.g, q, D)
    J += _add_penalties(W, dW, member.l1, member.l2, total)
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


def _examples(data: Data, which: Any) -> tuple[Any, Any, Any]:
    """X, Y and v of these examples."""
    Y = data.Y[:, which]
    v = np.ones((1, Y.shape[1]), Y.dtype) if data.v is None else data.v[:, which]
    return _columns(data.X, which), Y, v


def _columns(X: Any, which: Any = slice(None)) -> Any:
    """These columns of X as a dense array, whose examples lie one after the other."""
    if sparse.issparse(X):
        return X[:, which].toarray(order="F")
    return X.T[which].T
