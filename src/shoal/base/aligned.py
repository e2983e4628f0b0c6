"""Plain text whose columns line up, also in Chinese, for terminals and notebooks."""

import re
import unicodedata
from collections.abc import Sequence


def cells(written: str) -> int:
    """The width on a terminal: East Asian wide characters take two cells, accents and marks none."""
    return len(written) if written.isascii() else sum(map(_width, written))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: int = 0) -> str:
    """Rows of cells as lines of aligned columns; the columns named in `right` end at the same place."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        padded = []
        for place, (entry, width) in enumerate(zip(row, widths, strict=True)):
            blank = " " * (width - cells(entry))
            padded.append(blank + entry if place in right else entry + blank)
        lines.append((" " * indent + "  ".join(padded)).rstrip())
    return "\n".join(lines)


def at_the_point(written: Sequence[str]) -> list[str]:
    """Numbers like ``0.9 ± 0.07`` under each other: their points, and the signs ±, stand at one place.

    What is no such number keeps its text, and none of them says anything of the others' places.
    """
    parts = [_NUMBER.fullmatch(entry) for entry in written]
    found = [part.groups("") for part in parts if part]
    if not found:
        return list(written)
    before, after = (max(len(groups[place]) for groups in found) for place in (0, 1))
    lines = []
    for entry, part in zip(written, parts, strict=True):
        whole, rest, error = part.groups("") if part else ("", "", "")
        lines.append(f"{whole:>{before}}{rest:<{after}}{error}".rstrip() if part else entry)
    return lines


_NUMBER = re.compile(r"([-\d]+)(\.\d+)?((?: ± .+)?)")


def wrap(written: str, width: int, indent: int = 0) -> str:
    """Break a paragraph into lines of at most `width` cells, every one after the first indented."""
    lines, line = [], ""
    for piece in _pieces(written):
        if line and cells(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    lines.append(line.rstrip())
    return ("\n" + " " * indent).join(lines)


def _pieces(written: str) -> list[str]:
    """Words with the space after them; a wide character is a word with the marks that open and close it."""
    pieces = [""]
    for character in written:
        closing = unicodedata.category(character) in ("Po", "Pe", "Pf")
        before = pieces[-1][-1:] or " "
        opened = unicodedata.category(before) in ("Ps", "Pi")
        apart = _is_wide(character) or _is_wide(before)
        if before == " " or (apart and not closing and not opened):
            pieces.append("")
        pieces[-1] += character
    return pieces


def _is_wide(character: str) -> bool:
    return cells(character) == 2
