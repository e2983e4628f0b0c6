"""The cost over the parameters: swaps, midpoints, and mistakes in its gradient."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from shoal.book import Network, forward
from shoal.engines.base import Data
from shoal.experiments import _landscape, run

NETWORK = Network((2, 3, 1), ("tanh",), "sigmoid")
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(2, 30)), RANDOM.integers(0, 2, size=(1, 30)).astype(float)


def output(theta):
    W, b = NETWORK.views(theta)
    return forward(W, b, X, NETWORK.g)[1][-1]


def test_swapped_units_are_another_theta_and_the_same_network():
    theta = RANDOM.normal(size=NETWORK.p)
    other = _landscape.swapped(NETWORK, theta)
    assert not np.array_equal(theta, other)
    np.testing.assert_allclose(output(other), output(theta), rtol=1e-12)
    assert np.array_equal(_landscape.swapped(NETWORK, other), theta)


def test_many_costs_at_once_are_those_of_each():
    thetas = RANDOM.normal(size=(7, NETWORK.p))
    found = _landscape.costs(NETWORK, thetas, Data(X, Y))
    for theta, cost in zip(thetas, found, strict=True):
        assert cost == pytest.approx(log_loss(Y[0], output(theta)[0]), rel=1e-9)


def test_without_a_swap_there_is_one_valley(monkeypatch):
    monkeypatch.setattr(_landscape, "swapped", lambda network, theta: theta.copy())
    assert not run("convexity").holds


def test_a_bowl_is_a_bowl_from_every_seed():
    line = Network((2, 1), (), "sigmoid")
    assert [_landscape._bends(line, Data(X, Y), seed) for seed in range(5)] == [0] * 5
    assert _landscape._bends(NETWORK, Data(X, Y), 0) > 0


def test_a_check_that_overlooks_the_mistake_would_be_noticed(monkeypatch):
    right = _landscape.check_gradients
    blind = dict.fromkeys(_landscape.BUGS, "doubled")

    def overlooking(network, *, plant=None, **given):
        return right(network, plant=blind.get(plant), **given)

    monkeypatch.setattr(_landscape, "check_gradients", overlooking)
    record = run("gradient_check")
    assert not record.holds
    assert record.numbers["located"] < record.numbers["found"]


@pytest.mark.parametrize(
    ("bug", "place"),
    [("no_mean", ("dW", 2)), ("bias_axis", ("db", 2)), ("wrong_sign", ("dZ", 2)), ("no_penalty", ("dW", 2))],
)
def test_a_mistake_stands_in_the_formula_of_its_derivative(bug, place):
    assert _landscape._place(bug, 2) == place
