"""Reading a table for a command."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.base.texts import text

if TYPE_CHECKING:
    import polars


def read_noted(table: Path, reading: Mapping[str, Any]) -> tuple["polars.DataFrame", list[dict[str, Any]]]:
    """A table; say on stderr what was noticed about its file, and return it for JSON."""
    from shoal.tables import open_table

    opened = open_table(table, **reading)
    for note in opened.notes:
        print(text("cli.note", message=note), file=sys.stderr)
    return opened.frame, [note.to_dict() for note in opened.notes]
