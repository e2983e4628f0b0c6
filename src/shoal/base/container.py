"""The container of `.shoal` files and checkpoints: a JSON document and arrays, in the safetensors format.

It guards the bytes and knows nothing of what they mean: not of estimators, not of networks. It is not a
pickle: reading runs nothing that the file says. Its one invariant: a file that is accepted is, byte for byte,
the file that `write` would make of what was read, so that no byte of it can be changed unnoticed. That is
why the layout is written down here instead of being left to the version of a library; any safetensors reader
can open the result.

    8 bytes   length of the header, little endian
    header    {"__metadata__":{"shoal":"<canonical JSON>"},"W1":{...},...} and spaces up to 8 k bytes
    data      the arrays, in the order of their names, little endian, without gaps

The canonical JSON (sorted keys, no spaces, no NaN, UTF-8) is ``{"document": ..., "sha256": ...}``. The digest
is that of the whole file with 64 zeros in its own place. It proves that nothing was damaged, and not who
wrote the file: what it says is not to be believed before it has been checked.

Reading takes three steps, so that each mistake gets its own error: `unseal` compares the digest, then the
caller checks the document, and `Sealed.arrays` returns the arrays that the document promises.
"""

import hashlib
import json
import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.files import reading, replacing
from shoal.base.texts import text

Arrays = Mapping[str, NDArray[Any]]
Layout = Mapping[str, tuple[str, tuple[int, ...]]]
"""By the name of an array, its dtype and its shape: ``{"W1": ("float32", (4, 3))}``."""

DTYPES = {"float64": ("F64", "<f8"), "float32": ("F32", "<f4")}
"""By NumPy's name of a dtype: its name in the header, and NumPy's name of its bytes."""

_START = b'{"__metadata__":{"shoal":"'
_BLANK = "0" * 64


class ContainerError(ValueError):
    """A file is not what `write` makes, or a document cannot be written.

    Whoever calls turns it into an error of its own, which names the file and says what to do.

    Attributes
    ----------
    problem : {"empty", "not_one", "cut", "changed", "not_canonical", "not_json", "bytes"}
        The file is empty; does not begin like a container; is shorter than it says; has another digest than
        it says; is laid out in another way than by `write`. Or the document would not come back from JSON as
        it is; or the arrays take another number of bytes than the file has.
    values : dict
        What a message may want to say: `size`, `reason`, `expected` and `got`.
    """

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(problem)
        self.problem, self.values = problem, values


def write(path: str | os.PathLike[str], document: object, arrays: Arrays) -> None:
    """Save a document and arrays (float64 or float32), replacing `path` whole or not at all.

    Raises `ContainerError` for a document that JSON would change, `FileError` if the file system refuses.
    """
    blank = _laid_out(document, arrays, _BLANK)
    content = _laid_out(document, arrays, hashlib.sha256(blank).hexdigest())
    with replacing(path) as stream:
        stream.write(content)


def unseal(path: str | os.PathLike[str]) -> "Sealed":
    """The contents of a file whose digest is right.

    Raises `ContainerError` if it is cut off, changed or something else, `FileError` if it cannot be read.
    """
    content = _contents(path)
    end = _end_of_header(content)
    header: Any = None
    try:
        header = json.loads(content[8:end].decode())
        stated = json.loads(header["__metadata__"]["shoal"])
        document, digest = stated["document"], stated["sha256"]
        before, _, after = content[:end].rpartition(digest.encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ContainerError("changed") from error
    blank = b"".join([before, _BLANK.encode(), after, content[end:]])
    if hashlib.sha256(blank).hexdigest() != digest:
        raise _damaged(header, content)
    return Sealed(document, digest, content)


@dataclass(frozen=True)
class Sealed:
    """What a file holds. Its document says what was written, if whoever wrote the file was honest."""

    document: Any
    digest: str
    content: bytes

    def arrays(self, layout: Layout) -> dict[str, NDArray[Any]]:
        """The arrays of this layout, which follows from the document; they are copies, in native byte order.

        No room is made for them before it is known that the file has as many bytes. Raises `ContainerError`
        if it has not, or if the file is laid out in another way than `write` would do it.
        """
        position = _end_of_header(self.content)
        got = len(self.content) - position
        sizes = {name: np.dtype(dtype).itemsize * math.prod(shape) for name, (dtype, shape) in layout.items()}
        if sum(sizes.values()) != got:
            raise ContainerError("bytes", expected=sum(sizes.values()), got=got)
        arrays = {}
        for name in sorted(layout):
            dtype, shape = layout[name]
            kind = np.dtype(DTYPES[dtype][1])
            flat = np.frombuffer(self.content, kind, math.prod(shape), position)
            arrays[name] = flat.reshape(shape).astype(kind.newbyteorder("="))
            position += sizes[name]
        if _laid_out(self.document, arrays, self.digest) != self.content:
            raise ContainerError("not_canonical")
        return arrays


# --------------------------------------------------------------------------- the bytes


def _laid_out(document: object, arrays: Arrays, digest: str) -> bytes:
    """All bytes of the file, with this digest in it."""
    header: dict[str, Any] = {"__metadata__": {"shoal": canonical({"document": document, "sha256": digest})}}
    parts, position = [], 0
    for name in sorted(arrays):
        code, layout = DTYPES[arrays[name].dtype.name]
        part = np.ascontiguousarray(arrays[name], dtype=layout).tobytes()
        span = [position, position + len(part)]
        header[name] = {"dtype": code, "shape": list(arrays[name].shape), "data_offsets": span}
        parts.append(part)
        position += len(part)
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return b"".join([struct.pack("<Q", len(encoded)), encoded, *parts])


def canonical(value: object) -> str:
    """The one way to write a value as JSON; refuses what would not come back as it was."""
    try:
        written = json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        written.encode()
        if json.loads(written) != value:
            raise TypeError(text("files.json_changes_it"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ContainerError("not_json", reason=error) from error
    return written


def _contents(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file; its beginning is looked at before the rest is read."""
    with reading(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(8 + len(_START))
        _check_start(start, size)
        return start + stream.read()


def _check_start(start: bytes, size: int) -> None:
    if not start:
        raise ContainerError("empty")
    if len(start) <= 8 or not _START.startswith(start[8:]):
        raise ContainerError("not_one")
    if len(start) < 8 + len(_START) or _end_of_header(start) > size:
        raise ContainerError("cut", size=size)


def _end_of_header(content: bytes) -> int:
    (length,) = struct.unpack("<Q", content[:8])
    return 8 + int(length)


def _damaged(header: Any, content: bytes) -> ContainerError:
    """Tell a file whose end is missing from one that holds other bytes than it should."""
    try:
        spans = [entry["data_offsets"][1] for name, entry in header.items() if name[:2] != "__"]
        if _end_of_header(content) + max(spans) > len(content):
            return ContainerError("cut", size=len(content))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        pass  # the damage is in the list of arrays itself
    return ContainerError("changed")
