"""The textbook: values against SciPy and plain loops, extreme inputs, other libraries, many networks."""

from decimal import Decimal, localcontext
from types import SimpleNamespace

import array_api_strict
import numpy as np
import pytest
from exact_normal import beyond, density_of, phi_of
from scipy import special

from shoal.book import equations
from shoal.book.equations import ACTIVATIONS, OUTPUTS
from shoal.book.network import Network
from shoal.book.normal import tail

EXTREMES = [0.0, 1e-300, 0.5, 1.0, 36.0, 37.0, 500.0, 709.0, 710.0, 745.0, 746.0, 1e3, 1e16, 1e300, 1e308]
BOTH_SIDES = np.array([-z for z in EXTREMES[::-1]] + EXTREMES)
ROUNDING = 4 * np.finfo(np.float64).eps  # a few operations on numbers of the result's size

LOSSES = {
    "identity": lambda Z, Y: np.sum((Z - Y) ** 2, axis=-2, keepdims=True) / 2,
    "sigmoid": lambda Z, Y: (
        -np.sum(Y * special.log_expit(Z) + (1 - Y) * special.log_expit(-Z), axis=-2, keepdims=True)
    ),
    "softmax": lambda Z, Y: (
        -np.sum(special.xlogy(Y, 1.0) + Y * special.log_softmax(Z, axis=-2), axis=-2, keepdims=True)
    ),
    "exp": lambda Z, Y: np.sum(special.kl_div(Y, np.exp(Z)), axis=-2, keepdims=True),
}


def targets(output, shape, random):
    """Y as each loss wants it; the columns of soft classes sum to one."""
    if output == "identity":
        return random.standard_normal(shape)
    if output == "sigmoid":
        return random.integers(0, 2, shape).astype(float)
    if output == "exp":
        return random.poisson(2.0, shape).astype(float)
    return np.moveaxis(random.dirichlet(np.ones(shape[-2]), (*shape[:-2], shape[-1])), -1, -2)


def problem(output="softmax", stack=(), seed=0, dropout=True):
    """A network of three layers, or a stack of them, with all that `backward` needs."""
    random = np.random.default_rng(seed)
    network = Network((3, 5, 4, 2), ("tanh", "leaky_relu"), output)
    W, b = network.views(random.standard_normal((*stack, network.p)))
    X = random.standard_normal((*stack, 3, 7))
    Y = targets(output, (*stack, 2, 7), random)
    q = equations.shares(random.uniform(0, 3, (*stack, 1, 7)))
    keep = [None, (random.random((*stack, 5, 7)) < 0.7) / 0.7, None, None] if dropout else None
    return SimpleNamespace(W=W, b=b, X=X, Y=Y, q=q, D=keep, g=network.g, output=output)


def everything(p):
    """All numbers of a pass forward and back: Z, A, dZ, dW, db, J and the penalty."""
    Z, A = equations.forward(p.W, p.b, p.X, p.g, p.D)
    J = equations.mean_loss(Z[-1], p.Y, p.output, p.q)
    dZ, dW, db = equations.backward(p.W, Z, A, p.Y, p.g, p.q, p.D)
    R = equations.penalty(p.W, 0.3, 0.7, 7)
    dR = [equations.penalty_prime(W_l, 0.3, 0.7, 7) for W_l in p.W[1:]]
    return [*Z[1:], *A[1:], J, *dZ[1:], *dW[1:], *db[1:], R, *dR]


# --------------------------------------------------------------------------- values


JUDGES = {
    "identity": lambda Z: Z,
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "relu": lambda Z: np.where(Z > 0, Z, 0),
    "leaky_relu": lambda Z: np.where(Z > 0, Z, 0.01 * Z),
    "gelu": lambda Z: np.array([float(z * phi_of(z)) for z in map(Decimal, Z.tolist())]),
    "silu": lambda Z: Z * special.expit(Z),
}


