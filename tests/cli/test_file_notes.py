"""What was noticed about a file reaches every place where results go."""

import random

import pytest

TITLE = "Sales of 2024"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of two classes under a title."""
    folder = tmp_path_factory.mktemp("noted")
    rng = random.Random(1)
    rows = [(rng.gauss(k % 2, 0.4), rng.gauss(0, 1), "ab"[k % 2]) for k in range(80)]
    lines = "".join(f"{x:.3f},{z:.3f},{y}\n" for x, z, y in rows)
    (folder / "t.csv").write_text(f"{TITLE}\n\nx,z,y\n{lines}", encoding="utf-8")
    return folder


LEARNED = {
    "train": ["--epochs", "3"],
    "search": ["--grid", "grid.toml", "--folds", "2"],
}


@pytest.fixture
def learn(shoal, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "grid.toml").write_text('[[grid]]\nmodel = "linear"\nC = [1]\n', encoding="utf-8")
    return lambda command, *more: shoal(command, "t.csv", "--target", "y", *LEARNED[command], *more)


@pytest.mark.parametrize("command", LEARNED)
def test_they_stand_among_the_results_of_training_and_only_there(learn, command):
    ran = learn(command)
    assert ran.code == 0
    assert ran.out.count(TITLE) == 1
    assert ran.out.index("t.csv: 80 rows") < ran.out.index(TITLE) < ran.out.index("target y")
    assert TITLE not in ran.err


@pytest.mark.parametrize("command", LEARNED)
def test_they_are_said_where_there_are_no_results(shoal, folder, command):
    ran = shoal(command, folder / "t.csv", "--target", "nothing")
    assert ran.code != 0
    assert TITLE in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("command", LEARNED)
def test_a_plain_table_gets_no_heading(shoal, learn, folder, command):
    assert "how the file was read" in learn(command).out
    plain = (folder / "t.csv").read_text(encoding="utf-8").partition("\n\n")[2]
    (folder / "plain.csv").write_text(plain, encoding="utf-8")
    assert "how the file was read" not in shoal(command, "plain.csv", "--target", "y", *LEARNED[command]).out


def test_every_command_that_reads_a_table_has_them_in_json(shoal, learn):
    assert learn("train", "--out", "m.shoal").code == 0
    commands = {
        "predict": [],
        "evaluate": [],
        "doctor": [],
        "check": ["--samples", "4"],
        "trace": ["--row", "1"],
        "plot": ["--what", "confusion", "--out", "c.svg"],
    }
    documents = {name: shoal(name, "m.shoal", "t.csv", *more, "--json") for name, more in commands.items()}
    documents |= {name: learn(name, "--json") for name in LEARNED}
    documents["experiment"] = shoal("experiment", "penalties", "--data", "t.csv", "--target", "y", "--json")
    for name, ran in documents.items():
        assert ran.code == 0, (name, ran.err)
        assert [note["kind"] for note in ran.json["notes"]] == ["title"], name
        assert ran.json["notes"][0]["evidence"]["title"] == TITLE, name
    assert shoal("experiment", "dz", "--json").json["notes"] == []
