"""Networks as graphs: a second derivation that agrees with the hand-written backward pass."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from random_networks import CASES, Case, M, relative_difference

from shoal.base.errors import ShapeError, UsageError
from shoal.base.texts import use_language
from shoal.book import Network, equations
from shoal.book.equations import ACTIVATIONS, Activation
from shoal.book.graph import logistic_graph, network_graph, parameter_gradient

CHOSEN = np.random.default_rng(0).permutation(len(CASES))[:300]


def graph_gradient(case):
    given = {"q": case.q, "l1": case.l1, "l2": case.l2, "m": M, "D": case.D}
    return parameter_gradient(case.network, case.theta, case.X, case.Y, **given)


@pytest.mark.parametrize("seed", range(300))
def test_the_graph_agrees_with_the_backward_pass(seed):
    """Weights, L1, L2, dropout, every activation and output, up to 4 layers; also where ReLU has a kink.

    Both are sums of the same few products in another order: 1e-12 is thousands of roundings.
    """
    case = Case(*CASES[CHOSEN[seed]], np.random.default_rng(seed))
    if seed % 3 == 0 and case.network.L > 1:  # Z of many units is exactly 0: both take the same side
        case.theta[:] = np.where(np.random.default_rng(seed).random(case.theta.size) < 0.5, 0.0, case.theta)
    assert relative_difference(graph_gradient(case), case.gradient()) <= 1e-12


def test_the_three_hundred_are_of_every_kind():
    chosen = [CASES[number] for number in CHOSEN]
    assert {hidden for _, hidden, *_ in chosen} == {*ACTIVATIONS, "none"}
    for column in (0, 2, 3, 4, 5):
        assert {case[column] for case in chosen} == {case[column] for case in CASES}


def test_the_cost_is_that_of_the_equations():
    case = Case(3, "gelu", "softmax", "l1 + l2", True, True, np.random.default_rng(5))
    given = {"q": case.q, "l1": case.l1, "l2": case.l2, "m": M, "D": case.D}
    graph = network_graph(case.network, case.theta, case.X, case.Y, **given)
    assert float(graph["J"].value) == pytest.approx(float(case.cost(case.theta)), rel=1e-13)


def test_without_shares_each_example_counts_the_same_and_m_is_their_number():
    case = Case(2, "tanh", "sigmoid", "l2", False, False, np.random.default_rng(1))
    given = {"q": np.full((1, M), 1 / M), "l2": case.l2, "m": M}
    with_all = parameter_gradient(case.network, case.theta, case.X, case.Y, **given)
    np.testing.assert_allclose(
        parameter_gradient(case.network, case.theta, case.X, case.Y, l2=case.l2), with_all, rtol=1e-13
    )
    assert (
        relative_difference(
            parameter_gradient(case.network, case.theta, case.X, case.Y, l2=case.l2, m=3 * M), with_all
        )
        > 1e-3
    )


def test_each_layer_has_the_letters_of_the_book():
    network = Network((3, 4, 2), ("tanh",), "softmax")
    theta, X = np.random.default_rng(0).normal(size=network.p), np.ones((3, 5))
    graph = network_graph(network, theta, X, np.full((2, 5), 0.5))
    formulas = {node.name: node.formula for node in graph.nodes}
    assert formulas["Z[1]"] == "W[1] @ X + b[1]"
    assert formulas["A[1]"] == "tanh(Z[1])"
    assert formulas["Z[2]"] == "W[2] @ A[1] + b[2]"
    assert formulas["J"] == "mean(loss)"
    assert {node.name: node.shape for node in graph.nodes if node.kind == "variable"} == {
        "W[1]": (4, 3),
        "b[1]": (4, 1),
        "W[2]": (2, 4),
        "b[2]": (2, 1),
    }
    assert graph["Z[1]"].derivative.shape == (4, 5)
    assert graph.explain("W[1]").chain.startswith("dJ/dW[1] = dJ/dZ[1] @ X.T = ")
    assert ("Z[1] = W[1] @ X + b[1]", "(4, 5) @ (3, 5).T = (4, 3)") in graph.explain("W[1]").rules
    assert graph.explain("A[1]").chain.startswith("dJ/dA[1] = W[2].T @ dJ/dZ[2] = ")


def test_the_graph_does_not_grow_with_the_units():
    def size(n):
        network = Network((n, n, 1), ("relu",), "sigmoid")
        return len(network_graph(network, np.ones(network.p), np.ones((n, 2)), np.ones((1, 2))).nodes)

    assert size(2) == size(60)


def test_the_output_of_a_network_without_rounding_is_not_needed_for_its_gradient():
    """Where the rounded A[L] is 1, and log(1 - A[L]) is lost, the loss of Z[L] goes on."""
    network = Network((1, 1), (), "sigmoid")
    gradient = parameter_gradient(network, [100.0, 0.0], [[8.0]], [[0.0]])
    np.testing.assert_array_equal(gradient, [8.0, 1.0])


def test_an_activation_that_the_graph_does_not_know_is_measured(monkeypatch):
    """So a wrong g_prime of a user's activation shows: the graph does not ask it."""
    wrong = Activation(lambda Z: np.arctan(Z), lambda Z, A: 1 + 0 * Z)
    right = Activation(wrong.g, lambda Z, A: 1 / (1 + Z**2))
    case = Case(3, "tanh", "sigmoid", "none", True, True, np.random.default_rng(2))
    for activation, agrees in ((right, True), (wrong, False)):
        monkeypatch.setattr(equations, "ACTIVATIONS", MappingProxyType({**ACTIVATIONS, "arctan": activation}))
        monkeypatch.setattr("shoal.book.network.ACTIVATIONS", equations.ACTIVATIONS)
        case.network = replace(case.network, activations=("arctan", "arctan"))
        # a five-point difference with h = 0.001 is right to about 1e-12
        assert (relative_difference(graph_gradient(case), case.gradient()) <= 1e-9) == agrees


