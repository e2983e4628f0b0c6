"""A trace is what the equations compute, all of it, and what it prints is the arithmetic that was done."""

import json
import re

import numpy as np
import pytest
from sklearn.base import clone

from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, ShapeError, UsageError
from shoal.base.texts import use_language
from shoal.book import Network, equations
from shoal.datasets import load
from shoal.engines import Data, get_engine
from shoal.inspect import check_gradients, trace

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def problem(output="sigmoid", n=(3, 4, 2), activations=("tanh",), m=7, seed=0, weighted=True):
    """A network with random parameters, and examples."""
    random = np.random.default_rng(seed)
    network = Network(n, activations, output)
    Y = random.normal(size=(n[-1], m))
    if output == "sigmoid":
        Y = (Y > 0).astype(float)
    if output == "softmax":
        Y = np.eye(n[-1])[:, random.integers(0, n[-1], m)]
    if output == "exp":
        Y = np.floor(Y**2)
    v = random.uniform(0, 3, (1, m)) if weighted else None
    return network, random.normal(size=network.p), random.normal(size=(n[0], m)), Y, v


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity", "exp"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_trace_is_what_the_equations_compute(output, dtype):
    network, theta, X, Y, v = problem(output)
    seen = trace(network, theta, X, Y, v=v, l1=0.3, l2=0.7, dtype=dtype)
    theta, X, Y, v = (array.astype(dtype) for array in (theta, X, Y, v))
    W, b = network.views(theta)
    q = equations.shares(v)
    Z, A = equations.forward(W, b, X, network.g)
    dZ, dW, db = equations.backward(W, Z, A, Y, network.g, q)
    for l in (1, 2):
        dW[l] = dW[l] + equations.penalty_prime(W[l], 0.3, 0.7, float(v.sum(dtype=float)))
        for symbol, expected in {"W": W, "b": b, "Z": Z, "A": A, "dZ": dZ, "dW": dW, "db": db}.items():
            got = getattr(seen, symbol)[l]
            assert got.dtype == dtype
            # one BLAS thread or two may add in another order
            np.testing.assert_allclose(got, expected[l], rtol=1e-5 if dtype == "float32" else 1e-12)
    np.testing.assert_array_equal(seen.A[0], X)
    np.testing.assert_allclose(seen.dA[1], W[2].T @ dZ[2], rtol=1e-5)
    np.testing.assert_allclose(seen.dA[0], W[1].T @ dZ[1], rtol=1e-5)
    np.testing.assert_array_equal(seen.dA[2], equations.OUTPUTS[output].loss_prime(Z[2], Y))
    np.testing.assert_allclose(seen.loss, equations.OUTPUTS[output].loss(Z[2], Y))
    assert pytest.approx(seen.mean_loss + seen.penalties["l1"] + seen.penalties["l2"], rel=1e-12) == seen.J


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity", "exp"])
def test_cost_and_gradient_are_those_of_an_engine(output):
    network, theta, X, Y, v = problem(output)
    seen = trace(network, theta, X, Y, v=v, l1=0.3, l2=0.7)
    J, dtheta = get_engine("numpy").gradient(network, theta, Data(X, Y, v), l1=0.3, l2=0.7)
    dW, db = network.views(dtheta)
    assert pytest.approx(J, rel=1e-13) == seen.J
    for l in (1, 2):
        np.testing.assert_allclose(seen.dW[l], dW[l], rtol=1e-12)
        np.testing.assert_allclose(seen.db[l], db[l], rtol=1e-12)


def test_a_weight_of_two_is_two_examples():
    network, theta, X, Y, _ = problem()
    v = np.array([[1, 2, 1, 1, 2, 1, 1]])
    twice = np.repeat(np.arange(7), v[0])
    one = trace(network, theta, X, Y, v=v, l2=0.5)
    two = trace(network, theta, X[:, twice], Y[:, twice], l2=0.5)
    assert pytest.approx(two.J, rel=1e-13) == one.J
    np.testing.assert_allclose(one.dW[1], two.dW[1], rtol=1e-12)


