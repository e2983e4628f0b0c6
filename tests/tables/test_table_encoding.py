"""X from a table: the right numbers, always finite, and the same from every copy of the encoder."""

import copy
import dataclasses
import datetime
import json
import math
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from shoal.base.errors import DataError, ModelFileError
from shoal.tables import TableEncoder, describe
from shoal.tables._cells import clean
from shoal.tables._columns import ColumnKind
from shoal.tables.encode._scale import slips


def fitted(**columns):
    frame = clean(pl.DataFrame(columns))
    return TableEncoder.fit(frame, describe(frame)), frame


def encoded(encoder, **columns):
    return encoder.transform(clean(pl.DataFrame(columns)))


def test_numbers_are_standardised_as_scikit_learn_does():
    x = np.random.default_rng(0).normal(5, 3, (50, 2))
    encoder, frame = fitted(a=x[:, 0], b=x[:, 1])
    np.testing.assert_allclose(encoder.transform(frame), StandardScaler().fit_transform(x), rtol=1e-12)


WRITTEN = {
    "numbers": ([1, 2, 3] * 4, [1.0, 2.0, 3.0] * 4, ["1", "2", "3"] * 4),
    "truths": ([True, False] * 6, ["TRUE", "FALSE"] * 6, ["True", "False"] * 6),
}


@pytest.mark.parametrize("cells", WRITTEN.values(), ids=WRITTEN)
def test_a_category_is_the_same_whatever_type_its_cells_have(cells):
    for of_training in cells:
        frame = pl.DataFrame({"c": of_training})
        (column,) = describe(frame)
        encoder = TableEncoder.fit(frame, [dataclasses.replace(column, kind=ColumnKind.CATEGORY)])
        for others in cells:
            other = pl.DataFrame({"c": others})
            np.testing.assert_array_equal(encoder.transform(other), encoder.transform(frame))
            assert not encoder.surprises(other)


def test_a_category_of_versions_tells_1_from_1_0():
    encoder, _ = fitted(c=["1", "1.0", "v2"] * 4)
    assert not np.array_equal(*encoded(encoder, c=["1", "1.0"]))


def test_categories_are_one_hot_as_scikit_learn_does():
    cells = [["b"], ["a"], ["中"], ["b"]] * 5
    encoder, frame = fitted(c=[cell for (cell,) in cells])
    expected = OneHotEncoder(sparse_output=False).fit_transform(cells)
    np.testing.assert_array_equal(encoder.transform(frame), expected)
    assert encoder.feature_names == ("c=a", "c=b", "c=中")


