"""Networks drawn at random with their data and cost, for whatever derives a gradient.

Finite differences use the stencil (-f(2h) + 8 f(h) - 8 f(-h) + f(-2h)) / 12h, whose error is of order
h^4. All the shifted copies of a network are one stack, so that a case is four calls and no loop.
A case with a kink (of ReLU, leaky ReLU or |W|) between the outermost points of its stencil has no
derivative to compare with there, and is drawn again; it is found by looking, not by a margin.
"""

from itertools import product

import numpy as np

from shoal.book import equations
from shoal.book.equations import ACTIVATIONS, OUTPUTS
from shoal.book.network import Network

H = 2e-4  # h^4 and the rounding of J / h are both below 1e-11
PENALTIES = {"none": (0.0, 0.0), "l1": (0.4, 0.0), "l2": (0.0, 0.9), "l1 + l2": (0.4, 0.9)}
DEEP = product((2, 3, 4), ACTIVATIONS, OUTPUTS, PENALTIES, (False, True), (False, True))
SHALLOW = product((1,), ["none"], OUTPUTS, PENALTIES, (False, True), (False,))
CASES = [*SHALLOW, *DEEP]  # every combination
M = 7


class Case:
    """A network, its data and its cost, drawn at random."""

    def __init__(self, depth, hidden, output, penalty, weighted, dropout, random):
        others = random.choice(list(ACTIVATIONS), depth)
        activations = (hidden, *map(str, others))[: depth - 1]
        sizes = random.integers(2, 5, depth + 1)
        self.network = Network(tuple(map(int, sizes)), activations, output)
        self.theta = random.standard_normal(self.network.p)
        self.X = random.standard_normal((sizes[0], M))
        self.Y = self._targets(sizes[-1], random)
        self.q = equations.shares(random.uniform(0, 3, (1, M)) if weighted else np.ones((1, M)))
        self.l1, self.l2 = PENALTIES[penalty]
        self.D = [None] * (depth + 1)
        for l in range(1, depth if dropout else 1):
            self.D[l] = (random.random((sizes[l], M)) < 0.6) / 0.6

    def _targets(self, n_y, random):
        if self.network.output == "softmax":
            return random.dirichlet(np.ones(n_y), M).T
        if self.network.output == "sigmoid":
            return random.integers(0, 2, (n_y, M))
        if self.network.output == "exp":
            return random.poisson(2.0, (n_y, M))
        return random.standard_normal((n_y, M))

    def cost(self, theta):
        """J of one theta, or of each in a stack."""
        W, b = self.network.views(theta)
        Z, _ = equations.forward(W, b, self.X, self.network.g, self.D)
        mean = equations.mean_loss(Z[-1], self.Y, self.network.output, self.q)
        return mean + equations.penalty(W, self.l1, self.l2, M)

    def gradient(self):
        """dJ/dtheta by the chain rule."""
        W, b = self.network.views(self.theta)
        Z, A = equations.forward(W, b, self.X, self.network.g, self.D)
        _, dW, db = equations.backward(W, Z, A, self.Y, self.network.g, self.q, self.D)
        pieces = []
        for l in range(1, self.network.L + 1):
            pieces += [dW[l] + equations.penalty_prime(W[l], self.l1, self.l2, M), db[l]]
        return np.concatenate([piece.ravel() for piece in pieces])

    def differences(self):
        """dJ/dtheta by four shifts of every parameter."""
        shifts = np.eye(self.network.p) * H
        f = {k: self.cost(self.theta + k * shifts) for k in (-2, -1, 1, 2)}
        return (-f[2] + 8 * f[1] - 8 * f[-1] + f[-2]) / (12 * H)

    def is_smooth(self):
        """Whether every Z and W keeps its sign when any one parameter is shifted by 2h, both ways."""
        shifts = np.eye(self.network.p) * 2 * H
        return all(
            (np.sign(shifted) == np.sign(here)).all()
            for theta in (self.theta + shifts, self.theta - shifts)
            for shifted, here in zip(self._kinked(theta), self._kinked(self.theta), strict=True)
        )

    def _kinked(self, theta):
        """The numbers that must not change sign."""
        W, b = self.network.views(theta)
        Z, _ = equations.forward(W, b, self.X, self.network.g, self.D)
        kinks = [
            (l, kink) for l, g in enumerate(self.network.activations, 1) for kink in ACTIVATIONS[g].kinks
        ]
        return [Z[l] - kink for l, kink in kinks] + (W[1:] if self.l1 else [])


def smooth_case(*choices, seed):
    random = np.random.default_rng(seed)
    return next(case for case in iter(lambda: Case(*choices, random), None) if case.is_smooth())


def relative_difference(one, other):
    return np.linalg.norm(one - other) / (np.linalg.norm(one) + np.linalg.norm(other))
