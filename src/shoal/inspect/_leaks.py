"""How well does one feature alone predict the target? This finds features that give the target away.

It is measured on rows that were not learned from (three folds), so that a category with a level for every
row, which can only be learned by heart, predicts nothing. A feature comes as codes, whole numbers from 0 such
as the ranks of its values, because a leak is a leak in any unit, and 1e308 is a rank like any other.

Trees take milliseconds a feature, so `may_give_away` looks at many features at once and says which are worth
them; it sees the rows that it judges, and so it is kinder than any fold.

The folds and the tables of levels are written here: scikit-learn has no estimator that predicts the
commonest class of a level, and its `cross_val_predict` would need both tables wrapped as estimators.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 10_000
"""Rows, drawn with a fixed seed, on which features are tried: enough to tell 98 % from perfect."""

CLASS_SKILL = 0.98  # of one feature, above which it is a leak; the best of iris reaches 0.94
NUMBER_R2 = 0.999
FEWEST_MINORITY = 10  # rows outside the commonest class; fewer can be told apart by chance
FEWEST_ROWS = 20  # to suspect anything of a number
CELLS = 1 << 19  # features times rows that `may_give_away` is given at once: it needs 100 bytes for each

_FOLDS = 3
_NEAR = 5  # a feature that makes up to so many times the errors of a leak is worth trees

Codes = NDArray[np.intp]
Predict = Callable[[Codes, NDArray[Any], Codes], NDArray[Any]]
"""(codes to learn from, their y, codes to predict) -> predicted y"""


def sampled_rows(rows: int) -> Codes:
    """The numbers of at most `MOST_ROWS` of the rows, in their order."""
    if rows <= MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))


# --- many features at once -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _InOrder:
    """The rows of each feature, sorted by its codes and then by y, one feature after the other.

    A group is the rows of one feature that have one code; the groups of a feature follow each other.
    """

    y: NDArray[Any]  # (features * rows,)
    group: Codes  # (features * rows,): the number of the row's group
    size: Codes  # (groups,): how many rows each has
    feature: Codes  # (groups,): whose group it is

    @classmethod
    def of(cls, codes: Codes, y: Codes) -> Self:
        """Sort codes, (features, rows), with whole numbers y from 0, (rows,)."""
        base = int(y.max()) + 1
        code, y = np.divmod(np.sort(codes * base + y, axis=1), base)
        opens = np.ones(codes.shape, bool)
        opens[:, 1:] = code[:, 1:] != code[:, :-1]
        size = np.diff(np.append(np.flatnonzero(opens), codes.size))
        return cls(y.ravel(), np.cumsum(opens) - 1, size, np.nonzero(opens)[0])

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Whether each row is alone in its group, so that only its neighbours can tell its y."""
        return np.asarray((self.size == 1)[self.group])

    def off_neighbours(self, features: int) -> NDArray[Any]:
        """The distance of each row's y to that of the nearer of the rows beside it: (features, rows)."""
        steps = np.abs(np.diff(self.y.reshape(features, -1), axis=1))
        far = np.full((features, 1), np.iinfo(steps.dtype).max)
        return np.asarray(np.minimum(np.hstack([far, steps]), np.hstack([steps, far])))


def may_give_away(codes: Codes, ordered: NDArray[np.bool_], y: NDArray[Any], classes: bool) -> NDArray[Any]:
    """Which features may be leaks, (features,): the only ones that are worth their exact score.

    The best answer for each code that several rows have, and for a row alone the better of the two beside it
    (if the codes of the feature are `ordered`), do better than a tree on rows that it has not seen.

    Parameters
    ----------
    codes : ndarray of shape (features, rows)
        At most `CELLS` of them.
    ordered : ndarray of shape (features,)
        Whether the order of a feature's codes means something.
    y : ndarray of shape (rows,)
        Classes or numbers.
    classes : bool
        Whether y is a class.
    """
    return (_may_tell_classes if classes else _may_tell_numbers)(codes, ordered, y)


def _may_tell_classes(codes: Codes, ordered: NDArray[np.bool_], y: NDArray[Any]) -> NDArray[np.bool_]:
    """Errors: the rows outside the commonest class of their group, and those that differ from both beside."""
    labels = np.unique(y, return_inverse=True)[1]
    minority = labels.size - np.bincount(labels).max()
    if minority < FEWEST_MINORITY:
        return np.zeros(len(codes), bool)
    rows = _InOrder.of(codes, labels)
    ends = np.flatnonzero(np.append((np.diff(rows.y) != 0) | (np.diff(rows.group) != 0), True))
    runs = np.diff(np.append(-1, ends))  # of one class within a group
    best = np.maximum.reduceat(runs, np.flatnonzero(np.diff(np.append(-1, rows.group[ends]))))
    errors = np.bincount(rows.feature, rows.size - best, minlength=len(codes))
    lonely = rows.alone.reshape(codes.shape) & (rows.off_neighbours(len(codes)) > 0)
    errors += ordered * lonely.sum(axis=1)
    return np.asarray(errors <= _NEAR * (1 - CLASS_SKILL) * minority)


