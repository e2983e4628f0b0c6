"""How well scores tell the rows of a class from the others: the ROC curve, and precision against recall."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, NamedTuple, Self, Unpack

from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from shoal.plots._answers import Question, questions, scores_of
from shoal.plots._figure import Board, Drawing, canvas, notebook
from shoal.plots._style import NEGATIVE_LINE, line_looks
from shoal.plots._words import named, number, words

_MOST_NAMED = 4  # curves with a name; more are drawn faint


class RankingCurve(NamedTuple):
    """One class against the others: the curve, the area under it with its standard error, the rows.

    Of an ROC curve, x is the false positive rate, y the true positive rate, and the error is DeLong's. Of a
    precision-recall curve, x is the recall, y the precision, the area is the average precision, and the error
    is NaN.
    """

    name: str
    x: Any
    y: Any
    thresholds: Any
    area: float
    error: float
    positives: int
    negatives: int


@dataclass
class RocCurve:
    """The true positive rate against the false positive rate, for every threshold.

    Two classes make one curve, of the second class; more classes, or several labels, make one for each. The
    area's standard error is DeLong's. With more than four curves the four lowest are named.

    Parameters
    ----------
    curves : sequence of RankingCurve

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson 1988 (the standard error of the area).
    """

    curves: Sequence[RankingCurve]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **how: Unpack[Drawing]) -> Self:
        """Rank rows by the probabilities (or the decision function) of a fitted classifier.

        Parameters
        ----------
        estimator : classifier
            Any of scikit-learn.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,) or (m, n_labels)
            The true classes.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If it is not a classifier.
        DataError
            If all rows are of one class, or y holds a class that the model does not know.
        """
        scores = scores_of(estimator, X, "roc")
        return cls.from_predictions(y, scores, labels=estimator.classes_, **how)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_score: Any, *, labels: Any = None, **how: Unpack[Drawing]
    ) -> Self:
        """Rank rows by scores.

        Parameters
        ----------
        y_true : array-like of shape (m,) or (m, n_labels)
            Classes; or 0 and 1, a column for each label.
        y_score : array-like of shape (m,) or (m, n_classes) or (m, n_labels)
            The higher, the more it is the second class, or the class of the column.
        labels : sequence, optional
            The classes in the order of the columns; those in `y_true`, sorted, unless given.
        **how : ax, dark, size
            See `plot`.
        """
        return cls([_roc(question) for question in questions(y_true, y_score, labels)]).plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (500, 540)) as board:
            axes = board.axes[0]
            axes.plot([0, 1], [0, 1], color=board.colours["line"], linewidth=1, linestyle=NEGATIVE_LINE)
            _draw(board, self.curves, "lower right")
            axes.set(xlabel=words("plots.roc_x"), ylabel=words("plots.roc_y"))
            board.headline(_sentence(self.curves, "roc"), words("plots.roc_note"))
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


@dataclass
class PrecisionRecall:
    """The precision against the recall, for every threshold; dotted, the precision of saying yes to all rows.

    Two classes make one curve, of the second class; more classes, or several labels, make one for each. With
    more than four curves the four lowest are named.

    Parameters
    ----------
    curves : sequence of RankingCurve

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    curves: Sequence[RankingCurve]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **how: Unpack[Drawing]) -> Self:
        """Rank rows by a fitted classifier; see `RocCurve.from_estimator`."""
        scores = scores_of(estimator, X, "precision_recall")
        return cls.from_predictions(y, scores, labels=estimator.classes_, **how)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_score: Any, *, labels: Any = None, **how: Unpack[Drawing]
    ) -> Self:
        """Rank rows by scores; see `RocCurve.from_predictions`."""
        return cls([_precision_recall(q) for q in questions(y_true, y_score, labels)]).plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (500, 540)) as board:
            axes = board.axes[0]
            if len(self.curves) <= _MOST_NAMED:
                looks = line_looks(len(self.curves), board.colours)
                for curve, (colour, _) in zip(self.curves, looks, strict=True):
                    share = curve.positives / (curve.positives + curve.negatives)
                    axes.axhline(share, color=colour, linewidth=0.9, linestyle=(0, (1, 2.2)))
            _draw(board, self.curves, "lower left", drawstyle="steps-post")
            axes.set(xlabel=words("plots.recall"), ylabel=words("plots.precision"))
            few = len(self.curves) <= _MOST_NAMED
            board.headline(_sentence(self.curves, "pr"), words("plots.pr_note") if few else "")
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _roc(question: Question) -> RankingCurve:
    x, y, thresholds = roc_curve(question.happened, question.score)
    area = float(roc_auc_score(question.happened, question.score))
    error = area_error(question.happened, question.score)
    return RankingCurve(
        str(question.name), x, y, thresholds, area, error, question.positives, question.negatives
    )


