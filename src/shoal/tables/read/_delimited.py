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
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from shoal.base.errors import DataError
from shoal.base.shown import first_line, quoted
from shoal.tables._cells import MISSING
from shoal.tables._notes import Note
from shoal.tables.read._blanks import joined_by_tabs
from shoal.tables.read._encodings import decoded
from shoal.tables.read._layout import Between, Layout, between_notes, has_separators, layout_of, reader_of
from shoal.tables.read._reshaped import Shape, changes_often, field_counts, undrawn, unfolded, unwrapped

if TYPE_CHECKING:
    import polars as pl

_PLACES = 5
_LINES_TO_TELL = 100
_COUNTS_SHOWN = 9
_ROWS_OF_AN_INDEX = 20  # so many different whole numbers without a name are no measurement
_FAULTS = {"expected after": "bad_quote", "larger than field limit": "long_cell"}  # by Python's words
_NUMBER = r"^[+-]?(\d+[.,]\d+|\d{1,3}([.,]\d{3})+([.,]\d+)?)([eE][+-]?\d+)?\W*$"
_EITHER = r"^[+-]?[1-9]\d{0,2}[,.]\d{3}$"  # a thousand, or one and a bit
_WHOLE_OR_COMMA = r"^[+-]?(\d+|[1-9]\d{0,2},\d{3})$"


