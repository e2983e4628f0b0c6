"""Logistic regression and any network as a graph: a second derivation of every gradient.

It shares no derivative with `equations.backward`. There the six lines of the chain rule are written for a
whole layer; here each node has a derivative of its own (`_operations`), and the chain rule of `_chain` joins
them. The derivative of an activation that the table of operations does not know is measured.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shoal.base.errors import ShapeError, UsageError
from shoal.book import equations
from shoal.book.graph import _functions as functions
from shoal.book.graph import _operations as operations
from shoal.book.graph._graph import Graph
from shoal.book.graph._nodes import Node, apply, given, operated
from shoal.book.network import Network
from shoal.book.notation import check_shape

MOST_INPUTS = 6  # of one example whose numbers are all drawn
_LOSSES = {
    "identity": "half_squared_error",
    "sigmoid": "binary_cross_entropy",
    "softmax": "categorical_cross_entropy",
    "exp": "half_poisson_deviance",
}


def logistic_graph(w: Any, x: Any, b: Any, y: Any) -> Graph:
    """Logistic regression on one example, every number a node, as the course draws it (week 2).

    z = w1 * x1 + ... + b, a = sigmoid(z), L = -(y log a + (1 - y) log(1 - a)).

    Parameters
    ----------
    w, x : array-like of shape (n_x,)
        The weights and the example; at most 6 numbers each.
    b, y : float
        The bias; the target, 0 or 1.

    Returns
    -------
    Graph
        With the nodes w1, x1 ... b, y, z, a, L. Its `backward` has been run: dL/dz is a - y.

    Raises
    ------
    UsageError
        If there are more than 6 inputs, or a is so near to 0 or 1 that its logarithm is lost.
    ShapeError
        If w and x are not equally long.

    Examples
    --------
    >>> from shoal.book.graph import logistic_graph
    >>> graph = logistic_graph(w=[0, 0], x=[1, 2], b=0, y=1)
    >>> print(graph.explain("z").chain)
    dL/dz = dL/da · da/dz = (-2) · 0.25 = -0.5
    """
    w, x = np.ravel(w), np.ravel(x)
    if w.size != x.size:
        raise ShapeError("core.shape", symbol="x", wanted=f"(n_x,) = ({w.size},)", got=x.shape)
    if w.size > MOST_INPUTS:
        raise UsageError("graph.too_many_inputs", count=w.size, most=MOST_INPUTS)
    graph = Graph()
    factors: list[Node] = []
    for i, (w_i, x_i) in enumerate(zip(w, x, strict=True), start=1):
        factors += [graph.variable(f"w{i}", w_i), graph.constant(f"x{i}", x_i)]
    bias = graph.variable("b", np.squeeze(b))
    z = operated(bias.nodes, operations.weighted_sum(w.size), [*factors, bias], "z")
    a = apply("sigmoid", z, name="a")
    graph.backward(apply("log_loss", a, graph.constant("y", np.squeeze(y)), name="L"))
    return graph


def network_graph(
    network: Network,
    theta: Any,
    X: Any,
    Y: Any,
    *,
    q: Any = None,
    l1: float = 0.0,
    l2: float = 0.0,
    m: float | None = None,
    D: Sequence[Any] | None = None,
) -> Graph:
    """A network with its cost as a graph of matrices; how many units it has does not change the graph.

    Parameters
    ----------
    network : Network
        The architecture.
    theta : array-like of shape (p,)
        Its parameters.
    X : array-like of shape (n_x, m)
        An example a column.
    Y : array-like of shape (n_y, m)
        Targets; for softmax, columns that sum to one; for exp, not negative.
    q : array-like of shape (1, m) or None, default=None
        What each example counts in the mean, as `shoal.book.shares` gives it; None is 1/m.
    l1, l2 : float, default=0.0
        The penalties L1/m * sum |W| + L2/(2m) * sum W^2.
    m : float or None, default=None
        The m of the penalties, that of the training set; None is the number of examples.
    D : sequence of ndarray or None, default=None
        Dropout: D[l] is (n[l], m) or None, as `shoal.book.forward` takes it.

    Returns
    -------
    Graph
        With the nodes X, Y, W[l], b[l], Z[l], A[l], loss, J. Its `backward` has been run. The derivative of
        Z[l] is dJ/dZ[l], so it holds q (1/m), which the dZ[l] of `shoal.book.backward` does not.

    Raises
    ------
    ShapeError
        If a shape is not that of its symbol.
    UsageError
        If a value or a derivative is not finite, or the nodes hold more than 10 million numbers.
    """
    theta, X, Y = (np.asarray(each, dtype=np.float64) for each in (theta, X, Y))
    check_shape("X", X, ("n_x", "m"), (network.n[0], -1))
    check_shape("Y", Y, ("n_y", "m"), (network.n[-1], X.shape[-1]))
    graph = Graph()
    W, b = network.views(theta)
    Z, weights = _layers(graph, network, (W, b), X, D)
    loss = apply(_LOSSES[network.output], Z, graph.constant("Y", Y), name="loss")
    penalties = _penalties(weights, l1, l2, X.shape[-1] if m is None else m)
    graph.backward(_cost(graph, loss, q, penalties))
    return graph


def parameter_gradient(
    network: Network,
    theta: Any,
    X: Any,
    Y: Any,
    *,
    q: Any = None,
    l1: float = 0.0,
    l2: float = 0.0,
    m: float | None = None,
    D: Sequence[Any] | None = None,
) -> Any:
    """dJ/dtheta, (p,), by the computation graph; the parameters are those of `network_graph`."""
    graph = network_graph(network, theta, X, Y, q=q, l1=l1, l2=l2, m=m, D=D)
    names = [f"{letter}[{l}]" for l in range(1, network.L + 1) for letter in "Wb"]
    return np.concatenate([graph[name].derivative.ravel() for name in names])


def _layers(
    graph: Graph, network: Network, parameters: Any, X: Any, D: Sequence[Any] | None
) -> tuple[Node, list[Node]]:
    """Z[L] and the weights of all layers."""
    W, b = parameters
    A, weights = graph.constant("X", X), []
    for l in range(1, network.L + 1):
        W_l = graph.variable(f"W[{l}]", W[l])
        weights.append(W_l)
        inputs = [W_l, A, graph.variable(f"b[{l}]", b[l])]
        Z = operated(A.nodes, operations.MATRICES["linear"], inputs, f"Z[{l}]")  # (n[l], m)
        if l < network.L:
            dropped = D is not None and D[l] is not None
            A = operated(A.nodes, _activation(network.g[l]), [Z], f"G[{l}]" if dropped else f"A[{l}]")
        if l < network.L and D is not None and D[l] is not None:
            check_shape(f"D[{l}]", np.asarray(D[l]), (f"n[{l}]", "m"), Z.shape)
            A = apply("*", A, graph.constant(f"D[{l}]", D[l]), name=f"A[{l}]")
    return Z, weights


def _activation(name: str) -> operations.Operation:
    known = functions.ACTIVATIONS.get(name)
    return functions.measured(name, equations.ACTIVATIONS[name].g) if known is None else known


def _cost(graph: Graph, loss: Node, q: Any, penalties: list[Node]) -> Node:
    """J, the mean of the losses and the penalties, each a factor and a sum."""
    name = "C" if penalties else "J"
    if q is None:
        mean = apply("mean", loss, name=name)
    else:
        check_shape("q", np.asarray(q), ("1", "m"), loss.shape)
        mean = apply("sum", apply("*", graph.constant("q", q), loss, name="q_loss"), name=name)
    if not penalties:
        return mean
    return operated(loss.nodes, operations.weighted_sum(len(penalties) // 2), [*penalties, mean], "J")


def _penalties(weights: list[Node], l1: float, l2: float, m: float) -> list[Node]:
    """L1/m and sum |W[l]|, L2/(2m) and sum W[l]**2, for each layer."""
    factors_and_sums: list[Node] = []
    for l, W in enumerate(weights, start=1):
        if l1:
            size = apply("abs", W, name=f"W_abs[{l}]")
            factors_and_sums += [_literal(W, l1 / m), apply("sum", size, name=f"S_abs[{l}]")]
        if l2:
            square = apply("**", W, 2, name=f"W_sq[{l}]")
            factors_and_sums += [_literal(W, l2 / (2 * m)), apply("sum", square, name=f"S_sq[{l}]")]
    return factors_and_sums


def _literal(beside: Node, value: float) -> Node:
    """A number that only stands in formulas."""
    return given(beside.nodes, None, value, "constant")
