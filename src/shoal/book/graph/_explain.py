"""The chain rule in letters, in numbers and in words, for one node.

A number that reaches J on few ways is explained along the whole of each way, as the notes do:
dJ/db = dJ/dv · dv/du · du/db. An array, and a node with many ways, is explained by its users alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any

from shoal.base.aligned import table
from shoal.base.shown import as_html
from shoal.base.texts import text
from shoal.book.graph._chain import Use, Way, local
from shoal.book.graph._nodes import Contribution, Node, ancestors, known_derivative
from shoal.book.graph._operations import Rule
from shoal.book.graph._written import brief, factor, number

MOST_PATHS = 4  # ways to J that are written out
MOST_FACTORS = 8  # of one way
MOST_TERMS = 6  # users whose contributions are written out
NUDGE = 0.001  # as in the lectures

Path = tuple[Use, ...]  # from the node to J; the first use is that of the node itself


@dataclass(frozen=True)
class Explanation:
    """Why dJ/d(node) is what it is.

    Attributes
    ----------
    name : str
        The node.
    chain : str
        The chain rule in letters and numbers: ``dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6``.
    rules : tuple of (str, str)
        Each formula on the way, and what follows from it: ``("u = b * c", "du/db = c = 2")``.
    words : str
        The same as a sentence, in the language in force.
    """

    name: str
    chain: str
    rules: tuple[tuple[str, str], ...]
    words: str

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return {**asdict(self), "rules": [list(rule) for rule in self.rules]}

    def __str__(self) -> str:
        rules = [table(self.rules, indent=4)] if self.rules else []
        return "\n".join([self.chain, *rules, f"    {self.words}"])

    def _repr_html_(self) -> str:
        return as_html(str(self))


@dataclass(frozen=True)
class Step:
    """One step of the way back: the node whose derivative has just become known.

    Attributes
    ----------
    number, count : int
        Which step it is, from 1, and how many there are.
    explanation : Explanation
        Of this step alone: from the node's users, whose derivatives are known.
    """

    number: int
    count: int
    explanation: Explanation

    @property
    def name(self) -> str:
        """The node."""
        return self.explanation.name

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        return {"number": self.number, "count": self.count, **self.explanation.to_dict()}

    def __str__(self) -> str:
        return f"{self.number}/{self.count}  {self.explanation}"

    def _repr_html_(self) -> str:
        return as_html(str(self))


def explain(node: Node, way: Way) -> Explanation:
    """From the node to J."""
    known_derivative(node)
    paths = _paths(node, way)
    if not paths or not paths[0]:
        return explain_step(node, way)
    return _of_paths(node, way, paths)


def explain_step(node: Node, way: Way) -> Explanation:
    """From the node to its users."""
    output, contributions = way.order[0], known_derivative(node).contributions
    if not contributions:
        chain = f"{letter(output, node)} = {brief(node.derivative)}"
        return Explanation(node.name, chain, (), text("graph.words_output", output=output.name))
    if all(_is_number(each.user) for each in contributions) and _is_number(node):
        return _of_numbers(node, way, contributions)
    return _of_arrays(node, way, contributions)


# --------------------------------------------------------------------------- letters


def letter(user: Node, node: Node, way: Way | None = None) -> str:
    """Such as dv/du; with a ∂ where the node reaches its user on another way, too."""
    sign = "∂" if way is not None and _has_detour(user, node, way) else "d"
    return f"{sign}{user.name}/{sign}{node.name}"


def _has_detour(user: Node, node: Node, way: Way) -> bool:
    users: list[Node] = [each for each, _ in way.uses[node]]
    if len(users) < 2:
        return False
    above = ancestors(user)
    return users.count(user) > 1 or any(each in above for each in users if each is not user)


def slope_letters(user: Node, place: int) -> str:
    """The local derivative in letters; of a rule the whole of it, "…" standing for what comes back."""
    by, n = user.operation.by[place], user.inputs[place].value.size // user.value.size  # type: ignore[union-attr]
    names = [node.name for node in user.inputs]
    return by.letters.format(*names, out=user.name, n=n, d="…")


def _rule(user: Node, place: int, way: Way) -> tuple[str, str]:
    """How the user is computed, and its local derivative."""
    node, shown = user.inputs[place], brief(local(user, place))
    parts = [letter(user, node, way), slope_letters(user, place)]
    return f"{user.name} = {user.formula}", " = ".join(parts if parts[1] == shown else [*parts, shown])


# --------------------------------------------------------------------------- numbers


def _is_number(node: Node) -> bool:
    return not node.shape


def _paths(node: Node, way: Way) -> list[Path] | None:
    """All ways from the node to J, if they are few and short and all their nodes are numbers."""
    if not _is_number(node) or _count(node, way) > MOST_PATHS:
        return None
    finished: list[Path] = []
    growing: list[Path] = [()]
    while growing:
        path = growing.pop()
        last = path[-1][0] if path else node
        if not _is_number(last) or len(path) > MOST_FACTORS:
            return None
        if not way.uses[last]:
            finished.append(path)
        growing += [(*path, use) for use in reversed(way.uses[last])]
    return finished


def _count(node: Node, way: Way) -> int:
    """How many ways lead from the node to J."""
    ways: dict[Node, int] = {}
    for each in way.order:
        ways[each] = sum(ways[user] for user, _ in way.uses[each]) if way.uses[each] else 1
    return ways[node]


def _of_paths(node: Node, way: Way, paths: Sequence[Path]) -> Explanation:
    letters, numbers = [], []
    for path in paths:
        uses = path[::-1]
        letters.append(" · ".join(letter(user, user.inputs[place], way) for user, place in uses))
        numbers.append(" · ".join(_number(user, place) for user, place in uses))
    rules = dict.fromkeys(_rule(user, place, way) for path in paths for user, place in path[::-1])
    return Explanation(node.name, _chain(node, way, letters, numbers), tuple(rules), _words(node, way, paths))


def _of_numbers(node: Node, way: Way, contributions: Sequence[Contribution]) -> Explanation:
    output, letters, numbers = way.order[0], [], []
    for user, place, _, _ in contributions[:MOST_TERMS]:
        own, slope = letter(user, node, way), _number(user, place)
        first = user is output
        letters.append(own if first else f"{letter(output, user)} · {own}")
        numbers.append(slope if first else f"{number(user.derivative, bracket=True)} · {slope}")
    if len(contributions) > MOST_TERMS:
        letters.append("…")
        numbers.append("…")
    rules = dict.fromkeys(_rule(user, place, way) for user, place, _, _ in contributions[:MOST_TERMS])
    paths = [((each.user, each.place),) for each in contributions]
    return Explanation(node.name, _chain(node, way, letters, numbers), tuple(rules), _words(node, way, paths))


def _number(user: Node, place: int) -> str:
    return number(local(user, place), bracket=True)


def _chain(node: Node, way: Way, letters: Sequence[str], numbers: Sequence[str]) -> str:
    """dJ/db = letters = numbers = the sum, without saying a thing twice."""
    parts = [letter(way.order[0], node), " + ".join(letters), " + ".join(numbers), number(node.derivative)]
    same_numbers = parts[2].strip("()") == parts[3]
    return " = ".join(
        [parts[0], *(parts[1:2] if parts[1] != parts[0] else []), *parts[3 if same_numbers else 2 :]]
    )


def _words(node: Node, way: Way, paths: Sequence[Path]) -> str:
    """What a small change of the node does, step by step; of several ways, their sum."""
    users = [user for user, _ in way.uses[node]]
    if len(users) > 1:
        return _words_of_sum(node, users)
    path, amount, changes = paths[0][:1] if len(paths) > 1 else paths[0], NUDGE, []
    for user, place in path:
        amount *= float(local(user, place))
        changes.append(_change(user, amount))
    if path[-1][0] is not way.order[0]:
        changes.append(_change(way.order[0], NUDGE * float(node.derivative)))
    listed = text("graph.clause").join(changes)
    return text("graph.words_nudge", name=node.name, nudge=number(NUDGE), changes=listed)


def _change(node: Node, amount: float) -> str:
    key = "graph.stays" if amount == 0 else "graph.rises" if amount > 0 else "graph.falls"
    return text(key, name=node.name, amount=number(abs(amount)))


def _words_of_sum(node: Node, users: Sequence[Node]) -> str:
    names = list(dict.fromkeys(user.name for user in users))
    shown = text("core.comma").join(names[:MOST_TERMS]) + ("…" if len(names) > MOST_TERMS else "")
    return text("graph.words_sum", name=node.name, count=len(users), users=shown)


# --------------------------------------------------------------------------- arrays


def _of_arrays(node: Node, way: Way, contributions: Sequence[Contribution]) -> Explanation:
    output = way.order[0]
    terms = [_term(each, node, output) for each in contributions[:MOST_TERMS]]
    if len(contributions) > MOST_TERMS:
        terms.append("…")
    parts = [letter(output, node), " + ".join(terms).replace("+ -", "- "), brief(node.derivative)]
    rules = dict.fromkeys(_shapes(each, node) for each in contributions[:MOST_TERMS])
    key = "graph.words_entry" if node.shape else "graph.words_number"
    sentences = [text(key, name=node.name, output=output.name)]
    sentences += [_broadcast(node, each) for each in contributions if each.summed][:1]
    if len(contributions) > 1:
        sentences.append(_words_of_sum(node, [each.user for each in contributions]))
    return Explanation(node.name, " = ".join(parts), tuple(rules), reduce(_joined, sentences))


def _joined(first: str, second: str) -> str:
    return text("graph.one_after_another", first=first, second=second)


def _broadcast(node: Node, came: Contribution) -> str:
    large = came.user.shape
    if not node.shape:
        return text("graph.words_broadcast_number", name=node.name, large=large)
    axes = text("core.comma").join(map(str, came.summed))
    return text("graph.words_broadcast", name=node.name, small=node.shape, large=large, axes=axes)


def _term(came: Contribution, node: Node, output: Node) -> str:
    """What comes back from one user: dJ/dZ * (1 - A**2), dJ/dZ @ X.T, sum(dJ/dZ, axis=1)."""
    user, place = came.user, came.place
    letters, d = slope_letters(user, place), letter(output, user)
    first = user is output
    if isinstance(user.operation.by[place], Rule):  # type: ignore[union-attr]
        term = letters.replace("… @ ", "").replace(" @ …", "") if first else letters.replace("…", d)
    elif letters in ("1", "-1"):
        term = letters if first else letters.replace("1", d)
    else:
        term = letters if first else f"{d} * {factor(letters)}"
    if not came.summed:
        return term
    axes = came.summed[0] if len(came.summed) == 1 else came.summed
    return f"sum({term})" if not node.shape else f"sum({term}, axis={axes})"


def _shapes(came: Contribution, node: Node) -> tuple[str, str]:
    """How the user is computed, and the shapes that meet on the way back."""
    user, place = came.user, came.place
    by = user.operation.by[place]  # type: ignore[union-attr]
    formula = f"{user.name} = {user.formula}"
    if isinstance(by, Rule):
        shapes = by.letters.format(*(each.shape for each in user.inputs), out=user.shape, d=user.shape)
        return formula, f"{shapes} = {node.shape}"
    return formula, f"{user.shape} -> {node.shape}" if user.shape != node.shape else str(node.shape)
