"""From a table to a trained and judged model: what `shoal train` does, one small step after another.

Rows are held out before anything is learned, also before the encoders are: means, levels and early
stopping see the training part only. The held-out rows judge the network beside two that are simpler, so
that one sees what the hidden layers are worth.
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

from shoal.errors import DataError
from shoal.estimators import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.table_model import TableModel
from shoal.table_report import MODELS, Report, fingerprint_of
from shoal.table_scores import Comparison, Score, class_scores, compare, log_losses, number_scores
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
    shown,
)

if TYPE_CHECKING:
    import polars as pl

Rows = NDArray[np.intp]
Arrays = NDArray[Any]

FEWEST_ROWS = 10
_VALIDATION_SHARE = 0.1
_LARGEST_TARGET = 1e100  # its square, and the square of its errors, are still numbers


@dataclass(frozen=True)
class Settings:
    """What can be asked of the training; the defaults suit tables of 100 to 100,000 rows.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer; empty for logistic or linear regression.
    activation : str
        Of the hidden layers.
    task : str or None
        "classification" or "regression"; None infers it.
    keep, drop : tuple of str
        Columns to use although something was found, and columns to leave out.
    test_share : float
        The share of rows held out to judge the model.
    epochs, patience : int
        At most so many passes, and so many without progress on the validation rows.
    learning_rate : float
        Adam's.
    batch_size : int or None
        Rows of a mini-batch; None chooses by the number of rows.
    l2, dropout : float
        Penalty and share of hidden units left out, against overfitting.
    seed : int
        Of the split, the first weights and the order of rows.
    """

    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    task: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    test_share: float = 0.2
    epochs: int = 300
    patience: int = 15
    learning_rate: float = 2e-3
    batch_size: int | None = None
    l2: float = 1.0
    dropout: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Plan:
    """What will be learned from what, before anything is learned."""

    target: TargetEncoder
    features: list[Column]
    findings: list[Finding]
    frame: pl.DataFrame  # the rows whose target is known
    y: Arrays  # (rows,)
    unknown: int  # rows whose target is missing


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
        Its `report` is a `shoal.table_report.Report`, as a dictionary.

    Raises
    ------
    DataError
        If the table or its target cannot be learned from.
    DivergedError
        If the cost stopped being a finite number.
    """
    plan = make_plan(frame, target, settings)
    split = split_rows(plan, settings)
    encoder = TableEncoder.fit(plan.frame[split.learned], plan.features)
    X = encoder.transform(plan.frame)
    estimator, mean, scale = fit_network(X, plan, split, settings, callbacks)
    model = TableModel(estimator, encoder, plan.target, target_mean=mean, target_scale=scale)
    return replace(model, report=_report(model, X, plan, split, settings).to_dict())


