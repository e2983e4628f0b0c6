"""Units of a layer that are the same unit twice: they compute the same and learn the same, for ever."""

from itertools import pairwise
from typing import Any

import numpy as np

from shoal.book.network import Network

ALIKE = 1e-9  # of the layer's largest weight: an engine may round two equal units differently


def identical_units(network: Network, theta: Any) -> list[list[list[int]]]:
    """Groups of unit numbers (from 0) by layer; index 0 and the output layer have none.

    Units j and k are identical if the rows j and k of W[l] and of b[l] are equal, and the columns j and k of
    W[l+1]: then dZ[l] is equal too, and so is every update.
    """
    W, b = network.views(theta)
    groups: list[list[list[int]]] = [[]]
    for l in range(1, network.L):
        units = np.hstack([W[l], b[l], W[l + 1].T])  # (n[l], n[l-1] + 1 + n[l+1])
        groups.append(_alike(units, ALIKE * float(np.abs(units).max())))
    return [*groups, []]


def _alike(rows: Any, tolerance: float) -> list[list[int]]:
    """The groups of rows, two or more, that differ by at most the tolerance.

    Equal rows have equal weighted sums, so they are neighbours in the order of these sums.
    """
    order = np.argsort(rows @ np.sqrt(np.arange(1.0, rows.shape[1] + 1)), kind="stable").tolist()
    groups = [order[:1]]
    for before, row in pairwise(order):
        if np.abs(rows[before] - rows[row]).max() <= tolerance:
            groups[-1].append(row)
        else:
            groups.append([row])
    return sorted(sorted(group) for group in groups if len(group) > 1)
