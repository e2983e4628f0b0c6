"""What is learned from in each fold: made once for all candidates that are given the same.

A network alone learns from rows of the one table that the search was given: a fold is a list of their
numbers, and nothing is copied. Behind transformers, or where the table as a whole would not do (a class that
one fold lacks, a missing value in another), a fold is what `fit` itself would be given: a table of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import clone

from shoal.estimators._fit import hold_out, on_rows, prepare
from shoal.estimators._inputs import Examples, Split
from shoal.estimators._runs import seed_of
from shoal.estimators._sklearn import check_method_params, safe_split
from shoal.estimators._targets import classes_in
from shoal.search import _pipelines as pipelines


@dataclass(frozen=True)
class Table:
    """What the search's `fit` was given, and how it is cut into folds."""

    X: Any
    y: Any
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    folds: Sequence[tuple[Any, Any]]  # the rows to learn from and to be judged by

    def part(self, estimator: Any, fold: int, *, learned: bool) -> tuple[Any, Any, dict[str, Any]]:
        """X, y and the scorer's further arguments: the rows that are learned from, or those that judge."""
        train, test = self.folds[fold]
        rows = train if learned else test
        X, y = safe_split(estimator, self.X, self.y, rows, None if learned else train)
        return X, y, check_method_params(self.X, params=self.score_params, indices=rows)


@dataclass
class Lesson:
    """What candidates of one kind are given in one fold."""

    X: Any  # with y and params, what the network's own `fit` would be given
    y: Any
    params: Mapping[str, Any]
    outer: Any = None  # the fitted estimator around the network, with a recorder in it
    whole: Examples | None = None  # all rows of the table, if a fold of them is learned from
    attributes: Mapping[str, Any] = field(default_factory=dict)  # what `fit` says about X and y
    _examples: dict[str, Examples] = field(default_factory=dict)
    _splits: dict[Any, Split] = field(default_factory=dict)

    def prepare(self, network: Any) -> tuple[Examples, Split, int]:
        """What this network trains on and stops by, and its seed; raises what its own `fit` would raise."""
        seed = seed_of(network.random_state)
        network.__dict__.update(self.attributes)
        examples = self._weighed(network)
        own = {name: self.params[name] for name in ("X_val", "y_val") if name in self.params}
        key: tuple[Any, ...] = (id(examples),)
        if network.early_stopping:
            key = (id(examples), seed, network.validation_fraction, callable(network.scoring))
        if own or key not in self._splits:
            self._splits[key] = hold_out(network, examples, seed, **own)
        return examples, self._splits[key], seed

    def _weighed(self, network: Any) -> Examples:
        """The examples, with classes weighed as this network wants them."""
        key = repr(getattr(network, "class_weight", None))
        if key not in self._examples:
            if self.whole is None:
                self._examples[key] = prepare(network, self.X, self.y, self.params.get("sample_weight"))
                self.attributes = learned_attributes(network)
            else:
                self._examples[key] = on_rows(network, self.whole, self.whole.rows)
        return self._examples[key]

    def forget_splits(self) -> None:
        """Let go of the rows that were stopped by, and of the weights: with many settings there are many."""
        self._splits.clear()
        if self.whole is not None:
            self._examples.clear()


def learned_attributes(network: Any) -> dict[str, Any]:
    """What a network has learned about its inputs: classes, number and names of features."""
    names = ("classes_", "n_features_in_", "feature_names_in_")
    return {name: vars(network)[name] for name in names if name in vars(network)}


class Folds:
    """The lessons of a table, each made when it is first asked for."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._lessons: dict[Any, Lesson | Exception] = {}
        self._whole: dict[Any, tuple[Examples, dict[str, Any]] | None] = {}

    def lesson(self, kind: "Kind", estimator: Any, fold: int) -> Lesson | Exception:
        """What candidates of this kind are given in this fold, or what went wrong in finding out."""
        if (kind, fold) not in self._lessons:
            try:
                self._lessons[kind, fold] = self._make(kind, estimator, fold)
            except Exception as error:
                self._lessons[kind, fold] = error
        return self._lessons[kind, fold]

    def forget(self, but: set["Kind"]) -> None:
        """Let go of what no candidate that is still to come is given."""
        self._lessons = {key: lesson for key, lesson in self._lessons.items() if key[0] in but}
        for lesson in self._lessons.values():
            if isinstance(lesson, Lesson):
                lesson.forget_splits()

    def _make(self, kind: "Kind", estimator: Any, fold: int) -> Lesson:
        train = self.table.folds[fold][0]
        own_table = kind.place or kind.alone or not len(train)
        if not own_table and (whole := self._of_whole(kind, estimator)) is not None:
            examples, attributes = whole
            if _same_classes(examples.y[train], attributes):
                return Lesson(None, None, {}, whole=examples._replace(rows=train), attributes=attributes)
        X, y = safe_split(estimator, self.table.X, self.table.y, train)
        params = check_method_params(self.table.X, params=self.table.fit_params, indices=train)
        outer = None
        if kind.place:
            outer = pipelines.recorded(estimator, kind.place).fit(X, y, **params)
            X, y, params = pipelines.given(outer)
        signature(kind.network.fit).bind(None, X, y, **params)  # raises what `fit` would for an unknown name
        return Lesson(X, y, params, outer)

    def _of_whole(self, kind: "Kind", estimator: Any) -> tuple[Examples, dict[str, Any]] | None:
        """The whole table, checked once; None if it is not to be had that way."""
        if kind.network not in self._whole:
            self._whole[kind.network] = self._check_whole(estimator)
        return self._whole[kind.network]

    def _check_whole(self, estimator: Any) -> tuple[Examples, dict[str, Any]] | None:
        if set(self.table.fit_params) - {"sample_weight"}:
            return None
        network = clone(estimator)
        if hasattr(network, "class_weight"):
            network.class_weight = None
        try:
            examples = prepare(network, self.table.X, self.table.y, **self.table.fit_params)
        except Exception:  # one fold may do where all rows do not: each will say for itself
            return None
        return examples, learned_attributes(network)


@dataclass(frozen=True)
class Kind:
    """What candidates have in common that are given the same to learn from."""

    place: str
    network: type[Any]
    before: tuple[Any, ...]
    alone: bool  # fitted by itself, not as a member of the population


def _same_classes(y: Any, attributes: Mapping[str, Any]) -> bool:
    """Whether a fold has all the classes: else its Y is another one."""
    classes = attributes.get("classes_")
    return classes is None or np.array_equal(classes_in(y), classes)
