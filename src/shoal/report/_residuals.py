"""How far predicted numbers are from the true ones, held-out row by held-out row."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from shoal.report import _scales as scales
from shoal.report import _svg as svg
from shoal.report._chart import Chart, Mark
from shoal.report._wording import name, say
from shoal.tables._outcome import Outcome

Floats = NDArray[np.float64]

MOST_ROWS = 600
"""Rows that are drawn as points; of more, so many spread evenly over what is predicted."""


def number_charts(outcome: Outcome) -> list[Chart]:
    """The true number against the predicted one, and what is left (true - predicted)."""
    predicted, true = (np.asarray(values, dtype=np.float64) for values in (outcome.outputs, outcome.truth))
    order = np.argsort(predicted, kind="stable")
    shown = order[np.linspace(0, len(order) - 1, min(len(order), MOST_ROWS)).round().astype(np.intp)]
    predicted, true = predicted[shown], true[shown]
    notes = [say("rows_drawn", shown=len(shown), all=len(order))] if len(shown) < len(order) else []
    target = name(outcome.target, 24)
    x = say("predicted_number", target=target)
    keys = [(Mark.CHOSEN_ROW, say("key_row")), (Mark.IDEAL, say("key_exact"))]
    charts = []
    for title, picture_name, y, exact, axis in (
        (say("true_title"), "true", true, predicted, say("true_number", target=target)),
        (say("residuals_title"), "residuals", true - predicted, np.zeros(len(true)), say("residual")),
    ):
        picture = svg.inline(_scatter(predicted, y, exact), picture_name, title)
        charts.append(Chart(picture, title, x, axis, keys, notes))
    return charts


def _scatter(x: Floats, y: Floats, exact: Floats) -> Axes:
    """The points (x, y), and the line on which they would lie if all predictions were exact."""
    low, high = scales.around([*y, *exact])
    ticks, labels = scales.even_ticks(low, high)
    ax = svg.axes(280, svg.room_for(labels))
    ax.set(xlim=scales.around(list(x)), ylim=(low, high))
    ax.set_yticks(ticks, labels)
    ax.set_xticks(*scales.even_ticks(*ax.get_xlim()))
    ax.grid()
    ax.plot(x, exact, color=svg.SOFT, linewidth=1.2, dashes=(4, 3), zorder=1)
    ax.plot(x, y, "o", color=svg.CHOSEN, markersize=4, alpha=0.6, markeredgewidth=0)
    return ax
