"""What training on a table found and measured: a record that a model file keeps and people read.

Nothing in it depends on the clock or the language: the same table and seed give the same file.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from shoal.tables import Finding, FindingKind, Task
from shoal.tables import _strict as strict
from shoal.tables._scores import Comparison, Score, Verdict

MODELS = ("network", "linear", "nothing")
SCORES = {
    Task.CLASSIFICATION: ("accuracy", "log_loss", "brier"),
    Task.REGRESSION: ("r2", "rmse", "mae"),
}
_ROWS = ("unknown_target", "train", "validation", "test")


@dataclass(frozen=True)
class Found:
    """That a search found the settings: among how many candidates, and what was their mean over the folds.

    Attributes
    ----------
    candidates, planned : int
        How many were tried, and would have been tried if nobody had stopped the search.
    folds : int
        How often each was trained.
    score : str
        The score that decided: a key of `SCORES`.
    mean : Score
        The chosen one's.
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
class Report:
    """How a model of a table came about, and how good it is.

    Attributes
    ----------
    rows : dict
        How many had no target, were learned from, stopped by and judged by.
    findings : tuple of Finding
        What was wrong with columns; those with `drop` were left out.
    settings : dict
        What was asked for.
    scores : dict
        Of each of `MODELS`, by the names in `SCORES`, on the held-out rows.
    comparison : Comparison
        Whether the hidden layers earn their place.
    linear_l2 : float
        The L2 penalty that was chosen for the linear model.
    best_epoch : int
        The epoch whose parameters were kept; the first is 1.
    fingerprint : str
        Of the table, see `fingerprint_of`: who judges the model on the same table again is told so.
    found : Found or None
        Where the settings come from, if a search found them.
    """

    rows: dict[str, int]
    findings: tuple[Finding, ...]
    settings: dict[str, Any]
    scores: dict[str, dict[str, Score]]
    comparison: Comparison
    linear_l2: float
    best_epoch: int
    fingerprint: str
    found: Found | None = None

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        return {
            "rows": self.rows,
            "findings": [{**asdict(finding), "kind": str(finding.kind)} for finding in self.findings],
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
        }

    @classmethod
    def from_dict(cls, document: object, task: Task) -> Self:
        """The report that `to_dict` described; a ModelFileError for any other document."""
        checks: dict[str, strict.Check] = {
            "rows": lambda value: strict.read(value, "report.rows", dict.fromkeys(_ROWS, strict.count)),
            "findings": lambda value: tuple(_read_finding(entry) for entry in strict.items(value)),
            "settings": strict.mapping,
            "scores": lambda value: _read_scores(value, task),
            "verdict": lambda value: Verdict(strict.text(value)),
            "gain": _read_score,
            "linear_l2": strict.number,
            "best_epoch": strict.count,
            "fingerprint": strict.text,
        }
        if "found" in strict.mapping(document):
            checks["found"] = lambda value: _read_found(value, task)
        values = strict.read(document, "report", checks)
        comparison = Comparison(values.pop("verdict"), values.pop("gain"))
        return cls(**values, comparison=comparison)


def fingerprint_of(X: NDArray[np.float64], y: NDArray[Any]) -> str:
    """SHA-256 of encoded rows and their targets, in their order."""
    labels = "\0".join(map(str, y.tolist()))
    return hashlib.sha256(X.tobytes() + labels.encode()).hexdigest()


def _read_score(value: object) -> Score:
    pair = strict.items(value)
    if len(pair) != 2:
        raise ValueError
    return Score(*(math.nan if number is None else strict.number(number) for number in pair))


def _read_found(value: object, task: Task) -> Found:
    counts = dict.fromkeys(("candidates", "planned", "folds"), strict.count)
    checks: dict[str, strict.Check] = {**counts, "score": strict.text, "mean": _read_score}
    found = Found(**strict.read(value, "report.found", checks))
    if found.score not in SCORES[task]:
        raise ValueError
    return found


def _read_scores(value: object, task: Task) -> dict[str, dict[str, Score]]:
    of_a_model = dict.fromkeys(SCORES[task], _read_score)
    checks = dict.fromkeys(MODELS, lambda found: strict.read(found, "report.scores", of_a_model))
    return strict.read(value, "report.scores", checks)


def _read_finding(value: object) -> Finding:
    checks: dict[str, strict.Check] = {
        "kind": lambda kind: FindingKind(strict.text(kind)),
        "column": strict.text,
        "drop": strict.truth,
        "evidence": _read_evidence,
    }
    finding = Finding(**strict.read(value, "report.findings", checks))
    try:
        str(finding)
    except KeyError as error:  # its explanation needs a number that is not there
        raise ValueError from error
    return finding


def _read_evidence(value: object) -> dict[str, Any]:
    """Numbers and one text, by the names that the explanation of a finding fills in."""
    checks: dict[str, strict.Check] = {
        "rows": strict.count,
        "distinct": strict.count,
        "row": strict.count,
        "count": strict.count,
        "value": strict.text,
        "accuracy": strict.number,
        "r2": strict.number,
    }
    given = strict.mapping(value)
    return strict.read(given, "report.evidence", {name: checks[name] for name in given if name in checks})
