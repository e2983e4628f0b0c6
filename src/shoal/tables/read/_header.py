"""What a record shows beside those below it: names, units, or a row like any other.

A row of words is no row of units, and names are certain only where a column of numbers or dates is below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from shoal.tables.read._words import (
    as_number,
    begins_as_footer,
    is_date,
    is_mostly_digits,
    is_number,
    is_unit,
    says_nothing,
)

_MANY = 3  # numbers among the names, beside which one word shows nothing
_MOSTLY = 0.9
_LIKE = 0.5  # of the cells below are written like the one above them
_YEARS = (1800, 2100)


def is_header(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Different names without a number, above a column of numbers, in whatever dress, or of dates."""
    filled = [name.strip() for name in names if name.strip()]
    if len(filled) < len(names) - 1 or len(set(filled)) < len(filled) or any(map(is_number, filled)):
        return False
    steady = [record for record in below if len(record) == len(names)]
    return bool(_number_columns_within(steady, is_mostly_digits))


def number_columns(records: Sequence[Sequence[str]], is_one: Callable[[str], bool] = is_number) -> set[int]:
    """The columns in which nearly all cells that hold something are numbers, as `is_one` knows them."""
    if not records:
        return set()
    found = set()
    for column in range(min(map(len, records))):
        cells = [record[column].strip() for record in records if record[column].strip()]
        if cells and sum(map(is_one, cells)) >= _MOSTLY * len(cells):
            found.add(column)
    return found


def _number_columns_within(
    below: Sequence[Sequence[str]], is_one: Callable[[str], bool] = is_number
) -> set[int]:
    """The same where a row of units may stand above the rows and sums below: in a small table these count."""
    end = len(below)
    while end > 1 and begins_as_footer(below[end - 1]):
        end -= 1
    has_units = end > 1 and any(is_unit(cell) for cell in below[0])
    return number_columns(below[has_units:end], is_one)


def has_no_header(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the first record is certainly a row.

    Each of its cells is a number above numbers or a date above dates, is written like those below
    (``76.8 m2``), or stands in its column again; but for one, at most, or one of two such written cells.
    Numbers that go up in equal steps, and years, may be names.
    """
    cells = [name.strip() for name in names]
    if len(below) < 2 or len(names) < 2:
        return False
    numeric = number_columns(below)
    numbers = [as_number(cell) for k, cell in enumerate(cells) if k in numeric and is_number(cell)]
    if _may_be_names(numbers):
        return False
    others = [k for k, cell in enumerate(cells) if not (k in numeric and is_number(cell))]
    columns = {k: [row[k].strip() for row in below if k < len(row)] for k in others}
    dressed = [k for k in others if _written_like(cells[k], columns[k])]
    strange = sum(not _like_below(cells[k], columns[k]) for k in others if k not in dressed)
    count = len(numbers) + len(dressed)
    if not count:
        return not strange and _recurs_in_parts(cells, below)
    return strange <= (max(1, len(dressed) // 2) if count >= _MANY else 0)


def _may_be_names(numbers: Sequence[float]) -> bool:
    steps = {after - before for before, after in pairwise(numbers)}
    whole = all(number == round(number) for number in numbers)
    years = all(_YEARS[0] <= number <= _YEARS[1] for number in numbers) and all(step > 0 for step in steps)
    return whole and bool(steps) and ((len(steps) == 1 and steps != {0.0}) or years)


def _recurs_in_parts(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row below has some of these cells, not all: joined files repeat whole headers."""
    same = ([cell == other.strip() for cell, other in zip(cells, row, strict=False)] for row in below)
    return any(any(one) and not all(one) for one in same)


def _like_below(cell: str, below: Sequence[str]) -> bool:
    return cell in below or (is_date(cell) and all(map(is_date, below)))


def _written_like(cell: str, below: Sequence[str]) -> bool:
    """Whether it is letters and digits, and most cells below are the same but for the digits."""

    def shape(one: str) -> str:
        return re.sub(r"\d+([.,]\d+)?", "0", one)

    wanted, filled = shape(cell), [one for one in below if one]
    if "0" not in wanted or wanted == "0" or not filled:
        return False
    return sum(shape(one) == wanted for one in filled) >= _LIKE * len(filled)


def are_units(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Units, or nothing, in each column of numbers; at least one unit, and two beside the text of a row."""
    if not any(map(is_unit, row)):
        return False
    columns = _number_columns_within(below)
    cells = [row[column].strip() for column in columns if column < len(row)]
    units = sum(map(is_unit, cells))
    others = [cell for column, cell in enumerate(row) if column not in columns]
    if not all(cell in ("", "-") or is_unit(cell) for cell in cells):
        return False
    return units >= (1 if all(map(says_nothing, others)) else 2)
