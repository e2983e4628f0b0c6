"""W: what width and batch cost: 64-h-10 ReLU, softmax, Adam, h = 2 ... 1024, batches of 8 ... 4,096.

An epoch is 8,192 rows in float32. Wherever a number is small, overhead shows; where all are large, the
share of the matrix-product peak does.
"""

import statistics
from typing import Any

import contestants
import harness
import machine
import numpy as np
from harness import Options
from peers.with_shoal import ShoalEngine
from record import Record
from work import Work

from shoal.book.network import Network

ROWS, INPUTS, CLASSES = 8192, 64, 10
WIDTHS = tuple(2**k for k in range(1, 11))
BATCHES = tuple(2**k for k in range(3, 13))
BESIDE = tuple((h, batch) for h in (8, 64, 512) for batch in (32, 512))  # the peers run here too
CHECKED = (*BESIDE, *((h, batch) for h in (WIDTHS[0], WIDTHS[-1]) for batch in (BATCHES[0], BATCHES[-1])))


def works() -> dict[tuple[int, int], Work]:
    random = np.random.default_rng(0)
    X = random.standard_normal((ROWS, INPUTS), dtype=np.float32)
    labels = random.integers(0, CLASSES, ROWS)
    return {
        (h, batch): Work(
            Network((INPUTS, h, CLASSES), ("relu",), "softmax"), X, labels, "adam", 1e-3, batch, epochs=1
        )
        for h in WIDTHS
        for batch in BATCHES
    }


def contest(work: Work, engines: dict[str, Any], options: Options, beside: bool) -> list[Any]:
    """The fastest engine alone, or everybody, with the number of threads as it is."""
    first = ShoalEngine(work, next(iter(engines.values())), options.threads)
    if not beside:
        return [first]
    others = [ShoalEngine(work, engine, options.threads) for engine in list(engines.values())[1:]]
    peers = [harness.fastest([way(work) for way in ways]) for ways in contestants.peers(options.threads)]
    return [first, *others, *peers]


def race(record: Record, options: Options) -> None:
    found = contestants.engines(options, record)
    products = machine.matrix_products(np.float32, options.threads)
    for (h, batch), work in works().items():
        beside = (h, batch) in BESIDE
        if options.quick and not beside:
            continue
        everybody = contest(work, found, options, beside)
        if (h, batch) in CHECKED:
            contestants.check_as_timed(work, found, options)
        for contestant in everybody:
            contestant.start()()
        seconds = harness.take_turns([*everybody, *products], options.rounds)
        ceiling = machine.highest(products, seconds)
        peak = ceiling.amount / statistics.median(seconds[ceiling.name])
        for contestant in everybody:
            second = statistics.median(seconds[contestant.name])
            record.point(
                contestant=contestant.name,
                width=h,
                batch=batch,
                us_a_step=1e6 * second / -(-ROWS // batch),
                gflops=work.operations / second / 1e9,
                share=work.operations / second / peak,
            )
    record.check("the engine's costs as timed are the judge's, in the corners and where the peers run")
    record.finish()


def main() -> None:
    options = harness.begin(__doc__)
    race(Record("W", "64-h-10 ReLU, softmax, Adam: width and batch", options, "float32"), options)


if __name__ == "__main__":
    main()
