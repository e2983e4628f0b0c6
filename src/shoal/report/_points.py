"""What the charts of candidates share: the scale of the score, who is drawn with which mark, the legend."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from shoal.report import _scales as scales
from shoal.report._board import Board, Entry
from shoal.report._chart import POINTS, Mark
from shoal.report._wording import like, say, score_name, with_error


@dataclass(frozen=True)
class Scale:
    """The axis of the score: from `low` to `high`; means worse than `worst` stand at its end."""

    low: float
    high: float
    worst: float

    def place(self, entry: Entry) -> float:
        """Where its mark is drawn."""
        return self.high if self.is_beyond(entry) else entry.score.value

    def is_beyond(self, entry: Entry) -> bool:
        """Whether it is too bad to be drawn to scale."""
        return entry.score.value > self.worst


def scale_of(board: Board, needed: Iterable[Entry | None]) -> Scale:
    """The best, its error and what is needed are drawn to scale in any case."""
    inside = [entry.score.value for entry in needed if entry is not None]
    worst = scales.worst_shown([entry.score.value for entry in board.ranked], inside)
    limit = board.limit if math.isfinite(board.limit) else worst
    return Scale(*scales.around([board.best.score.value - reach(board.best), worst, limit]), worst)


def reach(entry: Entry) -> float:
    """How long its error bar is."""
    return entry.score.error if math.isfinite(entry.score.error) else 0.0


def by_mark(board: Board, entries: Iterable[Entry], scale: Scale) -> dict[Mark, list[Entry]]:
    """Each entry under the one mark that is drawn for it, in the order of drawing."""
    found: dict[Mark, list[Entry]] = {mark: [] for mark in POINTS}
    for entry in entries:
        if entry is board.chosen:
            found[Mark.CHOSEN].append(entry)
        elif entry is board.best:
            found[Mark.BEST].append(entry)
        elif scale.is_beyond(entry):
            found[Mark.BEYOND].append(entry)
        else:
            found[Mark.LINEAR if entry.candidate.linear else Mark.NETWORK].append(entry)
    return {mark: members for mark, members in found.items() if members}


def draw(ax: Axes, mark: Mark, x: Sequence[float], y: Sequence[float], **changed: Any) -> None:
    """The points of one mark; their group in the SVG has its name."""
    look: dict[str, Any] = {**POINTS[mark], **changed}
    ax.plot(x, y, linestyle="none", gid=mark, clip_on=False, **look)


def titles(drawn: Mapping[Mark, Sequence[Entry]]) -> dict[str, list[str]]:
    """What the pointer is told over each mark."""
    return {
        mark: [say("point", rank=entry.rank, score=with_error(entry.score)) for entry in entries]
        for mark, entries in drawn.items()
    }


def legend(board: Board, entries: Iterable[Entry], scale: Scale) -> list[tuple[Mark, str]]:
    """The marks that occur, and what they mean."""
    drawn = by_mark(board, entries, scale)
    words = {
        Mark.CHOSEN: say("key_chosen_best" if board.chosen is board.best else "key_chosen"),
        Mark.BEST: say("key_best"),
        Mark.LINEAR: say("key_linear"),
        Mark.NETWORK: say("key_network"),
        Mark.BEYOND: say("key_beyond", worst=like(scale.worst, board.best.score)),
    }
    return [(mark, meaning) for mark, meaning in words.items() if mark in drawn]


def score_axis(board: Board) -> str:
    """The name of the score, and which way is good."""
    return say("lower_is_better", score=score_name(board.outcome.score))
