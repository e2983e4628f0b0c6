"""Files as people keep them: cells with units and no header, semicolons beside decimal commas, and so on."""

import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.tables import TrainSettings, open_table
from shoal.tables._plan import make_plan

FLATS = [
    ("长岛花园", "2室2厅", "76.76平米", "335万", "共247次带看"),
    ("永泰花苑", "2室1厅", "72.28平米", "420万", "共245次带看"),
    ("上海绿城", "3室2厅", "134.55平米", "1160万", "共232次带看"),
    ("丁香花园", "3室1厅", "95.1平米", "790万", "共9次带看"),
]
DEAR = [("Oak", "3 rooms", "75 m2"), ("Elm", "2 rooms", "50.5 m2"), ("Ash", "4 rooms", "90 m2")]


def opened(folder, rows, separator=","):
    path = folder / "t.csv"
    path.write_text("".join(f"{separator.join(row)}\n" for row in rows))
    return open_table(path)


def kinds(table):
    return " ".join(note.kind for note in table.notes)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("places", [1, 2])
def test_a_decimal_comma_does_not_separate_in_a_file_without_a_header(tmp_path, separator, places):
    rows = [
        (f"{day:02}.05.2021", "Auto" if day % 3 else "Haus", *[f"{day * 7},5"] * places)
        for day in range(1, 25)
    ]
    table = opened(tmp_path, rows, separator)
    assert table.frame.rows() == rows
    assert kinds(table) == "no_header"


def test_a_row_of_decimal_commas_alone(tmp_path):
    rows = [(f"{n},5", f"{n * n % 7},25") for n in range(1, 20)]
    assert opened(tmp_path, [("a", "b"), *rows], ";").frame.rows() == rows
    assert opened(tmp_path, rows, ";").frame.width == 2


def test_a_semicolon_in_a_text_beside_numbers_separates_nothing(tmp_path):
    rows = [(str(n), f"a;{n}b", str(n * n % 7)) for n in range(1, 20)]
    assert opened(tmp_path, [("n", "what", "k"), *rows]).frame.rows() == rows


def test_a_first_line_of_cells_with_units_is_a_row(tmp_path):
    table = opened(tmp_path, FLATS)
    assert table.frame.rows() == FLATS
    assert kinds(table) == "no_header"


@pytest.mark.parametrize(
    "names",
    [
        ("name", "rooms", "area"),
        ("name", "rooms 1", "area m2"),  # digits, but written in another way than the cells
        ("name", "3 rooms", "area"),  # one such name is not enough
    ],
)
def test_names_above_cells_with_units_stay_names(tmp_path, names):
    table = opened(tmp_path, [names, *DEAR])
    assert table.frame.columns == list(names)
    assert kinds(table) == ""


AMOUNTS = [f"{n},{n % 7}00,000" for n in range(1, 60)]
X = [float(n * n % 13) for n in range(60)]
ODD = ["7,000,0000", "1,000 of 2,000", "see below", "approx. 5,000"]


def planned(cells, target="y", **settings):
    x = X[: len(cells)]
    return make_plan(pl.DataFrame({"x": x, "cost": cells, "y": x[::-1]}), target, TrainSettings(**settings))


@pytest.mark.parametrize("odd", ODD)
def test_a_target_of_numbers_with_an_odd_cell_names_the_cell(odd):
    with pytest.raises(DataError) as raised:
        planned([*AMOUNTS, odd], "cost")
    assert raised.value.key == "tables.target_looks_like"
    assert "row 60" in str(raised.value)
    assert odd in str(raised.value)
    plan = planned([*AMOUNTS, odd], "cost", columns={"cost": "number"})
    assert plan.y[0] == 1_100_000
    assert plan.unknown == 1


def test_a_target_of_many_equal_numbers_with_an_odd_cell_is_not_told_of_its_rare_classes():
    cells = ["1,000,000", "2,500,000"] * 300 + AMOUNTS + ["7,000,0000"]
    table = pl.DataFrame({"x": [n % 7.0 for n in range(len(cells))], "cost": cells})
    with pytest.raises(DataError) as raised:
        make_plan(table, "cost", TrainSettings())
    assert raised.value.key == "tables.target_looks_like"
    assert "row 660" in str(raised.value)


