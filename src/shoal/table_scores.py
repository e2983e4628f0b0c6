"""How good predictions are, always with how sure one can be of it.

Every score is a mean over the judged rows, or a smooth function of such means, so its standard error
follows from the spread of the rows' own contributions. Two models are compared row by row on the same
rows (paired), which sees differences that two separate error bars would hide.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, roc_auc_score

Floats = NDArray[np.float64]

FEWEST_ROWS = 30
"""Judged rows below which no verdict is given: the standard error itself is not to be trusted."""

CLEAR = 2.0
"""Standard errors that a difference must have to count as more than noise (about 95 %)."""


class Score(NamedTuple):
    """A score and its standard error (NaN where there is none, as with a single row)."""

    value: float
    error: float

    def plain(self) -> list[float | None]:
        """[value, standard error] for JSON; None for what is not a number."""
        return [float(number) if math.isfinite(number) else None for number in self]


class Verdict(StrEnum):
    """Whether the hidden layers are worth having, compared with the same model without them."""

    EARNS = "earns"
    LOSES = "loses"
    NOISE = "noise"
    FEW_ROWS = "few_rows"
    NO_HIDDEN_LAYER = "no_hidden_layer"


@dataclass(frozen=True)
class Comparison:
    """The verdict, and by how much the mean loss per row is lower with hidden layers."""

    verdict: Verdict
    gain: Score


# --- classes ---------------------------------------------------------------------------------------


def log_losses(P: Floats, label: NDArray[np.intp]) -> Floats:
    """-log of the probability of what came, a row each; `label` counts the columns of P, (m, classes)."""
    chosen = P[np.arange(len(label)), label]
    return -np.log(np.maximum(chosen, np.finfo(np.float64).tiny))


def class_scores(P: Floats, label: NDArray[np.intp]) -> dict[str, Score]:
    """Accuracy, log loss and Brier score.

    The Brier score is the mean squared distance of the probabilities from 0 and 1: of the second class's
    if there are two, summed over all of them if there are more (as scikit-learn has it).
    """
    right = P.argmax(axis=1) == label
    distances = ((P - np.eye(P.shape[1])[label]) ** 2).sum(axis=1)
    brier = distances / 2 if P.shape[1] == 2 else distances
    return {
        "accuracy": _mean(right.astype(np.float64)),
        "log_loss": _mean(log_losses(P, label)),
        "brier": _mean(brier),
    }


def area_under_curve(P: Floats, label: NDArray[np.intp]) -> float:
    """ROC AUC: of the second of two classes, else the mean of each class against the rest.

    NaN if a class does not occur, because then the curve has no points.
    """
    if len(np.unique(label)) < P.shape[1]:
        return math.nan
    if P.shape[1] == 2:
        return float(roc_auc_score(label, P[:, 1]))
    return float(roc_auc_score(label, P, multi_class="ovr", labels=np.arange(P.shape[1])))


def class_table(P: Floats, label: NDArray[np.intp]) -> list[dict[str, float]]:
    """Precision, recall, F1 and the number of rows, class by class; a ratio with nothing below it is 0."""
    kinds = np.arange(P.shape[1])
    columns = precision_recall_fscore_support(label, P.argmax(axis=1), labels=kinds, zero_division=0)
    names = ("precision", "recall", "f1")
    rows = [dict(zip(names, map(float, row), strict=False)) for row in zip(*columns, strict=True)]
    return [{**row, "rows": int(count)} for row, count in zip(rows, columns[3], strict=True)]


def confusion(P: Floats, label: NDArray[np.intp]) -> NDArray[np.int64]:
    """Rows by what they are (down) and what was predicted (across)."""
    matrix: NDArray[np.int64] = confusion_matrix(label, P.argmax(axis=1), labels=np.arange(P.shape[1]))
    return matrix


# --- numbers ---------------------------------------------------------------------------------------


def number_scores(predicted: Floats, y: Floats) -> dict[str, Score]:
    """R², root mean squared error and mean absolute error; errors by first-order propagation."""
    squares = (predicted - y) ** 2
    mse = _mean(squares)
    rmse = math.sqrt(mse.value)
    return {
        "r2": _r2(squares, y),
        "rmse": Score(rmse, mse.error / (2 * rmse) if rmse else 0.0),
        "mae": _mean(np.abs(predicted - y)),
    }


def _r2(squares: Floats, y: Floats) -> Score:
    """1 - mean of the squares / variance of y; NaN where y does not vary.

    A row moves it by (e_i² - (1 - R²) (y_i - mean)²) / variance: its spread is the error.
    """
    deviations = (y - y.mean()) ** 2
    variance = deviations.mean()
    if variance == 0:
        return Score(math.nan, math.nan)
    unexplained = squares.mean() / variance
    influence = (squares - unexplained * deviations) / variance
    return Score(float(1 - unexplained), _mean(influence).error)


# --- comparing -------------------------------------------------------------------------------------


def compare(losses: Floats, plain_losses: Floats, hidden: bool) -> Comparison:
    """Compare the network's loss on each row with that of the model without hidden layers."""
    gain = _mean(plain_losses - losses)
    return Comparison(_verdict(gain, len(losses), hidden), gain)


def _verdict(gain: Score, rows: int, hidden: bool) -> Verdict:
    if not hidden:
        return Verdict.NO_HIDDEN_LAYER
    if rows < FEWEST_ROWS:
        return Verdict.FEW_ROWS
    if abs(gain.value) <= CLEAR * gain.error:
        return Verdict.NOISE
    return Verdict.EARNS if gain.value > 0 else Verdict.LOSES


def _mean(values: Floats) -> Score:
    """The mean and its standard error."""
    m = len(values)
    error = float(values.std(ddof=1) / math.sqrt(m)) if m > 1 else math.nan
    return Score(float(values.mean()), error)
