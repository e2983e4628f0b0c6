"""`--loss poisson` at the command line: what is said, and the same bytes as from Python."""

import numpy as np
import polars as pl
import pytest

import shoal as library
from shoal.tables import SearchSettings, TrainSettings, open_table, search_table, train_table

ASKED = ("--target", "visits", "--task", "regression", "--loss", "poisson")


@pytest.fixture
def path(tmp_path):
    random = np.random.default_rng(4)
    a, b = random.normal(size=(2, 240))
    pl.DataFrame({"a": a, "b": b, "visits": random.poisson(np.exp(a * b))}).write_csv(tmp_path / "visits.csv")
    return tmp_path / "visits.csv"


@pytest.mark.parametrize(("code", "words"), [("en", "Poisson deviance"), ("zh", "泊松偏差")])
def test_training_inspecting_and_evaluating_say_the_deviance(shoal, path, tmp_path, monkeypatch, code, words):
    monkeypatch.setenv("SHOAL_LANG", code)
    model = tmp_path / "m.shoal"
    trained = shoal("train", path, *ASKED, "--hidden", "4", "--epochs", "3", "--out", model)
    for ran in (trained, shoal("inspect", model), shoal("evaluate", model, path)):
        assert (ran.code, words in ran.out) == (0, True)
    measured = shoal("inspect", model, "--json").json["training"]
    assert measured["settings"]["loss"] == "poisson"
    assert all("poisson_deviance" in scores for scores in measured["scores"].values())
    assert "poisson_deviance" in shoal("evaluate", model, path, "--json").json["scores"]


@pytest.mark.parametrize("hidden", ["0", "4"])
def test_training_makes_the_same_bytes_as_python(shoal, path, tmp_path, hidden):
    assert shoal("train", path, *ASKED, "--hidden", hidden, "--out", tmp_path / "cli.shoal").code == 0
    widths = tuple(width for width in (int(hidden),) if width)
    settings = TrainSettings(task="regression", loss="poisson", hidden=widths)
    library.save(train_table(open_table(path).frame, "visits", settings), tmp_path / "python.shoal")
    assert (tmp_path / "cli.shoal").read_bytes() == (tmp_path / "python.shoal").read_bytes()


def test_a_search_makes_the_same_bytes_as_python_and_a_page(shoal, path, tmp_path):
    grid = tmp_path / "g.toml"
    grid.write_text('model = "network"\nhidden_layer_sizes = [[4]]\nsolver = ["lbfgs"]\nmax_iter = [20]\n')
    written = ("--out", tmp_path / "cli.shoal", "--report", tmp_path / "page.html")
    ran = shoal("search", path, *ASKED, "--folds", "2", "--grid", grid, *written)
    assert (ran.code, "Poisson deviance" in ran.out) == (0, True)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "The target is a count." in page
    assert page.count("It decides here.") == 1
    settings = SearchSettings(task="regression", loss="poisson", folds=2)
    from shoal.tables import read_grids

    found, _ = search_table(open_table(path).frame, "visits", settings, grids=read_grids(grid))
    library.save(found, tmp_path / "python.shoal")
    assert (tmp_path / "cli.shoal").read_bytes() == (tmp_path / "python.shoal").read_bytes()


@pytest.mark.parametrize("command", ["train", "search"])
def test_the_help_names_it_with_the_network(shoal, command):
    page = shoal(command, "--help").out
    assert page.index("The network and its training:") < page.index("--loss") < page.index("Other")


@pytest.mark.parametrize("command", ["train", "search"])
def test_what_cannot_be_counted_is_refused_with_the_way(shoal, path, command):
    table = pl.read_csv(path).with_columns(
        kind=pl.when(pl.col("a") > 0).then(pl.lit("x")).otherwise(pl.lit("y"))
    )
    table.write_csv(path)
    classes = shoal(command, path, "--target", "kind", "--loss", "poisson")
    logarithm = shoal(command, path, *ASKED, "--log-target", "yes")
    negative = shoal(command, path, "--target", "a", "--loss", "poisson")
    for ran, way in ((classes, "--task regression"), (logarithm, "leave out"), (negative, "row ")):
        assert (ran.code, way in ran.err) == (2 if ran is not negative else ran.code, True)
    assert negative.code != 0
