"""How names, settings, scores and times are written, in the language in force.

Names come from strangers: they are shortened, unprintable characters are spelled out, and right-to-left
script is isolated, so that it cannot reorder the words around it. The page escapes them.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from shoal.base.shown import plain
from shoal.base.texts import page, text
from shoal.tables import Task
from shoal.tables._outcome import TableCandidate
from shoal.tables._scores import DEVIANCE, Score, with_error

_FIRST_STRONG, _END = "\u2068", "\u2069"  # Unicode's invisible brackets around text of another direction


def name(value: object, longest: int = 40) -> str:
    """A column, a label or a file as one short line."""
    written = plain(value, longest)
    turned = any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in written)
    return f"{_FIRST_STRONG}{written}{_END}" if turned else written


def with_digits_of(score: Score, value: float) -> str:
    """A number, rounded to the digits that `score` is written with."""
    return with_error(Score(value, score.error)).split(" ± ")[0]


def duration(seconds: float) -> str:
    """``0.25 s``, ``12 s``, ``3 min 20 s``."""
    if seconds < 10:
        return text("report_words.seconds", seconds=f"{seconds:.2g}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return text("report_words.minutes", minutes=minutes, seconds=rest)
    return text("report_words.seconds", seconds=rest)


def score_name(score: str) -> str:
    """``log loss``; a score that the catalogue does not have keeps its own name."""
    return text(f"training.score_{score}") if f"score_{score}" in page("training") else name(score)


def loss_name(task: Task, counts: bool = False) -> str:
    """The loss of one row, by which two models are compared."""
    return text("training.score_poisson_deviance" if counts else f"training.loss_{task_key(task)}")


def linear_name(task: Task, counts: bool = False) -> str:
    """``logistic regression``, ``linear regression (ridge)`` or ``Poisson regression``."""
    return text(f"training.model_linear_{'count' if counts else task_key(task)}")


def baseline_name(task: Task) -> str:
    """What one would predict without a model: ``always the mean``."""
    return text(f"training.model_nothing_{task_key(task)}")


def task_key(task: Task) -> str:
    """How the keys of the catalogue end that have one text for classes and one for numbers."""
    return "classes" if task is Task.CLASSIFICATION else "number"


def setting_name(setting: str) -> str:
    """``learning rate``; a setting that the catalogue does not have keeps its own name."""
    known = f"setting_{setting}" in page("report_words")
    return text(f"report_words.setting_{setting}") if known else name(setting)


def setting_value(value: Any, longest: int = 24) -> str:
    """``64, 32``, ``0.001``, ``relu``, ``yes``."""
    if isinstance(value, bool):
        return text("report_words.yes") if value else text("report_words.no")
    if value is None:
        return text("report_words.automatic")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return name(", ".join(map(str, value)), longest)
    return name(value, longest)


def model_name(candidate: TableCandidate, task: Task) -> str:
    """``logistic regression`` or ``network 64, 32 relu``."""
    if candidate.linear:
        return linear_name(task, DEVIANCE in candidate.scores)
    units = setting_value(candidate.settings.get("hidden", ()))
    if "activation" not in candidate.settings:
        return text("report_words.network", units=units)
    activation = setting_value(candidate.settings["activation"])
    return text("report_words.network_of", units=units, activation=activation)
