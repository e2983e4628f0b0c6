"""Why a run ended, decided once: a reason, with the numbers that it rests on. Others only word it.

The loop ends by a rule, such as "no epoch improved for a while". A rule does not know what that means: the
cost may have reached its minimum, may still lie on the flat place where it began, or may have grown to 1e31
and be unable to improve. `ending_of` looks at the cost curve and decides.

The yardstick is the cost of the best constant prediction, which needs no inputs: the entropy of the classes,
or half the variance of the numbers. A network that has learned something is below it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import entr, kl_div

from shoal.base.texts import text
from shoal.engines.base import Data

if TYPE_CHECKING:
    from shoal.training.loop import History, Run

REASONS = (
    "converged",
    "limit",
    "plateau",
    "exploded",
    "precision",
    "asked",
    "interrupted",
    "diverged",
    "failed",
)
"""What `Ending.reason` may be.

    converged    no further progress, by the estimator's own rule
    limit        the largest number of epochs, iterations or evaluations was reached
    plateau      no progress, but the cost is nearly where it began: little or nothing was learned
    exploded     the cost rose and stayed high, although it was always a finite number; or it had been far
                 lower before
    precision    rounding errors hide any further progress (the linear solver)
    asked        a callback asked for it
    interrupted  Ctrl-C
    diverged     the cost is infinite or NaN
    failed       a scorer or a callback raised an error
"""

RULES = (
    "no_change",
    "max_epochs",
    "one_epoch",
    "max_evaluations",
    "precision",
    "asked",
    "interrupted",
    "diverged",
    "failed",
)
"""What may stop a run: its own rule for progress first; "asked" by a callback, "failed" with an error.

