"""Counts: the Poisson loss, from the setting to the file, beside scikit-learn's Poisson regression."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn import linear_model, metrics

import shoal
from shoal import MLPRegressor
from shoal.base import texts
from shoal.base.errors import DataError, ModelFileError, UsageError
from shoal.tables import SearchSettings, TableRegressor, TrainSettings, search_table, train_table
from shoal.tables._grids import Grid
from shoal.tables._judge import STRENGTHS, fit_linear
from shoal.tables._plan import make_plan
from shoal.tables._record import TrainingRecord
from shoal.tables._scores import count_scores, deviances, number_scores, row_losses
from shoal.tables.encode import TableEncoder

COUNTS = TrainSettings(task="regression", loss="poisson")
SQUARES = TrainSettings(task="regression", loss="squared_error")


def visits(rows, seed):
    """Counts whose rate is e to the power of a product: no line sees it, and the variance is the mean."""
    random = np.random.default_rng(seed)
    a, b, c = random.normal(size=(3, rows))
    return pl.DataFrame({"a": a, "b": b, "c": c, "visits": random.poisson(np.exp(0.7 * a * b + 0.3 * c))})


@pytest.fixture(scope="module")
def table():
    return visits(800, 1)


@pytest.fixture(scope="module")
def model(table):
    return train_table(table, "visits", COUNTS)


@pytest.fixture(scope="module")
def found(model):
    return TrainingRecord.from_dict(model.report_, model.target_.task)


# --- scores ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_the_scores_of_counts_are_those_of_scikit_learn(weighted):
    random = np.random.default_rng(3)
    rate = random.gamma(2.0, 2.0, 400)
    y = random.poisson(rate).astype(float)
    weights = random.uniform(0.1, 3, 400) if weighted else None
    scores = count_scores(rate, y, weights)
    expected = metrics.mean_poisson_deviance(y, rate, sample_weight=weights)
    assert scores["poisson_deviance"].value == pytest.approx(expected, rel=1e-12)
    rest = {name: score for name, score in scores.items() if name != "poisson_deviance"}
    assert rest == number_scores(rate, y, weights)
    one = [metrics.mean_poisson_deviance(y[row : row + 1], rate[row : row + 1]) for row in range(400)]
    assert row_losses(rate, y, counts=True) == pytest.approx(one, rel=1e-9, abs=1e-12)


def test_a_count_that_cannot_be_is_infinitely_wrong_and_none_is_right():
    said, true = np.array([0.0, 0.0, np.inf, 2.0]), np.array([0.0, 1.0, 3.0, 2.0])
    assert deviances(said, true).tolist() == [0.0, math.inf, math.inf, 0.0]


# --- what is learned -------------------------------------------------------------------------------


def test_poisson_beats_the_squared_error_where_the_law_is_a_count(table, model):
    fresh = visits(4000, 2)
    y = fresh["visits"].to_numpy()
    others = train_table(table, "visits", SQUARES).predict(fresh)
    # below 0 the deviance is not defined; one hundredth is kinder than what such a prediction deserves
    squares = metrics.mean_poisson_deviance(y, np.maximum(others, 0.01))
    assert metrics.mean_poisson_deviance(y, model.predict(fresh)) < 0.95 * squares
    assert model.predict(fresh).min() > 0


def test_the_target_is_not_scaled(model):
    assert tuple(model.scale_) == (0.0, 1.0)
    assert model.estimator_.network_.output == "exp"
    assert model.estimator_.scoring == "neg_mean_poisson_deviance"


def test_the_line_is_poisson_regression_at_one_of_the_strengths(table):
    plan = make_plan(table, "visits", COUNTS)
    learned = plan.split.learned
    X = TableEncoder.fit(plan.frame[learned], plan.reading.columns).transform(plan.frame)
    line, l2 = fit_linear(X, plan)
    assert l2 in STRENGTHS
    theirs = linear_model.PoissonRegressor(alpha=l2 / len(learned), tol=1e-8, max_iter=10_000)
    theirs.fit(X[learned], plan.y[learned])
    assert line.predict(X) == pytest.approx(theirs.predict(X), rel=1e-4)  # the two stop at other slopes


@pytest.mark.parametrize("weight", [None, "often"])
def test_without_hidden_layers_it_is_that_line(table, weight):
    rows = table.with_columns(often=pl.Series(np.random.default_rng(5).integers(1, 4, table.height)))
    settings = replace(COUNTS, hidden=(), weight=weight, drop=() if weight else ("often",))
    model = train_table(rows, "visits", settings)
    assert model.estimator_.network_.L == 1
    scores = model.report_["scores"]
    for name, (value, _) in scores["network"].items():
        assert value == pytest.approx(scores["linear"][name][0], rel=1e-3, abs=1e-3)


def test_the_comparison_is_by_deviance(model, table, found):
    judged = train_table(table, "visits", replace(COUNTS, refit=False))
    plan = make_plan(table, "visits", COUNTS)
    test = plan.split.test
    frame, y = table[test], plan.y[test]
    deviance = metrics.mean_poisson_deviance(y, judged.predict(frame))
    assert found.scores["network"]["poisson_deviance"].value == pytest.approx(deviance, rel=1e-9)
    gain = found.scores["linear"]["poisson_deviance"].value - deviance
    assert found.comparison.gain.value == pytest.approx(gain, rel=1e-9)
    nothing = metrics.mean_poisson_deviance(y, np.full(len(y), plan.y[plan.split.learned].mean()))
    assert found.scores["nothing"]["poisson_deviance"].value == pytest.approx(nothing, rel=1e-9)


def test_rows_that_are_all_zero_for_the_line_are_learned_too():
    random = np.random.default_rng(0)
    rare = np.zeros(60)
    rare[[7, 31]] = 1.0
    rows = pl.DataFrame({"a": random.normal(size=60), "b": random.normal(size=60), "y": rare})
    model = train_table(rows, "y", replace(COUNTS, epochs=3, hidden=(2,)))
    assert (model.predict(rows) >= 0).all()


# --- a table without the option --------------------------------------------------------------------


def test_without_the_option_nothing_is_said_of_it(table):
    plain = train_table(table, "visits", replace(SQUARES, loss=None, epochs=5))
    asked = train_table(table, "visits", replace(SQUARES, epochs=5))
    assert "loss" not in plain.report_["settings"]
    assert asked.report_["settings"]["loss"] == "squared_error"
    assert plain.predict(table).tobytes() == asked.predict(table).tobytes()
    assert set(plain.report_["scores"]["network"]) == {"r2", "rmse", "mae"}


def test_who_has_not_chosen_a_loss_is_told_of_the_option(table, monkeypatch):
    noticed = {
        loss: [note.kind for note in make_plan(table, "visits", replace(COUNTS, loss=loss)).noticed]
        for loss in (None, "squared_error", "poisson")
    }
    assert "count" in noticed[None]
    assert "count" not in noticed["squared_error"] + noticed["poisson"]
    plan = make_plan(table, "visits", replace(COUNTS, loss=None))
    monkeypatch.setattr(texts, "_chosen", list(texts._chosen))
    for code in ("en", "zh"):
        texts.use_language(code)
        assert any("--loss poisson" in str(note) for note in plan.noticed)


# --- kept in a file --------------------------------------------------------------------------------


def test_saved_and_loaded_it_predicts_the_same_bits(table, model, tmp_path):
    shoal.save(model, tmp_path / "m.shoal")
    loaded = shoal.load(tmp_path / "m.shoal")
    fresh = visits(300, 7)
    assert loaded.predict(fresh).tobytes() == model.predict(fresh).tobytes()
    assert loaded.report_ == model.report_
    assert loaded.evaluate(fresh) == model.evaluate(fresh)
    assert "poisson_deviance" in loaded.evaluate(fresh).scores
    again = loaded.fit(table.drop("visits"), table["visits"].to_numpy())
    assert again.estimator_.network_.output == "exp"


def test_a_record_that_contradicts_the_loss_is_refused(model):
    wrong = dict(model.report_, settings={**model.report_["settings"], "loss": "squared_error"})
    with pytest.raises(ModelFileError):
        TrainingRecord.from_dict(wrong, model.target_.task)


# --- what is refused -------------------------------------------------------------------------------


def test_classes_have_no_loss_of_numbers(table):
    classes = table.with_columns(kind=pl.when(pl.col("a") > 0).then(pl.lit("x")).otherwise(pl.lit("y")))
    for settings in (TrainSettings(loss="poisson"), TrainSettings(loss="squared_error")):
        with pytest.raises(UsageError, match=r"loss.*regression"):
            train_table(classes, "kind", settings)


def test_the_logarithm_and_poisson_exclude_each_other(table):
    with pytest.raises(UsageError, match="--log-target yes"):
        train_table(table, "visits", replace(COUNTS, log_target="yes"))
    with pytest.raises(UsageError, match="--log-target yes"):
        TableRegressor(loss="poisson", log_target=True).fit(table, "visits")


def test_a_negative_count_is_named_by_its_row_in_the_table(table):
    y = table["visits"].cast(pl.Float64).to_list()
    y[3], y[20] = None, -2.0
    negative = table.with_columns(visits=pl.Series(y))
    with pytest.raises(DataError, match=r"row 21 holds -2.*squared_error"):
        train_table(negative, "visits", COUNTS)
    with pytest.raises(DataError, match="row 21 holds -2"):
        search_table(negative, "visits", SearchSettings(task="regression", loss="poisson", folds=2))


def test_a_negative_count_of_a_table_that_judges_is_named_too(table, model):
    y = visits(60, 3)["visits"].cast(pl.Float64).to_list()
    y[0], y[5] = None, -1.0
    judge = visits(60, 3).with_columns(visits=pl.Series(y))
    with pytest.raises(DataError, match="row 6 holds -1"):
        model.evaluate(judge)
    with pytest.raises(DataError, match="row 6 holds -1"):
        train_table(table, "visits", replace(COUNTS, test=judge))


def test_an_unknown_loss_is_refused_with_those_there_are(table):
    with pytest.raises(UsageError, match="squared_error, poisson"):
        train_table(table, "visits", replace(COUNTS, loss="huber"))
    with pytest.raises(UsageError, match="squared_error, poisson"):
        TableRegressor(loss="huber").fit(table, "visits")


# --- the estimator ---------------------------------------------------------------------------------


def test_the_estimator_of_tables_learns_counts(table):
    for rows in (table, table[:60]):  # of few rows none stops the training
        model = TableRegressor(loss="poisson").fit(rows, "visits")
        assert model.estimator_.network_.output == "exp"
        assert tuple(model.scale_) == (0.0, 1.0)


def test_an_estimator_of_another_loss_inside_is_refused(table):
    with pytest.raises(UsageError, match="same"):
        TableRegressor(MLPRegressor(loss="poisson")).fit(table, "visits")
    with pytest.raises(UsageError, match="same"):
        TableRegressor(MLPRegressor(), loss="poisson").fit(table, "visits")
    inner = MLPRegressor("poisson", (), solver="lbfgs", tol=1e-3)
    assert (TableRegressor(inner, loss="poisson").fit(table, "visits").predict(table) > 0).all()


# --- a search --------------------------------------------------------------------------------------


def test_a_search_chooses_and_judges_by_deviance(table):
    settings = SearchSettings(task="regression", loss="poisson", folds=2, epochs=30)
    grids = [
        Grid(True, {"alpha": [1.0]}),
        Grid(False, {"hidden_layer_sizes": [(8,)], "solver": ["lbfgs", "adam"]}),
    ]
    model, outcome = search_table(table, "visits", settings, grids=grids)
    assert outcome.score == model.report_["found"]["score"] == "poisson_deviance"
    assert model.estimator_.network_.output == "exp"
    for candidate in outcome.candidates:
        assert np.isfinite(candidate.scores["poisson_deviance"]).all()
    test = make_plan(table, "visits", settings).split.test
    y = table["visits"].to_numpy()[test]
    expected = metrics.mean_poisson_deviance(y, outcome.outputs)
    assert outcome.held_out["network"]["poisson_deviance"].value == pytest.approx(expected, rel=1e-9)


def test_a_grid_cannot_change_the_loss(table):
    settings = SearchSettings(task="regression", folds=2)
    with pytest.raises(UsageError, match="--loss"):
        search_table(table, "visits", settings, grids=[Grid(False, {"loss": ["poisson"]})])
