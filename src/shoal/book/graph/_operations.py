"""The table of operations: how each is written, its value, and beside it its derivative by every input.

It is a derivation of its own, to hold the hand-written backward pass against. So nothing here calls
`equations`: each activation and each loss is written again, in another form, with its derivative from
calculus. They are nodes of their own and not built of exp and division, because 1 / (1 + exp(-z)) in
elementary steps would overflow.

Two kinds of derivative: a `Slope` goes element by element, so that the chain rule multiplies; a `Rule` (of a
matrix product, a transpose, softmax) says in full what goes back.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from shoal.base.errors import ShapeError, UsageError
from shoal.book.helpers import broadcast_shapes

Shape = tuple[int, ...]


class Slope(NamedTuple):
    """The derivative of the result by one input, element by element.

    `letters` is a template: {0}, {1} ... are the inputs, {out} is the result, and {n} says how many entries
    of the input make one of the result.
    """

    letters: str
    numbers: Callable[..., Any]  # (out, *inputs) -> an array that broadcasts with out


class Rule(NamedTuple):
    """What goes back to one input, where this is not an element-by-element product; {d} is dJ/d(out)."""

    letters: str
    back: Callable[..., Any]  # (d, out, *inputs) -> an array of the input's shape


class Refusal(NamedTuple):
    """Inputs for which the operation has no value: a key of the catalogue, and where they are."""

    key: str
    bad: Callable[..., Any]  # inputs -> an array of truth values


class Operation(NamedTuple):
    """One kind of node."""

    written: str
    value: Callable[..., Any]
    by: tuple[Slope | Rule, ...]  # one for each input
    shape: Callable[..., Shape] = broadcast_shapes
    refuses: tuple[Refusal, ...] = ()


ONE = Slope("1", lambda out, *inputs: np.ones_like(out))

# --------------------------------------------------------------------------- arithmetic


def _at_zero(base: Any, slope: Any) -> Any:
    """The derivative of 0**y by y is 0 for y > 0."""
    return np.where(base == 0, 0.0, slope)


def power(exponent: float, written: str) -> Operation:
    """A power whose exponent is a number: a negative base has a derivative, too."""
    less = exponent - 1
    inner = "{0}" if less == 1 else f"{{0}}**{f'{less:g}' if less >= 0 else f'({less:g})'}"
    letters = {0.0: "0", 1.0: "1"}.get(exponent, f"{written} * {inner}")
    return Operation(
        f"{{0}}**{written}",
        lambda x: x**exponent,
        (Slope(letters, lambda out, x: exponent * x**less if exponent else np.zeros_like(x)),),
        refuses=(
            Refusal("graph.zero_power", lambda x: (x == 0) & (exponent < 0)),
            Refusal("graph.root_of_negative", lambda x: (x < 0) & (exponent != round(exponent))),
        ),
    )


def weighted_sum(n: int) -> Operation:
    """w1 * x1 + ... + wn * xn + b as one node, as the notes draw one unit."""
    terms = [f"{{{2 * i}}} * {{{2 * i + 1}}}" for i in range(n)]
    slopes = [
        Slope(f"{{{other}}}", lambda out, *inputs, other=other: inputs[other])
        for i in range(n)
        for other in (2 * i + 1, 2 * i)
    ]
    return Operation(
        " + ".join([*terms, f"{{{2 * n}}}"]),
        lambda *inputs: sum(inputs[2 * i] * inputs[2 * i + 1] for i in range(n)) + inputs[-1],
        (*slopes, ONE),
    )


ARITHMETIC: Mapping[str, Operation] = MappingProxyType(
    {
        "negative": Operation("-{0}", np.negative, (Slope("-1", lambda out, x: np.full_like(x, -1)),)),
        "+": Operation("{0} + {1}", np.add, (ONE, ONE)),
        "-": Operation("{0} - {1}", np.subtract, (ONE, Slope("-1", lambda out, x, y: -np.ones_like(out)))),
        "*": Operation(
            "{0} * {1}",
            np.multiply,
            (Slope("{1}", lambda out, x, y: y), Slope("{0}", lambda out, x, y: x)),
        ),
        "/": Operation(
            "{0} / {1}",
            np.divide,
            (Slope("1 / {1}", lambda out, x, y: 1 / y), Slope("-{0} / {1}**2", lambda out, x, y: -x / y**2)),
            refuses=(Refusal("graph.division_by_zero", lambda x, y: (y == 0) & (x == x)),),
        ),
        "**": Operation(
            "{0}**{1}",
            np.power,
            (
                Slope("{1} * {0}**({1} - 1)", lambda out, x, y: np.where(y == 0, 0.0, y * x ** (y - 1))),
                Slope("{out} * log({0})", lambda out, x, y: _at_zero(x, out * np.log(x))),
            ),
            refuses=(
                Refusal("graph.zero_power", lambda x, y: (x == 0) & (y <= 0)),
                Refusal("graph.power_of_negative", lambda x, y: (x < 0) & (y == y)),
            ),
        ),
    }
)

# --------------------------------------------------------------------------- matrices


def _product_shape(A: Shape, B: Shape) -> Shape:
    """(p, q) @ (q, r) is (p, r)."""
    if not A or not B:
        raise UsageError("graph.product_of_number")
    if len(A) > 2 or len(B) > 2:
        raise UsageError("graph.product_of_many_axes")
    if A[-1] != B[0]:
        raise ShapeError("graph.product_shapes", inner=A[-1], outer=B[0])
    return (*A[:-1], *B[1:])


LEFT = Rule("{d} @ {1}.T", lambda d, out, A, B, *b: d @ B.T)
RIGHT = Rule("{0}.T @ {d}", lambda d, out, A, B, *b: A.T @ d)
LEFT_OF_VECTOR = Rule("outer({d}, {1})", lambda d, out, A, B: np.outer(d, B))
RIGHT_OF_VECTOR = Rule("outer({0}, {d})", lambda d, out, A, B: np.outer(A, d))
_BY: Mapping[tuple[int, int], tuple[Slope | Rule, ...]] = MappingProxyType(
    {
        (1, 1): (Slope("{1}", lambda out, a, b: b), Slope("{0}", lambda out, a, b: a)),
        (1, 2): (LEFT, RIGHT_OF_VECTOR),
        (2, 1): (LEFT_OF_VECTOR, RIGHT),
    }
)


def product(axes_left: int, axes_right: int) -> Operation:
    """A @ B; a vector is a row on the left and a column on the right."""
    by = _BY.get((axes_left, axes_right), (LEFT, RIGHT))
    return Operation("{0} @ {1}", np.matmul, by, _product_shape)


def _turned_shape(A: Shape) -> Shape:
    if len(A) == 1:
        raise ShapeError("graph.transposed_vector")
    return A[::-1]


MATRICES: Mapping[str, Operation] = MappingProxyType(
    {
        "T": Operation("{0}.T", np.transpose, (Rule("{d}.T", lambda d, out, A: d.T),), _turned_shape),
        "linear": Operation(
            "{0} @ {1} + {2}",
            lambda W, A, b: W @ A + b,
            (LEFT, RIGHT, ONE),
            lambda W, A, b: broadcast_shapes(_product_shape(W, A), b),
        ),
    }
)

# --------------------------------------------------------------------------- sums


def _summed_shape(shape: Shape, axis: int | None) -> Shape:
    if axis is None:
        return ()
    if not -len(shape) <= axis < len(shape):
        raise UsageError("graph.axis", axis=axis, axes=len(shape))
    return tuple(1 if place == axis % len(shape) else size for place, size in enumerate(shape))


def reduction(name: str, axis: int | None = None) -> Operation:
    """`sum` or `mean` over one axis, which stays with size 1, or over all numbers."""
    arguments = "{0}" if axis is None else f"{{0}}, axis={axis}"
    slopes = {
        "sum": Slope("1", lambda out, x: np.ones_like(x)),
        "mean": Slope("1/{n}", lambda out, x: np.full_like(x, out.size / x.size)),
    }
    return Operation(
        f"{name}({arguments})",
        lambda x: getattr(np, name)(x, axis=axis, keepdims=axis is not None),
        (slopes[name],),
        partial(_summed_shape, axis=axis),
    )


REDUCTIONS = ("sum", "mean")

# --------------------------------------------------------------------------- functions of one input


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
            refuses=(Refusal("graph.log_of_not_positive", lambda x: x <= 0),),
        ),
        "sqrt": Operation(
            "sqrt({0})",
            np.sqrt,
            (Slope("1 / (2 * {out})", lambda out, x: 0.5 / out),),
            refuses=(Refusal("graph.root_of_negative", lambda x: x < 0),),
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
            (Refusal("graph.columns_not_one", _not_one),),
        ),
        "half_squared_error": Operation(
            "half_squared_error({0}, {1})",
            lambda Z, Y: _over_units((Z - Y) ** 2) / 2,
            (Slope("{0} - {1}", lambda out, Z, Y: Z - Y), Slope("{1} - {0}", lambda out, Z, Y: Y - Z)),
            _loss_shape,
        ),
        "log_loss": Operation(
            "log_loss({0}, {1})",
            lambda A, Y: _over_units(-Y * np.log(A) - (1 - Y) * np.log1p(-A)),
            (
                Slope("-{1} / {0} + (1 - {1}) / (1 - {0})", lambda out, A, Y: -Y / A + (1 - Y) / (1 - A)),
                Slope("log(1 - {0}) - log({0})", lambda out, A, Y: np.log1p(-A) - np.log(A)),
            ),
            _loss_shape,
            (Refusal("graph.not_a_probability", lambda A, Y: (A <= 0) | (A >= 1)),),
        ),
    }
)

FUNCTIONS: Mapping[str, Operation] = MappingProxyType({**ELEMENTARY, **ACTIVATIONS, **LOSSES})
