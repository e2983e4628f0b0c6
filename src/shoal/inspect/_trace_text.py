"""A trace as text and as JSON: shapes in letters and numbers, how large everything is, and the cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.aligned import table
from shoal.base.texts import text
from shoal.inspect._numbers import architecture, input_names, number, span, values

if TYPE_CHECKING:
    from shoal.inspect._trace import Trace

MOST_IDENTICAL = 8  # units that are listed


def of_trace(seen: Trace) -> str:
    """The whole page."""
    head = text("trace.head", network=architecture(seen.network), m=seen.m, dtype=seen.dtype)
    parts = [f"{head}\n{text('trace.evaluation')}", _shapes(seen), _sizes(seen)]
    if seen.J is not None:
        parts.append(_cost(seen))
    identical = [
        text("trace.identical", layer=l, units=_listed(group))
        for l, groups in enumerate(seen.identical_units)
        for group in groups
    ]
    return "\n\n".join([*parts, *(["\n".join(identical)] if identical else [])])


def _listed(units: list[int]) -> str:
    shown = text("core.comma").join(map(str, units[:MOST_IDENTICAL]))
    return shown if len(units) <= MOST_IDENTICAL else f"{shown}, … ({len(units)})"


def _shapes(seen: Trace) -> str:
    """A line for each layer; the letters stand once, in the heading."""
    back = seen.dZ is not None
    weights, biases, units = ("W[l], dW[l]", "b[l], db[l]", "Z[l], A[l], dZ[l], dA[l]")
    heading = [weights, biases, units] if back else ["W[l]", "b[l]", "Z[l], A[l]"]
    rows = [[text("trace.layer"), *heading], ["l", "(n[l], n[l-1])", "(n[l], 1)", "(n[l], m)"]]
    rows.append(["0", "", "", f"{seen.A[0].shape}  A[0] = X"])
    for l in range(1, seen.network.L + 1):
        rows.append([str(l), *(str(array.shape) for array in (seen.W[l], seen.b[l], seen.Z[l]))])
    return f"{text('trace.shapes')}\n{table(rows, indent=2)}"


def _sizes(seen: Trace) -> str:
    """The range of Z and A, and how large the derivatives are."""
    heading = [text("trace.layer"), "g", "Z[l]", "A[l]"]
    back = ["dZ[l]", "‖dW[l]‖", "‖db[l]‖"] if seen.dZ is not None else []
    rows = [[*heading, *back], ["0", "", "", span(seen.A[0]), *[""] * len(back)]]
    for l in range(1, seen.network.L + 1):
        row = [str(l), seen.network.g[l], span(seen.Z[l]), span(seen.A[l])]
        if back:
            lengths = (np.linalg.norm(array) for array in (seen.dW[l], seen.db[l]))
            row += [span(seen.dZ[l]), *map(number, lengths)]
        rows.append(row)
    return f"{text('trace.sizes')}\n{table(rows, right=(5, 6), indent=2)}"


def _cost(seen: Trace) -> str:
    """J and what it is the sum of."""
    parts = [text("trace.mean_loss", value=number(seen.mean_loss))]
    for name, value in seen.penalties.items():
        if value:
            parts.append(text("trace.penalty", name=name.upper(), value=number(value)))
    return text("trace.cost", J=number(seen.J), parts=" + ".join(parts))


# --------------------------------------------------------------------------- JSON


def document(seen: Trace, shown: slice) -> dict[str, Any]:
    """All of a trace in JSON's types, with the columns of these examples."""
    network = seen.network
    count = len(range(seen.m)[shown])
    found: dict[str, Any] = {
        "network": {
            "n": list(network.n),
            "activations": list(network.activations),
            "output": network.output,
        },
        "dtype": seen.dtype,
        "mode": "evaluation",
        "examples": {"all": seen.m, "shown": count},
        "inputs": input_names(network.n[0], seen.names),
        "shapes": {symbol: {"letters": letters, "shape": list(s)} for symbol, letters, s in seen.shapes},
        "identical_units": seen.identical_units,
        "X": values(seen.A[0][:, shown]),
        "layers": [_layer(seen, l, shown) for l in range(1, network.L + 1)],
    }
    if seen.rows is not None:
        found["rows"] = [int(row) + 1 for row in seen.rows[shown]]
    if seen.J is not None:
        columns = {name: values(getattr(seen, name)[:, shown]) for name in ("Y", "q", "loss")}
        cost = {"J": seen.J, "mean_loss": seen.mean_loss, **seen.penalties}
        found |= columns | {"cost": {name: values(value) for name, value in cost.items()}}
    return found


def _layer(seen: Trace, l: int, shown: slice) -> dict[str, Any]:
    """The arrays of one layer."""
    whole, by_example = ["W", "b"], ["Z", "A"]
    if seen.dZ is not None:
        whole, by_example = [*whole, "dW", "db"], [*by_example, "dZ", "dA"]
    arrays = {name: values(getattr(seen, name)[l]) for name in whole}
    columns = {name: values(getattr(seen, name)[l][:, shown]) for name in by_example}
    return {"layer": l, "activation": seen.network.g[l], **arrays, **columns}
