"""Labels are whole numbers of 64 bits, to the last bit: float64 would skip every other one from 2^53 on."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from shoal import LogisticRegression, MLPClassifier, load, save
from shoal.base.errors import DataError
from shoal.base.numeric import like

X = np.repeat([[-1.0], [1.0]], 20, axis=0)
PAIRS = {
    "int64": (2**53, 2**53 + 1),
    "the largest int64": (2**63 - 2, 2**63 - 1),
    "negative": (-(2**53) - 2, -(2**53) - 1),
    "uint64": (2**63, 2**63 + 1),
    "on both sides of int64": (2**63 - 1, 2**63),
}
OF_PANDAS = {"int64": "Int64", "uint64": "UInt64"}
FORMS = {
    "array": lambda y, dtype: np.array(y, dtype),
    "list": lambda y, dtype: y,
    "pandas": lambda y, dtype: pd.Series(y, dtype=dtype),
    "pandas with missing values": lambda y, dtype: pd.Series(
        y, dtype={"int64": "Int64"}.get(dtype, "UInt64")
    ),
    "an array of pandas": lambda y, dtype: pd.array(y, dtype=OF_PANDAS[dtype]),
    "pyarrow in pandas": lambda y, dtype: pd.Series(y, dtype=f"{dtype}[pyarrow]"),
    "polars": lambda y, dtype: pl.Series(y, dtype=pl.Int64 if dtype == "int64" else pl.UInt64),
}
MODELS = [MLPClassifier((2,), solver="lbfgs"), LogisticRegression()]


def labels(pair, form):
    a, b = PAIRS[pair]
    return FORMS[form]([a] * 20 + [b] * 20, "int64" if b < 2**63 else "uint64")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("model", MODELS, ids=["mlp", "logistic"])
def test_two_neighbours_are_two_classes_and_come_back_exactly(model, pair, form, tmp_path):
    y, both = labels(pair, form), list(PAIRS[pair])
    model.set_params(class_weight={both[0]: 1, both[1]: 2}).fit(X, y)
    assert model.classes_.tolist() == both
    assert model.predict(X[[0, -1]]).tolist() == both
    assert model.score(X, y) == 1
    save(model, tmp_path / "model.shoal")
    loaded = load(tmp_path / "model.shoal")
    assert loaded.classes_.tolist() == both
    assert loaded.predict(X[[0, -1]]).tolist() == both
    assert model.set_params(class_weight="balanced").fit(X, y).predict(X[[0, -1]]).tolist() == both


@pytest.mark.parametrize("first", [np.int64, np.uint64])
def test_pieces_may_have_the_other_type_of_whole_numbers(first):
    """NumPy compares int64 with uint64 as floats."""
    a, b = 2**53, 2**53 + 1
    second = np.uint64 if first is np.int64 else np.int64
    model = MLPClassifier((2,), solver="sgd", learning_rate_init=0.5)
    model.partial_fit(X, np.array([a] * 20 + [b] * 20, first), classes=np.array([a, b], first))
    y = np.array([a] * 20 + [b] * 20, second)
    for _ in range(50):
        model.partial_fit(X, y, classes=np.array([a, b], second))
    assert model.predict(X[[0, -1]]).tolist() == [a, b]
    assert model.score(X, y) == 1
    with pytest.raises(DataError, match=str(b + 1)):
        model.partial_fit(X, np.array([a] * 20 + [b + 1] * 20, second))
    with pytest.raises(DataError, match="classes must be the same"):
        model.partial_fit(X, y, classes=np.array([a, b + 1], second))


@pytest.mark.parametrize("model", MODELS, ids=["mlp", "logistic"])
@pytest.mark.parametrize(
    ("known", "judged", "right"),
    [
        ([2**63, 2**63 + 1], np.array([-1] * 20 + [0] * 20), 0.0),
        ([0, 1], np.array([0] * 20 + [2**64 - 1] * 20, np.uint64), 0.5),
        (np.array([0, 1], np.uint8), np.array([0] * 20 + [-1] * 20), 0.5),
    ],
)
def test_a_label_beyond_the_type_of_the_classes_is_a_wrong_one(model, known, judged, right):
    model.set_params(class_weight=None).fit(X, np.repeat(known, 20))
    assert model.score(X, judged) == right
    assert model.score(X, judged, np.arange(40)) == pytest.approx(right and 190 / 780)


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]"])
def test_a_missing_label_is_still_named_by_its_row(dtype):
    y = pd.Series([0] * 20 + [1] * 20, dtype=dtype)
    y[7] = pd.NA
    with pytest.raises(DataError, match="row 7"):
        MLPClassifier().fit(X, y)


def test_a_whole_number_that_does_not_fit_is_compared_as_itself():
    large = like(np.array([2**64 - 1, 2], np.uint64), np.array([-1, 2], np.int64))
    assert large.tolist() == [2**64 - 1, 2]
    assert like(np.array([-1], np.int64), np.array([2], np.uint64)).tolist() == [-1]
    assert like(np.array([], np.int64), np.array([2], np.uint64)).dtype == np.uint64
    floats = np.array([1.5])
    assert like(floats, np.array([1])) is floats
