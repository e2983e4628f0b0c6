"""What the searches share: scikit-learn's search, but all candidates on all folds are one training run.

Everything around the training is scikit-learn's own: which candidates there are, the folds, the scorers, the
shape of `cv_results_`, the choice of the best. Only `fit` is ours: it gives scikit-learn's `_run_search` an
`Evaluation` to call.
"""

import time
import warnings
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from shoal.base.errors import UsageError, warn
from shoal.base.numeric import as_numpy
from shoal.base.texts import text
from shoal.estimators._sklearn import (
    BaseSearchCV,
    callback_context,
    check_method_params,
    fit_context,
    has_callbacks,
    is_multimetric,
    scorers_by_name,
)
from shoal.search._candidates import Curve
from shoal.search._evaluation import Evaluation
from shoal.search._folds import SearchData
from shoal.search._kinds import Kinds
from shoal.search._progress import warn_of_limits
from shoal.search._scoring import FitScorer
from shoal.search._strangers import refuse_study

Progress = Callable[[int, int, float | None], None]


class PopulationSearch(BaseSearchCV):  # type: ignore[misc]
    """A search whose candidates are trained together.

    Attributes
    ----------
    histories_ : list of list of Curve
        By candidate and fold, the training cost and validation score of each epoch; None for a fit that
        failed, has no epochs, or was left to scikit-learn. Where that trains all candidates (with callbacks,
        or around estimators of others), there is no such attribute, nor the next.
    n_resumed_ : int
        How many candidates a study had finished before: they were not trained again.
    on_progress : callable or None
        Called after each wave of candidates with three numbers: how many fits are done, how many there are in
        all, and the best mean score so far (None if there is none yet). It may raise KeyboardInterrupt to
        stop the search. Set it after the search was made: it is not a parameter, so `clone` leaves it out.
    """

    histories_: list[list[Curve | None]]
    n_resumed_: int
    on_progress: Progress | None = None

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
            If an argument is set that could only be ignored, such as `study` where scikit-learn trains.
        ValueError
            As scikit-learn: if a parameter is unknown, or all fits failed.
        """
        kinds = Kinds.of(self)
        refuse_study(self, kinds.stranger)
        if _has_callbacks(self) or not kinds.some_ours:
            return self._fit_one_by_one(X, y, params, kinds)
        if kinds.all_ours and self.pre_dispatch != "2*n_jobs":
            raise UsageError("search.pre_dispatch")
        scorers, refit_metric = self._get_scorers()
        X, y = indexable(as_numpy(X, "X"), as_numpy(y, "y"))
        params = {name: as_numpy(value, name) for name, value in params.items()}
        params = check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        context = callback_context(self, 2).call_on_fit_task_begin(estimator=self, X=X, y=y)
        data = self._with_folds(X, y, routed)
        scorer = FitScorer(data, scorers, self.error_score, self.return_train_score)
        evaluation = Evaluation(self, scorer)
        try:
            takes_it = "callback_ctx" in signature(self._run_search).parameters  # a subclass's may not
            self._run_search(evaluation, **({"callback_ctx": context} if takes_it else {}))
        except KeyboardInterrupt:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a warning that is an error must not replace Ctrl-C
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

    def _fit_one_by_one(self, X: Any, y: Any, params: Mapping[str, Any], kinds: Kinds) -> Any:
        """scikit-learn's own search: callbacks must be called for each fit in turn, and strangers need it."""
        if getattr(self, "study", None) is not None:
            raise UsageError("search.study_callbacks")
        if not kinds.some_ours:
            warn(text("search.one_by_one", kind=kinds.stranger), UserWarning)
        for name in ("histories_", "n_resumed_"):  # of an earlier fit
            self.__dict__.pop(name, None)
        return super().fit(X, y, **params)

    def _with_folds(self, X: Any, y: Any, routed: Any) -> SearchData:
        """The data and its folds."""
        split_params = routed.splitter.split
        self._checked_cv_orig = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        self._check_input_parameters(X=X, y=y, split_params=split_params)
        self.n_splits_ = self._checked_cv_orig.get_n_splits(X, y, **split_params)
        whole = SearchData(X, y, routed.estimator.fit, routed.scorer.score, [], split_params)
        return whole.cut_by(self._checked_cv_orig, self.n_splits_)

    def _choose(self, scorers: Any, refit_metric: Any, first_score: Any) -> None:
        """The best candidate, as scikit-learn chooses it."""
        self.multimetric_ = isinstance(first_score, dict)
        if callable(self.scoring) and self.multimetric_:  # which is known only after the first score
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


def _has_callbacks(search: Any) -> bool:
    """Whether the search, its estimator or an estimator inside that one has callbacks."""
    estimator = search.estimator
    inside = estimator.get_params().values() if hasattr(estimator, "get_params") else ()
    return any(map(has_callbacks, (search, estimator, *inside)))
