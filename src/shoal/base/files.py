"""Files are read whole, with one set of messages, and replaced whole or not at all.

Writing is a temporary file, fsync, rename, fsync of the folder: whoever reads the path sees the old contents
or the new ones, also after a crash or a power cut. A path that is not a regular file (a device, a pipe) is
written to directly and never replaced.
"""

import errno
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shoal.base.errors import FileError
from shoal.base.shown import shown_path

_PART = ".shoal-part"  # the end of a temporary file's name, by which one that was left behind is known
_LEFT_BEHIND = 24 * 60 * 60  # seconds without a write, after which nobody is writing it


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether a regular file is there.

    Like the other two, and unlike `Path`, it takes any name: where there cannot be such a thing, because the
    name is too long or links lead in a circle, there is none. Whoever then reads or writes it gets the error.
    """
    return _is(path, stat.S_ISREG)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is there."""
    return _is(path, stat.S_ISDIR)


def is_device(path: str | os.PathLike[str]) -> bool:
    """Whether a device, a pipe or a socket is there: something that is written to and never replaced."""
    return _is(path, lambda mode: not stat.S_ISREG(mode) and not stat.S_ISDIR(mode))


def is_standard_input(path: str | os.PathLike[str]) -> bool:
    """Whether the name stands for what is piped into the program: ``-`` or ``/dev/stdin``."""
    return os.fspath(path) in ("-", "/dev/stdin")


def _is(path: str | os.PathLike[str], kind: Callable[[int], bool]) -> bool:
    try:
        return kind(Path(path).stat().st_mode)
    except (OSError, ValueError):  # a zero in a name is a ValueError
        return False


# --------------------------------------------------------------------------- reading


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file to read from.

    Raises
    ------
    FileError
        If there is no such file, it is a folder or a device, it may not be read, the disk fails, or it does
        not fit into memory; also for what goes wrong while the block reads.
    """
    shown = shown_path(path)
    if "\0" in os.fspath(path):  # for which Python has a ValueError
        raise FileError("files.no_such_file", path=shown)
    if is_device(path):  # it has no size, may never end, and a pipe may wait for ever
        raise FileError("files.not_a_file", path=shown)
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
    temporary = None
    try:
        target = _behind_links(target)
        if is_device(target):
            with target.open("wb") as stream:
                yield stream
            return
        handle, temporary = tempfile.mkstemp(_PART, _start_of(target), target.parent)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode_of(target))
        if not (keep_existing and _linked_or_taken(temporary, target)):
            Path(temporary).replace(target)
            temporary = None
        _sync_folder(target.parent)
        _remove_left_behind(target)
    except OSError as error:
        raise FileError("core.cannot_write", path=shown_path(path), reason=error.strerror or error) from error
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
        raise FileError("core.cannot_write", path=shown_path(path), reason=error.strerror or error) from error
    return folder


def _start_of(target: Path) -> str:
    return f".{target.name[:64]}."


def _remove_left_behind(target: Path) -> None:
    """Remove what a process that was killed between write and rename left of an earlier version.

    Only files that this module names, for this target, and that nobody has written for a day.
    """
    start, before = _start_of(target), time.time() - _LEFT_BEHIND
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            ours = entry.name.startswith(start) and entry.name.endswith(_PART)
            if ours and entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                Path(entry.path).unlink(missing_ok=True)


def _behind_links(target: Path) -> Path:
    """The file that a link leads to, which is replaced instead of the link."""
    if not target.is_symlink():
        return target
    try:
        return target.resolve()
    except RuntimeError as error:  # Python before 3.13; later ones leave it to whoever opens the file
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


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
        return is_file(target)
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
