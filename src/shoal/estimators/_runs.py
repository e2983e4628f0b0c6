"""From an estimator's parameters to a `Run`: network, optimiser, schedule, and the state to train from."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils import check_random_state

from shoal.base.errors import UsageError, warn
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.book.initialization import Start, initialize
from shoal.book.network import Network
from shoal.book.optimizers import RULES, Optimizer, Schedule
from shoal.engines.base import Data, Member
from shoal.estimators._inputs import Array
from shoal.estimators._parameters import LOGISTIC, one_each
from shoal.training._lbfgs import Memory
from shoal.training.loop import Run, Stopping


class Hyperparameters(Protocol):
    """What a `Run` is made from: the parameters of the MLP estimators that say how to train.

    `MLPClassifier` documents each of them, and `_parameters.check_parameters` has checked them.
    """

    hidden_layer_sizes: int | Sequence[int]
    activation: str | Sequence[str]
    initialization: Start
    initialization_scale: float | None
    solver: str
    batch_size: int | str
    shuffle: bool
    alpha: float
    l1: float
    dropout: float | Sequence[float]
    learning_rate: str
    learning_rate_init: float
    power_t: float
    decay: float
    decay_every: int | None
    warm_up: int
    momentum: float
    nesterovs_momentum: bool
    beta_1: float
    beta_2: float
    epsilon: float
    weight_decay: float
    clip_norm: float | None
    max_iter: int
    max_fun: int
    tol: float
    n_iter_no_change: float
    early_stopping: bool


def seed_of(random_state: Any) -> int:
    """A seed for Philox: `random_state` itself if it is a number, else one drawn from it.

    None draws from the operating system's entropy, so the seed is another one each time.
    """
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def network_of(estimator: Hyperparameters, n_x: int, n_y: int, output: str) -> Network:
    """The architecture that the parameters describe: n_x inputs, n_y outputs."""
    sizes = estimator.hidden_layer_sizes
    hidden = tuple(int(n_l) for n_l in (sizes if isinstance(sizes, Iterable) else (sizes,)))
    return Network((n_x, *hidden, n_y), activations_of(estimator, len(hidden)), output)


def activations_of(estimator: Hyperparameters, hidden: int) -> tuple[str, ...]:
    """The activation of each of so many hidden layers, by the book's names."""
    names = one_each("activation", estimator.activation, hidden)
    return tuple("sigmoid" if name == LOGISTIC else str(name) for name in names)


def optimizer_of(estimator: Hyperparameters) -> Optimizer:
    """The update rule that the parameters describe; scikit-learn's "sgd" is one of three rules of ours.

    L-BFGS chooses its own steps; its member gets a rule that remembers nothing, and the run its memory.
    """
    rule = "gradient_descent" if estimator.solver == "lbfgs" else estimator.solver
    if rule == "sgd":
        rule = "nesterov" if estimator.nesterovs_momentum else "momentum"
        rule = rule if estimator.momentum > 0 else "gradient_descent"
    if estimator.weight_decay and not RULES[rule].decays:
        raise UsageError("parameters.weight_decay", solver=estimator.solver)
    return Optimizer(
        rule=rule,
        momentum=estimator.momentum,
        beta1=estimator.beta_1,
        beta2=estimator.beta_2,
        epsilon=estimator.epsilon,
        weight_decay=estimator.weight_decay,
        clip_norm=None if estimator.clip_norm == np.inf else estimator.clip_norm,
    )


def schedule_of(estimator: Hyperparameters) -> Schedule:
    """The learning rate of each epoch that the parameters describe."""
    name = estimator.learning_rate
    return Schedule(
        rate=estimator.learning_rate_init,
        name="constant" if name == "adaptive" else name,
        decay=estimator.decay,
        every=estimator.decay_every,
        epochs=max(1, int(estimator.max_iter - estimator.warm_up)),
        power=estimator.power_t,
        warm_up=int(estimator.warm_up),
    )


class State(NamedTuple):
    """What of a `Member` outlives its fit: all that the next epoch depends on, at the border of an epoch.

    With the data and the parameters of the estimator it is enough to go on, bit for bit.
    """

    network: Network
    optimizer: Optimizer
    theta: Array  # (p,), of the last epoch
    slots: Array | None  # (n_slots, p), the optimiser's memory; None: empty
    t: int  # updates
    epoch: int  # passes over the data
    seed: int  # of the fit; restart k used seed + k
    memory: Memory | None = None  # of L-BFGS; None: empty


