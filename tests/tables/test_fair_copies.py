"""Copies of rows, groups and time: what is kept on one side of a split, and what an honest score is worth."""

import datetime

import numpy as np
import polars as pl
import pytest
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from shoal.base.errors import DataError, UsageError
from shoal.tables import TableSettings, Task, TrainingRecord, TrainSettings, describe, train_table
from shoal.tables._plan import make_plan
from shoal.tables._record import fingerprint_of
from shoal.tables._split import FREE, Ties, draw_share, folds_of, split_again, split_table
from shoal.tables.fair import find_copies, joined

CLASSES, NUMBERS = Task.CLASSIFICATION, Task.REGRESSION


def copies_in(table, y=None):
    table = pl.DataFrame(table)
    return find_copies(table, describe(table), np.zeros(table.height) if y is None else y)


@pytest.fixture
def random():
    return np.random.default_rng(3)


# --- what is a copy -----------------------------------------------------------------------------------


def test_rows_drawn_again_are_copies_and_each_row_has_the_unit_of_its_original(random):
    drawn = random.integers(0, 150, 1500)
    found = copies_in(random.normal(size=(150, 5)).round(3)[drawn])
    assert found.exact == 1500 - len(set(drawn))
    assert found.near == 0
    same = drawn[:, np.newaxis] == drawn
    assert (same == (found.unit[:, np.newaxis] == found.unit)).all()


def test_numbers_to_within_rounding_and_words_to_within_case_and_blanks_are_near(random):
    X, again = random.normal(size=(800, 4)), random.choice(800, 200, replace=False)
    town = random.choice(["New York", "Paris"], 800)
    above = pl.DataFrame(X).with_columns(town=pl.Series(town))
    for near in (X[again].round(5), X[again] + 1e-9, X[again].astype(np.float32).astype(float)):
        below = pl.DataFrame(near).with_columns(town=pl.Series([f" {word.upper()}" for word in town[again]]))
        found = copies_in(pl.concat([above, below]))
        assert (found.exact, found.near) == (0, 200)


def test_whole_numbers_are_not_rounded(random):
    pay = random.integers(10_000, 900_000, 300)
    noise = random.normal(size=300)
    assert copies_in({"pay": np.append(pay, pay + 1), "noise": np.append(noise, noise)}).count == 0


def test_a_missing_cell_is_like_a_missing_cell_and_like_no_other(random):
    x, z = random.normal(size=(2, 100))
    holes = np.where(np.arange(100) < 50, None, z)
    assert copies_in({"x": [*x, *x], "z": [*holes, *holes]}).exact == 100
    assert copies_in({"x": [*x, *x[:50]], "z": [*z, *[None] * 50]}).count == 0


def test_rows_of_another_time_of_day_are_no_copies(random):
    x, z = (np.repeat(random.normal(size=50), 4) for _ in range(2))
    clock = [datetime.time(place % 24, place % 60) for place in range(200)]
    table = pl.DataFrame({"x": x, "z": z, "clock": clock, "y": random.normal(size=200)})
    assert "copies" not in [note.kind for note in make_plan(table, "y", TrainSettings()).noticed]


def test_copies_with_other_targets_are_counted(random):
    X = random.normal(size=(100, 3))
    y = np.append(np.zeros(100), np.arange(100) < 7)
    assert copies_in(np.vstack([X, X]), y).differing == 14


NATURAL = {
    "three categories": lambda r, n: {
        "class": r.choice(list("abcd"), n),
        "sex": r.choice(["m", "f"], n),
        "age": r.choice(["child", "adult"], n, p=[0.05, 0.95]),
    },
    "one small whole number": lambda r, n: {"hours": r.integers(0, 40, n)},
    "one rounded number": lambda r, n: {"cm": r.normal(170, 8, n).round(0) / 100},
    "columns that follow from each other": lambda r, n: (
        lambda k: {name: [f"{name}{i}" for i in k] for name in ("country", "money", "tongue")}
    )(r.integers(0, 30, n)),
    "five ratings": lambda r, n: {
        str(i): col for i, col in enumerate(np.clip(np.round(3 + r.normal(size=(5, n)) * 0.8), 1, 5))
    },
    "mostly zero": lambda r, n: {
        name: np.where(r.random(n) < 0.6, 0, r.normal(size=n)) for name in ("rain", "snow")
    },
}


