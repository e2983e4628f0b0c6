"""Successive halving over epochs: scikit-learn's rounds, with the survivors continued.

The judge is scikit-learn's HalvingGridSearchCV over the same networks, which begins each round anew: where
continuing has the same bits as never having stopped, nothing but times may differ.
"""

import gc
import warnings
import weakref
from collections import Counter
from math import cos, pi

import numpy as np
import pytest
from comparison import same_results
from scipy.stats import loguniform
from sklearn import linear_model
from sklearn.callback import ProgressBar
from sklearn.datasets import make_classification, make_regression
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (the import below wants it)
from sklearn.model_selection import HalvingGridSearchCV as ScikitLearns
from sklearn.model_selection import HalvingRandomSearchCV as ScikitLearnsDraws
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from shoal import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
)
from shoal.base.errors import UsageError
from shoal.engines import get_engine

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X, y = make_classification(90, 5, n_informative=3, n_redundant=0, flip_y=0.2, random_state=0)
X_numbers, numbers = make_regression(80, 4, noise=5, random_state=0)
numbers = numbers / 100
FOLDS = StratifiedKFold(3)
CANDIDATES = {"learning_rate_init": [1e-4, 1e-2, 1e-1], "hidden_layer_sizes": [(2,), (6,), (3, 3)]}
FOR_EVER = {"tol": 0.0, "n_iter_no_change": np.inf}  # nothing but the number of epochs ends training


def network(**params):
    return MLPClassifier(**{"hidden_layer_sizes": (4,), "max_iter": 27, "random_state": 3} | params)


def scikit_learns(search):
    """The same search by scikit-learn's class: over rows where that is said, and over epochs otherwise."""
    params = search.get_params(deep=False)
    if params["resource"] == "auto":
        params["resource"] = "max_iter"
    if params["max_resources"] == "auto" and params["resource"] != "n_samples":
        params["max_resources"] = search.estimator.get_params()[params["resource"]]
    return (ScikitLearnsDraws if isinstance(search, HalvingRandomSearchCV) else ScikitLearns)(**params)


def is_timed(name):
    return name.endswith("_time")


def check_equal(ours, theirs):
    """Rounds, candidates, scores, ranks and the best are the same, and times are there."""
    counts = [name for name in vars(theirs) if name.endswith(("resources_", "candidates_", "iterations_"))]
    assert len(counts) == 8
    for name in counts:
        assert getattr(ours, name) == getattr(theirs, name), name
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for name, values in theirs.cv_results_.items():
        mine = ours.cv_results_[name]
        if is_timed(name):
            assert np.all(mine >= 0), name
        elif "_test_" in name or "_train_" in name:
            np.testing.assert_allclose(mine, values, rtol=1e-12, atol=1e-12, err_msg=name)
        else:
            np.testing.assert_array_equal(mine, values, err_msg=name)
    assert ours.best_index_ == theirs.best_index_
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12, nan_ok=True)


class Watching:
    """The engine, that remembers what it was asked to train."""

    name = "watching"

    def __init__(self):
        self.engine = get_engine()
        self.predict, self.gradient = self.engine.predict, self.engine.gradient
        self.epochs_of = Counter()  # by the size of the network
        self.rates_of = {}

    def epochs(self, members, learning_rates):
        results = self.engine.epochs(members, learning_rates)
        for member, rates, result in zip(members, learning_rates, results, strict=True):
            self.epochs_of[member.network.n[1]] += len(result.cost)
            self.rates_of.setdefault(member.network.n[1], {}).setdefault(id(member), []).extend(rates)
        return results

    def __deepcopy__(self, memo):
        return self


# --------------------------------------------------------------------------- the same as scikit-learn's

