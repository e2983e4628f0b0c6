"""Sealed files whose parts contradict each other, or say what no training can have been, are refused."""

import copy
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_multilabel_classification

import shoal
from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import ModelFileError
from shoal.cli import main
from shoal.saving import _document as model_file
from shoal.saving._formats import names_of, parameters_of
from shoal.saving._models import ESTIMATORS

OLD = Path(__file__).parents[1] / "old_files"
TABLE = str(OLD / "table.csv")
X, LABELS = make_blobs(60, 3, centers=3, random_state=0)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A document and arrays of each kind of model, as the newest format has them."""
    models = {
        "network": MLPClassifier((4,), max_iter=3).fit(X, LABELS),
        "linear": LogisticRegression().fit(X, LABELS),
        "labels": MLPClassifier((4,), max_iter=3).fit(*make_multilabel_classification(50, 3, n_classes=4)),
        "numbers": MLPRegressor(hidden_layer_sizes=(4,), max_iter=3).fit(X, X[:, :2]),
        "table": shoal.load(OLD / "table.shoal"),
    }
    path = tmp_path_factory.mktemp("saved") / "m.shoal"
    found = {}
    for name, model in models.items():
        shoal.save(model, path)
        found[name] = model_file.read(path)
    return found


def put(key, value):
    """A change of a document: the value at a place such as ``table.report.gain``."""

    def change(document):
        *folders, last = key.split(".")
        for folder in folders:
            document = document[folder]
        document[last] = value

    return change


def swap(key):
    def change(document):
        place = document
        for folder in key.split("."):
            place = place[folder]
        place.reverse()

    return change


def drop(key):
    def change(document):
        *folders, last = key.split(".")
        for folder in folders:
            document = document[folder]
        del document[last]

    return change


REPORT = "table.report"
CONTRADICTIONS = [
    ("network", swap("classes.values"), r"classes\.values` .* sorted"),
    ("linear", swap("classes.values"), r"classes\.values` .* sorted"),
    ("network", put("features.names", ["a", "b", "a"]), r"features\.names` .* without repetitions"),
    ("network", put("parameters.hidden_layer_sizes", [99]), r"parameters\.hidden_layer_sizes` .*network\.n"),
    ("network", put("parameters.hidden_layer_sizes", {"tuple": []}), r"parameters\.hidden_layer_sizes`"),
    ("network", put("parameters.activation", "tanh"), r"parameters\.activation` .*network\.activations"),
    ("network", put("parameters.activation", ["relu", "relu"]), r"parameters\.activation"),
    ("network", put("parameters.dropout", {"tuple": [0.1, 0.2, 0.3]}), r"parameters\.dropout"),
    ("network", put("parameters.weight_decay", 0.5), r"parameters\.weight_decay"),
    ("network", drop("parameters.alpha"), r"parameters\.alpha` is missing"),
    ("linear", drop("parameters.penalty"), r"parameters\.penalty` is missing"),
    ("numbers", put("parameters.class_weight", None), r"parameters\.class_weight` does not belong"),
    ("network", put("training.n_iter", 2**64), r"training\.n_iter`"),
    ("network", put("training.n_iter", 2), r"training\.cost` .* list of 2, as `n_iter` says"),
    ("linear", put("training.n_iter", 2), r"training\.cost` .* list of 2, as `n_iter` says"),
    ("network", put("training.t", 2**63), r"training\.t`"),
    ("network", put("training.seed", 2**63), r"training\.seed`"),
    ("network", put("training.cost", ["1.5", " 7 ", "1"]), r"training\.cost\[0\]` .* number"),
    ("network", put("training.learning_rate", []), r"training\.learning_rate`"),
    ("network", put("training.score", [0.5] * 4), r"training\.score`"),
    ("labels", put("classes.values", [1, 2, 3, 4]), "'network'"),
    ("linear", put("network.output", "sigmoid"), "'network'"),
    ("numbers", put("network.output", "sigmoid"), "'network'"),
    ("table", put("features.names", [f"x{k}" for k in range(16)]), "features|table"),
    ("table", put("table.target.labels", "integer"), r"table\.target\.labels` .*classes\.dtype"),
    ("table", put("table.target", {"name": "stays", "task": "regression", "labels": "number"}), "task"),
    ("table", put("table.target.name", "age"), "target"),
    ("table", put(f"{REPORT}.gain", [0.1, -0.1]), r"gain\[1\]"),
    ("table", put(f"{REPORT}.scores.network.accuracy", [1.5, 0.1]), r"accuracy\[0\]"),
    ("table", put(f"{REPORT}.scores.linear.log_loss", [-0.5, 0.1]), r"log_loss\[0\]"),
    ("table", put(f"{REPORT}.scores.nothing.brier", [0.5, "0.1"]), r"brier\[1\]"),
    ("table", put(f"{REPORT}.linear_l2", -1.0), r"linear_l2"),
    ("table", put(f"{REPORT}.best_epoch", 41), r"report\.best_epoch` .* from 0 to 40"),
    ("table", put(f"{REPORT}.settings.l2", "x"), r"settings\.l2"),
    ("table", put(f"{REPORT}.settings.test_share", 2), r"settings\.test_share"),
    ("table", drop(f"{REPORT}.settings.seed"), r"settings\.seed"),
]


@pytest.mark.parametrize(("kind", "change", "said"), CONTRADICTIONS)
def test_a_contradiction_is_refused_by_load_and_by_the_command_line(
    saved, tmp_path, capsys, kind, change, said
):
    document, arrays = copy.deepcopy(saved[kind])
    change(document)
    path = tmp_path / "m.shoal"
    model_file.container.write(path, document, arrays)  # sealed rightly, unchecked
    with pytest.raises(ModelFileError, match=said):
        shoal.load(path)
    assert main(["inspect", str(path)]) == 4
    assert main(["predict", str(path), TABLE]) == 4
    assert "bug" not in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["network", "linear", "labels", "numbers", "table"])
def test_what_was_not_changed_is_accepted(saved, tmp_path, kind):
    document, arrays = copy.deepcopy(saved[kind])
    model_file.container.write(tmp_path / "m.shoal", document, arrays)
    shoal.load(tmp_path / "m.shoal")


def test_finite_weights_whose_sum_is_not_are_refused(saved, tmp_path):
    document, arrays = copy.deepcopy(saved["network"])
    arrays["W2"][1] = 1.7e308  # each of them is a number
    model_file.container.write(tmp_path / "m.shoal", document, arrays)
    with pytest.raises(ModelFileError, match="layer 2"):
        shoal.load(tmp_path / "m.shoal")


# --- the parameters of each format --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_the_newest_format_has_the_parameters_of_today(kind):
    """Where this fails, a parameter was added: give it a new format in `saving/_formats`."""
    assert names_of(kind) == set(ESTIMATORS[kind]().get_params())


@pytest.mark.parametrize("name", ["table", "regressor", "logistic"])
def test_a_parameter_that_an_old_file_lacks_has_the_default_of_that_time(name):
    document, _ = model_file.read(OLD / f"{name}.shoal")
    for key in list(document["parameters"]):
        del document["parameters"][key]
    found = parameters_of(document)
    assert set(found) == names_of(document["estimator"])
    if name != "logistic":
        assert (found["max_iter"], found["alpha"]) == (200, 1e-4)


def test_in_format_1_a_scale_was_obeyed_by_one_initialization_only():
    document, _ = model_file.read(OLD / "regressor.shoal")
    document["parameters"] = {"initialization": "normal", "learning_rate": "step"}
    found = parameters_of(document)
    assert (found["initialization_scale"], found["decay_every"]) == (0.01, 10)
    document["parameters"] = {}
    found = parameters_of(document)
    assert (found["initialization_scale"], found["decay_every"]) == (None, None)


def test_an_average_of_restarts_is_as_wide_as_its_restarts_together(tmp_path):
    model = MLPClassifier((4, 3), n_restarts=3, restarts="average", max_iter=3).fit(X, LABELS)
    shoal.save(model, tmp_path / "m.shoal")
    document, arrays = model_file.read(tmp_path / "m.shoal")
    assert document["network"]["n"] == [3, 12, 9, 3]
    np.testing.assert_array_equal(shoal.load(tmp_path / "m.shoal").theta_, model.theta_)
    document["parameters"]["restarts"] = "best"
    model_file.container.write(tmp_path / "m.shoal", document, arrays)
    with pytest.raises(ModelFileError, match="hidden_layer_sizes"):
        shoal.load(tmp_path / "m.shoal")
