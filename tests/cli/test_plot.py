"""`shoal plot`: every picture as a file, the same bytes each time, and what is refused."""

import subprocess
import sys
from io import BytesIO
from xml.etree import ElementTree

import polars as pl
import pytest
from PIL import Image

from shoal import cli, load
from shoal.base.texts import page
from shoal.plots import DecisionBoundary
from shoal.plots._names import FEATURES, NAMES
from shoal.plots._pictures import Subject, picture

NUMBERS = ("errors",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Moons with a model of classes, diabetes with a model of numbers."""
    folder = tmp_path_factory.mktemp("plot")
    for name, target, words in (("moons", "moon", ["--samples", "90"]), ("diabetes", "progression", [])):
        table = str(folder / f"{name}.csv")
        assert cli.main(["data", name, *words, "--out", table]) == 0
        trained = [
            "--target",
            target,
            "--hidden",
            "4",
            "--epochs",
            "30",
            "--out",
            str(folder / f"{name}.shoal"),
        ]
        assert cli.main(["train", table, *trained]) == 0
    return folder


def words_for(folder, what, out, *more):
    name = "diabetes" if what in NUMBERS else "moons"
    return ["plot", folder / f"{name}.shoal", folder / f"{name}.csv", "--what", what, "--out", out, *more]


@pytest.mark.parametrize("what", NAMES)
def test_every_picture_is_written(shoal, folder, tmp_path, what):
    for k in range(2):
        ran = shoal(*words_for(folder, what, tmp_path / f"{k}.svg"))
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"{tmp_path / f'{k}.svg'}: ")
    written = (tmp_path / "0.svg").read_bytes()
    assert written == (tmp_path / "1.svg").read_bytes()
    assert ElementTree.fromstring(written).tag.endswith("svg")
    size = ("--size", "480x400", "--dark", "--json")
    ran = shoal(*words_for(folder, what, tmp_path / "a.png", *size))
    assert ran.json["what"] == what
    assert ran.json["rows"] == (442 if what in NUMBERS else 90)
    assert ran.json["title"]
    picture = Image.open(BytesIO((tmp_path / "a.png").read_bytes()))
    assert picture.size == (960, 800)
    assert picture.convert("RGB").getpixel((2, 2)) == (0x14, 0x18, 0x1C)


def test_without_words_the_pictures_are_listed(shoal, monkeypatch):
    lines = shoal("plot").out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert [entry["name"] for entry in shoal("plot", "--json").json["pictures"]] == list(NAMES)
    monkeypatch.setenv("SHOAL_LANG", "zh")
    assert page("plots")["about_roc"]["zh"] in shoal("plot").out


@pytest.mark.parametrize(
    "words", [["--size", "300x300"], ["--dark"], ["--feature", "x1"], ["--out", "a.png"]]
)
def test_the_list_takes_no_option(shoal, words):
    ran = shoal("plot", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "--what is missing" in ran.err


@pytest.mark.parametrize("what", NAMES)
def test_a_picture_draws_all_features_that_may_be_chosen(shoal, folder, tmp_path, what):
    most = FEATURES.get(what, 0)
    chosen = [word for name in ("x2", "x1")[:most] for word in ("--feature", name)]
    written = []
    for k, words in enumerate(([], chosen)):
        assert shoal(*words_for(folder, what, tmp_path / f"{k}.svg", *words)).code == 0
        written.append((tmp_path / f"{k}.svg").read_bytes())
    assert (written[0] != written[1]) == (most > 0)


def test_the_list_does_not_wait_for_matplotlib():
    code = "import sys, shoal.cli as c; c.main(['plot']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"matplotlib", "numpy", "sklearn"} & set(loaded.split())


def test_the_plane_is_in_the_units_of_the_table(folder):
    model, frame = load(folder / "moons.shoal"), pl.read_csv(folder / "moons.csv")
    examples = model.examples(frame)
    display = picture("boundary", Subject(model, examples.X, examples.y, ()))
    assert display.names == ("x1", "x2")
    for axis, name in ((display.xx0, "x1"), (display.xx1, "x2")):
        assert axis.min() < frame[name].min() < frame[name].max() < axis.max()
        assert axis.max() - axis.min() < 1.3 * (frame[name].max() - frame[name].min())
    assert isinstance(display, DecisionBoundary)
    plane = pl.DataFrame({"x1": display.xx0.ravel(), "x2": display.xx1.ravel()})
    difference = model.predict_proba(plane) - display.response.reshape(-1, 2)
    assert abs(difference).max() < 1e-9  # the scaler's rounding


def test_the_errors_are_in_the_units_of_the_table(folder):
    model, frame = load(folder / "diabetes.shoal"), pl.read_csv(folder / "diabetes.csv")
    examples = model.examples(frame)
    display = picture("errors", Subject(model, examples.X, examples.y, ()))
    assert abs(display.y_true - frame["progression"].to_numpy()).max() < 1e-9  # scaled and back
    assert abs(display.y_pred - model.predict(frame)).max() < 1e-9


def test_features_are_chosen_by_name(shoal, folder, tmp_path):
    ran = shoal(*words_for(folder, "boundary", tmp_path / "a.svg", "--feature", "x2", "--feature", "x1"))
    assert ran.code == 0
    swapped = (tmp_path / "a.svg").read_bytes()
    shoal(*words_for(folder, "boundary", tmp_path / "b.svg"))
    assert swapped != (tmp_path / "b.svg").read_bytes()


MISTAKES = [
    (["--what", "rok"], 2, "roc"),
    (["--what", "a chart"], 2, "choose one of cost"),
    ([], 2, "--what is missing"),
    (["--what", "roc", "--out", "a.jpg"], 2, ".png, .svg, .pdf"),
    (["--what", "roc", "--out", "a"], 2, ".png, .svg, .pdf"),
    (["--what", "roc", "--size", "big"], 2, "720x480"),
    (["--what", "roc", "--size", "9x9"], 2, "240"),
    (["--what", "errors"], 2, "MLPClassifier is not a regressor"),
    (["--what", "boundary", "--feature", "x1"], 2, "two different features"),
    (["--what", "boundary", "--feature", "x1", "--feature", "x9"], 2, '"x9"'),
    (["--what", "boundary", *["--feature", "x1"] * 3], 2, "takes 2, got 3"),
    (["--what", "surface", "--feature", "x1", "--feature", "x2"], 2, "takes 1, got 2"),
    (["--what", "roc", "--feature", "x1"], 2, "roc takes 0"),
    (["--what", "roc", "--out", "no/such/folder/a.png"], 6, "cannot write"),
]


@pytest.mark.parametrize(("words", "code", "part"), MISTAKES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_mistakes_are_explained_and_nothing_is_written(
    shoal, folder, tmp_path, monkeypatch, words, code, part, language
):
    monkeypatch.setenv("SHOAL_LANG", language)
    monkeypatch.chdir(tmp_path)
    out = [] if "--out" in words else ["--out", "a.png"]
    ran = shoal("plot", folder / "moons.shoal", folder / "moons.csv", *words, *out)
    assert ran.code == code
    assert ran.out == ""
    if language == "en":
        assert part in ran.err
    assert any("\u4e00" <= character <= "\u9fff" for character in ran.err) == (language == "zh")
    assert list(tmp_path.iterdir()) == []


def test_a_regressor_has_no_roc(shoal, folder, tmp_path):
    words = ["--what", "roc", "--out", tmp_path / "a.png"]
    ran = shoal("plot", folder / "diabetes.shoal", folder / "diabetes.csv", *words)
    assert ran.code == 2
    assert "MLPRegressor is not a classifier" in ran.err


def test_a_table_without_the_columns_or_with_one_class_is_refused(shoal, folder, tmp_path):
    frame = pl.read_csv(folder / "moons.csv")
    frame.drop("x2").write_csv(tmp_path / "narrow.csv")
    frame.filter(pl.col("moon") == 1).write_csv(tmp_path / "one.csv")
    for table, part in (("narrow.csv", '"x2"'), ("one.csv", 'all rows are of the class "1"')):
        out = tmp_path / "a.png"
        ran = shoal("plot", folder / "moons.shoal", tmp_path / table, "--what", "roc", "--out", out)
        assert ran.code == 3
        assert part in ran.err
        assert not out.exists()


def test_the_table_is_not_overwritten(shoal, folder):
    table = folder / "moons.csv"
    before = table.read_bytes()
    ran = shoal("plot", folder / "moons.shoal", table, "--what", "roc", "--out", table)
    assert ran.code == 2
    assert table.read_bytes() == before


def test_empty_cells_are_drawn_as_the_model_reads_them(shoal, folder, tmp_path):
    gap = pl.when(pl.int_range(pl.len()) > 5).then("x1")
    pl.read_csv(folder / "moons.csv").with_columns(x1=gap).write_csv(tmp_path / "gap.csv")
    words = ["--what", "roc", "--out", tmp_path / "a.svg"]
    assert shoal("plot", folder / "moons.shoal", tmp_path / "gap.csv", *words).code == 0
