"""The metrics behind the vectorized scorers: formulas over many networks on the same rows, in one pass.

Each takes A[L] (ROC AUC: Z[L]) of K networks, (K, n_y, m), and the true targets of the m rows. It returns K
scores, (K,), higher is better. It returns None, or NaN for one network, where scikit-learn would warn or
raise. `_scorers` says which scorer each formula belongs to. Sums run in scikit-learn's order: two networks
that tie there must tie here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.estimators._decisions import decide

Array = NDArray[Any]
Metric = Callable[[Array, Any], Array | None]
Ratio = Callable[[Array, Array, Array], Array]

# --- true targets ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TrueLabels:
    """The classes of the scored rows."""

    number: Array  # (m,): the class of each row, an index into classes
    classes: Array  # (n,)
    n_y: int  # one sigmoid for two classes, or a softmax of n
    weights: Array | None  # (m,), in the precision that they came in
    support: Array  # (n,): the sum of the weights of each class's rows

    @property
    def n(self) -> int:
        """How many classes there are."""
        return len(self.classes)

    @property
    def complete(self) -> bool:
        """Whether each class occurs: metrics that look at every class need that."""
        return bool(self.support.all())

    @property
    def positive(self) -> int | None:
        """The index of the class that scikit-learn calls positive, the label 1; None if no label is 1."""
        labels = self.classes.tolist()
        return labels.index(1) if self.n == 2 and 1 in labels else None

    @property
    def one_hot(self) -> Array:
        """Whether row i has class j: (n, m), bool."""
        return np.equal.outer(np.arange(self.n), self.number)

    def fits(self, outputs: Array, wanted: str) -> bool:
        """Whether these outputs, (K, n_y, m), have the shape and the precision that can be scored here.

        `wanted` is the kind that is scored: "P" has a probability for each class.
        """
        units = self.n if wanted == "P" else self.n_y
        return bool(outputs.shape[1:] == (units, len(self.number)) and outputs.dtype in PRECISIONS)

    def decided(self, A: Array) -> Array:
        """The class that each network predicts for each row, an index into classes: (K, m)."""
        rows = A.transpose(0, 2, 1).reshape(-1, self.n_y)
        return np.asarray(decide(rows, np.arange(self.n), False)).reshape(len(A), -1)


@dataclass(frozen=True, eq=False)
class TrueNumbers:
    """The target numbers of the scored rows, in float64."""

    y: Array  # (n_y, m)
    weights: Array | None  # (m,)
    spread: Array  # (n_y,): sum of v (y - mean(y))²; NaN where y is constant
    wide: bool  # whether scikit-learn would compute in float64, whatever the precision of the outputs

    def fits(self, outputs: Array, wanted: str) -> bool:
        """Whether these outputs, (K, n_y, m), have the shape and the precision that can be scored here."""
        precise = outputs.dtype == np.float64 or (self.wide and outputs.dtype == np.float32)
        return bool(outputs.shape[1:] == self.y.shape and precise)


TrueTargets = TrueLabels | TrueNumbers
PRECISIONS = (np.float64, np.float32)


# --- scores of labels: A, Z or P, (K, n_y, m), to (K,) -------------------------------------------------


def mean(values: Array, weights: Array | None = None) -> Array:
    """The mean over the last axis, computed as `numpy.average` does, without its overhead.

    The weights are shared, (m,), or one set for each mean, (..., m).
    """
    if weights is None:
        return np.asarray(np.add.reduce(values, axis=-1) / values.shape[-1])
    weighted = values * weights
    total = np.add.reduce(weights, axis=-1, dtype=weighted.dtype)
    return np.asarray(np.add.reduce(weighted, axis=-1) / total)


def accuracy(A: Array, true: TrueLabels) -> Array:
    """The share of the rows that are classified correctly."""
    right = true.decided(A) == true.number
    return mean(right if true.weights is None else right.astype(np.float64), true.weights)


def _counts(A: Array, true: TrueLabels) -> tuple[Array, Array, Array]:
    """True positives, predicted positives and true rows of each class, as weights: three arrays (K, n).

    The last two are computed as scikit-learn does, hits + (all - hits), so that they round alike.
    """
    decided = true.decided(A)
    hits = decided == true.number
    weight = np.broadcast_to(1.0 if true.weights is None else true.weights, decided.shape)
    right = _tally(true.number, hits * weight, true.n)
    chosen, support = _tally(decided, weight, true.n), _tally(true.number, weight, true.n)
    return right, right + (chosen - right), right + (support - right)


def _tally(number: Array, weight: Array, n: int) -> Array:
    """The sum of the weights, (K, m), of each number below n: (K, n). A `bincount` for K rows at once."""
    K = len(weight)
    places = number + n * np.arange(K)[:, None]
    return np.bincount(places.ravel(), weights=weight.ravel(), minlength=K * n).reshape(K, n)


def balanced_accuracy(A: Array, true: TrueLabels) -> Array | None:
    """The mean recall of the classes, from the confusion matrix."""
    if not true.complete:
        return None
    decided = true.decided(A)
    weight = np.broadcast_to(1.0 if true.weights is None else true.weights, decided.shape)
    confusion = _tally(true.number * true.n + decided, weight, true.n**2).reshape(-1, true.n, true.n)
    return mean(np.diagonal(confusion, axis1=1, axis2=2) / confusion.sum(axis=2))


RATIOS: dict[str, Ratio] = {
    "precision": lambda right, chosen, support: right / chosen,  # 0/0 for a class that is never predicted
    "recall": lambda right, chosen, support: right / support,
    "f1": lambda right, chosen, support: 2 * right / (chosen + support),
}


def averaged(ratio: Ratio, average: str) -> Metric:
    """Precision, recall or F1, averaged over the classes as scikit-learn's `average` says."""

    def metric(A: Array, true: TrueLabels) -> Array | None:
        if average == "micro":
            return ratio(*(counted.sum(axis=1) for counted in _counts(A, true)))
        if not true.complete or (average == "binary" and true.positive is None):
            return None
        right, chosen, support = _counts(A, true)
        ratios = ratio(right, chosen, support)  # (K, n)
        if average == "binary":
            return np.asarray(ratios[:, true.positive])
        return mean(ratios, support if average == "weighted" else None)

    return metric


