"""A date becomes a point in time, in the year and in the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from shoal.base import schema
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.tables._cells import DATE_FORMATS, as_text, checked, find_date_format, parse_dates
from shoal.tables._columns import Column, ColumnKind
from shoal.tables.encode._encoder import (
    ColumnEncoder,
    FloatArray,
    Recognised,
    missing_feature,
    missing_name,
)
from shoal.tables.encode._scale import Scale, read_scale

if TYPE_CHECKING:
    import polars as pl

DAYS_A_YEAR = 365.2425
_MILLISECONDS_A_DAY = 86_400_000


@dataclass(frozen=True)
class DateEncoder(ColumnEncoder, kind=ColumnKind.DATE):
    """A date: when (standardised), and where in the year and in the week, as points on circles.

    The circles (sine and cosine of 2π days / period) put December beside January and Sunday beside
    Monday. A third one, the time of day, exists if the training rows had different times. A missing date is
    at the median, in the middle of every circle.
    """

    name: str
    date_format: str | None
    clock: bool
    scale: Scale
    missing: bool

    checks: ClassVar = {
        "date_format": schema.nullable(schema.one_of(*DATE_FORMATS)),
        "clock": schema.truth,
        "scale": read_scale,
    }

    @classmethod
    def recognise(cls, series: pl.Series) -> Recognised | None:
        """Dates, and text in which every cell is a date of the same form."""
        import polars as pl

        form = None
        if series.dtype == pl.String:
            known = series.drop_nulls()
            form = None if known.is_empty() else find_date_format(known)
            if form is None:
                return None
        elif series.dtype not in (pl.Date, pl.Datetime):
            return None
        return Recognised(parse_dates(series, form), form)

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn mean, deviation and median, and whether there are times of day."""
        days = parse_dates(series, column.date_format)
        times = ((days - days.floor()).drop_nulls() * _MILLISECONDS_A_DAY).round()
        clock = times.n_unique() > 1
        missing = days.null_count() > 0
        return cls(column.name, column.date_format, clock, Scale.of(days), missing)

    @property
    def _periods(self) -> dict[str, float]:
        day = {"time of day": 1.0} if self.clock else {}
        return {"time of year": DAYS_A_YEAR, "weekday": 7.0} | day

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``sold``, ``sold: time of year (sin)`` and so on."""
        label = plain(self.name)
        circles = [f"{label}: {p} ({f})" for p in self._periods for f in ("sin", "cos")]
        return (label, *circles, *missing_name(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is not a date in the form of the training rows."""
        form = self.date_format or find_date_format(as_text(series).drop_nulls())
        days = checked(series, parse_dates(series, form), "tables.not_a_date")
        known = days.is_not_null().to_numpy()
        circles = []
        for period in self._periods.values():
            angle = 2 * np.pi * days.fill_null(0.0).to_numpy() / period
            circles += [known * np.sin(angle), known * np.cos(angle)]
        return np.column_stack([self.scale.apply(days), *circles, *missing_feature(self, days)])

    @classmethod
    def order(cls, series: pl.Series, column: Column) -> pl.Series:
        """Days since 1970."""
        return parse_dates(series, column.date_format)

    def details(self) -> Sequence[str]:
        """Mean, deviation and median: the dates, and the days."""
        mean, median = (_as_date(days) for days in (self.scale.mean, self.scale.median))
        said = [text("training.detail_date", mean=mean, deviation=self.scale.deviation)]
        return [*said, *([text("training.detail_date_missing", median=median)] if self.missing else [])]


def _as_date(days: float) -> str:
    """``2024-03-01``; a day that no calendar has stays a number."""
    try:
        return str(date(1970, 1, 1) + timedelta(days=days))
    except OverflowError:
        return f"{days:.4g}"
