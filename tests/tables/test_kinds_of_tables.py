"""Kinds of cells and tables from many countries, from the file to the plan: each has the right values."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from shoal.base.errors import DataError, ShoalError
from shoal.cli import main
from shoal.tables import Forms, TrainSettings, describe, find_forms, open_table, train_table
from shoal.tables._plan import Plan, make_plan

ROWS = 120
RANDOM = np.random.default_rng(12)
X = RANDOM.normal(size=ROWS)
Y = np.where(X + 0.1 * RANDOM.normal(size=ROWS) > 0, "yes", "no")
NUMBERS = [int(n) for n in RANDOM.integers(0, 1000, ROWS)]
DAYS = [date(2019, 6, 1) + timedelta(n) for n in NUMBERS]
PLAIN = TrainSettings(hidden=())


def written(folder: Path, columns: dict[str, Sequence[Any]], separator: str = ",") -> Path:
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return folder / "t.csv"


def planned(path: Path, settings: TrainSettings = PLAIN, target: str = "y") -> Plan:
    return make_plan(open_table(path).frame, target, settings)


def plan_of(folder: Path, cells: Iterable[Any]) -> Plan:
    """Of a file with a column "a", numbers beside it and two classes."""
    return planned(written(folder, {"a": list(cells), "x": [f"{x:.4f}" for x in X], "y": Y.tolist()}))


def kind_of(plan: Plan) -> str:
    return next(str(column.kind) for column in describe(plan.frame) if column.name == "a")


def notes_of(plan: Plan) -> set[str]:
    assert plan.reading.forms is not None
    return {note.kind for note in plan.reading.forms.notes}


def findings_of(plan: Plan) -> set[str]:
    return {str(finding.kind) for finding in plan.reading.findings if "a" in finding.columns}


# --- dates ------------------------------------------------------------------------------------------

MONTHS = {
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "short French": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre "
    "ottobre novembre dicembre",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober november december",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia "
    "września października listopada grudnia",
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "Czech": "ledna února března dubna května června července srpna září října listopadu prosince",
    "Danish": "januar februar marts april maj juni juli august september oktober november december",
}
AROUND = {
    "Spanish": "{} de {} de {}",
    "Portuguese": "{} de {} de {}",
    "Russian": "{} {} {} г.",
    "Czech": "{}. {} {}",
}


@pytest.mark.parametrize("language", MONTHS)
def test_months_of_many_languages(language: str, tmp_path: Path) -> None:
    names = MONTHS[language].split()
    form = AROUND.get(language, "{} {} {}")
    plan = plan_of(tmp_path, (form.format(day.day, names[day.month - 1], day.year) for day in DAYS))
    assert plan.frame["a"].to_list() == DAYS
    assert notes_of(plan) == {"dates"}


def at(hour: int, minute: int = 0, second: int = 0) -> Callable[[date], datetime]:
    return lambda day: (
        datetime(day.year, day.month, day.day) + timedelta(hours=hour, minutes=minute, seconds=second)
    )


def quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def month(day: date) -> date:
    return day.replace(day=1)


def same(day: date) -> date:
    return day


FRENCH = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
RUSSIAN = ["Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"]
Written = tuple[Callable[[date], str], Callable[[date], date]]
DATES: dict[str, Written] = {
    "quarter": (lambda d: f"{d.year}-Q{(d.month + 2) // 3}", quarter),
    "quarter first": (lambda d: f"Q{(d.month + 2) // 3} {d.year}", quarter),
    "Chinese quarter": (lambda d: f"{d.year}年第{'一二三四'[(d.month - 1) // 3]}季度", quarter),
    "month de year": (lambda d: f"{MONTHS['Spanish'].split()[d.month - 1]} de {d.year}", month),
    "week": (lambda d: f"{d:%G-W%V}", lambda d: d - timedelta(d.weekday())),
    "weekday and ISO": (lambda d: f"{d:%a} {d}", same),
    "French weekday": (lambda d: f"{FRENCH[d.weekday()]} {d:%d/%m/%Y}", same),
    "Russian weekday": (lambda d: f"{RUSSIAN[d.weekday()]}, {d:%d.%m.%Y}", same),
    "Japanese weekday": (lambda d: f"{d.year}年{d.month}月{d.day}日({'月火水木金土日'[d.weekday()]})", same),
    "Japanese era": (lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日", same),
    "Korean": (lambda d: f"{d.year}년 {d.month}월 {d.day}일", same),
    "end of the day": (lambda d: f"{d} {'24:00' if d.day > 20 else '10:30'}",
                       lambda d: at(24)(d) if d.day > 20 else at(10, 30)(d)),
    "zone by name": (lambda d: f"{d} 10:00 CET", at(9)),
    "zone of hours": (lambda d: f"{d:%a} {d} 10:00:00-03", at(13)),
    "log of a server": (lambda d: f"{d:%d/%b/%Y}:10:05:00 +0200", at(8, 5)),
    "mail": (lambda d: f"{d:%a, %d %b %Y} 10:05:00 +0200", at(8, 5)),
    "C": (lambda d: f"{d:%a %b} {d.day:2} 10:05:30 {d.year}", at(10, 5, 30)),
    "short ISO": (lambda d: f"{d:%Y%m%d}T100500Z", at(10, 5)),
    "14 digits": (lambda d: f"{d:%Y%m%d}100500", at(10, 5)),
    "12 digits": (lambda d: f"{d:%Y%m%d}1005", at(10, 5)),
    "comma before milliseconds": (lambda d: f"{d:%d.%m.%Y} 10:00:01,000", at(10, 0, 1)),
    "Spanish time": (lambda d: f"{d:%d/%m/%Y} a las 10:05", at(10, 5)),
}  # fmt: skip


@pytest.mark.parametrize("name", DATES)
def test_dates(name: str, tmp_path: Path) -> None:
    write, right = DATES[name]
    plan = plan_of(tmp_path, map(write, DAYS))
    assert kind_of(plan) == "date"
    assert plan.frame["a"].to_list() == [right(day) for day in DAYS]
    assert notes_of(plan) == {"dates"} or "dates_in_forms" in notes_of(plan)


NO_DATES = {
    "versions": [f"{1 + n % 3}.{n % 7}.{n % 4}" for n in NUMBERS],
    "seasons": [f"{2000 + n % 20}/{(n + 1) % 20:02}" for n in NUMBERS],
    "months without a year": [["enero", "avril", "März", "мая"][n % 4] for n in NUMBERS],
    "scores": [f"{n % 6}-{n % 4}" for n in NUMBERS],
    "blood pressure": [f"{100 + n % 60}/{60 + n % 9}" for n in NUMBERS],
    "shops of a quarter": [f"Q{1 + n % 4} {3000 + n % 9}" for n in NUMBERS],
    "a word and a number": [["mars", "lis", "set"][n % 3] + f" {n % 9}" for n in NUMBERS],
    "13th months of 14 digits": [f"2020{13 + n % 5}01100500" for n in NUMBERS],
}


@pytest.mark.parametrize("name", NO_DATES)
def test_no_dates(name: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, NO_DATES[name])
    assert kind_of(plan) in ("category", "number")
    assert plan.frame["a"].to_list() == NO_DATES[name]


def test_quarters_that_rise_are_the_order_of_time(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, (f"{1990 + n // 4}-Q{n % 4 + 1}" for n in range(ROWS)))
    assert [note.kind for note in plan.noticed] == ["time_order"]


# --- numbers ----------------------------------------------------------------------------------------

Dress = tuple[Callable[[int], str], Callable[[int], float]]
DRESSED: dict[str, Dress] = {
    "speed": (lambda n: f"{n} km/h", float),
    "price of an area": (lambda n: f"{n},50 €/m²", lambda n: n + 0.5),
    "wage": (lambda n: f"${n}.50/h", lambda n: n + 0.5),
    "power after a comma": (lambda n: f"1,{n:03}E+03", lambda n: 1000 + n),
    "power of ten": (lambda n: f"{n}.5×10^3", lambda n: 1000 * n + 500),
    "raised power": (lambda n: f"{n} × 10⁻²", lambda n: n / 100),
    "halves": (lambda n: f"{n}½" if n % 2 else str(n), lambda n: n + n % 2 / 2),
    "mixed fractions": (lambda n: f"{n} {1 + n % 3}/4 in", lambda n: n + (1 + n % 3) / 4),
    "Indian": (lambda n: f"₹{1 + n % 90},23,{n:03}", lambda n: 100_000 * (1 + n % 90) + 23_000 + n),
    "lakh and crore": (lambda n: f"₹{n} {('Cr', 'lakh')[n % 2]}", lambda n: n * (1e7, 1e5)[n % 2]),
    "Swiss": (lambda n: f"CHF {n + 1}’{n:03}.50", lambda n: 1000 * (n + 1) + n + 0.5),
    "Polish": (lambda n: f"{n},25 zł", lambda n: n + 0.25),
    "Polish by two names": (lambda n: f"{n} PLN" if n % 2 else f"{n} zł", float),
    "Brazilian": (lambda n: f"R$ {n + 1}.{n:03},50", lambda n: 1000 * (n + 1) + n + 0.5),
    "Russian": (lambda n: f"{n + 1} {n:03},50 руб.", lambda n: 1000 * (n + 1) + n + 0.5),
    "Russian millions": (lambda n: f"{n} млн руб.", lambda n: n * 1e6),
    "Japanese": (lambda n: f"{n}万円", lambda n: n * 1e4),
    "Korean": (lambda n: f"{n + 1},{n:03}원", lambda n: 1000 * (n + 1) + n),
    "Swedish": (lambda n: f"{n + 1} {n:03} kr", lambda n: 1000 * (n + 1) + n),
    "no cents": (lambda n: f"{n},- €", float),
    "per mille": (lambda n: f"{n} ‰", float),
    "Arabic digits": (lambda n: str(n).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), float),
    "temperatures": (lambda n: f"{n - 500} °C", lambda n: n - 500),
    "at least": (lambda n: f"{n + 1},000+", lambda n: 1000 * (n + 1)),
    "about": (lambda n: f"~{n}", float),
    "below what is measured": (lambda n: "<50" if n < 50 else str(n), lambda n: max(n, 50)),
    "above what is measured": (lambda n: "> 900" if n > 900 else f"{n}", lambda n: min(n, 900)),
    "footnotes": (lambda n: f"{n}*" if n % 9 == 0 else str(n), float),
}  # fmt: skip


@pytest.mark.parametrize("name", DRESSED)
def test_numbers_in_other_dress(name: str, tmp_path: Path) -> None:
    write, right = DRESSED[name]
    plan = plan_of(tmp_path, map(write, NUMBERS))
    assert kind_of(plan) == "number"
    assert plan.frame["a"].to_list() == pytest.approx([right(n) for n in NUMBERS])
    assert notes_of(plan)


@pytest.mark.parametrize("name", ["power after a comma", "lakh and crore", "below what is measured"])
def test_a_dressed_target(name: str, tmp_path: Path) -> None:
    write, right = DRESSED[name]
    plan = planned(written(tmp_path, {"x": X.tolist(), "y": [write(n) for n in NUMBERS]}))
    assert plan.target.task == "regression"
    assert plan.y == pytest.approx([right(n) for n in NUMBERS])


def letters(*words: str) -> list[str]:
    return [words[n % len(words)] for n in NUMBERS]


LOOKALIKES: dict[str, tuple[list[str], set[str]]] = {
    "classes of income": (letters("<=50K", ">50K"), set()),
    "school grades": (letters("2+", "2", "2-", "3+", "3-"), set()),
    "letters as grades": (letters("A+", "A", "B-"), set()),
    "simple fractions": (letters("1/2", "3/4", "7/8"), set()),
    "sizes": (letters("S", "M", "XL"), set()),
    "results of matches": (letters("1:0", "2:1", "0:0"), set()),
    "post codes": ([f"{n:05}" for n in NUMBERS], set()),
    "Polish post codes": ([f"{n % 90 + 10}-{n:03}" for n in NUMBERS], set()),
    "telephones": ([f"(555) {n:03}-{n:04}" for n in NUMBERS], {"phone"}),
    "French telephones": ([f"06 {n % 90 + 10} 11 {n % 80 + 10} 33" for n in NUMBERS], {"phone"}),
    "addresses of computers": ([f"10.0.{n % 9}.{n % 256}" for n in NUMBERS], {"version"}),
    "with a port": ([f"10.0.{n % 9}.{n % 256}:80" for n in NUMBERS], set()),
    "versions": ([f"v{n % 9}.{n % 5}.1" for n in NUMBERS], {"version"}),
    "codes of products": ([f"{1 + n % 9},{n:03}-A" for n in NUMBERS], {"code"}),
    "two currencies": ([f"{'$€'[n % 2]}{n}" for n in NUMBERS], {"two_currencies"}),
    "two more currencies": ([f"{n} {('zł', 'Kč')[n % 2]}" for n in NUMBERS], {"two_currencies"}),
    "two units": ([f"{n} {('kg', 'lb')[n % 2]}" for n in NUMBERS], {"two_units"}),
    "two temperatures": ([f"{n}°{'CF'[n % 2]}" for n in NUMBERS], {"two_units"}),
    "colours": ([f"#{n:03}{n % 9}ab" for n in NUMBERS], set()),
    "file names": ([f"img_{n % 9}.jpg" for n in NUMBERS], set()),
    "JSON": ([f'{{"a": {n % 9}}}' for n in NUMBERS], set()),
    "HTML": ([f"<b>{n % 9}</b>" for n in NUMBERS], set()),
    "emoji": (letters("😀", "😢", "🤖"), set()),
    "stars": (letters("★☆☆", "★★☆", "★★★"), set()),
    "plus and minus": (letters("+", "-"), set()),
    "lists": (letters("a,b", "a,c", "b,c"), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", LOOKALIKES)
def test_what_is_no_number_stays(name: str, tmp_path: Path) -> None:
    cells, said = LOOKALIKES[name]
    plan = plan_of(tmp_path, cells)
    assert kind_of(plan) in ("category", "text")
    assert plan.frame["a"].to_list() == cells
    assert notes_of(plan) <= said
    assert bool(notes_of(plan)) == bool(said)


# --- amounts in several units --------------------------------------------------------------------------

AMOUNTS: dict[str, Dress] = {
    "race times": (lambda n: f"{n}:{n % 60:02}", lambda n: 60 * n + n % 60),
    "hours beyond a day": (lambda n: f"{n}:{n % 60:02}:07", lambda n: 3600 * n + 60 * (n % 60) + 7),
    "what Python writes": (lambda n: f"{n} days, 1:00:{n % 60:02}", lambda n: 86400 * n + 3600 + n % 60),
    "ages": (lambda n: f"{n % 90} years {n % 12} months", lambda n: n % 90 + n % 12 / 12),
    "German ages": (lambda n: f"{n % 90} Jahre und {n % 12} Monate", lambda n: n % 90 + n % 12 / 12),
    "Chinese ages": (lambda n: f"{n % 90}岁{n % 12}个月", lambda n: n % 90 + n % 12 / 12),
    "Spanish hours": (lambda n: f"{n % 90} horas 30 min", lambda n: n % 90 + 0.5),
    "short hours": (lambda n: f"{n % 90}h {n % 60}m" if n % 2 else f"{n % 60} min",
                    lambda n: (n % 90 if n % 2 else 0) + n % 60 / 60),
    "ISO": (lambda n: f"PT{n % 90}H{n % 60}M", lambda n: n % 90 + n % 60 / 60),
    "feet": (lambda n: f"{4 + n % 3}'{n % 12}\"", lambda n: 4 + n % 3 + n % 12 / 12),
    "feet in words": (lambda n: f"{4 + n % 3} ft {n % 12} in", lambda n: 4 + n % 3 + n % 12 / 12),
    "pounds": (lambda n: f"{n} lb {n % 16} oz", lambda n: n + n % 16 / 16),
    "latitude": (lambda n: f"{n % 90}°{n % 60}'{'NS'[n % 2]}", lambda n: (n % 90 + n % 60 / 60) * (-1) ** n),
    "longitude": (lambda n: f"{n % 90}° {n % 60}′ 30″ {'EW'[n % 2]}",
                  lambda n: (n % 90 + n % 60 / 60 + 1 / 120) * (-1) ** n),
    "signed by a letter": (lambda n: f"{n % 90}.5° {'EW'[n % 2]}", lambda n: (n % 90 + 0.5) * (-1) ** n),
}  # fmt: skip


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_in_several_units(name: str, tmp_path: Path) -> None:
    write, right = AMOUNTS[name]
    cells = ["n/a" if k % 30 == 9 else write(n) for k, n in enumerate(NUMBERS)]
    plan = plan_of(tmp_path, cells)
    known = [right(n) for k, n in enumerate(NUMBERS) if k % 30 != 9]
    assert kind_of(plan) == "number"
    assert plan.frame["a"].drop_nulls().to_list() == pytest.approx(known)
    assert plan.frame["a"].null_count() == 4
    assert "amounts" in notes_of(plan)
    assert plan.reading.forms is not None
    assert Forms.from_dict(plan.reading.forms.to_dict()) == plan.reading.forms


NO_AMOUNTS = {
    "results": letters("1:0", "2:11", "10:3"),
    "angles of two kinds": [f"{n % 90}°{n % 60}'" if n % 2 else f"{n}'{n % 12}\"" for n in NUMBERS],
    "seats": [f"{n % 40}{'AB'[n % 2]} {n % 7}" for n in NUMBERS],
    "minutes beyond 59": [f"1:{60 + n % 30}:00" for n in NUMBERS],
    "units that rise": [f"{n % 12} in {n % 3} ft" for n in NUMBERS],
    "addresses of machines": [f"00:1b:{n % 90:02}:11" for n in NUMBERS],
}


@pytest.mark.parametrize("name", NO_AMOUNTS)
def test_what_is_no_amount_stays(name: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, NO_AMOUNTS[name])
    assert plan.frame["a"].to_list() == NO_AMOUNTS[name]
    assert "amounts" not in notes_of(plan)


def test_a_target_of_durations_is_a_number_and_of_few_hours_classes(tmp_path: Path) -> None:
    long = planned(written(tmp_path, {"x": X.tolist(), "y": [f"{n}:30:00" for n in NUMBERS]}))
    assert long.y.tolist() == [3600 * n + 1800 for n in NUMBERS]
    few = planned(written(tmp_path, {"x": X.tolist(), "y": letters("8:00", "20:00")}))
    assert set(few.y) == {"8:00", "20:00"}


@pytest.mark.parametrize("cell", ["5 h", "5h 61m", "n/a", "-"])
def test_amounts_at_prediction(cell: str, tmp_path: Path) -> None:
    cells = [f"{n % 9}h {n % 60}m" for n in NUMBERS]
    path = written(tmp_path, {"a": cells, "y": Y.tolist()})
    model = train_table(open_table(path).frame, "y", PLAIN)
    assert len(model.predict(pl.DataFrame({"a": [cell]}))) == 1
    with pytest.raises(DataError) as raised:
        model.predict(pl.DataFrame({"a": ["3 kg"]}))
    assert raised.value.key == "tables.not_a_number"


# --- words ------------------------------------------------------------------------------------------

MISSING = (
    "sin datos|desconocido|non renseigné|inconnu|não informado|sconosciuto|brak|brak danych|нет данных|н/д"
    "|onbekend|saknas|yok|不明|無回答|未提供|없음|keine Angabe|nicht erhoben|Not collected"
    "|WITHHELD|#VALUE!|－"
)


@pytest.mark.parametrize("word", MISSING.split("|"))
def test_a_word_for_missing_among_numbers(word: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, (word if n % 8 == 0 else n for n in NUMBERS))
    assert kind_of(plan) == "number"
    assert plan.frame["a"].to_list() == [None if n % 8 == 0 else n for n in NUMBERS]
    assert notes_of(plan) == {"missing"}


@pytest.mark.parametrize("word", ["desconhecido", "нет данных", "brak"])
def test_a_word_for_missing_in_a_target_and_among_dates(word: str, tmp_path: Path) -> None:
    cells = [word if n % 8 == 0 else f"{n}" for n in NUMBERS]
    plan = planned(written(tmp_path, {"x": X.tolist(), "y": cells}))
    assert plan.target.task == "regression"
    assert len(plan.y) == sum(n % 8 > 0 for n in NUMBERS)
    days = [word if n % 8 == 0 else f"{day:%d.%m.%Y}" for n, day in zip(NUMBERS, DAYS, strict=True)]
    plan = plan_of(tmp_path, days)
    assert kind_of(plan) == "date"
    assert notes_of(plan) == {"dates", "missing"}


@pytest.mark.parametrize("every", [3, 8, 30])
def test_a_word_that_nobody_knows_is_named(every: int, tmp_path: Path) -> None:
    cells = ["siehe Akte" if n % every == 1 else f"{n}" for n in NUMBERS]
    plan = plan_of(tmp_path, cells)
    (found,) = (finding for finding in plan.reading.findings if finding.kind == "mixed")
    assert found.evidence == {"row": cells.index("siehe Akte") + 1, "value": "siehe Akte",
                              "count": cells.count("siehe Akte")}  # fmt: skip
    assert not {finding.kind for finding in plan.reading.findings if finding.column == "a" and finding.drop}
    told = planned(tmp_path / "t.csv", TrainSettings(hidden=(), columns={"a": "number"}))
    assert kind_of(told) == "number"


GENUINE = {
    "a level beside a few numbers": letters("0", "1", "2", "more"),
    "words and numbers": [str(n) if n % 3 == 0 else ["auto", "none of these"][n % 2] for n in NUMBERS],
    "codes": [f"{n}" if n % 3 else f"{'ABCDEFG'[n % 7]}{n}" for n in NUMBERS],
}


@pytest.mark.parametrize("name", GENUINE)
def test_a_mixture_is_a_category(name: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, GENUINE[name])
    assert kind_of(plan) == "category"
    assert "mixed" not in findings_of(plan)


LEVELS = {
    "oui": letters("oui", "non", "Oui", "NON"),
    "sí": letters("sí", "no", "Sí"),
    "да": letters("да", "нет", "Да"),
    "ja": letters("ja", "nein", "JA"),
    "tak": letters("tak", "nie", "TAK"),
    "はい": letters("はい", "いいえ"),
    "likert": letters("agree", "Neutral", "neutral", "disagree"),
    "0/1/9": letters("0", "1", "9"),
    "marks": letters("✓", "✗"),
}


@pytest.mark.parametrize("name", LEVELS)
def test_levels(name: str, tmp_path: Path) -> None:
    plan = planned(written(tmp_path, {"x": X.tolist(), "y": LEVELS[name]}))
    assert plan.target.task == "classification"
    assert len(set(plan.y)) == len({str(level).casefold() for level in LEVELS[name]})


# --- targets that cannot be learned -------------------------------------------------------------------

ERRORS: dict[str, tuple[list[str], str]] = {
    "an unknown word": (
        ["w" if n % 9 == 1 else f"{n}.{k}" for k, n in enumerate(NUMBERS)],
        "mostly_numbers",
    ),
    "a single word": (
        ["?!" if k == 50 else f"{n}.{k}" for k, n in enumerate(NUMBERS)],
        "mostly_numbers",
    ),
    "two currencies": ([f"{'$€'[n % 2]}{n}.{k:03}" for k, n in enumerate(NUMBERS)], "looks_like"),
    "two units": ([f"{n}.{k:03} {('kg', 'lb')[n % 2]}" for k, n in enumerate(NUMBERS)], "looks_like"),
    "telephones": ([f"(555) {n:03}-{k:04}" for k, n in enumerate(NUMBERS)], "looks_like"),
    "plain dates": ([f"{DAYS[0] + timedelta(k)}" for k in range(ROWS)], "dates"),
    "written dates": ([f"{d.day} août {1900 + k}" for k, d in enumerate(DAYS)], "dates"),
    "names": ([f"Ann {k}" for k in range(ROWS)], "all_different"),
    "one class with one row": (["only", *letters("a", "b")[1:]], "single"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_target_that_cannot_be_learned_is_refused_with_its_cause(name: str, tmp_path: Path) -> None:
    cells, key = ERRORS[name]
    with pytest.raises(DataError) as raised:
        planned(written(tmp_path, {"x": X.tolist(), "y": cells}))
    assert raised.value.key == f"tables.target_{key}"
    assert str(raised.value)


# --- whole tables: what stands around them, and what their rows say ----------------------------------

LINES = [f"{x:.3f},{n},{y}" for x, n, y in zip(X, NUMBERS, Y, strict=True)]
BODY = "\n".join(LINES) + "\n"
PLAIN_TABLE = "x,n,y\n" + BODY
AROUND_TABLES = {
    "comments": ("# made by a machine\n# on a Monday\n" + PLAIN_TABLE, {"comments"}),
    "a title": ("Ventas de 2020\n\n" + PLAIN_TABLE, {"title"}),
    "a line for Excel": ("sep=,\n" + PLAIN_TABLE, {"separator_line"}),
    "another separator for Excel": ("sep=;\n" + PLAIN_TABLE.replace(",", ";"), {"separator_line"}),
    "units": ("x,n,y\ncm,count,-\n" + BODY, {"units"}),
    "a separator at the end": ("x,n,y\n" + "".join(f"{line},\n" for line in LINES), {"trailing"}),
    "two blanks": (PLAIN_TABLE.replace(",", "  "), {"blanks"}),
    "bars": (PLAIN_TABLE.replace(",", "|"), set()),
    "lines of an old Macintosh": (PLAIN_TABLE.replace("\n", "\r"), set()),
    "a sum": (PLAIN_TABLE + f"Suma,{sum(NUMBERS)},\n", {"footer"}),
    "empty lines": (PLAIN_TABLE.replace("\n", "\n\n"), set()),
    "quotes": ("".join('"' + line.replace(",", '","') + '"\n' for line in PLAIN_TABLE.splitlines()), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", AROUND_TABLES)
def test_the_same_table_in_other_clothes(name: str, tmp_path: Path) -> None:
    content, said = AROUND_TABLES[name]
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8", newline="")
    table = open_table(path)
    assert table.frame.rows() == [tuple(line.split(",")) for line in LINES]
    assert table.frame.columns == ["x", "n", "y"]
    assert {note.kind for note in table.notes} == said


def test_a_table_without_names(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(BODY)
    table = open_table(tmp_path / "t.csv")
    assert table.frame.height == ROWS
    assert [note.kind for note in table.notes] == ["no_header"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "shift_jis", "cp1252"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    words = {"gb18030": ("城市", "北京", "上海"), "shift_jis": ("都市", "東京のまち", "大阪のまち")}
    name, *cities = words.get(encoding, ("Straße", "Köln", "Zürich"))
    rows = (f"{cities[n % 2]},{x:.3f},{y}" for n, x, y in zip(NUMBERS, X, Y, strict=True))
    (tmp_path / "t.csv").write_bytes("\n".join([f"{name},x,y", *rows]).encode(encoding))
    frame = open_table(tmp_path / "t.csv").frame
    assert frame.columns == [name, "x", "y"]
    assert set(frame[name]) == set(cities)


def noted(plan: Plan) -> set[str]:
    return {note.kind for note in plan.noticed} | {str(finding.kind) for finding in plan.reading.findings}


FREE, CLASSES = {"x": X.tolist()}, {"y": Y.tolist()}
AGAIN = np.arange(ROWS) % 40
SMOOTH = RANDOM.normal(size=ROWS).cumsum()
TABLES: dict[str, tuple[dict[str, Sequence[Any]], set[str]]] = {
    "copies": ({"x": X[AGAIN].tolist(), "z": X[AGAIN + 40].tolist(), "y": Y[AGAIN + 50].tolist()},
    {"copies"}),
    "order of time": ({"day": [DAYS[0] + timedelta(k) for k in range(ROWS)], **FREE, **CLASSES},
                      {"time_order"}),
    "a lag": ({**FREE, "before": [0.0, *SMOOTH.tolist()[:-1]], "y": SMOOTH.tolist()}, {"lag"}),
    "imbalance": ({**FREE, "y": ["rare" if k in (5, 50) else "usual" for k in range(ROWS)]},
                  {"imbalance"}),
    "a heavy tail": ({"x": X[::-1].tolist(), "y": np.exp(3 * X + 1).tolist()}, {"skewed"}),
    "counts": ({**FREE, "y": [int(6 * abs(x)) for x in X]}, {"count"}),
    "ratings": ({**FREE, "y": [1 + n % 5 for n in NUMBERS]}, {"rating"}),
    "a leak": ({**FREE, "paid": [{"yes": "J", "no": "N"}[y] for y in Y], **CLASSES}, {"leak"}),
    "a leak of two columns": ({"net": NUMBERS, "tax": [n % 97 for n in range(ROWS)],
                               "y": [n + k % 97 for k, n in enumerate(NUMBERS)]}, {"leak_together"}),
    "keys of 25 digits": ({"acct": [f"{10**24 + k * 7919**5}" for k in range(ROWS)], **FREE, **CLASSES},
                          {"identifier"}),
    "keys of 19 digits": ({"id": [f"{10**18 + k * 7919}" for k in range(ROWS)], **FREE, **CLASSES},
                          {"identifier"}),
    "a slip": ({"x": [16020 if k == 3 else -9000 if k == 50 else x for k, x in enumerate(X)], **CLASSES},
               {"slip"}),
    "a sentinel": ({"w": [-999 if k % 20 == 0 else n for k, n in enumerate(NUMBERS)], **FREE, **CLASSES},
                   {"sentinel"}),
    "an empty column": ({"e": [""] * ROWS, **FREE, **CLASSES}, {"constant"}),
    "names of files": ({"f": [f"img_{k}.jpg" for k in range(ROWS)], **FREE, **CLASSES}, {"identifier"}),
    "IBANs": ({"f": [f"PL{k:02} 1140 2004 0000 {k:04}" for k in range(ROWS)], **FREE, **CLASSES},
              {"text"}),
    "a very long name": ({"n" * 5000: NUMBERS, **FREE, **CLASSES}, set()),
    "None, Mild, Severe": ({**FREE, "y": letters("None", "Mild", "Severe")}, set()),
    "NA and EU": ({**FREE, "y": letters("NA", "EU")}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_what_a_table_says_of_itself(name: str, tmp_path: Path) -> None:
    columns, said = TABLES[name]
    plan = planned(written(tmp_path, columns))
    assert noted(plan) == said
    assert len(plan.y) == ROWS


REFUSED = {
    "two columns of one name": ("x,x,y\n" + BODY, "tables.duplicate_column"),
    "one row": ("x,n,y\n" + LINES[0] + "\n", "tables.target_constant"),
    "eight rows": ("x,y\n" + "".join(f"{k},{'ab'[k % 2]}\n" for k in range(8)), "training.few_rows"),
    "only names": ("x,n,y\n", "tables.header_only"),
    "a web page": ("<!DOCTYPE html><html><body><table></table></body></html>", "tables.web_page"),
    "a row that is too long": (PLAIN_TABLE + "1,2,yes,4\n", "tables.ragged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_with_its_cause(name: str, tmp_path: Path) -> None:
    content, key = REFUSED[name]
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ShoalError) as raised:
        planned(tmp_path / "t.csv")
    assert raised.value.key == key


def test_a_thousand_columns(tmp_path: Path) -> None:
    names = [f"c{k}" for k in range(1000)]
    rows = [",".join([*RANDOM.integers(0, 9, 1000).astype(str), "ab"[r % 2]]) for r in range(12)]
    (tmp_path / "t.csv").write_text("\n".join([",".join([*names, "y"]), *rows]))
    frame = open_table(tmp_path / "t.csv").frame
    assert frame.shape == (12, 1001)
    assert not find_forms(frame).columns


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_says_what_it_did(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOAL_LANG", language)
    height = AMOUNTS["feet"][0]
    path = written(tmp_path, {"born": [f"{d.day} août {d.year}" for d in DAYS], "x": [f"{x:.3f}" for x in X],
                              "tall": list(map(height, NUMBERS)), "y": Y.tolist()})  # fmt: skip
    assert main(["train", str(path), "--target", "y", "--hidden", "0"]) == 0
    said = capsys.readouterr()
    assert "août" in said.out + said.err
    assert height(NUMBERS[0]) in said.out + said.err
