"""The network inside an estimator: its matrices, and what the equations say of rows.

An estimator of shoal has one; so have a Pipeline that ends in one, and a search whose best estimator is one.
The layers are computed by the estimator's engine, the derivatives by `shoal.book.equations`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from shoal.base.errors import UsageError
from shoal.book.equations import backward, forward, shares
from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.estimators._predict import columns_of
from shoal.estimators._targets import is_ours
from shoal.plots._answers import feature_names_of, flat


class Inside(NamedTuple):
    """A fitted network, the estimator that holds it, and what a Pipeline does to the rows before it."""

    estimator: Any
    before: Any  # a Pipeline, or None

    @property
    def network(self) -> Network:
        """The architecture."""
        network: Network = self.estimator.network_
        return network

    @property
    def matrices(self) -> tuple[list[Any], list[Any]]:
        """The lists W and b (index 0 is None)."""
        return self.network.views(self.estimator.theta_)

    def columns(self, X: Any) -> Any:
        """Rows as the network reads them, (n_x, m)."""
        X = columns_of(self.estimator, X if self.before is None else self.before.transform(X))
        return X.toarray() if sparse.issparse(X) else X

    def layers(self, X: Any) -> tuple[list[Any], list[Any]]:
        """Z and A of all layers, for rows."""
        engine = get_engine(self.estimator.engine)
        Z, A = engine.predict(self.network, self.estimator.theta_, self.columns(X), layers=True)
        return list(Z), list(A)

    def names(self, X: Any, given: Sequence[str] | None) -> list[str]:
        """What the inputs of the network are called."""
        count = self.network.n[0]
        if self.before is not None and hasattr(self.before, "get_feature_names_out"):
            try:
                return [str(name) for name in self.before.get_feature_names_out(given)]
            except (ValueError, AttributeError):  # some step does not know names
                return feature_names_of(None, None, None, count)
        return feature_names_of(self.estimator, X, given, count)

    def outputs(self) -> list[str]:
        """What the units of the last layer stand for."""
        classes = getattr(self.estimator, "classes_", None)
        if classes is None or (len(classes) == 2 and self.network.n[-1] == 1):
            return ["y" if classes is None else str(classes[1])] * self.network.n[-1]
        return [str(label) for label in np.asarray(classes).tolist()]

    def gradients(self, X: Any, y: Any, theta: Any = None) -> tuple[list[Any], list[Any], list[Any]]:
        """dZ, dW, db of the mean loss over rows, without penalties; at `theta`, or at the fitted one."""
        estimator, network = self.estimator, self.network
        rows = X if self.before is None else self.before.transform(X)
        y = flat(y) if np.ndim(y) == 2 else y
        rows, y = estimator._targets.check(estimator, rows, y, reset=False)
        theta = estimator.theta_ if theta is None else np.asarray(theta)
        Y, _ = estimator._targets.encode(estimator, y, theta.dtype)
        columns = (rows.toarray() if sparse.issparse(rows) else rows).T
        W, b = network.views(theta)
        Z, A = forward(W, b, columns, network.g)
        return backward(W, Z, A, Y, network.g, shares(np.ones((1, Y.shape[1]), theta.dtype)))


def inside(estimator: Any, what: str) -> Inside:
    """The network of an estimator, for the picture of this name.

    Raises
    ------
    UsageError
        If it has none.
    NotFittedError
        If it is not fitted.
    """
    estimator, before = opened(estimator)
    if not is_ours(estimator):
        raise UsageError("plots.no_network", what=what, type=type(estimator).__name__)
    check_is_fitted(estimator)
    return Inside(estimator, before)


def opened(estimator: Any) -> tuple[Any, Any]:
    """The last step of a Pipeline, also of one that a search found, and the steps before it, or None."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    if not isinstance(estimator, Pipeline) or not len(estimator):
        return estimator, None
    return estimator[-1], estimator[:-1] if len(estimator) > 1 else None
