"""Numbers in other dress: found from the whole column, read the same at prediction; lookalikes stay."""

from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings

from shoal import tables
from shoal.base.errors import DataError, ModelFileError, UsageError
from shoal.saving import load, save
from shoal.tables import Forms, TrainSettings, find_forms
from shoal.tables.forms import _find
from shoal.tables.forms._form import AsItIs
from shoal.tables.forms._numbers import NumberForm


def read(cells: list[str | None], **others: list[str]) -> list[object]:
    """The cells of a column as they are read beside these other columns."""
    frame = pl.DataFrame({"a": cells, **others})
    forms = find_forms(frame)
    assert Forms.from_dict(forms.to_dict()) == forms
    return forms.apply(frame)["a"].to_list()


NUMBERS = {
    "comma": (["8,123", "12,000", "999"], [8123, 12000, 999]),
    "point": (["1.234,56", "7,1"], [1234.56, 7.1]),
    "space": (["1 234,5", "2\u00a0000,25", "3\u202f000"], [1234.5, 2000.25, 3000]),
    "apostrophe": (["1'234.5", "2’000"], [1234.5, 2000]),
    "indian": (["1,23,456", "12,34,567.5"], [123456, 1234567.5]),
    "decimal comma": (["12,5", "3,25"], [12.5, 3.25]),
    "a group never starts with 0": (["1,234", "0,512"], [1.234, 0.512]),
    "dollars": (["$8,123.00", "$7.50", "12"], [8123, 7.5, 12]),
    "euros": (["1.000,00 €", "-5,50 €"], [1000, -5.5]),
    "sign and currency": (["-$5", "$-7", "$ 8"], [-5, -7, 8]),
    "one currency by two names": (["USD 5", "$6"], [5, 6]),
    "yuan": (["￥1,200", "900元"], [1200, 900]),
    "francs": (["CHF 1'200.50", "CHF 30"], [1200.5, 30]),
    "percent": (["53.1%", "50 %", "49"], [53.1, 50, 49]),
    "accounting": (["(1,234)", "500", "(3.5)"], [-1234, 500, -3.5]),
    "trailing minus": (["12-", "13"], [-12, 13]),
    "unit": (["5 kg", "7.5kg", "8"], [5, 7.5, 8]),
    "compound units": (["5 km/h", "7 km/h"], [5, 7]),
    "degrees": (["20 °C", "-3.5 °C"], [20, -3.5]),
    "plural": (["1 year", "3 years"], [1, 3]),
    "wan": (["290万", "3.5亿", "17"], [2_900_000, 350_000_000, 17]),
    "wan yuan": (["290 万元", "3万元"], [2_900_000, 30_000]),
    "million": (["$1.2M", "$3K"], [1_200_000, 3000]),
    "full-width": (["１２", "３．５", "－４"], [12, 3.5, -4]),
    "minus sign": (["−5", "6"], [-5, 6]),
    "power": (["1e3", "2,000"], [1000, 2000]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_dress_is_taken_off(name: str) -> None:
    cells, right = NUMBERS[name]
    assert read(cells) == right
    assert find_forms(pl.DataFrame({"a": cells})).notes


def test_other_columns_decide_what_is_ambiguous() -> None:
    assert read(["1,234", "5,678"]) == [1234, 5678]
    assert read(["1,234", "5,678"], b=["2,5", "3,25"]) == [1.234, 5.678]
    assert read(["1.234", "5.678"], b=["2,5", "3,25"]) == [1234, 5678]
    assert read(["1.234", "5.678"]) == ["1.234", "5.678"]  # the encoder reads them as numbers with a point


PLAIN_LOOKALIKES = {
    "phone": ["555.123.456", "555.124.789", "555.111.111"],
    "long phone": ["+49 89 1234 567", "+49 30 1222 561"],
    "version": ["1.2.3", "10.20.3", "2.13.7"],
    "address": ["192.168.1.1", "10.0.0.1", "10.0.0.254"],
    "code": ["8,123-A", "8,124-B"],
    "several currencies": ["$5", "€7", "$6"],
    "several units": ["5 kg", "70 g", "6 kg"],
}
SILENT_LOOKALIKES = {
    "plus and minus": ["+", "-", "-", "+"],
    "postal codes": ["00501", "10001", "00544"],
    "names": ["Smith, John", "Doe, Jane"],
    "streets": [f"{n} {name} Street" for n, name in enumerate(["Oak", "Elm", "Ash", "Fir", "Yew", "Bay"])],
    "mostly words": ["5", "unknown", "unknown", "nil"],
    "a real mixture": ["5", "6", "7", "much"],
    "words": ["a", "-", "b", "none"],
}


@pytest.mark.parametrize("name", PLAIN_LOOKALIKES)
def test_what_only_looks_like_a_number_stays_and_is_said(name: str) -> None:
    cells = PLAIN_LOOKALIKES[name]
    assert read(cells) == cells
    (form,) = find_forms(pl.DataFrame({"a": cells})).columns
    assert isinstance(form, AsItIs)
    assert any(cell in str(form.notes()[0]) for cell in cells)


@pytest.mark.parametrize("name", SILENT_LOOKALIKES)
def test_what_is_no_number_gets_no_form(name: str) -> None:
    assert find_forms(pl.DataFrame({"a": SILENT_LOOKALIKES[name]})) == Forms()


WORDS = [
    "-",
    "--",
    ".",
    "n.a.",
    "N/D",
    "k.A.",
    "nil",
    "NaT",
    "unknown",
    "missing",
    "无",
    "#DIV/0!",
    "—",
    "k. A.",
]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_for_missing_in_a_column_of_numbers(word: str) -> None:
    assert read(["5", word, "7.5"]) == [5, None, 7.5]
    assert read(["$5", word, "$7.5"]) == [5, None, 7.5]
    assert f'"{word}"' in str(find_forms(pl.DataFrame({"a": ["5", word, "7.5"]})).notes[0])


def test_plain_columns_have_no_form() -> None:
    frame = pl.DataFrame(
        {
            "text": ["1", "2.5", None],
            "number": [1.0, 2.0, None],
            "date": ["2020-01-01", None, "2020-02-01"],
            "word": ["a", "b", "c"],
            "empty": pl.Series([None, None, None], dtype=pl.String),
        }
    )
    forms = find_forms(frame)
    assert forms == Forms()
    assert forms.apply(frame) is frame


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=3, max_size=30),
    st.sampled_from([("", ""), ("$", ""), ("", " kg"), ("€ ", ""), ("", "%")]),
)
@settings(max_examples=60, deadline=None)
def test_what_python_writes_is_read_back(numbers: list[object], dress: tuple[str, str]) -> None:
    before, after = dress
    cells = [f"{before}{number:,.2f}{after}" for number in numbers]
    frame = pl.DataFrame({"a": cells})
    forms = find_forms(frame)
    read_again = forms.apply(frame)["a"].cast(pl.Float64).to_list()
    assert read_again == [float(number) for number in numbers]  # type: ignore[arg-type]
    swapped = [cell.translate(str.maketrans(",.", ".,")) for cell in cells]
    frame = pl.DataFrame({"a": swapped})
    assert find_forms(frame).apply(frame)["a"].cast(pl.Float64).to_list() == read_again


