"""Whole numbers that may be names of kinds: one line for the table, and the bits of the training stay."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shoal.tables import TableRegressor, TrainSettings, describe, find_problems, open_table, train_table
from shoal.tables.findings._kinds import is_named_as_code

ROWS = 600
RNG = np.random.default_rng(31)
NOISE = RNG.normal(size=ROWS)
KIND = RNG.integers(0, 10, ROWS)
EFFECT = np.array([3.0, -2.0, 1.5, -3.0, 2.5, 0.0, -1.0, 3.5, -2.5, 1.0])  # of a kind, in no order


def said(y: object, task: str = "regression", **columns: object) -> list[str]:
    frame = pl.DataFrame({**columns, "noise": NOISE, "y": y})
    found = find_problems(frame, "y", describe(frame), task)
    return [name for one in found if one.kind == "code" for name in one.columns]


def test_levels_that_tell_more_than_a_line_are_named_for_numbers_and_for_classes():
    y = EFFECT[KIND] + NOISE
    assert said(y, UART=KIND) == ["UART"]
    assert said(np.where(y > 0, "hurt", "dead"), "classification", UART=KIND) == ["UART"]
    light = RNG.integers(0, 3, ROWS)
    assert said(np.array([0.0, 2.0, 0.5])[light] + NOISE, ULICHTVERH=light) == ["ULICHTVERH"]


def test_amounts_that_act_along_a_line_or_a_bend_are_not():
    quality, rooms, hour = RNG.integers(3, 9, ROWS), RNG.integers(1, 8, ROWS), RNG.integers(0, 24, ROWS)
    month = RNG.integers(1, 13, ROWS)
    y = 2 * quality - 3.0 * rooms + 0.4 * hour + 0.3 * month + NOISE
    assert said(y, quality=quality, rooms=rooms, hour=hour, month=month) == []
    assert said(-((rooms - 4.0) ** 2) + NOISE, rooms=rooms) == []
    assert said(NOISE[::-1].copy(), quality=quality, rooms=rooms, hour=hour, kind_of_noise=NOISE) == []


def test_one_line_for_the_table_names_at_most_eight(tmp_path: Path):
    columns = {f"type_{letter}": RNG.integers(1, 60, ROWS) for letter in "abcdefghijk"}
    frame = pl.DataFrame({**columns, "y": NOISE})
    frame.write_csv(tmp_path / "t.csv")
    table = open_table(tmp_path / "t.csv").frame
    (found,) = [f for f in find_problems(table, "y", describe(table)) if f.kind == "code"]
    assert not found.drop
    assert len(found.columns) == 11
    assert '"type_h" and 3 more' in str(found)
    assert "type_i" not in str(found)
    assert "--column NAME=category" in str(found)


NAMED = [
    "st",
    "county",
    "zip_code",
    "storeType",
    "RS",
    "region",
    "Klasse",
    "UTYP",
    "room_nr",
    "编号",
    "class 2",
]
NOT_NAMED = ["period", "widow", "1stFlrSF", "class_size", "no_of_rooms", "nr rooms", "st_depression"]
NOT_NAMED += ["start", "part", "idle", "artist", "typical", "state_population", "type"[::-1]]


@pytest.mark.parametrize("name", NAMED)
def test_names_of_codes(name: str):
    assert is_named_as_code(name)
    assert said(NOISE, **{name: RNG.integers(1001, 16077, ROWS) // 9 * 9}) == [name]


@pytest.mark.parametrize("name", NOT_NAMED)
def test_names_that_only_hold_such_a_word(name: str):
    assert not is_named_as_code(name)


def test_two_levels_and_decimals_are_no_kinds():
    assert said(NOISE, type=KIND % 2, code=NOISE[::-1].copy()) == []


def test_what_is_said_changes_no_bit_and_a_category_is_not_said():
    frame = pl.DataFrame({"region": KIND, "x": NOISE, "y": EFFECT[KIND] + NOISE})
    settings = TrainSettings(hidden=(), seed=3)
    told = train_table(frame, "y", settings)
    other = train_table(frame.rename({"region": "amount of it"}), "y", settings)
    kinds = train_table(frame, "y", replace(settings, columns={"region": "category"}))
    codes = [finding["kind"] for finding in told.report_["findings"]]
    assert codes == ["code"]
    assert not [f for f in kinds.report_["findings"] if f["kind"] == "code"]
    given = frame.rename({"region": "amount of it"})
    assert told.predict(frame).tolist() == other.predict(given).tolist()


def test_a_column_that_somebody_called_a_number_is_not_asked_about():
    frame = pl.DataFrame({"region": KIND, "zip_code": KIND * 7, "x": NOISE, "y": EFFECT[KIND] + NOISE})
    told = {"region": "number"}
    model = train_table(frame, "y", TrainSettings(hidden=(), seed=3, columns=told))
    (found,) = [finding for finding in model.report_["findings"] if finding["kind"] == "code"]
    assert found["column"] == "zip_code"
    assert not found["evidence"]["others"]
    own = TableRegressor(columns=told).fit(frame.drop("y"), frame["y"])
    assert [f.columns for f in own.findings_ if f.kind == "code"] == [("zip_code",)]
