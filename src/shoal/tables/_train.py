"""From a table to a trained and judged model: what `shoal train` does, one small step after another.

The held-out rows judge the network beside two simpler models (a linear one, and none at all), so that the
reader sees what the hidden layers are worth.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge

from shoal.base.errors import UsageError
from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.tables._model import TableModel, outputs_of
from shoal.tables._plan import Plan, Rows, held_out, make_plan
from shoal.tables._record import JUDGED_MODELS, SearchSummary, TrainingRecord, fingerprint_of
from shoal.tables._scores import Comparison, Score, class_scores, compare, number_scores, row_losses
from shoal.tables._settings import TrainSettings
from shoal.tables.encode import TableEncoder, TargetScale, Task, many_classes_allowed
from shoal.tables.read import from_dataframe

Arrays = NDArray[Any]

STRENGTHS = (10.0, 1.0, 0.1, 0.01, 0.001)
"""L2 penalties among which the linear model's is chosen."""

_OF_EPOCHS = ("dropout", "epochs", "patience", "learning_rate", "batch_size")
_MANY_ROWS = 5000  # judging once, on a third of them, tells penalties apart
_DEFAULTS = TrainSettings()


def train_table(
    table: Any, target: str, settings: TrainSettings = _DEFAULTS, callbacks: Sequence[Any] = ()
) -> TableModel:
    """Train and judge a network on a table.

    Parameters
    ----------
    table : polars, pandas or pyarrow table
        `shoal.tables.read_table` reads one from a file.
    target : str
        The column to predict.
    settings : TrainSettings, optional
        Layers, columns, penalties and the like.
    callbacks : sequence, optional
        scikit-learn callbacks, called once an epoch.

    Returns
    -------
    TableModel
        Its `report` is a `shoal.tables.TrainingRecord`, as a dictionary.

    Raises
    ------
    UsageError
        If a column is asked for that cannot be used, or a setting would have no effect.
    DataError
        If the table or its target cannot be learned from.
    DivergedError
        If the cost stopped being a finite number.

    Examples
    --------
    >>> from shoal.tables import TrainSettings, read_table, train_table
    >>> table = read_table("customers.csv")  # doctest: +SKIP
    >>> model = train_table(table, "churned", TrainSettings(hidden=(16,)))  # doctest: +SKIP
    """
    _check_has_effect(settings)
    with many_classes_allowed():
        return _train(make_plan(from_dataframe(table), target, settings), settings, callbacks)


def _check_has_effect(settings: TrainSettings) -> None:
    """Without a hidden layer there are no epochs, so that their settings would be ignored."""
    for name in _OF_EPOCHS:
        if not settings.hidden and getattr(settings, name) != getattr(_DEFAULTS, name):
            raise UsageError("training.no_epochs", option=name.replace("_", "-"))


def _train(plan: Plan, settings: TrainSettings, callbacks: Sequence[Any]) -> TableModel:
    """Encode the rows, train on those to learn from, judge by those held out.

    The linear model comes last, because it only judges; without hidden layers it says which penalty suits.
    """
    encoder = TableEncoder.fit(plan.frame[plan.split.learned], plan.features)
    X = encoder.transform(plan.frame)
    if settings.hidden:
        estimator, (mean, scale) = fit_network(X, plan, settings, callbacks)
        linear = fit_linear(X, plan)
    else:
        linear = fit_linear(X, plan)
        estimator, (mean, scale) = solve_line(X, plan, linear[1] if settings.l2 is None else settings.l2)
    model = TableModel(estimator, encoder, plan.target, target_mean=mean, target_scale=scale)
    record = record_of(model, linear, X, plan, asdict(settings), len(plan.split.validation))
    return replace(model, report=record.to_dict())


