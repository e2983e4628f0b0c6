"""What a search over a table came to: a record that the command line prints and the report draws.

Nothing in it is a model or a row of the table, but for the held-out rows' outputs, which judge the winner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables import Finding, Task
from shoal.tables._scores import Comparison, Score, mean_score

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A setting that was tried on every fold.

    Attributes
    ----------
    settings : mapping
        What sets it apart, by short name: ``model`` ("linear" or "network"), ``hidden`` (a tuple),
        ``activation``, ``solver``, ``learning_rate``, ``l2``, ...; a linear model has fewer of them, and
        "lbfgs" has no learning rate.
    parameters : int
        How many numbers it learns, p.
    scores : mapping
        By the name of the score, the score of each fold, (folds,); NaN where the fit failed.
    costs, validation : sequence of arrays
        Fold by fold, the training cost of each epoch, and its score on the rows that it stops by (empty
        arrays where there are none).
    seconds : float
        Its share of the one training run, all folds together.
    """

    settings: Mapping[str, Any]
    parameters: int
    scores: Mapping[str, Floats]
    costs: Sequence[Floats] = ()
    validation: Sequence[Floats] = ()
    seconds: float = 0.0

    @property
    def linear(self) -> bool:
        """Whether it has no hidden layer."""
        return bool(self.settings["model"] == "linear")

    def mean(self, score: str) -> Score:
        """Mean over the folds, and the standard error of that mean."""
        return mean_score(self.scores[score])


@dataclass(frozen=True)
class Outcome:
    """All candidates, which one was chosen and why, and how it did on rows that the search never saw.

    Attributes
    ----------
    table, rows, columns, target, task, classes
        The table's name and size, its target, what kind it is, the labels (empty for a number).
    candidates : sequence of Candidate
        In the order in which they were tried.
    score : str
        The score that decides (a key of `Candidate.scores`): "log_loss" or "rmse", the lower the better.
    best, chosen : int
        The candidate with the best mean; the simplest one within one standard error of it.
    best_linear, best_network : int or None
        The best one of each kind.
    held_out : mapping
        By model ("network" is the chosen one, whatever it is; "linear", "nothing") and score: on the
        held-out rows.
    comparison : Comparison
        The chosen one beside the linear model, held-out row by held-out row.
    outputs, truth : arrays
        Of the chosen one on the held-out rows: logarithms of probabilities (m, classes) and numbers of
        classes (m,), or predicted numbers and true ones, (m,) each.
    fits, seconds, folds : int, float, int
        How many models were trained in how long; how often each candidate.
    resumed : int
        Candidates that a study had finished before: they were not trained again.
    planned : int
        Candidates that there would have been: more than `candidates` if the search was stopped.
    """

    table: str
    rows: int
    columns: int
    target: str
    task: Task
    classes: Sequence[Any]
    candidates: Sequence[Candidate]
    score: str
    best: int
    chosen: int
    best_linear: int | None
    best_network: int | None
    held_out: Mapping[str, Mapping[str, Score]]
    comparison: Comparison
    outputs: Floats
    truth: NDArray[Any]
    fits: int
    seconds: float
    folds: int
    planned: int
    resumed: int = 0
    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped before all candidates had been tried."""
        return len(self.candidates) < self.planned
