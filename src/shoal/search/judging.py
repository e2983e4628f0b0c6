"""Scores of fitted candidates: the usual ones for a fold in one pass, any other as scikit-learn does it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._validation import _score
from sklearn.utils.validation import _num_samples

from shoal.search.folds import Table
from shoal.search.population import Fit


@dataclass(frozen=True)
class Judge:
    """Turns fits into what scikit-learn's own `_fit_and_score` returns.

    Parameters
    ----------
    table : Table
        Whose rows judge.
    scorer : callable
        As scikit-learn has it: one scorer, or several in a `_MultimetricScorer`.
    error_score : float or "raise"
        What a fit or a scorer that fails is worth.
    train_too : bool
        Whether the rows that were learned from are scored as well.
    """

    table: Table
    scorer: Any
    error_score: Any
    train_too: bool

    def judge(self, fits: Sequence[Fit]) -> list[dict[str, Any]]:
        """A result for each fit, in their order."""
        return [self._result(fit) for fit in fits]

    def try_out(self, fit: Fit) -> None:
        """Ask the scorer about a network that is not trained yet: one that raises says so now."""
        if fit.runs and fit.error is None:
            X, y, params = self.table.part(fit.candidate.estimator, fit.fold, learned=False)
            _score(fit.estimator, X, y, self.scorer, params, "raise")

    def _result(self, fit: Fit) -> dict[str, Any]:
        begun = time.perf_counter()
        sides = ("test", "train") if self.train_too else ("test",)
        result: dict[str, Any] = {"fit_error": fit.why, "fit_time": fit.seconds}
        for side in sides:
            result[f"{side}_scores"] = self._scores(fit, learned=side == "train")
            if side == "test":
                result["score_time"] = time.perf_counter() - begun if fit.error is None else 0.0
        result["n_test_samples"] = _num_samples(self.table.folds[fit.fold][1])
        return result

    def _scores(self, fit: Fit, *, learned: bool) -> Any:
        if fit.error is not None:
            return self._worth_of_failure()
        X, y, params = self.table.part(fit.candidate.estimator, fit.fold, learned=learned)
        return _score(fit.estimator, X, y, self.scorer, params, self.error_score)

    def _worth_of_failure(self) -> Any:
        if isinstance(self.scorer, _MultimetricScorer):
            return dict.fromkeys(self.scorer._scorers, self.error_score)
        return self.error_score
