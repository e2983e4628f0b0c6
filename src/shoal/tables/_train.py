"""From a table to a trained and judged model: what `shoal train` does, one small step after another."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from shoal.base.errors import UsageError
from shoal.tables._estimators import kind_of, linear_estimator, network_parameters
from shoal.tables._judge import fit_linear, record_of
from shoal.tables._model import TableModel
from shoal.tables._plan import Plan, make_plan
from shoal.tables._settings import TrainSettings
from shoal.tables.encode import TableEncoder, TargetScale, Task, no_warning_of_many_classes
from shoal.tables.read import from_dataframe

Arrays = NDArray[Any]

_OF_EPOCHS = ("dropout", "epochs", "patience", "learning_rate", "batch_size")
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
    with no_warning_of_many_classes():
        return _train(make_plan(from_dataframe(table), target, settings), settings, callbacks)


def encode_table(table: Any, target: str) -> tuple[Arrays, Arrays, tuple[str, ...]]:
    """A whole table as numbers, for looking at and not for judging: nothing is held out.

    Parameters
    ----------
    table : polars, pandas or pyarrow table
        `shoal.tables.read_table` reads one from a file.
    target : str
        The column to predict; rows without it are left out.

    Returns
    -------
    X : ndarray of shape (rows, features)
        The columns that `train_table` would learn from, encoded as it would.
    y : ndarray of shape (rows,)
        Labels or numbers.
    names : tuple of str
        Of the columns of X.

    Raises
    ------
    DataError
        If the table or its target cannot be learned from.
    """
    with no_warning_of_many_classes():
        plan = make_plan(from_dataframe(table), target, _DEFAULTS)
        encoder = TableEncoder.fit(plan.frame, plan.features)
    return encoder.transform(plan.frame), plan.y, tuple(encoder.feature_names)


def _check_has_effect(settings: TrainSettings) -> None:
    """Without a hidden layer there are no epochs, so that their settings would be ignored."""
    for name in _OF_EPOCHS:
        if not settings.hidden and getattr(settings, name) != getattr(_DEFAULTS, name):
            raise UsageError("training.no_epochs", option=name.replace("_", "-"))


def _train(plan: Plan, settings: TrainSettings, callbacks: Sequence[Any]) -> TableModel:
    """Encode the rows, train on the training rows, judge on the test rows.

    The linear model comes last, because it only judges; without hidden layers it says which penalty suits.
    """
    encoder = TableEncoder.fit(plan.frame[plan.split.learned], plan.features)
    X = encoder.transform(plan.frame)
    if settings.hidden:
        estimator, (mean, scale) = fit_network(X, plan, settings, callbacks)
        linear = fit_linear(X, plan)
    else:
        linear = fit_linear(X, plan)
        estimator, (mean, scale) = solve_linear(X, plan, linear[1] if settings.l2 is None else settings.l2)
    model = TableModel(estimator, encoder, plan.target, {}, mean, scale, plan.forms)
    record = record_of(model, linear, X, plan, asdict(settings), len(plan.split.validation))
    return replace(model, report=record.to_dict())


def fit_network(
    X: Arrays, plan: Plan, settings: TrainSettings, callbacks: Sequence[Any] = ()
) -> tuple[Any, TargetScale]:
    """Train the network; the best epoch on the validation rows is kept.

    Returns the estimator, and how a numeric target was standardised.
    """
    split, y, scale = plan.split, plan.y, TargetScale()
    options = network_parameters(settings, len(split.train))
    if plan.target.task is Task.CLASSIFICATION:
        options["scoring"] = "neg_log_loss"
    else:
        scale = TargetScale.of(y[split.train])
        y = scale.standardise(y)
    estimator = kind_of(False, plan.target.task)(**options)
    estimator.set_callbacks(*callbacks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `stopped_` tells
        estimator.fit(X[split.train], y[split.train], X_val=X[split.validation], y_val=y[split.validation])
    estimator.set_callbacks()
    return estimator, scale


def solve_linear(X: Arrays, plan: Plan, l2: float) -> tuple[Any, TargetScale]:
    """Without a hidden layer: the minimum itself, on all rows that are not held out.

    Returns what `fit_network` does.
    """
    learned = plan.split.learned
    y, scale = plan.y[learned], TargetScale()
    if plan.target.task is Task.REGRESSION:
        scale = TargetScale.of(y)
        y = scale.standardise(y)
    return linear_estimator(plan.target.task, l2).fit(X[learned], y), scale
