"""The course's week 3, one hidden layer: each step of the assignment, and the flower."""

from itertools import product

import numpy as np
import pytest
from numpy.random import RandomState
from scipy.special import logit
from worked_cases import ENGINE, close, column, descend, exact, matrix, same_curve, theta_of

from shoal.book import equations
from shoal.book.initialization import initialize
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer, update
from shoal.datasets import load
from shoal.engines.base import Data
from shoal.estimators._logistic import LogisticRegression

# --------------------------------------------------------------------------- week 3: one hidden layer

W1 = matrix("""-0.00416758 -0.00056267; -0.02136196  0.01640271;
               -0.01793436 -0.00841747;  0.00502881 -0.01245288""")
W2 = matrix("-0.01057952 -0.00909008  0.00551454  0.02292208")
PLANAR = Network((2, 4, 1), ("tanh",), "sigmoid")
THETA_36 = theta_of(
    PLANAR,
    [
        matrix("""-0.00615039  0.0169021;  -0.02311792  0.03137121;
                  -0.0169217  -0.01752545;  0.00935436 -0.05018221"""),
        matrix("-0.0104319 -0.04019007 0.01607211 0.04440255"),
    ],
    [column("-8.97523455e-07 8.15562092e-06 6.04810633e-07 -2.54560700e-06"), 9.14954378e-05],
)


def data(m, seed=1):
    """seed(1); X = randn(2, m); Y = randn(1, m) > 0."""
    random = RandomState(seed)
    return random.randn(2, m), (random.randn(1, m) > 0).astype(float)


def test_layer_sizes():
    random = RandomState(1)
    for (n_x, n_y), expected in zip([(5, 2), (7, 5)], [(5, 4, 2), (7, 4, 5)], strict=True):
        X, Y = random.randn(n_x, 3), random.randn(n_y, 3)
        network = Network((X.shape[0], 4, Y.shape[0]), ("tanh",), "sigmoid")
        assert network.n == expected
        assert ENGINE.predict(network, np.zeros(network.p), X).shape == Y.shape


def test_small_random_weights_drawn_layer_by_layer():
    W, b = PLANAR.views(initialize(PLANAR, RandomState(2), "normal"))
    close(W[1], W1)
    close(W[2], W2)
    assert not b[1].any()
    assert not b[2].any()


def test_small_random_weights_of_another_size():
    network = Network((3, 5, 2), ("tanh",), "sigmoid")
    W, _ = network.views(initialize(network, RandomState(2), "normal"))
    close(W[1], matrix("""-0.00416758 -0.00056267 -0.02136196;  0.01640271 -0.01793436 -0.00841747;
                           0.00502881 -0.01245288 -0.01057952; -0.00909008  0.00551454  0.02292208;
                           0.00041539 -0.01117925  0.00539058"""))  # fmt: skip
    close(
        W[2],
        matrix("""
        -5.96159700e-03 -1.91304965e-04  1.17500122e-02 -7.47870949e-03  9.02525097e-05;
        -8.78107893e-03 -1.56434170e-03  2.56570452e-03 -9.88779049e-03 -3.38821966e-03"""),
    )


@pytest.mark.parametrize(
    ("biased", "means"),
    [
        (False, [-0.000499755777742, -0.000496963353232, 0.000438187450959, 0.500109546852]),
        (True, [0.262818640198, 0.091999045227, -1.30766601287, 0.212877681719]),
    ],
    ids=["V1-V3", "V4-V6c"],
)
def test_forward_propagation(biased, means):
    random = RandomState(1)
    X = random.randn(2, 3)
    b = [random.randn(4, 1), matrix("-1.3")] if biased else [0.0, 0.0]
    Z, A = equations.forward(*PLANAR.views(theta_of(PLANAR, [W1, W2], b)), X, PLANAR.g)
    got = [Z[1].mean(), A[1].mean(), Z[2].mean(), A[2].mean()]
    # a dozen digits were printed, of a mean of numbers around one
    np.testing.assert_allclose(got, means, rtol=0, atol=6e-12)


