"""One BLAS thread while we compute: its sums come out in another order with another number of threads.

BLAS has one setting for the whole process. So whoever comes first sets it and whoever leaves last restores
it, under a lock: computations may overlap in several Python threads, and nest. threadpoolctl lets
only the thread that came first in the process set anything; we hold a lock of our own, so we take over.
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
    """Let whichever thread comes next set the number of BLAS threads."""
    if hasattr(threadpoolctl.OpenBLASController, "clear_controlling_thread"):
        threadpoolctl.OpenBLASController.clear_controlling_thread(force=True)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """BLAS runs on one thread until the last of those who asked for it leaves."""
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


def steady(function: _Function) -> _Function:
    """The same bits for any number of threads; and an overflow speaks through what is not finite."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
            return function(*args, **kwargs)

    return wrapped  # type: ignore[return-value]
