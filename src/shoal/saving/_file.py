"""The ``.shoal`` file: a document (JSON) and the weights of one network, in a safetensors container.

Not a pickle: reading runs nothing that the file says. It knows nothing of estimators either; who
saves a model decides what the document means. The one invariant: a file that `read` accepts is, byte
for byte, the file that `write` would make of what `read` returns, so no byte of it can be changed
unnoticed. The layout is therefore written down here instead of being left to the version of a
library; any safetensors reader can open the result.

    8 bytes   length of the header, little endian
    header    {"__metadata__":{"shoal":"<canonical JSON>"},"W1":{...},...} and spaces up to 8 k bytes
    data      the tensors, in the order of their names, little endian, no gaps

The canonical JSON (sorted keys, no spaces, no NaN, UTF-8) is ``{"document": ..., "sha256": ...}``; the
digest is that of the whole file with 64 zeros in its own place. It proves that nothing was damaged,
not who wrote it: nothing in a file is believed before it has been checked against the schema.
"""

import hashlib
import json
import math
import os
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import FileError, ModelFileError
from shoal.base.files import replacing
from shoal.base.texts import text

FORMAT_VERSION = 1

Document = dict[str, Any]
Arrays = dict[str, NDArray[Any]]

_START = b'{"__metadata__":{"shoal":"'
_BLANK = "0" * 64
_CLASS_KINDS = {"b": bool, "i": int, "u": int, "f": float, "U": str, "O": str}
_NUMBERS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64"
CLASS_DTYPES = ("bool", "str", "object", *_NUMBERS.split())
"""Of the labels, as NumPy names them; an "object" is a text."""

_DTYPES = {"float64": ("F64", "<f8"), "float32": ("F32", "<f4")}
_MOST_UNITS = 2**31 - 1
_MOST_LAYERS = 1000

_NULL = type(None)
_SCHEMA: dict[str, dict[str, tuple[type, ...]]] = {
    "": {
        "format": (str,),
        "format_version": (int,),
        "estimator": (str,),
        "parameters": (dict,),
        "network": (dict,),
        "dtype": (str,),
        "classes": (dict, _NULL),
        "features": (dict,),
        "training": (dict,),
        "table": (dict, _NULL),
        "versions": (dict,),
    },
    "network": {"n": (list,), "activations": (list,), "output": (str,)},
    "classes": {"dtype": (str,), "values": (list,)},
    "features": {"count": (int,), "names": (list, _NULL)},
}
_KINDS = {str: "text", dict: "object", list: "list", int: "number", _NULL: "null"}


def write(path: str | os.PathLike[str], document: Document, arrays: Arrays) -> None:
    """Save a document and the arrays of its network, replacing `path` whole or not at all.

    Raises `ModelFileError` for anything that `read` would refuse, `FileError` if the file system does.
    """
    where = os.fspath(path)
    _check_document(where, document)
    _check_arrays(where, document, arrays)
    blank = _layout(where, document, arrays, _BLANK)
    content = _layout(where, document, arrays, hashlib.sha256(blank).hexdigest())
    with replacing(path) as stream:
        stream.write(content)


def read(path: str | os.PathLike[str]) -> tuple[Document, Arrays]:
    """Return the document and the arrays of a file that `write` made.

    Raises `ModelFileError` if it is cut off, changed, of a newer format or no model at all, `FileError`
    if it cannot be read.
    """
    where = os.fspath(path)
    content = _contents(where)
    document, digest, data = _unwrap(where, content)
    _check_version(where, document)
    _check_document(where, document)
    arrays = _split(where, document, data)
    _check_arrays(where, document, arrays)
    if _layout(where, document, arrays, digest) != content:
        raise ModelFileError("files.model_not_canonical", path=where)
    return document, arrays


# --- the container ---------------------------------------------------------------------------------


def _layout(where: str, document: Document, arrays: Arrays, digest: str) -> bytes:
    """All bytes of the file, with this digest in it."""
    stated = {"document": document, "sha256": digest}
    header: dict[str, Any] = {"__metadata__": {"shoal": _canonical(where, stated)}}
    code, layout = _DTYPES[document["dtype"]]
    parts, position = [], 0
    for name in sorted(arrays):
        part = np.ascontiguousarray(arrays[name], dtype=layout).tobytes()
        span = [position, position + len(part)]
        header[name] = {"dtype": code, "shape": list(arrays[name].shape), "data_offsets": span}
        parts.append(part)
        position += len(part)
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return b"".join([struct.pack("<Q", len(encoded)), encoded, *parts])


