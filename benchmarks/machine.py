"""What the machine can do at most, measured in the same rounds as the contestants; and what it is.

    matrix product   2 n^3 operations of the product of two n x n matrices, n = 2048 (in float32, 48 MiB
                     in all), by whichever library here is fastest
    memory           bytes a second that come out of an array much larger than the caches: dot products
                     x x over a gigabyte, a part of it a thread

A machine has no other honest ceiling than the fastest code that was run on it in the same minute.
"""

import importlib.metadata
import importlib.util
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

N = 2048
BYTES = 2**30
PEERS = ("scikit-learn", "torch", "jax")


class Ceiling:
    """Work that does nothing but what the machine is best at; `amount` is its operations or bytes."""

    def __init__(self, name: str, threads: int, amount: float, work: Callable[[], Any]) -> None:
        self.name, self.threads, self.amount, self._work = name, threads, amount, work

    def start(self) -> Callable[[], Any]:
        return self._work


def matrix_products(dtype: Any, threads: int) -> list[Ceiling]:
    """The matrix products at hand, each run once; `highest` picks one of them after the rounds."""
    dtype = np.dtype(dtype)
    A = np.random.default_rng(0).random((N, N)).astype(dtype)
    C = np.empty_like(A)
    name = f"matrix product (NumPy, OpenBLAS {blas_kernel()}, {dtype})"
    found = [Ceiling(name, threads, 2.0 * N**3, lambda: np.matmul(A, A, out=C))]
    if installed("torch"):
        import torch

        P = torch.from_numpy(A)
        Q = torch.empty_like(P)
        name = f"matrix product (PyTorch, {dtype})"
        found.append(Ceiling(name, threads, 2.0 * N**3, lambda: torch.mm(P, P, out=Q)))
    for ceiling in found:
        ceiling.start()()
    return found


def highest(ceilings: Sequence[Ceiling], seconds: dict[str, list[float]]) -> Ceiling:
    """The one that was the fastest in its best turn."""
    return min(ceilings, key=lambda ceiling: min(seconds[ceiling.name]) / ceiling.amount)


def memory(threads: int) -> Ceiling:
    """Reading a gigabyte; `amount` is its bytes."""
    x = np.ones(BYTES // 4, dtype=np.float32)
    parts = np.array_split(x, threads)
    pool = ThreadPoolExecutor(threads)

    def work() -> None:
        list(pool.map(lambda part: np.dot(part, part), parts))

    work()
    return Ceiling(f"memory ({threads} x sdot over 1 GiB)", 1, BYTES, work)


def blas_kernel() -> str:
    """The name of the kernels that NumPy's OpenBLAS runs."""
    pools = threadpoolctl.threadpool_info()
    names = [pool["architecture"] for pool in pools if pool.get("internal_api") == "openblas"]
    return names[0] if names else "unknown"


def installed(name: str) -> bool:
    """Whether this peer can be measured here."""
    return importlib.util.find_spec({"scikit-learn": "sklearn"}.get(name, name)) is not None


def left_out() -> list[str]:
    """The peers that are not installed."""
    return [name for name in PEERS if not installed(name)]


def description() -> dict[str, Any]:
    """Machine, versions, commit."""
    names = ["shoal", "numpy", "scipy", *(name for name in PEERS if installed(name))]
    return {
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": blas_kernel(),
        "versions": {name: importlib.metadata.version(name) for name in names},
        "commit": _commit(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    fields = dict(tuple(part.strip() for part in line.split(":", 1)) for line in lines if ":" in line)
    level = (
        "AVX-512"
        if "avx512f" in fields.get("flags", "")
        else "AVX2"
        if "avx2" in fields.get("flags", "")
        else ""
    )
    family = f"family {fields['cpu family']}" if "cpu family" in fields else ""
    return ", ".join(part for part in (fields.get("model name", platform.machine()), family, level) if part)


def _commit() -> str:
    """The commit that was measured; a plus sign if files had been changed."""
    here = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=10"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
