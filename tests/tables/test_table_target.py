"""y from a table: the task, the labels, and targets that cannot be learned."""

import datetime
import json

import numpy as np
import polars as pl
import pytest

from shoal import load, save
from shoal.base.errors import DataError, ModelFileError, UsageError
from shoal.base.texts import use_language
from shoal.tables import TargetEncoder, TrainSettings, describe, find_problems, read_table, train_table
from shoal.tables._cells import clean
from shoal.tables.encode import TargetScale


def fitted(cells, task=None):
    frame = clean(pl.DataFrame({"y": cells, "row": range(len(cells))}))
    target = TargetEncoder.fit(frame, "y", task)
    known, y = target.transform(frame)
    assert known.height == len(y)
    return target, known, y


@pytest.mark.parametrize(
    ("cells", "task", "labels"),
    [
        (["a", "b"] * 2, "classification", "text"),
        (["甲", "乙"] * 2, "classification", "text"),
        (["yes", "no"] * 2, "classification", "text"),
        (["True", "false"] * 2, "classification", "boolean"),
        ([True, False] * 2, "classification", "boolean"),
        (["0", "1"] * 2, "classification", "integer"),
        ([0.0, 1.0] * 2, "classification", "integer"),
        (["01", "02"] * 2, "classification", "text"),
        ([1, 2, 3] * 5, "classification", "integer"),
        ([1, 2, 3] * 4, "regression", "number"),
        (list(range(21)) * 10, "regression", "number"),
        ([0.5, 1.5] * 20, "regression", "number"),
        (["2024-01-01", "2024-01-02"] * 2, "classification", "text"),
        ([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)] * 2, "classification", "text"),
    ],
)
def test_the_task_and_the_type_of_the_labels_are_inferred(cells, task, labels):
    target, _, y = fitted(cells)
    assert (target.task, target.labels) == (task, labels)
    python = {"text": str, "integer": int, "boolean": bool, "number": float}[labels]
    assert {type(value) for value in y.tolist()} == {python}


def test_labels_are_those_of_the_table():
    assert fitted(["no", "yes", "no", "yes"])[2].tolist() == ["no", "yes", "no", "yes"]
    assert fitted(["3", "-1", "3.0", "-1"])[2].tolist() == [3, -1, 3, -1]
    assert fitted(["1.5", "2", "1e3"])[2].tolist() == [1.5, 2.0, 1000.0]


def test_rows_without_a_target_are_left_out():
    _, known, y = fitted(["a", None, "b", "?", "a", "b"])
    assert known["row"].to_list() == [0, 2, 4, 5]
    assert y.tolist() == ["a", "b", "a", "b"]
    assert fitted([1.0, float("nan"), 2.5])[2].tolist() == [1.0, 2.5]


def test_the_caller_can_overrule_the_task():
    assert fitted([0, 1, 0, 1], "regression")[2].dtype == np.float64
    assert fitted([0.5, 1.5] * 2, "classification")[2].tolist() == ["0.5", "1.5"] * 2
    with pytest.raises(DataError, match=r'row 2 .* contains "x"'):
        fitted(["1", "x"], "regression")
    with pytest.raises(UsageError, match="clustering"):
        fitted([1, 2], "clustering")


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        (["a", "a"], "tables.target_constant"),
        ([1.5, 1.5, None], "tables.target_constant"),
        (["a"], "tables.target_constant"),
        ([None, "?"], "tables.target_missing"),
        (["a", "a", "b"], "tables.target_single"),
        ([0, 0, 1], "tables.target_single_number"),
        ([1.5, 2.5, float("inf")], "tables.target_infinite"),
        (["1.5", "2.5", "1e999"], "tables.target_infinite"),
        ([[1], [2]], "tables.nested"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(cells, key):
    with pytest.raises(DataError) as caught:
        fitted(cells)
    assert caught.value.key == key


def test_a_class_with_one_row_is_named():
    with pytest.raises(DataError, match=r'\(1\): "rare"'):
        fitted(["a", "a", "b", "b", "rare"])


def test_counts_of_which_one_stands_once_are_numbers():
    counts = [0, 1, 2, 3] * 10 + [13]
    assert fitted(counts)[0].task == "regression"
    assert fitted(counts[:-1])[0].task == "classification"
    with pytest.raises(DataError, match=r'\(1\): "13".*--task regression'):
        fitted(counts, "classification")


def test_an_unknown_target_gets_names_like_it():
    with pytest.raises(DataError, match='Did you mean "price"'):
        TargetEncoder.fit(pl.DataFrame({"price": [1, 2]}), "prize")


def test_another_table_is_read_with_the_labels_of_the_first():
    integers = fitted([0, 1] * 3)[0]
    assert integers.transform(pl.DataFrame({"y": ["1", None, "0"]}))[1].tolist() == [1, 0]
    with pytest.raises(DataError, match=r'row 3 .* contains "1.5"'):
        integers.transform(pl.DataFrame({"y": [0.0, None, 1.5]}))
    with pytest.raises(DataError, match=r'row 2 .* contains "one"'):
        integers.transform(pl.DataFrame({"y": ["0", "one"]}))
    truths = fitted([True, False] * 2)[0]
    assert truths.transform(pl.DataFrame({"y": ["TRUE", "no"]}))[1].tolist() == [True, False]


@pytest.mark.parametrize("cells", [["a", "b"] * 2, [1, 2] * 2, [True, False] * 2, [1.5, 2.5]])
def test_the_document_of_a_target_gives_the_same_target(cells):
    target = fitted(cells)[0]
    assert TargetEncoder.from_dict(json.loads(json.dumps(target.to_dict()))) == target


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"name": "y", "task": "classification"},
        {"name": "y", "task": "classification", "labels": "text", "more": 1},
        {"name": 1, "task": "classification", "labels": "text"},
        {"name": "y", "task": "clustering", "labels": "text"},
        {"name": "y", "task": "classification", "labels": "number"},
        {"name": "y", "task": "regression", "labels": "text"},
        {"name": "y", "task": ["regression"], "labels": "number"},
    ],
)
def test_a_document_that_was_not_written_here_is_refused(document):
    with pytest.raises(ModelFileError):
        TargetEncoder.from_dict(document)


