"""The fit interface: from a person's arrays to a fitted network, in steps that others can take too.

    examples = prepare(estimator, X, y, sample_weight)      checked, and as an engine wants them
    split = hold_out(estimator, examples, seed)             rows to train on, rows to validate on
    fitting = begin(estimator, examples, split, seed)       a `Run` for each restart
    train(fitting.runs, engine)                             any number of fits in one call
    fitting.end()                                           the estimator's attributes

`fit` and `partial_fit` take these steps for one estimator. A search takes them for thousands, with a single
`train` in the middle, and lets a fit go on with `Fitting.allow`. `state_of` and `restore` are what a file
keeps of a fit.

Invariant: an estimator learns nothing in any other way, so what holds for one `fit` (the same seed gives the
same bits, errors leave no trace) holds for all.
"""

import copy
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring

from shoal.base.errors import DataError, UsageError
from shoal.book.network import averaged
from shoal.engines import get_engine
from shoal.estimators._callbacks import EpochHooks, tell_epochs
from shoal.estimators._inputs import Examples, Split, cast, check_weights, columns, split_rows
from shoal.estimators._predict import last_layer, predicts_as_ours
from shoal.estimators._runs import State, continued, network_of, run_of, seed_of, start
from shoal.estimators._scorers import true_targets, vectorized_scorer
from shoal.training.loop import History, Run, Stopping, train

# --------------------------------------------------------------------------- prepare


def prepare(
    estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, reset: bool = True, classes: Any = None
) -> Examples:
    """What the estimator learns from, checked; its attributes then say what X and y are like.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or LogisticRegression
        Its parameters have been checked.
    X, y, sample_weight : array-like
        As `fit` gets them.
    reset : bool, default=True
        Whether X and y may differ from those of an earlier fit: other columns, other classes.
    classes : array-like, default=None
        All classes that there will ever be, where y may lack some.
    """
    targets = estimator._targets
    X, y = targets.check(estimator, X, y, reset=reset, classes=classes)
    given = None if sample_weight is None else check_weights(sample_weight, X)
    weights = targets.weigh(estimator, y, given, X.dtype)
    Y, output = targets.encode(estimator, y, X.dtype)
    rows = np.arange(X.shape[0]) if weights is None else np.flatnonzero(weights > 0)
    return Examples(X, y, given, columns(X, Y, weights), output, rows)


def on_rows(estimator: Any, whole: Examples, rows: Any) -> Examples:
    """The same examples, of which only these rows are learned from; they are weighed as if they were alone.

    Only weights are copied: a fold is a list of rows of the one table.
    """
    given: Any = None if whole.given is None else whole.given[rows]
    if given is not None and not np.any(given > 0):
        raise DataError("fit.weights_zero")
    weights: Any = estimator._targets.weigh(estimator, whole.y[rows], given, whole.X.dtype)
    if weights is None:
        return whole._replace(rows=rows)
    learned = rows[weights > 0]
    if weights is given:
        return whole._replace(rows=learned)
    v = np.zeros((1, whole.X.shape[0]), dtype=whole.X.dtype)
    v[0, rows] = weights
    return whole._replace(data=whole.data._replace(v=v), rows=learned)


def hold_out(estimator: Any, examples: Examples, seed: int, X_val: Any = None, y_val: Any = None) -> Split:
    """The rows to train on; and X, y and weights to validate on, if there are any."""
    if (X_val is None) != (y_val is None):
        raise UsageError("fit.x_val_alone")
    targets = estimator._targets
    if X_val is not None:
        checked = targets.check(estimator, X_val, y_val, reset=False, symbol="X_val")
        return Split(examples.rows, (*checked, None))
    if not estimator.early_stopping:
        return Split(examples.rows, None)
    groups = targets.groups(examples.y)
    rows, held = split_rows(examples.rows, groups, estimator.validation_fraction, seed)
    given = None if examples.given is None or callable(estimator.scoring) else examples.given[held]
    return Split(rows, (examples.X[held], examples.y[held], given))


