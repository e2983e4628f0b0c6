"""The gradient check passes what is right, and finds and locates every bug that is planted."""

import json

import numpy as np
import pytest
from random_networks import CASES, Case

import shoal.engines
from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import ShapeError, UsageError
from shoal.base.texts import page, use_language
from shoal.book import Network, equations
from shoal.datasets import load
from shoal.engines.numpy import NumpyEngine
from shoal.inspect import BUGS, check_gradients
from shoal.inspect._backward import RIGHT, gradient, terms_of
from shoal.inspect._bugs import Location, Suspect, difference, located
from shoal.inspect._objective import objective

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.unchecked_shapes,  # thousands of passes, all of functions whose shapes others check
]
ENGINES = ["numpy", "native"] if shoal.engines.native_is_built() else ["numpy"]
CHOSEN = np.random.default_rng(1).permutation(len(CASES))[:60]


def problem(n=(3, 4, 4, 2), activations=("tanh", "relu"), output="softmax", m=20, seed=0, dropout=True):
    """A network on which every bug but those of one output shows, as keyword arguments."""
    random = np.random.default_rng(seed)
    network = Network(n, activations, output)
    Y = random.normal(size=(n[-1], m))
    if output != "identity":
        Y = (Y.max(axis=0) == Y).astype(float) if output == "softmax" else (Y > 0).astype(float)
    D = [None, *((random.random((n_l, m)) < 0.7) / 0.7 for n_l in n[1:-1]), None]
    given = {"network": network, "theta": random.normal(size=network.p), "X": random.normal(size=(n[0], m))}
    given |= {"Y": Y, "v": random.uniform(0.5, 2, (1, m)), "l1": 0.4, "l2": 2.0}
    return given | ({"D": D} if dropout else {})


# --------------------------------------------------------------------------- what is right passes


