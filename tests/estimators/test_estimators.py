"""MLPClassifier and MLPRegressor: judged by scikit-learn's, and by what the docstrings promise."""

import warnings
from contextlib import suppress
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.datasets import make_blobs, make_classification, make_multilabel_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier as SklearnClassifier
from sklearn.neural_network import MLPRegressor as SklearnRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, DivergedError, UsageError
from shoal.base.texts import use_language
from shoal.engines import native_is_built
from shoal.engines.base import Epochs
from shoal.engines.numpy import NumpyEngine
from shoal.estimators._parameters import ALLOWED, check_parameters

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


KINDS_OF_LABELS = {
    "a list": list,
    "an array": np.array,
    "objects": lambda y: np.array(y, dtype=object),
    "a series": pd.Series,
    "a categorical series": lambda y: pd.Series(y, dtype="category"),
}


def two_classes(n=150, seed=0):
    return make_classification(n, 6, n_informative=4, random_state=seed)


# --------------------------------------------------------------------------- beside scikit-learn


def from_the_same_start(Sklearn, ours, X, y):
    """Ours, fitted, and theirs, whose first weights are those that ours begins with."""
    start = clone(ours).set_params(max_iter=1, learning_rate_init=1e-300, solver="adam")
    start.fit(X, y)
    coefs, intercepts = [W.copy() for W in start.coefs_], [np.zeros_like(b) for b in start.intercepts_]

    class FromTheSameStart(Sklearn):
        def _init_coef(self, fan_in, fan_out, dtype):
            layer = [W.shape for W in coefs].index((fan_in, fan_out))
            return coefs[layer].astype(dtype), intercepts[layer].astype(dtype)

    names = set(Sklearn().get_params()) & set(ours.get_params())
    theirs = FromTheSameStart(**{name: value for name, value in ours.get_params().items() if name in names})
    return ours.fit(X, y), theirs.set_params(random_state=0).fit(X, y)


FULL_BATCH = {"max_iter": 50, "tol": 0.0, "n_iter_no_change": 1000, "batch_size": 150, "shuffle": False}
SOLVERS = {
    "adam": {"solver": "adam", "learning_rate_init": 0.01},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.1},
    "momentum": {"solver": "sgd", "learning_rate_init": 0.1, "nesterovs_momentum": False},
    "gradient descent": {"solver": "sgd", "learning_rate_init": 0.1, "momentum": 0.0},
    "invscaling": {"solver": "sgd", "learning_rate_init": 0.5, "learning_rate": "invscaling", "power_t": 0.3},
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("task", ["two classes", "four classes", "labels", "numbers"])
def test_fifty_steps_end_where_scikit_learns_end(solver, activation, task):
    X, y = two_classes()
    ours, Sklearn = MLPClassifier, SklearnClassifier
    if task == "four classes":
        X, y = make_blobs(150, 6, centers=4, random_state=1)
        X = X / 5
    elif task == "labels":
        X, y = make_multilabel_classification(150, 6, n_classes=3, random_state=0)
        X = X / 10
    elif task == "numbers":
        X, y = make_regression(150, 6, n_targets=2, random_state=0)
        y, ours, Sklearn = y / 100, MLPRegressor, SklearnRegressor
    options = FULL_BATCH | SOLVERS[solver]
    if task == "numbers":  # squares have steeper slopes
        options |= {"learning_rate_init": options["learning_rate_init"] / 20}
    model = ours(hidden_layer_sizes=(7, 5), activation=activation, alpha=0.3, **options)
    model, theirs = from_the_same_start(Sklearn, model, X, y)
    for l, (W, b) in enumerate(zip(theirs.coefs_, theirs.intercepts_, strict=True)):
        np.testing.assert_allclose(model.coefs_[l], W, rtol=0, atol=1e-10)
        np.testing.assert_allclose(model.intercepts_[l], b, rtol=0, atol=1e-10)
    if task != "numbers":  # their squared error is a mean over the outputs, ours (and their gradient) a sum
        np.testing.assert_allclose(model.loss_curve_, theirs.loss_curve_, rtol=1e-10)


def test_weighted_steps_end_where_scikit_learns_end():
    X, y = two_classes()
    weights = np.random.default_rng(0).uniform(0.1, 3, len(y))
    model = MLPClassifier((6,), "tanh", alpha=0.1, **FULL_BATCH | SOLVERS["adam"])
    start = clone(model).set_params(max_iter=1, learning_rate_init=1e-300).fit(X, y)

    class FromTheSameStart(SklearnClassifier):
        def _init_coef(self, fan_in, fan_out, dtype):
            layer = 0 if fan_in == 6 and fan_out == 6 else 1
            return start.coefs_[layer].copy(), start.intercepts_[layer].copy()

    theirs = FromTheSameStart((6,), "tanh", alpha=0.1, **FULL_BATCH | SOLVERS["adam"])
    theirs.fit(X, y, sample_weight=weights)
    model.fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(model.coefs_[0], theirs.coefs_[0], rtol=0, atol=1e-10)


def test_early_stopping_is_at_least_as_good_as_scikit_learns_on_the_digits():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    ours = cross_val_score(MLPClassifier((32,), early_stopping=True), X / 16, y, cv=3).mean()
    theirs = cross_val_score(
        SklearnClassifier((32,), early_stopping=True, random_state=0), X / 16, y, cv=3
    ).mean()
    assert ours > theirs - 0.02


