"""Whether the chosen model's probabilities can be trusted: of the rows that get 70 %, 70 % should come true.

With two classes that is the probability of the second one; with more, the probability of the class that it
predicts.
"""

from collections.abc import Sequence

import numpy as np

from shoal.base.texts import text
from shoal.plots._intervals import ProbabilityBin, probability_bins
from shoal.report.html import _marks as marks
from shoal.report.html._axes import RIGHT, WIDTH, AxisScale, Box, room_for
from shoal.report.html._chart import Chart, chart
from shoal.report.html._marks import Mark
from shoal.report.words._names import name
from shoal.tables._outcome import Outcome

_HEIGHT = 400.0
_PROBABILITIES, _COUNTS = (8.0, 282.0), (306.0, 70.0)  # top and height of the two boxes
_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)
_LABELS = [f"{tick:.1f}" for tick in _TICKS]
_BAR = 11.0  # pixels


def bins_of(outcome: Outcome) -> list[ProbabilityBin]:
    """The probabilities of the held-out rows in bins; see `probability_bins`."""
    P = np.exp(outcome.outputs)
    if P.shape[1] == 2:
        probability, happened = P[:, 1], outcome.truth == 1
    else:
        probability, happened = P.max(axis=1), P.argmax(axis=1) == outcome.truth
    return probability_bins(happened, probability)


def calibration_chart(outcome: Outcome, bins: Sequence[ProbabilityBin]) -> Chart:
    """Above, the share that came true by the probability; below, how many rows have that probability."""
    left = room_for(_LABELS)
    share, most = AxisScale(0, 1), max(b.rows for b in bins)
    above = Box(left, _PROBABILITIES[0], WIDTH - left - RIGHT, _PROBABILITIES[1], share, share)
    below = Box(left, _COUNTS[0], above.width, _COUNTS[1], share, AxisScale(0, 1.3 * most))
    said, rows, foot = [b.said for b in bins], [b.rows for b in bins], below.y(0)
    parts = [
        above.level(_TICKS),
        above.upright(_TICKS),
        above.side((_TICKS, _LABELS)),
        marks.line(Mark.IDEAL, above.places((0, 1), (0, 1))),
        marks.errors(Mark.CHOSEN, [(above.x(b.said), above.y(b.low), above.y(b.high)) for b in bins]),
        marks.points(Mark.CHOSEN, above.places(said, [b.came for b in bins])),
        marks.rows([(x, foot, y) for x, y in below.places(said, rows)], _BAR),
        below.over(below.places(said, rows), [f"{count:,}" for count in rows]),
        below.bottom((_TICKS, _LABELS)),
    ]
    if len(outcome.classes) == 2:
        label = name(outcome.classes[1], 24)
        x, y = text("report_charts.probability_of", label=label), text("report_charts.share_of", label=label)
    else:
        x, y = text("report_charts.confidence"), text("report_charts.share_right")
    keys = [
        (Mark.CHOSEN, text("report_charts.key_bin")),
        (Mark.ERROR, text("report_page.interval")),
        (Mark.IDEAL, text("report_charts.key_ideal")),
        (Mark.ROWS, text("report_charts.key_rows")),
    ]
    return chart(_HEIGHT, parts, text("report_charts.calibration"), x, y, legend=keys)
