"""Excel workbooks: which sheet, which rows, types of cells; damaged, protected and malicious ones."""

import datetime
import io
import struct
import sys
import zipfile

import polars
import pytest
import xlsxwriter
import xlwt

from shoal.base.errors import DataError, UsageError
from shoal.base.texts import LANGUAGES, use_language
from shoal.tables import open_table, read_table

DAY = datetime.date(2024, 1, 5)
TABLE = [["size", "count"], [1.5, 3], [2.5, 4], [3.5, 9], [4.5, 1]]
ROWS = [(1.5, 3), (2.5, 4), (3.5, 9), (4.5, 1)]


def workbook(**sheets):
    """The bytes of an .xlsx; a cell that is None is not written."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for k, cell in enumerate(row):
                if cell is not None:
                    sheet.write(i, k, cell)
    book.close()
    return sink.getvalue()


def old_workbook(rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet("old")
    for i, row in enumerate(rows):
        for k, cell in enumerate(row):
            sheet.write(i, k, cell)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def opened(folder, content, name="t.xlsx", **how):
    (folder / name).write_bytes(content)
    return open_table(folder / name, **how)


def kinds(table):
    return [note.kind for note in table.notes]


# --- cells -------------------------------------------------------------------------------------------


def test_cells_keep_their_types(tmp_path):
    stamp = datetime.datetime(2024, 1, 5, 12, 30)
    time = datetime.time(7, 15)
    rows = [
        ["day", "at", "clock", "n", "x", "code", "yes", "mixed"],
        [DAY, stamp, time, 3, 0.5, "0070", True, 1.5],
        [None, None, None, None, None, None, None, "unclear"],
        [DAY, stamp, time, -4, 2, "b", False, 2],
    ]
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    forms = {
        datetime.date: "yyyy-mm-dd",
        datetime.datetime: "yyyy-mm-dd hh:mm",
        datetime.time: "hh:mm:ss",
    }
    formats = {kind: book.add_format({"num_format": form}) for kind, form in forms.items()}
    sheet = book.add_worksheet()
    for i, row in enumerate(rows):
        for k, cell in enumerate(row):
            if cell is not None:
                sheet.write(i, k, cell, formats.get(type(cell)))
    book.close()
    frame = opened(tmp_path, sink.getvalue()).frame
    assert frame.rows()[0] == (DAY, stamp, time, 3, 0.5, "0070", True, "1.5")
    assert frame.rows()[2] == (DAY, stamp, time, -4, 2.0, "b", False, "2")
    assert set(frame.rows()[1][:-1]) == {None}
    assert frame.dtypes[3:7] == [polars.Int64, polars.Float64, polars.String, polars.Boolean]


def test_a_column_whose_types_do_not_go_together_is_text(tmp_path):
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["x", "how long"])
    sheet.write_row(1, 0, [1, "short"])
    sheet.write(2, 0, 2)
    sheet.write(2, 1, datetime.timedelta(hours=30), book.add_format({"num_format": "[h]:mm"}))
    book.close()
    frame = opened(tmp_path, sink.getvalue()).frame
    assert frame.dtypes == [polars.Int64, polars.String]
    assert frame["how long"][0] == "short"


@pytest.mark.parametrize("name", ["t.xls", "t.xlsx", "t.XLS"])
def test_old_workbooks_are_read_whatever_their_name(tmp_path, name):
    table = opened(tmp_path, old_workbook(TABLE), name)
    assert table.frame.columns == TABLE[0]
    assert table.frame.rows() == ROWS
    assert kinds(table) == []


# --- the table on its sheet --------------------------------------------------------------------------

UNITS = [TABLE[0], ["cm", "-"], *TABLE[1:]]
AROUND = [
    (TABLE, []),
    ([["Sales of 2024"], [], *TABLE], ["title"]),
    ([["A, B and C"], ["made in May"], *TABLE], ["title"]),
    ([["# made by a machine"], *TABLE], ["comments"]),
    (UNITS, ["units"]),
    ([*TABLE, ["Total", None]], ["footer"]),
    ([*TABLE, [], ["Source: a friend"]], ["footer"]),
    ([["A report"], [], *UNITS, ["合计", 17], ["Note: all of it"]], ["title", "footer", "units"]),
    ([[], [None, *TABLE[0]], *([None, *row] for row in TABLE[1:])], []),
    ([["A report"], *([None, None, *row] for row in TABLE)], ["title"]),
    ([TABLE[0], TABLE[1], [], *TABLE[2:]], []),
    ([["", *TABLE[0]], *([k, *row] for k, row in enumerate(TABLE[1:]))], ["index"]),
]


@pytest.mark.parametrize(("rows", "said"), AROUND)
def test_what_stands_around_a_table_is_left_out_and_said(tmp_path, rows, said):
    table = opened(tmp_path, workbook(S=rows))
    assert table.frame.columns == ["size", "count"]
    assert table.frame.rows() == ROWS
    assert table.frame.dtypes == [polars.Float64, polars.Int64]
    assert kinds(table) == said


def test_a_line_that_is_named_is_the_row_of_the_sheet(tmp_path):
    (note,) = opened(tmp_path, workbook(S=[[], [], *UNITS])).notes
    assert note.evidence["line"] == 4


@pytest.mark.parametrize(
    "rows",
    [
        [["what", "n"], ["cm", 1], ["m", 2], ["km", 3]],
        [["what", "n"], ["Total north", 1], ["red", 2], ["blue", 3], ["Total", 6]],
        [["tag", "n"], ["#1", 1], ["#2", 2], ["#3", 2]],
        [["only"], ["a"], ["b"]],
        [["a \n b", 'c"d'], ["x\ny", 1], ["z", 2]],
        [["country", 2019, 2020], [1, 5.5, 6], [2, 6.5, 7], [3, 8, 8]],
    ],
)
def test_a_sheet_that_only_looks_so_stays_as_it_is(tmp_path, rows):
    table = opened(tmp_path, workbook(S=rows))
    assert kinds(table) == []
    assert table.frame.columns == [str(name) for name in rows[0]]
    assert table.frame.rows() == [tuple(row) for row in rows[1:]]


def test_a_missing_header_is_noticed_and_can_be_said(tmp_path):
    content = workbook(S=[[0.5, "a"], [2.5, "b"], [4.5, "a"], [5.5, "a"]])
    table = opened(tmp_path, content)
    assert kinds(table) == ["no_header"]
    assert table.frame.height == 4
    assert opened(tmp_path, content, header=True).frame.columns == ["0.5", "a"]
    words = workbook(S=[["a", "b"], ["c", "d"]])
    assert opened(tmp_path, words, header=False).frame.rows() == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize(
    "rows", [TABLE, *(rows for rows, _ in AROUND[1:8]), [[0.5, 1.5], [2.5, 3.5], [4.5, 5.5]]]
)
def test_a_sheet_says_the_same_as_the_csv_of_it(tmp_path, rows):
    sheet = opened(tmp_path, workbook(S=rows))
    lines = [",".join("" if cell is None else str(cell).replace(",", "") for cell in row) for row in rows]
    text = opened(tmp_path, "\n".join(lines).encode(), "t.csv")
    assert kinds(sheet) == kinds(text)
    assert sheet.frame.columns == text.frame.columns
    assert sheet.frame.height == text.frame.height


# --- sheets ------------------------------------------------------------------------------------------


def test_the_first_sheet_with_a_table_is_taken_and_another_can_be_named(tmp_path):
    content = workbook(Empty=[], Cover=[["A report"], ["by us"]], Data=TABLE, Other=[["x"], [1], [2]])
    table = opened(tmp_path, content)
    assert table.frame.rows() == ROWS
    (note,) = table.notes
    assert note.evidence == {"sheet": "Data", "sheets": ["Empty", "Cover", "Data", "Other"]}
    assert "--sheet" in str(note)
    other = opened(tmp_path, content, sheet="Other")
    assert other.frame.rows() == [(1,), (2,)]
    assert read_table(tmp_path / "t.xlsx", sheet="Other").equals(other.frame)


def test_an_unknown_sheet_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(UsageError, match=r"Dta.*Data"):
        opened(tmp_path, workbook(Data=TABLE), sheet="Dta")


@pytest.mark.parametrize("name", ["t.csv", "t.json", "t.xls"])
def test_what_is_no_workbook_has_no_sheets(tmp_path, name):
    with pytest.raises(UsageError, match="--sheet"):
        opened(tmp_path, b"a,b\n1,2\n", name, sheet="S")


@pytest.mark.parametrize(("rows", "said"), [([], "empty"), ([["a", "b"]], "no rows"), ([["", " "]], "empty")])
def test_a_workbook_without_a_table_is_refused(tmp_path, rows, said):
    with pytest.raises(DataError, match=said):
        opened(tmp_path, workbook(S=rows))


# --- what is no workbook -----------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"a\tb\n1\t2\n3\t4\n", "a\tb\n1\t2\n3\t4\n".encode("utf-16")])
def test_text_under_the_name_of_a_workbook_is_read_and_said(tmp_path, content):
    table = opened(tmp_path, content, "t.xls")
    assert table.frame.rows() == [("1", "2"), ("3", "4")]
    assert kinds(table)[0] == "text_inside"


@pytest.mark.parametrize("name", ["t.xls", "t.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"\n <!DOCTYPE HTML>\n<p>gone",
        b'<?xml version="1.0"?>\n<x/>',
    ],
)
def test_a_web_page_is_said_to_be_one(tmp_path, name, content):
    with pytest.raises(DataError, match="web page"):
        opened(tmp_path, content, name)


def test_a_column_that_is_called_like_a_mark_of_html_stays(tmp_path):
    assert opened(tmp_path, b"<table>x,b\n1,2\n".replace(b"<table>", b"<tablets>"), "t.csv").frame.width == 2


WHOLE = workbook(S=TABLE)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5, 0.99])
def test_a_workbook_that_was_cut_off_is_refused(tmp_path, share):
    with pytest.raises(DataError, match="cannot be read as a table"):
        opened(tmp_path, WHOLE[: int(share * len(WHOLE))])


@pytest.mark.parametrize("keep", [600, 2000])
def test_an_old_workbook_that_was_cut_off_is_refused(tmp_path, keep):
    with pytest.raises(DataError):
        opened(tmp_path, old_workbook(TABLE)[:keep], "t.xls")


def changed(data, **members):
    """The same archive with other members."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, members.pop(member.filename, None) or old.read(member))
        for name, content in members.items():
            new.writestr(name, content)
    return sink.getvalue()


