"""The symbols and their shapes: the page to read first.

Columns are examples and layers count from one, as in the book: ``W[1]`` is W^[1], and A[0] = X.

    symbol                     shape             meaning
    m, n[l], L                                   examples; units of layer l (n[0] = n_x); layers
    X = A[0]                   (n_x, m)          inputs, an example a column
    Y                          (n_y, m)          targets
    W[l], b[l]                 (n[l], n[l-1]),   parameters
                               (n[l], 1)
    Z[l] = W[l] @ A[l-1] + b[l]  (n[l], m)       before the activation
    A[l] = g[l](Z[l])          (n[l], m)         after it
    D[l]                       (n[l], m)         dropout: 0, or 1 / (share that is kept)
    dZ[l], dA[l]               (n[l], m)         dL/dZ, dL/dA of each example, without 1/m
    dW[l], db[l]               as W[l], b[l]     dJ/dW, dJ/db, with 1/m
    v, q = v / sum(v)          (1, m)            weights of the examples; their shares in the mean
    loss, J                    (1, m), number    of one example; the cost, their mean + the penalties
    theta                      (p,)              all W[l], b[l] end to end; the matrices are views
    dtheta                     (p,)              dJ/dtheta, all dW[l], db[l] end to end
    rate, t                    numbers           learning rate; number of updates, this one included
    slots                      (n_slots, p)      what the optimiser remembers, vectors as long as theta

In the code, g[l] is the *name* of the activation: ``ACTIVATIONS[g[l]].g`` is the function, or
``OUTPUTS[g[L]].g`` for the last layer. In `optimizers`, v and s are Adam's averages, of the gradient and of
its square, and v is not the weights of the examples.

Every shape may have K networks in front: W[l] is then (K, n[l], n[l-1]) and J is (K,).

The shapes below are checked while the tests run (``SHOAL_CHECK_SHAPES=1``, by jaxtyping); for a user
they are plain annotations that cost nothing.
"""

import os
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias

from shoal.base.errors import ShapeError

if TYPE_CHECKING or os.environ.get("SHOAL_CHECK_SHAPES") != "1":
    Array: TypeAlias = Any
    Inputs: TypeAlias = Any
    Targets: TypeAlias = Any
    Weights: TypeAlias = Any
    Bias: TypeAlias = Any
    Before: TypeAlias = Any
    Units: TypeAlias = Any
    Rows: TypeAlias = Any
    Number: TypeAlias = Any
    Vector: TypeAlias = Any
else:
    from jaxtyping import Num, Shaped

    Array = Num[Any, "..."]  # any shape
    Inputs = Num[Any, "*#K n_x m"]  # X
    Targets = Num[Any, "*#K n_y m"]  # Y, A[L], Z[L]
    Weights = Num[Any, "*#K n_l n_before"]  # W[l], dW[l]
    Bias = Num[Any, "*#K n_l 1"]  # b[l], db[l]
    Before = Num[Any, "*#K n_before m"]  # A[l-1]
    Units = Num[Any, "*#K n_l m"]  # Z[l], A[l], dZ[l], D[l]
    Rows = Num[Any, "*#K 1 m"]  # v, q, loss
    Number = Num[Any, "*#K"]  # J
    Vector = Shaped[Any, "*#K p"]  # theta


def numbers(Z: Any) -> Any:
    """What the equations compute with: an array stays, a number or a list becomes a NumPy array of float64.

    So do whole numbers and truth values of NumPy: ``sigmoid(3)`` is ``sigmoid(3.0)``.
    """
    import numpy as np  # here, so that the names of the tables cost no second where nothing is computed

    if not isinstance(Z, np.ndarray):
        if hasattr(Z, "shape") and not isinstance(Z, np.generic):
            return Z  # of another array library
        Z = np.asarray(Z)
    return Z.astype(np.float64) if Z.dtype.kind in "iub" else Z


