"""Networks trained together end as they would alone, and what is shown of them is what they compute."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from shoal import LogisticRegression
from shoal.datasets import flower, moons
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.experiments._finding import Setting, Table
from shoal.experiments._population import (
    MOST_ROWS,
    before_training,
    boundary,
    cost_curves,
    cost_on,
    fit_together,
    last_cost,
    network,
    rows_of,
    with_new_rows,
)

X, Y = moons(n_samples=60, seed=1)


def variety():
    return [
        network((4,), learning_rate_init=0.5, max_iter=20),
        network((3, 2), "relu", solver="adam", batch_size=16, dropout=0.2, max_iter=12, random_state=7),
        network((5,), alpha=0.3, momentum=0.9, max_iter=30, n_restarts=3),
    ]


def test_together_they_end_with_the_bits_of_a_fit_alone():
    together, alone = variety(), variety()
    fit_together(together, X, Y)
    for one, other in zip(together, alone, strict=True):
        with pytest.warns(ConvergenceWarning, match="max_iter"):
            other.fit(X, Y)
        assert one.theta_.tobytes() == other.theta_.tobytes()
        assert one.loss_curve_ == other.loss_curve_
        assert one.n_iter_ == one.max_iter


def test_one_epoch_is_one_step_of_plain_gradient_descent():
    model = network((3,), learning_rate_init=0.25, max_iter=1, random_state=5)
    fit_together([model], X, Y)
    begun = before_training(model, X)
    _, slope = get_engine("numpy").gradient(model.network_, begun.theta, Data(X.T, Y[None, :].astype(float)))
    np.testing.assert_allclose(model.theta_, begun.theta - 0.25 * slope, rtol=1e-12, atol=1e-15)


def test_one_that_diverges_is_marked_and_stops_no_other():
    rows, labels = flower(seed=0)
    wild = network((8,), "relu", learning_rate_init=1e3, max_iter=300)
    calm = network((8,), "relu", learning_rate_init=0.1, max_iter=300)
    with np.errstate(all="ignore"):
        fit_together([wild, calm], rows, labels)
    assert wild.ending_.reason == "diverged"
    assert last_cost(wild) == np.inf
    assert calm.n_iter_ == 300
    assert last_cost(calm) == calm.loss_curve_[-1] < np.log(2)


def test_a_small_table_is_taken_whole_and_a_large_one_sampled_by_the_seed():
    random = np.random.default_rng(0)
    small = Table(random.normal(size=(50, 2)), np.arange(50))
    assert rows_of(Setting(0, small), moons)[0] is small.X
    m = 3 * MOST_ROWS
    large = Table(np.arange(m, dtype=float)[:, None], np.arange(m))
    drawn = [rows_of(Setting(seed, large), moons) for seed in (0, 0, 1)]
    for rows, labels in drawn:
        assert len(set(labels.tolist())) == MOST_ROWS
        assert np.array_equal(rows[:, 0], labels)
    assert np.array_equal(drawn[0][1], drawn[1][1])
    assert not np.array_equal(drawn[0][1], drawn[2][1])


def test_a_sample_has_two_rows_of_a_class_that_has_two():
    m = 40 * MOST_ROWS
    y = np.repeat(["a", "b", "c"], [m - 3, 2, 1])
    table = Table(np.arange(m, dtype=float)[:, None], y)
    rows, labels = rows_of(Setting(0, table), moons)
    assert {label: int(np.sum(labels == label)) for label in "abc"} == {"a": MOST_ROWS - 3, "b": 2, "c": 1}
    assert np.array_equal(labels, y[rows[:, 0].astype(int)])
    (_, old), (_, new) = with_new_rows(Setting(0, Table(table.X[:-1], y[:-1])), moons)
    assert sorted(set(old)) == sorted(set(new)) == ["a", "b"]


def test_new_rows_are_none_of_those_learned_from():
    table = Table(np.arange(40.0)[:, None], np.repeat([0, 1], 20))
    (old, _), (new, _) = with_new_rows(Setting(3, table), moons)
    assert sorted([*old[:, 0], *new[:, 0]]) == list(range(40))
    assert len(old) == len(new)
    (old, _), (new, _) = with_new_rows(Setting(3), moons)
    assert not np.isin(old, new).any()


def test_a_boundary_shows_the_probability_at_its_places():
    model = LogisticRegression().fit(X, Y)
    panel = boundary(model, X, Y, "title")
    field = panel.field
    for i, j in ((0, 0), (3, 97), (100, 5)):
        assert field.values[i, j] == pytest.approx(
            model.predict_proba([[field.x[j], field.y[i]]])[0, 1], rel=1e-12
        )
    assert [len(series.x) for series in panel.series] == [30, 30]
    assert field.x[0] < X[:, 0].min() < X[:, 0].max() < field.x[-1]


def test_a_long_curve_keeps_its_first_and_last_epoch():
    model = network((2,), max_iter=1500)
    fit_together([model], X, Y)
    (series,) = cost_curves(["name"], [model]).series
    assert len(series.x) <= 400
    assert (series.x[0], series.x[-1]) == (1, 1500)
    assert (series.y[0], series.y[-1]) == (model.loss_curve_[0], model.loss_curve_[-1])


def test_the_cost_of_rows_is_without_the_penalty():
    model = network((4,), alpha=5.0, max_iter=5)
    fit_together([model], X, Y)
    probability = model.predict_proba(X)[np.arange(len(Y)), Y]
    assert cost_on(model, X, Y) == pytest.approx(-np.log(probability).mean(), rel=1e-12)
