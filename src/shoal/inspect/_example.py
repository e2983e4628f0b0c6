"""One example of a trace: forward through every unit, and back the derivatives of its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.aligned import table
from shoal.base.errors import UsageError
from shoal.base.shown import as_html, literal, plain
from shoal.base.texts import text
from shoal.inspect._numbers import input_names, number
from shoal.inspect._unit import UnitTrace

if TYPE_CHECKING:
    from shoal.inspect._trace import Trace

MOST_UNITS = 12  # of a layer that are listed
MOST_INPUTS = 12


@dataclass(frozen=True, repr=False)
class ExampleTrace:
    """Example `i` of a `Trace`; printed, it is the whole way forward and back.

    Attributes
    ----------
    trace : Trace
        That of all examples: ``trace.Z[l][:, i]`` is this one's.
    i : int
        Its number, from 0.
    """

    trace: Trace
    i: int

    def unit(self, l: int, j: int) -> UnitTrace:
        """The arithmetic of one unit, in full.

        Parameters
        ----------
        l : int
            Its layer, from 1 to L.
        j : int
            Its number in the layer, from 1 to n[l], as the book counts: unit 1 is row 0 of ``W[l]``.

        Raises
        ------
        UsageError
            If there is no such layer or unit.
        """
        network = self.trace.network
        for name, value, most in (("l", l, network.L), ("j", j, None)):
            most = network.n[l] if most is None else most
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= most:
                raise UsageError("trace.no_unit", name=name, got=literal(value), most=most, layer=l)
        return UnitTrace(self.trace, self.i, int(l), int(j))

    @property
    def title(self) -> str:
        """Which example this is, in words."""
        seen = self.trace
        if seen.rows is not None:
            return text("trace.row", row=int(seen.rows[self.i]) + 1)
        return text("trace.example", i=self.i, m=seen.m)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        seen, i = self.trace, self.i
        lines = [self.title, *self._given(), "", _units(seen, i)]
        if seen.loss is not None:
            loss, q = number(seen.loss[0, i]), number(seen.q[0, i])
            lines += ["", text("trace.loss", loss=loss, q=q)]
        return "\n".join(lines)

    def _given(self) -> list[str]:
        """The inputs and the target."""
        seen = self.trace
        x, names = seen.A[0][:, self.i], input_names(seen.network.n[0], seen.names)
        shown = [f"{name} = {number(value)}" for name, value in zip(names, x, strict=True)][:MOST_INPUTS]
        if len(x) > MOST_INPUTS:
            shown.append(text("trace.more", count=len(x) - MOST_INPUTS))
        key = "trace.inputs" if seen.rows is None else "trace.inputs_encoded"
        lines = [text(key, inputs=", ".join(shown))]
        if seen.Y is not None:
            y = ", ".join(map(number, seen.Y[:, self.i]))
            lines.append(text("trace.target", y=y) + self._class())
        return lines

    def _class(self) -> str:
        """The class that the target stands for, where it stands for one."""
        seen = self.trace
        y = seen.Y[:, self.i]
        if seen.classes is None or (seen.network.output != "softmax" and len(y) > 1):
            return ""
        return f" ({plain(seen.classes[int(y[0] > 0.5) if len(y) == 1 else int(np.argmax(y))])})"

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """The columns of this example, in JSON's types: `Trace.to_dict` with one example."""
        from shoal.inspect._trace_text import document

        return document(self.trace, slice(self.i, self.i + 1))


def _units(seen: Trace, i: int) -> str:
    """A line for each unit, layer by layer: z, a, and back da, dz."""
    back = seen.dZ is not None
    rows = [[text("trace.layer"), "g", text("trace.unit"), "z", "a", *(["da", "dz"] if back else [])]]
    for l in range(1, seen.network.L + 1):
        columns = [seen.Z[l][:, i], seen.A[l][:, i]]
        if back:
            columns += [seen.dA[l][:, i], seen.dZ[l][:, i]]
        n_l = seen.network.n[l]
        for j in range(min(n_l, MOST_UNITS)):
            layer = [str(l), seen.network.g[l]] if j == 0 else ["", ""]
            rows.append([*layer, str(j + 1), *(number(column[j]) for column in columns)])
        if n_l > MOST_UNITS:
            rows.append(["", "", text("trace.more", count=n_l - MOST_UNITS), *[""] * len(columns)])
    return table(rows, right=(3, 4, 5, 6), indent=2)
