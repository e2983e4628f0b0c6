"""Packed files: gzip and zstd are unpacked in pieces, within a limit that the size of the file sets."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from importlib import import_module
from typing import IO

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import first_line
from shoal.tables.read._encodings import refuse_binary

MOST_TIMES = 100
ALWAYS = 64 << 20
"""A packed file may hold so many times its own size, and so many bytes in any case. Tables of text become
three to twenty times smaller; what becomes a hundred times smaller says one thing again and again."""

_PIECE = 1 << 20
BYTES_A_CELL = 8  # of a number in memory


def unpacked(data: bytes, packing: str, name: str, any_size: bool, encoding: str | None = None) -> bytes:
    """The bytes as they were before gzip or zstd.

    Raises
    ------
    DataError
        If they are damaged or no text, or more than the limit, unless `any_size`. Not more than the limit and
        the packed bytes is then held in memory.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        with _opened(data, packing) as stream:
            while piece := stream.read(_PIECE):
                if not pieces:
                    refuse_binary(piece, name, encoding)
                pieces.append(piece)
                size += len(piece)
                if not any_size:
                    refuse_bomb(size, len(data), name)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError("tables.damaged_packing", path=name, reason=first_line(error)) from error
    return b"".join(pieces)


def refuse_bomb(size: int, packed: int, name: str) -> None:
    """Refuse more bytes than a file of `packed` bytes may hold."""
    most = ALWAYS + MOST_TIMES * packed
    if size > most:
        raise DataError("tables.unpacks_too_large", path=name, packed=f"{packed:,}", most=f"{most >> 20:,}")


def _opened(data: bytes, packing: str) -> IO[bytes]:
    if packing == ".gz":
        return gzip.GzipFile(fileobj=io.BytesIO(data))  # type: ignore[return-value]
    return _ZstdStream(data)  # type: ignore[return-value]


class _ZstdStream:
    """Reads zstd by Python's own module, which is a package of its own before 3.14."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zstd = import_module(
                "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
            )
        except ModuleNotFoundError as error:
            raise UsageError("tables.needs_zstd") from error
        self._file = self._zstd.ZstdFile(io.BytesIO(data))

    def __enter__(self) -> _ZstdStream:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        try:
            piece: bytes = self._file.read(size)
        except self._zstd.ZstdError as error:
            raise EOFError(str(error)) from error
        return piece
