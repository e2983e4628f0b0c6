"""What the experiments measure, held against outside judges: SciPy, scikit-learn, exact sums, the course."""

import math
from functools import cache
from importlib import import_module

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn.metrics import log_loss

from shoal.experiments import run

pytestmark = pytest.mark.unchecked_shapes  # wrong shapes are the subject of some

loops = import_module("shoal.experiments._loops")
ROUNDING = 1e-12  # sums of a few hundred numbers of size 1, in another order


@cache
def numbers(name, seed=0):
    return run(name, seed=seed).numbers


def drawn(name, panel, series):
    """The y of a series of the picture."""
    shown = {each.name: each.y for each in run(name).finding.panels[panel].series}
    return np.array(shown[series])


# --------------------------------------------------------------------------- the graph


def test_the_graph_of_the_notes_has_the_values_and_derivatives_of_the_notes():
    found = numbers("graph")
    assert (found["u"], found["v"], found["J"]) == (6, 11, 33)
    assert found["derivatives"] == [3, 3, 3, 6, 9]  # by v, u, a, b, c
    assert found["nudged"] == pytest.approx([3, 3, 3, 6, 9], abs=1e-9)  # J is linear in each: only rounding
    assert found["by_note"] == 0 != found["derivatives"][2]


def test_dz_is_a_minus_y_of_the_drawn_example():
    found = numbers("dz")
    assert found["dz"] == pytest.approx(found["a"] - 1, abs=ROUNDING)
    assert float(found["chain"].split("=")[-1]) == pytest.approx(found["dz"], abs=1e-5)  # 5 digits are shown


# --------------------------------------------------------------------------- loops


def test_the_cost_and_the_gradient_of_the_loop_are_those_of_sklearn_and_scipy():
    X, Y, w = loops._labelled(0, n_x=3, m=200)

    def cost(theta):
        return log_loss(Y[0], special.expit(theta[:3] @ X + theta[3]))

    theta = np.array([*w, 0.0])
    slopes = optimize.approx_fprime(theta, cost, 1e-6)
    assert numbers("examples_loop")["J"] == pytest.approx(cost(theta), abs=ROUNDING)
    _, dw, db = loops._by_loops(w, 0.0, X.tolist(), Y[0].tolist())
    assert [*dw, db] == pytest.approx(slopes, abs=1e-5)  # a one-sided difference is off by h
    assert numbers("examples_loop")["last_cost"] < numbers("examples_loop")["first_cost"]


def test_the_dot_product_is_the_exact_sum():
    a, b = np.random.default_rng(0).uniform(size=(2, 1_000_000))
    assert numbers("vectorised")["dot"] == round(math.fsum(a * b))


@pytest.mark.parametrize(
    ("product", "shapes", "count"),
    [(np.dot, ((7,), (7,)), 7), (np.dot, ((2, 3), (3, 4)), 24), (np.multiply, ((2, 3), (2, 3)), 6)],
    ids=("vectors", "matrices", "entries"),
)
def test_multiplications_are_counted(product, shapes, count):
    one, other = (np.ones(shape) for shape in shapes)
    assert loops._multiplications(product, one, other) == count


def test_milliseconds_are_measured_but_do_not_decide(monkeypatch):
    monkeypatch.setattr(loops, "_SIZES", (10, 100))
    monkeypatch.setattr(loops, "_timed", lambda call, times=1: (call(), 7.0))  # everything takes equally long
    record = run("vectorised")
    assert record.holds
    assert record.numbers["ms_loop"] == record.numbers["ms_dot"] == 7.0


def test_without_the_native_engine_its_time_is_left_out(monkeypatch):
    monkeypatch.setattr(loops, "_SIZES", (10, 100))
    monkeypatch.setattr(loops, "native_is_built", lambda: False)
    record = run("vectorised")
    assert record.holds
    assert record.numbers["ms_native"] == "–"


