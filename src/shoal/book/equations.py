"""The textbook: activations, losses, forward, cost, backward. The judge of every engine.

Plain functions of arrays, with the letters and shapes of `notation`: no state, no files, no tricks for
speed. They use only the Array API standard and broadcast over leading axes, so the same lines compute
one network or K of them at once, with NumPy or with another library's arrays. L = 1 is logistic,
softmax or linear regression; it has no code of its own.

Sources: the course's weeks 2 and 3; for dropout, Srivastava et al. 2014 (inverted form).
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from array_api_compat import array_namespace

from shoal.book.normal import density, tail
from shoal.book.notation import (
    Array,
    Before,
    Bias,
    Number,
    Rows,
    Targets,
    Units,
    Weights,
    check_layers,
    check_matrix,
    check_shares,
    check_targets,
    numbers,
    of_numbers,
)
from shoal.book.poisson import capped_exp, exp, exp_prime, half_deviance, half_deviance_prime

LEAK = 0.01  # the slope of leaky ReLU for z < 0
FAR = 750.0  # e^-750 is zero: from there on GELU and SiLU are 0 or Z, and infinity times zero is avoided

# --------------------------------------------------------------------------- activations: A = g(Z)
# g_prime takes Z and A = g(Z), because some derivatives are read off A more cheaply.


@of_numbers
def identity(Z: Array) -> Array:
    """A = Z."""
    return Z


@of_numbers
def identity_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = 1."""
    return array_namespace(Z).ones_like(Z)


@of_numbers
def sigmoid(Z: Array) -> Array:
    """A = 1 / (1 + e^-Z), written with e^-|Z|, which cannot overflow."""
    xp = array_namespace(Z)
    E = xp.exp(-xp.abs(Z))
    return xp.where(Z >= 0, xp.ones_like(E), E) / (1 + E)


@of_numbers
def sigmoid_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = A (1 - A)."""
    return A * (1 - A)


@of_numbers
def tanh(Z: Array) -> Array:
    """A = (e^Z - e^-Z) / (e^Z + e^-Z) = 2 sigmoid(2 Z) - 1: sigmoid moved and stretched, both ways."""
    return array_namespace(Z).tanh(Z)


@of_numbers
def tanh_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = 1 - A^2."""
    return 1 - A * A


@of_numbers
def relu(Z: Array) -> Array:
    """A = max(0, Z)."""
    xp = array_namespace(Z)
    return xp.maximum(Z, xp.zeros_like(Z))


@of_numbers
def relu_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = 1 for Z > 0, else 0: at Z = 0, where there is no derivative, we take 0."""
    return array_namespace(Z).astype(Z > 0, Z.dtype)


@of_numbers
def leaky_relu(Z: Array) -> Array:
    """A = max(0.01 Z, Z)."""
    return array_namespace(Z).maximum(LEAK * Z, Z)


@of_numbers
def leaky_relu_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = 1 for Z > 0, else 0.01, also at Z = 0."""
    xp = array_namespace(Z)
    return xp.where(Z > 0, xp.ones_like(Z), LEAK * xp.ones_like(Z))


@of_numbers
def gelu(Z: Array) -> Array:
    """A = Z Phi(Z), Phi of the normal distribution; as max(0, Z) - |Z| (1 - Phi(|Z|)), exact in both tails.

    Hendrycks and Gimpel 2016, without their approximations.
    """
    xp = array_namespace(Z)
    Y = xp.clip(xp.abs(Z), max=FAR)
    return relu(Z) - Y * tail(Y)


