"""What the fit interface knows of an estimator: its parameters, and the attributes that a fit writes."""

from collections.abc import Callable
from typing import Any, Protocol

from shoal.book.network import Network
from shoal.engines.base import Engine
from shoal.estimators._inputs import Array
from shoal.estimators._runs import Hyperparameters, State
from shoal.estimators._targets import TargetKind
from shoal.training.ending import Ending
from shoal.training.loop import History


class HasTargets(Protocol):
    """An estimator whose X and y `prepare` can check: an MLP or a LogisticRegression."""

    _targets: TargetKind  # what its y is


class Trainable(HasTargets, Hyperparameters, Protocol):
    """An estimator that `begin` can train: MLPClassifier or MLPRegressor.

    The parameters are documented in `MLPClassifier`. The attributes are those that a fit writes.
    """

    warm_start: bool
    validation_fraction: float
    scoring: str | Callable[..., float] | None
    n_restarts: int
    restarts: str
    verbose: bool
    engine: str | Engine
    random_state: Any

    network_: Network
    theta_: Array
    history_: History
    n_iter_: int
    t_: int
    ending_: Ending
    restart_costs_: list[float]
    best_restart_: int
    _state: State


def fits_in_steps(estimator: Any) -> bool:
    """Whether its `fit` is the one that takes the steps of `_fit`: others can then take them in its place."""
    kind = type(estimator)
    return hasattr(kind, "_fit_in_steps") and kind.fit is kind._fit_in_steps


def draws_another_seed(estimator: Any) -> bool:
    """Whether each of its fits begins with another seed; a logistic regression draws nothing."""
    return hasattr(type(estimator), "_fit_in_steps") and estimator.random_state is None
