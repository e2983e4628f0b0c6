"""Engines with one plausible mistake each: a contract is believed once it has been seen to refuse them.

A mistake is planted in one of three ways: the numpy engine uses another textbook (`textbook`, a second
copy of `shoal.book.equations` with a function replaced) or another helper; or it trains members that are not
quite those it was given (`Misreads`); or a small subclass does something wrong around it.
"""

import importlib.util
from dataclasses import replace

import numpy as np

from shoal.book import batches, equations, optimizers
from shoal.engines.base import Epochs, total_weight
from shoal.engines.numpy import NumpyEngine

SIGMOID, SOFTMAX = equations.OUTPUTS["sigmoid"], equations.OUTPUTS["softmax"]

# --------------------------------------------------------------------------- another textbook


def textbook(**replaced):
    """A copy of `shoal.book.equations`, all of whose functions see the ones that are replaced."""
    spec = importlib.util.find_spec(equations.__name__)
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    vars(copy).update(replaced)
    return copy


def activations_with(name, g, g_prime):
    return dict(equations.ACTIVATIONS) | {name: equations.Activation(g, g_prime)}


def one_bias_gradient_a_layer(dZ, q):
    return np.full((dZ.shape[0], 1), np.sum(q * dZ))  # the notes' np.sum(dZ)


def slope_from_dropped_units(W, dZ, Z_before, A_before, g, D):
    slope = equations.ACTIVATIONS[g].g_prime(Z_before, A_before)  # A_before is A * D
    return (W.T @ dZ) * slope * (1 if D is None else D)


def no_mask_on_the_way_back(W, dZ, Z_before, A_before, g, D):
    return equations.hidden_dZ(W, dZ, Z_before, equations.ACTIVATIONS[g].g(Z_before), g, None)


def slope_without_z_under_dropout(W, dZ, Z_before, A_before, g, D):
    if g == "gelu" and D is not None:
        Z_before = equations.ACTIVATIONS[g].g(Z_before)  # as an engine that keeps nothing but A
    return equations.hidden_dZ(W, dZ, Z_before, A_before, g, D)


def squared_without_the_half(W, l1, l2, m):
    return equations.penalty(W, l1, 2 * l2, m)


def naive_sigmoid(Z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-Z))


def naive_softmax(Z, axis=-2):
    with np.errstate(over="ignore", invalid="ignore"):
        E = np.exp(Z)
        return E / np.sum(E, axis=axis, keepdims=True)


def loss_of_a_rounded_probability(Z, Y):
    A = naive_sigmoid(Z)
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A), axis=-2, keepdims=True)


def shares_of_the_batch_alone(v, total=None):
    return equations.shares(v)  # unbiased only if all batches weigh the same


def weights_multiplied_before_they_are_divided(v, total=None):
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        shares, total = v * v.sum(), v.dtype.type(v.sum() if total is None else total) * v.sum()
        return shares / total if v.any() else v


TEXTBOOKS = {
    "forgets the weights": textbook(shares=lambda v, total=None: np.ones_like(v) / v.shape[-1]),
    "a sum where the mean should be": textbook(shares=lambda v, total=None: v),
    "one db a layer": textbook(bias_gradient=one_bias_gradient_a_layer),
    "slope of units after dropout": textbook(hidden_dZ=slope_from_dropped_units),
    "dropout only on the way forward": textbook(hidden_dZ=no_mask_on_the_way_back),
    "another leak": textbook(LEAK=0.1),
    "Z is not kept under dropout": textbook(hidden_dZ=slope_without_z_under_dropout),
    "L2 without its half": textbook(penalty=squared_without_the_half),
    "L1 with a slope at zero": textbook(
        penalty_prime=lambda W, l1, l2, m: (l1 * np.where(W < 0, -1, 1) + l2 * W) / m
    ),
    "relu has a slope at zero": textbook(
        ACTIVATIONS=activations_with("relu", equations.relu, lambda Z, A: (Z >= 0).astype(Z.dtype))
    ),
    "a sigmoid that overflows": textbook(
        OUTPUTS=dict(equations.OUTPUTS)
        | {"sigmoid": SIGMOID._replace(g=naive_sigmoid, loss=loss_of_a_rounded_probability)}
    ),
    "a softmax that overflows": textbook(
        OUTPUTS=dict(equations.OUTPUTS) | {"softmax": SOFTMAX._replace(g=naive_softmax)}
    ),
    "multiplies weights": textbook(shares=weights_multiplied_before_they_are_divided),
    "each batch by its own weights": textbook(shares=shares_of_the_batch_alone),
}

