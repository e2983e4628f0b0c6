"""A table of its own that judges: its rows become the test rows, read as the table to learn from was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted
from shoal.tables._cells import rows_counted_in
from shoal.tables._columns import Column, find_column
from shoal.tables.encode import TargetEncoder, Task, encoder_of
from shoal.tables.forms import Forms
from shoal.tables.read import from_dataframe, read_table

if TYPE_CHECKING:
    import polars as pl


def with_test_rows(
    frame: pl.DataFrame,
    y: NDArray[Any],
    target: TargetEncoder,
    columns: Sequence[Column],
    forms: Forms,
    test: str | os.PathLike[str] | Any,
) -> tuple[pl.DataFrame, NDArray[Any], NDArray[np.intp]]:
    """A table and its targets, with the rows of a test table below; and where these stand in that table.

    Parameters
    ----------
    frame, y
        The rows to learn from, and their targets.
    target : TargetEncoder
        Which column the target is.
    columns : sequence of Column
        The columns to learn from; only these are needed of the test table.
    forms : Forms
        How cells are written.
    test : path or table
        The test table.

    Raises
    ------
    DataError
        If the test table lacks a column, a cell is of another kind, or a class is new.
    """
    names = [*(column.name for column in columns), target.name]
    given = read_table(test) if isinstance(test, str | os.PathLike) else from_dataframe(test)
    for name in names:
        find_column(given.columns, name)
    cells = forms.only(names).apply(given)
    below, truth = target.transform(cells)
    if not len(truth):
        raise DataError("training.nothing_to_judge", name=quoted(target.name))
    new = np.setdiff1d(truth, y) if target.task is Task.CLASSIFICATION else y[:0]
    if len(new):
        labels, known = (listed(group.tolist()) for group in (new, np.unique(y)))
        raise DataError("training.unknown_labels", column=quoted(target.name), labels=labels, known=known)
    places = target.known_rows(cells)
    with rows_counted_in(places):
        rows = _below(frame.select(names), below, columns)
    return rows, np.concatenate([y, truth]), places


def _below(upper: pl.DataFrame, lower: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """Both tables, one below the other; cells of the lower one become of the upper one's types."""
    import polars as pl

    parts, kinds = [], {column.name: column for column in columns}
    for series in upper:
        cells = lower[series.name]
        if cells.dtype == series.dtype:
            parts.append(pl.concat([series, cells]))
        elif (cast := cells.cast(series.dtype, strict=False)).null_count() == cells.null_count():
            parts.append(pl.concat([series, cast]))
        else:
            if (column := kinds.get(series.name)) is not None:  # it says which cell it cannot read
                encoder_of(column.kind).fit(series, column).encode(cells)
            parts.append(pl.concat([series.cast(pl.String), cells.cast(pl.String)]))
    return pl.DataFrame(parts)
