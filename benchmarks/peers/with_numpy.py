"""A careful NumPy loop, by hand for one hidden layer: nothing is allocated, every product has its `out`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from work import Work


class NumpyLoop:
    """Rows are examples, so that gathered batches are contiguous; theta, its gradient and Adam's averages
    are flat vectors, so that an update is ten calls whatever the layers.
    """

    def __init__(self, work: Work, threads: int) -> None:
        self.name, self.threads, self.work = "NumPy loop", threads, work
        h, n_y, p = *work.network.n[1:], work.network.p
        self.dtheta, self.v, self.s, self.scratch = (np.zeros(p, work.dtype) for _ in range(4))
        sizes = {min(work.batch_size, work.m), work.m % work.batch_size} - {0}
        self.buffers = {
            size: [np.empty((size, n), work.dtype) for n in (work.network.n[0], n_y, h, h, n_y, 1)]
            for size in sizes
        }
        self.positive = {size: np.empty((size, h), bool) for size in sizes}

    def start(self) -> Callable[[], Any]:
        theta = self.work.theta.copy()
        self.v[:], self.s[:] = 0, 0
        return lambda: self._train(theta)

    def _train(self, theta: Any) -> Any:
        work = self.work
        W, b = work.network.views(theta)
        dW, db = work.network.views(self.dtheta)
        random, t = np.random.default_rng(0), 0
        for _ in range(work.epochs):
            order = random.permutation(work.m) if work.shuffle else None
            for begin in range(0, work.m, work.batch_size):
                where = slice(begin, min(begin + work.batch_size, work.m))
                self._gradient(W, b, dW, db, where, order)
                t += 1
                self._update(theta, t)
        return theta

    def _gradient(self, W: Any, b: Any, dW: Any, db: Any, where: slice, order: Any) -> None:
        work, size = self.work, where.stop - where.start
        X, Y, A, dA, P, total = self.buffers[size]
        if order is None:
            X, Y = work.X[where], work.Y[where]
        else:
            work.X.take(order[where], axis=0, out=X, mode="clip")
            work.Y.take(order[where], axis=0, out=Y, mode="clip")
        np.matmul(X, W[1].T, out=A)
        A += b[1].T
        relu = work.network.g[1] == "relu"
        np.maximum(A, 0, out=A) if relu else np.tanh(A, out=A)
        np.matmul(A, W[2].T, out=P)
        P += b[2].T
        self._probabilities(P, total)
        P -= Y
        P *= 1 / size
        np.matmul(P.T, A, out=dW[2])
        np.sum(P, axis=0, out=db[2][:, 0])
        np.matmul(P, W[2], out=dA)
        if relu:
            np.multiply(dA, np.greater(A, 0, out=self.positive[size]), out=dA)
        else:
            np.multiply(A, A, out=A)
            np.subtract(1, A, out=A)
            np.multiply(dA, A, out=dA)
        np.matmul(dA.T, X, out=dW[1])
        np.sum(dA, axis=0, out=db[1][:, 0])

    def _probabilities(self, P: Any, total: Any) -> None:
        """Z becomes A, in place; data that has been standardised does not overflow here."""
        if self.work.network.output == "sigmoid":
            np.negative(P, out=P)
            np.exp(P, out=P)
            P += 1
            np.reciprocal(P, out=P)
            return
        P -= np.max(P, axis=1, keepdims=True, out=total)
        np.exp(P, out=P)
        P /= np.sum(P, axis=1, keepdims=True, out=total)

    def _update(self, theta: Any, t: int) -> None:
        rate, dtheta, v, s, scratch = self.work.rate, self.dtheta, self.v, self.s, self.scratch
        if self.work.rule == "gradient_descent":
            np.multiply(dtheta, rate, out=scratch)
            theta -= scratch
            return
        v *= 0.9
        np.multiply(dtheta, 0.1, out=scratch)
        v += scratch
        s *= 0.999
        np.multiply(dtheta, dtheta, out=scratch)
        scratch *= 0.001
        s += scratch
        np.sqrt(s, out=scratch)
        scratch += 1e-8
        np.divide(v, scratch, out=scratch)
        scratch *= rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
        theta -= scratch
