"""`shoal doctor`: why a model does not learn, or what is wrong with what it has learned."""

from pathlib import Path
from typing import Any

import click

from shoal.base.texts import text
from shoal.cli._options import InFile, reading_options
from shoal.cli._program import Command


def command() -> Command:
    """Build the command, its texts in the language in force."""
    params: list[click.Parameter] = [
        click.Argument(["model"], type=InFile(), metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=InFile(), metavar=text("cli.metavar_table")),
        *reading_options(),
    ]
    return Command("doctor", params, run)


def run(model: Path, table: Path, reading: dict[str, Any], as_json: bool) -> None:
    """Print the findings, the gravest first, and what was looked for."""
    from shoal.cli._json import print_json
    from shoal.cli._model import load_table_model, tell_surprises
    from shoal.cli._tables import read_noted

    loaded = load_table_model(model)
    frame, notes = read_noted(table, reading)
    diagnosis = loaded.doctor(frame)
    surprises = tell_surprises(loaded, frame)
    if as_json:
        print_json({**diagnosis.to_dict(), "not_understood": surprises, "notes": notes})
        return
    print(diagnosis)
