"""Levels in several spellings are one; None and NA are levels where they are as frequent as levels are."""

from pathlib import Path

import numpy as np
import pandas
import polars as pl
import pytest

from shoal import tables
from shoal.base.errors import ModelFileError
from shoal.saving import load, save
from shoal.tables import Forms, TrainSettings, find_forms, read_table
from shoal.tables.forms._words import WordForm

LINE = TrainSettings(hidden=(), keep=("x",))


def read(cells: list[str | None], target: str | None = None, **missing: list[str]) -> list[object]:
    frame = pl.DataFrame({"a": cells})
    forms = find_forms(frame, missing=missing, target=target)
    assert Forms.from_dict(forms.to_dict()) == forms
    return forms.apply(frame)["a"].to_list()


ONE = {
    "yes": (["yes", "YES", "Yes", "yes", "no"], ["yes", "yes", "yes", "yes", "no"]),
    "inner spaces": (["New York", "New  York", "new york", "Rome"], ["New York"] * 3 + ["Rome"]),
    "slips": (["M"] * 60 + ["m"] + ["F"] * 30, ["M"] * 61 + ["F"] * 30),
    "two letters beside four": (["Ja", "JA", "Nein", "NEIN", "Ja"], ["Ja", "Ja", "Nein", "Nein", "Ja"]),
    "three letters": (["Red", "RED", "red", "Red"], ["Red"] * 4),
    "ja": (["ja"] * 9 + ["Ja"] * 3 + ["nein"] * 9, ["ja"] * 12 + ["nein"] * 9),
    "да": (["да", "ДА", "да", "нет"] * 3, ["да", "да", "да", "нет"] * 3),
}
APART = {
    "letters": ["a", "A", "a", "A", "b"],
    "genotypes": ["AA", "Aa", "aa", "Aa"],
    "codes": ["x1", "X1", "x1", "X1"],
    "long codes": ["abcd1", "ABCD1"] * 3,
    "units": ["mg", "Mg", "mg", "Mg"],
    "blood": ["AbC", "aBc", "AbC", "aBc"],
}


@pytest.mark.parametrize(
    ("name", "target"),
    [(name, target) for name in ONE for target in (None, "a") if (name, target) != ("yes", None)],
)  # truth values that are no target are read in any case
def test_spellings_of_one_level(name: str, target: str | None) -> None:
    cells, right = ONE[name]
    assert read(cells, target) == right
    (note,) = find_forms(pl.DataFrame({"a": cells}), target=target).notes
    assert right[0] in str(note) or right[-1] in str(note)


@pytest.mark.parametrize("name", APART)
def test_where_case_has_a_meaning_it_stays(name: str) -> None:
    assert read(APART[name]) == APART[name]
    assert find_forms(pl.DataFrame({"a": APART[name]})) == Forms()


def classes_of(cells: list[str], **told: dict[str, object]) -> tuple[list[object], tables.TableClassifier]:
    x = np.arange(len(cells)) % 7 - 3.0 + np.random.default_rng(0).normal(size=len(cells))
    frame = pl.DataFrame({"x": x, "y": cells})
    settings = TrainSettings(hidden=(), keep=("x",), **told)  # type: ignore[arg-type]
    model = tables.train_table(frame, "y", settings)
    return model.estimator_.classes_.tolist(), model


@pytest.mark.parametrize(
    "classes",
    [["None", "Mild", "Severe"], ["NA", "EU"], ["NA", "EU", "APAC"], ["null", "wild"], ["None", "Some"]],
)
def test_a_class_of_such_a_name_stays_a_class(classes: list[str], tmp_path: Path) -> None:
    found, model = classes_of([classes[n % len(classes)] for n in range(120)])
    assert found == sorted(classes)
    assert any(classes[0] in str(note) for note in model.forms_.notes)
    save(model, tmp_path / "m.shoal")
    loaded = load(tmp_path / "m.shoal")
    one = pl.DataFrame({"x": [0.5, 0.5], "y": [classes[0]] * 2})
    assert loaded.evaluate(one).to_dict()["rows"] == 2


def test_as_a_file_too(tmp_path: Path) -> None:
    rows = "\n".join(f"{n % 5},{('None', 'Mild', 'Severe')[n % 3]}" for n in range(60))
    (tmp_path / "t.csv").write_text("x,y\n" + rows, encoding="utf-8")
    model = tables.train_table(read_table(tmp_path / "t.csv"), "y", LINE)
    assert model.estimator_.classes_.tolist() == ["Mild", "None", "Severe"]
    (tmp_path / "u.csv").write_text("x,y\n1,None\n2,None\n", encoding="utf-8")
    assert model.evaluate(read_table(tmp_path / "u.csv")).to_dict()["rows"] == 2