def test_a_trace_is_not_changed_by_training_that_goes_on():
    network, theta, X, Y, _ = problem()
    seen, before = trace(network, theta, X, Y), theta.copy()
    theta[:] = 0
    np.testing.assert_array_equal(network.views(before)[0][1], seen.W[1])
    with pytest.raises(ValueError, match="read-only"):
        seen.W[1][0, 0] = 1


def test_without_targets_there_is_only_the_way_forward():
    network, theta, X, Y, _ = problem()
    seen, whole = trace(network, theta, X), trace(network, theta, X, Y)
    np.testing.assert_array_equal(seen.A[2], whole.A[2])
    assert {getattr(seen, name) for name in ("Y", "dZ", "dA", "dW", "db", "q", "J", "loss")} == {None}
    for text in (str(seen), str(seen.example(0)), str(seen.example(0).unit(1, 1))):
        assert "dz" not in text
        assert "dW" not in text
    json.dumps([seen.to_dict(), seen.example(2).unit(1, 1).to_dict()], allow_nan=False)


def test_every_shape_is_told_in_letters_and_in_numbers():
    network, theta, X, Y, _ = problem()
    seen = trace(network, theta, X, Y)
    sizes = {"m": 7, "1": 1} | {f"n[{l}]": n_l for l, n_l in enumerate(network.n)}
    assert len(seen.shapes) == 17
    for symbol, letters, shape in seen.shapes:
        name, l = re.match(r"(\w+)\[(\d)\]", symbol).groups()
        assert getattr(seen, name)[int(l)].shape == shape
        assert tuple(sizes[letter] for letter in letters.strip("()").split(", ")) == shape
    for line in ("(n[l], n[l-1])", "(4, 3)", "(4, 1)", "(4, 7)", "(3, 7)  A[0] = X"):
        assert line in str(seen)


# --------------------------------------------------------------------------- one unit


def numbers_in(line):
    """The products and single numbers of a printed sum, added up."""
    total = 0.0
    for term in line.strip(" =").split(" + "):
        value = 1.0
        for number in term.split("·"):
            value *= float(number.strip("()"))
        total += value
    return total


@pytest.mark.parametrize(("l", "j"), [(1, 1), (1, 4), (2, 1), (2, 2)])
@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity", "exp"])
def test_the_printed_arithmetic_comes_to_the_printed_result(output, l, j):
    network, theta, X, Y, _ = problem(output)
    seen = trace(network, theta, X, Y, names=["age", "height", "weight"])
    unit = seen.example(4).unit(l, j)
    assert unit.z == seen.Z[l][j - 1, 4]
    assert unit.a == seen.A[l][j - 1, 4]
    assert (unit.da, unit.dz) == (seen.dA[l][j - 1, 4], seen.dZ[l][j - 1, 4])
    lines = [line.strip() for line in str(unit).splitlines()]
    rounding = 5e-3  # four digits of numbers around 1, a few of them
    assert numbers_in(lines[3]) == pytest.approx(unit.z, abs=rounding)
    assert float(lines[4].strip(" =")) == pytest.approx(unit.z, rel=1e-3)
    inputs = ["age", "height", "weight"] if l == 1 else ["a1", "a2", "a3", "a4"]
    assert lines[2] == "z = " + " + ".join(f"w{k}·{name}" for k, name in enumerate(inputs, 1)) + " + b"
    (a,) = (line for line in lines if line.startswith("a = "))
    assert float(a.split(" = ")[-1]) == pytest.approx(unit.a, rel=1e-3)
    (dz,) = (line for line in lines if line.startswith("dz = "))
    assert float(dz.split(" = ")[-1]) == pytest.approx(unit.dz, rel=1e-3)
    if l == 1:
        da, factors = numbers_in(lines[8]), dz.split(" = ")[1].split(" · ")
        assert da == pytest.approx(unit.da, abs=rounding)
        assert unit.dz == pytest.approx(unit.da * unit.slope, rel=1e-12)
        assert factors == ["da", "tanh'(z)"]
    parts = [line for line in lines if re.match(r"dw\d = ", line)]
    for k, part in enumerate(parts):
        assert part.startswith(f"dw{k + 1} = dz·{inputs[k]} = ")
        value = float(part.split(" = ")[-1])
        assert value == pytest.approx(seen.dZ[l][j - 1, 4] * seen.A[l - 1][k, 4], rel=1e-3, abs=1e-6)
    assert len(parts) == len(inputs)