# --------------------------------------------------------------------------- the same again, and going on


def test_the_same_call_gives_the_same_bits_and_another_seed_does_not():
    X, y = two_classes()
    first, second = (MLPClassifier(max_iter=5, batch_size=16).fit(X, y).theta_ for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(
        first, MLPClassifier(max_iter=5, batch_size=16, random_state=1).fit(X, y).theta_
    )


def test_random_state_none_is_another_network_each_time():
    X, y = two_classes()
    first, second = (MLPClassifier(max_iter=2, random_state=None).fit(X, y).theta_ for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "rmsprop"])
@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_a_warm_start_is_the_same_as_never_having_stopped(solver, dropout):
    X, y = two_classes()
    options = {"solver": solver, "dropout": dropout, "batch_size": 32, "tol": 0.0, "n_iter_no_change": np.inf}
    whole = MLPClassifier((5,), max_iter=9, **options).fit(X, y)
    parts = MLPClassifier((5,), max_iter=3, warm_start=True, **options)
    for _ in range(3):
        parts.fit(X, y)
    np.testing.assert_array_equal(parts.theta_, whole.theta_)
    assert parts.loss_curve_ == whole.loss_curve_
    assert (parts.n_epochs_, parts.t_) == (whole.n_iter_, whole.t_) == (9, 9 * 150)
    assert parts.n_iter_ == 3  # of the last fit, as in scikit-learn


def test_a_fit_without_warm_start_begins_anew():
    X, y = two_classes()
    model = MLPClassifier((5,), max_iter=4).fit(X, y)
    first = model.theta_.copy()
    np.testing.assert_array_equal(model.fit(X, y).theta_, first)
    assert len(model.loss_curve_) == 4


def test_partial_fits_are_the_epochs_of_a_fit():
    X, y = two_classes()
    options = {"batch_size": 32, "tol": 0.0, "n_iter_no_change": np.inf}
    whole = MLPClassifier((5,), max_iter=4, **options).fit(X, y)
    parts = MLPClassifier((5,), **options)
    for _ in range(4):
        parts.partial_fit(X, y, classes=[0, 1])
    np.testing.assert_array_equal(parts.theta_, whole.theta_)


def test_partial_fit_learns_classes_that_its_first_piece_lacks():
    X, y = make_blobs(90, centers=3, random_state=0)
    order = np.argsort(y, kind="stable")
    model = MLPClassifier((8,), learning_rate_init=0.05)
    for _ in range(30):
        for piece in np.array_split(order, 3):
            model.partial_fit(X[piece], y[piece], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (90, 3)
    assert set(model.predict(X)) <= {0, 1, 2}
    with pytest.raises(DataError, match="does not know: 7"):
        model.partial_fit(X[:2], [7, 0])


def test_partial_fit_needs_the_classes_first_and_lbfgs_has_none():
    X, y = two_classes()
    with pytest.raises(UsageError, match="first call"):
        MLPClassifier().partial_fit(X, y)
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")


def test_another_network_cannot_go_on_from_the_old_one():
    X, y = two_classes()
    model = MLPClassifier((5,), max_iter=2, warm_start=True).fit(X, y)
    with pytest.raises(UsageError, match="create a new estimator"):
        model.set_params(hidden_layer_sizes=(6,)).fit(X, y)


# --------------------------------------------------------------------------- weights


def test_a_weight_is_a_number_of_copies():
    X, y = two_classes(60)
    weights = np.random.default_rng(1).integers(0, 4, len(y))
    options = {"alpha": 0.5, "l1": 0.1, "batch_size": "full", "max_iter": 40}
    weighted = MLPClassifier((5,), **options).fit(X, y, sample_weight=weights)
    copied = MLPClassifier((5,), **options).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.theta_, copied.theta_, rtol=1e-9, atol=1e-12)


def test_a_row_of_weight_zero_might_as_well_not_be_there():
    X, y = two_classes()
    weights = (np.arange(150) % 3 > 0).astype(float)
    kept = weights > 0
    weighted = MLPClassifier((5,), batch_size=16, max_iter=3).fit(X, y, sample_weight=weights)
    left = MLPClassifier((5,), batch_size=16, max_iter=3).fit(X[kept], y[kept], sample_weight=weights[kept])
    np.testing.assert_array_equal(weighted.theta_, left.theta_)


def test_class_weights_are_weights_of_the_rows():
    X, y = two_classes()
    by_class = MLPClassifier((5,), class_weight={1: 3.0}, max_iter=5).fit(X, y)
    by_row = MLPClassifier((5,), max_iter=5).fit(X, y, sample_weight=np.where(y == 1, 3.0, 1.0))
    np.testing.assert_array_equal(by_class.theta_, by_row.theta_)


@pytest.mark.parametrize("estimator", [MLPClassifier((5,), max_iter=5), LogisticRegression()], ids=str)
def test_balanced_weights_of_a_class_without_weight_are_zero(estimator):
    X, y = two_classes()
    y[:20] = 2
    weights = np.where(y == 2, 0.0, 1.0)
    balanced = clone(estimator).set_params(class_weight="balanced").fit(X, y, weights)
    known = {k: weights.sum() / (3 * np.sum(y == k)) for k in (0, 1)}
    by_hand = clone(estimator).set_params(class_weight={**known, 2: 0.0}).fit(X, y, weights)
    np.testing.assert_allclose(balanced.theta_, by_hand.theta_, rtol=1e-6, atol=1e-9)


