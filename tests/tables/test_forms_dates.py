"""Dates as people write them, in one or several forms; clock times; what only looks like a date stays."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shoal import tables
from shoal.base.errors import DataError
from shoal.saving import load, save
from shoal.tables import Forms, TrainSettings, find_forms
from shoal.tables.encode._number import NumberEncoder
from shoal.tables.encode._scale import Scale

LINE = TrainSettings(hidden=())


def read(cells: list[object], **told: str) -> list[object]:
    frame = pl.DataFrame({"a": cells})
    forms = find_forms(frame, told)
    assert Forms.from_dict(forms.to_dict()) == forms
    return forms.apply(frame)["a"].to_list()


def said(cells: list[object], **told: str) -> str:
    return "\n".join(str(note) for note in find_forms(pl.DataFrame({"a": cells}), told).notes)


D = date
WRITTEN = {
    "american with time": (
        ["03/17/2020 05:15:00 PM", "12/01/2020 12:05:00 am"],
        [datetime(2020, 3, 17, 17, 15), datetime(2020, 12, 1, 0, 5)],
    ),
    "day-month-yy": (["17-Mar-20", "01-DEC-99"], [D(2020, 3, 17), D(1999, 12, 1)]),
    "month-yy": (["Mar-20", "Feb-19"], [D(2020, 3, 1), D(2019, 2, 1)]),
    "month year": (["March 2020", "Sept. 2019", "Mai 2020"], [D(2020, 3, 1), D(2019, 9, 1), D(2020, 5, 1)]),
    "year-month": (["2020-03", "2019-12"], [D(2020, 3, 1), D(2019, 12, 1)]),
    "month/year": (["03/2020", "12/2019"], [D(2020, 3, 1), D(2019, 12, 1)]),
    "weekday": (
        ["Tuesday, March 17, 2020", "Wed, Mar 18th, 2020"],
        [D(2020, 3, 17), D(2020, 3, 18)],
    ),
    "german": (
        ["17. März 2020", "1. Okt. 2019", "Di, 3. Dezember 2019"],
        [D(2020, 3, 17), D(2019, 10, 1), D(2019, 12, 3)],
    ),
    "german with time": (["17.03.2020, 17:15 Uhr", "1.3.2020 9.05 Uhr"],
                         [datetime(2020, 3, 17, 17, 15), datetime(2020, 3, 1, 9, 5)]),
    "chinese month": (["2020年3月", "2019年12月"], [D(2020, 3, 1), D(2019, 12, 1)]),
    "chinese time": (
        ["2020年3月17日 下午5:15", "2020年3月18日上午9时05分"],
        [datetime(2020, 3, 17, 17, 15), datetime(2020, 3, 18, 9, 5)],
    ),
    "chinese weekday": (["2020年3月17日 星期二", "2020/3/18 周三"], [D(2020, 3, 17), D(2020, 3, 18)]),
    "full-width": (["２０２０年３月１７日", "2020年3月18日"], [D(2020, 3, 17), D(2020, 3, 18)]),
    "17 of": (["17th of March 2020", "2nd April 2020"], [D(2020, 3, 17), D(2020, 4, 2)]),
    "week": (["2020-W12", "2020-W13-2"], [D(2020, 3, 16), D(2020, 3, 24)]),
    "zone": (
        ["2020-03-17T17:15:00Z", "2020-03-17 17:15 +02:00"],
        [datetime(2020, 3, 17, 17, 15), datetime(2020, 3, 17, 15, 15)],
    ),
    "iso and day/month": (["2020-03-17", "18/03/2020"], [D(2020, 3, 17), D(2020, 3, 18)]),
    "the order of one form is that of the other": (
        ["05/04/19", "17/03/2020", "01/02/2020"],
        [D(2019, 4, 5), D(2020, 3, 17), D(2020, 2, 1)],
    ),
    "words for missing": (["2020-03", "-", "n.a.", "2019-12"], [D(2020, 3, 1), None, None, D(2019, 12, 1)]),
    "zeros": (["2020-03-17", "0000-00-00", "2020-03-18"], [D(2020, 3, 17), None, D(2020, 3, 18)]),
    "zeros with time": (
        ["2020-03-17 01:02:03", "0000-00-00 00:00:00"], [datetime(2020, 3, 17, 1, 2, 3), None]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_written_dates(name: str) -> None:
    cells, right = WRITTEN[name]
    assert read(cells) == right
    assert cells[0] in said(cells)


COMPACT = [20200317 + n for n in range(12)] + [20191231, 20200229]


@pytest.mark.parametrize("dtype", [pl.String, pl.Int64, pl.Float64])
def test_eight_digits(dtype: type[pl.DataType]) -> None:
    frame = pl.DataFrame({"a": pl.Series([*COMPACT, None]).cast(pl.Int64).cast(dtype)})
    if dtype == pl.String:
        frame = frame.with_columns(pl.col("a").cast(pl.String))
    dates = find_forms(frame).apply(frame)["a"].to_list()
    assert dates[0] == D(2020, 3, 17)
    assert dates[-2:] == [D(2020, 2, 29), None]


@pytest.mark.parametrize(
    "cells",
    [
        ["20200317", "20200318", "20209901", "20200320", "20200321", "20200322"],  # an amount among them
        ["20200317", "20200318", "20200317"],  # too few to be certain
        [str(20_000_000 + 1_234_567 * n) for n in range(9)],
    ],
)
def test_amounts_stay_numbers(cells: list[str]) -> None:
    assert find_forms(pl.DataFrame({"a": cells})) == Forms()


LOOKALIKES = {
    "seasons": ["2009-10", "2010-11", "2011-12"],
    "no such months": ["2019-20", "2020-21"],
    "codes": ["MAR-20-X", "APR-21-Y"],
    "part numbers": ["17-ABC-20", "18-DEF-21"],
    "fractions": ["1/2", "3/4"],
    "scores": ["3:1", "2:2"],
    "versions": ["1.2.3", "1.3.0"],
    "names": ["May", "April"],
    "sizes": ["36-24-36", "34-26-35"],
}


@pytest.mark.parametrize("name", LOOKALIKES)
def test_what_only_looks_like_a_date_stays(name: str) -> None:
    assert read(LOOKALIKES[name]) == LOOKALIKES[name]


def test_years_alone_stay_numbers() -> None:
    assert find_forms(pl.DataFrame({"a": ["1999", "2020", "2021"]})) == Forms()


def test_two_orders_in_one_column_are_refused_with_the_reason() -> None:
    cells = ["17/03/2020", "03/17/2020", "04/05/2020"]
    assert read(cells) == cells
    assert "17/03/2020" in said(cells)
    assert "03/17/2020" in said(cells)


def test_a_word_among_dates_is_named() -> None:
    cells = [f"{n}. März 2020" for n in range(1, 29)]
    cells[20] = "later"
    assert read(cells) == cells
    assert 'row 21 holds "later"' in said(cells)
    assert read(cells, a="date")[20:22] == [None, D(2020, 3, 22)]


def test_an_order_that_nothing_shows_is_said_and_can_be_told() -> None:
    cells = ["03/04/2020", "05/06/2020"]
    assert find_forms(pl.DataFrame({"a": cells})).apply(pl.DataFrame({"a": cells}))["a"].to_list() == cells
    assert "date-day-first" in said(cells)
    assert read(cells, a="date-day-first") == [D(2020, 4, 3), D(2020, 6, 5)]
    assert read(cells, a="date-month-first") == [D(2020, 3, 4), D(2020, 5, 6)]
    assert said(["03/04/2020", "05/16/2020"]) == ""
    with_time = ["03/04/2020 5:15 PM", "05/06/2020 6:15 PM"]
    assert "date-day-first" in said(with_time)


def test_the_row_of_the_second_form_is_said() -> None:
    cells = ["2020-03-17"] * 4 + ["17/03/2020"] * 3
    note = said(cells)
    assert "2 forms" in note
    assert '"2020-03-17", "17/03/2020"' in note
    assert "row 5" in note


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["05:15 PM", "12:00 am", "-"], [time(17, 15), time(0), None]),
        (["17:15", "9:05"], [time(17, 15), time(9, 5)]),
        (["17:15:30", "09:05:01.5"], [time(17, 15, 30), time(9, 5, 1, 500_000)]),
        (["下午5:15", "上午9时"], [time(17, 15), time(9)]),
        (["17 Uhr", "9.30 Uhr"], [time(17), time(9, 30)]),
    ],
)
def test_times_of_day(cells: list[str], right: list[time]) -> None:
    assert read(cells) == right
    assert cells[0] in said(cells)


# --- in a model -----------------------------------------------------------------------------------------


def table_of_dates(rows: int = 160) -> tuple[list[date], list[str]]:
    random = np.random.default_rng(2)
    days = [date(2019, 1, 1) + timedelta(int(n)) for n in random.integers(0, 700, rows)]
    return days, ["yes" if (day - date(2019, 12, 15)).days + random.normal() > 0 else "no" for day in days]


def test_two_forms_are_as_good_as_one(tmp_path: Path) -> None:
    days, y = table_of_dates()
    mixed = [day.isoformat() if n % 2 else f"{day:%d/%m/%Y}" for n, day in enumerate(days)]
    settings = TrainSettings(hidden=(), keep=("d",))
    model = tables.train_table(pl.DataFrame({"d": mixed, "y": y}), "y", settings)
    plain = tables.train_table(pl.DataFrame({"d": days, "y": y}), "y", settings)
    np.testing.assert_array_equal(
        model.predict_proba(pl.DataFrame({"d": mixed})), plain.predict_proba(pl.DataFrame({"d": days}))
    )
    save(model, tmp_path / "m.shoal")
    loaded = load(tmp_path / "m.shoal")
    frame = pl.DataFrame({"d": mixed[:5]})
    np.testing.assert_array_equal(loaded.predict_proba(frame), model.predict_proba(frame))
    with pytest.raises(DataError, match=r'row 1.*"soon"'):
        loaded.predict(pl.DataFrame({"d": ["soon"]}))


def test_plain_dates_have_no_form() -> None:
    days, y = table_of_dates()
    frame = pl.DataFrame({"d": [f"{d:%m/%d/%Y}" for d in days], "y": y})
    model = tables.train_table(frame, "y", TrainSettings(hidden=(), keep=("d",)))
    assert model.forms_ == Forms()
    assert model.encoder_.columns[0].date_format == "%m/%d/%Y"  # type: ignore[attr-defined]


def test_clock_times_are_a_circle() -> None:
    hours = np.random.default_rng(3).uniform(0, 24, 200)
    y = ["night" if hour > 21 or hour < 5 else "day" for hour in hours]
    cells = [f"{int(h):02}:{int(60 * (h % 1)):02}" for h in hours]
    frame = pl.DataFrame({"t": cells, "y": y})
    model = tables.train_table(frame, "y", TrainSettings(hidden=(), keep=("t",)))
    assert model.encoder_.feature_names == ("t: time of day (sin)", "t: time of day (cos)")
    assert np.mean(model.predict(frame) == np.array(y)) > 0.95
    typed = pl.DataFrame({"t": [time(0, 1), time(12)]})
    assert model.predict(typed).tolist() == ["night", "day"]
    with pytest.raises(DataError, match="row 1"):
        model.predict(pl.DataFrame({"t": ["noon"]}))


def test_models_of_before_still_take_times_as_numbers() -> None:
    encoder = NumberEncoder("t", Scale(43_200.0, 1.0, 43_200.0), False)
    assert encoder.encode(pl.Series("t", [time(12, 0, 1)])).tolist() == [[1.0]]


def test_a_target_of_dates_stays_classes() -> None:
    x = np.random.default_rng(4).normal(size=60)
    y = np.where(x > 0, "Mar-20", "Apr-20")
    frame = pl.DataFrame({"x": x, "y": y})
    model = tables.train_table(frame, "y", TrainSettings(hidden=(), keep=("x",)))
    assert model.estimator_.classes_.tolist() == ["Apr-20", "Mar-20"]
