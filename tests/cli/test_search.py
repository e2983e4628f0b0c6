"""`shoal search`: many models on a table, the simplest of the best kept."""

import io
import os
import re
import signal
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import shoal as library
from shoal import cli
from shoal.cli import _progress
from shoal.cli.search import leader_board
from shoal.report.words._board import board_of
from shoal.tables import Task
from shoal.tables._outcome import Outcome, TableCandidate
from shoal.tables._scores import Comparison, Score, Verdict
from shoal.tables._settings import BUDGETS, SearchSettings

pytestmark = pytest.mark.unchecked_shapes

GRID = """
[[grid]]
model = "linear"
C = [0.1, 10]

[[grid]]
hidden_layer_sizes = [[4], [8], [4, 4]]
alpha = [0.1]
learning_rate_init = [0.02, 0.05]
max_iter = [10]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table whose class no line can tell, a grid, and what a search over them found."""
    folder = tmp_path_factory.mktemp("search")
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 150))
    kind = np.where(a * b > 0, "same", "other")
    table = pl.DataFrame({"a": a, "b": b, "kind": kind, "again": kind, "id": range(150)})
    table.write_csv(folder / "t.csv")
    table.select("a", "b", y=3 * pl.col("a") + 100).write_csv(folder / "numbers.csv")
    (folder / "grid.toml").write_text(GRID)
    (folder / "numbers.toml").write_text(GRID.replace("C =", "alpha ="))
    words = [str(word) for word in words_of(folder, "--out", folder / "m.shoal")]
    assert cli.main([*words, "--json"]) == 0
    return folder


def words_of(folder, *more):
    return [
        "search",
        folder / "t.csv",
        "--target",
        "kind",
        "--grid",
        folder / "grid.toml",
        "--folds",
        "3",
        *more,
    ]


# --- what it says and writes -----------------------------------------------------------------------


def test_search_tells_what_it_tried_what_it_chose_and_how_good_that_is(shoal, folder, tmp_path):
    out = tmp_path / "m.shoal"
    ran = shoal(*words_of(folder, "--out", out))
    assert ran.code == 0, ran.err
    assert ran.err == ""  # no terminal: no bar
    for words in (
        "150 rows, 5 columns",
        "one of 2 classes (other, same)",
        '"again" alone gives the target away',
        "Candidates: 8 (linear models: 2, networks: 6), each on 3 folds. Models trained: 24, in ",
        "rank  model ",
        "logistic regression",
        "± standard error",
        "Does the hidden layer help? In cross-validation ",
        "30 test",
        "always the commonest class",
        f"saved: {out}",
    ):
        assert words in ran.out
    assert out.exists()


def test_the_leader_board_shows_the_best_and_the_chosen_one(shoal, folder):
    said = shoal(*words_of(folder, "--json")).json
    candidates = said["candidates"]
    assert [each["rank"] for each in candidates] == list(range(1, 9))
    means = [each["scores"]["log_loss"]["mean"][0] for each in candidates]
    assert means == sorted(means)
    lines = shoal(*words_of(folder)).out.splitlines()
    begin = next(number for number, line in enumerate(lines) if "rank  model" in line) + 1
    board = lines[begin : lines.index("", begin)]
    ranks = [int(re.search(r"\d+", line)[0]) for line in board]
    chosen = said["ranks"]["chosen"]
    assert ranks == sorted({1, 2, 3, 4, 5, chosen})
    assert [rank for rank, line in zip(ranks, board, strict=True) if "*" in line] == [chosen]
    assert f"{means[0]:.2f}" in board[0]


def test_the_chosen_one_is_shown_wherever_it_stands():
    losses = np.array([0.30, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37])
    folds = np.array([-0.2, 0.0, 0.2])
    candidates = [
        TableCandidate({"model": "network", "hidden": (n,), "l2": 1.0}, 10 * n, {"log_loss": loss + folds})
        for n, loss in enumerate(losses[:-1], 1)
    ]
    candidates.insert(3, TableCandidate({"model": "linear", "l2": 1.0}, 5, {"log_loss": losses[-1] + folds}))
    nothing = np.empty(0)
    outcome = Outcome(
        *("t", 9, 2, "kind", Task.CLASSIFICATION, ("a", "b"), candidates, "log_loss", 0, 3, 3, 0, {}),
        *(Comparison(Verdict.NOISE, Score(0, 0)), nothing, nothing, 24, 1.0, 3, 8),
    )
    lines = leader_board(board_of(outcome)).splitlines()[1:]
    assert [re.findall(r"\*|\d+", line)[0] for line in lines] == ["1", "2", "3", "4", "5", "*"]
    assert lines[-1].split()[:4] == ["*", "8", "logistic", "regression"]


