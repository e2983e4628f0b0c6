"""What a wrong answer costs, and the decision that costs least.

``{"yes": 10}`` says: a row of the class "yes" that is taken for another one costs 10; every other mistake
costs 1. By Bayes' rule the expected cost of an answer is the sum of c_k p_k over the classes k that it is
not, so the answer is the class with the largest c_k p_k. Of two classes: "yes" from p = 1 / (1 + c) on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import UsageError
from shoal.base.shown import listed, quoted

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class CostCheck(NamedTuple):
    """The mean cost of a row: of the likeliest class, and of the class that costs least."""

    likeliest: float
    cheapest: float


def costs_of(costs: Mapping[str, float], classes: Sequence[Any]) -> Floats:
    """The cost of missing each class, (classes,), in their order.

    Raises
    ------
    UsageError
        If a label is no class, or a cost is not above 0.
    """
    names = [str(label) for label in classes]
    for label, cost in costs.items():
        if str(label) not in names:
            raise UsageError("tables.cost_of_what", label=quoted(label), known=listed(names))
        if not 0 < cost < np.inf:
            raise UsageError("tables.cost_size", label=quoted(label), cost=cost)
    given = {str(label): float(cost) for label, cost in costs.items()}
    return np.array([given.get(name, 1.0) for name in names])


def decide_by_cost(log_P: Floats, costs: Floats) -> Places:
    """The place of the class that costs least to say, (m,), from log probabilities, (m, classes)."""
    places: Places = (log_P + np.log(costs)).argmax(axis=1)
    return places


def check_cost(log_P: Floats, truth: Places, costs: Floats) -> CostCheck:
    """What both decisions cost on rows that were not learned from."""
    decisions = (log_P.argmax(axis=1), decide_by_cost(log_P, costs))
    return CostCheck(*(float(np.where(said == truth, 0.0, costs[truth]).mean()) for said in decisions))
