"""A user's own activation: a wrong derivative is found, and so is every kink."""

import json

import numpy as np
import pytest

from shoal.base.errors import UsageError
from shoal.base.texts import use_language
from shoal.book import ACTIVATIONS
from shoal.inspect import check_activation


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_activations_of_the_book_pass_and_their_kinks_are_those_they_say(name):
    check = check_activation(name)
    assert check.ok, str(check)
    assert [kink.z for kink in check.kinks] == list(ACTIVATIONS[name].kinks)
    assert check_activation(ACTIVATIONS[name]).difference == check.difference


OWN = {
    "softplus": (lambda Z: np.logaddexp(0, Z), lambda Z: 1 / (1 + np.exp(-Z))),
    "mish": (
        lambda Z: Z * np.tanh(np.logaddexp(0, Z)),
        lambda Z: np.tanh(np.logaddexp(0, Z)) + Z / np.cosh(np.logaddexp(0, Z)) ** 2 / (1 + np.exp(-Z)),
    ),
    "tanh from A": (np.tanh, lambda Z, A: 1 - A**2),
    "sine": (lambda Z: np.sin(5 * Z), lambda Z: 5 * np.cos(5 * Z)),
    "constant": (lambda Z: 0 * Z + 3, lambda Z: 0.0),
    "elu": (lambda Z: np.where(Z > 0, Z, np.expm1(Z)), lambda Z, A: np.where(Z > 0, 1, A + 1)),
}


@pytest.mark.parametrize("name", OWN)
def test_a_right_derivative_passes_and_a_wrong_one_does_not(name):
    g, g_prime = OWN[name]
    check = check_activation(g, g_prime)
    assert check.ok, str(check)
    assert check.kinks == []
    two = g_prime.__code__.co_argcount == 2
    wrong = (lambda Z, A: g_prime(Z, A) + 1e-5) if two else (lambda Z: g_prime(Z) + 1e-5)
    assert not check_activation(g, wrong).ok


def test_the_place_of_the_mistake_is_named():
    check = check_activation(np.tanh, lambda Z: np.where(np.abs(Z - 3) < 0.02, 0, 1 / np.cosh(Z) ** 2))
    assert not check.ok
    assert check.worst == pytest.approx(3, abs=0.03)
    assert f"at z = {check.worst:.4g}" in str(check)


@pytest.mark.parametrize("kink", [0.0, 1.5, -np.pi, 9.99, 0.12345])
def test_a_kink_is_found_with_the_slopes_of_both_sides(kink):
    def g(Z):
        return np.where(kink < Z, 3 * (Z - kink), -0.5 * (Z - kink))

    check = check_activation(g, lambda Z: np.where(kink < Z, 3.0, -0.5))
    assert check.ok, str(check)
    (found,) = check.kinks
    assert found.z == pytest.approx(kink, abs=2e-5)
    assert (found.left, found.right) == pytest.approx((-0.5, 3), abs=1e-5)
    assert found.chosen in (-0.5, 3)


def test_several_kinks_are_found_and_a_choice_outside_the_slopes_is_refused():
    def clipped(Z):
        return np.clip(Z, -1, 2)

    def derivative(Z, at=0.0):
        return np.where((Z == -1) | (Z == 2), at, ((Z > -1) & (Z < 2)) * 1.0)

    check = check_activation(clipped, derivative)
    assert check.ok
    assert [kink.z for kink in check.kinks] == [-1, 2]
    check = check_activation(clipped, lambda Z: derivative(Z, at=7.0))
    assert not check.ok
    assert [kink.ok for kink in check.kinks] == [False, False]


def test_a_jump_is_found():
    check = check_activation(lambda Z: (Z > 0.3) * 1.0, lambda Z: 0 * Z)
    assert [kink.z for kink in check.kinks] == [pytest.approx(0.3, abs=2e-5)]


def test_what_is_not_finite_is_named():
    check = check_activation(lambda Z: np.log(Z), lambda Z: 1 / Z)
    assert not check.ok
    assert check.not_finite == -10
    assert "not a finite number" in str(check)
    json.dumps(check.to_dict(), allow_nan=False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_says_what_was_found(language):
    use_language(language)
    english = language == "en"
    said = str(check_activation("leaky_relu"))
    for words in ("0.01", "They agree" if english else "一致", "slope before" if english else "左侧斜率"):
        assert words in said
    wrong = check_activation(np.tanh, lambda Z: 1 - Z**2)
    assert ("do not agree" if english else "不一致") in str(wrong)
    assert str(wrong).splitlines()[0] in wrong._repr_html_()
    document = wrong.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        ((np.tanh,), "g_prime must be a function", "g_prime 应为"),
        ((3, np.tanh), "g must be a function", "g 应为"),
        (("swishh",), "there is no activation", "隐藏层没有名为"),
    ],
)
def test_what_is_not_a_function_is_refused(arguments, english, chinese, language):
    use_language(language)
    with pytest.raises(UsageError, match=english if language == "en" else chinese):
        check_activation(*arguments)


@pytest.mark.parametrize(
    "named", [{"low": 3, "high": 3}, {"high": np.inf}, {"low": "a"}, {"points": 1}, {"points": 2.5}]
)
def test_an_empty_grid_is_refused(named):
    with pytest.raises(UsageError, match=next(iter(named))):
        check_activation("tanh", **named)
