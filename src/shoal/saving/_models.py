"""Models to `.shoal` files and back: what the document of a file means.

A file holds parameters, weights, classes and history: all that is needed to predict, and to see how training
went. It does not hold the optimiser's memory: if a loaded model is trained further, Adam's averages start at
zero. `load` makes only the three estimators below, and believes nothing that it has not checked.
"""

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from shoal.base import schema
from shoal.base.errors import ModelFileError, UsageError
from shoal.book.network import Network
from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.estimators._fit import is_begun, restore, state_of
from shoal.estimators._parameters import check_parameters
from shoal.estimators._runs import State, optimizer_of
from shoal.saving import _document
from shoal.tables import TableEncoder, TableModel, TargetEncoder
from shoal.training.ending import RULES, decided
from shoal.training.loop import History

ESTIMATORS: dict[str, Any] = {
    kind.__name__: kind for kind in (MLPClassifier, MLPRegressor, LogisticRegression)
}
CURVES = tuple(vars(History()))


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file that is safe to share: no code in it, and any change is noticed.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, LogisticRegression or TableModel
        What to save.
    path : str or path
        Where to; the name usually ends in ``.shoal``. An old file is replaced whole or not at all.

    Raises
    ------
    UsageError
        If the model is of another kind, or a parameter or the classes cannot be kept in a file.
    NotFittedError
        If the model is not fitted.
    ModelFileError
        If the model was changed by hand so that `load` would refuse it.
    FileError
        If the file cannot be written.
    """
    table = _table_document(model) if isinstance(model, TableModel) else None
    estimator = model.estimator if isinstance(model, TableModel) else model
    name = type(estimator).__name__
    if ESTIMATORS.get(name) is not type(estimator):
        raise UsageError("saving.kind", kind=name, kinds=", ".join(ESTIMATORS))
    check_is_fitted(estimator)
    check_parameters(estimator)
    document = _described(estimator, table)
    network = estimator.network_
    W, b = network.views(estimator.theta_)
    layers = range(1, network.L + 1)
    arrays = {f"W{l}": W[l] for l in layers} | {f"b{l}": b[l] for l in layers}
    _restore(os.fspath(path), document, arrays)  # what could not be read again is not written
    _document.write(path, document, arrays)


def _described(estimator: Any, table: dict[str, Any] | None) -> dict[str, Any]:
    """All that a file says beside the weights."""
    network = estimator.network_
    names = getattr(estimator, "feature_names_in_", None)
    return {
        "format": "shoal",
        "format_version": _document.FORMAT_VERSION,
        "estimator": type(estimator).__name__,
        "parameters": {key: _to_json(key, value) for key, value in _parameters(estimator).items()},
        "network": {
            "n": list(network.n),
            "activations": list(network.activations),
            "output": network.output,
        },
        "dtype": estimator.theta_.dtype.name,
        "classes": _classes_to_json(getattr(estimator, "classes_", None)),
        "features": {"count": network.n[0], "names": None if names is None else names.tolist()},
        "training": _training(estimator),
        "table": table,
        "versions": {
            "shoal": version("shoal"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": version("scikit-learn"),
        },
    }


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model that `save` wrote.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    MLPClassifier, MLPRegressor, LogisticRegression or TableModel
        What was saved; its predictions are the same bits.

    Raises
    ------
    ModelFileError
        If the file is not a model, is damaged, or was made by a newer shoal.
    FileError
        If the file cannot be read.
    """
    document, arrays = _document.read(path)
    return _restore(os.fspath(path), document, arrays)