def parse_delimited(
    data: bytes,
    path: str,
    separator: str | None = None,
    *,
    encoding: str | None = None,
    header: bool | None = None,
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The table in the bytes of a CSV file, and what was noticed; every cell text or null.

    Without a `separator`, the header decides: the one of ``, ; tab |`` that cuts it into the most fields.
    A column without a name is called "column 3" after its place. How cells are written is decided later, by
    `find_forms`; but see `_with_decimal_commas`. For `encoding` and `header` see `open_table`.
    """
    content, notes = decoded(data, path, encoding)
    if "\n" not in content:
        content = content.replace("\r", "\n")  # as on a Macintosh of old
    for shape, reshape in _SHAPES.items():
        if (found := reshape(content, separator)) is not None:
            content, separator = found
            notes += (Note(shape),)
    layout = layout_of(content, separator, header)
    frame, names, between = _parsed(content, layout, path)
    if layout.separator == ";":
        frame, commas = _with_decimal_commas(frame)
        notes += commas
    return without_index(frame, names[0], layout.header, notes + layout.notes + between)


def _separated_by_blanks(content: str, separator: str | None) -> Shape | None:
    joined = joined_by_tabs(content) if separator is None and not has_separators(content) else None
    return None if joined is None else (joined, "\t")


_SHAPES: dict[str, Callable[[str, str | None], Shape | None]] = {
    "unwrapped": lambda content, _: unwrapped(content),
    "undrawn": lambda content, _: undrawn(content),
    "blanks": _separated_by_blanks,
    "unfolded": lambda content, _: unfolded(content),
}
"""By the note about it: each makes delimited text of another shape, or is None."""


def _parsed(content: str, layout: Layout, path: str) -> tuple[pl.DataFrame, list[str], tuple[Note, ...]]:
    """The table, the names as they stand in the header, and what was left out between the rows."""
    found = _written(content, layout, path, anew=not (layout.is_plain and _is_plain(content)))
    if found.between and found.body is None:
        found = _written(content, layout, path, anew=True)
    names = column_names(found.header)
    body = content.partition("\n")[2] if found.body is None else found.body
    frame = _polars_reads(body, layout.separator, len(names), path)
    if frame.height != found.rows:
        raise DataError("tables.unreadable", path=path, reason=f"{frame.height} ≠ {found.rows}")
    frame.columns = names
    return frame, [name.strip() for name in found.header], between_notes(found.between)


class _Written(NamedTuple):
    """The rows of a table as text that is the same to every reader."""

    header: list[str]
    rows: int
    body: str | None  # None: as in the file
    between: list[Between]


def _written(content: str, layout: Layout, path: str, *, anew: bool) -> _Written:
    """Check every record, and write the rows anew if the file's own text is not plain."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=layout.separator, lineterminator="\n")
    between: list[Between] = []
    records = _checked_records(content, layout, path, between)
    first = next(records, [])
    if not first:
        raise DataError("tables.empty", path=path)
    count = 0
    for count, record in enumerate(records if layout.header else chain([first], records), start=1):  # noqa: B007 the last count is used
        if anew:
            writer.writerow(record)
    if not count:
        raise DataError("tables.header_only", path=path)
    header = first if layout.header else [""] * len(first)
    return _Written(header, count, output.getvalue() if anew else None, between)


def without_index(
    frame: pl.DataFrame, name: str, header: bool, notes: tuple[Note, ...]
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Leave out a first column that only numbers the rows, and say so; `name` is what the header says."""
    if header and _has_index(frame, name):
        return frame.drop(frame.columns[0]), (*notes, Note("index", {"name": name}))
    return frame, notes


def _with_decimal_commas(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Where no number of a file with ``;`` says what its comma is, ``1,459`` is one and a bit in all of it.

    Only here is it known what separates the columns: so these columns become numbers at once.
    """
    import polars as pl

    says = pl.all().str.contains(_NUMBER) & ~pl.all().str.contains(_EITHER)
    if any(frame.select(says.any()).row(0)):
        return frame, ()
    columns = []
    for series in frame:
        cells = series.str.strip_chars()
        cells = cells.set(cells.is_in(list(MISSING)), None)
        if cells.str.contains(",").any() and cells.str.contains(_WHOLE_OR_COMMA).all():
            columns.append(cells.str.replace(",", ".", literal=True).cast(pl.Float64))
    names = tuple(series.name for series in columns)
    note = Note("decimal_comma", {"decimal": ","}, names)
    return (frame.with_columns(columns), (note,)) if columns else (frame, ())


def _has_index(frame: pl.DataFrame, name: str) -> bool:
    """Whether the first column is the numbers of the rows, as pandas and R save them: without a name."""
    import polars as pl

    unnamed = re.fullmatch(r"Unnamed: \d+", name) is not None
    if frame.width == 1 or not (unnamed or not name):
        return False
    numbers = frame.to_series().cast(pl.String).str.strip_chars().cast(pl.Int64, strict=False)
    if numbers.null_count() or numbers.n_unique() < len(numbers) or numbers.min() < 0:  # type: ignore[operator]
        return False
    running = numbers[0] in (0, 1) and (numbers.diff().drop_nulls() == 1).all()
    return unnamed or running or len(numbers) >= _ROWS_OF_AN_INDEX


def _polars_reads(body: str, separator: str, fields: int, path: str) -> pl.DataFrame:
    """Columns of text, named by their position."""
    import polars as pl

    schema = {str(position): pl.String for position in range(fields)}
    try:
        return pl.read_csv(body.encode(), separator=separator, has_header=False, schema=schema, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError("tables.unreadable", path=path, reason=first_line(error)) from error


def _is_plain(content: str) -> bool:
    """No quotes, no blank lines, no old line ends: the text means the same to every reader."""
    return (
        '"' not in content
        and not content[:1].isspace()
        and content.count("\r") == content.count("\r\n")
        and re.search(r"\n[ \t]*\r?(\n|$)", content.removesuffix("\n")) is None
    )


def _records(content: str, separator: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the number of its first line; a quote that is not closed is an error."""
    reader = reader_of(content, separator, strict=True)
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


def _checked_records(content: str, layout: Layout, path: str, between: list[Between]) -> Iterator[list[str]]:
    """The header, then the rows, each with as many fields as the header; blank lines left out.

    What else is left out between the rows is added to `between`.

    In a table of one column, a blank line between others is a row whose cell is missing, and so is
    ``""`` anywhere (pandas writes it).
    """
    expected, row, blank_lines = 0, 0 if layout.header else 1, 0
    for line, read in _records(content, layout.separator, path):
        if line >= layout.end:
            return
        record = _trimmed(read, layout, expected)
        if line in layout.skipped or (layout.comments and _is_comment(record, expected)):
            continue
        if not record or (expected != 1 and len(record) == 1 and not record[0].strip()):
            blank_lines += 1
            continue
        if expected != 1 and (kind := layout.between(record, below=expected > 0)) is not None:
            between.append((kind, line))
            continue
        if expected == 0:
            record = _trimmed(list(layout.names), layout, 0) or record
            expected, blank_lines = len(record), 0
        elif expected == 1:
            yield from [[""]] * blank_lines
            row += blank_lines
            blank_lines = 0
        if len(record) != expected:
            where = {"row": row, "line": line, "expected": expected, "found": len(record)}
            _refuse_ragged(content, layout.separator, path=path, **where)
        yield record
        row += 1


def _refuse_ragged(content: str, separator: str, **where: object) -> NoReturn:
    """One row is odd; or the lines are no rows, and their numbers of fields say so."""
    counts = field_counts(content, separator, _LINES_TO_TELL)
    if changes_often(counts):
        shown = ", ".join(map(str, counts[:_COUNTS_SHOWN])) + (", …" if len(counts) > _COUNTS_SHOWN else "")
        raise DataError("tables.no_rows_in_lines", counts=shown, **where)
    raise DataError("tables.ragged", **where)


def _trimmed(record: list[str], layout: Layout, expected: int) -> list[str]:
    """Without the empty field behind the last separator, where only the rows have one, or only the header."""
    rows_have = layout.extra > 0 and 0 < expected == len(record) - 1
    header_has = layout.extra < 0 and expected == 0
    return record[:-1] if (rows_have or header_has) and not "".join(record[-1:]).strip() else record


def _is_comment(record: list[str], expected: int) -> bool:
    return bool(record) and record[0].startswith("#") and len(record) != expected > 0


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
