"""What a person waits for before anything is read: a missing file is said without the heavy libraries."""

import os
import subprocess
import sys

import pytest

from shoal.base.texts import text

HEAVY = {"numpy", "scipy", "sklearn", "polars", "matplotlib"}
RUN = """
import sys
from shoal.cli import main
code = main()
print("loaded:", *sys.modules)
sys.exit(code)
"""
COMMANDS = {
    "train": ["nosuch.csv", "--target", "y", "--activation", "tanh"],
    "search": ["nosuch.csv", "--target", "y"],
    "predict": ["nosuch.shoal", "t.csv"],
    "evaluate": ["nosuch.shoal", "t.csv"],
    "inspect": ["nosuch.shoal"],
    "trace": ["nosuch.shoal", "t.csv", "--row", "1"],
    "check": ["nosuch.shoal", "t.csv"],
    "doctor": ["nosuch.shoal", "t.csv"],
    "plot": ["nosuch.shoal", "t.csv", "--what", "roc", "--out", "roc.svg"],
    "experiment": ["penalties", "--data", "nosuch.csv", "--target", "y"],
}


def ran(*words):
    """What a fresh process says, and which libraries it has loaded."""
    environment = {name: value for name, value in os.environ.items() if name != "SHOAL_CHECK_SHAPES"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words], capture_output=True, text=True, env=environment, check=False
    )
    said, _, loaded = done.stdout.rpartition("loaded:")
    return done.returncode, said + done.stderr, set(loaded.split()) & HEAVY


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_is_said_before_a_heavy_library_is_loaded(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    code, said, loaded = ran(command, *COMMANDS[command])
    assert code == 6
    assert "nosuch" in said
    assert loaded == set()


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"check"}))
def test_so_is_the_help(command):
    code, said, loaded = ran(command, "--help")
    assert code == 0
    assert text("cli.json_option") in " ".join(said.split())
    assert loaded == set()


def test_the_help_of_a_late_option_names_what_there_is():
    _, said, _ = ran("check", "--help")
    assert "wrong_sign" in said
    assert "native" in said


def test_a_word_that_a_late_option_does_not_know_is_refused_with_the_known_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said, _ = ran("check", "m.shoal", "t.csv", "--engine", "steam")
    assert code == 2
    assert "native" in said
