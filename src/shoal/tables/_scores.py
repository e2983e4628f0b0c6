"""Scores of predictions, each with its standard error.

Every score is a mean over the judged rows, or a smooth function of such means, so its standard error follows
from how much the rows differ. It says how much the score would change with other rows of the same kind. It
does not say how much it would change with another split or seed of the training. Two models are compared row
by row on the same rows (a paired comparison), which shows differences that two error bars would hide.

Classes are judged by the logarithms of their probabilities, log_P of shape (m, classes), because a
probability that was rounded to 0 no longer tells how wrong it was.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import kl_div
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from shoal.engines.base import BLOCK

Floats = NDArray[np.float64]

FEWEST_ROWS_TO_JUDGE = 30
"""With fewer judged rows no verdict is given: the standard error itself cannot be trusted."""

CLEAR = 2.0
"""A difference of more standard errors than this counts as more than noise (about 95 %)."""

HOPELESS = 2.0
"""A model whose loss is more than this many times the loss of no model is worse, whatever the standard error:
if training went wrong, a few rows carry nearly all the loss, and the standard error is as large as it."""


ENOUGH = 4
"""Digits of a score that lives between 0 and 1."""

_SMALL, _LARGE = 1e-4, 1e7  # beyond, a number is shorter with its power of ten


class Score(NamedTuple):
    """A score and its standard error (NaN where there is none, as with a single row)."""

    value: float
    error: float

    def plain(self) -> list[float | None]:
        """[value, standard error] for JSON; None for what is not a number."""
        return [float(number) if math.isfinite(number) else None for number in self]


def with_error(score: Score, most: int = 300) -> str:
    """``0.845 ± 0.027``: two digits of the error, and the value with as many decimals (at most `most`).

    Very large and very small ones are written as ``-2.6e+22 ± 1.3e+22``.
    """
    value, error = score
    if not math.isfinite(value):
        return "–"
    if not math.isfinite(error) or error == 0:
        return f"{value:.4g}"
    largest = max(abs(value), error)
    if largest >= _LARGE or (largest < _SMALL and most > ENOUGH):
        known = math.floor(math.log10(largest)) - math.floor(math.log10(error)) + 1
        return f"{value:.{max(0, min(known, 6))}e} ± {error:.1e}"
    digits = min(most, 1 - math.floor(math.log10(error)))
    shown = max(0, digits)
    value = round(value, digits) + 0.0  # of -0.0 it makes 0.0
    return f"{value:.{shown}f} ± {round(error, digits):.{shown}f}"


class Verdict(StrEnum):
    """Whether the hidden layers make the model better, compared with the model without them."""

    EARNS = "earns"
    LOSES = "loses"
    NOISE = "noise"
    WORSE = "worse"  # than no model at all
    FEW_ROWS = "few_rows"
    NO_HIDDEN_LAYER = "no_hidden_layer"


@dataclass(frozen=True)
class Comparison:
    """The verdict, and by how much the mean loss per row is lower with hidden layers."""

    verdict: Verdict
    gain: Score


# --- classes ---------------------------------------------------------------------------------------


def class_scores(log_P: Floats, label: NDArray[np.intp], weights: Floats | None = None) -> dict[str, Score]:
    """Accuracy, log loss and Brier score; `label` counts the columns of log_P; rows may be weighted.

    The Brier score is the mean squared distance of the probabilities from 0 and 1: of the second class's
    if there are two, summed over all of them if there are more (as scikit-learn has it).
    """
    ones = np.eye(log_P.shape[1])
    blocks = _blocks(log_P)
    distances = np.concatenate([((np.exp(log_P[b]) - ones[label[b]]) ** 2).sum(axis=1) for b in blocks])
    brier = distances / 2 if log_P.shape[1] == 2 else distances
    return {
        "accuracy": _share(_likeliest(log_P) == label, weights),
        "log_loss": mean_score(row_losses(log_P, label), weights),
        "brier": mean_score(brier, weights),
    }


def area_under_curve(log_P: Floats, label: NDArray[np.intp]) -> float:
    """ROC AUC: of the second of two classes, else the mean of each class against the rest.

    NaN if a class does not occur, because then the curve has no points.
    """
    n = log_P.shape[1]
    if len(np.unique(label)) < n:
        return math.nan
    judged = range(1, n) if n == 2 else range(n)  # one after the other: all at once take several times log_P
    return float(np.mean([roc_auc_score(label == kind, np.exp(log_P[:, kind])) for kind in judged]))


def average_precision(log_P: Floats, label: NDArray[np.intp]) -> float:
    """Of two classes, the precision of the rarer one, averaged over recall; else the mean of the classes.

    Unlike ROC AUC it falls where a rare class is found only among many false alarms. NaN as with the AUC.
    """
    n = log_P.shape[1]
    counts = np.bincount(label, minlength=n)
    if not counts.all():
        return math.nan
    judged = [1 if counts[1] <= counts[0] else 0] if n == 2 else range(n)
    found = [average_precision_score(label == kind, np.exp(log_P[:, kind])) for kind in judged]
    return float(np.mean(found))


def class_table(
    log_P: Floats, label: NDArray[np.intp], said: NDArray[np.intp] | None = None
) -> list[dict[str, float]]:
    """Precision, recall, F1 and the number of rows, class by class; a ratio with denominator 0 is 0.

    `said` are the predicted classes, where they are not the likeliest ones.
    """
    kinds = np.arange(log_P.shape[1])
    said = _likeliest(log_P) if said is None else said
    columns = precision_recall_fscore_support(label, said, labels=kinds, zero_division=0)
    names = ("precision", "recall", "f1")
    rows = [dict(zip(names, map(float, row), strict=False)) for row in zip(*columns, strict=True)]
    return [{**row, "rows": int(count)} for row, count in zip(rows, columns[3], strict=True)]


def confusion(
    log_P: Floats, label: NDArray[np.intp], said: NDArray[np.intp] | None = None
) -> NDArray[np.int64]:
    """Rows by their true class (down) and by the predicted one (across): `said`, or the likeliest."""
    kinds = np.arange(log_P.shape[1])
    said = _likeliest(log_P) if said is None else said
    matrix: NDArray[np.int64] = confusion_matrix(label, said, labels=kinds)
    return matrix


def _likeliest(log_P: Floats) -> NDArray[np.intp]:
    """The most probable class of each row; NumPy would copy log_P if it were asked of all rows at once."""
    return np.concatenate([log_P[block].argmax(axis=1) for block in _blocks(log_P)])


def _blocks(rows: Floats) -> list[slice]:
    """All rows, block by block: whatever a block needs beside its result is gone with it."""
    return [slice(start, start + BLOCK) for start in range(0, len(rows), BLOCK)]


# --- numbers ---------------------------------------------------------------------------------------


def number_scores(predicted: Floats, y: Floats, weights: Floats | None = None) -> dict[str, Score]:
    """R², root mean squared error and mean absolute error; errors by first-order propagation."""
    squares = _squares(predicted - y)
    mse = mean_score(squares, weights)
    rmse = math.sqrt(mse.value)
    return {
        "r2": _r2(squares, y, weights),
        "rmse": Score(rmse, mse.error / (2 * rmse) if rmse else 0.0),
        "mae": mean_score(np.abs(predicted - y), weights),
    }


DEVIANCE = "poisson_deviance"
"""The score of counts that `number_scores` does not have."""


def count_scores(predicted: Floats, y: Floats, weights: Floats | None = None) -> dict[str, Score]:
    """Those of numbers, and the mean Poisson deviance, 2 (y log(y / a) - y + a) of a row."""
    scores = number_scores(predicted, y, weights)
    return {**scores, DEVIANCE: mean_score(deviances(predicted, y), weights)}


def deviances(predicted: Floats, y: Floats) -> Floats:
    """The Poisson deviance of each row: infinite where 0 is predicted of more, or infinity of anything."""
    with np.errstate(over="ignore", invalid="ignore"):
        found: Floats = np.where(np.isposinf(predicted), np.inf, 2 * kl_div(y, predicted))
    return found


def _r2(squares: Floats, y: Floats, weights: Floats | None) -> Score:
    """1 - mean of the squares / variance of y; NaN where y does not vary.

    Row i changes it by (e_i² - (1 - R²) (y_i - mean)²) / variance; the spread of these changes is the error.
    """
    deviations = _squares(y - _mean(y, weights))
    variance = _mean(deviations, weights)
    if variance == 0:
        return Score(math.nan, math.nan)
    unexplained = _mean(squares, weights) / variance
    if not math.isfinite(unexplained):
        return Score(-math.inf, math.nan)
    influence = (squares - unexplained * deviations) / variance
    return Score(float(1 - unexplained), mean_score(influence, weights).error)


# --- comparing -------------------------------------------------------------------------------------


def row_losses(outputs: Floats, truth: NDArray[Any], *, counts: bool = False) -> Floats:
    """The loss of each row: -log of its class's probability, its squared error, or a count's deviance."""
    if counts:
        return deviances(outputs, truth)
    classes = outputs.ndim == 2
    losses: Floats = -outputs[np.arange(len(truth)), truth] if classes else _squares(outputs - truth)
    return losses


def compare(
    losses: Floats, plain_losses: Floats, no_losses: Floats, hidden: bool, weights: Floats | None = None
) -> Comparison:
    """Compare the network's loss on each row with that of the model without hidden layers.

    `no_losses` are those of no model at all (always the mean): with a higher loss, training went wrong.
    """
    gain = mean_score(plain_losses - losses, weights)
    verdict = _verdict(gain, len(losses), hidden)
    judged = verdict not in (Verdict.NO_HIDDEN_LAYER, Verdict.FEW_ROWS)
    return Comparison(Verdict.WORSE if judged and _is_worse(losses, no_losses, weights) else verdict, gain)


def _is_worse(losses: Floats, no_losses: Floats, weights: Floats | None) -> bool:
    excess = mean_score(losses - no_losses, weights)
    clear = excess.value > CLEAR * excess.error
    return clear or not _mean(losses, weights) <= HOPELESS * _mean(no_losses, weights)


def _verdict(gain: Score, rows: int, hidden: bool) -> Verdict:
    if not hidden:
        return Verdict.NO_HIDDEN_LAYER
    if rows < FEWEST_ROWS_TO_JUDGE:
        return Verdict.FEW_ROWS
    if abs(gain.value) <= CLEAR * gain.error:
        return Verdict.NOISE
    return Verdict.EARNS if gain.value > 0 else Verdict.LOSES


def _share(right: NDArray[np.bool_], weights: Floats | None) -> Score:
    """The share of rows that are right; its error is how far Wilson's interval of one standard error reaches.

    Unlike the spread of the rows, this error is not 0 when all (or no) rows are right: with m right answers
    out of m it is 1/(m + 1). Unequal weights count as the fewer rows that would give the same error.
    """
    p = float(_mean(right, weights))
    m = len(right) if weights is None else float(weights.sum() ** 2 / (weights**2).sum())
    centre = (p + 1 / (2 * m)) / (1 + 1 / m)
    half = math.sqrt(p * (1 - p) / m + 1 / (4 * m**2)) / (1 + 1 / m)
    return Score(p, half + abs(centre - p))


def _squares(errors: Floats) -> Floats:
    """Errors squared; one that is too large for a number is infinite, and that is the right answer."""
    with np.errstate(over="ignore"):
        squares: Floats = errors**2
    return squares


def _mean(values: NDArray[Any], weights: Floats | None) -> Any:
    return values.mean() if weights is None else np.average(values, weights=weights)


def mean_score(values: Floats, weights: Floats | None = None) -> Score:
    """The mean and its standard error; rows may be weighted."""
    m, mean = len(values), float(_mean(values, weights))
    unit = float(np.abs(values).max()) or 1.0  # the squares within a deviation of 1e200 would overflow
    if m < 2 or not math.isfinite(unit):
        return Score(mean, math.nan)
    if weights is None:
        return Score(mean, float((values / unit).std(ddof=1) * unit / math.sqrt(m)))
    away = weights * (values - mean) / unit
    return Score(mean, float(np.linalg.norm(away) / weights.sum() * unit * math.sqrt(m / (m - 1))))
