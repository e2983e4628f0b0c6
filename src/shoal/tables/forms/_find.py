"""The forms of a table: found once, applied to every table that comes after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Self

from shoal.base import schema
from shoal.base.errors import UsageError
from shoal.base.shown import listed, quoted
from shoal.tables import _document
from shoal.tables._cells import WORDS_OR_LEVELS, levels_among, without_missing_words
from shoal.tables._columns import ColumnKind, find_column, told_missing
from shoal.tables._notes import Note, gathered
from shoal.tables._settings import KINDS
from shoal.tables.encode._encoder import kind_of_cells
from shoal.tables.forms._amounts import AmountForm, find_amounts
from shoal.tables.forms._by_column import find_by_column, find_counted
from shoal.tables.forms._dates import (
    ClockForm,
    DateForm,
    are_compact,
    either_order,
    find_dates,
    forced_dates,
    written,
)
from shoal.tables.forms._form import MISSING_WORDS, AsItIs, Form, means_missing
from shoal.tables.forms._numbers import NumberForm, choose_marks, decimal_said, find_number, forced_number
from shoal.tables.forms._peeled import PeeledForm, find_peeled, forced_peeled
from shoal.tables.forms._words import WordForm, find_words

if TYPE_CHECKING:
    import polars as pl

_MOST_CLASSES = 20
_PLAIN = r"^-?(?:(?:0|[1-9]\d{0,5})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$"
_GROUPED = r"^-?[1-9]\d{0,2}(\.\d{3})*$"
_LONG_NUMBER = r"^\d{7,13}(\.\d+)?$"
_SAMPLE = 200  # cells that say which decimal mark a column has
Decimal = Callable[[], str | None]  # looks at all columns, so it is asked only where it matters
_FORMS: dict[str, type[Form]] = {
    form.kind: form for form in (NumberForm, AmountForm, DateForm, ClockForm, WordForm, PeeledForm, AsItIs)
}
_ORDERS = {"date": None, "date-day-first": True, "date-month-first": False, "date-year-first": None}


@dataclass(frozen=True)
class Forms:
    """How the cells of a table are written, for the columns that the plain reading does not understand.

    Attributes
    ----------
    columns : tuple of Form
    """

    columns: tuple[Form, ...] = ()

    @property
    def notes(self) -> list[Note]:
        """What was done, and what was not done because it only looks like something."""
        return gathered(note for form in self.columns for note in form.notes())

    def apply(self, frame: pl.DataFrame, target: str | None = None) -> pl.DataFrame:
        """The table with the cells of these columns in their own types; columns that it lacks are no matter.

        With a `target`, cells of rows in which it is missing are not read, but missing: such rows are not
        used, and may be no rows at all.

        Raises
        ------
        DataError
            If a cell is not written as its column is; the message names the row.
        """
        import polars as pl

        frame = without_missing_words(frame, {form.name: form.levels for form in self.columns})
        there = {form.name: form for form in self.columns if form.name in frame.columns}
        read = []
        if target in there:
            frame = frame.with_columns(there.pop(target).apply(frame[target]))
        for name, form in there.items():
            cells = frame[name]
            if target in frame.columns and cells.dtype == pl.String:
                cells = cells.set(frame[target].is_null(), None)
            read.append(form.apply(cells))
        return frame.with_columns(read) if read else frame

    def only(self, names: Collection[str]) -> Forms:
        """The forms of these columns."""
        return Forms(tuple(form for form in self.columns if form.name in names))

    def to_dict(self) -> dict[str, Any]:
        """What a model file needs, in JSON's types only."""
        return {"columns": [form.to_dict() for form in self.columns]}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The forms that `to_dict` described; a ModelFileError for any other document."""
        return cls(_document.read("forms", _read_forms, document))


def find_forms(
    frame: pl.DataFrame,
    kinds: Mapping[str, str] | None = None,
    missing: Mapping[str, Sequence[str]] | None = None,
    target: str | None = None,
) -> Forms:
    """How the cells of each column are written, from all of its cells.

    Parameters
    ----------
    frame : polars.DataFrame
        What `read_table` or `from_dataframe` returned.
    kinds : mapping, optional
        What columns are, one of `shoal.tables._settings.KINDS`, whatever they look like.
    missing : mapping, optional
        Values that mean "missing", by column.
    target : str, optional
        The column to predict: it is a number or a class, and never a date.

    Raises
    ------
    DataError
        If there is no such column.
    UsageError
        If there is no such kind.
    """
    kinds, missing = kinds or {}, missing or {}
    for name in (*kinds, *missing):
        find_column(frame.columns, name)
    if unknown := [kind for kind in kinds.values() if kind not in KINDS]:
        raise UsageError("tables.unknown_kind", kind=quoted(unknown[0]), kinds=listed(KINDS))
    decimal = cache(partial(_decimal_of, frame))
    plain = _plain_numbers(frame) - set(kinds) - set(missing)
    found = (
        _find(series, decimal, kinds.get(series.name), told_missing(missing.get(series.name, ())), target)
        for series in frame
        if series.name not in plain
    )
    return Forms(tuple(form for form in found if form is not None))


def _plain_numbers(frame: pl.DataFrame) -> set[str]:
    """The columns of text that hold numbers and nothing else, found in one pass over the table.

    They have no form. Left out are codes (``007``), what may be a date (seven digits and more), and what may
    have points between thousands.
    """
    import polars as pl

    text = pl.col(pl.String)
    number, grouped, point = (
        text.str.contains(_PLAIN).all().name.prefix("0"),
        text.str.contains(_GROUPED).all().name.prefix("1"),
        text.str.contains(".", literal=True).any().name.prefix("2"),
    )
    found = frame.select(number, grouped, point)
    told = found.row(0, named=True) if found.width else {}  # no column of text
    names = [name[1:] for name in told if name[0] == "0"]
    return {name for name in names if told[f"0{name}"] and not (told[f"1{name}"] and told[f"2{name}"])}


def _find(
    series: pl.Series, decimal: Decimal, kind: str | None, missing: tuple[str, ...], target: str | None
) -> Form | None:
    import polars as pl

    if kind in ("category", "text", "identifier"):
        return _forced_text(series, missing)
    may_be_dates = kind in _ORDERS or (kind is None and series.name != target)
    if series.dtype != pl.String:
        if may_be_dates and series.dtype.is_numeric() and (form := _in_numbers(series, kind, missing)):
            return form
        return NumberForm(series.name, missing=missing) if missing else None
    levels, lost = _words(series, missing, target)
    series = series.set(series.is_in(list(lost)), None)
    known = series.filter(series.is_not_null() & ~series.is_in(list(missing)))
    if known.is_empty():
        return None
    understood = kind_of_cells(known)
    if may_be_dates and (form := _dates(series, known, understood, kind, missing)) is not None:
        return form
    if understood == ColumnKind.NUMBER:
        return _of_plain_numbers(known, decimal, missing)
    is_target = series.name == target
    form = _numbers(series, known, understood, decimal, kind, missing)
    if form is not None and not (
        is_target and isinstance(form, AmountForm | PeeledForm) and _are_classes(known)
    ):
        return form
    alike = (is_target or understood == ColumnKind.CATEGORY) and _are_spelled_alike(known)
    looks = is_target and known.str.to_lowercase().is_in([*MISSING_WORDS]).any()
    if alike or levels or missing or looks or (is_target and lost):
        return find_words(series, levels, missing, lost if is_target else None)
    return None


def _forced_text(series: pl.Series, missing: tuple[str, ...]) -> Form:
    """Every cell is what it is, but for what somebody said means "missing"."""
    import polars as pl

    if not missing:
        return AsItIs(series.name, "forced_text")
    if series.dtype != pl.String:
        return NumberForm(series.name, missing=missing)
    levels = tuple(word for word in WORDS_OR_LEVELS if word not in missing and (series == word).any())
    return WordForm(series.name, levels, missing=missing)


def _are_classes(known: pl.Series) -> bool:
    """Few different cells: 8:00 and 20:00 keep their names in a target."""
    return known.n_unique() <= _MOST_CLASSES


def _are_spelled_alike(series: pl.Series) -> bool:
    """Whether some cells differ only in case and spaces."""
    cells = series.drop_nulls()
    folded = cells.str.to_lowercase().str.replace_all(r"\s+", " ")
    return folded.n_unique() < cells.n_unique()


def _words(
    series: pl.Series, missing: tuple[str, ...], target: str | None
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Of the words that often mean "missing": those that are levels, and the others with their rows."""
    words = series.filter(series.is_in(WORDS_OR_LEVELS))
    if words.is_empty():
        return (), {}
    levels = levels_among(series.set(series.is_in(list(missing)), None), target=series.name == target)
    counts = sorted(words.value_counts().iter_rows())
    return levels, {word: count for word, count in counts if word not in (*levels, *missing)}


