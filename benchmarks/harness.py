"""What every benchmark program shares: its options, its surroundings, the turns, and the report.

Contestants take turns in one process: each round gives every contestant one turn, in an order that rotates,
and what counts is the median over the rounds of the *ratios within a round*, so that a slow minute of a
shared machine slows both sides of a ratio. Nobody is timed before `checks` have passed.

Invariant: all contestants have the same CPUs. The process is pinned to as many as `--threads` says, and
starts anew with the environment variables that libraries read when they are loaded.
"""

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import threadpoolctl

LEAST = 0.05  # seconds: a turn that is shorter is repeated, and its median taken
PAUSE = 0.05  # seconds before a turn, in which the threads of the one before stop spinning


class Contestant(Protocol):
    """Who takes part: `start` gets everything ready and returns what is timed."""

    name: str
    threads: int

    def start(self) -> Callable[[], Any]:
        """Get ready, untimed; the function that comes back does the work and returns its result."""
        ...


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    threads: int
    rounds: int
    quick: bool
    json: Path | None
    blas: str


def begin(doc: str | None) -> Options:
    """Read the command line, and see to it that the surroundings are as they say."""
    first_line, _, rest = (doc or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first_line, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2, help="for every contestant (default: 2)")
    parser.add_argument("--rounds", type=int, help="turns of each contestant (default: 7; quick: 3)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and the slowest parts left out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append the JSON line to FILE")
    parser.add_argument(
        "--blas",
        default="auto",
        metavar="KERNEL",
        help="OpenBLAS's kernel, such as Haswell (default: the one that it picks for this CPU)",
    )
    asked = parser.parse_args()
    _surroundings(asked.threads, asked.blas)
    rounds = asked.rounds or (3 if asked.quick else 7)
    print(first_line, flush=True)
    return Options(asked.threads, rounds, asked.quick, asked.json, asked.blas)


def _surroundings(threads: int, blas: str) -> None:
    """Pin the process, and start it anew if its libraries were loaded with other settings."""
    if hasattr(os, "sched_setaffinity"):
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < threads:
            sys.exit(f"{threads} threads were asked for, and this process may use {len(cpus)} CPUs")
        os.sched_setaffinity(0, cpus[:threads])
    wanted = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    wanted |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"), str(threads))
    wanted |= {"JAX_PLATFORMS": "cpu", "PYTHONWARNINGS": "ignore"}
    if threads == 1:
        wanted["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if blas != "auto":
        wanted["OPENBLAS_CORETYPE"] = blas
    if any(os.environ.get(name) != wanted.get(name) for name in os.environ.keys() | wanted.keys()):
        os.execve(sys.executable, [sys.executable, *sys.argv], wanted)


# --------------------------------------------------------------------------- turns


def fastest(variants: Sequence[Contestant]) -> Contestant:
    """The contestant's best settings: of its variants, the one with the shortest of three runs."""
    if len(variants) == 1:
        return variants[0]
    return min(variants, key=lambda variant: min(_once(variant) for _ in range(3)))


def take_turns(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[float]]:
    """Seconds a round of each contestant, by its name; everybody has run at least once before."""
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for turn in range(rounds):
        first = turn % len(contestants)
        for contestant in (*contestants[first:], *contestants[:first]):
            seconds[contestant.name].append(_turn(contestant))
    return seconds


def _turn(contestant: Contestant) -> float:
    time.sleep(PAUSE)
    taken = [_once(contestant)]
    while sum(taken) < LEAST:
        taken.append(_once(contestant))
    return statistics.median(taken)


def _once(contestant: Contestant) -> float:
    use_threads(contestant.threads)
    go = contestant.start()
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        go()
        return time.perf_counter() - begin
    finally:
        gc.enable()


def use_threads(threads: int) -> None:
    """Let every library that has been loaded compute on this many threads."""
    threadpoolctl.threadpool_limits(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


def thread_counts(threads: int) -> tuple[int, ...]:
    """What a peer may choose from: small matrices are faster on one thread."""
    return (1,) if threads == 1 else (1, threads)


def ratio(seconds: dict[str, list[float]], slow: str, fast: str) -> float:
    """How many times as fast: the median of the ratios within the rounds."""
    return statistics.median(a / b for a, b in zip(seconds[slow], seconds[fast], strict=True))
