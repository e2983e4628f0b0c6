"""From A[L] and Z[L] to a label and to probabilities, a row for each example."""

from typing import Any

import numpy as np

from shoal.book import equations


def decide(A: Any, classes: Any, multilabel: bool) -> Any:
    """The label of each row of A, (m, n_y): strictly above one half, or the largest."""
    if multilabel:
        return (A > 0.5).astype(int)
    return classes[(A[:, 0] > 0.5).astype(int) if A.shape[1] == 1 else A.argmax(axis=1)]


def probabilities(A: Any, multilabel: bool) -> Any:
    """The probabilities of all classes for each row of A, (m, n_y): one sigmoid stands for two classes."""
    return np.concatenate((1 - A, A), axis=1) if A.shape[1] == 1 and not multilabel else A


def log_probabilities(Z: Any, output: str, multilabel: bool) -> Any:
    """log A from Z, (n_y, m), as rows; finite also where A rounds to 0."""
    if output == "softmax":
        eye = np.eye(len(Z), dtype=Z.dtype)[:, :, None] + np.zeros_like(Z)  # class j on every column
        return np.concatenate([-equations.categorical_cross_entropy(Z, Y) for Y in eye]).T
    log_A = np.concatenate([-equations.binary_cross_entropy(z, np.ones_like(z)) for z in Z[:, None, :]]).T
    return log_A if multilabel else np.hstack([log_A - Z.T, log_A])  # log(1 - A) = log A - Z
