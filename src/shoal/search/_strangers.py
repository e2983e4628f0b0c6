"""Candidates that are not shoal's: scikit-learn fits and scores them, one fit after another."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from joblib import effective_n_jobs
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from shoal.base.errors import UsageError
from shoal.estimators._sklearn import fit_and_score
from shoal.search._candidates import CandidateResult

if TYPE_CHECKING:
    from shoal.search._scoring import FitScorer


def refuse_study(search: Any, stranger: str | None) -> None:
    """Refuse a study of what is not shoal's: it would not go on to the same bits."""
    if getattr(search, "study", None) is not None and stranger is not None:
        raise UsageError("search.study_foreign", kind=stranger)


def train_strangers(
    search: Any, scorer: "FitScorer", params: Sequence[Mapping[str, Any]], numbers: Sequence[int]
) -> Iterator[dict[int, CandidateResult]]:
    """Train and score the candidates of these numbers; yields the results of as many as there are jobs."""
    data, jobs, base = scorer.data, effective_n_jobs(search.n_jobs), clone(search.estimator)
    folds = range(len(data.folds))
    with Parallel(n_jobs=search.n_jobs, pre_dispatch=search.pre_dispatch) as parallel:
        for begin in range(0, len(numbers), jobs):
            some = numbers[begin : begin + jobs]
            results = parallel(
                delayed(fit_and_score)(
                    clone(base),
                    data.X,
                    data.y,
                    scorer=scorer.scorer,
                    train=data.folds[fold][0],
                    test=data.folds[fold][1],
                    verbose=search.verbose,
                    parameters=params[k],
                    fit_params=data.fit_params,
                    score_params=data.score_params,
                    return_train_score=scorer.train_too,
                    return_n_test_samples=True,
                    return_times=True,
                    split_progress=(fold, len(folds)),
                    candidate_progress=(k, len(params)),
                    error_score=scorer.error_score,
                )
                for k, fold in product(some, folds)
            )
            parts = [results[start : start + len(folds)] for start in range(0, len(results), len(folds))]
            yield {
                k: CandidateResult(part, [None] * len(folds), 0) for k, part in zip(some, parts, strict=True)
            }
