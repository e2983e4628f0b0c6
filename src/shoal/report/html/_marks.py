"""How each kind of mark is drawn, in a chart and in its legend alike.

Marks differ by shape as well as by colour, so that they can be told apart without seeing colours.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from markupsafe import Markup

from shoal.report.html._svg import Point, element, path

Paint = Mapping[str, object]
"""Attributes of SVG that say how something is filled and stroked."""


class Mark(StrEnum):
    """What is drawn, and shown again in the legend."""

    NETWORK = "network"
    LINEAR = "linear"
    BEST = "best"
    CHOSEN = "chosen"
    BEYOND = "beyond"
    BEYOND_RIGHT = "beyond_right"
    ROW = "row"
    LIMIT = "limit"
    IDEAL = "ideal"
    CHOSEN_CURVE = "chosen_curve"
    NETWORK_CURVE = "network_curve"
    FOLD = "fold"
    BAND = "band"
    ERROR = "error"
    FEW = "few"
    ROWS = "rows"


def filled(colour: str, opacity: float = 1) -> Paint:
    """A surface in a colour of the style sheet."""
    return {"fill": f"var(--{colour})", "fill_opacity": f"{opacity:g}"}


def stroked(colour: str, width: float, opacity: float = 1, dashes: str = "none") -> Paint:
    """A line in a colour of the style sheet."""
    return {
        "fill": "none",
        "stroke": f"var(--{colour})",
        "stroke_width": f"{width:g}",
        "stroke_opacity": f"{opacity:g}",
        "stroke_dasharray": dashes,
    }


# --- points ------------------------------------------------------------------------------------------

Shape = Callable[[float, float, str | None], Markup]
"""Draws one point at (x, y), with the words that the pointer is told over it."""


def _disc(radius: float) -> Shape:
    def draw(x: float, y: float, title: str | None) -> Markup:
        return element("circle", _title(title), cx=x, cy=y, r=radius)

    return draw


def _polygon(*corners: Point) -> Shape:
    def draw(x: float, y: float, title: str | None) -> Markup:
        return element("path", _title(title), d=path([(x + dx, y + dy) for dx, dy in corners], closed=True))

    return draw


def _title(words: str | None) -> Markup | None:
    return None if words is None else element("title", words)


_POINTS: dict[Mark, tuple[Shape, Paint]] = {
    Mark.NETWORK: (_disc(2.5), filled("other", 0.6)),
    Mark.LINEAR: (_polygon((0, -4), (4, 0), (0, 4), (-4, 0)), stroked("other", 1.2)),
    Mark.BEST: (_polygon((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)), stroked("best", 2)),
    Mark.CHOSEN: (_disc(4.0), filled("chosen")),
    Mark.BEYOND: (_polygon((0, -3), (3, 3), (-3, 3)), filled("soft", 0.6)),
    Mark.BEYOND_RIGHT: (_polygon((3, 0), (-3, 3), (-3, -3)), filled("soft", 0.6)),
    Mark.ROW: (_disc(2.2), filled("chosen", 0.6)),
}


def points(mark: Mark, places: Sequence[Point], titles: Sequence[str | None] | None = None) -> Markup:
    """A mark at each place, with a title each."""
    shape, paint = _POINTS[mark]
    told = [None] * len(places) if titles is None else titles
    return element("g", *(shape(x, y, title) for (x, y), title in zip(places, told, strict=True)), **paint)


# --- lines and surfaces ------------------------------------------------------------------------------

_LINES: dict[Mark, Paint] = {
    Mark.LIMIT: stroked("best", 1.2, dashes="5 3"),
    Mark.IDEAL: stroked("soft", 1.2, dashes="5 3"),
    Mark.CHOSEN_CURVE: stroked("chosen", 2),
    Mark.NETWORK_CURVE: stroked("best", 2, dashes="6 2"),
}
_COLOURS = {Mark.CHOSEN_CURVE: "chosen", Mark.NETWORK_CURVE: "best"}


def line(mark: Mark, places: Sequence[Point]) -> Markup:
    """A line through these places."""
    return element("path", d=path(places), **_LINES[mark])


def fold(curve: Mark | None, places: Sequence[Point]) -> Markup:
    """The thin line of one fold, in the colour of its curve, with a dot where it ends."""
    colour = _COLOURS[curve] if curve else "soft"
    end = _disc(1.3)(*places[-1], None)
    return element(
        "g",
        element("path", d=path(places), **stroked(colour, 0.7, 0.45)),
        element("g", end, **filled(colour, 0.6)),
    )


def band(curve: Mark | None, lower: Sequence[Point], upper: Sequence[Point]) -> Markup:
    """The surface between two lines, in the colour of the curve that it surrounds."""
    colour = _COLOURS[curve] if curve else "soft"
    return element("path", d=path([*lower, *reversed(upper)], closed=True), **filled(colour, 0.22))


def errors(mark: Mark, bars: Sequence[tuple[float, float, float]]) -> Markup:
    """Error bars, each at an x from one y to another; faint, except for the marks that stand out."""
    colour = {Mark.CHOSEN: "chosen", Mark.BEST: "best"}.get(mark, "faint")
    outline = "".join(path([(x, low), (x, high)]) for x, low, high in bars)
    return element("path", d=outline, **stroked(colour, 1))


def few(places: Sequence[Point], *, joined: bool) -> Markup:
    """Short bars across the values; level and joined by a line where the values are numbers."""
    across = [
        path([(x - 6.5, y), (x + 6.5, y)] if joined else [(x, y - 6.5), (x, y + 6.5)]) for x, y in places
    ]
    return element("path", d="".join([*across, *([path(places)] if joined else [])]), **stroked("ink", 1.2))


def rows(bars: Sequence[tuple[float, float, float]], width: float) -> Markup:
    """Bars, each around an x from one y (the foot) to another."""
    half = width / 2
    outlines = [
        path([(x - half, foot), (x - half, top), (x + half, top), (x + half, foot)], closed=True)
        for x, foot, top in bars
    ]
    return element("path", d="".join(outlines), **filled("chosen", 0.5))


# --- the legend --------------------------------------------------------------------------------------

_WIDTH, _HEIGHT = 24.0, 14.0
_X, _Y = _WIDTH / 2, _HEIGHT / 2


def key(mark: Mark) -> Markup:
    """The mark as the legend shows it."""
    if mark in _POINTS:
        sample = points(mark, [(_X, _Y)])
    elif mark in _LINES:
        sample = line(mark, [(0, _Y), (_WIDTH, _Y)])
    else:
        sample = _SAMPLES[mark]()
    box = f"0 0 {_WIDTH:g} {_HEIGHT:g}"
    return element("svg", sample, class_="key", viewBox=box, aria_hidden="true")


_SAMPLES: dict[Mark, Callable[[], Markup]] = {
    Mark.FOLD: lambda: fold(None, [(0, _Y), (_WIDTH - 2, _Y)]),
    Mark.BAND: lambda: band(None, [(0, _HEIGHT - 1), (_WIDTH, _HEIGHT - 1)], [(0, 1), (_WIDTH, 1)]),
    Mark.ERROR: lambda: errors(Mark.CHOSEN, [(_X, 0, _HEIGHT)]),
    Mark.FEW: lambda: few([(_X, _Y)], joined=True),
    Mark.ROWS: lambda: rows([(_X - 6, _HEIGHT, 7), (_X, _HEIGHT, 1), (_X + 6, _HEIGHT, 4)], 4),
}
