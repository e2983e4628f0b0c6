"""The plan of a training: the test rows, the columns to learn from, the problems found.

The test rows are held out first: the search for leaks, the encoders, early stopping and the choice of
penalties see only the other rows. All that is known of the test rows before the end is the kind of their
cells, and which classes there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import listed, quoted
from shoal.tables._cells import rows_counted_in
from shoal.tables._columns import as_told, find_column
from shoal.tables._notes import Note
from shoal.tables._reading import Reading, used_rows
from shoal.tables._settings import TableSettings, check_loss
from shoal.tables._split import FREE, RowSplit, Ties, split_off_validation, split_table
from shoal.tables._test_table import with_test_rows
from shoal.tables._ties import find_ties
from shoal.tables.encode import TargetEncoder, Task, check_counts, describe
from shoal.tables.fair import costs_of
from shoal.tables.findings import choose_features, find_problems, identifiers_in
from shoal.tables.forms import Forms

if TYPE_CHECKING:
    import polars as pl

Arrays = NDArray[Any]

FEWEST_ROWS_TO_LEARN = 10
_TASKS = dict.fromkeys(("category", "text", "boolean"), "classification") | {"number": "regression"}
"""The task that follows from what somebody said that the target is."""

_ASKED = ("columns", "missing", "keep", "drop", "group", "order")
"""The settings that are parameters of the estimators of tables too."""

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
    ties: Ties = FREE  # what every further split of the rows has to respect
    noticed: tuple[Note, ...] = ()
    weights: Arrays | None = None  # (rows,)
    class_weight: str | None = None
    cost: Mapping[str, float] = field(default_factory=dict)
    log_target: bool = False  # see `with_scale`
    loss: str | None = None  # of a number; None is the squared error
    own: int | None = None  # so many rows are the table's, the others a test table's; None: all

    @property
    def target(self) -> TargetEncoder:
        """Which column is the target, and how it is read."""
        return self.reading.target

    @property
    def counts(self) -> bool:
        """Whether the target is learned, and judged, as a count."""
        return self.loss == "poisson"

    @property
    def own_rows(self) -> int:
        """How many of the rows are of the table to learn from."""
        return len(self.y) if self.own is None else self.own

    def weights_of(self, rows: Arrays) -> Arrays | None:
        """The weights of some of the rows; None where all weigh the same."""
        return None if self.weights is None else self.weights[rows]


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
    task = settings.task or _TASKS.get(settings.columns.get(target, ""))
    rows = used_rows(frame, target, task, settings.columns, settings.missing)
    forms, encoder, known, y = rows.forms, rows.target, rows.frame, rows.y
    _check_target(encoder, y, settings)
    if settings.counts:
        check_counts(y, rows.places, target)
    columns = [as_told(column, settings.columns.get(column.name)) for column in describe(known)]
    away = {find_column(known.columns, name) for name in (*settings.drop, *_not_learned(settings))}
    columns = [c for c in columns if c.name not in away]
    features = [c for c in columns if c.name != target]
    with rows_counted_in(rows.places):
        fair = find_ties(known, features, y, encoder, settings, identifiers_in(known, features))
    split = _split(y, encoder, settings, fair.ties)
    problems = find_problems(known, encoder, columns, task, split.learned, settings.columns)
    findings = [rows.in_the_table(finding.unless_kept(settings.keep)) for finding in problems]
    features = choose_features(columns, target, findings, settings.keep)
    asked = {name: getattr(settings, name) for name in _ASKED}
    plan = Plan(
        Reading(features, encoder, forms, findings),
        known,
        y,
        split,
        frame.height - len(y),
        asked,
        fair.ties,
        fair.noticed,
        fair.weights,
        settings.class_weight,
        {str(label): float(cost) for label, cost in settings.cost.items()},
        loss=settings.loss,
    )
    return plan if settings.test is None else _with_test_table(plan, settings.test)


def _with_test_table(plan: Plan, test: Any) -> Plan:
    """The plan with the rows of the test table behind its own; they weigh 1 each."""
    columns, forms = plan.reading.columns, plan.reading.forms or Forms()
    frame, y, places = with_test_rows(plan.frame, plan.y, plan.target, columns, forms, test)
    own = len(plan.y)
    if plan.counts:
        check_counts(y[own:], places, plan.target.name)
    split = RowSplit(plan.split.train, plan.split.validation, np.arange(own, len(y)))
    weights = None if plan.weights is None else np.append(plan.weights, np.ones(len(y) - own))
    return replace(plan, frame=frame, y=y, split=split, weights=weights, own=own)


def _split(y: Arrays, encoder: TargetEncoder, settings: TableSettings, ties: Ties) -> RowSplit:
    """The split of the rows, as far as this training needs one."""
    if settings.test is not None:
        split = split_off_validation(y, encoder.task, settings, ties)
    else:
        split = split_table(y, encoder.task, settings, ties)
    if not len(split.test) and settings.test is None:
        raise DataError("tables.few_units", units=1, needed=2)
    if not settings.stops_early:
        split = RowSplit(split.learned, split.validation[:0], split.test)
    elif not len(split.validation):  # every class has two rows: a training row and a test row
        raise DataError("training.no_validation", column=quoted(encoder.name))
    if encoder.task is Task.CLASSIFICATION:
        _check_classes(y, split, encoder.name)
    return split


def _check_classes(y: Arrays, split: RowSplit, target: str) -> None:
    """All classes are to be learned; by the order of time a class may come only at the end."""
    for late in (split.test, split.validation):
        rest = np.setdiff1d(np.arange(len(y)), np.union1d(split.test, late))
        if len(lost := np.setdiff1d(y, y[rest])):
            raise DataError("tables.late_classes", column=quoted(target), labels=listed(lost.tolist()))


def _check_target(encoder: TargetEncoder, y: Arrays, settings: TableSettings) -> None:
    if len(y) < FEWEST_ROWS_TO_LEARN:
        raise DataError("training.few_rows", rows=len(y), least=FEWEST_ROWS_TO_LEARN)
    if encoder.task is Task.CLASSIFICATION:
        if settings.loss is not None:
            raise UsageError("training.only_numbers", option="loss", column=quoted(encoder.name))
        costs_of(settings.cost, np.unique(y).tolist())  # refused now, and not after the training
    else:
        if np.abs(y).max() > _LARGEST_TARGET:
            column = quoted(encoder.name)
            raise DataError("training.large_target", column=column, most=_LARGEST_TARGET)
        for option, given in (("class_weight", settings.class_weight), ("cost", settings.cost)):
            if given:
                raise UsageError("training.only_classes", option=option, column=quoted(encoder.name))


def _not_learned(settings: TableSettings) -> list[str]:
    """The columns that say how to split and to weigh; nothing is learned from them."""
    return [name for name in (settings.group, settings.weight) if name is not None]


def _check_columns(target: str, settings: TableSettings) -> None:
    """The target cannot be a feature, and a column cannot be both kept and dropped."""
    given = {name: getattr(settings, name) for name in ("group", "order", "weight")}
    roles = {option: (name,) for option, name in given.items() if name is not None}
    for option, names in {"keep": settings.keep, "drop": settings.drop, **roles}.items():
        if target in names:
            raise UsageError("training.target_wished", column=quoted(target), option=option)
    for name in _not_learned(settings):
        if name in settings.keep:
            raise UsageError("training.not_learned", column=quoted(name))
    if settings.group is not None and settings.order is not None:
        raise UsageError("training.group_and_order")
    check_loss(settings.loss)
    if settings.counts and settings.log_target == "yes":
        raise UsageError("training.poisson_logarithm")
    if settings.class_weight is not None and settings.cost:
        raise UsageError("training.weight_and_cost")
    for name in settings.keep:
        if name in settings.drop:
            raise UsageError("training.kept_and_dropped", column=quoted(name))
