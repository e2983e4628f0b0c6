"""Learning curves: the cost of each epoch, and the score on the rows that early stopping watches.

Folds stop at different epochs. The mean and its standard error are drawn as long as *all* folds are still
being trained: a mean of the remaining ones would jump where a fold leaves, and look like progress. The thin
line of each fold goes on to its own end.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from shoal.base.texts import text
from shoal.report.html import _marks as marks
from shoal.report.html import _ticks as ticks
from shoal.report.html._axes import AxisScale, Box, box
from shoal.report.html._chart import Chart, chart
from shoal.report.html._marks import Mark
from shoal.report.words._board import LeaderBoard
from shoal.report.words._names import model_name

Floats = NDArray[np.float64]

_HEIGHT = 220.0
_MOST_POINTS = 300  # of a line: more cannot be seen
_WIDE = 20.0  # largest cost / smallest, from which on equal steps of the axis are equal factors
_WORST_SHARE = 0.02  # of the validation scores (those of the first epochs) that may leave the picture


class MeanCurve(NamedTuple):
    """The mean over the folds and its standard error (NaN for a single fold), epoch by epoch."""

    value: Floats
    error: Floats


def mean_of(folds: Sequence[Floats]) -> MeanCurve:
    """Up to the last epoch that all folds have."""
    epochs = min(map(len, folds), default=0)
    values = np.array([fold[:epochs] for fold in folds])  # (folds, epochs)
    if len(folds) < 2:
        return MeanCurve(values.reshape(epochs), np.full(epochs, math.nan))
    return MeanCurve(values.mean(axis=0), values.std(axis=0, ddof=1) / math.sqrt(len(folds)))


def curve_charts(board: LeaderBoard) -> list[Chart]:
    """Cost and validation score of the chosen candidate and of the best network, if they were recorded."""
    chosen, network = board.chosen, board.network
    shown = {Mark.CHOSEN_CURVE: chosen.candidate}
    model = model_name(chosen.candidate, board.outcome.task)
    words = {Mark.CHOSEN_CURVE: text("report_words.chosen_model", model=model)}
    if network is not None and network is not chosen:
        shown[Mark.NETWORK_CURVE] = network.candidate
        words[Mark.NETWORK_CURVE] = text("report_charts.key_network_curve", rank=network.rank)
    costs = {mark: _finite(candidate.costs) for mark, candidate in shown.items()}
    scores = {mark: _finite(candidate.validation) for mark, candidate in shown.items()}
    charts = []
    if any(costs.values()):
        title, axis = text("report_charts.curve_cost"), text("report_charts.curve_cost_axis")
        charts.append(_chart(costs, _cost_scale(_all(costs)), words, title, axis))
    if any(scores.values()):
        title, axis = text("report_charts.curve_validation"), text("report_charts.curve_validation_axis")
        charts.append(_chart(scores, _score_scale(_all(scores)), words, title, axis))
    return charts


def _finite(folds: Sequence[Floats]) -> list[Floats]:
    """Each fold up to its first value that is not finite; folds without any epoch are left out."""
    cut = []
    for fold in folds:
        values = np.asarray(fold, dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(values))
        cut.append(values[: wrong[0]] if len(wrong) else values)
    return [fold for fold in cut if len(fold)]


def _all(curves: dict[Mark, list[Floats]]) -> Floats:
    return np.concatenate([fold for folds in curves.values() for fold in folds])


def _cost_scale(values: Floats) -> AxisScale:
    low, high = float(values.min()), float(values.max())
    if low > 0 and high > _WIDE * low:
        return AxisScale(*ticks.around_powers([low, high]), powers=True)
    return AxisScale(*ticks.around([low, high]))


def _score_scale(values: Floats) -> AxisScale:
    return AxisScale(*ticks.around([float(np.quantile(values, _WORST_SHARE)), float(values.max())]))


def _chart(
    curves: dict[Mark, list[Floats]], up: AxisScale, words: dict[Mark, str], title: str, axis: str
) -> Chart:
    beside = (ticks.power_ticks if up.powers else ticks.even_ticks)(up.low, up.high)
    folds = [fold for found in curves.values() for fold in found]
    epochs = max(map(len, folds))
    frame = box(_HEIGHT, beside[1], AxisScale(*ticks.around([1, epochs], 0.03)), up)
    drawn = [part for mark, found in curves.items() if found for part in _draw(frame, mark, found)]
    parts = [
        frame.level(beside[0]),
        frame.side(beside),
        frame.bottom(ticks.whole_ticks(1, epochs)),
        frame.inside(*drawn),
    ]
    keys = [(mark, words[mark]) for mark, found in curves.items() if found]
    if any(len(found) > 1 for found in curves.values()):
        keys.append((Mark.BAND, text("report_charts.key_band")))
        keys.append((Mark.FOLD, text("report_charts.key_fold")))
    return chart(_HEIGHT, parts, title, text("report_charts.epoch"), axis, legend=keys)


def _draw(frame: Box, curve: Mark, folds: list[Floats]) -> list[Markup]:
    """The band of the mean and the thin lines of the folds; over them the mean."""
    mean = mean_of(folds)
    shown = _some(len(mean.value))
    epochs, value, error = shown + 1.0, mean.value[shown], np.nan_to_num(mean.error[shown])
    drawn = []
    if len(folds) > 1:
        lower, upper = (frame.places(epochs, value + sign * error) for sign in (-1, 1))
        drawn.append(marks.band(curve, lower, upper))
        for fold in folds:
            some = _some(len(fold))
            drawn.append(marks.fold(curve, frame.places(some + 1.0, fold[some])))
    return [*drawn, marks.line(curve, frame.places(epochs, value))]


def _some(epochs: int) -> NDArray[np.intp]:
    """Numbers of epochs from 0, evenly spread if there are many; the first and the last are among them."""
    return np.unique(np.linspace(0, epochs - 1, min(epochs, _MOST_POINTS)).round().astype(np.intp))
