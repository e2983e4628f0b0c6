"""Where the numbers of an axis stand, and how they are written."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

Ticks = tuple[list[float], list[str]]


def even_ticks(low: float, high: float, most: int = 5) -> Ticks:
    """Round numbers from `low` to `high`, all with the digits that tell them apart."""
    found = MaxNLocator(most, steps=[1, 2, 5, 10]).tick_values(low, high)
    slack = 1e-9 * (high - low)
    values = [float(value) for value in found if low - slack <= value <= high + slack]
    step = float(found[1] - found[0])
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    largest = max(map(abs, values), default=0.0)
    if largest >= 1e6 or decimals > 6:
        digits = max(1, math.ceil(math.log10(max(largest, step) / step)) + 1)
        return values, [f"{value:.{digits}g}" for value in values]
    return values, [f"{value + 0.0:.{decimals}f}" for value in values]


def power_ticks(low: float, high: float) -> Ticks:
    """Powers of ten from `low` to `high`, with 2 and 5 (or 3) times them where there are few."""
    decades = math.log10(high / low)
    times = (1, 2, 5) if decades < 1.5 else (1, 3) if decades < 3 else (1,)
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    values = [by * 10.0**power for power in powers for by in times]
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
    """The same where each step multiplies."""
    low, high = around([math.log10(value) for value in values])
    middle, half = (low + high) / 2, max((high - low) / 2, 0.35)
    return 10 ** (middle - half), 10 ** (middle + half)


def worst_shown(means: Sequence[float], needed: Sequence[float]) -> float:
    """Up to where a score, the lower the better, is drawn to scale; `needed` are inside in any case.

    The few candidates that went astray would squash the rest.
    """
    best, middle, worst = float(min(means)), float(np.median(means)), float(max(means))
    return max(min(worst, best + 3 * (middle - best)), *needed)