def _restore(where: str, document: dict[str, Any], arrays: _document.Arrays) -> Any:
    """The model that a document and its arrays describe."""
    kind = ESTIMATORS.get(document["estimator"])
    if kind is None:
        raise ModelFileError("files.model_key_refused", path=where, key="estimator")
    estimator = _checked(where, "parameters", lambda: _build(kind, _parameters_in(document)))
    network = _checked(where, "network", lambda: _network(kind, document))
    theta = np.empty(network.p, dtype=document["dtype"])
    W, b = network.views(theta)
    for l in range(1, network.L + 1):
        W[l][...], b[l][...] = arrays[f"W{l}"], arrays[f"b{l}"]
    estimator.network_, estimator.theta_ = network, theta
    estimator.n_features_in_ = network.n[0]
    if document["features"]["names"] is not None:
        estimator.feature_names_in_ = np.array(document["features"]["names"], dtype=object)
    if document["classes"] is not None:
        estimator.classes_ = np.array(document["classes"]["values"], document["classes"]["dtype"])
    _checked(where, "training", lambda: _restore_training(estimator, document["training"]))
    if document["table"] is None:
        return estimator
    return _checked(where, "table", lambda: _table_model(estimator, document["table"]))


def _checked(where: str, part: str, build: Callable[[], Any]) -> Any:
    """What `build` makes of a part of the document; whatever it raises means that the part is wrong."""
    with _document.about(where, part):
        try:
            return build()
        except (ModelFileError, schema.MismatchError, MemoryError):
            raise
        except Exception as error:
            raise schema.MismatchError from error


# --------------------------------------------------------------------------- parameters


def _parameters(estimator: Any) -> dict[str, Any]:
    """The constructor's arguments; in place of a random generator the seed that was drawn from it."""
    parameters = estimator.get_params(deep=False)
    if not isinstance(parameters["random_state"], int | np.integer):
        parameters["random_state"] = state_of(estimator).seed if is_begun(estimator) else None
    return dict(parameters)


def _to_json(name: str, value: Any) -> Any:
    """A value in JSON's types; what JSON lacks (infinity, tuples, keys that are not text) is spelled out."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, list):
        return [_to_json(name, item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_to_json(name, item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_to_json(name, key), _to_json(name, item)] for key, item in value.items()]}
    raise UsageError("saving.parameter", name=name, kind=type(value).__name__)


def _from_json(value: Any) -> Any:
    """The inverse of `_to_json`."""
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    if tag == "float" and content in ("inf", "-inf", "nan"):
        return float(content)
    if tag == "tuple":
        return tuple(_from_json(item) for item in content)
    if tag == "dict":
        return {_from_json(key): _from_json(item) for key, item in content}
    raise ValueError(tag)


def _parameters_in(document: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a file, with the meaning that they have today.

    In files of version 1 only ``"normal"`` obeyed `initialization_scale`, and only ``"step"`` `decay_every`.
    """
    parameters: dict[str, Any] = document["parameters"]
    if document["format_version"] > 1 or "initialization_scale" not in parameters:
        return parameters
    today: dict[str, Any] = {}
    if parameters.get("initialization") != "normal":
        today["initialization_scale"] = None
    if parameters.get("learning_rate") != "step":
        today["decay_every"] = None
    return parameters | today


def _build(kind: Any, parameters: dict[str, Any]) -> Any:
    """The estimator with these parameters; raises if one is unknown or not possible."""
    estimator = kind(**{name: _from_json(value) for name, value in parameters.items()})
    check_parameters(estimator)
    return estimator


# --------------------------------------------------------------------------- network, classes, training


def _network(kind: Any, document: dict[str, Any]) -> Network:
    """The architecture; raises if the estimator cannot have it."""
    stated = document["network"]
    network = Network(tuple(stated["n"]), tuple(stated["activations"]), stated["output"])
    classes = document["classes"]
    n_y = network.n[-1]
    if kind is MLPRegressor:
        fits = network.output == "identity" and classes is None
    else:
        fits = network.output != "identity" and len(set(classes["values"])) == max(n_y, 2)
        fits = fits and (network.output == "softmax") <= (n_y > 2)
    if not fits or (kind is LogisticRegression and network.L > 1):
        raise ValueError(network)
    return network


def _classes_to_json(classes: Any) -> Any:
    if classes is None:
        return None
    dtype, values = classes.dtype, classes.tolist()
    name = "str" if dtype.kind == "U" else dtype.name  # texts come back as wide as the longest
    if name not in _document.CLASS_DTYPES or (dtype.hasobject and {*map(type, values)} != {str}):
        raise UsageError("saving.classes", kind=dtype.name)
    return {"dtype": name, "values": values}