def test_search_as_json(shoal, folder, tmp_path):
    said = shoal(*words_of(folder, "--json", "--out", tmp_path / "m.shoal")).json
    assert said["model"] == str(tmp_path / "m.shoal")
    assert said["task"] == "classification"
    assert (said["planned"], said["fits"], said["folds"], said["interrupted"]) == (8, 24, 3, False)
    best = said["candidates"][0]
    folds = best["scores"]["log_loss"]["folds"]
    error = np.std(folds, ddof=1) / np.sqrt(3)
    assert best["scores"]["log_loss"]["mean"] == pytest.approx([np.mean(folds), error])
    assert set(best["settings"]) >= {"model", "hidden", "activation", "solver", "l2", "learning_rate"}
    assert said["found"]["candidates"] == 8
    assert set(said["scores"]) == {"network", "linear", "nothing"}
    assert said["settings"]["folds"] == 3
    assert said["settings"]["budget"] is None


def test_a_number_is_searched_for_too(shoal, folder, tmp_path):
    words = ["search", folder / "numbers.csv", "--target", "y", "--grid", folder / "numbers.toml"]
    ran = shoal(*words, "--keep", "a", "--out", tmp_path / "m.shoal")
    assert ran.code == 0, ran.err
    assert "linear regression (ridge)" in ran.out
    model, table = library.load(tmp_path / "m.shoal"), pl.read_csv(folder / "numbers.csv")
    np.testing.assert_allclose(model.predict(table), table["y"], atol=0.5)  # it is a line


def test_everything_is_said_in_chinese_too(shoal, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    ran = shoal(*words_of(folder, "--out", tmp_path / "m.shoal"))
    said = ran.out + shoal("inspect", tmp_path / "m.shoal").out + shoal("search", "--help").out
    for english in ("rows", "candidates", "rank", "chosen", "networks", "epoch", "FOLDER", "accuracy"):
        assert english not in said.replace(str(tmp_path), "").replace("--epochs", "")
    assert re.findall("[\u4e00-\u9fff）][,:;]|[,;] ?[\u4e00-\u9fff（]", said) == []


def test_what_was_found_can_be_used_like_any_model(shoal, folder):
    ran = shoal("inspect", folder / "m.shoal")
    assert "found by a search: 8 candidates on 3 folds each; the chosen one has log loss" in ran.out
    assert shoal("evaluate", folder / "m.shoal", folder / "t.csv").code == 0
    predicted = shoal("predict", folder / "m.shoal", folder / "t.csv", "--json").json["prediction"]
    assert len(predicted) == 150
    assert shoal("inspect", folder / "m.shoal", "--json").json["training"]["found"]["folds"] == 3


def test_the_report_is_a_page_of_its_own(shoal, folder, tmp_path):
    page = tmp_path / "report.html"
    ran = shoal(*words_of(folder, "--report", page))
    assert ran.code == 0, ran.err
    assert f"report: {page}" in ran.out
    assert "t.csv" in page.read_text("utf-8")


def test_without_out_nothing_is_written(shoal, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "not saved" in shoal(*words_of(folder)).out
    assert list(tmp_path.iterdir()) == []


# --- options ---------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """What the search is asked, and no search."""
    calls = []

    def search_table(_frame, target, settings, **more):
        calls.append((target, settings, more))
        raise KeyboardInterrupt

    monkeypatch.setattr("shoal.tables._search.search_table", search_table)
    return calls


def test_without_options_the_settings_are_those_of_the_library(shoal, folder, asked):
    shoal("search", folder / "t.csv", "--target", "kind")
    ((target, settings, more),) = asked
    assert (target, settings) == ("kind", SearchSettings())
    assert more == {"name": "t.csv", "grids": (), "study": None, "listener": None}


def test_options_reach_the_search(shoal, folder, asked, tmp_path):
    words = ["--budget", "large", "--folds", "4", "--task", "classification", "--keep", "id", "--drop", "a"]
    words += ["--test-share", "0.3", "--epochs", "9", "--patience", "2", "--seed", "5"]
    shoal("search", folder / "t.csv", "--target", "kind", *words, "--study", tmp_path / "study")
    ((_, settings, more),) = asked
    assert settings == SearchSettings(
        budget="large",
        folds=4,
        task="classification",
        keep=("id",),
        drop=("a",),
        test_share=0.3,
        epochs=9,
        patience=2,
        seed=5,
    )
    assert more["study"] == tmp_path / "study"


def test_the_help_shows_the_defaults_and_the_budgets(shoal):
    words = " ".join(shoal("search", "--help").out.split())
    for shown in (*BUDGETS, "(small)", "(5)", "(300)", "(0.2)", "exit code 0"):
        assert shown in words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--folds", "1"], "--folds must be a whole number from 2"),
        (["--budget", "huge"], "--budget must be one of small, medium, large"),
        (["--budget", "small"], "give `--grid` or `--budget`, not both"),
        (["--out", "x", "--report", "./x"], "--out and --report both name x"),
        (["--epochs", "0"], "--epochs must be"),
    ],
)
def test_senseless_options_are_usage_errors(shoal, folder, words, message):
    ran = shoal(*words_of(folder, *words))
    assert ran.code == 2
    assert message in ran.err


