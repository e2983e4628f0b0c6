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

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer

from shoal.estimators import _measures as measures
from shoal.estimators._measures import PRECISIONS, ClassTruth, Measure, NumberTruth, Truth
from shoal.estimators._sklearn import is_own_score, scorer_identity

Array = NDArray[Any]

# --- what is true ----------------------------------------------------------------------------------


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


_AVERAGES = ("macro", "weighted", "micro")
_BY_NAME = {
    "accuracy": Twin(measures.accuracy),
    "balanced_accuracy": Twin(measures.balanced_accuracy),
    **{name: Twin(measures.averaged(ratio, "binary")) for name, ratio in measures.RATIOS.items()},
    **{
        f"{name}_{average}": Twin(measures.averaged(ratio, average))
        for name, ratio in measures.RATIOS.items()
        for average in _AVERAGES
    },
    "neg_log_loss": Twin(measures.neg_log_loss),
    "neg_brier_score": Twin(measures.neg_brier_score),
    "roc_auc": Twin(measures.roc_auc, wants="Z"),
    "roc_auc_ovr": Twin(measures.roc_auc_ovr),
    "r2": Twin(measures.r2, NumberTruth),
    "neg_mean_squared_error": Twin(measures.neg_mean_squared_error, NumberTruth),
    "neg_root_mean_squared_error": Twin(measures.neg_root_mean_squared_error, NumberTruth),
    "neg_mean_absolute_error": Twin(measures.neg_mean_absolute_error, NumberTruth),
}
_TWINS = {scorer_identity(get_scorer(name)): twin for name, twin in _BY_NAME.items()}
_OWN = {ClassifierMixin.score: _BY_NAME["accuracy"], RegressorMixin.score: _BY_NAME["r2"]}


def usual(scorer: Any, estimator: Any) -> Twin | None:
    """The twin of a scorer, or None: where it is exactly what one of scikit-learn's registered ones is.

    `scorer` is what `check_scoring` returns; None, as there, is the estimator's own `score`. It is known by
    what it does (function, sign, method, arguments), never by its name.
    """
    if scorer is None or is_own_score(scorer):
        return _OWN.get(getattr(getattr(estimator, "score", None), "__func__", None))
    try:
        twin = _TWINS.get(scorer_identity(scorer))
    except TypeError:  # an argument that cannot be hashed: none of the registered scorers has one
        return None
    return None if twin is None or _asks_for_more(scorer) else twin


def _asks_for_more(scorer: Any) -> bool:
    """Whether more than `sample_weight` is to be routed to the scorer."""
    requests = scorer.get_metadata_routing().score.requests
    return any(alias not in (None, False) for name, alias in requests.items() if name != "sample_weight")
