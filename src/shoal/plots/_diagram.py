"""The network drawn as the notes draw it: units in columns, a line for each weight."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Self, Unpack

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from shoal.base.errors import UsageError
from shoal.base.numeric import is_whole
from shoal.base.shown import literal
from shoal.plots._figure import Board, Drawing, canvas, legend_above, notebook
from shoal.plots._inside import inside
from shoal.plots._style import NEGATIVE_LINE
from shoal.plots._words import MINUS, named, number, signed, words

_THIN, _THICK = 0.3, 4.2  # points
_MOST_SIGNS = 12  # lines that carry a printed sign
_SIGN, _SIGN_AT = 15.0, (0.3, 0.24, 0.36, 0.18, 0.42, 0.48)  # pixels; shares of the way from unit to unit


class Line(NamedTuple):
    """A weight that is drawn: from unit `k` of layer l - 1 to unit `j` of layer `l`."""

    l: int
    j: int
    k: int
    weight: float


@dataclass
class NetworkDiagram:
    """Units in columns, the inputs first; each line is a weight.

    Blue and solid is positive, orange and dashed is negative, and the strongest carry a + or a −. The width
    is the size, on one scale for all layers. Of a wide layer the units with the largest weights are shown.

    Parameters
    ----------
    W, b : sequence of ndarrays
        The matrices by layer; index 0 is None.
    g : sequence of str
        The names of the activations by layer; index 0 is empty.
    feature_names, output_names : sequence of str
        The inputs and the outputs.
    most : int, default=10
        How many units of a layer are shown at most.

    Attributes
    ----------
    shown : list of ndarray
        The units of each layer that are shown, counted from 0.
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    W: Sequence[Any]
    b: Sequence[Any]
    g: Sequence[str]
    feature_names: Sequence[str]
    output_names: Sequence[str]
    most: int = 10
    shown: list[Any] = field(init=False, repr=False)
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if not is_whole(self.most) or self.most < 1:
            raise UsageError("plots.most", got=literal(self.most))
        self.shown = [_strongest(size, self.most) for size in _sizes(self.W)]

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        feature_names: Sequence[str] | None = None,
        most: int = 10,
        **how: Unpack[Drawing],
    ) -> Self:
        """Draw the network of a fitted estimator of shoal.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor or LogisticRegression
            Or a Pipeline that ends in one, or a search that found one.
        X : DataFrame, optional
            Its columns name the inputs, unless the estimator knows them.
        y : ignored
            It is not needed.
        feature_names : sequence of str, optional
            What the inputs are called.
        most : int, default=10
            How many units of a layer are shown at most.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If the estimator has no network.
        """
        net = inside(estimator, "network")
        W, b = net.matrices
        picture = cls(W, b, net.network.g, net.names(X, feature_names), net.outputs(), most)
        return picture.plot(**how)

    @property
    def n(self) -> tuple[int, ...]:
        """Units of each layer, the inputs first."""
        return (self.W[1].shape[1], *(len(W) for W in self.W[1:]))

    @property
    def largest(self) -> float:
        """The size of the largest weight, which has the widest line; 1 where all are 0."""
        return max(float(np.abs(W).max()) for W in self.W[1:]) or 1.0

    @property
    def lines(self) -> list[Line]:
        """The weights between the units that are shown, the smallest first."""
        found = [
            Line(l, int(j), int(k), float(self.W[l][j, k]))
            for l in range(1, len(self.W))
            for j in self.shown[l]
            for k in self.shown[l - 1]
        ]
        return sorted(found, key=lambda line: abs(line.weight))

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        deepest = max(len(units) + (len(units) < n_l) for units, n_l in zip(self.shown, self.n, strict=True))
        wanted = (min(1400, 250 + 190 * len(self.n)), max(340, 150 + 42 * deepest))
        with canvas(self, ax, dark, size or wanted) as board:
            places = [
                _heights(len(units), len(units) < n_l) for units, n_l in zip(self.shown, self.n, strict=True)
            ]
            _frame(board, self)
            _draw_lines(board, self, places)
            _draw_units(board, self, places)
            board.headline(_sentence(self), words("plots.network_note") if _is_cut(self) else "")
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _sizes(W: Sequence[Any]) -> list[Any]:
    """For each unit of each layer, the root of the sum of squares of its weights, to it and from it."""
    sizes = [np.zeros(W[1].shape[1]), *(np.zeros(len(W_l)) for W_l in W[1:])]
    for l in range(1, len(W)):
        sizes[l] = sizes[l] + (W[l] ** 2).sum(axis=1)
        sizes[l - 1] = sizes[l - 1] + (W[l] ** 2).sum(axis=0)
    return [np.sqrt(size) for size in sizes]


def _strongest(size: Any, most: int) -> Any:
    return np.sort(np.argsort(-size, kind="stable")[:most])


def _is_cut(picture: NetworkDiagram) -> bool:
    return any(len(units) < n_l for units, n_l in zip(picture.shown, picture.n, strict=True))


def _heights(count: int, cut: bool) -> Any:
    """The units one below the other around 0; room for the words below them where the layer is cut."""
    rows = count + cut
    return (rows - 1) / 2 - np.arange(count)


