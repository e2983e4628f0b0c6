"""Names in several lines, names that stand again between the rows, and lines of dashes."""

import pandas
import pytest
import xlsxwriter

from shoal.base.texts import LANGUAGES, use_language
from shoal.tables import open_table

NAMES = ["name", "2019 a", "2019 b", "2020 a", "2020 b"]
GROUPS, UNDER = ",2019,,2020,", "name,a,b,a,b"
ROWS = [(f"n{i}", *(str(k * i * i % 11) for k in (1, 2, 5, 7))) for i in range(3, 11)]
BODY = "\n".join(map(",".join, ROWS)) + "\n"


def opened(folder, text, **how):
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return open_table(path, **how)


def workbook(folder, rows):
    book = xlsxwriter.Workbook(folder / "t.xlsx")
    sheet = book.add_worksheet()
    for i, row in enumerate(rows):
        for k, cell in enumerate(row):
            if cell not in ("", None):
                sheet.write(i, k, cell)
    book.close()
    return open_table(folder / "t.xlsx")


def kinds(table):
    return [note.kind for note in table.notes]


# --------------------------------------------------------------------------- groups above names


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (f"{GROUPS}\n{UNDER}", NAMES),
        (f",2019,2019,2020,2020\n{UNDER}", NAMES),
        ("name,2019,,2020,\n,a,b,a,b", NAMES),
        (",x,,,\n,2019,,2020,\nname,a,b,a,b", ["name", "x 2019 a", "x 2019 b", "x 2020 a", "x 2020 b"]),
        (
            ",cost,,sales,\nname,2019,2020,2019,2020",
            ["name", *(f"{w} {y}" for w in ("cost", "sales") for y in (2019, 2020))],
        ),
        ("name,2019,,,total\n,a,b,c,", ["name", "2019 a", "2019 b", "2019 c", "total"]),
        ("Unnamed: 0_level_0,2019,2019,2020,2020\nname,a,b,a,b", NAMES),
        (",score,,,\nname,size,a,b,c", None),  # one cell alone is a title
    ],
)
def test_groups_above_names_are_joined_to_them(tmp_path, head, names):
    table = opened(tmp_path, f"{head}\n{BODY}")
    assert table.frame.rows() == ROWS
    assert table.frame.columns == (names or ["name", "size", "a", "b", "c"])
    assert kinds(table) == (["joined_names"] if names else ["title"])


def test_a_title_above_and_units_below_stay_what_they_are(tmp_path):
    table = opened(tmp_path, f"A report\n\n{GROUPS}\n{UNDER}\n,cm,kg,cm,kg\n{BODY}")
    assert (table.frame.columns, table.frame.rows()) == (NAMES, ROWS)
    assert kinds(table) == ["title", "joined_names", "units"]


@pytest.mark.parametrize("levels", [[None, None], ["year", "kind"]])
@pytest.mark.parametrize("names", ["name", None])
def test_what_pandas_writes_of_two_levels_is_read(tmp_path, levels, names):
    columns = pandas.MultiIndex.from_product([[2019, 2020], ["a", "b"]], names=levels)
    numbers = [[int(cell) for cell in row[1:]] for row in ROWS]
    frame = pandas.DataFrame(numbers, pandas.Index([row[0] for row in ROWS], name=names), columns)
    first = names or ("year kind" if levels[0] else "column 1")
    table = opened(tmp_path, frame.to_csv())
    assert (table.frame.columns, table.frame.rows()) == ([first, *NAMES[1:]], ROWS)
    frame.to_excel(tmp_path / "t.xlsx", engine="xlsxwriter")
    sheet = open_table(tmp_path / "t.xlsx").frame
    assert sheet.columns == [first, *NAMES[1:]]
    assert [list(row[1:]) for row in sheet.rows()] == numbers


def test_groups_in_a_workbook_are_joined(tmp_path):
    rows = [["", 2019, "", 2020, ""], ["name", "a", "b", "a", "b"], *([r[0], *map(int, r[1:])] for r in ROWS)]
    table = workbook(tmp_path, rows)
    assert table.frame.columns == NAMES
    assert [list(row) for row in table.frame.rows()] == rows[2:]
    assert kinds(table) == ["joined_names"]


