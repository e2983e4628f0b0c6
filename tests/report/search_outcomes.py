"""Outcomes of searches that never ran: made of random numbers, so that every corner can be drawn at once."""

from dataclasses import replace

import numpy as np

from shoal.tables import Task
from shoal.tables._outcome import Outcome, TableCandidate
from shoal.tables._scores import class_scores, compare, number_scores, row_losses

HOSTILE = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "</svg></style><img src=x onerror=alert(2)>",
    "$x^2$ and \\frac",
    "a & b < c > \"d\" 'e'",
    "&lt;already&gt; &#60;",
    "@0",
    "年龄 (岁)",
    "{0} {name} %s",
]


def networks(count, rng, folds=5, scores=("log_loss", "accuracy"), **settings):
    """Networks whose scores, sizes and curves are drawn at random."""
    return [network(rng, folds, scores, **settings) for _ in range(count)]


def network(rng, folds=5, scores=("log_loss", "accuracy"), **settings):
    drawn = {
        "hidden": ((8,), (32,), (32, 16))[rng.integers(3)],
        "activation": ("relu", "tanh")[rng.integers(2)],
        "learning_rate": (0.001, 0.01, 0.1)[rng.integers(3)],
        "l2": (0.0, 0.01, 1.0)[rng.integers(3)],
    }
    return TableCandidate(
        {"model": "network", **drawn, **settings},
        int(rng.integers(50, 2000)),
        {name: rng.uniform(0.1, 0.5, folds) for name in scores},
        [np.exp(-rng.uniform(0, 3, rng.integers(5, 30))) for _ in range(folds)],
        [rng.uniform(0.5, 1, rng.integers(5, 30)) for _ in range(folds)],
        float(rng.uniform(0.01, 100)),
    )


def linears(count, rng, folds=5, scores=("log_loss", "accuracy")):
    """Linear models: solved at once, so they have no curves."""
    return [
        TableCandidate(
            {"model": "linear", "l2": 10.0**-number},
            7,
            {name: rng.uniform(0.1, 0.5, folds) for name in scores},
            [np.empty(0)] * folds,
            [np.empty(0)] * folds,
            0.01,
        )
        for number in range(count)
    ]


def outcome(candidates, rng, task=Task.CLASSIFICATION, classes=("0", "1"), m=120, **changed):
    """An outcome of these candidates, chosen among by the one-standard-error rule."""
    score = "log_loss" if task is Task.CLASSIFICATION else "rmse"
    outputs, truth = judged(rng, task, len(classes), m)
    plain, none = (judged(rng, task, len(classes), m)[0] for _ in range(2))
    judge = class_scores if task is Task.CLASSIFICATION else number_scores
    means = [candidate.mean(score) for candidate in candidates]
    alive = [i for i, mean in enumerate(means) if np.isfinite(mean.value)] or [0]
    best = min(alive, key=lambda i: means[i].value)
    limit = means[best].value + np.nan_to_num(means[best].error)
    chosen = min(
        (i for i in alive if means[i].value <= limit), key=lambda i: candidates[i].parameters, default=best
    )

    def first(linear):
        return min(
            (i for i in alive if candidates[i].linear is linear), key=lambda i: means[i].value, default=None
        )

    made = Outcome(
        table="table.csv",
        rows=5 * m,
        columns=7,
        target="target",
        task=task,
        classes=classes,
        candidates=candidates,
        score=score,
        best=best,
        chosen=chosen,
        best_linear=first(True),
        best_network=first(False),
        held_out={
            "network": judge(outputs, truth),
            "linear": judge(plain, truth),
            "nothing": judge(none, truth),
        },
        comparison=compare(
            *(row_losses(found, truth) for found in (outputs, plain, none)), not candidates[chosen].linear
        ),
        outputs=outputs,
        truth=truth,
        fits=len(candidates) * 5,
        seconds=12.3,
        folds=5,
        planned=len(candidates),
    )
    return replace(made, **changed)


def judged(rng, task, classes, m):
    """Outputs of a model that is right more often than not, and the truth."""
    if task is Task.REGRESSION:
        truth = rng.normal(10, 3, m)
        return truth + rng.normal(0, 1, m), truth
    truth = rng.integers(classes, size=m)
    P = rng.dirichlet(np.full(classes, 0.5), m) + 1e-6
    P[np.arange(m), truth] += rng.uniform(0, 2, m)
    return np.log(P / P.sum(axis=1, keepdims=True)), truth


def classification(rng, **changed):
    """Three linear models and twelve networks."""
    return outcome([*linears(3, rng), *networks(12, rng)], rng, **changed)


def regression(rng, **changed):
    """The same, of a number."""
    scores = ("rmse", "r2")
    found = [*linears(3, rng, scores=scores), *networks(12, rng, scores=scores)]
    return outcome(found, rng, Task.REGRESSION, (), **changed)
