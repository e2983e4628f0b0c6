"""What finite differences and gradients say of each matrix, when they are laid side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np

from shoal.book.network import Network
from shoal.inspect._bugs import SAME, difference
from shoal.inspect._differences import Slopes

AGREE = 1e-7  # relative: what finite differences in float64 can tell, and the course's threshold


class Worst(NamedTuple):
    """The entry of a matrix with the largest difference, and the value by each derivation."""

    place: tuple[int, int]  # row and column
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class MatrixCheck:
    """One matrix of derivatives.

    Attributes
    ----------
    symbol : str
        ``"W[1]"`` or ``"b[1]"``.
    shape : tuple of int
    checked : int
        Parameters whose finite difference was taken, one by one.
    kinks : int
        Of these, how many were left out because a kink lies too near.
    blurred : int
        Of these, how many were left out because rounding is larger than what there is to compare.
    differences : dict
        By derivation, the largest relative difference from the finite differences; None if all were left out.
    graph_differences : dict
        By derivation, the largest relative difference from the graph, over all parameters.
    wrong : tuple of str
        The derivations that disagree.
    worst : Worst
        The entry with the largest difference.
    """

    symbol: str
    shape: tuple[int, int]
    checked: int
    kinks: int
    blurred: int
    differences: Mapping[str, float | None]
    graph_differences: Mapping[str, float]
    wrong: tuple[str, ...]
    worst: Worst

    @property
    def measured(self) -> bool:
        """Whether finite differences say something of every derivation."""
        return None not in self.differences.values()


def places(network: Network) -> list[slice]:
    """Where each matrix stands in theta: W[1], b[1], W[2], ..."""
    ends = np.cumsum([prod(shape) for shape in network.shapes]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True)
class Evidence:
    """Finite differences beside gradients."""

    network: Network
    gradients: Mapping[str, Any]  # dJ/dtheta, (p,), by derivation
    terms: Any  # (p,): see `_backward.terms_of`
    chosen: Any  # the numbers of the parameters that the first probes move, one by one
    probes: Slopes  # these, and then those along directions

    @cached_property
    def finite_differences(self) -> Any:
        """dJ/dtheta, (p,); NaN where none was taken."""
        found, k = np.full(self.network.p, np.nan), len(self.chosen)
        known = ~self.probes.kinked[:k] & ~self.blurred[:k]
        lengths = self.probes.steps[np.arange(k), self.chosen]
        found[self.chosen[known]] = self.probes.found[:k][known] / lengths[known]
        return found

    @property
    def course(self) -> dict[str, float]:
        """‖g - g'‖ / (‖g‖ + ‖g'‖) by derivation, over the parameters that have a finite difference.

        NaN if no parameter has one.
        """
        there = ~np.isnan(self.finite_differences)
        if not there.any():
            return dict.fromkeys(self.gradients, np.nan)
        numeric = self.finite_differences[there]
        found = {}
        for name, g in self.gradients.items():
            length = np.linalg.norm(g[there]) + np.linalg.norm(numeric)
            found[name] = float(np.linalg.norm(g[there] - numeric) / length) if length else 0.0
        return found

    @cached_property
    def blurred(self) -> Any:
        """The probes that can tell nothing of any derivation, because J is rounded: truth values."""
        return np.all([self._blurred(found) for found in self.gradients.values()], axis=0)

    def _blurred(self, found: Any) -> Any:
        """The probes whose difference from this derivation may be nothing but rounding, though it is large.

        Large for the network: a unit that is almost dead is measured by what living ones do.
        """
        probes = self.probes
        coarse = ~(probes.rounding <= AGREE * probes.reach)
        agrees = difference(probes.steps @ found, probes.found, self._terms) <= AGREE
        disagrees = difference(probes.steps @ found, probes.found, self._allowed) > AGREE
        still = np.abs(probes.steps).max(axis=1) == 0
        return still | (coarse & ~agrees & ~disagrees)  # also where overflow leaves no number

    @property
    def _terms(self) -> Any:
        """The size of the terms that the slope along each probe sums."""
        return np.abs(self.probes.steps) @ self.terms

    @property
    def _allowed(self) -> Any:
        """By what a probe's difference is judged: its terms, and what rounding explains."""
        return self._terms + self.probes.rounding / AGREE

    @cached_property
    def matrices(self) -> list[MatrixCheck]:
        """What there is to say about W[1], b[1], W[2], ..."""
        return [self._of_matrix(k) for k in range(2 * self.network.L)]

    def _of_matrix(self, k: int) -> MatrixCheck:
        """What there is to say about one matrix."""
        where, letter, l = places(self.network)[k], "Wb"[k % 2], k // 2 + 1
        graph = self.gradients["graph"]
        numeric = {name: self._from_probes(found, where) for name, found in self.gradients.items()}
        exact = {
            name: float(difference(found[where], graph[where], self.terms[where]).max())
            for name, found in self.gradients.items()
            if name != "graph"
        }
        wrong = [name for name, found in numeric.items() if found is not None and found > AGREE]
        if "graph" not in wrong:
            wrong += [name for name, found in exact.items() if found > SAME and name not in wrong]
        inside = (self.chosen >= where.start) & (self.chosen < where.stop)
        kinked = self.probes.kinked[: len(inside)][inside]
        return MatrixCheck(
            symbol=f"{letter}[{l}]",
            shape=self.network.shapes[k],
            checked=int(inside.sum()),
            kinks=int(kinked.sum()),
            blurred=int((self.blurred[: len(inside)][inside] & ~kinked).sum()),
            differences=numeric,
            graph_differences=exact,
            wrong=tuple(wrong),
            worst=self._worst(where, self.network.shapes[k]),
        )

    def _from_probes(self, found: Any, where: slice) -> float | None:
        """The largest relative difference along a probe in this matrix, beyond what rounding explains.

        None if no probe can tell.
        """
        probes = self.probes
        inside = ~probes.kinked & ~self._blurred(found) & (np.abs(probes.steps[:, where]).max(axis=1) > 0)
        if not inside.any():
            return None
        return float(difference(probes.steps @ found, probes.found, self._allowed)[inside].max())

    def _worst(self, where: slice, shape: tuple[int, int]) -> Worst:
        """The entry in which the derivations differ most: from the graph, or else from the differences."""
        graph, terms = self.gradients["graph"][where], self.terms[where]
        numeric = self.finite_differences[where]
        apart = np.max([difference(found[where], graph, terms) for found in self.gradients.values()], axis=0)
        if apart.max() <= SAME and not np.isnan(numeric).all():
            apart = np.nan_to_num(difference(graph, numeric, terms), nan=-1.0)
        place = int(np.argmax(apart))
        values = {name: float(found[where][place]) for name, found in self.gradients.items()}
        numeric_value = None if np.isnan(numeric[place]) else float(numeric[place])
        row, column = divmod(place, shape[1])
        return Worst((row, column), {**values, "differences": numeric_value})
