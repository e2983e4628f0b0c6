"""What was noticed while a table was read: one note for each choice that was not the plain one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shoal.base.shown import listed, quoted
from shoal.base.texts import text


@dataclass(frozen=True)
class Note:
    """One choice. ``str(note)`` says it, and how to say otherwise, in the language in force.

    Attributes
    ----------
    kind : str
        Which choice: the name of its text in ``notes.toml``.
    evidence : dict
        What shows it; in JSON's types only. Texts and lists of texts come from the table.
    columns : tuple of str
        Whose cells it is about; none for the whole file.
    """

    kind: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        values = {key: _shown(value) for key, value in self.evidence.items()}
        if self.columns:
            values["column"] = listed(self.columns)
        return text(f"notes.{self.kind}", **values)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        columns = {"columns": list(self.columns)} if self.columns else {}
        return {"kind": self.kind, **columns, "evidence": dict(self.evidence), "text": str(self)}


def gathered(notes: Iterable[Note]) -> list[Note]:
    """The notes, but one for all columns of which the same is said."""
    found: list[Note] = []
    for note in notes:
        same = (n for n, other in enumerate(found) if _said_of_columns(other) == _said_of_columns(note))
        place = next(same, None) if note.columns else None
        if place is None:
            found.append(note)
        else:
            found[place] = replace(note, columns=(*found[place].columns, *note.columns))
    return found


def _said_of_columns(note: Note) -> tuple[str, Mapping[str, Any], bool]:
    return note.kind, note.evidence, bool(note.columns)


def _shown(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return listed(value)
    return quoted(value) if isinstance(value, str) else value
