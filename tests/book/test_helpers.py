"""The notes' helpers, and their traps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss
from sklearn.preprocessing import LabelBinarizer, normalize

from shoal.base.errors import DataError, ShapeError, UsageError
from shoal.book.helpers import (
    broadcast_shapes,
    flatten_images,
    loss_of_probabilities,
    normalize_rows,
    one_hot,
)


def test_rows_of_length_one_are_scikit_learns():
    x = np.random.default_rng(0).standard_normal((20, 4)) * np.logspace(-10, 100, 20)[:, None]
    np.testing.assert_allclose(normalize_rows(x), normalize(x), rtol=1e-15)


def test_a_row_of_zeros_stays_zero():
    np.testing.assert_array_equal(normalize_rows([[0, 0], [3, 4], [-0.0, 0.0]]), [[0, 0], [0.6, 0.8], [0, 0]])


@pytest.mark.parametrize("size", [1e308, 1e160, 1e-160, 1e-310, 5e-324])
def test_rows_of_any_size_have_a_direction(size):
    # 5e-324 is the smallest number there is
    got = normalize_rows(np.array([[1.0, 0.0, -1.0]]) * size)
    np.testing.assert_allclose(got, [[0.5**0.5, 0, -(0.5**0.5)]], rtol=1e-15)


def test_whole_numbers_and_lists_are_rows_too_and_the_input_is_not_written_to():
    x = np.array([[3, 4]])
    assert normalize_rows(x).tolist() == normalize_rows([[3, 4]]).tolist() == [[0.6, 0.8]]
    assert x.tolist() == [[3, 4]]


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_nothing_is_normalised_to_nothing(shape):
    assert normalize_rows(np.empty(shape)).shape == shape


@pytest.mark.parametrize("shape", [(), (5,), (2, 2, 2)])
def test_rows_need_a_matrix(shape):
    with pytest.raises(ShapeError, match="x must be"):
        normalize_rows(np.zeros(shape))


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float32, list])
def test_one_hot_has_a_column_an_example(kind):
    y = np.random.default_rng(0).integers(0, 4, 30)
    expected = LabelBinarizer().fit(range(4)).transform(y).T
    given_y = y.tolist() if kind is list else y.astype(kind)
    np.testing.assert_array_equal(one_hot(given_y), expected)
    assert one_hot(given_y).dtype == np.float64


def test_one_hot_of_truth_values():
    np.testing.assert_array_equal(one_hot([True, False]), [[0, 1], [1, 0]])


def test_a_class_that_nobody_has_gets_a_row_of_zeros():
    np.testing.assert_array_equal(one_hot([0, 2, 0], 4), [[1, 0, 1], [0, 0, 0], [0, 1, 0], [0, 0, 0]])


def test_one_hot_of_nobody():
    assert one_hot([]).shape == (0, 0)
    assert one_hot([], 3).shape == (3, 0)


@pytest.mark.parametrize(
    "y", [[-1, 0], [0.5, 1], [0, np.nan], [0, np.inf], ["0", "1"], [0, 1e300], [0, 2**63], [None, 1]], ids=str
)
def test_one_hot_refuses_what_is_no_class_number(y):
    with pytest.raises(DataError, match="whole class numbers"):
        one_hot(y)


def test_one_hot_refuses_a_number_beyond_the_classes():
    with pytest.raises(DataError, match="from 0 to 2"):
        one_hot([0, 3], 3)


@pytest.mark.parametrize("shape", [(), (1, 5), (5, 1)])
def test_one_hot_refuses_a_matrix_of_labels(shape):
    with pytest.raises(ShapeError, match=r"\(m,\)"):
        one_hot(np.zeros(shape, dtype=int))


def test_flattened_images_keep_each_image_in_its_column():
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 2))
    X = flatten_images(images)
    assert X.shape == (24, 5)
    for i, h, w, c in np.ndindex(images.shape):
        assert X[(h * 3 + w) * 2 + c, i] == images[i, h, w, c]


def test_grey_images_and_none_at_all_are_flattened_too():
    assert flatten_images(np.zeros((5, 4, 3))).shape == (12, 5)
    assert flatten_images(np.zeros((0, 4, 3))).shape == (12, 0)


def test_a_list_of_numbers_is_no_images():
    with pytest.raises(ShapeError, match="images must be"):
        flatten_images([1, 2, 3])


SHAPES = st.lists(st.lists(st.integers(0, 3), max_size=4).map(tuple), max_size=4)


@given(SHAPES)
def test_shapes_broadcast_exactly_where_numpys_do(shapes):
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError, match="do not broadcast"):
            broadcast_shapes(*shapes)
    else:
        assert broadcast_shapes(*shapes) == expected


def test_a_broadcast_error_names_the_first_axis_from_the_right_that_disagrees():
    with pytest.raises(ShapeError, match=r"\(2, 4, 3\) \+ \(5, 3\).*axis -2 has the sizes 4, 5"):
        broadcast_shapes((2, 4, 3), (5, 3))
    with pytest.raises(ShapeError, match="axis -1 has the sizes 3, 2"):
        broadcast_shapes((4, 3), (4, 2))


# --- the loss of given probabilities ----------------------------------------------------------------------


def test_a_loss_of_probabilities_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    A = random.uniform(0.01, 0.99, (1, 20))
    Y = random.integers(0, 2, (1, 20))
    found = loss_of_probabilities(A, Y)
    assert found.shape == (1, 20)
    assert found.mean() == pytest.approx(log_loss(Y[0], A[0]), rel=1e-12)
    P, classes = random.dirichlet(np.ones(4), 20).T, random.integers(0, 4, 20)
    wanted = log_loss(classes, P.T, labels=range(4))
    assert loss_of_probabilities(P, one_hot(classes, 4), "softmax").mean() == pytest.approx(wanted, rel=1e-12)


def test_a_number_and_a_list_are_taken():
    assert loss_of_probabilities(0.5, 1) == pytest.approx(np.log(2))
    np.testing.assert_allclose(loss_of_probabilities([0.5, 0.25], [1, 0]), [[np.log(2), np.log(4 / 3)]])


def test_certainty_costs_nothing_or_everything():
    assert loss_of_probabilities([0, 1], [0, 1]).tolist() == [[0, 0]]
    with pytest.warns(RuntimeWarning, match="2 examples is infinite") as caught:
        assert loss_of_probabilities([0, 1, 0.5], [1, 0, 1])[0, :2].tolist() == [np.inf, np.inf]
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("A", "Y", "output", "error"),
    [
        ([0.5, 1.5], [1, 0], "sigmoid", DataError),
        ([0.5, np.nan], [1, 0], "sigmoid", DataError),
        ([0.5, 0.5], [[1], [0]], "sigmoid", ShapeError),
        ([0.5], [1], "identity", UsageError),
    ],
)
def test_what_is_not_a_probability_is_refused(A, Y, output, error):
    with pytest.raises(error):
        loss_of_probabilities(A, Y, output)
