"""What others reach on the same rows: a line, and a row's nearest neighbours. They judge the network."""

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from shoal.base.errors import DivergedError
from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.inspect.doctor._case import Case, row_losses
from shoal.training._linear_solver import minimum

NEIGHBOURS = 10
MOST_ROWS = 2000  # among which neighbours are looked for: 4 million distances
_L2 = 1e-3  # of the line at least, for where a line separates the classes its loss has no minimum


def line_losses(case: Case, *, held_out: bool = False) -> Any:
    """The loss of each row by a network without hidden layers, at its minimum over the sampled rows.

    The rows are the sampled or the held-out ones. None if there is no such line: on features of an extreme
    size its cost is not finite.
    """
    network = Network((case.network.n[0], case.network.n[-1]), (), case.network.output)
    try:
        with np.errstate(all="ignore"):  # what overflows is no rival
            found = minimum(
                network,
                np.zeros(network.p),
                Data(case.x, case.y, case.q * case.m),
                get_engine("numpy"),
                l1=0.0,
                l2=max(case.l2, _L2),
                intercept=True,
                tol=1e-4,
                max_iter=200,
                callback=lambda theta, cost: False,
            )
    except (DivergedError, FloatingPointError, LinAlgError):
        return None
    rows = case.held_out if held_out else Data(case.x, case.y)
    losses = row_losses(network, found.theta, rows.X, rows.Y)
    return losses if np.isfinite(losses).all() else None


def neighbour_losses(case: Case) -> tuple[Any, Any]:
    """Rows that count, and for each the loss of an answer made of its nearest neighbours, itself left out.

    The answer is the mean of their targets, each with its weight, as the network was to learn them. For
    classes each class counts 1/10 of an average neighbour more, so that no probability is 0. Features are
    compared standardised.
    """
    rows = np.flatnonzero(case.q[0] > 0)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    x, y = case.standardised[:, rows], case.y[:, rows]
    square = np.sum(x * x, axis=0)
    distance = square[:, None] + square[None, :] - 2 * (x.T @ x)
    np.fill_diagonal(distance, np.inf)
    k = min(NEIGHBOURS, len(rows) - 1)
    nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
    v = case.q[0, rows][nearest]  # (rows, k)
    q = v / v.sum(axis=1, keepdims=True)
    answer = np.sum(y[:, nearest] * q, axis=2)  # (n_y, rows)
    if case.network.output == "identity":
        return rows, np.sum((answer - y) ** 2, axis=0) / 2
    kinds = 2 if case.network.output == "sigmoid" else len(y)
    answer = (k * answer + 0.1) / (k + 0.1 * kinds)
    losses = -np.sum(y * np.log(answer), axis=0)
    if case.network.output == "sigmoid":
        losses -= np.sum((1 - y) * np.log(1 - answer), axis=0)
    return rows, losses
