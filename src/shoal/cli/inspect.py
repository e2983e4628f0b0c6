"""`shoal inspect`: what is in a model file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.shown import plain
from shoal.base.texts import page, text
from shoal.cli._options import InFile
from shoal.cli._program import Command

if TYPE_CHECKING:
    from shoal.tables import TableEncoder


def command() -> Command:
    """Build the command, its texts in the language in force."""
    return Command(
        "inspect", [click.Argument(["model"], type=InFile(), metavar=text("cli.metavar_model"))], run
    )


def run(model: Path, as_json: bool) -> None:
    """Print layers, encoders, the training summary and the cost curve."""
    from shoal.cli._json import print_json
    from shoal.cli._results import chart, network_table
    from shoal.cli.train import print_model
    from shoal.saving import load
    from shoal.tables._estimator import TableEstimator

    loaded = load(model)
    of_table = isinstance(loaded, TableEstimator)
    estimator = loaded.estimator_ if of_table else loaded
    if as_json:
        print_json(_document(loaded, estimator, of_table))
        return
    print(text("training.file", path=model, estimator=type(estimator).__name__))
    print("\n" + network_table(estimator.network_))
    if of_table:
        print("\n" + _encoder_table(loaded.encoder_) + "\n")
    if of_table and loaded.report_:
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
    table = {"target": loaded.target_.to_dict(), "encoder": loaded.encoder_.to_dict()}
    return {**document, **table, "training": loaded.report_}


def _encoder_table(encoder: "TableEncoder") -> str:
    """One line a column of the table: how it is read, how many inputs it makes, with which numbers."""
    from shoal.base.aligned import table

    rows = [[text(f"training.{name}") for name in ("column", "kind", "inputs", "details")]]
    for column in encoder.columns:
        details = text("training.semicolon").join(column.details())
        rows.append([plain(column.name, 40), _kind(column.kind), str(len(column.feature_names)), details])
    return table(rows, right=(2,), indent=2)


def _kind(kind: str) -> str:
    """How the column is read; of a kind that the catalogue does not know, its own name."""
    return text(f"training.kind_{kind}") if f"kind_{kind}" in page("training") else kind
