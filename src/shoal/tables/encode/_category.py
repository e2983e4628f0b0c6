"""A category becomes one number for each of its levels (one-hot)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from shoal.base import schema
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.tables._cells import as_text
from shoal.tables._columns import Column, ColumnKind
from shoal.tables.encode._encoder import ColumnEncoder, FloatArray, Recognised, missing_name

if TYPE_CHECKING:
    import polars as pl

MOST_LEVELS = 100
"""Levels of a category with a feature of their own; the rarer ones share "other"."""

FEWEST_ROWS_OF_A_LEVEL = 3
"""Training rows that a level needs for a feature of its own: fewer teach nothing that lasts."""

_SHOWN = 6  # levels in `details`
_WHOLE, _WITH_ZERO = r"^-?\d+$", r"^-?\d+\.0$"  # 1, and the same number as a float writes it
_TEXTS = schema.list_of(schema.text)


def _read_levels(value: object) -> tuple[str, ...]:
    """Sorted and different, and not more than `MOST_LEVELS`."""
    levels = _TEXTS(value)
    if len(levels) > MOST_LEVELS or levels != sorted(set(levels)):
        raise schema.MismatchError
    return tuple(levels)


@dataclass(frozen=True)
class CategoryEncoder(ColumnEncoder, kind=ColumnKind.CATEGORY):
    """A category: 1 for its level, 0 for the others (one-hot).

    Rare levels share "other", and so does a level never seen before. If no training row was "other",
    such a level is 0 everywhere: none of the known ones. Missing is a level of its own if it was in a
    training row, else it counts as unknown.
    """

    name: str
    levels: tuple[str, ...]
    other: bool
    missing: bool

    checks: ClassVar = {"levels": _read_levels, "other": schema.truth}

    @classmethod
    def recognise(cls, series: pl.Series) -> Recognised:
        """Whatever no other kind has recognised."""
        return Recognised(as_text(series))

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn the levels, in the order of their code points."""
        cells = as_text(series)
        known = cells.drop_nulls()
        values, counts = np.unique(known.to_numpy().astype(object), return_counts=True)
        commonest = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        levels = sorted(values[i] for i in commonest if counts[i] >= FEWEST_ROWS_OF_A_LEVEL)
        return cls(column.name, tuple(levels), len(levels) < len(values), len(known) < len(cells))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``sex=female``, ``sex=male``, ``sex is other``, ``sex is missing``."""
        label = plain(self.name)
        levels = [f"{label}={plain(level)}" for level in self.levels]
        return (*levels, *([f"{label} is other"] if self.other else []), *missing_name(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """No level is an error; lists and records are."""
        cells = self._as_in_training(series)
        places = {level: place for place, level in enumerate(self.levels)}
        unknown = len(places) if self.other else -1
        missing = len(places) + self.other if self.missing else unknown
        place = np.array(
            [missing if cell is None else places.get(cell, unknown) for cell in cells.to_list()],
            dtype=np.intp,
        )
        features = len(places) + self.other + self.missing
        return np.asarray(place[:, np.newaxis] == np.arange(features), dtype=np.float64)

    @classmethod
    def tells_rows_apart(cls, series: pl.Series, column: Column) -> bool:
        """False if all rows have the same level, or only rare ones."""
        return len(cls.fit(series, column).feature_names) > 1

    def surprises(self, series: pl.Series) -> dict[str, int]:
        """Levels that no training row had; where rare ones share "other", all others count as rare."""
        known = self._as_in_training(series).drop_nulls()
        return {"unseen": 0 if self.other else int((~known.is_in(list(self.levels))).sum())}

    def _as_in_training(self, series: pl.Series) -> pl.Series:
        """The cells as text, written as the levels are, whatever type the column had in training.

        A gap makes floats of whole numbers in a DataFrame (1 becomes 1.0), and a file may write TRUE.
        """
        import polars as pl

        cells, levels = as_text(series), pl.Series(self.levels, dtype=pl.String)
        truths = {level.lower(): level for level in self.levels}
        if set(truths) <= {"true", "false"} and len(truths) == len(levels):
            return cells.replace(
                {cell: truths.get(cell.lower(), cell) for cell in cells.drop_nulls().unique()}
            )
        if levels.str.contains(_WITH_ZERO).any():
            return cells if levels.str.contains(_WHOLE).any() else cells.str.replace(_WHOLE, "${0}.0")
        return cells.str.replace(r"\.0$", "") if series.dtype.is_float() else cells

    def details(self) -> Sequence[str]:
        """The levels, of many only the first."""
        named = [plain(level, longest=15) for level in self.levels[:_SHOWN]]
        levels = text("core.comma").join([*named, *["…"][: len(self.levels) > _SHOWN]])
        found = text("training.detail_levels", count=len(self.levels), levels=levels)
        return [found, *([text("training.detail_other")] if self.other else [])]