# --------------------------------------------------------------------------- another helper


def update_with(**changed):
    """`optimizers.update`, misled in some of its arguments."""

    def update(theta, dtheta, slots, t, rate, o, is_weight):
        told = {"t": t, "rate": rate, "o": o, "is_weight": is_weight} | changed
        return optimizers.update(theta, dtheta, slots, **told)

    return update


def all_but_the_last_small_batch(m, size):
    return (where for where in batches.batch_slices(m, size) if where.stop - where.start == min(size, m))


def mask_that_is_not_inverted(seed, update, layer, shape, rate, dtype):
    return (batches.dropout_mask(seed, update, layer, shape, rate, dtype) > 0).astype(dtype)


HELPERS = {
    "adam without its correction": {"update": update_with(t=10**9)},
    "adamw lets biases decay": {"update": update_with(is_weight=np.ones(1))},
    "the last small batch is dropped": {"batch_slices": all_but_the_last_small_batch},
    "every epoch in the first one's order": {
        "epoch_order": lambda seed, epoch, m: batches.epoch_order(seed, 0, m)
    },
    "an order from another seed": {
        "epoch_order": lambda seed, epoch, m: batches.epoch_order(seed + 1, epoch, m)
    },
    "dropout is not inverted": {"dropout_mask": mask_that_is_not_inverted},
    "the same mask at every update": {
        "dropout_mask": lambda seed, update, *rest: batches.dropout_mask(seed, 0, *rest)
    },
    "the same mask in every layer": {
        "dropout_mask": lambda seed, update, layer, *rest: batches.dropout_mask(seed, update, 1, *rest)
    },
    "gradient lengths squared": {"norm": lambda dtheta: np.sum(dtheta * dtheta)},
}

# --------------------------------------------------------------------------- other members


class Misreads(NumpyEngine):
    """Trains members that are not quite those it was given: `change` says what is different."""

    def __init__(self, change):
        self.change = change

    def epochs(self, members, learning_rates):
        others = [replace(member, **self.change(member)) for member in members]
        results = super().epochs(others, learning_rates)
        for member, other, result in zip(members, others, results, strict=True):
            member.t, member.epoch = other.t, member.epoch + len(result.cost)
        return results


MISREADINGS = {
    "ignores dropout": lambda member: {"dropout": ()},
    "ignores L1": lambda member: {"l1": 0.0},
    "L2 by the batch": lambda member: {"l2": member.l2 * len(member.rows) / member.batch_size},
    "ignores clip_norm": lambda member: {"optimizer": replace(member.optimizer, clip_norm=None)},
    "ignores momentum": lambda member: {"optimizer": replace(member.optimizer, momentum=0.0)},
    "ignores weight_decay": lambda member: {"optimizer": replace(member.optimizer, weight_decay=0.0)},
    "shuffles always": lambda member: {"shuffle": True},
    "shuffles never": lambda member: {"shuffle": False},
    "all examples in one batch": lambda member: {"batch_size": 10**6},
    "trains on all rows": lambda member: {"rows": np.arange(member.rows[-1] + 1)},
    "starts each call at the first epoch": lambda member: {"epoch": 0},
    "starts each call at the first update": lambda member: {"t": 0},
    "starts each call with empty slots": lambda member: {"slots": np.zeros_like(member.slots)},
}

# --------------------------------------------------------------------------- other habits


