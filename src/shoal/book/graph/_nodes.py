"""A node: a value that knows how it was computed. Operators on nodes make new nodes.

A value is computed once, when its node is made. Invariant: `Nodes.all` holds every node after its inputs.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from shoal.base.errors import UsageError
from shoal.base.numeric import is_whole
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.book.graph import _functions as functions
from shoal.book.graph import _operations as operations
from shoal.book.graph._operations import Operation
from shoal.book.graph._values import Named, as_numbers, computed, result_shape
from shoal.book.graph._written import brief, number

MOST_NUMBERS = 10**7  # in all nodes of one graph: 80 MB
NAME = re.compile(r"[^\W\d]\w{0,39}(?:\[\d{1,4}\])?")  # J, dw_1, W[1]
_LETTERS = "uvpqrst"  # for nodes without a name; the notes call the first two u and v


class Contribution(NamedTuple):
    """What comes back to a node from one place where it is used."""

    user: "Node"
    place: int  # which input of the user
    value: Any  # of the node's shape
    summed: tuple[int, ...]  # the axes of the user over which it was summed: there the node was broadcast


class Derivative(NamedTuple):
    """dJ/d(node), and the contributions whose sum it is; the output itself has none."""

    value: Any
    contributions: tuple[Contribution, ...]


class Nodes:
    """The nodes of one graph: their names, and the derivatives that are known."""

    def __init__(self) -> None:
        self.all: list[Node] = []
        self.by_name: dict[str, Node] = {}
        self.reserved: set[str] = set()  # names that no node is given unasked
        self.numbers = 0
        self._letters = _names()
        self.output: Node | None = None  # J of the last way back
        self.derivatives: dict[Node, Derivative] = {}

    def add(self, node: "Node", name: str) -> None:
        """Give a node its name and its place."""
        node.name = name
        self.numbers += node.value.size
        self.all.append(node)

    def room_for(self, size: int, node: str) -> None:
        """Refuse a value before it takes memory."""
        if self.numbers + size > MOST_NUMBERS:
            raise UsageError("graph.too_many_numbers", node=node, most=f"{MOST_NUMBERS:,}")

    def free_name(self) -> str:
        """Return the next letter that nobody has."""
        free = (name for name in self._letters if name not in self.by_name and name not in self.reserved)
        return next(free)


def _names() -> Iterator[str]:
    """u, v, p ... t, u2, v2 ..."""
    yield from _LETTERS
    for turn in count(2):
        yield from (f"{letter}{turn}" for letter in _LETTERS)


def check_name(name: Any) -> str:
    """Refuse what is not a name, and names of functions."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise UsageError("graph.not_a_name", name=literal(name, 50))
    if name in functions.NAMES:
        raise UsageError("graph.name_of_function", name=name)
    return name