@pytest.mark.parametrize("name", NATURAL)
@pytest.mark.parametrize("seed", range(3))
def test_where_equal_rows_are_natural_none_is_a_copy(name, seed):
    table = NATURAL[name](np.random.default_rng(seed), 1000)
    assert copies_in(table).count == 0


def test_many_answers_of_yes_and_no_are_natural_alone_and_copies_where_rows_were_drawn_again(random):
    answers = random.integers(0, 2, (1500, 20))
    assert copies_in(answers).count == 0
    assert copies_in(answers[random.integers(0, 150, 1500)]).count > 1300


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "digits", "diabetes"])
def test_known_tables_have_no_copies(name):
    assert copies_in(getattr(datasets, f"load_{name}")().data).count == 0


def test_iris_has_its_one_copy():
    assert copies_in(datasets.load_iris().data).exact == 1  # rows 102 and 143, known since 1936


def test_a_large_table_without_copies(random):
    table = pl.DataFrame(random.normal(size=(100_000, 50)))
    columns = describe(table)
    assert find_copies(table, columns, np.zeros(table.height)).count == 0


def test_units_that_share_a_row_are_joined():
    assert len(set(joined(np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8])).tolist())) == 3
    a, b, c, d, e = joined(np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8])).tolist()
    assert a == b == c
    assert d != e


# --- splits and folds ---------------------------------------------------------------------------------


def parted(unit, *parts):
    return any(len(np.intersect1d(unit[a], unit[b])) for a in parts for b in parts if a is not b)


@pytest.mark.parametrize("task", [CLASSES, NUMBERS])
@pytest.mark.parametrize("seed", range(5))
def test_units_are_never_parted_shares_are_kept_and_every_class_is_learned(task, seed):
    random = np.random.default_rng(seed)
    unit = random.integers(0, 120, 1000)
    y = (
        random.normal(size=1000)
        if task is NUMBERS
        else random.choice(["a", "b", "c"], 1000, p=[0.6, 0.3, 0.1])
    )
    split = split_table(y, task, TableSettings(seed=seed), Ties(unit))
    assert not parted(unit, split.train, split.validation, split.test)
    assert sorted([*split.learned, *split.test]) == list(range(1000))
    assert 0.12 < len(split.test) / 1000 < 0.28
    if task is CLASSES:
        assert set(y[split.train]) == set(y)
    for learned, judged in folds_of(y, task, 5, seed, Ties(unit)):
        assert not parted(unit, learned, judged)
        assert len(learned) + len(judged) == 1000
        assert 150 < len(judged) < 250


def test_a_unit_with_most_rows_is_learned_from_and_a_class_in_one_unit_stays():
    unit = np.append(np.zeros(700, int), np.arange(1, 301))
    y = np.where(unit == 0, "big", np.where(unit < 4, "few", "other"))
    unit[unit < 4] = np.where(unit[unit < 4] == 0, 0, 1)
    test = draw_share(y, CLASSES, np.arange(1000), 0.2, np.random.default_rng(0), Ties(unit))
    assert set(y[test]) == {"other"}
    assert set(y[np.setdiff1d(np.arange(1000), test)]) == {"big", "few", "other"}


def test_without_ties_the_rows_are_the_ones_they_were():
    y = np.random.default_rng(0).choice(["a", "b"], 100)
    plain = split_table(y, CLASSES, TableSettings())
    alone = split_table(y, CLASSES, TableSettings(), FREE)
    assert np.array_equal(plain.test, alone.test)


def test_by_time_the_last_rows_judge_and_of_the_rest_the_last_stop():
    time = np.random.default_rng(0).permutation(200) // 2  # two rows of each time
    split = split_table(np.arange(200.0), NUMBERS, TableSettings(), Ties(time=time))
    assert time[split.train].max() < time[split.validation].min()
    assert time[split.validation].max() < time[split.test].min()
    assert len(split.test) == 40
    before = 0
    for learned, judged in folds_of(np.arange(200.0), NUMBERS, 4, 0, Ties(time=time)):
        assert time[learned].max() < time[judged].min()
        assert len(learned) > before
        before = len(learned)


def test_a_copy_of_an_earlier_row_does_not_judge():
    unit = np.append(np.arange(90), np.arange(80, 90))
    test = draw_share(np.arange(100.0), NUMBERS, np.arange(100), 0.1, np.random.default_rng(0),
                      Ties(unit, np.arange(100)))  # fmt: skip
    assert len(test) == 0 or not np.isin(unit[test], unit[: test.min()]).any()


