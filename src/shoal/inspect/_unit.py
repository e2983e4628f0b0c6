"""One unit and one example: the arithmetic that a person would do by hand, with all its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.shown import as_html
from shoal.base.texts import text
from shoal.book.equations import ACTIVATIONS, OUTPUTS
from shoal.inspect._numbers import factor, input_names, number

if TYPE_CHECKING:
    from shoal.inspect._trace import Trace

MOST_TERMS = 8  # of a sum that are written out, the largest ones

# dL/dA[L] as the book writes it. For each of these pairs, dL/dZ[L] is a - y.
OUTPUT_DA = {
    "sigmoid": "-y/a + (1 - y)/(1 - a)",
    "softmax": "-y/a",
    "identity": "a - y",
    "exp": "1 - y/a",
}
OUTPUT_SLOPE = {"sigmoid": "a(1 - a)", "exp": "a"}


@dataclass(frozen=True, repr=False)
class UnitTrace:
    """Unit j of layer l in example i of a `Trace`; printed, it is the arithmetic in full.

    Attributes
    ----------
    trace : Trace
    i, l, j : int
        Example (from 0), layer (from 1), unit (from 1: unit 1 is row 0 of ``W[l]``).
    """

    trace: Trace
    i: int
    l: int
    j: int

    # ------------------------------------------------------------------ numbers

    @property
    def w(self) -> Any:
        """Its weights, (n[l-1],)."""
        return self.trace.W[self.l][self.j - 1]

    @property
    def inputs(self) -> Any:
        """What comes in, (n[l-1],): x, or the activations of the layer before."""
        return self.trace.A[self.l - 1][:, self.i]

    @property
    def b(self) -> float:
        """Its bias."""
        return float(self.trace.b[self.l][self.j - 1, 0])

    @property
    def z(self) -> float:
        """w · inputs + b."""
        return self._of(self.trace.Z)

    @property
    def a(self) -> float:
        """g(z)."""
        return self._of(self.trace.A)

    @property
    def da(self) -> float | None:
        """dL/da of this example; None without targets."""
        return None if self.trace.dA is None else self._of(self.trace.dA)

    @property
    def dz(self) -> float | None:
        """dL/dz of this example; None without targets."""
        return None if self.trace.dZ is None else self._of(self.trace.dZ)

    @property
    def slope(self) -> float:
        """g'(z); of a softmax a(1 - a), the slope towards its own z."""
        network = self.trace.network
        g = OUTPUTS[network.output] if self.l == network.L else ACTIVATIONS[network.g[self.l]]
        return float(g.g_prime(np.array(self.z), np.array(self.a)))

    def _of(self, arrays: Any) -> float:
        return float(arrays[self.l][self.j - 1, self.i])

    # ------------------------------------------------------------------ words

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        g = self.trace.network.g[self.l]
        example = self.trace.example(self.i).title
        lines = [text("trace.unit_head", unit=self.j, layer=self.l, g=g, example=example)]
        lines += [text("trace.forward"), *_indented(self._forward())]
        if self.trace.dZ is not None:
            lines += [text("trace.backward"), *_indented(self._backward())]
        alike = [group for group in self.trace.identical_units[self.l] if self.j in group]
        for group in alike:
            others = text("core.comma").join(str(k) for k in group if k != self.j)
            lines.append(text("trace.identical_to", units=others))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """The numbers in JSON's types."""
        place = {"example": self.i, "layer": self.l, "unit": self.j}
        names = self._input_names()
        sums = {"w": self.w.tolist(), "inputs": self.inputs.tolist(), "names": names, "b": self.b}
        return {**place, **sums, "z": self.z, "a": self.a, "slope": self.slope, "da": self.da, "dz": self.dz}

    def _input_names(self) -> list[str]:
        if self.l > 1:
            return [f"a{k + 1}" for k in range(len(self.w))]
        return input_names(len(self.w), self.trace.names)

    def _forward(self) -> list[str]:
        names = self._input_names()
        letters = [f"w{k + 1}·{name}" for k, name in enumerate(names)]
        sums = _sum(letters, self.w, self.inputs)
        lines = [f"z = {sums.letters} + b", f"  = {sums.numbers} + {factor(self.b)}", f"  = {number(self.z)}"]
        network, l, z = self.trace.network, self.l, number(self.z)
        g = network.g[l]
        if g == "identity":
            return [*lines, f"a = z = {number(self.a)}"]
        if l == network.L and g == "softmax":
            total = " + ".join(f"e^{factor(other)}" for other in self.trace.Z[l][:MOST_TERMS, self.i])
            total += " + …" * (network.n[l] > MOST_TERMS)
            return [*lines, f"a = softmax(z) = e^{factor(z)} / ({total}) = {number(self.a)}"]
        if l == network.L and g == "exp":
            return [*lines, f"a = e^z = e^{factor(self.z)} = {number(self.a)}"]
        return [*lines, f"a = {g}(z) = {g}({z}) = {number(self.a)}"]

    def _backward(self) -> list[str]:
        da, dz, slope = number(self.da), number(self.dz), factor(self.slope)
        if self.l == self.trace.network.L:
            lines = self._backward_of_output(da, dz)
        else:
            w, dz_next = self.trace.W[self.l + 1][:, self.j - 1], self.trace.dZ[self.l + 1][:, self.i]
            sums = _sum([f"w{k + 1}·dz{k + 1}" for k in range(len(w))], w, dz_next)
            g = self.trace.network.g[self.l]
            lines = [
                text("trace.from_next", formula=f"da = {sums.letters}", layer=self.l + 1),
                f"   = {sums.numbers}",
                f"   = {da}",
                f"dz = da · {g}'(z) = {factor(self.da)} · {slope} = {dz}",
            ]
        return [
            *lines,
            *self._parts(),
            f"db = dz = {dz}",
            text("trace.part", q=number(self.trace.q[0, self.i])),
        ]

    def _parts(self) -> list[str]:
        """What this example gives to the unit's row of dW."""
        names, dz = self._input_names(), factor(self.dz)
        if self.dz == 0:
            return [f"dw1 … dw{len(names)} = dz·{names[0]} … dz·{names[-1]} = 0"]
        parts = self.trace.dZ[self.l][self.j - 1, self.i] * self.inputs
        order = _largest(parts)
        lines = [
            f"dw{k + 1} = dz·{names[k]} = {dz}·{factor(self.inputs[k])} = {number(parts[k])}" for k in order
        ]
        return [*lines, *[text("trace.more", count=len(names) - len(order))] * (len(order) < len(names))]

    def _backward_of_output(self, da: str, dz: str) -> list[str]:
        """The loss's own slope, and what it comes to with that of the last activation."""
        output = self.trace.network.output
        y = self.trace.Y[self.j - 1, self.i]
        lines = [f"da = {OUTPUT_DA[output]} = {da}"] if output in OUTPUT_DA else [f"da = {da}"]
        step = ""
        if output in OUTPUT_SLOPE:
            step = f"da · {OUTPUT_SLOPE[output]} = {factor(self.da)} · {factor(self.slope)} = "
        return [*lines, f"dz = {step}a - y = {number(self.a)} - {factor(y)} = {dz}"]


@dataclass(frozen=True)
class _Sum:
    """A sum of products, in letters and in numbers."""

    letters: str
    numbers: str


def _largest(terms: Any) -> list[int]:
    """The numbers of the terms to write out: all in their order, or the largest first."""
    if len(terms) <= MOST_TERMS:
        return list(range(len(terms)))
    return list(map(int, np.argsort(-np.abs(terms), kind="stable")[:MOST_TERMS]))


def _sum(letters: list[str], w: Any, x: Any) -> _Sum:
    """w1·x1 + w2·x2 + ...; of many terms the largest, and the others as one number."""
    terms = w * x
    order = _largest(terms)
    named = [letters[k] for k in order]
    written = [f"{factor(w[k])}·{factor(x[k])}" for k in order]
    if rest := len(terms) - len(order):
        more = text("trace.more", count=rest)
        named.append(more)
        written.append(f"{factor(terms.sum() - terms[order].sum())} ({more})")
    return _Sum(" + ".join(named), " + ".join(written))


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
