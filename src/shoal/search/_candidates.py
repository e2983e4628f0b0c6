"""The records of a search: a candidate, its fit on each fold, and its result.

A `Candidate` is one setting of the parameters. It becomes a `Fit` on each fold, and when all of these are
trained and scored, a `CandidateResult`.
"""

import copy
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import clone

from shoal.estimators._parameters import check_parameters
from shoal.estimators._sklearn import has_callbacks
from shoal.estimators._trainable import fits_in_steps
from shoal.search import _pipelines as pipelines
from shoal.search._pipelines import SharedInput
from shoal.training.loop import Run

if TYPE_CHECKING:
    from shoal.estimators._fit import Fitting
    from shoal.search._folds import FoldData


@dataclass
class Candidate:
    """One setting: the estimator as it would be fitted, and the network in it, None if that is not ours."""

    params: Mapping[str, Any]
    estimator: Any
    network: Any
    shared: SharedInput
    refused: Exception | None = None  # the error with which its parameters are refused

    @classmethod
    def of(cls, base: Any, params: Mapping[str, Any]) -> "Candidate":
        """The candidate with these parameters; raises what scikit-learn does for one that does not exist."""
        stands_alone = not pipelines.place_of(base)  # then setting its parameters changes nothing in `base`
        estimator = copy.copy(base) if stands_alone else clone(base)
        estimator.set_params(**clone(dict(params), safe=False))
        network, place = pipelines.network_in(estimator), pipelines.place_of(estimator)
        before = pipelines.settings_before(params, place) if place and network is not None else ()
        shared = SharedInput(place, type(network), before, _needs_its_own_fit(network))
        candidate = cls(params, estimator, network, shared)
        try:
            if network is not None:
                check_parameters(network)
        except Exception as error:
            candidate.refused = error
        return candidate

    def key_without(self, name: str) -> tuple[Any, ...]:
        """Equal for candidates that differ only in the parameter of this name."""
        return tuple((key, id(value)) for key, value in sorted(self.params.items()) if key != name)

    def new_network(self) -> Any:
        """A network for one fold, not fitted; a random generator is at its beginning in each of them."""
        if isinstance(getattr(self.network, "random_state", None), np.random.RandomState):
            return clone(self.network)
        return copy.copy(self.network)


@dataclass
class Fit:
    """One candidate on one fold, from its data to the fitted network."""

    candidate: Candidate
    fold: int
    network: Any = None
    data: "FoldData | None" = None
    fitting: "Fitting | None" = None  # None until it is prepared, and for networks with a `fit` of their own
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def runs(self) -> list[Run]:
        """What is to be trained."""
        return [] if self.fitting is None else self.fitting.runs

    @property
    def outer(self) -> Any:
        """The fitted estimator around the network; the network itself if there is nothing around it."""
        return self.network if self.data is None or self.data.outer is None else self.data.outer

    @property
    def estimator(self) -> Any:
        """The whole estimator, fitted."""
        if self.outer is self.network:
            return self.network
        return pipelines.with_network(self.outer, self.network, self.candidate.estimator)

    @property
    def traceback(self) -> str | None:
        """The error, as Python would print it."""
        return None if self.error is None else "".join(traceback.format_exception(self.error))

    @property
    def reached_limit(self) -> bool:
        """Whether training ended at `max_iter` or `max_fun`, and not by its stopping rule."""
        return self.error is None and getattr(self.network, "stopped_", None) == "limit"

    def curve(self) -> "Curve | None":
        """How training went; None where nothing was trained in epochs."""
        history = getattr(self.network, "history_", None)
        return None if self.error or history is None else Curve.of(history.cost, history.score)


class Curve(NamedTuple):
    """The training cost of each epoch, and the score on the validation rows, if there are any."""

    cost: Any
    score: Any

    @classmethod
    def of(cls, cost: Sequence[float], score: Sequence[float]) -> "Curve":
        """From lists of numbers."""
        return cls(np.array(cost, dtype=np.float64), np.array(score, dtype=np.float64))


@dataclass(frozen=True)
class CandidateResult:
    """A candidate that was trained and scored on all folds."""

    folds: list[dict[str, Any]]  # for each fold what scikit-learn's `_fit_and_score` returns
    curves: list[Curve | None]
    reached_limit: int  # how many fits ended at `max_iter` or `max_fun`

    @classmethod
    def of(cls, fits: Sequence[Fit], folds: list[dict[str, Any]]) -> "CandidateResult":
        """From the fits on all folds and their scores."""
        return cls(folds, [fit.curve() for fit in fits], sum(fit.reached_limit for fit in fits))

    def mean(self, score: Any) -> float:
        """The mean score on the test rows: the score of this name, or the first one if there is none such."""
        scores = [result["test_scores"] for result in self.folds]
        names = next((list(each) for each in scores if isinstance(each, dict)), None)
        if names is not None:  # a fit that failed may have a plain number among scores by name
            name = score if score in names else names[0]
            scores = [each[name] if isinstance(each, dict) else each for each in scores]
        return float(np.mean(scores))


def _needs_its_own_fit(network: Any) -> bool:
    """Whether it cannot be a member of the population: its class has another `fit`, or it has callbacks."""
    return not fits_in_steps(network) or has_callbacks(network)
