"""Derivatives and descent: note 3, sections 2.4 to 2.6."""

import itertools
import math
from collections.abc import Callable

import numpy as np

from shoal.book import OUTPUTS, backward, forward, mean_loss, shares
from shoal.experiments._finding import Field, Finding, Panel, Series, Setting

# The notes' f(a), its derivative, and the place.
_FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float], float]] = {
    "3a": (lambda a: 3 * a, lambda a: 3.0, 2.0),
    "a²": (lambda a: a * a, lambda a: 2 * a, 2.0),
    "a³": (lambda a: a**3, lambda a: 3 * a * a, 2.0),
    "ln a": (math.log, lambda a: 1 / a, 2.0),
}


def nudge(setting: Setting) -> Finding:
    """A derivative is by how much f moves for a small nudge of a, divided by the nudge."""
    steps = [10.0**-k for k in range(1, 13)]
    series, slopes, errors = [], [], []
    for name, (f, f_prime, a) in _FUNCTIONS.items():
        found = [(f(a + h) - f(a)) / h for h in steps]
        off = [abs(slope - f_prime(a)) for slope in found]
        series.append(Series(name, steps, [max(error, 1e-17) for error in off]))
        slopes.append(found[2])
        errors.append(off)
    at_001 = max(error[2] for error in errors)
    best = min(errors[2])  # of a³: too large a step bends, too small a step rounds
    numbers = {
        "slopes": slopes,
        "derivatives": [f_prime(a) for _, f_prime, a in _FUNCTIONS.values()],
        "largest_error": at_001,
        "coarse_error": errors[2][0],
        "best_error": best,
        "fine_error": errors[2][-1],
    }
    holds = at_001 < 0.01 and best < 1e-6 < errors[2][0] and errors[2][-1] > best
    return Finding(holds, numbers, [Panel("lines", series, x="step", y="error", log="xy")])


def descent(setting: Setting) -> Finding:
    """Each step goes down the slope: with one parameter, and with two."""
    X, Y = _one_feature(setting.seed)
    w_path, w_costs = _descend(X, Y, w=4.0, b=0.0, rate=2.0, steps=60, with_bias=False)
    path, costs = _descend(X, Y, w=4.0, b=3.0, rate=2.0, steps=200)
    grid = np.linspace(-3, 6, 91)
    curve = [_cost(X, Y, w, 0.0)[0] for w in grid]
    w, b = np.linspace(-3, 6, 61), np.linspace(-4, 4, 61)
    surface = np.array([[_cost(X, Y, each, other)[0] for each in w] for other in b])
    falls = all(_never_rises(curve) for curve in (costs, w_costs))
    slope = max(abs(part) for part in _cost(X, Y, *path[-1])[1])
    numbers = {
        "first_w": w_path[0][0],
        "last_w": w_path[-1][0],
        "first_cost": costs[0],
        "last_cost": costs[-1],
        "steps": len(costs) - 1,
        "last_slope": slope,
    }
    panels = [
        Panel(
            "lines",
            [
                Series("cost_of_w", grid.tolist(), curve),
                Series("way", [w for w, _ in w_path[:13]], w_costs[:13]),
            ],
            x="w",
            y="cost",
            title="one",
        ),
        Panel(
            "field",
            [Series("way", [w for w, _ in path], [b for _, b in path])],
            x="w",
            y="b",
            title="two",
            field=Field(w, b, surface),
        ),
    ]
    return Finding(falls and slope < 0.05, numbers, panels)


def _never_rises(costs: list[float]) -> bool:
    """At the minimum the last digit may go up and down."""
    return all(after <= before + 1e-12 for before, after in itertools.pairwise(costs))


def _one_feature(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One input and two classes that overlap, so that the cost has its minimum at finite w and b."""
    random = np.random.default_rng(seed)
    x = np.concatenate([random.normal(-1, 1, 40), random.normal(1, 1, 40)])
    return x[None, :], np.repeat([[0.0, 1.0]], 40, axis=1)


def _cost(X: np.ndarray, Y: np.ndarray, w: float, b: float) -> tuple[float, tuple[float, float]]:
    """J of logistic regression with one input, and dJ/dw, dJ/db."""
    W, bias = [None, np.array([[w]])], [None, np.array([[b]])]
    q, g = shares(np.ones(Y.shape)), ("", "sigmoid")
    Z, A = forward(W, bias, X, g)
    _, dW, db = backward(W, Z, A, Y, g, q)
    return float(mean_loss(Z[1], Y, "sigmoid", q)), (float(dW[1][0, 0]), float(db[1][0, 0]))


def _descend(
    X: np.ndarray, Y: np.ndarray, w: float, b: float, rate: float, steps: int, with_bias: bool = True
) -> tuple[list[tuple[float, float]], list[float]]:
    """The way of gradient descent, and its costs; the start is the first."""
    path, costs = [(w, b)], []
    for _ in range(steps):
        cost, (dw, db) = _cost(X, Y, w, b)
        costs.append(cost)
        w, b = w - rate * dw, b - rate * db * with_bias
        path.append((w, b))
    costs.append(_cost(X, Y, w, b)[0])
    return path, costs


def squared_error(setting: Setting) -> Finding:
    """The squared error of a sigmoid is not convex; the cross-entropy is."""
    random = np.random.default_rng(setting.seed)
    X = np.array([[10.0, 1.0, 0.1]]) * random.uniform(0.9, 1.1, (1, 3))
    Y = np.array([[0.0, 1.0, 0.0]])  # three examples are enough for a second valley
    line = np.linspace(-3, 6, 901)
    on_line = {name: _surface(X, Y, line, np.zeros(1), name)[0] for name in ("squared", "entropy")}
    w, b = np.linspace(-3, 6, 61), np.linspace(-4, 4, 61)
    names = ("squared", "entropy")
    numbers: dict[str, float] = {}
    for name in names:
        numbers[f"valleys_{name}"] = _valleys(on_line[name])
        numbers[f"bends_{name}"] = int(np.sum(np.diff(on_line[name], 2) < -1e-9))
    panels = [
        Panel(
            "lines",
            [Series(name, line.tolist(), on_line[name].tolist())],
            x="w",
            y="cost",
            title=f"line_{name}",
        )
        for name in names
    ]
    panels += [
        Panel("field", [], x="w", y="b", title=name, field=Field(w, b, _surface(X, Y, w, b, name)))
        for name in names
    ]
    holds = numbers["bends_squared"] > 0 == numbers["bends_entropy"]
    return Finding(holds and numbers["valleys_squared"] > numbers["valleys_entropy"], numbers, panels)


def _surface(X: np.ndarray, Y: np.ndarray, w: np.ndarray, b: np.ndarray, name: str) -> np.ndarray:
    """The cost of logistic regression with one input at each w (across) and b (down)."""
    Z = w[None, :, None] * X + b[:, None, None]
    squared, entropy = (OUTPUTS["sigmoid"].g(Z) - Y) ** 2 / 2, np.logaddexp(0, Z) - Y * Z
    return np.asarray((squared if name == "squared" else entropy).mean(axis=-1))


def _valleys(curve: np.ndarray) -> int:
    """Places that are lower than both neighbours."""
    inside = curve[1:-1]
    return int(np.sum((inside < curve[:-2]) & (inside < curve[2:])))
