"""Which files are read by their endings, what they are packed in, and the way on from those that are not."""

import bz2
import gzip
import io
import lzma
import zipfile

import polars
import pytest

from shoal.base.errors import DataError
from shoal.base.texts import LANGUAGES, use_language
from shoal.tables import open_table
from shoal.tables.read import _packed

TEXT = b"a,b\n1,x\n2,y\n"
ROWS = [("1", "x"), ("2", "y")]


def zipped(**files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name.replace("__", "."))  # of a fixed date: the bytes name the tests
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def parquet():
    sink = io.BytesIO()
    polars.DataFrame({"a": [1, 2], "b": ["x", "y"]}).write_parquet(sink)
    return sink.getvalue()


def opened(folder, content, name):
    (folder / name).write_bytes(content)
    return open_table(folder / name).frame.rows()


def refused(folder, content, name):
    with pytest.raises(DataError) as raised:
        opened(folder, content, name)
    return raised.value


# --------------------------------------------------------------------------- packed


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (bz2.compress(TEXT), "t.csv.bz2"),
        (lzma.compress(TEXT), "t.CSV.XZ"),
        (zipped(t__csv=TEXT), "t.zip"),
        (zipped(t__tsv=TEXT.replace(b",", b"\t")), "t.csv.zip"),  # the file inside says what it is
        (gzip.compress(TEXT, mtime=0), "t.data.gz"),
    ],
)
def test_packed_text_is_read(tmp_path, content, name):
    assert opened(tmp_path, content, name) == ROWS


def test_what_a_program_adds_to_an_archive_is_no_file_of_it(tmp_path):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.mkdir("folder") if hasattr(archive, "mkdir") else archive.writestr("folder/", b"")
        archive.writestr("folder/t.csv", TEXT)
        archive.writestr("__MACOSX/folder/._t.csv", b"\0")
        archive.writestr("folder/.DS_Store", b"\0")
    assert opened(tmp_path, sink.getvalue(), "t.zip") == ROWS


def test_a_file_with_types_may_be_in_an_archive(tmp_path):
    assert opened(tmp_path, zipped(t__parquet=parquet()), "t.zip") == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_archive_of_several_files_is_refused_with_their_names(tmp_path, language):
    error = refused(tmp_path, zipped(one__csv=TEXT, two__csv=TEXT), "t.zip")
    use_language(language)
    try:
        assert error.key == "tables.zip_of_many"
        assert "one.csv" in str(error)
        assert "two.csv" in str(error)
    finally:
        use_language("en")


@pytest.mark.parametrize(
    ("content", "name", "key"),
    [
        (TEXT, "t.zip", "damaged_packing"),
        (TEXT, "t.csv.bz2", "damaged_packing"),
        (TEXT, "t.csv.xz", "damaged_packing"),
        (bz2.compress(TEXT)[:-6], "t.csv.bz2", "damaged_packing"),
        (lzma.compress(TEXT)[:-6], "t.csv.xz", "damaged_packing"),
        (zipped(), "t.zip", "empty_zip"),
        (zipped(t__csv__gz=gzip.compress(TEXT, mtime=0)), "t.zip", "is_archive"),
        (zipped(t__docx=TEXT), "t.zip", "is_document"),
        (TEXT, "t.tar.gz", "is_archive"),
        (TEXT, "t.tar.xz", "is_archive"),
        (TEXT, "t.tgz", "is_archive"),
        (TEXT, "t.csv.7z", "is_archive"),
        (TEXT, "t.rar", "is_archive"),
    ],
)
def test_what_is_packed_in_another_way_is_refused(tmp_path, content, name, key):
    assert refused(tmp_path, content, name).key == f"tables.{key}"


@pytest.mark.parametrize(
    ("packed", "name"),
    [
        (lambda text: bz2.compress(text), "t.csv.bz2"),
        (lambda text: lzma.compress(text, preset=0), "t.csv.xz"),
        (lambda text: zipped(t__csv=text), "t.zip"),
    ],
)
def test_what_unpacks_too_large_is_refused(tmp_path, packed, name, monkeypatch):
    monkeypatch.setattr(_packed, "ALWAYS", 1 << 10)
    bomb = packed(b"a,b\n" + b"1,x\n" * (1 << 16))
    assert refused(tmp_path, bomb, name).key == "tables.unpacks_too_large"


