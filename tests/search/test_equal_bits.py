"""A candidate's network on a fold has the same bits as if it had been fitted there alone."""

from itertools import chain

import numpy as np
import pytest
from draws import Draw, csr, float32, frame, own_folds, table_of
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import KFold, ShuffleSplit, check_cv
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor
from shoal.search import _waves as waves

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),  # a few: counted
    pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite"),
    pytest.mark.filterwarnings("ignore:all weights start at zero"),
]


class Keeper:
    """A scorer that keeps what was trained; the score is its number in the list."""

    def __init__(self):
        self.kept = []

    def __call__(self, estimator, X, y, sample_weight=None):
        self.kept.append(trained(estimator))
        return len(self.kept) - 1

    def of(self, search):
        """What was trained, by candidate and fold; None where a fit failed."""
        numbers = np.array(
            [search.cv_results_[f"split{fold}_test_score"] for fold in range(search.n_splits_)]
        )
        return [[None if np.isnan(n) else self.kept[int(n)] for n in of_one] for of_one in numbers.T]


def trained(estimator):
    """All bits of a network, and how it came to have them."""
    network = getattr(estimator, "regressor_", estimator)
    network = network[-1] if isinstance(network, Pipeline) else network
    costs = np.array(network.loss_curve_), np.array(getattr(network, "validation_scores_", None) or [])
    return (
        network.theta_.dtype,
        network.theta_.tobytes(),
        network.n_iter_,
        *(each.tobytes() for each in costs),
    )


def together(estimator, settings, X, y, cv, *, n_jobs=None, **params):
    keeper = Keeper()
    grid = [{name: [value] for name, value in setting.items()} for setting in settings]
    search = GridSearchCV(estimator, grid, scoring=keeper, cv=cv, refit=False, n_jobs=n_jobs)
    return keeper.of(search.fit(X, y, **params))


def alone(estimator, setting, X, y, train, **params):
    """The same without a search; None where it fails."""
    params = {name: values[train] for name, values in params.items()}
    X = X.iloc[train] if hasattr(X, "iloc") else X[train]
    try:
        return trained(clone(estimator).set_params(**clone(setting, safe=False)).fit(X, y[train], **params))
    except Exception:  # whatever it is, the search takes it for a failure, too
        return None


def setting_of(random, labels):
    """A value for every parameter of a network that may have one beside the others."""
    numbers = random.numbers
    depth = random.one(0, 1, 1, 2, 3)
    lbfgs, restarts = random.often(0.15), random.one(1, 1, 1, 2, 3)
    setting = {
        "hidden_layer_sizes": tuple(numbers.integers(1, 9, size=depth).tolist()),
        "activation": [random.one("tanh", "relu", "leaky_relu", "sigmoid", "identity") for _ in range(depth)],
        "solver": "lbfgs" if lbfgs else random.one("adam", "adamw", "sgd", "rmsprop"),
        "alpha": float(numbers.exponential()),
        "random_state": random.one(random.seed(), np.random.RandomState(random.seed())),
        "max_iter": int(numbers.integers(1, 25)),
        "tol": random.one(0.0, 1e-3, 0.05),
        "n_iter_no_change": random.one(1, 2, 5),
        "early_stopping": random.often(0.3),
        "validation_fraction": random.one(0.2, 0.3),
        "scoring": random.one(None, "neg_log_loss" if labels else "neg_mean_absolute_error"),
        "initialization": random.one("auto", "normal", "xavier", "he", "zeros"),
        "initialization_scale": random.one(0.01, 0.5),
        "n_restarts": restarts,
        "restarts": random.one("best", "average"),
        "warm_start": restarts == 1 and random.often(0.5),
        "max_fun": random.one(3, 15000),
        "engine": random.one("auto", "auto", "numpy"),
    }
    if labels:
        setting["class_weight"] = random.one(
            None, "balanced", {labels[0]: 2.5}, {labels[0]: 0, labels[-1]: 1}
        )
    if not labels:  # numbers; some are negative, which the second loss refuses, here as alone
        setting["loss"] = random.one(*["squared_error"] * 7, "poisson")
    return setting if lbfgs else setting | _of_mini_batches(random, depth, setting["solver"])


def _of_mini_batches(random, depth, solver):
    numbers = random.numbers
    return {
        "learning_rate": random.one("constant", "invscaling", "adaptive", "inverse_time", "step", "cosine"),
        "learning_rate_init": random.one(0.001, 0.05, 0.5),
        "power_t": random.one(0.3, 0.7),
        "decay": random.one(0.1, 0.5),
        "decay_every": random.one(1, 3),
        "warm_up": random.one(0, 0, 2),
        "batch_size": random.one("auto", "full", 1, 7, 32),
        "shuffle": random.often(0.7),
        "momentum": random.one(0.0, 0.9),
        "nesterovs_momentum": random.often(0.5),
        "beta_1": random.one(0.9, 0.5),
        "beta_2": random.one(0.999, 0.9),
        "epsilon": random.one(1e-8, 1e-3),
        "l1": random.one(0.0, 0.0, 0.1),
        "dropout": numbers.uniform(0, 0.6, size=depth).tolist() if depth and random.often(0.3) else 0.0,
        "clip_norm": random.one(None, None, 0.1),
        "weight_decay": 0.1 if solver == "adamw" else 0.0,
    }


def prefixed(before, setting):
    return {before + name: value for name, value in setting.items()}


