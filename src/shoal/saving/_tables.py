"""The part of a model file that is about a table: how its columns are read, and what training found."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone

from shoal.base import schema
from shoal.saving._agreement import check_table_fits, is_linear
from shoal.tables import TableClassifier, TableEncoder, TableRegressor, TargetEncoder, TrainingRecord
from shoal.tables._columns import read_finding, told_missing
from shoal.tables._estimator import TableEstimator, learns_counts
from shoal.tables.encode import SCALES, TargetScale, Task
from shoal.tables.forms import Forms


def table_document(model: TableEstimator) -> dict[str, Any]:
    """All that a file says of a table estimator beside the estimator inside it."""
    scale = getattr(model, "scale_", TargetScale())
    names = getattr(model, "feature_names_in_", None)
    return {
        "encoder": model.encoder_.to_dict(),
        "target": model.target_.to_dict(),
        "target_mean": scale.mean,
        "target_scale": scale.scale,
        "target_transform": next(name for name, kind in SCALES.items() if kind is type(scale)),
        "report": model.report_,
        "forms": None if model.forms_ is None else model.forms_.to_dict(),
        "findings": [finding.to_dict() for finding in model.findings_],
        "columns": {"count": model.n_features_in_, "names": None if names is None else list(names)},
        "asked": {
            "columns": dict(model.columns or {}),
            "missing": {name: list(told_missing(values)) for name, values in (model.missing or {}).items()},
            "keep": list(model.keep),
            "drop": list(model.drop),
            "cost": {str(label): cost for label, cost in (getattr(model, "cost", None) or {}).items()},
            **{name: value for name in ("group", "order") if (value := getattr(model, name)) is not None},
        },
    }


def table_model(estimator: Any, table: Mapping[str, Any]) -> TableEstimator:
    """The table estimator that `table_document` described; raises if its parts do not fit together.

    Files of format 3 and older lack what came later.
    """
    found = _TABLE(table)
    encoder, target = TableEncoder.from_dict(found["encoder"]), TargetEncoder.from_dict(found["target"])
    check_table_fits(estimator, encoder, target)
    record = _record_in(found["report"], target, estimator)
    model = _asked_model(clone(estimator), target.task, found)
    model.estimator_, model.encoder_, model.target_, model.report_ = (
        estimator,
        encoder,
        target,
        found["report"],
    )
    forms = found.get("forms", {"columns": []})  # a model of an older file reads plain cells
    model.forms_ = None if forms is None else Forms.from_dict(forms)
    model.findings_ = tuple(found.get("findings", () if record is None else record.findings))
    _set_columns(model, found.get("columns"))
    if isinstance(model, TableRegressor):
        scale = SCALES[found.get("target_transform", "")]
        model.scale_ = scale(found["target_mean"], found["target_scale"])
    return model


def _asked_model(inner: Any, task: Task, found: Mapping[str, Any]) -> TableEstimator:
    """The estimator, not fitted, with the parameters that somebody gave it."""
    asked = dict(found.get("asked", {}))
    cost = asked.pop("cost", {})
    if task is Task.REGRESSION:
        loss = "poisson" if learns_counts(inner) else None
        return TableRegressor(inner, log_target=bool(found.get("target_transform")), loss=loss, **asked)
    return TableClassifier(inner, cost=cost or None, **asked)


def _set_columns(model: TableEstimator, columns: Mapping[str, Any] | None) -> None:
    """What `fit` saw; of an older file, the columns that it uses."""
    used = [column.name for column in model.encoder_.columns]
    count, names = (len(used), used) if columns is None else (columns["count"], columns["names"])
    if names is not None and len(names) != count:
        raise schema.expected("same", len(names), "columns.names", value=count, other="columns.count")
    if unknown := sorted(set(used) - set(model._names(count) if names is None else names)):
        raise schema.expected("one_of", unknown[0], "encoder.columns", known="columns.names")
    model.n_features_in_ = count
    if names is not None:
        model.feature_names_in_ = np.array(names, dtype=object)


def _record_in(report: dict[str, Any], target: TargetEncoder, estimator: Any) -> TrainingRecord | None:
    """What training measured is possible, and the epoch that was kept is one of those there were.

    Only `train_table` and `search_table` make a report.
    """
    if not report:
        return None
    record = TrainingRecord.from_dict(report, target.task)
    if record.counts != learns_counts(estimator):
        loss = getattr(estimator, "loss", None)
        raise schema.expected(
            "same", record.settings.get("loss"), "report.settings.loss", value=loss, other="loss"
        )
    epochs = 0 if is_linear(estimator) else estimator.n_iter_
    if record.best_epoch > epochs:
        raise schema.expected("count_between", record.best_epoch, "report.best_epoch", least=0, most=epochs)
    return record


def _positive(value: object) -> float:
    if (found := schema.number(value)) <= 0:
        raise schema.expected("positive", value)
    return found


_TEXTS = schema.list_of(schema.text)
_TABLE = schema.record(
    {
        "encoder": schema.mapping,
        "target": schema.mapping,
        "target_mean": schema.number,
        "target_scale": _positive,
        "report": schema.mapping,
    },
    optional={
        "forms": schema.nullable(schema.mapping),
        "target_transform": schema.one_of(*SCALES),
        "findings": schema.list_of(read_finding),
        "columns": schema.record({"count": schema.count, "names": schema.nullable(_TEXTS)}),
        "asked": schema.record(
            {
                "columns": schema.mapping_of(schema.text),
                "missing": schema.mapping_of(_TEXTS),
                "keep": _TEXTS,
                "drop": _TEXTS,
                "cost": schema.mapping_of(_positive),
            },
            optional={"group": schema.text, "order": schema.text},
        ),
    },
)