def neg_log_loss(P: Array, true: TrueLabels) -> Array | None:
    """The mean logarithm of the probability of the true class."""
    if not true.complete:
        return None
    m = len(true.number)
    own = P.reshape(len(P), -1).take(true.number * m + np.arange(m), axis=1)  # (K, m), of the true class
    epsilon = np.finfo(P.dtype).eps
    logarithms = np.log(np.minimum(np.maximum(own, epsilon), 1 - epsilon))
    return np.where(_are_probabilities(P), mean(logarithms, true.weights), np.nan)


def neg_brier_score(P: Array, true: TrueLabels) -> Array | None:
    """Minus the mean squared error of the probabilities; of two classes, of the second one's."""
    binary = true.n == 2
    texts = true.classes.dtype.kind in "OU"
    if not true.complete or (texts if binary else P.dtype != np.float64):
        return None  # which of two strings is positive? in which order are float32 summed?
    distances = np.add.reduce((true.one_hot - P) ** 2, axis=1)
    score = -mean(distances, true.weights) * (0.5 if binary else 1)
    return np.where(_are_probabilities(P), score, np.nan)


def _are_probabilities(A: Array) -> Array:
    """Whether scikit-learn would accept each network's outputs, (K, n_y, m), as probabilities: (K,)."""
    fine = (A.min(axis=(1, 2)) >= 0) & (A.max(axis=(1, 2)) <= 1)
    if A.shape[1] > 1:
        tolerance = min(1e-5, np.finfo(A.dtype).eps ** 0.5)  # the stricter of those of two scores
        fine &= (abs(A.sum(axis=1) - 1) <= tolerance).all(axis=-1)
    return np.asarray(fine)


def roc_auc(Z: Array, true: TrueLabels) -> Array | None:
    """The area under the ROC curve of two classes."""
    if true.n > 2:
        return None
    return _area(Z[:, 0], true.number == 1, true.weights)


def roc_auc_ovr(A: Array, true: TrueLabels) -> Array | None:
    """The mean area under the ROC curves of each class against the rest."""
    if true.n == 2:
        return roc_auc(A, true)
    areas = _area(A, true.one_hot, true.weights)  # (K, n): each class against the rest
    return np.where(_are_probabilities(A), mean(areas), np.nan)


def _area(scores: Array, positive: Array, weights: Array | None) -> Array:
    """The area under the ROC curve, over the last axis."""
    m = scores.shape[-1]
    rows = zip(scores.reshape(-1, m), np.broadcast_to(positive, scores.shape).reshape(-1, m), strict=True)
    return np.reshape([_area_of_one(z, hit, weights) for z, hit in rows], scores.shape[:-1])


def _area_of_one(scores: Array, positive: Array, weights: Array | None) -> float:
    """The area under the ROC curve of one network, from its scores, (m,).

    Networks that rank the rows alike must tie, to the last bit. So the sums run as scikit-learn's do: from
    the highest score down, rows of equal score in one step, and over the corners of the curve only.
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


# --- scores of numbers: A, (K, n_y, m), to (K,); all outputs have the same weight --------------------------


def r2(A: Array, true: TrueNumbers) -> Array:
    """R²: the share of the variance that is explained."""
    squares = (true.y - A) ** 2
    unexplained = squares if true.weights is None else true.weights * squares
    return mean(1 - np.add.reduce(unexplained, axis=-1) / true.spread)


def neg_mean_squared_error(A: Array, true: TrueNumbers) -> Array:
    """Minus the mean squared error."""
    return -mean(mean((true.y - A) ** 2, true.weights))


def neg_root_mean_squared_error(A: Array, true: TrueNumbers) -> Array:
    """Minus the mean over the outputs of the root mean squared error."""
    return -mean(np.sqrt(mean((true.y - A) ** 2, true.weights)))


def neg_mean_absolute_error(A: Array, true: TrueNumbers) -> Array:
    """Minus the mean absolute error."""
    return -mean(mean(abs(true.y - A), true.weights))
