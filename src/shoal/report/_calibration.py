"""Whether the chosen model's probabilities can be believed: of the rows for which it says 70 %, are 70 % so.

With two classes that is the probability of the second one; with more, the probability of the class that it
predicts.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

from shoal.report import _svg as svg
from shoal.report._chart import Chart, Mark
from shoal.report._wording import name, say
from shoal.tables._outcome import Outcome

_FEW_ROWS, _BINS = 200, (5, 10)  # bins of probabilities: with fewer rows, and else
_CONFIDENCE = 0.95


class Bin(NamedTuple):
    """Rows with about the same probability: their number, its mean, the share of them that were so."""

    rows: int
    said: float
    came: float
    low: float  # the share's 95 % interval (Wilson's)
    high: float


def bins_of(outcome: Outcome) -> list[Bin]:
    """Bins of the same width; those without a row are left out."""
    P = np.exp(outcome.outputs)
    if P.shape[1] == 2:
        probability, happened = P[:, 1], outcome.truth == 1
    else:
        probability, happened = P.max(axis=1), P.argmax(axis=1) == outcome.truth
    probability = np.clip(probability, 0.0, 1.0)  # rounding may leave 1 + 2e-16
    count = _BINS[len(probability) >= _FEW_ROWS]
    came, said = calibration_curve(happened, probability, n_bins=count)
    places = np.searchsorted(
        np.linspace(0, 1, count + 1)[1:-1], probability
    )  # as calibration_curve sorts them
    rows = [int(number) for number in np.bincount(places) if number]
    found = []
    for number, s, c in zip(rows, said, came, strict=True):
        interval = binomtest(round(c * number), number).proportion_ci(_CONFIDENCE, method="wilson")
        found.append(Bin(number, float(s), float(c), float(interval.low), float(interval.high)))
    return found


def calibration_chart(outcome: Outcome, bins: Sequence[Bin]) -> Chart:
    """Above, how often it was so against how probable it was said to be; below, how many rows said so."""
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    ax = svg.axes(400, bottom=110)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    ax.set_xticks(ticks, [""] * len(ticks))
    ax.set_yticks(ticks, [f"{tick:.1f}" for tick in ticks])
    ax.grid()
    ax.plot([0, 1], [0, 1], color=svg.SOFT, linewidth=1.2, dashes=(4, 3))
    said, came = [b.said for b in bins], [b.came for b in bins]
    reach = [[max(0.0, b.came - b.low) for b in bins], [max(0.0, b.high - b.came) for b in bins]]
    ax.errorbar(said, came, reach, fmt="none", ecolor=svg.CHOSEN, alpha=0.5, clip_on=False)
    ax.plot(said, came, "o", color=svg.CHOSEN, markersize=7, clip_on=False)
    below = svg.add_axes(svg.figure_of(ax), 46, 24, svg.WIDTH - 54, 70)
    most = max(b.rows for b in bins)
    below.set(xlim=(0, 1), ylim=(0, 1.25 * most))
    below.bar(said, [b.rows for b in bins], width=0.035, color=svg.CHOSEN, alpha=0.5)
    for b in bins:
        below.text(b.said, b.rows + 0.05 * most, f"{b.rows:,}", ha="center", fontsize=9, color=svg.SOFT)
    below.set_xticks(ticks, [f"{tick:.1f}" for tick in ticks])
    below.set_yticks([])
    if len(outcome.classes) == 2:
        label = name(outcome.classes[1], 24)
        x, y = say("probability_of", label=label), say("share_of", label=label)
    else:
        x, y = say("confidence"), say("share_right")
    keys = [(Mark.CHOSEN, say("key_bin")), (Mark.IDEAL, say("key_ideal")), (Mark.ROWS, say("key_rows"))]
    return Chart(svg.inline(ax, "calibration", say("calibration")), say("calibration"), x, y, keys)
