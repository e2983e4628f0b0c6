"""Random searches by kind: a seed is a whole problem, from the table to how its results are asked for."""

from typing import Any

import numpy as np
from comparison import Problem
from draws import (
    DENSE,
    SCORES_OF_CLASSES,
    SCORES_OF_NUMBERS,
    Draw,
    Table,
    frame,
    grid_of,
    network_of,
    options_of,
    table_of,
)
from scipy.stats import loguniform, randint
from sklearn import config_context
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, get_scorer, make_scorer, mean_squared_error
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, QuantileTransformer, StandardScaler

from shoal import LogisticRegression, MLPClassifier


def plain(random: Draw) -> Problem:
    """A network alone: a grid, or settings drawn at random."""
    table = table_of(random)
    network, options = network_of(random, table), options_of(random, table)
    if table.n_classes and random.often(0.2):
        grid = {"C": [0.1, 1, 10], "l1_ratio": [0.0, 0.5]}
        return Problem(LogisticRegression(tol=1e-4), grid, table.X, table.y, options)
    if random.often(0.3):
        grid = {"alpha": loguniform(1e-3, 1), "hidden_layer_sizes": randint(1, 5), "solver": ["adam", "sgd"]}
        options |= {"n_iter": 4, "random_state": random.seed()}
        grid = random.one(grid, [grid, {"max_iter": [1, 2]}])
        return Problem(network, grid, table.X, table.y, options, drawn=True)
    return Problem(network, grid_of(random), table.X, table.y, options)


# --- behind transformers, and in front of a transformed y --------------------------------------------


def pipeline(random: Draw) -> Problem:
    """What may stand before a network, and around it."""
    table = table_of(random, forms=DENSE)
    ways = [_scaled, _by_column, _nested, _replaced]
    if not table.n_classes:
        ways = [*ways, _transformed_target, _transformed_target_around_a_pipeline, _transformed_target_within]
    estimator, grid = random.one(*ways)(random, network_of(random, table))
    return Problem(estimator, grid, table.X, table.y, options_of(random, table))


def _scaled(random: Draw, network: Any) -> Any:
    steps = [("scale", StandardScaler()), ("pca", PCA(random_state=0)), ("net", network)]
    before = {"pca__n_components": [1, 2], "scale__with_mean": [True, False]}
    return Pipeline(steps), random.one({**before, "net__alpha": [0.0, 1.0]}, grid_of(random, "net__"))


def _by_column(random: Draw, network: Any) -> Any:
    columns = [("one", MinMaxScaler(), [0]), ("rest", StandardScaler(), [1])]
    steps = [("columns", ColumnTransformer(columns, remainder="passthrough")), ("net", network)]
    grid = {"columns__one": ["drop", "passthrough", StandardScaler()], "net__max_iter": [2, 4]}
    return Pipeline(steps), grid


def _nested(random: Draw, network: Any) -> Any:
    squares = FeatureUnion([("as they are", "passthrough"), ("squares", FunctionTransformer(np.square))])
    inner = Pipeline([("both", squares), ("net", network)])
    outer = Pipeline([("ranks", QuantileTransformer(n_quantiles=5)), ("inner", inner)])
    grid = {"inner__both__squares": ["drop", FunctionTransformer(np.abs)], "inner__net__alpha": [0, 1]}
    return outer, grid


def _replaced(random: Draw, network: Any) -> Any:
    others = [network, type(network)((2,), solver="lbfgs", max_iter=4)]
    if isinstance(network, MLPClassifier):
        others.append(LogisticRegression(C=0.1, tol=1e-3))
    scalers = ["passthrough", MinMaxScaler(), StandardScaler(with_std=False)]
    other_steps = [[("net", network)], [("minmax", MinMaxScaler()), ("net", network)]]
    grid = random.one(
        [{"net": others, "scale": scalers}, {"net__alpha": [0.5, 5.0]}],
        {"net": others[:2], "net__alpha": [0.5, 5.0]},
        {"steps": other_steps},
    )
    return Pipeline([("scale", StandardScaler()), ("net", network)]), grid


def _transformed_target(random: Draw, network: Any) -> Any:
    estimator = TransformedTargetRegressor(network, transformer=StandardScaler())
    return estimator, {"transformer": [MinMaxScaler(), StandardScaler()], "regressor__alpha": [0.0, 1.0]}


