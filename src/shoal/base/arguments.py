"""Arguments that a person passes: checked, and refused with their name."""

import math
from collections.abc import Mapping
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.shown import literal

LARGEST_SEED = 2**32 - 1


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Refuse an argument that is not a whole number from `least` to `most`.

    Raises
    ------
    UsageError
        With the argument's name, what is possible, and what came.
    """
    if not is_whole(value) or value < least or (most is not None and value > most):  # type: ignore[operator]
        key = "core.whole_from" if most is None else "core.whole_between"
        raise UsageError(key, name=name, least=least, most=most, got=literal(value))


def check_strength(name: str, value: Any) -> None:
    """Refuse an argument that is not a finite number of at least 0.

    Raises
    ------
    UsageError
        With the argument's name and what came.
    """
    if not is_number(value) or not 0 <= value < math.inf:
        raise UsageError("core.strength", name=name, got=literal(value))


def check_list(name: str, value: Any, count: int | None = None) -> None:
    """Refuse an argument that is not a list (or another sequence, or an array), or not of so many entries.

    Raises
    ------
    UsageError
        With the argument's name, what is possible, and what came.
    """
    is_list = hasattr(value, "__len__") and hasattr(value, "__getitem__") and getattr(value, "shape", 1) != ()
    if not is_list or isinstance(value, str | Mapping) or (count is None and not len(value)):
        raise UsageError("core.list", name=name, got=literal(value))
    if count is not None and len(value) != count:
        raise UsageError("core.list_of", name=name, count=count, got=len(value))
