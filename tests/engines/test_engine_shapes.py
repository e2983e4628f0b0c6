"""Every engine refuses a wrong shape by its symbol, as the reader sees the array, and takes whole numbers."""

import numpy as np
import pytest
from scipy import sparse

from shoal.base.errors import ShapeError, UsageError
from shoal.base.texts import use_language
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines import Data, Member, get_engine, native_is_built

ENGINES = ["numpy", *["native"] * native_is_built()]
NETWORK = Network((3, 4, 2), ("tanh",), "sigmoid")
RANDOM = np.random.default_rng(0)
THETA = RANDOM.normal(size=NETWORK.p)
X = RANDOM.integers(-3, 4, (3, 5)).astype(float)
Y = RANDOM.integers(0, 2, (2, 5)).astype(float)
V = np.array([[1.0, 2.0, 1.0, 3.0, 1.0]])

pytestmark = pytest.mark.unchecked_shapes  # a user's process does not have jaxtyping

WRONG = [  # symbol, what is wrong with it, what is said
    ("X", lambda X: X.T, "(n_x, m) = (3, m)", "(5, 3)", "transposed"),
    ("X", lambda X: X[:2], "(n_x, m) = (3, m)", "(2, 5)", ""),
    ("X", lambda X: X[:, 0], "(n_x, m) = (3, m)", "(3,)", "rank-1"),
    ("X", lambda X: X[None], "(n_x, m) = (3, m)", "(1, 3, 5)", ""),
    ("Y", lambda Y: Y.T, "(n_y, m) = (2, 5)", "(5, 2)", "transposed"),
    ("Y", lambda Y: Y[:1], "(n_y, m) = (2, 5)", "(1, 5)", ""),
    ("Y", lambda Y: Y[0], "(n_y, m) = (2, 5)", "(5,)", "rank-1"),
    ("Y", lambda Y: Y[:, :4], "(n_y, m) = (2, 5)", "(2, 4)", ""),
    ("v", lambda v: v.T, "(1, m) = (1, 5)", "(5, 1)", "transposed"),
    ("v", lambda v: v[0], "(1, m) = (1, 5)", "(5,)", "rank-1"),
    ("v", lambda v: v[:, :3], "(1, m) = (1, 5)", "(1, 3)", ""),
    ("theta", lambda theta: theta[:-1], f"(p,) = ({NETWORK.p},)", f"({NETWORK.p - 1},)", ""),
    ("theta", lambda theta: theta[None], f"(p,) = ({NETWORK.p},)", f"(1, {NETWORK.p})", ""),
]


def given(symbol=None, change=None):
    arrays = {"theta": THETA, "X": X, "Y": Y, "v": V}
    if symbol is not None:
        arrays[symbol] = change(arrays[symbol])
    return arrays["theta"], Data(arrays["X"], arrays["Y"], arrays["v"])


def train(engine, theta, data, epochs=2):
    member = Member(NETWORK, theta.copy(), Optimizer(), data, np.arange(5), seed=0, batch_size=2)
    engine.epochs([member], [[0.1] * epochs])
    return member.theta


CALLS = {
    "predict": lambda engine, theta, data: engine.predict(NETWORK, theta, data.X),
    "predict layers": lambda engine, theta, data: engine.predict(NETWORK, theta, data.X, layers=True),
    "gradient": lambda engine, theta, data: engine.gradient(NETWORK, theta, data),
    "epochs": train,
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("symbol", "change", "wanted", "got", "cause"), WRONG)
def test_a_wrong_shape_is_refused_by_its_symbol(symbol, change, wanted, got, cause, engine, call, language):
    if call.startswith("predict") and symbol in "Yv":
        return
    theta, data = given(symbol, change)
    if call == "epochs" and symbol == "theta":
        return  # a member makes its slots from theta before the engine sees it
    use_language(language)
    try:
        with pytest.raises(ShapeError) as caught:
            CALLS[call](get_engine(engine), theta, data)
    finally:
        use_language("en")
    said = str(caught.value)
    assert said.startswith(f"{symbol} ")
    assert wanted in said
    assert got in said
    if language == "en":
        assert cause in said
    assert ("形状" in said) == (language == "zh")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8, bool])
@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_whole_numbers_and_truth_values_give_the_bits_of_floats(engine, call, dtype, precision):
    positive = np.abs(X).astype(precision) > 1 if dtype is bool else np.abs(X)
    theta = THETA.astype(precision)
    whole = Data(positive.astype(dtype), Y.astype(dtype), V.astype(np.int64))
    same = Data(*(array.astype(precision) for array in whole))
    one, other = (CALLS[call](get_engine(engine), theta, data) for data in (whole, same))
    if call == "gradient":
        assert one[0] == pytest.approx(other[0], rel=1e-6)  # NumPy computes float32 beside int64 in float64
        one, other = one[1], other[1]
    if call == "predict layers":
        one, other = one[1][-1], other[1][-1]
    np.testing.assert_allclose(one, other, rtol=1e-12 if precision is np.float64 else 1e-4, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("call", CALLS)
def test_what_is_not_an_array_is_refused_by_its_name(engine, call):
    theta, data = given()
    with pytest.raises(UsageError, match=r"^X "):
        CALLS[call](get_engine(engine), theta, data._replace(X=X.tolist()))


@pytest.mark.parametrize("engine", ENGINES)
def test_sparse_rows_are_asked_for_their_shape_too(engine):
    theta, data = given()
    right = get_engine(engine).gradient(NETWORK, theta, data._replace(X=sparse.csr_array(X.T).T))
    np.testing.assert_allclose(right[1], get_engine(engine).gradient(NETWORK, theta, data)[1], rtol=1e-12)
    with pytest.raises(ShapeError, match=r"^X must be \(n_x, m\) = \(3, m\), got \(5, 3\): is it transposed"):
        get_engine("auto").gradient(NETWORK, theta, data._replace(X=sparse.csr_array(X.T)))
