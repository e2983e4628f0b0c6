"""Hidden units and layers: what is measured, and that each verdict can be no."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from shoal.experiments import _hidden, run
from shoal.experiments._population import fit_together, network


@pytest.mark.parametrize("name", ["flower_units", "coordinates"])
def test_without_an_activation_hidden_units_gain_nothing(name, monkeypatch):
    monkeypatch.setattr(_hidden, "network", lambda hidden, **rest: network(hidden, "identity", **rest))
    assert not run(name).holds


def test_scikit_learn_separates_the_units_outputs_by_a_line_too():
    X, y = _hidden._xor(5)
    model = network((2,), solver="adam", learning_rate_init=0.1, max_iter=300, n_restarts=10, random_state=50)
    fit_together([model], X, y)
    A = np.tanh(X @ model.coefs_[0] + model.intercepts_[0])
    assert LogisticRegression().fit(X, y).score(X, y) < 0.7
    assert LogisticRegression().fit(A, y).score(A, y) > 0.95


def test_xor_has_four_clouds_of_equal_size():
    X, y = _hidden._xor(0)
    corners, counts = np.unique(np.sign(X), axis=0, return_counts=True)
    assert len(corners) == 4
    assert counts.min() > 40  # some points may have crossed an axis
    assert np.mean(y == (np.sign(X[:, 0]) != np.sign(X[:, 1]))) > 0.98


@pytest.mark.parametrize(("n_x", "classes"), [(2, 2), (30, 2), (64, 10)])
def test_layers_have_about_as_many_parameters(n_x, classes):
    n_y = 1 if classes == 2 else classes
    counts = []
    for layers in (1, 2, 3):
        n = [n_x, *_hidden.equal_layers(layers, n_x, classes), n_y]
        assert len(n) == layers + 2
        counts.append(sum((before + 1) * after for before, after in pairwise(n)))
    assert max(counts) < 1.15 * min(counts)  # whole units: one more in three layers is 5 to 15 %


def test_one_layer_three_times_is_no_better_than_one(monkeypatch):
    monkeypatch.setattr(_hidden, "LAYERS", dict.fromkeys(_hidden.LAYERS, 1))
    record = run("depth")
    assert not record.holds
    assert len(set(record.numbers["costs"])) == 1
