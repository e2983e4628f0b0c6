"""The matrices W[l] as maps of colours, with b[l] beside each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Any, Self, Unpack

import numpy as np

from shoal.plots._figure import Board, Drawing, Grid, canvas, notebook
from shoal.plots._heat import cell_numbers, hatch_negative, signed_map, unit_ticks
from shoal.plots._inside import inside
from shoal.plots._words import named, number, signed, words

_COLUMNS = 3  # panels side by side
_LETTER, _LINE = 9.0, 17.0  # pixels
_SHARE = 0.8  # of a panel that is left beside its names and scale, before the layout is known


@dataclass
class WeightMap:
    """A panel for each layer: a row for each unit, a column for each of its inputs, and b[l] at the right.

    Blue is positive, orange is negative, paper is zero; each panel has its own scale, equal on both sides of
    zero. Where there is room the numbers stand in the cells; where there is none, negative ones are hatched.

    Parameters
    ----------
    W, b : sequence of ndarrays
        The matrices by layer; index 0 is None.
    feature_names, output_names : sequence of str
        The inputs of layer 1 and the units of layer L.

    Attributes
    ----------
    maps : list of ndarray of shape (n[l], n[l-1] + 2)
        What each panel shows: W[l], an empty column, b[l].
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    W: Sequence[Any]
    b: Sequence[Any]
    feature_names: Sequence[str]
    output_names: Sequence[str]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        feature_names: Sequence[str] | None = None,
        **how: Unpack[Drawing],
    ) -> Self:
        """Draw the matrices of a fitted estimator of shoal; see `NetworkDiagram.from_estimator`."""
        net = inside(estimator, "weights")
        W, b = net.matrices
        return cls(W, b, net.names(X, feature_names), net.outputs()).plot(**how)

    @property
    def maps(self) -> list[Any]:
        """W[l], an empty column, b[l]."""
        pairs = list(zip(self.W, self.b, strict=True))[1:]
        return [np.hstack([W, np.full_like(b, np.nan), b]) for W, b in pairs]

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        maps = self.maps
        columns = min(_COLUMNS, len(maps))
        named_inputs = [1.4, *[1.0] * (len(maps) - 1)]  # names need more room than numbers
        wide = [min(max(f * W.shape[1], 10), 26) for f, W in zip(named_inputs, maps, strict=True)]
        widths = wide if len(maps) <= _COLUMNS else None
        grid = Grid(len(maps), columns, widths=widths)
        tall = max(len(each) for each in maps)
        wanted = ((560, 880, 1020)[columns - 1], 120 + grid.rows * min(max(170 + 24 * tall, 260), 460))
        with canvas(self, ax, dark, size or wanted, grid) as board:
            for l, panel in enumerate(board.axes, start=1):
                _draw(board, panel, self, l, maps[l - 1])
            board.headline(_sentence(self), words("plots.hatched"))
            board.settle()
            for panel, cells in zip(board.axes, maps, strict=True):
                if not cell_numbers(board, panel, cells):
                    hatch_negative(board, panel, cells)
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _draw(board: Board, ax: Any, picture: WeightMap, l: int, cells: Any) -> None:
    n_l, n_before = picture.W[l].shape
    signed_map(board, ax, cells, words("plots.weight"))
    inputs = [named(name, 14) for name in picture.feature_names] if l == 1 else unit_ticks(n_before)
    units = [named(name, 14) for name in picture.output_names] if l == len(picture.W) - 1 else unit_ticks(n_l)
    _ticks(ax, inputs, units)
    ax.set_title(rf"$W^{{[{l}]}}$, $b^{{[{l}]}}$:  $(n^{{[{l}]}},\, n^{{[{l - 1}]}}) = ({n_l}, {n_before})$")
    ax.set_xlabel(words("plots.inputs_axis") if l == 1 else words("plots.units_axis", l=l - 1))
    ax.set_ylabel(words("plots.units_axis", l=l))


def _ticks(ax: Any, inputs: list[str], units: list[str]) -> None:
    """Names or numbers of as many columns and rows as are legible, and b below its column."""
    box = ax.get_window_extent()
    width, height = _SHARE * box.width, _SHARE * box.height
    room = width / (len(inputs) + 2)
    turned = max(map(len, inputs)) * _LETTER > room
    step_x = max(1, ceil((_LINE if turned else 3 * _LETTER) / room))
    step_y = max(1, ceil(_LINE * len(units) / height))
    xs = [k for k in range(0, len(inputs), step_x) if (len(inputs) + 1 - k) * room >= _LINE]
    ax.set_xticks([*xs, len(inputs) + 1], [*(inputs[k] for k in xs), "$b$"])
    ax.set_yticks(range(0, len(units), step_y), units[::step_y])
    for label in ax.get_xticklabels()[:-1]:
        label.set_rotation(90 if turned and max(map(len, inputs)) > 3 else 0)
    ax.tick_params(length=0)


def _sentence(picture: WeightMap) -> str:
    """The size of each layer's weights, as the root of their mean square, and the ratio of the extremes."""
    sizes = [float(np.sqrt((W**2).mean())) for W in picture.W[1:]]
    W = max(picture.W[1:], key=lambda W: float(np.abs(W).max()))
    largest = signed(float(W.flat[np.abs(W).argmax()]))
    if len(sizes) == 1:
        return words("plots.weights_title_one", size=number(sizes[0], 2), largest=largest)
    rms = " → ".join(number(size, 2) for size in sizes)
    falls = all(before > after for before, after in pairwise(sizes))
    rises = all(before < after for before, after in pairwise(sizes))
    key = "plots.weights_fall" if falls else "plots.weights_rise" if rises else "plots.weights_vary"
    return words(key, sizes=rms, largest=largest)
