"""A model of a planned table, fitted to some of its rows: what `shoal train` and `shoal search` both need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from shoal.tables._classifier import TableClassifier
from shoal.tables._columns import Column
from shoal.tables._estimator import TableEstimator
from shoal.tables._plan import Plan
from shoal.tables._regressor import TableRegressor
from shoal.tables._split import Rows
from shoal.tables._ties import StopBy
from shoal.tables.encode import Task
from shoal.tables.findings import identifiers_in


def blank(plan: Plan, inner: Any, features: Sequence[Column] | None = None) -> TableEstimator:
    """A model of the table, not fitted; with `features` for rows whose cells are read already."""
    asked = plan.asked
    if features is not None:
        asked = {"features": features, **{name: plan.asked[name] for name in ("group", "order")}}
    if plan.target.task is Task.REGRESSION:
        loss = "poisson" if plan.counts else None
        return TableRegressor(inner, log_target=plan.log_target, loss=loss, **asked)
    return TableClassifier(inner, cost=plan.cost or None, **asked)


def fitted(
    plan: Plan, inner: Any, rows: Rows, stopped_by: Rows | None = None, callbacks: Sequence[Any] = ()
) -> TableEstimator:
    """A model of the table with a copy of `inner` in it; the rows of `stopped_by` only stop its training."""
    places = None if stopped_by is None else np.searchsorted(rows, stopped_by)
    frame = plan.frame if len(rows) == plan.frame.height else plan.frame[rows]
    frame = frame.drop(plan.target.name)
    model = blank(plan, inner)
    validate_data(model, frame, skip_check_array=True)  # sets the names of the columns
    return model.learn(frame, plan.y[rows], plan.reading, places, plan.weights_of(rows), callbacks)


def stop_by_of(plan: Plan, rows: Rows) -> StopBy:
    """Which of these rows stop a network that is fitted to them alone."""
    of_table = (plan.frame[rows], plan.reading.columns, plan.y[rows], plan.target.task)
    return StopBy(*of_table, identifiers_in, plan.asked["group"], plan.asked["order"])
