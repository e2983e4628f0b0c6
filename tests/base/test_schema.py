"""Documents are checked to the last key; a mismatch says where, what was expected and what came."""

import math

import pytest

from shoal.base import schema
from shoal.base.schema import MismatchError

POINT = schema.record(
    {
        "name": schema.text,
        "at": schema.list_of(schema.number, 2),
        "label": schema.nullable(schema.text),
    },
    optional={"weights": schema.mapping_of(schema.any_number)},
)
A_POINT = {"name": "a", "at": [0, 1.5], "label": None}


def mismatch(check, value):
    with pytest.raises(MismatchError) as caught:
        check(value)
    return caught.value


def test_a_document_comes_back_as_what_it_stands_for():
    assert POINT(A_POINT) == {"name": "a", "at": [0.0, 1.5], "label": None}
    assert type(POINT(A_POINT)["at"][0]) is float
    weighted = POINT({"weights": {"x": 1, "y": math.inf}, "label": "b", "at": [1, 2], "name": "猫"})
    assert list(weighted) == ["name", "at", "label", "weights"]
    assert weighted["weights"] == {"x": 1.0, "y": math.inf}


@pytest.mark.parametrize(
    ("change", "where", "expected"),
    [
        ({"name": 1}, "name", "text"),
        ({"name": None}, "name", "text"),
        ({"at": {}}, "at", "a list"),
        ({"at": [1]}, "at", "a list of 2"),
        ({"at": [1, True]}, "at[1]", "a number"),
        ({"at": [1, "2"]}, "at[1]", "a number"),
        ({"at": [math.nan, 1]}, "at[0]", "a finite number"),
        ({"at": [10**400, 1]}, "at[0]", "a number"),
        ({"label": 1}, "label", "text, or null"),
        ({"weights": []}, "weights", "an object (name: value)"),
        ({"weights": {"x": None}}, "weights.x", "a number"),
        ({"weights": {"a\nb": None}}, "weights.a\\nb", "a number"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(change, where, expected):
    error = mismatch(POINT, A_POINT | change)
    assert (error.where, error.problem, error.expected) == (where, "wrong", expected)


@pytest.mark.parametrize(
    ("check", "value", "expected"),
    [
        (schema.truth, 1, "true or false"),
        (schema.count, -1, "a whole number of at least 0"),
        (schema.count, True, "a whole number of at least 0"),
        (schema.count, 1.0, "a whole number of at least 0"),
        (schema.count_between(2, 4), 5, "a whole number from 2 to 4"),
        (schema.count_between(2, 4), 1, "a whole number from 2 to 4"),
        (schema.one_of("a", 1), True, "one of 'a', 1"),
        (schema.one_of("a", 1), 1.0, "one of 'a', 1"),
        (schema.one_of("a", 1), ["a"], "one of 'a', 1"),
        (schema.list_of(schema.count, least=2, most=3), [1], "a list of 2 to 3"),
        (schema.list_of(schema.count, least=2, most=3), [1] * 4, "a list of 2 to 3"),
        (schema.list_of(schema.count, least=2), [1], "a list of 2 to ∞"),
        (schema.nullable(schema.count), "x", "a whole number of at least 0, or null"),
    ],
)
def test_a_wrong_value_of_each_kind(check, value, expected):
    error = mismatch(check, value)
    assert (error.where, error.expected) == ("", expected)
    assert error.got == repr(value)


def test_what_was_expected_is_said_in_the_language_in_force(monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    assert mismatch(schema.nullable(schema.count), "x").expected == "不小于 0 的整数，或 null"


def test_a_key_too_many_and_a_key_too_few_are_told_apart():
    within = schema.record({"points": schema.list_of(POINT)})
    more = mismatch(within, {"points": [A_POINT, A_POINT | {"evil": 1}]})
    assert (more.where, more.problem) == ("points[1].evil", "unknown")
    less = mismatch(within, {"points": [{"name": "a", "at": [1, 2]}]})
    assert (less.where, less.problem) == ("points[0].label", "missing")


def test_a_nullable_record_says_what_is_wrong_inside_of_it():
    error = mismatch(schema.nullable(POINT), A_POINT | {"at": [1]})
    assert (error.where, error.expected) == ("at", "a list of 2")


def test_a_tag_decides_what_the_rest_is_read_by():
    shape = schema.tagged("kind", {"circle": schema.record({"r": schema.number}), "dot": schema.record({})})
    assert shape({"kind": "circle", "r": 2}) == {"r": 2.0}
    assert shape({"kind": "dot"}) == {}
    assert mismatch(shape, {"kind": "dot", "r": 2}).where == "r"
    for kind in ("line", None, ["dot"]):
        assert mismatch(shape, {"kind": kind}).where == "kind"
    assert mismatch(shape, {}).where == "kind"


def test_what_else_goes_wrong_in_a_check_is_a_part_that_is_refused():
    def half(value):
        return 1 / int(value)

    assert schema.at("half", half, 2) == 0.5
    with pytest.raises(MismatchError) as caught:
        schema.record({"half": half})({"half": "x"})
    assert (caught.value.where, caught.value.problem) == ("half", "refused")
    with pytest.raises(ZeroDivisionError):  # a mistake of ours is not blamed on the document
        schema.record({"half": half})({"half": 0})


def test_text_that_no_file_can_hold_is_refused():
    assert mismatch(schema.list_of(schema.text), ["\ud800"]).where == "[0]"


def test_a_hostile_value_is_shown_short_and_on_one_line():
    error = mismatch(schema.text, ["x\n\x1b[31m" * 1000])
    assert len(error.got) <= 80
    assert error.got.isprintable()
