"""What counts as a number where a person may pass anything (NumPy's numbers do, True does not); weights."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np


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


LEAST_WEIGHT, MOST_WEIGHT = 2.0**-100, 2.0**100  # about 1e-30 and 1e30: far inside of float32
"""Where the largest weight of some rows must be, so that their sum, and products with it, are numbers."""


def comparable(weights: Any) -> Any:
    """The weights of rows that are scored, in a unit in which their sum is a number.

    Ordinary weights are returned as they are. Others are multiplied by a power of two, which changes no mean.
    """
    values = np.asarray(weights)
    largest = float(values.max(initial=0)) if values.dtype.kind == "f" else 0.0
    if LEAST_WEIGHT <= largest <= MOST_WEIGHT or largest == 0 or not math.isfinite(largest):
        return weights
    return np.ldexp(values, -math.frexp(largest)[1])
