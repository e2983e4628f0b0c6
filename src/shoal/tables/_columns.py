"""What the cells of each column are: numbers, truth values, dates, categories or free text.

The kind is inferred from *all* rows: one word in row 40,000 makes a column of numbers a column of text
(and `find_problems` says in which row it stands). What is *wrong* with a column, for instance that it
is an identifier, is no kind but a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shoal.tables._values import (
    TRUTH_PAIRS,
    as_text,
    find_date_format,
    finite,
    parse_dates,
    parse_numbers,
    parse_truths,
)

if TYPE_CHECKING:
    import polars as pl

_LARGEST_WHOLE = 2.0**53  # from here on float64 skips whole numbers


class ColumnKind(StrEnum):
    """What the cells of a column are."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CATEGORY = "category"
    TEXT = "text"  # sentences, nearly all different
    NESTED = "nested"  # lists, records, bytes: nothing that a network could read


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
    kind : ColumnKind
        Numbers with few distinct values (1, 2, 3) are numbers; 0/1 too. Text in which every cell is a
        number is a number, unless whole numbers start with zeros (``00501``): those are codes.
    rows, missing, distinct : int
        All cells; those that hold nothing, NaN or an infinity; different values among the others.
    whole : bool
        Every number is a whole one.
    date_format : str or None
        The form in which dates are written, where they are text.
    """

    name: str
    kind: ColumnKind
    rows: int
    missing: int
    distinct: int
    whole: bool = False
    date_format: str | None = None


def describe(frame: pl.DataFrame) -> list[Column]:
    """The columns of a table that `read_table` or `from_dataframe` returned, in its order."""
    return [describe_column(series) for series in frame]


def describe_column(series: pl.Series) -> Column:
    """One column: its kind, and how many cells are missing and distinct."""
    kind, date_format, values = _recognised(series)
    known = values.drop_nulls()
    whole = kind is ColumnKind.NUMBER and _all_whole(known)
    distinct = 0 if kind is ColumnKind.NESTED else known.n_unique()
    missing = len(values) - len(known)
    return Column(series.name, kind, len(values), missing, distinct, whole, date_format)


def _recognised(series: pl.Series) -> tuple[ColumnKind, str | None, pl.Series]:
    """The kind, the form of dates, and the cells read accordingly."""
    import polars as pl

    if series.dtype.is_nested() or series.dtype in (pl.Object, pl.Binary):
        return ColumnKind.NESTED, None, series
    if series.dtype == pl.String:
        return _recognised_text(series)
    if series.dtype == pl.Boolean:
        return ColumnKind.BOOLEAN, None, series
    if series.dtype in (pl.Date, pl.Datetime):
        return ColumnKind.DATE, None, parse_dates(series, None)
    if series.dtype in (pl.Categorical, pl.Enum, pl.Null):
        return ColumnKind.CATEGORY, None, as_text(series)
    return ColumnKind.NUMBER, None, finite(parse_numbers(series))


def _recognised_text(series: pl.Series) -> tuple[ColumnKind, str | None, pl.Series]:
    known = series.drop_nulls()
    if known.is_empty():
        return ColumnKind.CATEGORY, None, series
    numbers = parse_numbers(series)
    if numbers.null_count() == series.null_count() and not _are_codes(known):
        return ColumnKind.NUMBER, None, finite(numbers)
    if any(set(known.str.to_lowercase().unique()) <= pair for pair in TRUTH_PAIRS):
        return ColumnKind.BOOLEAN, None, parse_truths(series)
    if (form := find_date_format(known)) is not None:
        return ColumnKind.DATE, form, parse_dates(series, form)
    return (ColumnKind.TEXT if _are_sentences(known) else ColumnKind.CATEGORY), None, series


def _are_codes(known: pl.Series) -> bool:
    """Whole numbers, one of which starts with a zero: postal codes and the like."""
    return bool(known.str.contains(r"^\d+$").all() and known.str.contains(r"^0\d").any())


def _are_sentences(known: pl.Series) -> bool:
    """Nearly all different, and of four words or more (of Chinese, three characters or more)."""
    gaps = known.str.count_matches(r"\s+|\p{Han}").mean()
    return known.n_unique() >= 0.5 * len(known) and isinstance(gaps, float) and gaps >= 3


def _all_whole(numbers: pl.Series) -> bool:
    return bool(((numbers == numbers.round()) & (numbers.abs() <= _LARGEST_WHOLE)).all())
