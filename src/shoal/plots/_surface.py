"""The cost of logistic regression with one feature, over w and b, and the way that gradient descent takes.

Beside the cross-entropy stands the squared error of the same sigmoid: the pair that the notes warn of, and
that shoal's outputs do not offer. Costs and derivatives are those of `shoal.book.equations`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, Unpack

import numpy as np

from shoal.base.errors import DataError, UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.shown import literal
from shoal.book.equations import (
    bias_gradient,
    half_squared_error,
    linear,
    mean_loss,
    shares,
    sigmoid,
    sigmoid_prime,
    weights_gradient,
)
from shoal.plots._answers import column_of, feature_names_of, labels_of, require_classes
from shoal.plots._figure import Board, Drawing, Grid, canvas, notebook
from shoal.plots._style import ramp
from shoal.plots._words import named, number, percent, words

LOSSES = ("cross_entropy", "squared_error")
_SIDE, _LEVELS, _MOST_STEPS = 121, 14, 100_000


class Surface(NamedTuple):
    """One cost: its value over the plane, whether it is bent downwards there, and the way down."""

    J: Any  # (k, k), at the places of w across and b upwards
    concave: Any  # (k, k): truth values, where some second derivative is negative
    path: Any  # (steps + 1, 2): w and b, the start first
    costs: Any  # (steps + 1,): J along the way


@dataclass
class CostSurface:
    """Lines of equal cost over w and b; the way of gradient descent from one start, with one rate.

    Hatched is where the surface is bent downwards in some direction, so that it is not convex.

    Parameters
    ----------
    w, b : ndarray of shape (k,)
        The places at which the costs are computed.
    surfaces : mapping of str to Surface
        By the loss, "cross_entropy" and "squared_error".
    rate : float
        The learning rate.
    name : str
        What the feature is called.

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    w: Any
    b: Any
    surfaces: dict[str, Surface]
    rate: float
    name: str
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_data(
        cls,
        x: Any,
        y: Any,
        *,
        start: tuple[float, float] = (-4.0, 4.0),
        rate: float = 1.0,
        steps: int = 200,
        reach: float | None = None,
        name: str = "x",
        **how: Unpack[Drawing],
    ) -> Self:
        """Compute both costs over the plane, and go down from the start.

        Parameters
        ----------
        x : array-like of shape (m,)
            One feature; it is standardised first, so that one rate suits w and b.
        y : array-like of shape (m,)
            Two classes; the second one is 1.
        start : (float, float), default=(-4, 4)
            w and b at the beginning.
        rate : float, default=1.0
            The learning rate.
        steps : int, default=200
            How many steps are taken.
        reach : float, optional
            The plane goes from -reach to reach; so far that the ways lie in it, and at least 6, unless given.
        name : str, default="x"
            What the feature is called.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If the start, the rate or the number of steps is not possible.
        DataError
            If there are not two classes, x is constant, or it holds NaN or infinity.
        """
        _check(start, rate, steps, reach)
        X, Y = _examples(x, y)
        ways = {loss: _descend(loss, X, Y, start, rate, steps) for loss in LOSSES}
        far = max(float(np.abs(path).max()) for path in ways.values())
        side = np.linspace(-1, 1, _SIDE) * (reach or min(max(6.0, 1.1 * far), 40.0))
        surfaces = {}
        for loss, path in ways.items():
            costs = _costs(loss, X, Y, path[:, 0], path[:, 1])
            surfaces[loss] = Surface(*_over_plane(loss, X, Y, side), path, costs)
        return cls(side, side, surfaces, rate, name).plot(**how)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        feature: Any = 0,
        feature_names: Sequence[str] | None = None,
        **how: Any,
    ) -> Self:
        """The surface for one column of X; of the estimator, only that it tells two classes is used.

        Parameters
        ----------
        estimator : classifier
            With two classes.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,)
            The true classes.
        feature : int or str, default=0
            The column.
        feature_names : sequence of str, optional
            What the columns are called.
        **how : start, rate, steps, reach, ax, dark, size
            See `from_data` and `plot`.
        """
        require_classes(estimator, "surface")
        columns = np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64)
        names = feature_names_of(estimator, X, feature_names, columns.shape[1])
        place = column_of(feature, names)
        return cls.from_data(columns[:, place], y, name=names[place], **how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (820, 460), Grid(2, 2)) as board:
            for panel, (loss, surface) in zip(board.axes, self.surfaces.items(), strict=True):
                _draw(board, panel, self, surface)
                panel.set_title(words(f"plots.surface_{loss}", cost=number(surface.costs[-1])))
            board.headline(
                _sentence(self), words("plots.surface_note", name=named(self.name), rate=number(self.rate))
            )
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _check(start: Any, rate: Any, steps: Any, reach: Any) -> None:
    if np.shape(start) != (2,) or not all(is_number(value) and np.isfinite(value) for value in start):
        raise UsageError("plots.start", got=literal(start))
    if not is_number(rate) or not 0 < rate < np.inf:
        raise UsageError("plots.rate", got=literal(rate))
    if not is_whole(steps) or not 1 <= steps <= _MOST_STEPS:
        raise UsageError("plots.steps", most=_MOST_STEPS, got=literal(steps))
    if reach is not None and (not is_number(reach) or not 0 < reach < np.inf):
        raise UsageError("plots.reach", got=literal(reach))


