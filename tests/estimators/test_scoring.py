"""The twins of scikit-learn's scorers, against those scorers, asked about a network of the same outputs."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context, metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import check_scoring, get_scorer, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.estimators import _decisions as decisions
from shoal.estimators._scorers import true_targets, vectorized_scorer

OF_CLASSES = (
    *("accuracy", "balanced_accuracy", "neg_log_loss", "neg_brier_score", "roc_auc", "roc_auc_ovr"),
    *(
        f"{ratio}{of}"
        for ratio in ("precision", "recall", "f1")
        for of in ("", "_macro", "_weighted", "_micro")
    ),
)
OF_NUMBERS = ("r2", "neg_mean_squared_error", "neg_root_mean_squared_error", "neg_mean_absolute_error")
WHATEVER_OCCURS = ("accuracy", "precision_micro", "recall_micro", "f1_micro")
X = None  # the networks below have their outputs already


class Classifier(ClassifierMixin, BaseEstimator):
    """Predicts as our classifiers do, from outputs of shape (n_y, m) that it is given."""

    def __init__(self, classes=None, A=None, Z=None):
        self.classes, self.A, self.Z = classes, A, Z

    def fit(self, X, y):
        raise NotImplementedError

    def predict(self, X):
        return decisions.decide(self.A.T, self.classes, False)

    def predict_proba(self, X):
        return both(self.A).T

    def decision_function(self, X):
        return self.Z[0] if len(self.Z) == 1 else self.Z.T


class Regressor(RegressorMixin, BaseEstimator):
    def __init__(self, A=None):
        self.A = A

    def fit(self, X, y):
        raise NotImplementedError

    def predict(self, X):
        return self.A[0] if len(self.A) == 1 else self.A.T


def both(A):
    """The probabilities of all classes: one sigmoid stands for two."""
    return np.concatenate((1 - A, A), axis=-2) if A.shape[-2] == 1 else A


@dataclass
class Problem:
    """Networks and the rows that they are judged on."""

    y: Any
    A: Any  # (K, n_y, m)
    Z: Any = None
    classes: Any = None
    weights: Any = None

    @property
    def output(self):
        if self.classes is None:
            return "identity"
        return "sigmoid" if self.A.shape[1] == 1 else "softmax"

    def twins_scores(self, name):
        truth = true_targets(self.y, self.weights, output=self.output, classes=self.classes)
        if truth is None:
            return np.full(len(self.A), np.nan)
        twin = vectorized_scorer(get_scorer(name), self.network(0))
        return twin(self.outputs(twin), truth)

    def outputs(self, twin):
        """What this scorer wants to see."""
        return {"A": self.A, "Z": self.Z, "P": self.A if self.classes is None else both(self.A)}[twin.wants]

    def network(self, k):
        if self.classes is None:
            return Regressor(self.A[k])
        network = Classifier(self.classes, self.A[k], self.Z[k])
        network.classes_ = self.classes
        return network

    def judges_score(self, name, k):
        """scikit-learn's score; NaN if it has none, or not without a warning or an error."""
        named = {} if self.weights is None else {"sample_weight": self.weights}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return float(get_scorer(name)(self.network(k), X, self.y, **named))
            except (ValueError, TypeError, ArithmeticError, IndexError, Warning):
                return math.nan


LABELS = {
    "numbers from 0": lambda n: np.arange(n),
    "numbers from 1": lambda n: np.arange(1, n + 1),
    "numbers from -1": lambda n: np.arange(n) * 2 - 1,
    "small numbers": lambda n: np.arange(n, dtype=np.uint8),
    "whole floats": lambda n: np.arange(n) * 1.0,
    "texts": lambda n: np.array(["cod", "eel", "herring", "pike", "trout"][:n]),
    "objects": lambda n: np.array(["cod", "eel", "herring", "pike", "trout"][:n], dtype=object),
    "booleans": lambda n: np.array([False, True]) if n == 2 else np.arange(n),
}
WEIGHTS = {
    "none": lambda random, m: None,
    "any": lambda random, m: random.exponential(1, m),
    "float32": lambda random, m: random.exponential(1, m).astype(np.float32),
    "some 0": lambda random, m: (
        random.exponential(1, m) * (random.random(m) < 0.7) + 1e-3 * (np.arange(m) == 0)
    ),
    "whole": lambda random, m: random.integers(0, 4, m) + (np.arange(m) == 0),
}