def test_balanced_classes_raise_the_recall_of_the_rare_one():
    X, y = make_classification(600, 6, weights=[0.93], flip_y=0.05, random_state=0)
    plain = MLPClassifier((8,), max_iter=60, learning_rate_init=0.01).fit(X, y)
    balanced = clone(plain).set_params(class_weight="balanced").fit(X, y)
    assert balanced.predict(X).sum() > plain.predict(X).sum()


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ([-1.0] + [1.0] * 149, "Negative"),
        ([0.0] * 150, "zero for every row"),
        ([np.nan] + [1.0] * 149, "NaN"),
        ([1.0] * 9, "150"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, says):
    X, y = two_classes()
    with pytest.raises(ValueError, match=says):
        MLPClassifier().fit(X, y, sample_weight=weights)


# --------------------------------------------------------------------------- labels


@pytest.mark.parametrize(
    "labels",
    [
        ["no", "yes"],
        ["否", "是"],
        [False, True],
        [-1, 1],
        [3, 10, 700],
        ["a", "b", "c"],
        ["猫", "狗", "鸟"],
        [0.0, 1.0],
    ],
    ids=str,
)
def test_predictions_are_labels_of_the_type_that_was_given(labels):
    X, number = make_blobs(60, centers=len(labels), cluster_std=0.5, random_state=0)
    y = np.array(labels)[number]
    model = MLPClassifier((8,), solver="lbfgs", max_iter=200).fit(X, y)
    predicted = model.predict(X)
    assert predicted.dtype == y.dtype
    assert np.mean(predicted == y) > 0.95
    np.testing.assert_array_equal(model.classes_, np.unique(y))
    np.testing.assert_array_equal(predicted, model.classes_[model.predict_proba(X).argmax(axis=1)])


@pytest.mark.parametrize(
    "y", [[1, "a", 2, "b"], np.array([1, "a", None, 2.5], dtype=object)], ids=["list", "array"]
)
def test_labels_of_mixed_types_are_refused_with_their_types(y):
    with pytest.raises(DataError, match=r"int.*str"):
        MLPClassifier().fit([[0.0], [1.0], [2.0], [3.0]], y)


@pytest.mark.parametrize("kind", KINDS_OF_LABELS)
def test_one_class_is_refused_by_its_name(kind):
    with pytest.raises(DataError, match="only one class, 'x'"):
        LogisticRegression().fit([[0.0], [1.0]], KINDS_OF_LABELS[kind](["x", "x"]))


@pytest.mark.parametrize("kind", KINDS_OF_LABELS)
def test_a_class_of_one_row_is_refused_by_its_name(kind):
    y = KINDS_OF_LABELS[kind](["y", "x", "x"] + ["z"] * 27)
    with pytest.raises(DataError, match="class 'y' has only one row"):
        MLPClassifier(early_stopping=True).fit(np.arange(30.0)[:, None], y)


def test_one_class_of_numbers_is_named_as_python_writes_it():
    with pytest.raises(DataError, match=r"only one class, 7[^0-9]"):
        LogisticRegression().fit([[0.0], [1.0]], np.array([7, 7]))


def test_several_labels_a_row_are_as_many_yes_or_no_questions():
    X, Y = make_multilabel_classification(200, 8, n_classes=3, random_state=0)
    model = MLPClassifier((16,), max_iter=300, learning_rate_init=0.01).fit(X / 10, Y)
    assert model.predict(X / 10).shape == model.predict_proba(X / 10).shape == (200, 3)
    assert np.mean(model.predict(X / 10) == Y) > 0.85
    np.testing.assert_allclose(
        model.predict_log_proba(X / 10), np.log(model.predict_proba(X / 10)), atol=1e-12
    )
    sparse_Y = MLPClassifier((16,), max_iter=300, learning_rate_init=0.01).fit(X / 10, sparse.csr_matrix(Y))
    np.testing.assert_array_equal(sparse_Y.theta_, model.theta_)


def test_several_columns_that_are_not_labels_are_refused():
    with pytest.raises(ValueError, match=r"0/1 column for each label|multiclass-multioutput"):
        MLPClassifier().fit(np.eye(4), [[0, 2], [1, 1], [2, 0], [1, 2]])


def test_a_column_of_labels_is_taken_with_scikit_learns_warning():
    X, y = two_classes()
    with pytest.warns(DataConversionWarning):
        column = MLPClassifier((3,), max_iter=2).fit(X, y[:, None])
    np.testing.assert_array_equal(column.theta_, MLPClassifier((3,), max_iter=2).fit(X, y).theta_)


