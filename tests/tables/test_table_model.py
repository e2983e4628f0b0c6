"""What a model of a table can be asked, and that it does the work once."""

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from shoal.base.errors import DataError, UsageError
from shoal.base.texts import use_language
from shoal.tables import TableClassifier, TableEncoder, TrainSettings, train_table

KINDS = {2: ["no", "yes"], 3: ["high", "low", "middle"]}


def a_table(classes=2, rows=150, seed=0):
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, rows))
    place = np.digitize(a + random.normal(size=rows), np.linspace(-0.5, 0.5, classes - 1))
    return pl.DataFrame({"a": a, "b": b, "kind": np.array(KINDS[classes])[place], "size": 10 * a + b})


def a_model(target="kind", classes=2):
    drop = tuple({"kind", "size"} - {target})
    return train_table(a_table(classes), target, TrainSettings(hidden=(4,), epochs=10, drop=drop))


@pytest.fixture
def encoded(monkeypatch):
    """Counts how many times a table is encoded."""
    tables, transform = [], TableEncoder.transform

    def counting(self, frame):
        tables.append(frame)
        return transform(self, frame)

    monkeypatch.setattr(TableEncoder, "transform", counting)
    return tables


@pytest.mark.parametrize("classes", [2, 3])
def test_labels_and_probabilities_together_are_those_apart_from_one_pass(classes, encoded):
    model, table = a_model(classes=classes), a_table(classes, seed=1)
    encoded.clear()
    labels, P = model.predict_both(table)
    assert len(encoded) == 1
    np.testing.assert_array_equal(labels, model.predict(table))
    np.testing.assert_array_equal(P, model.predict_proba(table))


def test_a_number_has_no_probabilities():
    assert not hasattr(a_model("size"), "predict_proba")


def test_an_evaluation_is_what_scikit_learn_says_of_the_predictions(encoded):
    model, table = a_model(classes=3), a_table(3, seed=1)
    encoded.clear()
    found = model.evaluate(table)
    assert len(encoded) == 1
    y, labels = table["kind"].to_numpy(), model.predict(table)
    assert (found.rows, found.unknown_target, found.same_table) == (150, 0, False)
    assert found.scores["accuracy"].value == metrics.accuracy_score(y, labels)
    # the logarithm of a rounded probability differs in the last digits
    assert found.scores["log_loss"].value == pytest.approx(metrics.log_loss(y, model.predict_proba(table)))
    assert [entry["label"] for entry in found.classes] == KINDS[3]
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(y, labels))


def test_an_evaluation_of_numbers_encodes_the_table_once_and_has_no_classes(encoded):
    model, table = a_model("size"), a_table(seed=1)
    encoded.clear()
    found = model.evaluate(table)
    assert len(encoded) == 1
    y, predicted = table["size"].to_numpy(), model.predict(table)
    assert found.scores["r2"].value == pytest.approx(metrics.r2_score(y, predicted))  # sums in another order
    assert found.scores["mae"].value == pytest.approx(metrics.mean_absolute_error(y, predicted))
    assert found.classes == found.confusion == ()
    assert set(found.to_dict()) == {"rows", "unknown_target", "same_table", "scores"}


def test_an_evaluation_leaves_out_rows_without_a_target_and_knows_its_own_table():
    model = a_model()
    assert model.evaluate(a_table()).same_table
    table = a_table().with_columns(kind=pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("kind"))
    found = model.evaluate(table)
    assert (found.rows, found.unknown_target, found.same_table) == (143, 7, False)


def test_a_label_that_the_model_does_not_know_is_named():
    table = a_table().with_columns(
        kind=pl.when(pl.int_range(pl.len()) < 1).then(pl.lit("why")).otherwise("kind")
    )
    with pytest.raises(DataError, match=r'not know: "why"\. It knows "no", "yes"'):
        a_model().evaluate(table)


def test_a_pandas_table_is_trained_on_and_judged_as_it_is():
    table = a_table()
    settings = TrainSettings(hidden=(4,), epochs=10, drop=("size",))
    model = train_table(table.to_pandas(), "kind", settings)
    assert isinstance(model, TableClassifier)
    np.testing.assert_array_equal(model.estimator_.theta_, a_model().estimator_.theta_)
    assert model.evaluate(table.to_pandas()) == a_model().evaluate(table)
    with pytest.raises(UsageError, match="pandas, polars or pyarrow"):
        train_table([[1, 2]], "kind", settings)


# --- the rows as X and y ---------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["kind", "size"])
def test_examples_are_what_the_estimator_learned_from(target):
    model, table = a_model(target), a_table(rows=20, seed=1)
    X, y, rows = model.examples(table)
    np.testing.assert_array_equal(X, model.encoder_.transform(table))
    np.testing.assert_array_equal(rows, np.arange(20))
    if target == "kind":
        assert y.tolist() == table["kind"].to_list()
    else:
        np.testing.assert_allclose(y * model.scale_.scale + model.scale_.mean, table["size"], rtol=1e-14)


def test_examples_leave_out_rows_without_a_target_and_say_which_are_left():
    model, table = a_model(), a_table(rows=5, seed=1)
    gaps = table.with_columns(kind=pl.Series(["no", None, "yes", None, "no"]))
    X, y, rows = model.examples(gaps)
    assert rows.tolist() == [0, 2, 4]
    assert y.tolist() == ["no", "yes", "no"]
    np.testing.assert_array_equal(X, model.encoder_.transform(table)[[0, 2, 4]])


def test_a_target_may_have_the_name_of_the_numbers():
    table = a_table().rename({"kind": "row"})
    model = train_table(table, "row", TrainSettings(hidden=(4,), epochs=2, drop=("size",)))
    assert model.examples(table).rows.tolist() == list(range(150))


def test_examples_without_a_target_are_all_rows_where_none_is_needed():
    model, table = a_model(), a_table(rows=5, seed=1).drop("kind")
    X, y, rows = model.examples(table, target=False)
    assert X.shape == (5, 2)
    assert y is None
    assert rows.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("language", "said"), [("en", "no row has a value"), ("zh", "没有任何取值")])
def test_examples_need_targets_that_the_model_knows(language, said):
    use_language(language)
    model, table = a_model(), a_table(rows=3, seed=1)
    with pytest.raises(DataError, match='"kind"'):
        model.examples(table.drop("kind"))
    with pytest.raises(DataError, match=said):
        model.examples(table.with_columns(kind=pl.lit(None, pl.String)))
    with pytest.raises(DataError, match='"perhaps"'):
        model.examples(table.with_columns(kind=pl.lit("perhaps")))
