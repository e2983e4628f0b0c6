"""Good files become the right cells, bad ones an error that says where."""

import csv
import gzip
import io
import os
import sys

import pandas
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.base.errors import DataError, FileError, UsageError
from shoal.tables import from_dataframe, read_table
from shoal.tables.read._delimited import parse_delimited


def write(folder, content, name="t.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def gz(data):
    """As gzip packs, but without the time of day: tests are named by these bytes."""
    return gzip.compress(data, mtime=0)


def zstd(data):
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def failure(folder, content, name="t.csv", error=DataError):
    with pytest.raises(error) as caught:
        read_table(write(folder, content, name))
    return caught.value


def test_every_cell_of_a_csv_stays_the_text_that_it_was(tmp_path):
    frame = read_table(write(tmp_path, "a,b\n007, x y \n1e5,\n"))
    assert frame.columns == ["a", "b"]
    assert frame.rows() == [("007", "x y"), ("1e5", None)]


@pytest.mark.parametrize("cell", ["", "NA", "N/A", "NaN", "null", "None", "?", "  ", '""', " ? "])
def test_missing_cells_are_null(tmp_path, cell):
    assert read_table(write(tmp_path, f"a,b\n{cell},1\n2,1\n")).rows() == [(None, "1"), ("2", "1")]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_header_shows_the_separator(tmp_path, separator):
    text = f"name{separator}n\n{separator}1\nx{separator}2\n"
    assert read_table(write(tmp_path, text)).rows() == [(None, "1"), ("x", "2")]


def test_a_quoted_comma_in_the_header_does_not_hide_the_semicolons(tmp_path):
    frame = read_table(write(tmp_path, '"size, height";n\n1;2\n'))
    assert frame.columns == ["size, height", "n"]


def test_no_cell_is_changed_because_of_the_separator(tmp_path):
    frame = read_table(write(tmp_path, "a;b\n3,14;x,y\n-2,5e3;1,2,3\n"))
    assert frame.rows() == [("3,14", "x,y"), ("-2,5e3", "1,2,3")]


def test_a_tsv_is_cut_at_tabs_whatever_else_its_header_holds(tmp_path):
    assert read_table(write(tmp_path, "a,b,c\td\n1\t2\n", "t.tsv")).columns == ["a,b,c", "d"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_every_system_are_read(tmp_path, end, last):
    text = end.join(["a,b", "1,2", "3,4"]) + (end if last else "")
    assert read_table(write(tmp_path, text)).rows() == [("1", "2"), ("3", "4")]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    assert read_table(write(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n")).columns == ["a", "b"]


@pytest.mark.parametrize(
    "text", ["\na,b\n1,2\n3,4\n", "\n  \na,b\n\n1,2\n   \n\n3,4\n\n\n", "a,b\n1,2\n3,4\n \n"]
)
def test_blank_lines_are_no_rows(tmp_path, text):
    assert read_table(write(tmp_path, text)).rows() == [("1", "2"), ("3", "4")]


def test_a_blank_line_in_a_table_of_one_column_is_a_missing_cell(tmp_path):
    assert read_table(write(tmp_path, "\na\n1\n\n3\n\n")).rows() == [("1",), (None,), ("3",)]


@pytest.mark.parametrize("sizes", ['5" pipe,3\n6" pipe,4\n', '5" pipe,3\n'])
def test_an_inch_sign_in_a_cell_is_part_of_the_text(tmp_path, sizes):
    frame = read_table(write(tmp_path, "what,n\n" + sizes))
    assert frame.row(0) == ('5" pipe', "3")
    assert frame.height == sizes.count("\n")


def test_a_quote_after_a_space_opens_a_quoted_cell(tmp_path):
    assert read_table(write(tmp_path, 'a,b\n1, "x, y"\n')).rows() == [("1", "x, y")]


def test_a_missing_last_cell_of_a_single_column_is_not_lost(tmp_path):
    pandas.DataFrame({"a": ["x", None, None]}).to_csv(tmp_path / "t.csv", index=False)
    assert read_table(tmp_path / "t.csv").rows() == [("x",), (None,), (None,)]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_back(rows):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *rows])
    frame, _ = parse_delimited(buffer.getvalue().encode(), "t", ",")
    assert [tuple(cell for cell in row) for row in rows] == [
        tuple(cell or "" for cell in row) for row in frame.rows()
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_clear_error(data):
    try:
        frame, _ = parse_delimited(data, "t")
    except DataError:
        return
    assert frame.height >= 1


@given(st.text(st.sampled_from('a1,;"\n\r \t'), max_size=40))
def test_any_mixture_of_quotes_and_separators_is_a_table_or_a_clear_error(content):
    try:
        frame, _ = parse_delimited(content.encode(), "t")
    except DataError:
        return
    assert frame.height >= 1


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "\n\na\n1\n\n2\n", 'a\n"x\n\ny"\n'])
@pytest.mark.parametrize(("ending", "pack"), [(".gz", gz), (".zst", zstd)])
def test_compressed_files_read_like_plain_ones(tmp_path, content, ending, pack):
    plain = read_table(write(tmp_path, content))
    assert read_table(write(tmp_path, pack(content.encode()), f"t.csv{ending}")).equals(plain)


def test_a_parquet_file_keeps_its_types(tmp_path):
    frame = polars.DataFrame({"n": [1.5, None], "s": [" x ", "?"], "b": [True, None]})
    frame.write_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert read.rows() == [(1.5, "x", True), (None, None, None)]
    assert read.schema == frame.schema


def test_a_path_is_no_pattern(tmp_path):
    write(tmp_path, "a\n1\n", "x1.csv")
    assert read_table(write(tmp_path, "a\n2\n", "x[1].csv")).rows() == [("2",)]
    with pytest.raises(FileError):
        read_table(tmp_path / "x?.csv")


def test_names_may_be_anything(tmp_path):
    names = ["价格", "two\nlines", "x" * 10_000, 'quote "', "{0}", "🐟"]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([names, range(6)])
    assert read_table(write(tmp_path, buffer.getvalue())).columns == names


def test_a_column_without_a_name_is_called_after_its_place(tmp_path):
    assert read_table(write(tmp_path, ",x\n7,5\n9,6\n")).columns == ["column 1", "x"]


def test_the_same_name_twice_is_refused_with_its_places(tmp_path):
    message = str(failure(tmp_path, "x,y, x\n1,2,3\n"))
    assert '"x"' in message
    assert "1, 3" in message


def test_a_long_name_is_shortened_and_control_codes_are_spelled_out_in_messages(tmp_path):
    name = "\x1b[31m" + "n" * 10_000
    message = str(failure(tmp_path, f"{name},{name}\n1,2\n"))
    assert len(message) < 300
    assert "\x1b" not in message
    assert "\\x1b[31mnnn" in message


def test_a_row_with_too_few_or_too_many_fields_is_named(tmp_path):
    short = failure(tmp_path, 'a,b\n1,2\n"x\ny",4\n5\n')
    assert (short.values["row"], short.values["line"]) == (3, 5)
    assert (short.values["expected"], short.values["found"]) == (2, 1)
    long = failure(tmp_path, "a,b\n1,2\n\n3,4,5\n")
    assert (long.values["row"], long.values["line"], long.values["found"]) == (2, 4, 3)


def test_an_unclosed_quote_is_named_by_the_line_where_its_row_starts(tmp_path):
    error = failure(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert (error.key, error.values["line"]) == ("tables.unclosed_quote", 3)


def test_text_after_a_closing_quote_is_refused(tmp_path):
    error = failure(tmp_path, 'a,b\n1,2\n3,"4"x\n')
    assert (error.key, error.values["line"]) == ("tables.bad_quote", 3)


@pytest.mark.parametrize("ending", ["csv", "csv.zst"])
def test_bytes_that_make_no_sense_are_refused_with_their_line(tmp_path, ending):
    data = b"a,b\n1,2\nc\x81\xff\x81,3\n"
    error = failure(tmp_path, zstd(data) if ending == "csv.zst" else data, f"t.{ending}")
    assert (error.key, error.values["line"]) == ("tables.not_utf8", 3)


@pytest.mark.parametrize(
    ("content", "name", "key"),
    [
        (b"", "t.csv", "tables.empty"),
        (b" \n\n", "t.csv", "tables.empty"),
        (b'""\n""\n', "t.csv", "tables.empty"),
        (b"", "t.parquet", "tables.empty"),
        (gz(b""), "t.csv.gz", "tables.empty"),
        (zstd(b""), "t.csv.zst", "tables.empty"),
        (b"a,b\n", "t.csv", "tables.header_only"),
        (b"a,b", "t.csv", "tables.header_only"),
        (b"a,b\n\n\n", "t.csv", "tables.header_only"),
        (b"PK\3\4\0\0", "t.csv", "tables.binary"),
        (b"\x00\x01\x02", "t.tsv", "tables.binary"),
        (b"PAR1 no PAR1", "t.parquet", "tables.unreadable"),
        (b"garbage", "t.parquet", "tables.unreadable"),
        (gz(b"a,b\n" * 1000)[:-12], "t.csv.gz", "tables.damaged_packing"),
        (b"a,b\n1,2\n", "t.csv.gz", "tables.damaged_packing"),
        (b"a,b\n1,2\n", "t.csv.zst", "tables.damaged_packing"),
        (zstd(b"a,b\n" * 1000)[:-8], "t.csv.zst", "tables.damaged_packing"),
        (b"a,b\n1,2\n", "t.docx", "tables.is_document"),
        (b"a,b\n1,2\n", "t.v2", "tables.unknown_ending"),
        (b"a,b\n1,2\n", "t.gz", "tables.unknown_ending"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, name, key):
    assert failure(tmp_path, content, name).key == key


def test_a_truncated_parquet_file_is_refused(tmp_path):
    polars.DataFrame({"a": range(1000)}).write_parquet(tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    for length in (5, len(whole) // 2, len(whole) - 1):
        assert failure(tmp_path, whole[:length], "cut.parquet").key == "tables.unreadable"


def test_a_parquet_file_without_rows_is_refused(tmp_path):
    polars.DataFrame({"a": []}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="no rows"):
        read_table(tmp_path / "t.parquet")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(FileError, match="there is no file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(FileError, match="folder"):
        read_table(tmp_path)


def test_without_polars_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UsageError, match=r'pip install "shoal\[cli\]"'):
        read_table(write(tmp_path, "a\n1\n"))


def test_the_package_imports_without_polars_or_scikit_learn():
    code = (
        "import sys, shoal.tables; "
        "assert not {'polars', 'sklearn', 'narwhals'} & set(sys.modules), sorted(sys.modules)"
    )
    assert os.spawnl(os.P_WAIT, sys.executable, sys.executable, "-c", code) == 0


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_dataframes_of_every_library_become_the_same_table(kind):
    values = {"n": [1.5, None], "s": [" x ", "?"]}
    frame = {
        "pandas": lambda: pandas.DataFrame(values),
        "polars": lambda: polars.DataFrame(values),
        "pyarrow": lambda: pyarrow.table(values),
    }[kind]()
    table = from_dataframe(frame)
    assert isinstance(table, polars.DataFrame)
    assert table["s"].to_list() == ["x", None]
    assert table["n"][0] == 1.5


def test_a_column_of_mixed_objects_becomes_text():
    mixed = [1, "x", None, float("nan"), pandas.NaT, pandas.NA]
    table = from_dataframe(pandas.DataFrame({3: mixed, "d": range(6)}))
    assert table["3"].to_list() == ["1", "x", None, None, None, None]
    assert table["d"].to_list() == list(range(6))


@pytest.mark.parametrize(
    "frame",
    [
        pandas.DataFrame([[1, 2]], columns=["a", "a"]),
        pandas.DataFrame([[1, 2]], columns=[1, "1"]),
        pyarrow.table([[1], [2]], names=["a", "a"]),
    ],
)
def test_a_dataframe_with_the_same_name_twice_is_refused(frame):
    with pytest.raises(DataError, match="more than once"):
        from_dataframe(frame)


@pytest.mark.parametrize("thing", [[[1, 2]], None, "t.csv", polars.LazyFrame({"a": [1]})])
def test_what_is_no_dataframe_is_refused(thing):
    with pytest.raises(UsageError, match="DataFrame"):
        from_dataframe(thing)


@pytest.mark.parametrize("frame", [pandas.DataFrame(), pandas.DataFrame({"a": []})])
def test_a_dataframe_without_rows_or_columns_is_refused(frame):
    with pytest.raises(DataError, match="at least one"):
        from_dataframe(frame)


@pytest.mark.parametrize("names", [["a", "a"], ["", ""], [" ", ""], ["a", " a"]])
def test_a_data_frame_with_a_name_twice_is_refused_by_the_name(names):
    name = names[0].strip()
    if len(set(names)) == 2 and not name:
        assert from_dataframe(pandas.DataFrame([[1, 2]], columns=names)).columns == ["column 1", "column 2"]
        return
    with pytest.raises(DataError, match=rf'"{name}".*1, 2'):
        from_dataframe(pandas.DataFrame([[1, 2]], columns=names))


def test_byte_order_marks_are_no_part_of_a_name(tmp_path):
    assert read_table(write(tmp_path, b"\xef\xbb\xbf" * 2 + b"a,b\n1,2\n")).columns == ["a", "b"]


def test_a_cell_that_is_too_long_is_called_so(tmp_path):
    error = failure(tmp_path, f"a,b\n1,2\n3,{'x' * (csv.field_size_limit() + 1)}\n")
    assert (error.key, error.values["line"]) == ("tables.long_cell", 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_device_is_no_table(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name in ("pipe.csv", "zero.csv"):
        with pytest.raises(FileError, match="a device, a pipe or a socket"):
            read_table(tmp_path / name)
