"""Where an axis begins and ends, where its ticks stand, and how their numbers are written."""

import math
from collections.abc import Sequence

import numpy as np

Ticks = tuple[Sequence[float], Sequence[str]]
"""Numbers, and how each is written."""

_SLACK = 1e-9  # of a step or of an axis: rounding does not leave out the number at its end

_MOST_POWERS = 300.0  # of ten: an axis ends before numbers do


def even_ticks(low: float, high: float, most: int = 5) -> Ticks:
    """Round numbers from `low` to `high`, at most so many steps, with the digits that tell them apart."""
    times, exponent = _step(low, high, most)
    step = _scaled(times, exponent)
    first, last = math.ceil(low / step - _SLACK), math.floor(high / step + _SLACK)
    values = [_scaled(times * count, exponent) for count in range(first, last + 1)]
    decimals = max(0, -exponent)
    largest = max(map(abs, values))
    if largest >= 1e6 or decimals > 6:
        digits = max(1, math.ceil(math.log10(max(largest, step) / step)) + 1)
        return values, [f"{value:.{digits}g}" for value in values]
    return values, [f"{value:.{decimals}f}" for value in values]


def whole_ticks(low: int, high: int, most: int = 5) -> Ticks:
    """The same for things that are counted, such as epochs."""
    if high - low > most:
        return even_ticks(low, high, most)
    values = range(low, high + 1)
    return values, list(map(str, values))


def _step(low: float, high: float, most: int) -> tuple[int, int]:
    """The smallest of ..., 0.5, 1, 2, 5, 10, ... that makes at most so many steps, as 5 and -1 for 0.5.

    There are at least two steps, because each of these is at most 2.5 times the one before.
    """
    exponent = math.floor(math.log10((high - low) / most)) - 1
    while True:
        for times in (1, 2, 5):
            if (high - low) / _scaled(times, exponent) <= most:
                return times, exponent
        exponent += 1


def _scaled(times: int, exponent: int) -> float:
    """The float nearest to times · 10^exponent."""
    return float(f"{times}e{exponent}")


def power_ticks(low: float, high: float) -> Ticks:
    """Powers of ten from `low` to `high`, with 2 and 5 (or 3) times them where there are few."""
    decades = math.log10(high) - math.log10(low)
    times = (1, 2, 5) if decades < 1.5 else (1, 3) if decades < 3 else (1,)
    apart = math.ceil(decades / 10)
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    values = [_scaled(by, power) for power in powers if power % apart == 0 for by in times]
    values = [value for value in values if low * 0.999 <= value <= high * 1.001]
    return values, [short(value) for value in values]


def short(value: float) -> str:
    """``10,000``, ``0.003``, ``1e-07``."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:.4g}"


def around(values: Sequence[float], share: float = 0.06) -> tuple[float, float]:
    """The smallest and the largest of the values, with some room beside them; never an empty range."""
    low, high = float(min(values)), float(max(values))
    room = share * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room


def around_powers(values: Sequence[float]) -> tuple[float, float]:
    """The same where equal steps are equal factors: at least seven tenths of a power of ten."""
    low, high = around([math.log10(value) for value in values])
    middle, half = (low + high) / 2, max((high - low) / 2, 0.35)
    return 10 ** max(middle - half, -_MOST_POWERS), 10 ** min(middle + half, _MOST_POWERS)


def worst_shown(means: Sequence[float], needed: Sequence[float]) -> float:
    """Up to where a score, the lower the better, is drawn to scale; `needed` are inside in any case.

    A few candidates that went astray would squash the rest.
    """
    best, middle, worst = float(min(means)), float(np.median(means)), float(max(means))
    return max(min(worst, best + 3 * (middle - best)), *needed)
