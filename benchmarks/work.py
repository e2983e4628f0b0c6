"""A piece of training that every contestant does: the same data, start, rule, batches and steps.

`theta` is where everybody starts, and it is drawn as `shoal.MLPClassifier(random_state=0)` draws it, so
that the estimator takes part in the same race. `cost` is the judge: the equations in float64, over all
rows, whatever the precision in which somebody got there.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from shoal.book import equations
from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.engines.base import Data

BLOCK = 8192


@dataclass(frozen=True)
class Work:
    """Rows, network and steps.

    The precision is that of X. Y has a row an example, like X; `labels` are what scikit-learn is given.
    """

    network: Network
    X: Any  # (m, n_x)
    labels: Any  # (m,), int
    rule: str  # "gradient_descent" or "adam"
    rate: float
    batch_size: int
    epochs: int
    shuffle: bool = True

    @property
    def m(self) -> int:
        return len(self.X)

    @property
    def dtype(self) -> Any:
        return self.X.dtype

    @cached_property
    def Y(self) -> Any:
        """(m, n_y): one column of 0 and 1, or one a class."""
        if self.network.output == "softmax":
            return np.eye(self.network.n[-1], dtype=self.dtype)[self.labels]
        return self.labels[:, None].astype(self.dtype)

    @cached_property
    def theta(self) -> Any:
        """Where training starts, (p,)."""
        return initialize(self.network, np.random.Generator(np.random.Philox(key=[0, 0])), dtype=self.dtype)

    @cached_property
    def data(self) -> Data:
        return Data(self.X.T, self.Y.T)

    def changed(self, **changes: Any) -> "Work":
        """The same work but for this."""
        return replace(self, **changes)

    def in_precision(self, dtype: Any) -> "Work":
        return replace(self, X=self.X.astype(dtype))

    def cost(self, theta: Any) -> float:
        """J over all rows, from the equations in float64."""
        W, b = self.network.views(np.asarray(theta, np.float64))
        total = 0.0
        for begin in range(0, self.m, BLOCK):
            X, Y = (part[begin : begin + BLOCK].T.astype(np.float64) for part in (self.X, self.Y))
            Z, _ = equations.forward(W, b, X, self.network.g)
            total += float(equations.mean_loss(Z[-1], Y, self.network.output, np.ones((1, X.shape[1]))))
        return total / self.m

    @property
    def operations(self) -> float:
        """Multiplications and additions of all matrix products of the whole work.

        Forward and dW cost 2 n[l] n[l-1] a row each, in every layer; dA the same from the second on.
        """
        weights = [prod(shape) for shape in self.network.shapes[0::2]]
        return 2.0 * self.m * self.epochs * (2 * sum(weights) + sum(weights[1:]))
