"""What may be wrong with what was learned: nothing, too little, too much, or something else than it seems."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from shoal.book.equations import shares
from shoal.engines.base import Data
from shoal.inspect.doctor._case import Case, agreement, deviations, root_mean_square, weighted_mean
from shoal.inspect.doctor._finding import Finding, Severity
from shoal.inspect.doctor._rivals import line_agreement, line_losses, neighbour_losses, rivals
from shoal.training.ending import constant_cost

_LEARNED = 0.02  # of the constant's loss that a network should at least save
_AS_GOOD = 0.01  # of the constant's loss: closer, two losses are the same
_MISSED = 0.1  # of the constant's loss that neighbours save and the network does not
_GAP = 0.15  # of the constant's loss between rows that were learned and new ones
_ERRORS = 3.0  # standard errors, so that a difference is no accident
_FEWEST = 20  # rows, to say that there is nothing in them
_AGREES = 0.3  # of correlation: answers of another size would save 9 % of the loss
_HINT = 2.0  # standard errors of a correlation: there may be something after all
_FELL = 0.2  # of what the score gained, lost again
_CLEAR = 0.05  # of the constant's loss: below, the classes are told apart
_WRONG = 1e-3  # the probability of the true class in a confident mistake
_MANY_WRONG = 0.1  # of the rows: no longer mistakes of the labels
_COMMON = 0.8  # of the rows in one class
_RARE_FOUND = 0.5  # of a class


def nothing_learned(case: Case) -> Iterator[Finding]:
    """The network is not better than one constant answer for all rows."""
    if case.loss > (1 - _LEARNED) * case.constant_loss > 0 and not _agrees(case):
        spread = float(deviations(case.layers.Z[-1]).max())
        evidence = {"loss": case.loss, "constant_loss": case.constant_loss, "spread": spread}
        yield Finding("nothing_learned", Severity.ERROR, evidence)


def wrong_size(case: Case) -> Iterator[Finding]:
    """The answers go with the targets, but they are so large or so sure that a constant is better."""
    if case.loss > case.constant_loss > 0 and _agrees(case):
        r = agreement(case.layers.A[-1], case.y, case.q[0])
        evidence = {"loss": case.loss, "constant_loss": case.constant_loss, "correlation": r}
        yield Finding("wrong_size", Severity.ERROR, evidence, case.kind)


def nothing_there(case: Case) -> Iterator[Finding]:
    """No better than one answer for all rows; and a line and the nearest neighbours find nothing either.

    It is looked for on held-out rows, if there are any: any labels can be learned by heart.
    """
    on_new = case.X_val is not None
    learned = Data(case.x, case.y, case.q)
    _, Y, v = case.held_out if on_new else learned
    losses = case.held_out_losses if on_new else case.losses
    if min(case.m, len(losses)) < _FEWEST or not np.isfinite(losses).all():
        return
    constant, loss = constant_cost(Data(Y, Y, v), None, case.network.output), weighted_mean(losses, v[0])
    if loss <= (1 - _LEARNED) * constant or (not on_new and _agrees(case)):
        return
    hint = _HINT / len(losses) ** 0.5
    if on_new and max(agreement(case.held_out_answers, Y, v[0]), line_agreement(case)) > hint:
        return
    others = rivals(case)
    if min(others.values()) > (1 - _LEARNED) * case.constant_loss:
        evidence = {"loss": loss, "constant_loss": constant, "rows": len(losses), **others}
        yield Finding("nothing_there", Severity.WARNING, evidence, "held_out" if on_new else "")


def _agrees(case: Case) -> bool:
    """Whether the answers rise and fall with the targets, by more than an accident, whatever their size."""
    return bool(agreement(case.layers.A[-1], case.y, case.q[0]) > max(_AGREES, _ERRORS / case.m**0.5))


def saturated_output(case: Case) -> Iterator[Finding]:
    """Many rows whose class gets a probability of nearly 0: the outputs are saturated on the wrong side."""
    share = case.mean(case.losses > -np.log(_WRONG) * case.decisions)
    if share > _MANY_WRONG:
        z = float(np.median(np.abs(case.layers.Z[-1])))
        evidence = {"share": share, "z": z, "loss": case.loss, "constant_loss": case.constant_loss}
        yield Finding("saturated_output", Severity.WARNING, evidence)


def underfitting(case: Case) -> Iterator[Finding]:
    """There is more in the rows than the network found: a row's ten neighbours predict it better.

    All losses are means over the same rows, with the weights that the network was to learn them with.
    """
    rows, losses = neighbour_losses(case)
    kept = ~case.doubtful[rows]  # a wrong label is not to be learned
    rows, losses, weights = rows[kept], losses[kept], case.q[0, rows[kept]]
    saved, error = _mean_and_error(case.losses[rows] - losses, weights)
    if saved <= max(_MISSED * case.constant_loss, _ERRORS * error):
        return
    evidence = {
        "loss": weighted_mean(case.losses[rows], weights),
        "neighbours": weighted_mean(losses, weights),
        "constant_loss": case.constant_loss,
    }
    by_line = line_losses(case)
    variant = "no_line"
    if by_line is not None and case.network.L > 1:
        evidence["line"] = weighted_mean(by_line[rows], weights)
        variant = "line" if evidence["line"] < evidence["loss"] + _AS_GOOD * case.constant_loss else ""
    yield Finding("underfitting", Severity.WARNING, evidence, variant)


def line_as_good(case: Case) -> Iterator[Finding]:
    """A linear model of the same loss reaches the same; on held-out rows, if there are any."""
    held_out = case.X_val is not None
    by_line = line_losses(case, held_out=held_out)
    if by_line is None or (held_out and not np.isfinite(case.held_out_losses).all()):
        return
    weights = case.held_out.v[0] if held_out else case.q[0]
    loss = weighted_mean(case.held_out_losses if held_out else case.losses, weights)
    line = weighted_mean(by_line, weights)
    if line < loss + _AS_GOOD * case.constant_loss:
        evidence = {"loss": loss, "line": line, "constant_loss": case.constant_loss}
        yield Finding("line_as_good", Severity.NOTE, evidence, "held_out" if held_out else "")


def overfitting(case: Case) -> Iterator[Finding]:
    """The loss of rows that were not learned is clearly above that of the rows that were.

    Both are weighted by one measure: the held-out rows by `v_val`, the learned ones by `v_like`.
    """
    if not np.isfinite(case.held_out_losses).all():  # their features are of another size
        return
    learned = case if case.v_like is None else replace(case, v=case.v_like)
    held_out, error = _mean_and_error(case.held_out_losses, case.held_out.v[0])
    if held_out - learned.loss > max(_GAP * learned.constant_loss, _ERRORS * error) and learned.constant_loss:
        evidence = {
            "loss": learned.loss,
            "held_out": held_out,
            "error": error,
            "rows": len(case.held_out_losses),
            "constant_loss": learned.constant_loss,
        }
        worse = held_out > learned.constant_loss
        yield Finding("overfitting", Severity.WARNING, evidence, "worse" if worse else "")


def _mean_and_error(values: Any, weights: Any) -> tuple[float, float]:
    """The weighted mean of values, (m,), and its standard error."""
    mean = weighted_mean(values, weights)
    parts = shares(weights[None])[0] * (values - mean)
    return mean, float(root_mean_square(parts[None])[0]) * len(parts) ** 0.5


def overtrained(case: Case) -> Iterator[Finding]:
    """The score on held-out rows had its best epochs long before the end, and theta is of the end."""
    scores = np.asarray(case.history.score, np.float64)  # type: ignore[union-attr]
    width = max(3, len(scores) // 10)
    if case.early_stopping or len(scores) < 3 * width:
        return
    smooth = np.convolve(scores, np.ones(width) / width, mode="valid")
    best = int(smooth.argmax())
    lost, gained = float(smooth[best] - smooth[-1]), float(smooth[best] - smooth[0])
    noise = float(np.abs(np.diff(scores)).mean())
    if best + width < len(scores) * 2 / 3 and lost > max(_FELL * gained, _ERRORS * noise):
        evidence = {
            "epoch": best + width // 2 + 1,
            "epochs": len(scores),
            "best": float(smooth[best]),
            "last": float(smooth[-1]),
        }
        yield Finding("overtrained", Severity.WARNING, evidence)


def many_parameters(case: Case) -> Iterator[Finding]:
    """More parameters than numbers to learn, all learned, and no rows to tell knowledge from memory."""
    targets, p = case.X.shape[1] * case.network.n[-1], case.network.p
    if p > targets and case.loss < _CLEAR * case.constant_loss and case.X_val is None:
        evidence = {"parameters": p, "targets": targets, "loss": case.loss, "rows": case.X.shape[1]}
        yield Finding("many_parameters", Severity.NOTE, evidence)


def separable(case: Case) -> Iterator[Finding]:
    """Every row is right, and no penalty holds the weights: each further step makes them larger, for ever."""
    if case.l1 or case.l2 or case.early_stopping or case.loss > _CLEAR * case.constant_loss:
        return
    if np.array_equal(case.true_class, case.answered_class):
        W, _ = case.matrices
        evidence = {
            "rows": case.m,
            "loss": case.loss,
            "largest": float(max(np.abs(W_l).max() for W_l in W[1:])),
            "z": float(np.median(np.abs(case.layers.Z[-1]))),
        }
        yield Finding("separable", Severity.WARNING, evidence)


def imbalance(case: Case) -> Iterator[Finding]:
    """Nearly all rows are of one class, and the accuracy hides that another one is hardly ever found."""
    true, answered = case.true_class, case.answered_class
    counts = np.bincount(true)
    common = int(counts.argmax())
    if counts[common] < _COMMON * case.m:
        return
    found = {int(k): float(np.mean(answered[true == k] == k)) for k in np.flatnonzero(counts) if k != common}
    worst = min(found, key=found.__getitem__, default=None)
    if worst is not None and found[worst] < _RARE_FOUND:
        evidence = {
            "common": case.label(common),
            "share": float(counts[common] / case.m),
            "accuracy": float(np.mean(true == answered)),
            "rare": case.label(worst),
            "found": round(found[worst] * int(counts[worst])),
            "of": int(counts[worst]),
        }
        yield Finding("imbalance", Severity.WARNING, evidence)
