"""A number becomes its standardised value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from shoal.base.shown import plain
from shoal.tables._cells import finite, parse_numbers, parse_wholes, read_numbers
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


_DIGITS_OF_A_KEY = 17
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class NumberEncoder(ColumnEncoder, kind=ColumnKind.NUMBER):
    """A number: standardised, the median where it is missing, and whether it is missing."""

    name: str
    scale: Scale
    missing: bool

    checks: ClassVar = {"scale": read_scale}

    @classmethod
    def recognise(cls, series: pl.Series) -> Recognised | None:
        """Numbers and durations; text in which every cell is a number, but not codes (``00501``)."""
        import polars as pl

        if series.dtype == pl.String:
            numbers, known = parse_numbers(series), series.drop_nulls()
            if known.is_empty() or numbers.null_count() > series.null_count() or _are_codes(known):
                return None
            return Recognised(finite(numbers))
        is_number = series.dtype.is_numeric() or series.dtype == pl.Duration
        return Recognised(finite(parse_numbers(series))) if is_number else None

    @classmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn mean, deviation and median."""
        numbers = finite(parse_numbers(series))
        return cls(column.name, Scale.of(numbers), numbers.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """``age``, and ``age is missing`` if it was in a training row."""
        return (plain(self.name), *missing_name(self))

    def encode(self, series: pl.Series) -> FloatArray:
        """A DataError if a cell is not a number."""
        numbers = finite(read_numbers(series))
        return np.column_stack([self.scale.apply(numbers), *missing_feature(self, numbers)])

    @classmethod
    def order(cls, series: pl.Series, column: Column) -> pl.Series:
        """The numbers."""
        return finite(parse_numbers(series))

    def surprises(self, series: pl.Series) -> dict[str, int]:
        """Infinite numbers, which count as missing."""
        return {"infinite": int(parse_numbers(series).is_infinite().sum())}

    def details(self) -> Sequence[str]:
        """Mean, deviation and median."""
        return self.scale.details(self.missing)


def _are_codes(known: pl.Series) -> bool:
    """Whole numbers, one of which starts with a zero (postal codes), or all longer than numbers are exact."""
    if not (_DIGITS.fullmatch(known[0]) and known.str.contains(r"^\d+$").all()):  # the first says it fast
        return False
    long = known.str.len_chars() >= _DIGITS_OF_A_KEY
    return bool(known.str.contains(r"^0\d").any() or (long.all() and parse_wholes(known).null_count()))
