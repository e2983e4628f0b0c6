"""The doctor of a fitted estimator: rows become the book's columns, and `shoal.inspect` does the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.engines.base import Data
from shoal.estimators._inside import classes_of, data_of, input_names

if TYPE_CHECKING:
    from shoal.inspect import Case, Diagnosis


class DoctorMixin:
    """`doctor`, for an estimator with `network_`, `theta_` and `_penalties`."""

    def doctor(
        self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None
    ) -> Diagnosis:
        """Why the network does not learn, or what is wrong with what it has learned.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows that it was fitted on. Of more than 10,000 rows a sample is looked at.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights; rows of weight 0 are left out.
        X_val, y_val : array-like, default=None
            Rows that it was not fitted on. Without them, overfitting cannot be seen.

        Returns
        -------
        shoal.inspect.Diagnosis
            ``print(diagnosis)`` shows the findings, each with its evidence, what it means and what to do.
            Rows count from 0; layers and units count from 1.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        UsageError
            If only one of `X_val` and `y_val` is given.
        DataError, ValueError
            If X, y or the weights are not as in `fit`.

        Examples
        --------
        >>> from shoal import MLPClassifier
        >>> from shoal.datasets import load
        >>> moons = load("moons")
        >>> model = MLPClassifier((8,), activation="identity", max_iter=500, tol=0.001)
        >>> diagnosis = model.fit(moons.X, moons.y).doctor(moons.X, moons.y)
        >>> print(diagnosis.headline())
        The doctor says: hidden layers collapse to a line (warning)
        """
        return diagnosis_of(self, X, y, sample_weight, X_val, y_val)


def diagnosis_of(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    X_val: Any = None,
    y_val: Any = None,
    *,
    names: Sequence[str] | None = None,
    rows: Any = None,
) -> Diagnosis:
    """See `DoctorMixin.doctor`; a table knows better names, and by which numbers people call its rows."""
    from shoal.inspect import diagnose

    return diagnose(case_of(estimator, X, y, sample_weight, X_val, y_val, names=names, rows=rows))


def case_of(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    X_val: Any = None,
    y_val: Any = None,
    *,
    names: Sequence[str] | None = None,
    rows: Any = None,
) -> Case:
    """What the doctor looks at: the estimator, the rows that have a weight, and how it was trained."""
    from shoal.inspect import Case

    if (X_val is None) != (y_val is None):
        raise UsageError("fit.x_val_alone")
    data = data_of(estimator, X, y, sample_weight)
    held_out = Data(None, None) if X_val is None else data_of(estimator, X_val, y_val)
    numbers = np.arange(data.X.shape[1]) if rows is None else rows
    if data.v is not None and not (counted := data.v[0] > 0).all():
        data, numbers = Data(*(part[:, counted] for part in data)), numbers[counted]
    l1, l2 = estimator._penalties
    return Case(
        estimator.network_,
        estimator.theta_,
        *data,
        X_val=held_out.X,
        Y_val=held_out.Y,
        l1=l1,
        l2=max(l2, getattr(estimator, "weight_decay", 0.0)),
        history=getattr(estimator, "history_", None),
        ending=getattr(estimator, "ending_", None),
        steps=getattr(estimator, "solver", "lbfgs") != "lbfgs",
        early_stopping=bool(getattr(estimator, "early_stopping", False)),
        features=input_names(estimator) if names is None else names,
        classes=classes_of(estimator),
        numbers=numbers,
    )
