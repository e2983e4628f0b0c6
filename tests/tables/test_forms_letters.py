"""K, M and B behind numbers: thousands, millions, billions where the column is sure, else units."""

import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.tables import Forms, find_forms

SURE = {
    "sizes of apps": ("size", ["19M", "201k", "1.2B", "Varies with device"], [19e6, 201e3, 1.2e9, None]),
    "lower case": ("a", ["1.5m", "200k"], [1.5e6, 2e5]),
    "named": ("price", ["2m", "200k"], [2e6, 2e5]),
    "with blanks and signs": ("a", ["-1.2 M", "300 K", "7+"], [-1.2e6, 3e5, 7]),
    "decimal comma": ("a", ["1,2M", "201k", "5,5k"], [1.2e6, 201e3, 5500]),
    "one letter beside small numbers": ("a", ["950", "1.2k", "15k", "0"], [950, 1200, 15_000, 0]),
    "one letter beside large numbers": ("a", ["950000", "1.2M"], [950_000, 1.2e6]),
    "one letter and a name": ("totalViews", ["3", "1.2M"], [3, 1.2e6]),
    "data": ("a", ["64G", "1T", "500M"], [64e9, 1e12, 5e8]),
    "ranges": ("a", ["500k-1M", "1M-2M"], [750e3, 1.5e6]),
}
NOT = {
    "metres": ("a", ["5m", "10m", "3.5m"], [5, 10, 3.5]),
    "one letter": ("a", ["19M", "20M"], [19, 20]),
    "Kelvin": ("a", ["300K", "295"], [300, 295]),
    "Kelvin by name": ("temperature", ["2.7K", "300"], [2.7, 300]),
    "metres with some bare": ("height", ["1.5m", "12"], [1.5, 12]),
    "races": ("a", ["800m", "5k", "10k"], None),
    "races by name": ("distance", ["1.5m", "5k", "10k"], None),
    "grams": ("a", ["100g", "2k"], None),
    "sizes of shirts": ("a", ["2T", "3T", "4M"], None),
    "other letters": ("a", ["34B", "36C", "38M"], None),
}


@pytest.mark.parametrize("name", SURE)
def test_letters_that_multiply(name: str) -> None:
    column, cells, right = SURE[name]
    frame = pl.DataFrame({column: cells})
    forms = find_forms(frame)
    assert Forms.from_dict(forms.to_dict()) == forms
    assert forms.apply(frame)[column].to_list() == pytest.approx(right)
    assert "by a million" in "\n".join(map(str, forms.notes))
    new = forms.apply(pl.DataFrame({column: ["3K", "4B", "5"]}))
    assert new[column].to_list() == [3000, 4e9, 5]
    with pytest.raises(DataError, match="row 1"):
        forms.apply(pl.DataFrame({column: ["3 kg"]}))
    assert find_forms(frame, {column: "text"}).apply(frame)[column].to_list() == cells


@pytest.mark.parametrize("name", NOT)
def test_letters_that_are_units_or_kinds(name: str) -> None:
    column, cells, right = NOT[name]
    frame = pl.DataFrame({column: cells})
    forms = find_forms(frame)
    assert forms.apply(frame)[column].to_list() == (cells if right is None else right)
    assert "letters" not in [note.kind for note in forms.notes]


def test_a_column_that_somebody_calls_a_number_multiplies_too() -> None:
    frame = pl.DataFrame({"a": ["19M", "201k", "x"]})
    assert find_forms(frame, {"a": "number"}).apply(frame)["a"].to_list() == [19e6, 201e3, None]


def test_numbers_of_older_files_have_no_letters() -> None:
    frame = pl.DataFrame({"a": ["5 kg", "6 kg"]})
    document = find_forms(frame).to_dict()
    del document["columns"][0]["letters"]
    assert Forms.from_dict(document).apply(frame)["a"].to_list() == [5, 6]
