"""Who takes part in a race over a `Work`, after everybody has shown that it does the same work."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import harness
import machine
import numpy as np
from harness import Options
from peers.with_numpy import NumpyLoop
from peers.with_shoal import ShoalEngine, ShoalEstimator
from peers.with_sklearn import Sklearn
from record import Record
from work import Work

from shoal.engines.base import Engine
from shoal.engines.checks import TOLERANCE, check_engine
from shoal.engines.numpy import NumpyEngine


def engines(options: Options, record: Record) -> dict[str, Engine]:
    """shoal's engines by name, the fastest first, each after the whole contract has passed."""
    found: dict[str, Engine] = {}
    try:
        from shoal.engines.native import NativeEngine
    except ImportError:
        record.note("shoal's native engine is not built here: its NumPy engine runs in its place")
    else:
        found["native"] = NativeEngine(options.threads)
    found["numpy"] = NumpyEngine()
    for name, engine in found.items():
        check_engine(engine)
        record.check(f"check_engine: shoal's {name} engine does what the equations say, in both precisions")
    return found


def shoals(work: Work, found: dict[str, Engine], threads: int) -> list[Any]:
    """shoal's contestants: the fastest engine in both precisions, the NumPy engine, and the estimator."""
    first, *others = found.values()
    ours = [ShoalEngine(work, first, threads), ShoalEngine(work.in_precision(np.float64), first, threads)]
    ours += [ShoalEngine(work, engine, threads) for engine in others]
    return [*ours, ShoalEstimator(work, first, threads)]


def peers(threads: int) -> list[list[Callable[[Work], Any]]]:
    """The other contestants that are installed, each with its possible settings."""
    counts = harness.thread_counts(threads)
    found: list[list[Callable[[Work], Any]]] = [[partial(Sklearn, threads=n) for n in counts]]
    if machine.installed("torch"):
        from peers.with_torch import Torch

        found.append([partial(Torch, threads=n) for n in counts])
    if machine.installed("jax"):
        from peers.with_jax import Jax

        settings = product(counts, (False, True), (False, True))
        found.append([partial(Jax, threads=n, gather_once=g, columns=c) for n, g, c in settings])
    return [*found, [partial(NumpyLoop, threads=n) for n in counts]]


def at_their_best(work: Work, threads: int, record: Record) -> list[Any]:
    """Each peer with the settings that are fastest for this work, found on a short piece of it."""
    short = work.changed(epochs=max(1, work.epochs // 10))
    chosen = []
    for ways in peers(threads):
        trials = [way(short) for way in ways]
        way = ways[trials.index(harness.fastest(trials))]
        peer = way(work)
        record.note(f"{peer.name} is fastest with {way.keywords}")
        if hasattr(peer, "compile_seconds"):
            record.note(f"{peer.name} compiles for {peer.compile_seconds:.2f} s, which is not in its time")
        chosen.append(peer)
    return chosen


# --------------------------------------------------------------------------- the same work?


def check_same_steps(work: Work, found: dict[str, Engine], everybody: Sequence[Callable[[Work], Any]]) -> str:
    """Everybody, on the very rows, from the same theta, in the same order, ends at the judge's cost.

    The judge is the NumPy engine in float64, which has just passed the contract. Nobody shuffles here, so
    the steps are the same for all and only rounding differs: 1e-3 of the cost in float32 (its rounding is
    6e-8 a sum, and some hundred steps magnify it), 1e-7 in float64.
    """
    part = _piece(work).changed(shuffle=False)
    expected = work.cost(_judge(part, found).start()())
    names = []
    for way in everybody:
        contestant = way(part)
        theta = contestant.start()()
        _compare(contestant.name, work.cost(theta), expected, 1e-7 if theta.dtype == np.float64 else 1e-3)
        names.append(contestant.name)
    closeness = "1e-7" if work.dtype == np.float64 else "1e-3"
    return (
        f"{', '.join(names)} at {expected:.6f} after {part.epochs} epochs in the same order, to {closeness}"
    )


def _piece(work: Work) -> Work:
    """So much of the work that rounding has not had the time to grow."""
    return work.changed(epochs=min(work.epochs, 200 if work.batch_size >= work.m else 2))


def _judge(work: Work, found: dict[str, Engine]) -> ShoalEngine:
    return ShoalEngine(work.in_precision(np.float64), found["numpy"], 1)


def check_as_timed(work: Work, found: dict[str, Engine], options: Options) -> str:
    """The engine's cost of each epoch in the precisions timed, in its own order, is the judge's."""
    part = _piece(work)
    name, first = next(iter(found.items()))
    judge = _judge(part, found)
    judge.start()()
    for dtype in {work.dtype, np.dtype("float64")}:
        contestant = ShoalEngine(part.in_precision(dtype), first, options.threads)
        contestant.start()()
        worst = float(np.max(np.abs(contestant.costs - judge.costs) / np.maximum(1, judge.costs)))
        if not worst <= TOLERANCE[dtype.name]:
            raise SystemExit(f"{contestant.name}: the cost of an epoch is {worst:.2g} off in {dtype}")
    return f"shoal {name}'s costs of {part.epochs} epochs as timed, to the contract's tolerance"


def check_same_end(work: Work, contestants: list[Any], record: Record, tolerance: float, why: str) -> None:
    """At the end of the whole work, everybody's cost is about that of the first."""
    ends = {contestant.name: work.cost(contestant.start()()) for contestant in contestants}
    expected = next(iter(ends.values()))
    for name, cost in ends.items():
        _compare(name, cost, expected, tolerance)
    lowest, highest = min(ends.values()), max(ends.values())
    record.check(
        f"all end between {lowest:.5f} and {highest:.5f}, within {tolerance:.0%} of {expected:.5f}: {why}"
    )


def _compare(name: str, cost: float, expected: float, tolerance: float) -> None:
    if not abs(cost - expected) <= tolerance * expected:
        raise SystemExit(f"{name} ends at the cost {cost:.8g}, and the judge at {expected:.8g}: no race")
