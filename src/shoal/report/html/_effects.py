"""What each setting does: the scores of the candidates by its value.

A marginal view: the other settings vary as well. So beside all the scores it has the mean of the best few of
each value, which is what the value can do when the others suit it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shoal.report.words._board import LeaderBoard, RankedCandidate

FEW = 3
"""Candidates whose mean is drawn, at the most: the best quarter of those with a value."""

RUNS = 5
"""Runs of neighbouring values, of equal numbers of candidates, that take the place of many values."""

MOST_VALUES = 7
"""Numbers that are told apart one by one; more are put together in runs."""

MOST_ROWS = 20
"""Values of a setting that is not a number; of more, the best ones are drawn."""


@dataclass(frozen=True)
class SettingEffect:
    """The candidates by the value of a setting.

    Attributes
    ----------
    setting : str
    linear : bool
        Whether the candidates are linear models only.
    groups : tuple of (value, candidates)
        In the order of the values; in each group, the best candidate first.
    left_out : int
        Values that have no group, because the chart has no room for them.
    """

    setting: str
    linear: bool
    groups: tuple[tuple[Any, tuple[RankedCandidate, ...]], ...]
    left_out: int = 0

    @property
    def candidates(self) -> list[RankedCandidate]:
        """All of them."""
        return [ranked for _, members in self.groups for ranked in members]

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value, _ in self.groups)

    @property
    def runs(self) -> list[tuple[int, list[RankedCandidate]]]:
        """The candidates of each value or run of neighbouring numbers, and the place of its middle group."""
        if not self.numeric or len(self.groups) <= MOST_VALUES:
            return [(place, list(members)) for place, (_, members) in enumerate(self.groups)]
        placed = [(place, ranked) for place, (_, members) in enumerate(self.groups) for ranked in members]
        runs = [placed[run[0] : run[-1] + 1] for run in np.array_split(np.arange(len(placed)), RUNS)]
        return [(run[len(run) // 2][0], [ranked for _, ranked in run]) for run in runs]

    @property
    def few(self) -> list[float]:
        """The mean of the best few of each run."""
        scores = [sorted(ranked.score.value for ranked in members) for _, members in self.runs]
        return [float(np.mean(run[: min(FEW, math.ceil(len(run) / 4))])) for run in scores]

    @property
    def spread(self) -> float:
        """How much the setting matters when the others suit it."""
        return max(self.few) - min(self.few)


def effects_of(board: LeaderBoard) -> list[SettingEffect]:
    """The settings with more than one value; the ones that matter most come first.

    Networks and linear models are kept apart, because a penalty of one is not a penalty of the other. Only in
    the effect of the hidden layers are both: there, a linear model has none.
    """
    found = [SettingEffect("hidden", False, _groups([(_hidden(ranked), ranked) for ranked in board.scored]))]
    for setting in board.varied:
        for linear in (False, True):
            pairs = [
                (ranked.candidate.settings[setting], ranked)
                for ranked in board.scored
                if ranked.candidate.linear is linear and setting in ranked.candidate.settings
            ]
            if setting not in ("model", "hidden"):
                found.append(SettingEffect(setting, linear, _groups(pairs)))
    return sorted((effect for effect in found if len(effect.groups) > 1), key=lambda effect: -effect.spread)


def best_rows(effect: SettingEffect) -> SettingEffect:
    """The same with as many values as a chart has rows for."""
    if effect.numeric or len(effect.groups) <= MOST_ROWS:
        return effect
    rows = sorted(range(len(effect.groups)), key=effect.few.__getitem__)[:MOST_ROWS]
    groups = tuple(effect.groups[row] for row in sorted(rows))
    return replace(effect, groups=groups, left_out=len(effect.groups) - len(groups))


def _hidden(ranked: RankedCandidate) -> tuple[int, ...]:
    hidden = ranked.candidate.settings.get("hidden", ())
    return (hidden,) if isinstance(hidden, int) else tuple(hidden)


def _groups(
    pairs: Sequence[tuple[Any, RankedCandidate]],
) -> tuple[tuple[Any, tuple[RankedCandidate, ...]], ...]:
    groups: dict[tuple[Any, ...], tuple[Any, list[RankedCandidate]]] = {}
    for value, ranked in pairs:
        groups.setdefault(_order(value), (value, []))[1].append(ranked)
    return tuple((value, tuple(members)) for _, (value, members) in sorted(groups.items()))


def _order(value: Any) -> tuple[Any, ...]:
    """Numbers by size, layers by depth and then by width, words alphabetically."""
    if isinstance(value, int | float):
        return (0, float(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return (1, len(value), *map(_order, value))
    return (2, str(value))
