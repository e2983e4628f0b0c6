"""The graph as a Mermaid flow chart, for pages that draw Mermaid: READMEs, wikis, notebooks."""

from shoal.book.graph._picture import Box, Picture
from shoal.book.graph._written import shape

_SHAPES = {"variable": ("([", "])"), "constant": ("(", ")"), "operation": ("[", "]")}


def mermaid(drawn: Picture) -> str:
    """Boxes with name, value and derivative, and edges with the local derivative."""
    number = {box.node: i for i, box in enumerate(drawn.boxes)}
    lines = ["flowchart LR"]
    for box in drawn.boxes:
        left, right = _SHAPES[box.node.kind]
        lines.append(f"    n{number[box.node]}{left}{_quoted(*_lines(box))}{right}")
    for arrow in drawn.arrows:
        label = f"|{_quoted(arrow.label)}|" if arrow.label else ""
        lines.append(f"    n{number[arrow.node]} -->{label} n{number[arrow.user]}")
    return "\n".join(lines) + "\n"


def _lines(box: Box) -> list[str]:
    value = f"{box.value} {shape(box.node.value)}".rstrip()
    return [value, " ".join(box.title), *filter(None, [" ".join(box.derivative)]), *box.parts]


def _quoted(*lines: str) -> str:
    """Text between quotation marks, in which Mermaid reads entities, `#35;`, and HTML's line break."""
    return f'"{"<br/>".join(map(_escaped, lines))}"'


def _escaped(line: str) -> str:
    return "".join(c if c.isalnum() or c in " .,=+-/()[]" or ord(c) > 127 else f"#{ord(c)};" for c in line)
