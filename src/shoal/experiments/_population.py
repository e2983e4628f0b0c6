"""Networks that an experiment compares: trained as one population, and their boundaries as panels.

Invariant: each network ends with the bits with which its own `fit` would end. What one of them does wrong,
such as a cost that becomes infinite, stops only that one: its `ending_` says so.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from shoal.base.errors import DataError, DivergedError
from shoal.base.shown import literal
from shoal.engines import get_engine
from shoal.estimators import MLPClassifier
from shoal.estimators._fit import begin
from shoal.estimators._inputs import hold_out, prepare, split_rows
from shoal.estimators._parameters import check_parameters
from shoal.estimators._runs import seed_of, start
from shoal.experiments._finding import Array, Field, Panel, Series, Setting
from shoal.inspect import Trace, trace
from shoal.training import train

MOST_ROWS = 500  # of a person's table: an experiment trains many networks, and shows something in seconds
POINTS = 400  # of a curve in a picture
Rows = tuple[Array, Any]  # X (m, n_x) and y (m,)


# --------------------------------------------------------------------------- rows


def rows_of(setting: Setting, own: Callable[..., Rows], most: int = MOST_ROWS, **options: Any) -> Rows:
    """The person's rows (of many, a sample), or those of a toy set with the experiment's seed.

    The sample has two rows of each class, where the table has them and there is room.
    """
    if setting.table is None:
        return own(seed=setting.seed, **options)
    X, y = setting.table.X, setting.table.y
    if len(X) <= most:
        return X, y
    order = np.random.default_rng(setting.seed).permutation(len(X))
    grouped = order[np.argsort(y[order], kind="stable")]
    starts = np.unique(y[grouped], return_index=True)[1]
    pairs = grouped[np.minimum(np.concatenate([starts, starts + 1]), len(X) - 1)]
    first = np.isin(order, pairs)
    chosen = np.sort(np.concatenate([order[first], order[~first]])[:most])
    return X[chosen], y[chosen]


def with_new_rows(setting: Setting, own: Callable[..., Rows], **options: Any) -> tuple[Rows, Rows]:
    """Rows to learn from and others to judge by: two draws of a toy set, or the halves of a person's.

    Raises
    ------
    DataError
        If a class has only one row.
    """
    if setting.table is None:
        return own(seed=setting.seed, **options), own(seed=setting.seed + 1_000_003, **options)
    X, y = rows_of(setting, own)
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < 2:
        raise DataError("experiments.rare_class", label=literal(labels[counts.argmin()]))
    old, new = split_rows(np.arange(len(X)), y, 0.5, setting.seed)
    return (X[old], y[old]), (X[new], y[new])


# --------------------------------------------------------------------------- networks


def network(hidden: Any, activation: Any = "tanh", **parameters: Any) -> MLPClassifier:
    """A classifier that learns as in the notes: all rows in each step, plain gradient descent, no penalty.

    It has as many epochs as it was given, and does not stop earlier.
    """
    plain: dict[str, Any] = {"solver": "sgd", "momentum": 0.0, "batch_size": "full", "alpha": 0.0}
    return MLPClassifier(hidden, activation, **plain | {"tol": 0.0, "n_iter_no_change": np.inf} | parameters)


def fit_together(models: Sequence[MLPClassifier], X: Any, y: Any) -> None:
    """Fit all of them on the same rows, in one run."""
    fittings = []
    for model in models:
        check_parameters(model)
        seed = seed_of(model.random_state)
        examples = prepare(model, X, y)
        fittings.append(begin(model, examples, hold_out(model, examples, seed), seed))
    train([run for fitting in fittings for run in fitting.runs], get_engine("auto"))
    for fitting in fittings:
        with suppress(DivergedError):
            fitting.end()


def before_training(model: MLPClassifier, X: Array) -> Trace:
    """What a fitted network would have computed for these rows with the weights that it began with."""
    state = start(model, model.network_, seed_of(model.random_state), np.float64)
    return trace(model.network_, state.theta, X.T)


def last_cost(model: MLPClassifier) -> float:
    """The cost of the last epoch; infinite if the network has diverged."""
    cost = model.loss_curve_[-1]
    return cost if np.isfinite(cost) else np.inf


def first_epoch(model: MLPClassifier, level: float) -> int | None:
    """The first epoch whose cost is at or below a level; None if there is none, or the level is infinite."""
    return next((epoch for epoch, cost in enumerate(model.loss_curve_, 1) if cost <= level < np.inf), None)


def or_never(epoch: int | None) -> float:
    """An epoch as a number that can be compared: what is not reached is later than all others."""
    return np.inf if epoch is None else epoch


def cost_on(model: MLPClassifier, X: Array, y: Any) -> float:
    """The mean loss on these rows, without penalties and dropout."""
    return float(model.trace(X, y).mean_loss)


def accuracy(model: Any, X: Array, y: Any) -> float:
    """Per cent of the rows that are classified correctly."""
    return 100 * float(np.mean(model.predict(X) == y))


# --------------------------------------------------------------------------- panels


def cost_curves(
    names: Sequence[str], models: Sequence[MLPClassifier], title: str = "", log: str = ""
) -> Panel:
    """The cost of each network by epoch."""
    shown = [_thinned(name, model.loss_curve_) for name, model in zip(names, models, strict=True)]
    return Panel("lines", shown, x="epoch", y="cost", title=title, log=log)


def _thinned(name: str, costs: Sequence[float]) -> Series:
    """A curve of at most so many points; the first and the last are there."""
    epochs = np.unique(np.linspace(0, len(costs) - 1, min(POINTS, len(costs))).round().astype(int))
    return Series(name, (epochs + 1).tolist(), [float(costs[k]) for k in epochs])


def bars(
    what: str, names: Sequence[str], values: Sequence[float | None], y: str = "", log: str = ""
) -> Panel:
    """A bar for each name, none for None; `y` says what the names are."""
    lengths = [np.nan if value is None else value for value in values]
    return Panel("bars", [Series(what, list(names), lengths)], x=what, y=y, log=log)


def is_plane(X: Array, y: Any) -> bool:
    """Whether these rows can be shown by `boundary`: two inputs, two classes."""
    return X.shape[1] == 2 and len(np.unique(y)) == 2


def boundary(model: Any, X: Array, y: Any, title: str, letters: tuple[str, str] = ("x₁", "x₂")) -> Panel:
    """The plane in the colours of the probability of the second class, with the rows."""
    margin = 0.08 * np.ptp(X, axis=0)
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    across, down = (np.linspace(low[j], high[j], 101) for j in range(2))
    plane = np.column_stack([each.ravel() for each in np.meshgrid(across, down)])
    values = model.predict_proba(plane)[:, 1].reshape(len(down), len(across))
    x, y_axis = letters
    return Panel("field", _points(X, y), x=x, y=y_axis, title=title, field=Field(across, down, values, 0.5))


def _points(X: Array, y: Any) -> list[Series]:
    """The rows of each class."""
    classes = [X[y == label] for label in np.unique(y)]
    return [Series(f"class_{k}", rows[:, 0].tolist(), rows[:, 1].tolist()) for k, rows in enumerate(classes)]
