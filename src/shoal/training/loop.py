"""The loop: epochs, history, when to stop, what to keep. An engine does the steps; the loop decides.

A `Run` is a member of the population with its schedule, its rules for stopping and its history. `train`
takes many of them at once; a single fit is a population of one.

Invariant: everything that the next epoch depends on is in the run. So a run that was interrupted goes on when
`train` is called again, and a run that has used up its epochs goes on after `Run.allow`. The member always
stands at the last epoch; `Run.theta` is what the run found best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from scipy.linalg.blas import dnrm2

from shoal.base.errors import DivergedError
from shoal.book.optimizers import Schedule
from shoal.engines._blas import deterministic
from shoal.engines.base import Engine, Member
from shoal.training._lbfgs import Cost, Memory, iterate


@dataclass(frozen=True)
class Stopping:
    """When a run stops. The defaults are scikit-learn's.

    Parameters
    ----------
    max_epochs : int, default=200
        The largest number of epochs.
    tol : float, default=1e-4
        An epoch improves if the watched number gets better by at least this much.
    patience : float, default=10
        The run stops once more than so many epochs in a row have not improved.
    watch : {"cost", "score"}, default="cost"
        What is watched: the training cost (lower is better), or the score on the validation rows (higher is
        better). The latter is early stopping, which ends with the parameters of the best epoch.
    lower_rate : bool, default=False
        Divide the learning rate by five instead of stopping, until it is below 1e-6. scikit-learn calls this
        schedule adaptive.
    """

    max_epochs: int = 200
    tol: float = 1e-4
    patience: float = 10
    watch: str = "cost"
    lower_rate: bool = False


@dataclass
class History:
    """One entry for each epoch; `score` is empty without validation rows.

    The cost is the mean of the batches' J, each before its update, and the gradient norm the mean of the
    batches' norms before clipping. With L-BFGS an epoch is an iteration, with a learning rate of 1.
    """

    cost: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    score: list[float] = field(default_factory=list)

    def __repr__(self) -> str:
        """How long the lists are, and the first and last number of each."""
        parts = [f"{len(self.cost)} epochs"]
        for each in fields(self):
            if numbers := getattr(self, each.name):
                parts.append(f"{each.name}: {numbers[0]:.4g} ... {numbers[-1]:.4g}")
        return f"<History {', '.join(parts)}>"


@dataclass
class Run:
    """A member, how it is trained, and how far it has come."""

    member: Member
    schedule: Schedule = field(default_factory=Schedule)
    stopping: Stopping = field(default_factory=Stopping)
    lbfgs_evaluations: int | None = None  # not None: L-BFGS, with at most so many evaluations of J
    score: Callable[[], float] | None = None  # returns the score of the member as it is now
    after_epoch: Callable[[], bool] | None = None  # called after each epoch; True stops the run
    snapshot: Callable[[], None] | None = None  # called after each epoch, to keep a copy of the member
    history: History = field(default_factory=History)
    memory: Memory | None = None  # of L-BFGS, at the border of an iteration; None: empty
    evaluations: int = 0  # of J by L-BFGS, in this run
    epochs_done: int = 0  # in this run; the history may begin before it
    own_rows: bool = False  # one epoch over rows of its own: the history before it is of others
    schedule_begins: int = 0  # the schedule's epoch when epochs_done is 0
    best_value: float = np.inf  # of the watched number; a score counts as its negative
    best_theta: Any = None  # of the epoch with the best score; None without early stopping
    waited: int = 0  # epochs in a row without improvement
    rate_factor: float = 1.0  # what lower_rate has made of the learning rate
    stopped: str | None = None  # one of `ending.RULES`; what it means, `ending.ending_of` decides
    error: Exception | None = None  # a DivergedError, or what `score` or `after_epoch` raised

    @property
    def epochs_left(self) -> int:
        """How many epochs the run may still have."""
        return max(0, self.stopping.max_epochs - self.epochs_done)

    @property
    def theta(self) -> Any:
        """The parameters that the run found: of the best epoch if it watches a score, or of the last."""
        return self.member.theta if self.best_theta is None else self.best_theta

    def allow(self, max_epochs: int) -> None:
        """Give the run `max_epochs` epochs in all.

        If it stopped because its epochs were used up, the next `train` goes on from there. A run that stopped
        for another reason stays stopped.
        """
        self.stopping = replace(self.stopping, max_epochs=max_epochs)
        if self.stopped == "max_epochs" and self.epochs_left:
            self.stopped = None


def train(runs: Sequence[Run], engine: Engine) -> None:
    """Train every run until it stops; `ending_of` says why, and `run.error` what went wrong.

    A run ends with the same bits whichever runs are trained beside it. An error of one run stops that run
    only, and is not raised here.

    Parameters
    ----------
    runs : sequence of Run
        They are changed in place. Runs that have stopped are left as they are.
    engine : Engine
        What computes the epochs.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C. All runs then stand at the border of an epoch, with complete histories, and can go on.
    """
    for run in runs:
        if run.lbfgs_evaluations is not None and run.stopped is None:
            _minimize(run, engine, run.lbfgs_evaluations)
    while active := [run for run in runs if _is_active(run)]:
        rates = [_next_rates(run) for run in active]
        results = engine.epochs([run.member for run in active], rates)
        for run, run_rates, result in zip(active, rates, results, strict=True):
            _record(run, run_rates, result.cost, result.gradient_norm)
        for run, result in zip(
            active, results, strict=True
        ):  # all histories are complete if Ctrl-C comes here
            if run.stopped is None and len(result.cost):
                _judge_epochs(run, len(result.cost))
        if any(result.interrupted for result in results):
            raise KeyboardInterrupt


def _is_active(run: Run) -> bool:
    """Whether the run goes on; a run without epochs left stops."""
    if run.stopped is None and run.epochs_left == 0:
        run.stopped = "one_epoch" if run.own_rows else "max_epochs"
    return run.stopped is None


def _next_rates(run: Run) -> list[float]:
    """The learning rates of the next engine call, one for each of its epochs.

    It has one epoch if something comes after each: a score or a callback, which can stop the run, or a
    snapshot. Otherwise it has all epochs that are left, but not more than must pass before the run can stop
    for lack of progress.
    """
    patience_left = run.stopping.patience + 1 - run.waited
    watched = any(hook is not None for hook in (run.score, run.after_epoch, run.snapshot))
    epochs = 1 if watched else int(max(1, min(run.epochs_left, patience_left)))
    m = len(run.member.rows)
    begin = run.schedule_begins + run.epochs_done
    return [run.rate_factor * rate for rate in run.schedule.over(begin, epochs, m)]


def _record(run: Run, rates: Sequence[float], costs: Any, norms: Any) -> None:
    """Append the epochs to the history; a cost that is not finite stops the run."""
    costs = [float(cost) for cost in costs]
    run.epochs_done += len(costs)
    run.history.cost.extend(costs)
    run.history.learning_rate.extend(rates[: len(costs)])
    run.history.gradient_norm.extend(float(length) for length in norms)
    if costs and not np.isfinite(costs[-1]):
        run.stopped, run.error = "diverged", _diverged(run, rates[len(costs) - 1])


def _judge_epochs(run: Run, epochs: int = 1, *, watching: bool = True) -> None:
    """Score the epoch, watch for progress, call `after_epoch`; an error there stops this run only.

    These are several epochs only where there is no score, no snapshot and no `after_epoch`.
    """
    try:
        if run.snapshot is not None:
            run.snapshot()
        if run.score is not None:
            run.history.score.append(float(run.score()))
        if watching:
            _watch(run, epochs)
        if run.after_epoch is not None and run.after_epoch() and run.stopped is None:
            run.stopped = "asked"
    except Exception as error:
        run.stopped, run.error = "failed", error


def _watch(run: Run, epochs: int) -> None:
    """Count the epochs without improvement; when there are too many, stop, or lower the learning rate."""
    early = run.stopping.watch == "score"
    values = [-run.history.score[-1]] if early else run.history.cost[-epochs:]
    for value in values:
        run.waited = 0 if value <= run.best_value - run.stopping.tol else run.waited + 1
        if value < run.best_value:
            run.best_value = value
            if early:
                run.best_theta = run.member.theta.copy()
    if run.waited > run.stopping.patience:
        rate = run.history.learning_rate[-1]
        if run.stopping.lower_rate and rate > 1e-6:
            run.rate_factor, run.waited = run.rate_factor / 5, 0
        else:
            run.stopped = "no_change"


def _diverged(run: Run, rate: float) -> DivergedError:
    epoch, cost = run.member.epoch, run.history.cost[-1]
    return DivergedError("core.diverged", epoch=epoch, cost=cost, rate=f"{rate:g}", less=f"{rate / 10:g}")


# --------------------------------------------------------------------------- L-BFGS, all rows at once


@deterministic
def _minimize(run: Run, engine: Engine, max_evaluations: int) -> None:
    """Minimise J over all of the member's rows with L-BFGS; an iteration is an epoch.

    It stops when no part of the gradient is larger than `tol`, or by early stopping, or when asked to; each
    time between two iterations, so the evaluations of the last one may go beyond `max_evaluations`.
    """
    calls = 0

    def cost(x: Any) -> tuple[float, Any]:
        nonlocal calls
        calls += 1
        return _cost_and_slope(run.member, engine, x)

    at = run.memory = _memory_of(run, cost)
    run.evaluations = max(run.evaluations, 1)  # to be sure that the memory still holds costs none
    while run.stopped is None:
        ended = _reason(run, at, max_evaluations)
        if ended is None:
            calls = 0
            following = iterate(cost, at)
            if following is not None:
                at = following
                _take(run, at, calls)
                continue
        if run.epochs_done == 0:  # the start is the minimum already, or J is not finite there
            _take(run, at)
        run.stopped = run.stopped or ended or "no_change"


def _memory_of(run: Run, cost: Cost) -> Memory:
    """The memory of L-BFGS; an empty one where J or theta is another than when it was kept.

    So new rows, weights, penalties or parameters are never met with the curvature of the old ones.
    """
    member, kept = run.member, run.memory
    here = kept is not None and np.array_equal(kept.x.astype(member.theta.dtype), member.theta)
    if kept is not None and here and kept.holds(*cost(kept.x)):
        return kept
    x = member.theta.astype(np.float64)
    return Memory(x, *cost(x))


def _cost_and_slope(member: Member, engine: Engine, x: Any) -> tuple[float, Any]:
    """J and dJ/dtheta, in float64; J is infinite where the gradient is not finite."""
    theta = x.astype(member.theta.dtype)
    J, dtheta = engine.gradient(member.network, theta, member.data, member.rows, l1=member.l1, l2=member.l2)
    slope = dtheta.astype(np.float64)
    return float(J) if np.isfinite(slope).all() else np.inf, slope


def _take(run: Run, at: Memory, evaluations: int = 0) -> None:
    """Move the member to where an iteration has come, and count it; all of it, or after Ctrl-C nothing."""
    member, before = run.member, {**vars(run)}
    epoch, entries, length = member.epoch, len(run.history.cost), float(dnrm2(at.slope))
    try:
        run.memory = at
        member.theta[...] = at.x
        member.epoch += 1
        run.evaluations += evaluations
        _record(run, [1.0], [at.J], [length])
    except KeyboardInterrupt:
        vars(run).update(before)
        member.theta[...], member.epoch = before["memory"].x, epoch
        for curve in vars(run.history).values():
            del curve[entries:]
        raise
    if run.stopped is None:
        _judge_epochs(run, watching=run.stopping.watch == "score")


def _reason(run: Run, at: Memory, max_evaluations: int) -> str | None:
    """Why L-BFGS ends before its next iteration; None if it goes on."""
    if not np.isfinite(at.J) or at.is_minimum(run.stopping.tol):
        return "no_change"
    if run.epochs_left == 0:
        return "max_epochs"
    return "max_evaluations" if run.epochs_done and run.evaluations >= max_evaluations else None
