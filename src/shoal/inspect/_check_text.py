"""A gradient check as text and as JSON: what was compared, how far apart it is, what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.aligned import table
from shoal.base.texts import text
from shoal.inspect._bugs import SAME
from shoal.inspect._evidence import AGREE, MatrixCheck
from shoal.inspect._numbers import architecture, input_names, values

if TYPE_CHECKING:
    from shoal.inspect._check import GradientCheck

# The course's words for its number, from below
COURSE = ((1e-7, "great"), (1e-5, "careful"), (1e-3, "doubtful"), (np.inf, "wrong"))
ENOUGH = 3  # examples of wrong matrices whose worst entry is printed


def of_check(check: GradientCheck) -> str:
    """The whole page."""
    head = {"network": architecture(check.network), "p": check.network.p, "m": check.examples[0]}
    lines = [text("check.head", **head), text("check.derivations", names=_listed(check))]
    used, given = check.examples
    if used < given:
        lines.append(text("check.sample", m=used, of=given, seed=check.seed))
    if check.dropout:
        lines.append(text("check.dropout"))
    if check.planted is not None:
        lines.append(text("check.planted", bug=bug_in_words(*check.planted), name=check.planted.name))
    lines += ["", _matrices(check), text("check.meaning", agree=f"{AGREE:g}"), _from_graph(check)]
    if check.checked < check.network.p:
        counts = {"checked": check.checked, "p": check.network.p, "directions": check.directions}
        lines.append(text("check.samples", **counts, seed=check.seed))
    if check.kinks:
        lines.append(text("check.kinks", count=check.kinks))
    if check.blurred:
        lines.append(text("check.blurred", count=check.blurred))
    lines += ["", *_worst(check), *_course(check), "", verdict(check)]
    return "\n".join(lines)


def bug_in_words(name: str, layer: int) -> str:
    """What the mistake is, with its layer."""
    return text(f"check.bug_{name}", l=layer, next=layer + 1, before=layer - 1)


def verdict(check: GradientCheck) -> str:
    """Whether all agree; if not, where the mistake is and which one it may be."""
    comma = text("core.comma")
    if check.ok and check.unmeasured:
        return text("check.agree_partly", matrices=comma.join(f"d{symbol}" for symbol in check.unmeasured))
    if check.ok:
        return text("check.agree")
    wrong = [matrix.symbol for matrix in check.matrices if matrix.wrong]
    names = sorted({name for matrix in check.matrices for name in matrix.wrong})
    who = comma.join(_derivation(name) for name in names)
    lines = [text("check.disagree", names=who, matrices=comma.join(f"d{symbol}" for symbol in wrong))]
    if check.location is not None:
        formula, layer = check.location
        last = (formula, layer) == ("dZ", check.network.L)
        key = "everywhere" if layer == 0 else "output" if last else formula
        lines.append(text(f"check.located_{key}", formula=formula, l=layer))
    if check.suspects:
        words = text("check.or").join(bug_in_words(*suspect) for suspect in check.suspects)
        lines.append(text("check.suspect", bug=words))
    else:
        lines.append(text("check.unknown"))
    return "\n".join(lines)


def _listed(check: GradientCheck) -> str:
    return text("core.comma").join([*map(_derivation, check.gradients), text("check.name_differences")])


def _derivation(name: str) -> str:
    known = ("backward", "graph", "differences")
    return text(f"check.name_{name}") if name in known else text("check.name_engine", name=name)


def _matrices(check: GradientCheck) -> str:
    """A line for each matrix, a column for each derivation: how far it is from the finite differences."""
    names = list(check.gradients)
    heading = [text(f"check.{column}") for column in ("matrix", "shape", "checked", "kinked")]
    rows = [[*heading, *map(_derivation, names), ""]]
    for matrix in check.matrices:
        counts = [f"d{matrix.symbol}", str(matrix.shape), str(matrix.checked), str(matrix.kinks)]
        numbers = [_short(matrix.differences[name]) for name in names]
        told = "wrong" if matrix.wrong else "right" if matrix.measured else "not_measured"
        rows.append([*counts, *numbers, text(f"check.{told}")])
    return table(rows, right=range(2, len(heading) + len(names)), indent=2)


def _from_graph(check: GradientCheck) -> str:
    """How far each derivation is from the graph, over all parameters."""
    names = [name for name in check.gradients if name != "graph"]
    largest = {name: max(matrix.graph_differences[name] for matrix in check.matrices) for name in names}
    said = (f"{_derivation(name)} {_short(found)}" for name, found in largest.items())
    return text("check.from_graph", numbers=text("core.comma").join(said), same=f"{SAME:g}")


def _short(x: float | None) -> str:
    return "–" if x is None else f"{x:.1e}" if x else "0"


def _worst(check: GradientCheck) -> list[str]:
    """The entry with the largest difference: of the whole, or of each matrix that is wrong."""
    wrong = [matrix for matrix in check.matrices if matrix.wrong][:ENOUGH]
    if not wrong:
        wrong = [max(check.matrices, key=lambda matrix: max(_found(matrix), default=0.0))]
    return [_entry(check, matrix) for matrix in wrong]


def _found(matrix: MatrixCheck) -> list[float]:
    return [found for found in matrix.differences.values() if found is not None]


def _entry(check: GradientCheck, matrix: MatrixCheck) -> str:
    """Symbol, index, unit and input of an entry, and what each derivation says of it."""
    (row, column), found = matrix.worst
    l = int(matrix.symbol[2:-1])
    place = text("check.unit", unit=row + 1, layer=l)
    if matrix.symbol[0] == "W":
        named = input_names(check.network.n[0], check.names) if l == 1 else None
        source = named[column] if named else text("check.unit", unit=column + 1, layer=l - 1)
        place = text("check.weight", source=source, unit=place)
    said = [f"{_derivation(name)} {value:.8g}" for name, value in found.items() if value is not None]
    return text(
        "check.worst",
        entry=f"d{matrix.symbol}[{row}, {column}]",
        place=place,
        values=text("core.comma").join(said),
    )


def _course(check: GradientCheck) -> list[str]:
    """The course's number for each derivation, and its word for it; equal ones together."""
    said: dict[tuple[str, str], list[str]] = {}
    for name, found in check.course.items():
        if np.isnan(found):  # there is no finite difference
            continue
        word = next(word for most, word in COURSE if found <= most)
        said.setdefault((f"{found:.1e}", word), []).append(_derivation(name))
    lines = []
    for (number, word), names in said.items():
        shown = {"names": text("core.comma").join(names), "word": text(f"check.course_{word}")}
        lines.append(text("check.course", number=number, **shown))
    if check.ok and any(word != "great" for _, word in said):
        lines.append(text("check.course_minimum"))
    return lines


