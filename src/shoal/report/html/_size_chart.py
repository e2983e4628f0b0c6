"""The score against the number of parameters: whether a larger model is a better one."""

import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from shoal.base.texts import text
from shoal.report.html import _marks as marks
from shoal.report.html import _ticks as ticks
from shoal.report.html._axes import AxisScale, Box, box
from shoal.report.html._chart import Chart, chart
from shoal.report.html._marks import Mark
from shoal.report.html._points import ScoreScale, by_mark, legend, reach, scale_of, score_axis, titles
from shoal.report.words._board import LeaderBoard, RankedCandidate
from shoal.report.words._names import with_digits_of

_HEIGHT = 260.0
_STEP, _WIDEST = 1.03, 8  # to the side, two or three pixels; how many steps at the most


def size_chart(board: LeaderBoard) -> Chart:
    """With error bars and the line of the one-standard-error rule."""
    scale = scale_of(board, [board.chosen, board.best, board.linear])
    sizes = AxisScale(*ticks.around_powers([_size(ranked) for ranked in board.scored]), powers=True)
    scores = ticks.even_ticks(scale.low, scale.high)
    frame = box(_HEIGHT, scores[1], sizes, scale.axis)
    bars, points = _candidates(board, scale, frame)
    keys = legend(board, board.scored, scale)
    if math.isfinite(board.limit):
        bars.append(marks.line(Mark.LIMIT, frame.places((sizes.low, sizes.high), (board.limit, board.limit))))
        limit = with_digits_of(board.best.score, board.limit)
        keys.append((Mark.LIMIT, text("report_charts.key_limit", limit=limit)))
    parts = [
        frame.level(scores[0]),
        frame.side(scores),
        frame.bottom(ticks.power_ticks(sizes.low, sizes.high)),
        frame.inside(*bars),
        *points,
    ]
    return chart(
        _HEIGHT,
        parts,
        text("report_charts.size_title"),
        text("training.parameters"),
        score_axis(board),
        legend=keys,
        notes=[text("report_charts.size_note")],
    )


def _candidates(board: LeaderBoard, scale: ScoreScale, frame: Box) -> tuple[list[Markup], list[Markup]]:
    """The error bars (of those that are drawn to scale), and the marks over them."""
    across = _side_by_side(board.scored)
    bars, points = [], []
    for mark, members in by_mark(board, board.scored, scale).items():
        if mark is not Mark.BEYOND:
            ends = [
                (
                    frame.x(across[each.rank]),
                    frame.y(each.score.value - reach(each)),
                    frame.y(each.score.value + reach(each)),
                )
                for each in members
            ]
            bars.append(marks.errors(mark, ends))
        places = frame.places((across[each.rank] for each in members), map(scale.place, members))
        points.append(marks.points(mark, places, titles(members)))
    return bars, points


def _size(ranked: RankedCandidate) -> float:
    return float(max(ranked.candidate.parameters, 1))


def _side_by_side(candidates: Sequence[RankedCandidate]) -> dict[int, float]:
    """Where each stands, by rank: those of one size beside each other, in the order of their trial."""
    sizes: dict[float, list[RankedCandidate]] = {}
    for ranked in sorted(candidates, key=lambda ranked: ranked.index):
        sizes.setdefault(_size(ranked), []).append(ranked)
    places = {}
    for size, members in sizes.items():
        width = min(len(members) - 1, _WIDEST) / 2
        for ranked, step in zip(members, np.linspace(-width, width, len(members)), strict=True):
            places[ranked.rank] = float(size * _STEP**step)
    return places
