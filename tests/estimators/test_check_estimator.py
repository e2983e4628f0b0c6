"""scikit-learn's own contract, in several configurations: nothing fails, nothing is excused, nothing skipped.

`SCIPY_ARRAY_API` is set in conftest.py, without which scikit-learn would skip its array-API check.
"""

import warnings

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from shoal import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    RandomizedSearchCV,
)

pytestmark = pytest.mark.unchecked_shapes
CONFIGURATIONS = {
    "classifier, defaults": MLPClassifier(),
    "classifier, two layers, sgd": MLPClassifier(
        (5, 3), ["tanh", "leaky_relu"], solver="sgd", learning_rate="adaptive", learning_rate_init=0.05
    ),
    "classifier, no hidden layer, lbfgs": MLPClassifier((), solver="lbfgs"),
    "classifier, lbfgs until it is sure": MLPClassifier((10,), solver="lbfgs", max_iter=100),
    "classifier, penalties and clipping": MLPClassifier((8,), "sigmoid", l1=1e-3, alpha=0.1, clip_norm=1.0),
    "classifier, the best of two": MLPClassifier((8,), n_restarts=2),
    "regressor, defaults": MLPRegressor(),
    "regressor, the average of two": MLPRegressor(
        hidden_layer_sizes=(20,), solver="lbfgs", n_restarts=2, restarts="average"
    ),
    "regressor, counts": MLPRegressor("poisson", solver="lbfgs"),
    "regressor, lbfgs": MLPRegressor(hidden_layer_sizes=(20,), activation="tanh", solver="lbfgs"),
    "regressor, adamw with a schedule": MLPRegressor(
        hidden_layer_sizes=(10, 10),
        solver="adamw",
        weight_decay=0.01,
        learning_rate="cosine",
        learning_rate_init=0.01,
        warm_up=3,
    ),
    "logistic, defaults": LogisticRegression(),
    "logistic, lasso": LogisticRegression(C=0.5, l1_ratio=1.0),
    "logistic, balanced": LogisticRegression(class_weight="balanced"),
    "logistic, no penalty": LogisticRegression(C=np.inf, tol=1e-4),
    "search, classifier": GridSearchCV(
        MLPClassifier((2,), learning_rate_init=0.1, max_iter=20), {"alpha": [0.1, 1]}, cv=2
    ),
    "search, regressor": GridSearchCV(
        MLPRegressor(hidden_layer_sizes=(), solver="lbfgs"), {"alpha": [0.1, 1]}, cv=2, n_jobs=1
    ),
    "search, pipeline": GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier((), max_iter=20, learning_rate_init=0.1)),
        {"mlpclassifier__alpha": [0.1, 1], "standardscaler__with_std": [True, False]},
        cv=2,
    ),
    "search, rounds": HalvingGridSearchCV(
        MLPClassifier((2,), learning_rate_init=0.1, max_iter=20), {"alpha": [0.1, 1]}, cv=2
    ),
    "search, rounds of rows": HalvingGridSearchCV(
        LogisticRegression(tol=1e-3), {"C": [0.1, 1]}, cv=2, resource="n_samples", random_state=0
    ),
    "search, rounds of draws": HalvingRandomSearchCV(
        MLPClassifier((2,), learning_rate_init=0.1, max_iter=20),
        {"alpha": [0.1, 1]},
        n_candidates=2,
        cv=2,
        min_resources=10,
    ),
    "search, draws": RandomizedSearchCV(LogisticRegression(tol=1e-3), {"C": [0.1, 1]}, n_iter=1, cv=2),
}


FAILS = {  # with the reason
    "regressor, counts": {"check_regressor_multioutput": "its targets are negative, whatever the tags say"}
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_check_of_scikit_learn_passes(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks feed nonsense on purpose
        known = FAILS.get(name, {})
        results = check_estimator(
            CONFIGURATIONS[name], on_skip=None, on_fail=None, expected_failed_checks=known
        )
    assert len(results) > 50
    failed = [(r["check_name"], r["status"], r["exception"]) for r in results if r["status"] != "passed"]
    assert [each for each in failed if each[1] != "xfail"] == []
    assert {name for name, _, _ in failed} == known.keys()
