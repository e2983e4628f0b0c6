"""A time of day becomes a point on a circle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from shoal.base.shown import plain
from shoal.tables._cells import as_text, checked, parse_numbers
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

_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class ClockEncoder(ColumnEncoder, kind=ColumnKind.TIME):
    """A time of day: sine and cosine of 2π seconds / 86,400, so that 23:59 is beside 0:00.

    A missing time is in the middle of the circle.
    """

    name: str
    missing: bool

    checks: ClassVar = {}

    @classmethod
    def recognise(cls, series: pl.Series) -> Recognised | None:
        """Times; text becomes times before (`find_forms`)."""
        import polars as pl

        return Recognised(_seconds(series)) if series.dtype == pl.Time else None

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn whether any is missing."""
        return cls(column.name, _seconds(series).null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``opened: time of day (sin)``, ``opened: time of day (cos)``."""
        label = plain(self.name)
        return (f"{label}: time of day (sin)", f"{label}: time of day (cos)", *missing_name(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is not a time of day."""
        seconds = checked(series, _seconds(series), "tables.not_a_time")
        known = seconds.is_not_null().to_numpy()
        angle = 2 * np.pi * seconds.fill_null(0.0).to_numpy() / _SECONDS_A_DAY
        return np.column_stack(
            [known * np.sin(angle), known * np.cos(angle), *missing_feature(self, seconds)]
        )

    @classmethod
    def order(cls, series: pl.Series, column: Column) -> pl.Series:
        """Seconds since midnight."""
        return _seconds(series)


def _seconds(series: pl.Series) -> pl.Series:
    """Seconds since midnight, null for what is no time; of text only 17:15 and 17:15:30."""
    import polars as pl

    if series.dtype != pl.Time:
        cells = as_text(series).str.replace(r"^(\d\d?:\d\d)$", "$1:00")
        series = cells.str.to_time("%H:%M:%S%.f", strict=False)
    return parse_numbers(series)
