"""Where training starts, and why."""

import warnings

import numpy as np
import pytest

from shoal.base.errors import UsageError
from shoal.book import equations
from shoal.book.initialization import METHODS, initialize
from shoal.book.network import Network

WIDE = Network((400, 300, 200, 1), ("tanh", "relu"), "sigmoid")


def spreads(network, method, **options):
    W, _ = network.views(initialize(network, np.random.default_rng(0), method, **options))
    return [float(W_l.std()) for W_l in W[1:-1]]


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        ("normal", {}, [0.01, 0.01]),
        ("normal", {"scale": 0.5}, [0.5, 0.5]),
        ("xavier", {}, [np.sqrt(2 / 700), np.sqrt(2 / 500)]),
        ("he", {}, [np.sqrt(2 / 400), np.sqrt(2 / 300)]),
        ("auto", {}, [np.sqrt(2 / 700), np.sqrt(2 / 300)]),  # Xavier for tanh, He for ReLU
    ],
)
def test_the_spread_is_the_one_of_the_method(method, options, expected):
    # the spread of 60,000 draws is itself spread by 1 / sqrt(2 * 60,000) = 0.3 %
    np.testing.assert_allclose(spreads(WIDE, method, **options), expected, rtol=0.015)


@pytest.mark.parametrize(
    ("g", "method"),
    [(g, "he") for g in ("relu", "leaky_relu", "gelu", "silu")]
    + [(g, "xavier") for g in ("sigmoid", "tanh", "identity")],
)
def test_auto_chooses_by_the_activation(g, method):
    network = Network((5, 4, 3), (g,), "softmax")
    W, _ = network.views(initialize(network, np.random.default_rng(0)))
    W_named, _ = network.views(initialize(network, np.random.default_rng(0), method))
    np.testing.assert_array_equal(W[1], W_named[1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:all weights start at zero")
def test_biases_start_at_zero(method):
    _, b = WIDE.views(initialize(WIDE, np.random.default_rng(0), method))
    assert not any(b_l.any() for b_l in b[1:])


def test_layers_are_drawn_one_after_the_other():
    network = Network((3, 2, 1), ("tanh",), "sigmoid")
    W, _ = network.views(initialize(network, np.random.default_rng(5), "normal", scale=1.0))
    draws = np.random.default_rng(5).standard_normal(8)
    np.testing.assert_array_equal(np.concatenate([W[1].ravel(), W[2].ravel()]), draws)


@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState])
def test_the_same_seed_gives_the_same_start_and_another_another(source):
    first, again, other = (initialize(WIDE, source(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_theta_has_the_precision_that_was_asked_for(dtype):
    theta = initialize(WIDE, np.random.default_rng(0), dtype=dtype)
    assert theta.dtype == dtype
    np.testing.assert_allclose(theta, initialize(WIDE, np.random.default_rng(0)), rtol=1e-7)


def test_zero_weights_in_hidden_layers_are_allowed_and_warned_about():
    with pytest.warns(UserWarning, match="stay identical") as caught:
        theta = initialize(WIDE, np.random.default_rng(0), "zeros")
    assert not theta.any()
    assert caught[0].filename == __file__  # the warning points at the caller


def test_zero_weights_without_a_hidden_layer_are_as_good_as_any():
    with warnings.catch_warnings(action="error"):
        assert not initialize(Network((3, 1), (), "sigmoid"), np.random.default_rng(0), "zeros").any()


@pytest.mark.parametrize(("g", "method", "alive"), [("relu", "he", True), ("relu", "normal", False)])
def test_a_signal_survives_ten_layers_or_not(g, method, alive):
    network = Network((64,) * 11 + (1,), (g,) * 10, "sigmoid")
    W, b = network.views(initialize(network, np.random.default_rng(0), method))
    _, A = equations.forward(W, b, np.random.default_rng(1).standard_normal((64, 500)), network.g)
    kept = np.sqrt(np.mean(A[10] ** 2))  # of about 1
    assert (kept > 0.3) if alive else (kept < 1e-9)


def test_an_unknown_method_is_refused_with_those_that_exist():
    with pytest.raises(UsageError, match="'lecun'") as caught:
        initialize(WIDE, np.random.default_rng(0), "lecun")
    assert all(method in str(caught.value) for method in METHODS)
