"""Whether a network that says it has converged is worth more than always giving one answer.

A cost curve shows costs before each update, with the penalty, and says nothing of how many answers are right.
So the network that is kept answers for the rows that it learned from, once, after training.
"""

from typing import Any, NamedTuple

import numpy as np

from shoal.book.equations import OUTPUTS
from shoal.engines import get_engine
from shoal.engines.base import BLOCK, Data
from shoal.estimators._inputs import Array
from shoal.training.ending import LITTLE, Ending


class Worth(NamedTuple):
    """What the kept network makes of the rows that it learned from, by their weights."""

    loss: float  # the mean; not finite if it cannot answer for some row
    right: float | None  # the share of rows whose class it names; None where a row has no class, or several
    majority: float  # the share of the most frequent class


def worth_of(estimator: Any, data: Data, rows: Array) -> Worth:
    """Let a fitted network answer for these rows, block by block."""
    network, theta, engine = estimator.network_, estimator.theta_, get_engine(estimator.engine)
    of_one = network.output == "softmax" or (network.output == "sigmoid" and network.n[-1] == 1)
    loss = right = total = 0.0
    counts = np.zeros(max(2, network.n[-1]))
    for start in range(0, len(rows), BLOCK):
        which = rows[start : start + BLOCK]
        Y = data.Y[:, which]
        v = np.ones(len(which)) if data.v is None else data.v[0, which].astype(np.float64)
        with np.errstate(all="ignore"):  # what is not finite is told
            Z = engine.predict(network, theta, data.X[:, which], layers=True)[0][-1]
            loss += float(OUTPUTS[network.output].loss(Z, Y)[0] @ v)
        total += float(v.sum())
        if of_one:
            said, true = (Z[0] > 0, Y[0] > 0.5) if len(Y) == 1 else (Z.argmax(axis=0), Y.argmax(axis=0))
            right += float((said == true) @ v)
            counts += np.bincount(true, weights=v, minlength=len(counts))
    return Worth(loss / total, right / total if of_one else None, float(counts.max() / total))


def doubt(estimator: Any, ending: Ending, data: Data, rows: Array) -> tuple[str, dict[str, float]] | None:
    """The text to warn with, and its numbers, if one answer for all rows would do as well; else None.

    A network may well be right that a rare class is nowhere likelier than not. Then its loss is far below
    that of one answer for all, and nothing is said.
    """
    constant = ending.evidence.get("constant_cost", 0.0)
    if ending.reason != "converged" or not constant > 0:
        return None
    worth = worth_of(estimator, data, rows)
    if not worth.loss < constant:
        return "worse_than_constant", {"loss": worth.loss, "constant": constant}
    if worth.right is not None and worth.right <= worth.majority and worth.loss > (1 - LITTLE) * constant:
        return "no_better", {"right": worth.right, "constant": worth.majority}
    return None
