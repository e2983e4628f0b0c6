"""What a picture of the graph shows, and where: the same for SVG, Mermaid and JSON.

Sizes are those of the texts with all derivatives that are known, so that a picture of an earlier step has
everything in the same place.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shoal.base.aligned import cells
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.book.graph._chain import Way, local
from shoal.book.graph._explain import letter, slope_letters
from shoal.book.graph._layout import Edge, Layout, arrange
from shoal.book.graph._nodes import Derivative, Node
from shoal.book.graph._operations import Rule
from shoal.book.graph._written import brief, factor, number, shape

SIZE, SMALL = 13.0, 12.0  # of letters, in pixels
BOX, LINE = 28.0, 17.0  # the height of a box, and of a line of text beside it
_WIDE = 0.6  # a letter's width as a part of its size, on the safe side for the usual fonts
_LONGEST = 44  # characters of a formula
_MOST_PARTS = 4  # contributions to one derivative
_DIGITS, _DIGITS_OF_ARRAY = 5, 3


class Box(NamedTuple):
    """A node as it is drawn."""

    node: Node
    title: str  # u = b * c
    value: str
    derivative: str  # dJ/db = 5 + (-1) = 4; empty where it is not known
    parts: tuple[str, ...]  # of an array: what comes back from each user, if there are several


class Arrow(NamedTuple):
    """An edge from an input to its user."""

    node: Node
    user: Node
    place: int
    label: str  # the local derivative; empty where none is known


class Picture(NamedTuple):
    """Boxes and arrows, and for each its place, in the same order."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    layout: Layout


def picture(nodes: Sequence[Node], way: Way | None) -> Picture:
    """Lay out these nodes, with all derivatives that are known."""
    known: Mapping[Node, Derivative] = nodes[0].nodes.derivatives
    boxes = tuple(_box(node, way, known.get(node)) for node in nodes)
    arrows = tuple(
        Arrow(node, user, place, _label(user, place, way, known[node]) if way and node in known else "")
        for user in nodes
        for place, node in enumerate(user.inputs)
        if not node.is_literal
    )
    numbers = {node: i for i, node in enumerate(nodes)}
    edges = [
        Edge(numbers[each.node], numbers[each.user], *_label_size(each.label, each.node.varies))
        for each in arrows
    ]
    return Picture(boxes, arrows, arrange([_box_size(box) for box in boxes], edges))


def width(written: str, size: float) -> float:
    """Pixels that a text takes at most."""
    return cells(written) * size * _WIDE


def _box(node: Node, way: Way | None, known: Derivative | None) -> Box:
    formula = plain(node.formula, _LONGEST)
    title = f"{node.name} = {formula}" if formula else node.name
    if known is None or way is None:
        return Box(node, title, _value(node.value), "", ())
    came = known.contributions
    parts = [letter(way.order[0], node), _value(known.value)]
    if len(came) > 1 and not node.shape:
        parts.insert(
            1, " + ".join(number(each.value, bracket=True) for each in came[:3]) + "…" * (len(came) > 3)
        )
    lines = [_from(each.user, each.value) for each in came[:3]] if len(came) > 1 and node.shape else []
    return Box(node, title, _value(node.value), " = ".join(parts), tuple(lines))


def _from(user: Node, value: Any) -> str:
    return text("graph.from_user", user=user.name, value=_value(value))


def _value(value: Any) -> str:
    return brief(value, _DIGITS_OF_ARRAY if value.ndim else _DIGITS)


def _box_size(box: Box) -> tuple[float, float]:
    beside = width(box.value, SIZE) + 6 + width(shape(box.node.value), SMALL)
    lines = max([width(each, SMALL) for each in box.parts], default=0.0)
    wide = max(width(box.title, SIZE) + 22, beside, width(box.derivative, SIZE), lines, 40.0)
    return wide, BOX + 2 * LINE * max(1, 1 + len(box.parts))


def _label(user: Node, place: int, way: Way, known: Derivative) -> str:
    """The local derivative: dv/du = 1 of numbers, of arrays what the chain rule does there."""
    node = user.inputs[place]
    if not (node.shape or user.shape):
        return f"{letter(user, node, way)} = {number(local(user, place))}"
    letters = slope_letters(user, place)
    if isinstance(user.operation.by[place], Rule):  # type: ignore[union-attr]
        return letters
    [summed] = [each.summed for each in known.contributions if each[:2] == (user, place)]
    if not summed:
        return f"· {factor(letters)}"
    axes = text("core.comma").join(map(str, summed))
    sums = text("graph.summed", axes=axes) if node.shape else text("graph.summed_all")
    return sums if letters == "1" else f"· {factor(letters)}, {sums}"


def _label_size(label: str, varies: bool) -> tuple[float, float]:
    return (width(label, SMALL) + 8 if label else 12.0), SMALL + 6 if varies else 8.0