SEARCHES = {
    "as it comes": lambda: HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS),
    "few epochs at first": lambda: HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS, min_resources=2),
    "the fewest at first": lambda: HalvingGridSearchCV(
        network(), CANDIDATES, cv=FOLDS, min_resources="smallest"
    ),
    "halves": lambda: HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS, factor=2, max_resources=19),
    "a broken factor": lambda: HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS, factor=1.7),
    "aggressive": lambda: HalvingGridSearchCV(
        network(), CANDIDATES, cv=FOLDS, aggressive_elimination=True, min_resources=15
    ),
    "too many epochs for a second round": lambda: HalvingGridSearchCV(
        network(), CANDIDATES, cv=FOLDS, min_resources=15
    ),
    "one candidate": lambda: HalvingGridSearchCV(network(), {"alpha": [0.1]}, cv=FOLDS),
    "two grids": lambda: HalvingGridSearchCV(
        network(), [{"activation": ["tanh"]}, {"alpha": [1e-3, 1.0], "dropout": [0.0, 0.3]}], cv=FOLDS
    ),
    "rules for stopping that take hold": lambda: HalvingGridSearchCV(
        network(max_iter=60, tol=1e-2, n_iter_no_change=2),
        {
            "learning_rate_init": [0.01, 0.1],
            "early_stopping": [False, True],
            "learning_rate": ["constant", "adaptive"],
            "solver": ["sgd", "adam"],
        },
        cv=FOLDS,
        min_resources=4,
    ),
    "all kinds of training": lambda: HalvingGridSearchCV(
        network(),
        [
            {"solver": ["sgd"], "batch_size": [7, "full"], "learning_rate": ["invscaling", "step"]},
            {"n_restarts": [2], "restarts": ["best", "average"], "warm_up": [0, 4]},
            {"class_weight": ["balanced"], "clip_norm": [0.1], "random_state": [0, 1]},
        ],
        cv=FOLDS,
    ),
    "another score": lambda: HalvingGridSearchCV(
        network(), CANDIDATES, cv=FOLDS, scoring="neg_log_loss", return_train_score=False
    ),
    "a scorer of one's own": lambda: HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS, scoring=inside_out),
    "not fitted at the end": lambda: HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS, refit=False),
}


def inside_out(estimator, X, y):
    """A scorer that nobody else has."""
    return -float(np.abs(estimator.predict_proba(X)[:, 1] - y).max())


@pytest.mark.parametrize("name", SEARCHES)
def test_rounds_scores_and_the_best_are_those_of_scikit_learn(name):
    ours = SEARCHES[name]()
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))


def test_behind_a_transformer_it_is_the_same():
    ours = HalvingGridSearchCV(
        make_pipeline(StandardScaler(), network()),
        {
            "mlpclassifier__learning_rate_init": [1e-3, 1e-2, 1e-1],
            "standardscaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
        },
        resource="mlpclassifier__max_iter",
        cv=FOLDS,
    )
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))


def test_numbers_are_searched_for_in_the_same_way():
    regressor = MLPRegressor(
        hidden_layer_sizes=(4,), max_iter=30, early_stopping=True, learning_rate_init=0.01
    )
    grid = {"alpha": [1e-3, 1.0], "activation": ["tanh", "relu"], "early_stopping": [True, False]}
    ours = HalvingGridSearchCV(regressor, grid, cv=KFold(3), min_resources=3)
    check_equal(ours.fit(X_numbers, numbers), scikit_learns(ours).fit(X_numbers, numbers))


def test_weights_reach_every_round():
    weights = np.random.default_rng(0).exponential(size=len(y))
    ours = HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS)
    theirs = scikit_learns(ours).fit(X, y, sample_weight=weights)
    check_equal(ours.fit(X, y, sample_weight=weights), theirs)


def wildest(estimator, X, y):
    """A scorer that likes what will come to no good."""
    return float(estimator.learning_rate_init)


def test_a_candidate_that_fails_in_a_later_round_is_the_last_there():
    """Each epoch multiplies W by about the learning rate, and its square is the cost: 1e40 lasts a while."""
    linear = MLPRegressor(
        hidden_layer_sizes=(), solver="sgd", momentum=0.0, batch_size="full", max_iter=27, **FOR_EVER
    )
    grid = {"learning_rate_init": [1e-3, 1e-2, 0.1, 1e40, 1e-4, 1e-5]}
    ours = HalvingGridSearchCV(linear, grid, cv=KFold(3), scoring=wildest, min_resources=2)
    theirs = scikit_learns(ours)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both tell of fits that failed
        check_equal(ours.fit(X_numbers, numbers), theirs.fit(X_numbers, numbers))
    rounds, scores = ours.cv_results_["iter"], ours.cv_results_["mean_test_score"]
    assert [int(np.isnan(scores[rounds == k]).sum()) for k in (0, 1)] == [0, 1]
    assert ours.best_params_["learning_rate_init"] == 0.1


