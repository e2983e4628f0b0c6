"""The command line. This file runs one command and turns what happened into an exit code.

It imports nothing heavy: `shoal --help` answers before NumPy could have been loaded.
"""

import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from shoal.base.errors import FileError
from shoal.base.texts import use_locale
from shoal.cli._errors import Terminated, show_error, show_warning


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of the process) and return its exit code."""
    use_locale()
    arguments = list(sys.argv[1:] if args is None else args)
    try:
        with _signals(), _streams():
            from shoal.cli._program import run

            run(arguments)
            sys.stdout.flush()
            return 0
    except BaseException as error:  # nothing above this can explain it to a person
        return show_error(error, as_json="--json" in arguments)


@contextmanager
def _signals() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does, so that half-written files are removed."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _streams() -> Iterator[None]:
    """Print what the terminal's encoding lacks as escapes, and warnings as one line on stderr."""
    if sys.stderr is None:  # the process was started with it closed (2>&-)
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        raise FileError("cli.no_output")
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        yield
