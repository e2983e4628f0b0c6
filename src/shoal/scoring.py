"""The usual scores of many networks in one pass, equal to scikit-learn's to 1e-12.

scikit-learn validates for about a millisecond before it counts for microseconds, and a search would wait for
that longer than for its training. Here the rows to be judged by are prepared once (`truth_of`), and the
*twin* of a scorer (`usual`) judges K networks on them together.

This is no second judge: where scikit-learn would warn, raise or answer NaN, and wherever this module is not
sure, there is no twin, or no truth, or the score is NaN, which means "ask scikit-learn". So an answer may
never depend on it, only how soon it comes. And a network's score has the same bits whoever is judged beside
it: early stopping compares scores, and must not end elsewhere in company.

A twin takes it that the estimator predicts as `targets.decide` and `targets.probabilities` say; of a subclass
that does otherwise the caller has to know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer
from sklearn.metrics._scorer import _PassthroughScorer, _Scorer

from shoal import targets

Array = NDArray[Any]

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
        return np.asarray(targets.decide(rows, np.arange(self.n), False)).reshape(len(A), -1)


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


def truth_of(y: Any, weights: Any = None, *, output: str, classes: Any = None) -> Truth | None:
    """The rows to be judged by, prepared once for all networks; None if that is left to scikit-learn.

    Parameters
    ----------
    y : array of shape (m,) or (m, n_y)
        What scikit-learn's scorer would be given: labels or numbers.
    weights : array of shape (m,), default=None
        The `sample_weight` that it would be given.
    output : {"sigmoid", "softmax", "identity"}
        The networks' output; with the classes it tells one label a row from several.
    classes : array of shape (n,), default=None
        The sorted classes that the networks know; None if they predict numbers.

    Returns
    -------
    truth : ClassTruth, NumberTruth or None
    """
    y = _plain(y)
    if y is None or y.ndim not in (1, 2) or not y.size:
        return None
    if weights is not None:
        weights = _plain(weights)
        if weights is None or weights.shape != (len(y),) or not _are_weights(weights):
            return None
    if output == "identity":
        return _number_truth(y, weights)
    return _class_truth(y, weights, output, classes)


def _plain(values: Any) -> Array | None:
    """An array, or a column of a data frame as one; None for what may be more than its numbers."""
    if type(values) is np.ndarray:  # of no subclass: those may be masked, or matrices
        return values
    return np.asarray(values) if hasattr(values, "to_numpy") and hasattr(values, "dtype") else None


def _are_weights(weights: Array) -> bool:
    """Whether scikit-learn would take them without a word: no NaN, none negative, not all zero."""
    if weights.dtype not in (*PRECISIONS, np.int64):
        return False
    return bool(np.isfinite(weights).all() and (weights >= 0).all() and weights.any())


def _class_truth(y: Array, weights: Array | None, output: str, classes: Array) -> ClassTruth | None:
    n = len(classes)
    n_y = {"sigmoid": 1, "softmax": n}.get(output)
    if y.ndim > 1 or n_y is None or n < 2 or (n_y == 1) != (n == 2):  # several labels a row among them
        return None
    kind = _kind_of_labels(y)
    if kind is None or kind != _kind_of_labels(classes):
        return None
    number = np.minimum(np.searchsorted(classes, y), n - 1)
    if not (classes[number] == y).all():
        return None
    if weights is not None and weights.dtype == np.int64:
        weights = weights.astype(np.float64)
    support = np.bincount(number, weights=weights, minlength=n).astype(np.float64)
    return ClassTruth(number, classes, n_y, weights, support)


def _kind_of_labels(labels: Array) -> str | None:
    """What only labels of the same kind are compared with; None if scikit-learn takes them for no labels."""
    kind = labels.dtype.kind
    if kind == "U" or (kind == "O" and all(isinstance(label, str) for label in labels)):
        return "text"
    whole = kind == "f" and ((labels == np.trunc(labels)) & (abs(labels) < 2**62)).all()
    return kind if whole or kind in "iub" else None


def _number_truth(y: Array, weights: Array | None) -> NumberTruth | None:
    if not (y.dtype.kind in "iu" or y.dtype in PRECISIONS) or not np.isfinite(y).all():
        return None
    wide = y.dtype == np.float64 or (weights is not None and weights.dtype == np.float64)
    rows = y.reshape(len(y), -1).astype(np.float64)  # (m, n_y), to be added up as scikit-learn does
    weights = None if weights is None else weights.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (rows - np.average(rows, axis=0, weights=weights)) ** 2
        spread = (squares if weights is None else weights[:, None] * squares).sum(axis=0)
    counted = rows if weights is None else rows[weights > 0]
    varies = counted.min(axis=0) < counted.max(axis=0)  # of equal numbers rounding may leave a spread
    spread = np.where(varies & np.isfinite(spread), spread, np.nan)
    return NumberTruth(np.ascontiguousarray(rows.T), weights, spread, wide)


# --- scores of classes: A or Z, (K, n_y, m), to (K,) -------------------------------------------------


def _mean(values: Array, weights: Array | None = None) -> Array:
    """The mean over the last axis, calculated as `numpy.average` does, without its overhead."""
    if weights is None:
        return np.asarray(np.add.reduce(values, axis=-1) / values.shape[-1])
    weighted = values * weights
    return np.asarray(np.add.reduce(weighted, axis=-1) / weights.sum(dtype=weighted.dtype))


def _accuracy(A: Array, truth: ClassTruth) -> Array:
    right = truth.decided(A) == truth.number
    return _mean(right if truth.weights is None else right.astype(np.float64), truth.weights)


def _counts(A: Array, truth: ClassTruth) -> tuple[Array, Array]:
    """By class, (K, n): the weight of the rows that are rightly taken for it, and of all that are."""
    decided = truth.decided(A)
    right = decided == truth.number
    weight = np.broadcast_to(1.0 if truth.weights is None else truth.weights, decided.shape)
    return _tally(truth.number, right * weight, truth.n), _tally(decided, weight, truth.n)


def _tally(number: Array, weight: Array, n: int) -> Array:
    """The weights, (K, m), added up by the numbers of their classes: (K, n)."""
    K = len(weight)
    places = number + n * np.arange(K)[:, None]
    return np.bincount(places.ravel(), weights=weight.ravel(), minlength=K * n).reshape(K, n)


Measure = Callable[[Array, Any], Array | None]
Ratio = Callable[[Array, Array, Array], Array]

_RATIOS: dict[str, Ratio] = {
    "precision": lambda right, chosen, support: right / chosen,  # 0/0 for a class that is never chosen
    "recall": lambda right, chosen, support: right / support,
    "f1": lambda right, chosen, support: 2 * right / (chosen + support),
}


def _averaged(ratio: Ratio, average: str) -> Measure:
    """The score that is a ratio of the positive class, or the mean of those of all classes."""

    def measure(A: Array, truth: ClassTruth) -> Array | None:
        if not truth.complete or (average == "binary" and truth.positive is None):
            return None
        ratios = ratio(*_counts(A, truth), truth.support)  # (K, n)
        if average == "binary":
            return np.asarray(ratios[:, truth.positive])
        return _mean(ratios, truth.support if average == "weighted" else None)

    return measure


def _neg_log_loss(A: Array, truth: ClassTruth) -> Array | None:
    if not truth.complete:
        return None
    if truth.n == 2:
        P = np.where(truth.number, A[:, 0], 1 - A[:, 0])  # (K, m), of the class that it is
    else:
        m = len(truth.number)
        P = A.reshape(len(A), -1).take(truth.number * m + np.arange(m), axis=1)
    epsilon = np.finfo(A.dtype).eps
    logarithms = np.log(np.minimum(np.maximum(P, epsilon), 1 - epsilon))
    return np.where(_are_probabilities(A), _mean(logarithms, truth.weights), np.nan)


def _neg_brier_score(A: Array, truth: ClassTruth) -> Array | None:
    binary = truth.n == 2
    texts = truth.classes.dtype.kind in "OU"
    if not truth.complete or (texts if binary else A.dtype != np.float64):
        return None  # which of two texts is positive? in which order does it add up, in float32?
    P = np.concatenate((1 - A, A), axis=1) if binary else A  # (K, n, m)
    distances = np.add.reduce((truth.one_hot - P) ** 2, axis=1)
    score = -_mean(distances, truth.weights) * (0.5 if binary else 1)
    return np.where(_are_probabilities(A), score, np.nan)


def _are_probabilities(A: Array) -> Array:
    """Which networks' outputs, (K, n_y, m), scikit-learn takes for probabilities: (K,)."""
    fine = (A.min(axis=(1, 2)) >= 0) & (A.max(axis=(1, 2)) <= 1)
    if A.shape[1] > 1:
        tolerance = min(1e-5, np.finfo(A.dtype).eps ** 0.5)  # the stricter of those of two scores
        fine &= (abs(A.sum(axis=1) - 1) <= tolerance).all(axis=-1)
    return np.asarray(fine)