@of_numbers
def gelu_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = Phi(Z) + Z phi(Z), which is the tail - |Z| phi(Z) for Z < 0, and 1 minus that for Z > 0."""
    xp = array_namespace(Z)
    Y = xp.clip(xp.abs(Z), max=FAR)
    below = tail(Y) - Y * density(Y)
    return xp.where(Z < 0, below, 1 - below)


@of_numbers
def silu(Z: Array) -> Array:
    """A = Z sigmoid(Z) (Elfwing et al. 2018), also called swish."""
    return array_namespace(Z).clip(Z, min=-FAR) * sigmoid(Z)


@of_numbers
def silu_prime(Z: Array, A: Array) -> Array:
    """dA/dZ = S (1 + Z (1 - S)) with S = sigmoid(Z)."""
    S = sigmoid(Z)
    return S * (1 + array_namespace(Z).clip(Z, min=-FAR, max=FAR) * (1 - S))


def softmax(Z: Array, axis: int = -2) -> Array:
    """A_j = e^Z_j / sum_k e^Z_k over the units; shifted by max Z, which changes nothing but overflow.

    The notes' softmax over the rows of a matrix is ``axis=1``. A list of numbers is one example.
    """
    Z = numbers(Z)
    axis = -1 if len(Z.shape) == 1 else axis
    E = _exp_below_top(Z, axis)
    return E / array_namespace(Z).sum(E, axis=axis, keepdims=True)


def _exp_below_top(Z: Array, axis: int) -> Array:
    """e^(Z - max Z), from halves: the difference of two numbers may be twice as large as any number."""
    xp = array_namespace(Z)
    half = Z / 2 - xp.max(Z, axis=axis, keepdims=True) / 2
    return xp.exp(2 * xp.clip(half, min=-5e3))  # e^-10000 is 0


def softmax_prime(Z: Array, A: Array) -> Array:
    """dA_j/dZ_k = A_j (1[j = k] - A_k): a matrix an example, (..., n, n, m), for units see each other."""
    xp = array_namespace(A)
    eye = xp.eye(A.shape[-2], dtype=A.dtype)[:, :, None]
    A_j, A_k = xp.expand_dims(A, axis=-2), xp.expand_dims(A, axis=-3)
    return A_j * (eye - A_k)


class Activation(NamedTuple):
    """A function of Z and its derivative, element by element, and how W starts that leads to it."""

    g: Callable[[Any], Any]
    g_prime: Callable[[Any, Any], Any]
    initialization: str = "xavier"  # or "he": see shoal.book.initialization
    kinks: tuple[float, ...] = ()  # the Z at which there is no derivative, and g_prime is a choice


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "identity": Activation(identity, identity_prime),
        "sigmoid": Activation(sigmoid, sigmoid_prime),
        "tanh": Activation(tanh, tanh_prime),
        "relu": Activation(relu, relu_prime, "he", kinks=(0.0,)),
        "leaky_relu": Activation(leaky_relu, leaky_relu_prime, "he", kinks=(0.0,)),
        "gelu": Activation(gelu, gelu_prime, "he"),
        "silu": Activation(silu, silu_prime, "he"),
    }
)

# ------------------------------------------------- losses of one example, from Z[L], never from A[L]
# A rounded probability would have to take log 0; Z[L] keeps what A[L] has lost. Each loss is followed by its
# derivative with respect to A[L], which is not larger than the largest number.


def binary_cross_entropy(Z: Targets, Y: Targets) -> Rows:
    """-Y log A - (1 - Y) log(1 - A) with A = sigmoid(Z), which is log(1 + e^Z) - Y Z; summed over units."""
    check_targets(Y, Z)
    xp = array_namespace(Z)
    softplus = relu(Z) + xp.log1p(xp.exp(-xp.abs(Z)))
    return xp.sum(softplus - Y * Z, axis=-2, keepdims=True)


def binary_cross_entropy_prime(Z: Targets, Y: Targets) -> Targets:
    """dL/dA = -Y / A + (1 - Y) / (1 - A), which is -Y (1 + e^-Z) + (1 - Y) (1 + e^Z)."""
    return (1 - Y) * (1 + capped_exp(Z)) - Y * (1 + capped_exp(-Z))


def categorical_cross_entropy(Z: Targets, Y: Targets) -> Rows:
    """-sum_j Y_j log A_j with A = softmax(Z), which is sum_j Y_j (log sum_k e^Z_k - Z_j).

    Halves are subtracted, because twice the largest number would be infinite, and 0 times it no number.
    """
    check_targets(Y, Z)
    return 2 * array_namespace(Z).sum(Y * (_log_sum(Z) / 2 - Z / 2), axis=-2, keepdims=True)


def log_sigmoid(Z: Array) -> Array:
    """log sigmoid(Z) = min(Z, 0) - log(1 + e^-|Z|): exact where A rounds to 0, and where it rounds to 1."""
    xp = array_namespace(Z)
    return xp.clip(Z, max=0.0) - xp.log1p(xp.exp(-xp.abs(Z)))


def log_softmax(Z: Targets) -> Targets:
    """log softmax(Z) over the units: exact where a probability rounds to 0, and where it rounds to 1.

    It is Z_j - max Z - log sum_k e^(Z_k - max Z).
    """
    xp = array_namespace(Z)
    half = Z / 2 - xp.max(Z, axis=-2, keepdims=True) / 2
    return 2 * half - xp.log(xp.sum(_exp_below_top(Z, -2), axis=-2, keepdims=True))


def categorical_cross_entropy_prime(Z: Targets, Y: Targets) -> Targets:
    """dL/dA_j = -Y_j / A_j, which is -Y_j sum_k e^(Z_k - Z_j)."""
    return -Y * capped_exp(2 * array_namespace(Z).clip(_log_sum(Z) / 2 - Z / 2, max=5e3))


def _log_sum(Z: Targets) -> Rows:
    """log sum_k e^Z_k over the units."""
    xp = array_namespace(Z)
    top = xp.max(Z, axis=-2, keepdims=True)
    return top + xp.log(xp.sum(_exp_below_top(Z, -2), axis=-2, keepdims=True))


def half_squared_error(Z: Targets, Y: Targets) -> Rows:
    """1/2 sum_j (A_j - Y_j)^2 with A = Z."""
    check_targets(Y, Z)
    return array_namespace(Z).sum((Z - Y) ** 2, axis=-2, keepdims=True) / 2


def half_squared_error_prime(Z: Targets, Y: Targets) -> Targets:
    """dL/dA = A - Y with A = Z."""
    return Z - Y


def half_poisson_deviance(Z: Targets, Y: Targets) -> Rows:
    """sum_j (Y_j log(Y_j / A_j) - Y_j + A_j) with A = e^Z (McCullagh and Nelder 1989).

    Y counts something; the loss is -log of its probability at the rate A, less what that is at the rate Y.
    """
    check_targets(Y, Z)
    return array_namespace(Z).sum(half_deviance(Z, Y), axis=-2, keepdims=True)


class Output(NamedTuple):
    """The last activation and the loss that belongs to it: for each pair here, dL/dZ[L] = A[L] - Y."""

    g: Callable[[Any], Any]
    g_prime: Callable[[Any, Any], Any]  # of a unit towards its own Z, which is not all of softmax_prime
    loss: Callable[[Any, Any], Any]
    loss_prime: Callable[[Any, Any], Any]  # dL/dA[L] of each example; a softmax's A_j count as independent
    probabilities: bool  # whether A[L] are probabilities, and Y says classes; else both are numbers


OUTPUTS: Mapping[str, Output] = MappingProxyType(
    {
        "identity": Output(identity, identity_prime, half_squared_error, half_squared_error_prime, False),
        "sigmoid": Output(sigmoid, sigmoid_prime, binary_cross_entropy, binary_cross_entropy_prime, True),
        # Y's columns sum to one
        "softmax": Output(
            softmax, sigmoid_prime, categorical_cross_entropy, categorical_cross_entropy_prime, True
        ),
        # Y is not negative
        "exp": Output(of_numbers(exp), exp_prime, half_poisson_deviance, half_deviance_prime, False),
    }
)

# --------------------------------------------------------------------------- a network, both ways
# Lists are indexed by layer. g names the activations: g[1] ... g[L-1] hidden, g[L] the output.

Layers = Sequence[Any]


def linear(W: Weights, A_before: Before, b: Bias) -> Units:
    """Z[l] = W[l] @ A[l-1] + b[l]."""
    return W @ A_before + b


def forward(
    W: Layers, b: Layers, X: Array, g: Sequence[str], D: Layers | None = None
) -> tuple[list[Any], list[Any]]:
    """Z[l] = W[l] @ A[l-1] + b[l], A[l] = g[l](Z[l]) * D[l]; the lists Z (Z[0] is None) and A."""
    X = numbers(X)
    check_layers(W, X, b)
    L = len(g) - 1
    Z: list[Any] = [None]
    A = [X]
    for l in range(1, L + 1):
        Z.append(linear(W[l], A[l - 1], b[l]))  # (n[l], m)
        A.append(OUTPUTS[g[l]].g(Z[l]) if l == L else ACTIVATIONS[g[l]].g(Z[l]))
        if D is not None and D[l] is not None:
            A[l] = A[l] * D[l]
    return Z, A


def shares(v: Rows, total: float | None = None) -> Rows:
    """q = v / sum(v): what each example counts in a mean; zeros where all weights are zero.

    For a mini-batch `total` is the mean weight of the training set times the size of the batch, so that
    the mean over the batches is the mean over the set.
    """
    if total is not None:
        return v / total if total > 0 else 0 * v
    xp = array_namespace(v)
    summed = xp.sum(v, axis=-1, keepdims=True)
    return v / xp.where(summed > 0, summed, xp.ones_like(summed))


def mean_loss(Z_L: Targets, Y: Targets, output: str, q: Rows) -> Number:
    """Sum of q * loss: the cost without its penalties."""
    check_shares(q, Z_L)
    return array_namespace(Z_L).sum(q * OUTPUTS[output].loss(Z_L, Y), axis=(-2, -1))


def backward(
    W: Layers, Z: Layers, A: Layers, Y: Array, g: Sequence[str], q: Rows, D: Layers | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """The chain rule, last layer first: the lists dZ, dW, db of the mean loss (index 0 is None).

    dZ[L] = A[L] - Y,  dW[l] = (q dZ[l]) @ A[l-1].T,  db[l] = the sum of q dZ[l] over the examples,
    dZ[l-1] = (W[l].T @ dZ[l]) * D[l-1] * g[l-1]'(Z[l-1]);  q is 1/m where all examples count alike.
    """
    check_layers(W, A[0])
    check_targets(Y, Z[-1])
    check_shares(q, Y)
    L = len(g) - 1
    dZ: list[Any] = [None] * (L + 1)
    dW, db = dZ.copy(), dZ.copy()
    dZ[L] = A[L] - Y
    for l in range(L, 0, -1):
        dW[l] = weights_gradient(dZ[l], A[l - 1], q)
        db[l] = bias_gradient(dZ[l], q)
        if l > 1:
            dropped = None if D is None else D[l - 1]
            dZ[l - 1] = hidden_dZ(W[l], dZ[l], Z[l - 1], A[l - 1], g[l - 1], dropped)
    return dZ, dW, db


def weights_gradient(dZ: Units, A_before: Before, q: Rows) -> Weights:
    """dW[l] = (q dZ[l]) @ A[l-1].T."""
    return (q * dZ) @ A_before.mT


def bias_gradient(dZ: Units, q: Rows) -> Bias:
    """db[l] = sum of q dZ[l] over the examples only: one number a unit."""
    return array_namespace(dZ).sum(q * dZ, axis=-1, keepdims=True)


def hidden_dZ(W: Weights, dZ: Units, Z_before: Before, A_before: Before, g: str, D: Before | None) -> Before:
    """dZ[l-1] = (W[l].T @ dZ[l]) * D[l-1] * g[l-1]'(Z[l-1])."""
    dA = W.mT @ dZ  # (n[l-1], m)
    if D is None:
        return dA * ACTIVATIONS[g].g_prime(Z_before, A_before)
    return dA * D * ACTIVATIONS[g].g_prime(Z_before, ACTIVATIONS[g].g(Z_before))  # A without D


