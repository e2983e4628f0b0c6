"""How training went, in a model file: counters, curves, and why it ended."""

from typing import Any

import numpy as np

from shoal.base import schema
from shoal.estimators._fit import restore, state_of
from shoal.estimators._runs import State, optimizer_of
from shoal.saving._agreement import is_linear
from shoal.saving._values import to_json
from shoal.training.ending import RULES, decided
from shoal.training.loop import History

CURVES = tuple(vars(History()))
_MOST_ITERATIONS = 2**31 - 1  # of the linear solver, which scikit-learn keeps in 32 bits
_MOST_EPOCHS = 2**53  # as native/inputs.hpp asks
_MOST = 2**63 - 1


def training_to_json(estimator: Any) -> dict[str, Any]:
    """How training went."""
    if is_linear(estimator):
        return {
            "n_iter": int(estimator.n_iter_[0]),
            "cost": to_json("cost", estimator.loss_curve_),
            "stopped": estimator.ending_.rule,
        }
    curves = {name: to_json(name, list(values)) for name, values in vars(estimator.history_).items()}
    state, last_fit = state_of(estimator), int(estimator.n_iter_)
    counters = {"n_iter": state.epoch, "last_fit": last_fit, "t": estimator.t_, "seed": state.seed}
    ending = estimator.ending_
    constant = to_json("ending", ending.evidence.get("constant_cost"))
    return {**counters, "stopped": ending.rule, "constant_cost": constant, **curves}


def restore_training(estimator: Any, training: object) -> None:
    """The attributes that say how training went; a MismatchError for what no training can have been."""
    if is_linear(estimator):
        found = _LINEAR(training)
        _check_lengths(found, ("cost",))
        estimator.n_iter_ = np.array([found["n_iter"]], dtype=np.int32)
        estimator.loss_curve_ = found["cost"]
        estimator.ending_ = decided(found.get("stopped", "no_change"), History(found["cost"]))
        return
    found = _EPOCHS(training)
    _check_lengths(found, ("cost", "learning_rate", "gradient_norm"))
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
        by_score=bool(history.score) and estimator.early_stopping,
    )
    last_fit = schema.count_between(0, found["n_iter"])(found.get("last_fit", found["n_iter"]))
    restore(estimator, state, history, rows_seen=found["t"], ending=ending, last_fit=last_fit)


def _check_lengths(found: dict[str, Any], curves: tuple[str, ...]) -> None:
    """A curve has an entry for each epoch."""
    for name in curves:
        if len(found[name]) != found["n_iter"]:
            raise schema.expected("entries", found[name], name, count=found["n_iter"], other="n_iter")
    if len(found.get("score", ())) > found["n_iter"]:
        raise schema.expected("list_between", found["score"], "score", least=0, most=found["n_iter"])


def _curve_value(value: object) -> float:
    """A number; JSON lacks infinity and NaN, see `to_json`."""
    return float(_ODD_FLOAT(value)["float"]) if type(value) is dict else schema.any_number(value)


_ODD_FLOAT = schema.record({"float": schema.one_of("inf", "-inf", "nan")})
_CURVE = schema.list_of(_curve_value)
_LINEAR = schema.record(
    {"n_iter": schema.count_between(0, _MOST_ITERATIONS), "cost": _CURVE},
    optional={"stopped": schema.one_of(*RULES)},  # files of format 1 lack it
)
_EPOCHS = schema.record(
    {
        "n_iter": schema.count_between(0, _MOST_EPOCHS),
        "t": schema.count_between(0, _MOST),
        "seed": schema.count_between(0, _MOST),
        "stopped": schema.one_of(*RULES),
        **dict.fromkeys(CURVES, _CURVE),
    },
    optional={  # files of format 1 lack them
        "constant_cost": schema.nullable(_curve_value),
        "last_fit": schema.count_between(0, _MOST_EPOCHS),
    },
)
