"""Small tables as people have them, from the file to the model: each has the right values at the end."""

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shoal.tables import TableClassifier, TrainSettings, open_table, train_table

ROWS = 160
X = np.random.default_rng(5).normal(size=ROWS)
Y = np.where(X + 0.1 * np.random.default_rng(6).normal(size=ROWS) > 0, "yes", "no")
DAYS = [date(2019, 6, 1) + timedelta(int(n)) for n in np.random.default_rng(7).integers(0, 700, ROWS)]


def trained(folder: Path, name: str, cells: list[str], *, separator: str = ",") -> TableClassifier:
    """Of a file with this column and a target that follows it."""
    rows = [f'"{cell}"{separator}{label}' for cell, label in zip(cells, Y, strict=True)]
    (folder / "t.csv").write_text("\n".join([f"{name}{separator}y", *rows]), encoding="utf-8")
    settings = TrainSettings(hidden=(), keep=(name,))
    return train_table(open_table(folder / "t.csv").frame, "y", settings)


def scale_of(model: TableClassifier) -> tuple[str, float, float]:
    (column,) = model.encoder_.columns
    return column.kind, column.scale.mean, column.scale.deviation  # type: ignore[attr-defined]


NUMBERS = {
    "salary with commas": ("{:,.0f}", 8000, 2000, ","),
    "dollars": ("${:,.2f}", 8000, 2000, ","),
    "percent": ("{:.1f}%", 50, 10, ","),
    "decimal comma": ("{:.2f}", 50, 10, ";"),
    "wan": ("{:.0f} 万", 290, 50, ","),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name: str, tmp_path: Path) -> None:
    write, middle, spread, separator = NUMBERS[name]
    numbers = middle + spread * X
    cells = [write.format(number) for number in numbers]
    if separator == ";":
        cells = [cell.replace(".", ",") for cell in cells]
    kind, mean, deviation = scale_of(trained(tmp_path, "w", cells, separator=separator))
    factor = 10_000 if name == "wan" else 1
    assert kind == "number"
    assert mean == pytest.approx(factor * numbers.mean(), rel=0.02)
    assert deviation == pytest.approx(factor * numbers.std(), rel=0.1)


@pytest.mark.parametrize("word", ["-", "--", ".", "n.a.", "N/D", "k.A.", "nil", "NaT", "unknown", "无", "NA"])
def test_a_word_for_missing(word: str, tmp_path: Path) -> None:
    cells = [word if n % 40 == 7 else f"{50 + 10 * x:.0f}" for n, x in enumerate(X)]
    model = trained(tmp_path, "w", cells)
    assert model.encoder_.feature_names == ("w", "w is missing")
    assert scale_of(model)[1] == pytest.approx(50 + 10 * X.mean(), abs=1)


DATES = {
    "american": "%m/%d/%Y %I:%M:%S %p",
    "day-month-yy": "%d-%b-%y",
    "month-yy": "%b-%y",
    "year-month": "%Y-%m",
    "eight digits": "%Y%m%d",
    "long": "%A, %B %d, %Y",
    "chinese": "%Y年%m月%d日",
    "plain": "%Y-%m-%d",
}


@pytest.mark.parametrize("name", DATES)
def test_dates(name: str, tmp_path: Path) -> None:
    kind, mean, _ = scale_of(trained(tmp_path, "d", [f"{day:{DATES[name]}}" for day in DAYS]))
    days = np.array([(day - date(1970, 1, 1)).days for day in DAYS])
    assert kind == "date"
    assert mean == pytest.approx(days.mean(), abs=25)  # months stand for their first day; training rows only


def test_german_dates(tmp_path: Path) -> None:
    months = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ]
    cells = [f"{day.day}. {months[day.month - 1]} {day.year}" for day in DAYS]
    assert scale_of(trained(tmp_path, "d", cells))[0] == "date"


@pytest.mark.parametrize(("one", "other"), [("%d/%m/%Y", "%Y-%m-%d"), ("%d/%m/%y", "%d/%m/%Y")])
def test_dates_in_two_forms(one: str, other: str, tmp_path: Path) -> None:
    old = date(2020, 5, 1)
    cells = [f"{day:{one}}" if day < old else f"{day:{other}}" for day in DAYS]
    mixed, plain = (trained(tmp_path, "d", found) for found in (cells, [str(day) for day in DAYS]))
    assert scale_of(mixed) == scale_of(plain)
    assert "2 forms" in str(mixed.notes_[0])


def test_zeros_among_dates(tmp_path: Path) -> None:
    model = trained(tmp_path, "d", ["0000-00-00" if n % 30 == 7 else str(d) for n, d in enumerate(DAYS)])
    assert model.encoder_.feature_names[-1] == "d is missing"
    assert any("0000-00-00" in str(note) for note in model.forms_.notes)


def test_plain_dates_are_the_same_as_before(tmp_path: Path) -> None:
    model = trained(tmp_path, "d", [f"{datetime(d.year, d.month, d.day, 5):%Y-%m-%d %H:%M}" for d in DAYS])
    assert model.forms_.columns == ()


def test_a_table_is_alike_from_a_file_and_from_a_frame(tmp_path: Path) -> None:
    cells = [int(f"{day:%Y%m%d}") for day in DAYS]
    model = trained(tmp_path, "d", [str(cell) for cell in cells])
    settings = TrainSettings(hidden=(), keep=("d",))
    other = train_table(pl.DataFrame({"d": cells, "y": Y}), "y", settings)
    frame = pl.DataFrame({"d": cells[:9]})
    np.testing.assert_array_equal(model.predict_proba(frame), other.predict_proba(frame))
