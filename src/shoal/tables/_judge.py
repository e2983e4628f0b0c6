"""How good a model of a table is: the held-out rows judge it beside a linear model, and beside none at all.

So the reader sees what the hidden layers are worth. `shoal train` and `shoal search` judge alike.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import PoissonRegressor, Ridge

from shoal.base.errors import UsageError
from shoal.base.shown import quoted
from shoal.engines._blas import deterministic
from shoal.estimators import LogisticRegression
from shoal.tables._estimator import TableEstimator, outputs_of
from shoal.tables._evaluation import held_out_classes
from shoal.tables._plan import Plan
from shoal.tables._record import JUDGED_MODELS, SearchSummary, TrainingRecord, fingerprint_of
from shoal.tables._scores import (
    Comparison,
    Score,
    class_scores,
    compare,
    count_scores,
    mean_score,
    number_scores,
    row_losses,
)
from shoal.tables._split import Rows, draw_share
from shoal.tables.encode import LogScale, TableEncoder, TargetScale, Task
from shoal.tables.fair import costs_of, log_is_proposed

Arrays = NDArray[Any]

STRENGTHS = (10.0, 1.0, 0.1, 0.01, 0.001)
"""L2 penalties among which the linear model's is chosen."""

_MANY_ROWS = 5000  # judging once, on a third of them, tells penalties apart


def record_of(
    model: TableEstimator,
    linear: tuple[Any, float],
    X: Arrays,
    plan: Plan,
    settings: dict[str, Any],
    stopped_by: int,
    found: SearchSummary | None = None,
) -> TrainingRecord:
    """Judge the model, and write down how it was trained; `recorded` adds what only the final one can say.

    `linear` is what `fit_linear` found, `stopped_by` the number of rows that only stopped the training.
    """
    line, l2 = linear
    scores, comparison, over_nothing = judge(model, line, X, plan)
    drawn = plan.ties.plain and plan.own is None
    return TrainingRecord(
        rows={
            "unknown_target": plan.unknown,
            "train": len(plan.split.learned) - stopped_by,
            "validation": stopped_by,
            "test": len(plan.split.test),
        },
        findings=tuple(plan.reading.findings),
        settings=_plain({**settings, "cost": dict(plan.cost)}),
        scores=scores,
        comparison=comparison,
        linear_l2=l2,
        best_epoch=0,
        fingerprint="",
        found=found,
        refit=settings["refit"] and plan.own is None,
        over_nothing=over_nothing,
        noticed=plan.noticed,
        held_out=_held_out(model, X, plan),
        split={} if drawn else plan.split.within(plan.own_rows).to_dict(),
    )


def recorded(final: TableEstimator, record: TrainingRecord, plan: Plan) -> TrainingRecord:
    """The record, complete, which the model that is kept is given as its `report_`."""
    own = slice(plan.own_rows)
    record = replace(
        record,
        best_epoch=_best_epoch(final.estimator_),
        fingerprint=fingerprint_of(final.encoder_.transform(plan.frame[own]), plan.y[own]),
    )
    final.report_ = record.to_dict()
    return record


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """In JSON's types; a test table is only named."""
    test = settings["test"]
    if test is not None:
        test = os.fspath(test) if isinstance(test, str | os.PathLike) else type(test).__name__
    kept = {**settings, "test": test}
    if kept["loss"] is None:  # a file says nothing of it, as it never did
        del kept["loss"]
    return {name: _in_lists(value) for name, value in kept.items()}


