"""The gradient check: every derivation of dJ/dtheta that there is, side by side.

Three derivations share nothing but the letters: the backward pass of the equations, the computation graph,
and finite differences of the cost. Where they agree, an engine can be held to them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.base.arguments import LARGEST_SEED, check_list, check_whole
from shoal.base.errors import UsageError
from shoal.base.shown import as_html
from shoal.book import equations
from shoal.book.graph import parameter_gradient
from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.engines._blas import deterministic
from shoal.engines.base import Data
from shoal.inspect import _check_text
from shoal.inspect._backward import RIGHT, gradient, terms_of
from shoal.inspect._bugs import Location, Suspect, located, planted, suspects
from shoal.inspect._differences import slopes
from shoal.inspect._evidence import Evidence, MatrixCheck, places
from shoal.inspect._objective import Objective, dense, objective

MOST_EXAMPLES = 1000  # of more, a sample: the formulas are the same for every example
NUMBERS = 1_000_000  # units times examples, at most: the graph and the stacks keep several times as many
WORK = 4e9  # multiplications that are spent on finite differences: some seconds
LEAST = 5  # parameters of each matrix that are checked one by one, however expensive
DIRECTIONS = 2  # of each matrix, where not all of its parameters are checked one by one


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """What the derivations of dJ/dtheta have in common, and where they part.

    Attributes
    ----------
    gradients : dict
        dJ/dtheta, (p,), by derivation: ``"backward"``, ``"graph"``, and the engine's name if one was asked.
    finite_differences : ndarray of shape (p,)
        NaN where none was taken, a kink was too near, or rounding swamps it.
    matrices : list of MatrixCheck
        W[1], b[1], W[2], ...
    course : dict
        By derivation, the course's number ‖g - g'‖ / (‖g‖ + ‖g'‖), against the finite differences; NaN if
        there are none.
    ok : bool
        Whether all agree, as far as they can be compared.
    unmeasured : list of str
        The matrices, such as ``"W[1]"``, of which finite differences can tell nothing.
    location : Location or None
        The formula that must be wrong, and its layer (0 is every layer).
    suspects : list of Suspect
        The known mistakes that give exactly the gradient that was found.
    planted : Suspect or None
        The mistake that was put in.
    directions : int
        Random directions along which whole matrices were checked.
    examples : tuple of int
        How many examples were used, and out of how many.
    dropout : bool
        Whether units were left out, the same ones in every derivation.
    """

    network: Network
    gradients: Mapping[str, Any]
    finite_differences: Any
    matrices: Sequence[MatrixCheck]
    course: Mapping[str, float]
    location: Location | None
    suspects: Sequence[Suspect]
    planted: Suspect | None
    directions: int
    examples: tuple[int, int]
    dropout: bool
    seed: int
    names: Sequence[str] | None

    @property
    def ok(self) -> bool:
        """Whether all derivations agree in every matrix."""
        return not any(matrix.wrong for matrix in self.matrices)

    @property
    def checked(self) -> int:
        """Parameters whose finite difference was taken, one by one."""
        return sum(matrix.checked for matrix in self.matrices)

    @property
    def kinks(self) -> int:
        """Of these, how many were left out because a kink lies too near."""
        return sum(matrix.kinks for matrix in self.matrices)

    @property
    def blurred(self) -> int:
        """Of these, how many were left out because rounding is larger than what there is to compare."""
        return sum(matrix.blurred for matrix in self.matrices)

    @property
    def unmeasured(self) -> list[str]:
        """The matrices of which finite differences can tell nothing."""
        return [matrix.symbol for matrix in self.matrices if not matrix.measured]

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return _check_text.of_check(self)

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Everything but the gradients themselves, in JSON's types."""
        return _check_text.document(self)


@deterministic
def check_gradients(
    network: Network,
    theta: Any,
    X: Any,
    Y: Any,
    *,
    v: Any = None,
    l1: float = 0.0,
    l2: float = 0.0,
    D: Any = None,
    engine: Any = None,
    plant: str | None = None,
    samples: int | None = None,
    seed: int = 0,
    names: Sequence[str] | None = None,
) -> GradientCheck:
    """Derive dJ/dtheta three times or more, and compare; always in float64.

    Parameters
    ----------
    network : Network
        The architecture.
    theta : ndarray of shape (p,)
        Where the derivatives are taken.
    X : ndarray or sparse array of shape (n_x, m)
        The examples, one a column. Of more than 1000, a sample is used.
    Y : ndarray of shape (n_y, m)
        Their targets.
    v : ndarray of shape (1, m), default=None
        The weights of the examples.
    l1, l2 : float, default=0.0
        The penalties' strengths.
    D : list of ndarray, default=None
        Dropout masks by layer, as `shoal.book.forward` takes them: the same in every derivation.
    engine : str or Engine, default=None
        An engine whose gradient is compared too.
    plant : str, default=None
        A mistake that is put into a copy of the backward pass, to see it found: a name in `BUGS`, such as
        ``"no_mean"``, or one with its layer, ``"no_activation:2"``.
    samples : int, default=None
        How many parameters are checked one by one; None takes all of them, or as many as take a few seconds.
        The others are checked through random directions, and against the graph.
    seed : int, default=0
        Of the samples and the directions.
    names : sequence of str, default=None
        The names of the inputs, for people.

    Returns
    -------
    GradientCheck

    Raises
    ------
    UsageError
        If there is no such mistake, or it would change nothing here; if an engine is asked while D is given;
        if `samples` or `seed` is not possible.
    ShapeError
        If theta, X, Y, v or D do not fit the network and each other.

    Notes
    -----
    A difference counts relative to the terms that a derivative is the sum of: 1e-7 for finite differences,
    1e-9 between two derivations that are exact. So a network at its minimum, where the gradient is nothing
    but rounding, passes. A parameter is left out where a kink (of ReLU, or of L1 at W = 0) lies within its
    step, also after the step was made a thousand times smaller. It is left out, too, where the cost is
    rounded so coarsely that differences tell nothing, because inputs or parameters are far too large.

    References
    ----------
    The course's week on gradient checking.

    Examples
    --------
    >>> import numpy as np
    >>> from shoal.book import Network
    >>> from shoal.inspect import check_gradients
    >>> network, random = Network((2, 3, 1), ("tanh",), "sigmoid"), np.random.default_rng(0)
    >>> theta, X, Y = random.normal(size=network.p), random.normal(size=(2, 5)), np.ones((1, 5))
    >>> check_gradients(network, theta, X, Y).ok
    True
    >>> check_gradients(network, theta, X, Y, plant="no_activation").location
    Location(formula='dZ', layer=1)
    """
    _check_arguments(network, samples, seed, names)
    theta = np.array(theta, np.float64)
    o, v = _sampled(network, X, Y, v, D, l1, l2, seed)
    right, terms = gradient(o, theta, lambda name, l: RIGHT[name]), terms_of(o, theta)
    suspect = None if plant is None else planted(plant, o, theta, right, terms)
    gradients = _derived(o, theta, v, engine, suspect)
    chosen, ways = _chosen(o, gradients, samples, seed)
    evidence = Evidence(network, gradients, terms, chosen, slopes(o, theta, _directions(chosen, ways), terms))
    location, suspected = _blamed(o, theta, gradients, evidence.matrices, right, terms)
    return GradientCheck(
        network=network,
        gradients=gradients,
        finite_differences=evidence.finite_differences,
        matrices=evidence.matrices,
        course=evidence.course,
        location=location,
        suspects=suspected,
        planted=suspect,
        directions=len(ways),
        examples=(o.m, int(np.shape(X)[1])),
        dropout=D is not None,
        seed=seed,
        names=names,
    )


def _check_arguments(network: Network, samples: Any, seed: Any, names: Any) -> None:
    """Refuse what could not be counted, drawn or printed."""
    check_whole("seed", seed, 0, LARGEST_SEED)
    if samples is not None:
        check_whole("samples", samples, 1)
    if names is not None:
        check_list("names", names, network.n[0])


def _blamed(
    o: Objective, theta: Any, gradients: Mapping[str, Any], matrices: Sequence[MatrixCheck], *healthy: Any
) -> tuple[Location | None, list[Suspect]]:
    """Where the mistake of the first derivation that disagrees must stand, and which one it may be."""
    blamed = {name for matrix in matrices for name in matrix.wrong}
    if not blamed:
        return None, []
    accused = next(name for name in gradients if name in blamed)
    wrong = {matrix.symbol for matrix in matrices if accused in matrix.wrong}
    return located(o.network, wrong), suspects(o, theta, gradients[accused], *healthy)


def _sampled(
    network: Network, X: Any, Y: Any, v: Any, D: Any, l1: float, l2: float, seed: int
) -> tuple[Objective, Any]:
    """J over the examples, or over a sample of many; and their weights, (1, m) or None."""
    whole = objective(network, dense(X, np.float64), Y, v, l1=l1, l2=l2, D=D)
    kept = np.flatnonzero(whole.q[0] > 0)
    most = max(10, min(MOST_EXAMPLES, NUMBERS // sum(network.n)))
    if len(kept) > most:
        kept = np.sort(np.random.default_rng(seed).choice(kept, most, replace=False))
    v = None if v is None else np.asarray(v, np.float64)[:, kept]
    D = None if D is None else [None if D_l is None else D_l[:, kept] for D_l in whole.D]
    X, Y = whole.X[:, kept], whole.Y[:, kept]
    return objective(network, X, Y, v, l1=l1, l2=l2, D=D), v


def _derived(o: Objective, theta: Any, v: Any, engine: Any, suspect: Suspect | None) -> dict[str, Any]:
    """dJ/dtheta without finite differences: by the equations or with a mistake, the graph, the engine."""
    if engine is not None and o.D is not None:
        raise UsageError("check.engine_dropout")
    W, _ = o.network.views(theta)
    Z, A = o.forward(theta)
    _, dW, db = equations.backward(W, Z, A, o.Y, o.network.g, o.q, o.D)
    found = np.zeros_like(theta)
    for mine, theirs in zip(o.network.views(found), (dW, db), strict=True):
        for l in range(1, o.network.L + 1):
            mine[l][...] = theirs[l]
    for l, dW_l in enumerate(o.network.views(found)[0][1:], start=1):
        dW_l += equations.penalty_prime(W[l], o.l1, o.l2, o.total)
    by_graph = parameter_gradient(o.network, theta, o.X, o.Y, q=o.q, l1=o.l1, l2=o.l2, m=o.total, D=o.D)
    gradients = {"backward": found if suspect is None else suspect.gradient(o, theta), "graph": by_graph}
    if engine is not None:
        engine = get_engine(engine)
        data = Data(np.ascontiguousarray(o.X.T).T, np.ascontiguousarray(o.Y), v)
        gradients[engine.name] = engine.gradient(o.network, theta, data, l1=o.l1, l2=o.l2)[1]
    return gradients


def _directions(chosen: Any, ways: Any) -> Any:
    """The chosen parameters one by one, and then the ways, (k, p)."""
    return np.vstack([np.eye(ways.shape[1])[chosen], ways])


def _chosen(o: Objective, gradients: Mapping[str, Any], samples: int | None, seed: int) -> tuple[Any, Any]:
    """The parameters to check one by one, and directions, (k, p), for the others: of every matrix some."""
    network = o.network
    many = int(WORK / (8 * o.m * network.p)) if samples is None else samples
    if many >= network.p:
        return np.arange(network.p), np.zeros((0, network.p))
    random = np.random.default_rng(seed)
    chosen, ways = [], []
    for where in places(network):
        size = where.stop - where.start
        count = min(size, max(LEAST, round(many * size / network.p)))
        chosen.append(where.start + random.choice(size, count, replace=False))
        for found in gradients.values():  # where two derivations differ most, a third one decides
            chosen.append(where.start + np.argmax(np.abs(found - gradients["graph"])[where], keepdims=True))
        for _ in range(DIRECTIONS):
            way = np.zeros(network.p)
            way[where] = random.choice([-1.0, 1.0], size) / np.sqrt(size)
            ways.append(way)
    return np.unique(np.concatenate(chosen)), np.array(ways)
