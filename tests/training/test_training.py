"""The loop: many runs at once, when each of them stops, and what is kept."""

from copy import deepcopy

import numpy as np
import pytest
from scipy.optimize import minimize

from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer, Schedule
from shoal.engines import get_engine
from shoal.engines.base import Data, Member
from shoal.training.loop import Run, Stopping, train

ENGINE = get_engine("numpy")


class ScriptedEngine:
    """Not an engine: hands out costs that were written down before, and counts how it is called."""

    name = "scripted"

    def __init__(self, costs):
        self.costs, self.calls = list(costs), []

    def epochs(self, members, learning_rates):
        (member,), (rates,) = members, learning_rates
        self.calls.append(len(rates))
        costs = np.array([self.costs.pop(0) for _ in rates])
        member.epoch += len(rates)
        member.theta += len(rates)
        return [
            type("Epochs", (), {"cost": costs, "gradient_norm": np.ones(len(rates)), "interrupted": False})()
        ]


def member(hidden=(4,), rule="adam", seed=0, m=60, **options):
    network = Network((3, *hidden, 1), ("tanh",) * len(hidden), "sigmoid")
    theta = initialize(network, np.random.default_rng(seed))
    options = {"batch_size": 16} | options
    return Member(network, theta, Optimizer(rule), data(60), np.arange(m), seed, **options)


def data(m=60):
    random = np.random.default_rng(1)
    X = random.standard_normal((m, 3))
    return Data(X.T, (X[:, :1] * X[:, 1:2] > 0).T.astype(float))


def test_a_population_ends_as_each_of_its_runs_would_alone():
    def runs():
        return [
            Run(member((4,)), Schedule(0.05), Stopping(max_epochs=7)),
            Run(member((6, 3), "nesterov", seed=3), Schedule(0.1, "cosine"), Stopping(max_epochs=12)),
            Run(member((), "rmsprop", l2=1.0), Schedule(0.1), Stopping(max_epochs=50, tol=0.01, patience=2)),
            Run(member((5,)), stopping=Stopping(max_epochs=20, tol=1e-6), lbfgs_evaluations=100),
        ]

    together, alone = runs(), runs()
    train(together, ENGINE)
    for run in alone:
        train([run], ENGINE)
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_array_equal(a.member.theta, b.member.theta)
        assert a.history == b.history
        assert a.stopped == b.stopped


@pytest.mark.parametrize("patience", [1, 4, np.inf])
def test_asking_for_many_epochs_at_once_stops_where_one_by_one_would(patience):
    stopping = Stopping(max_epochs=60, tol=0.002, patience=patience)
    many, single = (Run(member(), Schedule(0.1), stopping) for _ in range(2))
    single.after_epoch = lambda: False
    train([many], ENGINE)
    train([single], ENGINE)
    assert many.history == single.history
    np.testing.assert_array_equal(many.member.theta, single.member.theta)


def test_epochs_that_cannot_be_stopped_in_between_come_in_one_call():
    engine = ScriptedEngine(np.linspace(10, 1, 90))
    train([Run(member(), stopping=Stopping(max_epochs=90, patience=np.inf))], engine)
    assert engine.calls == [90]


@pytest.mark.parametrize(
    ("costs", "epochs", "why"),
    [
        ([5, 4, 3, 2, 1, 0.5], 6, "max_epochs"),
        ([5, 4, 4, 4, 4, 0.1], 5, "no_change"),  # patience 2: the third epoch without progress is the last
        ([5, 4, 3.95, 3.9, 3.85, 0.1], 5, "no_change"),  # progress below tol = 0.2 counts as none ...
        ([5, 4, 3.95, 3.7, 3.65, 3.6], 6, "max_epochs"),  # ... until it adds up from the best so far
    ],
)
def test_a_run_stops_when_its_cost_no_longer_falls(costs, epochs, why):
    run = Run(member(), stopping=Stopping(max_epochs=6, tol=0.2, patience=2))
    train([run], ScriptedEngine(costs))
    assert (len(run.history.cost), run.stopped) == (epochs, why)


def test_early_stopping_watches_the_score_and_returns_to_the_best_epoch():
    scores = iter([0.1, 0.5, 0.9, 0.4, 0.3, 0.2])
    start = member()
    begin = start.theta.copy()
    run = Run(start, stopping=Stopping(max_epochs=6, patience=2, watch="score"), score=lambda: next(scores))
    train([run], ScriptedEngine([1.0] * 6))
    assert run.stopped == "no_change"
    assert run.history.score == [0.1, 0.5, 0.9, 0.4, 0.3, 0.2]
    np.testing.assert_allclose(run.theta, begin + 3, rtol=1e-15)
    np.testing.assert_allclose(run.member.theta, begin + 6, rtol=1e-15)


