"""What a chart is to the page: a picture and the words around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shoal.base.texts import text
from shoal.report.html._axes import WIDTH
from shoal.report.html._marks import Mark
from shoal.report.html._svg import picture

Legend = Sequence[tuple[Mark, str]]


@dataclass(frozen=True)
class Chart:
    """A picture and the words around it.

    Attributes
    ----------
    picture : Markup
        The SVG.
    title : str
    x, y : str
        What the axes count; `y` is empty where the labels say it.
    legend : sequence of (Mark, str)
    notes : sequence of str
        What must be known to read it.
    """

    picture: Markup
    title: str
    x: str
    y: str
    legend: Legend = ()
    notes: Sequence[str] = ()


def chart(
    height: float,
    parts: Iterable[Markup],
    title: str,
    x: str,
    y: str = "",
    *,
    legend: Legend = (),
    notes: Sequence[str] = (),
) -> Chart:
    """Put the parts of a picture and its words together."""
    described = text("report_charts.axes", x=x, y=y) if y else text("report_charts.axis_and_rows", x=x)
    return Chart(picture(WIDTH, height, title, described, parts), title, x, y, legend, notes)
