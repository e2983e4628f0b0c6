"""Looking inside a fitted estimator: rows become the book's columns, and `shoal.inspect` does the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from shoal.base.arguments import LARGEST_SEED, check_whole
from shoal.base.errors import DataError, UsageError
from shoal.base.shown import listed
from shoal.book.batches import dropout_mask
from shoal.engines.base import Data
from shoal.estimators._inputs import Examples, check_X, prepare
from shoal.estimators._parameters import one_each

if TYPE_CHECKING:
    from shoal.inspect import GradientCheck, Trace


class InsideMixin:
    """`trace` and its like, for an estimator with `network_`, `theta_` and `_penalties`."""

    def trace(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        epoch: int | None = None,
        dtype: str = "float64",
    ) -> Trace:
        """Everything that the network computes for these rows: Z, A, dZ, dA, dW, db, losses, the cost.

        The equations compute it, all rows at once, without mini-batches and dropout. The penalties count as
        they would if the network learned from exactly these rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Their targets. Without them there is the forward pass only.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.
        epoch : int, default=None
            After which epoch of a fit with ``record=...``: one of ``recording_.epochs``. None is the model as
            it is.
        dtype : {"float64", "float32"}, default="float64"
            The precision to compute in.

        Returns
        -------
        shoal.inspect.Trace
            Lists indexed by layer, ``trace.W[1]``; ``print(trace.example(0).unit(1, 1))`` shows one unit's
            arithmetic in full.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        DataError, ValueError
            If X, y or the weights are not as in `fit`.
        UsageError
            If there is no such precision, or this epoch was not recorded.

        Examples
        --------
        >>> from shoal import LogisticRegression
        >>> model = LogisticRegression().fit([[0.0], [1.0], [3.0]], ["no", "no", "yes"])
        >>> seen = model.trace([[2.0]], ["yes"])
        >>> bool(seen.dZ[1] == seen.A[1] - 1)
        True
        """
        return trace_of(self, X, y, sample_weight, epoch=epoch, dtype=dtype)

    def check_gradients(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        epoch: int | None = None,
        engine: Any = None,
        plant: str | None = None,
        dropout_seed: int | None = None,
        samples: int | None = None,
        seed: int = 0,
    ) -> GradientCheck:
        """Derive the gradient of the cost at the fitted parameters three times, and compare.

        By the backward pass, by the computation graph, and by finite differences of the cost: see
        `shoal.inspect.check_gradients`, which says how it judges. Always in float64.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw; of more than 1000, a sample is used.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.
        epoch : int, default=None
            After which epoch of a fit with ``record=...``; 0 is the start. None is the model as it is.
        engine : str or Engine, default=None
            An engine whose gradient is compared too, such as ``"native"``.
        plant : str, default=None
            A mistake that is put into a copy of the backward pass, to see it found and located: a name in
            `shoal.inspect.BUGS`, such as ``"no_mean"``, or with its layer, ``"no_activation:2"``.
        dropout_seed : int, default=None
            With a number, the units that the model's dropout leaves out for this seed are left out in every
            derivation. None checks without dropout, except for ``plant="no_mask"``, which takes 0.
        samples : int, default=None
            How many parameters are checked one by one; None takes what a few seconds allow.
        seed : int, default=0
            Of the samples.

        Returns
        -------
        shoal.inspect.GradientCheck

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        DataError, ValueError
            If X, y or the weights are not as in `fit`.
        UsageError
            If there is no such mistake or engine, if the mistake would change nothing here, if this epoch was
            not recorded, or if a seed or `samples` is not possible.
        """
        return check_of(
            self,
            data_of(self, X, y, sample_weight, lacking="check.balanced"),
            epoch=epoch,
            engine=engine,
            plant=plant,
            dropout_seed=dropout_seed,
            samples=samples,
            seed=seed,
        )


def trace_of(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    epoch: int | None = None,
    dtype: str = "float64",
    names: Sequence[str] | None = None,
    rows: Any = None,
) -> Trace:
    """See `InsideMixin.trace`; a table knows better names, and where each row stands in it."""
    from shoal.inspect import trace

    cost = _cost(estimator, data_of(estimator, X, y, sample_weight), epoch, names)
    return trace(**cost, dtype=dtype, classes=classes_of(estimator), rows=rows)


def check_of(
    estimator: Any,
    data: Data,
    *,
    epoch: int | None = None,
    plant: str | None = None,
    dropout_seed: int | None = None,
    names: Sequence[str] | None = None,
    **settings: Any,
) -> GradientCheck:
    """See `InsideMixin.check_gradients`; `data` is what `data_of` returns."""
    from shoal.inspect import check_gradients
    from shoal.inspect._bugs import bug_and_layer

    if dropout_seed is not None:
        check_whole("dropout_seed", dropout_seed, 0, LARGEST_SEED)
        D = _masks(estimator, dropout_seed, data.X.shape[1])
    elif plant is not None and bug_and_layer(plant)[0] == "no_mask":
        D = _masks(estimator, 0, data.X.shape[1], refusal="check.no_mask_to_forget")
    else:
        D = None
    return check_gradients(**_cost(estimator, data, epoch, names), D=D, plant=plant, **settings)


def _cost(estimator: Any, data: Data, epoch: int | None, names: Sequence[str] | None) -> dict[str, Any]:
    """The cost that the estimator minimises, and where on it: what `trace` and `check_gradients` both ask."""
    l1, l2 = estimator._penalties
    return {
        "network": estimator.network_,
        "theta": _theta(estimator, epoch),
        **data._asdict(),
        "l1": l1,
        "l2": l2,
        "names": input_names(estimator) if names is None else names,
    }


def _theta(estimator: Any, epoch: int | None) -> Any:
    """The parameters as they are, or as they were after an epoch that was recorded."""
    if epoch is None:
        return estimator.theta_
    if not hasattr(estimator, "recording_"):
        raise UsageError("recording.none")
    return estimator.recording_.theta(epoch)


def _masks(estimator: Any, seed: int, m: int, *, refusal: str = "check.no_dropout") -> list[Any]:
    """What the estimator's dropout leaves out of m examples for this seed, by layer."""
    network = estimator.network_
    rates = one_each("dropout", getattr(estimator, "dropout", 0.0), network.L - 1)
    if not any(rates):
        raise UsageError(refusal)
    masks: list[Any] = [None] * (network.L + 1)
    for l, rate in enumerate(rates, start=1):
        masks[l] = dropout_mask(seed, 0, l, (network.n[l], m), rate, np.float64)
    return masks


