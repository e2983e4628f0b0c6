"""The computation graph: values, derivatives, and the chain rule in letters, numbers and words."""

from itertools import pairwise

import numpy as np
import pytest

from shoal.base.errors import ShapeError, UsageError
from shoal.base.texts import use_language
from shoal.book.graph import Graph, apply, parse


def lecture():
    """J = 3(a + bc) at 5, 3, 2: the course's own example."""
    return parse("J = 3*(a + b*c)", a=5, b=3, c=2)


def quiz():
    """J = (a - 1)(b + c), as the course's quiz writes it."""
    return parse("u = a*b; v = a*c; w = b + c; J = u + v - w", a=5, b=3, c=2)


def derivatives(graph):
    return {node.name: float(node.derivative) for node in graph.nodes}


# --------------------------------------------------------------------------- the lecture


def test_the_lecture_has_the_values_and_letters_of_the_notes():
    graph = lecture()
    assert [(node.name, node.formula, float(node.value)) for node in graph.nodes] == [
        ("a", "", 5),
        ("b", "", 3),
        ("c", "", 2),
        ("u", "b * c", 6),
        ("v", "a + u", 11),
        ("J", "3 * v", 33),
    ]


def test_the_lecture_has_the_derivatives_of_the_notes():
    graph = lecture()
    graph.backward()
    assert derivatives(graph) == {"J": 1, "v": 3, "a": 3, "u": 3, "b": 6, "c": 9}


WORDS = {
    "en": "If b rises by 0.001, then to first order u rises by 0.002, v rises by 0.002, J rises by 0.006.",
    "zh": "若 b 增加 0.001，则近似地：u 增加 0.002，v 增加 0.002，J 增加 0.006。",
}


@pytest.mark.parametrize("language", WORDS)
def test_the_chain_rule_is_written_in_letters_numbers_and_words(language):
    use_language(language)
    graph = lecture()
    graph.backward()
    explained = graph.explain("b")
    assert explained.chain == "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6"
    assert explained.rules == (
        ("J = 3 * v", "dJ/dv = 3"),
        ("v = a + u", "dv/du = 1"),
        ("u = b * c", "du/db = c = 2"),
    )
    assert explained.words == WORDS[language]
    assert str(explained).splitlines()[0] == explained.chain
    assert str(explained).endswith(explained.words)


def test_the_steps_go_from_right_to_left_as_in_the_lecture():
    steps = list(lecture().steps())
    assert [step.name for step in steps] == ["J", "v", "a", "u", "b", "c"]
    assert [step.number for step in steps] == [1, 2, 3, 4, 5, 6]
    assert {step.count for step in steps} == {6}
    assert [step.explanation.chain for step in steps] == [
        "dJ/dJ = 1",
        "dJ/dv = 3",
        "dJ/da = dJ/dv · dv/da = 3 · 1 = 3",
        "dJ/du = dJ/dv · dv/du = 3 · 1 = 3",
        "dJ/db = dJ/du · du/db = 3 · 2 = 6",
        "dJ/dc = dJ/du · du/dc = 3 · 3 = 9",
    ]


def test_python_builds_the_same_graph():
    graph = Graph()
    a, b, c = (graph.variable(name, value) for name, value in (("a", 5), ("b", 3), ("c", 2)))
    J = 3 * (a + b * c)
    J.name = "J"
    graph.backward(J)
    typed = lecture()
    typed.backward()
    assert derivatives(graph) == derivatives(typed)
    assert str(graph) == str(typed)
    assert graph["J"] is J
    assert repr(J) == "J = 3 * v = 33"


# --------------------------------------------------------------------------- several ways


def test_a_variable_that_is_used_twice_shows_both_contributions_and_their_sum():
    graph = quiz()
    graph.backward()
    assert derivatives(graph) | {"J": 1} == {"J": 1, "p": 1, "u": 1, "v": 1, "w": -1, "a": 5, "b": 4, "c": 4}
    assert float(graph["J"].value) == (5 - 1) * (3 + 2)
    explained = graph.explain("b")
    assert explained.chain == "dJ/db = dJ/dp · dp/du · du/db + dJ/dw · dw/db = 1 · 1 · 5 + (-1) · 1 = 4"
    assert explained.words == "b is used 2 times, in u, w: the contributions add up."