@pytest.mark.parametrize("option", ["--out", "--report"])
@pytest.mark.parametrize("name", ["t.csv", "grid.toml"])
def test_an_input_is_never_overwritten(shoal, folder, option, name):
    before = (folder / name).read_bytes()
    ran = shoal(*words_of(folder, option, folder / name))
    assert ran.code == 2
    assert f"{option} {folder / name} is the same file as an input" in ran.err
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_a_folder_that_is_not_there_is_named_before_any_work(shoal, folder, asked, option):
    ran = shoal(*words_of(folder, option, folder / "nope" / "x"))
    assert ran.code == 6
    assert "there is no folder" in ran.err
    assert asked == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("grid", "code"), [("alpha = [", 2), ("alpa = [1]", 2), ("alpha = []", 2), ("alpha = [-1]", 2), (None, 6)]
)
def test_a_bad_grid_is_explained_and_nothing_is_written(
    shoal, folder, tmp_path, monkeypatch, grid, code, language
):
    monkeypatch.setenv("SHOAL_LANG", language)
    path = tmp_path / "bad.toml"
    if grid is not None:
        path.write_text(grid)
    words = ["search", folder / "t.csv", "--target", "kind", "--grid", path, "--out", tmp_path / "m.shoal"]
    ran = shoal(*words, "--json")
    assert ran.code == code
    assert "bad.toml" in ran.json["error"]["message"]
    assert any("\u4e00" <= character <= "\u9fff" for character in ran.err) == (language == "zh")
    assert not (tmp_path / "m.shoal").exists()


# --- the bar, and Ctrl-C ---------------------------------------------------------------------------


def test_the_bar_shows_how_far_and_how_good_at_a_terminal_only(monkeypatch):
    class Screen(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with _progress.search_progress() as bar:
        assert bar is None
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    with _progress.search_progress() as bar:
        bar.trained(0, 24, "log_loss", None)
        bar.trained(12, 24, "log_loss", 0.31234567)
        bar.bar.refresh()
        bar.stopped()
    assert "trained 12 of 24  best log loss 0.3123" in screen.getvalue()
    assert "press Ctrl-C again to quit" in screen.getvalue()


INTERRUPTING = """
import os, signal, sys
from contextlib import contextmanager
import shoal.cli
from shoal.cli import _progress
from shoal.search import _waves as waves

class Interrupt:
    def trained(self, done, total, score, best):
        if done >= {fits}:
            os.kill(os.getpid(), {number})
    def stopped(self):
        if {again}:
            os.kill(os.getpid(), {number})

@contextmanager
def search_progress():
    yield Interrupt()

waves.MOST_FITS = 6
_progress.search_progress = search_progress
sys.exit(shoal.cli.main())
"""


def interrupted(folder, tmp_path, fits, *more, number=signal.SIGINT, again=False):
    program = INTERRUPTING.format(fits=fits, number=int(number), again=again)
    words = words_of(folder, "--out", tmp_path / "m.shoal", "--report", tmp_path / "r.html", *more)
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SHOAL_LANG": "en"},
    )


def test_ctrl_c_keeps_the_best_so_far_and_says_of_how_many(folder, tmp_path):
    ran = interrupted(folder, tmp_path, fits=6)
    assert ran.returncode == 0, ran.stderr
    assert "The search was stopped: 2 of 8 candidates were tried." in ran.stdout
    assert library.load(tmp_path / "m.shoal").report_["found"]["planned"] == 8
    assert (tmp_path / "r.html").exists()
    assert "the same command goes on" not in ran.stdout


def test_after_ctrl_c_a_study_is_gone_on_with_by_the_same_command(shoal, folder, tmp_path):
    ran = interrupted(folder, tmp_path, 6, "--study", tmp_path / "study")
    assert f"kept in {tmp_path / 'study'}: the same command goes on from there" in ran.stdout
    words = words_of(folder, "--out", tmp_path / "m.shoal", "--study", tmp_path / "study", "--json")
    again = shoal(*words).json
    assert (again["interrupted"], again["resumed"]) == (False, 2)
    assert again["fits"] == again["folds"] * (again["planned"] - 2)


@pytest.mark.parametrize(
    ("fits", "number", "again", "code"),
    [(0, signal.SIGINT, False, 130), (6, signal.SIGINT, True, 130), (6, signal.SIGTERM, False, 143)],
    ids=["before anything", "twice", "SIGTERM"],
)
def test_what_ends_a_search_leaves_no_file(folder, tmp_path, fits, number, again, code):
    ran = interrupted(folder, tmp_path, fits, number=number, again=again)
    assert ran.returncode == code
    assert ran.stderr.splitlines()[-1] == "error: stopped; nothing was written"  # before it perhaps a note
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []
