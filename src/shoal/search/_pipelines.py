"""Where the network is in a person's estimator: alone, at the end of a Pipeline, or inside another.

What comes before the network is fitted once for each fold, for all candidates that share it. To find out what
the network is given, a `Recorder` takes its place while scikit-learn fits the rest. Afterwards the network of
each candidate takes the place of the recorder.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import check_is_fitted

from shoal.base.shown import literal
from shoal.estimators._targets import is_ours


class Around(ABC):
    """An estimator that makes X and y of what it is given, and trains another one on them.

    The other one is its parameter `estimator`, and fitted its attribute `estimator_`. Nothing else that `fit`
    sets may depend on the other one.
    """

    estimator: Any
    estimator_: Any

    @abstractmethod
    def inputs(self, X: Any) -> Any:
        """Rows as `estimator_` is given them."""

    @abstractmethod
    def bare(self, inner: Any) -> Any:
        """What predicts as this estimator does, from the rows that `inputs` returns, with `inner` inside."""


@dataclass(frozen=True)
class SharedInput:
    """What decides the input of a network: candidates for which it is equal share the data of a fold."""

    place: str  # where the network stands in the estimator; see `place_of`
    network: type[Any]
    before: tuple[Any, ...]  # the settings of what comes before the network
    separate: bool  # whether the network is fitted by its own `fit`, and not as a member of the population


def place_of(estimator: Any) -> str:
    """The parameter that holds the innermost estimator, "regressor__mlp"; "" if nothing is around it."""
    match estimator:
        case Pipeline(steps=[*_, (str(name), inner)]):
            pass
        case TransformedTargetRegressor(regressor=inner):
            name = "regressor"
        case Around(estimator=inner):
            name = "estimator"
        case _:
            return ""
    return f"{name}__{place}" if (place := place_of(inner)) else name


def innermost(estimator: Any) -> Any:
    """The estimator at `place_of`, whosever it is."""
    match estimator:
        case (
            Pipeline(steps=[*_, (_, inner)])
            | TransformedTargetRegressor(regressor=inner)
            | Around(estimator=inner)
        ):
            return innermost(inner)
    return estimator


def network_in(estimator: Any) -> Any:
    """The innermost estimator if it is one of shoal's; None if it is not: only ours are trained together."""
    inner = innermost(estimator)
    return inner if is_ours(inner) else None


def name_of(estimator: Any) -> str:
    """The class with its package, such as sklearn.SVC; for anything else its repr, such as 'passthrough'."""
    kind = type(estimator)
    package, _, _ = kind.__module__.partition(".")
    return f"{package}.{kind.__name__}" if hasattr(estimator, "fit") else literal(estimator)


def settings_before(params: Mapping[str, Any], place: str) -> tuple[Any, ...]:
    """The settings that decide what the network is given: equal for candidates that share it."""
    before = (name for name in params if name != place and not name.startswith(f"{place}__"))
    settings = [(name, _identity(params[name])) for name in sorted(before)]
    if place in params:  # another network may ask for other metadata
        settings.append((place, str(get_routing_for_object(params[place]))))
    return tuple(settings)


def _identity(value: Any) -> Any:
    """Plain values are equal if they look equal (1 and 1.0 are not); any other object only equals itself."""
    if isinstance(value, tuple):
        return tuple(map(_identity, value))
    plain = value is None or isinstance(value, bool | int | float | complex | str | bytes)
    return (type(value), repr(value)) if plain else id(value)


class Recorder(BaseEstimator):  # type: ignore[misc]
    """Takes the place of a network, and keeps what it is given to train on."""

    def __init__(self, network: Any) -> None:
        self.network = network

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Keep the arguments."""
        self.given_ = (X, y, params)
        return self

    def predict(self, X: Any) -> Any:
        """Raise that nothing is fitted yet; TransformedTargetRegressor needs the method."""
        check_is_fitted(self.network)

    def __sklearn_tags__(self) -> Any:
        return get_tags(self.network)

    def get_metadata_routing(self) -> Any:
        """The metadata that the network asks for."""
        return get_routing_for_object(self.network)


def takes(inner: Any, name: str) -> bool:
    """Whether the `fit` of this estimator, or of the one that a recorder stands for, has such an argument."""
    network = inner.network if isinstance(inner, Recorder) else inner
    return name in signature(network.fit).parameters


def recorded(estimator: Any, place: str) -> Any:
    """A copy of the estimator, not fitted, with a recorder in the network's place."""
    return clone(estimator).set_params(**{place: Recorder(innermost(estimator))})


def given(fitted: Any) -> Any:
    """X, y and the other arguments that the network in this fitted estimator is given."""
    return _inner(fitted).given_


def _inner(fitted: Any) -> Any:
    match fitted:
        case Pipeline():
            return _inner(fitted.steps[-1][1])
        case TransformedTargetRegressor():
            return _inner(fitted.regressor_)
        case Around():
            return _inner(fitted.estimator_)
    return fitted


def with_network(fitted: Any, network: Any, asked: Any) -> Any:
    """The fitted estimator with this fitted network in it; everything else is shared, not copied.

    `asked` is the candidate's estimator, not fitted: what is around a network keeps what it was given.
    """
    match fitted:
        case Pipeline():
            *before, (name, last) = fitted.steps
            fitted = copy.copy(fitted)
            fitted.steps = [*before, (name, with_network(last, network, asked.steps[-1][1]))]
            return fitted
        case TransformedTargetRegressor():
            fitted = copy.copy(fitted)
            fitted.regressor = asked.regressor
            fitted.regressor_ = with_network(fitted.regressor_, network, asked.regressor)
            return fitted
        case Around():
            fitted = copy.copy(fitted)
            fitted.estimator = asked.estimator
            fitted.estimator_ = with_network(fitted.estimator_, network, asked.estimator)
            return fitted
    return network


def transformed(fitted: Any, X: Any) -> Any:
    """X as the network is given it."""
    match fitted:
        case Pipeline():
            before = fitted[:-1].transform(X) if len(fitted.steps) > 1 else X
            return transformed(fitted.steps[-1][1], before)
        case TransformedTargetRegressor():
            return transformed(fitted.regressor_, X)
        case Around():
            return transformed(fitted.estimator_, fitted.inputs(X))
    return X


def changes_y(fitted: Any) -> bool:
    """Whether what the network predicts is changed again afterwards."""
    match fitted:
        case Pipeline():
            return changes_y(fitted.steps[-1][1])
        case TransformedTargetRegressor():
            return True
        case Around():
            return bool(is_regressor(fitted))
    return False


def behind_transformers(fitted: Any) -> Any:
    """The fitted estimator without its transformers of X: it takes the rows that `transformed` returns."""
    match fitted:
        case Pipeline():
            return behind_transformers(fitted.steps[-1][1])
        case TransformedTargetRegressor():
            inner = behind_transformers(fitted.regressor_)
            fitted = copy.copy(fitted)
            fitted.regressor_ = inner
            return fitted
        case Around():
            return fitted.bare(behind_transformers(fitted.estimator_))
    return fitted
