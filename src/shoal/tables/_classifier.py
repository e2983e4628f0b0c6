"""`TableClassifier`: one of several classes, learned from a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from shoal.base.errors import DataError
from shoal.base.numeric import like
from shoal.base.shown import listed, quoted
from shoal.estimators._decisions import decide
from shoal.tables._columns import Column
from shoal.tables._estimator import TableEstimator, outputs_of
from shoal.tables._evaluation import Evaluation, evaluate_classes
from shoal.tables._networks import usual_network
from shoal.tables.encode import Task
from shoal.tables.encode._target import LabelType
from shoal.tables.fair import costs_of, decide_by_cost

Arrays = NDArray[Any]


class TableClassifier(ClassifierMixin, TableEstimator):  # type: ignore[misc]
    """A network that learns classes from a table as people have it.

    Numbers, categories, dates, truth values and gaps are found and encoded; how is decided from the rows that
    `fit` is given, and is the same ever after. It is an estimator of scikit-learn.

    Parameters
    ----------
    estimator : MLPClassifier or LogisticRegression, default=None
        What learns the encoded rows; a copy of it is fitted. None is the network that `train_table` trains.
    cost : mapping of str to float, default=None
        What it costs to miss a class, by label: ``{"yes": 10}``; all else costs 1. `predict` says the class
        that costs least; probabilities stay as they are. None says the likeliest.
    columns : mapping of str to str, default=None
        What columns are, by name, where they look like something else: "number", "category", "date",
        "boolean", "text" or "identifier" (these two are left out).
    missing : mapping of str to sequence of str, default=None
        Values that mean "missing", by column: ``{"income": ["-999"]}``.
    keep, drop : collection of str, default=()
        Columns to use although a problem was found, and columns to leave out.
    features : sequence of Column, default=None
        The columns to learn from, as `shoal.tables.describe` says what they are; the table's cells are then
        taken as they are, and no problems are looked for. None finds all of that out.
    group : str, default=None
        A column whose equal values belong together: if the training stops early, the rows that stop it have
        no row of their group among those that it learns from. It is not learned from.
    order : str, default=None
        A column of time: if the training stops early, the last rows stop it. Copies of rows are kept
        together in any case.

    Attributes
    ----------
    classes_ : ndarray of shape (classes,)
        The labels.
    estimator_ : MLPClassifier or LogisticRegression
        Fitted on encoded rows; it can be looked into.
    encoder_ : TableEncoder
        How rows of the table become rows of X.
    forms_ : Forms
        How the cells of the columns are written, where they are not written plainly.
    findings_ : tuple of Finding
        What is wrong with columns; those with `drop` were left out.
    target_ : TargetEncoder
        Which column is the target, and how it is read.
    report_ : dict
        What `train_table` or `search_table` found and measured, in JSON's types; empty after `fit`.
    n_features_in_, feature_names_in_
        As scikit-learn has them: the columns of the table.

    Examples
    --------
    >>> import polars
    >>> from shoal.tables import TableClassifier
    >>> table = polars.DataFrame({"size": ["1.5 kg", "2 kg", "9 kg", "8.5 kg"] * 10, "y": list("aabb") * 10})
    >>> model = TableClassifier().fit(table, "y")
    >>> model.predict(table[:3]).tolist()
    ['a', 'a', 'b']
    """

    task = Task.CLASSIFICATION

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
        cost: Mapping[str, float] | None = None,
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
        self.cost = cost

    @property
    def classes_(self) -> Arrays:
        """The labels, in the order of the columns of `predict_proba`."""
        classes: Arrays = self.estimator_.classes_
        return classes

    def predict(self, X: Any) -> Arrays:
        """The label of each row.

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
        X = self.inputs(X)
        if self.cost:
            return self._cheapest(outputs_of(self.estimator_, X))
        labels: Arrays = self.estimator_.predict(X)
        return labels

    def predict_proba(self, X: Any) -> Arrays:
        """The probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : table or array
            With the columns that `fit` saw.

        Returns
        -------
        ndarray of shape (rows, classes)

        Raises
        ------
        DataError
            As `predict` does.
        """
        X = self.inputs(X)
        P: Arrays = self.estimator_.predict_proba(X)
        return P

    def predict_log_proba(self, X: Any) -> Arrays:
        """The logarithms of the probabilities, also of those that are too small for a number; see there."""
        X = self.inputs(X)
        return outputs_of(self.estimator_, X)

    def predict_both(self, X: Any) -> tuple[Arrays, Arrays]:
        """What `predict` and `predict_proba` return, from one pass over the table."""
        P = self.predict_proba(X)
        if self.cost:
            with np.errstate(divide="ignore"):  # of a probability that is 0
                return self._cheapest(np.log(P)), P
        return decide(P[:, 1:] if len(self.classes_) == 2 else P, self.classes_, multilabel=False), P

    def _cheapest(self, log_P: Arrays) -> Arrays:
        """The class of each row that costs least to say."""
        labels: Arrays = self.classes_[
            decide_by_cost(log_P, costs_of(self.cost or {}, self.classes_.tolist()))
        ]
        return labels

    def outputs(self, X: Arrays) -> Arrays:
        """Of encoded rows: logarithms of probabilities, (m, classes)."""
        return outputs_of(self.estimator_, X)

    def bare(self, inner: Any) -> Any:
        """The estimator inside."""
        return inner

    def _usual(self, y: Arrays) -> Any:
        return usual_network(self.task, y)

    def _standardised(self, y: Arrays, train: Arrays) -> Arrays:
        costs_of(self.cost or {}, np.unique(y).tolist())  # refused now, and not when it has trained
        return y

    def _checked(self, y: Arrays) -> Arrays:
        check_classification_targets(y)
        return y

    def _labels_of(self, y: Arrays) -> LabelType:
        if y.dtype.kind == "b":
            return LabelType.BOOLEAN
        return LabelType.INTEGER if y.dtype.kind in "iuf" else LabelType.TEXT

    def _as_learned(self, y: Arrays) -> Arrays:
        """The labels in the type of the classes, and refused if they are not among these."""
        y = like(y, self.classes_)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            column = quoted(self.target_.name)
            labels, known = (listed(group.tolist()) for group in (unknown, self.classes_))
            raise DataError("training.unknown_labels", column=column, labels=labels, known=known)
        return y

    def _judged(self, outputs: Arrays, y: Arrays, rows: Mapping[str, Any]) -> Evaluation:
        places = np.searchsorted(self.classes_, self._as_learned(y))
        costs = costs_of(self.cost, self.classes_.tolist()) if self.cost else None
        return evaluate_classes(outputs, places, self.classes_.tolist(), rows, costs)
