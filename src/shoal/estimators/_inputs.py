"""A person's X, y and weights: checked, and as the examples of a fit.

    examples = prepare(estimator, X, y, sample_weight)      checked, and as an engine wants them
    split = hold_out(estimator, examples, seed)             rows to train on, rows to validate on

These are the first steps of the fit interface (see `_fit`). Their results depend only on the arguments.

scikit-learn's rows in C order, (n_samples, n_features), and the book's columns, (n_x, m), are the same
bytes. The estimators cross from one to the other with `columns`, which is a `.T`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import validate_data

from shoal.base.errors import DataError, UsageError, warn
from shoal.base.numeric import LEAST_WEIGHT, MOST_WEIGHT, as_numpy, comparable
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.engines.base import Data
from shoal.estimators._sklearn import check_sample_weight

if TYPE_CHECKING:
    from shoal.estimators._trainable import HasTargets, Trainable

Array = NDArray[Any]
DTYPES = (np.float64, np.float32)
UNEVEN = 1e12  # the widest column is so many times as wide as the narrowest: the narrow one is lost in Z
FAR = 1e8  # a column lies so many times its width from 0: the network sees one number


class Examples(NamedTuple):
    """The training examples: checked, once as a person sees them and once as an engine does.

    Many fits may share one, because nothing writes to it. `rows` holds the numbers of the rows to learn from.
    """

    X: Any  # (m, n_x), array or CSR: a row for each example
    y: Array  # (m,) or (m, n_y): labels or numbers
    given: Array | None  # (m,): the sample weights as `fit` got them
    data: Data  # the same as columns, with the sample weights times the class weights
    output: str  # the last activation, out of `shoal.book.equations.OUTPUTS`
    rows: Array  # (at most m,), int: the numbers of the rows to learn from; rows of weight 0 are left out


class Validation(NamedTuple):
    """The rows on which each epoch is scored, as a person sees them."""

    X: Any  # (m_val, n_x), array or CSR
    y: Array  # (m_val,) or (m_val, n_y)
    weights: Array | None  # (m_val,): the sample weights of these rows


class Split(NamedTuple):
    """The numbers of the rows to train on, and the validation rows, if there are any."""

    rows: Array
    validation: Validation | None


def prepare(
    estimator: HasTargets,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    reset: bool = True,
    classes: Any = None,
    compact: bool = False,
) -> Examples:
    """Check what the estimator learns from, and write into its attributes what X and y are like.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or LogisticRegression
        Its parameters have been checked.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        As `fit` gets it; so are y and the weights.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or numbers.
    sample_weight : array-like of shape (n_samples,), default=None
        How much each row counts; rows of weight 0 are not among `Examples.rows`.
    reset : bool, default=True
        Write `n_features_in_`, `feature_names_in_` and `classes_`. With False, X and y must agree with them.
    classes : array-like of shape (n_classes,), default=None
        All classes that there will ever be, where y may lack some.
    compact : bool, default=False
        Y may be a SciPy sparse array: for whoever looks at few rows. Engines do not take it.

    Returns
    -------
    examples : Examples

    Raises
    ------
    DataError, ValueError
        If X, y or the weights cannot be learned from.
    """
    targets = estimator._targets
    X, y = targets.check(estimator, X, y, reset=reset, classes=classes)
    given = None if sample_weight is None else check_weights(sample_weight, X)
    weights = targets.weigh(estimator, y, given, X.dtype)
    check_range(weights)
    Y, output = targets.encode(estimator, y, X.dtype, compact=compact)
    rows = np.arange(X.shape[0]) if weights is None else np.flatnonzero(weights > 0)
    return Examples(X, y, given, columns(X, Y, weights), output, rows)


def on_rows(estimator: HasTargets, whole: Examples, rows: Array) -> Examples:
    """The same examples, to be learned from these rows only, such as a fold.

    A fit on them ends with the bits of a fit on a table of these rows alone, if the table has the same
    classes: weights, balanced class weights too, are those of these rows. No row is copied, only weights.

    Raises
    ------
    DataError
        If all of these rows have weight 0, their weights are too large or too small, or the estimator's loss
        cannot take their targets.
    """
    given = None if whole.given is None else whole.given[rows]
    if given is not None and not np.any(given > 0):
        raise DataError("fit.weights_zero")
    whole = whole._replace(output=estimator._targets.output(estimator, whole.y, rows))
    weights = estimator._targets.weigh(estimator, whole.y[rows], given, whole.X.dtype)
    if weights is None:
        return whole._replace(rows=rows)
    check_range(weights)
    learned = rows[weights > 0]
    if weights is given:
        return whole._replace(rows=learned)
    v = np.zeros((1, whole.X.shape[0]), dtype=whole.X.dtype)
    v[0, rows] = weights
    return whole._replace(data=whole.data._replace(v=v), rows=learned)


def hold_out(
    estimator: Trainable,
    examples: Examples,
    seed: int,
    X_val: Any = None,
    y_val: Any = None,
    stop_by: Callable[[Array, float, int], Array | None] | None = None,
) -> Split:
    """The rows to train on, and rows to score each epoch on.

    The validation rows are `X_val` and `y_val` if they are given. Otherwise, with `early_stopping`, they are
    a share of `examples.rows`: those that `stop_by` says, or drawn by the seed; without it there are none.

    Raises
    ------
    UsageError
        If only one of `X_val` and `y_val` is given.
    DataError, ValueError
        If the validation rows do not fit those of `prepare`, or there are too few rows to set some aside.
    """
    if (X_val is None) != (y_val is None):
        raise UsageError("fit.x_val_alone")
    targets = estimator._targets
    if X_val is not None:
        X, y = targets.check(estimator, X_val, y_val, reset=False, symbol="X_val")
        return Split(examples.rows, Validation(X, y, None))
    if not estimator.early_stopping:
        return Split(examples.rows, None)
    held = None if stop_by is None else stop_by(examples.rows, estimator.validation_fraction, seed)
    if held is None:
        labels = examples.y if targets.stratified and examples.y.ndim == 1 else None
        rows, held = split_rows(examples.rows, labels, estimator.validation_fraction, seed)
    else:
        rows = np.setdiff1d(examples.rows, held)
        if not (len(rows) and len(held)):
            raise DataError("fit.too_few_rows", train=len(rows), validation=len(held))
    # the largest weights may be those of the validation rows
    check_range(None if examples.data.v is None else examples.data.v[0, rows])
    # a person's own scorer is called as scorer(estimator, X, y): it may not take weights
    given = None if examples.given is None or callable(estimator.scoring) else examples.given[held]
    given = None if given is None else comparable(given)
    return Split(rows, Validation(examples.X[held], examples.y[held], given))


def split_rows(rows: Array, labels: Array | None, fraction: float, seed: int) -> tuple[Array, Array]:
    """Rows to train on and rows to validate on; each label (`labels` has one for every row) keeps its share.

    The split depends on the places in `rows` and not on the numbers that stand there. So some rows of a large
    table are split as a table of these rows alone would be.

    Raises
    ------
    DataError
        If a label has only one row, or one of the parts would be too small.
    """
    labels = None if labels is None else labels[rows]
    if labels is not None:
        values, counts = np.unique(labels, return_counts=True)
        if counts.min() < 2:
            raise DataError("fit.rare_class", label=literal(values[counts.argmin()]))
    validation = int(np.ceil(fraction * len(rows)))
    groups = 1 if labels is None else len(values)
    if validation < max(2, groups) or len(rows) - validation < groups:
        raise DataError("fit.too_few_rows", train=len(rows) - validation, validation=validation)
    places = np.arange(len(rows))
    train, held = train_test_split(places, test_size=fraction, random_state=seed, stratify=labels)
    return rows[np.sort(train)], rows[np.sort(held)]


def learned_inputs(estimator: Any) -> dict[str, Any]:
    """The attributes in which `prepare` wrote what X and y are like; another estimator may be given them."""
    names = ("classes_", "n_features_in_", "feature_names_in_")
    return {name: vars(estimator)[name] for name in names if name in vars(estimator)}


def columns(X: Any, Y: Any, weights: Any) -> Data:
    """The crossing: scikit-learn's rows become the book's columns. The bytes stay the same."""
    return Data(X.T, Y, None if weights is None else weights[None, :])


# --- X, y and weights, checked -----------------------------------------------------------------------


def check_X(estimator: Any, X: Any) -> Any:
    """X for a fitted estimator: rows in C order (or CSR), float64 or float32, finite, columns as in `fit`.

    float32 stays float32, which takes half the memory; everything else becomes float64.
    """
    if not _is_plain(estimator, X):
        X = validate_data(
            estimator,
            as_numpy(X, "X"),
            accept_sparse="csr",
            dtype=DTYPES,
            order="C",
            ensure_all_finite=False,
            reset=False,
        )
    _check_finite(estimator, X)
    return X


def _is_plain(estimator: Any, X: Any) -> bool:
    """Whether `validate_data` would return X as it is, without a warning.

    For one row, `validate_data` takes twenty times as long as a small network does, so the common case skips
    it: rows in C order, in one of our precisions, as many columns as in `fit`, and no feature names. This is
    not a second validation. It refuses, converts and warns about nothing, and in any doubt scikit-learn
    validates. So a prediction never depends on it, only the time that it takes.
    """
    return (
        type(X) is np.ndarray  # not a subclass: a masked array or a matrix is scikit-learn's to judge
        and X.ndim == 2
        and X.size > 0
        and X.dtype in DTYPES  # in this machine's byte order
        and X.flags.c_contiguous
        and X.shape[1] == getattr(estimator, "n_features_in_", None)
        and getattr(estimator, "feature_names_in_", None) is None
    )


def check_X_y(
    estimator: Any, X: Any, y: Any, *, reset: bool, multi_output: bool, numeric: bool, symbol: str = "X"
) -> Any:
    """X as by `check_X`, with a y of as many rows; a numeric y becomes finite floats."""
    if hasattr(y, "isna") and (missing := np.asarray(y.isna())).any():
        raise DataError("fit.y_missing", row=int(np.nonzero(missing)[0][0]))
    with np.errstate(invalid="ignore"):  # numbers whose sum is infinity - infinity are looked at one by one
        X, y = validate_data(
            estimator,
            as_numpy(X, symbol),
            as_numpy(y, symbol.replace("X", "y")),
            accept_sparse="csr",
            dtype=DTYPES,
            order="C",
            ensure_all_finite=False,
            multi_output=multi_output,
            y_numeric=numeric,
            reset=reset,
        )
    _check_finite(estimator, X, symbol)
    return X, cast("y", y, X.dtype) if numeric else y


def cast(symbol: str, array: Any, dtype: Any) -> Any:
    """The array in this precision; numbers that do not fit into it are an error, not infinity."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        converted = array.astype(dtype)
    values = converted.data if sparse.issparse(converted) else converted
    if not all_finite(values):
        raise DataError("fit.too_large_for_float32", symbol=symbol)
    return converted


def _check_finite(estimator: Any, X: Any, symbol: str = "X") -> None:
    """Refuse NaN and infinity, and say where the first one is."""
    if all_finite(X.data if sparse.issparse(X) else X):
        return
    if sparse.issparse(X):
        X = X.tocoo()
        where = int(np.flatnonzero(~np.isfinite(X.data))[0])
        row, column, value = int(X.row[where]), int(X.col[where]), X.data[where]
    else:
        row, column = (int(index[0]) for index in np.nonzero(~np.isfinite(X)))
        value = X[row, column]
    names = getattr(estimator, "feature_names_in_", None)
    shown = column if names is None else f"{column} ({literal(str(names[column]))})"
    shown_value = "NaN" if np.isnan(value) else "infinity"
    raise DataError("fit.not_finite", symbol=symbol, value=shown_value, row=row, column=shown)


def all_finite(values: Any) -> bool:
    """Whether all values are finite: no NaN, no infinity.

    One pass without a copy: a sum with an infinity or NaN in it is never finite, so a finite sum proves that
    all values are. A sum that is not finite may come from huge values, which are then checked one by one. A
    dot product would do as well, but BLAS's threads keep spinning after it, on cores that ours need next.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(values.sum()) or bool(np.isfinite(values).all())


def tell_scales(estimator: Any, X: Any) -> None:
    """Warn of columns that a network cannot see beside the others, or whose differences rounding hides.

    It is once over X, and changes nothing. A constant column says nothing, and is not told.
    """
    lowest, highest = (
        ends.toarray().ravel() if sparse.issparse(ends) else ends for ends in (X.min(axis=0), X.max(axis=0))
    )
    centre, spread = np.abs(highest / 2 + lowest / 2), highest / 2 - lowest / 2
    varies = np.flatnonzero(spread > 0)
    if not varies.size:
        return
    spread, centre = np.asarray(spread[varies], np.float64), np.asarray(centre[varies], np.float64)
    with np.errstate(over="ignore"):
        small, large, far = spread.argmin(), spread.argmax(), (centre / spread).argmax()
        ratio, shift = float(spread[large] / spread[small]), float(centre[far] / spread[far])
    if ratio > UNEVEN:
        ends = {"low": _named(estimator, varies[small]), "high": _named(estimator, varies[large])}
        numbers = {"ratio": ratio, "small": float(spread[small]), "large": float(spread[large])}
        warn(text("fit.uneven_scales", **ends, **numbers), UserWarning)
    if shift > FAR:
        numbers = {"centre": float(centre[far]), "spread": float(spread[far])}
        warn(
            text("fit.far_from_zero", column=_named(estimator, varies[far]), shift=shift, **numbers),
            UserWarning,
        )


def _named(estimator: Any, column: int) -> str:
    names = getattr(estimator, "feature_names_in_", None)
    return text("fit.column", number=column) if names is None else literal(str(names[column]))


def check_weights(sample_weight: Any, X: Any) -> Any:
    """One weight for each row, (m,), in X's precision; none is negative, and not all are zero."""
    weights = check_sample_weight(
        as_numpy(sample_weight, "sample_weight"),
        X,
        dtype=np.float64,
        ensure_non_negative=True,
        allow_all_zero_weights=True,
    )
    if not np.any(weights > 0):
        raise DataError("fit.weights_zero")
    check_range(weights)
    return weights.astype(X.dtype, copy=False)


def check_range(weights: Any) -> None:
    """Refuse weights whose largest is outside of what engines take; None is in order.

    They are not divided by it here: the penalty is counted in weights, so another unit is another model.
    """
    if weights is None:
        return
    largest = float(np.nan_to_num(weights, nan=np.inf, posinf=np.inf).max())  # NaN is 0 times an overflow
    if not LEAST_WEIGHT <= largest <= MOST_WEIGHT:
        raise DataError("fit.weights_range", largest=largest, least=LEAST_WEIGHT, most=MOST_WEIGHT)
