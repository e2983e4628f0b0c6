"""An activation of your own against its derivative: the slope of g is measured, and its kinks are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, NamedTuple

import numpy as np

from shoal.base.aligned import table
from shoal.base.errors import UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.shown import as_html, literal
from shoal.base.texts import text
from shoal.book.equations import ACTIVATIONS, Activation
from shoal.inspect._evidence import AGREE
from shoal.inspect._numbers import number, values

STEP = 1e-3  # of the stencil with four points, whose error is of order STEP^4
HALVINGS = 13  # of a cell of the grid, until it is so small that a smooth g is straight in it
BREAK = 1e-3  # a slope that changes by so much within the smallest cell has a kink there
NEAR = 2.5 * STEP  # of a kink: there the stencil would reach over it
MOST_KINKS = 20  # that are listed


class Kink(NamedTuple):
    """A place without a derivative, the slopes on both sides, and what g_prime says there."""

    z: float
    left: float
    right: float
    chosen: float

    @property
    def ok(self) -> bool:
        """Whether g_prime takes a slope between those of the two sides."""
        low, high = sorted((self.left, self.right))
        return low - BREAK <= self.chosen <= high + BREAK


@dataclass(frozen=True, repr=False)
class ActivationCheck:
    """What the measured slope of g says of g_prime.

    Attributes
    ----------
    z, slope, g_prime : ndarray of shape (points,)
        Where it was measured, the slope of g there (NaN beside a kink), and what g_prime says.
    difference : float
        The largest difference, relative to the slope or to 1, whichever is larger.
    worst : float
        The z where it is.
    kinks : list of Kink
        Places without a derivative.
    not_finite : float or None
        The first z where g or g_prime is not finite.
    """

    z: Any
    slope: Any
    g_prime: Any
    difference: float
    worst: float
    kinks: Sequence[Kink]
    not_finite: float | None

    @property
    def ok(self) -> bool:
        """Whether g_prime is the slope of g, and at each kink between the slopes of the two sides."""
        return self.not_finite is None and self.difference <= AGREE and all(kink.ok for kink in self.kinks)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        place = int(np.argmin(np.abs(self.z - self.worst)))
        found = {"points": len(self.z), "low": number(self.z[0]), "high": number(self.z[-1])}
        lines = [text("check.activation_head", **found)]
        if self.not_finite is not None:
            return "\n".join([*lines, text("check.activation_not_finite", z=number(self.not_finite))])
        worst = {"z": number(self.worst), "slope": f"{self.slope[place]:.8g}"}
        worst |= {"g_prime": f"{self.g_prime[place]:.8g}", "difference": f"{self.difference:.1e}"}
        lines.append(text("check.activation_worst", **worst))
        if self.kinks:
            sides = [text(f"check.activation_{side}") for side in ("left", "right")]
            rows = [["z", *sides, "g_prime"]]
            rows += [[number(x) for x in kink] for kink in self.kinks[:MOST_KINKS]]
            lines += [text("check.activation_kinks", count=len(self.kinks)), table(rows, (0, 1, 2, 3), 2)]
        return "\n".join([*lines, text("check.activation_ok" if self.ok else "check.activation_wrong")])

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Everything in JSON's types."""
        arrays = {"z": values(self.z), "slope": values(self.slope), "g_prime": values(self.g_prime)}
        found = {"ok": self.ok, "difference": values(self.difference), "worst": self.worst}
        kinks = [
            {**{name: values(x) for name, x in kink._asdict().items()}, "ok": kink.ok} for kink in self.kinks
        ]
        return {**found, "kinks": kinks, "not_finite": self.not_finite, **arrays}


