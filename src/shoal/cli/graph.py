"""`shoal graph`: the computation graph of a formula, with every derivative and the reason for it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shoal.base.errors import UsageError
from shoal.base.files import replacing
from shoal.base.texts import text
from shoal.cli._out import check_out
from shoal.cli._program import Command

if TYPE_CHECKING:
    from shoal.book.graph import Graph, Step


def command() -> Command:
    """Build the command, its texts in the language in force."""
    params: list[click.Parameter] = [
        click.Argument(["formula"], metavar=text("graph.metavar_formula")),
        click.Argument(["values"], nargs=-1, metavar=text("graph.metavar_values")),
        click.Option(["--of"], metavar=text("cli.metavar_name"), help=text("graph.option_of")),
        click.Option(["--step"], is_flag=True, help=text("graph.option_step")),
        click.Option(
            ["--out"],
            type=click.Path(path_type=Path),
            metavar=text("cli.metavar_file"),
            help=text("graph.option_out"),
        ),
        click.Option(["--dark"], is_flag=True, help=text("graph.option_dark")),
    ]
    return Command("graph", params, run)


def run(
    formula: str,
    values: tuple[str, ...],
    of: str | None,
    step: bool,
    out: Path | None,
    dark: bool,
    as_json: bool,
) -> None:
    """Make the graph, go back, and print or write it."""
    from shoal.book.graph import parse
    from shoal.book.graph._formula import read_values
    from shoal.cli._json import print_json

    _check_options(of, step, out, dark)
    graph = parse(formula, **read_values(values))
    steps = list(graph.steps())
    files = {} if out is None else _files(graph, steps if step else [], out, dark)
    for path, content in files.items():
        with replacing(path) as stream:
            stream.write(content.encode())
    if as_json:
        print_json(graph.explain(of).to_dict() if of else graph.to_dict())
    elif of is not None:
        print(graph.explain(of))
    elif step:
        print("\n\n".join(map(str, steps)))
    else:
        print(graph)
    if files and not as_json:
        print("\n" + text("graph.written", paths=text("core.comma").join(map(str, files))))


def _check_options(of: str | None, step: bool, out: Path | None, dark: bool) -> None:
    """Refuse a file whose ending says nothing, and options that would do nothing."""
    check_out(out)
    ending = None if out is None else out.suffix.lower()
    if ending is not None and ending not in _WRITERS:
        raise UsageError("graph.out_ending", path=out, known=", ".join(_WRITERS))
    if dark and ending != ".svg":
        raise UsageError("graph.only_for_svg", option="--dark")
    if step and ending not in (None, ".svg"):
        raise UsageError("graph.only_for_svg", option="--step")
    if step and of is not None:
        raise UsageError("graph.step_or_of")


_WRITERS: Mapping[str, Callable[["Graph"], str]] = {
    ".svg": lambda graph: graph.to_svg(),
    ".mmd": lambda graph: graph.to_mermaid(),
    ".json": lambda graph: json.dumps(graph.to_dict(), ensure_ascii=False, allow_nan=False, indent=2) + "\n",
    ".txt": lambda graph: f"{graph}\n",
}


def _files(graph: "Graph", steps: list["Step"], out: Path, dark: bool) -> dict[Path, str]:
    """The file, or with steps one picture for each: graph-1.svg, graph-2.svg ..."""
    if steps:
        numbers = [step.number for step in steps]
        return {out.with_stem(f"{out.stem}-{n}"): graph.to_svg(dark=dark, step=n) for n in numbers}
    if out.suffix.lower() == ".svg":
        return {out: graph.to_svg(dark=dark)}
    return {out: _WRITERS[out.suffix.lower()](graph)}
