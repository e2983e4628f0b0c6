"""Weights of rows, at and beyond what a number holds: right, equal on both engines, or refused."""

import numpy as np
import pytest
from sklearn.base import clone

from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError
from shoal.base.numeric import LEAST_WEIGHT, MOST_WEIGHT, comparable
from shoal.base.texts import use_language
from shoal.estimators import _inputs

MODELS = [
    MLPClassifier((4,), alpha=0, max_iter=20),
    MLPClassifier((4,), alpha=0, solver="lbfgs", max_iter=20),
    MLPRegressor("squared_error", (4,), alpha=0, max_iter=20),
    LogisticRegression(),
]
BEYOND = {  # the weights, the precision of X
    "their sum overflows": (lambda m: np.full(m, 1e308), np.float64),
    "one above all others": (lambda m: np.r_[1e308, np.ones(m - 1)], np.float64),
    "denormal": (lambda m: np.full(m, 1e-310), np.float64),
    "denormal in float32": (lambda m: np.full(m, 1e-40), np.float32),
    "infinite in float32": (lambda m: np.full(m, 1e60), np.float32),
}


def rows(dtype=np.float64, m=120):
    random = np.random.default_rng(0)
    X = random.normal(size=(m, 3))
    return X.astype(dtype), (X[:, 0] + 0.3 * random.normal(size=m) > 0).astype(int)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("case", BEYOND)
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_weights_that_no_sum_can_hold_are_refused_with_what_to_do(model, case, language):
    use_language(language)
    weights, dtype = BEYOND[case]
    X, y = rows(dtype)
    with pytest.raises(DataError, match="sample_weight") as refused:
        clone(model).fit(X, y, sample_weight=weights(len(y)))
    assert refused.value.key == "fit.weights_range"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("weights", "of_class"), [(1e20, 1e20), (1.0, 1e300), (1e-25, 1e-20), (1e-20, 1e300)]
)
def test_weights_times_class_weights_are_in_the_same_range(weights, of_class, dtype):
    X, y = rows(dtype)
    given = np.where(np.arange(len(y)) % 9, weights, 0.0)  # 0 times an overflow is no number
    for model in (MLPClassifier((4,)), LogisticRegression()):
        model.set_params(class_weight={0: of_class, 1: of_class})
        with pytest.raises(DataError) as refused:
            model.fit(X, y, sample_weight=given)
        assert refused.value.key == "fit.weights_range"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("unit", [LEAST_WEIGHT, MOST_WEIGHT])
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_at_the_ends_of_the_range_the_unit_of_the_weights_changes_no_bit(model, unit, dtype):
    """A power of two changes no rounding. A penalty is a number of rows, so it is given in the same unit."""
    X, y = rows(dtype)
    weights = np.random.default_rng(1).integers(0, 5, len(y)) / 8
    weights[0] = 1
    plain = clone(model).fit(X, y, sample_weight=weights)
    other = clone(model)
    if isinstance(model, LogisticRegression):
        other.set_params(C=1 / unit)
    other.fit(X, y, sample_weight=weights * unit)
    np.testing.assert_array_equal(other.theta_, plain.theta_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("tiny", [1e-310, 5e-324])
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_rows_that_hardly_count_are_the_same_to_both_engines(model, tiny):
    X, y = rows()
    weights = np.where(np.arange(len(y)) % 4, 1.0, tiny)
    native, numpy = (
        clone(model).set_params(engine=e).fit(X, y, sample_weight=weights) for e in ("auto", "numpy")
    )
    np.testing.assert_allclose(native.theta_, numpy.theta_, rtol=1e-7, atol=1e-9)


def test_a_fold_or_the_rows_beside_the_validation_rows_may_lack_the_large_weights():
    X, y = rows()
    model = MLPClassifier((4,), early_stopping=True, max_iter=2)
    examples = _inputs.prepare(model, X, y)
    held = np.setdiff1d(examples.rows, _inputs.hold_out(model, examples, 0).rows)
    weights = np.full(len(y), 1e-310)
    weights[held] = 1.0
    with pytest.raises(DataError) as refused:
        model.fit(X, y, sample_weight=weights)
    assert refused.value.key == "fit.weights_range"
    weights = np.full(len(y), 1e-310)
    weights[: len(y) // 2] = 1.0
    whole = _inputs.prepare(model, X, y, weights)
    with pytest.raises(DataError) as refused:
        _inputs.on_rows(model, whole, np.arange(len(y) // 2, len(y)))
    assert refused.value.key == "fit.weights_range"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_validation_rows_that_hardly_count_are_scored_as_if_they_did():
    X, y = rows()
    target = X[:, 0] + X[:, 1]
    for model, wanted in ((MLPClassifier((4,)), y), (MLPRegressor("squared_error", (4,)), target)):
        model.set_params(early_stopping=True, max_iter=5)
        examples = _inputs.prepare(model, X, wanted)
        learned = _inputs.hold_out(model, examples, 0).rows
        weights = np.full(len(y), 1e-310)
        weights[learned] = 1.0
        model.fit(X, wanted, sample_weight=weights)
        plain = clone(model).fit(X, wanted)
        np.testing.assert_allclose(model.validation_scores_, plain.validation_scores_, rtol=1e-9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("unit", [1e308, 1e-310])
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_score_does_not_depend_on_the_unit_of_the_weights(model, unit):
    X, y = rows()
    fitted = clone(model).fit(X, y)
    weights = np.random.default_rng(1).integers(0, 4, len(y))
    plain = fitted.score(X, y, weights)
    assert fitted.score(X, y, weights / 4 * unit) == pytest.approx(plain, rel=1e-9)
    assert fitted.score(X, y, list(weights / 4 * unit)) == pytest.approx(plain, rel=1e-9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_search_says_of_weights_what_a_fit_says():
    X, y = rows()
    search = GridSearchCV(
        MLPClassifier(max_iter=2), {"hidden_layer_sizes": [(2,), (3,)]}, error_score="raise"
    )
    with pytest.raises(DataError) as refused:
        search.fit(X, y, sample_weight=np.full(len(y), 1e308))
    assert refused.value.key == "fit.weights_range"


def test_ordinary_weights_are_scored_as_they_are():
    for weights in (np.array([0.5, 2.0]), np.array([3, 0]), [1, 2], np.zeros(2), np.array([np.nan, 1.0])):
        assert comparable(weights) is weights
