"""The cost of each epoch, and the score on the validation rows, of one model or of several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, Unpack

import numpy as np

from shoal.base.errors import UsageError
from shoal.base.shown import literal, quoted
from shoal.plots._figure import Board, Drawing, Grid, canvas, label_ends, legend_above, notebook
from shoal.plots._inside import opened
from shoal.plots._style import line_looks
from shoal.plots._words import named, number, words

_MOST_LABELS = 4
_DECADES = 100.0  # from this ratio of the largest cost to the smallest the axis is logarithmic


class Curve(NamedTuple):
    """How one model learned; `score` is empty without validation rows, `best` the epoch that was kept."""

    name: str
    cost: Any  # (epochs,)
    score: Any  # (epochs,) or (0,)
    best: int | None

    @property
    def finite(self) -> Any:
        """The costs up to the first one that is not a finite number."""
        wrong = np.flatnonzero(~np.isfinite(self.cost))
        return self.cost[: wrong[0]] if len(wrong) else self.cost


@dataclass
class CostCurves:
    """How the cost went down, epoch by epoch; beside it the validation score, where there is one.

    The axis of the cost is logarithmic where the largest is a hundred times the smallest. A dot marks the
    epoch that early stopping kept, a cross a cost that is not a finite number.

    Parameters
    ----------
    curves : sequence of Curve
        Name, costs, validation scores and kept epoch of each model.

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.

    Examples
    --------
    >>> from shoal import MLPClassifier
    >>> from shoal.datasets import load
    >>> from shoal.plots import CostCurves
    >>> flower = load("flower")
    >>> model = MLPClassifier((4,), "tanh", solver="lbfgs", tol=0.01, max_iter=500).fit(flower.X, flower.y)
    >>> display = CostCurves.from_estimator(model)
    >>> len(display.curves[0].cost) == model.n_iter_
    True
    """

    curves: Sequence[Curve]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any = None, y: Any = None, *, name: str | None = None, **how: Unpack[Drawing]
    ) -> Self:
        """The curve of one fitted model.

        Parameters
        ----------
        estimator : estimator
            With a `history_`, or with scikit-learn's `loss_curve_`.
        X, y : ignored
            The curve was recorded by `fit`.
        name : str, optional
            How the model is called; its class unless given.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If the model has no curve.
        """
        return cls.from_estimators({name or type(estimator).__name__: estimator}, **how)

    @classmethod
    def from_estimators(cls, estimators: Mapping[str, Any], **how: Unpack[Drawing]) -> Self:
        """The curves of several fitted models, or histories (`shoal.training.History`), by name."""
        if not isinstance(estimators, Mapping) or not estimators:
            raise UsageError("plots.models_by_name", got=literal(estimators))
        return cls([_curve(name, model) for name, model in estimators.items()]).plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            Where to draw; a new figure unless given. One Axes is divided if there are two panels.
        dark : bool, default=False
            Colours for dark paper.
        size : (int, int), default=None
            Width and height of a new figure in pixels.

        Returns
        -------
        self : object
        """
        scored = [curve for curve in self.curves if len(curve.score)]
        panels = 2 if scored else 1
        with canvas(self, ax, dark, size or (360 + 360 * panels, 380), Grid(panels, panels)) as board:
            _draw_costs(board, self.curves)
            if scored:
                _draw_scores(board, self.curves)
            if len(self.curves) > _MOST_LABELS:
                legend_above(board.axes[0], board.axes[0].lines[: len(self.curves)], _names(self.curves), 2)
            board.headline(_sentence(self.curves), _note(self.curves))
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _curve(name: str, model: Any) -> Curve:
    """What a model or a history remembers."""
    model, _ = opened(model)
    history = getattr(model, "history_", model)
    cost = np.asarray(getattr(history, "cost", getattr(model, "loss_curve_", ())), dtype=np.float64)
    score = getattr(history, "score", getattr(model, "validation_scores_", ()))
    score = np.asarray(() if callable(score) or score is None else score, dtype=np.float64)
    if not len(cost):
        raise UsageError("plots.no_curve", name=quoted(name))
    best = int(np.argmax(score)) + 1 if len(score) and getattr(model, "early_stopping", False) else None
    return Curve(name, cost, score, best)


def _names(curves: Sequence[Curve]) -> list[str]:
    return [named(curve.name) for curve in curves]


def _draw_costs(board: Board, curves: Sequence[Curve]) -> None:
    ax = board.axes[0]
    costs = np.concatenate([curve.finite for curve in curves])
    if len(costs) and costs.min() > 0 and costs.max() / costs.min() >= _DECADES:
        ax.set_yscale("log")
    _draw(board, ax, curves, [curve.finite for curve in curves])
    for curve in curves:
        if 0 < len(curve.finite) < len(curve.cost):
            last = len(curve.finite)
            ax.plot([last], [curve.finite[-1]], "x", color=board.colours["alarm"], ms=9, mew=2.2)
    ax.set(xlabel=words("plots.epoch"), ylabel=words("plots.cost_axis"))


def _draw_scores(board: Board, curves: Sequence[Curve]) -> None:
    ax = board.axes[1]
    _draw(board, ax, curves, [curve.score for curve in curves])
    ax.set(xlabel=words("plots.epoch"), ylabel=words("plots.score_axis"))


def _draw(board: Board, ax: Any, curves: Sequence[Curve], series: Sequence[Any]) -> None:
    """The curves, each with its name at its end, and a dot where early stopping went back to."""
    ends = []
    looks = line_looks(len(curves), board.colours)
    for curve, values, (colour, dashes) in zip(curves, series, looks, strict=True):
        epochs = np.arange(1, len(values) + 1)
        ax.plot(epochs, values, color=colour, linestyle=dashes, marker="o" if len(values) == 1 else None)
        if not len(values):
            continue
        if curve.best is not None and curve.best <= len(values):
            ax.plot([curve.best], [values[curve.best - 1]], "o", color=colour, ms=7)
        ends.append((epochs[-1], values[-1], named(curve.name), colour))
    if 1 < len(curves) <= _MOST_LABELS:
        label_ends(ax, ends)


def _sentence(curves: Sequence[Curve]) -> str:
    if len(curves) > 1:
        whole = [curve for curve in curves if len(curve.finite) == len(curve.cost)]
        if not whole:
            return words("plots.cost_all_exploded")
        best = min(whole, key=lambda curve: curve.cost[-1])
        return words("plots.cost_best", name=named(best.name), cost=number(best.cost[-1]))
    cost, finite = curves[0].cost, curves[0].finite
    if len(finite) < len(cost):
        return words("plots.cost_exploded", epoch=len(finite) + 1)
    if len(cost) == 1:
        return words("plots.cost_once", cost=number(cost[0]))
    key = "plots.cost_fell" if cost[-1] < cost[0] else "plots.cost_rose"
    return words(key, first=number(cost[0]), last=number(cost[-1]), epochs=len(cost))


def _note(curves: Sequence[Curve]) -> str:
    """What the marks mean, of those that are drawn."""
    kept = any(curve.best is not None for curve in curves)
    exploded = any(len(curve.finite) < len(curve.cost) for curve in curves)
    said = [words("plots.cost_kept")] * kept + [words("plots.cost_cross")] * exploded
    return " ".join(said)
