"""Every verdict can be lost: a part of the experiment is broken, and its claim must not hold any more."""

from importlib import import_module

import numpy as np
import pytest

from shoal.book import backward, forward, mean_loss
from shoal.book.equations import sigmoid
from shoal.book.graph import parse
from shoal.estimators import LogisticRegression
from shoal.experiments import run
from shoal.inspect import trace

pytestmark = pytest.mark.unchecked_shapes  # wrong shapes are the subject of some, and told in our own words

loops, passes, functions, matrices = (
    import_module(f"shoal.experiments._{name}") for name in ("loops", "passes", "functions", "matrices")
)


def a_enters_u(formula, **values):
    """The note's line would be right if u depended on a."""
    return parse(formula.replace("b*c", "b*c*a/5"), **values)


def output_moved(*arguments):
    Z, A = forward(*arguments)
    return Z, [*A[:-1], A[-1] + 1e-6]


def weights_turned(*arguments):
    dZ, dW, db = backward(*arguments)
    return dZ, [None, dW[1].T, *dW[2:]], db


def biases_summed(*arguments):
    dZ, dW, db = backward(*arguments)
    return dZ, dW, [None, np.full_like(db[1], db[1].sum()), *db[2:]]


def outer_layer(W, b, X, network, l, right=passes._again):
    """The values of the layer before the one that is asked for."""
    return right(W, b, X, network, max(l - 1, 0))


def from_the_left(*shapes):
    return np.broadcast_shapes(*(shape[::-1] for shape in shapes))[::-1]


def product_with_a_wrong_b(*arguments, right=loops._by_product):
    J, dw, db = right(*arguments)
    return J, dw, db + 1e-9


def layers_moved(*arguments, right=loops._unit_by_unit):
    A, steps = right(*arguments)
    return A + 1e-9, steps


def shares_of_the_sum(x, axis=-2):
    x = np.asarray(x)
    return x / x.sum(axis=-1 if x.ndim == 1 else axis, keepdims=True)


BROKEN = [
    ("graph", "_graphs", "parse", a_enters_u),
    ("dz", "_graphs", "forward", output_moved),
    ("dz", "_graphs", "backward", lambda W, Z, A, Y, g, q: ([None, A[1] - Y[:1], A[2] - Y], None, None)),
    ("examples_loop", "_loops", "_by_product", product_with_a_wrong_b),
    ("vectorised", "_loops", "_dot", lambda a, b, right=loops._dot: right(a[:-1], b[:-1])),
    ("broadcasting", "_shapes", "broadcast_shapes", from_the_left),
    ("rank_one", "_shapes", "mean_loss", lambda Z, Y, output, q: 0.0),
    ("likelihood", "_likelihood", "LogisticRegression", lambda **_: LogisticRegression(C=0.1)),
    ("unit", "_passes", "trace", lambda network, theta, X: trace(network, theta * (1 + 1e-9), X)),
    ("layers_as_products", "_loops", "_unit_by_unit", layers_moved),
    ("cache", "_passes", "_again", outer_layer),
    ("cache", "_passes", "_HIDDEN", ("relu", "tanh")),
    ("weights_shape", "_shapes", "backward", weights_turned),
    ("weights_shape", "_shapes", "mean_loss", lambda Z, Y, *rest: mean_loss(Z[-1:], Y, *rest)),
    ("rows_or_columns", "_shapes", "sigmoid", lambda Z: sigmoid(Z + 1e-9)),
    ("tanh_is_sigmoid", "_functions", "sigmoid", lambda Z: sigmoid(1.001 * Z)),
    ("reductions", "_matrices", "backward", biases_summed),
    ("row_lengths", "_matrices", "normalize_rows", lambda x: matrices._of_note(np.array(x, dtype=float))),
    ("softmax", "_matrices", "book_softmax", shares_of_the_sum),
    ("overflow", "_functions", "_loss", functions._plain_loss),
    ("overflow", "_functions", "softmax", functions._plain_softmax),
    ("products", "_matrices", "_against_loops", lambda *_: {"dot": 1.0}),
]


@pytest.mark.parametrize(
    ("name", "module", "part", "wrong"), BROKEN, ids=[f"{name}-{part}" for name, _, part, _ in BROKEN]
)
def test_a_broken_part_loses_the_verdict(name, module, part, wrong, monkeypatch):
    monkeypatch.setattr(loops, "_SIZES", (10, 100))  # sizes do not matter here, and seconds do
    assert run(name).holds
    monkeypatch.setattr(import_module(f"shoal.experiments.{module}"), part, wrong)
    assert not run(name).holds
