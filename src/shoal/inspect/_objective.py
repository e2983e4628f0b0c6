"""The cost J as a function of theta: examples, their shares in the mean, penalties. No derivatives.

Everything here is dense and in one precision, so that the equations can be used as they stand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from shoal.base.arguments import check_list, check_strength
from shoal.book.equations import OUTPUTS, forward, penalty, shares
from shoal.book.network import Network
from shoal.book.notation import check_layers, check_shape, check_targets


@dataclass(frozen=True)
class Objective:
    """J(theta) = sum of q * loss + L1/m sum |W| + L2/(2m) sum W^2."""

    network: Network
    X: Any  # (n_x, m)
    Y: Any  # (n_y, m)
    q: Any  # (1, m)
    l1: float
    l2: float
    total: float  # the m of the penalties: a weight of k counts as k examples
    D: Any = None  # the dropout masks by layer, as `forward` takes them

    @property
    def m(self) -> int:
        """The number of examples."""
        return int(self.X.shape[1])

    def forward(self, theta: Any) -> tuple[list[Any], list[Any]]:
        """The lists Z and A of one theta, (p,), or of each in a stack."""
        W, b = self.network.views(theta)
        return forward(W, b, self.X, self.network.g, self.D)

    def losses(self, Z_L: Any) -> Any:
        """The loss of each example, (1, m)."""
        return OUTPUTS[self.network.output].loss(Z_L, self.Y)

    def penalty(self, theta: Any) -> Any:
        """What the penalties add to J."""
        return penalty(self.network.views(theta)[0], self.l1, self.l2, self.total)


def objective(
    network: Network,
    X: Any,
    Y: Any,
    v: Any = None,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
    D: Any = None,
    dtype: Any = np.float64,
) -> Objective:
    """J over these examples; v, (1, m), are their weights, None where all count alike.

    Raises
    ------
    UsageError
        If a strength is not a number of at least 0, or D is not a list by layer.
    ShapeError
        If X, Y or v do not fit the network and each other.
    """
    for name, strength in (("l1", l1), ("l2", l2)):
        check_strength(name, strength)
    if D is not None:
        check_list("D", D, network.L + 1)
    X, Y = dense(X, dtype), np.asarray(Y, dtype)
    W, _ = network.views(np.zeros(network.p))
    check_layers(W, X)
    check_targets(Y, np.broadcast_to(0.0, (network.n[-1], X.shape[1])))
    v = np.ones((1, X.shape[1]), dtype) if v is None else np.asarray(v, dtype)
    check_shape("v", v, ("1", "m"), (1, X.shape[1]))
    D = None if D is None else [None if D_l is None else np.asarray(D_l, dtype) for D_l in D]
    return Objective(network, X, Y, shares(v), float(l1), float(l2), float(v.sum(dtype=np.float64)), D)


def dense(X: Any, dtype: Any) -> Any:
    """X as a dense array in this precision; one that is so already is not copied."""
    return X.toarray().astype(dtype) if sparse.issparse(X) else np.asarray(X, dtype)
