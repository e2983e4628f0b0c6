"""The activations A[l] of rows as maps of colours: which unit answers to which rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Self, Unpack

import numpy as np

from shoal.base.errors import DataError
from shoal.plots._answers import flat
from shoal.plots._figure import Board, Drawing, Grid, canvas, notebook
from shoal.plots._heat import amount_map, hatch_negative, signed_map, unit_ticks
from shoal.plots._inside import inside
from shoal.plots._words import named, number, percent, words

_MOST_ROWS = 600
_NEAR_END = 0.05  # of the range of sigmoid and tanh: nearer to an end than this, a unit is saturated
_RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_ZERO_BELOW = ("relu",)
_AMOUNTS = ("exp", *_ZERO_BELOW)  # never negative, and without an upper end


@dataclass
class ActivationMap:
    """A panel for each layer: a row for each unit, a column for each row of X.

    The rows of X are sorted by their class (or number), and within a class by the first output.

    Parameters
    ----------
    A : sequence of ndarrays of shape (n[l], m)
        The activations by layer; index 0 is X.
    g : sequence of str
        The names of the activations by layer; index 0 is empty.
    y : ndarray of shape (m,), default=None
        The true classes or numbers, by which the rows are sorted.
    output_names : sequence of str
        The units of the last layer.

    Attributes
    ----------
    order : ndarray of shape (at most 600,)
        The rows that are drawn, from left to right.
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    A: Sequence[Any]
    g: Sequence[str]
    y: Any
    output_names: Sequence[str]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any = None, **how: Unpack[Drawing]) -> Self:
        """Send rows through the network of a fitted estimator of shoal.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor or LogisticRegression
            Or a Pipeline that ends in one, or a search that found one.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,), optional
            The rows are sorted by it.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If the estimator has no network.
        DataError
            If X holds NaN, or y has another number of rows.
        """
        net = inside(estimator, "activations")
        A = net.layers(X)[1]
        if y is not None:
            y = flat(y)
            if len(y) != A[0].shape[1]:
                raise DataError("plots.rows_differ", rows=A[0].shape[1], other=len(y))
            y = y if y.ndim == 1 else None  # several labels or numbers: there is no one order
        return cls(A, net.network.g, y, net.outputs()).plot(**how)

    @property
    def order(self) -> Any:
        """The rows that are drawn: all, or as many as can be told apart, evenly."""
        last = self.A[-1][0]
        order = np.lexsort((last,)) if self.y is None else np.lexsort((last, self.y))
        if len(order) > _MOST_ROWS:
            order = order[np.linspace(0, len(order) - 1, _MOST_ROWS).astype(int)]
        return order

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        shares = [min(max(len(A), 2), 24) for A in self.A[1:]]
        grid = Grid(len(shares), 1, heights=shares)
        wanted = (760, min(1100, 190 + 60 * len(shares) + 13 * sum(shares)))
        with canvas(self, ax, dark, size or wanted, grid) as board:
            order = self.order
            for l, panel in enumerate(board.axes, start=1):
                _draw(board, panel, self, l, self.A[l][:, order])
            _mark_classes(board, self, order)
            m = self.A[0].shape[1]
            board.settle()
            some = words("plots.rows_drawn", shown=len(order), all=f"{m:,}") if len(order) < m else ""
            board.headline(_sentence(self), some, words("plots.hatched") if _has_negative(self) else "")
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _draw(board: Board, ax: Any, picture: ActivationMap, l: int, cells: Any) -> None:
    """Signed activations around zero; for the others, amounts from 0, where a probability ends at 1."""
    name = rf"$A^{{[{l}]}}$"
    if picture.g[l] in ("sigmoid", "softmax"):
        amount_map(board, ax, cells, name, 1.0)
    elif picture.g[l] in _AMOUNTS:
        amount_map(board, ax, cells, name, float(cells.max()) or 1.0)
    else:
        signed_map(board, ax, cells, name)
        hatch_negative(board, ax, cells)
    units, m = picture.A[l].shape
    ax.set_title(rf"$A^{{[{l}]}}$ {picture.g[l]}:  $(n^{{[{l}]}},\, m) = ({units}, {m})$")
    names = list(map(named, picture.output_names)) if l == len(picture.A) - 1 else unit_ticks(units)
    height = max(int(ax.get_window_extent().height), 1)
    step = max(1, -(-17 * units // height))
    ax.set_yticks(range(0, units, step), names[::step])
    ax.set_xticks([])
    ax.tick_params(length=0)


def _has_negative(picture: ActivationMap) -> bool:
    """Whether some panel is drawn around zero."""
    amounts = ("sigmoid", "softmax", *_AMOUNTS)
    return any(g not in amounts for g in picture.g[1:])


def _mark_classes(board: Board, picture: ActivationMap, order: Any) -> None:
    """Where one class ends and the next begins, with their names below; or which way y grows."""
    ax = board.axes[-1]
    if picture.y is None:
        ax.set_xlabel(words("plots.rows_sorted_output"))
        return
    values, starts = np.unique(picture.y[order], return_index=True)
    if len(values) > 12 or len(values) == len(order):
        ax.set_xlabel(words("plots.rows_sorted_number"))
        return
    edges = [*starts.tolist(), len(order)]
    for panel in board.axes:
        for edge in edges[1:-1]:
            panel.axvline(edge - 0.5, color=board.colours["ink"], linewidth=1.2)
    ax.set_xticks([(a + b - 1) / 2 for a, b in pairwise(edges)], [named(v, 14) for v in values.tolist()])
    ax.set_xlabel(words("plots.rows_sorted_class"))


def _sentence(picture: ActivationMap) -> str:
    """What a hidden layer does to these rows: dead units, or saturated ones; without one, the output."""
    if len(picture.A) == 2:
        return words("plots.activation_output", rows=f"{picture.A[0].shape[1]:,}")
    said = [_state(l, A, g) for l, (A, g) in enumerate(zip(picture.A, picture.g, strict=True)) if l][:-1]
    return " ".join(said[:3])


def _state(l: int, A: Any, g: str) -> str:
    if g in _ZERO_BELOW:
        dead = int((A == 0).all(axis=1).sum())
        return words(
            "plots.activation_dead", l=l, dead=dead, units=len(A), zero=percent(float((A == 0).mean()))
        )
    if g in _RANGES:
        low, high = _RANGES[g]
        near = _NEAR_END * (high - low)
        ends = float((np.abs(A - (low + high) / 2) > (high - low) / 2 - near).mean())
        return words("plots.activation_saturated", l=l, share=percent(ends))
    return words("plots.activation_range", l=l, low=number(float(A.min()), 2), high=number(float(A.max()), 2))
