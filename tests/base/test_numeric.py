"""What counts as a number, and what is refused where a whole one is wanted."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from shoal.base.arguments import check_whole
from shoal.base.errors import UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.texts import use_language

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


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("value", [1, 5, *OTHER_NUMBERS, *NEITHER], ids=repr)
def test_what_is_not_a_whole_number_in_its_range_is_refused_by_its_name(value, language):
    use_language(language)
    check_whole("k", np.int64(2), 2, 4)
    check_whole("k", 4, 2, 4)
    check_whole("k", 10**30, 2)
    with pytest.raises(UsageError, match=r"^k .*2.*4"):
        check_whole("k", value, 2, 4)
    if value != 5:
        with pytest.raises(UsageError, match=r"^k .*2"):
            check_whole("k", value, 2)
