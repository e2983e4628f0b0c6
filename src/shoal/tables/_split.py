"""Which rows of a table learn, which stop the training, and which judge.

Rows that belong together (copies, or the rows of a group) share a *unit* and are never parted. With an order
in time nothing is drawn: the last rows judge, and of the others the last ones stop the training.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.tables._settings import TableSettings
from shoal.tables.encode import Task

Rows = NDArray[np.intp]
Arrays = NDArray[Any]

VALIDATION_SHARE = 0.1
"""The share of validation rows (for early stopping) among the rows that are not test rows."""

_TOO_LARGE = 1.5  # a unit that is so many times what is to be held out is passed over if it can be


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

    def within(self, rows: int) -> RowSplit:
        """The split of the first rows only."""
        parts = (part[part < rows] for part in (self.train, self.validation, self.test))
        return RowSplit(*parts)

    def to_dict(self) -> dict[str, str]:
        """Which rows are held out, in JSON's types: a bit for each row."""
        rows = len(self.train) + len(self.validation) + len(self.test)
        return {"validation": _as_bits(self.validation, rows), "test": _as_bits(self.test, rows)}


@dataclass(frozen=True)
class Ties:
    """What a split of rows has to respect.

    Attributes
    ----------
    unit : ndarray of shape (rows,) or None
        A number for each row; rows with the same one stay together.
    time : ndarray of shape (rows,) or None
        When each row was, as a number; rows of the same time stay together.
    """

    unit: Rows | None = None
    time: Arrays | None = None

    @property
    def plain(self) -> bool:
        """Whether there is nothing to respect, so that rows are drawn one by one."""
        return self.unit is None and self.time is None

    def of(self, rows: Rows) -> Ties:
        """The same of some of the rows."""
        parts = (None if each is None else each[rows] for each in (self.unit, self.time))
        return Ties(*parts)


FREE = Ties()


def split_table(y: Arrays, task: Task, settings: TableSettings, ties: Ties = FREE) -> RowSplit:
    """Hold out test rows, then validation rows; each class (or range of a number) keeps its share."""
    random = np.random.default_rng(settings.seed)
    rows = np.arange(len(y))
    test = draw_share(y, task, rows, settings.test_share, random, ties)
    learned = np.setdiff1d(rows, test)
    validation = draw_share(y, task, learned, VALIDATION_SHARE, random, ties)
    return RowSplit(np.setdiff1d(learned, validation), validation, test)


def split_off_validation(y: Arrays, task: Task, settings: TableSettings, ties: Ties = FREE) -> RowSplit:
    """Hold out validation rows only: another table judges."""
    random, rows = np.random.default_rng(settings.seed), np.arange(len(y))
    validation = draw_share(y, task, rows, VALIDATION_SHARE, random, ties)
    return RowSplit(np.setdiff1d(rows, validation), validation, rows[:0])


def split_again(record: Mapping[str, Any], y: Arrays, task: Task) -> RowSplit:
    """The rows of a training that is over, from its record (`TrainingRecord.to_dict`) and the same y."""
    rows = np.arange(len(y))
    if kept := record.get("split"):
        validation, test = (_from_bits(kept[name], len(y)) for name in ("validation", "test"))
        return RowSplit(np.setdiff1d(rows, np.union1d(validation, test)), validation, test)
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


