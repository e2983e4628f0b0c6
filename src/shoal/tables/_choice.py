"""Which candidate a search over a table chooses: by which score, and why not simply the best one.

Among many candidates the best mean is partly luck. So all that are within one standard error of it count as
good as it, and of those the simplest is taken (Breiman, Friedman, Olshen and Stone 1984, section 3.4.3): for
no loss that could be told from chance, it has fewer parameters to go wrong.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shoal.base.errors import DataError
from shoal.tables import Task
from shoal.tables._outcome import Candidate
from shoal.tables._trials import Trial

SCORES = {
    Task.CLASSIFICATION: {"log_loss": "neg_log_loss", "accuracy": "accuracy"},
    Task.REGRESSION: {"rmse": "neg_root_mean_squared_error", "r2": "r2"},
}
"""scikit-learn's scorers by our names; the first one decides, and is the lower the better."""


def deciding(task: Task) -> str:
    """The score that decides."""
    return next(iter(SCORES[task]))


def choose(candidates: Sequence[Candidate], trials: Sequence[Trial]) -> int:
    """The one-standard-error rule: of those as good as the best, the simplest; then the better one.

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
    return min(within, key=lambda number: (*trials[number].complexity, means[number]))


def candidates_of(
    results: Mapping[str, Any], trials: Sequence[Trial], task: Task, histories: Sequence[Any] = ()
) -> list[Candidate]:
    """The trials with their scores, fold by fold."""
    folds = sum(key.startswith("split") for key in results) // len(SCORES[task])
    scores = {}
    for name, scorer in SCORES[task].items():
        sign = -1 if scorer.startswith("neg_") else 1
        of_folds = [results[f"split{fold}_test_{name}"] for fold in range(folds)]
        scores[name] = sign * np.array(of_folds, dtype=np.float64).T  # (candidates, folds)
    found = []
    for number, trial in enumerate(trials):
        curves = [curve for curve in (histories[number] if histories else ()) if curve is not None]
        found.append(
            Candidate(
                trial.settings,
                trial.parameters,
                {name: values[number] for name, values in scores.items()},
                tuple(curve.cost for curve in curves),
                tuple(curve.score for curve in curves),
                float(results["mean_fit_time"][number] * folds),
            )
        )
    return found
