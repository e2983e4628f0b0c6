"""Yes or no becomes 1 or 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from shoal.base import schema
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.tables._cells import TRUTH_PAIRS, checked, parse_truths
from shoal.tables._columns import Column, ColumnKind
from shoal.tables.encode._encoder import (
    ColumnEncoder,
    FloatArray,
    Recognised,
    missing_feature,
    missing_name,
)

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class BooleanEncoder(ColumnEncoder, kind=ColumnKind.BOOLEAN):
    """True is 1, false is 0; the commoner of the two where it is missing, and whether it is missing."""

    name: str
    usual: bool
    missing: bool

    checks: ClassVar = {"usual": schema.truth}

    @classmethod
    def recognise(cls, series: pl.Series) -> Recognised | None:
        """Booleans, and text that is only true/false, yes/no, t/f, y/n or 是/否."""
        import polars as pl

        if series.dtype == pl.String:
            words = set(series.drop_nulls().str.to_lowercase().unique())
            known = bool(words) and any(words <= pair for pair in TRUTH_PAIRS)
        else:
            known = series.dtype == pl.Boolean
        return Recognised(parse_truths(series)) if known else None

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn which of the two is the commoner."""
        truths = parse_truths(series)
        known = len(truths) - truths.null_count()
        return cls(column.name, 2 * int(truths.sum()) > known, truths.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``alone``, and ``alone is missing`` if it was in a training row."""
        return (plain(self.name), *missing_name(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is neither true nor false."""
        truths = checked(series, parse_truths(series), "tables.not_a_truth")
        values = truths.fill_null(self.usual).to_numpy().astype(np.float64)
        return np.column_stack([values, *missing_feature(self, truths)])

    def details(self) -> Sequence[str]:
        """What a missing cell counts as."""
        return [text("training.detail_usual", value=str(self.usual).lower())] if self.missing else []
