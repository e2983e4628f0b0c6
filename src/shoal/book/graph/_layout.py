"""Where everything of a picture stands: our own layered layout, from left to right.

The nodes stand in columns, and between two columns of nodes is one for the labels of the edges. A label is
an item of its column, like a node, and so is the passage of a long edge. The items of a column never
overlap, and between columns there are only edges: so no label covers another, and no edge crosses a node.

(Sugiyama, Tagawa and Toda 1981: columns, passages, order by the mean of the neighbours. The heights are the
least squares that keep the order: Barlow et al. 1972.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ROUNDS = 12  # of ordering, and of moving towards the neighbours
GAP = 14.0  # pixels between two items of a column
PASSAGE = 8.0  # height of a long edge where it passes a column
NARROWEST, WIDEST = 26.0, 70.0  # between two columns


@dataclass(eq=False)
class Item:
    """A node, the label of an edge, or the passage of an edge through a column."""

    column: int
    width: float
    height: float
    before: list["Item"] = field(default_factory=list)  # its neighbours in the column on the left
    after: list["Item"] = field(default_factory=list)
    x: float = 0.0  # the centre
    y: float = 0.0
    left: float = 0.0  # where its column begins and ends
    right: float = 0.0


@dataclass(frozen=True)
class Edge:
    """An edge to draw: two nodes by number, and the size of its label."""

    start: int
    end: int
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """The nodes, for each edge its items from left to right (the label is the last), and the whole size."""

    nodes: tuple[Item, ...]
    edges: tuple[tuple[Item, ...], ...]
    width: float
    height: float


def arrange(sizes: Sequence[tuple[float, float]], edges: Sequence[Edge]) -> Layout:
    """Place nodes of these sizes; an edge leads from a node to one with a larger number."""
    column = _columns(len(sizes), edges)
    nodes = [Item(2 * column[i], *size) for i, size in enumerate(sizes)]
    passages = [_passages(nodes[edge.start], nodes[edge.end], edge) for edge in edges]
    columns = _in_columns([*nodes, *(item for passage in passages for item in passage)])
    _order(columns)
    _heights(columns)
    _widths(columns)
    items = [item for each in columns for item in each]
    top = min(item.y - item.height / 2 for item in items)
    for item in items:
        item.y -= top
    return Layout(
        tuple(nodes),
        tuple(map(tuple, passages)),
        max(item.x + item.width / 2 for item in items),
        max(item.y + item.height / 2 for item in items),
    )


def _columns(count: int, edges: Sequence[Edge]) -> list[int]:
    """One right of the inputs; what has no inputs stands directly before what uses it first."""
    column, has_inputs = [0] * count, {edge.end for edge in edges}
    for edge in sorted(edges, key=lambda edge: edge.end):
        column[edge.end] = max(column[edge.end], column[edge.start] + 1)
    for node in set(range(count)) - has_inputs:
        column[node] = min((column[edge.end] for edge in edges if edge.start == node), default=1) - 1
    return column


def _passages(start: Item, end: Item, edge: Edge) -> list[Item]:
    """What an edge passes: nothing to see in each column, and its label directly before its end."""
    passed = [Item(column, 0.0, PASSAGE) for column in range(start.column + 1, end.column - 1)]
    passed.append(Item(end.column - 1, edge.width, edge.height))
    for one, other in zip([start, *passed], [*passed, end], strict=True):
        one.after.append(other)
        other.before.append(one)
    return passed


def _in_columns(items: Sequence[Item]) -> list[list[Item]]:
    columns: list[list[Item]] = [[] for _ in range(max(item.column for item in items) + 1)]
    for item in items:
        columns[item.column].append(item)
    return columns


# --------------------------------------------------------------------------- order within a column


def _order(columns: list[list[Item]]) -> None:
    """Sort each column by the mean place of its neighbours, and keep the order with the fewest crossings."""
    best, fewest = [list(each) for each in columns], _crossings(columns)
    for turn in range(ROUNDS):
        if fewest == 0:
            break
        to_right = turn % 2 == 1
        for each in columns if to_right else reversed(columns):
            _sort(columns, each, to_right=to_right)
        if (found := _crossings(columns)) < fewest:
            best, fewest = [list(each) for each in columns], found
    columns[:] = best


def _sort(columns: list[list[Item]], each: list[Item], *, to_right: bool) -> None:
    step = -1 if to_right else 1
    neighbour = each[0].column + step
    if not 0 <= neighbour < len(columns):
        return
    place = {id(item): i for i, item in enumerate(columns[neighbour])}
    old = {id(item): i for i, item in enumerate(each)}

    def wanted(item: Item) -> float:
        beside = item.before if to_right else item.after
        return sum(place[id(other)] for other in beside) / len(beside) if beside else old[id(item)]

    each.sort(key=wanted)


def _crossings(columns: list[list[Item]]) -> int:
    return sum(_crossings_after(left, right) for left, right in pairwise(columns))


def _crossings_after(left: list[Item], right: list[Item]) -> int:
    place = {id(item): i for i, item in enumerate(right)}
    ends = [end for item in left for end in sorted(place[id(other)] for other in item.after)]
    return sum(one > other for i, one in enumerate(ends) for other in ends[i + 1 :])


# --------------------------------------------------------------------------- places


def _heights(columns: list[list[Item]]) -> None:
    """Move the items of each column towards their neighbours, as far as their order and sizes allow."""
    for each in columns:
        _spread(each, [0.0] * len(each))
    for turn in range(2 * ROUNDS):
        to_right = turn % 2 == 0
        for each in columns if to_right else reversed(columns):
            wanted = []
            for item in each:
                beside = item.before if to_right else item.after
                beside = beside or item.before or item.after
                wanted.append(sum(other.y for other in beside) / len(beside) if beside else item.y)
            _spread(each, wanted)


def _spread(each: list[Item], wanted: Sequence[float]) -> None:
    """Set y to the least squares of y - wanted under: in this order, and GAP apart (pool the violators)."""
    offsets, total = [], 0.0
    for i, item in enumerate(each):
        total += 0.0 if i == 0 else (each[i - 1].height + item.height) / 2 + GAP
        offsets.append(total)
    pools: list[tuple[float, int]] = []  # a mean, and of how many
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (mean, size), (other, count) = pools.pop(), pools.pop()
            pools.append(((mean * size + other * count) / (size + count), size + count))
    free = [mean for mean, size in pools for _ in range(size)]
    for item, start, offset in zip(each, free, offsets, strict=True):
        item.y = start + offset


def _widths(columns: list[list[Item]]) -> None:
    """Column after column from left to right; steeper edges get a wider gap."""
    left = 0.0
    for each in columns:
        width = max(item.width for item in each)
        for item in each:
            item.x, item.left, item.right = left + width / 2, left, left + width
        steepest = max((abs(item.y - other.y) for item in each for other in item.after), default=0.0)
        left += width + min(max(NARROWEST, steepest / 3), WIDEST)
