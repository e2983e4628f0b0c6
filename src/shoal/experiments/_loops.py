"""Loops over examples, features, units and networks, and the products that they are: note 3, 2.10 to 3.5."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from shoal.book import Network, backward, forward, mean_loss, shares
from shoal.book.equations import sigmoid
from shoal.engines import Data, get_engine, native_is_built
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, cells
from shoal.experiments._measure import gap

Gradient = tuple[float, list[float], float]  # J, dw, db


def examples_loop(setting: Setting) -> Finding:
    """The loop over examples and features gives the J, dw and db of one product."""
    X, Y, w = _labelled(setting.seed, n_x=3, m=200)
    J, dw, db = _by_loops(w, 0.0, X.tolist(), Y[0].tolist())
    J_product, dw_product, db_product = _by_product(w, 0.0, X, Y)
    paths = {name: _descend(X, Y, name) for name in ("loop", "product")}
    names = [*(f"dw{j + 1}" for j in range(3)), "db"]
    numbers: dict[str, Any] = {
        "m": X.shape[1],
        "n_x": X.shape[0],
        "passes": X.size,
        "J": J,
        "difference": gap([J, *dw, db], [J_product, *dw_product, db_product]),
        "steps": len(paths["loop"]) - 1,
        "first_cost": paths["loop"][0],
        "last_cost": paths["loop"][-1],
        "last_difference": abs(paths["loop"][-1] - paths["product"][-1]),
    }
    panels = [
        Panel(
            "bars", [Series("loop", names, [*dw, db]), Series("product", names, [*dw_product, db_product])]
        ),
        Panel(
            "lines",
            [Series(name, list(range(len(costs))), costs) for name, costs in paths.items()],
            x="step",
            y="cost",
        ),
    ]
    same = numbers["difference"] < 1e-12 and numbers["last_difference"] < 1e-12  # sums in another order
    return Finding(same and numbers["last_cost"] < numbers["first_cost"], numbers, panels)


def _labelled(seed: int, n_x: int, m: int) -> tuple[Array, Array, list[float]]:
    """Examples whose labels follow a line with some chance, and weights from which to start.

    The weights keep |z| below 10 or so, because log(1 - a) of the notes loses digits beyond.
    """
    random = np.random.default_rng(seed)
    X, weights = random.normal(size=(n_x, m)), random.normal(size=(2, n_x)) / math.sqrt(n_x)
    Y = (random.uniform(size=(1, m)) < sigmoid(weights[:1] @ X)).astype(float)
    return X, Y, weights[1].tolist()


def _by_loops(w: list[float], b: float, X: list[list[float]], Y: list[float]) -> Gradient:
    """The notes' program (2.10) with its loop over the features written out."""
    n_x, m = len(w), len(Y)
    J, dw, db = 0.0, [0.0] * n_x, 0.0
    for i in range(m):
        z = b
        for j in range(n_x):
            z += w[j] * X[j][i]
        a = 1 / (1 + math.exp(-z))
        J += -(Y[i] * math.log(a) + (1 - Y[i]) * math.log(1 - a))
        dz = a - Y[i]
        for j in range(n_x):
            dw[j] += X[j][i] * dz
        db += dz
    return J / m, [each / m for each in dw], db / m


def _by_examples(w: list[float], b: float, X: Array, Y: Array) -> Gradient:
    """The notes' program with a product over the features: one loop is left."""
    column, m = np.array(w), X.shape[1]
    J, dw, db = 0.0, np.zeros(len(w)), 0.0
    for i in range(m):
        x, y = X[:, i], float(Y[0, i])
        a = 1 / (1 + math.exp(-(float(np.dot(column, x)) + b)))
        J += -(y * math.log(a) + (1 - y) * math.log(1 - a))
        dw += x * (a - y)
        db += a - y
    return J / m, (dw / m).tolist(), db / m


def _by_product(w: list[float], b: float, X: Array, Y: Array) -> Gradient:
    """The same as one product: the equations, with a network that has no hidden layer."""
    W, bias, g = [None, np.array([w])], [None, np.array([[b]])], ("", "sigmoid")
    q = shares(np.ones(Y.shape))
    Z, A = forward(W, bias, X, g)
    _, dW, db = backward(W, Z, A, Y, g, q)
    return float(mean_loss(Z[1], Y, "sigmoid", q)), dW[1][0].tolist(), float(db[1][0, 0])


def _descend(X: Array, Y: Array, name: str, steps: int = 60, rate: float = 0.5) -> list[float]:
    """The costs of gradient descent from zero."""
    w, b, costs = [0.0] * len(X), 0.0, []
    given = (X.tolist(), Y[0].tolist()) if name == "loop" else (X, Y)
    gradient: Callable[..., Gradient] = _by_loops if name == "loop" else _by_product
    for _ in range(steps + 1):
        J, dw, db = gradient(w, b, *given)
        costs.append(J)
        w, b = [each - rate * slope for each, slope in zip(w, dw, strict=True)], b - rate * db
    return costs


# --------------------------------------------------------------------------- in milliseconds


_SIZES = (10, 100, 1_000, 10_000)  # examples
_FEATURES = 20


