"""`shoal doctor`, `TableClassifier.doctor`, and the line after `shoal train`."""

import numpy as np
import polars as pl
import pytest

from shoal import datasets, train_table
from shoal.inspect import DISEASES
from shoal.tables import TrainSettings

pytestmark = pytest.mark.unchecked_shapes


def flower_table(rows=300):
    X, y = datasets.flower(rows, seed=1)
    return pl.DataFrame({"east": X[:, 0], "north": X[:, 1], "petal": y.tolist()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor")
    flower_table().write_csv(folder / "flower.csv")
    flower_table(120).write_csv(folder / "other.csv")
    return folder


def trained(shoal, folder, *options):
    table, model = folder / "flower.csv", folder / "model.shoal"
    return shoal("train", table, "--target", "petal", "--out", model, *options)


def test_train_says_in_one_line_what_is_wrong_and_where_there_is_more(shoal, folder):
    said = trained(shoal, folder, "--activation", "identity").out
    (line,) = [line for line in said.splitlines() if line.startswith("The doctor")]
    assert line.startswith("The doctor says: hidden layers collapse to a line (warning)")
    assert line.endswith(f"more: shoal doctor {folder / 'model.shoal'} {folder / 'flower.csv'}")
    not_saved = shoal("train", folder / "flower.csv", "--target", "petal", "--activation", "identity").out
    assert "The doctor says: hidden layers collapse to a line (warning)\n" in not_saved


def test_train_says_so_when_nothing_is_wrong(shoal, folder):
    assert "The doctor found nothing wrong" in trained(shoal, folder).out


@pytest.mark.parametrize(("language", "seen"), [("en", "W' = W[2] ... W[1]"), ("zh", "隐藏层退化为线性")])
def test_the_doctor_explains_with_the_names_of_the_columns(shoal, folder, monkeypatch, language, seen):
    trained(shoal, folder, "--activation", "identity")
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = shoal("doctor", folder / "model.shoal", folder / "flower.csv")
    assert ran.code == 0
    assert seen in ran.out
    assert '"east"' in ran.out
    assert "--hidden 0" in ran.out  # advice in the options of `shoal train`
    assert ran.err == ""


def test_of_its_own_table_the_learned_rows_are_examined_and_those_that_stopped_it_are_new(shoal, folder):
    trained(shoal, folder)
    own = shoal("doctor", folder / "model.shoal", folder / "flower.csv", "--json").json
    record = shoal("inspect", folder / "model.shoal", "--json").json["training"]["rows"]
    assert own["rows"] == own["of_rows"] == record["train"] + record["test"] == 300 - record["validation"]
    assert record["validation"] > 0
    assert "overfitting" in own["checked"]
    assert {finding["severity"] for finding in own["findings"]} <= {"note"}
    assert sorted([*own["checked"], *own["skipped"]]) == sorted(DISEASES)
    other = shoal("doctor", folder / "model.shoal", folder / "other.csv", "--json").json
    assert other["rows"] == 120
    assert other["skipped"]["overfitting"] == "held_out"


@pytest.mark.parametrize(("refit", "rows", "skipped"), [(True, 300, True), (False, 240, False)])
def test_without_a_hidden_layer_all_rows_that_were_learned_are_examined(refit, rows, skipped):
    model = train_table(flower_table(), "petal", TrainSettings(hidden=(), refit=refit))
    diagnosis = model.doctor(flower_table())
    assert diagnosis.rows == rows
    assert ("overfitting" in diagnosis.skipped) is skipped
    assert [finding.name for finding in diagnosis.gravest] == ["underfitting"]


def test_rows_are_named_as_in_the_table():
    """They count from 1, rows without a target included."""
    X, y = np.random.default_rng(0).standard_normal((400, 2)), np.arange(400) % 2
    X[:, 0] += 12 * (y - 0.5)
    labels: list[int | None] = y.tolist()
    labels[0], labels[30] = None, 1 - labels[30]
    table = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "class": labels})
    model = train_table(table, "class", TrainSettings(hidden=(), keep=("a",)))
    other = table.with_columns(c=pl.lit(1)).head(399)  # another table: all rows are examined
    (finding,) = model.doctor(other).of("label_suspects")
    assert finding.evidence["rows"] == [31]


def test_a_model_without_a_record_is_examined_on_all_rows():
    model = train_table(flower_table(), "petal", TrainSettings(epochs=20))
    model.report_ = {}
    assert model.doctor(flower_table()).rows == 300


def test_numbers_are_examined_as_they_were_learned(shoal, tmp_path):
    """The target is standardised in the model, so its scale is not a disease."""
    data = datasets.load("diabetes")
    table = pl.DataFrame(data.X, schema=list(data.feature_names), orient="row")
    table = table.with_columns(progression=1000 * data.y)
    model = train_table(table, "progression", TrainSettings(hidden=(4,), epochs=40))
    diagnosis = model.doctor(table)
    assert {"unscaled_targets", "overfitting", "unscaled_features"} <= set(diagnosis.checked)
    assert not diagnosis.of("unscaled_targets")
    assert not diagnosis.of("unscaled_features")
    assert diagnosis.skipped["imbalance"] == "classes"


@pytest.mark.parametrize(("language", "said"), [("en", "petal"), ("zh", "petal")])
def test_a_table_without_the_target_is_refused(shoal, folder, tmp_path, monkeypatch, language, said):
    trained(shoal, folder)
    monkeypatch.setenv("SHOAL_LANG", language)
    flower_table().drop("petal").write_csv(tmp_path / "bare.csv")
    ran = shoal("doctor", folder / "model.shoal", tmp_path / "bare.csv")
    assert ran.code != 0
    assert said in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("command", ["predict", "evaluate", "doctor", "check", "trace"])
def test_a_table_in_the_place_of_the_model_is_said(shoal, folder, command):
    trained(shoal, folder)
    ran = shoal(command, folder / "flower.csv", folder / "model.shoal")
    assert ran.code == 2
    assert "changed places" in ran.err


def test_the_order_of_model_and_table_is_said_in_the_words_of_the_usage(shoal, folder, monkeypatch):
    trained(shoal, folder)
    monkeypatch.setenv("SHOAL_LANG", "zh")
    assert "模型 数据表" in shoal("evaluate", "--help").out
    assert "：模型 数据表。" in shoal("evaluate", folder / "flower.csv", folder / "model.shoal").err
