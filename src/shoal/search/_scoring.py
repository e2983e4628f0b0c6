"""Scores of fitted candidates: the usual ones for a fold in one pass, any other as scikit-learn does it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import get_config

from shoal.estimators._predict import columns_of, last_layer, predicts_as_ours
from shoal.estimators._scorers import VectorizedScorer, true_targets, vectorized_scorer
from shoal.estimators._sklearn import is_multimetric, score, scorers_by_name
from shoal.search import _pipelines as pipelines
from shoal.search._folds import Table
from shoal.search._population import Fit

MOST_OUTPUTS = 2**21  # numbers that networks are asked for before they are scored: 16 MiB


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
        results = [self._without_scores(fit) for fit in fits]
        for places in self._groups(fits):
            group = [fits[k] for k in places]
            begun = time.perf_counter()
            for k, scores in zip(places, self._scores(group, learned=False), strict=True):
                results[k]["test_scores"] = scores
            seconds = (time.perf_counter() - begun) / len(group)
            for k in places:
                results[k]["score_time"] = seconds
            if self.train_too:
                for k, scores in zip(places, self._scores(group, learned=True), strict=True):
                    results[k]["train_scores"] = scores
        return results

    def _groups(self, fits: Sequence[Fit]) -> Iterator[list[int]]:
        """The places of fits that were given the same; no more together than there is room for outputs."""
        groups: dict[Any, list[int]] = {}
        for k, fit in enumerate(fits):
            if fit.error is None:
                groups.setdefault((id(fit.lesson), type(fit.network)), []).append(k)
        for places in groups.values():
            first = fits[places[0]]
            rows = max(map(len, self.table.folds[first.fold]))
            most = max(1, MOST_OUTPUTS // (rows * first.network.network_.n[-1]))
            yield from (places[begin : begin + most] for begin in range(0, len(places), most))

    def _without_scores(self, fit: Fit) -> dict[str, Any]:
        """The result of a fit that failed; of the others the scores are still to come."""
        worth = self.error_score
        if is_multimetric(self.scorer):
            worth = dict.fromkeys(scorers_by_name(self.scorer), worth)
        result = {"fit_error": fit.why, "test_scores": worth, "fit_time": fit.seconds, "score_time": 0.0}
        if self.train_too:
            result["train_scores"] = worth
        return result | {"n_test_samples": len(self.table.folds[fit.fold][1])}

    def _scores(self, group: Sequence[Fit], *, learned: bool) -> list[Any]:
        """The scores of fits that were given the same, on the same rows."""
        first = group[0]
        X, y, params = self.table.part(first.candidate.estimator, first.fold, learned=learned)
        together = self._together(group, X, y, params)
        return [
            score(fit.estimator, X, y, self.scorer, params, self.error_score) if scores is None else scores
            for fit, scores in zip(group, together, strict=True)
        ]

    def _together(self, group: Sequence[Fit], X: Any, y: Any, params: Mapping[str, Any]) -> list[Any]:
        """The scores of each fit if they are usual ones, and None where scikit-learn is to be asked."""
        nobody = [None] * len(group)
        twins = self._twins(group[0].network, params)
        if twins is None:
            return nobody
        network, outer = group[0].network, group[0].outer
        try:
            X = pipelines.transformed(outer, X)
            columns = columns_of(network, X)
        except Exception:  # scikit-learn will say what is wrong with these rows
            return nobody
        truth = true_targets(
            y,
            params.get("sample_weight"),
            output=network.network_.output,
            classes=getattr(network, "classes_", None),
        )
        if truth is None:
            return nobody
        if pipelines.changes_y(outer):
            outputs = {"A": np.stack([_numbers(fit, X) for fit in group])}
        else:
            kinds = {twin.wants for twin in twins.values()}
            outputs = {
                kind: np.stack([last_layer(fit.network, kind, columns) for fit in group]) for kind in kinds
            }
        found = {name: twin(outputs[twin.wants], truth) for name, twin in twins.items()}
        return [self._shaped({name: float(s[k]) for name, s in found.items()}) for k in range(len(group))]

    def _twins(self, network: Any, params: Mapping[str, Any]) -> dict[str, VectorizedScorer] | None:
        """The twins of all scorers by name; None if one of them has none."""
        several = is_multimetric(self.scorer)
        scorers = scorers_by_name(self.scorer) if several else {"score": self.scorer}
        routed = bool(params) and get_config()["enable_metadata_routing"]  # who gets what is its business
        if not predicts_as_ours(network) or set(params) - {"sample_weight"} or routed:
            return None
        twins = {name: vectorized_scorer(scorer, network) for name, scorer in scorers.items()}
        known = {name: twin for name, twin in twins.items() if twin is not None}
        return known if len(known) == len(twins) else None

    def _shaped(self, scores: dict[str, float]) -> Any:
        """As the scorer would return them; None if one of them is left to scikit-learn."""
        if not all(map(np.isfinite, scores.values())):
            return None
        return scores if is_multimetric(self.scorer) else scores["score"]


def _numbers(fit: Fit, X: Any) -> Any:
    """What a regressor behind a transformed y predicts for rows as its network is given them: (n_y, m)."""
    predicted = np.asarray(pipelines.behind_transformers(fit.estimator).predict(X))
    return predicted.reshape(len(predicted), -1).T
