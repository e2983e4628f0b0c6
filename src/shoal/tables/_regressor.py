"""`TableRegressor`: a number, learned from a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin

from shoal.base.errors import UsageError
from shoal.base.shown import quoted
from shoal.tables._columns import Column
from shoal.tables._estimator import TableEstimator, learns_counts, outputs_of
from shoal.tables._evaluation import Evaluation, evaluate_numbers
from shoal.tables._networks import usual_network
from shoal.tables._settings import check_loss
from shoal.tables.encode import LogScale, TargetScale, Task, check_counts
from shoal.tables.encode._target import LabelType

Arrays = NDArray[Any]


class TableRegressor(RegressorMixin, TableEstimator):  # type: ignore[misc]
    """A network that learns a number from a table as people have it.

    Numbers, categories, dates, truth values and gaps are found and encoded, and the target is standardised;
    how is decided from the rows that `fit` is given, and is the same ever after. It is an estimator of
    scikit-learn.

    Parameters
    ----------
    estimator : MLPRegressor, default=None
        What learns the encoded rows; a copy of it is fitted. None is the network that `train_table` trains.
    log_target : bool, default=False
        Whether the logarithm of the target is learned; the target must be above 0.
    loss : {"squared_error", "poisson"} or None, default=None
        "poisson" is for counts, which are at least 0 and are learned as they are; an `estimator` needs the
        same loss. None is the squared error.
    columns, missing, keep, drop, features, group, order
        See `TableClassifier`.

    Attributes
    ----------
    estimator_ : MLPRegressor
        Fitted on encoded rows and standardised targets; it can be looked into.
    scale_ : TargetScale
        A number is learned as (y - mean) / scale and given back in its own units; a count
        (``loss="poisson"``) as it is.
    encoder_, forms_, findings_, target_, report_, n_features_in_, feature_names_in_
        See `TableClassifier`.
    """

    task = Task.REGRESSION

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
        log_target: bool = False,
        loss: str | None = None,
    ) -> None:
        super().__init__(
            estimator,
            columns=columns,
            missing=missing,
            keep=keep,
            drop=drop,
            features=features,
            group=group,
            order=order,
        )
        self.log_target = log_target
        self.loss = loss

    def predict(self, X: Any) -> Arrays:
        """The number for each row, in its own units.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw; in a table in any order, and others are ignored.

        Returns
        -------
        ndarray of shape (rows,)

        Raises
        ------
        DataError
            If a column is missing, or a cell is not of its column's kind.
        """
        return self.outputs(self.inputs(X))

    def outputs(self, X: Arrays) -> Arrays:
        """Of encoded rows: numbers in their own units, (m,)."""
        return outputs_of(self.estimator_, X, self.scale_)

    def bare(self, inner: Any) -> Any:
        """The estimator inside, which gives the numbers back in their own units."""
        return _Restored(inner, self.scale_)

    def _usual(self, y: Arrays) -> Any:
        return usual_network(self.task, y, self.loss)

    def _standardised(self, y: Arrays, train: Arrays) -> Arrays:
        self._check_loss()
        if self.log_target and y.min() <= 0:
            raise UsageError("training.no_logarithm", column=quoted(self.target_.name))
        if learns_counts(self):
            self.scale_ = TargetScale()
        else:
            self.scale_ = (LogScale if self.log_target else TargetScale).of(y[train])
        return self.scale_.standardise(y)

    def _check_loss(self) -> None:
        """The scale depends on the loss, so the estimator inside cannot have another one."""
        check_loss(self.loss)
        counts, inner = learns_counts(self), getattr(self.estimator, "network", self.estimator)
        if counts and self.log_target:
            raise UsageError("training.poisson_logarithm")
        if hasattr(inner, "loss") and learns_counts(inner) != counts:
            raise UsageError("training.other_loss", ours=quoted(self.loss), theirs=quoted(inner.loss))

    def _checked(self, y: Arrays) -> Arrays:
        return y.astype(np.float64)

    def _labels_of(self, y: Arrays) -> LabelType:
        return LabelType.NUMBER

    def _as_learned(self, y: Arrays) -> Arrays:
        return self.scale_.standardise(y)

    def _judged(self, outputs: Arrays, y: Arrays, rows: Mapping[str, Any]) -> Evaluation:
        return evaluate_numbers(outputs, y, rows, counts=learns_counts(self))

    def _check_truth(self, y: Arrays, places: Arrays) -> None:
        if learns_counts(self):
            check_counts(y, places, self.target_.name)


class _Restored(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts the numbers that an estimator has learned standardised."""

    def __init__(self, estimator: Any, scale: TargetScale) -> None:
        self.estimator = estimator
        self.scale = scale

    def predict(self, X: Any) -> Arrays:
        """The numbers in their own units."""
        return outputs_of(self.estimator, X, self.scale)
