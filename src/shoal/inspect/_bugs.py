"""Mistakes that people make in a backward pass: to plant one, to locate one, to recognise one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from shoal.base.errors import UsageError
from shoal.base.shown import literal
from shoal.inspect._backward import RIGHT, Formula, gradient

if TYPE_CHECKING:
    from shoal.book.network import Network
    from shoal.inspect._objective import Objective

SAME = 1e-9  # relative: two ways to write one derivative differ by rounding only
SEEN = 1e-5  # relative: what a planted bug must change, so that finite differences see it


class Bug(NamedTuple):
    """Which formula is wrong, how it is written, and whether in every layer or in one."""

    formula: str  # its name in RIGHT
    wrong: Formula
    everywhere: bool = False


BUGS: Mapping[str, Bug] = MappingProxyType(
    {
        "no_mean": Bug("dW", lambda p, l: p.o.total * RIGHT["dW"](p, l)),
        "doubled": Bug("dW", lambda p, l: 2 * RIGHT["dW"](p, l)),
        "transposed": Bug("dW", lambda p, l: RIGHT["dW"](p, l).T.reshape(p.W[l].shape)),
        "bias_axis": Bug("db", lambda p, l: np.sum(RIGHT["db"](p, l)) * np.ones_like(p.b[l])),
        "wrong_sign": Bug("dZ of the output", lambda p, l: p.o.Y - p.A[l]),
        "output_slope": Bug(
            "dZ of the output", lambda p, l: (p.A[l] - p.o.Y) * p.slope(l, p.o.network.output)
        ),
        "no_activation": Bug("dZ", lambda p, l: p.masked(l, p.dA(l))),
        "wrong_activation": Bug("dZ", lambda p, l: p.masked(l, p.dA(l)) * p.slope(l, p.o.network.g[l + 1])),
        "not_transposed": Bug(
            "dZ",
            lambda p, l: (
                p.masked(l, p.W[l + 1].reshape(p.W[l + 1].shape[::-1]) @ p.dZ[l + 1])
                * p.slope(l, p.o.network.g[l])
            ),
        ),
        "no_mask": Bug("dZ", lambda p, l: p.dA(l) * p.slope(l, p.o.network.g[l])),
        "no_penalty": Bug("penalty of W", lambda p, l: np.zeros_like(p.W[l]), everywhere=True),
        "penalty_of_bias": Bug("penalty of b", lambda p, l: p.penalty(p.b[l]), everywhere=True),
    }
)
"""The mistakes by name; ``check.bug_<name>`` in the catalogue says what each is."""


class Suspect(NamedTuple):
    """A mistake by its name in BUGS, and its layer; 0 is every layer."""

    name: str
    layer: int

    def gradient(self, o: Objective, theta: Any) -> Any:
        """dJ/dtheta by a backward pass that has this mistake."""
        bug = BUGS[self.name]

        def formula(name: str, l: int) -> Formula:
            return bug.wrong if name == bug.formula and (bug.everywhere or l == self.layer) else RIGHT[name]

        return gradient(o, theta, formula)


class Location(NamedTuple):
    """The formula that must be wrong: "dZ", "dW" or "db", and its layer; 0 is every layer."""

    formula: str
    layer: int


def difference(one: Any, other: Any, terms: Any) -> Any:
    """|one - other|, relative to the terms that they are sums of, or to themselves if that is more."""
    size = np.maximum(np.maximum(np.abs(one), np.abs(other)), terms)
    return np.abs(one - other) / np.maximum(size, np.finfo(np.float64).tiny)


def bug_and_layer(plant: str) -> tuple[str, str]:
    """The name in BUGS and the layer, or "", that ``"name"`` or ``"name:layer"`` says.

    Raises
    ------
    UsageError
        If there is no such mistake.
    """
    bug, _, layer = str(plant).partition(":")
    if bug not in BUGS:
        close = get_close_matches(bug, BUGS, n=1)
        key = "check.no_bug_like" if close else "check.no_bug"
        raise UsageError(key, name=literal(bug), close="".join(close), known=", ".join(BUGS))
    return bug, layer


def planted(name: str, o: Objective, theta: Any, right: Any, terms: Any) -> Suspect:
    """The mistake that ``"name"`` or ``"name:layer"`` names; without a layer, the first that shows it.

    Raises
    ------
    UsageError
        If there is no such mistake, or it would change nothing here: it could not be found.
    """
    bug, layer = bug_and_layer(name)
    visible = [
        suspect
        for suspect in (Suspect(bug, l) for l in _layers(o.network, BUGS[bug].formula, bug))
        if difference(suspect.gradient(o, theta), right, terms).max() > SEEN
    ]
    if layer:
        visible = [suspect for suspect in visible if str(suspect.layer) == layer]
    if not visible:
        raise UsageError("check.invisible", name=name)
    return visible[0]


def _layers(network: Network, formula: str, name: str) -> list[int]:
    """The layers in which a mistake in this formula can be made; 0 is all of them at once."""
    L = network.L
    if BUGS[name].everywhere:
        return [0]
    return {"dZ of the output": [L], "dZ": list(range(1, L))}.get(formula, list(range(1, L + 1)))


def located(network: Network, wrong: Collection[str]) -> Location | None:
    """Where the mistake must stand, from the matrices, such as ``"W[1]"``, whose derivatives are wrong.

    A wrong dZ[l] makes dW and db of layer l wrong and those of all layers before it, and of none after it.
    A wrong dW or db goes no further.
    """
    if not wrong:
        return None
    layers = range(1, network.L + 1)
    top = max(l for l in layers if f"W[{l}]" in wrong or f"b[{l}]" in wrong)
    both = f"W[{top}]" in wrong and f"b[{top}]" in wrong
    if both:
        return Location("dZ", top)
    letter = "W" if f"W[{top}]" in wrong else "b"
    alone = sum(f"{letter}[{l}]" in wrong for l in layers) == 1
    return Location(f"d{letter}", top if alone else 0)


def suspects(o: Objective, theta: Any, gradient_found: Any, right: Any, terms: Any) -> list[Suspect]:
    """The mistakes with which a backward pass gives exactly this gradient."""
    candidates = (
        Suspect(name, l) for name, bug in BUGS.items() for l in _layers(o.network, bug.formula, name)
    )
    found = []
    for suspect in candidates:
        simulated = suspect.gradient(o, theta)
        same = difference(simulated, gradient_found, terms).max() <= SAME
        if same and difference(simulated, right, terms).max() > SAME:
            found.append(suspect)
    return found
