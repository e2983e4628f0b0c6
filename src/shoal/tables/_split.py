"""Which rows of a table learn, which stop the training, and which judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._settings import TableSettings
from shoal.tables.encode import Task

Rows = NDArray[np.intp]
Arrays = NDArray[Any]

VALIDATION_SHARE = 0.1
"""The share of validation rows (for early stopping) among the rows that are not test rows."""


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


def rows_seen(record: Mapping[str, Any], y: Arrays, task: Task) -> tuple[Rows, Rows]:
    """The rows that a model was fitted to, and others by which its overfitting can be seen; perhaps none.

    They are told from its record, as in `split_again`.
    """
    split = split_again(record, y, task)
    if not record.get("refit"):
        return split.train, split.test
    stopped_by = split.validation[: 0 if record.get("found") else None]  # a search draws others in each model
    return np.setdiff1d(np.arange(len(y)), stopped_by), stopped_by


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