def folds_of(y: Arrays, task: Task, folds: int, seed: int, ties: Ties = FREE) -> list[tuple[Rows, Rows]]:
    """The rows to learn from and the rows to judge by, for each fold of a search.

    With an order in time the window grows: each fold learns from all that was before the rows that judge it.

    Raises
    ------
    DataError
        If there are fewer units, or fewer times, than the folds need.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    if ties.time is not None:
        return _windows(ties.time, ties.unit, folds)
    if ties.unit is None:
        kind = StratifiedKFold if task is Task.CLASSIFICATION else KFold
        return list(kind(folds, shuffle=True, random_state=seed).split(y, y))
    place = _fold_of_rows(y, task, folds, np.random.default_rng(seed), ties.unit)
    return [(np.flatnonzero(place != fold), np.flatnonzero(place == fold)) for fold in range(folds)]


def draw_share(
    y: Arrays, task: Task, rows: Rows, share: float, random: np.random.Generator, ties: Ties = FREE
) -> Rows:
    """The same share of each stratum: at least one row and never all of them; none of a single row.

    With units, the share is of units, and all rows of a class may be in one of them: then that class stays.
    """
    if ties.time is not None:
        return _last(ties.of(rows), rows, share)
    if ties.unit is not None:
        return _draw_units(y[rows], task, rows, share, random, ties.unit[rows])
    held = []
    strata = _strata(y[rows], task, share)
    for stratum in np.unique(strata):
        members = random.permutation(rows[strata == stratum])
        count = max(1, round(share * len(members)))
        held.append(members[: min(count, len(members) - 1)])
    return np.sort(np.concatenate(held))


def _strata(y: Arrays, task: Task, share: float) -> NDArray[np.intp]:
    """The class of each row; for numbers, groups of similar values, each so large that it gives a row."""
    if task is Task.CLASSIFICATION:
        classes: NDArray[np.intp] = np.unique(y, return_inverse=True)[1]
        return classes
    rank = np.argsort(np.argsort(y, kind="stable"))
    return rank * max(1, round(min(share, 1 - share) * len(y))) // len(y)


# --- units --------------------------------------------------------------------------------------------


def _draw_units(
    y: Arrays, task: Task, rows: Rows, share: float, random: np.random.Generator, unit: Rows
) -> Rows:
    unit = np.unique(unit, return_inverse=True)[1]
    sizes = np.bincount(unit)
    strata = _strata(_target_of_units(y, task, unit), task, share)
    held = np.zeros(len(sizes), bool)
    for stratum in np.unique(strata):
        members = random.permutation(np.flatnonzero(strata == stratum))
        wanted = share * sizes[members].sum()
        members = np.concatenate([members[sizes[members] <= _TOO_LARGE * wanted], members])
        members = members[np.sort(np.unique(members, return_index=True)[1])]  # the too large ones come last
        before = np.cumsum(sizes[members]) - sizes[members] / 2
        count = max(1, int((before <= wanted).sum()))
        held[members[: min(count, len(members) - 1)]] = True
    if task is Task.CLASSIFICATION:  # a class of which nothing is left to learn from
        kinds, label = np.unique(y, return_inverse=True)
        left = np.bincount(label[~held[unit]], minlength=len(kinds))
        held[unit[left[label] == 0]] = False
    return rows[held[unit]]


def _target_of_units(y: Arrays, task: Task, unit: Rows) -> Arrays:
    """The commonest class of each unit, or its mean."""
    if task is Task.REGRESSION:
        return np.bincount(unit, weights=y) / np.bincount(unit)
    kinds, label = np.unique(y, return_inverse=True)
    pairs, counts = np.unique(unit * len(kinds) + label, return_counts=True)
    rising = pairs[np.argsort(counts, kind="stable")]
    commonest = np.zeros(unit.max() + 1, np.intp)
    commonest[rising // len(kinds)] = rising % len(kinds)  # of several the last, the commonest, stays
    return commonest


def _fold_of_rows(
    y: Arrays, task: Task, folds: int, random: np.random.Generator, unit: Rows
) -> NDArray[np.intp]:
    """The fold in which each row judges: the largest units first, each to the fold with the fewest rows."""
    unit = np.unique(unit, return_inverse=True)[1]
    sizes = np.bincount(unit)
    if len(sizes) < folds:
        raise DataError("tables.few_units", units=len(sizes), needed=folds)
    strata = np.zeros(len(sizes), np.intp)
    if task is Task.CLASSIFICATION:
        strata = _strata(_target_of_units(y, task, unit), task, 0.5)
    place = np.empty(len(sizes), np.intp)
    load = np.zeros(folds)
    for stratum in np.unique(strata):
        members = random.permutation(np.flatnonzero(strata == stratum))
        for member in members[np.argsort(-sizes[members], kind="stable")].tolist():
            place[member] = load.argmin()
            load[place[member]] += sizes[member]
    return place[unit]


# --- time ---------------------------------------------------------------------------------------------


def _last(ties: Ties, rows: Rows, share: float) -> Rows:
    """The rows of the last times; a copy of an earlier row is no judge, because it was seen."""
    assert ties.time is not None
    fresh = _fresh(ties.time, ties.unit)
    begin = _cut(ties.time[fresh], 1 - share)
    return rows[_unseen(ties.time, ties.unit, begin)]


def _windows(time: Arrays, unit: Rows | None, folds: int) -> list[tuple[Rows, Rows]]:
    fresh = time[_fresh(time, unit)]
    cuts = [_cut(fresh, place / (folds + 1)) for place in range(1, folds + 1)]
    if len(set(cuts)) < folds:
        raise DataError("tables.few_times", times=len(np.unique(fresh)), needed=folds + 1)
    ends = [*cuts[1:], np.inf]
    return [
        (np.flatnonzero(time < begin), np.flatnonzero(_unseen(time, unit, begin) & (time < end)))
        for begin, end in zip(cuts, ends, strict=True)
    ]


def _fresh(time: Arrays, unit: Rows | None) -> NDArray[np.bool_]:
    """The rows that copy no earlier row: where they end, there is always one that may judge."""
    if unit is None:
        return np.ones(len(time), bool)
    place = np.unique(unit, return_inverse=True)[1]
    earliest = np.full(place.max() + 1, np.inf)
    np.minimum.at(earliest, place, time)
    fresh: NDArray[np.bool_] = time == earliest[place]
    return fresh


def _unseen(time: Arrays, unit: Rows | None, begin: float) -> NDArray[np.bool_]:
    """The rows from a time on, without copies of rows before it."""
    late = time >= begin
    return late if unit is None else late & ~np.isin(unit, unit[~late])


def _cut(time: Arrays, share: float) -> float:
    """The time before which about this share of the rows lies: at least one time, and never all."""
    times, counts = np.unique(time, return_counts=True)
    if len(times) < 2:
        raise DataError("tables.few_times", times=len(times), needed=2)
    before = np.cumsum(counts)[:-1] / len(time)
    return float(times[1 + int(np.abs(before - share).argmin())])


# --- in a file ----------------------------------------------------------------------------------------


def _as_bits(chosen: Rows, rows: int) -> str:
    bits = np.zeros(rows, bool)
    bits[chosen] = True
    return base64.b64encode(np.packbits(bits).tobytes()).decode()


def _from_bits(bits: str, rows: int) -> Rows:
    packed = np.frombuffer(base64.b64decode(bits), np.uint8)
    return np.flatnonzero(np.unpackbits(packed, count=rows))