def _transformed_target_around_a_pipeline(random: Draw, network: Any) -> Any:
    inner = Pipeline([("scale", StandardScaler()), ("net", network)])
    estimator = TransformedTargetRegressor(inner, func=np.cbrt, inverse_func=_cube)
    regressors = [inner, make_pipeline(MinMaxScaler(), network), network]
    return estimator, random.one({"regressor": regressors}, {"regressor__net__alpha": [0.0, 2.0]})


def _transformed_target_within(random: Draw, network: Any) -> Any:
    inner = Pipeline([("scale", StandardScaler()), ("net", network)])
    target = TransformedTargetRegressor(inner, transformer=StandardScaler())
    estimator = Pipeline([("ranks", QuantileTransformer(n_quantiles=5)), ("target", target)])
    return estimator, {"target__regressor__net__alpha": [0.0, 2.0], "ranks__n_quantiles": [4, 8]}


def _cube(y: Any) -> Any:
    return y**3


# --- several scores ----------------------------------------------------------------------------------


def several_scores(random: Draw) -> Problem:
    """Scores by name, by scorer or all from one function; the best by one of them, by a rule, or none."""
    table = table_of(random)
    names = random.some(3, SCORES_OF_CLASSES if table.n_classes else SCORES_OF_NUMBERS)
    ours = _error_rate if table.n_classes else _largest_error
    by_name = {
        "one": names[0],
        "of our own": make_scorer(ours, greater_is_better=False),
        "z": get_scorer(names[1]),
    }
    scoring, keys = random.one((names, names), (by_name, list(by_name)), (_two_scores, ["seen", "score"]))
    options = options_of(random, table)
    options |= {"scoring": scoring, "refit": random.one(keys[0], keys[-1], _worst_of_all, False)}
    estimator = network_of(random, table)
    if random.often(0.3):
        estimator = make_pipeline(FunctionTransformer(), estimator)
        return Problem(estimator, grid_of(random, f"{estimator.steps[-1][0]}__"), table.X, table.y, options)
    return Problem(estimator, grid_of(random), table.X, table.y, options)


def _error_rate(y: Any, predicted: Any) -> float:
    return 1 - accuracy_score(y, predicted)


def _largest_error(y: Any, predicted: Any) -> float:
    return float(np.max(abs(y - predicted)))


def _two_scores(estimator: Any, X: Any, y: Any) -> dict[str, Any]:
    return {"seen": len(y), "score": np.float32(estimator.score(X, y))}


def _worst_of_all(results: Any) -> int:
    key = next(key for key in results if key.startswith("mean_test_"))
    return int(np.argmin(results[key]))


# --- groups ------------------------------------------------------------------------------------------


def groups(random: Draw) -> Problem:
    """Rows that stay together."""
    table = table_of(random)
    numbers = random.numbers.integers(5, size=table.m)
    options = options_of(random, table)
    ways = [GroupKFold(3), LeaveOneGroupOut(), GroupShuffleSplit(2, random_state=random.seed())]
    if table.n_classes:
        ways.append(StratifiedGroupKFold(2))
    options["cv"] = random.one(*ways)
    names = random.one(numbers, np.array(["a", "b", "c", "d", "e"])[numbers], numbers.tolist())
    network, routing = network_of(random, table), random.often(0.3)
    return Problem(network, grid_of(random), table.X, table.y, options, {"groups": names}, routing)


# --- weights -----------------------------------------------------------------------------------------


def weights(random: Draw) -> Problem:
    """Weights of rows and classes, sent everywhere or where routing was told to send them."""
    table = table_of(random, forms=DENSE)
    given = random.numbers.integers(3, size=table.m) * random.one(1, 0.5)
    params = {"sample_weight": random.one(given, given.tolist(), np.float32(given))}
    options = options_of(random, table)
    options["cv"] = StratifiedKFold(3) if table.n_classes else KFold(3)
    network = network_of(random, table)
    if random.often(0.4):
        grid = grid_of(random)
        if table.n_classes:
            grid = {"class_weight": _class_weights(table), "solver": ["adam", "lbfgs"]}
        params = random.one(params, params, {}) if table.n_classes else params
        return Problem(network, grid, table.X, table.y, options, params)
    return _routed(random, table, network, options, params)


def _class_weights(table: Table) -> list[Any]:
    first, *_, last = table.labels
    return [None, "balanced", {first: 3}, {first: 0.5, last: 2}, {last: 0}]


