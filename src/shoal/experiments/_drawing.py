"""The pictures of a record: its panels, drawn in the look of `shoal.plots`."""

from collections.abc import Sequence
from os import PathLike
from types import SimpleNamespace
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from shoal.base.texts import page
from shoal.experiments._finding import Panel, Series
from shoal.experiments._record import Record
from shoal.plots import _figure as paper
from shoal.plots._heat import ink_on
from shoal.plots._style import diverging, line_looks, ramp
from shoal.plots._ticks import powers
from shoal.plots._words import number, words

_MARKERS = ("s", "o", "^", "D", "v", "P")
SIDE = {1: (640, 400), 2: (960, 420), 3: (1180, 420), 4: (960, 760)}  # pixels, by the number of panels


def figure(record: Record, dark: bool) -> Any:
    """A figure with the panels side by side, under the sentence of what was seen."""
    return _drawn(record, dark).figure_


def write(record: Record, path: str | PathLike[str], dark: bool) -> None:
    """Write the picture to a file; see `plots.write`."""
    paper.write(_drawn(record, dark), path)


def svg(record: Record) -> str:
    """The picture as an element of a page."""
    written = paper.rendered(_drawn(record, dark=False).figure_, "svg").decode()
    return written[written.index("<svg") :]


def _drawn(record: Record, dark: bool) -> Any:
    panels = record.finding.panels
    columns = 2 if len(panels) == 4 else len(panels)
    display = SimpleNamespace()
    grid = paper.Grid(len(panels), columns, widths=_widths(panels, columns))
    with paper.canvas(display, None, dark, SIDE[len(panels)], grid) as board:
        board.headline(*_heading(record))
        for panel, ax in zip(panels, board.axes, strict=True):
            _dress(record.experiment.name, panel, ax)
            _KINDS[panel.kind](record.experiment.name, panel, ax, board)
            _ticks(panel, ax, board)
        _level(board.axes)
    return display


def _heading(record: Record) -> tuple[str, ...]:
    """The title; where the claim does not hold, that it does not, and below the picture what is claimed."""
    title = words(f"experiments.{record.experiment.name}_title")
    return (title,) if record.holds else (record.verdict, words("experiments.claimed", said=title))


def _widths(panels: Sequence[Panel], columns: int) -> list[int] | None:
    """Tables beside each other have columns of one width."""
    if columns < len(panels) or any(panel.kind != "cells" for panel in panels):
        return None
    return [max(len(panel.series[0].x), 2) for panel in panels]


def _dress(name: str, panel: Panel, ax: Any) -> None:
    ax.set_xlabel(_said(name, panel.x))
    ax.set_ylabel(_said(name, panel.y))
    if panel.title:
        ax.set_title(_said(name, panel.title))
    if "x" in panel.log:
        ax.set_xscale("log")
    if "y" in panel.log:
        ax.set_yscale("log")
    if panel.equal:
        ax.set_aspect("equal")


def _level(axes: Sequence[Any]) -> None:
    """The titles of panels at one height: above a legend if one of them has it."""
    if any(ax.get_legend() is not None and ax.get_title(loc="left") for ax in axes):
        for ax in axes:
            ax.set_title(ax.get_title(loc="left"), pad=22)


def _ticks(panel: Panel, ax: Any, board: Any) -> None:
    """On an axis with powers of ten as many numbers as there is room for; no halves of counts."""
    lying = panel.kind == "bars"
    board.settle()
    for letter, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
        if letter not in panel.log:
            continue
        numbers = [n for each in panel.series for n in (each.x if letter == "x" and not lying else each.y)]
        powers(axis, numbers, ax.get_window_extent().width if letter == "x" else np.inf)
    if lying and not panel.log:
        ends = [n for each in panel.series for n in each.y if np.isfinite(n)]
        if all(type(n) is int for n in ends):
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        low, high = ax.get_xlim()  # the room for the numbers needs no ticks: 120 % is not a share
        ticks = [tick for tick in ax.get_xticks() if low <= tick <= 1.05 * max([*ends, 0])]
        ax.set_xticks(ticks)
        ax.set_xlim(low, high)


def _said(name: str, word: str) -> str:
    """The text of the experiment, or the one that all share, or else the word itself: a letter, a formula."""
    texts = page("experiments")
    for key in (f"{name}_{word}", f"word_{word}"):
        if key in texts:
            return words(f"experiments.{key}")
    return word


