"""The backward pass a second time, cut into its formulas, so that one of them can be replaced by a mistake.

`equations.backward` is the pass that trains; a test holds this copy to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.book.equations import ACTIVATIONS, OUTPUTS, penalty_prime

if TYPE_CHECKING:
    from shoal.inspect._objective import Objective

# A slope such as 1 - A^2, or A - Y, is right to 1e-16, however small it is; 1e-9 of this is that.
FAINT = 1e-7


@dataclass
class Pass:
    """What the formulas read; lists are indexed by layer, and dZ fills from the last one."""

    o: Objective
    W: list[Any]
    b: list[Any]
    Z: list[Any]
    A: list[Any]
    dZ: dict[int, Any] = field(default_factory=dict)

    def dA(self, l: int) -> Any:
        """W[l+1].T @ dZ[l+1]."""
        return self.W[l + 1].mT @ self.dZ[l + 1]

    def masked(self, l: int, array: Any) -> Any:
        """The array times D[l], where there is dropout."""
        return array if self.o.D is None or self.o.D[l] is None else array * self.o.D[l]

    def slope(self, l: int, g: str) -> Any:
        """g'(Z[l]); that of softmax towards its own z, as if it were a sigmoid."""
        if g not in ACTIVATIONS:
            return OUTPUTS[g].g_prime(self.Z[l], self.A[l])
        return ACTIVATIONS[g].g_prime(self.Z[l], ACTIVATIONS[g].g(self.Z[l]))

    def penalty(self, matrix: Any) -> Any:
        """The slope of the penalties."""
        return penalty_prime(matrix, self.o.l1, self.o.l2, self.o.total)


Formula = Callable[[Pass, int], Any]  # of the pass and a layer

RIGHT: Mapping[str, Formula] = MappingProxyType(
    {
        "dZ of the output": lambda p, l: p.A[l] - p.o.Y,
        "dZ": lambda p, l: p.masked(l, p.dA(l)) * p.slope(l, p.o.network.g[l]),
        "dW": lambda p, l: (p.o.q * p.dZ[l]) @ p.A[l - 1].mT,
        "db": lambda p, l: np.sum(p.o.q * p.dZ[l], axis=1, keepdims=True),
        "penalty of W": lambda p, l: p.penalty(p.W[l]),
        "penalty of b": lambda p, l: np.zeros_like(p.b[l]),
    }
)


def gradient(o: Objective, theta: Any, formula: Callable[[str, int], Formula]) -> Any:
    """dJ/dtheta, with the formula that is chosen by its name in RIGHT and the layer."""
    network = o.network
    p = Pass(o, *network.views(theta), *o.forward(theta))
    dtheta = np.zeros_like(theta)
    dW, db = network.views(dtheta)
    for l in range(network.L, 0, -1):
        p.dZ[l] = formula("dZ of the output" if l == network.L else "dZ", l)(p, l)
        dW[l][...] = formula("dW", l)(p, l) + formula("penalty of W", l)(p, l)
        db[l][...] = formula("db", l)(p, l) + formula("penalty of b", l)(p, l)
    return dtheta


def terms_of(o: Objective, theta: Any) -> Any:
    """The size of the terms that each part of dJ/dtheta sums, (p,): the same pass with absolute values.

    At a minimum the terms cancel and the gradient is 0, but the terms are as large as before. A difference is
    judged by them, so that rounding at a minimum is no disagreement. Slopes and A - Y count FAINT more.
    """
    network = o.network
    W, b = network.views(theta)
    Z, A = o.forward(theta)
    p = Pass(o, [W_l if W_l is None else np.abs(W_l) for W_l in W], b, Z, A)
    sizes = np.zeros_like(theta)
    dW, db = network.views(sizes)
    for l in range(network.L, 0, -1):
        if l == network.L:
            p.dZ[l] = np.abs(A[l] - o.Y) + FAINT
        else:
            p.dZ[l] = p.masked(l, p.dA(l)) * (np.abs(p.slope(l, network.g[l])) + FAINT)
        dW[l][...] = (o.q * p.dZ[l]) @ np.abs(A[l - 1]).T + p.penalty(p.W[l])
        db[l][...] = RIGHT["db"](p, l)
    return sizes
