"""Arguments that a person passes: checked, and refused with their name."""

from shoal.base.errors import UsageError
from shoal.base.numeric import is_whole
from shoal.base.shown import literal

LARGEST_SEED = 2**32 - 1


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Refuse an argument that is not a whole number from `least` to `most`.

    Raises
    ------
    UsageError
        With the argument's name, what is possible, and what came.
    """
    if not is_whole(value) or value < least or (most is not None and value > most):  # type: ignore[operator]
        key = "core.whole_from" if most is None else "core.whole_between"
        raise UsageError(key, name=name, least=least, most=most, got=literal(value))
