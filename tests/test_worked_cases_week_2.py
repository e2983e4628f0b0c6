"""The course's week 2, logistic regression: helpers, both assignments, the lectures and quizzes.

Our W[1] is the transpose of the course's w.
"""

import time

import numpy as np
import pytest
from numpy.random import RandomState
from worked_cases import ENGINE, EXACT, close, column, descend, exact, matrix, theta_of

from shoal.base.errors import ShapeError
from shoal.book import equations
from shoal.book.helpers import broadcast_shapes, flatten_images, normalize_rows
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer, update
from shoal.engines.base import Data

# --------------------------------------------------------------------------- week 2, first assignment


def test_sigmoid_and_its_derivative():
    exact(equations.sigmoid(np.float64(3)), 0.9525741268224334)
    exact(equations.sigmoid(np.float64(1)), 0.7310585786300049)
    Z = np.array([1.0, 2.0, 3.0])
    close(equations.sigmoid(Z), [0.73105858, 0.88079708, 0.95257413])
    close(equations.sigmoid_prime(Z, equations.sigmoid(Z)), [0.19661193, 0.10499359, 0.04517666])
    close(equations.sigmoid(np.array([0.5, 0.0, 2.0])), [0.62245933, 0.5, 0.88079708])
    exact(equations.sigmoid(np.float64(9.2)), 0.999898970806, digits=12)


def test_rows_are_normalised():
    close(normalize_rows([[0, 3, 4], [1, 6, 4]]), matrix("0 .6 .8; 0.13736056 0.82416338 0.54944226"))


def test_softmax_over_the_rows():
    printed = """9.80897665e-01 8.94462891e-04 1.79657674e-02 1.21052389e-04 1.21052389e-04;
                 8.78679856e-01 1.18916387e-01 8.01252314e-04 8.01252314e-04 8.01252314e-04"""
    close(equations.softmax(matrix("9 2 5 0 0; 7 5 0 0 0"), axis=1), matrix(printed))


def test_the_losses_l1_and_l2():
    Yhat, Y = column(".9 .2 .1 .4 .9"), column("1 0 0 1 1")
    exact(equations.penalty([None, Yhat - Y], l1=1.0, l2=0.0, m=1), 1.1)
    exact(2 * equations.half_squared_error(Yhat, Y)[0, 0], 0.43)


def test_an_image_becomes_a_column_in_reading_order():
    image = matrix("""0.67826139 0.29380381 0.90714982 0.52835647 0.4215251  0.45017551;
                      0.92814219 0.96677647 0.85304703 0.52351845 0.19981397 0.27417313;
                      0.60659855 0.00533165 0.10820313 0.49978937 0.34144279 0.94630077""")
    flat = flatten_images(image.reshape(1, 3, 3, 2))
    assert flat.shape == (18, 1)
    np.testing.assert_array_equal(flat[:, 0], image.ravel())


def test_matrices_do_what_the_loops_over_units_and_examples_did():
    x1 = column("9 2 5 0 0 7 5 0 0 0 9 2 5 0 0")
    x2 = column("9 2 2 9 0 9 2 5 0 0 9 2 5 0 0")
    assert equations.linear(x1.T, x2, np.zeros((1, 1))) == 278
    outer = equations.weights_gradient(x1, x2, np.ones((1, 1)))
    np.testing.assert_array_equal(outer[:1], matrix("81 18 18 81 0 81 18 45 0 0 81 18 45 0 0"))
    np.testing.assert_array_equal(outer, [[i * j for j in x2[:, 0]] for i in x1[:, 0]])
    _, A = equations.forward([None, np.eye(15)], [None, 0 * x1], x1, ("", "identity"), D=[None, x2])
    np.testing.assert_array_equal(A[1], column("81 4 10 0 0 63 10 0 0 0 81 4 25 0 0"))


def test_a_matrix_is_many_times_faster_than_a_loop_and_says_the_same():
    a, b = RandomState(0).rand(2, 1_000_000)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        at_once = equations.linear(a[None], b[:, None], np.zeros((1, 1)))
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    looped = 0.0
    for i in range(len(a)):
        looped += a[i] * b[i]
    loop_seconds = time.perf_counter() - start
    assert at_once.item() == pytest.approx(looped, rel=1e-10)
    assert loop_seconds / min(seconds) > 10  # the lecture saw 300, others 60 to 400


