"""A person's arrays, checked: X, y, weights, and the rows to validate on.

scikit-learn's rows in C order, (n_samples, n_features), and the book's columns, (n_x, m), are the same
bytes. The estimators cross from one to the other with `columns`, which is a `.T`.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import validate_data

from shoal.base.errors import DataError
from shoal.engines.base import Data
from shoal.estimators._sklearn import check_sample_weight

DTYPES = (np.float64, np.float32)


def check_X(estimator: Any, X: Any) -> Any:
    """X for a fitted estimator: rows in C order (or CSR), float64 or float32, finite, as wide as in `fit`.

    float32 stays float32 (half the memory); everything else becomes float64, the judge's precision.
    """
    if not _is_plain(estimator, X):
        X = validate_data(
            estimator, X, accept_sparse="csr", dtype=DTYPES, order="C", ensure_all_finite=False, reset=False
        )
    _check_finite(estimator, X)
    return X


def _is_plain(estimator: Any, X: Any) -> bool:
    """Whether `validate_data` would hand X back as it is, without a word.

    That takes it twenty times as long as a small network needs for a row, so the common case is spared:
    rows in C order, in a precision of ours, as wide as in `fit`, which saw no names. This is no second
    validation: it refuses, converts and warns about nothing, and whatever it is not sure of goes to
    scikit-learn. So an answer may never depend on it, only how soon it comes.
    """
    return (
        type(X) is np.ndarray  # of no subclass: those may be masked, or matrices
        and X.ndim == 2
        and X.size > 0
        and X.dtype in DTYPES  # which the other byte order is not
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
    X, y = validate_data(
        estimator,
        X,
        y,
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
    if not _all_finite(values):
        raise DataError("fit.too_large_for_float32", symbol=symbol)
    return converted


def _check_finite(estimator: Any, X: Any, symbol: str = "X") -> None:
    """Refuse NaN and infinity, and say where the first one is."""
    if _all_finite(X.data if sparse.issparse(X) else X):
        return
    if sparse.issparse(X):
        X = X.tocoo()
        where = int(np.flatnonzero(~np.isfinite(X.data))[0])
        row, column, value = int(X.row[where]), int(X.col[where]), X.data[where]
    else:
        row, column = (int(index[0]) for index in np.nonzero(~np.isfinite(X)))
        value = X[row, column]
    names = getattr(estimator, "feature_names_in_", None)
    shown = column if names is None else f"{column} ({str(names[column])[:60]!r})"
    shown_value = "NaN" if np.isnan(value) else "infinity"
    raise DataError("fit.not_finite", symbol=symbol, value=shown_value, row=row, column=shown)


def _all_finite(values: Any) -> bool:
    """Whether there is no NaN and no infinity among the values.

    One pass without a copy: infinities never add up to a number, so where the sum is finite all values are.
    Where it is not they may only be huge, and are looked at one by one. A dot product would do as well, but
    the threads of BLAS spin on when it is done, on the cores where ours are about to begin.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.sum(values)) or bool(np.isfinite(values).all())


def check_weights(sample_weight: Any, X: Any) -> Any:
    """A weight a row, (m,), none negative and not all zero."""
    weights = check_sample_weight(
        sample_weight, X, dtype=X.dtype, ensure_non_negative=True, allow_all_zero_weights=True
    )
    if not np.any(weights > 0):
        raise DataError("fit.weights_zero")
    return weights


class Examples(NamedTuple):
    """What is learned from: checked, and as an engine wants it. Many networks may share one."""

    X: Any  # (m, n_x), a row an example
    y: Any  # (m,) or (m, n_y), labels or numbers
    given: Any  # (m,), the weights as they were given, or None
    data: Data  # the same as columns, with the weights that count
    output: str  # the last activation
    rows: Any  # the numbers of those that are learned from


class Split(NamedTuple):
    """The rows to train on; and X, y and weights to score each epoch on, if there are any."""

    rows: Any
    validation: tuple[Any, Any, Any] | None


def split_rows(rows: Any, labels: Any, fraction: float, seed: int) -> tuple[Any, Any]:
    """Rows to train on and rows to validate on; `labels` (or None) keep their shares in both.

    Which rows these are depends on their places in `rows` and not on their numbers: a list of rows of a
    large table is split as a table of these rows alone.
    """
    labels = None if labels is None else labels[rows]
    if labels is not None:
        values, counts = np.unique(labels, return_counts=True)
        if counts.min() < 2:
            raise DataError("fit.rare_class", label=repr(values[counts.argmin()].item()))
    validation = int(np.ceil(fraction * len(rows)))
    groups = 1 if labels is None else len(values)
    if validation < max(2, groups) or len(rows) - validation < groups:
        raise DataError("fit.too_few_rows", train=len(rows) - validation, validation=validation)
    places = np.arange(len(rows))
    train, held = train_test_split(places, test_size=fraction, random_state=seed, stratify=labels)
    return rows[np.sort(train)], rows[np.sort(held)]


def columns(X: Any, Y: Any, weights: Any) -> Data:
    """The crossing: rows of scikit-learn become the book's columns, the same bytes."""
    return Data(X.T, Y, None if weights is None else weights[None, :])
