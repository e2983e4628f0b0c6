"""Twenty more kinds of file, and tables that only look so: each comes out as a sensible person expects."""

import pytest

from shoal.tables import open_table

NUMBERS = [(0.5, 3), (1.5, 7), (2.5, 2), (3.5, 8), (4.5, 5)]
ROWS = [(str(x), str(n)) for x, n in NUMBERS]
BODY = "".join(f"{x},{n}\n" for x, n in ROWS)
TABBED = f"size\tcount\n{BODY}".replace(",", "\t")
CHINESE = "地区,销量,金额\n北京,3,1.5\n上海,4,2.5\n广州,5,3.5\n深圳,6,4.5\n"

FILES = {
    "all of it at once": (f"May\n\nsize,count\ncm,-\n{BODY}Total,25\nSource: us\n", "title footer units"),
    "Excel's Unicode text": (TABBED.encode("utf-16"), "encoding"),
    "sep= with a tab": (f"sep=\t\n{TABBED}", "separator_line"),
    "comments between": (f"size,count\n{BODY}".replace("2.5,2\n", "# a\n2.5,2\n# b, c, d\n"), "comments"),
    "trailing separators, CRLF": ("size,count\r\n" + BODY.replace("\n", ",\r\n"), "trailing"),
    "BOM and quoted names": ('\ufeff"size","count"\n' + BODY, ""),
    "line ends of a Macintosh": (f"size,count\n{BODY}".replace("\n", "\r"), ""),
    "those and a sum": (f"size,count\n{BODY}Total,25\n".replace("\n", "\r"), "footer"),
    "no newline at the end": (f"size,count\n{BODY}".rstrip(), ""),
    "a sum without a newline": (f"size,count\n{BODY}Total,25", "footer"),
    "blank lines at the end": (f"size,count\n{BODY}\n\n\n", ""),
    "a title with a comma": (f"Sales, of May\n\nsize,count\n{BODY}", "title"),
    "units in brackets": (f"size,count\n(cm),(1)\n{BODY}".replace("(1)", "[#]"), "units"),
}  # fmt: skip


def opened(folder, content, name="t.csv", **how):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(folder / name, **how)


def kinds(table):
    return " ".join(note.kind for note in table.notes)


@pytest.mark.parametrize("name", FILES)
def test_the_same_table_is_in_all_of_these(tmp_path, name):
    content, said = FILES[name]
    table = opened(tmp_path, content)
    assert table.frame.columns == ["size", "count"]
    assert table.frame.rows() == ROWS
    assert kinds(table) == said


@pytest.mark.parametrize("last", ["合计,18,12", "合计,,12", "平均,4.5,3"])
def test_a_chinese_sum_in_gb18030(tmp_path, last):
    table = opened(tmp_path, f"{CHINESE}{last}\n".encode("gb18030"))
    assert table.frame["地区"].to_list() == ["北京", "上海", "广州", "深圳"]
    assert kinds(table) == "encoding footer"


def test_a_sum_beside_text_is_known_by_what_it_adds_up_to(tmp_path):
    rows = "region,sales,share\nnorth,3,0.2\nsouth,4,0.3\nwest,8,0.5\n"
    assert kinds(opened(tmp_path, f"{rows}Total,15,1.0\n")) == "footer"
    assert kinds(opened(tmp_path, f"{rows}Average,5,0.333\n")) == "footer"
    assert kinds(opened(tmp_path, f"{rows}Total,9,0.4\n")) == ""


def test_cells_of_several_lines_at_the_end_stay_whole(tmp_path):
    note = "first\nTotal: 5\nSource: me"
    rows = "".join(f'{n},"{note}"\n' for n in range(4))
    table = opened(tmp_path, f"n,note\n{rows}")
    assert table.frame["note"].to_list() == [note] * 4
    assert kinds(table) == ""


def test_blanks_between_numbers_with_signs(tmp_path):
    table = opened(tmp_path, " x   y     z\n-1.5  2e-3 +4\n 0.5 -7    -0\n12.0  3    1\n")
    assert table.frame.columns == ["x", "y", "z"]
    assert table.frame.row(0) == ("-1.5", "2e-3", "+4")
    assert kinds(table) == "blanks"


