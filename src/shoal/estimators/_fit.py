"""The fit interface: the steps from a user's arrays to a fitted network, which other modules can take too.

    examples = prepare(estimator, X, y, sample_weight)      _inputs: checked, and as an engine wants them
    split = hold_out(estimator, examples, seed)             _inputs: rows to train on, rows to validate on
    fitting = begin(estimator, examples, split, seed)       a `Run` for each restart
    train(fitting.runs, engine)                             any number of fits in one call
    fitting.end()                                           the estimator's attributes

`BaseMLP.fit` (in `_base`) and `one_more_epoch` (below, for `partial_fit`) take these steps for one estimator.
A search takes them for thousands of estimators, with a single `train` in the middle, and lets a fit go on
with `Fitting.allow`. A model file keeps `state_of` an estimator, and `restore` gives it back. `Fitting` says
what always holds.

No step here touches an estimator's parameters, except that `allow` sets `max_iter`. A step that raises may
leave attributes half written; `_predict.unchanged_if_it_fails` undoes that for the public methods.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import check_scoring

from shoal.base.errors import UsageError, warn
from shoal.base.texts import text
from shoal.book.equations import OUTPUTS
from shoal.book.network import averaged
from shoal.engines import get_engine
from shoal.estimators import _metrics as metrics
from shoal.estimators._callbacks import EpochCallbacks, report_epochs
from shoal.estimators._inputs import Array, Examples, Split, Validation, cast, columns, prepare
from shoal.estimators._parameters import check_parameters
from shoal.estimators._predict import last_layer, predicts_as_ours, unchanged_if_it_fails
from shoal.estimators._runs import State, continued, network_of, run_of, seed_of, show, start
from shoal.estimators._scorers import says_nothing, true_targets, vectorized_scorer
from shoal.training.ending import Ending, ending_of
from shoal.training.loop import History, Run, Stopping, train

if TYPE_CHECKING:
    from shoal.estimators._trainable import Trainable

Score = Callable[[], float]

# --------------------------------------------------------------------------- begin, go on, end


@dataclass
class Fitting:
    """A fit of one estimator that has begun: a run for each restart. `begin` makes it.

    Its runs may be trained by `train` here, or by `training.train` beside the runs of other fits, and as
    often as wanted. `end` then writes the estimator's attributes; it may be called again after more training.

    Three invariants:

    - Every MLP is trained in this way, so what holds for one `fit` holds for all. (A `LogisticRegression`
      only uses `prepare`, and is then solved to its minimum.)
    - A fit ends with the same bits whichever fits are trained beside it, and however often `train` is called.
    - What decides how training goes on is plain data in public fields: here `seed` and `rows_before`; in each
      run its history, counters, best parameters and the memory of L-BFGS; in the run's member theta, slots, t
      and epoch. A checkpoint keeps these. Two fields of a run are functions instead: `begin` makes `score`
      again, and `tell` makes `after_epoch` again. `prepare`, `hold_out` and `begin` return equal results for
      equal arguments.
    """

    estimator: Trainable
    split: Split
    seed: int  # of the first run; run k has seed + k
    runs: list[Run]
    rows_before: int  # rows that the estimator had seen before this fit

    def allow(self, max_iter: int) -> None:
        """Give the fit `max_iter` epochs in all, counted from its beginning.

        A fit that ended because its epochs were used up goes on with the next `train`. It ends with the bits
        of a fit that had so many epochs from the start, with one exception: the learning rates are those of
        the schedule that `begin` made (a cosine schedule falls to zero at the `max_iter` of that time). A fit
        that ended for another reason stays ended.
        """
        self.estimator.max_iter = max_iter
        for run in self.runs:
            run.allow(max_iter)

    def tell(self, callbacks: EpochCallbacks | None = None) -> None:
        """From now on, call the callbacks after each epoch, and print a line if the estimator is verbose."""
        report_epochs(self.estimator, self.runs, callbacks)

    def train(self, callbacks: EpochCallbacks | None = None) -> None:
        """Train the runs, with no other fit beside them, and `end`.

        Raises
        ------
        KeyboardInterrupt
            Ctrl-C; the attributes then say how far the fit came.
        Exception
            As `end` does.
        """
        self.tell(callbacks)
        try:
            train(self.runs, get_engine(self.estimator.engine))
        except BaseException:
            with suppress(Exception):
                self.end()
            raise
        self.end()
        if callbacks is not None:
            callbacks.end_fit(lambda: {"theta_": self.estimator.theta_.copy()})

    def end(self) -> None:
        """Write what the runs have found into the estimator's attributes: the best of them, or their average.

        Raises
        ------
        DivergedError
            If the cost of every run stopped being finite; some diverged restarts are left out.
        Exception
            The one that a scorer or a callback raised, in whichever run.
        """
        estimator, runs = self.estimator, self.runs
        good = [run.error is None and run.epochs_done > 0 for run in runs]  # after Ctrl-C some have not begun
        costs: list[float] = []
        best = 0
        if len(runs) > 1:
            pairs = zip(runs, good, strict=True)
            costs = [self._final_cost(run) if is_good else np.inf for run, is_good in pairs]
            best = min(range(len(runs)), key=lambda k: (not good[k], costs[k]))
        estimator.restart_costs_, estimator.best_restart_ = costs, best
        self._publish(runs[best])
        if estimator.restarts == "average" and sum(good) > 1:
            _average(estimator, [run.theta for run in compress(runs, good)])
        for run in runs:
            if run.error is not None and (not any(good) or run.stopped == "failed"):
                raise run.error

    def _final_cost(self, run: Run) -> float:
        """The number that restarts are compared by: the mean loss on the validation rows; without any, J."""
        member, theta, engine = run.member, run.theta, get_engine(self.estimator.engine)
        if self.split.validation is None:
            J, _ = engine.gradient(
                member.network, theta, member.data, member.rows, l1=member.l1, l2=member.l2
            )
        else:
            X, y, weights = self.split.validation
            Y, _ = self.estimator._targets.encode(self.estimator, y, theta.dtype)
            J, _ = engine.gradient(member.network, theta, columns(cast("X_val", X, theta.dtype), Y, weights))
        return np.inf if np.isnan(J) else float(J)

    def _publish(self, run: Run) -> None:
        """Write one run into the estimator's attributes.

        Where a score is watched, `theta_` is that of the best epoch. Training goes on from the last epoch,
        which is in the state.
        """
        member = run.member
        state = State(
            member.network,
            member.optimizer,
            member.theta,
            member.slots,
            member.t,
            member.epoch,
            self.seed,
            run.memory,
        )
        rows_seen = self.rows_before + run.epochs_done * len(member.rows)
        ending, epochs = ending_of(run), run.epochs_done
        restore(self.estimator, state, run.history, rows_seen=rows_seen, ending=ending, last_fit=epochs)
        self.estimator.theta_ = run.theta


def begin(
    estimator: Trainable, examples: Examples, split: Split, seed: int, *, continues: bool = False
) -> Fitting:
    """Begin a fit, or with `continues` go on from `state_of` the estimator.

    Until `end`, the estimator's attributes show the network of the first run as it is being trained.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Its parameters have been checked.
    examples, split : Examples, Split
        From `prepare` (or `on_rows`) and `hold_out`.
    seed : int
        Of the first weights, the order of rows and dropout; restart k has seed + k.
    continues : bool, default=False
        Go on with the fit that the estimator has (`is_begun`): its weights, the optimiser's memory, history.

    Returns
    -------
    fitting : Fitting

    Raises
    ------
    UsageError
        If parameters contradict each other, or do not fit the state that is to be continued.
    """
    if (continues or estimator.warm_start) and estimator.n_restarts > 1:
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
            run.score = _validation_score(estimator, run, split.validation, tell=k == 0)
        runs.append(run)
    show(estimator, runs[0])
    return Fitting(estimator, split, seed, runs, estimator.t_ if continues else 0)


def _validation_score(estimator: Trainable, run: Run, validation: Validation, tell: bool) -> Score:
    """A function that scores the run's network, as it is when it is called, on the validation rows.

    It is vectorized where scikit-learn's scorer has such a form. Any other scorer is called as it is, and so
    is every scorer when the vectorized score is NaN.

    Early stopping needs a score that says something. Where there is none (R² of equal numbers, a single
    class, NaN in the first epoch), it is minus the mean loss, and a warning says so, for one of the restarts.
    """
    X, y, weights = validation
    scorer = check_scoring(estimator, scoring=estimator.scoring)
    scored = copy.copy(estimator)
    show(scored, run)
    vars(scored).pop("feature_names_in_", None)  # the rows are checked arrays by now, without names
    named = {} if weights is None else {"sample_weight": weights}

    def call_scorer() -> float:
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that diverges: the cost tells it
            return float(scorer(scored, X, y, **named))

    vectorized = vectorized_scorer(scorer, estimator) if predicts_as_ours(estimator) else None
    classes = getattr(estimator, "classes_", None)
    true = None
    if vectorized is not None:
        true = true_targets(y, weights, output=run.member.network.output, classes=classes)
    if vectorized is None or true is None:
        score: Score = call_scorer
    else:
        X_columns = cast("X_val", X, run.member.theta.dtype).T

        def score() -> float:
            value = float(vectorized(last_layer(scored, vectorized.wants, X_columns)[None], true)[0])
            return call_scorer() if np.isnan(value) else value

    if not estimator.early_stopping:
        return score
    if vectorized is not None and true is not None and says_nothing(vectorized, true):
        if tell and vectorized.metric is not metrics.neg_log_loss:  # which is minus the loss wherever it is
            warn(text("fit.watches_loss"), UserWarning)
        return _minus_loss(scored, validation)
    # not of the run: it holds its score, and so would not be gone with all its data when nobody needs it
    return _or_loss(score, lambda: _minus_loss(scored, validation), tell)


def _minus_loss(scored: Any, validation: Validation) -> Score:
    """A function that returns minus the mean loss on the validation rows, without penalties."""
    X, y, weights = validation
    dtype, output = scored.theta_.dtype, scored.network_.output
    X_columns, (Y, _) = cast("X_val", X, dtype).T, scored._targets.encode(scored, y, dtype)

    def loss() -> float:
        losses = OUTPUTS[output].loss(last_layer(scored, "Z", X_columns), Y)
        return -float(np.average(losses[0], weights=weights))

    return loss


def _or_loss(score: Score, make_loss: Callable[[], Score], tell: bool) -> Score:
    """The score, unless it is NaN in the first epoch: then the loss, made only then, from there on."""
    chosen: list[Score] = []

    def first_or_chosen() -> float:
        if chosen:
            return chosen[0]()
        with warnings.catch_warnings(record=True) as said:  # scikit-learn's, of a score that is not used
            warnings.simplefilter("always")
            value = score()
        chosen.append(make_loss() if np.isnan(value) else score)
        if np.isnan(value):
            if tell:
                warn(text("fit.watches_loss"), UserWarning)
            return chosen[0]()
        for each in said:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        return value

    return first_or_chosen


def one_more_epoch(
    estimator: Trainable, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
) -> None:
    """Train one more epoch, over these rows only: `partial_fit`, which documents the arguments.

    The learning rate is that of the next epoch of the schedule. A cosine schedule that has ended begins
    again, as in its authors' warm restarts.
    """
    check_parameters(estimator)
    if estimator.early_stopping:
        raise UsageError("fit.partial_early")
    with unchanged_if_it_fails(estimator):
        continues = is_begun(estimator)
        examples = prepare(estimator, X, y, sample_weight, reset=not continues, classes=classes)
        seed = state_of(estimator).seed if continues else seed_of(estimator.random_state)
        vars(estimator).pop("recording_", None)  # it would end before the model does
        fitting = begin(estimator, examples, Split(examples.rows, None), seed, continues=continues)
        (run,) = fitting.runs
        run.stopping, run.own_rows = Stopping(max_epochs=1, patience=np.inf), True
        run.schedule_begins = run.member.epoch
        if estimator.learning_rate == "cosine":
            run.schedule_begins %= estimator.max_iter
        fitting.train()


# --------------------------------------------------------------------------- where a fit stands


def is_begun(estimator: Trainable) -> bool:
    """Whether the estimator has a fit that can go on."""
    return hasattr(estimator, "_state")


def state_of(estimator: Trainable) -> State:
    """Where the last fit stands: what `begin` goes on from.

    Raises
    ------
    AttributeError
        If there is none: see `is_begun`.
    """
    return estimator._state


def restore(
    estimator: Trainable, state: State, history: History, *, rows_seen: int, ending: Ending, last_fit: int
) -> None:
    """Give an estimator a fit that stands at `state`; the inverse of `state_of`.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        `theta_` becomes the state's theta. Where the best epoch was kept, the caller sets it afterwards.
    state : State
        The arrays are not copied.
    history : History
        An entry for each of the `state.epoch` epochs.
    rows_seen : int
        What `t_` becomes: rows count once in each epoch.
    ending : Ending
        Why it ended.
    last_fit : int
        How many of the epochs belong to the last `fit` or `partial_fit`: `n_iter_`.
    """
    estimator._state = state
    estimator.network_, estimator.theta_, estimator.history_ = state.network, state.theta, history
    estimator.n_iter_, estimator.t_, estimator.ending_ = last_fit, rows_seen, ending


def _average(estimator: Trainable, thetas: list[Array]) -> None:
    """Make the estimator's network the average of several: one wider network."""
    estimator.network_, estimator.theta_ = averaged(estimator.network_, thetas)
    estimator._state = estimator._state._replace(
        network=estimator.network_, theta=estimator.theta_, slots=None, memory=None
    )
