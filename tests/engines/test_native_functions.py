"""The native engine's own e^-|x|, sigmoid, tanh and logarithms, against arithmetic with 60 digits."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from exact_normal import beyond, phi_of
from native_cases import DTYPES, LEVELS, _native, at_level

from shoal.book import Network
from shoal.engines import get_engine
from shoal.engines.base import Data

EXP, SIGMOID, TANH, LOG_1_PLUS_EXP, LOG = "exp", "sigmoid", "tanh", "log_1_plus_exp", "log"
EXP_OF_ANY, EXP_MINUS_1, LOG_OF_ANY = "exp_of_any", "exp_minus_1", "log_of_any"
NORMAL_TAIL, GELU, SILU = "normal_tail", "gelu", "silu"
FLUSHED = {
    "float64": math.exp(-708),
    "float32": math.exp(-87),
}  # smaller ones may be zero
# The polynomials are good to a few hundredths of a unit in the last place; what remains is the rounding of
# the last few operations, each half a unit, without FMA a little more.
UNITS = {EXP: 2, SIGMOID: 3, TANH: 3, LOG_1_PLUS_EXP: 3, LOG: 3, NORMAL_TAIL: 5, GELU: 5, SILU: 3}
UNITS |= {EXP_OF_ANY: 2, EXP_MINUS_1: 3, LOG_OF_ANY: 3}
# How far out the result is a normal number: e^(-y^2 / 2) is not, beyond.
LARGEST = {"float64": 705.0, "float32": 86.0}
LARGEST_OF_NORMAL = {"float64": 37.4, "float32": 12.9}


def native(which, x):
    y = np.empty_like(x)
    _native.function(name=which, x=x, y=y, slope=False)
    return y


def exact(which, x):
    """f(x) with 60 digits: e^x and log from `decimal`, and series where digits would cancel."""
    a, one = abs(x), Decimal(1)
    if which == NORMAL_TAIL:
        return beyond(a)
    if which == GELU:
        return x * phi_of(x)
    if which == LOG:
        return (1 + a).ln()
    if which == LOG_OF_ANY:
        return a.ln()
    if which == EXP_OF_ANY:
        return x.exp()
    if which == EXP_MINUS_1:
        return min(x, one).exp() - 1 if a > Decimal("1e-20") else x  # x + x^2 / 2
    if which == TANH:
        if a < Decimal("1e-20"):
            return x  # x - x^3 / 3
        e = (-2 * a).exp()
        return ((1 - e) / (1 + e)).copy_sign(x)
    e = (-a).exp()
    if which in (SIGMOID, SILU):
        return (x if which == SILU else 1) * (one / (1 + e) if x >= 0 else e / (1 + e))
    if which == LOG_1_PLUS_EXP:
        return (1 + e).ln() if e > Decimal("1e-20") else e  # e - e^2 / 2
    return e


def arguments(dtype, largest):
    """Every size from the tiniest to `largest`, both signs, and where one formula gives way to another."""
    random = np.random.default_rng(0)
    sizes = np.concatenate(
        [
            10 ** random.uniform(-30, math.log10(largest), 300),
            random.uniform(0, min(40, largest), 300),
            np.arange(1, 60) * math.log(2) / 2,  # the reduction's borders: n log 2, and between them
            [1, 0.5, 2, 1e-8, 1e-4, -math.log(math.sqrt(2) - 1), largest],
        ]
    ).astype(dtype)
    sizes = sizes[sizes <= largest]
    return np.concatenate([sizes, -sizes])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("which", UNITS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_function_is_off_by_units_in_the_last_place_at_most(level, which, dtype):
    x = arguments(dtype, (LARGEST_OF_NORMAL if which in (NORMAL_TAIL, GELU) else LARGEST)[dtype])
    with at_level(level):
        y = native(which, x)
    with localcontext(prec=60):
        for x_i, y_i in zip(x, y, strict=True):
            # log(1 + |x|) is computed from the number that 1 + |x| is rounded to.
            argument = float(dtype_of(dtype)(1) + abs(x_i)) - 1 if which == LOG else float(x_i)
            expected = exact(which, Decimal(argument))
            unit = Decimal(float(np.spacing(np.abs(dtype_of(dtype)(float(expected))))))
            assert abs(Decimal(float(y_i)) - expected) <= UNITS[which] * unit, (x_i, y_i, expected)


def dtype_of(name):
    return np.dtype(name).type


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_far_out_functions_are_at_their_limits_and_never_beyond(level, dtype):
    far = np.array([100, 1000, 1e30, np.finfo(dtype).max, np.inf], dtype)
    if dtype == "float64":
        far = np.array([750, 1e4, 1e200, np.finfo(dtype).max, np.inf])
    with at_level(level):
        for x in (far, -far):
            np.testing.assert_array_equal(native(EXP, x), 0)
            np.testing.assert_array_equal(native(SIGMOID, x), x > 0)
            np.testing.assert_array_equal(native(TANH, x), np.sign(x))
            np.testing.assert_array_equal(native(LOG_1_PLUS_EXP, x), 0)
            np.testing.assert_array_equal(native(EXP_OF_ANY, x), np.where(x > 0, np.inf, 0))
        # On the way there: right, or zero where the result is not worth a denormal.
        x = -np.linspace(80, 110, 4001, dtype=dtype) * (8 if dtype == "float64" else 1)
        for which in (EXP, SIGMOID, LOG_1_PLUS_EXP):
            y = native(which, x)
            np.testing.assert_allclose(y, np.exp(np.float64(x)), rtol=1e-6, atol=FLUSHED[dtype])
            assert np.all(y >= 0)
            assert np.all(np.diff(y) <= 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_an_exponential_is_infinite_from_the_largest_number_on(level, dtype):
    """Up to there its scale, a power of two, would already be infinite for the last half of an octave."""
    limit = np.log(np.finfo(dtype).max)  # e^limit is the largest number, but for the rounding of limit
    near = np.linspace(limit - 1, np.nextafter(limit, dtype_of(dtype)(0)), 1001, dtype=dtype)
    with at_level(level):
        grown = native(EXP_OF_ANY, near)
        beyond_it = native(EXP_OF_ANY, (limit + np.linspace(1e-3, 3, 1001)).astype(dtype))
    finite = grown[np.isfinite(grown)]
    assert len(finite) > 990
    wanted = np.exp(near[: len(finite)].astype(np.longdouble))
    np.testing.assert_allclose(finite.astype(np.longdouble), wanted, rtol=4 * float(np.finfo(dtype).eps))
    np.testing.assert_array_equal(beyond_it, np.inf)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_loss_of_a_count_is_that_of_the_equations_to_its_last_digits(level, dtype):
    """Near the rate nearly all digits would cancel; a rate that is too large is infinite, and not NaN."""
    network = Network((1, 1), (), "exp")
    native_engine, numpy_engine = get_engine("native", 1), get_engine("numpy")
    with at_level(level):
        for y in (0.0, 1e-3, 0.7, 1.0, 30.0, 1e4):
            near = math.log(y or 1.0)
            for z in (near, near - 1e-3, near + 1e-2, near + 0.9, near + 1.1, near + 40, near - 40, 1000.0):
                data = Data(np.ones((1, 1), dtype), np.full((1, 1), y, dtype), None)
                theta = np.array([0.0, z], dtype)
                J, dtheta = native_engine.gradient(network, theta, data)
                wanted, slope = numpy_engine.gradient(network, theta, data)
                # log y is rounded to a few units of 16, and the loss changes by the slope times that
                unit = 16 * np.finfo(dtype).eps
                error = unit * (abs(slope[1]) + abs(wanted))
                assert (J == wanted == np.inf) if z == 1000 else abs(J - wanted) <= error, (y, z)
                np.testing.assert_allclose(dtheta, slope, rtol=unit, atol=unit * y)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_zero_keeps_its_sign_and_what_is_no_number_stays_so(level, dtype):
    zeros, nothing = np.array([0.0, -0.0], dtype), np.full(37, np.nan, dtype)
    with at_level(level):
        np.testing.assert_array_equal(np.signbit(native(TANH, zeros)), [False, True])
        np.testing.assert_array_equal(native(TANH, zeros), 0)
        np.testing.assert_array_equal(native(SIGMOID, zeros), 0.5)
        np.testing.assert_array_equal(native(EXP, zeros), 1)
        np.testing.assert_array_equal(native(LOG, zeros), 0)
        np.testing.assert_array_equal(native(EXP_OF_ANY, zeros), 1)
        np.testing.assert_array_equal(native(EXP_MINUS_1, zeros), 0)
        np.testing.assert_allclose(native(LOG_1_PLUS_EXP, zeros), math.log(2), rtol=1e-7)
        for which in UNITS:
            assert np.isnan(native(which, nothing)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_a_tiny_argument_of_tanh_is_its_result(level, dtype):
    """Down to the smallest normal number: no digit is lost on the way through 1 - e^-2x."""
    tiny = np.geomspace(np.finfo(dtype).tiny, np.sqrt(np.finfo(dtype).eps) / 8, 500, dtype=dtype)
    with at_level(level):
        np.testing.assert_array_max_ulp(native(TANH, tiny), tiny, maxulp=2, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
def test_an_element_has_the_same_bits_wherever_it_stands(level, dtype):
    """At each place of a vector, and in one that is not full: else cutting work into pieces changed bits."""
    x = np.random.default_rng(0).uniform(-9, 9, 67).astype(dtype)
    with at_level(level):
        for which in UNITS:
            whole = native(which, x)
            for start in range(20):
                np.testing.assert_array_equal(native(which, x[start:]), whole[start:])
            for end in range(20):
                np.testing.assert_array_equal(native(which, x[: end + 1]), whole[: end + 1])