UNITS = {"gelu": 6}  # in the last place; 4 for the others. 6 is what `normal.tail` promises


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_what_its_name_says_also_for_huge_inputs(name):
    assert name in JUDGES, f"add an independent judge of {name!r} to JUDGES"
    Z = np.concatenate([BOTH_SIDES, np.linspace(-20, 20, 401)])
    rtol = UNITS.get(name, 4) * np.finfo(np.float64).eps
    tiny = (
        1e3 * np.finfo(np.float64).tiny
    )  # SciPy's expit rounds to zero what is smaller; SiLU multiplies by Z
    with localcontext(prec=60):
        expected = JUDGES[name](Z)
    np.testing.assert_allclose(ACTIVATIONS[name].g(Z), expected, rtol=rtol, atol=tiny)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_activation_and_its_derivative_keep_the_precision_and_never_warn(name, dtype):
    largest = np.finfo(dtype).max
    Z = np.array([[-largest, -1e3, -1.0, -0.0, 0.0, 1.0, 1e3, largest]], dtype)
    A = ACTIVATIONS[name].g(Z)
    slope = ACTIVATIONS[name].g_prime(Z, A)
    assert A.dtype == slope.dtype == dtype
    assert np.isfinite(A).all()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_at_infinity_an_activation_and_its_slope_have_their_limits(name):
    Z = np.array([-np.inf, np.inf])
    far = np.array([-1e5, 1e5])
    slope = ACTIVATIONS[name].g_prime(Z, ACTIVATIONS[name].g(Z))
    np.testing.assert_array_equal(slope, ACTIVATIONS[name].g_prime(far, ACTIVATIONS[name].g(far)))
    bounded = np.isfinite(ACTIVATIONS[name].g(Z))
    np.testing.assert_array_equal(ACTIVATIONS[name].g(Z)[bounded], ACTIVATIONS[name].g(far)[bounded])
    assert not np.isnan(ACTIVATIONS[name].g(Z)).any()
    assert np.isnan(ACTIVATIONS[name].g(np.array([np.nan]))).all()  # that is how a divergence is seen


