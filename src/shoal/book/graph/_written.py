"""How numbers, arrays and shapes are written wherever the graph is shown."""

import re
from typing import Any

WHOLE = 1e9  # up to here a whole number is written in full
MOST_WRITTEN = 6  # numbers of an array that are written; of a larger one the first few
FIRST = 3
_ONE_THING = re.compile(r"[\w.]+(\[\d+\])?('?\([^()]*\))?(\.T)?|\([^()]*\)")  # u, W[1], 0.5, exp(u), (u > 0)


def number(value: Any, *, bracket: bool = False, digits: int = 5) -> str:
    """A rounded number; with `bracket`, a negative one in parentheses, as a factor stands."""
    value = float(value) + 0.0  # never -0
    shown = f"{value:.0f}" if value == round(value) and abs(value) < WHOLE else f"{value:.{digits}g}"
    return f"({shown})" if bracket and value < 0 else shown


def brief(value: Any, *, digits: int = 5, most: int = MOST_WRITTEN, first: int = FIRST) -> str:
    """A number, a small array, or the first numbers of a large one."""
    if value.size <= most:
        return _nested(value, digits)
    return f"[{', '.join(number(x, digits=digits) for x in value.flat[:first])}, …]"


def _nested(value: Any, digits: int) -> str:
    if not value.ndim:
        return number(value, digits=digits)
    return f"[{', '.join(_nested(part, digits) for part in value)}]"


def shape(value: Any) -> str:
    """Such as (4, 5); nothing for a number."""
    return str(value.shape) if value.ndim else ""


def factor(letters: str) -> str:
    """In parentheses, if it is more than a name, a number or a call."""
    return letters if _ONE_THING.fullmatch(letters) else f"({letters})"
