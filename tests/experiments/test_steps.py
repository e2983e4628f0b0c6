"""Rates, rules, batches and a saturated output: what is measured, and that each verdict can be no."""

import math

import numpy as np
import pytest

from shoal.base.texts import text, use_language
from shoal.experiments import _steps, run
from shoal.experiments._population import network


def test_rates_that_are_all_small_explode_nowhere(monkeypatch):
    monkeypatch.setattr(_steps, "RATES", (0.001, 0.01, 0.1))
    record = run("learning_rates")
    assert not record.holds
    assert record.numbers["blown_up"] == 0


def test_the_number_of_blown_up_rates_is_that_of_the_endings():
    numbers = run("learning_rates", seed=2).numbers
    assert numbers["blown_up"] == sum(reason in ("exploded", "diverged") for reason in numbers["reasons"]) > 0
    assert numbers["best"] == numbers["rates"][int(np.argmin(numbers["costs"]))]


def test_five_times_the_same_rule_is_no_better_than_itself(monkeypatch):
    monkeypatch.setattr(_steps, "RULES", {name: {"momentum": 0.0} for name in _steps.RULES})
    record = run("optimizers")
    assert not record.holds
    assert len(set(record.numbers["needed"])) == 1


def test_the_epochs_needed_are_where_a_curve_first_comes_so_low():
    record = run("optimizers", seed=1)
    numbers, curves = record.numbers, record.finding.panels[0].series
    for curve, needed, lowest in zip(curves, numbers["needed"], numbers["costs"], strict=True):
        assert min(curve.y) == lowest
        assert curve.y[needed - 1] <= numbers["costs"][0] < min(curve.y[: needed - 1], default=np.inf)


@pytest.mark.parametrize(("language", "said"), [("en", "not reached"), ("zh", "未达到")])
def test_a_rule_that_never_comes_so_low_is_not_the_fastest(monkeypatch, language, said):
    hardly = {"momentum": 0.0, "clip_norm": 1e-9}  # 200 steps of 3e-9 at most
    monkeypatch.setattr(_steps, "RULES", _steps.RULES | {"rmsprop": hardly})
    use_language(language)
    record = run("optimizers")
    needed = record.numbers["needed"]
    assert [epochs is None for epochs in needed] == [False, False, False, True, False]
    assert not record.holds
    assert f"{needed[2]}{text('core.comma')}{said}{text('core.comma')}{needed[4]}" in record.seen
    assert record.to_dict()["numbers"]["needed"] == needed
    assert math.isnan(record.finding.panels[1].series[0].y[3])


def test_updates_are_counted():
    numbers = run("batch_sizes").numbers
    assert numbers["updates"] == [numbers["epochs"] * math.ceil(200 / size) for size in numbers["sizes"]]


def test_batches_of_one_size_do_not_differ(monkeypatch):
    monkeypatch.setattr(
        _steps, "network", lambda hidden, batch_size, **rest: network(hidden, batch_size=50, **rest)
    )
    assert not run("batch_sizes").holds


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("loss", ["squared", "entropy"])
def test_dz_is_the_slope_of_the_loss(loss, y):
    def value(z):
        a = 1 / (1 + np.exp(-z))
        return (a - y) ** 2 / 2 if loss == "squared" else -y * np.log(a) - (1 - y) * np.log(1 - a)

    z, step = np.linspace(-4, 4, 17), 1e-5
    slope = (value(z + step) - value(z - step)) / (2 * step)
    # central differences: step² times the third derivative, which is below 1
    np.testing.assert_allclose(_steps.dZ_of(z, np.full_like(z, y), loss), slope, atol=1e-9)


def test_one_unit_goes_the_way_of_a_loop_over_examples():
    x, y, w, b = [-1.5, 0.5, 2.0], [0.0, 1.0, 1.0], -2.0, 0.0
    way = _steps._one_unit(np.array([x]), np.array([y]), "squared", w, steps=20)
    for step in range(20):
        assert way[step] == pytest.approx(w, rel=1e-12)
        a = [1 / (1 + math.exp(-(w * each + b))) for each in x]
        dz = [(p - t) * p * (1 - p) for p, t in zip(a, y, strict=True)]
        w -= sum(d * each for d, each in zip(dz, x, strict=True)) / 3
        b -= sum(dz) / 3


def test_with_the_cross_entropy_twice_nothing_stands_still(monkeypatch):
    right = _steps.dZ_of
    monkeypatch.setattr(_steps, "dZ_of", lambda Z, Y, loss: right(Z, Y, "entropy"))
    assert not run("saturated_output").holds


def test_a_relu_output_above_one_has_no_loss():
    assert _steps._loss_of_relu(np.array([99999.0])) == "NaN"
    assert float(_steps._loss_of_relu(np.array([0.5]))) == pytest.approx(math.log(2), rel=1e-5)