def test_as_many_units_are_computed_as_the_networks_have():
    assert numbers("layers_as_products")["steps"] == 3 * 5 * (4 + 1)


# --------------------------------------------------------------------------- shapes


def test_the_percentages_are_those_of_the_course():
    rows = ("carbohydrate", "protein", "fat")
    shown = {each.name: each.y for each in run("broadcasting").finding.panels[0].series}
    assert list(shown) == list(rows)
    percent = [each.y for each in run("broadcasting").finding.panels[2].series]
    assert percent == [
        pytest.approx([94.91525424, 0.0, 2.83140283, 88.42652796], abs=6e-9),  # printed with 8 digits
        pytest.approx([2.03389831, 43.51464435, 33.46203346, 10.40312094], abs=6e-9),
        pytest.approx([3.05084746, 56.48535565, 63.70656371, 1.17035111], abs=6e-9),
    ]


def test_the_cost_of_the_rank_1_trap_is_a_mean_over_all_pairs():
    difference = np.array([each.y[0] for each in run("rank_one").finding.panels[0].series])  # p - y
    y = (difference < 0).astype(int)
    p = difference + y
    pairs = [(y_j, p_i) for p_i in p for y_j in y]
    found = numbers("rank_one")
    assert found["right_cost"] == pytest.approx(log_loss(y, p), abs=ROUNDING)
    assert found["wrong_cost"] == pytest.approx(log_loss(*zip(*pairs, strict=True)), abs=ROUNDING)
    assert found["refused"] == found["tried"] == 6


def test_a_transposed_gradient_starts_where_the_right_one_starts():
    right, turned = (drawn("weights_shape", 1, form) for form in ("dZ Xᵀ / m", "X dZᵀ / m"))
    assert right[0] == turned[0]
    assert right[1] < right[0]
    assert right[1] != turned[1]


# --------------------------------------------------------------------------- likelihood


def test_the_fit_is_the_maximum_that_scipy_finds():
    likelihood = import_module("shoal.experiments._likelihood")
    x, y = likelihood._labelled(np.random.default_rng(0), 60)

    def cost(theta):
        return -stats.bernoulli.logpmf(y, special.expit(theta[0] * x + theta[1])).sum()

    best = optimize.minimize(cost, [0.0, 0.0])
    found = numbers("likelihood")
    assert [found["w"], found["b"]] == pytest.approx(best.x, abs=1e-4)  # BFGS stops at a slope of 1e-5
    assert found["product"] == pytest.approx(math.exp(-best.fun), rel=1e-6)
    assert found["from_J"] == pytest.approx(math.exp(-best.fun), rel=1e-6)


# --------------------------------------------------------------------------- one unit, and the cache


def test_a_unit_is_a_dot_product_and_a_sigmoid():
    found = numbers("unit")
    assert found["z"] == pytest.approx(math.fsum([*found["terms"], found["b"]]), abs=ROUNDING)
    assert found["terms"] == pytest.approx(np.multiply(found["w"], found["x"]), abs=ROUNDING)
    assert found["a"] == pytest.approx(special.expit(found["z"]), abs=ROUNDING)


