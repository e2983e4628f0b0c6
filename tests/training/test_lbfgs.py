"""L-BFGS: SciPy's steps, from a memory that can be kept, so that stopped and resumed is never stopped."""

import copy
import math
import pickle

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines import get_engine, native_is_built
from shoal.engines.base import Data, Member
from shoal.training import _lbfgs as lbfgs
from shoal.training import loop
from shoal.training._lbfgs import Memory, iterate
from shoal.training.loop import Run, Stopping, train

HERE = ("numpy", "native") if native_is_built() else ("numpy",)
EPOCHS = 40
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((50, 3))
Y = (X[:, :1] * X[:, 1:2] + 0.3 * RANDOM.standard_normal((50, 1)) > 0).astype(float)


class Spied:
    """An engine that counts its gradients, and breaks off at one of them."""

    name = "spied"

    def __init__(self, name="numpy", breaks_at=None):
        self.engine, self.calls, self.breaks_at = get_engine(name), 0, breaks_at

    def gradient(self, *args, **kwargs):
        self.calls += 1
        if self.calls == self.breaks_at:
            raise KeyboardInterrupt
        return self.engine.gradient(*args, **kwargs)


def run(max_epochs=EPOCHS, dtype=np.float64, evaluations=10**6, tol=1e-12, l2=0.1, **options):
    network = Network((3, 6, 1), ("tanh",), "sigmoid")
    theta = initialize(network, np.random.default_rng(2)).astype(dtype)
    data = Data(X.T.astype(dtype), Y.T.astype(dtype))
    who = Member(network, theta, Optimizer("gradient_descent"), data, np.arange(50), 0, 50, l2=l2)
    stopping = Stopping(max_epochs=max_epochs, tol=tol)
    return Run(who, stopping=stopping, lbfgs_evaluations=evaluations, **options)


def check_is(ours, expected):
    """Runs that cannot be told apart, now or later."""
    np.testing.assert_array_equal(ours.member.theta, expected.member.theta)
    assert ours.history == expected.history
    assert (ours.stopped, ours.epochs_done) == (expected.stopped, expected.epochs_done)
    assert ours.member.epoch == expected.member.epoch
    check_remembers(ours.memory, expected.memory)


def check_remembers(ours, expected):
    assert (ours.J, ours.fell, len(ours.pairs)) == (expected.J, expected.fell, len(expected.pairs))
    for name in ("x", "slope"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(expected, name))
    for pair, other in zip(ours.pairs, expected.pairs, strict=True):
        for a, b in zip(pair, other, strict=True):
            np.testing.assert_array_equal(a, b)


def trained(engine="numpy", **options):
    whole = run(**options)
    train([whole], get_engine(engine))
    return whole


# --------------------------------------------------------------------------- the steps

CURVED = np.geomspace(1, 1e3, 12)
TURN = np.linalg.qr(np.random.default_rng(3).standard_normal((12, 12)))[0]
B = TURN @ np.diag(CURVED) @ TURN.T


def logistic(x):
    """The mean loss of a line, with L2."""
    z = X @ x
    J = np.mean(np.logaddexp(0, z) - Y[:, 0] * z) + 0.05 * x @ x
    return float(J), X.T @ (1 / (1 + np.exp(-z)) - Y[:, 0]) / len(X) + 0.1 * x