WRONG = {
    "X": ({"X": np.ones((5, 3))}, "X"),
    "Y": ({"Y": np.ones((5, 1))}, "Y"),
    "q": ({"q": np.ones((5, 1)) / 5}, "q"),
    "theta": ({"theta": np.ones(7)}, "theta"),
    "D": ({"D": [None, np.ones((5, 4)), None]}, "D[1]"),
    "rank 1": ({"Y": np.ones(5)}, "Y"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("wrong", "symbol"), WRONG.values(), ids=WRONG)
def test_a_wrong_shape_is_refused_by_its_symbol(wrong, symbol, language):
    use_language(language)
    network = Network((3, 4, 1), ("tanh",), "sigmoid")
    given = {"theta": np.ones(network.p), "X": np.ones((3, 5)), "Y": np.ones((1, 5))}
    network_graph(network, **given)
    with pytest.raises(ShapeError) as caught:
        network_graph(network, **{**given, **wrong})
    assert str(caught.value).startswith(symbol)
    assert ("must be" in str(caught.value)) == (language == "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_finite_and_what_is_too_much_is_refused(language):
    use_language(language)
    network = Network((1, 1), (), "identity")
    with pytest.raises(UsageError, match="X"):
        network_graph(network, [1.0, 0.0], [[np.nan]], [[0.0]])
    with pytest.raises(UsageError, match=r"loss = half_squared_error\(Z\[1\], Y\)"):
        network_graph(network, [1e200, 0.0], [[1e200 / 1e100]], [[0.0]])
    with pytest.raises(UsageError, match="10,000,000"):
        network_graph(network, [1.0, 0.0], np.ones((1, 10**7 - 1)), np.ones((1, 10**7 - 1)))
    with pytest.raises(UsageError, match="Y"):
        network_graph(Network((1, 2), (), "softmax"), np.ones(4), [[1.0]], [[0.5], [0.6]])
    with pytest.raises(UsageError, match="Y"):
        network_graph(Network((1, 1), (), "exp"), np.ones(2), [[1.0]], [[-0.5]])


# --------------------------------------------------------------------------- one example in numbers


def test_logistic_regression_on_one_example_is_the_notes_graph():
    """Note 3, 2.9: dL/da = -y/a + (1 - y)/(1 - a), da/dz = a (1 - a), dL/dz = a - y, dL/dw1 = x1 dL/dz."""
    w, x, b, y = (0.5, -1.0), (2.0, 3.0), 0.25, 1.0
    graph = logistic_graph(w, x, b, y)
    z = w[0] * x[0] + w[1] * x[1] + b
    a = 1 / (1 + np.exp(-z))
    assert [node.name for node in graph.nodes] == ["w1", "x1", "w2", "x2", "b", "z", "a", "y", "L"]
    assert graph["z"].formula == "w1 * x1 + w2 * x2 + b"
    expected = {"L": 1.0, "a": -1 / a, "z": a - y, "b": a - y, "w1": 2 * (a - y), "w2": 3 * (a - y)}
    for name, value in expected.items():
        assert float(graph[name].derivative) == pytest.approx(value, rel=1e-13)
    assert float(graph["L"].value) == pytest.approx(-np.log(a), rel=1e-13)
    assert graph.explain("w1").chain.startswith("dL/dw1 = dL/da · da/dz · dz/dw1 = ")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_lost_logarithm_says_what_to_take(language):
    use_language(language)
    with pytest.raises(UsageError, match="binary_cross_entropy") as caught:
        logistic_graph([1.0], [50.0], 0.0, 0.0)
    assert "L = log_loss(a, y)" in str(caught.value)
    assert "a = 1" in str(caught.value)


def test_an_example_that_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"x must be \(n_x,\) = \(2,\), got \(3,\)"):
        logistic_graph([1, 2], [1, 2, 3], 0, 1)
    with pytest.raises(UsageError, match="at most 6 inputs, got 7"):
        logistic_graph(np.ones(7), np.ones(7), 0, 1)
