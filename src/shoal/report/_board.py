"""The leader board: candidates in the order of the deciding score.

A candidate that failed on a fold has no mean: it stands at the end of the table and in no chart.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shoal.report._wording import (
    duration,
    model_words,
    say,
    score_name,
    setting_name,
    setting_value,
    with_error,
)
from shoal.tables._outcome import Outcome, TableCandidate
from shoal.tables._scores import Score

FIRST = 20
"""Candidates that the page shows at once; the others are folded, if they are worth a click."""

_WORTH = 5
_IN_MODEL = ("model", "hidden", "activation")  # settings that the name of the model tells


@dataclass(frozen=True)
class Entry:
    """A candidate and its place; a `score` that is not a number if it failed."""

    index: int
    rank: int
    candidate: TableCandidate
    score: Score

    @property
    def failed(self) -> bool:
        """Whether there is a fold without a score."""
        return not math.isfinite(self.score.value)


@dataclass(frozen=True)
class Board:
    """All entries in their order, and those with a part to play: the best linear model, the best network, ...

    These two are None if there is none, or all failed. `varied` are the settings of which the candidates have
    more than one value, `constant` are the others with theirs.
    """

    outcome: Outcome
    entries: tuple[Entry, ...]
    chosen: Entry
    best: Entry
    linear: Entry | None = None
    network: Entry | None = None
    varied: tuple[str, ...] = ()
    constant: dict[str, Any] = field(default_factory=dict)

    @property
    def ranked(self) -> tuple[Entry, ...]:
        """Those that did not fail."""
        return tuple(entry for entry in self.entries if not entry.failed)

    @property
    def limit(self) -> float:
        """The mean of the best plus its standard error: whoever is below is as good."""
        return self.best.score.value + self.best.score.error


def board_of(outcome: Outcome) -> Board:
    """Sort the candidates; the simpler first where the scores are equal."""
    scores = [_mean(candidate, outcome.score) for candidate in outcome.candidates]
    sizes = [candidate.parameters for candidate in outcome.candidates]
    order = sorted(range(len(scores)), key=lambda i: (*_failed_last(scores[i]), sizes[i], i))
    entries = tuple(Entry(i, rank, outcome.candidates[i], scores[i]) for rank, i in enumerate(order, 1))
    by_index = {entry.index: entry for entry in entries}

    def sound(index: int | None) -> Entry | None:
        return None if index is None or by_index[index].failed else by_index[index]

    values: dict[str, list[Any]] = {}
    for candidate in outcome.candidates:
        for setting, value in candidate.settings.items():
            values.setdefault(setting, []).append(value)
    varied = tuple(setting for setting, found in values.items() if len(set(map(repr, found))) > 1)
    return Board(
        outcome,
        entries,
        by_index[outcome.chosen],
        by_index[outcome.best],
        sound(outcome.best_linear),
        sound(outcome.best_network),
        varied,
        {setting: found[0] for setting, found in values.items() if setting not in varied},
    )


def _mean(candidate: TableCandidate, score: str) -> Score:
    values = candidate.scores[score]
    sound = len(values) > 0 and bool(np.isfinite(values).all())
    return candidate.mean(score) if sound else Score(math.nan, math.nan)


def _failed_last(score: Score) -> tuple[bool, float]:
    failed = not math.isfinite(score.value)
    return failed, 0.0 if failed else score.value


# --- the table -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A line of the table; `marks` are "chosen" and "best"."""

    rank: int
    marks: tuple[str, ...]
    model: str
    settings: tuple[str, ...]
    parameters: str
    scores: tuple[str, ...]
    seconds: str
    failed: bool


@dataclass(frozen=True)
class Table:
    """The leader board: names of its columns, the lines shown at once, the folded ones, what never varied."""

    settings: tuple[str, ...]
    scores: tuple[str, ...]
    first: tuple[Row, ...]
    folded: tuple[Row, ...]
    constant: str


def table_of(board: Board) -> Table:
    """The best candidates, and those with a part to play wherever they stand, are shown at once."""
    columns = [setting for setting in board.varied if setting not in _IN_MODEL]
    names = score_names(board.outcome)
    first = FIRST if len(board.entries) > FIRST + _WORTH else len(board.entries)
    parts = {entry.rank for entry in (board.chosen, board.best, board.linear, board.network) if entry}
    rows = [
        (entry.rank <= first or entry.rank in parts, _row(board, entry, columns, names))
        for entry in board.entries
    ]
    same = [
        f"{setting_name(setting)} {setting_value(value)}"
        for setting, value in board.constant.items()
        if setting not in _IN_MODEL
    ]
    return Table(
        tuple(map(setting_name, columns)),
        tuple(map(score_name, names)),
        tuple(row for shown, row in rows if shown),
        tuple(row for shown, row in rows if not shown),
        say("comma").join(same),
    )


def score_names(outcome: Outcome) -> list[str]:
    """The score that decides, then the others."""
    others = dict.fromkeys(name for candidate in outcome.candidates for name in candidate.scores)
    return [outcome.score, *(name for name in others if name != outcome.score)]


def _row(board: Board, entry: Entry, columns: list[str], names: list[str]) -> Row:
    candidate = entry.candidate
    settings = candidate.settings
    scores = [
        _mean(candidate, name) if name in candidate.scores else Score(math.nan, math.nan) for name in names
    ]
    return Row(
        entry.rank,
        tuple(mark for mark in ("chosen", "best") if entry is getattr(board, mark)),
        model_words(candidate, board.outcome.task),
        tuple(setting_value(settings[column]) if column in settings else "–" for column in columns),
        f"{candidate.parameters:,}",
        tuple(map(with_error, scores)),
        duration(candidate.seconds),
        entry.failed,
    )
