"""Engines: how fast. `get_engine` finds one by name; `base` says what an engine is."""

import warnings
from functools import cache
from importlib import import_module
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.engines.base import Engine

NAMES = ("auto", "native", "numpy")


def get_engine(engine: Any = "auto") -> Engine:
    """The engine of this name, or the engine itself if that is what came.

    ``"auto"`` takes the native engine, or where it was not built the NumPy engine, and says so once.

    Raises
    ------
    UsageError
        If there is no engine of this name, or it was not built.
    """
    if hasattr(engine, "epochs"):
        return engine  # type: ignore[no-any-return]
    if not isinstance(engine, str) or engine not in NAMES:
        raise UsageError("core.engine", name=engine, names=", ".join(NAMES))
    return _engine(engine)


@cache
def native_is_built() -> bool:
    """Say whether the C++ extension was built when shoal was installed, and can be loaded."""
    try:
        import_module("shoal.engines._native")
    except ImportError:
        return False
    return True


@cache
def _engine(name: str) -> Engine:
    if name == "native" and not native_is_built():
        raise UsageError("engine.not_built")
    if name == "auto" and not native_is_built():
        warnings.warn(text("engine.not_built"), RuntimeWarning, stacklevel=3)
    if name == "numpy" or not native_is_built():
        from shoal.engines.numpy import NumpyEngine

        return NumpyEngine()
    from shoal.engines.native import NativeEngine

    return NativeEngine()