@pytest.mark.parametrize("centers", [2, 4])
def test_log_probabilities_stay_finite_where_probabilities_round_to_zero(centers):
    X, y = make_blobs(60, centers=centers, random_state=0)
    model = MLPClassifier((8,), solver="lbfgs", max_iter=300).fit(X, y)
    model.theta_ *= 50
    direct = np.log(model.predict_proba(X))
    logs = model.predict_log_proba(X)
    assert (logs < np.log(5e-324)).any()
    assert np.isfinite(logs).all()
    assert np.isfinite(direct).all()
    away = direct > -20  # 1 - A has few digits left where A is almost 1
    np.testing.assert_allclose(logs[away], direct[away], rtol=1e-6, atol=1e-8)


def test_the_decision_function_ranks_as_the_probabilities_do():
    X, y = two_classes()
    model = MLPClassifier((4,), max_iter=20).fit(X, y)
    auc = roc_auc_score(y, model.predict_proba(X)[:, 1])
    assert roc_auc_score(y, model.decision_function(X)) == auc


# --------------------------------------------------------------------------- early stopping, validation


def test_early_stopping_keeps_the_best_epoch():
    X, y = two_classes(300)
    X_val, y_val = two_classes(200, seed=0)[0][:100] + 0.3, two_classes(200, seed=0)[1][:100]
    model = MLPClassifier((30,), learning_rate_init=0.05, early_stopping=True, max_iter=100)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.score(X_val, y_val) == model.best_validation_score_
    assert len(model.validation_scores_) == model.n_iter_ == len(model.loss_curve_) < 100


def test_a_validation_set_without_early_stopping_is_only_watched():
    X, y = two_classes()
    watched = MLPClassifier((5,), max_iter=6).fit(X, y, X_val=X[:20], y_val=y[:20])
    alone = MLPClassifier((5,), max_iter=6).fit(X, y)
    np.testing.assert_array_equal(watched.theta_, alone.theta_)
    assert len(watched.validation_scores_) == 6
    assert alone.validation_scores_ is None


def test_early_stopping_may_watch_any_scorer():
    X, y = two_classes(300)
    model = MLPClassifier((8,), early_stopping=True, scoring="neg_log_loss", max_iter=30)
    model.fit(X, y, X_val=X[:50], y_val=y[:50])
    assert model.best_validation_score_ == pytest.approx(-log_loss(y[:50], model.predict_proba(X[:50])))
    own = MLPClassifier(
        (8,), early_stopping=True, scoring=lambda m, X, y: -log_loss(y, m.predict_proba(X)), max_iter=30
    )
    own.fit(X, y, X_val=X[:50], y_val=y[:50])
    assert own.validation_scores_ == model.validation_scores_


def test_the_split_for_early_stopping_keeps_a_rare_class_or_says_so():
    X, y = two_classes(100)
    y[:] = 0
    y[:12] = 1
    MLPClassifier((3,), early_stopping=True, max_iter=3).fit(X, y)
    y[1:12] = 0
    with pytest.raises(DataError, match="class 1 has only one row"):
        MLPClassifier((3,), early_stopping=True).fit(X, y)
    with pytest.raises(DataError, match="validate on 1"):
        MLPClassifier((3,), early_stopping=True).fit(X[:6], [0, 1, 0, 1, 0, 1])


def test_x_val_and_y_val_belong_together():
    X, y = two_classes()
    with pytest.raises(UsageError, match="belong together"):
        MLPClassifier().fit(X, y, X_val=X)


def test_a_data_frame_with_a_validation_split_gives_no_warning_about_names():
    pandas = pytest.importorskip("pandas", reason="pandas is one of the development tools")
    X, y = two_classes()
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    model = MLPClassifier((3,), early_stopping=True, max_iter=3).fit(frame, y)
    with pytest.warns(UserWarning, match="feature names"):
        model.predict(X)
    assert model.feature_names_in_.tolist() == list("abcdef")


# --------------------------------------------------------------------------- callbacks


