"""The words of a formula: numbers, names, signs, each with its place; and an error that points at one."""

import re
from typing import NamedTuple

from shoal.base.aligned import cells
from shoal.base.errors import UsageError
from shoal.base.shown import plain
from shoal.base.texts import text

LONGEST = 4_000  # characters of a formula
_AROUND = 36  # characters that are shown before and after the place of an error

# What a Chinese keyboard writes, and the signs of print: each stands for one character of the grammar.
_SAME = str.maketrans("（）；，＝＋－＊／＠．−×÷·⋅", "();,=+-*/@.-*/**")
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*(?:\[[0-9]+\])?)"
    r"|(?P<sign>\*\*|\.T\b|[-+*/@=(),])"
    r"|(?P<end>[;\n])"
)
_BLANK = re.compile(r"[ \t\r]*")


class Token(NamedTuple):
    """A word of the formula."""

    kind: str  # "number", "name", "sign", "end"
    written: str
    place: int


class Formula:
    """The text that somebody typed, and its words."""

    def __init__(self, typed: str) -> None:
        if not isinstance(typed, str):
            raise UsageError("graph.not_a_formula", type=type(typed).__name__)
        if len(typed) > LONGEST:
            raise UsageError("graph.too_long", most=LONGEST, got=len(typed))
        self.typed = typed
        self.tokens = self._tokens(typed.translate(_SAME))

    def _tokens(self, typed: str) -> list[Token]:
        tokens, place = [], _BLANK.match(typed).end()  # type: ignore[union-attr]
        while place < len(typed):
            found = _TOKEN.match(typed, place)
            if found is None:
                raise self.refused(place, "graph.not_in_grammar", found=plain(typed[place]))
            tokens.append(Token(str(found.lastgroup), found.group(), place))
            place = _BLANK.match(typed, found.end()).end()  # type: ignore[union-attr]
        return [*tokens, Token("end", "", len(typed))]

    def refused(self, place: int, key: str, **values: object) -> UsageError:
        """The error for something at this place: what is wrong, the formula, and a caret under the place."""
        before, after = self.typed[max(0, place - _AROUND) : place], self.typed[place : place + _AROUND]
        start = ("…" if place > _AROUND else "") + plain(before.replace("\n", ";"), 6 * _AROUND)
        end = plain(after.replace("\n", ";"), 6 * _AROUND) + (
            "…" if place + _AROUND < len(self.typed) else ""
        )
        lines = f"\n    {start}{end}\n    {' ' * cells(start)}^"
        reason = text(key, **values)
        return UsageError("graph.refused", reason=reason, place=place + 1, lines=lines)
