"""What training on a table found and measured: a record that a model file keeps and that people read.

Nothing in it depends on the clock or the language: the same table and seed give the same file.
"""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shoal.base import schema
from shoal.tables import _document
from shoal.tables._columns import Finding, read_finding
from shoal.tables._notes import Note
from shoal.tables._scores import DEVIANCE, Comparison, Score, Verdict
from shoal.tables.encode import Task

JUDGED_MODELS = ("network", "linear", "nothing")
SCORES = {
    Task.CLASSIFICATION: ("accuracy", "log_loss", "brier"),
    Task.REGRESSION: ("r2", "rmse", "mae"),
}


@dataclass(frozen=True)
class SearchSummary:
    """How a search found the settings of a model.

    Attributes
    ----------
    candidates, planned : int
        How many were tried, and how many would have been tried if nobody had stopped the search.
    folds : int
        How many times each was trained.
    score : str
        The score that decided: a key of `SCORES`.
    mean : Score
        The mean of this score over the folds, of the chosen candidate.
    """

    candidates: int
    planned: int
    folds: int
    score: str
    mean: Score

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        return {**asdict(self), "mean": self.mean.plain()}


@dataclass(frozen=True)
class TrainingRecord:
    """How a model of a table was trained, and how good it is.

    Attributes
    ----------
    rows : dict
        The number of rows without a target, and of training, validation and test rows.
    findings : tuple of Finding
        What was wrong with columns; those with `drop` were left out.
    settings : dict
        The settings that were asked for.
    scores : dict
        The scores of each of `JUDGED_MODELS` on the test rows, by the names in `SCORES`; of counts also
        "poisson_deviance".
    comparison : Comparison
        Whether the hidden layers make the model better.
    linear_l2 : float
        The L2 penalty that was chosen for the linear model.
    best_epoch : int
        The epoch whose parameters were kept: the first is 1; 0 for a model without hidden layers.
    fingerprint : str
        Of the table, see `fingerprint_of`: `shoal evaluate` says so if it judges the model on the same table.
    found : SearchSummary or None
        How a search found the settings; None if a person chose them.
    refit : bool
        Whether the model was then trained again on all rows, the test rows too.
    over_nothing : dict
        By how much the loss of a test row is lower than with no model, by model ("network", "linear"): the
        mean and its standard error, row by row. Empty in older files.
    noticed : tuple of Note
        What was noticed about the rows and the target: copies, the order of time, rare classes, skew.
    held_out : dict
        Of classes: "auc", "average_precision", the "classes" with their recall, and the "confusion" matrix,
        all on the test rows; with a cost of errors, also the "mean_cost". Empty for a number.
    split : dict
        Which rows were held out, see `RowSplit.to_dict`; empty where they can be drawn again.
    """

    rows: dict[str, int]
    findings: tuple[Finding, ...]
    settings: dict[str, Any]
    scores: dict[str, dict[str, Score]]
    comparison: Comparison
    linear_l2: float
    best_epoch: int
    fingerprint: str
    found: SearchSummary | None = None
    refit: bool = False
    over_nothing: dict[str, Score] = field(default_factory=dict)
    noticed: tuple[Note, ...] = ()
    held_out: dict[str, Any] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether the target was learned, and judged, as a count."""
        return self.settings.get("loss") == "poisson"

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        gains = {name: gain.plain() for name, gain in self.over_nothing.items()}
        return {
            "rows": self.rows,
            "findings": [finding.to_dict() for finding in self.findings],
            "settings": self.settings,
            "scores": {
                model: {name: score.plain() for name, score in found.items()}
                for model, found in self.scores.items()
            },
            "verdict": str(self.comparison.verdict),
            "gain": self.comparison.gain.plain(),
            "linear_l2": self.linear_l2,
            "best_epoch": self.best_epoch,
            "fingerprint": self.fingerprint,
            **({"found": self.found.to_dict()} if self.found else {}),
            "refit": self.refit,
            **({"over_nothing": gains} if gains else {}),
            **({"noticed": [_of_note(note) for note in self.noticed]} if self.noticed else {}),
            **({"held_out": self.held_out} if self.held_out else {}),
            **({"split": self.split} if self.split else {}),
        }

    @classmethod
    def from_dict(cls, document: object, task: Task) -> Self:
        """The record that `to_dict` described; a ModelFileError for any other document."""
        values = _document.read("report", _record_of(task, _of_counts(document)), document)
        comparison = Comparison(values.pop("verdict"), values.pop("gain"))
        return cls(**values, comparison=comparison)


def _of_counts(document: object) -> bool:
    """Whether the settings in it say so; nothing in it is certain yet."""
    settings = document.get("settings") if isinstance(document, dict) else None
    return isinstance(settings, dict) and settings.get("loss") == "poisson"


def fingerprint_of(X: NDArray[np.float64], y: NDArray[Any]) -> str:
    """SHA-256 of encoded rows and their targets, in their order."""
    labels = "\0".join(map(str, y.tolist()))
    digest = hashlib.sha256(X.ravel().data)  # not its bytes, which would be a copy
    digest.update(labels.encode())
    return digest.hexdigest()


# --- reading it from a model file -------------------------------------------------------------------

_NOT_NEGATIVE = schema.number_between(0, math.inf)
_RANGES = {
    "accuracy": (0, 1),
    "log_loss": (0, math.inf),
    "brier": (0, 2),
    "r2": (-math.inf, 1),
    "rmse": (0, math.inf),
    "mae": (0, math.inf),
    DEVIANCE: (0, math.inf),
}
_SETTINGS: dict[str, schema.Check] = {
    "seed": schema.count_between(0, 2**63 - 1),
    "test_share": schema.number_between(0, 1),
    "l2": schema.nullable(_NOT_NEGATIVE),
}


def _record_of(task: Task, counts: bool) -> schema.Check:
    """The schema of the record of such a model."""
    scores = (*SCORES[task], *[DEVIANCE] * counts)
    of_a_model = schema.record({name: _score_in(*_RANGES[name]) for name in scores})
    found = {"score": schema.one_of(*scores), "mean": _score_in()}
    numbers = dict.fromkeys(("candidates", "planned", "folds"), schema.count)
    search = schema.record(numbers | found)
    return schema.record(
        {
            "rows": _ROWS,
            "findings": schema.list_of(read_finding),
            "settings": _read_settings,
            "scores": schema.record(dict.fromkeys(JUDGED_MODELS, of_a_model)),
            "verdict": schema.enumeration(Verdict),
            "gain": _score_in(),
            "linear_l2": _NOT_NEGATIVE,
            "best_epoch": schema.count,
            "fingerprint": schema.text,
        },
        optional={
            "found": lambda value: SearchSummary(**search(value)),
            "refit": schema.truth,
            "over_nothing": schema.record(dict.fromkeys(("network", "linear"), _score_in())),
            "noticed": lambda value: tuple(schema.list_of(_read_note)(value)),
            "held_out": _HELD_OUT,
            "split": schema.record(dict.fromkeys(("validation", "test"), _bits)),
        },
    )


def _score_in(least: float = -math.inf, most: float = math.inf) -> schema.Check:
    """A score within its meaning, and its standard error; None stands for what is not a number."""
    checks = schema.nullable(schema.number_between(least, most)), schema.nullable(_NOT_NEGATIVE)

    def check(value: object) -> Score:
        pair = schema.list_of(schema.anything, length=2)(value)
        found = [schema.at(f"[{place}]", checks[place], pair[place]) for place in range(2)]
        return Score(*(math.nan if number is None else number for number in found))

    return check


def _read_settings(value: object) -> dict[str, Any]:
    """Those of `TrainSettings`, or of a search; what is used again is checked."""
    settings = schema.mapping(value)
    for name, check in _SETTINGS.items():
        if name not in settings:
            raise schema.MismatchError(name, problem="missing")
        schema.at(name, check, settings[name])
    return settings


def _of_note(note: Note) -> dict[str, Any]:
    return {"kind": note.kind, "columns": list(note.columns), "evidence": dict(note.evidence)}


def _read_note(value: object) -> Note:
    found = _NOTE(value)
    note = Note(found["kind"], found["evidence"], tuple(found["columns"]))
    try:
        str(note)
    except (KeyError, ValueError) as error:  # there is no such text, or a number for it is missing
        raise schema.MismatchError("evidence") from error
    return note


def _bits(value: object) -> str:
    """A bit for each row, as `RowSplit.to_dict` writes them."""
    bits = schema.text(value)
    try:
        base64.b64decode(bits, validate=True)
    except ValueError as error:
        raise schema.MismatchError("") from error
    return str(bits)


_PART = schema.number_between(0, 1)
_CLASS = dict.fromkeys(("precision", "recall", "f1"), _PART) | {
    "label": schema.anything,
    "rows": schema.count,
}
_HELD_OUT = schema.record(
    {
        "auc": schema.nullable(_PART),
        "average_precision": schema.nullable(_PART),
        "classes": schema.list_of(schema.record(_CLASS)),
        "confusion": schema.list_of(schema.list_of(schema.count)),
    },
    optional={
        "mean_cost": schema.record(
            dict.fromkeys(("likeliest", "cheapest"), schema.number_between(0, math.inf))
        )
    },
)
_NOTE = schema.record(
    {"kind": schema.text, "columns": schema.list_of(schema.text), "evidence": schema.mapping}
)
_ROWS = schema.record(dict.fromkeys(("unknown_target", "train", "validation", "test"), schema.count))