# --------------------------------------------------------------------------- JSON


def document(check: GradientCheck) -> dict[str, Any]:
    """Everything but the gradients themselves, in JSON's types."""
    matrices = [
        {
            "symbol": f"d{matrix.symbol}",
            "shape": list(matrix.shape),
            "checked": matrix.checked,
            "kinks": matrix.kinks,
            "blurred": matrix.blurred,
            "from_differences": dict(matrix.differences),
            "from_graph": dict(matrix.graph_differences),
            "wrong": list(matrix.wrong),
            "worst": {"index": list(matrix.worst.place), "values": _finite(matrix.worst.values)},
        }
        for matrix in check.matrices
    ]
    located, planted = check.location, check.planted
    return {
        "ok": check.ok,
        "verdict": verdict(check),
        "parameters": check.network.p,
        "checked": check.checked,
        "kinks": check.kinks,
        "blurred": check.blurred,
        "unmeasured": [f"d{symbol}" for symbol in check.unmeasured],
        "directions": check.directions,
        "examples": {"all": check.examples[1], "used": check.examples[0]},
        "seed": check.seed,
        "dropout": check.dropout,
        "thresholds": {"differences": AGREE, "graph": SAME},
        "course": _finite(check.course),
        "matrices": matrices,
        "planted": None if planted is None else planted._asdict(),
        "location": None if located is None else located._asdict(),
        "suspects": [suspect._asdict() for suspect in check.suspects],
    }


def _finite(numbers: Any) -> dict[str, Any]:
    return {name: None if value is None else values(value) for name, value in numbers.items()}
