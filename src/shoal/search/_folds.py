"""The training data of each fold, made once for all candidates that train on the same.

A network that stands alone trains on rows of the one table that the search was given: a fold is a list of row
numbers, and nothing is copied. Behind transformers, or where the table as a whole cannot be used (a class is
missing in one fold, a value in another), a fold is a table of its own, the one that `fit` would be given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from shoal.base.texts import text
from shoal.estimators._inputs import Examples, Split, hold_out, learned_inputs, on_rows, prepare
from shoal.estimators._runs import seed_of
from shoal.estimators._sklearn import check_method_params, num_samples, safe_split
from shoal.estimators._targets import classes_in
from shoal.search import _pipelines as pipelines
from shoal.search._pipelines import SharedInput


@dataclass(frozen=True)
class SearchData:
    """What the search's `fit` was given, and how it is cut into folds."""

    X: Any
    y: Any
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    folds: Sequence[tuple[Any, Any]]  # the numbers of the training rows and of the test rows
    split_params: Mapping[str, Any] = field(default_factory=dict)  # for the splitter

    def cut_by(self, cv: Any, n_folds: int) -> Self:
        """The same rows, cut by a splitter into as many folds as are expected."""
        every = np.arange(num_samples(self.X))  # folds may be masks, lists, or count from the end
        folds = [(every[a], every[b]) for a, b in cv.split(self.X, self.y, **self.split_params)]
        if len(folds) != n_folds or not folds:
            raise ValueError(text("search.folds", expected=n_folds, got=len(folds)))
        return replace(self, folds=folds)

    def part(self, estimator: Any, fold: int, *, train: bool) -> tuple[Any, Any, dict[str, Any]]:
        """X, y and the scorer's further arguments: the training rows or the test rows of a fold."""
        train_rows, test_rows = self.folds[fold]
        rows = train_rows if train else test_rows
        X, y = safe_split(estimator, self.X, self.y, rows, None if train else train_rows)
        return X, y, check_method_params(self.X, params=self.score_params, indices=rows)


@dataclass
class FoldData:
    """What the networks of candidates with a shared input are given in one fold."""

    X: Any  # with y and params, what the network's own `fit` would be given
    y: Any
    params: Mapping[str, Any]
    outer: Any = None  # the fitted estimator around the network, with a recorder in it
    whole: Examples | None = None  # the whole table, if the fold is a list of its rows
    inputs: Mapping[str, Any] = field(default_factory=dict)  # what `prepare` has found out about X and y
    _examples: dict[str, Examples] = field(default_factory=dict)
    _splits: dict[Any, Split] = field(default_factory=dict)

    def prepare(self, network: Any) -> tuple[Examples, Split, int]:
        """The examples and the split for this network, and its seed; raises what its `fit` would raise."""
        seed = seed_of(network.random_state)
        network.__dict__.update(self.inputs)
        examples = self._weighed(network)
        own = {name: self.params[name] for name in ("X_val", "y_val", "stop_by") if name in self.params}
        key: tuple[Any, ...] = (id(examples),)
        if network.early_stopping:
            key = (id(examples), seed, network.validation_fraction, callable(network.scoring))
        if "X_val" in own or key not in self._splits:
            self._splits[key] = hold_out(network, examples, seed, **own)
        return examples, self._splits[key], seed

    def _weighed(self, network: Any) -> Examples:
        """The examples, weighed by this network's `class_weight`, with the output of its `loss`."""
        key = repr([getattr(network, name, None) for name in ("class_weight", "loss")])
        if key not in self._examples:
            if self.whole is None:
                self._examples[key] = prepare(network, self.X, self.y, self.params.get("sample_weight"))
                self.inputs = learned_inputs(network)
            else:
                self._examples[key] = on_rows(network, self.whole, self.whole.rows)
        return self._examples[key]

    def forget_splits(self) -> None:
        """Free the validation rows and the weights: with many settings there are many of them."""
        self._splits.clear()
        if self.whole is not None:
            self._examples.clear()


class Folds:
    """The data of all folds, each made when it is first asked for."""

    def __init__(self, data: SearchData) -> None:
        self.data = data
        self._made: dict[tuple[SharedInput, int], FoldData | Exception] = {}
        self._whole: dict[Any, tuple[Examples, dict[str, Any]] | None] = {}

    def get(self, shared: SharedInput, estimator: Any, fold: int) -> FoldData | Exception:
        """The data of a fold for candidates that share their input; or the error, if it cannot be made."""
        if (shared, fold) not in self._made:
            try:
                self._made[shared, fold] = self._make(shared, estimator, fold)
            except Exception as error:
                self._made[shared, fold] = error
        return self._made[shared, fold]

    def keep_only(self, needed: set[SharedInput]) -> None:
        """Free the data that no candidate of the next wave is given."""
        self._made = {key: made for key, made in self._made.items() if key[0] in needed}
        for made in self._made.values():
            if isinstance(made, FoldData):
                made.forget_splits()

    def _make(self, shared: SharedInput, estimator: Any, fold: int) -> FoldData:
        rows = self.data.folds[fold][0]
        own_table = shared.place or shared.separate or not len(rows)
        if not own_table and (whole := self._whole_table(shared, estimator)) is not None:
            examples, inputs = whole
            if _has_all_classes(examples.y[rows], inputs):
                return FoldData(None, None, {}, whole=examples._replace(rows=rows), inputs=inputs)
        X, y = safe_split(estimator, self.data.X, self.data.y, rows)
        params = check_method_params(self.data.X, params=self.data.fit_params, indices=rows)
        outer = None
        if shared.place:
            outer = pipelines.recorded(estimator, shared.place).fit(X, y, **params)
            X, y, params = pipelines.given(outer)
        signature(shared.network.fit).bind(None, X, y, **params)  # an unknown name raises what `fit` would
        return FoldData(X, y, params, outer)

    def _whole_table(self, shared: SharedInput, estimator: Any) -> tuple[Examples, dict[str, Any]] | None:
        """The whole table, checked once; None if the folds cannot be lists of its rows."""
        if shared.network not in self._whole:
            self._whole[shared.network] = self._check_whole_table(estimator)
        return self._whole[shared.network]

    def _check_whole_table(self, estimator: Any) -> tuple[Examples, dict[str, Any]] | None:
        if set(self.data.fit_params) - {"sample_weight"}:
            return None
        network = clone(estimator)
        for name, neutral in (("class_weight", None), ("loss", "squared_error")):
            if hasattr(network, name):  # they are each candidate's own: see `FoldData.prepare`
                setattr(network, name, neutral)
        try:
            examples = prepare(network, self.data.X, self.data.y, **self.data.fit_params)
        except Exception:  # a fold may be usable where the whole table is not: each is checked alone
            return None
        return examples, learned_inputs(network)


def _has_all_classes(y: Any, inputs: Mapping[str, Any]) -> bool:
    """Whether a fold has all classes of the table: with fewer, its Y has fewer rows."""
    classes = inputs.get("classes_")
    return classes is None or np.array_equal(classes_in(y), classes)
