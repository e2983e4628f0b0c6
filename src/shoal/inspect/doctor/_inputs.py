"""What may be wrong with X, Y and the weights before any network sees them."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.inspect.doctor._case import Case, deviations, root_mean_square, scaled
from shoal.inspect.doctor._finding import Finding, Severity

SCALES = 100.0
"""How many times wider one feature spreads than another. The curvature of the cost goes with its square: from
10,000 on, a step that suits one weight is nothing for the other (LeCun et al. 1998, Efficient BackProp)."""

_OFF_CENTRE = 10.0  # times its spread away from 0: the weight of such a feature and the bias pull together
_DUPLICATE = 0.9999  # of correlation
_MOST_COMPARED = 1000  # features: a million pairs
_MOST_COMBINED = 300  # features among which combinations are looked for: the time grows with the cube
_DEPENDENT = 1e-10  # of the largest pivot: what rounding leaves of a correlation that follows from others
_NO_PART = 1e-6  # of a combination
_EFFECTIVE = 0.1  # of the rows that the weights leave (Kish 1965)
_MANY_FEATURES = 5  # named at most


def unscaled_features(case: Case) -> Iterator[Finding]:
    """Features that spread very differently, or lie far from 0. The spread is half the range.

    The standard deviation would call a column that is nearly always 0 small.
    """
    low, high = case.x.min(axis=1), case.x.max(axis=1)
    spread = high / 2 - low / 2
    varies = np.flatnonzero(spread > 0)
    if not len(varies):
        return
    small, large = (int(varies[place]) for place in (spread[varies].argmin(), spread[varies].argmax()))
    away = np.abs(high / 2 + low / 2) / np.where(spread > 0, spread, np.inf)
    far = int(away.argmax())
    ratio = min(float(spread[large]) / float(spread[small]), sys.float_info.max)
    evidence = {
        "small": case.feature(small),
        "small_from": float(low[small]),
        "small_to": float(high[small]),
        "large": case.feature(large),
        "large_from": float(low[large]),
        "large_to": float(high[large]),
        "ratio": ratio,
    }
    size = max(float(spread[large]), 1 / float(spread[large]))
    if ratio >= SCALES or size >= SCALES:
        yield Finding("unscaled_features", Severity.WARNING, evidence, "" if ratio >= SCALES else "all")
    elif away[far] >= _OFF_CENTRE:
        values = {"far": case.feature(far), "far_from": float(low[far]), "far_to": float(high[far])}
        yield Finding("unscaled_features", Severity.WARNING, {**evidence, **values}, "off_centre")


def constant_features(case: Case) -> Iterator[Finding]:
    """Features with one value in all rows: the bias can say as much."""
    constant = np.flatnonzero(np.ptp(case.x, axis=1) == 0)
    if len(constant):
        evidence = {
            "features": [case.feature(int(j)) for j in constant[:_MANY_FEATURES]],
            "count": len(constant),
            "of": len(case.x),
        }
        yield Finding("constant_features", Severity.NOTE, evidence)


def duplicate_features(case: Case) -> Iterator[Finding]:
    """Features that say the same: (nearly) perfectly correlated, or a combination of others.

    Groups of 0/1 columns that sum to 1, as categories become, are left out: they are meant.
    """
    x, _ = scaled(case.x[:_MOST_COMPARED])
    varies = np.flatnonzero(np.ptp(x, axis=1) > 0)
    centred = x[varies] - x[varies].mean(axis=1, keepdims=True)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)  # (n, m), each of length 1
    correlation = unit @ unit.T  # (n, n)
    pairs = np.argwhere(np.triu(np.abs(correlation) > _DUPLICATE, k=1))
    if len(pairs):
        first, second = pairs[0]
        evidence = {
            "first": case.feature(int(varies[first])),
            "second": case.feature(int(varies[second])),
            "correlation": float(correlation[first, second]),
            "pairs": len(pairs),
        }
        yield Finding("duplicate_features", Severity.NOTE, evidence)
    elif 0 < len(unit) < min(case.m - 1, _MOST_COMBINED + 1):
        yield from _combination(case, correlation, varies)


def _combination(case: Case, correlation: Any, varies: Any) -> Iterator[Finding]:
    """The first feature that is a combination of others, by a QR decomposition that chooses its order.

    Columns of the matrix of correlations depend on each other as the features themselves do.
    """
    from scipy.linalg import qr, solve_triangular

    R, order = qr(correlation, mode="r", pivoting=True)
    left = np.abs(np.diag(R))
    rank = int(np.sum(left > _DEPENDENT * left[0]))
    if rank == len(order):
        return
    share = solve_triangular(R[:rank, :rank], R[:rank, rank])
    parts = [order[rank], *order[:rank][np.abs(share) > _NO_PART]]
    names = [int(varies[j]) for j in parts]
    if all(len(np.unique(case.x[j])) == 2 for j in names):
        return
    evidence = {
        "first": case.feature(names[0]),
        "others": [case.feature(j) for j in names[1 : 1 + _MANY_FEATURES]],
        "count": len(order) - rank,
    }
    yield Finding("duplicate_features", Severity.NOTE, evidence, "combination")


def unscaled_targets(case: Case) -> Iterator[Finding]:
    """Numbers to predict that are very large or very small, while a network starts with outputs near 1."""
    size = root_mean_square(case.y)  # (n_y,)
    worst = int(np.argmax(np.abs(np.log(np.maximum(size, 1e-300)))))
    if not 1 / SCALES < size[worst] < SCALES and size[worst] > 0:
        parts, unit = scaled(case.y[[worst]])
        mean, deviation = float(parts.mean() * unit[0, 0]), float(deviations(case.y)[worst])
        evidence = {"output": worst + 1, "size": float(size[worst]), "mean": mean, "deviation": deviation}
        yield Finding("unscaled_targets", Severity.WARNING, evidence)


def dominating_weights(case: Case) -> Iterator[Finding]:
    """Sample weights of which a few rows have most: (sum v)^2 / sum v^2 rows count in effect (Kish 1965)."""
    if case.v is None:
        return
    v = np.asarray(case.v[0], np.float64)
    v = v / max(float(v.max()), 1e-300)
    effective = float(v.sum() ** 2 / max(float((v**2).sum()), 1e-300))
    if effective < _EFFECTIVE * np.count_nonzero(v):
        largest = np.sort(v)[::-1]
        half = int(np.searchsorted(np.cumsum(largest), largest.sum() / 2)) + 1
        evidence = {"effective": effective, "rows": len(v), "half": half}
        yield Finding("dominating_weights", Severity.WARNING, evidence)
