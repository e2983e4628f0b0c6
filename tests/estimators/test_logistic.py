"""LogisticRegression, judged by scikit-learn's and by the conditions of a minimum."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.special import logit
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Sklearn

from shoal import LogisticRegression
from shoal.base.errors import DataError, DivergedError
from shoal.training import _linear_solver as linear_solver

pytestmark = pytest.mark.unchecked_shapes
MOST_ITERATIONS = 100_000
KINDS = {"l2": 0.0, "elastic net": 0.5, "none": 0.0, "l1": 1.0}


def problem(seed, k=None, spread=1.0):
    """A noisy problem with columns of different scale, off centre; every third one is weighted."""
    random = np.random.default_rng(seed)
    n, p = random.integers(60, 200), random.integers(2, 8)
    k = k or (2 if seed % 2 else random.integers(3, 5))
    S = random.standard_normal((n, p))
    y = np.argmax(S @ random.standard_normal((p, k)) + 2 * random.gumbel(size=(n, k)), axis=1)
    X = S * 10.0 ** random.uniform(-spread, spread, p) + 2 * random.uniform(-spread, spread, p)
    weights = random.integers(0, 4, n).astype(float) if seed % 3 == 0 else None
    return X, y, weights


def sklearn_solution(X, y, weights, C, ratio):
    solver = (
        {"solver": "saga", "max_iter": MOST_ITERATIONS, "random_state": 0}
        if ratio
        else {"solver": "newton-cholesky"}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Sklearn(C=C, l1_ratio=ratio, tol=1e-12, **solver).fit(X, y, sample_weight=weights)


def total_cost(model, X, y, weights):
    """What scikit-learn documents as the objective, from the probabilities alone."""
    log_p = np.log(model.predict_proba(X))[np.arange(len(y)), y]
    ratio, w = model.l1_ratio, model.coef_
    penalty = (1 - ratio) / 2 * np.sum(w**2) + ratio * np.sum(np.abs(w))
    return -np.sum(log_p if weights is None else weights * log_p) + penalty / model.C


@pytest.mark.parametrize("seed", range(100))
def test_coefficients_are_those_of_scikit_learn(seed):
    kind = list(KINDS)[seed // 2 % 4]
    # Pure L1 has many solutions where an even number of softmax units share a column: take three classes.
    # SAGA, the judge of L1, needs columns of about one scale to converge; ours does not (see below).
    k = 3 if kind == "l1" and seed % 2 == 0 else None
    X, y, weights = problem(seed, k, spread=0.2 if KINDS[kind] else 1.0)
    C = np.inf if kind == "none" else 10 ** np.random.default_rng(seed).uniform(-0.5, 0.8)
    theirs = sklearn_solution(X, y, weights, C, KINDS[kind])
    ours = LogisticRegression(C=C, l1_ratio=KINDS[kind], tol=1e-12, max_iter=5000)
    ours.fit(X, y, sample_weight=weights)
    if (
        np.max(theirs.n_iter_) >= MOST_ITERATIONS
    ):  # SAGA circles for ever on a few: then the lower cost is right
        assert total_cost(ours, X, y, weights) < total_cost(theirs, X, y, weights)
        return
    scale = np.linalg.norm(theirs.coef_)
    assert np.linalg.norm(ours.coef_ - theirs.coef_) <= 1e-6 * scale
    centred = theirs.intercept_ - (theirs.intercept_.mean() if len(theirs.classes_) > 2 else 0)
    np.testing.assert_allclose(ours.intercept_, centred, rtol=1e-6, atol=1e-6 * (1 + scale))
    np.testing.assert_array_equal(ours.coef_ == 0, theirs.coef_ == 0)


def test_the_minimum_does_not_depend_on_the_units_of_the_columns_when_nothing_is_penalised():
    X, y, _ = problem(5)
    units = 10.0 ** np.arange(-6, 6, 12 / X.shape[1])[: X.shape[1]]
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    scaled = LogisticRegression(C=np.inf, tol=1e-10).fit(X * units, y)
    np.testing.assert_allclose(scaled.coef_ * units, plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(scaled.predict_proba(X * units), plain.predict_proba(X), rtol=1e-6)


def test_columns_of_wild_scale_converge_with_the_defaults_and_without_a_warning():
    X, y, _ = problem(7)
    X = X * 10.0 ** np.linspace(-5, 5, X.shape[1]) + 1e3
    model = LogisticRegression().fit(X, y)
    tight = LogisticRegression(tol=1e-12, max_iter=5000).fit(X, y)
    assert model.n_iter_[0] < 100
    np.testing.assert_allclose(model.predict_proba(X), tight.predict_proba(X), atol=1e-4)


def test_with_a_penalty_that_leaves_nothing_the_bias_is_the_log_odds():
    X, y, _ = problem(9, k=2)
    model = LogisticRegression(C=1e-6, l1_ratio=1.0, tol=1e-10).fit(X, y)
    assert np.all(model.coef_ == 0)
    np.testing.assert_allclose(model.intercept_, logit(y.mean()), rtol=1e-8)


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_without_an_intercept_the_solution_is_scikit_learns(ratio):
    X, y, weights = problem(3)
    solver = "saga" if ratio else "lbfgs"
    theirs = Sklearn(l1_ratio=ratio, fit_intercept=False, solver=solver, tol=1e-12, max_iter=100_000)
    theirs.fit(X, y, sample_weight=weights)
    ours = LogisticRegression(l1_ratio=ratio, fit_intercept=False, tol=1e-12).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-7)
    assert np.all(ours.intercept_ == 0)


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_a_sparse_table_gives_the_solution_of_the_dense_one(ratio):
    X, y, weights = problem(6, k=3)
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.5, 0, X)
    dense = LogisticRegression(l1_ratio=ratio, tol=1e-11).fit(X, y, sample_weight=weights)
    thin = LogisticRegression(l1_ratio=ratio, tol=1e-11).fit(sparse.csr_matrix(X), y, sample_weight=weights)
    np.testing.assert_allclose(thin.coef_, dense.coef_, rtol=1e-6, atol=1e-9)


def test_balanced_classes_are_the_weights_that_scikit_learn_gives_them():
    X, y, _ = problem(11)
    y[:40] = 0
    theirs = Sklearn(class_weight="balanced", solver="newton-cholesky", tol=1e-12).fit(X, y)
    ours = LogisticRegression(class_weight="balanced", tol=1e-12).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)


def test_warm_start_begins_at_the_last_solution():
    X, y, _ = problem(2)
    model = LogisticRegression(warm_start=True).fit(X, y)
    assert model.n_iter_[0] > 3
    assert model.fit(X, y).n_iter_[0] <= 1


def test_stopping_early_is_said_with_what_to_do():
    X, y, _ = problem(4)
    with pytest.warns(ConvergenceWarning, match="raise max_iter"):
        LogisticRegression(max_iter=2, tol=1e-10).fit(X, y)


def test_callbacks_see_each_iteration_with_a_model_that_can_predict():
    X, y, _ = problem(8)
    monitor = ScoringMonitor(scoring="accuracy")
    model = LogisticRegression().set_callbacks(monitor).fit(X, y)
    scores = monitor.get_logs().data if hasattr(monitor, "get_logs") else None
    assert len(model.loss_curve_) == model.n_iter_[0]
    assert scores is None or len(scores) >= 1


def test_where_the_last_steps_find_no_way_the_solution_before_them_stays(monkeypatch):
    """SciPy calls a step of zero a bug of its Jacobian; for us it is the end of the digits."""
    asked = []

    def no_step(*arguments, **named):
        asked.append(arguments)
        raise ValueError("Jacobian inversion yielded zero vector.")

    X, y, _ = problem(8)
    monkeypatch.setattr(linear_solver, "newton_krylov", no_step)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # how far L-BFGS came is a matter of rounding
        model = LogisticRegression(tol=1e-15).fit(X, y)  # beyond what it can see in the cost
    assert asked
    monkeypatch.undo()
    # The cost shows steps of its root of 1e-16, which is 1e-8, in scaled columns.
    np.testing.assert_allclose(model.coef_, LogisticRegression(tol=1e-12).fit(X, y).coef_, rtol=1e-5)


def test_one_class_is_refused_by_its_name():
    with pytest.raises(DataError, match="only one class, 'yes'"):
        LogisticRegression().fit([[0.0], [1.0]], ["yes", "yes"])


def test_huge_numbers_are_an_error_and_no_warning():
    X, y, _ = problem(3)
    with pytest.raises(DivergedError, match="too large"):
        LogisticRegression().fit(X / np.abs(X).max() * 1e308, y)
