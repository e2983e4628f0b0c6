"""Formulas that somebody typed: what they mean, where they are wrong, and that hostile ones cost nothing."""

import random
import string
import tracemalloc

import numpy as np
import pytest

from shoal.base.errors import ShapeError, ShoalError, UsageError
from shoal.base.texts import use_language
from shoal.book.graph import _grammar as grammar
from shoal.book.graph import _tokens as tokens
from shoal.book.graph import parse
from shoal.book.graph._formula import read_values


def value(formula, **values):
    return float(parse(formula, **values).nodes[-1].value)


def formulas(graph):
    return {node.name: node.formula for node in graph.nodes if node.formula}


# --------------------------------------------------------------------------- what they mean


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("a - b - 1", 5 - 3 - 1),
        ("a / b / 2", 5 / 3 / 2),
        ("a + b * 2", 11),
        ("(a + b) * 2", 16),
        ("-a**2 + b", -22),
        ("(-a)**2 + b", 28),
        ("2**-a * b", 2**-5 * 3),
        ("2**a**2 / b", 2**25 / 3),
        ("-2 * -a - -b", 13),
        ("+a + b", 8),
        ("a * 1.5e1 + .5 - b", 72.5),
        ("a*b - 2.", 13),
        ("sum(a) * mean(b)", 15),
        ("exp(log(a)) * b", 15),
        (["a + b  ", " x"][0], 8),
    ],
)
def test_a_formula_means_what_it_means_in_python(formula, expected):
    assert value(formula, a=5, b=3) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "formula", ["J = 3*(a + b*c)", "3*(a+b*c)", "J=3 * ( a+b * c ) ;", "\nJ = 3*(a + b*c)\n"]
)
def test_a_formula_in_one_line_gets_the_letters_of_the_notes(formula):
    assert formulas(parse(formula, a=5, b=3, c=2)) == {"u": "b * c", "v": "a + u", "J": "3 * v"}


@pytest.mark.parametrize(
    "formula",
    ["u = b*c; v = a + u; J = 3*v", "u = b*c\nv = a + u\nJ = 3*v", "J = 3*v; v = a + u; u = b*c;"],
)
def test_statements_may_stand_in_any_order(formula):
    graph = parse(formula, a=5, b=3, c=2)
    assert formulas(graph) == {"u": "b * c", "v": "a + u", "J": "3 * v"}
    assert graph.nodes[-1].name == "J"


def test_what_a_chinese_keyboard_writes_and_the_signs_of_print_are_read():
    assert value("J ＝ ３×（a＋b·c）−1 ÷ 2".replace("３", "3"), a=5, b=3, c=2) == 32.5
    assert formulas(parse("总和 ＝ 单价 × 数量；J ＝ 总和", 单价=2, 数量=3)) == {
        "总和": "单价 * 数量",
        "J": "identity(总和)",
    }


def test_letters_that_are_taken_are_not_given_again():
    graph = parse("J = (a + u) * (v + 1) + later; later = v * 2", a=1, u=2, v=3)
    assert set(formulas(graph)) == {"p", "q", "r", "J", "later"}


def test_numbers_of_a_formula_are_not_nodes():
    graph = parse("k = 2*3; J = a * k * (4 - 1) * 2**2", a=1)
    assert [node.name for node in graph.nodes if node.kind != "operation"] == ["a"]
    assert formulas(graph)["J"] == "v * 4"
    assert value("J = a * 0 - 2", a=1) == -2
    constant = parse("J = 2")
    assert constant["J"].kind == "constant"


def test_layers_have_numbers_in_brackets():
    graph = parse(
        "Z[1] = W[1] @ X + b[1]; J = sum(Z[1])", **{"W[1]": np.ones((2, 3)), "X": np.ones((3, 4)), "b[1]": 1}
    )
    assert graph["Z[1]"].shape == (2, 4)
    assert formulas(graph)["J"] == "sum(Z[1])"


def test_axes_are_kept_and_transposes_can_follow_each_other():
    graph = parse("J = sum(sum(x, axis=0) * mean(x.T.T, axis=-1))", x=[[1, 2], [3, 4]])
    assert [graph[name].shape for name in formulas(graph)][:1] == [(1, 2)]
    assert value("J = sum(sum(x, axis=0) * mean(x.T.T, axis=-1))", x=[[1, 2], [3, 4]]) == 10 * 5


def test_a_variable_may_be_called_axis():
    by_other_name = value("J = binary_cross_entropy(z, y)", z=0.5, y=1)
    assert value("J = binary_cross_entropy(z, axis)", z=0.5, axis=1) == by_other_name
    assert value("J = sum(sum(axis + x, axis=0))", x=[2, 3], axis=1) == 7