@pytest.mark.parametrize("number", range(60))
def test_a_healthy_network_passes(number):
    """Weighted, penalised, with dropout, of every activation and output, up to four layers."""
    case = Case(*CASES[CHOSEN[number]], np.random.default_rng(number))
    check = check_gradients(
        case.network, case.theta, case.X, case.Y, v=case.q * 7, l1=case.l1, l2=case.l2, D=case.D
    )
    assert check.ok, str(check)
    assert check.location is None
    assert check.suspects == []
    assert check.checked == case.network.p
    assert check.kinks < case.network.p / 4
    np.testing.assert_allclose(check.gradients["backward"], case.gradient(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(check.gradients["graph"], case.gradient(), rtol=1e-9, atol=1e-12)
    there = ~np.isnan(check.finite_differences)
    assert check.blurred == 0  # nor where a unit is almost dead: the living ones say what is large
    assert there.sum() == check.checked - check.kinks
    assert max(matrix.graph_differences["backward"] for matrix in check.matrices) <= 1e-12


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_pass(engine, seed):
    given = problem(activations=("gelu", "leaky_relu"), seed=seed, dropout=False)
    check = check_gradients(**given, engine=engine)
    assert check.ok, str(check)
    assert list(check.gradients) == ["backward", "graph", engine]


@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_a_network_at_its_minimum_passes_although_the_course_would_doubt_it(hidden):
    """There the gradient is what is left of terms that cancel."""
    moons = load("moons", 0)
    model = MLPClassifier((5,), hidden, solver="lbfgs", alpha=1.0, max_iter=5000, tol=1e-9)
    check = model.fit(moons.X, moons.y).check_gradients(moons.X, moons.y)
    steep = MLPClassifier((5,), hidden, max_iter=1).fit(moons.X, moons.y).check_gradients(moons.X, moons.y)
    lengths = [np.linalg.norm(found.gradients["graph"]) for found in (check, steep)]
    assert lengths[0] < 0.01 * lengths[1]
    assert check.ok, str(check)


def test_a_saturated_and_a_dead_network_pass():
    given = problem(n=(3, 4, 2), activations=("sigmoid",))
    given["theta"] = 60 * given["theta"]
    assert check_gradients(**given).ok
    given = problem(n=(3, 4, 2), activations=("relu",))
    _W, b = given["network"].views(given["theta"])
    b[1][:] = -100
    check = check_gradients(**given)
    assert check.ok
    assert check.kinks == 0


@pytest.mark.parametrize("scale", [1e-4, 1e4])
@pytest.mark.parametrize("output", ["sigmoid", "identity"])
def test_inputs_and_targets_of_any_size_pass(scale, output):
    given = problem(activations=("tanh", "silu"), output=output, dropout=False)
    given["X"] = scale * given["X"]
    if output == "identity":
        given["Y"] = scale * given["Y"]
    assert check_gradients(**given).ok


@pytest.mark.parametrize("seed", range(4))
def test_inputs_far_from_zero_pass(seed):
    """Z is a difference of large numbers, and is moved by what is small for it: J loses digits by that."""
    for activations in (("tanh", "silu"), ("relu",)):
        n = (3, *[4] * len(activations), 2)
        given = problem(n, activations, "sigmoid", m=300, seed=seed, dropout=False)
        W, b = given["network"].views(given["theta"])
        given["X"] = given["X"] + 1e6
        b[1][:] -= 1e6 * W[1].sum(axis=1, keepdims=True)
        check = check_gradients(**given)
        assert check.ok, str(check)
        assert np.linalg.norm(check.gradients["graph"]) > 1


# --------------------------------------------------------------------------- every bug is found and located

NETWORKS = {
    "softmax": ((3, 4, 4, 2), ("tanh", "relu"), "softmax"),
    "sigmoid": ((5, 6, 3, 3, 2), ("gelu", "sigmoid", "leaky_relu"), "sigmoid"),
    "one output": ((2, 5, 4, 1), ("relu", "tanh"), "sigmoid"),
    "numbers": ((4, 3, 5, 2), ("silu", "tanh"), "identity"),
    "counts": ((4, 3, 5, 2), ("silu", "tanh"), "exp"),
}
FORMULA = {  # in which formula each bug stands
    **dict.fromkeys(("no_mean", "doubled", "transposed", "no_penalty"), "dW"),
    **dict.fromkeys(("bias_axis", "penalty_of_bias"), "db"),
    **dict.fromkeys(("wrong_sign", "output_slope"), "dZ"),
    **dict.fromkeys(("no_activation", "wrong_activation", "not_transposed", "no_mask"), "dZ"),
}


def test_there_are_at_least_eight_bugs_and_each_has_words():
    assert set(FORMULA) == set(BUGS)
    assert len(BUGS) >= 8
    assert {f"bug_{name}" for name in BUGS} <= set(page("check"))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_planted_bug_is_found_and_located(name, bug, seed):
    given = problem(*NETWORKS[name], seed=seed)
    network = given["network"]
    if bug == "output_slope" and network.output == "identity":  # there its slope is 1
        with pytest.raises(UsageError, match="would change nothing"):
            check_gradients(**given, plant=bug)
        return
    layers = [""] if BUGS[bug].everywhere else [f":{l}" for l in range(1, network.L + 1)]
    found = 0
    for layer in layers:
        try:
            check = check_gradients(**given, plant=bug + layer)
        except UsageError:  # it does not show in this layer
            continue
        found += 1
        planted = Suspect(bug, int(layer[1:] or 0))
        assert check.planted == planted
        assert not check.ok
        assert check.location == Location(FORMULA[bug], planted.layer)
        assert planted in check.suspects
        assert (
            len(check.suspects) == 1 or name == "numbers"
        )  # identity's slope is 1: another bug does the same
        assert {who for matrix in check.matrices for who in matrix.wrong} == {"backward"}
        wrong = {matrix.symbol for matrix in check.matrices if matrix.wrong}
        if FORMULA[bug] == "dZ":
            expected = {f"{letter}[{l}]" for letter in "Wb" for l in range(1, planted.layer + 1)}
        else:
            of = range(1, network.L + 1) if planted.layer == 0 else [planted.layer]
            expected = {f"{FORMULA[bug][1]}[{l}]" for l in of}
        assert wrong == expected
    assert found >= 1


def test_a_bug_without_a_layer_is_planted_where_it_shows():
    given = problem((2, 5, 4, 1), ("relu", "relu"), "sigmoid")
    assert check_gradients(**given, plant="wrong_activation").planted.layer == 2  # of 1, the next is ReLU too
    assert check_gradients(**given, plant="no_mean").planted.layer == 1
    assert check_gradients(**given, plant="wrong_sign").planted.layer == 3


@pytest.mark.parametrize(
    ("bug", "lacking"),
    [
        ("no_penalty", {"l1": 0.0, "l2": 0.0}),
        ("no_penalty", {"l1": 0.0, "l2": 1e-9}),  # it changes less than finite differences can see
        ("penalty_of_bias", {"l1": 0.0, "l2": 0.0}),
        ("no_mask", {"D": None}),
        ("no_activation:3", {}),
        ("no_mean:9", {}),
        ("no_mean:x", {}),
    ],
)
@pytest.mark.parametrize(("language", "said"), [("en", "would change nothing"), ("zh", "不会改变任何结果")])
def test_a_bug_that_cannot_show_is_refused(bug, lacking, language, said):
    use_language(language)
    with pytest.raises(UsageError, match=f"{bug}.*{said}|{said}.*{bug}"):
        check_gradients(**(problem(activations=("tanh", "silu")) | lacking), plant=bug)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "is it no_activation"), ("zh", "是不是 no_activation")]
)
def test_an_unknown_bug_is_refused_with_the_one_that_may_be_meant(language, said):
    use_language(language)
    with pytest.raises(UsageError, match=said):
        check_gradients(**problem(), plant="no_activatoin")
    with pytest.raises(UsageError, match="no_mean, doubled"):
        check_gradients(**problem(), plant="qqq:1")