def test_a_step_adds_what_comes_back_from_each_user():
    chains = {step.name: step.explanation.chain for step in quiz().steps()}
    assert chains["b"] == "dJ/db = dJ/du · du/db + dJ/dw · dw/db = 1 · 5 + (-1) · 1 = 4"


def test_a_local_derivative_that_is_not_the_whole_one_has_a_curled_d():
    """b reaches J directly and through u: the direct part is not all of dJ/db."""
    graph = parse("u = b*c; J = b*u", b=3, c=2)
    graph.backward()
    assert graph.explain("b").chain == "dJ/db = dJ/du · du/db + ∂J/∂b = 3 · 2 + 6 = 12"
    square = parse("J = b*b", b=3)
    square.backward()
    assert square.explain("b").chain == "dJ/db = ∂J/∂b + ∂J/∂b = 3 + 3 = 6"


def test_of_many_ways_only_the_last_step_is_written():
    """Twenty doublings are a million ways; none of them is listed, and the sum is right."""
    names = [f"x{i}" for i in range(21)]
    doubled = "; ".join(f"{new} = {old} + {old}" for old, new in pairwise(names))
    graph = parse(doubled, x0=1)
    graph.backward()
    assert float(graph["x0"].derivative) == 2**20
    assert graph.explain("x0").chain.startswith(
        "dx20/dx0 = dx20/dx1 · ∂x1/∂x0 + dx20/dx1 · ∂x1/∂x0 = 524288 · "
    )


def test_more_than_four_ways_are_not_written_out():
    graph = parse("v = u + u; p = v + v; J = p + p; u = 2*x", x=1)
    graph.backward()
    assert graph.explain("u").chain == "dJ/du = dJ/dv · ∂v/∂u + dJ/dv · ∂v/∂u = 4 · 1 + 4 · 1 = 8"
    assert graph.explain("x").chain == "dJ/dx = dJ/du · du/dx = 8 · 2 = 16"
    assert graph.explain("v").chain.count("∂J/∂p · ∂p/∂v") == 4


def test_of_many_uses_the_first_few_are_written():
    graph = parse("J = " + " + ".join(f"{i}*b" for i in range(1, 21)), b=1)
    graph.backward()
    explained = graph.explain("b")
    assert float(graph["b"].derivative) == 210
    assert explained.chain.count("·") < 20
    assert "… = " in explained.chain
    assert "b is used 20 times" in explained.words


def test_a_negative_factor_has_parentheses_and_a_fall_is_called_one():
    graph = parse("J = 2*(a - b)", a=1, b=4)
    graph.backward()
    explained = graph.explain("b")
    assert explained.chain == "dJ/db = dJ/du · du/db = 2 · (-1) = -2"
    assert "u falls by 0.001, J falls by 0.002" in explained.words
    still = parse("J = b * c", b=1, c=0)
    still.backward()
    assert "J does not change" in still.explain("b").words


# --------------------------------------------------------------------------- arrays


def test_a_matrix_product_is_explained_in_matrices_and_shapes():
    graph = parse("Z = W @ X; J = sum(Z)", W=np.ones((4, 3)), X=np.arange(6.0).reshape(3, 2))
    graph.backward()
    assert graph.explain("W").chain.startswith("dJ/dW = dJ/dZ @ X.T = ")
    assert graph.explain("W").rules == (("Z = W @ X", "(4, 2) @ (3, 2).T = (4, 3)"),)
    assert graph.explain("X").rules == (("Z = W @ X", "(4, 3).T @ (4, 2) = (3, 2)"),)
    np.testing.assert_array_equal(graph["W"].derivative, np.ones((4, 1)) * [[1, 5, 9]])


SUMMED = {
    "en": "b was broadcast from (2, 1) to (2, 3), so what comes back is summed over axis 1.",
    "zh": "b 从 (2, 1) 广播到 (2, 3)，因此传回的导数要沿第 1 轴求和。",
}


@pytest.mark.parametrize("language", SUMMED)
def test_what_was_broadcast_is_summed_on_the_way_back_and_this_is_said(language):
    use_language(language)
    graph = parse("Z = U + b; J = sum(Z * Z)", U=np.arange(6.0).reshape(2, 3), b=[[1.0], [2.0]])
    graph.backward()
    explained = graph.explain("b")
    assert explained.chain == "dJ/db = sum(dJ/dZ, axis=1) = [[12], [36]]"
    assert explained.rules == (("Z = U + b", "(2, 3) -> (2, 1)"),)
    assert explained.words.endswith(SUMMED[language])


