"""The native engine draws the batches and the masks of `shoal.book.batches`, number by number."""

import numpy as np
import pytest
from native_cases import DTYPES, LEVELS, NativeEngine, at_level, member

from shoal.book.batches import dropout_mask, epoch_order
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines.base import Data

pytestmark = pytest.mark.unchecked_shapes
SEEDS = (0, 1, 2**31, 2**63 - 1)
DESCENT = Optimizer("gradient_descent")


def constant(m, Y, hidden=(), **options):
    """A network whose inputs are zero: all that it learns from an example is its target."""
    network = Network((1, *hidden, len(Y)), ("identity",) * len(hidden), "identity")
    data = Data(np.zeros((m, 1), Y.dtype).T, Y)
    who = member(network, data, optimizer=DESCENT, **options)
    who.theta[...] = 0
    return who


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("m", [1, 2, 3, 64, 1000, 4097])
def test_the_examples_of_an_epoch_come_in_the_order_of_philox(m, seed):
    """With batches of one row b = b + rate (y - b): every example counts a little less than the next.

    Two neighbours in the wrong order change b by rate^2 (y_i - y_j), which for most of them is 1e-8;
    the rounding of m steps is below 1e-13.
    """
    y = np.random.default_rng(m).standard_normal(m)
    rate = 1 / (m + 1)
    who = constant(m, y[None], seed=seed, batch_size=1, epoch=7)
    expected = 0.0
    for epoch in range(7, 11):
        NativeEngine(1).epochs([who], [[rate]])
        for i in epoch_order(seed, epoch, m):
            expected += rate * (y[i] - expected)
        assert who.theta[1] == pytest.approx(expected, abs=1e-13)
    assert (who.epoch, who.t) == (11, 4 * m)


@pytest.mark.parametrize("seed", [2**63, 2**64 - 1, np.uint64(2**64 - 1)])
def test_a_seed_may_have_all_of_64_bits(seed):
    """Philox's key has: the NumPy engine takes such a seed, so must this one."""
    y = np.arange(9.0)
    who = constant(9, y[None], seed=seed, batch_size=1)
    NativeEngine(1).epochs([who], [[0.1]])
    expected = 0.0
    for i in epoch_order(int(seed), 0, 9):
        expected += 0.1 * (y[i] - expected)
    assert who.theta[1] == pytest.approx(expected, rel=1e-14)


def test_the_order_is_that_of_places_among_the_rows_and_the_rows_keep_theirs():
    y, rows = np.arange(50.0), np.array([9, 3, 3, 44, 0, 17, 9])
    who = constant(50, y[None], seed=4, batch_size=1, rows=rows)
    NativeEngine(1).epochs([who], [[0.1]])
    expected = 0.0
    for i in rows[epoch_order(4, 0, 7)]:
        expected += 0.1 * (y[i] - expected)
    assert who.theta[1] == pytest.approx(expected, rel=1e-14)
    np.testing.assert_array_equal(rows, [9, 3, 3, 44, 0, 17, 9])


def test_unshuffled_examples_come_as_they_are_named():
    y = np.random.default_rng(0).standard_normal(30)
    who = constant(30, y[None], batch_size=1, rows=np.arange(29, -1, -1), shuffle=False)
    NativeEngine(1).epochs([who], [[0.1]])
    expected = 0.0
    for i in range(29, -1, -1):
        expected += 0.1 * (y[i] - expected)
    assert who.theta[1] == pytest.approx(expected, rel=1e-13)


def mask_of_layer_1(seed, t, units, m, rate, dtype, n_threads=1):
    """D[1], seen in a step of W[2]: with A[1] = D[1], A[2] = 0 and Y the unit matrix, dW[2] = -D[1].T / m."""
    who = constant(m, np.eye(m, dtype=dtype), (units,), seed=seed, batch_size=m, t=t, dropout=(rate,))
    W, b = who.network.views(who.theta)
    b[1][...] = 1
    NativeEngine(n_threads).epochs([who], [[float(m)]])
    return W[2].T


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", SEEDS)
def test_masks_are_those_of_philox_bit_by_bit(seed, level, dtype):
    """Also for 300 rows, which are looked at in blocks, and in float32, where a mask is still drawn in 64."""
    with at_level(level):
        for t, units, m, rate in [(0, 1, 1, 0.5), (3, 5, 7, 0.1), (2**40, 7, 66, 0.9), (1, 3, 300, 0.3)]:
            expected = dropout_mask(seed, t, 1, (units, m), rate, dtype)
            np.testing.assert_allclose(mask_of_layer_1(seed, t, units, m, rate, dtype), expected, rtol=1e-6)


def test_masks_of_a_batch_that_threads_share_are_the_same():
    expected = dropout_mask(5, 0, 1, (40, 300), 0.3, "float64")
    np.testing.assert_allclose(mask_of_layer_1(5, 0, 40, 300, 0.3, "float64", 3), expected, rtol=1e-13)


def test_every_layer_has_a_mask_of_its_own():
    """As above one layer later: W[2] = 0 and b[2] = 1 make A[2] = D[2], whatever A[1] is."""
    m, rates = 12, (0.2, 0.6)
    who = constant(m, np.eye(m), (4, 6), seed=8, batch_size=m, dropout=rates)
    W, b = who.network.views(who.theta)
    b[2][...] = 1
    NativeEngine(1).epochs([who], [[float(m)]])
    np.testing.assert_allclose(W[3].T, dropout_mask(8, 0, 2, (6, m), 0.6, "float64"), rtol=1e-13)