def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(Z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-Z))


def some_classes(
    seed, n=2, m=40, K=3, labels="numbers from 0", weights="none", dtype=float, scale=1.0, steps=0
):
    """Networks that know a little; `steps` of Z make ties, a large `scale` probabilities of 0 and 1."""
    random = np.random.default_rng(seed)
    number = random.permutation(np.arange(m) % n)
    Z = random.normal(0, scale, (K, 1 if n == 2 else n, m))
    Z += scale * ((2 * number - 1) if n == 2 else (np.arange(n)[:, None] == number))
    Z = (np.round(Z * steps) / steps if steps else Z).astype(dtype)
    A = sigmoid(Z) if n == 2 else softmax(Z)
    classes = LABELS[labels](n)
    return Problem(classes[number], A.astype(dtype), Z, classes, WEIGHTS[weights](random, m))


def some_numbers(seed, n_y=1, m=40, K=3, weights="none", dtype=float, y_dtype=float, scale=1.0, mean=0.0):
    random = np.random.default_rng(seed)
    y = (
        random.normal(mean, scale, (m, n_y)) if y_dtype is not int else random.integers(-9, 9, (m, n_y))
    ).astype(y_dtype)
    A = (y.T + random.normal(0, scale, (K, n_y, m)) * random.choice([0.1, 1, 10], (K, 1, 1))).astype(dtype)
    return Problem(y[:, 0] if n_y == 1 else y, A, weights=WEIGHTS[weights](random, m))


def assert_is(found, expected):
    """1e-12 of what is compared, or of 1: the order of additions is all that may differ."""
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.fixture
def seed():
    """A problem of its own each time; a failing test shows it."""
    return int(np.random.default_rng().integers(2**32))


SEEDS = st.integers(0, 2**32)
CLASSES = st.builds(
    some_classes,
    seed=SEEDS,
    n=st.integers(2, 5),
    m=st.integers(1, 80),
    K=st.integers(1, 4),
    labels=st.sampled_from(sorted(LABELS)),
    weights=st.sampled_from(sorted(WEIGHTS)),
    dtype=st.sampled_from([np.float64, np.float32]),
    scale=st.sampled_from([0.1, 1.0, 20.0, 200.0]),
    steps=st.sampled_from([0, 1, 4]),
)
NUMBERS = st.builds(
    some_numbers,
    seed=SEEDS,
    n_y=st.integers(1, 3),
    m=st.integers(1, 80),
    K=st.integers(1, 4),
    weights=st.sampled_from(sorted(WEIGHTS)),
    dtype=st.sampled_from([np.float64, np.float32]),
    y_dtype=st.sampled_from([np.float64, np.float32, int]),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
    mean=st.sampled_from([0.0, 1.0, 1e3]),
)


# --- the same scores -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(CLASSES)
def test_scores_of_classes_are_those_of_scikit_learn_or_left_to_it(problem):
    for name in OF_CLASSES:
        for k, score in enumerate(problem.twins_scores(name)):
            if not np.isnan(score):
                assert score == problem.judges_score(name, k)  # to the last bit: who ties there, ties here


@settings(deadline=None, max_examples=60)
@given(NUMBERS)
def test_scores_of_numbers_are_those_of_scikit_learn_or_left_to_it(problem):
    for name in OF_NUMBERS:
        for k, score in enumerate(problem.twins_scores(name)):
            if not np.isnan(score):
                assert_is(score, problem.judges_score(name, k))


@pytest.mark.parametrize("weights", sorted(WEIGHTS))
@pytest.mark.parametrize(
    ("n", "labels"), [(2, "numbers from 0"), (2, "booleans"), (3, "texts"), (5, "objects")]
)
def test_no_score_of_an_ordinary_problem_is_left_to_scikit_learn(n, labels, weights, seed):
    problem = some_classes(seed, n=n, m=300, labels=labels, weights=weights)
    binary = {"precision", "recall", "f1", "roc_auc"} if n > 2 else set()
    for name in set(OF_CLASSES) - binary:
        assert np.isfinite(problem.twins_scores(name)).all(), name


