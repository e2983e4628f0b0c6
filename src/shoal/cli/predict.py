"""`shoal predict`: the model's answer for each row of a table, in the order of the rows."""

from pathlib import Path
from typing import Any

import click

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.cli._options import InFile, reading_options
from shoal.cli._out import check_table_out, write_table
from shoal.cli._program import Command


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    params: list[click.Parameter] = [
        click.Argument(["model"], type=InFile(), metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=InFile(), metavar=text("cli.metavar_table")),
        *reading_options(),
        click.Option(["--proba"], is_flag=True, help=text("cli.predict_proba")),
        click.Option(["--out"], type=path, metavar=text("cli.metavar_file"), help=text("cli.predict_out")),
    ]
    return Command("predict", params, run)


def run(
    model: Path, table: Path, proba: bool, reading: dict[str, Any], out: Path | None, as_json: bool
) -> None:
    """Print or write a column of predictions, and the probabilities if they are asked for."""
    check_table_out(out, model, table)
    import polars

    from shoal.cli._json import print_json
    from shoal.cli._model import load_table_model, tell_surprises
    from shoal.cli._tables import read_noted

    loaded = load_table_model(model)
    if proba and loaded.target_.task == "regression":
        raise UsageError("training.no_probabilities", column=loaded.target_.name)
    frame, notes = read_noted(table, reading)
    predictions, probabilities = loaded.predict_both(frame) if proba else (loaded.predict(frame), None)
    columns = {"prediction": predictions.tolist()}
    surprises = tell_surprises(loaded, frame)
    if probabilities is not None:
        labels = loaded.estimator_.classes_.tolist()
        of_class = zip(labels, probabilities.T.tolist(), strict=True)
        columns |= {f"probability {label}": p for label, p in of_class}
    predicted = polars.DataFrame(columns)
    if out is not None:
        write_table(predicted, out)
    if as_json:
        contents = {"path": str(out), "rows": predicted.height} if out else columns
        print_json({**contents, "not_understood": surprises, "notes": notes})
    elif out is None:
        write_table(predicted, None)
    else:
        print(text("training.predicted", path=out, rows=predicted.height))
