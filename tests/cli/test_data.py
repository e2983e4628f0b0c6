"""`shoal data`."""

import csv
import io

import numpy as np
import polars
import pytest

from shoal import datasets


def test_the_list_has_a_line_for_every_set(shoal):
    lines = shoal("data").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(datasets.NAMES)
    for line in lines[1:-1]:
        assert line.index("classification") == lines[0].index("task")


def test_the_list_lines_up_in_chinese(shoal, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    lines = shoal("data").out.splitlines()
    # the header's columns hold two-cell characters: 名称 and 行数 are two characters, four cells
    position = lines[1].index("petal")
    head = lines[0][: lines[0].index("目标列")]
    assert len(head) + sum("\u4e00" <= character <= "\u9fff" for character in head) == position


def test_the_list_as_json(shoal):
    listed = shoal("data", "--json").json
    assert [entry["name"] for entry in listed] == list(datasets.NAMES)
    assert listed[5]["rows"] == 569
    assert listed[5]["task"] == "classification"


@pytest.mark.parametrize("name", datasets.NAMES)
def test_a_set_goes_to_stdout_as_csv(shoal, name):
    ran = shoal("data", name)
    assert (ran.code, ran.err) == (0, "")
    head, *rows = csv.reader(io.StringIO(ran.out))
    data = datasets.load(name)
    assert head == [*data.feature_names, data.target_name]
    values = np.array([row[:-1] for row in rows], dtype=float)
    np.testing.assert_array_equal(values, data.X)
    assert [row[-1] for row in rows] == [str(label) for label in data.y]


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        (".csv", polars.read_csv),
        (".tsv", lambda path: polars.read_csv(path, separator="\t")),
        (".parquet", polars.read_parquet),
    ],
)
def test_a_set_goes_to_a_file_of_the_kind_its_name_says(shoal, tmp_path, suffix, read):
    path = tmp_path / f"iris{suffix}"
    ran = shoal("data", "iris", "--out", path)
    assert ran.code == 0
    assert ran.out == f"{path}: 150 rows, 5 columns; target column species\n"
    frame = read(path)
    assert frame.shape == (150, 5)
    assert frame["species"].to_list() == datasets.load("iris").y.tolist()
    assert list(tmp_path.iterdir()) == [path]


def test_options_shape_a_toy_set(shoal):
    words = ["data", "spirals", "--samples", "20", "--noise", "0.5", "--seed", "8", "--json"]
    made = shoal(*words).json
    X, y = datasets.spirals(20, noise=0.5, seed=8)
    assert made["rows"] == 20
    assert made["data"]["x1"] == X[:, 0].tolist()
    assert made["data"]["arm"] == y.tolist()


def test_json_with_a_file_tells_where_it_is(shoal, tmp_path):
    path = tmp_path / "w.csv"
    said = shoal("data", "wine", "--out", path, "--json").json
    assert said["path"] == str(path)
    assert "data" not in said
    assert polars.read_csv(path).shape == (178, 14)


def test_a_folder_that_does_not_exist_is_an_error_of_the_file_system(shoal, tmp_path):
    ran = shoal("data", "iris", "--out", tmp_path / "no" / "iris.csv")
    assert ran.code == 6
    assert "there is no folder" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_is_replaced(shoal, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("old")
    shoal("data", "moons", "--out", path)
    assert path.read_text().startswith("x1,x2,moon\n")
