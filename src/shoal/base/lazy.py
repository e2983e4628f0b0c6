"""Public names that are imported when they are first used, so that importing a package costs nothing.

A package's ``__init__`` says in which module each name is defined: once for the type checker, as imports
under ``if TYPE_CHECKING``, and once for `lazily`.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package, from the module in which each name lives.

    A name whose home is the module of this name, such as ``{"equations": "shoal.book.equations"}``, is the
    module itself.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(homes[name])
        return home if homes[name] == f"{package}.{name}" else getattr(home, name)

    def names() -> list[str]:
        return sorted(homes)

    return find, names
