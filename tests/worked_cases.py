"""What the tests of the course's worked cases share: how it prints numbers, and how it trains.

The course (a well-known one, weeks 2 and 3) prints arrays with 8 digits and costs with six decimals.
Its inputs come from NumPy's legacy generator, in the order written. Where it changed a case from one
version to the next, each version is a case.
"""

import numpy as np
import pytest

from shoal.book.optimizers import Optimizer
from shoal.engines.base import Data, Member
from shoal.engines.numpy import NumpyEngine

EXACT = 1e-12  # relative: a sum may be taken in another order, and no more
ENGINE = NumpyEngine()


def matrix(text):
    """A matrix as the course prints it: blanks between numbers, a semicolon between rows."""
    return np.array([[float(number) for number in row.split()] for row in text.split(";")])


def column(text):
    return matrix(text).T


def close(got, printed):
    """Equal up to the 8 digits that were printed."""
    np.testing.assert_allclose(got, printed, rtol=0, atol=6e-9)


def same_curve(got, printed):
    """Equal up to the six decimals that were printed."""
    np.testing.assert_allclose(got, printed, rtol=0, atol=5.1e-7)


def exact(got, printed, digits=None):
    """Equal to a number that was printed in full, or with so many decimals."""
    rounding = 0.51 * 10.0**-digits if digits else 0.0
    assert float(got) == pytest.approx(printed, rel=EXACT, abs=rounding)


def theta_of(network, W, b):
    """A theta that holds these matrices."""
    theta = np.zeros(network.p)
    W_of, b_of = network.views(theta)
    for l in range(1, network.L + 1):
        W_of[l][...], b_of[l][...] = W[l - 1], b[l - 1]
    return theta


def descend(network, theta, X, Y, iterations, rate):
    """Gradient descent over all examples, in place; the cost before each update."""
    m = X.shape[1]
    member = Member(
        network, theta, Optimizer("gradient_descent"), Data(X, Y), np.arange(m), seed=0, batch_size=m
    )
    return ENGINE.epochs([member], [[rate] * iterations])[0].cost
