"""From a table to a judged model."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn import linear_model, metrics
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from threadpoolctl import threadpool_limits

import shoal
from shoal.base.errors import DataError, ModelFileError, UsageError
from shoal.tables import TableEncoder, Task
from shoal.tables._judge import fit_linear
from shoal.tables._networks import network_parameters
from shoal.tables._plan import make_plan
from shoal.tables._record import TrainingRecord, fingerprint_of
from shoal.tables._scores import Verdict
from shoal.tables._settings import TrainSettings
from shoal.tables._train import train_table

QUICK = TrainSettings(hidden=(8,), epochs=40)


def a_table(rows=200, seed=0):
    """A class that the sign of a product decides: no linear model can see it."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "a": a,
            "b": b,
            "colour": random.choice(["红", "green", "blue"], rows),
            "kind": np.where(a * b > 0, "same", "other"),
            "size": 1000 + 50 * a + 20 * b**2,
            "id": np.arange(rows),
        }
    )


@pytest.fixture(scope="module")
def model():
    return train_table(a_table(600), "kind", TrainSettings(hidden=(16,), drop=("size",), epochs=150))


@pytest.fixture(scope="module")
def report(model):
    return TrainingRecord.from_dict(model.report_, model.target_.task)


def test_a_network_learns_what_a_linear_model_cannot(model, report):
    assert report.scores["network"]["accuracy"].value > 0.9
    assert report.scores["linear"]["accuracy"].value < 0.65
    assert report.comparison.verdict is Verdict.EARNS
    fresh = a_table(500, seed=9)
    assert (model.predict(fresh) == fresh["kind"].to_numpy()).mean() > 0.9


def test_on_a_linear_question_the_hidden_layer_is_not_praised():
    table = a_table(400).with_columns(kind=pl.col("a") + pl.col("b") > 0).drop("size", "id")
    noisy = table.with_columns(kind=pl.col("kind") ^ (pl.int_range(pl.len()) % 5 == 0))
    found = train_table(noisy, "kind", QUICK).report_
    assert found["verdict"] in ("noise", "loses")


def test_where_a_line_separates_the_classes_the_hidden_layer_is_not_praised():
    """With a fixed penalty the line would be held back, and the network judged by that."""
    random = np.random.default_rng(0)
    x, z = random.uniform(-1, 1, 1000), random.normal(size=1000)
    table = pl.DataFrame({"x": x, "z": z, "y": np.where(x > 0, "a", "b")})
    report = train_table(table, "y", TrainSettings(keep=("x",))).report_
    assert report["verdict"] in ("noise", "loses")
    assert report["linear_l2"] < 1


@pytest.mark.parametrize(("target", "best"), [("kind", 10.0), ("size", 10.0), ("line", 0.001)])
def test_noise_gets_a_strong_penalty_and_a_line_a_weak_one_and_all_rows_are_learned(target, best):
    noise = pl.Series(np.random.default_rng(5).normal(size=80))
    table = a_table(80).with_columns(size=noise, line=pl.col("a") - 2 * pl.col("b"))
    plan = make_plan(table, target, QUICK)
    learned = plan.split.learned
    X = TableEncoder.fit(plan.frame[learned], plan.reading.columns).transform(plan.frame)
    model, l2 = fit_linear(X, plan)
    assert l2 == best
    classes = plan.target.task is Task.CLASSIFICATION
    judge = linear_model.LogisticRegression(C=1 / l2, tol=1e-8) if classes else linear_model.Ridge(alpha=l2)
    judge.fit(X[learned], plan.y[learned])
    np.testing.assert_allclose(np.ravel(model.coef_), np.ravel(judge.coef_), atol=1e-4)  # its solver's


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_few_rows_that_a_line_separates_by_chance_do_not_unchain_the_linear_model(seed):
    """Of breast cancer 46 rows are left to stop by; chosen by them, the log loss is beyond 1."""
    data = load_breast_cancer()
    table = pl.DataFrame(data.data, schema=list(data.feature_names), orient="row")
    table = table.with_columns(y=pl.Series(np.where(data.target, "benign", "malignant")))
    plan = make_plan(table, "y", TrainSettings(seed=seed))
    learned, test = plan.split.learned, plan.split.test
    X = TableEncoder.fit(plan.frame[learned], plan.reading.columns).transform(plan.frame)
    model, _ = fit_linear(X, plan)
    usual = linear_model.LogisticRegression(C=1).fit(X[learned], plan.y[learned])
    ours, theirs = (metrics.log_loss(plan.y[test], m.predict_proba(X[test])) for m in (model, usual))
    assert ours < 2 * theirs


