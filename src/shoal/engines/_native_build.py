"""Whether the C++ extension can be used: an extension of another version is noticed before it computes.

Python and C++ tell each other names, never places. So what one side does not know is known to be missing.
"""

from dataclasses import fields
from functools import cache
from importlib import import_module

from shoal.book.optimizers import Optimizer

VERSION = 1  # of what the names mean; native/binding.cpp has the same number
MEMBER = (
    *("network", "theta", "slots", "X", "Y", "v", "rows", "seed", "batch_size", "l1", "l2", "dropout"),
    *("shuffle", "t", "epoch", "optimizer", "learning_rates"),
)
OPTIMIZER = tuple(field.name for field in fields(Optimizer))


@cache
def complaint() -> str | None:
    """Why the extension cannot be used, as a key of the catalogue; None if it can be used."""
    try:
        built = import_module("shoal.engines._native")
    except ImportError:
        return "engine.not_built"
    same = getattr(built, "VERSION", None) == VERSION
    for name, ours in (("MEMBER", MEMBER), ("OPTIMIZER", OPTIMIZER)):
        theirs = getattr(built, name, ())
        same = same and isinstance(theirs, tuple) and set(theirs) == set(ours)
    return None if same else "engine.other_build"
