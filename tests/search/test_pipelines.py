"""What stands before a network, and around it: fitted once a fold for all who share it, as if for each."""

import numpy as np
import pandas as pd
import pytest
from comparison import Problem, compare
from sklearn import config_context, model_selection
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import shoal
from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor
from shoal.search._pipelines import Recorder, innermost, place_of

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

X = np.random.default_rng(7).normal(size=(30, 3)) * [1, 10, 100]
y = (X[:, 0] > 0).astype(int)
NETWORK = MLPClassifier((2,), max_iter=2)
NUMBERS = MLPRegressor(hidden_layer_sizes=(2,), max_iter=2)


@pytest.mark.parametrize(
    ("estimator", "place"),
    [
        (NETWORK, ""),
        (LogisticRegression(), ""),
        (Pipeline([("scale", StandardScaler()), ("net", NETWORK)]), "net"),
        (Pipeline([("net", NETWORK)]), "net"),
        (
            make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), NETWORK)),
            "pipeline__mlpclassifier",
        ),
        (TransformedTargetRegressor(NUMBERS), "regressor"),
        (TransformedTargetRegressor(make_pipeline(NUMBERS)), "regressor__mlpregressor"),
        (Pipeline([("y", TransformedTargetRegressor(NUMBERS))]), "y__regressor"),
    ],
)
def test_the_place_of_a_network_is_the_parameter_that_it_is(estimator, place):
    assert place_of(estimator) == place
    assert innermost(estimator) is (estimator.get_params()[place] if place else estimator)


# --- fitted how often, and with what ----------------------------------------------------------------


class Watched(TransformerMixin, BaseEstimator):
    """A transformer that keeps the rows which it was fitted to, one list for all copies."""

    fitted = []  # noqa: RUF012 (the copies are meant to share it)

    def __init__(self, factor=1, other=None):
        self.factor, self.other = factor, other

    def fit(self, X, y=None):
        Watched.fitted.append((self.factor, X[:, 0].tolist()))
        return self

    def transform(self, X):
        return self.factor * X


@pytest.fixture
def fitted():
    Watched.fitted.clear()
    return Watched.fitted


def watched_search(grid, cv=3):
    steps = Pipeline([("watched", Watched()), ("net", NETWORK)])
    return GridSearchCV(steps, grid, cv=cv, refit=False).fit(X, y)


def test_a_transformer_is_fitted_once_a_fold_for_all_candidates_that_share_its_settings(fitted):
    cv = ShuffleSplit(3, test_size=0.4, random_state=0)
    grid = {"watched__factor": [1, 2], "net__alpha": [0, 1, 2, 3], "net__max_iter": [1, 2]}
    watched_search(grid, cv)
    rows = [X[train, 0].tolist() for train, _ in cv.split(X)]  # and never those that judge
    assert sorted(fitted) == sorted((factor, of_fold) for factor in (1, 2) for of_fold in rows)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ([1, 1], 1),
        ([1, 1.0], 2),  # dividing by them, or indexing with them, need not be the same
        ([True, 1], 2),
        ([np.float32(1), np.float64(1)], 2),
        (["a", "a", "b"], 2),
        ([(1, 2), (1, 2), (1, 2.0)], 2),
        ([None, None], 1),
        ([np.ones(2), np.ones(2)], 2),  # it might be changed on the way: only itself is the same
    ],
)
def test_settings_are_shared_if_they_cannot_be_told_apart(values, settings, fitted):
    watched_search({"watched__other": values}, cv=2)
    assert len(fitted) == 2 * settings


def test_a_network_that_takes_the_place_of_another_shares_what_comes_before_both(fitted):
    watched_search({"net": [NETWORK, MLPClassifier((3,), max_iter=1)]}, cv=2)
    assert len(fitted) == 2


# --- what scorers see --------------------------------------------------------------------------------


class Looking:
    """A scorer that keeps what it can see of an estimator, its parameters and what is fitted."""

    def __init__(self):
        self.seen = []

    def __call__(self, estimator, X, y):
        params = [(name, repr(value)) for name, value in estimator.get_params().items()]
        self.seen.append((repr(estimator), params, estimator.predict(X).tolist()))
        return 0.0


