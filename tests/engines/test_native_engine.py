"""The native engine computes what the equations say: gradients, trajectories, predictions, histories."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from native_cases import (
    ACTIVATIONS,
    DTYPES,
    LEVELS,
    NativeEngine,
    at_level,
    copy,
    examples,
    fingerprint,
    member,
    program,
)
from scipy import sparse

from shoal.book import equations
from shoal.book.network import Network
from shoal.book.optimizers import RULES, Optimizer, norm
from shoal.engines import checks, get_engine
from shoal.engines.base import Data, total_weight
from shoal.engines.checks import check_engine
from shoal.engines.numpy import NumpyEngine

pytestmark = pytest.mark.unchecked_shapes  # the judge takes thousands of steps
ENGINE = NativeEngine(2)
OTHER = Network((40, 30, 20), ("tanh",), "identity")
PENALTIES = ((0.0, 0.0), (0.05, 0.0), (0.0, 0.5), (0.05, 0.5))  # none, L1, L2, both
# Sums in another order differ by 1e-16 of their parts; a few hundred updates of numbers near one, with
# gradients that change as slowly as theta, make 1e-12 of it. Where Z is so near to a kink of ReLU, or W to
# the kink of |W|, that 1e-12 decides on which side, the end would differ by a step: among the 1e7 numbers
# that these tests look at one such is a matter of 1e-5.
STEPS_APART = 1e-9


def follows_the_equations(members, rates):
    """Train all of them in one call; each ends, and was on its way, where the plain loop is."""
    expected = [checks._reference(copy(who), rates) for who in members]
    results = ENGINE.epochs(members, [rates] * len(members))
    for who, result, (cost, length, theta) in zip(members, results, expected, strict=True):
        np.testing.assert_allclose(who.theta, theta, rtol=STEPS_APART, atol=STEPS_APART, err_msg=str(who))
        np.testing.assert_allclose(result.cost, cost, rtol=STEPS_APART, atol=STEPS_APART)
        np.testing.assert_allclose(result.gradient_norm, length, rtol=STEPS_APART, atol=STEPS_APART)


# --------------------------------------------------------------------------- the contract, at every level


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("level", LEVELS)
def test_the_native_engine_keeps_the_contract_at_every_cpu_level(level, n_threads):
    with at_level(level):
        check_engine(NativeEngine(n_threads))


def gradient_fingerprint():
    """Bits that differ with the level: wider vectors add in another order, and only FMA rounds once."""
    network = Network((7, 9, 2), ("tanh",), "sigmoid")
    data = examples(network, 1000)
    return fingerprint(NativeEngine(1).gradient(network, member(network, data).theta, data)[1])


def test_the_cpu_level_that_is_forced_is_the_one_that_computes():
    found = {}
    for level in LEVELS:
        with at_level(level):
            found[level] = gradient_fingerprint()
        ask = "import test_native_engine as t; print(t.gradient_fingerprint())"
        assert program(ask, SHOAL_CPU=level) == found[level]
    assert len(set(found.values())) == len(LEVELS)


def test_without_being_asked_the_best_level_computes():
    with at_level(LEVELS[-1]):
        best = gradient_fingerprint()
    assert program("import test_native_engine as t; print(t.gradient_fingerprint())", SHOAL_CPU="") == best


# --------------------------------------------------------------------------- trajectories of 200 steps


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("output", equations.OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_200_steps_of_every_rule_and_penalty_follow_the_equations(activation, output, every):
    """All pairs of a rule and a penalty for each activation and output; by default every seventh."""
    network = Network((4, 6, 3), (activation,), output)
    data = examples(network, 40, seed=5)
    begin = ACTIVATIONS.index(activation) * len(equations.OUTPUTS) + list(equations.OUTPUTS).index(output)
    members = [
        member(network, data, k, optimizer=Optimizer(rule, weight_decay=0.1), batch_size=10, l1=l1, l2=l2)
        for k, (rule, (l1, l2)) in enumerate(product(RULES, PENALTIES))
        if (begin + k) % every == 0
    ]
    rate = 0.002 if output == "exp" else 0.02  # its curvature grows with A: momentum would run away
    follows_the_equations(members, [rate / (1 + 0.02 * epoch) for epoch in range(50)])
    assert members[0].t == 200


@pytest.mark.parametrize("batch_size", [1, 7, 64, 97, 1000])
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_200_steps_with_dropout_weights_and_clipping_follow_the_equations(batch_size, depth):
    """97 examples, some of them twice and some never; one batch may hold all of them, or have room left."""
    network = Network((5, *(9, 17, 3)[:depth], 3), ("tanh", "relu", "sigmoid")[:depth], "softmax")
    random = np.random.default_rng(batch_size)
    rows = random.integers(0, 110, 97)
    steps = -(-97 // batch_size)
    members = [
        member(
            network,
            examples(network, 110, seed=k, weighted=bool(k % 2)),
            seed=2**63 - 1 - k,
            optimizer=Optimizer(rule, clip_norm=clip_norm, weight_decay=0.1),
            rows=rows,
            batch_size=batch_size,
            l2=0.3,
            dropout=(0.4, 0.0, 0.2)[:depth],
            shuffle=shuffle,
        )
        for k, (rule, clip_norm, shuffle) in enumerate(
            [("adam", 0.3, True), ("adamw", None, False), ("momentum", 0.3, True), ("rmsprop", None, True)]
        )
    ]
    follows_the_equations(members, [0.01] * -(-200 // steps))


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 130, 2), (130, 1, 3), (65, 33, 17), (16, 8, 64), (129, 2)])
def test_200_steps_of_tiny_and_of_wide_layers_follow_the_equations(sizes):
    network = Network(sizes, ("leaky_relu",) * (len(sizes) - 2), "sigmoid")
    data = examples(network, 50)
    members = [
        member(network, data, optimizer=Optimizer(rule, weight_decay=0.1), batch_size=13, l1=0.01, l2=0.1)
        for rule in ("nesterov", "adamw")
    ]
    follows_the_equations(members, [0.003] * 50)


@pytest.mark.parametrize("hidden", [(), (11,), (70,)])
@pytest.mark.parametrize("inputs", [6, 60])
def test_batches_of_thousands_of_rows_follow_the_equations(inputs, hidden):
    """Such a batch is cut into segments and these into blocks of columns, all at once or epoch by epoch."""
    network = Network((inputs, *hidden, 3), ("tanh",) * len(hidden), "softmax")
    for m, batch_size in [(6147, 4100), (2047, 2047), (3001, 5000), (9000, 9000)]:
        data = examples(network, m, weighted=True)
        who = member(network, data, batch_size=batch_size, l2=2.0, dropout=(0.3,) * len(hidden))
        follows_the_equations([who], [0.01] * 3)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_targets_may_be_shares_instead_of_classes(output):
    network = Network((5, 4, 3), ("relu",), output)
    data = examples(network, 40)
    Y = np.random.default_rng(1).uniform(0, 1, (3, 40))
    data = data._replace(Y=Y / Y.sum(axis=0))
    follows_the_equations([member(network, data, batch_size=7)], [0.01] * 20)


def test_a_theta_in_float64_may_learn_from_examples_in_float32():
    network = Network((5, 8, 2), ("tanh",), "sigmoid")
    data = examples(network, 40, "float32", weighted=True)
    who = member(network, data, dtype="float64", batch_size=7, l2=0.1)
    follows_the_equations([who], [0.01] * 20)
    assert who.theta.dtype == np.float64


# --------------------------------------------------------------------------- every size


def expected_gradient(network, theta, data, l1, l2):
    return checks._gradient(network, theta.astype(np.float64), data, l1, l2, total_weight(data))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_gradients_and_predictions_are_right_for_every_width(level, dtype):
    """Inputs and hidden units from 1 to 130: whatever is left over beside whole vectors and tiles."""
    tolerance = {"float64": 1e-13, "float32": 1e-4}[dtype]  # of sums of up to 130 numbers near one
    for width in range(1, 131):
        network = Network((width, 131 - width, 1 + width % 19), ("tanh",), "identity")
        data = examples(network, 37, dtype, seed=width, weighted=True)
        theta = member(network, data).theta
        J, dtheta = expected_gradient(network, theta, data, 0.1, 0.2)
        _, A = equations.forward(*network.views(theta.astype(np.float64)), np.float64(data.X), network.g)
        with at_level(level):
            got_J, got = ENGINE.gradient(network, theta, data, l1=0.1, l2=0.2)
            got_A = ENGINE.predict(network, theta, data.X)
        assert got_J == pytest.approx(J, rel=tolerance)
        np.testing.assert_allclose(got, dtheta, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(got_A, A[-1], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_and_predictions_are_right_for_every_number_of_rows(dtype):
    tolerance = {"float64": 1e-13, "float32": 1e-4}[dtype]
    network = Network((3, 5, 2, 3), ("tanh", "relu"), "softmax")
    for m in [*range(1, 68), 127, 129, 1023, 1025, 2047, 2048, 2049, 5003, 17_000]:
        data = examples(network, m, dtype, seed=m, weighted=True)
        theta = member(network, data).theta
        J, dtheta = expected_gradient(network, theta, data, 0.1, 0.2)
        got_J, got = ENGINE.gradient(network, theta, data, l1=0.1, l2=0.2)
        assert got_J == pytest.approx(J, rel=tolerance)
        np.testing.assert_allclose(got, dtheta, rtol=tolerance, atol=tolerance)
        Z, A = equations.forward(*network.views(theta.astype(np.float64)), np.float64(data.X), network.g)
        got_Z, got_A = ENGINE.predict(network, theta, data.X, layers=True)
        assert (got_Z[0], got_A[0] is data.X) == (None, True)
        for l in range(1, network.L + 1):
            np.testing.assert_allclose(got_Z[l], Z[l], rtol=tolerance, atol=tolerance)
            np.testing.assert_allclose(got_A[l], A[l], rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(ENGINE.predict(network, theta, data.X), got_A[-1])


def test_what_fills_the_last_vector_up_is_nobodys_example():
    """Here A[1] is 0 for every example, but b[1] is 1e200: an example of zeros would make Z[2] infinite."""
    network = Network((1, 1, 1), ("identity",), "identity")
    data = Data(np.ones((1, 3)), np.array([[1.0, 2.0, 3.0]]))
    theta = np.array([-1e200, 1e200, 1e200, 0.0])
    J, dtheta = ENGINE.gradient(network, theta, data)
    assert pytest.approx((1 + 4 + 9) / 2 / 3, rel=1e-14) == J  # A[2] = 0, so dZ[2] = -Y, dZ[1] = -1e200 Y
    np.testing.assert_allclose(dtheta, [-2e200, -2e200, 0.0, -2.0], rtol=1e-14)


def test_gradients_of_some_rows_are_those_of_a_copy_of_these_rows():
    network = Network((3, 5, 2), ("tanh",), "sigmoid")
    data = examples(network, 5000, weighted=True)
    theta = member(network, data).theta
    for rows in (np.array([4999]), np.arange(4999, 0, -3), np.random.default_rng(0).integers(0, 5000, 7000)):
        part = Data(data.X[:, rows], data.Y[:, rows], data.v[:, rows])
        J, dtheta = expected_gradient(network, theta, part, 0.1, 0.2)
        got_J, got = ENGINE.gradient(network, theta, data, rows, l1=0.1, l2=0.2)
        assert got_J == pytest.approx(J, rel=1e-12)
        np.testing.assert_allclose(got, dtheta, rtol=1e-11, atol=1e-13)


def test_however_x_and_y_lie_in_memory_the_bits_are_the_same():
    network = Network((3, 5, 2), ("tanh",), "sigmoid")
    data = examples(network, 40)
    wide = np.zeros((4, 80))
    wide[1:3, 79::-2] = data.Y  # every second place, backwards
    unaligned = np.frombuffer(bytearray(data.X.nbytes + 1), np.float64, data.X.size, 1).reshape(40, 3)
    unaligned[...] = data.X.T
    forms = [
        data,
        data._replace(X=np.ascontiguousarray(data.X)),
        data._replace(X=unaligned.T),
        data._replace(Y=np.asfortranarray(data.Y)),
        data._replace(Y=wide[1:3, 79::-2]),
    ]
    ends = []
    for form in forms:
        who = member(network, form, batch_size=7)
        ENGINE.epochs([who], [[0.05] * 5])
        J, dtheta = ENGINE.gradient(network, who.theta, form)
        ends.append(fingerprint(who.theta, J, dtheta, ENGINE.predict(network, who.theta, form.X)))
    assert len(set(ends)) == 1


def test_no_examples_have_no_predictions_and_no_members_no_results():
    network = Network((3, 5, 2), ("tanh",), "sigmoid")
    who = member(network, examples(network, 4))
    assert ENGINE.predict(network, who.theta, np.empty((3, 0))).shape == (2, 0)
    Z, A = ENGINE.predict(network, who.theta, np.empty((3, 0)), layers=True)
    assert (Z[1].shape, A[2].shape) == ((5, 0), (2, 0))
    assert ENGINE.epochs([], []) == []
    before = fingerprint(who.theta, who.slots)
    result = ENGINE.epochs([who], [[]])[0]
    assert (len(result.cost), result.interrupted, who.t, who.epoch) == (0, False, 0, 0)
    assert fingerprint(who.theta, who.slots) == before


# --------------------------------------------------------------------------- sparse examples, divergence


def test_sparse_examples_are_trained_by_numpy_beside_dense_ones_in_one_call():
    network = Network((6, 5, 2), ("tanh",), "sigmoid")
    data = examples(network, 40, weighted=True)
    thin = data._replace(X=sparse.csr_array(data.X))
    members = [member(network, d, seed, batch_size=9) for seed, d in enumerate([thin, data, thin, data])]
    alone = [copy(who) for who in members]
    results = ENGINE.epochs(members, [[0.05] * epochs for epochs in (2, 3, 4, 5)])
    assert [len(result.cost) for result in results] == [2, 3, 4, 5]
    for k, (who, single) in enumerate(zip(members, alone, strict=True)):
        engine = ENGINE if k % 2 else NumpyEngine()
        expected = engine.epochs([single], [[0.05] * (k + 2)])[0]
        np.testing.assert_array_equal(who.theta, single.theta)
        np.testing.assert_array_equal(results[k].cost, expected.cost)
        assert (who.t, who.epoch) == (single.t, single.epoch) == (5 * (k + 2), k + 2)


def test_a_member_that_diverges_ends_alone():
    network = Network((3, 5, 1), ("relu",), "identity")
    data = examples(network, 60)
    members = [member(network, data, seed, optimizer=Optimizer("momentum")) for seed in range(5)]
    rates = [[1e-3] * 6 for _ in members]
    rates[2] = [1e-3, 1e-3, 1e300, 1e300, 1e300, 1e300]
    calm = [copy(who) for who in members]
    results = ENGINE.epochs(members, rates)
    assert [len(result.cost) for result in results] == [6, 6, 4, 6, 6]
    assert not np.isfinite(results[2].cost[-1])
    assert members[2].epoch == 4
    ENGINE.epochs(calm[:2] + calm[3:], rates[:2] + rates[3:])
    for k in (0, 1, 3, 4):
        np.testing.assert_array_equal(members[k].theta, calm[k].theta)


@pytest.mark.parametrize(
    ("dtype", "size"),
    [("float64", size) for size in (1e200, 1e150, 1e-150, 1e-200)]
    + [("float32", size) for size in (1e25, 1e18, 1e-15, 1e-25)],
)
def test_gradients_whose_square_is_no_number_have_their_length(dtype, size):
    """theta is zero, so A = 1/2 whatever X is; of each pair of examples the parts of db cancel exactly."""
    network = Network((5, 3), (), "sigmoid")
    random = np.random.default_rng(0)
    X = (size * random.uniform(0.5, 1, (8, 5))).astype(dtype).T
    data = Data(X, np.tile([[0.0, 1.0]], (3, 4)).astype(dtype))
    who = replace(member(network, data, optimizer=Optimizer("gradient_descent")), theta=np.zeros(18, dtype))
    _, dtheta = checks._gradient(network, np.zeros(18), data, 0.0, 0.0, 8.0)
    length = float(norm(dtheta))
    assert 0 < length < np.inf
    engine = NativeEngine(1)
    other = examples(OTHER, 200)
    engine.gradient(OTHER, member(OTHER, other).theta, other)  # leaves numbers in this thread's buffers
    result = engine.epochs([copy(who)], [[0.0]])[0]
    assert result.gradient_norm[0] == pytest.approx(length, rel=1e-5 if dtype == "float32" else 1e-13)
    assert result.cost[0] == pytest.approx(3 * np.log(2), rel=1e-6)
    clipped = replace(who, optimizer=Optimizer("gradient_descent", clip_norm=min(1.0, length / 2)))
    engine.epochs([clipped], [[1.0]])
    assert float(norm(np.float64(clipped.theta))) == pytest.approx(min(1.0, length / 2), rel=1e-5)


# --------------------------------------------------------------------------- which engine


def test_the_native_engine_is_found_by_name_and_taken_where_nobody_chose():
    assert get_engine("auto").name == get_engine("native").name == NativeEngine().name == "native"