def _training(estimator: Any) -> dict[str, Any]:
    """How training went."""
    if isinstance(estimator, LogisticRegression):
        stopped = {"stopped": estimator.ending_.rule}
        return {
            "n_iter": int(estimator.n_iter_[0]),
            "cost": _to_json("cost", estimator.loss_curve_),
            **stopped,
        }
    curves = {name: _to_json(name, list(values)) for name, values in vars(estimator.history_).items()}
    state = state_of(estimator)
    counters = {
        "n_iter": state.epoch,
        "last_fit": int(estimator.n_iter_),
        "t": estimator.t_,
        "seed": state.seed,
    }
    ending = estimator.ending_
    constant = _to_json("ending", ending.evidence.get("constant_cost"))
    return {**counters, "stopped": ending.rule, "constant_cost": constant, **curves}


def _restore_training(estimator: Any, training: dict[str, Any]) -> None:
    if isinstance(estimator, LogisticRegression):
        found = _LINEAR(training)
        estimator.n_iter_ = np.array([found["n_iter"]], dtype=np.int32)
        estimator.loss_curve_ = found["cost"]
        estimator.ending_ = decided(found.get("stopped", "no_change"), History(found["cost"]))
        return
    found = _EPOCHS(training)
    state = State(
        estimator.network_,
        optimizer_of(estimator),
        estimator.theta_,
        slots=None,
        t=0,
        epoch=found["n_iter"],
        seed=found["seed"],
    )
    history = History(**{name: found[name] for name in CURVES})
    constant = found.get("constant_cost")
    ending = decided(
        found["stopped"],
        history,
        None if constant is None else lambda: constant,
        by_score=estimator.early_stopping,
    )
    last_fit = found.get("last_fit", found["n_iter"])
    restore(estimator, state, history, rows_seen=found["t"], ending=ending, last_fit=last_fit)


def _curve_value(value: object) -> float:
    """A number; JSON lacks infinity and NaN, see `_to_json`."""
    return float(_ODD_FLOAT(value)["float"]) if type(value) is dict else schema.any_number(value)


_ODD_FLOAT = schema.record({"float": schema.one_of("inf", "-inf", "nan")})


_CURVE = schema.list_of(_curve_value)
_LINEAR = schema.record(
    {"n_iter": schema.count, "cost": _CURVE},
    optional={"stopped": schema.one_of(*RULES)},  # older files lack it
)
_EPOCHS = schema.record(
    {
        "n_iter": schema.count,
        "t": schema.count,
        "seed": schema.count,
        "stopped": schema.one_of(*RULES),
        **dict.fromkeys(CURVES, _CURVE),
    },
    optional={
        "constant_cost": schema.nullable(_curve_value),
        "last_fit": schema.count,
    },  # older files lack it
)


# --------------------------------------------------------------------------- tables


def _table_document(model: TableModel) -> dict[str, Any]:
    return {
        "encoder": model.encoder.to_dict(),
        "target": model.target.to_dict(),
        "target_mean": model.target_mean,
        "target_scale": model.target_scale,
        "report": model.report,
    }


def _table_model(estimator: Any, table: dict[str, Any]) -> TableModel:
    found = _TABLE(table)
    encoder = TableEncoder.from_dict(found["encoder"])
    target = TargetEncoder.from_dict(found["target"])
    regression = isinstance(estimator, MLPRegressor)
    if len(encoder.feature_names) != estimator.n_features_in_ or regression != (target.task == "regression"):
        raise ValueError(target)
    return TableModel(
        estimator, encoder, target, found["report"], found["target_mean"], found["target_scale"]
    )


def _positive(value: object) -> float:
    if (found := schema.number(value)) <= 0:
        raise schema.expected("positive", value)
    return found


_TABLE = schema.record(
    {
        "encoder": schema.mapping,
        "target": schema.mapping,
        "target_mean": schema.number,
        "target_scale": _positive,
        "report": schema.mapping,
    }
)
