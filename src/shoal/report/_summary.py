"""The answers in words, each with the numbers on which it rests."""

import math
from typing import Any, NamedTuple

from shoal.base.texts import text
from shoal.report._board import Board, Entry
from shoal.report._wording import (
    duration,
    family,
    like,
    loss_name,
    model_words,
    name,
    say,
    score_name,
    setting_name,
    setting_value,
    with_error,
)
from shoal.tables import Task

_MOST_LABELS = 6
_HAVE_A_MIDDLE = 3  # values


class Line(NamedTuple):
    """A model's scores on the held-out rows."""

    model: str
    scores: tuple[str, ...]


def table_sentence(board: Board) -> str:
    """What was searched on."""
    outcome = board.outcome
    size = say("table", table=name(outcome.table, 60), rows=f"{outcome.rows:,}", columns=outcome.columns)
    if outcome.task is Task.REGRESSION:
        return size + say("target_number")
    labels = [name(label, 24) for label in outcome.classes[:_MOST_LABELS]]
    labels += ["…"] * (len(outcome.classes) > _MOST_LABELS)
    return size + say("target_classes", count=len(outcome.classes), labels=say("comma").join(labels))


def search_sentence(board: Board) -> str:
    """What was tried."""
    outcome = board.outcome
    linear = sum(candidate.linear for candidate in outcome.candidates)
    tried = say(
        "searched",
        candidates=len(outcome.candidates),
        linear=linear,
        networks=len(outcome.candidates) - linear,
        folds=outcome.folds,
        fits=f"{outcome.fits:,}",
        time=duration(outcome.seconds),
    )
    return tried + (say("resumed", count=outcome.resumed) if outcome.resumed else "")


def answer_sentence(board: Board) -> str:
    """Which model was chosen, and what it scores where the search never looked."""
    outcome, score = board.outcome, board.outcome.score
    return say(
        "answer",
        model=model_words(board.chosen.candidate, outcome.task),
        parameters=f"{board.chosen.candidate.parameters:,}",
        rows=f"{len(outcome.truth):,}",
        score=score_name(score),
        value=with_error(outcome.held_out["network"][score]),
    )


def held_out_lines(board: Board) -> tuple[list[str], list[Line]]:
    """Names of the scores, and a line a model; the linear one has none if it is the chosen one."""
    outcome = board.outcome
    first = outcome.held_out["network"]
    names = [outcome.score, *(score for score in first if score != outcome.score)]
    models = {"network": say("chosen_model", model=model_words(board.chosen.candidate, outcome.task))}
    if not board.chosen.candidate.linear or outcome.held_out["linear"] != first:
        models["linear"] = text(f"training.model_linear_{family(outcome.task)}")
    models["nothing"] = text(f"training.model_nothing_{family(outcome.task)}")
    lines = [
        Line(words, tuple(with_error(outcome.held_out[model][score]) for score in names))
        for model, words in models.items()
    ]
    return [score_name(score) for score in names], lines


def layer_sentences(board: Board) -> list[str]:
    """Whether the hidden layer earns its place: in cross-validation, and on the held-out rows."""
    gain = with_error(board.outcome.comparison.gain)
    verdict = say(
        f"verdict_{board.outcome.comparison.verdict}",
        gain=gain,
        loss=loss_name(board.outcome.task),
        rows=f"{len(board.outcome.truth):,}",
        nothing=text(f"training.model_nothing_{family(board.outcome.task)}"),
    )
    return [_layer_in_folds(board), verdict]


def _layer_in_folds(board: Board) -> str:
    linear, network = board.linear, board.network
    if linear is None or network is None:
        return say("layer_no_linear" if linear is None else "layer_no_network")
    values = {
        "score": score_name(board.outcome.score),
        "linear": with_error(linear.score),
        "network": with_error(network.score),
    }
    distance = linear.score.value - network.score.value
    if distance <= 0:
        return say("layer_linear_better", **values)
    if not math.isfinite(network.score.error):
        return say("layer_no_error", **values)
    return say("layer_as_good" if distance <= network.score.error else "layer_network_better", **values)


def rule_sentence(board: Board) -> str:
    """What the one-standard-error rule did."""
    values = {"best": _described(board, board.best), "chosen": _described(board, board.chosen)}
    if board.chosen is board.best:
        if not math.isfinite(board.limit):
            return say("rule_no_error", **values)
        return say("rule_best", limit=like(board.limit, board.best.score), **values)
    return say("rule_simpler", limit=like(board.limit, board.best.score), **values)


def edge_sentence(board: Board) -> str:
    """What the best candidate has the lowest or the highest of, if no other value comes near it; or "".

    Then the grid may have ended too soon; but not where a search was stopped, or where nothing can be below.
    """
    here = board.best.candidate.settings
    found = []
    for setting in board.varied:
        numbers = _numbers(board, setting)
        others = [entry for value, entry in numbers if value != here.get(setting)]
        values = sorted({value for value, _ in numbers})
        is_edge = len(values) >= _HAVE_A_MIDDLE and here.get(setting) in (values[0], values[-1])
        if is_edge and here[setting] != 0 and not any(entry.score.value <= board.limit for entry in others):
            place = "edge_highest" if here[setting] == values[-1] else "edge_lowest"
            found.append(say(place, setting=setting_name(setting), value=setting_value(here[setting])))
    if not found or board.outcome.interrupted or not math.isfinite(board.limit):
        return ""
    return say("edge", settings=say("edge_and").join(found))


def _numbers(board: Board, setting: str) -> list[tuple[Any, Entry]]:
    """The numbers that a setting has among candidates of the best one's kind, those that failed too."""
    found = []
    for entry in board.entries:
        value = entry.candidate.settings.get(setting)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and setting != "seed"
        if is_number and entry.candidate.linear is board.best.candidate.linear:
            found.append((value, entry))
    return found


def _described(board: Board, entry: Entry) -> str:
    return say(
        "described",
        rank=entry.rank,
        model=model_words(entry.candidate, board.outcome.task),
        parameters=f"{entry.candidate.parameters:,}",
        score=with_error(entry.score),
    )