@pytest.mark.parametrize(
    ("shape", "summed"), [((), (0, 1)), ((3,), (0,)), ((1, 3), (0,)), ((1, 1), (0, 1)), ((2, 3), ())]
)
def test_the_sum_goes_over_the_axes_that_were_stretched(shape, summed):
    graph = Graph()
    u, b = graph.variable("U", np.ones((2, 3))), graph.variable("b", np.full(shape, 2.0))
    graph.backward((u * b).sum())
    assert b.derivative.shape == shape
    assert b.derivative.sum() == 6
    assert [each["summed_over_axes"] for each in graph.to_dict()["nodes"][1]["contributions"]] == [
        list(summed)
    ]


def test_only_the_axis_that_was_stretched_is_summed():
    graph = parse("Z = u + b; J = sum(Z)", u=[[1.0, 2.0, 3.0]], b=[[1.0]])
    graph.backward()
    assert graph.explain("b").chain == "dJ/db = sum(dJ/dZ, axis=1) = [[3]]"


WORDS_OF_NUMBER = {
    "en": "It says how fast J rises with b. "
    "b is one number and was broadcast to (2,), so all that comes back is summed.",
    "zh": "它表示 b 变化时 J 变化得多快。b 是一个数，广播到了 (2,)，因此传回的导数要全部相加。",
}


@pytest.mark.parametrize("language", WORDS_OF_NUMBER)
def test_a_number_that_was_broadcast_is_summed_over_everything(language):
    use_language(language)
    graph = parse("Z = x - b; J = sum(Z)", x=[1.0, 2.0], b=3)
    graph.backward()
    assert graph.explain("b").chain == "dJ/db = sum(-dJ/dZ) = -2"
    assert graph.explain("b").words == WORDS_OF_NUMBER[language]


def test_an_array_used_twice_shows_the_sum_of_two_terms():
    graph = parse("J = sum(x * x * 2) - sum(x)", x=[1.0, -2.0])
    graph.backward()
    assert graph["x"].derivative.tolist() == [3.0, -9.0]
    assert "x is used 3 times" in graph.explain("x").words
    assert graph.explain("x").chain.startswith("dJ/dx = dJ/du * x + dJ/du * x + dJ/dq")


def test_a_large_array_is_described_by_its_first_numbers():
    graph = parse("J = sum(x)", x=np.arange(1000.0))
    graph.backward()
    assert graph.explain("x").chain == "dJ/dx = 1 = [1, 1, 1, …]"
    assert len(str(graph)) < 400


def test_softmax_and_cross_entropy_as_one_node_or_of_elementary_ones_are_the_same():
    """dL/dZ = A - Y, derived by the graph."""
    Z, Y = np.random.default_rng(0).normal(size=(3, 5)), np.eye(3)[:, [0, 2, 1, 1, 0]]
    one = parse("J = mean(categorical_cross_entropy(Z, Y))", Z=Z, Y=Y)
    many = parse("J = mean(log(sum(exp(Z), axis=0)) - sum(Y * Z, axis=0))", Z=Z, Y=Y)
    through = parse("A = softmax(Z); J = -sum(Y * log(A)) / 5", Z=Z, Y=Y)
    for graph in (one, many, through):
        graph.backward()
        A = np.exp(Z) / np.exp(Z).sum(axis=0)
        np.testing.assert_allclose(graph["Z"].derivative, (A - Y) / 5, rtol=0, atol=1e-15)


# --------------------------------------------------------------------------- in Python


