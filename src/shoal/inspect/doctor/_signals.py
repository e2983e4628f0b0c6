"""What may be wrong with the numbers on their way: not finite, huge, vanishing or exploding."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from shoal.inspect.doctor._case import Case, root_mean_square
from shoal.inspect.doctor._finding import Finding, Severity

VANISHED = 1e-3
"""Of the pace of the fastest layer. A layer's pace is |dW| / |W|: by which share of itself one step with a
learning rate of 1 would change it. A layer below a thousandth of it stands still while the others learn."""

EXPLODED = 100.0  # |dW| / |W|: even a learning rate of 0.01 would throw away what the layer has
HUGE = 1000.0  # a part of Z that one weight adds, in a typical row: float32 then has three digits left for z
_STILL_LEARNS = 1e-3  # of the pace: below, no layer moves, and their ratios say nothing


def not_finite(case: Case) -> Iterator[Finding]:
    """NaN or infinity in theta, or in what the network computes from it."""
    theta = np.asarray(case.theta)
    bad = int(np.sum(~np.isfinite(theta)))
    W, b = case.matrices
    layers = [
        l
        for l in range(1, case.network.L + 1)
        if not (np.isfinite(W[l]).all() and np.isfinite(b[l]).all() and np.isfinite(case.layers.Z[l]).all())
    ]
    if bad or layers or not np.isfinite(case.losses).all():
        evidence = {"parameters": bad, "of": len(theta), "layers": layers or [case.network.L]}
        yield Finding("not_finite", Severity.ERROR, evidence, "" if bad else "overflow")


def huge_weights(case: Case) -> Iterator[Finding]:
    """A weight so large that it alone decides Z: |W[l]| times the typical size of its input."""
    W, _ = case.matrices
    numbers = range(1, case.network.L + 1)
    sizes = [root_mean_square(A) for A in case.layers.A]  # (n[l],) each
    parts = {l: np.abs(W[l]) * sizes[l - 1] for l in numbers}
    layers = [l for l in numbers if parts[l].max() > HUGE]
    if layers:
        l = max(layers, key=lambda l: float(parts[l].max()))
        unit, source = (int(place) for place in np.unravel_index(parts[l].argmax(), parts[l].shape))
        evidence = {
            "layers": layers,
            "layer": l,
            "unit": unit + 1,
            "weight": float(W[l][unit, source]),
            "part": float(parts[l].max()),
            "source": case.feature(source) if l == 1 else source + 1,
            "before": l - 1,
        }
        yield Finding("huge_weights", Severity.WARNING, evidence, "" if l == 1 else "unit")


def vanishing_gradients(case: Case) -> Iterator[Finding]:
    """Layers whose pace is below a thousandth of the fastest layer's, while that one still learns."""
    pace = _pace(case)
    fastest = max(pace, key=pace.__getitem__, default=0)
    slow = [l for l, size in pace.items() if size < VANISHED * pace[fastest]]
    if slow and pace[fastest] > _STILL_LEARNS:
        ratio = min(pace.values()) / pace[fastest]
        evidence = {"layers": slow, "fastest": fastest, "ratio": ratio, **_listed(case)}
        yield Finding("vanishing_gradients", Severity.WARNING, evidence)


def exploding_gradients(case: Case) -> Iterator[Finding]:
    """Layers whose gradient is a hundred times as large as the layer itself."""
    pace = _pace(case)
    large = [l for l, size in pace.items() if size > EXPLODED]
    if large:
        evidence = {"layers": large, "pace": max(pace.values()), **_listed(case)}
        yield Finding("exploding_gradients", Severity.WARNING, evidence)


def _pace(case: Case) -> dict[int, float]:
    """|dW[l]| / |W[l]| of each layer that has weights, by root mean squares."""
    W, _ = case.matrices
    return {
        l: _size(case.layers.dW[l]) / _size(W[l]) for l in range(1, case.network.L + 1) if _size(W[l]) > 0
    }


def _listed(case: Case) -> dict[str, list[float]]:
    """|dW[l]| and |W[l]| of every layer, the first first."""
    W, _ = case.matrices
    numbers = range(1, case.network.L + 1)
    return {
        "gradient_sizes": [_size(case.layers.dW[l]) for l in numbers],
        "weight_sizes": [_size(W[l]) for l in numbers],
    }


def _size(matrix: Any) -> float:
    """The root of the mean square of the entries."""
    return float(root_mean_square(matrix.reshape(1, -1))[0])
