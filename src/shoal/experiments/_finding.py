"""What an experiment gets and returns: plain data, so that text, JSON and pictures can be made of it.

A picture is described, not drawn: its panels are lines, points, bars, cells or fields of numbers. `_drawing`
draws them, and nothing else here knows matplotlib.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Table(NamedTuple):
    """A person's rows: X (m, n_x), standardised, and labels y (m,)."""

    X: Array
    y: NDArray[Any]


class Setting(NamedTuple):
    """What an experiment is run with."""

    seed: int = 0
    table: Table | None = None  # in place of the experiment's own data


class Series(NamedTuple):
    """A curve, points or bars: a name (a text of the catalogue if it has one), x and y."""

    name: str
    x: Sequence[Any]
    y: Sequence[float]
    joined: bool = True  # of lines: False draws the points alone


class Panel(NamedTuple):
    """One pair of axes. The keys of its texts are ``experiments.<name of the experiment>_<text>``."""

    kind: str  # "lines", "points", "bars", "cells" (a matrix with its numbers: a series a row) or "field"
    series: Sequence[Series]
    x: str = ""  # what is on the axes, by the texts' names
    y: str = ""
    title: str = ""
    log: str = ""  # the axes with powers of ten: "", "x", "y" or "xy"
    field: "Field | None" = None
    equal: bool = False  # whether one is as long across as up
    reach: float | None = None  # of cells: what has the full colour; None: the largest number


class Field(NamedTuple):
    """Numbers over a rectangle, such as a probability or a cost: values[i, j] is at (x[j], y[i])."""

    x: Array
    y: Array
    values: Array
    middle: float | None = None  # the number that is shown as paper; None: amounts, from paper on


class Finding(NamedTuple):
    """What was seen: numbers, whether they bear the claim out, and pictures of them.

    `numbers` has what the sentence of the catalogue says, and what the verdict rests on. `failed` names the
    parts of the claim that the numbers do not bear out; each has a text ``<experiment>_not_<part>``.
    """

    holds: bool
    numbers: Mapping[str, Any]
    panels: Sequence[Panel] = ()
    failed: Sequence[str] = ()


def judged(parts: Mapping[str, bool], numbers: Mapping[str, Any], panels: Sequence[Panel]) -> Finding:
    """A finding that holds if each part of the claim does."""
    failed = [part for part, holds in parts.items() if not holds]
    return Finding(not failed, numbers, panels, failed)


def cells(matrix: Any, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> list[Series]:
    """The rows of a matrix as the series of a panel of cells, with the names of rows and columns."""
    matrix = np.atleast_2d(np.asarray(matrix, dtype=np.float64))
    names = rows or [""] * len(matrix)
    heads = columns or [""] * matrix.shape[1]
    return [Series(name, heads, row.tolist()) for name, row in zip(names, matrix, strict=True)]


def curve(name: str, x: Any, y: Any, joined: bool = True) -> Series:
    """A series of two arrays; matrices are read row by row."""
    return Series(name, np.ravel(x).tolist(), np.ravel(y).tolist(), joined)
