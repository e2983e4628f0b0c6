"""CSV and TSV files: what separates the fields, and what is wrong with the text.

polars reads the text into columns. Before that, the standard library's csv module reads it once, to find what
polars accepts or cannot name: rows with too few or too many fields, quotes that are never closed, names that
occur twice. Text that is not plain (quotes, blank lines, old line ends) is rewritten by the csv module, so
that both readers understand it in the same way.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shoal.base.errors import DataError
from shoal.base.shown import first_line, quoted

if TYPE_CHECKING:
    import polars as pl

_SEPARATORS = ",;\t|"
_HEADER_LIMIT = 1 << 20  # characters in which the header is looked for
_PLACES = 5
_FAULTS = {"expected after": "bad_quote", "larger than field limit": "long_cell"}  # by Python's words
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)$"


def parse_delimited(data: bytes, path: str, separator: str | None = None) -> pl.DataFrame:
    """The table in the bytes of a CSV file: every cell text or null, columns named as in the header.

    Without a `separator`, the header decides: the one of ``, ; tab |`` that cuts it into the most fields.
    With ``;``, numbers may have a decimal comma. A column without a name is called "column 3"
    after its place.
    """
    import polars as pl

    content = _decoded(data, path)
    separator = separator or _sniffed(content)
    plain = _is_plain(content)
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=separator, lineterminator="\n")
    records = _checked_records(content, separator, path)
    names = column_names(next(records, []))
    if not names:
        raise DataError("tables.empty", path=path)
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 the last count is used
        if not plain:
            writer.writerow(record)
    if not count:
        raise DataError("tables.header_only", path=path)
    body = content.partition("\n")[2] if plain else output.getvalue()
    frame = _polars_reads(body, separator, len(names), path)
    if frame.height != count:
        raise DataError("tables.unreadable", path=path, reason=f"{frame.height} ≠ {count}")
    frame.columns = names
    if separator == ";":
        frame = frame.with_columns(pl.all().str.replace(_DECIMAL_COMMA, "$1.$2"))
    return frame


def _polars_reads(body: str, separator: str, fields: int, path: str) -> pl.DataFrame:
    """Columns of text, named by their position."""
    import polars as pl

    schema = {str(position): pl.String for position in range(fields)}
    try:
        return pl.read_csv(body.encode(), separator=separator, has_header=False, schema=schema, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError("tables.unreadable", path=path, reason=first_line(error)) from error


def _decoded(data: bytes, path: str) -> str:
    """The bytes as text; they must be UTF-8, with or without byte order marks."""
    refuse_binary(data, path)
    try:
        content = data.decode().lstrip("\ufeff")  # a file may begin with two of them
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError("tables.not_utf8", path=path, line=line) from None
    if not content.strip():
        raise DataError("tables.empty", path=path)
    return content


def refuse_binary(data: bytes, path: str) -> None:
    """Refuse what cannot be a table of text; the first bytes of a file are enough."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("tables.utf16", path=path)
    if b"\0" in data:
        raise DataError("tables.binary", path=path)


def _is_plain(content: str) -> bool:
    """No quotes, no blank lines, no old line ends: the text means the same to every reader."""
    return (
        '"' not in content
        and not content[:1].isspace()
        and content.count("\r") == content.count("\r\n")
        and re.search(r"\n[ \t]*\r?(\n|$)", content.removesuffix("\n")) is None
    )


def _sniffed(content: str) -> str:
    """The separator that cuts the header into the most fields; a comma where none does."""
    start = content.lstrip()[:_HEADER_LIMIT]

    def fields(separator: str) -> int:
        lines = io.StringIO(start, newline="")
        try:
            return len(next(csv.reader(lines, delimiter=separator, skipinitialspace=True)))
        except csv.Error:
            return 0

    return max(_SEPARATORS, key=fields)


def _records(content: str, separator: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the number of its first line; a quote that is not closed is an error."""
    lines = io.StringIO(content, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            key = next((key for words, key in _FAULTS.items() if words in str(error)), "unclosed_quote")
            most = f"{csv.field_size_limit():,}"
            raise DataError(f"tables.{key}", path=path, line=line, most=most) from None
        yield line, record


def _checked_records(content: str, separator: str, path: str) -> Iterator[list[str]]:
    """The header, then the rows, each with as many fields as the header; blank lines left out.

    In a table of one column, a blank line between others is a row whose cell is missing, and so is
    ``""`` anywhere (pandas writes it).
    """
    expected, row, blank_lines = 0, 0, 0
    for line, record in _records(content, separator, path):
        if not record or (expected != 1 and len(record) == 1 and not record[0].strip()):
            blank_lines += 1
            continue
        if expected == 0:
            expected, blank_lines = len(record), 0
        elif expected == 1:
            yield from [[""]] * blank_lines
            row += blank_lines
            blank_lines = 0
        if len(record) != expected:
            raise DataError(
                "tables.ragged", path=path, row=row, line=line, expected=expected, found=len(record)
            )
        yield record
        row += 1


def column_names(header: Sequence[str]) -> list[str]:
    """The names without the spaces around them; "column 3" for one that is empty; none twice."""
    names = [name.strip() or f"column {place}" for place, name in enumerate(header, start=1)]
    refuse_repeated(names)
    return names


def refuse_repeated(names: Sequence[str]) -> None:
    """Refuse a name that stands twice; the error says where."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names, start=1):
        places.setdefault(name, []).append(place)
    for name, found in places.items():
        if len(found) > 1:
            at = ", ".join(map(str, found[:_PLACES])) + (", …" if len(found) > _PLACES else "")
            raise DataError("tables.duplicate_column", name=quoted(name), places=at)