def test_numbers_of_a_power_are_written_in_one_way():
    graph = parse("J = a**(1/3)", a=8)
    graph.backward()
    assert formulas(graph)["J"] == "a**0.33333"
    assert "dJ/da = 0.33333 * a**(-0.66667)" in str(graph.explain("a"))


# --------------------------------------------------------------------------- values as they are typed


def test_values_are_read_as_numbers_and_lists():
    words = ["a=5", "b=-.5", "c = 1e3 ", "x=[1, 2,3]", "W=[[1,2],[3,4]]", "W[1]=[[1.5e0]]"]
    read = read_values(words)
    assert read == {"a": 5, "b": -0.5, "c": 1000, "x": [1, 2, 3], "W": [[1, 2], [3, 4]], "W[1]": [[1.5]]}


BAD_VALUES = [
    "a=", "a=b", "a=__import__('os')", "a=[1,2", "a=[1,2]]", "a={}", "a=nan", "a=Infinity",
    "a=1_0", "a=0x10", "a=1+1", "a=true", "a=[[1],2,]", "a=" + "[" * 50_000, "a=" + "1" * 200_000,
    "a=[1e5e5]", "a=1 2",
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("word", BAD_VALUES, ids=lambda word: word[:20])
def test_a_value_that_is_not_numbers_is_refused(word, language):
    use_language(language)
    with pytest.raises(UsageError) as caught:
        read_values([word])
    assert len(str(caught.value)) < 300
    assert ("must be a number" in str(caught.value)) == (language == "en")
    assert str(caught.value).startswith("a ")


@pytest.mark.parametrize(
    "value", [[[1], [1, 2]], [], [[]], "5", None, 1j, [True, "a"], 10**400, {"a": 1}, object()]
)
def test_a_value_in_python_that_is_not_numbers_is_refused(value):
    with pytest.raises(UsageError, match=r"^a must be a number or a list"):
        parse("J = a", a=value)


@pytest.mark.parametrize("written", ["1e999", "[1, -1e999]"])
def test_a_value_that_is_too_large_is_refused(written):
    with pytest.raises(UsageError, match="a holds NaN or infinity"):
        parse("J = sum(a)", **read_values([f"a={written}"]))


WORDS = {
    "5": ('"5" is not a value', '"5" 不是赋值'),
    "exp=3": ("exp is the name of a function", "exp 是函数名"),
    "1=3": ("'1' is not a name", "'1' 不能用作节点名"),
    "a=1 a=2": ("a is given twice", "a 给了两次值"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("words", WORDS)
def test_a_word_that_is_not_a_value_is_refused(words, language):
    use_language(language)
    with pytest.raises(UsageError) as caught:
        read_values(words.split())
    assert WORDS[words][language == "zh"] in str(caught.value)


# --------------------------------------------------------------------------- what is wrong, and where

WRONG = {
    "3(a + b)": (2, "a sign is missing between the two", "缺少运算符"),
    "2a + b": (2, "a sign is missing between the two", "缺少运算符"),
    "a b": (3, "a sign is missing between the two", "缺少运算符"),
    "(a)(b)": (4, "a sign is missing between the two", "缺少运算符"),
    "a + ab": (5, "If a product is meant, write a * b", "请写成 a * b"),
    "a + bc": (5, "bc has no value: give one, such as bc=2", "bc 没有值"),
    "a ^ b": (3, "^ has no meaning in a formula", "不能有 ^"),
    "a + b!": (6, "! has no meaning", "不能有 !"),
    "a.real + b": (2, ". has no meaning", "不能有 ."),
    "a.Tx + b": (2, ". has no meaning", "不能有 ."),
    "a +": (4, "a number, a name or a closing parenthesis is missing", "缺少数字、名字或右括号"),
    "(a + b": (7, "a closing parenthesis is missing", "右括号"),
    "a + b)": (6, ") cannot stand here", ") 不能出现在这里"),
    "a +* b": (4, "* cannot stand here", "* 不能出现在这里"),
    "a = = b": (5, "= cannot stand here", "= 不能出现在这里"),
    "a, b": (2, ", cannot stand here", ", 不能出现在这里"),
    "exp a + b": (1, "exp is a function: write exp(...)", "请写 exp(...)"),
    "sin(a) + b": (1, "there is no function sin (a product is written with *)", "没有函数 sin"),
    "a(b)": (1, "there is no function a", "没有函数 a"),
    "exp() + a + b": (5, ") cannot stand here", ") 不能出现在这里"),
    "exp(a, axis=0) + b": (8, "axis is for sum and mean", "axis 只用于 sum 和 mean"),
    "sum(a, axis=x) + b": (8, "axis is for sum and mean", "axis 只用于 sum 和 mean"),
    "sum(a, axis=²) + b": (8, "axis is for sum and mean", "axis 只用于 sum 和 mean"),
    "sum(a, axis=100) + b": (8, "axis is for sum and mean", "axis 只用于 sum 和 mean"),
    "sum(a, axis=0, b)": (14, ", cannot stand here", ", 不能出现在这里"),
    "exp = a + b": (1, "exp is the name of a function", "exp 是函数名"),
    "u = a; u = b": (8, "u is defined twice", "u 被定义了两次"),
    "a = b": (1, "a is defined twice, or is also given as a value", "同时又作为值给出"),
    "1e999 + a + b": (1, "this number is too large", "这个数太大"),
    "": (1, "the formula is empty", "公式是空的"),
    " ; \n": (1, "the formula is empty", "公式是空的"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("formula", WRONG)
def test_what_is_wrong_is_shown_with_its_place(formula, language):
    use_language(language)
    place, en, zh = WRONG[formula]
    with pytest.raises(UsageError) as caught:
        parse(formula, a=1, b=2)
    said = str(caught.value)
    assert {"en": en, "zh": zh}[language] in said
    assert ({"en": f"at character {place}:", "zh": f"（第 {place} 个字符）"}[language]) in said
    _, line, caret = said.split("\n")
    assert line == "    " + formula.replace("\n", ";")
    assert caret == " " * (4 + place - 1) + "^"


def test_the_caret_stands_under_its_place_also_after_wide_characters_and_in_a_long_formula():
    with pytest.raises(UsageError) as caught:
        parse("总和 + ?", 总和=1)
    assert str(caught.value).split("\n")[1:] == ["    总和 + ?", "    " + " " * 7 + "^"]
    with pytest.raises(UsageError) as caught:
        parse("+ ".join(["abcdef"] * 30) + "!" + " + abcdef" * 30, abcdef=1)
    _, line, caret = str(caught.value).split("\n")
    assert line[len(caret) - 1] == "!"
    assert line.startswith("    …")
    assert line.endswith("…")
    assert len(line) < 90


def test_no_sign_that_moves_the_cursor_reaches_the_message():
    with pytest.raises(UsageError) as caught:
        parse("a +\r\t ?", a=1)
    assert "\r" not in str(caught.value)
    assert "\t" not in str(caught.value)
    assert "a +\\r\\t ?" in str(caught.value)


NAMES = {
    "unused": ("J = a", {"a": 1, "b": 2, "c": 3}, 'does not use "b", "c"', "没有用到"),
    "results": ("u = a*2; v = a*3; J = a", {"a": 1}, 'nothing uses them: "u", "v", "J"', "没有被用到"),
    "cycle": ("u = v + a; v = w * 2; w = u; J = v", {"a": 1}, " -> ", " -> "),
    "own cycle": ("J = J + a", {"a": 1}, "J -> J. A graph has no cycle", "J -> J"),
    "name": ("J = a", {"a": 1, "exp": 2}, 'does not use "exp"', "没有用到"),
    "long": ("x" * 41 + " = a; J = 2", {"a": 1}, "is not a name", "不能用作节点名"),
    "not a text": (5, {}, "a formula is a text, got int", "公式应为文本"),
    "one input": ("J = log_loss(a)", {"a": 0.5}, "must be 2, got 1", "需要 2 个输入"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("formula", "values", "en", "zh"), NAMES.values(), ids=NAMES)
def test_names_that_lead_nowhere_are_refused(formula, values, en, zh, language):
    use_language(language)
    with pytest.raises(UsageError) as caught:
        parse(formula, **values)
    assert {"en": en, "zh": zh}[language] in str(caught.value)


def test_a_cycle_names_the_statements_that_need_each_other():
    with pytest.raises(UsageError) as caught:
        parse("u = v + a; v = w * 2; w = u; J = v", a=1)
    assert {"u", "v", "w"} == set(str(caught.value).split(": ")[1].split(". ")[0].split(" -> "))


def test_the_variables_may_have_any_name_also_that_of_the_formula():
    assert value("J = text * 2", text=3) == 6


# --------------------------------------------------------------------------- hostile formulas

ATTACKS = [
    "__import__('os').system('rm -rf /')", "exec('1')", "eval('1')", "open('/etc/passwd')",
    "a.__class__", "a.__class__.__bases__[0].__subclasses__()", "lambda: a", "[a for a in (1,2)]",
    "a if a else a", "a or a", "a; import os", "print(a)", "globals()", "a['x']", "a[0]",
    "a[0][0]", "{a}", "{0.__class__}", "%s", "f'{a}'", '"""a"""', "a == a", "a := 3", "a <= 3",
    "~a", "a // 2", "a % 2", "a & a", "a | a", "a >> 1", "a -> a", "@a", "a @", "*a", "**a",
    "a***a", "a** **a", "del a", "yield a", "await a", "a\\", "a\x00", "a\x1b[31m", "a\u202e",
    "<script>alert(1)</script>", "</svg><script>", "a&lt;", "0x10 * a", "1_000 * a", "1j * a",
    "1e * a", "1.2.3 * a", "1e400 * a", "9**9**9**9 * a", "10**(10**10) * a", "2**1000000 * a",
    "(a + 2)**100000", "exp(exp(exp(10 * a)))", "a" * 41, "a[99999]", "a[-1]", "a[x]",
    "sum(a, axis=99999999999999999999)", "sum(a, axis=)", "sum(a, axis)", "sum(axis=0)",
    "sum(a, a)", "exp(a, a)", "T(a)", "a.T.real", "a .t", "..", "....", "a..T", "'", "`a`", "$a",
    "a?", "#a", "a!", "NaN * a", "inf * a", "nan", "None", "True", "a = 1 = 2", "a b c", "J = J",
    "J = K; K = J", ";;;", "",
]  # fmt: skip


def hostile(seed):
    """An attack as it stands, one of them repeated or nested, or noise; sometimes of a million characters."""
    draw = random.Random(seed)
    if seed < len(ATTACKS):
        return ATTACKS[seed]
    attack = draw.choice(ATTACKS)
    repeated = draw.choice(
        ["(", "-", "+", "((a+", "exp(", "a**", "a*", "a+", "a;", "a@", "[", "a.T", "9", "a,", " ", "u=a;"]
    )
    kind = seed % 5
    if kind == 0:
        return repeated * draw.choice([500, 5_000, 1_000_000 // len(repeated)])
    if kind == 1:
        return "".join(draw.choices(string.printable, k=draw.choice([10, 100, 100_000])))
    if kind == 2:
        return f"J = {attack} + {attack}"
    if kind == 3:
        depth = draw.choice([grammar.DEEPEST + 1, 10_000])
        left, right = draw.choice([("(", ")"), ("exp(", ")"), ("-(", ")"), ("2**(", ")")])
        return left * depth + "a" + right * depth
    return "J = " + "+".join(["a"] * draw.choice([grammar.MOST_OPERATIONS + 2, 100_000]))


def test_five_hundred_hostile_formulas_are_refused_and_cost_little():
    """Each is refused with an error of ours, whatever it holds; no message is long; memory stays small."""
    given = [hostile(seed) for seed in range(500)]
    tracemalloc.start()
    try:
        for formula in given:
            with pytest.raises(ShoalError) as caught:
                parse(formula, a=1.5)
            assert len(str(caught.value)) < 1_000
            assert "\x1b" not in str(caught.value)
            assert "\x00" not in str(caught.value)
            assert "\u202e" not in str(caught.value)
            del caught
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20e6  # twenty times what the longest formula that is read needs


def test_the_limits_stop_the_work_and_not_a_clock():
    """What is not refused for its length is at most so many tokens, instructions and levels."""
    with pytest.raises(UsageError, match=f"at most {tokens.LONGEST} characters, got 1000000"):
        parse("a" * 1_000_000, a=1)
    at_limit = "a+" * (tokens.LONGEST // 2 - 1) + "a"
    assert len(tokens.Formula(at_limit).tokens) <= tokens.LONGEST + 1
    with pytest.raises(UsageError, match=f"at most {grammar.MOST_OPERATIONS} operations"):
        parse(at_limit, a=1)
    assert value("+".join(["a"] * (grammar.MOST_OPERATIONS + 1)), a=1) == grammar.MOST_OPERATIONS + 1
    deepest = grammar.DEEPEST - 1
    assert value("(" * deepest + "a" + ")" * deepest, a=1) == 1
    with pytest.raises(UsageError, match=f"at most {grammar.DEEPEST} deep"):
        parse("(" * (deepest + 1) + "a" + ")" * (deepest + 1), a=1)


@pytest.mark.parametrize("formula", ["sum(x * y)", "sum(x @ y)", "sum(x - y * 2)"])
def test_broadcasting_to_a_huge_array_is_refused_before_it_takes_memory(formula):
    x, y = np.ones((4000, 1)), np.ones((1, 4000))
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="10,000,000"):
            parse(formula, x=x, y=y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10e6  # the array would take 128 MB


def test_a_shape_error_is_a_shape_error():
    with pytest.raises(ShapeError):
        parse("sum(x + y)", x=[1, 2], y=[1, 2, 3])
