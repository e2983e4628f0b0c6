"""Files and DataFrames become one kind of table: a polars DataFrame with clean cells and names.

The cells of a CSV file stay text here: `describe` infers from all of them what they are, and a code such as
``00501`` must not become 501 before. The cells of Parquet, Arrow, JSON and Excel files and of DataFrames
keep their types.
"""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

from shoal.base.errors import DataError, UsageError
from shoal.base.files import is_standard_input, read_bytes
from shoal.base.shown import LONGEST_PATH, quoted
from shoal.tables._cells import clean
from shoal.tables._notes import Note
from shoal.tables.read._delimited import column_names, parse_delimited, refuse_repeated
from shoal.tables.read._encodings import known_encoding
from shoal.tables.read._packed import PACKINGS, only_file, unpacked
from shoal.tables.read._typed import TYPED, read_typed

if TYPE_CHECKING:
    import polars as pl

_SEPARATOR_OF = {".csv": None, ".txt": None, ".tsv": "\t", ".tab": "\t"}
_MAY_BE_TEXT = (".dat", ".data", "")  # a table of text, if the text is one
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_JSON = (".json", ".ndjson", ".jsonl")
_OTHERS = {
    "stata": (".dta",),
    "sas": (".sas7bdat", ".xpt"),
    "spss": (".sav", ".zsav", ".por"),
    "r": (".rds", ".rda", ".rdata"),
    "pickle": (".pkl", ".pickle"),
    "page": (".html", ".htm", ".xml"),
    "pdf": (".pdf",),
    "document": (".docx", ".doc", ".odt", ".rtf"),
    "archive": (".tar", ".tgz", ".tbz2", ".txz", ".7z", ".rar"),
    "hdf": (".h5", ".hdf5", ".hdf"),
    "database": (".sqlite", ".sqlite3", ".db", ".mdb", ".accdb"),
    "matlab": (".mat",),
    "numpy": (".npy", ".npz"),
    "binary_workbook": (".xlsb", ".numbers"),
}
"""Endings of what is not read, by the error that names a way on (``tables.is_…``)."""
_ERROR_OF = {ending: f"tables.is_{kind}" for kind, endings in _OTHERS.items() for ending in endings}
MIB = 2**20
POLARS_NEEDS = 1280 * MIB  # of addresses, with one thread: 400 to be imported, most of the rest to read


@dataclass(frozen=True)
class TableFile:
    """A table that was read, and what was noticed about its file."""

    frame: pl.DataFrame
    notes: tuple[Note, ...]


def read_table(
    path: str | os.PathLike[str],
    *,
    any_size: bool = False,
    encoding: str | None = None,
    header: bool | None = None,
    sheet: str | None = None,
) -> pl.DataFrame:
    """Read a table; the ending of its name says what it is.

    The same as ``open_table(...).frame``: see there for what is read, the parameters and the errors.

    Returns
    -------
    polars.DataFrame
        At least one row. All columns of a CSV are text; those of other files keep their types.
    """
    return open_table(path, any_size=any_size, encoding=encoding, header=header, sheet=sheet).frame


def open_table(
    path: str | os.PathLike[str],
    *,
    any_size: bool = False,
    encoding: str | None = None,
    header: bool | None = None,
    sheet: str | None = None,
) -> TableFile:
    """Read a table, and say what was noticed about its file; the ending of its name says what it is.

    * ``.csv`` and ``.txt`` (separated by ``, ; tab |``, which the header shows, or by blanks), ``.tsv`` and
      ``.tab``, each also compressed as ``.gz``, ``.zst``, ``.bz2`` or ``.xz``; ``.dat``, ``.data`` and names
      without an ending, if their text is a table; ``-`` is CSV from the standard input;
    * ``.zip`` with one of these files, or of those below, in it;
    * ``.parquet`` and ``.pq``; ``.arrow``, ``.feather`` and ``.ipc``; ``.json`` (a list of records),
      ``.ndjson`` and ``.jsonl`` (a record in each line);
    * ``.xlsx``, ``.xlsm``, ``.xls`` and ``.ods``: the first sheet that holds a table. It needs the package
      fastexcel (``pip install "shoal[excel]"``). A file of text with such a name is read as text.

    Cells that are empty, or such as ``NA``, ``?`` and ``null``, are missing. Text may be UTF-8, UTF-16 or
    UTF-32 with a mark, or GB18030, Shift-JIS, EUC-KR, an encoding of one byte a letter (Windows-1250 to
    1254, ISO 8859-2, KOI8-R, Mac Roman) or Big5, of which the first is taken whose text makes sense. What
    stands around the table is left out: ``sep=;``, lines that start with ``#``, titles, a row of units,
    sums below the last row, the saved numbers of the rows, names that stand again and lines of dashes between
    the rows. Groups above names are joined to them. Each such choice gives a note.

    Parameters
    ----------
    path : str or path
        The file. A device, a pipe or a socket is refused, except the standard input.
    any_size : bool, default=False
        A packed file (``.gz``, ``.zip``, Parquet, Arrow, Excel) may hold far more than its own size: 8 KB
        become 2 GB. One that holds more than 64 MiB and 100 times its size is refused, unless this is True.
    encoding : str, optional
        What the text is written in, by any name that Python knows.
    header : bool, optional
        Whether the first line holds the names of the columns. None: it does, unless it is certainly a row
        (numbers above numbers). Without a header the columns are called "column 1", "column 2" and so on.
    sheet : str, optional
        Which sheet of a workbook. None: the first that holds a table.

    Returns
    -------
    TableFile
        ``frame``, a polars DataFrame of at least one row, and ``notes``.

    Raises
    ------
    FileError
        If there is no such file, or it cannot be read.
    DataError
        If it does not hold a table; the message names the line, the row or the column.
    UsageError
        If polars or fastexcel is not installed, or there is no such encoding or sheet.
    """
    if encoding is not None:
        known_encoding(encoding)
    require_polars()
    file = Path(path)
    name = quoted(os.fspath(path), longest=LONGEST_PATH)
    data = _bytes_of(file)  # that the file is missing matters more than its ending
    packing, ending = (None, ".csv") if is_standard_input(file) else _endings(file)
    if packing == ".zip":
        nested, ending = _endings(PurePosixPath(only_file(data, name)))
        if nested is not None:
            raise DataError("tables.is_archive", path=name)
    elif packing is not None and ending not in (*_SEPARATOR_OF, *_MAY_BE_TEXT[:-1]):
        raise DataError(_ERROR_OF.get(ending, "tables.unknown_ending"), path=name)
    _refuse_unknown(ending, name)
    if packing is not None:
        is_text = ending in (*_SEPARATOR_OF, *_MAY_BE_TEXT, *_JSON)
        data = unpacked(data, packing, name, any_size, encoding, is_text=is_text)
    if ending in _WORKBOOKS:
        frame, notes = _of_workbook(data, name, sheet, encoding, header, any_size)
        return TableFile(clean(frame), notes)
    if sheet is not None:
        raise UsageError("tables.no_sheets", path=name)
    if ending in TYPED:
        return TableFile(clean(read_typed(data, name, ending, any_size)), ())
    frame, notes = parse_delimited(data, name, _SEPARATOR_OF.get(ending), encoding=encoding, header=header)
    frame = clean(frame)
    if ending in _MAY_BE_TEXT:
        _refuse_prose(frame, name)
    return TableFile(frame, notes)