def start(estimator: Hyperparameters, network: Network, seed: int, dtype: DTypeLike) -> State:
    """A new state: random weights, and an optimiser that remembers nothing."""
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    method, scale = estimator.initialization, estimator.initialization_scale
    theta = initialize(network, random, method, scale, dtype)
    return State(network, optimizer_of(estimator), theta, None, 0, 0, seed)


def continued(estimator: Hyperparameters, state: State, network: Network, dtype: DTypeLike) -> State:
    """The state to continue from; an optimiser with another rule starts with an empty memory.

    Raises
    ------
    UsageError
        If the parameters now describe another network.
    """
    for name in ("n", "activations", "output"):
        new, old = getattr(network, name), getattr(state.network, name)
        if new != old:
            raise UsageError(f"fit.changed_{name}", new=literal(new), old=literal(old))
    optimizer = optimizer_of(estimator)
    slots = state.slots if optimizer.rule == state.optimizer.rule else None
    return state._replace(
        optimizer=optimizer,
        theta=state.theta.astype(dtype),
        slots=None if slots is None else slots.astype(dtype),
        t=0 if slots is None else state.t,
    )


def run_of(estimator: Hyperparameters, state: State, data: Data, rows: Array, seed: int) -> Run:
    """The run that the parameters describe, over these rows of the data, from this state.

    `seed` is that of this run's order of rows; a continued fit may have another than the state's.

    Raises
    ------
    UsageError
        If parameters contradict each other: what would have no effect is refused, not ignored.
    """
    lbfgs = estimator.solver == "lbfgs"
    if lbfgs:
        _check_lbfgs(estimator)
    if state.network.L == 1 and np.any(np.asarray(estimator.dropout) > 0):
        raise UsageError("parameters.dropout_of_nothing")
    member = Member(
        state.network,
        state.theta,
        state.optimizer,
        data,
        rows,
        seed=seed,
        batch_size=_batch_size(estimator, len(rows)),
        l1=float(estimator.l1),
        l2=float(estimator.alpha),
        dropout=one_each("dropout", estimator.dropout, state.network.L - 1),
        shuffle=bool(estimator.shuffle),
        t=state.t,
        epoch=state.epoch,
        slots=state.slots,
    )
    stopping = Stopping(
        max_epochs=int(estimator.max_iter),
        tol=estimator.tol,
        patience=estimator.n_iter_no_change,
        watch="score" if estimator.early_stopping else "cost",
        lower_rate=estimator.learning_rate == "adaptive",
    )
    evaluations = estimator.max_fun if lbfgs else None
    memory = state.memory if lbfgs else None
    return Run(member, schedule_of(estimator), stopping, lbfgs_evaluations=evaluations, memory=memory)


def _batch_size(estimator: Hyperparameters, m: int) -> int:
    """Rows of a mini-batch, out of m: a batch larger than the data is the data."""
    size = {"auto": 200, "full": m}.get(str(estimator.batch_size), estimator.batch_size)
    return max(1, min(int(size), m))


def _check_lbfgs(estimator: Hyperparameters) -> None:
    """Refuse what L-BFGS cannot obey: it minimises one smooth cost over all rows, with steps of its own.

    Of scikit-learn's parameters, whose documentation says that L-BFGS ignores them, it is only told.
    """
    for name, usual in (("batch_size", ("auto", "full")), ("learning_rate", ("constant",))):
        if (value := getattr(estimator, name)) not in usual:
            warn(text("parameters.lbfgs_without", name=name, value=value), UserWarning)
    if np.any(np.asarray(estimator.dropout) > 0):
        raise UsageError("parameters.lbfgs_dropout")
    if estimator.l1 > 0:
        raise UsageError("parameters.lbfgs_l1")
    for name, default in (("clip_norm", None), ("warm_up", 0)):
        if getattr(estimator, name) != default:
            raise UsageError("parameters.lbfgs_clip", name=name)


def show(estimator: Any, run: Run) -> None:
    """Let the attributes show the network of a run as it is now: theta is shared, and training changes it."""
    estimator.network_, estimator.theta_ = run.member.network, run.member.theta
    estimator.history_ = run.history
