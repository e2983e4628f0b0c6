"""Reading a table for a command."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.base.texts import text
from shoal.cli._out import say_list

if TYPE_CHECKING:
    import polars


Notes = list[dict[str, Any]]
"""What was noticed about the file, as JSON has it."""


def read_noted(table: Path, reading: Mapping[str, Any]) -> tuple["polars.DataFrame", Notes]:
    """A table; say on stderr what was noticed about its file, and return it for JSON."""
    with noted(table, reading) as (frame, notes):
        _say(notes)
    return frame, notes


@contextmanager
def noted(table: Path, reading: Mapping[str, Any]) -> Iterator[tuple["polars.DataFrame", Notes]]:
    """A table and what was noticed, for whom prints it with the results; if these fail, stderr has it."""
    from shoal.tables import open_table

    opened = open_table(table, **reading)
    notes = [note.to_dict() for note in opened.notes]
    try:
        yield opened.frame, notes
    except BaseException:
        _say(notes)
        raise


def print_notes(notes: Notes) -> None:
    """How the file was read, among the results."""
    say_list(text("training.file_noticed"), (note["text"] for note in notes))


def _say(notes: Notes) -> None:
    for note in notes:
        print(text("cli.note", message=note["text"]), file=sys.stderr)