def check_activation(
    g: Any, g_prime: Any = None, *, low: float = -10.0, high: float = 10.0, points: int = 2000
) -> ActivationCheck:
    """Compare the derivative of an activation with the measured slope, and find its kinks.

    Parameters
    ----------
    g : callable, Activation or str
        The function of an array, element by element; or a `shoal.book.equations.Activation`, or a name in
        `shoal.book.ACTIVATIONS`, which bring their derivative.
    g_prime : callable, default=None
        Its derivative: a function of Z, or of Z and A = g(Z) as in the book.
    low, high : float, default=-10.0, 10.0
        Where to look.
    points : int, default=2000
        At how many places; a kink is found between any two of them.

    Returns
    -------
    ActivationCheck

    Raises
    ------
    UsageError
        If g is not a function, its derivative is missing, or the interval is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from shoal.inspect import check_activation
    >>> check_activation(np.arctan, lambda Z: 1 / (1 + Z**2)).ok
    True
    >>> check_activation(np.arctan, lambda Z: 1 / (1 + Z)**2).ok
    False
    >>> [kink.z for kink in check_activation("relu").kinks]
    [0.0]
    """
    g, slope_of = _functions(g, g_prime)
    if not (is_number(low) and is_number(high) and low < high and np.isfinite([low, high]).all()):
        raise UsageError("check.activation_interval", low=literal(low), high=literal(high))
    if not is_whole(points) or points < 2:
        raise UsageError("check.activation_points", got=literal(points))
    z = np.linspace(low, high, points)
    with np.errstate(all="ignore"):
        said, around = slope_of(z), g(z)
        bad = ~(np.isfinite(said) & np.isfinite(around))
        if bad.any():
            return ActivationCheck(z, around, said, np.inf, float(z[bad][0]), [], float(z[bad][0]))
        kinks = [Kink(*kink, float(slope_of(np.array([kink[0]]))[0])) for kink in _kinks(g, z)]
        slope = (8 * (g(z + STEP) - g(z - STEP)) - g(z + 2 * STEP) + g(z - 2 * STEP)) / (12 * STEP)
    for kink in kinks:
        slope[np.abs(z - kink.z) <= NEAR] = np.nan
    apart = np.abs(said - slope) / np.maximum(1, np.abs(slope))
    worst = int(np.nanargmax(apart)) if not np.isnan(apart).all() else 0
    return ActivationCheck(z, slope, said, float(np.nan_to_num(apart[worst])), float(z[worst]), kinks, None)


def _functions(g: Any, g_prime: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """g and its derivative as functions of Z."""
    if isinstance(g, str):
        if g not in ACTIVATIONS:
            raise UsageError("core.activation", name=g, names=", ".join(ACTIVATIONS))
        g = ACTIVATIONS[g]
    if isinstance(g, Activation) and g_prime is None:
        g, g_prime = g.g, g.g_prime
    for name, function in (("g", g), ("g_prime", g_prime)):
        if not callable(function):
            raise UsageError("check.activation_function", name=name, got=literal(function))
    if _arguments(g_prime) == 1:
        return g, lambda Z: np.asarray(g_prime(Z), np.float64) * np.ones_like(Z)
    return g, lambda Z: np.asarray(g_prime(Z, g(Z)), np.float64) * np.ones_like(Z)


def _arguments(function: Callable[..., Any]) -> int:
    """How many arguments it must be given; two for what does not tell."""
    try:
        parameters = signature(function).parameters.values()
    except ValueError:
        return 2
    if any(parameter.kind == parameter.VAR_POSITIONAL for parameter in parameters):
        return 2
    return sum(parameter.default is parameter.empty for parameter in parameters)


def _kinks(g: Callable[[Any], Any], z: Any) -> list[tuple[float, float, float]]:
    """Where the slope breaks or g jumps, with the slopes before and after it.

    Each cell of the grid is halved again and again: of its three halves (left, middle, right) the one in
    which the slope changes most is kept. In a smooth function that change becomes small with the cell.
    """
    start, width = z[:-1].copy(), np.diff(z)
    for _ in range(HALVINGS):
        at = g(start[:, None] + width[:, None] * np.arange(5) / 4)  # (cells, 5)
        change = np.abs(np.diff(at, n=2))  # of the slope, over each half
        start += width * np.argmax(change, axis=1) / 4
        width /= 2
    before, inside, after = (
        (g(start + k * width + width) - g(start + k * width)) / width for k in (-1, 0, 1)
    )
    low, high = np.minimum(before, after), np.maximum(before, after)
    allowed = BREAK * (1 + np.minimum(np.abs(before), np.abs(after)))
    beside = np.maximum(inside - high, low - inside)  # of a jump, the slope inside is far from both
    broken = np.flatnonzero((high - low > allowed) | (beside > allowed))
    found: list[tuple[float, float, float]] = []
    for place in broken:
        middle = float(np.round(start[place] + width[place] / 2, 5))
        if not found or middle - found[-1][0] > 2e-5:
            found.append((middle + 0.0, float(before[place]), float(after[place])))
    return found
