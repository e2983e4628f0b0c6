"""What the searches share: scikit-learn's search, but all candidates on all folds are one training run.

Everything around the training is scikit-learn's own: which candidates there are, the folds, the scorers, the
shape of `cv_results_`, who is best. Only `fit` is ours, and it hands scikit-learn's `_run_search` another
`evaluate_candidates`.
"""

import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.estimators._sklearn import (
    BaseSearchCV,
    callback_context,
    check_method_params,
    fit_context,
    has_callbacks,
    insert_error_scores,
    is_multimetric,
    num_samples,
    scorers_by_name,
    warn_or_raise_about_fit_failures,
)
from shoal.search import _pipelines as pipelines
from shoal.search._folds import Folds, Table
from shoal.search._population import Candidate, Curve, Fit, Population, waves
from shoal.search._progress import tell_fits, warn_of_limits
from shoal.search._scoring import Judge
from shoal.search._study import Finished, Study

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
Progress = Callable[[int, int, float | None], None]


class InOneRun(BaseSearchCV):  # type: ignore[misc]
    """A search whose candidates are trained together.

    Attributes
    ----------
    histories_ : list of list of Curve
        By candidate and fold, the training cost and validation score of each epoch; None for a fit that
        failed or has no epochs.
    n_resumed_ : int
        How many candidates a study had finished before: they were not trained again.
    """

    histories_: list[list[Curve | None]]
    n_resumed_: int
    on_progress: Progress | None = None  # told after each wave: fits done, fits in all, the best mean score

    @fit_context(prefer_skip_nested_validation=False)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Train all candidates on all folds, choose the best, and fit it on all rows.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
            The rows to learn from.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        **params : dict
            As in scikit-learn: `sample_weight` for the fits (and scorers that take it), `groups` for the
            splitter, or what metadata routing was told to send where.

        Returns
        -------
        self : object

        Raises
        ------
        UsageError
            If the estimator is not one of ours, or an argument is set that could only be ignored.
        ValueError
            As scikit-learn: if a parameter is unknown, or all fits failed.
        """
        if getattr(self, "pre_dispatch", "2*n_jobs") != "2*n_jobs":
            raise UsageError("search.pre_dispatch")
        if _listens(self):  # callbacks want to see the fits one by one
            pipelines.innermost(self.estimator)
            if getattr(self, "study", None) is not None:
                raise UsageError("search.study_callbacks")
            return super().fit(X, y, **params)
        scorers, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        context = callback_context(self, 2).call_on_fit_task_begin(estimator=self, X=X, y=y)
        table = self._cut(X, y, routed)
        judge = Judge(table, scorers, self.error_score, self.return_train_score)
        evaluation = Evaluation(self, judge)
        try:
            asks = "callback_ctx" in signature(self._run_search).parameters  # one of a subclass may not
            self._run_search(evaluation, **({"callback_ctx": context} if asks else {}))
        except KeyboardInterrupt:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it shall not come out as anything else
                evaluation.publish()
            raise
        evaluation.publish()
        warn_of_limits(evaluation.last_round)
        self._choose(scorers, refit_metric, evaluation.first_score)
        self.scorer_ = scorers_by_name(scorers) if is_multimetric(scorers) else scorers
        if self.refit:
            self._refit(X, y, routed.estimator.fit)
        context.call_on_fit_task_end(estimator=self, X=X, y=y)
        return self

    def _cut(self, X: Any, y: Any, routed: Any) -> Table:
        """The table and its folds."""
        split_params = routed.splitter.split
        self._checked_cv_orig = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        self._check_input_parameters(X=X, y=y, split_params=split_params)
        self.n_splits_ = self._checked_cv_orig.get_n_splits(X, y, **split_params)
        every = np.arange(num_samples(X))  # folds may be masks, lists, or count from the end
        folds = [(every[a], every[b]) for a, b in self._checked_cv_orig.split(X, y, **split_params)]
        if len(folds) != self.n_splits_ or not folds:
            raise ValueError(text("search.folds", expected=self.n_splits_, got=len(folds)))
        return Table(X, y, routed.estimator.fit, routed.scorer.score, folds)

    def _choose(self, scorers: Any, refit_metric: Any, first_score: Any) -> None:
        """The best candidate, as scikit-learn chooses it."""
        self.multimetric_ = isinstance(first_score, dict)
        if callable(self.scoring) and self.multimetric_:  # that it is multimetric is known only now
            self._check_refit_for_multimetric(first_score)
            refit_metric = self.refit
        if not self.refit and self.multimetric_:
            return
        results = self.cv_results_
        self.best_index_ = self._select_best_index(self.refit, refit_metric, results)
        if not callable(self.refit):
            self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _refit(self, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        best = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        begun = time.perf_counter()
        self.best_estimator_ = best.fit(X, y, **fit_params)
        self.refit_time_ = time.perf_counter() - begun
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_


class Evaluation:
    """What `_run_search` calls, once or more, with candidates; it keeps all results."""

    def __init__(self, search: InOneRun, judge: Judge) -> None:
        self.search, self.judge, self.table = search, judge, judge.table
        n_jobs = search.n_jobs
        threads = None if n_jobs is None else effective_n_jobs(n_jobs)
        self.population = Population(Folds(self.table), threads, getattr(search, "max_resources_", None))
        study = getattr(search, "study", None)
        self.study = None if study is None else Study.open(study, search, judge)
        self.params: list[Mapping[str, Any]] = []
        self.finished: list[Finished] = []
        self.resumed = 0  # of these, from the study
        self.more: dict[str, list[Any]] = defaultdict(list)
        self._kept: dict[Any, list[Fit]] = {}  # of this round; equal candidates each have their own
        self._before: dict[Any, list[Fit]] = {}  # of the round before
        self.last_round: list[Finished] = []
        self._formatted: dict[str, Any] | None = None  # once, for scikit-learn warns while it does it

    @property
    def first_score(self) -> Any:
        """The first candidate's on the first fold: it tells whether there are several scores."""
        return self.finished[0].results[0]["test_scores"]

    def __call__(
        self,
        candidate_params: Any,
        cv: Any = None,
        more_results: Mapping[str, Sequence[Any]] | None = None,
        callback_ctx: Any = None,
    ) -> dict[str, Any]:
        """Train and judge the candidates; all results so far, formatted as `cv_results_`."""
        if cv not in (None, self.search._checked_cv_orig):
            raise UsageError("search.other_cv")
        params = list(candidate_params)
        base = clone(self.search.estimator)
        candidates = [Candidate.of(base, each) for each in params]
        if not candidates:
            raise ValueError(text("search.no_candidates"))
        if self.search.verbose:
            print(text("search.fitting", folds=len(self.table.folds), candidates=len(candidates)))
        self._forget_the_eliminated(candidates)
        self._formatted = None
        if self.search.error_score == "raise":
            for candidate in candidates:
                if candidate.refused is not None:
                    raise candidate.refused
        found: dict[int, Finished] = {}
        try:
            self._evaluate(candidates, found)
        finally:  # after Ctrl-C too, what was finished is there
            done = sorted(found)
            self.params.extend(params[k] for k in done)
            self.finished.extend(found[k] for k in done)
            for key, values in (more_results or {}).items():
                self.more[key].extend(values[k] for k in done)
            if callable(self.search.scoring):
                insert_error_scores(self._results_of_fits, self.search.error_score)
        out = [result for k in done for result in found[k].results]
        warn_or_raise_about_fit_failures(out, self.search.error_score)
        self.last_round = list(found.values())
        self._formatted = self.results()
        return self._formatted

    def _evaluate(self, candidates: list[Candidate], found: dict[int, Finished]) -> None:
        """Wave after wave; those that a study has are not trained again."""
        if self.study is not None:
            found.update(self.study.known(candidates))
            self.resumed += len(found)
            self._tell(found, len(candidates))
        waiting = [k for k in range(len(candidates)) if k not in found]
        for wave in self._waves([candidates[k] for k in waiting]):
            numbers = [waiting[place] for place in wave]
            new = self._wave([candidates[k] for k in numbers])
            found.update(zip(numbers, new, strict=True))
            if self.study is not None:
                self.study.keep([candidates[k] for k in numbers], new)
            self._tell(found, len(candidates))

    def _waves(self, candidates: list[Candidate]) -> Iterator[list[int]]:
        """The waves; if an error is to end the search, one candidate is judged before others are trained."""
        first = 1 if self.search.error_score == "raise" and candidates else 0
        yield from [[0]] * first
        yield from ([first + place for place in wave] for wave in waves(candidates[first:], self.table))

    def _wave(self, candidates: list[Candidate]) -> list[Finished]:
        """Prepare, train and judge some candidates on all folds."""
        self.population.folds.forget(but={candidate.kind for candidate in candidates})
        folds = range(len(self.table.folds))
        fits = [self._fit(candidate, fold) for candidate in candidates for fold in folds]
        self._raise_if_asked(fits)
        self.population.train(fits)
        self._raise_if_asked(fits)
        results = self.judge.judge(fits)
        tell_fits(fits, results, self.search.verbose)
        step = len(folds)
        return [
            Finished(
                results[start : start + step],
                [fit.curve() for fit in fits[start : start + step]],
                sum(fit.reached_limit for fit in fits[start : start + step]),
            )
            for start in range(0, len(fits), step)
        ]

    def _fit(self, candidate: Candidate, fold: int) -> Fit:
        """A new fit; or, in successive halving, the one of the round before, which is continued."""
        if self.population.horizon is None:
            return self.population.begin(candidate, fold)
        key = (candidate.identity(self.search.resource), fold)
        if before := self._before.get(key):
            fit = self.population.go_on(before.pop(), candidate)
        else:
            fit = self.population.begin(candidate, fold)
        self._kept.setdefault(key, []).append(fit)
        return fit

    def _forget_the_eliminated(self, candidates: Sequence[Candidate]) -> None:
        """Keep the fits of those only that go on into the next round."""
        if self.population.horizon is not None:
            still = {candidate.identity(self.search.resource) for candidate in candidates}
            self._before = {key: fits for key, fits in self._kept.items() if key[0] in still}
            self._kept = {}

    def _raise_if_asked(self, fits: Sequence[Fit]) -> None:
        for fit in fits:
            if fit.error is not None and self.search.error_score == "raise":
                raise fit.error

    def _tell(self, found: Mapping[int, Finished], candidates: int) -> None:
        """Say how far the search is."""
        if self.search.on_progress is not None:
            folds = len(self.table.folds)
            means = [one.mean(self.search.refit) for one in found.values()]
            best = max((mean for mean in means if np.isfinite(mean)), default=None)
            self.search.on_progress(len(found) * folds, candidates * folds, best)

    def results(self) -> dict[str, Any]:
        """In the shape of `cv_results_`."""
        formatted: dict[str, Any] = self.search._format_results(
            self.params, len(self.table.folds), self._results_of_fits, self.more
        )
        return formatted

    @property
    def _results_of_fits(self) -> list[dict[str, Any]]:
        """Of all candidates so far, fold by fold."""
        return [result for one in self.finished for result in one.results]

    def publish(self) -> None:
        """Hand over what there is: after Ctrl-C the candidates that were finished."""
        for name in OF_AN_EARLIER_FIT:
            self.search.__dict__.pop(name, None)
        if self.finished:
            self.search.cv_results_ = self._formatted or self.results()
            self.search.histories_ = [one.curves for one in self.finished]
            self.search.n_resumed_ = self.resumed


def _listens(search: Any) -> bool:
    """Whether there are callbacks, of the search or of the estimator and what is in it."""
    estimator = search.estimator
    parts = [
        search,
        estimator,
        *(estimator.get_params().values() if hasattr(estimator, "get_params") else ()),
    ]
    return any(map(has_callbacks, parts))
