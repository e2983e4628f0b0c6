"""The order of time, the kind of target, what errors cost, the logarithm, and leaks of several columns."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn import datasets
from sklearn.metrics import log_loss

import shoal
from shoal import LogisticRegression, MLPClassifier
from shoal.base.errors import ModelFileError, UsageError
from shoal.tables import (
    Grid,
    SearchSettings,
    TableClassifier,
    TableEncoder,
    Task,
    TrainingRecord,
    TrainSettings,
    describe,
    find_problems,
    search_table,
    train_table,
)
from shoal.tables._judge import STRENGTHS, _path_losses, with_scale
from shoal.tables._plan import make_plan
from shoal.tables._scores import class_scores, mean_score, number_scores
from shoal.tables.encode import SCALES, LogScale, TargetScale
from shoal.tables.fair import check_cost, costs_of, decide_by_cost, notice_order, notice_target
from shoal.tables.findings._together import leaks_together


@pytest.fixture
def random():
    return np.random.default_rng(5)


# --- time ---------------------------------------------------------------------------------------------


def order_of(table):
    columns = [column for column in describe(table) if column.name != "y"]
    return {(note.kind, *note.columns): note.evidence for note in notice_order(table, columns, table["y"])}


@pytest.mark.parametrize("ascending", [True, False])
def test_a_date_or_a_step_that_runs_with_the_rows_is_noticed(random, ascending):
    start = np.datetime64("2024-01-01")
    days = start + np.arange(200).astype("timedelta64[D]")
    table = pl.DataFrame(
        {"when": days.astype(str), "time_step": np.arange(200) / 4, "y": random.normal(size=200)}
    )
    found = order_of(table if ascending else table[::-1])
    assert set(found) == {("time_order", "when")}
    assert set(order_of(table.drop("when"))) == {("time_order", "time_step")}
    assert not order_of(table.sample(fraction=1.0, shuffle=True, seed=0))


def test_numbers_that_rise_without_a_word_for_time_are_sorted_and_no_more(random):
    assert not order_of(
        pl.DataFrame({"price": np.sort(random.normal(size=100)), "y": random.normal(size=100)})
    )


@pytest.mark.parametrize("lag", [1, 3, 24, -1])
def test_a_column_that_is_the_target_shifted_is_noticed(random, lag):
    y = random.normal(size=400)
    past = np.roll(y, lag)
    past = np.where((np.arange(400) < lag) | (np.arange(400) >= 400 + lag), np.nan, past)
    found = order_of(pl.DataFrame({"before": past, "other": random.normal(size=400), "y": y}))
    assert found == {("lag" if lag > 0 else "lead", "before"): {"rows": abs(lag)}}


def test_a_class_shifted_is_noticed_and_a_class_that_rarely_changes_is_not(random):
    y = random.choice(["a", "b", "c"], 300)
    assert ("lag", "last") in order_of(pl.DataFrame({"last": [None, *y[:-1]], "y": y}))
    slow = np.repeat(["a", "b"], 150)
    assert not order_of(pl.DataFrame({"last": [None, *slow[:-1]], "y": slow}))


# --- the target ---------------------------------------------------------------------------------------


def kinds(y, task):
    return [note.kind for note in notice_target(np.asarray(y), task)]


def test_what_kind_of_target_it_is_is_said(random):
    numbers, classes = Task.REGRESSION, Task.CLASSIFICATION
    assert kinds(["a"] * 190 + ["b"] * 10, classes) == []
    assert kinds(["a"] * 200 + ["b"] * 10, classes) == ["imbalance"]
    assert kinds(np.arange(100) % 5 + 1, classes) == ["rating"]
    assert kinds(np.arange(100) % 4 * 7, classes) == ["whole_classes"]
    assert kinds(np.arange(100) % 2, classes) == []
    assert kinds(np.exp(2 * random.normal(size=300)), numbers) == ["skewed"]
    assert kinds(np.append(random.normal(size=300), 1e9), numbers) == ["huge"]
    assert kinds(random.normal(size=300), numbers) == []
    assert kinds(random.poisson(3, 300), numbers) == ["count"]
    assert kinds(random.integers(1990, 2020, 300), numbers) == []
    for y, task in ((["a"] * 200 + ["b"] * 10, classes), (random.poisson(3, 300), numbers)):
        assert all(str(note) for note in notice_target(np.asarray(y), task))


def test_the_logarithm_is_used_where_it_wins_and_only_there(random):
    x, z = random.normal(size=(2, 600))
    table = pl.DataFrame({"x": x, "z": z, "many": np.exp(1.5 * x + z / 4), "even": 10 + x + z / 4})
    table = table.with_columns(sums=pl.Series(np.exp(1.5 * z)) + 0)

    def chosen(target, wish="auto"):
        plan = make_plan(table.select("x", "z", target), target, TrainSettings(hidden=()))
        return with_scale(plan, wish).log_target

    assert chosen("many")
    assert not chosen("many", "no")
    assert not chosen("even")
    assert chosen("even", "yes")
    table = table.with_columns(even=pl.col("even") - 10)
    with pytest.raises(UsageError) as refused:
        chosen("even", "yes")
    assert refused.value.key == "training.no_logarithm"


def test_a_scale_restores_what_it_standardised(random):
    y = np.exp(random.normal(size=100))
    for kind in SCALES.values():
        scale = kind.of(y)
        learned = scale.standardise(y)
        assert abs(learned.mean()) < 1e-12
        assert learned.std() == pytest.approx(1)
        np.testing.assert_allclose(kind(*scale).restore(learned), y)
    assert np.isfinite(LogScale(0, 1).restore(np.array([1e6]))).all()


# --- costs --------------------------------------------------------------------------------------------


def test_the_decision_is_the_one_with_the_least_expected_cost(random):
    P = random.dirichlet(np.ones(3), 200)
    costs = costs_of({"b": 10, "c": 0.5}, ["a", "b", "c"])
    expected = [[sum(costs[k] * p[k] for k in range(3) if k != said) for said in range(3)] for p in P]
    assert np.array_equal(decide_by_cost(np.log(P), costs), np.argmin(expected, axis=1))


def test_of_two_classes_it_is_a_threshold_and_pays_where_probabilities_are_true(random):
    costs = costs_of({"yes": 9}, ["no", "yes"])
    p = random.random(20_000) / 2
    log_P = np.log(np.column_stack([1 - p, p]))
    assert np.array_equal(decide_by_cost(log_P, costs) == 1, p > 0.1)
    found = check_cost(log_P, (random.random(20_000) < p).astype(int), costs)
    assert found.cheapest < 0.8 * found.likeliest


@pytest.mark.parametrize(("cost", "key"), [({"maybe": 2}, "cost_of_what"), ({"yes": 0}, "cost_size")])
def test_a_cost_of_no_class_and_no_cost_are_refused(cost, key):
    with pytest.raises(UsageError) as refused:
        costs_of(cost, ["no", "yes"])
    assert refused.value.key == f"tables.{key}"


# --- weights ------------------------------------------------------------------------------------------


def test_a_row_of_weight_two_is_a_row_that_stands_twice(random):
    y, said = random.normal(size=(2, 50))
    label = random.integers(0, 2, 50)
    P = random.dirichlet([1, 1], 50)
    weights = random.integers(1, 4, 50)
    again = np.repeat(np.arange(50), weights)
    for name, score in number_scores(said, y, weights.astype(float)).items():
        assert score.value == pytest.approx(number_scores(said[again], y[again])[name].value)
    for name, score in class_scores(np.log(P), label, weights.astype(float)).items():
        assert score.value == pytest.approx(class_scores(np.log(P[again]), label[again])[name].value)
    alike = mean_score(y, np.full(50, 3.0))
    assert alike == pytest.approx(mean_score(y))


# --- leaks of several columns -------------------------------------------------------------------------


def amounts(random):
    noise = random.normal(size=(500, 6))
    return np.column_stack([noise, random.gamma(2, 100, (500, 4)).round(2)])


SUMS = {
    "total": lambda P: P.sum(axis=1),
    "mean, rounded": lambda P: P.mean(axis=1).round(0),
    "mark": lambda P: P @ [0.4, 0.3, 0.2, 0.1],
    "balance": lambda P: P[:, 0] - P[:, 1] + P[:, 2] - P[:, 3],
}
PRODUCTS = {
    "price": lambda P: (P[:, 0] * P[:, 1]).round(0),
    "ratio": lambda P: (P[:, 0] / P[:, 1]).round(4),
    "body mass": lambda P: P[:, 0] / P[:, 1] ** 2,
}


@pytest.mark.parametrize("name", SUMS)
def test_parts_that_make_a_total_are_named_together(random, name):
    X = amounts(random)
    (found,) = leaks_together(X, SUMS[name](X[:, 6:]), classes=False)
    assert (found.relation, found.places) == ("sum", (6, 7, 8, 9))


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_is_named_with_both_factors_also_with_holes(random, name):
    X = amounts(random)
    y = PRODUCTS[name](X[:, 6:])
    for holes in (0, 0.1):
        (found,) = leaks_together(np.where(random.random(X.shape) < holes, np.nan, X), y, classes=False)
        assert (found.relation, found.places) == ("product", (6, 7))


@pytest.mark.parametrize("draws", [True, False])
def test_the_goals_of_both_teams_are_named_together_and_left_out(random, draws):
    home, away = random.poisson(1.5, (2, 600))
    keep = (home != away) | draws
    winner = np.select([home > away, home < away], ["home", "away"], "draw")
    table = pl.DataFrame({"home": home, "away": away, "x": random.normal(size=600), "won": winner}).filter(
        keep
    )
    (found,) = [f for f in find_problems(table, "won", describe(table)) if f.kind == "leak_together"]
    assert found.columns == ("home", "away")
    assert '"home"' in str(found)
    assert '"away"' in str(found)
    model = train_table(table, "won", TrainSettings(hidden=()))
    assert tuple(model.encoder_.feature_names) == ("x",)
    kept = train_table(table, "won", TrainSettings(hidden=(), keep=("home", "away")))
    assert len(kept.encoder_.feature_names) == 3
    assert TrainingRecord.from_dict(model.report_, Task.CLASSIFICATION).findings[0] == found


@pytest.mark.parametrize("seed", range(8))
def test_what_is_to_be_learned_is_no_leak(seed):
    for made, classes in (
        (datasets.make_regression(300, 8, noise=0, random_state=seed), False),
        (datasets.make_friedman1(300, noise=0, random_state=seed), False),
        (datasets.make_classification(300, random_state=seed), True),
        (datasets.make_blobs(300, random_state=seed), True),
    ):
        assert leaks_together(*made, classes) == []
    random = np.random.default_rng(seed)
    X = amounts(random)
    assert leaks_together(X, X[:, 6:].sum(axis=1) * (1 + random.normal(size=500) / 50), False) == []


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "wine", "digits", "diabetes"])
def test_known_tables_have_no_leak_of_several_columns(name):
    known = getattr(datasets, f"load_{name}")()
    assert leaks_together(known.data, known.target, classes=name != "diabetes") == []


def test_one_column_that_does_it_alone_is_not_said_again(random):
    x = random.normal(size=400)
    X = np.column_stack([x, np.zeros(400) + 0.01 * random.normal(size=400), random.normal(size=400)])
    assert leaks_together(X, np.where(x > 0, "a", "b"), classes=True) == []


@pytest.mark.parametrize("classes", [True, False])
def test_many_columns_without_a_leak(random, classes):
    X = random.gamma(2, 100, (5000, 200))
    y = random.integers(0, 2, 5000) if classes else random.gamma(2, 1, 5000)
    assert leaks_together(X, y, classes) == []


# --- the record ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, 900))
    table = pl.DataFrame({"x": x, "z": z, "y": np.where(x + random.normal(size=900) / 2 > 2.0, "yes", "no")})
    return table, train_table(table, "y", TrainSettings(hidden=(), cost={"yes": 20}, refit=False))


def test_the_record_keeps_how_each_class_fares_on_the_held_out_rows(trained):
    table, model = trained
    record = TrainingRecord.from_dict(model.report_, model.target_.task)
    assert record.to_dict() == model.report_
    plan = make_plan(table, "y", TrainSettings(hidden=()))
    judged = model.evaluate(table[plan.split.test])
    assert record.held_out["auc"] == pytest.approx(judged.scores["auc"].value)
    assert record.held_out["average_precision"] == pytest.approx(judged.scores["average_precision"].value)
    rows = [entry["rows"] for entry in record.held_out["classes"]]
    assert rows == [sum(line) for line in record.held_out["confusion"]]
    assert record.held_out["confusion"] == judged.confusion
    P = model.predict_proba(table[plan.split.test])
    said = np.sum(record.held_out["confusion"], axis=0)[1]
    assert said == (P[:, 1] > 1 / 21).sum() > (P[:, 1] > 0.5).sum()  # missing a "yes" costs 20
    assert "imbalance" in [note.kind for note in record.noticed]


@pytest.mark.parametrize("name", ["held_out", "noticed", "over_nothing"])
def test_an_older_record_lacks_it_and_still_loads(trained, name):
    report = {key: value for key, value in trained[1].report_.items() if key != name}
    assert not getattr(TrainingRecord.from_dict(report, Task.CLASSIFICATION), name)


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("noticed", [{"kind": "nothing", "columns": [], "evidence": {}}]),
        ("noticed", [{"kind": "copies", "columns": [], "evidence": {}}]),
        ("split", {"test": "?", "validation": ""}),
        ("held_out", {"auc": 2, "average_precision": 0, "classes": [], "confusion": []}),
    ],
)
def test_a_damaged_record_is_refused(trained, name, damaged):
    with pytest.raises(ModelFileError):
        TrainingRecord.from_dict({**trained[1].report_, name: damaged}, Task.CLASSIFICATION)


# --- what train_table makes of it --------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(), (8,)])
def test_a_skewed_target_is_learned_as_its_logarithm_and_given_back(random, hidden, tmp_path):
    x = random.normal(size=400)
    table = pl.DataFrame({"x": x, "y": np.exp(2 * x + 0.3 * random.normal(size=400))})
    settings = TrainSettings(hidden=hidden, **({"epochs": 60} if hidden else {}))
    found, raw = (train_table(table, "y", replace(settings, log_target=wish)) for wish in ("auto", "no"))
    assert (found.log_target, type(found.scale_)) == (True, LogScale)
    assert (raw.log_target, type(raw.scale_)) == (False, TargetScale)
    mae = [model.report_["scores"]["network"]["mae"][0] for model in (found, raw)]
    assert mae[0] < mae[1]
    assert found.report_["scores"]["linear"]["mae"][0] < raw.report_["scores"]["linear"]["mae"][0]
    shoal.save(found, tmp_path / "m.shoal")
    loaded = shoal.load(tmp_path / "m.shoal")
    assert (loaded.log_target, type(loaded.scale_)) == (True, LogScale)
    np.testing.assert_array_equal(loaded.predict(table), found.predict(table))
    assert loaded.predict(table).min() > 0


def test_weights_say_how_much_a_row_counts(random):
    """A weight of nearly nothing is as if the row were not there."""
    x = random.normal(size=300)
    wrong = np.arange(300) % 3 == 0
    table = pl.DataFrame({"x": x, "z": random.normal(size=300), "y": np.where((x > 0) ^ wrong, "a", "b")})
    weighed = table.with_columns(w=np.where(wrong, 1e-6, 1.0))
    settings = TrainSettings(hidden=(), keep=("x",))
    fresh = pl.DataFrame({"x": np.linspace(-2, 2, 200), "z": np.zeros(200)})
    truth = np.where(fresh["x"].to_numpy() > 0, "a", "b")
    model = train_table(weighed, "y", replace(settings, weight="w"))
    assert "w" not in [column.name for column in model.encoder_.columns]
    assert (model.predict(fresh) == truth).mean() > 0.97
    P = model.predict_proba(fresh)
    assert P.max() > 0.99  # without the weights a third of the labels are wrong
    assert train_table(table, "y", settings).predict_proba(fresh).max() < 0.9


def test_a_cost_moves_the_decision_and_not_the_probabilities(random, tmp_path):
    x = random.normal(size=400)
    table = pl.DataFrame({"x": x, "y": np.where(x + random.normal(size=400) > 1, "yes", "no")})
    settings = TrainSettings(hidden=(), keep=("x",))
    plain, costly = (train_table(table, "y", replace(settings, cost=cost)) for cost in ({}, {"yes": 9}))
    P = costly.predict_proba(table)
    np.testing.assert_array_equal(P, plain.predict_proba(table))
    said = costly.predict(table)
    np.testing.assert_array_equal(said == "yes", P[:, 1] > 0.1)  # 1 / (1 + 9)
    np.testing.assert_array_equal(costly.predict_both(table)[0], said)
    assert costly.evaluate(table).confusion[1][1] > plain.evaluate(table).confusion[1][1]
    shoal.save(costly, tmp_path / "m.shoal")
    np.testing.assert_array_equal(shoal.load(tmp_path / "m.shoal").predict(table), said)
    assert plain.predict(table).tolist() == np.where(P[:, 1] > 0.5, "yes", "no").tolist()


@pytest.mark.parametrize("learn", [train_table, search_table])
def test_a_cost_of_no_class_is_refused_before_the_training(random, monkeypatch, learn):
    def trained(self, X, y, sample_weight=None):
        pytest.fail("it has begun to train")

    monkeypatch.setattr(MLPClassifier, "fit", trained)
    monkeypatch.setattr(LogisticRegression, "fit", trained)
    table = pl.DataFrame({"x": random.normal(size=60), "y": ["yes", "no", "no"] * 20})
    settings = TrainSettings if learn is train_table else SearchSettings
    with pytest.raises(UsageError) as refused:
        learn(table, "y", settings(cost={"ja": 3}))
    assert refused.value.key == "tables.cost_of_what"
    with pytest.raises(UsageError):
        TableClassifier(cost={"ja": 3}).fit(table, "y")


def test_a_cost_by_a_number_of_numpy_is_saved(random, tmp_path):
    x = random.normal(size=60)
    table = pl.DataFrame({"x": x, "y": (x + random.normal(size=60) > 0).astype(int)})
    model = TableClassifier(LogisticRegression(), cost={np.int64(1): 3}).fit(table, "y")
    shoal.save(model, tmp_path / "m.shoal")
    np.testing.assert_array_equal(shoal.load(tmp_path / "m.shoal").predict(table), model.predict(table))


def test_the_penalty_of_balanced_classes_is_chosen_by_their_balanced_loss(random):
    x = random.normal(size=(400, 3))
    y = np.where(x[:, 0] + 2 * random.normal(size=400) > 4, "yes", "no")
    table = pl.DataFrame({**{f"x{place}": x[:, place] for place in range(3)}, "y": y})
    settings = TrainSettings(hidden=(), class_weight="balanced", test_share=0.2)
    plan = make_plan(table, "y", settings)
    X = TableEncoder.fit(plan.frame, plan.reading.columns).transform(plan.frame)
    rare = (plan.y == "yes")[plan.split.learned].mean()
    weighed = np.where(plan.y == "yes", 1 / rare, 1 / (1 - rare))
    rows = np.arange(len(plan.y))
    found = _path_losses(X, plan, rows[::2], rows[1::2])
    for strength, loss in zip(STRENGTHS, found, strict=True):
        line = LogisticRegression(C=1 / strength, class_weight="balanced").fit(X[::2], plan.y[::2])
        P = line.predict_proba(X[1::2])
        expected = log_loss(plan.y[1::2], P, labels=line.classes_, sample_weight=weighed[1::2])
        assert loss == pytest.approx(expected, rel=1e-3)


def test_classes_weigh_alike_without_hidden_layers_too(random):
    x = random.normal(size=600)
    table = pl.DataFrame({"x": x, "y": np.where(x + random.normal(size=600) > 2, "yes", "no")})
    settings = TrainSettings(hidden=(), keep=("x",))
    plain, alike = (train_table(table, "y", replace(settings, class_weight=w)) for w in (None, "balanced"))
    assert (alike.predict(table) == "yes").sum() > 2 * (plain.predict(table) == "yes").sum()


def test_a_logarithm_of_classes_is_refused(random):
    table = pl.DataFrame({"x": random.normal(size=40), "y": ["a", "b"] * 20})
    with pytest.raises(UsageError) as refused:
        train_table(table, "y", TrainSettings(log_target="yes"))
    assert refused.value.key == "training.only_numbers"


def test_groups_stay_together_in_the_folds_of_a_search(random):
    """The label is the group's: who has seen a row of it knows the others."""
    group = np.repeat(np.arange(60), 6)
    mark = random.normal(size=(60, 12))[group] + 0.01 * random.normal(size=(360, 12))
    label = np.array(["a", "b"])[random.integers(0, 2, 60)][group]
    marks = {f"m{k}": mark[:, k] for k in range(12)}
    table = pl.DataFrame({"g": [f"g{k}" for k in group], "y": label, **marks})
    grids = [Grid(False, {"hidden_layer_sizes": [(30,)], "alpha": [0.001]})]
    _, tied = search_table(table, "y", SearchSettings(group="g"), grids=grids)
    _, free = search_table(table.drop("g"), "y", grids=grids)
    tied, free = (found.candidates[0].scores["accuracy"].mean() for found in (tied, free))
    assert free > 0.85
    assert tied < 0.7
