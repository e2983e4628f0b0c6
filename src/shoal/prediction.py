"""What a trained network can be asked: shared by the estimators, which bring `network_` and `theta_`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from shoal import fitting, targets
from shoal.engines import get_engine
from shoal.network import Network

CALLBACKS = ("_skl_callbacks", "_callback_fit_ctx", "_parent_callback_ctx")  # scikit-learn tidies them up
BLOCK = 8192  # rows that are looked at together where all layers are needed


@contextmanager
def unchanged_if_it_fails(estimator: Any) -> Iterator[None]:
    """A fit that ends with an error leaves the estimator as it was; Ctrl-C leaves it as far as it came."""
    before = dict(estimator.__dict__)
    try:
        yield
    except Exception:
        kept = {name: value for name, value in estimator.__dict__.items() if name.startswith(CALLBACKS)}
        estimator.__dict__.clear()
        estimator.__dict__.update(before | kept)
        raise


def predicts_as_ours(estimator: Any) -> bool:
    """Whether its predictions are known from A[L]: a subclass may make something else of it."""
    return type(estimator).__module__.startswith("shoal.")


class FittedNetwork:
    """An estimator with a network inside."""

    network_: Network
    theta_: Any
    engine: Any

    def _columns(self, X: Any) -> Any:
        """The rows of X, checked and in the model's precision, as the book's columns."""
        if "theta_" not in vars(self):  # who has it is fitted; scikit-learn takes far longer to find out
            check_is_fitted(self)
        return fitting.cast("X", fitting.check_X(self, X), self.theta_.dtype).T

    def _last_A(self, columns: Any) -> Any:
        """A[L], (n_y, m)."""
        return get_engine(self.engine).predict(self.network_, self.theta_, columns)

    def _last_Z(self, columns: Any) -> Any:
        """Z[L], (n_y, m); block by block, for the layers before it are not kept."""
        engine = get_engine(self.engine)
        blocks = [
            engine.predict(self.network_, self.theta_, columns[:, start : start + BLOCK], layers=True)[0][-1]
            for start in range(0, columns.shape[1], BLOCK)
        ]
        return np.concatenate(blocks, axis=1)

    def _last(self, wanted: str, columns: Any) -> Any:
        """A[L] or Z[L], as "A" or "Z" says."""
        return self._last_Z(columns) if wanted == "Z" else self._last_A(columns)

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
        A = self._last_A(self._columns(X))
        return targets.decide(A.T, self.classes_, self._multilabel)

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
        A = self._last_A(self._columns(X))
        return targets.probabilities(A.T, self._multilabel)

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
        return targets.log_probabilities(
            self._last_Z(self._columns(X)), self.network_.output, self._multilabel
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
        Z = self._last_Z(self._columns(X))
        return Z.T if self._multilabel or len(Z) > 1 else Z[0]