def test_a_cost_that_is_not_finite_ends_the_run_with_an_error_and_not_the_others():
    wild = Run(member(rule="gradient_descent"), Schedule(1e308), Stopping(max_epochs=9))
    calm = Run(member(), Schedule(0.01), Stopping(max_epochs=9))
    wild.member.l2 = 1e3
    train([wild, calm], ENGINE)
    assert wild.stopped == "diverged"
    assert f"epoch {len(wild.history.cost)}" in str(wild.error)
    assert "1e+308" in str(wild.error)
    assert (calm.stopped, calm.error, len(calm.history.cost)) == ("max_epochs", None, 9)


def test_after_epoch_can_stop_a_run():
    run = Run(member(), stopping=Stopping(max_epochs=50))
    run.after_epoch = lambda: len(run.history.cost) == 4
    train([run], ENGINE)
    assert (len(run.history.cost), run.stopped) == (4, "asked")


def test_a_run_that_is_interrupted_goes_on_as_if_nothing_had_happened():
    whole, broken = (Run(member(), Schedule(0.05), Stopping(max_epochs=8)) for _ in range(2))
    train([whole], ENGINE)

    def interrupt():
        if len(broken.history.cost) == 3:
            broken.after_epoch = None
            raise KeyboardInterrupt
        return False

    broken.after_epoch = interrupt
    with pytest.raises(KeyboardInterrupt):
        train([broken], ENGINE)
    train([broken], ENGINE)
    np.testing.assert_array_equal(broken.member.theta, whole.member.theta)
    assert broken.history == whole.history


def test_lbfgs_finds_what_scipy_finds_without_us():
    start, examples = member((5,), l2=0.5), data()

    def cost(theta):
        return ENGINE.gradient(start.network, theta, examples, l2=0.5)

    expected = minimize(
        cost, start.theta.copy(), jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "maxiter": 900}
    )
    run = Run(deepcopy(start), stopping=Stopping(max_epochs=900, tol=1e-8), lbfgs_evaluations=9000)
    train([run], ENGINE)
    assert run.stopped == "no_change"
    assert run.history.cost[-1] == pytest.approx(expected.fun, rel=1e-6)
    assert run.history.cost == sorted(run.history.cost, reverse=True)


def test_lbfgs_looks_at_the_members_own_rows():
    half, examples = np.arange(0, 60, 2), data()
    chosen = Run(member((4,)), stopping=Stopping(max_epochs=30), lbfgs_evaluations=900)
    chosen.member.rows = half
    train([chosen], ENGINE)
    alone = Run(member((4,), m=30), stopping=Stopping(max_epochs=30), lbfgs_evaluations=900)
    alone.member.data = Data(examples.X[:, half], examples.Y[:, half])
    train([alone], ENGINE)
    np.testing.assert_array_equal(chosen.member.theta, alone.member.theta)


@pytest.mark.parametrize("name", ["constant", "inverse_time"])
def test_a_run_that_is_allowed_more_epochs_goes_on_as_if_it_had_had_them(name):
    whole, parts = (Run(member(), Schedule(0.05, name), Stopping(max_epochs=k)) for k in (9, 4))
    train([whole], ENGINE)
    train([parts], ENGINE)
    assert (len(parts.history.cost), parts.stopped) == (4, "max_epochs")
    parts.allow(9)
    train([parts], ENGINE)
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert parts.history == whole.history


def test_early_stopping_leaves_the_member_where_training_stands():
    """So that more epochs continue the training, and not what was found best."""
    scores = [0.1, 0.9, 0.2, 0.3, 0.4, 0.5]
    whole, parts = (
        Run(member(rule="momentum"), stopping=Stopping(max_epochs=k, patience=np.inf, watch="score"))
        for k in (6, 3)
    )
    whole.score, parts.score = iter(scores).__next__, iter(scores).__next__
    train([whole], ENGINE)
    train([parts], ENGINE)
    parts.allow(6)
    train([parts], ENGINE)
    np.testing.assert_array_equal(parts.member.theta, whole.member.theta)
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert not np.array_equal(parts.theta, parts.member.theta)


def test_a_score_that_raises_ends_its_own_run_and_no_other():
    def raises():
        raise ZeroDivisionError("no such score")

    bad, good = (Run(member(seed=k), stopping=Stopping(max_epochs=5)) for k in (0, 1))
    bad.score = raises
    train([bad, good], ENGINE)
    assert (bad.stopped, str(bad.error)) == ("failed", "no such score")
    assert (good.stopped, good.error, len(good.history.cost)) == ("max_epochs", None, 5)
