"""The architecture, and theta with its views."""

import numpy as np
import pytest

from shoal.base.errors import ShapeError, UsageError
from shoal.book import equations
from shoal.book.network import Network, averaged

NETWORK = Network((3, 5, 2), ("tanh",), "softmax")


def test_it_knows_its_layers_shapes_and_number_of_parameters():
    assert NETWORK.L == 2
    assert NETWORK.g == ("", "tanh", "softmax")
    assert NETWORK.shapes == ((5, 3), (5, 1), (2, 5), (2, 1))
    assert NETWORK.p == 15 + 5 + 10 + 2


def test_one_layer_is_enough():
    network = Network((3, 1), (), "sigmoid")
    assert (network.L, network.g, network.p) == (1, ("", "sigmoid"), 4)


def test_theta_holds_the_matrices_one_after_the_other_row_by_row():
    theta = np.arange(32.0)
    W, b = NETWORK.views(theta)
    assert W[0] is None
    assert b[0] is None
    np.testing.assert_array_equal(W[1], np.arange(15).reshape(5, 3))
    np.testing.assert_array_equal(b[1], np.arange(15, 20).reshape(5, 1))
    np.testing.assert_array_equal(W[2], np.arange(20, 30).reshape(2, 5))
    np.testing.assert_array_equal(b[2], np.arange(30, 32).reshape(2, 1))


@pytest.mark.parametrize(
    "theta", [np.zeros(32), np.zeros((4, 32)), np.zeros((2, 4, 32)), np.zeros(64)[::2], np.zeros((32, 4)).T]
)
def test_views_are_views_both_ways(theta):
    W, b = NETWORK.views(theta)
    for l in (1, 2):
        W[l][..., 0, 0] = 7.0
        b[l][..., -1, 0] = 9.0
    assert theta.sum() == 2 * (7 + 9) * theta[..., 0].size
    theta[...] = 1.0
    assert all((matrix == 1).all() for matrix in W[1:] + b[1:])


@pytest.mark.parametrize("stack", [(4,), (2, 3)])
def test_a_stack_of_thetas_has_stacks_of_matrices(stack):
    theta = np.random.default_rng(0).standard_normal((*stack, 32))
    W, b = NETWORK.views(theta)
    assert W[1].shape == (*stack, 5, 3)
    assert b[2].shape == (*stack, 2, 1)
    for k in np.ndindex(stack):
        W_k, b_k = NETWORK.views(theta[k])
        for l in (1, 2):
            np.testing.assert_array_equal(W[l][k], W_k[l])
            np.testing.assert_array_equal(b[l][k], b_k[l])


def test_the_mask_of_weights_spares_the_biases():
    W, b = NETWORK.views(NETWORK.is_weight)
    assert all((W_l == 1).all() for W_l in W[1:])
    assert all((b_l == 0).all() for b_l in b[1:])


@pytest.mark.parametrize("shape", [(31,), (33,), (0,), (4, 31)])
def test_a_theta_of_another_length_is_refused(shape):
    with pytest.raises(ShapeError, match=r"theta must be .*32"):
        NETWORK.views(np.zeros(shape))


def test_equal_architectures_are_equal_and_may_be_keys():
    same = Network((3, 5, 2), ("tanh",), "softmax")
    assert NETWORK.is_weight is NETWORK.is_weight
    assert {NETWORK: "found"}[same] == "found"
    assert Network((3, 5, 2), ("relu",), "softmax") != NETWORK


@pytest.mark.unchecked_shapes  # a user has no annotations that are checked
@pytest.mark.parametrize("n", [(), (3,), (3, 0), (3, -1), (0, 1), (3, 2.5), (3, "2")])
def test_sizes_must_be_positive_whole_numbers(n):
    with pytest.raises(UsageError, match="whole numbers"):
        Network(n, (), "sigmoid")


@pytest.mark.parametrize("activations", [(), ("tanh", "tanh")])
def test_each_hidden_layer_has_one_activation(activations):
    with pytest.raises(UsageError, match="1 hidden layers"):
        Network((3, 5, 2), activations, "softmax")


@pytest.mark.parametrize("name", ["softmax", "logistic", "Tanh"])
def test_an_unknown_activation_is_refused_with_those_that_exist(name):
    with pytest.raises(UsageError, match=f"'{name}'.*leaky_relu"):
        Network((3, 5, 2), (name,), "softmax")


@pytest.mark.parametrize("name", ["relu", "tanh", "linear"])
def test_an_output_without_a_loss_of_its_own_is_refused(name):
    with pytest.raises(UsageError, match=f"'{name}'.*identity, sigmoid, softmax"):
        Network((3, 5, 2), ("tanh",), name)


# --------------------------------------------------------------------------- several side by side


def several(n, K, dtype=np.float64):
    """A network of these sizes, and K thetas for it."""
    activations = ("tanh", "relu", "sigmoid")[: len(n) - 2]
    network = Network(n, activations, "softmax" if n[-1] > 1 else "sigmoid")
    random = np.random.default_rng(len(n) + K)
    return network, [random.standard_normal(network.p).astype(dtype) for _ in range(K)]


def last_Z(network, theta, X):
    W, b = network.views(theta)
    Z, _ = equations.forward(W, b, X, network.g)
    return Z[-1]


@pytest.mark.parametrize("K", [1, 2, 5])
@pytest.mark.parametrize("n", [(3, 2), (3, 4, 1), (3, 5, 2), (2, 4, 3, 1), (3, 1, 6, 2, 4)])
def test_networks_side_by_side_answer_with_their_mean_Z(n, K):
    network, thetas = several(n, K)
    X = np.random.default_rng(0).standard_normal((n[0], 7))
    together, theta = averaged(network, thetas)
    mean = np.mean([last_Z(network, theta_k, X) for theta_k in thetas], axis=0)
    np.testing.assert_allclose(last_Z(together, theta, X), mean, rtol=1e-12, atol=1e-12)


def test_networks_side_by_side_have_so_many_hidden_units_and_share_inputs_and_outputs():
    network, thetas = several((3, 5, 4, 2), 3)
    together, theta = averaged(network, thetas)
    assert together.n == (3, 15, 12, 2)
    assert (together.activations, together.output) == (network.activations, network.output)
    assert theta.shape == (together.p,)
    W, _ = together.views(theta)
    assert np.count_nonzero(W[2]) == 3 * 4 * 5  # no weight leads from one network to another
    assert averaged(network, thetas[:1])[0] == network
    np.testing.assert_array_equal(averaged(network, thetas[:1])[1], thetas[0])


def test_networks_side_by_side_keep_their_precision_and_are_not_changed():
    network, thetas = several((3, 4, 2), 2, np.float32)
    before = [theta.copy() for theta in thetas]
    _, theta = averaged(network, thetas)
    assert theta.dtype == np.float32
    theta[...] = 0
    np.testing.assert_array_equal(thetas, before)