PROBLEMS = {
    "quadratic": (lambda x: (float(x @ B @ x) / 2, B @ x), np.ones(12)),
    "Rosenbrock": (lambda x: (float(rosen(x)), rosen_der(x)), np.array([-1.2, 1.0, 0.5, 2.0])),
    "logistic": (logistic, np.array([3.0, -2.0, 1.0])),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_steps_and_the_evaluations_are_those_of_scipy(name):
    """The first of them: rounding, which differs, is multiplied from step to step where J is curved."""
    J, start = PROBLEMS[name]
    theirs, ours = [], []
    minimize(
        lambda x: theirs.append(x.copy()) or J(x),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxls": 50, "gtol": 1e-7, "ftol": 0.0},
    )
    at = Memory(start, *J(start))
    while at is not None and not at.is_minimum(1e-7):
        at = iterate(lambda x: ours.append(x.copy()) or J(x), at)
    many = 12
    np.testing.assert_allclose(ours[:many], theirs[1 : many + 1], rtol=1e-6, atol=1e-6)
    assert len(ours) <= 1.1 * len(theirs)  # to the end: near it rounding decides on one step or two
    np.testing.assert_allclose(at.x, theirs[-1], atol=1e-4)


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_step_fulfils_the_strong_wolfe_conditions(name):
    J, start = PROBLEMS[name]
    at = Memory(start, *J(start))
    for _ in range(15):
        if at.is_minimum(1e-6):
            break
        following = iterate(J, at)
        step = following.x - at.x
        rise = at.slope @ step
        rounding = 1e-12 * abs(at.J)
        assert following.fell >= -lbfgs.ENOUGH * rise - rounding
        assert abs(following.slope @ step) <= -lbfgs.STEEP * rise + rounding
        assert following.fell == at.J - following.J
        at = following


def test_a_place_where_the_cost_is_not_finite_is_too_far():
    """J = x - log(x), which ends at 0: a step goes beyond."""

    def J(x):
        if x[0] <= 0:
            return math.inf, np.full(1, math.nan)
        return float(x[0] - math.log(x[0])), 1 - 1 / x

    at, tried = Memory(np.array([30.0]), *J(np.array([30.0]))), []
    while not at.is_minimum(1e-8):
        at = iterate(lambda x: tried.append(x[0]) or J(x), at)
    assert min(tried) <= 0
    assert at.x[0] == pytest.approx(1.0, abs=1e-7)


def test_where_no_step_lowers_the_cost_there_is_no_next_iteration():
    """A slope that is a lie, and a slope that is 0."""
    for slope in (np.array([1.0, -2.0]), np.zeros(2)):
        at = Memory(np.zeros(2), 1.0, slope)
        assert iterate(lambda x, slope=slope: (1.0 + float(np.abs(x).sum()), slope), at) is None


def test_numbers_too_small_to_be_told_apart_are_still_a_line_to_search():
    best, new = lbfgs._Point(1.0, 0.0, 0.0, None), lbfgs._Point(11.0, 5e-324, 1.0, None)
    t, enclosed = lbfgs._next_length(best, best, new, False, 0.0, 50.0)
    assert enclosed
    assert 1 <= t <= 11


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("size", [1e-300, 1e-100, 1.0, 1e100, 1e300])
def test_costs_of_any_size_with_kinks_without_an_end_or_with_noise_are_gone_down(size):
    noise = np.random.default_rng(0)
    costs = [
        lambda x: (size * float(np.abs(x).sum()), size * np.sign(x)),
        lambda x: (size * float(np.sum(x**3)), 3 * size * x * x),
        lambda x: (size * float(x @ x + 0.1 * noise.standard_normal()), 2 * size * x),
    ]
    for J in costs:
        at = Memory(np.array([1.5, -0.7, 1e-9]), *J(np.array([1.5, -0.7, 1e-9])))
        for _ in range(40):
            following = iterate(J, at)
            if following is None:
                break
            assert following.J <= at.J
            at = following


def test_a_memory_that_misleads_is_left_out_and_the_step_goes_straight_down():
    J, start = PROBLEMS["quadratic"]
    value, slope = J(start)
    wrong = lbfgs.Pair(start, slope, -float(start @ slope))  # H would lead uphill
    found = iterate(J, Memory(start, value, slope, pairs=(wrong,)))
    check_remembers(found, iterate(J, Memory(start, value, slope)))


# --------------------------------------------------------------------------- stopped and resumed


@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cuts", [(1,), (2,), (11,), (39,), (3, 4, 17)], ids=str)
def test_stopped_and_resumed_is_never_stopped(engine, dtype, cuts):
    whole, parts = trained(engine, dtype=dtype), run(max_epochs=0, dtype=dtype)
    assert whole.stopped == "max_epochs"
    assert len(whole.memory.pairs) == lbfgs.PAIRS
    for epochs in (*cuts, EPOCHS):
        parts.allow(epochs)
        train([parts], get_engine(engine))
        assert parts.epochs_done == epochs
    check_is(parts, whole)


def test_ctrl_c_in_any_evaluation_leaves_a_run_that_goes_on_as_if_nothing_had_happened():
    """In the middle of a line search too: its iteration is done again from the beginning."""
    whole = trained()
    for breaks_at in range(1, whole.evaluations + 1):
        broken = run()
        with pytest.raises(KeyboardInterrupt):
            train([broken], Spied(breaks_at=breaks_at))
        assert len(broken.history.cost) == broken.epochs_done == broken.member.epoch
        train([broken], get_engine("numpy"))
        check_is(broken, whole)
        assert broken.evaluations == whole.evaluations


def test_ctrl_c_between_an_iteration_and_its_entry_in_the_history_undoes_the_iteration(monkeypatch):
    whole, broken, record = trained(), run(), loop._record

    def interrupt(run, *args):
        record(run, *args)
        if run.epochs_done == 7:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_record", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train([broken], get_engine("numpy"))
    assert len(broken.history.cost) == broken.epochs_done == broken.member.epoch == 6
    monkeypatch.undo()
    train([broken], get_engine("numpy"))
    check_is(broken, whole)


@pytest.mark.parametrize("engine", HERE)
def test_ctrl_c_in_a_callback_is_at_the_border_of_an_iteration(engine):
    whole, broken = trained(engine), run()

    def interrupt():
        if broken.epochs_done == 9:
            raise KeyboardInterrupt
        return False

    broken.after_epoch = interrupt
    with pytest.raises(KeyboardInterrupt):
        train([broken], get_engine(engine))
    broken.after_epoch = None
    train([broken], get_engine(engine))
    check_is(broken, whole)


def pickled(memory):
    return pickle.loads(pickle.dumps(memory))  # noqa: S301 (our own)


@pytest.mark.parametrize("kept", [copy.deepcopy, pickled])
def test_another_run_goes_on_from_the_memory(kept):
    """So does a warm start: the history begins anew, theta and the memory do not."""
    whole, first = trained(), trained(max_epochs=12)
    second = run(max_epochs=EPOCHS - 12, memory=kept(first.memory))
    second.member.theta[...] = first.member.theta
    train([second], get_engine("numpy"))
    np.testing.assert_array_equal(second.member.theta, whole.member.theta)
    assert first.history.cost + second.history.cost == whole.history.cost
    check_remembers(second.memory, whole.memory)


def test_so_many_evaluations_end_at_an_iteration_and_count_over_all_parts():
    for most in (1, 13, 14, 15, 16, 17):
        whole, parts = trained(evaluations=most), run(max_epochs=0, evaluations=most)
        assert whole.stopped == "max_evaluations"
        assert whole.epochs_done >= 1
        assert whole.evaluations >= most
        for epochs in range(1, EPOCHS):
            parts.allow(epochs)
            train([parts], get_engine("numpy"))
        check_is(parts, whole)


def test_to_look_whether_the_memory_still_holds_is_one_evaluation():
    parts, engine = run(max_epochs=10), Spied()
    train([parts], engine)
    assert engine.calls == parts.evaluations
    parts.allow(20)
    train([parts], engine)
    assert engine.calls == parts.evaluations + 1


@pytest.mark.parametrize("tol", [1e-3, 0.0], ids=["by the slope", "by rounding"])
def test_a_run_at_its_minimum_ends_there_however_it_is_cut(tol):
    whole = trained(tol=tol, l2=3.0, max_epochs=500)
    assert whole.stopped == "no_change"
    for last in (whole.epochs_done - 1, whole.epochs_done):
        parts = run(max_epochs=last, tol=tol, l2=3.0)
        train([parts], get_engine("numpy"))
        parts.allow(500)
        train([parts], get_engine("numpy"))
        check_is(parts, whole)


# --------------------------------------------------------------------------- another cost


def other_penalty(run):
    run.member.l2 = 0.2


def other_rows(run):
    run.member.rows = np.arange(45)


def other_theta(run):
    run.member.theta[0] += 1e-9


def other_weights(run):
    run.member.data = run.member.data._replace(v=np.linspace(1, 2, 50)[None])


@pytest.mark.parametrize("change", [other_penalty, other_rows, other_theta, other_weights])
def test_the_memory_of_another_cost_is_dropped(change):
    """So the curvature of the old cost never leads on the new one: it begins as if nothing was remembered."""
    kept, empty, same = (trained(max_epochs=15) for _ in range(3))
    for each in (kept, empty):
        change(each)
        each.allow(EPOCHS)
    empty.memory = None
    for each in (kept, empty):
        train([each], get_engine("numpy"))
    check_is(kept, empty)
    same.memory = None
    same.allow(EPOCHS)
    train([same], get_engine("numpy"))
    assert not np.array_equal(same.member.theta, trained().member.theta)  # a memory makes a difference


def test_a_gradient_that_is_not_finite_is_a_cost_that_diverged():
    class Broken(Spied):
        def gradient(self, *args, **kwargs):
            J, dtheta = super().gradient(*args, **kwargs)
            dtheta[0] = np.nan
            return J, dtheta

    broken = run()
    train([broken], Broken())
    assert broken.stopped == "diverged"
    assert len(broken.history.cost) == broken.member.epoch == 1
