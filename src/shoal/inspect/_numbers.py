"""How numbers are written when one looks inside: four digits, and as plain values for JSON."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.base.shown import plain


def number(x: Any) -> str:
    """A number with four digits."""
    return f"{float(x) + 0.0:.4g}"  # + 0.0: minus zero is written as zero


def factor(x: Any) -> str:
    """The same where it is multiplied: a negative number stands in parentheses."""
    written = number(x)
    return f"({written})" if written.startswith("-") else written


def span(x: Any) -> str:
    """The smallest and the largest of many numbers."""
    return f"{number(np.min(x))} … {number(np.max(x))}" if np.size(x) else ""


def memory(n_bytes: float) -> str:
    """A number of bytes in the unit that suits it."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} GB"


def values(x: Any) -> Any:
    """An array as lists of numbers for JSON; None for what is not finite."""
    array = np.asarray(x, np.float64)
    plain_array = array.astype(object)
    plain_array[~np.isfinite(array)] = None
    return plain_array.tolist()


def input_names(n_x: int, names: Sequence[str] | None, longest: int = 24) -> list[str]:
    """The names of the inputs, safe to print: x1, x2, ... where they have none."""
    return [f"x{k + 1}" for k in range(n_x)] if names is None else [plain(name, longest) for name in names]


def architecture(network: Any) -> str:
    """``2 → 4 tanh → 1 sigmoid``."""
    layers = zip(network.n[1:], network.g[1:], strict=True)
    return " → ".join([str(network.n[0]), *(f"{units} {name}" for units, name in layers)])
