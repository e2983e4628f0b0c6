"""The grammar of formulas. What it does not name is refused: a text is never run as code.

    formula    = statement {(";" | new line) statement}
    statement  = [name "="] expression
    expression = term {("+" | "-") term}
    term       = factor {("*" | "/" | "@") factor}
    factor     = ("-" | "+") factor | power
    power      = value ["**" factor]
    value      = (number | name | function | "(" expression ")") {".T"}
    function   = name "(" expression {"," expression} ["," "axis" "=" ["-"] number] ")"

The result is a program for a stack, so that no later step needs recursion. Length, depth and the number of
operations are limited, so time and memory are bounded for every text.
"""

from math import isfinite
from typing import NamedTuple

from shoal.book.graph._functions import NAMES
from shoal.book.graph._operations import REDUCTIONS
from shoal.book.graph._tokens import Formula, Token

DEEPEST = 40  # parentheses, signs and powers inside each other
MOST_OPERATIONS = 400
_AXES = tuple("0123456789")


class Instruction(NamedTuple):
    """Put a number or the node of a name on the stack, or replace the last `inputs` by a function of them."""

    kind: str  # "number", "name", "apply"
    what: str
    place: int
    inputs: int = 0
    axis: int | None = None


class Statement(NamedTuple):
    """``name = expression``; the name may be missing."""

    name: str | None
    place: int
    code: tuple[Instruction, ...]


def statements(formula: Formula) -> list[Statement]:
    """Read the whole formula.

    Raises
    ------
    UsageError
        At the first word that the grammar does not have there, with its place.
    """
    return _Reader(formula).formula()


class _Reader:
    """One method for each rule of the grammar."""

    def __init__(self, source: Formula) -> None:
        self.source, self.at, self.depth, self.operations = source, 0, 0, 0
        self.code: list[Instruction] = []

    # ----------------------------------------------------------------------- words

    @property
    def here(self) -> Token:
        return self.source.tokens[self.at]

    def next_is(self, *written: str) -> bool:
        return self.here.kind == "sign" and self.here.written in written

    def take(self) -> Token:
        token = self.here
        self.at += 1
        return token

    def expect(self, sign: str) -> None:
        if not self.next_is(sign):
            raise self.unexpected()
        self.at += 1

    def unexpected(self) -> Exception:
        """Say what is wrong with the word that comes next."""
        token, before = self.here, self.source.tokens[self.at - 1] if self.at else None
        if before is not None and _ends_value(before) and _starts_value(token):
            return self.source.refused(token.place, "graph.no_sign_between")
        if token.kind == "end":
            return self.source.refused(token.place, "graph.ends_too_early")
        return self.source.refused(token.place, "graph.unexpected", found=token.written)

    # ----------------------------------------------------------------------- the grammar

    def formula(self) -> list[Statement]:
        found: list[Statement] = []
        while self.at < len(self.source.tokens):
            if self.here.kind == "end":
                self.at += 1
            else:
                found.append(self.statement())
        if not found:
            raise self.source.refused(0, "graph.nothing_there")
        return found

    def statement(self) -> Statement:
        name, place = None, self.here.place
        following = self.source.tokens[self.at + 1]
        if self.here.kind == "name" and following.kind == "sign" and following.written == "=":
            name = self.take().written
            self.at += 1
            if name in NAMES:
                raise self.source.refused(place, "graph.name_of_function", name=name)
        self.code = []
        self.expression()
        if self.here.kind != "end":
            raise self.unexpected()
        return Statement(name, place, tuple(self.code))

    def expression(self) -> None:
        self.term()
        while self.next_is("+", "-"):
            sign = self.take()
            self.term()
            self.apply(sign.written, sign.place, 2)

    def term(self) -> None:
        self.factor()
        while self.next_is("*", "/", "@"):
            sign = self.take()
            self.factor()
            self.apply(sign.written, sign.place, 2)

    def factor(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.source.refused(self.here.place, "graph.too_deep", most=DEEPEST)
        if self.next_is("-", "+"):
            sign = self.take()
            self.factor()
            if sign.written == "-":
                self.apply("negative", sign.place, 1)
        else:
            self.power()
        self.depth -= 1

    def power(self) -> None:
        self.value()
        if self.next_is("**"):
            sign = self.take()
            self.factor()
            self.apply("**", sign.place, 2)

    def value(self) -> None:
        token = self.here
        if token.kind == "number":
            self.put("number", self.take())
        elif token.kind == "name":
            self.at += 1
            if self.next_is("("):
                self.function(token)
            elif token.written in NAMES:
                raise self.source.refused(token.place, "graph.function_alone", name=token.written)
            else:
                self.put("name", token)
        else:
            self.expect("(")
            self.expression()
            self.expect(")")
        while self.next_is(".T"):
            self.apply("T", self.take().place, 1)

    def function(self, name: Token) -> None:
        if name.written not in NAMES:
            raise self.source.refused(
                name.place, "graph.no_such_function", name=name.written, known=", ".join(NAMES)
            )
        self.expect("(")
        self.expression()
        count, axis = 1, None
        while self.next_is(","):
            self.at += 1
            if self.here.written == "axis" and self.source.tokens[self.at + 1].written == "=":
                axis = self.axis(name)
                break
            self.expression()
            count += 1
        self.expect(")")
        self.apply(name.written, name.place, count, axis)

    def axis(self, function: Token) -> int:
        place = self.take().place
        self.expect("=")
        sign = -1 if self.next_is("-") and self.take() else 1
        if function.written not in REDUCTIONS or self.here.written not in _AXES:
            raise self.source.refused(place, "graph.axis_of_sum")
        return sign * int(self.take().written)

    # ----------------------------------------------------------------------- the program

    def put(self, kind: str, token: Token) -> None:
        if kind == "number" and not isfinite(float(token.written)):
            raise self.source.refused(token.place, "graph.number_too_large")
        self.code.append(Instruction(kind, token.written, token.place))

    def apply(self, function: str, place: int, count: int, axis: int | None = None) -> None:
        self.operations += 1
        if self.operations > MOST_OPERATIONS:
            raise self.source.refused(place, "graph.too_many_operations", most=MOST_OPERATIONS)
        self.code.append(Instruction("apply", function, place, count, axis))


def _ends_value(token: Token) -> bool:
    return token.kind in ("number", "name") or token.written in (")", ".T")


def _starts_value(token: Token) -> bool:
    return token.kind in ("number", "name") or token.written == "("
