"""From A[L] and Z[L] to a label and to log-probabilities, a row for each example."""

from typing import Any

import numpy as np

from shoal.book import equations


def decide(A: Any, classes: Any, multilabel: bool) -> Any:
    """The label of each row of A, (m, n_y): strictly above one half, or the largest."""
    if multilabel:
        return (A > 0.5).astype(int)
    if len(classes) == 1:
        return np.full(len(A), classes[0])
    return classes[(A[:, 0] > 0.5).astype(int) if A.shape[1] == 1 else A.argmax(axis=1)]


def log_probabilities(Z: Any, output: str, multilabel: bool) -> Any:
    """log A from Z, (n_y, m), as rows; finite also where A rounds to 0. It takes the memory of its result."""
    if output == "softmax":
        return equations.log_softmax(Z).T
    signs = Z if multilabel else np.concatenate([-Z, Z])  # 1 - sigmoid(Z) is sigmoid(-Z)
    return equations.log_sigmoid(signs).T
