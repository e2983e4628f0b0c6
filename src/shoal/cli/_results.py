"""How scores, networks and curves look as plain text."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from shoal.base.aligned import at_the_point, table
from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.report.words._names import baseline_name, linear_name, score_name
from shoal.tables import Task
from shoal.tables._record import SearchSummary
from shoal.tables._scores import DEVIANCE, ENOUGH, Score, with_error

_DIGITS = {"rmse": 300, "mae": 300, "log_loss": 300, DEVIANCE: 300}  # these may be very small
_BARS = " ▁▂▃▄▅▆▇█"


def score_table(scores: Mapping[str, Mapping[str, Score]], task: Task) -> str:
    """A line for each model, a column for each score."""
    names = list(next(iter(scores.values())))
    models = {
        "network": text("training.model_network"),
        "linear": linear_name(task, DEVIANCE in names),
        "nothing": baseline_name(task),
    }
    rows = [["", *map(score_name, names)]]
    for model, found in scores.items():
        values = [with_error(found[name], _DIGITS.get(name, ENOUGH)) for name in names]
        rows.append([models[model], *values])
    columns = [[head, *at_the_point(values)] for head, *values in zip(*rows, strict=True)]
    return table(list(zip(*columns, strict=True)), indent=2)


def found_line(found: SearchSummary) -> str:
    """How a search found the settings of the model."""
    key = "table_search.found_early" if found.candidates < found.planned else "table_search.found"
    score, mean = score_name(found.score), with_error(found.mean)
    values = {"candidates": found.candidates, "planned": found.planned, "folds": found.folds}
    return text(key, **values, score=score, mean=mean)


def network_line(network: Any) -> str:
    """``13 → 64 relu → 1 sigmoid``."""
    layers = zip(network.n[1:], network.g[1:], strict=True)
    return " → ".join([str(network.n[0]), *(f"{units} {name}" for units, name in layers)])


def network_table(network: Any) -> str:
    """A line for each layer: its activation, the shapes of W and b, the number of parameters."""
    columns = ("layer", "activation", "weights", "biases", "parameters")
    rows = [[text(f"training.{name}") for name in columns]]
    for layer in range(1, network.L + 1):
        units, before = network.n[layer], network.n[layer - 1]
        shapes = [f"({units}, {before})", f"({units}, 1)"]
        rows.append([str(layer), network.g[layer], *shapes, f"{units * before + units:,}"])
    rows.append([text("training.total"), "", "", "", f"{network.p:,}"])
    return table(rows, right=(4,), indent=2)


def chart(values: Sequence[float], width: int = 60, height: int = 6) -> str:
    """A curve in blocks, its largest and smallest value beside it; long curves are averaged.

    What is not a finite number leaves a gap.
    """
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return ""
    _, exponent = math.frexp(max(map(abs, known)))  # a power of two scales exactly; no sum overflows
    points = _averaged([math.ldexp(value, -exponent) for value in values], width)
    drawn = [point for point in points if math.isfinite(point)]
    low, high = min(drawn), max(drawn)
    span = (high - low) or 1.0
    eighths = [
        1 + round((point - low) / span * (8 * height - 1)) if math.isfinite(point) else 0 for point in points
    ]
    ends = {height - 1: high, 0: low}
    lines = []
    for row in reversed(range(height)):
        label = f"{math.ldexp(ends[row], exponent):.4g}" if row in ends else ""
        blocks = "".join(_BARS[min(8, max(0, eighth - 8 * row))] for eighth in eighths)
        lines.append(f"  {label:>10} {blocks}".rstrip())
    return "\n".join(lines)


def _averaged(values: Sequence[float], width: int) -> list[float]:
    """At most `width` means of neighbours; NaN where none of them is finite."""
    m, width = len(values), min(len(values), width)
    edges = [round(place * m / width) for place in range(width + 1)]
    groups = ([value for value in values[a:b] if math.isfinite(value)] for a, b in pairwise(edges))
    return [sum(group) / len(group) if group else math.nan for group in groups]


_MOST_CLASSES = 12  # of more, the table and the matrix fill the screen


def held_out_lines(held_out: Mapping[str, Any]) -> str:
    """How each class fares on the held-out rows; "" of a number, and of too many classes to look at."""
    classes = held_out.get("classes", ())
    if not 0 < len(classes) <= _MOST_CLASSES:
        return ""
    ranked = [
        f"{score_name(name)} {with_error(Score(held_out[name], math.nan))}"  # as `shoal evaluate` says it
        for name in ("auc", "average_precision")
        if held_out[name] is not None
    ]
    lines = [text("core.comma").join(ranked), class_lines(classes, held_out["confusion"])]
    if cost := held_out.get("mean_cost"):
        lines.append(text("training.mean_cost", **cost))
    return "\n".join(line for line in lines if line)


def class_lines(classes: Sequence[Mapping[str, Any]], confusion: Sequence[Sequence[int]]) -> str:
    """The per-class table and the confusion matrix of an evaluation."""
    columns = ("class", "precision", "recall", "f1", "count")
    rows = [[text(f"training.{name}") for name in columns]]
    for entry in classes:
        ratios = [f"{entry[name]:.3f}" for name in ("precision", "recall", "f1")]
        rows.append([plain(entry["label"], 40), *ratios, str(entry["rows"])])
    labels = [plain(entry["label"], 12) for entry in classes]
    matrix = [["", *labels]]
    for label, counts in zip(labels, confusion, strict=True):
        matrix.append([label, *map(str, counts)])
    numbers = range(1, len(labels) + 1)
    heading = text("training.confusion")
    ratios_table = table(rows, right=(1, 2, 3, 4), indent=2)
    return f"{ratios_table}\n\n{heading}\n{table(matrix, right=list(numbers), indent=2)}"
