"""Columns that a network cannot see are told by name, once a fit, and by the networks only."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.texts import use_language

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
UNEVEN, FAR = "differ in scale", "one and the same number"


def rows(m=60):
    X = np.random.default_rng(0).normal(size=(m, 3))
    return X, (X[:, 0] > 0).astype(int)


def told(model, X, y, fit="fit", **given):
    use_language("en")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(model, fit)(X, y, **given)
    said = [str(each.message) for each in caught]
    return [each for each in said if UNEVEN in each or FAR in each]


@pytest.mark.parametrize(
    "model", [MLPClassifier((3,), max_iter=2), MLPRegressor("squared_error", (3,), max_iter=2)], ids=str
)
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, lambda X: X.astype(np.float32)])
def test_columns_of_very_different_scale_are_told(model, form):
    X, y = rows()
    (said,) = told(model, form(X * [1e-8, 1, 1e8]), y)
    assert "column 0 " in said
    assert "column 2 " in said
    assert "StandardScaler" in said
    assert told(model, form(X * [1e-5, 1, 1e5]), y) == []
    X = X * [0, 1e-3, 1]
    assert told(model, form(X), y) == []  # a constant column has no scale


@pytest.mark.parametrize(
    "model", [MLPClassifier((3,), max_iter=2), MLPRegressor("squared_error", (3,), max_iter=2)], ids=str
)
def test_a_column_far_from_zero_is_told(model):
    X, y = rows()
    (said,) = told(model, X + np.array([0, -1e10, 0]), y)
    assert "column 1 " in said
    assert "StandardScaler" in said
    assert told(model, X + 1e6, y) == []
    X[:, 1] = 1e30  # a constant
    assert told(model, X, y) == []
    assert len(told(model, X * [1, 1, 1e-250] + np.array([1e10, 0, 0]), y)) == 2
    assert told(model, np.ones((60, 2)), y) == []


def test_the_largest_numbers_do_not_overflow_on_the_way():
    X, y = rows()
    X = np.sign(X) * 1.7e304
    assert told(MLPClassifier((), initialization="zeros", max_iter=1), X, y) == []


@pytest.mark.parametrize(("language", "word"), [("en", "differ in scale"), ("zh", "尺度相差")])
def test_names_of_columns_and_both_languages(language, word):
    X, y = rows()
    use_language(language)
    frame = pd.DataFrame(X * [1e-8, 1, 1e8], columns=["mass", "age", "distance"])
    with pytest.warns(UserWarning, match=word) as caught:
        MLPClassifier((3,), max_iter=2).fit(frame, y)
    (said,) = (str(each.message) for each in caught if word in str(each.message))
    assert "mass" in said
    assert "distance" in said


def test_neither_logistic_regression_nor_partial_fit_nor_each_fit_of_a_search_tells_it():
    X, y = rows()
    X = X * [1e-8, 1, 1e8] + np.array([0, 1e10, 0])
    assert told(LogisticRegression(), X, y) == []
    assert told(MLPClassifier((3,)), X, y, "partial_fit", classes=[0, 1]) == []
    search = GridSearchCV(MLPClassifier(max_iter=2), {"hidden_layer_sizes": [(2,), (3,)]}, cv=3)
    assert len(told(search, X, y)) <= 2  # of the fit to all rows