def _report(model: TableModel, X: Arrays, plan: Plan, split: Split, settings: Settings) -> Report:
    """Judge the model, and write down what happened."""
    scores, comparison = judge(model, X, plan, split)
    return Report(
        rows={
            "unknown_target": plan.unknown,
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        findings=tuple(plan.findings),
        settings=_settings_document(settings),
        scores=scores,
        comparison=comparison,
        best_epoch=int(np.argmax(model.estimator.validation_scores_)) + 1,
        fingerprint=fingerprint_of(X, plan.y),
    )


def _settings_document(settings: Settings) -> dict[str, Any]:
    """In JSON's types."""
    values = asdict(settings)
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


# --- before training -------------------------------------------------------------------------------


def make_plan(frame: pl.DataFrame, target: str, settings: Settings) -> Plan:
    """Find out what is learned from what; raises DataError where that makes no sense."""
    encoder = TargetEncoder.fit(frame, target, settings.task)
    known, y = encoder.transform(frame)
    if len(y) < FEWEST_ROWS:
        raise DataError("training.few_rows", rows=len(y), least=FEWEST_ROWS)
    if encoder.task is Task.REGRESSION and np.abs(y).max() > _LARGEST_TARGET:
        raise DataError("training.large_target", column=shown(target), most=_LARGEST_TARGET)
    columns = describe(frame)
    dropped = {find_column(frame.columns, name) for name in settings.drop}
    columns = [c for c in columns if c.name == target or c.name not in dropped]
    findings = [
        replace(finding, drop=finding.drop and finding.column not in settings.keep)
        for finding in find_problems(frame, target, columns, settings.task)
    ]
    features = choose_features(columns, target, findings, settings.keep)
    return Plan(encoder, features, findings, known, y, frame.height - len(y))


def split_rows(plan: Plan, settings: Settings) -> Split:
    """Hold out test rows, then validation rows; classes (or sizes of a number) keep their shares."""
    random = np.random.default_rng(settings.seed)
    rows = np.arange(len(plan.y))
    test = _held_out(plan, rows, settings.test_share, random)
    learned = np.setdiff1d(rows, test)
    validation = _held_out(plan, learned, _VALIDATION_SHARE, random)
    return Split(np.setdiff1d(learned, validation), validation, test)


def _held_out(plan: Plan, rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """The same share of each group; at least one of its rows, but never all of them."""
    held = []
    groups = _groups(plan, rows, share)
    for group in np.unique(groups):
        members = random.permutation(rows[groups == group])
        count = max(1, round(share * len(members)))
        held.append(members[: min(count, len(members) - 1)])
    return np.sort(np.concatenate(held))


def _groups(plan: Plan, rows: Rows, share: float) -> NDArray[np.intp]:
    """The class of each row; or, for numbers, rows of like size, as many groups as rows are wanted."""
    if plan.target.task is Task.CLASSIFICATION:
        groups: NDArray[np.intp] = np.unique(plan.y[rows], return_inverse=True)[1]
        return groups
    rank = np.argsort(np.argsort(plan.y[rows], kind="stable"))
    return rank * max(1, round(share * len(rows))) // len(rows)


# --- training --------------------------------------------------------------------------------------


def fit_network(
    X: Arrays, plan: Plan, split: Split, settings: Settings, callbacks: Sequence[Any] = ()
) -> tuple[Any, float, float]:
    """Train the network; the best epoch on the validation rows is kept.

    Returns the estimator, and the mean and scale by which a numeric target was standardised.
    """
    options = _parameters(settings, len(split.train))
    y, mean, scale = plan.y, 0.0, 1.0
    if plan.target.task is Task.CLASSIFICATION:
        complete = len(np.unique(y[split.validation])) == len(np.unique(y))
        estimator = MLPClassifier(**options, scoring="neg_log_loss" if complete else "accuracy")
    else:
        estimator = MLPRegressor(**options)
        mean, scale = float(y[split.train].mean()), float(y[split.train].std()) or 1.0
        y = (y - mean) / scale
    estimator.set_callbacks(*callbacks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `n_iter_` tells
        estimator.fit(X[split.train], y[split.train], X_val=X[split.validation], y_val=y[split.validation])
    estimator.set_callbacks()
    return estimator, mean, scale


def _parameters(settings: Settings, rows: int) -> dict[str, Any]:
    """The arguments of the estimator; about a hundred steps an epoch, in batches of 32 to 256 rows."""
    usual = min(256, max(32, 2 ** round(math.log2(rows / 100))))
    return {
        "hidden_layer_sizes": settings.hidden,
        "activation": settings.activation,
        "alpha": settings.l2,
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


def judge(
    model: TableModel, X: Arrays, plan: Plan, split: Split
) -> tuple[dict[str, dict[str, Score]], Comparison]:
    """Scores on the held-out rows: the network's, a linear model's and no model's; and what to make of it.

    The two others learn from all rows that are not held out, as they need none to stop by.
    """
    classes = plan.target.task is Task.CLASSIFICATION
    linear = LogisticRegression(max_iter=1000) if classes else Ridge()
    nothing = DummyClassifier(strategy="prior") if classes else DummyRegressor()
    scores, losses = {}, {}
    for name, other in zip(MODELS, (model, linear, nothing), strict=True):
        if other is model:
            outputs = _outputs(model.estimator, X[split.test], model.target_mean, model.target_scale)
        else:
            other.fit(X[split.learned], plan.y[split.learned])
            outputs = _outputs(other, X[split.test])
        scores[name], losses[name] = _score(outputs, plan.y[split.test], model)
    hidden = model.estimator.network_.L > 1
    return scores, compare(losses["network"], losses["linear"], hidden)


def _outputs(estimator: Any, X: Arrays, mean: float = 0.0, scale: float = 1.0) -> Arrays:
    """Probabilities, (m, classes), or numbers in their own units, (m,)."""
    if hasattr(estimator, "predict_proba"):
        P: Arrays = estimator.predict_proba(X)
        return P
    predicted: Arrays = estimator.predict(X) * scale + mean
    return predicted


def _score(outputs: Arrays, y: Arrays, model: TableModel) -> tuple[dict[str, Score], Arrays]:
    """The scores, and the loss of each row."""
    if model.target.task is Task.REGRESSION:
        return number_scores(outputs, y), (outputs - y) ** 2
    label = np.searchsorted(model.estimator.classes_, y)
    return class_scores(outputs, label), log_losses(outputs, label)
