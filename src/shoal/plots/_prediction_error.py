"""Predicted against true numbers, and how far they are apart."""

from dataclasses import dataclass, field
from typing import Any, Self, Unpack

import numpy as np

from shoal.plots._answers import numbers_of, require_numbers
from shoal.plots._figure import Board, Drawing, Grid, canvas, notebook
from shoal.plots._style import NEGATIVE_LINE
from shoal.plots._words import named, number, words
from shoal.tables._scores import number_scores, with_error

_MOST_ROWS, _BANDS = 2000, 8


@dataclass
class PredictionErrorPlot:
    """Left, the true numbers by the predicted ones; right, the residuals with their middle half.

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (m,)
        True and predicted numbers.
    name : str, default="y"
        What is predicted, with its unit.

    Attributes
    ----------
    residuals : ndarray of shape (m,)
        True minus predicted.
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    y_true: Any
    y_pred: Any
    name: str = "y"
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, output: int = 0, name: str = "y", **how: Unpack[Drawing]
    ) -> Self:
        """Compare what a fitted regressor says of rows with the truth.

        Parameters
        ----------
        estimator : regressor
            Any of scikit-learn.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,) or (m, n_outputs)
            The true numbers.
        output : int, default=0
            Which of several outputs.
        name : str, default="y"
            What is predicted, with its unit.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If it is not a regressor, or there is no such output.
        DataError
            If y holds NaN or infinity.
        """
        require_numbers(estimator, "errors")
        return cls.from_predictions(y, estimator.predict(X), output=output, name=name, **how)

    @classmethod
    def from_predictions(
        cls, y_true: Any, y_pred: Any, *, output: int = 0, name: str = "y", **how: Unpack[Drawing]
    ) -> Self:
        """Compare predicted numbers with the truth; see `from_estimator`."""
        return cls(*numbers_of(y_true, y_pred, output), name).plot(**how)

    @property
    def residuals(self) -> Any:
        """True minus predicted."""
        return self.y_true - self.y_pred

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (820, 420), Grid(2, 2)) as board:
            m = len(self.y_true)
            rows = np.argsort(self.y_pred, kind="stable")
            if m > _MOST_ROWS:
                rows = rows[np.linspace(0, m - 1, _MOST_ROWS).astype(int)]
            _draw(board, self, rows)
            notes = [words("plots.errors_note")]
            if len(rows) < m:
                notes.append(words("plots.rows_drawn", shown=f"{len(rows):,}", all=f"{m:,}"))
            board.headline(_sentence(self), *notes)
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _draw(board: Board, picture: PredictionErrorPlot, rows: Any) -> None:
    (left, right), colours, name = board.axes, board.colours, named(picture.name, 30)
    predicted, true = picture.y_pred[rows], picture.y_true[rows]
    look = {"color": colours["positive"], "markersize": 3.4, "alpha": 0.55, "markeredgewidth": 0}
    ends = [min(predicted.min(), true.min()), max(predicted.max(), true.max())]
    left.plot(ends, ends, color=colours["ink"], linewidth=1, linestyle=NEGATIVE_LINE)
    left.plot(predicted, true, "o", **look)
    right.axhline(0, color=colours["ink"], linewidth=1, linestyle=NEGATIVE_LINE)
    right.plot(predicted, true - predicted, "o", **look)
    for low, high, quartiles in _bands(picture):
        right.fill_between(
            [low, high], quartiles[0], quartiles[2], color=colours["negative"], alpha=0.22, lw=0
        )
        right.hlines(quartiles[1], low, high, color=colours["negative"], linewidth=2)
    left.set(xlabel=words("plots.predicted_number", name=name), ylabel=words("plots.true_number", name=name))
    right.set(xlabel=words("plots.predicted_number", name=name), ylabel=words("plots.residual"))


def _bands(picture: PredictionErrorPlot) -> list[tuple[float, float, Any]]:
    """Neighbouring predictions, as many in each band: where it lies, and the quartiles of the residuals."""
    order = np.argsort(picture.y_pred, kind="stable")
    parts = np.array_split(order, min(_BANDS, max(1, len(order) // 12)))
    found = []
    for part in parts:
        low, high = float(picture.y_pred[part].min()), float(picture.y_pred[part].max())
        found.append((low, high, np.quantile(picture.residuals[part], [0.25, 0.5, 0.75])))
    return found


def _sentence(picture: PredictionErrorPlot) -> str:
    half = number(float(np.median(np.abs(picture.residuals))))
    r2 = number_scores(picture.y_pred, picture.y_true)["r2"]
    return words("plots.errors_title", half=half, r2=with_error(r2, 4).replace("-", "\N{MINUS SIGN}"))
