"""What older versions wrote is still read. The files and how they were made: `old_files/README.md`."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas
import polars
import pytest
from sklearn.model_selection import KFold

import shoal
from shoal.base.errors import UsageError

OLD = Path(__file__).parent / "old_files"
ARRAYS = json.loads((OLD / "arrays.json").read_text(encoding="utf-8"))
X, Y, LABELS = (np.array(ARRAYS[name]) for name in ("X", "Y", "labels"))
FRAME = pandas.DataFrame(X, columns=ARRAYS["names"])

# The files were made on one CPU and are read on another, which adds in another order and has its own e^x: a
# few units in the last place of sums of some ten terms of size 1. 1e-12 is far above this in float64, and so
# is 1e-5 in float32; a weight that was read wrong is off by much more.
DOUBLE, SINGLE = {"rtol": 1e-12, "atol": 1e-12}, {"rtol": 1e-5, "atol": 1e-5}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_model_of_a_table_predicts_what_it_predicted():
    expected = json.loads((OLD / "table.json").read_text(encoding="utf-8"))["predict"]
    model, frame = shoal.load(OLD / "table.shoal"), polars.read_csv(OLD / "table.csv")
    assert model.estimator_.classes_.tolist() == ["leaves", "stays"]
    probabilities = [expected[f"probability {label}"] for label in model.estimator_.classes_]
    np.testing.assert_allclose(model.predict_proba(frame), np.transpose(probabilities), **DOUBLE)
    assert model.predict(frame).tolist() == expected["prediction"]  # none is within 1e-3 of one half


def test_a_regressor_predicts_what_it_predicted_and_still_has_its_parameters():
    model = shoal.load(OLD / "regressor.shoal")
    assert model.theta_.dtype == np.float32
    np.testing.assert_allclose(
        model.predict(X.astype(np.float32)), ARRAYS["regressor"]["predicted"], **SINGLE
    )
    assert model.loss_curve_ == ARRAYS["regressor"]["cost"]
    assert (model.n_iter_no_change, model.dropout) == (np.inf, (0.1, 0.0))
    assert model.activation == ("tanh", "leaky_relu")
    assert (model.n_iter_, model.t_, model.ending_.rule) == (40, 40 * len(X), "max_epochs")


def test_a_regressor_of_format_2_has_the_loss_of_that_time_and_is_trained_on():
    said = json.loads((OLD / "arrays_2.json").read_text(encoding="utf-8"))
    model = shoal.load(OLD / "regressor_2.shoal")
    assert (model.loss, model.hidden_layer_sizes) == ("squared_error", (3,))
    np.testing.assert_allclose(model.predict(X), said["predicted"], **DOUBLE)
    assert model.fit(X, Y).loss_curve_[:20] == said["cost"]
    assert max(model.loss_curve_[20:]) < said["cost"][0]


def test_a_logistic_regression_predicts_what_it_predicted_and_knows_its_columns():
    model = shoal.load(OLD / "logistic.shoal")
    np.testing.assert_allclose(model.predict_proba(FRAME), ARRAYS["logistic"]["probabilities"], **DOUBLE)
    assert model.theta_.tolist() == ARRAYS["logistic"]["theta"]
    assert model.classes_.tolist() == ["中", "低", "高"]
    assert model.class_weight == {"低": 2.0, "中": 1.0, "高": 1.5}
    with pytest.raises(ValueError, match="feature names"):
        model.predict(FRAME.rename(columns={"长": "other"}))


def test_a_regressor_is_trained_on_from_where_it_stood():
    model = shoal.load(OLD / "regressor.shoal")
    before = ARRAYS["regressor"]["cost"]
    model.fit(X.astype(np.float32), Y)
    assert (model.n_iter_, model.n_epochs_) == (20, 60)
    assert model.loss_curve_[:40] == before
    # from random weights the first epochs cost 0.84 and 0.70, and the last ones before saving about 0.16
    assert max(model.loss_curve_[40:]) < before[0] / 2
    assert min(model.loss_curve_[40:]) < min(before)


def test_a_logistic_regression_starts_from_the_minimum_that_was_saved():
    model = shoal.load(OLD / "logistic.shoal")
    needed = int(model.n_iter_[0])
    model.fit(FRAME, LABELS)
    assert model.n_iter_[0] <= 1 < needed
    # the slope there is at most tol = 1e-6, so one more step cannot lead far away
    np.testing.assert_allclose(model.theta_, ARRAYS["logistic"]["theta"], rtol=0, atol=1e-4)


def test_a_model_of_a_table_is_trained_on():
    model, frame = shoal.load(OLD / "table.shoal"), polars.read_csv(OLD / "table.csv")
    network = model.estimator_.set_params(warm_start=True, max_iter=5)
    rows = model.encoder_.transform(frame)
    network.fit(rows, frame["stays"].to_numpy())
    assert (network.n_iter_, network.n_epochs_) == (5, 45)
    # from random weights the cost was 0.73, and 0.55 at the end
    assert max(network.loss_curve_[40:]) < 0.6


@pytest.mark.parametrize("name", ["table", "regressor", "regressor_2", "logistic"])
def test_an_old_file_that_is_saved_anew_means_the_same(name, tmp_path):
    old = shoal.load(OLD / f"{name}.shoal")
    shoal.save(old, tmp_path / "new.shoal")
    new = shoal.load(tmp_path / "new.shoal")
    rows = {"table": polars.read_csv(OLD / "table.csv"), "logistic": FRAME, "regressor_2": X}.get(
        name, X.astype(np.float32)
    )
    np.testing.assert_array_equal(new.predict(rows), old.predict(rows))


def test_an_old_study_is_continued_or_refused_by_what_made_it(tmp_path):
    """Bits depend on versions and CPU: where these are others, the study is refused and left as it is."""
    folder = tmp_path / "study"
    shutil.copytree(OLD / "study", folder)
    try:
        continued = search_of_three(study=folder).fit(X, LABELS)
    except UsageError as error:
        refused = str(error)
        assert str(folder) in refused
        assert "version" in refused
        assert contents(folder) == contents(OLD / "study")
    else:
        for name, values in ARRAYS["study"].items():  # the times too: nothing was trained again
            assert continued.cv_results_[name][:2].tolist() == values
        alone = search_of_three().fit(X, LABELS)
        for name in ("mean_test_score", "std_test_score"):
            assert continued.cv_results_[name].tolist() == alone.cv_results_[name].tolist()
        assert len(contents(folder)) == len(contents(OLD / "study")) + 1


def search_of_three(**options):
    """The search of two candidates that the study is of, and one candidate more."""
    network = shoal.MLPClassifier((3,), max_iter=12, learning_rate_init=0.05, random_state=1)
    return shoal.GridSearchCV(network, {"alpha": [0.01, 1.0, 10.0]}, cv=KFold(3), **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}
