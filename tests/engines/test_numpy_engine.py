"""What the contract leaves to the engine: sparse and zero-weighted examples, threads, interruptions."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_info, threadpool_limits

from shoal.base.errors import UsageError
from shoal.book import equations
from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines import get_engine
from shoal.engines import numpy as numpy_engine
from shoal.engines.base import Data, Member, total_weight
from shoal.engines.numpy import BLOCK, NumpyEngine

pytestmark = pytest.mark.unchecked_shapes
ENGINE = NumpyEngine()
NETWORK = Network((40, 30, 3), ("tanh",), "softmax")


def data(m=50, dtype=np.float64, seed=0, weighted=True):
    """Examples of which half the numbers are zero."""
    random = np.random.default_rng(seed)
    X = np.asarray(random.standard_normal((m, 40)) * random.integers(0, 2, (m, 40)), dtype).T
    Y = np.eye(3, dtype=dtype)[:, random.integers(0, 3, m)]
    return Data(X, Y, random.uniform(0.5, 2, (1, m)).astype(dtype) if weighted else None)


def member(examples=None, m=50, dtype=np.float64, **options):
    examples = data(m, dtype) if examples is None else examples
    theta = initialize(NETWORK, np.random.default_rng(1), dtype=dtype)
    chosen = {"optimizer": Optimizer(), "rows": np.arange(m), "seed": 3, "batch_size": 8} | options
    return Member(NETWORK, theta, data=examples, **chosen)


def trained(who, examples, epochs=5):
    """A copy of the member after some epochs, and what they were like."""
    who = replace(who, theta=who.theta.copy(), slots=who.slots.copy(), data=examples)
    return who, ENGINE.epochs([who], [[0.05] * epochs])[0]


# --------------------------------------------------------------------------- examples


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_array, sparse.csr_matrix])
def test_sparse_examples_end_with_the_same_bits_as_dense_ones(form):
    dense = data()
    thin = dense._replace(X=form(dense.X))
    theta = member().theta
    np.testing.assert_array_equal(
        ENGINE.predict(NETWORK, theta, thin.X), ENGINE.predict(NETWORK, theta, dense.X)
    )
    for layer, expected in zip(
        ENGINE.predict(NETWORK, theta, thin.X, layers=True)[1],
        ENGINE.predict(NETWORK, theta, dense.X, layers=True)[1],
        strict=True,
    ):
        np.testing.assert_array_equal(layer, expected)
    assert ENGINE.gradient(NETWORK, theta, thin)[0] == ENGINE.gradient(NETWORK, theta, dense)[0]
    options = {"dropout": (0.2,), "l2": 0.3}
    one, other = trained(member(**options), thin)[0], trained(member(**options), dense)[0]
    np.testing.assert_array_equal(one.theta, other.theta)


def test_rows_or_columns_first_in_memory_makes_no_difference():
    rows_first = data()
    columns_first = rows_first._replace(X=np.ascontiguousarray(rows_first.X))
    one, other = (trained(member(l2=0.3), examples)[0] for examples in (rows_first, columns_first))
    np.testing.assert_array_equal(one.theta, other.theta)


def test_examples_of_weight_zero_are_as_good_as_absent():
    examples, rows = data(), np.arange(0, 50, 2)
    examples.v[:, 1::2] = 0
    options = {"batch_size": 50, "l2": 0.5, "l1": 0.1}
    with_zeros, without = (trained(member(rows=r, **options), examples)[0] for r in (np.arange(50), rows))
    # Sums over 50 and over 25 examples round differently, by 1e-16 of the largest parts of a sum.
    np.testing.assert_allclose(with_zeros.theta, without.theta, rtol=1e-12, atol=1e-14)
    few = Data(examples.X[:, rows], examples.Y[:, rows], examples.v[:, rows])
    theta = member().theta
    J, dtheta = ENGINE.gradient(NETWORK, theta, examples, l2=0.5)
    J_few, dtheta_few = ENGINE.gradient(NETWORK, theta, few, l2=0.5)
    assert J_few == pytest.approx(J, rel=1e-13)
    np.testing.assert_allclose(dtheta, dtheta_few, rtol=1e-12, atol=1e-16)


def test_a_weight_of_two_is_two_copies():
    examples = data()
    examples.v[:] = np.random.default_rng(2).integers(0, 3, (1, 50))
    rows = np.repeat(np.arange(50), examples.v[0].astype(int))
    options = {"batch_size": 1000, "l2": 0.5}
    weighted = trained(member(**options), examples)[0]
    copied = trained(member(rows=rows, **options), examples._replace(v=None))[0]
    np.testing.assert_allclose(weighted.theta, copied.theta, rtol=1e-11)
    assert total_weight(examples) == total_weight(examples._replace(v=None), rows) == len(rows)


def test_the_m_of_the_penalties_is_that_of_the_rows_that_are_trained_on():
    examples, rows = data(), np.array([3, 3, 7])
    assert total_weight(examples, rows) == pytest.approx(2 * examples.v[0, 3] + examples.v[0, 7], rel=1e-15)
    assert total_weight(examples._replace(v=None), rows) == 3


def test_a_batch_whose_weights_are_all_zero_moves_nothing_but_momentum():
    examples = data()
    examples.v[:] = 0
    start = member(optimizer=Optimizer("gradient_descent"))
    end, epochs = trained(start, examples)
    np.testing.assert_array_equal(end.theta, start.theta)
    assert not epochs.cost.any()


def test_float32_follows_float64_and_stays_float32():
    options = {"l2": 0.3, "dropout": (0.2,), "optimizer": Optimizer("momentum")}
    single, epochs = trained(member(dtype=np.float32, **options), data(dtype=np.float32))
    double, epochs_double = trained(member(dtype=np.float64, **options), data())
    assert single.theta.dtype == single.slots.dtype == np.float32
    assert ENGINE.predict(NETWORK, single.theta, data(dtype=np.float32).X).dtype == np.float32
    np.testing.assert_allclose(single.theta, double.theta, rtol=0, atol=2e-6)  # 35 updates of numbers near 1
    np.testing.assert_allclose(epochs.cost, epochs_double.cost, rtol=1e-5)


def test_more_examples_than_one_block_are_the_same_as_all_at_once():
    m = 2 * BLOCK + 17
    examples, theta = data(m), member().theta
    W, b = NETWORK.views(theta)
    Z, A = equations.forward(W, b, examples.X, NETWORK.g)
    q = equations.shares(examples.v)
    _, dW, db = equations.backward(W, Z, A, examples.Y, NETWORK.g, q)
    np.testing.assert_allclose(ENGINE.predict(NETWORK, theta, examples.X), A[-1], rtol=1e-12)
    J, dtheta = ENGINE.gradient(NETWORK, theta, examples)
    got_dW, got_db = NETWORK.views(dtheta)
    assert pytest.approx(equations.mean_loss(Z[-1], examples.Y, "softmax", q), rel=1e-12) == J
    for l in (1, 2):
        np.testing.assert_allclose(got_dW[l], dW[l], rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(got_db[l], db[l], rtol=1e-9, atol=1e-13)


def test_no_examples_have_no_predictions():
    for X in (np.empty((40, 0)), sparse.csr_array((40, 0))):
        assert ENGINE.predict(NETWORK, member().theta, X).shape == (3, 0)


def test_nobody_trains_nobody_and_no_epochs_change_nothing():
    assert ENGINE.epochs([], []) == []
    end, epochs = trained(member(), data(), epochs=0)
    assert (len(epochs.cost), end.epoch, end.t) == (0, 0, 0)
    np.testing.assert_array_equal(end.theta, member().theta)


def test_the_reported_cost_is_the_one_before_the_update():
    start, examples = member(batch_size=50, l2=0.4, l1=0.1), data()
    J, dtheta = ENGINE.gradient(NETWORK, start.theta, examples, l1=0.1, l2=0.4)
    _, epochs = trained(start, examples, epochs=1)
    assert epochs.cost[0] == pytest.approx(J, rel=1e-13)
    assert epochs.gradient_norm[0] == pytest.approx(np.linalg.norm(dtheta), rel=1e-13)


# --------------------------------------------------------------------------- divergence, interruption


def test_divergence_does_not_warn_and_is_the_last_cost():
    network = Network((40, 3), (), "identity")
    wild = Member(network, np.ones(123), Optimizer("gradient_descent"), data(), np.arange(50), 0, 50)
    epochs = ENGINE.epochs([wild], [[1e200] * 5])[0]
    assert len(epochs.cost) < 5
    assert np.isfinite(epochs.cost[:-1]).all()
    assert not np.isfinite(epochs.cost[-1])


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_epoch_leaves_the_member_at_its_border(monkeypatch, error):
    """Stopped in the third batch of the third epoch, then resumed: as if nothing had happened."""
    options = {"dropout": (0.2,), "optimizer": Optimizer("adam", clip_norm=0.5)}
    who = member(**options)
    theta, slots = who.theta, who.slots
    real, calls = numpy_engine.update, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 2 * 7 + 3:  # an epoch has seven batches
            raise error
        return real(*arguments)

    monkeypatch.setattr(numpy_engine, "update", interrupted)
    if error is KeyboardInterrupt:  # which is reported with what was finished, and raised by the loop above
        result, unborn = ENGINE.epochs([who, member(**options)], [[0.05] * 5, [0.05]])
        assert (result.interrupted, len(result.cost), len(result.gradient_norm)) == (True, 2, 2)
        assert (unborn.interrupted, len(unborn.cost)) == (True, 0)
    else:
        with pytest.raises(error):
            ENGINE.epochs([who], [[0.05] * 5])
    assert (who.epoch, who.t) == (2, 14)
    two_epochs = trained(member(**options), data(), epochs=2)[0]
    np.testing.assert_array_equal(who.theta, two_epochs.theta)
    np.testing.assert_array_equal(who.slots, two_epochs.slots)
    assert who.theta is theta
    assert who.slots is slots

    ENGINE.epochs([who], [[0.05] * 3])
    np.testing.assert_array_equal(who.theta, trained(member(**options), data(), epochs=5)[0].theta)


# --------------------------------------------------------------------------- threads


def fingerprint():
    """SHA-256 of a theta that was trained with matrices large enough for BLAS to share out."""
    random = np.random.default_rng(0)
    network = Network((120, 200, 10), ("relu",), "softmax")
    examples = Data(random.standard_normal((600, 120)).T, np.eye(10)[:, random.integers(0, 10, 600)])
    who = Member(network, initialize(network, random), Optimizer(), examples, np.arange(600), 0, 500, l2=0.1)
    ENGINE.epochs([who], [[0.01] * 3])
    J, dtheta = ENGINE.gradient(network, who.theta, examples)
    A = ENGINE.predict(network, who.theta, examples.X)
    return hashlib.sha256(who.theta.tobytes() + dtheta.tobytes() + A.tobytes() + J.hex().encode()).hexdigest()


def test_the_bits_are_the_same_for_any_number_of_threads():
    with threadpool_limits(1):
        one = fingerprint()
    with threadpool_limits(2):
        two = fingerprint()
    assert one == two


def test_threads_of_python_that_train_at_once_do_not_disturb_each_other():
    with threadpool_limits(2, user_api="blas"):
        alone = fingerprint()
        with ThreadPoolExecutor(3) as pool:
            together = list(pool.map(lambda _: fingerprint(), range(6)))
        assert together == [alone] * 6
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {2}


def test_the_number_of_threads_is_given_back_afterwards():
    with threadpool_limits(2, user_api="blas"):
        fingerprint()
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {2}


def test_the_bits_are_the_same_in_processes_with_other_numbers_of_threads():
    program = "import test_numpy_engine; print(test_numpy_engine.fingerprint())"
    prints = set()
    for threads in ("1", "2"):
        variables = {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            env=os.environ | variables | {"PYTHONPATH": str(Path(__file__).parent)},
            check=True,
        )
        prints.add(done.stdout.strip())
    assert prints == {fingerprint()}


# --------------------------------------------------------------------------- finding an engine


def test_the_numpy_engine_is_found_by_its_name():
    assert get_engine("numpy").name == "numpy"


def test_an_engine_is_itself():
    assert get_engine(ENGINE) is ENGINE


def test_an_unknown_engine_is_refused_with_those_that_exist():
    with pytest.raises(UsageError, match=r"'torch'.*auto, native, numpy"):
        get_engine("torch")
