"""The plane as a classifier sees it: its probabilities, its boundary, the lines of its hidden units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, Unpack

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from scipy import sparse

from shoal.base.arguments import check_whole
from shoal.base.errors import UsageError
from shoal.base.shown import literal
from shoal.plots._answers import (
    column_of,
    columns_of_table,
    feature_names_of,
    predicted_classes,
    require_classes,
)
from shoal.plots._figure import Board, Drawing, canvas, legend_above, notebook
from shoal.plots._inside import inside
from shoal.plots._style import NEGATIVE_LINE, class_marks, diverging
from shoal.plots._words import named, number, percent, words

_MARGIN = 0.08  # of the range of a feature, around the rows
_MOST_LINES, _MOST_ROWS, _MOST_ASKED = 12, 1500, 300
_MOST_POINTS = 2000  # along a side: of more, the probabilities would not fit into memory


@dataclass
class DecisionBoundary:
    """Two features across and upwards, the probability as colour, the rows as points.

    With more than two features the others stand at their medians. So the plane is a slice, and a row may lie
    on the wrong side of it although the model is right about the row.

    Parameters
    ----------
    xx0, xx1 : ndarray of shape (k, k)
        The points of the plane: the values of the two features.
    response : ndarray of shape (k, k, n_classes)
        The probability of each class there; 0 and 1 where the estimator has no probabilities.
    points : ndarray of shape (m, 2)
        The two features of the rows.
    truth, predicted : ndarray of shape (m,)
        Their true class, and the one that the model says (from all features), as places in `classes`.
    classes : sequence
        The labels.
    names : (str, str)
        What the two features are called.
    lines : ndarray of shape (n[1], k, k)
        z of each unit of layer 1; without units for other estimators, and without a hidden layer.
    units : sequence of int
        The units whose lines z = 0 are drawn, counted from 0.
    held : int
        How many other features stand at their medians.
    on_plane : ndarray of shape (m,), optional
        The class in whose area each row is drawn, as a place in `classes`; unless given, `predicted`.
    chosen : bool
        Whether the two features were chosen here, and not by a person.

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    xx0: Any
    xx1: Any
    response: Any
    points: Any
    truth: Any
    predicted: Any
    classes: Sequence[Any]
    names: tuple[str, str]
    lines: Any
    units: Sequence[int]
    held: int = 0
    on_plane: Any = None
    chosen: bool = False
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        features: tuple[Any, Any] | None = None,
        feature_names: Sequence[str] | None = None,
        units: bool = True,
        resolution: int = 200,
        **how: Unpack[Drawing],
    ) -> Self:
        """Ask a fitted classifier all over the plane.

        Parameters
        ----------
        estimator : classifier
            Any of scikit-learn; the units' lines are drawn for those of shoal.
        X : array-like of shape (m, n_features)
            At least two features.
        y : array-like of shape (m,)
            The true classes.
        features : (int or str, int or str), default=None
            The feature across and the one upwards, by number or by name. None takes the two that tell most:
            first the one from which alone, the others at their medians, the model gives the classes of the
            rows the largest probability, then the one that adds most to it. Of many rows 300 are asked.
        feature_names : sequence of str, optional
            The names of the columns of X.
        units : bool, default=True
            Whether to draw where z of each unit of layer 1 is 0, of at most twelve units: those with the
            largest weights to the next layer.
        resolution : int, default=200
            Points along each side of the plane, at least 2.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If it is not a classifier, there is one feature only, or a row may have several labels; if
            `features` are not two of the columns, or `resolution` is not possible.
        DataError
            If X or y holds NaN, or y a class that the model does not know.
        """
        check_whole("resolution", resolution, 2, _MOST_POINTS)
        require_classes(estimator, "boundary")
        answers = predicted_classes(y, estimator.predict(X), estimator.classes_)
        rows = np.asarray(X.toarray() if sparse.issparse(X) else X, dtype=np.float64)
        if rows.shape[1] < 2:
            raise UsageError("plots.one_feature")
        names = feature_names_of(estimator, X, feature_names, rows.shape[1])
        if features is None:
            pair = _telling(estimator, X, rows, answers.truth)
        else:
            pair = _two_columns(features, names)
        sides = [_side(rows[:, column], resolution) for column in pair]
        xx0, xx1 = np.meshgrid(*sides)
        asked = _like(X, _at_medians(rows, pair, np.column_stack([xx0.ravel(), xx1.ravel()])))
        P = _probabilities(estimator, asked).reshape(*xx0.shape, -1)
        lines, chosen = _unit_lines(estimator, asked, xx0.shape) if units else (np.empty((0, *xx0.shape)), [])
        picture = cls(
            xx0, xx1, P, rows[:, pair], answers.truth, answers.predicted, answers.labels,
            (names[pair[0]], names[pair[1]]), lines, chosen, rows.shape[1] - 2,
            _probabilities(estimator, _like(X, _at_medians(rows, pair, rows[:, pair]))).argmax(axis=1),
            features is None and rows.shape[1] > 2,
        )  # fmt: skip
        return picture.plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (620, 560)) as board:
            marks = class_marks(len(self.classes), board.colours)
            _draw_field(board, self, marks)
            _draw_lines(board, self)
            handles, labels = _draw_points(board, self, marks)
            legend_above(board.axes[0], handles, labels)
            board.axes[0].set(xlabel=named(self.names[0]), ylabel=named(self.names[1]))
            board.headline(_sentence(self), *_notes(self))
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _two_columns(features: Any, names: Sequence[str]) -> list[int]:
    """The places of the feature across and of the one upwards."""
    if isinstance(features, str) or not isinstance(features, Collection):
        raise UsageError("plots.which_features", got=literal(features))
    pair = [column_of(feature, names) for feature in features]
    if len(pair) != 2 or pair[0] == pair[1]:
        raise UsageError("plots.two_features", count=len(set(pair)))
    return pair


