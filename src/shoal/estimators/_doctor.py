"""The doctor of a fitted estimator: rows become the book's columns, and `shoal.inspect` does the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.engines.base import Data
from shoal.estimators._inputs import Examples
from shoal.estimators._inside import classes_of, examples_of, input_names
from shoal.estimators._targets import class_weights

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
            Rows that it was not fitted on. Without them, overfitting cannot be seen. They may lack classes.

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

        Notes
        -----
        Losses are compared with the weights that the fit had: those of the network, of a constant, of a line
        and of a row's neighbours are means with the sample weights times the class weights. Held-out rows
        have no sample weights. They get the class weights of the training rows, and to see overfitting the
        training rows are weighted by these alone, too. Accuracies and numbers of rows count each row once.

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
    examples = examples_of(estimator, X, y, sample_weight, lacking="doctor.balanced", compact=True)
    numbers = np.arange(examples.X.shape[0]) if rows is None else rows
    counted = slice(None) if examples.data.v is None else examples.rows
    held_out = {} if X_val is None else _held_out(estimator, examples, X_val, y_val, counted)
    data = Data(*(None if part is None else part[:, counted] for part in examples.data))
    l1, l2 = estimator._penalties
    return Case(
        estimator.network_,
        estimator.theta_,
        *data,
        **held_out,
        l1=l1,
        l2=max(l2, getattr(estimator, "weight_decay", 0.0)),
        history=getattr(estimator, "history_", None),
        ending=getattr(estimator, "ending_", None),
        steps=getattr(estimator, "solver", "lbfgs") != "lbfgs",
        early_stopping=bool(getattr(estimator, "early_stopping", False)),
        features=input_names(estimator) if names is None else names,
        classes=classes_of(estimator),
        numbers=numbers[counted],
        table=names is not None,
    )


def _held_out(estimator: Any, examples: Examples, X_val: Any, y_val: Any, counted: Any) -> dict[str, Any]:
    """The held-out rows as columns, with the weights of their classes in the fit; see `doctor`, notes."""
    targets = estimator._targets
    X_val, y_val = targets.check(estimator, X_val, y_val, reset=False, symbol="X_val")
    Y_val, _ = targets.encode(estimator, y_val, X_val.dtype, compact=True)
    found = {"X_val": X_val.T, "Y_val": Y_val}
    weight = getattr(estimator, "class_weight", None)
    if weight is None:
        return found if examples.given is None else {**found, "v_like": np.ones((1, len(examples.rows)))}
    classes = estimator.classes_
    of_class = class_weights(weight, classes, examples.y, examples.given)
    learned, held_out = (of_class[np.searchsorted(classes, y)][None] for y in (examples.y, y_val))
    return {**found, "v_val": held_out, "v_like": learned[:, counted]}
