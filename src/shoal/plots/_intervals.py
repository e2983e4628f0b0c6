"""Shares of rows with their uncertainty: Wilson's interval, and the bins of a calibration curve."""

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve

_CONFIDENCE = 0.95
_FEW_ROWS, _BINS = 200, (5, 10)  # bins of probabilities: with fewer rows, and else


class ProbabilityBin(NamedTuple):
    """Rows with about the same probability: their number, its mean, and the share that came true."""

    rows: int
    said: float
    came: float
    low: float  # the share's 95 % interval (Wilson's)
    high: float


def wilson(count: int, rows: int) -> tuple[float, float]:
    """The 95 % interval of a share, `count` of `rows` (Wilson 1927), which also holds near 0 and 1."""
    interval = binomtest(count, rows).proportion_ci(_CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def probability_bins(happened: Any, probability: Any) -> list[ProbabilityBin]:
    """Bins of the same width, five below 200 rows and ten else; those without a row are left out.

    `happened` is (m,) of truth values, `probability` (m,) what was said before.
    """
    probability = np.clip(probability, 0.0, 1.0)  # rounding may leave 1 + 2e-16
    count = _BINS[len(probability) >= _FEW_ROWS]
    came, said = calibration_curve(happened, probability, n_bins=count)
    edges = np.linspace(0, 1, count + 1)[1:-1]
    places = np.searchsorted(edges, probability)  # as calibration_curve sorts them
    rows = [int(number) for number in np.bincount(places) if number]
    return [
        ProbabilityBin(number, float(s), float(c), *wilson(round(c * number), number))
        for number, s, c in zip(rows, said, came, strict=True)
    ]
