"""Every activation that the extension was compiled with, and its slope, beside the equations in float64.

The tests walk over the table of the equations: an activation that is added later is tested here at once. The
equations have their own judges, in `tests/book/test_equations.py`.
"""

import numpy as np
import pytest
from native_cases import DTYPES, LEVELS, _native, at_level

from shoal.book.equations import ACTIVATIONS

CASES = [(name, dtype, level) for name in ACTIVATIONS for dtype in DTYPES for level in LEVELS]
UNITS = 16  # in the last place of 1, or of the value where it is larger


def native(name, Z, level):
    """The activation and its slope at these places, in their precision."""
    A, slope = np.empty_like(Z), np.empty_like(Z)
    with at_level(level):
        _native.function(name=name, x=Z, y=A, slope=False)
        _native.function(name=name, x=Z, y=slope, slope=True)
    return A, slope


def by_equations(name, Z):
    """What both should be, computed in float64."""
    Z = Z.astype(np.float64)
    A = ACTIVATIONS[name].g(Z)
    return A, ACTIVATIONS[name].g_prime(Z, A)


def test_the_build_has_all_of_them():
    assert set(_native.ACTIVATIONS) == set(ACTIVATIONS)


@pytest.mark.parametrize(("name", "dtype", "level"), CASES)
def test_an_activation_and_its_slope_are_those_of_the_equations(name, dtype, level):
    random = np.random.default_rng(0)
    near = np.concatenate([np.linspace(-30, 30, 1201), random.normal(size=300), [-1e-9, 1e-9]])
    far = np.geomspace(1e2, 1e30, 60)
    Z = np.concatenate([near, far, -far]).astype(dtype)
    for got, expected in zip(native(name, Z, level), by_equations(name, Z), strict=True):
        error = np.abs(got - expected) / np.maximum(1, np.abs(expected))
        assert error.max() <= UNITS * np.finfo(dtype).eps, Z[error.argmax()]


@pytest.mark.parametrize(("name", "dtype", "level"), CASES)
def test_at_the_ends_both_are_at_their_limits_and_nan_stays_nan(name, dtype, level):
    largest = np.finfo(dtype).max
    Z = np.array([-np.inf, -largest, -1e5, 1e5, largest, np.inf], dtype)
    A, slope = native(name, Z, level)
    expected, expected_slope = by_equations(name, Z)
    np.testing.assert_allclose(A, expected.astype(dtype), rtol=UNITS * np.finfo(dtype).eps)
    np.testing.assert_allclose(slope, expected_slope, rtol=UNITS * np.finfo(dtype).eps)
    nothing, _ = native(name, np.full(37, np.nan, dtype), level)
    assert np.isnan(nothing).all()
