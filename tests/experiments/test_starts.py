"""Starts: what equal weights, zero weights and large weights do, judged by formulas of their own."""

import numpy as np
import pytest

from shoal.datasets import moons
from shoal.experiments import _starts, run
from shoal.experiments._population import before_training, fit_together, network


def test_seven_random_starts_would_not_bear_the_claim_out(monkeypatch):
    monkeypatch.setattr(_starts, "STARTS", dict.fromkeys(_starts.STARTS, ("xavier", None)))
    record = run("starts")
    assert not record.holds
    assert record.numbers["different"] == [8] * 7


def test_copies_of_a_unit_are_counted_once():
    X, y = moons(seed=0)
    W = np.array([[1.0, 2.0], [3.0, -1.0], [1.0, 2.0], [1.0, 2.0]])
    start = [(W, np.zeros((4, 1))), (np.array([[0.5, 0.7, 0.5, 0.4]]), np.zeros((1, 1)))]
    model = network((4,), initialization=start, max_iter=1, learning_rate_init=1e-12)
    fit_together([model], X, y)
    assert _starts.different_units(model, X) == 3  # units 1 and 3; unit 4 counts otherwise in W[2]


def shift(X, y, a):
    """The mean of (a - y) x, by the means of the classes: note 3's slip on zero weights, worked out."""
    share = y.mean()
    means = [X[y == label].mean(axis=0) for label in (0, 1)]
    return (a - share) * X.mean(axis=0) + share * (1 - share) * (means[0] - means[1])


def test_random_biases_move_the_weights_along_the_means_of_the_classes():
    X, y = moons(seed=4)
    model = network((4,), initialization=_starts.random_biases, learning_rate_init=0.1, max_iter=2)
    fit_together([model], X, y)
    begun, W = before_training(model, X), model.coefs_[0].T
    assert not begun.W[1].any()
    b_2 = begun.b[2][0, 0]
    first = 1 / (1 + np.exp(-b_2))  # of every row, in the first epoch
    A_1 = np.tanh(begun.b[1][:, 0])
    W_2, b_2 = -0.1 * (first - y.mean()) * A_1, b_2 - 0.1 * (first - y.mean())
    second = 1 / (1 + np.exp(-(W_2 @ A_1 + b_2)))  # b[1] has not moved yet, because W[2] was zero
    np.testing.assert_allclose(W, -0.1 * np.outer(W_2 * (1 - A_1**2), shift(X, y, second)), rtol=1e-9)


def test_on_xor_that_direction_is_zero():
    X, y = _starts.XOR
    assert not shift(X, y, 0.3).any()
    moved = run("zero_start").numbers
    assert (moved["bias_xor"], moved["zero_moons"], moved["zero_xor"]) == (0, 0, 0)


def test_random_weights_are_not_stuck(monkeypatch):
    def random_weights(net, random):
        shapes = zip(net.shapes[0::2], net.shapes[1::2], strict=True)
        return [(random.standard_normal(W), np.zeros(b)) for W, b in shapes]

    monkeypatch.setattr(_starts, "random_biases", random_weights)
    record = run("zero_start")
    assert not record.holds
    assert record.numbers["bias_xor"] > 0.1


def test_the_mean_slope_is_that_of_the_first_weights():
    X, y = moons(seed=6)
    model = network((8,), initialization="normal", initialization_scale=3.0, max_iter=3)
    fit_together([model], X, y)
    W = before_training(model, X).W[1]
    assert _starts._mean_slope(model, X) == pytest.approx((1 / np.cosh(W @ X.T) ** 2).mean(), rel=1e-12)


def test_weights_of_one_size_would_not_bear_the_claim_out(monkeypatch):
    monkeypatch.setattr(_starts, "SCALES", dict.fromkeys(_starts.SCALES, 1.0))
    assert not run("weight_size").holds