# --------------------------------------------------------------------------- week 2, second assignment

V1 = matrix("1; 2"), 2.0, matrix("1 2; 3 4"), matrix("1 0")
V4 = matrix("1; 2"), 2.0, matrix("1 2 -1; 3 4 -3.2"), matrix("1 0 1")
N2 = matrix("1; 2"), 1.5, matrix("1 -2 -1; 3 0.5 -3.2"), matrix("1 1 0")
N2_TEST = matrix("1; 2; -1"), 2.5, matrix("1 2 -1 0; 3 4 -3.2 1; 3 4 -3.2 -3.5"), matrix("1 1 0 0")


def logistic(w, b):
    """The network without a hidden layer, and its theta, from the course's w (n_x, 1) and b."""
    network = Network((len(w), 1), (), "sigmoid")
    return network, theta_of(network, [w.T], [b])


def predict(w, b, X):
    return ENGINE.predict(*logistic(w, b), X) > 0.5


@pytest.mark.parametrize(
    ("case", "dw", "db", "cost"),
    [
        (V1, "0.99993216 1.99980262", 0.499935230625, 6.000064773192205),
        (V4, "0.99845601 2.39507239", 0.001455578136784208, 5.801545319394553),
        (N2, "0.25071532 -0.06604096", -0.1250040450043965, 0.15900537707692405),
        (N2_TEST, "-0.03909333 0.12501464 -0.99960809", 0.288106326429569, 2.0424567983978403),
    ],
    ids=["V1-V3", "V4-V6a", "N2-N3", "N2-N3 test"],
)
def test_propagate(case, dw, db, cost):
    w, b, X, Y = case
    network, theta = logistic(w, b)
    W_, b_ = network.views(theta)
    Z, A = equations.forward(W_, b_, X, network.g)
    q = equations.shares(np.ones(Y.shape))
    _, dW, db_ = equations.backward(W_, Z, A, Y, network.g, q)
    exact(equations.mean_loss(Z[1], Y, "sigmoid", q), cost)
    close(dW[1], matrix(dw))
    exact(db_[1].item(), db, digits=12)  # the first was printed with 12
    by_engine, dtheta = ENGINE.gradient(network, theta, Data(X, Y))
    exact(by_engine, cost)
    close(dtheta, np.append(dw.split(), db).astype(float))


@pytest.mark.parametrize(
    ("case", "iterations", "rate", "w", "b", "dw", "db", "costs"),
    [
        (V1, 100, 0.009, "0.1124579 0.23106775", 1.55930492484, "0.90158428 1.76250842", 0.430462071679, []),
        (V4, 100, 0.009, "0.19033591 0.12259159", 1.9253598300845747, "0.67752042 1.41625495",
         0.21919450454067652, []),
        (N2, 100, 0.009, "0.80956046 2.0508202", 1.5948713189708588, "0.17860505 -0.04840656",
         -0.08888460336847771, [0.15900538]),
        (V4, 101, 0.1, "-0.70916784 -0.42390859", 2.26891346, "0.06188603 -0.01407361", -0.04709353,
         [5.80154532, 0.31057104]),
    ],
    ids=["V1-V3", "V4-V6a", "N2-N3", "N1-N3 test"],
)  # fmt: skip
def test_optimize_returns_the_gradient_before_the_last_update(case, iterations, rate, w, b, dw, db, costs):
    w0, b0, X, Y = case
    network, theta = logistic(w0, b0)
    got = descend(network, theta, X, Y, iterations - 1, rate)
    last, dtheta = ENGINE.gradient(network, theta, Data(X, Y))
    descend(network, theta, X, Y, 1, rate)
    close(theta, np.append(w.split(), b).astype(float))
    close(dtheta[:2], matrix(dw)[0])
    assert dtheta[2] == pytest.approx(db, abs=1e-8)  # the last was printed cut, not rounded
    close(np.append(got, last)[::100][: len(costs)], costs)


