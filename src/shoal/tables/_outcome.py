"""The result of a search over a table: a record that the command line prints and the report draws.

It holds no fitted model and no row of the table, except what the chosen model says of the held-out rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._columns import Finding
from shoal.tables._record import TrainingRecord
from shoal.tables._scores import DEVIANCE, Comparison, Score, mean_score
from shoal.tables.encode import Task

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TableCandidate:
    """Settings to be tried on every fold, and what came of them.

    Attributes
    ----------
    settings : mapping
        What makes it different from the others, by short name: ``model`` ("linear" or "network"), ``hidden``
        (a tuple), ``activation``, ``solver``, ``learning_rate``, ``l2``, ...; a linear model has fewer of
        them, and "lbfgs" has no learning rate.
    parameters : int
        How many numbers it learns, p.
    scores : mapping
        By the name of the score, the score of each fold, (folds,); NaN where the fit failed. Empty before it
        was tried.
    costs, validation : sequence of arrays
        Fold by fold, the training cost of each epoch, and its score on the rows that stop the training (empty
        arrays where there are none).
    seconds : float
        Its share of the one training run, all folds together.
    estimator : estimator, optional
        Not fitted: each fold trains a copy.
    """

    settings: Mapping[str, Any]
    parameters: int
    scores: Mapping[str, Floats] = field(default_factory=dict)
    costs: Sequence[Floats] = ()
    validation: Sequence[Floats] = ()
    seconds: float = 0.0
    estimator: Any = None

    @property
    def linear(self) -> bool:
        """Whether it has no hidden layer."""
        return bool(self.settings["model"] == "linear")

    @property
    def complexity(self) -> tuple[bool, int]:
        """The smaller, the simpler: first without a hidden layer, then fewer parameters."""
        return not self.linear, self.parameters

    def mean(self, score: str) -> Score:
        """Mean over the folds, and the standard error of that mean."""
        return mean_score(self.scores[score])


@dataclass(frozen=True)
class Outcome:
    """All candidates, which one was chosen, and how good it is on rows that the search never saw.

    Attributes
    ----------
    table, rows, columns, target, task, classes
        The table's name and size, its target, what is learned, the labels (empty for a number).
    candidates : sequence of TableCandidate
        In the order in which they were tried.
    score : str
        The score that decides (a key of `TableCandidate.scores`): "log_loss", "rmse" or, of counts,
        "poisson_deviance"; the lower the better.
    best, chosen : int
        The candidate with the best mean; the simplest one within one standard error of it.
    best_linear, best_network : int or None
        The best one of each kind.
    held_out : mapping
        Scores on the held-out rows, by model ("network" is the chosen one, whatever it is; "linear",
        "nothing") and by name.
    comparison : Comparison
        The chosen one beside the linear model, held-out row by held-out row.
    outputs, truth : arrays
        What the chosen model says of the held-out rows, and what is true: logarithms of probabilities
        (m, classes) and places of the true classes (m,), or predicted and true numbers, (m,) each.
    fits, seconds, folds : int, float, int
        How many models were trained, in how long; how many times each candidate.
    resumed : int
        Candidates that a study had finished before: they were not trained again.
    planned : int
        How many candidates there would have been: more than `candidates` if the search was stopped.
    findings : sequence of Finding
        What is wrong with columns.
    record : TrainingRecord or None
        How the chosen one was trained and judged; None of an outcome that was made by hand.
    inputs : int
        How many inputs the chosen one has.
    costs : sequence of float
        Its training cost, epoch by epoch.
    """

    table: str
    rows: int
    columns: int
    target: str
    task: Task
    classes: Sequence[Any]
    candidates: Sequence[TableCandidate]
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
    record: TrainingRecord | None = None
    inputs: int = 0
    costs: Sequence[float] = ()

    @property
    def counts(self) -> bool:
        """Whether the target was learned, and judged, as a count."""
        return self.score == DEVIANCE

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped before all candidates had been tried."""
        return len(self.candidates) < self.planned