# --------------------------------------------------------------------------- survivors are continued


def test_a_survivor_is_trained_for_as_many_epochs_as_its_last_round_has():
    watching = Watching()
    sizes = [(2,), (3,), (4,), (5,), (6,), (7,), (8,), (9,), (10,)]
    search = HalvingGridSearchCV(
        network(engine=watching, **FOR_EVER), {"hidden_layer_sizes": sizes}, cv=FOLDS, refit=False
    ).fit(X, y)
    assert search.n_resources_ == [3, 9, 27]
    last = {}
    for params in search.cv_results_["params"]:
        last[params["hidden_layer_sizes"][0]] = params["max_iter"]
    assert sorted(last.values()) == [3] * 6 + [9] * 2 + [27]
    assert watching.epochs_of == {size: FOLDS.n_splits * epochs for size, epochs in last.items()}


def test_the_curves_of_a_survivor_grow_from_round_to_round():
    search = HalvingGridSearchCV(network(**FOR_EVER), {"alpha": [0.1, 1.0, 10.0]}, cv=FOLDS).fit(X, y)
    assert search.n_resources_ == [9, 27]
    survivor = search.cv_results_["params"][3]
    before = [params["alpha"] for params in search.cv_results_["params"][:3]].index(survivor["alpha"])
    for early, late in zip(search.histories_[before], search.histories_[3], strict=True):
        assert (len(early.cost), len(late.cost)) == (9, 27)
        np.testing.assert_array_equal(late.cost[:9], early.cost)


def test_a_survivor_that_has_come_to_its_own_end_is_left_alone():
    """The first epoch improves on none at all, and four more by less than 1e9: however many there may be."""
    content = network(tol=1e9, n_iter_no_change=3)
    ours = HalvingGridSearchCV(content, {"alpha": [0.1, 1.0, 10.0]}, cv=FOLDS, scoring="neg_log_loss")
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))
    assert ours.n_resources_ == [9, 27]
    assert {len(curve.cost) for curves in ours.histories_ for curve in curves} == {5}


def test_a_falling_learning_rate_falls_towards_the_last_round_in_all_rounds():
    watching = Watching()
    falling = network(learning_rate="cosine", learning_rate_init=0.01, engine=watching, **FOR_EVER)
    search = HalvingGridSearchCV(falling, {"hidden_layer_sizes": [(2,), (3,), (4,)]}, cv=FOLDS, refit=False)
    search.fit(X, y)
    assert search.n_resources_ == [9, 27]
    (units,) = search.cv_results_["params"][-1]["hidden_layer_sizes"]
    for size, members in watching.rates_of.items():
        expected = [0.01 * (1 + cos(pi * epoch / 27)) / 2 for epoch in range(27 if size == units else 9)]
        assert len(members) == FOLDS.n_splits
        for rates in members.values():
            np.testing.assert_allclose(rates, expected, rtol=1e-14)


def test_lbfgs_goes_on_with_its_memory_from_round_to_round():
    """The judge begins each round anew."""
    lbfgs = network(solver="lbfgs", activation="tanh", max_iter=24, tol=0.0)
    grid = {"alpha": [0.1, 1.0, 10.0, 100.0]}
    ours = HalvingGridSearchCV(lbfgs, grid, cv=FOLDS, factor=2, min_resources=6, scoring="neg_log_loss")
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))
    assert ours.n_resources_ == [6, 12, 24]


def test_logistic_regression_which_has_no_epochs_is_solved_in_each_round():
    ours = HalvingGridSearchCV(LogisticRegression(max_iter=60), {"C": [1e-3, 1.0, 10.0]}, cv=FOLDS)
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))


