"""scikit-learn's callback protocol (1.9), once an epoch; and the lines that ``verbose`` prints."""

from collections.abc import Callable, Sequence
from typing import Any

from shoal.base.texts import text
from shoal.estimators._sklearn import callback_context, has_callbacks
from shoal.training.loop import Run


class EpochHooks:
    """Tells the callbacks of an estimator when each epoch begins and ends.

    A callback sees, if it asks for it, an estimator that is ready to predict as if training ended now.
    One that returns True from ``on_fit_task_end`` stops the training after that epoch.
    """

    def __init__(
        self, estimator: Any, X: Any, y: Any, metadata: dict[str, Any], max_epochs: int | None
    ) -> None:
        self.estimator = estimator
        self.arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.context = callback_context(estimator, max_epochs)
        self.context.call_on_fit_task_begin(**self.arguments)

    @property
    def wanted(self) -> bool:
        """Whether anybody listens: without callbacks, epochs need not come one by one."""
        return has_callbacks(self.estimator)

    def begin(self) -> Any:
        """An epoch begins; what is returned, `end` wants to see again."""
        return self.context.subcontext(task_name="epoch").call_on_fit_task_begin(**self.arguments)

    def end(self, epoch: Any, fitted: Callable[[], dict[str, Any]] | None) -> bool:
        """The epoch ends; whether a callback asks to stop. `fitted` gives the attributes to predict with."""
        return bool(epoch.call_on_fit_task_end(**self.arguments, reconstruction_attributes=fitted))

    def close(self, fitted: Callable[[], dict[str, Any]]) -> None:
        """The fit ends."""
        self.context.call_on_fit_task_end(**self.arguments, reconstruction_attributes=fitted)


def epoch_line(run: Run) -> str:
    """What ``verbose`` says of the last epoch."""
    line = text("fit.iteration", epoch=run.member.epoch, cost=run.history.cost[-1])
    if run.history.score:
        line += text("fit.validation_score", score=run.history.score[-1])
    return line


def tell_epochs(estimator: Any, runs: Sequence[Run], hooks: EpochHooks | None) -> None:
    """Have the runs tell callbacks, and who asked for words, of each epoch."""
    if hooks is not None and not hooks.wanted:
        hooks = None
    for run in runs if hooks is not None or estimator.verbose else ():
        run.after_epoch = _epoch_teller(estimator, run, hooks)


def _epoch_teller(estimator: Any, run: Run, hooks: EpochHooks | None) -> Callable[[], bool]:
    epoch = hooks.begin() if hooks is not None else None

    def after_epoch() -> bool:
        nonlocal epoch
        if estimator.verbose:
            print(epoch_line(run))
        if hooks is None:
            return False
        asked = hooks.end(epoch, lambda: {"theta_": run.member.theta.copy()})
        if not asked and run.stopped is None and run.epochs_left:
            epoch = hooks.begin()
        return asked

    return after_epoch
