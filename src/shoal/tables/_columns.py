"""A column of a table: its name, what its cells are, and what is wrong with it."""

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from shoal.base import schema
from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted
from shoal.base.texts import text

_SHOWN = 8  # names of columns of which the same is said
_COMPARED = 100  # characters: finding look-alikes among very long names would take seconds


class ColumnKind(StrEnum):
    """What the cells of a column are. A new column encoder may add a kind; its name is a plain text."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"  # of day
    CATEGORY = "category"
    TEXT = "text"  # sentences, nearly all different
    NESTED = "nested"  # lists, records, bytes: a network cannot read them


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
    kind : str
        A `ColumnKind`, or the kind of another encoder. Numbers with few distinct values (1, 2, 3) are
        numbers; so are 0 and 1. Text in which every cell is a number is a number, unless whole numbers
        start with zeros (``00501``): those are codes.
    rows, missing, distinct : int
        All cells; those that hold nothing, NaN or an infinity; different values among the others.
    whole : bool
        Every number is a whole number.
    date_format : str or None
        How dates are written, where they are text.
    """

    name: str
    kind: str
    rows: int
    missing: int
    distinct: int
    whole: bool = False
    date_format: str | None = None


def as_told(column: Column, kind: str | None) -> Column:
    """The column as the kind that somebody said it is; the forms have read its cells as such."""
    told = {"category": ColumnKind.CATEGORY, "text": ColumnKind.TEXT, "identifier": ColumnKind.TEXT}
    return replace(column, kind=told[kind], whole=False, date_format=None) if kind in told else column


def told_missing(values: Any) -> tuple[str, ...]:
    """What somebody said means "missing" in a column: one value or several, a number as its digits."""
    several = [values] if isinstance(values, str | int | float) else values
    return tuple(str(value).removesuffix(".0") for value in several)


class FindingKind(StrEnum):
    """What is wrong with a column."""

    CONSTANT = "constant"
    NESTED = "nested"
    IDENTIFIER = "identifier"
    TEXT = "text"
    RARE = "rare"
    LEAK = "leak"
    LEAK_TOGETHER = "leak_together"
    MIXED = "mixed"
    SENTINEL = "sentinel"
    SLIP = "slip"
    OTHER = "other"
    CODE = "code"


RELATIONS = ("difference", "sum", "product")
"""In which ways several columns together may give the target away."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with one column (or with several together), and whether it should be left out.

    ``str(finding)`` is the explanation, in the language in force.

    Attributes
    ----------
    kind : FindingKind
    column : str
    drop : bool
        Left out unless the user asks for it (`choose_features`).
    evidence : dict
        The numbers that show it; in JSON's types only. Of several columns, "others" holds all but the first.
    """

    kind: FindingKind
    column: str
    drop: bool = True
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it is about."""
        return (self.column, *self.evidence.get("others", ()))

    def unless_kept(self, keep: Collection[str]) -> "Finding":
        """The same, but what somebody wants to keep all columns of is not left out."""
        return replace(self, drop=self.drop and not set(self.columns) <= set(keep))

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        return {**asdict(self), "kind": str(self.kind)}

    def __str__(self) -> str:
        values = dict(self.evidence)
        if "relation" in values:
            values["others"] = text("core.comma").join(map(quoted, values["others"]))
            values["relation"] = text(f"tables.relation_{values['relation']}")
        if self.kind is FindingKind.CODE:
            values["columns"] = _some(self.columns)
        if "accuracy" in values:
            values["score"] = text("tables.score_classification", percent=f"{100 * values['accuracy']:.4g}")
        elif "r2" in values:
            values["score"] = text("tables.score_regression", score=f"{values['r2']:.6g}")
        if "value" in values:
            values["value"] = quoted(values["value"])
        key = str(self.kind)
        if self.kind is FindingKind.CONSTANT and values.get("distinct") == 0:
            key = "empty"
        elif values.pop("close", False):
            key = "close"
        return text(f"tables.finding_{key}", column=quoted(self.column), **values)


def _some(names: Sequence[str]) -> str:
    first = text("core.comma").join(map(quoted, names[:_SHOWN]))
    more = len(names) - _SHOWN
    return text("tables.and_more", names=first, count=more) if more > 0 else first


def find_column(names: Sequence[str], wanted: str) -> str:
    """`wanted` if it is one of the names, else a DataError that says which name may be meant."""
    if wanted in names:
        return wanted
    folded = {name[:_COMPARED].casefold(): name for name in reversed(names)}
    close = get_close_matches(wanted[:_COMPARED].casefold(), folded, n=3)
    if close:
        raise DataError(
            "tables.unknown_column_like",
            name=quoted(wanted),
            close=listed([folded[match] for match in close]),
            columns=listed(names),
        )
    raise DataError("tables.unknown_column", name=quoted(wanted), columns=listed(names))


# --- findings in a model file -----------------------------------------------------------------------


def read_finding(value: object) -> Finding:
    """The finding that `Finding.to_dict` described; a MismatchError for any other document."""
    finding = Finding(**_FINDING(value))
    try:
        str(finding)
    except KeyError as error:  # its explanation needs a number that is not there
        raise schema.MismatchError("evidence") from error
    return finding


_EVIDENCE: dict[str, schema.Check] = {
    "rows": schema.count,
    "distinct": schema.count,
    "row": schema.count,
    "count": schema.count,
    "value": schema.text,
    "accuracy": schema.number_between(0, 1),
    "r2": schema.number_between(-math.inf, 1),
    "others": schema.list_of(schema.text),
    "relation": schema.one_of(*RELATIONS),
}
"""Numbers and a text, by the names that the explanation of a finding fills in."""
_FINDING = schema.record(
    {
        "kind": schema.enumeration(FindingKind),
        "column": schema.text,
        "drop": schema.truth,
        "evidence": schema.record({}, optional=_EVIDENCE),
    }
)
