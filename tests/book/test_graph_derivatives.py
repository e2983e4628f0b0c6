"""Every operation, and 300 random formulas with broadcasting, against finite differences.

The outside judge of values is Python itself, which evaluates the same text with NumPy and SciPy; so it also
judges the grammar. Differences use the stencil (-f(2h) + 8 f(h) - 8 f(-h) + f(-2h)) / 12h. A formula with a
kink between the outermost points of a stencil has no derivative there, and is drawn again; it is found by
looking at the sign of what goes into the function with the kink.
"""

import re
from functools import cache

import numpy as np
import pytest
import scipy.special

from shoal.base.errors import ShoalError
from shoal.book.equations import ACTIVATIONS, softmax
from shoal.book.graph import parse
from shoal.book.graph._functions import FUNCTIONS
from shoal.book.graph._operations import ARITHMETIC, MATRICES

H = 2e-4  # h^4 and the rounding of J / h are both below 1e-11, for J of about 1
SHAPES = [(), (3,), (1, 3), (4, 1), (4, 3), (1, 1)]  # all broadcast together


class Judge:
    """Evaluates a formula as Python, and remembers on which side of their kinks functions were."""

    def __init__(self):
        self.sides = []
        self.functions = {
            **{"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh},
            "identity": lambda z: z,
            "sigmoid": scipy.special.expit,
            "gelu": lambda z: z * scipy.special.ndtr(z),
            "silu": lambda z: z * scipy.special.expit(z),
            "softmax": lambda z: scipy.special.softmax(z, axis=-1 if np.ndim(z) == 1 else -2),
            "abs": self.kinked(np.abs),
            "relu": self.kinked(lambda z: np.maximum(z, 0)),
            "leaky_relu": self.kinked(lambda z: np.where(z > 0, z, z / 100)),
            "sum": lambda x, axis=None: np.sum(x, axis=axis, keepdims=axis is not None),
            "mean": lambda x, axis=None: np.mean(x, axis=axis, keepdims=axis is not None),
            "binary_cross_entropy": lambda Z, Y: over_units(
                -Y * scipy.special.log_expit(Z) - (1 - Y) * scipy.special.log_expit(-Z)
            ),
            "categorical_cross_entropy": lambda Z, Y: over_units(
                -Y * scipy.special.log_softmax(Z, axis=-1 if Z.ndim == 1 else -2)
            ),
            "half_poisson_deviance": lambda Z, Y: over_units(scipy.special.kl_div(Y, np.exp(Z))),
            "half_squared_error": lambda Z, Y: over_units(np.square(Z - Y) / 2),
            "log_loss": lambda A, Y: over_units(
                -scipy.special.xlogy(Y, A) - scipy.special.xlog1py(1 - Y, -A)
            ),
        }

    def kinked(self, function):
        def remembering(z):
            self.sides.append(np.sign(z))
            return function(z)

        return remembering

    def __call__(self, formula, values):
        """J, and the sides of all kinks."""
        self.sides = []
        J = eval(formula, {"__builtins__": {}}, {**self.functions, **values})  # the text is our own
        return float(np.squeeze(J)), self.sides


def over_units(each):
    each = np.asarray(each)
    return each if each.ndim == 0 else each.sum(axis=-1 if each.ndim == 1 else -2, keepdims=each.ndim > 1)


def differences(formula, values):
    """dJ/d(value) of every variable by four shifts of every number; None if there is a kink."""
    judge, found = Judge(), {}
    _, here = judge(formula, values)
    for name, value in values.items():
        found[name] = np.empty(np.shape(value))
        for index in np.ndindex(np.shape(value)):
            f = {}
            for k in (-2, -1, 1, 2):
                shifted = np.array(value)
                shifted[index] += k * H
                f[k], sides = judge(formula, {**values, name: shifted[()]})
                if any((one != other).any() for one, other in zip(sides, here, strict=True)):
                    return None
            found[name][index] = (-f[2] + 8 * f[1] - 8 * f[-1] + f[-2]) / (12 * H)
    return found


def agrees(formula, values, expected):
    graph = parse(formula, **values)
    graph.backward()
    J, _ = Judge()(formula.removeprefix("J = "), values)
    scale = max([1.0, abs(J), *(np.abs(each).max() for each in expected.values())])
    assert float(np.squeeze(graph.nodes[-1].value)) == pytest.approx(J, rel=1e-12, abs=1e-13)
    for node in graph.nodes:  # the shape that was expected before the node was computed
        assert node.operation is None or node.operation.shape(*(i.shape for i in node.inputs)) == node.shape
    for name, slope in expected.items():
        assert graph[name].derivative.shape == np.shape(values[name])
        np.testing.assert_allclose(graph[name].derivative, slope, rtol=0, atol=1e-7 * scale, err_msg=name)


# --------------------------------------------------------------------------- operations one by one

SIGNED = np.array([[0.7, -1.3, 2.1], [-0.4, 1.6, -2.2], [0.9, -0.8, 0.3], [-1.9, 0.6, 1.1]])
POSITIVE = np.abs(SIGNED)
SHARES = np.array([[0.1, 0.4, 0.7], [0.2, 0.3, 0.1], [0.3, 0.2, 0.1], [0.4, 0.1, 0.1]])  # columns sum to one
R = np.linspace(-1, 2, 12).reshape(4, 3)  # so that no derivative is the same in all places
WEIGHTS = {"r": R, "row": R[:1], "first": R[0], "column": R[:, 0]}

ONE_BY_ONE = {
    "negative": ("sum(r * -x)", {"x": SIGNED}),
    "+": ("sum(r * (x + y))", {"x": SIGNED, "y": SIGNED[:, :1]}),
    "-": ("sum(r * (x - y))", {"x": SIGNED, "y": SIGNED[:1]}),
    "*": ("sum(r * (x * y))", {"x": SIGNED, "y": SIGNED[0]}),
    "/": ("sum(r * (x / y))", {"x": SIGNED, "y": POSITIVE[:, 1:2]}),
    "**": ("sum(r * x**y)", {"x": POSITIVE, "y": SIGNED[:1]}),
    "literal power": ("sum(r * x**3) + sum(r * x**2) + sum(r * x**1) + sum(x**0)", {"x": SIGNED}),
    "negative power": ("sum(r * x**(-2)) + sum(p**2.5)", {"x": SIGNED, "p": POSITIVE}),
    "power of a number": ("sum(r * 2**x)", {"x": SIGNED}),
    "@": ("sum(r * (x @ y))", {"x": SIGNED[:, :2], "y": SIGNED[:2]}),
    "vector @ vector": ("x @ y * sum(r)", {"x": SIGNED[0], "y": SIGNED[1]}),
    "matrix @ vector": ("sum(column * (x @ y))", {"x": SIGNED, "y": SIGNED[1]}),
    "vector @ matrix": ("sum(first * (x @ y))", {"x": SIGNED[:, 0], "y": SIGNED}),
    "T": ("sum(r * x.T)", {"x": SIGNED.T}),
    "sum": ("sum(sum(r * x, axis=0) * y) + sum(r * sum(x, axis=1))", {"x": SIGNED, "y": SIGNED[:1]}),
    "mean": ("sum(mean(r * x, axis=0) * y) + mean(r * x) + sum(r * mean(x, axis=-1))",
             {"x": SIGNED, "y": SIGNED[:1]}),
    "log": ("sum(r * log(x))", {"x": POSITIVE}),
    "sqrt": ("sum(r * sqrt(x))", {"x": POSITIVE}),
    "softmax": ("sum(r * softmax(x)) + sum(first * softmax(y))", {"x": SIGNED, "y": SIGNED[0]}),
    "binary_cross_entropy": ("sum(row * binary_cross_entropy(x, y))", {"x": SIGNED, "y": SHARES}),
    "half_squared_error": ("sum(row * half_squared_error(x, y))", {"x": SIGNED, "y": SHARES}),
    "half_poisson_deviance": ("sum(row * half_poisson_deviance(x, y))", {"x": SIGNED, "y": POSITIVE}),
    "log_loss": ("sum(row * log_loss(x, y))", {"x": SHARES, "y": POSITIVE / 3}),
    "losses of a number": ("binary_cross_entropy(x, y) + 2 * half_squared_error(x, y)", {"x": 0.7, "y": 1.0}),
    "losses of a list": ("half_squared_error(x, y) * binary_cross_entropy(x, y)",
                         {"x": SIGNED[0], "y": SIGNED[1]}),
}  # fmt: skip
PAIRS = ("categorical_cross_entropy", *ONE_BY_ONE)  # the first has a test of its own
ALIKE = {name: (f"sum(r * {name}(x))", {"x": SIGNED}) for name in FUNCTIONS if name not in PAIRS}
CASES = {**ONE_BY_ONE, **ALIKE}


@pytest.mark.parametrize("name", CASES)
def test_the_derivative_of_each_operation_is_its_slope(name):
    formula, values = CASES[name]
    values = values | {name: value for name, value in WEIGHTS.items() if re.search(rf"\b{name}\b", formula)}
    expected = differences(formula, values)
    assert expected is not None
    agrees(f"J = {formula}", values, expected)


def test_every_operation_is_among_them():
    functions = {*FUNCTIONS, *ARITHMETIC, *MATRICES} - {"linear", "categorical_cross_entropy"}
    assert functions <= CASES.keys()  # `linear`: the networks; the other has a test of its own


def test_the_slope_of_cross_entropy_after_softmax():
    """Only by Z: a shifted column of Y would no longer sum to one."""
    formula, r = "sum(r * categorical_cross_entropy(Z, Y))", R[:1]  # of each example
    expected = differences(formula, {"Z": SIGNED, "Y": SHARES, "r": r})
    graph = parse(formula, Z=SIGNED, Y=SHARES, r=r)
    graph.backward()
    np.testing.assert_allclose(graph["Z"].derivative, expected["Z"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(graph["Y"].derivative, expected["Y"], rtol=0, atol=1e-10)


FAR = np.array([-800.0, -40.0, -1e-300, 0.0, 1e-300, 40.0, 800.0])


@pytest.mark.parametrize(
    "name", ["sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "identity", "softmax"]
)
def test_far_out_and_at_zero_an_activation_has_the_derivative_of_the_equations(name):
    """The two are written in different forms: they agree to a few roundings of numbers of about 1."""
    graph = parse(f"J = sum(A); A = {name}(Z)", Z=FAR)
    graph.backward()
    if name == "softmax":
        np.testing.assert_allclose(graph["A"].value, softmax(FAR), rtol=1e-15)
        return
    A = ACTIVATIONS[name].g(FAR)
    np.testing.assert_allclose(graph["A"].value, A, rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(graph["Z"].derivative, ACTIVATIONS[name].g_prime(FAR, A), rtol=0, atol=1e-15)


# --------------------------------------------------------------------------- 300 random formulas


class Draw:
    """A random formula over a few variables whose shapes broadcast; every part stays near 1."""

    UNARY = (
        "sigmoid({})", "tanh({})", "relu({})", "leaky_relu({})", "gelu({})", "silu({})",
        "identity({})", "exp(tanh({}))", "log(1 + ({})**2)", "sqrt(1 + ({})**2)", "abs({})", "-{}",
        "({})**2", "({})**3 / 9", "sum({}, axis=-1)", "mean({}, axis=-1)", "mean({})",
        "softmax({})", "2**tanh({})",
    )  # fmt: skip
    BINARY = ("({} + {})", "({} - {})", "({} * {})", "{} / (2 + ({})**2)", "(1 + ({})**2)**tanh({})",
              "({}) @ ({}).T")  # fmt: skip

    def __init__(self, random):
        self.random, self.values = random, {}

    def variable(self):
        if self.values and self.random.random() < 0.5:
            return str(self.random.choice(list(self.values)))
        name = f"x{len(self.values)}"
        shape = SHAPES[self.random.integers(len(SHAPES))]
        self.values[name] = self.random.normal(0, 1, shape)
        return name

    def formula(self, depth):
        if depth == 0:
            return self.variable() if self.random.random() < 0.9 else f"{self.random.uniform(0, 2):.2f}"
        if self.random.random() < 0.4:
            pattern = self.UNARY[self.random.integers(len(self.UNARY))]
            return pattern.format(self.formula(depth - 1))
        pattern = self.BINARY[self.random.integers(len(self.BINARY))]
        return pattern.format(self.formula(depth - 1), self.formula(self.random.integers(depth)))


@cache
def drawn(seed):
    """The first formula of this seed whose shapes fit, with a J that is not large, and no kink nearby.

    NumPy also adds along an axis of a number, and turns a vector: the graph refuses both.
    """
    random = np.random.default_rng(seed)
    while True:
        draw = Draw(random)
        formula = f"mean({draw.formula(int(random.integers(2, 5)))})"
        used = {name: value for name, value in draw.values.items() if name in formula}
        try:
            parse(formula, **used)
            J, _ = Judge()(formula, used)
        except ShoalError as error:
            if error.key != "graph.shapes":
                raise
            continue
        except (ValueError, TypeError):  # shapes that do not fit
            continue
        expected = differences(formula, used) if used and abs(J) < 1e3 else None
        if expected is not None:
            return formula, used, expected


@pytest.mark.parametrize("seed", range(300))
def test_a_random_formula_has_the_slopes_of_finite_differences(seed):
    formula, values, expected = drawn(seed)
    agrees(f"J = {formula}", values, expected)


def test_most_of_the_random_formulas_broadcast():
    shapes = [{np.shape(value) for value in drawn(seed)[1].values()} for seed in range(300)]
    assert sum(len(found) > 1 for found in shapes) > 150