class Tilted(NumpyEngine):
    """An engine whose gradient is wrong in one entry."""

    name = "tilted"

    def __init__(self, tilt=1e-6, entry=7):
        self.tilt, self.entry = tilt, entry

    def gradient(self, *args, **named):
        J, dtheta = super().gradient(*args, **named)
        dtheta[self.entry] *= 1 + self.tilt
        return J, dtheta


def test_an_engine_that_is_wrong_is_blamed_and_the_entry_named():
    given = problem(dropout=False)
    check = check_gradients(**given, engine=Tilted(), names=["age", "height", "width"])
    assert [matrix.symbol for matrix in check.matrices if matrix.wrong] == ["W[1]"]
    assert check.matrices[0].wrong == ("tilted",)
    assert check.matrices[0].worst.place == (2, 1)
    assert check.location == Location("dW", 1)
    assert check.suspects == []
    for words in (
        "dW[1][2, 1] (from height to unit 3 of layer 1)",
        "Wrong: engine tilted",
        "none of the mistakes",
    ):
        assert words in str(check)


def test_a_wrong_derivative_of_an_activation_is_found(monkeypatch):
    """The graph and the differences do not ask g_prime, or not this one."""
    wrong = equations.ACTIVATIONS["tanh"]._replace(g_prime=lambda Z, A: 1 - A)
    table = dict(equations.ACTIVATIONS) | {"tanh": wrong}
    for module in ("shoal.book.equations", "shoal.inspect._backward"):
        monkeypatch.setattr(f"{module}.ACTIVATIONS", table)
    for given in (problem(), problem(dropout=False) | {"l1": 0.0, "l2": 0.0}):
        check = check_gradients(**given)
        assert [matrix.symbol for matrix in check.matrices if matrix.wrong] == ["W[1]", "b[1]"]
        assert check.location == Location("dZ", 1)
        assert check.suspects == []  # nor a mistake that would change nothing here


