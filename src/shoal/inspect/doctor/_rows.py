"""What may be wrong with single rows, and with a feature that knows the answer."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.inspect._leaks import FEWEST_ROWS, NUMBER_R2, Codes, class_score, may_give_away, number_score
from shoal.inspect.doctor._case import Case
from shoal.inspect.doctor._finding import Finding, Severity

_MOST_ROWS = 20  # named at most
_LEAK_ROWS = 2000  # on which features are tried


def label_suspects(case: Case) -> Iterator[Finding]:
    """A few rows that the network, which is right elsewhere, gets wrong with great confidence."""
    suspects = np.flatnonzero(case.doubtful)
    if not len(suspects):
        return
    suspects = suspects[np.argsort(-case.losses[suspects], kind="stable")]
    evidence = {
        "rows": case.number(suspects[:_MOST_ROWS]),
        "count": len(suspects),
        "of": case.m,
        "worst": case.number(suspects[:1])[0],
        "error": float(np.abs(case.layers.dZ[-1][:, suspects[0]]).max()),
        "probability": float(np.exp(-case.losses[suspects[0]])),
    }
    yield Finding("label_suspects", Severity.NOTE, evidence, case.kind)


def contradictory_rows(case: Case) -> Iterator[Finding]:
    """Rows with equal X and different classes: nobody can be right on all of them."""
    _, group = np.unique(case.x.T, axis=0, return_inverse=True)
    group = group.ravel()
    classes = int(case.true_class.max()) + 1
    counts = np.bincount(group * classes + case.true_class, minlength=(group.max() + 1) * classes)
    counts = counts.reshape(-1, classes)  # (groups, classes)
    lost = counts.sum(axis=1) - counts.max(axis=1)
    if lost.any():
        rows = np.flatnonzero(lost[group] > 0)
        evidence = {
            "rows": case.number(rows[:_MOST_ROWS]),
            "count": len(rows),
            "of": case.m,
            "ceiling": float(1 - lost.sum() / case.m),
        }
        yield Finding("contradictory_rows", Severity.NOTE, evidence)


def leak(case: Case) -> Iterator[Finding]:
    """A feature that predicts a target almost perfectly, all alone; see `shoal.inspect._leaks`."""
    places = np.arange(case.m)
    if case.m > _LEAK_ROWS:
        places = np.sort(np.random.default_rng(0).choice(case.m, _LEAK_ROWS, replace=False))
    targets = [case.true_class] if case.has_classes else list(case.y)
    score_of = _number_leak if case.kind == "number" else _class_leak
    for j, values in enumerate(case.x[:, places]):
        codes = np.unique(values, return_inverse=True)[1].astype(np.intp)
        for k, target in enumerate(targets):
            score = score_of(codes, target[places])
            if score is not None:
                evidence = {"feature": case.feature(j), "output": k + 1, "score": score, "rows": len(places)}
                yield Finding("leak", Severity.WARNING, evidence, case.kind)


def _class_leak(codes: Codes, classes: Any) -> float | None:
    """The accuracy of this feature, if it is a leak."""
    classes = classes.astype(np.intp)
    if len(classes) < FEWEST_ROWS or np.ptp(classes) == 0 or not _may_leak(codes, classes, True):
        return None
    score = class_score(codes, True, classes)
    return score.accuracy if score.is_leak else None


def _number_leak(codes: Codes, numbers: Any) -> float | None:
    """The R² of this feature, if it is a leak."""
    if len(numbers) < FEWEST_ROWS or np.ptp(numbers) == 0 or np.ptp(codes) == 0:
        return None
    if not _may_leak(codes, numbers, False):
        return None
    score = number_score(codes, True, numbers)
    return score if score > NUMBER_R2 else None


def _may_leak(codes: Codes, y: Any, classes: bool) -> bool:
    """Whether trees are worth their time."""
    return bool(may_give_away(codes[np.newaxis], np.array([True]), y, classes)[0])