def test_a_missing_number_becomes_the_median_and_is_flagged():
    encoder, frame = fitted(age=["1", "2", "9", "?", "nan", "inf"])
    assert encoder.feature_names == ("age", "age is missing")
    X = encoder.transform(frame)
    np.testing.assert_array_equal(X[:, 1], [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(X[3:, 0], X[[1, 1, 1], 0])
    assert encoder.columns[0].scale.median == 2
    assert fitted(age=[1.0, 2.0, 4.0, 9.0])[0].columns[0].scale.median == 3


def test_a_number_that_is_missing_only_at_predict_time_is_the_median_without_a_flag():
    encoder, _ = fitted(age=[1.0, 2.0, 9.0])
    X = encoded(encoder, age=[None, 2.0, math.inf])
    assert encoder.feature_names == ("age",)
    assert X[0] == X[1] == X[2]


def test_booleans_are_0_and_1_whatever_words_stand_for_them():
    encoder, frame = fitted(b=["yes", "no", "yes", None])
    np.testing.assert_array_equal(encoder.transform(frame), [[1, 0], [0, 0], [1, 0], [1, 1]])
    for cells in (["TRUE", "f"], [True, False], [1, 0], [1.0, 0.0], ["是", "否"]):
        np.testing.assert_array_equal(encoded(encoder, b=cells), [[1, 0], [0, 0]])


def test_rare_levels_share_other_and_so_does_an_unseen_one():
    encoder, _ = fitted(c=["a"] * 5 + ["b"] * 3 + ["c", "c", "d"])
    assert encoder.feature_names == ("c=a", "c=b", "c is other")
    X = encoded(encoder, c=["a", "c", "never seen", None])
    np.testing.assert_array_equal(X, [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])


def test_an_unseen_level_is_none_of_the_levels_where_training_had_no_other():
    encoder, _ = fitted(c=["a", "b"] * 5)
    np.testing.assert_array_equal(encoded(encoder, c=["z", None]), [[0, 0], [0, 0]])


def test_missing_is_a_level_of_its_own_where_training_had_it():
    encoder, frame = fitted(c=["a", "a", "a", None, "b", "b", "b", "x"])
    assert encoder.feature_names == ("c=a", "c=b", "c is other", "c is missing")
    np.testing.assert_array_equal(encoder.transform(frame)[[3, 7]], [[0, 0, 0, 1], [0, 0, 1, 0]])


def test_of_many_levels_the_hundred_commonest_have_a_feature():
    cells = [f"level {i:03}" for i in range(150) for _ in range(3 + (i >= 50))]
    encoder, frame = fitted(c=cells)
    assert encoder.feature_names[:2] == ("c=level 050", "c=level 051")
    assert len(encoder.feature_names) == 101
    np.testing.assert_array_equal(encoder.transform(frame).sum(axis=1), 1)


def test_a_column_of_dates_becomes_numbers():
    days = [datetime.date(2023, 1, 1) + datetime.timedelta(n) for n in range(0, 730, 7)]
    encoder, frame = fitted(d=[day.isoformat() for day in days])
    X = encoder.transform(frame)
    when, year_sin, year_cos, week_sin, week_cos = X.T
    np.testing.assert_allclose(np.diff(when), np.diff(when)[0])
    np.testing.assert_allclose([when.mean(), when.std()], [0, 1], atol=1e-12)
    np.testing.assert_allclose(year_sin**2 + year_cos**2, 1)
    np.testing.assert_allclose([np.ptp(week_sin), np.ptp(week_cos)], 0, atol=1e-9)  # all Sundays
    assert encoder.feature_names[:2] == ("d", "d: time of year (sin)")


def test_a_missing_date_is_at_the_median_and_in_the_middle_of_every_circle():
    encoder, frame = fitted(d=["2024-01-01", None, "2024-01-03", "2024-01-07"])
    X = encoder.transform(frame)
    np.testing.assert_array_equal(X[1], [X[2, 0], 0, 0, 0, 0, 1])


def test_times_of_day_get_a_circle_of_their_own():
    encoder, frame = fitted(d=["2024-01-01 00:00", "2024-01-01 06:00", "2024-01-01 12:00"])
    assert encoder.feature_names[-2:] == ("d: time of day (sin)", "d: time of day (cos)")
    expected = [[0, 1], [1, 0], [0, -1]]
    np.testing.assert_allclose(encoder.transform(frame)[:, -2:], expected, atol=1e-9)


def test_a_model_trained_on_typed_dates_reads_written_ones():
    typed = [datetime.date(2024, 1, 1), datetime.date(2024, 3, 1)]
    encoder, frame = fitted(d=typed)
    X = encoder.transform(frame)
    np.testing.assert_array_equal(encoded(encoder, d=["2024-01-01", "2024-03-01"]), X)
    np.testing.assert_array_equal(encoded(encoder, d=["2024-01-01", None])[0], X[0])


def test_columns_are_found_by_name():
    encoder, frame = fitted(a=[1, 2], b=["x", "x"], c=[True, False])
    mixed = frame.select("c", "a", pl.lit(7).alias("extra"), "b")
    np.testing.assert_array_equal(encoder.transform(mixed), encoder.transform(frame))


def test_missing_columns_are_named():
    encoder, frame = fitted(a=[1, 2], b=[1, 2], c=[3, 4])
    with pytest.raises(DataError, match='"a", "c"'):
        encoder.transform(frame.select("b"))


@pytest.mark.parametrize(
    ("training", "cells", "row", "value"),
    [
        ([1.0, 2.0], ["1", "?", "tall"], 3, '"tall"'),
        ([1.0, 2.0], [None, datetime.date(2024, 1, 1)], 2, "2024-01-01"),
        (["yes", "no"], ["no", "maybe"], 2, '"maybe"'),
        (["yes", "no"], [0, 2], 2, '"2"'),
        (["2024-01-01"], ["2024-01-01", "01.01.2024"], 2, '"01.01.2024"'),
        (["2024-01-01"], [20240101], 1, '"20240101"'),
    ],
)
def test_a_cell_of_another_kind_is_named_by_column_row_and_value(training, cells, row, value):
    encoder, _ = fitted(price=training)
    with pytest.raises(DataError) as caught:
        encoded(encoder, price=cells)
    assert '"price"' in str(caught.value)
    assert f"row {row} " in str(caught.value)
    assert value in str(caught.value)


def test_nested_columns_cannot_be_encoded():
    with pytest.raises(DataError, match="List"):
        fitted(c=[[1], [2]])


def test_codes_keep_their_zeros():
    encoder, _ = fitted(zip=["00501", "10001"] * 3)
    assert encoder.feature_names == ("zip=00501", "zip=10001")


@pytest.mark.parametrize("rows", range(1, 12))
def test_a_constant_number_is_zero_and_others_are_their_distance_from_it(rows):
    encoder, frame = fitted(a=[0.1] * rows)
    np.testing.assert_array_equal(encoder.transform(frame), 0)
    np.testing.assert_allclose(encoded(encoder, a=[0.3, 1e308]), [[0.2], [10.0]])


def test_the_smallest_numbers_there_are_stay_finite():
    encoder, frame = fitted(a=[0.0, 5e-324])
    assert np.isfinite(encoder.transform(frame)).all()


@pytest.mark.parametrize("rows", range(1, 40))
def test_the_largest_number_there_is_may_be_constant(rows):
    encoder, frame = fitted(a=[sys.float_info.max] * rows)
    np.testing.assert_array_equal(encoder.transform(frame), 0)


@pytest.mark.parametrize("largest", [1e308, 1.7976931348623157e308])
def test_huge_numbers_are_standardised_without_overflow(largest):
    encoder, frame = fitted(a=[largest, -largest, largest, -largest])
    np.testing.assert_allclose(encoder.transform(frame), [[1], [-1], [1], [-1]])


def test_statistics_are_those_of_the_training_rows():
    frame = pl.DataFrame({"a": [1.0, 3.0, 10.0]})
    encoder = TableEncoder.fit(frame.head(2), describe(frame))
    np.testing.assert_array_equal(encoder.transform(frame), [[-1], [1], [8]])


def test_a_cell_far_from_all_others_counts_as_ten_deviations_and_no_more():
    encoder, frame = fitted(a=[0.0] * 400 + [1e9])
    assert encoder.transform(frame).max() == 10.0  # unclipped it would be 20, the root of the 400 others
    np.testing.assert_array_equal(encoded(encoder, a=[-1e300, 1e300]), [[-10.0], [10.0]])


def test_x_is_c_ordered_float64_also_of_no_rows():
    encoder, frame = fitted(a=[1, 2], b=["x", "y"], c=[True, None])
    X = encoder.transform(frame)
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    assert encoder.transform(frame.clear()).shape == (0, X.shape[1])


CELLS = {
    "number": st.none() | st.floats(),
    "text": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    "boolean": st.none() | st.booleans(),
    "numeral": st.none() | st.floats().map(str) | st.integers().map(str),
    "date": st.none() | st.datetimes(),
}
TYPES = {"number": pl.Float64, "boolean": pl.Boolean, "date": pl.Datetime("us")}


@st.composite
def tables(draw):
    height = draw(st.integers(1, 12))
    return clean(
        pl.DataFrame(
            [
                pl.Series(
                    kind,
                    draw(st.lists(cells, min_size=height, max_size=height)),
                    dtype=TYPES.get(kind, pl.String),
                )
                for kind, cells in CELLS.items()
            ]
        )
    )


@settings(deadline=None)
@given(tables(), tables())
def test_whatever_the_cells_every_number_of_x_is_finite_and_every_copy_agrees(training, later):
    encoder = TableEncoder.fit(training, describe(training))
    again = TableEncoder.from_dict(json.loads(json.dumps(encoder.to_dict(), allow_nan=False)))
    assert again == encoder
    for frame in (training, later):
        try:
            X = encoder.transform(frame)
        except DataError:
            continue  # text whose kind differs between the two tables
        assert X.shape == (frame.height, len(encoder.feature_names))
        assert np.isfinite(X).all()
        np.testing.assert_array_equal(again.transform(frame), X)


@settings(deadline=None)
@example([1.7e308, 1.7e308, -1.7e308])
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_no_training_row_is_ever_clipped_but_slips_of_the_pen(cells):
    encoder, frame = fitted(a=cells)
    slip = slips(np.array(cells))
    X = np.abs(encoder.transform(frame)[:, 0])
    assert X[~slip].max() <= math.sqrt(len(cells)) + 1e-9
    assert (X[slip] > 9).all()


def document():
    encoder, _ = fitted(
        n=["1", "2", None],
        b=["yes", None, "no"],
        d=["2024-01-01", None, "2024-01-02"],
        c=["x", "y", None],
    )
    category = encoder.to_dict()
    category["columns"][3]["levels"] = ["x", "y"]
    return category


def test_the_document_of_the_damage_tests_is_itself_good():
    assert TableEncoder.from_dict(document()).to_dict() == document()


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        (None, "columns", {}),
        (None, "columns", None),
        (None, "more", 1),
        (0, "kind", "pickle"),
        (0, "kind", None),
        (0, "kind", ["number"]),
        (0, "kind", "boolean"),
        (0, "name", 1),
        (0, "name", "\ud800"),
        (0, "name", "c"),
        (0, "missing", 1),
        (0, "missing", "true"),
        (0, "more", 1),
        (0, "scale", None),
        (0, "scale", {"mean": 0.0, "deviation": 1.0}),
        (0, "scale", {"mean": math.nan, "deviation": 1.0, "median": 0.0}),
        (0, "scale", {"mean": 0.0, "deviation": 0.0, "median": 0.0}),
        (0, "scale", {"mean": 0.0, "deviation": -1.0, "median": 0.0}),
        (0, "scale", {"mean": 0.0, "deviation": math.inf, "median": 0.0}),
        (0, "scale", {"mean": 10**400, "deviation": 1.0, "median": 0.0}),
        (0, "scale", {"mean": "0", "deviation": 1.0, "median": 0.0}),
        (0, "scale", {"mean": True, "deviation": 1.0, "median": 0.0}),
        (1, "usual", 0),
        (2, "date_format", "%s"),
        (2, "date_format", ["%Y"]),
        (2, "clock", None),
        (3, "levels", ["y", "x"]),
        (3, "levels", ["x", "x"]),
        (3, "levels", "xy"),
        (3, "levels", ["x", 1]),
        (3, "levels", ["\ud800"]),
        (3, "levels", [f"{i:03}" for i in range(101)]),
        (3, "other", None),
    ],
)
def test_a_document_that_was_not_written_here_is_refused(place, key, value):
    damaged = copy.deepcopy(document())
    (damaged if place is None else damaged["columns"][place])[key] = value
    with pytest.raises(ModelFileError):
        TableEncoder.from_dict(damaged)


