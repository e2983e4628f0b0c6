"""Cells: which of them are missing, and how they are read as numbers, truth values, dates or text.

A column may have a type (Parquet, DataFrame) or be text (CSV). Both are read by the same functions, so that a
model trained on the one predicts on the other. A ``parse_`` function never raises: a cell that it cannot
read becomes null. `checked` turns such a cell into an error that names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.base.shown import quoted

if TYPE_CHECKING:
    import polars as pl

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "None")

NEARLY_ALL_NUMBERS = 0.9
"""So many of the known cells are numbers in a column that seems to be meant for numbers."""

WORDS_OR_LEVELS = ("None", "NA", "N/A", "n/a", "null", "NULL")
"""Of these, what may be a level of a column of words: the whole column decides (`find_forms`)."""

TRUTH = {"true": True, "yes": True, "t": True, "y": True, "是": True, "1": True, "1.0": True} | {
    "false": False, "no": False, "f": False, "n": False, "否": False, "0": False, "0.0": False
}  # fmt: skip
TRUTH_PAIRS = ({"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"}, {"是", "否"})

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日",
    "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y",
    "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y",
)  # fmt: skip
_TIMES = ("%H:%M:%S%.f", "%H:%M")
DATE_FORMATS = (
    *_DATES,
    *(f"{day} {time}" for day in _DATES for time in _TIMES),
    *(f"%Y-%m-%dT{time}{zone}" for time in _TIMES for zone in ("", "%#z")),
    "%Y-%m-%d %H:%M:%S%.f%#z",
)
"""The date formats that are recognised, in the order of preference: a column whose dates can all be read as
month/day and as day/month is read as month/day (as pandas does). ``%b`` also reads the full name of a month;
a time zone is converted to UTC."""

_TRUTHS = frozenset[str]().union(*TRUTH_PAIRS)
_FEW_LEVELS = 20
_FEWEST_ROWS, _FEWEST_SHARE = 3, 0.05  # of a word that is a level
_BALANCED = 0.75  # of an equal share: NA that is as frequent as the other levels is one of them
_MOST = 0.6  # of the cells; of a word that is more frequent nothing shows that it is not "missing"

LARGEST_WHOLE = 2.0**53  # from here on float64 skips whole numbers
_SAMPLE = 100  # cells on which a format is tried before the whole column is read
_MICROSECONDS_A_DAY = 86_400_000_000
_DECIMAL_COMMA = r"^[+-]?\d+,\d+([eE][+-]?\d+)?$"
_THOUSAND = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_YEAR_1000 = (date(1000, 1, 1) - date(1970, 1, 1)).days


def clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Text without the spaces around it, and null where it is one of `MISSING`.

    In a column of words `WORDS_OR_LEVELS` stay: what they mean is decided where all rows are seen, and kept.
    A column that is clean already is not copied: the same table often comes here more than once.
    """
    import polars as pl

    stripped = pl.col(pl.String).str.strip_chars()
    cleaned = pl.when(~stripped.is_in(MISSING)).then(stripped)
    words = pl.when(stripped.is_in(WORDS_OR_LEVELS)).then(stripped)
    return frame.with_columns(
        after
        for before in frame.select(pl.col(pl.String))
        if not before.equals(after := _cleaned(before, cleaned, words), null_equal=True)
    )


def _cleaned(before: pl.Series, cleaned: pl.Expr, words: pl.Expr) -> pl.Series:
    after = before.to_frame().select(cleaned).to_series()
    kept = before.to_frame().select(words).to_series()
    if kept.null_count() == len(kept):
        return after
    holds_numbers = parse_numbers(after).is_not_null().any()
    return after if holds_numbers else after.fill_null(kept)


