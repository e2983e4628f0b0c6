"""The plan of a training: the test rows, the columns to learn from, the problems found.

The test rows are held out first: the search for leaks, the encoders, early stopping and the choice of
penalties see only the other rows. All that is known of the test rows before the end is the kind of their
cells, and which classes there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import quoted
from shoal.tables._columns import Column, ColumnKind, Finding, find_column
from shoal.tables._settings import TableSettings
from shoal.tables.encode import TargetEncoder, Task, describe
from shoal.tables.findings import choose_features, find_problems
from shoal.tables.forms import Forms, find_forms

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.intp]
Arrays = NDArray[Any]

FEWEST_ROWS_TO_LEARN = 10
VALIDATION_SHARE = 0.1
"""The share of validation rows (for early stopping) among the rows that are not test rows."""

_TASKS = dict.fromkeys(("category", "text", "boolean"), "classification") | {"number": "regression"}
"""The task that follows from what somebody said that the target is."""

_LARGEST_TARGET = 1e100  # its square, and the square of its errors, are still numbers


@dataclass(frozen=True)
class RowSplit:
    """Row numbers: training, validation and test rows."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def learned(self) -> Rows:
        """All rows that are not test rows."""
        return np.sort(np.concatenate([self.train, self.validation]))


@dataclass(frozen=True)
class Plan:
    """The target, the columns and the rows of a training that has not begun."""

    target: TargetEncoder
    features: list[Column]
    findings: list[Finding]
    frame: pl.DataFrame  # the rows whose target is known
    y: Arrays  # (rows,)
    split: RowSplit
    unknown: int  # rows whose target is missing
    forms: Forms  # how the cells of the columns and of the target are written


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
    columns = [_as_told(column, settings.columns.get(column.name)) for column in describe(frame)]
    dropped = {find_column(frame.columns, name) for name in settings.drop}
    columns = [c for c in columns if c.name not in dropped]
    findings = [
        replace(finding, drop=finding.drop and finding.column not in settings.keep)
        for finding in find_problems(frame, target, columns, task, split.learned)
    ]
    features = choose_features(columns, target, findings, settings.keep)
    return Plan(encoder, features, findings, known, y, split, frame.height - len(y), forms)


def _as_told(column: Column, kind: str | None) -> Column:
    """The column as the kind that somebody said it is; the forms have read its cells as such."""
    told = {"category": ColumnKind.CATEGORY, "text": ColumnKind.TEXT, "identifier": ColumnKind.TEXT}
    return replace(column, kind=told[kind], whole=False, date_format=None) if kind in told else column


def _check_columns(target: str, settings: TableSettings) -> None:
    """The target cannot be a feature, and a column cannot be both kept and dropped."""
    for option, names in (("keep", settings.keep), ("drop", settings.drop)):
        if target in names:
            raise UsageError("training.target_wished", column=quoted(target), option=option)
    for name in settings.keep:
        if name in settings.drop:
            raise UsageError("training.kept_and_dropped", column=quoted(name))


def split_table(y: Arrays, task: Task, settings: TableSettings) -> RowSplit:
    """Hold out test rows, then validation rows; each class (or range of a number) keeps its share."""
    random = np.random.default_rng(settings.seed)
    rows = np.arange(len(y))
    test = draw_share(y, task, rows, settings.test_share, random)
    learned = np.setdiff1d(rows, test)
    validation = draw_share(y, task, learned, VALIDATION_SHARE, random)
    return RowSplit(np.setdiff1d(learned, validation), validation, test)


def split_again(record: Mapping[str, Any], y: Arrays, task: Task) -> RowSplit:
    """The rows of a training that is over, from its record (`TrainingRecord.to_dict`) and the same y."""
    settings = record["settings"]
    split = split_table(y, task, TableSettings(seed=settings["seed"], test_share=settings["test_share"]))
    if len(split.train) == record["rows"]["train"]:
        return split
    return RowSplit(split.learned, split.validation[:0], split.test)  # nothing was stopped by these rows


def draw_share(y: Arrays, task: Task, rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """The same share of each group: at least one row and never all of them; none of a single row."""
    held = []
    groups = _groups(y[rows], task, share)
    for group in np.unique(groups):
        members = random.permutation(rows[groups == group])
        count = max(1, round(share * len(members)))
        held.append(members[: min(count, len(members) - 1)])
    return np.sort(np.concatenate(held))


def _groups(y: Arrays, task: Task, share: float) -> NDArray[np.intp]:
    """The class of each row; for numbers, groups of similar values, each so large that it gives a row."""
    if task is Task.CLASSIFICATION:
        groups: NDArray[np.intp] = np.unique(y, return_inverse=True)[1]
        return groups
    rank = np.argsort(np.argsort(y, kind="stable"))
    return rank * max(1, round(min(share, 1 - share) * len(y))) // len(y)
