"""Ctrl-C and other signals during a call of the native engine.

The engine asks for signals about every 50 ms. No test here looks at a clock, because a machine may be slow:
a call that was stopped has left work undone, and a long call answers several signals.
"""

import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from native_cases import (
    SANITIZED,
    NativeEngine,
    copy,
    different_members,
    examples,
    fingerprint,
    member,
    trained,
)
from scipy import sparse

from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines import native as native_engine

pytestmark = [pytest.mark.unchecked_shapes, pytest.mark.usefixtures("no_collection")]
AFTER = 2.0 if SANITIZED else 0.15  # seconds until the first signal
FOR_EVER = 10**5  # epochs; to hand over the rates of many more takes seconds under sanitizers
SMALL = Network((30, 20, 1), ("relu",), "sigmoid")
LARGE = Network((10, 1200, 1200, 1), ("tanh", "tanh"), "sigmoid")
DATA = examples(SMALL, 3000, weighted=True)


class OutOfPatience(Exception):  # noqa: N818 (no error)
    """What some handler raises."""


def small(seed=0, **options):
    return member(SMALL, DATA, seed, **({"batch_size": 32, "dropout": (0.2,)} | options))


def shared():
    """A member whose batches are shared among threads."""
    network = Network((30, 150, 1), ("relu",), "sigmoid")
    return member(network, examples(network, 3000), batch_size=300)


@contextmanager
def alarm(handler, after=AFTER, every=0.0):
    """A signal comes after so many seconds (and then every so many)."""
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, after, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def stopped_on_the_way(call, starts, kind=KeyboardInterrupt):
    """What a call gives with copies of these members, stopped by a signal after the first epoch of one.

    On a slow machine the signal comes before that; then it comes later in a second call.
    """
    for after in (AFTER, 10 * AFTER, 100 * AFTER):
        members = [copy(start) for start in starts]
        with alarm(raises(kind), after):
            result = call(members)
        if any(who.epoch for who in members):
            return members, result
    raise AssertionError("no epoch came to its end")


def raises(kind):
    def handler(number, frame):
        raise kind

    return handler


def state(who):
    return fingerprint(who.theta, who.slots, (who.t, who.epoch))


def stands_at_the_border_of_an_epoch(who, start, result, rates):
    """Its history is complete, and it goes on to where it would have ended if nobody had stopped it."""
    assert len(result.cost) == len(result.gradient_norm) == who.epoch < len(rates)
    further = rates[who.epoch : who.epoch + 3]
    whole = copy(start)
    history = NativeEngine(1).epochs([whole], [rates[: who.epoch] + further])[0]
    np.testing.assert_array_equal(history.cost[: who.epoch], result.cost)
    np.testing.assert_array_equal(history.gradient_norm[: who.epoch], result.gradient_norm)
    NativeEngine(1).epochs([who], [further])
    assert state(who) == state(whole)


# --------------------------------------------------------------------------- training


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("make", [small, shared])
def test_an_interrupted_member_stands_at_the_border_of_an_epoch(make, n_threads):
    start, thetas = make(), []
    rates = [0.01 / (1 + 0.001 * epoch) for epoch in range(FOR_EVER)]

    def call(members):
        thetas.append(members[0].theta)
        return NativeEngine(n_threads).epochs(members, [rates])[0]

    (who,), result = stopped_on_the_way(call, [start])
    assert result.interrupted
    assert who.theta is thetas[-1]
    stands_at_the_border_of_an_epoch(who, start, result, rates)


def test_one_epoch_that_is_long_leaves_no_trace():
    """Interrupted in its middle: the member is where it was before the call."""
    who = member(LARGE, examples(LARGE, 100_000), optimizer=Optimizer("gradient_descent"))
    before = state(who)
    with alarm(raises(KeyboardInterrupt)):
        result = NativeEngine(2).epochs([who], [[0.01]])[0]
    assert (result.interrupted, len(result.cost), state(who) == before) == (True, 0, True)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_every_member_of_a_population_stops_at_a_border(n_threads):
    """Some ended long ago, some are under way, some have not begun, one is NumPy's."""
    starts = [*different_members(4, seed=3), *(small(seed) for seed in range(6))]
    thin = DATA._replace(X=sparse.csr_array(DATA.X))
    starts.append(member(SMALL, thin))
    rates = [[0.01] * 2] * 4 + [[0.01] * FOR_EVER] * 6 + [[0.01] * 2]
    members = [copy(who) for who in starts]
    with alarm(raises(KeyboardInterrupt)):
        results = NativeEngine(n_threads).epochs(members, rates)
    assert [result.interrupted for result in results[4:]] == [True] * 7
    for who, start, result, all_rates in zip(members, starts, results, rates, strict=True):
        if len(result.cost) == 2 == len(all_rates):
            assert not result.interrupted
            assert state(who) == trained_state(start, 2)
        elif start.data is not thin:
            stands_at_the_border_of_an_epoch(who, start, result, all_rates)
    assert (len(results[-1].cost), state(members[-1])) == (0, state(starts[-1]))


@pytest.mark.parametrize("n_threads", [1, 2])
def test_members_who_learn_side_by_side_stop_at_a_border(n_threads):
    rows, rates = np.arange(3000), [0.01] * FOR_EVER
    starts = [small(rows=rows, l2=l2) for l2 in range(24)]
    members, results = stopped_on_the_way(
        lambda members: NativeEngine(n_threads).epochs(members, [rates] * 24), starts
    )
    assert all(result.interrupted for result in results)
    for who, start, result in zip(members, starts, results, strict=True):
        stands_at_the_border_of_an_epoch(who, start, result, rates)