def _draw_lines(board: Board, picture: NetworkDiagram, places: Sequence[Any]) -> None:
    ax, colours, lines = board.axes[0], board.colours, picture.lines
    sizes = [abs(line.weight) / picture.largest for line in lines]
    where = [
        dict(zip(units.tolist(), ys, strict=True)) for units, ys in zip(picture.shown, places, strict=True)
    ]
    ends = [((line.l - 1, where[line.l - 1][line.k]), (line.l, where[line.l][line.j])) for line in lines]
    ax.add_collection(
        LineCollection(
            ends,
            colors=[colours["positive" if line.weight >= 0 else "negative"] for line in lines],
            linewidths=[_THIN + (_THICK - _THIN) * size for size in sizes],
            linestyles=["solid" if line.weight >= 0 else NEGATIVE_LINE for line in lines],
            alpha=[0.25 + 0.65 * size for size in sizes],
            zorder=1,
        )
    )
    strongest = list(zip(lines, ends, strict=True))[: -_MOST_SIGNS - 1 : -1]
    taken: list[Any] = []
    for line, (start, end) in strongest:
        x, y = _free(ax, np.array(start), np.array(end), taken)
        colour = colours["positive" if line.weight >= 0 else "negative"]
        ax.plot([x], [y], "o", mfc=colours["paper"], mec=colour, markersize=10, zorder=2)
        if line.weight:
            ax.plot([x], [y], "+" if line.weight > 0 else "_", color=colour, markersize=6, mew=1.6, zorder=3)


def _free(ax: Any, start: Any, end: Any, taken: list[Any]) -> Any:
    """A place on a line that is not under a sign that stands already; the first one where there is none."""
    places = [start + share * (end - start) for share in _SIGN_AT]
    shown = ax.transData.transform(places)
    free = (k for k, at in enumerate(shown) if all(np.hypot(*(at - other)) >= _SIGN for other in taken))
    chosen = next(free, 0)
    taken.append(shown[chosen])
    return places[chosen]


def _draw_units(board: Board, picture: NetworkDiagram, places: Sequence[Any]) -> None:
    """Circles; names beside the inputs and the outputs, numbers in the hidden units, what each layer is."""
    ax, colours, last = board.axes[0], board.colours, len(picture.n) - 1
    for l, (units, ys) in enumerate(zip(picture.shown, places, strict=True)):
        ax.plot([l] * len(ys), ys, "o", ms=19, mfc=colours["paper"], mec=colours["ink"], mew=1.1, zorder=4)
        for unit, y in zip(units, ys, strict=True):
            if 0 < l < last:
                ax.text(l, y, str(unit + 1), ha="center", va="center_baseline", zorder=5)
        if l in (0, last):
            names, side = (picture.feature_names, -1) if l == 0 else (picture.output_names, 1)
            for unit, y in zip(units, ys, strict=True):
                ax.text(
                    l + side * 0.13, y, named(names[unit], 22), va="center", ha="right" if l == 0 else "left"
                )
        if len(units) < picture.n[l]:
            more = words("plots.more_units", count=picture.n[l] - len(units))
            ax.text(l, ys[-1] - 1, more, ha="center", va="center", color=colours["soft"])
    top = max(ys[0] for ys in places) + 0.75
    for l, n_l in enumerate(picture.n):
        key = "plots.layer_inputs" if l == 0 else "plots.layer_output" if l == last else "plots.layer_hidden"
        heading = words(key, l=l, count=n_l, g=picture.g[l])
        ax.text(l, top, heading, ha="center", va="bottom", color=colours["soft"], linespacing=1.25)


def _frame(board: Board, picture: NetworkDiagram) -> None:
    """No axes; the scale of the widths above, in its own words."""
    ax, colours = board.axes[0], board.colours
    largest = picture.largest
    handles = [
        Line2D([], [], color=colours["positive"], linewidth=_THICK),
        Line2D([], [], color=colours["negative"], linewidth=_THICK, linestyle=NEGATIVE_LINE),
    ]
    legend_above(
        ax, handles, [words("plots.weight_of", weight=f"{sign}{number(largest, 2)}") for sign in ("+", MINUS)]
    )
    ax.set(xlim=(-0.5, len(picture.n) - 0.5), xticks=[], yticks=[])
    low = min(float(line) for line in _lowest(picture)) - 0.6
    ax.set_ylim(low, -low + 1.2)
    ax.spines[:].set_visible(False)


def _lowest(picture: NetworkDiagram) -> list[float]:
    return [
        -(len(units) + (len(units) < n_l) - 1) / 2
        for units, n_l in zip(picture.shown, picture.n, strict=True)
    ]


def _sentence(picture: NetworkDiagram) -> str:
    """The shape of the network, and its largest weight."""
    sizes = " → ".join(map(str, picture.n))
    p = sum(n_l * (n_before + 1) for n_before, n_l in pairwise(picture.n))
    l = max(range(1, len(picture.W)), key=lambda l: float(np.abs(picture.W[l]).max()))
    j, k = map(int, np.unravel_index(np.abs(picture.W[l]).argmax(), picture.W[l].shape))
    start = (
        words("plots.quoted", name=named(picture.feature_names[k]))
        if l == 1
        else words("plots.unit", l=l - 1, number=k + 1)
    )
    last = l == len(picture.n) - 1
    end = (
        words("plots.quoted", name=named(picture.output_names[j]))
        if last
        else words("plots.unit", l=l, number=j + 1)
    )
    weights = {"weight": signed(float(picture.W[l][j, k])), "start": start, "end": end}
    return words("plots.network_title", sizes=sizes, parameters=f"{p:,}", **weights)
