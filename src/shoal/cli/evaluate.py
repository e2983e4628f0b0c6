"""`shoal evaluate`: how good a model is on a table that holds the true targets."""

from pathlib import Path
from typing import Any

import click

from shoal.base.texts import text
from shoal.cli._options import InFile, reading_options
from shoal.cli._out import say
from shoal.cli._program import Command


def command() -> Command:
    """Build the command, its texts in the language in force."""
    params: list[click.Parameter] = [
        click.Argument(["model"], type=InFile(), metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=InFile(), metavar=text("cli.metavar_table")),
        *reading_options(),
    ]
    return Command("evaluate", params, run)


def run(model: Path, table: Path, reading: dict[str, Any], as_json: bool) -> None:
    """Print scores; for classes also the per-class table and the confusion matrix."""
    from shoal.base.aligned import at_the_point
    from shoal.base.aligned import table as lines
    from shoal.cli._json import print_json
    from shoal.cli._model import load_table_model, tell_surprises
    from shoal.cli._results import class_lines
    from shoal.cli._tables import read_noted
    from shoal.tables._scores import with_error

    loaded = load_table_model(model)
    frame, notes = read_noted(table, reading)
    found = loaded.evaluate(frame)
    surprises = tell_surprises(loaded, frame)
    if as_json:
        print_json({**found.to_dict(), "not_understood": surprises, "notes": notes})
        return
    print(text("training.judged", rows=found.rows))
    if found.same_table:
        say(text("training.same_table"))
    if found.unknown_target:
        say(text("training.unknown_target", rows=found.unknown_target))
    names = [text(f"training.score_{name}") for name in found.scores]
    rows = list(zip(names, at_the_point(list(map(with_error, found.scores.values()))), strict=True))
    print("\n" + lines(rows, indent=2))
    if found.classes:
        print("\n" + class_lines(found.classes, found.confusion))
