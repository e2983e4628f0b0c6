"""Documents from outside, such as a model file or a study: every value is checked while it is read.

A *check* is a function from a value, as `json.loads` returns it, to what the value stands for. It raises a
ValueError for anything else. `record`, `list_of`, `nullable` and their like build checks from checks, so the
schema of a document reads like the document:

    point = record({"name": text, "at": list_of(number, 2), "label": nullable(text)})
    point({"name": "a", "at": [0, 1], "label": None})

Types are exact: True is not accepted as a number, 1 is not accepted as True, and a key too many is as wrong
as a key too few. A `MismatchError` says where in the document it was, what belongs there and what came.
"""

import math
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from shoal.base.shown import literal, plain
from shoal.base.texts import text as words

Check = Callable[[object], Any]
"""Returns what the value stands for; raises a ValueError for a value that is not as it must be."""


class MismatchError(ValueError):
    """A value is not as the schema says.

    Whoever reads the document turns it into an error of its own, which names the file.

    Attributes
    ----------
    where : str
        The place in the document, such as ``columns[2].scale``; empty for the whole document.
    problem : {"wrong", "missing", "unknown", "refused"}
        The value is not the `expected` one; or the key is missing, or not known; or the object that the value
        describes could not be built.
    expected, got : str
        If the value is wrong: what belongs there, in the language in force, and what stands there.
    """

    def __init__(
        self, where: str = "", *, expected: str | None = None, got: object = None, problem: str = ""
    ) -> None:
        self.where = where
        self.problem = problem or ("refused" if expected is None else "wrong")
        self.expected, self.got = expected or "", literal(got)
        super().__init__(f"{where or 'the document'} is {self.problem}")

    def below(self, place: str) -> "MismatchError":
        """The same error, seen from the value that holds this one at `place`."""
        dot = "" if self.where.startswith("[") or not self.where else "."
        error = MismatchError(f"{place}{dot}{self.where}", problem=self.problem)
        error.expected, error.got = self.expected, self.got
        return error


def expected(kind: str, got: object, where: str = "", **values: object) -> MismatchError:
    """The error for a value of which the catalogue says what was expected: ``schema.<kind>``."""
    return MismatchError(where, expected=words(f"schema.{kind}", **values), got=got)


def at(place: str, check: Check, value: object) -> Any:
    """The checked value; a MismatchError names its place: a key, or ``[3]`` in a list."""
    try:
        return check(value)
    except MismatchError as error:
        raise error.below(place) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise MismatchError(place) from error


# --------------------------------------------------------------------------- plain values


def text(value: object) -> str:
    """Text that can be written as UTF-8 (no lone surrogates)."""
    if type(value) is not str:
        raise expected("text", value)
    value.encode()  # UnicodeEncodeError is a ValueError
    return value


def truth(value: object) -> bool:
    """True or False."""
    if type(value) is not bool:
        raise expected("truth", value)
    return value


def count(value: object) -> int:
    """A whole number that is not negative."""
    if type(value) is not int or value < 0:
        raise expected("count", value)
    return value


def count_between(least: int, most: int) -> Check:
    """A whole number from `least` to `most`."""

    def check(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise expected("count_between", value, least=least, most=most)
        return value

    return check


def number(value: object) -> float:
    """A finite number; a whole one may have lost its decimal point on the way through JSON."""
    found = any_number(value)
    if not math.isfinite(found):
        raise expected("number", value)
    return found


def any_number(value: object) -> float:
    """A number, which may be NaN or infinite."""
    if type(value) not in (int, float):
        raise expected("any_number", value)
    assert isinstance(value, int | float)
    if type(value) is int and abs(value) > sys.float_info.max:  # a whole number in JSON has no limit
        raise expected("any_number", value)
    return float(value)


def number_between(least: float, most: float) -> Check:
    """A finite number from `least` to `most`."""

    def check(value: object) -> float:
        found = number(value)
        if not least <= found <= most:
            raise expected("number_between", value, least=_bound(least), most=_bound(most))
        return found

    return check


def _bound(value: float) -> str:
    return f"{value:g}".replace("inf", "∞")


def anything(value: object) -> Any:
    """Any value, as it is."""
    return value


def items(value: object) -> list[Any]:
    """A list of anything."""
    if type(value) is not list:
        raise expected("list", value)
    return value


def mapping(value: object) -> dict[str, Any]:
    """A dictionary of anything."""
    if type(value) is not dict:
        raise expected("mapping", value)
    return value


# --------------------------------------------------------------------------- built from others


def one_of(*values: Any) -> Check:
    """One of these values, and of the same type."""

    def check(value: object) -> Any:
        for known in values:
            if type(value) is type(known) and value == known:
                return known
        raise expected("one_of", value, values=", ".join(map(repr, values)))

    return check


def enumeration(kind: type[Enum]) -> Check:
    """The member of an enumeration with this value."""
    values = {member.value: member for member in kind}
    written = one_of(*values)
    return lambda value: values[written(value)]


def nullable(check: Check) -> Check:
    """None, or what the check says."""

    def check_nullable(value: object) -> Any:
        if value is None:
            return None
        try:
            return check(value)
        except MismatchError as error:
            if error.where or error.problem != "wrong":
                raise
            raise expected("or_null", value, expected=error.expected) from error

    return check_nullable


def list_of(check: Check, length: int | None = None, *, least: int = 0, most: int | None = None) -> Check:
    """A list of such values: of this length, or of `least` to `most` values, or of any length."""

    def check_list(value: object) -> list[Any]:
        found = items(value)
        if length not in (None, len(found)):
            raise expected("list_of", value, length=length)
        if len(found) < least or (most is not None and len(found) > most):
            raise expected("list_between", value, least=least, most="∞" if most is None else most)
        return [at(f"[{place}]", check, item) for place, item in enumerate(found)]

    return check_list


def mapping_of(check: Check) -> Check:
    """A dictionary with any keys and such values."""

    def check_mapping(value: object) -> dict[str, Any]:
        return {key: at(plain(key), check, item) for key, item in mapping(value).items()}

    return check_mapping


def record(checks: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """A dictionary with exactly these keys, in their order; those in `optional` may be missing."""

    def check_record(value: object) -> dict[str, Any]:
        found = mapping(value)
        here = dict(checks) | {key: check for key, check in (optional or {}).items() if key in found}
        for key in found:
            if key not in here:
                raise MismatchError(plain(key), problem="unknown")
        for key in here:
            if key not in found:
                raise MismatchError(key, problem="missing")
        return {key: at(key, check, found[key]) for key, check in here.items()}

    return check_record


def tagged(tag: str, kinds: Mapping[str, Check]) -> Check:
    """A dictionary whose entry `tag` says which of the checks it is read by; they get it without the tag."""

    def check_tagged(value: object) -> Any:
        found = mapping(value)
        kind = at(tag, one_of(*kinds), found.get(tag))
        return kinds[kind]({key: found[key] for key in found if key != tag})

    return check_tagged
