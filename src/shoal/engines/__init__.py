"""Floor 2, engines: how fast. `get_engine` finds one by its name, and `check_engine` tests one of your own.

`base` says what an engine is. The modules of the engines (`numpy`, `native`) and `checks` are imported when
they are first used.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from shoal.base.errors import UsageError, warn
from shoal.base.lazy import lazily
from shoal.base.texts import text
from shoal.engines._native_build import complaint
from shoal.engines.base import NAMES, Data, Engine, Epochs, Member

if TYPE_CHECKING:
    from shoal.engines.checks import EngineContractError as EngineContractError
    from shoal.engines.checks import check_engine as check_engine

__all__ = [
    "NAMES",
    "Data",
    "Engine",
    "EngineContractError",
    "Epochs",
    "Member",
    "check_engine",
    "get_engine",
    "native_is_built",
]
__getattr__, _ = lazily(
    __name__, {"EngineContractError": "shoal.engines.checks", "check_engine": "shoal.engines.checks"}
)


def get_engine(engine: Any = "auto", n_threads: int | None = None) -> Engine:
    """The engine of this name, or the engine itself if that is what came.

    ``"auto"`` takes the native engine. Where that was not built, NumPy computes, and so it does for an
    activation or a rule that the build lacks; either is said once. ``"native"`` refuses instead.
    `n_threads` is how many threads the native engine takes at most; None leaves it to the engine.

    Raises
    ------
    UsageError
        If there is no engine of this name, or it was not built, or for another version of shoal.
    """
    if hasattr(engine, "epochs"):
        return engine  # type: ignore[no-any-return]
    if not isinstance(engine, str) or engine not in NAMES:
        raise UsageError("core.engine", name=engine, names=", ".join(NAMES))
    return _engine(engine, n_threads)


def native_is_built() -> bool:
    """Say whether the C++ extension was built for this version of shoal and can be loaded."""
    return complaint() is None


@cache
def _engine(name: str, n_threads: int | None) -> Engine:
    key = complaint()
    if key and name == "native":
        raise UsageError(key)
    if key and name == "auto":
        warn(text(key), RuntimeWarning)
    if key or name == "numpy":
        numpy_engine: Engine = import_module("shoal.engines.numpy").NumpyEngine()
        return numpy_engine
    native_engine: Engine = import_module("shoal.engines.native").NativeEngine(
        n_threads, fallback=name == "auto"
    )
    return native_engine
