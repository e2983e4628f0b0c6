"""What was noticed about a file while it was read: one note for each choice that was not the plain one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shoal.base.shown import quoted
from shoal.base.texts import text


class NoteKind(StrEnum):
    """Which choice."""

    ENCODING = "encoding"  # of text that is not UTF-8
    SEPARATOR_LINE = "separator_line"  # Excel's sep=;
    COMMENTS = "comments"  # lines that start with #
    TITLE = "title"  # lines before the header
    UNITS = "units"  # a row of units below the header
    FOOTER = "footer"  # sums and sources below the last row
    TRAILING = "trailing"  # a separator at the end of the rows only
    TRAILING_HEADER = "trailing_header"  # of the header only
    BLANKS = "blanks"  # columns that blanks separate
    NO_HEADER = "no_header"
    INDEX = "index"  # the numbers of the rows, saved as a column


_FROM_THE_FILE = ("separator", "title", "units", "words", "first", "name")


@dataclass(frozen=True)
class Note:
    """One choice. ``str(note)`` says it, and how to say otherwise, in the language in force.

    Attributes
    ----------
    kind : NoteKind
    evidence : dict
        What shows it; in JSON's types only.
    """

    kind: NoteKind
    evidence: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        values = {
            key: quoted(value) if key in _FROM_THE_FILE else value for key, value in self.evidence.items()
        }
        return text(f"tables.note_{self.kind}", **values)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"kind": str(self.kind), "evidence": self.evidence, "text": str(self)}
