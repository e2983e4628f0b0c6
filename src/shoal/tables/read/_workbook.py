"""Spreadsheets: one sheet of a workbook becomes a table whose cells keep their types.

calamine, through fastexcel, reads a sheet twice: as text, in which the same looks as at a CSV file find the
title, the header, the units and the sums; then the rows between, with the types of their cells.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from shoal.base.errors import DataError, ShoalError, UsageError
from shoal.base.shown import first_line, listed, quoted
from shoal.tables._notes import Note
from shoal.tables.read._delimited import column_names, without_index
from shoal.tables.read._layout import Layout, between_notes, layout_of
from shoal.tables.read._packed import BYTES_A_CELL, refuse_bomb

if TYPE_CHECKING:
    import polars as pl
    from fastexcel import ExcelReader

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and .xlsx with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_COLUMN = re.compile(rb"""r\s*=\s*["']([A-Za-z]{1,3})\d""")  # in the address of a cell
_ROW = re.compile(rb"""r\s*=\s*["'][A-Za-z]{0,3}(\d{1,7})["']""")  # there, or of a row
_EXTENT = re.compile(rb"\x00\x02\x0e\x00(.{14})(?=.[\x00-\x10].[\x00-\x20])", re.DOTALL)  # of an .xls sheet
_OPEN_SHEETS = "content.xml"  # of an .ods file
_OPEN_TAG = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)\b([^>]*)>")
_REPEATED = re.compile(rb"""-repeated\s*=\s*["'](\d{1,12})["']""")
_SILENT = logging.NullHandler()
_OLD_ROWS, _OLD_COLUMNS = 65_536, 256
_MOST_RUNS = 50  # of rows without a line between them: each costs a reading of the sheet
_LARGEST_WHOLE = 2.0**53
_FIRST_DAYS = (date(1899, 12, 30), date(1900, 1, 1))  # a cell that holds a time only is on one of these


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are a workbook, whatever their file is called."""
    return data.startswith((_ZIP, _COMPOUND))


def read_workbook(
    data: bytes, name: str, *, sheet: str | None, header: bool | None, any_size: bool
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The table on a sheet, and what was noticed. Without a `sheet`, the first that holds a table.

    Raises
    ------
    UsageError
        If fastexcel is not installed, or there is no such sheet.
    DataError
        If the file is damaged, has a password or no table, or holds far more than its size (see `_packed`).
    """
    try:
        import fastexcel
    except ModuleNotFoundError as error:
        raise UsageError("tables.needs_fastexcel", path=name) from error
    for package in ("fastexcel", "calamine"):  # what they say of types would go to the screen
        logging.getLogger(package).addHandler(_SILENT)
    if data.startswith(_COMPOUND) and _ENCRYPTED in data:
        raise DataError("tables.password", path=name)
    if data.startswith(_ZIP) and not any_size:
        _asked(lambda: _check_zip(data, name), name)
    elif data.startswith(_COMPOUND):
        _check_extents(data, name)
    book = _asked(lambda: fastexcel.read_excel(data), name)
    chosen, cells = _sheet(book, sheet, name)
    notes = (Note("sheets", {"sheet": chosen, "sheets": book.sheet_names}),)
    frame, more = _table(book, chosen, cells, header, name)
    return frame, (*notes[: len(book.sheet_names) > 1], *more)


def _asked(question: Callable[[], Any], name: str) -> Any:
    """What zipfile or calamine answers; their errors, and the panics of Rust, become a DataError."""
    try:
        return question()
    except ShoalError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if "password" in str(error).lower():
            raise DataError("tables.password", path=name) from error
        raise DataError("tables.unreadable", path=name, reason=first_line(error)) from error


