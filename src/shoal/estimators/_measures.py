"""Scores of many networks on the same rows, in one pass: the formulas.

Each takes the last layers' A (ROC AUC: Z) of K networks, (K, n_y, m), and what is true of the m rows, and
returns (K,) scores, the higher the better; or None, or NaN for a network, where scikit-learn would warn or
raise. `scoring` says which formula is which scorer's. Sums are added up in scikit-learn's order: networks
that are equally good must tie here if they tie there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.estimators._targets import decide

Array = NDArray[Any]
Measure = Callable[[Array, Any], Array | None]
Ratio = Callable[[Array, Array, Array], Array]

# --- what is true ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ClassTruth:
    """The classes of the judged rows."""

    number: Array  # (m,): which of the classes, counted from 0
    classes: Array  # (n,)
    n_y: int  # one sigmoid for two classes, or a softmax of n
    weights: Array | None  # (m,), in the precision they came in
    support: Array  # (n,): the weights of each class's rows, added up

    @property
    def n(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    @property
    def complete(self) -> bool:
        """Whether each class occurs, which all that looks at classes one by one needs."""
        return bool(self.support.all())

    @property
    def positive(self) -> int | None:
        """The number of the class that scikit-learn calls positive, the label 1; None if there is none."""
        labels = self.classes.tolist()
        return labels.index(1) if self.n == 2 and 1 in labels else None

    @property
    def one_hot(self) -> Array:
        """Which class each row is of: (n, m), True or False."""
        return np.equal.outer(np.arange(self.n), self.number)

    def fits(self, outputs: Array) -> bool:
        """Whether networks of these outputs, (K, n_y, m), can be judged."""
        return bool(outputs.shape[1:] == (self.n_y, len(self.number)) and outputs.dtype in PRECISIONS)

    def decided(self, A: Array) -> Array:
        """The number of the class that each network decides for, (K, m)."""
        rows = A.transpose(0, 2, 1).reshape(-1, self.n_y)
        return np.asarray(decide(rows, np.arange(self.n), False)).reshape(len(A), -1)


@dataclass(frozen=True, eq=False)
class NumberTruth:
    """The numbers of the judged rows, in float64."""

    y: Array  # (n_y, m)
    weights: Array | None  # (m,)
    spread: Array  # (n_y,): sum of v (y - mean of y)²; NaN where y is constant
    wide: bool  # whether scikit-learn would compute in float64 whatever the outputs come in

    def fits(self, outputs: Array) -> bool:
        """Whether networks of these outputs, (K, n_y, m), can be judged."""
        precise = outputs.dtype == np.float64 or (self.wide and outputs.dtype == np.float32)
        return bool(outputs.shape[1:] == self.y.shape and precise)


Truth = ClassTruth | NumberTruth
PRECISIONS = (np.float64, np.float32)


# --- scores of classes: A or Z, (K, n_y, m), to (K,) -------------------------------------------------


def mean(values: Array, weights: Array | None = None) -> Array:
    """The mean over the last axis, calculated as `numpy.average` does, without its overhead.

    The weights are the same for all, (m,), or each one's own, (..., m).
    """
    if weights is None:
        return np.asarray(np.add.reduce(values, axis=-1) / values.shape[-1])
    weighted = values * weights
    of_all = np.add.reduce(weights, axis=-1, dtype=weighted.dtype)
    return np.asarray(np.add.reduce(weighted, axis=-1) / of_all)


def accuracy(A: Array, truth: ClassTruth) -> Array:
    """The share of rows that are rightly decided."""
    right = truth.decided(A) == truth.number
    return mean(right if truth.weights is None else right.astype(np.float64), truth.weights)


def _counts(A: Array, truth: ClassTruth) -> tuple[Array, Array, Array]:
    """By class, (K, n): the weight of the rows that are rightly taken for it, of all that are, of its own.

    The last two come by a detour on which scikit-learn rounds, too.
    """
    decided = truth.decided(A)
    hits = decided == truth.number
    weight = np.broadcast_to(1.0 if truth.weights is None else truth.weights, decided.shape)
    right = _tally(truth.number, hits * weight, truth.n)
    chosen, support = _tally(decided, weight, truth.n), _tally(truth.number, weight, truth.n)
    return right, right + (chosen - right), right + (support - right)


def _tally(number: Array, weight: Array, n: int) -> Array:
    """The weights, (K, m), added up by the numbers, below n, that stand at their places: (K, n)."""
    K = len(weight)
    places = number + n * np.arange(K)[:, None]
    return np.bincount(places.ravel(), weights=weight.ravel(), minlength=K * n).reshape(K, n)


def balanced_accuracy(A: Array, truth: ClassTruth) -> Array | None:
    """The mean of the classes' recalls, from the confusion matrix."""
    if not truth.complete:
        return None
    decided = truth.decided(A)
    weight = np.broadcast_to(1.0 if truth.weights is None else truth.weights, decided.shape)
    confusion = _tally(truth.number * truth.n + decided, weight, truth.n**2).reshape(-1, truth.n, truth.n)
    return mean(np.diagonal(confusion, axis1=1, axis2=2) / confusion.sum(axis=2))


RATIOS: dict[str, Ratio] = {
    "precision": lambda right, chosen, support: right / chosen,  # 0/0 for a class that is never chosen
    "recall": lambda right, chosen, support: right / support,
    "f1": lambda right, chosen, support: 2 * right / (chosen + support),
}