def without_missing_words(frame: pl.DataFrame, levels: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Null instead of those `WORDS_OR_LEVELS` that are not among the `levels` of their column."""
    import polars as pl

    changed = []
    for series in frame.select(pl.col(pl.String)):
        words = [word for word in WORDS_OR_LEVELS if word not in levels.get(series.name, ())]
        if (lost := series.is_in(words)).any():
            changed.append(series.set(lost, None))
    return frame.with_columns(changed) if changed else frame


def levels_among(series: pl.Series, *, target: bool) -> tuple[str, ...]:
    """Which of `WORDS_OR_LEVELS` are levels of the column and do not mean "missing": at most one.

    None is one where it is frequent among few other words. NA is one where it is about as frequent as the
    others, or these are codes such as EU and APAC. Any of the words is a class if the target had only one
    other.
    """
    counts = Counter(series.drop_nulls().to_list())
    words = [word for word in WORDS_OR_LEVELS if word in counts]
    others = [cell for cell in counts if cell not in words]
    if len(words) != 1 or not 0 < len(others) <= _FEW_LEVELS:
        return ()
    share = counts[words[0]] / counts.total()
    enough = counts[words[0]] >= _FEWEST_ROWS and share >= _FEWEST_SHARE
    if not enough or any(not any(letter.isalpha() for letter in cell) for cell in others):
        return ()
    if target and len(others) == 1:
        return tuple(words)
    if {cell.casefold() for cell in others} <= _TRUTHS:
        return ()
    balanced = _BALANCED / (len(others) + 1) <= share <= _MOST
    codes = all(cell.isascii() and cell.isupper() and 2 <= len(cell) <= 5 for cell in others)
    kept = {"None": True, "NA": balanced or codes}
    return tuple(words) if kept.get(words[0], False) else ()


def as_text(series: pl.Series) -> pl.Series:
    """The cells as text, NaN as null, durations in seconds; a DataError for lists, records or bytes."""
    import polars as pl

    if series.dtype.is_nested() or series.dtype in (pl.Object, pl.Binary):
        raise DataError("tables.nested", column=quoted(series.name), type=str(series.dtype))
    if series.dtype == pl.Duration:  # polars cannot write durations as text
        series = parse_numbers(series)
    return (series.fill_nan(None) if series.dtype.is_float() else series).cast(pl.String)


def parse_numbers(series: pl.Series) -> pl.Series:
    """The cells as float64; times and durations in seconds; a date is not a number."""
    import polars as pl

    if series.dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64) / 1e6
    if series.dtype == pl.Time:
        return series.cast(pl.Int64).cast(pl.Float64) / 1e9
    if series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Null):
        return series.cast(pl.Float64)
    if series.dtype.is_temporal():
        return pl.Series(series.name, [None] * len(series), dtype=pl.Float64)
    return as_text(series).cast(pl.Float64, strict=False)


def read_numbers(series: pl.Series) -> pl.Series:
    """The cells as `parse_numbers` reads them; a DataError that names the first that is none.

    Text may have a decimal comma where it leaves no doubt: the cells that are no numbers have one each, no
    cell has a point, and some cell is not a thousand with a grouping mark.
    """
    import polars as pl

    numbers = parse_numbers(series)
    if series.dtype == pl.String and numbers.null_count() > series.null_count():
        commas = series.filter(numbers.is_null() & series.is_not_null())
        if (
            commas.str.contains(_DECIMAL_COMMA).all()
            and not commas.str.contains(_THOUSAND).all()
            and not series.str.contains(".", literal=True).any()
        ):
            numbers = parse_numbers(series.str.replace(",", ".", literal=True))
    return checked(series, numbers, "tables.not_a_number")


def parse_wholes(series: pl.Series) -> pl.Series:
    """The cells as whole numbers, every digit of them: int64, or uint64 if one needs it and none is negative.

    A float, or a text with a point or a power, is only taken below 2^53: it may have been rounded beyond.
    """
    import polars as pl

    floats = parse_numbers(series)
    small = floats.set((floats != floats.round()) | ~(floats.abs() < LARGEST_WHOLE), None)
    choices = []
    for kind in (pl.Int64, pl.UInt64):
        cells = small.cast(kind, strict=False)
        if series.dtype.is_integer() or series.dtype == pl.String:
            digits = series.cast(kind, strict=False)
            cells = digits.zip_with(digits.is_not_null(), cells)
        choices.append(cells)
    return min(choices, key=lambda cells: cells.null_count())


def finite(numbers: pl.Series) -> pl.Series:
    """NaN and infinities become null: nobody measured such a number, so it counts as missing."""
    if not numbers.null_count() and np.isfinite(numbers.to_numpy()).all():
        return numbers
    return numbers.set(~numbers.is_finite(), None)


def parse_truths(series: pl.Series) -> pl.Series:
    """The cells as booleans: true/false, yes/no, t/f, y/n in any case, 是/否, 1/0."""
    import polars as pl

    if series.dtype == pl.Boolean:
        return series
    words = as_text(series).str.to_lowercase()
    return words.replace_strict(TRUTH, default=None, return_dtype=pl.Boolean)


def parse_dates(series: pl.Series, form: str | None) -> pl.Series:
    """The cells as days since 1970-01-01 (float64); text is read in one of `DATE_FORMATS`."""
    import polars as pl

    if series.dtype in (pl.Date, pl.Datetime):
        return _days(series.cast(pl.Datetime("us", getattr(series.dtype, "time_zone", None))))
    if form is None or series.dtype != pl.String:
        return pl.Series(series.name, [None] * len(series), dtype=pl.Float64)
    days = _days(series.str.strptime(pl.Datetime("us"), form, strict=False))
    return days.set(days < _YEAR_1000, None)  # %Y also reads the 24 of 1/2/24


def _days(dates: pl.Series) -> pl.Series:
    import polars as pl

    return dates.dt.timestamp("us").cast(pl.Float64) / _MICROSECONDS_A_DAY


def find_date_format(known: pl.Series) -> str | None:
    """The first of `DATE_FORMATS` in which every cell of a column of text is a date."""
    sample = known.head(_SAMPLE)
    for form in DATE_FORMATS:
        if form.endswith("%y") and not sample.str.contains(r"\d\d$").all():
            continue  # %y reads the 3 of version 1.2.3 as a year
        if not parse_dates(sample, form).null_count() and not parse_dates(known, form).null_count():
            return form
    return None


def checked(series: pl.Series, parsed: pl.Series, expected: str) -> pl.Series:
    """`parsed`, if every cell that is not missing could be read; else a DataError that names the first other.

    `expected` is the key of the error in the catalogue.
    """
    unread = (parsed.is_null() & series.is_not_null()).arg_true()
    if len(unread):
        row = unread[0]
        raise DataError(expected, column=quoted(series.name), row=row + 1, value=quoted(series[row]))
    return parsed


@contextmanager
def rows_counted_in(places: NDArray[np.intp]) -> Iterator[None]:
    """Of some rows of a table: an error within names the row by its place in the whole table.

    `places` says where each of these rows stands, from 0.
    """
    try:
        yield
    except DataError as error:
        row = error.values.get("row")
        if not isinstance(row, int):
            raise
        raise DataError(error.key, **{**error.values, "row": int(places[row - 1]) + 1}) from None
