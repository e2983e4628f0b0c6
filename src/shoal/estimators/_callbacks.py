"""What happens after each epoch: scikit-learn's callbacks (1.9) are called, and ``verbose`` prints a line."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shoal.base.texts import text
from shoal.estimators._sklearn import callback_context, has_callbacks
from shoal.training.loop import Run


class EpochCallbacks:
    """Calls the callbacks of an estimator when its fit and each epoch begin and end.

    A callback may ask for an estimator that predicts as if training ended now. A callback that returns True
    from ``on_fit_task_end`` stops the training after that epoch.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or LogisticRegression
        It is inside a `fit` that scikit-learn's ``with_callbacks`` decorates.
    X, y : array-like
        As the fit checked them.
    sample_weight : array-like or None
        As `fit` got it.
    max_epochs : int or None
        How many epochs there may be; None if this is not known.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any, max_epochs: int | None) -> None:
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator = estimator
        self._arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._context = callback_context(estimator, max_epochs)
        self._context.call_on_fit_task_begin(**self._arguments)

    @property
    def registered(self) -> bool:
        """Whether the estimator has callbacks; without them an engine may train many epochs in one call."""
        return has_callbacks(self.estimator)

    def begin_epoch(self) -> Any:
        """Say that an epoch begins; returns its context, for `end_epoch`."""
        return self._context.subcontext(task_name="epoch").call_on_fit_task_begin(**self._arguments)

    def end_epoch(self, epoch: Any, fitted: Callable[[], Mapping[str, Any]]) -> bool:
        """Say that the epoch ends; returns whether a callback asks to stop.

        `fitted` returns the attributes that an estimator needs in order to predict as it would now.
        """
        return bool(epoch.call_on_fit_task_end(**self._arguments, reconstruction_attributes=fitted))

    def end_fit(self, fitted: Callable[[], Mapping[str, Any]]) -> None:
        """Say that the fit ends; `fitted` is as in `end_epoch`."""
        self._context.call_on_fit_task_end(**self._arguments, reconstruction_attributes=fitted)


def report_epochs(estimator: Any, runs: Sequence[Run], callbacks: EpochCallbacks | None) -> None:
    """After each epoch of these runs, call the callbacks, and print a line if the estimator is verbose."""
    if callbacks is not None and not callbacks.registered:
        callbacks = None
    for run in runs if callbacks is not None or estimator.verbose else ():
        run.after_epoch = _reporter(estimator, run, callbacks)


def _reporter(estimator: Any, run: Run, callbacks: EpochCallbacks | None) -> Callable[[], bool]:
    """A function for `Run.after_epoch`, which returns whether the run must stop."""
    epoch = callbacks.begin_epoch() if callbacks is not None else None

    def after_epoch() -> bool:
        nonlocal epoch
        if estimator.verbose:
            print(_line(run))
        if callbacks is None:
            return False
        stop = callbacks.end_epoch(epoch, lambda: {"theta_": run.member.theta.copy()})
        if not stop and run.stopped is None and run.epochs_left:
            epoch = callbacks.begin_epoch()
        return stop

    return after_epoch


def _line(run: Run) -> str:
    """What ``verbose`` prints after an epoch."""
    line = text("fit.iteration", epoch=run.member.epoch, cost=run.history.cost[-1])
    if run.history.score:
        line += text("fit.validation_score", score=run.history.score[-1])
    return line
