"""Where training starts: b = 0, and W random, so that the units of a layer begin to differ.

With W = 0 and b = 0 every unit of a hidden layer computes the same, gets the same gradient and stays the
same for ever (the forward pass runs; it is the learning that fails). How large W is decides whether Z lands
where g has a slope: each method below keeps the spread of the signals about equal from layer to layer.
"""

from math import sqrt
from typing import Any, Protocol

import numpy as np

from shoal.base.errors import UsageError, warn
from shoal.base.texts import text
from shoal.book.equations import ACTIVATIONS
from shoal.book.network import Network

METHODS = ("auto", "zeros", "normal", "xavier", "he")


class Normal(Protocol):
    """A source of standard normal numbers: numpy's Generator, or its legacy RandomState."""

    def standard_normal(self, size: tuple[int, int]) -> Any:
        """Independent draws of N(0, 1)."""
        ...


def initialize(
    network: Network,
    random: Normal,
    method: str = "auto",
    scale: float = 0.01,
    dtype: Any = np.float64,
) -> Any:
    """Draw a theta: W[1], then W[2], ... from N(0, s^2), every b[l] zero.

    Parameters
    ----------
    network : Network
        The architecture.
    random : numpy Generator or RandomState
        Where the numbers come from. ``RandomState(2)`` gives the course's numbers.
    method : {"auto", "zeros", "normal", "xavier", "he"}, default="auto"
        The spread s of W[l]: ``"zeros"`` 0; ``"normal"`` `scale`; ``"xavier"``
        sqrt(2 / (n[l-1] + n[l])) (Glorot and Bengio 2010), made for tanh and sigmoid; ``"he"``
        sqrt(2 / n[l-1]) (He et al. 2015), made for ReLU; ``"auto"`` takes what the layer's activation
        has in `equations.ACTIVATIONS`: ``"he"`` for ReLU and its like, ``"xavier"`` for the others
        and for the output.
    scale : float, default=0.01
        The spread for ``"normal"``; 0.01 is the notes' number.
    dtype : dtype, default=float64
        The precision of theta.

    Returns
    -------
    theta : ndarray of shape (p,)

    Warns
    -----
    UserWarning
        If hidden layers start with zero weights: their units could never become different.
    """
    if method not in METHODS:
        raise UsageError("core.initialization", name=method, names=", ".join(METHODS))
    if method == "zeros" and network.L > 1:
        warn(text("core.zero_weights"), UserWarning)
    theta = np.zeros(network.p, dtype=dtype)
    W, _ = network.views(theta)
    for l in range(1, network.L + 1):
        if method != "zeros":
            W[l][...] = random.standard_normal(W[l].shape) * _spread(network, l, method, scale)
    return theta


def _spread(network: Network, l: int, method: str, scale: float) -> float:
    n_before, n_l = network.n[l - 1], network.n[l]
    if method == "auto":
        method = "xavier" if l == network.L else ACTIVATIONS[network.g[l]].initialization
    spreads = {"normal": scale, "xavier": sqrt(2 / (n_before + n_l)), "he": sqrt(2 / n_before)}
    return spreads[method]
