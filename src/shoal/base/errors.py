"""The errors, one class for each thing that a person may have to correct, and the one way to warn.

Every message says what to do.

Each class is also a built-in exception, the one that callers expect: code that catches the ``ValueError`` of
scikit-learn keeps working.
"""

import sys
import warnings
from types import FrameType

from shoal.base.texts import text


class ShoalError(Exception):
    """Any error that a person can correct; its text comes from the catalogue.

    It keeps the key and the values of its text, so it survives pickling, as between processes.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(text(key, **values))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.key, self.values)


def _rebuild(kind: type[ShoalError], key: str, values: dict[str, object]) -> ShoalError:
    return kind(key, **values)


class UsageError(ShoalError, ValueError):
    """An argument has a value that is not possible."""


class ShapeError(ShoalError, ValueError):
    """A matrix has another shape than its symbol in `book.notation`."""


class DataError(ShoalError, ValueError):
    """A network cannot be trained on this table, or this X and y."""


class ModelFileError(ShoalError, ValueError):
    """A file is not a model file, or it is damaged."""


class DivergedError(ShoalError, ValueError, ArithmeticError):
    """The cost is no longer a finite number; scikit-learn has a ValueError for weights that are none."""


class FileError(ShoalError, OSError):
    """The file system refused to read or write."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line that called shoal, however many calls of shoal and scikit-learn lie between."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _is_inside(frame):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_inside(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in ("shoal", "sklearn")
