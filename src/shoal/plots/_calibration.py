"""Whether probabilities can be trusted: of the rows that get 70 %, 70 % should come true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self, Unpack

import numpy as np

from shoal.base.errors import DataError
from shoal.plots._answers import labels_of, questions, scores_of
from shoal.plots._figure import Board, Drawing, Grid, canvas, notebook
from shoal.plots._intervals import ProbabilityBin, probability_bins
from shoal.plots._style import NEGATIVE_LINE
from shoal.plots._words import named, number, words


@dataclass
class Calibration:
    """Above, the share that came true by the probability that was given; below, how many rows there are.

    With two classes it is the probability of the second; with more, that of the class which the model
    predicts; with several labels, those of all labels together. The bars are Wilson's 95 % intervals; bins
    have the same width, five below 200 rows and ten else.

    Parameters
    ----------
    bins : sequence of ProbabilityBin
        Rows, mean probability, share that came true, and its interval, of each bin.
    label : object, default=None
        The class whose probability it is; None if it is that of the predicted class.

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    bins: Sequence[ProbabilityBin]
    label: Any = None
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **how: Unpack[Drawing]) -> Self:
        """Compare the probabilities of a fitted classifier with what is true.

        Parameters
        ----------
        estimator : classifier
            Any of scikit-learn with `predict_proba`.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,) or (m, n_labels)
            The true classes.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If it is not a classifier, or has no probabilities.
        DataError
            If all rows are of one class, or y holds a class that the model does not know.
        """
        P = scores_of(estimator, X, "calibration", probabilities=True)
        return cls.from_predictions(y, P, labels=estimator.classes_, **how)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_prob: Any, *, labels: Any = None, **how: Unpack[Drawing]
    ) -> Self:
        """Compare probabilities with what is true.

        Parameters
        ----------
        y_true : array-like of shape (m,) or (m, n_labels)
            Classes; or 0 and 1, a column for each label, whose probabilities are then put together.
        y_prob : array-like of shape (m,) or (m, n_classes) or (m, n_labels)
            Probabilities.
        labels : sequence, optional
            The classes in the order of the columns; those in `y_true`, sorted, unless given.
        **how : ax, dark, size
            See `plot`.
        """
        y = labels_of(y_true)
        asked = questions(y, y_prob, labels, one_sided=True)
        P = np.asarray(y_prob, dtype=np.float64)
        if P.min() < -1e-9 or P.max() > 1 + 1e-9:
            raise DataError(
                "plots.not_probabilities", low=number(float(P.min())), high=number(float(P.max()))
            )
        if len(asked) == 1:
            return cls(probability_bins(asked[0].happened, asked[0].score), asked[0].name).plot(**how)
        if y.ndim == 2:
            happened = np.concatenate([question.happened for question in asked])
            said = np.concatenate([question.score for question in asked])
        else:
            classes = np.unique(y) if labels is None else np.asarray(labels)
            happened, said = classes[P.argmax(axis=1)] == y, P.max(axis=1)
        return cls(probability_bins(happened, said)).plot(**how)

    @property
    def gap(self) -> float:
        """The mean distance of the shares from the probabilities, weighted by rows."""
        rows = sum(b.rows for b in self.bins)
        return sum(b.rows * abs(b.came - b.said) for b in self.bins) / rows

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (540, 560), Grid(2, 1, heights=(4, 1))) as board:
            _draw(board, self)
            outside = sum(not b.low <= b.said <= b.high for b in self.bins)
            values = {"gap": number(100 * self.gap, 2), "outside": outside, "bins": len(self.bins)}
            board.headline(words("plots.calibration_title", **values), words("plots.calibration_note"))
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _draw(board: Board, picture: Calibration) -> None:
    (above, below), colours, bins = board.axes, board.colours, picture.bins
    said, came = [b.said for b in bins], [b.came for b in bins]
    above.plot([0, 1], [0, 1], color=colours["other"], linewidth=1, linestyle=NEGATIVE_LINE)
    above.vlines(
        said, [b.low for b in bins], [b.high for b in bins], color=colours["positive"], linewidth=1.4
    )
    above.plot(said, came, "o", color=colours["positive"], markersize=6.5)
    below.bar(said, [b.rows for b in bins], 0.03, color=colours["faint"])
    for b in bins:
        below.annotate(
            f"{b.rows:,}",
            (b.said, b.rows),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
        )
    if picture.label is None:
        x, y = words("plots.confidence"), words("plots.share_right")
    else:
        label = named(picture.label, 18)
        x, y = words("plots.probability_of", label=label), words("plots.share_of", label=label)
    above.set(ylim=(-0.03, 1.03), xlim=(-0.03, 1.03), ylabel=y)
    above.tick_params(labelbottom=False)
    below.set(xlim=(-0.03, 1.03), ylim=(0, 1.35 * max(b.rows for b in bins)), xlabel=x, yticks=[])
    below.set_ylabel(words("plots.rows_axis"))
    below.spines["left"].set_visible(False)
