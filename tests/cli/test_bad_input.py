"""What bad input gets on the command line: a clear error, the right exit code, nothing half-written."""

import gzip

import numpy as np
import polars as pl
import pytest

from shoal import datasets

ROWS = 40


def rows(cells):
    """Forty lines of cells made by a function of the line's number."""
    return "".join(",".join(map(str, cells(i))) + "\n" for i in range(ROWS))


GOOD = "a,b,y\n" + rows(lambda i: (f"{i}.5", (i * 7) % 10 + 0.25, "yes" if i % 3 else "no"))


def with_cell(line, column, cell):
    lines = [row.split(",") for row in GOOD.splitlines()]
    lines[line][column] = cell
    return "\n".join(",".join(row) for row in lines) + "\n"


BAD_TABLES = {
    "an empty file": ("", "is empty"),
    "spaces only": ("  \n\n", ""),
    "a header only": ("a,b,y\n", "no rows"),
    "an unclosed quote": (GOOD + '"1,2,yes\n', "line 42"),
    "a short row": (GOOD + "1,2\n", "row 41"),
    "a long row": (GOOD + "1,2,yes,4\n", "row 41"),
    "a duplicate column": (GOOD.replace("a,b,y", "a,a,y"), '"a" occurs more than once'),
    "zero bytes": ("a,b,y\n1,\0,yes\n", "not text"),
    "no such target": (GOOD.replace("a,b,y", "a,b,z"), 'no column "y"'),
    "a constant target": (GOOD.replace("no", "yes"), 'same value "yes"'),
    "a target without values": (GOOD.replace("yes", "").replace("no", ""), "no row has a value"),
    "a class with one row": (with_cell(5, 2, "perhaps"), '"perhaps"'),
    "one row": ("a,b,y\n1,2,yes\n", 'same value "yes"'),
    "too few rows": ("a,b,y\n" + "1.5,2,yes\n2.5,3,no\n" * 3, "6 rows"),
    "no column but the target": ("y\n" + "yes\nno\n" * 20, "no column is left"),
    "an infinite number as target": ("a,y\n" + rows(lambda i: (i + 0.5, i * 1.1 if i else "inf")), "inf"),
    "a target of 1e308": ("a,y\n" + rows(lambda i: (i + 0.5, i * 1.1 if i else "1e308")), "1e+100"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_table_that_cannot_be_learned_from(shoal, tmp_path, monkeypatch, name, language):
    contents, message = BAD_TABLES[name]
    path, model = tmp_path / "table.csv", tmp_path / "model.shoal"
    path.write_text(contents, encoding="utf-8", newline="")
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = shoal("train", path, "--target", "y", "--out", model, "--json")
    assert ran.code == 3, ran.err
    assert ran.json["error"]["kind"] == "data"
    if language == "en":
        assert message in ran.json["error"]["message"]
    else:
        assert any("\u4e00" <= character <= "\u9fff" for character in ran.err[3:])
    assert list(tmp_path.iterdir()) == [path]


STRANGE_NAMES = {
    "unicode": "年龄 🐟",
    "a line break": "first\nsecond",
    "10,000 characters": "x" * 10_000,
    "quotes": 'say "a"',
    "a place in a template": "{0} {path}",
    "a terminal's control codes": "\x1b[31mred\x1b[0m",
}


@pytest.mark.parametrize("name", STRANGE_NAMES)
@pytest.mark.parametrize("as_target", [True, False])
def test_strange_column_names_are_names(shoal, tmp_path, name, as_target):
    strange = STRANGE_NAMES[name]
    path, model = tmp_path / "table.csv", tmp_path / "model.shoal"
    quoted = '"' + strange.replace('"', '""') + '"'
    header = f"a,b,{quoted}\n" if as_target else f"{quoted},b,y\n"
    path.write_text(header + GOOD.split("\n", 1)[1], encoding="utf-8", newline="")
    target = strange if as_target else "y"
    for words in (
        ["train", path, "--target", target, "--out", model, "--hidden", "2", "--epochs", "3"],
        ["inspect", model],
        ["evaluate", model, path],
        ["predict", model, path],
    ):
        ran = shoal(*words)
        assert ran.code == 0, ran.err
        assert "\x1b" not in ran.out
        assert max(map(len, ran.out.splitlines())) < 400


def test_an_empty_column_name_gets_a_name_of_its_own(shoal, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(GOOD.replace("a,b,y", ",b,y"))
    ran = shoal("train", path, "--target", "y", "--epochs", "3", "--json")
    assert ran.code in (0, 3), ran.err


@pytest.mark.parametrize("value", ["1e308", "-1e308", "1e-320"])
def test_extreme_cells_are_cells(shoal, tmp_path, value):
    path, model = tmp_path / "table.csv", tmp_path / "model.shoal"
    path.write_text(with_cell(3, 0, value))
    ran = shoal("train", path, "--target", "y", "--out", model, "--epochs", "3", "--json")
    assert ran.code == 0, ran.err
    assert ran.err == ""
    assert shoal("predict", model, path, "--proba").code == 0


# --- files -----------------------------------------------------------------------------------------


def test_a_table_that_is_not_there(shoal, tmp_path):
    ran = shoal("train", tmp_path / "no.csv", "--target", "y")
    assert ran.code == 6
    assert "no.csv" in ran.err


def test_a_folder_is_no_table(shoal, tmp_path):
    assert shoal("train", tmp_path, "--target", "y").code == 6


def test_a_damaged_gzip_is_no_table(shoal, tmp_path):
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(GOOD.encode())[:-20])
    ran = shoal("train", path, "--target", "y")
    assert ran.code == 3
    assert "decompressed" in ran.err


def test_the_folder_of_the_model_is_looked_for_before_the_training(shoal, tmp_path, monkeypatch):
    def never(*_arguments):
        raise AssertionError("read before the folder was looked for")

    monkeypatch.setattr("shoal.tables.open_table", never)
    (tmp_path / "t.csv").write_text(GOOD)
    ran = shoal("train", tmp_path / "t.csv", "--target", "y", "--out", tmp_path / "no" / "m.shoal")
    assert ran.code == 6
    assert "there is no folder" in ran.err


# --- using a model ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of iris, and its table without the target."""
    from shoal import cli

    folder = tmp_path_factory.mktemp("model")
    data = datasets.load("iris")
    table = pl.DataFrame(data.X, schema=list(data.feature_names), orient="row")
    table = table.with_columns(species=pl.Series(data.y.tolist()), garden=pl.Series(["n", "s", "w"] * 50))
    table.write_csv(folder / "iris.csv")
    words = ["train", folder / "iris.csv", "--target", "species", "--out", folder / "iris.shoal"]
    assert cli.main([*map(str, words), "--epochs", "20", "--json"]) == 0
    return folder / "iris.shoal", table


def predictions(shoal, path, table, tmp_path):
    table.write_csv(tmp_path / "table.csv")
    return shoal("predict", path, tmp_path / "table.csv", "--json")


def test_columns_may_come_in_another_order_and_others_may_be_there(shoal, model, tmp_path):
    path, table = model
    usual = predictions(shoal, path, table, tmp_path).json
    turned = table.select(reversed(table.columns)).with_columns(extra=pl.lit("?"))
    assert predictions(shoal, path, turned.drop("species"), tmp_path).json == usual


def test_a_missing_column_is_named(shoal, model, tmp_path):
    path, table = model
    ran = predictions(shoal, path, table.drop("petal_length_cm"), tmp_path)
    assert ran.code == 3
    assert "petal_length_cm" in ran.json["error"]["message"]


def test_a_cell_of_another_kind_is_named_with_its_row(shoal, model, tmp_path):
    path, table = model
    broken = table.cast({"petal_length_cm": pl.String}).with_columns(
        petal_length_cm=pl.when(pl.int_range(pl.len()) == 6).then(pl.lit("long")).otherwise("petal_length_cm")
    )
    ran = predictions(shoal, path, broken, tmp_path)
    assert ran.code == 3
    assert "row 7" in ran.json["error"]["message"]
    assert '"long"' in ran.json["error"]["message"]


def test_an_unseen_category_is_predicted_all_the_same(shoal, model, tmp_path):
    path, table = model
    assert predictions(shoal, path, table.with_columns(garden=pl.lit("moon")), tmp_path).code == 0


def test_labels_that_the_model_never_saw_are_named(shoal, model, tmp_path):
    path, table = model
    table.with_columns(species=pl.lit("orchid")).write_csv(tmp_path / "t.csv")
    ran = shoal("evaluate", path, tmp_path / "t.csv")
    assert ran.code == 3
    assert '"orchid"' in ran.err
    assert '"setosa"' in ran.err


def test_evaluating_without_the_target_names_it(shoal, model, tmp_path):
    path, table = model
    table.drop("species").write_csv(tmp_path / "t.csv")
    ran = shoal("evaluate", path, tmp_path / "t.csv")
    assert ran.code == 3
    assert '"species"' in ran.err


@pytest.mark.parametrize("command", ["predict", "evaluate", "inspect"])
@pytest.mark.parametrize("damage", ["cut", "changed", "not one", "empty", "missing"])
def test_a_model_file_that_is_none(shoal, model, tmp_path, command, damage):
    path, table = model
    content, broken = path.read_bytes(), tmp_path / "broken.shoal"
    contents = {
        "cut": content[:-9],
        "changed": content.replace(b"setosa", b"sitosa", 1),
        "not one": b"PK\3\4" + content,
        "empty": b"",
    }
    if damage != "missing":
        broken.write_bytes(contents[damage])
    table.write_csv(tmp_path / "t.csv")
    words = [command, broken] if command == "inspect" else [command, broken, tmp_path / "t.csv"]
    ran = shoal(*words, "--json")
    assert ran.code == (6 if damage == "missing" else 4)
    assert ran.json["error"]["kind"] == ("file_system" if damage == "missing" else "model_file")
    assert "broken.shoal" in ran.err


@pytest.mark.parametrize("command", ["predict", "evaluate", "inspect"])
def test_a_model_whose_report_was_forged_is_refused(shoal, model, tmp_path, command):
    from shoal.base import container
    from shoal.saving import _document

    path, table = model
    document, arrays = _document.read(path)
    document["table"]["report"]["rows"] = {"evil": 1}
    container.write(tmp_path / "forged.shoal", document, arrays)  # `save` would refuse it
    table.write_csv(tmp_path / "t.csv")
    words = [command, tmp_path / "forged.shoal", *([] if command == "inspect" else [tmp_path / "t.csv"])]
    assert shoal(*words).code == 4


def test_probabilities_of_a_number_are_refused(shoal, tmp_path):
    path, model = tmp_path / "t.csv", tmp_path / "m.shoal"
    shoal("data", "diabetes", "--out", path)
    shoal("train", path, "--target", "progression", "--epochs", "3", "--out", model)
    ran = shoal("predict", model, path, "--proba")
    assert ran.code == 2
    assert "--proba" in ran.err


def test_a_model_of_arrays_reads_no_tables_but_can_be_inspected(shoal, tmp_path):
    from shoal import LogisticRegression, save

    X = np.random.default_rng(0).normal(size=(50, 2))
    save(LogisticRegression().fit(X, X[:, 0] > 0), tmp_path / "m.shoal")
    (tmp_path / "t.csv").write_text(GOOD)
    ran = shoal("predict", tmp_path / "m.shoal", tmp_path / "t.csv")
    assert ran.code == 2
    assert "trained on arrays" in ran.err
    ran = shoal("inspect", tmp_path / "m.shoal")
    assert ran.code == 0
    assert "(1, 2)" in ran.out


def test_a_cost_that_explodes_ends_with_its_own_exit_code(shoal, tmp_path):
    path = tmp_path / "t.csv"
    shoal("data", "diabetes", "--out", path)
    deep = ",".join(["8"] * 40)  # forty factors of about 1e6 are more than a number can hold
    words = ["train", path, "--target", "progression", "--learning-rate", "1e6", "--hidden", deep]
    ran = shoal(*words, "--activation", "identity", "--out", tmp_path / "m.shoal")
    assert ran.code == 5, ran.err
    assert not (tmp_path / "m.shoal").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--hidden", "16,x"], "--hidden must be numbers of units"),
        (["--hidden", "-1"], "--hidden must be"),
        (["--hidden", "0,3"], "--hidden must be"),
        (["--activation", "swish"], "--activation must be one of identity"),
        (["--epochs", "0"], "--epochs must be a whole number from 1"),
        (["--learning-rate", "0"], "--learning-rate must be a number"),
        (["--dropout", "1"], "--dropout must be a number from 0 to 0.95"),
        (["--test-share", "0.9"], "--test-share must be a number from 0.01 to 0.5"),
        (["--task", "clustering"], "--task must be one of classification, regression"),
    ],
)
def test_senseless_options_are_usage_errors(shoal, tmp_path, words, message):
    (tmp_path / "t.csv").write_text(GOOD)
    ran = shoal("train", tmp_path / "t.csv", "--target", "y", *words)
    assert ran.code == 2
    assert message in ran.err


def test_a_target_must_be_named(shoal, tmp_path):
    ran = shoal("train", tmp_path / "t.csv")
    assert ran.code == 2
    assert "--target is missing" in ran.err


@pytest.mark.parametrize("option", ["--keep", "--drop"])
def test_an_unknown_column_in_an_option_is_named(shoal, tmp_path, option):
    (tmp_path / "t.csv").write_text(GOOD)
    ran = shoal("train", tmp_path / "t.csv", "--target", "y", option, "nope")
    assert ran.code == 3
    assert '"nope"' in ran.err
