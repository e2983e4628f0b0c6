"""Members that learn from the same batches share what is gathered for them, and no bit of anything else."""

from dataclasses import replace
from itertools import cycle, islice

import numpy as np
import pytest
from native_cases import (
    ACTIVATIONS,
    DTYPES,
    NativeEngine,
    copy,
    examples,
    fingerprint,
    member,
)

from shoal.base.errors import DataError
from shoal.book.network import Network
from shoal.book.optimizers import RULES, Optimizer
from shoal.engines.base import Data

pytestmark = pytest.mark.unchecked_shapes

INPUTS, M, MANY = 21, 150, 64  # enough members that up to three threads have some side by side
HIDDEN = [(5,), (3,), (), (40, 7), (4,), (9,), (1,), (33,), (300,), (2, 2)]  # up to 4 units take X by rows


def candidates(output="softmax", dtype="float64", theta_dtype=None, number=MANY, **options):
    """As a search has them on one fold: all differs but the examples, the rows, the seed and the batches."""
    n_y = 3 if output == "softmax" else 1
    data = examples(Network((INPUTS, n_y), (), output), M, dtype, weighted=True)
    rows = np.random.default_rng(1).permutation(M)[:130]
    members = []
    for k, hidden in enumerate(islice(cycle(HIDDEN), number)):
        network = Network((INPUTS, *hidden, n_y), (ACTIVATIONS[k % 5],) * len(hidden), output)
        chosen = {
            "optimizer": Optimizer(list(RULES)[k % 6], clip_norm=None if k % 4 else 0.5, weight_decay=0.1),
            "rows": rows,
            "batch_size": 32,
            "l1": 0.1 * (k % 3 == 1),
            "l2": 0.5 * (k % 3 == 2),
            "dropout": (0.3,) * len(hidden) if k % 2 else (),
            "t": k % 5,
        }
        who = member(network, data, seed=k, dtype=theta_dtype, **(chosen | options))
        members.append(replace(who, seed=77))
    return members


def ends(members, rates, n_threads=1):
    """What becomes of each."""
    members = [copy(who) for who in members]
    results = NativeEngine(n_threads).epochs(members, rates)
    return [
        fingerprint(who.theta, who.slots, result.cost, result.gradient_norm, (who.t, who.epoch))
        for who, result in zip(members, results, strict=True)
    ]


def ends_alone(members, rates):
    return [ends([who], [rate])[0] for who, rate in zip(members, rates, strict=True)]


def uneven_rates(members):
    """Some have nothing to do, some end sooner than others, two run away."""
    rates = [[0.02 / (1 + epoch) for epoch in range(k % 5)] for k in range(len(members))]
    rates[8] = [0.02, 1e300, 1e300, 1e300]
    rates[21] = [1e300] * 4
    return rates


@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("dtypes", [*((dtype, None) for dtype in DTYPES), ("float32", "float64")], ids=str)
@pytest.mark.parametrize("output", ["softmax", "sigmoid", "identity", "exp"])
def test_candidates_on_one_fold_end_where_they_end_alone(output, dtypes, n_threads):
    members = candidates(output, *dtypes)
    rates = uneven_rates(members)
    assert ends(members, rates, n_threads) == ends_alone(members, rates)


OTHERS = {
    "other examples": lambda who: replace(who, data=who.data._replace(X=-who.data.X)),
    "other targets": lambda who: replace(who, data=who.data._replace(Y=1 - who.data.Y)),
    "the first target for all": lambda who: replace(
        who, data=who.data._replace(Y=np.broadcast_to(who.data.Y[:, :1], who.data.Y.shape))
    ),
    "the first class for all": lambda who: replace(
        who, data=who.data._replace(Y=np.broadcast_to(who.data.Y[:1], who.data.Y.shape))
    ),
    "other weights": lambda who: replace(who, data=who.data._replace(v=who.data.v + 1)),
    "no weights": lambda who: replace(who, data=who.data._replace(v=None)),
    "other rows": lambda who: replace(who, rows=who.rows[::-1].copy()),
    "fewer rows": lambda who: replace(who, rows=who.rows[:90]),
    "another seed": lambda who: replace(who, seed=78),
    "another batch": lambda who: replace(who, batch_size=16),
    "another epoch": lambda who: replace(who, epoch=3),
    "not shuffled": lambda who: replace(who, shuffle=False),
    "all rows at once": lambda who: replace(who, batch_size=1000),
}


@pytest.mark.parametrize("other", OTHERS)
def test_those_who_differ_in_what_is_gathered_do_not_get_in_each_others_way(other):
    members = candidates()
    members = [OTHERS[other](who) if k % 2 else who for k, who in enumerate(members)]
    rates = [[0.02, 0.01]] * len(members)
    assert ends(members, rates, 2) == ends_alone(members, rates)


def test_neither_are_fewer_targets_or_inputs_at_the_same_place_in_memory():
    """Views that begin where the whole begins: only their shapes tell them apart."""
    X, Y = (np.random.default_rng(0).random(shape) for shape in [(200, 12), (3, 200)])
    rows = np.arange(100)
    members = []
    for k in range(MANY):
        data = Data(X.T, Y) if k % 3 else Data(X.reshape(400, 6)[:200].T, Y)
        data = data._replace(Y=Y[: 1 + k % 2 * 2])
        network = Network((len(data.X), 5, len(data.Y)), ("tanh",), "identity")
        members.append(member(network, data, 7, rows=rows, batch_size=32))
    rates = [[0.02] * (1 + k % 4) for k in range(MANY)]
    assert ends(members, rates, 2) == ends_alone(members, rates)


@pytest.mark.parametrize("batch_size", [1, 33, 127, 300, 700])
def test_batches_of_any_size_are_the_same_for_all(batch_size):
    """Large ones are cut into pieces, and not every network cuts them alike."""
    network = Network((INPUTS, 1), (), "sigmoid")
    data, rows = examples(network, 1500, seed=2), np.arange(1500)
    sizes = islice(cycle([(), (2,), (90, 90), (400,), (8,)]), 40)
    members = [
        member(
            Network((INPUTS, *hidden, 1), ("tanh",) * len(hidden), "sigmoid"),
            *(data, 5),
            rows=rows,
            batch_size=batch_size,
        )
        for hidden in sizes
    ]
    rates = [[0.05]] * len(members)
    assert ends(members, rates, 2) == ends_alone(members, rates)


@pytest.mark.parametrize("place", [0, 64, 129])
def test_an_example_that_is_not_finite_stops_all_who_meet_it_where_they_stood(place):
    members = candidates()
    X = members[0].data.X.copy()
    X[4, members[0].rows[place]] = np.nan
    members = [replace(who, data=who.data._replace(X=X)) for who in members]
    before = [fingerprint(who.theta, who.slots, (who.t, who.epoch)) for who in members]
    with pytest.raises(DataError, match=f"example {members[0].rows[place]} "):
        NativeEngine(2).epochs(members, [[0.1] * 3] * len(members))
    assert [fingerprint(who.theta, who.slots, (who.t, who.epoch)) for who in members] == before
