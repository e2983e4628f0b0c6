"""What the tests of the native engine share: networks and data to train on, CPU levels, fingerprints.

Importing this skips a test module where the C++ extension was not built, and only there.
"""

import hashlib
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

_native = pytest.importorskip("shoal.engines._native", reason="the C++ extension was not built")

from shoal.book import equations  # noqa: E402 (nothing of the engine before the skip)
from shoal.book.initialization import initialize  # noqa: E402
from shoal.book.network import Network  # noqa: E402
from shoal.book.optimizers import RULES, Optimizer  # noqa: E402
from shoal.engines.base import Data, Member  # noqa: E402
from shoal.engines.native import NativeEngine  # noqa: E402

LEVELS = [name for name, here in _native.cpu_levels() if here]
DTYPES = ["float64", "float32"]
THREADS = (1, 2, 3, 8)
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")  # by tools/sanitize.py
ACTIVATIONS, OUTPUTS = tuple(equations.ACTIVATIONS), tuple(equations.OUTPUTS)


@contextmanager
def at_level(name):
    """This CPU level is used inside; afterwards the one with which the tests were begun."""
    _native.use_cpu_level(name)
    try:
        yield
    finally:
        _native.use_cpu_level(os.environ.get("SHOAL_CPU") or LEVELS[-1])


def examples(network, m, dtype="float64", seed=0, weighted=False):
    random = np.random.default_rng(seed)
    n_y = network.n[-1]
    if network.output == "identity":
        Y = random.standard_normal((n_y, m))
    elif network.output == "softmax":
        Y = np.eye(n_y)[:, random.integers(0, n_y, m)]
    elif network.output == "exp":
        Y = random.poisson(2.0, (n_y, m))
    else:
        Y = random.integers(0, 2, (n_y, m))
    X = random.standard_normal((m, network.n[0])).astype(dtype).T
    return Data(X, Y.astype(dtype), random.uniform(0.5, 2, (1, m)).astype(dtype) if weighted else None)


def member(network, data, seed=0, dtype=None, **options):
    """A member that begins at a random theta, biases too: a zero there would hide a mistake."""
    random = np.random.default_rng(seed)
    dtype = data.X.dtype if dtype is None else np.dtype(dtype)
    theta = initialize(network, random, dtype=dtype)
    theta += np.asarray(0.1 * random.standard_normal(network.p) * (1 - network.is_weight), dtype)
    chosen = {"optimizer": Optimizer(), "rows": np.arange(data.X.shape[1]), "seed": seed, "batch_size": 64}
    return Member(network, theta, data=data, **(chosen | options))


def copy(who):
    """The same member again, with a theta and slots of its own."""
    return replace(who, theta=who.theta.copy(), slots=who.slots.copy())


def different_members(number, seed=0):
    """Members that differ in everything: sizes, depth, precision, rule, batch, penalties, rows, weights.

    They walk over the tables: what is added there is met as soon as there are members enough.
    """
    random = np.random.default_rng(seed)
    return [_any_member(random, k) for k in range(number)]


def _any_member(random, k):
    def one_of(choices):
        return choices[int(random.integers(len(choices)))]

    hidden = [int(random.integers(1, 40)) for _ in range(k % 4)]
    output = one_of(OUTPUTS)
    network = Network(
        (int(random.integers(1, 30)), *hidden, int(random.integers(2, 6))),
        tuple(ACTIVATIONS[(k // 4 + j) % len(ACTIVATIONS)] for j in range(len(hidden))),
        output,
    )
    m = int(random.integers(20, 300))
    data = examples(network, m, one_of(DTYPES), seed=k, weighted=bool(k % 2))
    return member(
        network,
        data,
        seed=int(random.integers(2**63)),
        optimizer=Optimizer(list(RULES)[k % len(RULES)], clip_norm=one_of([None, 0.5]), weight_decay=0.1),
        rows=random.integers(0, m, m - 10),
        batch_size=int(random.integers(1, 100)),
        l1=one_of([0.0, 0.1]),
        l2=one_of([0.0, 0.5]),
        dropout=tuple(one_of([0.0, 0.3]) for _ in hidden) if k % 3 else (),
        shuffle=bool(random.integers(4)),
    )


def fingerprint(*arrays):
    """SHA-256 over the bytes of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def trained(members, epochs, n_threads=1):
    """A fingerprint a member, of theta, slots and history, after so many epochs in one call."""
    members = [copy(who) for who in members]
    rates = [[0.02 / (1 + 0.1 * epoch) for epoch in range(epochs)]] * len(members)
    results = NativeEngine(n_threads).epochs(members, rates)
    return [
        fingerprint(who.theta, who.slots, result.cost, result.gradient_norm, (who.t, who.epoch))
        for who, result in zip(members, results, strict=True)
    ]


def program(source, *arguments, **variables):
    """What a Python program prints that runs in a process of its own, with these environment variables."""
    search = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": search} | variables,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout.strip()
