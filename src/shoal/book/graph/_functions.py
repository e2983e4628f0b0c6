"""Functions, activations and losses: the value of each, and beside it its derivative.

It is a derivation of its own, to hold the hand-written backward pass against. So nothing here calls
`equations`: each activation and each loss is written again, in another form where there is one, and its
derivative comes from calculus. They are single nodes, because 1 / (1 + exp(-z)) in elementary steps would
overflow. ReLU'(0) is 0, leaky ReLU'(0) is 0.01, the derivative of abs at 0 is 0, as in `equations`.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import xlogy

from shoal.base.errors import ShapeError, UsageError
from shoal.book.graph._operations import ONE, REDUCTIONS, Operation, Refusal, Rule, Shape, Slope


def _sigmoid(z: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -z))  # log(1 + e^-z) cannot overflow


def _sigmoid_slope(z: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -z) - np.logaddexp(0.0, z))  # e^-z / (1 + e^-z)^2


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _below(z: Any) -> Any:
    """Phi(z) of the normal distribution."""
    return _erfc(-z / math.sqrt(2)) / 2


def _bell(z: Any) -> Any:
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _softmax(z: Any) -> Any:
    axis = _axis_of_units(z)
    E = np.exp(z - z.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def _softmax_back(d: Any, A: Any, z: Any) -> Any:
    """dA_j/dZ_k = A_j (1[j = k] - A_k), summed over j with d_j."""
    return A * (d - (d * A).sum(axis=_axis_of_units(z), keepdims=True))


def _axis_of_units(z: Any) -> int:
    """Columns are examples; a list of numbers is one example."""
    return -1 if z.ndim == 1 else -2


def _units_shape(shape: Shape) -> Shape:
    if not shape:
        raise UsageError("graph.softmax_of_number")
    return shape


ACTIVATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "identity": Operation("identity({0})", np.copy, (ONE,)),
        "sigmoid": Operation(
            "sigmoid({0})", _sigmoid, (Slope("{out} * (1 - {out})", lambda out, z: _sigmoid_slope(z)),)
        ),
        "tanh": Operation("tanh({0})", np.tanh, (Slope("1 - {out}**2", lambda out, z: np.cosh(z) ** -2.0),)),
        "relu": Operation(
            "relu({0})",
            lambda z: np.where(z > 0, z, 0.0),
            (Slope("({0} > 0)", lambda out, z: 1.0 * (z > 0)),),
        ),
        "leaky_relu": Operation(
            "leaky_relu({0})",
            lambda z: np.where(z > 0, z, 0.01 * z),
            (Slope("1 if {0} > 0 else 0.01", lambda out, z: np.where(z > 0, 1.0, 0.01)),),
        ),
        "gelu": Operation(
            "gelu({0})",
            lambda z: z * _below(z),
            (Slope("Phi({0}) + {0} * phi({0})", lambda out, z: _below(z) + z * _bell(z)),),
        ),
        "silu": Operation(
            "silu({0})",
            lambda z: z * _sigmoid(z),
            (
                Slope(
                    "sigmoid({0}) + {0} * sigmoid'({0})", lambda out, z: _sigmoid(z) + z * _sigmoid_slope(z)
                ),
            ),
        ),
        "softmax": Operation(
            "softmax({0})", _softmax, (Rule("{out} * ({d} - sum({d} * {out}))", _softmax_back),), _units_shape
        ),
    }
)

_WEIGHTS = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}  # of a central difference, whose error is h^4


def measured(name: str, g: Callable[[Any], Any]) -> Operation:
    """An activation that this table does not know: its slope is measured, so that no g_prime is trusted.

    With h = 0.001 truncation and rounding are both near 1e-13, where g is smooth between z - 2h and z + 2h.
    """

    def slope(_out: Any, z: Any) -> Any:
        h = 1e-3 * np.maximum(1.0, np.abs(z))
        return sum(weight * g(z + k * h) for k, weight in _WEIGHTS.items()) / h

    return Operation(f"{name}({{0}})", g, (Slope(f"{name}'({{0}})", slope),))


ELEMENTARY: Mapping[str, Operation] = MappingProxyType(
    {
        "exp": Operation("exp({0})", np.exp, (Slope("{out}", lambda out, x: out),)),
        "log": Operation(
            "log({0})",
            np.log,
            (Slope("1 / {0}", lambda out, x: 1 / x),),
            refuses=(Refusal(lambda x: x <= 0, "graph.log_of_not_positive"),),
        ),
        "sqrt": Operation(
            "sqrt({0})",
            np.sqrt,
            (Slope("1 / (2 * {out})", lambda out, x: 0.5 / out),),
            refuses=(Refusal(lambda x: x < 0, "graph.root_of_negative"),),
        ),
        "abs": Operation("abs({0})", np.abs, (Slope("sign({0})", lambda out, x: np.sign(x)),)),
    }
)

# ------------------------------------------------------------------- losses, summed over the units


def _over_units(each: Any) -> Any:
    return each if each.ndim == 0 else each.sum(axis=_axis_of_units(each), keepdims=each.ndim > 1)


def _loss_shape(Z: Shape, Y: Shape) -> Shape:
    if Z != Y:
        raise ShapeError("graph.loss_shapes")
    return (*Z[:-2], 1, Z[-1]) if len(Z) > 1 else ()


def _columns_shape(Z: Shape, Y: Shape) -> Shape:
    _units_shape(Z)
    return _loss_shape(Z, Y)


def _log_sum(Z: Any) -> Any:
    axis = _axis_of_units(Z)
    top = Z.max(axis=axis, keepdims=True)
    return top + np.log(np.exp(Z - top).sum(axis=axis, keepdims=True))


def _not_one(Z: Any, Y: Any) -> Any:
    """Where a column of Y does not sum to one; 1e-6 is what targets of float32 can be off."""
    off = np.abs(Y.sum(axis=_axis_of_units(Y), keepdims=True) - 1) > 1e-6
    return np.broadcast_to(off, Y.shape)


LOSSES: Mapping[str, Operation] = MappingProxyType(
    {
        "binary_cross_entropy": Operation(
            "binary_cross_entropy({0}, {1})",
            lambda Z, Y: _over_units(np.logaddexp(0.0, Z) - Y * Z),
            (
                Slope("sigmoid({0}) - {1}", lambda out, Z, Y: _sigmoid(Z) - Y),
                Slope("-{0}", lambda out, Z, Y: -Z),
            ),
            _loss_shape,
        ),
        "categorical_cross_entropy": Operation(
            "categorical_cross_entropy({0}, {1})",
            lambda Z, Y: _over_units(Y * (_log_sum(Z) - Z)),
            (
                Slope("softmax({0}) - {1}", lambda out, Z, Y: _softmax(Z) - Y),
                Slope("-log(softmax({0}))", lambda out, Z, Y: _log_sum(Z) - Z),
            ),
            _columns_shape,
            (Refusal(_not_one, "graph.columns_not_one"),),
        ),
        "half_squared_error": Operation(
            "half_squared_error({0}, {1})",
            lambda Z, Y: _over_units((Z - Y) ** 2) / 2,
            (Slope("{0} - {1}", lambda out, Z, Y: Z - Y), Slope("{1} - {0}", lambda out, Z, Y: Y - Z)),
            _loss_shape,
        ),
        "half_poisson_deviance": Operation(
            "half_poisson_deviance({0}, {1})",
            lambda Z, Y: _over_units(xlogy(Y, Y) - Y * (1 + Z) + np.exp(Z)),
            (
                Slope("exp({0}) - {1}", lambda out, Z, Y: np.exp(Z) - Y),
                Slope("log({1}) - {0}", lambda out, Z, Y: np.log(Y) - Z),
            ),
            _loss_shape,
            (Refusal(lambda Z, Y: Y < 0, "graph.negative_count"),),
        ),
        "log_loss": Operation(
            "log_loss({0}, {1})",
            lambda A, Y: _over_units(-Y * np.log(A) - (1 - Y) * np.log1p(-A)),
            (
                Slope("-{1} / {0} + (1 - {1}) / (1 - {0})", lambda out, A, Y: -Y / A + (1 - Y) / (1 - A)),
                Slope("log(1 - {0}) - log({0})", lambda out, A, Y: np.log1p(-A) - np.log(A)),
            ),
            _loss_shape,
            (Refusal(lambda A, Y: (A <= 0) | (A >= 1), "graph.not_a_probability"),),
        ),
    }
)

FUNCTIONS: Mapping[str, Operation] = MappingProxyType({**ELEMENTARY, **ACTIVATIONS, **LOSSES})
NAMES = (*FUNCTIONS, *REDUCTIONS)  # what a formula can call
