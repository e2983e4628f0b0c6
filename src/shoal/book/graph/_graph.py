"""The graph as a person holds it: variables in, derivatives, explanations and pictures out."""

from collections.abc import Iterator
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.numeric import is_whole
from shoal.base.shown import as_html, listed, literal
from shoal.base.texts import text
from shoal.book.graph._chain import Way, derivative, way_back
from shoal.book.graph._document import document
from shoal.book.graph._explain import Explanation, Step, explain, explain_step
from shoal.book.graph._mermaid import mermaid
from shoal.book.graph._nodes import Node, Nodes, ancestors, check_name, given, known_derivative
from shoal.book.graph._picture import Picture, picture
from shoal.book.graph._svg import Scene, svg
from shoal.book.graph._text import as_text

MOST_DRAWN = 150  # nodes of a picture


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
        for _ in self._walk(output):
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
        for way, number in self._walk(output):
            yield _step(way, number)

    def _walk(self, output: Node | str | None) -> Iterator[tuple[Way, int]]:
        """Compute one derivative after the other; the way, and how many are known."""
        J = self._find(self._last() if output is None else output)
        self._way = way = way_back(J)
        self._nodes.output, self._nodes.derivatives = J, {}
        for number, node in enumerate(way.order, start=1):
            if self._way is not way:
                raise UsageError("graph.restarted")
            self._nodes.derivatives[node] = derivative(node, way)
            yield way, number

    def _last(self) -> Node:
        if not self._nodes.all:
            raise UsageError("graph.empty")
        return self._nodes.all[-1]

    def _find(self, node: Node | str) -> Node:
        """Return the node, which may be given by its name."""
        found = self[node] if isinstance(node, str) else node
        if found.nodes is not self._nodes:
            raise UsageError("graph.two_graphs")
        return found

    def explain(self, node: Node | str) -> Explanation:
        """Write the chain rule for dJ/d(node): in letters, in numbers and in words.

        Raises
        ------
        UsageError
            If the derivative is not known; see `Node.derivative`.
        """
        found = self._find(node)
        if self._way is None:
            known_derivative(found)  # says why there is none
            raise UsageError("graph.before_backward", name=found.name)
        return explain(found, self._way)

    # ----------------------------------------------------------------------- what it looks like

    def to_svg(self, *, dark: bool | str = False, step: int | None = None) -> str:
        """Draw the graph from left to right.

        Parameters
        ----------
        dark : bool or "auto", default=False
            Dark, light, or what the reader's screen prefers. A program that turns SVG into pixels may not
            know the last.
        step : int or None, default=None
            Draw how far the way back is after this step, which stands out, with its sentence. 1 is the
            first. None draws every derivative that is known.

        Returns
        -------
        str
            An ``<svg>`` element that needs no style sheet and no font of ours.

        Raises
        ------
        UsageError
            If there are more than 150 nodes, or the way back has not come to this step.
        """
        if dark not in (True, False, "auto"):
            raise UsageError("graph.dark", dark=literal(dark))
        known = self._known()
        if step is None:
            name = self._shown()[-1].name
            legend = text("graph.legend" if known else "graph.legend_values", output=name)
            return svg(self._picture(), Scene(frozenset(known), None, [legend]), dark=dark)
        if self._way is None or not known:
            raise UsageError("graph.no_step_yet", step=literal(step))
        if not is_whole(step) or not 1 <= step <= len(known):
            raise UsageError("graph.no_step", count=len(known), step=literal(step))
        words = _step(self._way, step).explanation
        scene = Scene(frozenset(known[:step]), known[step - 1], [words.chain, words.words])
        return svg(self._picture(), scene, dark=dark)

    def to_mermaid(self) -> str:
        """Write the graph as a Mermaid flow chart."""
        return mermaid(self._picture())

    def to_dict(self) -> dict[str, Any]:
        """Return nodes, edges, places and steps as plain JSON values.

        An array of more than 1,000 numbers is described by its text alone. The words are in the language in
        force.
        """
        way = self._way
        steps = [] if way is None else [_step(way, number + 1) for number in range(len(self._known()))]
        return document(self._picture(), way, steps)

    def __str__(self) -> str:
        if not self.nodes:
            return text("graph.empty")
        return as_text(self._shown(), self._way)

    def _repr_html_(self) -> str:
        if not self.nodes or len(self._shown()) > MOST_DRAWN:
            return as_html(str(self))
        return f'<div style="overflow-x: auto">{self.to_svg(dark="auto")}</div>'

    def _known(self) -> list[Node]:
        """The nodes whose derivatives are known, in the order of the way back."""
        order = () if self._way is None else self._way.order
        return [node for node in order if node in self._nodes.derivatives]

    def _shown(self) -> list[Node]:
        """The nodes that lead to J; as long as nobody has said what J is, all."""
        last, output = self._last(), self._nodes.output
        above = None if output is None else ancestors(output)
        return [node for node in last.nodes.all if above is None or node in above]

    def _picture(self) -> Picture:
        nodes = self._shown()
        if len(nodes) > MOST_DRAWN:
            raise UsageError("graph.too_many_nodes", count=len(nodes), most=MOST_DRAWN)
        return picture(nodes, self._way)


def _step(way: Way, number: int) -> Step:
    """The step of this number, which has been taken."""
    return Step(number, len(way.order), explain_step(way.order[number - 1], way))
