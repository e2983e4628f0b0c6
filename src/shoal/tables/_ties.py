"""What a table's rows are tied by: copies, groups, time, weights; and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.base.shown import quoted
from shoal.tables._cells import as_text, checked, parse_numbers
from shoal.tables._columns import Column, ColumnKind, find_column
from shoal.tables._notes import Note
from shoal.tables._settings import TableSettings
from shoal.tables._split import FREE, Rows, Ties, draw_share
from shoal.tables.encode import TargetEncoder, Task, describe
from shoal.tables.fair import Copies, find_copies, joined, notice_order, notice_target, times_of

if TYPE_CHECKING:
    import polars as pl

Arrays = NDArray[Any]

_FEWEST_GROUPS = 3  # to learn from, to stop by, to judge by
_LOOKED_AT = (
    ColumnKind.NUMBER,
    ColumnKind.BOOLEAN,
    ColumnKind.DATE,
    ColumnKind.TIME,
    ColumnKind.CATEGORY,
)


@dataclass(frozen=True)
class Fairness:
    """What a split has to respect, the weights of the rows, and what was noticed about them."""

    ties: Ties
    weights: Arrays | None
    noticed: tuple[Note, ...]


def find_ties(
    known: pl.DataFrame,
    columns: Sequence[Column],
    y: Arrays,
    target: TargetEncoder,
    settings: TableSettings,
    identifiers: Collection[str] = (),
) -> Fairness:
    """Look for copies and for the order of time, and read the columns of groups, time and weights.

    Parameters
    ----------
    known : polars.DataFrame
        The rows whose target is known.
    columns : sequence of Column
        Those that may be learned from.
    y, target, settings
        The targets of these rows, which column they are, and what was asked for.
    identifiers : collection of str
        The columns that tell rows apart, and so hide copies.

    Raises
    ------
    DataError
        If a column cannot be what it was said to be.
    """
    ties, copies = _ties_of(known, columns, identifiers, y, settings.group, settings.order)
    noticed = _of_copies(copies)
    if settings.order is None:
        noticed += notice_order(known, columns, known[find_column(known.columns, target.name)])
    noticed += notice_target(y, target.task, settings.loss)
    weights = None if settings.weight is None else _weights(known, settings.weight)
    return Fairness(ties, weights, tuple(noticed))


def _ties_of(
    known: pl.DataFrame,
    columns: Sequence[Column],
    identifiers: Collection[str],
    y: Arrays,
    group: str | None,
    order: str | None,
) -> tuple[Ties, Copies]:
    looked_at = [c for c in columns if c.kind in _LOOKED_AT and c.name not in identifiers]
    copies = find_copies(known, looked_at, y)
    unit = copies.unit if copies.count else None
    if group is not None:
        groups = _groups(known, group)
        unit = groups if unit is None else joined(groups, unit)
    time = None if order is None else _times(known, order)
    return FREE if unit is None and time is None else Ties(unit, time), copies


@dataclass(frozen=True)
class StopBy:
    """The rows of a table that stop the training of a network in it (`stop_by` of its `fit`).

    The ties are looked for when they are needed: most fits do not stop early.

    Attributes
    ----------
    frame, columns, y, task
        The rows that are given to the network, the columns to learn from, and what is learned.
    identifiers_in : callable
        Which of the columns tell rows apart (`shoal.tables.findings.identifiers_in`).
    group, order : str or None
        See `TableSettings`.
    """

    frame: pl.DataFrame
    columns: Sequence[Column]
    y: Arrays
    task: Task
    identifiers_in: Callable[[pl.DataFrame, Sequence[Column]], Collection[str]]
    group: str | None
    order: str | None

    @cached_property
    def ties(self) -> Ties:
        """What ties these rows."""
        known = self.identifiers_in(self.frame, self.columns)
        return _ties_of(self.frame, self.columns, known, self.y, self.group, self.order)[0]

    def __call__(self, rows: Rows, share: float, seed: int) -> Rows | None:
        """Which of these rows are set aside; None if nothing ties them, so that they are drawn one by one."""
        if self.ties.plain:
            return None
        return draw_share(self.y, self.task, rows, share, np.random.default_rng(seed), self.ties)


def _of_copies(copies: Copies) -> list[Note]:
    if not copies.count:
        return []
    counts = {"rows": copies.count, "exact": copies.exact, "near": copies.near, "total": len(copies.unit)}
    found = [Note("copies", counts)]
    if copies.differing:
        found.append(Note("copies_differ", {"rows": copies.differing}))
    return found


def _groups(known: pl.DataFrame, name: str) -> NDArray[np.intp]:
    """The number of each row's group; a row without one is a group of its own."""
    cells = as_text(known[find_column(known.columns, name)])
    labels = np.unique(cells.fill_null("").to_numpy().astype(str), return_inverse=True)[1]
    missing = cells.is_null().to_numpy()
    unit: NDArray[np.intp] = np.where(missing, labels.max() + 1 + np.arange(len(labels)), labels)
    if (count := len(np.unique(unit))) < _FEWEST_GROUPS:
        raise DataError("tables.few_groups", column=quoted(name), groups=count, least=_FEWEST_GROUPS)
    return unit


def _times(known: pl.DataFrame, name: str) -> NDArray[np.float64]:
    name = find_column(known.columns, name)
    column = describe(known.select(name))[0]
    times = times_of(known[name], column)
    if times is None:
        raise DataError("tables.no_order", column=quoted(name), kind=column.kind)
    if not np.isfinite(times).all():
        row = int(np.flatnonzero(~np.isfinite(times))[0]) + 1
        raise DataError("tables.no_time", column=quoted(name), row=row)
    return times


def _weights(known: pl.DataFrame, name: str) -> NDArray[np.float64]:
    series = known[find_column(known.columns, name)]
    weights = checked(series, parse_numbers(series), "tables.not_a_number").to_numpy()
    wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
    if len(wrong):
        raise DataError("tables.no_weight", column=quoted(name), row=int(wrong[0]) + 1)
    if not weights.any():
        raise DataError("tables.no_weights", column=quoted(name))
    return weights