def _at_medians(rows: Any, columns: Sequence[int], values: Any) -> Any:
    """Rows whose features are the medians, but for some columns."""
    grid = np.tile(np.median(rows, axis=0), (len(values), 1))
    grid[:, columns] = values
    return grid


def _telling(estimator: Any, X: Any, rows: Any, truth: Any) -> list[int]:
    """The two features from which, the others at their medians, the model tells the classes best."""
    pair: list[int] = []
    asked = np.linspace(0, len(rows) - 1, min(len(rows), _MOST_ASKED)).astype(int)
    while rows.shape[1] > 2 and len(pair) < 2:
        sure = []
        for column in range(rows.shape[1]):
            columns = [*pair, column]
            P = _probabilities(estimator, _like(X, _at_medians(rows, columns, rows[asked][:, columns])))
            sure.append(-1.0 if column in pair else float(P[np.arange(len(asked)), truth[asked]].mean()))
        pair.append(int(np.argmax(sure)))
    return pair or [0, 1]


def _side(values: Any, resolution: int) -> Any:
    low, high = float(values.min()), float(values.max())
    room = _MARGIN * (high - low) or 1.0
    return np.linspace(low - room, high + room, resolution)


def _like(X: Any, grid: Any) -> Any:
    """The grid as a table of the same kind, so that the estimator finds its columns by name."""
    names = columns_of_table(X)
    if names is None:
        return grid
    if hasattr(type(X), "from_pydict"):  # pyarrow
        return type(X).from_pydict(dict(zip(names, grid.T, strict=True)))
    return type(X)(grid, columns=X.columns) if hasattr(X, "iloc") else type(X)(grid, schema=names)


def _probabilities(estimator: Any, grid: Any) -> Any:
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(grid), dtype=np.float64)
    return (np.asarray(estimator.predict(grid))[:, None] == estimator.classes_).astype(np.float64)


def _unit_lines(estimator: Any, grid: Any, shape: tuple[int, ...]) -> tuple[Any, list[int]]:
    """z of the units of layer 1, and the units that weigh most in layer 2; none for other estimators."""
    try:
        network = inside(estimator, "boundary")
    except UsageError:
        return np.empty((0, *shape)), []
    if network.network.L < 2:
        return np.empty((0, *shape)), []
    Z = network.layers(grid)[0][1].reshape(-1, *shape)
    weight = np.abs(network.matrices[0][2]).sum(axis=0)
    passing = sorted(_passing(Z), key=lambda k: -weight[k])
    return Z, sorted(passing[:_MOST_LINES])


def _passing(lines: Any) -> list[int]:
    """The units whose lines z = 0 cross the plane."""
    return [k for k, z in enumerate(lines) if z.min() < 0 < z.max()]


