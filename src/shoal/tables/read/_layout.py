"""What stands around a table in its file: title, comments, units, sums; and whether it has a header.

All of it is decided from the first records and the last lines, and only where the rest is steady. A table
that only looks so stays as it is: a category ``#1`` has as many fields as its neighbours, a row of words is
no row of units, and a last row is a sum only if it says so.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Any, NamedTuple

from shoal.tables._notes import Note
from shoal.tables.read._header import (
    are_units,
    bare_record,
    has_no_header,
    is_header,
    is_rule,
    joined_names,
    may_stand_again,
    number_columns,
)
from shoal.tables.read._words import says_footer

SEPARATORS = ",;\t|"
_HEADER_LIMIT = 1 << 20  # characters in which the header is looked for
_SAMPLE = 500  # records that are looked at,
_SAMPLE_CELLS = 100_000  # and of wide ones fewer
_FEWEST = 20
_TITLES = 20  # lines before a header, at most
_FOOTERS = 5
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?[ ,;\t|]*\r?\n', re.IGNORECASE)
Record = tuple[int, list[str]]
Between = tuple[str, int]  # a note about a record that is no row, and its line


@dataclass(frozen=True)
class Layout:
    """Where the table is in its file. Lines are counted from 1."""

    separator: str
    notes: tuple[Note, ...] = ()
    skipped: frozenset[int] = frozenset()  # records that begin in these lines are no part of the table
    end: float = float("inf")  # the first line behind the table
    comments: bool = False  # records that start with # and have another number of fields are left out
    header: bool = True
    names: tuple[str, ...] = ()  # instead of those in the header: joined from several records
    heads: frozenset[tuple[str, ...]] = (
        frozenset()
    )  # what names the columns, and may stand again between rows
    extra: int = 0  # fields at the end that only the rows have (1), or only the header (-1)

    @property
    def is_plain(self) -> bool:
        """Whether every line of the file is one of the table, as it stands."""
        untouched = not (self.skipped or self.comments or self.extra) and self.header
        return untouched and self.end == float("inf")

    def between(self, record: Sequence[str], *, below: bool = True) -> str | None:
        """Which note says that a record between the rows is none: the names again, or a line of dashes."""
        if is_rule(record):
            return "rules"
        return "header_again" if below and self.heads and bare_record(record) in self.heads else None

    def noted(self, kind: str, /, **evidence: object) -> Layout:
        """The same with one note more."""
        return replace(self, notes=(*self.notes, Note(kind, evidence)))


class _Seen(NamedTuple):
    """The first records under one separator, without blank ones."""

    records: list[Record]
    fields: int  # of most of them


def layout_of(content: str, separator: str | None, header: bool | None) -> Layout:
    """What stands around the table. A `separator` or a `header` that is not None is not looked for."""
    skipped: frozenset[int] = frozenset()
    line = _SEPARATOR_LINE.match(content)
    if line and line[1] in _after(content, line.end()):
        separator, skipped = line[1], frozenset({1})
    found = separator or sniffed(_without_comments(content))
    layout = Layout(found, skipped=skipped, header=header is not False)
    if skipped:
        layout = layout.noted("separator_line", separator=layout.separator)
    first = _surrounded(content, layout)
    if separator is None:
        others = [other for other in SEPARATORS if not first.fits or _may_separate(other, first)]
        rivals = (_surrounded(content, replace(layout, separator=other)) for other in others)
        # the first of equals
        first = max([first, *rivals], key=lambda one: (one.fits, not one.cuts_numbers, one.numbers))
    return _headed(first.layout, first.records if first.fits else [], header)


def between_notes(found: Sequence[Between]) -> tuple[Note, ...]:
    """One note for each kind of record that was left out between the rows."""
    lines: dict[str, list[int]] = {}
    for kind, line in found:
        lines.setdefault(kind, []).append(line)
    return tuple(Note(kind, {"count": len(at), "line": at[0]}) for kind, at in lines.items())


def reader_of(text: str, separator: str, *, strict: bool = False) -> Any:
    """The standard library's reader, with the same settings everywhere."""
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=strict)


