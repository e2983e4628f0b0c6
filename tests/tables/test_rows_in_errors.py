"""An error counts rows in the table that was given, although rows without a target are left out."""

import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.tables import TableRegressor, TrainSettings
from shoal.tables._plan import make_plan

ROWS, UNKNOWN, WRONG = 60, 5, 40  # the first targets are unknown; one cell is wrong


def a_table(**wrong):
    x = [0.25 * (17 * row % 41) for row in range(ROWS)]
    columns = {"x": x, "z": [row % 7 + 0.5 for row in range(ROWS)], "y": [row**0.5 for row in range(ROWS)]}
    for name, cell in wrong.items():
        cells = [1.0 + row for row in range(ROWS)] if cell is None or cell == -1 else list(map(str, x))
        cells[WRONG] = cell
        columns[name] = cells
    return pl.DataFrame(columns)


def without_first_targets(table):
    known = pl.int_range(ROWS) >= UNKNOWN
    return table.with_columns(y=pl.when(known).then(pl.col("y")))


@pytest.mark.parametrize(
    ("wrong", "asked", "key"),
    [({"t": None}, {"order": "t"}, "tables.no_time"), ({"w": -1}, {"weight": "w"}, "tables.no_weight")],
)
def test_a_row_without_time_or_weight_is_counted_in_the_table(wrong, asked, key):
    with pytest.raises(DataError) as refused:
        make_plan(without_first_targets(a_table(**wrong)), "y", TrainSettings(**asked))
    assert (refused.value.key, refused.value.values["row"]) == (key, WRONG + 1)


@pytest.mark.parametrize("method", ["predict", "evaluate", "examples", "trace", "doctor", "check_gradients"])
def test_a_cell_that_cannot_be_read_is_counted_in_the_table(method):
    model = TableRegressor().fit(a_table(), "y")
    with pytest.raises(DataError) as refused:
        getattr(model, method)(without_first_targets(a_table(x="oops")))
    assert refused.value.values["row"] == WRONG + 1


def test_a_cell_of_a_test_table_is_counted_in_that_table():
    test = without_first_targets(a_table(x="oops"))
    with pytest.raises(DataError) as refused:
        make_plan(a_table(), "y", TrainSettings(test=test))
    assert refused.value.values["row"] == WRONG + 1
