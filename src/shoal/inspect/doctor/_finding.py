"""What the doctor says: findings, each with its evidence, its meaning and what to do; and the whole page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from string import Formatter
from typing import Any

from shoal.base.aligned import cells, wrap
from shoal.base.shown import as_html, listed, plain, quoted
from shoal.base.texts import language, page, text

_WIDTH = 88  # of the page, in cells of a terminal
_MOST_RANGES = 8
_PARTS = ("seen", "means", "do", "because")


class Severity(StrEnum):
    """How grave a finding is; the gravest comes first."""

    ERROR = "error"  # it cannot learn like this, or what it learned is wrong
    WARNING = "warning"  # it learns worse than it could, or its scores mislead
    NOTE = "note"  # good to know; often harmless


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with the numbers that show it.

    ``str(finding)`` explains it in the language in force.

    Attributes
    ----------
    name : str
        Which disease: one of `shoal.inspect.DISEASES`.
    severity : Severity
        "error", "warning" or "note".
    evidence : dict
        The numbers, in JSON's types only. Layers and units count from 1, as in the book: unit 1 of layer 2 is
        the first row of W[2].
    variant : str
        Which of several explanations fits; "" if there is only one.
    because : str or None
        The name of a graver finding that this one probably follows from.
    no_hidden : bool
        Whether the network has no hidden layer: it is a line, and what to do is said in its words.
    table : bool
        Whether a table was learned: what to do is said in the options of ``shoal train``.
    """

    name: str
    severity: Severity
    evidence: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    because: str | None = None
    no_hidden: bool = False
    table: bool = False

    @property
    def title(self) -> str:
        """The name of the disease, in words."""
        return text(f"doctor.{self.name}")

    @property
    def seen(self) -> str:
        """What was seen, with its numbers."""
        return self._text("seen")

    @property
    def meaning(self) -> str:
        """What that means for the learning."""
        return self._text("means")

    @property
    def advice(self) -> str:
        """What to do."""
        return self._text("do")

    def _text(self, part: str) -> str:
        """A text of this disease; for a line, of this variant or for a table, where they have their own."""
        key = f"{self.name}_{part}"
        own = [f"{key}_no_hidden"] if self.no_hidden else []
        keys = [*own, f"{key}_{self.variant}", key]
        if self.table:
            keys = [each for k in keys for each in (f"{k}_table", k)]
        chosen = next(k for k in keys if k in page("doctor"))
        values = {name: _shown(self.evidence[name]) for name in _named(page("doctor")[chosen][language()])}
        if "activation" in values:
            values["activation"] = plain(self.evidence["activation"])
        return text(f"doctor.{chosen}", **values)

    def __str__(self) -> str:
        parts = {"seen": self.seen, "means": self.meaning, "do": self.advice}
        if self.because is not None:
            parts["because"] = text("doctor.because_of", title=text(f"doctor.{self.because}"))
        labels = {part: text(f"doctor.label_{part}") for part in _PARTS}
        width = max(map(cells, labels.values()))
        severity = text(f"doctor.severity_{self.severity}")
        lines = [text("doctor.line", severity=severity, title=self.title)]
        for part, said in parts.items():
            label = labels[part] + " " * (width - cells(labels[part]))
            lines.append(f"  {label}  {wrap(said, _WIDTH - width - 4, width + 4)}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only; the texts are in the language in force."""
        return {
            "name": self.name,
            "severity": str(self.severity),
            "variant": self.variant,
            "because": self.because,
            "evidence": dict(self.evidence),
            "title": self.title,
            "seen": self.seen,
            "meaning": self.meaning,
            "advice": self.advice,
        }


@dataclass(frozen=True)
class Diagnosis:
    """All findings, the gravest first; ``str(diagnosis)`` is the page, in the language in force.

    Attributes
    ----------
    findings : tuple of Finding
        Sorted by severity; what follows from another finding comes after those that do not.
    checked : tuple of str
        The diseases that were looked for.
    skipped : dict
        The diseases that could not be looked for: name -> what is missing, a key of `_diagnose.NEEDS`.
    rows, of_rows : int
        How many rows were looked at, and how many there are: of very many rows a sample is taken.
    unit : str
        In which unit losses are: "number" or "standardised", or "" for classes.
    """

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    skipped: Mapping[str, str]
    rows: int
    of_rows: int
    unit: str = ""

    def of(self, name: str) -> tuple[Finding, ...]:
        """The findings of one disease."""
        return tuple(finding for finding in self.findings if finding.name == name)

    @property
    def gravest(self) -> tuple[Finding, ...]:
        """The findings of the highest severity that do not follow from others; () for a healthy model.

        Notes do not count: a model with nothing but notes is healthy.
        """
        for severity in (Severity.ERROR, Severity.WARNING):
            found = [f for f in self.findings if f.severity is severity]
            if found:
                return tuple([f for f in found if f.because is None] or found)
        return ()

    def headline(self) -> str:
        """One line: the gravest findings, or that nothing is wrong, perhaps with notes."""
        found = self.gravest or self.findings
        titles = text("core.comma").join(dict.fromkeys(finding.title for finding in found))
        if self.gravest:
            severity = text(f"doctor.severity_{self.gravest[0].severity}")
            return text("doctor.headline", severity=severity, titles=titles)
        key = "headline_notes" if found else "headline_healthy"
        return text(f"doctor.{key}", checked=len(self.checked), titles=titles)

    def __str__(self) -> str:
        counts = [
            text(f"doctor.count_{severity}", count=count)
            for severity in Severity
            if (count := sum(finding.severity is severity for finding in self.findings))
        ]
        found = text("core.comma").join(counts) or text("doctor.nothing_found")
        rows = text("doctor.rows" if self.rows == self.of_rows else "doctor.rows_sampled", **self._rows())
        head = text("doctor.page", found=found, rows=rows)
        units = [wrap(text(f"doctor.unit_{self.unit}"), _WIDTH)] if self.unit and self.findings else []
        parts = [wrap(head, _WIDTH), *map(str, self.findings), *units, self._checked()]
        return "\n\n".join(parts)

    def _rows(self) -> dict[str, str]:
        return {"rows": f"{self.rows:,}", "of_rows": f"{self.of_rows:,}"}

    def _checked(self) -> str:
        """What was looked for, and what could not be looked for."""
        diseases = len(self.checked) + len(self.skipped)
        lines = [text("doctor.looked_for", count=len(self.checked), of=diseases)]
        for reason in dict.fromkeys(self.skipped.values()):
            names = [text(f"doctor.{name}") for name, why in self.skipped.items() if why == reason]
            titles = text("core.comma").join(names)
            said = text("doctor.not_looked_for", reason=text(f"doctor.needs_{reason}"), titles=titles)
            lines.append("  " + wrap(said, _WIDTH - 2, 4))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only; the texts are in the language in force."""
        return {
            "findings": [finding.to_dict() for finding in self.findings],
            "checked": list(self.checked),
            "skipped": dict(self.skipped),
            "rows": self.rows,
            "of_rows": self.of_rows,
        }


def _named(template: str) -> set[str]:
    """The places of a text; evidence that it does not name, such as a whole matrix, has no words."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _shown(value: Any) -> Any:
    """Evidence as a sentence has it: names in quotation marks, numbers of units and rows as ranges."""
    if isinstance(value, str):
        return quoted(value)
    if not isinstance(value, Sequence) or not value:
        return value
    if isinstance(value[0], str):
        return listed(value)
    if isinstance(value[0], int):
        return _ranges(value)
    if isinstance(value[0], Sequence):
        return ", ".join(f"{quoted(name)} {number:.3g}" for name, number in value)
    return ", ".join(f"{number:.2g}" for number in value)


def _ranges(numbers: Sequence[int]) -> str:
    """``1-4, 7``; of many ranges only the first, and how many numbers there are."""
    edges = [-1, *(k for k, (a, b) in enumerate(pairwise(numbers)) if b != a + 1), len(numbers) - 1]
    parts = []
    for before, last in pairwise(edges):
        first, end = numbers[before + 1], numbers[last]
        parts.append(f"{first}" if first == end else f"{first}-{end}")
    more = [f"… ({len(numbers)})"] if len(parts) > _MOST_RANGES else []
    return ", ".join(parts[:_MOST_RANGES] + more)