def _endings(file: PurePath) -> tuple[str | None, str]:
    """How it is packed, and what it is, by its name."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in PACKINGS else None
    return packing, suffixes[-1] if suffixes else ""


def _refuse_unknown(ending: str, name: str) -> None:
    if ending in _ERROR_OF:
        raise DataError(_ERROR_OF[ending], path=name)
    if ending not in (*_SEPARATOR_OF, *_MAY_BE_TEXT, *_WORKBOOKS, *TYPED):
        raise DataError("tables.unknown_ending", path=name)


def _refuse_prose(frame: pl.DataFrame, name: str) -> None:
    """Refuse text that is no table: a single column, unless it is one of numbers."""
    import polars as pl

    if frame.width == 1:
        cells = frame.to_series().drop_nulls().cast(pl.String)
        if not len(cells) or cells.cast(pl.Float64, strict=False).null_count():
            raise DataError("tables.no_table_in_text", path=name)


def _of_workbook(
    data: bytes, name: str, sheet: str | None, encoding: str | None, header: bool | None, any_size: bool
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """A sheet; or, as many programs that write ``.xls`` do, text under the name of a workbook."""
    from shoal.tables.read._workbook import is_workbook, read_workbook  # only those who have one need it

    if is_workbook(data):
        return read_workbook(data, name, sheet=sheet, header=header, any_size=any_size)
    if sheet is not None:
        raise UsageError("tables.no_sheets", path=name)
    frame, notes = parse_delimited(data, name, encoding=encoding, header=header)
    return frame, (Note("text_inside"), *notes)


def _bytes_of(file: Path) -> bytes:
    return sys.stdin.buffer.read() if is_standard_input(file) else read_bytes(file)


def from_dataframe(frame: Any) -> pl.DataFrame:
    """A pandas, polars or pyarrow table (any that narwhals knows) as `read_table` would return it.

    Names become text and the index of pandas is left out. A column of mixed objects becomes text.
    """
    require_polars()
    import narwhals
    from narwhals.exceptions import DuplicateError

    try:
        table = narwhals.from_native(frame, eager_only=True)
        names = column_names([str(name) for name in table.columns])
    except DuplicateError:
        refuse_repeated([str(name).strip() for name in getattr(frame, "column_names", frame.columns)])
        raise
    except TypeError as error:
        raise UsageError("tables.not_a_dataframe", type=type(frame).__name__) from error
    if not names or not len(table):
        raise DataError("tables.empty_frame", rows=len(table), columns=len(names))
    columns = [
        _to_polars(series).alias(name) for series, name in zip(table.iter_columns(), names, strict=True)
    ]
    return clean(columns[0].to_frame().hstack(columns[1:]))


def require_polars() -> None:
    """Say what to install if polars is missing, and what to raise if it would not fit into the address space.

    Under a limit that is too low (``ulimit -v``) polars ends the process without a word, or never ends.
    """
    if "polars" not in sys.modules and (left := _address_space_left()) < math.inf:
        os.environ.setdefault("POLARS_MAX_THREADS", "1")  # each thread takes some 100 MiB of addresses
        if left < POLARS_NEEDS:
            raise DataError("tables.address_space", left=left / MIB, wanted=POLARS_NEEDS / MIB)
    try:
        import polars  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError("tables.needs_polars") from error


def _address_space_left() -> float:
    """Bytes of addresses that this process may still take; infinite without a limit, or if nothing tells."""
    with suppress(ImportError, OSError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
            return limit - pages * os.sysconf("SC_PAGE_SIZE")
    return math.inf


def _to_polars(series: Any) -> pl.Series:
    """One column of a DataFrame; objects without a common type become text."""
    import polars as pl

    try:
        return series.to_polars()  # type: ignore[no-any-return]
    except Exception:  # each library behind narwhals has its own way to refuse
        cells = zip(series.to_list(), series.is_null().to_list(), strict=True)
        return pl.Series([None if null else str(cell) for cell, null in cells], dtype=pl.String)
