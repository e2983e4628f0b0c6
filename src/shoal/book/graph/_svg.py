"""The graph as SVG, which stands by itself: no style sheet, no script, no identifier.

Above a node its value in ink, below it the derivative in the accent, on an edge the local derivative. In the
picture of a step, that step alone is in the accent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from shoal.base.aligned import cells, wrap
from shoal.base.look import DARK, LIGHT, font_family
from shoal.base.texts import text
from shoal.book.graph._layout import Item
from shoal.book.graph._nodes import Node
from shoal.book.graph._picture import LINE, SIZE, SMALL, Arrow, Box, Picture, width
from shoal.book.graph._written import shape

EDGE, NARROWEST = 22.0, 420.0  # around the picture; its least width
SENTENCE, NEXT_LINE = 14.0, 21.0
HEAD = 8.0  # of an arrow
USED = ("paper", "ink", "soft", "other", "tint", "positive")
_NEGATIVE = re.compile(r"-(?=\d)")  # in a sentence, where there are hyphens, too
Colour = Callable[[str], str]
Point = tuple[float, float]


class _Markup(str):
    """What is SVG already, and not escaped again."""

    __slots__ = ()


class Scene(NamedTuple):
    """What of a picture is to be seen."""

    known: frozenset[Node]  # whose derivatives are shown
    current: Node | None  # the node of the step, which alone is in the accent
    sentences: Sequence[str]  # under the picture; the first is the main one


def svg(drawn: Picture, scene: Scene, *, dark: bool | str = False) -> str:
    """Draw it; `dark` is True, False, or "auto" for what the reader's screen prefers."""
    colour = _colours(dark)
    wide = max(drawn.layout.width + 2 * EDGE, NARROWEST)
    below = _sentences(scene.sentences, wide, drawn.layout.height + 2 * EDGE, colour)
    deep = drawn.layout.height + 2 * EDGE + NEXT_LINE * len(below) + 8 * bool(below)
    name = drawn.boxes[-1].node.name
    return _element(
        "svg",
        _element("title", text("graph.picture", name=name)),
        _style() if dark == "auto" else None,
        _element("rect", width=wide, height=deep, fill=colour("paper")),
        _element(
            "g",
            *_edges(drawn, scene, colour),
            *(_node(*each, scene, colour) for each in zip(drawn.boxes, drawn.layout.nodes, strict=True)),
            transform=f"translate({_px((wide - drawn.layout.width) / 2)} {_px(EDGE)})",
        ),
        *below,
        xmlns="http://www.w3.org/2000/svg",
        class_="shoal-graph" if dark == "auto" else None,
        role="img",
        width=wide,
        height=deep,
        viewBox=f"0 0 {_px(wide)} {_px(deep)}",
        font_family=font_family().replace('"', "'"),
        font_size=SIZE,
    )


# --------------------------------------------------------------------------- edges


def _edges(drawn: Picture, scene: Scene, colour: Colour) -> list[_Markup]:
    """All lines first, then the labels, each on paper of its own that interrupts its line."""
    places = {box.node: (item, box) for box, item in zip(drawn.boxes, drawn.layout.nodes, strict=True)}
    lines, labels = [], []
    for arrow, items in zip(drawn.arrows, drawn.layout.edges, strict=True):
        current = arrow.node is scene.current
        ink = colour("positive" if current else "other")
        (start, left), (end, right) = places[arrow.node], places[arrow.user]
        tip = end.x - right.width / 2, end.y + _port(arrow, right, drawn)
        path = _path((start.x + left.width / 2, start.y), start.right, items, end.left, tip)
        lines.append(_line(path, tip, ink, 2.2 if current else 1.2))
        if arrow.label and arrow.node in scene.known:
            labels.append(_label(arrow.label, items[-1], colour, current=current))
    return [*lines, *labels]


def _port(arrow: Arrow, box: Box, drawn: Picture) -> float:
    """How far from the middle of the box the edge arrives, so that the heads stand apart."""
    arriving = [
        (items[-1].y, number)
        for number, (other, items) in enumerate(zip(drawn.arrows, drawn.layout.edges, strict=True))
        if other.user is arrow.user
    ]
    apart = min(9.0, (box.height - 8) / len(arriving))
    own = next(number for number, other in enumerate(drawn.arrows) if other is arrow)
    rank = [number for _, number in sorted(arriving)].index(own)
    return apart * (rank - (len(arriving) - 1) / 2)


def _path(start: Point, right: float, passed: Sequence[Item], left: float, tip: Point) -> str:
    """Straight across each column, and from column to column a curve that starts and ends level."""
    stops = [*((item.left, item.right, item.y) for item in passed), (left, tip[0] - 1, tip[1])]
    path = [f"M{_px(start[0])} {_px(start[1])}H{_px(right)}"]
    x, y = right, start[1]
    for begin, end, level in stops:
        bend = f"{_px((x + begin) / 2)} {_px(y)} {_px((x + begin) / 2)} {_px(level)}"
        path.append(f"C{bend} {_px(begin)} {_px(level)}H{_px(end)}")
        x, y = end, level
    return "".join(path)


