"""A recording: snapshots of a real fit, which they do not change, and any of which can be traced."""

import copy
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import shoal.engines
from shoal import LogisticRegression, MLPClassifier, MLPRegressor, load, save
from shoal.base.errors import DivergedError, UsageError
from shoal.base.texts import use_language
from shoal.book import Network
from shoal.datasets import load as dataset
from shoal.inspect import RecordedFit, Recording, check_gradients
from shoal.inspect._recording import Recorder

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.unchecked_shapes,
]
FLOWER, IRIS = dataset("flower"), dataset("iris")
ENGINES = ["numpy", "native"] if shoal.engines.native_is_built() else ["numpy"]
BOTH = ("theta", "slots")


def network(**parameters):
    settings = {"activation": "tanh", "max_iter": 25, "n_iter_no_change": np.inf, "batch_size": 64}
    return MLPClassifier((4,), **(settings | parameters))


FITS = {
    "adam": network(),
    "momentum": network(solver="sgd", learning_rate_init=0.1),
    "gradient descent": network(solver="sgd", momentum=0, batch_size="full"),
    "dropout": network(dropout=0.3, alpha=1.0, l1=0.1),
    "lbfgs": network(solver="lbfgs", alpha=0.5, batch_size="auto"),
    "early stopping": network(early_stopping=True, n_iter_no_change=5, learning_rate_init=0.05),
    "stops by itself": network(n_iter_no_change=3, tol=0.1),
    "adaptive": network(solver="sgd", learning_rate="adaptive", n_iter_no_change=2, tol=0.01),
    "verbose": network(verbose=True),
    "linear": LogisticRegression(l1_ratio=0.3),
    "ridge": LogisticRegression(),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("record", ["all", 7])
def test_recording_changes_no_bit_of_the_fit(name, engine, record):
    plain, recorded = (clone(FITS[name]).set_params(engine=engine) for _ in range(2))
    weights = np.random.default_rng(0).uniform(0, 2, len(FLOWER.y)).round()
    plain.fit(FLOWER.X, FLOWER.y, weights)
    recorded.fit(FLOWER.X, FLOWER.y, weights, record=record)
    np.testing.assert_array_equal(plain.theta_, recorded.theta_)
    np.testing.assert_array_equal(plain.n_iter_, recorded.n_iter_)
    assert plain.loss_curve_ == recorded.loss_curve_
    assert getattr(plain, "validation_scores_", None) == getattr(recorded, "validation_scores_", None)
    assert not hasattr(plain, "recording_")
    epochs, last = recorded.recording_.epochs, int(np.ravel(recorded.n_iter_)[0])
    assert epochs == sorted({*range(0, last + 1, 1 if record == "all" else 7), last})


@pytest.mark.parametrize("name", ["adam", "momentum", "lbfgs", "dropout"])
def test_a_snapshot_is_the_model_that_a_shorter_fit_gives(name):
    model = clone(FITS[name]).fit(FLOWER.X, FLOWER.y, record=5)
    start = model.recording_.theta(0)
    for epoch in (5, 10, 25):
        shorter = clone(FITS[name]).set_params(max_iter=epoch).fit(FLOWER.X, FLOWER.y)
        np.testing.assert_array_equal(model.recording_.theta(epoch), shorter.theta_)
        assert (start != shorter.theta_).any()
    with pytest.raises(ValueError, match="read-only"):
        start[0] = 1


def test_any_epoch_can_be_traced_on_the_rows_that_were_learned_from_and_on_others():
    weights = np.random.default_rng(0).uniform(0.5, 2, 150)
    model = MLPClassifier((3,), max_iter=20, alpha=2.0, class_weight={"setosa": 3.0})
    model.fit(IRIS.X, IRIS.y, weights, record=5)
    mine, others = model.recording_.trace(10), model.trace(IRIS.X, IRIS.y, weights, epoch=10)
    assert pytest.approx(others.J, rel=1e-13) == mine.J
    for l in (1, 2):
        np.testing.assert_allclose(mine.dW[l], others.dW[l], rtol=1e-9, atol=1e-15)
    assert mine.classes == ["setosa", "versicolor", "virginica"]
    np.testing.assert_array_equal(model.recording_.trace(20).A[2], model.trace(IRIS.X).A[2])
    assert model.recording_.trace(5, dtype="float32").dtype == "float32"
    check = model.check_gradients(IRIS.X, IRIS.y, weights, epoch=0)
    assert check.ok
    l1, l2 = model._penalties
    assert l1 == 0
    data = model.recording_._data
    same = check_gradients(model.network_, model.recording_.theta(0), data.X, data.Y, v=data.v, l2=l2)
    np.testing.assert_allclose(check.gradients["graph"], same.gradients["graph"], rtol=1e-12)


def test_the_rows_held_out_for_early_stopping_are_not_among_the_traced():
    model = clone(FITS["early stopping"]).fit(FLOWER.X, FLOWER.y, record=2)
    assert model.recording_.trace(0).m == 360


def test_the_recorded_cost_of_full_batches_is_the_history():
    model = clone(FITS["gradient descent"]).fit(FLOWER.X, FLOWER.y, record="all")
    costs = [model.recording_.trace(epoch).J for epoch in range(25)]
    np.testing.assert_allclose(costs, model.history_.cost, rtol=1e-12)  # each before its update
    printed = [line.split() for line in str(model.recording_).splitlines()[3:]]
    for epoch, J, *norms in printed:
        seen = model.recording_.trace(int(epoch))
        assert float(J) == pytest.approx(seen.J, rel=1e-3)
        assert [float(norm) for norm in norms] == pytest.approx(
            [np.linalg.norm(seen.dW[l]) for l in (1, 2)], rel=1e-3
        )
    assert len(printed) == 12
    document = model.recording_.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [entry["J"] for entry in document["progress"]][:25] == pytest.approx(model.history_.cost)


@pytest.mark.parametrize("engine", ENGINES)
def test_slots_are_what_the_optimiser_remembered(engine):
    model = network(engine=engine).fit(FLOWER.X, FLOWER.y, record=Recording(every=5, keep=BOTH))
    slots = model.recording_.slots(25)
    assert slots.shape == (2, model.network_.p)
    np.testing.assert_array_equal(slots, model._state.slots)
    assert not model.recording_.slots(0).any()
    assert (model.recording_.slots(5) != slots).any()
    assert model.recording_.nbytes == 6 * 3 * model.network_.p * 8


def test_a_fit_that_goes_on_is_recorded_from_there():
    model = network(warm_start=True).fit(FLOWER.X, FLOWER.y, record=10)
    before = model.theta_.copy()
    model.fit(FLOWER.X, FLOWER.y, record=10)
    assert model.recording_.epochs == [25, 35, 45, 50]
    np.testing.assert_array_equal(model.recording_.theta(25), before)
    model.fit(FLOWER.X, FLOWER.y)  # not recorded: nothing old is left
    assert not hasattr(model, "recording_")


def test_partial_fit_leaves_no_recording_that_ends_before_the_model():
    model = network().fit(FLOWER.X, FLOWER.y, record=10)
    with pytest.raises(ValueError, match="400"):
        model.partial_fit(FLOWER.X, FLOWER.y[:-1])
    assert model.recording_.epochs[-1] == model.n_iter_  # what failed trained nothing
    model.partial_fit(FLOWER.X, FLOWER.y)
    assert not hasattr(model, "recording_")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_recording_says_which_epoch_the_model_is(solver, language):
    use_language(language)
    model = clone(FITS["early stopping"]).set_params(solver=solver, batch_size="auto", random_state=0)
    model.fit(FLOWER.X, FLOWER.y, record="all")
    best = model.recording_.best
    assert best == 1 + int(np.argmax(model.validation_scores_))
    np.testing.assert_array_equal(model.recording_.theta(best), model.theta_)
    words = f"parameters of epoch {best}," if language == "en" else f"第 {best} 轮的参数"
    assert words in str(model.recording_)
    assert model.recording_.to_dict()["best"] == best
    model.set_params(warm_start=True).fit(FLOWER.X, FLOWER.y, record="all")
    np.testing.assert_array_equal(model.recording_.theta(model.recording_.best), model.theta_)
    plain = network().fit(FLOWER.X, FLOWER.y, record=10)
    assert plain.recording_.best is None
    assert words not in str(plain.recording_)


@pytest.mark.parametrize("keep", ["theta", ["theta"], ("theta",), {"theta"}])
def test_what_to_keep_may_be_written_in_any_way(keep):
    assert Recording(keep=keep) == Recording()
    assert Recording(keep=("slots", "theta")) == Recording(keep=["theta", "slots"]) == Recording(keep=BOTH)
    assert hash(Recording(keep=keep)) == hash(Recording())


def test_an_estimator_of_float32_is_recorded_in_float32():
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=5).fit(
        IRIS.X[:, :3].astype(np.float32), IRIS.X[:, 3], record="all"
    )
    assert model.recording_.theta(3).dtype == np.float32
    assert "J" in str(model.recording_)


