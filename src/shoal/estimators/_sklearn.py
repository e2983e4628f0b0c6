"""All that shoal uses of scikit-learn's private parts: the one module to mend for a new version of it.

Everything else imports from scikit-learn only what its documentation names. The installed version is bounded
in `pyproject.toml` by the newest minor version with which the tests have passed.

What cannot stand here is what a subclass inherits: `search` overrides `_run_search`'s caller, `fit`, of
scikit-learn's searches, and calls their `_get_scorers`, `_format_results` and `_select_best_index`.
"""

from collections.abc import Mapping
from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _MultimetricScorer, _PassthroughScorer, _Scorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._split import _yields_constant_splits as yields_constant_splits
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
    "callback_context",
    "check_method_params",
    "check_sample_weight",
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
"""What the callback protocol sets on an estimator while it is fitted, and removes afterwards."""


def has_callbacks(estimator: Any) -> bool:
    """Whether `set_callbacks` was given some."""
    return bool(getattr(estimator, "_skl_callbacks", None))


def callback_context(estimator: Any, max_subtasks: int | None) -> Any:
    """The callback context of a fit that begins."""
    return estimator._init_callback_context(max_subtasks=max_subtasks)


def is_multimetric(scorer: Any) -> bool:
    """Whether it is several scorers in one, which returns a score by name."""
    return isinstance(scorer, _MultimetricScorer)


def scorers_by_name(scorer: Any) -> Mapping[str, Any]:
    """The scorers in a multimetric one."""
    scorers: Mapping[str, Any] = scorer._scorers
    return scorers


def is_own_score(scorer: Any) -> bool:
    """Whether it is the estimator's own `score` method."""
    return type(scorer) is _PassthroughScorer


def scorer_identity(scorer: Any) -> tuple[Any, ...] | None:
    """All that the answer of a scorer depends on; None for one that `make_scorer` did not make."""
    if type(scorer) is not _Scorer:
        return None
    return scorer._score_func, scorer._sign, scorer._response_method, frozenset(scorer._kwargs.items())