def _check_zip(data: bytes, name: str) -> None:
    """Refuse a file that would become too large, as bytes or as rectangles of cells, and a damaged one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        refuse_bomb(sum(member.file_size for member in members), len(data), name)
        for member in members:
            is_open = member.filename == _OPEN_SHEETS
            cells = (_open_rectangle if is_open else _rectangle)(archive.read(member))
            refuse_bomb(BYTES_A_CELL * cells, len(data), name)


def _rectangle(text: bytes) -> int:
    """Rows times columns of a sheet: calamine makes room for all of them.

    Two cells, the first and the last of a sheet, are enough to ask for 17 billion.
    """
    letters = _COLUMN.findall(text)
    rows = max([text.count(b"row>"), *map(int, set(_ROW.findall(text)))])
    columns = max(map(_place, set(letters)), default=0)
    if sum(map(text.count, (b"<c ", b"<c>", b":c ", b":c>"))) > len(letters):  # cells without an address
        columns = max(columns, *(row.count(b"c>") for row in text.split(b"row")))
    return rows * columns


def _open_rectangle(text: bytes) -> int:
    """The same of the largest sheet of an .ods file, whose rows and cells may say that they are repeated."""
    largest = row = rows = columns = column = 0
    repeated, holds = 1, False
    for end, what, attributes in _OPEN_TAG.findall(text):
        if what == b"table":
            largest, row, rows, columns = max(largest, rows * columns), 0, 0, 0
        elif what == b"table-row":
            if not end:
                repeated, holds, column = _times(attributes), False, 0
            if end or attributes.endswith(b"/"):
                row += repeated
                rows = row if holds else rows
        elif not end:
            column += _times(attributes)
            if not attributes.endswith(b"/") or b"value" in attributes or b"formula" in attributes:
                holds, columns = True, max(columns, column)
    return max(largest, rows * columns)


def _times(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _check_extents(data: bytes, name: str) -> None:
    """Refuse an .xls file that says it has more cells than such a sheet can have: room is made for them."""
    for written in _EXTENT.findall(data):
        first_row, rows, first_column, columns, _ = struct.unpack("<IIHHH", written)
        if not (first_row <= rows <= _OLD_ROWS and first_column <= columns <= _OLD_COLUMNS):
            raise DataError("tables.unreadable", path=name, reason=f"{rows} × {columns}")


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters.upper():
        place = 26 * place + letter - ord("A") + 1
    return place


# --------------------------------------------------------------------------- one sheet


def _sheet(book: ExcelReader, wanted: str | None, name: str) -> tuple[str, pl.DataFrame]:
    """The name of a sheet and all its cells as text: the one that is wanted, or the first with a table."""
    if wanted is not None and wanted not in book.sheet_names:
        raise UsageError("tables.unknown_sheet", sheet=quoted(wanted), sheets=listed(book.sheet_names))
    found = {}
    for sheet in [wanted] if wanted is not None else book.sheet_names:
        cells = _asked(lambda sheet=sheet: _loaded(book, sheet, 0, dtypes="string"), name)  # type: ignore[misc]
        found[sheet] = cells
        if (_filled(cells) >= 2).sum() >= 2:
            return sheet, cells
    for least in (2, 1):  # a single column; a header
        for sheet, cells in found.items():
            if (_filled(cells) >= 1).sum() >= least:
                return sheet, cells
    raise DataError("tables.empty", path=name)


def _loaded(book: ExcelReader, sheet: str, first: int, **how: Any) -> pl.DataFrame:
    how |= {"header_row": None, "skip_rows": first, "schema_sample_rows": None}
    cells: pl.DataFrame = book.load_sheet(sheet, **how).to_polars()
    return cells


def _filled(cells: pl.DataFrame) -> pl.Series:
    """How many cells of each row hold something."""
    import polars as pl

    if not cells.width:
        return pl.Series([], dtype=pl.UInt32)
    return cells.select(pl.sum_horizontal(pl.all().str.strip_chars().str.len_bytes() > 0)).to_series()


def _table(
    book: ExcelReader, sheet: str, cells: pl.DataFrame, header: bool | None, name: str
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The rows of the table and their names."""
    filled = _filled(cells)
    layout = layout_of(_as_delimited(cells, filled), ",", header)
    known = [
        row
        for row, count in enumerate(filled.to_list())
        if count and row + 1 not in layout.skipped and row + 1 < layout.end
    ]
    body, between = _rows(cells, known[layout.header :], layout)
    if not body:
        raise DataError("tables.header_only", path=name)
    frame = _asked(lambda: _typed(book, sheet, body, between=bool(between)), name)
    frame = frame.select(_natural(column) for column in frame)
    names = _names(cells, filled, known[0], layout) if layout.header else [""] * frame.width
    kept = [place for place, column in enumerate(frame) if names[place] or column.null_count() < frame.height]
    frame = frame[:, kept]
    frame.columns = column_names([names[place] for place in kept])
    return without_index(frame, names[kept[0]], layout.header, layout.notes + between)


