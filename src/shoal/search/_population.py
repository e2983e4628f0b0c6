"""Candidates on folds as one population: prepared one by one, and trained together.

The fits of a wave are trained in one call of `train`, so no candidate waits for another.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from shoal.engines import get_engine
from shoal.engines.base import Engine
from shoal.estimators._fit import begin
from shoal.search._candidates import Candidate, Fit
from shoal.search._folds import Folds
from shoal.training.loop import Run, train


class Population:
    """Fits candidates on folds.

    Parameters
    ----------
    folds : Folds
        The data to train on.
    n_threads : int or None
        For the engine; None leaves it to the engine.
    horizon : int or None
        How many epochs a fit may have in the end, if it is continued again and again: the learning rate falls
        towards that end. None if no fit is continued.
    """

    def __init__(self, folds: Folds, n_threads: int | None = None, horizon: int | None = None) -> None:
        self.folds = folds
        self.horizon = horizon
        self._n_threads = n_threads

    def begin(self, candidate: Candidate, fold: int) -> Fit:
        """Prepare a fit; an error is kept in it."""
        fit = Fit(candidate, fold, error=candidate.refused)
        data = self.folds.get(candidate.shared, candidate.estimator, fold)
        if isinstance(data, Exception):
            if candidate.shared.place or fit.error is None:  # a transformer is fitted before its network
                fit.error = data
        elif fit.error is None:
            fit.data, fit.network = data, candidate.new_network()
            if not candidate.shared.separate:
                _keeping_its_error(fit, self._begin_runs)
        return fit

    def _begin_runs(self, fit: Fit) -> None:
        assert fit.data is not None
        network, epochs = fit.network, fit.network.max_iter
        examples, split, seed = fit.data.prepare(network)
        if self.horizon is not None:
            network.max_iter = self.horizon
        fit.fitting = begin(network, examples, split, seed)
        fit.fitting.allow(epochs)
        if network.verbose:
            fit.fitting.tell()

    def go_on(self, fit: Fit, candidate: Candidate) -> Fit:
        """The same fit, which may now have as many epochs as this candidate."""
        fit.candidate = candidate
        if fit.error is None and fit.fitting is not None:
            fit.fitting.allow(candidate.network.max_iter)
        elif fit.error is None:
            fit.network = candidate.new_network()
        return fit

    def train(self, fits: Sequence[Fit]) -> None:
        """Train all of them: in one call what trains in epochs, the others one by one."""
        begun = time.perf_counter()
        ready = [fit for fit in fits if fit.error is None and fit.runs]
        by_engine: dict[int, tuple[Engine, list[Run]]] = {}
        for fit in ready:
            engine = self.engine(fit.network.engine)
            by_engine.setdefault(id(engine), (engine, []))[1].extend(fit.runs)
        for engine, runs in by_engine.values():
            train(runs, engine)
        for fit in ready:
            _keeping_its_error(fit, _end)
        _share_time(ready, time.perf_counter() - begun)
        for fit in fits:
            if fit.error is None and not fit.runs:
                _keeping_its_error(fit, _fit_separately)

    def engine(self, wanted: Any) -> Engine:
        """The engine of this name, with as many threads as the search was given."""
        return get_engine(wanted, self._n_threads)


def _end(fit: Fit) -> None:
    assert fit.fitting is not None
    fit.fitting.end()


def _fit_separately(fit: Fit) -> None:
    """Call the network's own `fit`: logistic regression is solved to its minimum, not trained in epochs."""
    assert fit.data is not None
    begun = time.perf_counter()
    try:
        fit.network.fit(fit.data.X, fit.data.y, **fit.data.params)
    finally:
        fit.seconds = time.perf_counter() - begun


def _keeping_its_error(fit: Fit, step: Callable[[Fit], None]) -> None:
    """Take a step of one fit; an error is kept in the fit and does not touch the others."""
    try:
        step(fit)
    except Exception as error:
        fit.error = error


def _share_time(fits: Sequence[Fit], seconds: float) -> None:
    """The time of a fit is its share of the one run, in proportion to how much there was to compute."""
    work = [sum(run.epochs_done * _work_of_an_epoch(run) for run in fit.runs) for fit in fits]
    total = sum(work) or 1.0
    for fit, part in zip(fits, work, strict=True):
        fit.seconds = seconds * part / total


def _work_of_an_epoch(run: Run) -> float:
    """Parameters times rows."""
    return float(run.member.network.p) * len(run.member.rows)