# --------------------------------------------------------------------------- begin, go on, end


@dataclass
class Fitting:
    """One fit of one estimator, on its way: a run for each restart.

    The runs may be trained by anybody, alone or beside those of other fits, and as often as wanted: what
    counts is in them. `end` writes down where they stand.
    """

    estimator: Any
    split: Split
    seed: int
    runs: list[Run]
    rows_before: int  # rows that the estimator had seen before this fit

    def allow(self, max_iter: int) -> None:
        """Give the fit so many epochs in all; if it has ended with fewer, it can go on."""
        self.estimator.max_iter = max_iter
        for run in self.runs:
            run.allow(max_iter)

    def tell(self, hooks: EpochHooks | None = None) -> None:
        """From now on, callbacks and a `verbose` estimator hear of each epoch."""
        tell_epochs(self.estimator, self.runs, hooks)

    def train(self, hooks: EpochHooks | None = None) -> None:
        """Train the runs by themselves, and end; Ctrl-C leaves the attributes saying how far it came."""
        self.tell(hooks)
        try:
            train(self.runs, get_engine(self.estimator.engine))
        except BaseException:
            with suppress(Exception):
                self.end()
            raise
        self.end()
        if hooks is not None:
            hooks.close(lambda: {"theta_": self.estimator.theta_.copy()})

    def end(self) -> None:
        """Write down what the runs have come to; raises what went wrong if none of them is of use."""
        estimator, runs = self.estimator, self.runs
        good = [run.error is None and run.epochs_done > 0 for run in runs]  # Ctrl-C: some were not begun
        costs, best = [], 0
        if len(runs) > 1:
            pairs = zip(runs, good, strict=True)
            costs = [self._final_cost(run) if of_use else np.inf for run, of_use in pairs]
            best = min(range(len(runs)), key=lambda k: (not good[k], costs[k]))
        estimator.restart_costs_, estimator.best_restart_ = costs, best
        self._publish(runs[best])
        if estimator.restarts == "average" and sum(good) > 1:
            _average(estimator, [run.theta for run in compress(runs, good)])
        for run in runs:
            if run.error is not None and (not any(good) or run.stopped == "failed"):
                raise run.error

    def _final_cost(self, run: Run) -> float:
        """What restarts are compared by: the mean loss on the validation rows; without any, the cost J."""
        member = run.member
        data, rows, penalties = member.data, member.rows, {"l1": member.l1, "l2": member.l2}
        if self.split.validation is not None:
            X, y, weights = self.split.validation
            Y, _ = self.estimator._targets.encode(self.estimator, y, run.theta.dtype)
            data, rows, penalties = columns(cast("X_val", X, run.theta.dtype), Y, weights), None, {}
        engine = get_engine(self.estimator.engine)
        cost, _ = engine.gradient(member.network, run.theta, data, rows, **penalties)
        return np.inf if np.isnan(cost) else float(cost)

    def _publish(self, run: Run) -> None:
        """The attributes of the estimator say what this run has come to.

        `theta_` is the best epoch's where a score is watched; training goes on from the last one's.
        """
        member = run.member
        state = State(
            member.network, member.optimizer, member.theta, member.slots, member.t, member.epoch, self.seed
        )
        t = self.rows_before + run.epochs_done * len(member.rows)
        restore(self.estimator, state, run.history, t=t, stopped=run.stopped or "interrupted")
        self.estimator.theta_ = run.theta


