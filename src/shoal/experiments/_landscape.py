"""The cost as a landscape over the parameters: whether it is a bowl, and whether its slope is right."""

from typing import Any

import numpy as np

from shoal.book import Network, forward, mean_loss, shares
from shoal.datasets import moons
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.experiments._finding import Array, Field, Finding, Panel, Series, Setting
from shoal.experiments._population import bars, fit_together, network
from shoal.inspect import BUGS, check_gradients


def convexity(setting: Setting) -> Finding:
    """A trained network and the same with two hidden units swapped: two valleys, and a ridge between."""
    X, y = moons(n_samples=200, seed=setting.seed)
    model = network((3,), solver="adam", learning_rate_init=0.1, max_iter=500, random_state=setting.seed)
    fit_together([model], X, y)
    data = Data(X.T, y[None, :].astype(float))
    one, other = model.theta_, swapped(model.network_, model.theta_)
    t = np.linspace(-0.25, 1.25, 121)
    on_way = costs(model.network_, one + t[:, None] * (other - one), data)
    line = Network((2, 1), (), "sigmoid")
    both = costs(model.network_, np.array([one, other]), data)
    numbers = {
        "valley": float(both[0]),
        "other_valley": float(both[1]),
        "ridge": float(costs(model.network_, (one + other)[None, :] / 2, data)[0]),
        "pairs": 1000,
        "bends_network": _bends(model.network_, data, setting.seed),
        "bends_line": _bends(line, data, setting.seed),
    }
    panels = [
        Panel("lines", [Series("cost", t.tolist(), on_way.tolist())], x="way", y="cost", title="on_the_way"),
        _plane(model.network_, one, other, data),
    ]
    same = abs(both[1] - both[0]) < 1e-12
    apart = numbers["ridge"] > 1.05 * both[0]
    return Finding(
        bool(same and apart) and numbers["bends_line"] == 0 < numbers["bends_network"], numbers, panels
    )


def swapped(network: Network, theta: Array) -> Array:
    """The same network with the first two units of its hidden layer swapped."""
    theta = theta.copy()
    W, b = network.views(theta)
    for matrix in (W[1], b[1], W[2].T):
        matrix[:2] = matrix[1::-1].copy()
    return theta


def costs(network: Network, thetas: Array, data: Data) -> Array:
    """J of K networks at once, thetas (K, p): the book's equations broadcast over them."""
    W, b = network.views(thetas)
    Z, _ = forward(W, b, data.X, network.g)
    return np.asarray(mean_loss(Z[-1], data.Y, network.output, shares(np.ones((1, data.X.shape[1])))))


def _bends(network: Network, data: Data, seed: int, pairs: int = 1000) -> int:
    """How often J half-way between two random points is above the mean of the two: never, in a bowl."""
    ends = 3 * np.random.default_rng(seed).standard_normal((2, pairs, network.p))
    one, other, middle = (costs(network, thetas, data) for thetas in (*ends, ends.mean(axis=0)))
    return int(np.sum(middle > (one + other) / 2 + 1e-9))


def _plane(network: Network, one: Array, other: Array, data: Data) -> Panel:
    """J in the plane through both valleys and down the steepest slope of the ridge."""
    across = other - one
    _, slope = get_engine("numpy").gradient(network, (one + other) / 2, data)
    down = -slope * np.linalg.norm(across) / np.linalg.norm(slope) / 2
    s, t = np.linspace(-0.6, 1.0, 41), np.linspace(-0.25, 1.25, 61)
    plane = one + s[:, None, None] * down + t[None, :, None] * across
    values = costs(network, plane.reshape(-1, network.p), data).reshape(len(s), len(t))
    return Panel("field", [Series("way", [0.0, 1.0], [0.0, 0.0])], x="way", y="down", title="two_valleys",
                 field=Field(t, s, values))  # fmt: skip


def gradient_check(setting: Setting) -> Finding:
    """Mistakes put into the backward pass, one after the other: finite differences find and locate each."""
    random = np.random.default_rng(setting.seed)
    net = Network((3, 4, 3, 1), ("tanh", "sigmoid"), "sigmoid")
    X, Y = random.normal(size=(3, 20)), random.integers(0, 2, size=(1, 20)).astype(float)
    mask = 2.0 * random.integers(0, 2, size=(4, 20))  # of a dropout of one half
    given: dict[str, Any] = {
        "theta": random.normal(size=net.p),
        "X": X,
        "Y": Y,
        "l2": 0.5,
        "D": [None, mask, None, None],
    }
    right = check_gradients(net, **given)
    checks = {name: check_gradients(net, plant=name, **given) for name in BUGS}
    course = {name: check.course["backward"] for name, check in checks.items()}
    located = [
        name
        for name, check in checks.items()
        if check.planted is not None and check.location == _place(name, check.planted.layer)
    ]
    numbers = {
        "parameters": net.p,
        "right": right.course["backward"],
        "mistakes": len(BUGS),
        "found": sum(not check.ok for check in checks.values()),
        "located": len(located),
        "named": sum(check.planted in check.suspects for check in checks.values()),
        "smallest": min(course.values()),
        "course": course,
    }
    panels = [bars("course", ["none", *BUGS], [right.course["backward"], *course.values()], log="x")]
    all_found = numbers["found"] == numbers["located"] == numbers["named"] == len(BUGS)
    return Finding(right.ok and all_found, numbers, panels)


def _place(bug: str, layer: int) -> tuple[str, int]:
    """The derivative that a mistake makes wrong first, and its layer (0: every layer)."""
    formula = {"penalty of W": "dW", "penalty of b": "db"}.get(BUGS[bug].formula, BUGS[bug].formula[:2])
    return formula, layer
