"""The names of the pictures that the command line draws. Nothing heavy is imported to list them.

Each has a text ``about_NAME`` in the catalogue and a function of `_pictures.PICTURES`.
"""

from difflib import get_close_matches

from shoal.base.errors import UsageError
from shoal.base.shown import quoted

NAMES = (
    "cost",
    "boundary",
    "network",
    "weights",
    "activations",
    "functions",
    "gradients",
    "confusion",
    "roc",
    "precision_recall",
    "calibration",
    "surface",
    "errors",
)


def check_name(what: str) -> None:
    """Refuse a name that no picture has, and say which one is near."""
    if what in NAMES:
        return
    nearest = get_close_matches(what, NAMES, n=1)
    known = ", ".join(NAMES)
    if nearest:
        raise UsageError("plots.unknown_picture_like", what=quoted(what), nearest=nearest[0], known=known)
    raise UsageError("plots.unknown_picture", what=quoted(what), known=known)