@pytest.mark.parametrize("names", ["country,2015,2018,2020,2021", "1990,2000,2010,2020,2030", "1,2,3,4,5"])
def test_a_header_of_years_or_counts_above_numbers(tmp_path, names):
    table = opened(tmp_path, f"{names}\n1,5.5,6,7,9\n2,6.5,7,9,8\n3,8,8,1,7\n")
    assert table.frame.columns == names.split(",")
    assert kinds(table) == ""


def test_text_only_without_a_header(tmp_path):
    table = opened(tmp_path, "p,x,s\ne,x,y\np,b,s\ne,b,s\np,x,y\n")
    assert table.frame.height == 5
    assert kinds(table) == "no_header"


def test_files_that_were_joined_keep_their_header(tmp_path):
    once = "name,colour\nann,red\nbob,blue\n"
    assert opened(tmp_path, once * 3).frame.columns == ["name", "colour"]


def test_a_comma_in_the_header_of_a_semicolon_file(tmp_path):
    table = opened(tmp_path, "price, net;size\n1,5;2\n2,5;3\n3,25;4\n")
    assert table.frame.columns == ["price, net", "size"]
    assert table.frame.rows() == [("1,5", "2"), ("2,5", "3"), ("3,25", "4")]


def test_a_semicolon_in_a_name_of_a_comma_file(tmp_path):
    table = opened(tmp_path, "a;b,c\n1,2\n3,4\n")
    assert table.frame.columns == ["a;b", "c"]


def test_a_single_column(tmp_path):
    table = opened(tmp_path, "x\n3\n1\n2\n")
    assert table.frame.to_dict(as_series=False) == {"x": ["3", "1", "2"]}
    assert kinds(table) == ""


PLAIN = {
    "a text column that begins with count": ("what,n\ncount,5\nmean,3\nstd,1\nmax,9\n", ("count", "5")),
    "a first row that is a unit": ("unit,n\nkg,5\nm,3\ns,1\n", ("kg", "5")),
    "a grade that is a unit": ("name,grade\nann,a\nbob,3\ncid,5\ndan,4\n", ("ann", "a")),
    "a name like a sum": ("firm,n,k\nBP,3,9\nAral,4,7\nEni,5,8\nTotal Energies,6,\n", ("BP", "3", "9")),
    "a last row that is a full one": ("kind,n\nred,3\nblue,4\ngreen,5\nTotal,99\n", ("red", "3")),
    "a column called #": ("#,name,x\n1,a,2.5\n2,b,3.5\n3,c,4.5\n", ("1", "a", "2.5")),
    "that, and a gap": ("#,x\na,\nb,1\nc,2\nd,3\n", ("a", None)),
    "levels that begin with #": ("#tag,x\n#1,2\n#2,3\n#1,4\n", ("#1", "2")),
    "a source as a level": ("source,n\nnote,3\nsource,4\nweb,5\nnotes,6\n", ("note", "3")),
    "words alone": ("first,last\nann,lee\nbob,may\ncid,fox\n", ("ann", "lee")),
    "one level, twice": ("a,b\nx,u\nx,u\nx,u\n", ("x", "u")),
    "a blank line below the header": ("size,kind\n\n1,a\n2,b\n3,a\n", ("1", "a")),
    "a date as a name": ("2024-01-01,2024-01-02\n1,2\n3,4\n5,7\n", ("1", "2")),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_a_table_that_only_looks_so_is_read_as_it_stands(tmp_path, name):
    content, first = PLAIN[name]
    table = opened(tmp_path, content)
    assert kinds(table) == ""
    assert table.frame.row(0) == first
    assert table.frame.height == len(content.split()) - 1 - content.count("Total Energies")
    assert table.frame.columns == content.partition("\n")[0].split(",")


@pytest.mark.parametrize("above", [";;;\n", "Report;;;\n;;;\n", ";;;\nReport;;;\n;;;\n", "\n;;;\n"])
def test_lines_of_separators_above_the_header_are_no_header(tmp_path, above):
    table = opened(tmp_path, above + "a;b;c;d\n" + "1;2;x;4\n2;3;y;6\n3;9;x;7\n")
    assert table.frame.columns == ["a", "b", "c", "d"]
    assert table.frame.height == 3
