"""From a table to the best of many models: what `shoal search` does, one small step after another.

The rows that judge in the end are held out first, the same ones as `shoal train` holds out: neither the
candidates nor the choice among them know anything of them. The other rows are cut into folds, and each
candidate, with its encoders, is trained once for each fold. The simplest candidate whose mean score is within
one standard error of the best is chosen (see `_choice`) and trained again on all rows that are not held out.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning

from shoal.base.errors import DataError, ShoalError
from shoal.base.shown import quoted
from shoal.search._grid import GridSearchCV
from shoal.tables._choice import choose, deciding, scorers_of, with_results
from shoal.tables._estimator import TableEstimator
from shoal.tables._estimators import candidates_of, check_grids
from shoal.tables._fitting import blank, fitted, stop_by_of
from shoal.tables._grids import DataSummary, Grid, grids_of
from shoal.tables._judge import fit_linear, record_of, recorded, truth_of, with_scale
from shoal.tables._networks import linear_estimator
from shoal.tables._outcome import Outcome, TableCandidate
from shoal.tables._plan import Plan, make_plan
from shoal.tables._record import SearchSummary, TrainingRecord
from shoal.tables._settings import SearchSettings
from shoal.tables._split import folds_of
from shoal.tables.encode import TableEncoder, Task, no_warning_of_many_classes
from shoal.tables.read import from_dataframe

if TYPE_CHECKING:
    import os

    import polars as pl

Arrays = NDArray[Any]

_LEAST_TO_STRATIFY = 3  # rows of a class: one to judge by, one to train on, one to validate on


_DEFAULTS = SearchSettings()


class Listener(Protocol):
    """Receives the progress of a search."""

    def trained(self, done: int, total: int, score: str, best: float | None) -> None:
        """`done` of all fits are finished; `best` is the best mean so far of the score that decides."""

    def stopped(self) -> None:
        """Ctrl-C came: the best candidate so far is trained on all rows, and the search ends."""


def search_table(
    table: Any,
    target: str,
    settings: SearchSettings = _DEFAULTS,
    *,
    name: str = "",
    grids: Sequence[Grid] = (),
    study: str | os.PathLike[str] | None = None,
    listener: Listener | None = None,
) -> tuple[TableEstimator, Outcome]:
    """Find the best model for a table.

    Parameters
    ----------
    table : polars, pandas or pyarrow table
        `shoal.tables.read_table` reads one from a file.
    target : str
        The column to predict.
    settings : SearchSettings, optional
        Budget, folds, columns and the like.
    name : str
        What the outcome calls the table.
    grids : sequence of Grid
        What to try instead of what a budget allows; `shoal.tables.read_grids` reads them from a file.
    study : path, optional
        A folder where finished candidates are kept.
    listener : Listener, optional
        Receives the progress of the search.

    Returns
    -------
    TableClassifier or TableRegressor, Outcome
        The best model, as `train_table` returns it; and everything that was tried. After Ctrl-C this is the
        best of the candidates that were finished.

    Raises
    ------
    UsageError
        If a column, a grid or a study is refused.
    DataError
        If the table, its target or a class cannot be learned from on so many folds.
    DivergedError
        If all candidates diverged.
    KeyboardInterrupt
        If no candidate was finished before Ctrl-C.
    """
    frame = from_dataframe(table)
    settings = replace(settings, budget=None) if grids else settings
    with no_warning_of_many_classes():
        plan = with_scale(make_plan(frame, target, settings), settings.log_target)
        check_folds(plan, settings.folds)
        data = _summary(plan, settings.folds)
        check_grids(grids, data.task, settings)
        planned = candidates_of(grids or grids_of(settings.budget or "small", data), data, settings)
        begun = time.perf_counter()
        winner, candidates, resumed = _search(plan, planned, settings, study, listener)
        tried = {
            "table": name,
            "rows": frame.height,
            "columns": frame.width,
            "candidates": candidates,
            "chosen": choose(candidates),
            "planned": len(planned),
            "resumed": resumed,
            "fits": (len(candidates) - resumed) * settings.folds,
            "folds": settings.folds,
            "seconds": time.perf_counter() - begun,
        }
        return _judged(winner, plan, settings, tried)


# --- before training --------------------------------------------------------------------------------


def check_folds(plan: Plan, folds: int) -> None:
    """Refuse more folds than the rows outside the test set allow: each fold trains a model and judges one.

    Raises
    ------
    DataError
        It names the class that is too rare, and what to do.
    """
    y = plan.y[plan.split.learned]
    if plan.target.task is Task.REGRESSION:
        if len(y) < 2 * folds:
            raise DataError("table_search.few_rows", rows=len(y), folds=folds, most=len(y) // 2)
        return
    labels, counts = np.unique(y, return_counts=True)
    needed = 4 if folds == 2 else folds  # two of each class are left to learn from
    rarest = int(counts.argmin())
    rows = int(counts[rarest])
    if rows < needed:
        enough = rows >= _LEAST_TO_STRATIFY
        key = "table_search.rare_class" if enough else "table_search.single_class"
        column, label = quoted(plan.target.name), quoted(labels[rarest])
        raise DataError(key, column=column, label=label, rows=rows, folds=folds)


def _summary(plan: Plan, folds: int) -> DataSummary:
    """What each fold will learn from, at the least."""
    learned = plan.split.learned
    inputs = len(TableEncoder.fit(plan.frame[learned], plan.reading.columns).feature_names)
    rows = len(learned) - math.ceil(len(learned) / folds)
    if plan.target.task is Task.REGRESSION:
        return DataSummary(plan.target.task, inputs, 0, rows)
    return DataSummary(plan.target.task, inputs, len(np.unique(plan.y[learned])), rows)


# --- the search -------------------------------------------------------------------------------------


def _search(
    plan: Plan,
    planned: Sequence[TableCandidate],
    settings: SearchSettings,
    study: str | os.PathLike[str] | None,
    listener: Listener | None,
) -> tuple[Any, list[TableCandidate], int]:
    """Train all candidates on all folds, choose one, and train it on all rows to learn from.

    Returns the chosen one as a fitted model of the table, the candidates that were tried, and how many of
    them a study had finished before.
    """
    task, learned = plan.target.task, plan.split.learned
    scorers = scorers_of(task, plan.counts)
    rows, y = plan.frame[learned].drop(plan.target.name), plan.y[learned]
    weights, place = plan.weights_of(learned), "estimator"
    weighed = {} if weights is None else {"sample_weight": weights}
    # the one inside is always the same, so that a study may grow
    empty = blank(plan, linear_estimator(task, 1.0, loss=plan.loss), tuple(plan.reading.columns))
    search = GridSearchCV(
        empty,
        {place: [candidate.estimator for candidate in planned]},
        scoring=scorers,
        cv=folds_of(y, task, settings.folds, settings.seed, plan.ties.of(learned)),
        refit=lambda results: choose(with_results(planned, results, scorers)),
        study=study,
    )
    if listener is not None:
        search.on_progress = _in_our_sign(listener, score := deciding(task, plan.counts))
        listener.trained(0, len(planned) * settings.folds, score, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FitFailedWarning)  # the outcome tells
        warnings.filterwarnings("ignore", "One or more of the test scores are non-finite", UserWarning)
        _fit(search, rows, y, weighed, clone(empty).set_params(**{place: planned[0].estimator}))
        tried = [_with_estimator(params[place], planned) for params in search.cv_results_["params"]]
        candidates = with_results(tried, search.cv_results_, scorers, search.histories_)
        if hasattr(search, "best_estimator_"):
            winner = search.best_estimator_
        else:  # it was stopped
            estimator = candidates[choose(candidates)].estimator
            if listener is not None:
                listener.stopped()
            winner = clone(empty).set_params(**{place: estimator}).fit(rows, y, **weighed)
    return winner, candidates, search.n_resumed_


def _fit(search: Any, rows: pl.DataFrame, y: Arrays, weighed: Mapping[str, Any], first: Any) -> None:
    """Fit the search; Ctrl-C is the end of it only if nothing was finished."""
    try:
        search.fit(rows, y, **weighed)
    except KeyboardInterrupt:
        if not hasattr(search, "cv_results_"):
            raise
    except ShoalError:
        raise
    except ValueError:  # of scikit-learn: all fits failed; the first one, alone, says why
        first.fit(rows, y, **weighed)
        raise


def _with_estimator(estimator: Any, candidates: Sequence[TableCandidate]) -> TableCandidate:
    return next(candidate for candidate in candidates if candidate.estimator is estimator)


def _in_our_sign(listener: Listener, score: str) -> Callable[[int, int, float | None], None]:
    """scikit-learn's scores are the higher the better."""

    def tell(done: int, total: int, best: float | None) -> None:
        listener.trained(done, total, score, None if best is None else -best)

    return tell