def table_and_folds(random, n_classes, form):
    table = table_of(random, n_classes, forms=[form])
    seed = random.seed()
    ways = [KFold(2), ShuffleSplit(2, test_size=0.4, random_state=seed), own_folds(random, table.m)]
    return table, np.asarray(table.y), check_cv(random.one(*ways))


def check(estimator, settings, X, y, cv, **params):
    """Alone and together; how many fits there were, but for the few that fail."""
    found = together(estimator, settings, X, y, cv, **params)
    folds = [train for train, _ in cv.split(X, y)]
    params.pop("n_jobs", None)
    fits = 0
    for setting, of_candidate in zip(settings, found, strict=True):
        for train, got in zip(folds, of_candidate, strict=True):
            expected = alone(estimator, setting, X, y, train, **params)
            assert got == expected, setting
            fits += expected is not None
    return fits


TABLES = {  # classes, 0 for numbers; and the form that X is in
    "two classes": (2, np.ascontiguousarray),
    "four classes, float32": (4, float32),
    "numbers, a sparse X": (0, csr),
    "three classes, a data frame": (3, frame),
    "numbers, in Fortran's order": (0, np.asfortranarray),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("part", range(2))
def test_candidates_that_differ_in_everything_end_with_the_bits_they_have_alone(table, part):
    random = Draw(part, list(TABLES).index(table))
    data, y, cv = table_and_folds(random, *TABLES[table])
    network = MLPClassifier() if data.n_classes else MLPRegressor()
    settings = [setting_of(random, data.labels if data.n_classes else None) for _ in range(20)]
    params = {"sample_weight": random.numbers.integers(3, size=data.m).astype(float)} if part else {}
    fits = check(network, settings, data.X, y, cv, n_jobs=random.one(None, 1, 2), **params)
    assert fits > 25  # of 40 at least: two failures are equal, too
    assert set(chain(*settings)) == set(network.get_params()) - {"verbose"}


def test_behind_transformers_the_bits_are_those_of_the_whole_pipeline_alone():
    random = Draw(0)
    table, y, cv = table_and_folds(random, 3, frame)
    estimator = Pipeline([("scale", StandardScaler()), ("net", MLPClassifier())])
    settings = [
        {"scale__with_mean": random.often(0.5), **prefixed("net__", setting_of(random, table.labels))}
        for _ in range(12)
    ]
    settings += [{"net": LogisticRegression(C=0.3)}, {"net": MLPClassifier((2,), max_iter=3)}]
    assert check(estimator, settings, table.X, y, cv) > 20


def test_behind_a_transformed_target_the_bits_are_those_of_the_whole_alone():
    random = Draw(0)
    table, y, cv = table_and_folds(random, 0, np.ascontiguousarray)
    inner = Pipeline([("scale", StandardScaler()), ("net", MLPRegressor())])
    estimator = TransformedTargetRegressor(inner, transformer=StandardScaler())
    settings = [
        {f"regressor__net__{name}": value for name, value in setting_of(random, None).items()}
        for _ in range(12)
    ]
    assert check(estimator, settings, table.X, y, cv) > 10


def test_logistic_regression_ends_with_the_bits_it_has_alone():
    random = Draw(0)
    table, y, cv = table_and_folds(random, 3, np.ascontiguousarray)
    settings = [
        {"C": C, "l1_ratio": l1_ratio, "class_weight": weights, "fit_intercept": intercept}
        for C, l1_ratio in [(0.1, 0.0), (1.0, 0.5), (np.inf, 0.0)]
        for weights in (None, "balanced")
        for intercept in (True, False)
    ]
    assert check(LogisticRegression(max_iter=50), settings, table.X, y, cv) == 12 * cv.get_n_splits()


def _wide_table():
    """So many rows and units that the rows of a batch are shared by the threads."""
    random = Draw(1)
    X = random.numbers.normal(size=(700, 6))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


WIDE = [
    {"hidden_layer_sizes": (70,), "batch_size": "full"},
    {"hidden_layer_sizes": (33, 17), "batch_size": 300, "dropout": 0.2},
    {"hidden_layer_sizes": (64,), "solver": "lbfgs"},
]


def test_threads_do_not_change_a_bit():
    X, y = _wide_table()
    network, cv = MLPClassifier(max_iter=4), KFold(2)
    one, *others = [together(network, WIDE, X, y, cv, n_jobs=n_jobs) for n_jobs in (1, 2, 3, -1, None)]
    assert all(other == one for other in others)
    scores = [
        GridSearchCV(network, {"alpha": [0, 1]}, cv=cv, n_jobs=n)
        .fit(X, y)
        .cv_results_["mean_test_score"]
        .tobytes()
        for n in (1, 2, 3)
    ]
    assert scores == scores[:1] * 3


def test_who_is_trained_beside_a_candidate_and_when_does_not_change_a_bit(monkeypatch):
    random = Draw(3)
    table, y, cv = table_and_folds(random, 2, np.ascontiguousarray)
    settings = [setting_of(random, table.labels) for _ in range(12)]
    expected = together(MLPClassifier(), settings, table.X, y, cv)
    assert together(MLPClassifier(), settings[::-1], table.X, y, cv) == expected[::-1]
    assert together(MLPClassifier(), settings[3:5], table.X, y, cv) == expected[3:5]
    monkeypatch.setattr(waves, "MOST_FITS", 4)  # waves of two candidates
    assert together(MLPClassifier(), settings, table.X, y, cv) == expected
