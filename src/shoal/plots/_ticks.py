"""Numbers along the axes: written out, without a multiplier above, and few enough to read."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.ticker import LogFormatterMathtext, LogLocator, NullLocator, ScalarFormatter

from shoal.plots._style import DPI, NOTE
from shoal.plots._words import number

_LETTER = 0.6 * NOTE * DPI / 72  # pixels, about
_GAP = 2.5 * _LETTER  # between the numbers of two ticks


class PlainNumbers(ScalarFormatter):
    """Each tick with its whole number: 1,000, 400,000 or 4e8, and no multiplier at the end of the axis."""

    def __init__(self) -> None:
        super().__init__(useOffset=False)
        self.set_scientific(False)
        self.places: Any = np.zeros(0)

    def set_locs(self, locs: Any) -> None:
        """Where the ticks are, from the axis."""
        super().set_locs(locs)
        self.places = np.sort(np.abs(np.asarray(locs, dtype=float)))

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The number of a tick."""
        largest = float(self.places.max(initial=abs(x)))
        steps = np.diff(self.places)
        step = float(steps[steps > 0].min(initial=largest))
        if (
            x == 0 or 1e-4 <= largest < 1e3 or step < 1 < largest < 1e7
        ):  # `number` gives thousands no decimals
            return super().__call__(x, pos)
        return number(float(x), int(np.ceil(np.log10(largest / step))) + 2)


def plain_numbers(ax: Any) -> None:
    """Axes with matplotlib's own numbers get whole ones; what a person has set stays."""
    for axis in (ax.xaxis, ax.yaxis):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(PlainNumbers())


def powers(axis: Any, values: Iterable[float], room: float = np.inf) -> None:
    """Ticks of an axis with powers of ten: 1, 2, 5 or 1, 3 or only 1 of each, as many as have room.

    Numbers are written out, 0.2 and 50, where all are of such a size. `room` is the axis' length in pixels.
    """
    axis.set_minor_locator(NullLocator())
    known = [value for value in values if 0 < value < np.inf]
    if not known:
        return
    small = min(known) > 1e-4 and max(known) < 1e5
    low, high = sorted(axis.get_view_interval())
    for subs in ((1, 2, 5), (1, 3), (1,)):
        locator = LogLocator(subs=subs)
        ticks = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
        written = [number(tick) if small else "10-10" for tick in ticks]
        fits = sum(len(each) * _LETTER + _GAP for each in written) <= room
        if fits and 2 <= len(ticks) <= 8:  # over many powers, matplotlib gives none between them
            break
    axis.set_major_locator(locator)
    axis.set_major_formatter((lambda value, _: number(value)) if small else LogFormatterMathtext())
