"""A matplotlib figure as SVG that stands inside a page.

matplotlib draws marks and numbers; words are put in afterwards. So no word needs a font that matplotlib
lacks, none is read as mathematics (``$x^2$``), and the browser's own fonts draw Chinese. Colours are names of
the page's style sheet, which knows a light and a dark one of each: a chart is drawn once.

The same figure gives the same text: identifiers are numbered, and nothing tells the time or the version.
"""

import io
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from unicodedata import east_asian_width
from xml.etree import ElementTree

import matplotlib.style
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 360
"""Of every chart, in the page's pixels: a telephone shows it as it is, a wide screen two of them larger."""

INK, SOFT, FAINT, GRID, CHOSEN, BEST, OTHER = (f"#00000{digit}" for digit in range(1, 8))
"""Colours that stand for the page's: no chart means these shades of black."""

_NAMES = {
    INK: "ink",
    SOFT: "soft",
    FAINT: "faint",
    GRID: "grid",
    CHOSEN: "chosen",
    BEST: "best",
    OTHER: "other",
}
_STYLE = {
    "svg.fonttype": "none",
    "font.size": 11,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": SOFT,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 1,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "lines.solid_capstyle": "round",
}
_CELL = 6.4  # pixels of a digit or letter
_WORD = "@"
_SPACE = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_LONG_NUMBER = re.compile(r"-?\d+\.\d+")


@contextmanager
def style() -> Iterator[None]:
    """How charts look; whoever draws some stays inside. What the user has set for matplotlib has no say.

    matplotlib keeps its settings in one place for all threads: they are others as long as this lasts.
    """
    with matplotlib.style.context(["default", _STYLE]):
        yield


def axes(height: float, left: float = 46, *, bottom: float = 24, right: float = 8, top: float = 8) -> Axes:
    """Axes in a figure of their own, with so many pixels around them."""
    figure = Figure(figsize=(WIDTH / 72, height / 72))
    return add_axes(figure, left, bottom, WIDTH - left - right, height - bottom - top)


def add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place of the figure, in pixels."""
    whole, tall = figure.get_size_inches() * 72
    return figure.add_axes((left / whole, bottom / tall, width / whole, height / tall))


def figure_of(ax: Axes) -> Figure:
    """The figure that these axes are part of."""
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes come from `axes` or `add_axes`"
    return figure


def room_for(labels: Sequence[str]) -> float:
    """Pixels that the longest of these labels takes to the left of the axes."""
    return 12 + _CELL * max(
        (sum(1 + (east_asian_width(c) in "WF") for c in label) for label in labels), default=1
    )


def places(words: Sequence[str]) -> list[str]:
    """What matplotlib draws in place of the words, which `inline` then puts there."""
    return [f"{_WORD}{place}" for place in range(len(words))]


def inline(
    ax: Axes,
    name: str,
    label: str,
    words: Sequence[str] = (),
    titles: Mapping[str, Sequence[str]] | None = None,
) -> Markup:
    """The figure of these axes as an ``<svg>`` element.

    Parameters
    ----------
    ax : Axes
        Any axes of the figure.
    name : str
        Of this chart alone: its identifiers begin with it.
    label : str
        What a screen reader says.
    words : sequence of str
        What stands where `places` were drawn.
    titles : mapping
        By the gid of an artist, what the pointer is told over each of its marks.
    """
    stream = io.BytesIO()
    figure_of(ax).savefig(stream, format="svg")
    root = ElementTree.fromstring(stream.getvalue())
    for part in [*root.iterfind(f"{_SPACE}metadata"), *root.iterfind(f"{_SPACE}defs[{_SPACE}style]")]:
        root.remove(part)
    for group, told in (titles or {}).items():
        _add_titles(root, group, told)
    _rename(root, name)
    for element in root.iter():
        _tidy(element, words)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": label}
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # ours, and escaped by the XML writer


def _add_titles(root: ElementTree.Element, group: str, told: Sequence[str]) -> None:
    marks = root.iterfind(f".//{_SPACE}g[@id='{group}']//{_SPACE}use")
    for mark, words in zip(marks, told, strict=True):
        ElementTree.SubElement(mark, "title").text = words


def _rename(root: ElementTree.Element, name: str) -> None:
    """Keep only identifiers that something refers to, as NAME-1, NAME-2, ..., unique in the page."""
    used = set()
    for element in root.iter():
        used |= {element.get(_LINK, "")[1:], element.get("clip-path", "")[5:-1]}
    numbers = itertools.count(1)
    new = {
        element.get("id"): f"{name}-{next(numbers)}" for element in root.iter() if element.get("id") in used
    }
    for element in root.iter():
        identifier = element.attrib.pop("id", None)
        if identifier in new:
            element.set("id", new[identifier])
        if (link := element.attrib.pop(_LINK, None)) is not None:
            element.set("href", "#" + new[link[1:]])
        if (clip := element.get("clip-path")) is not None:
            element.set("clip-path", f"url(#{new[clip[5:-1]]})")


def _tidy(element: ElementTree.Element, words: Sequence[str]) -> None:
    """HTML's tags, the page's fonts and colours, short numbers, and the words at their places."""
    element.tag = element.tag.removeprefix(_SPACE)
    element.tail = None
    if element.tag == "text":
        del element.attrib["transform"]  # no text is turned
        if (drawn := element.text or "").startswith(_WORD):
            element.text = words[int(drawn.removeprefix(_WORD))]
    elif element.tag != "title":
        element.text = None  # the line breaks of the file
    if "style" in element.attrib:
        element.set("style", _page_style(element.attrib["style"]))
    for key in ("d", "x", "y"):
        if key in element.attrib:
            numbers = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.4g}", element.attrib[key])
            element.set(key, " ".join(numbers.split()))


def _page_style(declared: str) -> str:
    kept = [part for part in declared.split("; ") if not part.startswith("font-family")]
    return re.sub("#00000[1-7]", lambda found: f"var(--{_NAMES[found[0]]})", "; ".join(kept))
