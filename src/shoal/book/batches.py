"""The order of the examples and the units that dropout leaves out: both follow from a seed.

The numbers are the raw 64-bit stream of Philox (Salmon et al. 2011; numpy.random.Philox). It is a function
of a key and a counter only. So any engine, in any language, can compute the numbers of any epoch without
those of the epochs before it. That makes stopping and resuming exact.

    key     (seed, purpose)        purpose: 1 the order of an epoch, 2 dropout
    counter (0, number, layer, 0)  number: the epoch for an order, the update for dropout
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

ORDER, DROPOUT = 1, 2


def _raw(seed: int, purpose: int, number: int, layer: int, size: int) -> Any:
    stream = np.random.Philox(
        key=np.array([seed, purpose], np.uint64), counter=np.array([0, number, layer, 0], np.uint64)
    )
    return stream.random_raw(size)


def epoch_order(seed: int, epoch: int, m: int) -> Any:
    """A permutation of 0 ... m-1, (m,): the order that sorts m raw numbers (ties keep their order)."""
    return np.argsort(_raw(seed, ORDER, epoch, 0, m), kind="stable")


def batch_slices(m: int, batch_size: int) -> Iterator[slice]:
    """The mini-batches of an epoch, as slices of its order; the last one may be smaller."""
    return (slice(start, min(start + batch_size, m)) for start in range(0, m, batch_size))


def dropout_mask(seed: int, update: int, layer: int, shape: tuple[int, int], rate: float, dtype: Any) -> Any:
    """D[l], (n[l], m): 0 with probability `rate`, else 1 / (1 - rate), which keeps the mean of A[l]."""
    uniform = (_raw(seed, DROPOUT, update, layer, shape[0] * shape[1]) >> np.uint64(11)) * 2.0**-53
    return ((uniform >= rate) / (1 - rate)).astype(dtype).reshape(shape)