@pytest.mark.parametrize(
    ("head", "first"),
    [
        ("name,,,city,", "Tom,red,big,3,absent"),  # a row of words, but one number
        ("name,,,city,", "Tom,NA,NA,NA,NA"),  # a row without a known number
        ("name,w,h,v,k", "n,cm,kg,cm,kg"),  # units
        ("name,,b,,d", "n3,2019,2020,2019,2020"),  # years, but these stand in the rows
        ("name,a,b,c,d", "who,red,blue,green,gold"),  # every column has its name
    ],
)
def test_a_first_row_under_a_header_is_no_row_of_names(tmp_path, head, first):
    again = "n4,2019,2020,2019,2020\n" if "2019" in first else ""
    table = opened(tmp_path, f"{head}\n{first}\n{again}{BODY}")
    assert "joined_names" not in kinds(table)
    assert table.frame.columns[0] == "name"
    assert table.frame.rows()[-len(ROWS) :] == ROWS


# --------------------------------------------------------------------------- between the rows


@pytest.mark.parametrize("head", [UNDER.replace("a,b,a,b", "a,b,c,d"), f"{GROUPS}\n{UNDER}"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("far", [1, 200])
def test_names_that_stand_again_are_left_out(tmp_path, head, mark, far):
    table = opened(tmp_path, f"{head}\n{BODY * far}{mark}{head}\n{BODY}")
    assert table.frame.rows() == ROWS * (far + 1)
    assert kinds(table)[-1] == "header_again"
    assert table.notes[-1].evidence == {
        "count": head.count("\n") + 1,
        "line": (head + BODY * far).count("\n") + 2,
    }


def test_units_below_names_that_stand_again_are_left_out(tmp_path):
    one = f"name,a,b,c,d\n-,cm,kg,cm,kg\n{BODY}"
    assert opened(tmp_path, one * 3).frame.rows() == ROWS * 3


@pytest.mark.parametrize("rule", ["----,---,---,---,---", "=======", "-----,,,,", "____,____,____,____,____"])
def test_lines_of_dashes_are_left_out(tmp_path, rule):
    table = opened(tmp_path, f"name,a,b,c,d\n{rule}\n{BODY}{rule}\n{BODY}")
    assert table.frame.rows() == ROWS * 2
    assert kinds(table) == ["rules"]
    assert table.notes[0].evidence == {"count": 2, "line": 2}


def test_cells_of_a_workbook_keep_their_types_beside_what_is_left_out(tmp_path):
    rows = [
        ["name", "a", "b"],
        ["x", 1, 2.5],
        ["y", 3, 4],
        ["name", "a", "b"],
        ["z", 5, 7],
        ["---"] * 3,
        ["w", 6, 1],
    ]
    table = workbook(tmp_path, rows)
    assert table.frame.rows() == [("x", 1, 2.5), ("y", 3, 4.0), ("z", 5, 7.0), ("w", 6, 1.0)]
    assert sorted(kinds(table)) == ["header_again", "rules"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('name,t\n1,"x\nname,t\n-----"\n2,y\n', [("1", "x\nname,t\n-----"), ("2", "y")]),
        ("a,b\na,c\nc,b\na,b\nd,c\n", [("a", "c"), ("c", "b"), ("a", "b"), ("d", "c")]),  # letters
        ("1,2,3\n1,2,3\n4,5,6\n", [("1", "2", "3"), ("4", "5", "6")]),  # numbers may be names
        ("x\n---\nx\n1\n", [("---",), ("x",), ("1",)]),  # a single column
        ("a,b,c\n1,2,3\n--,--,--\n4,5,6\n", [("1", "2", "3"), ("--", "--", "--"), ("4", "5", "6")]),
        ("a,b,c\n1,2,3\nTotal,2,3\n4,5,6\n", [("1", "2", "3"), ("Total", "2", "3"), ("4", "5", "6")]),
        ("n,a\n1,---\n2,x\n3,----\n", [("1", "---"), ("2", "x"), ("3", "----")]),
    ],
)
def test_rows_that_only_look_so_stay(tmp_path, text, rows):
    table = opened(tmp_path, text, header=True)
    assert table.frame.rows() == rows
    assert kinds(table) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_left_out_is_said(tmp_path, language):
    table = opened(tmp_path, f"{GROUPS}\n{UNDER}\n{BODY}{UNDER}\n-----\n{BODY}")
    use_language(language)
    try:
        joined, again, rules = map(str, table.notes)
    finally:
        use_language("en")
    assert "2020 b" in joined
    assert str(len(ROWS) + 3) in again
    assert str(len(ROWS) + 4) in rules