def _lines(name: str, panel: Panel, ax: Any, board: Any) -> None:
    looks = line_looks(len(panel.series), board.colours)
    all_joined = all(series.joined for series in panel.series)
    handles = []
    for k, (series, (colour, dashes)) in enumerate(zip(panel.series, looks, strict=True)):
        marker = _MARKERS[k % 6] if not series.joined else "o" if all_joined and len(series.x) <= 15 else ""
        handles += ax.plot(
            series.x,
            series.y,
            color=colour,
            linewidth=1.8 + 2.6 * _covered(panel.series, k),
            linestyle=dashes if series.joined else "none",
            marker=marker,
            markersize=4,
            mfc=colour if series.joined or k % 2 else "none",
        )
    names = [_said(name, series.name) for series in panel.series]
    if not all_joined:
        _legend(panel, ax, handles, names)
        return
    _limits(panel, ax)
    board.settle()
    ends = [
        (series.x[-1], series.y[-1], said, colour)
        for series, said, (colour, _) in zip(panel.series, names, looks, strict=True)
    ]
    if len(ends) > 1:
        paper.label_ends(ax, ends)


def _covered(series: Sequence[Series], k: int) -> int:
    """How many later curves lie on this one; it is drawn so much wider that it is seen below them."""
    return sum(
        each.x == series[k].x and np.allclose(each.y, series[k].y, rtol=1e-3, atol=1e-12)
        for each in series[k + 1 :]
        if each.joined and series[k].joined
    )


def _legend(panel: Panel, ax: Any, handles: Sequence[Any], names: Sequence[str]) -> None:
    """What the marks mean, under the panel's title."""
    paper.legend_above(ax, handles, names)


def _limits(panel: Panel, ax: Any) -> None:
    """Axes that end at the data."""
    x = np.concatenate([np.asarray(series.x, dtype=float) for series in panel.series])
    ax.set_xlim(x.min(), x.max())
    low, high = ax.get_ylim()
    least = 0.1 * max(abs(low), abs(high))
    if "y" not in panel.log and 0 < high - low < least:  # what hardly moves is flat
        low, high = (low + high - least) / 2, (low + high + least) / 2
    ax.set_ylim(low, high)  # from here on they stand


def _points(name: str, panel: Panel, ax: Any, board: Any) -> None:
    looks = line_looks(len(panel.series), board.colours)
    handles = []
    for k, (series, (colour, _)) in enumerate(zip(panel.series, looks, strict=True)):
        face = "none" if k % 2 else colour
        (handle,) = ax.plot(
            series.x, series.y, linestyle="none", marker=_MARKERS[k % 6], markersize=4, color=colour, mfc=face
        )
        handles.append(handle)
    if len(handles) > 1:
        _legend(panel, ax, handles, [_said(name, series.name) for series in panel.series])


def _bars(name: str, panel: Panel, ax: Any, board: Any) -> None:
    """Horizontal bars, one for each name in x; of several series, side by side.

    What is no finite number has no bar, and a dash in place of its number.
    """
    looks = line_looks(len(panel.series), board.colours)
    names = [_said(name, str(each)) for each in panel.series[0].x]
    height = 0.8 / len(panel.series)
    places = np.arange(len(names))[::-1]
    handles = []
    for k, (series, (colour, _)) in enumerate(zip(panel.series, looks, strict=True)):
        at = places + (len(panel.series) - 1) * height / 2 - k * height
        lengths = [value if np.isfinite(value) else 0 for value in series.y]
        if panel.log:
            handles += _dots(ax, at, series.y, colour, k, board)
            continue
        bars = ax.barh(at, lengths, height=0.9 * height, color=colour, hatch="" if k % 2 == 0 else "///")
        ax.bar_label(bars, [_brief(value) for value in series.y], padding=3, color=board.colours["soft"])
        handles.append(bars)
    ax.margins(x=0.25)  # room for the numbers
    if any(value < 0 for series in panel.series for value in series.y):
        ax.use_sticky_edges = False
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color=board.colours["line"], linewidth=0.8)
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    if len(handles) > 1:
        _legend(panel, ax, handles, [_said(name, series.name) for series in panel.series])


