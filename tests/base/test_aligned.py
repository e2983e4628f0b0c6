"""Plain text that lines up, also in Chinese, and names that cannot break it."""

import sys

import pytest

from shoal.base.aligned import at_the_point, cells, table, wrap
from shoal.base.shown import plain
from shoal.cli._json import print_json
from shoal.cli._out import say_list


@pytest.mark.parametrize(
    ("written", "width"), [("abc", 3), ("隐藏层", 6), ("ｆｕｌｌ", 8), ("e\u0301", 1), ("", 0), ("±█", 2)]
)
def test_cells_are_those_of_a_terminal(written, width):
    assert cells(written) == width


def test_columns_line_up():
    rows = [["name", "rows"], ["花", "9"], ["circles", "400"]]
    assert table(rows, right=(1,)) == "name     rows\n花          9\ncircles   400"
    assert table(rows).splitlines()[1] == "花       9"


def test_a_name_is_one_short_line():
    assert plain("a\nb\x1b[31m\0") == "a\\nb\\x1b[31m\\x00"
    assert plain("x" * 10_000, 40) == "x" * 39 + "…"
    assert plain(3) == "3"
    assert plain("年龄 🐟") == "年龄 🐟"


@pytest.mark.parametrize("width", range(20, 61))
@pytest.mark.parametrize(
    "written",
    [
        "the quick brown fox jumps over the lazy dog and does not come back",
        "在数据表（CSV、TSV 或 Parquet）上训练网络，并用它没见过的行来评估。最多训练的轮数（300）",
        "误差依次为 0（按计算图）、0（按公式）、0.25（“笔记”的写法），其中第一个“最小”",
    ],
)
def test_a_paragraph_is_wrapped_by_cells_and_loses_nothing(written, width):
    lines = wrap(written, width, indent=4).split("\n    ")
    # a closing mark may stand one wide character beyond the edge: it never begins a line
    assert max(map(cells, lines)) <= width + 2
    assert not any(line[0] in "，。）、”" for line in lines)
    assert not any(line[-1] in "（“" for line in lines)
    assert "".join(lines).replace(" ", "") == written.replace(" ", "")


def test_json_is_never_nan(capsys):
    print_json({"名称": [1, None]})
    assert '"名称"' in capsys.readouterr().out
    with pytest.raises(ValueError, match="JSON"):
        print_json({"x": float("nan")})


def test_numbers_stand_with_their_points_under_each_other():
    lines = at_the_point(["0.43 ± 0.29", "-0.7052 ± 0.0070", "103400 ± 9300", "1.099", "–"])
    numbers = lines[:4]
    assert {line.index("±") for line in numbers[:3]} == {numbers[0].index("±")}
    assert {line.index(".") for line in (numbers[0], numbers[1], numbers[3])} == {numbers[0].index(".")}
    assert numbers[2].index(" ±") >= numbers[0].index(".")
    assert lines[4] == "–"
    assert [line.replace(" ", "") for line in numbers[:2]] == ["0.43±0.29", "-0.7052±0.0070"]


def test_what_is_no_number_keeps_its_text():
    assert at_the_point(["–", "-2.6e+22 ± 1.3e+22", ""]) == ["–", "-2.6e+22 ± 1.3e+22", ""]


def test_a_terminal_gets_whole_words_and_a_file_one_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    items = ["a sentence that is longer than a line of this narrow terminal by some words"]
    say_list("heading:", items)
    assert capsys.readouterr().out == f"heading:\n  - {items[0]}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    say_list("heading:", items)
    _, *lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1
    assert all(len(line) <= 50 and line.startswith("    ") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == f"- {items[0]}"
    say_list("heading:", [])
    assert capsys.readouterr().out == ""
