"""One unit, and what the way forward keeps for the way back: note 3, sections 3.3 and 3.9."""

import math
from typing import Any

import numpy as np

from shoal.book import ACTIVATIONS, Network, backward, forward, shares
from shoal.book.equations import bias_gradient, hidden_dZ, sigmoid, weights_gradient
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, cells, curve
from shoal.experiments._measure import gap
from shoal.inspect import trace


def unit(setting: Setting) -> Finding:
    """A unit computes twice: z = w · x + b, then a = g(z); a layer does it with the same x."""
    random = np.random.default_rng(setting.seed)
    network = Network((3, 4, 1), ("sigmoid",), "sigmoid")
    theta, X = random.normal(size=network.p), random.normal(size=(3, 5))
    traced = trace(network, theta, X)
    units = [traced.example(0).unit(1, j) for j in range(1, 5)]
    x, errors = X[:, 0], []
    for each, w, b in zip(units, *(part[1] for part in network.views(theta)), strict=True):
        z = sum(w_k * x_k for w_k, x_k in zip(w.tolist(), x.tolist(), strict=True)) + float(b[0])
        errors += [abs(z - each.z), abs(1 / (1 + math.exp(-z)) - each.a)]
    first = units[0]
    terms = (first.w * first.inputs).tolist()
    numbers: dict[str, Any] = {
        "w": first.w.tolist(),
        "x": x.tolist(),
        "terms": terms,
        "b": first.b,
        "z": first.z,
        "a": first.a,
        "units": len(units),
        "largest_error": max(errors),
        "spread": max(each.a for each in units) - min(each.a for each in units),
    }
    far = max(4.0, *(abs(each.z) + 1 for each in units))
    z = np.linspace(-far, far, 121)
    layer = curve("layer", [each.z for each in units], [each.a for each in units], joined=False)
    steps = Series("value", ("w1 x1", "w2 x2", "w3 x3", "b", "z", "a"), [*terms, first.b, first.z, first.a])
    panels = [
        Panel("bars", [steps], title="first"),
        Panel("lines", [curve("sigmoid", z, sigmoid(z)), layer], x="z", y="a", title="then"),
    ]
    return Finding(max(errors) < 1e-12 and numbers["spread"] > 0, numbers, panels)


# --------------------------------------------------------------------------- the cache

_DEPTHS = range(1, 11)
_HIDDEN = ("sigmoid", "tanh", "relu", "gelu")
_KEPT = ("A[0]", "Z[1]", "A[1]", "Z[2]", "A[2]")


def cache(setting: Setting) -> Finding:
    """The way back reads what the way forward kept; without it each layer would be computed again."""
    random = np.random.default_rng(setting.seed)
    kept, again, differences = [], [], []
    for L in _DEPTHS:
        network = Network((*(5,) * L, 1), ("tanh",) * (L - 1), "sigmoid")
        difference, counts = _both(network, random)
        differences.append(difference)
        kept.append(counts[0])
        again.append(counts[1])
    read = {name: _read(name, random) for name in _HIDDEN}
    numbers: dict[str, Any] = {
        "layers": _DEPTHS[-1],
        "products_kept": kept[-1],
        "products_again": again[-1],
        "difference": max(differences),
        "read": read,
        **{f"read_{name}": read[name] for name in ("tanh", "relu")},
    }
    panels = [
        Panel(
            "lines",
            [Series("kept", list(_DEPTHS), kept), Series("again", list(_DEPTHS), again)],
            x="layers",
            y="products",
            title="count",
        ),
        Panel(
            "cells",
            cells([[float(each in read[name]) for each in _KEPT] for name in _HIDDEN], _HIDDEN, _KEPT),
            title="reads",
        ),
    ]
    counted = all(b - a == L * (L - 1) // 2 for a, b, L in zip(kept, again, _DEPTHS, strict=True))
    layers = all({"A[0]", "A[1]", "A[2]"} <= set(read[name]) and "Z[2]" not in read[name] for name in _HIDDEN)
    needs_Z = [name for name in _HIDDEN if "Z[1]" in read[name]]
    same = max(differences) < 1e-12
    return Finding(counted and layers and same and needs_Z == ["relu", "gelu"], numbers, panels)


def _both(network: Network, random: np.random.Generator) -> tuple[float, tuple[int, int]]:
    """How far the gradients with and without a cache differ; the products W @ A and W.T @ dZ of each."""
    (W, b), X, Y, q = _problem(network, random)
    Z, A = forward(W, b, X, network.g)
    _, dW, db = backward(W, Z, A, Y, network.g, q)
    L, counts = network.L, [network.L, network.L]  # the way forward
    difference, dZ = 0.0, A[L] - Y
    for l in range(L, 0, -1):
        Z_before, A_before = _again(W, b, X, network, l - 1)
        counts[1] += l - 1
        found = (weights_gradient(dZ, A_before, q), bias_gradient(dZ, q))
        for ours, theirs in zip(found, (dW[l], db[l]), strict=True):
            difference = max(difference, gap(ours, theirs))
        if l > 1:
            dZ = hidden_dZ(W[l], dZ, Z_before, A_before, network.g[l - 1], None)
        back = 1 + (l > 1)  # dW[l], and W[l].T @ dZ[l]
        counts = [count + back for count in counts]
    return difference, (counts[0], counts[1])


def _problem(network: Network, random: np.random.Generator) -> tuple[Any, Array, Array, Array]:
    """Parameters, and six examples."""
    X, Y = random.normal(size=(network.n[0], 6)), random.integers(0, 2, (1, 6)).astype(float)
    return network.views(random.normal(size=network.p)), X, Y, shares(np.ones((1, 6)))


def _again(W: Any, b: Any, X: Array, network: Network, l: int) -> tuple[Any, Any]:
    """Z[l] and A[l] from X, layer by layer, as if nothing had been kept."""
    if l == 0:
        return None, X
    Z, _ = forward(W[: l + 1], b[: l + 1], X, (*network.g[:l], "identity"))
    return Z[l], ACTIVATIONS[network.g[l]].g(Z[l])


def _read(name: str, random: np.random.Generator) -> list[str]:
    """Which kept arrays change the gradient if they are lost: each is replaced by NaN in turn."""
    network = Network((3, 4, 1), (name,), "sigmoid")
    (W, b), X, Y, q = _problem(network, random)
    Z, A = forward(W, b, X, network.g)
    right, read = backward(W, Z, A, Y, network.g, q), []
    for symbol in _KEPT:
        kept = {"Z": list(Z), "A": list(A)}
        l = int(symbol[2])
        kept[symbol[0]][l] = np.full_like(kept[symbol[0]][l], np.nan)
        found = backward(W, kept["Z"], kept["A"], Y, network.g, q)
        if any(not np.array_equal(right[k][j], found[k][j]) for k in (1, 2) for j in (1, 2)):
            read.append(symbol)
    return read