def averaged(ratio: Ratio, average: str) -> Measure:
    """The score that is a ratio of the positive class, the mean of all classes', or of all rows together."""

    def measure(A: Array, truth: ClassTruth) -> Array | None:
        if average == "micro":
            return ratio(*(counted.sum(axis=1) for counted in _counts(A, truth)))
        if not truth.complete or (average == "binary" and truth.positive is None):
            return None
        right, chosen, support = _counts(A, truth)
        ratios = ratio(right, chosen, support)  # (K, n)
        if average == "binary":
            return np.asarray(ratios[:, truth.positive])
        return mean(ratios, support if average == "weighted" else None)

    return measure


def neg_log_loss(A: Array, truth: ClassTruth) -> Array | None:
    """The mean logarithm of the probability of the class that it is."""
    if not truth.complete:
        return None
    if truth.n == 2:
        P = np.where(truth.number, A[:, 0], 1 - A[:, 0])  # (K, m), of the class that it is
    else:
        m = len(truth.number)
        P = A.reshape(len(A), -1).take(truth.number * m + np.arange(m), axis=1)
    epsilon = np.finfo(A.dtype).eps
    logarithms = np.log(np.minimum(np.maximum(P, epsilon), 1 - epsilon))
    return np.where(_are_probabilities(A), mean(logarithms, truth.weights), np.nan)


def neg_brier_score(A: Array, truth: ClassTruth) -> Array | None:
    """Minus the mean squared distance from certainty; of two classes the second's alone."""
    binary = truth.n == 2
    texts = truth.classes.dtype.kind in "OU"
    if not truth.complete or (texts if binary else A.dtype != np.float64):
        return None  # which of two texts is positive? in which order does it add up, in float32?
    P = np.concatenate((1 - A, A), axis=1) if binary else A  # (K, n, m)
    distances = np.add.reduce((truth.one_hot - P) ** 2, axis=1)
    score = -mean(distances, truth.weights) * (0.5 if binary else 1)
    return np.where(_are_probabilities(A), score, np.nan)


def _are_probabilities(A: Array) -> Array:
    """Which networks' outputs, (K, n_y, m), scikit-learn takes for probabilities: (K,)."""
    fine = (A.min(axis=(1, 2)) >= 0) & (A.max(axis=(1, 2)) <= 1)
    if A.shape[1] > 1:
        tolerance = min(1e-5, np.finfo(A.dtype).eps ** 0.5)  # the stricter of those of two scores
        fine &= (abs(A.sum(axis=1) - 1) <= tolerance).all(axis=-1)
    return np.asarray(fine)


def roc_auc(Z: Array, truth: ClassTruth) -> Array | None:
    """The area under the ROC curve, of two classes."""
    if truth.n > 2:
        return None
    return _area(Z[:, 0], truth.number == 1, truth.weights)


def roc_auc_ovr(A: Array, truth: ClassTruth) -> Array | None:
    """The mean area of each class against the rest."""
    if truth.n == 2:
        return roc_auc(A, truth)
    areas = _area(A, truth.one_hot, truth.weights)  # (K, n): each class against the rest
    return np.where(_are_probabilities(A), mean(areas), np.nan)


def _area(scores: Array, positive: Array, weights: Array | None) -> Array:
    """The area under the ROC curve, over the last axis."""
    m = scores.shape[-1]
    rows = zip(scores.reshape(-1, m), np.broadcast_to(positive, scores.shape).reshape(-1, m), strict=True)
    return np.reshape([_area_of_one(z, hit, weights) for z, hit in rows], scores.shape[:-1])


def _area_of_one(scores: Array, positive: Array, weights: Array | None) -> float:
    """The same of one network: (m,).

    Networks that rank the rows alike must tie, and candidates that tie are told apart by the last bit: so the
    sums are scikit-learn's, from the highest score down, rows of equal score as one step, corners only.
    """
    if not np.isfinite(scores).all():
        return math.nan
    if weights is not None:
        counted = weights != 0
        scores, positive, weights = scores[counted], positive[counted], weights[counted]
    last = len(scores) - 1
    order = last - np.argsort(scores[::-1], kind="stable")[::-1]
    ends = np.append(np.flatnonzero(np.diff(scores[order])), last)
    hit = positive[order].astype(np.float64)
    if weights is None:
        hits = np.cumsum(hit)[ends]
        misses = 1 + ends - hits
    else:
        hits = np.cumsum(hit * weights[order])[ends]
        misses = np.cumsum((1 - hit) * weights[order])[ends]
    if len(ends) > 2:
        bends = np.diff(hits, 2).astype(bool) | np.diff(misses, 2).astype(bool)
        corner = np.concatenate(([True], bends, [True]))
        hits, misses = hits[corner], misses[corner]
    of_hits, of_misses = (np.concatenate(([0.0], sums / sums[-1])) for sums in (hits, misses))
    return float(np.trapezoid(of_hits, of_misses))


# --- scores of numbers: A, (K, n_y, m), to (K,); several outputs count alike --------------------------


def r2(A: Array, truth: NumberTruth) -> Array:
    """The share of the spread that is explained."""
    squares = (truth.y - A) ** 2
    unexplained = squares if truth.weights is None else truth.weights * squares
    return mean(1 - np.add.reduce(unexplained, axis=-1) / truth.spread)


def neg_mean_squared_error(A: Array, truth: NumberTruth) -> Array:
    """Minus the mean squared error."""
    return -mean(mean((truth.y - A) ** 2, truth.weights))


def neg_root_mean_squared_error(A: Array, truth: NumberTruth) -> Array:
    """Minus its root, of each output."""
    return -mean(np.sqrt(mean((truth.y - A) ** 2, truth.weights)))


def neg_mean_absolute_error(A: Array, truth: NumberTruth) -> Array:
    """Minus the mean absolute error."""
    return -mean(mean(abs(truth.y - A), truth.weights))
