"""SVG elements as text that stands inside a page.

Colours are names of the page's style sheet, which has a light and a dark one of each, so a picture is drawn
once. Nothing has an identifier, so pictures cannot disturb each other. Texts are escaped by markupsafe, as
in the page's template.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Point = tuple[float, float]
"""x and y in pixels; y counts downwards."""


def element(tag: str, *children: str | None, **attributes: object) -> Markup:
    """An element; ``stroke_width=2`` becomes ``stroke-width="2"``, and a text child is escaped."""
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    shown = "".join(f' {names[name]}="{_written(value)}"' for name, value in attributes.items())
    inside = Markup("").join(child for child in children if child is not None)
    return Markup(f"<{tag}{shown}>{inside}</{tag}>" if inside else f"<{tag}{shown}/>")


def picture(width: float, height: float, label: str, description: str, parts: Iterable[Markup]) -> Markup:
    """A whole picture; a screen reader says `label`, then `description`."""
    return element(
        "svg",
        element("desc", description),
        *parts,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
    )


def cut_off(left: float, top: float, width: float, height: float, parts: Iterable[Markup]) -> Markup:
    """A part of a picture, in the picture's own coordinates, of which nothing outside this box is seen."""
    return element(
        "svg",
        *parts,
        x=left,
        y=top,
        width=width,
        height=height,
        viewBox=f"{number(left)} {number(top)} {number(width)} {number(height)}",
    )


def path(points: Sequence[Point], *, closed: bool = False) -> str:
    """The ``d`` of a path through these points."""
    through = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{through}{'Z' if closed else ''}"


def number(value: float) -> str:
    """A tenth of a pixel is enough."""
    return f"{value + 0.0:.1f}".removesuffix(".0")


def _written(value: object) -> Markup:
    return escape(number(value) if isinstance(value, float) else value)
