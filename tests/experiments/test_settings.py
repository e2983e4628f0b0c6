"""Hyperparameters and penalties: what is measured, and that each verdict can be no."""

import numpy as np
from scipy.stats import binom

from shoal.experiments import _settings, run
from shoal.experiments._population import network


def test_a_hyperparameter_without_effect_is_noticed(monkeypatch):
    monkeypatch.setattr(_settings, "HYPERPARAMETERS", _settings.HYPERPARAMETERS | {"units": {}})
    record = run("hyperparameters")
    assert not record.holds
    assert record.numbers["different"] == 7


def test_a_parameter_that_stands_still_is_noticed(monkeypatch):
    monkeypatch.setattr(_settings, "USUAL", _settings.USUAL | {"learning_rate_init": 1e-300})
    record = run("hyperparameters")
    assert not record.holds
    assert record.numbers["moved"] < record.numbers["parameters"]


def test_without_penalties_the_gap_stays(monkeypatch):
    def without(hidden, alpha=0.0, dropout=0.0, **rest):
        return network(hidden, **rest)

    monkeypatch.setattr(_settings, "network", without)
    record = run("penalties")
    assert not record.holds
    assert len(set(record.numbers["gaps"])) == 1


def test_fifteen_per_cent_of_the_pitch_are_luck():
    X, y = _settings._pitch(0, n_samples=20_000)
    ours = X[:, 1] > 0.1 + 0.6 * X[:, 0] - 0.3 * X[:, 0] ** 2
    low, high = binom.ppf([1e-6, 1 - 1e-6], 20_000, 0.15)
    assert low < np.sum(ours != y) < high
