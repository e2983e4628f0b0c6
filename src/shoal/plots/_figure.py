"""The paper of a picture: its axes, its headline, its labels, its file.

A picture is drawn on a `matplotlib.figure.Figure` of its own, without pyplot, or on axes that a person gives.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypedDict

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shoal.base.aligned import wrap
from shoal.base.errors import UsageError
from shoal.base.files import replacing
from shoal.base.look import LIGHT
from shoal.base.numeric import is_whole
from shoal.base.shown import literal, plain
from shoal.plots._fonts import spoken, tell_missing_characters
from shoal.plots._style import DPI, LABEL, NOTE, TITLE, Colours, palette, styled
from shoal.plots._ticks import plain_numbers

ENDINGS = (".png", ".svg", ".pdf")
LEAST, MOST = 240, 4000  # pixels of a side
_METADATA: dict[str, dict[str, Any]] = {  # without the date: the same picture is the same bytes
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
_LEADER = {"arrowstyle": "-", "linewidth": 0.7, "shrinkA": 1, "shrinkB": 0, "relpos": (0, 0.5)}
_BOLD, _PLAIN = 0.63, 0.56  # width of a letter of DejaVu Sans in ems, about
_CHINESE = 0.53  # width of half a Chinese character, and about that of a letter of its font


class Drawing(TypedDict, total=False):
    """What `plot` takes, and what `from_estimator` hands on to it."""

    ax: Any
    dark: bool
    size: tuple[int, int] | None


class Drawn(Protocol):
    """A display after `plot`: where it was drawn."""

    figure_: Any
    axes_: tuple[Any, ...]
    ax_: Any


def headline_of(display: Drawn) -> str:
    """The sentence above a picture that has a figure of its own, as it was before it was broken into lines.

    The breaks cannot be undone: at some of them there was a space, and between Chinese characters none.
    """
    return str(display.figure_.get_label()).replace(r"\$", "$")


class Grid(NamedTuple):
    """How many panels there are and how they stand; `heights` and `widths` are their ratios."""

    panels: int = 1
    columns: int = 1
    heights: Sequence[float] | None = None
    widths: Sequence[float] | None = None

    @property
    def rows(self) -> int:
        """As many as the panels need."""
        return -(-self.panels // self.columns)


@dataclass(frozen=True)
class Board:
    """Where a picture is drawn, and in which colours; `own` if the figure was made for it."""

    figure: Any
    axes: tuple[Any, ...]
    colours: Colours
    own: bool

    def headline(self, sentence: str, *notes: str) -> None:
        """What is seen, in a sentence above the picture; what has to be known to read it, below."""
        said = list(filter(None, notes))  # each begins a line
        if not self.own:
            width = self.axes[0].get_window_extent().width
            self.axes[0].set_title(
                "\n".join(_wrapped(each, width, LABEL, _PLAIN) for each in (sentence, *said))
            )
            return
        self.figure.set_label(sentence)
        width = self.figure.get_figwidth() * DPI - 24
        at = {"x": 12 / (width + 24), "ha": "left", "linespacing": 1.4 if spoken() == "zh" else 1.2}
        self.figure.suptitle(_wrapped(sentence, width, TITLE, _BOLD), **at)
        if said:
            note = "\n".join(_wrapped(each, width, NOTE, _PLAIN) for each in said)
            self.figure.supxlabel(note, color=self.colours["soft"], **at)

    def settle(self) -> None:
        """Lay the figure out as it is now, so that the sizes of its axes are known."""
        engine = self.figure.get_layout_engine()
        if engine is not None:
            engine.execute(self.figure)


@contextmanager
def canvas(
    display: Drawn,
    ax: Any,
    dark: bool,
    size: tuple[int, int],
    grid: Grid = Grid(),  # noqa: B008
) -> Iterator[Board]:
    """The board on which `display` is drawn; at the end its `figure_`, `axes_` and `ax_` are set.

    Raises
    ------
    UsageError
        If `ax` is not axes of matplotlib, or not as many as there are panels, or the size is not possible.
    """
    colours = palette(dark)
    with styled(colours), _one_notice():
        figure, axes = _new(_checked(size), grid) if ax is None else _given(ax, grid)
        for panel in axes:
            _dress(panel, colours)
        yield Board(figure, axes, colours, own=ax is None)
    display.figure_, display.axes_, display.ax_ = figure, axes, axes[0]


def _checked(size: Any) -> tuple[int, int]:
    sides = tuple(size) if isinstance(size, Sequence) else ()
    if len(sides) != 2 or not all(is_whole(side) and LEAST <= side <= MOST for side in sides):
        raise UsageError("plots.size", least=LEAST, most=MOST, got=literal(size))
    return sides


def _new(size: tuple[int, int], grid: Grid) -> tuple[Any, tuple[Any, ...]]:
    figure = Figure((size[0] / DPI, size[1] / DPI), dpi=DPI, layout="constrained")
    return figure, _divided(figure, figure.add_gridspec, grid)


def _divided(figure: Any, spec_of: Any, grid: Grid) -> tuple[Any, ...]:
    """The panels of a grid, row by row."""
    spec = spec_of(grid.rows, grid.columns, height_ratios=grid.heights, width_ratios=grid.widths)
    places = (divmod(k, grid.columns) for k in range(grid.panels))
    return tuple(figure.add_subplot(spec[row, column]) for row, column in places)


def _given(ax: Any, grid: Grid) -> tuple[Any, tuple[Any, ...]]:
    """The person's axes; one of them is divided where there are several panels."""
    axes = tuple(np.ravel(np.asarray(ax, dtype=object)))
    if not all(isinstance(each, Axes) for each in axes):
        raise UsageError("plots.not_axes", got=literal(ax))
    if len(axes) == 1 < grid.panels and axes[0].get_subplotspec() is not None:
        axes[0].set_axis_off()
        axes = _divided(axes[0].get_figure(), axes[0].get_subplotspec().subgridspec, grid)
    if len(axes) != grid.panels:
        raise UsageError("plots.axes_count", wanted=grid.panels, got=len(axes))
    return axes[0].get_figure(), axes


