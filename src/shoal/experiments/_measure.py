"""What many experiments measure: how far two results differ, and whether a wrong shape is told."""

from collections.abc import Callable
from typing import Any

import numpy as np

from shoal.base.errors import ShapeError


def gap(one: Any, other: Any) -> float:
    """The largest difference of two arrays, entry by entry."""
    return float(np.abs(np.subtract(one, other)).max())


def refused(call: Callable[..., Any], *arguments: Any) -> bool:
    """Whether a wrong shape is told."""
    try:
        call(*arguments)
    except ShapeError:
        return True
    return False
