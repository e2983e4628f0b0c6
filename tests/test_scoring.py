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

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, targets
from shoal.scoring import truth_of, usual

OF_CLASSES = (
    *("accuracy", "balanced_accuracy", "neg_log_loss", "neg_brier_score", "roc_auc", "roc_auc_ovr"),
    *(f"{ratio}{of}" for ratio in ("precision", "recall", "f1") for of in ("", "_macro", "_weighted", "_micro")),
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
        return targets.decide(self.A.T, self.classes, False)

    def predict_proba(self, X):
        return targets.probabilities(self.A.T, False)

    def decision_function(self, X):
        return self.Z[0] if len(self.Z) == 1 else self.Z.T


class Regressor(RegressorMixin, BaseEstimator):
    def __init__(self, A=None):
        self.A = A

    def fit(self, X, y):
        raise NotImplementedError

    def predict(self, X):
        return self.A[0] if len(self.A) == 1 else self.A.T


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
        truth = truth_of(self.y, self.weights, output=self.output, classes=self.classes)
        if truth is None:
            return np.full(len(self.A), np.nan)
        twin = usual(get_scorer(name), self.network(0))
        return twin({"A": self.A, "Z": self.Z}[twin.wants], truth)

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
    "some 0": lambda random, m: random.exponential(1, m) * (random.random(m) < 0.7) + 1e-3 * (np.arange(m) == 0),
    "whole": lambda random, m: random.integers(0, 4, m) + (np.arange(m) == 0),
}


def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(Z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-Z))


def some_classes(seed, n=2, m=40, K=3, labels="numbers from 0", weights="none", dtype=float, scale=1.0, steps=0):
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
    y = (random.normal(mean, scale, (m, n_y)) if y_dtype is not int else random.integers(-9, 9, (m, n_y))).astype(y_dtype)
    A = (y.T + random.normal(0, scale, (K, n_y, m)) * random.choice([0.1, 1, 10], (K, 1, 1))).astype(dtype)
    return Problem(y[:, 0] if n_y == 1 else y, A, weights=WEIGHTS[weights](random, m))


def assert_is(found, expected):
    """1e-12 of what is compared, or of 1: the order of additions is all that may differ."""
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


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
                assert_is(score, problem.judges_score(name, k))


@settings(deadline=None, max_examples=60)
@given(NUMBERS)
def test_scores_of_numbers_are_those_of_scikit_learn_or_left_to_it(problem):
    for name in OF_NUMBERS:
        for k, score in enumerate(problem.twins_scores(name)):
            if not np.isnan(score):
                assert_is(score, problem.judges_score(name, k))


if __name__ == "__main__":
    pass
