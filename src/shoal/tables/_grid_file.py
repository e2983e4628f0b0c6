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

import os
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.files import read_bytes
from shoal.base.shown import quoted
from shoal.base.texts import text
from shoal.tables._grids import Grid, as_written

GRID_MODELS = ("linear", "network")
MOST_CANDIDATES = 100_000


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
            "table_search.grid_model", grid=name, known=", ".join(GRID_MODELS), got=as_written(model)
        )
    for parameter, listed in values.items():
        if not isinstance(listed, list) or not listed:
            got = as_written(listed)
            raise UsageError("table_search.grid_values", grid=name, name=quoted(parameter), got=got)
    return Grid(model == "linear", {key: tuple(map(_hashable, each)) for key, each in values.items()}, name)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
