"""What a search prints while it runs, and its one warning for many fits that reached their limit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from shoal.base.errors import warn
from shoal.base.texts import text
from shoal.search._candidates import CandidateResult, Fit


def print_fits(fits: Sequence[Fit], results: Sequence[Mapping[str, Any]], verbose: int) -> None:
    """One line for each fit, from `verbose` 2; its score too, from 3."""
    if verbose < 2:
        return
    for fit, result in zip(fits, results, strict=True):
        settings = ", ".join(f"{name}={fit.candidate.params[name]}" for name in sorted(fit.candidate.params))
        line = text("search.fit", fold=fit.fold + 1, settings=settings, seconds=result["fit_time"])
        if verbose > 2:
            line += text("search.fit_score", score=_written(result["test_scores"]))
        print(line)


def _written(scores: Any) -> str:
    if isinstance(scores, dict):
        return ", ".join(f"{name} {score:.3f}" for name, score in sorted(scores.items()))
    return f"{scores:.3f}"


def warn_of_limits(results: Iterable[CandidateResult]) -> None:
    """One warning for all fits that ended at `max_iter` or `max_fun`."""
    results = list(results)
    reached = sum(result.reached_limit for result in results)
    if reached:
        fits = sum(len(result.folds) for result in results)
        warn(text("search.limits", reached=reached, fits=fits), ConvergenceWarning)
