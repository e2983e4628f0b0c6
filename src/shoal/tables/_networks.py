"""The estimators that learn a table: the network that `shoal train` fits, and the line beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.estimators._classifier import MLPClassifier
from shoal.estimators._logistic import LogisticRegression
from shoal.estimators._regressor import MLPRegressor
from shoal.tables._settings import TableSettings, TrainSettings
from shoal.tables.encode import Task

_FEWEST_TO_STOP_BY = 100  # rows; of fewer, a tenth says too little of when to stop
_FEWEST_OF_A_CLASS = 10
_ASKED = ("class_weight", "loss")  # settings that only some tasks have, and that are parameters as they are


def kind_of(linear: bool, task: Task) -> Any:
    """The estimator's class."""
    if task is Task.REGRESSION:
        return MLPRegressor
    return LogisticRegression if linear else MLPClassifier


def linear_estimator(task: Task, l2: float, class_weight: str | None = None, loss: str | None = None) -> Any:
    """The estimator without a hidden layer, not fitted; a number is learned standardised, a count is not."""
    if task is Task.CLASSIFICATION:
        return LogisticRegression(C=1 / l2 if l2 else math.inf, class_weight=class_weight)
    return MLPRegressor(
        loss or "squared_error",
        hidden_layer_sizes=(),
        solver="lbfgs",
        alpha=l2,
        max_iter=10_000,
        tol=1e-8,
    )


def network_parameters(settings: TrainSettings, rows: int) -> dict[str, Any]:
    """The arguments of the estimator: about a hundred steps in each epoch, in batches of 32 to 256 rows."""
    usual = min(256, max(32, 2 ** round(math.log2(rows / 100))))
    return {
        "hidden_layer_sizes": settings.hidden,
        "activation": settings.activation,
        "alpha": 1.0 if settings.l2 is None else settings.l2,
        "dropout": settings.dropout,
        "batch_size": min(settings.batch_size or usual, rows),
        "learning_rate_init": settings.learning_rate,
        "max_iter": settings.epochs,
        "early_stopping": True,
        "tol": 1e-5,
        "n_iter_no_change": settings.patience,
        "random_state": settings.seed,
        **{name: value for name in _ASKED if (value := getattr(settings, name)) is not None},
    }


def watched_score(settings: TableSettings, task: Task) -> str | None:
    """The score of the rows that stop a training, in the words of scikit-learn; None is the estimator's."""
    if task is Task.CLASSIFICATION:
        return "neg_log_loss"
    return "neg_mean_poisson_deviance" if settings.counts else None


def network_of(settings: TrainSettings, task: Task, rows: int) -> Any:
    """The network of these settings for so many training rows, not fitted; the best epoch is kept."""
    options = network_parameters(settings, rows)
    return kind_of(False, task)(**options, scoring=watched_score(settings, task))


def usual_network(task: Task, y: NDArray[Any], loss: str | None = None) -> Any:
    """The network that nobody has chosen: `shoal train`'s; of few rows one that needs none to stop by."""
    rarest = min(np.unique(y, return_counts=True)[1], default=0) if task is Task.CLASSIFICATION else len(y)
    settings = TrainSettings(loss=loss)
    if len(y) >= _FEWEST_TO_STOP_BY and rarest >= _FEWEST_OF_A_CLASS:
        return network_of(settings, task, len(y))
    fixed = {"hidden_layer_sizes": settings.hidden, "alpha": 1.0, "random_state": settings.seed}
    fixed |= {} if loss is None else {"loss": loss}
    return kind_of(False, task)(**fixed, solver="lbfgs", max_iter=500)
