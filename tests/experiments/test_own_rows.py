"""On own rows the sentences say what the curves show, and rows that cannot be learned from are refused."""

import json
import math
from importlib import import_module

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import entropy

from shoal.base.errors import DataError
from shoal.base.texts import page, text
from shoal.datasets import CATALOGUE, load
from shoal.experiments import experiments, run

WITH_DATA = [experiment.name for experiment in experiments() if experiment.takes_data]
BY_HALVES = ("depth", "penalties")  # they judge by the other half of the rows


def six():
    return np.random.default_rng(0).normal(size=(6, 3)), np.array(["no", "yes"] * 3)


def rare():
    """Three classes, one of them with two rows; columns of very different sizes."""
    X = np.random.default_rng(1).normal(size=(60, 3)) * [1, 100, 0.01] + [0, 1000, 0]
    return X, np.array(["rare"] * 2 + ["a", "b"] * 29)


def contradictory():
    """Each row is there with both labels, so that no cost falls below that of guessing."""
    X = np.random.default_rng(2).normal(size=(30, 2))
    return np.repeat(X, 2, axis=0), np.tile([0, 1], 30)


def wine():
    data = load("wine")
    return data.X, data.y


ROWS = {each.__name__: each for each in (six, rare, contradictory, wine)}


def written(values):
    return text("core.comma").join(
        text("experiments.not_reached") if v is None else f"{v}" if isinstance(v, int) else f"{v:.3g}"
        for v in values
    )


def last(series):
    return series.y[-1] if math.isfinite(series.y[-1]) else math.inf


def first_at(series, level):
    """The epoch at which a curve is first so low; the curves have all their epochs."""
    assert list(series.x) == list(range(1, len(series.x) + 1))
    return next((epoch for epoch, cost in zip(series.x, series.y, strict=True) if cost <= level), None)


def shares_are_of_rows(per_cents, rows):
    counts = np.array(per_cents) / 100 * rows
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)  # rounding of a per cent


def learning_rates(numbers, panels, X, y):
    costs = [last(series) for series in panels[0].series]
    assert numbers["best"] == float(panels[0].series[int(np.argmin(costs))].name)
    assert numbers["highest"] == max(panels[0].series[-1].y)
    shares_are_of_rows(numbers["best_accuracy"], len(X))
    return {"costs": costs}


def activations(numbers, panels, X, y):
    level = entropy(np.unique(y, return_counts=True)[1]) / 2
    curves = {series.name: series for series in panels[0].series}
    for name, series in curves.items():
        assert numbers[name] == first_at(series, level)
    return {"costs": [last(series) for series in curves.values()]}


def linear_collapse(numbers, panels, X, y):
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    z = scaled @ np.array(numbers["W"]).T + numbers["b"]
    said = (z[:, 0] > 0).astype(int) if z.shape[1] == 1 else z.argmax(axis=1)
    assert numbers["identity"] == pytest.approx(100 * np.mean(np.unique(y)[said] == y))
    return {"costs": numbers["costs"]}


def starts(numbers, panels, X, y):
    assert numbers["different"] == panels[1].series[0].y
    shares_are_of_rows([numbers[series.name] for series in panels[0].series], len(X))
    return {"different": numbers["different"], "costs": [last(series) for series in panels[0].series]}


def depth(numbers, panels, X, y):
    shares_are_of_rows(numbers["accuracies"], math.floor(len(X) / 2))
    shares_are_of_rows(numbers["new_accuracies"], math.ceil(len(X) / 2))
    return {"costs": [last(series) for series in panels[0].series]}


def optimizers(numbers, panels, X, y):
    lowest = [min(series.y) for series in panels[0].series]
    needed = [first_at(series, lowest[0]) for series in panels[0].series]
    assert [None if math.isnan(value) else value for value in panels[1].series[0].y] == needed
    return {"costs": lowest, "needed": needed}


def batch_sizes(numbers, panels, X, y):
    m = min(len(X), 200)
    sizes = sorted({min(size, m) for size in (1, 10, 50, m)})
    half = numbers["epochs"] // 2
    noise = [float(np.std(np.diff(series.y[half:]))) for series in panels[0].series]
    return {
        "sizes": sizes,
        "on_the_way": [last(series) for series in panels[0].series],
        "updates": [numbers["epochs"] * math.ceil(m / size) for size in sizes],
        "noise": noise,
    }


def penalties(numbers, panels, X, y):
    training, new = (list(series.y) for series in panels[-1].series)
    assert numbers["rows"] == math.floor(len(X) / 2)
    shares_are_of_rows(numbers["accuracies"], numbers["rows"])
    shares_are_of_rows(numbers["new_accuracies"], len(X) - numbers["rows"])
    return {"training": training, "new": new, "gaps": [b - a for a, b in zip(training, new, strict=True)]}


JUDGES = (learning_rates, activations, linear_collapse, starts, depth, optimizers, batch_sizes, penalties)


def test_each_has_a_judge():
    assert sorted(judge.__name__ for judge in JUDGES) == sorted(WITH_DATA)


