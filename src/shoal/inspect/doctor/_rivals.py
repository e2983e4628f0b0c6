"""What others reach on the same rows: a line, and a row's nearest neighbours. They judge the network."""

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError
from scipy.special import kl_div

from shoal.base.errors import DivergedError
from shoal.book.equations import OUTPUTS
from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.inspect.doctor._case import Case, agreement, row_losses, weighted_mean
from shoal.training._linear_solver import minimum

NEIGHBOURS = 10
MOST_ROWS = 2000  # among which neighbours are looked for: 4 million distances
_AT_ONCE = 250  # rows whose distances are computed together
_L2 = 1e-3  # of the line at least, for where a line separates the classes its loss has no minimum


def line_losses(case: Case, *, held_out: bool = False) -> Any:
    """The loss of each row by a network without hidden layers, at its minimum over the sampled rows.

    The rows are the sampled or the held-out ones. None if there is no such line: on features of an extreme
    size its cost is not finite.
    """
    line = _line(case)
    if line is None:
        return None
    rows = case.held_out if held_out else Data(case.x, case.y)
    losses = row_losses(*line, rows.X, rows.Y)
    return losses if np.isfinite(losses).all() else None


def line_agreement(case: Case) -> float:
    """How well the line's outputs go with the held-out targets: their correlation; 0 without a line."""
    line = _line(case)
    if line is None:
        return 0.0
    network, theta = line
    X, Y, v = case.held_out
    W, b = network.views(theta)
    return agreement(W[1] @ X + b[1], Y, v[0])


def _line(case: Case) -> tuple[Network, Any] | None:
    """A network without hidden layers, and its theta at the minimum over the sampled rows."""
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
    return network, found.theta


def rivals(case: Case) -> dict[str, float]:
    """The mean losses of a line and of the nearest neighbours, as they would be on new rows.

    Neighbours leave the row itself out. A line is judged on held-out rows; without them, what it learned by
    accident is taken off: of p parameters about p / m (Akaike 1973).
    """
    rows, losses = neighbour_losses(case)
    held_out = case.X_val is not None
    by_line, line = line_losses(case, held_out=held_out), case.constant_loss
    if by_line is not None:
        line = weighted_mean(by_line, case.held_out.v[0] if held_out else case.q[0])
        share = 0 if held_out else case.network.n[-1] * (case.network.n[0] + 1) / case.m
        classes = OUTPUTS[case.network.output].probabilities
        line += share * (1 if classes else 2 * line / case.network.n[-1])  # numbers: by their own variance
    return {"line": line, "neighbours": weighted_mean(losses, case.q[0, rows])}


def neighbour_losses(case: Case) -> tuple[Any, Any]:
    """Rows that count, and for each the loss of an answer made of its nearest neighbours, itself left out.

    The answer is the mean of their targets, each with its weight, as the network was to learn them. For
    classes each class counts 1/10 of an average neighbour more, so that no probability is 0; for counts so
    does the mean of all rows. Features are compared standardised.
    """
    rows = np.flatnonzero(case.q[0] > 0)
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
    x, y = case.standardised[:, rows], case.y[:, rows]
    square = np.sum(x * x, axis=0)
    k = min(NEIGHBOURS, len(rows) - 1)
    answer = np.empty_like(y)  # (n_y, rows)
    for start in range(0, len(rows), _AT_ONCE):  # the distances of all rows take three times 32 MB
        some = slice(start, start + _AT_ONCE)
        distance = square[some, None] + square - 2 * (x.T[some] @ x)
        np.fill_diagonal(distance[:, some], np.inf)
        nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
        v = case.q[0, rows][nearest]  # (some, k)
        q = v / v.sum(axis=1, keepdims=True)
        answer[:, some] = np.sum(y[:, nearest] * q, axis=2)
    if case.network.output == "identity":
        return rows, np.sum((answer - y) ** 2, axis=0) / 2
    if case.network.output == "exp":
        mean = case.y @ case.q.T  # (n_y, 1)
        return rows, np.sum(kl_div(y, (k * answer + 0.1 * mean) / (k + 0.1)), axis=0)
    kinds = 2 if case.network.output == "sigmoid" else len(y)
    answer = (k * answer + 0.1) / (k + 0.1 * kinds)
    losses = -np.sum(y * np.log(answer), axis=0)
    if case.network.output == "sigmoid":
        losses -= np.sum((1 - y) * np.log(1 - answer), axis=0)
    return rows, losses
