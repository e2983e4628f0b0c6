"""How names, settings, scores and times are written in the report, in the language in force.

Names come from strangers: they are shortened, unprintable characters are spelled out, and right-to-left
script is set apart, so that it cannot turn the words around it. Nothing is escaped here: the page does that.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from shoal.base.shown import plain
from shoal.base.texts import page, text
from shoal.tables import Task
from shoal.tables import _scores as table_scores
from shoal.tables._outcome import TableCandidate
from shoal.tables._scores import Score

_FIRST_STRONG, _END = "\u2068", "\u2069"  # Unicode's invisible brackets around text of another direction
_BETWEEN = "\u00a0±\u00a0"  # a line does not break here


def say(key: str, /, **values: object) -> str:
    """A text of the report's page of the catalogue."""
    return text(f"search_report.{key}", **values)


def name(value: object, longest: int = 40) -> str:
    """A column, a label, a file: one short line, as in the command line's messages but for the quotes."""
    written = plain(value, longest)
    turned = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in written)
    return f"{_FIRST_STRONG}{written}{_END}" if turned else written


def with_error(score: Score) -> str:
    """``0.845 ± 0.027`` on one line."""
    return table_scores.with_error(score).replace(" ± ", _BETWEEN)


def like(value: float, score: Score) -> str:
    """A number with the digits that `score` is written with."""
    return with_error(Score(value, score.error)).split(_BETWEEN)[0]


def duration(seconds: float) -> str:
    """``0.25 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 10:
        return say("seconds", seconds=f"{seconds:.2g}")
    minutes, rest = divmod(round(seconds), 60)
    return say("minutes", minutes=minutes, seconds=rest) if minutes else say("seconds", seconds=rest)


def score_name(score: str) -> str:
    """``log loss``; of a score that the catalogue does not know, its own name."""
    return text(f"training.score_{score}") if f"score_{score}" in page("training") else name(score)


def loss_name(task: Task) -> str:
    """What a row costs."""
    return text(f"training.loss_{family(task)}")


def family(task: Task) -> str:
    """The catalogue's word for the kind of target."""
    return "classes" if task is Task.CLASSIFICATION else "number"


def setting_name(setting: str) -> str:
    """``learning rate``; of a setting that the catalogue does not know, its own name."""
    return say(f"setting_{setting}") if f"setting_{setting}" in page("search_report") else name(setting)


def setting_value(value: Any, longest: int = 24) -> str:
    """``64, 32``, ``0.001``, ``relu``, ``yes``."""
    if isinstance(value, bool):
        return say("yes" if value else "no")
    if value is None:
        return say("automatic")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return name(", ".join(map(str, value)), longest)
    return name(value, longest)


def model_words(candidate: TableCandidate, task: Task) -> str:
    """``logistic regression`` or ``network 64, 32 (relu)``."""
    if candidate.linear:
        return text(f"training.model_linear_{family(task)}")
    units = setting_value(candidate.settings.get("hidden", ()))
    if "activation" not in candidate.settings:
        return say("network", units=units)
    return say("network_of", units=units, activation=setting_value(candidate.settings["activation"]))
