"""What is to be said in the end: of a training, of a search and on the page alike.

Each situation that changes what somebody should do next is one sentence. The first says whether the hidden
layers help; where nothing beats guessing that is no question, and a simpler network is no advice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from shoal.base.shown import quoted
from shoal.base.texts import text
from shoal.report.words._names import baseline_name, loss_name
from shoal.tables import FindingKind, Task, TrainingRecord
from shoal.tables._notes import Note
from shoal.tables._scores import CLEAR, FEWEST_ROWS_TO_JUDGE, Score, Verdict, with_error

RETOLD = ("time_order", "lag", "lead", "copies", "copies_differ", "imbalance", "skewed", "huge")
"""What was noticed that is said in the end, because it may change what the scores are worth."""

_UNTRUE = ("time_order", "lag", "lead")
"""Of these, what makes the scores too good: it comes first, before what the scores say."""

_MATTERED = (FindingKind.LEAK, FindingKind.LEAK_TOGETHER)
_TWO = 2  # classes: of more, the AUC is a mean
_ROSE = 1.5  # a cost that ends so many times above its lowest has risen,
_LOST = 0.1  # if this share of what had been won is lost


def closing_sentences(
    record: TrainingRecord, task: Task, costs: Sequence[float] = (), inputs: int = 0
) -> list[str]:
    """The sentences about a model of a table, the most important first.

    Parameters
    ----------
    record : TrainingRecord
        How it was trained and judged.
    task : Task
        What is learned.
    costs : sequence of float
        The training cost of each epoch.
    inputs : int
        How many inputs the network has.
    """
    verdict = [] if nothing_beats_guessing(record) else [verdict_sentence(record, task)]
    return too_good(record) + verdict + further_sentences(record, task, costs, inputs)


def too_good(record: TrainingRecord) -> list[str]:
    """Why the scores are better than they would be on new rows: to be said before what they say."""
    return [str(note) for note in record.noticed if note.kind in _UNTRUE]


def further_sentences(
    record: TrainingRecord, task: Task, costs: Sequence[float] = (), inputs: int = 0
) -> list[str]:
    """What comes after the sentence about the hidden layers."""
    said = []
    if nothing_beats_guessing(record):
        said += [_guessing(record, task), *_left_out(record)]
    said += _training(record, costs, inputs)
    return said + [str(note) for note in _retold(record)]


def _retold(record: TrainingRecord) -> list[Note]:
    """The other notes; that classes are unequal is no news to somebody who weighs them, or has a cost."""
    weighed = record.settings.get("class_weight") or record.settings.get("cost")
    late = [note for note in record.noticed if note.kind in RETOLD and note.kind not in _UNTRUE]
    return [note for note in late if not (weighed and note.kind == "imbalance")]


def nothing_beats_guessing(record: TrainingRecord) -> bool:
    """Whether neither the model nor the line is measurably better than no model at all."""
    if record.rows["test"] < FEWEST_ROWS_TO_JUDGE or not record.over_nothing:
        return False
    lower = any(gain.value > CLEAR * gain.error for gain in record.over_nothing.values())
    return not (lower or _tells_apart(record))


def _tells_apart(record: TrainingRecord) -> bool:
    """Whether the ROC AUC of two classes is above 1/2 by more than chance: the loss may be poor all the same.

    By chance the AUC of n and m rows has the variance (n + m + 1) / 12nm, that of the Mann-Whitney statistic.
    """
    auc = record.held_out.get("auc")
    rows = [entry["rows"] for entry in record.held_out.get("classes", ())]
    if auc is None or len(rows) != _TWO:
        return False
    by_chance = math.sqrt((sum(rows) + 1) / (12 * math.prod(rows)))
    return bool(auc - 1 / 2 > CLEAR * by_chance)


def _guessing(record: TrainingRecord, task: Task) -> str:
    """Nothing beats guessing, and why: a few huge values, or too few rows to tell."""
    better = any(gain.value > gain.error for gain in record.over_nothing.values())
    key = "closing_huge" if _few_rows_decide(record) else "closing_unsure" if better else "closing_guessing"
    return text(f"training.{key}", model_nothing=baseline_name(task), rows=record.rows["test"])


def _few_rows_decide(record: TrainingRecord) -> bool:
    """Whether the squared error is that of the largest targets."""
    return any(note.kind in ("skewed", "huge") for note in record.noticed)


def verdict_sentence(record: TrainingRecord, task: Task) -> str:
    """Whether the hidden layers make the model better, with the uncertainty."""
    verdict, (gain, error) = record.comparison.verdict, record.comparison.gain
    if verdict is Verdict.WORSE and _few_rows_decide(record):
        return text("training.closing_huge", model_nothing=baseline_name(task), rows=record.rows["test"])
    size = abs(gain) if verdict in (Verdict.EARNS, Verdict.LOSES) else -gain
    return text(
        f"training.verdict_{verdict}",
        gain=with_error(Score(size, error)),
        rows=record.rows["test"],
        loss=loss_name(task, record.counts),
        model_nothing=baseline_name(task),
    )


def _left_out(record: TrainingRecord) -> list[str]:
    """The columns that were left out although they tell the target: each may be what is wanted."""
    names = [name for f in record.findings if f.drop and f.kind in _MATTERED for name in f.columns]
    names = list(dict.fromkeys(names))
    if not names:
        return []
    options = " ".join(f"--keep {quoted(name)}" for name in names)
    columns = text("core.comma").join(map(quoted, names))
    return [text("training.closing_left_out", columns=columns, keep=options)]


def _training(record: TrainingRecord, costs: Sequence[float], inputs: int) -> list[str]:
    """How the training went: the first epoch was the best, the cost rose, more inputs than rows, stopped."""
    said = []
    known = [cost for cost in costs if math.isfinite(cost)]
    if record.best_epoch == 1 and len(costs) > 1:
        said.append(text("training.closing_first_epoch", epochs=len(costs)))
    if known and _has_risen(known):
        said.append(text("training.closing_cost_rose", lowest=min(known), last=known[-1]))
    rows = record.rows["train"] + record.rows["validation"]
    if inputs > rows:
        said.append(text("training.closing_wide", inputs=inputs, rows=rows))
    if record.found is not None and record.found.candidates < record.found.planned:
        found = record.found
        said.append(text("training.closing_stopped", done=found.candidates, planned=found.planned))
    return said


def _has_risen(costs: Sequence[float]) -> bool:
    """Whether the cost ended well above its lowest, and lost much of what had been won by then."""
    lowest, last = min(costs), costs[-1]
    return last > _ROSE * lowest and last - lowest > _LOST * (costs[0] - lowest)
