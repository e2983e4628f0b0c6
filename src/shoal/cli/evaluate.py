"""`shoal evaluate`: how good a model is on a table that holds the true targets."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.errors import DataError
from shoal.base.texts import text
from shoal.cli._program import Command

if TYPE_CHECKING:
    import polars

    from shoal.tables._model import TableModel


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    params: list[click.Parameter] = [
        click.Argument(["model"], type=path, metavar=text("cli.metavar_model")),
        click.Argument(["table"], type=path, metavar=text("cli.metavar_table")),
    ]
    return Command("evaluate", params, run)


def run(model: Path, table: Path, as_json: bool) -> None:
    """Print scores; for classes also the per-class table and the confusion matrix."""
    from shoal.cli._model import load_table_model, tell_surprises
    from shoal.cli._results import class_lines
    from shoal.cli._screen import print_json
    from shoal.cli._screen import table as lines
    from shoal.tables import read_table
    from shoal.tables._scores import with_error

    loaded, frame = load_table_model(model), read_table(table)
    found = evaluate(loaded, frame)
    found["not_understood"] = tell_surprises(loaded, frame)
    if as_json:
        print_json({**found, "scores": {name: score.plain() for name, score in found["scores"].items()}})
        return
    print(text("training.judged", rows=found["rows"]))
    if found["same_table"]:
        print(text("training.same_table"))
    if found["unknown_target"]:
        print(text("training.unknown_target", rows=found["unknown_target"]))
    rows = [[text(f"training.score_{name}"), with_error(score)] for name, score in found["scores"].items()]
    print("\n" + lines(rows, indent=2))
    if "classes" in found:
        print("\n" + class_lines(found["classes"], found["confusion"]))


def evaluate(model: "TableModel", frame: "polars.DataFrame") -> dict[str, Any]:
    """The scores of a model on the rows whose target is known; for classes also how they are confused."""
    from shoal.tables import shown
    from shoal.tables._record import fingerprint_of
    from shoal.tables._scores import number_scores

    known, y = model.target.transform(frame)
    if not len(y):
        raise DataError("training.nothing_to_judge", name=shown(model.target.name))
    X = model.encoder.transform(known)
    same = fingerprint_of(X, y) == model.report.get("fingerprint")
    rows = {"rows": len(y), "unknown_target": frame.height - len(y), "same_table": same}
    if model.target.task == "regression":
        return {**rows, "scores": number_scores(model.predict(known), y)}
    return {**rows, **_of_classes(model, X, y)}


def _of_classes(model: "TableModel", X: Any, y: Any) -> dict[str, Any]:
    import numpy as np

    from shoal.tables import listed, many_classes_allowed, shown
    from shoal.tables._scores import Score, area_under_curve, class_scores, class_table, confusion

    classes = model.estimator.classes_
    strange = np.setdiff1d(y, classes)
    if len(strange):
        labels, known = (listed([str(label) for label in group]) for group in (strange, classes))
        column = shown(model.target.name)
        raise DataError("training.unknown_labels", column=column, labels=labels, known=known)
    log_P, label = model.estimator.predict_log_proba(X), np.searchsorted(classes, y)
    with many_classes_allowed():
        auc = Score(area_under_curve(log_P, label), math.nan)
        entries = zip(classes.tolist(), class_table(log_P, label), strict=True)
        return {
            "scores": {**class_scores(log_P, label), "auc": auc},
            "classes": [{"label": name, **entry} for name, entry in entries],
            "confusion": confusion(log_P, label).tolist(),
        }