def _numbers(
    series: pl.Series,
    known: pl.Series,
    understood: str,
    decimal: Decimal,
    kind: str | None,
    missing: tuple[str, ...],
) -> Form | None:
    """The form of a column of text that holds numbers in other dress."""
    if kind == "number":
        return _forced_number(series, decimal(), missing)
    if understood != ColumnKind.CATEGORY or not _has_digits(known):
        return None
    form = find_number(series, decimal(), missing)
    if not isinstance(form, NumberForm) and (amounts := find_amounts(series, missing)) is not None:
        return amounts
    if not isinstance(form, NumberForm) and (peeled := find_peeled(series, decimal(), missing)) is not None:
        return peeled
    return form


def _forced_number(series: pl.Series, decimal: str | None, missing: tuple[str, ...]) -> Form:
    """The form of a column of which somebody said that it holds numbers: the one that reads all, or most."""
    for find in (find_number, lambda cells, _, words: find_amounts(cells, words), find_peeled):
        if isinstance(found := find(series, decimal, missing), NumberForm | AmountForm | PeeledForm):
            return found
    plain = forced_number(series, decimal, missing)
    peeled = forced_peeled(series, decimal, missing)
    if peeled is None:
        return plain
    lost = [form.apply(series).null_count() for form in (plain, peeled)]
    return plain if lost[0] < lost[1] or (lost[0] == lost[1] and not peeled.unit) else peeled


