"""scikit-learn: MLPClassifier, warm-started from theta."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier
from work import Work

from peers.with_shoal import estimator_parameters


class Sklearn:
    """`MLPClassifier.fit`. Its matrices are overwritten with theta's, and warm_start keeps them."""

    def __init__(self, work: Work, threads: int) -> None:
        self.name, self.threads, self.work = "scikit-learn", threads, work
        _, self.some_of_each = np.unique(work.labels, return_index=True)  # enough to build the model

    def start(self) -> Callable[[], Any]:
        work = self.work
        few = self.some_of_each
        model = MLPClassifier(**estimator_parameters(work) | {"max_iter": 1, "batch_size": 1})
        model.fit(work.X[few], work.labels[few])
        set_theta(model, work.network, work.theta)
        model.set_params(warm_start=True, max_iter=work.epochs, batch_size=work.batch_size)

        def go() -> Any:
            model.fit(work.X, work.labels)
            return theta_of(model)

        return go


def set_theta(model: Any, network: Any, theta: Any) -> None:
    """Overwrite a fitted model's matrices."""
    W, b = network.views(theta)
    for l in range(network.L):
        model.coefs_[l][...] = W[l + 1].T
        model.intercepts_[l][...] = b[l + 1][:, 0]


def theta_of(model: Any) -> Any:
    """A fitted model's matrices as one theta."""
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    return np.concatenate([part.ravel() for W, b in pairs for part in (W.T, b)])