def trained_state(start, epochs):
    who = copy(start)
    NativeEngine(1).epochs([who], [[0.01] * epochs])
    return state(who)


@pytest.mark.parametrize("make", [small, shared])
def test_a_caller_who_only_waits_for_other_threads_is_interrupted_too(make):
    """The largest member diverges at once: whoever had it has nothing to do but to wait for the other."""
    network = Network((30, 400, 1), ("relu",), "identity")
    wild = member(network, examples(network, 3000), optimizer=Optimizer("gradient_descent"))
    start = make()
    calm = copy(start)
    with alarm(raises(KeyboardInterrupt), after=max(0.4, AFTER)):
        results = NativeEngine(2).epochs([wild, calm], [[1e300] * FOR_EVER, [0.01] * FOR_EVER])
    assert not np.isfinite(results[0].cost[-1])
    assert results[1].interrupted
    stands_at_the_border_of_an_epoch(calm, start, results[1], [0.01] * FOR_EVER)


def test_what_another_handler_raises_is_passed_on_and_members_stand_at_borders():
    starts = [small(0), small(1)]

    def call(members):
        with pytest.raises(OutOfPatience):
            NativeEngine(2).epochs(members, [[0.01] * FOR_EVER] * 2)

    members, _ = stopped_on_the_way(call, starts, OutOfPatience)
    for who, start in zip(members, starts, strict=True):
        assert state(who) == trained_state(start, who.epoch)


# --------------------------------------------------------------------------- passes over many rows


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, OutOfPatience])
def test_long_gradients_and_predictions_are_interrupted(kind, n_threads):
    """By the third signal: a call that asked for signals at its end only would see one."""
    data = examples(LARGE, 100_000)
    theta = member(LARGE, data).theta
    engine = NativeEngine(n_threads)

    def third(number, frame):
        seen.append(number)
        if len(seen) == 3:
            raise kind

    for call in (
        lambda: engine.gradient(LARGE, theta, data),
        lambda: engine.predict(LARGE, theta, data.X),
    ):
        seen = []
        with alarm(third, AFTER, AFTER), pytest.raises(kind):
            call()


# --------------------------------------------------------------------------- handlers that raise nothing


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("make", [small, shared])
def test_a_handler_sees_denormal_numbers_and_changes_nothing(make, n_threads):
    seen = []
    with alarm(lambda number, frame: seen.append(np.float64(5e-324) * np.float64(1)), 0.02, 0.02):
        ends = trained([make()], 150, n_threads)
    assert ends == trained([make()], 150)
    assert seen, "the call was too short to be interrupted"
    assert all(number > 0 for number in seen)


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("make", [small, shared])
def test_a_handler_may_use_the_engine_itself(make, n_threads):
    """A handler that shows how far training has come: both calls end as if they had been alone."""
    other = different_members(6, seed=5)
    expected, ends, inside = trained(other, 3), [], []

    def handler(number, frame):
        if inside:  # on a slow machine the next signal comes before this one is answered
            return
        inside.append(number)
        ends.append(trained(other, 3, n_threads))
        NativeEngine(n_threads).predict(SMALL, start.theta, DATA.X)
        inside.clear()

    start = small()
    with alarm(handler, 0.02, 0.05):
        end = trained([make()], 150, n_threads)
    assert end == trained([make()], 150)
    assert ends, "the call was too short to be interrupted"
    assert all(each == expected for each in ends)


# --------------------------------------------------------------------------- whose call it is


def test_a_call_of_another_thread_goes_on_while_the_main_thread_answers():
    """Python's handlers run on the main thread: the engine leaves it free, and stops nobody else's call."""
    end = []
    worker = threading.Thread(target=lambda: end.append(trained([small()], 400, n_threads=2)))
    answered = []
    with alarm(lambda number, frame: answered.append(number), 0.05, 0.05):
        worker.start()
        while worker.is_alive():
            worker.join(0.01)
    assert answered
    assert end == [trained([small()], 400)]


CHILD = """
import signal
import numpy as np, test_native_interrupt as t
from shoal.engines.native import NativeEngine
from shoal.book.optimizers import Schedule
from shoal.training.loop import Run, Stopping, train

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever began these tests may ignore Ctrl-C
start = t.small()
run = Run(t.copy(start), Schedule(0.01), Stopping(max_epochs=50_000, patience=np.inf))
print("begun", flush=True)
try:
    train([run], NativeEngine(2))
except KeyboardInterrupt:
    done = run.epochs_done
    print(done, len(run.history.cost), t.state(run.member) == t.trained_state(start, done))
"""


def test_ctrl_c_ends_training_in_a_process_of_its_own():
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    )
    assert child.stdout.readline() == "begun\n"
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.5)  # it trains
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=1000)
    done, recorded, as_never_stopped = output.split()
    assert done == recorded  # none, if the machine is so busy that it had not come to the first epoch
    assert as_never_stopped == "True"


def test_ctrl_c_after_the_last_epoch_of_the_last_member_loses_no_history(monkeypatch):
    """The engine may find the signal only when all members have finished what they were asked for."""
    finish = native_engine._native.epochs

    def epochs(**arguments):
        return finish(**arguments)[0], KeyboardInterrupt()

    monkeypatch.setattr(native_engine._native, "epochs", epochs)
    members = [small(0), small(1)]
    starts = [copy(who) for who in members]
    rates = [[0.01] * 3] * 2
    results = NativeEngine(1).epochs(members, rates)
    assert any(result.interrupted for result in results)
    monkeypatch.undo()
    for who, start, result in zip(members, starts, results, strict=True):
        stands_at_the_border_of_an_epoch(who, start, result, [0.01] * 4)
