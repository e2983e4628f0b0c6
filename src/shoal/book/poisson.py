"""Poisson's distribution, for the output of counts: the rate A = e^Z, and how far a count Y is from it."""

from math import log
from typing import Any

from array_api_compat import array_namespace


def exp(Z: Any) -> Any:
    """A = e^Z: never negative; infinite where it is larger than the largest number."""
    return array_namespace(Z).exp(Z)


def exp_prime(Z: Any, A: Any) -> Any:
    """dA/dZ = A."""
    return A


def capped_exp(Z: Any) -> Any:
    """e^Z, or the largest number where e^Z is larger."""
    xp = array_namespace(Z)
    return xp.exp(xp.clip(Z, max=log(xp.finfo(Z.dtype).max) * (1 - 1e-6)))


def half_deviance(Z: Any, Y: Any) -> Any:
    """Y log(Y / A) - Y + A with A = e^Z, of each element.

    With D = Z - log Y it is Y (e^D - 1 - D), which keeps its digits where A is near Y; where A is far above
    Y, or Y is 0, it is A - Y - Y D.
    """
    xp = array_namespace(Z)
    D = Z - _log_of_positive(Y)
    near = Y * (xp.expm1(xp.clip(D, max=1.0)) - D)
    return xp.where((Y > 0) & (D <= 1), near, exp(Z) - Y - Y * D)


def half_deviance_prime(Z: Any, Y: Any) -> Any:
    """dL/dA = 1 - Y / A, which is 1 - e^(log Y - Z)."""
    return 1 - array_namespace(Z).where(Y > 0, capped_exp(_log_of_positive(Y) - Z), 0 * Y)


def _log_of_positive(Y: Any) -> Any:
    """log Y, and 0 where Y is not positive."""
    xp = array_namespace(Y)
    return xp.log(xp.where(Y > 0, Y, xp.ones_like(Y)))
