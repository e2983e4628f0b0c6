"""A person's own weights in an estimator: set whole or layer by layer, checked, and copied into theta."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np
from sklearn.base import is_classifier

from shoal.base.errors import UsageError
from shoal.base.numeric import is_whole
from shoal.base.shown import literal
from shoal.book.network import Network
from shoal.estimators._inputs import DTYPES, Array
from shoal.estimators._parameters import LOGISTIC, LOSSES
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
        raise UsageError("weights.other_shape", name=name, wanted=place.shape, got=given.shape)
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
        weights = given
        _become(estimator, lambda: _network_of(estimator, weights), weights[0].dtype if weights else None)
    elif "theta_" not in vars(estimator):
        _keep(estimator, name, given)
        return
    getattr(estimator, name)[:] = given
    if (own := _kept(estimator).get("intercepts_")) is not None:
        estimator.intercepts_[:] = own


def set_line(estimator: Any, name: str, value: Any) -> None:
    """Set `coef_` or `intercept_` of a logistic regression; one that is not fitted becomes a network.

    One number in place of the biases is that of each class.

    Raises
    ------
    UsageError
        If the numbers do not fit the network, or do not fit each other.
    """
    given = _numbers(name, value)
    if name == "coef_":
        given = np.atleast_2d(given)
        n_y, n_x = given.shape[0], given.shape[-1]
        _become(estimator, lambda: Network((n_x, n_y), (), _likely_output(estimator, n_y)), given.dtype)
    elif "theta_" not in vars(estimator):
        _keep(estimator, name, given)
        return
    W, b = estimator.network_.views(estimator.theta_)
    if name == "coef_":
        copy_into(name, W[1], given)
        given = _kept(estimator).get("intercept_", b[1][:, 0])
    copy_into("intercept_", b[1][:, 0], np.full(len(b[1]), given) if given.ndim == 0 else given)


def set_said(estimator: Any, name: str, value: Any) -> None:
    """What a person says of the network beside weights of their own: `n_layers_`, `out_activation_` and such.

    It must be so. Where there is no network yet, it is kept for the one that the weights make.

    Raises
    ------
    UsageError
        If the network is another one.
    """
    if "theta_" not in vars(estimator):
        _keep(estimator, name, value)
        return
    network = estimator.network_
    if name == "out_activation_" and "n_iter_" not in vars(estimator):
        network = replace(network, output=_said_output(estimator, value, network.n[-1]))
    _check_said(network, {name: value})
    estimator.network_ = network


# --------------------------------------------------------------------------- until there are weights


def _keep(estimator: Any, name: str, value: Any) -> None:
    """Keep what was set before the weights, which say how many units there are."""
    vars(estimator)["_before_weights"] = {**vars(estimator).get("_before_weights", {}), name: value}


def _kept(estimator: Any) -> dict[str, Any]:
    """What was kept, which is given once; what was set before a fit does not outlive it."""
    kept: dict[str, Any] = vars(estimator).pop("_before_weights", {})
    return {} if "n_iter_" in vars(estimator) else kept


def _check_said(network: Network, said: Mapping[str, Any]) -> None:
    """Refuse what does not hold of the network."""
    output = LOGISTIC if network.output == "sigmoid" else network.output
    true = {"n_layers_": network.L + 1, "n_outputs_": network.n[-1], "out_activation_": output}
    for name, value in said.items():
        if name in true and value != true[name]:
            raise UsageError("weights.said", name=name, wanted=true[name], got=literal(value))


def _said_output(estimator: Any, value: Any, n_y: int) -> str:
    """The output of this name, if a network of this kind with n_y units can have it; or the likely one."""
    outputs = (
        ({LOGISTIC: "sigmoid"} | ({"softmax": "softmax"} if n_y > 1 else {}))
        if is_classifier(estimator)
        else {}
    )
    return outputs.get(value) or _likely_output(estimator, n_y)


def _network_of(estimator: Any, weights: Sequence[Array]) -> Network:
    """The network that these weights make, with the estimator's activations."""
    if not weights or any(W.ndim != 2 for W in weights):
        raise UsageError("weights.list", name="coefs_")
    n = (weights[0].shape[0], *(W.shape[1] for W in weights))
    for l, W in enumerate(weights):
        if W.shape[0] != n[l]:
            raise UsageError("weights.shape", name=f"coefs_[{l}]", wanted=(n[l], n[l + 1]), got=W.shape)
    said = vars(estimator).get("_before_weights", {}).get("out_activation_")
    before = vars(estimator).get("network_")
    if said is None and before is not None and before.n[-1] == n[-1]:
        said = estimator.out_activation_
    return Network(n, activations_of(estimator, len(n) - 2), _said_output(estimator, said, n[-1]))


def _likely_output(estimator: Any, n_y: int) -> str:
    """The output of a network with n_y output units, whose y nobody has seen; of labels, a row has one."""
    if not is_classifier(estimator):
        return LOSSES[estimator.loss]
    return "sigmoid" if n_y == 1 else "softmax"


def _become(estimator: Any, network_of: Callable[[], Network], dtype: Any) -> None:
    """Give an estimator that is not fitted this network, with parameters of zero; others keep their own."""
    known = vars(estimator)
    if "n_iter_" in known:
        return
    network = network_of()
    if known.get("network_") == network:
        return
    _check_said(network, known.get("_before_weights", {}))
    estimator.network_, estimator.theta_ = network, np.zeros(network.p, dtype)
    estimator.n_features_in_ = network.n[0]
