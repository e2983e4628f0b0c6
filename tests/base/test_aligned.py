"""Plain text that lines up, also in Chinese, and names that cannot break it."""

import pytest

from shoal.base.aligned import cells, table, wrap
from shoal.base.shown import plain
from shoal.cli._json import print_json


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
