"""A table becomes X: the encoders of its columns, side by side, and their form in a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from shoal.base.errors import DataError
from shoal.base.texts import text
from shoal.tables import _strict as strict
from shoal.tables._columns import Column, ColumnKind
from shoal.tables._values import DATE_FORMATS
from shoal.tables._wording import listed, shown
from shoal.tables.encode._columns import (
    MOST_LEVELS,
    BooleanEncoder,
    CategoryEncoder,
    ColumnEncoder,
    DateEncoder,
    FloatArray,
    NumberEncoder,
    Scale,
)

if TYPE_CHECKING:
    import polars as pl

_ENCODERS: dict[str, type[ColumnEncoder]] = {
    "number": NumberEncoder,
    "boolean": BooleanEncoder,
    "date": DateEncoder,
    "category": CategoryEncoder,
}


@dataclass(frozen=True)
class Surprise:
    """Cells of a column that were not understood: "infinite" numbers, or "unseen" levels.

    ``str(surprise)`` says so, in the language in force.
    """

    column: str
    kind: str
    rows: int

    def __str__(self) -> str:
        return text(f"tables.surprise_{self.kind}", column=shown(self.column), rows=self.rows)


@dataclass(frozen=True)
class TableEncoder:
    """Turns rows of a table into rows of X, always in the same way.

    Attributes
    ----------
    columns : tuple of ColumnEncoder
        In the order of their features.

    Examples
    --------
    >>> import polars
    >>> from shoal.tables import TableEncoder, describe
    >>> table = polars.DataFrame({"size": [1.0, 3.0, None], "wet": [True, False, True]})
    >>> encoder = TableEncoder.fit(table, describe(table))
    >>> encoder.feature_names
    ('size', 'size is missing', 'wet')
    >>> encoder.transform(table)
    array([[-1.,  0.,  1.],
           [ 1.,  0.,  0.],
           [ 0.,  1.,  1.]])
    """

    columns: tuple[ColumnEncoder, ...]

    @classmethod
    def fit(cls, frame: pl.DataFrame, columns: Sequence[Column]) -> Self:
        """Learn from the training rows how to encode these columns.

        Parameters
        ----------
        frame : polars.DataFrame
            The training rows only, so that nothing of the test rows is known.
        columns : sequence of Column
            What `describe` said of the features, without the target and what was set aside.
        """
        return cls(tuple(_encoder_of(c).fit(frame[c.name], c) for c in columns))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What each column of X is, for people; long names are shortened."""
        return tuple(name for column in self.columns for name in column.feature_names)

    def transform(self, frame: pl.DataFrame) -> FloatArray:
        """X of shape (rows, features), C-ordered float64, every number finite.

        Columns are found by name: their order does not matter, and others are ignored.

        Raises
        ------
        DataError
            If a column is missing, or a cell is not of the column's kind; the message names the row.
        """
        lacking = [column.name for column in self.columns if column.name not in frame.columns]
        if lacking:
            raise DataError("tables.missing_columns", names=listed(lacking))
        blocks = [column.encode(frame[column.name]) for column in self.columns]
        return np.hstack(blocks) if blocks else np.empty((frame.height, 0))

    def surprises(self, frame: pl.DataFrame) -> list[Surprise]:
        """The columns with cells that `transform` takes without an error, but not for what they say."""
        found = []
        for column in self.columns:
            if isinstance(column, NumberEncoder | CategoryEncoder):
                kind = "infinite" if isinstance(column, NumberEncoder) else "unseen"
                found.append(Surprise(column.name, kind, column.surprises(frame[column.name])))
        return [surprise for surprise in found if surprise.rows]

    def to_dict(self) -> dict[str, Any]:
        """What a model file needs to build the same encoder again, in JSON's types only."""
        kinds = {encoder: kind for kind, encoder in _ENCODERS.items()}
        return {"columns": [_document(kinds[type(column)], column) for column in self.columns]}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The encoder that `to_dict` described; a ModelFileError for any other document."""
        listing = strict.read(document, "table", {"columns": strict.items})["columns"]
        columns = tuple(_read_column(entry, f"columns[{i}]") for i, entry in enumerate(listing))
        if len({column.name for column in columns}) < len(columns):
            raise strict.damaged("columns")
        return cls(columns)


def _encoder_of(column: Column) -> type[ColumnEncoder]:
    """Free text and what is nested are read as categories; the latter raises there."""
    return _ENCODERS.get(column.kind, CategoryEncoder)


def _document(kind: str, column: ColumnEncoder) -> dict[str, Any]:
    document = {"kind": kind, **asdict(column)}
    if isinstance(column, CategoryEncoder):
        document["levels"] = list(column.levels)
    return document


def _read_column(document: object, where: str) -> ColumnEncoder:
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in _ENCODERS:
        raise strict.damaged(where)
    values = strict.read(document, where, {"kind": strict.text, **_CHECKS[kind]})
    del values["kind"]
    return _ENCODERS[kind](**values)


def _levels(value: object) -> tuple[str, ...]:
    """Sorted and different, and not more than `MOST_LEVELS`."""
    levels = [strict.text(level) for level in strict.items(value)]
    if len(levels) > MOST_LEVELS or levels != sorted(set(levels)):
        raise ValueError
    return tuple(levels)


def _scale(value: object) -> Scale:
    checks = {"mean": strict.number, "deviation": strict.number, "median": strict.number}
    scale = Scale(**strict.read(value, "scale", checks))
    if scale.deviation <= 0:
        raise ValueError
    return scale


def _date_format(value: object) -> str | None:
    if value is not None and value not in DATE_FORMATS:
        raise ValueError
    return value if isinstance(value, str) else None


_COMMON: dict[str, strict.Check] = {"name": strict.text, "missing": strict.truth}
_CHECKS: dict[str, dict[str, strict.Check]] = {
    ColumnKind.NUMBER: {**_COMMON, "scale": _scale},
    ColumnKind.BOOLEAN: {**_COMMON, "usual": strict.truth},
    ColumnKind.DATE: {
        **_COMMON,
        "date_format": _date_format,
        "clock": strict.truth,
        "scale": _scale,
    },
    ColumnKind.CATEGORY: {**_COMMON, "levels": _levels, "other": strict.truth},
}
