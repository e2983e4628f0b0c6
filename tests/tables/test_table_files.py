"""Files as people have them: encodings, lines around the table, no header; tables that only look so."""

import io
import sys

import polars
import pytest

from shoal.base.errors import DataError, UsageError
from shoal.base.texts import LANGUAGES, use_language
from shoal.tables import open_table, read_table

PLAIN = "size,count\n1.5,3\n2.5,4\n3.5,9\n4.5,1\n"
ROWS = [("1.5", "3"), ("2.5", "4"), ("3.5", "9"), ("4.5", "1")]


def opened(folder, content, name="t.csv", **how):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_table(path, **how)


def kinds(table):
    return [note.kind for note in table.notes]


def stays(folder, content, names, first):
    """The table is read as it stands, and nothing is said."""
    table = opened(folder, content)
    assert kinds(table) == []
    assert table.frame.columns == names
    assert table.frame.row(0) == first


# --- encodings ---------------------------------------------------------------------------------------


GERMAN = "Name,Ort\nMüller,Köln\nGroß,Düsseldorf\nJäger,Fürth\n"
ENCODED = [
    (GERMAN, "cp1252", "Windows-1252"),
    ("name,n\nMuller,1\nJäger,2\n", "latin-1", "Windows-1252"),
    ("name,n\nÄrger,1\nb,2\n", "latin-1", "Windows-1252"),
    ("temp (°C),n\n20,1\n21,2\n", "latin-1", "Windows-1252"),
    ("price,n\n20 €,1\n21 €,2\n", "cp1252", "Windows-1252"),
    ("shop,n\nTom’s,1\n“Best”,2\n", "cp1252", "Windows-1252"),
    ("nom,ville\nFrançois,Orléans\nZoë,Nîmes\n", "latin-1", "Windows-1252"),
    ("nome,n\ncoração,1\nopções,2\n", "latin-1", "Windows-1252"),
    ("name,n\nSTRAßE,1\nGRÖßE,2\n", "latin-1", "Windows-1252"),
    ("姓名,城市\n王伟,北京\n李娜,上海\n", "gb18030", "GB18030"),
    ("x,性别\n1,男\n2,女\n", "gbk", "GB18030"),
    ("x,价格（元）\n1,5\n2,6\n", "gbk", "GB18030"),
    ("名前,都市\n田中,東京\nさくら,大阪\n", "shift-jis", "Shift-JIS"),
    ("商品,数\nリンゴ,3\nバナナ,4\n", "shift-jis", "Shift-JIS"),
    ("姓名,城市\n陳大文,台北\n林小明,高雄\n", "big5", "Big5"),
]


@pytest.mark.parametrize(("content", "encoding", "called"), ENCODED)
def test_the_encoding_is_found_by_what_makes_sense_and_is_said(tmp_path, content, encoding, called):
    table = opened(tmp_path, content.encode(encoding))
    plain = opened(tmp_path, content)
    assert table.frame.equals(plain.frame)
    assert [(note.kind, note.evidence) for note in table.notes] == [("encoding", {"encoding": called})]
    assert "--encoding" in str(table.notes[0])
    assert kinds(plain) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_the_marks_of_unicode_are_understood(tmp_path, encoding):
    table = opened(tmp_path, GERMAN.encode(encoding))
    assert table.frame.equals(opened(tmp_path, GERMAN).frame)
    assert kinds(table) == ["encoding"]


@pytest.mark.parametrize(
    "data",
    [
        "имя,n\nМосква,1\nПетров,2\n".encode("cp866"),
    ],
)
def test_what_makes_no_sense_is_refused_and_can_be_named(tmp_path, data):
    with pytest.raises(DataError, match="--encoding"):
        opened(tmp_path, data)


def test_a_named_encoding_overrules(tmp_path):
    table = opened(tmp_path, "имя,n\nМосква,1\n".encode("cp1251"), encoding="windows-1251")
    assert table.frame.rows() == [("Москва", "1")]
    assert kinds(table) == []
    assert opened(tmp_path, GERMAN, encoding="latin-1").frame["Ort"][0] == "KÃ¶ln"


@pytest.mark.parametrize("name", ["klingon", "hex", "base64", "a\0b"])
def test_an_unknown_encoding_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="no encoding"):
        opened(tmp_path, PLAIN, encoding=name)