def of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of arrays take numbers, lists and whole numbers too; see `numbers`."""

    @wraps(function)
    def with_arrays(*arrays: Any, **named: Any) -> Any:
        return function(*map(numbers, arrays), **{name: numbers(array) for name, array in named.items()})

    return with_arrays


def check_shape(symbol: str, array: Array, letters: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    """Refuse an array whose last axes are not those of its symbol; a size of -1 fits any.

    More axes may stand in front, for K networks at once, but a matrix has two axes at least.

    Raises
    ------
    ShapeError
        It names the symbol, the shape in letters and numbers, the shape that came, and a likely cause: a
        transposed matrix or a rank-1 array.
    """
    shape = tuple(array.shape)
    if _fits(shape, sizes):
        return
    raise _misfit(symbol, shape, letters, sizes)


def _fits(shape: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    return len(shape) >= len(sizes) and all(
        want in (-1, have) for have, want in zip(shape[len(shape) - len(sizes) :], sizes, strict=True)
    )


def _misfit(
    symbol: str, shape: tuple[int, ...], letters: tuple[str, ...], sizes: tuple[int, ...]
) -> ShapeError:
    """The error for a shape that does not fit."""
    wanted = _written(letters)
    if any(size >= 0 for size in sizes):
        known = (str(size) if size >= 0 else letter for letter, size in zip(letters, sizes, strict=True))
        wanted += f" = {_written(tuple(known))}"
    if len(shape) == 1 and len(sizes) == 2:
        return ShapeError("core.shape_rank_1", symbol=symbol, wanted=wanted, got=shape)
    turned = len(shape) >= 2 and _fits((*shape[:-2], shape[-1], shape[-2]), sizes)
    return ShapeError(
        "core.shape_turned" if turned else "core.shape", symbol=symbol, wanted=wanted, got=shape
    )


def _written(parts: tuple[str, ...]) -> str:
    return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


# --- what the public functions of `equations` ask, before NumPy stretches a wrong shape until it fits ----


def check_layers(W: Sequence[Any], X: Any, b: Sequence[Any] | None = None) -> None:
    """X is (n_x, m), W[l] is (n[l], n[l-1]), b[l] is (n[l], 1): a layer's inputs are the units before it."""
    n_x, shape = W[1].shape[-1:], X.shape
    if len(shape) < 2 or shape[-2:-1] != n_x:
        check_matrix("W[1]", W[1], ("n[1]", "n[0]"))
        check_shape("X", X, ("n_x", "m"), (*n_x, -1))
    n_before = shape[-2]
    for l in range(1, len(W)):
        shape = W[l].shape
        if len(shape) < 2 or shape[-1] != n_before:
            check_shape(f"W[{l}]", W[l], (f"n[{l}]", f"n[{l - 1}]"), (-1, n_before))
        n_before = shape[-2]
        if b is not None and b[l].shape[-2:] != (n_before, 1):
            check_shape(f"b[{l}]", b[l], (f"n[{l}]", "1"), (n_before, 1))


def check_matrix(symbol: str, array: Any, letters: tuple[str, str]) -> None:
    """A matrix, or one for each of K networks."""
    if len(array.shape) < 2:
        check_shape(symbol, array, letters, (-1, -1))


def check_matrix_of(symbol: str, array: Any, letters: tuple[str, str], sizes: tuple[int, int]) -> None:
    """One matrix of this shape, with no other axis in front; a size of -1 fits any."""
    check_shape(symbol, array, letters, sizes)
    if len(array.shape) > 2:
        raise _misfit(symbol, array.shape, letters, sizes)


def check_targets(Y: Any, Z: Any) -> None:
    """Y has the shape of Z[L], (n_y, m)."""
    check_matrix("Z[L]", Z, ("n_y", "m"))
    wanted = Z.shape[-2:]
    if Y.shape[-2:] != wanted:
        check_shape("Y", Y, ("n_y", "m"), wanted)


def check_shares(q: Any, Z: Any) -> None:
    """q is a row with a number for each example, (1, m)."""
    m = Z.shape[-1]
    if q.shape[-2:] != (1, m):
        check_shape("q", q, ("1", "m"), (1, m))
