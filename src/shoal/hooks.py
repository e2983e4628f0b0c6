"""scikit-learn's callback protocol (1.9), once an epoch; and the lines that ``verbose`` prints."""

from collections.abc import Callable
from typing import Any

from shoal.messages import text
from shoal.training import Run


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
        self.context = estimator._init_callback_context(max_subtasks=max_epochs)
        self.context.call_on_fit_task_begin(**self.arguments)

    @property
    def wanted(self) -> bool:
        """Whether anybody listens: without callbacks, epochs need not come one by one."""
        return bool(getattr(self.estimator, "_skl_callbacks", []))

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
