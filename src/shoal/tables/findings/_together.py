"""Columns that give the target away only together: the goals of both teams, the parts of a total.

What is looked for is how a table's own arithmetic makes a target of columns: a sum, difference or mean of
some of them, a product or quotient, and for classes which of two columns is larger. It must hold in every
row (to within rounding), with the plain factors of arithmetic: a line with other factors, however good, is
something to learn. Columns that do it alone are the business of `shoal.inspect._leaks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.inspect._leaks import CLASS_SKILL, FEWEST_MINORITY, FEWEST_ROWS

Floats = NDArray[np.float64]

_MOST_ROWS = 1000
_FIRST_LOOK = 256
_MOST_PARTS = 12  # of a total, where there are many columns for the rows
_MOST_SHARES = 40  # columns; to leave out one after the other of more would take long
_LARGEST = 1e100  # its square is a number
_EXACT = 1e-6  # of the variance may be left where y is not rounded; where it is, what that leaves
_COARSE = 5e-4  # but never more: of a target with few steps all is rounding
_ALIKE = 1e-9  # columns that lie in a plane to within this share one factor
_IDLE = 1e-3  # a column with less of a share in y has none
_PLAIN = 0.01  # the distance of a factor from a plain one, of its size
_POWERS = (0.5, 1.0, 2.0, 3.0)
_NEAR_SHARE = 0.05  # of the rows: with an even density they lie within twice this share of the median
_PERCENT = 0.05  # weights of a mean are multiples of it


@dataclass(frozen=True)
class Together:
    """Columns, by their places, that make the target: in which way (see `RELATIONS`), and how well."""

    places: tuple[int, ...]
    relation: str
    score: float


def leaks_together(X: Floats, y: NDArray[Any], classes: bool) -> list[Together]:
    """The columns of X that make y together; of each relation at most one.

    Parameters
    ----------
    X : ndarray of shape (rows, columns)
        Numbers; NaN is missing.
    y : ndarray of shape (rows,)
        Classes or numbers.
    classes : bool
        Whether y is a class.
    """
    known = np.isfinite(X) & (np.abs(X) < _LARGEST)
    usable = np.flatnonzero(known.mean(axis=0) > 0.5)
    if len(y) < FEWEST_ROWS or len(usable) < 2 or (not classes and np.abs(y).max() > _LARGEST):
        return []
    if len(y) > _MOST_ROWS:
        rows = np.random.default_rng(0).choice(len(y), _MOST_ROWS, replace=False)
        X, y = X[rows], y[rows]
    found = _larger_of_two(X[:, usable], y) if classes else _arithmetic(X[:, usable], y)
    return [Together(tuple(usable[list(f.places)].tolist()), f.relation, f.score) for f in found]


# --- numbers ------------------------------------------------------------------------------------------


def _arithmetic(X: Floats, y: Floats) -> list[Together]:
    step = np.diff(np.unique(y))
    unit = float(step.min()) if len(step) else 0.0
    total = _parts(X, y, _left_by(unit, y))
    if total is not None and _are_plain_sum(total[1]):
        return [Together(total[0], "sum", total[2])]
    positive = np.flatnonzero(np.nanmin(X, axis=0) > 0)
    if y.min() <= 0 or len(positive) < 2:
        return []
    product = _parts(np.log(X[:, positive]), np.log(y), _left_by(unit / float(np.median(y)), np.log(y)))
    if product is None or not all(_is_near(abs(power), _POWERS) for power in product[1]):
        return []
    return [Together(tuple(positive[list(product[0])].tolist()), "product", product[2])]


def _left_by(unit: float, y: Floats) -> float:
    """The share of the variance that stays unexplained because y was rounded to such a unit."""
    rounding = 2 * unit**2 / 12 / (float(y.var()) or 1.0)
    return min(max(rounding, _EXACT), _COARSE)


def _parts(X: Floats, y: Floats, exact: float) -> tuple[tuple[int, ...], Floats, float] | None:
    """The few columns whose linear combination is y, their factors and R²; None if there are none.

    `exact` is the share of the variance that may be left.
    """
    whole_rows = np.isfinite(X).all(axis=1)
    if whole_rows.sum() < FEWEST_ROWS:  # holes everywhere: the mean in them
        whole_rows = np.ones(len(y), bool)
        X = np.where(np.isfinite(X), X, np.nanmean(X, axis=0))
    Z, target = X[whole_rows] - X[whole_rows].mean(axis=0), y[whole_rows] - y[whole_rows].mean()
    if not target.any():
        return None
    chosen = (
        _all_at_once(Z, target, exact) if Z.shape[1] <= len(target) // 3 else _one_by_one(Z, target, exact)
    )
    return _without_idle(Z, target, chosen, exact) if len(chosen) > 1 else None


def _all_at_once(Z: Floats, target: Floats, exact: float) -> list[int]:
    """The columns with a share in y, if all columns together make it."""
    used = np.flatnonzero(Z.any(axis=0))
    if not len(used):
        return []
    factors, unexplained = _unexplained(Z[:, used], target)
    share = np.abs(factors) * Z[:, used].std(axis=0)
    chosen: list[int] = used[share > _IDLE * target.std()].tolist()
    return chosen if unexplained <= exact and len(chosen) <= _MOST_SHARES else []


def _one_by_one(Z: Floats, target: Floats, exact: float) -> list[int]:
    """Column after column, each time the one nearest to what is left (orthogonal matching pursuit)."""
    length = np.sqrt((Z**2).sum(axis=0))
    near = np.where(length > 0, length, np.inf)
    left, chosen = target, list[int]()
    for _ in range(min(_MOST_PARTS, Z.shape[1], len(target) // 4)):
        best = int(np.abs(left @ Z / near).argmax())
        if best in chosen:
            break
        chosen.append(best)
        factors, unexplained = _unexplained(Z[:, chosen], target)
        if unexplained <= exact:
            return chosen
        left = target - Z[:, chosen] @ factors
    return []


def _without_idle(
    Z: Floats, target: Floats, chosen: list[int], exact: float
) -> tuple[tuple[int, ...], Floats, float] | None:
    """The chosen columns that are needed, the least of them tried first; at least two."""
    share = np.abs(_unexplained(Z[:, chosen], target)[0]) * Z[:, chosen].std(axis=0)
    kept = sorted(chosen)
    for place in [chosen[i] for i in np.argsort(share)]:
        rest = [other for other in kept if other != place]
        if rest and _unexplained(Z[:, rest], target)[1] <= exact:
            kept = rest
    if len(kept) < 2:
        return None
    factors, unexplained = _unexplained(Z[:, kept], target)
    return (tuple(kept), factors, 1 - unexplained) if unexplained <= exact else None


def _unexplained(Z: Floats, target: Floats) -> tuple[Floats, float]:
    """The factors of these columns, and the share of the target that they leave.

    By the normal equations with a trace of a penalty: a singular value decomposition of many columns takes
    a hundred times as long, and is not needed to see whether all of y is explained.
    """
    length = np.sqrt((Z**2).sum(axis=0))
    U = Z / length
    factors = np.linalg.solve(U.T @ U + _ALIKE * np.eye(len(length)), U.T @ target) / length
    left = target - Z @ factors
    return factors, float(left @ left) / float(target @ target)


def _are_plain_sum(factors: Floats) -> bool:
    """All of one size that arithmetic gives (1, or 1 in so many as there are), or percents that make 1."""
    sizes = np.abs(factors)
    if np.ptp(sizes) <= _PLAIN * sizes.max():
        return _is_near(float(sizes.mean()), (1.0, 1 / len(sizes), 100.0, 0.01))
    steps = factors / _PERCENT
    percents = bool((np.abs(steps - np.round(steps)) < _PLAIN).all() and (factors > 0).all())
    return percents and abs(float(factors.sum()) - 1) < _PLAIN


def _is_near(value: float, plain: Sequence[float]) -> bool:
    return any(abs(value - each) <= _PLAIN * each for each in plain)


# --- classes ------------------------------------------------------------------------------------------


def _larger_of_two(X: Floats, y: NDArray[Any]) -> list[Together]:
    """Two columns of which the larger (or that they are equal) says the class."""
    labels = np.unique(y, return_inverse=True)[1]
    counts = np.bincount(labels)
    minority = len(labels) - int(counts.max())
    if len(counts) > 3 or minority < FEWEST_MINORITY:
        return []
    ones = np.eye(len(counts))[labels]
    best = Together((), "difference", 0.0)
    for first in range(X.shape[1] - 1):
        others = X[:, first + 1 :]
        look = _skill(X[:_FIRST_LOOK, first], others[:_FIRST_LOOK], ones[:_FIRST_LOOK])
        for place in np.flatnonzero(look > CLASS_SKILL - 0.05).tolist():
            skill = float(_skill(X[:, first], others[:, [place]], ones)[0])
            if skill > max(CLASS_SKILL, best.score) and _meet(X[:, first], others[:, place]):
                best = Together((first, first + 1 + place), "difference", skill)
    if not best.places or any(_alone(X[:, place], ones) > CLASS_SKILL for place in best.places):
        return []
    accuracy = 1 - (1 - best.score) * minority / len(labels)
    return [Together(best.places, "difference", accuracy)]


def _meet(first: Floats, second: Floats) -> bool:
    """Whether the two come as near to each other as two amounts do; two clouds of points keep a distance."""
    both = np.stack([first, second])
    both = both[:, np.isfinite(both).all(axis=0)]
    if (both >= 0).all() and (both == np.round(both)).all():
        return True
    apart = np.abs(both[0] - both[1])
    return bool(np.quantile(apart, _NEAR_SHARE) <= 3 * _NEAR_SHARE * np.median(apart))


def _skill(first: Floats, others: Floats, ones: Floats) -> Floats:
    """Of each other column, the share of the commonest class's errors that the difference's sign avoids."""
    with np.errstate(invalid="ignore"):
        signs = [first[:, np.newaxis] > others, first[:, np.newaxis] < others, first[:, np.newaxis] == others]
    right = sum((sign.T.astype(float) @ ones).max(axis=1) for sign in signs)
    minority = len(ones) - ones.sum(axis=0).max()
    errors: Floats = len(ones) - np.asarray(right)
    skill: Floats = 1 - errors / max(minority, 1)
    return skill


def _alone(values: Floats, ones: Floats) -> float:
    """The same of one column and its best threshold."""
    order = np.argsort(values)
    below = np.cumsum(ones[order], axis=0)
    right = below.max(axis=1) + (below[-1] - below).max(axis=1)
    minority = len(ones) - ones.sum(axis=0).max()
    return float(1 - (len(ones) - right.max()) / max(minority, 1))
