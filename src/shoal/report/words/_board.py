"""The leader board: the candidates ranked by the score that decides.

A candidate that failed on a fold has no mean. It stands at the end of the board and in no chart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.base.texts import text
from shoal.report.words._names import duration, model_name, score_name, setting_name, setting_value
from shoal.tables._outcome import Outcome, TableCandidate
from shoal.tables._scores import Score, with_error

FIRST = 20
"""Candidates that the page shows at once. The others are folded, if they are at least `_WORTH_FOLDING`."""

_WORTH_FOLDING = 6
_IN_MODEL = ("model", "hidden", "activation")  # settings that the name of the model tells
_NO_SCORE = Score(math.nan, math.nan)


@dataclass(frozen=True)
class RankedCandidate:
    """A candidate, its place in the order of trial (`index`) and in that of the scores (`rank`, from 1).

    `score` is the mean over the folds; it is NaN if the candidate failed on one of them.
    """

    index: int
    rank: int
    candidate: TableCandidate
    score: Score

    @property
    def failed(self) -> bool:
        """Whether a fold has no score."""
        return not math.isfinite(self.score.value)


@dataclass(frozen=True)
class LeaderBoard:
    """The candidates of a search, the best first.

    Attributes
    ----------
    outcome : Outcome
    candidates : tuple of RankedCandidate
        All of them, those that failed at the end.
    chosen, best : RankedCandidate
    linear, network : RankedCandidate or None
        The best of each kind; None if there is none, or if all of them failed.
    varied : tuple of str
        The settings of which the candidates have more than one value.
    constant : mapping
        The other settings, with their only value.
    """

    outcome: Outcome
    candidates: tuple[RankedCandidate, ...]
    chosen: RankedCandidate
    best: RankedCandidate
    linear: RankedCandidate | None
    network: RankedCandidate | None
    varied: tuple[str, ...]
    constant: Mapping[str, Any]

    @property
    def scored(self) -> tuple[RankedCandidate, ...]:
        """Those that did not fail."""
        return tuple(each for each in self.candidates if not each.failed)

    @property
    def limit(self) -> float:
        """Best mean plus its standard error: a candidate with a mean up to here is as good as the best."""
        return self.best.score.value + self.best.score.error


def board_of(outcome: Outcome) -> LeaderBoard:
    """Rank the candidates; of equal scores the simpler model comes first."""
    means = [_mean(candidate, outcome.score) for candidate in outcome.candidates]
    sizes = [candidate.parameters for candidate in outcome.candidates]
    order = sorted(range(len(means)), key=lambda i: (*_failed_last(means[i]), sizes[i], i))
    ranked = {i: RankedCandidate(i, rank, outcome.candidates[i], means[i]) for rank, i in enumerate(order, 1)}

    def unless_failed(index: int | None) -> RankedCandidate | None:
        return None if index is None or ranked[index].failed else ranked[index]

    values: dict[str, list[Any]] = {}
    for candidate in outcome.candidates:
        for setting, value in candidate.settings.items():
            values.setdefault(setting, []).append(value)
    varied = tuple(setting for setting, found in values.items() if len(set(map(repr, found))) > 1)
    return LeaderBoard(
        outcome,
        tuple(ranked.values()),
        chosen=ranked[outcome.chosen],
        best=ranked[outcome.best],
        linear=unless_failed(outcome.best_linear),
        network=unless_failed(outcome.best_network),
        varied=varied,
        constant={setting: found[0] for setting, found in values.items() if setting not in varied},
    )


def _mean(candidate: TableCandidate, score: str) -> Score:
    values = candidate.scores.get(score, ())
    complete = len(values) > 0 and bool(np.isfinite(values).all())
    return candidate.mean(score) if complete else _NO_SCORE


def _failed_last(score: Score) -> tuple[bool, float]:
    failed = not math.isfinite(score.value)
    return failed, 0.0 if failed else score.value


# --- the board as a table ----------------------------------------------------------------------------


@dataclass(frozen=True)
class BoardRow:
    """A candidate in words; `marks` are "chosen" and "best"."""

    rank: int
    marks: tuple[str, ...]
    model: str
    settings: tuple[str, ...]
    parameters: str
    scores: tuple[str, ...]
    seconds: str
    failed: bool


@dataclass(frozen=True)
class BoardTable:
    """The leader board in words.

    Attributes
    ----------
    settings, scores : tuple of str
        The names of the columns that depend on the search.
    first, folded : tuple of BoardRow
        The rows that are shown at once, and those that a page shows on request.
    constant : str
        The settings that all candidates share, with their values.
    """

    settings: tuple[str, ...]
    scores: tuple[str, ...]
    first: tuple[BoardRow, ...]
    folded: tuple[BoardRow, ...]
    constant: str


def table_of(board: LeaderBoard) -> BoardTable:
    """Show at once the best candidates, and those that the sentences speak of, whatever their rank."""
    columns = [setting for setting in board.varied if setting not in _IN_MODEL]
    names = score_names(board.outcome)
    first = FIRST if len(board.candidates) >= FIRST + _WORTH_FOLDING else len(board.candidates)
    spoken_of = {each.rank for each in (board.chosen, board.best, board.linear, board.network) if each}
    rows = [_row(board, each, columns, names) for each in board.candidates]
    constant = [
        f"{setting_name(setting)} {setting_value(value)}"
        for setting, value in board.constant.items()
        if setting not in _IN_MODEL
    ]
    return BoardTable(
        tuple(map(setting_name, columns)),
        tuple(map(score_name, names)),
        tuple(row for row in rows if row.rank <= first or row.rank in spoken_of),
        tuple(row for row in rows if row.rank > first and row.rank not in spoken_of),
        text("core.comma").join(constant),
    )


def score_names(outcome: Outcome) -> list[str]:
    """The score that decides, then the others."""
    others = dict.fromkeys(name for candidate in outcome.candidates for name in candidate.scores)
    return [outcome.score, *(name for name in others if name != outcome.score)]


def _row(
    board: LeaderBoard, ranked: RankedCandidate, columns: Sequence[str], scores: Sequence[str]
) -> BoardRow:
    candidate, settings = ranked.candidate, ranked.candidate.settings
    return BoardRow(
        ranked.rank,
        tuple(mark for mark in ("chosen", "best") if ranked is getattr(board, mark)),
        model_name(candidate, board.outcome.task),
        tuple(setting_value(settings[column]) if column in settings else "–" for column in columns),
        f"{candidate.parameters:,}",
        tuple(with_error(_mean(candidate, score)) for score in scores),
        duration(candidate.seconds),
        ranked.failed,
    )
