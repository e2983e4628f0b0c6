"""What counts as a number where a person may pass anything: NumPy's numbers do, True and False do not."""

import math
from numbers import Integral, Real


def is_whole(value: object) -> bool:
    """Whether this is a whole number of any type; 2.0 is not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether this is a real number, infinity included; NaN is not, nor is one too large for a float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return not math.isnan(float(value))
    except OverflowError:
        return False
