"""The computation graph, and dZ = A - Y read off it: note 3, sections 2.7 to 2.9."""

from typing import Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.book import Network, backward, forward, one_hot, shares
from shoal.book.graph import logistic_graph, network_graph, parse
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, curve
from shoal.experiments._measure import gap

_PLACE = {"a": 5.0, "b": 3.0, "c": 2.0}  # the notes' numbers
_NODES = {  # J as a formula of each node, and of what does not follow from it
    "v": ("J = 3*v", "v"),
    "u": ("J = 3*(a + u)", "au"),
    "a": ("J = 3*(a + b*c)", "abc"),
    "b": ("J = 3*(a + b*c)", "abc"),
    "c": ("J = 3*(a + b*c)", "abc"),
}
_STEP = 0.001  # as in the lectures


def graph(setting: Setting) -> Finding:
    """J = 3(a + bc): forward to 33, backward to each derivative, and a nudge shows the same."""
    values, derivatives = _both_ways(_PLACE)
    nudged = {name: _nudged(name, values) for name in _NODES}
    du_da = (_both_ways({**_PLACE, "a": 5 + _STEP})[0]["u"] - values["u"]) / _STEP
    random = np.random.default_rng(setting.seed)
    errors = []
    for place in random.uniform(-3, 3, (20, 3)):
        elsewhere, found = _both_ways(dict(zip("abc", place.tolist(), strict=True)))
        errors += [abs(found[name] - _nudged(name, elsewhere)) for name in _NODES]
    by_note = {**derivatives, "a": derivatives["u"] * du_da}
    numbers: dict[str, Any] = {
        **{name: values[name] for name in "uvJ"},
        "derivatives": [derivatives[name] for name in _NODES],
        "nudged": [nudged[name] for name in _NODES],
        "du_da": du_da,
        "by_note": by_note["a"],
        "u_depends_on_a": _depends("u", "a"),
        "largest_error": max(errors),
    }
    right = [values[name] for name in "uvJ"] == [6, 11, 33] and numbers["derivatives"] == [3, 3, 3, 6, 9]
    holds = right and max(errors) < 1e-9 and not numbers["u_depends_on_a"] and by_note["a"] == 0
    panels = [
        Panel("bars", [Series("value", [*"abcuvJ"], [values[name] for name in "abcuvJ"])], title="forward"),
        Panel(
            "bars",
            [
                Series(said, [f"dJ/d{name}" for name in _NODES], [by[name] for name in _NODES])
                for said, by in (("by_graph", derivatives), ("by_nudge", nudged), ("by_note", by_note))
            ],
            title="backward",
        ),
    ]
    return Finding(holds, numbers, panels)


def _both_ways(place: dict[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """The value of each node, and dJ/d(node)."""
    found = parse("J = 3*(a + b*c)", **place)
    found.backward()
    values = {node.name: float(node.value) for node in found.nodes}
    return values, {name: float(found[name].derivative) for name in _NODES}


def _nudged(name: str, values: dict[str, float]) -> float:
    """How much J moves when the node alone is moved, from both sides."""
    formula, letters = _NODES[name]
    place = {letter: values[letter] for letter in letters}
    above, below = (
        float(parse(formula, **{**place, name: values[name] + step})["J"].value) for step in (_STEP, -_STEP)
    )
    return (above - below) / (2 * _STEP)


def _depends(output: str, name: str) -> bool:
    """Whether the graph knows a way from the one to the other."""
    found = parse("J = 3*(a + b*c)", **_PLACE)
    found.backward(output)
    try:
        found[name].derivative  # noqa: B018
    except UsageError:
        return False
    return True


_OUTPUTS = {"sigmoid": 1, "softmax": 3, "identity": 2}  # each with so many output units


def dz(setting: Setting) -> Finding:
    """dL/dZ[L] is A[L] - Y for each output with its loss, and only for the last layer."""
    random = np.random.default_rng(setting.seed)
    one = logistic_graph(w=random.normal(size=2), x=random.normal(size=2), b=random.normal(), y=1)
    last, errors = [], {}
    for output, n_y in _OUTPUTS.items():
        by_graph, A, Y, _ = _derived(random, output, n_y)
        last.append(curve(output, A[2] - Y, by_graph[2], joined=False))
        errors[output] = gap(by_graph[2], A[2] - Y)
    by_graph, A, Y, dZ = _derived(random, "sigmoid", 1)
    numbers: dict[str, Any] = {
        "chain": one.explain("z").chain,
        "a": float(one["a"].value),
        "dz": float(one["z"].derivative),
        **{f"error_{output}": error for output, error in errors.items()},
        "hidden_error": gap(by_graph[1], dZ),
        "hidden_error_of_note": gap(by_graph[1], A[1] - Y),
    }
    hidden = [
        curve("Wᵀ dZ · g'(Z)", dZ, by_graph[1], joined=False),
        curve("A − Y", A[1] - Y, by_graph[1], joined=False),
    ]
    panels = [
        Panel("lines", last, x="A − Y", y="graph", title="last"),
        Panel("lines", [*hidden, _diagonal(hidden)], x="formula", y="graph", title="hidden"),
    ]
    right = max(errors.values()) < 1e-12 and abs(numbers["dz"] - (numbers["a"] - 1)) < 1e-12
    holds = right and numbers["hidden_error"] < 1e-12 and numbers["hidden_error_of_note"] > 0.1
    return Finding(holds, numbers, panels)


def _diagonal(series: list[Series]) -> Series:
    """Where both axes say the same."""
    values = [value for each in series for value in each.y]
    ends = [min(values), max(values)]
    return Series("same", ends, ends)


def _derived(random: np.random.Generator, output: str, n_y: int) -> tuple[list[Any], list[Any], Array, Array]:
    """dL/dZ[1], dL/dZ[2] of a random network by the graph; A; Y; and dZ[1] of `backward`."""
    network, m = Network((3, 4, n_y), ("tanh",), output), 8
    theta, X = random.normal(size=network.p), random.normal(size=(3, m))
    Y = _targets(random, output, n_y, m)
    W, b = network.views(theta)
    Z, A = forward(W, b, X, network.g)
    dZ, _, _ = backward(W, Z, A, Y, network.g, shares(np.ones((1, m))))
    graph = network_graph(network, theta, X, Y)
    return [None, *(m * graph[f"Z[{l}]"].derivative for l in (1, 2))], A, Y, dZ[1]


def _targets(random: np.random.Generator, output: str, n_y: int, m: int) -> Array:
    """Labels, classes or numbers, (n_y, m)."""
    if output == "softmax":
        return np.asarray(one_hot(random.integers(0, n_y, m), n_y))
    if output == "sigmoid":
        return random.integers(0, 2, (n_y, m)).astype(float)
    return random.normal(size=(n_y, m))
