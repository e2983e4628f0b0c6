"""Proximal Newton: the minimum of J = f(x) + sum kink |x|, where f is convex and smooth and |x| is not.

Near x the loss is about its quadratic model, and the kinks stay as they are:

    q(u) = G (u - x) + (u - x) H (u - x) / 2 + sum kink |u|      G, H: first and second derivative of f at x

Each iteration (1) chooses coordinates that are not 0 or want to leave 0, (2) minimises q over them, and
(3) goes from x towards that u until J has fallen enough (Armijo). In (2), coordinate descent finds out which
coordinates are 0 and which sign the others have; Newton steps with zeros and signs held fixed find their
values. Near the minimum the signs stay, and the iteration is Newton's method. J itself is too flat there to
be compared (it is off by h^2), so the last steps are judged by the conditions of a minimum alone:

    G + kink sign(x) = 0 where x is not 0,   |G| <= kink where it is.

Where H would be too large for that (thousands of coordinates), `_orthants` leads most of the way.

Sources: Friedman, Hastie, Tibshirani 2010 (glmnet: coordinate descent on the quadratic model); Yuan, Ho, Lin
2012 (newGLMNET: working set and line search); Lee, Sun, Saunders 2014 (proximal Newton methods: why they
converge, how exactly q must be minimised, an H that is not the newest); More, Toraldo 1991 (steps on a face).
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from shoal.base.errors import DivergedError
from shoal.training._curvature import Curvature, best_shift
from shoal.training._orthants import go_down

FEW = 500  # coordinates that are looked at from the start; later twice those that are not 0
FINEST = 1e-12  # no smaller violation is looked for: some roundings of float64
ROUGH = 1e-2  # of the first violation: as far as H of a sample of the rows will do ...
MOST_ROUGH = 8  # ... and iterations with it
COARSE = 1e-6  # the violation down to which L-BFGS-B leads, where H is too large
FAST = 0.2  # an iteration that leaves less of the violation may use its H again
HALVINGS = 40  # of a step
ARMIJO = 1e-4  # the share of the foreseen fall that J must show
FLAT = 1e-10  # of J: a foreseen fall that its rounding (1e-16 times the number of sums) may hide


class L1Problem(Protocol):
    """What is minimised."""

    kink: Any  # (n,), 0 where there is none

    def smooth(self, x: Any) -> tuple[float, Any]:
        """The smooth part f, and its slope G, (n,)."""
        ...

    def curvature(self, x: Any, chosen: Any, rough: bool) -> Curvature:
        """H at x on the chosen coordinates; or, `rough`, about that."""
        ...


class Point(NamedTuple):
    """A place, and what is known there."""

    x: Any  # (n,)
    J: float
    G: Any  # (n,), the slope of f
    violation: float  # the largest by which the conditions of a minimum are missed


class Outcome(NamedTuple):
    """Where it ended, and why: "minimum", "callback", "max_iter" or "precision" (rounding hides the rest)."""

    point: Point
    iterations: int
    ended: str


def violation(x: Any, G: Any, kink: Any) -> Any:
    """How far each coordinate is from the conditions of a minimum: the slope that one can still go down."""
    return np.where(x != 0, np.abs(G + kink * np.sign(x)), np.maximum(np.abs(G) - kink, 0))


def minimise(
    problem: L1Problem, x: Any, tol: float, max_iter: int, callback: Callable[[Point], bool]
) -> Outcome:
    """Go down from x until no violation is larger than `tol`; and on, where H makes further digits cheap.

    H serves again where it will do for the last step; if it is dear, also where the step with it was fast.
    An H that finds no way down is replaced once; if the new one finds none either, the rounding of float64
    hides it.
    """
    point, iterations, H, fresh = _at(problem, x), 0, None, False
    goal, rough_until, led = FINEST, ROUGH * point.violation, False
    if not np.isfinite(point.J + point.violation):
        raise DivergedError("core.too_large")
    while point.violation > goal:
        if iterations == max_iter:
            return Outcome(point, iterations, "max_iter")
        chosen = _choose(point, problem.kink)
        if H is None or not np.isin(chosen, H.place, assume_unique=True).all():
            rough = point.violation > rough_until and iterations < MOST_ROUGH
            H, fresh = problem.curvature(point.x, chosen, rough), not rough
            goal = FINEST if H.quick else tol
        if not H.quick and not led:
            point, n, stopped = _led(problem, point, max(tol, COARSE), max_iter - iterations, callback)
            iterations, H, led = iterations + n, None, True
            if stopped:
                return Outcome(point, iterations, "callback")
            continue
        new = _towards(problem, point, H.place, _minimum_of_model(H, point, problem.kink))
        if new is None and fresh:
            return Outcome(point, iterations, "precision")
        if new is None:
            H, rough_until = None, np.inf
            continue
        left, point, iterations = new.violation / point.violation, new, iterations + 1
        if callback(point):
            return Outcome(point, iterations, "callback")
        enough = left * point.violation <= FINEST  # what it will leave the next time, about
        H, fresh = (H, False) if (H.dear and left < FAST) or enough else (None, False)
    return Outcome(point, iterations, "minimum")


def _led(
    problem: L1Problem, point: Point, goal: float, max_iter: int, callback: Callable[[Point], bool]
) -> tuple[Point, int, bool]:
    """The first way down where H is too large: where to, its iterations, and if the callback stopped."""

    def after_iteration(x: Any, J: float) -> bool:
        return callback(point._replace(x=x, J=J))

    way = go_down(problem.smooth, problem.kink, point.x, goal, max_iter, after_iteration)
    return _at(problem, way.x), way.iterations, way.stopped


def _at(problem: L1Problem, x: Any) -> Point:
    f, G = problem.smooth(x)
    missed = float(np.max(violation(x, G, problem.kink), initial=0.0))
    return Point(x, f + float(problem.kink @ np.abs(x)), G, missed)


def _choose(point: Point, kink: Any) -> Any:
    """The coordinates that are not 0 or have no kink, and the worst of those that want to leave 0."""
    held = (point.x != 0) | (kink == 0)
    wanting = np.where(held, 0.0, np.maximum(np.abs(point.G) - kink, 0))
    n_held = int(held.sum())
    worst = np.argsort(-wanting, kind="stable")[: max(FEW - n_held, n_held)]
    held[worst[wanting[worst] > 0]] = True
    return np.flatnonzero(held)


# --------------------------------------------------------------------------- the minimum of q


def _minimum_of_model(H: Curvature, point: Point, kink: Any) -> Any:
    """The u with the smallest q, about as exactly as q is J.

    Each round ends at the minimum of a face (its zeros and signs), lower than all before. There are finitely
    many, so this ends; `H.rounds` says how many are worth their price.
    """
    u, slope, kink = point.x[H.place], point.G[H.place], kink[H.place]
    goal = point.violation * min(max(point.violation, 1e-4), 0.1)
    for _ in range(H.rounds):
        u, slope = _shift(*H.descend(u, slope, kink), H, kink)
        for _ in range(H.faces):
            u, slope, inside = _on_the_face(H, u, slope, kink)
            if inside:
                break
        if np.max(violation(u, slope, kink), initial=0.0) <= goal:
            break
    return u


def _shift(u: Any, slope: Any, H: Curvature, kink: Any) -> tuple[Any, Any]:
    """Shift the weights of an input alike for all units of a softmax to where the penalty is the smallest.

    The loss does not change, so H has no curvature in this direction: on a face, the step would be infinite.
    """
    if len(H.whole) == 0:
        return u, slope
    kink, l2 = kink[H.whole[:, 0]], H.l2[H.whole[:, 0]]
    t = best_shift(u[H.whole], kink, l2)[:, None]
    u, slope = u.copy(), slope.copy()
    u[H.whole] -= t
    slope[H.whole] -= l2[:, None] * t
    return u, slope


def _on_the_face(H: Curvature, u: Any, slope: Any, kink: Any) -> tuple[Any, Any, bool]:
    """Newton's step with the zeros and signs of u held fixed: u, slope, and whether it stayed inside.

    A coordinate that would change its sign becomes 0. Several lengths of the step are tried; the one at which
    the first sign changes is always a way down.
    """
    face = (u != 0) | (kink == 0)
    step = np.zeros_like(u)
    step[face] = H.solve(face, -(slope + kink * np.sign(u))[face])
    crossing = face & (kink > 0) & ((u + step) * u <= 0)
    if not crossing.any():
        return u + step, slope + H.times(step), True
    parts = np.full(u.shape, np.inf)  # of the step, after which a coordinate is 0
    parts[crossing] = -u[crossing] / step[crossing]
    ends = np.sort(parts[crossing])
    some = ends[[len(ends) // 2**i for i in range(1, H.lengths)]]
    best, lowest = (u, slope, True), 0.0
    for t in (1.0, *some, ends[0]):
        way = np.where(parts <= t, -u, t * step)
        H_way = H.times(way)
        change = float(way @ (slope + H_way / 2) + kink @ (np.abs(u + way) - np.abs(u)))
        if change < lowest:
            best, lowest = (u + way, slope + H_way, False), change
    return best


# --------------------------------------------------------------------------- the step


def _towards(problem: L1Problem, point: Point, place: Any, u: Any) -> Point | None:
    """The first of u, half way there, a quarter ... where J has fallen enough; None if there is none."""
    step = np.zeros_like(point.x)
    step[place] = u - point.x[place]
    if not np.isfinite(step).all():
        raise DivergedError("core.too_large")
    moved = np.abs(point.x + step) - np.abs(point.x)
    foreseen = float(point.G @ step + problem.kink @ moved)  # negative
    for t in 0.5 ** np.arange(HALVINGS):
        new = _at(problem, point.x + t * step)
        if foreseen > -FLAT * abs(point.J):
            return new if new.violation < 0.5 * point.violation else None
        fallen = new.J - point.J
        if fallen <= ARMIJO * t * foreseen and np.isfinite(new.violation):
            return new
    return None
