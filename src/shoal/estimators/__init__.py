"""Floor 4, scikit-learn's world: the estimators, and the only rows.

`MLPClassifier`, `MLPRegressor` and `LogisticRegression` are all that a person imports. What other parts of
shoal call to prepare, begin and end a fit is `_fit`.
"""

from shoal.estimators._classifier import MLPClassifier, MLPRegressor
from shoal.estimators._logistic import LogisticRegression

__all__ = ["LogisticRegression", "MLPClassifier", "MLPRegressor"]
