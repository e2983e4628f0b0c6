"""A search as scikit-learn's own class does it over our estimators, which is the judge, and as ours does."""

import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from sklearn import config_context, model_selection
from sklearn.exceptions import ConvergenceWarning

import shoal

ADDRESS = re.compile(r" at 0x[0-9A-F]+")
FAILURES = re.compile(
    r"(?:^(\d+) fits failed with|Details:).*?^([\w.]+(?:Error|Exception))\b", re.DOTALL | re.MULTILINE
)
TIMES = re.compile(r"_(fit|score)_time$")


@dataclass
class Problem:
    """A search, and what its `fit` is given."""

    estimator: Any
    grid: Any
    X: Any
    y: Any
    options: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    routing: bool = False
    drawn: bool = False  # at random: RandomizedSearchCV

    def fit(self, module: Any, **more: Any) -> tuple[Any, list[str]]:
        """The search as `module` has it, fitted, and what it warned about."""
        kind = module.RandomizedSearchCV if self.drawn else module.GridSearchCV
        with (
            config_context(enable_metadata_routing=self.routing),
            warnings.catch_warnings(record=True) as told,
        ):
            warnings.simplefilter("always")
            # said once a process, by whichever search comes first; pyproject.toml ignores it, too
            warnings.filterwarnings("ignore", "the native engine was not built", RuntimeWarning)
            search = kind(self.estimator, self.grid, **self.options, **more)
            search.fit(self.X, self.y, **self.params)
        return search, [_essence(each) for each in told if each.category is not ConvergenceWarning]


def _essence(warning: Any) -> str:
    """The kind of a warning; where fits or scores failed, with which errors and how often each."""
    text = str(warning.message)
    total = re.findall(r"^\d+ fits failed out of a total of \d+", text, re.MULTILINE)
    errors = FAILURES.findall(text)
    return f"{warning.category.__name__} {total} {sorted(errors)}"


def compare(problem: Problem, **more: Any) -> None:
    """Our search ends as scikit-learn's own over the same estimators, with results or with an error."""
    try:
        theirs, they_told = problem.fit(model_selection)
    except Exception as error:
        with pytest.raises(type(error), match=re.escape(str(error).strip().partition("\n")[0])):
            problem.fit(shoal, **more)
        return
    ours, we_told = problem.fit(shoal, **more)
    assert Counter(we_told) == Counter(they_told)
    same_results(ours.cv_results_, theirs.cv_results_)
    same_attributes(ours, theirs)
    if problem.options.get("refit", True):
        same_best(ours, theirs, problem.X)


def _shown(value: Any) -> str:
    return ADDRESS.sub("", repr(value))


def same_results(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """`cv_results_` key by key: order, types, shapes, masks, ranks, and scores."""
    assert list(ours) == list(theirs)
    for key, expected in theirs.items():
        got = ours[key]
        assert type(got) is type(expected), key
        if key == "params":
            assert _shown(got) == _shown(expected)
            continue
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype), key
        if TIMES.search(key):
            assert (np.isfinite(got) & (got >= 0)).all(), key
        elif key.startswith("param_"):
            assert _shown(got) == _shown(expected)  # the mask too
        elif key.startswith("rank_"):
            np.testing.assert_array_equal(got, expected, err_msg=key)
        else:  # of the same networks, but sums may be added up in another order
            np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12, err_msg=key)


def same_attributes(ours: Any, theirs: Any) -> None:
    """All that a search has learned; histories and studies are only in ours."""
    assert _learned(ours) - {"histories_", "n_resumed_"} == _learned(theirs)
    for name in ("best_index_", "best_params_", "n_splits_", "multimetric_", "scorer_"):
        assert _shown(getattr(ours, name, None)) == _shown(getattr(theirs, name, None)), name
    if "best_score_" in vars(theirs):
        np.testing.assert_allclose(ours.best_score_, theirs.best_score_, rtol=0, atol=1e-12)


def _learned(search: Any) -> set[str]:
    return {name for name in vars(search) if name.endswith("_") and not name.startswith("_")}


def same_best(ours: Any, theirs: Any, X: Any) -> None:
    """The best estimator, fitted on all rows, and what the search passes on of it."""
    assert _shown(ours.best_estimator_) == _shown(theirs.best_estimator_)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X), strict=True)
    assert ours.refit_time_ >= 0
    for name in ("classes_", "n_features_in_", "feature_names_in_"):
        assert hasattr(ours, name) == hasattr(theirs, name), name
        if hasattr(theirs, name):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), strict=True)
