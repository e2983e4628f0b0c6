"""`shoal data`: the list of bundled data sets, or one of them as a table."""

from pathlib import Path
from typing import Any

import click

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.cli._options import Number, Whole, given
from shoal.cli._out import check_table_out, write_table
from shoal.cli._program import Command


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    params: list[click.Parameter] = [
        click.Argument(["name"], required=False, metavar=f"[{text('cli.metavar_name')}]"),
        click.Option(["--out"], type=path, metavar=text("cli.metavar_file"), help=text("cli.table_out")),
        click.Option(["--samples"], type=Whole(2, 10**8), metavar="N", help=text("cli.data_samples")),
        click.Option(["--noise"], type=Number(0, 1e6), metavar="X", help=text("cli.data_noise")),
        click.Option(["--seed"], type=Whole(0, 2**32 - 1), metavar="N", help=text("cli.data_seed")),
    ]
    return Command("data", params, run)


def run(name: str | None, out: Path | None, as_json: bool, **options: Any) -> None:
    """List the sets, or make and write one."""
    check_table_out(out)
    asked = given(options)
    if name is None:
        for option in ["--out"] * (out is not None) + asked:
            raise UsageError("cli.data_needs_name", option=option)
        _list(as_json)
    else:
        _refuse_for_real_tables(name, asked)
        _write(name, out, as_json, options)


def _refuse_for_real_tables(name: str, asked: list[str]) -> None:
    """Refuse with the names of the options, which are not those of the library's arguments."""
    from shoal.datasets import CATALOGUE

    toys = [toy for toy, entry in CATALOGUE.items() if entry.make]
    if asked and name in CATALOGUE and name not in toys:
        raise UsageError("data.only_toys", option=asked[0], name=name, toys=", ".join(toys))


def _list(as_json: bool) -> None:
    from shoal.base.aligned import table
    from shoal.cli._json import print_json
    from shoal.datasets import CATALOGUE

    columns = ("name", "rows", "features", "target", "task", "about")
    rows = [
        (name, entry.rows, entry.features, entry.target_name, entry.task, text(f"data.{name}"))
        for name, entry in CATALOGUE.items()
    ]
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    shown = [[text(f"cli.column_{column}") for column in columns]]
    for name, count, features, target, task, about in rows:
        shown.append([name, str(count), str(features), target, text(f"cli.task_{task}"), about])
    print(table(shown, right=(1, 2)))


def _write(name: str, out: Path | None, as_json: bool, options: dict[str, Any]) -> None:
    import polars

    from shoal.cli._json import print_json
    from shoal.datasets import load

    data = load(name, options["seed"], n_samples=options["samples"], noise=options["noise"])
    frame = polars.DataFrame(data.X, schema=list(data.feature_names), orient="row")
    frame = frame.with_columns(polars.Series(data.target_name, data.y.tolist()))
    if out is not None:
        write_table(frame, out)
    summary = {"rows": frame.height, "columns": frame.columns, "target": data.target_name}
    if as_json:
        contents = {"path": str(out)} if out else {"data": frame.to_dict(as_series=False)}
        print_json({"name": name, **summary, **contents})
    elif out is None:
        write_table(frame, None)
    else:
        summary = {"rows": frame.height, "columns": frame.width, "target": data.target_name}
        print(text("cli.data_written", path=out, **summary))
