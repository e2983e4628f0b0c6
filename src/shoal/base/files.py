"""Files are read whole, with one set of messages, and replaced whole or not at all.

Writing is a temporary file, fsync, rename, fsync of the folder: whoever reads the path sees the old contents
or the new ones, also after a crash or a power cut. A path that is not a regular file (a device, a pipe) is
written to directly and never replaced.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shoal.base.errors import FileError
from shoal.base.shown import plain

LONGEST_PATH = 500  # characters of a path in a message


def _shown(path: str | os.PathLike[str]) -> str:
    return plain(os.fspath(path), LONGEST_PATH)


# --------------------------------------------------------------------------- reading


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file to read from.

    Raises
    ------
    FileError
        If there is no such file, it is a folder, it may not be read, the disk fails, or it does not fit into
        memory; also for what goes wrong while the block reads.
    """
    shown = _shown(path)
    if "\0" in os.fspath(path):  # for which Python has a ValueError
        raise FileError("files.no_such_file", path=shown)
    try:
        with Path(path).open("rb") as stream:
            yield stream
    except FileError:  # from the block
        raise
    except FileNotFoundError as error:
        raise FileError("files.no_such_file", path=shown) from error
    except IsADirectoryError as error:
        raise FileError("files.is_a_folder", path=shown) from error
    except PermissionError as error:
        raise FileError("files.not_allowed", path=shown, reason=error.strerror or error) from error
    except OSError as error:
        raise FileError("files.cannot_read", path=shown, reason=error.strerror or error) from error
    except MemoryError as error:
        raise FileError("files.too_large", path=shown) from error


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The contents of a file; a FileError as by `reading` if they cannot be had."""
    with reading(path) as stream:
        return stream.read()


# --------------------------------------------------------------------------- writing


@contextmanager
def replacing(path: str | os.PathLike[str], *, keep_existing: bool = False) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when the block ends, and leaves no trace if it raises.

    With `keep_existing`, a file that is already at `path` when the block ends stays there, and the new one is
    thrown away. So of several processes that write the same path at once, the first one wins, and all of them
    find its contents there afterwards.

    Raises
    ------
    FileError
        If the folder is missing, the disk is full, or the file system refuses for another reason.
    """
    target = Path(path)
    target = target.resolve() if target.is_symlink() else target
    temporary = None
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as stream:
                yield stream
            return
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:64]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode_of(target))
        if not (keep_existing and _linked_or_taken(temporary, target)):
            Path(temporary).replace(target)
            temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise FileError("core.cannot_write", path=_shown(path), reason=error.strerror or error) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def make_folder(path: str | os.PathLike[str]) -> Path:
    """A folder, made with those above it if it is not there.

    Raises
    ------
    FileError
        If the file system refuses, or a file is in its place.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError("core.cannot_write", path=_shown(path), reason=error.strerror or error) from error
    return folder


def _linked_or_taken(temporary: str, target: Path) -> bool:
    """Give the temporary file the target's name, if that is still free; whether there is a file now.

    A hard link is made only if the name is free: no other process can come between. Where the file system
    has no hard links, only the existence of the file is checked.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        pass
    except OSError:
        return target.exists()
    return True


def _mode_of(target: Path) -> int:
    """The permissions that the file has, or that a new file would get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows has no handle on a folder to flush
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
