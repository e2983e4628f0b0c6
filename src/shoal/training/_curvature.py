"""The second derivative of the mean loss of a network without hidden layers, on chosen coordinates.

The inputs are scaled and centred, x~ = (x - mean) / d, and a bias is one more input that is always 1. With
q the share of an example and A = A[1], the loss -sum Y log A has the second derivative

    H[(k, j), (l, i)] = sum over the examples of S_kl x~_j x~_i,   S_kl = q (A_k [k = l] - A_k A_l)

(softmax; for a sigmoid S = q A (1 - A)), and L2 adds its own to the diagonal. A coordinate (k, j) is the
place of its number in the matrix of parameters, row by row. `Dense` holds H of the chosen coordinates,
`Implicit` only multiplies by it: two passes over X, whatever the number of coordinates.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg.lapack import dposv

BLOCK = 2048  # examples that are looked at together: their inputs stay in the cache
RIDGE = 1e-13  # of the diagonal: where H is singular, the shortest step of all
MOST_DENSE = 1500  # coordinates with H as a matrix (18 MB) ...
DEAREST = 4e9  # ... for which so many multiplications are spent ...
FEW = 320  # ... or as many as it takes
DEAR = 4e6  # multiplications: from here on a matrix H serves several iterations
QUICK = 5e6  # multiplications of a product with H: up to here it is done often
MOST_IN_A_BLOCK = 1000  # coordinates of one unit, in the metric of `Implicit`
MOST_CG = 20  # steps of conjugate gradients for one system


@dataclass(frozen=True)
class Inputs:
    """The inputs as the solver sees them: x~ = (x - mean) / d, and the 1 of the bias below them."""

    X: Any  # (n_x, m), dense or CSR
    mean: Any  # (n_x,)
    d: Any  # (n_x,)
    bias: bool

    @property
    def n(self) -> int:
        """Rows of x~."""
        return len(self.d) + self.bias

    def rows(self, which: Any, columns: Any) -> Any:
        """x~ of these examples, an example a row, on these inputs; (len(which), len(columns))."""
        X, inputs = self.X.T[which], columns[columns < len(self.d)]
        if len(inputs) < len(self.d):
            X = X[:, inputs]
        found = np.ones((len(X), len(columns)))
        np.subtract(X, self.mean[inputs], out=found[:, : len(inputs)])
        found[:, : len(inputs)] /= self.d[inputs]
        return found

    def z(self, V: Any) -> Any:
        """V x~, (n_y, m), block by block."""
        w = V[:, : len(self.d)] / self.d
        shift = (V[:, len(self.d) :].sum(axis=1) - w @ self.mean)[:, None]
        if sparse.issparse(self.X):
            return (self.X.T @ w.T).T + shift
        Z = np.empty((len(V), self.X.shape[1]))
        for where in _blocks(self.X.shape[1]):
            Z[:, where] = w @ self.X[:, where]
        return Z + shift

    def slope(self, T: Any) -> Any:
        """T x~.T, (n_y, n)."""
        if sparse.issparse(self.X):
            summed = (self.X @ T.T).T
        else:
            summed = np.zeros((len(T), len(self.d)))
            for where in _blocks(self.X.shape[1]):
                summed += T[:, where] @ self.X[:, where].T
        total = T.sum(axis=1, keepdims=True)
        scaled = (summed - total * self.mean) / self.d
        return np.hstack([scaled, total]) if self.bias else scaled


def whole_inputs(chosen: Any, n_y: int, inputs: Inputs) -> Any:
    """Where in `chosen` the weights of an input stand, if all units of a softmax are there; (inputs, n_y)."""
    here = np.full((n_y, inputs.n), -1)
    here.flat[chosen] = np.arange(len(chosen))
    here = here[:, : len(inputs.d)].T
    return here[(here >= 0).all(axis=1) & (n_y > 1)]


def best_shift(w: Any, l1: Any, l2: Any) -> Any:
    """The t that minimises the sum of l1 |w_k - t| + l2/2 (w_k - t)^2 over the K units, for each row of w.

    It is the median of w_1 ... w_K and of mean(w) + l1/l2 (K - 2 i)/K, i = 0 ... K (Li and Osher 2009).
    """
    K = w.shape[1]
    ways = (K - 2 * np.arange(K + 1)) / K
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # without L2 they are infinitely far, but for i = K/2
        apart = np.where(ways == 0, 0.0, np.reshape(np.divide(l1, l2), (-1, 1)) * ways)
    return np.sort(np.hstack([w, w.mean(axis=1, keepdims=True) + apart]))[:, K]


def _blocks(m: int) -> list[slice]:
    return [slice(begin, min(begin + BLOCK, m)) for begin in range(0, m, BLOCK)]


class Dense:
    """H of the chosen coordinates as a matrix: for hundreds of them."""

    quick = True  # with it, the digits beyond `tol` cost little
    rounds, faces, lengths = 50, 100, 8  # at most: rounds, faces a round, lengths of a step that are tried

    def __init__(self, inputs: Inputs, A: Any, q: Any, l2: Any, chosen: Any) -> None:
        self.place, self.l2 = chosen, l2[chosen]
        self.whole = whole_inputs(chosen, len(A), inputs)
        self.dear = inputs.X.shape[1] * len(chosen) ** 2 > DEAR
        of_unit = [chosen[chosen // inputs.n == k] % inputs.n for k in range(len(A))]
        blocks = _of_sparse if sparse.issparse(inputs.X) else _of_dense
        self.H = blocks(inputs, A, q, of_unit)
        diagonal = self.H.reshape(-1)[:: len(chosen) + 1]
        diagonal += self.l2
        floor = RIDGE * max(float(diagonal.max(initial=0.0)), np.finfo(float).tiny)
        diagonal += RIDGE * diagonal + floor * RIDGE
        self._diagonal = diagonal.copy()

    def times(self, step: Any) -> Any:
        """H @ step."""
        return self.H @ step

    def solve(self, face: Any, right: Any) -> Any:
        """H[face, face]^-1 @ right, by Cholesky with the diagonal scaled to 1.

        Where rounding leaves H no square root, a little is added to the diagonal: a shorter step, still down.
        """
        root = np.sqrt(self._diagonal[face])
        C = (self.H if face.all() else self.H[np.ix_(face, face)]) / root / root[:, None]
        for ridge in (0.0, 1e-12, 1e-9, 1e-6):
            C.flat[:: len(C) + 1] = 1 + ridge
            _, x, failed = dposv(C, right / root)
            if not failed:
                return x / root
        return right / root**2

    def descend(self, u: Any, slope: Any, kink: Any) -> tuple[Any, Any]:
        """One round of coordinate descent: each u_j in turn goes to the minimum along its axis."""
        values, rest, moved = u.tolist(), slope.copy(), u.copy()
        for j, (h, k) in enumerate(zip(self._diagonal.tolist(), kink.tolist(), strict=True)):
            z = values[j] * h - rest.item(j)
            new = (z - k) / h if z > k else (z + k) / h if z < -k else 0.0
            if new != values[j]:
                rest += (new - values[j]) * self.H[j]
                moved[j] = new
        return moved, rest


def _S(A: Any, q: Any, k: int, l: int) -> Any:
    """S_kl without its sign, which is - for k != l; (m,)."""
    return q * A[k] * (1 - A[k]) if k == l else q * A[k] * A[l]


def _pairs(of_unit: list[Any]) -> list[tuple[int, int, slice, slice]]:
    """The units k <= l, and where their block stands in H."""
    ends = np.cumsum([len(columns) for columns in of_unit])
    at = [slice(end - len(columns), end) for end, columns in zip(ends, of_unit, strict=True)]
    return [(k, l, at[k], at[l]) for k in range(len(at)) for l in range(k, len(at))]


def _of_dense(inputs: Inputs, A: Any, q: Any, of_unit: list[Any]) -> Any:
    """H, added up over blocks of examples.

    Where the units have about the same inputs, all of them are taken: then each block is a square R.T @ R,
    for half the work, and those on the diagonal are minus the sum of the others in their row.
    """
    union, n = np.unique(np.concatenate(of_unit)), sum(map(len, of_unit))
    places = [np.searchsorted(union, columns) for columns in of_unit]
    squares = 5 * n >= 3 * len(A) * len(union)
    pairs = _pairs([union] * len(A) if squares else of_unit)
    H = np.zeros((pairs[-1][3].stop,) * 2)
    for where in _blocks(inputs.X.shape[1]):
        x, A_here, q_here = inputs.rows(where, union), A[:, where], q[where]
        for k, l, rows, columns in pairs:
            if squares and k == l and len(A) > 1:
                continue
            s = _S(A_here, q_here, k, l)[:, None]
            if squares:
                R = np.sqrt(s) * x
                block = R.T @ R
            else:
                block = (s * x[:, places[k]]).T @ x[:, places[l]]
            H[rows, columns] += block if k == l else -block
    if not squares:
        return _symmetric(H)
    if len(A) > 1:
        H = H + H.T  # the squares are symmetric, and those on the diagonal are still 0
        cells = H.reshape(len(A), len(union), len(A), len(union))
        for k in range(len(A)):
            cells[k, :, k] = -cells[k].sum(axis=1)
    if n == len(H):
        return H
    kept = np.concatenate([k * len(union) + place for k, place in enumerate(places)])
    return H[np.ix_(kept, kept)]


def _of_sparse(inputs: Inputs, A: Any, q: Any, of_unit: list[Any]) -> Any:
    """H from the products of sparse columns, centred afterwards."""
    n_x = len(inputs.d)
    weights = [columns[columns < n_x] for columns in of_unit]
    X = [inputs.X[columns] for columns in weights]
    pairs = _pairs(of_unit)
    H = np.zeros((pairs[-1][3].stop,) * 2)
    for k, l, rows, columns in pairs:
        s = _S(A, q, k, l) if k == l else -_S(A, q, k, l)
        total, left, right = s.sum(), X[k] @ s, X[l] @ s
        mean_k, mean_l = inputs.mean[weights[k]], inputs.mean[weights[l]]
        block = np.full((rows.stop - rows.start, columns.stop - columns.start), total)
        product = (X[k].multiply(s).tocsr() @ X[l].T).toarray()
        product += np.outer(mean_k, total * mean_l - right) - np.outer(left, mean_l)
        n_k, n_l = len(mean_k), len(mean_l)
        block[:n_k, :n_l] = product / inputs.d[weights[k]][:, None] / inputs.d[weights[l]]
        block[:n_k, n_l:] = ((left - total * mean_k) / inputs.d[weights[k]])[:, None]
        block[n_k:, :n_l] = (right - total * mean_l) / inputs.d[weights[l]]
        H[rows, columns] = block
    return _symmetric(H)


def _symmetric(H: Any) -> Any:
    """H from its upper triangle."""
    return np.triu(H) + np.triu(H, 1).T


class Implicit:
    """H of the chosen coordinates as a product: for thousands of them.

    Only the blocks of each unit with itself are held, as the metric of its steps; where even these are too
    large, the diagonal, which the scaling of the inputs has made about 1.
    """

    dear = False  # it is cheap to make
    rounds, faces, lengths = 3, 2, 6  # few: each is another product

    def __init__(self, inputs: Inputs, A: Any, q: Any, l2: Any, chosen: Any) -> None:
        self.inputs, self.A, self.q = inputs, A, q
        self.place, self.l2 = chosen, l2[chosen]
        self.whole = whole_inputs(chosen, len(A), inputs)
        self.quick = inputs.X.shape[1] * inputs.n * len(A) <= QUICK
        self._length = 1.0  # of a step along the slope
        ends = np.searchsorted(chosen, inputs.n * np.arange(len(A) + 1))
        self._at = [slice(*pair) for pair in pairwise(ends.tolist())]
        self._all_l2 = l2

    @cached_property
    def _blocks(self) -> list[Dense]:
        """H of each unit with itself; empty if one of them is too large."""
        if max(at.stop - at.start for at in self._at) > MOST_IN_A_BLOCK:
            return []
        return [
            Dense(self.inputs, self.A[[k]], self.q, self._all_l2, self.place[at] - k * self.inputs.n)
            for k, at in enumerate(self._at)
        ]

    def times(self, step: Any) -> Any:
        """H @ step."""
        V = np.zeros((len(self.A), self.inputs.n))
        V.flat[self.place] = step
        Z = self.inputs.z(V)
        if len(self.A) == 1:
            T = self.q * self.A * (1 - self.A) * Z
        else:
            T = self.q * self.A * (Z - np.sum(self.A * Z, axis=0))
        return self.inputs.slope(T).ravel()[self.place] + self.l2 * step

    def solve(self, face: Any, right: Any) -> Any:
        """H[face, face]^-1 @ right, by conjugate gradients in the metric of the blocks."""
        x, r = np.zeros_like(right), right.copy()
        z = self._in_the_metric(face, r)
        p, length = z.copy(), float(r @ z)
        goal = 1e-2 * length
        for _ in range(MOST_CG):
            if length <= goal:
                break
            full = np.zeros(len(self.place))
            full[face] = p
            Hp = self.times(full)[face]
            curvature = float(p @ Hp)
            if curvature <= 1e-14 * length:
                break
            x += length / curvature * p
            r -= length / curvature * Hp
            z = self._in_the_metric(face, r)
            before, length = length, float(r @ z)
            p = z + length / before * p
        return x

    def _in_the_metric(self, face: Any, r: Any) -> Any:
        if not self._blocks:
            return r
        full = np.zeros(len(self.place))
        full[face] = r
        parts = [
            block.solve(face[at], full[at][face[at]])
            for block, at in zip(self._blocks, self._at, strict=True)
        ]
        return np.concatenate(parts)

    def descend(self, u: Any, slope: Any, kink: Any) -> tuple[Any, Any]:
        """A step by the blocks alone, or along the slope, past the kinks, as far as q goes down."""
        if self._blocks:
            z = np.concatenate(
                [
                    _descend(block, u[at], slope[at], kink[at])
                    for block, at in zip(self._blocks, self._at, strict=True)
                ]
            )
        else:
            z = u - self._length * slope
            z = np.sign(z) * np.maximum(np.abs(z) - self._length * kink, 0)
        step = z - u
        Hs = self.times(step)
        curvature, size = float(step @ Hs), float(step @ step)
        if size == 0 or curvature <= 0:
            return u, slope
        self._length = size / curvature  # Barzilai and Borwein
        down = float(slope @ step + kink @ (np.abs(z) - np.abs(u)))
        t = min(1.0, -down / curvature)
        return (z if t == 1.0 else u + t * step), slope + t * Hs


def _descend(block: Dense, u: Any, slope: Any, kink: Any) -> Any:
    """A few rounds of coordinate descent on one unit."""
    for _ in range(3):
        u, slope = block.descend(u, slope, kink)
    return u


Curvature = Dense | Implicit


def curvature_at(inputs: Inputs, A: Any, q: Any, l2: Any, chosen: Any) -> Curvature:
    """H where the network answers A, in the form that costs less."""
    n, m = len(chosen), inputs.X.shape[1]
    small = n <= MOST_DENSE and (sparse.issparse(inputs.X) or n <= FEW or m * n**2 <= DEAREST)
    return (Dense if small else Implicit)(inputs, A, q, l2, chosen)


def sample(inputs: Inputs, q: Any, n: int) -> tuple[Inputs, Any]:
    """Every so many examples, as many as n coordinates need for a rough H; or all, if they are not many."""
    every = inputs.X.shape[1] // max(2000, 20 * n)
    if every < 2 or sparse.issparse(inputs.X) or not np.any(q[::every]):
        return inputs, q
    return replace(inputs, X=inputs.X[:, ::every]), q[::every] / q[::every].sum()