def activations_gradient(W: Layers, Z: Layers, dZ: Layers, Y: Array, output: str) -> list[Any]:
    """The list dA: dA[L] from the loss, dA[l-1] = W[l].T @ dZ[l]; of each example, without 1/m.

    `backward` needs none of them but hidden_dZ's, which it does not keep. dA[0] is dL/dX. With dropout, dA[l]
    is the derivative with respect to A[l] as it goes on: after D[l].
    """
    return [*(W[l].mT @ dZ[l] for l in range(1, len(W))), OUTPUTS[output].loss_prime(Z[-1], Y)]


def penalty(W: Layers, l1: float, l2: float, m: float) -> Any:
    """L1/m * sum |W| + L2/(2m) * sum W^2 over all layers; m is that of the training set, b is free."""
    for l in range(1, len(W)):
        check_matrix(f"W[{l}]", W[l], (f"n[{l}]", f"n[{l - 1}]"))
    xp = array_namespace(W[1])
    absolute = sum(xp.sum(xp.abs(W_l), axis=(-2, -1)) for W_l in W[1:])
    squared = sum(xp.sum(W_l * W_l, axis=(-2, -1)) for W_l in W[1:])
    return (l1 * absolute + l2 / 2 * squared) / m


def penalty_prime(W: Weights, l1: float, l2: float, m: float) -> Weights:
    """What the penalty adds to dW[l]: (L1 sign(W[l]) + L2 W[l]) / m, with sign(0) = 0."""
    return (l1 * array_namespace(W).sign(W) + l2 * W) / m
