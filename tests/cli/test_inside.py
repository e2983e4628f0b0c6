"""`shoal trace` and `shoal check`: looking inside a model on the rows of a table."""

import json

import numpy as np
import polars as pl
import pytest

import shoal as library
from shoal import cli, datasets
from shoal.engines.numpy import NumpyEngine
from shoal.inspect import BUGS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables and models: iris, in which row 3 has no target; diabetes, whose target is a number."""
    folder = tmp_path_factory.mktemp("inside")
    data = datasets.load("iris")
    table = pl.DataFrame(data.X, schema=list(data.feature_names), orient="row")
    labels = [None if row == 2 else str(label) for row, label in enumerate(data.y)]
    table.with_columns(species=pl.Series(labels)).write_csv(folder / "iris.csv")
    table.write_csv(folder / "bare.csv")
    assert cli.main(["data", "diabetes", "--out", str(folder / "diabetes.csv")]) == 0
    for name, target in (("iris", "species"), ("diabetes", "progression")):
        words = ["train", f"{folder / name}.csv", "--target", target, "--out", f"{folder / name}.shoal"]
        assert cli.main([*words, "--hidden", "4,3", "--activation", "tanh", "--epochs", "10"]) == 0
    return folder


def trace(shoal, folder, *words, table="iris"):
    return shoal("trace", folder / "iris.shoal", folder / f"{table}.csv", *words)


def test_trace_tells_shapes_sizes_and_the_cost(shoal, folder):
    ran = trace(shoal, folder)
    assert ran.code == 0
    for words in ("4 → 4 tanh → 3 tanh → 3 softmax, 149 examples", "(n[l], n[l-1])", "(4, 149)", "cost J = "):
        assert words in ran.out
    assert "left out: 1" in ran.out


@pytest.mark.parametrize("row", [1, 4, 150])
def test_a_row_is_that_of_the_table(shoal, folder, row):
    """Row 3 has no target and is not among the examples, so the later ones have another place."""
    ran = trace(shoal, folder, "--row", row, "--unit", "1,2")
    model, table = library.load(folder / "iris.shoal"), pl.read_csv(folder / "iris.csv")
    x = model.encoder_.transform(table)[row - 1]
    W, b = model.estimator_.network_.views(model.estimator_.theta_)
    assert f"Row {row} of the table" in ran.out
    assert f"sepal_length_cm = {x[0]:.4g}, " in ran.out
    assert f"    = {(W[1] @ x + b[1][:, 0])[1]:.4g}\n" in ran.out
    assert f"({table['species'][row - 1]})" in ran.out
    assert "Unit 2 of layer 1 (tanh). Row" in ran.out


def test_without_the_target_there_is_only_the_way_forward(shoal, folder):
    ran = trace(shoal, folder, "--row", 3, "--unit", "3,1", table="bare")
    assert ran.code == 0
    assert "a = softmax(z) = " in ran.out
    assert "dz" not in ran.out
    assert "cost" not in ran.out


def test_trace_as_json_and_into_a_file(shoal, folder, tmp_path):
    said = trace(shoal, folder, "--json").json
    assert said["examples"] == {"all": 149, "shown": 100}
    assert np.shape(said["layers"][0]["dW"]) == (4, 4)
    assert np.shape(said["layers"][2]["Z"]) == (3, 100)
    assert said["rows"][:4] == [1, 2, 4, 5]
    one = trace(shoal, folder, "--row", 4, "--unit", "2,3", "--json").json
    assert one["rows"] == [4]
    assert one["unit"]["z"] == one["layers"][1]["Z"][2][0]
    assert one["not_understood"] == []
    for ending in ("json", "txt"):
        out = tmp_path / f"seen.{ending}"
        ran = trace(shoal, folder, "--row", 4, "--unit", "2,3", "--out", out)
        assert ran.out == f"written: {out}\n"
        written = out.read_text(encoding="utf-8")
        if ending == "json":
            assert json.loads(written) == one
        else:
            assert written == trace(shoal, folder, "--row", 4, "--unit", "2,3").out
    assert trace(shoal, folder, "--out", out, "--json").json == {"path": str(out)}


def test_another_precision(shoal, folder):
    assert "float32\n" in trace(shoal, folder, "--dtype", "float32").out


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("words", "code", "english", "chinese"),
    [
        (["--unit", "1,2"], 2, "add --row N", "请加上 --row N"),
        (["--row", "0"], 2, "whole number", "整数"),
        (["--row", "151"], 3, "has no row 151: it has 150", "没有第 151 行：共 150 行"),
        (["--row", "3"], 3, 'no value in the target column "species"', '在目标列 "species" 没有取值'),
        (["--row", "1", "--unit", "4,1"], 2, "l is at most 3", "l 最大为 3"),
        (["--row", "1", "--unit", "2,4"], 2, "j is at most 3", "j 最大为 3"),
        (["--row", "1", "--unit", "0,1"], 2, "counted from 1", "从 1 数起"),
        (["--row", "1", "--unit", "1"], 2, "such as 1,3, got '1'", "例如 1,3，实际为 '1'"),
        (["--out", "seen.pdf"], 2, ".txt, .json", ".txt, .json"),
        (["--dtype", "float16"], 2, "float64, float32", "float64, float32"),
    ],
)
def test_what_trace_cannot_do_is_refused(shoal, folder, monkeypatch, words, code, english, chinese, language):
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = trace(shoal, folder, *words)
    assert ran.code == code
    assert (english if language == "en" else chinese) in ran.err
    assert ran.out == ""


def test_a_file_that_is_an_input_is_not_overwritten(shoal, folder):
    before = (folder / "iris.csv").read_bytes()
    assert trace(shoal, folder, "--out", folder / "iris.csv").code == 2
    assert (folder / "iris.csv").read_bytes() == before


@pytest.mark.parametrize("command", ["trace", "check"])
@pytest.mark.parametrize(
    ("language", "lacks", "arrays"), [("en", "lacks", "trained on arrays"), ("zh", "缺少", "用数组")]
)
def test_tables_and_models_that_do_not_fit_are_refused(
    shoal, folder, tmp_path, monkeypatch, command, language, lacks, arrays
):
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = shoal(command, folder / "iris.shoal", folder / "diabetes.csv")
    assert ran.code == 3
    pl.read_csv(folder / "iris.csv").drop("petal_width_cm").write_csv(tmp_path / "short.csv")
    ran = shoal(command, folder / "iris.shoal", tmp_path / "short.csv")
    assert ran.code == 3
    assert lacks in ran.err
    assert '"petal_width_cm"' in ran.err
    data = datasets.load("moons")
    library.save(library.LogisticRegression().fit(data.X, data.y), tmp_path / "arrays.shoal")
    ran = shoal(command, tmp_path / "arrays.shoal", folder / "iris.csv")
    assert ran.code == 2
    assert arrays in ran.err


def test_cells_that_the_model_does_not_understand_are_said(shoal, folder, tmp_path):
    table = pl.read_csv(folder / "iris.csv").with_columns(petal_width_cm=pl.lit(float("nan")))
    table.write_csv(tmp_path / "gaps.csv")
    assert shoal("trace", folder / "iris.shoal", tmp_path / "gaps.csv", "--row", 1).code == 0
    table.with_columns(petal_width_cm=pl.lit(float("inf"))).write_csv(tmp_path / "far.csv")
    ran = shoal("check", folder / "iris.shoal", tmp_path / "far.csv", "--json")
    assert "petal_width_cm" in ran.err
    assert ran.json["not_understood"][0]["kind"] == "infinite"


# --- check -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iris", "diabetes"])
def test_check_passes_a_trained_model(shoal, folder, name):
    ran = shoal("check", folder / f"{name}.shoal", folder / f"{name}.csv", "--engine", "auto")
    assert ran.code == 0
    assert "All agree" in ran.out
    assert "DISAGREES" not in ran.out


def test_a_planted_mistake_is_found_and_is_no_failure_of_the_command(shoal, folder):
    ran = shoal("check", folder / "iris.shoal", folder / "iris.csv", "--plant", "no_activation:2")
    assert ran.code == 0
    assert "Planted on purpose (no_activation)" in ran.out
    assert "The mistake is in dZ[2]" in ran.out
    said = shoal("check", folder / "iris.shoal", folder / "iris.csv", "--plant", "bias_axis", "--json").json
    assert said["location"] == {"formula": "db", "layer": 1}
    assert said["suspects"] == [{"name": "bias_axis", "layer": 1}]


def test_a_gradient_that_is_wrong_fails_the_command(shoal, folder, monkeypatch):
    right = NumpyEngine.gradient

    def wrong(self, *args, **named):
        J, dtheta = right(self, *args, **named)
        return J, 1.001 * dtheta

    monkeypatch.setattr(NumpyEngine, "gradient", wrong)
    ran = shoal("check", folder / "iris.shoal", folder / "iris.csv", "--engine", "numpy")
    assert ran.code == 1
    assert "Wrong: engine numpy" in ran.out


def test_samples_and_their_seed(shoal, folder):
    words = ["check", folder / "iris.shoal", folder / "iris.csv", "--samples", 12, "--json"]
    one, same, other = (shoal(*words, "--seed", seed).json for seed in (1, 1, 2))
    assert one["checked"] < one["parameters"] == 47
    assert one == same != other


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (["--plant", "nothing"], "take one of: no_mean", "可选：no_mean"),
        (["--plant", "no_activation:3"], "would change nothing", "不会改变任何结果"),
        (["--dropout-seed", "1"], "no dropout", "没有 dropout"),
        (["--engine", "fast"], "auto, native, numpy", "auto, native, numpy"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_check_cannot_do_is_refused(shoal, folder, monkeypatch, words, english, chinese, language):
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = shoal("check", folder / "iris.shoal", folder / "iris.csv", *words)
    assert ran.code == 2
    assert (english if language == "en" else chinese) in ran.err
    assert ran.out == ""


def test_check_needs_the_target(shoal, folder):
    ran = shoal("check", folder / "iris.shoal", folder / "bare.csv")
    assert ran.code == 3
    assert '"species"' in ran.err


def test_every_mistake_stands_in_the_help(shoal):
    help_page = " ".join(shoal("check", "--help").out.split())
    assert all(f"{name}," in help_page or f"{name} " in help_page for name in BUGS)
