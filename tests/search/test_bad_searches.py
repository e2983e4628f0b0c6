"""Bad searches get scikit-learn's own kind of error, before anything is trained."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn import config_context, model_selection
from sklearn.base import BaseEstimator
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import shoal
from shoal import GridSearchCV, MLPClassifier, RandomizedSearchCV
from shoal.base.errors import UsageError
from shoal.engines.numpy import NumpyEngine

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

numbers = np.random.default_rng(4)
X = numbers.normal(size=(20, 3))
y = np.arange(20) % 2


class TrainingBegan(BaseException):
    """What nothing catches."""


class Untouched:
    """An engine that has nothing to do before the search is refused."""

    def epochs(self, population, rates):
        raise TrainingBegan

    def gradient(self, *args, **kwargs):
        raise TrainingBegan

    def predict(self, *args, **kwargs):
        raise TrainingBegan


NETWORK = MLPClassifier((2,), max_iter=1)
PIPELINE = Pipeline([("scale", StandardScaler()), ("net", NETWORK)])


@dataclass
class Bad:
    """A search that cannot be; what is not said is as it should be."""

    words: str
    grid: Any = field(default_factory=lambda: {"alpha": [0.1, 1.0]})
    estimator: Any = NETWORK
    X: Any = field(default_factory=lambda: X)
    y: Any = field(default_factory=lambda: y)
    params: Any = field(default_factory=dict)
    options: Any = field(default_factory=dict)

    def fit(self, module, estimator):
        options = {"cv": 2, **self.options}
        return module.GridSearchCV(estimator, self.grid, **options).fit(self.X, self.y, **self.params)


def of_scorers(words, **options):
    return Bad(words, options=options)


def of_folds(words, cv, **others):
    return Bad(words, options={"cv": cv}, **others)


ALIKE = {
    "a parameter that does not exist": Bad("Invalid parameter 'alfa'", {"alfa": [1]}),
    "one that only the second candidate has": Bad(
        "Invalid parameter 'alfa'", [{"alpha": [1]}, {"alfa": [1]}]
    ),
    "one of a step of a pipeline": Bad("Invalid parameter 'alfa'", {"net__alfa": [1]}, PIPELINE),
    "a step that does not exist": Bad("Invalid parameter 'nett'", {"nett__alpha": [1]}, PIPELINE),
    "no values": Bad("need to be a non-empty sequence", {"alpha": []}),
    "a value that is not in a list": Bad("needs to be a list or a numpy array", {"alpha": 0.1}),
    "a text that is not in a list": Bad("needs to be a list or a numpy array", {"solver": "adam"}),
    "a matrix of values": Bad("should be one-dimensional", {"alpha": np.ones((2, 2))}),
    "a grid that is none": Bad("'param_grid' parameter", 3),
    "a list of what is no grid": Bad("not a dict", [3]),
    "no candidates": Bad("no candidates", []),
    "a score that does not exist": of_scorers("'acuracy'", scoring="acuracy"),
    "a score that is none": of_scorers("'scoring' parameter", scoring=3),
    "no scores": of_scorers("Empty list", scoring=[]),
    "a score twice": of_scorers("Duplicate", scoring=["accuracy", "accuracy"]),
    "several scores and nothing to choose by": of_scorers("refit must be", scoring=["accuracy", "f1"]),
    "several scores and another one to choose by": of_scorers(
        "refit must be", scoring=["accuracy", "f1"], refit="r2"
    ),
    "a worth of failures that is none": of_scorers("'error_score' parameter", error_score="warn"),
    "no threads": of_scorers("n_jobs == 0", n_jobs=0),
    "threads that are no number": of_scorers("'n_jobs' parameter", n_jobs="two"),
    "folds in words": of_folds("'cv' parameter", "five"),
    "one fold": of_folds("'cv' parameter", 1),
    "more folds than rows": of_folds("greater than the number of samples", KFold(21)),
    "more folds than rows of a class": of_folds("greater than the number of members", 11),
    "no folds": of_folds("0 folds", []),
    "rows that do not exist": of_folds("out of bounds", [([0, 1, 20], [2, 3])]),
    "groups that are not given": of_folds("'groups' parameter", GroupKFold(2)),
    "fewer targets than rows": Bad("inconsistent numbers of samples", y=y[:19]),
    "fewer groups than rows": of_folds("inconsistent", GroupKFold(2), params={"groups": np.arange(7)}),
    "no targets": Bad("All the 4 fits failed", y=None),
    "negative weights": Bad("All the 4 fits failed", params={"sample_weight": -np.ones(20)}),
    "weights that are all zero": Bad("All the 4 fits failed", params={"sample_weight": np.zeros(20)}),
    "too few weights": Bad("All the 4 fits failed", params={"sample_weight": np.ones(19)}),
    "something that fit does not know": Bad("All the 4 fits failed", params={"weight": np.ones(20)}),
    "something that a step does not know": Bad(
        "All the 2 fits failed", {"net__alpha": [1]}, PIPELINE, params={"net__weight": np.ones(20)}
    ),
    "a column that should be a table": Bad("All the 4 fits failed", X=X[:, 0]),
    "nothing but missing values": Bad("All the 4 fits failed", X=np.full((20, 3), np.nan)),
    "values that are not possible": Bad(
        "All the 8 fits failed", {"alpha": [-1], "solver": ["adam", "adm", 1, None]}
    ),
    "a transformer that fails": Bad("All the 4 fits failed", {"scale__with_mean": ["no", 3]}, PIPELINE),
    "a name that is no estimator": Bad("'estimator' parameter", {}, "mlp"),
}


def untouched(estimator):
    """The same with an engine that nobody may ask."""
    if not isinstance(estimator, BaseEstimator):
        return estimator
    engine = "net__engine" if isinstance(estimator, Pipeline) else "engine"
    return sklearn.clone(estimator).set_params(**{engine: Untouched()})


@pytest.mark.parametrize("what", ALIKE)
def test_the_error_is_of_the_kind_that_scikit_learn_raises(what):
    bad = ALIKE[what]
    with pytest.raises(Exception) as theirs:  # noqa: PT011 (which one is what we want to know)
        bad.fit(model_selection, bad.estimator)
    with pytest.raises(theirs.type, match=bad.words):
        bad.fit(shoal, untouched(bad.estimator))


def test_with_error_score_raise_the_first_refused_candidate_is_the_error_before_the_others_are_trained():
    search = GridSearchCV(untouched(NETWORK), {"alpha": [0.1, -1, -2]}, cv=2, error_score="raise")
    with pytest.raises(UsageError, match=r"alpha.*got -1"):
        search.fit(X, y)


def test_metadata_that_nobody_asked_for_is_refused():
    with config_context(enable_metadata_routing=True):
        for module, network in ((model_selection, NETWORK), (shoal, untouched(NETWORK))):
            search = module.GridSearchCV(network, {"alpha": [0.1]}, cv=2)
            with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
                search.fit(X, y, sample_weight=np.ones(20))


class Counting(NumpyEngine):
    """It counts the networks that it is asked to train."""

    trained = 0

    def epochs(self, population, rates):
        Counting.trained += len(population)
        return super().epochs(population, rates)


def fails(estimator, X, y):
    raise RuntimeError("no score")


@pytest.mark.parametrize("scoring", [fails, {"good": "accuracy", "bad": fails}, "neg_mean_squared_log_error"])
def test_a_scorer_that_raises_is_noticed_before_the_grid_is_trained(scoring):
    options = {"scoring": scoring, "refit": False, "cv": 2, "error_score": "raise"}
    grid = {"alpha": [0.1, 1.0, 10.0]}
    texts = np.array(["no", "yes"])[y]
    with pytest.raises(Exception) as theirs:  # noqa: PT011 (which one is what we want to know)
        model_selection.GridSearchCV(NETWORK, grid, **options).fit(X, texts)
    Counting.trained = 0
    with pytest.raises(theirs.type, match=re.escape(str(theirs.value)[:60])):
        GridSearchCV(sklearn.clone(NETWORK).set_params(engine=Counting()), grid, **options).fit(X, texts)
    assert Counting.trained <= 2  # one candidate on two folds, of all


def test_of_draws_the_errors_are_the_same():
    for options in ({"n_iter": 0}, {"n_iter": 2.5}, {"random_state": "one"}):
        for module, network in ((model_selection, NETWORK), (shoal, untouched(NETWORK))):
            search = module.RandomizedSearchCV(network, {"alpha": [1, 2]}, **options)
            with pytest.raises(ValueError, match=f"'{next(iter(options))}' parameter"):
                search.fit(X, y)
    for distributions, error in (({"alpha": 3}, TypeError), ({"alfa": [3]}, ValueError), (3, ValueError)):
        for module, network in ((model_selection, NETWORK), (shoal, untouched(NETWORK))):
            with pytest.raises(error):
                module.RandomizedSearchCV(network, distributions, n_iter=1).fit(X, y)


# --- what scikit-learn has, and cannot be had here ---------------------------------------------------


@pytest.mark.parametrize("dispatch", ["all", 1, "n_jobs", None])
def test_jobs_are_not_dispatched(dispatch):
    for search in (
        GridSearchCV(untouched(NETWORK), {"alpha": [1]}, pre_dispatch=dispatch),
        RandomizedSearchCV(untouched(NETWORK), {"alpha": [1]}, n_iter=1, pre_dispatch=dispatch),
    ):
        with pytest.raises(ValueError, match="pre_dispatch"):
            search.fit(X, y)


def test_a_search_that_was_refused_has_learned_nothing():
    search = GridSearchCV(untouched(NETWORK), {"alfa": [1]})
    with pytest.raises(ValueError, match="alfa"):
        search.fit(X, y)
    assert not {"cv_results_", "best_estimator_", "best_index_", "best_params_"} & set(vars(search))


@pytest.mark.parametrize("look", [lambda net, X, y: -net.loss_, lambda net, X, y: net.n_iter_])
def test_a_scorer_may_look_at_what_only_training_brings(look):
    scores = [
        module.GridSearchCV(NETWORK, {"alpha": [0.1, 1]}, scoring=look, cv=2, error_score="raise")
        .fit(X, y)
        .cv_results_["mean_test_score"]
        .tolist()
        for module in (model_selection, shoal)
    ]
    assert scores[0] == scores[1]


def test_a_scorer_is_asked_once_a_fit():
    asked = []
    search = GridSearchCV(
        NETWORK,
        {"alpha": [0.1, 1]},
        scoring=lambda *_: asked.append(1) or 1.0,
        cv=2,
        error_score="raise",
        refit=False,
    )
    search.fit(X, y)
    assert len(asked) == 4
