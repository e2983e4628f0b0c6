"""Is a table in the order of time? Then rows drawn at random are judged by their own neighbours.

It is noticed and said, never acted on: customers sorted by the day they came are in order, too, and lose
nothing by being drawn. Only a person knows which of the two it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._cells import as_text, parse_dates, parse_numbers
from shoal.tables._columns import Column, ColumnKind
from shoal.tables._notes import Note

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

_FEWEST_ROWS = 20
_FEWEST_TIMES = 5
_SLIPS = 0.01  # of the steps may go the other way
_TIME_WORDS = {
    "time", "timestamp", "datetime", "date", "day", "hour", "minute", "second", "week", "month", "quarter",
    "year", "step", "tick", "period", "epoch", "t", "ts", "zeit", "datum", "tag", "jahr", "stunde",
}  # fmt: skip
_TIME_ENDINGS = ("时间", "日期", "时刻", "年份", "年", "月", "日", "步")

_LAGS = (*range(1, 61), 72, 84, 90, 96, 120, 144, 168, 180, 336, 364, 365, 366, 720)
_SAME = 0.98  # of the rows, in which a column is the target of some rows before
_BY_ITSELF = 0.9  # of the rows: a target that rarely changes equals its own past without any lag
_FIRST_LOOK = 64  # rows, before all are compared


def notice_order(frame: pl.DataFrame, columns: Sequence[Column], target: pl.Series) -> list[Note]:
    """A column of time that rises (or falls) with the rows, and columns that are the target shifted.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows in their order.
    columns : sequence of Column
        Those to look at, identifiers too; not the target.
    target : polars.Series
        The target of these rows, numbers or labels.
    """
    found = []
    rising = [column.name for column in columns if _rises(frame[column.name], column)]
    if rising:
        found.append(Note("time_order", columns=(rising[0],)))
    for name, lag in _lags(frame, columns, target):
        kind = "lag" if lag > 0 else "lead"
        found.append(Note(kind, {"rows": abs(lag)}, (name,)))
    return found


def _rises(series: pl.Series, column: Column) -> bool:
    times = times_of(series, column)
    if times is None or not (column.kind == ColumnKind.DATE or _names_a_time(column.name)):
        return False
    known = times[np.isfinite(times)]
    if len(known) < max(_FEWEST_ROWS, len(times) / 2) or column.distinct < _FEWEST_TIMES:
        return False
    steps = np.diff(known)
    return bool(min((steps < 0).mean(), (steps > 0).mean()) <= _SLIPS)


def times_of(series: pl.Series, column: Column) -> Floats | None:
    """The cells as numbers in whose order they are, NaN where there is none; None for words."""
    if column.kind == ColumnKind.DATE:
        return parse_dates(series, column.date_format).to_numpy()
    return parse_numbers(series).to_numpy() if column.kind == ColumnKind.NUMBER else None


def _names_a_time(name: str) -> bool:
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return bool(words & _TIME_WORDS) or name.endswith(_TIME_ENDINGS)


# --- lags ---------------------------------------------------------------------------------------------


def _lags(frame: pl.DataFrame, columns: Sequence[Column], target: pl.Series) -> list[tuple[str, int]]:
    """The columns that are the target of some rows before (or, with a minus, after)."""
    import polars as pl

    if len(target) < _FEWEST_ROWS:
        return []
    y = parse_numbers(target)
    numbers = target.dtype != pl.Boolean and y.null_count() == target.null_count()  # of a file they are text
    kinds = (ColumnKind.NUMBER,) if numbers else (ColumnKind.CATEGORY, ColumnKind.BOOLEAN)
    alike = [column.name for column in columns if column.kind in kinds]
    if not alike:
        return []
    cells = [frame[name] for name in alike]
    if numbers:
        X = np.stack([parse_numbers(series).to_numpy() for series in cells], axis=1)
        return [(alike[place], lag) for place, lag in _shifted(X, y.to_numpy())]
    X = _as_numbers([target, *cells])
    return [(alike[place], lag) for place, lag in _shifted(X[:, 1:], X[:, 0])]


def _as_numbers(cells: Sequence[Any]) -> Floats:
    """Words as numbers, the same word in every column as the same number; NaN is missing."""
    texts = [as_text(series).str.to_lowercase() for series in cells]
    words = sorted(set().union(*(series.drop_nulls().unique().to_list() for series in texts)))
    number = {word: float(place) for place, word in enumerate(words)}
    return np.stack(
        [np.array([number.get(word, np.nan) for word in series.to_list()]) for series in texts], axis=1
    )


def _shifted(X: Floats, y: Floats) -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    for lag in (sign * size for size in _LAGS if size <= len(y) // 2 for sign in (1, -1)):
        later, earlier = (
            (slice(lag, None), slice(None, -lag)) if lag > 0 else (slice(None, lag), slice(-lag, None))
        )
        past = y[earlier]
        look = np.linspace(0, len(past) - 1, min(_FIRST_LOOK, len(past))).astype(int)
        near = _share_equal(X[later][look], past[look]) >= _SAME - 0.1
        for place in np.flatnonzero(near).tolist():
            if place in found or _share_equal(y[later][:, np.newaxis], past)[0] > _BY_ITSELF:
                continue
            if _share_equal(X[later][:, [place]], past)[0] >= _SAME:
                found[place] = lag
    return sorted(found.items())


def _share_equal(X: Floats, y: Floats) -> Floats:
    """Of each column, the share of its known cells that are the target beside them."""
    known = np.isfinite(X)
    same: Floats = ((y[:, np.newaxis] == X) & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known.mean(axis=0) > 0.5, same, 0.0)
