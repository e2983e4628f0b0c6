"""The native engine: the C++ extension (`native/`) behind the interface of an engine.

One call trains a whole population for many epochs, without Python in between. It computes what the
equations say (`checks.check_engine`), with the same bits for any number of threads. Sparse X is left to
the NumPy engine; an X whose examples do not lie one after the other is copied on each call.

Everything crosses the border by name: arguments, the fields of a member, activations, outputs and rules.
What this build was compiled without is refused, or with `fallback` left to the NumPy engine.

Environment, read when the engine is made: ``SHOAL_NUM_THREADS`` is the number of threads (without it: the
CPUs that this process may use, at most ``OMP_NUM_THREADS``); ``SHOAL_CPU`` forces a CPU level, ``baseline``,
``avx2`` or ``avx512``.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import joblib
import numpy as np
from scipy import sparse

from shoal.base.errors import UsageError, warn
from shoal.base.texts import text
from shoal.book.network import Network
from shoal.book.optimizers import RULES
from shoal.engines import _native
from shoal.engines._native_build import complaint
from shoal.engines.base import Data, Epochs, Member, check_data, check_inputs
from shoal.engines.numpy import NumpyEngine

MOST_THREADS = 256

if complaint():
    raise UsageError(str(complaint()))


class NativeEngine:
    """The native engine.

    Parameters
    ----------
    n_threads : int, default=None
        How many threads at most; None: ``SHOAL_NUM_THREADS``, or as many as this process has CPUs. It
        decides how long a call takes, and no bit of what comes out.
    fallback : bool, default=False
        Let the NumPy engine compute what this build was compiled without, and say so once; without it, that
        is an error.
    """

    name = "native"

    def __init__(self, n_threads: int | None = None, *, fallback: bool = False) -> None:
        self.n_threads = _available() if n_threads is None else _positive("n_threads", n_threads)
        self.fallback = fallback
        self._numpy = NumpyEngine()

    def predict(self, network: Network, theta: Any, X: Any, *, layers: bool = False) -> Any:
        """See `shoal.engines.base.Engine.predict`."""
        check_inputs(network, theta, X)
        native = self._native(network, X)
        if native is None:
            return self._numpy.predict(network, theta, X, layers=layers)
        result = _native.predict(
            network=native, theta=theta, X=_rows(X, theta), layers=layers, n_threads=self.n_threads
        )
        return ([None, *result[0]], [X, *result[1]]) if layers else result

    def gradient(
        self, network: Network, theta: Any, data: Data, rows: Any = None, *, l1: float = 0.0, l2: float = 0.0
    ) -> tuple[float, Any]:
        """See `shoal.engines.base.Engine.gradient`."""
        check_data(network, theta, data)
        native = self._native(network, data.X)
        if native is None:
            return self._numpy.gradient(network, theta, data, rows, l1=l1, l2=l2)
        return _native.gradient(
            network=native,
            theta=theta,
            X=_rows(data.X, theta),
            Y=_floats(data.Y, theta),
            v=_floats(data.v, theta),
            rows=rows,
            l1=l1,
            l2=l2,
            n_threads=self.n_threads,
        )

    def epochs(self, members: Sequence[Member], learning_rates: Sequence[Sequence[float]]) -> list[Epochs]:
        """See `shoal.engines.base.Engine.epochs`."""
        both = list(zip(members, learning_rates, strict=True))
        ours, fields = [], []
        arrays: dict[Any, Any] = {}  # as the extension wants them, one for all members that share it
        for member, rates in both:
            check_data(member.network, member.theta, member.data)
            network = self._network_to_train(member)
            if network is not None:
                ours.append(member)
                fields.append(_fields(member, rates, network, arrays))
        native, raised = _native.epochs(members=fields, n_threads=self.n_threads)
        results = {}
        for member, result in zip(ours, native, strict=True):
            member.t, member.epoch = result["t"], result["epoch"]
            cost, length = np.array(result["cost"]), np.array(result["gradient_norm"])
            results[id(member)] = Epochs(cost, length, result["interrupted"])
        interrupted = isinstance(raised, KeyboardInterrupt)
        if raised is not None and not interrupted:
            raise raised
        if interrupted and ours:  # it may come after the last epoch of the last member
            results[id(ours[-1])] = results[id(ours[-1])]._replace(interrupted=True)
        rest = [pair for pair in both if id(pair[0]) not in results]
        for (member, _), left in zip(rest, self._by_numpy(rest, interrupted), strict=True):
            results[id(member)] = left
        return [results[id(member)] for member in members]

    def _by_numpy(self, rest: list[Any], interrupted: bool) -> list[Epochs]:
        if interrupted or not rest:
            return [Epochs(np.empty(0), np.empty(0), True) for _ in rest]
        return self._numpy.epochs([member for member, _ in rest], [rates for _, rates in rest])

    def _native(self, network: Network, X: Any) -> Any:
        """The network as the extension knows it; None where the NumPy engine computes."""
        native = _native_network(network)
        if isinstance(native, Missing):
            self._leave(native)
            return None
        return None if sparse.issparse(X) else native

    def _network_to_train(self, member: Member) -> Any:
        """The member's network as the extension knows it; None where the NumPy engine trains it."""
        rule = member.optimizer.rule
        if _native.RULES.get(rule) != RULES[rule].n_slots:
            self._leave(Missing("engine.lacks_rule", name=repr(rule)))
            return None
        return self._native(member.network, member.data.X)

    def _leave(self, missing: "Missing") -> None:
        """Say once that this is left to the NumPy engine; without `fallback`, refuse it."""
        if not self.fallback:
            raise UsageError(missing.key, name=missing.name)
        if missing not in _said:
            _said.add(missing)
            problem = text(missing.key, name=missing.name)
            warn(text("engine.left_to_numpy", problem=problem), RuntimeWarning)


