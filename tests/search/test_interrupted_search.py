"""Ctrl-C in the middle of a search: it ends soon, and what was finished is there, no more and no less.

A search that nobody stops would take hours here: a test that ends was stopped.
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from shoal import GridSearchCV, HalvingGridSearchCV, LogisticRegression, MLPClassifier, RandomizedSearchCV
from shoal.estimators import _fit as fit
from shoal.search import _population as population
from shoal.search import _waves as waves

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
FOR_EVER = 10**6  # epochs
X, y = make_classification(60, 4, flip_y=0.2, random_state=0)
X_many, y_many = make_classification(10_000, 30, flip_y=0.2, random_state=0)
FOLDS = StratifiedKFold(3)
RESULTS = ("cv_results_", "histories_")


def network(**params):
    endless = {"tol": 0.0, "n_iter_no_change": np.inf, "random_state": 1}
    return MLPClassifier(**{"hidden_layer_sizes": (3,), "max_iter": 4} | endless | params)


@pytest.fixture(autouse=True)
def small_waves(monkeypatch):
    """One candidate on three folds is a wave."""
    monkeypatch.setattr(waves, "MOST_FITS", 3)


def stop_after(candidates):
    """What is told how far the search is, and has had enough."""

    def stop(done, of, best):
        if done >= 3 * candidates:
            raise KeyboardInterrupt

    return stop


def stopped(search, candidates):
    search.on_progress = stop_after(candidates)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    return search


def check_part_of(part, whole, numbers):
    """`part` holds exactly these candidates of the search that was not stopped; ranks are its own."""
    assert list(part.cv_results_) == list(whole.cv_results_)
    for name, values in part.cv_results_.items():
        if name.startswith("param"):
            assert repr(list(values)) == repr([whole.cv_results_[name][k] for k in numbers])
        elif not name.endswith("_time") and not name.startswith("rank_"):
            np.testing.assert_array_equal(values, whole.cv_results_[name][numbers], err_msg=name)
    assert part.cv_results_["rank_test_score"].min() == 1
    assert len(part.histories_) == len(numbers)
    for number, curves in zip(numbers, part.histories_, strict=True):
        for curve, expected in zip(curves, whole.histories_[number], strict=True):
            np.testing.assert_array_equal(curve.cost, expected.cost)


# --------------------------------------------------------------------------- what is there afterwards

GRID = {"alpha": [0.01, 0.1, 1.0], "hidden_layer_sizes": [(2,), (3,)]}


@pytest.mark.parametrize("candidates", [1, 4])
def test_the_finished_candidates_are_there(candidates):
    part = stopped(GridSearchCV(network(), GRID, cv=FOLDS, return_train_score=True), candidates)
    whole = GridSearchCV(network(), GRID, cv=FOLDS, return_train_score=True).fit(X, y)
    check_part_of(part, whole, list(range(candidates)))
    assert not hasattr(part, "best_params_")
    with pytest.raises((NotFittedError, AttributeError)):
        part.predict(X)


def test_of_draws_too():
    def search():
        return RandomizedSearchCV(network(), GRID, n_iter=5, random_state=0, cv=FOLDS)

    check_part_of(stopped(search(), 3), search().fit(X, y), [0, 1, 2])


def test_candidates_that_share_a_transformer_come_together_and_stand_where_they_stood():
    grid = {"standardscaler": [StandardScaler(), MinMaxScaler()], "mlpclassifier__alpha": [0.1, 1.0, 10.0]}

    def search():  # by name, "mlpclassifier__alpha" varies slowest
        return GridSearchCV(make_pipeline(StandardScaler(), network()), grid, cv=FOLDS)

    check_part_of(stopped(search(), 2), search().fit(X, y), [0, 2])


def test_of_rounds_the_finished_candidates_of_each_are_there():
    def search():
        return HalvingGridSearchCV(network(max_iter=9), {"alpha": [0.1, 1.0, 3.0, 10.0]}, cv=FOLDS, factor=2)

    part, calls = search(), []

    def stop(done, of, best):
        calls.append(done)
        if len(calls) == 5:  # four waves of the first round, one of the second
            raise KeyboardInterrupt

    part.on_progress = stop
    with pytest.raises(KeyboardInterrupt):
        part.fit(X, y)
    whole = search().fit(X, y)
    check_part_of(part, whole, list(range(5)))
    assert part.cv_results_["iter"].tolist() == [0, 0, 0, 0, 1]


def test_nothing_is_there_if_nothing_was_finished(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(population.Population, "train", interrupted)
    search = GridSearchCV(network(), GRID, cv=FOLDS)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert [name for name in RESULTS if hasattr(search, name)] == []


def test_stopped_while_the_best_is_fitted_again_everything_is_there(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    search = GridSearchCV(network(), GRID, cv=FOLDS)
    with monkeypatch.context() as patch:
        patch.setattr(fit, "train", interrupted)  # of a single fit
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, y)
    whole = GridSearchCV(network(), GRID, cv=FOLDS).fit(X, y)
    check_part_of(search, whole, list(range(6)))
    assert search.best_params_ == whole.best_params_


# --------------------------------------------------------------------------- signals


@pytest.fixture
def ring(no_collection):
    """Call it, and in 0.3 s comes a signal that ends as Ctrl-C does."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    def ring():
        signal.setitimer(signal.ITIMER_REAL, 0.3)

    before = signal.signal(signal.SIGALRM, interrupt)
    yield ring
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


