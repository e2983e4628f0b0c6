"""`shoal trace`: what a network computes on the rows of a table; one row, one unit, in full."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import quoted
from shoal.base.texts import text
from shoal.cli._options import InFile, OneOf, Unit, Whole, reading_options
from shoal.cli._out import check_page_out, write_page
from shoal.cli._program import Command

if TYPE_CHECKING:
    from shoal.cli._model import ModelOnTable


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path, name = click.Path(path_type=Path), text("cli.metavar_name")
    params: list[click.Parameter] = [
        click.Argument(["model"], type=InFile(), metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=InFile(), metavar=text("cli.metavar_table")),
        click.Option(["--row"], type=Whole(1, 10**12), metavar="N", help=text("cli.trace_row")),
        click.Option(["--unit"], type=Unit(), metavar="L,J", help=text("cli.trace_unit")),
        click.Option(
            ["--dtype"],
            type=OneOf(("float64", "float32")),
            default="float64",
            metavar=name,
            help=text("cli.trace_dtype", default="float64"),
        ),
        click.Option(["--out"], type=path, metavar=text("cli.metavar_file"), help=text("cli.page_out")),
        *reading_options(),
    ]
    return Command("trace", params, run)


def run(
    model: Path,
    table: Path,
    row: int | None,
    unit: tuple[int, int] | None,
    dtype: str,
    out: Path | None,
    as_json: bool,
    reading: dict[str, Any],
) -> None:
    """Print or write the page of all rows, then the row and the unit that were asked for."""
    check_page_out(out, model, table)
    if unit is not None and row is None:
        raise UsageError("cli.unit_needs_row")
    from shoal.cli._json import print_json
    from shoal.cli._model import load_model_on_table

    loaded = load_model_on_table(model, table, reading, target=False)
    place = None if row is None else _place(loaded, row)
    seen = loaded.model.trace_examples(loaded.examples, dtype=dtype)
    pages, document = [str(seen)], seen.to_dict()
    if place is not None:
        example = seen.example(place)
        pages.append(str(example))
        document = example.to_dict()
        if unit is not None:
            arithmetic = example.unit(*unit)
            pages.append(str(arithmetic))
            document["unit"] = arithmetic.to_dict()
    if loaded.left_out:
        pages.append(text("training.unknown_target", rows=loaded.left_out))
    document |= {"not_understood": loaded.surprises, "notes": loaded.notes}
    _tell("\n\n".join(pages), document, out, print_json if as_json else None)


def _tell(page: str, document: dict[str, Any], out: Path | None, print_json: Any) -> None:
    """On the screen, or into the file and its name on the screen."""
    if out is not None:
        write_page(page, document, out)
    if print_json is not None:
        print_json(document if out is None else {"path": str(out)})
    else:
        print(page if out is None else text("cli.page_written", path=out))


def _place(loaded: "ModelOnTable", row: int) -> int:
    """Which example a row of the table is; rows without a target are not among them."""
    rows = loaded.examples.rows
    there = len(rows) + loaded.left_out
    if row > there:
        raise DataError("cli.no_row", row=row, rows=there)
    found = (rows == row - 1).nonzero()[0]
    if not len(found):
        raise DataError("cli.row_without_target", row=row, column=quoted(loaded.model.target_.name))
    return int(found[0])
