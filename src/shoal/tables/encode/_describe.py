"""What the cells of each column are: numbers, truth values, dates, categories or free text.

The kind is inferred from *all* rows: one word in row 40,000 makes a column of numbers a column of text
(and `find_problems` says in which row it stands). What is *wrong* with a column, for instance that it
is an identifier, is not a kind but a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shoal.tables._columns import Column, ColumnKind
from shoal.tables.encode._encoder import Recognised, encoders

if TYPE_CHECKING:
    import polars as pl

_LARGEST_WHOLE = 2.0**53  # from here on float64 skips whole numbers


def describe(frame: pl.DataFrame) -> list[Column]:
    """The columns of a table that `read_table` or `from_dataframe` returned, in its order."""
    return [describe_column(series) for series in frame]


def describe_column(series: pl.Series) -> Column:
    """One column: its kind, and how many cells are missing and distinct."""
    import polars as pl

    if series.dtype.is_nested() or series.dtype in (pl.Object, pl.Binary):
        return Column(series.name, ColumnKind.NESTED, len(series), series.null_count(), 0)
    kind, (cells, date_format) = _recognised(series)
    known = cells.drop_nulls()
    if kind == ColumnKind.CATEGORY and series.dtype == pl.String and _are_sentences(known):
        kind = ColumnKind.TEXT
    whole = kind == ColumnKind.NUMBER and _all_whole(known)
    missing = len(cells) - len(known)
    return Column(series.name, kind, len(cells), missing, known.n_unique(), whole, date_format)


def _recognised(series: pl.Series) -> tuple[str, Recognised]:
    """The first kind that recognises the column, and what it read."""
    answers = ((encoder.kind, encoder.recognise(series)) for encoder in encoders())
    return next((kind, found) for kind, found in answers if found is not None)


def _are_sentences(known: pl.Series) -> bool:
    """Nearly all different, and of four words or more (of Chinese, three characters or more)."""
    gaps = known.str.count_matches(r"\s+|\p{Han}").mean()
    return known.n_unique() >= 0.5 * len(known) and isinstance(gaps, float) and gaps >= 3


def _all_whole(numbers: pl.Series) -> bool:
    return bool(((numbers == numbers.round()) & (numbers.abs() <= _LARGEST_WHOLE)).all())