class _Found(NamedTuple):
    layout: Layout
    records: list[Record]  # the header and the first rows
    fits: bool  # the header has as many fields as the steady rest, or one more or less at the end

    @property
    def numbers(self) -> float:
        """The share of its columns that hold numbers."""
        below = [record for _, record in self.records[1:]]
        return len(number_columns(below)) / len(self.records[0][1]) if self.fits else 0.0

    @property
    def cuts_numbers(self) -> bool:
        """Whether its comma stands between two digits, where another separator cuts the rest: ``a;20,38``."""
        if self.layout.separator != "," or not self.fits:
            return False
        others = [one for one in SEPARATORS if one != ","]
        rows = [record for _, record in self.records]
        halves = all(
            left[-1:].isdigit() and right[:1].isdigit() for row in rows for left, right in pairwise(row)
        )
        return halves and any(all(any(one in cell for cell in row) for row in rows) for one in others)


def _may_separate(separator: str, found: _Found) -> bool:
    """Whether the header, which another one cuts, holds this one too."""
    return separator != found.layout.separator and any(separator in cell for cell in found.records[0][1])


def _after(content: str, place: int) -> str:
    return content[place : place + _HEADER_LIMIT].partition("\n")[0]


def _without_comments(content: str) -> str:
    """From the first line on that does not start with a #; all of it, if each does."""
    place = 0
    while content.startswith("#", place) and (end := content.find("\n", place)) >= 0:
        place = end + 1
    return content[place:] or content


def sniffed(content: str) -> str:
    """The separator that cuts the header into the most fields; a comma where none does."""
    start = content.lstrip()[:_HEADER_LIMIT]

    def fields(separator: str) -> int:
        try:
            return len(next(reader_of(start, separator), []))
        except csv.Error:
            return 0

    return max(SEPARATORS, key=fields)


def has_separators(content: str) -> bool:
    """Whether the first line that is not blank holds one of `SEPARATORS`, beyond its ends."""
    first = content.lstrip()[:_HEADER_LIMIT].partition("\n")[0].strip()
    return any(separator in first for separator in SEPARATORS)


# --------------------------------------------------------------------------- before the header, and between


def _surrounded(content: str, layout: Layout) -> _Found:
    """Leave out comments, titles and sums, if the rest is steady."""
    seen = _seen(content, layout)
    records, fields = seen
    if len(records) < 2 or fields < 2:
        return _Found(layout, records, fits=False)
    layout, records = _comments(layout, seen)
    layout, records = _titles(layout, records, fields)
    layout, records = _heads(layout, records, fields)
    names = bare_record(records[0][1])
    records = [records[0], *(one for one in records[1:] if bare_record(one[1]) != names)]
    layout, records = _footer(content, layout, _Seen(records, fields))
    layout = replace(layout, skipped=layout.skipped | set(range(1, records[0][0])))  # empty ones too
    steady = all(len(record) == fields for _, record in records[1:])
    extra = _trailing(records) if steady else 0
    fits = steady and (len(records[0][1]) == fields or extra != 0)
    if extra:
        layout = replace(layout, extra=extra).noted("trailing" if extra > 0 else "trailing_header")
        records = [(line, record[: fields - (extra > 0)]) for line, record in records]
    return _Found(layout, records, fits)


def _seen(content: str, layout: Layout) -> _Seen:
    records: list[Record] = []
    reader = reader_of(content, layout.separator, strict=True)
    line, cells = 1, 0
    try:
        for record in islice(reader, _SAMPLE):
            if cells > _SAMPLE_CELLS and len(records) > _FEWEST:
                break
            cells += len(record)
            if any(cell.strip() for cell in record) and line not in layout.skipped and not is_rule(record):
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error:  # whoever reads all of it says what is wrong
        return _Seen([], 0)
    counts = Counter(len(record) for _, record in records)
    return _Seen(records, counts.most_common(1)[0][0] if counts else 0)


def _comments(layout: Layout, seen: _Seen) -> tuple[Layout, list[Record]]:
    """Lines with a # that have not the number of fields of a row, and those before the header."""
    marked = [one for one in seen.records if one[1][0].startswith("#")]
    others = [one for one in seen.records if not one[1][0].startswith("#")]
    if not marked or len(others) < 2:
        return layout, seen.records
    odd = {line for line, record in marked if len(record) != seen.fields}
    if all(others[0][1]) and is_header(others[0][1], [record for _, record in others[1:]]):
        odd |= {line for line, record in marked if line < others[0][0] and record[0].strip() != "#"}
    if not odd:
        return layout, seen.records
    kept = [one for one in seen.records if one[0] not in odd]
    layout = replace(layout, skipped=layout.skipped | odd, comments=True)
    return layout.noted("comments", line=min(odd)), kept


