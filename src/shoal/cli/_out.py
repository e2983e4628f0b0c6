"""Where results go: `--out` is checked before any work, and tables are written whole or not at all."""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.aligned import wrap
from shoal.base.errors import FileError, UsageError
from shoal.base.files import is_device, is_file, is_folder, replacing
from shoal.base.texts import text

if TYPE_CHECKING:
    import polars

ENDINGS = (".csv", ".tsv", ".parquet")
PAGES = (".txt", ".json")


def say(sentence: str, indent: int = 0) -> None:
    """Print a sentence; a terminal gets whole words on each line, a file or a program one line."""
    if sys.stdout.isatty():
        sentence = wrap(sentence, max(40, shutil.get_terminal_size().columns) - indent, indent)
    print(sentence)


def say_list(heading: str, items: Iterable[object]) -> None:
    """A heading and what belongs under it, a line each; nothing of nothing."""
    lines = [f"  - {item}" for item in items]
    if lines:
        say(heading)
    for line in lines:
        say(line, indent=4)


def check_out(out: Path | None, *inputs: Path, option: str = "--out") -> None:
    """Refuse a file that would overwrite an input, under any name, and one whose folder does not exist."""
    if out is None:
        return
    if any(_same_file(out, given) for given in inputs):
        raise UsageError("cli.out_is_input", option=option, path=out)
    folder = out.absolute().parent
    if not is_folder(folder):
        raise FileError("core.cannot_write", path=str(out), reason=text("files.no_folder", path=folder))
    _check_name(out)


def _check_name(out: Path) -> None:
    """Refuse a name that nothing can have: too long, or links in a circle."""
    try:
        out.stat()
    except FileNotFoundError:
        pass  # it will be made
    except OSError as error:
        raise FileError("core.cannot_write", path=out, reason=error.strerror or error) from error


def check_folder_out(out: Path | None) -> None:
    """Refuse a folder that cannot be made, because what lies on the way to it is no folder."""
    if out is None:
        return
    there = next(path for path in (out.absolute(), *out.absolute().parents) if os.path.lexists(path))
    if not is_folder(there):
        raise FileError("core.cannot_write", path=str(out), reason=text("files.not_a_folder", path=there))


def check_table_out(out: Path | None, *inputs: Path) -> None:
    """Also refuse an ending that does not say how to write a table; devices and pipes take CSV."""
    check_out(out, *inputs)
    if out is not None and out.suffix.lower() not in ENDINGS and not is_device(out):
        raise UsageError("cli.out_ending", path=out, known=", ".join(ENDINGS))


def write_table(frame: "polars.DataFrame", out: Path | None) -> None:
    """Write `frame` as the ending of `out` says; None is stdout, as CSV."""
    if out is None:
        click.echo(frame.write_csv(), nl=False)
        return
    with replacing(out) as stream:
        if out.suffix.lower() == ".parquet":
            frame.write_parquet(stream)
        else:
            frame.write_csv(stream, separator="\t" if out.suffix.lower() == ".tsv" else ",")


def check_page_out(out: Path | None, *inputs: Path) -> None:
    """Also refuse an ending that does not say whether to write text or JSON; devices and pipes take text."""
    check_out(out, *inputs)
    if out is not None and out.suffix.lower() not in PAGES and not is_device(out):
        raise UsageError("cli.out_page_ending", path=out, known=", ".join(PAGES))


def write_page(page: str, document: Any, out: Path) -> None:
    """Write what a command says, as text or as JSON by the ending of `out`."""
    as_json = out.suffix.lower() == ".json"
    written = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) if as_json else page
    with replacing(out) as stream:
        stream.write(f"{written}\n".encode())


def _same_file(one: Path, other: Path) -> bool:
    """Whether two names, one of them perhaps a link, lead to one file."""
    try:
        return is_file(one) and one.samefile(other)
    except OSError:  # the other does not exist
        return False
