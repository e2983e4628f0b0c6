"""E: what a row costs: 1,000 ... 10,000,000 rows x 30, 64 ReLU, 1 output, batch 256, Adam; an epoch.

Once X is larger than the caches, the rows of a shuffled batch come from everywhere in memory.
"""

import statistics
from typing import Any

import contestants
import harness
import numpy as np
from harness import Options
from peers.with_shoal import ShoalEngine
from record import Record
from work import Work

from shoal.book.network import Network

ROWS = tuple(10**k for k in range(3, 8))
PEERS_UP_TO = 1_000_000  # one epoch of ten million is long for the others, and says nothing new


def work_of(rows: int) -> Work:
    random = np.random.default_rng(0)
    X = random.standard_normal((rows, 30), dtype=np.float32)
    labels = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
    return Work(Network((30, 64, 1), ("relu",), "sigmoid"), X, labels, "adam", 1e-3, 256, epochs=1)


def race(record: Record, options: Options) -> None:
    found = contestants.engines(options, record)
    engine = next(iter(found.values()))
    for rows in ROWS[:-1] if options.quick else ROWS:
        work = work_of(rows)
        if rows <= PEERS_UP_TO:  # the judge in float64 needs the rows twice over
            contestants.check_as_timed(work, found, options)
        everybody: list[Any] = [ShoalEngine(work, engine, options.threads)]
        if rows <= PEERS_UP_TO:
            ways = contestants.peers(options.threads)
            everybody += [harness.fastest([way(work) for way in each]) for each in ways]
        for contestant in everybody:
            contestant.start()()
        seconds = harness.take_turns(everybody, options.rounds)
        for contestant in everybody:
            second = statistics.median(seconds[contestant.name])
            record.point(
                contestant=contestant.name, rows=rows, s_an_epoch=second, ns_a_row=1e9 * second / rows
            )
    record.check(f"up to {PEERS_UP_TO:,} rows the engine's costs as timed are the judge's")
    record.finish()


def main() -> None:
    options = harness.begin(__doc__)
    race(Record("E", "30-64-1 ReLU, batch 256, Adam: the number of rows", options, "float32"), options)


if __name__ == "__main__":
    main()
