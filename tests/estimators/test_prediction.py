"""What a fitted network answers, by the short way for plain rows and by scikit-learn's validation.

The short way may only ever be sooner: the tests of it ask twice, the second time with the short way closed,
and compare all that can be told apart: the answer or the error, what the engine was given, the warnings.
"""

import copy
import warnings
from contextlib import suppress
from functools import cache
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, DivergedError
from shoal.engines.numpy import NumpyEngine
from shoal.estimators import _inputs as inputs

N_X = 6


def _training():
    """By name: what is to be fitted, to which X and y."""
    X = np.random.default_rng(1).standard_normal((60, N_X))
    two, three = (X[:, 0] > 0).astype(int), np.digitize(X[:, 0], [-0.5, 0.5])
    texts, labels = np.array(["dolphin", "herring"])[two], np.stack([two, X[:, 1] > 0], axis=1)
    options = {"hidden_layer_sizes": (5,), "solver": "lbfgs", "max_iter": 5}
    return {
        "two classes": (MLPClassifier(**options), X, texts),
        "two classes, float32": (MLPClassifier(**options), X.astype(np.float32), two),
        "two classes, named columns": (
            MLPClassifier(**options),
            pd.DataFrame(X, columns=list("abcdef")),
            two,
        ),
        "three classes": (MLPClassifier(**options), X, three),
        "labels": (MLPClassifier(**options), X, labels),
        "a number": (MLPRegressor(**options), X, X[:, 0]),
        "numbers": (MLPRegressor(**options), X, X[:, :2]),
        "logistic": (LogisticRegression(), X, three),
    }


TRAINING = _training()
UNNAMED = [name for name in TRAINING if "named" not in name]


@cache
def fitted(name):
    estimator, X, y = TRAINING[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # five iterations are enough here
        return estimator.fit(X, y)


# --------------------------------------------------------------------------- what is compared


class Listening(NumpyEngine):
    """An engine that remembers the columns it was given."""

    def __init__(self):
        self.heard = []

    def predict(self, network, theta, X, *, layers=False):
        self.heard.append(told(X))
        return super().predict(network, theta, X, layers=layers)


def told(X):
    """All that can be told of an array: also its type, its precision and how it lies in memory."""
    if sparse.issparse(X):
        return type(X), X.dtype.str, X.toarray().tolist()
    return type(X), X.dtype.str, X.shape, X.flags.f_contiguous, np.asarray(X).tobytes()


def methods_of(model):
    methods = ("predict", "predict_proba", "predict_log_proba", "decision_function")
    return [method for method in methods if hasattr(model, method)]


def outcome(model, method, X):
    """What is answered or said in an error, the columns that reached the engine, and the warnings."""
    engine = Listening()
    asked = copy.copy(model).set_params(engine=engine)  # shares theta_
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = getattr(asked, method)(X)
        except Exception as error:
            said = type(error), str(error)
        else:
            said = told(answer)
    return said, engine.heard, [(warning.category, str(warning.message)) for warning in caught]


def both_ways(model, X):
    """The outcome of every method, as it comes; and the same with the short way closed."""
    short = [outcome(model, method, X) for method in methods_of(model)]
    with patch.object(inputs, "_is_plain", return_value=False):
        return short, [outcome(model, method, X) for method in methods_of(model)]


# --------------------------------------------------------------------------- plain rows, and near misses

ROWS = np.random.default_rng(0).standard_normal((4, N_X))


def _read_only():
    X = ROWS.copy()
    X.flags.writeable = False
    return X


def _not_aligned():
    return np.frombuffer(b"." + ROWS.tobytes(), dtype=np.float64, offset=1).reshape(ROWS.shape)


def _with(value, X=ROWS):
    X = X.copy()
    X[-1, 2] = value
    return X


PLAIN = {
    "rows": ROWS,
    "one row": ROWS[:1],
    "rows out of the middle": ROWS[1:3],
    "float32": ROWS.astype(np.float32),
    "read-only": _read_only(),
    "not aligned": _not_aligned(),
    "huge numbers whose sum overflows": np.full((3, N_X), 1e308),
    "huge numbers whose squares overflow": ROWS * 1e200,
    "huge float32 whose sum overflows": np.full((3, N_X), 3e38, np.float32),
    "numbers below the normal ones": ROWS * 1e-310,
}
OTHER = {
    "Fortran order": np.asfortranarray(ROWS),
    "every other row": np.repeat(ROWS, 2, axis=0)[::2],
    "columns from right to left": ROWS[:, ::-1],
    "the other byte order": ROWS.astype(ROWS.dtype.newbyteorder()),
    "a matrix": ROWS.view(np.matrix),
    "a masked array": np.ma.array(ROWS, mask=ROWS > 0),
    "a masked NaN": np.ma.masked_invalid(_with(np.nan)),
    "a record array": ROWS.view(np.recarray),
    "a column too few": np.ascontiguousarray(ROWS[:, 1:]),
    "a column too many": np.hstack([ROWS, ROWS[:, :1]]),
    "as many rows as columns are wanted": np.ones((N_X, 1)),
    "one row without its brackets": ROWS[0].copy(),
    "three axes": ROWS[:, :, None].copy(),
    "no axis": np.array(3.0),
    "no rows": np.empty((0, N_X)),
    "no columns": np.empty((3, 0)),
    "NaN": _with(np.nan),
    "infinity": _with(np.inf),
    "minus infinity in float32": _with(-np.inf, ROWS.astype(np.float32)),
    "both infinities": _with(-np.inf, _with(np.inf, ROWS[::-1])[::-1].copy()),
    "NaN among huge numbers": _with(np.nan, np.full((3, N_X), 1e308)),
    "too large for float32": _with(1e300),
    "float16": ROWS.astype(np.float16),
    "extended precision": ROWS.astype(np.longdouble),
    "whole numbers": (100 * ROWS).astype(int),
    "large whole numbers": np.full((2, N_X), 2**62 + 1),
    "booleans": ROWS > 0,
    "complex numbers": ROWS + 1j,
    "numbers as objects": ROWS.astype(object),
    "texts": ROWS.astype(str),
    "times": np.ones((2, N_X), "datetime64[s]"),
    "a list": ROWS.tolist(),
    "nothing": None,
    "a sparse matrix": sparse.csr_matrix(ROWS),
    "a sparse array by columns": sparse.csc_array(ROWS),
    "sparse NaN": sparse.csr_array(_with(np.nan)),
    "a data frame": pd.DataFrame(ROWS, columns=list("abcdef")),
    "a data frame in another order": pd.DataFrame(ROWS, columns=list("fedcba")),
}


@pytest.mark.parametrize("rows", PLAIN)
@pytest.mark.parametrize("name", UNNAMED)
def test_plain_rows_are_not_kept_waiting_by_scikit_learn(name, rows):
    model = fitted(name)
    with (
        patch.object(inputs, "validate_data", side_effect=AssertionError("validated")),
        patch(
            "shoal.estimators._predict.check_is_fitted",
            side_effect=AssertionError("looked whether it is fitted"),
        ),
        suppress(DataError, DivergedError),  # too large for float32, or to be multiplied
    ):
        model.predict(PLAIN[rows])


@pytest.mark.parametrize("rows", [*PLAIN, *OTHER])
@pytest.mark.parametrize("name", TRAINING)
def test_the_short_way_changes_no_answer_no_error_and_no_warning(name, rows):
    short, full = both_ways(fitted(name), (PLAIN | OTHER)[rows])
    assert short == full


@pytest.mark.parametrize("setting", [{"array_api_dispatch": True}, {"assume_finite": True}])
@pytest.mark.parametrize("rows", ["rows", "float32", "NaN", "no rows"])
def test_the_short_way_is_the_same_under_settings_of_scikit_learn(rows, setting):
    with config_context(**setting):
        short, full = both_ways(fitted("two classes"), (PLAIN | OTHER)[rows])
    assert short == full


LAYOUTS = {
    "as it is": lambda X: X,
    "Fortran order": np.asfortranarray,
    "turned": lambda X: X.T,
    "backwards": lambda X: X[::-1],
    "the other byte order": lambda X: X.astype(X.dtype.newbyteorder()),
    "masked": np.ma.masked_invalid,
}


@settings(deadline=None)  # whoever asks a model first waits for its fit
@given(
    data=st.data(),
    name=st.sampled_from(list(TRAINING)),
    dtype=st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.uint8, np.bool_]),
    shape=st.sampled_from([(1, N_X), (3, N_X), (N_X, N_X), (0, N_X), (1, N_X - 1), (N_X,), (1, 1, N_X)]),
    layout=st.sampled_from(list(LAYOUTS)),
)
def test_the_short_way_changes_nothing_for_any_array(data, name, dtype, shape, layout):
    X = LAYOUTS[layout](data.draw(arrays(dtype, shape)))
    short, full = both_ways(fitted(name), X)
    assert short == full


