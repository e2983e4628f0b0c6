"""Matrices as maps of colours: what the maps of weights, activations and confusions share."""

from math import floor, log10
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb

from shoal.plots._figure import Board
from shoal.plots._style import DPI, NOTE, diverging, ramp
from shoal.plots._words import fixed, number, signed

_FINE = 4  # parts of a side of a cell
_CLEARLY = 0.1  # of the largest size


def signed_map(board: Board, ax: Any, cells: Any, name: str, reach: float | None = None) -> Any:
    """Orange for negative and blue for positive, with a scale that is equal on both sides of zero."""
    reach = reach or float(np.nanmax(np.abs(cells))) or 1.0
    image = ax.imshow(
        cells, cmap=diverging(board.colours), vmin=-reach, vmax=reach, aspect="auto", interpolation="nearest"
    )
    scale(board, ax, image, [-reach, 0, reach], [signed(-reach), "0", signed(reach)], name)
    return image


def amount_map(board: Board, ax: Any, cells: Any, name: str, top: float) -> Any:
    """From paper for 0 to the full colour for `top`."""
    image = ax.imshow(
        cells, cmap=ramp(board.colours), vmin=0, vmax=top, aspect="auto", interpolation="nearest"
    )
    scale(board, ax, image, [0, top], ["0", number(top, 2)], name)
    return image


def scale(board: Board, ax: Any, image: Any, ticks: list[float], labels: list[str], name: str) -> None:
    """The meaning of the colours, at the right of the map."""
    bar = board.figure.colorbar(image, ax=ax, shrink=0.7, aspect=22, pad=0.02)
    bar.set_ticks(ticks, labels=labels)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    bar.set_label(name)
    ax.spines[:].set_visible(False)


def cell_numbers(board: Board, ax: Any, cells: Any) -> bool:
    """Write the numbers into the cells if they fit; say whether they did."""
    box = ax.get_window_extent()
    width, height = 0.82 * box.width / cells.shape[1], 0.82 * box.height / cells.shape[0]
    if height < NOTE * DPI / 72 * 1.2 or width < NOTE * DPI / 72 * 0.66 * 5:
        return False
    reach = float(np.nanmax(np.abs(cells))) or 1.0
    decimals = max(0, (2 if reach >= 1 else 1) - floor(log10(reach)))
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            colour = ink_on(board, diverging(board.colours)((value / reach + 1) / 2))
            ax.text(column, row, fixed(value, decimals), ha="center", va="center", color=colour)
    return True


def hatch_negative(board: Board, ax: Any, cells: Any) -> None:
    """Thin lines over the cells that are clearly negative, so that the sign does not hang on the colour."""
    clearly = cells < -_CLEARLY * float(np.nanmax(np.abs(cells)))
    fine = np.pad(np.repeat(np.repeat(clearly, _FINE, axis=0), _FINE, axis=1), 1, mode="edge")
    rows, columns = (_middles(size) for size in cells.shape)
    if fine.any():
        hatched = ax.contourf(columns, rows, fine.astype(float), [0.5, 1.5], colors="none", hatches=["---"])
        hatched.set_linewidth(0.0)


def _middles(size: int) -> Any:
    """The middles of the parts of `size` cells, and the two ends."""
    return np.array([-0.5, *((np.arange(size * _FINE) + 0.5) / _FINE - 0.5), size - 0.5])


def ink_on(board: Board, colour: Any) -> str:
    """The ink or the paper, whichever has more contrast with a cell of this colour."""
    levels = [_luminance(board.colours[name]) for name in ("ink", "paper")]
    cell = _luminance(colour[:3])
    contrasts = [(max(cell, level) + 0.05) / (min(cell, level) + 0.05) for level in levels]
    return board.colours["ink" if contrasts[0] >= contrasts[1] else "paper"]


def _luminance(colour: Any) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = np.asarray(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def unit_ticks(count: int) -> list[str]:
    """Units are counted from 1, as in the book."""
    return [str(k + 1) for k in range(count)]
