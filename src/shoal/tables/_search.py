"""From a table to the best of many models: what `shoal search` does, one small step after another.

The rows that judge in the end are held out first, the same ones as `shoal train` holds out: neither the
candidates nor the choice among them know anything of them. The others are cut into folds, and every candidate
is trained on each fold's rows to learn from, encoders and all. The choice falls on the simplest candidate
whose mean is within one standard error of the best one's: what is simpler for no loss that could be told from
chance is better. That one is trained again on all rows that were not held out.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from shoal.base.errors import DataError, ShoalError
from shoal.search import GridSearchCV
from shoal.tables import Column, TableEncoder, Task, many_classes_allowed, shown
from shoal.tables._choice import SCORES, candidates_of, choose, deciding
from shoal.tables._grids import check_grids
from shoal.tables._model import TableModel
from shoal.tables._outcome import Candidate, Outcome
from shoal.tables._record import Found, Report
from shoal.tables._search_settings import SearchSettings
from shoal.tables._settings import Settings
from shoal.tables._train import Plan, fit_linear, line_of, make_plan, outputs_of, report_on, truth_of
from shoal.tables._trials import Grid, Ground, Trial, grids_of, trials_of

if TYPE_CHECKING:
    import os

    import polars as pl

Arrays = NDArray[Any]

_LEAST_TO_STRATIFY = 3  # rows of a class: one that judges, one to learn from, one to stop by


class Listener(Protocol):
    """Whom a search tells how far it is."""

    def trained(self, done: int, total: int, score: str, best: float | None) -> None:
        """So many of all fits are done; `best` is the best mean of the score that decides, so far."""

    def stopped(self) -> None:
        """Ctrl-C came: what was best until then is trained on all rows, and that is all."""


@dataclass(frozen=True)
class Searched:
    """What the search itself came to: the winner, fitted on all rows to learn from, and what was tried."""

    winner: Any  # the whole pipeline
    candidates: Sequence[Candidate]
    chosen: int
    resumed: int
    seconds: float


def search_table(
    frame: pl.DataFrame,
    target: str,
    settings: SearchSettings,
    *,
    name: str = "",
    grids: Sequence[Grid] = (),
    study: str | os.PathLike[str] | None = None,
    listener: Listener | None = None,
) -> tuple[TableModel, Outcome]:
    """Find the best model for a table.

    Parameters
    ----------
    frame : polars.DataFrame
        As `shoal.tables.read_table` returns it.
    target : str
        The column to predict.
    settings : SearchSettings
        What was asked for.
    name : str
        What the outcome calls the table.
    grids : sequence of Grid
        What to try instead of what a budget allows; see `shoal.tables._grids.read_grids`.
    study : path, optional
        A folder where finished candidates are kept.
    listener : Listener, optional
        Whom to tell how far the search is.

    Returns
    -------
    TableModel, Outcome
        The winner, as `shoal.tables._train.train_table` returns it; and all that was tried. After Ctrl-C
        these are the best of the candidates that were finished.

    Raises
    ------
    UsageError
        If a column, a grid or a study is refused.
    DataError
        If the table, its target or a class cannot be learned from on so many folds.
    DivergedError
        If that is what became of all candidates.
    KeyboardInterrupt
        If no candidate was finished before Ctrl-C.
    """
    of_split = ("task", "keep", "drop", "test_share", "seed")
    settings = replace(settings, budget=None) if grids else settings
    wishes = Settings(hidden=(), **{wish: getattr(settings, wish) for wish in of_split})
    with many_classes_allowed():
        plan = make_plan(frame, target, wishes)
        check_folds(plan, settings.folds)
        ground = _ground(plan, settings.folds)
        check_grids(grids, ground.task, settings)
        trials = trials_of(grids or grids_of(settings.budget or "small", ground), ground, settings)
        found = _search(plan, trials, settings, study, listener)
        size = {"table": name, "rows": frame.height, "columns": frame.width, "planned": len(trials)}
        return _judged(found, plan, settings, size)


# --- before training --------------------------------------------------------------------------------


def check_folds(plan: Plan, folds: int) -> None:
    """Refuse more folds than the rows to learn from allow: each must be learned from and judged by.

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
        column, label = shown(plan.target.name), shown(labels[rarest])
        raise DataError(key, column=column, label=label, rows=rows, folds=folds)


