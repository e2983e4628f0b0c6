"""Shapes: broadcasting, rank-1 arrays, rows or columns, and a W with too many rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shoal.book import (
    Network,
    backward,
    broadcast_shapes,
    forward,
    initialize,
    loss_of_probabilities,
    mean_loss,
    shares,
)
from shoal.book.equations import sigmoid
from shoal.book.graph import network_graph
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, cells, curve
from shoal.experiments._measure import gap, refused

_CALORIES = np.array([[56.0, 0.0, 4.4, 68.0], [1.2, 104.0, 52.0, 8.0], [1.8, 135.0, 99.0, 0.9]])
_FOODS = ("apples", "beef", "eggs", "potatoes")
_NUTRIENTS = ("carbohydrate", "protein", "fat")


def broadcasting(setting: Setting) -> Finding:
    """Percentages of a table in one line; the rule that allows it, and what it does not allow."""
    sums = _CALORIES.sum(axis=0)
    percentage = 100 * _CALORIES / sums.reshape(1, 4)
    by_loop = [[100 * row[j] / sum(column) for j, column in enumerate(_CALORIES.T)] for row in _CALORIES]
    pairs, accepted, agreed = _pairs(setting.seed, 300), 0, 0
    for shapes in pairs:
        ours, numpys = (_accepts(rule, shapes) for rule in (broadcast_shapes, np.broadcast_shapes))
        accepted, agreed = accepted + (ours is not None), agreed + (ours == numpys)
    square = _CALORIES[:, :3]
    wrong = 100 * square / square.sum(axis=1)  # meant: a sum a row; taken: a sum a column
    numbers: dict[str, Any] = {
        "shape_of_sum": str(sums.shape),
        "totals": percentage.sum(axis=0).tolist(),
        "difference": gap(percentage, by_loop),
        "pairs": len(pairs),
        "accepted": accepted,
        "agreed": agreed,
        "refused": refused(broadcast_shapes, (3, 4), (3,)),
        "column": str(broadcast_shapes((3, 4), (3, 1))),
        "square_totals": wrong.sum(axis=1).tolist(),
    }
    panels = [
        Panel("cells", cells(_CALORIES, _NUTRIENTS, _FOODS), title="calories"),
        Panel("cells", cells(np.broadcast_to(sums, (3, 4)), columns=_FOODS), title="stretched"),
        Panel("cells", cells(percentage, columns=_FOODS), title="percent"),
    ]
    right = numbers["difference"] < 1e-12 and np.allclose(numbers["totals"], 100, atol=1e-12)
    rule = agreed == len(pairs) and 0 < accepted < len(pairs) and numbers["refused"]
    return Finding(bool(right and rule and sums.shape == (4,)), numbers, panels)


def _pairs(seed: int, count: int) -> list[list[tuple[int, ...]]]:
    """Pairs of shapes with up to three axes."""
    random = np.random.default_rng(seed)
    return [
        [tuple(random.integers(1, 4, random.integers(0, 4)).tolist()) for _ in range(2)] for _ in range(count)
    ]


def _accepts(rule: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    """The common shape, or None."""
    try:
        return rule(*shapes)
    except ValueError:  # ShapeError is one
        return None


# --------------------------------------------------------------------------- the rank-1 trap


def rank_one(setting: Setting) -> Finding:
    """Arrays such as (5,) go into wrong numbers in silence; the book's functions refuse them."""
    random = np.random.default_rng(setting.seed)
    a, m = random.normal(size=5), 5
    y = random.permutation([0.0, 0.0, 1.0, 1.0, 1.0])
    p = sigmoid(random.normal(6 * y - 3, 0.5))[:, None]  # a good model, with an example a row
    network = Network((3, m, 1), ("tanh",), "sigmoid")
    W, b = network.views(random.normal(size=network.p))
    X, q = random.normal(size=(3, m)), shares(np.ones((1, m)))
    Z, A = forward(W, b, X, network.g)
    traps = [
        refused(forward, W, b, X[:, 0], network.g),  # W @ x + b would be (5, 5)
        refused(forward, W, [None, b[1].ravel(), b[2]], X, network.g),  # added along the examples
        refused(mean_loss, Z[2], y, "sigmoid", q),
        refused(mean_loss, Z[2], y[:, None], "sigmoid", q),  # not rank 1, but as silent: (5, 5)
        refused(backward, W, Z, A, y, network.g, q),
        refused(loss_of_probabilities, p, y),
    ]
    numbers: dict[str, Any] = {
        "same_transposed": a.T.shape == a.shape,
        "shape_dot": str(np.dot(a, a.T).shape),
        "shape_outer": str((a[:, None] @ a[None, :]).shape),
        "shape_of_difference": str((p - y).shape),
        "right_cost": float(_plain_cost(p, y[:, None])),
        "wrong_cost": float(_plain_cost(p, y)),
        "shape_of_z": str((W[1] @ X[:, 0] + b[1]).shape),
        "tried": len(traps),
        "refused": sum(traps),
    }
    panels = [
        Panel("cells", cells(p - y[:, None]), title="meant", reach=1.0),
        Panel("cells", cells(p - y), title="got", reach=1.0),
    ]
    silent = numbers["shape_of_difference"] == "(5, 5)" == numbers["shape_of_z"]
    far = numbers["wrong_cost"] > 2 * numbers["right_cost"]
    return Finding(silent and far and numbers["same_transposed"] and all(traps), numbers, panels)


