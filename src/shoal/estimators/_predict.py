"""What a fitted estimator answers: its last layer, and from it classes, probabilities and scores.

Functions take any estimator that has `network_`, `theta_` and `engine`. `NetworkClassifierMixin` is to our
classifiers what `LinearClassifierMixin` is to scikit-learn's: the four public methods, each a call or two.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from shoal.base.errors import DivergedError
from shoal.book import equations
from shoal.engines import get_engine
from shoal.engines.base import BLOCK
from shoal.estimators._decisions import decide, log_probabilities
from shoal.estimators._inputs import DTYPES, all_finite, cast, check_X
from shoal.estimators._scorers import LabelScoreMixin
from shoal.estimators._sklearn import CALLBACK_ATTRIBUTES

SURE = 1 - 2**-7  # an A above: 1 - A has lost digits
TINY = {np.dtype(kind): float(np.finfo(kind).tiny) for kind in DTYPES}  # the smallest normal numbers


@contextmanager
def unchanged_if_it_fails(estimator: Any) -> Iterator[None]:
    """A block that raises an Exception leaves the estimator's attributes as they were before it.

    Ctrl-C is not an Exception: it leaves them saying how far the fit came.
    """
    before = dict(estimator.__dict__)
    try:
        yield
    except Exception:
        kept = {
            name: value for name, value in estimator.__dict__.items() if name.startswith(CALLBACK_ATTRIBUTES)
        }
        estimator.__dict__.clear()
        estimator.__dict__.update(before | kept)
        raise


def predicts_as_ours(estimator: Any) -> bool:
    """Whether predictions follow from A[L] as in shoal: a subclass may have a `predict` of its own."""
    return type(estimator).__module__.startswith("shoal.")


def columns_of(estimator: Any, X: Any) -> Any:
    """The rows of X, checked and in the model's precision, as the book's columns: (n_x, m).

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    DataError, ValueError
        If X cannot be predicted from: other columns than in `fit`, NaN, infinity.
    """
    if "theta_" not in vars(estimator):  # an estimator with theta_ is fitted; check_is_fitted is slower
        check_is_fitted(estimator)
    return cast("X", check_X(estimator, X), estimator.theta_.dtype).T


def last_layer(estimator: Any, wanted: Literal["A", "Z", "P"], columns: Any) -> Any:
    """A[L] or Z[L] of a fitted estimator, (n_y, m), for the columns that `columns_of` returns.

    "P" is the probability of each class or label: A[L], but of both classes where one sigmoid stands for two,
    and never below the smallest normal number, so that its logarithm is finite as in `predict_log_proba`.

    Raises
    ------
    DivergedError
        If one of these numbers is not finite: the weights or the inputs are too large to multiply.
    """
    engine = get_engine(estimator.engine)
    network, theta = estimator.network_, estimator.theta_
    if wanted == "Z":
        blocks = [
            engine.predict(network, theta, columns[:, start : start + BLOCK], layers=True)[0][-1]
            for start in range(0, columns.shape[1], BLOCK)
        ]
        found = np.concatenate(blocks, axis=1)
    else:
        found = engine.predict(network, theta, columns)
    if not (math.isfinite(found.item()) if found.size == 1 else all_finite(found)):
        row = int(np.flatnonzero(~np.isfinite(found).all(axis=0))[0])
        raise DivergedError("fit.answer_not_finite", row=row)
    if wanted != "P":
        return found
    if is_binary(estimator):
        return both(found, lambda sure: last_layer(estimator, "Z", columns[:, sure]))
    return np.maximum(found, TINY[found.dtype])


def both(A: Any, z_of: Callable[[Any], Any]) -> Any:
    """The probabilities of two classes, (2, m), of one sigmoid's A, (1, m): none below `TINY`.

    That of the first class is sigmoid(-Z), which is 1 - A only as long as A is not close to 1. `z_of` gives
    Z of the columns that it is asked for.
    """
    P = np.concatenate((1 - A, A))
    if A.size == 1 and 1 - SURE <= A.item() <= SURE:  # one row is asked for often, and it takes microseconds
        return P
    sure = np.flatnonzero(A[0] > SURE)
    if len(sure):
        P[0, sure] = equations.sigmoid(-z_of(sure)[0])
    return np.maximum(P, TINY[A.dtype], out=P)


def is_binary(estimator: Any) -> bool:
    """Whether one sigmoid stands for two classes."""
    return bool(estimator.network_.n[-1] == 1 and len(getattr(estimator, "classes_", ())) == 2)


def matrices(estimator: Any, attribute: str) -> tuple[list[Any], list[Any]]:
    """The lists W and b (index 0 is None), views into theta; they make up `attribute`.

    Raises
    ------
    AttributeError
        If the estimator is not fitted: `attribute` does not exist yet.
    """
    if "theta_" not in vars(estimator):
        raise AttributeError(f"{type(estimator).__name__!r} object has no attribute {attribute!r} before fit")
    W, b = estimator.network_.views(estimator.theta_)
    return W, b


def is_multilabel(classifier: Any) -> bool:
    """Whether the network has several sigmoid units: a yes or no for each of several labels."""
    network = classifier.network_
    return bool(network.output == "sigmoid" and network.n[-1] > 1)


class NetworkClassifierMixin(LabelScoreMixin):
    """`predict` and its like, for an estimator whose network ends in a sigmoid or a softmax."""

    def predict(self, X: Any) -> Any:
        """The most probable class of each row; of two classes the second one, if it is above one half.

        Of several labels, each one whose probability is above one half.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Labels out of `classes_`; or 0 and 1, a column for each label.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        DataError, ValueError
            If X has other columns than in `fit`, or holds NaN or infinity.
        """
        A = last_layer(self, "A", columns_of(self, X))
        return decide(A.T, self.classes_, is_multilabel(self))

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, or of each label: A[L].

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`. The rows sum to 1, except where a row has several labels. None
            is below the smallest normal number of its precision (2e-308 in float64, 1e-38 in float32).
        """
        P = last_layer(self, "P", columns_of(self, X)).T
        return P if len(self.classes_) > 1 or is_multilabel(self) else np.ones_like(P)

    def predict_log_proba(self, X: Any) -> Any:
        """The logarithm of `predict_proba`, from Z[L]: finite also where A[L] rounds to 0.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        columns, several = columns_of(self, X), is_multilabel(self)
        m, dtype = columns.shape[1], self.theta_.dtype
        if len(self.classes_) == 1 and not several:
            return np.zeros((m, 1), dtype)
        log_P = np.empty((len(self.classes_), m), dtype)
        step = max(1, BLOCK // (1 + len(self.classes_) // 16))
        for start in range(0, m, step):  # whatever a block needs beside its result is gone with it
            try:
                Z = last_layer(self, "Z", columns[:, start : start + step])
            except DivergedError as error:
                raise DivergedError(error.key, row=start + int(str(error.values["row"]))) from None
            log_P[:, start : start + step] = log_probabilities(Z, self.network_.output, several).T
        return log_P.T

    def decision_function(self, X: Any) -> Any:
        """Z[L]: the log-odds of the second of two classes, or a number for each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        Z : ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        Z = last_layer(self, "Z", columns_of(self, X))
        return Z.T if is_multilabel(self) or len(Z) > 1 else Z[0]