def _rows(cells: pl.DataFrame, known: Sequence[int], layout: Layout) -> tuple[list[int], tuple[Note, ...]]:
    """The rows among those below the names, and what was left out between them."""
    kinds = {}
    if cells.width > 1:
        among = set(known)
        kinds = {
            row: kind
            for row, record in enumerate(cells.iter_rows())
            if row in among and (kind := layout.between([cell or "" for cell in record])) is not None
        }
    notes = between_notes([(kind, row + 1) for row, kind in kinds.items()])
    return [row for row in known if row not in kinds], notes


def _names(cells: pl.DataFrame, filled: pl.Series, header: int, layout: Layout) -> list[str]:
    """What stands in the header; names that were joined are those of the columns that hold something."""
    names = [(cell or "").strip() for cell in cells.row(header)]
    for place, name in zip(_used(cells[_top(filled) :]), layout.names, strict=False):
        names[place] = name
    return names


def _used(rows: pl.DataFrame) -> list[int]:
    return [place for place, column in enumerate(rows) if column.null_count() < rows.height]


def _top(filled: pl.Series) -> int:
    """The first row with more than one cell; titles stand above it."""
    return (filled >= 2).arg_max() or 0


def _as_delimited(cells: pl.DataFrame, filled: pl.Series) -> str:
    """A line for each row, so that lines and rows have the same numbers; titles are single cells."""
    import polars as pl

    plain = cells.with_columns(pl.all().str.replace_all(r'[\r\n"]+', " "))
    first = _top(filled)
    titles = ["".join(filter(None, row)).replace(",", ";") for row in plain.head(first).iter_rows()]
    rows = plain[first:]
    used = rows[:, _used(rows)]
    return "\n".join([*titles, used.write_csv(include_header=False)])


def _typed(book: ExcelReader, sheet: str, body: Sequence[int], *, between: bool) -> pl.DataFrame:
    """Rows with the types of their cells; a column whose types do not go together is text.

    What stands `between` the rows has no say in the types: each run of rows is then read by itself.
    """
    from fastexcel import UnsupportedColumnTypeCombinationError

    starts = [k for k, row in enumerate(body) if k == 0 or row != body[k - 1] + 1] if between else [0]
    runs = [body[k:end] for k, end in pairwise([*starts, len(body)])]
    runs = runs if len(runs) <= _MOST_RUNS else [body]
    text: dict[str | int, str] = {}
    while True:
        try:
            pieces = [
                _loaded(book, sheet, run[0], dtypes=text or None, n_rows=run[-1] - run[0] + 1)[
                    [row - run[0] for row in run]
                ]
                for run in runs
            ]
        except UnsupportedColumnTypeCombinationError as error:
            place = re.search(r"__UNNAMED__(\d+)", str(error))
            if place is None or int(place[1]) in text:
                raise
            text[int(place[1])] = "string"
            continue
        apart = _apart(pieces) - text.keys()
        if not apart:
            return _together(pieces)
        text |= dict.fromkeys(apart, "string")


def _apart(pieces: Sequence[pl.DataFrame]) -> set[int]:
    """The columns whose types in the pieces do not go together."""
    apart = set()
    for place in range(pieces[0].width):
        types = {one.dtype for piece in pieces if (one := piece[:, place]).null_count() < len(one)}
        if len(types) > 1 and not all(dtype.is_numeric() for dtype in types):
            apart.add(place)
    return apart


def _together(pieces: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One below the other; a column without a cell in one piece is of any type there."""
    import polars as pl

    bare = [
        piece.with_columns(pl.lit(None).alias(one.name) for one in piece if one.null_count() == len(one))
        for piece in pieces
    ]
    return pl.concat(bare, how="vertical_relaxed") if len(pieces) > 1 else pieces[0]


def _natural(column: pl.Series) -> pl.Series:
    """Whole numbers as such, a day without its midnight, a time without its day: a sheet knows none."""
    import polars as pl

    known = column.drop_nulls()
    if known.is_empty():
        return column
    if column.dtype.is_float():
        whole = (known == known.round()) & (known.abs() < _LARGEST_WHOLE)
        return column.cast(pl.Int64) if whole.all() else column
    if column.dtype == pl.Datetime:
        if known.dt.date().is_between(*_FIRST_DAYS).all():
            return column.dt.time()
        return column.cast(pl.Date) if (known == known.dt.truncate("1d")).all() else column
    return column