class Node:
    """A value of a computation graph; `Graph.variable`, `Graph.constant` and operators make them.

    ``+ - * / ** @`` and ``-u`` work between nodes, numbers and arrays, and so do ``numpy.exp``, ``log``,
    ``sqrt``, ``abs`` and ``tanh``. All other functions are called by `apply`; NumPy's own refuse a node.

    Attributes
    ----------
    name : str
        The name that was given, or a letter: u, v, p ... It can be set.
    kind : {"variable", "constant", "operation"}
        A constant has no derivative.
    value : ndarray of float64
        Of shape () for a number. It cannot be changed.
    inputs : tuple of Node
        What the formula names, from left to right.
    """

    __slots__ = ("_name", "inputs", "kind", "nodes", "operation", "value", "varies")

    def __init__(
        self,
        nodes: Nodes,
        value: Any,
        kind: str,
        operation: Operation | None = None,
        inputs: tuple["Node", ...] = (),
    ) -> None:
        self.nodes, self.value, self.kind = nodes, value, kind
        self.operation, self.inputs = operation, inputs
        self.varies: bool = kind == "variable" or any(node.varies for node in inputs)
        self._name: str | None = None

    @property
    def name(self) -> str:
        """The name; of a number that stands in a formula, the number."""
        return number(self.value, bracket=True) if self._name is None else self._name

    @name.setter
    def name(self, name: str) -> None:
        check_name(name)
        if self.nodes.by_name.get(name, self) is not self:
            raise UsageError("graph.name_taken", name=name)
        self.nodes.by_name.pop(self._name or "", None)
        self.nodes.by_name[name] = self
        self._name = name

    @property
    def is_literal(self) -> bool:
        """Whether it is a number that only stands in formulas, and is not drawn."""
        return self._name is None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        shape: tuple[int, ...] = self.value.shape
        return shape

    @property
    def formula(self) -> str:
        """How it is computed, such as ``b * c``; empty for a variable and a constant."""
        return "" if self.operation is None else _written(self.operation, self.inputs)

    @property
    def derivative(self) -> Any:
        """dJ/d(node), an array of the shape of `value`.

        Raises
        ------
        UsageError
            Before `Graph.backward` has come to this node: there is no derivative yet, and 0 would be wrong.
            Also if J does not depend on the node, or the node is a constant.
        """
        return known_derivative(self).value

    @property
    def T(self) -> "Node":
        """The transposed matrix."""
        return apply("T", self)

    def sum(self, axis: int | None = None) -> "Node":
        """Add all numbers, or those along one axis, which stays with size 1."""
        return apply("sum", self, axis=axis)

    def mean(self, axis: int | None = None) -> "Node":
        """Take the mean of all numbers, or along one axis, which stays with size 1."""
        return apply("mean", self, axis=axis)

    def __add__(self, other: Any) -> "Node":
        return apply("+", self, other)

    def __radd__(self, other: Any) -> "Node":
        return apply("+", other, self)

    def __sub__(self, other: Any) -> "Node":
        return apply("-", self, other)

    def __rsub__(self, other: Any) -> "Node":
        return apply("-", other, self)

    def __mul__(self, other: Any) -> "Node":
        return apply("*", self, other)

    def __rmul__(self, other: Any) -> "Node":
        return apply("*", other, self)

    def __truediv__(self, other: Any) -> "Node":
        return apply("/", self, other)

    def __rtruediv__(self, other: Any) -> "Node":
        return apply("/", other, self)

    def __pow__(self, other: Any) -> "Node":
        return apply("**", self, other)

    def __rpow__(self, other: Any) -> "Node":
        return apply("**", other, self)

    def __matmul__(self, other: Any) -> "Node":
        return apply("@", self, other)

    def __rmatmul__(self, other: Any) -> "Node":
        return apply("@", other, self)

    def __neg__(self) -> "Node":
        return apply("negative", self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **named: Any) -> Any:
        """NumPy's functions of nodes, and its arrays on the left of an operator."""
        if method != "__call__" or named or ufunc.__name__ not in _UFUNCS:
            call = "" if method == "__call__" else f".{method}"
            raise _not_of_nodes(f"numpy.{ufunc.__name__}{call}", named)
        return apply(_UFUNCS[ufunc.__name__], *inputs)

    def __array_function__(self, function: Any, types: Any, inputs: Any, named: Any) -> Any:
        """NumPy's other functions, which know nothing of nodes."""
        raise _not_of_nodes(f"{function.__module__}.{function.__name__}", {})

    def __repr__(self) -> str:
        return " = ".join(filter(None, [self.name, self.formula, brief(self.value)]))


_UFUNCS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "power": "**",
    "matmul": "@",
    "negative": "negative",
    "absolute": "abs",
    "exp": "exp",
    "log": "log",
    "sqrt": "sqrt",
    "tanh": "tanh",
}


def _not_of_nodes(function: str, named: Mapping[str, Any]) -> UsageError:
    """The error for a function of NumPy that was given a node; it says what to take instead."""
    called = f"{function}(…, {', '.join(f'{name}=…' for name in named)})" if named else function
    return UsageError("graph.numpy_function", function=called, known=", ".join(functions.NAMES))


def _written(operation: Operation, inputs: Sequence[Node]) -> str:
    return operation.written.format(*(node.name for node in inputs))


def known_derivative(node: Node) -> Derivative:
    """The derivative and its contributions, or an error that says why there is none."""
    nodes = node.nodes
    if node in nodes.derivatives:
        return nodes.derivatives[node]
    if not node.varies:
        raise UsageError("graph.derivative_of_constant", name=node.name)
    if nodes.output is None:
        raise UsageError("graph.before_backward", name=node.name)
    if node not in ancestors(nodes.output):
        raise UsageError("graph.does_not_depend", output=nodes.output.name, name=node.name)
    raise UsageError("graph.not_reached", output=nodes.output.name, name=node.name)


def ancestors(output: Node) -> set[Node]:
    """The node and all that it is computed from."""
    seen, waiting = {output}, [output]
    while waiting:
        for node in waiting.pop().inputs:
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return seen