# --------------------------------------------------------------------------- finite, and fitted


@settings(deadline=None)
@given(data=st.data(), dtype=st.sampled_from([np.float64, np.float32]), m=st.integers(1, 20))
def test_rows_are_refused_exactly_if_a_number_is_not_finite(data, dtype, m):
    X = data.draw(arrays(dtype, (m, N_X)))  # draws NaN, infinity and the largest numbers too
    said, _, caught = outcome(fitted("two classes"), "predict_proba", X)
    assert (said[0] is DataError) == (not np.isfinite(X).all())
    assert caught == []


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("where", [(0, 0), (54_321, 3), (99_999, N_X - 1)])
def test_one_odd_number_among_many_rows_is_found(where, dtype, value):
    X = np.ones((100_000, N_X), dtype)
    X[where] = value
    with pytest.raises(DataError) as caught:
        fitted("two classes").predict(X)
    assert caught.value.key == "fit.not_finite"
    assert (caught.value.values["row"], caught.value.values["column"]) == where


def test_rows_without_names_are_remarked_on_where_fit_saw_names():
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        fitted("two classes, named columns").predict_proba(ROWS)


@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor(), LogisticRegression()], ids=repr)
def test_a_model_that_is_not_fitted_says_so(estimator):
    for method in methods_of(estimator):
        with pytest.raises(NotFittedError):
            getattr(estimator, method)(ROWS)


def test_the_probabilities_of_two_classes_are_those_of_the_sigmoid_unit():
    model = fitted("two classes")
    z = model.decision_function(ROWS)
    second = 1 / (1 + np.exp(-z))
    P = model.predict_proba(ROWS)
    # engines may round exp in their own way, by a few units in the last place
    np.testing.assert_allclose(P, np.stack([1 - second, second], axis=1), rtol=0, atol=1e-14)
    assert model.predict(ROWS).tolist() == np.where(z > 0, "herring", "dolphin").tolist()
