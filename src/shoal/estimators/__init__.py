"""Floor 4, scikit-learn's interface: the estimators. Above it examples are rows, below it columns.

A user imports `MLPClassifier`, `MLPRegressor` and `LogisticRegression`. Other parts of shoal prepare, begin
and end a fit with the functions of `_fit`.
"""

from shoal.estimators._classifier import MLPClassifier
from shoal.estimators._logistic import LogisticRegression
from shoal.estimators._regressor import MLPRegressor

__all__ = ["LogisticRegression", "MLPClassifier", "MLPRegressor"]
