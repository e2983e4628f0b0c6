"""The contract of an engine, runnable: `check_engine` compares an engine with the equations.

The judge here is the plainest loop there is, in float64, straight from `equations`, `optimizers` and
`batches`; it shares no code with any engine. A check that an engine fails says what it was about.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from scipy import sparse

from shoal.base.numeric import LEAST_WEIGHT, MOST_WEIGHT
from shoal.book import equations
from shoal.book.batches import batch_slices, dropout_mask, epoch_order
from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import RULES, Optimizer, update
from shoal.engines.base import Data, Engine, Member, total_weight

# float64: a few hundred updates may magnify rounding (1e-16) a million times, and no more.
# float32: its own rounding is 6e-8 of the largest number; a wrong formula is off by percents.
TOLERANCE = {"float64": 1e-9, "float32": 2e-3}


class EngineContractError(AssertionError):
    """An engine does not do what the equations say."""


def check_engine(engine: Engine, dtypes: tuple[str, ...] = ("float64", "float32"), seed: int = 0) -> None:
    """Compare an engine with the equations in everything that the interface promises.

    Parameters
    ----------
    engine : Engine
        What to check.
    dtypes : tuple of str
        The precisions that it claims to have.
    seed : int
        Decides the random networks and data.

    Raises
    ------
    EngineContractError
        At the first difference, with the case that shows it.
    """
    for dtype in dtypes:
        for check in CHECKS:
            check(engine, np.dtype(dtype), np.random.default_rng(seed))


def check_predict(engine: Engine, dtype: Any, random: Any) -> None:
    """Z and A of every layer are those of `equations.forward`, and A[L] alone is the last of them."""
    for network in _networks():
        theta, data = _theta(network, dtype, random), _data(network, dtype, random)
        Z, A = equations.forward(*network.views(theta.astype(np.float64)), _wide(data.X), network.g)
        got_Z, got_A = engine.predict(network, theta, data.X, layers=True)
        for l in range(1, network.L + 1):
            _same(got_Z[l], Z[l], dtype, f"predict: Z[{l}] of {network}")
            _same(got_A[l], A[l], dtype, f"predict: A[{l}] of {network}")
        _same(engine.predict(network, theta, data.X), A[-1], dtype, f"predict: A[L] of {network}")
        _require(got_A[-1].dtype == dtype, f"predict keeps the precision {dtype}")


def check_gradient(engine: Engine, dtype: Any, random: Any) -> None:
    """J and dJ/dtheta are those of the equations, with weights and penalties, for dense and sparse X."""
    for network, weighted, (l1, l2) in product(_networks(), (False, True), ((0, 0), (0.3, 0.7))):
        theta, data = _theta(network, dtype, random), _data(network, dtype, random, weighted)
        case = f"gradient of {network}, weighted={weighted}, l1={l1}, l2={l2}"
        J, dtheta = _gradient(network, theta.astype(np.float64), data, l1, l2, total_weight(data))
        for X in (data.X, sparse.csc_array(data.X)):
            got_J, got = engine.gradient(network, theta, data._replace(X=X), l1=l1, l2=l2)
            _same(np.array(got_J), np.array(J), dtype, f"J, {case}")
            _same(got, dtheta, dtype, f"dtheta, {case}")
            _require(got.dtype == dtype, f"gradient keeps the precision {dtype}")
        rows = np.arange(1, 40, 2)
        part = Data(data.X[:, rows], data.Y[:, rows], None if data.v is None else data.v[:, rows])
        J, dtheta = _gradient(network, theta.astype(np.float64), part, l1, l2, total_weight(part))
        got_J, got = engine.gradient(network, theta, data, rows, l1=l1, l2=l2)
        _same(np.array(got_J), np.array(J), dtype, f"J of some rows, {case}")
        _same(got, dtheta, dtype, f"dtheta of some rows, {case}")


def check_kinks(engine: Engine, dtype: Any, random: Any) -> None:
    """Where Z or W is exactly zero, the slopes are those that the equations chose."""
    for network in _networks():
        theta, data = _theta(network, dtype, random), _data(network, dtype, random)
        theta *= random.integers(0, 2, network.p)
        data.X[:, ::2] = 0
        _, dtheta = _gradient(network, theta.astype(np.float64), data, 0.3, 0.0, total_weight(data))
        _, got = engine.gradient(network, theta, data, l1=0.3)
        _same(got, dtheta, dtype, f"dtheta at kinks of {network}")


def check_extremes(engine: Engine, dtype: Any, random: Any) -> None:
    """Nothing overflows where Z is in the thousands: no loss takes the logarithm of a rounded A.

    Counts are the exception: where Z is large, A = e^Z does overflow, and the cost says so.
    """
    for output in equations.OUTPUTS:
        network = Network((3, 3), (), output)
        theta, data = _theta(network, dtype, random), _data(network, dtype, random)
        data.X[...] *= 1000
        if output == "exp":
            too_large, _ = engine.gradient(network, theta, data)
            _require(not np.isfinite(too_large), f"J of {network} shows that A is too large")
            data.X[...], theta = np.abs(data.X), -np.abs(theta)
        J, dtheta = _gradient(network, theta.astype(np.float64), data, 0.0, 0.0, total_weight(data))
        got_J, got = engine.gradient(network, theta, data)
        _same(np.array(got_J), np.array(J), dtype, f"J of {network} far out")
        _same(got, dtheta, dtype, f"dtheta of {network} far out")


def check_trajectory(engine: Engine, dtype: Any, random: Any) -> None:
    """Epochs end where the plain loop ends: every rule, batches, order, dropout, weights, penalties."""
    for rule, case in product(RULES, _cases()):
        network, weighted, options = case
        data = _data(network, dtype, random, weighted)
        member = _member(
            network, data, Optimizer(rule, beta2=0.9, weight_decay=0.1, clip_norm=0.5), random, options
        )
        theta, expected = member.theta, _reference(_copy(member), _rates(12))
        result = engine.epochs([member], [_rates(12)])[0]
        name = f"{rule}, {network}, weighted={weighted}, {options}"
        _same(result.cost, np.array(expected[0]), dtype, f"cost by epoch: {name}")
        _same(result.gradient_norm, np.array(expected[1]), dtype, f"gradient norm by epoch: {name}")
        _same(member.theta, expected[2], dtype, f"theta: {name}")
        _require(member.theta is theta, f"theta is changed in place: {name}")
        _require(member.theta.dtype == dtype, f"training keeps the precision {dtype}: {name}")
        _require(member.epoch == 12, f"epochs are counted: {name}")


def check_weights(engine: Engine, dtype: Any, random: Any) -> None:
    """At both ends of the range of weights, and beside weights that hardly are numbers, all is the same.

    A penalty is divided by the sum of the weights, so it is given in their unit.
    """
    for unit, (network, _, options) in product((LEAST_WEIGHT, MOST_WEIGHT), _cases()):
        l1, l2 = (options.get(name, 0.1) * unit for name in ("l1", "l2"))
        data = _data(network, dtype, random, True)
        v = (data.v / data.v.max() * unit).astype(dtype)
        v[:, ::5] = np.finfo(dtype).smallest_subnormal
        data, case = data._replace(v=v), f"{network}, largest weight {unit:.1e}"
        theta = _theta(network, dtype, random)
        J, dtheta = _gradient(network, theta.astype(np.float64), data, l1, l2, total_weight(data))
        got_J, got = engine.gradient(network, theta, data, l1=l1, l2=l2)
        _same(np.array(got_J), np.array(J), dtype, f"J, {case}")
        _same(got, dtheta, dtype, f"dtheta, {case}")
        member = _member(network, data, Optimizer("adam"), random, options | {"l1": l1, "l2": l2})
        expected = _reference(_copy(member), _rates(4))
        result = engine.epochs([member], [_rates(4)])[0]
        _same(result.cost, np.array(expected[0]), dtype, f"cost by epoch: {case}")
        _same(member.theta, expected[2], dtype, f"theta: {case}")


def check_dropout(engine: Engine, dtype: Any, random: Any) -> None:
    """Behind every activation the slopes are those of Z and A before units are left out."""
    for g in equations.ACTIVATIONS:
        network = Network((3, 6, 5, 2), (g, g), "sigmoid")
        data = _data(network, dtype, random)
        options = {"batch_size": 16, "dropout": (0.4, 0.3)}
        member = _member(network, data, Optimizer("gradient_descent"), random, options)
        expected = _reference(_copy(member), _rates(4))
        engine.epochs([member], [_rates(4)])
        _same(member.theta, expected[2], dtype, f"theta: dropout behind {g}")


def check_population(engine: Engine, dtype: Any, random: Any) -> None:
    """A member ends with the same bits alone and among others, whatever they are and in any order."""
    members, _ = _population(dtype, random)
    rates = [_rates(3 + k % 4) for k in range(len(members))]
    alone = [_copy(member) for member in members]
    for member, member_rates in zip(alone, rates, strict=True):
        engine.epochs([member], [member_rates])
    engine.epochs(members[::-1], rates[::-1])
    for together, single in zip(members, alone, strict=True):
        same = np.array_equal(together.theta, single.theta) and np.array_equal(together.slots, single.slots)
        _require(same, f"alone and together end with the same bits: {single.network}")


def check_resume(engine: Engine, dtype: Any, random: Any) -> None:
    """Epochs in two calls are the same bits as in one; the same call twice, too."""
    members, _ = _population(dtype, random)
    for member in members:
        whole, again, halves = (_copy(member) for _ in range(3))
        engine.epochs([whole], [_rates(5)])
        engine.epochs([again], [_rates(5)])
        engine.epochs([halves], [_rates(5)[:2]])
        engine.epochs([halves], [_rates(5)[2:]])
        _require(np.array_equal(whole.theta, again.theta), f"twice the same: {member.network}")
        _require(np.array_equal(whole.theta, halves.theta), f"resumed is not stopped: {member.network}")
        _require((whole.t, whole.epoch) == (halves.t, halves.epoch), "updates and epochs are counted")


def check_arguments(engine: Engine, dtype: Any, random: Any) -> None:
    """What is shared is not written to."""
    members, data = _population(dtype, random)
    before = deepcopy((data, [member.rows for member in members]))
    engine.epochs(members, [_rates(2)] * len(members))
    engine.gradient(members[0].network, members[0].theta, data)
    engine.predict(members[0].network, members[0].theta, data.X)
    after = (data, [member.rows for member in members])
    same = all(np.array_equal(a, b) for a, b in zip(_flat(before), _flat(after), strict=True))
    _require(same, "X, Y, v and rows are left as they were")


def check_divergence(engine: Engine, dtype: Any, random: Any) -> None:
    """A cost that is not finite ends a member's epochs and nobody else's."""
    for output in ("identity", "exp"):
        network = Network((3, 4, 1), ("relu",), output)
        data = _data(network, dtype, random)
        wild, calm = (_member(network, data, Optimizer("gradient_descent"), random, {}) for _ in range(2))
        results = engine.epochs([wild, calm], [[1e30] * 9, [1e-3] * 9])
        _require(len(results[0].cost) < 9, f"a member that diverges is stopped: {network}")
        _require(not np.isfinite(results[0].cost[-1]), "its last cost shows it")
        _require(len(results[1].cost) == 9, "the others go on")
        _require(bool(np.all(np.isfinite(results[1].cost))), "the others are not infected")


CHECKS: tuple[Callable[[Engine, Any, Any], None], ...] = (
    check_predict,
    check_gradient,
    check_kinks,
    check_extremes,
    check_trajectory,
    check_weights,
    check_dropout,
    check_population,
    check_resume,
    check_arguments,
    check_divergence,
)

# --------------------------------------------------------------------------- the judge


def _gradient(
    network: Network, theta: Any, data: Data, l1: float, l2: float, m: float, q: Any = None, D: Any = None
) -> tuple[float, Any]:
    """J and dJ/dtheta, straight from the equations."""
    W, b = network.views(theta)
    X, Y = _wide(data.X), _wide(data.Y)
    if q is None:
        q = equations.shares(np.ones((1, X.shape[1])) if data.v is None else _wide(data.v))
    Z, A = equations.forward(W, b, X, network.g, D)
    J = equations.mean_loss(Z[-1], Y, network.output, q) + equations.penalty(W, l1, l2, m)
    _, dW, db = equations.backward(W, Z, A, Y, network.g, q, D)
    dtheta = np.empty(network.p)
    dW_of, db_of = network.views(dtheta)
    for l in range(1, network.L + 1):
        dW_of[l][...] = dW[l] + equations.penalty_prime(W[l], l1, l2, m)
        db_of[l][...] = db[l]
    return float(J), dtheta


def _reference(member: Member, rates: list[float]) -> tuple[list[float], list[float], Any]:
    """Costs, gradient lengths and the last theta of the plainest loop."""
    network, data, theta = member.network, member.data, member.theta.astype(np.float64)
    slots, t, costs, lengths = member.slots.astype(np.float64), 0, [], []
    m, v = len(member.rows), np.ones((1, data.X.shape[1])) if data.v is None else _wide(data.v)
    mean_weight = float(np.mean(v[:, member.rows]))
    for epoch, rate in enumerate(rates):
        mini = member.shuffle and member.batch_size < m
        rows = member.rows[epoch_order(member.seed, epoch, m)] if mini else member.rows
        cost = length = 0.0
        for batch in (rows[where] for where in batch_slices(m, member.batch_size)):
            D: list[Any] = [None] * (network.L + 1)
            for l, drop in enumerate(member.dropout, start=1):
                D[l] = dropout_mask(member.seed, t, l, (network.n[l], len(batch)), drop, np.float64)
            part, q = Data(data.X[:, batch], data.Y[:, batch]), v[:, batch] / (mean_weight * len(batch))
            J, dtheta = _gradient(network, theta, part, member.l1, member.l2, mean_weight * m, q, D)
            t += 1
            theta, slots = update(theta, dtheta, slots, t, rate, member.optimizer, network.is_weight)
            cost += J * len(batch) / m
            length += float(np.linalg.norm(dtheta)) * len(batch) / m
        costs.append(cost)
        lengths.append(length)
    return costs, lengths, theta


def _copy(member: Member) -> Member:
    """The same member again, with a theta and slots of its own and the same data."""
    return replace(member, theta=member.theta.copy(), slots=member.slots.copy())


# --------------------------------------------------------------------------- random cases


def _networks() -> Iterator[Network]:
    for output in equations.OUTPUTS:
        n_y = 3 if output == "softmax" else 2
        yield Network((3, n_y), (), output)
        for g in equations.ACTIVATIONS:
            yield Network((3, 5, 4, n_y), (g, g), output)


def _cases() -> Iterator[tuple[Network, bool, dict[str, Any]]]:
    yield Network((3, 5, 2), ("tanh",), "sigmoid"), False, {"batch_size": 41}
    yield Network((3, 2), (), "softmax"), True, {"batch_size": 8, "l1": 0.2, "l2": 0.5}
    yield Network((3, 5, 4, 2), ("sigmoid", "tanh"), "identity"), True, {"l2": 0.5, "dropout": (0.3, 0.4)}
    yield Network((3, 6, 3), ("leaky_relu",), "softmax"), False, {"dropout": (0.5,), "shuffle": False}
    yield Network((3, 6, 1), ("relu",), "sigmoid"), True, {"batch_size": 1000, "l1": 0.1}
    yield Network((3, 4, 1), ("tanh",), "sigmoid"), True, {"batch_size": 4, "shuffle": False}
    yield Network((3, 5, 2), ("tanh",), "exp"), True, {"l2": 0.5, "dropout": (0.3,)}


def _theta(network: Network, dtype: Any, random: Any) -> Any:
    return initialize(network, random, dtype=dtype) + random.uniform(-0.1, 0.1, network.p).astype(dtype)


def _data(network: Network, dtype: Any, random: Any, weighted: bool = False, m: int = 41) -> Data:
    X = np.asarray(random.standard_normal((m, network.n[0])), dtype).T
    n_y = network.n[-1]
    if network.output == "identity":
        Y = random.standard_normal((n_y, m))
    elif network.output == "softmax":
        Y = np.eye(n_y)[:, random.integers(0, n_y, m)]
    elif network.output == "exp":
        Y = random.poisson(2.0, (n_y, m))
    else:
        Y = random.integers(0, 2, (n_y, m))
    v: Any = None
    if weighted:
        v = random.integers(0, 4, (1, m)).astype(dtype)
        v[:, :12] = 0  # whole batches count nothing where nobody shuffles
    return Data(X, np.asarray(Y, dtype), v)


def _member(
    network: Network, data: Data, optimizer: Optimizer, random: Any, options: dict[str, Any]
) -> Member:
    rows = np.sort(random.choice(data.X.shape[1], data.X.shape[1] - 4, replace=False))
    theta = _theta(network, data.X.dtype, random)
    return Member(network, theta, optimizer, data, rows, **({"seed": 7, "batch_size": 10} | options))


def _population(dtype: Any, random: Any) -> tuple[list[Member], Data]:
    """Members that differ in everything but the data, which has one target."""
    data = _data(Network((3, 1), (), "sigmoid"), dtype, random, weighted=True)
    members = [
        _member(
            Network((3, *[4 + k % 5] * (k % 3), 1), (g,) * (k % 3), "sigmoid"),
            data,
            Optimizer(rule),
            random,
            {"seed": k, "batch_size": 5 + k, "l2": 0.1 * k, "dropout": (0.2,) * (k % 3)},
        )
        for k, (rule, g) in enumerate(product(RULES, ("tanh", "relu")))
    ]
    return members, data


def _rates(epochs: int) -> list[float]:
    return [0.05 / (1 + 0.1 * epoch) for epoch in range(epochs)]


def _wide(x: Any) -> Any:
    return np.asarray(x, np.float64)


def _flat(nested: Any) -> list[Any]:
    data, rows = nested
    return [data.X, data.Y, data.v, *rows]


def _same(got: Any, expected: Any, dtype: Any, what: str) -> None:
    _require(np.shape(got) == np.shape(expected), f"{what}: shape {np.shape(expected)}")
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    worst = float(np.max(np.abs(np.asarray(got, np.float64) - expected), initial=0.0)) / scale
    _require(worst <= TOLERANCE[dtype.name], f"{what}: off by {worst:.2g} in {dtype.name}")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise EngineContractError(what)
