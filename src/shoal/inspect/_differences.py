"""Finite differences of the cost: a derivative of J that needs nothing but J, and knows where there is none.

A probe moves theta by a step s, both ways and twice as far: (-J(2s) + 8 J(s) - 8 J(-s) + J(-2s)) / 12 is the
slope of J along s, with an error of order |s|^5. Most probes move one parameter. Some move a whole matrix at
once in a random direction, so that every parameter is looked at, however many there are.

There is no slope where a kink lies between the outermost points: a Z of ReLU that changes its sign, a W that
does under L1. Such a probe is tried again with smaller steps; if the kink stays, it is left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.book.equations import ACTIVATIONS
from shoal.inspect._objective import Objective

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)  # by how much Z moves, about; the smallest leaves 8 digits of the slope
POINTS = (-2, -1, 1, 2)
BENT = 2e-5  # by how much the slopes over s and over 2s may differ: the error is about the square of that
ROUNDING = 50 * np.finfo(np.float64).eps  # of a difference, in units of the numbers that J is computed from
NUMBERS = 4_000_000  # that a stack of moved networks may hold at a time: 32 MB


@dataclass(frozen=True)
class Slopes:
    """What k probes found."""

    steps: Any  # (k, p): the steps that were taken in the end
    found: Any  # (k,): the slope of J along the step
    rounding: Any  # (k,): how wrong it may be because J is rounded
    reach: Any  # (k,): by how much J may change when any Z moves as far as in this probe
    kinked: Any  # (k,): whether a kink lies in the way even of the smallest step


def slopes(o: Objective, theta: Any, directions: Any, terms: Any) -> Slopes:
    """The slope of J along each direction, (k, p).

    `terms`, (p,), is the size of the terms that each part of dJ/dtheta is a sum of. By them it is judged
    whether a step is short enough.
    """
    k = len(directions)
    lengths = _lengths(o, theta)
    unit = directions * lengths
    steps, found, kinked = unit * STEPS[0], np.zeros(k), np.zeros(k, bool)
    reach = np.zeros(k)
    rounding = np.full(k, ROUNDING * _magnitude(o, theta, terms))
    stack = max(1, NUMBERS // (o.network.p + sum(o.network.n) * o.m))
    left = np.arange(k)
    for h in STEPS:
        steps[left], reach[left] = h * unit[left], h * np.max(lengths * terms)
        settled = np.zeros(k, bool)
        for part in np.split(left, range(stack, len(left), stack)):
            found[part], coarse, kinked[part] = _probe(o, theta, steps[part])
            allowed = BENT * (np.abs(steps[part]) @ terms) + rounding[part]
            settled[part] = ~kinked[part] & (np.abs(found[part] - coarse) <= allowed)
        left = left[~settled[left]]
        if not len(left):
            break
    return Slopes(steps, found, rounding, reach, kinked)


def _probe(o: Objective, theta: Any, steps: Any) -> tuple[Any, Any, Any]:
    """The slope along each step, a coarser estimate of it, and whether there is a kink on the way."""
    f: dict[int, Any] = {}
    penalties: dict[int, Any] = {}
    here = _sides(o, theta[None])
    kinked = np.zeros(len(steps), bool)
    for place in POINTS:
        moved = theta + place * steps
        Z, _ = o.forward(moved)
        f[place], penalties[place] = o.losses(Z[-1]), o.penalty(moved)
        for one, other in zip(_sides(o, moved, Z), here, strict=True):
            kinked |= (one != other).any(axis=(-2, -1))
    # example by example: the difference of two sums would be rounded as the sums are
    slope, coarse = (np.sum(o.q * by_example, axis=(-2, -1)) for by_example in _stencils(f))
    return slope + _stencils(penalties)[0], coarse + _stencils(penalties)[1], kinked


def _stencils(f: dict[int, Any]) -> tuple[Any, Any]:
    """The slope by four points and by two."""
    return (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / 12, (f[1] - f[-1]) / 2


def _sides(o: Objective, theta: Any, Z: Any = None) -> list[Any]:
    """On which side of its kink everything lies that has one, for a stack of networks."""
    network = o.network
    kinks = [(l, kink) for l in range(1, network.L) for kink in ACTIVATIONS[network.g[l]].kinks]
    if kinks and Z is None:
        Z, _ = o.forward(theta)
    sides = [Z[l] > kink for l, kink in kinks]
    return [*sides, *(np.sign(W_l) for W_l in network.views(theta)[0][1:])] if o.l1 else sides


def _lengths(o: Objective, theta: Any) -> Any:
    """How far each parameter moves, (p,), so that Z moves by at most about 1: less where inputs are large."""
    network, lengths = o.network, np.ones(o.network.p)
    _, A = o.forward(theta)
    W, _ = network.views(lengths)
    for l in range(1, network.L + 1):
        largest = np.maximum(1, np.abs(A[l - 1]).max(axis=1))  # taken out: a square may overflow
        W[l][...] = 1 / np.maximum(1, largest * np.sqrt(np.mean((A[l - 1] / largest[:, None]) ** 2, axis=1)))
    return lengths


def _magnitude(o: Objective, theta: Any, terms: Any) -> float:
    """How large the numbers are that J is computed from: their last digit is what a difference loses.

    |theta| @ terms is the sum of |dJ/dZ| times the terms of Z, over all units and examples.
    """
    Z, _ = o.forward(theta)
    return float(np.sum(o.q * o.losses(Z[-1])) + o.penalty(theta) + np.abs(theta) @ terms)
