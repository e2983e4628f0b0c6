"""What kind of target it is, beyond "a number" and "a class": said, with the way to say otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._notes import Note
from shoal.tables.encode import Task

Floats = NDArray[np.float64]

RARE = 20
"""So many times more rows of the commonest class than of the rarest are said."""

_SKEWED = 2.0  # an exponential distribution has this skewness
_FEWEST_ROWS = 20
_LARGEST_COUNT = 20  # the mean; the squared error of larger counts is as good, and a network is sooner there
_RATINGS = 10
_EVERYDAY = 100  # a few values that are so many times the median own the squared error


def notice_target(y: NDArray[Any], task: Task, loss: str | None = None) -> list[Note]:
    """What there is to say about the values of a target.

    * imbalance: one class is `RARE` times as common as another;
    * rating, whole_classes: whole numbers that are learned as classes;
    * skewed: positive numbers of which a few are very large, and whose logarithm is even;
    * huge: the same, where a logarithm is not possible;
    * count: small whole numbers from about 0 on, learned as numbers.

    Skew and large values matter to the squared error only; and who has chosen a `loss` needs no advice.
    """
    if len(y) < _FEWEST_ROWS:
        return []
    if task is Task.CLASSIFICATION:
        return [*_imbalance(y), *_whole_classes(y)]
    y = y.astype(np.float64)
    return [*([] if loss == "poisson" else _skew(y)), *([] if loss else _counts(y))]


def log_is_proposed(y: Floats) -> bool:
    """Whether all are positive and skewed to the right, and their logarithms are not (or much less)."""
    if not len(y) or y.min() <= 0:
        return False
    skew = skewness(y)
    return skew > _SKEWED and abs(skewness(np.log(y))) < skew / 2


def skewness(y: Floats) -> float:
    """The third moment in units of the deviation; 0 if all are the same."""
    unit = float(np.abs(y).max()) or 1.0
    away = y / unit - float((y / unit).mean())
    deviation = float(np.sqrt((away**2).mean()))
    return float((away**3).mean() / deviation**3) if deviation > 0 else 0.0


def _imbalance(y: NDArray[Any]) -> list[Note]:
    labels, counts = np.unique(y, return_counts=True)
    rare, common = int(counts.argmin()), int(counts.argmax())
    if counts[common] < RARE * counts[rare]:
        return []
    names = {"rare": str(labels[rare]), "common": str(labels[common])}
    numbers = {
        "rows": int(counts[rare]),
        "total": len(y),
        "ratio": round(float(counts[common] / counts[rare])),
    }
    return [Note("imbalance", {**names, **numbers})]


def _whole_classes(y: NDArray[Any]) -> list[Note]:
    """Truth values are 0 and 1, too; with two classes there is nothing to say."""
    kinds = np.unique(y)
    if not np.issubdtype(kinds.dtype, np.integer) or len(kinds) < 3:
        return []
    first, last = int(kinds[0]), int(kinds[-1])
    rating = first in (0, 1) and last <= _RATINGS and last - first + 1 == len(kinds)
    evidence = {"first": first, "last": last, "count": len(kinds)}
    return [Note("rating" if rating else "whole_classes", evidence)]


def _skew(y: Floats) -> list[Note]:
    middle, most = float(np.median(y)), float(y.max())
    if log_is_proposed(y):
        return [Note("skewed", {"median": middle, "most": most})]
    spread = float(np.median(np.abs(y - middle)))
    if spread > 0 and np.abs(y - middle).max() > _EVERYDAY * spread:
        return [Note("huge", {"median": middle, "most": float(y[np.abs(y - middle).argmax()])})]
    return []


def _counts(y: Floats) -> list[Note]:
    whole = bool((y == np.round(y)).all())
    if not whole or y.min() < 0 or y.mean() > _LARGEST_COUNT or y.min() > y.mean() / 2:
        return []
    return [Note("count", {"mean": float(y.mean())})]