def test_an_engine_that_errs_less_than_finite_differences_see_is_held_to_the_graph():
    check = check_gradients(**problem(dropout=False), engine=Tilted(1e-8))
    assert check.matrices[0].differences["tilted"] < 1e-7
    assert check.matrices[0].wrong == ("tilted",)
    assert check_gradients(**problem(dropout=False), engine=Tilted(1e-11)).ok


@pytest.mark.parametrize(
    ("wrong", "location"),
    [
        ([], None),
        (["W[2]", "b[2]", "W[1]", "b[1]"], Location("dZ", 2)),
        (["W[2]", "b[2]"], Location("dZ", 2)),
        (["W[1]"], Location("dW", 1)),
        (["b[3]"], Location("db", 3)),
        (["W[1]", "W[2]", "W[3]"], Location("dW", 0)),
        (["b[2]", "b[3]"], Location("db", 0)),
    ],
)
def test_where_a_mistake_stands_follows_from_what_is_wrong(wrong, location):
    assert located(Network((2, 3, 3, 2), ("tanh", "tanh"), "softmax"), wrong) == location


# --------------------------------------------------------------------------- the parts


@pytest.mark.parametrize("seed", range(5))
def test_the_copy_of_the_backward_pass_is_the_pass_of_the_equations(seed):
    given = problem(seed=seed)
    check = check_gradients(**given, plant="no_mean:1")
    o = objective(**{name: given[name] for name in ("network", "X", "Y", "v", "l1", "l2", "D")})
    copy = gradient(o, given["theta"], lambda name, l: RIGHT[name])
    healthy = check_gradients(**given).gradients["backward"]
    np.testing.assert_allclose(copy, healthy, rtol=1e-12)  # another layout of X, another order of sums
    W, _ = given["network"].views(check.gradients["backward"])
    right, _ = given["network"].views(healthy)
    penalty = equations.penalty_prime(
        given["network"].views(given["theta"])[0][1], 0.4, 2.0, given["v"].sum()
    )
    np.testing.assert_allclose(W[1] - penalty, (right[1] - penalty) * given["v"].sum(), rtol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_the_terms_are_never_smaller_than_their_sum(seed):
    case = Case(*CASES[CHOSEN[seed]], np.random.default_rng(seed))
    o = objective(case.network, case.X, case.Y, case.q * 7, l1=case.l1, l2=case.l2, D=case.D)
    terms = terms_of(o, case.theta)
    assert (terms >= np.abs(case.gradient()) * (1 - 1e-12)).all()
    assert difference(np.array([1.0, 0, 3]), np.array([1.0, 0, 1]), np.array([1, 0, 10])).tolist() == [
        0,
        0,
        0.2,
    ]


def test_a_kink_is_left_out_and_counted():
    network, m = Network((1, 2, 1), ("relu",), "sigmoid"), 6
    theta = np.array([1.0, 2.0, 0.0, 0.5, 1.0, -1.0, 0.3])  # b[1] = 0: unit 1 has its kink at x = 0
    X = np.array([[0.0, 1, 2, -1, -2, 3]])
    check = check_gradients(network, theta, X, np.ones((1, m)))
    assert check.ok
    by_symbol = {matrix.symbol: matrix for matrix in check.matrices}
    assert by_symbol["b[1]"].kinks == 1
    assert np.isnan(check.finite_differences[2])
    assert by_symbol["W[1]"].kinks == by_symbol["W[2]"].kinks == 0  # W[1] does not move z where x is 0
    assert "1 of these were left out: a kink" in str(check)


def test_a_weight_of_zero_under_l1_is_a_kink():
    given = problem(n=(3, 2), activations=())
    given["theta"][[0, 4]] = 0
    check = check_gradients(**(given | {"D": None}))
    assert check.ok
    assert check.kinks == 2
    assert np.flatnonzero(np.isnan(check.finite_differences)).tolist() == [0, 4]
    assert check_gradients(**(given | {"D": None, "l1": 0.0})).kinks == 0


def test_relu_has_its_kink_under_l1_too():
    network, theta = Network((1, 1, 1), ("relu",), "sigmoid"), np.array([1.0, 0.0, 0.5, 0.3])
    check = check_gradients(network, theta, np.array([[0.0, 1.0]]), np.ones((1, 2)), l1=0.1)
    assert check.ok
    assert np.flatnonzero(np.isnan(check.finite_differences)).tolist() == [1]


def test_a_kink_far_away_costs_no_parameter():
    """Of many examples one is always near: the step is made smaller until none is within it."""
    given = problem(n=(4, 20, 1), activations=("relu",), output="sigmoid", m=500, dropout=False)
    check = check_gradients(**(given | {"l1": 0.0}))
    assert check.ok
    assert check.kinks < 5
    assert check.checked == 121


@pytest.mark.parametrize(
    ("language", "said", "verdict"),
    [
        ("en", "say nothing here of dW[1], db[1], dW[2], db[2]", "not measured"),
        ("zh", "无法判断 dW[1]", "未测得"),
    ],
)
@pytest.mark.parametrize("scale", [1e20, 1e200])
def test_what_rounding_hides_is_not_called_right(scale, language, said, verdict):
    """J is so large that a step does not move it: every difference is 0, and the gradient is not."""
    use_language(language)
    given = problem((3, 4, 1), ("relu",), "sigmoid", m=300, dropout=False) | {"l1": 0.0, "l2": 0.0}
    check = check_gradients(**(given | {"X": scale * given["X"]}))
    assert np.abs(check.gradients["graph"]).max() > 1
    assert check.blurred == check.checked == check.network.p
    assert check.unmeasured == ["W[1]", "b[1]", "W[2]", "b[2]"]
    assert np.isnan(check.finite_differences).all()
    assert np.isnan(list(check.course.values())).all()
    assert said in str(check)
    assert str(check).count(verdict) == 4
    for untrue in ("misleads", "会误导", "the gradient is right", "梯度正确"):
        assert untrue not in str(check)
    document = check.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["unmeasured"] == ["dW[1]", "db[1]", "dW[2]", "db[2]"]


def test_a_mistake_is_found_where_rounding_hides_the_differences():
    given = problem((3, 4, 1), ("relu",), "sigmoid", m=300, dropout=False)
    check = check_gradients(**(given | {"X": 1e200 * given["X"]}), plant="no_mean")
    assert not check.ok
    assert check.location == Location("dW", 1)


# --------------------------------------------------------------------------- many parameters, many examples


def test_of_many_parameters_some_are_drawn_and_the_others_checked_through_directions():
    given = problem(n=(30, 64, 1), activations=("tanh",), output="sigmoid", m=50, dropout=False)
    check = check_gradients(**given, samples=100)
    assert check.ok
    assert 100 <= check.checked < 150
    assert check.directions == 8
    assert all(matrix.checked >= min(5, np.prod(matrix.shape)) for matrix in check.matrices)
    again, other = (check_gradients(**given, samples=100, seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(check.finite_differences, again.finite_differences)
    assert (np.isnan(check.finite_differences) != np.isnan(other.finite_differences)).any()
    assert f"{check.checked} of the 2049 parameters" in str(check)
    assert check_gradients(**given, plant="no_activation", samples=20).location == Location("dZ", 1)


def test_where_two_derivations_differ_most_a_third_is_asked_although_only_some_are_drawn():
    given = problem(n=(30, 64, 1), activations=("tanh",), output="sigmoid", m=50, dropout=False)
    unseen = int(np.flatnonzero(np.isnan(check_gradients(**given, samples=5).finite_differences))[100])
    worst = check_gradients(**given, samples=5, engine=Tilted(0.01, unseen)).matrices[0].worst
    assert worst.place == (unseen // 30, unseen % 30)
    assert worst.values["differences"] == pytest.approx(worst.values["graph"], rel=1e-6)
    assert worst.values["tilted"] == pytest.approx(1.01 * worst.values["graph"], rel=1e-9)


def test_directions_see_what_samples_miss(monkeypatch):
    """Two derivations err alike, in parameters that are not checked one by one."""
    given = problem(n=(30, 64, 1), activations=("tanh",), output="sigmoid", m=50, dropout=False)
    right = check_gradients(**given, samples=5)
    unseen = np.flatnonzero(np.isnan(right.finite_differences[:1920]))

    def wrong_graph(*args, **named):
        found = right.gradients["graph"].copy()
        found[unseen] *= 1.01
        return found

    def wrong_backward(*args, **named):
        dZ, dW, db = backward(*args, **named)
        dW[1].reshape(-1)[unseen] *= 1.01
        return dZ, dW, db

    backward = equations.backward
    monkeypatch.setattr("shoal.inspect._check.parameter_gradient", wrong_graph)
    monkeypatch.setattr(equations, "backward", wrong_backward)
    check = check_gradients(**(given | {"l1": 0.0, "l2": 0.0}), samples=5)
    assert check.matrices[0].wrong == ("backward", "graph")


def test_of_many_examples_a_sample_is_used_and_said():
    given = problem(n=(2, 3, 1), activations=("tanh",), output="sigmoid", m=3000, dropout=False)
    given["v"][0, ::2] = 0  # these count for nothing
    check = check_gradients(**given)
    assert check.examples == (1000, 3000)
    assert "1000 of the 3000 examples" in str(check)
    assert check.ok
    assert check_gradients(**given, plant="no_mean").planted == Suspect("no_mean", 1)
    given["v"][0, 1000:] = 0
    assert check_gradients(**given).examples == (500, 3000)


# --------------------------------------------------------------------------- estimators, texts, errors

FLOWER, IRIS = load("flower"), load("iris")


@pytest.mark.parametrize(
    ("model", "X", "y"),
    [
        (MLPClassifier((5, 4), ["relu", "tanh"], max_iter=5, alpha=2.0, l1=0.5), IRIS.X, IRIS.y),
        (
            MLPRegressor(hidden_layer_sizes=(4,), activation="gelu", max_iter=5),
            IRIS.X[:, :3].astype(np.float32),
            IRIS.X[:, 3],
        ),
        (LogisticRegression(l1_ratio=0.4, class_weight={0: 2.0}), FLOWER.X, FLOWER.y),
        (LogisticRegression(), IRIS.X, IRIS.y),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_estimator_checks_itself(model, X, y):
    weights = np.random.default_rng(0).uniform(0, 2, len(y))
    model.fit(X, y, weights)
    check = model.check_gradients(X, y, weights, engine="auto")
    assert check.ok, str(check)
    assert check.gradients["backward"].dtype == np.float64
    np.testing.assert_allclose(  # with the penalties and the weights of fit
        check.gradients["backward"][: model.trace(X).W[1].size],
        model.trace(X, y, weights).dW[1].ravel(),
        rtol=1e-9,
        atol=1e-12,
    )


def test_an_estimator_with_dropout_leaves_out_the_same_units_every_time():
    model = MLPClassifier((6, 5), "tanh", dropout=[0.5, 0.0], max_iter=5).fit(FLOWER.X, FLOWER.y)
    check = model.check_gradients(FLOWER.X, FLOWER.y, dropout_seed=3)
    assert check.ok
    assert check.dropout
    assert "the same units are left out" in str(check)
    assert not model.check_gradients(FLOWER.X, FLOWER.y).dropout
    forgotten = model.check_gradients(FLOWER.X, FLOWER.y, plant="no_mask")
    assert forgotten.planted == Suspect("no_mask", 1)
    assert forgotten.location == Location("dZ", 1)
    with pytest.raises(UsageError, match="engine"):
        model.check_gradients(FLOWER.X, FLOWER.y, dropout_seed=3, engine="numpy")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("dropout_seed", wrong) for wrong in (-1, "a", 2.5, 2**32, True)),
        *(("seed", wrong) for wrong in (-1, "a", 0.5, 2**32, None)),
        *(("samples", wrong) for wrong in (0, -1, 2.5, "all")),
    ],
)
def test_an_argument_that_is_not_a_number_of_its_kind_is_refused(name, wrong, language):
    use_language(language)
    model = MLPClassifier((3,), dropout=0.5, max_iter=2).fit(FLOWER.X, FLOWER.y)
    expected = f"{name} must be a whole number.*got" if language == "en" else f"{name} 应为.*整数"
    with pytest.raises(UsageError, match=expected):
        model.check_gradients(FLOWER.X, FLOWER.y, **{name: wrong})


@pytest.mark.parametrize(
    ("language", "said"), [("en", "fit a model with dropout"), ("zh", "带 dropout 的模型")]
)
@pytest.mark.parametrize("plant", ["no_mask", "no_mask:1"])
def test_a_mask_that_there_is_not_cannot_be_forgotten(plant, language, said):
    use_language(language)
    for model in (MLPClassifier((6,), max_iter=5), LogisticRegression()):
        with pytest.raises(UsageError, match=said) as refused:
            model.fit(FLOWER.X, FLOWER.y).check_gradients(FLOWER.X, FLOWER.y, plant=plant)
        assert "dropout_seed" not in str(refused.value)  # nobody gave one
    with pytest.raises(UsageError, match="no_mask"):
        model.check_gradients(FLOWER.X, FLOWER.y, plant="no_masks")


@pytest.mark.parametrize(("language", "said"), [("en", "has no dropout"), ("zh", "没有 dropout")])
def test_a_seed_for_dropout_that_there_is_not_is_refused(language, said):
    use_language(language)
    model = MLPClassifier((6,), max_iter=5).fit(FLOWER.X, FLOWER.y)
    with pytest.raises(UsageError, match=said):
        model.check_gradients(FLOWER.X, FLOWER.y, dropout_seed=0)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("plant", [None, *BUGS])
def test_the_text_says_verdict_place_and_likely_bug(plant, language):
    use_language(language)
    check = check_gradients(**problem(), plant=plant)
    said = str(check)
    assert said in check._repr_html_().replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">")
    english = language == "en"
    for symbol in ("dW[1]", "db[1]", "dW[3]", "db[3]"):
        assert symbol in said
    if plant is None:
        assert ("All agree" if english else "全部一致") in said
        assert ("At most 1e-7: great" if english else "很好") in said
    else:
        assert ("Most likely" if english else "最可能的原因") in said
        assert ("DISAGREES" if english else "不一致") in said
        assert plant in said
    document = check.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["ok"] == (plant is None)
    assert document["verdict"] in said


@pytest.mark.parametrize(
    ("number", "word"), [(1e-9, "great"), (5e-6, "look again"), (5e-4, "may be"), (0.1, "there is a mistake")]
)
def test_the_courses_number_has_the_courses_words(number, word):
    from dataclasses import replace

    check = replace(check_gradients(**problem()), course={"backward": number})
    assert word in str(check)
    assert ("misleads" in str(check)) == (number > 1e-7)


def test_the_courses_number_is_that_of_the_course():
    check = check_gradients(**problem(activations=("tanh", "tanh"), dropout=False))
    g, numeric = check.gradients["backward"], check.finite_differences
    expected = np.linalg.norm(g - numeric) / (np.linalg.norm(g) + np.linalg.norm(numeric))
    assert check.course["backward"] == pytest.approx(expected, rel=1e-9)


def test_shapes_that_do_not_fit_are_refused():
    given = problem()
    for symbol, wrong in (
        ("X", given["X"].T),
        ("Y", given["Y"].T),
        ("v", np.ones(20)),
        ("theta", np.ones(3)),
    ):
        with pytest.raises(ShapeError, match=f"^{symbol}"):
            check_gradients(**(given | {symbol: wrong}))
