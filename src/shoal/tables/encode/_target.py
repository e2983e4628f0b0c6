"""The target column becomes y: which task it is, and labels or numbers in their natural types."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shoal.base import schema
from shoal.base.errors import DataError, UsageError
from shoal.base.shown import listed, quoted
from shoal.tables import _document
from shoal.tables._cells import as_text, checked, parse_numbers, parse_truths, parse_wholes, read_numbers
from shoal.tables._columns import Column, ColumnKind, find_column
from shoal.tables.encode._encoder import describe_column

if TYPE_CHECKING:
    import polars as pl

_MOST_CLASSES = 20
_ROWS_A_CLASS = 5
_LARGEST_LOG = 700.0
_NO_CLASSES = 0.5  # of the rows; so many values that occur once are no classes that lack a row


@contextmanager
def no_warning_of_many_classes() -> Iterator[None]:
    """Silence scikit-learn's warning that so many classes in so few rows may not be classes.

    `TargetEncoder` or the user has decided that they are; and the warning would come for every model.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        yield


class Task(StrEnum):
    """What is learned: one of several classes, or a number."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class LabelType(StrEnum):
    """The type of the elements of y."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    NUMBER = "number"


class TargetScale(NamedTuple):
    """A number is learned as (y - mean) / scale and given back in its own units.

    It is scikit-learn's StandardScaler, which a search can put into a pipeline, as two plain numbers, which a
    model file can keep.
    """

    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, y: NDArray[np.float64]) -> Self:
        """The scale that gives these numbers mean 0 and deviation 1; if they are all the same, it is 1."""
        from sklearn.preprocessing import StandardScaler

        return cls.of_scaler(StandardScaler().fit(y[:, np.newaxis]))

    @classmethod
    def of_scaler(cls, scaler: Any) -> Self:
        """What a StandardScaler of a single column has learned."""
        return cls(float(scaler.mean_[0]), float(scaler.scale_[0]))

    def standardise(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the network learns."""
        return (y - self.mean) / self.scale

    def restore(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the network says, in the units of y."""
        return predicted * self.scale + self.mean


class LogScale(TargetScale):
    """The same of the logarithm of a positive number: it is learned as (log y - mean) / scale.

    What is given back is e to the power of what the network says: the middle of what is likely, which is
    below the mean of a skewed target.
    """

    __slots__ = ()

    @classmethod
    def of(cls, y: NDArray[np.float64]) -> Self:
        """The scale that gives the logarithms of these numbers mean 0 and deviation 1."""
        return cls(*TargetScale.of(np.log(y)))

    def standardise(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the network learns."""
        return super().standardise(np.log(y))

    def restore(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the network says, in the units of y; never more than e^700, which is a number."""
        return np.exp(np.minimum(super().restore(predicted), _LARGEST_LOG))


def check_counts(y: NDArray[np.float64], places: NDArray[np.intp], name: str) -> None:
    """Refuse numbers that no count can be; `places` are their rows in the table.

    Raises
    ------
    DataError
        It names the first such row.
    """
    negative = np.flatnonzero(y < 0)
    if len(negative):
        row = int(places[negative[0]]) + 1
        raise DataError("training.negative_count", column=quoted(name), row=row, value=f"{y[negative[0]]:g}")


SCALES: dict[str, type[TargetScale]] = {"": TargetScale, "log": LogScale}
"""How a target is transformed before it is standardised, by the name that a model file keeps."""


@dataclass(frozen=True)
class TargetEncoder:
    """Which column is the target, and how it is read.

    Attributes
    ----------
    name : str
    task : Task
        Text, truth values and dates are classes. Whole numbers are classes if there are two different
        ones, or at most 20 with five rows each on average and none with a single one. For other numbers the
        task is regression.
    labels : LabelType
        ``true``/``false`` are booleans; ``yes``/``no`` stay the words that the table uses.
    """

    name: str
    task: Task
    labels: LabelType

    @classmethod
    def fit(cls, frame: pl.DataFrame, name: str, task: str | None = None) -> Self:
        """Find out what kind of target it is, and whether it can be learned.

        Parameters
        ----------
        frame : polars.DataFrame
            All rows of the table.
        name : str
            The target column.
        task : {"classification", "regression"}, optional
            Overrules what would be inferred.

        Raises
        ------
        DataError
            If there is no such column, it is empty or constant, a class has a single row, or a number
            is infinite.
        UsageError
            If there is no such task.
        """
        if task is not None and task not in set(Task):
            raise UsageError("tables.unknown_task", task=quoted(task))
        series = frame[find_column(frame.columns, name)]
        column = describe_column(series)
        chosen = Task(task) if task is not None else _task_of(series, column)
        target = cls(name, chosen, _labels_of(series, column, chosen))
        target._check(series, target.transform(frame)[1])
        return target

    def transform(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, NDArray[Any]]:
        """The rows whose target is known, and their y: (rows,) of text, whole numbers, bool or float64.

        Whole numbers are int64, or uint64 where one is larger than int64 can be.
        """
        import polars as pl

        read = self._read(frame)
        known = read.is_not_null()
        y = read.filter(known)
        whole = np.uint64 if y.dtype == pl.UInt64 else np.int64
        kinds = {LabelType.TEXT: object, LabelType.INTEGER: whole, LabelType.BOOLEAN: np.bool_}
        rows = frame if known.all() else frame.filter(known)  # a filter that keeps all copies all
        return rows, np.array(y.to_list(), dtype=kinds.get(self.labels, np.float64))

    def known_rows(self, frame: pl.DataFrame) -> NDArray[np.intp]:
        """Where the rows stand whose target is known."""
        places: NDArray[np.intp] = np.flatnonzero(self._read(frame).is_not_null().to_numpy())
        return places

    def _read(self, frame: pl.DataFrame) -> pl.Series:
        return _READERS[self.labels](frame[find_column(frame.columns, self.name)])

    def _check(self, series: pl.Series, y: NDArray[Any]) -> None:
        """Refuse a target from which nothing can be learned, and a class with a single row."""
        if y.size == 0:
            raise DataError("tables.target_missing", name=quoted(self.name))
        values, counts = np.unique(y, return_counts=True)
        if len(values) == 1:
            value = quoted(values[0])
            raise DataError("tables.target_constant", name=quoted(self.name), value=value)
        single = [str(value) for value in values[counts == 1]]
        if self.task is Task.CLASSIFICATION and single:
            numbers = self.labels in {LabelType.INTEGER, LabelType.NUMBER}
            if not numbers and len(single) > _NO_CLASSES * y.size:
                raise _no_classes(series, single)
            raise DataError(
                "tables.target_single_number" if numbers else "tables.target_single",
                name=quoted(self.name),
                count=len(single),
                values=listed(single),
            )

    def to_dict(self) -> dict[str, str]:
        """What a model file needs to read the target again."""
        return {"name": self.name, "task": str(self.task), "labels": str(self.labels)}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The target that `to_dict` described; a ModelFileError for any other document."""
        return cls(**_document.read("target", _read_target, document))


def _no_classes(series: pl.Series, single: list[str]) -> DataError:
    """Why most rows have a value of their own: numbers with a word among them, or names and texts."""
    name, known = quoted(series.name), series.is_not_null()
    words = (parse_numbers(series).is_null() & known).arg_true()
    if len(words) < _NO_CLASSES * len(series.drop_nulls()):
        row = int(words[0])
        values = {"row": row + 1, "value": quoted(str(series[row])), "count": len(words)}
        return DataError("tables.target_mostly_numbers", name=name, **values)
    first, second = single[:2]
    return DataError("tables.target_all_different", name=name, first=quoted(first), second=quoted(second))


def _read_target(document: object) -> dict[str, Any]:
    """Labels are numbers if and only if a number is learned."""
    values: dict[str, Any] = _TARGET(document)
    if (values["task"] is Task.REGRESSION) != (values["labels"] is LabelType.NUMBER):
        raise schema.MismatchError("labels")
    return values


def _task_of(series: pl.Series, column: Column) -> Task:
    if column.kind != ColumnKind.NUMBER:
        return Task.CLASSIFICATION
    known = column.rows - column.missing
    few = column.distinct <= 2 or (
        column.distinct <= _MOST_CLASSES
        and known >= _ROWS_A_CLASS * column.distinct
        and not (parse_numbers(series).drop_nulls().unique_counts() == 1).any()
    )
    return Task.CLASSIFICATION if column.whole and few else Task.REGRESSION


def _labels_of(series: pl.Series, column: Column, task: Task) -> LabelType:
    import polars as pl

    if task is Task.REGRESSION:
        return LabelType.NUMBER
    if column.kind == ColumnKind.NUMBER and column.whole:
        return LabelType.INTEGER
    if column.kind == ColumnKind.BOOLEAN:
        words = series.drop_nulls().cast(pl.String).str.to_lowercase()
        if words.is_in(["true", "false"]).all():
            return LabelType.BOOLEAN
    return LabelType.TEXT


def _read_numbers(series: pl.Series) -> pl.Series:
    """NaN is missing; an infinity is an error, because nothing can be learned from it."""
    numbers = read_numbers(series).fill_nan(None)
    return checked(numbers, numbers.set(numbers.is_infinite(), None), "tables.target_infinite")


def _read_integers(series: pl.Series) -> pl.Series:
    numbers = _read_numbers(series)
    return checked(series.set(numbers.is_null(), None), parse_wholes(series), "tables.not_whole")


def _read_truths(series: pl.Series) -> pl.Series:
    return checked(series, parse_truths(series), "tables.not_a_truth")


_READERS = {
    LabelType.TEXT: as_text,
    LabelType.INTEGER: _read_integers,
    LabelType.BOOLEAN: _read_truths,
    LabelType.NUMBER: _read_numbers,
}


_TARGET = schema.record(
    {"name": schema.text, "task": schema.enumeration(Task), "labels": schema.enumeration(LabelType)}
)
