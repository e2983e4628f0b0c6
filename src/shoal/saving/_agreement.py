"""Whether the parts of a model file agree: network, classes, parameters, and the table around them.

Each part has been checked alone before. Here a part that contradicts another is refused, so that whatever
`load` returns can be used in every way.
"""

from collections.abc import Mapping
from typing import Any

from shoal.base import schema
from shoal.book.equations import OUTPUTS
from shoal.book.network import Network
from shoal.estimators._parameters import LOSSES, one_each
from shoal.estimators._runs import network_of, optimizer_of
from shoal.tables.encode import TableEncoder, TargetEncoder, Task
from shoal.tables.encode._target import LabelType

_KINDS = {LabelType.TEXT: "UO", LabelType.INTEGER: "iu", LabelType.BOOLEAN: "b"}


def is_linear(estimator: Any) -> bool:
    """Whether it is a `LogisticRegression`: one without hidden layers, solved and not trained."""
    return not hasattr(estimator, "hidden_layer_sizes")


def network_in(document: Mapping[str, Any]) -> Network:
    """The architecture; raises if the estimator cannot have it with these classes."""
    stated, classes, kind = document["network"], document["classes"], document["estimator"]
    network = Network(tuple(stated["n"]), tuple(stated["activations"]), stated["output"])
    linear = kind == "LogisticRegression"
    if (linear and network.L > 1) or not _can_say(network, classes, kind, several=not linear):
        raise ValueError(network)
    return network


def _can_say(network: Network, classes: Mapping[str, Any] | None, kind: str, *, several: bool) -> bool:
    """Whether the last layer can say numbers, one of the classes or, where it may, several labels."""
    if kind == "MLPRegressor":
        return not OUTPUTS[network.output].probabilities and classes is None
    if classes is None:
        return False
    n_y, labels = network.n[-1], classes["values"]
    if network.output == "softmax":
        return n_y == len(labels) > 2
    if n_y == 1:
        least = 1 if several else 2  # a multilayer perceptron learns a single label, too
        return network.output == "sigmoid" and least <= len(labels) <= 2
    return network.output == "sigmoid" and several and labels == list(range(n_y))


def check_parameters_fit(estimator: Any) -> None:
    """Refuse parameters that describe another network than the one the estimator has."""
    if is_linear(estimator):
        return
    network: Network = estimator.network_
    n, hidden = network.n, network.L - 1
    for name in ("activation", "dropout"):
        schema.at(name, lambda value: one_each(name, value, hidden), getattr(estimator, name))  # noqa: B023
    stated = network_of(estimator, n[0], n[-1], network.output)
    factors = range(1, estimator.n_restarts + 1) if estimator.restarts == "average" else (1,)
    if not any(n[1:-1] == tuple(k * width for width in stated.n[1:-1]) for k in factors):
        raise _other("hidden_layer_sizes", estimator, n[1:-1], "network.n")
    losses = {output: loss for loss, output in LOSSES.items()}
    if losses.get(network.output) != getattr(estimator, "loss", None):
        raise _other("loss", estimator, losses.get(network.output), "network.output")
    if stated.activations != network.activations:
        raise _other("activation", estimator, network.activations, "network.activations")
    schema.at("weight_decay", lambda _: optimizer_of(estimator), None)


def _other(name: str, estimator: Any, value: Any, other: str) -> schema.MismatchError:
    return schema.expected("same", getattr(estimator, name), name, value=value, other=other)


def check_table_fits(estimator: Any, encoder: TableEncoder, target: TargetEncoder) -> None:
    """Refuse a table that has other columns or labels than the estimator inside it."""
    if len(encoder.feature_names) != estimator.n_features_in_:
        raise schema.expected(
            "entries",
            list(encoder.feature_names),
            "encoder.columns",
            count=estimator.n_features_in_,
            other="network.n[0]",
        )
    if hasattr(estimator, "feature_names_in_"):  # tables give their rows without names
        raise schema.MismatchError("encoder.columns")
    if target.name in [column.name for column in encoder.columns]:
        raise schema.MismatchError("target.name")
    classes, network = getattr(estimator, "classes_", None), estimator.network_
    if (classes is None) != (target.task is Task.REGRESSION):
        raise schema.expected("kinds", str(target.task), "target.task", other="network.output")
    if network.output != "softmax" and network.n[-1] > 1:  # several labels or numbers for a row
        raise schema.expected("kinds", str(target.task), "target.task", other="network.n")
    if classes is not None and classes.dtype.kind not in _KINDS[target.labels]:
        raise schema.expected("kinds", str(target.labels), "target.labels", other="classes.dtype")
