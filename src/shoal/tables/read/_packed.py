"""Packed files are unpacked in pieces, within a limit that the size of the file sets."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
import zlib
from importlib import import_module
from pathlib import PurePosixPath
from typing import IO

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import first_line, listed
from shoal.tables.read._encodings import refuse_binary

MOST_TIMES = 100
ALWAYS = 64 << 20
"""A packed file may hold so many times its own size, and so many bytes in any case. Tables of text become
three to twenty times smaller; what becomes a hundred times smaller says one thing again and again."""

PACKINGS = (".gz", ".zst", ".bz2", ".xz", ".zip")
_NOT_MEANT = (
    "__MACOSX",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
)  # programs add these by themselves
_SHOWN = 8  # files of an archive
_PIECE = 1 << 20
_FAULTS = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)
BYTES_A_CELL = 8  # of a number in memory


def only_file(data: bytes, name: str) -> str:
    """What the only file in a .zip archive is called.

    Raises
    ------
    DataError
        If there is none, or more than one, or it has a password; if the archive is damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _only_member(archive, name)
    except _FAULTS as error:
        raise _damaged(name, error) from error
    if member.flag_bits & 1:
        raise DataError("tables.password", path=name)
    return member.filename


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [
        one
        for one in archive.infolist()
        if not one.is_dir() and not {*PurePosixPath(one.filename).parts} & {*_NOT_MEANT}
    ]
    if len(members) != 1:
        shown = [one.filename for one in members[:_SHOWN]]
        files = listed(shown) + (", …" if len(members) > _SHOWN else "")
        raise DataError("tables.zip_of_many" if members else "tables.empty_zip", path=name, files=files)
    return members[0]


def unpacked(
    data: bytes,
    packing: str,
    name: str,
    any_size: bool,
    encoding: str | None = None,
    *,
    is_text: bool = True,
) -> bytes:
    """The bytes as they were before they were packed.

    What is no text is packed already by its own kind, and may hardly become larger: one limit on the other
    would be no limit.

    Raises
    ------
    DataError
        If they are damaged or no text, or more than the limit, unless `any_size`. Not more than the limit and
        the packed bytes is then held in memory.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        with _opened(data, packing, name) as stream:
            while piece := stream.read(_PIECE):
                if not pieces and is_text:
                    refuse_binary(piece, name, encoding)
                pieces.append(piece)
                size += len(piece)
                if not any_size:
                    refuse_bomb(size, len(data), name, packed_twice=not is_text)
    except _FAULTS as error:
        raise _damaged(name, error) from error
    return b"".join(pieces)


def _damaged(name: str, error: Exception) -> DataError:
    return DataError("tables.damaged_packing", path=name, reason=first_line(error))


def refuse_bomb(size: int, packed: int, name: str, *, packed_twice: bool = False) -> None:
    """Refuse more bytes than a file of `packed` bytes may hold."""
    most = _PIECE + 2 * packed if packed_twice else ALWAYS + MOST_TIMES * packed
    if size > most:
        raise DataError("tables.unpacks_too_large", path=name, packed=f"{packed:,}", most=f"{most >> 20:,}")


def _opened(data: bytes, packing: str, name: str) -> IO[bytes]:
    stream = io.BytesIO(data)
    if packing == ".zip":
        archive = zipfile.ZipFile(stream)
        return archive.open(_only_member(archive, name))
    if packing == ".gz":
        return gzip.GzipFile(fileobj=stream)  # type: ignore[return-value]
    if packing == ".bz2":
        return bz2.BZ2File(stream)
    if packing == ".xz":
        return lzma.LZMAFile(stream)
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
