"""scikit-learn's scorers, vectorized: one pass scores many networks, equal to scikit-learn's to 1e-12.

scikit-learn validates for about a millisecond before it computes for some microseconds, and a search would
wait longer for its scores than for its training. Here the true targets are prepared once (`true_targets`),
and the vectorized form of a scorer (`vectorized_scorer`) then scores K networks on them together.

scikit-learn stays the judge. Wherever it would warn, raise or return NaN, and wherever this module is not
sure, there is no vectorized scorer, or there are no true targets, or the score is NaN. Each of these means
"ask scikit-learn". So a score never depends on this module, only the time that it takes. The score of a
network also has the same bits whichever networks are scored beside it: early stopping compares scores, and
must stop at the same epoch in a population as alone.

A vectorized scorer assumes that the estimator predicts as `decide` and `probabilities` of `_decisions` do.
For a subclass that predicts otherwise the caller must not use it (`_predict.predicts_as_ours`).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer

from shoal.base.numeric import as_numpy, comparable, like, whole_labels
from shoal.book.equations import OUTPUTS
from shoal.estimators import _metrics as metrics
from shoal.estimators._metrics import PRECISIONS, Metric, TrueLabels, TrueNumbers, TrueTargets
from shoal.estimators._sklearn import is_own_score, scorer_identity

Array = NDArray[Any]

# --- true targets ----------------------------------------------------------------------------------


def true_targets(y: Any, weights: Any = None, *, output: str, classes: Any = None) -> TrueTargets | None:
    """The targets of the scored rows, prepared once for all networks; None if scikit-learn must score them.

    Parameters
    ----------
    y : array of shape (m,) or (m, n_y)
        Labels or numbers, as scikit-learn's scorer would get them.
    weights : array of shape (m,), default=None
        The `sample_weight` that it would get.
    output : str
        The networks' output, out of `shoal.book.equations.OUTPUTS`. Together with `classes` it says whether a
        row has one label or several.
    classes : array of shape (n,), default=None
        The sorted classes that the networks know; None if they predict numbers.

    Returns
    -------
    TrueLabels, TrueNumbers or None
    """
    y = _plain(y)
    if y is None or y.ndim not in (1, 2) or not y.size:
        return None
    if weights is not None:
        weights = _plain(weights)
        if weights is None or weights.shape != (len(y),) or not _are_weights(weights):
            return None
    if output in OUTPUTS and not OUTPUTS[output].probabilities:
        return _true_numbers(y, weights)
    if classes is not None and len(classes) < 2:
        return None
    return _true_labels(y, weights, output, classes)


def _plain(values: Any) -> Array | None:
    """The values as a plain array; None for an array type that may hold more than its numbers."""
    if type(values) is np.ndarray:  # not a subclass: a masked array or a matrix would be scored differently
        return values
    return np.asarray(values) if hasattr(values, "to_numpy") and hasattr(values, "dtype") else None


def _are_weights(weights: Array) -> bool:
    """Whether scikit-learn would accept them without a warning: no NaN, none negative, not all zero."""
    if weights.dtype not in (*PRECISIONS, np.int64):
        return False
    return bool(np.isfinite(weights).all() and (weights >= 0).all() and weights.any())


def _true_labels(y: Array, weights: Array | None, output: str, classes: Array) -> TrueLabels | None:
    n = len(classes)
    n_y = {"sigmoid": 1, "softmax": n}.get(output)
    if y.ndim > 1 or n_y is None or n < 2 or (n_y == 1) != (n == 2):  # also where a row has several labels
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
    return TrueLabels(number, classes, n_y, weights, support)


def _kind_of_labels(labels: Array) -> str | None:
    """The kind of these labels; only equal kinds are compared. None if scikit-learn would refuse them."""
    kind = labels.dtype.kind
    if kind == "U" or (kind == "O" and all(isinstance(label, str) for label in labels)):
        return "text"
    whole = kind == "f" and ((labels == np.trunc(labels)) & (abs(labels) < 2**62)).all()
    return kind if whole or kind in "iub" else None


def _true_numbers(y: Array, weights: Array | None) -> TrueNumbers | None:
    if not (y.dtype.kind in "iu" or y.dtype in PRECISIONS) or not np.isfinite(y).all():
        return None
    wide = y.dtype == np.float64 or (weights is not None and weights.dtype == np.float64)
    rows = y.reshape(len(y), -1).astype(np.float64)  # (m, n_y), summed in scikit-learn's order
    weights = None if weights is None else weights.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (rows - np.average(rows, axis=0, weights=weights)) ** 2
        spread = (squares if weights is None else weights[:, None] * squares).sum(axis=0)
    counted = rows if weights is None else rows[weights > 0]
    varies = counted.min(axis=0) < counted.max(axis=0)  # rounding may leave a spread of equal numbers
    spread = np.where(varies & np.isfinite(spread), spread, np.nan)
    return TrueNumbers(np.ascontiguousarray(rows.T), weights, spread, wide)


# --- the estimators' own score ---------------------------------------------------------------------


class LabelScoreMixin(ClassifierMixin):  # type: ignore[misc]
    """`score` of an estimator of labels."""

    classes_: Array

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """The share of the rows whose class, or all of whose labels, are right.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            What is true of them.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.

        Returns
        -------
        accuracy : float
        """
        y = whole_labels(y)
        if isinstance(y, np.ndarray) and y.ndim == 1:
            y = _known_or_wrong(y, self.classes_)
        return super().score(X, y, None if sample_weight is None else comparable(sample_weight))


def _known_or_wrong(y: Array, classes: Array) -> Array:
    """Labels, (m,), in the type of the classes; those that do not fit into it become one that is no class."""
    y = like(y, classes)
    if y.dtype != object or classes.dtype == object:
        return y
    known = set(classes.tolist())
    other = next(label for label in range(len(known) + 1) if label not in known)
    return np.array([label if label in known else other for label in y.tolist()], classes.dtype.kind + "8")


class NumberScoreMixin(RegressorMixin):  # type: ignore[misc]
    """`score` of an estimator of numbers."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """R²: the share of the variance of y that is explained; below 0 is worse than always its mean.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            What is true of them.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.

        Returns
        -------
        r2 : float
        """
        y = as_numpy(y, "y")
        return super().score(X, y, None if sample_weight is None else comparable(sample_weight))


# --- vectorized scorers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class VectorizedScorer:
    """A scorer of scikit-learn's, for many networks at once.

    Parameters
    ----------
    metric : function
        The formula, from `_metrics`.
    targets : type, default=TrueLabels
        The kind of true targets that the formula takes.
    wants : {"A", "Z", "P"}, default="A"
        Whether it scores A[L], the predictions, Z[L], the values before the last activation, or the
        probabilities of all classes.
    """

    metric: Metric
    targets: type[TrueLabels] | type[TrueNumbers] = TrueLabels
    wants: Literal["A", "Z", "P"] = "A"

    def __call__(self, outputs: Array, true: TrueTargets) -> Array:
        """The score of each network, (K,) float64, higher is better; NaN where scikit-learn must score it.

        `outputs`, (K, n_y, m), are what `wants` names, for the rows of `true`. Temporary
        arrays take a few times the memory of `outputs`.
        """
        scores = None
        if type(true) is self.targets and true.fits(outputs, self.wants):
            with np.errstate(all="ignore"):  # a score with an overflow is not finite, and NaN below
                scores = self.metric(np.ascontiguousarray(outputs), true)
        if scores is None:
            return np.full(len(outputs), np.nan)
        return np.where(np.isfinite(scores), scores, np.nan).astype(np.float64)


_AVERAGES = ("macro", "weighted", "micro")
_BY_NAME = {
    "accuracy": VectorizedScorer(metrics.accuracy),
    "balanced_accuracy": VectorizedScorer(metrics.balanced_accuracy),
    **{name: VectorizedScorer(metrics.averaged(ratio, "binary")) for name, ratio in metrics.RATIOS.items()},
    **{
        f"{name}_{average}": VectorizedScorer(metrics.averaged(ratio, average))
        for name, ratio in metrics.RATIOS.items()
        for average in _AVERAGES
    },
    "neg_log_loss": VectorizedScorer(metrics.neg_log_loss, wants="P"),
    "neg_brier_score": VectorizedScorer(metrics.neg_brier_score, wants="P"),
    "roc_auc": VectorizedScorer(metrics.roc_auc, wants="Z"),
    "roc_auc_ovr": VectorizedScorer(metrics.roc_auc_ovr),
    "r2": VectorizedScorer(metrics.r2, TrueNumbers),
    "neg_mean_squared_error": VectorizedScorer(metrics.neg_mean_squared_error, TrueNumbers),
    "neg_root_mean_squared_error": VectorizedScorer(metrics.neg_root_mean_squared_error, TrueNumbers),
    "neg_mean_absolute_error": VectorizedScorer(metrics.neg_mean_absolute_error, TrueNumbers),
}
_BY_IDENTITY = {scorer_identity(get_scorer(name)): vectorized for name, vectorized in _BY_NAME.items()}
_OWN: dict[Any, VectorizedScorer] = {
    LabelScoreMixin.score: _BY_NAME["accuracy"],
    NumberScoreMixin.score: _BY_NAME["r2"],
}


def vectorized_scorer(scorer: Any, estimator: Any) -> VectorizedScorer | None:
    """The vectorized form of a scorer; None unless the scorer equals a registered one of scikit-learn's.

    `scorer` is what `check_scoring` returns; None means the estimator's own `score`, as it does there. A
    scorer is recognised by what it does (function, sign, method, arguments), never by its name.
    """
    if scorer is None or is_own_score(scorer):
        return _OWN.get(getattr(getattr(estimator, "score", None), "__func__", None))
    try:
        vectorized = _BY_IDENTITY.get(scorer_identity(scorer))
    except TypeError:  # an argument that cannot be hashed: none of the registered scorers has one
        return None
    return None if vectorized is None or _routes_more_than_weights(scorer) else vectorized


def _routes_more_than_weights(scorer: Any) -> bool:
    """Whether the scorer requests metadata beside `sample_weight`."""
    requests = scorer.get_metadata_routing().score.requests
    return any(alias not in (None, False) for name, alias in requests.items() if name != "sample_weight")


def says_nothing(vectorized: VectorizedScorer, true: TrueTargets) -> bool:
    """Whether the score of these rows cannot tell networks apart, whatever scikit-learn makes of it.

    R² of numbers that are all the same is 0 or 1 there. With a single class, a network that has not learned
    anything but that class is perfect; with some classes missing there is no log loss.
    """
    if isinstance(true, TrueNumbers):
        return vectorized.metric is metrics.r2 and bool(np.isnan(true.spread).all())
    return bool(np.count_nonzero(true.support) < 2) or (vectorized.wants == "P" and not true.complete)