class PenalisesBiases(NumpyEngine):
    def gradient(self, network, theta, data, rows=None, *, l1=0.0, l2=0.0):
        J, dtheta = super().gradient(network, theta, data, rows, l1=l1, l2=l2)
        biases = theta * (1 - network.is_weight)
        m = total_weight(data, rows)
        return J + l2 / 2 * float(biases @ biases) / m, (dtheta + l2 * biases / m).astype(theta.dtype)


class LooksAtItsNeighbours(NumpyEngine):
    def epochs(self, members, learning_rates):
        results = super().epochs(members, learning_rates)
        for k, member in enumerate(members):
            member.theta *= 1 + k * 1e-6
        return results


class WritesIntoX(NumpyEngine):
    def epochs(self, members, learning_rates):
        results = super().epochs(members, learning_rates)
        members[0].data.X[0, 0] = 0.0
        return results


class ShufflesRowsInPlace(NumpyEngine):
    def epochs(self, members, learning_rates):
        results = super().epochs(members, learning_rates)
        for member in members:
            member.rows[:] = member.rows[::-1].copy()
        return results


class ForgetsToCount(NumpyEngine):
    def epochs(self, members, learning_rates):
        before = [member.epoch for member in members]
        results = super().epochs(members, learning_rates)
        for member, epoch in zip(members, before, strict=True):
            member.epoch = epoch
        return results


class GoesOnAfterDivergence(NumpyEngine):
    def epochs(self, members, learning_rates):
        results = []
        for member, rates in zip(members, learning_rates, strict=True):
            parts = [super(GoesOnAfterDivergence, self).epochs([member], [[rate]])[0] for rate in rates]
            results.append(Epochs(*(np.concatenate([part[k] for part in parts]) for k in range(2))))
        return results


class StopsAllWithTheFirst(NumpyEngine):
    def epochs(self, members, learning_rates):
        results = super().epochs(members, learning_rates)
        shortest = min(len(result.cost) for result in results)
        return [Epochs(result.cost[:shortest], result.gradient_norm[:shortest]) for result in results]


class CostAfterTheUpdate(NumpyEngine):
    def epochs(self, members, learning_rates):
        results = super().epochs(members, learning_rates)
        return [result._replace(cost=np.append(result.cost[1:], result.cost[-1])) for result in results]


class TrainsACopy(NumpyEngine):
    """theta is another array afterwards: views that somebody holds are of the old one."""

    def epochs(self, members, learning_rates):
        for member in members:
            member.theta, member.slots = member.theta.copy(), member.slots.copy()
        return super().epochs(members, learning_rates)


class AnswersInFloat64(NumpyEngine):
    def predict(self, network, theta, X, *, layers=False):
        if layers:
            return super().predict(network, theta.astype(np.float64), X, layers=True)
        return super().predict(network, theta, X).astype(np.float64)


class GradientInFloat64(NumpyEngine):
    def gradient(self, network, theta, data, rows=None, *, l1=0.0, l2=0.0):
        J, dtheta = super().gradient(network, theta, data, rows, l1=l1, l2=l2)
        return J, dtheta.astype(np.float64)


class ComputesInFloat32(NumpyEngine):
    def gradient(self, network, theta, data, rows=None, *, l1=0.0, l2=0.0):
        single = data._replace(X=data.X.astype(np.float32), Y=data.Y.astype(np.float32))
        J, dtheta = super().gradient(network, theta.astype(np.float32), single, l1=l1, l2=l2)
        return J, dtheta.astype(theta.dtype)


class ShiftsSparseExamples(NumpyEngine):
    def gradient(self, network, theta, data, rows=None, *, l1=0.0, l2=0.0):
        X = data.X if isinstance(data.X, np.ndarray) else data.X[:, ::-1]
        return super().gradient(network, theta, data._replace(X=X), l1=l1, l2=l2)


class PredictsBeforeTheOutput(NumpyEngine):
    def predict(self, network, theta, X, *, layers=False):
        Z, A = super().predict(network, theta, X, layers=True)
        return (Z, A) if layers else Z[-1]