# --------------------------------------------------------------------------- what stays out of files


def test_a_recording_is_not_in_a_model_file(tmp_path):
    model = network().fit(FLOWER.X, FLOWER.y)
    save(model, tmp_path / "plain.shoal")
    model.recording_ = network().fit(FLOWER.X, FLOWER.y, record=1).recording_
    save(model, tmp_path / "recorded.shoal")
    assert (tmp_path / "plain.shoal").read_bytes() == (tmp_path / "recorded.shoal").read_bytes()
    assert not hasattr(load(tmp_path / "recorded.shoal"), "recording_")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_pickle_holds_the_snapshots_but_not_the_rows(language):
    use_language(language)
    model = network().fit(FLOWER.X, FLOWER.y, record=5)
    assert len(pickle.dumps(model)) < FLOWER.X.nbytes
    other = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(other.recording_.theta(5), model.recording_.theta(5))
    assert other.trace(FLOWER.X, FLOWER.y, epoch=5).J == model.trace(FLOWER.X, FLOWER.y, epoch=5).J
    with pytest.raises(UsageError, match="not part of a pickle" if language == "en" else "不含训练样本"):
        other.recording_.trace(5)
    assert ("not part of a pickle" if language == "en" else "不含训练样本") in str(other.recording_)
    assert other.recording_.to_dict()["progress"] == []
    assert not hasattr(clone(model), "recording_")
    assert model.recording_.trace(5).m == 400  # its own rows are still there


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_copy_in_memory_keeps_the_rows(again):
    model = network().fit(FLOWER.X, FLOWER.y, record=5)
    for other in (again(model).recording_, again(model.recording_)):
        assert other.trace(5).J == model.recording_.trace(5).J
        assert str(other) == str(model.recording_)
    other = again(model.recording_)
    other._theta.clear()
    assert model.recording_.epochs == [0, 5, 10, 15, 20, 25]


