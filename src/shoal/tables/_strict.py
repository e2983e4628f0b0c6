"""Reading what a model file says about a table, without trusting a word of it.

A document is a dictionary with exactly the expected keys, each value of exactly the expected type; all
else is a ModelFileError that says where.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from shoal.base.errors import ModelFileError

Check = Callable[[object], Any]
"""Returns the value if it is as it must be; raises ValueError if not."""


def read(document: object, where: str, checks: Mapping[str, Check]) -> dict[str, Any]:
    """The values of a document whose keys are exactly those of `checks`, in their order."""
    if not isinstance(document, dict) or document.keys() != checks.keys():
        raise damaged(where)
    values = {}
    for key, check in checks.items():
        try:
            values[key] = check(document[key])
        except ValueError as error:
            raise damaged(f"{where}.{key}") from error
    return values


def damaged(where: str) -> ModelFileError:
    """The error for a document that this version did not write."""
    return ModelFileError("tables.damaged_encoder", where=where)


def text(value: object) -> str:
    """Text that can be written as UTF-8 (no lone surrogates)."""
    if not isinstance(value, str):
        raise ValueError
    value.encode()  # UnicodeEncodeError is a ValueError
    return value


def items(value: object) -> list[object]:
    """A list of anything."""
    if not isinstance(value, list):
        raise ValueError
    return value


def mapping(value: object) -> dict[str, Any]:
    """A dictionary of anything."""
    if not isinstance(value, dict):
        raise ValueError
    return value


def truth(value: object) -> bool:
    """True or False; 0 and 1 are not."""
    if not isinstance(value, bool):
        raise ValueError
    return value


def count(value: object) -> int:
    """A whole number, not negative; True is none."""
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def number(value: object) -> float:
    """A finite number; a whole one may have lost its decimal point on the way through JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    if not abs(value) <= sys.float_info.max:  # NaN too; and a whole number in JSON has no limit
        raise ValueError
    return float(value)