def _dots(ax: Any, at: Any, values: Sequence[float], colour: str, k: int, board: Any) -> list[Any]:
    """In place of bars on an axis with powers of ten, which has no zero where a bar could begin.

    The row's line does not run through the number.
    """
    known = np.array([value if 0 < value < np.inf else np.nan for value in values])
    face = board.colours["paper"] if k % 2 else colour
    drawn = ax.plot(
        known, at, linestyle="none", marker=_MARKERS[1 + k % 5], markersize=7, mfc=face, mec=colour
    )
    for place, value, shown in zip(at, values, known, strict=True):
        ax.axhline(place, color=board.colours["grid"], linewidth=0.8, zorder=0)
        spot = (0, place) if np.isnan(shown) else (shown, place)
        where = ax.get_yaxis_transform() if np.isnan(shown) else ax.transData
        beside = {"textcoords": "offset points", "va": "center", "color": board.colours["soft"]}
        beside["bbox"] = {"facecolor": board.colours["paper"], "edgecolor": "none", "pad": 1}
        ax.annotate(_brief(value), spot, xycoords=where, xytext=(7, 0), zorder=1, **beside)
    return list(drawn)


def _brief(value: float) -> str:
    """A number beside its bar or in its cell; thousands are written out."""
    return number(value, 3 if abs(value) < 1000 else 6)


def _cells(name: str, panel: Panel, ax: Any, board: Any) -> None:
    """A matrix as a table whose colours are its numbers: signed about paper, or amounts from paper on."""
    values = np.array([series.y for series in panel.series], dtype=float)
    finite = values[np.isfinite(values)]
    reach, signed = float(np.abs(finite).max(initial=0.0)) or 1.0, bool((finite < 0).any())
    if panel.reach is not None:
        reach = panel.reach
    colours = diverging(board.colours) if signed else ramp(board.colours)
    ax.imshow(values, cmap=colours, vmin=-reach if signed else 0, vmax=reach, aspect="auto")
    columns = panel.series[0].x
    ax.set_xticks(range(len(columns)), [_said(name, str(each)) for each in columns])
    ax.set_yticks(range(len(values)), [_said(name, series.name) for series in panel.series])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(values):
        place = (value / reach + 1) / 2 if signed else value / reach
        colour = ink_on(board, colours(place)) if np.isfinite(value) else board.colours["alarm"]
        written = _brief(value) if np.isfinite(value) else str(value)
        ax.text(column, row, written, ha="center", va="center", color=colour)


def _field(name: str, panel: Panel, ax: Any, board: Any) -> None:
    """Numbers as colours with lines of equal height, and what lies on them."""
    field = panel.field
    if field is None:
        raise AssertionError(panel)
    values, top = np.asarray(field.values), {}
    if field.middle is not None:
        far = float(np.abs(values - field.middle).max()) or 1.0
        top = {"vmin": field.middle - far, "vmax": field.middle + far}
    colours = ramp(board.colours) if field.middle is None else diverging(board.colours)
    faint = 1.0 if field.middle is None else 0.55  # so that points of the same colour are seen
    ax.pcolormesh(field.x, field.y, values, cmap=colours, shading="auto", rasterized=True, alpha=faint, **top)
    levels = [field.middle] if field.middle is not None else np.quantile(values, np.linspace(0.05, 0.95, 9))
    ax.contour(
        field.x,
        field.y,
        values,
        levels=sorted({*map(float, levels)}),
        colors=board.colours["soft" if field.middle is None else "ink"],
        linewidths=0.7 if field.middle is None else 1.4,
    )
    for k, series in enumerate(panel.series):
        _on_field(series, k, ax, board)


def _on_field(series: Series, k: int, ax: Any, board: Any) -> None:
    """A way with its start marked, or the points of a class."""
    if series.name == "way":
        ax.plot(series.x, series.y, color=board.colours["ink"], marker="o", markersize=2.5, linewidth=1.2)
        ax.plot(series.x[:1], series.y[:1], color=board.colours["ink"], marker="s", markersize=7, mfc="none")
        return
    colour = board.colours[("negative", "positive", "class_2", "class_3")[k % 4]]
    face, edge = (colour, board.colours["paper"]) if k % 2 else ("none", colour)
    look = {"marker": "so^D"[k % 4], "markersize": 4.5, "mec": edge, "mew": 0.5 if k % 2 else 1.0}
    ax.plot(series.x, series.y, linestyle="none", color=colour, mfc=face, **look)


_KINDS = {"lines": _lines, "points": _points, "bars": _bars, "cells": _cells, "field": _field}
