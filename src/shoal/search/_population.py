"""Candidates on folds as one population: prepared, trained together, judged, wave after wave.

A wave is some candidates on all of their folds. It is one call of `train`, so no candidate waits for another;
there are several only to bound the memory, to tell how far the search is, and to keep what is finished.
"""

import copy
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from shoal.engines import get_engine, native_is_built
from shoal.engines.base import Engine
from shoal.estimators._base import BaseMLP
from shoal.estimators._fit import Fitting, begin
from shoal.estimators._parameters import check_parameters
from shoal.estimators._sklearn import has_callbacks
from shoal.search import _pipelines as pipelines
from shoal.search._folds import Folds, Kind, Lesson, Table
from shoal.training.loop import Run, train

FEWEST_FITS, MOST_FITS = 16, 320  # in a wave: threads do not wait for each other, nor people for news
MOST_BYTES = 2**27  # of parameters and the optimisers' memory in a wave
MOST_WORK = 4e10  # parameters x rows x epochs: a few seconds


@dataclass
class Candidate:
    """One setting: the estimator as it would be fitted, and where its network stands."""

    params: Mapping[str, Any]
    estimator: Any
    network: Any
    kind: Kind
    refused: Exception | None = None  # what its parameters are refused with

    @classmethod
    def of(cls, base: Any, params: Mapping[str, Any]) -> "Candidate":
        """The candidate with these parameters; raises what scikit-learn does for one that does not exist."""
        alone = not pipelines.place_of(base)  # then nothing in it is changed by setting parameters
        estimator = copy.copy(base) if alone else clone(base)
        estimator.set_params(**clone(dict(params), safe=False))
        network, place = pipelines.innermost(estimator), pipelines.place_of(estimator)
        before = pipelines.settings_before(params, place) if place else ()
        candidate = cls(params, estimator, network, Kind(place, type(network), before, _alone_only(network)))
        try:
            check_parameters(network)
        except Exception as error:
            candidate.refused = error
        return candidate

    def identity(self, but: str) -> tuple[Any, ...]:
        """The same for candidates that differ in one parameter only."""
        return tuple((name, id(value)) for name, value in sorted(self.params.items()) if name != but)

    def network_for_a_fold(self) -> Any:
        """A network of its own, not fitted; a generator of random numbers is at its beginning in each."""
        if isinstance(getattr(self.network, "random_state", None), np.random.RandomState):
            return clone(self.network)
        return copy.copy(self.network)


@dataclass
class Fit:
    """One candidate on one fold, from the lesson to the fitted network."""

    candidate: Candidate
    fold: int
    network: Any = None
    lesson: Lesson | None = None
    fitting: Fitting | None = None  # None before it is prepared, and for what is not trained in epochs
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def runs(self) -> list[Run]:
        """What is to be trained."""
        return [] if self.fitting is None else self.fitting.runs

    @property
    def outer(self) -> Any:
        """What is fitted around the network; the network itself if there is nothing."""
        return self.network if self.lesson is None or self.lesson.outer is None else self.lesson.outer

    @property
    def estimator(self) -> Any:
        """The whole estimator, fitted."""
        if self.outer is self.network:
            return self.network
        return pipelines.with_network(self.outer, self.network, self.candidate.estimator)

    @property
    def why(self) -> str | None:
        """What went wrong, as Python would print it."""
        return None if self.error is None else "".join(traceback.format_exception(self.error))

    @property
    def reached_limit(self) -> bool:
        """Whether training ended at `max_iter`, and not by its own rule."""
        stopped = getattr(self.network, "stopped_", None)
        return self.error is None and stopped in ("max_epochs", "max_evaluations")

    def curve(self) -> "Curve | None":
        """How training went; None where nothing was trained in epochs."""
        history = getattr(self.network, "history_", None)
        return None if self.error or history is None else Curve.of(history.cost, history.score)


class Curve(NamedTuple):
    """The training cost of each epoch, and the score on the rows that are stopped by, if there are any."""

    cost: Any
    score: Any

    @classmethod
    def of(cls, cost: Sequence[float], score: Sequence[float]) -> "Curve":
        """From lists of numbers."""
        return cls(np.array(cost, dtype=np.float64), np.array(score, dtype=np.float64))


