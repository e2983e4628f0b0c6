"""Columns that blanks separate, as programs print them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

from shoal.tables.read._header import number_columns
from shoal.tables.read._layout import reader_of

_LINES = 500  # that are looked at
_FEWEST = 3


def joined_by_tabs(content: str) -> str | None:
    """The same lines with tabs between the columns, if blanks separate them; else None.

    That is so if two or more blanks cut each line into as many fields; or any blanks do, and at least half of
    the columns are numbers under a header of words. The text is one whose header `has_separators` denies.
    """
    lines = content.split("\n")
    first = [line for line in lines[:_LINES] if line.strip()]
    if len(first) < _FEWEST:
        return None
    for cut in (_at_two_blanks, _at_blanks):
        records = [cut(line) for line in first]
        fields = len(records[0])
        if fields < 2 or any(len(record) != fields for record in records):
            continue
        if cut is _at_blanks and not _are_numbers(records):
            continue
        return _joined(lines, cut)
    return None


def _joined(lines: list[str], cut: Callable[[str], list[str]]) -> str:
    return "\n".join("\t".join(cut(line)) for line in lines)


def _at_two_blanks(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


def _at_blanks(line: str) -> list[str]:
    try:
        return next(reader_of(line.strip(), " ", strict=True), [])
    except csv.Error:
        return []


def _are_numbers(records: list[list[str]]) -> bool:
    numbers = number_columns(records[1:])
    return 2 * len(numbers) >= len(records[0]) and not number_columns(records[:1])
