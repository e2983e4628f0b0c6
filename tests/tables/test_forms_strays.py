"""Sentinels, slips of the pen, long identifiers, counts as targets, rows without a target, rare levels."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from shoal import tables
from shoal.base.errors import DataError
from shoal.tables import TrainSettings, describe, find_problems, train_table
from shoal.tables.encode._scale import Scale, slips

ROWS = 160
X = np.random.default_rng(5).normal(size=ROWS)
Y = np.where(X + 0.1 * np.random.default_rng(6).normal(size=ROWS) > 0, "yes", "no")


def problems(**columns: object) -> list[tables.Finding]:
    frame = pl.DataFrame({**columns, "noise": X[::-1].copy(), "y": Y})  # type: ignore[arg-type]
    return [found for found in find_problems(frame, "y", describe(frame)) if found.column != "noise"]


def with_every(cells: np.ndarray, step: int, value: float) -> np.ndarray:
    return np.where(np.arange(len(cells)) % step == 3, value, cells)


SPREAD = np.random.default_rng(7).permutation(np.linspace(0.1, 1500.0, ROWS).round(1))
SENTINELS = {
    "-999": (with_every(SPREAD / 100, 9, -999.0), "-999"),
    "-200 below what is never negative": (with_every(SPREAD, 9, -200.0), "-200"),
    "9999": (with_every(SPREAD, 9, 9999.0), "9999"),
    "999 for days": (np.where(np.arange(ROWS) % 9 == 3, SPREAD // 55, 999), "999"),
    "99 beside grades": (with_every(np.arange(ROWS) % 5 + 1.0, 9, 99.0), "99"),
    "0 for a pressure": (with_every(80 + X * 8, 9, 0.0), "0"),
}


@pytest.mark.parametrize("name", SENTINELS)
def test_a_sentinel_is_named_and_can_be_told(name: str) -> None:
    cells, value = SENTINELS[name]
    (found,) = problems(a=cells)
    assert found.kind == "sentinel"
    assert not found.drop
    assert float(found.evidence["value"]) == float(value)
    assert found.evidence["count"] == (cells == float(value)).sum()
    assert "--missing" in str(found)
    frame = pl.DataFrame({"a": cells, "x": X, "y": Y})
    told = train_table(frame, "y", TrainSettings(hidden=(), keep=("x",), missing={"a": (value,)}))
    assert "a is missing" in told.encoder_.feature_names
    assert not [finding for finding in told.report_["findings"] if finding["kind"] == "sentinel"]


def test_a_date_far_before_all_others() -> None:
    days = [date(2020, 1, 1) + timedelta(int(n) % 300) for n in range(ROWS)]
    days = [date(1900, 1, 1) if n % 20 == 3 else day for n, day in enumerate(days)]
    (found,) = problems(d=days)
    assert found.evidence == {"value": "1900-01-01", "count": 8}


@pytest.mark.parametrize(
    "cells",
    [
        np.arange(ROWS) % 2,
        np.arange(ROWS) % 7,
        X,
        np.exp(2 * X),
        np.random.default_rng(8).pareto(1.5, ROWS),
        np.where(np.arange(ROWS) % 3, 0, np.exp(X)),
        np.random.default_rng(9).poisson(2, ROWS),
        np.clip(X, -1, 1),
        np.round(X, 1),
    ],
)
def test_ordinary_numbers_have_neither(cells: np.ndarray) -> None:
    assert [found for found in problems(a=cells) if found.kind in ("sentinel", "slip")] == []


def test_slips_of_the_pen_are_named_and_do_not_count_for_the_scale() -> None:
    slipped = X.copy()
    slipped[3], slipped[50] = 16020, -9000
    (found,) = [found for found in problems(x=slipped) if found.kind == "slip"]
    assert found.evidence == {"row": 4, "value": "16020", "count": 2}
    assert "row 4" in str(found)
    keep = TrainSettings(hidden=(), keep=("x",))
    model = train_table(pl.DataFrame({"x": slipped, "y": Y}), "y", keep)
    clean = train_table(pl.DataFrame({"x": X, "y": Y}), "y", keep)
    fresh = pl.DataFrame({"x": np.linspace(-2, 2, 81)})
    assert np.mean(model.predict(fresh) == clean.predict(fresh)) > 0.95


def test_the_scale_of_columns_without_slips_is_of_all_numbers() -> None:
    for cells in (X, np.exp(2 * X), SPREAD):
        scale = Scale.of(pl.Series(cells))
        assert scale.mean == pytest.approx(cells.mean(), rel=1e-12)
        assert scale.deviation == pytest.approx(cells.std(), rel=1e-12)
    assert not slips(np.array([0.0] * 30 + [1e9])).any()  # nothing is usual where most numbers are the same
    assert slips(np.append(X, 1.7e308)).sum() == 1


LONG = [str(10**24 + 7919 * n * n) for n in range(ROWS)]
NINETEEN = [10**18 + 7919 * n * n for n in range(ROWS)]


@pytest.mark.parametrize(
    "cells", [LONG, NINETEEN, [str(n) for n in NINETEEN]], ids=["25 digits", "19 digits", "19 digits as text"]
)
def test_long_numbers_that_all_differ_are_identifiers(cells: list[object]) -> None:
    (found,) = problems(acct=cells)
    assert found.kind == "identifier"
    assert found.evidence["distinct"] == ROWS


def test_nanoseconds_are_no_identifiers() -> None:
    assert problems(t=[1_584_403_200_000_000_000 + 86_400 * 10**9 * n for n in range(ROWS)]) == []


def test_long_amounts_of_different_length_stay_numbers() -> None:
    cells = [str(7 ** (n % 40)) for n in range(ROWS)]
    assert describe(pl.DataFrame({"a": cells}))[0].kind == "number"


@pytest.mark.parametrize("words", [["much"], ["about 5", "6?"]])
def test_a_column_is_left_out_or_used(words: list[str]) -> None:
    cells = [f"{x:.5f}" for x in X]
    cells[: len(words)] = words
    (found,) = problems(a=cells)
    assert found.kind == "mixed"
    assert found.drop
    assert f'"{words[0]}"' in str(found)


def test_a_target_of_counts_is_a_number() -> None:
    counts = np.floor(6 * np.abs(X)).astype(int)
    assert (np.unique(counts, return_counts=True)[1] == 1).any()
    frame = pl.DataFrame({"x": np.abs(X), "y": counts})
    model = train_table(frame, "y", TrainSettings(hidden=(), keep=("x",)))
    assert model.target_.task == "regression"
    with pytest.raises(DataError, match="only one row"):
        train_table(frame, "y", TrainSettings(task="classification"))
    grades = np.arange(ROWS) % 5
    model = train_table(pl.DataFrame({"x": X, "y": grades}), "y", TrainSettings(hidden=()))
    assert model.target_.task == "classification"


@pytest.mark.parametrize("dress", ["{:.0f}", "${:,.0f}"])
def test_a_row_without_a_target_does_not_decide_what_a_column_is(dress: str) -> None:
    age = [dress.format(1040 + 100 * x) for x in X]
    frame = pl.DataFrame({"age": [None, *age, "sum of all"], "y": [None, *Y.tolist(), None]})
    model = train_table(frame, "y", TrainSettings(hidden=(), keep=("age",)))
    assert model.encoder_.feature_names == ("age",)
    assert model.report_["rows"]["unknown_target"] == 2
    assert model.evaluate(frame).to_dict()["same_table"]
    assert len(model.examples(frame).rows) == ROWS
    assert model.doctor(frame).headline()
    with pytest.raises(DataError, match="sum of all"):
        model.predict(frame)


def test_rows_of_findings_are_those_of_the_whole_table() -> None:
    slipped = X.copy()
    slipped[3] = 16020
    frame = pl.DataFrame({"x": [0.0, 0.0, *slipped], "y": [None, None, *Y.tolist()]})
    model = train_table(frame, "y", TrainSettings(hidden=(), keep=("x",)))
    assert [f["evidence"]["row"] for f in model.report_["findings"] if f["kind"] == "slip"] == [6]


def test_a_category_of_which_nearly_all_is_other_is_named() -> None:
    cells = [f"word {n}" if n % 20 else "often" for n in range(ROWS)]
    (found,) = problems(a=[*cells[:-8], *cells[:8]])
    assert found.kind == "other"
    assert not found.drop
    assert "152 of 160" in str(found) or "151 of 160" in str(found)
    assert problems(a=[f"word {n % 10}" for n in range(ROWS)]) == []
