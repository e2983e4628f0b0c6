"""Candidates are trained and scored here, wave after wave, and their results collected.

An `Evaluation` is the `evaluate_candidates` that scikit-learn's `_run_search` calls: once in a grid search,
once for each round in successive halving.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone

from shoal.base.errors import UsageError, warn
from shoal.base.texts import text
from shoal.estimators._sklearn import insert_error_scores, warn_or_raise_about_fit_failures
from shoal.search import _pipelines as pipelines
from shoal.search._candidates import Candidate, CandidateResult, Fit
from shoal.search._folds import Folds
from shoal.search._population import Population
from shoal.search._progress import print_fits
from shoal.search._scoring import FitScorer
from shoal.search._strangers import refuse_study, train_strangers
from shoal.search._study import Study
from shoal.search._waves import waves

OF_AN_EARLIER_FIT = (
    "cv_results_",
    "histories_",
    "n_resumed_",
    "best_estimator_",
    "best_index_",
    "best_params_",
    "best_score_",
    "refit_time_",
)
"""Attributes of the search that `publish` removes before it sets some of them anew."""


class Evaluation:
    """Trains and scores candidates, and keeps all results.

    Parameters
    ----------
    search : PopulationSearch
        Its parameters say how.
    scorer : FitScorer
        The data, and how fits are scored.
    """

    def __init__(self, search: Any, scorer: FitScorer) -> None:
        self.search, self.scorer, self.data = search, scorer, scorer.data
        n_jobs = search.n_jobs
        threads = None if n_jobs is None else effective_n_jobs(n_jobs)
        self.population = Population(Folds(self.data), threads, _horizon(search))
        study = getattr(search, "study", None)
        self.study = None if study is None else Study.open(study, search, scorer)
        self.params: list[Mapping[str, Any]] = []
        self.results: list[CandidateResult] = []
        self.n_resumed = 0  # of these, from the study
        self.last_round: list[CandidateResult] = []
        self._more: dict[str, list[Any]] = defaultdict(list)
        self._fits: dict[Any, list[Fit]] = {}  # of this round; equal candidates have a fit each
        self._earlier_fits: dict[Any, list[Fit]] = {}  # of the round before
        self._cv = search._checked_cv_orig  # by which the data is cut now
        self._told_of_strangers = False
        self._formatted: dict[str, Any] | None = None  # kept, for scikit-learn warns each time it formats

    @property
    def first_score(self) -> Any:
        """The score of the first candidate on the first fold: it shows whether there are several scores."""
        return self.results[0].folds[0]["test_scores"]

    def __call__(
        self,
        candidate_params: Any,
        cv: Any = None,
        more_results: Mapping[str, Sequence[Any]] | None = None,
        callback_ctx: Any = None,
    ) -> dict[str, Any]:
        """Train and score the candidates; returns all results so far, formatted as `cv_results_`."""
        self._cut_by(self.search._checked_cv_orig if cv is None else cv)
        params = list(candidate_params)
        base = clone(self.search.estimator)
        candidates = [Candidate.of(base, each) for each in params]
        if not candidates:
            raise ValueError(text("search.no_candidates"))
        self._tell_of_strangers(candidates)
        if self.search.verbose:
            print(text("search.fitting", folds=len(self.data.folds), candidates=len(candidates)))
        self._forget_the_eliminated(candidates)
        self._formatted = None
        if self.search.error_score == "raise":
            for candidate in candidates:
                if candidate.refused is not None:
                    raise candidate.refused
        done: dict[int, CandidateResult] = {}
        try:
            self._evaluate(candidates, done)
        finally:  # after Ctrl-C too, what was finished is kept
            self._collect(params, done, more_results or {})
        out = [result for k in sorted(done) for result in done[k].folds]
        warn_or_raise_about_fit_failures(out, self.search.error_score)
        self.last_round = list(done.values())
        self._formatted = self._format()
        return self._formatted

    def publish(self) -> None:
        """Set the attributes of the search; after Ctrl-C they hold the candidates that were finished."""
        for name in OF_AN_EARLIER_FIT:
            self.search.__dict__.pop(name, None)
        if self.results:
            self.search.cv_results_ = self._formatted or self._format()
            self.search.histories_ = [result.curves for result in self.results]
            self.search.n_resumed_ = self.n_resumed

    def _cut_by(self, cv: Any) -> None:
        """From now on the folds are those of this splitter: with rows as the resource, each round's."""
        if cv is self._cv:
            return
        if self.study is not None:
            raise UsageError("search.other_cv")
        self._cv, self.data = cv, self.data.cut_by(cv, self.search.n_splits_)
        self.scorer = replace(self.scorer, data=self.data)
        self.population.folds = Folds(self.data)

    def _tell_of_strangers(self, candidates: Sequence[Candidate]) -> None:
        """One warning for all candidates that are not ours."""
        strangers = [each for each in candidates if each.network is None]
        if strangers and not self._told_of_strangers:
            kind = pipelines.name_of(pipelines.innermost(strangers[0].estimator))
            refuse_study(self.search, kind)
            counts = {"strangers": len(strangers), "candidates": len(candidates)}
            warn(text("search.some_one_by_one", kind=kind, **counts), UserWarning)
            self._told_of_strangers = True

    # ------------------------------------------------------------------ one wave after another

    def _evaluate(self, candidates: list[Candidate], done: dict[int, CandidateResult]) -> None:
        """Train and score what is not in the study."""
        if self.study is not None:
            done.update(self.study.known(candidates))
            self.n_resumed += len(done)
            self._report_progress(done, len(candidates))
        strangers = [k for k, each in enumerate(candidates) if each.network is None]
        waiting = [k for k in range(len(candidates)) if k not in {*done, *strangers}]
        for wave in self._waves([candidates[k] for k in waiting]):
            numbers = [waiting[place] for place in wave]
            results = self._wave([candidates[k] for k in numbers])
            done.update(zip(numbers, results, strict=True))
            if self.study is not None:
                self.study.keep([candidates[k] for k in numbers], results)
            self._report_progress(done, len(candidates))
        if strangers:
            params = [candidate.params for candidate in candidates]
            for trained in train_strangers(self.search, self.scorer, params, strangers):
                done.update(trained)
                self._report_progress(done, len(candidates))

    def _waves(self, candidates: list[Candidate]) -> Iterator[list[int]]:
        """The waves. If an error shall end the search, the first is one candidate: it may fail at once."""
        first = 1 if self.search.error_score == "raise" and candidates else 0
        yield from [[0]] * first
        yield from ([first + place for place in wave] for wave in waves(candidates[first:], self.data))

    def _wave(self, candidates: list[Candidate]) -> list[CandidateResult]:
        """Prepare, train and score some candidates on all folds."""
        self.population.folds.keep_only({candidate.shared for candidate in candidates})
        folds = range(len(self.data.folds))
        fits = [self._fit(candidate, fold) for candidate in candidates for fold in folds]
        self._raise_if_asked(fits)
        self.population.train(fits)
        self._raise_if_asked(fits)
        results = self.scorer.results(fits)
        print_fits(fits, results, self.search.verbose)
        starts = range(0, len(fits), len(folds))
        parts = [slice(start, start + len(folds)) for start in starts]
        return [CandidateResult.of(fits[part], results[part]) for part in parts]

    def _raise_if_asked(self, fits: Sequence[Fit]) -> None:
        for fit in fits:
            if fit.error is not None and self.search.error_score == "raise":
                raise fit.error

    def _report_progress(self, done: Mapping[int, CandidateResult], candidates: int) -> None:
        if self.search.on_progress is not None:
            folds = len(self.data.folds)
            means = [result.mean(self.search.refit) for result in done.values()]
            best = max((mean for mean in means if np.isfinite(mean)), default=None)
            self.search.on_progress(len(done) * folds, candidates * folds, best)

    # ------------------------------------------------------------------ successive halving

    def _fit(self, candidate: Candidate, fold: int) -> Fit:
        """A new fit; in successive halving the fit of the round before, which goes on."""
        if self.population.horizon is None:
            return self.population.begin(candidate, fold)
        key = (candidate.key_without(self.search.resource), fold)
        if earlier := self._earlier_fits.get(key):
            fit = self.population.go_on(earlier.pop(), candidate)
        else:
            fit = self.population.begin(candidate, fold)
        self._fits.setdefault(key, []).append(fit)
        return fit

    def _forget_the_eliminated(self, candidates: Sequence[Candidate]) -> None:
        """Free the fits that do not go on in the next round."""
        if self.population.horizon is not None:
            still = {candidate.key_without(self.search.resource) for candidate in candidates}
            self._earlier_fits = {key: fits for key, fits in self._fits.items() if key[0] in still}
            self._fits = {}

    # ------------------------------------------------------------------ all results

    def _collect(
        self,
        params: list[Mapping[str, Any]],
        done: Mapping[int, CandidateResult],
        more_results: Mapping[str, Sequence[Any]],
    ) -> None:
        """Append the results, in the order of the candidates."""
        numbers = sorted(done)
        self.params.extend(params[k] for k in numbers)
        self.results.extend(done[k] for k in numbers)
        for key, values in more_results.items():
            self._more[key].extend(values[k] for k in numbers)
        if callable(self.search.scoring):
            insert_error_scores(self._results_of_fits, self.search.error_score)

    @property
    def _results_of_fits(self) -> list[dict[str, Any]]:
        """Of all candidates so far, fold by fold."""
        return [result for candidate in self.results for result in candidate.folds]

    def _format(self) -> dict[str, Any]:
        """All results in the shape of `cv_results_`."""
        formatted: dict[str, Any] = self.search._format_results(
            self.params, len(self.data.folds), self._results_of_fits, self._more
        )
        return formatted


def _horizon(search: Any) -> int | None:
    """How many epochs the last round has; None if nothing goes on from round to round, as with rows."""
    rows = getattr(search, "resource", None) == "n_samples"
    return None if rows else getattr(search, "max_resources_", None)
