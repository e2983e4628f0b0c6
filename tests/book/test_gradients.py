"""The hand-written derivatives against finite differences, a complex step and scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from random_networks import CASES, H, M, relative_difference, smooth_case
from sklearn.neural_network import MLPClassifier, MLPRegressor

from shoal.book import equations
from shoal.book.equations import ACTIVATIONS, OUTPUTS
from shoal.book.network import Network


def name_of(case):
    depth, hidden, output, penalty, weighted, dropout = case
    switches = " weights" * weighted + " dropout" * dropout
    return f"L={depth} {hidden} {output} penalty={penalty}{switches}"


@pytest.mark.parametrize("seed", range(len(CASES)), ids=map(name_of, CASES))
def test_the_chain_rule_agrees_with_finite_differences(seed):
    case = smooth_case(*CASES[seed], seed=seed)
    assert relative_difference(case.gradient(), case.differences()) <= 1e-7


# --------------------------------------------------------------------------- dA


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("dropout", [False, True])
def test_dA_is_the_slope_of_the_loss_of_each_example(output, dropout):
    """Each A[l] is moved, and the layers after it run again. The losses are written in A, as in the book."""
    case = smooth_case(4, "gelu", output, "none", False, dropout, seed=3)
    network, (W, b) = case.network, case.network.views(case.theta)
    Z, A = equations.forward(W, b, case.X, network.g, case.D)
    dZ, _, _ = equations.backward(W, Z, A, case.Y, network.g, case.q, case.D)
    dA = equations.activations_gradient(W, Z, dZ, case.Y, output)
    losses = {
        "sigmoid": lambda A, Y: -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum(axis=0),
        "softmax": lambda A, Y: -(Y * np.log(A)).sum(axis=0),
        "identity": lambda A, Y: ((A - Y) ** 2).sum(axis=0) / 2,
        "exp": lambda A, Y: (A - Y * np.log(A)).sum(axis=0),
    }

    def loss(l, j, shift):
        """Of every example, with unit j of A[l] moved."""
        moved = A[l].astype(type(shift))
        moved[j] += shift
        if l < network.L:
            rest = [[None, *matrices[l + 1 :]] for matrices in (W, b, case.D)]
            moved = equations.forward(*rest[:2], moved, ("", *network.g[l + 1 :]), rest[2])[1][-1]
        return losses[output](moved, case.Y)

    assert len(dA) == network.L + 1
    for l, j in [(layer, j) for layer in range(network.L) for j in range(network.n[layer])]:
        f = {k: loss(l, j, k * H) for k in (-2, -1, 1, 2)}
        slope = (-f[2] + 8 * f[1] - 8 * f[-1] + f[-2]) / (12 * H)
        np.testing.assert_allclose(dA[l][j], slope, rtol=1e-8, atol=1e-9)
    for j in range(network.n[-1]):  # log A bends too much near 0: a complex step, which has no such error
        np.testing.assert_allclose(dA[-1][j], loss(network.L, j, 1e-30j).imag / 1e-30, rtol=1e-12)


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_chain_rule_through_the_output_is_a_minus_y(output):
    """dL/dZ[L] = dL/dA[L] times the slope of the output: what A[L] - Y is short for."""
    random = np.random.default_rng(1)
    Z, Y = random.normal(0, 3, (3, 8)), random.dirichlet(np.ones(3), 8).T
    A, dA = OUTPUTS[output].g(Z), OUTPUTS[output].loss_prime(Z, Y)
    if output == "softmax":
        dZ = (dA[:, None, :] * equations.softmax_prime(Z, A)).sum(axis=0)
    else:
        dZ = dA * OUTPUTS[output].g_prime(Z, A)
    np.testing.assert_allclose(dZ, A - Y, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax", "exp"])
def test_dA_of_a_certain_and_wrong_output_is_large_and_finite(output, dtype):
    largest = np.finfo(dtype).max
    Z = np.array([[largest, -largest, 800, 0], [-largest, largest, -800, 0]], dtype)
    for Y in (np.eye(2, dtype=dtype)[:, [0, 1, 0, 1]], np.eye(2, dtype=dtype)[:, [1, 0, 1, 0]]):
        dA = OUTPUTS[output].loss_prime(Z, Y)
        assert dA.dtype == dtype
        assert np.isfinite(dA).all()
    assert np.abs(dA[0, 1]) > 1e37  # A = 0 where Y = 1


# --------------------------------------------------------------------------- each derivative by itself


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_g_prime_is_the_slope_of_g(name):
    Z = np.linspace(-6, 6, 240)  # an even number: no Z = 0, where ReLU has no slope
    g, g_prime = ACTIVATIONS[name].g, ACTIVATIONS[name].g_prime
    slope = (-g(Z + 2 * H) + 8 * g(Z + H) - 8 * g(Z - H) + g(Z - 2 * H)) / (12 * H)
    np.testing.assert_allclose(g_prime(Z, g(Z)), slope, rtol=0, atol=1e-10)


def test_softmax_prime_is_the_matrix_of_slopes():
    Z = np.random.default_rng(0).normal(0, 2, (4, 6))
    jacobian = equations.softmax_prime(Z, equations.softmax(Z))
    assert jacobian.shape == (4, 4, 6)
    for k in range(4):
        e_k = H * np.eye(4)[:, [k]]
        f = {s: equations.softmax(Z + s * e_k) for s in (-2, -1, 1, 2)}
        slope = (-f[2] + 8 * f[1] - 8 * f[-1] + f[-2]) / (12 * H)
        np.testing.assert_allclose(jacobian[:, k], slope, rtol=0, atol=1e-10)


def test_softmax_prime_of_many_networks_is_each_of_theirs():
    Z = np.random.default_rng(0).normal(0, 2, (2, 3, 4, 6))
    together = equations.softmax_prime(Z, equations.softmax(Z))
    assert together.shape == (2, 3, 4, 4, 6)
    for k in np.ndindex(2, 3):
        np.testing.assert_array_equal(together[k], equations.softmax_prime(Z[k], equations.softmax(Z[k])))


def test_the_chain_through_softmax_prime_gives_a_minus_y():
    random = np.random.default_rng(0)
    Z, Y = random.normal(0, 2, (4, 6)), random.dirichlet(np.ones(4), 6).T
    A = equations.softmax(Z)
    dA = -Y / A  # of - sum Y log A
    np.testing.assert_allclose(np.einsum("jkm,jm->km", equations.softmax_prime(Z, A), dA), A - Y, atol=1e-13)


# --------------------------------------------------------------------------- independent judges


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("dropout", [False, True])
def test_the_chain_rule_agrees_with_a_complex_step_through_a_cost_of_its_own(output, depth, dropout):
    """J(theta + ih) = J(theta) + ih dJ/dtheta: no difference is taken, so nothing is lost to rounding."""
    case = smooth_case(depth, "tanh", output, "l2", True, dropout, seed=depth)
    case.network = replace(case.network, activations=("tanh",) * (depth - 1))  # |Z| has no complex step

    def cost(theta):
        A, squares, start = case.X, 0.0, 0
        for l in range(1, depth + 1):
            n_before, n_l = case.network.n[l - 1 : l + 1]
            W = theta[start : start + n_l * n_before].reshape(n_l, n_before)
            b = theta[start + W.size : start + W.size + n_l].reshape(n_l, 1)
            start, squares = start + W.size + n_l, squares + np.sum(W**2)
            Z = W @ A + b
            A = np.tanh(Z) * (1 if case.D[l] is None else case.D[l])
        if output == "identity":
            loss = (Z - case.Y) ** 2 / 2
        elif output == "sigmoid":
            loss = np.log(1 + np.exp(Z)) - case.Y * Z
        elif output == "exp":
            loss = np.exp(Z) - case.Y * Z
        else:
            loss = case.Y * (np.log(np.sum(np.exp(Z), axis=0)) - Z)
        return np.sum(loss * case.q) + case.l2 * squares / (2 * M)

    steps = case.theta + 1e-30j * np.eye(case.network.p)
    by_complex_step = np.array([cost(step).imag / 1e-30 for step in steps])
    assert relative_difference(case.gradient(), by_complex_step) <= 1e-14


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_chain_rule_agrees_with_scikit_learns(activation, output, weighted):
    random = np.random.default_rng(0)
    X, v = random.standard_normal((20, 3)), random.uniform(0.1, 2, 20) if weighted else None
    model, Y = scikit_learns_network(activation, output, X, random)
    n = (3, 5, 4, Y.shape[1])
    network = Network(n, ({"logistic": "sigmoid"}.get(activation, activation),) * 2, output)
    theta = random.standard_normal(network.p) / 2  # larger, and scikit-learn clips its probabilities
    W, b = network.views(theta)
    model.coefs_ = [W_l.T.copy() for W_l in W[1:]]
    model.intercepts_ = [b_l[:, 0].copy() for b_l in b[1:]]
    layers = [X, *(np.empty((20, n_l)) for n_l in n[1:])]
    spaces = (
        [None] * 3,
        [np.empty_like(W_l) for W_l in model.coefs_],
        [np.empty_like(c) for c in model.intercepts_],
    )
    J_theirs, dW_theirs, db_theirs = model._backprop(X, Y, v, layers, *spaces)

    q = equations.shares(np.ones((1, 20)) if v is None else v[None])
    m = 20 if v is None else v.sum()
    Z, A = equations.forward(W, b, X.T, network.g)
    J = equations.mean_loss(Z[-1], Y.T, output, q) + equations.penalty(W, 0.0, 0.7, m)
    _, dW, db = equations.backward(W, Z, A, Y.T, network.g, q)
    np.testing.assert_allclose(J, J_theirs, rtol=1e-12)
    for l in (1, 2, 3):
        ours = dW[l] + equations.penalty_prime(W[l], 0.0, 0.7, m)
        np.testing.assert_allclose(ours, dW_theirs[l - 1].T, rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(db[l][:, 0], db_theirs[l - 1], rtol=1e-11, atol=1e-14)


def scikit_learns_network(activation, output, X, random):
    """An estimator of scikit-learn that has seen the data once, and Y as it wants it."""
    options = {"hidden_layer_sizes": (5, 4), "activation": activation, "alpha": 0.7}
    if output == "identity":
        model, y = MLPRegressor(**options), random.standard_normal(20)
        return model.partial_fit(X, y), y[:, None]
    if output == "exp":
        model, Y = MLPRegressor("poisson", **options), random.poisson(2.0, (20, 2)).astype(float)
        return model.partial_fit(X, Y), Y
    classes = 2 if output == "sigmoid" else 3
    y = np.arange(20) % classes
    Y = y[:, None].astype(float) if classes == 2 else np.eye(3)[y]
    return MLPClassifier(**options).partial_fit(X, y, classes=range(classes)), Y