def _dress(ax: Any, colours: Colours) -> None:
    """What a person's axes have kept of other settings."""
    ax.set_facecolor(colours["paper"])
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[:].set_color(colours["line"])
    ax.tick_params(which="both", color=colours["line"], labelcolor=colours["soft"], labelsize=NOTE)
    plain_numbers(ax)


def _wrapped(sentence: str, width: float, points: float, letter: float) -> str:
    letter = _CHINESE if spoken() == "zh" else letter
    return wrap(sentence, max(16, int(width / (points * DPI / 72 * letter))))


# --------------------------------------------------------------------------- labels


def label_ends(ax: Any, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write a name at the end of each curve, (x, y, name, colour), moved apart where ends are close.

    A thin line leads from the end to a name that had to move.
    The limits of the axes must stand.
    """
    # the height of a line, as a share of the axes
    height = NOTE * DPI / 72 * 1.5 / max(ax.get_window_extent().height, 1.0)
    ax.set_ylim(ax.get_ylim())  # matplotlib works limits out late; until then transData has older ones
    to_axes = ax.transData + ax.transAxes.inverted()
    wanted = [min(max(float(to_axes.transform((x, y))[1]), 0.0), 1.0) for x, y, _, _ in ends]
    order = np.argsort(wanted)
    places = _apart(np.array(wanted)[order], height)
    moved = np.abs(places - np.array(wanted)[order]) > height / 4
    across = 1.05 if moved.any() else 1.02
    for k, place, leads in zip(order, places, moved, strict=True):
        x, y, name, colour = ends[k]
        ax.annotate(
            name,
            (x, y),
            xytext=(across, place),
            textcoords="axes fraction",
            color=colour,
            va="center",
            annotation_clip=False,
            arrowprops={**_LEADER, "color": colour} if leads else None,
        )


def _apart(wanted: Any, gap: float) -> Any:
    """Sorted places at least `gap` apart, moved as little as one sweep up and one down can."""
    places = wanted.copy()
    for k in range(1, len(places)):
        places[k] = max(places[k], places[k - 1] + gap)
    places[-1] = min(places[-1], 1.0)
    for k in range(len(places) - 2, -1, -1):
        places[k] = min(places[k], places[k + 1] - gap)
    return places


def legend_above(ax: Any, handles: Sequence[Any], names: Sequence[str], columns: int = 4) -> None:
    """The meaning of marks, between the headline and the axes, where no mark can be."""
    ax.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=min(columns, len(names)),
        columnspacing=1.4,
        handletextpad=0.5,
        borderpad=0.2,
    )


# --------------------------------------------------------------------------- files


def write(display: Drawn, path: str | PathLike[str]) -> None:
    """Write a picture as PNG (two dots a pixel), SVG or PDF, as the name of the file ends.

    The same picture is written as the same bytes. The file is written whole or not at all.

    Parameters
    ----------
    display : a display of `shoal.plots`
        After `plot`.
    path : path-like
        Where to, with one of the endings .png, .svg and .pdf.

    Raises
    ------
    UsageError
        If the file has another ending, or nothing was drawn yet.
    FileError
        If the file cannot be written.
    """
    ending = check_ending(path)
    if getattr(display, "figure_", None) is None:
        raise UsageError("plots.not_drawn", got=literal(display))
    picture = rendered(display.figure_, ending)
    with replacing(path) as stream:
        stream.write(picture)


def check_ending(path: str | PathLike[str]) -> str:
    """Which kind of picture the name of a file asks for: "png", "svg" or "pdf"; any other is refused."""
    ending = Path(path).suffix.lower() if isinstance(path, str | PathLike) else ""
    if ending not in ENDINGS:
        raise UsageError("plots.ending", path=plain(path, 500), known=", ".join(ENDINGS))
    return ending[1:]


def notebook(display: Drawn) -> tuple[bytes, dict[str, int]] | None:
    """A PNG with the size at which it is shown; None for axes of a person, whose figure shows itself."""
    figure = display.figure_
    if not isinstance(figure, Figure) or figure.canvas.manager is not None:
        return None
    width, height = (round(inches * DPI) for inches in figure.get_size_inches())
    return rendered(figure, "png"), {"width": width, "height": height}


def rendered(figure: Any, kind: str) -> bytes:
    """The bytes of a figure, as a file of this kind."""
    written = BytesIO()
    with styled(LIGHT), _one_notice():
        figure.savefig(written, format=kind, dpi=2 * DPI, metadata=_METADATA[kind])
    return written.getvalue()


@contextmanager
def _one_notice() -> Iterator[None]:
    """Of characters that no font has, matplotlib warns one by one; here a notice says so once."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        yield
    for warning in said:
        if "missing from font" in str(warning.message):
            tell_missing_characters()
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