def test_the_parts_of_all_examples_add_up_to_dW_and_db():
    network, theta, X, Y, v = problem()
    seen = trace(network, theta, X, Y, v=v)
    units = [seen.example(i).unit(1, 2) for i in range(7)]
    dw = sum(q * unit.dz * unit.inputs for q, unit in zip(seen.q[0], units, strict=True))
    np.testing.assert_allclose(dw, seen.dW[1][1], rtol=1e-12)
    db = sum(q * unit.dz for q, unit in zip(seen.q[0], units, strict=True))
    assert db == pytest.approx(seen.db[1][1, 0], rel=1e-12)


def test_of_many_inputs_the_largest_are_written_and_the_others_summed():
    network, theta, X, Y, _ = problem(n=(30, 20, 1))
    unit = trace(network, theta, X, Y).example(0).unit(1, 3)
    lines = str(unit).splitlines()
    terms = unit.w * unit.inputs
    largest = np.argsort(-np.abs(terms))[:8] + 1
    assert re.findall(r"w(\d+)·", lines[2]) == [str(k) for k in largest]
    assert "… 22 more" in lines[2]
    assert numbers_in(re.sub(r" \(… 22 more\)", "", lines[3])) == pytest.approx(unit.z, abs=2e-2)


def test_names_from_a_file_are_shown_and_never_markup():
    network, theta, X, Y, _ = problem()
    seen = trace(network, theta, X, Y, names=["<b>bold</b>", "{x}\n", "\x1b[31mred"], classes=["<i>", "no"])
    for shown in (seen.example(0), seen.example(0).unit(1, 1)):
        assert "\x1b" not in str(shown)
        assert "{x}\\n" in str(shown)
        assert "&lt;b&gt;bold" in shown._repr_html_()
        assert "<b>" not in shown._repr_html_()
    assert seen._repr_html_().startswith("<pre")


# --------------------------------------------------------------------------- identical units


def test_units_that_are_the_same_unit_twice_are_marked():
    network, theta, X, Y, _ = problem(n=(3, 5, 4, 1), activations=("tanh", "relu"))
    W, b = network.views(theta)
    W[1][[1, 3]] = W[1][0]
    b[1][[1, 3]] = b[1][0]
    W[2][:, [1, 3]] = W[2][:, [0]]
    seen = trace(network, theta, X, Y)
    assert seen.identical_units == [[], [[1, 2, 4]], [], []]
    assert "Layer 1: units 1, 2, 4 are identical" in str(seen)
    assert "identical to unit 1, 4" in str(seen.example(0).unit(1, 2))
    assert "identical" not in str(seen.example(0).unit(1, 3))
    np.testing.assert_array_equal(seen.dZ[1][0], seen.dZ[1][3])
    W[2][0, 3] += 1e-3  # one weight out is different: from now on they will part
    assert trace(network, theta, X, Y).identical_units == [[], [[1, 2]], [], []]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_units_that_started_equal_are_found_after_training(seed, engine):
    """An engine may round the units of a layer differently, by their place in a vector."""
    flower = load("flower", seed)
    with pytest.warns(UserWarning, match="start at zero"):
        model = MLPClassifier(
            (9,), "sigmoid", initialization="zeros", max_iter=20, learning_rate_init=0.1, engine=engine
        ).fit(flower.X, flower.y)
    assert np.abs(model.theta_).max() > 0.1
    assert model.trace(flower.X).identical_units[1] == [list(range(1, 10))]
    model = MLPClassifier((9,), max_iter=20, engine=engine).fit(flower.X, flower.y)
    assert model.trace(flower.X).identical_units == [[], [], []]


# --------------------------------------------------------------------------- estimators

