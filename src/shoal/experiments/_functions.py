"""Functions as a computer computes them: tanh and sigmoid, and where e^z is too large a number."""

from typing import Any

import numpy as np

from shoal.book import ACTIVATIONS, OUTPUTS
from shoal.book.equations import sigmoid, softmax, tanh
from shoal.experiments._finding import Array, Finding, Panel, Setting, cells, curve
from shoal.experiments._measure import gap

_LAST_PLACES = 1e-15  # some roundings of numbers up to 1


def tanh_is_sigmoid(setting: Setting) -> Finding:
    """tanh(z) = 2 sigmoid(2z) - 1: moved and stretched, both ways; moved alone it stays far away."""
    z = np.random.default_rng(setting.seed).uniform(-6, 6, 2001)
    gaps = sigmoid(z) - tanh(z)  # the best shift puts the middle of these at zero
    zero = np.zeros(1)
    pair = (ACTIVATIONS["tanh"], ACTIVATIONS["sigmoid"])
    slopes = [float(each.g_prime(zero, each.g(zero))[0]) for each in pair]
    numbers = {
        "error_both": gap(2 * sigmoid(2 * z) - 1, tanh(z)),
        "error_moved": gap(sigmoid(z) - 0.5, tanh(z)),
        "error_best_shift": float(np.ptp(gaps)) / 2,
        "error_up": gap(2 * sigmoid(z) - 1, tanh(z)),
        "slope_tanh": slopes[0],
        "slope_sigmoid": slopes[1],
    }
    line, some = np.linspace(-4, 4, 161), np.linspace(-4, 4, 17)
    given = curve("tanh(z)", line, tanh(line))
    others = [
        curve("2 σ(z) − 1", line, 2 * sigmoid(line) - 1),
        curve("σ(z) − ½", line, sigmoid(line) - 0.5),
    ]
    both = curve("2 σ(2z) − 1", some, 2 * sigmoid(2 * some) - 1, joined=False)
    panels = [
        Panel("lines", [given, *others], x="z", y="a"),
        Panel("lines", [given, both], x="z", y="a"),
    ]
    far = min(numbers[f"error_{name}"] for name in ("moved", "best_shift", "up")) > 0.2
    return Finding(numbers["error_both"] < _LAST_PLACES and far and slopes == [1, 0.25], numbers, panels)


# --------------------------------------------------------------------------- overflow


def overflow(setting: Setting) -> Finding:
    """The formulas of the notes lose every digit for large z; the stable forms lose none."""
    scores = np.random.default_rng(setting.seed).normal(size=(3, 8)) * 1000
    z = np.linspace(0, 800, 1601)
    plain, stable = _plain_loss(z), _loss(z)
    numbers: dict[str, Any] = {
        "first_overflow": float(z[np.isinf(np.exp(z))][0]),
        "rounds_to_1": float(z[_plain_sigmoid(z) == 1][0]),
        "plain_loss_at_40": str(float(_plain_loss(np.array([40.0]))[0])),
        "loss_at_40": float(_loss(np.array([40.0]))[0]),
        "error_at_30": gap(plain[z <= 30], stable[z <= 30]),
        "columns": scores.shape[1],
        "plain_softmax": _spoilt(_plain_softmax(scores)),
        "softmax": _spoilt(softmax(scores)),
        "infinite": int(np.isinf(plain).sum()),
        "infinite_stable": int((~np.isfinite(stable)).sum()),
    }
    lost = numbers["infinite"] > 0 and numbers["plain_softmax"] > 0 and numbers["error_at_30"] > 1e-6
    # For y = 0 the loss is log(1 + e^z), which is z from z = 37 on.
    kept = numbers["infinite_stable"] == numbers["softmax"] == 0 and numbers["loss_at_40"] == 40
    return Finding(lost and kept, numbers, _overflow_panels(z[z <= 60], plain[z <= 60], stable[z <= 60]))


def _overflow_panels(z: Array, plain: Array, stable: Array) -> list[Panel]:
    fits = np.isfinite(plain)
    errors = np.maximum(np.abs(plain - stable) / stable, 1e-17)[fits]
    pairs = np.array([[0.0, 100.0, 700.0, 710.0, 1000.0], [0.0] * 5])
    both = [softmax(pairs)[0], _plain_softmax(pairs)[0]]
    tops = [f"{top:.0f}" for top in pairs[0]]
    losses = [curve("stable", z, stable), curve("plain", z[fits][::4], plain[fits][::4], joined=False)]
    return [
        Panel("lines", losses, x="z", y="loss", title="loss_of_sigmoid"),
        Panel("lines", [curve("plain", z[fits], errors)], x="z", y="error", log="y"),
        Panel("cells", cells(both, ["stable", "plain"], tops), x="z", title="softmax_of_two"),
    ]


def _loss(z: Array) -> Array:
    """The loss of y = 0 by the equations, from z."""
    return np.asarray(OUTPUTS["sigmoid"].loss(z[None, :], np.zeros((1, z.size)))[0])


def _plain_sigmoid(z: Array) -> Array:
    """The sigmoid as the notes write it."""
    return np.asarray(1 / (1 + np.exp(-z)))


def _plain_loss(z: Array) -> Array:
    """The loss of y = 0 as the notes write it, from a."""
    return np.asarray(-np.log(1 - _plain_sigmoid(z)))


def _plain_softmax(Z: Array) -> Array:
    """The note's softmax, of each column."""
    return np.asarray(np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True))


def _spoilt(A: Array) -> int:
    """Columns with something that is not a number."""
    return int(np.isnan(A).any(axis=0).sum())
