"""Recording a fit: the estimator's side of `shoal.inspect.Recording`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.base.errors import UsageError
from shoal.book.network import Network
from shoal.engines.base import Data
from shoal.estimators._inside import classes_of, input_names

if TYPE_CHECKING:
    from shoal.estimators._fit import Fitting
    from shoal.training.loop import Run

Snapshot = Callable[[], None]  # keeps a copy of the parameters as they are, if the epoch is due


@contextmanager
def recorded_fit(fitting: Fitting, record: Any) -> Iterator[None]:
    """Within the block, the fit's run takes snapshots; see `recorded`."""
    run = fitting.runs[0]
    member = run.member

    def now() -> tuple[Any, ...]:
        return member.epoch, member.theta, member.slots

    sizes = {"epochs": run.epochs_left, "n_slots": len(member.slots)}
    try:
        with recorded(
            fitting.estimator, record, member.network, member.data, member.rows, now, **sizes
        ) as see:
            run.snapshot = see
            yield
    finally:
        if hasattr(fitting.estimator, "recording_"):
            fitting.estimator.recording_.best = _best_epoch(run)


def _best_epoch(run: Run) -> int | None:
    """The epoch whose parameters a run with early stopping found; None where these are the last ones."""
    if run.best_theta is None or run.error is not None:
        return None
    scores = run.history.score[-run.epochs_done :]
    return run.member.epoch - len(scores) + 1 + int(np.nanargmax(scores))


@contextmanager
def recorded(
    estimator: Any,
    record: Any,
    network: Network,
    data: Data,
    rows: Any,
    now: Callable[[], tuple[Any, ...]],
    *,
    epochs: int,
    n_slots: int = 0,
) -> Iterator[Snapshot]:
    """Within the block the fit calls what this yields after each epoch; then `recording_` has the snapshots.

    `now` returns the epoch, theta and, if there are any, the optimiser's slots. An exception that leaves the
    block carries the recording as its attribute `recording_`: a fit that diverged can be looked at.

    Raises
    ------
    UsageError
        If `record` is not possible, or the snapshots may take more memory than it allows.
    """
    from shoal.inspect._recording import RecordedFit, Recorder, Recording

    if getattr(estimator, "n_restarts", 1) > 1:
        raise UsageError("recording.restarts")
    l1, l2 = estimator._penalties
    names, classes = input_names(estimator), classes_of(estimator)
    fitted = RecordedFit(network, Recording.of(record), l1, l2, names, classes, data, rows)
    recorder = Recorder(fitted, epochs, n_slots, now()[1].dtype)
    recorder.see(*now())
    try:
        yield lambda: recorder.see(*now())
    except Exception as error:
        error.recording_ = fitted  # type: ignore[attr-defined]
        raise
    finally:
        recorder.see(*now(), last=True)
        estimator.recording_ = fitted
