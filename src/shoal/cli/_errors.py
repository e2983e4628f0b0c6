"""Errors for a person: one message, one exit code, never a traceback for a person's mistake."""

import os
import sys
import traceback
from enum import IntEnum
from importlib.metadata import version

from shoal.base import errors
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.cli._json import harmless_json

PACKAGES = ("click", "polars", "rich", "jinja2", "matplotlib")
_LONGEST_BUG = 300  # characters of what Python says


class Exit(IntEnum):
    """The exit codes; their names are the `kind` of an error in JSON."""

    OK = 0
    BUG = 1
    USAGE = 2
    DATA = 3
    MODEL_FILE = 4
    DIVERGED = 5
    FILE_SYSTEM = 6
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


class Terminated(BaseException):
    """SIGTERM came."""


_CODES: dict[type[BaseException], Exit] = {
    errors.UsageError: Exit.USAGE,
    errors.ShapeError: Exit.DATA,
    errors.DataError: Exit.DATA,
    errors.ModelFileError: Exit.MODEL_FILE,
    errors.DivergedError: Exit.DIVERGED,
    errors.FileError: Exit.FILE_SYSTEM,
    KeyboardInterrupt: Exit.INTERRUPTED,
    Terminated: Exit.TERMINATED,
    MemoryError: Exit.DATA,
}


def show_error(error: BaseException, *, as_json: bool = False) -> int:
    """Say what happened, on stderr and, if asked for, as JSON on stdout; return the exit code."""
    if isinstance(error, SystemExit):
        return int(error.code or 0)
    if isinstance(error, BrokenPipeError):
        _discard_output()
        return Exit.PIPE
    if _is_of_output(error):
        _discard_output()
    code, message = _explain(error)
    print(text("cli.error", message=message), file=sys.stderr)
    if code is Exit.BUG and os.environ.get("SHOAL_DEBUG"):
        traceback.print_exception(error)
    if as_json:
        stated = {"error": {"kind": code.name.lower(), "message": message}}
        print(harmless_json(stated), flush=True)
    return code


def show_warning(message: Warning | str, *_where: object, **_more: object) -> None:
    """Print a warning as a note, without the line of code that gave it."""
    print(text("cli.note", message=message), file=sys.stderr)


def _explain(error: BaseException) -> tuple[Exit, str]:
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return code, _message(error)
    if _is_of_output(error):
        return Exit.FILE_SYSTEM, text("cli.output_failed", reason=getattr(error, "strerror", None) or error)
    if isinstance(error, ModuleNotFoundError) and error.name in PACKAGES:
        return Exit.USAGE, text("cli.missing_extra", package=error.name)
    what = plain(f"{type(error).__name__}: {error}", _LONGEST_BUG)
    return Exit.BUG, text("cli.bug", version=version("shoal"), error=what)


def _message(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return text("cli.out_of_memory")
    if isinstance(error, KeyboardInterrupt | Terminated):
        return text("cli.interrupted")
    return str(error)


def _is_of_output(error: BaseException) -> bool:
    """Whether stdout took no more, as on a full disk: errors of files name their file."""
    return isinstance(error, OSError) and not isinstance(error, errors.FileError) and error.filename is None


def _discard_output() -> None:
    """At exit Python flushes what is left, which would fail again with a traceback."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