def area_error(happened: Any, score: Any) -> float:
    """DeLong's standard error of the area under the ROC curve; NaN where a class has one row only.

    The area is the mean over the positive rows of the share of negative rows that score less, and the mean
    over the negative rows of the share of positive rows that score more. How much these shares differ from
    row to row is the error.
    """
    ranks, n1, n0 = rankdata(score), int(happened.sum()), int((~happened).sum())
    if min(n1, n0) < 2:
        return float("nan")
    below = (ranks[happened] - rankdata(score[happened])) / n0
    above = 1 - (ranks[~happened] - rankdata(score[~happened])) / n1
    return sqrt(below.var(ddof=1) / n1 + above.var(ddof=1) / n0)


def _precision_recall(question: Question) -> RankingCurve:
    precision, recall, thresholds = precision_recall_curve(question.happened, question.score)
    area = float(average_precision_score(question.happened, question.score))
    rows = (question.positives, question.negatives)
    return RankingCurve(
        str(question.name), recall[::-1], precision[::-1], thresholds[::-1], area, float("nan"), *rows
    )


def _draw(board: Board, curves: Sequence[RankingCurve], corner: str, **more: Any) -> None:
    """The curves; a legend in the corner that good curves leave free names those with the smallest areas."""
    ax = board.axes[0]
    lowest = sorted(sorted(range(len(curves)), key=lambda k: curves[k].area)[:_MOST_NAMED])  # their places
    for k, curve in enumerate(curves):
        if k not in lowest:
            ax.plot(curve.x, curve.y, color=board.colours["faint"], linewidth=1.2, **more)
    for k, (colour, dashes) in zip(lowest, line_looks(len(lowest), board.colours), strict=True):
        curve = curves[k]
        rows = words("plots.ranking_rows", positives=curve.positives, negatives=curve.negatives)
        label = f"{named(curve.name, 16)}: {_area(curve)}\n{rows}"
        ax.plot(curve.x, curve.y, color=colour, linestyle=dashes, label=label, **more)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.03), aspect="equal", anchor="NW")
    key = ax.legend(loc=corner, frameon=True, framealpha=0.85, edgecolor="none", labelspacing=0.6)
    key.get_frame().set_facecolor(board.colours["paper"])


def _area(curve: RankingCurve) -> str:
    """``0.972 ± 0.006``."""
    if not curve.error > 0:
        return number(curve.area, 3)
    return f"{curve.area:.3f} ± {curve.error:.3f}"


def _sentence(curves: Sequence[RankingCurve], kind: str) -> str:
    if len(curves) == 1:
        key = f"plots.{kind}_title"
        share = curves[0].positives / (curves[0].positives + curves[0].negatives)
        return words(key, name=named(curves[0].name), area=_area(curves[0]), share=number(share, 2))
    low, high = (pick(curves, key=lambda curve: curve.area) for pick in (min, max))
    ends = {
        "low": number(low.area),
        "worst": named(low.name),
        "high": number(high.area),
        "best": named(high.name),
    }
    return words(f"plots.{kind}_title_many", **ends)
