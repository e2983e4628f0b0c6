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
    dZ[l]                      (n[l], m)         dL/dZ of each example, without 1/m
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


def check_shape(symbol: str, array: Array, letters: tuple[str, ...], sizes: tuple[int, ...]) -> None:
    """Refuse an array whose shape is not that of its symbol; a size of -1 fits any.

    Raises
    ------
    ShapeError
        It names the symbol, the shape in letters and numbers, the shape that came, and a likely cause: a
        transposed matrix or a rank-1 array.
    """
    shape = tuple(array.shape)
    if _fits(shape, sizes):
        return
    wanted = f"({', '.join(letters)}{',' * (len(letters) == 1)})"
    if all(size >= 0 for size in sizes):
        wanted += f" = {sizes}"
    if len(shape) == 1 and len(sizes) == 2:
        raise ShapeError("core.shape_rank_1", symbol=symbol, wanted=wanted, got=shape)
    turned = len(shape) == 2 and _fits(shape[::-1], sizes)
    key = "core.shape_turned" if turned else "core.shape"
    raise ShapeError(key, symbol=symbol, wanted=wanted, got=shape)


def _fits(shape: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    return len(shape) == len(sizes) and all(
        want in (-1, have) for have, want in zip(shape, sizes, strict=True)
    )