def _line(path: str, tip: Point, ink: str, wide: float) -> _Markup:
    head = f"M{_px(tip[0])} {_px(tip[1])}l{_px(-HEAD)} {_px(-HEAD / 2)}v{_px(HEAD)}Z"
    return _element(
        "g",
        _element("path", d=path, fill="none", stroke=ink, stroke_width=wide),
        _element("path", d=head, fill=ink),
    )


def _label(written: str, item: Item, colour: Colour, *, current: bool) -> _Markup:
    wide = width(written, SMALL) + 4
    paper = _element("rect", x=item.x - wide / 2, y=item.y - 9, width=wide, height=18.0, fill=colour("paper"))
    ink = colour("positive" if current else "soft")
    return _element("g", paper, _text(_signed(written), item.x, item.y + 4, ink, size=SMALL))


# --------------------------------------------------------------------------- nodes


def _node(box: Box, item: Item, scene: Scene, colour: Colour) -> _Markup:
    node, current = box.node, box.node is scene.current
    size, above = shape(node.value), item.y - box.height / 2 - 6
    at = item.x - (width(size, SMALL) + 6) / 2 if size else item.x
    beside = at + width(box.value, SIZE) / 2 + 6
    first = item.y + 4.5 - LINE * (len(box.title) - 1) / 2
    titles = [_text(line, item.x, first + LINE * i, colour("ink")) for i, line in enumerate(box.title)]
    parts = [
        _outline(box, item, colour, current=current),
        *titles,
        _text(_signed(box.value), at, above, colour("ink")),
        _text(size, beside, above, colour("soft"), size=SMALL, anchor="start") if size else None,
        *(_below(box, item, scene, colour) if node in scene.known else []),
    ]
    return _element("g", *parts)


def _below(box: Box, item: Item, scene: Scene, colour: Colour) -> list[_Markup]:
    """The derivative, and of an array its contributions."""
    accent = colour("positive" if scene.current in (None, box.node) else "soft")
    y = item.y + box.height / 2 + LINE - 2
    lines = [
        _text(_signed(line), item.x, y + LINE * i, accent, weight=600)
        for i, line in enumerate(box.derivative)
    ]
    y += LINE * len(lines)
    parts = enumerate(box.parts)
    return lines + [_text(_signed(p), item.x, y + LINE * i, colour("soft"), size=SMALL) for i, p in parts]


def _signed(written: str) -> str:
    """With the minus of print."""
    return written.replace("-", "\u2212")


def _outline(box: Box, item: Item, colour: Colour, *, current: bool) -> _Markup:
    """A variable is round, a constant round and dashed, an operation has corners."""
    kind = box.node.kind
    return _element(
        "rect",
        x=item.x - box.width / 2,
        y=item.y - box.height / 2,
        width=box.width,
        height=box.height,
        rx=5.0 if kind == "operation" else box.height / 2,
        fill=colour("tint" if kind == "operation" else "paper"),
        stroke=colour("positive" if current else "other"),
        stroke_width=2.4 if current else 1.2,
        stroke_dasharray="4 3" if kind == "constant" else None,
    )


# --------------------------------------------------------------------------- words under the picture


def _sentences(sentences: Sequence[str], wide: float, top: float, colour: Colour) -> list[_Markup]:
    written: list[_Markup] = []
    for sentence in sentences:
        ink = colour("soft" if written else "ink")
        most = int((wide - 2 * EDGE) * cells(sentence) / width(sentence, SENTENCE))
        for line in wrap(_NEGATIVE.sub("\u2212", sentence), most).split("\n"):
            y = top + NEXT_LINE * len(written) + 6
            written.append(_text(line, EDGE, y, ink, size=SENTENCE, anchor="start"))
    return written


# --------------------------------------------------------------------------- elements and colours


def _element(tag: str, *inside: str | None, **attributes: object) -> _Markup:
    """An element; ``stroke_width=2`` is ``stroke-width="2"``, None is left out, all values are escaped."""
    written = "".join(
        f' {name if name == "viewBox" else name.rstrip("_").replace("_", "-")}="{_written(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    content = "".join(part if isinstance(part, _Markup) else escape(part) for part in inside if part)
    return _Markup(f"<{tag}{written}>{content}</{tag}>")


def _text(
    written: str, x: float, y: float, ink: str, size: float = SIZE, anchor: str = "middle", weight: int = 400
) -> _Markup:
    bold = weight if weight != 400 else None
    return _element("text", written, x=x, y=y, fill=ink, font_size=size, text_anchor=anchor, font_weight=bold)


def _written(value: object) -> str:
    return _px(value) if isinstance(value, float) else escape(str(value))


def _px(value: float) -> str:
    """A tenth of a pixel is enough."""
    return f"{value + 0.0:.1f}".removesuffix(".0")


def _colours(dark: bool | str) -> Colour:
    if dark == "auto":
        return lambda name: f"var(--shoal-graph-{name})"
    return (DARK if dark else LIGHT).__getitem__


def _style() -> _Markup:
    """Colours as variables of this kind of picture only; a page may hold many of them."""

    def variables(colours: Mapping[str, str]) -> str:
        return "".join(f"--shoal-graph-{name}:{colours[name]};" for name in USED)

    return _Markup(
        f"<style>.shoal-graph{{{variables(LIGHT)}}}"
        f"@media (prefers-color-scheme:dark){{.shoal-graph{{{variables(DARK)}}}}}</style>"
    )
