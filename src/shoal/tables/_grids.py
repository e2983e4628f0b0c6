"""A person's own grid, from a TOML file: lists of values by the estimators' parameters.

    [[grid]]
    model = "linear"
    C = [0.1, 1, 10]

    [[grid]]
    hidden_layer_sizes = [[8], [16, 16]]
    alpha = [0.1, 1]

Each ``[[grid]]`` stands for all combinations of its values; a single grid needs no heading. `model` is
"network" or "linear": `LogisticRegression`, or for numbers an `MLPRegressor` without hidden layers. If
something is wrong with the file, an error says what and where, before anything is trained.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.files import read_bytes
from shoal.base.shown import LONGEST_LITERAL, plain, quoted
from shoal.base.texts import text
from shoal.estimators._parameters import ALLOWED
from shoal.tables._candidates import SHORT_NAMES, Grid, kind_of
from shoal.tables._settings import SearchSettings
from shoal.tables.encode import Task

GRID_MODELS = ("linear", "network")
MOST_CANDIDATES = 100_000

_OURS = ("engine", "scoring", "verbose", "warm_start")  # parameters that the search itself sets
_OF_LINES = ("alpha", "max_fun", "max_iter", "tol")  # the other parameters mean nothing without hidden layers


def read_grids(path: str | os.PathLike[str]) -> list[Grid]:
    """The grids of a file; `check_grids` checks their parameters, which depend on the task.

    Raises
    ------
    FileError
        If the file cannot be read.
    UsageError
        If it is not TOML, or not a list of grids; the message names the line or the grid.
    """
    document = _parsed(path)
    listed = document.get("grid", [document])
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise UsageError("table_search.grid_form", path=path)
    if "grid" in document and len(document) > 1:
        beside = ", ".join(quoted(key) for key in document if key != "grid")
        raise UsageError("table_search.grid_beside", path=path, keys=beside)
    if not any(listed):
        raise UsageError("table_search.grid_empty", path=path)
    grids = [_grid(values, _name(path, number, len(listed))) for number, values in enumerate(listed, 1)]
    count = sum(map(len, grids))
    if count > MOST_CANDIDATES:
        raise UsageError("table_search.too_many", path=path, count=f"{count:,}", most=f"{MOST_CANDIDATES:,}")
    return grids


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
            if name not in known:
                raise _unknown(name, grid, known)
            for value in values:
                _check_value(name, value, grid)
        for name, option in (("max_iter", "epochs"), ("n_iter_no_change", "patience")):
            if name in grid.values and getattr(settings, option) != getattr(SearchSettings(), option):
                raise UsageError("table_search.grid_epochs", grid=grid.name, name=name, option=option)


# --- the file ---------------------------------------------------------------------------------------


def _parsed(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The document in the file."""
    data = read_bytes(path)
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError("table_search.grid_not_text", path=path, line=line) from error
    try:
        return tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(str(error), written)
        raise UsageError("table_search.grid_not_toml", path=path, line=line, reason=reason) from error


def _reason_and_line(message: str, written: str) -> tuple[str, int]:
    """What Python says is wrong, and in which line; "at end of document" is the last one."""
    reason, _, place = message.rpartition(" (at ")
    found = re.search(r"line (\d+)", place)
    return reason or message, int(found[1]) if found else len(written.rstrip().splitlines()) or 1


def _name(path: str | os.PathLike[str], number: int, count: int) -> str:
    key = "table_search.grid_name" if count > 1 else "table_search.grid_only"
    return text(key, path=path, number=number)


def _grid(document: Mapping[str, Any], name: str) -> Grid:
    values = dict(document)
    model = values.pop("model", "network")
    if model not in GRID_MODELS:
        raise UsageError(
            "table_search.grid_model", grid=name, known=", ".join(GRID_MODELS), got=_brief(model)
        )
    for parameter, listed in values.items():
        if not isinstance(listed, list) or not listed:
            got = _brief(listed)
            raise UsageError("table_search.grid_values", grid=name, name=quoted(parameter), got=got)
    return Grid(model == "linear", {key: tuple(map(_hashable, each)) for key, each in values.items()}, name)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# --- its parameters ---------------------------------------------------------------------------------


def _known(linear: bool, task: Task) -> list[str]:
    """The parameters of such a model that a grid may name."""
    if linear and task is Task.REGRESSION:
        return list(_OF_LINES)
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
        raise UsageError("table_search.grid_rate", grid=grid.name, got=_brief(value))
    raise UsageError(
        "table_search.grid_value", grid=grid.name, name=name, wanted=rule.wanted, got=_brief(value)
    )


def _brief(value: Any) -> str:
    """A value as the file has it, in a message."""
    return plain(json.dumps(value, ensure_ascii=True, default=str), LONGEST_LITERAL)
