"""Files whose cells have types: Parquet, Arrow, JSON."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from shoal.base.errors import DataError
from shoal.base.shown import first_line
from shoal.tables.read._delimited import column_names
from shoal.tables.read._packed import BYTES_A_CELL, refuse_bomb

if TYPE_CHECKING:
    import polars as pl

_PARQUET = (".parquet", ".pq")
_ARROW = (".arrow", ".feather", ".ipc")
_FIRST_FEATHER = b"FEA1"  # a format of its own, older than Arrow's
_LINES = (".ndjson", ".jsonl")
TYPED = (*_PARQUET, *_ARROW, *_LINES, ".json")


def read_typed(data: bytes, name: str, ending: str, any_size: bool) -> pl.DataFrame:
    """The table in the bytes of a file with such an ending; its columns keep their types."""
    import polars as pl

    if not data.strip():
        raise DataError("tables.empty", path=name)
    if ending in _ARROW and data.startswith(_FIRST_FEATHER):
        raise DataError("tables.is_old_feather", path=name)
    try:
        cells = 0 if any_size else _packed_cells(data, ending)
        refuse_bomb(BYTES_A_CELL * cells, len(data), name)
        frame = _reader(data, ending)
    except DataError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise DataError("tables.unreadable", path=name, reason=first_line(error)) from error
    if frame.is_empty():
        raise DataError("tables.header_only", path=name)
    frame.columns = column_names(frame.columns)
    return frame


def _reader(data: bytes, ending: str) -> pl.DataFrame:
    import polars as pl

    stream = io.BytesIO(data)
    if ending in _PARQUET:
        return pl.read_parquet(stream)
    if ending in _ARROW:
        return pl.read_ipc(stream)
    if ending in _LINES or not data.lstrip().startswith(b"["):
        return pl.read_ndjson(stream, infer_schema_length=None)
    return pl.read_json(stream, infer_schema_length=None)


def _packed_cells(data: bytes, ending: str) -> int:
    """How many cells a packed file says that it has; 0 for one that is not packed."""
    import polars as pl

    if ending in _PARQUET:
        lazy = pl.scan_parquet(io.BytesIO(data))
    elif ending in _ARROW:
        lazy = pl.scan_ipc(io.BytesIO(data))
    else:
        return 0
    rows: int = lazy.select(pl.len()).collect().item()
    return rows * len(lazy.collect_schema())
