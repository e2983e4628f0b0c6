"""A person's own weights in an estimator: set whole or layer by layer, checked, and copied into theta."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import numpy as np
from sklearn.base import is_classifier

from shoal.base.errors import UsageError
from shoal.base.numeric import is_whole
from shoal.book.network import Network
from shoal.estimators._inputs import DTYPES, Array
from shoal.estimators._parameters import LOSSES
from shoal.estimators._runs import activations_of


class Layers(list[Array]):
    """The weights or the biases of each layer, views into theta: what is assigned to one is copied there.

    Its length is that of the network: a layer can be neither added nor taken away.
    """

    name = "coefs_"

    def __setitem__(self, which: Any, value: Any) -> None:
        if is_whole(which):
            copy_into(f"{self.name}[{which}]", self[int(which)], value)
            return
        chosen = list(range(len(self)))[which]
        values = list(value)
        if len(values) != len(chosen):
            raise UsageError("weights.layers", name=self.name, wanted=len(chosen), got=len(values))
        for layer, each in zip(chosen, values, strict=True):
            self[layer] = each

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise UsageError("weights.fixed", name=self.name)

    append = extend = insert = pop = remove = clear = reverse = sort = _refuse
    __delitem__ = __iadd__ = __imul__ = _refuse

    def __reduce__(self) -> Any:
        """A copy is a plain list: it belongs to no network."""
        return list, (list(self),)


class Biases(Layers):
    """See `Layers`."""

    name = "intercepts_"


def copy_into(name: str, place: Array, value: Any) -> None:
    """Copy finite numbers of the right shape into a view of theta.

    Raises
    ------
    UsageError
        If they have another shape, or are not finite numbers.
    """
    given = _numbers(name, value)
    if given.shape != place.shape:
        raise UsageError("weights.shape", name=name, wanted=place.shape, got=given.shape)
    place[...] = given


def _numbers(name: str, value: Any) -> Array:
    try:
        given = np.asarray(value)
        given = given if given.dtype in DTYPES else given.astype(np.float64)
    except (TypeError, ValueError):
        raise UsageError("weights.numbers", name=name) from None
    if not np.isfinite(given).all():
        raise UsageError("weights.numbers", name=name)
    return given


def set_layers(estimator: Any, name: str, values: Any) -> None:
    """Set `coefs_` or `intercepts_` of a multilayer perceptron; one that is not fitted becomes a network.

    Raises
    ------
    UsageError
        If the numbers do not fit the network, or do not fit each other.
    """
    if not isinstance(values, Iterable):
        raise UsageError("weights.list", name=name)
    given = [_numbers(f"{name}[{k}]", value) for k, value in enumerate(values)]
    if name == "coefs_":
        _become(estimator, _network_of(estimator, given), given[0].dtype)
    elif "theta_" not in vars(estimator):
        estimator._own_biases = given  # until the weights say how many inputs there are
        return
    getattr(estimator, name)[:] = given
    if (own := vars(estimator).pop("_own_biases", None)) is not None:
        estimator.intercepts_[:] = own


def set_line(estimator: Any, name: str, value: Any) -> None:
    """Set `coef_` or `intercept_` of a logistic regression; one that is not fitted becomes a network.

    Raises
    ------
    UsageError
        If the numbers do not fit the network, or do not fit each other.
    """
    given = np.atleast_1d(_numbers(name, value))
    if name == "coef_":
        given = np.atleast_2d(given)
        n_y, n_x = given.shape
        _become(estimator, Network((n_x, n_y), (), _likely_output(estimator, n_y)), given.dtype)
    elif "theta_" not in vars(estimator):
        estimator._own_biases = given
        return
    W, b = estimator.network_.views(estimator.theta_)
    copy_into(name, W[1] if name == "coef_" else b[1][:, 0], given)
    if (own := vars(estimator).pop("_own_biases", None)) is not None:
        copy_into("intercept_", b[1][:, 0], own)


def _network_of(estimator: Any, weights: Sequence[Array]) -> Network:
    """The network that these weights make, with the estimator's activations."""
    if not weights or any(W.ndim != 2 for W in weights):
        raise UsageError("weights.list", name="coefs_")
    n = (weights[0].shape[0], *(W.shape[1] for W in weights))
    for l, W in enumerate(weights):
        if W.shape[0] != n[l]:
            raise UsageError("weights.shape", name=f"coefs_[{l}]", wanted=(n[l], n[l + 1]), got=W.shape)
    return Network(n, activations_of(estimator, len(n) - 2), _likely_output(estimator, n[-1]))


def _likely_output(estimator: Any, n_y: int) -> str:
    """The output of a network with n_y output units, whose y nobody has seen; of labels, a row has one."""
    if not is_classifier(estimator):
        return LOSSES[estimator.loss]
    return "sigmoid" if n_y == 1 else "softmax"


def _become(estimator: Any, network: Network, dtype: Any) -> None:
    """Give an estimator that is not fitted this network, with parameters of zero; others keep their own."""
    known = vars(estimator)
    if "n_iter_" in known or known.get("network_") == network:
        return
    estimator.network_, estimator.theta_ = network, np.zeros(network.p, dtype)
    estimator.n_features_in_ = network.n[0]
