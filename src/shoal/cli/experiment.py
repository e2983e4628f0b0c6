"""`shoal experiment`: the list of the experiments, or one of them run."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.cli._options import InFile, Whole, given, reading_options
from shoal.cli._out import check_folder_out
from shoal.cli._program import Command

if TYPE_CHECKING:
    from shoal.cli._tables import Notes
    from shoal.experiments import Record


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    params: list[click.Parameter] = [
        click.Argument(["name"], required=False, metavar=f"[{text('cli.metavar_name')}]"),
        click.Option(
            ["--out"], type=path, metavar=text("cli.metavar_folder"), help=text("experiments.out_option")
        ),
        click.Option(["--dark"], is_flag=True, help=text("experiments.dark_option")),
        click.Option(
            ["--data"], type=InFile(), metavar=text("cli.metavar_table"), help=text("experiments.data_option")
        ),
        click.Option(
            ["--target"], metavar=text("cli.metavar_column"), help=text("experiments.target_option")
        ),
        click.Option(["--seed"], type=Whole(0, 2**32 - 1), metavar="N", help=text("experiments.seed_option")),
        *reading_options(),
    ]
    return Command("experiment", params, run)


def run(name: str | None, as_json: bool, **options: Any) -> None:
    """List the experiments, or run one."""
    reading = options.pop("reading")
    if name is None:
        for option in given({**options, **reading}):
            raise UsageError("experiments.needs_name", option=option)
        _list(as_json)
        return
    out, dark = options["out"], options["dark"]
    check_folder_out(out)
    if dark and out is None:
        raise UsageError("experiments.dark_needs_out")
    if options["data"] is None:
        for option in given(reading):
            raise UsageError("experiments.reading_needs_data", option=option)
    record, notes = _record(name, options, reading)
    written = [] if out is None else record.save(out, dark)
    if as_json:
        from shoal.cli._json import print_json

        print_json({**record.to_dict(), "files": list(map(str, written)), "notes": notes})
        return
    print(record)
    for path in written:
        print(text("experiments.written", path=path))


def _list(as_json: bool) -> None:
    """One line for each experiment, in the order of the notes."""
    from shoal.base.aligned import table
    from shoal.cli._json import print_json
    from shoal.experiments import experiments

    if as_json:
        keys = ("name", "section", "takes_data", "title")
        print_json([{key: getattr(each, key) for key in keys} for each in experiments()])
        return
    head = [text(f"experiments.column_{column}") for column in ("name", "section", "data", "title")]
    mark = text("experiments.takes_data")
    rows = [[each.name, each.section, mark * each.takes_data, each.title] for each in experiments()]
    print(table([head, *rows]))
    print("\n" + text("experiments.how"))


def _record(name: str, options: Mapping[str, Any], reading: Mapping[str, Any]) -> tuple["Record", "Notes"]:
    """The record, and what was noticed about the file of the rows."""
    from shoal.experiments import run as run_experiment

    data, target, seed = options["data"], options["target"], options["seed"] or 0
    if (data is None) != (target is None):
        raise UsageError("experiments.data_and_target")
    if data is None:
        return run_experiment(name, seed=seed), []
    from shoal.cli._tables import read_noted
    from shoal.tables import encode_table

    frame, notes = read_noted(data, reading)
    X, y, _ = encode_table(frame, str(target))
    return run_experiment(name, seed=seed, X=X, y=y), notes