def test_a_target_of_plain_numbers_with_a_word_names_it():
    with pytest.raises(DataError, match=r'row 3 .* contains "many"') as raised:
        planned(["1", "2", "many", *map(str, range(5, 50))], "cost")
    assert raised.value.key == "tables.target_mostly_numbers"


def test_a_target_of_words_is_told_of_its_rare_classes():
    with pytest.raises(DataError) as raised:
        planned([*["red", "blue"] * 20, "green"], "cost")
    assert raised.value.key == "tables.target_single"


@pytest.mark.parametrize("odd", ODD)
def test_a_column_of_numbers_with_an_odd_cell_is_named(odd):
    notes = planned([*AMOUNTS, odd]).reading.forms.notes
    assert [(note.kind, note.columns, note.evidence["first"]) for note in notes] == [
        ("not_all_numbers", ("cost",), odd)
    ]


@pytest.mark.parametrize("cells", [["12 Main St", "4 Elm St"], ["A1,000", "B2,000"], ["1,2,3", "4,5"]])
def test_of_words_with_digits_nothing_is_said(cells):
    kinds_said = [note.kind for note in planned(cells * 30).reading.forms.notes]
    assert "not_all_numbers" not in kinds_said


@pytest.mark.parametrize("word", ["not found", "undisclosed", "Not specified", "未公布"])
def test_words_for_what_nobody_said_are_missing_among_numbers(word):
    plan = planned([*AMOUNTS, word], "cost")
    assert plan.unknown == 1
    assert plan.y[0] == 1_100_000


def found(plan):
    return {(finding.kind, finding.column) for finding in plan.reading.findings}


def test_a_sentinel_in_the_target_is_said():
    y = [float(n % 17) for n in range(56)] + [-200.0] * 4
    frame = pl.DataFrame({"x": X, "y": y})
    assert found(make_plan(frame, "y", TrainSettings())) == {("sentinel", "y")}
    told = make_plan(frame, "y", TrainSettings(missing={"y": ("-200",)}))
    assert not found(told)
    assert told.y.min() == 0


@pytest.mark.parametrize("name", ["OBJECTID", "storenum", "customerno", "user_id"])
def test_whole_numbers_with_a_grown_together_name_of_keys_name_the_rows(name):
    cells = [n * 7 + n % 3 for n in range(60)]
    frame = pl.DataFrame({"x": X, name: cells, "y": X[::-1]})
    assert found(make_plan(frame, "y", TrainSettings())) == {("identifier", name)}


@pytest.mark.parametrize("name", ["humid", "bid", "acid", "casino", "storey"])
def test_other_names_with_such_an_end_do_not(name):
    cells = [n * 7 + n % 3 for n in range(60)]
    frame = pl.DataFrame({"x": X, name: cells, "y": X[::-1]})
    assert not found(make_plan(frame, "y", TrainSettings()))


@pytest.mark.parametrize("name", ["ZIPCODE", "zip_code", "PLZ", "FIPS", "邮编"])
def test_codes_of_places_as_numbers_are_said(name):
    cells = [10115 + n * n % 31 * 7 for n in range(60)]
    frame = pl.DataFrame({"x": X, name: cells, "y": X[::-1]})
    assert found(make_plan(frame, "y", TrainSettings())) == {("code", name)}
    assert not found(make_plan(frame, "y", TrainSettings(columns={name: "category"})))


def test_times_of_day_with_points():
    cells = [f"{n % 24:02}.{n * 7 % 60:02}.00" for n in range(60)]
    plan = planned(cells)
    assert plan.frame["cost"].dtype == pl.Time
    assert plan.frame["cost"][1].isoformat() == "01:07:00"


@pytest.mark.parametrize("cells", [["1.10.3", "2.0.14"], ["12.3015", "11.2500"], ["10.75.00", "11.80.30"]])
def test_versions_and_numbers_are_no_times(cells):
    assert planned(cells * 30).frame["cost"].dtype != pl.Time
