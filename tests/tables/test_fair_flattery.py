"""What a split at random says of a network that learned by heart, and what `train_table` says of it.

The law of each table is known, so fresh rows of the same law say how good a model is. The means are over
so many tables that their standard error is below 0.007, whatever the seeds: `make nightly` runs them.
"""

import os

import numpy as np
import polars as pl
import pytest

from shoal import MLPClassifier
from shoal.tables import TableClassifier, TrainSettings, train_table

TABLES = int(os.environ.get("SHOAL_TABLES", "0"))
EPOCHS = 150
BY_HEART = {"hidden": (64,), "learning_rate": 1e-2, "batch_size": 64, "epochs": EPOCHS, "patience": EPOCHS}


def answers(chance):
    return pl.Series("y", np.where(chance, "yes", "no"))


def drawn_again(random, fresh, jitter=0.0):
    """Noisy answers of 800 people, of whom 2400 rows were drawn."""
    people = 4000 if fresh else 800
    X = random.normal(size=(people, 10)).round(4)
    said = random.random(people) < 1 / (1 + np.exp(-1.5 * X[:, 0]))
    if not fresh:
        drawn = random.integers(0, people, 2400)
        X, said = X[drawn] + jitter * random.normal(size=(2400, 10)), said[drawn]
    return pl.DataFrame(X).with_columns(answers(said))


def measured_again(random, fresh):
    """The same people, measured again with an error in the sixth digit."""
    return drawn_again(random, fresh, 2e-6)


def of_patients(random, fresh):
    """Eight visits of each patient, whose habits tell who it is and nothing of the next patient."""
    visits, patient = 2400, np.arange(2400) // 8
    habit, level = random.normal(size=(300, 3)), random.normal(size=300)
    x = random.normal(size=visits)
    said = x + 2 * level[patient] > 0
    X = np.column_stack([x, habit[patient] + random.normal(size=(visits, 3)) / 50])
    return pl.DataFrame(X).with_columns(answers(said), tie=pl.Series([f"p{i}" for i in patient]))


def by_the_day(random, fresh):
    """A slow level, and eight slow columns that only tell when it was."""
    days, slowness = 3000, 0.95
    steps = random.normal(size=(9, days))
    slow = steps.copy()
    for day in range(1, days):
        slow[:, day] = slowness * slow[:, day - 1] + np.sqrt(1 - slowness**2) * steps[:, day]
    x = random.normal(size=days)
    X = np.column_stack([x, slow[1:].T])
    return pl.DataFrame(X).with_columns(answers(x + 2 * slow[0] > 0), tie=pl.Series(np.arange(days)))


def accuracy(model, table):
    return model.evaluate(table).scores["accuracy"].value


def naive_and_fresh(table, fresh, seed):
    """A fifth of the rows at random judges a network that nothing stopped."""
    rows = np.random.default_rng(seed).permutation(table.height)
    judged, learned = table[rows[: table.height // 5]], table[rows[table.height // 5 :]]
    network = MLPClassifier(
        (64,),
        alpha=0,
        learning_rate_init=1e-2,
        batch_size=64,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=seed,
    )
    model = TableClassifier(network, drop=[name for name in ("tie",) if name in table.columns])
    model.fit(learned, "y")
    return accuracy(model, judged), accuracy(model, fresh)


def honest_and_fresh(table, fresh, seed, **told):
    """What `train_table` says of the network that it judged, and what fresh rows say of it."""
    settings = TrainSettings(**BY_HEART, l2=0.0, seed=seed, refit=False, **told)
    model = train_table(table, "y", settings)
    return model.report_["scores"]["network"]["accuracy"][0], accuracy(model, fresh)


@pytest.mark.skipif(not TABLES, reason="80 tables of each law take minutes: make nightly")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (drawn_again, {}),
        (measured_again, {}),
        (of_patients, {"group": "tie"}),
        (by_the_day, {"order": "tie"}),
    ],
)
def test_a_split_at_random_flatters_and_train_table_does_not(make, told):
    naive, honest = [], []
    for seed in range(TABLES):
        table, fresh = (make(np.random.default_rng([seed, part]), part == 1) for part in (0, 1))
        naive.append(naive_and_fresh(table, fresh, seed))
        honest.append(honest_and_fresh(table, fresh, seed, **told))
    flattery, bias = (np.subtract(*np.transpose(each)) for each in (naive, honest))
    error = bias.std(ddof=1) / np.sqrt(TABLES)
    print(f"{make.__name__}: {TABLES} tables, naive {np.mean(flattery):+.3f}, "
          f"honest {np.mean(bias):+.4f} +- {error:.4f} of fresh rows")  # fmt: skip
    assert np.mean(flattery) > 0.1
    assert error < 0.007
    assert abs(np.mean(bias)) < 0.02
