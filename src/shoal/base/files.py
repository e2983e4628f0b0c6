"""Files are replaced whole or not at all: a temporary file, fsync, rename, fsync of the folder.

Whoever reads the path sees the old contents or the new ones, also after a crash or a power cut. What is no
regular file (a device, a pipe) is written to and never replaced.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shoal.base.errors import FileError


@contextmanager
def replacing(path: str | os.PathLike[str], *, yielding: bool = False) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when the block ends, and leaves no trace if it raises.

    One that is `yielding` does not take it if by then there is a file: of several writers the first one wins.
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
        if not (yielding and _placed(temporary, target)):
            Path(temporary).replace(target)
            temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise FileError("core.cannot_write", path=str(path), reason=error.strerror or error) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _placed(temporary: str, target: Path) -> bool:
    """Whether there is a file at the target now, be it this one, by a link, or another."""
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
