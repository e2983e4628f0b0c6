"""A person's y and the book's Y: labels (numbers, strings, booleans), or numbers to predict."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse
from sklearn.utils import column_or_1d, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from shoal.base.errors import DataError, warn
from shoal.base.numeric import is_number, like, whole_labels
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.estimators._inputs import Array, check_X_y
from shoal.estimators._parameters import LOSSES


class TargetKind(Protocol):
    """What an estimator's y is: labels or numbers. y is as a person sees it, Y as the equations do."""

    # whether each value, where a row has one, keeps its share in a validation split
    stratified: ClassVar[bool]

    def check(
        self, estimator: Any, X: Any, y: Any, *, reset: bool, classes: Any = None, symbol: str = "X"
    ) -> tuple[Any, Array]:
        """X, array or CSR (m, n_x), and y, (m,) or (m, n_y), checked.

        With `reset`, write into the estimator's attributes what X and y are like; without it, they must agree
        with the attributes. `symbol` is the name of X in messages.
        """

    def encode(self, estimator: Any, y: Array, dtype: DTypeLike, *, compact: bool = False) -> tuple[Any, str]:
        """Y, (n_y, m), in this precision, and the name of the output that belongs to it.

        With `compact`, a Y with one 1 for each row is a SciPy sparse array: for whoever looks at few rows.
        """

    def output(self, estimator: Any, y: Array, rows: Array) -> str:
        """The name of the output; raises if its loss cannot take the targets of these rows of y."""

    def weigh(self, estimator: Any, y: Array, weights: Array | None, dtype: DTypeLike) -> Array | None:
        """The sample weights, (m,) or None, times those that the estimator gives to classes."""


@dataclass(frozen=True)
class LabelTargets:
    """One label for each row; with `multilabel` also a 0/1 matrix with a column for each label.

    With `single`, all rows may have the same label, as happens to a rare one in some folds: the network
    learns that its sigmoid is 0. A logistic regression would have no minimum there.
    """

    stratified: ClassVar[bool] = True
    multilabel: bool
    single: bool

    def check(
        self, estimator: Any, X: Any, y: Any, *, reset: bool, classes: Any = None, symbol: str = "X"
    ) -> tuple[Any, Array]:
        """See `TargetKind`; the attribute is `classes_`."""
        refuse_mixed_list(y)
        y = whole_labels(y, symbol.replace("X", "y"))
        X, y = check_X_y(
            estimator, X, y, reset=reset, multi_output=self.multilabel, numeric=False, symbol=symbol
        )
        y, found = check_labels(y)
        all_classes = found if classes is None else np.unique(whole_labels(classes, "classes"))
        if reset:
            estimator.classes_ = all_classes
            if len(estimator.classes_) < 2 and y.ndim == 1 and not self.single:
                raise DataError("fit.one_class", label=literal(estimator.classes_[0]))
        elif classes is not None and not _are_the_same(all_classes, estimator.classes_):
            raise DataError("fit.other_classes")
        refuse_new_classes(found, estimator.classes_)
        return X, like(y, estimator.classes_) if y.ndim == 1 else y

    def encode(self, estimator: Any, y: Array, dtype: DTypeLike, *, compact: bool = False) -> tuple[Any, str]:
        """See `TargetKind`: a sigmoid or a softmax."""
        return encode(y, estimator.classes_, dtype, compact=compact)

    def output(self, estimator: Any, y: Array, rows: Array) -> str:
        """See `TargetKind`: a sigmoid for two classes or for several labels, a softmax otherwise."""
        return output_of(y, estimator.classes_)

    def weigh(self, estimator: Any, y: Array, weights: Array | None, dtype: DTypeLike) -> Array | None:
        """See `TargetKind`: `class_weight`."""
        if estimator.class_weight is None:
            return weights
        return weigh_classes(estimator.class_weight, estimator.classes_, y, weights, dtype)


@dataclass(frozen=True)
class NumberTargets:
    """One number for each row, or several."""

    stratified: ClassVar[bool] = False

    def check(
        self, estimator: Any, X: Any, y: Any, *, reset: bool, classes: Any = None, symbol: str = "X"
    ) -> tuple[Any, Array]:
        """See `TargetKind`."""
        X, y = check_X_y(estimator, X, y, reset=reset, multi_output=True, numeric=True, symbol=symbol)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if estimator.loss == "poisson":
            refuse_negative(y, symbol.replace("X", "y"), np.arange(len(y)))
        return X, y

    def encode(self, estimator: Any, y: Array, dtype: DTypeLike, *, compact: bool = False) -> tuple[Any, str]:
        """See `TargetKind`: the numbers as they are, which is compact."""
        return y.reshape(len(y), -1).T, LOSSES[estimator.loss]

    def output(self, estimator: Any, y: Array, rows: Array) -> str:
        """See `TargetKind`: that of the loss."""
        if estimator.loss == "poisson":
            refuse_negative(y, "y", rows)
        return LOSSES[estimator.loss]

    def weigh(self, estimator: Any, y: Array, weights: Array | None, dtype: DTypeLike) -> Array | None:
        """See `TargetKind`: the weights as they are."""
        return weights


