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
from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.estimators._fit import is_begun, state_of
from shoal.estimators._parameters import check_parameters
from shoal.saving import _document
from shoal.saving._agreement import check_parameters_fit, network_in
from shoal.saving._formats import FORMAT_VERSION, parameters_of
from shoal.saving._tables import table_document, table_model
from shoal.saving._training import restore_training, training_to_json
from shoal.saving._values import from_json, to_json
from shoal.tables._estimator import TableEstimator

ESTIMATORS: dict[str, Any] = {
    kind.__name__: kind for kind in (MLPClassifier, MLPRegressor, LogisticRegression)
}


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file that is safe to share: no code in it, and any change is noticed.

    The file has what is needed to predict, and how training went, but not the optimiser's memory: with
    `warm_start` a loaded model goes on from the same weights, but not to the same bits. A pickle keeps it.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor, LogisticRegression, TableClassifier or TableRegressor
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
    of_table = isinstance(model, TableEstimator)
    if of_table:
        check_is_fitted(model)
    table, estimator = (table_document(model), model.estimator_) if of_table else (None, model)
    name = type(estimator).__name__
    if ESTIMATORS.get(name) is not type(estimator):
        raise UsageError("saving.kind", kind=name, kinds=", ".join(ESTIMATORS))
    check_is_fitted(estimator, "n_iter_")  # weights that were set are not training
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
        "format_version": FORMAT_VERSION,
        "estimator": type(estimator).__name__,
        "parameters": {key: to_json(key, value) for key, value in _parameters(estimator).items()},
        "network": {
            "n": list(network.n),
            "activations": list(network.activations),
            "output": network.output,
        },
        "dtype": estimator.theta_.dtype.name,
        "classes": _classes_to_json(getattr(estimator, "classes_", None)),
        "features": {"count": network.n[0], "names": None if names is None else names.tolist()},
        "training": training_to_json(estimator),
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
    MLPClassifier, MLPRegressor, LogisticRegression, TableClassifier or TableRegressor
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
    estimator = _checked(where, "parameters", lambda: _build(kind, parameters_of(document)))
    network = _checked(where, "network", lambda: network_in(document))
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
    _checked(where, "parameters", lambda: check_parameters_fit(estimator))
    _checked(where, "training", lambda: restore_training(estimator, document["training"]))
    if document["table"] is None:
        return estimator
    return _checked(where, "table", lambda: table_model(estimator, document["table"]))


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


def _build(kind: Any, parameters: dict[str, Any]) -> Any:
    """The estimator with these parameters; raises if one is not possible."""
    estimator = kind(**{name: from_json(value) for name, value in parameters.items()})
    check_parameters(estimator)
    return estimator


# --------------------------------------------------------------------------- classes


def _classes_to_json(classes: Any) -> Any:
    if classes is None:
        return None
    dtype, values = classes.dtype, classes.tolist()
    name = "str" if dtype.kind == "U" else dtype.name  # texts come back as wide as the longest
    if name not in _document.CLASS_DTYPES or (dtype.hasobject and {*map(type, values)} != {str}):
        raise UsageError("saving.classes", kind=dtype.name)
    return {"dtype": name, "values": values}
