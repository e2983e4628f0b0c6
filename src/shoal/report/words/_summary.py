"""The answers of a search as sentences, each with the numbers that it rests on."""

import math
from typing import Any, NamedTuple

from shoal.base.texts import text
from shoal.report.words._board import LeaderBoard, RankedCandidate
from shoal.report.words._names import (
    baseline_name,
    duration,
    linear_name,
    loss_name,
    model_name,
    name,
    score_name,
    setting_name,
    setting_value,
    with_digits_of,
)
from shoal.tables import Task
from shoal.tables._scores import with_error

_MOST_LABELS = 6
_HAVE_A_MIDDLE = 3  # values


def table_sentence(board: LeaderBoard) -> str:
    """The table, and what its target is."""
    outcome = board.outcome
    size = text(
        "report_words.table",
        table=name(outcome.table, 60),
        rows=f"{outcome.rows:,}",
        columns=f"{outcome.columns:,}",
    )
    if outcome.task is Task.REGRESSION:
        return size + text(f"report_words.target_{'count' if outcome.counts else 'number'}")
    labels = [name(label, 24) for label in outcome.classes[:_MOST_LABELS]]
    labels += ["…"] * (len(outcome.classes) > _MOST_LABELS)
    listed = text("core.comma").join(labels)
    return size + text("report_words.target_classes", count=len(outcome.classes), labels=listed)


def interrupted_sentence(board: LeaderBoard) -> str:
    """How far a search came that was stopped; "" of one that was not."""
    outcome = board.outcome
    if not outcome.interrupted:
        return ""
    return text("report_words.interrupted", done=len(outcome.candidates), planned=outcome.planned)


def search_sentence(board: LeaderBoard) -> str:
    """What was tried, and what it took."""
    outcome = board.outcome
    linear = sum(candidate.linear for candidate in outcome.candidates)
    tried = text(
        "report_words.searched",
        candidates=len(outcome.candidates),
        linear=linear,
        networks=len(outcome.candidates) - linear,
        folds=outcome.folds,
        fits=f"{outcome.fits:,}",
        time=duration(outcome.seconds),
    )
    return tried + (text("report_words.resumed", count=outcome.resumed) if outcome.resumed else "")


def answer_sentence(board: LeaderBoard) -> str:
    """Which model was chosen, and its score on the held-out rows."""
    outcome, score = board.outcome, board.outcome.score
    return text(
        "report_words.answer",
        model=model_name(board.chosen.candidate, outcome.task),
        parameters=f"{board.chosen.candidate.parameters:,}",
        rows=f"{len(outcome.truth):,}",
        score=score_name(score),
        value=with_error(outcome.held_out["network"][score]),
    )


class ModelScores(NamedTuple):
    """A model and its scores on the held-out rows; `share`: the deciding one beside the highest, 0 to 1."""

    model: str
    scores: tuple[str, ...]
    share: float


class HeldOutTable(NamedTuple):
    """The scores on the held-out rows: their names, and the chosen model first."""

    scores: tuple[str, ...]
    models: tuple[ModelScores, ...]


def held_out_table(board: LeaderBoard) -> HeldOutTable:
    """The chosen model beside the linear one (unless that was chosen) and beside no model at all."""
    outcome = board.outcome
    chosen = outcome.held_out["network"]
    names = [outcome.score, *(score for score in chosen if score != outcome.score)]
    models = {
        "network": text("report_words.chosen_model", model=model_name(board.chosen.candidate, outcome.task))
    }
    if not board.chosen.candidate.linear or outcome.held_out["linear"] != chosen:
        models["linear"] = text("report_words.beside", model=linear_name(outcome.task, outcome.counts))
    models["nothing"] = baseline_name(outcome.task)
    deciding = {model: outcome.held_out[model][outcome.score].value for model in models}
    highest = max((value for value in deciding.values() if math.isfinite(value)), default=0.0)
    rows = [
        ModelScores(
            words,
            tuple(with_error(outcome.held_out[model][score]) for score in names),
            deciding[model] / highest if highest > 0 and math.isfinite(deciding[model]) else 0.0,
        )
        for model, words in models.items()
    ]
    return HeldOutTable(tuple(map(score_name, names)), tuple(rows))