@pytest.mark.parametrize("weights", sorted(WEIGHTS))
@pytest.mark.parametrize("n_y", [1, 3])
def test_no_score_of_ordinary_numbers_is_left_to_scikit_learn(n_y, weights, seed):
    problem = some_numbers(seed, n_y=n_y, weights=weights)
    for name in OF_NUMBERS:
        assert np.isfinite(problem.twins_scores(name)).all(), name


@pytest.mark.parametrize("weights", ["none", "float32", "any"])
@pytest.mark.parametrize("n", [2, 4])
def test_log_loss_in_float32_is_the_same_also_over_many_rows(n, weights, seed):
    problem = some_classes(seed, n=n, m=20_000, K=2, weights=weights, dtype=np.float32, scale=10.0)
    scores = problem.twins_scores("neg_log_loss")
    assert scores.dtype == np.float64
    for k, score in enumerate(scores):
        assert_is(score, problem.judges_score("neg_log_loss", k))


def test_probabilities_of_0_and_1_cost_what_they_cost_in_scikit_learn(seed):
    problem = some_classes(seed)
    problem.A = (problem.A > 0.5).astype(problem.A.dtype)
    scores = problem.twins_scores("neg_log_loss")
    assert scores.min() < -1  # of a few rows with infinite losses
    for k, score in enumerate(scores):
        assert_is(score, problem.judges_score("neg_log_loss", k))


def test_the_curve_is_drawn_from_log_odds_which_tell_apart_what_probabilities_round_together(seed):
    problem = some_classes(seed, scale=1000.0)
    scores = problem.twins_scores("roc_auc")
    for k, score in enumerate(scores):
        assert_is(score, problem.judges_score("roc_auc", k))
    assert not np.array_equal(scores, problem.twins_scores("roc_auc_ovr"))  # which scikit-learn draws from A


@pytest.mark.parametrize(("n", "dtype"), [(2, np.float64), (4, np.float64), (2, np.float32)])
def test_a_classifier_has_the_same_bits_alone_and_in_company(n, dtype, seed):
    problem = some_classes(seed, n=n, m=1001, K=7, weights="any", dtype=dtype)
    truth = true_targets(problem.y, problem.weights, output=problem.output, classes=problem.classes)
    for name in OF_CLASSES:
        twin = vectorized_scorer(get_scorer(name), problem.network(0))
        outputs = problem.outputs(twin)
        alone = np.concatenate([twin(one[None], truth) for one in outputs])
        assert np.array_equal(twin(outputs, truth), alone, equal_nan=True), name
        turned = np.asfortranarray(outputs)
        assert np.array_equal(twin(turned, truth), alone, equal_nan=True), name


@pytest.mark.parametrize("n_y", [1, 3])
def test_a_regressor_has_the_same_bits_alone_and_in_company(n_y, seed):
    problem = some_numbers(seed, n_y=n_y, m=1001, K=7, weights="any")
    truth = true_targets(problem.y, problem.weights, output="identity")
    for name in OF_NUMBERS:
        twin = vectorized_scorer(get_scorer(name), problem.network(0))
        outputs = problem.outputs(twin)
        alone = np.concatenate([twin(one[None], truth) for one in outputs])
        assert np.array_equal(twin(outputs, truth), alone), name
        assert np.array_equal(twin(np.asfortranarray(outputs), truth), alone), name


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n", [2, 3])
def test_the_twins_of_a_trained_classifier_say_what_its_scorers_say(n, seed):
    random = np.random.default_rng(seed)
    X = random.standard_normal((60, 4))
    y = np.array(["cod", "eel", "pike"])[(np.arange(60) + (X[:, 0] > 0)) % n]
    model = MLPClassifier((3,), solver="lbfgs", max_iter=3).fit(X, y)
    P, Z = model.predict_proba(X), model.decision_function(X)
    outputs = {"A": P[:, 1:].T if n == 2 else P.T, "Z": np.atleast_2d(Z.T), "P": P.T}
    truth = true_targets(y, output=model.network_.output, classes=model.classes_)
    for name in (None, "accuracy", "neg_log_loss", "roc_auc", "f1_macro"):
        scorer = check_scoring(model, scoring=name)
        twin = vectorized_scorer(scorer, model)
        (score,) = twin(outputs[twin.wants][None], truth)
        if n == 2 or name != "roc_auc":
            assert_is(score, scorer(model, X, y))


