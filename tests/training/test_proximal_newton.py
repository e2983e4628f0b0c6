"""L1 and elastic net: the minimum is reached, always, and judged by the conditions of a minimum alone."""

import os
import tracemalloc
import warnings

import l1_problems
import numpy as np
import pytest
from scipy import sparse
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Sklearn

from shoal import LogisticRegression
from shoal.base.errors import DivergedError
from shoal.engines import get_engine
from shoal.training import _proximal_newton as proximal_newton
from shoal.training._curvature import Dense, Implicit, Inputs, best_shift
from shoal.training._orthants import go_down
from shoal.training._proximal_newton import violation

pytestmark = pytest.mark.unchecked_shapes

# The slopes are sums of some hundred numbers about 1 with an error of 1e-16 each; the solver stops at 1e-12.
REACHED = 1e-10
PACK = 100  # problems in one test
MANY = int(os.environ.get("SHOAL_L1_PROBLEMS", "500"))  # `make nightly` asks for more


def assert_reached(X, y, weights=None, allowed=REACHED, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        model = LogisticRegression(**parameters).fit(X, y, sample_weight=weights)
    assert l1_problems.missed(model, X, y, weights) <= allowed
    return model


def noisy(seed=0, m=100, n_x=6, k=3):
    random = np.random.default_rng(seed)
    X = random.standard_normal((m, n_x))
    y = np.argmax(X @ random.standard_normal((n_x, k)) + 2 * random.gumbel(size=(m, k)), axis=1)
    return X, y


@pytest.mark.parametrize("seed", range(100))
def test_the_minimum_is_reached(seed):
    X, y, weights, parameters = l1_problems.problem(seed)
    assert_reached(X, y, weights, **parameters)


@pytest.mark.slow
@pytest.mark.parametrize("pack", range(MANY // PACK))
def test_the_minimum_is_reached_on_many_problems(pack):
    for seed in range(1000 + pack * PACK, 1000 + (pack + 1) * PACK):
        X, y, weights, parameters = l1_problems.problem(seed)
        assert_reached(X, y, weights, **parameters)


TINY_NOISE = np.random.default_rng(1).standard_normal((100, 6))
SCALES = 10.0 ** np.array([-6, 6, 0, -6, 6, 3])
AWKWARD = {
    "columns twice": lambda X: np.hstack([X, X, X[:, :2]]),
    "columns and their negatives": lambda X: np.hstack([X, -X, 1e3 * X[:, :2]]),
    "constant columns": lambda X: np.hstack([X, np.ones((100, 1)), np.full((100, 1), 1e6)]),
    "columns that are nearly others": lambda X: np.hstack([X, X + 1e-3 * TINY_NOISE]),
    "columns that are very nearly others": lambda X: np.hstack([X, X + 1e-7 * TINY_NOISE]),
    "columns of wild scale": lambda X: X * SCALES,
    "columns of wild scale and far off": lambda X: X * SCALES + np.array([1, 1e6, 1e4, 0, 0, 1e5]),
}


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("kind", AWKWARD)
def test_the_minimum_is_reached_on_awkward_columns(kind, k, ratio):
    X, y = noisy(k, k=k)
    for C in (10.0, 1000.0):
        assert_reached(AWKWARD[kind](X), y, C=C, l1_ratio=ratio, tol=1e-12)


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("C", [1e2, 1e5, 1e8])
def test_the_minimum_is_reached_where_the_classes_are_apart_and_only_the_penalty_holds_the_weights(C, k):
    X, _ = noisy(k)
    y = np.argmax(X @ np.random.default_rng(k).standard_normal((6, k)), axis=1)
    assert_reached(X, y, C=C, l1_ratio=1.0, tol=1e-12)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.01])
@pytest.mark.parametrize("k", [2, 3])
def test_the_minimum_is_reached_with_more_columns_than_rows(k, ratio):
    """With a little L1, thousands of weights are not 0: H is a product, not a matrix."""
    X, _ = noisy(k, m=200, n_x=2000, k=k)
    y = noisy(k, m=200, n_x=5, k=k)[1]
    assert_reached(X, y, l1_ratio=ratio)


def test_where_the_second_derivative_is_too_large_the_slope_is_down_to_tol(monkeypatch):
    """Many rows and hundreds of weights that are not 0: orthants lead there, not proximal Newton from 0."""
    led = []

    def counted(*arguments):
        led.append(go_down(*arguments))
        return led[-1]

    monkeypatch.setattr(proximal_newton, "go_down", counted)
    X, y = noisy(1, m=20_000, n_x=460, k=2)
    # The columns have scale 1, so their scaled slopes are about twice as large as those that count here.
    assert_reached(X, y, allowed=1e-6, C=10.0, l1_ratio=0.5, tol=1e-6)
    assert led
    assert_reached(X, y, allowed=1e-9, C=10.0, l1_ratio=0.5, tol=1e-9)


def text_like(m=20_000, n_x=5_000):
    """Rows of some dozen words out of thousands, few of them common."""
    random = np.random.default_rng(0)
    share = 1 / np.arange(1, n_x + 1) ** 0.9
    words = random.choice(n_x, size=40 * m, p=share / share.sum())
    X = sparse.csr_matrix((np.ones(40 * m), (np.repeat(np.arange(m), 40), words)), (m, n_x))
    y = X @ (random.standard_normal(n_x) * (random.random(n_x) < 0.1)) + random.logistic(size=m) > 0
    return X, y.astype(int)


def test_a_sparse_table_of_words_is_never_made_dense():
    X, y = text_like()
    tracemalloc.start()
    model = LogisticRegression(C=0.1, l1_ratio=1.0).fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 50 < np.count_nonzero(model.coef_) < 1500
    # As dense rows it is 800 MB, all second derivatives are 200 MB; X itself is 10 MB.
    assert peak < 100e6
    assert l1_problems.missed(model, X, y) <= REACHED


def test_rows_of_weight_zero_count_nothing():
    X, y = noisy()
    weights = np.tile([0.0, 1.0], 50)
    with_them = assert_reached(X, y, weights, l1_ratio=1.0)
    without = assert_reached(X[1::2], y[1::2], l1_ratio=1.0)
    np.testing.assert_allclose(with_them.coef_, without.coef_, atol=1e-9)  # both are at the same minimum


def test_float32_rows_give_the_minimum_to_the_precision_of_float32():
    X, y = noisy()
    rounding = 1e-6  # theta is rounded to float32: 6e-8 of weights about 1, times columns about 1, summed
    model = assert_reached(X.astype(np.float32), y, allowed=rounding, l1_ratio=0.5)
    assert model.coef_.dtype == np.float32


@pytest.mark.parametrize("k", [2, 3, 4])
def test_coefficients_are_those_of_liblinear_and_saga(k):
    X, y = noisy(k, k=k)
    ours = LogisticRegression(C=0.5, l1_ratio=1.0, fit_intercept=False).fit(X, y)
    solver = "liblinear" if k == 2 else "saga"
    theirs = Sklearn(C=0.5, l1_ratio=1.0, fit_intercept=False, solver=solver, tol=1e-10, max_iter=100_000)
    theirs.fit(X, y)
    # Four classes leave shifts of a column free: there the probabilities are what is unique.
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    if k < 4:
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)