def _roc_auc(Z: Array, truth: ClassTruth) -> Array | None:
    if truth.n > 2:
        return None
    return _area(Z[:, 0], truth.number == 1, truth.weights)


def _roc_auc_ovr(A: Array, truth: ClassTruth) -> Array | None:
    if truth.n == 2:
        return _roc_auc(A, truth)
    areas = _area(A, truth.one_hot, truth.weights)  # (K, n): each class against the rest
    return np.where(_are_probabilities(A), _mean(areas), np.nan)


def _area(scores: Array, positive: Array, weights: Array | None) -> Array:
    """The area under the ROC curve, over the last axis; NaN where all rows that count are of one kind.

    From the lowest score up, `hits` and `misses` add up the weights of either kind. Rows of equal score are
    one step: each of them is given the sums at their end.
    """
    weight = np.ones(scores.shape[-1]) if weights is None else weights.astype(np.float64)
    order = np.argsort(scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=-1)
    is_end = np.ones(scores.shape, dtype=bool)
    np.not_equal(ordered[..., 1:], ordered[..., :-1], out=is_end[..., :-1])
    place = np.where(is_end, np.arange(1, scores.shape[-1] + 1), scores.shape[-1])
    end = np.minimum.accumulate(place[..., ::-1], axis=-1)[..., ::-1]

    def steps(weight: Array) -> Array:
        """The sums of the ordered weights before the first row and at the end of each row's step."""
        sums = np.zeros((*scores.shape[:-1], scores.shape[-1] + 1))
        of_row = np.take_along_axis(np.broadcast_to(weight, scores.shape), order, axis=-1)
        np.cumsum(of_row, axis=-1, out=sums[..., 1:])
        sums[..., 1:] = np.take_along_axis(sums, end, axis=-1)
        return sums

    hits, misses = steps(weight * positive), steps(weight * ~positive)
    area = np.trapezoid(misses, hits, axis=-1) / (hits[..., -1] * misses[..., -1])
    return np.where(np.isfinite(scores).all(axis=-1), area, np.nan)


