"""Rows that are copies of each other: a copy on the other side of a split makes the score too good.

Two rows are alike if all their cells are: numbers to within rounding, words to within case and blanks, and a
missing cell is like a missing cell. Each column is sorted once and becomes whole numbers, these become one
number for each row, and rows with the same number are alike.

Alike is not yet copied. In a table of three categories, or of one small whole number, equal rows are natural:
they are different people with the same answers, and all of them on one side would leave a split without some
of the answers. So the pairs of like rows are counted and compared with the pairs that chance would give:

* p of a column is the chance that two rows agree in it. Of words it is the sum of their shares squared. Of
  numbers it is one in as many steps as the middle of the column has (a column of 0, 1, ..., 10 has few,
  one of lengths in micrometres many), but at least the share of pairs of unlike rows that agree in it.
* Columns that follow from others (a country and its currency) are evidence only once. So columns are taken in
  the order of p until they tell all unlike rows apart, and only their p are multiplied.
* More than `_BEYOND` times as many pairs as chance gives are copies. Fewer are natural, and no rows are tied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._cells import as_text, parse_dates, parse_numbers
from shoal.tables._columns import Column, ColumnKind

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]

_BEYOND = 10  # columns that depend on each other make agreement a few times likelier than the product says
_FEWEST_UNLIKE = 10  # rows: fewer cannot be split at all
_FINEST = 1e-4  # of the spread of a column: what differs by less was rounded
_OF_THE_GAP = 0.1  # of the usual distance between neighbours: more would chain different rows together
_MOST_STEPS = 1e9
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: spreads the bits


@dataclass(frozen=True)
class Copies:
    """Which rows are copies of each other.

    Attributes
    ----------
    unit : ndarray of shape (rows,)
        A number for each row; copies have the same one.
    exact, near : int
        How many rows repeat an earlier row cell by cell, and how many do so only to within rounding or case.
    differing : int
        Rows of which a copy has another target.
    """

    unit: Rows
    exact: int = 0
    near: int = 0
    differing: int = 0

    @property
    def count(self) -> int:
        """How many rows repeat an earlier one."""
        return self.exact + self.near


@dataclass(frozen=True)
class _Codes:
    """The cells of a column as whole numbers: of equal cells, of like cells; and its own chance to agree."""

    exact: Rows
    like: Rows
    chance: float


def find_copies(frame: pl.DataFrame, columns: Sequence[Column], y: NDArray[Any]) -> Copies:
    """The copies among the rows of a table.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    columns : sequence of Column
        Those to look at. Identifiers and row numbers are none of them, and neither is the target.
    y : ndarray of shape (rows,)
        The targets, to see whether copies have the same.
    """
    rows = len(y)
    alone = Copies(np.arange(rows))
    if not columns or rows < 2:
        return alone
    codes = [_codes_of(frame[column.name], column) for column in columns]
    first, unit = _first_and_unit(_row_numbers([code.like for code in codes]))
    if len(first) == rows or len(first) < _FEWEST_UNLIKE or _are_natural(codes, first, unit):
        return alone
    exact, _ = _first_and_unit(_row_numbers([code.exact for code in codes]))
    repeated = rows - len(exact)
    return Copies(unit, repeated, rows - len(first) - repeated, _differing(unit, y))


def joined(first: Rows, second: Rows) -> Rows:
    """Numbers of units such that rows that share a unit in either are in the same: (rows,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = (np.unique(unit, return_inverse=True)[1] for unit in (first, second))
    nodes = int(a.max() + b.max()) + 2
    links = coo_array((np.ones(len(a), bool), (a, b + int(a.max()) + 1)), shape=(nodes, nodes))
    label: Rows = connected_components(links, directed=False)[1]
    return label[a]


def _are_natural(codes: Sequence[_Codes], first: Rows, unit: Rows) -> bool:
    """Whether chance gives about as many pairs of like rows as there are."""
    sizes = np.bincount(unit).astype(float)
    pairs = float((sizes * (sizes - 1)).sum()) / 2
    expected = len(unit) * (len(unit) - 1) / 2
    chances = [max(code.chance, _agreement(code.like[first])) for code in codes]
    together = np.zeros(len(first), np.uint64)
    for place in np.argsort(chances, kind="stable").tolist():
        expected *= chances[place]
        if pairs > _BEYOND * expected:
            return False  # further columns would only make chance less likely
        together = _mixed(together, codes[place].like[first])
        if len(np.unique(together)) == len(first):
            break
    return True


def _agreement(code: Rows) -> float:
    """The share of pairs of rows that have the same code."""
    counts = np.unique(code, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1)).sum() / (len(code) * (len(code) - 1)))


