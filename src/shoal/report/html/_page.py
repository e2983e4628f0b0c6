"""The page: what is said and drawn goes into the template, which escapes every text.

The file stands alone: its policy forbids the browser to load anything or to run any script.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from shoal.base import look
from shoal.base.aligned import at_the_point
from shoal.base.texts import language, page, text
from shoal.report.html._calibration import bins_of, calibration_chart
from shoal.report.html._confusion import confusion_of
from shoal.report.html._curves import curve_charts
from shoal.report.html._effect_charts import effect_charts
from shoal.report.html._marks import key
from shoal.report.html._residuals import number_charts
from shoal.report.html._size_chart import size_chart
from shoal.report.words import _closing as closing
from shoal.report.words import _summary as summary
from shoal.report.words._board import LeaderBoard, board_of, score_names, table_of
from shoal.report.words._names import name, score_name
from shoal.tables import Task
from shoal.tables._outcome import Outcome

_AS_A_DIGIT = "\u2007"  # a space as wide as a digit
_LANGUAGES = {"en": "en", "zh": "zh-Hans"}


def render(outcome: Outcome) -> str:
    """The whole page, in the language in force; the same outcome gives the same page."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=typeset
    )
    environment.globals.update(text=text, key=key)
    template = environment.from_string(_read("page.html.jinja"))
    board = board_of(outcome)
    css = Markup(look.css() + _read("page.css"))
    values = {**_in_words(board), **_candidates(board), **_held_out(outcome)}
    return template.render(lang=_LANGUAGES[language()], css=css, outcome=outcome, **values)


def typeset(value: Any) -> Any:
    """Typography that plain text does not have: a line does not break within ``0.845 ± 0.027``."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return re.sub(rf"(?<=[\d{_AS_A_DIGIT}]) ± (?=\d)", "\u00a0±\u00a0", value)


def _read(part: str) -> str:
    return (files(__package__) / part).read_text(encoding="utf-8")


def _in_words(board: LeaderBoard) -> dict[str, Any]:
    outcome = board.outcome
    left_out, used = (
        [str(found) for found in outcome.findings if found.drop is drop] for drop in (True, False)
    )
    return {
        "target": name(outcome.target),
        "about": summary.table_sentence(board),
        "interrupted": summary.interrupted_sentence(board),
        "searched": summary.search_sentence(board),
        "answer": summary.answer_sentence(board),
        "layer": summary.layer_answer(board),
        "rule": summary.rule_sentence(board),
        "edge": summary.edge_sentence(board),
        "held_out": _aligned(summary.held_out_table(board)),
        "definitions": _definitions(outcome),
        "left_out": left_out,
        "used_anyway": used,
        **_closing(outcome),
    }


def _closing(outcome: Outcome) -> dict[str, list[str]]:
    """What makes the scores too good, and what follows from them: as on the command line."""
    if outcome.record is None:
        return {"too_good": [], "further": []}
    return {
        "too_good": closing.too_good(outcome.record),
        "further": closing.further_sentences(
            replace(outcome.record, found=None),  # of a search that was stopped the page speaks above
            *(outcome.task, outcome.costs, outcome.inputs),
        ),
    }


def _aligned(table: summary.HeldOutTable) -> summary.HeldOutTable:
    """The same with numbers whose points stand under each other, by spaces as wide as a digit."""
    columns = [_at_the_point(column) for column in zip(*(line.scores for line in table.models), strict=True)]
    rows = zip(table.models, zip(*columns, strict=True), strict=True)
    return table._replace(models=tuple(line._replace(scores=scores) for line, scores in rows))


def _at_the_point(column: Sequence[str]) -> list[str]:
    parts = [entry.partition(" ± ") for entry in at_the_point(column)]
    as_digits = str.maketrans({" ": _AS_A_DIGIT, "-": "\u2212"})  # the true minus is as wide as a digit, too
    return [value.translate(as_digits) + sign + error for value, sign, error in parts]


def _definitions(outcome: Outcome) -> list[tuple[str, str]]:
    """The name of each score on the page, and what it is."""
    scores = dict.fromkeys([*score_names(outcome), *outcome.held_out["network"]])
    known = [score for score in scores if f"define_{score}" in page("report_page")]
    keys = {"rmse": "define_rmse_beside"} if outcome.counts else {}  # another one decides
    return [(score_name(score), text(f"report_page.{keys.get(score, f'define_{score}')}")) for score in known]


def _candidates(board: LeaderBoard) -> dict[str, Any]:
    """Charts need a score: there are none if every candidate failed."""
    return {
        "table": table_of(board),
        "badges": {"chosen": text("report_charts.key_chosen"), "best": text("report_page.badge_best")},
        "size": size_chart(board) if board.scored else None,
        "effects": effect_charts(board) if board.scored else None,
        "curves": curve_charts(board),
        "chosen_curve": any(len(cost) for cost in board.chosen.candidate.costs),
    }


def _held_out(outcome: Outcome) -> dict[str, Any]:
    """How the chosen model errs, if there are rows to see it by and all outputs are numbers."""
    outputs = np.exp(outcome.outputs) if outcome.task is Task.CLASSIFICATION else outcome.outputs
    nothing: dict[str, Any] = {"bins": [], "calibration": None, "confusion": None, "residuals": []}
    if len(outcome.truth) == 0 or not np.isfinite(outputs).all():
        return nothing
    if outcome.task is Task.REGRESSION:
        return {**nothing, "residuals": number_charts(outcome)}
    bins = bins_of(outcome)
    return {
        **nothing,
        "bins": bins,
        "calibration": calibration_chart(outcome, bins),
        "confusion": confusion_of(outcome),
    }
