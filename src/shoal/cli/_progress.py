"""A bar on stderr while networks train: how far, how good, time left. Only at a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shoal.base.texts import text


@contextmanager
def progress() -> Iterator[list[Any]]:
    """Give the callbacks for `fit`: a bar that is gone when the block ends, or none."""
    with _bar() as bar:
        yield [] if bar is None else [EpochBar(bar)]


@contextmanager
def search_progress() -> Iterator[Any]:
    """Give the listener for a search: a bar that is gone when the block ends, or None."""
    with _bar() as bar:
        yield None if bar is None else SearchBar(bar)


@contextmanager
def _bar() -> Iterator[Any]:
    """A bar of rich on stderr, or None if that is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar


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
        words.append(_validation(estimator, estimator.history_.score[-1]))
    return "  ".join(words)


def _validation(estimator: Any, score: float) -> str:
    """The score by its name; a loss is shown as such, not as a negative number."""
    scoring = estimator.scoring or ("accuracy" if hasattr(estimator, "predict_proba") else "r2")
    if scoring == "neg_log_loss":
        return text("training.validation_loss", score=-score)
    if scoring == "neg_mean_poisson_deviance":
        return text("training.validation_deviance", score=-score)
    name = scoring if scoring in ("accuracy", "r2") else "score"
    return text(f"training.validation_{name}", score=score)


class SearchBar:
    """Shows how many networks a search has trained, and how good the best one is."""

    def __init__(self, bar: Any) -> None:
        self.bar, self.task = bar, bar.add_task("", total=None)

    def trained(self, done: int, total: int, score: str, best: float | None) -> None:
        """Move the bar."""
        words = [text("table_search.progress", done=done, total=total)]
        if best is not None:
            words.append(text("table_search.progress_best", score=text(f"training.score_{score}"), best=best))
        self.bar.update(self.task, completed=done, total=total, description="  ".join(words))

    def stopped(self) -> None:
        """Say that the best candidate is still to be trained."""
        self.bar.update(self.task, description=text("table_search.stopping"))