def test_a_packed_file_in_an_archive_has_no_second_limit(tmp_path):
    bomb = zipped(t__parquet=parquet() + bytes(4 << 20))
    assert refused(tmp_path, bomb, "t.zip").key == "tables.unpacks_too_large"


# --------------------------------------------------------------------------- endings


@pytest.mark.parametrize("name", ["t.dat", "t.data", "t.DATA", "t", "t.tsv.txt"])
def test_text_of_another_name_is_read_if_it_is_a_table(tmp_path, name):
    text = TEXT.replace(b",", b"\t") if "tsv" in name else TEXT
    assert opened(tmp_path, text, name) == ROWS


def test_one_column_of_numbers_is_a_table(tmp_path):
    assert opened(tmp_path, b"x\n1.5\n2\n", "t.dat") == [("1.5",), ("2",)]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"This is a text.\nIt has lines.\nIt is no table.\n", "no_table_in_text"),
        (b"\x7fELF\x02\0\0\0", "binary"),
        (b"<html><body></body></html>", "web_page"),
        (b"", "empty"),
    ],
)
def test_what_is_no_table_is_refused_whatever_it_is_called(tmp_path, content, key):
    for name in ("t", "t.dat"):
        assert refused(tmp_path, content, name).key == f"tables.{key}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("t.dta", "read_stata"),
        ("t.sas7bdat", "read_sas"),
        ("t.sav", "read_spss"),
        ("t.RDS", "write.csv"),
        ("t.RData", "write.csv"),
        ("t.pkl", "read_pickle"),
        ("t.html", "read_html"),
        ("t.pdf", "CSV"),
        ("t.docx", "CSV"),
        ("t.h5", "read_hdf"),
        ("t.sqlite", "-csv"),
        ("t.mat", "writetable"),
        ("t.npy", "numpy.load"),
        ("t.xlsb", ".xlsx"),
        ("t.feather", "write_table"),
        ("t.7z", "7z x"),
    ],
)
def test_a_file_of_another_program_is_refused_with_a_way_on(tmp_path, name, way, language):
    error = refused(tmp_path, b"FEA1\0\0\0\0FEA1", name)
    use_language(language)
    try:
        assert error.key.startswith("tables.is_")
        assert way in str(error)
    finally:
        use_language("en")


# --------------------------------------------------------------------------- .ods

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
)


def cell(value, times=1):
    again = f' table:number-columns-repeated="{times}"' if times > 1 else ""
    if value is None:
        return f"<table:table-cell{again}/>"
    kind = f'float" office:value="{value}' if isinstance(value, int | float) else "string"
    return f'<table:table-cell{again} office:value-type="{kind}"><text:p>{value}</text:p></table:table-cell>'


def ods(rows, more=""):
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    body = f'<table:table table:name="one">{lines}{more}</table:table>'
    content = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml", f"<office:document-content {NAMES}>{content}</office:document-content>"
        )
    return sink.getvalue()


SHEET = [["name", "size"], ["x", 1.5], ["y", 2], ["z", 4]]
FAR = f'<table:table-row table:number-rows-repeated="1048000">{cell(None, 16384)}</table:table-row>'


def test_a_sheet_of_libreoffice_is_read(tmp_path):
    assert opened(tmp_path, ods(SHEET, FAR), "t.ods") == [("x", 1.5), ("y", 2.0), ("z", 4.0)]


@pytest.mark.parametrize(
    "more",
    [
        f'<table:table-row table:number-rows-repeated="1048000">{cell(1, 16384)}</table:table-row>',
        f"{FAR}<table:table-row>{cell(None, 16383)}{cell(1)}</table:table-row>",
    ],
)
def test_a_sheet_of_repeated_cells_is_refused(tmp_path, more):
    assert refused(tmp_path, ods(SHEET, more), "t.ods").key == "tables.unpacks_too_large"


def test_text_under_the_name_of_a_sheet_is_read_as_text(tmp_path):
    assert opened(tmp_path, TEXT, "t.ods") == ROWS
