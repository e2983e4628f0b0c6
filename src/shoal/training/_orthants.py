"""From orthant to orthant: a first way down for J = f(x) + sum kink |x| where thousands of x are not 0.

While no number changes its sign, sum kink |x| is linear and J is smooth. So L-BFGS-B minimises it inside the
orthant in which x lies (a number that is 0 may go where the slope calls it), and stops at its borders. Then
the orthant is chosen again. It needs one gradient a step and no second derivative, which is what counts here;
it is not exact, and what it leaves is for `_proximal_newton`.

Source: Andrew, Gao 2007 (orthant-wise limited-memory quasi-Newton); L-BFGS-B's bounds are its projection.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

CALLBACK_STOPPED = 99  # what SciPy reports when a callback asked to stop
MOST = 20  # orthants
LOOSE = 0.1  # of the violation at its start: how exactly an orthant is gone through, if others follow


class Way(NamedTuple):
    """Where it came to."""

    x: Any  # (n,)
    iterations: int
    stopped: bool  # by the callback


def go_down(
    smooth: Callable[[Any], tuple[float, Any]],
    kink: Any,
    x: Any,
    goal: float,
    max_iter: int,
    callback: Callable[[Any, float], bool],
) -> Way:
    """Go down until no slope is larger than `goal`, or an orthant brings nothing more."""
    iterations, missed_before = 0, np.inf

    def after_iteration(intermediate_result: Any) -> None:
        if callback(intermediate_result.x, float(intermediate_result.fun)):
            raise StopIteration

    for _ in range(MOST):
        sign, missed = _orthant(x, smooth(x)[1], kink)
        if missed <= goal or missed > 0.9 * missed_before or iterations >= max_iter:
            break
        missed_before = missed
        slope = kink * sign  # of sum kink |x|
        found = minimize(
            lambda x, slope=slope: _plus(smooth(x), x, slope),
            x,
            method="L-BFGS-B",
            jac=True,
            bounds=_bounds(sign, kink),
            callback=after_iteration,
            options={
                "maxiter": max_iter - iterations,
                "maxfun": 20 * max_iter,
                "gtol": max(goal, LOOSE * missed),
                "ftol": 0.0,
            },
        )
        x, iterations = found.x, iterations + int(found.nit)
        if found.status == CALLBACK_STOPPED:
            return Way(x, iterations, True)
    return Way(x, iterations, False)


def _orthant(x: Any, G: Any, kink: Any) -> tuple[Any, float]:
    """The signs that x has or may take, 0 for a number that stays 0; and the largest slope down."""
    wanted = np.where(np.abs(G) > kink, -np.sign(G), 0.0)
    sign = np.where(x != 0, np.sign(x), wanted)
    return sign, float(np.max(np.abs((G + kink * sign) * ((x != 0) | (wanted != 0))), initial=0.0))


def _bounds(sign: Any, kink: Any) -> Any:
    """Between which values each number keeps its sign, (n, 2); without a kink it may change it."""
    lowest = np.where((sign < 0) | (kink == 0), -np.inf, 0.0)
    highest = np.where((sign > 0) | (kink == 0), np.inf, 0.0)
    return np.column_stack([lowest, highest])


def _plus(smooth: tuple[float, Any], x: Any, slope: Any) -> tuple[float, Any]:
    """The smooth part with the penalty inside an orthant."""
    return smooth[0] + float(slope @ x), smooth[1] + slope
