"""Learning curves: what each epoch cost, and the score on the rows that training stops by.

Folds stop at different epochs. The mean and its standard error are drawn as long as *all* folds are still
being trained: a mean of those that are left would jump where one leaves, and look like progress. Beyond, each
fold's own thin line goes on to its own end.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from shoal.report import _scales as scales
from shoal.report import _svg as svg
from shoal.report._board import Board
from shoal.report._chart import Chart, Mark
from shoal.report._wording import model_words, say

Floats = NDArray[np.float64]

_MOST_POINTS = 300  # of a line: more cannot be seen
_WIDE = 20.0  # largest cost / smallest, from which on the axis is one of powers
_USUAL = 0.02  # share of the worst scores (of the first epochs) that may leave the picture


class Mean(NamedTuple):
    """The mean over the folds and its standard error (NaN of a single fold), epoch by epoch."""

    value: Floats
    error: Floats


def mean_of(folds: Sequence[Floats]) -> Mean:
    """Up to the last epoch that all folds have."""
    epochs = min(map(len, folds), default=0)
    values = np.array([fold[:epochs] for fold in folds])  # (folds, epochs)
    if len(folds) < 2:
        return Mean(values.reshape(epochs), np.full(epochs, math.nan))
    return Mean(values.mean(axis=0), values.std(axis=0, ddof=1) / math.sqrt(len(folds)))


def curve_charts(board: Board) -> list[Chart]:
    """Cost and validation score of the chosen candidate and of the best network, as far as they have them."""
    shown = {Mark.CHOSEN_CURVE: board.chosen}
    if board.network is not None and board.network is not board.chosen:
        shown[Mark.NETWORK_CURVE] = board.network
    legend = {
        Mark.CHOSEN_CURVE: say(
            "key_chosen_curve", model=model_words(board.chosen.candidate, board.outcome.task)
        ),
        Mark.NETWORK_CURVE: say("key_network_curve", rank=board.network.rank if board.network else 0),
    }
    charts = []
    for kind in ("cost", "validation"):
        histories = {
            mark: _finite(entry.candidate.costs if kind == "cost" else entry.candidate.validation)
            for mark, entry in shown.items()
        }
        drawn = {mark: folds for mark, folds in histories.items() if folds}
        if drawn:
            keys = [(mark, legend[mark]) for mark in drawn]
            charts.append(_chart(kind, drawn, keys))
    return charts


def _finite(folds: Sequence[Floats]) -> list[Floats]:
    """Each fold up to its first value that is no number; folds without any epoch are left out."""
    cut = []
    for fold in folds:
        values = np.asarray(fold, dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(values))
        cut.append(values[: wrong[0]] if len(wrong) else values)
    return [fold for fold in cut if len(fold)]


def _chart(kind: str, drawn: dict[Mark, list[Floats]], keys: list[tuple[Mark, str]]) -> Chart:
    everything = np.concatenate([fold for folds in drawn.values() for fold in folds])
    powers = kind == "cost" and everything.min() > 0 and everything.max() > _WIDE * everything.min()
    low, high = _range(kind, everything, powers)
    ticks, labels = (scales.power_ticks if powers else scales.even_ticks)(low, high)
    epochs = max(len(fold) for folds in drawn.values() for fold in folds)
    ax = svg.axes(220, svg.room_for(labels))
    ax.set(yscale="log" if powers else "linear", ylim=(low, high), xlim=scales.around([1, epochs], 0.03))
    ax.set_yticks(ticks, labels)
    ax.set_xticks(*scales.even_ticks(1, max(epochs, 2)))
    ax.minorticks_off()
    ax.grid(axis="y")
    for mark, folds in drawn.items():
        _draw(ax, svg.CHOSEN if mark is Mark.CHOSEN_CURVE else svg.BEST, folds)
    several = any(len(folds) > 1 for folds in drawn.values())
    if several:
        keys = [*keys, (Mark.BAND, say("key_band")), (Mark.FOLD, say("key_fold"))]
    picture = svg.inline(ax, f"curve-{kind}", say(f"curve_{kind}"))
    return Chart(picture, say(f"curve_{kind}"), say("epoch"), say(f"curve_{kind}_axis"), keys)


def _range(kind: str, values: Floats, powers: bool) -> tuple[float, float]:
    if powers:
        return scales.around_powers([float(values.min()), float(values.max())])
    lowest = np.quantile(values, _USUAL) if kind == "validation" else values.min()
    return scales.around([float(lowest), float(values.max())])


def _draw(ax: Axes, colour: str, folds: list[Floats]) -> None:
    """Thin lines of the folds, each with a dot at its end; the mean and its band over them."""
    mean = mean_of(folds)
    epochs = np.arange(1, len(mean.value) + 1)
    if len(folds) > 1:
        for fold in folds:
            shown = _some(len(fold))
            ax.plot(shown + 1, fold[shown], color=colour, linewidth=0.7, alpha=0.45)
            ax.plot([len(fold)], fold[-1:], "o", color=colour, markersize=2.5, alpha=0.6)
    shown = _some(len(mean.value))
    value, error = mean.value[shown], np.nan_to_num(mean.error[shown])
    ax.fill_between(epochs[shown], value - error, value + error, color=colour, alpha=0.22, linewidth=0)
    ax.plot(epochs[shown], value, color=colour, linewidth=2)


def _some(epochs: int) -> NDArray[np.intp]:
    """Numbers of epochs, evenly spread if there are many; the first and the last among them."""
    return np.unique(np.linspace(0, epochs - 1, min(epochs, _MOST_POINTS)).round().astype(np.intp))
