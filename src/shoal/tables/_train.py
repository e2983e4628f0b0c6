"""From a table to a trained and judged model: what `shoal train` does, one small step after another.

Rows are held out before anything is learned: the search for leaks, the encoders, early stopping and the
choice of the linear model's penalty see the others only. Of the held-out rows no more is known before the end
than of which kind their cells are, and which classes there are. They judge the network beside two models
that are simpler, so that one sees what the hidden layers are worth.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge

from shoal.base.errors import DataError, UsageError
from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.tables import (
    Column,
    Finding,
    TableEncoder,
    TargetEncoder,
    Task,
    choose_features,
    describe,
    find_column,
    find_problems,
    many_classes_allowed,
    shown,
)
from shoal.tables._model import TableModel
from shoal.tables._record import MODELS, Found, Report, fingerprint_of
from shoal.tables._scores import Comparison, Score, class_scores, compare, number_scores, row_losses
from shoal.tables._settings import Settings

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.intp]
Arrays = NDArray[Any]

FEWEST_ROWS = 10
STRENGTHS = (10.0, 1.0, 0.1, 0.01, 0.001)
"""L2 penalties among which the linear model's is chosen."""

VALIDATION_SHARE = 0.1
"""Of the rows to learn from, those that training is stopped by."""

_OF_EPOCHS = ("dropout", "epochs", "patience", "learning_rate", "batch_size")
_MANY_ROWS = 5000  # one look at a third of them tells penalties apart
_LARGEST_TARGET = 1e100  # its square, and the square of its errors, are still numbers