def _examples(x: Any, y: Any) -> tuple[Any, Any]:
    """X and Y, (1, m) each: the feature with mean 0 and deviation 1, the classes as 0 and 1."""
    x, y = np.asarray(x, dtype=np.float64).ravel(), labels_of(y)
    if y.ndim != 1:
        raise UsageError("plots.several_labels")
    if len(x) != len(y):
        raise DataError("plots.rows_differ", rows=len(x), other=len(y))
    classes, numbers = np.unique(y, return_inverse=True)
    if len(classes) != 2:
        raise DataError("plots.two_classes", count=len(classes))
    wrong = np.flatnonzero(~np.isfinite(x))
    if len(wrong):
        raise DataError("plots.not_finite", symbol="x", row=int(wrong[0]), value=literal(float(x[wrong[0]])))
    if x.std() == 0:
        raise DataError("plots.constant")
    return ((x - x.mean()) / x.std())[None, :], numbers[None, :].astype(np.float64)


def _costs(loss: str, X: Any, Y: Any, w: Any, b: Any) -> Any:
    """J for K pairs of w and b at once: W is (K, 1, 1), as a network for each pair."""
    q = shares(np.ones_like(Y))
    Z = linear(w[:, None, None], X, b[:, None, None])  # (K, 1, m)
    if loss == "cross_entropy":
        return mean_loss(Z, Y, "sigmoid", q)
    return (q * half_squared_error(sigmoid(Z), Y)).sum(axis=(-2, -1))


def _descend(loss: str, X: Any, Y: Any, start: tuple[float, float], rate: float, steps: int) -> Any:
    """w and b after each step of gradient descent, (steps + 1, 2)."""
    q = shares(np.ones_like(Y))
    W, b = np.array([[float(start[0])]]), np.array([[float(start[1])]])
    path = [(W[0, 0], b[0, 0])]
    for _ in range(steps):
        Z = linear(W, X, b)
        A = sigmoid(Z)
        dZ = A - Y if loss == "cross_entropy" else (A - Y) * sigmoid_prime(Z, A)
        W = W - rate * weights_gradient(dZ, X, q)
        b = b - rate * bias_gradient(dZ, q)
        path.append((W[0, 0], b[0, 0]))
    return np.array(path)


def _over_plane(loss: str, X: Any, Y: Any, side: Any) -> tuple[Any, Any]:
    """J, and where the smaller eigenvalue of its second derivatives is negative, line by line of the plane.

    With c = d2L/dz2, the second derivatives of J are the means of c x^2, c x and c.
    """
    J, concave = [], []
    for b in side:
        w, bs = side, np.full_like(side, b)
        J.append(_costs(loss, X, Y, w, bs))
        A = sigmoid(np.outer(w, X[0]) + b)  # (k, m)
        slope = A * (1 - A)
        c = slope if loss == "cross_entropy" else slope * (slope + (A - Y) * (1 - 2 * A))
        h_ww, h_wb, h_bb = (c * X[0] ** 2).mean(axis=1), (c * X[0]).mean(axis=1), c.mean(axis=1)
        smaller = (h_ww + h_bb) / 2 - np.hypot((h_ww - h_bb) / 2, h_wb)
        concave.append(smaller < -1e-12)  # what rounding leaves of 0 is not bent
    return np.array(J), np.array(concave)


def _draw(board: Board, ax: Any, picture: CostSurface, surface: Surface) -> None:
    colours, (path, J) = board.colours, (surface.path, surface.J)
    levels = np.quantile(J, np.linspace(0, 1, _LEVELS))
    levels = np.unique(levels)
    filled = ax.contourf(picture.w, picture.b, J, levels, cmap=ramp(colours), alpha=0.8)
    filled.set_edgecolor("face")
    ax.contour(picture.w, picture.b, J, levels, colors=[colours["soft"]], linewidths=0.5)
    if surface.concave.any() and not surface.concave.all():
        bent = surface.concave.astype(float)
        hatched = ax.contourf(picture.w, picture.b, bent, [0.5, 1.5], colors="none", hatches=["////"])
        hatched.set_linewidth(0.0)
    ax.plot(*path.T, color=colours["negative"], linewidth=2, zorder=4)
    ax.plot(*path[0], "s", mfc=colours["paper"], mec=colours["negative"], ms=8, mew=2, zorder=5)
    ax.plot(*path[-1], "o", color=colours["negative"], ms=9, zorder=5)
    reach = float(picture.w[-1])
    ax.set(xlabel="$w$", ylabel="$b$", xlim=(-reach, reach), ylim=(-reach, reach))


def _sentence(picture: CostSurface) -> str:
    share = float(picture.surfaces["squared_error"].concave.mean())
    return words("plots.surface_title", share=percent(share), steps=len(picture.surfaces[LOSSES[0]].path) - 1)