def test_a_search_records_its_fits_if_it_is_asked_to():
    search = GridSearchCV(network(max_iter=2), {"alpha": [0.1, 1.0]}, cv=2)
    assert not hasattr(search.fit(FLOWER.X, FLOWER.y).best_estimator_, "recording_")
    best = search.fit(FLOWER.X, FLOWER.y, record=1).best_estimator_
    assert best.recording_.epochs == [0, 1, 2]
    np.testing.assert_array_equal(best.recording_.theta(2), best.theta_)


# --------------------------------------------------------------------------- memory, and what is refused


@pytest.mark.parametrize(
    ("every", "epochs", "count"), [(1, 10, 11), (10, 10, 2), (10, 11, 3), (3, 10, 5), (10, 0, 1)]
)
def test_the_memory_is_known_beforehand(every, epochs, count):
    recording, net = Recording(every=every), Network((2, 3, 1), ("tanh",), "sigmoid")
    assert recording.snapshots(epochs) == count
    assert recording.megabytes(net, epochs) == pytest.approx(count * 13 * 8 / 1e6)
    both = replace(recording, keep=BOTH)
    assert both.megabytes(net, epochs, n_slots=2, dtype=np.float32) == pytest.approx(count * 39 * 4 / 1e6)
    fitted = RecordedFit(net, recording, 0.0, 0.0, None, None, None, None)
    recorder = Recorder(fitted, epochs, 0, np.float64)
    for epoch in range(epochs + 1):
        recorder.see(epoch, np.zeros(13))
    recorder.see(epochs, np.zeros(13), last=True)
    assert len(fitted.epochs) == count
    assert fitted.nbytes == count * 13 * 8


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_recording_that_is_too_large_is_refused_with_the_numbers_and_a_way_out(language):
    use_language(language)
    model = network(max_iter=100_000)
    with pytest.raises(UsageError) as refused:
        model.fit(FLOWER.X, FLOWER.y, record=Recording(every=1, limit_mb=1))
    said = str(refused.value)
    for words in ("100001", "17", "13.6 MB", "1 MB", "every 14 epochs" if language == "en" else "每 14 轮"):
        assert words in said
    assert not hasattr(model, "theta_")
    way_out = Recording(every=14, limit_mb=1)
    assert way_out.megabytes(Network((2, 4, 1), ("tanh",), "sigmoid"), 100_000) <= 1
    with pytest.raises(UsageError, match="start and end" if language == "en" else "都放不下"):
        model.fit(FLOWER.X, FLOWER.y, record=Recording(limit_mb=1e-5))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("record", "english", "chinese"),
    [
        (0, "record must be", "record 应为"),
        (-3, "record must be", "record 应为"),
        (True, "record must be", "record 应为"),
        (2.5, "record must be", "record 应为"),
        ("theta", "record must be", "record 应为"),
        (lambda: Recording(every=0), "every must be", "every 应为"),
        (lambda: Recording(keep=("Z",)), "keep must be", "keep 应为"),
        (lambda: Recording(keep="slots"), "keep must be", "keep 应为"),
        (lambda: Recording(keep=("theta", 3)), "keep must be", "keep 应为"),
        (lambda: Recording(keep=[["theta"]]), "keep must be", "keep 应为"),
        (lambda: Recording(keep=None), "keep must be", "keep 应为"),
        (np.array([1, 2]), "record must be", "record 应为"),
        ([10], "record must be", "record 应为"),
        (lambda: Recording(limit_mb=0), "limit_mb must be", "limit_mb 应为"),
    ],
)
def test_a_record_that_is_none_is_refused(record, english, chinese, language):
    use_language(language)
    with pytest.raises(UsageError, match=english if language == "en" else chinese):
        network().fit(FLOWER.X, FLOWER.y, record=record() if callable(record) else record)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_recorded_or_was_not_is_refused(language):
    use_language(language)
    english = language == "en"
    with pytest.raises(UsageError, match="n_restarts"):
        network(n_restarts=2).fit(FLOWER.X, FLOWER.y, record=1)
    for model in (network(solver="lbfgs", batch_size="auto"), LogisticRegression()):
        with pytest.raises(UsageError, match="remembers nothing" if english else "不保留任何量"):
            model.fit(FLOWER.X, FLOWER.y, record=Recording(keep=BOTH))
    model = network().fit(FLOWER.X, FLOWER.y, record=10)
    with pytest.raises(UsageError, match=r"13.*10[,、] ?20"):
        model.recording_.theta(13)
    for epoch in ("last", [10], np.array([10, 20]), 10.5, True):
        with pytest.raises(UsageError, match="was not recorded" if english else "没有记录第"):
            model.trace(FLOWER.X, epoch=epoch)
    with pytest.raises(UsageError, match="slots"):
        model.recording_.slots(10)
    plain = network().fit(FLOWER.X, FLOWER.y)
    for look in (plain.trace, plain.check_gradients):
        with pytest.raises(UsageError, match="comes from a file" if english else "模型来自文件"):
            look(FLOWER.X, FLOWER.y, epoch=3)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_is_a_table_in_both_languages(language):
    use_language(language)
    recording = LogisticRegression().fit(FLOWER.X, FLOWER.y, record="all").recording_
    said = str(recording)
    assert ("snapshots of 3 parameters" if language == "en" else "每份 3 个参数") in said
    assert "‖dW[1]‖" in said
    assert said.splitlines()[0] in recording._repr_html_()


# --------------------------------------------------------------------------- fits that end badly


@pytest.mark.parametrize("engine", ENGINES)
def test_the_error_of_a_fit_that_diverged_carries_its_recording(engine):
    model = network(solver="sgd", momentum=0, learning_rate_init=1e200, activation="relu", engine=engine)
    with pytest.raises(DivergedError) as caught:
        model.fit(FLOWER.X, FLOWER.y, record="all")
    recording = caught.value.recording_
    assert np.isfinite(recording.theta(0)).all()
    assert recording.epochs == list(range(len(recording.epochs)))
    assert not np.isfinite(recording.trace(recording.epochs[-1]).J)
    assert "nan" in str(recording) or "inf" in str(recording)
    assert not hasattr(model, "recording_")


def test_a_fit_that_is_interrupted_keeps_what_was_recorded(monkeypatch):
    model = network(verbose=True)

    def interrupting(line):
        if line.startswith("Iteration 10,"):
            raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", interrupting)
    with pytest.raises(KeyboardInterrupt):
        model.fit(FLOWER.X, FLOWER.y, record=3)
    assert model.recording_.epochs == [0, 3, 6, 9, 10]
    np.testing.assert_array_equal(model.recording_.theta(10), model.theta_)
