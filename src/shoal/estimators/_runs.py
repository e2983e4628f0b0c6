"""From an estimator's parameters to a `Run`: network, optimiser, schedule, and where training stands."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from shoal.base.errors import UsageError
from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import RULES, Optimizer, Schedule
from shoal.engines.base import Data, Member
from shoal.estimators._parameters import LOGISTIC, one_each
from shoal.training.loop import Run, Stopping


def seed_of(random_state: Any) -> int:
    """A seed for Philox: the number itself, or one drawn from a generator (None: from fresh entropy)."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def network_of(estimator: Any, n_x: int, n_y: int, output: str) -> Network:
    """The architecture that the parameters describe."""
    sizes = estimator.hidden_layer_sizes
    hidden = tuple(int(n_l) for n_l in (sizes if np.iterable(sizes) else (sizes,)))
    names = one_each("activation", estimator.activation, len(hidden))
    activations = tuple("sigmoid" if name == LOGISTIC else str(name) for name in names)
    return Network((n_x, *hidden, n_y), activations, output)


def optimizer_of(estimator: Any) -> Optimizer:
    """The update rule that the parameters describe; scikit-learn's "sgd" is three rules of ours."""
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
        clip_norm=estimator.clip_norm,
    )


def schedule_of(estimator: Any) -> Schedule:
    """The learning rate by epoch that the parameters describe."""
    name = estimator.learning_rate
    return Schedule(
        rate=estimator.learning_rate_init,
        name="constant" if name == "adaptive" else name,
        decay=estimator.decay,
        every=int(estimator.decay_every),
        epochs=max(1, int(estimator.max_iter - estimator.warm_up)),
        power=estimator.power_t,
        warm_up=int(estimator.warm_up),
    )


class State(NamedTuple):
    """What training goes on from: parameters, the optimiser's memory, the two counters and the seed."""

    network: Network
    optimizer: Optimizer
    theta: Any
    slots: Any
    t: int
    epoch: int
    seed: int


def start(estimator: Any, network: Network, seed: int, dtype: Any) -> State:
    """A fresh state: random weights, nothing remembered."""
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    method, scale = estimator.initialization, estimator.initialization_scale
    theta = initialize(network, random, method, scale, dtype)
    return State(network, optimizer_of(estimator), theta, None, 0, 0, seed)


def continued(estimator: Any, state: State, network: Network, dtype: Any) -> State:
    """The state to continue from; another optimiser starts with an empty memory."""
    if state.network != network:
        raise UsageError("fit.changed_network", new=network.n, old=state.network.n)
    optimizer = optimizer_of(estimator)
    kept = optimizer.rule == state.optimizer.rule and state.slots is not None
    return state._replace(
        optimizer=optimizer,
        theta=state.theta.astype(dtype),
        slots=state.slots.astype(dtype) if kept else None,
        t=state.t if kept else 0,
    )


def run_of(estimator: Any, state: State, data: Data, rows: Any, seed: int) -> Run:
    """The run that the parameters describe, over these rows, from this state."""
    lbfgs = estimator.solver == "lbfgs"
    if lbfgs:
        _check_lbfgs(estimator)
    if state.network.L == 1 and np.any(np.asarray(estimator.dropout) > 0):
        raise UsageError("parameters.dropout_of_nothing")
    size = {"auto": min(200, len(rows)), "full": len(rows)}.get(estimator.batch_size, estimator.batch_size)
    member = Member(
        state.network,
        state.theta,
        state.optimizer,
        data,
        rows,
        seed=seed,
        batch_size=max(1, min(int(size), len(rows))),
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
    return Run(member, schedule_of(estimator), stopping, lbfgs_evaluations=evaluations)


def _check_lbfgs(estimator: Any) -> None:
    """L-BFGS wants one smooth cost over all rows: what contradicts that is refused, not ignored."""
    if estimator.batch_size not in ("auto", "full"):
        raise UsageError("parameters.lbfgs_batch")
    if np.any(np.asarray(estimator.dropout) > 0):
        raise UsageError("parameters.lbfgs_dropout")
    if estimator.l1 > 0:
        raise UsageError("parameters.lbfgs_l1")
    for name, default in (("clip_norm", None), ("warm_up", 0), ("learning_rate", "constant")):
        if getattr(estimator, name) != default:
            raise UsageError("parameters.lbfgs_clip", name=name)
