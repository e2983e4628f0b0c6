"""From A[L] and Z[L] to a label and to probabilities, a row for each example."""

from collections.abc import Callable
from typing import Any

import numpy as np

from shoal.book import equations

SURE = 1 - 2**-7  # an A above: 1 - A has lost digits


def decide(A: Any, classes: Any, multilabel: bool) -> Any:
    """The label of each row of A, (m, n_y): strictly above one half, or the largest."""
    if multilabel:
        return (A > 0.5).astype(int)
    if len(classes) == 1:
        return np.full(len(A), classes[0])
    return classes[(A[:, 0] > 0.5).astype(int) if A.shape[1] == 1 else A.argmax(axis=1)]


def both(A: Any, z_of: Callable[[Any], Any]) -> Any:
    """The probabilities of two classes, (2, m), of one sigmoid's A, (1, m).

    That of the first class is sigmoid(-Z), which is 1 - A only as long as A is not close to 1. `z_of` gives
    Z of the columns that it is asked for.
    """
    first = 1 - A
    sure = np.flatnonzero(A[0] > SURE)
    if len(sure):
        first[0, sure] = equations.sigmoid(-z_of(sure)[0])
    return np.concatenate((first, A))


def log_probabilities(Z: Any, output: str, multilabel: bool) -> Any:
    """log A from Z, (n_y, m), as rows; finite also where A rounds to 0. It takes the memory of its result."""
    if output == "softmax":
        return equations.log_softmax(Z).T
    signs = Z if multilabel else np.concatenate([-Z, Z])  # 1 - sigmoid(Z) is sigmoid(-Z)
    return equations.log_sigmoid(signs).T
