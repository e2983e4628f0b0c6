"""What an estimator says of rows, beside what is true of them, checked: the data of the pictures of errors.

Any estimator of scikit-learn will do. Nothing is drawn here.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from shoal.base.arguments import check_list
from shoal.base.errors import DataError, UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.shown import listed, literal, quoted


class Question(NamedTuple):
    """A yes or no: is a row of this class? `score` is the higher, the more the model says yes."""

    name: Any
    happened: Any  # (m,) of truth values
    score: Any  # (m,)

    @property
    def positives(self) -> int:
        """The rows of the class."""
        return int(self.happened.sum())

    @property
    def negatives(self) -> int:
        """The rows of other classes."""
        return len(self.happened) - self.positives


class Classes(NamedTuple):
    """True and predicted labels of rows, in numbers of classes."""

    labels: Sequence[Any]
    truth: Any  # (m,) of places in labels
    predicted: Any  # (m,)


def require_classes(estimator: Any, what: str) -> None:
    """Refuse an estimator that does not tell classes."""
    if not is_classifier(estimator):
        raise UsageError("plots.needs_classes", what=what, type=type(estimator).__name__)


def require_numbers(estimator: Any, what: str) -> None:
    """Refuse an estimator that does not predict numbers."""
    if not is_regressor(estimator):
        raise UsageError("plots.needs_numbers", what=what, type=type(estimator).__name__)


def scores_of(estimator: Any, X: Any, what: str, *, probabilities: bool = False) -> Any:
    """Probabilities of the classes; without them the decision function, unless they are insisted on."""
    require_classes(estimator, what)
    if hasattr(estimator, "predict_proba"):
        P = estimator.predict_proba(X)
        return np.stack([p[:, 1] for p in P], axis=1) if isinstance(P, list) else P  # several labels
    if probabilities or not hasattr(estimator, "decision_function"):
        raise UsageError("plots.no_probabilities", what=what, type=type(estimator).__name__)
    return estimator.decision_function(X)


def questions(y_true: Any, y_score: Any, labels: Any = None, *, one_sided: bool = False) -> list[Question]:
    """One question of two classes (is it the second?), else one for each class, or for each label.

    Parameters
    ----------
    y_true : array-like of shape (m,) or (m, n_labels)
        Labels; or 0 and 1, a column for each label.
    y_score : array-like of shape (m,), (m, 2), (m, n_classes) or (m, n_labels)
        The higher, the more it is the second class, or the class of the column.
    labels : sequence, optional
        The classes in the order of the scores; those in `y_true`, sorted, unless given.
    one_sided : bool, default=False
        Whether a question with the same answer for all rows is returned too. It can be counted, not ranked.

    Raises
    ------
    DataError
        If the rows do not fit, hold NaN or infinity, or no question has both answers.
    """
    if labels is not None:
        check_list("labels", labels)
    y, scores = labels_of(y_true), _finite("y_score", y_score)
    _same_rows(y, scores)
    if y.ndim == 2:
        names = np.arange(y.shape[1]) if labels is None else labels
        found = [Question(name, y[:, k] == 1, scores[:, k]) for k, name in enumerate(names)]
    else:
        classes = _classes(y, labels)
        columns = 2 if scores.ndim == 1 else scores.shape[1]
        if columns != len(classes):
            raise DataError("plots.scores_shape", classes=len(classes), got=scores.shape)
        if columns == 2:
            score = scores if scores.ndim == 1 else scores[:, 1]
            found = [Question(classes[1], y == classes[1], score)]
        else:
            found = [Question(label, y == label, scores[:, k]) for k, label in enumerate(classes)]
    answered = [question for question in found if question.positives and question.negatives]
    if not answered:
        raise DataError("plots.one_class", labels=listed(np.unique(y).tolist()))
    return found if one_sided else answered


def predicted_classes(y_true: Any, y_pred: Any, labels: Any = None) -> Classes:
    """Labels as numbers of classes; the classes are those of `labels`, or all that occur."""
    if labels is not None:
        check_list("labels", labels)
    y, predicted = labels_of(y_true), labels_of(y_pred)
    _same_rows(y, predicted)
    if y.ndim == 2 or predicted.ndim == 2:
        raise UsageError("plots.several_labels")
    classes = np.unique(np.concatenate([y, predicted])) if labels is None else np.asarray(labels)
    for given in (y, predicted):
        _refuse_others(given, classes)
    places = {label: k for k, label in enumerate(classes.tolist())}
    truth, said = (np.array([places[label] for label in each.tolist()]) for each in (y, predicted))
    return Classes(classes.tolist(), truth, said)


def numbers_of(y_true: Any, y_pred: Any, output: int = 0) -> tuple[Any, Any]:
    """True and predicted numbers, (m,) each; of several outputs, this one."""
    pair = []
    for symbol, given in (("y_true", y_true), ("y_pred", y_pred)):
        values = _finite(symbol, given)
        values = values.reshape(len(values), -1)
        if not is_whole(output) or not 0 <= output < values.shape[1]:
            raise UsageError("plots.no_output", output=literal(output), outputs=values.shape[1])
        pair.append(values[:, output])
    _same_rows(*pair)
    return pair[0], pair[1]


def labels_of(y: Any) -> Any:
    """Labels, (m,), or a 0/1 matrix; empty and mixed ones are refused."""
    y = flat(y)
    if y.size == 0:
        raise DataError("plots.no_rows")
    missing = y != y
    if np.any(missing):
        raise DataError("plots.not_finite", symbol="y", row=int(np.nonzero(missing)[0][0]), value="NaN")
    if y.ndim == 2 and y.shape[1] > 1 and type_of_target(y) == "multilabel-indicator":
        return y
    return column_or_1d(y)


def flat(y: Any) -> Any:
    """y as an array; that of a table with one column is (m,), for each row has one label or number."""
    y = np.asarray(y)
    return y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y


def _finite(symbol: str, values: Any) -> Any:
    """Numbers as float64; NaN and infinity are refused with their row."""
    values = check_array(
        values, ensure_2d=False, ensure_all_finite=False, dtype=np.float64, input_name=symbol
    )
    wrong = ~np.isfinite(values)
    if wrong.any():
        where = tuple(int(index[0]) for index in np.nonzero(wrong))
        raise DataError("plots.not_finite", symbol=symbol, row=where[0], value=literal(values[where]))
    return values


def _same_rows(y: Any, other: Any) -> None:
    if len(y) != len(other):
        raise DataError("plots.rows_differ", rows=len(y), other=len(other))


def _classes(y: Any, labels: Any) -> Any:
    found = np.unique(y)
    if labels is None:
        if len(found) < 2:
            raise DataError("plots.one_class", labels=listed(found.tolist()))
        return found
    _refuse_others(y, np.asarray(labels))
    return np.asarray(labels)


def _refuse_others(y: Any, classes: Any) -> None:
    others = sorted(set(np.unique(y).tolist()) - set(classes.tolist()), key=str)
    if others:
        raise DataError("plots.unknown_labels", labels=listed(others), known=listed(classes.tolist()))


def columns_of_table(X: Any) -> list[Any] | None:
    """What the columns of a table of pandas, polars or pyarrow are called; None for an array."""
    names = getattr(X, "column_names", getattr(X, "columns", None))  # pyarrow's `columns` are the numbers
    return None if names is None else list(names)


def feature_names_of(estimator: Any, X: Any, given: Sequence[str] | None, count: int) -> list[str]:
    """What the columns are called: as given, as the table or the estimator has them, or x1, x2, ..."""
    for names in (given, columns_of_table(X), getattr(estimator, "feature_names_in_", None)):
        if names is not None:
            if isinstance(names, str) or not isinstance(names, Collection):
                raise UsageError("plots.names", got=literal(names))
            if len(names) != count:
                raise UsageError("plots.names_count", wanted=count, got=len(names))
            return [str(name) for name in names]
    return [f"x{k + 1}" for k in range(count)]


def column_of(feature: Any, names: Sequence[str]) -> int:
    """The place of a feature that is given by its name or its number."""
    if isinstance(feature, str) and feature in names:
        return list(names).index(feature)
    if is_number(feature) and feature in range(len(names)):
        return int(feature)
    raise UsageError("plots.no_feature", name=quoted(feature), known=listed(list(names)))