def test_forward_propagation_shows_every_layer():
    random = RandomState(1)
    X = random.randn(2, 3)
    b = [random.randn(4, 1), matrix("-1.3")]
    Z, A = ENGINE.predict(PLANAR, theta_of(PLANAR, [W1, W2], b), X, layers=True)
    close(
        Z[1],
        matrix(""" 1.7386459   1.74687437  1.74830797; -0.81350569 -0.73394355 -0.78767559;
                           0.29893918  0.32272601  0.34788465; -0.2278403  -0.2632236  -0.22336567"""),
    )
    close(
        A[1],
        matrix(""" 0.9400694   0.94101876  0.94118266; -0.67151964 -0.62547205 -0.65709025;
                           0.29034152  0.31196971  0.33449821; -0.22397799 -0.25730819 -0.2197236"""),
    )
    close(Z[2], matrix("-1.30737426 -1.30844761 -1.30717618"))
    close(A[2], matrix("0.21292656 0.21274673 0.21295976"))


@pytest.mark.parametrize(
    ("A2", "Y", "cost"),
    [
        ("0.5002307 0.49985831 0.50023963", RandomState(1).randn(1, 3), 0.692919893776),
        ("0.5002307 0.49985831 0.50023963", RandomState(1).randn(1, 3) > 0, 0.6930587610394646),
        ("0.5002307 0.49985831 0.50023963 0.25 0.7", RandomState(1).randn(1, 5) > 0, 0.5447066599017815),
        ("0.7 0.3 0.8 0.9 0.9", matrix("1 0 1 1 1"), 0.22944289410146546),
    ],
    ids=["V1-V3: real numbers for labels", "V4-N3", "N3 test 1", "N3 test 2"],
)
def test_compute_cost(A2, Y, cost):
    q = equations.shares(np.ones(Y.shape))
    J = equations.mean_loss(logit(matrix(A2)), Y.astype(float), "sigmoid", q)
    assert isinstance(J, float)
    exact(J, cost, digits=12)  # the first was printed with 12


def backward(W, A, Z, X, Y):
    q = equations.shares(np.ones(Y.shape))
    return equations.backward([None, *W], [None, *Z], [X, *A], Y, PLANAR.g, q)


V1_GRADIENTS = (
    "0.01018708 -0.00708701; 0.00873447 -0.0060768; -0.00530847 0.00369379; -0.02206365 0.01535126",
    "-0.00069728 -0.00060606 0.000364 0.00151207",
    "0.00363613 0.03153604 0.01162914 -0.01318316",
    0.06589489,
)
V4_GRADIENTS = (
    "0.00301023 -0.00747267; 0.00257968 -0.00641288; -0.00156892 0.003893; -0.00652037 0.01618243",
    "0.00176201 0.00150995 -0.00091736 -0.00381422",
    "0.00078841 0.01765429 -0.00084166 -0.01022527",
    -0.16655712,
)


@pytest.mark.parametrize(
    ("real", "printed"), [(True, V1_GRADIENTS), (False, V4_GRADIENTS)], ids=["V1-V3", "V4-N3"]
)
def test_backward_propagation(real, printed):
    A1 = matrix("""-0.00616578  0.0020626   0.00349619; -0.05225116  0.02725659 -0.02646251;
                   -0.02009721  0.0036869   0.02883756;  0.02152675 -0.01385234  0.02599885""")
    Z1 = matrix("""-0.00616586  0.0020626   0.0034962;  -0.05229879  0.02726335 -0.02646869;
                   -0.02009991  0.00368692  0.02884556;  0.02153007 -0.01385322  0.02600471""")
    A2, Z2 = matrix("0.5002307 0.49985831 0.50023963"), matrix("0.00092281 -0.00056678 0.00095853")
    random = RandomState(1)
    X, Y = random.randn(2, 3), random.randn(1, 3)
    Y = Y if real else (Y > 0).astype(float)
    _, dW, db = backward([W1, W2], [A1, A2], [Z1, Z2], X, Y)
    dW1, db1, dW2, db2 = printed
    close(dW[1], matrix(dW1))
    close(db[1], column(db1))
    close(dW[2], matrix(dW2))
    close(db[2], [[db2]])