@pytest.mark.parametrize("key", ["kind", "name", "scale", "missing"])
def test_a_document_that_lacks_a_key_is_refused(key):
    damaged = document()
    del damaged["columns"][0][key]
    with pytest.raises(ModelFileError, match=r"columns\[0\]"):
        TableEncoder.from_dict(damaged)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(JSON, st.sampled_from(["table", "columns", "column", "scale", "levels"]))
def test_any_json_in_any_place_is_an_encoder_or_a_clear_error(value, place):
    damaged = document()
    columns = damaged["columns"]
    {
        "table": lambda: damaged.update({"columns": value}),
        "columns": lambda: columns.append(value),
        "column": lambda: columns[0].update(name=value),
        "scale": lambda: columns[0]["scale"].update(mean=value),
        "levels": lambda: columns[3].update(levels=value),
    }[place]()
    try:
        encoder = TableEncoder.from_dict(damaged)
    except ModelFileError:
        return
    frame = pl.DataFrame({column.name: [None] for column in encoder.columns})
    assert np.isfinite(encoder.transform(frame)).all()


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(5e-324, 1e308), st.floats())
def test_an_encoder_from_a_file_with_absurd_numbers_still_gives_finite_ones(mean, deviation, x):
    scale = {"mean": mean, "deviation": deviation, "median": mean}
    column = {"kind": "number", "name": "n", "missing": False, "scale": scale}
    encoder = TableEncoder.from_dict({"columns": [column]})
    assert np.isfinite(encoder.transform(pl.DataFrame({"n": [x, None, 1e308]}))).all()
