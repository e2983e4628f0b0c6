"""The minimum of a network without hidden layers: one valley, found to any precision.

A smooth J is minimised by SciPy's L-BFGS-B; with L1, which has a kink at zero, by `_proximal_newton`.
Two changes of variables make it quick on columns of any scale, and change nothing else: the curvature
of J in w is about H = Cov(x)/4 + L2/m, so we look for u = R w with R.T R = H (in which the valley is round),
or where that is too much to ask for u = d w with the diagonal d^2 of H; and the bias is that of centred
columns, b + w mean(x). The penalties are those of w itself, so the minimum is exactly the same.
With L1 only the diagonal will do, which leaves |w| a sum over the coordinates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular
from scipy.optimize import NoConvergence, minimize, newton_krylov
from sklearn.preprocessing import StandardScaler
from sklearn.utils.sparsefuncs import mean_variance_axis

from shoal.base.errors import DivergedError
from shoal.book.equations import OUTPUTS, mean_loss
from shoal.book.network import Network
from shoal.engines._blas import deterministic
from shoal.engines.base import Data, Engine, total_weight
from shoal.training._curvature import Curvature, Inputs, best_shift, curvature_at, sample
from shoal.training._orthants import CALLBACK_STOPPED
from shoal.training._proximal_newton import Point, minimise

SAMPLE = 20_000  # rows from which the scaling is taken
MOST_WHITENED = 512  # columns: beyond, R costs more than it saves
SMALL = 2**25  # numbers, 256 MB: a sparse X of at most so many is made dense
FLATTEST = 1e-6  # of H's eigenvalues to the largest: below, R would blow up rounding

Callback = Callable[[Any, float], bool]


@dataclass(frozen=True)
class Minimum:
    """What was found."""

    theta: Any  # (p,)
    iterations: int
    ended: str  # "minimum", or why it ended before: "callback", "max_iter" or "precision"
    slope: float  # the largest part of the gradient left, in the scaled variables


@dataclass(frozen=True)
class _Diagonal:
    """u = d w."""

    d: Any  # (n_x,)

    def w(self, u: Any) -> Any:
        return u / self.d

    def u(self, w: Any) -> Any:
        return w * self.d

    def slope(self, dw: Any) -> Any:
        """dJ/du of dJ/dw."""
        return dw / self.d


@dataclass(frozen=True)
class _Whitening:
    """u = R w; the rows of u and w are the units."""

    R: Any  # (n_x, n_x), upper triangular
    inverse: Any

    def w(self, u: Any) -> Any:
        return u @ self.inverse.T

    def u(self, w: Any) -> Any:
        return w @ self.R.T

    def slope(self, dw: Any) -> Any:
        """dJ/du of dJ/dw."""
        return dw @ self.inverse


class _Problem:
    """J and its slope as functions of x = (u, b of centred columns)."""

    def __init__(
        self, network: Network, data: Data, engine: Engine, l1: float, l2: float, intercept: bool
    ) -> None:
        self.network, self.data, self.engine = network, data, engine
        self.m = total_weight(data)
        self.l1, self.l2, self.intercept = l1 / self.m, l2 / self.m, intercept
        self.n_w = network.n[0] * network.n[1]
        v = None if data.v is None else data.v[0]
        self.mean, self.scaling = _scaling(data.X.T, v, intercept, self.l2, may_whiten=not l1)

    def weights(self, x: Any) -> Any:
        """w, (n_y, n_x)."""
        return self.scaling.w(x[: self.n_w].reshape(self.network.n[1], -1))

    def theta(self, x: Any) -> Any:
        """The parameters of the network, in its own variables."""
        theta = np.empty(self.network.p)
        W, b = self.network.views(theta)
        W[1][...] = self.weights(x)
        b[1][...] = 0.0
        if self.intercept:
            b[1][:, 0] = x[-self.network.n[1] :] - W[1] @ self.mean
        return theta

    def x(self, theta: Any) -> Any:
        """The variables that stand for these parameters."""
        W, b = self.network.views(theta)
        u = self.scaling.u(W[1]).ravel()
        return np.concatenate([u, b[1][:, 0] + W[1] @ self.mean]) if self.intercept else u

    def __call__(self, x: Any) -> tuple[float, Any]:
        """The loss with L2, and its slope in x."""
        J, dtheta = self.engine.gradient(self.network, self.theta(x), self.data)
        dW, db = (pieces[1] for pieces in self.network.views(np.asarray(dtheta, np.float64)))
        w = self.weights(x)
        J += self.l2 / 2 * float(np.sum(w * w))
        du = self.scaling.slope(dW - db * self.mean + self.l2 * w).ravel()
        return J, np.concatenate([du, db[:, 0]]) if self.intercept else du


@deterministic
def minimum(
    network: Network,
    theta: Any,
    data: Data,
    engine: Engine,
    *,
    l1: float,
    l2: float,
    intercept: bool,
    tol: float,
    max_iter: int,
    callback: Callback | None = None,
) -> Minimum:
    """Minimise J = mean loss + L1/m sum |w| + L2/(2m) sum w^2 over the parameters of an L = 1 network.

    `theta` is where it starts, `tol` the largest slope that is allowed to remain; `callback` gets the
    parameters and the cost after each iteration, and stops it by returning True.

    Beside a bias a constant column can do nothing that the bias cannot, so its weight is 0: it is left out,
    or its size would drown the others in rounding. A sparse X that is small as an array is made one, so that
    both ways to give the same rows end with the same bits.
    """
    if not l1 and sparse.issparse(data.X) and data.X.shape[0] * data.X.shape[1] <= SMALL:
        data = data._replace(X=data.X.T.toarray(order="C").T)
    kept = _varying(data) if intercept else np.ones(network.n[0], bool)
    inner, start = network, np.asarray(theta, np.float64)
    if not kept.all():
        inner = Network((max(1, int(kept.sum())), network.n[1]), (), network.output)
        data = data._replace(X=data.X[kept] if kept.any() else np.zeros((1, data.X.shape[1]), data.X.dtype))
        start = _without(network, inner, start, kept)

    def whole(theta: Any) -> Any:
        return theta if inner is network else _with_zeros(network, inner, theta, kept)

    def seen(theta: Any, J: float) -> bool:
        return callback is not None and callback(whole(theta), J)

    if not max_iter:
        return Minimum(np.asarray(theta, np.float64), 0, "max_iter", np.inf)
    problem = _Problem(inner, data, engine, l1, l2, intercept)
    search = _with_kinks if l1 else _smooth
    at, iterations, left, ended = search(problem, problem.x(start), tol, max_iter, seen)
    return Minimum(whole(_centre(inner, problem.theta(at), l1, l2)), iterations, ended, left)


def _varying(data: Data) -> Any:
    """Which inputs have more than one value among the examples that count, (n_x,)."""
    X = data.X if data.v is None or np.all(data.v > 0) else data.X[:, np.flatnonzero(data.v[0] > 0)]
    if sparse.issparse(X):
        low, high = (np.asarray(end.toarray()).ravel() for end in (X.min(axis=1), X.max(axis=1)))
    else:
        low, high = X.min(axis=1), X.max(axis=1)
    return low < high


def _without(network: Network, inner: Network, theta: Any, kept: Any) -> Any:
    """The parameters of these inputs only; what the others added to Z moves into no other place."""
    fewer = np.zeros(inner.p)
    (W, b), (W_inner, b_inner) = network.views(theta), inner.views(fewer)
    b_inner[1][...] = b[1]
    if kept.any():
        W_inner[1][...] = W[1][:, kept]
    return fewer


def _with_zeros(network: Network, inner: Network, theta: Any, kept: Any) -> Any:
    """The parameters of all inputs: 0 where they were left out."""
    more = np.zeros(network.p)
    (W, b), (W_inner, b_inner) = network.views(more), inner.views(theta)
    b[1][...] = b_inner[1]
    if kept.any():
        W[1][:, kept] = W_inner[1]
    return more


def _smooth(
    problem: _Problem, x: Any, tol: float, max_iter: int, callback: Callback | None
) -> tuple[Any, int, float, str]:
    """L-BFGS, and the last digits by Newton: x, iterations, the largest slope left, and why it ended."""

    def after_iteration(intermediate_result: Any) -> None:
        found = problem.theta(intermediate_result.x)
        if callback is not None and callback(found, float(intermediate_result.fun)):
            raise StopIteration

    result = minimize(
        problem,
        x,
        method="L-BFGS-B",
        jac=True,
        callback=after_iteration,
        options={"maxiter": max_iter, "maxfun": 20 * max_iter, "maxls": 50, "gtol": tol, "ftol": 0.0},
    )
    if not np.isfinite(result.fun):
        raise DivergedError("core.too_large")
    at, left = result.x, _largest(result.jac)
    if left > tol and result.status != CALLBACK_STOPPED and result.nit < max_iter:
        at, left = _polish(problem, at, left, tol)
    limit = "max_iter" if result.nit >= max_iter else "precision"
    ended = "callback" if result.status == CALLBACK_STOPPED else limit
    return at, int(result.nit), left, _ended(left, tol, ended)


def _with_kinks(
    problem: _Problem, x: Any, tol: float, max_iter: int, callback: Callback | None
) -> tuple[Any, int, float, str]:
    """Proximal Newton, for L1; as `_smooth`."""
    kinked = _Kinked(problem)

    def after_iteration(point: Point) -> bool:
        return callback is not None and callback(problem.theta(kinked.of_problem(point.x)), point.J)

    found = minimise(kinked, x[kinked.place], tol, max_iter, after_iteration)
    left = found.point.violation
    return kinked.of_problem(found.point.x), found.iterations, left, _ended(left, tol, found.ended)


class _Kinked:
    """The problem as `_proximal_newton` wants it: a row of numbers a unit, its weights and then its bias.

    A dense table is computed by the engine. A sparse one goes by sparse products: an engine makes it dense.
    """

    def __init__(self, problem: _Problem) -> None:
        self.problem = problem
        self.n_y, m = problem.network.n[1], problem.data.X.shape[1]
        places = [np.arange(problem.n_w).reshape(self.n_y, -1)]
        if problem.intercept:
            places.append(problem.n_w + np.arange(self.n_y)[:, None])
        self.place = np.hstack(places).ravel()  # in the variables of `problem`
        X, d = problem.data.X, problem.scaling.d
        X = X.tocsr().astype(np.float64) if sparse.issparse(X) else X  # an input a row: quick to take
        self.inputs = Inputs(X, problem.mean, d, problem.intercept)
        none = [0.0] * problem.intercept  # the bias is free
        self.kink = np.tile([*(problem.l1 / d), *none], self.n_y)
        self.l2 = np.tile([*(problem.l2 / d**2), *none], self.n_y)
        v = problem.data.v
        self.q = np.full(m, 1 / m) if v is None else v[0].astype(np.float64) / problem.m
        self.output = problem.network.output

    def of_problem(self, rows: Any) -> Any:
        """The same numbers in the variables of `problem`."""
        x = np.empty_like(rows)
        x[self.place] = rows
        return x

    def smooth(self, rows: Any) -> tuple[float, Any]:
        """The loss with L2, and its slope."""
        if not sparse.issparse(self.inputs.X):
            J, slope = self.problem(self.of_problem(rows))
            return J, slope[self.place]
        Z, Y = self.inputs.z(rows.reshape(self.n_y, -1)), self.problem.data.Y
        J = float(mean_loss(Z, Y, self.output, self.q[None])) + float(self.l2 @ rows**2) / 2
        dZ = OUTPUTS[self.output].g(Z) - Y
        return J, self.inputs.slope(self.q * dZ).ravel() + self.l2 * rows

    def curvature(self, rows: Any, chosen: Any, rough: bool) -> Curvature:
        """The second derivative; a rough one is that of a sample of the examples."""
        inputs, q = sample(self.inputs, self.q, len(chosen)) if rough else (self.inputs, self.q)
        if inputs is self.inputs and not sparse.issparse(inputs.X):
            theta = self.problem.theta(self.of_problem(rows))
            A = self.problem.engine.predict(self.problem.network, theta, inputs.X)
        else:
            A = OUTPUTS[self.output].g(inputs.z(rows.reshape(self.n_y, -1)))
        return curvature_at(inputs, A, q, self.l2, chosen)


def _ended(left: float, tol: float, otherwise: str) -> str:
    """At the limit of float64 a very small tol cannot be reached, and that is no reason to complain."""
    return "minimum" if left <= max(tol, 1e-9) else otherwise


def _centre(network: Network, theta: Any, l1: float, l2: float) -> Any:
    """Of all solutions that differ by a shift of every softmax unit, that with the smallest sum of squares.

    Without L1 its units sum to zero. L1 alone allows the shifts that leave sum |w| as it is.
    """
    W, b = network.views(theta)
    if network.output == "softmax":
        b[1] -= b[1].mean()
        W[1] -= best_shift(W[1].T, l1, l2) if l1 else W[1].mean(axis=0)
    return theta


def _largest(slope: Any) -> float:
    return float(np.max(np.abs(slope), initial=0.0))


def _polish(problem: _Problem, x: Any, left: float, tol: float) -> tuple[Any, float]:
    """Newton steps on the slope alone, for the digits that J is too coarse to show (J is flat: h^2 < eps).

    If the slope grows, or there is no step, x stays as it is.
    """
    try:
        polished = newton_krylov(lambda z: problem(z)[1], x, f_tol=tol, maxiter=10)
    except NoConvergence as error:
        polished = error.args[0]
    except ValueError:  # SciPy's, where the step that it finds is zero
        return x, left
    better = _largest(problem(polished)[1])
    return (polished, better) if better < left else (x, left)


def _scaling(X: Any, v: Any, centred: bool, l2: float, *, may_whiten: bool) -> tuple[Any, Any]:
    """The mean of each column, and the change of variables; X is rows.

    Both are taken from some thousand rows: they decide how many steps it takes, and not where it ends.
    """
    if not sparse.issparse(X) and len(X) > SAMPLE:
        chosen = slice(None, None, -(-len(X) // SAMPLE))
        X, v = X[chosen], None if v is None or not np.any(v[chosen] > 0) else v[chosen]
    mean, deviation = column_scales(X, v, centred)
    diagonal = _Diagonal(np.sqrt(deviation**2 / 4 + l2))
    m, n_x = X.shape
    if not may_whiten or sparse.issparse(X) or n_x > MOST_WHITENED or m < 4 * n_x:
        return mean, diagonal
    shares = np.full(m, 1 / m) if v is None or not np.any(v > 0) else v / np.sum(v, dtype=np.float64)
    Q = (X - mean) / deviation * np.sqrt(shares)[:, None]  # columns of one size: no power of ten is lost
    H = Q.T @ Q / 4 + np.diag(l2 / deviation**2)
    if not np.isfinite(H).all():
        return mean, diagonal
    values = np.linalg.eigvalsh(H)
    if values[0] <= FLATTEST * values[-1]:  # columns that nearly repeat others
        return mean, diagonal
    R = np.linalg.cholesky(H).T * deviation
    return mean, _Whitening(R, solve_triangular(R, np.eye(n_x)))


def column_scales(X: Any, weights: Any, centred: bool) -> tuple[Any, Any]:
    """Mean and deviation of each column (0 and root mean square if not centred), safe to divide by."""
    if sparse.issparse(X):
        mean, variance = mean_variance_axis(X.tocsr(), axis=0, weights=weights)
    else:
        scaler = StandardScaler().fit(X, sample_weight=weights)
        mean, variance = scaler.mean_, scaler.var_
    if not centred:
        variance, mean = variance + mean**2, np.zeros_like(mean)
    deviation = np.sqrt(variance)
    usable = np.isfinite(deviation) & (deviation > 0) & np.isfinite(mean)
    return np.where(usable, mean, 0.0).astype(np.float64), np.where(usable, deviation, 1.0).astype(np.float64)
