"""The estimators of a search's grids.

A candidate of a search has what its grid names, and all else as `shoal train` sets it. One that could not be
fitted is refused here, before anything is trained.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.base.shown import quoted
from shoal.estimators import LogisticRegression
from shoal.estimators._inputs import columns
from shoal.estimators._parameters import ALLOWED, LOSSES, check_parameters
from shoal.estimators._runs import State, network_of, optimizer_of, run_of
from shoal.tables._grids import SHORT_NAMES, DataSummary, Grid, as_written
from shoal.tables._networks import kind_of, linear_estimator, network_parameters, watched_score
from shoal.tables._outcome import TableCandidate
from shoal.tables._settings import SearchSettings
from shoal.tables._split import VALIDATION_SHARE
from shoal.tables.encode import Task

_OURS = ("engine", "loss", "scoring", "verbose", "warm_start")  # parameters that the search itself sets
_LINEAR_PARAMETERS = ("alpha", "max_fun", "max_iter", "tol")  # the others mean nothing without hidden layers
_ITERATIONS = 200  # of L-BFGS at most: more do not change a ranking

# --- the parameters of a grid -------------------------------------------------------------------------


def check_grids(grids: Sequence[Grid], task: Task, settings: SearchSettings) -> None:
    """Refuse parameters that the models of this task do not have, and values that are not possible.

    A parameter that both a grid and an option set is refused as well, because one of them would be ignored.

    Raises
    ------
    UsageError
        It names the grid, the parameter and what is possible.
    """
    for grid in grids:
        known = _known(grid.linear, task)
        for name, values in grid.values.items():
            if name == "loss" and task is Task.REGRESSION:
                raise UsageError("table_search.grid_loss", grid=grid.name)
            if name not in known:
                raise _unknown(name, grid, known)
            for value in values:
                _check_value(name, value, grid)
        for name, option in (("max_iter", "epochs"), ("n_iter_no_change", "patience")):
            if name in grid.values and getattr(settings, option) != getattr(SearchSettings(), option):
                raise UsageError("table_search.grid_epochs", grid=grid.name, name=name, option=option)


def _known(linear: bool, task: Task) -> list[str]:
    """The parameters of such a model that a grid may name."""
    if linear and task is Task.REGRESSION:
        return list(_LINEAR_PARAMETERS)
    return [name for name in kind_of(linear, task)().get_params() if name not in _OURS]


def _unknown(name: str, grid: Grid, known: Sequence[str]) -> UsageError:
    """What may have been meant: `l2` is `alpha`, and of logistic regression `C`."""
    names = {short: full for full, short in SHORT_NAMES.items()}
    if "C" in known:
        names |= {"alpha": "C", "l2": "C"}
    close = [full for short, full in names.items() if short == name and full in known]
    close = close or get_close_matches(name, known, n=1)
    values = {"grid": grid.name, "name": quoted(name), "known": ", ".join(known)}
    if close:
        return UsageError("table_search.unknown_parameter_like", close=close[0], **values)
    return UsageError("table_search.unknown_parameter", **values)


def _check_value(name: str, value: Any, grid: Grid) -> None:
    if name == "hidden_layer_sizes" and value == ():
        raise UsageError("table_search.grid_no_layer", grid=grid.name)
    rule = ALLOWED[name]
    if rule.holds(value):
        return
    if name == "learning_rate" and ALLOWED["learning_rate_init"].holds(value):
        raise UsageError("table_search.grid_rate", grid=grid.name, got=as_written(value))
    raise UsageError(
        "table_search.grid_value", grid=grid.name, name=name, wanted=rule.wanted, got=as_written(value)
    )


# --- candidates -----------------------------------------------------------------------------------


def candidates_of(grids: Sequence[Grid], data: DataSummary, settings: SearchSettings) -> list[TableCandidate]:
    """Every combination of the grids, each checked as `fit` would check it.

    The networks are in mixed order, so that a search that is stopped has seen something of everything, and
    the time that is left can be told from the time that has passed.

    Raises
    ------
    UsageError
        If a combination cannot be fitted; it names the grid.
    """
    candidates = []
    for grid in grids:
        build = _linear if grid.linear else _network
        for chosen in grid:
            estimator = build(chosen, data, settings)
            try:
                parameters = _try_on(estimator, data)
            except UsageError as error:
                raise UsageError("table_search.impossible", grid=grid.name, reason=error) from error
            settings_of = _settings_of(estimator, chosen, grid.linear)
            candidates.append(TableCandidate(settings_of, parameters, estimator=estimator))
    order = np.random.default_rng(0).permutation(len(candidates))
    return sorted((candidates[place] for place in order), key=lambda candidate: not candidate.linear)


def _linear(chosen: Mapping[str, Any], data: DataSummary, settings: SearchSettings) -> Any:
    line = linear_estimator(data.task, 1.0, settings.class_weight, settings.loss)
    return line.set_params(**chosen)


def _network(chosen: Mapping[str, Any], data: DataSummary, settings: SearchSettings) -> Any:
    """What `shoal train` would train, except for what the grid names; L-BFGS has no epochs to stop early."""
    options = network_parameters(settings.of_a_network(), data.rows)
    if chosen.get("solver") == "lbfgs":
        kept = ("loss", "hidden_layer_sizes", "activation", "alpha", "random_state")
        options = {name: options[name] for name in kept if name in options} | {"max_iter": _ITERATIONS}
    share = max(VALIDATION_SHARE, max(2, data.classes) / data.rows)  # a row of each class, and two
    options |= {"validation_fraction": share, "scoring": watched_score(settings, data.task)}
    return kind_of(False, data.task)(**(options | dict(chosen)))


def _try_on(estimator: Any, data: DataSummary) -> int:
    """Prepare a fit as the estimator will, but without rows; return how many numbers it would learn."""
    check_parameters(estimator)
    n_y, output = data.outputs
    output = LOSSES.get(getattr(estimator, "loss", ""), output)
    if isinstance(estimator, LogisticRegression):
        return n_y * (data.inputs + 1)
    network = network_of(estimator, data.inputs, n_y, output)
    state = State(network, optimizer_of(estimator), np.empty(network.p), None, 0, 0, seed=0)
    row = columns(np.zeros((1, data.inputs)), np.zeros((n_y, 1)), None)
    run_of(estimator, state, row, np.arange(1), 0)
    return network.p


def _settings_of(estimator: Any, chosen: Mapping[str, Any], linear: bool) -> dict[str, Any]:
    """What makes a candidate different from the others, by short names."""
    if isinstance(estimator, LogisticRegression):
        settings = {"model": "linear", "l2": 1 / estimator.C}
    elif linear:
        settings = {"model": "linear", "l2": float(estimator.alpha)}
    else:
        sizes = estimator.hidden_layer_sizes
        settings = {
            "model": "network",
            "hidden": tuple(sizes) if np.iterable(sizes) else (sizes,),
            "activation": estimator.activation,
            "solver": estimator.solver,
            "l2": float(estimator.alpha),
        }
        if estimator.solver != "lbfgs":
            settings["learning_rate"] = float(estimator.learning_rate_init)
    named = {SHORT_NAMES.get(name, name): value for name, value in chosen.items() if name != "C"}
    return settings | {name: value for name, value in named.items() if name not in settings}
