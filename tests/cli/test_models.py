"""`shoal train`, `predict`, `evaluate`, `inspect`: the main road, from a table to a judged model."""

import csv
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import logsumexp
from sklearn import metrics

import shoal as library
from shoal import cli, datasets
from shoal.base import texts
from shoal.book.equations import ACTIVATIONS
from shoal.cli import _progress, _results
from shoal.report.words import _closing
from shoal.tables._record import TrainingRecord
from shoal.tables._scores import Comparison, Score, Verdict, with_error
from shoal.tables._settings import TrainSettings
from shoal.training import History


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables and models: iris (classes, with a gap and a column that gives the target away), diabetes."""
    folder = tmp_path_factory.mktemp("models")
    data = datasets.load("iris")
    table = pl.DataFrame(data.X, schema=list(data.feature_names), orient="row")
    gap = pl.when(pl.int_range(pl.len()) % 10 > 0).then("sepal_width_cm")
    table = table.with_columns(
        sepal_width_cm=gap,
        species=pl.Series(data.y.tolist()),
        latin=pl.Series([f"Iris {label}" for label in data.y]),
        number=pl.int_range(1, 151),
    )
    table.write_csv(folder / "iris.csv")
    assert cli.main(["data", "diabetes", "--out", str(folder / "diabetes.csv")]) == 0
    for name, target in (("iris", "species"), ("diabetes", "progression")):
        words = [f"{folder / name}.csv", "--target", target, "--out", f"{folder / name}.shoal"]
        assert cli.main(["train", *words, "--json"]) == 0
    return folder


def train(shoal, folder, *words):
    return shoal("train", folder / "iris.csv", "--target", "species", "--epochs", "5", *words)


# --- train -----------------------------------------------------------------------------------------


def test_train_tells_what_it_found_and_how_good_it_is(shoal, folder, tmp_path):
    out = tmp_path / "m.shoal"
    ran = shoal("train", folder / "iris.csv", "--target", "species", "--out", out)
    assert ran.code == 0
    assert ran.err == ""  # no terminal: no bar
    for words in (
        "150 rows, 7 columns",
        "one of 3 classes (setosa, versicolor, virginica)",
        '"latin" alone gives the target away',
        '"number" looks like an identifier',
        "5 → 64 relu → 3 softmax: 579 parameters",
        "this model",
        "logistic regression",
        "always the commonest class",
        f"saved: {out}",
    ):
        assert words in ran.out
    assert out.exists()


def test_train_as_json(shoal, folder):
    said = train(shoal, folder, "--json").json
    assert said["task"] == "classification"
    assert said["network"]["n"] == [5, 64, 3]
    assert said["rows"] == {"unknown_target": 0, "train": 108, "validation": 12, "test": 30}
    assert len(said["cost"]) == len(said["validation"]) == 5
    assert said["model"] is None
    assert set(said["scores"]) == {"network", "linear", "nothing"}


def test_without_out_nothing_is_written(shoal, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "not saved" in train(shoal, folder).out
    assert list(tmp_path.iterdir()) == []


def test_options_reach_the_network(shoal, folder, tmp_path):
    words = ["--hidden", "6,4", "--activation", "tanh", "--l2", "0.5", "--dropout", "0.1"]
    words += ["--learning-rate", "0.01", "--batch-size", "7", "--seed", "5", "--patience", "3"]
    train(shoal, folder, *words, "--keep", "latin", "--drop", "sepal_length_cm", "--out", tmp_path / "m")
    model = library.load(tmp_path / "m")
    assert model.estimator_.network_.n[1:] == (6, 4, 3)
    assert model.estimator_.network_.activations == ("tanh", "tanh")
    parameters = model.estimator_.get_params()
    wanted = {"alpha": 0.5, "dropout": 0.1, "learning_rate_init": 0.01, "batch_size": 7}
    wanted |= {"random_state": 5, "n_iter_no_change": 3, "max_iter": 5}
    assert {name: parameters[name] for name in wanted} == wanted
    columns = [column.name for column in model.encoder_.columns]
    assert columns == ["sepal_width_cm", "petal_length_cm", "petal_width_cm", "latin"]


def test_no_hidden_layer_is_a_linear_model(shoal, folder):
    ran = shoal("train", folder / "iris.csv", "--target", "species", "--hidden", "0")
    assert "5 → 3 softmax" in ran.out
    assert "it is itself a linear model" in ran.out


@pytest.mark.parametrize("option", ["--dropout", "--epochs", "--patience", "--learning-rate", "--batch-size"])
def test_without_a_hidden_layer_what_belongs_to_epochs_is_refused(shoal, folder, option):
    value = "0.5" if option in ("--dropout", "--learning-rate") else "7"
    words = ["train", folder / "iris.csv", "--target", "species", "--hidden", "0", option, value]
    ran = shoal(*words)
    assert ran.code == 2
    assert f"`{option}` has no effect" in ran.err


@pytest.mark.parametrize(("name", "target"), [("iris", "species"), ("diabetes", "progression")])
def test_no_hidden_layer_gives_the_numbers_of_the_line_beside_it(shoal, folder, tmp_path, name, target):
    words = [folder / f"{name}.csv", "--target", target, "--hidden", "0", "--out", tmp_path / "m.shoal"]
    said = shoal("train", *words, "--json").json
    for score, (value, error) in said["scores"]["linear"].items():
        assert said["scores"]["network"][score] == pytest.approx([value, error], rel=1e-4), score
    shown = shoal("inspect", tmp_path / "m.shoal")
    assert "solved to the minimum without epochs, with an L2 penalty of" in shown.out
    assert "early stopping" not in shown.out
    assert shoal("evaluate", tmp_path / "m.shoal", folder / f"{name}.csv").code == 0


def test_few_validation_rows_are_pointed_out(shoal, folder):
    assert "only 12 validation rows: the best epoch is partly chance" in train(shoal, folder).out
    words = ["train", folder / "diabetes.csv", "--target", "progression", "--epochs", "2"]
    assert "partly chance" not in shoal(*words).out


def test_a_class_can_be_read_as_a_number(shoal, folder, tmp_path):
    shoal("data", "digits", "--out", tmp_path / "digits.csv")
    words = ["train", tmp_path / "digits.csv", "--target", "digit", "--epochs", "2", "--json"]
    assert shoal(*words).json["task"] == "classification"
    assert shoal(*words, "--task", "regression").json["task"] == "regression"


@pytest.mark.parametrize("suffix", [".tsv", ".parquet"])
def test_other_kinds_of_tables(shoal, tmp_path, suffix):
    path = tmp_path / f"moons{suffix}"
    shoal("data", "moons", "--out", path)
    ran = shoal("train", path, "--target", "moon", "--epochs", "3")
    assert ran.code == 0
    assert "400 rows, 3 columns" in ran.out


def test_everything_is_said_in_chinese_too(shoal, folder, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    for words in (
        ["train", folder / "iris.csv", "--target", "species", "--epochs", "5"],
        ["inspect", folder / "iris.shoal"],
        ["evaluate", folder / "iris.shoal", folder / "iris.csv"],
    ):
        ran = shoal(*words)
        assert ran.code == 0
        for english in ("rows", "network", "held", "class ", " epoch", "layer", "accuracy"):
            assert english not in ran.out


def test_between_chinese_words_stand_chinese_marks(shoal, folder, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    said = "".join(shoal(command, "--help").out for command in ("data", "train", "predict"))
    said += train(shoal, folder).out + shoal("inspect", folder / "iris.shoal").out
    assert re.findall("[\u4e00-\u9fff）][,:;]|[,;] ?[\u4e00-\u9fff（]", said) == []
    for english in ("TABLE", "MODEL", "FILE", "COLUMN", "LIST", "NAME"):
        assert english not in said


def test_without_options_the_settings_are_those_of_the_library(shoal, folder):
    said = shoal("train", folder / "iris.csv", "--target", "species", "--json").json
    usual = {**asdict(TrainSettings()), "hidden": [64], "keep": [], "drop": []}
    assert usual.pop("loss") is None  # it is recorded only where somebody chose one
    assert said["settings"] == usual


def test_the_help_shows_the_defaults_and_every_activation(shoal):
    words = " ".join(shoal("train", "--help").out.split())
    for shown in ("16,8; 0 for none (64)", "(relu)", "(300)", "(0.002)", "(0.2)", *ACTIVATIONS):
        assert shown in words


@pytest.mark.parametrize("option", ["--keep", "--drop"])
def test_the_target_cannot_be_kept_or_dropped(shoal, folder, option):
    ran = train(shoal, folder, option, "species")
    assert ran.code == 2
    assert '"species" is the target' in ran.err
    assert f"`{option.strip('-')}`" in ran.err


def test_the_limit_of_epochs_is_named_if_it_ended_the_training_and_only_then(shoal, folder, tmp_path):
    limit = "training ended at the limit of {} epochs"
    assert limit.format(5) in train(shoal, folder, "--out", tmp_path / "m").out
    assert limit.format(5) in shoal("inspect", tmp_path / "m").out
    words = ["train", folder / "iris.csv", "--target", "species", "--patience", "2"]
    ended = shoal(*words, "--json").json  # by the patience: as many epochs as that are no limit that was hit
    epochs = len(ended["cost"])
    assert epochs < TrainSettings().epochs
    assert limit.format(epochs) not in shoal(*words, "--epochs", epochs).out


def test_a_training_that_went_astray_is_called_so(shoal, folder):
    words = ["train", folder / "diabetes.csv", "--target", "progression", "--epochs", "5"]
    ran = shoal(*words, "--learning-rate", "1e6")
    assert "worse than “always the mean”" in ran.out
    assert "Try a smaller `--learning-rate`" in ran.out
    assert "told apart" not in ran.out


# --- predict ---------------------------------------------------------------------------------------


def test_predictions_are_those_of_the_library(shoal, folder):
    ran = shoal("predict", folder / "iris.shoal", folder / "iris.csv", "--proba")
    head, *rows = csv.reader(io.StringIO(ran.out))
    classes = ["setosa", "versicolor", "virginica"]
    assert head == ["prediction", *(f"probability {label}" for label in classes)]
    table = pl.read_csv(folder / "iris.csv")
    model = library.load(folder / "iris.shoal")
    assert [row[0] for row in rows] == model.predict(table).tolist()
    probabilities = np.array([row[1:] for row in rows], dtype=float)
    np.testing.assert_array_equal(probabilities, model.predict_proba(table))


def test_predictions_go_to_a_file(shoal, folder, tmp_path):
    out = tmp_path / "p.csv"
    ran = shoal("predict", folder / "diabetes.shoal", folder / "diabetes.csv", "--out", out)
    assert ran.out == f"{out}: 442 predictions\n"
    assert pl.read_csv(out).columns == ["prediction"]
    assert pl.read_csv(out).height == 442


def test_predictions_as_json(shoal, folder):
    said = shoal("predict", folder / "diabetes.shoal", folder / "diabetes.csv", "--json").json
    assert len(said["prediction"]) == 442


def test_cells_that_the_model_does_not_understand_are_counted(shoal, tmp_path):
    x, colour = np.random.default_rng(0).normal(size=60), ["red", "blue", "green"] * 20
    seen = pl.DataFrame({"x": x, "colour": colour, "y": ["a", "b"] * 30})
    seen.write_csv(tmp_path / "t.csv")
    shoal("train", tmp_path / "t.csv", "--target", "y", "--epochs", "2", "--out", tmp_path / "m.shoal")
    x[0], colour[:2] = math.inf, ["pink"] * 2
    seen.with_columns(x=x, colour=pl.Series(colour)).write_csv(tmp_path / "s.csv")
    stated = [
        {"column": "x", "kind": "infinite", "rows": 1},
        {"column": "colour", "kind": "unseen", "rows": 2},
    ]
    for command in ("predict", "evaluate"):
        ran = shoal(command, tmp_path / "m.shoal", tmp_path / "s.csv", "--json")
        assert ran.json["not_understood"] == stated
        assert ran.err.count("note: column") == 2
        assert shoal(command, tmp_path / "m.shoal", tmp_path / "t.csv").err == ""


# --- evaluate --------------------------------------------------------------------------------------


def test_the_scores_of_classes_are_those_of_scikit_learn(shoal, folder):
    found = shoal("evaluate", folder / "iris.shoal", folder / "iris.csv", "--json").json
    table = pl.read_csv(folder / "iris.csv")
    model, y = library.load(folder / "iris.shoal"), table["species"].to_numpy()
    P, predicted = model.predict_proba(table), model.predict(table)
    assert found["scores"]["accuracy"][0] == pytest.approx(metrics.accuracy_score(y, predicted))
    assert found["scores"]["log_loss"][0] == pytest.approx(metrics.log_loss(y, P))
    assert found["scores"]["auc"][0] == pytest.approx(metrics.roc_auc_score(y, P, multi_class="ovr"))
    assert found["confusion"] == metrics.confusion_matrix(y, predicted).tolist()
    judged = metrics.classification_report(y, predicted, output_dict=True)
    for entry in found["classes"]:
        assert entry["recall"] == pytest.approx(judged[entry["label"]]["recall"])
        assert entry["rows"] == 50


def test_a_confident_mistake_costs_what_it_should(shoal, folder, tmp_path):
    model, table = library.load(folder / "iris.shoal"), pl.read_csv(folder / "iris.csv")
    model.estimator_.theta_ *= 1000  # the same decisions, a million times as sure: P rounds to 0 and 1
    library.save(model, tmp_path / "sure.shoal")
    found = shoal("evaluate", tmp_path / "sure.shoal", folder / "iris.csv", "--json").json
    Z = model.estimator_.decision_function(model.encoder_.transform(table))
    label = np.searchsorted(model.estimator_.classes_, table["species"].to_numpy())
    expected = (logsumexp(Z, axis=1) - Z[np.arange(150), label]).mean()
    assert expected > 750 / 150 * 2  # more than clipped logarithms of two mistakes can add up to
    assert found["scores"]["log_loss"][0] == pytest.approx(expected)


def test_the_scores_of_numbers_are_those_of_scikit_learn(shoal, folder):
    found = shoal("evaluate", folder / "diabetes.shoal", folder / "diabetes.csv", "--json").json
    table = pl.read_csv(folder / "diabetes.csv")
    y, predicted = table["progression"], library.load(folder / "diabetes.shoal").predict(table)
    assert found["scores"]["r2"][0] == pytest.approx(metrics.r2_score(y, predicted))
    assert found["scores"]["rmse"][0] == pytest.approx(metrics.root_mean_squared_error(y, predicted))


def test_judging_on_the_table_of_the_training_is_pointed_out(shoal, folder, tmp_path):
    ran = shoal("evaluate", folder / "iris.shoal", folder / "iris.csv")
    assert "this is the table that the model was trained on" in ran.out
    pl.read_csv(folder / "iris.csv").head(149).write_csv(tmp_path / "fewer.csv")
    ran = shoal("evaluate", folder / "iris.shoal", tmp_path / "fewer.csv")
    assert "trained on" not in ran.out
    assert "rows judged: 149" in ran.out


def test_a_class_that_does_not_occur_leaves_no_curve(shoal, folder, tmp_path):
    pl.read_csv(folder / "iris.csv").head(80).write_csv(tmp_path / "two.csv")
    found = shoal("evaluate", folder / "iris.shoal", tmp_path / "two.csv", "--json").json
    assert found["scores"]["auc"] == [None, None]
    assert "–" in shoal("evaluate", folder / "iris.shoal", tmp_path / "two.csv").out


def test_a_table_without_targets_cannot_be_judged_by(shoal, folder, tmp_path):
    pl.read_csv(folder / "iris.csv").with_columns(species=pl.lit("")).write_csv(tmp_path / "none.csv")
    ran = shoal("evaluate", folder / "iris.shoal", tmp_path / "none.csv")
    assert ran.code == 3
    assert "cannot be judged" in ran.err


def test_a_model_of_an_older_version_is_judged_and_shown_as_it_was(shoal):
    old = Path(__file__).parents[1] / "old_files"
    said = json.loads((old / "table.json").read_text(encoding="utf-8"))["evaluate"]
    found = shoal("evaluate", old / "table.shoal", old / "table.csv", "--json").json
    assert found["same_table"]
    assert found["confusion"] == said["confusion"]
    for name, (score, _) in said["scores"].items():
        # another CPU rounds otherwise: some units in the last place of a mean of 90 numbers
        assert found["scores"][name][0] == pytest.approx(score, rel=1e-10), name
    ran = shoal("inspect", old / "table.shoal")
    for words in (
        "(6, 16)",
        "3 levels: Porto, Pune, 北京",
        "joined  date",
        "65 training",
        "0.83 ± 0.10",
    ):
        assert words in ran.out, words


# --- inspect ---------------------------------------------------------------------------------------


def test_inspect_shows_layers_encoders_scores_and_the_curve(shoal, folder):
    ran = shoal("inspect", folder / "iris.shoal")
    for words in ("(64, 5)", "(3, 64)", "579", "petal_length_cm", "mean 3.", "missing:", "held-out", "█"):
        assert words in ran.out, words


def test_inspect_as_json(shoal, folder):
    said = shoal("inspect", folder / "diabetes.shoal", "--json").json
    assert said["estimator"] == "MLPRegressor"
    assert said["network"]["parameters"] == library.load(folder / "diabetes.shoal").estimator_.network_.p
    assert said["target"] == {"name": "progression", "task": "regression", "labels": "number"}
    assert len(said["encoder"]["columns"]) == 10
    assert said["training"]["scores"]["network"]["r2"][0] > 0.2


# --- how numbers, verdicts and curves look ---------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "gain", "words"),
    [
        (
            "earns",
            0.5,
            "on 30 held-out rows, log loss is lower with them by 0.50 ± 0.10 (mean difference, row by row).",
        ),
        (
            "loses",
            -0.5,
            "is higher with them by 0.50 ± 0.10 (mean difference, row by row). Try `--hidden 0`,",
        ),
        (
            "noise",
            0.05,
            "The hidden layers make no measurable difference: on 30 held-out rows, "
            "log loss with them minus log loss without them is -0.05",
        ),
        ("few_rows", 0.5, "too few to tell"),
        ("worse", -0.5, "worse than “always the commonest class” on 30 held-out rows: training went wrong"),
    ],
)
def test_a_verdict_says_what_the_rows_can_tell_and_no_more(folder, verdict, gain, words):
    model = library.load(folder / "iris.shoal")
    report = TrainingRecord.from_dict(model.report_, model.target_.task)
    comparison = Comparison(Verdict(verdict), Score(gain, 0.1))
    report = replace(report, comparison=comparison)
    said = _closing.verdict_sentence(report, model.target_.task)
    assert words in said
    assert "noise" not in said


def test_the_scores_say_what_their_error_covers(shoal, folder):
    ran = shoal("inspect", folder / "iris.shoal")
    assert "± standard error (of these rows: another split or seed may differ by more)" in ran.out


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        ((0.84567, 0.0271), "0.846 ± 0.027"),
        ((631.2, 25.2), "631 ± 25"),
        ((63123.4, 2512.0), "63100 ± 2500"),
        ((-0.5, 0.1), "-0.50 ± 0.10"),
        ((1.0, 0.0123), "1.000 ± 0.012"),
        ((0.0, 0.0), "0"),
        ((0.123456, float("nan")), "0.1235"),
        ((float("nan"), float("nan")), "–"),
        ((0.5, 0.0996), "0.500 ± 0.100"),
        ((-2.6123e22, 1.3e22), "-2.6e+22 ± 1.3e+22"),
        ((1.23456e9, 1.2e7), "1.235e+09 ± 1.2e+07"),
        ((1.2e-6, 3.4e-7), "1.20e-06 ± 3.4e-07"),
        ((2.0, 4e8), "2.0e+00 ± 4.0e+08"),
        ((9999999.0, 1234.0), "10000000 ± 1200"),
        ((math.inf, math.nan), "–"),
    ],
)
def test_a_score_has_two_digits_of_its_error(score, shown):
    assert with_error(Score(*score)) == shown


def test_the_r2_of_the_mean_is_0_and_not_some_billionths():
    assert with_error(Score(-1.3e-11, 7e-8), 4) == "0.0000 ± 0.0000"


def test_a_curve_falls_from_the_upper_left_to_the_lower_right():
    lines = _results.chart([8.0, 4.0, 2.0, 1.0], height=4).splitlines()
    assert [line.split()[0] for line in (lines[0], lines[-1])] == ["8", "1"]
    assert [line.count("█") for line in lines] == [1, 1, 1, 2]
    assert max(map(len, _results.chart(list(range(1000)), width=60).splitlines())) == 73
    assert "█" not in _results.chart([2.0, 2.0])  # a flat curve lies on the floor


# --- the bar, and signals --------------------------------------------------------------------------


def test_the_bar_shows_epochs_at_a_terminal_only(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with _progress.progress() as callbacks:
        assert callbacks == []
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    X = np.random.default_rng(0).normal(size=(60, 2))
    with _progress.progress() as callbacks:
        model = library.MLPClassifier((3,), max_iter=4, tol=0, early_stopping=True, n_iter_no_change=9)
        model.set_callbacks(*callbacks)
        with pytest.warns(UserWarning, match="max_iter"):
            model.fit(X, X[:, 0] > 0)
    assert "epoch 4" in screen.getvalue()
    assert "\x1b[3" not in screen.getvalue()  # no colours


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (library.MLPClassifier(scoring="neg_log_loss"), "validation log loss 0.25"),
        (library.MLPClassifier(), "validation accuracy -0.25"),
        (library.MLPRegressor(), "validation R² -0.25"),
        (library.MLPRegressor(scoring=lambda *_: 0.0), "validation score -0.25"),
    ],
)
def test_the_bar_names_the_score_and_shows_a_loss_as_a_loss(model, said):
    model.history_ = History([0.5], score=[-0.25])
    texts.use_language("en")
    assert _progress.describe_epoch(3, model).endswith(said)


INTERRUPTING = """
import os, signal, sys
from contextlib import contextmanager
import shoal.cli
from shoal.cli import _progress