def test_the_held_out_scores_are_those_of_the_rows_that_were_held_out(report):
    settings = TrainSettings(hidden=(16,), drop=("size",), epochs=150, refit=False)
    model, plan = train_table(a_table(600), "kind", settings), make_plan(a_table(600), "kind", settings)
    split = plan.split
    held = plan.frame[split.test]
    right = (model.predict(held) == held["kind"].to_numpy()).mean()
    assert report.scores["network"]["accuracy"].value == pytest.approx(right)
    assert report.rows == {
        "unknown_target": 0,
        "train": len(split.train),
        "validation": len(split.validation),
        "test": len(split.test),
    }


def test_identifiers_are_left_out_and_reported(model, report):
    assert [finding.column for finding in report.findings if finding.drop] == ["id"]
    assert [column.name for column in model.encoder_.columns] == ["a", "b", "colour"]


def test_a_column_is_kept_on_demand():
    plan = make_plan(a_table(), "kind", TrainSettings(keep=("id",), drop=("size",)))
    assert [column.name for column in plan.reading.columns] == ["a", "b", "colour", "id"]
    assert [(finding.column, finding.drop) for finding in plan.reading.findings] == [("id", False)]


@pytest.mark.parametrize("option", ["keep", "drop"])
def test_an_unknown_column_to_keep_or_drop_is_named(option):
    with pytest.raises(DataError, match='no column "nope"'):
        make_plan(a_table(), "kind", TrainSettings(**{option: ("nope",)}))


@pytest.mark.parametrize("option", ["keep", "drop"])
def test_the_target_is_neither_kept_nor_dropped(option):
    with pytest.raises(UsageError, match=f'"kind" is the target.*`{option}`'):
        make_plan(a_table(), "kind", TrainSettings(**{option: ("a", "kind")}))


def test_a_column_is_not_both_kept_and_dropped():
    with pytest.raises(UsageError, match='"a" is in `--keep` and in `--drop`'):
        make_plan(a_table(), "kind", TrainSettings(keep=("a",), drop=("b", "a")))


def test_the_held_out_rows_have_no_say_in_what_is_a_leak():
    """A column that gives the target away in the other rows only is left out; and the other way round."""
    table = a_table(400)
    test = make_plan(table, "kind", QUICK).split.test
    held_out = pl.int_range(pl.len()).is_in(test.tolist())
    noise = pl.Series(np.random.default_rng(7).choice(["same", "other"], 400))
    table = table.with_columns(
        learned=pl.when(held_out).then(noise).otherwise("kind"),
        held_out=pl.when(held_out).then("kind").otherwise(noise),
    )
    plan = make_plan(table, "kind", QUICK)
    np.testing.assert_array_equal(plan.split.test, test)
    assert [finding.column for finding in plan.reading.findings if finding.kind == "leak"] == ["learned"]


def test_the_encoders_know_nothing_of_the_held_out_rows():
    plan = make_plan(a_table(), "kind", QUICK)
    test = plan.split.test
    spoiled = a_table().with_columns(
        a=pl.when(pl.int_range(pl.len()).is_in(test.tolist())).then(1e6).otherwise("a")
    )
    tables, apart = (a_table(), spoiled), replace(QUICK, refit=False)
    first, second = (train_table(table, "kind", apart) for table in tables)
    assert first.encoder_ == second.encoder_
    np.testing.assert_array_equal(first.estimator_.theta_, second.estimator_.theta_)
    first, second = (train_table(table, "kind", QUICK) for table in tables)
    assert first.encoder_ != second.encoder_


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("hidden", [(), (4,)])
def test_after_judging_all_rows_are_learned(hidden):
    settings = TrainSettings(hidden=hidden, drop=("size",), **{"epochs": 5} if hidden else {})
    table = a_table()
    judged, final = (train_table(table, "kind", replace(settings, refit=refit)) for refit in (False, True))
    assert {**final.report_, "refit": False, "fingerprint": ""} == {
        **judged.report_,
        "fingerprint": "",
        "best_epoch": final.report_["best_epoch"],
        "settings": final.report_["settings"],
    }
    plan = make_plan(table, "kind", settings)
    rows = np.arange(len(plan.y))
    stopped_by = plan.split.validation if hidden else rows[:0]
    assert final.encoder_ == TableEncoder.fit(plan.frame, plan.reading.columns)
    X, held = final.encoder_.transform(plan.frame), np.isin(rows, stopped_by)
    alone = clone(final.estimator_)
    extra = {"X_val": X[held], "y_val": plan.y[held]} if hidden else {}
    alone.fit(X[~held], plan.y[~held], **extra)
    np.testing.assert_array_equal(alone.theta_, final.estimator_.theta_)


