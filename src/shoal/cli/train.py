"""`shoal train`: read a table, train a network, judge it on rows it has not seen, save it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.shown import plain
from shoal.base.texts import text
from shoal.book.equations import ACTIVATIONS
from shoal.cli._options import (
    READING,
    SPLITTING,
    Number,
    OneOf,
    Whole,
    Widths,
    by_column,
    defaulted,
    table_options,
)
from shoal.cli._out import check_out, say, say_list
from shoal.cli._program import Command
from shoal.tables import TrainSettings

if TYPE_CHECKING:
    from shoal.tables import TrainingRecord
    from shoal.tables._estimator import TableEstimator

DEFAULTS = TrainSettings()
_FEW_TO_STOP_BY = 20


def command() -> Command:
    """Build the command, its texts in the language in force."""
    shared = table_options(DEFAULTS)
    name = text("cli.metavar_name")
    params = [
        shared["table"],
        shared["target"],
        shared["out"],
        defaulted(DEFAULTS, "hidden", Widths(), text("cli.metavar_list")),
        defaulted(DEFAULTS, "activation", OneOf(tuple(ACTIVATIONS)), name, known=", ".join(ACTIVATIONS)),
        shared["task"],
        shared["keep"],
        shared["drop"],
        shared["column"],
        shared["missing"],
        *(shared[name] for name in SPLITTING),
        shared["weight"],
        shared["class_weight"],
        shared["cost"],
        shared["log_target"],
        shared["loss"],
        shared["epochs"],
        shared["patience"],
        defaulted(DEFAULTS, "learning_rate", Number(1e-12, 1e6), "X"),
        click.Option(["--batch-size"], type=Whole(1, 10**9), metavar="N", help=text("cli.train_batch_size")),
        defaulted(DEFAULTS, "l2", Number(0, 1e12), "X"),
        defaulted(DEFAULTS, "dropout", Number(0, 0.95), "X"),
        shared["test_share"],
        shared["refit"],
        shared["seed"],
        *(shared[name] for name in READING),
    ]
    return Command("train", params, run)


def run(
    table: Path, target: str, out: Path | None, as_json: bool, reading: dict[str, Any], **options: Any
) -> None:
    """Do it, and print what came of it."""
    check_out(out, table)
    from shoal.cli._json import print_json
    from shoal.cli._progress import progress
    from shoal.cli._tables import noted, print_notes
    from shoal.saving import save
    from shoal.tables import train_table

    settings = TrainSettings(**by_column(options))
    with noted(table, reading) as (frame, notes), progress() as callbacks:
        model = train_table(frame, target, settings, callbacks)
    if out is not None:
        save(model, out)
    if as_json:
        print_json({**document(model, out), "notes": notes})
        return
    say(text("training.table", path=table, rows=frame.height, columns=frame.width))
    print_notes(notes)
    print_model(model)
    more = text("training.more_doctor", model=out, table=table) if out else ""
    say(model.doctor(frame).headline() + more)
    say(text("training.saved", path=out) if out else text("training.not_saved"))


def document(model: "TableEstimator", out: Path | None) -> dict[str, Any]:
    """The model and its scores, for programs."""
    network, target = model.estimator_.network_, model.target_
    shape = {"n": list(network.n), "activations": list(network.activations), "output": network.output}
    described = {"target": target.name, "task": str(target.task), "network": shape}
    history = getattr(model.estimator_, "history_", None)
    curves = {"cost": model.estimator_.loss_curve_, "validation": history.score if history else []}
    notes = {"read_as": [str(note) for note in model.notes_]} if model.notes_ else {}
    return {"model": str(out) if out else None, **described, **model.report_, **notes, **curves}


def print_model(model: "TableEstimator") -> None:
    """Target, findings, network, rows, scores, verdict."""
    from shoal.cli._results import found_line
    from shoal.report.words._closing import closing_sentences
    from shoal.tables import TrainingRecord

    report = TrainingRecord.from_dict(model.report_, model.target_.task)
    print_task(model, report)
    if report.found is not None:
        say(found_line(report.found))
    print_scores(model, report)
    costs, inputs = model.estimator_.loss_curve_, model.estimator_.network_.n[0]
    for sentence in closing_sentences(report, model.target_.task, costs, inputs):
        say(sentence)


def print_task(model: "TableEstimator", report: "TrainingRecord") -> None:
    """What is learned, and which columns are a problem; what is said in the end is not said here."""
    from shoal.report.words._closing import RETOLD

    say(_target_line(model))
    say_list(text("training.read_as"), model.notes_)
    _print_findings(report)
    say_list(text("training.noticed"), (note for note in report.noticed if note.kind not in RETOLD))


def print_scores(model: "TableEstimator", report: "TrainingRecord") -> None:
    """The network, how it was trained, and how good it is."""
    from shoal.cli._results import held_out_lines, score_table

    _print_training(model.estimator_, report)
    print()
    say(text("training.held_out"))
    print(f"{score_table(report.scores, model.target_.task)}\n")
    if classes := held_out_lines(report.held_out):
        print(f"{classes}\n")


def _print_training(estimator: Any, report: "TrainingRecord") -> None:
    """The network, how it was trained, on how many rows."""
    from shoal.cli._results import network_line

    network, rows = estimator.network_, report.rows
    size = {"units": network_line(network), "parameters": f"{network.p:,}"}
    if network.L == 1:
        asked = report.settings.get("l2")
        say(text("training.solved", **size, l2=f"{report.linear_l2 if asked is None else asked:g}"))
    else:
        _print_epochs(estimator, report, size)
    stopped_by = rows["validation"] if network.L > 1 else 0
    say(text("training.rows" if stopped_by else "training.rows_solved", **rows))
    if 0 < stopped_by < _FEW_TO_STOP_BY:
        say(text("training.few_to_stop_by", rows=stopped_by))
    if report.refit:
        say(text("training.refit", rows=rows["train"] + rows["validation"] + rows["test"]))


def _print_epochs(estimator: Any, report: "TrainingRecord", size: dict[str, str]) -> None:
    from shoal.training import in_words

    if estimator.solver == "lbfgs":
        say(text("training.network_lbfgs", **size, iterations=estimator.n_iter_))
    else:
        say(text("training.network", **size, epochs=estimator.n_iter_, best=report.best_epoch))
        if estimator.stopped_ == "limit":
            say(text("training.all_epochs", epochs=estimator.n_iter_))
    if estimator.stopped_ in ("plateau", "exploded"):
        say(text("training.not_converged", ending=in_words(estimator.ending_)))


def _target_line(model: "TableEstimator") -> str:
    column = plain(model.target_.name, 40)
    if model.target_.task == "regression":
        counts = "target_count" if model.estimator_.network_.output == "exp" else "target_number"
        key = "target_logarithm" if model.log_target else counts
        return text(f"training.{key}", column=column)
    classes = model.estimator_.classes_.tolist()
    named = [plain(label, 20) for label in classes[:10]]
    labels = text("core.comma").join([*named, *["…"][: len(classes) > 10]])
    return text("training.target_classes", column=column, count=len(classes), labels=labels)


def _print_findings(report: "TrainingRecord") -> None:
    for heading, left_out in (("left_out", True), ("used_anyway", False)):
        say_list(text(f"training.{heading}"), (each for each in report.findings if each.drop is left_out))
    if report.rows["unknown_target"]:
        say(text("training.unknown_target", rows=report.rows["unknown_target"]))
