"""Where training starts, and why."""

import warnings

import numpy as np
import pytest

from shoal.base.errors import ShapeError, UsageError
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
        ("lecun", {}, [np.sqrt(1 / 400), np.sqrt(1 / 300)]),  # the course's randn / sqrt(n)
        ("xavier", {"scale": 10.0}, [10 * np.sqrt(2 / 700), 10 * np.sqrt(2 / 500)]),
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
@pytest.mark.filterwarnings("ignore:all weights start")
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
    with pytest.raises(UsageError, match="'kaiming'") as caught:
        initialize(WIDE, np.random.default_rng(0), "kaiming")
    assert all(method in str(caught.value) for method in METHODS)


# --- your own start ---------------------------------------------------------------------------------------

SMALL = Network((2, 3, 1), ("tanh",), "sigmoid")
PAIRS = [([[1, 2], [3, 4], [5, 6]], [[7], [8], [9]]), ([[10, 11, 12]], [[13]])]
FLAT = list(range(1, 14))  # the same in the order of theta: W[1] row by row, b[1], W[2], b[2]


@pytest.mark.parametrize(
    "start",
    [
        PAIRS,
        tuple((np.array(W), np.array(b)) for W, b in PAIRS),
        FLAT,
        np.array(FLAT),
        np.array(FLAT, dtype=np.float32),
        lambda network, random: PAIRS,
        lambda network, random: FLAT,
    ],
    ids=["lists", "arrays", "flat list", "flat", "float32", "function", "function of flat"],
)
def test_your_own_start_is_taken_as_it_is(start):
    theta = initialize(SMALL, np.random.default_rng(0), start)
    assert theta.dtype == np.float64
    assert theta.tolist() == FLAT


def test_your_own_start_is_copied():
    mine = np.array(FLAT, dtype=float)
    theta = initialize(SMALL, np.random.default_rng(0), mine)
    theta[...] = 0
    assert mine.tolist() == FLAT


def test_a_function_draws_from_the_given_source():
    def start(network, random):
        return random.standard_normal(network.p)

    theta = initialize(SMALL, np.random.default_rng(3), start)
    np.testing.assert_array_equal(theta, np.random.default_rng(3).standard_normal(13))


@pytest.mark.parametrize(
    ("method", "kept"), [("ones", 1.0), (PAIRS, None), ("zeros", 0.0)], ids=["ones", "own", "zeros"]
)
@pytest.mark.filterwarnings("ignore:all weights start")
def test_the_scale_multiplies_every_weight_and_no_bias(method, kept):
    W, b = SMALL.views(initialize(SMALL, np.random.default_rng(0), method, scale=0.5))
    W_1, b_1 = SMALL.views(initialize(SMALL, np.random.default_rng(0), method))
    for l in (1, 2):
        np.testing.assert_array_equal(W[l], 0.5 * W_1[l])
        np.testing.assert_array_equal(b[l], b_1[l])
        assert kept is None or (W_1[l] == kept).all()


def test_equal_weights_in_hidden_layers_are_warned_about():
    with pytest.warns(UserWarning, match="start equal, so the units .* stay identical"):
        initialize(SMALL, np.random.default_rng(0), "ones")


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (np.ones(12), r"theta must be \(p,\) = \(13,\), got \(12,\)"),
        ([], "theta must be"),
        (PAIRS[:1], "2 pairs"),
        ([*PAIRS, PAIRS[1]], "2 pairs"),
        ([(PAIRS[0][0], PAIRS[0][1], 1), PAIRS[1]], "2 pairs"),
        (
            [([[1, 3, 5], [2, 4, 6]], PAIRS[0][1]), PAIRS[1]],
            r"W\[1\] must be .* = \(3, 2\), got \(2, 3\).*transposed",
        ),
        ([(PAIRS[0][0], [7, 8, 9]), PAIRS[1]], r"b\[1\] must be .* = \(3, 1\).*rank-1"),
        ([*PAIRS[:1], ([[[10, 11, 12]]], [[13]])], r"W\[2\] must be"),
        ([*PAIRS[:1], ([[10, 11]], [[13]])], r"W\[2\] must be .* = \(1, 3\), got \(1, 2\)"),
        ([*PAIRS[:1], ([[10, 11, np.nan]], [[13]])], "finite"),
        (np.full(13, np.inf), "finite"),
        ([([["a", 2], [3, 4], [5, 6]], PAIRS[0][1]), PAIRS[1]], "2 pairs"),
        (lambda network, random: None, "2 pairs"),
        (np.float64(3), "2 pairs"),
    ],
)
def test_a_start_that_does_not_fit_is_refused(start, said):
    with pytest.raises(UsageError if "pairs" in said or "finite" in said else ShapeError, match=said):
        initialize(SMALL, np.random.default_rng(0), start)
