"""The words and numbers of a picture.

A name that a person or a file brought is never read as a formula: its dollar signs are dollar signs.
"""

import math

from shoal.base.shown import plain
from shoal.base.texts import page
from shoal.plots._fonts import spoken

MINUS = "\N{MINUS SIGN}"


def words(key: str, /, **values: object) -> str:
    """The text of ``"page.entry"``, in the language that the fonts allow; see `_fonts.spoken`."""
    name, _, entry = key.partition(".")
    return page(name)[entry][spoken()].format(**values)


def named(value: object, longest: int = 24) -> str:
    """A column, a class or a model as matplotlib shows it, short and on one line."""
    return plain(value, longest).replace("$", r"\$")


def number(value: float, digits: int = 3) -> str:
    """``0.0123``, ``−4.1``, ``1,230``, ``1.2e9``: so many digits that count."""
    if not math.isfinite(value):
        return "–"
    if 1000 <= abs(value) < 1e7:
        return f"{float(f'{value:.{digits}g}'):,.0f}".replace("-", MINUS)
    written = f"{value + 0.0:.{digits}g}"
    mantissa, _, power = written.partition("e")
    return (f"{mantissa}e{int(power)}" if power else mantissa).replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """``+0.32``, ``−4.1``: the sign is printed, because colour alone may not tell it."""
    return number(value, digits) if value < 0 else f"+{number(value, digits)}"


def fixed(value: float, decimals: int) -> str:
    """``+0.32``, ``−4.10``: with its sign and so many decimals, as in a table; 0 has no sign."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:+.{decimals}f}".replace("-", MINUS) if rounded else f"{0:.{decimals}f}"


def percent(share: float) -> str:
    """``91 %``; less than one, or almost all, with a decimal."""
    near_end = 0 < share < 0.01 or 0.99 < share < 1
    return f"{100 * share:.{1 if near_end else 0}f} %"
