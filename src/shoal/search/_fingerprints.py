"""A short text that is the same for equal things, in any process: by it a study recognises its search.

Things are recognised by their values. Classes and functions are recognised by their names, so they must be
importable: a lambda, or a function that was defined in another function, has no name to be found by, and is
refused. Of a function the source counts too: who corrects a scorer does not want the scores of the old one.
What the function calls counts only by its name.
"""

import ast
import inspect
from functools import cache
from importlib import import_module
from operator import attrgetter
from pickle import PicklingError
from textwrap import dedent
from types import CodeType, FunctionType, MethodType
from typing import Any

from joblib.hashing import NumpyHasher


def fingerprint(thing: object) -> str:
    """The same for equal things; tables of equal numbers that lie otherwise in memory are not equal.

    Raises an exception of any kind for what cannot be recognised again: a lambda, an open file.
    """
    return _Hasher().hash(thing)


class _Hasher(NumpyHasher):  # type: ignore[misc]
    """joblib's hash, which pickles a thing without keeping the result, and free of what a process decides.

    That is the order of sets and of mixed keys, and whether equal tuples are one object.
    """

    def __init__(self) -> None:
        super().__init__(hash_name="sha1", coerce_mmap=True)

    def hash(self, obj: Any) -> str:
        """The digest of an object."""
        return str(super().hash(obj))

    def save(self, obj: Any) -> None:
        """One object on its way into the digest."""
        if type(obj) in (set, frozenset):
            obj = (type(obj).__name__, sorted(map(fingerprint, obj)))
        elif type(obj) is dict and not all(type(key) is str for key in obj):
            obj = ("dict", sorted((fingerprint(key), fingerprint(value)) for key, value in obj.items()))
        elif isinstance(obj, FunctionType):
            obj = ("function", _name_of(obj), *_described(obj))
        elif isinstance(obj, MethodType):
            obj = ("method", _name_of(obj.__func__), *_described(obj.__func__), obj.__self__)
        elif isinstance(obj, type) and _is_ours(obj):
            obj = ("class", _name_of(obj))
        super().save(obj)

    def memoize(self, obj: Any) -> None:
        """Remember an object, so as to name it when it comes again; a tuple is spelled out each time."""
        if type(obj) is not tuple:
            super().memoize(obj)


def _name_of(thing: Any) -> str:
    """The name by which a class or a function can be imported again; raises if it cannot.

    What is shoal's counts by its own name and not by its module's: shoal may move it.
    """
    if attrgetter(thing.__qualname__)(import_module(thing.__module__)) is not thing:
        raise PicklingError(f"another object has the name {thing.__qualname__}")
    return f"shoal.{thing.__qualname__}" if _is_ours(thing) else f"{thing.__module__}.{thing.__qualname__}"


def _is_ours(thing: Any) -> bool:
    return str(thing.__module__).partition(".")[0] == "shoal"


def _described(function: Any) -> tuple[Any, ...]:
    """What a function does: its source, its defaults, and what it encloses, as a decorated one may."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    enclosed = [_described(each) if isinstance(each, FunctionType) else each for each in cells]
    return _source(function.__code__), function.__defaults__, function.__kwdefaults__, enclosed


@cache
def _source(code: CodeType) -> str:
    """The source of a function, without its comments and layout."""
    return ast.dump(ast.parse(dedent(inspect.getsource(code))))