def test_a_wrong_encoding_is_named_with_its_line(tmp_path):
    with pytest.raises(DataError, match=r"line 2 .*ascii"):
        opened(tmp_path, GERMAN, encoding="ascii")


# --- lines around the table --------------------------------------------------------------------------


AROUND = [
    (f"sep=,\n{PLAIN}", ["separator_line"]),
    ("sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n"), ["separator_line"]),
    (f"# made by a machine\n# on Monday, early\n{PLAIN}", ["comments"]),
    (PLAIN.replace("3.5,9", "# a pause\n3.5,9"), ["comments"]),
    (f"Sales of 2024\n\n{PLAIN}", ["title"]),
    (PLAIN.replace("\n", "\ncm,-\n", 1), ["units"]),
    (PLAIN.replace("\n", "\n(cm),[count]\n", 1), ["units"]),
    (f"{PLAIN}Total,\n", ["footer"]),
    (f"{PLAIN}合计,17\n", ["footer"]),
    (f"{PLAIN}Total,17\n\nSource: a friend\n", ["footer"]),
    (f"{PLAIN}Total,17\nFonte: um amigo\n", ["footer"]),
    (PLAIN.replace("\n", ",\n").replace("count,\n", "count\n"), ["trailing"]),
    (PLAIN.replace("count\n", "count,\n"), ["trailing_header"]),
    (PLAIN.replace(",", "   "), ["blanks"]),
    (PLAIN.replace(",", " "), ["blanks"]),
    (f"A report\n{PLAIN}Total,17\n", ["title", "footer"]),
]


@pytest.mark.parametrize(("content", "said"), AROUND)
def test_what_stands_around_a_table_is_left_out_and_said(tmp_path, content, said):
    table = opened(tmp_path, content)
    assert table.frame.columns == ["size", "count"]
    assert table.frame.rows() == ROWS
    assert kinds(table) == said


def test_the_separator_of_the_table_is_found_below_a_title(tmp_path):
    table = opened(tmp_path, "Sales, all of them\n\n" + PLAIN.replace(",", ";"))
    assert table.frame.rows() == ROWS


@pytest.mark.parametrize(
    ("content", "names", "first"),
    [
        ("sep,x\n1,2\n3,4\n", ["sep", "x"], ("1", "2")),
        ("tag,x\n#1,2\n#2,4\n#3,5\n", ["tag", "x"], ("#1", "2")),
        ("#id,x\n1,2\n2,4\n", ["#id", "x"], ("1", "2")),
        ("a,b\nx,y\nz,w\nu,v\n", ["a", "b"], ("x", "y")),
        ("kind,n\ncm,1\nm,2\nkm,3\n", ["kind", "n"], ("cm", "1")),
        ("n,m\nunknown,missing\n1,2\n3,4\n5,6\n", ["n", "m"], ("unknown", "missing")),
        ("note\nJohn  Smith\nMary  Jones\nA  B\n", ["note"], ("John  Smith",)),
        ("note,x\nJohn  Smith,1\nMary  Jones,2\n", ["note", "x"], ("John  Smith", "1")),
    ],
)
def test_a_table_that_only_looks_so_stays_as_it_is(tmp_path, content, names, first):
    stays(tmp_path, content, names, first)


@pytest.mark.parametrize(
    "last",
    ["Totnes,17", "sum,3,4"[:5], "Total,17"],
)
def test_a_last_row_that_is_a_row_stays(tmp_path, last):
    content = f"what,n\nTotal north,3\nred,4\nblue,5\ngreen,6\n{last}\n"
    table = opened(tmp_path, content)
    assert table.frame.height == 5
    assert kinds(table) == []


def test_ragged_rows_stay_an_error_with_line_and_row(tmp_path):
    with pytest.raises(DataError, match=r"row 3 .*line 5"):
        opened(tmp_path, "# a\n" + PLAIN.replace("3.5,9", "3.5,9,1"))


