"""What the experiments on activations measure, judged from outside; and that each verdict can be no."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from shoal.datasets import moons
from shoal.experiments import _activations, run
from shoal.experiments._population import first_epoch, fit_together, network


def always(activation):
    """`network` with this activation, whatever was asked for."""
    return lambda hidden, name="tanh", **rest: network(hidden, activation, **rest)


@pytest.mark.parametrize("name", ["activations", "saturation"])
def test_without_a_difference_between_the_activations_the_claim_fails(name, monkeypatch):
    monkeypatch.setattr(_activations, "network", always("relu"))
    assert not run(name).holds


def test_the_epoch_is_the_first_at_or_below_the_level():
    model = SimpleNamespace(loss_curve_=[0.7, 0.4, 0.3, 0.5, 0.1])
    assert [first_epoch(model, level) for level in (0.7, 0.35, 0.3, 0.2, 0.0, np.inf)] == [
        1,
        3,
        3,
        5,
        None,
        None,
    ]


def test_guessing_the_shares_of_the_classes_costs_their_entropy():
    y = np.repeat([0, 1], [30, 10])
    guess = np.full(40, 0.25)
    assert _activations._half_of_nothing(y) == pytest.approx(log_loss(y, guess) / 2, rel=1e-12)


def test_the_slopes_far_out_are_the_derivatives():
    numbers = run("saturation").numbers
    z = np.longdouble(10)
    assert numbers["sigmoid_slope"] == pytest.approx(float(np.exp(-z) / (1 + np.exp(-z)) ** 2), rel=1e-9)
    # 1 - tanh² loses half of the digits here, because tanh is nearly 1
    assert numbers["tanh_slope"] == pytest.approx(float(1 / np.cosh(z) ** 2), rel=1e-6)


def test_every_unit_begins_dead():
    X, _ = moons(seed=3)
    W, b, W_2 = _activations._dead_start(X, 3)
    assert (W @ X.T + b).max() == pytest.approx(-1)
    assert W_2.shape == (1, 16)


def test_units_that_begin_alive_are_not_called_dead(monkeypatch):
    def alive(X, seed):
        random = np.random.default_rng(seed)
        return random.normal(size=(16, 2)), np.zeros((16, 1)), random.normal(size=(1, 16)) / 4

    monkeypatch.setattr(_activations, "_dead_start", alive)
    record = run("dead_units")
    assert not record.holds
    assert record.numbers["moved"] > 0
    assert record.numbers["relu_dead"] < 16


def test_the_collapsed_line_gives_the_networks_log_odds():
    X, y = moons(seed=2)
    model = network((5, 3), "identity", learning_rate_init=0.1, max_iter=50)
    fit_together([model], X, y)
    W, b = _activations.collapsed(model)
    p = model.predict_proba(X)[:, 1]
    np.testing.assert_allclose(X @ W[0] + b[0], np.log(p / (1 - p)), rtol=1e-9, atol=1e-9)


def test_the_line_is_that_of_scikit_learn():
    numbers = run("linear_collapse", seed=1).numbers
    X, y = moons(seed=1)
    judge = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    assert numbers["costs"][0] == pytest.approx(log_loss(y, judge.predict_proba(X)), rel=1e-6)
    # gradient descent is near the minimum after 1000 epochs, not at it
    np.testing.assert_allclose(numbers["W"], judge.coef_, rtol=0.02)


def test_layers_with_an_activation_do_not_collapse(monkeypatch):
    monkeypatch.setattr(_activations, "network", always("tanh"))
    record = run("linear_collapse")
    assert not record.holds
    assert record.numbers["difference"] > 0.1
