"""The frame of the command line: help, errors, exit codes, signals, pipes."""

import json
import os
import re
import signal
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

from shoal.base import errors
from shoal.base.texts import page, text
from shoal.cli import _errors, _help, _program

COMMAND = [sys.executable, "-c", "import sys, shoal.cli; sys.exit(shoal.cli.main())"]


def in_a_process(*words, **environment):
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SHOAL_LANG": "en", **environment},
    )


def test_help_names_every_command_and_every_exit_code(shoal):
    ran = shoal("--help")
    assert ran.code == 0
    for command in _program.COMMANDS:
        assert f"\n  {command} " in ran.out
    for code in _errors.Exit:
        assert f"\n  {int(code)} " in ran.out


def test_no_words_at_all_give_the_help(shoal):
    assert shoal() == shoal("--help")


def test_help_does_not_import_numpy():
    code = "import sys, shoal.cli as c; c.main(['--help']); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "click" in loaded
    for heavy in ("numpy", "polars", "sklearn", "rich", "shoal.cli.train", "shoal.cli.data"):
        assert heavy not in loaded


@pytest.mark.parametrize("command", _program.COMMANDS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_explains_itself_in_both_languages(shoal, monkeypatch, command, language):
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = shoal(command, "--help")
    assert ran.code == 0
    assert page("cli")[f"{command}_about"][language][:12] in ran.out
    assert "--json" in ran.out
    chinese = any("\u4e00" <= character <= "\u9fff" for character in ran.out)
    assert chinese == (language == "zh")


@pytest.mark.parametrize("command", ["train", "search"])
def test_a_long_page_groups_its_options_and_names_each_of_them_once(shoal, command):
    ran = shoal(command, "--help")
    parts = {part.split("\n")[0]: part for part in ran.out.split("\n\n") if "\n  --" in part}
    for group, option in [
        ("options", "--target"),
        ("options_columns", "--column"),
        ("options_judging", "--order"),
        ("options_classes", "--cost"),
        ("options_network", "--patience"),
        ("options_reading", "--encoding"),
        ("options_other", "--json"),
    ]:
        assert f"\n  {option} " in parts[text(f"cli.{group}")]
    assert next(iter(parts)) == text("cli.options")
    found = re.findall(r"\n  (--[a-z0-9-]+)", ran.out)
    declared = [option.opts[0] for option in import_module(f"shoal.cli.{command}").command().params[1:]]
    assert sorted(found) == sorted([*declared, "--help"])
    lines = re.findall(r"\n(  --.+?  +)\S", ran.out)
    starts = {len(line) for line in lines}
    assert len(starts) == 1  # all meanings begin at one place


def test_a_short_page_is_one_list(shoal):
    assert text("cli.options_reading") not in shoal("evaluate", "--help").out


def test_every_group_of_options_has_its_heading():
    assert {f"options_{group}" for group in _help.GROUPS} <= set(page("cli"))


def test_a_new_command_is_a_module_its_name_and_its_texts(shoal, monkeypatch):
    """The places that CONTRIBUTING names: nothing else has to know of it."""
    greet = ModuleType("greet")
    greet.command = lambda: _program.Command("greet", [], lambda as_json: print({"json": as_json}))
    monkeypatch.setitem(sys.modules, "shoal.cli.greet", greet)
    monkeypatch.setattr(_program, "COMMANDS", (*_program.COMMANDS, "greet"))
    monkeypatch.setitem(page("cli"), "greet_about", {"en": "Say hello.", "zh": "打招呼。"})
    assert re.search(r"\n  greet +Say hello\.\n", shoal("--help").out)
    assert shoal("greet", "--help").out.count("Say hello.") == 1
    assert shoal("greet", "--json").out == "{'json': True}\n"
    refused = shoal("greet", "--loud")
    assert refused.code == 2
    assert "--loud" in refused.err


def test_the_language_follows_the_locale(shoal, monkeypatch):
    monkeypatch.delenv("SHOAL_LANG")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "退出码" in shoal("--help").out


def test_version(shoal):
    assert shoal("--version").out.startswith("shoal 0.")


# --- mistakes on the command line ------------------------------------------------------------------


MISTAKES = [
    (["trian"], "there is no command trian: choose one of data, train"),
    (["--trian"], "there is no option --trian"),
    (["data", "--sampels", "3"], "did you mean --samples?"),
    (["train", "t.csv", "--bogus"], "there is no option --bogus here. See `shoal train --help`"),
    (["train", "t.csv", "--hidden"], "--hidden needs a value. See `shoal train --help`"),
    (["data", "moons", "iris"], "unexpected arguments: iris"),
    (["data", "moons", "--out"], "--out needs a value"),
    (["data", "moons", "--samples", "many"], "--samples must be a whole number from 2"),
    (["data", "moons", "--samples", "1"], "got '1'"),
    (["data", "moons", "--noise", "-1"], "--noise must be a number from 0"),
    (["data", "moons", "--noise", "nan"], "got 'nan'"),
    (["data", "iris", "--samples", "9"], "--samples is for the toy sets"),
    (["data", "--seed", "9"], "--seed needs the NAME"),
    (["data", "--out", "x.csv"], "--out needs the NAME"),
    (["data", "{0}"], "there is no data set {0}"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES)
def test_a_mistake_on_the_command_line_is_explained(shoal, words, message):
    ran = shoal(*words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert message in ran.err


@pytest.mark.parametrize(("words", "message"), MISTAKES)
def test_json_gives_the_mistake_as_json_too(shoal, words, message):
    ran = shoal(words[0], "--json", *words[1:])
    assert ran.code == 2
    assert ran.json["error"]["kind"] == "usage"
    assert message in ran.json["error"]["message"]


@pytest.mark.parametrize("words", [words for words, _ in MISTAKES])
def test_mistakes_are_explained_in_chinese_too(shoal, monkeypatch, words):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    ran = shoal(*words)
    assert ran.code == 2
    assert ran.err.startswith("错误：")
    assert any("\u4e00" <= character <= "\u9fff" for character in ran.err[3:])


# --- what commands raise ---------------------------------------------------------------------------


@pytest.fixture
def raising(shoal, monkeypatch):
    """Run a command that raises this error."""

    def run(error, *words):
        def fail(_arguments):
            raise error

        monkeypatch.setattr(_program, "run", fail)
        return shoal(*words)

    return run


KNOWN = {"path": "x", "reason": "y"}


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (errors.UsageError("core.cannot_write", **KNOWN), 2, "usage"),
        (errors.DataError("core.cannot_write", **KNOWN), 3, "data"),
        (errors.ShapeError("core.cannot_write", **KNOWN), 3, "data"),
        (errors.ModelFileError("core.cannot_write", **KNOWN), 4, "model_file"),
        (errors.DivergedError("core.cannot_write", **KNOWN), 5, "diverged"),
        (errors.FileError("core.cannot_write", **KNOWN), 6, "file_system"),
        (MemoryError(), 3, "data"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (_errors.Terminated(), 143, "terminated"),
        (ModuleNotFoundError("no", name="polars"), 2, "usage"),
        (ModuleNotFoundError("no", name="numbers2"), 1, "bug"),
        (ZeroDivisionError("oops"), 1, "bug"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_error_has_its_exit_code(raising, error, code, kind):
    ran = raising(error, "data", "--json")
    assert ran.code == code
    assert ran.json["error"]["kind"] == kind
    assert ran.err == f"error: {ran.json['error']['message']}\n"
    assert "json" not in raising(error, "data").out


def test_a_missing_package_names_the_extra(raising):
    assert 'pip install "shoal[cli]"' in raising(ModuleNotFoundError("no", name="rich")).err


def test_a_bug_asks_for_a_report_and_shows_its_traceback_only_on_demand(raising, monkeypatch):
    ran = raising(ZeroDivisionError("oops"))
    assert "bug in shoal 0." in ran.err
    assert "ZeroDivisionError: oops" in ran.err
    monkeypatch.setenv("SHOAL_DEBUG", "1")
    with pytest.raises(AssertionError, match="Traceback"):
        raising(ZeroDivisionError("oops"))


def test_a_warning_is_a_note_of_one_line():
    code = (
        "import sys, warnings, shoal.cli as c, shoal.cli._program as p\n"
        "p.run = lambda words: warnings.warn('take care', stacklevel=1)\n"
        "sys.exit(c.main(['data']))"
    )
    environment = {**os.environ, "SHOAL_LANG": "en"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert ran.stderr == "note: take care\n"


# --- real processes --------------------------------------------------------------------------------


def test_a_process_ends_with_the_exit_code():
    ran = in_a_process("data", "nothing", "--json")
    assert ran.returncode == 2
    assert json.loads(ran.stdout)["error"]["kind"] == "usage"
    assert "Traceback" not in ran.stderr


def test_a_terminal_that_cannot_show_chinese_gets_escapes():
    ran = in_a_process("data", SHOAL_LANG="zh", PYTHONIOENCODING="ascii")
    assert ran.returncode == 0
    assert ran.stdout.startswith("\\u540d\\u79f0 ")  # the head of the first column


def test_a_reader_that_leaves_is_no_error():
    # an unbuffered Python would drop the rest of the output by itself
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}
    with subprocess.Popen(
        [*COMMAND, "data", "digits"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as writer:
        assert writer.stdout.readline().startswith("pixel_0_0,")
        writer.stdout.close()
        assert writer.stderr.read() == ""
    assert writer.returncode == 141


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_half_written(tmp_path, number, code):
    program = (
        "import os, signal, sys, shoal.cli as c, shoal.cli._program as p\n"
        "from shoal.base.files import replacing\n"
        "def run(words):\n"
        "    with replacing('out.csv') as stream:\n"
        "        stream.write(b'half')\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "        signal.pause()\n"
        "p.run = run\n"
        "sys.exit(c.main(['data']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SHOAL_LANG": "en"},
    )
    assert ran.returncode == code
    assert ran.stderr == "error: stopped; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
