"""scikit-learn's contract at settings drawn at random: SHOAL_SETTINGS of each estimator and search.

A few of its checks also ask how well a model learns, or that rows may be repeated instead of weighted. What a
setting cannot promise is excused by name, with the reason, and nothing else is.
"""

import os
import warnings

import numpy as np
import pytest
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
from shoal.base.errors import DataError, DivergedError, UsageError

pytestmark = [pytest.mark.slow, pytest.mark.unchecked_shapes]
SETTINGS = int(os.environ.get("SHOAL_SETTINGS", "2"))  # `make nightly` has 60

NETWORK = {
    "hidden_layer_sizes": [(), (1,), (8,), (5, 3), (20, 10, 5)],
    "activation": ["relu", "tanh", "sigmoid", "leaky_relu", "gelu", "silu"],
    "solver": ["adam", "sgd", "lbfgs", "adamw", "rmsprop", "adagrad"],
    "learning_rate_init": [0.001, 0.01, 0.1],
    "learning_rate": ["constant", "invscaling", "adaptive", "cosine"],
    "batch_size": ["auto", 1, 32, 10_000],
    "alpha": [0.0, 1e-4, 1.0],
    "l1": [0.0, 1e-3],
    "dropout": [0.0, 0.2],
    "clip_norm": [None, 1.0],
    "max_iter": [1, 20, 100],
    "early_stopping": [False, True],
    "warm_start": [False, True],
    "shuffle": [False, True],
    "n_restarts": [1, 2],
    "restarts": ["best", "average"],
    "initialization": ["auto", "he", "xavier"],
    "engine": ["auto", "numpy"],
}
LOGISTIC = {
    "C": [0.01, 1.0, 100.0, np.inf],
    "l1_ratio": [0.0, 0.5, 1.0],
    "tol": [1e-8, 1e-4, 1e-2],
    "fit_intercept": [True, False],
    "class_weight": [None, "balanced"],
    "max_iter": [1, 100, 1000],
    "warm_start": [False, True],
    "solver": ["lbfgs", "liblinear", "saga"],
}
ESTIMATORS = {
    "classifier": (MLPClassifier, NETWORK | {"class_weight": [None, "balanced"]}),
    "regressor": (MLPRegressor, NETWORK),
    "logistic": (LogisticRegression, LOGISTIC),
}
SEARCHES = {
    "grid": lambda model, name, values: GridSearchCV(model, {name: values}, cv=2),
    "draws": lambda model, name, values: RandomizedSearchCV(model, {name: values}, n_iter=2, cv=2),
    "rounds": lambda model, name, values: HalvingGridSearchCV(model, {name: values}, cv=2),
    "rounds of draws": lambda model, name, values: HalvingRandomSearchCV(
        model, {name: values}, n_candidates=2, cv=2, min_resources=10
    ),
}


PARTIAL_FIT = {"fit.partial_balanced", "fit.restarts_continue", "fit.partial_early"}
LEARNS = {  # checks of how well a model fits rows that it has seen
    "check_classifiers_train",
    "check_classifiers_classes",
    "check_classifiers_one_label_sample_weights",
    "check_class_weight_classifiers",
    "check_regressors_train",
}


FEW_ROWS = {  # ten rows or one
    "check_classifiers_one_label",
    "check_classifiers_one_label_sample_weights",
    "check_fit2d_1sample",
    "check_fit2d_1feature",
}
TWICE = {  # they fit the same object twice and ask for the same result
    "check_supervised_y_2d",
    "check_classifiers_multilabel_representation_invariance",
}


def drawn(kind, number):
    """One estimator of a kind, its settings drawn; pairs that contradict each other are left out."""
    rng = np.random.default_rng([number, sorted(ESTIMATORS).index(kind)])
    make, choices = ESTIMATORS[kind]
    params = {name: values[rng.integers(len(values))] for name, values in choices.items()}
    if params["warm_start"]:
        params.pop("n_restarts", None)
    if params.get("batch_size") == 1:
        params.pop("engine")  # thousands of steps by NumPy take minutes
    if params["solver"] == "lbfgs" and kind != "logistic":
        for name in ("dropout", "clip_norm", "early_stopping", "l1"):
            params.pop(name)
    if params.get("hidden_layer_sizes") == ():
        params.pop("dropout", None)
    return make(**params)


def diverged(error):
    """Whether training diverged, also where a search or a check says so in its own error."""
    while error is not None and not isinstance(error, DivergedError):
        if "DivergedError" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return error is not None


def excuse(model, check, error):
    """Why this setting need not pass this check, or None."""
    params = {name.rpartition("__")[2]: value for name, value in model.get_params().items()}
    if isinstance(error, AssertionError) and check in LEARNS:
        return "few epochs, few units or a large penalty: it learns less than the check asks for"
    if check.startswith("check_sample_weight_equivalence") and (
        params.get("dropout") or params.get("early_stopping") or params.get("learning_rate") == "invscaling"
    ):
        return "which units are dropped, which rows validate, and the rate hang on the number of rows"
    if check.startswith("check_sample_weight_equivalence") and "C" in params and params["max_iter"] == 1:
        return "after one step it is not at the minimum, which alone does not hang on the form of the rows"
    if check.startswith("check_sample_weight_equivalence") and params.get("batch_size") in (1, 32):
        return "which rows share a batch hangs on the number of rows"
    if isinstance(error, UsageError) and error.key in PARTIAL_FIT:
        return "these settings have no partial_fit"
    if params.get("early_stopping") and (isinstance(error, DataError) or check in FEW_ROWS):
        return "too few rows to hold some out"
    if diverged(error):
        return "steps that are too long for columns that nobody scaled, and this is said"
    if isinstance(error, DataError) and params.get("class_weight") and "multilabel" in check:
        return "weights of classes need one label a row"
    if (
        isinstance(error, AssertionError)
        and check == "check_classifiers_multilabel_output_format_predict_proba"
    ):
        return "it asks for probabilities below 1, and some are 1 to all digits"
    if params.get("warm_start") and check in TWICE:
        return "it goes on from where it was"
    return None


def problems(model):
    """(check, error) of every check that did not pass and is not excused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks feed nonsense on purpose
        results = check_estimator(model, on_skip=None, on_fail=None)
    assert len(results) > 50
    return [
        (result["check_name"], result["status"], result["exception"])
        for result in results
        if result["status"] != "passed" and not excuse(model, result["check_name"], result["exception"])
    ]


@pytest.mark.parametrize("number", range(SETTINGS))
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_estimators(kind, number):
    model = drawn(kind, number)
    assert problems(model) == [], repr(model)


@pytest.mark.parametrize("number", range(SETTINGS))
@pytest.mark.parametrize("kind", SEARCHES)
def test_searches(kind, number):
    of = sorted(ESTIMATORS)[number % len(ESTIMATORS)]
    model = drawn(of, number).set_params(max_iter=20)
    if of != "logistic":
        model.set_params(early_stopping=False)  # the folds of the checks have too few rows to hold some out
    if of != "regressor":
        model.set_params(class_weight=None)  # a search wraps what it says of several labels
    search = SEARCHES[kind](model, *(("C", [0.1, 1]) if of == "logistic" else ("alpha", [0.1, 1])))
    assert problems(search) == [], repr(search)
