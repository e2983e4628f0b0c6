"""The minimum of a network without hidden layers: one valley, found by SciPy's L-BFGS-B to any precision.

Two changes of variables make it quick on columns of any scale, and change nothing else: the curvature
of J in w is about H = Cov(x)/4 + L2/m, so we look for u = R w with R.T R = H (in which the valley is round),
or where that is too much to ask for u = d w with the diagonal d^2 of H; and the bias is that of centred
columns, b + w mean(x). The penalties are those of w itself, so the minimum is exactly the same.
With L1, which has a kink at zero, u = u_plus - u_minus with both parts from 0 up, which is smooth again;
there only the diagonal will do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular
from scipy.optimize import NoConvergence, minimize, newton_krylov
from sklearn.preprocessing import StandardScaler
from sklearn.utils.sparsefuncs import mean_variance_axis

from shoal.base.errors import DivergedError
from shoal.book.network import Network
from shoal.engines._blas import steady
from shoal.engines.base import Data, Engine, total_weight

STOPPED = 99  # what SciPy reports when a callback asked to stop
SAMPLE = 20_000  # rows from which the scaling is taken
MOST_WHITENED = 512  # columns: beyond, R costs more than it saves
FLATTEST = 1e-6  # of H's eigenvalues to the largest: below, R would blow up rounding


@dataclass(frozen=True)
class Minimum:
    """What was found."""

    theta: Any  # (p,)
    iterations: int
    converged: bool
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
    """J and its slope as functions of x = (u, or u_plus and u_minus; b of centred columns)."""

    def __init__(
        self, network: Network, data: Data, engine: Engine, l1: float, l2: float, intercept: bool
    ) -> None:
        self.network, self.data, self.engine = network, data, engine
        self.m = total_weight(data)
        self.l1, self.l2, self.intercept = l1 / self.m, l2 / self.m, intercept
        self.n_w = network.n[0] * network.n[1]
        v = None if data.v is None else data.v[0]
        self.mean, self.scaling = _scaling(data.X.T, v, intercept, self.l2, may_whiten=not l1)
        n_u, n_b = (2 if l1 else 1) * self.n_w, network.n[1] if intercept else 0
        self.bounded = np.arange(n_u + n_b) < (n_u if l1 else 0)  # which variables must not be negative

    def weights(self, x: Any) -> Any:
        """w, (n_y, n_x)."""
        u = x[: self.n_w] - x[self.n_w : 2 * self.n_w] if self.l1 else x[: self.n_w]
        return self.scaling.w(u.reshape(self.network.n[1], -1))

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
        parts = [np.maximum(u, 0), np.maximum(-u, 0)] if self.l1 else [u]
        return np.concatenate([*parts, b[1][:, 0] + W[1] @ self.mean] if self.intercept else parts)

    def __call__(self, x: Any) -> tuple[float, Any]:
        """J and dJ/dx."""
        J, dtheta = self.engine.gradient(self.network, self.theta(x), self.data)
        dW, db = (pieces[1] for pieces in self.network.views(np.asarray(dtheta, np.float64)))
        w = self.weights(x)
        J += self.l2 / 2 * float(np.sum(w * w))
        du = self.scaling.slope(dW - db * self.mean + self.l2 * w).ravel()
        parts = [du]
        if self.l1:
            kink = np.tile(self.scaling.slope(self.l1), self.network.n[1])
            J += float(np.sum(kink * (x[: self.n_w] + x[self.n_w : 2 * self.n_w])))
            parts = [kink + du, kink - du]
        return J, np.concatenate([*parts, db[:, 0]] if self.intercept else parts)


@steady
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
    callback: Any = None,
) -> Minimum:
    """Minimise J = mean loss + L1/m sum |w| + L2/(2m) sum w^2 over the parameters of an L = 1 network.

    `theta` is where it starts, `tol` the largest slope that is allowed to remain; `callback` gets the
    parameters and the cost after each iteration, and stops it by returning True.
    """
    problem = _Problem(network, data, engine, l1, l2, intercept)
    x = problem.x(np.asarray(theta, np.float64))
    bounds = [(0, None) if bounded else (None, None) for bounded in problem.bounded]

    def after_iteration(intermediate_result: Any) -> None:
        found = problem.theta(intermediate_result.x)
        if callback is not None and callback(found, float(intermediate_result.fun)):
            raise StopIteration

    result = minimize(
        problem,
        x,
        method="L-BFGS-B",
        jac=True,
        bounds=bounds if problem.l1 else None,
        callback=after_iteration,
        options={"maxiter": max_iter, "maxfun": 20 * max_iter, "maxls": 50, "gtol": tol, "ftol": 0.0},
    )
    at = result.x
    if not np.isfinite(result.fun):
        raise DivergedError("core.too_large")
    left = _remaining(at, result.jac, problem.bounded)
    if left > tol and result.status != STOPPED and result.nit < max_iter:
        at, left = _polish(problem, at, left, tol)
    # At the limit of float64 a very small tol cannot be reached, and that is no reason to complain.
    converged = left <= max(tol, 1e-9)
    return Minimum(_centre(network, problem.theta(at), l1), int(result.nit), converged, left)


def _centre(network: Network, theta: Any, l1: float) -> Any:
    """Of all solutions that differ by a shift of every softmax unit, the one whose units sum to zero.

    The shift of w is left alone under L1, which has its own opinion of it.
    """
    W, b = network.views(theta)
    if network.output == "softmax":
        b[1] -= b[1].mean()
        W[1] -= 0.0 if l1 else W[1].mean(axis=0)
    return theta


def _remaining(x: Any, slope: Any, bounded: Any) -> float:
    """The largest slope that one could still go down, no further than the border at 0."""
    downhill = np.where(bounded, np.minimum(slope, x), slope)
    return float(np.max(np.abs(downhill), initial=0.0))


def _polish(problem: _Problem, x: Any, left: float, tol: float) -> tuple[Any, float]:
    """Newton steps on the slope alone, for the digits that J is too coarse to show (J is flat: h^2 < eps).

    Variables that lean on their border are put there; if a step would cross it, or the slope grows, x
    stays as it is.
    """
    leaning = problem.bounded & (problem(x)[1] > x)
    free = ~leaning
    x = np.where(leaning, 0.0, x)

    def slope(z: Any) -> Any:
        moved = x.copy()
        moved[free] = z
        return problem(moved)[1][free]

    try:
        z = newton_krylov(slope, x[free], f_tol=tol, maxiter=10)
    except NoConvergence as error:
        z = error.args[0]
    polished = x.copy()
    polished[free] = z
    better = _remaining(polished, problem(polished)[1], problem.bounded)
    inside = bool(np.all(polished[problem.bounded] >= 0))
    return (polished, better) if inside and better < left else (x, left)


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
