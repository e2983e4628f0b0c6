"""Rows that stop a network inside a fit or a fold keep copies, groups and order; and rows have weights."""

import numpy as np
import polars as pl
import pytest

from shoal import GridSearchCV, LogisticRegression, MLPClassifier
from shoal.saving import load, save
from shoal.tables import SearchSettings, TableClassifier, TableRegressor, TrainingRecord, search_table
from shoal.tables._estimator import StopBy
from shoal.tables._grids import Grid

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*left out.*:UserWarning"),
]
NETWORK = MLPClassifier((3,), early_stopping=True, max_iter=3)


@pytest.fixture
def random():
    return np.random.default_rng(5)


def a_table(random, rows=240):
    x, z = random.normal(size=(2, rows)).round(4)
    day = random.permutation(rows)
    return pl.DataFrame(
        {
            "x": x,
            "z": z,
            "day": day,
            "shop": [f"s{i % 30}" for i in range(rows)],
            "y": np.where(x + random.normal(size=rows) > 0, "yes", "no"),
        }
    )


@pytest.fixture
def watched(monkeypatch):
    """All that was asked of `StopBy`: the rows of the table, those that learn, those that stop."""
    seen = []
    ask = StopBy.__call__

    def watch(self, rows, share, seed):
        held = ask(self, rows, share, seed)
        seen.append((self.frame, np.setdiff1d(rows, [] if held is None else held), held))
        return held

    monkeypatch.setattr(StopBy, "__call__", watch)
    return seen


def both_sides(seen, column):
    for frame, learned, held in seen:
        assert len(held)
        assert len(learned)
        yield frame[column].to_numpy()[learned], frame[column].to_numpy()[held]


@pytest.mark.parametrize("apart", [False, True])
def test_no_copy_of_a_row_that_learns_stops_the_training(random, watched, apart):
    table = pl.concat([a_table(random).drop("shop", "day")] * 3)
    X, y = (table.drop("y"), table["y"]) if apart else (table, "y")
    model = TableClassifier(NETWORK).fit(X, y)
    ((learned, held),) = both_sides(watched, "x")
    assert not np.isin(held, learned).any()
    assert model.estimator_.validation_scores_ is not None


def test_groups_and_order_hold_where_the_training_stops(random, watched):
    table = a_table(random)
    model = TableClassifier(NETWORK, group="shop").fit(table, "y")
    ((learned, held),) = both_sides(watched, "shop")
    assert not np.isin(held, learned).any()
    assert "shop" not in [column.name for column in model.encoder_.columns]
    watched.clear()
    TableClassifier(NETWORK, order="day").fit(table, "y")
    ((learned, held),) = both_sides(watched, "day")
    assert learned.max() < held.min()


@pytest.mark.parametrize(("option", "column"), [("group", "shop"), ("order", "day")])
def test_they_hold_in_every_fold_of_a_search(random, watched, option, column):
    told = {option: column}
    grids = [Grid(linear=False, values={"alpha": [0.1, 1.0]})]
    settings = SearchSettings(folds=3, epochs=2, **told)
    model, _ = search_table(a_table(random), "y", settings, grids=grids)
    assert len(watched) > 3
    for learned, held in both_sides(watched, column):
        assert learned.max() < held.min() if option == "order" else not np.isin(held, learned).any()
    assert getattr(model, option) == column


def test_a_table_without_ties_is_trained_to_the_same_bits(random):
    table = a_table(random).drop("shop", "day")
    model = TableClassifier(NETWORK).fit(table, "y")
    X = model.inputs(table)
    alone = MLPClassifier((3,), early_stopping=True, max_iter=3).fit(X, table["y"].to_numpy())
    assert np.array_equal(alone.predict_proba(X), model.predict_proba(table))


def test_what_ties_rows_is_saved(random, tmp_path):
    model = TableClassifier(NETWORK, group="shop").fit(a_table(random), "y")
    save(model, tmp_path / "a.shoal")
    again = load(tmp_path / "a.shoal")
    assert (again.group, again.order) == ("shop", None)


# --- weights ------------------------------------------------------------------------------------------


def test_rows_of_weight_0_are_not_learned_from_and_rows_without_a_target_take_their_weight_along(random):
    table = a_table(random).drop("shop", "day")
    gone = table.with_columns(y=pl.when(pl.int_range(240) % 7 == 3).then(None).otherwise(pl.col("y")))
    weights = random.integers(0, 3, 240).astype(float)
    model = TableClassifier(LogisticRegression()).fit(gone, "y", sample_weight=weights)
    known = gone["y"].is_not_null().to_numpy()
    X = model.inputs(gone)[known]
    alone = LogisticRegression().fit(X, gone["y"].to_numpy()[known], sample_weight=weights[known])
    assert np.array_equal(alone.predict_proba(X), model.predict_proba(gone.filter(known)))
    with pytest.raises(ValueError, match="inconsistent"):
        TableClassifier().fit(gone, "y", sample_weight=weights[1:])


def weighed(random):
    """Where the rows are heavy the answer is the other way round."""
    x = random.normal(size=400)
    heavy = np.arange(400) % 2 == 0
    y = np.where((x > 0) == heavy, "yes", "no")
    return pl.DataFrame({"x": x, "w": np.where(heavy, 9.0, 1.0), "y": y})


@pytest.mark.parametrize("linear", [True, False])
def test_weights_decide_in_the_fits_the_folds_and_the_judgement_of_a_search(random, linear):
    table = weighed(random)
    grids = [Grid(linear=linear, values={"C" if linear else "alpha": [0.1, 1.0]})]
    model, outcome = search_table(table, "y", SearchSettings(weight="w", folds=3, epochs=30), grids=grids)
    mean = outcome.candidates[outcome.chosen].mean("accuracy").value
    score = TrainingRecord.from_dict(model.report_, model.target_.task).scores["network"]["accuracy"].value
    assert model.evaluate(table).scores["accuracy"].value == pytest.approx(0.5, abs=0.05)
    assert mean > 0.8  # the heavy rows are right: nine tenths of the weight
    assert score > 0.8


def test_a_search_over_weighted_tables_is_scikit_learns_to_the_bit(random):
    from sklearn.model_selection import GridSearchCV as Theirs

    table, weights = a_table(random).drop("shop", "day"), random.integers(1, 5, 240).astype(float)
    X, y = table.drop("y").to_pandas(), table["y"].to_numpy()
    found = []
    for search in (GridSearchCV, Theirs):
        grid = {"estimator__alpha": [0.01, 1.0]}
        of = search(TableClassifier(NETWORK), grid, scoring="neg_log_loss", cv=3)
        found.append(of.fit(X, y, sample_weight=weights).cv_results_["mean_test_score"])
    assert np.allclose(*found, rtol=1e-12)


def test_a_regressor_takes_weights(random):
    x = random.normal(size=100)
    table = pl.DataFrame(
        {"x": x, "z": random.normal(size=100), "y": np.where(np.arange(100) < 50, 3 * x, -x)}
    )
    model = TableRegressor().fit(table, "y", sample_weight=(np.arange(100) < 50).astype(float))
    assert np.corrcoef(model.predict(table), x)[0, 1] > 0.9
