"""What can go wrong, by whose hand it is mended. Every message says what to do.

Each class is also the built-in exception that its callers expect, so code that catches ``ValueError``
from scikit-learn keeps working.
"""

from shoal.base.texts import text


class ShoalError(Exception):
    """Any error that a person can mend; its text comes from the catalogue."""

    def __init__(self, key: str, /, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(text(key, **values))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.key, self.values)


def _rebuild(kind: type[ShoalError], key: str, values: dict[str, object]) -> ShoalError:
    return kind(key, **values)


class UsageError(ShoalError, ValueError):
    """An argument is not one of those that are possible."""


class ShapeError(ShoalError, ValueError):
    """A matrix has another shape than its symbol says."""


class DataError(ShoalError, ValueError):
    """A table, or an X or y, cannot be learned from."""


class ModelFileError(ShoalError, ValueError):
    """A file is no model file, or it is damaged."""


class DivergedError(ShoalError, ArithmeticError):
    """The cost is no longer a finite number."""


class FileError(ShoalError, OSError):
    """The file system said no."""
