"""From a table to a trained and judged model: what `shoal train` does, one small step after another."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from shoal.base.errors import UsageError
from shoal.tables._estimator import TableEstimator
from shoal.tables._fitting import fitted
from shoal.tables._judge import fit_linear, record_of, recorded, with_scale
from shoal.tables._networks import linear_estimator, network_of
from shoal.tables._plan import Plan, make_plan
from shoal.tables._settings import TrainSettings
from shoal.tables._split import Rows
from shoal.tables.encode import TableEncoder, no_warning_of_many_classes
from shoal.tables.read import from_dataframe

Arrays = NDArray[Any]

_OF_EPOCHS = ("dropout", "epochs", "patience", "learning_rate", "batch_size")
_DEFAULTS = TrainSettings()


def train_table(
    table: Any, target: str, settings: TrainSettings = _DEFAULTS, callbacks: Sequence[Any] = ()
) -> TableEstimator:
    """Train a network on a table, judge it on rows that were held out, and train it again on all rows.

    Parameters
    ----------
    table : polars, pandas or pyarrow table
        `shoal.tables.read_table` reads one from a file.
    target : str
        The column to predict.
    settings : TrainSettings, optional
        Layers, columns, penalties and the like.
    callbacks : sequence, optional
        scikit-learn callbacks, called once an epoch of both trainings.

    Returns
    -------
    TableClassifier or TableRegressor
        Its `report_` is a `shoal.tables.TrainingRecord`, as a dictionary; the scores in it are those of the
        network that had not seen the rows held out.

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
        plan = with_scale(make_plan(from_dataframe(table), target, settings), settings.log_target)
        return _train(plan, settings, callbacks)


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
        encoder = TableEncoder.fit(plan.frame, plan.reading.columns)
    return encoder.transform(plan.frame), plan.y, tuple(encoder.feature_names)


def _check_has_effect(settings: TrainSettings) -> None:
    """Without a hidden layer there are no epochs, so that their settings would be ignored."""
    for name in _OF_EPOCHS:
        if not settings.hidden and getattr(settings, name) != getattr(_DEFAULTS, name):
            raise UsageError("training.no_epochs", option=name.replace("_", "-"))


def _train(plan: Plan, settings: TrainSettings, callbacks: Sequence[Any]) -> TableEstimator:
    """Train on the training rows, judge on the test rows, then train again on all rows.

    The linear model comes last, because it only judges; without hidden layers it says which penalty suits.
    """
    split, task = plan.split, plan.target.task
    if settings.hidden:
        learn = partial(_network, plan, settings, callbacks)
        model = learn(split.learned)
        X = model.encoder_.transform(plan.frame)
        linear = fit_linear(X, plan)
    else:
        X = TableEncoder.fit(plan.frame[split.learned], plan.reading.columns).transform(plan.frame)
        linear = fit_linear(X, plan)
        l2 = linear[1] if settings.l2 is None else settings.l2
        learn = partial(fitted, plan, linear_estimator(task, l2, plan.class_weight, plan.loss))
        model = learn(split.learned)
    record = record_of(model, linear, X, plan, asdict(settings), len(split.validation))
    del X, linear  # they take as much as the table
    if settings.refit and plan.own is None:  # a test table only judges
        model = learn(np.arange(len(plan.y)))
    recorded(model, record, plan)
    return model


def _network(plan: Plan, settings: TrainSettings, callbacks: Sequence[Any], rows: Rows) -> TableEstimator:
    """A network that learns from these rows; the best epoch on the validation rows among them is kept."""
    stopped_by = plan.split.validation
    inner = network_of(settings, plan.target.task, len(rows) - len(stopped_by))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # `stopped_` tells
        return fitted(plan, inner, rows, stopped_by, callbacks)