def vectorised(setting: Setting) -> Finding:
    """A loop, NumPy and the native engine: equal results from equally many products, in other times."""
    random = np.random.default_rng(setting.seed)
    a, b = random.uniform(size=(2, 1_000_000))
    (by_loop, loop_ms), (by_dot, dot_ms) = _timed(partial(_dot, a, b), 1), _timed(partial(np.dot, a, b))
    ways, differences = _gradients(setting.seed)
    counts = [_multiplications(_dot, a[:1000], b[:1000]), _multiplications(np.dot, a[:1000], b[:1000])]
    numbers: dict[str, Any] = {
        "numbers": len(a),
        "dot": round(float(by_dot)),
        "dot_difference": abs(by_loop - float(by_dot)) / by_loop,
        "counted_loop": counts[0],
        "counted_dot": counts[1],
        "ms_loop": loop_ms,
        "ms_dot": dot_ms,
        "m": _SIZES[-1],
        "n_x": _FEATURES,
        "difference": max(differences),
        **{f"ms_{name}": times[-1] for name, times in ways.items()},
    }
    numbers.setdefault("ms_native", "–")
    panels = [
        Panel("bars", [Series("ms", ["loop", "np.dot"], [loop_ms, dot_ms])], x="milliseconds", title="dot"),
        Panel(
            "lines",
            [Series(name, _SIZES, times) for name, times in ways.items()],
            x="examples",
            y="milliseconds",
            title="gradient",
            log="xy",
        ),
    ]
    # The sums are taken in another order: a million roundings of 1e-16.
    same = numbers["dot_difference"] < 1e-10 and max(differences) < 1e-10
    return Finding(same and counts[0] == counts[1], numbers, panels)


def _dot(a: Any, b: Any) -> float:
    """The notes' loop (2.11)."""
    c = 0.0
    for i in range(len(a)):
        c += a[i] * b[i]
    return float(c)


def _gradients(seed: int) -> tuple[dict[str, list[float]], list[float]]:
    """Milliseconds for a gradient of logistic regression in each way and size; how far the results differ."""
    times: dict[str, list[float]] = {}
    differences = []
    for m in _SIZES:
        found = {}
        for name, call in _ways(*_labelled(seed, _FEATURES, m)).items():
            found[name], ms = _timed(call)
            times.setdefault(name, []).append(ms)
        differences += [gap(_flat(other), _flat(found["loops"])) for other in found.values()]
    return times, differences


def _ways(X: Array, Y: Array, w: list[float]) -> dict[str, Callable[[], Any]]:
    """The gradient in each way, ready to be called."""
    lists, data = (X.tolist(), Y[0].tolist()), Data(np.asfortranarray(X), Y)
    network, theta = Network((len(w), 1), (), "sigmoid"), np.array([*w, 0.0])
    names = ("numpy", "native")[: 1 + native_is_built()]
    return {
        "loops": partial(_by_loops, w, 0.0, *lists),
        "examples_only": partial(_by_examples, w, 0.0, X, Y),
        **{name: partial(get_engine(name).gradient, network, theta, data) for name in names},
    }


def _flat(gradient: Sequence[Any]) -> Array:
    """J and its derivatives, one after the other."""
    return np.concatenate([np.ravel(part) for part in gradient])


def _timed(call: Callable[[], Any], times: int = 3) -> tuple[Any, float]:
    """What comes out, and the shortest of some times in milliseconds."""
    shortest = math.inf
    for _ in range(times):
        start = perf_counter()
        found = call()
        shortest = min(shortest, 1000 * (perf_counter() - start))
    return found, shortest


def _multiplications(product: Callable[[Any, Any], Any], a: Array, b: Array) -> int:
    """How many multiplications are done, by numbers that count theirs."""
    count = 0

    class Counting(float):
        def __mul__(self, other: float) -> float:
            nonlocal count
            count += 1
            return float(self) * float(other)

    product(*(np.vectorize(Counting, otypes=[object])(array) for array in (a, b)))
    return count


# --------------------------------------------------------------------------- units, examples, networks


def layers_as_products(setting: Setting) -> Finding:
    """A loop over units becomes a matrix, over examples a matrix, over networks one more axis."""
    random = np.random.default_rng(setting.seed)
    K, n, m = 3, (3, 4, 1), 5
    network = Network(n, ("tanh",), "sigmoid")
    thetas, X = random.normal(size=(K, network.p)), random.normal(size=(n[0], m))
    (A_loop, steps), parameters = _unit_by_unit(network, thetas, X), network.views(thetas)
    Z, A = forward(*parameters, X, network.g)  # W[1] is (K, 4, 3)
    alone = np.stack([forward(*parameters, X[:, [i]], network.g)[1][2][..., 0] for i in range(m)], axis=-1)
    numbers: dict[str, Any] = {
        "K": K,
        "m": m,
        "units": sum(n[1:]),
        "steps": steps,
        "products": network.L,
        "shape_W": str(parameters[0][1].shape),
        "shape_Z": str(Z[1].shape),
        "difference": gap(A[2], A_loop),
        "difference_alone": gap(A[2], alone),
    }
    panels = [
        Panel(
            "cells",
            cells(Z[1][k], "1234", "12345"),
            x="examples",
            y="units",
            title=f"network_{k + 1}",
            reach=float(np.abs(Z[1]).max()),
        )
        for k in range(K)
    ]
    same = max(numbers["difference"], numbers["difference_alone"]) < 1e-12
    return Finding(same and steps == K * m * sum(n[1:]), numbers, panels)


def _unit_by_unit(network: Network, thetas: Array, X: Array) -> tuple[Array, int]:
    """A[2] of each network by three loops, one unit of one example at a time; how many units that were."""
    A, steps = np.zeros((len(thetas), 1, X.shape[1])), 0
    for k, theta in enumerate(thetas):
        W, b = network.views(theta)
        for i in range(X.shape[1]):
            a = X[:, i]
            for l, g in ((1, math.tanh), (2, lambda z: 1 / (1 + math.exp(-z)))):
                units = []
                for w_j, b_j in zip(W[l], b[l], strict=True):
                    units.append(g(float(np.dot(w_j, a) + b_j[0])))
                    steps += 1
                a = np.array(units)
            A[k, :, i] = a
    return A, steps
