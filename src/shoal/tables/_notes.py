"""What was noticed while a table was read: one note for each choice that was not the plain one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    column : str or None
        Whose cells it is about; None for the whole file.
    """

    kind: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    column: str | None = None

    def __str__(self) -> str:
        values = {key: _shown(value) for key, value in self.evidence.items()}
        if self.column is not None:
            values["column"] = quoted(self.column)
        return text(f"notes.{self.kind}", **values)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        column = {} if self.column is None else {"column": self.column}
        return {"kind": self.kind, **column, "evidence": dict(self.evidence), "text": str(self)}


def _shown(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return listed(value)
    return quoted(value) if isinstance(value, str) else value
