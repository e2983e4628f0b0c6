"""JAX: one compiled program for an epoch, `lax.scan` over its batches (without shuffling: for all epochs).

It is compiled ahead, and the seconds of that are told apart. Each epoch's order comes from NumPy, whose
permutation is several times as fast as JAX's on a CPU; theta and Adam's averages are donated. Two things
depend on the sizes, so both are tried: whether the rows are gathered batch by batch or once an epoch, and
whether examples are rows or columns inside a step.
"""

import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from work import Work

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": jnp.tanh, "relu": jax.nn.relu}


class Jax:
    """The work as compiled programs."""

    def __init__(self, work: Work, threads: int, *, gather_once: bool = False, columns: bool = False) -> None:
        self.name, self.threads, self.work = "JAX", threads, work
        self.gather_once, self.columns = gather_once and work.shuffle, columns
        jax.config.update("jax_enable_x64", work.dtype == np.float64)
        self.X, self.Y = jnp.asarray(work.X), jnp.asarray(work.Y)
        begin = time.perf_counter()
        order = np.arange(work.m, dtype=np.int32)
        program = jax.jit(self._epoch if work.shuffle else self._all_epochs, donate_argnums=0)
        self.program = program.lower(self._begin(), self.X, self.Y, order).compile(
            compiler_options={"xla_cpu_multi_thread_eigen": threads > 1}
        )
        self.compile_seconds = time.perf_counter() - begin

    def start(self) -> Callable[[], Any]:
        state = self._begin()
        jax.block_until_ready(state)
        return lambda: self._train(state)

    def _begin(self) -> Any:
        W, b = self.work.network.views(self.work.theta)
        theta = [jnp.array(part) for l in range(1, len(W)) for part in (W[l], b[l])]
        zeros = [[jnp.zeros_like(part) for part in theta] for _ in range(2)]
        return theta, *zeros, jnp.zeros((), self.X.dtype)

    def _train(self, state: Any) -> Any:
        work, random = self.work, np.random.default_rng(0)
        order = np.arange(work.m, dtype=np.int32)
        for _ in range(work.epochs if work.shuffle else 1):
            if work.shuffle:
                random.shuffle(order)
            state = self.program(state, self.X, self.Y, order)
        return np.concatenate([np.asarray(part).ravel() for part in state[0]])

    # ------------------------------------------------------------------ what is compiled

    def _all_epochs(self, state: Any, X: Any, Y: Any, order: Any) -> Any:
        def epoch(state: Any, _: Any) -> Any:
            return self._epoch(state, X, Y, order), None

        return jax.lax.scan(epoch, state, None, length=self.work.epochs)[0]

    def _epoch(self, state: Any, X: Any, Y: Any, order: Any) -> Any:
        size = min(self.work.batch_size, self.work.m)
        whole = self.work.m // size * size
        if self.gather_once or not self.work.shuffle:
            if self.work.shuffle:
                X, Y = X[order], Y[order]
            batches = [A[:whole].reshape(-1, size, A.shape[1]) for A in (X, Y)]
            rest = X[whole:], Y[whole:]
            read = lambda batch: batch  # noqa: E731
        else:
            batches, rest = order[:whole].reshape(-1, size), order[whole:]
            read = lambda rows: (X[rows], Y[rows])  # noqa: E731

        def step(state: Any, batch: Any) -> Any:
            return self._step(state, *read(batch)), None

        state = jax.lax.scan(step, state, batches)[0]
        return step(state, rest)[0] if whole < self.work.m else state

    def _cost(self, theta: Any, X: Any, Y: Any) -> Any:
        A, L = (X.T if self.columns else X), len(theta) // 2
        for l in range(L):
            W, b = theta[2 * l], theta[2 * l + 1]
            Z = W @ A + b if self.columns else A @ W.T + b.T
            A = ACTIVATIONS[self.work.network.g[l + 1]](Z) if l < L - 1 else Z
        Z = A.T if self.columns else A  # (m, n_y)
        if self.work.network.output == "softmax":
            return -jnp.mean(jnp.sum(Y * jax.nn.log_softmax(Z), axis=1))
        return jnp.mean(jax.nn.softplus(Z) - Y * Z)

    def _step(self, state: Any, X: Any, Y: Any) -> Any:
        theta, v, s, t = state
        rate, each = self.work.rate, jax.tree.map
        dtheta = jax.grad(self._cost)(theta, X, Y)
        if self.work.rule == "gradient_descent":
            return each(lambda theta, g: theta - rate * g, theta, dtheta), v, s, t
        t = t + 1
        v = each(lambda v, g: 0.9 * v + 0.1 * g, v, dtheta)
        s = each(lambda s, g: 0.999 * s + 0.001 * g * g, s, dtheta)
        c = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return each(lambda theta, v, s: theta - c * v / (jnp.sqrt(s) + 1e-8), theta, v, s), v, s, t
