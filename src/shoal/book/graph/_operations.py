"""Operators: how each is written, its value, and beside it its derivative by every input.

Two kinds of derivative: a `Slope` goes element by element, so that the chain rule multiplies; a `Rule` (of a
matrix product, a transpose, softmax) says in full what goes back. The functions are in `_functions`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from shoal.base.errors import ShapeError, UsageError
from shoal.book.graph._written import number
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
    """Inputs for which the operation has no value: where they are, and a key of the catalogue."""

    bad: Callable[..., Any]  # inputs -> an array of truth values
    key: str


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
    inner = "{0}" if less == 1 else f"{{0}}**{number(less, bracket=True)}"
    letters = {0.0: "0", 1.0: "1"}.get(exponent, f"{written} * {inner}")
    return Operation(
        f"{{0}}**{written}",
        lambda x: x**exponent,
        (Slope(letters, lambda out, x: exponent * x**less if exponent else np.zeros_like(x)),),
        refuses=(
            Refusal(lambda x: (x == 0) & (exponent < 0), "graph.zero_power"),
            Refusal(lambda x: (x < 0) & (exponent != round(exponent)), "graph.root_of_negative"),
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
            refuses=(Refusal(lambda x, y: (y == 0) & (x == x), "graph.division_by_zero"),),
        ),
        "**": Operation(
            "{0}**{1}",
            np.power,
            (
                Slope("{1} * {0}**({1} - 1)", lambda out, x, y: np.where(y == 0, 0.0, y * x ** (y - 1))),
                Slope("{out} * log({0})", lambda out, x, y: _at_zero(x, out * np.log(x))),
            ),
            refuses=(
                Refusal(lambda x, y: (x == 0) & (y <= 0), "graph.zero_power"),
                Refusal(lambda x, y: (x < 0) & (y == y), "graph.power_of_negative"),
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