def assert_reason_is_given(record):
    """A lost verdict names its part, and no sentence of the picture asserts the claim."""
    figure = record.figure()
    above, below = (" ".join(each.split()) for each in (figure.get_suptitle(), figure.get_supxlabel()))
    assert record.to_dict()["verdict"] == record.verdict
    if record.holds:
        assert (above, below) == (record.experiment.title, "")
        return
    reasons = [record._text(f"not_{part}") for part in record.finding.failed]
    assert reasons
    assert all(reason in record.verdict and len(reason) > 10 for reason in reasons)
    assert (above, below) == (record.verdict, f"Claimed: {record.experiment.title}")


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("judge", JUDGES)
def test_the_sentence_says_what_the_curves_show(judge, rows):
    X, y = ROWS[rows]()
    record = run(judge.__name__, X=X, y=y)
    assert_reason_is_given(record)
    for name, values in judge(record.numbers, record.finding.panels, X, y).items():
        assert record.numbers[name] == values, name
        if all(isinstance(v, int | None) or 1e-300 < abs(v) < 1000 for v in values):
            assert written(values) in record.seen, name
    json.dumps(record.to_dict(), allow_nan=False)


def test_a_high_cost_is_the_reason_where_the_units_are_as_claimed():
    X, y = contradictory()
    record = run("starts", X=X, y=y)
    costs, different = record.numbers["costs"], record.numbers["different"]
    expected = {
        "equal": set(different[:3]) == {1},
        "random": set(different[3:]) == {record.numbers["units"]},
        "lower": max(costs[3:]) < min(costs[:3]),
    }
    assert list(record.finding.failed) == [part for part, holds in expected.items() if not holds]
    assert f"{max(costs[3:]):.3g}" in record.verdict or expected["lower"]


def test_more_layers_that_are_no_better_on_new_rows_lose_the_verdict(monkeypatch):
    monkeypatch.setattr(import_module("shoal.experiments._hidden"), "accuracy", lambda *_: 75.0)
    X, y = wine()
    record = run("depth", X=X, y=y)
    assert "new_rows" in record.finding.failed
    assert "75, 75, 75" in record.verdict


def test_a_cost_that_cannot_fall_is_reached_by_no_activation():
    X, y = contradictory()
    record = run("activations", X=X, y=y)
    assert record.seen.count(text("experiments.not_reached")) == 4
    assert not record.holds


@pytest.mark.parametrize("m", [2, 10, 11, 50, 51])
def test_no_batch_is_larger_than_the_table(m):
    X = np.random.default_rng(0).normal(size=(m, 2))
    sizes = run("batch_sizes", X=X, y=np.arange(m) % 2).numbers["sizes"]
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == m


def test_the_size_of_a_column_and_its_place_do_not_matter():
    """Powers of two round nothing, so the numbers are the same to the last bit."""
    X, y = contradictory()
    seen = run("learning_rates", X=X, y=y).to_dict()
    for other in (
        X * 2.0**600,
        X * [2.0**-600, 2.0**900],
        sparse.csr_array(X),
        sparse.coo_matrix(X),
        X.tolist(),
    ):
        assert run("learning_rates", X=other, y=y).to_dict() == seen
    assert run("learning_rates", X=X, y=y[:, None]).to_dict() == seen


@pytest.mark.parametrize("name", BY_HALVES)
def test_a_class_with_one_row_cannot_be_in_both_halves(name):
    X, y = rare()
    with pytest.raises(DataError, match="'rare' has only one row") as caught:
        run(name, X=X[1:], y=y[1:])
    assert "X_val" not in str(caught.value)
    assert "early" not in str(caught.value)


GAP = np.where(np.arange(60).reshape(30, 2) == 7, np.nan, 1.0 * np.arange(60).reshape(30, 2))
TWO = np.arange(30) % 2


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        (np.ones((30, 2)), np.linspace(0, 1, 30), "learn classes"),
        (np.ones((30, 2)), np.zeros(30), "learn classes"),
        (np.ones((30, 2)), np.column_stack([TWO, 1 - TWO]), "learn classes"),
        (np.ones((30, 2)), ["a", 1] * 15, "mix"),
        (GAP, TWO, "NaN in row 3, column 1"),
        (sparse.csr_array(GAP), TWO, "NaN in row 3, column 1"),
        (np.where(np.isnan(GAP), np.inf, GAP), TWO, "infinity in row 3"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(X, y, said):
    with pytest.raises(DataError, match=said):
        run("learning_rates", X=X, y=y)


@pytest.mark.parametrize("name", WITH_DATA)
def test_what_is_said_of_all_rows_speaks_of_no_toy_data(name):
    toys = {toy.rstrip("s") for toy, entry in CATALOGUE.items() if entry.make} | {"pitch"}
    for part in ("title", "claim", "seen"):
        said = page("experiments")[f"{name}_{part}"]
        assert not any(toy in said["en"].lower() for toy in toys), part
        assert not any(toy in said["zh"] for toy in ("螺旋", "花", "月", "球场")), part
