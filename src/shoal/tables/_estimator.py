"""What `TableClassifier` and `TableRegressor` share: a table in, its encoders and a network inside.

`fit` learns from all rows that it is given, and judges nothing. `train_table` and `search_table` hold rows
out and judge; they call the same `learn`.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted, validate_data

from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted
from shoal.base.texts import text
from shoal.search._pipelines import Around, takes
from shoal.tables._cells import rows_counted_in
from shoal.tables._columns import Column, as_told, find_column
from shoal.tables._inside import InsideTable
from shoal.tables._notes import Note
from shoal.tables._reading import Reading, used_rows
from shoal.tables._record import fingerprint_of
from shoal.tables._ties import StopBy
from shoal.tables.encode import (
    Surprise,
    TableEncoder,
    TargetEncoder,
    TargetScale,
    Task,
    describe,
    no_warning_of_many_classes,
)
from shoal.tables.findings import choose_features, find_problems, identifiers_in
from shoal.tables.forms import Forms, find_forms
from shoal.tables.read import from_array, from_dataframe, is_dataframe

if TYPE_CHECKING:
    import polars as pl

    from shoal.tables._evaluation import Evaluation

Arrays = NDArray[Any]


class TableEstimator(InsideTable, Around, BaseEstimator):  # type: ignore[misc]
    """An estimator of scikit-learn for tables; see `TableClassifier` and `TableRegressor`."""

    task: ClassVar[Task]

    def __init__(
        self,
        estimator: Any = None,
        *,
        columns: Mapping[str, str] | None = None,
        missing: Mapping[str, Sequence[str]] | None = None,
        keep: Collection[str] = (),
        drop: Collection[str] = (),
        features: Sequence[Column] | None = None,
        group: str | None = None,
        order: str | None = None,
    ) -> None:
        self.estimator = estimator
        self.columns = columns
        self.missing = missing
        self.keep = keep
        self.drop = drop
        self.features = features
        self.group = group
        self.order = order

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags

    # --- learning -----------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from all rows.

        From these rows it is found out how cells are written, what each column is, and which columns would
        spoil what is learned. A warning names the columns that are left out; `findings_` says why.

        Parameters
        ----------
        X : polars, pandas or pyarrow table, or array-like of shape (rows, columns)
            The columns to learn from. The columns of an array are called "x0", "x1" and so on.
        y : array-like of shape (rows,), or str
            The target; or the name of the column of X that holds it. Rows without it are then left out.
        sample_weight : array-like of shape (rows,), default=None
            How much each row of X counts.

        Returns
        -------
        TableClassifier or TableRegressor
            Itself, fitted.

        Raises
        ------
        DataError, ValueError
            If the table or its target cannot be learned from.
        """
        before = vars(self).copy()
        try:
            with no_warning_of_many_classes():
                frame, given, how, weights = self._read(X, y, sample_weight)
                if dropped := [finding.column for finding in how.findings if finding.drop]:
                    left_out = text("tables.fit_left_out", columns=listed(dropped))
                    warnings.warn(left_out, UserWarning, stacklevel=2)
                return self.learn(frame, given, how, weights=weights)
        except BaseException:  # a fit that fails, or is stopped, leaves the model as it was
            self.__dict__ = before
            raise

    def learn(
        self,
        frame: pl.DataFrame,
        y: Arrays,
        how: Reading,
        validation: Arrays | None = None,
        weights: Arrays | None = None,
        callbacks: Sequence[Any] = (),
    ) -> Self:
        """Learn from the rows of a table that is read already.

        The rows of the numbers in `validation` only stop the training; with None, the estimator inside sets
        some aside if it stops early, and parts no copies, no groups and no order in time. `weights` say how
        much each of the rows counts.
        """
        inner = self._usual(y) if self.estimator is None else clone(self.estimator)
        self.encoder_ = TableEncoder.fit(frame, how.columns)
        self.target_, self.forms_, self.findings_ = how.target, how.forms, tuple(how.findings)
        self.report_: dict[str, Any] = {}
        X, more = self.encoder_.transform(frame), self._more(inner, frame, y, how, validation)
        train = np.arange(len(y)) if validation is None else np.setdiff1d(np.arange(len(y)), validation)
        y = self._standardised(y, train)
        if validation is not None and len(validation):
            more |= {"X_val": X[validation], "y_val": y[validation]}
            X, y = X[train], y[train]
        if weights is not None:
            more["sample_weight"] = weights[train]
        if callbacks:
            inner.set_callbacks(*callbacks)
        with warnings.catch_warnings():
            if self.estimator is None:  # nobody has chosen when it ends; `estimator_.stopped_` tells
                warnings.simplefilter("ignore", ConvergenceWarning)
            self.estimator_ = inner.fit(X, y, **more)
        if callbacks:
            inner.set_callbacks()
        return self

    def _more(
        self, inner: Any, frame: pl.DataFrame, y: Arrays, how: Reading, validation: Arrays | None
    ) -> dict[str, Any]:
        """What the estimator inside is told of the rows that may stop it."""
        if validation is not None or not takes(inner, "stop_by"):
            return {}
        by = StopBy(frame, how.columns, y, self.task, identifiers_in, self.group, self.order)
        return {"stop_by": by}

    @abstractmethod
    def _usual(self, y: Arrays) -> Any:
        """What learns these targets if nobody has chosen an estimator."""

    @abstractmethod
    def _standardised(self, y: Arrays, train: Arrays) -> Arrays:
        """Set `scale_` by the rows to train on, and return y as the estimator inside learns it."""

    @abstractmethod
    def _checked(self, y: Arrays) -> Arrays:
        """A target that came apart from the table; a ValueError if it cannot be learned."""

    def _read(self, X: Any, y: Any, sample_weight: Any) -> tuple[pl.DataFrame, Arrays, Reading, Any]:
        """The rows to learn from, their targets, how they are read, and their weights."""
        weights = None if sample_weight is None else column_or_1d(sample_weight)
        if isinstance(y, str):
            check_consistent_length(X, weights)
            known, given, how, places = self._named(X, y)
            return known, given, how, None if weights is None else weights[places]
        check_consistent_length(y, weights)
        return *self._apart(X, y), weights

    def _named(self, X: Any, y: str) -> tuple[pl.DataFrame, Arrays, Reading, Arrays]:
        """The rows whose target, a column of the table, is known; and where they stand."""
        frame = from_dataframe(X)
        name = find_column(frame.columns, y)
        if self.features is not None:
            target = TargetEncoder.fit(frame, name, str(self.task))
            known, given = target.transform(frame)
            how, places = Reading(self.features, target), target.known_rows(frame)
        else:
            rows = used_rows(frame, name, str(self.task), self.columns or {}, self.missing or {})
            known, given, places = rows.frame, rows.y, rows.places
            how = self._looked_at(known, rows.target, rows.forms)
            how = how._replace(findings=[rows.in_the_table(finding) for finding in how.findings])
        known = known.drop(name)
        validate_data(self, known, skip_check_array=True)
        return known, given, how, places

    def _apart(self, X: Any, y: Any) -> tuple[pl.DataFrame, Arrays, Reading]:
        """All rows, with a target that came beside them."""
        frame = self._rows(X, reset=True, y=y)
        name = str(getattr(y, "name", None) or "target")
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_consistent_length(frame, y)
        y = self._checked(y)
        while name in frame.columns:
            name += "_"
        target = TargetEncoder(name, self.task, self._labels_of(y))
        if self.features is not None:
            return frame, y, Reading(self.features, target)
        forms = find_forms(frame, self.columns, self.missing)
        frame = forms.apply(frame)
        return frame, y, self._looked_at(_with_column(frame, name, y), target, forms)

    @abstractmethod
    def _labels_of(self, y: Arrays) -> Any:
        """The type of labels of a target that came apart."""

    def _looked_at(self, frame: pl.DataFrame, target: TargetEncoder, forms: Forms) -> Reading:
        """Which columns to learn from."""
        told = self.columns or {}
        beside = [] if self.group is None else [self.group]  # it ties rows, and is not learned from
        dropped = {find_column(frame.columns, name) for name in (*self.drop, *beside)}
        columns = [as_told(column, told.get(column.name)) for column in describe(frame)]
        columns = [column for column in columns if column.name not in dropped]
        problems = find_problems(frame, target, columns, told=told)
        found = [finding.unless_kept(self.keep) for finding in problems]
        return Reading(choose_features(columns, target.name, found, self.keep), target, forms, found)

    @property
    def notes_(self) -> list[Note]:
        """What was done with cells that are not written plainly."""
        return [] if self.forms_ is None else self.forms_.notes

    # --- reading rows -------------------------------------------------------------------------------

    def _rows(self, X: Any, *, reset: bool = False, y: Any = "no_validation") -> pl.DataFrame:
        """Rows as a polars table; columns of an array by their place."""
        if not is_dataframe(X):
            least = 2 if reset else 1  # of one row nothing can be learned
            array = validate_data(
                self, X, reset=reset, dtype=None, ensure_all_finite=False, ensure_min_samples=least
            )
            return from_array(array, self._names(array.shape[1]))
        frame = from_dataframe(X)
        if reset:
            validate_data(self, frame, y, skip_check_array=True)
        elif not hasattr(self, "feature_names_in_"):  # it learned from an array
            validate_data(self, frame, reset=False, skip_check_array=True)
            frame.columns = self._names(frame.width)
        return frame

    def _names(self, width: int) -> list[str]:
        return list(getattr(self, "feature_names_in_", [f"x{place}" for place in range(width)]))

    def read(self, X: Any, y: Any = None, *, target: bool = True) -> pl.DataFrame:
        """A table with its cells read as they were in training; the target's only if it is needed.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw.
        y : array-like of shape (rows,), optional
            The target, if it is not a column of X.
        target : bool, default=True
            Whether the target is needed.
        """
        check_is_fitted(self)
        frame = self._rows(X)
        if y is not None:
            frame = _with_column(frame, self.target_.name, column_or_1d(y))
        if self.forms_ is None:
            return frame
        used = [column.name for column in self.encoder_.columns]
        forms = self.forms_.only([*used, *[self.target_.name] * target])
        return forms.apply(frame, self.target_.name if target else None)

    def inputs(self, X: Any) -> Arrays:
        """Rows as `estimator_` is given them: encoded, (rows, features)."""
        frame = self.read(X, target=False)
        return self.encoder_.transform(frame)

    def surprises(self, X: Any) -> list[Surprise]:
        """The columns with cells that `predict` accepts but cannot use as written.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw.

        Returns
        -------
        list of Surprise
        """
        frame = self.read(X, target=False)
        return self.encoder_.surprises(frame)

    # --- judging ------------------------------------------------------------------------------------

    @abstractmethod
    def outputs(self, X: Arrays) -> Arrays:
        """Of encoded rows: logarithms of probabilities, (m, classes), or numbers in their own units, (m,)."""

    @abstractmethod
    def _judged(self, outputs: Arrays, y: Arrays, rows: Mapping[str, Any]) -> Evaluation:
        """The evaluation of outputs; `rows` are the first three attributes of the result."""

    def _check_truth(self, y: Arrays, places: Arrays) -> None:
        """Refuse true targets by which the model cannot be judged; `places` are their rows in the table."""

    def evaluate(self, X: Any, y: Any = None) -> Evaluation:
        """How good the model is on a table that holds the true targets.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw. The scores only say how good the model is on new rows if it has
            not seen these.
        y : array-like of shape (rows,), optional
            The true targets, if they are not a column of X.

        Returns
        -------
        Evaluation
            The scores, each with its standard error; for classes also the scores of each class and how they
            are confused.

        Raises
        ------
        DataError
            If a column is missing, a cell is not of its column's kind, no row has a target, a label is not
            one of the model's classes, or a count is negative.
        """
        frame = self.read(X, y)
        known, given = self.target_.transform(frame)
        if not len(given):
            raise DataError("training.nothing_to_judge", name=quoted(self.target_.name))
        places = self.target_.known_rows(frame)
        self._check_truth(given, places)
        with rows_counted_in(places):
            encoded = self.encoder_.transform(known)
        same = fingerprint_of(encoded, given) == self.report_.get("fingerprint")
        rows = {"rows": len(given), "unknown_target": frame.height - len(given), "same_table": same}
        return self._judged(self.outputs(encoded), given, rows)


def learns_counts(estimator: Any) -> bool:
    """Whether it learns counts with the Poisson loss, and so needs them as they are."""
    return getattr(estimator, "loss", None) == "poisson"


def _with_column(frame: pl.DataFrame, name: str, cells: Arrays) -> pl.DataFrame:
    """The table with one column more, or with these cells in it."""
    import polars as pl

    values = cells if cells.dtype.kind in "biuf" else cells.tolist()
    return frame.with_columns(pl.Series(name, values))


def outputs_of(estimator: Any, X: Arrays, scale: TargetScale = TargetScale()) -> Arrays:  # noqa: B008
    """Logarithms of probabilities, (m, classes), or numbers in their own units, (m,)."""
    if hasattr(estimator, "predict_log_proba"):
        log_P: Arrays = estimator.predict_log_proba(X)
        return log_P
    with np.errstate(over="ignore"):  # a count may be more than a number holds: its score says so
        predicted = estimator.predict(X)
    return scale.restore(predicted)
