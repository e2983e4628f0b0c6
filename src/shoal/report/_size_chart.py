"""The score against the number of parameters: what more parameters buy."""

import math
from collections.abc import Sequence

import numpy as np

from shoal.report import _scales as scales
from shoal.report import _svg as svg
from shoal.report._board import Board, Entry
from shoal.report._chart import POINTS, Chart, Mark
from shoal.report._points import by_mark, draw, legend, reach, scale_of, score_axis, titles
from shoal.report._wording import like, say

_STEP, _WIDEST = 1.03, 8  # to the side, two or three pixels; how many steps at the most


def size_chart(board: Board) -> Chart:
    """With error bars and the line of the one-standard-error rule."""
    scale = scale_of(board, [entry for entry in (board.chosen, board.best, board.linear) if entry])
    ticks, labels = scales.even_ticks(scale.low, scale.high)
    ax = svg.axes(260, svg.room_for(labels))
    ax.set(xscale="log", ylim=(scale.low, scale.high))
    ax.set_xlim(scales.around_powers([_size(entry) for entry in board.ranked]))
    ax.set_yticks(ticks, labels)
    ax.set_xticks(*scales.power_ticks(*ax.get_xlim()))
    ax.minorticks_off()
    ax.grid(axis="y")
    places = _side_by_side(board.ranked)
    drawn = by_mark(board, board.ranked, scale)
    for mark, entries in drawn.items():
        x, y = [places[entry.rank] for entry in entries], [scale.place(entry) for entry in entries]
        if mark is not Mark.BEYOND:
            colour = POINTS[mark]["color"] if mark in (Mark.CHOSEN, Mark.BEST) else svg.FAINT
            ax.errorbar(
                x, y, [reach(entry) for entry in entries], fmt="none", ecolor=colour, elinewidth=1, zorder=1.5
            )
        draw(ax, mark, x, y)
    keys = legend(board, board.ranked, scale)
    if math.isfinite(board.limit):
        ax.axhline(board.limit, color=svg.BEST, linewidth=1.2, dashes=(4, 3))
        keys.append((Mark.LIMIT, say("key_limit", limit=like(board.limit, board.best.score))))
    picture = svg.inline(ax, "size", say("size_title"), titles=titles(drawn))
    return Chart(picture, say("size_title"), say("parameters"), score_axis(board), keys, [say("size_note")])


def _size(entry: Entry) -> float:
    return float(max(entry.candidate.parameters, 1))


def _side_by_side(entries: Sequence[Entry]) -> dict[int, float]:
    """Where they stand, by rank: those of one size beside each other, in the order of their trial."""
    sizes: dict[float, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.index):
        sizes.setdefault(_size(entry), []).append(entry)
    places = {}
    for size, members in sizes.items():
        width = min(len(members) - 1, _WIDEST) / 2
        for entry, step in zip(members, np.linspace(-width, width, len(members)), strict=True):
            places[entry.rank] = float(size * _STEP**step)
    return places