def record_of(
    model: TableModel,
    linear: tuple[Any, float],
    X: Arrays,
    plan: Plan,
    settings: dict[str, Any],
    stopped_by: int,
    found: SearchSummary | None = None,
) -> TrainingRecord:
    """Judge the model, and write down how it was trained.

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
        findings=tuple(plan.findings),
        settings={name: list(v) if isinstance(v, tuple) else v for name, v in settings.items()},
        scores=scores,
        comparison=comparison,
        linear_l2=l2,
        best_epoch=_best_epoch(model.estimator),
        fingerprint=fingerprint_of(X, plan.y),
        found=found,
    )


def _best_epoch(estimator: Any) -> int:
    """The epoch whose parameters were kept: the best where a score was watched, else the last."""
    if estimator.network_.L == 1:
        return 0
    scores = estimator.validation_scores_
    return int(np.argmax(scores)) + 1 if scores else int(estimator.n_iter_)


# --- training --------------------------------------------------------------------------------------


def fit_network(
    X: Arrays, plan: Plan, settings: TrainSettings, callbacks: Sequence[Any] = ()
) -> tuple[Any, TargetScale]:
    """Train the network; the best epoch on the validation rows is kept.

    Returns the estimator, and how a numeric target was standardised.
    """
    split, y, scale = plan.split, plan.y, TargetScale()
    options = network_parameters(settings, len(split.train))
    if plan.target.task is Task.CLASSIFICATION:
        complete = len(np.unique(y[split.validation])) == len(np.unique(y))
        estimator = MLPClassifier(**options, scoring="neg_log_loss" if complete else "accuracy")
    else:
        estimator = MLPRegressor(**options)
        scale = TargetScale.of(y[split.train])
        y = scale.standardise(y)
    estimator.set_callbacks(*callbacks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `stopped_` tells
        estimator.fit(X[split.train], y[split.train], X_val=X[split.validation], y_val=y[split.validation])
    estimator.set_callbacks()
    return estimator, scale


def solve_line(X: Arrays, plan: Plan, l2: float) -> tuple[Any, TargetScale]:
    """Without a hidden layer: the minimum itself, on all rows that are not held out.

    Returns what `fit_network` does.
    """
    learned = plan.split.learned
    y, scale = plan.y[learned], TargetScale()
    if plan.target.task is Task.REGRESSION:
        scale = TargetScale.of(y)
        y = scale.standardise(y)
    return line_of(plan.target.task, l2).fit(X[learned], y), scale


def line_of(task: Task, l2: float) -> Any:
    """The estimator without a hidden layer, not fitted; a number is learned standardised."""
    if task is Task.CLASSIFICATION:
        return LogisticRegression(C=1 / l2 if l2 else math.inf)
    return MLPRegressor((), solver="lbfgs", alpha=l2, max_iter=10_000, tol=1e-8)


def network_parameters(settings: TrainSettings, rows: int) -> dict[str, Any]:
    """The arguments of the estimator: about a hundred steps in each epoch, in batches of 32 to 256 rows."""
    usual = min(256, max(32, 2 ** round(math.log2(rows / 100))))
    return {
        "hidden_layer_sizes": settings.hidden,
        "activation": settings.activation,
        "alpha": 1.0 if settings.l2 is None else settings.l2,
        "dropout": settings.dropout,
        "batch_size": min(settings.batch_size or usual, rows),
        "learning_rate_init": settings.learning_rate,
        "max_iter": settings.epochs,
        "early_stopping": True,
        "tol": 1e-5,
        "n_iter_no_change": settings.patience,
        "random_state": settings.seed,
    }


# --- judging ---------------------------------------------------------------------------------------


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
        judging = held_out(plan.y, plan.target.task, learned, 1 / 3, random)
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
    model: TableModel, linear: Any, X: Arrays, plan: Plan
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
    return scores, compare(network, line, none, hidden=model.estimator.network_.L > 1)


def truth_of(plan: Plan) -> Arrays:
    """What is true of each row, in the form of `outputs_of`: its number, or the place of its class.

    The rows to learn from have all classes (`held_out`), so the places are the same for every model.
    """
    if plan.target.task is Task.REGRESSION:
        return plan.y
    places: Arrays = np.unique(plan.y, return_inverse=True)[1]
    return places