def _plain_cost(p: Array, y: Array) -> Any:
    """The cost as NumPy computes it, whatever the shapes."""
    return np.mean(-(y * np.log(p) + (1 - y) * np.log(1 - p)))


# --------------------------------------------------------------------------- row or column


def rows_or_columns(setting: Setting) -> Finding:
    """Examples as columns or as rows, a unit a row of W or a column: the same numbers, turned."""
    random = np.random.default_rng(setting.seed)
    W, b, X = random.normal(size=(4, 3)), random.normal(size=(4, 1)), random.normal(size=(3, 5))
    Y, q, g = random.integers(0, 2, (4, 5)).astype(float), shares(np.ones((1, 5))), ("", "sigmoid")
    Z, A = forward([None, W], [None, b], X, g)  # a unit a row, an example a column
    _, dW, _ = backward([None, W], Z, A, Y, g, q)
    rows = np.ascontiguousarray(X.T)  # a table: an example a row
    Z_rows = rows @ W.T + b.T
    dW_rows = rows.T @ (sigmoid(Z_rows) - Y.T) / len(rows)  # of W as columns
    columns = W.T.copy()  # a unit a column, as note 5 has it
    square = random.normal(size=(3, 3))
    numbers: dict[str, Any] = {
        "shape_W": str(W.shape),
        "shape_Z": str(Z[1].shape),
        "shape_rows": str(Z_rows.shape),
        "difference": gap(Z[1], Z_rows.T),
        "difference_columns": gap(Z[1], columns.T @ X + b),
        "difference_dW": gap(dW[1], dW_rows.T),
        "shares_memory": bool(np.shares_memory(rows, rows.T)),
        "refused": sum(
            refused(forward, [None, matrix], [None, b], given, g)
            for matrix, given in ((W, rows), (columns, X), (columns, rows))
        ),
        "square_difference": gap(*(forward([None, W], [None, b], x, g)[0][1] for x in (square, square.T))),
    }
    units, examples = "1234", "12345"
    panels = [
        Panel("cells", cells(W, units, ["w1", "w2", "w3"]), y="units", title="W[1], (n[1], n[0]) = (4, 3)"),
        Panel("cells", cells(Z[1], units, examples), x="examples", y="units", title="Z = W X + b, (4, 5)"),
        Panel(
            "cells", cells(Z_rows, examples, units), x="units", y="examples", title="Z = X Wᵀ + bᵀ, (5, 4)"
        ),
    ]
    turned = max(numbers[f"difference{of}"] for of in ("", "_columns", "_dW")) < 1e-12
    holds = turned and numbers["shares_memory"] and numbers["refused"] == 3
    return Finding(holds and numbers["square_difference"] > 0.1, numbers, panels)