def _ground(plan: Plan, folds: int) -> Ground:
    """What each fold will learn from, at the least."""
    learned = plan.split.learned
    inputs = len(TableEncoder.fit(plan.frame[learned], plan.features).feature_names)
    rows = len(learned) - math.ceil(len(learned) / folds)
    if plan.target.task is Task.REGRESSION:
        return Ground(plan.target.task, inputs, 0, rows, rows)
    counts = np.unique(plan.y[learned], return_counts=True)[1]
    rarest = int(counts.min()) - math.ceil(int(counts.min()) / folds)
    return Ground(plan.target.task, inputs, len(counts), rows, rarest)


# --- the search -------------------------------------------------------------------------------------


class EncodeTable(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A table's encoders as a transformer of scikit-learn: rows of the table in, rows of X out.

    Parameters
    ----------
    columns : sequence of Column
        The columns to learn from.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns

    def fit(self, X: pl.DataFrame, y: Any = None) -> EncodeTable:
        """Learn from these rows how to encode."""
        self.encoder_ = TableEncoder.fit(X, self.columns)
        return self

    def transform(self, X: pl.DataFrame) -> Arrays:
        """Encode these rows."""
        return self.encoder_.transform(X)


def _search(
    plan: Plan,
    trials: Sequence[Trial],
    settings: SearchSettings,
    study: str | os.PathLike[str] | None,
    listener: Listener | None,
) -> Searched:
    """Train all trials on all folds, choose, and train the chosen one on all rows to learn from."""
    begun = time.perf_counter()
    task, learned = plan.target.task, plan.split.learned
    rows, y = plan.frame[learned], plan.y[learned]
    pipeline, place = _pipeline(plan)
    splitter = StratifiedKFold if task is Task.CLASSIFICATION else KFold
    search = GridSearchCV(
        pipeline,
        {place: [trial.estimator for trial in trials]},
        scoring=SCORES[task],
        cv=splitter(settings.folds, shuffle=True, random_state=settings.seed),
        refit=lambda results: choose(candidates_of(results, trials, task), trials),
        study=study,
    )
    if listener is not None:
        search.on_progress = _in_our_sign(listener, task)
        listener.trained(0, len(trials) * settings.folds, deciding(task), None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FitFailedWarning)  # the outcome tells
        warnings.filterwarnings("ignore", "One or more of the test scores are non-finite", UserWarning)
        _fit(search, rows, y, clone(pipeline).set_params(**{place: trials[0].estimator}))
        tried = [_trial_of(params[place], trials) for params in search.cv_results_["params"]]
        candidates = candidates_of(search.cv_results_, tried, task, search.histories_)
        chosen = choose(candidates, tried)
        if hasattr(search, "best_estimator_"):
            winner = search.best_estimator_
        else:  # it was stopped
            if listener is not None:
                listener.stopped()
            winner = clone(pipeline).set_params(**{place: tried[chosen].estimator}).fit(rows, y)
    return Searched(winner, candidates, chosen, search.n_resumed_, time.perf_counter() - begun)


def _pipeline(plan: Plan) -> tuple[Any, str]:
    """What is fitted on a fold, and the name of the place of the model in it; numbers are standardised.

    The model itself is replaced by each trial's; it is always the same one, so that a study may grow.
    """
    model = line_of(plan.target.task, 1.0)
    steps = Pipeline([("encode", EncodeTable(tuple(plan.features))), ("model", model)])
    if plan.target.task is Task.CLASSIFICATION:
        return steps, "model"
    scaled = TransformedTargetRegressor(steps, transformer=StandardScaler(), check_inverse=False)
    return scaled, "regressor__model"


def _fit(search: Any, rows: pl.DataFrame, y: Arrays, first: Any) -> None:
    """Fit the search; Ctrl-C is the end of it only if nothing was finished."""
    try:
        search.fit(rows, y)
    except KeyboardInterrupt:
        if not hasattr(search, "cv_results_"):
            raise
    except ShoalError:
        raise
    except ValueError:  # of scikit-learn: all fits failed; the first one, alone, says why
        first.fit(rows, y)
        raise


def _trial_of(estimator: Any, trials: Sequence[Trial]) -> Trial:
    return next(trial for trial in trials if trial.estimator is estimator)


def _in_our_sign(listener: Listener, task: Task) -> Callable[[int, int, float | None], None]:
    """scikit-learn's scores are the higher the better."""

    def tell(done: int, total: int, best: float | None) -> None:
        listener.trained(done, total, deciding(task), None if best is None else -best)

    return tell


# --- after training ---------------------------------------------------------------------------------


def _judged(
    found: Searched, plan: Plan, settings: SearchSettings, size: Mapping[str, Any]
) -> tuple[TableModel, Outcome]:
    """The winner as a model of the table, judged by the rows that were held out; and all that was tried."""
    model = _model(found.winner, plan)
    X = model.encoder.transform(plan.frame)
    score, chosen = deciding(plan.target.task), found.candidates[found.chosen]
    how = Found(len(found.candidates), size["planned"], settings.folds, score, chosen.mean(score))
    asked = {**asdict(settings), **chosen.settings}
    stopped_by = _stopped_by(model.estimator, plan)
    report = report_on(model, fit_linear(X, plan), X, plan, asked, stopped_by, how)
    model = replace(model, report=report.to_dict())
    return model, _outcome(found, model, report, X[plan.split.test], plan, settings.folds, size)


def _model(winner: Any, plan: Plan) -> TableModel:
    """Of the fitted pipeline, what takes tables and can be saved."""
    steps, mean, scale = winner, 0.0, 1.0
    if plan.target.task is Task.REGRESSION:
        scaler, steps = winner.transformer_, winner.regressor_
        mean, scale = float(scaler.mean_[0]), float(scaler.scale_[0])
    return TableModel(steps["model"], steps["encode"].encoder_, plan.target, {}, mean, scale)


def _stopped_by(estimator: Any, plan: Plan) -> int:
    """How many rows the winner set aside to stop by."""
    if not getattr(estimator, "early_stopping", False):
        return 0
    return math.ceil(float(estimator.validation_fraction) * len(plan.split.learned))


def _outcome(
    found: Searched,
    model: TableModel,
    report: Report,
    held_out: Arrays,
    plan: Plan,
    folds: int,
    size: Mapping[str, Any],
) -> Outcome:
    """Write down what was tried and chosen, and what the held-out rows say of it."""
    task, candidates = plan.target.task, found.candidates
    linear = np.array([candidate.linear for candidate in candidates])
    means = np.array([candidate.mean(deciding(task)).value for candidate in candidates])
    return Outcome(
        target=plan.target.name,
        task=task,
        classes=model.estimator.classes_.tolist() if task is Task.CLASSIFICATION else (),
        candidates=candidates,
        score=deciding(task),
        best=int(np.nanargmin(means)),
        chosen=found.chosen,
        best_linear=_lowest(np.where(linear, means, np.nan)),
        best_network=_lowest(np.where(linear, np.nan, means)),
        held_out=report.scores,
        comparison=report.comparison,
        outputs=outputs_of(model.estimator, held_out, model.target_mean, model.target_scale),
        truth=truth_of(plan)[plan.split.test],
        fits=(len(candidates) - found.resumed) * folds,
        resumed=found.resumed,
        seconds=found.seconds,
        folds=folds,
        findings=plan.findings,
        **size,
    )


def _lowest(values: Arrays) -> int | None:
    """The place of the lowest number, if there is one."""
    return int(np.nanargmin(values)) if np.isfinite(values).any() else None