"one_epoch" is the end of an epoch over rows of its own, as in `partial_fit`. The epochs before it had other
rows, so their costs are not one curve: they may jump from row to row, and nothing follows from that.
"""

MEANS = {  # at first sight
    "no_change": "converged",
    "max_epochs": "limit",
    "one_epoch": "limit",
    "max_evaluations": "limit",
}

ROSE = 2.0  # times the first cost and that of a constant prediction: a cost above both has exploded ...
# ... and so has one that ends above so many times the lowest cost, by LITTLE of a constant's
NOT_BELOW = 0.9  # ... unless it came back below this share of the cost of a constant prediction
NOTHING = 0.001  # the share of a constant's cost that must be gone for anything to have been learned
LEFT = 0.02  # the share of a constant's cost by which a curve has left the flat place where it began
LITTLE = 0.25  # ... that must be gone where the cost was still falling when training stopped
WINDOW = 11  # the last epochs, in which a steady fall is looked for: one more than the default patience
STEADY = 0.5  # the later half of them lowered the cost by at least this share of what the earlier half did
FALLS = 1e-5  # of a constant's cost, in the window: slower, a thousand epochs more would teach NOTHING ...
AS_STEEP = 0.5  # ... unless the gradient has this share of its first length: the steps are too small


@dataclass(frozen=True)
class Ending:
    """Why training ended. ``str(ending)`` says it in a sentence, in the language in force.

    Attributes
    ----------
    reason : str
        One of `REASONS`.
    rule : str
        What stopped it: one of `RULES`.
    evidence : dict of str to float
        The numbers: ``epochs``; ``first_cost``, ``last_cost``, ``highest_cost``, ``best_cost`` of the curve;
        ``constant_cost``, the cost of the best constant prediction, where it was needed; ``fall``, by how
        much the cost fell in the last ``window`` epochs, for a plateau.
    """

    reason: str
    rule: str
    evidence: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return in_words(self)


def ending_of(run: "Run") -> Ending:
    """Why this run ended; one that did not stop by itself was interrupted."""
    member = run.member
    return decided(
        run.stopped or "interrupted",
        run.history,
        lambda: constant_cost(member.data, member.rows, member.network.output),
        by_score=run.stopping.watch == "score",
    )


def decided(
    rule: str, history: "History", constant: Callable[[], float] | None = None, *, by_score: bool = False
) -> Ending:
    """The ending of a curve that was stopped by a rule.

    Parameters
    ----------
    rule : str
        What stopped the loop; see `Ending.rule`.
    history : History
        Its cost for each epoch.
    constant : callable or None, default=None
        Returns the cost of the best constant prediction; called only if the decision depends on it. Without
        it, no plateau and no explosion is looked for: a solver of a convex cost knows its minimum.
    by_score : bool, default=False
        Whether the rule watched the validation score (early stopping). A score that got worse is what early
        stopping waits for, however low the cost; a plateau is a score that did not move.
    """
    reason = MEANS.get(rule, rule)
    costs = history.cost
    if not costs:
        return Ending(reason, rule, {"epochs": 0})
    evidence: dict[str, float] = {
        "epochs": len(costs),
        "first_cost": costs[0],
        "last_cost": costs[-1],
        "highest_cost": max(costs),
        "best_cost": min(costs),
    }
    rose = reason == "limit" and costs[-1] > min(costs[0], ROSE * min(costs))
    if constant is None or rule == "one_epoch" or not (reason == "converged" or rose):
        return Ending(reason, rule, evidence)
    evidence["constant_cost"] = constant()
    if _exploded(evidence, rule) or (not by_score and _far_above_its_best(evidence)):
        return Ending("exploded", rule, evidence)
    if reason == "converged" and not (by_score and _moved(history.score, evidence)):
        window = costs[-WINDOW - 1 :]
        norms = history.gradient_norm
        steep = bool(norms) and norms[-1] >= AS_STEEP * norms[0]
        if _on_plateau(evidence, window, steep=steep):
            evidence |= {"fall": window[0] - window[-1], "window": len(window) - 1}
            return Ending("plateau", rule, evidence)
    return Ending(reason, rule, evidence)


def _exploded(evidence: Mapping[str, float], rule: str) -> bool:
    """Whether the cost rose far above where it began and a constant prediction, and did not come back.

    A start with large weights lies high as well. As long as the cost falls from there, that is learning.
    Where all targets are equal a constant costs nothing; then the first cost takes its place.
    """
    constant, first, last = (evidence[f"{name}_cost"] for name in ("constant", "first", "last"))
    rose = evidence["highest_cost"] > ROSE * max(constant, first)
    return rose and last >= NOT_BELOW * (constant or first) and (rule == "no_change" or last >= first)


def rose_again(ending: Ending) -> bool:
    """Whether the cost exploded only in that it had been far lower before."""
    return ending.reason == "exploded" and not _exploded(ending.evidence, ending.rule)


def _far_above_its_best(evidence: Mapping[str, float]) -> bool:
    """Whether the cost had been far lower than where it ended. With a score the best epoch is kept."""
    last, best = evidence["last_cost"], evidence["best_cost"]
    return last > ROSE * best and last - best > LITTLE * (evidence["constant_cost"] or evidence["first_cost"])


def _on_plateau(evidence: Mapping[str, float], window: Sequence[float], *, steep: bool = False) -> bool:
    """Whether training stopped although nothing was learned, or little while the cost was still falling.

    On the flat place where small random weights begin, each epoch lowers the cost a little, by less than
    `tol`, and the next epoch lowers it by as much or more. Near a minimum each epoch lowers it by less. A
    gradient that is as `steep` as at the start is not near one, however little the steps lower the cost.
    """
    constant = evidence["constant_cost"]
    if not constant > 0:  # all targets are equal: there is nothing to learn
        return False
    learned = 1 - evidence["last_cost"] / constant
    least = 0.0 if steep else FALLS * constant
    return learned < NOTHING or (learned < LITTLE and _falls_steadily(window, least))


def _moved(scores: Sequence[float], evidence: Mapping[str, float]) -> bool:
    """Whether the score was not all the same in the last epochs, and something improved since the first one.

    That is the score, or else the cost: then the network learned what does not help on other rows.
    """
    left = evidence["first_cost"] - evidence["last_cost"] > LEFT * evidence["constant_cost"]
    return (max(scores) > scores[0] or left) and len({*scores[-WINDOW:]}) > 1


def _falls_steadily(costs: Sequence[float], least: float) -> bool:
    """Whether each epoch lowers the cost, the later ones as much as the earlier, and all by at least so much.

    At a minimum a good solver lowers it too, by what rounding leaves.
    """
    falls = -np.diff(costs)
    half = len(falls) // 2
    steady = half and np.all(falls > 0) and falls[-half:].mean() >= STEADY * falls[:half].mean()
    return bool(steady and costs[0] - costs[-1] >= least)


def in_words(ending: Ending) -> str:
    """One sentence that says why training ended, with the numbers, in the language in force."""
    key = ending.reason
    evidence = ending.evidence
    if key == "plateau":
        constant = evidence["constant_cost"]
        fell = evidence["last_cost"] < (1 - NOTHING) * constant or evidence["fall"] >= FALLS * constant
        key = "plateau_falling" if fell else key
    if rose_again(ending):
        key = "exploded_again"
    if ending.reason == "limit":
        key = ending.rule
    if not ending.evidence["epochs"]:
        key = "no_epoch"
    return text(f"ending.{key}", **ending.evidence)


def constant_cost(data: Data, rows: Any, output: str) -> float:
    """The cost of the best constant prediction of these rows: what can be had without looking at X.

    The classes' entropy (for several labels, its sum), or half the variance (for several numbers, its sum),
    or half the deviance from the mean count.
    It is exactly 0 where all rows that count have the same numbers or the same class.
    """
    Y = np.asarray(data.Y if rows is None else data.Y[:, rows], dtype=np.float64)
    v = np.ones((1, Y.shape[1])) if data.v is None else data.v if rows is None else data.v[:, rows]
    q = (v / np.sum(v, dtype=np.float64)).T  # (m, 1)
    one = Y[:, [int(q.argmax())]]  # of a row that counts
    varies = ((one != Y) & (q.T > 0)).any(axis=1, keepdims=True)
    mean = np.where(varies, Y @ q, one)  # (n_y, 1); of equal numbers without rounding
    if output == "identity":
        with np.errstate(over="ignore", invalid="ignore"):  # of huge numbers it is infinite
            return float(np.sum((Y - mean) ** 2 @ q) / 2)
    if output == "exp":
        return float(np.sum(np.where(q.T > 0, kl_div(Y, mean), 0) @ q))
    rest = entr(np.clip(1 - mean, 0, 1)).sum() if output == "sigmoid" else 0.0
    return float(entr(mean).sum() + rest)
