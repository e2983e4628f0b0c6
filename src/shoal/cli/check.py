"""`shoal check`: the gradient of a model, derived three times on the rows of a table."""

from pathlib import Path
from typing import Any

import click

from shoal.base.texts import text
from shoal.cli._errors import Exit
from shoal.cli._options import InFile, LateOption, OneOf, Whole, reading_options
from shoal.cli._program import Command


def command() -> Command:
    """Build the command, its texts in the language in force."""
    name = text("cli.metavar_name")
    seeds = Whole(0, 2**32 - 1)
    params: list[click.Parameter] = [
        click.Argument(["model"], type=InFile(), metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=InFile(), metavar=text("cli.metavar_table")),
        LateOption(["--plant"], lambda: text("cli.check_plant", names=", ".join(_bugs())), metavar=name),
        LateOption(
            ["--engine"],
            lambda: text("cli.check_engine", names=", ".join(_engines())),
            type=OneOf(_engines),
            metavar=name,
        ),
        click.Option(["--dropout-seed"], type=seeds, metavar="N", help=text("cli.check_dropout_seed")),
        click.Option(["--samples"], type=Whole(1, 10**9), metavar="N", help=text("cli.check_samples")),
        click.Option(["--seed"], type=seeds, default=0, metavar="N", help=text("cli.check_seed", default=0)),
        *reading_options(),
    ]
    return Command("check", params, run)


def _bugs() -> tuple[str, ...]:
    from shoal.inspect import BUGS

    return tuple(BUGS)


def _engines() -> tuple[str, ...]:
    from shoal.engines.base import NAMES

    return NAMES


def run(model: Path, table: Path, as_json: bool, reading: dict[str, Any], **settings: Any) -> None:
    """Print what agrees; end with an error if a gradient is wrong and nobody planted a mistake."""
    from shoal.cli._json import print_json
    from shoal.cli._model import load_model_on_table

    loaded = load_model_on_table(model, table, reading)
    check = loaded.model.check_examples(loaded.examples, **settings)
    if as_json:
        print_json({**check.to_dict(), "not_understood": loaded.surprises, "notes": loaded.notes})
    else:
        print(check)
    if not check.ok and check.planted is None:
        raise SystemExit(Exit.BUG)