# --- after training ---------------------------------------------------------------------------------


def _judged(
    winner: Any, plan: Plan, settings: SearchSettings, tried: Mapping[str, Any]
) -> tuple[TableEstimator, Outcome]:
    """The winner, judged by the rows held out and then trained again on all rows; and all that was tried.

    `tried` are the attributes of the outcome that are known by now.
    """
    score, chosen = deciding(plan.target.task, plan.counts), tried["candidates"][tried["chosen"]]
    count, mean = len(tried["candidates"]), chosen.mean(score)
    summary = SearchSummary(count, tried["planned"], settings.folds, score, mean)
    asked = {**asdict(settings), **chosen.settings}
    X = winner.encoder_.transform(plan.frame)
    stopped_by = _stopped_by(winner.estimator_, plan)
    record = record_of(winner, fit_linear(X, plan), X, plan, asked, stopped_by, summary)
    held_out = X[plan.split.test]
    del X  # it takes as much as the table
    every = settings.refit and plan.own is None  # a test table only judges
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        final = fitted(plan, chosen.estimator, np.arange(len(plan.y)) if every else plan.split.learned)
    record = recorded(final, record, plan)
    known = {"inputs": final.estimator_.network_.n[0], "costs": tuple(final.estimator_.loss_curve_)}
    return final, _outcome(winner, record, held_out, plan, {**tried, **known})


