"""Which candidate a search over a table chooses: by which score, and why not simply the best one.

Among many candidates the best mean is partly luck. So every candidate whose mean is within one standard error
of the best counts as equally good, and the simplest of them is chosen (Breiman, Friedman, Olshen and Stone
1984, section 3.4.3): it has fewer parameters, and its loss is not measurably higher.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from shoal.base.errors import DataError
from shoal.tables._outcome import TableCandidate
from shoal.tables._scores import DEVIANCE
from shoal.tables.encode import Task

SCORERS = {
    Task.CLASSIFICATION: {"log_loss": "neg_log_loss", "accuracy": "accuracy"},
    Task.REGRESSION: {"rmse": "neg_root_mean_squared_error", "r2": "r2"},
}
"""scikit-learn's scorers by our names. The first one decides; by our name, lower is better."""

_OF_COUNTS = {DEVIANCE: "neg_mean_poisson_deviance", **SCORERS[Task.REGRESSION]}


def scorers_of(task: Task, counts: bool = False) -> Mapping[str, str]:
    """Those of `SCORERS`, and first of all the deviance where counts are learned."""
    return _OF_COUNTS if counts else SCORERS[task]


def deciding(task: Task, counts: bool = False) -> str:
    """The score that decides."""
    return next(iter(scorers_of(task, counts)))


def choose(candidates: Sequence[TableCandidate]) -> int:
    """The one-standard-error rule: the simplest of those as good as the best; if several are, their best.

    Raises
    ------
    DataError
        If every candidate failed on some fold.
    """
    score = next(iter(candidates[0].scores))
    means = [candidate.mean(score).value for candidate in candidates]
    if not np.isfinite(means).any():
        raise DataError("table_search.all_failed", candidates=len(candidates))
    best = candidates[int(np.nanargmin(means))].mean(score)
    limit = best.value + (best.error if math.isfinite(best.error) else 0.0)
    within = [number for number, mean in enumerate(means) if mean <= limit]
    return min(within, key=lambda number: (*candidates[number].complexity, means[number]))


def with_results(
    candidates: Sequence[TableCandidate],
    results: Mapping[str, Any],
    scorers: Mapping[str, str],
    histories: Sequence[Any] = (),
) -> list[TableCandidate]:
    """The candidates with what a search found out: `results` are its ``cv_results_``."""
    folds = sum(key.startswith("split") for key in results) // len(scorers)
    scores = {}
    for name, scorer in scorers.items():
        sign = -1 if scorer.startswith("neg_") else 1
        of_folds = [results[f"split{fold}_test_{name}"] for fold in range(folds)]
        scores[name] = sign * np.array(of_folds, dtype=np.float64).T  # (candidates, folds)
    found = []
    for number, candidate in enumerate(candidates):
        curves = [curve for curve in (histories[number] if histories else ()) if curve is not None]
        result: dict[str, Any] = {
            "scores": {name: values[number] for name, values in scores.items()},
            "costs": tuple(curve.cost for curve in curves),
            "validation": tuple(curve.score for curve in curves),
            "seconds": float(results["mean_fit_time"][number] * folds),
        }
        found.append(replace(candidate, **result))
    return found