def test_of_several_minima_the_one_with_the_smallest_sum_of_squares_is_taken():
    X, y = noisy(3, m=400, k=4)
    W = LogisticRegression(C=100, l1_ratio=1.0).fit(X, y).coef_
    spread = np.sort(W, axis=0)
    free = (spread[1] < 0) & (spread[2] > 0)  # a shift between these leaves sum |w| as it is
    assert free.any()
    best = np.clip(W.mean(axis=0), spread[1], spread[2])
    np.testing.assert_allclose(best[free], 0, atol=1e-12)  # some roundings of weights about 1


def test_a_small_penalty_parameter_makes_everything_zero_and_says_nothing():
    X, y = noisy()
    assert np.all(assert_reached(X, y, C=1e-6, l1_ratio=1.0).coef_ == 0)


def test_warm_start_has_nothing_left_to_do():
    X, y = noisy()
    model = LogisticRegression(l1_ratio=1.0, warm_start=True).fit(X, y)
    assert model.n_iter_[0] > 2
    theta = model.theta_.copy()
    # It ended with a violation of 1e-12 at the most. Scaled back and forth, that may be a rounding more.
    assert model.fit(X, y).n_iter_[0] <= 1
    np.testing.assert_allclose(model.theta_, theta, atol=1e-10)


