"""The race that T, S and M share: check everybody, let everybody train, tell the ratios."""

from functools import partial
from itertools import chain

import contestants
import harness
import machine
import numpy as np
from harness import Options
from peers.with_shoal import ShoalEngine, ShoalEstimator
from record import Record
from work import Work


def race(
    work: Work,
    record: Record,
    options: Options,
    unit: str,
    targets: dict[str, float],
    share: float | None = None,
) -> None:
    """Check, time and write down; `share` is the share of the matrix-product peak that is wanted."""
    found = contestants.engines(options, record)
    peers = contestants.peers(options.threads)
    ours = [partial(ShoalEngine, engine=engine, threads=options.threads) for engine in found.values()]
    estimator = partial(ShoalEstimator, engine=next(iter(found.values())), threads=options.threads)
    first_ways = [ways[0] for ways in peers]
    double = work.in_precision(np.float64)
    record.check("same cost: " + contestants.check_same_steps(work, found, [*ours, estimator, *first_ways]))
    record.check("same cost: " + contestants.check_same_steps(double, found, ours))
    record.check("as the equations: " + contestants.check_as_timed(work, found, options))
    _time(work, found, record, options, unit, targets, share)


def _time(
    work: Work,
    found: dict[str, contestants.Engine],
    record: Record,
    options: Options,
    unit: str,
    targets: dict[str, float],
    share: float | None,
) -> None:
    ours = contestants.shoals(work, found, options.threads)
    others = contestants.at_their_best(work, options.threads, record)
    why = "the orders of their batches differ" if work.shuffle else "thousands of steps magnify rounding"
    contestants.check_same_end(work, [*ours, *others], record, 0.02, why)
    products = {np.dtype(t): machine.matrix_products(t, options.threads) for t in (work.dtype, "float64")}
    seconds = harness.take_turns([*ours, *others, *chain.from_iterable(products.values())], options.rounds)
    ceilings = {dtype: machine.highest(each, seconds) for dtype, each in products.items()}
    record.times(
        {each.name: seconds[each.name] for each in (*ours, *others)}, unit, work.epochs if work.shuffle else 1
    )
    record.times({each.name: seconds[each.name] for each in ceilings.values()}, "a product")
    record.beside(ours[0].name, targets)
    for contestant in (*ours, *others):
        aim = share if contestant is ours[0] else None
        record.share(contestant.name, work.operations, ceilings[contestant.work.dtype], aim)
    record.finish()
