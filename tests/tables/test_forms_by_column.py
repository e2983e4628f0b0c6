"""Dates that only their column makes sure: a short year first, days of the year, time since 1970."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.saving import load, save
from shoal.tables import Forms, TrainSettings, find_forms, train_table
from shoal.tables.encode import describe

FIRST = datetime(2020, 3, 17, 5, 15)
WHENS = [FIRST + timedelta(days=n, seconds=7 * n) for n in range(9)]
SECONDS = [int((when - datetime(1970, 1, 1)).total_seconds()) for when in WHENS]


def read(cells: list[object], name: str = "a", kind: str | None = None) -> tuple[list[object], str]:
    frame = pl.DataFrame({name: cells})
    forms = find_forms(frame, {name: kind} if kind else None)
    assert Forms.from_dict(forms.to_dict()) == forms
    return forms.apply(frame)[name].to_list(), "\n".join(map(str, forms.notes))


@pytest.mark.parametrize(
    "cells",
    [["99-12-31", "01-02-03"], ["20/3/7", "99/12/31"], ["99.12.31", "20.12.31"], ["00/12/31", "20/1/1"]],
)
def test_a_short_year_is_first_where_no_other_order_fits(cells: list[str]) -> None:
    years = [int(cell[:2]) for cell in cells]
    found, said = read(cells)
    assert [day.year % 100 for day in found] == years  # type: ignore[attr-defined]
    assert cells[0] in said


@pytest.mark.parametrize("end", ["", " 10:30"])
@pytest.mark.parametrize("mark", ["/", "-", "."])
def test_a_year_that_may_be_at_either_end_is_said_and_can_be_told(mark: str, end: str) -> None:
    cells = [f"20{mark}03{mark}{day}{end}" for day in (17, 18, 19)]
    _, said = read(cells, "date")
    assert "2017-03-20" in said
    assert "date-year-first" in said
    told, of_told = read(cells, kind="date-year-first")
    assert [f"{when:%Y-%m-%d}" for when in told] == ["2020-03-17", "2020-03-18", "2020-03-19"]  # type: ignore[str-format]
    assert "2020-03-17" in of_told
    assert read([f"{day}{mark}03{mark}20{end}" for day in (17, 18, 19)])[1].count("year-first") == 0


@pytest.mark.parametrize("dtype", [pl.String, pl.Int64, pl.Float64])
@pytest.mark.parametrize("name", ["timestamp", "createdAt", "ts", "Start_Time", "更新时间", "publish date"])
def test_seconds_since_1970_with_a_name_of_time(name: str, dtype: type[pl.DataType]) -> None:
    cells = pl.Series([*SECONDS, None]).cast(dtype)
    found, said = read(cells.to_list(), name)
    assert found == [*WHENS, None]
    assert "--column NAME=number" in said
    kept, told = read(cells.to_list(), name, "number")
    assert kept == cells.to_list()
    assert not told


def test_milliseconds_decimals_and_words_for_missing() -> None:
    part = timedelta(milliseconds=123, microseconds=500)
    assert read([f"{n}123.5" for n in SECONDS], "updated")[0] == [when + part for when in WHENS]
    assert read([f"{n}.1235" for n in SECONDS], "updated")[0] == [when + part for when in WHENS]
    assert read([*map(str, SECONDS), "-"], "updated")[0] == [*WHENS, None]
    assert read([*map(str, SECONDS), "1"], "updated", "date")[0] == [*WHENS, None]


def test_without_a_name_of_time_it_is_only_proposed() -> None:
    found, said = read(list(SECONDS), "b")
    assert found == SECONDS
    assert "--column NAME=date" in said
    assert read(list(SECONDS), "b", "date")[0] == WHENS


@pytest.mark.parametrize("name", ["user_id", "phone", "电话", "part number", "runtime id"])
def test_keys_stay(name: str) -> None:
    assert read(list(SECONDS), name) == (SECONDS, "")


@pytest.mark.parametrize("name", ["runtime", "candidate", "cpu_time", "duration of update", "attempt"])
def test_names_that_only_hold_such_a_word(name: str) -> None:
    assert read(list(SECONDS), name)[0] == SECONDS


def test_numbers_outside_of_the_years_stay() -> None:
    for cells in ([5_000_000_000 + n for n in range(9)], [*SECONDS, 1], [n % 100 for n in SECONDS]):
        assert read(list(cells), "time") == (cells, "")


DAYS = [f"2020-{n:03}" for n in range(3, 200, 4)]


def test_days_of_the_year_that_rise() -> None:
    right = [date(2020, 1, 1) + timedelta(n - 1) for n in range(3, 200, 4)]
    assert read(list(DAYS))[0] == right
    assert read([cell.replace("-", "") for cell in DAYS])[0] == right
    assert read([int(cell.replace("-", "")) for cell in DAYS])[0] == right
    assert read(list(reversed(DAYS)), "date")[0] == right[::-1]
    assert "2020-01-03" in read(list(DAYS))[1]
    assert read(list(DAYS), kind="text")[0] == DAYS


def test_what_may_be_days_of_the_year_stays_with_a_word() -> None:
    numbered = [f"2020-{n:03}" for n in range(1, 120)]
    for cells in (list(reversed(DAYS)), numbered):
        found, said = read(list(cells))
        assert found == cells
        assert "--column NAME=date" in said
        assert isinstance(read(list(cells), kind="date")[0][0], date)
    for name in ("day", "DOY", "日期"):
        assert isinstance(read(list(numbered), name)[0][0], date)
    assert read(list(DAYS), "case_no")[0] == DAYS
    small = [f"2020-{n:03}" for n in range(3, 30)]
    assert read(list(small))[0] == small
    beyond = [*DAYS, "2020-367"]
    assert read(list(beyond))[0] == beyond
    assert read([2020003, 2020099, 2020900, 2021001, 2021099, 2021100])[1] == ""


def test_a_model_of_stamps_reads_them_from_its_file(tmp_path: Path) -> None:
    days = np.random.default_rng(5).integers(0, 700, 160)
    stamps = [1_500_000_000 + 86_400 * int(day) + 30_000 for day in days]
    frame = pl.DataFrame({"created_at": stamps, "y": np.where(days > 350, "late", "soon")})
    model = train_table(frame, "y", TrainSettings(hidden=(), keep=("created_at",)))
    assert model.encoder_.feature_names[0].startswith("created_at")
    assert describe(model.forms_.apply(frame))[0].kind == "date"
    save(model, tmp_path / "m.shoal")
    loaded = load(tmp_path / "m.shoal")
    text = frame.with_columns(pl.col("created_at").cast(pl.String))
    for rows in (frame, text):
        np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(frame))
    with pytest.raises(DataError, match="row 1"):
        loaded.predict(pl.DataFrame({"created_at": ["1584403"]}))


@pytest.mark.parametrize("cells", [["12-05-31", "11-06-30"], ["10-12-08", "09-11-07"]])
def test_three_pairs_of_digits_without_a_name_of_time_stay(cells: list[str]) -> None:
    found, said = read(list(cells), "part")
    assert found == cells
    assert "--column NAME=date" in said
    assert read(list(cells), "part", "date")[0] != cells
