"""How far predicted numbers are from the true ones, held-out row by held-out row."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from shoal.base.texts import text
from shoal.report.html import _marks as marks
from shoal.report.html import _ticks as ticks
from shoal.report.html._axes import AxisScale, box
from shoal.report.html._chart import Chart, chart
from shoal.report.html._marks import Mark
from shoal.report.words._names import name
from shoal.tables._outcome import Outcome

Floats = NDArray[np.float64]

MOST_ROWS = 600
"""Rows that are drawn as points; of more, so many, spread evenly over what is predicted."""

_HEIGHT = 280.0


def number_charts(outcome: Outcome) -> list[Chart]:
    """The true number against the predicted one, and the residual (true - predicted)."""
    predicted, true = (np.asarray(values, dtype=np.float64) for values in (outcome.outputs, outcome.truth))
    order = np.argsort(predicted, kind="stable")
    shown = order[np.linspace(0, len(order) - 1, min(len(order), MOST_ROWS)).round().astype(np.intp)]
    predicted, true = predicted[shown], true[shown]
    target = name(outcome.target, 24)
    notes = []
    if len(shown) < len(order):
        notes = [text("report_charts.rows_drawn", shown=f"{len(shown):,}", all=f"{len(order):,}")]
    draw = partial(_scatter, predicted, text("report_charts.predicted_number", target=target), notes)
    true_words = text("report_charts.true_title"), text("report_charts.true_number", target=target)
    residual_words = text("report_charts.residuals_title"), text("report_charts.residual")
    return [draw(true, predicted, *true_words), draw(true - predicted, np.zeros(len(true)), *residual_words)]


def _scatter(
    x: Floats, x_words: str, notes: list[str], y: Floats, exact: Floats, title: str, y_words: str
) -> Chart:
    """The points (x, y), and the line on which they would lie if all predictions were exact."""
    across, up = (
        AxisScale(*ticks.around(x.tolist())),
        AxisScale(*ticks.around([*y.tolist(), *exact.tolist()])),
    )
    below, beside = ticks.even_ticks(across.low, across.high), ticks.even_ticks(up.low, up.high)
    frame = box(_HEIGHT, beside[1], across, up)
    ends = [0, -1]  # x is sorted
    parts = [
        frame.level(beside[0]),
        frame.upright(below[0]),
        frame.side(beside),
        frame.bottom(below),
        marks.line(Mark.IDEAL, frame.places(x[ends].tolist(), exact[ends].tolist())),
        marks.points(Mark.ROW, frame.places(x.tolist(), y.tolist())),
    ]
    keys = [(Mark.ROW, text("report_charts.key_row")), (Mark.IDEAL, text("report_charts.key_exact"))]
    return chart(_HEIGHT, parts, title, x_words, y_words, legend=keys, notes=notes)
