"""The names of the pictures that the command line draws. Nothing heavy is imported to list them.

Each has a text ``about_NAME`` in the catalogue and a function of `_pictures.PICTURES`.
"""

from collections.abc import Sequence
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
FEATURES = {"boundary": 2, "surface": 1}  # how many features a person may choose; of the others, none


def check_name(what: str) -> None:
    """Refuse a name that no picture has, and say which one is near."""
    if what in NAMES:
        return
    nearest = get_close_matches(what, NAMES, n=1)
    known = ", ".join(NAMES)
    if nearest:
        raise UsageError("plots.unknown_picture_like", what=quoted(what), nearest=nearest[0], known=known)
    raise UsageError("plots.unknown_picture", what=quoted(what), known=known)


def check_features(what: str, features: Sequence[str]) -> None:
    """Refuse features of which the picture could draw nothing."""
    most = FEATURES.get(what, 0)
    if len(features) > most:
        raise UsageError("plots.features", what=what, most=most, got=len(features))