@pytest.mark.parametrize(("name", "units"), [("gelu", 2), ("silu", 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_slope_that_needs_z_is_right_to_the_last_places(name, units, dtype):
    """Its two parts are added: the error is one of the larger part, which is below one."""
    Z = np.concatenate([np.linspace(-30, 30, 601), [-1e-9, 1e-9]]).astype(dtype)
    got = ACTIVATIONS[name].g_prime(Z, ACTIVATIONS[name].g(Z))
    for z, slope in zip(Z.tolist(), got.tolist(), strict=True):
        with localcontext(prec=60):
            z, one = Decimal(z), Decimal(1)
            S = one / (1 + (-z).exp())
            exact = float(S * (1 + z * (1 - S)) if name == "silu" else phi_of(z) + z * density_of(abs(z)))
        assert slope == pytest.approx(exact, rel=1e-5, abs=units * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_tail_of_the_normal_distribution_keeps_its_digits_far_out(dtype):
    top = {np.float32: 12.9, np.float64: 37.4}[dtype]  # beyond, it is not a normal number
    Y = np.concatenate([np.linspace(0, top, 800), np.geomspace(1e-12, 1, 100)]).astype(dtype)
    for y, got in zip(Y, tail(Y), strict=True):
        with localcontext(prec=60):
            exact = beyond(Decimal(float(y)))
        unit = float(np.spacing(dtype(float(exact))))
        assert abs(Decimal(float(got)) - exact) <= Decimal(5 * unit), y
    np.testing.assert_array_equal(tail(np.array([40, 1e3, np.inf], dtype)), 0)
    np.testing.assert_allclose(
        tail(Y), special.ndtr(-Y.astype(float)), rtol=1e-6 if dtype is np.float32 else 1e-12
    )


def test_tanh_is_sigmoid_moved_and_stretched_both_ways():
    Z = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(equations.tanh(Z), 2 * equations.sigmoid(2 * Z) - 1, atol=ROUNDING)


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", 0.01)])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_at_the_kink_the_derivative_is_the_one_from_the_left(name, slope, zero):
    Z = np.array([zero])
    assert ACTIVATIONS[name].g_prime(Z, ACTIVATIONS[name].g(Z)).item() == slope


@pytest.mark.parametrize("axis", [-2, -1, 0, 1])
def test_softmax_is_scipys_along_any_axis(axis):
    Z = np.random.default_rng(0).normal(0, 30, (4, 6))
    # e^Z loses |Z| roundings
    np.testing.assert_allclose(equations.softmax(Z, axis=axis), special.softmax(Z, axis=axis), rtol=1e-13)


@pytest.mark.parametrize(
    ("Z", "A"),
    [
        ([1e308, 1e308, -1e308], [0.5, 0.5, 0.0]),
        ([-1e308, -1e308, -1e308], [1 / 3, 1 / 3, 1 / 3]),
        ([1e3, -1e3, 1e3], [0.5, 0.0, 0.5]),
        ([-1e3, -1e3, -1e3 - 1e-9], [1 / 3, 1 / 3, 1 / 3]),
        ([1e16, 1e16, 1e16], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_softmax_shares_among_large_ties_and_overflows_nowhere(Z, A):
    got = equations.softmax(np.array(Z)[:, None])
    np.testing.assert_allclose(got[:, 0], A, rtol=1e-9, atol=0)
    assert got.sum() == pytest.approx(1, rel=ROUNDING)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_loss_is_the_one_of_the_probabilities(output):
    random = np.random.default_rng(0)
    for shape in [(1, 50), (4, 50)]:
        Z = random.normal(0, 20, shape)
        Y = targets(output, shape, random)
        got = OUTPUTS[output].loss(Z, Y)
        np.testing.assert_allclose(got, LOSSES[output](Z, Y), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("y", [0.25, 3.0, 1000.0])
def test_the_loss_of_counts_keeps_its_digits_near_the_rate(y):
    """A - Y + Y log(Y / A) would subtract numbers of the size of Y, and lose what is left in float32."""
    far = np.geomspace(1e-3, 5, 40)
    Z = np.log(y).astype(np.float32) + np.concatenate([far, -far]).astype(np.float32)
    got = [OUTPUTS["exp"].loss(z.reshape(1, 1), np.full((1, 1), y, np.float32))[0, 0] for z in Z]
    wanted = special.kl_div(y, np.exp(Z.astype(float)))
    slope = np.abs(np.exp(Z.astype(float)) - y)  # log Y and the difference are rounded to spacing(8)
    unit = np.finfo(np.float32).eps
    np.testing.assert_array_less(np.abs(got - wanted), 2 * (slope * 8 + 8 * wanted) * unit)


def test_a_rate_that_is_too_large_is_an_infinite_loss_and_never_no_number():
    Z = np.array([[-1e308, 0.0, 710.0, 1e308]])
    with np.errstate(over="ignore"):
        nothing, one = (OUTPUTS["exp"].loss(Z, np.full_like(Z, y))[0] for y in (0, 1))
    np.testing.assert_array_equal(nothing, [0, 1, np.inf, np.inf])
    np.testing.assert_array_equal(one, [1e308, 0, np.inf, np.inf])


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_binary_cross_entropy_has_no_logarithm_of_zero(y):
    with np.errstate(over="ignore"):  # SciPy's, where 1e308 is added to itself
        expected = -special.log_expit(BOTH_SIDES if y else -BOTH_SIDES)
    got = equations.binary_cross_entropy(BOTH_SIDES[None], np.full((1, BOTH_SIDES.size), y))
    # for a right class log(1 + e^Z) - Z is tiny, and exact only up to the rounding of Z (about 40 there)
    np.testing.assert_allclose(got[0], expected, rtol=ROUNDING, atol=np.spacing(40.0))


@pytest.mark.parametrize("true", [0, 1, 2])
@pytest.mark.parametrize("Z", [(1e3, -1e3, 0), (1e307, -1e307, 0), (-1e3, -1e3, -1e3), (1e16, 1e16, 1e16)])
def test_categorical_cross_entropy_has_no_logarithm_of_zero(Z, true):
    Z = np.array(Z, dtype=float)[:, None]
    got = equations.categorical_cross_entropy(Z, np.eye(3)[:, [true]])
    expected = -special.log_softmax(Z[:, 0])[true]
    np.testing.assert_allclose(got.item(), expected, rtol=ROUNDING, atol=np.spacing(np.abs(Z).max()))


def test_a_class_out_of_reach_adds_nothing_to_the_loss():
    Z = np.array([[1e308], [-1e308]])
    assert equations.categorical_cross_entropy(Z, np.array([[1.0], [0.0]])).item() == 0


def test_shares_sum_to_one_and_a_weight_of_k_counts_as_k_copies():
    random = np.random.default_rng(0)
    Z, Y = random.standard_normal((2, 1, 4))
    v = np.array([[1.0, 0.0, 3.0, 2.0]])
    assert equations.shares(v).sum() == pytest.approx(1, rel=ROUNDING)
    copies = [0, 2, 2, 2, 3, 3]
    repeated = equations.mean_loss(Z[:, copies], Y[:, copies], "identity", equations.shares(np.ones((1, 6))))
    weighted = equations.mean_loss(Z, Y, "identity", equations.shares(v))
    assert weighted == pytest.approx(repeated, rel=1e-14)


def test_weights_that_are_all_zero_have_shares_of_zero():
    np.testing.assert_array_equal(equations.shares(np.zeros((2, 1, 3))), np.zeros((2, 1, 3)))


def test_the_penalty_is_the_sum_that_the_loops_say_and_leaves_biases_alone():
    p = problem()
    absolute = sum(abs(w) for W_l in p.W[1:] for w in W_l.ravel().tolist())
    squared = sum(w * w for W_l in p.W[1:] for w in W_l.ravel().tolist())
    got = equations.penalty(p.W, l1=0.3, l2=0.7, m=11)
    assert got == pytest.approx(0.3 * absolute / 11 + 0.7 * squared / 22, rel=1e-13)
    assert equations.penalty_prime(np.array([[-2.0, 0.0, 3.0]]), 0.5, 0.0, 10).tolist() == [[-0.05, 0, 0.05]]
    np.testing.assert_allclose(equations.penalty_prime(np.array([[-2.0, 3.0]]), 0.0, 0.5, 10), [[-0.1, 0.15]])


# --------------------------------------------------------------------------- forward and backward


def test_the_forward_pass_is_the_loops_over_examples_and_units():
    p = problem("sigmoid")
    Z, A = equations.forward(p.W, p.b, p.X, p.g, p.D)
    g = {"tanh": np.tanh, "leaky_relu": lambda z: max(0.01 * z, z), "sigmoid": special.expit}
    for i in range(7):
        a = p.X[:, i]
        for l in (1, 2, 3):
            z = [float(p.W[l][j] @ a + p.b[l][j, 0]) for j in range(len(p.W[l]))]
            a = np.array([g[p.g[l]](z_j) for z_j in z]) * (1 if p.D[l] is None else p.D[l][:, i])
            np.testing.assert_allclose(Z[l][:, i], z, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(A[l][:, i], a, rtol=1e-12, atol=1e-14)


def test_a_unit_that_is_dropped_says_nothing_and_learns_nothing():
    p = problem()
    p.D[1][:] = np.array([[0], [2], [2], [2], [2]])
    Z, A = equations.forward(p.W, p.b, p.X, p.g, p.D)
    dZ, dW, db = equations.backward(p.W, Z, A, p.Y, p.g, p.q, p.D)
    for silent in (A[1][0], dZ[1][0], dW[1][0], db[1][0], dW[2][:, 0]):
        assert not silent.any()
    assert dW[1][1:].all()


def test_a_mask_of_ones_changes_nothing():
    p = problem()
    p.D[1][:] = 1.0
    with_mask = everything(p)
    p.D = None
    for masked, plain in zip(with_mask, everything(p), strict=True):
        np.testing.assert_allclose(masked, plain, rtol=1e-14)


def test_one_layer_is_logistic_regression_and_needs_no_code_of_its_own():
    random = np.random.default_rng(0)
    w, X, Y = random.standard_normal((1, 3)), random.standard_normal((3, 8)), random.integers(0, 2, (1, 8))
    Z, A = equations.forward([None, w], [None, np.zeros((1, 1))], X, ("", "sigmoid"))
    _, dW, db = equations.backward([None, w], Z, A, Y, ("", "sigmoid"), np.full((1, 8), 1 / 8))
    error = special.expit(w @ X) - Y
    np.testing.assert_allclose(dW[1], error @ X.T / 8, rtol=1e-13)
    np.testing.assert_allclose(db[1], error.mean(axis=1, keepdims=True), rtol=1e-13)


def test_examples_of_weight_zero_leave_no_trace_in_the_gradient():
    p = problem()
    p.q = equations.shares(np.array([[1.0, 2, 0, 1, 0, 3, 1]]))
    counted = np.flatnonzero(p.q[0])
    few = problem()
    few.X, few.Y, few.q, few.D = p.X[:, counted], p.Y[:, counted], p.q[:, counted], None
    p.D = None
    Z, A = equations.forward(p.W, p.b, p.X, p.g)
    Z_few, A_few = equations.forward(few.W, few.b, few.X, few.g)
    _, dW, db = equations.backward(p.W, Z, A, p.Y, p.g, p.q)
    _, dW_few, db_few = equations.backward(few.W, Z_few, A_few, few.Y, few.g, few.q)
    for l in (1, 2, 3):
        np.testing.assert_allclose(dW[l], dW_few[l], rtol=1e-13)
        np.testing.assert_allclose(db[l], db_few[l], rtol=1e-13)


def test_units_that_start_alike_stay_alike():
    p = problem("sigmoid", dropout=False)
    p.W[1][:], p.b[1][:], p.W[2][:] = p.W[1][0], p.b[1][0], p.W[2][:, :1]
    Z, A = equations.forward(p.W, p.b, p.X, p.g)
    _, dW, db = equations.backward(p.W, Z, A, p.Y, p.g, p.q)
    assert dW[1].any()
    # Alike but for rounding: on some CPUs BLAS adds the last rows of a product in another order.
    np.testing.assert_allclose(dW[1], np.broadcast_to(dW[1][0], (5, 3)), rtol=1e-13)
    np.testing.assert_allclose(db[1], np.broadcast_to(db[1][0], (5, 1)), rtol=1e-13)


# --------------------------------------------------------------------------- many networks, many libraries


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("stack", [(3,), (2, 3)])
@pytest.mark.parametrize("library", [np, array_api_strict], ids=["numpy", "array_api_strict"])
def test_a_stack_of_networks_is_each_of_them_alone(output, stack, library):
    p = problem(output, stack)
    together = everything(carried(p, library))
    for k in np.ndindex(stack):
        alone = SimpleNamespace(output=p.output, g=p.g, X=p.X[k], Y=p.Y[k], q=p.q[k])
        for name in ("W", "b", "D"):
            setattr(alone, name, [None if x is None else x[k] for x in getattr(p, name)])
        for many, one in zip(together, everything(alone), strict=True):
            assert many.shape == (*stack, *np.shape(one))
            # a stacked product may add in another order
            np.testing.assert_allclose(np.asarray(many)[k], one, rtol=1e-12, atol=1e-14)


def test_a_stack_of_networks_may_share_the_examples():
    p = problem("sigmoid", (3,), dropout=False)
    p.X, p.Y, p.q = p.X[0], p.Y[0], p.q[0]
    Z, A = equations.forward(p.W, p.b, p.X, p.g)
    J = equations.mean_loss(Z[-1], p.Y, "sigmoid", p.q)
    _, dW, _ = equations.backward(p.W, Z, A, p.Y, p.g, p.q)
    assert J.shape == (3,)
    assert dW[1].shape == (3, 5, 3)


def carried(p, library):
    """The same problem in arrays of another library."""

    def carry(x):
        return None if x is None else library.asarray(x)

    moved = {name: carry(getattr(p, name)) for name in ("X", "Y", "q")}
    lists = {n: getattr(p, n) and [carry(x) for x in getattr(p, n)] for n in ("W", "b", "D")}
    return SimpleNamespace(**moved, **lists, g=p.g, output=p.output)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("dropout", [False, True])
def test_the_passes_run_on_any_array_library(output, dropout):
    p = problem(output, dropout=dropout)
    for strict, plain in zip(everything(carried(p, array_api_strict)), everything(p), strict=True):
        assert isinstance(strict, type(array_api_strict.asarray(0.0)))
        np.testing.assert_allclose(np.asarray(strict), plain, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_function_runs_on_any_array_library_and_keeps_its_precision(dtype):
    Z = np.random.default_rng(0).standard_normal((4, 6)).astype(dtype)
    Y = np.eye(4)[:, [0, 1, 2, 3, 0, 1]].astype(dtype)
    calls = [(activation.g, (Z,)) for activation in ACTIVATIONS.values()]
    calls += [(activation.g_prime, (Z, activation.g(Z))) for activation in ACTIVATIONS.values()]
    calls += [(equations.softmax, (Z,)), (equations.softmax_prime, (Z, equations.softmax(Z)))]
    calls += [(output.loss, (Z, Y)) for output in OUTPUTS.values()] + [(equations.shares, (Z[:1] ** 2,))]
    calls += [(output.loss_prime, (Z, Y)) for output in OUTPUTS.values()]
    for function, arguments in calls:
        strict = function(*(array_api_strict.asarray(x) for x in arguments))
        assert strict.dtype == getattr(array_api_strict, dtype), function.__name__
        np.testing.assert_allclose(
            np.asarray(strict), function(*arguments), rtol=1e-6 if dtype == "float32" else 1e-14
        )
