"""`shoal search`: read a table, try many models, judge the best on rows that none has seen, save it."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.cli._options import InFile, OneOf, Whole, by_column, table_options
from shoal.cli._out import check_out, say
from shoal.cli._program import Command
from shoal.tables._settings import BUDGETS, SearchSettings

if TYPE_CHECKING:
    from shoal.report.words._board import LeaderBoard, RankedCandidate
    from shoal.tables import Outcome
    from shoal.tables._estimator import TableEstimator

DEFAULTS = SearchSettings()
_SHOWN = 5  # candidates of the leader board


def command() -> Command:
    """Build the command, its texts in the language in force."""
    path = click.Path(path_type=Path)
    file, folder = text("cli.metavar_file"), text("cli.metavar_folder")
    known = {"known": ", ".join(BUDGETS), "default": DEFAULTS.budget}
    shared = table_options(DEFAULTS)
    params = [
        *(shared.pop(name) for name in ("table", "target", "out")),
        click.Option(["--report"], type=path, metavar=file, help=text("cli.search_report")),
        click.Option(
            ["--budget"],
            type=OneOf(BUDGETS),
            metavar=text("cli.metavar_name"),
            help=text("cli.search_budget", **known),
        ),
        click.Option(["--grid"], type=InFile(), metavar=file, help=text("cli.search_grid")),
        click.Option(
            ["--folds"],
            type=Whole(2, 100),
            default=DEFAULTS.folds,
            metavar="N",
            help=text("cli.search_folds", default=DEFAULTS.folds),
        ),
        click.Option(["--study"], type=path, metavar=folder, help=text("cli.search_study")),
        *shared.values(),
    ]
    return Command("search", params, run)


def run(
    table: Path,
    target: str,
    out: Path | None,
    report: Path | None,
    grid: Path | None,
    study: Path | None,
    as_json: bool,
    reading: dict[str, Any],
    **options: Any,
) -> None:
    """Do it, and print what came of it."""
    _check_paths(table, out, report, grid)
    settings = _settings(grid, options)
    from shoal.cli._json import print_json
    from shoal.cli._progress import search_progress
    from shoal.cli._tables import noted, print_notes
    from shoal.saving import save
    from shoal.tables._grid_file import read_grids
    from shoal.tables._search import search_table

    grids = read_grids(grid) if grid else ()
    with noted(table, reading) as (frame, notes), search_progress() as bar:
        model, outcome = search_table(
            frame, target, settings, name=table.name, grids=grids, study=study, listener=bar
        )
    if out is not None:
        save(model, out)
    if report is not None:
        from shoal.report import write

        write(outcome, report)
    if as_json:
        print_json({**_document(model, outcome, out, report), "notes": notes})
        return
    say(text("training.table", path=table, rows=frame.height, columns=frame.width))
    print_notes(notes)
    _print_search(model, outcome, study)
    say(text("training.saved", path=out) if out else text("training.not_saved"))
    if report is not None:
        say(text("table_search.report_written", path=report))


def _check_paths(table: Path, out: Path | None, report: Path | None, grid: Path | None) -> None:
    """Refuse, before any work, files that would overwrite an input or each other."""
    inputs = [table, *([grid] if grid else [])]
    check_out(out, *inputs)
    check_out(report, *inputs, option="--report")
    if out is not None and report is not None and out.resolve() == report.resolve():
        raise UsageError("cli.out_is_report", path=out)


def _settings(grid: Path | None, options: dict[str, Any]) -> SearchSettings:
    """A grid takes the place of a budget."""
    if grid is not None and options["budget"] is not None:
        raise UsageError("table_search.grid_and_budget")
    if grid is None and options["budget"] is None:
        options["budget"] = DEFAULTS.budget
    return SearchSettings(**by_column(options))


# --- for people -------------------------------------------------------------------------------------


def _print_search(model: "TableEstimator", outcome: "Outcome", study: Path | None) -> None:
    """Target, findings, the best candidates, the chosen one, and whether it needs its hidden layers."""
    from shoal.cli.train import print_scores, print_task
    from shoal.report.words import _summary as summary
    from shoal.report.words._board import board_of
    from shoal.report.words._closing import further_sentences, too_good
    from shoal.tables import TrainingRecord

    report, board = TrainingRecord.from_dict(model.report_, model.target_.task), board_of(outcome)
    print_task(model, report)
    if interrupted := summary.interrupted_sentence(board):
        say(interrupted)
        if study is not None:
            say(text("table_search.goes_on", study=study))
    say(summary.search_sentence(board))
    failed = sum(ranked.failed for ranked in board.candidates)
    if failed:
        say(text("table_search.failed", count=failed))
    print(f"\n{text('table_search.board')}\n{leader_board(board)}\n")
    say(summary.rule_sentence(board))
    if edge := summary.edge_sentence(board):
        say(edge)
    print_scores(model, report)
    answer = summary.layer_answer(board)
    evidence = {"folds": answer.in_folds, "held_out": answer.held_out}
    for sentence in too_good(report):
        say(sentence)
    say(text("table_search.layer", question=answer.question, **evidence))
    costs, inputs = model.estimator_.loss_curve_, model.estimator_.network_.n[0]
    for sentence in further_sentences(report, model.target_.task, costs, inputs):
        say(sentence)


def leader_board(board: "LeaderBoard") -> str:
    """The first few candidates, and the chosen one wherever it stands."""
    from shoal.base.aligned import table
    from shoal.report.words._board import table_of
    from shoal.report.words._names import setting_name

    found = table_of(board)
    heads = [setting_name("model"), *found.settings, text("training.parameters"), *found.scores]
    rows = [["", text("table_search.rank"), *heads]]
    for row in found.first:
        chosen = "chosen" in row.marks
        if not row.failed and (row.rank <= _SHOWN or chosen):
            cells = [row.model, *row.settings, row.parameters, *row.scores]
            rows.append(["*" if chosen else "", str(row.rank), *cells])
    return table(rows, right=(1, 2 + len(found.settings) + 1), indent=2)


# --- for programs -----------------------------------------------------------------------------------


def _document(
    model: "TableEstimator", outcome: "Outcome", out: Path | None, report: Path | None
) -> dict[str, Any]:
    """What `shoal train` says of its model, and every candidate, the best first."""
    from shoal.cli.train import document
    from shoal.report.words._board import board_of

    board = board_of(outcome)
    places = {"chosen": board.chosen, "best_linear": board.linear, "best_network": board.network}
    return {
        **document(model, out),
        "report": str(report) if report else None,
        "interrupted": outcome.interrupted,
        "planned": outcome.planned,
        "folds": outcome.folds,
        "fits": outcome.fits,
        "resumed": outcome.resumed,
        "seconds": outcome.seconds,
        "score": outcome.score,
        "ranks": {name: ranked.rank if ranked else None for name, ranked in places.items()},
        "candidates": [_candidate(ranked) for ranked in board.candidates],
    }


def _candidate(ranked: "RankedCandidate") -> dict[str, Any]:
    """In JSON's types."""
    candidate = ranked.candidate
    scores = {
        name: {"mean": candidate.mean(name).plain(), "folds": [_finite(value) for value in values.tolist()]}
        for name, values in candidate.scores.items()
    }
    return {
        "rank": ranked.rank,
        "settings": {name: _finite(value) for name, value in candidate.settings.items()},
        "parameters": candidate.parameters,
        "scores": scores,
        "seconds": candidate.seconds,
    }


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
