"""A column encoder is one module: a kind that is defined here is known everywhere at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

import shoal
from shoal.base import schema
from shoal.base.errors import DataError, ModelFileError
from shoal.cli import main
from shoal.tables import ColumnEncoder, TableEncoder, TrainSettings, describe, find_problems, train_table
from shoal.tables._cells import as_text, checked
from shoal.tables.encode import _encoder
from shoal.tables.encode._encoder import Recognised, encoder_of, encoders

TEMPERATURES = ["1 K", "100 K", "10 K", None, "1000 K"]


@pytest.fixture
def kelvin():
    """Temperatures such as 250 K, as their logarithm; 1 K where one is missing. No table has this kind."""

    @dataclass(frozen=True)
    class KelvinEncoder(ColumnEncoder, kind="kelvin"):
        name: str
        largest: float
        missing: bool

        checks: ClassVar = {"largest": schema.number}

        @staticmethod
        def kelvins(series):
            return as_text(series).str.extract(r"^(\d+) K$").cast(pl.Float64)

        @classmethod
        def recognise(cls, series):
            if series.dtype != pl.String or not series.count():
                return None
            kelvins = cls.kelvins(series)
            return Recognised(kelvins) if kelvins.count() == series.count() else None

        @classmethod
        def fit(cls, series, column):
            kelvins = cls.kelvins(series)
            return cls(column.name, kelvins.max(), kelvins.null_count() > 0)

        @property
        def feature_names(self):
            return (f"log of {self.name}",)

        def encode(self, series):
            kelvins = checked(series, self.kelvins(series), "tables.not_a_number")
            return np.log10(kelvins.fill_null(1.0).to_numpy())[:, np.newaxis]

        @classmethod
        def order(cls, series, column):
            return cls.kelvins(series)

        def details(self):
            return [f"up to {self.largest:g} K"]

    yield KelvinEncoder
    del _encoder._ENCODERS["kelvin"]


def a_table(rows=60):
    random = np.random.default_rng(0)
    kelvins, other = random.integers(1, 1000, rows), random.normal(size=rows)
    noise = random.random(rows) < 0.2
    return pl.DataFrame(
        {
            "temperature": [f"{n} K" for n in kelvins],
            "b": other,
            "hot": np.where((kelvins > 500) ^ noise, "yes", "no"),
        }
    )


def test_it_is_recognised_before_the_kinds_of_shoal_and_only_while_it_is_registered(kelvin):
    frame = pl.DataFrame({"temperature": TEMPERATURES, "size": ["1", "2", "3", "4", "5"]})
    assert [column.kind for column in describe(frame)] == ["kelvin", "number"]
    assert describe(frame)[0].distinct == 4
    assert describe(frame)[0].missing == 1
    assert encoders()[0] is encoder_of("kelvin") is kelvin


def test_without_it_the_same_column_is_a_category():
    assert describe(pl.DataFrame({"temperature": TEMPERATURES}))[0].kind == "category"


def test_it_encodes_and_comes_back_from_its_document(kelvin):
    frame = pl.DataFrame({"temperature": TEMPERATURES})
    encoder = TableEncoder.fit(frame, describe(frame))
    assert encoder.feature_names == ("log of temperature",)
    np.testing.assert_allclose(encoder.transform(frame)[:, 0], [0, 2, 1, 0, 3])
    assert encoder.to_dict() == {
        "columns": [{"kind": "kelvin", "name": "temperature", "largest": 1000.0, "missing": True}]
    }
    assert TableEncoder.from_dict(encoder.to_dict()) == encoder
    with pytest.raises(ModelFileError, match=r"columns\[0\]\.largest"):
        TableEncoder.from_dict(
            {"columns": [{"kind": "kelvin", "name": "temperature", "largest": "much", "missing": True}]}
        )
    with pytest.raises(DataError, match='"5 C"'):
        encoder.transform(pl.DataFrame({"temperature": ["5 C"]}))


def test_a_leak_in_it_is_found_by_its_order(kelvin):
    kelvins = np.random.default_rng(0).permutation(200)  # all different: levels learned by heart say nothing
    table = pl.DataFrame(
        {"temperature": [f"{n} K" for n in kelvins], "hot": np.where(kelvins > 99, "yes", "no")}
    )
    (found,) = find_problems(table, "hot", describe(table))
    assert (found.kind, found.column) == ("leak", "temperature")


def test_a_model_with_it_is_trained_saved_loaded_and_inspected(kelvin, tmp_path, capsys):
    model = train_table(a_table(), "hot", TrainSettings(hidden=(4,), epochs=20))
    assert [type(column) for column in model.encoder_.columns] == [kelvin, type(model.encoder_.columns[1])]
    path = tmp_path / "model.shoal"
    shoal.save(model, path)
    np.testing.assert_array_equal(shoal.load(path).predict_proba(a_table()), model.predict_proba(a_table()))
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.split()[:2] == ["temperature", "kelvin"]]
    assert line.split(maxsplit=3)[2] == "1"
    assert "up to " in line


def test_a_file_with_a_kind_that_is_not_there_is_refused(kelvin, tmp_path):
    frame = pl.DataFrame({"temperature": TEMPERATURES})
    document = TableEncoder.fit(frame, describe(frame)).to_dict()
    document["columns"][0]["kind"] = "pickle"
    with pytest.raises(ModelFileError, match=r"columns\[0\]\.kind"):
        TableEncoder.from_dict(document)


def test_a_kind_has_one_encoder():
    with pytest.raises(TypeError, match="'number' has an encoder already: NumberEncoder of shoal"):

        class Another(ColumnEncoder, kind="number"):
            pass


def test_the_modules_are_asked_in_their_order():
    assert [encoder.__module__.rpartition(".")[2] for encoder in encoders()] == list(_encoder.MODULES)


def test_every_module_with_an_encoder_is_named_in_the_list():
    folder = Path(_encoder.__file__).parent
    found = {path.stem for path in folder.glob("_*.py") if "(ColumnEncoder, kind=" in path.read_text()}
    assert found - {"_encoder"} == set(_encoder.MODULES)


@pytest.mark.parametrize("cells", [[None, None], [1.5, None], [True, False]])
def test_a_typed_column_is_refused_or_read_and_never_a_crash(kelvin, cells):
    """A model may be given a DataFrame: a column that was text in training may have another type there."""
    frame = pl.DataFrame({"temperature": TEMPERATURES})
    encoder = TableEncoder.fit(frame, describe(frame))
    typed = pl.DataFrame({"temperature": cells})
    if any(cell is not None for cell in cells):
        with pytest.raises(DataError, match="temperature"):
            encoder.transform(typed)
    else:
        np.testing.assert_array_equal(encoder.transform(typed), 0)