def _routed(random: Draw, table: Table, network: Any, options: Any, params: Any) -> Problem:
    """Who asked for weights gets them: the network, the scaler before it, the scorer, or not all of them."""
    with config_context(enable_metadata_routing=True):
        network.set_fit_request(sample_weight=random.one(True, False))
        scaler = StandardScaler().set_fit_request(sample_weight=random.one(True, False))
        score = accuracy_score if table.n_classes else mean_squared_error
        scorers = [make_scorer(score).set_score_request(sample_weight=asked) for asked in (True, False)]
    options["scoring"] = random.one(*scorers, {"with": scorers[0], "without": scorers[1]})
    options["refit"] = (
        random.one("without", False) if isinstance(options["scoring"], dict) else options["refit"]
    )
    estimator = random.one(network, Pipeline([("scale", scaler), ("net", network)]))
    before = "" if estimator is network else "net__"
    return Problem(estimator, grid_of(random, before), table.X, table.y, options, params, routing=True)


# --- failures ----------------------------------------------------------------------------------------


def failing(random: Draw) -> Problem:
    """Candidates that cannot be fitted, folds that cannot be learned from, scores that do not exist."""
    table = table_of(random, forms=(np.ascontiguousarray, frame, _with_a_hole))
    network = network_of(random, table).set_params(hidden_layer_sizes=(3,))
    options = options_of(random, table)
    options |= {
        "error_score": random.one(np.nan, -1, 0.5),
        "cv": random.one(3, _one_fold_of_one_class(table)),
    }
    if random.often(0.3):
        options |= {"scoring": random.one(_fails_with_many_rows, _fails_for_strong_penalties)}
    elif random.often(0.3):
        options |= {"scoring": _two_scores, "refit": random.one("seen", False)}
    if np.isnan(np.asarray(table.X)).any():
        options["refit"] = False  # on all rows it must fail
    bad = random.some(2, _FAILURES)
    if random.often(0.3):
        grid = [{"pca__n_components": [1, 100]}, {f"net__{name}": values for name, values in bad[0].items()}]
        return Problem(Pipeline([("pca", PCA()), ("net", network)]), grid, table.X, table.y, options)
    params = {"sample_weight": _none_in_the_first_half(table)} if random.often(0.3) else {}
    return Problem(network, [{"alpha": [1.0]}, *bad], table.X, table.y, options, params)


_FAILURES = [
    {"alpha": [-1, 0.1]},
    {"dropout": [0.2], "solver": ["lbfgs", "adam"]},
    {"solver": ["sgd"], "learning_rate_init": [1e200, 0.01], "max_iter": [5]},
    {"hidden_layer_sizes": ["many", [2, 0], (2,)]},
    {"activation": [["tanh", "relu"], "relu"]},
    {"early_stopping": [True], "validation_fraction": [0.001, 0.3], "scoring": [None, "nonsense"]},
    {"solver": ["adam"], "weight_decay": [0.1, 0]},
    {"batch_size": [7], "solver": ["lbfgs", "sgd"]},
    {"n_restarts": [2], "warm_start": [True, False]},
]


def _with_a_hole(X: Any) -> Any:
    X = X.copy()
    X[4, 0] = np.nan
    return X


def _one_fold_of_one_class(table: Table) -> Any:
    """The first fold has nothing to learn from: rows of one class, or none."""
    rows = np.arange(table.m)
    first = np.flatnonzero(np.asarray(table.y) == table.labels[0]) if table.n_classes else rows[:0]
    return [(first, rows), (rows[::2], rows[1::2]), (rows[10:], rows[:10])]


def _none_in_the_first_half(table: Table) -> Any:
    return np.repeat([0.0, 1.0], [table.m // 2, table.m - table.m // 2])


def _fails_with_many_rows(estimator: Any, X: Any, y: Any) -> float:
    if len(y) > 20:
        raise RuntimeError("too many")
    return float(estimator.score(X, y))


def _fails_for_strong_penalties(estimator: Any, X: Any, y: Any) -> float:
    if any(value == 1.0 for name, value in estimator.get_params().items() if name.endswith("alpha")):
        raise ArithmeticError("too strong")
    return float(estimator.score(X, y))


KINDS = {
    "plain": plain,
    "pipeline": pipeline,
    "several scores": several_scores,
    "groups": groups,
    "weights": weights,
    "failing": failing,
}


def problem_of(kind: str, seed: int) -> Problem:
    """The problem of this kind that the seed describes."""
    return KINDS[kind](Draw(seed, list(KINDS).index(kind)))
