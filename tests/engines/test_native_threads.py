"""The same bits for any number of threads and in any company; forks, Python's threads, memory, denormals."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from native_cases import (
    SANITIZED,
    THREADS,
    NativeEngine,
    copy,
    different_members,
    examples,
    fingerprint,
    member,
    program,
    trained,
)

from shoal.book.network import Network
from shoal.book.optimizers import Optimizer

pytestmark = pytest.mark.unchecked_shapes

# --------------------------------------------------------------------------- one bit pattern


def many_small_ones(seed):
    """Whole members go to threads; both precisions in one call."""
    return different_members(24, seed)


def one_wide_network(seed):
    """More threads than members: each batch is shared out, columns first and then units."""
    network = Network((90, 150, 10), ("relu",), "softmax")
    data = examples(network, 600, seed=seed, weighted=True)
    return [member(network, data, seed, batch_size=130, l2=0.5, dropout=(0.3,))]


def batches_in_segments(seed):
    """Batches of 5,000 rows are cut into four segments, the last one of 1,300 is one."""
    network = Network((20, 16, 3), ("tanh",), "softmax")
    data = examples(network, 6300, "float32", seed=seed, weighted=True)
    return [member(network, data, seed, batch_size=5000, l1=0.5, dropout=(0.1,))]


def all_rows_again_and_again(seed):
    """Logistic regression over all rows: what was gathered for the first epoch serves the others."""
    network = Network((60, 2), (), "sigmoid")
    data = examples(network, 3001, seed=seed)
    return [member(network, data, seed, batch_size=4000, optimizer=Optimizer("nesterov"))]


def a_large_one_beside_small_ones(seed):
    """Threads that have finished their small members help with the large one; AdamW walks layer by layer."""
    network = Network((40, 120, 60, 5), ("leaky_relu", "sigmoid"), "softmax")
    data = examples(network, 900, seed=seed)
    large = member(
        network, data, seed, batch_size=300, optimizer=Optimizer("adamw", weight_decay=0.1, clip_norm=0.1)
    )
    return [*different_members(3, seed), large]


def two_large_ones_in_two_precisions(seed):
    """Helpers are few and go where the fewest are."""
    network = Network((50, 200, 1), ("tanh",), "sigmoid")
    wide, narrow = (examples(network, 700, dtype, seed) for dtype in ("float64", "float32"))
    return [
        member(network, wide, seed, dtype="float64", batch_size=256),
        member(network, narrow, seed + 1, batch_size=700),
        member(network, narrow, seed + 2, dtype="float64", batch_size=200),
    ]


CONFIGURATIONS = [
    many_small_ones,
    one_wide_network,
    batches_in_segments,
    all_rows_again_and_again,
    a_large_one_beside_small_ones,
    two_large_ones_in_two_precisions,
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda c: c.__name__)
def test_the_bits_are_the_same_for_any_number_of_threads(configuration, seed):
    members = configuration(seed)
    alone = trained(members, epochs=4, n_threads=1)
    for n_threads in (*THREADS[1:], *THREADS[1:]):  # who takes which piece is another matter each time
        assert trained(members, epochs=4, n_threads=n_threads) == alone, n_threads


@pytest.mark.parametrize("n_threads", THREADS)
def test_a_member_ends_alone_where_it_ends_among_63_others(n_threads):
    members = different_members(64)
    alone = [trained([who], epochs=6)[0] for who in members]
    assert trained(members, epochs=6, n_threads=n_threads) == alone
    order = np.random.default_rng(n_threads).permutation(64)
    together = trained([members[k] for k in order], epochs=6, n_threads=n_threads)
    assert together == [alone[k] for k in order]


def candidates(m):
    """Members that learn from the same rows: they share the order of an epoch if they share a seed."""
    data = examples(Network((2, 1), (), "sigmoid"), m + 50, seed=m)
    networks = [Network((2, 1), (), "sigmoid"), Network((2, 3, 1), ("tanh",), "sigmoid")]
    rows = np.random.default_rng(m).permutation(m + 50)[:m]
    others = rows[::-1].copy()
    return [
        member(network, data, seed, rows=which, batch_size=size, epoch=epoch, shuffle=shuffle)
        for network in networks
        for seed, which, size, epoch, shuffle in [
            (5, rows, m // 3, 0, True),
            (5, rows, m // 5, 0, True),
            (5, rows, m // 3, 2, True),
            (5, others, m // 3, 0, True),
            (6, rows, m // 3, 0, True),
            (5, rows, m // 3, 0, False),
            (5, rows, m, 0, True),
        ]
    ]


@pytest.mark.parametrize("n_threads", THREADS)
@pytest.mark.parametrize("m", [70, 300_000], ids=["kept", "more than is kept"])
def test_candidates_that_share_rows_and_seeds_end_where_they_end_alone(m, n_threads):
    members = candidates(m)
    alone = [trained([who], epochs=4)[0] for who in members]
    assert trained(members, epochs=4, n_threads=n_threads) == alone


def passes(network, data, n_threads):
    """Fingerprints of gradients and predictions over all rows, and over some."""
    engine, theta = NativeEngine(n_threads), member(network, data).theta
    rows = np.random.default_rng(0).integers(0, data.X.shape[1], data.X.shape[1] - 600)
    whole = engine.gradient(network, theta, data, l1=0.5, l2=0.5)
    part = engine.gradient(network, theta, data, rows)
    Z, A = engine.predict(network, theta, data.X, layers=True)
    return fingerprint(*whole, *part, engine.predict(network, theta, data.X), *Z[1:], *A[1:])


@pytest.mark.parametrize(
    "network",
    [
        Network((30, 2), (), "sigmoid"),
        Network((7, 33, 20, 3), ("tanh", "relu"), "softmax"),
        Network((3, 300, 4), ("sigmoid",), "identity"),
    ],
    ids=str,
)
@pytest.mark.parametrize("m", [700, 5003, 33_000])
def test_gradients_and_predictions_have_the_same_bits_for_any_number_of_threads(network, m):
    data = examples(network, m, "float32" if m > 6000 else "float64", weighted=True)
    assert len({passes(network, data, n_threads) for n_threads in THREADS}) == 1


# --------------------------------------------------------------------------- other threads, other processes


def test_threads_of_python_that_train_at_once_get_the_bits_that_each_gets_alone():
    kinds = [one_wide_network, many_small_ones, batches_in_segments, a_large_one_beside_small_ones]
    alone = [trained(kind(seed=9), epochs=3) for kind in kinds]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            ends = pool.map(lambda kind: trained(kind(seed=9), epochs=3, n_threads=3), kinds)
            assert list(ends) == alone


FORKS = """
import os, multiprocessing, signal, sys, threading, test_native_threads as t