IRIS, FLOWER = load("iris"), load("flower")
NUMBERS = np.random.default_rng(0).normal(size=(60, 2))
MODELS = {
    "classes": (MLPClassifier((5,), "tanh", max_iter=20, alpha=0.5, l1=0.1, dropout=0.2), IRIS.X, IRIS.y),
    "two classes": (MLPClassifier((4,), max_iter=20), FLOWER.X.astype(np.float32), FLOWER.y),
    "labels": (MLPClassifier((4,), max_iter=20), IRIS.X, (IRIS.X[:, :3] > IRIS.X[:, :3].mean(axis=0)) * 1),
    "numbers": (
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=20),
        NUMBERS,
        NUMBERS @ [[1.0, 2.0], [0.5, -1.0]],
    ),
    "logistic": (LogisticRegression(C=0.2, l1_ratio=0.3), FLOWER.X, FLOWER.y),
    "softmax": (LogisticRegression(class_weight="balanced"), IRIS.X, IRIS.y),
    "averaged": (MLPClassifier((3,), max_iter=20, n_restarts=2, restarts="average"), IRIS.X, IRIS.y),
}


@pytest.mark.parametrize("name", MODELS)
def test_an_estimator_traces_what_it_predicts_and_what_it_learned(name):
    model, X, y = MODELS[name]
    model = clone(model).fit(X, y)
    seen = model.trace(X, y)
    assert seen.dtype == "float64"
    outputs = model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
    if name in ("two classes", "logistic"):
        outputs = outputs[:, 1:]
    np.testing.assert_allclose(seen.A[-1].T, outputs, rtol=1e-4, atol=1e-6)  # "two classes" is float32
    if isinstance(model, LogisticRegression):  # at the minimum there is no gradient, with fit's penalties
        assert pytest.approx(model.loss_curve_[-1], rel=1e-9) == seen.J
        assert np.abs(seen.db[1]).max() < 1e-5
    np.testing.assert_array_equal(model.trace(X).A[-1], seen.A[-1])


def test_the_cost_is_what_training_goes_down():
    weights = np.random.default_rng(0).uniform(0.5, 2, len(IRIS.y))
    model = MLPClassifier((5,), "tanh", alpha=3.0, solver="lbfgs", max_iter=30)
    seen = model.fit(IRIS.X, IRIS.y, weights).trace(IRIS.X, IRIS.y, weights)
    np.testing.assert_allclose(seen.J, model.loss_, rtol=1e-12)


def test_names_of_columns_and_classes_are_those_of_fit():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(IRIS.X, columns=list(IRIS.feature_names))
    model = MLPClassifier((3,), max_iter=5).fit(X, IRIS.y)
    example = model.trace(X, IRIS.y).example(-1)
    assert "petal_width_cm = 1.8" in str(example)
    assert "(virginica)" in str(example)
    assert "Example 149 of 150" in str(example)


def test_sparse_rows_are_traced_as_dense_ones():
    from scipy import sparse

    model = MLPClassifier((3,), max_iter=5).fit(IRIS.X, IRIS.y)
    rows = sparse.csr_array(IRIS.X)
    np.testing.assert_array_equal(model.trace(rows, IRIS.y).dW[1], model.trace(IRIS.X, IRIS.y).dW[1])
    np.testing.assert_array_equal(model.trace(rows).A[0], IRIS.X.T)


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_does_not_fit_is_refused(language):
    use_language(language)
    english = language == "en"
    network, theta, X, Y, _ = problem()
    seen = trace(network, theta, X, Y)
    for i in (7, -8, 1.5, True, "0"):
        with pytest.raises(UsageError, match="from 0 to 6" if english else "0 数到 6"):
            seen.example(i)
    for l, j, said in ((0, 1, "l = 0"), (3, 1, "l = 3"), (1, 0, "j = 0"), (1, 5, "j = 5"), (True, 1, "True")):
        with pytest.raises(UsageError, match=f"{said}.*{'at most' if english else '最大为'}"):
            seen.example(0).unit(l, j)
    with pytest.raises(UsageError, match="must be one of float64" if english else "只能是 float64"):
        trace(network, theta, X, dtype="float16")
    for wrong, symbol in (((X.T, Y), "X"), ((X, Y.T), "Y"), ((X[:, :3], Y), "Y")):
        with pytest.raises(ShapeError, match=f"^{symbol}.*{'must be' if english else '应为'}"):
            trace(network, theta, *wrong)
    with pytest.raises(ShapeError, match=r"^v "):
        trace(network, theta, X, Y, v=np.ones(7))
    with pytest.raises(ShapeError, match=r"^theta "):
        trace(network, theta[:-1], X, Y)


