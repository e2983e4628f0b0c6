"""Small random tables, folds, networks and grids, as people have them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from scipy import sparse
from sklearn.model_selection import KFold, PredefinedSplit, ShuffleSplit, StratifiedKFold, TimeSeriesSplit

from shoal import MLPClassifier, MLPRegressor

SCORES_OF_CLASSES = (
    *("accuracy", "balanced_accuracy", "neg_log_loss", "f1_macro", "f1_weighted", "precision_micro"),
    *("roc_auc_ovr", "matthews_corrcoef"),
)
SCORES_OF_NUMBERS = (
    *("r2", "neg_mean_squared_error", "neg_root_mean_squared_error", "neg_mean_absolute_error"),
    *("explained_variance", "neg_median_absolute_error"),
)


class Draw:
    """A generator of random numbers that can also take one of several things."""

    def __init__(self, *seed: int) -> None:
        self.numbers = np.random.default_rng(seed)

    def one(self, *things: Any) -> Any:
        """One of them."""
        return things[int(self.numbers.integers(len(things)))]

    def some(self, how_many: int, things: Any) -> list[Any]:
        """So many of them, each once."""
        return [things[k] for k in self.numbers.permutation(len(things))[:how_many]]

    def often(self, share: float) -> bool:
        """True as often as this."""
        return bool(self.numbers.random() < share)

    def seed(self) -> int:
        """A seed for somebody else."""
        return int(self.numbers.integers(1000))


@dataclass
class Table:
    """Rows and their targets, in one of the forms that people have them in."""

    X: Any
    y: Any
    n_classes: int  # 0 for regression
    m: int

    @property
    def labels(self) -> Any:
        """What the classes are called."""
        return np.unique(np.asarray(self.y)).tolist()


def float32(X: Any) -> Any:
    return X.astype(np.float32)


def frame(X: Any) -> Any:
    return pd.DataFrame(X, columns=[f"column {j}" for j in range(X.shape[1])]).set_index(X[:, 0])


def polars_frame(X: Any) -> Any:
    return pl.DataFrame({f"x{j}": X[:, j] for j in range(X.shape[1])})


def csr(X: Any) -> Any:
    return sparse.csr_array(np.where(abs(X) > 0.4, X, 0))


DENSE = (np.ascontiguousarray, np.asfortranarray, float32, frame)
ANY = (*DENSE, polars_frame, csr, np.ndarray.tolist)


def table_of(random: Draw, n_classes: int | None = None, forms: Any = ANY) -> Table:
    """A table whose classes (or numbers) depend on its columns; classes have as many rows, in any order."""
    numbers = random.numbers
    n_classes = random.one(0, 2, 2, 3, 4) if n_classes is None else n_classes
    m, n_x = int(numbers.integers(36, 60)), int(numbers.integers(2, 6))
    X = numbers.normal(size=(m, n_x))
    signal = X[:, 0] - X[:, -1] ** 2 + 0.5 * numbers.normal(size=m)
    if n_classes == 0:
        y = random.one(signal, signal, np.column_stack([signal, X[:, 0]]), float32(signal))
    else:
        number = np.argsort(np.argsort(signal)) * n_classes // m
        names = random.one(["no", "yes", "perhaps", "who knows"], [0, 1, 2, 3], [-1, 1, 5, 7])
        y = np.array(names[:n_classes])[number]
        y = random.one(y, y, pd.Series(y, index=numbers.permutation(m)))
    return Table(random.one(*forms)(X), y, n_classes, m)


def folds_of(random: Draw, table: Table) -> Any:
    """Any way to cut a table, but for those that want groups."""
    m, seed = table.m, random.seed()
    ways = [
        3,
        KFold(3),
        KFold(2, shuffle=True, random_state=seed),
        ShuffleSplit(3, test_size=0.3, random_state=seed),
        TimeSeriesSplit(2, test_size=m // 5),
        PredefinedSplit(np.where(np.arange(m) < 3, np.arange(m), -1)),  # leave one out, three times
        own_folds(random, m),
    ]
    if table.n_classes:
        ways.append(StratifiedKFold(3, shuffle=True, random_state=seed))
    return random.one(*ways)


def own_folds(random: Draw, m: int) -> Any:
    """Folds as lists: rows in any order, some of them twice; a mask; rows counted from the end."""
    order = random.numbers.permutation(m)
    mask = np.isin(np.arange(m), order[: m // 2])
    twice = np.concatenate([order[: m // 2], order[:5]])
    return [(twice, order[m // 2 :]), (mask, ~mask), ((-1 - order[9:]).tolist(), (-1 - order[:9]).tolist())]


def network_of(random: Draw, table: Table) -> Any:
    """One of ours, as small as can be."""
    kind = MLPClassifier if table.n_classes else MLPRegressor
    return kind(
        hidden_layer_sizes=random.one((3,), (2, 2), ()),
        learning_rate_init=0.05,
        max_iter=random.one(2, 4),
        batch_size=random.one("auto", 16, "full"),
        random_state=random.one(0, 1, np.random.RandomState(5)),
    )


def grid_of(random: Draw, before: str = "") -> Any:
    """Values for two parameters of a network; one dict, or a list of them."""
    values = {
        "alpha": [0.0, 0.1, np.float32(1.0)],
        "hidden_layer_sizes": [(), (2,), [3, 2], 4],
        "activation": ["tanh", "leaky_relu", "logistic"],
        "solver": ["adam", "sgd", "lbfgs"],
        "learning_rate_init": [0.001, 0.1],
        "batch_size": ["full", 5],
        "random_state": [1, 2, 2],
        "max_iter": [1, 3],
        "early_stopping": [False, True],
        "n_restarts": [1, 2],
    }
    grids = [{before + name: values[name] for name in random.some(2, list(values))} for _ in range(2)]
    return random.one(grids[0], grids[:1], grids)


def scoring_of(random: Draw, table: Table) -> Any:
    """The name of a scorer that makes sense for these targets, or nothing."""
    names = SCORES_OF_CLASSES if table.n_classes else SCORES_OF_NUMBERS
    return random.one(None, *names)


def options_of(random: Draw, table: Table) -> dict[str, Any]:
    """How a search may be asked for."""
    return {
        "cv": folds_of(random, table),
        "scoring": scoring_of(random, table),
        "return_train_score": random.often(0.5),
        "refit": random.one(True, True, False),
        "error_score": random.one(np.nan, 0.0),
    }
