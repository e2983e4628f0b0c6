"""41 ways to set up a run, wild ones and lame ones, and what each run says of its end.

`tools/endings.py` prints them all; `test_endings.py` asks of each that it tells the truth.
"""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from shoal import MLPClassifier
from shoal.base.errors import DivergedError
from shoal.datasets import load

BASE = {"hidden_layer_sizes": (8,), "activation": "tanh", "solver": "sgd", "max_iter": 400, "random_state": 0}


def _settings():
    for rate in (1, 10, 100):  # explosive
        for activation in ("tanh", "relu"):
            for solver in ("sgd", "adam"):
                yield {"learning_rate_init": rate, "activation": activation, "solver": solver}
    for scale in (30, 300):  # large first weights
        for activation in ("tanh", "relu", "sigmoid"):
            yield {"initialization": "normal", "initialization_scale": scale, "activation": activation}
    yield {
        "initialization": "normal",
        "initialization_scale": 30,
        "learning_rate_init": 1,
        "activation": "relu",
    }
    yield {"initialization": "normal", "initialization_scale": 1000, "solver": "adam"}
    for rate in (1e-6, 1e-4):  # nothing moves
        for solver in ("sgd", "adam", "rmsprop", "adagrad"):
            yield {"learning_rate_init": rate, "solver": solver}
    for solver in ("sgd", "adam", "lbfgs"):  # from a flat place
        yield {"initialization": "zeros", "hidden_layer_sizes": (), "solver": solver}
        yield {"initialization": "normal", "initialization_scale": 1e-3, "solver": solver}
        yield {"hidden_layer_sizes": (8,) * 6, "activation": "sigmoid", "solver": solver}
    for rate in (0.01, 0.1):  # ordinary
        for solver in ("sgd", "adam"):
            yield {"learning_rate_init": rate, "solver": solver}


SETTINGS = list(_settings())


def two_classes():
    """Two heaps that a line separates but for a few rows, of 60 and 40 %."""
    random = np.random.default_rng(0)
    y = (np.arange(200) < 80).astype(int)
    return random.normal(size=(200, 2)) + 2.5 * y[:, None], y


def flower():
    """The course's set, whose two classes no line separates."""
    points = load("flower", seed=1)
    return points.X, points.y


SETS = {"heaps": two_classes, "flower": flower}


class Told(NamedTuple):
    """What a run did, and what it said of it."""

    epochs: int
    costs: list
    accuracy: float  # on the rows that it learned
    majority: float
    constant: float  # the cost of the best constant prediction
    reason: str
    warned: bool
    words: str


def run(parameters, X, y):
    """Train, and keep what was said."""
    counts = np.unique(y, return_counts=True)[1] / len(y)
    constant = -float(counts @ np.log(counts))
    model = MLPClassifier(**(BASE | parameters))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model.fit(X, y)
        except DivergedError as error:
            return Told(0, [], np.nan, counts.max(), constant, "diverged", True, str(error))
    said = [str(each.message) for each in caught if each.category is ConvergenceWarning]
    return Told(
        model.n_iter_,
        model.loss_curve_,
        model.score(X, y),
        counts.max(),
        constant,
        model.stopped_,
        bool(said),
        " ".join(said),
    )
