"""`--any-size`: a packed table that holds far more than its own size is read where a person says so."""

import gzip

import pytest


def test_a_packed_table_is_read_where_a_person_says_so(shoal, tmp_path):
    cell = b"x" * 100_000  # few rows, so that reading them costs little
    with gzip.open(tmp_path / "t.csv.gz", "wb") as stream:
        stream.write(b"a,b\n" + b"1," + cell + b"\n")
        for _ in range(800):
            stream.write(b"2," + cell + b"\n")
    words = ("train", tmp_path / "t.csv.gz", "--target", "none such")
    refused, read = shoal(*words), shoal(*words, "--any-size")
    assert "--any-size" in refused.err
    assert "no column" in read.err


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "command",
    ["train", "search", "predict", "evaluate", "trace", "check", "doctor", "plot", "experiment"],
)
def test_every_command_that_reads_a_table_has_the_option(shoal, monkeypatch, command, language):
    monkeypatch.setenv("SHOAL_LANG", language)
    assert "--any-size" in shoal(command, "--help").out


def test_an_experiment_without_a_table_refuses_it(shoal):
    assert "--data" in shoal("experiment", "xor", "--any-size").err
