"""L-BFGS: down a smooth J, by the slopes that the last steps have met.

A step s that changed the slope by y tells of the second derivative B that B s is about y. From the last
`PAIRS` of such pairs the direction -H slope is computed, where H stands for the inverse of B and is never
written down (`_times_H`, the two-loop recursion). How far to go along it, the line search of Moré and Thuente
finds: until J has fallen enough and is no longer steep (the strong Wolfe conditions).

Invariant: a `Memory` is all that the next iteration depends on, and each iteration makes a new one. So it may
be kept between any two iterations, and what goes on from it is what had never stopped, bit for bit. An
iteration that is broken off in its line search leaves no trace, and is done again from its beginning.

Sources: Nocedal 1980 (the recursion); Liu and Nocedal 1989; Moré and Thuente 1994 (MINPACK-2's `dcsrch`).
SciPy's L-BFGS-B takes the same steps where nothing is bounded, but its memory ends with its call. It
minimises the linear models (`_linear_solver`), where that is no loss, and `_orthants`, which have bounds.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

PAIRS = 10  # that are remembered
FLAT = 64 * np.finfo(float).eps  # of J: an iteration that lowers it by less has come to its end
MOST_LENGTHS = 50  # that a line search tries
ENOUGH = 1e-3  # of the fall that the slope at the start of a line promises
STEEP = 0.9  # of the slope at the start of a line: what may be left of it
NARROW = 0.1  # of the length: an interval that is searched no further
TIMES = (1.1, 4.0)  # how much farther than the last step a line is followed while J falls
SHRINKS = 0.66  # by so much two steps should narrow the interval, or it is halved

Cost = Callable[[Any], tuple[float, Any]]  # J and dJ/dx; J is not finite where the slope is not


class Pair(NamedTuple):
    """A step, and what it did to the slope."""

    s: Any  # (p,)
    y: Any  # (p,)
    sy: float  # s @ y


@dataclass(frozen=True)
class Memory:
    """Where L-BFGS stands between two iterations."""

    x: Any  # (p,), float64
    J: float
    slope: Any  # dJ/dx, (p,), float64
    fell: float = math.inf  # by how much the last iteration lowered J
    pairs: tuple[Pair, ...] = ()  # the oldest first

    def is_minimum(self, tol: float) -> bool:
        """Whether no part of the slope is larger than tol, or J no longer falls but by rounding."""
        level = np.max(np.abs(self.slope), initial=0.0) <= tol
        return bool(level or self.fell <= FLAT * max(abs(self.J), 1.0))

    def holds(self, J: float, slope: Any) -> bool:
        """Whether J and its slope at x are still the same: the memory is of this J, and not of another."""
        return J == self.J and np.array_equal(slope, self.slope)


class _Point(NamedTuple):
    """A place on a line: J and its rise there."""

    t: float
    J: float
    rise: float  # dJ/dt
    slope: Any  # dJ/dx

    def tilted(self, rise: float) -> "_Point":
        """The same place, of J - rise t."""
        return self._replace(J=self.J - rise * self.t, rise=self.rise - rise)


def iterate(cost: Cost, at: Memory) -> Memory | None:
    """The next iteration; None if no step lowers J, not even straight down."""
    for pairs in (at.pairs, ()) if at.pairs else ((),):
        direction = -_times_H(pairs, at.slope)
        rise = float(at.slope @ direction)
        if not -math.inf < rise < 0:
            continue
        first = 1.0 if pairs else 1 / math.sqrt(float(direction @ direction))

        def along(t: float, direction: Any = direction) -> _Point:
            J, slope = cost(at.x + t * direction)
            return _Point(t, float(J), float(slope @ direction), slope)

        found = _line_search(along, _Point(0.0, at.J, rise, at.slope), first)
        if found is not None:
            s = found.t * direction
            seen = _with(pairs, s, found.slope - at.slope, -rise * found.t)
            return Memory(at.x + s, found.J, found.slope, at.J - found.J, seen)
    return None


def _with(pairs: tuple[Pair, ...], s: Any, y: Any, fall: float) -> tuple[Pair, ...]:
    """The pairs with one more; not with one along which J curves down, for then H would lead uphill."""
    sy = float(s @ y)
    if sy <= np.finfo(float).eps * fall or not 0 < float(y @ y) < math.inf:
        return pairs
    return (*pairs, Pair(s, y, sy))[-PAIRS:]


def _times_H(pairs: Sequence[Pair], slope: Any) -> Any:
    """H @ slope. Without pairs H is 1; with some, it begins as s.y / y.y of the last one."""
    q = slope.copy()
    shares = []
    for s, y, sy in reversed(pairs):
        shares.append(float(s @ q) / sy)
        q -= shares[-1] * y
    if pairs:
        _, y, sy = pairs[-1]
        q *= sy / float(y @ y)
    for (s, y, sy), share in zip(pairs, reversed(shares), strict=True):
        q += (share - float(y @ q) / sy) * s
    return q


# --------------------------------------------------------------------------- how far along the line


def _line_search(along: Callable[[float], _Point], start: _Point, t: float) -> _Point | None:
    """A place where J has fallen enough and is no longer steep; or the lowest found; None if none is lower.

    `best` is the lowest place so far; once a minimum is enclosed, it lies between `best` and `other`. At
    first J is looked at from a line that falls as slowly as `ENOUGH` asks (`tilted`), for at a minimum below
    that line both conditions hold; once there is a place below it from which J falls no faster, J itself is.
    """
    best = other = start
    enclosed, tilted, longest = False, True, math.inf
    low, high, width, width_before = 0.0, t + TIMES[1] * t, math.inf, math.inf
    least = ENOUGH * start.rise
    for _ in range(MOST_LENGTHS):
        new = along(t)
        if not (math.isfinite(new.J) and math.isfinite(new.rise)):  # too far
            t = best.t + (t - best.t) / 10
            longest = t if t > best.t else longest
            if t == best.t:
                break
            continue
        fell = start.J + least * t >= new.J
        if fell and (abs(new.rise) <= -STEEP * start.rise or (t >= longest and new.rise <= least)):
            return new
        tilted = tilted and not (fell and new.rise >= least)
        tilt = least if tilted and new.J <= best.J and not fell else 0.0
        seen = best.tilted(tilt), other.tilted(tilt), new.tilted(tilt)
        t, closed = _next_length(*seen, enclosed, low, high)
        best, other = _ends(best, other, new, tilt)
        enclosed = enclosed or closed
        if enclosed:
            if abs(other.t - best.t) >= SHRINKS * width_before:
                t = (best.t + other.t) / 2
            width_before, width = width, abs(other.t - best.t)
            low, high = sorted((best.t, other.t))
            if not low < t < high or high - low <= NARROW * high:
                break
        else:
            low, high = (t + times * (t - best.t) for times in TIMES)
        t = min(t, longest)
    return best if best.J < start.J else None


def _ends(best: _Point, other: _Point, new: _Point, tilt: float) -> tuple[_Point, _Point]:
    """The lowest place, and the other end of the interval."""
    flat, tilted = best.tilted(tilt), new.tilted(tilt)
    if tilted.J > flat.J:
        return best, new
    return new, best if tilted.rise * flat.rise < 0 else other


def _next_length(
    best: _Point, other: _Point, new: _Point, enclosed: bool, low: float, high: float
) -> tuple[float, bool]:
    """The next length to try, and whether the minimum is known to lie between the new place and `best`.

    These are the four cases of Moré and Thuente: the minimum of a cubic, or of the parabola through it.
    """
    onward = new.t > best.t
    far = high if onward else low
    if new.J > best.J:  # it lies between them, nearer to the best
        by_cubic = _cubic(best, new)
        apart = new.t - best.t
        bend = (best.J - new.J) / apart + best.rise  # 0 only where the numbers are too small to be told apart
        by_parabola = best.t + (best.rise / bend if bend else 1.0) / 2 * apart
        nearer = abs(by_cubic - best.t) < abs(by_parabola - best.t)
        return by_cubic if nearer else (by_cubic + by_parabola) / 2, True
    if new.rise * best.rise < 0:  # it lies between them
        by_cubic, by_secant = _cubic(new, best), _secant(new, best)
        return max(by_cubic, by_secant, key=lambda t: abs(t - new.t)), True
    if abs(new.rise) < abs(best.rise):  # it lies farther on, and J is less steep
        by_cubic, by_secant = _cubic(new, best), _secant(new, best)
        if not (by_cubic > new.t if onward else by_cubic < new.t):
            by_cubic = far
        if not enclosed:
            t = max(by_cubic, by_secant, key=lambda t: abs(t - new.t))
            return min(max(t, low), high), False
        t = min(by_cubic, by_secant, key=lambda t: abs(t - new.t))
        most = new.t + SHRINKS * (other.t - new.t)
        return min(t, most) if onward else max(t, most), False
    return _cubic(new, other) if enclosed else far, False  # farther on, and J is steeper


def _secant(a: _Point, b: _Point) -> float:
    """Where the rise would be 0 if it were linear."""
    return a.t + a.rise / (a.rise - b.rise) * (b.t - a.t)


def _cubic(a: _Point, b: _Point) -> float:
    """Where the cubic through two places, with their rises, has its minimum; `a.t` where it has none."""
    theta = 3 * (a.J - b.J) / (b.t - a.t) + a.rise + b.rise
    size = max(abs(theta), abs(a.rise), abs(b.rise))
    if size == 0:
        return a.t
    square = (theta / size) * (theta / size) - (a.rise / size) * (b.rise / size)
    gamma = math.copysign(size * math.sqrt(max(0.0, square)), b.t - a.t)
    over = (gamma - a.rise) + gamma + b.rise
    if gamma == 0 or over == 0:
        return a.t
    return a.t + ((gamma - a.rise) + theta) / over * (b.t - a.t)
