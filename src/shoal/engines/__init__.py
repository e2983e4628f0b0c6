"""Engines: how fast. `get_engine` finds one by name; `base` says what an engine is."""

from typing import Any

from shoal.engines.base import Engine
from shoal.errors import UsageError

NAMES = ("auto", "numpy")


def get_engine(engine: Any = "auto") -> Engine:
    """The engine of this name, or the engine itself if that is what came.

    ``"auto"`` takes the fastest one that is installed.

    Raises
    ------
    UsageError
        If there is no engine of this name.
    """
    if hasattr(engine, "epochs"):
        return engine  # type: ignore[no-any-return]
    if engine not in NAMES:
        raise UsageError("core.engine", name=engine, names=", ".join(NAMES))
    from shoal.engines.numpy_engine import NumpyEngine

    return NumpyEngine()