def test_a_search_that_uses_up_its_iterations_says_to_raise_them():
    X, y = noisy()
    with pytest.warns(ConvergenceWarning, match="in 2 iterations .* raise max_iter"):
        model = LogisticRegression(l1_ratio=1.0, max_iter=2).fit(X, y)
    assert model.n_iter_[0] == len(model.loss_curve_) == 2


class NoisyEngine:
    """An engine whose slope is off by a millionth, as on columns that float64 cannot tell apart."""

    name = "noisy"

    def __init__(self):
        self.right, self.random = get_engine("numpy"), np.random.default_rng(0)

    def predict(self, *arguments, **named):
        return self.right.predict(*arguments, **named)

    def gradient(self, *arguments, **named):
        J, dtheta = self.right.gradient(*arguments, **named)
        return J, dtheta + 1e-6 * self.random.standard_normal(dtheta.shape)

    def epochs(self, *arguments):
        return self.right.epochs(*arguments)


def test_a_search_that_rounding_stops_does_not_blame_max_iter():
    X, y = noisy()
    with pytest.warns(ConvergenceWarning, match="rounding") as said:
        LogisticRegression(l1_ratio=1.0, tol=1e-9, engine=NoisyEngine()).fit(X, y)
    assert "max_iter" not in str(said[0].message)


def test_the_cost_falls_and_has_an_entry_an_iteration():
    X, y = noisy()
    model = LogisticRegression(l1_ratio=1.0, C=10.0).fit(X, y)
    assert len(model.loss_curve_) == model.n_iter_[0]
    # Flat at the end: there J is compared with a rounding of 1e-16 for each of some sums.
    assert np.all(np.diff(model.loss_curve_) <= 1e-14)


class Stops(ScoringMonitor):
    """Asks to stop after the second iteration."""

    def on_fit_task_end(self, estimator, context, **named):
        return context.task_name == "epoch" and context.task_id == 1


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_a_callback_that_stops_the_search_is_no_reason_for_a_warning(ratio):
    X, y = noisy()
    model = LogisticRegression(l1_ratio=ratio).set_callbacks(Stops(scoring="accuracy")).fit(X, y)
    assert model.n_iter_[0] == len(model.loss_curve_) == 2


def test_numbers_that_are_too_large_are_an_error():
    X, y = noisy()
    with pytest.raises(DivergedError, match="too large"):
        LogisticRegression(l1_ratio=1.0).fit(X / np.abs(X).max() * 1e308, y)


# --------------------------------------------------------------------------- the parts


def random_inputs(n_y, thin, bias=True):
    random = np.random.default_rng(n_y)
    X = random.standard_normal((5, 3000)) * (random.random((5, 3000)) < 0.6)
    inputs = Inputs(sparse.csr_matrix(X) if thin else X, X.mean(axis=1), X.std(axis=1) / 2, bias)
    q = random.random(3000)
    Z = random.standard_normal((n_y, 3000))
    A = 1 / (1 + np.exp(-Z)) if n_y == 1 else np.exp(Z) / np.exp(Z).sum(axis=0)
    return inputs, A, q / q.sum(), random.random(n_y * inputs.n)


