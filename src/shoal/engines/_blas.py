"""One BLAS thread while shoal computes: with another number of threads, BLAS sums in another order.

BLAS has one setting for the whole process. The first computation to enter sets it, and the last one to leave
restores it, under a lock: computations may overlap in several Python threads, and may nest. threadpoolctl
lets only the first thread of the process change the setting. We hold a lock of our own, so we take over.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import threadpoolctl

_Function = TypeVar("_Function", bound=Callable[..., Any])
_lock = Lock()
_computing = 0
_limit: Any = None


@cache
def _controller() -> Any:
    return threadpoolctl.ThreadpoolController()


def _take_over() -> None:
    """Let the next thread, whichever it is, set the number of BLAS threads."""
    if hasattr(threadpoolctl.OpenBLASController, "clear_controlling_thread"):
        threadpoolctl.OpenBLASController.clear_controlling_thread(force=True)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS runs on one thread until the last of the overlapping blocks has ended."""
    global _computing, _limit
    with _lock:
        if _computing == 0:
            _take_over()
            _limit = _controller().limit(limits=1, user_api="blas")
        _computing += 1
    try:
        yield
    finally:
        with _lock:
            _computing -= 1
            if _computing == 0:
                _take_over()
                _limit.restore_original_limits()
                _take_over()


def deterministic(function: _Function) -> _Function:
    """A decorator: the function computes the same bits for any number of BLAS threads.

    It does not warn about an overflow: the result is then infinite or NaN, and the caller checks for that.
    """

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]