class Interrupt(_progress.EpochBar):
    def setup(self, estimator, context): pass
    def on_fit_task_end(self, estimator, context):
        if context.task_id == 3:
            os.kill(os.getpid(), {number})

@contextmanager
def progress():
    yield [Interrupt(None)]

_progress.progress = progress
sys.exit(shoal.cli.main())
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_training_leaves_no_file(folder, tmp_path, number, code):
    words = [folder / "diabetes.csv", "--target", "progression", "--out", tmp_path / "m.shoal"]
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTING.format(number=int(number)), "train", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SHOAL_LANG": "en"},
    )
    assert ran.returncode == code
    notes, _, last = ran.stderr.rpartition("error: ")  # a note, where the native engine was not built
    assert (ran.stdout, last) == ("", "stopped; nothing was written\n")
    assert notes == "" or notes.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_curve_with_numbers_at_the_ends_of_float_is_drawn():
    chart = _results.chart([1.7e308, -1.7e308, float("nan"), float("inf"), 1.7e308] * 30, height=3)
    assert chart.splitlines()[0].split()[0] == "1.7e+308"
    assert _results.chart([float("nan")]) == ""


def test_a_value_that_means_missing_is_in_the_saved_model(shoal, tmp_path):
    rows = [f"{-999 if n % 9 == 0 else n},{'yes' if n % 2 else 'no'}" for n in range(60)]
    path, out = tmp_path / "t.csv", tmp_path / "m.shoal"
    path.write_text("\n".join(["x,y", *rows]))
    words = ["train", path, "--target", "y", "--epochs", "2", "--missing", "x=-999", "--out", out]
    assert shoal(*words).code == 0
    assert library.load(out).report_["settings"]["missing"] == {"x": ["-999"]}
