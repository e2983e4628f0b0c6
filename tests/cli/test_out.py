"""`--out` never costs anybody a file, and output that cannot be written is nobody's bug."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "import sys, shoal.cli; sys.exit(shoal.cli.main())"]


@pytest.fixture
def folder(shoal, tmp_path):
    """A table and a model of it."""
    shoal("data", "iris", "--out", tmp_path / "t.csv")
    words = ["--target", "species", "--epochs", "2", "--out", tmp_path / "m.shoal"]
    assert shoal("train", tmp_path / "t.csv", *words).code == 0
    return tmp_path


def refused_and_untouched(ran, *paths, before):
    assert ran.code == 2
    assert "same file as an input" in ran.err
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize("link", [None, "symlink", "hard link"])
@pytest.mark.parametrize("given", ["t.csv", "m.shoal"])
def test_an_input_is_never_overwritten(shoal, folder, link, given):
    table, model = folder / "t.csv", folder / "m.shoal"
    before = [table.read_bytes(), model.read_bytes()]
    out = folder / given
    if link:
        out = folder / f"link{Path(given).suffix}"
        (out.symlink_to if link == "symlink" else out.hardlink_to)(folder / given)
    ran = shoal("predict", model, table, "--out", out)
    refused_and_untouched(ran, table, model, before=before)
    if given == "t.csv":
        ran = shoal("train", table, "--target", "species", "--out", out)
        refused_and_untouched(ran, table, model, before=before)


@pytest.mark.parametrize("name", ["p.xlsx", "p.csv.gz", "p", "p.json"])
def test_an_ending_that_says_nothing_of_a_table_is_refused(shoal, folder, name):
    for words in (["predict", folder / "m.shoal", folder / "t.csv"], ["data", "iris"]):
        ran = shoal(*words, "--out", folder / name)
        assert ran.code == 2
        assert ".csv, .tsv, .parquet" in ran.err
        assert not (folder / name).exists()


def test_a_device_takes_csv(shoal, folder):
    assert shoal("predict", folder / "m.shoal", folder / "t.csv", "--out", "/dev/null").code == 0


def test_a_folder_that_is_not_there_is_named_before_any_work(shoal, folder):
    for words in (
        ["predict", folder / "m.shoal", folder / "t.csv"],
        ["train", folder / "t.csv", "--target", "species"],
        ["data", "iris"],
    ):
        ran = shoal(*words, "--out", folder / "nope" / "x.csv")
        assert ran.code == 6
        assert "there is no folder" in ran.err


def ended(words, **streams):
    environment = {**os.environ, "SHOAL_LANG": "en"}
    return subprocess.run([*COMMAND, *words], check=False, text=True, env=environment, **streams)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", [["data"], ["data", "digits"], ["data", "--json"]])
def test_a_full_disk_under_stdout_is_said_in_a_sentence(words):
    with Path("/dev/full").open("w") as full:
        ran = ended(words, stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 6
    assert ran.stderr.startswith("error: the output could not be written: No space left on device")
    assert ran.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="closing a stream before the start is the shell's art")
def test_a_closed_stdout_is_said_in_a_sentence():
    ran = ended(["data"], stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1))
    assert ran.returncode == 6
    assert ran.stderr == "error: standard output is closed: send it to a file, or to /dev/null\n"


def test_a_name_that_nothing_can_have_is_refused_before_any_work(shoal, folder):
    (folder / "loop.shoal").symlink_to("loop.shoal")
    for name in ("n" * 300 + ".shoal", "loop.shoal"):
        ran = shoal("train", folder / "t.csv", "--target", "none such", "--out", folder / name)
        assert (ran.code, "bug" in ran.err) == (6, False)  # and not 3, for the column that is not there
        assert shoal("inspect", folder / name).code == 6
        assert shoal("predict", folder / "m.shoal", folder / name.replace("shoal", "csv")).code == 6


HOSTILE = "\x1b[31m\x9b\u202ex"


def test_no_name_reaches_the_terminal_raw(shoal, folder):
    out = folder / f"{HOSTILE}.csv"
    runs = [
        shoal("inspect", folder / HOSTILE),
        shoal("inspect", folder / HOSTILE, "--json"),
        shoal("predict", folder / "m.shoal", folder / "t.csv", "--out", out),
        shoal("predict", folder / "m.shoal", folder / "t.csv", "--out", out, "--json"),
        shoal("predict", folder / "m.shoal", folder / "t.csv", "--out", folder / HOSTILE),
        shoal("predict", folder / "m.shoal", folder / "t.csv", HOSTILE),
        shoal(HOSTILE),
        shoal("inspect", f"--{HOSTILE}", folder / "m.shoal"),
        shoal("train", folder / HOSTILE / "t.csv", "--target", "y"),
        shoal("train", folder / "t.csv", "--target", HOSTILE),
    ]
    for ran in runs:
        assert all(c.isprintable() or c == "\n" for c in ran.out + ran.err)
    assert json.loads(runs[3].out)["path"] == str(out)  # a program gets the name as it is


def test_a_column_s_name_in_a_model_does_not_reach_the_terminal_raw(shoal, folder):
    table, model = folder / "named.csv", folder / "named.shoal"
    table.write_text(f"{HOSTILE},y\n" + "1,a\n2,b\n" * 30, encoding="utf-8")
    for words in (
        ["train", table, "--target", "y", "--epochs", "2", "--out", model, "--json"],
        ["inspect", model],
        ["inspect", model, "--json"],
    ):
        ran = shoal(*words)
        assert ran.code == 0
        assert all(c.isprintable() or c == "\n" for c in ran.out + ran.err)


@pytest.mark.parametrize(("language", "word"), [("en", "begins with ="), ("zh", "=")])
def test_the_help_says_that_a_label_may_be_a_formula_to_a_spreadsheet(shoal, monkeypatch, language, word):
    monkeypatch.setenv("SHOAL_LANG", language)
    assert word in " ".join(shoal("predict", "--help").out.split())


def test_a_model_from_a_pipe_is_refused_with_what_to_do(folder):
    with subprocess.Popen(
        [*COMMAND, "predict", "/dev/stdin", folder / "t.csv"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _, err = process.communicate()
    assert process.returncode == 6
    assert "write what it holds into a file" in err


LIMITED = """
import resource, sys
limit = int(sys.argv[1]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from shoal.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="what a process takes is asked of Linux")
@pytest.mark.parametrize(("language", "word"), [("en", "ulimit -v"), ("zh", "地址空间")])
@pytest.mark.parametrize("limit", [900, 1200])
def test_too_few_addresses_for_a_table_are_said_before_it_is_read(limit, language, word, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("x,y\n1,2\n", encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, str(limit), "train", str(table), "--target", "y"]
    # one thread of OpenBLAS, which takes addresses for each core
    environment = {**os.environ, "SHOAL_LANG": language, "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=1000
    )
    assert ran.returncode == 3
    assert word in ran.stderr