def test_a_rare_word_in_a_target_means_missing_and_can_be_kept() -> None:
    cells = (["good", "bad"] * 60)[:110] + ["NA"] * 10
    found, model = classes_of(cells)
    assert found == ["bad", "good"]
    (note,) = model.forms_.notes
    assert "10" in str(note)
    assert "--column" in str(note)
    assert classes_of(cells, columns={"y": "category"})[0] == ["NA", "bad", "good"]  # type: ignore[arg-type]
    assert classes_of(["None", "Mild", "Severe"] * 40, missing={"y": ("None",)})[0] == ["Mild", "Severe"]


def test_a_class_that_looks_like_missing_is_named() -> None:
    found, model = classes_of((["yes", "no"] * 60)[:110] + ["-"] * 10)
    assert found == ["-", "no", "yes"]
    assert '"-"' in str(model.forms_.notes[0])
    assert find_forms(pl.DataFrame({"y": ["+", "-"] * 9}), target="y") == Forms()


def test_features() -> None:
    levels = ["None", "Mild", "Severe"] * 5
    assert read(levels) == levels
    assert read(["1", "NA", "2.5"]) == ["1", None, "2.5"]
    assert read(["1,000", "NA", "2,500"]) == [1000, None, 2500]
    assert read(["yes", "no", "None", "yes", "no"]) == ["yes", "no", None, "yes", "no"]
    assert read(["2020-01-01", "NA", "2020-02-01"]) == ["2020-01-01", None, "2020-02-01"]
    many = [f"deck {n % 30}" for n in range(90)] + ["NA"] * 20
    assert read(many) == many[:90] + [None] * 20
    assert read(["A", "B", "C", "A"] * 5 + ["NA"]) == ["A", "B", "C", "A"] * 5 + [None]
    mixed = ["Mild", "Severe"] * 5 + ["None"] * 4 + ["NA"] * 4
    assert read(mixed) == ["Mild", "Severe"] * 5 + [None] * 8


def test_null_is_missing_whatever_the_word_means() -> None:
    cells = ["None", "Mild", "Severe", None] * 10
    frame = pandas.DataFrame({"x": np.arange(40.0) % 7, "y": cells})
    model = tables.train_table(frame, "y", LINE)
    assert model.estimator_.classes_.tolist() == ["Mild", "None", "Severe"]
    assert model.evaluate(frame).to_dict()["rows"] == 30


def test_a_feature_is_read_at_prediction_as_in_training() -> None:
    frame = pl.DataFrame(
        {
            "s": ["None", "Mild", "Severe", "mild"] * 30,
            "n": ["1.5", "NA", "2.5", "3.5"] * 30,
            "y": (np.arange(120) * 7 % 11 % 2).tolist(),
        }
    )
    model = tables.train_table(frame, "y", TrainSettings(hidden=(), keep=("s", "n")))
    assert "s=None" in model.encoder_.feature_names
    assert "s=mild" not in model.encoder_.feature_names
    whole = model.predict_proba(frame)
    for row in range(4):
        np.testing.assert_array_equal(model.predict_proba(frame[row : row + 1]), whole[row : row + 1])


def test_told_words_mean_missing_in_any_column() -> None:
    assert read(["Rome", "Oslo", "unknown", "Rome"], a=["unknown"]) == ["Rome", "Oslo", None, "Rome"]
    assert read(["2020-01-02", "1900-01-01"], a=["1900-01-01"]) == ["2020-01-02", None]


def test_a_damaged_form_is_refused() -> None:
    with pytest.raises(ModelFileError, match="levels"):
        Forms.from_dict({"columns": [WordForm("a").to_dict() | {"levels": ["x"]}]})


def test_what_means_missing_is_missing_in_a_column_that_is_said_to_hold_words():
    table = pl.DataFrame({"a": ["x", "-", "NA", "z"] * 5, "b": [1, 2, -999, 3] * 5})
    missing = {"a": ["-"], "b": ["-999"]}
    read = find_forms(table, dict.fromkeys("ab", "category"), missing).apply(table)
    assert read["a"].to_list() == ["x", None, "NA", "z"] * 5
    assert read["b"].to_list() == [1, 2, None, 3] * 5
