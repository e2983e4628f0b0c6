"""How names and cells of a stranger's table are shown in a message: short, on one line, harmless.

A name may be 10,000 characters long, hold line breaks or a terminal's control codes; none of that may
reach a screen.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from shoal.base.errors import DataError

_LONGEST = 60
_MOST = 12
_COMPARED = 100  # characters: finding look-alikes among very long names would take seconds


def shown(value: object, longest: int = _LONGEST) -> str:
    """A name or a cell in quotation marks, shortened, with every unprintable character spelled out."""
    characters = str(value)
    if len(characters) > longest:
        characters = characters[: longest - 1] + "…"
    return '"' + "".join(c if c.isprintable() else _spelled(c) for c in characters) + '"'


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def listed(names: Sequence[str]) -> str:
    """Names one after the other; of many only the first, and how many there are."""
    shortened = ", ".join(shown(name) for name in names[:_MOST])
    return shortened if len(names) <= _MOST else f"{shortened}, … ({len(names)})"


def find_column(names: Sequence[str], wanted: str) -> str:
    """`wanted` if it is one of the names, else a DataError that says which name may be meant."""
    if wanted in names:
        return wanted
    folded = {name[:_COMPARED].casefold(): name for name in reversed(names)}
    close = get_close_matches(wanted[:_COMPARED].casefold(), folded, n=3)
    if close:
        raise DataError(
            "tables.unknown_column_like",
            name=shown(wanted),
            close=listed([folded[match] for match in close]),
            columns=listed(names),
        )
    raise DataError("tables.unknown_column", name=shown(wanted), columns=listed(names))


def first_line(error: BaseException) -> str:
    """What another library says is wrong, without its advice on its own options."""
    return (str(error).splitlines() or [type(error).__name__])[0]
