"""What a record shows beside those below it: names, units, or a row like any other.

A row of words is no row of units, and names are certain only where a column of numbers or dates is below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

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
_MOST_HEADS = 4  # records in which the names of one table stand
_RULE = re.compile(r":?([-=_*~])\1{2,}:?")
_RULE_ENDS = "-=_*~:"
_UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?")  # what pandas calls an empty name


def is_header(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Different names without a number, above a column of numbers, in whatever dress, or of dates."""
    filled = [name.strip() for name in names if name.strip()]
    if len(filled) < len(names) - 1 or len(set(filled)) < len(filled) or any(map(is_number, filled)):
        return False
    steady = [record for record in below if len(record) == len(names)]
    return bool(number_columns_within(steady, is_mostly_digits))


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


def number_columns_within(
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
    columns = number_columns_within(below)
    cells = [row[column].strip() for column in columns if column < len(row)]
    units = sum(map(is_unit, cells))
    others = [cell for column, cell in enumerate(row) if column not in columns]
    if not all(cell in ("", "-") or is_unit(cell) for cell in cells):
        return False
    return units >= (1 if all(map(says_nothing, others)) else 2)


# --------------------------------------------------------------------------- names in several records


class Joined(NamedTuple):
    """Names that stand in several records."""

    names: list[str]
    heads: int  # so many records
    names_at: int  # the record of the lowest names: one of the rows' own names may be below


def joined_names(records: Sequence[Sequence[str]], fields: int) -> Joined | None:
    """The names where records of groups stand above those of names, as merged cells leave them.

    A group reaches over the empty cells to its right, or is written again above each of its names. It must
    hold two columns of numbers, above which each name is a word, or a number of a series that stands in each
    group; a first row, of words or not, is no row of names. None if the first record is not one of groups.
    """
    first = [cell.strip() for cell in records[0]]
    filled = [cell for cell in first[1:] if cell]
    if len(set(first)) == len(first) or not filled or (first[0] and len(first) < fields - 1):
        return None
    fewest = 1 if len([*filter(None, first)]) > 1 else 2  # one cell alone above the names is a title
    for count in range(min(_MOST_HEADS, len(records) - 2), fewest, -1):
        width = max(map(len, records[:count]))
        heads = [_bare(record, width) for record in records[:count]]
        if abs(width - fields) > 1 or (not all(any(head) for head in heads)):
            continue
        labels, names = _labels(heads)
        index = _names_of_rows(heads, records[count])
        again = set(map(bare_record, records[: count + bool(index)]))
        below = [
            record
            for record in records[count + bool(index) :]
            if len(record) == fields and bare_record(record) not in again
        ]
        if below and _are_names(labels, names, heads[-1], below):
            names[: len(index)] = index
            return Joined(names, count + bool(index), count - 1)
    return None


def _bare(record: Sequence[str], width: int) -> list[str]:
    cells = ["" if _UNNAMED.fullmatch(cell.strip()) else cell.strip() for cell in record]
    return cells + [""] * (width - len(cells))


def _labels(heads: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """The group of each column, and its whole name."""
    carried = [""] * (len(heads) - 1)
    labels, names = [], []
    for column in zip(*heads, strict=True):
        for level, cell in enumerate(column[:-1]):
            if cell:
                carried[level:] = [cell, *[""] * (len(carried) - level - 1)]
        if not column[-1]:  # a name that stands in a cell over several records is no group for its neighbours
            labels.append("")
            names.append(_in_a_row([cell for cell in column if cell]))
            carried = [""] * len(carried)
            continue
        above = [cell for cell in carried if cell]
        labels.append(_in_a_row(above))
        names.append(_in_a_row([*above, column[-1]]))
    return labels, names


def _in_a_row(cells: Sequence[str]) -> str:
    return " ".join(cell for before, cell in pairwise(["", *cells]) if cell != before)


def _names_of_rows(heads: Sequence[Sequence[str]], record: Sequence[str]) -> list[str]:
    """What pandas writes below the names: the names of the columns that name the rows, and nothing else."""
    cells = [cell.strip() for cell in record]
    count = sum(map(bool, cells))
    if not count or not all(cells[:count]) or count >= len(heads[0]) or not heads[0][count]:
        return []
    empty = [not any(head[column] for head in heads) for column in range(count)]
    levels = all(head[0] for head in heads)  # the names of the levels stand in the first column
    return cells[:count] if all(empty[1:]) and (empty[0] or levels) else []


def _are_names(
    labels: Sequence[str], names: Sequence[str], lowest: Sequence[str], below: Sequence[Sequence[str]]
) -> bool:
    """Whether the lowest cells are names in groups and no row of the table."""
    columns = [[row[k].strip() for row in below] for k in range(min(len(names), len(below[0])))]
    filled = [name for name in names if name]
    unnamed = (not names[k] and any(cells) for k, cells in enumerate(columns[1:], start=1))
    if len(set(filled)) < len(filled) or any(unnamed) or are_units(lowest, below):
        return False
    if any(cell and cell in cells for cell, cells in zip(lowest, columns, strict=False)):
        return False
    groups: dict[str, list[str]] = {}
    for k in sorted(number_columns_within(below, is_mostly_digits)):
        if labels[k]:
            groups.setdefault(labels[k], []).append(lowest[k])
        elif lowest[k] and not _is_word(lowest[k], columns[k]):
            return False
    inside = [(cell, columns[k]) for k, cell in enumerate(lowest[: len(columns)]) if labels[k] in groups]
    if all(len(cells) < 2 for cells in groups.values()):
        return False
    return all(_is_word(cell, cells) for cell, cells in inside) or _are_series(list(groups.values()))


def _is_word(cell: str, below: Sequence[str]) -> bool:
    return bool(cell) and not (is_number(cell) or is_date(cell) or _written_like(cell, below))


def _are_series(groups: Sequence[Sequence[str]]) -> bool:
    """Whether each group has the same numbers, and these may be names."""
    same = len(groups) > 1 and all(group == groups[0] for group in groups) and all(map(is_number, groups[0]))
    return same and _may_be_names(list(map(as_number, groups[0])))


# --------------------------------------------------------------------------- names that stand again below


def bare_record(record: Sequence[str]) -> tuple[str, ...]:
    """The cells without blanks around them, and without empty ones at the end."""
    cells = [cell.strip().lstrip("\ufeff") for cell in record]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def may_stand_again(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a record that is the same as the names is no row.

    A name is a word above numbers; or no row holds some of the names in their columns, as rows of a table
    of letters do.
    """
    if any(map(is_number, names)):
        return False
    if any(names[k].strip() for k in number_columns(below, is_mostly_digits) if k < len(names)):
        return True
    return not any(
        name and name == cell.strip() for row in below for name, cell in zip(names, row, strict=False)
    )


def is_rule(record: Sequence[str]) -> bool:
    """A line of dashes: each cell that holds something is three or more of the same sign, as in ``:---:``."""
    if not record or (record[0] and record[0].strip()[-1:] not in _RULE_ENDS):
        return False
    filled = [cell.strip() for cell in record if cell.strip()]
    return bool(filled) and all(_RULE.fullmatch(cell) for cell in filled)
