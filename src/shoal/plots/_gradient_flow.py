"""How large the derivatives are, layer by layer: whether the gradient vanishes or explodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, Unpack

import numpy as np

from shoal.base.errors import UsageError
from shoal.base.shown import literal
from shoal.plots._figure import Board, Drawing, Grid, canvas, label_ends, notebook
from shoal.plots._inside import inside
from shoal.plots._style import line_looks
from shoal.plots._ticks import powers
from shoal.plots._words import named, number, words


class Moment(NamedTuple):
    """The root mean squares of dZ[l] and dW[l], layer by layer, at one theta."""

    name: str
    dZ: Any  # (L,)
    dW: Any  # (L,)


@dataclass
class GradientFlow:
    """Left dZ[l], of one example; right dW[l], of the mean loss; both as the root of the mean square.

    The axes are logarithmic. A layer whose derivatives are all 0 stands at the lower edge, open.

    Parameters
    ----------
    moments : sequence of Moment
        Name, dZ and dW by layer, of each moment of the training (at most four).

    Attributes
    ----------
    figure_, ax_, axes_ : Figure, Axes, tuple of Axes
        Where it is drawn, after `plot`.
    """

    moments: Sequence[Moment]
    figure_: Any = field(init=False, repr=False, default=None)
    axes_: tuple[Any, ...] = field(init=False, repr=False, default=())
    ax_: Any = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if not self.moments or not all(isinstance(moment, Moment) for moment in self.moments):
            raise UsageError("plots.no_moments", got=literal(self.moments))

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        moments: Mapping[str, Any] | None = None,
        **how: Unpack[Drawing],
    ) -> Self:
        """Send rows forward and their errors backward through a fitted network of shoal.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Or a Pipeline that ends in one, or a search that found one; with a hidden layer.
        X : array-like of shape (m, n_features)
            The rows.
        y : array-like of shape (m,) or (m, n_outputs)
            The truth, as `fit` takes it.
        moments : mapping of str to ndarray of shape (p,), optional
            Other thetas of the same network by name, such as the one at its start. Unless given, it is the
            fitted one alone.
        **how : ax, dark, size
            See `plot`.

        Raises
        ------
        UsageError
            If the estimator has no network, or no hidden layer; if there are more than four moments.
        DataError, ShapeError
            If X or y do not fit the estimator, or a theta does not fit the network.
        """
        net = inside(estimator, "gradients")
        if net.network.L == 1:
            raise UsageError("plots.no_hidden_layer")
        if moments is not None and not (isinstance(moments, Mapping) and 1 <= len(moments) <= 4):
            got = len(moments) if isinstance(moments, Mapping) else literal(moments)
            raise UsageError("plots.moments", got=got)
        thetas = {words("plots.now"): None} if moments is None else moments
        return cls([_moment(name, net.gradients(X, y, theta)) for name, theta in thetas.items()]).plot(**how)

    def plot(self, ax: Any = None, *, dark: bool = False, size: tuple[int, int] | None = None) -> Self:
        """Draw it; see `CostCurves.plot` for the parameters."""
        with canvas(self, ax, dark, size or (760, 380), Grid(2, 2)) as board:
            _draw(board, board.axes[0], self.moments, [moment.dZ for moment in self.moments])
            _draw(board, board.axes[1], self.moments, [moment.dW for moment in self.moments])
            board.axes[0].set_ylabel(words("plots.gradient_dz"))
            board.axes[1].set_ylabel(words("plots.gradient_dw"))
            zeros = any((moment.dZ == 0).any() or (moment.dW == 0).any() for moment in self.moments)
            board.headline(_sentence(self.moments), words("plots.gradient_zero") if zeros else "")
        return self

    def _repr_png_(self) -> Any:
        return notebook(self)


def _moment(name: str, gradients: tuple[Any, Any, Any]) -> Moment:
    dZ, dW, _ = gradients
    rms = [np.array([float(np.sqrt((d**2).mean())) for d in each[1:]]) for each in (dZ, dW)]
    return Moment(name, *rms)


def _draw(board: Board, ax: Any, moments: Sequence[Moment], series: Sequence[Any]) -> None:
    ax.set_yscale("log")
    known = np.concatenate([values[values > 0] for values in series])
    floor = float(known.min()) / 3 if len(known) else 0.1
    ends = []
    looks = line_looks(len(moments), board.colours)
    for moment, values, (colour, dashes) in zip(moments, series, looks, strict=True):
        layers = np.arange(1, len(values) + 1)
        shown = np.where(values > 0, values, floor)
        ax.plot(layers, shown, color=colour, linestyle=dashes)
        for marked, face in ((values > 0, colour), (values == 0, board.colours["paper"])):
            ax.plot(layers[marked], shown[marked], "o", mfc=face, mec=colour, ms=7)
        ends.append((layers[-1], shown[-1], named(moment.name), colour))
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, floor / 1.3), max(high, low * 10))
    powers(ax.yaxis, ax.get_ylim())
    ax.set_xticks(range(1, len(series[0]) + 1))
    ax.set_xlim(0.75, len(series[0]) + 0.25)
    ax.set_xlabel(words("plots.layer_axis"))
    if len(moments) > 1:
        label_ends(ax, ends)


def _sentence(moments: Sequence[Moment]) -> str:
    """By how much dZ changes from the last layer to the first; of several moments, in the last one."""
    moment = moments[-1]
    said = _change(moment)
    return said if len(moments) == 1 else words("plots.gradient_at", name=named(moment.name), said=said)


def _change(moment: Moment) -> str:
    last, first = moment.dZ[-1], moment.dZ[0]
    values = {"L": len(moment.dZ), "last": number(last, 2), "first": number(first, 2)}
    if first == 0 or last == 0:
        return words("plots.gradient_none", **values)
    key, factor = (
        ("plots.gradient_shrinks", last / first) if first < last else ("plots.gradient_grows", first / last)
    )
    return words(key, **values, factor=number(factor, 2))
