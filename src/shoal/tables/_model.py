"""A model of a table: an estimator with the encoders around it, so that it takes tables and gives labels.

It is what the command line trains and saves. Columns are matched by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError, UsageError
from shoal.base.numeric import like
from shoal.base.shown import listed, quoted
from shoal.estimators._decisions import decide
from shoal.estimators._doctor import diagnosis_of
from shoal.estimators._inside import check_of, data_of, trace_of
from shoal.tables._columns import find_column
from shoal.tables._evaluation import Evaluation, evaluate_classes, evaluate_numbers
from shoal.tables._record import fingerprint_of
from shoal.tables._split import split_again
from shoal.tables.encode import Surprise, TableEncoder, TargetEncoder, TargetScale, Task
from shoal.tables.forms import Forms
from shoal.tables.read import from_dataframe

if TYPE_CHECKING:
    import polars as pl

    from shoal.inspect import Diagnosis, GradientCheck, Trace

Arrays = NDArray[Any]


class TableExamples(NamedTuple):
    """Rows of a table as the estimator inside a `TableModel` takes them."""

    X: Arrays  # (m, features), encoded; TableModel.encoder.feature_names says what each column is
    y: Arrays | None  # (m,): labels, or numbers as they are learned, standardised; None without a target
    rows: Arrays  # (m,): where each of them stands in the table, from 0


@dataclass(frozen=True)
class TableModel:
    """An estimator, and how a table becomes its X and y.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or LogisticRegression
        Fitted on encoded rows.
    encoder : TableEncoder
        Turns rows of a table into rows of X.
    target : TargetEncoder
        Which column is the target, and how it is read.
    report : dict
        What training found and measured, in JSON's types.
    target_mean, target_scale : float, default=0.0, 1.0
        Numbers are learned as (y - target_mean) / target_scale and given back in their own units.
    forms : Forms
        How the cells of the columns are written, where they are not written plainly.
    """

    estimator: Any
    encoder: TableEncoder
    target: TargetEncoder
    report: dict[str, Any] = field(default_factory=dict)
    target_mean: float = 0.0
    target_scale: float = 1.0
    forms: Forms = field(default_factory=Forms)

    def __repr__(self) -> str:
        columns = len(self.encoder.columns)
        return f"TableModel({type(self.estimator).__name__}, {columns} columns -> {self.target.name!r})"

    def predict(self, table: Any) -> Arrays:
        """The label of each row, or the number in its own units.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the columns that the model was trained on, in any order; others are ignored.

        Returns
        -------
        ndarray of shape (rows,)

        Raises
        ------
        DataError
            If a column is missing, or a cell is not of its column's kind.
        """
        X = self._encode(table)
        if self.target.task is Task.REGRESSION:
            return self.outputs(X)
        labels: Arrays = self.estimator.predict(X)
        return labels

    def predict_proba(self, table: Any) -> Arrays:
        """The probability of each class, in the order of ``estimator.classes_``.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the columns that the model was trained on.

        Returns
        -------
        ndarray of shape (rows, classes)

        Raises
        ------
        UsageError
            If the model predicts numbers, which have no probabilities.
        """
        if self.target.task is Task.REGRESSION:
            raise UsageError("tables.no_probabilities", column=quoted(self.target.name))
        P: Arrays = self.estimator.predict_proba(self._encode(table))
        return P

    def predict_both(self, table: Any) -> tuple[Arrays, Arrays]:
        """What `predict` and `predict_proba` return, from one pass over the table.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the columns that the model was trained on.

        Returns
        -------
        ndarray of shape (rows,), ndarray of shape (rows, classes)

        Raises
        ------
        UsageError
            If the model predicts numbers, which have no probabilities.
        """
        P = self.predict_proba(table)
        classes = self.estimator.classes_
        return decide(P[:, 1:] if len(classes) == 2 else P, classes, multilabel=False), P

    def examples(self, table: Any, *, target: bool = True) -> TableExamples:
        """The rows of a table as X and y of `estimator`, for what needs both: trace, checks, plots.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the columns that the model was trained on, in any order; others are ignored.
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
        return self._examples(self._read(table), target=target)

    def _examples(self, frame: pl.DataFrame, *, target: bool) -> TableExamples:
        if not target and self.target.name not in frame.columns:
            return TableExamples(self.encoder.transform(frame), None, np.arange(frame.height))
        number = "row" if self.target.name != "row" else "number"
        column = frame.select(find_column(frame.columns, self.target.name)).with_row_index(number)
        known, y = self.target.transform(column)
        if not len(y):
            raise DataError("tables.no_target_value", name=quoted(self.target.name))
        if self.target.task is Task.REGRESSION:
            y = TargetScale(self.target_mean, self.target_scale).standardise(y)
        else:
            y = self._labels(y)
        rows = known[number].to_numpy().astype(np.int64)
        return TableExamples(self.encoder.transform(frame[rows]), y, rows)

    def trace(self, table: Any, *, dtype: str = "float64") -> Trace:
        """Everything that the network computes for the rows of a table; see `MLPClassifier.trace`.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the columns that the model was trained on. Without the target there is the forward pass only;
            with it, rows whose target is missing are left out.
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
        return self.trace_examples(self.examples(table, target=False), dtype=dtype)

    def trace_examples(self, examples: TableExamples, *, dtype: str = "float64") -> Trace:
        """The same for rows that `examples` has read."""
        X, y, rows = examples
        return trace_of(self.estimator, X, y, dtype=dtype, names=self.encoder.feature_names, rows=rows)

    def check_gradients(self, table: Any, **settings: Any) -> GradientCheck:
        """Derive the gradient three times on the rows of a table; see `MLPClassifier.check_gradients`.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the target and the columns that the model was trained on.
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
        return self.check_examples(self.examples(table), **settings)

    def check_examples(self, examples: TableExamples, **settings: Any) -> GradientCheck:
        """The same for rows that `examples` has read."""
        data = data_of(self.estimator, examples.X, examples.y, lacking="check.balanced")
        return check_of(self.estimator, data, names=self.encoder.feature_names, **settings)

    def doctor(self, table: Any) -> Diagnosis:
        """Why the network does not learn, or what is wrong with what it has learned.

        Of the table that the model was trained on, the doctor looks at the training rows, and for
        overfitting at the test rows. Of another table it looks at all rows.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the target and the columns that the model was trained on.

        Returns
        -------
        shoal.inspect.Diagnosis
            Rows count from 1, without the header; layers and units count from 1.

        Raises
        ------
        DataError
            As `examples` does.
        """
        learned, held_out = self._parts(self._read(table))
        return diagnosis_of(
            self.estimator,
            learned.X,
            learned.y,
            X_val=None if held_out is None else held_out.X,
            y_val=None if held_out is None else held_out.y,
            names=self.encoder.feature_names,
            rows=learned.rows + 1,
        )

    def _parts(self, frame: pl.DataFrame) -> tuple[TableExamples, TableExamples | None]:
        """The rows that it learned from, and the test rows; of another table all rows, and None."""
        X, y, rows = self._examples(frame, target=True)
        y = np.asarray(y)
        _, given = self.target.transform(frame)
        if fingerprint_of(X, given) != self.report.get("fingerprint"):
            return TableExamples(X, y, rows), None
        split = split_again(self.report, given, self.target.task)
        learned, held_out = (
            TableExamples(X[part], y[part], rows[part]) for part in (split.train, split.test)
        )
        return learned, held_out

    def evaluate(self, table: Any) -> Evaluation:
        """How good the model is on a table that holds the true targets.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the target and the columns that the model was trained on. The scores only say how good the
            model is on new rows if it has not seen these.

        Returns
        -------
        Evaluation
            The scores, each with its standard error; for classes also the scores of each class and how they
            are confused.

        Raises
        ------
        DataError
            If a column is missing, a cell is not of its column's kind, no row has a target, or a label is
            not one of the model's classes.
        """
        frame = self._read(table)
        known, y = self.target.transform(frame)
        if not len(y):
            raise DataError("training.nothing_to_judge", name=quoted(self.target.name))
        X = self.encoder.transform(known)
        rows = {
            "rows": len(y),
            "unknown_target": frame.height - len(y),
            "same_table": fingerprint_of(X, y) == self.report.get("fingerprint"),
        }
        if self.target.task is Task.REGRESSION:
            return evaluate_numbers(self.outputs(X), y, rows)
        classes = self.estimator.classes_
        y = self._labels(y)
        return evaluate_classes(self.outputs(X), np.searchsorted(classes, y), classes.tolist(), rows)

    def _labels(self, y: Arrays) -> Arrays:
        """The labels in the type of the classes, and refused if they are not among these."""
        classes = self.estimator.classes_
        y = like(y, classes)
        unknown = np.setdiff1d(y, classes)
        if len(unknown):
            column = quoted(self.target.name)
            labels, known = (listed(group.tolist()) for group in (unknown, classes))
            raise DataError("training.unknown_labels", column=column, labels=labels, known=known)
        return y

    def outputs(self, X: Arrays) -> Arrays:
        """Of encoded rows: logarithms of probabilities, (m, classes), or numbers in their own units, (m,)."""
        return outputs_of(self.estimator, X, TargetScale(self.target_mean, self.target_scale))

    def _encode(self, table: Any) -> Arrays:
        return self.encoder.transform(self._read(table, target=False))

    def _read(self, table: Any, *, target: bool = True) -> pl.DataFrame:
        """The table with its cells read as they were in training; the target's only if it is needed."""
        used = [column.name for column in self.encoder.columns]
        return self.forms.only([*used, *[self.target.name] * target]).apply(from_dataframe(table))

    def surprises(self, table: Any) -> list[Surprise]:
        """The columns with cells that `predict` accepts but cannot use as written.

        Parameters
        ----------
        table : polars, pandas or pyarrow table
            With the columns that the model was trained on.

        Returns
        -------
        list of Surprise
        """
        return self.encoder.surprises(self._read(table, target=False))


def outputs_of(estimator: Any, X: Arrays, scale: TargetScale = TargetScale()) -> Arrays:  # noqa: B008
    """Logarithms of probabilities, (m, classes), or numbers in their own units, (m,)."""
    if hasattr(estimator, "predict_log_proba"):
        log_P: Arrays = estimator.predict_log_proba(X)
        return log_P
    return scale.restore(estimator.predict(X))