def test_columns_of_data_frames_are_as_good_as_arrays(seed):
    problem = some_classes(seed, n=3, labels="texts", weights="any")
    expected = problem.twins_scores("f1_macro")
    assert np.isfinite(expected).all()
    y, weights = problem.y, problem.weights
    for column in (pd.Series(y), pd.Series(y, dtype="category"), pl.Series(y)):
        problem.y, problem.weights = column, type(column)(weights)
        assert np.array_equal(problem.twins_scores("f1_macro"), expected)
        assert_is(expected[0], problem.judges_score("f1_macro", 0))


# --- which scorers have a twin ---------------------------------------------------------------------


@pytest.mark.parametrize("name", [*OF_CLASSES, *OF_NUMBERS])
def test_a_scorer_is_known_by_what_it_does(name):
    scorer = get_scorer(name)
    sign = {"greater_is_better": scorer._sign > 0, "response_method": scorer._response_method}
    own = make_scorer(scorer._score_func, **sign, **scorer._kwargs)
    estimator = Regressor() if name in OF_NUMBERS else Classifier()
    assert vectorized_scorer(own, estimator) is vectorized_scorer(scorer, estimator) is not None


def accuracy_score(y_true, y_pred):
    return 0.5


@pytest.mark.parametrize(
    "scorer",
    [
        make_scorer(accuracy_score),
        make_scorer(metrics.accuracy_score, normalize=False),
        make_scorer(metrics.accuracy_score, greater_is_better=False),
        make_scorer(metrics.accuracy_score, response_method="predict_proba"),
        make_scorer(metrics.f1_score, average="binary", pos_label=0),
        make_scorer(metrics.f1_score, average="macro", pos_label=None, zero_division=0),
        make_scorer(metrics.f1_score, average="macro", pos_label=None, labels=[0, 1]),  # not to be hashed
        make_scorer(metrics.log_loss, response_method="predict_proba"),
        make_scorer(metrics.roc_auc_score, response_method="predict_proba"),
        make_scorer(metrics.roc_auc_score, response_method=["decision_function", "predict_proba"]),
        make_scorer(
            metrics.roc_auc_score, response_method=("decision_function", "predict_proba"), max_fpr=0.5
        ),
        get_scorer("roc_auc_ovo"),
        get_scorer("explained_variance"),
        check_scoring(Classifier(), scoring={"accuracy": "accuracy"}),
        pytest.param(lambda estimator, X, y: 0.5, id="a function"),
    ],
    ids=repr,
)
def test_a_scorer_that_does_anything_else_has_no_twin(scorer):
    assert vectorized_scorer(scorer, Classifier()) is None
    assert vectorized_scorer(scorer, Regressor()) is None


def test_a_scorer_of_a_class_of_its_own_has_no_twin():
    class Generous(type(get_scorer("accuracy"))):
        def _score(self, *args, **kwargs):
            return 1.0

    assert vectorized_scorer(Generous(metrics.accuracy_score, 1, {}, "predict"), Classifier()) is None


@pytest.mark.parametrize(
    ("requests", "known"),
    [
        ({"sample_weight": True}, True),
        ({"sample_weight": "importance"}, True),
        ({"sample_weight": False, "normalize": False}, True),
        ({"normalize": True}, False),
        ({"sample_weight": True, "normalize": "share"}, False),
    ],
)
def test_a_scorer_that_wants_more_than_weights_has_no_twin(requests, known):
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("accuracy").set_score_request(**requests)
        assert (vectorized_scorer(scorer, Classifier()) is not None) == known


