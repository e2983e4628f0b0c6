"""Tables in scikit-learn's contract: `TableClassifier`, `TableRegressor`."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

import shoal
from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, UsageError
from shoal.tables import TableClassifier, TableEncoder, TableRegressor, describe

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks(
    [
        TableClassifier(),
        TableRegressor(),
        TableClassifier(LogisticRegression()),
        TableRegressor(MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", random_state=0)),
    ],
    expected_failed_checks=lambda _: {
        "check_sample_weight_equivalence_on_dense_data": "what a column is, and its scale, the rows say"
    },
)
def test_scikit_learns_own_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its tables hold columns that give the target away
        check(estimator)


def a_table(rows=150, seed=0):
    random = np.random.default_rng(seed)
    x, z = random.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "price": [f"${1000 * (9 + v):,.2f}" for v in x],
            "colour": np.where(z > 0, "red", "blue"),
            "z": [None if i % 11 == 0 else v for i, v in enumerate(z)],
            "kind": np.where(x + 0.2 * random.normal(size=rows) > 0, "yes", "no"),
            "size": 50 + 5 * x + np.where(z > 0, 3, 0),
        }
    )


def small(task):
    kind = MLPClassifier if task == "kind" else MLPRegressor
    inner = kind(hidden_layer_sizes=(4,), solver="lbfgs", alpha=0.1, max_iter=200, random_state=0)
    return (TableClassifier if task == "kind" else TableRegressor)(inner)


TARGETS = ["kind", "size"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_by_name_or_beside_the_table_is_the_same(target):
    table = a_table().drop(*[name for name in TARGETS if name != target])
    X, y = table.drop(target), table[target]
    named, beside = small(target).fit(table, target), small(target).fit(X, y)
    np.testing.assert_array_equal(named.estimator_.theta_, beside.estimator_.theta_)
    np.testing.assert_array_equal(named.predict(table), beside.predict(X))
    assert named.feature_names_in_.tolist() == beside.feature_names_in_.tolist() == X.columns
    assert named.n_features_in_ == 3
    assert [column.name for column in beside.forms_.columns] == ["price"]
    assert named.evaluate(table) == beside.evaluate(X, y)
    assert beside.score(X, y) > 0.9


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "convert", [pl.DataFrame.to_pandas, pl.DataFrame.to_arrow], ids=["pandas", "pyarrow"]
)
def test_any_kind_of_table_is_the_same(target, convert):
    table = a_table().drop(*[name for name in TARGETS if name != target])
    X, y = table.drop(target), table[target].to_numpy()
    ours, other = small(target).fit(X, y), small(target).fit(convert(X), y)
    np.testing.assert_array_equal(ours.predict(X), other.predict(convert(X)))


def test_columns_of_an_array_go_by_their_place():
    table = a_table().drop("size")
    X = table.drop("kind").to_pandas().to_numpy(dtype=object)
    model = small("kind").fit(X, table["kind"].to_numpy())
    assert model.encoder_.feature_names == ("x0", "x1=blue", "x1=red", "x2", "x2 is missing")
    np.testing.assert_array_equal(
        model.predict(X), small("kind").fit(table.drop("kind"), table["kind"]).predict(table)
    )
    with pytest.raises(ValueError, match="X has 2 features, but TableClassifier is expecting 3"):
        model.predict(X[:, :2])


def test_columns_of_a_table_go_by_their_name():
    table = a_table().drop("size")
    model = small("kind").fit(table, "kind")
    turned = table.select("kind", "z", "colour", pl.lit(1).alias("more"), "price")
    np.testing.assert_array_equal(model.predict(turned), model.predict(table))
    with pytest.raises(DataError, match=r'lacks columns.*: "z"'):
        model.predict(table.drop("z"))


@pytest.mark.parametrize("target", TARGETS)
def test_in_a_pipeline_and_in_folds(target):
    table = a_table().drop(*[name for name in TARGETS if name != target])
    X, y = table.drop(target), table[target].to_numpy()
    piped = make_pipeline(FunctionTransformer(lambda X: X.to_pandas()), small(target))
    scores = cross_val_score(piped, X, y, cv=3)
    assert scores.min() > 0.85
    np.testing.assert_array_equal(scores, cross_val_score(small(target), X, y, cv=3))


@pytest.mark.parametrize("target", TARGETS)
def test_a_search_over_tables_is_one_run_with_the_scores_of_each_alone(target):
    table = a_table().drop(*[name for name in TARGETS if name != target])
    X, y = table.drop(target), table[target].to_numpy()
    grid = {"estimator__alpha": [0.01, 1.0], "estimator__hidden_layer_sizes": [(3,), (5, 4)]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GridSearchCV(small(target), grid, cv=3).fit(X, y)  # a warning would say: one by one
    for params, found in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        alone = cross_val_score(small(target).set_params(**params), X, y, cv=3)
        assert found == pytest.approx(alone.mean(), rel=1e-9)
    best = search.best_estimator_
    assert type(best) is type(small(target))
    again = small(target).set_params(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(best.estimator_.theta_, again.estimator_.theta_)
    np.testing.assert_array_equal(best.predict(X), again.predict(X))


def test_what_would_spoil_is_left_out_with_a_warning_and_kept_on_demand():
    table = a_table().drop("size").with_columns(copy=pl.col("kind"))
    with pytest.warns(UserWarning, match='left out: "copy"; findings_ says why.*name it in keep'):
        model = small("kind").fit(table, "kind")
    assert "copy" not in [column.name for column in model.encoder_.columns]
    assert [finding.column for finding in model.findings_ if finding.drop] == ["copy"]
    kept = small("kind").set_params(keep=["copy"]).fit(table, "kind")
    assert kept.evaluate(table).scores["accuracy"].value == 1
    dropped = small("kind").set_params(drop=["price", "copy"]).fit(table, "kind")
    assert [column.name for column in dropped.encoder_.columns] == ["colour", "z"]


def test_told_features_are_taken_as_they_are():
    table = a_table().drop("size", "price")
    features = [column for column in describe(table) if column.name == "z"]
    model = small("kind").set_params(features=features).fit(table, "kind")
    assert model.encoder_ == TableEncoder.fit(table, features)
    assert model.findings_ == ()


@pytest.mark.parametrize("told", [["-999"], ("-999",), "-999", -999, -999.0, [-999]])
def test_what_is_told_of_columns_and_gaps_is_obeyed(told, tmp_path):
    table = a_table().drop("size").with_columns(z=pl.col("z").fill_null(-999))
    model = small("kind").set_params(missing={"z": told}, columns={"price": "category"})
    with pytest.warns(UserWarning, match='"price"'):
        model.fit(table, "kind")
    assert "z is missing" in model.encoder_.feature_names
    shoal.save(model, tmp_path / "m.shoal")
    assert shoal.load(tmp_path / "m.shoal").missing == {"z": ["-999"]}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("array", [False, True])
def test_a_file_keeps_all_that_was_learned(target, array, tmp_path):
    table = a_table().drop(*[name for name in TARGETS if name != target])
    X, y = table.drop(target), table[target].to_numpy()
    X = X.to_pandas().to_numpy(dtype=object) if array else X
    model = small(target).set_params(
        missing={} if array else {"z": ["-1"]}, drop=["x1" if array else "colour"]
    )
    model.fit(X, y)
    shoal.save(model, tmp_path / "m.shoal")
    loaded = shoal.load(tmp_path / "m.shoal")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    for name in ("encoder_", "forms_", "target_", "findings_", "n_features_in_", "report_", "drop"):
        assert getattr(loaded, name) == getattr(model, name), name
    assert hasattr(loaded, "feature_names_in_") is not array
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = clone(loaded).fit(X, y)
    np.testing.assert_array_equal(again.estimator_.theta_, model.estimator_.theta_)


@pytest.mark.parametrize("target", TARGETS)
def test_it_can_be_looked_into_with_a_target_beside_the_table(target):
    table = a_table().drop(*[name for name in TARGETS if name != target])
    X, y = table.drop(target), table[target]
    model = small(target).fit(X, y)
    assert model.trace(X, y).J == model.trace(table).J
    assert model.trace(X).J is None
    assert model.check_gradients(X, y, samples=5).ok
    assert model.doctor(X, y).rows == 150


def test_before_fit_nothing_can_be_asked(tmp_path):
    table = a_table()
    for ask in (
        lambda model: model.predict(table),
        lambda model: model.evaluate(table),
        lambda model: model.trace(table),
        lambda model: shoal.save(model, tmp_path / "m.shoal"),
    ):
        with pytest.raises(NotFittedError):
            ask(TableClassifier())


def test_names_of_pandas_that_are_numbers_are_text():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)))
    y = (frame[0] > 0).to_numpy()
    model = TableClassifier(LogisticRegression(), keep=["0"]).fit(frame, y)
    assert model.feature_names_in_.tolist() == ["0", "1"]
    assert model.predict(frame).dtype == bool


@pytest.mark.parametrize("rows", [40, 400])
def test_nobody_need_choose_a_network(rows):
    table = a_table(rows).drop("size")
    model = TableClassifier().fit(table, "kind")
    assert model.estimator_.early_stopping is (rows == 400)
    assert model.evaluate(a_table(300, seed=1)).scores["accuracy"].value > 0.85


def test_a_fit_that_fails_leaves_the_model_as_it_was():
    table = a_table().drop("size")
    model = small("kind").fit(table, "kind")
    predicted, parts = model.predict(table), dict(vars(model))
    with pytest.raises(DataError):
        model.fit(table.with_columns(kind=pl.lit("yes")), "kind")
    other = table.rename({"z": "u"})
    with pytest.raises(UsageError):
        model.set_params(estimator__hidden_layer_sizes=(-1,)).fit(other, "kind")
    model.set_params(estimator__hidden_layer_sizes=(4,))
    assert dict(vars(model)) == parts
    np.testing.assert_array_equal(model.predict(table), predicted)