def test_backward_propagation_of_another_size():
    random = RandomState(1)
    X = random.randn(3, 7)
    Y = (random.randn(1, 7) > 0).astype(float)
    W = [random.randn(9, 3), random.randn(1, 9)]
    A = [random.randn(9, 7), random.randn(1, 7)]
    Z = [random.randn(9, 7), random.randn(1, 7)]
    _, dW, db = backward(W, A, Z, X, Y)
    close(dW[1], matrix("""-0.24468458 -0.24371232  0.15959609;  0.7370069  -0.64785999  0.23669823;
                            0.47936123 -0.01516428  0.01566728;  0.03361075 -0.0930929   0.05581073;
                            0.52445178 -0.03895358  0.09180612; -0.17043596  0.13406378 -0.20952062;
                            0.76144791 -0.41766018  0.02544078;  0.22164791 -0.33081645  0.19526915;
                            0.25619969 -0.09561825  0.05679075"""))  # fmt: skip
    close(
        db[1],
        column("""0.1463639 -0.33647992 -0.51738006 -0.07780329 -0.57889514
                           0.28357278 -0.39756864 -0.10510329 -0.13443244"""),
    )
    close(
        dW[2],
        matrix("""-0.35768529 0.22046323 -0.29551566 -0.12202786 0.18809552
                            0.13700323 0.35892872 -0.02220353 -0.03976687"""),
    )
    close(db[2], [[-0.78032466]])


def test_update_parameters():
    gradients = (
        (
            matrix("""0.00023322 -0.00205423;  0.00082222 -0.00700776;
                 -0.00031831  0.0028636;  -0.00092857  0.00809933"""),
            matrix("-1.75740039e-05 3.70231337e-03 -1.25683095e-03 -2.55715317e-03"),
        ),
        (column("1.05570087e-07 -3.81814487e-06 -1.90155145e-07 5.46467802e-07"), -1.08923140e-05),
    )
    dtheta = theta_of(PLANAR, *gradients)
    rule = Optimizer("gradient_descent")
    theta, _ = update(THETA_36, dtheta, (), 1, 1.2, rule, PLANAR.is_weight)
    W, b = PLANAR.views(theta)
    close(
        W[1],
        matrix("""-0.00643025  0.01936718; -0.02410458  0.03978052;
                          -0.01653973 -0.02096177;  0.01046864 -0.05990141"""),
    )
    close(b[1], column("-1.02420756e-06 1.27373948e-05 8.32996807e-07 -3.20136836e-06"))
    close(W[2], matrix("-0.01041081 -0.04463285 0.01758031 0.04747113"))
    close(b[2], [[0.00010457]])


V4_CURVE = "0.692739 0.000218 0.000107 0.000071 0.000053 0.000042 0.000035 0.000030 0.000026 0.000023"
N2_CURVE = "0.693198 0.000219 0.000108 0.000071 0.000053 0.000043 0.000035 0.000030 0.000027 0.000024"


@pytest.mark.parametrize(
    ("m", "seed", "curve", "W1", "b1", "W2", "b2"),
    [
        (3, 2, V4_CURVE,
         "-0.65848169 1.21866811; -0.76204273 1.39377573; 0.5792005 -1.10397703; 0.76773391 -1.41477129",
         "0.287592 0.3511264 -0.2431246 -0.35772805",
         "-2.45566237 -3.27042274 2.00784958 3.36773273", 0.20459656),
        (3, 3, N2_CURVE,
         "0.56305445 -1.03925886; 0.7345426 -1.36286875; -0.72533346 1.33753027; 0.74757629 -1.38274074",
         "-0.22240654 -0.34662093 0.33663708 -0.35296113",
         "1.82196893 3.09657075 -2.98193564 3.19946508", 0.21344644),
        (4, 3, None,
         "0.71392202 1.31281102; -0.76411243 -1.41967065; -0.75040545 -1.38857337; 0.56495575 1.04857776",
         "-0.0073536 0.01534663 0.01262938 0.00218135",
         "2.82545815 -3.3063945 -3.16116615 1.8549574", 0.00393452),
    ],
    ids=["V4-V6c", "N2", "N3"],
)  # fmt: skip
@pytest.mark.unchecked_shapes
def test_ten_thousand_iterations_of_nn_model(m, seed, curve, W1, b1, W2, b2):
    X, Y = data(m)
    theta = initialize(PLANAR, RandomState(seed), "normal")
    costs = descend(PLANAR, theta, X, Y, 10_000, 1.2)
    if curve:
        same_curve(costs[::1000], matrix(curve)[0])
    W, b = PLANAR.views(theta)
    close(W[1], matrix(W1))
    close(b[1], column(b1))
    close(W[2], matrix(W2))
    close(b[2], [[b2]])


