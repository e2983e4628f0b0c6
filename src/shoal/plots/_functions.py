"""The activation functions and their derivatives, and where on them the units of a network stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, Unpack

import numpy as np
from matplotlib.ticker import MaxNLocator

from shoal.base.arguments import check_list
from shoal.base.errors import UsageError
from shoal.base.shown import literal
from shoal.book.equations import ACTIVATIONS, OUTPUTS, Activation
from shoal.plots._figure import Board, Drawing, Grid, canvas, label_ends, notebook
from shoal.plots._inside import inside
from shoal.plots._style import NEGATIVE_LINE
from shoal.plots._words import named, number, percent, words

_REACH, _POINTS, _BINS, _COLUMNS = 4.0, 401, 40, 4
_FLAT = 0.1  # a slope of less than this passes little of the gradient on


class Panel(NamedTuple):
    """One function: its name, z, g(z), g'(z), and the values of Z that its units have, if they are known."""

    name: str
    z: Any
    g: Any
    g_prime: Any
    Z: Any = None

    @property
    def flat(self) -> float:
        """The share of the values of Z at which the slope is below 0.1 in size."""
        return float((np.abs(_slope(self.name, self.Z)) < _FLAT).mean())


@dataclass
class ActivationFunctions:
    """A panel for each function: g(z) as a line, g'(z) dashed, and below them how often each z occurs.

    Parameters
    ----------
    panels : sequence of Panel
        Name, z, g(z), g'(z) of each function, and the values of Z, if they are known.

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    panels: Sequence[Panel]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_names(cls, names: Sequence[str] = tuple(ACTIVATIONS), **how: Unpack[Drawing]) -> Self:
        """Draw functions by their names in `shoal.book.ACTIVATIONS`; all of them by default.

        Raises
        ------
        UsageError
            If there is no such function.
        """
        check_list("names", names)
        for name in names:
            if not isinstance(name, str) or name not in ACTIVATIONS:
                raise UsageError("core.activation", name=literal(name), names=", ".join(ACTIVATIONS))
        return cls([_panel(name, name, _REACH) for name in names]).plot(**how)

    @classmethod
    def from_functions(cls, functions: Mapping[str, Activation], **how: Unpack[Drawing]) -> Self:
        """Draw functions of your own: each an `Activation`, g(Z) with g_prime(Z, A)."""
        if not isinstance(functions, Mapping) or not functions:
            raise UsageError("plots.functions_by_name", got=literal(functions))
        z = np.linspace(-_REACH, _REACH, _POINTS)
        panels = []
        for name, (g, g_prime, *_) in functions.items():
            A = g(z)
            panels.append(Panel(name, z, A, g_prime(z, A)))
        return cls(panels).plot(**how)

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any = None, **how: Unpack[Drawing]) -> Self:
        """The hidden layers of a fitted estimator of shoal, and where its units stand for the rows of X.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Or a Pipeline that ends in one, or a search that found one. Without a hidden layer it is the
            output's function that is drawn.
        X : array-like of shape (m, n_features)
            The rows.
        y : ignored
            It is not needed.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If the estimator has no network.
        DataError
            If X holds NaN.
        """
        net = inside(estimator, "functions")
        Z, g, L = net.layers(X)[0], net.network.g, net.network.L
        if L == 1 and g[1] == "softmax":
            raise UsageError("plots.softmax_function")
        layers = range(1, L) if L > 1 else (1,)
        panels = []
        for l in layers:
            reach = max(_REACH, 1.1 * float(np.quantile(np.abs(Z[l]), 0.995)))
            title = words("plots.function_layer", l=l, g=g[l])
            panels.append(_panel(title, g[l], reach)._replace(name=g[l], Z=Z[l].ravel()))
        return cls(panels).plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        count = len(self.panels)
        columns = min(count, _COLUMNS if count > 3 else 3)
        grid = Grid(count, columns)
        wanted = (max(520, 60 + 225 * columns), 120 + (215 if count > 3 else 250) * grid.rows)
        with canvas(self, ax, dark, size or wanted, grid) as board:
            for l, (axes, panel) in enumerate(zip(board.axes, self.panels, strict=True), start=1):
                layer = None if panel.Z is None else l
                _draw(board, axes, panel, layer)
            known = self.panels[0].Z is not None
            board.headline(_sentence(self.panels), words("plots.function_counts") if known else "")
            for axes, panel in zip(board.axes, self.panels, strict=True):
                _label(board, axes, panel)
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _function(name: str) -> tuple[Any, Any]:
    if name in ACTIVATIONS:
        return ACTIVATIONS[name].g, ACTIVATIONS[name].g_prime
    return OUTPUTS[name].g, OUTPUTS[name].g_prime


def _slope(name: str, Z: Any) -> Any:
    g, g_prime = _function(name)
    return g_prime(Z, g(Z))


def _panel(title: str, name: str, reach: float) -> Panel:
    z = np.linspace(-reach, reach, _POINTS)
    A = _function(name)[0](z)
    return Panel(title, z, A, _slope(name, z))


def _draw(board: Board, ax: Any, panel: Panel, layer: int | None) -> None:
    colours = board.colours
    ax.axhline(0, color=colours["line"], linewidth=0.8, zorder=0)
    ax.axvline(0, color=colours["line"], linewidth=0.8, zorder=0)
    ax.plot(panel.z, panel.g, color=colours["positive"])
    ax.plot(panel.z, panel.g_prime, color=colours["negative"], linestyle=NEGATIVE_LINE)
    low = _floor(panel)
    high = float(max(min(panel.g.max(), panel.z[-1]), panel.g_prime.max(), 1.0))
    if panel.Z is not None:
        counts, edges = np.histogram(
            np.clip(panel.Z, panel.z[0], panel.z[-1]), _BINS, (panel.z[0], panel.z[-1])
        )
        room = 0.3 * (high - low)
        heights = counts / counts.max() * 0.85 * room
        ax.bar(edges[:-1], heights, np.diff(edges), low - room, align="edge", color=colours["faint"])
        low -= room
    ax.set_ylim(low - 0.04 * (high - low), high + 0.06 * (high - low))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_yticks([tick for tick in ax.get_yticks() if _floor(panel) - 0.01 <= tick <= high + 0.01])
    ax.set_xlabel("$z$")
    title = (
        named(panel.name) if layer is None else words("plots.function_layer", l=layer, g=named(panel.name))
    )
    ax.set_title(title)


def _floor(panel: Panel) -> float:
    """Where the lines end below."""
    return float(min(panel.g.min(), panel.g_prime.min(), -0.25))


def _label(board: Board, ax: Any, panel: Panel) -> None:
    """Which line is which, at its end."""
    colours, z = board.colours, float(panel.z[-1])
    label_ends(
        ax,
        [
            (z, float(panel.g[-1]), "$g$", colours["positive"]),
            (z, float(panel.g_prime[-1]), "$g'$", colours["negative"]),
        ],
    )


def _sentence(panels: Sequence[Panel]) -> str:
    """The steepest slope of each, or how many units stand where the slope is small."""
    if panels[0].Z is not None:
        shares = [
            words("plots.function_flat", l=l, share=percent(p.flat)) for l, p in enumerate(panels, start=1)
        ]
        return " ".join(shares[:4])
    slopes = [f"{named(p.name)} {number(float(np.abs(p.g_prime).max()), 3)}" for p in panels]
    return words("plots.function_slopes", slopes=", ".join(slopes))
