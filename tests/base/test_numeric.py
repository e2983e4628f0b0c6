"""What counts as a number."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from shoal.base.numeric import is_number, is_whole

WHOLE = [0, -3, 10**30, np.int64(3), np.uint8(3)]
OTHER_NUMBERS = [2.0, 0.5, float("inf"), np.float32(1.5), Fraction(1, 3)]
NEITHER = [
    True,
    False,
    np.True_,
    float("nan"),
    np.float32("nan"),
    "1",
    None,
    1j,
    [1],
    np.array(1),
    Decimal(1),
]


@pytest.mark.parametrize("value", WHOLE, ids=repr)
def test_whole_numbers(value):
    assert (is_whole(value), is_number(value)) == (True, True)


@pytest.mark.parametrize("value", OTHER_NUMBERS, ids=repr)
def test_other_numbers(value):
    assert (is_whole(value), is_number(value)) == (False, True)


@pytest.mark.parametrize("value", NEITHER, ids=repr)
def test_what_is_not_a_number(value):
    assert (is_whole(value), is_number(value)) == (False, False)


def test_a_whole_number_that_no_float_can_hold_is_not_a_number_to_compute_with():
    assert is_whole(10**400)
    assert not is_number(10**400)
