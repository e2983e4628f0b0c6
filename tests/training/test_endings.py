"""Wild and lame settings: no run that learned nothing, and none that exploded, ends without a word."""

import ending_cases as cases
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss

from shoal import MLPClassifier, MLPRegressor
from shoal.base.texts import use_language
from shoal.engines import Data
from shoal.estimators._worth import doubt, worth_of
from shoal.training import History
from shoal.training.ending import decided


@pytest.mark.slow
@pytest.mark.parametrize("rows", cases.SETS)
@pytest.mark.parametrize("parameters", cases.SETTINGS, ids=str)
def test_what_a_run_says_of_its_end_is_true(parameters, rows):
    told = cases.run(parameters, *cases.SETS[rows]())
    if not told.accuracy > told.majority:
        assert told.warned
    if told.reason == "converged":
        best, last = min(told.costs), told.costs[-1]
        assert last < told.constant  # it did not explode ...
        assert last <= max(2 * best, best + told.constant / 4)  # ... nor rise again
        window = -np.diff(told.costs[-12:])
        halfway = len(window) // 2
        steady = (window > 0).all() and window[-halfway:].mean() >= window[:halfway].mean()
        assert told.costs[-1] < 0.75 * told.constant or not steady or window.sum() < 1e-5 * told.constant


LAME = {"learning_rate_init": 1e-6, "solver": "adagrad"}
OVERTURNED = [200.0, 30.0, 3.0, 0.5, 0.12, 0.3, 0.5, 0.57, 0.57]


def test_steps_that_are_too_small_are_no_convergence():
    """Each lowers the cost by next to nothing, and the gradient is as long as at the start."""
    told = cases.run(LAME, *cases.flower())
    assert told.reason == "plateau"
    assert "still falling" in told.words


@pytest.mark.parametrize(("norms", "reason"), [([1.0] * 30, "plateau"), ([1.0] + [1e-6] * 29, "converged")])
def test_a_tiny_fall_is_one_of_tiny_steps_only_where_the_gradient_is_long(norms, reason):
    costs = [0.65 - 1e-9 * k for k in range(30)]
    assert decided("no_change", History(costs, gradient_norm=norms), lambda: 0.69).reason == reason


@pytest.mark.parametrize("rule", ["no_change", "max_epochs"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_cost_that_was_far_lower_before_has_exploded(rule, language):
    use_language(language)
    found = decided(rule, History(OVERTURNED), lambda: 0.7)
    assert found.reason == "exploded"
    assert "0.12" in str(found)
    assert (
        decided(rule, History(OVERTURNED, score=OVERTURNED), lambda: 0.7, by_score=True).reason != "exploded"
    )
    higher_on_the_way = decided(rule, History([0.7, 0.75, 0.01, 0.01, 0.6]), lambda: 0.7)
    assert higher_on_the_way.reason == "exploded"
    assert "0.01" in str(higher_on_the_way)  # that it was 0.75 once says nothing
    above_its_start = decided(rule, History([0.7, 0.1, 9.0, 8.0]), lambda: 0.7)
    assert "9" in str(above_its_start)
    noise = [0.5, 0.02, 0.01, 0.03, 0.02]
    assert decided("no_change", History(noise), lambda: 0.7).reason == "converged"


def table_with_an_outlier(seed):
    random = np.random.default_rng(seed)
    X = random.normal(size=(120, 4))
    y = X[:, 0] + 0.5 * X[:, 1] + 0.3 * random.normal(size=120)
    X[random.integers(120), 3] = 1000
    return X, y


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_one_huge_cell_spoils_no_fit_in_silence(seed, recwarn):
    X, y = table_with_an_outlier(seed)
    model = MLPRegressor(
        "squared_error", (8,), learning_rate_init=0.01, max_iter=2000, random_state=seed
    ).fit(X, y)
    silent = not any(issubclass(each.category, ConvergenceWarning) for each in recwarn)
    curve = model.loss_curve_
    if model.score(X, y) <= 0 or curve[-1] > min(curve) + np.var(y) / 4:
        assert not silent


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_minimum_that_is_no_better_than_the_majority_is_told(language):
    use_language(language)
    X, y = cases.flower()
    with pytest.warns(ConvergenceWarning, match=r"class_weight"):
        model = MLPClassifier((), solver="lbfgs", tol=1e-6).fit(X, y)
    assert model.stopped_ == "converged"
    assert model.score(X, y) <= 0.5


def test_a_rare_class_that_is_nowhere_the_likelier_one_is_no_reason_to_warn():
    """Its probability is learned, and far from the same in every row."""
    X = np.repeat([0.0, 1.0], 500)[:, None]
    y = np.r_[np.zeros(500), np.arange(500) % 5 < 2].astype(int)
    model = MLPClassifier((4,), solver="lbfgs", alpha=0, tol=1e-6, max_iter=1000).fit(X, y)
    assert model.stopped_ == "converged"
    assert set(model.predict(X)) == {0}


def test_a_network_that_the_last_update_ruined_is_told():
    """The curve holds costs from before each update: it cannot show what the last one did."""
    X, y = table_with_an_outlier(0)
    X = X / 1000

    def ruin(model):
        model.coefs_[-1][...] *= 1e6

    model = MLPRegressor("squared_error", (8,), solver="lbfgs", max_iter=3000).fit(X, y)
    data = Data(X.T, y[None], None)
    assert doubt(model, model.ending_, data, np.arange(120)) is None
    ruin(model)
    key, values = doubt(model, model.ending_, data, np.arange(120))
    assert key == "worse_than_constant"
    assert values["loss"] > values["constant"]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_worth_of_a_network_is_what_scikit_learn_says(n_classes, weighted):
    random = np.random.default_rng(0)
    X, y = random.normal(size=(90, 3)), np.arange(90) % n_classes
    weights = random.uniform(0.5, 2, 90) if weighted else None
    model = MLPClassifier((4,), max_iter=2)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    Y = (np.arange(n_classes)[:, None] == y).astype(float)[1 if n_classes == 2 else 0 :]
    found = worth_of(model, Data(X.T, Y, None if weights is None else weights[None]), np.arange(90))
    assert found.right == pytest.approx(accuracy_score(y, model.predict(X), sample_weight=weights))
    assert found.loss == pytest.approx(log_loss(y, model.predict_proba(X), sample_weight=weights), rel=1e-9)
    shares = np.bincount(y, weights)
    assert found.majority == pytest.approx(shares.max() / shares.sum())
