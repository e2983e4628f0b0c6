"""A wrong shape never becomes a wrong number: public functions of the book refuse it in both languages."""

import numpy as np
import pytest

from shoal.base.errors import ShapeError
from shoal.base.texts import use_language
from shoal.book.equations import (
    ACTIVATIONS,
    OUTPUTS,
    backward,
    forward,
    mean_loss,
    penalty,
    shares,
    sigmoid,
    softmax,
)

pytestmark = pytest.mark.unchecked_shapes  # a user's process does not have jaxtyping

N, M = (3, 4, 1), 5  # n[0], n[1], n[2]; examples
g = [None, "tanh", "sigmoid"]


def right():
    """What the functions are called with, by symbol."""
    random = np.random.default_rng(0)
    given = {f"W[{l}]": random.normal(size=(N[l], N[l - 1])) for l in (1, 2)}
    given |= {f"b[{l}]": random.normal(size=(N[l], 1)) for l in (1, 2)}
    return given | {"X": random.normal(size=(3, M)), "Y": np.ones((1, M)), "q": shares(np.ones((1, M)))}


def layers(given, letter):
    return [None, given[f"{letter}[1]"], given[f"{letter}[2]"]]


def run_forward(given):
    return forward(layers(given, "W"), layers(given, "b"), given["X"], g)


def run_backward(given):
    Z, A = run_forward(right())
    return backward(layers(given, "W"), Z, [given["X"], *A[1:]], given["Y"], g, given["q"])


def run_mean_loss(given):
    Z, _ = run_forward(right())
    return mean_loss(Z[2], given["Y"], "sigmoid", given["q"])


def run_loss(output):
    return lambda given: OUTPUTS[output].loss(run_forward(right())[0][2], given["Y"])


def run_penalty(given):
    return penalty(layers(given, "W"), 0.1, 0.2, M)


EXPECTED = {
    "X": "(n_x, m) = (3, m)",
    "W[2]": "(n[2], n[1]) = (n[2], 4)",
    "b[1]": "(n[1], 1) = (4, 1)",
    "b[2]": "(n[2], 1) = (1, 1)",
    "Y": "(n_y, m) = (1, 5)",
    "q": "(1, m) = (1, 5)",
}
WRONG = {
    run_forward: [
        *(("X", shape) for shape in [(5, 3), (3,), (4, 5), (15,), (1, 3), (2, 5, 3)]),
        *(("W[2]", shape) for shape in [(4, 1), (4,), (1, 3), (1, 5), (2, 4, 1)]),
        *(("b[1]", shape) for shape in [(4,), (1, 4), (5, 1), (4, 5), (1, 1)]),
        *(("b[2]", shape) for shape in [(1,), (1, 5), (5, 1), (4, 1)]),
    ],
    run_backward: [
        *(("X", shape) for shape in [(5, 3), (3,), (4, 5)]),
        *(("W[2]", shape) for shape in [(4, 1), (4,), (1, 3)]),
        *(("Y", shape) for shape in [(5, 1), (5,), (1, 4), (4, 5), (1, 1)]),
        *(("q", shape) for shape in [(5, 1), (5,), (1, 4), (1, 1), (4, 5)]),
    ],
    run_mean_loss: [
        *(("Y", shape) for shape in [(5, 1), (5,), (1, 4), (4, 5), (1, 1), (2, 5, 1)]),
        *(("q", shape) for shape in [(5, 1), (5,), (1, 4), (1, 1), (4, 5)]),
    ],
    run_loss("sigmoid"): [("Y", shape) for shape in [(5, 1), (5,), (1, 4), (4, 5)]],
    run_loss("softmax"): [("Y", shape) for shape in [(5, 1), (5,), (1, 4), (4, 5)]],
    run_loss("identity"): [("Y", shape) for shape in [(5, 1), (5,), (1, 4), (4, 5)]],
    run_penalty: [("W[2]", (4,)), ("W[1]", (3,))],
}
CASES = [(run, *case) for run, cases in WRONG.items() for case in cases]


def test_there_are_sixty_cases():
    assert len(CASES) >= 60


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("run", "symbol", "shape"), CASES)
def test_a_wrong_shape_is_refused_by_its_symbol(run, symbol, shape, language):
    use_language(language)
    given = right()
    run(given)
    given[symbol] = np.full(shape, 0.5)
    with pytest.raises(ShapeError) as caught:
        run(given)
    said = str(caught.value)
    assert said.startswith(symbol)
    assert str(shape) in said
    if run is not run_penalty:
        assert EXPECTED[symbol] in said
    if len(shape) == 1:
        assert "reshape(-1, 1)" in said
    assert ("must be" in said) == (language == "en")


def test_many_networks_at_once_are_as_right_as_before():
    given = right()
    many = {name: np.stack([value, value]) for name, value in given.items() if name[0] in "Wb"}
    Z, A = forward(layers(many, "W"), layers(many, "b"), given["X"], g)
    alone, _ = run_forward(given)
    np.testing.assert_array_equal(Z[2][1], alone[2])
    assert mean_loss(Z[2], given["Y"], "sigmoid", given["q"]).shape == (2,)
    dZ, _, _ = backward(layers(many, "W"), Z, A, given["Y"], g, given["q"])
    assert dZ[1].shape == (2, 4, M)


NUMBERS = [3, -2, 0.5, True, [1, -2, 3], [[1, 2], [3, -4]], np.array([1, -2, 3])]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("Z", NUMBERS, ids=str)
def test_an_activation_takes_numbers_lists_and_whole_numbers(name, Z):
    activation, floats = ACTIVATIONS[name], np.asarray(Z, dtype=float)
    np.testing.assert_array_equal(activation.g(Z), activation.g(floats))
    A = activation.g(Z)
    np.testing.assert_array_equal(activation.g_prime(Z, A), activation.g_prime(floats, activation.g(floats)))


def test_the_first_exercises_of_the_course():
    assert sigmoid(3) == pytest.approx(0.9525741268224334, rel=1e-15)
    assert sigmoid([1, 2, 3]).tolist() == pytest.approx([0.73105858, 0.88079708, 0.95257413])
    assert softmax([1, 2, 3]).tolist() == softmax(np.array([[1.0], [2.0], [3.0]]))[:, 0].tolist()
    rows = [[9, 2, 5, 0, 0], [7, 5, 0, 0, 0]]
    np.testing.assert_allclose(softmax(rows, axis=1).sum(axis=1), 1)
    np.testing.assert_array_equal(softmax(rows, 1), softmax(rows, axis=1))
    assert sigmoid(Z=[3])[0] == sigmoid(3)