ENDLESS = {
    "epochs": network(hidden_layer_sizes=(30,)),
    "epochs by NumPy": network(hidden_layer_sizes=(30,), engine="numpy"),
    "epochs that are scored": network(early_stopping=True),
    "restarts": network(n_restarts=3, restarts="average"),
    "L-BFGS": network(hidden_layer_sizes=(30, 30), solver="lbfgs", max_fun=FOR_EVER),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_training_is_stopped_soon(kind, ring, monkeypatch):
    train = population.Population.train

    def train_and_ring(self, fits):
        if fits[0].candidate.params["max_iter"] == FOR_EVER:
            ring()
        train(self, fits)

    monkeypatch.setattr(population.Population, "train", train_and_ring)
    search = GridSearchCV(ENDLESS[kind], {"max_iter": [1, 2, FOR_EVER, 3]}, cv=FOLDS)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X_many, y_many)
    assert search.cv_results_["params"] == [{"max_iter": 1}, {"max_iter": 2}]


def test_a_scorer_that_takes_its_time_is_stopped_soon(ring):
    calls = []

    def slow(estimator, X, y):
        calls.append(estimator)
        if len(calls) > 3:
            ring()
            threading.Event().wait(10_000)
        return 1.0

    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, scoring=slow, cv=FOLDS)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert search.cv_results_["params"] == [{"C": 0.1}]


CHILD = """
import signal, sys
import numpy as np
import test_interrupted_search as t

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever began these tests may ignore Ctrl-C
t.waves.MOST_FITS = 3
search = t.GridSearchCV(
    t.network(), {"max_iter": [2, t.FOR_EVER, 3]}, cv=t.FOLDS, study=sys.argv[1], n_jobs=2
)
search.on_progress = lambda done, of, best: print("begun" if done else "new", flush=True)
try:
    search.fit(t.X, t.y)
except KeyboardInterrupt:
    print([params["max_iter"] for params in search.cv_results_["params"]], len(search.histories_))
"""


def test_ctrl_c_in_a_process_of_its_own_and_the_study_has_what_was_finished(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
    assert [child.stdout.readline() for _ in range(2)] == ["new\n", "begun\n"]
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.5)  # it trains
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=1000)
    assert output == "[2] 1\n"
    assert len(list(tmp_path.glob("finished-*.json"))) == 1
    resumed = GridSearchCV(network(), {"max_iter": [2, 3]}, cv=FOLDS, study=tmp_path).fit(X, y)
    whole = GridSearchCV(network(), {"max_iter": [2, 3]}, cv=FOLDS).fit(X, y)
    check_part_of(resumed, whole, [0, 1])


def two_scores(estimator, X, y):
    return {"right": estimator.score(X, y), "one": 1.0}


def test_failures_under_a_scorer_of_ones_own_do_not_hide_ctrl_c(small_waves):
    search = GridSearchCV(network(), {"alpha": [1.0, -1.0, 0.1]}, cv=FOLDS, scoring=two_scores, refit="right")
    search.on_progress = stop_after(2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_right"]).tolist() == [False, True]


def test_of_an_earlier_search_nothing_is_left(monkeypatch):
    search = GridSearchCV(network(), {"alpha": [1.0]}, cv=FOLDS).fit(X, y)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(population.Population, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search.set_params(param_grid={"alpha": [5.0]}).fit(X, y)
    assert not hasattr(search, "cv_results_")
    assert not hasattr(search, "best_estimator_")