class LayerAnswer(NamedTuple):
    """Whether the hidden layers are worth having: the question, and what the two kinds of evidence say."""

    question: str
    in_folds: str
    held_out: str


def layer_answer(board: LeaderBoard) -> LayerAnswer:
    """Compare the networks with the linear models, in cross-validation and on the held-out rows."""
    outcome = board.outcome
    verdict = text(
        f"report_words.verdict_{outcome.comparison.verdict}",
        gain=with_error(outcome.comparison.gain),
        loss=loss_name(outcome.task, outcome.counts),
        rows=f"{len(outcome.truth):,}",
        nothing=baseline_name(outcome.task),
    )
    return LayerAnswer(text("report_words.layer_question"), _layer_in_folds(board), verdict)


def _layer_in_folds(board: LeaderBoard) -> str:
    linear, network = board.linear, board.network
    if linear is None:
        return text("report_words.layer_no_linear")
    if network is None:
        return text("report_words.layer_no_network")
    distance = linear.score.value - network.score.value
    if distance <= 0:
        found = "linear_better"
    elif not math.isfinite(network.score.error):
        found = "no_error"
    else:
        found = "as_good" if distance <= network.score.error else "network_better"
    return text(
        f"report_words.layer_{found}",
        score=score_name(board.outcome.score),
        linear=with_error(linear.score),
        network=with_error(network.score),
    )


def rule_sentence(board: LeaderBoard) -> str:
    """Why this candidate was chosen: what the one-standard-error rule did."""
    chosen = _described(board, board.chosen)
    if not math.isfinite(board.limit) and board.chosen is board.best:
        return text("report_words.rule_no_error", chosen=chosen)
    limit = with_digits_of(board.best.score, board.limit)
    if board.chosen is board.best:
        return text("report_words.rule_best", limit=limit, chosen=chosen)
    return text("report_words.rule_simpler", limit=limit, chosen=chosen, best=_described(board, board.best))


def _described(board: LeaderBoard, ranked: RankedCandidate) -> str:
    return text(
        "report_words.described",
        rank=ranked.rank,
        model=model_name(ranked.candidate, board.outcome.task),
        parameters=f"{ranked.candidate.parameters:,}",
        score=with_error(ranked.score),
    )


def edge_sentence(board: LeaderBoard) -> str:
    """The settings of which the best candidate has the lowest or the highest value that was tried, or "".

    Values beyond may be better still. That is not said where another value comes close to the best, where the
    search was stopped (the rest of the grid may hold them), and of the value 0 (nothing is below it).
    """
    if board.outcome.interrupted or not math.isfinite(board.limit):
        return ""
    here = board.best.candidate.settings
    found = []
    for setting in board.varied:
        tried = _numbers(board, setting)
        values = sorted({value for value, _ in tried})
        if len(values) < _HAVE_A_MIDDLE or here.get(setting) not in (values[0], values[-1]):
            continue
        close = any(each.score.value <= board.limit for value, each in tried if value != here[setting])
        if here[setting] != 0 and not close:
            place = "highest" if here[setting] == values[-1] else "lowest"
            names = {"setting": setting_name(setting), "value": setting_value(here[setting])}
            found.append(text(f"report_words.edge_{place}", **names))
    return text("report_words.edge", settings=text("report_words.edge_and").join(found)) if found else ""


def _numbers(board: LeaderBoard, setting: str) -> list[tuple[Any, RankedCandidate]]:
    """The numbers that a setting has among the candidates of the best one's kind, also those that failed."""
    found = []
    for each in board.candidates:
        value = each.candidate.settings.get(setting)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and setting != "seed"
        if is_number and each.candidate.linear is board.best.candidate.linear:
            found.append((value, each))
    return found
