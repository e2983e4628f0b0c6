"""How a picture looks: the colours of `base.look` as settings of matplotlib, for one picture at a time.

Invariant: nothing global stays changed. Settings hold inside `styled` only, and neither the backend nor
pyplot's current figure is touched.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from matplotlib import style
from matplotlib.colors import LinearSegmentedColormap

from shoal.base.look import DARK, LIGHT
from shoal.plots._fonts import families

Colours = Mapping[str, str]

DPI = 100  # a pixel, as sizes count it, is a hundredth of an inch; a PNG has two dots for each
NOTE, LABEL, TITLE = 9.0, 10.0, 11.5  # points: 12.5, 14 and 16 pixels
LINES = ("solid", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 1.6, 1.2, 1.6)))  # of several curves, one after another
NEGATIVE_LINE = (0, (3.2, 2.2))  # what is negative is dashed, so that its sign does not hang on its colour

_NAMES = ("negative", "positive", "class_2", "class_3", "class_4", "class_5")
_MARKERS = ("s", "o", "^", "D", "v", "P", "X", "*")


class Mark(NamedTuple):
    """How the rows of a class are drawn."""

    colour: str
    marker: str
    filled: bool


def palette(dark: bool) -> Colours:
    """The colours of one mode."""
    return DARK if dark else LIGHT


def class_marks(count: int, colours: Colours) -> list[Mark]:
    """A mark for each class: colour and form both tell it, and every second one is open."""
    return [
        Mark(colours[_NAMES[k % len(_NAMES)]], _MARKERS[k % len(_MARKERS)], k % 2 == 1) for k in range(count)
    ]


def line_looks(count: int, colours: Colours) -> list[tuple[str, Any]]:
    """Colour and dashes of each of several curves; the first is the accent."""
    names = ("positive", "negative", *_NAMES[2:], "soft")
    return [(colours[names[k % len(names)]], LINES[k % len(LINES)]) for k in range(count)]


def diverging(colours: Colours) -> LinearSegmentedColormap:
    """Orange for negative, paper for zero, blue for positive."""
    stops = [colours["negative"], colours["paper"], colours["positive"]]
    return LinearSegmentedColormap.from_list("shoal signed", stops, N=257)  # odd: zero is exactly paper


def ramp(colours: Colours) -> LinearSegmentedColormap:
    """From paper for nothing to the full colour for much."""
    return LinearSegmentedColormap.from_list("shoal amount", [colours["paper"], colours["wash"]])


@contextmanager
def styled(colours: Colours) -> Iterator[None]:
    """Settings for what is created or drawn inside; whatever the user has set does not matter there."""
    with style.context(_settings(colours), after_reset=True):
        yield


_SHAPES: dict[str, Any] = {
    "font.size": NOTE,
    "figure.titlesize": TITLE,
    "figure.titleweight": "bold",
    "figure.labelsize": NOTE,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "axes.labelsize": LABEL,
    "axes.titlesize": LABEL,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-4, 5),
    "axes.xmargin": 0.02,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "hatch.linewidth": 0.9,
    "legend.frameon": False,
    "legend.fontsize": NOTE,
    "legend.handlelength": 1.8,
    "legend.borderaxespad": 0.3,
    "svg.hashsalt": "shoal",  # the same picture is the same bytes
}


def _settings(colours: Colours) -> dict[str, Any]:
    ink, soft, paper, line = (colours[name] for name in ("ink", "soft", "paper", "line"))
    return _SHAPES | {
        "font.family": families(),
        "text.color": ink,
        "figure.facecolor": paper,
        "axes.facecolor": paper,
        "axes.edgecolor": line,
        "axes.labelcolor": soft,
        "axes.titlecolor": ink,
        "xtick.color": line,
        "ytick.color": line,
        "xtick.labelcolor": soft,
        "ytick.labelcolor": soft,
        "grid.color": colours["grid"],
        "hatch.color": soft,
    }