def _stopped_by(estimator: Any, plan: Plan) -> int:
    """How many validation rows the chosen model set aside for early stopping."""
    if not getattr(estimator, "early_stopping", False):
        return 0
    learned, share = plan.split.learned, float(estimator.validation_fraction)
    weights = plan.weights_of(learned)
    rows = np.arange(len(learned)) if weights is None else np.flatnonzero(weights > 0)
    held = stop_by_of(plan, learned)(rows, share, estimator.random_state)
    return math.ceil(share * len(rows)) if held is None else len(held)


def _outcome(
    model: Any, record: TrainingRecord, held_out: Arrays, plan: Plan, tried: Mapping[str, Any]
) -> Outcome:
    """Write down what was tried and chosen, and what the held-out rows say of it."""
    task, candidates = plan.target.task, tried["candidates"]
    score = deciding(task, plan.counts)
    linear = np.array([candidate.linear for candidate in candidates])
    means = np.array([candidate.mean(score).value for candidate in candidates])
    return Outcome(
        target=plan.target.name,
        task=task,
        classes=model.classes_.tolist() if task is Task.CLASSIFICATION else (),
        score=score,
        best=int(np.nanargmin(means)),
        best_linear=_lowest(np.where(linear, means, np.nan)),
        best_network=_lowest(np.where(linear, np.nan, means)),
        held_out=record.scores,
        comparison=record.comparison,
        outputs=model.outputs(held_out),
        truth=truth_of(plan)[plan.split.test],
        findings=plan.reading.findings,
        record=record,
        **tried,
    )


def _lowest(values: Arrays) -> int | None:
    """The place of the lowest number, if there is one."""
    return int(np.nanargmin(values)) if np.isfinite(values).any() else None