def test_by_time_no_copy_of_an_earlier_row_judges_in_any_window():
    unit = np.arange(100)
    unit[90:] = np.arange(10)  # the last rows are the first ones again
    ties = Ties(unit, np.arange(100.0))
    for learned, judged in folds_of(np.arange(100.0), NUMBERS, 4, 0, ties):
        assert len(judged)
        assert not np.isin(unit[judged], unit[learned]).any()


def test_by_time_copies_at_the_end_leave_rows_that_judge_and_rows_that_stop():
    unit = np.concatenate([np.arange(60), np.arange(40)])  # more copies than are held out
    ties = Ties(unit, np.arange(100.0))
    split = split_table(np.arange(100.0), NUMBERS, TableSettings(), ties)
    for held, others in ((split.test, split.learned), (split.validation, split.train)):
        assert len(held)
        assert not np.isin(unit[held], unit[others]).any()


def test_one_time_and_too_few_units_are_refused():
    with pytest.raises(DataError) as few:
        split_table(np.arange(20.0), NUMBERS, TableSettings(), Ties(time=np.zeros(20)))
    assert few.value.key == "tables.few_times"
    with pytest.raises(DataError) as few:
        folds_of(np.arange(20.0), NUMBERS, 5, 0, Ties(np.arange(20) // 10))
    assert few.value.key == "tables.few_units"


# --- what an honest score is worth --------------------------------------------------------------------
# For each kind: a naive split flatters by more than 0.1, and the honest one is near the score on fresh rows
# of the same kind. A forest learns by heart in an instant, so that the means of many tables can be compared.


def duplicated(random, fresh=False):
    """Noisy labels on 150 rows that were drawn again and again."""
    X = random.normal(size=(3000 if fresh else 150, 4)).round(3)
    y = random.random(len(X)) < 1 / (1 + np.exp(-X[:, 0]))
    drawn = np.arange(len(X)) if fresh else random.integers(0, 150, 1500)
    return X[drawn], y[drawn], None, None


def grouped(random, fresh=False):
    """Patients with a habit of their own that says nothing about the next patient's."""
    patient = np.arange(1600) // 8
    habit, level = random.normal(size=(200, 3)), random.normal(size=200)
    x = random.normal(size=1600)
    X = np.column_stack([x, habit[patient] + random.normal(size=(1600, 3)) / 50])
    return X, x + level[patient] + random.normal(size=1600) / 2, patient, None


def in_time(random, fresh=False):
    """A slow level, and slow columns that only tell when it was."""
    steps = random.normal(size=(5, 4000))
    slow = np.zeros((5, 4000))
    for now in range(1, 4000):
        slow[:, now] = 0.98 * slow[:, now - 1] + np.sqrt(1 - 0.98**2) * steps[:, now]
    x = random.normal(size=4000)
    return np.column_stack([x, slow[1:].T]), x + slow[0], None, np.arange(4000)


def score_of(X, y, learned, judged):
    forest = RandomForestClassifier if y.dtype == bool else RandomForestRegressor
    model = forest(30, random_state=0, n_jobs=1).fit(X[learned], y[learned])
    return model, model.score(X[judged], y[judged])


@pytest.mark.parametrize(("make", "seeds"), [(duplicated, 30), (grouped, 10), (in_time, 10)])
def test_the_naive_split_flatters_and_the_honest_one_does_not(make, seeds):
    naive, honest, fresh = [], [], []
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        X, y, group, time = make(random)
        task = CLASSES if y.dtype == bool else NUMBERS
        found = copies_in(X)
        ties = Ties(group if group is not None else found.unit if found.count else None, time)
        settings = TableSettings(seed=seed)
        for scores, tied in ((naive, FREE), (honest, ties)):
            split = split_table(y, task, settings, tied)
            model, score = score_of(X, y, split.learned, split.test)
            scores.append(score)
        X, y, *_ = make(random, fresh=True)
        fresh.append(model.score(X, y))
    error = np.std(np.subtract(honest, fresh)) / np.sqrt(seeds)
    assert np.mean(naive) - np.mean(fresh) > 0.1
    assert abs(np.mean(honest) - np.mean(fresh)) < 0.02 + 2 * error  # what so few tables leave to chance


# --- from a table to a record -------------------------------------------------------------------------

QUICK = TrainSettings(hidden=(4,), epochs=5)


def a_table(random, rows=300):
    x, z = random.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "shop": [f"shop {i % 30}" for i in range(rows)],
            "day": np.arange(rows) // 3 + 20,
            "heavy": random.integers(0, 4, rows),
            "y": np.where(x + random.normal(size=rows) > 0, "yes", "no"),
        }
    )


