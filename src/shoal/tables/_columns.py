"""A column of a table: its name and what its cells are."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted

_COMPARED = 100  # characters: finding look-alikes among very long names would take seconds


class ColumnKind(StrEnum):
    """What the cells of a column are. A new column encoder may add a kind; its name is a plain text."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
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