class Listener:
    """Notes every call; asks to stop after an epoch of choice."""

    def __init__(self, stop_after=None):
        self.calls, self.models, self.stop_after = [], [], stop_after

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        self.calls.append(f"end {context.task_name}")
        if context.task_name == "epoch":
            self.models.append(fitted_estimator)
        return context.task_id == self.stop_after and context.task_name == "epoch"


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_hear_of_every_epoch_and_may_stop(solver):
    X, y = two_classes()
    listener = Listener(stop_after=4)
    model = (
        MLPClassifier((5,), solver=solver, learning_rate_init=0.1, max_iter=20)
        .set_callbacks(listener)
        .fit(X, y)
    )
    assert model.n_iter_ == 5
    assert listener.calls == ["setup", "begin fit", *["begin epoch", "end epoch"] * 5, "end fit", "teardown"]
    scores = [seen.score(X, y) for seen in listener.models]
    assert len(set(scores)) > 1, "each epoch has a model of its own"
    assert scores[-1] == model.score(X, y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_listening_changes_nothing(solver):
    X, y = two_classes()
    alone = MLPClassifier((5,), solver=solver, max_iter=30).fit(X, y)
    heard = MLPClassifier((5,), solver=solver, max_iter=30).set_callbacks(Listener()).fit(X, y)
    np.testing.assert_array_equal(alone.theta_, heard.theta_)


def test_scikit_learns_scoring_monitor_works():
    X, y = two_classes()
    monitor = ScoringMonitor(scoring="accuracy")
    model = MLPClassifier((5,), max_iter=7).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs()
    assert "accuracy" in str(log.data if hasattr(log, "data") else log)
    assert model.n_iter_ == 7


def test_verbose_says_a_line_an_epoch(capsys):
    X, y = two_classes()
    MLPClassifier((5,), max_iter=3, verbose=True, early_stopping=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["Iteration 1", "Iteration 2", "Iteration 3"]
    assert all("validation score" in line for line in lines)


# --------------------------------------------------------------------------- what is obeyed, what is refused


def test_each_learning_rate_schedule_is_what_the_history_shows():
    X, y = two_classes()
    rates = {}
    for name in ("constant", "inverse_time", "step", "cosine"):
        model = MLPClassifier(
            (3,), learning_rate=name, learning_rate_init=0.5, decay=0.5, decay_every=2, warm_up=1, max_iter=5
        )
        rates[name] = model.fit(X, y).history_.learning_rate
    assert rates["constant"] == [0.25, 0.5, 0.5, 0.5, 0.5]
    assert rates["inverse_time"] == pytest.approx([0.25, 0.5, 0.5, 0.5 / 1.5, 0.5 / 1.5])
    assert rates["step"] == [0.25, 0.5, 0.5, 0.25, 0.25]
    assert rates["cosine"] == pytest.approx([0.25, 0.5, (1 + 2**-0.5) / 4, 0.25, (1 - 2**-0.5) / 4])


def test_the_adaptive_rate_falls_by_five_when_nothing_improves():
    X, y = two_classes()
    model = MLPClassifier(
        (3,), solver="sgd", learning_rate="adaptive", tol=10.0, n_iter_no_change=2, max_iter=60
    )
    rates = np.unique(model.fit(X, y).history_.learning_rate)
    np.testing.assert_allclose(rates[1:] / rates[:-1], 5)
    assert rates.min() <= 1e-6 < 5 * rates.min()


def test_dropout_batches_and_clipping_change_the_result():
    X, y = two_classes()
    plain = MLPClassifier((5,), max_iter=3).fit(X, y).theta_
    for option in ({"dropout": 0.3}, {"batch_size": 10}, {"clip_norm": 1e-3}, {"l1": 5.0}, {"alpha": 5.0}):
        assert not np.array_equal(MLPClassifier((5,), max_iter=3, **option).fit(X, y).theta_, plain), option


def test_more_l1_makes_the_weights_smaller():
    X, y = two_classes()
    sizes = [
        np.abs(
            np.concatenate([W.ravel() for W in MLPClassifier((5,), l1=l1, max_iter=300).fit(X, y).coefs_])
        ).sum()
        for l1 in (0.0, 1.0, 10.0)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("hidden_layer_sizes", (5, 0)),
        ("hidden_layer_sizes", "5"),
        ("hidden_layer_sizes", 2.5),
        ("activation", "softplus"),
        ("activation", ["relu", "relu"]),
        ("solver", "newton"),
        ("alpha", -1),
        ("alpha", np.nan),
        ("l1", -0.1),
        ("batch_size", 0),
        ("batch_size", "small"),
        ("learning_rate", "fast"),
        ("learning_rate_init", 0.0),
        ("max_iter", 0),
        ("max_iter", 2.5),
        ("tol", "x"),
        ("momentum", 1.0),
        ("beta_1", -0.1),
        ("dropout", 1.0),
        ("dropout", [0.1, 0.2]),
        ("clip_norm", 0),
        ("initialization", "two"),
        ("initialization", 3),
        ("initialization_scale", 0),
        ("class_weight", "equal"),
        ("class_weight", {7: 2.0}),
        ("scoring", 3),
        ("engine", "abacus"),
        ("weight_decay", 0.1),
        ("validation_fraction", 1.0),
        ("warm_up", -1),
        ("shuffle", "yes"),
        ("n_iter_no_change", 0),
        ("random_state", -3),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_by_its_name(parameter, value):
    X, y = two_classes()
    with pytest.raises(ValueError, match=parameter):
        MLPClassifier((5,)).set_params(**{parameter: value}).fit(X, y)


@pytest.mark.parametrize(
    "option",
    [
        {"dropout": 0.1},
        {"l1": 0.1},
        {"clip_norm": 1.0},
        {"warm_up": 2},
    ],
    ids=str,
)
def test_lbfgs_refuses_what_it_could_only_ignore(option):
    X, y = two_classes()
    with pytest.raises(UsageError, match="lbfgs"):
        MLPClassifier((5,), solver="lbfgs", **option).fit(X, y)


def test_dropout_without_hidden_units_is_refused():
    X, y = two_classes()
    with pytest.raises(UsageError, match="no hidden layer"):
        MLPClassifier((), dropout=0.3).fit(X, y)


def test_divergence_is_an_error_that_names_epoch_and_rate():
    X, y = make_regression(80, 4, random_state=0)
    model = MLPRegressor(hidden_layer_sizes=(10,), solver="sgd", learning_rate_init=100.0)
    with pytest.raises(DivergedError, match=r"epoch \d+ with learning rate 100.*such as 10") as caught:
        model.fit(X, y)
    assert isinstance(caught.value, ArithmeticError)
    assert isinstance(caught.value, ValueError)  # scikit-learn's, where weights are no numbers


def test_divergence_under_early_stopping_is_an_error_and_no_warning():
    X, y = make_regression(40, 3, random_state=0)
    model = MLPRegressor(
        hidden_layer_sizes=(10,), solver="sgd", learning_rate_init=10.0, early_stopping=True, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DivergedError):
            model.fit(1000 * X, y)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["dense", "sparse", "frame"])
def test_a_number_that_is_none_is_refused_with_row_and_column(value, kind):
    X, y = two_classes()
    X[17, 3] = value
    if kind == "sparse":
        X = sparse.csr_matrix(X)
    elif kind == "frame":
        X = pytest.importorskip("pandas", reason="a development tool").DataFrame(X, columns=list("abcdef"))
    column = r"3 \('d'\)" if kind == "frame" else "3"
    with pytest.raises(DataError, match=rf"(NaN|infinity) in row 17, column {column}"):
        MLPClassifier().fit(X, y)


def test_a_number_that_is_none_is_refused_at_predict_time_too():
    X, y = two_classes()
    model = MLPClassifier((3,), max_iter=2).fit(X, y)
    X[5, 1] = np.nan
    with pytest.raises(DataError, match="row 5, column 1"):
        model.predict(X)


@pytest.mark.parametrize("y", [[1.0, np.nan, 2.0], [1.0, np.inf, 2.0]], ids=str)
def test_targets_that_are_no_numbers_are_refused(y):
    with pytest.raises(ValueError, match=r"(?i)y contains"):
        MLPRegressor().fit([[0.0], [1.0], [2.0]], y)


def test_a_flat_x_and_an_empty_x_are_refused():
    with pytest.raises(ValueError, match="2D array"):
        MLPClassifier().fit([1.0, 2.0], [0, 1])
    with pytest.raises(ValueError, match="0 sample"):
        MLPClassifier().fit(np.empty((0, 3)), [])
    with pytest.raises(ValueError, match="0 feature"):
        MLPClassifier().fit(np.empty((3, 0)), [0, 1, 0])


def test_huge_numbers_are_an_error_and_no_warning():
    X, y = two_classes()
    with pytest.raises(DivergedError):
        MLPRegressor(hidden_layer_sizes=(4,), solver="sgd").fit(X / np.abs(X).max() * 1e308, y)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("engine", ["auto", "numpy"])
def test_huge_targets_are_an_error_and_no_warning(solver, engine):
    X, y = two_classes()
    signs = np.where(y == y[0], 1.0, -1.0)  # whose sum, in parts, is infinity minus infinity
    for targets in (1.7e308 * signs, 1e308 * np.stack([signs, -signs], axis=1)):
        with pytest.raises(DivergedError):
            MLPRegressor(hidden_layer_sizes=(4,), solver=solver, engine=engine).fit(X, targets)


# --------------------------------------------------------------------------- the rest of the promises


def test_float32_stays_float32_and_everything_else_is_float64():
    X, y = two_classes()
    assert MLPClassifier((3,), max_iter=2).fit(X.astype(np.float32), y).theta_.dtype == np.float32
    assert MLPClassifier((3,), max_iter=2).fit((10 * X).astype(int), y).theta_.dtype == np.float64


def test_a_sparse_table_gives_the_network_of_the_dense_one():
    X, y = two_classes()
    X[np.abs(X) < 1] = 0
    dense = MLPClassifier((5,), max_iter=5, batch_size=32).fit(X, y)
    thin = MLPClassifier((5,), max_iter=5, batch_size=32).fit(sparse.csr_matrix(X), y)
    np.testing.assert_allclose(thin.theta_, dense.theta_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(thin.predict_proba(sparse.csr_matrix(X)), dense.predict_proba(X))


def test_the_matrices_are_views_into_theta_and_shaped_as_scikit_learns():
    X, y = two_classes()
    model = MLPClassifier((5, 4), max_iter=2).fit(X, y)
    theirs = SklearnClassifier((5, 4), max_iter=2).fit(X, y)
    assert [W.shape for W in model.coefs_] == [W.shape for W in theirs.coefs_]
    assert [b.shape for b in model.intercepts_] == [b.shape for b in theirs.intercepts_]
    assert (model.n_layers_, model.n_outputs_, model.out_activation_) == (
        theirs.n_layers_,
        theirs.n_outputs_,
        theirs.out_activation_,
    )
    model.coefs_[0][0, 0] = 42.0
    assert 42.0 in model.theta_


def test_several_outputs_are_learned_at_once():
    X, Y = make_regression(200, 5, n_targets=3, random_state=0)
    model = MLPRegressor(hidden_layer_sizes=(30,), solver="lbfgs", max_iter=2000, tol=1e-3).fit(X, Y / 100)
    assert model.predict(X).shape == (200, 3)
    assert model.score(X, Y / 100) > 0.99


def test_no_hidden_layer_is_linear_regression():
    X, y = make_regression(80, 4, noise=5, random_state=0)
    model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, tol=1e-9, max_iter=5000).fit(X, y)
    expected, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(80)]), y, rcond=None)
    np.testing.assert_allclose(np.append(model.coefs_[0][:, 0], model.intercepts_[0]), expected, rtol=1e-6)