def test_told_kinds() -> None:
    frame = pl.DataFrame({"a": ["555.123.456", "555.124.789", "555.111.111"], "b": ["1,000", "2,000", "x"]})
    told = find_forms(frame, {"a": "number", "b": "number"})
    assert told.apply(frame)["a"].to_list() == [555123456, 555124789, 555111111]
    assert told.apply(frame)["b"].to_list() == [1000, 2000, None]
    undone = pl.DataFrame({"a": ["1,000", "2,000"]})
    assert find_forms(undone, {"a": "category"}).apply(undone).equals(undone)
    with pytest.raises(UsageError, match="kinds are"):
        find_forms(frame, {"a": "colour"})
    with pytest.raises(DataError, match="no column"):
        find_forms(frame, {"c": "number"})


def test_sentinels_that_were_told() -> None:
    frame = pl.DataFrame(
        {"a": ["1.5", "-999", "-999.0", "2"], "b": [1, -999, 3, 4], "c": ["$5", "$0", "$0.00", "$1"]}
    )
    told = find_forms(frame, missing={"a": ("-999",), "b": ("-999",), "c": ("0",)}).apply(frame)
    assert told["a"].to_list() == [1.5, None, None, 2]
    assert told["b"].to_list() == [1, None, 3, 4]
    assert told["c"].to_list() == [5, None, None, 1]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"columns": [{"kind": "number", "name": "a"}]},
        {"columns": [NumberForm("a").to_dict() | {"decimal": ";"}]},
        {"columns": [NumberForm("a").to_dict()] * 2},
        {"columns": [AsItIs("a", "nothing").to_dict()]},
    ],
)
def test_a_damaged_document_is_refused(document: object) -> None:
    with pytest.raises(ModelFileError):
        Forms.from_dict(document)


# --- in a model -----------------------------------------------------------------------------------------


def table_of(rows: int = 120) -> tuple[pl.DataFrame, np.ndarray]:
    random = np.random.default_rng(1)
    x = random.normal(size=rows)
    y = np.where(x + 0.1 * random.normal(size=rows) > 0, "yes", "no")
    return pl.DataFrame({"y": y}), x


LINE = TrainSettings(hidden=())


