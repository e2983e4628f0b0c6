"""Scores of fits: the usual scores for all networks of a fold in one pass, any other by scikit-learn."""

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
from shoal.search._candidates import Fit
from shoal.search._folds import SearchData

MOST_OUTPUTS = 2**21  # numbers that networks predict before they are scored: 16 MiB


@dataclass(frozen=True)
class FitScorer:
    """Makes of fits what scikit-learn's own `_fit_and_score` returns.

    Parameters
    ----------
    data : SearchData
        Its test rows are scored.
    scorer : callable
        As scikit-learn has it: one scorer, or several in a `_MultimetricScorer`.
    error_score : float or "raise"
        The score of a fit that fails, or whose scorer fails.
    train_too : bool
        Whether the training rows are scored as well.
    """

    data: SearchData
    scorer: Any
    error_score: Any
    train_too: bool

    @property
    def names(self) -> list[str]:
        """The names of the scores; empty for a single scorer."""
        return list(scorers_by_name(self.scorer)) if is_multimetric(self.scorer) else []

    def results(self, fits: Sequence[Fit]) -> list[dict[str, Any]]:
        """A result for each fit, in their order."""
        results = [self._without_scores(fit) for fit in fits]
        for places in self._groups(fits):
            group = [fits[k] for k in places]
            begun = time.perf_counter()
            for k, scores in zip(places, self._scores(group, train=False), strict=True):
                results[k]["test_scores"] = scores
            seconds = (time.perf_counter() - begun) / len(group)
            for k in places:
                results[k]["score_time"] = seconds
            if self.train_too:
                for k, scores in zip(places, self._scores(group, train=True), strict=True):
                    results[k]["train_scores"] = scores
        return results

    def _groups(self, fits: Sequence[Fit]) -> Iterator[list[int]]:
        """The places of fits that share the data of a fold; not more than there is room for their outputs."""
        groups: dict[Any, list[int]] = {}
        for k, fit in enumerate(fits):
            if fit.error is None:
                groups.setdefault((id(fit.data), type(fit.network)), []).append(k)
        for places in groups.values():
            first = fits[places[0]]
            rows = max(map(len, self.data.folds[first.fold]))
            network = getattr(first.network, "network_", None)  # a subclass's own `fit` may set none
            outputs = 1 if network is None else network.n[-1]
            most = max(1, MOST_OUTPUTS // (rows * outputs))
            yield from (places[begin : begin + most] for begin in range(0, len(places), most))

    def _without_scores(self, fit: Fit) -> dict[str, Any]:
        """The result of a fit that failed; for the others, what is still without the scores."""
        no_score = dict.fromkeys(self.names, self.error_score) if self.names else self.error_score
        result = {
            "fit_error": fit.traceback,
            "test_scores": no_score,
            "fit_time": fit.seconds,
            "score_time": 0.0,
        }
        if self.train_too:
            result["train_scores"] = no_score
        return result | {"n_test_samples": len(self.data.folds[fit.fold][1])}

    def _scores(self, group: Sequence[Fit], *, train: bool) -> list[Any]:
        """The scores of fits that share the data of a fold, on its training rows or its test rows."""
        first = group[0]
        X, y, params = self.data.part(first.candidate.estimator, first.fold, train=train)
        together = self._together(group, X, y, params)
        return [
            score(fit.estimator, X, y, self.scorer, params, self.error_score) if scores is None else scores
            for fit, scores in zip(group, together, strict=True)
        ]

    def _together(self, group: Sequence[Fit], X: Any, y: Any, params: Mapping[str, Any]) -> list[Any]:
        """The scores of each fit, if they are usual scores; None where scikit-learn has to score."""
        left_to_sklearn = [None] * len(group)
        vectorized = self._vectorized(group[0].network, params)
        if vectorized is None:
            return left_to_sklearn
        network, outer = group[0].network, group[0].outer
        try:
            X = pipelines.transformed(outer, X)
            columns = columns_of(network, X)
        except Exception:  # scikit-learn will raise what is wrong with these rows
            return left_to_sklearn
        truth = true_targets(
            y,
            params.get("sample_weight"),
            output=network.network_.output,
            classes=getattr(network, "classes_", None),
        )
        if truth is None:
            return left_to_sklearn
        if pipelines.changes_y(outer):
            outputs = {"A": np.stack([_predicted_numbers(fit, X) for fit in group])}
        else:
            wanted = {scorer.wants for scorer in vectorized.values()}
            outputs = {
                kind: np.stack([last_layer(fit.network, kind, columns) for fit in group]) for kind in wanted
            }
        found = {name: scorer(outputs[scorer.wants], truth) for name, scorer in vectorized.items()}
        return [self._shaped({name: float(s[k]) for name, s in found.items()}) for k in range(len(group))]

    def _vectorized(self, network: Any, params: Mapping[str, Any]) -> dict[str, VectorizedScorer] | None:
        """The vectorized scorers by name; None if one of the scorers has no vectorized form."""
        scorers = scorers_by_name(self.scorer) if self.names else {"score": self.scorer}
        routed = bool(params) and get_config()["enable_metadata_routing"]  # scikit-learn sends params around
        ours = predicts_as_ours(network) and hasattr(network, "network_")
        if not ours or set(params) - {"sample_weight"} or routed:
            return None
        found = {name: vectorized_scorer(scorer, network) for name, scorer in scorers.items()}
        known = {name: scorer for name, scorer in found.items() if scorer is not None}
        return known if len(known) == len(found) else None

    def _shaped(self, scores: dict[str, float]) -> Any:
        """As the scorer would return them; None if one is not finite, for which scikit-learn has rules."""
        if not all(map(np.isfinite, scores.values())):
            return None
        return scores if self.names else scores["score"]


def _predicted_numbers(fit: Fit, X: Any) -> Any:
    """What a regressor behind a transformed y predicts for rows as its network is given them: (n_y, m)."""
    predicted = np.asarray(pipelines.behind_transformers(fit.estimator).predict(X))
    return predicted.reshape(len(predicted), -1).T
