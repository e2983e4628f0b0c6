"""The decimal comma is decided by the whole column and the whole file; the same is said once."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shoal import tables
from shoal.base.errors import DataError
from shoal.tables import Note, TrainSettings, find_forms, open_table, train_table

LINE = TrainSettings(hidden=())


def opened(tmp_path: Path, text: str) -> tables.TableFile:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    return open_table(tmp_path / "t.csv")


def read(tmp_path: Path, text: str) -> dict[str, list[object]]:
    frame = opened(tmp_path, text).frame
    return find_forms(frame).apply(frame).to_dict(as_series=False)


def test_a_column_is_read_in_one_way(tmp_path: Path) -> None:
    assert read(tmp_path, "a;b\n3,14;x,y\n-2,5e3;z\n") == {"a": [3.14, -2500], "b": ["x,y", "z"]}
    assert read(tmp_path, "a;b\n1.234,5;1,25\n900;2\n") == {"a": [1234.5, 900], "b": [1.25, 2]}
    assert read(tmp_path, "a;b\n1,234;0.5\n2,500;1.5\n")["a"] == [1234, 2500]  # b has a decimal point


def test_codes_with_a_comma_stay_text(tmp_path: Path) -> None:
    codes = {"a": ["1,5", "2,5-B", "x,y"], "b": ["u", "v", "w"]}
    assert read(tmp_path, "a;b\n1,5;u\n2,5-B;v\nx,y;w\n") == codes
    assert read(tmp_path, "a;b\n1,2,3;u\n4,5,6;v\n")["a"] == ["1,2,3", "4,5,6"]


def test_a_file_with_semicolons_in_which_nothing_says_what_the_comma_is(tmp_path: Path) -> None:
    file = opened(tmp_path, "price;n\n1,459;3\n1,512;-4\nNA;5\n")
    assert file.frame["price"].to_list() == [1.459, 1.512, None]
    (note,) = file.notes
    assert note.columns == ("price",)
    assert 'decimal mark ","' in str(note)
    assert opened(tmp_path, "price,n\n1459,3\n").notes == ()
    assert read(tmp_path, 'price,n\n"1,459",3\n"1,512",4\n')["price"] == [1459, 1512]


def commas(numbers: np.ndarray) -> list[str]:
    return [str(number).replace(".", ",") for number in numbers.tolist()]


def test_what_was_learned_from_points_is_read_with_commas_too(tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(size=60).round(2)
    y = (3 * x + 1).round(2)
    model = train_table(pl.DataFrame({"x": x, "y": y}), "y", LINE)
    german = pl.DataFrame({"x": commas(x), "y": commas(y)})
    np.testing.assert_array_equal(model.predict(german), model.predict(pl.DataFrame({"x": x})))
    assert model.evaluate(german).to_dict()["rows"] == 60
    with pytest.raises(DataError, match=r'row 1 .*"1,234"'):
        model.predict(pl.DataFrame({"x": ["1,234", "5,678"]}))
    with pytest.raises(DataError, match=r'row 2 .*"1,5"'):
        model.predict(pl.DataFrame({"x": ["1.5", "1,5"]}))


def test_a_model_of_commas_reads_points_too() -> None:
    x = np.random.default_rng(1).normal(size=60).round(2)
    y = (3 * x + 1).round(2)
    german = pl.DataFrame({"x": commas(x), "y": commas(y)})
    plain = pl.DataFrame({"x": [str(v) for v in x], "y": y})
    model = train_table(german, "y", LINE)
    np.testing.assert_array_equal(model.predict(german), model.predict(plain))
    np.testing.assert_array_equal(model.predict(german), train_table(plain, "y", LINE).predict(plain))


def test_the_same_is_said_once() -> None:
    frame = pl.DataFrame({name: ["1,5", "2,25"] for name in "abcdefghij"} | {"k": ["$5", "$6"]})
    first, second = find_forms(frame).notes
    assert first.columns == tuple("abcdefghij")
    assert first.to_dict()["columns"] == list("abcdefghij")
    assert '"a", "b", "c"' in str(first)
    assert second.columns == ("k",)


def test_notes_of_a_file_have_no_columns() -> None:
    assert "columns" not in Note("blanks").to_dict()