def _titles(layout: Layout, records: list[Record], fields: int) -> tuple[Layout, list[Record]]:
    """Lines before the header with fewer cells than it has."""
    count, rows = 0, [record for _, record in records]
    while (
        count < min(_TITLES, len(records) - 2)
        and joined_names(rows[count:], fields) is None
        and (_is_title(records[count][1], fields) or _stands_apart(records[count:]))
    ):
        count += 1
    if not count or not (is_header(rows[count], rows[count + 1 :]) or joined_names(rows[count:], fields)):
        return layout, records
    lines = frozenset(line for line, _ in records[:count])
    first = next(cell.strip() for cell in records[0][1] if cell.strip())
    layout = replace(layout, skipped=layout.skipped | lines)
    return layout.noted("title", lines=count, title=first), records[count:]


def _heads(layout: Layout, records: list[Record], fields: int) -> tuple[Layout, list[Record]]:
    """Join names that stand in several records."""
    joined = joined_names([record for _, record in records], fields) if layout.header else None
    if joined is None:
        return layout, records
    first, line, end = records[0][0], records[joined.names_at][0], records[joined.heads][0]
    heads = frozenset(bare_record(record) for _, record in records[: joined.heads])
    skipped = layout.skipped | set(range(first, end)) - {line}
    layout = replace(layout, names=tuple(joined.names), heads=heads, skipped=skipped)
    shown = next(name for name in reversed(joined.names) if name)
    layout = layout.noted("joined_names", first=first, last=end - 1, name=shown)
    return layout, [(line, joined.names), *records[joined.heads :]]


def _is_title(record: Sequence[str], fields: int) -> bool:
    filled = sum(bool(cell.strip()) for cell in record)
    return (len(record) < fields and filled <= fields // 2) or (filled == 1 and fields > 2)


def _stands_apart(records: list[Record]) -> bool:
    """Whether a blank line is between the first record, a title with separators, and a full header."""
    (line, _), (next_line, names) = records[:2]
    return next_line > line + 1 and all(names) and is_header(names, [record for _, record in records[2:]])


def _trailing(records: Sequence[Record]) -> int:
    """1 if only the rows end in a separator, -1 if only the header does."""
    header, rows = records[0][1], [record for _, record in records[1:]]
    if all(len(row) == len(header) + 1 and not row[-1].strip() for row in rows):
        return 1
    if not header[-1].strip() and all(len(row) == len(header) - 1 for row in rows):
        return -1
    return 0


# --------------------------------------------------------------------------- the header, units, the end


def _headed(layout: Layout, records: list[Record], header: bool | None) -> Layout:
    """Look at the header and the row below it."""
    if header is False:
        return replace(layout, header=False)
    below = [record for _, record in records[1:]]
    if header is None and records and has_no_header(records[0][1], below):
        layout = replace(layout, header=False, heads=frozenset())
        return layout.noted("no_header", first=records[0][1][0].strip())
    if records and may_stand_again(records[0][1], below):
        layout = replace(layout, heads=layout.heads | {bare_record(records[0][1])})
    if len(below) > 2 and are_units(below[0], below[1:]):
        shown = ", ".join(cell.strip() for cell in below[0])
        heads = layout.heads | {bare_record(below[0])} if layout.heads else layout.heads
        layout = replace(layout, skipped=layout.skipped | {records[1][0]}, heads=heads)
        return layout.noted("units", line=records[1][0], units=shown)
    return layout


def _footer(content: str, layout: Layout, seen: _Seen) -> tuple[Layout, list[Record]]:
    """Sums and sources below the last row."""
    stripped = content.rstrip()
    line, records, end, first = stripped.count("\n") + 1, seen.records, float("inf"), ""
    lines = stripped[-_HEADER_LIMIT:].split("\n")[-_FOOTERS:]
    rows = records[1:]
    if len(rows) > 2 and are_units(rows[0][1], [row for _, row in rows[1:]]):
        rows = rows[1:]
    for written in reversed(lines):
        if written.strip():
            if line <= records[1][0] if len(records) > 1 else True:
                break
            cells = _one_record(written, layout.separator)
            if not says_footer(cells, [record for at, record in rows if at < line], seen.fields):
                break
            end, first = line, next(cell.strip() for cell in cells if cell.strip())
        line -= 1
    if end == float("inf"):
        return layout, records
    layout = replace(layout, end=end).noted("footer", line=int(end), words=first)
    return layout, [one for one in records if one[0] < end]


def _one_record(line: str, separator: str) -> list[str]:
    if line.count('"') % 2:
        return []  # the end of a cell of several lines
    try:
        return next(reader_of(line.rstrip("\r"), separator), [])
    except csv.Error:
        return []
