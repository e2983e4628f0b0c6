"""What the charts of candidates share: the scale of the score, which mark each has, the legend."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from shoal.base.texts import text
from shoal.report.html import _ticks as ticks
from shoal.report.html._axes import AxisScale
from shoal.report.html._marks import Mark
from shoal.report.words._board import LeaderBoard, RankedCandidate
from shoal.report.words._names import score_name, with_digits_of
from shoal.tables._scores import with_error

_DRAWN_IN_ORDER = (Mark.BEYOND, Mark.NETWORK, Mark.LINEAR, Mark.BEST, Mark.CHOSEN)  # the last on top


@dataclass(frozen=True)
class ScoreScale:
    """The axis of the score, from `low` to `high`. Means worse than `worst` stand at its end."""

    low: float
    high: float
    worst: float

    @property
    def axis(self) -> AxisScale:
        """As the scale of an axis."""
        return AxisScale(self.low, self.high)

    def place(self, ranked: RankedCandidate) -> float:
        """Where the mark of a candidate is drawn."""
        return self.high if self.is_beyond(ranked) else ranked.score.value

    def is_beyond(self, ranked: RankedCandidate) -> bool:
        """Whether a candidate is too bad to be drawn to scale."""
        return ranked.score.value > self.worst


def scale_of(board: LeaderBoard, needed: Iterable[RankedCandidate | None]) -> ScoreScale:
    """The best, its error bar and the needed candidates are drawn to scale, however bad they are."""
    inside = [ranked.score.value for ranked in needed if ranked is not None]
    worst = ticks.worst_shown([ranked.score.value for ranked in board.scored], inside)
    limit = board.limit if math.isfinite(board.limit) else worst
    return ScoreScale(*ticks.around([board.best.score.value - reach(board.best), worst, limit]), worst)


def reach(ranked: RankedCandidate) -> float:
    """How far its error bar reaches from its mean."""
    return ranked.score.error if math.isfinite(ranked.score.error) else 0.0


def by_mark(
    board: LeaderBoard, candidates: Iterable[RankedCandidate], scale: ScoreScale
) -> dict[Mark, list[RankedCandidate]]:
    """Each candidate under the one mark that is drawn for it, in the order of drawing."""
    found: dict[Mark, list[RankedCandidate]] = {mark: [] for mark in _DRAWN_IN_ORDER}
    for ranked in candidates:
        if ranked is board.chosen:
            found[Mark.CHOSEN].append(ranked)
        elif ranked is board.best:
            found[Mark.BEST].append(ranked)
        elif scale.is_beyond(ranked):
            found[Mark.BEYOND].append(ranked)
        else:
            found[Mark.LINEAR if ranked.candidate.linear else Mark.NETWORK].append(ranked)
    return {mark: members for mark, members in found.items() if members}


def titles(candidates: Iterable[RankedCandidate]) -> list[str]:
    """What the pointer is told over each mark."""
    return [
        text("report_charts.point", rank=ranked.rank, score=with_error(ranked.score)) for ranked in candidates
    ]


def legend(
    board: LeaderBoard, candidates: Iterable[RankedCandidate], scale: ScoreScale
) -> list[tuple[Mark, str]]:
    """The marks that occur, and what they mean."""
    drawn = by_mark(board, candidates, scale)
    chosen = "report_charts.key_chosen_best" if board.chosen is board.best else "report_charts.key_chosen"
    words = {
        Mark.CHOSEN: text(chosen),
        Mark.BEST: text("report_charts.key_best"),
        Mark.LINEAR: text("report_charts.key_linear"),
        Mark.NETWORK: text("report_charts.key_network"),
        Mark.BEYOND: text("report_charts.key_beyond", worst=with_digits_of(board.best.score, scale.worst)),
    }
    return [(mark, meaning) for mark, meaning in words.items() if mark in drawn]


def score_axis(board: LeaderBoard) -> str:
    """The name of the score, and which way is good."""
    return text("report_charts.lower_is_better", score=score_name(board.outcome.score))