# --------------------------------------------------------------------------- making nodes


def given(nodes: Nodes, name: str | None, value: Any, kind: str) -> Node:
    """A variable or a constant; a number without a name only stands in formulas."""
    array = as_numbers(value, text("graph.a_value") if name is None else check_name(name))
    node = Node(nodes, array, kind)
    if name is not None or array.ndim:
        chosen = nodes.free_name() if name is None else name
        nodes.room_for(array.size, chosen)
        nodes.add(node, chosen)
    return node


def apply(function: str, *inputs: Any, axis: int | None = None, name: str | None = None) -> Node:
    """Make the node of a function of nodes.

    Parameters
    ----------
    function : str
        ``"exp"``, ``"log"``, ``"sqrt"``, ``"abs"``; an activation: ``"sigmoid"``, ``"tanh"``, ``"relu"``,
        ``"leaky_relu"``, ``"gelu"``, ``"silu"``, ``"identity"``, ``"softmax"``; ``"sum"``, ``"mean"``; a loss
        of Z and Y: ``"binary_cross_entropy"``, ``"categorical_cross_entropy"``, ``"half_squared_error"``,
        ``"half_poisson_deviance"``; the loss of given probabilities A and Y: ``"log_loss"``. Also an
        operator: ``"+"``, ``"@"`` ...

        As in `shoal.book.equations`, columns are examples: softmax and the losses go over the rows of a
        matrix. ReLU'(0) is 0, and the derivative of ``abs`` at 0 is 0.
    *inputs : Node, float or array-like
        At least one node; numbers and arrays become constants.
    axis : int or None, default=None
        For ``"sum"`` and ``"mean"``: the axis, which stays with size 1. None is all numbers.
    name : str or None, default=None
        The node's name; None is the next free letter of u, v, p ... t, u2 ...

    Returns
    -------
    Node

    Raises
    ------
    UsageError
        For an unknown function, for nodes of two graphs, and where there is no finite value, such as at a
        division by zero.
    ShapeError
        If the shapes do not fit together.
    """
    nodes = next((each.nodes for each in inputs if isinstance(each, Node)), None)
    if nodes is None:
        raise UsageError("graph.no_node", function=literal(function))
    taken = [each if isinstance(each, Node) else given(nodes, None, each, "constant") for each in inputs]
    if any(each.nodes is not nodes for each in taken):
        raise UsageError("graph.two_graphs")
    if function == "**" and len(taken) == 2 and taken[1].is_literal:
        exponent = float(taken[1].value)
        return operated(nodes, operations.power(exponent, taken[1].name), taken[:1], name)
    return operated(nodes, _operation(function, taken, axis), taken, name)


def _operation(function: str, inputs: Sequence[Node], axis: int | None) -> Operation:
    """Look the operation up by its name."""
    if function == "@" and len(inputs) == 2:
        return operations.product(inputs[0].value.ndim, inputs[1].value.ndim)
    if axis is not None and not is_whole(axis):
        raise UsageError("graph.axis", axis=literal(axis), axes=inputs[0].value.ndim)
    if function in operations.REDUCTIONS:
        return operations.reduction(function, axis)
    if axis is not None:
        raise UsageError("graph.has_no_axis", function=literal(function))
    for table in (functions.FUNCTIONS, operations.ARITHMETIC, operations.MATRICES):
        if function in table:
            return table[function]
    raise UsageError("graph.no_function", name=literal(function), known=", ".join(functions.NAMES))


def operated(nodes: Nodes, operation: Operation, inputs: Sequence[Node], name: str | None = None) -> Node:
    """Compute and add a node; an operation on numbers of a formula is a number of the formula."""
    if len(inputs) != len(operation.by):
        function = operation.written.partition("(")[0]
        raise UsageError("graph.input_count", function=function, wanted=len(operation.by), got=len(inputs))
    folds = name is None and all(node.is_literal for node in inputs)
    chosen = "" if folds else nodes.free_name() if name is None else check_name(name)
    formula = _written(operation, inputs)
    shown = f"{chosen} = {formula}" if chosen else formula
    named = [Named(node.name, node.value) for node in inputs]
    nodes.room_for(math.prod(result_shape(operation, named, shown)), shown)
    node = Node(nodes, computed(operation, named, shown), "operation", operation, tuple(inputs))
    if folds:
        return Node(nodes, node.value, "constant")
    nodes.add(node, chosen)
    return node
