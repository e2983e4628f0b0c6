"""The racer: the C++ extension (`native/`) behind the interface of an engine.

One call trains a whole population for many epochs, without Python in between. It computes what the
equations say (`checks.check_engine`), with the same bits for any number of threads. Sparse X is left to
the NumPy engine; an X whose examples do not lie one after the other is copied on each call.

Environment, read when the engine is made: ``SHOAL_NUM_THREADS`` is the number of threads (without it: the
CPUs that this process may use, at most ``OMP_NUM_THREADS``); ``SHOAL_CPU`` forces a CPU level, ``baseline``,
``avx2`` or ``avx512``.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import joblib
import numpy as np
from scipy import sparse

from shoal.base.errors import UsageError
from shoal.book.equations import ACTIVATIONS, OUTPUTS
from shoal.book.network import Network
from shoal.book.optimizers import RULES, Optimizer
from shoal.engines import _native
from shoal.engines.base import Data, Epochs, Member
from shoal.engines.numpy import NumpyEngine

# C++ knows names by their place here; native/types.hpp has the same order.
_ACTIVATION = {name: place for place, name in enumerate(ACTIVATIONS)}
_OUTPUT = {name: place for place, name in enumerate(OUTPUTS)}
_RULE = {name: place for place, name in enumerate(RULES)}

MOST_THREADS = 256


class NativeEngine:
    """The native engine.

    Parameters
    ----------
    n_threads : int, default=None
        How many threads at most; None: ``SHOAL_NUM_THREADS``, or as many as this process has CPUs. It
        decides how long a call takes, and no bit of what comes out.
    """

    name = "native"

    def __init__(self, n_threads: int | None = None) -> None:
        self.n_threads = _available() if n_threads is None else _positive("n_threads", n_threads)
        self._numpy = NumpyEngine()

    def predict(self, network: Network, theta: Any, X: Any, *, layers: bool = False) -> Any:
        """See `shoal.engines.base.Engine.predict`."""
        if sparse.issparse(X):
            return self._numpy.predict(network, theta, X, layers=layers)
        result = _native.predict(_native_network(network), theta, _rows(X), layers, self.n_threads)
        return ([None, *result[0]], [X, *result[1]]) if layers else result

    def gradient(
        self, network: Network, theta: Any, data: Data, rows: Any = None, *, l1: float = 0.0, l2: float = 0.0
    ) -> tuple[float, Any]:
        """See `shoal.engines.base.Engine.gradient`."""
        if sparse.issparse(data.X):
            return self._numpy.gradient(network, theta, data, rows, l1=l1, l2=l2)
        native = _native_network(network)
        return _native.gradient(native, theta, _rows(data.X), data.Y, data.v, rows, l1, l2, self.n_threads)

    def epochs(self, members: Sequence[Member], learning_rates: Sequence[Sequence[float]]) -> list[Epochs]:
        """See `shoal.engines.base.Engine.epochs`."""
        both = list(zip(members, learning_rates, strict=True))
        dense = [(member, rates) for member, rates in both if not sparse.issparse(member.data.X)]
        rows = {id(member.data.X): _rows(member.data.X) for member, _ in dense}
        fields = [_fields(*pair, rows[id(pair[0].data.X)]) for pair in dense]
        native, raised = _native.epochs(fields, self.n_threads)
        results = {}
        for (member, _), (cost, length, stopped, t, epoch) in zip(dense, native, strict=True):
            member.t, member.epoch = t, epoch
            results[id(member)] = Epochs(np.array(cost), np.array(length), stopped)
        interrupted = isinstance(raised, KeyboardInterrupt) and any(stopped for *_, stopped, _, _ in native)
        if raised is not None and not interrupted:
            raise raised
        rest = [pair for pair in both if id(pair[0]) not in results]
        for (member, _), result in zip(rest, self._sparse(rest, interrupted), strict=True):
            results[id(member)] = result
        return [results[id(member)] for member in members]

    def _sparse(self, rest: list[Any], interrupted: bool) -> list[Epochs]:
        if interrupted:
            return [Epochs(np.empty(0), np.empty(0), True) for _ in rest]
        return self._numpy.epochs([member for member, _ in rest], [rates for _, rates in rest])


def _fields(member: Member, rates: Sequence[float], X_rows: Any) -> tuple[Any, ...]:
    """A member as `TypedEntry` in native/binding.cpp reads it, field by field."""
    data = member.data
    return (
        _native_network(member.network),
        member.theta,
        member.slots,
        X_rows,
        data.Y,
        data.v,
        member.rows,
        member.seed,
        member.batch_size,
        member.l1,
        member.l2,
        member.dropout,
        member.shuffle,
        member.t,
        member.epoch,
        _constants(member.optimizer),
        RULES[member.optimizer.rule].n_slots,
        rates,
    )


def _rows(X: Any) -> Any:
    """X as the extension wants it: an example a row, its numbers one after the other."""
    if not isinstance(X, np.ndarray):
        return X  # for the extension to refuse
    rows = X.T
    flags = rows.flags
    return rows if flags.c_contiguous and flags.aligned else np.require(rows, requirements=["C", "A"])


def _constants(o: Optimizer) -> tuple[Any, ...]:
    return _RULE[o.rule], o.momentum, o.beta1, o.beta2, o.epsilon, o.weight_decay, o.clip_norm


@lru_cache(maxsize=1024)
def _native_network(network: Network) -> _native.Network:
    activations = [_ACTIVATION[name] for name in network.activations]
    return _native.Network(network.n, activations, _OUTPUT[network.output])


def _available() -> int:
    if asked := os.environ.get("SHOAL_NUM_THREADS"):
        return _positive("SHOAL_NUM_THREADS", asked)
    limit = os.environ.get("OMP_NUM_THREADS", "")  # joblib's workers are told in this way not to take all
    cpus = int(joblib.cpu_count())
    return max(1, min(cpus, int(limit))) if limit.isdigit() else cpus


def _positive(name: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if number < 1 or (not isinstance(value, str) and number != value):
        raise UsageError("engine.threads", name=name, got=value)
    return min(number, MOST_THREADS)


def _force_cpu_level(name: str) -> None:
    levels = dict(_native.cpu_levels())
    names = ", ".join(level for level, here in levels.items() if here)
    if name not in levels:
        raise UsageError("engine.cpu_unknown", name=name, names=names)
    if not levels[name]:
        raise UsageError("engine.cpu_missing", name=name, names=names)
    _native.use_cpu_level(name)


if os.environ.get("SHOAL_CPU"):
    _force_cpu_level(os.environ["SHOAL_CPU"])
