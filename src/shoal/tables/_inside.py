"""What can be seen inside an estimator of tables: trace, gradient check, doctor."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.base.shown import quoted
from shoal.estimators._doctor import diagnosis_of
from shoal.estimators._inside import check_of, data_of, trace_of
from shoal.tables._cells import rows_counted_in
from shoal.tables._columns import find_column
from shoal.tables._record import fingerprint_of
from shoal.tables._split import rows_seen
from shoal.tables.encode import TableEncoder, TargetEncoder

if TYPE_CHECKING:
    import polars as pl

    from shoal.inspect import Diagnosis, GradientCheck, Trace

Arrays = NDArray[Any]


class TableExamples(NamedTuple):
    """Rows of a table as the estimator inside takes them."""

    X: Arrays  # (m, features), encoded; encoder_.feature_names says what each column is
    y: Arrays | None  # (m,): labels, or numbers as they are learned, standardised; None without a target
    rows: Arrays  # (m,): where each of them stands in the table, from 0


class InsideTable:
    """`trace` and its like, for a fitted estimator of tables."""

    estimator_: Any
    encoder_: TableEncoder
    target_: TargetEncoder
    report_: dict[str, Any]

    @abstractmethod
    def read(self, X: Any, y: Any = None, *, target: bool = True) -> pl.DataFrame:
        """A table with its cells read as they were in training."""

    @abstractmethod
    def _as_learned(self, y: Arrays) -> Arrays:
        """Targets of a table as `estimator_` learned them."""

    def examples(self, X: Any, y: Any = None, *, target: bool = True) -> TableExamples:
        """The rows of a table as X and y of `estimator_`, for what needs both: trace, checks, plots.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw, in any order; others are ignored.
        y : array-like of shape (rows,), optional
            The target, if it is not a column of X.
        target : bool, default=True
            Whether the target is needed. Rows without one are left out. With False, a table that lacks the
            column gives all its rows, and no y.

        Returns
        -------
        TableExamples

        Raises
        ------
        DataError
            If a column is missing, a cell is not of its column's kind, no row has a target, or a label is
            not one of the model's classes.
        """
        return self.examples_of(self.read(X, y), target=target)

    def examples_of(self, frame: pl.DataFrame, *, target: bool) -> TableExamples:
        """The same of a table that is read already."""
        name = self.target_.name
        if not target and name not in frame.columns:
            return TableExamples(self.encoder_.transform(frame), None, np.arange(frame.height))
        number = "row" if name != "row" else "number"
        column = frame.select(find_column(frame.columns, name)).with_row_index(number)
        known, y = self.target_.transform(column)
        if not len(y):
            raise DataError("tables.no_target_value", name=quoted(name))
        rows = known[number].to_numpy().astype(np.int64)
        with rows_counted_in(rows):
            X = self.encoder_.transform(frame[rows])
        return TableExamples(X, self._as_learned(y), rows)

    def trace(self, X: Any, y: Any = None, *, dtype: str = "float64") -> Trace:
        """Everything that the network computes for the rows of a table; see `MLPClassifier.trace`.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw. Without the target there is the forward pass only; with it, rows
            whose target is missing are left out.
        y : array-like of shape (rows,), optional
            The target, if it is not a column of X.
        dtype : {"float64", "float32"}, default="float64"
            The precision to compute in.

        Returns
        -------
        shoal.inspect.Trace
            A number to predict is standardised in it, as the network learned it. ``rows`` says where each
            example stands in the table.

        Raises
        ------
        DataError
            As `examples` does.
        """
        return self.trace_examples(self.examples(X, y, target=False), dtype=dtype)

    def trace_examples(self, examples: TableExamples, *, dtype: str = "float64") -> Trace:
        """The same for rows that `examples` has read."""
        X, y, rows = examples
        return trace_of(self.estimator_, X, y, dtype=dtype, names=self.encoder_.feature_names, rows=rows)

    def check_gradients(self, X: Any, y: Any = None, **settings: Any) -> GradientCheck:
        """Derive the gradient three times on the rows of a table; see `MLPClassifier.check_gradients`.

        Parameters
        ----------
        X : table or array
            With the target and the columns that `fit` saw.
        y : array-like of shape (rows,), optional
            The target, if it is not a column of X.
        **settings
            `engine`, `plant`, `dropout_seed`, `samples`, `seed` of `MLPClassifier.check_gradients`.

        Returns
        -------
        shoal.inspect.GradientCheck

        Raises
        ------
        DataError
            As `examples` does.
        UsageError
            As `MLPClassifier.check_gradients` does.
        """
        return self.check_examples(self.examples(X, y), **settings)

    def check_examples(self, examples: TableExamples, **settings: Any) -> GradientCheck:
        """The same for rows that `examples` has read."""
        data = data_of(self.estimator_, examples.X, examples.y, lacking="check.balanced")
        return check_of(self.estimator_, data, names=self.encoder_.feature_names, **settings)

    def doctor(self, X: Any, y: Any = None) -> Diagnosis:
        """Why the network does not learn, or what is wrong with what it has learned.

        Of the table that the model was trained on, the doctor looks at the training rows, and for
        overfitting at the rows that stopped the training. Of another table it looks at all rows.

        Parameters
        ----------
        X : table or array
            With the target and the columns that `fit` saw.
        y : array-like of shape (rows,), optional
            The target, if it is not a column of X.

        Returns
        -------
        shoal.inspect.Diagnosis
            Rows count from 1, without the header; layers and units count from 1.

        Raises
        ------
        DataError
            As `examples` does.
        """
        learned, held_out = self._parts(self.read(X, y))
        return diagnosis_of(
            self.estimator_,
            learned.X,
            learned.y,
            X_val=None if held_out is None else held_out.X,
            y_val=None if held_out is None else held_out.y,
            names=self.encoder_.feature_names,
            rows=learned.rows + 1,
        )

    def _parts(self, frame: pl.DataFrame) -> tuple[TableExamples, TableExamples | None]:
        """The rows that it was trained on, and those that stopped it; of another table all rows, and None."""
        X, y, rows = self.examples_of(frame, target=True)
        y = np.asarray(y)
        _, given = self.target_.transform(frame)
        if fingerprint_of(X, given) != self.report_.get("fingerprint"):
            return TableExamples(X, y, rows), None
        parts = rows_seen(self.report_, given, self.target_.task)
        learned, held_out = (TableExamples(X[part], y[part], rows[part]) for part in parts)
        return learned, held_out if len(held_out.rows) else None