@pytest.mark.parametrize("estimator", [MLPClassifier(), LogisticRegression(), MLPRegressor()], ids=repr)
def test_the_score_of_an_estimator_has_a_twin_unless_it_is_of_its_own_making(estimator):
    name = "r2" if isinstance(estimator, MLPRegressor) else "accuracy"
    own = check_scoring(estimator)  # what scikit-learn makes of None
    assert (
        vectorized_scorer(own, estimator)
        == vectorized_scorer(None, estimator)
        == vectorized_scorer(get_scorer(name), estimator)
    )

    class Other(type(estimator)):
        def score(self, X, y, sample_weight=None):
            return 0.5

    assert vectorized_scorer(check_scoring(Other()), Other()) is None
    pipeline = make_pipeline(StandardScaler(), estimator)
    assert vectorized_scorer(check_scoring(pipeline), pipeline) is None


# --- what is left to scikit-learn ------------------------------------------------------------------


def assert_left(problem, name, k=None, *, why="it complains"):
    """The score of network k (or of all) is left to scikit-learn, and not that of the others."""
    left = np.isnan(problem.twins_scores(name))
    assert left.tolist() == [k in (None, i) for i in range(len(left))], name
    if why == "it complains":
        assert np.isnan(problem.judges_score(name, k or 0)), name


@pytest.mark.parametrize("name", ["precision", "precision_macro", "precision_weighted"])
def test_precision_of_a_class_that_is_never_chosen_is_left(name, seed):
    problem = some_classes(seed, scale=3.0)
    problem.A[1] = 0.25
    assert_left(problem, name, 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["neg_log_loss", "neg_brier_score", "roc_auc", "roc_auc_ovr"])
@pytest.mark.parametrize("n", [2, 3])
def test_outputs_that_are_no_numbers_are_left(n, name, value, seed):
    problem = some_classes(seed, n=n)
    problem.A[1, 0, 5] = problem.Z[1, 0, 5] = value
    assert_left(problem, name, 1 if n == 2 or name != "roc_auc" else None)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_predictions_that_are_no_numbers_are_left(name, value, seed):
    problem = some_numbers(seed, n_y=2)
    problem.A[1, 0, 5] = value
    assert_left(problem, name, 1)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", ["neg_log_loss", "neg_brier_score"])
@pytest.mark.parametrize("value", [1 + 1e-9, -1e-9])
def test_probabilities_below_0_or_above_1_are_left(n, name, value, seed):
    problem = some_classes(seed, n=n)
    problem.A[1, :, 5] = 1 - value
    problem.A[1, 0, 5] = value
    problem.A[1, 2:, 5] = 0
    assert_left(problem, name, 1)


@pytest.mark.parametrize("name", ["neg_log_loss", "neg_brier_score", "roc_auc_ovr"])
def test_probabilities_that_do_not_sum_to_one_are_left(name, seed):
    problem = some_classes(seed, n=3)
    problem.A[1, :, 5] *= 0.999
    assert_left(problem, name, 1)


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("name", OF_CLASSES)
def test_a_class_that_does_not_occur_leaves_all_that_looks_at_single_classes(name, n, seed):
    problem = some_classes(seed, n=n)
    problem.y[problem.y == 1] = 0
    if name in WHATEVER_OCCURS:
        assert_is(problem.twins_scores(name)[0], problem.judges_score(name, 0))
    else:
        assert_left(problem, name, why="this module is careful")


@pytest.mark.parametrize("name", sorted(set(OF_CLASSES) - set(WHATEVER_OCCURS)))
def test_a_class_whose_rows_do_not_count_is_as_one_that_does_not_occur(name, seed):
    problem = some_classes(seed)
    problem.weights = np.where(problem.y == 1, 0.0, 1.0)
    assert_left(problem, name, why="this module is careful")


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
@pytest.mark.parametrize("labels", ["texts", "objects"])
def test_which_of_two_texts_is_positive_is_left(name, labels, seed):
    assert_left(some_classes(seed, labels=labels), name)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_the_positive_class_is_the_one_called_1_and_without_it_there_is_none(name, seed):
    problem = some_classes(seed, labels="numbers from 1", m=41)  # 1 is the first of the two
    assert_is(problem.twins_scores(name)[0], problem.judges_score(name, 0))
    problem = some_classes(seed)
    problem.classes, problem.y = problem.classes + 2, problem.y + 2
    assert_left(problem, name)


