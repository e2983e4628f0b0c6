"""How numbers, arrays and shapes are written wherever the graph is shown."""

import re
from typing import Any

WHOLE = 1e9  # up to here a whole number is written in full
MOST_WRITTEN = 6  # numbers of an array that are written; of a larger one the first few
FIRST = 3
_ONE_THING = re.compile(r"[\w.]+(\[\d+\])?('?\([^()]*\))?(\.T)?|\([^()]*\)")  # u, W[1], 0.5, exp(u), (u > 0)


def number(value: Any, *, bracket: bool = False) -> str:
    """A number with five digits; with `bracket`, a negative one in parentheses, as a factor stands."""
    value = float(value) + 0.0  # never -0
    shown = f"{value:.0f}" if value == round(value) and abs(value) < WHOLE else f"{value:.5g}"
    return f"({shown})" if bracket and value < 0 else shown


def brief(value: Any) -> str:
    """A number, a small array, or the first numbers of a large one."""
    if value.ndim == 0:
        return number(value)
    if value.size <= MOST_WRITTEN:
        return _nested(value)
    first = ", ".join(number(x) for x in value.flat[:FIRST])
    return f"[{first}, …]"


def _nested(value: Any) -> str:
    inside = (_nested(part) if part.ndim else number(part) for part in value)
    return f"[{', '.join(inside)}]" if value.ndim else number(value)


def shape(value: Any) -> str:
    """Such as (4, 5); nothing for a number."""
    return str(value.shape) if value.ndim else ""


def factor(letters: str) -> str:
    """In parentheses, if it is more than a name, a number or a call."""
    return letters if _ONE_THING.fullmatch(letters) else f"({letters})"
