"""One way to show what a person or a file brought: short, on one line, harmless.

A name may be 10,000 characters long, hold line breaks or a terminal's control codes. None of that may reach
a screen, so everything that did not come from shoal itself passes through here on its way into a message.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from shoal.base.texts import LONGEST, LONGEST_PATH, plain, shown_path

LONGEST_LITERAL = 80  # characters of a value as Python writes it
MOST_LISTED = 12

__all__ = [
    "LONGEST",
    "LONGEST_LITERAL",
    "LONGEST_PATH",
    "MOST_LISTED",
    "as_html",
    "first_line",
    "listed",
    "literal",
    "plain",
    "quoted",
    "shown_path",
]


def quoted(value: object, longest: int = LONGEST) -> str:
    """The same in quotation marks."""
    return f'"{plain(value, longest)}"'


def literal(value: object, longest: int = LONGEST_LITERAL) -> str:
    """A value as Python writes it, shortened; what cannot write itself is shown by its type.

    A scalar of NumPy is written as Python's: ``3`` and not ``np.int64(3)``.
    """
    try:
        written = repr(_without_numpy(value))
    except Exception:
        written = f"<{type(value).__name__}>"
    return plain(written, longest)


def listed(names: Sequence[object], most: int = MOST_LISTED) -> str:
    """Quoted names one after the other; of many only the first, and how many there are."""
    first = ", ".join(quoted(name) for name in names[:most])
    return first if len(names) <= most else f"{first}, … ({len(names)})"


def first_line(error: BaseException) -> str:
    """What another library says is wrong, without its advice on its own options."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def as_html(written: str) -> str:
    """Text for a notebook, which shows it as it is: aligned, and never as markup."""
    return f'<pre style="line-height: 1.35">{escape(written)}</pre>'


def _without_numpy(value: Any) -> Any:
    """The Python value of a NumPy scalar; NumPy itself is not imported, for a message would wait for it."""
    is_scalar = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    return value.item() if is_scalar else value