@pytest.mark.parametrize("labels", ["texts", "objects"])
def test_the_brier_score_of_two_texts_is_left(labels, seed):
    assert_left(some_classes(seed, labels=labels), "neg_brier_score")


@pytest.mark.parametrize("name", ["precision", "recall", "f1", "roc_auc"])
def test_scores_of_two_classes_are_left_where_there_are_three(name, seed):
    assert_left(some_classes(seed, n=3), name)


def test_the_brier_score_of_many_classes_is_left_in_float32(seed):
    assert_left(some_classes(seed, n=9, dtype=np.float32), "neg_brier_score", why="the order of its sums")


@pytest.mark.parametrize("y_dtype", [np.float32, int])
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_what_scikit_learn_computes_in_float32_is_left(name, y_dtype, seed):
    problem = some_numbers(seed, dtype=np.float32, y_dtype=y_dtype)
    assert_left(problem, name, why="the order of its sums")
    problem.weights = np.ones(len(problem.y))  # float64: then all is
    assert_is(problem.twins_scores(name)[0], problem.judges_score(name, 0))
    problem.weights = np.ones(len(problem.y), dtype=int)
    assert_left(problem, name, why="the order of its sums")


@pytest.mark.parametrize("m", [1, 7])
def test_numbers_that_do_not_vary_have_no_r2(m, seed):
    problem = some_numbers(seed, n_y=2, m=m)
    problem.y[:, 1] = 0.1
    assert_left(problem, "r2", why="this module is careful")


def test_weights_of_a_single_row_leave_r2(seed):
    problem = some_numbers(seed)
    for row in range(len(problem.y)):  # of some the weighted mean is the number itself, of some almost
        problem.weights = (np.arange(len(problem.y)) == row) * 0.1
        assert_left(problem, "r2", why="this module is careful")


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers_too_large_to_be_squared_or_subtracted_are_left_without_a_warning(name, seed):
    problem = some_numbers(seed)
    problem.A[1] = np.finfo(float).max
    problem.y[3] = -np.finfo(float).max
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = problem.twins_scores(name)
    assert np.isnan(scores[1])


def test_the_r2_of_numbers_too_large_to_be_squared_is_left_even_if_they_are_met(seed):
    problem = some_numbers(seed)
    problem.y *= 1e200
    problem.A[:] = problem.y
    assert_left(problem, "r2")


@pytest.mark.parametrize(
    "outputs",
    [
        np.full((2, 1, 7), 0.5),  # rows that are missing
        np.full((2, 2, 8), 0.5),  # one unit too many
        np.full((2, 1, 8), 0.5, dtype=np.float16),
        np.full((2, 1, 8), 0.5, dtype=np.longdouble),
    ],
    ids=lambda outputs: f"{outputs.shape} {outputs.dtype}",
)
def test_outputs_of_another_shape_or_precision_are_left(outputs):
    y = np.arange(8) % 2
    truth = true_targets(y, output="sigmoid", classes=np.arange(2))
    assert np.isnan(vectorized_scorer(get_scorer("accuracy"), Classifier())(outputs, truth)).all()
    truth = true_targets(y * 1.0, output="identity")
    assert np.isnan(vectorized_scorer(get_scorer("r2"), Regressor())(outputs, truth)).all()


def test_a_score_of_the_other_kind_of_truth_is_left():
    y = np.arange(8) % 2
    A = np.full((2, 1, 8), 0.5)
    classes, numbers = (
        true_targets(y, output="sigmoid", classes=np.arange(2)),
        true_targets(y, output="identity"),
    )
    assert np.isnan(vectorized_scorer(get_scorer("r2"), Classifier())(A, classes)).all()
    assert np.isnan(vectorized_scorer(get_scorer("accuracy"), Regressor())(A, numbers)).all()


