"""The command line and Python are two doors to the same rooms: the same table gives the same bits."""

import numpy as np
import pytest

import shoal as library
from shoal.base.files import read_bytes
from shoal.tables import SearchSettings, TrainSettings, open_table, search_table, train_table


@pytest.fixture
def path(tmp_path):
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 240))
    lines = ["Shop,,,,", "", "when,price,shop,rated,kind"]
    for k in range(240):
        day = f"{1 + k % 28:02d}/{1 + k % 12:02d}/2023"
        price = "n.a." if k % 40 == 3 else f'"${1000 * (9 + x[k]):,.2f}"'
        kind = "yes" if x[k] + 0.5 * z[k] > 0 else "no"
        lines.append(f"{day},{price},s{k % 6},{50 + 10 * z[k]:.1f}%,{kind}")
    file = tmp_path / "t.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ((), {}),
        (
            ("--hidden", "0", "--class-weight", "balanced", "--no-refit"),
            {"hidden": (), "class_weight": "balanced", "refit": False},
        ),
        (
            (
                "--hidden",
                "8",
                "--group",
                "shop",
                "--cost",
                "yes=3",
                "--column",
                "when=category",
                "--no-refit",
            ),
            {
                "hidden": (8,),
                "group": "shop",
                "cost": {"yes": 3},
                "columns": {"when": "category"},
                "refit": False,
            },
        ),
    ],
)
def test_train(shoal, path, tmp_path, words, settings):
    shoal("train", path, "--target", "kind", "--out", tmp_path / "cli.shoal", *words)
    model = train_table(open_table(path).frame, "kind", TrainSettings(**settings))
    library.save(model, tmp_path / "python.shoal")
    assert read_bytes(tmp_path / "cli.shoal") == read_bytes(tmp_path / "python.shoal")
    table = open_table(path).frame
    shoal("predict", tmp_path / "cli.shoal", path, "--out", tmp_path / "p.csv")
    assert open_table(tmp_path / "p.csv").frame["prediction"].to_list() == model.predict(table).tolist()


def test_search(shoal, path, tmp_path):
    shoal("search", path, "--target", "kind", "--folds", "2", "--out", tmp_path / "cli.shoal")
    model, _ = search_table(open_table(path).frame, "kind", SearchSettings(folds=2))
    library.save(model, tmp_path / "python.shoal")
    assert read_bytes(tmp_path / "cli.shoal") == read_bytes(tmp_path / "python.shoal")