def _in_lists(value: Any) -> Any:
    """Tuples as lists, also those inside a dictionary."""
    if isinstance(value, dict):
        return {key: _in_lists(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _held_out(model: TableEstimator, X: Arrays, plan: Plan) -> dict[str, Any]:
    """What the held-out rows say of each class; nothing of a number."""
    if plan.target.task is Task.REGRESSION:
        return {}
    test, classes = plan.split.test, model.classes_.tolist()
    costs = costs_of(plan.cost, classes) if plan.cost else None
    return held_out_classes(model.outputs(X[test]), truth_of(plan)[test], classes, costs)


def _best_epoch(estimator: Any) -> int:
    """The epoch whose parameters were kept: the best where a score was watched, else the last."""
    if estimator.network_.L == 1:
        return 0
    scores = estimator.validation_scores_
    return int(np.argmax(scores)) + 1 if scores else int(estimator.n_iter_)


@deterministic
def fit_linear(X: Arrays, plan: Plan) -> tuple[Any, float]:
    """The linear model that the network is compared with, and its L2 penalty (as `TrainSettings.l2`).

    A penalty fixed beforehand would be judged along with the line: where a line separates the classes, the
    penalty alone decides the log loss. So it is chosen by parts of the rows that are not held out. (Not by
    the rows that the network stops by: in a small table they are so few that a line separates them by
    chance, and the weakest penalty wins.) Then the model learns from all of these rows.
    """
    learned = plan.split.learned
    random = np.random.default_rng(0)
    losses = np.zeros(len(STRENGTHS))
    once = len(learned) >= _MANY_ROWS or plan.ties.time is not None  # by time there is only one such part
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so near the minimum, no score shows it
        for _ in range(1 if once else 3):
            judging = draw_share(plan.y, plan.target.task, learned, 1 / 3, random, plan.ties)
            losses += _path_losses(X, plan, np.setdiff1d(learned, judging), judging)
        best = STRENGTHS[int(losses.argmin())]
        line = _linear_model(plan, best, learned)
        return line.fit(X[learned], plan.y[learned], sample_weight=plan.weights_of(learned)), best


def with_scale(plan: Plan, log_target: str) -> Plan:
    """The plan that says whether the logarithm of the target is learned (`TableSettings.log_target`).

    A count is learned as it is. With "auto" the logarithm is tried where the target is skewed
    (`log_is_proposed`): a line learns both ways on two thirds of the rows that are not held out, and on the
    others its mean absolute error decides. (The squared error of a skewed target is that of its few largest
    rows.)

    Raises
    ------
    UsageError
        If the logarithm is wished for and there are classes, or a target is not above 0.
    """
    column = quoted(plan.target.name)
    if plan.counts:
        return plan
    if plan.target.task is Task.CLASSIFICATION:
        if log_target == "yes":
            raise UsageError("training.only_numbers", option="log-target", column=column)
        return plan
    if log_target == "yes" and plan.y.min() <= 0:
        raise UsageError("training.no_logarithm", column=column)
    chosen = log_target == "yes" or (log_target == "auto" and _logarithm_wins(plan))
    return replace(plan, log_target=chosen)


@deterministic
def _logarithm_wins(plan: Plan) -> bool:
    """Whether a line does better with it on rows that it did not learn from."""
    learned = plan.split.learned
    if plan.y.min() <= 0 or not log_is_proposed(plan.y[learned]):
        return False
    judging = draw_share(plan.y, plan.target.task, learned, 1 / 3, np.random.default_rng(0), plan.ties)
    train = np.setdiff1d(learned, judging)
    encoder = TableEncoder.fit(plan.frame[train], plan.reading.columns)
    X, X_judging = (encoder.transform(plan.frame[rows]) for rows in (train, judging))
    errors = {}
    for kind in (TargetScale, LogScale):
        scale = kind.of(plan.y[train])
        line = Ridge().fit(X, scale.standardise(plan.y[train]), plan.weights_of(train))
        errors[kind] = np.abs(scale.restore(line.predict(X_judging)) - plan.y[judging])
    gain = mean_score(errors[TargetScale] - errors[LogScale], plan.weights_of(judging))
    return bool(gain.value > gain.error)


def _path_losses(X: Arrays, plan: Plan, train: Rows, judging: Rows) -> Arrays:
    """The mean loss of a linear model with each of `STRENGTHS`; each starts from the one before."""
    model, truth = _linear_model(plan, STRENGTHS[0], train), truth_of(plan)[judging]
    weights = plan.weights_of(judging) if plan.class_weight is None else _balanced(plan)[judging]
    losses = []
    for l2 in STRENGTHS:
        wanted = _linear_model(plan, l2, train).get_params()
        model.set_params(**wanted).fit(X[train], plan.y[train], sample_weight=plan.weights_of(train))
        found = row_losses(outputs_of(model, X[judging]), truth, counts=plan.counts)
        losses.append(np.average(found, weights=weights))
    return np.array(losses)


def _linear_model(plan: Plan, l2: float, rows: Rows) -> Any:
    """Logistic, ridge or, of counts, Poisson regression: the minimum of the sum of the losses + l2/2 sum w^2.

    `rows` are those that it will learn from.
    """
    if plan.counts:
        weights = plan.weights_of(rows)
        if not np.average(plan.y[rows], weights=weights):  # its logarithm is no number to start from
            return DummyRegressor()
        total = float(len(rows) if weights is None else weights.sum())
        return PoissonRegressor(alpha=l2 / total, max_iter=1000, tol=1e-6)
    if plan.target.task is Task.CLASSIFICATION:
        return LogisticRegression(C=1 / l2, warm_start=True, class_weight=plan.class_weight)
    line = Ridge(alpha=l2)
    return TransformedTargetRegressor(line, func=np.log, inverse_func=_exp) if plan.log_target else line


def _exp(y: Arrays) -> Arrays:
    """As `LogScale.restore` does it: never more than a number holds."""
    return LogScale().restore(y)


def judge(
    model: TableEstimator, linear: Any, X: Arrays, plan: Plan
) -> tuple[dict[str, dict[str, Score]], Comparison, dict[str, Score]]:
    """Scores on the held-out rows of the network, of a linear model and of no model; and the comparison.

    Last, by how much the mean loss per row of the network and of the linear model is lower than that of none.
    """
    learned, test, classes = plan.split.learned, plan.split.test, plan.target.task is Task.CLASSIFICATION
    nothing = DummyClassifier(strategy="prior") if classes else DummyRegressor()
    nothing.fit(X[learned], plan.y[learned], plan.weights_of(learned))
    outputs = [model.outputs(X[test]), outputs_of(linear, X[test]), outputs_of(nothing, X[test])]
    weights = plan.weights_of(test)
    truth, measure = truth_of(plan)[test], class_scores if classes else number_scores
    measure = count_scores if plan.counts else measure
    scores = {
        name: measure(given, truth, weights) for name, given in zip(JUDGED_MODELS, outputs, strict=True)
    }
    if plan.class_weight is not None:  # the models weigh the classes alike, and so they are compared
        balance = _balanced(plan)
        weights = balance[test]
        outputs[2] = outputs_of(nothing.fit(X[learned], plan.y[learned], balance[learned]), X[test])
    network, line, none = (row_losses(given, truth, counts=plan.counts) for given in outputs)
    over_nothing = {
        name: mean_score(none - losses, weights) for name, losses in (("network", network), ("linear", line))
    }
    return scores, compare(network, line, none, model.estimator_.network_.L > 1, weights), over_nothing


def _balanced(plan: Plan) -> Arrays:
    """The weight of each row by which all classes weigh alike among the rows to learn from."""
    labels = truth_of(plan)
    counts = np.bincount(labels[plan.split.learned])
    balance: Arrays = (1 / counts)[labels] * (1.0 if plan.weights is None else plan.weights)
    return balance


def truth_of(plan: Plan) -> Arrays:
    """What is true of each row, in the form of `outputs_of`: its number, or the place of its class.

    The rows to learn from have all classes (`draw_share`), so the places are the same for every model.
    """
    if plan.target.task is Task.REGRESSION:
        return plan.y
    places: Arrays = np.unique(plan.y, return_inverse=True)[1]
    return places
