"""What the C++ extension offers (native/binding.cpp)."""

from collections.abc import Sequence
from typing import Any

class Network:
    def __init__(self, n: Sequence[int], activations: Sequence[int], output: int) -> None: ...

def predict(network: Network, theta: Any, X: Any, layers: bool, n_threads: int) -> Any: ...
def gradient(
    network: Network,
    theta: Any,
    X: Any,
    Y: Any,
    v: Any,
    rows: Any,
    l1: float,
    l2: float,
    n_threads: int,
) -> tuple[float, Any]: ...
def epochs(
    members: list[tuple[Any, ...]], n_threads: int
) -> tuple[list[tuple[list[float], list[float], bool, int, int]], BaseException | None]: ...
def cpu_levels() -> list[tuple[str, bool]]: ...
def use_cpu_level(name: str) -> None: ...
def function(which: int, x: Any, y: Any) -> None: ...
