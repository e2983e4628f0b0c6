"""Logistic regression as maximum likelihood: note 3, section 2.18."""

from math import exp
from typing import Any

import numpy as np

from shoal.book import OUTPUTS
from shoal.book.equations import sigmoid
from shoal.estimators import LogisticRegression
from shoal.experiments._finding import Array, Finding, Panel, Setting, curve
from shoal.experiments._measure import gap

_FEW, _MANY = 60, 2000  # examples


def likelihood(setting: Setting) -> Finding:
    """The smallest cost is the largest probability of the labels, given the inputs."""
    random = np.random.default_rng(setting.seed)
    x, y = _labelled(random, _FEW)
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(x[:, None], y)
    w, b = float(model.coef_[0, 0]), float(model.intercept_[0])
    p, loss = _probabilities(w, b, x, y), _losses(w, b, x, y)
    J, product = float(loss.mean()), float(np.prod(p))
    others = np.array([w, b]) + random.normal(scale=0.5, size=(1000, 2))
    grid = np.linspace(w - 3, w + 3, 301)
    likelihoods = np.array([np.prod(_probabilities(each, b, x, y)) for each in grid])
    costs = np.array([_losses(each, b, x, y).mean() for each in grid])
    many = _labelled(random, _MANY)
    numbers: dict[str, Any] = {
        "m": _FEW,
        "J": J,
        "w": w,
        "b": b,
        "difference": gap(np.log(p), -loss),
        "product": product,
        "from_J": exp(-_FEW * J),
        "others": len(others),
        "more_likely": sum(
            float(np.prod(_probabilities(other[0], other[1], x, y))) > product for other in others
        ),
        "w_of_cost": float(grid[costs.argmin()]),
        "w_of_likelihood": float(grid[likelihoods.argmax()]),
        "w_of_sum": float(grid[(costs * _FEW).argmin()]),  # the note's J has no 1/m (2.18)
        "many": _MANY,
        "product_of_many": float(np.prod(_probabilities(w, b, *many))),
        "log_of_many": float(-_losses(w, b, *many).sum()),
    }
    curves = (("likelihood", likelihoods / product, 1.0), ("cost", costs, J))
    panels = [
        Panel("lines", [curve(name, grid, y), curve("best", w, top, joined=False)], x="w", y=name)
        for name, y, top in curves
    ]
    same = numbers["difference"] < 1e-12 and abs(product / numbers["from_J"] - 1) < 1e-9
    places = numbers["w_of_cost"] == numbers["w_of_likelihood"] == numbers["w_of_sum"]
    holds = same and places and numbers["more_likely"] == 0 and numbers["product_of_many"] == 0
    return Finding(bool(holds and np.isfinite(numbers["log_of_many"])), numbers, panels)


def _labelled(random: np.random.Generator, m: int) -> tuple[Array, Array]:
    """One input, and labels that are 1 with probability sigmoid(1.5 x - 0.5)."""
    x = random.normal(size=m)
    return x, (random.uniform(size=m) < sigmoid(1.5 * x - 0.5)).astype(float)


def _probabilities(w: float, b: float, x: Array, y: Array) -> Any:
    """p(y|x) = a^y (1 - a)^(1 - y), of each example."""
    a = sigmoid(w * x + b)
    return a**y * (1 - a) ** (1 - y)


def _losses(w: float, b: float, x: Array, y: Array) -> Any:
    """The loss of each example by the equations."""
    return OUTPUTS["sigmoid"].loss((w * x + b)[None, :], y[None, :])[0]
