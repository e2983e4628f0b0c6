"""The page: what is said and drawn goes into the template, which escapes every text.

The file stands alone: its policy forbids the browser to load anything or to run any script.
"""

from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from shoal.base.texts import language, page
from shoal.report import _summary as summary
from shoal.report import _svg as svg
from shoal.report._board import Board, board_of, score_names, table_of
from shoal.report._calibration import bins_of, calibration_chart
from shoal.report._curves import curve_charts
from shoal.report._effects import effect_charts
from shoal.report._mistakes import confusion_of
from shoal.report._residuals import number_charts
from shoal.report._size_chart import size_chart
from shoal.report._wording import name, say, score_name
from shoal.tables import Task
from shoal.tables._outcome import Outcome

_LANGUAGES = {"en": "en", "zh": "zh-Hans"}


def render(outcome: Outcome) -> str:
    """The whole page, in the language in force; the same outcome gives the same page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_read("page.html.jinja"))
    board = board_of(outcome)
    with svg.style():
        values = {**_in_words(board), **_candidates(board), **_held_out(outcome)}
    css = Markup(_read("page.css"))  # ours: nothing of a stranger is in it
    return template.render(lang=_LANGUAGES[language()], say=say, css=css, outcome=outcome, **values)


def _read(part: str) -> str:
    return (files("shoal.report") / part).read_text(encoding="utf-8")


def _in_words(board: Board) -> dict[str, Any]:
    outcome = board.outcome
    columns, lines = summary.held_out_lines(board)
    left_out, used = (
        [str(found) for found in outcome.findings if found.drop is drop] for drop in (True, False)
    )
    return {
        "target": name(outcome.target),
        "about": summary.table_sentence(board),
        "searched": summary.search_sentence(board),
        "answer": summary.answer_sentence(board),
        "layers": summary.layer_sentences(board),
        "rule": summary.rule_sentence(board),
        "edge": summary.edge_sentence(board),
        "held_out_columns": columns,
        "held_out_lines": lines,
        "definitions": _definitions(outcome),
        "left_out": left_out,
        "used_anyway": used,
    }


def _definitions(outcome: Outcome) -> list[tuple[str, str]]:
    """Of each score on the page, its name and what it is."""
    scores = dict.fromkeys([*score_names(outcome), *outcome.held_out["network"]])
    known = [score for score in scores if f"define_{score}" in page("search_report")]
    return [(score_name(score), say(f"define_{score}")) for score in known]


def _candidates(board: Board) -> dict[str, Any]:
    """Charts need a score: there are none if every candidate failed."""
    return {
        "table": table_of(board),
        "size": size_chart(board) if board.ranked else None,
        "effects": effect_charts(board) if board.ranked else None,
        "curves": curve_charts(board),
        "chosen_curve": any(len(cost) for cost in board.chosen.candidate.costs),
    }


def _held_out(outcome: Outcome) -> dict[str, Any]:
    """How the chosen one errs, if there are rows to see it by and all outputs are numbers."""
    outputs = np.exp(outcome.outputs) if outcome.task is Task.CLASSIFICATION else outcome.outputs
    nothing: dict[str, Any] = {"bins": [], "calibration": None, "confusion": None, "errors": []}
    if len(outcome.truth) == 0 or not np.isfinite(outputs).all():
        return nothing
    if outcome.task is Task.REGRESSION:
        return {**nothing, "errors": number_charts(outcome)}
    bins = bins_of(outcome)
    return {
        **nothing,
        "bins": bins,
        "calibration": calibration_chart(outcome, bins),
        "confusion": confusion_of(outcome),
    }
