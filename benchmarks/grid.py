"""The race that G and D share: 32 candidates on 5 folds, by either GridSearchCV and by one call of an engine.

Both searches are timed as people call them: scoring and the refit of the best are part of it. The call of the
engine is what is left without them. A candidate is a width, a learning rate and an L2 strength. scikit-learn
divides its alpha by the rows of a batch and shoal its l2 by all rows, so l2 = alpha m / batch: the same
penalty (but in the last, smaller batch of an epoch, and the folds' m differ by one row).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import contestants
import harness
import machine
import numpy as np
from harness import Options
from joblib import parallel_config
from peers.with_shoal import ShoalEngine
from peers.with_sklearn import Sklearn
from record import Record
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from work import Work

import shoal
from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines.base import Data, Engine, Member

GRID = {
    "hidden_layer_sizes": [(8,), (16,), (32,), (64,)],
    "learning_rate_init": [3e-4, 1e-3, 3e-3, 1e-2],
    "alpha": [1e-4, 1e-2],
}
EPOCHS, BATCH = 100, 64


class Table:
    """Standardised rows, their labels, and the folds as index lists."""

    def __init__(self, loaded: Any) -> None:
        self.X = StandardScaler().fit_transform(loaded.data)
        self.y = loaded.target
        self.classes = len(np.unique(self.y))
        self.folds = list(StratifiedKFold(5).split(self.X, self.y))
        Y = self.y[None, :].astype(float) if self.classes == 2 else np.eye(self.classes)[:, self.y]
        self.data = Data(self.X.T, np.ascontiguousarray(Y))

    def network(self, hidden: tuple[int, ...]) -> Network:
        n_y, output = (1, "sigmoid") if self.classes == 2 else (self.classes, "softmax")
        return Network((self.X.shape[1], *hidden, n_y), ("relu",), output)


class OneCall:
    """All fits as one population, then every member's accuracy on its own fold."""

    def __init__(self, table: Table, name: str, engine: Engine, threads: int) -> None:
        self.name, self.threads, self.table, self.engine = f"shoal {name}", threads, table, engine
        self.members: list[Member] = []
        self.accuracy: Any = None

    def start(self) -> Callable[[], Any]:
        return self._search

    def _search(self) -> None:
        candidates = list(ParameterGrid(GRID))
        self.members = [
            self._member(candidate, rows, seed)
            for seed, candidate in enumerate(candidates)
            for rows, _ in self.table.folds
        ]
        rates = [[c["learning_rate_init"]] * EPOCHS for c in candidates for _ in self.table.folds]
        self.engine.epochs(self.members, rates)
        self.accuracy = [self._accuracy(k, member) for k, member in enumerate(self.members)]

    def _member(self, candidate: dict[str, Any], rows: Any, seed: int) -> Member:
        network = self.table.network(candidate["hidden_layer_sizes"])
        theta = initialize(network, np.random.default_rng(seed))
        l2 = candidate["alpha"] * len(rows) / BATCH
        return Member(network, theta, Optimizer("adam"), self.table.data, rows, seed, BATCH, l2=l2)

    def _predict(self, member: Member, rows: Any) -> Any:
        """Probabilities of the classes, a row an example."""
        A = self.engine.predict(member.network, member.theta, self.table.X[rows].T)
        return A.T if len(A) > 1 else np.column_stack([1 - A[0], A[0]])

    def _accuracy(self, k: int, member: Member) -> float:
        held = self.table.folds[k % len(self.table.folds)][1]
        return float(np.mean(np.argmax(self._predict(member, held), axis=1) == self.table.y[held]))

    def mean_training_cost(self) -> float:
        """Mean log loss of all members on the rows that they learned from."""
        labels = np.arange(self.table.classes)
        return float(
            np.mean([
                log_loss(self.table.y[member.rows], self._predict(member, member.rows), labels=labels)
                for member in self.members
            ])
        )  # fmt: skip


class Search:
    """A GridSearchCV, from the call to the refitted best network."""

    def __init__(self, name: str, kind: type, network: Any, grid: dict[str, Any], table: Table, threads: int):
        self.name, self.threads, self.table = name, threads, table
        self.kind, self.network, self.grid = kind, network, grid
        self.found: Any = None

    def start(self, **options: Any) -> Callable[[], Any]:
        settings: dict[str, Any] = {"cv": self.table.folds, "n_jobs": self.threads, **options}
        self.found = self.kind(self.network, self.grid, **settings)
        return self._search

    def _search(self) -> None:
        with parallel_config("loky", inner_max_num_threads=1):  # scikit-learn's workers
            self.found.fit(self.table.X, self.table.y)