@dataclass(frozen=True)
class Split:
    """Numbers of rows: to learn from, to stop by, to judge by."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def learned(self) -> Rows:
        """All that are not held out."""
        return np.sort(np.concatenate([self.train, self.validation]))


@dataclass(frozen=True)
class Plan:
    """What will be learned from what, before anything is learned."""

    target: TargetEncoder
    features: list[Column]
    findings: list[Finding]
    frame: pl.DataFrame  # the rows whose target is known
    y: Arrays  # (rows,)
    split: Split
    unknown: int  # rows whose target is missing


def train_table(
    frame: pl.DataFrame, target: str, settings: Settings, callbacks: Sequence[Any] = ()
) -> TableModel:
    """Train and judge a network on a table.

    Parameters
    ----------
    frame : polars.DataFrame
        As `shoal.tables.read_table` returns it.
    target : str
        The column to predict.
    settings : Settings
        What was asked for.
    callbacks : sequence, optional
        scikit-learn callbacks, called once an epoch.

    Returns
    -------
    TableModel
        Its `report` is a `shoal.tables._record.Report`, as a dictionary.

    Raises
    ------
    UsageError
        If a column is asked for and refused at once, or a setting could only be ignored.
    DataError
        If the table or its target cannot be learned from.
    DivergedError
        If the cost stopped being a finite number.
    """
    with many_classes_allowed():
        return _train(make_plan(frame, target, settings), settings, callbacks)


def _train(plan: Plan, settings: Settings, callbacks: Sequence[Any]) -> TableModel:
    """Encode the rows, train on those to learn from, judge by those held out."""
    encoder = TableEncoder.fit(plan.frame[plan.split.learned], plan.features)
    X = encoder.transform(plan.frame)
    linear = fit_linear(X, plan)
    if settings.hidden:
        estimator, mean, scale = fit_network(X, plan, settings, callbacks)
    else:
        estimator, mean, scale = solve_line(X, plan, linear[1] if settings.l2 is None else settings.l2)
    model = TableModel(estimator, encoder, plan.target, target_mean=mean, target_scale=scale)
    report = report_on(model, linear, X, plan, asdict(settings), len(plan.split.validation))
    return replace(model, report=report.to_dict())


def report_on(
    model: TableModel,
    linear: tuple[Any, float],
    X: Arrays,
    plan: Plan,
    settings: dict[str, Any],
    stopped_by: int,
    found: Found | None = None,
) -> Report:
    """Judge the model, and write down what happened.

    `linear` is what `fit_linear` found, `stopped_by` how many of the rows to learn from were only stopped by.
    """
    line, l2 = linear
    scores, comparison = judge(model, line, X, plan)
    return Report(
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


# --- before training -------------------------------------------------------------------------------


def make_plan(frame: pl.DataFrame, target: str, settings: Settings) -> Plan:
    """Find out what is learned from what; raises where that makes no sense."""
    _check_wishes(target, settings)
    encoder = TargetEncoder.fit(frame, target, settings.task)
    known, y = encoder.transform(frame)
    if len(y) < FEWEST_ROWS:
        raise DataError("training.few_rows", rows=len(y), least=FEWEST_ROWS)
    if encoder.task is Task.REGRESSION and np.abs(y).max() > _LARGEST_TARGET:
        raise DataError("training.large_target", column=shown(target), most=_LARGEST_TARGET)
    split = split_rows(y, encoder.task, settings)
    if not settings.hidden:  # nothing is stopped early
        split = Split(split.learned, split.validation[:0], split.test)
    elif not len(split.validation):  # every class has two rows: one is learned from, one judges
        raise DataError("training.no_validation", column=shown(target))
    columns = describe(frame)
    dropped = {find_column(frame.columns, name) for name in settings.drop}
    columns = [c for c in columns if c.name not in dropped]
    findings = [
        replace(finding, drop=finding.drop and finding.column not in settings.keep)
        for finding in find_problems(frame, target, columns, settings.task, split.learned)
    ]
    features = choose_features(columns, target, findings, settings.keep)
    return Plan(encoder, features, findings, known, y, split, frame.height - len(y))


def _check_wishes(target: str, settings: Settings) -> None:
    """Refuse wishes that could only be ignored: the target is no input, and no column is in and out."""
    for option, names in (("keep", settings.keep), ("drop", settings.drop)):
        if target in names:
            raise UsageError("training.target_wished", column=shown(target), option=option)
    for name in _OF_EPOCHS:
        if not settings.hidden and getattr(settings, name) != getattr(Settings(), name):
            raise UsageError("training.no_epochs", option=name.replace("_", "-"))
    for name in settings.keep:
        if name in settings.drop:
            raise UsageError("training.kept_and_dropped", column=shown(name))


def split_rows(y: Arrays, task: Task, settings: Settings) -> Split:
    """Hold out test rows, then validation rows; classes (or sizes of a number) keep their shares."""
    random = np.random.default_rng(settings.seed)
    rows = np.arange(len(y))
    test = _held_out(y, task, rows, settings.test_share, random)
    learned = np.setdiff1d(rows, test)
    validation = _held_out(y, task, learned, VALIDATION_SHARE, random)
    return Split(np.setdiff1d(learned, validation), validation, test)


def _held_out(y: Arrays, task: Task, rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """The same share of each group; at least one of its rows, but never all of them."""
    held = []
    groups = _groups(y[rows], task, share)
    for group in np.unique(groups):
        members = random.permutation(rows[groups == group])
        count = max(1, round(share * len(members)))
        held.append(members[: min(count, len(members) - 1)])
    return np.sort(np.concatenate(held))


def _groups(y: Arrays, task: Task, share: float) -> NDArray[np.intp]:
    """The class of each row; or, for numbers, rows of like size, as many groups as rows are wanted."""
    if task is Task.CLASSIFICATION:
        groups: NDArray[np.intp] = np.unique(y, return_inverse=True)[1]
        return groups
    rank = np.argsort(np.argsort(y, kind="stable"))
    return rank * max(1, round(share * len(y))) // len(y)


# --- training --------------------------------------------------------------------------------------


def fit_network(
    X: Arrays, plan: Plan, settings: Settings, callbacks: Sequence[Any] = ()
) -> tuple[Any, float, float]:
    """Train the network; the best epoch on the validation rows is kept.

    Returns the estimator, and the mean and scale by which a numeric target was standardised.
    """
    split, y, mean, scale = plan.split, plan.y, 0.0, 1.0
    options = network_parameters(settings, len(split.train))
    if plan.target.task is Task.CLASSIFICATION:
        complete = len(np.unique(y[split.validation])) == len(np.unique(y))
        estimator = MLPClassifier(**options, scoring="neg_log_loss" if complete else "accuracy")
    else:
        estimator = MLPRegressor(**options)
        y, mean, scale = _standardised(y, split.train)
    estimator.set_callbacks(*callbacks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `stopped_` tells
        estimator.fit(X[split.train], y[split.train], X_val=X[split.validation], y_val=y[split.validation])
    estimator.set_callbacks()
    return estimator, mean, scale


def solve_line(X: Arrays, plan: Plan, l2: float) -> tuple[Any, float, float]:
    """No hidden layer: the minimum itself, of all rows not held out. Returns what `fit_network` does."""
    learned, line = plan.split.learned, line_of(plan.target.task, l2)
    if plan.target.task is Task.CLASSIFICATION:
        return line.fit(X[learned], plan.y[learned]), 0.0, 1.0
    y, mean, scale = _standardised(plan.y, learned)
    return line.fit(X[learned], y[learned]), mean, scale


def line_of(task: Task, l2: float) -> Any:
    """The estimator without a hidden layer, not fitted; a number is learned standardised."""
    if task is Task.CLASSIFICATION:
        return LogisticRegression(C=1 / l2 if l2 else math.inf)
    return MLPRegressor((), solver="lbfgs", alpha=l2, max_iter=10_000, tol=1e-8)


def _standardised(y: Arrays, rows: Rows) -> tuple[Arrays, float, float]:
    """A numeric target with mean 0 and deviation 1 in these rows, its mean and its deviation."""
    mean, scale = float(y[rows].mean()), float(y[rows].std()) or 1.0
    return (y - mean) / scale, mean, scale


def network_parameters(settings: Settings, rows: int) -> dict[str, Any]:
    """The arguments of the estimator; about a hundred steps an epoch, in batches of 32 to 256 rows."""
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
    """The linear model to judge the network beside, and its L2 penalty, in the unit of `Settings.l2`.

    A penalty fixed beforehand would be judged along with the line: where a line separates the classes,
    it alone decides the log loss. So it is chosen by parts of the rows that are not held out (not by
    those that the network stops by: of a small table they are so few that a line separates them by
    chance, and the weakest penalty wins). Then all of these rows are learned.
    """
    learned = plan.split.learned
    random = np.random.default_rng(0)
    losses = np.zeros(len(STRENGTHS))
    for _ in range(1 if len(learned) >= _MANY_ROWS else 3):
        judging = _held_out(plan.y, plan.target.task, learned, 1 / 3, random)
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
    """Scores on the held-out rows: the network's, a linear model's and no model's; and what to make of it."""
    learned, test, classes = plan.split.learned, plan.split.test, plan.target.task is Task.CLASSIFICATION
    nothing = DummyClassifier(strategy="prior") if classes else DummyRegressor()
    outputs = (
        outputs_of(model.estimator, X[test], model.target_mean, model.target_scale),
        outputs_of(linear, X[test]),
        outputs_of(nothing.fit(X[learned], plan.y[learned]), X[test]),
    )
    truth, measure = truth_of(plan)[test], class_scores if classes else number_scores
    scores = {name: measure(given, truth) for name, given in zip(MODELS, outputs, strict=True)}
    network, line, none = (row_losses(given, truth) for given in outputs)
    return scores, compare(network, line, none, hidden=model.estimator.network_.L > 1)


def outputs_of(estimator: Any, X: Arrays, mean: float = 0.0, scale: float = 1.0) -> Arrays:
    """Logarithms of probabilities, (m, classes), or numbers in their own units, (m,)."""
    if hasattr(estimator, "predict_log_proba"):
        log_P: Arrays = estimator.predict_log_proba(X)
        return log_P
    predicted: Arrays = estimator.predict(X) * scale + mean
    return predicted


def truth_of(plan: Plan) -> Arrays:
    """What `outputs_of` should say of each row: its number, or the place of its class.

    The rows to learn from have all classes (`_held_out`), so the places are the same for every model.
    """
    if plan.target.task is Task.REGRESSION:
        return plan.y
    places: Arrays = np.unique(plan.y, return_inverse=True)[1]
    return places
