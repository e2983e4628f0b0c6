"""Small functions on matrices from the notes, safe where the notes' own versions are not."""

from math import prod
from typing import Any

import numpy as np
from scipy.special import xlog1py, xlogy

from shoal.base.errors import DataError, ShapeError, UsageError, warn
from shoal.base.texts import text
from shoal.book.notation import check_targets


def normalize_rows(x: Any) -> Any:
    """Divide each row by its length (L2 norm); a row of zeros has no direction and stays zero.

    Parameters
    ----------
    x : array-like of shape (rows, columns)
        Finite numbers of any size; squares that would overflow do no harm.

    Returns
    -------
    ndarray of shape (rows, columns), float64

    Raises
    ------
    ShapeError
        If x is not a matrix.
    """
    x = _matrix("x", x)
    largest = np.max(np.abs(x), axis=1, keepdims=True, initial=0.0)
    scaled = x / np.where(largest > 0, largest, 1.0)  # so that squares of 1e200 do not overflow
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled / np.where(length > 0, length, 1.0)


def loss_of_probabilities(A: Any, Y: Any, output: str = "sigmoid") -> Any:
    """The loss of each example from given probabilities: the formulas of the notes, for reading.

    Training never calls it. It computes the loss from Z[L] (`shoal.book.OUTPUTS`), because a probability that
    has been rounded to 0 or 1 has lost what its loss depends on. Here its loss is 0 or infinite.

    Parameters
    ----------
    A : array-like of shape (n_y, m), or a number or list for a single output unit
        Probabilities; with ``"softmax"`` each column adds up to 1.
    Y : array-like of the same shape
        Targets, 0 or 1.
    output : {"sigmoid", "softmax"}, default="sigmoid"
        ``"sigmoid"``: -(Y log A + (1 - Y) log(1 - A)); ``"softmax"``: -sum Y log A over the classes.

    Returns
    -------
    loss : ndarray of shape (1, m)
        Of each example; a sum over the output units.

    Raises
    ------
    DataError
        If A has numbers outside 0 to 1.
    ShapeError
        If the shapes differ.
    UsageError
        If `output` is another name.

    Warns
    -----
    RuntimeWarning
        If a loss is infinite: a wrong answer was given with certainty.
    """
    if output not in ("sigmoid", "softmax"):
        raise UsageError("core.output", name=output, names="sigmoid, softmax")
    A, Y = (np.atleast_2d(np.asarray(array, dtype=np.float64)) for array in (A, Y))
    check_targets(Y, A)
    if not np.all((A >= 0) & (A <= 1)):  # also for NaN
        raise DataError("core.probabilities")
    loss = -xlogy(Y, A)
    if output == "sigmoid":
        loss -= xlog1py(1 - Y, -A)
    loss = np.sum(loss, axis=0, keepdims=True)
    if np.isinf(loss).any():
        warn(text("core.infinite_loss", count=int(np.isinf(loss).sum())), RuntimeWarning)
    return loss


def one_hot(y: Any, n_classes: int | None = None) -> Any:
    """Y, whose column i stands for example i: Y[j, i] = 1 where y[i] = j, else 0.

    Parameters
    ----------
    y : array-like of int, shape (m,)
        Class numbers from 0.
    n_classes : int or None, default=None
        The number of classes; by default the largest number in y plus one.

    Returns
    -------
    Y : ndarray of shape (n_classes, m), float64

    Raises
    ------
    DataError
        If y holds anything but whole numbers from 0 to n_classes - 1.
    ShapeError
        If y is not a vector.
    """
    y = np.asarray(y)
    if y.ndim != 1:
        raise ShapeError("core.shape", symbol="y", wanted="(m,)", got=y.shape)
    whole = y.astype(np.int64) if y.dtype.kind in "iubf" and np.all(np.abs(y) < 2.0**53) else None
    top = n_classes if n_classes is not None else 0 if whole is None else int(np.max(whole, initial=-1)) + 1
    if whole is None or np.any(whole != y) or np.any(whole < 0) or np.any(whole >= top):
        raise DataError("core.one_hot", top=top - 1)
    return (np.arange(top)[:, None] == whole).astype(np.float64)


def flatten_images(images: Any) -> Any:
    """Images, (m, height, width, channels), as the columns of X, (height * width * channels, m).

    It is the notes' ``reshape(m, -1).T``. ``reshape(-1, m)`` would have the right shape but mix the images.

    Raises
    ------
    ShapeError
        If there are fewer than two axes.
    """
    images = np.asarray(images)
    if images.ndim < 2:
        raise ShapeError("core.shape", symbol="images", wanted="(m, ...)", got=images.shape)
    return images.reshape(images.shape[0], prod(images.shape[1:])).T


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to, or an error that shows where they disagree.

    Axes are compared from right to left; two sizes agree if they are equal or one of them is 1.

    Raises
    ------
    ShapeError
        Naming the first axis from the right that disagrees.
    """
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        sizes = [shape[-axis] for shape in shapes if len(shape) >= axis]
        if len({size for size in sizes if size != 1}) > 1:
            listed = " + ".join(map(str, shapes))
            raise ShapeError("core.broadcast", shapes=listed, axis=-axis, sizes=", ".join(map(str, sizes)))
    return np.broadcast_shapes(*shapes)


def _matrix(symbol: str, x: Any) -> Any:
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2:
        raise ShapeError("core.shape", symbol=symbol, wanted="(rows, columns)", got=x.shape)
    return x
