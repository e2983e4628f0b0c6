"""How good a model of a table is: the held-out rows judge it beside a linear model, and beside none at all.

So the reader sees what the hidden layers are worth. `shoal train` and `shoal search` judge alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import Ridge

from shoal.estimators import LogisticRegression
from shoal.tables._estimator import TableEstimator, outputs_of
from shoal.tables._plan import Plan
from shoal.tables._record import JUDGED_MODELS, SearchSummary, TrainingRecord, fingerprint_of
from shoal.tables._scores import Comparison, Score, class_scores, compare, number_scores, row_losses
from shoal.tables._split import Rows, draw_share
from shoal.tables.encode import Task

Arrays = NDArray[Any]

STRENGTHS = (10.0, 1.0, 0.1, 0.01, 0.001)
"""L2 penalties among which the linear model's is chosen."""

_MANY_ROWS = 5000  # judging once, on a third of them, tells penalties apart


def record_of(
    model: TableEstimator,
    final: TableEstimator,
    linear: tuple[Any, float],
    X: Arrays,
    plan: Plan,
    settings: dict[str, Any],
    stopped_by: int,
    found: SearchSummary | None = None,
) -> TrainingRecord:
    """Judge the model, and write down how it and the final one, which saw all rows, were trained.

    `linear` is what `fit_linear` found, `stopped_by` the number of rows that only stopped the training.
    """
    line, l2 = linear
    scores, comparison = judge(model, line, X, plan)
    return TrainingRecord(
        rows={
            "unknown_target": plan.unknown,
            "train": len(plan.split.learned) - stopped_by,
            "validation": stopped_by,
            "test": len(plan.split.test),
        },
        findings=tuple(plan.reading.findings),
        settings={name: list(v) if isinstance(v, tuple) else v for name, v in settings.items()},
        scores=scores,
        comparison=comparison,
        linear_l2=l2,
        best_epoch=_best_epoch(final.estimator_),
        fingerprint=fingerprint_of(final.encoder_.transform(plan.frame), plan.y),
        found=found,
        refit=settings["refit"],
    )


def _best_epoch(estimator: Any) -> int:
    """The epoch whose parameters were kept: the best where a score was watched, else the last."""
    if estimator.network_.L == 1:
        return 0
    scores = estimator.validation_scores_
    return int(np.argmax(scores)) + 1 if scores else int(estimator.n_iter_)


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
    for _ in range(1 if len(learned) >= _MANY_ROWS else 3):
        judging = draw_share(plan.y, plan.target.task, learned, 1 / 3, random)
        losses += _path_losses(X, plan, np.setdiff1d(learned, judging), judging)
    best = STRENGTHS[int(losses.argmin())]
    return _linear_model(plan, best).fit(X[learned], plan.y[learned]), best


def _path_losses(X: Arrays, plan: Plan, train: Rows, judging: Rows) -> Arrays:
    """The mean loss of a linear model with each of `STRENGTHS`; each starts from the one before."""
    model, truth = _linear_model(plan, STRENGTHS[0]), truth_of(plan)[judging]
    losses = []
    for l2 in STRENGTHS:
        wanted = _linear_model(plan, l2).get_params()
        model.set_params(**wanted).fit(X[train], plan.y[train])
        losses.append(row_losses(outputs_of(model, X[judging]), truth).mean())
    return np.array(losses)


def _linear_model(plan: Plan, l2: float) -> Any:
    """Logistic or ridge regression; both minimise the sum of the losses + l2/2 sum w^2."""
    if plan.target.task is Task.CLASSIFICATION:
        return LogisticRegression(C=1 / l2, warm_start=True)
    return Ridge(alpha=l2)


def judge(
    model: TableEstimator, linear: Any, X: Arrays, plan: Plan
) -> tuple[dict[str, dict[str, Score]], Comparison]:
    """Scores on the held-out rows of the network, of a linear model and of no model; and the comparison."""
    learned, test, classes = plan.split.learned, plan.split.test, plan.target.task is Task.CLASSIFICATION
    nothing = DummyClassifier(strategy="prior") if classes else DummyRegressor()
    outputs = (
        model.outputs(X[test]),
        outputs_of(linear, X[test]),
        outputs_of(nothing.fit(X[learned], plan.y[learned]), X[test]),
    )
    truth, measure = truth_of(plan)[test], class_scores if classes else number_scores
    scores = {name: measure(given, truth) for name, given in zip(JUDGED_MODELS, outputs, strict=True)}
    network, line, none = (row_losses(given, truth) for given in outputs)
    return scores, compare(network, line, none, hidden=model.estimator_.network_.L > 1)


def truth_of(plan: Plan) -> Arrays:
    """What is true of each row, in the form of `outputs_of`: its number, or the place of its class.

    The rows to learn from have all classes (`draw_share`), so the places are the same for every model.
    """
    if plan.target.task is Task.REGRESSION:
        return plan.y
    places: Arrays = np.unique(plan.y, return_inverse=True)[1]
    return places
