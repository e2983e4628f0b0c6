"""What may be wrong with hidden units: identical, dead, saturated, or together no more than a line."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.book.equations import ACTIVATIONS
from shoal.inspect._identical import identical_units as alike
from shoal.inspect.doctor._case import Case
from shoal.inspect.doctor._finding import Finding, Severity

SLOPE_LEFT = 0.01
"""Of the steepest slope: below, a unit is saturated. tanh is there for |z| > 3, sigmoid for |z| > 6."""

_DEAD_SLOPE = 1e-6  # of GELU and SiLU, which never are exactly 0; ReLU's is
_SWITCHED_OFF = 1e-6  # of the layer's largest weight
_MANY = 0.5  # of the units of a layer: a few are dead or stuck in many a network that has learned
_STUCK = 0.99  # of the rows at which a unit is saturated: it is a constant
_BLOCKED = 0.75  # of the error that finds no slope on its way back through a layer
_GOOD = 0.3  # of the constant's loss: a network below has learned
_MOST_WEIGHTS = 100  # of W' that the evidence holds
_MOST_TERMS = 4  # of W' that the sentence shows


def identical_units(case: Case) -> Iterator[Finding]:
    """Units with equal rows in W[l] and b[l] and equal columns in W[l+1]: they stay equal for ever.

    Units that a penalty has switched off (all their weights are nearly 0) are left out, unless all are.
    """
    W, b = case.matrices
    for l, groups in enumerate(alike(case.network, np.asarray(case.theta, np.float64))):
        for group in groups:
            layer = np.hstack([W[l], b[l], W[l + 1].T])  # (n[l], n[l-1] + 1 + n[l+1])
            units = layer[group]
            if (case.l1 or case.l2) and np.abs(units).max() < _SWITCHED_OFF * np.abs(layer).max():
                continue
            evidence = {
                "layer": l,
                "units": [unit + 1 for unit in group],
                "of": len(W[l]),
                "difference": float(np.ptp(units, axis=0).max()),
            }
            variant = "" if np.any(W[l][group]) else "zero"
            yield Finding("identical_units", Severity.ERROR, evidence, variant)


def dead_units(case: Case) -> Iterator[Finding]:
    """Units that are 0 with slope 0 for every row: no gradient passes, so they never change again."""
    for l, slope in _slopes(case):
        dead = (slope < _DEAD_SLOPE).all(axis=1) & (np.abs(case.layers.A[l]).max(axis=1) < _DEAD_SLOPE)
        share = float(dead.mean())
        if not share:
            continue
        severity = Severity.WARNING if share >= _MANY else Severity.NOTE
        evidence = {
            "layer": l,
            "units": [int(unit) + 1 for unit in np.flatnonzero(dead)],
            "dead": int(dead.sum()),
            "of": len(dead),
            "activation": case.network.g[l],
        }
        yield Finding("dead_units", Severity.ERROR if share == 1 else severity, evidence)


def saturated_units(case: Case) -> Iterator[Finding]:
    """Sigmoid or tanh units where the slope is nearly 0, so that the error cannot flow back through them.

    A network that has learned saturates too, on rows that it gets right. So nothing is said where the loss is
    low, and each row counts by its error |A[L] - Y|: what matters is how much of it meets saturated units.
    """
    if case.loss < _GOOD * case.constant_loss:
        return
    error = case.q[0] * np.abs(case.layers.dZ[-1]).sum(axis=0)
    error = error / max(float(error.sum()), 1e-300)
    for l, slope in _slopes(case, bounded=True):
        saturated = slope < SLOPE_LEFT
        blocked = float(saturated.mean(axis=0) @ error)
        stuck = saturated.mean(axis=1) >= _STUCK
        if blocked < _BLOCKED and stuck.mean() < _MANY:
            continue
        evidence = {
            "layer": l,
            "activation": case.network.g[l],
            "share": float(saturated.mean()),
            "blocked": blocked,
            "stuck": int(stuck.sum()),
            "of": len(stuck),
            "units": [int(unit) + 1 for unit in np.flatnonzero(stuck)],
            "z": float(np.median(np.abs(case.layers.Z[l]))),
        }
        yield Finding("saturated_units", Severity.WARNING, evidence)


def _slopes(case: Case, *, bounded: bool = False) -> Iterator[tuple[int, Any]]:
    """|g'(Z)| of the hidden layers, (n[l], m); of the bounded activations as a share of their steepest."""
    for l in range(1, case.network.L):
        g_prime = ACTIVATIONS[case.network.g[l]].g_prime
        if (case.network.g[l] in ("sigmoid", "tanh")) is not bounded:
            continue
        slope = np.abs(g_prime(case.layers.Z[l], case.layers.A[l]))
        yield l, slope * (4.0 if case.network.g[l] == "sigmoid" else 1.0)


def linear_collapse(case: Case) -> Iterator[Finding]:
    """Hidden layers that are straight on these rows: together they are one layer, Z[L] = W' X + b'.

    A layer is straight if its activation is the identity, or if every ReLU or leaky ReLU unit of it has the
    same sign for all rows: it then only multiplies by 1, 0.01 or 0.
    """
    W, b = case.matrices
    W_line, b_line = W[1], b[1]
    for l in range(1, case.network.L):
        slopes = _straight(case, l)
        if slopes is None:
            return
        W_line, b_line = W[l + 1] @ (slopes * W_line), W[l + 1] @ (slopes * b_line) + b[l + 1]
    largest = np.argsort(-np.abs(W_line[0]), kind="stable")[:_MOST_TERMS]
    few = W_line.size <= _MOST_WEIGHTS
    evidence = {
        "weights": W_line.tolist() if few else None,
        "biases": b_line[:, 0].tolist() if few else None,
        "largest": [[case.feature(int(j)), float(W_line[0, j])] for j in largest],
        "bias": float(b_line[0, 0]),
        "layers": case.network.L,
    }
    every = all(name == "identity" for name in case.network.activations)
    yield Finding("linear_collapse", Severity.WARNING, evidence, "" if every else "one_side")


def _straight(case: Case, l: int) -> Any:
    """The slope of each unit of a straight layer, (n[l], 1); None if some unit bends on these rows."""
    name, Z = case.network.g[l], case.layers.Z[l]
    if name == "identity":
        return np.ones((len(Z), 1))
    positive = (Z > 0).all(axis=1)
    if name not in ("relu", "leaky_relu") or not (positive | (Z <= 0).all(axis=1)).all():
        return None
    return ACTIVATIONS[name].g_prime(Z, case.layers.A[l])[:, :1]
