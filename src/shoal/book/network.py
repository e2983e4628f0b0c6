"""The architecture, and one flat theta whose pieces are W[l] and b[l]. It computes no layer.

Invariant: `views(theta)` copies nothing. A change of theta changes the matrices, and the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.book.equations import ACTIVATIONS, OUTPUTS
from shoal.book.notation import Vector, check_shape


@dataclass(frozen=True)
class Network:
    """How many units each layer has, and their activations.

    Parameters
    ----------
    n : tuple of int
        Units of each layer, the inputs first: ``(n_x, n[1], ..., n_y)``.
    activations : tuple of str
        A name for each hidden layer, out of `shoal.book.equations.ACTIVATIONS`.
    output : str
        The last activation with its loss, out of `shoal.book.equations.OUTPUTS`: ``"sigmoid"`` (binary
        cross-entropy), ``"softmax"`` (categorical cross-entropy), ``"identity"`` (half squared error) or
        ``"exp"`` (half Poisson deviance).

    Raises
    ------
    UsageError
        If a size is not a whole number from 1, or a name is unknown, or the number of activations is not
        that of the hidden layers.
    """

    n: tuple[int, ...]
    activations: tuple[str, ...]
    output: str

    def __post_init__(self) -> None:
        if len(self.n) < 2 or any(not isinstance(n_l, int) or n_l < 1 for n_l in self.n):
            raise UsageError("core.sizes", n=self.n)
        if len(self.activations) != self.L - 1:
            raise UsageError("core.activation_count", hidden=self.L - 1, got=len(self.activations))
        for name in self.activations:
            if name not in ACTIVATIONS:
                raise UsageError("core.activation", name=name, names=", ".join(ACTIVATIONS))
        if self.output not in OUTPUTS:
            raise UsageError("core.output", name=self.output, names=", ".join(OUTPUTS))

    @property
    def L(self) -> int:
        """The number of layers; the input is not counted."""
        return len(self.n) - 1

    @property
    def g(self) -> tuple[str, ...]:
        """The name of each layer's activation by its number: g[1] ... g[L]; g[0] is empty."""
        return ("", *self.activations, self.output)

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """The shapes of W[1], b[1], W[2], b[2], ... in the order in which theta holds them."""
        return tuple(
            shape
            for n_before, n_l in zip(self.n, self.n[1:], strict=False)
            for shape in ((n_l, n_before), (n_l, 1))
        )

    @cached_property
    def p(self) -> int:
        """The number of parameters: the length of theta."""
        return sum(prod(shape) for shape in self.shapes)

    @cached_property
    def _slices(self) -> tuple[tuple[slice, tuple[int, int]], ...]:
        """Where each matrix stands in theta, and its shape."""
        pieces, start = [], 0
        for shape in self.shapes:
            pieces.append((slice(start, start + prod(shape)), shape))
            start += prod(shape)
        return tuple(pieces)

    def views(self, theta: Vector) -> tuple[list[Any], list[Any]]:
        """The lists W and b (index 0 is None) as views into theta, (p,); (..., p) for many networks.

        Raises
        ------
        ShapeError
            If theta does not have p parameters.
        """
        check_shape("theta", theta[(0,) * (theta.ndim - 1)], ("p",), (self.p,))
        pieces = [theta[..., where].reshape((*theta.shape[:-1], *s)) for where, s in self._slices]
        return [None, *pieces[0::2]], [None, *pieces[1::2]]

    @cached_property
    def is_weight(self) -> Any:
        """A mask of theta, (p,): 1.0 for a weight, 0.0 for a bias. Penalties and decay spare the biases."""
        mask = np.zeros(self.p)
        for where, _ in self._slices[0::2]:
            mask[where] = 1.0
        return mask


def averaged(network: Network, thetas: Sequence[Vector]) -> tuple[Network, Any]:
    """The average of K networks of one architecture, as one wider network: its Z[L] is the mean of theirs.

    The hidden units of the K networks stand one below the other. Weights from the units of one network to
    the units of another are 0.

    Parameters
    ----------
    network : Network
        The architecture of each.
    thetas : sequence of K ndarrays of shape (p,)
        Their parameters.

    Returns
    -------
    network : Network
        The same with K times the hidden units.
    theta : ndarray
        Its parameters, in the precision of the first of `thetas`.
    """
    K, n = len(thetas), network.n
    together = Network((n[0], *(K * n_l for n_l in n[1:-1]), n[-1]), network.activations, network.output)
    theta = np.zeros(together.p, dtype=thetas[0].dtype)
    W, b = together.views(theta)
    for k, (W_k, b_k) in enumerate(network.views(theta_k) for theta_k in thetas):
        for layer in range(1, network.L + 1):
            last = layer == network.L
            n_l, n_before = W_k[layer].shape
            rows = slice(None) if last else slice(k * n_l, (k + 1) * n_l)
            columns = slice(None) if layer == 1 else slice(k * n_before, (k + 1) * n_before)
            W[layer][rows, columns] += W_k[layer] / K if last else W_k[layer]
            b[layer][rows] += b_k[layer] / K if last else b_k[layer]
    return together, theta
