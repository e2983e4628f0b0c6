"""One column becomes the numbers that a network reads; one small class for each kind of column.

Each class has the same three parts: ``fit`` learns from the training rows, ``feature_names`` says what
the numbers are, and ``encode`` returns them as (rows, features), always finite. What was missing in no
training row gets no feature of its own: a weight that saw no example would only add noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from shoal.tables._columns import Column
from shoal.tables._values import (
    as_text,
    checked,
    find_date_format,
    finite,
    parse_dates,
    parse_numbers,
    parse_truths,
)
from shoal.tables._wording import shown

if TYPE_CHECKING:
    import polars as pl

FloatArray = NDArray[np.float64]

MOST_LEVELS = 100
"""Levels of a category with a feature of their own; the rarer ones share "other"."""

FEWEST_ROWS = 3
"""Training rows that a level needs for a feature of its own: fewer teach nothing that lasts."""

FARTHEST = 10.0
"""Standardised values end here, in training as in prediction: a cell more than ten deviations from the
mean is a slip of the pen more often than not (a diamond 59 mm wide), and must not outweigh all others."""

DAYS_A_YEAR = 365.2425


@dataclass(frozen=True)
class Scale:
    """x -> (x - mean) / deviation; a missing x counts as the median."""

    mean: float
    deviation: float
    median: float

    @classmethod
    def of(cls, numbers: pl.Series) -> Self:
        """Of the numbers that are known; a deviation of 0 becomes 1."""
        x = np.sort(numbers.drop_nulls().to_numpy())
        if x.size == 0:
            return cls(0.0, 1.0, 0.0)
        _, exponent = np.frexp(np.abs(x).max())  # a power of two scales exactly; no sum overflows
        unit = np.ldexp(x, -exponent)
        mean = np.ldexp(np.clip(unit.mean(), unit[0], unit[-1]), exponent)
        deviation = np.ldexp(unit.std(), exponent) if x[0] < x[-1] else 1.0
        median = x[(x.size - 1) // 2] / 2 + x[x.size // 2] / 2
        return cls(float(mean), float(deviation) or 1.0, float(median))

    def apply(self, numbers: pl.Series) -> FloatArray:
        """The numbers, standardised: (rows,)."""
        x = numbers.fill_null(self.median).to_numpy()
        half = x / 2 - self.mean / 2  # of two numbers near ±1.8e308 the whole would be infinite
        with np.errstate(over="ignore"):
            z = 2 * (half / self.deviation)
        return np.asarray(np.clip(z, -FARTHEST, FARTHEST))


@dataclass(frozen=True)
class NumberEncoder:
    """A number: standardised, the median where it is missing, and whether it is missing."""

    name: str
    scale: Scale
    missing: bool

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn mean, deviation and median."""
        numbers = finite(parse_numbers(series))
        return cls(column.name, Scale.of(numbers), numbers.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``age``, and ``age is missing`` if it was in a training row."""
        return (_label(self.name), *_missing(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is no number."""
        numbers = finite(checked(series, parse_numbers(series), "tables.not_a_number"))
        return _side_by_side(self.scale.apply(numbers), *_is_missing(self, numbers))

    def surprises(self, series: pl.Series) -> int:
        """Cells that are infinite, and count as missing."""
        return int(parse_numbers(series).is_infinite().sum())


@dataclass(frozen=True)
class BooleanEncoder:
    """True is 1, false is 0; the commoner of the two where it is missing, and whether it is missing."""

    name: str
    usual: bool
    missing: bool

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn which of the two is the commoner."""
        truths = parse_truths(series)
        known = len(truths) - truths.null_count()
        return cls(column.name, 2 * int(truths.sum()) > known, truths.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``alone``, and ``alone is missing`` if it was in a training row."""
        return (_label(self.name), *_missing(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is neither true nor false."""
        truths = checked(series, parse_truths(series), "tables.not_a_truth")
        values = truths.fill_null(self.usual).to_numpy().astype(np.float64)
        return _side_by_side(values, *_is_missing(self, truths))


@dataclass(frozen=True)
class DateEncoder:
    """A date: when (standardised), and where in the year and in the week, as points on circles.

    The circles (sine and cosine of 2π days / period) put December beside January and Sunday beside
    Monday. A third one, the time of day, exists if the training rows had times. A missing date is at the
    median, in the middle of every circle.
    """

    name: str
    date_format: str | None
    clock: bool
    scale: Scale
    missing: bool

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn mean, deviation and median, and whether there are times of day."""
        days = parse_dates(series, column.date_format)
        clock = bool((days != days.floor()).any())
        missing = days.null_count() > 0
        return cls(column.name, column.date_format, clock, Scale.of(days), missing)

    @property
    def _periods(self) -> dict[str, float]:
        day = {"time of day": 1.0} if self.clock else {}
        return {"time of year": DAYS_A_YEAR, "weekday": 7.0} | day

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``sold``, ``sold: time of year (sin)`` and so on."""
        label = _label(self.name)
        circles = [f"{label}: {p} ({f})" for p in self._periods for f in ("sin", "cos")]
        return (label, *circles, *_missing(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is no date in the form of the training rows."""
        form = self.date_format or find_date_format(as_text(series).drop_nulls())
        days = checked(series, parse_dates(series, form), "tables.not_a_date")
        known = days.is_not_null().to_numpy()
        circles = []
        for period in self._periods.values():
            angle = 2 * np.pi * days.fill_null(0.0).to_numpy() / period
            circles += [known * np.sin(angle), known * np.cos(angle)]
        return _side_by_side(self.scale.apply(days), *circles, *_is_missing(self, days))


@dataclass(frozen=True)
class CategoryEncoder:
    """A category: 1 for the level that it is, 0 for the others (one-hot).

    Rare levels share "other", and so does a level never seen before. If no training row was "other",
    such a level is 0 everywhere: none of those that are known. Missing is a level of its own if it was
    in a training row, else as good as unknown.
    """

    name: str
    levels: tuple[str, ...]
    other: bool
    missing: bool

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn the levels, in the order of their code points."""
        text = as_text(series)
        known = text.drop_nulls()
        values, counts = np.unique(known.to_numpy().astype(object), return_counts=True)
        commonest = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
        levels = sorted(values[i] for i in commonest if counts[i] >= FEWEST_ROWS)
        return cls(column.name, tuple(levels), len(levels) < len(values), len(known) < len(text))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``sex=female``, ``sex=male``, ``sex is other``, ``sex is missing``."""
        label = _label(self.name)
        levels = [f"{label}={_label(level)}" for level in self.levels]
        return (*levels, *([f"{label} is other"] if self.other else []), *_missing(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """No level is an error; lists and records are."""
        text = as_text(series)
        places = {level: place for place, level in enumerate(self.levels)}
        unknown = len(places) if self.other else -1
        missing = len(places) + self.other if self.missing else unknown
        place = np.array(
            [missing if cell is None else places.get(cell, unknown) for cell in text.to_list()],
            dtype=np.intp,
        )
        features = len(places) + self.other + self.missing
        return np.asarray(place[:, np.newaxis] == np.arange(features), dtype=np.float64)

    def surprises(self, series: pl.Series) -> int:
        """Cells with a level that no training row had; where rare ones share "other", all others are rare."""
        known = as_text(series).drop_nulls()
        return 0 if self.other else int((~known.is_in(list(self.levels))).sum())


ColumnEncoder = NumberEncoder | BooleanEncoder | DateEncoder | CategoryEncoder


def _label(name: str) -> str:
    """A name or level for people: as it is where it is short and printable."""
    return shown(name)[1:-1]


def _missing(encoder: NumberEncoder | BooleanEncoder | DateEncoder | CategoryEncoder) -> list[str]:
    return [f"{_label(encoder.name)} is missing"] if encoder.missing else []


def _is_missing(encoder: ColumnEncoder, values: pl.Series) -> list[FloatArray]:
    return [values.is_null().to_numpy().astype(np.float64)] if encoder.missing else []


def _side_by_side(*features: FloatArray) -> FloatArray:
    return np.column_stack(features)
