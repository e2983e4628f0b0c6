"""Where training starts: b = 0, and W random, so that the units of a layer begin to differ; or your own.

With W = 0 and b = 0 every unit of a hidden layer computes the same, gets the same gradient and stays the
same for ever (the forward pass runs; it is the learning that fails). How large W is decides whether Z lands
where g has a slope: each method below keeps the spread of the signals about equal from layer to layer.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any, Protocol

import numpy as np

from shoal.base.errors import ShapeError, UsageError, warn
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.book.equations import ACTIVATIONS
from shoal.book.network import Network
from shoal.book.notation import check_matrix_of, check_shape

METHODS = ("auto", "zeros", "ones", "normal", "lecun", "xavier", "he")
FIXED = {"zeros": 0.0, "ones": 1.0}  # every weight is this number, so the units of a layer stay identical
NORMAL_SCALE = 0.01  # the notes' number
Start = str | Sequence[Any] | Callable[[Network, Any], Any]  # a method, your own numbers, or a function


class Normal(Protocol):
    """A source of standard normal numbers: numpy's Generator, or its legacy RandomState."""

    def standard_normal(self, size: tuple[int, int]) -> Any:
        """Independent draws of N(0, 1)."""
        ...


def initialize(
    network: Network,
    random: Normal,
    method: Start = "auto",
    scale: float | None = None,
    dtype: Any = np.float64,
) -> Any:
    """Draw a theta: W[1], then W[2], ... from N(0, s^2), every b[l] zero; or take your own.

    Parameters
    ----------
    network : Network
        The architecture.
    random : numpy Generator or RandomState
        Where the numbers come from. ``RandomState(2)`` gives the course's numbers.
    method : str, sequence or callable, default="auto"
        The spread s of W[l]: ``"normal"`` 1, and with its own `scale` the notes' 0.01; ``"lecun"``
        sqrt(1 / n[l-1]) (LeCun et al. 1998; the course's ``randn / sqrt(n)``); ``"xavier"``
        sqrt(2 / (n[l-1] + n[l])) (Glorot and Bengio 2010), made for tanh and sigmoid; ``"he"``
        sqrt(2 / n[l-1]) (He et al. 2015), made for ReLU; ``"auto"`` takes what the layer's activation
        has in `equations.ACTIVATIONS`: ``"he"`` for ReLU and its like, ``"xavier"`` for the others
        and for the output. ``"zeros"`` and ``"ones"`` make all weights equal, to see what then fails.

        Your own start is a list ``[(W[1], b[1]), (W[2], b[2]), ...]``, or a flat theta (p,), or a function
        of (network, random) that returns one of the two.
    scale : float or None, default=None
        What every weight is multiplied by, whatever the method; biases are not. None is 0.01 for
        ``"normal"`` and 1 for the others. ``"ones"`` with 0.01 is "all weights 0.01".
    dtype : dtype, default=float64
        The precision of theta.

    Returns
    -------
    theta : ndarray of shape (p,)

    Raises
    ------
    UsageError
        If there is no such method, or your own start does not hold finite numbers for each layer.
    ShapeError
        If your own start does not have the network's shapes.

    Warns
    -----
    UserWarning
        If hidden layers start with equal weights: their units could never become different.
    """
    if not isinstance(method, str):
        theta = _given(network, method(network, random) if callable(method) else method)
    elif method in METHODS:
        theta = _drawn(network, random, method)
    else:
        raise UsageError("core.initialization", name=method, names=", ".join(METHODS))
    if isinstance(method, str) and method in FIXED and network.L > 1:
        warn(text(f"core.{method}_start"), UserWarning)
    if scale is None:
        scale = NORMAL_SCALE if isinstance(method, str) and method == "normal" else 1.0
    W, _ = network.views(theta)
    for W_l in W[1:]:
        W_l *= scale
    return theta.astype(dtype)


def _drawn(network: Network, random: Normal, method: str) -> Any:
    """A theta with the spread of the method; biases are zero."""
    theta = np.zeros(network.p)
    W, _ = network.views(theta)
    for l in range(1, network.L + 1):
        if method in FIXED:
            W[l][...] = FIXED[method]
        else:
            W[l][...] = random.standard_normal(W[l].shape) * _spread(network, l, method)
    return theta


def _spread(network: Network, l: int, method: str) -> float:
    n_before, n_l = network.n[l - 1], network.n[l]
    if method == "auto":
        method = "xavier" if l == network.L else ACTIVATIONS[network.g[l]].initialization
    variances = {"normal": 1, "lecun": 1 / n_before, "xavier": 2 / (n_before + n_l), "he": 2 / n_before}
    return sqrt(variances[method])


def _given(network: Network, start: Any) -> Any:
    """A person's own theta, or list of (W[l], b[l]), as a theta of ours."""
    try:
        if all(map(np.isscalar, start)):
            theta = np.array(start, dtype=np.float64)
            check_shape("theta", theta, ("p",), (network.p,))
        else:
            pairs = [[np.asarray(array, dtype=np.float64) for array in pair] for pair in start]
            theta = _joined(network, pairs)
    except (TypeError, ValueError) as error:
        if isinstance(error, ShapeError):
            raise
        raise UsageError("core.start", layers=network.L, got=literal(start)) from error
    if not np.isfinite(theta).all():
        raise UsageError("core.start_not_finite")
    return theta


def _joined(network: Network, pairs: Sequence[Sequence[Any]]) -> Any:
    """Pairs (W[l], b[l]) end to end; a ValueError if there are not L of them."""
    theta = np.zeros(network.p)
    W, b = network.views(theta)
    for l, (W_l, b_l) in zip(range(1, network.L + 1), pairs, strict=True):
        check_matrix_of(f"W[{l}]", W_l, (f"n[{l}]", f"n[{l - 1}]"), W[l].shape)
        check_matrix_of(f"b[{l}]", b_l, (f"n[{l}]", "1"), b[l].shape)
        W[l][...], b[l][...] = W_l, b_l
    return theta
