"""The graph as plain values, for JSON and for a page that draws it itself."""

from typing import Any

from shoal.book.graph._chain import Way, local
from shoal.book.graph._explain import Step, letter, slope_letters
from shoal.book.graph._nodes import Contribution
from shoal.book.graph._picture import Arrow, Box, Picture
from shoal.book.graph._written import brief

MOST_NUMBERS = 1000  # of an array that is written in full


def document(drawn: Picture, way: Way | None, steps: list[Step]) -> dict[str, Any]:
    """Nodes with their places, edges with their local derivatives, and the steps back with their words."""
    known = drawn.boxes[0].node.nodes.derivatives
    return {
        "output": None if way is None else way.order[0].name,
        "width": round(drawn.layout.width, 1),
        "height": round(drawn.layout.height, 1),
        "nodes": [
            {**_node(box, i), "x": round(item.x, 1), "y": round(item.y, 1), "layer": item.column // 2}
            for i, (box, item) in enumerate(zip(drawn.boxes, drawn.layout.nodes, strict=True))
        ],
        "edges": [
            {**_edge(arrow, way if arrow.node in known else None), "points": points}
            for arrow, points in zip(drawn.arrows, _points(drawn), strict=True)
        ],
        "steps": [step.to_dict() for step in steps],
    }


def _points(drawn: Picture) -> list[list[list[float]]]:
    """Where each edge passes, from left to right; the last place is that of its label."""
    return [[[round(item.x, 1), round(item.y, 1)] for item in items] for items in drawn.layout.edges]


def _node(box: Box, number: int) -> dict[str, Any]:
    node = box.node
    found = node.nodes.derivatives.get(node)
    return {
        "id": number,
        "name": node.name,
        "kind": node.kind,
        "formula": node.formula or None,
        "shape": list(node.shape),
        "value": _array(node.value),
        "derivative": None if found is None else _array(found.value),
        "contributions": [] if found is None else [_contribution(each) for each in found.contributions],
    }


def _contribution(came: Contribution) -> dict[str, Any]:
    return {"from": came.user.name, "value": _array(came.value), "summed_over_axes": list(came.summed)}


def _edge(arrow: Arrow, way: Way | None) -> dict[str, Any]:
    edge: dict[str, Any] = {"from": arrow.node.name, "to": arrow.user.name, "label": arrow.label or None}
    if way is None:
        return {**edge, "local": None, "letters": None, "derivative": None}
    slope = local(arrow.user, arrow.place)
    return {
        **edge,
        "letters": slope_letters(arrow.user, arrow.place),
        "derivative": letter(arrow.user, arrow.node, way),
        "local": None if slope is None else _array(slope),
    }


def _array(value: Any) -> dict[str, Any]:
    """All numbers of an array that is not too large, and how it is shown."""
    return {"numbers": value.tolist() if value.size <= MOST_NUMBERS else None, "text": brief(value)}
