"""Files and DataFrames become one kind of table: a polars DataFrame with clean cells and names.

The cells of a CSV file stay text here: `describe` infers from all of them what they are, and a code such as
``00501`` must not become 501 before. The cells of Parquet files and DataFrames keep their types.
"""

from __future__ import annotations

import io
import math
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.base.errors import DataError, UsageError
from shoal.base.files import read_bytes
from shoal.base.shown import LONGEST_PATH, first_line, quoted
from shoal.tables._cells import clean
from shoal.tables.read._delimited import column_names, parse_delimited, refuse_repeated
from shoal.tables.read._packed import refuse_bomb, unpacked

if TYPE_CHECKING:
    import polars as pl

_SEPARATOR_OF = {".csv": None, ".txt": None, ".tsv": "\t", ".tab": "\t"}
_PARQUET = (".parquet", ".pq")
_COMPRESSED = (".gz", ".zst")
BYTES_A_CELL = 8  # of a number in memory
MIB = 2**20
POLARS_NEEDS = 1280 * MIB  # of addresses, with one thread: 400 to be imported, most of the rest to read


def read_table(path: str | os.PathLike[str], *, any_size: bool = False) -> pl.DataFrame:
    """Read a table; the ending of its name says what it is.

    ``.csv`` and ``.txt`` (separated by ``, ; tab |``, which the header shows), ``.tsv`` and ``.tab``,
    each also compressed as ``.gz`` or ``.zst``; ``.parquet`` and ``.pq``. Text must be UTF-8, with or
    without a byte order mark. Cells that are empty, or such as ``NA``, ``?`` and ``null``, are missing.

    Parameters
    ----------
    path : str or path
        The file. A device, a pipe or a socket is refused.
    any_size : bool, default=False
        A packed file (``.gz``, ``.zst``, Parquet) may hold far more than its own size: 8 KB become 2 GB. One
        that holds more than 64 MiB and 100 times its size is refused, unless this is True.

    Returns
    -------
    polars.DataFrame
        At least one row. All columns of a CSV are text; those of a Parquet file keep their types.

    Raises
    ------
    FileError
        If there is no such file, or it cannot be read.
    DataError
        If it does not hold a table; the message names the line, the row or the column.
    UsageError
        If polars is not installed.
    """
    require_polars()
    file = Path(path)
    suffixes = [suffix.lower() for suffix in file.suffixes]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _COMPRESSED else None
    ending = suffixes[-1] if suffixes else ""
    name = quoted(os.fspath(path), longest=LONGEST_PATH)
    if ending in _PARQUET and packing is None:
        frame = _read_parquet(read_bytes(file), name, any_size)
    elif ending in _SEPARATOR_OF:
        data = read_bytes(file)
        data = data if packing is None else unpacked(data, packing, name, any_size)
        frame = parse_delimited(data, name, _SEPARATOR_OF[ending])
    else:
        read_bytes(file)  # that the file is missing matters more than its ending
        raise DataError("tables.unknown_ending", path=name)
    return clean(frame)


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


def _read_parquet(data: bytes, name: str, any_size: bool) -> pl.DataFrame:
    import polars as pl

    if not data:
        raise DataError("tables.empty", path=name)
    try:
        if not any_size:
            _check_cells(data, name)
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError("tables.unreadable", path=name, reason=first_line(error)) from error
    if frame.is_empty():
        raise DataError("tables.header_only", path=name)
    frame.columns = column_names(frame.columns)
    return frame


def _check_cells(data: bytes, name: str) -> None:
    """Refuse a Parquet file whose own description says that its cells are too many for its size."""
    import polars as pl

    lazy = pl.scan_parquet(io.BytesIO(data))
    columns, rows = len(lazy.collect_schema()), lazy.select(pl.len()).collect().item()
    refuse_bomb(BYTES_A_CELL * rows * columns, len(data), name)
