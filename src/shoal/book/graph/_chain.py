"""The way back: the derivative of J by every node, one node after the other, by the chain rule.

dJ/d(node) is the sum, over all places where the node is used, of dJ/d(user) times the local derivative
d(user)/d(node). Where a node was broadcast, what comes back is summed over the axes along which it was
stretched. Invariant: a node's turn comes after all of its users.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from shoal.base.errors import UsageError
from shoal.book.graph._nodes import Contribution, Derivative, Node, ancestors
from shoal.book.graph._operations import Rule

Use = tuple[Node, int]  # the user, and which of its inputs


class Way(NamedTuple):
    """The nodes on which J depends, in the order of the way back, and where each is used."""

    order: tuple[Node, ...]
    uses: Mapping[Node, tuple[Use, ...]]


def way_back(output: Node) -> Way:
    """From J to the variables: level by level, the inputs of a node from left to right.

    Raises
    ------
    UsageError
        If J is not one number, or depends on no variable.
    """
    if output.value.size != 1:
        raise UsageError("graph.output_not_a_number", name=output.name, shape=output.shape)
    if not output.varies:
        raise UsageError("graph.output_is_constant", name=output.name)
    above = ancestors(output)
    found = [node for node in output.nodes.all if node.varies and node in above]
    uses: dict[Node, list[Use]] = {node: [] for node in found}
    for user in found:
        for place, node in enumerate(user.inputs):
            if node.varies:
                uses[node].append((user, place))
    return Way(tuple(_order(output, uses)), {node: tuple(places) for node, places in uses.items()})


def _order(output: Node, uses: Mapping[Node, list[Use]]) -> list[Node]:
    left = {node: len(places) for node, places in uses.items()}
    order, ready = [], deque([output])
    while ready:
        node = ready.popleft()
        order.append(node)
        for each in node.inputs:
            if each.varies:
                left[each] -= 1
                if left[each] == 0:
                    ready.append(each)
    return order


def derivative(node: Node, way: Way) -> Derivative:
    """dJ/d(node) from the derivatives of its users, which must be known.

    Raises
    ------
    UsageError
        If it is not finite, such as that of a square root at 0.
    """
    known = node.nodes.derivatives
    if not way.uses[node]:
        return Derivative(np.ones_like(node.value), ())
    with np.errstate(all="ignore"):  # what is not finite is refused below
        came = tuple(_contribution(node, user, place, known[user].value) for user, place in way.uses[node])
        value = came[0].value if len(came) == 1 else np.sum([each.value for each in came], axis=0)
    if not np.isfinite(value).all():
        users = ", ".join(f"{each.user.name} = {each.user.formula}" for each in came)
        raise UsageError("graph.derivative_not_finite", name=node.name, users=users)
    value = np.asarray(value)
    value.flags.writeable = False
    return Derivative(value, came)


def _contribution(node: Node, user: Node, place: int, d: Any) -> Contribution:
    by = user.operation.by[place]  # type: ignore[union-attr]
    values = [each.value for each in user.inputs]
    if isinstance(by, Rule):
        return Contribution(user, place, by.back(d, user.value, *values), ())
    came = d * by.numbers(user.value, *values)
    axes = stretched(node.shape, came.shape)
    return Contribution(user, place, came.sum(axis=axes).reshape(node.shape) if axes else came, axes)


def stretched(small: tuple[int, ...], large: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of the large shape along which the small one was broadcast to it."""
    new = len(large) - len(small)
    return (*range(new), *(new + a for a, size in enumerate(small) if size == 1 < large[new + a]))


def local(user: Node, place: int) -> Any:
    """d(user)/d(input), element by element; None where it is not of this kind."""
    by = user.operation.by[place]  # type: ignore[union-attr]
    if isinstance(by, Rule):
        return None
    with np.errstate(all="ignore"):
        return np.asarray(by.numbers(user.value, *(each.value for each in user.inputs)))
