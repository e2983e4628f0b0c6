"""A model of a table: an estimator with the encoders around it, so that it takes tables and gives labels.

It is what the command line trains and saves. Columns are matched by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shoal.base.errors import UsageError

if TYPE_CHECKING:
    from shoal.tables import TableEncoder, TargetEncoder


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
    """

    estimator: Any
    encoder: TableEncoder
    target: TargetEncoder
    report: dict[str, Any] = field(default_factory=dict)
    target_mean: float = 0.0
    target_scale: float = 1.0

    def __repr__(self) -> str:
        columns = len(self.encoder.columns)
        return f"TableModel({type(self.estimator).__name__}, {columns} columns -> {self.target.name!r})"

    def predict(self, table: Any) -> Any:
        """The label, or the number in its own units, of each row.

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
        predicted = self.estimator.predict(self._encode(table))
        if self.target.task == "regression":
            return predicted * self.target_scale + self.target_mean
        return predicted

    def predict_proba(self, table: Any) -> Any:
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
            If the model predicts numbers, which have no probability.
        """
        if self.target.task == "regression":
            raise UsageError("saving.no_probabilities")
        return self.estimator.predict_proba(self._encode(table))

    def _encode(self, table: Any) -> Any:
        from shoal.tables import from_dataframe

        return self.encoder.transform(from_dataframe(table))
