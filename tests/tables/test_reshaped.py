"""Tables in another shape: rows in one pair of quotes, drawn with lines, rows over several lines."""

from itertools import pairwise

import pytest

from shoal.base.errors import DataError
from shoal.tables import open_table

ROWS = [(f"s{n}", str(n * 7 % 23), f"{n}.5") for n in range(1, 30)]
NAMES = ("school", "age", "grade")


def opened(folder, text, name="t.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return open_table(path)


def kinds(table):
    return [note.kind for note in table.notes]


# --- whole rows in quotes ------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", list(",;\t|"))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("wrapped", ["all", "rows", "most", "with empty fields behind"])
def test_whole_rows_in_one_pair_of_quotes_are_unwrapped(tmp_path, separator, end, wrapped):
    lines = [separator.join(row) for row in [NAMES, *ROWS]]
    tail = ",," if wrapped == "with empty fields behind" else ""
    bare = {"rows": [0], "most": [3, 7]}.get(wrapped, [])
    text = "".join((line if n in bare else f'"{line}"{tail}') + end for n, line in enumerate(lines))
    table = opened(tmp_path, text)
    assert (tuple(table.frame.columns), table.frame.rows()) == (NAMES, ROWS)
    assert "unwrapped" in kinds(table)


def test_quotes_doubled_inside_are_the_real_ones(tmp_path):
    rows = [(f"{n}", f'"a; {n}"', "x") for n in range(1, 9)]
    text = "".join('"' + ";".join(row).replace('"', '""') + '"\n' for row in [("n", "what", "k"), *rows])
    assert opened(tmp_path, text).frame.rows() == [(n, what.strip('"'), k) for n, what, k in rows]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Last, First", ["Smith, John", "Doe, Jane", "Roe, Jim"]),
        ("amount", ["1,234", "2,345", "3,456"]),
        ("text", ["a;b", "c;d", "e;f"]),
    ],
)
def test_one_column_of_quoted_cells_stays_one(tmp_path, name, cells):
    table = opened(tmp_path, "".join(f'"{cell}"\n' for cell in [name, *cells]))
    assert table.frame.to_dict(as_series=False) == {name: cells}
    assert kinds(table) == []


def test_a_table_of_quoted_cells_is_read_as_before(tmp_path):
    table = opened(tmp_path, "".join(",".join(f'"{c}"' for c in row) + "\n" for row in [NAMES, *ROWS]))
    assert (table.frame.rows(), kinds(table)) == (ROWS, [])


# --- drawn tables --------------------------------------------------------------------------------------


def drawn(left, between, right, rule=None, top=None, end=""):
    lines = [left + between.join(cell.ljust(8) for cell in row) + right for row in [NAMES, *ROWS]]
    lines = [lines[0], rule, *lines[1:]]
    return "\n".join([top, *lines, top] if top else lines) + "\n" + end


DRAWN = {
    "markdown": drawn("| ", " | ", " |", "|:---|---:|:-:|"),
    "markdown without its sides": drawn("", " | ", "", "--- | --- | ---"),
    "org": drawn("| ", " | ", " |", "|--------+-----+----|"),
    "psql": drawn(" ", " | ", "", "---------+------+-----", end="(29 rows)\n\n"),
    "mysql": drawn("| ", " | ", " |", "+----+---+-----+", "+----+---+-----+", "29 rows in set (0.00 sec)\n"),
    "boxes": drawn("│ ", " │ ", " │", "├────┼───┼─────┤", "┌────┬───┬─────┐"),
}


@pytest.mark.parametrize("text", DRAWN.values(), ids=DRAWN)
def test_drawn_tables(tmp_path, text):
    table = opened(tmp_path, text, "t.txt")
    assert (tuple(table.frame.columns), table.frame.rows()) == (NAMES, ROWS)
    assert kinds(table) == ["undrawn"]


def test_a_drawn_cell_may_hold_an_escaped_line(tmp_path):
    table = opened(tmp_path, "| a | b |\n|---|---|\n| 1 | x\\|y |\n| 2 | , |\n")
    assert table.frame.rows() == [("1", "x|y"), ("2", ",")]


@pytest.mark.parametrize("second", ["--|--|--", "-|-|-", "1|2|3"])
def test_lines_between_fields_alone_draw_nothing(tmp_path, second):
    table = opened(tmp_path, f"a|b|c\n{second}\n4|5|6\n7|8|9\n")
    assert table.frame.height == 3
    assert kinds(table) == []


# --- rows over several lines ---------------------------------------------------------------------------


def folded(rows, cuts, separator=",", ends=""):
    lines = []
    for row in rows:
        edges = [0, *cuts, len(row)]
        parts = [row[start:stop] for start, stop in pairwise(edges)]
        lines += [separator.join(part) + ends for part in parts[:-1]] + [separator.join(parts[-1])]
    return "\n".join(lines) + "\n"


WIDE = [tuple(str((n + 1) * k % 31) for k in range(1, 8)) for n in range(12)]
WIDE_NAMES = tuple("abcdefg")


@pytest.mark.parametrize("cuts", [(3,), (1, 4), (2, 4, 6), (1,)])
@pytest.mark.parametrize("ends", ["", ","])
def test_rows_over_several_lines_are_joined(tmp_path, cuts, ends):
    table = opened(tmp_path, ",".join(WIDE_NAMES) + "\n" + folded(WIDE, cuts, ends=ends))
    assert (tuple(table.frame.columns), table.frame.rows()) == (WIDE_NAMES, WIDE)
    assert kinds(table) == ["unfolded"]


def test_a_header_that_is_folded_as_the_rows_are(tmp_path):
    assert opened(tmp_path, folded([WIDE_NAMES, *WIDE], (3,), ";")).frame.rows() == WIDE


@pytest.mark.parametrize("first", ["day", "day,a,b", "a,b,c,d,e,f,g"])
def test_lines_that_are_no_rows_are_refused_with_their_numbers_of_fields(tmp_path, first):
    days = "".join(f"2020-01-{n + 1:02}\n" + (",".join(WIDE[n]) + "\n") * (1 + n % 2) for n in range(10))
    with pytest.raises(DataError) as refused:
        opened(tmp_path, f"{first}\n{days}")
    assert refused.value.key == "tables.no_rows_in_lines"
    assert "1, 7, 1, 7, 7" in str(refused.value)


def test_one_odd_row_is_named_as_before(tmp_path):
    text = (
        ",".join(WIDE_NAMES)
        + "\n"
        + "".join(",".join(row[: 7 - (n == 5)]) + "\n" for n, row in enumerate(WIDE))
    )
    with pytest.raises(DataError) as refused:
        opened(tmp_path, text)
    assert refused.value.key == "tables.ragged"