def test_stopping_at_max_iter_is_said():
    X, y = two_classes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning, match="max_iter=3"):
            MLPClassifier((5,), max_iter=3).fit(X, y)


def test_it_takes_part_in_pipelines_and_grids():
    X, y = two_classes()
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier(max_iter=100, learning_rate_init=0.01)),
        {"mlpclassifier__hidden_layer_sizes": [(3,), (6,)], "mlpclassifier__alpha": [0.1, 1.0]},
        cv=2,
    ).fit(X, y)
    assert grid.best_score_ > 0.6


# --------------------------------------------------------------------------- when things go wrong half-way


class Breaks(Listener):
    """Raises in the third epoch."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch" and context.task_id == 2:
            raise self.error


@pytest.mark.parametrize(
    "make", [lambda: MLPClassifier((5,), max_iter=9), LogisticRegression], ids=["MLP", "logistic"]
)
def test_a_fit_that_fails_leaves_the_model_as_it_was(make):
    X, y = two_classes()
    model = make().fit(X, y)
    before = model.predict_proba(X)
    model.set_callbacks(Breaks(RuntimeError("out of paper")))
    with pytest.raises(RuntimeError, match="out of paper"):
        model.fit(X, np.where(X[:, 0] > 1, 2, y))
    model.set_callbacks()
    np.testing.assert_array_equal(model.predict_proba(X), before)
    np.testing.assert_array_equal(model.classes_, [0, 1])
    fresh = make().set_callbacks(Breaks(RuntimeError("out of paper")))
    with pytest.raises(RuntimeError, match="out of paper"):
        fresh.fit(X, y)
    with pytest.raises(NotFittedError):
        fresh.predict(X)


def test_a_model_that_diverged_predicts_nothing():
    X, y = make_regression(80, 4, random_state=0)
    model = MLPRegressor(hidden_layer_sizes=(10,), solver="sgd", learning_rate_init=100.0)
    with pytest.raises(DivergedError):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_after_ctrl_c_in_the_first_epoch_there_is_no_cost():
    X, y = two_classes()
    model = MLPClassifier((5,), max_iter=5, engine=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert (model.n_iter_, model.loss_curve_, model.loss_, model.best_loss_) == (0, [], None, None)


class Interrupted(NumpyEngine):
    """An engine to which Ctrl-C comes before the first epoch has ended."""

    def epochs(self, members, learning_rates):
        return [Epochs(np.empty(0), np.empty(0), True) for _ in members]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_l_bfgs_that_starts_at_the_minimum_counts_as_it_records(early_stopping):
    X, y = two_classes()
    model = MLPClassifier((), solver="lbfgs", alpha=1.0, max_iter=500, tol=1e-4, warm_start=True)
    model.set_params(early_stopping=early_stopping)
    for _ in range(3):
        model.fit(X, y)
        assert model.n_epochs_ == len(model.loss_curve_)
        assert len(model.validation_scores_ or ()) == (model.n_epochs_ if early_stopping else 0)


EXTREME = [5e-324, 1e-300, 1e-38, 1e-30, 1.0, 1e30, 1e38, 1e300, np.inf]


HERE = ("numpy", "native") if native_is_built() else ("numpy",)
NUMBERS = [name for name in ALLOWED if isinstance(getattr(MLPClassifier(), name, None), float)]
RULED = ("sgd", "adam", "adamw", "rmsprop", "adagrad")
OBEYED = [(n, solver) for n, solver in product(NUMBERS, RULED) if n != "weight_decay" or solver == "adamw"]


@pytest.mark.parametrize("value", EXTREME)
@pytest.mark.parametrize(("name", "solver"), OBEYED)
def test_a_value_that_is_accepted_is_obeyed_by_both_engines(name, value, solver):
    """Huge and tiny values may make the cost diverge; no engine refuses what the estimator accepts."""
    X, y = two_classes(60)
    for dtype, engine in product((np.float32, np.float64), HERE):
        model = MLPClassifier((3,), solver=solver, max_iter=3, batch_size=20, engine=engine)
        model.set_params(**{name: value})
        try:
            check_parameters(model)
        except UsageError:
            return
        with suppress(DivergedError), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X.astype(dtype), y)


@pytest.mark.parametrize("value", [1e39, 1e300, np.inf])
@pytest.mark.parametrize("engine", HERE)
def test_a_clip_norm_that_no_gradient_reaches_clips_nothing(engine, value):
    X, y = two_classes()
    for dtype in (np.float32, np.float64):
        plain = MLPClassifier((3,), max_iter=4, engine=engine).fit(X.astype(dtype), y)
        clipped = MLPClassifier((3,), max_iter=4, engine=engine, clip_norm=value).fit(X.astype(dtype), y)
        np.testing.assert_array_equal(clipped.theta_, plain.theta_)


def test_ctrl_c_keeps_what_was_done_and_a_warm_start_goes_on_from_there():
    X, y = two_classes()
    options = {"warm_start": True, "tol": 0.0, "n_iter_no_change": np.inf, "batch_size": 32}
    model = MLPClassifier((5,), max_iter=9, **options).set_callbacks(Breaks(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert (model.n_iter_, len(model.loss_curve_), model.t_, model.stopped_) == (3, 3, 450, "interrupted")
    model.set_callbacks().set_params(max_iter=6).fit(X, y)
    whole = MLPClassifier((5,), max_iter=9, **options).fit(X, y)
    np.testing.assert_array_equal(model.theta_, whole.theta_)
    assert model.loss_curve_ == whole.loss_curve_


# --------------------------------------------------------------------------- and what a second look found


def test_mini_batches_of_weighted_rows_find_the_minimum_of_the_weighted_cost():
    random = np.random.default_rng(0)
    X = random.standard_normal((3000, 2))
    y = (random.random(3000) < 0.02).astype(int)
    weights = {0: 1.0, 1: 50.0}
    exact = LogisticRegression(C=np.inf, class_weight=weights, tol=1e-9).fit(X, y)
    model = MLPClassifier(
        (), solver="sgd", momentum=0.0, alpha=0.0, batch_size=20, class_weight=weights,
        learning_rate="step", learning_rate_init=0.05, decay=0.1, decay_every=20, max_iter=60, tol=0.0,
    )  # fmt: skip
    model.fit(X, y)
    # Each batch by its own weights would end near -1.5: a batch without the rare class would count in full.
    np.testing.assert_allclose(model.intercepts_[0], exact.intercept_, atol=0.1)
    assert model.loss_ == pytest.approx(exact.loss_curve_[-1], rel=0.02)


def test_a_cosine_schedule_begins_anew_with_each_fit():
    X, y = two_classes()
    model = MLPClassifier((3,), learning_rate="cosine", max_iter=4, warm_start=True, tol=0.0).fit(X, y)
    again = model.fit(X, y).history_.learning_rate
    assert again[:4] == again[4:]
    pieces = MLPClassifier((3,), learning_rate="cosine", max_iter=4)
    for _ in range(8):
        pieces.partial_fit(X, y, classes=[0, 1])
    assert pieces.history_.learning_rate == again


def test_the_adaptive_rate_is_obeyed_by_every_solver():
    X, y = two_classes()
    model = MLPClassifier((3,), learning_rate="adaptive", tol=10.0, n_iter_no_change=1, max_iter=20).fit(X, y)
    assert min(model.history_.learning_rate) < 1e-4


@pytest.mark.parametrize(
    "weights", [{0: -1.0, 1: 1.0}, {0: "a"}, {0: np.nan}, {0: np.inf}, {0: 0.0, 1: 0.0}], ids=str
)
@pytest.mark.parametrize("kind", [MLPClassifier, LogisticRegression])
def test_class_weights_that_cannot_be_are_refused(weights, kind):
    X, y = two_classes()
    with pytest.raises(DataError, match="class_weight"):
        kind(class_weight=weights).fit(X, y)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("solver", "has_rate"), [("lbfgs", False), ("adam", True)])
def test_a_fit_that_ran_out_of_epochs_says_only_what_its_solver_obeys(solver, has_rate, language):
    use_language(language)
    X, y = two_classes()
    with pytest.warns(ConvergenceWarning, match="max_iter=2") as said:
        MLPClassifier((3,), solver=solver, max_iter=2).fit(X, y)
    assert ("learning_rate_init" in str(said[0].message)) is has_rate


def test_a_minimum_at_the_start_is_written_down_too():
    X = np.eye(4)
    with pytest.warns(UserWarning, match="stay identical"):
        model = MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", initialization="zeros").fit(
            X, np.zeros(4)
        )
    assert model.loss_ == model.best_loss_ == 0.0


def test_the_warning_names_the_limit_that_was_reached():
    X, y = two_classes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning, match="max_fun=10"):
            MLPClassifier((5,), solver="lbfgs", max_fun=10, tol=1e-9).fit(X, y)


def test_numbers_too_large_for_float32_are_refused():
    X, y = make_regression(40, 3, random_state=0)
    single = X.astype(np.float32)
    with pytest.raises(DataError, match="y holds numbers too large"):
        MLPRegressor(hidden_layer_sizes=(3,)).fit(single, y * 1e300)
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=3).fit(single, y)
    with pytest.raises(DataError, match="X holds numbers too large"):
        model.predict(X * 1e300)


def test_missing_labels_of_a_series_are_refused_with_their_row():
    pandas = pytest.importorskip("pandas", reason="one of the development tools")
    labels = pandas.Series(["a", "b", None, "a"], dtype="string")
    with pytest.raises(DataError, match="row 2"):
        MLPClassifier().fit(np.eye(4), labels)


def test_a_bad_number_in_the_validation_rows_is_theirs():
    X, y = two_classes()
    bad = X.copy()
    bad[4, 2] = np.nan
    with pytest.raises(DataError, match="X_val contains NaN in row 4, column 2"):
        MLPClassifier().fit(X, y, X_val=bad, y_val=y)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (MLPClassifier((80,), solver="lbfgs", max_iter=10), (400, 600)),
        (LogisticRegression(max_iter=5), (60, 15_000)),  # BLAS shares out dot products above 10,000 numbers
        (LogisticRegression(l1_ratio=1.0, max_iter=5), (60, 15_000)),
    ],
    ids=["lbfgs", "ridge", "lasso"],
)
def test_the_bits_do_not_depend_on_the_number_of_threads(model, shape):
    X = np.random.default_rng(0).standard_normal(shape)
    y = (X[:, 0] > 0).astype(int)
    thetas = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            thetas.append(clone(model).fit(X, y).theta_)
    np.testing.assert_array_equal(*thetas)
