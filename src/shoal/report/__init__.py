"""The report of a search over a table: one HTML file that needs nothing else, to be read and to be sent on.

`words` says what a search came to, for this page and for the command line; `html` makes the page of it.
"""

import os

from shoal.base.files import replacing
from shoal.tables._outcome import Outcome

__all__ = ["render", "write"]


def render(outcome: Outcome) -> str:
    """The report of `outcome` as HTML, in the language in force."""
    from shoal.report.html._page import render as render_page  # the command line does without Jinja

    return render_page(outcome)


def write(outcome: Outcome, path: str | os.PathLike[str]) -> None:
    """Write the report of `outcome` in the language in force; whole, or not at all.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    html = render(outcome)
    with replacing(path) as stream:
        stream.write(html.encode("utf-8"))