def test_operators_take_numbers_and_arrays_on_both_sides():
    graph = Graph()
    x = graph.variable("x", [[1.0, 2.0], [3.0, 4.0]])
    M, X = np.array([[2.0, 0.0], [1.0, 3.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    cases = [
        (x + 1, X + 1),
        (1 + x, X + 1),
        (x - M, X - M),
        (M - x, M - X),
        (x * 2, X * 2),
        (M * x, M * X),
        (x / 2, X / 2),
        (1 / x, 1 / X),
        (x**2, X**2),
        (2**x, 2**X),
        (x @ M, X @ M),
        (M @ x, M @ X),
        (-x, -X),
        (x.T, X.T),
        (np.exp(x), np.exp(X)),
        (np.log(x), np.log(X)),
        (np.sqrt(x), np.sqrt(X)),
        (np.abs(-x), X),
        (np.tanh(x), np.tanh(X)),
        (x.sum(axis=1), X.sum(axis=1, keepdims=True)),
        (x.mean(), X.mean()),
        (apply("relu", x), np.maximum(X, 0)),
    ]
    for node, expected in cases:
        np.testing.assert_allclose(node.value, expected, rtol=1e-15)


def test_values_cannot_be_changed_and_are_copies():
    given = np.ones(3)
    graph = Graph()
    x = graph.variable("x", given)
    given[0] = 9
    assert x.value.tolist() == [1, 1, 1]
    J = (x * x).sum()
    graph.backward()
    for array in (x.value, J.value, x.derivative):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_backward_starts_at_the_node_that_was_made_last_unless_told():
    graph = Graph()
    a = graph.variable("a", 2.0)
    squared, cubed = a**2, a**3
    graph.backward()
    assert float(a.derivative) == 12
    graph.backward(squared)
    assert float(a.derivative) == 4
    graph.backward(cubed.name)
    assert float(a.derivative) == 12


def test_a_chain_of_ten_thousand_nodes_needs_no_recursion():
    graph = Graph()
    x = graph.variable("x", 1.0)
    J = x
    for _ in range(10_000):
        J = J + 1
    graph.backward(J)
    assert float(x.derivative) == 1
    assert "dJ" not in graph.explain("x").chain
    with pytest.raises(UsageError, match="10001 nodes"):
        graph.to_svg()
    assert graph._repr_html_().startswith("<pre")


def test_names_are_letters_that_nobody_has():
    graph = Graph()
    a, u = graph.variable("a", 1), graph.variable("u", 2)
    names = [(a + u).name for _ in range(8)]
    assert names == ["v", "p", "q", "r", "s", "t", "u2", "v2"]
    node = a * u
    node.name = "W[1]"
    assert graph["W[1]"] is node
    node.name = "W[1]"
    node.name = "z"
    with pytest.raises(UsageError, match=r"'W\[1\]'"):
        graph["W[1]"]


def test_a_name_that_a_later_statement_defines_is_not_given_to_a_part():
    graph = parse("u = (a + b) * 2; J = u + 1", a=1, b=2)
    assert {node.name: node.formula for node in graph.nodes}["v"] == "a + b"


# --------------------------------------------------------------------------- what is refused


def without_backward(graph):
    return graph["b"].derivative


def explained_before(graph):
    return graph.explain("b")


def half_way(graph):
    steps = graph.steps()
    next(steps)
    return graph["b"].derivative


def unused(graph):
    b = graph["b"]
    later = b * 2
    graph.backward("J")
    return later.derivative


def constant(graph):
    x = graph.constant("x", 1)
    graph.backward(graph["b"] * x)
    return x.derivative


def of_vector(graph):
    graph.backward(graph["b"] * [1.0, 2.0])


def of_constant(graph):
    graph.backward(graph.constant("k", 2.0))


def infinite_slope(graph):
    graph.backward(apply("sqrt", graph["b"] - 3))


def resumed_too_late(graph):
    steps = graph.steps()
    next(steps)
    graph.backward()
    next(steps)


def mixed(graph):
    return graph["b"] + lecture()["b"]


def foreign(graph):
    graph.backward(lecture()["J"])


def taken(graph):
    graph["b"].name = "a"


def function_name(graph):
    graph.variable("exp", 1)


def no_name(graph):
    graph.variable("1a", 1)


def unknown(graph):
    return graph["nothing"]


def unknown_function(graph):
    return apply("sin", graph["b"])


def too_few(graph):
    return apply("log_loss", graph["b"])


def no_node(graph):
    return apply("exp", 1.0)


def wrong_axis(graph):
    return graph["b"].sum(axis=0)


def axis_as_text(graph):
    return graph["b"].sum(axis="{0.nodes}")


def axis_of_exp(graph):
    return apply("exp", graph["b"], axis=0)


def nan(graph):
    graph.variable("x", np.nan)


def ragged(graph):
    graph.variable("x", [[1, 2], [3]])


def words(graph):
    graph.variable("x", "five")


def nothing(graph):
    graph.variable("x", [])


def empty(_graph):
    Graph().backward()


def no_such_step(graph):
    graph.backward()
    graph.to_svg(step=7)


def step_before_backward(graph):
    graph.to_svg(step=1)


def numpy_sum(graph):
    np.sum(graph["b"])


def numpy_norm(graph):
    np.linalg.norm(graph["b"])


def numpy_square(graph):
    np.square(graph["b"])


def numpy_out(graph):
    np.exp(graph["b"], out=np.zeros(()))


def numpy_reduce(graph):
    np.add.reduce(graph["b"])


def numpy_less(graph):
    np.array([1.0, 2.0]) < graph["b"]  # noqa: B015


def bad_dark(graph):
    graph.to_svg(dark="black")


REFUSED = {
    without_backward: ("with respect to b is not known yet: call backward()", "请先调用 backward()"),
    explained_before: ("with respect to b is not known yet: call backward()", "请先调用 backward()"),
    half_way: ("the steps back have not come to b", "尚未走到 b"),
    unused: ("J does not depend on p", "J 不依赖 p"),
    constant: ("x is a constant", "x 是常量"),
    of_vector: ("q has the shape (2,): take its sum or mean", "q 的形状为 (2,)"),
    of_constant: ("k depends on no variable", "k 不依赖任何变量"),
    infinite_slope: (
        "with respect to p is not a finite number. It is computed from q = sqrt(p)",
        "q = sqrt(p)",
    ),
    resumed_too_late: ("another way back has begun", "另一次反向传播"),
    mixed: ("two different graphs", "两个不同的计算图"),
    foreign: ("two different graphs", "两个不同的计算图"),
    taken: ("already a node named a", "已经有名为 a 的节点"),
    function_name: ("exp is the name of a function", "exp 是函数名"),
    no_name: ("'1a' is not a name", "'1a' 不能用作节点名"),
    unknown: ("no node named 'nothing'", "没有名为 'nothing' 的节点"),
    unknown_function: ("no function 'sin'; take one of: exp, log", "没有函数 'sin'"),
    too_few: ("log_loss: the number of inputs must be 2, got 1", "log_loss 需要 2 个输入"),
    no_node: ("needs at least one node", "至少需要一个计算图节点"),
    wrong_axis: ("there is no axis 0 in an array of 0 axes", "没有第 0 轴"),
    axis_as_text: ("there is no axis '{0.nodes}'", "没有第 '{0.nodes}' 轴"),
    axis_of_exp: ("'exp' takes no axis", "'exp' 没有 axis 参数"),
    nan: ("x holds NaN or infinity", "x 含有 NaN 或无穷大"),
    ragged: ("x must be a number or a list of numbers in rows of equal length", "x 应为数字"),
    words: ("x must be a number or a list", "x 应为数字"),
    nothing: ("x must be a number or a list", "x 应为数字"),
    empty: ("the graph has no nodes yet", "计算图还没有节点"),
    no_such_step: ("step must be a whole number from 1 to 6, got 7", "1 到 6 的整数"),
    step_before_backward: ("step 1 cannot be drawn: call backward() first", "请先调用 backward()"),
    numpy_sum: ("numpy.sum cannot take a node of a graph", "numpy.sum 不能用于计算图的节点"),
    numpy_norm: ("numpy.linalg.norm cannot take a node", "numpy.linalg.norm 不能用于"),
    numpy_square: ("numpy.square cannot take a node", "numpy.square 不能用于"),
    numpy_out: ("numpy.exp(…, out=…) cannot take a node", "numpy.exp(…, out=…) 不能用于"),
    numpy_reduce: ("numpy.add.reduce cannot take a node", "numpy.add.reduce 不能用于"),
    numpy_less: ('as in apply("sum", u), with one of: exp, log', "可选：exp, log"),
    bad_dark: ("dark must be True, False or \"auto\", got 'black'", "dark 应为"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("wrong", REFUSED, ids=lambda wrong: wrong.__name__)
def test_what_cannot_be_is_refused_with_its_reason(wrong, language):
    use_language(language)
    with pytest.raises(UsageError) as caught:
        wrong(lecture())
    assert REFUSED[wrong][language == "zh"] in str(caught.value)


NO_VALUE = {
    "division": ("J = a / b", {"a": 1, "b": 0}, "at the node J = a / b: a = 1, b = 0", "除以零"),
    "entry": ("J = sum(1 / x)", {"x": [[1, 2], [3, 0]]}, "u = 1 / x: x[1, 1] = 0", "x[1, 1] = 0"),
    "broadcast": ("J = sum(x / y)", {"x": [[1], [2]], "y": [[4, 0]]}, "x[0, 0] = 1, y[0, 1] = 0", "除以零"),
    "log": ("J = log(a)", {"a": -1}, "the logarithm of a number that is not positive: a = -1", "a = -1"),
    "log of 0": ("J = log(a)", {"a": 0}, "a = 0", "非正数"),
    "root": ("J = sqrt(a)", {"a": -4}, "a root of a negative number: a = -4", "负数开方"),
    "fraction": ("J = a**0.5", {"a": -4}, "J = a**0.5 takes a root of a negative number", "负数开方"),
    "zero": ("J = a**(-1)", {"a": 0}, "a power of zero that does not exist: a = 0", "零的这个幂不存在"),
    "varying": ("J = a**n", {"a": -4, "n": 2}, "Write the exponent as a number", "请把指数写成数字"),
    "overflow": ("J = exp(exp(a))", {"a": 9}, "is too large for a number of 64 bits: u = 8103.1", "太大"),
    "product": ("J = sum(W @ x)", {"W": [[1e200]], "x": [[1e200]]}, "|W| <= 1e+200", "太大"),
    "probability": ("J = log_loss(a, y)", {"a": 1, "y": 0}, "binary_cross_entropy", "binary_cross_entropy"),
    "columns": (
        "J = sum(categorical_cross_entropy(Z, Y))",
        {"Z": [[1, 1], [2, 2]], "Y": [[1, 1], [0, 1]]},
        "columns sum to 1: Z[0, 1] = 1, Y[0, 1] = 1",
        "每一列之和为 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("formula", "values", "en", "zh"), NO_VALUE.values(), ids=NO_VALUE)
def test_a_value_that_does_not_exist_names_the_node_and_the_input(formula, values, en, zh, language):
    use_language(language)
    with pytest.raises(UsageError) as caught:
        parse(formula, **values)
    assert {"en": en, "zh": zh}[language] in str(caught.value)


MISFITS = {
    "sum": ("J = sum(a + b)", (2, 3), (4,), "u = a + b cannot be computed from a (2, 3), b (4,)", "无法广播"),
    "product": ("J = sum(a @ b)", (2, 3), (2, 3), "the columns on the left (3) must be", "列数"),
    "number": ("J = sum(a @ b)", (2, 3), (), "with a number, use *", "与数相乘请用 *"),
    "many axes": ("J = sum(a @ b)", (2, 2, 2), (2, 2), "at most 2 axes", "最多 2 个轴"),
    "rank 1": ("J = sum(a.T * b)", (3,), (3,), "a vector of one axis is the same after .T", "一维数组"),
    "loss": ("J = sum(half_squared_error(a, b))", (1, 3), (3, 1), "without broadcasting", "不做广播"),
    "softmax": ("J = b * softmax(a)", (), (), "softmax goes over the units", "各单元"),
    "axis": ("J = sum(a, axis=2) + b", (2, 3), (), "there is no axis 2 in an array of 2 axes", "没有第 2 轴"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("formula", "a", "b", "en", "zh"), MISFITS.values(), ids=MISFITS)
def test_shapes_that_do_not_fit_are_shown_with_the_rule(formula, a, b, en, zh, language):
    use_language(language)
    with pytest.raises((ShapeError, UsageError)) as caught:
        parse(formula, a=np.ones(a), b=np.ones(b))
    assert {"en": en, "zh": zh}[language] in str(caught.value)
    assert f"a {a}" in str(caught.value)


@pytest.mark.parametrize(("language", "said"), [("en", "no nodes yet"), ("zh", "还没有节点")])
def test_an_empty_graph_can_be_looked_at(language, said):
    use_language(language)
    for shown in (str(Graph()), repr(Graph()), Graph()._repr_html_()):
        assert shown
    assert said in str(Graph())
    assert said in Graph()._repr_html_()
