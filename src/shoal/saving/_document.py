"""What a `.shoal` file must say: the schema of a model's document, and the arrays that go with it.

`base.container` guards the bytes, and `_models` makes an estimator of the document. This module is between
them: which keys there are, of which types, how they must agree, and which arrays the network has.
Nothing is believed before it has been checked. `write` refuses whatever `read` would refuse.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.base import container, schema
from shoal.base.errors import ModelFileError
from shoal.base.schema import MismatchError, expected
from shoal.base.shown import listed
from shoal.saving._formats import FORMAT_VERSION

Document = dict[str, Any]
Arrays = dict[str, NDArray[Any]]

_CLASS_KINDS = {"b": bool, "i": int, "u": int, "f": float, "U": str, "O": str}
_NUMBERS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64"
CLASS_DTYPES = ("bool", "str", "object", *_NUMBERS.split())
"""Of the labels, as NumPy names them; an "object" is a text."""

_MOST_UNITS = 2**31 - 1
_MOST_LAYERS = 1000


def write(path: str | os.PathLike[str], document: Document, arrays: Arrays) -> None:
    """Save a document and the arrays of its network, replacing `path` whole or not at all.

    Raises `ModelFileError` for anything that `read` would refuse, `FileError` if the file system refuses.
    """
    with about(path):
        _check(document)
        _check_arrays(os.fspath(path), document, arrays)
        container.write(path, document, arrays)


def read(path: str | os.PathLike[str]) -> tuple[Document, Arrays]:
    """Return the document and the arrays of a file that `write` made.

    Raises `ModelFileError` if it is cut off, changed, of a newer format or not a model, `FileError` if it
    cannot be read.
    """
    where = os.fspath(path)
    with about(path):
        sealed = container.unseal(path)
        document = sealed.document
        _check_version(where, document)
        _check(document)
        shapes = {name: (document["dtype"], shape) for name, shape in _shapes(document).items()}
        try:
            arrays = sealed.arrays(shapes)
        except container.ContainerError as error:
            error.values["n"] = document["network"]["n"]
            raise
        _check_arrays(where, document, arrays)
    return document, arrays


@contextmanager
def about(path: str | os.PathLike[str], part: str = "") -> Iterator[None]:
    """Turn what is wrong with the bytes, or with this part of the document, into an error with the path."""
    where = os.fspath(path)
    try:
        yield
    except container.ContainerError as error:
        raise ModelFileError(f"files.model_{error.problem}", path=where, **error.values) from error
    except MismatchError as error:
        found = error.below(part) if part else error
        values = {"key": found.where or "document", "expected": found.expected, "got": found.got}
        raise ModelFileError(f"files.model_key_{found.problem}", path=where, **values) from error


# --------------------------------------------------------------------------- the document


def _check_version(where: str, document: Any) -> None:
    version = document.get("format_version") if isinstance(document, dict) else None
    if type(version) is int and version > FORMAT_VERSION:
        raise ModelFileError("files.model_newer", path=where, version=version, known=FORMAT_VERSION)


def _check(document: object) -> None:
    """Every key is known, there, of its type, and agrees with the others."""
    found = _DOCUMENT(document)
    schema.at("features", _features(found["network"]["n"][0]), found["features"])


def _network(value: object) -> dict[str, Any]:
    """The widths n[0], …, n[L]; the activations of the hidden layers; the output."""
    network: dict[str, Any] = _NETWORK(value)
    hidden = len(network["n"]) - 2
    schema.at("activations", schema.list_of(schema.text, hidden), network["activations"])
    return network


def _classes(value: object) -> dict[str, Any]:
    """The labels, each of which an array of this dtype holds as it is."""
    classes: dict[str, Any] = _CLASSES(value)
    dtype, values = classes["dtype"], classes["values"]
    kind = _CLASS_KINDS[np.dtype(dtype).kind]
    if any(type(label) is not kind for label in values):
        raise expected("values", values, "values", type=kind.__name__)
    if not values or len(set(values)) != len(values):
        raise expected("distinct", values, "values")
    if values != sorted(values):  # whoever looks a label up relies on it
        raise expected("sorted", values, "values")
    if not _fits(values, dtype):
        raise expected("values", values, "values", type=dtype)
    return classes


def _fits(values: list[Any], dtype: str) -> bool:
    """Whether an array of this dtype holds the values as they are."""
    try:
        with np.errstate(over="ignore"):
            return bool(np.array(values, dtype).tolist() == values)
    except OverflowError:
        return False


def _features(n_x: int) -> schema.Check:
    """The number of columns of X, and their names if they have some."""

    def count(value: object) -> int:
        if type(value) is not int or value != n_x:
            raise expected("same", value, value=n_x, other="network.n[0]")
        return value

    def names(value: object) -> list[str]:
        found: list[str] = _list_of_texts(value)
        if len(set(found)) != len(found):
            raise expected("distinct", value)
        return found

    _list_of_texts = schema.list_of(schema.text, n_x)
    return schema.record({"count": count, "names": schema.nullable(names)})


_NETWORK = schema.record(
    {
        "n": schema.list_of(schema.count_between(1, _MOST_UNITS), least=2, most=_MOST_LAYERS),
        "activations": schema.items,
        "output": schema.text,
    }
)
_CLASSES = schema.record({"dtype": schema.one_of(*CLASS_DTYPES), "values": schema.items})
_DOCUMENT = schema.record(
    {
        "format": schema.one_of("shoal"),
        "format_version": schema.one_of(*range(1, FORMAT_VERSION + 1)),
        "estimator": schema.text,
        "parameters": schema.mapping,
        "network": _network,
        "dtype": schema.one_of(*container.DTYPES),
        "classes": schema.nullable(_classes),
        "features": schema.mapping,
        "training": schema.mapping,
        "table": schema.nullable(schema.mapping),
        "versions": schema.mapping_of(schema.text),
    }
)


# --------------------------------------------------------------------------- the arrays


def _check_arrays(where: str, document: Document, arrays: Arrays) -> None:
    """Exactly the arrays that the network has: names, shapes, dtype; finite, and so are the sums of units."""
    shapes, n = _shapes(document), document["network"]["n"]
    if set(shapes) != set(arrays):
        names = f"W1, b1 … W{len(n) - 1}, b{len(n) - 1}"
        raise ModelFileError(
            "files.tensor_names",
            path=where,
            layers=len(n) - 1,
            expected=names,
            got=listed(sorted(map(str, arrays))),
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
    for layer in range(1, len(n)):
        W, b = arrays[f"W{layer}"], arrays[f"b{layer}"]
        with np.errstate(over="ignore"):
            sums = np.abs(W).sum(axis=1, keepdims=True) + np.abs(b)
        if not np.isfinite(sums).all():
            raise ModelFileError("files.tensor_too_large", path=where, layer=layer)


def _shapes(document: Document) -> dict[str, tuple[int, int]]:
    """W[l] is (n[l], n[l-1]) and b[l] is (n[l], 1)."""
    shapes = {}
    for layer, (before, units) in enumerate(pairwise(document["network"]["n"]), start=1):
        shapes[f"W{layer}"] = (units, before)
        shapes[f"b{layer}"] = (units, 1)
    return shapes