PLACES = {
    "alone": (NUMBERS, "alpha"),
    "pipeline": (Pipeline([("scale", StandardScaler()), ("net", NUMBERS)]), "net__alpha"),
    "target": (TransformedTargetRegressor(NUMBERS, transformer=StandardScaler()), "regressor__alpha"),
    "pipeline in target": (
        TransformedTargetRegressor(Pipeline([("scale", StandardScaler()), ("net", NUMBERS)])),
        "regressor__net__alpha",
    ),
    "target in pipeline": (
        Pipeline([("scale", StandardScaler()), ("y", TransformedTargetRegressor(NUMBERS))]),
        "y__regressor__alpha",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_scorer_sees_the_estimator_that_it_would_see_in_scikit_learn(place):
    estimator, name = PLACES[place]
    looks = {}
    for module in (model_selection, shoal):
        looks[module] = Looking()
        search = module.GridSearchCV(estimator, {name: [0.5, 2]}, scoring=looks[module], cv=2, refit=False)
        search.fit(X, X[:, 1])
    assert sorted(looks[shoal].seen) == sorted(looks[model_selection].seen)


# --- what is sent where ------------------------------------------------------------------------------


def test_weights_for_the_steps_reach_them():
    steps = Pipeline([("scale", StandardScaler()), ("net", NETWORK)])
    weights = np.arange(30) % 4 + 1
    for names in (["net"], ["scale", "net"]):
        params = {f"{name}__sample_weight": weights for name in names}
        compare(Problem(steps, {"net__alpha": [0, 1]}, X, y, {"cv": 3}, params))


def mean_probability(estimator, X, y):
    return float(estimator.predict_proba(X)[:, 1].mean())


def test_networks_in_one_grid_may_ask_for_different_metadata():
    with config_context(enable_metadata_routing=True):
        asks = clone(NETWORK).set_fit_request(sample_weight=True)
        does_not = clone(NETWORK).set_fit_request(sample_weight=False)
        scaler = StandardScaler().set_fit_request(sample_weight=True)
    params = {"sample_weight": np.where(y, 5.0, 0.5)}
    options = {"cv": 3, "scoring": mean_probability}
    steps = Pipeline([("scale", scaler), ("net", does_not)])
    compare(Problem(steps, {"net": [asks, does_not, asks]}, X, y, options, params, routing=True))


def test_rows_to_stop_by_are_transformed_if_the_pipeline_is_told_to():
    with config_context(enable_metadata_routing=True):
        network = MLPClassifier((2,), early_stopping=True, n_iter_no_change=1, learning_rate_init=0.5)
        network.set_fit_request(X_val=True, y_val=True)
        steps = Pipeline([("scale", StandardScaler()), ("net", network)], transform_input=["X_val"])
    params = {"X_val": X[:7] + 0.1, "y_val": y[:7]}
    options = {"cv": 3, "scoring": mean_probability}
    compare(Problem(steps, {"net__alpha": [0, 0.5]}, X, y, options, params, routing=True))


def test_rows_to_stop_by_may_be_given_to_a_network_alone():
    network = MLPClassifier((2,), early_stopping=True, n_iter_no_change=1, learning_rate_init=0.5)
    params = {"X_val": X[:7] + 0.1, "y_val": y[:7]}
    compare(Problem(network, {"alpha": [0, 0.5], "random_state": [1, 2]}, X, y, {"cv": 3}, params))


# --- tables that a network alone could not learn from ------------------------------------------------


@pytest.mark.parametrize("form", [np.array, list, pd.Series])
def test_texts_are_a_table_once_they_are_counted(form):
    texts = form([f"{'good' if label else 'bad'} word{k % 3}" for k, label in enumerate(y)])
    steps = Pipeline([("count", CountVectorizer()), ("net", NETWORK)])
    grid = {"net__alpha": [0, 1], "count__binary": [False, True]}
    compare(Problem(steps, grid, texts, y, {"cv": KFold(3)}))


def test_columns_of_all_kinds_in_a_data_frame_that_is_kept_on_the_way():
    table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(kind=[*"xyz"] * 10)
    table.loc[4, "b"] = np.nan
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["kind"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["a", "b"]),
    ).set_output(transform="pandas")
    steps = Pipeline([("columns", columns), ("net", NETWORK)])
    grid = {
        "net__alpha": [0, 1],
        "columns__pipeline__simpleimputer__strategy": ["mean", "median"],
        "columns__remainder": ["drop", StandardScaler()],
    }
    compare(Problem(steps, grid, table, y, {"cv": KFold(3), "return_train_score": True}))


def test_of_two_things_that_are_wrong_the_first_is_told():
    steps = Pipeline([("scale", StandardScaler()), ("net", NETWORK)])
    grid = {"scale__with_std": [True, "no"], "net__alpha": [1, -1]}
    compare(Problem(steps, grid, X, y, {"cv": 3}))


class OnHalf(MLPClassifier):
    """Somebody's network, which learns in a way of its own."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X[: len(X) // 2], y[: len(X) // 2])


@pytest.mark.parametrize("steps", [[], [("scale", StandardScaler())]])
def test_who_has_a_fit_of_its_own_is_fitted_by_it(steps):
    network = OnHalf((2,), max_iter=3, learning_rate_init=0.1)
    estimator = Pipeline([*steps, ("net", network)]) if steps else network
    name = "net__alpha" if steps else "alpha"
    compare(Problem(estimator, {name: [0, 1]}, X, y, {"cv": 3, "scoring": "neg_log_loss"}))


def test_what_was_fitted_may_be_kept_in_a_cache(tmp_path):
    steps = Pipeline([("scale", StandardScaler()), ("net", NETWORK)], memory=str(tmp_path))
    compare(Problem(steps, {"net__alpha": [0, 1], "scale__with_std": [True, False]}, X, y, {"cv": 3}))


def test_a_recorder_predicts_nothing():
    with pytest.raises(NotFittedError):
        Recorder(NETWORK).predict(X)