def searches(table: Table, threads: int) -> tuple[Search, Search]:
    """shoal's and scikit-learn's."""
    same: dict[str, Any] = {
        "batch_size": BATCH, "max_iter": EPOCHS, "tol": 0.0, "n_iter_no_change": 10**9, "random_state": 0
    }  # fmt: skip
    rows = len(table.folds[0][0])
    ours = GRID | {"alpha": [alpha * rows / BATCH for alpha in GRID["alpha"]]}
    return (
        Search("shoal GridSearchCV", shoal.GridSearchCV, shoal.MLPClassifier(**same), ours, table, threads),
        Search("GridSearchCV", GridSearchCV, MLPClassifier(**same), GRID, table, threads),
    )


def race(table: Table, record: Record, options: Options, target: float) -> None:
    """Check, time and write down."""
    found = contestants.engines(options, record)
    _check_fits(table, found, record, options)
    calls = [OneCall(table, name, engine, options.threads) for name, engine in found.items()]
    if options.quick:
        calls = calls[:1]
    ours, theirs = searches(table, options.threads)
    _check_searches(calls, ours, theirs, record)
    products = machine.matrix_products("float64", options.threads)
    everybody = [ours, *calls, theirs]
    seconds = harness.take_turns([*everybody, *products], options.rounds)
    ceiling = machine.highest(products, seconds)
    record.times({each.name: seconds[each.name] for each in everybody}, "for 160 fits")
    record.times({ceiling.name: seconds[ceiling.name]}, "a product")
    record.beside(ours.name, {theirs.name: target})
    operations = sum(_operations(table, member) for member in calls[0].members)
    for contestant in everybody:
        record.share(contestant.name, operations, ceiling)
    record.finish()


def _operations(table: Table, member: Member) -> float:
    rows = member.rows
    return Work(member.network, table.X[rows], table.y[rows], "adam", 1.0, BATCH, EPOCHS).operations


def _check_fits(table: Table, found: dict[str, Engine], record: Record, options: Options) -> None:
    """One fit of each width, without penalty, step for step the same as scikit-learn's."""
    rows = table.folds[0][0]
    first = next(iter(found.values()))
    ways = [partial(ShoalEngine, engine=first, threads=options.threads), partial(Sklearn, threads=1)]
    for hidden in GRID["hidden_layer_sizes"]:
        network = table.network(hidden)
        work = Work(network, table.X[rows], table.y[rows], "adam", 1e-3, BATCH, EPOCHS)
        contestants.check_same_steps(work, found, ways)
        timed = contestants.check_as_timed(work, found, options)
    record.check(f"one fit of each width: scikit-learn's cost after the same steps, to 1e-7; {timed}")


def _check_searches(calls: list[OneCall], ours: Search, theirs: Search, record: Record) -> None:
    """Over all 160 fits, the mean training cost is the same within 10 %, the mean accuracy within 1 %.

    The starts and the orders of the batches differ, so one fit may end elsewhere; their mean does not.
    """
    both = {"scoring": {"cost": "neg_log_loss", "accuracy": "accuracy"}, "return_train_score": True}
    means = {}
    for search in (ours, theirs):
        search.start(**both, refit=False)()
        results = search.found.cv_results_
        means[search.name] = -np.mean(results["mean_train_cost"]), np.mean(results["mean_test_accuracy"])
    for call in calls:
        call.start()()
        means[call.name] = call.mean_training_cost(), np.mean(call.accuracy)
    cost, accuracy = means.pop(theirs.name)
    for name, (own_cost, own_accuracy) in means.items():
        if abs(own_cost - cost) > 0.1 * cost or abs(own_accuracy - accuracy) > 0.01:
            raise SystemExit(f"{name}: {own_cost}, {own_accuracy}; GridSearchCV: {cost}, {accuracy}")
        record.check(
            f"{name}: mean training cost {own_cost:.4f} and accuracy {own_accuracy:.4f} of 160 fits; "
            f"GridSearchCV: {cost:.4f} and {accuracy:.4f} (within 10 % and 0.01: starts and orders differ)"
        )