# --------------------------------------------------------------------------- slips in the shape of W and dW


_RIGHT, _TURNED = "dZ Xᵀ / m", "X dZᵀ / m"  # dW[1], and the form of note 5


def weights_shape(setting: Setting) -> Finding:
    """One output needs W[2] of (1, 2); and dW is dZ X^T / m, which its shape alone cannot tell."""
    random = np.random.default_rng(setting.seed)
    network, m = Network((2, 2, 1), ("tanh",), "sigmoid"), 40
    X, q = random.normal(size=(2, m)), shares(np.ones((1, m)))
    Y = (X[:1] + 0.5 * X[1:] > 0).astype(float)
    theta = random.normal(size=network.p)
    W, b = network.views(theta)
    Z, A = forward(W, b, X, network.g)
    dZ, dW, _ = backward(W, Z, A, Y, network.g, q)
    slopes = {
        "graph": network_graph(network, theta, X, Y)["W[1]"].derivative,
        _RIGHT: dW[1],
        _TURNED: X @ dZ[1].T / m,
    }
    W_two = random.normal(size=(2, 2)) * 0.01  # the line of note 3, 3.11
    Z_two = W_two @ A[1] + 0  # its b[2] = 0 fits anything
    start = [(W[1], b[1]), (W_two, b[2])]
    given = ((mean_loss, Z_two, Y, "sigmoid", q), (initialize, network, random, start))
    paths = {form: _descend(network, theta, X, Y, form == _TURNED) for form in (_RIGHT, _TURNED)}
    numbers: dict[str, Any] = {
        "shape": str(network.shapes[2]),
        "shape_of_note": str(W_two.shape),
        "shape_of_dZ": str((sigmoid(Z_two) - Y).shape),
        "tried": len(given),
        "refused": sum(refused(*each) for each in given),
        "difference": gap(slopes[_RIGHT], slopes["graph"]),
        "difference_turned": gap(slopes[_TURNED], slopes["graph"]),
        "first_cost": paths[_RIGHT][0],
        "last_cost": paths[_RIGHT][-1],
        "last_cost_turned": paths[_TURNED][-1],
    }
    right = numbers["difference"] < 1e-12 and numbers["difference_turned"] > 1e-3
    shapes = (numbers["shape"], numbers["shape_of_dZ"]) == ("(1, 2)", f"(2, {m})")
    return Finding(
        right and shapes and numbers["refused"] == len(given), numbers, _weights_panels(slopes, paths)
    )


def _weights_panels(slopes: dict[str, Array], paths: dict[str, list[float]]) -> list[Panel]:
    names = ("dW11", "dW12", "dW21", "dW22")
    bars = [Series(name, names, values.ravel().tolist()) for name, values in slopes.items()]
    costs = [curve(name, np.arange(len(path)), path) for name, path in paths.items()]
    return [
        Panel("bars", bars, title="derivatives"),
        Panel("lines", costs, x="step", y="cost", title="training"),
    ]


def _descend(
    network: Network, theta: Array, X: Array, Y: Array, turned: bool, steps: int = 100, rate: float = 1.0
) -> list[float]:
    """The costs of gradient descent, with dW[1] as it is or turned round."""
    W, b = network.views(theta.copy())
    q, costs = shares(np.ones(Y.shape)), []
    for _ in range(steps + 1):
        Z, A = forward(W, b, X, network.g)
        costs.append(float(mean_loss(Z[2], Y, "sigmoid", q)))
        _, dW, db = backward(W, Z, A, Y, network.g, q)
        dW[1] = dW[1].T if turned else dW[1]
        for l in (1, 2):
            W[l] -= rate * dW[l]
            b[l] -= rate * db[l]
    return costs
