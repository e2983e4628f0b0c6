"""How good a model is on rows with known targets: what `TableClassifier.evaluate` returns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._scores import (
    Score,
    area_under_curve,
    average_precision,
    class_scores,
    class_table,
    confusion,
    count_scores,
    number_scores,
)
from shoal.tables.encode import no_warning_of_many_classes
from shoal.tables.fair import check_cost, decide_by_cost

Floats = NDArray[np.float64]

MOST_CLASSES = 30
"""Of more classes a record keeps no table: it would grow with the square of their number."""


@dataclass(frozen=True)
class Evaluation:
    """The scores of a model on a table.

    Attributes
    ----------
    rows, unknown_target : int
        Rows that were judged, and rows that were left out because their target is missing.
    same_table : bool
        Whether the model was trained on this very table: then most rows are not new to it.
    scores : mapping
        Each score by its name: "accuracy", "log_loss", "brier", "auc" and "average_precision" (these two
        without an error), or "r2", "rmse" and "mae", of a count also "poisson_deviance".
    classes : sequence of mappings
        For each class its "label", "precision", "recall", "f1" and "rows"; empty for a number.
    confusion : sequence of lists
        Rows by their true class (down) and by the predicted one (across); empty for a number.
    """

    rows: int
    unknown_target: int
    same_table: bool
    scores: Mapping[str, Score]
    classes: Sequence[Mapping[str, Any]] = ()
    confusion: Sequence[Sequence[int]] = ()

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only; None for what is not a number."""
        document = {**vars(self), "scores": {name: score.plain() for name, score in self.scores.items()}}
        return document if self.classes else {k: v for k, v in document.items() if k not in _OF_CLASSES}


_OF_CLASSES = ("classes", "confusion")


def evaluate_numbers(
    predicted: Floats, y: Floats, rows: Mapping[str, Any], *, counts: bool = False
) -> Evaluation:
    """The evaluation of predicted numbers, or counts; `rows` are the first three attributes of the result."""
    return Evaluation(**rows, scores=(count_scores if counts else number_scores)(predicted, y))


def evaluate_classes(
    log_P: Floats,
    label: NDArray[np.intp],
    classes: Sequence[Any],
    rows: Mapping[str, Any],
    costs: Floats | None = None,
) -> Evaluation:
    """The evaluation of logarithms of probabilities, (m, classes); `label` counts their columns."""
    with no_warning_of_many_classes():
        said = None if costs is None else decide_by_cost(log_P, costs)
        measured = {"auc": area_under_curve, "average_precision": average_precision}
        ranked = {name: Score(measure(log_P, label), math.nan) for name, measure in measured.items()}
        return Evaluation(
            **rows,
            scores={**class_scores(log_P, label), **ranked},
            classes=of_classes(log_P, label, classes, said),
            confusion=confusion(log_P, label, said).tolist(),
        )


def of_classes(
    log_P: Floats, label: NDArray[np.intp], classes: Sequence[Any], said: NDArray[np.intp] | None = None
) -> list[dict[str, Any]]:
    """What `Evaluation.classes` holds; `said` are the predicted classes if they are not the likeliest."""
    entries = zip(classes, class_table(log_P, label, said), strict=True)
    return [{"label": name, **entry} for name, entry in entries]


def held_out_classes(
    log_P: Floats, label: NDArray[np.intp], classes: Sequence[Any], costs: Floats | None = None
) -> dict[str, Any]:
    """What a record keeps of the classes of held-out rows, in JSON's types.

    Of more than `MOST_CLASSES` classes only the two numbers. With `costs` (see `shoal.tables.fair`) the
    classes are those that cost least to say.
    """
    with no_warning_of_many_classes():
        measured = {
            "auc": area_under_curve(log_P, label),
            "average_precision": average_precision(log_P, label),
        }
        kept: dict[str, Any] = {
            name: value if math.isfinite(value) else None for name, value in measured.items()
        }
        if len(classes) > MOST_CLASSES:
            return {**kept, "classes": [], "confusion": []}
        said = None if costs is None else decide_by_cost(log_P, costs)
        table = of_classes(log_P, label, classes, said)
        kept |= {"classes": table, "confusion": confusion(log_P, label, said).tolist()}
        return kept if costs is None else {**kept, "mean_cost": check_cost(log_P, label, costs)._asdict()}
