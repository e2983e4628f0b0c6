"""How to go down: learning rates, optimisers, mini-batches, and an output that has no slope."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.base.errors import DataError
from shoal.book import OUTPUTS, forward, loss_of_probabilities, shares
from shoal.book.equations import bias_gradient, sigmoid_prime, weights_gradient
from shoal.datasets import flower
from shoal.estimators import MLPClassifier
from shoal.estimators._fit import state_of
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, judged
from shoal.experiments._population import (
    accuracy,
    bars,
    cost_curves,
    cost_on,
    first_epoch,
    fit_together,
    last_cost,
    network,
    rows_of,
)

RATES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
BLOWN_UP = ("exploded", "diverged")
RULES: dict[str, dict[str, Any]] = {
    "gradient_descent": {"momentum": 0.0},
    "momentum": {"momentum": 0.9, "nesterovs_momentum": False},
    "nesterov": {"momentum": 0.9, "nesterovs_momentum": True},
    "rmsprop": {"solver": "rmsprop"},
    "adam": {"solver": "adam"},
}


def learning_rates(setting: Setting) -> Finding:
    """The same network and start with learning rates from much too small to much too large."""
    X, y = rows_of(setting, flower)
    models = [
        network((8,), learning_rate_init=rate, max_iter=300, random_state=setting.seed) for rate in RATES
    ]
    fit_together(models, X, y)
    costs = [last_cost(model) for model in models]
    reasons = [model.ending_.reason for model in models]
    best = int(np.argmin(costs))
    numbers = {
        "epochs": 300,
        "rates": list(RATES),
        "costs": costs,
        "reasons": reasons,
        "best": RATES[best],
        "best_accuracy": accuracy(models[best], X, y),
        "highest": max(models[-1].loss_curve_),
        "blown_up": sum(reason in BLOWN_UP for reason in reasons),
    }
    panels = [cost_curves([f"{rate:g}" for rate in RATES], models, title="by_rate", log="xy")]
    parts = {
        "between": 0 < best < len(RATES) - 1,
        "slow": costs[0] > 1.2 * costs[best],
        "blown_up": reasons[-1] in BLOWN_UP,
    }
    return judged(parts, numbers, panels)


def optimizers(setting: Setting) -> Finding:
    """Five rules, each with the best of six learning rates."""
    X, y = rows_of(setting, flower)
    rates, epochs = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0), 200
    models = [
        network((8,), learning_rate_init=rate, max_iter=epochs, random_state=setting.seed, **rule)
        for rule in RULES.values()
        for rate in rates
    ]
    fit_together(models, X, y)
    chosen = [min(models[k : k + len(rates)], key=lowest_cost) for k in range(0, len(models), len(rates))]
    costs = [lowest_cost(model) for model in chosen]
    numbers: dict[str, Any] = {
        "networks": len(models),
        "tried": len(rates),
        "epochs": epochs,
        "costs": costs,
        "rates": [model.learning_rate_init for model in chosen],
        "needed": [first_epoch(model, costs[0]) for model in chosen],
    }
    panels = [
        cost_curves(list(RULES), chosen, log="y"),
        bars("epochs_needed", list(RULES), numbers["needed"]),
    ]
    return judged({"further": max(costs[1:]) < costs[0]}, numbers, panels)


def lowest_cost(model: MLPClassifier) -> float:
    """The lowest cost of any epoch; infinite if the network has diverged."""
    return min(model.loss_curve_) if np.isfinite(model.loss_curve_[-1]) else np.inf


def batch_sizes(setting: Setting) -> Finding:
    """The same epochs in mini-batches of 1, 10 and 50 rows, as far as there are more, and of all rows."""
    X, y = rows_of(setting, flower, most=200, n_samples=200)
    sizes, epochs = [*(size for size in (1, 10, 50) if size < len(X)), len(X)], 40
    models = [
        network((8,), learning_rate_init=0.1, max_iter=epochs, batch_size=size, random_state=setting.seed)
        for size in sizes
    ]
    fit_together(models, X, y)
    names = [str(size) for size in sizes]
    updates = [state_of(model).t for model in models]
    costs = [cost_on(model, X, y) for model in models]
    on_the_way = [last_cost(model) for model in models]
    noise = [float(np.std(np.diff(model.loss_curve_[epochs // 2 :]))) for model in models]
    numbers = {"sizes": sizes, "epochs": epochs, "updates": updates, "costs": costs, "noise": noise}
    numbers["on_the_way"] = on_the_way
    panels = [
        cost_curves(names, models, title="by_batch")._replace(y="cost_on_the_way"),
        bars("updates", names, updates, y="batch_rows", log="x"),
        bars("noise", names, noise, y="batch_rows", log="x"),
    ]
    further = max(costs[:-1]) < costs[-1]
    rougher = noise[0] > noise[1] and min(noise[:-1]) > noise[-1]
    return judged({"further": further, "rougher": rougher}, numbers, panels)


def saturated_output(setting: Setting) -> Finding:
    """A sigmoid output that is sure of the wrong class, trained with either loss."""
    random = np.random.default_rng(setting.seed)
    X = np.concatenate([random.normal(-1, 0.3, 40), random.normal(1, 0.3, 40)])[None, :]
    Y = np.repeat([[0.0, 1.0]], 40, axis=1)
    losses, steps = ("squared", "entropy"), 1000
    far, z = np.array([99999.0]), np.linspace(-10, 20, 301)  # the notes' z, where y is 0
    numbers: dict[str, Any] = {"steps": steps, "first_w": -8.0}
    slopes, ways = [], []
    for loss in losses:
        way = _one_unit(X, Y, loss, w=numbers["first_w"], steps=steps)
        numbers |= {f"{loss}_far": float(dZ_of(far, np.zeros(1), loss)[0]), f"{loss}_w": way[-1]}
        numbers[f"{loss}_steps"] = next((step for step, w in enumerate(way) if w > 0), None)  # w > 0 is right
        slopes.append(Series(loss, z.tolist(), dZ_of(z, np.zeros_like(z), loss).tolist()))
        ways.append(Series(loss, list(range(1, steps + 2)), way))
    numbers["relu_loss"] = _loss_of_relu(far)
    panels = [
        Panel("lines", slopes, x="z", y="dz", title="slope_of_the_loss"),
        Panel("lines", ways, x="step", y="w", title="the_weight", log="x"),
    ]
    stuck = numbers["squared_w"] < 0 and numbers["squared_far"] == 0
    learned = numbers["entropy_w"] > 0 and numbers["entropy_far"] == 1
    return Finding(stuck and learned and numbers["relu_loss"] == "NaN", numbers, panels)


def dZ_of(Z: Array, Y: Array, loss: str) -> Array:
    """dL/dZ of a sigmoid output: A - Y with the cross-entropy, (A - Y) g'(Z) with half the squared error."""
    A = OUTPUTS["sigmoid"].g(Z)
    return np.asarray((A - Y) * sigmoid_prime(Z, A) if loss == "squared" else A - Y)


def _one_unit(X: Array, Y: Array, loss: str, w: float, steps: int) -> Sequence[float]:
    """Gradient descent of one unit with rate 1: the way of w."""
    W, b = np.array([[w]]), np.zeros((1, 1))
    q, way = shares(np.ones(Y.shape)), [w]
    for _ in range(steps):
        Z, _ = forward([None, W], [None, b], X, ("", "sigmoid"))
        dZ = dZ_of(Z[1], Y, loss)
        W, b = W - weights_gradient(dZ, X, q), b - bias_gradient(dZ, q)
        way.append(float(W[0, 0]))
    return way


def _loss_of_relu(Z: Array) -> str:
    """The loss of a ReLU output for y = 0, as if it were a probability: above 1 there is none."""
    try:
        return f"{loss_of_probabilities(np.maximum(Z, 0)[None, :], np.zeros((1, 1))).item():g}"
    except DataError:
        return "NaN"
