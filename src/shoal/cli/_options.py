"""Kinds of option values, with errors in both languages."""

import math
from typing import Any

import click

from shoal.messages import text


class Whole(click.ParamType[int]):
    """A whole number in a range."""

    name = "whole"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number or say what was expected."""
        try:
            number = int(value)
        except ValueError:
            number = self.least - 1
        if not self.least <= number <= self.most:
            limits = {"least": self.least, "most": self.most}
            self.fail(text("cli.must_be_whole", **limits, got=repr(value)), param, ctx)
        return number


class Number(click.ParamType[float]):
    """A finite number in a range."""

    name = "number"

    def __init__(self, least: float, most: float) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the number or say what was expected."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not self.least <= number <= self.most:
            limits = {"least": f"{self.least:g}", "most": f"{self.most:g}"}
            self.fail(text("cli.must_be_number", **limits, got=repr(value)), param, ctx)
        return number


class OneOf(click.ParamType[str]):
    """One of a few words."""

    name = "choice"

    def __init__(self, known: tuple[str, ...]) -> None:
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the word or list those that are known."""
        if value not in self.known:
            known = ", ".join(self.known)
            self.fail(text("cli.must_be_one_of", known=known, got=repr(value)), param, ctx)
        return str(value)


class Widths(click.ParamType[tuple[int, ...]]):
    """Numbers of hidden units, layer by layer: ``16,8``; ``0`` is no hidden layer."""

    name = "widths"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Read the list or show what one looks like."""
        if isinstance(value, tuple):
            return value
        try:
            widths = tuple(int(part) for part in value.split(","))
        except ValueError:
            widths = (-1,)
        if widths == (0,):
            return ()
        if not all(1 <= width <= 1_000_000 for width in widths) or len(widths) > 100:
            self.fail(text("cli.must_be_widths", got=repr(value)), param, ctx)
        return widths
