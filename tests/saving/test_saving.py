"""Models to files and back; what the bytes of a file must be like is tested in test_model_file.py."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_multilabel_classification, make_regression
from sklearn.exceptions import NotFittedError

import shoal
from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import FileError, ModelFileError, UsageError
from shoal.engines.numpy import NumpyEngine
from shoal.saving import _document as model_file

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, number = make_blobs(60, 3, centers=3, random_state=0)


two, three = (number > 0).astype(int), number
MODELS = {
    "two classes": lambda: MLPClassifier((5, 3), ["tanh", "relu"], max_iter=4).fit(X, two),
    "words": lambda: MLPClassifier((4,), max_iter=4).fit(X, np.array(["猫", "dog", "b{0}"])[three]),
    "objects": lambda: MLPClassifier((4,), max_iter=4).fit(
        X, np.array(["猫", "dog", "b"], dtype=object)[three]
    ),
    "truths": lambda: MLPClassifier((4,), max_iter=4).fit(X, two.astype(bool)),
    "floats": lambda: LogisticRegression().fit(X, three.astype(float)),
    "labels": lambda: MLPClassifier((4,), max_iter=4).fit(
        *make_multilabel_classification(50, 3, n_classes=4)
    ),
    "float32": lambda: MLPClassifier((4,), max_iter=4).fit(X.astype(np.float32), three),
    "numbers": lambda: MLPRegressor(hidden_layer_sizes=(4,), max_iter=4).fit(
        *make_regression(50, 3, random_state=0)
    ),
    "many numbers": lambda: MLPRegressor(hidden_layer_sizes=(), max_iter=4).fit(
        *make_regression(50, 3, n_targets=2, random_state=0)
    ),
    "odd parameters": lambda: MLPClassifier(
        np.array([4, 3]),
        dropout=(0.1, 0.0),
        n_iter_no_change=np.inf,
        class_weight={0: 2.0},
        max_iter=np.int64(3),
    ).fit(X, three),
    "no penalty": lambda: LogisticRegression(C=np.inf, class_weight={"a": 3.0}).fit(
        X, np.array(["a", "b"])[two]
    ),
    "early stopping": lambda: MLPClassifier(
        (4,), early_stopping=True, scoring="neg_log_loss", max_iter=9
    ).fit(X, three),
    "any seed": lambda: MLPClassifier((4,), random_state=None, max_iter=3).fit(X, two),
    "the best of three": lambda: MLPClassifier((4,), n_restarts=3, max_iter=4).fit(X, three),
    "an average": lambda: MLPClassifier((4, 3), n_restarts=3, restarts="average", max_iter=4).fit(X, three),
    "an average of numbers": lambda: MLPRegressor(
        hidden_layer_sizes=(), n_restarts=2, restarts="average", max_iter=4
    ).fit(*make_regression(50, 3, n_targets=2, random_state=0)),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_as_it_was(name, tmp_path):
    model = MODELS[name]()
    shoal.save(model, tmp_path / "m.shoal")
    back = shoal.load(tmp_path / "m.shoal")
    assert type(back) is type(model)
    np.testing.assert_array_equal(back.theta_, model.theta_)
    assert back.theta_.dtype == model.theta_.dtype
    rows = X.astype(model.theta_.dtype)
    np.testing.assert_array_equal(back.predict(rows), model.predict(rows))
    if hasattr(model, "classes_"):
        np.testing.assert_array_equal(back.predict_proba(rows), model.predict_proba(rows))
        assert back.classes_.tolist() == model.classes_.tolist()
        assert back.classes_.dtype == model.classes_.dtype
        assert back.predict(rows).dtype == model.predict(rows).dtype
    assert back.loss_curve_ == model.loss_curve_
    assert back.ending_ == model.ending_
    if name not in ("any seed", "odd parameters"):
        assert back.get_params() == model.get_params()


@pytest.mark.parametrize(
    "labels",
    [
        *(np.array([0, 1, 100], f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)),
        *(np.array([-1, 0, 2], f"float{bits}") for bits in (16, 32, 64)),
        np.array([2**63 + 1, 2**63 + 2, 2**64 - 1], np.uint64),
        np.array([-(2**63), 0, 2**63 - 1]),
        np.array(["猫", "dog", ""], object),
    ],
    ids=lambda labels: f"{labels.dtype} to {labels[-1]}",
)
def test_labels_come_back_with_their_type_and_to_the_last_digit(labels, tmp_path):
    model = LogisticRegression().fit(X, labels[three])
    shoal.save(model, tmp_path / "m.shoal")
    back = shoal.load(tmp_path / "m.shoal")
    assert back.classes_.dtype == labels.dtype
    assert back.classes_.tolist() == sorted(labels.tolist())
    np.testing.assert_array_equal(back.predict(X), model.predict(X))


def test_parameters_that_json_lacks_come_back_with_their_types(tmp_path):
    model = MODELS["odd parameters"]()
    shoal.save(model, tmp_path / "m.shoal")
    back = shoal.load(tmp_path / "m.shoal")
    assert back.n_iter_no_change == np.inf
    assert back.class_weight == {0: 2.0}
    assert back.dropout == (0.1, 0.0)
    assert list(back.hidden_layer_sizes) == [4, 3]


def test_saving_again_gives_the_same_bytes(tmp_path):
    shoal.save(MODELS["words"](), tmp_path / "a.shoal")
    shoal.save(shoal.load(tmp_path / "a.shoal"), tmp_path / "b.shoal")
    assert (tmp_path / "a.shoal").read_bytes() == (tmp_path / "b.shoal").read_bytes()


def test_names_of_columns_are_kept_and_still_compared(tmp_path):
    pandas = pytest.importorskip("pandas", reason="a development tool")
    frame = pandas.DataFrame(X, columns=["长", "宽", "x y"])
    shoal.save(MLPClassifier((3,), max_iter=2).fit(frame, number), tmp_path / "m.shoal")
    back = shoal.load(tmp_path / "m.shoal")
    assert back.feature_names_in_.tolist() == ["长", "宽", "x y"]
    with pytest.raises(ValueError, match="feature names"):
        back.predict(frame.rename(columns={"长": "z"}))


def test_a_loaded_model_can_be_trained_on(tmp_path):
    model = MLPClassifier((4,), max_iter=5, warm_start=True).fit(X, number)
    shoal.save(model, tmp_path / "m.shoal")
    back = shoal.load(tmp_path / "m.shoal").fit(X, number)
    assert (back.n_iter_, back.n_epochs_) == (5, 10)
    assert back.loss_curve_[:5] == model.loss_curve_
    assert back.loss_curve_[-1] < model.loss_curve_[-1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_optimisers_memory_is_in_a_pickle_and_not_in_a_file(tmp_path, solver):
    model = MLPClassifier((4,), solver=solver, max_iter=5, warm_start=True).fit(X, number)
    shoal.save(model, tmp_path / "m.shoal")
    pickled = pickle.loads(pickle.dumps(model)).fit(X, number)  # noqa: S301
    filed = shoal.load(tmp_path / "m.shoal")
    never_stopped = clone(model).set_params(max_iter=10).fit(X, number)
    assert np.array_equal(pickled.theta_, never_stopped.theta_)
    assert not np.array_equal(filed.fit(X, number).theta_, never_stopped.theta_)
    assert "optimiser's memory" in shoal.save.__doc__


def test_what_cannot_be_kept_safely_is_refused_by_name(tmp_path):
    scored = MLPClassifier((3,), max_iter=2, scoring=lambda m, X, y: 0.0).fit(X, number)
    with pytest.raises(UsageError, match="scoring is a function"):
        shoal.save(scored, tmp_path / "m.shoal")
    powered = MLPClassifier((3,), max_iter=2, engine=NumpyEngine()).fit(X, number)
    with pytest.raises(UsageError, match="engine is a NumpyEngine"):
        shoal.save(powered, tmp_path / "m.shoal")
    with pytest.raises(UsageError, match="a dict cannot be saved"):
        shoal.save({}, tmp_path / "m.shoal")
    with pytest.raises(NotFittedError):
        shoal.save(MLPClassifier(), tmp_path / "m.shoal")
    mixed = LogisticRegression().fit(X, two)
    mixed.classes_ = np.array([0, "one"], dtype=object)
    with pytest.raises(UsageError, match="classes of type object"):
        shoal.save(mixed, tmp_path / "m.shoal")
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_loaded_again_is_not_written(tmp_path):
    turned = MLPClassifier((3,), max_iter=2).fit(X, number)
    turned.alpha = -1.0
    with pytest.raises(UsageError, match="alpha"):
        shoal.save(turned, tmp_path / "m.shoal")
    counted = LogisticRegression().fit(X, number)
    counted.n_iter_ = np.array([2**40])
    with pytest.raises(ModelFileError, match=r"`training\.n_iter`"):
        shoal.save(counted, tmp_path / "m.shoal")
    widened = MLPClassifier((3,), max_iter=2).fit(X, number).set_params(hidden_layer_sizes=(4,))
    with pytest.raises(ModelFileError, match=r"`parameters\.hidden_layer_sizes`"):
        shoal.save(widened, tmp_path / "m.shoal")
    swollen = MLPClassifier((3,), max_iter=2).fit(X, number)
    swollen.theta_[...] = 1.7e308
    with pytest.raises(ModelFileError, match="sum is infinite"):
        shoal.save(swollen, tmp_path / "m.shoal")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_were_only_set_are_not_a_fit(tmp_path):
    with_weights = LogisticRegression()
    with_weights.coef_ = np.ones((1, 3))
    with pytest.raises(NotFittedError):
        shoal.save(with_weights, tmp_path / "m.shoal")


def test_a_place_that_cannot_be_written_is_an_error_of_the_file_system(tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        shoal.save(MODELS["words"](), tmp_path / "nowhere" / "m.shoal")


CHANGES = {
    "another estimator": lambda d: d.update(estimator="Popen"),
    "a regressor with classes": lambda d: d.update(estimator="MLPRegressor"),
    "an unknown parameter": lambda d: d["parameters"].update(command="rm"),
    "a parameter that cannot be": lambda d: d["parameters"].update(alpha=-1),
    "a parameter of another kind": lambda d: d["parameters"].update(hidden_layer_sizes={"eval": "1"}),
    "an activation that is none": lambda d: d["network"].update(activations=["system"]),
    "an output that is none": lambda d: d["network"].update(output="exec"),
    "too few classes": lambda d: d["classes"].update(values=["a", "b"]),
    "training without its counters": lambda d: d["training"].pop("t"),
    "training with more than there is": lambda d: d["training"].update(extra=1),
    "a history of words": lambda d: d["training"].update(cost=["a"]),
    "a cost that no float holds": lambda d: d["training"].update(cost=[10**400]),
    "an end that is none": lambda d: d["training"].update(stopped="bored"),
    "a penalty that no float holds": lambda d: d["parameters"].update(alpha=10**400),
    "a negative count": lambda d: d["training"].update(n_iter=-1),
    "a table that is none": lambda d: d.update(table={"encoder": 1}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_well_formed_file_that_means_nonsense_is_refused(change, tmp_path):
    path = tmp_path / "m.shoal"
    shoal.save(MODELS["words"](), path)
    document, arrays = model_file.read(path)
    CHANGES[change](document)
    model_file.write(path, document, arrays)
    with pytest.raises(ModelFileError, match="model file"):
        shoal.load(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["training"].update(cost=[0.5, "0.4"]), r"`training\.cost\[1\]` .* a number, got '0\.4'"),
        (
            lambda d: d["training"].update(cost=[{"float": "1"}]),
            r"`training\.cost\[0\]\.float` .* one of 'inf'",
        ),
        (
            lambda d: d["training"].update(n_iter=True),
            r"`training\.n_iter` .* a whole number from 0 .*, got True",
        ),
        (lambda d: d["training"].update(stopped="bored"), r"`training\.stopped` .* one of .*, got 'bored'"),
        (lambda d: d["training"].update(extra=1), r"`training\.extra` does not belong"),
        (lambda d: d["training"].pop("t"), r"`training\.t` is missing"),
        (lambda d: d.update(table=TABLE | {"target_scale": 0}), r"`table\.target_scale` .* above 0, got 0"),
        (
            lambda d: d.update(table=TABLE | {"report": []}),
            r"`table\.report` .* an object \(name: value\), got \[\]",
        ),
    ],
    ids=["text", "odd float", "truth", "end", "unknown", "missing", "scale", "report"],
)
def test_what_is_wrong_in_a_file_is_named_with_what_was_expected(change, said, tmp_path):
    path = tmp_path / "m.shoal"
    shoal.save(MODELS["words"](), path)
    document, arrays = model_file.read(path)
    change(document)
    model_file.write(path, document, arrays)
    with pytest.raises(ModelFileError, match=said):
        shoal.load(path)


TABLE = {"encoder": {}, "target": {}, "target_mean": 0.0, "target_scale": 1.0, "report": {}}