class Population:
    """Fits candidates on folds.

    Parameters
    ----------
    folds : Folds
        What is learned from.
    n_threads : int or None
        For the engine; None leaves it to the engine.
    horizon : int or None
        The epochs that the fits may come to have in the end, if they are continued: learning rates fall
        towards that end.
    """

    def __init__(self, folds: Folds, n_threads: int | None = None, horizon: int | None = None) -> None:
        self.folds = folds
        self.horizon = horizon
        self._n_threads = n_threads
        self._engines: dict[Any, Engine] = {}

    def begin(self, candidate: Candidate, fold: int) -> Fit:
        """Prepare a fit; what goes wrong stays in it."""
        fit = Fit(candidate, fold, error=candidate.refused)
        lesson = self.folds.lesson(candidate.kind, candidate.estimator, fold)
        if isinstance(lesson, Exception):
            if candidate.kind.place or fit.error is None:  # what stands before a network comes first
                fit.error = lesson
        elif fit.error is None:
            fit.lesson, fit.network = lesson, candidate.network_for_a_fold()
            if not candidate.kind.alone:
                _catching(fit, self._make_runs)
        return fit

    def _make_runs(self, fit: Fit) -> None:
        assert fit.lesson is not None
        network, epochs = fit.network, fit.network.max_iter
        examples, split, seed = fit.lesson.prepare(network)
        if self.horizon is not None:
            network.max_iter = self.horizon
        fit.fitting = begin(network, examples, split, seed)
        fit.fitting.allow(epochs)
        if network.verbose:
            fit.fitting.tell()

    def go_on(self, fit: Fit, candidate: Candidate) -> Fit:
        """The fit again, with as many epochs as the candidate now has."""
        fit.candidate = candidate
        if fit.error is None and fit.fitting is not None:
            fit.fitting.allow(candidate.network.max_iter)
        elif fit.error is None:
            fit.network = candidate.network_for_a_fold()
        return fit

    def train(self, fits: Sequence[Fit]) -> None:
        """Train all of them, those in epochs together."""
        begun = time.perf_counter()
        ready = [fit for fit in fits if fit.error is None and fit.runs]
        by_engine: dict[int, tuple[Engine, list[Run]]] = {}
        for fit in ready:
            engine = self.engine(fit.network.engine)
            by_engine.setdefault(id(engine), (engine, []))[1].extend(fit.runs)
        for engine, runs in by_engine.values():
            train(runs, engine)
        for fit in ready:
            _catching(fit, _end)
        _share_time(ready, time.perf_counter() - begun)
        for fit in fits:
            if fit.error is None and not fit.runs:
                _catching(fit, _alone)

    def engine(self, wanted: Any) -> Engine:
        """The engine of this name, with as many threads as the search was given."""
        known = isinstance(wanted, str)
        if not known or self._n_threads is None or wanted == "numpy" or not native_is_built():
            return get_engine(wanted)
        if wanted not in self._engines:
            from shoal.engines.native import NativeEngine

            self._engines[wanted] = NativeEngine(self._n_threads, fallback=wanted == "auto")
        return self._engines[wanted]


def _alone_only(network: Any) -> bool:
    """Whether a network is fitted by itself: it has a `fit` of its own, or callbacks."""
    return type(network).fit is not BaseMLP.fit or has_callbacks(network)


def _end(fit: Fit) -> None:
    assert fit.fitting is not None
    fit.fitting.end()


def _alone(fit: Fit) -> None:
    """Fit what is not trained with the others: logistic regression is solved to its minimum."""
    assert fit.lesson is not None
    begun = time.perf_counter()
    try:
        fit.network.fit(fit.lesson.X, fit.lesson.y, **fit.lesson.params)
    finally:
        fit.seconds = time.perf_counter() - begun


def _catching(fit: Fit, do: Callable[[Fit], None]) -> None:
    """What goes wrong with one fit does not touch the others."""
    try:
        do(fit)
    except Exception as error:
        fit.error = error


def _share_time(fits: Sequence[Fit], seconds: float) -> None:
    """Each fit's share of the one run, by how much there was to compute."""
    work = [sum(run.epochs_done * _work(run) for run in fit.runs) for fit in fits]
    total = sum(work) or 1.0
    for fit, part in zip(fits, work, strict=True):
        fit.seconds = seconds * part / total


def _work(run: Run) -> float:
    """Of an epoch: so many parameters for so many rows."""
    return float(run.member.network.p) * len(run.member.rows)


def waves(candidates: Sequence[Candidate], table: Table) -> Iterator[list[int]]:
    """The numbers of the candidates, wave by wave; those that are given the same come one after another."""
    kinds = {kind: k for k, kind in enumerate(dict.fromkeys(c.kind for c in candidates))}
    order = sorted(range(len(candidates)), key=lambda k: kinds[candidates[k].kind])
    folds, width = len(table.folds), _width(table.X)
    rows = sum(len(train) for train, _ in table.folds)
    wave: list[int] = []
    n_bytes, work = 0.0, 0.0
    for k in order:
        size = _size(candidates[k], width)
        is_new = not wave or candidates[k].kind != candidates[wave[-1]].kind
        own_bytes, own_work = 32 * size * folds, size * rows * _epochs(candidates[k])
        if is_new and candidates[k].kind.place:
            own_bytes += 8 * rows * width  # tables as transformers make them
        fits = len(wave) * folds
        long = fits >= FEWEST_FITS and work + own_work > MOST_WORK
        if wave and (long or fits + folds > MOST_FITS or n_bytes + own_bytes > MOST_BYTES):
            yield wave
            wave, n_bytes, work = [], 0.0, 0.0
        n_bytes, work = n_bytes + own_bytes, work + own_work
        wave.append(k)
    if wave:
        yield wave


def _width(X: Any) -> int:
    """How many columns come in, where it can be seen: a list or texts will have them only later."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    return shape[1] if len(shape) > 1 else 100


def _size(candidate: Candidate, width: int) -> float:
    """About how many parameters its networks have, if as many columns come in as there are in the table."""
    if candidate.refused is not None:
        return 0.0
    sizes = getattr(candidate.network, "hidden_layer_sizes", ())
    n = (width, *(sizes if np.iterable(sizes) else (sizes,)), 1)
    restarts = getattr(candidate.network, "n_restarts", 1)
    return float(restarts * sum((before + 1) * after for before, after in pairwise(n)))


def _epochs(candidate: Candidate) -> float:
    return 0.0 if candidate.refused is not None else float(candidate.network.max_iter)
