"""What hidden units and hidden layers are for: notes 3 and 4."""

from typing import Any

import numpy as np

from shoal.book import Network
from shoal.datasets import flower, spirals
from shoal.estimators import LogisticRegression
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, judged
from shoal.experiments._population import (
    accuracy,
    bars,
    boundary,
    cost_curves,
    fit_together,
    last_cost,
    network,
    with_new_rows,
)

UNITS = (1, 2, 3, 4, 5, 20, 50)
SHOWN = (1, 4, 50)  # of them, in the picture
LAYERS = {"one_layer": 1, "two_layers": 2, "three_layers": 3}


def flower_units(setting: Setting) -> Finding:
    """The flower of the course with 1 to 50 hidden units."""
    X, y = flower(seed=setting.seed)
    rule: dict[str, Any] = {"solver": "adam", "learning_rate_init": 0.1, "max_iter": 400}
    models = {n: network((n,), random_state=setting.seed, **rule) for n in UNITS}
    fit_together(list(models.values()), X, y)
    line = LogisticRegression(C=np.inf).fit(X, y)
    right = [accuracy(model, X, y) for model in models.values()]
    numbers = {"units": list(UNITS), "accuracies": right, "line": accuracy(line, X, y)}
    panels = [boundary(models[n], X, y, f"units_{n}") for n in SHOWN]
    panels.append(bars("accuracy", [str(n) for n in UNITS], right, y="hidden_units"))
    few, enough = right[:2], right[UNITS.index(5) :]
    parts = {
        "few": max(few) < 80,
        "enough": min(enough) > 80,
        "more": max(enough) - min(enough) < 8,
    }
    return judged(parts, numbers, panels)


def coordinates(setting: Setting) -> Finding:
    """In the coordinates that the hidden layer computes, a line separates what no line could before."""
    X, y = _xor(setting.seed)
    rule: dict[str, Any] = {"solver": "adam", "learning_rate_init": 0.1, "max_iter": 300, "n_restarts": 10}
    model = network((2,), random_state=10 * setting.seed, **rule)
    fit_together([model], X, y)
    A = model.trace(X).A[1].T
    before, after = (LogisticRegression(C=100.0).fit(rows, y) for rows in (X, A))
    numbers = {
        "inputs": X.shape[1],
        "units": A.shape[1],
        "before": accuracy(before, X, y),
        "after": accuracy(after, A, y),
        "network": accuracy(model, X, y),
    }
    panels = [
        boundary(before, X, y, "line_in_x"),
        boundary(model, X, y, "network_in_x"),
        boundary(after, A, y, "line_in_a", letters=("a₁", "a₂")),
    ]
    return Finding(numbers["before"] < 80 and numbers["after"] > 95, numbers, panels)


def _xor(seed: int, n_samples: int = 200) -> tuple[Array, Any]:
    """Four clouds at (±1, ±1); class 1 where the signs differ."""
    signs = np.tile([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]], (n_samples // 4, 1))
    X = signs + np.random.default_rng(seed).normal(scale=0.25, size=signs.shape)
    return X, (signs[:, 0] != signs[:, 1]).astype(np.int64)


def depth(setting: Setting) -> Finding:
    """One, two and three hidden layers with about the same number of parameters."""
    (X, y), (X_new, y_new) = with_new_rows(setting, spirals, noise=0.15)
    starts, rule = 3, {"solver": "adam", "learning_rate_init": 0.01, "max_iter": 400}
    hidden = [equal_layers(layers, X.shape[1], len(np.unique(y))) for layers in LAYERS.values()]
    models = [
        network(sizes, random_state=starts * setting.seed + k, **rule)
        for sizes in hidden
        for k in range(starts)
    ]
    fit_together(models, X, y)
    middle = [
        sorted(models[k : k + starts], key=last_cost)[starts // 2] for k in range(0, len(models), starts)
    ]
    numbers: dict[str, Any] = {
        "epochs": 400,
        "hidden": ["-".join(map(str, sizes)) for sizes in hidden],
        "parameters": [model.network_.p for model in middle],
        "costs": [last_cost(model) for model in middle],
        "accuracies": [accuracy(model, X, y) for model in middle],
        "new_accuracies": [accuracy(model, X_new, y_new) for model in middle],
    }
    right = [("training", numbers["accuracies"]), ("new_rows", numbers["new_accuracies"])]
    panels = [
        cost_curves(list(LAYERS), middle, log="y"),
        Panel("bars", [Series(rows, list(LAYERS), each) for rows, each in right], x="accuracy"),
    ]
    (cost, *costs), (right, *rights) = numbers["costs"], numbers["new_accuracies"]
    better = setting.table is None or min(rights) > right  # of the spirals nearly all are right either way
    return judged({"costs": max(costs) < cost, "new_rows": better}, numbers, panels)


def equal_layers(layers: int, n_x: int, classes: int) -> tuple[int, ...]:
    """So many equal hidden layers that have about as many parameters as one layer of 50 units."""
    n_y = 1 if classes == 2 else classes

    def parameters(hidden: tuple[int, ...]) -> int:
        return Network((n_x, *hidden, n_y), ("tanh",) * len(hidden), "sigmoid").p

    wanted = parameters((50,))
    return min(((n,) * layers for n in range(1, 51)), key=lambda hidden: abs(parameters(hidden) - wanted))