def test_a_model_reads_the_dress_that_it_was_trained_on(tmp_path: Path) -> None:
    frame, x = table_of()
    salary = np.round(8000 + 2000 * x).astype(int)
    dressed = frame.with_columns(
        salary=pl.Series([f"${s:,}.00" for s in salary]), rate=pl.Series([f"{50 + 10 * v:.1f}%" for v in x])
    )
    plain = frame.with_columns(
        salary=pl.Series([float(s) for s in salary]), rate=pl.Series([round(50 + 10 * v, 1) for v in x])
    )
    keep = TrainSettings(hidden=(), keep=("salary", "rate"))
    model = tables.train_table(dressed, "y", keep)
    other = tables.train_table(plain, "y", keep)
    np.testing.assert_array_equal(model.predict_proba(dressed), other.predict_proba(plain))
    np.testing.assert_array_equal(model.predict_proba(plain), other.predict_proba(plain))
    assert other.forms_ == Forms()
    assert len(model.forms_.notes) == 3
    save(model, tmp_path / "m.shoal")
    loaded = load(tmp_path / "m.shoal")
    assert loaded.forms_ == model.forms_
    np.testing.assert_array_equal(loaded.predict_proba(dressed), model.predict_proba(dressed))
    assert loaded.evaluate(dressed).same_table
    with pytest.raises(DataError, match=r'row 2.*"cheap"'):
        model.predict(pl.DataFrame({"salary": ["$5", "cheap"], "rate": ["5%", "5%"]}))
    assert len(model.predict(pl.DataFrame({"salary": ["-", "n.a."], "rate": ["5%", "5"]}))) == 2


@pytest.mark.parametrize(("write", "right"), [("{:,}", 1), ("{}%", 1), ("{} 万", 10_000)])
def test_a_dressed_target_is_a_number(write: str, right: int) -> None:
    _, x = table_of()
    numbers = np.round(20_000 + 3000 * x).astype(int)
    frame = pl.DataFrame({"x": x, "y": [write.format(n) for n in numbers]})
    model = tables.train_table(frame, "y", LINE)
    assert model.target_.task == "regression"
    assert np.abs(model.predict(frame) / right - numbers).max() < 100
    assert any('"y"' in str(note) for note in model.forms_.notes)


def test_the_search_keeps_the_forms() -> None:
    frame, x = table_of()
    frame = frame.with_columns(salary=pl.Series([f"{8000 + 2000 * v:,.0f}" for v in x]))

    settings_ = tables.SearchSettings(folds=2, epochs=2)
    model, _ = tables.search_table(frame, "y", settings_)
    assert model.forms_.columns[0].name == "salary"


def test_told_settings_reach_the_plan() -> None:
    frame, x = table_of()
    level = pl.Series([str(int(v > 0)) for v in x])
    frame = frame.with_columns(level=level, x=pl.Series(np.where(np.arange(120) % 9 == 0, -999.0, x)))
    model = tables.train_table(
        frame,
        "y",
        TrainSettings(
            hidden=(), keep=("level", "x"), columns={"level": "category"}, missing={"x": ("-999",)}
        ),
    )
    assert model.encoder_.feature_names == ("level=0", "level=1", "x", "x is missing")
    model = tables.train_table(
        frame, "y", TrainSettings(hidden=(), keep=("x",), columns={"level": "identifier"})
    )
    assert model.encoder_.feature_names == ("x",)


@pytest.mark.parametrize(
    "cells",
    [
        ["1", "-2.5", "3e-4", ".5", None],
        ["1.234", "2.500", "300"],
        ["20200317", "20200401", "20200402"],
        ["007", "012", "100"],
        ["1,5", "2,25", "1"],
        ["1", "n.a.", "3"],
        [None, None, None],
        ["12345678", "1", "2"],
        ["-", "1", "2"],
        ["1e400", "2", "3"],
    ],
)
def test_columns_that_are_passed_over_have_no_form(cells: list[str | None], monkeypatch) -> None:
    frame = pl.DataFrame({"a": cells, "b": ["0,5"] * len(cells)}, schema_overrides={"a": pl.String})
    found = find_forms(frame)
    monkeypatch.setattr(_find, "_plain_numbers", lambda _: set())
    assert found == find_forms(frame)


def test_a_table_without_text_has_no_forms() -> None:
    assert find_forms(pl.DataFrame({"a": [1.5, None], "b": [True, False]})).columns == ()


def test_a_wide_table_of_numbers_is_looked_at_in_one_pass(monkeypatch) -> None:
    frame = pl.DataFrame({f"x{k}": ["0.5", "1.25", "-3"] for k in range(50)} | {"s": ["$1", "$2", "$3"]})
    looked = []
    alone = _find._find
    monkeypatch.setattr(
        _find, "_find", lambda series, *more: looked.append(series.name) or alone(series, *more)
    )
    find_forms(frame)
    assert looked == ["s"]
