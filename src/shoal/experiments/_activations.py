"""Activation functions: note 3, sections 3.6 and 3.7. Which one learns fast, and why there must be one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import entropy

from shoal.book import ACTIVATIONS
from shoal.datasets import moons
from shoal.estimators import LogisticRegression, MLPClassifier
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, judged
from shoal.experiments._population import (
    accuracy,
    bars,
    before_training,
    boundary,
    cost_curves,
    cost_on,
    first_epoch,
    fit_together,
    is_plane,
    last_cost,
    network,
    or_never,
    rows_of,
)
from shoal.inspect import Trace

FAR = 10.0  # z far out, where sigmoid and tanh are flat


def activations(setting: Setting) -> Finding:
    """Four activations on the same rows with the same rate, from three starts each."""
    names, starts, most = ("sigmoid", "tanh", "relu", "leaky_relu"), 3, 400
    X, y = rows_of(setting, moons)
    models = [
        network((16, 16), name, learning_rate_init=0.3, max_iter=most, random_state=starts * setting.seed + k)
        for name in names
        for k in range(starts)
    ]
    fit_together(models, X, y)
    level = _half_of_nothing(y)
    middle = [
        sorted(models[k : k + starts], key=lambda model: or_never(first_epoch(model, level)))[starts // 2]
        for k in range(0, len(models), starts)
    ]
    epochs = [first_epoch(model, level) for model in middle]
    numbers: dict[str, Any] = {
        "starts": starts,
        "most": most,
        "costs": [last_cost(model) for model in middle],
    }
    numbers |= dict(zip(names, epochs, strict=True))
    panels = [cost_curves(names, middle), bars("epochs_to_half", names, epochs)]
    sigmoid, *others = map(or_never, epochs)
    return judged({"sooner": max(others) < sigmoid}, numbers, panels)


def _half_of_nothing(y: Any) -> float:
    """Half the cost of a network that has learned nothing but how frequent the classes are."""
    return 0.5 * float(entropy(np.unique(y, return_counts=True)[1]))


def saturation(setting: Setting) -> Finding:
    """Far out, sigmoid and tanh have no slope; half of ReLU's slopes are 0, and it learns all the same."""
    z = np.linspace(0.05, FAR, 200)
    slopes = {name: _slope(name, z) for name in ("sigmoid", "tanh", "relu")}
    X, y = moons(seed=setting.seed)
    relu, sigmoid = models = [
        network((16, 16), name, learning_rate_init=0.3, max_iter=600, random_state=setting.seed)
        for name in ("relu", "sigmoid")
    ]
    fit_together(models, X, y)
    level = _half_of_nothing(y)
    shares = {"before": _zero_slopes(before_training(relu, X)), "after": _zero_slopes(relu.trace(X))}
    numbers: dict[str, Any] = {"z": FAR} | {
        f"{name}_slope": float(values[-1]) for name, values in slopes.items()
    }
    numbers |= {f"zero_{when}": float(np.mean(share)) for when, share in shares.items()}
    numbers |= {"relu_epochs": first_epoch(relu, level), "sigmoid_epochs": first_epoch(sigmoid, level)}
    far_out = [Series(name, z.tolist(), values.tolist()) for name, values in slopes.items()]
    layers = [Series(when, ["layer_1", "layer_2"], share) for when, share in shares.items()]
    panels = [
        Panel("lines", far_out, x="z", y="slope", title="far_out", log="y"),
        Panel("bars", layers, x="zero_share", title="zero_slopes"),
        cost_curves(("relu", "sigmoid"), models, title="learning"),
    ]
    flat = max(numbers["sigmoid_slope"], numbers["tanh_slope"]) < 1e-4 and numbers["relu_slope"] == 1
    half = all(30 < numbers[f"zero_{when}"] < 70 for when in shares)
    sooner = or_never(numbers["relu_epochs"]) < or_never(numbers["sigmoid_epochs"])
    return Finding(flat and half and sooner, numbers, panels)


def _slope(name: str, z: Array) -> Array:
    return np.asarray(ACTIVATIONS[name].g_prime(z, ACTIVATIONS[name].g(z)))


def _zero_slopes(seen: Trace) -> list[float]:
    """The per cent of ReLU's slopes that are zero, by hidden layer."""
    return [100 * float(np.mean(Z <= 0)) for Z in seen.Z[1:-1]]