def test_the_same_seed_gives_the_same_file_and_another_seed_another_split(tmp_path):
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        settings = TrainSettings(hidden=(4,), epochs=5, seed=seed)
        shoal.save(train_table(a_table(), "kind", settings), tmp_path / name)
    one, two, three = ((tmp_path / name).read_bytes() for name in ("one", "two", "three"))
    assert one == two
    assert one != three
    first, other = (make_plan(a_table(), "kind", TrainSettings(seed=seed)).split.test for seed in (3, 4))
    assert not np.array_equal(first, other)


# --- the split -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_the_parts_do_not_overlap_and_classes_keep_their_shares(share):
    table = pl.DataFrame({"x": np.arange(1000.0) ** 1.5, "y": ["a"] * 850 + ["b"] * 150})
    settings = TrainSettings(test_share=share)
    plan = make_plan(table, "y", settings)
    split = plan.split
    together = np.concatenate([split.train, split.validation, split.test])
    assert np.array_equal(np.sort(together), np.arange(1000))
    assert len(split.test) == round(1000 * share)
    for part in (split.train, split.validation, split.test):
        assert (plan.y[part] == "b").mean() == pytest.approx(0.15, abs=0.02)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.6, 0.8, 0.9])
def test_of_a_number_the_share_that_is_asked_for_is_held_out(share):
    table = pl.DataFrame({"x": np.arange(200.0) ** 1.5, "y": np.arange(200) + 0.5})
    split = make_plan(table, "y", TrainSettings(test_share=share)).split
    assert len(split.test) == pytest.approx(200 * share, abs=200 * min(share, 1 - share) / 2)


def test_a_column_that_is_constant_where_it_is_learned_from_makes_no_noise():
    """NumPy's warnings are errors here."""
    cells = np.zeros(300)
    columns = {"x": cells, "z": np.random.default_rng(0).normal(size=300), "y": np.arange(300) + 0.5}
    plan = make_plan(pl.DataFrame(columns), "y", QUICK)
    table = pl.DataFrame(columns | {"x": np.isin(np.arange(300), plan.split.test).astype(float)})
    assert make_plan(table, "y", QUICK).reading.findings == []


def test_a_class_of_two_rows_is_learned_and_judged():
    table = pl.DataFrame({"x": np.arange(60.0) ** 1.5, "y": ["a"] * 58 + ["b"] * 2})
    plan = make_plan(table, "y", QUICK)
    split = plan.split
    assert (plan.y[split.test] == "b").sum() == 1
    assert (plan.y[split.train] == "b").sum() == 1
    report = train_table(table, "y", QUICK).report_
    assert report["scores"]["network"]["accuracy"][0] is not None


def test_large_and_small_numbers_are_in_every_part():
    table = pl.DataFrame({"x": np.arange(500.0) ** 1.5, "y": np.exp(np.linspace(0, 12, 500))})
    plan = make_plan(table.sample(fraction=1, shuffle=True, seed=0), "y", QUICK)
    split = plan.split
    assert len(split.test) == 100
    for part in (split.train, split.validation, split.test):
        assert np.log(plan.y[part]).mean() == pytest.approx(6, abs=0.3)


# --- numbers ---------------------------------------------------------------------------------------


def test_a_number_is_predicted_and_judged_in_its_own_units():
    table = a_table(500)
    model = train_table(table, "size", TrainSettings(hidden=(16,), drop=("kind",)))
    report = TrainingRecord.from_dict(model.report_, Task.REGRESSION)
    assert report.scores["network"]["r2"].value > 0.95
    assert report.scores["nothing"]["rmse"].value == pytest.approx(table["size"].std(), rel=0.3)
    assert np.abs(model.predict(table) - table["size"].to_numpy()).mean() < 15
    again = train_table(
        table.with_columns(pl.col("size") * 1e6), "size", TrainSettings((16,), drop=("kind",))
    )
    assert again.report_["scores"]["network"]["rmse"][0] == pytest.approx(
        1e6 * report.scores["network"]["rmse"].value, rel=1e-6
    )


def test_rows_without_a_target_are_counted_and_not_used():
    table = a_table(100)
    table = table.with_columns(kind=pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("kind"))
    report = train_table(table, "kind", QUICK).report_
    assert report["rows"]["unknown_target"] == 7
    assert sum(report["rows"].values()) == 100


# --- what cannot be learned ------------------------------------------------------------------------


def test_many_classes_in_few_rows_pass_without_a_warning_of_scikit_learn():
    random = np.random.default_rng(0)
    table = pl.DataFrame({"x": random.normal(size=80), "y": [f"c{i // 2}" for i in range(74)] + ["c0"] * 6})
    train_table(table, "y", TrainSettings(hidden=(2,), epochs=2))  # warnings are errors in these tests


def test_classes_of_two_rows_leave_none_to_stop_by_and_are_refused():
    table = pl.DataFrame(
        {"x": np.random.default_rng(0).normal(size=40), "y": [f"c{i // 2}" for i in range(40)]}
    )
    with pytest.raises(DataError, match="at least one must have three"):
        train_table(table, "y", QUICK)