def test_a_number_is_standardised_and_comes_back():
    y = np.random.default_rng(0).normal(1000, 50, 200)
    scale = TargetScale.of(y)
    assert (scale.mean, scale.scale) == pytest.approx((y.mean(), y.std()))  # sums may be in another order
    learned = scale.standardise(y)
    assert (learned.mean(), learned.std()) == pytest.approx((0, 1), abs=1e-12)  # rounding of numbers near 20
    np.testing.assert_allclose(scale.restore(learned), y, rtol=1e-15 * 4)  # two roundings there, two back


def test_equal_numbers_are_not_stretched_by_the_rounding_of_their_mean():
    for rows in range(2, 60):  # the mean of so many equal numbers need not be that number
        assert TargetScale.of(np.full(rows, 0.1)).scale == 1.0


@pytest.mark.parametrize(
    "cell", ["9007199254740993.0", "-9007199254740994.0", "1e30", str(2**64), str(-(2**64))]
)
def test_a_class_that_is_too_large_for_a_whole_number_is_refused_by_its_row(cell):
    target = fitted(["0", "1", "0", "1"])[0]
    with pytest.raises(DataError, match="row 2 "):
        target.transform(pl.DataFrame({"y": ["0", cell]}))


LARGE = [
    (2**53, 2**53 + 1),
    (2**63 - 2, 2**63 - 1),
    (2**63, 2**63 + 1),
    (2**64 - 2, 2**64 - 1),
    (-(2**60), -(2**60) + 1),
]


@pytest.mark.parametrize("pair", LARGE)
@pytest.mark.parametrize("typed", [True, False])
def test_large_whole_numbers_are_classes_to_the_last_digit(pair, typed):
    cells = [*pair] * 20
    column = pl.Series("y", cells, pl.Int64 if max(pair) < 2**63 else pl.UInt64)
    frame = pl.DataFrame({"x": [-1.0, 1.0] * 20, "z": list(range(0, 80, 2)), "y": column})
    frame = frame if typed else frame.with_columns(pl.col("y").cast(pl.String))
    target = TargetEncoder.fit(frame, "y")
    assert (target.task, target.labels) == ("classification", "integer")
    y = target.transform(frame)[1]
    assert y.tolist() == cells
    assert y.dtype.kind in "iu"


@pytest.mark.slow
@pytest.mark.parametrize("pair", LARGE)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_trained_model_answers_in_large_whole_numbers(pair, form, tmp_path):
    random = np.random.default_rng(0)
    column = pl.Series("y", [*pair] * 40, pl.Int64 if max(pair) < 2**63 else pl.UInt64)
    x = np.tile([-1.0, 1.0], 40) + random.normal(size=80)
    frame = pl.DataFrame({"x": x, "y": column})
    getattr(frame, f"write_{form}")(path := tmp_path / f"t.{form}")
    save(train_table(read_table(path), "y", TrainSettings(hidden=())), tmp_path / "m.shoal")
    model = load(tmp_path / "m.shoal")
    assert set(model.predict(frame).tolist()) == set(pair)
    plain = np.mean((model.predict(frame) == pair[1]) == np.tile([False, True], 40))
    assert model.evaluate(read_table(path)).scores["accuracy"].value == pytest.approx(plain)
    one = pl.DataFrame({"x": x[:1], "y": [str(pair[0])]})  # its label may have another type than the classes
    assert model.evaluate(one).scores["accuracy"].value in (0, 1)


def test_a_column_whose_large_numbers_are_one_float_is_left_out_and_says_so():
    frame = pl.DataFrame({"a": [2**60, 2**60 + 1] * 20, "y": ["no", "yes"] * 20, "x": list(range(40))})
    (column,) = (c for c in describe(frame) if c.name == "a")
    assert (column.whole, column.distinct) == (True, 2)
    found = [finding for finding in find_problems(frame, "y", describe(frame)) if finding.column == "a"]
    assert [(finding.kind, finding.drop) for finding in found] == [("constant", True)]
    for language, words in (("en", "Subtract the smallest"), ("zh", "减去其中最小的数")):
        use_language(language)
        assert words in str(found[0])