def refuse_negative(y: Array, symbol: str, rows: Array) -> None:
    """Refuse numbers that no count can be in these rows, (at most m,), of y, (m,) or (m, n_y).

    All of them may be 0: the network then learns that A is 0.
    """
    numbers = y.reshape(len(y), -1)
    found = np.argwhere(numbers[rows] < 0)
    if len(found):
        place, column = found[0].tolist()
        row = int(rows[place])
        raise DataError("fit.negative_count", symbol=symbol, value=f"{numbers[row, column]:g}", row=row)


def is_ours(estimator: Any) -> bool:
    """Whether it is an estimator of shoal, or a subclass of one: its `_targets` are one of these."""
    return isinstance(getattr(estimator, "_targets", None), LabelTargets | NumberTargets)


def _are_the_same(classes: Array, known: Array) -> bool:
    return np.array_equal(like(classes, known), known)


def check_labels(y: Any) -> tuple[Array, Array]:
    """y with one label for each row, (m,), or with several as a 0/1 matrix, (m, labels); and its classes.

    Raises
    ------
    DataError
        If labels of different types are mixed, or a row has several labels that are not 0 or 1.
    """
    if sparse.issparse(y):
        y = y.toarray()
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    found = classes_in(y)
    check_classification_targets(y)
    if y.ndim == 2 and not is_multilabel(y):
        raise DataError("fit.multioutput", shape=y.shape)
    return y, found


def is_multilabel(y: Any) -> bool:
    """Whether y is a 0/1 matrix with a column for each label."""
    return bool(type_of_target(y) == "multilabel-indicator")


def refuse_mixed_list(y: Any) -> None:
    """Refuse a list of strings and numbers: as an array, all of them would become strings."""
    if isinstance(y, list | tuple) and len({isinstance(label, str) for label in y}) > 1:
        _raise_mixed(y)


def classes_in(y: Any) -> Any:
    """The classes, sorted: the values in y, or the numbers of its columns."""
    try:
        return np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)
    except TypeError:
        _raise_mixed(y.tolist())


def _raise_mixed(labels: Any) -> None:
    types = ", ".join(sorted({type(label).__name__ for label in labels}))
    raise DataError("fit.mixed_labels", types=types) from None


def refuse_new_classes(found: Array, classes: Array) -> None:
    """Refuse labels that are not among the classes; both are sorted, without repeats."""
    new = np.setdiff1d(like(found, classes), classes, assume_unique=True)
    if len(new):
        raise DataError("fit.new_classes", labels=", ".join(map(literal, new[:5].tolist())))


def output_of(y: Array, classes: Array) -> str:
    """The output of a network that tells these classes apart, one for each row or several."""
    return "sigmoid" if y.ndim == 2 or len(classes) <= 2 else "softmax"


def encode(y: Any, classes: Any, dtype: Any, *, compact: bool = False) -> tuple[Any, str]:
    """Y, (n_y, m), and its output; see `TargetKind.encode`."""
    output = output_of(y, classes)
    if y.ndim == 2:
        return np.asarray(y.T, dtype), output
    number = np.searchsorted(classes, y)  # (m,)
    if output == "sigmoid":
        return number[None, :].astype(dtype), output
    shape, places = (len(classes), len(number)), np.arange(len(number) + 1)
    if compact:
        return sparse.csc_array((np.ones(len(number), dtype), number, places), shape=shape), output
    Y = np.zeros(shape, dtype)
    Y[number, places[:-1]] = 1
    return Y, output


def weigh_classes(
    class_weight: Any, classes: Array, y: Array, weights: Array | None, dtype: DTypeLike
) -> Array:
    """The weights of the rows, (m,), times those of their classes.

    "balanced" gives all classes the same total weight.
    """
    of_class = class_weights(class_weight, classes, y, weights)
    with np.errstate(over="ignore", invalid="ignore"):  # the range of what comes is checked by the caller
        of_row = of_class[np.searchsorted(classes, y)].astype(dtype)
        of_row = of_row if weights is None else of_row * weights
    if np.all(of_row == 0):
        raise DataError("fit.weights_zero_classes")
    return of_row


def class_weights(class_weight: Any, classes: Array, y: Array, weights: Array | None) -> Array:
    """The weight of each class, (n_classes,), as these rows decide it."""
    if y.ndim == 2:
        raise DataError("fit.class_weight_labels")
    if isinstance(class_weight, dict):
        known = classes.tolist()
        if not all(is_number(weight) and 0 <= weight < np.inf for weight in class_weight.values()):
            raise DataError("fit.class_weights", got=literal(class_weight))
        absent = [label for label in class_weight if label not in known]
        if absent:
            said = {"label": literal(absent[0]), "labels": literal(known, 200)}
            if not all(label in class_weight for label in known):  # perhaps one of them was meant
                raise DataError("fit.unknown_class", **said)
            warn(text("fit.absent_class", **said), UserWarning)
        of_class = np.array([class_weight.get(label, 1.0) for label in known], dtype=np.float64)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            of_class = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=weights)
        of_class[~np.isfinite(of_class)] = 0.0  # all rows of this class have weight 0, and keep it
    return of_class
