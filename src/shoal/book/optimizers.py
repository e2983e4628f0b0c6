"""Rules that turn a gradient into a step: data (which rule, which constants) and pure updates.

A rule gets theta, its gradient and what it remembers, and returns the new ones; it keeps nothing.
Slots are what it remembers, vectors as long as theta: Adam's averages are v (of the gradient) and s
(of its square). `t` counts the updates, this one included.

Momentum is written as scikit-learn and Polyak do, with the learning rate inside the average. Adam's
epsilon is the one at the end of section 2 of Kingma and Ba 2015 (there: epsilon-hat), as in
scikit-learn and TensorFlow. The course and PyTorch add it after correcting the bias: ``"adam_corrected"``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, pi, sqrt
from types import MappingProxyType
from typing import Any, NamedTuple

from array_api_compat import array_namespace

from shoal.base.errors import UsageError
from shoal.book.notation import Number, Vector

Step = tuple[Vector, tuple[Vector, ...]]  # the new theta, the new slots


@dataclass(frozen=True)
class Optimizer:
    """Which rule, with which constants. The learning rate comes from a `Schedule`, epoch by epoch.

    Parameters
    ----------
    rule : str, default="adam"
        One of `RULES`, the table below.
    momentum : float, default=0.9
        For ``"momentum"`` and ``"nesterov"``.
    beta1, beta2 : float, default=0.9, 0.999
        How slowly Adam's averages v and s forget; RMSprop uses beta2.
    epsilon : float, default=1e-8
        Keeps the division by sqrt(s) finite.
    weight_decay : float, default=0.0
        For ``"adamw"``, which decays: the share of W, times the learning rate, that each update takes
        away.
    clip_norm : float or None, default=None
        If the whole gradient is longer than this, it is shortened to it.
    """

    rule: str = "adam"
    momentum: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise UsageError("core.rule", name=self.rule, names=", ".join(RULES))


def gradient_descent(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """theta - rate dtheta."""
    return theta - rate * dtheta, ()


def momentum(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """v = momentum v - rate dtheta;  theta + v.

    The course averages, v = beta v + (1 - beta) dtheta and theta - alpha v. That is this rule with
    momentum = beta and rate = (1 - beta) alpha, step for step.
    """
    v = o.momentum * slots[0] - rate * dtheta
    return theta + v, (v,)


def nesterov(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """v = momentum v - rate dtheta;  theta + momentum v - rate dtheta (Sutskever et al. 2013)."""
    v = o.momentum * slots[0] - rate * dtheta
    return theta + o.momentum * v - rate * dtheta, (v,)


def rmsprop(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """s = beta2 s + (1 - beta2) dtheta^2;  theta - rate dtheta / (sqrt(s) + epsilon)."""
    s = o.beta2 * slots[0] + (1 - o.beta2) * dtheta**2
    return theta - rate * dtheta / (_sqrt(s) + o.epsilon), (s,)


def adam(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """v, s: averages of dtheta, dtheta^2;  theta - rate c v / (sqrt(s) + epsilon), c corrects the bias.

    v = beta1 v + (1 - beta1) dtheta;  s = beta2 s + (1 - beta2) dtheta^2;
    c = sqrt(1 - beta2^t) / (1 - beta1^t), because both averages start at zero.
    """
    v = o.beta1 * slots[0] + (1 - o.beta1) * dtheta
    s = o.beta2 * slots[1] + (1 - o.beta2) * dtheta**2
    c = sqrt(1 - o.beta2**t) / (1 - o.beta1**t)
    return theta - rate * c * v / (_sqrt(s) + o.epsilon), (v, s)


def adam_corrected(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """v, s as in `adam`;  theta - rate V / (sqrt(S) + epsilon), V = v / (1 - beta1^t), S = s / (1 - beta2^t).

    Algorithm 1 of Kingma and Ba 2015, as in the course and in PyTorch: epsilon is added to the root of the
    corrected average. In the first updates that is a smaller epsilon than `adam`'s.
    """
    v = o.beta1 * slots[0] + (1 - o.beta1) * dtheta
    s = o.beta2 * slots[1] + (1 - o.beta2) * dtheta**2
    V, S = v / (1 - o.beta1**t), s / (1 - o.beta2**t)
    return theta - rate * V / (_sqrt(S) + o.epsilon), (v, s)


def adagrad(theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer) -> Step:
    """s = s + dtheta^2;  theta - rate dtheta / (sqrt(s) + epsilon) (Duchi, Hazan and Singer 2011).

    s starts at 0, as in PyTorch. Keras starts it at 0.1 and divides by sqrt(s + epsilon); scikit-learn's
    networks have no Adagrad.
    """
    s = slots[0] + dtheta**2
    return theta - rate * dtheta / (_sqrt(s) + o.epsilon), (s,)


class Rule(NamedTuple):
    """An update, how many slots it needs, and whether weights decay before it."""

    step: Callable[..., Step]
    n_slots: int
    decays: bool = False


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "gradient_descent": Rule(gradient_descent, 0),
        "momentum": Rule(momentum, 1),
        "nesterov": Rule(nesterov, 1),
        "rmsprop": Rule(rmsprop, 1),
        "adam": Rule(adam, 2),
        "adam_corrected": Rule(adam_corrected, 2),
        "adamw": Rule(adam, 2, decays=True),  # Loshchilov and Hutter 2019
        "adagrad": Rule(adagrad, 1),
    }
)


def update(
    theta: Vector, dtheta: Vector, slots: Any, t: int, rate: float, o: Optimizer, is_weight: Vector
) -> Step:
    """One step of any rule: clip the gradient, let weights decay if the rule does, follow the rule.

    Clipping shortens a gradient longer than clip_norm to it (Pascanu et al. 2013). Decay is
    W - rate weight_decay W; biases, where is_weight is 0, do not decay.
    """
    if o.clip_norm is not None and o.clip_norm < array_namespace(dtheta).finfo(dtheta.dtype).max:
        longest = array_namespace(dtheta).clip(norm(dtheta), min=o.clip_norm)
        dtheta = dtheta * (o.clip_norm / longest)[..., None]
    if RULES[o.rule].decays:
        mask = array_namespace(theta).astype(is_weight, theta.dtype)
        theta = theta - rate * o.weight_decay * mask * theta
    return RULES[o.rule].step(theta, dtheta, slots, t, rate, o)


def norm(dtheta: Vector) -> Number:
    """The length of the whole gradient; through its largest part, whose square might overflow."""
    xp = array_namespace(dtheta)
    top = xp.max(xp.abs(dtheta), axis=-1)
    unit = dtheta / xp.where(top > 0, top, xp.ones_like(top))[..., None]
    return top * _sqrt(xp.sum(unit * unit, axis=-1))


def _sqrt(x: Any) -> Any:
    return array_namespace(x).sqrt(x)


# --------------------------------------------------------------------------- learning-rate schedules


@dataclass(frozen=True)
class Schedule:
    """The learning rate of each epoch.

    Parameters
    ----------
    rate : float, default=0.001
        alpha, the rate at the start (after warm-up).
    name : str, default="constant"
        With e epochs since the warm-up: ``"constant"`` alpha; ``"inverse_time"``
        alpha / (1 + decay floor(e / every)), the course's; ``"step"`` alpha decay^floor(e / every), also
        the course's 0.95^e with ``decay=0.95, every=1``; ``"cosine"`` alpha (1 + cos(pi e / epochs)) / 2
        (Loshchilov and Hutter 2017); ``"invscaling"`` alpha / (e m + 1)^power, scikit-learn's, where e m is
        the number of examples seen.
    decay : float, default=0.1
        For ``"inverse_time"`` (a speed) and ``"step"`` (a factor).
    every : int or None, default=None
        For ``"inverse_time"`` and ``"step"``: the rate falls once in so many epochs. None is 1 for
        ``"inverse_time"``, which then falls in every epoch, and 10 for ``"step"``.
    epochs : int, default=200
        For ``"cosine"``: when the rate arrives at zero.
    power : float, default=0.5
        For ``"invscaling"``.
    warm_up : int, default=0
        That many epochs climb in equal stairs to alpha before the schedule begins.
    """

    rate: float = 0.001
    name: str = "constant"
    decay: float = 0.1
    every: int | None = None
    epochs: int = 200
    power: float = 0.5
    warm_up: int = 0

    def __post_init__(self) -> None:
        if self.name not in SCHEDULES:
            raise UsageError("core.schedule", name=self.name, names=", ".join(SCHEDULES))

    def at(self, epoch: int, m: int) -> float:
        """The learning rate of an epoch (the first is 0) over m examples."""
        if epoch < self.warm_up:
            return self.rate * (epoch + 1) / (self.warm_up + 1)
        return self.rate * SCHEDULES[self.name](self, epoch - self.warm_up, m)

    def over(self, begin: int, epochs: int, m: int) -> list[float]:
        """The learning rates of so many epochs, from this one on."""
        if self.name == "constant" and begin >= self.warm_up:  # nearly always: no need to ask for each
            return [self.rate] * epochs
        return [self.at(epoch, m) for epoch in range(begin, begin + epochs)]


SCHEDULES: Mapping[str, Callable[[Schedule, int, int], float]] = MappingProxyType(
    {
        "constant": lambda s, e, m: 1.0,
        "inverse_time": lambda s, e, m: 1 / (1 + s.decay * (e // (s.every or 1))),
        "step": lambda s, e, m: s.decay ** (e // (s.every or 10)),
        "cosine": lambda s, e, m: (1 + cos(pi * min(e, s.epochs) / s.epochs)) / 2,
        "invscaling": lambda s, e, m: (e * m + 1) ** -s.power,
    }
)