# --------------------------------------------------------------------------- what is refused

NO_SENSE = {
    "another parameter": (
        {"resource": "alpha"},
        "resource='max_iter', or rows, resource='n_samples'; got 'alpha'",
        "resource='max_iter'，或样本数，即 resource='n_samples'",
    ),
    "folds that change": ({"cv": KFold(3, shuffle=True)}, "give cv a random_state", "每轮的折必须相同"),
    "the resource in the grid": (
        {"param_grid": [{"alpha": [1.0]}, {"max_iter": [1, 2]}]},
        "each round gives the candidates more max_iter",
        "去掉",
    ),
    "more at first than at last": (
        {"min_resources": 28},
        r"min_resources \(28\) must not be above max_resources \(27\)",
        "不能大于",
    ),
    "nobody eliminated": ({"factor": 1}, "factor must be above 1, got 1", "必须大于 1"),
    "more and more candidates": ({"factor": 0.5}, "factor must be above 1, got 0.5", "必须大于 1"),
    "no number of epochs": (
        {"estimator": MLPClassifier(max_iter="many")},
        "max_iter must be a whole number of at least 1, got 'many'",
        "max_iter 应为不小于 1 的整数",
    ),
    "no epochs at the end": (
        {
            "estimator": Pipeline([("clf", "passthrough")]),
            "param_grid": {"clf": [network()]},
            "resource": "max_iter",
            "scoring": "accuracy",
        },
        "clf__max_iter must be a whole number of at least 1, got None",
        "clf__max_iter 应为不小于 1 的整数",
    ),
}


@pytest.mark.parametrize("what", NO_SENSE)
def test_what_makes_no_sense_is_refused_in_words(what):
    change, words, _ = NO_SENSE[what]
    search = HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS).set_params(**change)
    with pytest.raises(UsageError, match=words):
        search.fit(X, y)
    assert not hasattr(search, "cv_results_")


@pytest.mark.parametrize("what", NO_SENSE)
def test_and_in_chinese(what, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    change, _, words = NO_SENSE[what]
    with pytest.raises(UsageError, match=words):
        HalvingGridSearchCV(network(), CANDIDATES, cv=FOLDS).set_params(**change).fit(X, y)


def test_candidates_that_come_twice_are_trained_apart():
    ours = HalvingGridSearchCV(network(), {"alpha": [0.1, 0.1, 1.0]}, cv=FOLDS, min_resources=3)
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))


def test_who_is_eliminated_is_forgotten():
    real, members, there = get_engine("numpy"), [], []

    class Remembering:
        """The engine, that remembers how many of the members it was given are still there at each call."""

        name = "remembering"
        predict, gradient = real.predict, real.gradient

        def __deepcopy__(self, memo):
            return self

        def epochs(self, given, learning_rates):
            known = {id(ref()) for ref in members}
            members.extend(weakref.ref(member) for member in given if id(member) not in known)
            gc.collect()
            there.append(sum(ref() is not None for ref in members))
            return real.epochs(given, learning_rates)

    sizes = [(k,) for k in range(1, 10)]
    estimator = network(engine=Remembering(), **FOR_EVER)
    HalvingGridSearchCV(estimator, {"hidden_layer_sizes": sizes}, cv=FOLDS, refit=False).fit(X, y)
    assert there == [27, 9, 3]


def test_lbfgs_has_the_iterations_of_its_last_round_in_all():
    grid = {"alpha": [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009]}
    estimator = MLPClassifier((8,), solver="lbfgs", max_iter=45, tol=0)
    search = HalvingGridSearchCV(estimator, grid, cv=FOLDS, factor=3).fit(X, y)
    assert search.n_resources_ == [5, 15, 45]
    last = search.histories_[search.best_index_]
    assert [len(curve.cost) for curve in last] == [45, 45, 45]


