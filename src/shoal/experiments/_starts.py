"""Where training starts: note 3, section 3.11, and what notes 4 and 5 say about it."""

from typing import Any

import numpy as np

from shoal.book import ACTIVATIONS, Network
from shoal.datasets import flower, moons
from shoal.estimators import MLPClassifier
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, judged
from shoal.experiments._population import (
    accuracy,
    bars,
    before_training,
    cost_curves,
    fit_together,
    last_cost,
    network,
    rows_of,
)

STARTS: dict[str, tuple[str, float | None]] = {  # initialization, initialization_scale
    "zeros": ("zeros", None),
    "ones": ("ones", None),
    "all_001": ("ones", 0.01),
    "random_001": ("normal", 0.01),
    "random_10": ("normal", 10.0),
    "xavier": ("xavier", None),
    "he": ("he", None),
}
EQUAL = 3  # the first of them start with equal units
SCALES = {"times_001": 0.01, "times_1": 1.0, "times_100": 100.0}
# In this order the sums that are zero by symmetry are zero in floating-point numbers too. A rest of 1e-18
# would grow: zero weights are a saddle.
XOR = (np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]), np.array([0, 0, 1, 1]))


def starts(setting: Setting) -> Finding:
    """Seven starts side by side, all else equal."""
    X, y = rows_of(setting, flower)
    units, rule = 8, {"learning_rate_init": 0.5, "max_iter": 1000, "random_state": setting.seed}
    models = [
        network((units,), initialization=how, initialization_scale=scale, **rule)
        for how, scale in STARTS.values()
    ]
    fit_together(models, X, y)
    different = [different_units(model, X) for model in models]
    costs = [last_cost(model) for model in models]
    numbers: dict[str, Any] = {"units": units, "different": different, "costs": costs}
    numbers |= {name: accuracy(model, X, y) for name, model in zip(STARTS, models, strict=True)}
    panels = [cost_curves(list(STARTS), models, log="y"), bars("different_units", list(STARTS), different)]
    numbers |= {"lowest_equal": min(costs[:EQUAL]), "highest_random": max(costs[EQUAL:])}
    parts = {
        "equal": set(different[:EQUAL]) == {1},
        "random": set(different[EQUAL:]) == {units},
        "lower": numbers["highest_random"] < numbers["lowest_equal"],
    }
    return judged(parts, numbers, panels)


def different_units(model: MLPClassifier, X: Array) -> int:
    """How many units of the first hidden layer are not copies of another one."""
    groups = model.trace(X).identical_units[1]
    return model.network_.n[1] - sum(len(group) - 1 for group in groups)


def zero_start(setting: Setting) -> Finding:
    """All W zero: the forward pass runs, but W[1] gets no gradient; random biases help only sometimes."""
    numbers: dict[str, Any] = {}
    panels = []
    rule: dict[str, Any] = {"learning_rate_init": 0.5, "max_iter": 1000}
    for name, (X, y) in (("moons", moons(seed=setting.seed)), ("xor", XOR)):
        tanh, relu, biases = models = [
            network((4,), activation, initialization=how, random_state=setting.seed, **rule)
            for activation, how in (("tanh", "zeros"), ("relu", "zeros"), ("tanh", random_biases))
        ]
        fit_together(models, X, y)
        numbers |= {
            f"zero_{name}": max(float(np.abs(model.coefs_[0]).max()) for model in (tanh, relu)),
            f"zero_{name}_accuracy": max(accuracy(model, X, y) for model in (tanh, relu)),
            f"bias_{name}": float(np.abs(biases.coefs_[0]).max()),
            f"bias_{name}_accuracy": accuracy(biases, X, y),
        }
        panels.append(cost_curves(["zero_tanh", "zero_relu", "bias_tanh"], models, title=name))
    stays = numbers["zero_moons"] == numbers["zero_xor"] == 0
    sometimes = numbers["bias_xor"] < 1e-9 and numbers["bias_moons"] > 0.1
    better = numbers["bias_moons_accuracy"] > numbers["zero_moons_accuracy"] + 20
    return judged({"stays": stays, "sometimes": sometimes, "better": better}, numbers, panels)


def random_biases(network: Network, random: Any) -> list[tuple[Array, Array]]:
    """Weights zero, biases from N(0, 1)."""
    W, b = network.shapes[0::2], network.shapes[1::2]
    return [(np.zeros(W_l), random.standard_normal(b_l)) for W_l, b_l in zip(W, b, strict=True)]


def weight_size(setting: Setting) -> Finding:
    """Random weights times 0.01, 1 and 100: with tanh, and with ReLU."""
    X, y = moons(seed=setting.seed)
    rule: dict[str, Any] = {"learning_rate_init": 0.3, "max_iter": 1000, "random_state": setting.seed}
    models = {
        activation: [
            network((8,), activation, initialization="normal", initialization_scale=scale, **rule)
            for scale in SCALES.values()
        ]
        for activation in ("tanh", "relu")
    }
    fit_together([model for each in models.values() for model in each], X, y)
    slopes = {name: [_mean_slope(model, X) for model in each] for name, each in models.items()}
    numbers: dict[str, Any] = {"scales": list(SCALES.values()), "tanh_slopes": slopes["tanh"]}
    numbers |= {"relu_slopes": slopes["relu"]}
    for name, each in models.items():
        numbers |= {f"{name}_first": [model.loss_curve_[0] for model in each]}
        numbers |= {f"{name}_last": [last_cost(model) for model in each]}
    panels = [cost_curves(list(SCALES), each, title=name, log="xy") for name, each in models.items()]
    shown = [Series(name, list(SCALES), each) for name, each in slopes.items()]
    panels.append(Panel("bars", shown, x="mean_slope", title="slopes"))
    small, _, large = slopes["tanh"]
    parts = {
        "flat": large < 0.1 < 0.9 < small,
        "slower": all(numbers[f"{name}_last"][2] > 2 * numbers[f"{name}_last"][1] for name in models),
        "high": numbers["relu_first"][2] > 10,
    }
    return judged(parts, numbers, panels)


def _mean_slope(model: MLPClassifier, X: Array) -> float:
    """The mean of g' over the hidden units and the rows, before training."""
    seen = before_training(model, X)
    return float(np.mean(ACTIVATIONS[model.activation].g_prime(seen.Z[1], seen.A[1])))
