"""Values of nodes: taken from a person, or computed; checked both times.

Whatever cannot be computed is said with the node, the input and the entry.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from shoal.base.errors import ShapeError, ShoalError, UsageError
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.book.graph._operations import Operation
from shoal.book.graph._written import number
from shoal.book.helpers import broadcast_shapes


class Named(NamedTuple):
    """An input of a node."""

    name: str
    value: Any


def as_numbers(value: Any, what: str) -> Any:
    """What a person gave, as an array of finite float64 that nobody can change.

    Raises
    ------
    UsageError
        If it is not numbers, is empty or not rectangular, or holds NaN or infinity.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError("graph.not_numbers", name=what, value=literal(value)) from error
    if array.dtype.kind not in "iubf" or array.size == 0:
        raise UsageError("graph.not_numbers", name=what, value=literal(value))
    with np.errstate(all="ignore"):  # a longdouble may be too large
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise UsageError("graph.not_finite", name=what)
    array.flags.writeable = False
    return array


def result_shape(operation: Operation, inputs: Sequence[Named], node: str) -> tuple[int, ...]:
    """The shape of what the operation makes of these inputs, before it is computed.

    Raises
    ------
    ShapeError, UsageError
        If the shapes do not fit; it names the node, its inputs with their shapes, and the rule.
    """
    try:
        return operation.shape(*(each.value.shape for each in inputs))
    except ShoalError as error:
        shapes = text("core.comma").join(f"{each.name} {each.value.shape}" for each in inputs)
        kind = ShapeError if isinstance(error, ShapeError) else UsageError
        raise kind("graph.shapes", node=node, shapes=shapes, rule=str(error)) from error


def computed(operation: Operation, inputs: Sequence[Named], node: str) -> Any:
    """The value of a node.

    Raises
    ------
    UsageError
        If there is none, such as at a division by zero, or if it is not finite.
    """
    values = [each.value for each in inputs]
    for refusal in operation.refuses:
        if (bad := np.asarray(refusal.bad(*values))).any():
            raise UsageError(refusal.key, node=node, inputs=_at(inputs, bad))
    with np.errstate(all="ignore"):  # what is not finite is refused below
        value = np.asarray(operation.value(*values))
    if not (finite := np.isfinite(value)).all():
        by_entry = operation.shape is broadcast_shapes  # elsewhere an entry has many causes
        shown = _at(inputs, ~finite) if by_entry else _sizes(inputs)
        raise UsageError("graph.overflow", node=node, inputs=shown)
    value.flags.writeable = False
    return value


def _at(inputs: Sequence[Named], bad: Any) -> str:
    """The inputs where something is wrong first: "x[0, 2] = 0, y = 3"."""
    place = np.unravel_index(int(bad.argmax()), bad.shape)
    shown = []
    for name, value in inputs:
        own = place[bad.ndim - value.ndim :]
        index = [0 if size == 1 else int(i) for size, i in zip(value.shape, own, strict=True)]
        entry = number(value[tuple(index)])
        if name.strip("()") != entry:  # not a number that stands in the formula
            shown.append(f"{name}{index if index else ''} = {entry}")
    return text("core.comma").join(shown)


def _sizes(inputs: Sequence[Named]) -> str:
    """How large the inputs are: "|W| <= 1e+200"."""
    return text("core.comma").join(f"|{name}| <= {number(np.abs(value).max())}" for name, value in inputs)