class Missing(NamedTuple):
    """What this build was compiled without: a key of the catalogue, and the name."""

    key: str
    name: str


_said: set[Missing] = set()


def _fields(member: Member, rates: Sequence[float], network: Any, arrays: dict[Any, Any]) -> dict[str, Any]:
    """A member as `native/binding.cpp` reads it; the names are those of `_native_build.MEMBER`."""
    data, theta = member.data, member.theta
    for array, converted in ((data.X, _rows), (data.Y, _floats), (data.v, _floats)):
        key = id(array), theta.dtype
        if key not in arrays:
            arrays[key] = converted(array, theta)
    X_rows, Y, v = (arrays[id(array), theta.dtype] for array in (data.X, data.Y, data.v))
    return {
        "network": network,
        "theta": member.theta,
        "slots": member.slots,
        "X": X_rows,
        "Y": Y,
        "v": v,
        "rows": member.rows,
        "seed": member.seed,
        "batch_size": member.batch_size,
        "l1": member.l1,
        "l2": member.l2,
        "dropout": member.dropout,
        "shuffle": member.shuffle,
        "t": member.t,
        "epoch": member.epoch,
        "optimizer": vars(member.optimizer),
        "learning_rates": rates,
    }


def _floats(array: Any, theta: Any) -> Any:
    """Whole numbers and truth values in theta's precision; all else as it is."""
    whole = isinstance(array, np.ndarray) and array.dtype.kind in "iub"
    return array.astype(theta.dtype) if whole else array


def _rows(X: Any, theta: Any) -> Any:
    """X as the extension wants it: an example a row, its numbers one after the other."""
    if not isinstance(X, np.ndarray):
        return X  # sparse, or for the extension to refuse
    rows = _floats(X, theta).T
    flags = rows.flags
    return rows if flags.c_contiguous and flags.aligned else np.require(rows, requirements=["C", "A"])


@lru_cache(maxsize=1024)
def _native_network(network: Network) -> Any:
    """The network as the extension knows it, or a `Missing`: what of it the extension does not have."""
    for name in network.activations:
        if name not in _native.ACTIVATIONS:
            return Missing("engine.lacks_activation", name=repr(name))
    if network.output not in _native.OUTPUTS:
        return Missing("engine.lacks_output", name=repr(network.output))
    return _native.network(n=network.n, activations=network.activations, output=network.output)


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
