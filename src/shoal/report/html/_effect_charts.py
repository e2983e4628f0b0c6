"""The charts of the settings: each candidate at its value, and the mean of the best few of each value."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from shoal.base.texts import text
from shoal.report.html import _marks as marks
from shoal.report.html import _ticks as ticks
from shoal.report.html._axes import AxisScale, Box, box
from shoal.report.html._chart import Chart, Legend, chart
from shoal.report.html._effects import FEW, MOST_VALUES, SettingEffect, best_rows, effects_of
from shoal.report.html._marks import Mark
from shoal.report.html._points import ScoreScale, by_mark, legend, scale_of, score_axis, titles
from shoal.report.words._board import LeaderBoard
from shoal.report.words._names import setting_name, setting_value, with_digits_of

_WIDE = 8.0  # largest value / smallest, below which steps do not multiply
_HEIGHT = 220.0
_AROUND_ROWS, _LOWEST_ROW, _HIGHEST_ROW = 40.0, 24.0, 45.0  # pixels


class EffectCharts(NamedTuple):
    """The charts, and the legend that they share."""

    charts: list[Chart]
    legend: Legend


def effect_charts(board: LeaderBoard) -> EffectCharts:
    """A chart for each setting, all with one scale; a chart of linear models only has its own."""
    scale = scale_of(board, [board.chosen])
    effects = [best_rows(effect) for effect in effects_of(board)]
    charts = []
    for effect in effects:
        own = scale_of(board, [board.chosen, *effect.candidates]) if effect.linear else scale
        charts.append((_number_chart if effect.numeric else _row_chart)(board, effect, own))
    candidates = [ranked for effect in effects for ranked in effect.candidates]
    few = (Mark.FEW, text("report_charts.key_few", count=FEW))
    return EffectCharts(charts, [*legend(board, candidates, scale), few])


def _number_chart(board: LeaderBoard, effect: SettingEffect, scale: ScoreScale) -> Chart:
    """The values go to the right, the score goes up."""
    values = [value for value, _ in effect.groups]
    places = positions(values)
    scores = ticks.even_ticks(scale.low, scale.high)
    frame = box(_HEIGHT, scores[1], AxisScale(*ticks.around(places)), scale.axis)
    middles = [places[place] for place, _ in effect.runs]
    parts = [frame.level(scores[0]), frame.side(scores), frame.bottom(_value_ticks(values, places))]
    parts.append(marks.few(frame.places(middles, _few(effect, scale)), joined=True))
    across = _places_by_rank(effect, places)
    for mark, members in by_mark(board, effect.candidates, scale).items():
        where = frame.places((across[each.rank] for each in members), map(scale.place, members))
        parts.append(marks.points(mark, where, titles(members)))
    x = setting_name(effect.setting)
    notes = _notes(board, effect, scale)
    return chart(_HEIGHT, parts, _title(effect), x, score_axis(board), notes=notes)


def _row_chart(board: LeaderBoard, effect: SettingEffect, scale: ScoreScale) -> Chart:
    """Each value is a row, the score goes to the right."""
    words = [_value_words(effect.setting, value) for value, _ in effect.groups]
    places = list(range(len(words)))
    height = _AROUND_ROWS + len(words) * _row_height(len(words))
    frame: Box = box(height, words, scale.axis, AxisScale(len(words) - 0.5, -0.5))
    parts = [frame.level(places), frame.side((places, words))]
    parts.append(frame.bottom(ticks.even_ticks(scale.low, scale.high)))
    parts.append(marks.few(frame.places(_few(effect, scale), places), joined=False))
    up = _places_by_rank(effect, places)
    for mark, members in by_mark(board, effect.candidates, scale).items():
        where = frame.places(map(scale.place, members), (up[each.rank] for each in members))
        drawn = Mark.BEYOND_RIGHT if mark is Mark.BEYOND else mark
        parts.append(marks.points(drawn, where, titles(members)))
    return chart(height, parts, _title(effect), score_axis(board), notes=_notes(board, effect, scale))


def _row_height(rows: int) -> float:
    """As high as the charts of numbers, unless the rows would be very high or very low."""
    return max(_LOWEST_ROW, min(_HIGHEST_ROW, (_HEIGHT - _AROUND_ROWS) / rows))


def _few(effect: SettingEffect, scale: ScoreScale) -> list[float]:
    return [min(few, scale.high) for few in effect.few]


def _places_by_rank(effect: SettingEffect, places: Sequence[float]) -> dict[int, float]:
    groups = zip(effect.groups, places, strict=True)
    return {ranked.rank: place for (_, members), place in groups for ranked in members}


def _title(effect: SettingEffect) -> str:
    setting = setting_name(effect.setting)
    return text("report_charts.effect_linear", setting=setting) if effect.linear else setting


def _notes(board: LeaderBoard, effect: SettingEffect, scale: ScoreScale) -> list[str]:
    spread = with_digits_of(board.best.score, effect.spread)
    notes = [text("report_charts.effect_spread", spread=spread)]
    if effect.left_out:
        shown = len(effect.groups)
        notes.append(text("report_charts.effect_rows", shown=shown, all=shown + effect.left_out))
    if beyond := len(by_mark(board, effect.candidates, scale).get(Mark.BEYOND, ())):
        notes.append(text("report_charts.beyond", count=beyond))
    return notes


def _value_words(setting: str, value: Any) -> str:
    if setting == "hidden" and value == ():
        return text("report_charts.no_hidden_layer")
    return setting_value(value, 16)


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


def _value_ticks(values: Sequence[float], places: Sequence[float]) -> ticks.Ticks:
    if len(values) <= MOST_VALUES:
        return places, [ticks.short(value) for value in values]
    if list(places) == list(values):
        return ticks.even_ticks(values[0], values[-1])
    above = [value for value in values if value > 0]
    powers, labels = ticks.power_ticks(above[0], above[-1])
    zeros = len(values) - len(above)
    return [*places[:zeros], *map(math.log10, powers)], ["0"] * zeros + list(labels)