def ends():
    return t.trained(t.one_wide_network(1) + t.many_small_ones(1), epochs=3, n_threads=3)

def is_right():
    signal.alarm(60)  # a child that waits for threads that it has not would wait for ever
    right = ends() == before
    return right and (sys.platform != "linux" or len(os.listdir("/proc/self/task")) >= 3)

def child_is_right():
    child = os.fork()
    if child == 0:
        os._exit(0 if is_right() else 1)
    assert ends() == before  # while the child trains too
    assert os.waitpid(child, 0)[1] == 0

before = ends()
child_is_right()
with multiprocessing.get_context("fork").Pool(2) as pool:
    handles = [pool.apply_async(ends) for _ in range(4)]
    assert all(handle.get(60) == before for handle in handles)
if "while others train" in sys.argv:
    over = threading.Event()
    def others():
        while not over.is_set():
            assert ends() == before
    other = threading.Thread(target=others, daemon=True)
    other.start()
    for _ in range(5):
        child_is_right()
    over.set()
    other.join()
print("equal")
"""


def test_a_process_that_forks_while_the_pool_lives_trains_on_and_so_does_its_child():
    assert program(FORKS) == "equal"


@pytest.mark.skipif(SANITIZED, reason="a fork may find the address sanitizer in the middle of an allocation")
def test_a_process_may_fork_while_another_of_its_threads_trains():
    assert program(FORKS, "while others train") == "equal"


FEW_THREADS = """
import resource, test_native_threads as t
alone = t.trained(t.one_wide_network(1), epochs=3, n_threads=1)
pages = int(open("/proc/self/statm").read().split()[0])
room = pages * resource.getpagesize() + 30 * 2**20  # for the stacks of three threads or so
resource.setrlimit(resource.RLIMIT_AS, (room, room))
for _ in range(3):
    assert t.trained(t.one_wide_network(1), epochs=3, n_threads=64) == alone
print("equal")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's address space")
@pytest.mark.skipif(SANITIZED, reason="the address sanitizer needs terabytes of address space")
def test_where_no_more_threads_can_be_had_those_that_are_there_do_the_work():
    assert program(FEW_THREADS) == "equal"


# --------------------------------------------------------------------------- what a call leaves behind

MEMORY = """
import resource, sys
import numpy as np
from native_cases import NativeEngine, different_members, copy
from shoal.base.errors import ShoalError

def fits(number):
    for k in range(number):
        who = copy(members[k % len(members)])
        engine.epochs([who], [[0.01]])
        engine.gradient(who.network, who.theta, who.data)
        engine.predict(who.network, who.theta, who.data.X, layers=bool(k % 2))
        try:
            engine.predict(who.network, who.theta[1:], who.data.X)
        except ShoalError:
            pass

def megabytes():
    if sys.platform == "linux":
        return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # the most there ever was, in bytes

members, engine = different_members(20), NativeEngine(2)
fits(1000)
before = megabytes()
fits(10_000)
print(megabytes() - before)
"""


@pytest.mark.skipif(SANITIZED, reason="the address sanitizer holds back what was freed")
def test_10_000_fits_do_not_grow_memory():
    assert float(program(MEMORY)) < 5


def test_denormal_numbers_of_the_caller_stay_what_they_are():
    """The engine counts them as zero while it computes, on this thread too; and on nobody else's account."""
    tiny = np.float64(5e-324)
    for configuration in (many_small_ones, one_wide_network):
        for n_threads in (1, 3):
            trained(configuration(0), epochs=1, n_threads=n_threads)
            assert tiny * np.float64(1) > 0
            assert np.float32(1e-30) * np.float32(1e-10) > 0
    with pytest.raises(ValueError, match="theta"):
        NativeEngine().predict(Network((2, 1), (), "sigmoid"), np.zeros(2), np.zeros((1, 2)).T)
    assert tiny * np.float64(1) > 0


def test_denormal_numbers_are_zero_inside():
    """They would make arithmetic a hundred times as slow; what comes out says whether they were flushed."""
    network = Network((1, 1), (), "identity")
    assert NativeEngine().predict(network, np.array([1e-200, 0.0]), np.array([[1e-120]])) == 0
    members = [copy(who) for who in one_wide_network(0) for _ in range(3)]
    for who in members:
        who.slots[...] = 5e-324
        who.theta[...] = 0
    NativeEngine(3).epochs(members, [[0.0]] * 3)
    for who in members:
        assert not np.any((who.slots != 0) & (np.abs(who.slots) < np.finfo(np.float64).tiny))
