"""The report of a search over a table: one HTML file that needs nothing else, to be read and to be sent on.

It draws a `shoal.tables._outcome.Outcome` and computes only what is drawn. matplotlib and Jinja are loaded
when a page is made, not before: the command line says in the same words what a search came to.
"""

import os

from shoal.base.files import replacing
from shoal.tables._outcome import Outcome

__all__ = ["render", "write"]


def render(outcome: Outcome) -> str:
    """The report of `outcome` as HTML, in the language in force."""
    from shoal.report import _page as page

    return page.render(outcome)


def write(outcome: Outcome, path: str | os.PathLike[str]) -> None:
    """Write the report of `outcome` in the language in force; whole, or not at all.

    Raises
    ------
    FileError
        If the file system says no.
    """
    html = render(outcome)
    with replacing(path) as stream:
        stream.write(html.encode("utf-8"))