def _canonical(where: str, value: object) -> str:
    """The one way to write a value as JSON; refuses what would not come back as it was."""
    try:
        written = json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
        written.encode()
        if json.loads(written) != value:
            raise TypeError(text("files.json_changes_it"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFileError("files.model_not_json", path=where, reason=error) from error
    return written


def _contents(where: str) -> bytes:
    """The file's bytes; it is looked at before much of it is read."""
    try:
        with Path(where).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            start = stream.read(8 + len(_START))
            _check_start(where, start, size)
            return start + stream.read()
    except FileNotFoundError as error:
        raise FileError("files.no_such_file", path=where) from error
    except IsADirectoryError as error:
        raise FileError("files.is_a_folder", path=where) from error
    except OSError as error:
        reason = error.strerror or error
        raise FileError("files.cannot_read", path=where, reason=reason) from error


def _check_start(where: str, start: bytes, size: int) -> None:
    if not start:
        raise ModelFileError("files.model_empty", path=where)
    if len(start) <= 8 or not _START.startswith(start[8:]):
        raise ModelFileError("files.model_not_one", path=where)
    (header,) = struct.unpack("<Q", start[:8])
    if len(start) < 8 + len(_START) or 8 + header > size:
        raise ModelFileError("files.model_cut", path=where, size=size)


def _unwrap(where: str, content: bytes) -> tuple[Document, str, bytes]:
    """The document, the digest and the tensors' bytes, once the digest has been found right."""
    end = 8 + struct.unpack("<Q", content[:8])[0]
    try:
        header = json.loads(content[8:end].decode())
        stated = json.loads(header["__metadata__"]["shoal"])
        document, digest = stated["document"], stated["sha256"]
        before, found, after = content[:end].rpartition(digest.encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(where, content, None) from error
    blank = b"".join([before, _BLANK.encode(), after, content[end:]])
    if len(found) != len(_BLANK) or hashlib.sha256(blank).hexdigest() != digest:
        raise _damaged(where, content, header)
    return document, digest, content[end:]


def _damaged(where: str, content: bytes, header: Any) -> ModelFileError:
    """Tell a file whose end is missing from one that holds other bytes than it should."""
    try:
        spans = [entry["data_offsets"][1] for name, entry in header.items() if name[:2] != "__"]
        promised = 8 + struct.unpack("<Q", content[:8])[0] + max(spans)
        if promised > len(content):
            return ModelFileError("files.model_cut", path=where, size=len(content))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        pass  # the damage is in the list of tensors itself
    return ModelFileError("files.model_changed", path=where)


def _split(where: str, document: Document, data: bytes) -> Arrays:
    """The arrays in `data`: their names, shapes and places follow from the network."""
    shapes = _shapes(document)
    kind = np.dtype(_DTYPES[document["dtype"]][1])
    expected = kind.itemsize * sum(rows * columns for rows, columns in shapes.values())
    if expected != len(data):
        n = document["network"]["n"]
        raise ModelFileError("files.tensor_bytes", path=where, n=n, expected=expected, got=len(data))
    arrays, position = {}, 0
    for name in sorted(shapes):
        count = math.prod(shapes[name])
        flat = np.frombuffer(data, kind, count, position)
        arrays[name] = flat.reshape(shapes[name]).astype(kind.newbyteorder("="))
        position += count * kind.itemsize
    return arrays


# --- the schema ------------------------------------------------------------------------------------


def _check_version(where: str, document: Any) -> None:
    version = document.get("format_version") if isinstance(document, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise ModelFileError("files.model_newer", path=where, version=version, known=FORMAT_VERSION)


def _check_document(where: str, document: Any) -> None:
    """Every key is known, there, of its type, and agrees with the others."""
    _check_keys(where, "", document)
    _check_one_of(where, "format", document["format"], ["shoal"])
    _check_one_of(where, "format_version", document["format_version"], [FORMAT_VERSION])
    _check_one_of(where, "dtype", document["dtype"], list(_DTYPES))
    _check_network(where, document["network"])
    _check_classes(where, document["classes"])
    _check_features(where, document["features"], document["network"]["n"][0])
    _check_all(where, "versions", list(document["versions"].values()), str)


def _check_keys(where: str, name: str, value: Any) -> None:
    """`value` is an object that has exactly the schema's keys, each of one of its types."""
    if type(value) is not dict:
        _wrong(where, name or "document", _expected("object"), value)
    schema, prefix = _SCHEMA[name], f"{name}." if name else ""
    for key in value:
        if key not in schema:
            raise ModelFileError("files.model_key_unknown", path=where, key=f"{prefix}{key}"[:80])
    for key, types in schema.items():
        if key not in value:
            raise ModelFileError("files.model_key_missing", path=where, key=prefix + key)
        if type(value[key]) not in types:
            expected = " / ".join(_expected(_KINDS[kind]) for kind in types)
            _wrong(where, prefix + key, expected, value[key])


def _check_network(where: str, network: Any) -> None:
    _check_keys(where, "network", network)
    n, activations = network["n"], network["activations"]
    if not 2 <= len(n) <= _MOST_LAYERS:
        expected = _expected("length_between", least=2, most=_MOST_LAYERS)
        _wrong(where, "network.n", expected, n)
    for place, units in enumerate(n):
        if type(units) is not int or not 1 <= units <= _MOST_UNITS:
            _wrong(where, f"network.n[{place}]", _expected("count", most=_MOST_UNITS), units)
    _check_all(where, "network.activations", activations, str)
    if len(activations) != len(n) - 2:
        expected = _expected("length", length=len(n) - 2)
        _wrong(where, "network.activations", expected, activations)


def _check_classes(where: str, classes: Any) -> None:
    if classes is None:
        return
    _check_keys(where, "classes", classes)
    dtype, values = classes["dtype"], classes["values"]
    _check_one_of(where, "classes.dtype", dtype, list(CLASS_DTYPES))
    _check_all(where, "classes.values", values, _CLASS_KINDS[np.dtype(dtype).kind])
    if not values or len(set(values)) != len(values):
        _wrong(where, "classes.values", _expected("distinct"), values)
    if not _fits(values, dtype):
        _wrong(where, "classes.values", _expected("values", type=dtype), values)


def _fits(values: list[Any], dtype: str) -> bool:
    """Whether an array of this dtype holds the values as they are."""
    try:
        with np.errstate(over="ignore"):
            return bool(np.array(values, dtype).tolist() == values)
    except OverflowError:
        return False


def _check_features(where: str, features: Any, n_x: int) -> None:
    _check_keys(where, "features", features)
    if features["count"] != n_x:
        expected = _expected("same", value=n_x, other="network.n[0]")
        _wrong(where, "features.count", expected, features["count"])
    if features["names"] is not None:
        _check_all(where, "features.names", features["names"], str)
        if len(features["names"]) != n_x:
            expected = _expected("length", length=n_x)
            _wrong(where, "features.names", expected, features["names"])


def _check_one_of(where: str, key: str, value: object, known: list[Any]) -> None:
    if value not in known:
        _wrong(where, key, _expected("one_of", values=known), value)


def _check_all(where: str, key: str, values: list[Any], kind: type) -> None:
    for value in values:
        if type(value) is not kind:
            _wrong(where, key, _expected("values", type=kind.__name__), value)


def _check_arrays(where: str, document: Document, arrays: Arrays) -> None:
    """Exactly the arrays that the network has: names, shapes, dtype; all of them finite."""
    shapes, n = _shapes(document), document["network"]["n"]
    if set(shapes) != set(arrays):
        given = sorted(str(name)[:20] for name in arrays)[:20]
        expected = f"W1, b1 … W{len(n) - 1}, b{len(n) - 1}"
        raise ModelFileError(
            "files.tensor_names", path=where, layers=len(n) - 1, expected=expected, got=given
        )
    for name, shape in shapes.items():
        array, dtype = arrays[name], document["dtype"]
        if array.shape != shape:
            raise ModelFileError(
                "files.tensor_shape", path=where, name=name, expected=shape, n=n, got=array.shape
            )
        if array.dtype.name != dtype:
            raise ModelFileError("files.tensor_dtype", path=where, name=name, expected=dtype, got=array.dtype)
        if not np.isfinite(array).all():
            raise ModelFileError("files.tensor_not_finite", path=where, name=name)


def _shapes(document: Document) -> dict[str, tuple[int, int]]:
    """W[l] is (n[l], n[l-1]) and b[l] is (n[l], 1)."""
    shapes = {}
    for layer, (before, units) in enumerate(pairwise(document["network"]["n"]), start=1):
        shapes[f"W{layer}"] = (units, before)
        shapes[f"b{layer}"] = (units, 1)
    return shapes


def _expected(kind: str, **values: object) -> str:
    return text(f"files.expected_{kind}", **values)


def _wrong(where: str, key: str, expected: str, got: object) -> NoReturn:
    shown = repr(got)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    raise ModelFileError("files.model_key_wrong", path=where, key=key, expected=expected, got=shown)
