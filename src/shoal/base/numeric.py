"""What counts as a number where a person may pass anything (NumPy's numbers do, True does not).

And arrays as a person brings them: of another library, of whole numbers that floats would round, of weights.
"""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from array_api_compat import is_array_api_obj, is_numpy_array

from shoal.base.errors import DataError
from shoal.base.shown import first_line, plain

_LONGEST_REASON = 160  # characters of what another library says


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


def as_numpy(values: Any, symbol: str) -> Any:
    """An array of another library (PyTorch, JAX, CuPy) as NumPy's; all else as it is.

    Raises
    ------
    DataError
        If its numbers cannot be read from here, such as those in a GPU's memory.
    """
    if not is_array_api_obj(values) or is_numpy_array(values):
        return values
    try:
        return np.asarray(values)
    except Exception as error:  # each library has its own
        library = type(values).__module__.partition(".")[0]
        reason = plain(first_line(error), _LONGEST_REASON)
        raise DataError("core.not_in_memory", symbol=symbol, library=library, reason=reason) from error


def like(values: Any, known: Any) -> Any:
    """Whole numbers in the type of others, so that comparing the two rounds nothing; all else as it is.

    NumPy compares int64 with uint64 as float64, which skips whole numbers from 2^53 on. One that does not fit
    into the other type makes all of them Python's numbers.
    """
    if values.dtype == known.dtype or not {values.dtype.kind, known.dtype.kind} <= {"i", "u"}:
        return values
    ends = np.iinfo(known.dtype)
    fit = not values.size or (ends.min <= int(values.min()) and int(values.max()) <= ends.max)
    return values.astype(known.dtype if fit else object)


def whole_labels(y: Any, symbol: str = "y") -> Any:
    """Labels as they are, but as an array where scikit-learn or NumPy would make floats of whole numbers.

    Floats skip whole numbers from 2^53 on. That concerns pandas' own types, and a list on both sides of 2^63.
    Labels that lack one stay as they are, and are refused as such.
    """
    y = as_numpy(y, symbol)
    if isinstance(y, list | tuple):
        large = bool(y) and all(map(is_whole, y)) and max(y) >= 2**63
        return np.array(y, np.uint64) if large and max(y) < 2**64 and min(y) >= 0 else y
    dtype: Any = getattr(y, "dtype", None)
    kind = getattr(dtype, "kind", "")
    if isinstance(dtype, np.dtype) or kind not in ("i", "u") or not hasattr(y, "isna"):
        return y
    return y if np.any(y.isna()) else y.to_numpy(dtype=np.dtype(kind + "8"))


LEAST_WEIGHT, MOST_WEIGHT = 2.0**-100, 2.0**100  # about 1e-30 and 1e30: far inside of float32
"""Where the largest weight of some rows must be, so that their sum, and products with it, are numbers."""


def comparable(weights: Any) -> Any:
    """The weights of rows that are scored, in a unit in which their sum is a number.

    Ordinary weights are returned as they are. Others are multiplied by a power of two, which changes no mean.
    """
    weights = as_numpy(weights, "sample_weight")
    values = np.asarray(weights)
    largest = float(values.max(initial=0)) if values.dtype.kind == "f" else 0.0
    if LEAST_WEIGHT <= largest <= MOST_WEIGHT or largest == 0 or not math.isfinite(largest):
        return weights
    return np.ldexp(values, -math.frexp(largest)[1])
