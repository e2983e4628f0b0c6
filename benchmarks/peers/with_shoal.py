"""shoal: an engine for many epochs in one call, and the estimator that people use."""

from collections.abc import Callable
from typing import Any

import numpy as np
from work import Work

import shoal
from shoal.book.optimizers import Optimizer
from shoal.engines.base import Engine, Member


class ShoalEngine:
    """One call of `engine.epochs`."""

    def __init__(self, work: Work, engine: Engine, threads: int) -> None:
        self.name = f"shoal {engine.name}" + (" float64" if work.dtype == np.float64 else "")
        self.threads, self.work, self.engine = threads, work, engine
        self.costs: Any = None  # the epochs' costs of the last turn

    def start(self) -> Callable[[], Any]:
        work = self.work
        member = Member(
            work.network,
            work.theta.copy(),
            Optimizer(work.rule),
            work.data,
            np.arange(work.m),
            seed=0,
            batch_size=work.batch_size,
            shuffle=work.shuffle,
        )
        rates = [work.rate] * work.epochs

        def go() -> Any:
            self.costs = self.engine.epochs([member], [rates])[0].cost
            return member.theta

        return go


class ShoalEstimator:
    """`shoal.MLPClassifier.fit`, with its checks of the data."""

    def __init__(self, work: Work, engine: Engine, threads: int) -> None:
        self.name, self.threads, self.work, self.engine = "shoal.MLPClassifier", threads, work, engine

    def start(self) -> Callable[[], Any]:
        work = self.work
        model = shoal.MLPClassifier(**estimator_parameters(work), engine=self.engine)
        return lambda: model.fit(work.X, work.labels).theta_


def estimator_parameters(work: Work) -> dict[str, Any]:
    """What scikit-learn's and shoal's MLPClassifier are told alike: exactly so many epochs."""
    return {
        "hidden_layer_sizes": work.network.n[1:-1],
        "activation": work.network.activations[0],
        "solver": "adam" if work.rule == "adam" else "sgd",
        "momentum": 0.0,
        "nesterovs_momentum": False,
        "alpha": 0.0,
        "learning_rate_init": work.rate,
        "batch_size": work.batch_size,
        "max_iter": work.epochs,
        "shuffle": work.shuffle,
        "tol": 0.0,
        "n_iter_no_change": 10**9,
        "random_state": 0,
    }
