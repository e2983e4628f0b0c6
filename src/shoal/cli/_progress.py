"""A bar on stderr while a network trains: epoch, cost, validation, time left. Only at a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shoal.messages import text


@contextmanager
def progress() -> Iterator[list[Any]]:
    """Give the callbacks for `fit`: a bar that is gone when the block ends, or none."""
    if not sys.stderr.isatty():
        yield []
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield [EpochBar(bar)]


class EpochBar:
    """A scikit-learn callback that moves a bar of rich by one at the end of each epoch."""

    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def setup(self, estimator: Any, context: Any) -> None:
        """Show an empty bar; the number of epochs is the most there may be."""
        self.task = self.bar.add_task(text("training.epoch", epoch=0), total=context.max_subtasks)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Nothing to show before an epoch."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Advance; never ask for a stop."""
        if context.parent is not None:
            self.bar.update(self.task, advance=1, description=describe_epoch(context.task_id + 1, estimator))
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """The bar ends with the block that opened it."""


def describe_epoch(epoch: int, estimator: Any) -> str:
    """The epoch's number, and its cost and validation score if the history knows them."""
    words = [text("training.epoch", epoch=epoch)]
    if estimator.history_.cost:
        words.append(text("training.cost", cost=estimator.history_.cost[-1]))
    if estimator.history_.score:
        words.append(text("training.validation", score=estimator.history_.score[-1]))
    return "  ".join(words)
