"""The shape check that users meet, and the annotations that only the tests turn on."""

import subprocess
import sys

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from shoal.base.errors import ShapeError
from shoal.book import equations
from shoal.book.notation import check_shape

W_LETTERS = ("n[1]", "n[0]")


def message(symbol, shape, letters, sizes):
    with pytest.raises(ShapeError) as caught:
        check_shape(symbol, np.zeros(shape), letters, sizes)
    return str(caught.value)


@pytest.mark.parametrize("sizes", [(4, 3), (4, -1), (-1, -1)])
def test_a_right_shape_passes(sizes):
    check_shape("W[1]", np.zeros((4, 3)), W_LETTERS, sizes)


def test_a_transposed_matrix_is_recognised():
    expected = "W[1] must be (n[1], n[0]) = (4, 3), got (3, 4): is it transposed?"
    assert message("W[1]", (3, 4), W_LETTERS, (4, 3)) == expected


def test_a_transposed_matrix_is_recognised_when_one_size_is_open():
    said = message("X", (100, 3), ("n_x", "m"), (3, -1))
    assert said == "X must be (n_x, m) = (3, m), got (100, 3): is it transposed?"


def test_another_shape_is_not_called_transposed():
    assert message("W[1]", (4, 5), W_LETTERS, (4, 3)) == "W[1] must be (n[1], n[0]) = (4, 3), got (4, 5)"
    assert message("W[1]", (1, 3, 5), W_LETTERS, (4, 3)).endswith("got (1, 3, 5)")


def test_axes_for_many_networks_may_stand_in_front():
    check_shape("W[1]", np.zeros((7, 4, 3)), W_LETTERS, (4, 3))
    assert message("W[1]", (7, 3, 4), W_LETTERS, (4, 3)).endswith("got (7, 3, 4): is it transposed?")


def test_a_rank_1_array_is_named_as_the_trap_that_it_is():
    said = message("Y", (5,), ("n_y", "m"), (1, 5))
    assert said.startswith("Y must be (n_y, m) = (1, 5), got (5,). This is a rank-1 array")
    assert "reshape(1, -1)" in said
    assert "reshape(-1, 1)" in said


def test_a_vector_of_another_length_is_no_rank_1_trap():
    said = message("theta", (5,), ("p",), (7,))
    assert said.startswith("theta must be (p")
    assert said.endswith("= (7,), got (5,)")


def test_a_shape_error_is_the_value_error_that_callers_expect():
    with pytest.raises(ValueError, match="must be"):
        check_shape("W[1]", np.zeros((3, 4)), W_LETTERS, (4, 3))


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (equations.linear, [(4, 3), (4, 9), (4, 1)]),
        (equations.linear, [(4, 3), (3, 9), (1, 4)]),
        (equations.linear, [(4, 3), (3, 9), (4,)]),
        (equations.shares, [(9,)]),
        (equations.shares, [(2, 9)]),
        (equations.half_squared_error, [(1, 9), (1, 8)]),
        (equations.half_poisson_deviance, [(1, 9), (1, 8)]),
        (equations.weights_gradient, [(4, 9), (3, 9), (9, 1)]),
    ],
)
def test_the_annotations_refuse_wrong_shapes_while_the_tests_run(function, shapes):
    with pytest.raises(TypeCheckError):
        function(*(np.zeros(shape) for shape in shapes))


def test_for_a_user_the_annotations_cost_nothing():
    program = (
        "import sys, numpy as np; from shoal.book import equations, notation;"
        "equations.shares(np.ones(9)); print(notation.Rows, 'jaxtyping' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={}, check=True)
    assert done.stdout.split() == ["typing.Any", "False"]
