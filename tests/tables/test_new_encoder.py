"""A column encoder is one module: a kind that is defined here is known everywhere at once."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

import shoal
from shoal.base import schema
from shoal.base.errors import DataError, ModelFileError
from shoal.cli import main
from shoal.tables import ColumnEncoder, TableEncoder, TrainSettings, describe, find_problems, train_table
from shoal.tables._cells import checked
from shoal.tables.encode import _encoder
from shoal.tables.encode._encoder import Recognised, encoder_of, encoders

PRICES = ["$1", "$100", "$10", None, "$1000"]


@pytest.fixture
def money():
    """Amounts such as $250, as their logarithm; the amount 1 where one is missing."""

    @dataclass(frozen=True)
    class MoneyEncoder(ColumnEncoder, kind="money"):
        name: str
        largest: float
        missing: bool

        checks: ClassVar = {"largest": schema.number}

        @staticmethod
        def amounts(series):
            return series.str.extract(r"^\$(\d+)$").cast(pl.Float64)

        @classmethod
        def recognise(cls, series):
            if series.dtype != pl.String or not series.count():
                return None
            amounts = cls.amounts(series)
            return Recognised(amounts) if amounts.count() == series.count() else None

        @classmethod
        def fit(cls, series, column):
            amounts = cls.amounts(series)
            return cls(column.name, amounts.max(), amounts.null_count() > 0)

        @property
        def feature_names(self):
            return (f"log of {self.name}",)

        def encode(self, series):
            amounts = checked(series, self.amounts(series), "tables.not_a_number")
            return np.log10(amounts.fill_null(1.0).to_numpy())[:, np.newaxis]

        @classmethod
        def order(cls, series, column):
            return cls.amounts(series)

        def details(self):
            return [f"up to ${self.largest:g}"]

    yield MoneyEncoder
    del _encoder._ENCODERS["money"]


def a_table(rows=60):
    random = np.random.default_rng(0)
    amounts, other = random.integers(1, 1000, rows), random.normal(size=rows)
    noise = random.random(rows) < 0.2
    return pl.DataFrame(
        {
            "price": [f"${n}" for n in amounts],
            "b": other,
            "dear": np.where((amounts > 500) ^ noise, "yes", "no"),
        }
    )


def test_it_is_recognised_before_the_kinds_of_shoal_and_only_while_it_is_registered(money):
    frame = pl.DataFrame({"price": PRICES, "size": ["1", "2", "3", "4", "5"]})
    assert [column.kind for column in describe(frame)] == ["money", "number"]
    assert describe(frame)[0].distinct == 4
    assert describe(frame)[0].missing == 1
    assert encoders()[0] is encoder_of("money") is money


def test_without_it_the_same_column_is_a_category():
    assert describe(pl.DataFrame({"price": PRICES}))[0].kind == "category"


def test_it_encodes_and_comes_back_from_its_document(money):
    frame = pl.DataFrame({"price": PRICES})
    encoder = TableEncoder.fit(frame, describe(frame))
    assert encoder.feature_names == ("log of price",)
    np.testing.assert_allclose(encoder.transform(frame)[:, 0], [0, 2, 1, 0, 3])
    assert encoder.to_dict() == {
        "columns": [{"kind": "money", "name": "price", "largest": 1000.0, "missing": True}]
    }
    assert TableEncoder.from_dict(encoder.to_dict()) == encoder
    with pytest.raises(ModelFileError, match=r"columns\[0\]\.largest"):
        TableEncoder.from_dict(
            {"columns": [{"kind": "money", "name": "price", "largest": "much", "missing": True}]}
        )
    with pytest.raises(DataError, match='"£5"'):
        encoder.transform(pl.DataFrame({"price": ["£5"]}))


def test_a_leak_in_it_is_found_by_its_order(money):
    amounts = np.random.default_rng(0).permutation(200)  # all different: levels learned by heart say nothing
    table = pl.DataFrame({"price": [f"${n}" for n in amounts], "dear": np.where(amounts > 99, "yes", "no")})
    (found,) = find_problems(table, "dear", describe(table))
    assert (found.kind, found.column) == ("leak", "price")


def test_a_model_with_it_is_trained_saved_loaded_and_inspected(money, tmp_path, capsys):
    model = train_table(a_table(), "dear", TrainSettings(hidden=(4,), epochs=20))
    assert [type(column) for column in model.encoder.columns] == [money, type(model.encoder.columns[1])]
    path = tmp_path / "model.shoal"
    shoal.save(model, path)
    np.testing.assert_array_equal(shoal.load(path).predict_proba(a_table()), model.predict_proba(a_table()))
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.split()[:2] == ["price", "money"]]
    assert line.split(maxsplit=3)[2] == "1"
    assert "up to $" in line


def test_a_file_with_a_kind_that_is_not_there_is_refused(money, tmp_path):
    frame = pl.DataFrame({"price": PRICES})
    document = TableEncoder.fit(frame, describe(frame)).to_dict()
    document["columns"][0]["kind"] = "pickle"
    with pytest.raises(ModelFileError, match=r"columns\[0\]\.kind"):
        TableEncoder.from_dict(document)


def test_a_kind_has_one_encoder():
    with pytest.raises(TypeError, match="NumberEncoder is already"):

        class Another(ColumnEncoder, kind="number"):
            pass


def test_the_modules_are_asked_in_their_order():
    assert [encoder.kind for encoder in encoders()] == ["number", "boolean", "date", "category"]
