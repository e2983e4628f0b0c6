"""What may have gone wrong on the way: the learning rate, and where training ended.

Why a run ended is decided in `training`; here it is only put into words. Costs are compared with
the loss of the best constant answer, which is what a network without knowledge reaches.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.inspect.doctor._case import Case
from shoal.inspect.doctor._finding import Finding, Severity
from shoal.training.ending import NOTHING, rose_again

_FEWEST_EPOCHS = 10  # to speak of a course
_ROSE = 2.0  # times the first cost: a step went far over the valley
_LARGE = 1.0  # a rate: one step of Adam then changes each weight by as much as a first weight may be
_SWING = 0.05  # of the constant's loss, from epoch to epoch at the end
_TURNS = 0.3  # of the way that the cost went at the end, upwards
_STEADY = 0.5  # of its pace at the beginning that the cost still has at the end
_STILL_FALLS = 0.01  # of the constant's loss, over the last tenth of the epochs, or the last five


def exploded(case: Case) -> Iterator[Finding]:
    """Training says so: the cost rose and stayed high."""
    if case.ending is not None and (evidence := _ended(case, "exploded")) is not None:
        variant = "again" if rose_again(case.ending) else ""
        yield Finding("exploded", Severity.ERROR, evidence, variant)


def plateau(case: Case) -> Iterator[Finding]:
    """Training says so: it stopped where it began, or a little below, while the cost still fell slowly."""
    if (evidence := _ended(case, "plateau")) is not None:
        left = evidence["last_cost"] < (1 - NOTHING) * evidence["constant_cost"]
        severity = Severity.WARNING if left else Severity.ERROR
        yield Finding("plateau", severity, evidence, "left" if left else "")


def not_converged(case: Case) -> Iterator[Finding]:
    """Training says so: it ended before it was done. That matters if the cost was still falling."""
    if (evidence := _ended(case, "limit")) is not None:
        costs = _costs(case)
        window = max(_FEWEST_EPOCHS // 2, len(costs) // 10)
        few = len(costs) < _FEWEST_EPOCHS  # no course: nothing follows from so short a curve
        fall = 0.0 if few else float(costs[-1 - window] - costs[-1])
        variant = "few" if few else ""
        if fall > _STILL_FALLS * (case.constant_loss or costs[0]):
            variant = "falling"
        elif not few and costs[-1] > (1 - _STILL_FALLS) * case.constant_loss > 0:
            variant = "start"
        evidence |= {"fall": fall, "window": window, "constant_cost": case.constant_loss}
        yield Finding("not_converged", Severity.WARNING if variant else Severity.NOTE, evidence, variant)
    for reason, severity in (("precision", Severity.NOTE), ("interrupted", Severity.WARNING)):
        if (evidence := _ended(case, reason)) is not None:
            yield Finding("not_converged", severity, evidence, reason)


def _ended(case: Case, reason: str) -> dict[str, Any] | None:
    """The evidence of training's own decision, if this was it. One epoch of `partial_fit` is no end."""
    ending = case.ending
    ended = ending is not None and ending.reason == reason and len(ending.evidence) > 1 and case.one_curve
    return dict(ending.evidence) if ending is not None and ended else None


def rate_too_large(case: Case) -> Iterator[Finding]:
    """The cost rose far above its start, or swings at the end instead of falling.

    With a very large rate it may have risen within the first epoch, before any cost was written down.

    Costs of mini-batches always tremble; so what counts is trembling by more than 5 % of the constant's loss,
    of which at least 30 % goes upwards.
    """
    costs = _costs(case)
    peak = int(costs.argmax())
    evidence = {
        "first_cost": float(costs[0]),
        "peak": float(costs[peak]),
        "epoch": peak + 1,
        "last_cost": float(costs[-1]),
        "rate": float(case.history.learning_rate[-1]),  # type: ignore[union-attr]
    }
    if len(costs) >= _FEWEST_EPOCHS and costs[peak] > _ROSE * max(costs[0], case.constant_loss):
        yield Finding("rate_too_large", Severity.WARNING, evidence, "rose")
        return
    rate = case.history.learning_rate[0]  # type: ignore[union-attr]
    if rate >= _LARGE and costs[peak] > _ROSE * case.constant_loss > 0:
        yield Finding("rate_too_large", Severity.WARNING, evidence, "wild")
        return
    if len(costs) < _FEWEST_EPOCHS:
        return
    steps = np.diff(costs[-max(_FEWEST_EPOCHS, len(costs) // 3) :])
    yardstick = case.constant_loss or costs[0]  # where all targets are equal, a constant costs nothing
    swing, up = float(np.abs(steps).mean()), float(steps[steps > 0].sum() / max(np.abs(steps).sum(), 1e-300))
    if swing > _SWING * yardstick and up > _TURNS:
        yield Finding("rate_too_large", Severity.WARNING, {**evidence, "swing": swing, "up": up})


def rate_too_small(case: Case) -> Iterator[Finding]:
    """At the limit the cost still falls as steadily as in the middle of training: larger steps would do."""
    costs = _costs(case)
    if len(costs) < _FEWEST_EPOCHS or _ended(case, "limit") is None:
        return
    third = len(costs) // 3
    first, last = costs[third] - costs[2 * third], costs[2 * third] - costs[-1]
    left = costs[-1] > case.constant_loss / 2
    if left and last > _STEADY * first > 0 and last > 0 and np.mean(np.diff(costs[third:]) < 0) > 0.9:
        evidence = {
            "epochs": len(costs),
            "first_cost": float(costs[0]),
            "last_cost": float(costs[-1]),
            "fall": float(last),
            "window": len(costs) - 1 - 2 * third,
            "rate": float(case.history.learning_rate[-1]),  # type: ignore[union-attr]
        }
        yield Finding("rate_too_small", Severity.WARNING, evidence)


def _costs(case: Case) -> Any:
    return np.asarray(case.history.cost if case.history is not None else [], np.float64)