def _draw_field(board: Board, picture: DecisionBoundary, marks: Sequence[Any]) -> None:
    """Colour by probability: with two classes from one to the other, with more that of the likeliest."""
    ax, P = board.axes[0], picture.response
    where = (picture.xx0.min(), picture.xx0.max(), picture.xx1.min(), picture.xx1.max())
    soft = {"extent": where, "origin": "lower", "aspect": "auto", "alpha": 0.55}
    if P.shape[2] == 2:
        image = ax.imshow(
            P[:, :, 1], cmap=diverging(board.colours), vmin=0, vmax=1, interpolation="bilinear", **soft
        )
        bar = board.figure.colorbar(image, ax=ax, shrink=0.6, aspect=24, ticks=[0, 0.5, 1])
        bar.outline.set_visible(False)
        bar.set_label(words("plots.probability_of", label=named(picture.classes[1])))
        ax.contour(picture.xx0, picture.xx1, P[:, :, 1], [0.5], colors=[board.colours["ink"]], linewidths=1.6)
        return
    likeliest = P.argmax(axis=2)
    full = np.array([to_rgb(mark.colour) for mark in marks])[likeliest]
    paper = np.array(to_rgb(board.colours["paper"]))
    least = 1 / P.shape[2]
    strength = ((P.max(axis=2) - least) / (1 - least))[:, :, None]
    ax.imshow(np.clip(paper + strength * (full - paper), 0, 1), **soft)
    for k in range(P.shape[2]):
        others = np.delete(P, k, axis=2).max(axis=2)
        if (P[:, :, k] > others).any() and (P[:, :, k] < others).any():
            lead = P[:, :, k] - others
            ax.contour(picture.xx0, picture.xx1, lead, [0], colors=[board.colours["ink"]], linewidths=1.2)


def _draw_lines(board: Board, picture: DecisionBoundary) -> None:
    for unit in picture.units:
        board.axes[0].contour(
            picture.xx0, picture.xx1, picture.lines[unit], [0],
            colors=[board.colours["soft"]], linewidths=1.0, linestyles=[NEGATIVE_LINE],
        )  # fmt: skip


def _draw_points(
    board: Board, picture: DecisionBoundary, marks: Sequence[Any]
) -> tuple[list[Any], list[str]]:
    """The rows by their true class; return what the legend shows."""
    drawn = _spread(len(picture.points))
    side = 5.0 if len(drawn) <= 400 else 3.6
    handles, labels = [], []
    for k, mark in enumerate(marks):
        rows = drawn[picture.truth[drawn] == k]
        face = mark.colour if mark.filled else board.colours["paper"]
        edge = board.colours["paper"] if mark.filled else mark.colour
        look = {"marker": mark.marker, "markersize": side, "markerfacecolor": face, "markeredgecolor": edge}
        look |= {"markeredgewidth": 0.5 if mark.filled else 1.2}
        board.axes[0].plot(*picture.points[rows].T, linestyle="none", **look)
        handles.append(Line2D([], [], linestyle="none", **look))
        labels.append(f"{named(picture.classes[k], 16)} ({int((picture.truth == k).sum())})")
    if picture.units:
        handles.append(Line2D([], [], color=board.colours["soft"], linewidth=1.0, linestyle=NEGATIVE_LINE))
        labels.append(words("plots.unit_line"))
    return handles, labels


def _spread(m: int) -> Any:
    """The numbers of the rows that are drawn: all, or as many as can be told apart, evenly."""
    return np.arange(m) if m <= _MOST_ROWS else np.linspace(0, m - 1, _MOST_ROWS).astype(int)


def _sentence(picture: DecisionBoundary) -> str:
    right = int((picture.truth == picture.predicted).sum())
    m = len(picture.truth)
    whole = {"right": f"{right:,}", "rows": f"{m:,}", "share": percent(right / m)}
    if not picture.held:
        return words("plots.boundary_title", **whole)
    shown = picture.predicted if picture.on_plane is None else picture.on_plane
    lie = int((picture.truth == shown).sum())
    return words("plots.boundary_title_slice", **whole, lie=f"{lie:,}", lie_share=percent(lie / m))


def _notes(picture: DecisionBoundary) -> list[str]:
    said = []
    if picture.held:
        said.append(words("plots.boundary_slice", count=picture.held))
    if picture.chosen:
        said.append(words("plots.boundary_chosen"))
    passing = len(_passing(picture.lines))
    if 0 < len(picture.units) < passing:
        said.append(words("plots.boundary_units", shown=len(picture.units), all=passing))
    if len(picture.units) and passing < len(picture.lines):
        said.append(words("plots.boundary_outside", count=len(picture.lines) - passing))
    if len(picture.points) > _MOST_ROWS:
        said.append(
            words("plots.rows_drawn", shown=number(_MOST_ROWS, 6), all=number(len(picture.points), 9))
        )
    return said
