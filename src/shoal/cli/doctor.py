"""`shoal doctor`: why a model does not learn, or what is wrong with what it has learned."""

from pathlib import Path

import click

from shoal.base.texts import text
from shoal.cli._options import any_size_option
from shoal.cli._program import Command


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    params: list[click.Parameter] = [
        click.Argument(["model"], type=path, metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=path, metavar=text("cli.metavar_table")),
        any_size_option(),
    ]
    return Command("doctor", params, run)


def run(model: Path, table: Path, any_size: bool, as_json: bool) -> None:
    """Print the findings, the gravest first, and what was looked for."""
    from shoal.cli._json import print_json
    from shoal.cli._model import load_table_model, tell_surprises
    from shoal.tables import read_table

    loaded, frame = load_table_model(model), read_table(table, any_size=any_size)
    diagnosis = loaded.doctor(frame)
    surprises = tell_surprises(loaded, frame)
    if as_json:
        print_json({**diagnosis.to_dict(), "not_understood": surprises})
        return
    print(diagnosis)