TWO, THREE = np.arange(2), np.arange(3)


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        pytest.param(np.array([0, 1, 2]), TWO, id="a label that the network does not know"),
        pytest.param(np.array([0, 2, 0]), np.array([0, 3]), id="one between those that it knows"),
        pytest.param(np.array([[0, 1], [1, 0]]), TWO, id="several labels a row"),
        pytest.param(np.array([[0], [1]]), TWO, id="a column"),
        pytest.param(np.array([], dtype=int), TWO, id="no rows"),
        pytest.param(np.array(1), TWO, id="no array"),
        pytest.param([0, 1], TWO, id="a list"),
        pytest.param(np.ma.array([0, 1], mask=[True, False]), TWO, id="masked"),
        pytest.param(pd.DataFrame({"y": [0, 1]}), TWO, id="a table"),
        pytest.param(np.array([0.0, np.nan, 1.0]), np.array([0.0, 1.0]), id="not a number"),
        pytest.param(np.array([0.5, 1.5]), np.array([0.5, 1.5]), id="fractions"),
        pytest.param(np.array([0.0, 1e300]), np.array([0.0, 1e300]), id="larger than whole numbers are"),
        pytest.param(np.array([0.0, 1.0]), TWO, id="floats for whole numbers"),
        pytest.param(np.array([False, True]), TWO, id="booleans for numbers"),
        pytest.param(np.array(["0", "1"]), TWO, id="texts for numbers"),
        pytest.param(np.array([b"a", b"b"]), np.array([b"a", b"b"]), id="bytes"),
        pytest.param(np.array([0, 1], dtype=object), np.array([0, 1], dtype=object), id="objects"),
        pytest.param(np.array(["a", None], dtype=object), np.array(["a", "b"]), id="a missing text"),
    ],
)
def test_labels_that_scikit_learn_might_take_otherwise_are_left(y, classes):
    assert true_targets(y, output="sigmoid", classes=classes) is None


@pytest.mark.parametrize(
    ("output", "classes"), [("sigmoid", THREE), ("softmax", TWO), ("sigmoid", np.arange(1)), ("relu", TWO)]
)
def test_an_output_that_does_not_go_with_the_classes_is_left(output, classes):
    assert true_targets(np.zeros(3, int), output=output, classes=classes) is None


@pytest.mark.parametrize(
    "y",
    [
        [1.0, 2.0],
        np.array([1.0, np.nan]),
        np.array([1.0, np.inf]),
        np.array(["1", "2"]),
        np.array([True, False]),
        np.array([1.0, 2.0], dtype=object),
        np.array([1.0, 2.0], dtype=np.longdouble),
        np.array([1.0, 2.0], dtype=np.float16),
        np.array([1j, 2j]),
        np.zeros((2, 2, 2)),
        np.ma.array([1.0, 2.0]),
        pd.DataFrame({"y": [1.0, 2.0]}),  # whose precision scikit-learn does not look at
        pd.Series([1.0, None], dtype="Float64"),
    ],
    ids=repr,
)
def test_numbers_that_scikit_learn_might_take_otherwise_are_left(y):
    assert true_targets(y, output="identity") is None


@pytest.mark.parametrize(
    "weights",
    [
        np.zeros(4),
        np.array([1.0, 1.0, -1.0, 1.0]),
        np.array([1.0, 1.0, np.nan, 1.0]),
        np.array([1.0, 1.0, np.inf, 1.0]),
        np.ones(3),
        np.ones((4, 1)),
        np.ones(4, dtype=bool),
        np.ones(4, dtype=np.float16),
        np.ones(4, dtype=np.int8),
        np.ma.ones(4),
        [1.0, 1.0, 1.0, 1.0],
        2.0,
    ],
    ids=repr,
)
def test_weights_that_scikit_learn_might_take_otherwise_are_left(weights):
    y = np.array([0, 1, 0, 1])
    assert true_targets(y, weights, output="sigmoid", classes=TWO) is None
    assert true_targets(y, weights, output="identity") is None
    assert true_targets(y, np.ones(4), output="sigmoid", classes=TWO) is not None


def test_what_is_judged_is_not_written_to(seed):
    for problem in (some_classes(seed, weights="any"), some_numbers(seed, weights="any")):
        for array in (problem.y, problem.A, problem.Z, problem.weights):
            if array is not None:
                array.flags.writeable = False
        for name in OF_CLASSES if problem.classes is not None else OF_NUMBERS:
            problem.twins_scores(name)
