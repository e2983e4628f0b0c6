"""What a chart is to the page, and the few marks that all charts share.

Marks differ by shape as well as by colour, so that they can be told apart without seeing colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from markupsafe import Markup

from shoal.report import _svg as svg


class Mark(StrEnum):
    """What is drawn, and shown again in the legend."""

    NETWORK = "network"
    LINEAR = "linear"
    BEST = "best"
    CHOSEN = "chosen"
    BEYOND = "beyond"
    FEW = "few"
    LIMIT = "limit"
    IDEAL = "ideal"
    CHOSEN_CURVE = "chosen_curve"
    NETWORK_CURVE = "network_curve"
    BAND = "band"
    FOLD = "fold"
    ROWS = "rows"
    CHOSEN_ROW = "chosen_row"


POINTS: dict[Mark, dict[str, Any]] = {
    Mark.NETWORK: {"marker": "o", "markersize": 5, "color": svg.OTHER, "alpha": 0.6, "markeredgewidth": 0},
    Mark.LINEAR: {"marker": "D", "markersize": 5.5, "color": svg.OTHER, "markerfacecolor": "none"},
    Mark.BEST: {
        "marker": "s",
        "markersize": 7,
        "color": svg.BEST,
        "markerfacecolor": "none",
        "markeredgewidth": 2,
    },
    Mark.CHOSEN: {"marker": "o", "markersize": 8, "color": svg.CHOSEN, "markeredgewidth": 0},
    Mark.BEYOND: {"marker": "^", "markersize": 5, "color": svg.SOFT, "alpha": 0.6, "markeredgewidth": 0},
}
"""How matplotlib draws each point; the later ones lie over the earlier."""


@dataclass(frozen=True)
class Chart:
    """A picture and the words around it.

    Attributes
    ----------
    picture : Markup
        The SVG.
    title : str
    x, y : str
        What the axes count; empty where the labels say it.
    legend : sequence of (Mark, str)
    notes : sequence of str
        What must be known to read it.
    """

    picture: Markup
    title: str
    x: str
    y: str
    legend: Sequence[tuple[Mark, str]] = ()
    notes: Sequence[str] = field(default_factory=tuple)
