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
from shoal.tables._columns import ColumnKind, find_column
from shoal.tables._notes import Note
from shoal.tables._settings import KINDS
from shoal.tables.encode._encoder import kind_of_cells
from shoal.tables.forms._form import AsItIs, Form
from shoal.tables.forms._numbers import NumberForm, choose_marks, decimal_said, find_number, forced_number

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 200  # cells that say which decimal mark a column has
Decimal = Callable[[], str | None]  # looks at all columns, so it is asked only where it matters
_FORMS: dict[str, type[Form]] = {form.kind: form for form in (NumberForm, AsItIs)}


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
        return [note for form in self.columns for note in form.notes()]

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The table with the cells of these columns in their own types; columns that it lacks are no matter.

        Raises
        ------
        DataError
            If a cell is not written as its column is; the message names the row.
        """
        there = [form for form in self.columns if form.name in frame.columns]
        return frame.with_columns([form.apply(frame[form.name]) for form in there]) if there else frame

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
    found = (
        _find(series, decimal, kinds.get(series.name), tuple(missing.get(series.name, ())))
        for series in frame
    )
    return Forms(tuple(form for form in found if form is not None))


def _find(series: pl.Series, decimal: Decimal, kind: str | None, missing: tuple[str, ...]) -> Form | None:
    import polars as pl

    if kind in ("category", "text", "identifier"):
        return AsItIs(series.name, "forced_text")
    if series.dtype != pl.String:
        return NumberForm(series.name, missing=missing) if missing else None
    known = series.filter(series.is_not_null() & ~series.is_in(list(missing)))
    if known.is_empty():
        return None
    understood = kind_of_cells(known)
    if understood == ColumnKind.NUMBER:
        return _of_plain_numbers(known, decimal, missing)
    if understood != ColumnKind.CATEGORY and kind != "number":
        return None
    if kind != "number" and not known.head(_SAMPLE).str.contains(r"\d").any():
        return None
    form = find_number(series, decimal(), missing)
    if kind == "number" and not isinstance(form, NumberForm):
        return forced_number(series, decimal(), missing)
    return form


def _of_plain_numbers(known: pl.Series, decimal: Decimal, missing: tuple[str, ...]) -> Form | None:
    """``1.234`` is a thousand where the other columns have a decimal comma."""
    if known.str.contains(r"^-?[1-9]\d{0,2}(\.\d{3})*$").all() and _has_points(known) and decimal() == ",":
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