# --- scores of numbers: A, (K, n_y, m), to (K,); several outputs count alike --------------------------


def _r2(A: Array, truth: NumberTruth) -> Array:
    squares = (truth.y - A) ** 2
    unexplained = squares if truth.weights is None else truth.weights * squares
    return _mean(1 - np.add.reduce(unexplained, axis=-1) / truth.spread)


def _neg_mean_squared_error(A: Array, truth: NumberTruth) -> Array:
    return -_mean(_mean((truth.y - A) ** 2, truth.weights))


def _neg_root_mean_squared_error(A: Array, truth: NumberTruth) -> Array:
    return -_mean(np.sqrt(_mean((truth.y - A) ** 2, truth.weights)))


def _neg_mean_absolute_error(A: Array, truth: NumberTruth) -> Array:
    return -_mean(_mean(abs(truth.y - A), truth.weights))


# --- the twins ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Twin:
    """A scorer of scikit-learn's, for many networks at once."""

    measure: Measure
    judges: type[ClassTruth] | type[NumberTruth] = ClassTruth
    wants: Literal["A", "Z"] = "A"

    def __call__(self, outputs: Array, truth: Truth) -> Array:
        """The score of each network: (K,), higher is better; NaN where scikit-learn is to be asked.

        `outputs`, (K, n_y, m), are the last layers' A or Z, as the twin `wants`, on the rows of `truth`. On
        the way arrays are made that are a few times as large.
        """
        scores = None
        if type(truth) is self.judges and truth.fits(outputs):
            with np.errstate(all="ignore"):  # what there is to warn about does not end as a finite number
                scores = self.measure(np.ascontiguousarray(outputs), truth)
        if scores is None:
            return np.full(len(outputs), np.nan)
        return np.where(np.isfinite(scores), scores, np.nan).astype(np.float64)


