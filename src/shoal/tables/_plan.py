"""The plan of a training: the test rows, the columns to learn from, the problems found.

The test rows are held out first: the search for leaks, the encoders, early stopping and the choice of
penalties see only the other rows. All that is known of the test rows before the end is the kind of their
cells, and which classes there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import quoted
from shoal.tables._columns import as_told, find_column
from shoal.tables._estimator import Reading
from shoal.tables._settings import TableSettings
from shoal.tables._split import RowSplit, split_table
from shoal.tables.encode import TargetEncoder, Task, describe
from shoal.tables.findings import choose_features, find_problems
from shoal.tables.forms import find_forms

if TYPE_CHECKING:
    import polars as pl

Arrays = NDArray[Any]

FEWEST_ROWS_TO_LEARN = 10
_TASKS = dict.fromkeys(("category", "text", "boolean"), "classification") | {"number": "regression"}
"""The task that follows from what somebody said that the target is."""

_LARGEST_TARGET = 1e100  # its square, and the square of its errors, are still numbers


@dataclass(frozen=True)
class Plan:
    """The target, the columns and the rows of a training that has not begun."""

    reading: Reading
    frame: pl.DataFrame  # the rows whose target is known
    y: Arrays  # (rows,)
    split: RowSplit
    unknown: int  # rows whose target is missing
    asked: Mapping[str, Any]  # the parameters of the estimator for tables, besides the one inside

    @property
    def target(self) -> TargetEncoder:
        """Which column is the target, and how it is read."""
        return self.reading.target


def make_plan(frame: pl.DataFrame, target: str, settings: TableSettings) -> Plan:
    """Decide from which columns and rows to learn.

    Raises
    ------
    UsageError
        If a column is asked for that cannot be used.
    DataError
        If the table or its target cannot be learned from.
    """
    _check_columns(target, settings)
    forms = find_forms(frame, settings.columns, settings.missing)
    frame = forms.apply(frame)
    task = settings.task or _TASKS.get(settings.columns.get(target, ""))
    encoder = TargetEncoder.fit(frame, target, task)
    known, y = encoder.transform(frame)
    if len(y) < FEWEST_ROWS_TO_LEARN:
        raise DataError("training.few_rows", rows=len(y), least=FEWEST_ROWS_TO_LEARN)
    if encoder.task is Task.REGRESSION and np.abs(y).max() > _LARGEST_TARGET:
        raise DataError("training.large_target", column=quoted(target), most=_LARGEST_TARGET)
    split = split_table(y, encoder.task, settings)
    if not settings.stops_early:
        split = RowSplit(split.learned, split.validation[:0], split.test)
    elif not len(split.validation):  # every class has two rows: a training row and a test row
        raise DataError("training.no_validation", column=quoted(target))
    columns = [as_told(column, settings.columns.get(column.name)) for column in describe(frame)]
    dropped = {find_column(frame.columns, name) for name in settings.drop}
    columns = [c for c in columns if c.name not in dropped]
    problems = find_problems(frame, target, columns, task, split.learned)
    findings = [finding.unless_kept(settings.keep) for finding in problems]
    features = choose_features(columns, target, findings, settings.keep)
    asked = {name: getattr(settings, name) for name in ("columns", "missing", "keep", "drop")}
    reading = Reading(features, encoder, forms, findings)
    return Plan(reading, known, y, split, frame.height - len(y), asked)


def _check_columns(target: str, settings: TableSettings) -> None:
    """The target cannot be a feature, and a column cannot be both kept and dropped."""
    for option, names in (("keep", settings.keep), ("drop", settings.drop)):
        if target in names:
            raise UsageError("training.target_wished", column=quoted(target), option=option)
    for name in settings.keep:
        if name in settings.drop:
            raise UsageError("training.kept_and_dropped", column=quoted(name))
