"""`shoal inspect`: what is in a model file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.texts import text
from shoal.cli._program import Command

if TYPE_CHECKING:
    from shoal.tables import TableEncoder


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    return Command("inspect", [click.Argument(["model"], type=path, metavar=text("cli.metavar_model"))], run)


def run(model: Path, as_json: bool) -> None:
    """Print layers, encoders, the training summary and the cost curve."""
    from shoal.cli._results import chart, network_table
    from shoal.cli._screen import print_json
    from shoal.cli.train import print_model
    from shoal.saving import load
    from shoal.tables._model import TableModel

    loaded = load(model)
    of_table = isinstance(loaded, TableModel)
    estimator = loaded.estimator if of_table else loaded
    if as_json:
        print_json(_document(loaded, estimator, of_table))
        return
    print(text("training.file", path=model, estimator=type(estimator).__name__))
    print("\n" + network_table(estimator.network_))
    if of_table:
        print("\n" + _encoder_table(loaded.encoder) + "\n")
    if of_table and loaded.report:
        print_model(loaded)
    costs = estimator.loss_curve_
    if costs:
        print(f"\n{text('training.cost_curve', epochs=len(costs))}\n{chart(costs)}")


def _document(loaded: Any, estimator: Any, of_table: bool) -> dict[str, Any]:
    network = estimator.network_
    document = {
        "estimator": type(estimator).__name__,
        "network": {
            "n": list(network.n),
            "activations": list(network.activations),
            "output": network.output,
            "parameters": network.p,
        },
    }
    if not of_table:
        return document
    table = {"target": loaded.target.to_dict(), "encoder": loaded.encoder.to_dict()}
    return {**document, **table, "training": loaded.report}


def _encoder_table(encoder: "TableEncoder") -> str:
    """One line a column of the table: how it is read, how many inputs it makes, with which numbers."""
    from shoal.cli._screen import printable, table

    rows = [[text(f"training.{name}") for name in ("column", "kind", "inputs", "details")]]
    entries = encoder.to_dict()["columns"]
    for column, entry in zip(encoder.columns, entries, strict=True):
        kind = text(f"training.kind_{entry['kind']}")
        inputs = str(len(column.feature_names))
        rows.append([printable(column.name), kind, inputs, _details(entry)])
    return table(rows, right=(2,), indent=2)


def _details(entry: dict[str, Any]) -> str:
    """The numbers behind an encoder."""
    from shoal.cli._screen import printable

    words = []
    if "scale" in entry:
        words.append(text("training.detail_scale", **entry["scale"]))
        if entry["missing"]:
            words.append(text("training.detail_median", **entry["scale"]))
    if "usual" in entry and entry["missing"]:
        words.append(text("training.detail_usual", value=str(entry["usual"]).lower()))
    if "levels" in entry:
        named = [printable(level, most=15) for level in entry["levels"][:6]]
        levels = text("training.comma").join([*named, *["…"][: len(entry["levels"]) > 6]])
        words.append(text("training.detail_levels", count=len(entry["levels"]), levels=levels))
        words += [text("training.detail_other")] if entry["other"] else []
    return text("training.semicolon").join(words)
