"""The parameters that the estimators had in each format of model files: frozen, whatever they become.

The newest format names every parameter of its estimator. Files of an older one lack some, and what they
say is put into today's words here, in `parameters_of`, and nowhere else. Whoever gives an estimator a new
parameter begins a new format, and adds to `_NEW` what the parameter was before there was one.
"""

from collections.abc import Mapping
from typing import Any

from shoal.base import schema

FORMAT_VERSION = 4

_NETWORKS: Mapping[str, Any] = {
    "hidden_layer_sizes": {"tuple": [100]},
    "activation": "relu",
    "solver": "adam",
    "alpha": 1e-4,
    "batch_size": "auto",
    "learning_rate": "constant",
    "learning_rate_init": 1e-3,
    "power_t": 0.5,
    "max_iter": 200,
    "shuffle": True,
    "random_state": 0,
    "tol": 1e-4,
    "verbose": False,
    "warm_start": False,
    "momentum": 0.9,
    "nesterovs_momentum": True,
    "early_stopping": False,
    "validation_fraction": 0.1,
    "beta_1": 0.9,
    "beta_2": 0.999,
    "epsilon": 1e-8,
    "n_iter_no_change": 10,
    "max_fun": 15000,
    "l1": 0.0,
    "dropout": 0.0,
    "initialization": "auto",
    "initialization_scale": 0.01,
    "weight_decay": 0.0,
    "clip_norm": None,
    "decay": 0.1,
    "decay_every": 10,
    "warm_up": 0,
    "scoring": None,
    "n_restarts": 1,
    "restarts": "best",
    "engine": "auto",
}

_FIRST: Mapping[str, Mapping[str, Any]] = {
    "MLPClassifier": {**_NETWORKS, "class_weight": None},
    "MLPRegressor": _NETWORKS,
    "LogisticRegression": {
        "C": 1.0,
        "l1_ratio": 0.0,
        "tol": 1e-6,
        "fit_intercept": True,
        "class_weight": None,
        "max_iter": 1000,
        "warm_start": False,
        "engine": "auto",
    },
}
"""Format 1: the parameters of that time and their defaults of that time, as the file writes them."""

_NEW: Mapping[int, Mapping[str, Mapping[str, Any]]] = {
    2: {
        "LogisticRegression": {
            "penalty": "deprecated",
            "dual": False,
            "intercept_scaling": 1,
            "random_state": None,
            "solver": "lbfgs",
            "verbose": 0,
            "n_jobs": None,
        }
    },
    3: {"MLPRegressor": {"loss": "squared_error"}},
}
"""What came with each later format, with the value that it had for models before."""


def names_of(estimator: str, version: int = FORMAT_VERSION) -> frozenset[str]:
    """The parameters that a file of this format has."""
    later = (kinds.get(estimator, {}) for came_with, kinds in _NEW.items() if came_with <= version)
    return frozenset(_FIRST[estimator]).union(*later)


def parameters_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in a file, with the meaning and the names that they have today.

    In files of format 1 only ``"normal"`` obeyed `initialization_scale`, and only ``"step"`` `decay_every`.

    Raises
    ------
    MismatchError
        If one is unknown; in later formats than the first, also if one is missing.
    """
    kind, stated, version = document["estimator"], document["parameters"], document["format_version"]
    known = dict.fromkeys(sorted(names_of(kind, version)), schema.anything)
    later = {came_with: kinds.get(kind, {}) for came_with, kinds in _NEW.items() if came_with > version}
    parameters = {name: value for new in later.values() for name, value in new.items()}
    if version > 1:
        return parameters | dict(schema.record(known)(stated))
    parameters |= {**_FIRST[kind], **schema.record({}, optional=known)(stated)}
    if kind != "LogisticRegression":
        if parameters["initialization"] != "normal":
            parameters["initialization_scale"] = None
        if parameters["learning_rate"] != "step":
            parameters["decay_every"] = None
    return parameters