@pytest.mark.parametrize("thin", [False, True])
@pytest.mark.parametrize("n_y", [1, 3, 4])
@pytest.mark.parametrize("some", [1.0, 0.7, 0.3])
def test_the_second_derivative_is_that_of_the_definition_as_a_matrix_and_as_a_product(n_y, thin, some):
    inputs, A, q, l2 = random_inputs(n_y, thin)
    random = np.random.default_rng(7)
    chosen = np.flatnonzero(random.random(n_y * inputs.n) < some)
    X = inputs.X.toarray() if thin else inputs.X
    x = np.vstack([(X - inputs.mean[:, None]) / inputs.d[:, None], np.ones(3000)])
    S = np.einsum("km,kl->klm", A, np.eye(n_y)) - A[:, None] * A[None, :]
    H = np.einsum("klm,jm,im->kjli", q * S, x, x).reshape(n_y * inputs.n, -1) + np.diag(l2)
    step = random.standard_normal(len(chosen))
    for form in (Dense, Implicit):
        product = form(inputs, A, q, l2, chosen).times(step)
        # Sums of 3000 numbers about 1, in another order.
        np.testing.assert_allclose(product, H[np.ix_(chosen, chosen)] @ step, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("K", [2, 3, 4, 5])
@pytest.mark.parametrize(("l1", "l2"), [(1.0, 0.5), (0.3, 2.0), (1.0, 0.0), (0.0, 1.0)])
def test_the_best_shift_is_the_best_of_many(K, l1, l2):
    w = np.random.default_rng(K).standard_normal((20, K))

    def cost(t):
        moved = w - np.reshape(t, (-1, 1))
        return np.sum(l1 * np.abs(moved) + l2 / 2 * moved**2, axis=1)

    best = cost(best_shift(w, l1, l2))
    for t in np.linspace(-3, 3, 201):
        assert np.all(best <= cost(np.full(20, t)) + 1e-12)  # a rounding of K numbers about 1


def test_a_violation_is_the_slope_that_one_can_still_go_down():
    x, G, kink = np.array([1.0, -1.0, 0.0, 0.0, 2.0]), np.array([-3.0, 3.0, 0.5, -4.0, 0.25]), np.full(5, 1.0)
    kink[4] = 0.0
    np.testing.assert_array_equal(violation(x, G, kink), [2.0, 2.0, 0.0, 3.0, 0.25])


def quadratic(seed=0, m=60, n=200):
    """f(x) = |D x - y|^2 / (2 m) with more numbers than equations, and its slope."""
    random = np.random.default_rng(seed)
    D, y = random.standard_normal((m, n)), random.standard_normal(m)
    return (lambda x: (float(np.sum((D @ x - y) ** 2)) / 2 / m, D.T @ (D @ x - y) / m)), n


@pytest.mark.parametrize("start", [0.0, 1.0, -1.0])
def test_orthants_lead_to_the_goal_from_anywhere(start):
    f, n = quadratic()
    kink = np.full(n, 0.05)
    kink[-1] = 0.0
    costs = []
    way = go_down(f, kink, np.full(n, start), 1e-6, 10_000, lambda x, J: costs.append(J))
    assert np.max(violation(way.x, f(way.x)[1], kink)) <= 1e-6
    assert 5 < np.count_nonzero(way.x) < 60
    assert way.iterations == len(costs)
    assert not way.stopped


def test_orthants_end_after_the_iterations_that_are_allowed_or_when_told():
    f, n = quadratic()
    kink = np.full(n, 0.05)
    few = go_down(f, kink, np.ones(n), 1e-6, 3, lambda x, J: False)
    assert (few.iterations, few.stopped) == (3, False)
    told = go_down(f, kink, np.ones(n), 1e-6, 100, lambda x, J: True)
    assert (told.iterations, told.stopped) == (1, True)
