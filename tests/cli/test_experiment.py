"""`shoal experiment`."""

import pytest

from shoal.base.errors import FileError
from shoal.experiments import experiments, run


def test_the_list_has_a_line_for_every_experiment(shoal):
    lines = shoal("experiment").out.splitlines()
    listed = [line.split()[0] for line in lines[1:] if line.startswith(tuple(e.name for e in experiments()))]
    assert listed == [experiment.name for experiment in experiments()]
    assert [each["name"] for each in shoal("experiment", "--json").json] == listed


def test_one_is_run_and_written(shoal, tmp_path):
    ran = shoal("experiment", "nudge", "--out", tmp_path / "new folder")
    assert ran.code == 0
    assert "The claim holds here." in ran.out
    assert sorted(path.name for path in (tmp_path / "new folder").iterdir()) == [
        "nudge.json",
        "nudge.png",
        "nudge.svg",
    ]
    document = shoal("experiment", "nudge", "--json", "--seed", "2").json
    assert (document["holds"], document["seed"], document["files"]) == (True, 2, [])


def test_it_speaks_chinese(shoal, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    assert "这一说法在此成立" in shoal("experiment", "nudge").out
    assert "看到什么" in shoal("experiment").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "no experiment 'nothing'"),
        (["--out", "x"], "--out needs the name"),
        (["--seed", "0"], "--seed needs the name"),
        (["--dark"], "--dark needs the name"),
        (["nudge", "--dark"], "add --out"),
        (["nudge", "--data", __file__], "--data and --target belong together"),
        (["nudge", "--seed", "-1"], "--seed"),
    ],
)
def test_bad_input_is_said_in_one_line(shoal, words, said):
    ran = shoal("experiment", *words)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("below", [".", "new/one"])
def test_a_file_in_the_place_of_the_folder_is_said_before_the_run(
    shoal, tmp_path, monkeypatch, below, language
):
    monkeypatch.setenv("SHOAL_LANG", language)
    monkeypatch.setattr("shoal.experiments.run", None)
    path = tmp_path / "file"
    path.write_text("mine")
    ran = shoal("experiment", "nudge", "--out", path / below)
    assert (ran.code, ran.out) == (6, "")
    assert f"{path} is not a folder" in ran.err or f"{path} 不是文件夹" in ran.err
    assert path.read_text() == "mine"


def test_a_record_is_not_saved_in_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(FileError, match="cannot write"):
        run("nudge").save(path)


def test_an_experiment_that_makes_its_own_data_refuses_a_table(shoal, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(40)))
    ran = shoal("experiment", "nudge", "--data", path, "--target", "y")
    assert ran.code == 2
    assert "makes its own data" in ran.err