def _may_tell_numbers(codes: Codes, ordered: NDArray[np.bool_], y: NDArray[Any]) -> NDArray[np.bool_]:
    """The squares of what `_may_tell_classes` counts, in ranks of y; or Spearman's correlation."""
    from scipy.stats import rankdata

    doubled = (2 * rankdata(y)).astype(np.intp)  # ranks of ties are halves
    rows = _InOrder.of(codes, doubled)
    off = rows.y - (np.bincount(rows.group, rows.y) / rows.size)[rows.group]
    beside = rows.alone.reshape(codes.shape) & ordered[:, np.newaxis]
    off = np.where(beside, rows.off_neighbours(len(codes)), off.reshape(codes.shape))
    far = doubled - doubled.mean()
    allowed = _NEAR * (1 - NUMBER_R2) * np.sum(far**2)
    last = np.cumsum(rows.size) - rows.feature * y.size
    place = (last - (rows.size - 1) / 2)[rows.group].reshape(codes.shape)  # the ranks of the codes
    place -= place.mean(axis=1, keepdims=True)
    together = np.sum(place * (rows.y.reshape(codes.shape) - doubled.mean()), axis=1) ** 2
    rises = ordered & (together >= (np.sum(far**2) - allowed) * np.sum(place**2, axis=1))
    return np.asarray((np.sum(off**2, axis=1) <= allowed) | rises)


# --- one feature ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassScore:
    """How well one feature alone tells the classes apart.

    Attributes
    ----------
    accuracy : float
    skill : float
        The share of the errors of "always the commonest class" that it avoids.
    minority : int
        Rows that are not of the commonest class: so much evidence there is.
    """

    accuracy: float
    skill: float
    minority: int

    @property
    def is_leak(self) -> bool:
        """Whether this is too good to be true."""
        return self.skill > CLASS_SKILL and self.minority >= FEWEST_MINORITY


def class_score(codes: Codes, ordered: bool, y: NDArray[Any]) -> ClassScore:
    """The score of a tree if the codes have an order, else of a table of levels."""
    labels = np.unique(y, return_inverse=True)[1]
    minority = int(labels.size - np.bincount(labels).max())
    predicted = _out_of_fold(codes, labels, _class_by_tree if ordered else _class_by_level)
    errors = int(np.sum(predicted != labels))
    return ClassScore(1 - errors / labels.size, 1 - errors / max(minority, 1), minority)


def number_score(codes: Codes, ordered: bool, y: NDArray[np.float64]) -> float:
    """R² of the ranks of y; above `NUMBER_R2` it is a leak.

    If the codes have an order, the better of two: Spearman's correlation squared, which sees any rising or
    falling relation in however few rows, and a regression tree, which sees the others.
    """
    from scipy.stats import rankdata

    ranks = rankdata(y)
    score = _r2(ranks, _out_of_fold(codes, ranks, _mean_by_tree if ordered else _mean_by_level))
    if ordered and codes.min() < codes.max():
        score = max(score, float(np.corrcoef(rankdata(codes), ranks)[0, 1] ** 2))
    return score


def _out_of_fold(codes: Codes, y: NDArray[Any], predict: Predict) -> NDArray[Any]:
    """Each row's y, predicted from the rows of the other folds."""
    fold = np.random.default_rng(0).permutation(y.size) % _FOLDS
    predicted = np.empty_like(y)
    for held_out in range(_FOLDS):
        test = fold == held_out
        predicted[test] = predict(codes[~test], y[~test], codes[test])
    return predicted


def _class_by_tree(codes: Codes, y: NDArray[Any], wanted: Codes) -> NDArray[Any]:
    """A tree with few leaves: enough to separate the classes, too few to learn rows by heart."""
    from sklearn.tree import DecisionTreeClassifier

    leaves = max(16, 2 * len(np.unique(y)))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
    return np.asarray(tree.fit(codes[:, np.newaxis], y).predict(wanted[:, np.newaxis]))


def _class_by_level(codes: Codes, y: NDArray[Any], wanted: Codes) -> NDArray[Any]:
    """The commonest class of each level; for a level not seen, the commonest of all."""
    classes = y.max() + 1
    best = np.full(max(codes.max(), wanted.max()) + 1, np.bincount(y).argmax())
    pairs, counts = np.unique(codes * classes + y, return_counts=True)
    rising = pairs[np.argsort(counts, kind="stable")]
    best[rising // classes] = rising % classes  # of several classes the last, the commonest, stays
    return best[wanted]


def _mean_by_tree(codes: Codes, y: NDArray[Any], wanted: Codes) -> NDArray[Any]:
    """A full tree: the y of the nearest value."""
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(random_state=0)
    return np.asarray(tree.fit(codes[:, np.newaxis], y).predict(wanted[:, np.newaxis]))


def _mean_by_level(codes: Codes, y: NDArray[Any], wanted: Codes) -> NDArray[Any]:
    """The mean of each level; for a level not seen, the mean of all."""
    levels = max(codes.max(), wanted.max()) + 1
    count = np.bincount(codes, minlength=levels)
    total = np.bincount(codes, weights=y, minlength=levels)
    mean = np.where(count > 0, total / np.maximum(count, 1), y.mean())
    return np.asarray(mean[wanted])


def _r2(y: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    return float(1 - np.sum((y - predicted) ** 2) / np.sum((y - y.mean()) ** 2))
