"""Which classes are taken for which: counts of rows by their true and their predicted class."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, Unpack

import numpy as np
from sklearn.metrics import confusion_matrix

from shoal.plots._answers import predicted_classes, require_classes
from shoal.plots._figure import Board, Drawing, canvas, notebook
from shoal.plots._heat import amount_map, ink_on
from shoal.plots._intervals import wilson
from shoal.plots._style import DPI, NOTE, ramp
from shoal.plots._words import named, percent, words


@dataclass
class ConfusionMatrix:
    """A row for each true class, a column for each predicted one; the colour is the share of the row.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Counts, as `sklearn.metrics.confusion_matrix` has them.
    labels : sequence
        The classes.

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.

    Examples
    --------
    >>> from shoal.plots import ConfusionMatrix
    >>> ConfusionMatrix.from_predictions(["a", "b", "b"], ["a", "b", "a"]).confusion_matrix
    array([[1, 0],
           [1, 1]])
    """

    confusion_matrix: Any
    labels: Sequence[Any]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **how: Unpack[Drawing]) -> Self:
        """Compare what a fitted classifier says of rows with the truth.

        Parameters
        ----------
        estimator : classifier
            Any of scikit-learn.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,)
            The true classes.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If it is not a classifier, or a row may have several labels.
        DataError
            If y holds a class that the model does not know.
        """
        require_classes(estimator, "confusion")
        return cls.from_predictions(y, estimator.predict(X), labels=estimator.classes_, **how)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_pred: Any, *, labels: Any = None, **how: Unpack[Drawing]
    ) -> Self:
        """Compare predicted classes with the truth.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (m,)
            True and predicted classes.
        labels : sequence, optional
            The classes in the order of the rows; all that occur, sorted, unless given.
        **how : ax, dark, size
            See `plot`.
        """
        found = predicted_classes(y_true, y_pred, labels)
        counts = confusion_matrix(found.truth, found.predicted, labels=np.arange(len(found.labels)))
        return cls(counts, found.labels).plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        count = len(self.labels)
        wanted = (min(max(230 + 66 * count, 560), 900), min(170 + 52 * max(count, 4), 840))
        with canvas(self, ax, dark, size or wanted) as board:
            _draw(board, self)
            board.headline(*_sentences(self))
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _draw(board: Board, picture: ConfusionMatrix) -> None:
    ax, counts = board.axes[0], np.asarray(picture.confusion_matrix)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    amount_map(board, ax, shares, words("plots.share_of_class"), 1.0)
    places, names = range(len(picture.labels)), [named(label, 14) for label in picture.labels]
    rows = counts.sum(axis=1)
    ax.set_xticks(places, names, rotation=90 if max(map(len, names)) * len(names) > 56 else 0)
    ax.set_yticks(places, [f"{name} ({n})" for name, n in zip(names, rows, strict=True)])
    ax.tick_params(length=0)
    ax.set(xlabel=words("plots.predicted_class"), ylabel=words("plots.true_class"))
    board.settle()
    room = ax.get_window_extent().width / len(names)
    if room < NOTE * DPI / 72 * 0.7 * max(len(str(counts.max())), 2):
        return
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = ink_on(board, ramp(board.colours)(shares[row, column]))
            weight = "bold" if row == column else "normal"
            ax.text(column, row, f"{count}", ha="center", va="center", color=colour, weight=weight)


def _sentences(picture: ConfusionMatrix) -> tuple[str, str]:
    """The accuracy with its interval; the pair that is confused most."""
    counts = np.asarray(picture.confusion_matrix)
    right, m = int(np.trace(counts)), int(counts.sum())
    low, high = (percent(end) for end in wilson(right, m))
    title = words(
        "plots.confusion_title",
        right=f"{right:,}",
        rows=f"{m:,}",
        share=percent(right / m),
        low=low,
        high=high,
    )
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return title, ""
    true, said = np.unravel_index(wrong.argmax(), wrong.shape)
    pair = {"true": named(picture.labels[true]), "said": named(picture.labels[said])}
    return title, words(
        "plots.confusion_most", **pair, count=int(wrong[true, said]), rows=int(counts[true].sum())
    )
