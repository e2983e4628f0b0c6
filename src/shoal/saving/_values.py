"""Values of parameters in JSON's types, and back."""

from typing import Any

import numpy as np

from shoal.base.errors import UsageError


def to_json(name: str, value: Any) -> Any:
    """A value in JSON's types; what JSON lacks (infinity, tuples, keys that are not text) is spelled out."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, list):
        return [to_json(name, item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [to_json(name, item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[to_json(name, key), to_json(name, item)] for key, item in value.items()]}
    raise UsageError("saving.parameter", name=name, kind=type(value).__name__)


def from_json(value: Any) -> Any:
    """The inverse of `to_json`."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    if tag == "float" and content in ("inf", "-inf", "nan"):
        return float(content)
    if tag == "tuple":
        return tuple(from_json(item) for item in content)
    if tag == "dict":
        return {from_json(key): from_json(item) for key, item in content}
    raise ValueError(tag)
