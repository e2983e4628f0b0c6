"""K: what a network costs beside others: 1 ... 1,024 networks 30-16-1 at once, 455 rows, batch 64, Adam.

Ten epochs in float64. The first network pays for the call; from as many networks as threads on, each
further one should cost the same. scikit-learn has no other way than one after the other.
"""

import statistics
from collections.abc import Callable
from typing import Any

import contestants
import harness
import numpy as np
from harness import Options
from peers.with_shoal import ShoalEngine
from peers.with_sklearn import Sklearn
from record import Record
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from work import Work

from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines.base import Engine, Member

COUNTS = tuple(2**k for k in range(11))
ROWS, EPOCHS = 455, 10


class Networks:
    """So many members in one call, which differ in their seed."""

    def __init__(self, work: Work, engine: Engine, count: int, threads: int) -> None:
        self.name, self.threads = f"{count} networks", threads
        self.work, self.engine, self.count = work, engine, count

    def start(self) -> Callable[[], Any]:
        work, rows = self.work, np.arange(ROWS)
        members = [
            Member(work.network, work.theta.copy(), Optimizer("adam"), work.data, rows, seed, work.batch_size)
            for seed in range(self.count)
        ]
        rates = [[work.rate] * EPOCHS] * self.count

        def go() -> Any:
            self.engine.epochs(members, rates)
            return members[0].theta

        return go


def race(record: Record, options: Options) -> None:
    loaded = load_breast_cancer()
    X, y = StandardScaler().fit_transform(loaded.data)[:ROWS], loaded.target[:ROWS]
    work = Work(Network((30, 16, 1), ("relu",), "sigmoid"), X, y, "adam", 1e-3, 64, EPOCHS)
    found = contestants.engines(options, record)
    engine = next(iter(found.values()))
    record.check("as the equations: " + contestants.check_as_timed(work, found, options))
    everybody: list[Any] = [Networks(work, engine, count, options.threads) for count in COUNTS]
    alone = ShoalEngine(work, engine, options.threads).start()()
    for contestant in everybody:
        if not np.array_equal(contestant.start()(), alone):
            raise SystemExit(f"the first of {contestant.name} does not end with the bits that it has alone")
    record.check("the first network ends with the same bits among any number of others")
    sklearn = Sklearn(work, 1)
    sklearn.start()()
    seconds = harness.take_turns([*everybody, sklearn], options.rounds)
    record.times({sklearn.name: seconds[sklearn.name]}, "a network")
    for contestant in everybody:
        second = statistics.median(seconds[contestant.name])
        record.point(networks=contestant.count, ms=1e3 * second, us_a_network=1e6 * second / contestant.count)
    record.finish()


def main() -> None:
    options = harness.begin(__doc__)
    race(Record("K", "many networks 30-16-1 at once, 455 rows, 10 epochs", options, "float64"), options)


if __name__ == "__main__":
    main()
