"""The graph as a person holds it: variables in, derivatives, explanations and pictures out."""

from collections.abc import Iterator
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.shown import listed, literal
from shoal.book.graph._chain import Way, derivative, way_back
from shoal.book.graph._explain import Explanation, Step, explain, explain_step
from shoal.book.graph._nodes import Node, Nodes, check_name, given, known_derivative


class Graph:
    """A computation graph: nodes with values, and the derivative of one of them, J, by all others.

    It is the graph of the course's week 2. A value is computed when its node is made. The derivatives are
    computed by `backward`, or one after the other by `steps`.

    Examples
    --------
    >>> from shoal.book.graph import Graph
    >>> graph = Graph()
    >>> a, b, c = graph.variable("a", 5), graph.variable("b", 3), graph.variable("c", 2)
    >>> J = 3 * (a + b * c)
    >>> J.name = "J"
    >>> graph.backward(J)
    >>> float(J.value), float(b.derivative)
    (33.0, 6.0)
    >>> print(graph.explain("b").chain)
    dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6
    """

    def __init__(self) -> None:
        self._nodes = Nodes()
        self._way: Way | None = None

    def variable(self, name: str, value: Any) -> Node:
        """Add a value by which J is differentiated.

        Parameters
        ----------
        name : str
            A letter or a word, perhaps with the number of a layer: ``"b"``, ``"W[1]"``.
        value : float or array-like
            Finite numbers; a copy is kept, as float64.

        Raises
        ------
        UsageError
            If the name is not one or is taken, or the value is not finite numbers.
        """
        return given(self._nodes, check_name(name), value, "variable")

    def constant(self, name: str, value: Any) -> Node:
        """Add a value that has no derivative, such as the inputs of a network; otherwise as `variable`."""
        return given(self._nodes, check_name(name), value, "constant")

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, each after its inputs. Numbers that only stand in formulas are left out."""
        return tuple(self._nodes.all)

    def __getitem__(self, name: str) -> Node:
        """Return the node of this name."""
        if name not in self._nodes.by_name:
            known = listed(list(self._nodes.by_name))
            raise UsageError("graph.no_node_named", name=literal(name), known=known)
        return self._nodes.by_name[name]

    # ----------------------------------------------------------------------- the way back

    def backward(self, output: Node | str | None = None) -> None:
        """Compute dJ/d(node) for every node on which J depends.

        Parameters
        ----------
        output : Node, str or None, default=None
            J, a node with one number. None is the node that was made last.

        Raises
        ------
        UsageError
            If J is not one number or depends on no variable, or a derivative is not finite.
        """
        for _ in self.steps(output):
            pass

    def steps(self, output: Node | str | None = None) -> Iterator[Step]:
        """Take the way back one node after the other.

        A node comes after all nodes that use it. What comes next is computed when it is asked for, and the
        derivatives that were known before are forgotten at the first step.

        Yields
        ------
        Step
            It names the node, and says the chain rule for this step.
        """
        for number, node in enumerate(self._walk(output), start=1):
            yield Step(number, len(self._known_way().order), explain_step(node, self._known_way()))

    def _walk(self, output: Node | str | None) -> Iterator[Node]:
        if not self._nodes.all:
            raise UsageError("graph.empty")
        J = self._find(self._nodes.all[-1] if output is None else output)
        self._way = way_back(J)
        self._nodes.output, self._nodes.derivatives = J, {}
        for node in self._way.order:
            self._nodes.derivatives[node] = derivative(node, self._way)
            yield node

    def _find(self, node: Node | str) -> Node:
        """Return the node, which may be given by its name."""
        found = self[node] if isinstance(node, str) else node
        if found.nodes is not self._nodes:
            raise UsageError("graph.two_graphs")
        return found

    def _known_way(self) -> Way:
        if self._way is None:
            raise UsageError("graph.before_backward", name="J")
        return self._way

    def explain(self, node: Node | str) -> Explanation:
        """Write the chain rule for dJ/d(node): in letters, in numbers and in words.

        Raises
        ------
        UsageError
            If the derivative is not known; see `Node.derivative`.
        """
        found = self._find(node)
        known_derivative(found)
        return explain(found, self._known_way())
