"""From a formula that somebody typed, and values for its letters, to a graph.

Statements may stand in any order: what a statement needs is computed before it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.shown import listed, plain, quoted
from shoal.book.graph._grammar import Instruction, Statement, statements
from shoal.book.graph._graph import Graph
from shoal.book.graph._nodes import Node, apply, check_name, given
from shoal.book.graph._tokens import Formula

LONGEST_VALUE = 100_000  # characters of a value that is typed
_LONGEST_PRODUCT = 4  # letters of a name that could be meant as a product
_LISTS = re.compile(r"[-+0-9.eE,\s\[\]]*")


def parse(text: str, /, **values: Any) -> Graph:
    """Make a graph of a formula; `Graph.backward` then computes the derivatives of its result.

    Parameters
    ----------
    text : str
        One or more statements, separated by ``;`` or by lines: ``"u = b * c; v = a + u; J = 3 * v"``. A
        statement may use what a later one defines. There are numbers, names, ``+ - * / **``, ``@`` (matrix
        product), ``.T``, parentheses, and the functions of `apply`. ``sum(x, axis=1)`` and
        ``mean(x, axis=0)`` keep the axis, with size 1. Full-width signs and ``× ÷ ·`` are read, too.

        It is never run as code. At most 4,000 characters and 400 operations, 40 parentheses deep.
    **values : float or array-like
        A variable for each name that no statement defines.

    Returns
    -------
    Graph
        Its last node is the result: that of the one statement that no other statement uses. A result
        without a name is J. Parts of a statement get the letters u, v, p ... t, u2 ...

    Raises
    ------
    UsageError
        For what is outside the grammar (with its place), a name that has no value, a value that is not used,
        statements that need each other, a division by zero, a logarithm of a number that is not positive, an
        overflow.
    ShapeError
        If shapes do not fit together.

    Examples
    --------
    >>> from shoal.book.graph import parse
    >>> graph = parse("J = 3*(a + b*c)", a=5, b=3, c=2)
    >>> [f"{node.name} = {node.formula}" for node in graph.nodes if node.formula]
    ['u = b * c', 'v = a + u', 'J = 3 * v']
    """
    formula = Formula(text)
    found = _named(formula, statements(formula), values)
    order = _in_order(found)
    _check_names(formula, found, values)
    graph = Graph()
    graph._nodes.reserved |= {*values, *found}
    for name, value in values.items():
        graph.variable(name, value)
    for name in order:
        _compute(graph, name, found[name].code)
    return graph


def read_values(words: Iterable[str]) -> dict[str, Any]:
    """Read values as they are typed in a terminal: ``a=5``, ``x=[1, 2]``, ``W=[[1, 2], [3, 4]]``.

    Raises
    ------
    UsageError
        If a word is not a name, ``=`` and numbers, or a name comes twice.
    """
    values: dict[str, Any] = {}
    for word in words:
        name, equals, written = word.partition("=")
        if not equals:
            raise UsageError("graph.not_a_value", word=quoted(word))
        name = name.strip()
        if check_name(name) in values:
            raise UsageError("graph.value_twice", name=name)
        values[name] = _read(name, written.strip())
    return values


def _read(name: str, written: str) -> Any:
    if len(written) <= LONGEST_VALUE and _LISTS.fullmatch(written):
        try:
            return json.loads(written) if written.startswith("[") else float(written)
        except (ValueError, RecursionError):  # brackets that do not close, or thousands of them
            pass
    raise UsageError("graph.not_numbers", name=name, value=quoted(written))


# --------------------------------------------------------------------------- names


def _named(formula: Formula, found: Iterable[Statement], values: Mapping[str, Any]) -> dict[str, Statement]:
    """The statements by their names; one without a name is J."""
    named: dict[str, Statement] = {}
    for each in found:
        name = "J" if each.name is None else each.name
        if name in named or name in values:
            raise formula.refused(each.place, "graph.defined_twice", name=name)
        check_name(name)
        named[name] = each
    return named


def _names_in(statement: Statement) -> list[Instruction]:
    return [each for each in statement.code if each.kind == "name"]


def _check_names(formula: Formula, found: Mapping[str, Statement], values: Mapping[str, Any]) -> None:
    """Every name has a value, and every value and every statement but one is used."""
    used = [each for statement in found.values() for each in _names_in(statement)]
    known = {*values, *found}
    for each in used:
        if each.what not in known:
            raise _unknown(formula, each, known)
    unused = [name for name in values if name not in {each.what for each in used}]
    if unused:
        raise UsageError("graph.unused_values", names=listed(unused))
    results = [name for name in found if name not in {each.what for each in used}]
    if len(results) > 1:
        raise UsageError("graph.many_results", names=listed(results))


def _unknown(formula: Formula, name: Instruction, known: set[str]) -> UsageError:
    if 1 < len(name.what) <= _LONGEST_PRODUCT and set(name.what) <= known:  # bc, where b and c have values
        product = " * ".join(name.what)
        return formula.refused(name.place, "graph.no_value_perhaps_product", name=name.what, product=product)
    return formula.refused(name.place, "graph.no_value", name=plain(name.what))


def _in_order(found: Mapping[str, Statement]) -> tuple[str, ...]:
    """The names of the statements, each after those that it needs."""
    needs = {name: {each.what for each in _names_in(found[name])} & found.keys() for name in found}
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise UsageError("graph.cycle", names=" -> ".join(map(plain, error.args[1]))) from error


# --------------------------------------------------------------------------- nodes


def _compute(graph: Graph, name: str, code: tuple[Instruction, ...]) -> None:
    """Run the program of a statement; its last operation is the node of this name."""
    stack: list[Node] = []
    for number, (kind, what, _, size, axis) in enumerate(code, start=1):
        if kind == "number":
            stack.append(given(graph._nodes, None, float(what), "constant"))
        elif kind == "name":
            stack.append(graph[what])
        else:
            inputs = [stack.pop() for _ in range(size)][::-1]
            stack.append(apply(what, *inputs, axis=axis, name=name if number == len(code) else None))
    result = stack.pop()
    if result.is_literal:
        graph.constant(name, result.value)
    elif result.name != name:  # the statement is another name for a node
        apply("identity", result, name=name)
