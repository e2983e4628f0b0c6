"""What the C++ extension offers (native/binding.cpp). All arguments are given by name."""

from collections.abc import Sequence
from typing import Any, TypedDict

VERSION: int
MEMBER: tuple[str, ...]
OPTIMIZER: tuple[str, ...]
ACTIVATIONS: tuple[str, ...]
OUTPUTS: tuple[str, ...]
RULES: dict[str, int]
FUNCTIONS: tuple[str, ...]

class Result(TypedDict):
    cost: list[float]
    gradient_norm: list[float]
    interrupted: bool
    t: int
    epoch: int

def network(*, n: Sequence[int], activations: Sequence[str], output: str) -> Any: ...  # a capsule
def predict(*, network: Any, theta: Any, X: Any, layers: bool, n_threads: int) -> Any: ...
def gradient(
    *,
    network: Any,
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
    *, members: Sequence[dict[str, Any]], n_threads: int
) -> tuple[list[Result], BaseException | None]: ...
def function(*, name: str, x: Any, y: Any, slope: bool) -> None: ...
def cpu_levels() -> list[tuple[str, bool]]: ...
def use_cpu_level(name: str) -> None: ...