def begin(estimator: Any, examples: Examples, split: Split, seed: int, *, continues: bool = False) -> Fitting:
    """Begin a fit, or with `continues` go on with the last one; the attributes show its first run."""
    if estimator.warm_start and estimator.n_restarts > 1:
        raise UsageError("fit.restarts_continue")
    network = network_of(estimator, examples.X.shape[1], len(examples.data.Y), examples.output)
    dtype = examples.X.dtype
    runs = []
    for k in range(estimator.n_restarts):
        if continues:
            state = continued(estimator, state_of(estimator), network, dtype)
        else:
            state = start(estimator, network, seed + k, dtype)
        run = run_of(estimator, state, examples.data, split.rows, seed + k)
        if continues:
            run.history = copy.deepcopy(estimator.history_)
        if split.validation is not None:
            run.score = _validation_score(estimator, run, *split.validation)
        runs.append(run)
    _show(estimator, runs[0])
    return Fitting(estimator, split, seed, runs, estimator.t_ if continues else 0)


def one_more_epoch(estimator: Any, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
    """Train one more epoch, over these rows: `partial_fit`."""
    if estimator.early_stopping:
        raise UsageError("fit.partial_early")
    continues = is_begun(estimator)
    examples = prepare(estimator, X, y, sample_weight, reset=not continues, classes=classes)
    seed = state_of(estimator).seed if continues else seed_of(estimator.random_state)
    fitting = begin(estimator, examples, Split(examples.rows, None), seed, continues=continues)
    (run,) = fitting.runs
    run.stopping = Stopping(max_epochs=1, patience=np.inf)
    run.schedule_begins = run.member.epoch
    if estimator.learning_rate == "cosine":  # which ends: begin anew, as its authors' warm restarts do
        run.schedule_begins %= estimator.max_iter
    fitting.train()


# --------------------------------------------------------------------------- where a fit stands


def is_begun(estimator: Any) -> bool:
    """Whether there is a fit that can go on."""
    return hasattr(estimator, "_state")


def state_of(estimator: Any) -> State:
    """Where training stands: what `begin` goes on from, and what a file may keep."""
    state: State = estimator._state
    return state


def restore(estimator: Any, state: State, history: History, *, t: int, stopped: str) -> None:
    """Put a fit back to where it stood; `t` is the number of rows that it has seen."""
    estimator._state = state
    estimator.network_, estimator.theta_, estimator.history_ = state.network, state.theta, history
    estimator.n_iter_, estimator.t_, estimator.stopped_ = state.epoch, t, stopped


def _show(estimator: Any, run: Run) -> None:
    """The attributes show the network of a run as it is now: theta is shared, and training changes it."""
    estimator.network_, estimator.theta_, estimator.history_ = (
        run.member.network,
        run.member.theta,
        run.history,
    )


def _average(estimator: Any, thetas: list[Any]) -> None:
    """The estimator's network becomes the average of several: one wider network."""
    estimator.network_, estimator.theta_ = averaged(estimator.network_, thetas)
    estimator._state = estimator._state._replace(
        network=estimator.network_, theta=estimator.theta_, slots=None
    )


def _validation_score(estimator: Any, run: Run, X: Any, y: Any, weights: Any) -> Callable[[], float]:
    """A function that scores the network as it is at the moment, on the validation rows.

    The usual scores are vectorized; any other asks scikit-learn's scorer, and so does a score that is NaN.
    """
    scorer = check_scoring(estimator, scoring=estimator.scoring)
    watched = copy.copy(estimator)
    _show(watched, run)
    watched.__dict__.pop("feature_names_in_", None)  # the rows were checked, and are arrays by now
    named = {} if weights is None else {"sample_weight": weights}

    def ask() -> float:
        return float(scorer(watched, X, y, **named))

    twin = vectorized_scorer(scorer, estimator) if predicts_as_ours(estimator) else None
    classes = getattr(estimator, "classes_", None)
    truth = (
        None if twin is None else true_targets(y, weights, output=run.member.network.output, classes=classes)
    )
    if twin is None or truth is None:
        return ask
    X_columns = cast("X_val", X, run.member.theta.dtype).T

    def score() -> float:
        value = float(twin(last_layer(watched, twin.wants, X_columns)[None], truth)[0])
        return ask() if np.isnan(value) else value

    return score
