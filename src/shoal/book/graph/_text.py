"""The graph as text: its nodes as a table, and the chain rule for every variable."""

from collections.abc import Sequence

from shoal.base.aligned import table
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.book.graph._chain import Way
from shoal.book.graph._explain import explain
from shoal.book.graph._nodes import Node
from shoal.book.graph._written import brief, shape

MOST_EXPLAINED = 12  # variables
_LONGEST = 60  # characters of a formula


def as_text(nodes: Sequence[Node], way: Way | None) -> str:
    """Name, formula, value, shape and derivative of each node; then the explanations."""
    lines = [_table(nodes, way)]
    if way is not None:
        known = nodes[0].nodes.derivatives
        variables = [node for node in nodes if node.kind == "variable" and node in known]
        if len(variables) > MOST_EXPLAINED:
            lines.append(text("graph.more_explanations", count=len(variables)))
        else:
            lines += [str(explain(node, way)) for node in variables]
    return "\n\n".join(lines)


def _table(nodes: Sequence[Node], way: Way | None) -> str:
    """Columns that would be empty are left out."""
    heads = {
        "column_node": [node.name for node in nodes],
        "column_formula": [_formula(node) for node in nodes],
        "column_value": [brief(node.value) for node in nodes],
        "column_shape": [shape(node.value) for node in nodes],
        "column_derivative": [_derivative(node) for node in nodes],
    }
    output = "" if way is None else way.order[0].name
    filled = {head: column for head, column in heads.items() if any(column)}
    names = [text(f"graph.{head}", output=output) for head in filled]
    return table([names, *zip(*filled.values(), strict=True)])


def _formula(node: Node) -> str:
    return text("graph.constant") if node.kind == "constant" else plain(node.formula, _LONGEST)


def _derivative(node: Node) -> str:
    found = node.nodes.derivatives.get(node)
    return "" if found is None else brief(found.value)
