"""What a person chooses and training does not: note 5's hyperparameters, the penalties among them."""

from typing import Any

import numpy as np

from shoal.datasets import moons
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, judged
from shoal.experiments._population import (
    accuracy,
    bars,
    before_training,
    boundary,
    cost_on,
    fit_together,
    is_plane,
    network,
    with_new_rows,
)

HYPERPARAMETERS: dict[str, dict[str, Any]] = {  # the notes' list, each with another value than USUAL
    "layers": {"hidden": (6, 6)},
    "units": {"hidden": (12,)},
    "learning_rate": {"learning_rate_init": 1.0},
    "epochs": {"max_iter": 600},
    "activation": {"activation": "relu"},
    "momentum": {"momentum": 0.9},
    "batch_size": {"batch_size": 32},
    "penalty": {"alpha": 2.0},
}
USUAL: dict[str, Any] = {"hidden": (6,), "learning_rate_init": 0.5, "max_iter": 300}


def hyperparameters(setting: Setting) -> Finding:
    """Training changes W and b, and nothing else; each hyperparameter changes which W and b come out."""
    X, y = moons(seed=setting.seed)
    changed: list[dict[str, Any]] = [{}, {}, *HYPERPARAMETERS.values()]
    models = [network(**USUAL | change, random_state=setting.seed) for change in changed]
    before = [model.get_params() for model in models]
    fit_together(models, X, y)
    first, again, *others = models
    start = before_training(first, X).theta
    costs = [cost_on(model, X, y) for model in (first, *others)]
    numbers = {
        "parameters": first.network_.p,
        "moved": int(np.sum(first.theta_ != start)),
        "hyperparameters": len(HYPERPARAMETERS),
        "altered": sum(model.get_params() != old for model, old in zip(models, before, strict=True)),
        "unlike": int(np.sum(first.theta_ != again.theta_)),
        "different": sum(not np.array_equal(first.theta_, other.theta_) for other in others),
        "cost": costs[0],
        "lowest": min(costs),
        "highest": max(costs),
    }
    panels = [bars("cost", ["as_it_was", *HYPERPARAMETERS], costs)]
    moves = numbers["moved"] == numbers["parameters"] and numbers["altered"] == numbers["unlike"] == 0
    return Finding(bool(moves) and numbers["different"] == len(others), numbers, panels)


def penalties(setting: Setting) -> Finding:
    """A network with too many weights, without a penalty, with L2, and with dropout."""
    (X, y), (X_new, y_new) = with_new_rows(setting, _pitch)
    ways: dict[str, dict[str, Any]] = {"nothing": {}, "l2": {"alpha": 0.7}, "dropout": {"dropout": 0.3}}
    rule: dict[str, Any] = {"solver": "adam", "learning_rate_init": 0.02, "max_iter": 600}
    models = [network((40, 20), random_state=setting.seed, **rule, **way) for way in ways.values()]
    fit_together(models, X, y)
    training = [cost_on(model, X, y) for model in models]
    new = [cost_on(model, X_new, y_new) for model in models]
    gaps = [after - before for before, after in zip(training, new, strict=True)]
    numbers = {
        "weights": models[0].network_.p,
        "rows": len(X),
        "training": training,
        "new": new,
        "gaps": gaps,
        "accuracies": [accuracy(model, X, y) for model in models],
        "new_accuracies": [accuracy(model, X_new, y_new) for model in models],
    }
    shown = zip(ways, models, strict=True) if is_plane(X, y) else ()
    panels = [boundary(model, X, y, name) for name, model in shown]
    costs = [Series("training", list(ways), training), Series("new_rows", list(ways), new)]
    panels.append(Panel("bars", costs, x="cost"))
    return judged({"gaps": max(gaps[1:]) < gaps[0], "new": max(new[1:]) < new[0]}, numbers, panels)


def _pitch(seed: int, n_samples: int = 150) -> tuple[Array, Any]:
    """Places on a football pitch: who wins the ball there. A bent line parts them, and 15 % are luck."""
    random = np.random.default_rng(seed)
    X = random.uniform(-1, 1, size=(n_samples, 2))
    ours = X[:, 1] > 0.1 + 0.6 * X[:, 0] - 0.3 * X[:, 0] ** 2
    return X, (ours ^ (random.random(n_samples) < 0.15)).astype(np.int64)