def test_products_are_counted_with_and_without_a_cache():
    kept, again = (drawn("cache", 0, name) for name in ("kept", "again"))
    L = np.arange(1, 11)
    assert kept.tolist() == (3 * L - 1).tolist()  # forward L, dW L, and W.T @ dZ for all but the first
    assert again.tolist() == (3 * L - 1 + L * (L - 1) // 2).tolist()  # for each layer all layers below it


def test_the_way_back_reads_z_only_where_the_slope_needs_it():
    assert numbers("cache")["read"] == {
        "sigmoid": ["A[0]", "A[1]", "A[2]"],  # a (1 - a)
        "tanh": ["A[0]", "A[1]", "A[2]"],  # 1 - a^2
        "relu": ["A[0]", "Z[1]", "A[1]", "A[2]"],  # z > 0
        "gelu": ["A[0]", "Z[1]", "A[1]", "A[2]"],  # of z alone
    }


# --------------------------------------------------------------------------- functions and matrices


def test_tanh_differs_from_a_stretched_sigmoid_by_what_calculus_says():
    """2 sigmoid(z) - 1 is tanh(z / 2)."""
    top = optimize.minimize_scalar(lambda z: math.tanh(z / 2) - math.tanh(z), (0, 1, 6))
    found = numbers("tanh_is_sigmoid")
    assert found["error_up"] == pytest.approx(-top.fun, abs=1e-4)  # the best of 2,001 places near a flat top
    assert (found["slope_tanh"], found["slope_sigmoid"]) == (1, 0.25)


def test_e_to_the_z_overflows_where_the_largest_number_ends():
    found = numbers("overflow")
    largest, smallest = math.log(np.finfo(float).max), math.log(np.finfo(float).eps / 2)
    assert found["first_overflow"] - 0.5 <= largest < found["first_overflow"]
    assert found["rounds_to_1"] - 0.5 < -smallest < found["rounds_to_1"]
    assert found["loss_at_40"] == pytest.approx(np.logaddexp(0, 40), rel=1e-15)
    assert found["plain_loss_at_40"] == "inf"


def test_the_note_loses_a_digit_each_time_z_grows_by_two_and_a_bit():
    """1 - a is known to 1e-16 and is e^-z itself: the relative error grows like e^z."""
    series = run("overflow").finding.panels[1].series[0]
    z, errors = np.array(series.x), np.array(series.y)
    rate = stats.linregress(z[z > 5], np.log(errors[z > 5])).slope
    assert rate == pytest.approx(1, abs=0.15)  # the errors scatter, and are divided by a loss of about z


def test_softmax_and_lengths_are_those_of_the_course():
    worked = [9.80897665e-01, 8.94462891e-04, 1.79657674e-02, 1.21052389e-04, 1.21052389e-04]
    assert numbers("softmax")["worked"] == pytest.approx(worked, rel=1e-8)
    lengths = [0.0, 0.6, 0.8, 0.13736056, 0.82416338, 0.54944226]
    assert numbers("row_lengths")["worked"] == pytest.approx(lengths, abs=6e-9)


def test_softmax_is_that_of_scipy_and_shares_are_not():
    row = np.array([9.0, 2.0, 5.0, 0.0, 0.0])
    found = numbers("softmax")
    assert found["worked"] == pytest.approx(special.softmax(row), rel=1e-14)
    assert found["shares"] == pytest.approx(row / 16, rel=1e-15)
    assert found["share_factor"] == 0  # a power of two
    assert found["share_shift"] == pytest.approx(9 / 16 - 109 / 516, rel=1e-12)


def test_db_without_axis_is_the_sum_of_all_units():
    found = numbers("reductions")
    assert found["db_of_note"] == pytest.approx(math.fsum(found["db"]), abs=ROUNDING)


def test_every_row_is_on_the_circle_whatever_its_length_was():
    x, y = (np.array(getattr(run("row_lengths").finding.panels[0].series[1], axis)) for axis in "xy")
    assert np.hypot(x, y) == pytest.approx(np.ones(30), abs=ROUNDING)


# --------------------------------------------------------------------------- seeds


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("graph", "largest_error"),
        ("dz", "a"),
        ("examples_loop", "J"),
        ("broadcasting", "accepted"),
        ("rank_one", "wrong_cost"),
        ("likelihood", "J"),
        ("unit", "z"),
        ("weights_shape", "difference_turned"),
        ("rows_or_columns", "square_difference"),
        ("reductions", "db"),
        ("row_lengths", "longest_row_of_whole"),
        ("softmax", "factor"),
        ("products", "dot_of_vectors"),
    ],
)
def test_another_seed_is_another_draw(name, key):
    assert len({str(numbers(name, seed)[key]) for seed in range(3)}) > 1