def record_and_split(table, settings):
    model = train_table(table, "y", settings)
    _, y = model.target_.transform(table)
    return TrainingRecord.from_dict(model.report_, model.target_.task), split_again(model.report_, y, CLASSES)


def test_copies_are_said_and_the_rows_are_found_again(random):
    table = a_table(random, 150)
    table = pl.concat([table, table, table])
    record, split = record_and_split(table, QUICK)
    assert {note.kind: note.evidence.get("exact") for note in record.noticed}["copies"] == 300
    assert not parted(np.arange(450) % 150, split.train, split.validation, split.test)
    assert [len(split.train), len(split.validation), len(split.test)] == [
        record.rows[name] for name in ("train", "validation", "test")
    ]


def test_groups_stay_together_and_are_not_learned_from(random):
    table = a_table(random)
    _, split = record_and_split(table, TrainSettings(hidden=(4,), epochs=5, group="shop"))
    assert not parted(np.arange(300) % 30, split.train, split.validation, split.test)
    plan = make_plan(table, "y", TrainSettings(group="shop", weight="heavy"))
    assert {column.name for column in plan.reading.columns} == {"x", "z", "day"}
    assert np.array_equal(plan.weights, table["heavy"])


def test_the_last_days_judge(random):
    table = a_table(random)
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=1)
    _, split = record_and_split(shuffled, TrainSettings(hidden=(4,), epochs=5, order="day"))
    day = shuffled["day"].to_numpy()
    assert day[split.train].max() < day[split.validation].min() <= day[split.validation].max()
    assert day[split.validation].max() < day[split.test].min()


def test_a_test_table_judges_and_nothing_else_is_held_out(random, tmp_path):
    table, other = a_table(random), a_table(random, 77)
    other.select(other.columns[::-1]).write_csv(tmp_path / "other.csv")
    for test in (other, str(tmp_path / "other.csv"), tmp_path / "other.csv"):
        settings = TrainSettings(hidden=(), test=test)
        model = train_table(table, "y", settings)
        record = TrainingRecord.from_dict(model.report_, model.target_.task)
        assert (record.rows["train"], record.rows["test"]) == (300, 77)
        judged = model.evaluate(other)
        assert record.scores["network"]["log_loss"] == pytest.approx(judged.scores["log_loss"], rel=1e-9)
        assert model.evaluate(table).same_table
        X = model.encoder_.transform(table)
        assert record.fingerprint == fingerprint_of(X, table["y"].to_numpy())


@pytest.mark.parametrize(
    ("asked", "error", "key"),
    [
        ({"group": "y"}, UsageError, "training.target_wished"),
        ({"order": "y"}, UsageError, "training.target_wished"),
        ({"group": "shop", "order": "day"}, UsageError, "training.group_and_order"),
        ({"weight": "heavy", "keep": ("heavy",)}, UsageError, "training.not_learned"),
        ({"class_weight": "balanced", "cost": {"yes": 2}}, UsageError, "training.weight_and_cost"),
        ({"order": "shop"}, DataError, "tables.no_order"),
        ({"order": "dai"}, DataError, "tables.unknown_column_like"),
        ({"group": "side"}, DataError, "tables.few_groups"),
        ({"weight": "x"}, DataError, "tables.no_weight"),
        ({"order": "holes"}, DataError, "tables.no_time"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_on(random, asked, error, key):
    table = a_table(random).with_columns(
        side=pl.Series(["left", "right"] * 150), holes=pl.when(pl.col("day") > 30).then("day")
    )
    with pytest.raises(error) as refused:
        make_plan(table, "y", TrainSettings(**asked))
    assert refused.value.key == key
    str(refused.value)


def test_a_class_that_comes_only_at_the_end_is_refused():
    table = pl.DataFrame({"t": range(100), "x": np.sin(range(100)), "y": ["a", "b"] * 45 + ["c"] * 10})
    with pytest.raises(DataError) as late:
        make_plan(table, "y", TrainSettings(order="t"))
    assert late.value.key == "tables.late_classes"