def data_of(
    estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, lacking: str = "trace.balanced"
) -> Data:
    """The rows as columns, checked against what `fit` saw; Y and v are None without y.

    `lacking` is the text that says what to do where y lacks a class and class weights are balanced.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    DataError, ValueError
        If X, y or the weights are not as in `fit`, or balanced class weights cannot be computed from y.
    """
    check_is_fitted(estimator)
    if y is None:
        return Data(check_X(estimator, X).T, None)
    return examples_of(estimator, X, y, sample_weight, lacking=lacking).data


def examples_of(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, lacking: str, compact: bool = False
) -> Examples:
    """The same with what a person sees; see `data_of`, and `prepare` for `compact`."""
    check_is_fitted(estimator)
    if getattr(estimator, "class_weight", None) == "balanced":
        absent = np.setdiff1d(estimator.classes_, np.unique(np.asarray(y)))
        if len(absent):
            raise DataError(lacking, labels=listed(absent.tolist()))
    return prepare(estimator, X, y, sample_weight, reset=False, compact=compact)


def input_names(estimator: Any) -> Sequence[str] | None:
    """The names of X's columns, if `fit` saw any."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def classes_of(estimator: Any) -> Sequence[Any] | None:
    """The classes that the outputs stand for, if they are classes."""
    classes = getattr(estimator, "classes_", None)
    return None if classes is None else classes.tolist()