@pytest.mark.parametrize(("language", "said"), [("en", "counts the classes"), ("zh", "统计全部样本的类别")])
def test_balanced_weights_need_all_classes(language, said):
    model = MLPClassifier((3,), max_iter=5, class_weight="balanced").fit(IRIS.X, IRIS.y)
    use_language(language)
    with pytest.raises(DataError, match=f'{said}.*"virginica"'):
        model.trace(IRIS.X[:60], IRIS.y[:60])


def test_other_rows_than_in_fit_are_refused():
    model = MLPClassifier((3,), max_iter=5)
    with pytest.raises(AttributeError):
        model.trace(IRIS.X)
    model.fit(IRIS.X, IRIS.y)
    with pytest.raises(ValueError, match="features"):
        model.trace(IRIS.X[:, :2])
    with pytest.raises(DataError, match=r"NaN in row 3"):
        model.trace(np.where(np.arange(150)[:, None] == 3, np.nan, IRIS.X))
    with pytest.raises(DataError, match="'rose'"):
        model.trace(IRIS.X[:1], ["rose"])


def test_a_network_that_has_exploded_can_be_looked_at():
    network, theta, X, Y, _ = problem()
    theta[:3] = np.nan
    seen = trace(network, theta, X, Y)
    assert np.isnan(seen.J)
    assert seen.to_dict()["cost"]["J"] is None
    assert "nan" in str(seen)
    json.dumps(seen.to_dict(), allow_nan=False)


def test_json_holds_everything_of_the_first_examples():
    network, theta, X, Y, _ = problem(m=130)
    said = trace(network, theta, X, Y, l2=0.3).to_dict()
    assert said["examples"] == {"all": 130, "shown": 100}
    assert np.shape(said["layers"][0]["dA"]) == (4, 100)
    assert np.shape(said["layers"][1]["dW"]) == (2, 4)
    assert said["mode"] == "evaluation"
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    one = trace(network, theta, X, Y).example(120).to_dict()
    assert np.shape(one["layers"][0]["Z"]) == (4, 1)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "whole number of at least 0"), ("zh", "不小于 0 的整数")]
)
@pytest.mark.parametrize("wrong", [-1, 2.5, "all", None])
def test_a_number_of_examples_that_is_none_is_refused(wrong, language, said):
    use_language(language)
    network, theta, X, Y, _ = problem(m=5)
    seen = trace(network, theta, X, Y)
    with pytest.raises(UsageError, match=f"examples .*{said}"):
        seen.to_dict(wrong)
    assert [len(seen.to_dict(most)["X"][0]) for most in (0, np.int64(2), 9)] == [0, 2, 5]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("names", "ab"),
        ("names", ["a"]),
        ("names", 3),
        ("classes", 2),
        ("classes", {}),
        ("rows", [0, 1]),
        ("rows", 5),
        ("l1", "a"),
        ("l1", -1),
        ("l2", None),
        ("l2", np.nan),
        ("dtype", ["float32"]),
    ],
)
def test_what_cannot_be_printed_or_counted_is_refused_by_its_name(name, wrong, language):
    use_language(language)
    network, theta, X, Y, _ = problem(m=5)
    with pytest.raises(UsageError, match=f"^{name} ") as refused:
        trace(network, theta, X, Y, **{name: wrong})
    assert any("\u4e00" <= character <= "\u9fff" for character in str(refused.value)) == (language == "zh")
    if name in ("names", "l1", "l2"):
        with pytest.raises(UsageError, match=f"^{name} "):
            check_gradients(network, theta, X, Y, **{name: wrong})
    with pytest.raises(UsageError, match=r"^D "):
        check_gradients(network, theta, X, Y, D=[None])
