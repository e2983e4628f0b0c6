"""Which classes the chosen model takes for which: the confusion matrix of the held-out rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shoal.base.texts import text
from shoal.report.words._names import name
from shoal.tables._outcome import Outcome
from shoal.tables._scores import confusion

MOST_CLASSES = 12
"""Classes of a confusion matrix; of more, the commonest are shown and the rest are summed up."""

_MOST_MISTAKES = 10


class ConfusionCell(NamedTuple):
    """Rows of a class that were predicted to be of a class, and their share of the former's rows.

    `kind` is "right", "wrong", "none" (no rows), or "mixed" where several classes were summed up.
    """

    rows: int
    share: float
    kind: str

    @property
    def percent(self) -> str:
        """The share as people write it."""
        return text("report_page.percent", number=f"{100 * self.share:.0f}" if self.share >= 0.005 else "<1")


class CommonMistake(NamedTuple):
    """A class that was taken for another, and how often."""

    true: str
    predicted: str
    rows: int


@dataclass(frozen=True)
class ConfusionMatrix:
    """The matrix; if there are many classes, of the commonest ones, with what the rest comes to."""

    labels: tuple[str, ...]
    rows: tuple[tuple[ConfusionCell, ...], ...]
    totals: tuple[int, ...]
    folded: int  # classes that were summed up in the last row and column
    mistakes: tuple[CommonMistake, ...]


def confusion_of(outcome: Outcome) -> ConfusionMatrix:
    """Down: what the rows are; across: what was predicted."""
    counts = confusion(outcome.outputs, outcome.truth)
    labels = [name(label, 24) for label in outcome.classes]
    mistakes = _mistakes(counts, labels)
    folded = len(labels) - MOST_CLASSES if len(labels) > MOST_CLASSES else 0
    if folded:
        common = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:MOST_CLASSES])
        counts, labels = (
            _summed(counts, common),
            [*(labels[place] for place in common), text("report_page.other_classes")],
        )
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    kinds = np.full(counts.shape, "wrong")
    np.fill_diagonal(kinds, "right")
    kinds[MOST_CLASSES:, MOST_CLASSES:] = "mixed"  # that is the others, taken for others
    kinds[counts == 0] = "none"
    rows = tuple(
        tuple(map(ConfusionCell, *cells))
        for cells in zip(counts.tolist(), shares.tolist(), kinds.tolist(), strict=True)
    )
    return ConfusionMatrix(tuple(labels), rows, tuple(totals.tolist()), folded, mistakes if folded else ())


def _summed(counts: NDArray[np.int64], kept: NDArray[np.intp]) -> NDArray[np.int64]:
    """The matrix of the classes in `kept`, all others in one last row and column."""
    group = np.full(len(counts), len(kept))
    group[kept] = np.arange(len(kept))
    onto = np.eye(len(kept) + 1, dtype=np.int64)[group]  # (classes, kept + 1)
    summed: NDArray[np.int64] = onto.T @ counts @ onto
    return summed


def _mistakes(counts: NDArray[np.int64], labels: Sequence[str]) -> tuple[CommonMistake, ...]:
    """The commonest ones first."""
    wrong = counts * (1 - np.eye(len(counts), dtype=np.int64))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_MISTAKES]
    places = [np.unravel_index(place, wrong.shape) for place in order]
    return tuple(CommonMistake(labels[i], labels[j], int(wrong[i, j])) for i, j in places if wrong[i, j])