def test_predict_with_a_hidden_layer():
    X, _ = data(3)
    predictions = ENGINE.predict(PLANAR, THETA_36, X) > 0.5
    assert predictions.mean() == pytest.approx(0.666666666667)
    np.testing.assert_array_equal(predictions, [[True, False, True]])


# --------------------------------------------------------------------------- the flower


def flower():
    """X (2, 400) and Y (1, 400), the course's: labels of one byte, where -Y would wrap around."""
    table = load("flower", seed=1)
    return table.X.T, table.y[None].astype(np.uint8)


def accuracy(network, theta, X, Y):
    return 100 * float(np.mean((ENGINE.predict(network, theta, X) > 0.5) == Y))


def test_labels_of_one_byte_do_not_wrap():
    X, Y = flower()
    theta = initialize(PLANAR, RandomState(2), "normal")
    J, dtheta = ENGINE.gradient(PLANAR, theta, Data(X, Y))
    J_float, dtheta_float = ENGINE.gradient(PLANAR, theta, Data(X, Y.astype(float)))
    assert J_float == J
    np.testing.assert_array_equal(dtheta, dtheta_float)


# The rate of 1.2 makes the end of the run chaotic: the recordings differ there among themselves.
@pytest.mark.parametrize(
    ("seed", "curve", "about"),
    [
        (2, "0.693048 0.288083 0.254385 0.233864 0.226792 0.222644 0.219731 0.217504", [0.2195, 0.2186]),
        (3, "0.693162 0.258625 0.239334 0.230802 0.225528 0.221845 0.219094", [0.2206, 0.2194, 0.2185]),
    ],
    ids=["V1-V6c", "N2-N3"],
)
@pytest.mark.unchecked_shapes
def test_the_flower_with_four_hidden_units(seed, curve, about):
    X, Y = flower()
    theta = initialize(PLANAR, RandomState(seed), "normal")
    costs = descend(PLANAR, theta, X, Y, 10_000, 1.2)[::1000]
    printed = matrix(curve)[0]
    same_curve(costs[: len(printed)], printed)
    np.testing.assert_allclose(costs[len(printed) :], about, rtol=0, atol=3e-4)
    assert int(accuracy(PLANAR, theta, X, Y)) == 90  # printed without decimals


SWEEP = {1: 67.5, 2: 67.25, 3: 90.75, 4: 90.5, 5: 91.25, 20: None, 50: None}


@pytest.mark.parametrize(("seed", "n_h"), list(product([2, 3], SWEEP)))
@pytest.mark.unchecked_shapes
def test_the_flower_with_more_and_fewer_hidden_units(seed, n_h):
    X, Y = flower()
    network = Network((2, n_h, 1), ("tanh",), "sigmoid")
    theta = initialize(network, RandomState(seed), "normal")
    descend(network, theta, X, Y, 5_000, 1.2)
    got = accuracy(network, theta, X, Y)
    if SWEEP[n_h] is None:
        # The recordings of the wide ones differ among themselves, from 90 to 90.75. So do ours, from 90 to
        # 91, if theta starts 1e-15 beside, as it may on another CPU. We allow two of the 400 examples more.
        assert 89.5 <= got <= 91.5
    else:
        assert got == SWEEP[n_h]


def test_logistic_regression_cannot_see_the_flower():
    X, Y = flower()
    assert LogisticRegression().fit(X.T, Y[0]).score(X.T, Y[0]) == 0.47