def test_the_epochs_of_a_network_in_a_pipeline_need_no_longer_name():
    pipeline = make_pipeline(StandardScaler(), network(max_iter=9))
    grid = {"mlpclassifier__alpha": [0.1, 1.0, 10.0]}
    short = HalvingGridSearchCV(pipeline, grid, cv=FOLDS, resource="max_iter").fit(X, y)
    shortest = HalvingGridSearchCV(pipeline, grid, cv=FOLDS).fit(X, y)
    long = HalvingGridSearchCV(pipeline, grid, cv=FOLDS, resource="mlpclassifier__max_iter").fit(X, y)
    check_equal(short, long)
    check_equal(shortest, long)
    assert (short.resource, shortest.resource) == ("max_iter", "auto")


def test_of_two_numbers_only_one_can_be_computed_from_the_other(monkeypatch):
    search = HalvingRandomSearchCV(network(), CANDIDATES, cv=FOLDS, min_resources="exhaust")
    with pytest.raises(UsageError, match=r"n_candidates and min_resources.*give one of them a number"):
        search.fit(X, y)
    monkeypatch.setenv("SHOAL_LANG", "zh")
    with pytest.raises(UsageError, match="请给其中一个指定数字"):
        search.fit(X, y)


# --------------------------------------------------------------------------- rows as the resource

ROWS = {"resource": "n_samples", "cv": FOLDS, "random_state": 0}


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (network(), CANDIDATES),
        (LogisticRegression(), {"C": [1e-3, 1.0, 10.0]}),
        (make_pipeline(StandardScaler(), network()), {"mlpclassifier__alpha": [0.1, 1.0, 10.0]}),
        (network(early_stopping=True, validation_fraction=0.4), {"alpha": [0.1, 1.0], "max_iter": [3, 27]}),
    ],
)
@pytest.mark.parametrize("factor", [2, 3])
def test_rows_are_given_as_scikit_learn_gives_them(estimator, grid, factor):
    ours = HalvingGridSearchCV(estimator, grid, factor=factor, min_resources="smallest", **ROWS)
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))
    assert ours.n_iterations_ > 1


def test_with_rows_all_candidates_of_a_round_are_trained_together_from_the_beginning():
    watching = Watching()
    sizes = [(2,), (3,), (4,)]
    estimator = network(engine=watching, max_iter=4, **FOR_EVER)
    search = HalvingGridSearchCV(estimator, {"hidden_layer_sizes": sizes}, refit=False, **ROWS).fit(X, y)
    rounds = Counter(params["hidden_layer_sizes"][0] for params in search.cv_results_["params"])
    assert sorted(rounds.values()) == [1, 1, 2]
    assert watching.epochs_of == {size: FOLDS.n_splits * 4 * times for size, times in rounds.items()}


def test_fewer_rows_than_the_first_round_has_are_refused_in_words(monkeypatch):
    search = HalvingGridSearchCV(network(), CANDIDATES, max_resources=11, **ROWS)
    words = r"min_resources=12 rows.*n_samples=11 to give"  # two for each of three folds and two classes
    with pytest.raises(UsageError, match=words):
        search.fit(X, y)
    monkeypatch.setenv("SHOAL_LANG", "zh")
    with pytest.raises(UsageError, match=r"第一轮需要 min_resources=12 行.*n_samples=11"):
        search.fit(X, y)


def test_what_else_is_wrong_is_not_taken_for_too_few_rows():
    search = HalvingGridSearchCV(network(), CANDIDATES, max_resources=5, **{**ROWS, "cv": KFold(3)})
    with pytest.raises(UsageError, match=r"n_samples=5 to give"):
        search.fit(X, y)
    with pytest.raises(ValueError, match="continuous"):
        search.fit(X, X[:, 0])


def test_weights_go_with_the_rows():
    weights = np.random.default_rng(0).exponential(size=len(y))
    ours = HalvingGridSearchCV(network(), CANDIDATES, **ROWS)
    check_equal(ours.fit(X, y, sample_weight=weights), scikit_learns(ours).fit(X, y, sample_weight=weights))


# --------------------------------------------------------------------------- strangers

MIXED = Pipeline([("scale", StandardScaler()), ("clf", network())])
ENDS = {"clf": [network(), SVC(), linear_model.LogisticRegression(), network(alpha=10.0)]}


