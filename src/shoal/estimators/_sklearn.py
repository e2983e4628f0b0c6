"""All that shoal imports of scikit-learn's private parts: the module to change for a new version of it.

Everything else imports from scikit-learn only what its documentation names; a test says so. `pyproject.toml`
bounds scikit-learn by the newest minor version with which the tests pass, and `make test-newest-sklearn`
runs them on the newest there is.

A subclass also inherits private methods, and they cannot be gathered here. Our searches override `fit` and
call `_run_search`, `_get_scorers`, `_format_results` and `_select_best_index`; `BaseMLP` caches
`_get_param_names`.
"""

from collections.abc import Mapping
from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _MultimetricScorer, _PassthroughScorer, _Scorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._search_successive_halving import BaseSuccessiveHalving
from sklearn.model_selection._split import _yields_constant_splits as yields_constant_splits
from sklearn.model_selection._validation import _fit_and_score as fit_and_score
from sklearn.model_selection._validation import (
    _insert_error_scores as insert_error_scores,
)
from sklearn.model_selection._validation import _score as score
from sklearn.model_selection._validation import (
    _warn_or_raise_about_fit_failures as warn_or_raise_about_fit_failures,
)
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "CALLBACK_ATTRIBUTES",
    "BaseSearchCV",
    "BaseSuccessiveHalving",
    "callback_context",
    "check_method_params",
    "check_sample_weight",
    "fit_and_score",
    "fit_context",
    "has_callbacks",
    "insert_error_scores",
    "is_multimetric",
    "is_own_score",
    "num_samples",
    "safe_split",
    "score",
    "scorer_identity",
    "scorers_by_name",
    "warn_or_raise_about_fit_failures",
    "yields_constant_splits",
]

CALLBACK_ATTRIBUTES = ("_skl_callbacks", "_callback_fit_ctx", "_parent_callback_ctx")
"""The attributes that the callback protocol sets on an estimator during a fit, and removes afterwards."""


def has_callbacks(estimator: Any) -> bool:
    """Whether `set_callbacks` gave the estimator any."""
    return bool(getattr(estimator, "_skl_callbacks", None))


def callback_context(estimator: Any, max_subtasks: int | None) -> Any:
    """A callback context for a fit that begins, with at most so many epochs (None: not known)."""
    return estimator._init_callback_context(max_subtasks=max_subtasks)


def is_multimetric(scorer: Any) -> bool:
    """Whether this is several scorers in one, which returns a dictionary of scores."""
    return isinstance(scorer, _MultimetricScorer)


def scorers_by_name(scorer: Any) -> Mapping[str, Any]:
    """The scorers inside a multimetric one, by name."""
    scorers: Mapping[str, Any] = scorer._scorers
    return scorers


def is_own_score(scorer: Any) -> bool:
    """Whether the scorer is the estimator's own `score` method."""
    return type(scorer) is _PassthroughScorer


def scorer_identity(scorer: Any) -> tuple[Any, ...] | None:
    """Everything that a scorer's result depends on, hashable; None if `make_scorer` did not make it."""
    if type(scorer) is not _Scorer:
        return None
    return scorer._score_func, scorer._sign, scorer._response_method, frozenset(scorer._kwargs.items())