@pytest.mark.parametrize(
    ("w", "b", "X", "expected"),
    [
        ("0.1124579; 0.23106775", 1.55930492484, "1 2; 3 4", "1 1"),
        ("0.1124579; 0.23106775", -0.3, "1 -1.1 -3.2; 1.2 2 0.1", "1 1 0"),
        ("0.3; 0.5; -0.2", -0.33333, "1 -0.3 1.5; 2 0 1; 0 -1.5 2", "1 0 1"),
    ],
    ids=["V1-V3", "V4-N3", "N1-N3 test"],
)
def test_predict(w, b, X, expected):
    np.testing.assert_array_equal(predict(matrix(w), b, matrix(X)), matrix(expected))


def test_the_whole_model_of_week_2_from_zeros():
    random = RandomState(0)
    X, X_test = random.randn(4, 7), random.randn(4, 3)
    network, theta = logistic(np.zeros((4, 1)), 0.0)
    costs = descend(network, theta, X, matrix("1 0 0 1 0 0 1"), 50, 0.01)
    close(costs[0], 0.69314718)
    close(theta[:4], [0.08639757, -0.08231268, -0.11798927, 0.12866053])
    exact(theta[4], -0.03983236094816321)
    np.testing.assert_array_equal(predict(theta[:4, None], theta[4], X_test), matrix("1 1 0"))
    np.testing.assert_array_equal(predict(theta[:4, None], theta[4], X), matrix("1 1 0 1 0 0 1"))


def test_the_whole_model_of_week_2_at_a_small_rate():
    X = RandomState(0).randn(4, 3)
    network, theta = logistic(np.zeros((4, 1)), 0.0)
    descend(network, theta, X, matrix("1 0 1"), 50, 1e-4)
    close(theta, [0.00194946, -0.0005046, 0.00083111, 0.00143207, 0.000831188])
    assert predict(theta[:4, None], theta[4], X).all()
    assert predict(theta[:4, None], theta[4], X / 2).all()


# --------------------------------------------------------------------------- lectures and quizzes


def test_the_percentages_of_calories():
    A = matrix("56.0 0.0 4.4 68.0; 1.2 104.0 52.0 8.0; 1.8 135.0 99.0 0.9")
    close(A.sum(axis=0), [59, 239, 155.4, 76.9])
    of_each_food = 100 * equations.shares(A.T[:, None, :])  # four weightings, one a food
    close(
        of_each_food[:, 0, :].T,
        matrix("""94.91525424  0          2.83140283 88.42652796;
                                              2.03389831 43.51464435 33.46203346 10.40312094;
                                              3.05084746 56.48535565 63.70656371  1.17035111"""),
    )


def test_the_shapes_of_the_quizzes():
    assert broadcast_shapes((2, 3), (2, 1)) == (2, 3)
    assert broadcast_shapes((3, 3), (3, 1)) == (3, 3)
    assert broadcast_shapes((3, 4), (4, 1)[::-1]) == (3, 4)
    with pytest.raises(ShapeError, match=r"\(4, 3\) \+ \(3, 2\)"):
        broadcast_shapes((4, 3), (3, 2))
    assert equations.linear(np.zeros((45, 150)), np.zeros((150, 288)), np.zeros((45, 1))).shape == (45, 288)
    assert equations.bias_gradient(np.ones((4, 3)), np.ones((1, 3))).shape == (4, 1)
    network = Network((2, 4, 1), ("tanh",), "sigmoid")
    assert network.shapes == ((4, 2), (4, 1), (1, 4), (1, 1))
    Z, A = equations.forward(*network.views(np.zeros(network.p)), np.zeros((2, 9)), network.g)
    assert Z[1].shape == A[1].shape == (4, 9)


def test_an_exponentially_weighted_average_and_its_correction():
    rule = Optimizer("adam", beta1=0.5, beta2=0.0, epsilon=0.0)  # the square's average is the square
    theta, dtheta, slots = np.zeros(1), np.array([10.0]), np.zeros((2, 1))
    for t in (1, 2):
        before = theta
        theta, slots = update(theta, dtheta, slots, t, 1.0, rule, np.ones(1))
    assert slots[0].item() == 7.5
    corrected = (before - theta) * 10  # a step is the corrected average over the root of the square's
    assert corrected.item() == pytest.approx(10, rel=EXACT)


def test_leaky_relu():
    Z = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(equations.leaky_relu(Z), [-0.02, 0.0, 3.0], rtol=EXACT)
    np.testing.assert_array_equal(equations.leaky_relu_prime(Z, Z)[[0, 2]], [0.01, 1.0])