def _codes_of(series: pl.Series, column: Column) -> _Codes:
    if column.kind == ColumnKind.NUMBER:
        return _of_numbers(parse_numbers(series).to_numpy(), column.whole)
    if column.kind == ColumnKind.DATE:
        return _of_numbers(parse_dates(series, column.date_format).to_numpy(), whole=False)
    return _of_words(series)


def _of_words(series: pl.Series) -> _Codes:
    import polars as pl

    words = as_text(series)
    levels = words.drop_nulls().unique()
    exact = words.cast(pl.Enum(levels)).to_physical().fill_null(len(levels)).to_numpy().astype(np.intp)
    plain = levels.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    place = np.append(np.unique(plain.to_list(), return_inverse=True)[1], len(levels))  # the last is missing
    like: Rows = place[exact].astype(np.intp)
    shares = np.bincount(like) / len(like)
    return _Codes(exact, like, float((shares**2).sum()))


def _of_numbers(values: Floats, whole: bool) -> _Codes:
    """Numbers that lie in a row without a gap have one code; whole numbers are rounded already."""
    values = np.where(np.isfinite(values), values, np.inf)  # missing cells come last and are alike
    order = np.argsort(values)
    known = values[order][: int((values < np.inf).sum())]
    gaps = np.diff(known)
    spread = _middle(known)
    finest = 0.0 if whole else (spread or _deviation(known)) * min(_FINEST, _OF_THE_GAP / len(values))
    steps = gaps[gaps > finest]
    count = 1 + 2 * spread / float(steps.min()) if len(steps) else 1.0
    after = np.zeros(len(values))  # the distance of each to the one before it
    after[1 : len(known)] = gaps
    after[len(known) : len(known) + 1] = np.inf  # the first missing cell is far from all
    exact, like = np.empty(len(values), np.intp), np.empty(len(values), np.intp)
    exact[order], like[order] = np.cumsum(after > 0), np.cumsum(after > finest)
    return _Codes(exact, like, 1 / min(count, _MOST_STEPS))


def _middle(ordered: Floats) -> float:
    """The width of the middle half of the numbers."""
    last = len(ordered) - 1
    return float(ordered[3 * last // 4] - ordered[last // 4]) if len(ordered) else 0.0


def _deviation(values: Floats) -> float:
    return float(values.std()) if len(values) else 0.0


def _row_numbers(codes: Sequence[Rows]) -> NDArray[np.uint64]:
    """One number for each row, from its codes in all columns; different rows have different ones."""
    number = np.zeros(len(codes[0]), np.uint64)
    for code in codes:
        number = _mixed(number, code)
    return number


def _mixed(number: NDArray[np.uint64], code: Rows) -> NDArray[np.uint64]:
    """The bits of both, spread (the last step of splitmix64), so that sums of codes do not collide."""
    z = (number ^ code.astype(np.uint64)) * _MIX + _MIX
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed


def _first_and_unit(numbers: NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """The first row of each unit, and the unit of each row."""
    _, first, unit = np.unique(numbers, return_index=True, return_inverse=True)
    return first, unit


def _differing(unit: Rows, y: NDArray[Any]) -> int:
    """Rows of units in which the target is not the same everywhere."""
    label = np.unique(y, return_inverse=True)[1]
    low, high = np.full(unit.max() + 1, len(y)), np.full(unit.max() + 1, -1)
    np.minimum.at(low, unit, label)
    np.maximum.at(high, unit, label)
    return int((low < high)[unit].sum())
