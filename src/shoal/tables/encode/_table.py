"""A table becomes X: the encoders of its columns, side by side, and their form in a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from shoal.base import schema
from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted
from shoal.base.texts import text
from shoal.tables import _document
from shoal.tables._columns import Column
from shoal.tables.encode._encoder import ColumnEncoder, FloatArray, encoder_of, read_encoder

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Surprise:
    """Cells of a column that were accepted but cannot be used as written.

    `kind` is the reason: "infinite" for numbers, "unseen" for levels. ``str(surprise)`` explains it in the
    language in force.
    """

    column: str
    kind: str
    rows: int

    def __str__(self) -> str:
        return text(f"tables.surprise_{self.kind}", column=quoted(self.column), rows=self.rows)


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
        return cls(tuple(encoder_of(c.kind).fit(frame[c.name], c) for c in columns))

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
        X, done = np.empty((frame.height, len(self.feature_names))), 0
        for column in self.columns:
            block = column.encode(frame[column.name])
            X[:, done : done + block.shape[1]] = block
            done += block.shape[1]
        return X

    def surprises(self, frame: pl.DataFrame) -> list[Surprise]:
        """The columns with cells that `transform` accepts but cannot use as written."""
        return [
            Surprise(column.name, kind, rows)
            for column in self.columns
            for kind, rows in column.surprises(frame[column.name]).items()
            if rows
        ]

    def to_dict(self) -> dict[str, Any]:
        """What a model file needs to build the same encoder again, in JSON's types only."""
        return {"columns": [column.to_dict() for column in self.columns]}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The encoder that `to_dict` described; a ModelFileError for any other document."""
        return cls(_document.read("table", _read_columns, document))


def _read_columns(document: object) -> tuple[ColumnEncoder, ...]:
    """The encoders of columns with different names."""
    columns = _COLUMNS(document)["columns"]
    if len({column.name for column in columns}) < len(columns):
        raise schema.MismatchError("columns")
    return tuple(columns)


_COLUMNS = schema.record({"columns": schema.list_of(read_encoder)})