def _identity(scorer: Any) -> tuple[Any, ...]:
    """All that a scorer's answer depends on."""
    return scorer._score_func, scorer._sign, scorer._response_method, frozenset(scorer._kwargs.items())


_BY_NAME = {
    "accuracy": Twin(_accuracy),
    "balanced_accuracy": Twin(_averaged(_RATIOS["recall"], "macro")),
    **{name: Twin(_averaged(ratio, "binary")) for name, ratio in _RATIOS.items()},
    **{f"{name}_macro": Twin(_averaged(ratio, "macro")) for name, ratio in _RATIOS.items()},
    **{f"{name}_weighted": Twin(_averaged(ratio, "weighted")) for name, ratio in _RATIOS.items()},
    **{f"{name}_micro": Twin(_accuracy) for name in _RATIOS},  # rows of all classes counted together
    "neg_log_loss": Twin(_neg_log_loss),
    "neg_brier_score": Twin(_neg_brier_score),
    "roc_auc": Twin(_roc_auc, wants="Z"),
    "roc_auc_ovr": Twin(_roc_auc_ovr),
    "r2": Twin(_r2, NumberTruth),
    "neg_mean_squared_error": Twin(_neg_mean_squared_error, NumberTruth),
    "neg_root_mean_squared_error": Twin(_neg_root_mean_squared_error, NumberTruth),
    "neg_mean_absolute_error": Twin(_neg_mean_absolute_error, NumberTruth),
}
_TWINS = {_identity(get_scorer(name)): twin for name, twin in _BY_NAME.items()}
_OWN = {ClassifierMixin.score: _BY_NAME["accuracy"], RegressorMixin.score: _BY_NAME["r2"]}


def usual(scorer: Any, estimator: Any) -> Twin | None:
    """The twin of a scorer, or None: where it is exactly what one of scikit-learn's registered ones is.

    `scorer` is what `check_scoring` returns; None, as there, is the estimator's own `score`. It is known by
    what it does (function, sign, method, arguments), never by its name.
    """
    if scorer is None or type(scorer) is _PassthroughScorer:
        return _OWN.get(getattr(getattr(estimator, "score", None), "__func__", None))
    if type(scorer) is not _Scorer or _asks_for_more(scorer):
        return None
    try:
        return _TWINS.get(_identity(scorer))
    except TypeError:  # something in it cannot be hashed: none of the registered ones is like that
        return None


def _asks_for_more(scorer: Any) -> bool:
    """Whether more than `sample_weight` is to be routed to the scorer."""
    requests = scorer.get_metadata_routing().score.requests
    return any(alias not in (None, False) for name, alias in requests.items() if name != "sample_weight")
