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
BOX, LINE = 28.0, 17.0  # the least height of a box; the height of a line of text
_WIDE = 0.6  # a letter's width as a part of its size, on the safe side for the usual fonts
_MORE = {
    **dict.fromkeys("mwMW@%", 0.8),
    **dict.fromkeys("+=-\u2212", 0.35),
}
_LONGEST = 44  # characters of a formula
_BROKEN = 20  # characters of a title from which it takes two lines
_PORT = 8.0  # pixels of a box's side for each edge that arrives
_MOST_PARTS = 4  # contributions to one derivative
_ARRAY = {"digits": 2, "most": 3, "first": 2}  # so much of an array is shown


class Box(NamedTuple):
    """A node as it is drawn."""

    node: Node
    title: tuple[str, ...]  # u = b * c, on one line or two
    value: str
    derivative: tuple[str, ...]  # dJ/db = 5 + (-1) = 4; of an array, its letters and its numbers
    parts: tuple[str, ...]  # of an array: what comes back from each user, if there are several

    @property
    def width(self) -> float:
        """Of the box itself."""
        return max(max(width(line, SIZE) for line in self.title) + 20, 40.0)

    @property
    def height(self) -> float:
        """Of the box itself."""
        return max(BOX + LINE * (len(self.title) - 1), _PORT * len(self.node.inputs))

    @property
    def size(self) -> tuple[float, float]:
        """With all that is written around it."""
        beside = width(self.value, SIZE) + 6 + width(shape(self.node.value), SMALL)
        below = [width(each, SIZE) for each in self.derivative] + [width(each, SMALL) for each in self.parts]
        lines = max(1, len(self.derivative) + len(self.parts))
        return max(self.width, beside, *below), self.height + 2 * LINE * lines + 6


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
    return Picture(boxes, arrows, arrange([box.size for box in boxes], edges))


def width(written: str, size: float) -> float:
    """Pixels that a text takes at most."""
    more = sum(_MORE.get(letter, 0.0) for letter in written)
    return (cells(written) + more) * size * _WIDE + 3


def _box(node: Node, way: Way | None, known: Derivative | None) -> Box:
    value, came = _value(node.value), () if known is None else known.contributions
    if known is None or way is None:
        return Box(node, _title(node), value, (), ())
    name, terms = letter(way.order[0], node), came[:_MOST_PARTS] if len(came) > 1 else ()
    if node.shape:
        parts = [text("graph.from_user", user=each.user.name, value=_value(each.value)) for each in terms]
        return Box(node, _title(node), value, (f"{name} =", _value(known.value)), tuple(parts))
    sums = [number(each.value, bracket=True) for each in terms] + ["…"] * (len(came) > _MOST_PARTS)
    line = " = ".join(filter(None, [name, " + ".join(sums), _value(known.value)]))
    return Box(node, _title(node), value, (line,), ())


def _title(node: Node) -> tuple[str, ...]:
    formula = plain(node.formula, _LONGEST)
    line = f"{node.name} = {formula}" if formula else node.name
    return (f"{node.name} =", formula) if formula and len(line) > _BROKEN else (line,)


def _value(value: Any) -> str:
    return brief(value, **_ARRAY) if value.ndim else number(value)


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
