"""`shoal predict`: the model's answer for each row of a table, in the order of the rows."""

from pathlib import Path

import click

from shoal.cli._program import Command
from shoal.errors import UsageError
from shoal.messages import text


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    params: list[click.Parameter] = [
        click.Argument(["model"], type=path, metavar="MODEL"),
        click.Argument(["table"], type=path, metavar="TABLE"),
        click.Option(["--proba"], is_flag=True, help=text("cli.predict_proba")),
        click.Option(["--out"], type=path, metavar="FILE", help=text("cli.predict_out")),
    ]
    return Command("predict", params, run)


def run(model: Path, table: Path, proba: bool, out: Path | None, as_json: bool) -> None:
    """Print or write a column of predictions, and the probabilities if they are asked for."""
    import polars

    from shoal.cli._model import load_table_model
    from shoal.cli._screen import print_json
    from shoal.cli._write_table import write_table
    from shoal.tables import read_table

    loaded = load_table_model(model)
    if proba and loaded.target.task == "regression":
        raise UsageError("training.no_probabilities", column=loaded.target.name)
    frame = read_table(table)
    columns = {"prediction": loaded.predict(frame).tolist()}
    if proba:
        probabilities = loaded.predict_proba(frame).T.tolist()
        labels = loaded.estimator.classes_.tolist()
        columns |= {f"probability {label}": p for label, p in zip(labels, probabilities, strict=True)}
    predicted = polars.DataFrame(columns)
    if out is not None:
        write_table(predicted, out)
    if as_json:
        print_json({"path": str(out), "rows": predicted.height} if out else columns)
    elif out is None:
        write_table(predicted, None)
    else:
        print(text("training.predicted", path=out, rows=predicted.height))