# --- the header --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "5.1,3.5,0.2,setosa\n4.9,3.0,0.2,setosa\n7.0,3.2,1.4,other\n",
        "0.5,1.5\n2.5,3.5\n4.5,5.5\n",
        "39,Private,Male,yes\n50,State,Male,no\n38,Private,Female,yes\n53,State,Male,no\n31,Private,Male,yes\n".replace(
            "39,", "39,State", 0
        ),
        "7,0,0,3\n2,0,0,4\n1,5,0,6\n",
    ],
)
def test_a_missing_header_is_noticed_where_it_is_certain(tmp_path, content):
    table = opened(tmp_path, content)
    width = content.partition("\n")[0].count(",") + 1
    assert table.frame.columns == [f"column {place}" for place in range(1, width + 1)]
    assert table.frame.height == content.count("\n")
    assert kinds(table) == ["no_header"]


@pytest.mark.parametrize(
    "names",
    ["country,2019,2020,2021", "0,1,2,3", "a,b,c,d", "n,1st,2nd,3rd"],
)
def test_names_that_only_look_like_numbers_stay_names(tmp_path, names):
    stays(tmp_path, f"{names}\n1,5.5,6,7\n2,6.5,7,9\n3,8,8,1\n", names.split(","), ("1", "5.5", "6", "7"))


def test_whether_there_is_a_header_can_be_said(tmp_path):
    without = opened(tmp_path, "a,b\nc,d\n", header=False)
    assert without.frame.rows() == [("a", "b"), ("c", "d")]
    assert kinds(without) == []
    named = opened(tmp_path, "0.5,1.5\n2.5,3.5\n4.5,5.5\n", header=True)
    assert named.frame.columns == ["0.5", "1.5"]
    one = opened(tmp_path, "x\ny\n", header=False)
    assert one.frame.rows() == [("x",), ("y",)]


@pytest.mark.parametrize(("name", "start"), [("", 0), ("", 1), ("Unnamed: 0", 0), ("Unnamed: 0", 7)])
def test_saved_numbers_of_rows_are_left_out(tmp_path, name, start):
    rows = "".join(f"{start + row},{value},b\n" for row, value in enumerate((4, 8, 6)))
    table = opened(tmp_path, f"{name},x,y\n{rows}")
    assert table.frame.columns == ["x", "y"]
    assert kinds(table) == ["index"]


@pytest.mark.parametrize("content", [",x\n3,4\n5,6\n9,7\n", ",x\n1.5,4\n2.5,6\n", "n,x\n0,4\n1,6\n"])
def test_a_first_column_that_is_no_index_stays(tmp_path, content):
    table = opened(tmp_path, content)
    assert table.frame.width == 2
    assert kinds(table) == []


# --- notes, kinds of file ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_note_is_a_sentence_in_both_languages(tmp_path, language):
    use_language(language)
    try:
        contents = [content for content, _ in AROUND] + [
            "0.5,1.5\n2.5,3.5\n4.5,5.5\n",
            ",x\n0,4\n1,6\n",
            GERMAN.encode("latin-1"),
        ]
        notes = [note for content in contents for note in opened(tmp_path, content).notes]
        assert len({note.kind for note in notes}) == 11  # all that a file can give
        for note in notes:
            assert "{" not in str(note)
            assert note.to_dict()["text"] == str(note)
    finally:
        use_language("en")


def test_arrow_and_json_keep_the_types_of_their_cells(tmp_path):
    frame = polars.DataFrame({"n": [1, 2], "x": [0.5, None], "s": ["007", "b"]})
    frame.write_ipc(tmp_path / "t.arrow")
    frame.write_ipc(tmp_path / "t.feather", compression="lz4")
    frame.write_ndjson(tmp_path / "t.ndjson")
    frame.write_ndjson(tmp_path / "lines.json")
    frame.write_json(tmp_path / "t.json")
    for name in ("t.arrow", "t.feather", "t.ndjson", "lines.json", "t.json"):
        assert read_table(tmp_path / name).equals(frame), name


@pytest.mark.parametrize("name", ["t.arrow", "t.json", "t.jsonl"])
@pytest.mark.parametrize("content", [b"", b"[1, 2", b"nonsense"])
def test_damaged_files_are_refused(tmp_path, name, content):
    with pytest.raises(DataError):
        opened(tmp_path, content, name)


def test_the_standard_input_is_a_table(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    assert read_table("-").rows() == ROWS
