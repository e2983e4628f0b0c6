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
    class_scores,
    class_table,
    confusion,
    number_scores,
)
from shoal.tables.encode import no_warning_of_many_classes

Floats = NDArray[np.float64]


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
        Each score by its name: "accuracy", "log_loss", "brier" and "auc" (without an error), or "r2", "rmse"
        and "mae".
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


def evaluate_numbers(predicted: Floats, y: Floats, rows: Mapping[str, Any]) -> Evaluation:
    """The evaluation of predicted numbers; `rows` are the first three attributes of the result."""
    return Evaluation(**rows, scores=number_scores(predicted, y))


def evaluate_classes(
    log_P: Floats, label: NDArray[np.intp], classes: Sequence[Any], rows: Mapping[str, Any]
) -> Evaluation:
    """The evaluation of logarithms of probabilities, (m, classes); `label` counts their columns."""
    with no_warning_of_many_classes():
        auc = Score(area_under_curve(log_P, label), math.nan)
        entries = zip(classes, class_table(log_P, label), strict=True)
        return Evaluation(
            **rows,
            scores={**class_scores(log_P, label), "auc": auc},
            classes=[{"label": name, **entry} for name, entry in entries],
            confusion=confusion(log_P, label).tolist(),
        )
