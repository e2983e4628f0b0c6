"""A box of a picture with two axes: where a number stands in it, its grid and the labels of its ticks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup

from shoal.report.html._svg import Point, cut_off, element, path
from shoal.report.html._ticks import Ticks

WIDTH = 360.0
"""Of every picture, in pixels: a telephone shows it as it is, a wide screen enlarges it."""

RIGHT, TOP, BOTTOM = 8.0, 8.0, 24.0  # pixels around a box; to its left, there is `room_for` the labels
_LETTER = 6.8  # pixels of a digit or letter; the style sheet has the size of the font
_LEAST = 1e-300  # stands for 0 and for less where steps multiply
_GAP = 6.0  # pixels between neighbouring labels, and between a label and the box


@dataclass(frozen=True)
class AxisScale:
    """The numbers from one end of an axis to the other; with `powers`, equal steps are equal factors."""

    low: float
    high: float
    powers: bool = False

    def share(self, value: float) -> float:
        """Which part of the way from `low` to `high` a value is."""
        if not self.powers:
            return (value - self.low) / (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return (math.log10(max(value, _LEAST)) - low) / (high - low)


@dataclass(frozen=True)
class Box:
    """A part of a picture, in pixels, with an axis across and one up."""

    left: float
    top: float
    width: float
    height: float
    across: AxisScale
    up: AxisScale

    def x(self, value: float) -> float:
        """The pixel of a number across."""
        return self.left + self.width * self.across.share(value)

    def y(self, value: float) -> float:
        """The pixel of a number upwards."""
        return self.top + self.height * (1 - self.up.share(value))

    def places(self, x: Iterable[float], y: Iterable[float]) -> list[Point]:
        """The pixels of points."""
        return [(self.x(across), self.y(up)) for across, up in zip(x, y, strict=True)]

    def inside(self, *parts: Markup) -> Markup:
        """What is seen of these parts inside the box."""
        return cut_off(self.left, self.top, self.width, self.height, parts)

    def level(self, values: Iterable[float]) -> Markup:
        """Lines of the grid from left to right."""
        ends = (self.left, self.left + self.width)
        return _grid([(ends[0], self.y(value)), (ends[1], self.y(value))] for value in values)

    def upright(self, values: Iterable[float]) -> Markup:
        """Lines of the grid from bottom to top."""
        ends = (self.top + self.height, self.top)
        return _grid([(self.x(value), ends[0]), (self.x(value), ends[1])] for value in values)

    def bottom(self, ticks: Ticks) -> Markup:
        """The axis under the box."""
        foot = self.top + self.height
        values, labels = ticks
        marks = "".join(path([(self.x(value), foot), (self.x(value), foot + 3)]) for value in values)
        base = path([(self.left, foot), (self.left + self.width, foot)])
        words = _apart([(self.x(value), foot + 16) for value in values], labels)
        return element("g", element("path", d=base + marks, stroke="var(--soft)"), *words)

    def over(self, places: Sequence[Point], labels: Sequence[str]) -> Markup:
        """A label above each of these places."""
        return element("g", *_apart([(x, y - 4) for x, y in places], labels))

    def side(self, ticks: Ticks) -> Markup:
        """The labels to the left of the box."""
        values, labels = ticks
        words = [
            element("text", label, x=self.left - _GAP, y=self.y(value) + 4, text_anchor="end")
            for value, label in zip(values, labels, strict=True)
        ]
        return element("g", *words)


def box(height: float, labels: Sequence[str], across: AxisScale, up: AxisScale) -> Box:
    """The only box of a picture of this height, with room for the labels to its left."""
    left = room_for(labels)
    return Box(left, TOP, WIDTH - left - RIGHT, height - TOP - BOTTOM, across, up)


def room_for(labels: Sequence[str]) -> float:
    """Pixels that the longest of these labels takes to the left of a box."""
    return 2 * _GAP + max(map(text_width, labels), default=_LETTER)


def text_width(label: str) -> float:
    """About the pixels of a label: a Chinese character is twice as wide as a letter."""
    return _LETTER * sum(1 + (east_asian_width(character) in "WF") for character in label)


def _apart(places: Sequence[Point], labels: Sequence[str]) -> list[Markup]:
    """Centred labels from left to right; one that would overlap the one before is left out."""
    words, end = [], -math.inf
    for (x, y), label in sorted(zip(places, labels, strict=True)):
        half = text_width(label) / 2
        if x - half >= end + _GAP:
            words.append(element("text", label, x=x, y=y, text_anchor="middle"))
            end = x + half
    return words


def _grid(lines: Iterable[list[Point]]) -> Markup:
    return element("path", d="".join(map(path, lines)), stroke="var(--grid)")