def dead_units(setting: Setting) -> Finding:
    """All units begin dead: z < 0 for every row. ReLU units stay so for ever; leaky ones wake up."""
    X, y = moons(seed=setting.seed)
    W, b, W_2 = _dead_start(X, setting.seed)
    dead = [(W, b), (W_2, np.zeros((1, 1)))]
    ways = {"relu_dead": ("relu", dead), "leaky_dead": ("leaky_relu", dead), "relu_usual": ("relu", "he")}
    rule: dict[str, Any] = {"solver": "adam", "learning_rate_init": 0.02, "max_iter": 1000}
    relu, leaky, usual = models = [
        network((len(W),), name, initialization=how, random_state=setting.seed, **rule)
        for name, how in ways.values()
    ]
    fit_together(models, X, y)
    after = [_dead(model.trace(X)) for model in models]
    numbers: dict[str, Any] = {"units": len(W), "moved": float(np.abs(relu.coefs_[0].T - W).max())}
    numbers["leaky_moved"] = float(np.abs(leaky.coefs_[0].T - W).max(axis=1).min())
    for name, model, count in zip(ways, models, after, strict=True):
        numbers |= {name: count, f"{name}_accuracy": accuracy(model, X, y)}
    counts = [("before", [len(W), len(W), _dead(before_training(usual, X))]), ("after", after)]
    panels = [
        cost_curves(list(ways), models),
        Panel("bars", [Series(when, list(ways), count) for when, count in counts], x="dead"),
    ]
    stays = numbers["moved"] == 0 and numbers["relu_dead"] == len(W)
    wakes = numbers["leaky_moved"] > 0 and numbers["leaky_dead"] < len(W)
    better = numbers["leaky_dead_accuracy"] > numbers["relu_dead_accuracy"]
    return Finding(stays and wakes and better, numbers, panels)


def _dead_start(X: Array, seed: int) -> tuple[Array, Array, Array]:
    """W[1], b[1], W[2] with biases so low that z <= -1 for every row and unit."""
    random = np.random.default_rng(seed)
    W = random.normal(size=(16, X.shape[1]))
    return W, -1 - (W @ X.T).max(axis=1, keepdims=True), random.normal(size=(1, 16)) / 4


def _dead(seen: Trace) -> int:
    """Hidden units with z <= 0 for every row."""
    return int(np.sum(np.all(seen.Z[1] <= 0, axis=1)))


def linear_collapse(setting: Setting) -> Finding:
    """Three hidden layers without an activation are one line, and as good as logistic regression."""
    X, y = rows_of(setting, moons)
    rule: dict[str, Any] = {"learning_rate_init": 0.1, "max_iter": 1000, "random_state": setting.seed}
    flat, bent = (network((8, 8, 8), name, **rule) for name in ("identity", "tanh"))
    fit_together([flat, bent], X, y)
    line = LogisticRegression(C=1e6).fit(X, y)
    W, b = collapsed(flat)
    models = {"logistic": line, "identity": flat, "tanh": bent}
    costs = [cost_on(model, X, y) for model in models.values()]
    numbers: dict[str, Any] = {"W": W.tolist(), "b": b.ravel().tolist(), "first_W": _first(W), "costs": costs}
    numbers["difference"] = float(np.abs(W @ X.T + b - flat.trace(X).Z[-1]).max())
    numbers |= {name: accuracy(model, X, y) for name, model in models.items()}
    if is_plane(X, y):
        panels = [boundary(model, X, y, name) for name, model in models.items()]
    else:
        panels = [bars("cost", list(models), costs)]
    rounding = 1e-10 * (1 + np.abs(W).max()) * (1 + np.abs(X).max())
    parts = {
        "one": numbers["difference"] < rounding,
        "no_better": costs[1] > costs[0] - 1e-6,
        "bent": costs[2] < costs[0],
    }
    return judged(parts, numbers, panels)


def collapsed(model: MLPClassifier) -> tuple[Array, Array]:
    """W' and b' of a network whose hidden layers are identities: Z[L] = W' X + b'."""
    seen = model.trace(np.zeros((1, model.n_features_in_)))
    W, b = seen.W[1], seen.b[1]
    for W_l, b_l in zip(seen.W[2:], seen.b[2:], strict=True):
        W, b = W_l @ W, W_l @ b + b_l
    return W, b


def _first(W: Array, most: int = 4) -> str:
    """The first numbers of a matrix, for a sentence."""
    written: Sequence[str] = [f"{w:.3g}" for w in W.ravel()[:most]]
    return " ".join([*written, "…"] if W.size > most else written)