def test_an_archive_of_something_else_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read as a table"):
        opened(tmp_path, changed(workbook(S=TABLE), **{"xl/workbook.xml": b"<a/>"}))


def test_a_member_whose_bytes_were_changed_is_refused(tmp_path):
    place = WHOLE.index(b"xl/worksheets/sheet1.xml") + 60
    with pytest.raises(DataError, match="cannot be read as a table"):
        opened(tmp_path, WHOLE[:place] + bytes([WHOLE[place] ^ 255]) + WHOLE[place + 1 :])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_password_is_named(tmp_path, language):
    protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    use_language(language)
    try:
        with pytest.raises(DataError, match=r"password|密码"):
            opened(tmp_path, protected + bytes(600))
    finally:
        use_language("en")


def test_a_workbook_that_unpacks_too_large_is_refused(tmp_path):
    bomb = changed(WHOLE, **{"xl/more.xml": b" " * (80 << 20)})
    with pytest.raises(DataError, match="--any-size"):
        opened(tmp_path, bomb)
    assert opened(tmp_path, bomb, any_size=True).frame.rows() == ROWS


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='xfd1048576'><v>2</v></c></row>",
        '<row spans="1:2" r="1048576"><c><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>',
        f'<row>{"<c><v>1</v></c>" * 16384}</row><row r="1048576"><c><v>1</v></c></row>',
    ],
)
def test_two_cells_far_apart_ask_for_no_memory(tmp_path, cells):
    """calamine would make room for 17 billion cells, and Rust ends the process where there is none."""
    with pytest.raises(DataError, match="--any-size"):
        opened(tmp_path, changed(WHOLE, **{"xl/worksheets/sheet1.xml": SHEET.format(cells)}))


def test_a_sheet_without_addresses_is_read(tmp_path):
    rows = "".join(f"<row><c><v>{x}</v></c><c><v>{n}</v></c></row>" for x, n in ROWS)
    content = changed(WHOLE, **{"xl/worksheets/sheet1.xml": SHEET.format(rows)})
    assert opened(tmp_path, content, header=False).frame.rows() == ROWS


def test_an_old_sheet_that_says_it_has_billions_of_rows_is_refused(tmp_path):
    content = old_workbook(TABLE)
    place = content.index(struct.pack("<HHIIHH", 0x200, 14, 0, len(TABLE), 0, 2)) + 4
    with pytest.raises(DataError, match="cannot be read as a table"):
        opened(tmp_path, content[:place] + struct.pack("<II", 5, 4) + content[place + 8 :], "t.xls")


def test_without_the_package_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(UsageError, match=r"shoal\[excel\].*CSV UTF-8"):
        opened(tmp_path, WHOLE)