def _dates(
    series: pl.Series, known: pl.Series, understood: str, kind: str | None, missing: tuple[str, ...]
) -> Form | None:
    """The form of a column of text that holds dates; a plain one is left to its encoder."""
    if understood == ColumnKind.DATE:
        if kind is None:
            return either_order(known)
        return None if kind == "date" else _of_dates(series, kind, missing)
    if understood == ColumnKind.NUMBER:
        return _in_numbers(series, kind, missing)
    if understood != ColumnKind.CATEGORY or not (kind or _has_digits(known)):
        return None
    if kind is None and known.head(_SAMPLE).str.contains(_LONG_NUMBER).any():
        words = known.filter(~known.str.contains(_LONG_NUMBER)).unique().sort().to_list()
        if all(map(means_missing, words)):
            return _in_numbers(series.set(series.is_in(words), None), kind, (*missing, *words))
    return _of_dates(series, kind, missing)


def _may_be_compact(series: pl.Series) -> bool:
    """Whether whole numbers are dates of eight digits, as 20200317, or such with the time behind them."""
    import polars as pl

    known = series.drop_nulls().head(_SAMPLE).cast(pl.Float64)
    return (known.is_between(1e7, 1e8) | known.is_between(1e11, 1e14)).all() and are_compact(
        series.drop_nulls()
    )


def _in_numbers(series: pl.Series, kind: str | None, missing: tuple[str, ...]) -> Form | None:
    """The form of a column of numbers that are dates."""
    import polars as pl

    known = series.drop_nulls()
    if missing:
        known = known.filter(~written(known).is_in([*missing]))
    if kind or _may_be_compact(known):
        return _of_dates(series, kind, missing)
    sample = known.head(_SAMPLE).cast(pl.Float64)
    since = sample.is_between(6.3e8, 2.85e9) | sample.is_between(6.3e11, 2.85e12)
    if len(sample) and (since.all() or sample.is_between(1.9e6, 2.1e6).all()):
        return find_counted(series, missing)
    return None


def _has_digits(known: pl.Series) -> bool:
    return bool(known.head(_SAMPLE).str.contains(r"\d").any())


def _of_dates(series: pl.Series, kind: str | None, missing: tuple[str, ...]) -> Form | None:
    if kind is None:
        return find_by_column(series, missing) or find_dates(series, missing)
    return forced_dates(series, missing, _ORDERS[kind], kind == "date-year-first")


def _of_plain_numbers(known: pl.Series, decimal: Decimal, missing: tuple[str, ...]) -> Form | None:
    """``1.234`` is a thousand where the other columns have a decimal comma."""
    if known.str.contains(_GROUPED).all() and _has_points(known) and decimal() == ",":
        marks = choose_marks(known.str.strip_prefix("-").unique().to_list(), ",")
        if marks is not None and marks.grouping == ".":
            return NumberForm(known.name, *marks, missing=missing)
    return NumberForm(known.name, missing=missing) if missing else None


def _has_points(known: pl.Series) -> bool:
    return bool(known.str.contains(".", literal=True).any())


def _decimal_of(frame: pl.DataFrame) -> str | None:
    """The decimal mark that some columns leave no doubt of, if they all agree."""
    import polars as pl

    columns = frame.select(pl.col(pl.String))
    said = {decimal_said(series.drop_nulls().head(_SAMPLE).to_list()) for series in columns} - {None}
    return said.pop() if len(said) == 1 else None


def _read_forms(document: object) -> tuple[Form, ...]:
    """The forms of columns with different names."""
    columns = _DOCUMENT(document)["columns"]
    if len({form.name for form in columns}) < len(columns):
        raise schema.MismatchError("columns")
    return tuple(columns)


_DOCUMENT = schema.record(
    {
        "columns": schema.list_of(
            schema.tagged("kind", {kind: form.from_dict for kind, form in _FORMS.items()})
        )
    }
)
