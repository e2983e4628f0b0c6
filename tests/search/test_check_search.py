"""scikit-learn's own contract for estimators, with the searches: nothing fails, nothing is skipped."""

import warnings

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from shoal import (
    GridSearchCV,
    HalvingGridSearchCV,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    RandomizedSearchCV,
)

pytestmark = pytest.mark.unchecked_shapes
SEARCHES = {
    "classifier": GridSearchCV(
        MLPClassifier((2,), learning_rate_init=0.1, max_iter=20), {"alpha": [0.1, 1]}, cv=2
    ),
    "regressor": GridSearchCV(MLPRegressor((), solver="lbfgs"), {"alpha": [0.1, 1]}, cv=2, n_jobs=1),
    "pipeline": GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier((), max_iter=20, learning_rate_init=0.1)),
        {"mlpclassifier__alpha": [0.1, 1], "standardscaler__with_std": [True, False]},
        cv=2,
    ),
    "rounds": HalvingGridSearchCV(
        MLPClassifier((2,), learning_rate_init=0.1, max_iter=20), {"alpha": [0.1, 1]}, cv=2
    ),
    "draws": RandomizedSearchCV(LogisticRegression(tol=1e-3), {"C": [0.1, 1]}, n_iter=1, cv=2),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_every_check_of_scikit_learn_passes(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks feed nonsense on purpose
        results = check_estimator(SEARCHES[name], on_skip=None, on_fail=None)
    assert len(results) > 50
    assert [(r["check_name"], r["status"], r["exception"]) for r in results if r["status"] != "passed"] == []
