"""Documents from outside, such as a model file or a study, read without trusting a word of them.

A *check* is a function from a value, as `json.loads` returns it, to what the value stands for. It raises a
ValueError for anything else. `record`, `list_of`, `optional` and their like build checks from checks, so the
schema of a document reads like the document:

    point = record({"name": text, "at": pair_of(number), "label": nullable(text)})
    point({"name": "a", "at": [0, 1], "label": None})

Types are exact: True is not accepted as a number, 1 is not accepted as True, and a key too many is as wrong
as a key too few. A `MismatchError` says where in the document it was.
"""

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[object], Any]
"""Returns what the value stands for; raises a ValueError for a value that is not as it must be."""


class MismatchError(ValueError):
    """A value is not as the schema says; `where` is its place, such as ``columns[2].scale``."""

    def __init__(self, where: str = "") -> None:
        super().__init__(where)
        self.where = where


def at(place: str, check: Check, value: object) -> Any:
    """The checked value; a MismatchError names its place: a key, or ``[3]`` in a list."""
    try:
        return check(value)
    except MismatchError as error:
        dot = "" if error.where.startswith("[") or not error.where else "."
        raise MismatchError(f"{place}{dot}{error.where}") from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise MismatchError(place) from error


# --------------------------------------------------------------------------- plain values


def text(value: object) -> str:
    """Text that can be written as UTF-8 (no lone surrogates)."""
    if type(value) is not str:
        raise MismatchError
    value.encode()  # UnicodeEncodeError is a ValueError
    return value


def truth(value: object) -> bool:
    """True or False."""
    if type(value) is not bool:
        raise MismatchError
    return value


def count(value: object) -> int:
    """A whole number that is not negative."""
    if type(value) is not int or value < 0:
        raise MismatchError
    return value


def number(value: object) -> float:
    """A finite number; a whole one may have lost its decimal point on the way through JSON."""
    found = any_number(value)
    if not math.isfinite(found):
        raise MismatchError
    return found


def any_number(value: object) -> float:
    """A number, which may be NaN or infinite."""
    if type(value) not in (int, float):
        raise MismatchError
    assert isinstance(value, int | float)
    if type(value) is int and abs(value) > sys.float_info.max:  # a whole number in JSON has no limit
        raise MismatchError
    return float(value)


def anything(value: object) -> Any:
    """Any value, as it is."""
    return value


def items(value: object) -> list[Any]:
    """A list of anything."""
    if type(value) is not list:
        raise MismatchError
    return value


def mapping(value: object) -> dict[str, Any]:
    """A dictionary of anything."""
    if type(value) is not dict:
        raise MismatchError
    return value


# --------------------------------------------------------------------------- built from others


def one_of(*values: Any) -> Check:
    """One of these values, and of the same type."""

    def check(value: object) -> Any:
        for known in values:
            if type(value) is type(known) and value == known:
                return known
        raise MismatchError

    return check


def nullable(check: Check) -> Check:
    """None, or what the check says."""
    return lambda value: None if value is None else check(value)


def list_of(check: Check, length: int | None = None) -> Check:
    """A list of such values, of any length or of this one."""

    def check_list(value: object) -> list[Any]:
        found = items(value)
        if length not in (None, len(found)):
            raise MismatchError
        return [at(f"[{place}]", check, item) for place, item in enumerate(found)]

    return check_list


def record(checks: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """A dictionary with exactly these keys, in their order; those in `optional` may be missing."""

    def check_record(value: object) -> dict[str, Any]:
        found = mapping(value)
        here = dict(checks) | {key: check for key, check in (optional or {}).items() if key in found}
        if found.keys() != here.keys():
            raise MismatchError
        return {key: at(key, check, found[key]) for key, check in here.items()}

    return check_record


def tagged(tag: str, kinds: Mapping[str, Check]) -> Check:
    """A dictionary whose entry `tag` says which of the checks it is read by; they get it without the tag."""

    def check_tagged(value: object) -> Any:
        found = mapping(value)
        kind = at(tag, one_of(*kinds), found.get(tag))
        return kinds[kind]({key: found[key] for key in found if key != tag})

    return check_tagged