@pytest.mark.filterwarnings("ignore:.*of shoal:UserWarning")
@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
@pytest.mark.parametrize(("estimator", "grid"), [(SVC(), {"C": [0.1, 1.0, 10.0]}), (MIXED, ENDS)])
def test_where_there_are_strangers_rows_are_the_resource_unless_it_is_said(kind, estimator, grid):
    params = {"cv": FOLDS, "random_state": 0, "min_resources": 15}
    if kind is HalvingRandomSearchCV:
        params["n_candidates"] = 3
    ours = kind(estimator, grid, **params).fit(X, y)
    theirs = scikit_learns(kind(estimator, grid, resource="n_samples", **params)).fit(X, y)
    same_results(ours.cv_results_, theirs.cv_results_)
    assert (ours.n_resources_, ours.n_candidates_) == (theirs.n_resources_, theirs.n_candidates_)
    assert ours.best_index_ == theirs.best_index_
    assert ours.resource == "auto"


def test_the_one_warning_comes_in_the_first_round():
    search = HalvingGridSearchCV(MIXED, ENDS, cv=FOLDS, factor=2, random_state=0)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        search.fit(X, y)
    assert search.n_iterations_ > 1
    (said,) = [str(each.message) for each in told if "of shoal" in str(each.message)]
    assert said.startswith("2 of 4 candidates")


@pytest.mark.filterwarnings("ignore:.*of shoal:UserWarning")
def test_a_parameter_that_ours_and_strangers_have_may_be_the_resource():
    grid = {"clf": [network(**FOR_EVER), linear_model.LogisticRegression()]}
    options = {"cv": FOLDS, "factor": 2, "min_resources": 13, "max_resources": 26}
    ours = HalvingGridSearchCV(MIXED, grid, resource="max_iter", **options).fit(X, y)
    theirs = ScikitLearns(MIXED, grid, resource="clf__max_iter", **options).fit(X, y)
    assert ours.n_resources_ == theirs.n_resources_ == [13, 26]
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=0, atol=1e-12
    )


@pytest.mark.filterwarnings("ignore:.*of shoal:UserWarning")
def test_any_parameter_of_a_stranger_may_be_the_resource():
    grid, options = {"C": [0.1, 1.0, 10.0]}, {"resource": "max_iter", "max_resources": 90, "cv": FOLDS}
    ours = HalvingGridSearchCV(SVC(), grid, **options)
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))


# --------------------------------------------------------------------------- draws, and callbacks

DRAWS = {"learning_rate_init": loguniform(1e-4, 1e-1), "alpha": [0.1, 1.0]}


@pytest.mark.parametrize(
    "params",
    [
        {"min_resources": 3},
        {"n_candidates": 5, "min_resources": "exhaust"},
        {"n_candidates": 6, "factor": 2, "resource": "n_samples"},
        {"resource": "max_iter", "min_resources": 3, "aggressive_elimination": True},
    ],
)
def test_draws_are_halved_as_scikit_learn_does(params):
    ours = HalvingRandomSearchCV(network(), DRAWS, cv=FOLDS, random_state=0, **params)
    check_equal(ours.fit(X, y), scikit_learns(ours).fit(X, y))
    assert ours.n_iterations_ > 1


def test_a_random_state_is_asked_as_often_as_by_scikit_learn():
    ours, theirs = (
        HalvingRandomSearchCV(
            network(), DRAWS, cv=FOLDS, random_state=np.random.RandomState(3), min_resources=3
        )
        for _ in range(2)
    )
    check_equal(ours.fit(X, y), scikit_learns(theirs).fit(X, y))


@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
@pytest.mark.parametrize("resource", ["auto", "n_samples"])
def test_with_callbacks_scikit_learns_own_search_runs(kind, resource, capsys):
    search = kind(network(), {"alpha": [0.1, 1.0, 10.0]}, cv=FOLDS, resource=resource, random_state=0)
    if kind is HalvingRandomSearchCV:
        search.set_params(n_candidates=3, min_resources=15)
    theirs = scikit_learns(search).fit(X, y)
    check_equal(search.set_callbacks(ProgressBar()).fit(X, y), theirs)
    assert not hasattr(search, "histories_")
