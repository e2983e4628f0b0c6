"""Tables in another shape: whole rows in quotes, drawn with lines, rows over several lines.

Each function gives the same table as delimited text, line for line where it can, or None where the text is
not certainly of that shape.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice, pairwise

from shoal.tables.read._header import number_columns
from shoal.tables.read._layout import SEPARATORS, reader_of
from shoal.tables.read._words import is_number

_LINES = 500  # that are looked at
_HEAD, _HEAD_LINES = 1 << 16, 4  # characters and lines in which a drawn table has its first line of dashes
_MOST_LINES = 10  # of one row
_FEWEST_ROWS = 2
_FEWEST_TO_TELL = 8  # lines, before their numbers of fields show that they are no rows
_WRAPPED_LINE = re.compile(r'\s*".*"[\s,;]*')
_COUNTED = re.compile(r"\(\d+ rows?\)|\d+ rows? in set.*|\(\d+ Zeilen?\)|\(\d+ 行记录\)", re.IGNORECASE)
_DRAWN = {"|": "│┃║", "-": "─━═", "+": "┌┬┐├┼┤└┴┘╞╪╡╔╦╗╠╬╣╚╩╝┏┳┓┡╇┩╭╮╰╯"}
_BOXES = {ord(drawn): plain for plain, many in _DRAWN.items() for drawn in many}
Shape = tuple[str, str]  # delimited text, and what separates its fields


def unwrapped(content: str) -> Shape | None:
    """Rows that stand in one pair of quotes each, as ``"a;b;c"``, without it; quotes doubled inside are real.

    Each row, wrapped or not, must have as many fields as the header. A column of texts such as "Smith, John"
    stays one: behind each of its commas is a blank.
    """
    first = [line for line in islice(content.split("\n", _LINES), _LINES) if line.strip()]
    wrapped = sum(_WRAPPED_LINE.fullmatch(line) is not None for line in first)
    if len(first) < _FEWEST_ROWS or 2 * wrapped < len(first):
        return None
    lines = _inside_quotes(content)
    if lines is None:
        return None
    sample = [line for line in lines[:_LINES] if line.strip()]
    for separator in SEPARATORS:
        if all(separator + " " in line for line in sample):
            continue
        try:
            records: list[list[str]] = [next(reader_of(line, separator, strict=True), []) for line in sample]
        except csv.Error:
            continue
        if len(records[0]) > 1 and all(len(record) == len(records[0]) for record in records):
            return "\n".join(lines), separator
    return None


def _inside_quotes(content: str) -> list[str] | None:
    """Each row without the quotes around all of it; None if more than half of them have none."""
    lines, alone = [], 0
    reader = reader_of(content, ",", strict=True)
    try:
        for record in reader:
            filled = [cell for cell in record if cell.strip()]
            is_alone = len(filled) < 2 and "".join(record[:1]) == "".join(filled)
            alone += is_alone
            lines.append("".join(filled) if is_alone else _written(record))
    except csv.Error:
        return None
    return lines if 2 * alone > len(lines) else None


def _written(record: Sequence[str], separator: str = ",") -> str:
    output = io.StringIO(newline="")
    csv.writer(output, delimiter=separator, lineterminator="").writerow(record)
    return output.getvalue()


def undrawn(content: str) -> Shape | None:
    """A table that Markdown, Org, psql or MySQL draws with ``|`` between its cells and lines of dashes.

    There must be such a line at its head, and each other line must have as many cells.
    """
    head = content.lstrip()[:_HEAD].translate(_BOXES)
    if not any(_is_rule(line.strip()) for line in head.split("\n", _HEAD_LINES)[:_HEAD_LINES]):
        return None
    lines = [line.translate(_BOXES).strip() for line in content.split("\n")]
    rows = ["" if _is_rule(line) or _COUNTED.fullmatch(line) else line for line in lines]
    records = [_drawn_cells(row) if row else [] for row in rows]
    fields = {len(record) for record in records if record}
    if len(fields) != 1 or fields == {1} or sum(map(bool, records)) < _FEWEST_ROWS:
        return None
    return "\n".join(_written(record) if record else "" for record in records), ","


def _is_rule(line: str) -> bool:
    """Nothing but dashes under each cell: ``|---|:-:|``, ``---+---``, ``+====+``; more than one cell."""
    parts = [part.strip() for part in re.split(r"[|+]", line.strip("|+"))]
    least = 1 if line.startswith("|") else 3
    return len(parts) > 1 and all(re.fullmatch(rf":?(-{{{least},}}|={{{least},}}):?", part) for part in parts)


def _drawn_cells(line: str) -> list[str]:
    inside = line.removeprefix("|") if line.startswith("|") and line.endswith("|") else line
    inside = inside[:-1] if inside is not line and not inside.endswith("\\|") else inside
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", inside)]


def unfolded(content: str) -> Shape | None:
    """Rows that go on over several lines, the same numbers of fields again and again, in one line each.

    The header stands in one line with all names, or is folded as the rows are.
    """
    for separator in SEPARATORS:
        if len(set(field_counts(content, separator, _FEWEST_ROWS * _MOST_LINES))) < 2:
            continue
        try:
            records = [record for record in reader_of(content, separator, strict=True) if record]
        except csv.Error:
            continue
        for header in (1, 0):
            rows = _joined_rows(records[header:], len(records[0]) if header and records else None)
            if rows and (header or _are_names_above_numbers(rows)):
                return "\n".join(_written(row, separator) for row in records[:header] + rows), separator
    return None


def _joined_rows(records: list[list[str]], fields: int | None) -> list[list[str]]:
    """The rows of so many `fields` that these lines are; none if they are not. None: as many as come out."""
    counts = list(map(len, records))
    for length in range(2, min(_MOST_LINES, len(records) // _FEWEST_ROWS) + 1):
        pattern = counts[:length]
        if len(counts) % length or counts != pattern * (len(counts) // length):
            continue
        parts = [records[start : start + length] for start in range(0, len(records), length)]
        if all(not line[-1].strip() for part in parts for line in part[:-1]):  # a separator ends the line
            parts = [[*(line[:-1] for line in part[:-1]), part[-1]] for part in parts]
        rows = [[cell for line in part for cell in line] for part in parts]
        if len(rows[0]) == fields or (fields is None and len(set(pattern)) > 1):
            return rows
    return []


def _are_names_above_numbers(rows: list[list[str]]) -> bool:
    names = [name.strip() for name in rows[0]]
    named = all(names) and len(set(names)) == len(names) and not any(map(is_number, names))
    return named and len(rows) > _FEWEST_ROWS and bool(number_columns(rows[1:]))


def field_counts(content: str, separator: str, most: int) -> list[int]:
    """How many fields the first lines have that are not blank."""
    reader = reader_of(content, separator)
    try:
        return list(islice((len(record) for record in reader if any(map(str.strip, record))), most))
    except csv.Error:
        return []


def changes_often(counts: Sequence[int]) -> bool:
    """Whether the number of fields changes again and again, so that no single row is the odd one."""
    return sum(before != after for before, after in pairwise(counts)) * 4 >= len(counts) >= _FEWEST_TO_TELL