def test_numbers_near_1e99_are_learned_without_a_warning_of_numpy():
    random = np.random.default_rng(0)
    table = pl.DataFrame({"x": random.normal(size=100), "y": 1e99 * random.normal(size=100)})
    report = train_table(table, "y", QUICK).report_
    assert np.isfinite([pair for found in report["scores"].values() for pair in found.values()]).all()


def test_too_few_rows_are_refused():
    table = pl.DataFrame({"x": [1.5, 2.25, 3.0, 4.5] * 2, "y": ["a", "b"] * 4})
    with pytest.raises(DataError, match="8 rows have a target, but at least 10"):
        make_plan(table, "y", QUICK)


def test_a_target_whose_squares_overflow_is_refused():
    table = pl.DataFrame({"x": np.arange(20.0) ** 1.5, "y": [0.5, 1e308, -1e308, *range(17)]})
    with pytest.raises(DataError, match=r'"y" holds numbers beyond 1e\+100'):
        make_plan(table, "y", QUICK)


def test_callbacks_are_called_once_an_epoch_and_not_kept():
    class Counter:
        epochs = 0

        def setup(self, estimator, context):
            self.most = context.max_subtasks

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            self.epochs += context.parent is not None

        def teardown(self, estimator, context):
            pass

    counter = Counter()
    model = train_table(a_table(), "kind", replace(QUICK, refit=False), [counter])
    assert counter.epochs == model.estimator_.n_iter_
    again = train_table(a_table(), "kind", QUICK, [counter])
    assert counter.epochs == 2 * model.estimator_.n_iter_ + again.estimator_.n_iter_
    assert counter.most == QUICK.epochs
    assert not hasattr(model.estimator_, "_skl_callbacks")


# --- the report ------------------------------------------------------------------------------------


def test_a_report_is_json_and_comes_back_the_same(model, report):
    again = json.loads(json.dumps(model.report_, allow_nan=False))
    assert TrainingRecord.from_dict(again, Task.CLASSIFICATION) == report
    assert report.to_dict() == model.report_
    assert str(report.findings[0]).startswith('"id" looks like an identifier')


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.clear(),
        lambda report: report.update(extra=1),
        lambda report: report.update(rows={}),
        lambda report: report["rows"].update(train=-1),
        lambda report: report["rows"].update(train=True),
        lambda report: report.update(findings={}),
        lambda report: report["findings"][0].update(kind="evil"),
        lambda report: report["findings"][0].update(evidence={}),
        lambda report: report["findings"][0].update(evidence={"evil": 1}),
        lambda report: report["findings"][0].pop("drop"),
        lambda report: report.update(settings=[]),
        lambda report: report["scores"].pop("linear"),
        lambda report: report["scores"]["linear"].pop("brier"),
        lambda report: report["scores"]["linear"].update(brier=[1]),
        lambda report: report["scores"]["linear"].update(brier=[1, "x"]),
        lambda report: report.update(verdict="great"),
        lambda report: report.update(gain=None),
        lambda report: report.update(best_epoch=1.5),
        lambda report: report.update(linear_l2="1"),
        lambda report: report.update(fingerprint=1),
    ],
)
def test_a_report_of_another_form_is_refused(model, spoil):
    document = json.loads(json.dumps(model.report_))
    spoil(document)
    with pytest.raises(ModelFileError):
        TrainingRecord.from_dict(document, Task.CLASSIFICATION)


def test_a_fingerprint_sees_every_cell_and_label():
    X, y = np.arange(6.0).reshape(3, 2), np.array(["a", "b", "a"], dtype=object)
    changed = X.copy()
    changed[2, 1] += 1e-9
    assert fingerprint_of(X, y) == fingerprint_of(X.copy(), y.copy())
    assert fingerprint_of(X, y) != fingerprint_of(changed, y)
    assert fingerprint_of(X, y) != fingerprint_of(X, y[::-1].copy()[[1, 0, 2]])


def test_batches_grow_with_the_table():
    sizes = [network_parameters(QUICK, rows)["batch_size"] for rows in (20, 1000, 10_000, 10**6)]
    assert sizes == [20, 32, 128, 256]


def test_the_line_has_the_same_bits_for_any_number_of_blas_threads():
    """BLAS sums a wide table in another order with another number of threads."""
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 300))
    columns = {f"x{j}": x for j, x in enumerate(X.T)}
    table = pl.DataFrame({**columns, "y": X @ random.normal(size=300) + random.normal(size=400)})
    plan = make_plan(table, "y", TrainSettings(seed=0))
    X = TableEncoder.fit(table, plan.reading.columns).transform(table)
    lines = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            lines.append(fit_linear(X, plan)[0].coef_)
    np.testing.assert_array_equal(*lines)
