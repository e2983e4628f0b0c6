"""What a trained network can be asked: shared by the estimators, which bring `network_` and `theta_`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.estimators._inputs import cast, check_X
from shoal.estimators._sklearn import CALLBACK_ATTRIBUTES
from shoal.estimators._targets import decide, log_probabilities, probabilities

BLOCK = 8192  # rows that are looked at together where all layers are needed


@contextmanager
def unchanged_if_it_fails(estimator: Any) -> Iterator[None]:
    """A fit that ends with an error leaves the estimator as it was; Ctrl-C leaves it as far as it came."""
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
    """Whether its predictions are known from A[L]: a subclass may make something else of it."""
    return type(estimator).__module__.startswith("shoal.")


def columns_of(estimator: Any, X: Any) -> Any:
    """The rows of X, checked and in the model's precision, as the book's columns."""
    if "theta_" not in vars(estimator):  # with this attribute it is fitted; scikit-learn asks longer
        check_is_fitted(estimator)
    return cast("X", check_X(estimator, X), estimator.theta_.dtype).T


def last_layer(estimator: Any, wanted: str, columns: Any) -> Any:
    """A[L] or Z[L] as "A" or "Z" says: (n_y, m)."""
    engine = get_engine(estimator.engine)
    network, theta = estimator.network_, estimator.theta_
    if wanted == "A":
        return engine.predict(network, theta, columns)
    blocks = [  # block by block: the layers before the last are not kept
        engine.predict(network, theta, columns[:, start : start + BLOCK], layers=True)[0][-1]
        for start in range(0, columns.shape[1], BLOCK)
    ]
    return np.concatenate(blocks, axis=1)


class FittedNetwork:
    """An estimator with a network inside."""

    network_: Network
    theta_: Any
    engine: Any

    def _matrices(self, asked: str) -> tuple[list[Any], list[Any]]:
        """The lists W and b, or the error that a missing attribute is."""
        if "theta_" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {asked!r} before fit")
        return self.network_.views(self.theta_)


class NetworkClassifier(ClassifierMixin, FittedNetwork):  # type: ignore[misc]
    """A network whose outputs are probabilities of classes."""

    classes_: Any

    @property
    def _multilabel(self) -> bool:
        """Several sigmoid units: a yes or no for each of several labels."""
        return self.network_.output == "sigmoid" and self.network_.n[-1] > 1

    def predict(self, X: Any) -> Any:
        """The most probable class of each row (of two classes: the second, if above one half).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        A = last_layer(self, "A", columns_of(self, X))
        return decide(A.T, self.classes_, self._multilabel)

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
        """
        A = last_layer(self, "A", columns_of(self, X))
        return probabilities(A.T, self._multilabel)

    def predict_log_proba(self, X: Any) -> Any:
        """The logarithm of `predict_proba`, from Z[L]: finite also where A[L] rounds to 0.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes)
        """
        return log_probabilities(
            last_layer(self, "Z", columns_of(self, X)), self.network_.output, self._multilabel
        )

    def decision_function(self, X: Any) -> Any:
        """Z[L]: the log-odds of the second of two classes, or a score a class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        Z : ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        Z = last_layer(self, "Z", columns_of(self, X))
        return Z.T if self._multilabel or len(Z) > 1 else Z[0]
