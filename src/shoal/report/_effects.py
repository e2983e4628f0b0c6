"""What each setting does: the scores of the candidates by its value.

A marginal view: the other settings vary as well. So beside all the points it shows the mean of the best few
of each value, which is what the value can do when the others suit it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from shoal.report import _scales as scales
from shoal.report import _svg as svg
from shoal.report._board import Board, Entry
from shoal.report._chart import Chart, Mark
from shoal.report._points import Scale, by_mark, draw, legend, scale_of, score_axis, titles
from shoal.report._wording import like, say, setting_name, setting_value

FEW = 3
"""Candidates whose mean is drawn, at the most: the best quarter of those with a value."""

RUNS = 5
"""Runs of neighbouring values, of equal numbers of candidates, that take the place of many values."""

MOST_ROWS = 20
"""Values of a setting that is no number; of more, the best ones are drawn."""

_MOST_TICKS = 7  # values of a number that are written out one by one
_WIDE = 8.0  # largest value / smallest, below which steps do not multiply
_ROW = 24  # pixels


@dataclass(frozen=True)
class Effect:
    """The candidates by the value of a setting: `groups` in the order of the values, best entries first."""

    setting: str
    linear: bool
    groups: tuple[tuple[Any, tuple[Entry, ...]], ...]
    left_out: int = 0  # that are not among the groups, for want of room

    @property
    def entries(self) -> list[Entry]:
        """All of them."""
        return [entry for _, entries in self.groups for entry in entries]

    @property
    def runs(self) -> list[tuple[int, list[Entry]]]:
        """By value, or of many numbers by run of neighbours: the place of the middle one, the entries."""
        if not self.numeric or len(self.groups) <= _MOST_TICKS:
            return [(place, list(entries)) for place, (_, entries) in enumerate(self.groups)]
        placed = [(place, entry) for place, (_, entries) in enumerate(self.groups) for entry in entries]
        runs = [placed[run[0] : run[-1] + 1] for run in np.array_split(np.arange(len(placed)), RUNS)]
        return [(run[len(run) // 2][0], [entry for _, entry in run]) for run in runs]

    @property
    def few(self) -> list[float]:
        """Run by run, the mean of the best few."""
        scores = [sorted(entry.score.value for entry in entries) for _, entries in self.runs]
        return [float(np.mean(run[: min(FEW, math.ceil(len(run) / 4))])) for run in scores]

    @property
    def spread(self) -> float:
        """How much the setting matters when the others suit it."""
        return max(self.few) - min(self.few)

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value, _ in self.groups)


def effects_of(board: Board) -> list[Effect]:
    """Those with more than one value, of networks and of linear models; the ones that matter most first.

    The two kinds are kept apart, because a penalty of one is not a penalty of the other. Only the hidden
    layers are compared with having none.
    """
    found = [Effect("hidden", False, _groups([(_hidden(entry), entry) for entry in board.ranked]))]
    for setting in board.varied:
        for linear in (False, True):
            pairs = [
                (entry.candidate.settings[setting], entry)
                for entry in board.ranked
                if entry.candidate.linear is linear and setting in entry.candidate.settings
            ]
            if setting not in ("model", "hidden"):
                found.append(Effect(setting, linear, _groups(pairs)))
    return sorted((effect for effect in found if len(effect.groups) > 1), key=lambda effect: -effect.spread)


def _hidden(entry: Entry) -> tuple[int, ...]:
    hidden = entry.candidate.settings.get("hidden", ())
    return (hidden,) if isinstance(hidden, int) else tuple(hidden)


def _groups(pairs: Sequence[tuple[Any, Entry]]) -> tuple[tuple[Any, tuple[Entry, ...]], ...]:
    groups: dict[tuple[Any, ...], tuple[Any, list[Entry]]] = {}
    for value, entry in pairs:
        groups.setdefault(_order(value), (value, []))[1].append(entry)
    return tuple((value, tuple(entries)) for _, (value, entries) in sorted(groups.items()))


def _order(value: Any) -> tuple[Any, ...]:
    """Numbers by size, layers by depth and then by width, words as they come."""
    if isinstance(value, int | float):
        return (0, float(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return (1, len(value), *map(_order, value))
    return (2, str(value))


# --- the charts ------------------------------------------------------------------------------------


class Effects(NamedTuple):
    """The charts, and the legend that is the same for all."""

    charts: list[Chart]
    legend: list[tuple[Mark, str]]


def effect_charts(board: Board) -> Effects:
    """One chart an effect, all with the same scale, stretched where linear models are among themselves."""
    scale = scale_of(board, [board.chosen])
    effects = [_best_rows(effect) for effect in effects_of(board)]
    charts = [
        _chart(
            board,
            effect,
            scale_of(board, [board.chosen, *effect.entries]) if effect.linear else scale,
            f"effect-{number}",
        )
        for number, effect in enumerate(effects)
    ]
    entries = [entry for effect in effects for entry in effect.entries]
    return Effects(charts, [*legend(board, entries, scale), (Mark.FEW, say("key_few", count=FEW))])


def _chart(board: Board, effect: Effect, scale: Scale, name: str) -> Chart:
    """Of numbers the score stands upwards; words are rows, and the score goes to the right."""
    values = [value for value, _ in effect.groups]
    words = [] if effect.numeric else [_value_words(effect.setting, value) for value in values]
    places = positions(values) if effect.numeric else list(range(len(words)))
    ax = _number_axes(values, places, scale) if effect.numeric else _row_axes(words, scale)
    where = {
        entry.rank: at for (_, entries), at in zip(effect.groups, places, strict=True) for entry in entries
    }
    drawn = by_mark(board, effect.entries, scale)
    for mark, entries in drawn.items():
        along, score = [where[entry.rank] for entry in entries], [scale.place(entry) for entry in entries]
        if effect.numeric:
            draw(ax, mark, along, score)
        else:
            draw(ax, mark, score, along, **({"marker": ">"} if mark is Mark.BEYOND else {}))
    few, middles = np.minimum(effect.few, scale.high), [places[place] for place, _ in effect.runs]
    xy, form = ((middles, few), "_-") if effect.numeric else ((few, middles), "|")
    ax.plot(*xy, form, color=svg.INK, linewidth=1.2, markersize=13, zorder=1.5)
    title = say("effect_linear" if effect.linear else "effect", setting=setting_name(effect.setting))
    x, y = (setting_name(effect.setting), score_axis(board)) if effect.numeric else (score_axis(board), "")
    picture = svg.inline(ax, name, title, words, titles(drawn))
    return Chart(picture, title, x, y, notes=_notes(board, effect, len(drawn.get(Mark.BEYOND, ()))))


def _notes(board: Board, effect: Effect, beyond: int) -> list[str]:
    notes = [say("effect_spread", spread=like(effect.spread, board.best.score))]
    if effect.left_out:
        shown = len(effect.groups)
        notes.append(say("effect_rows", shown=shown, all=shown + effect.left_out))
    if beyond:
        notes.append(say("beyond", count=beyond))
    return notes


def _best_rows(effect: Effect) -> Effect:
    """With at most so many values as a chart has room for."""
    if effect.numeric or len(effect.groups) <= MOST_ROWS:
        return effect
    rows = sorted(range(len(effect.groups)), key=effect.few.__getitem__)[:MOST_ROWS]
    groups = tuple(effect.groups[row] for row in sorted(rows))
    return replace(effect, groups=groups, left_out=len(effect.groups) - len(groups))


def _number_axes(values: Sequence[float], places: Sequence[float], scale: Scale) -> Axes:
    ticks, labels = scales.even_ticks(scale.low, scale.high)
    ax = svg.axes(220, svg.room_for(labels))
    ax.set(ylim=(scale.low, scale.high), xlim=scales.around(places))
    ax.set_yticks(ticks, labels)
    ax.set_xticks(*_value_ticks(values, places))
    ax.grid(axis="y")
    return ax


def _row_axes(words: Sequence[str], scale: Scale) -> Axes:
    ax = svg.axes(40 + _ROW * len(words), svg.room_for(words))
    ax.set(xlim=(scale.low, scale.high), ylim=(len(words) - 0.5, -0.5))
    ax.set_xticks(*scales.even_ticks(scale.low, scale.high))
    ax.set_yticks(range(len(words)), svg.places(words))
    ax.grid(axis="y")
    return ax


def _value_words(setting: str, value: Any) -> str:
    return say("no_hidden_layer") if setting == "hidden" and value == () else setting_value(value, 16)


def positions(values: Sequence[float]) -> list[float]:
    """Where increasing values stand: at their logarithms if steps multiply, a zero one step before them.

    Steps multiply if the values are far apart and the middle one is nearer, as a factor, to the geometric
    middle of the outer ones than to the arithmetic one.
    """
    above = [value for value in values if value > 0]
    if values[0] < 0 or len(above) < 2 or above[-1] < _WIDE * above[0]:
        return [float(value) for value in values]
    low, middle, high = above[0], above[(len(above) - 1) // 2], above[-1]
    if middle / math.sqrt(low * high) > (low + high) / 2 / middle:
        return [float(value) for value in values]
    logs = [math.log10(value) for value in above]
    return [logs[0] - float(np.median(np.diff(logs)))] * (len(values) - len(above)) + logs


def _value_ticks(values: Sequence[float], places: Sequence[float]) -> scales.Ticks:
    if len(values) <= _MOST_TICKS:
        return list(places), [scales.short(value) for value in values]
    if list(places) == list(values):
        return scales.even_ticks(values[0], values[-1])
    above = [value for value in values if value > 0]
    ticks, labels = scales.power_ticks(above[0], above[-1])
    zeros = len(values) - len(above)
    return [*places[:zeros], *map(math.log10, ticks)], ["0"] * zeros + labels
