"""What the cells of a column are taken for."""

import datetime
import decimal

import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted
from shoal.tables import ColumnKind, describe, from_dataframe
from shoal.tables._cells import DATE_FORMATS, clean, find_date_format, parse_dates
from shoal.tables._columns import find_column


def described(cells, dtype=None):
    return describe(clean(pl.DataFrame({"c": pl.Series(cells, dtype=dtype)})))[0]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "-1e3", "+.5"], "number"),
        (["1e308", "-1e308", "1e400", "inf"], "number"),
        (["0", "1", "1"], "number"),
        (["0.50", "0.75"], "number"),
        (["00501", "10001"], "category"),
        (["1_000", "0x10"], "category"),
        (["True", "FALSE", "true"], "boolean"),
        (["yes", "No"], "boolean"),
        (["t", "F"], "boolean"),
        (["是", "否"], "boolean"),
        (["t", "no"], "category"),
        (["2024-01-31", "2023-2-1"], "date"),
        (["2024-01-31T10:11:12Z", "2024-01-31T10:11:12.5+02:00"], "date"),
        (["2024年1月31日"], "date"),
        (["1/2/24", "12/31/99"], "date"),
        (["31.01.2024 10:15"], "date"),
        (["Jan 31, 2024"], "date"),
        (["2024-01-31", "2024-13-01"], "category"),
        (["red", "blue"], "category"),
        (["what a very fine day", "it rained all day long again"], "text"),
        (["今天天气很好", "昨天下了一天雨"], "text"),
        (["very good and quite new", "rather old and dirty"] * 10, "category"),
        ([None, None], "category"),
    ],
)
def test_the_kind_of_text_cells(cells, kind):
    assert described(cells, pl.String).kind == kind


@pytest.mark.parametrize(
    ("cells", "dtype", "kind"),
    [
        ([1, 2], pl.Int8, "number"),
        ([1, 2], pl.UInt64, "number"),
        ([decimal.Decimal("1.10")], pl.Decimal(10, 2), "number"),
        ([True, None], pl.Boolean, "boolean"),
        ([datetime.date(2024, 1, 1)], pl.Date, "date"),
        ([datetime.datetime(2024, 1, 1)], pl.Datetime("ns", "Asia/Shanghai"), "date"),
        ([datetime.timedelta(1)], pl.Duration, "number"),
        ([datetime.time(1)], pl.Time, "time"),
        (["1", "2"], pl.Categorical, "category"),
        (["1", "2"], pl.Enum(["1", "2"]), "category"),
        ([None], pl.Null, "category"),
        ([[1], [2]], pl.List(pl.Int8), "nested"),
        ([{"a": 1}], pl.Struct({"a": pl.Int8}), "nested"),
        ([b"1"], pl.Binary, "nested"),
    ],
)
def test_the_kind_of_typed_cells(cells, dtype, kind):
    assert describe(pl.DataFrame({"c": pl.Series(cells, dtype=dtype)}))[0].kind == kind


def test_one_word_in_row_40000_makes_text_of_a_column_of_numbers():
    assert described([str(i % 100) for i in range(40_000)]).kind is ColumnKind.NUMBER
    assert described([str(i % 100) for i in range(40_000)] + ["x"]).kind is ColumnKind.CATEGORY


def test_one_bad_date_in_row_40000_makes_text_of_a_column_of_dates():
    days = ["2024-01-01"] * 40_000
    assert described(days).kind is ColumnKind.DATE
    assert described([*days, "soon"]).kind is ColumnKind.CATEGORY


def test_missing_and_distinct_cells_are_counted():
    column = described(["1", "1.0", "?", "inf", "2", "nan"])
    assert (column.rows, column.missing, column.distinct) == (6, 3, 2)
    assert column.whole
    assert not described(["1", "1.5"]).whole
    nan = described([1.0, float("nan"), None])
    assert (nan.missing, nan.distinct) == (2, 1)


@pytest.mark.parametrize("form", DATE_FORMATS)
def test_every_form_of_dates_is_read_as_python_writes_it(form):
    moments = [datetime.datetime(2023, 12, 25, 14, 30), datetime.datetime(2024, 2, 29, 14, 30)]
    utc = [moment.replace(tzinfo=datetime.UTC) for moment in moments]
    strftime = form.replace("%.f", "").replace("%#z", "%z")
    cells = pl.Series([moment.strftime(strftime) for moment in utc])
    found = find_date_format(cells)
    days = parse_dates(cells, found)
    epoch = datetime.datetime(1970, 1, 1)
    clock = "%H" in form
    expected = [(m - epoch).total_seconds() / 86_400 if clock else (m - epoch).days for m in moments]
    assert days.to_list() == pytest.approx(expected, abs=1e-9)


def test_where_day_and_month_cannot_be_told_apart_the_month_comes_first():
    assert find_date_format(pl.Series(["01/02/2024", "03/04/2024"])) == "%m/%d/%Y"
    assert find_date_format(pl.Series(["01/02/2024", "13/04/2024"])) == "%d/%m/%Y"


def test_time_zones_become_utc():
    cells = pl.Series(["2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z"])
    days = parse_dates(cells, find_date_format(cells))
    assert days[0] == days[1] == (datetime.date(2024, 1, 1) - datetime.date(1970, 1, 1)).days


def test_typed_dates_in_another_time_zone_become_utc_too():
    noon = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)
    cells = pl.Series([noon]).dt.convert_time_zone("Asia/Shanghai")
    assert parse_dates(cells, None)[0] % 1 == 0.5


def test_a_pandas_category_of_numbers_stays_a_category():
    import pandas

    frame = from_dataframe(pandas.DataFrame({"c": pandas.Categorical(["1", "2", "1"])}))
    assert describe(frame)[0].kind is ColumnKind.CATEGORY


def test_a_name_that_does_not_exist_gets_the_ones_that_are_like_it():
    names = ["Survived", "pclass", "x" * 10_000]
    assert find_column(names, "pclass") == "pclass"
    with pytest.raises(DataError, match=r'"survived"\. Did you mean "Survived"\?'):
        find_column(names, "survived")
    with pytest.raises(DataError, match="The columns are") as caught:
        find_column(names, "zzz")
    assert len(str(caught.value)) < 300


def test_a_name_in_a_message_is_short_printable_and_no_format():
    assert quoted("a\nb{0}") == '"a\\nb{0}"'
    assert len(quoted("n" * 10_000)) < 70
    assert listed([f"c{i}" for i in range(1000)]).endswith("… (1000)")
