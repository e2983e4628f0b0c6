"""L: logistic regression on 1,000,000 x 100 in float32, to the same objective as scikit-learn's lbfgs.

Both stop where their own `tol` says, and the numbers do not mean the same. So each is given the loosest tol
of a list with which it comes within a millionth of the lowest objective that anybody found (their float32
sums are about that exact), and with that it is timed. The objective, mean loss + |w|^2 / (2 C m), is taken
in float64. A pass is one call of `engine.gradient`: X is read from memory, the rest is small beside it.
"""

import warnings
from collections.abc import Callable
from typing import Any

import contestants
import harness
import machine
import numpy as np
import sklearn.linear_model
from harness import Options
from record import Record
from sklearn.exceptions import ConvergenceWarning
from work import BLOCK

import shoal
from shoal.book.network import Network
from shoal.engines.base import Data, Engine
from shoal.engines.numpy import NumpyEngine

ROWS, INPUTS = 1_000_000, 100
CLOSE = 1e-6  # of the objective
TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6)


class Fit:
    """One estimator's `fit`."""

    def __init__(self, name: str, make: Callable[[float], Any], threads: int, X: Any, y: Any) -> None:
        self.name, self.threads, self.make, self.X, self.y = name, threads, make, X, y
        self.tol, self.model = TOLERANCES[-1], None

    def start(self) -> Callable[[], Any]:
        self.model = self.make(self.tol)
        return lambda: self.model.fit(self.X, self.y)


class Pass:
    """One gradient of an engine over all rows; or, by hand, with NumPy's two products."""

    def __init__(self, name: str, threads: int, work: Callable[[], Any]) -> None:
        self.name, self.threads, self.work = name, threads, work

    def start(self) -> Callable[[], Any]:
        return self.work


def table() -> tuple[Any, Any]:
    """Correlated standardised columns, and labels drawn from a logistic model of them."""
    random = np.random.default_rng(0)
    mixing = np.eye(INPUTS) + random.standard_normal((INPUTS, INPUTS)) / INPUTS**0.5
    X = random.standard_normal((ROWS, INPUTS), dtype=np.float32) @ mixing.astype(np.float32)
    X /= X.std(axis=0)
    w = random.standard_normal(INPUTS).astype(np.float32) / np.float32(INPUTS**0.5)
    return X, (random.logistic(size=ROWS) < X @ w).astype(int)


def objective(model: Any, X: Any, y: Any) -> float:
    """Mean loss + |w|^2 / (2 C m), in float64, with C = 1."""
    w, b = model.coef_[0].astype(np.float64), float(model.intercept_[0])
    total = 0.5 * float(w @ w)
    for begin in range(0, ROWS, BLOCK):
        z = X[begin : begin + BLOCK].astype(np.float64) @ w + b
        total += float(np.sum(np.logaddexp(0, z) - y[begin : begin + BLOCK] * z))
    return total / ROWS


def settle(fits: list[Fit], record: Record) -> None:
    """Give everybody the loosest tol that comes close enough to the lowest objective."""

    def reached(fit: Fit, tol: float) -> float:
        fit.tol = tol
        harness.use_threads(fit.threads)
        fit.start()()
        return objective(fit.model, fit.X, fit.y)

    lowest = min(reached(fit, TOLERANCES[-1]) for fit in fits)
    for fit in fits:
        tries = ((tol, reached(fit, tol)) for tol in TOLERANCES)
        found = next((found for found in tries if found[1] <= lowest * (1 + CLOSE)), None)
        if found is None:
            raise SystemExit(f"{fit.name} does not come within {CLOSE:g} of the objective {lowest:.9g}")
        excess = f"{found[1] / lowest - 1:.1e} above {lowest:.9f}"
        record.check(f"{fit.name}: with tol {fit.tol:g} the objective is {excess}")


def check_pass(engine: Engine, data: Data, network: Network, record: Record) -> None:
    """J and dJ/dtheta over all rows against the judge in float64, on a hundredth of the rows.

    float32: 2e-3 of the largest number is the contract's tolerance.
    """
    part = Data(data.X[:, : ROWS // 100], data.Y[:, : ROWS // 100])
    theta = np.full(network.p, 0.1, np.float32)
    J, dtheta = engine.gradient(network, theta, part)
    wide = Data(part.X.astype(np.float64), part.Y.astype(np.float64))
    J_judge, dtheta_judge = NumpyEngine().gradient(network, theta.astype(np.float64), wide)
    worst = max(abs(J - J_judge), float(np.max(np.abs(dtheta - dtheta_judge))))
    if not worst <= 2e-3 * max(1.0, J_judge):
        raise SystemExit(f"the gradient is {worst:.2g} off")
    record.check(f"engine.gradient in float32 is the judge's (largest difference {worst:.1e})")


def passes(engines: dict[str, Engine], data: Data, network: Network, threads: int) -> list[Pass]:
    """One pass of each engine, and the two products of a careful NumPy user, which read X twice."""
    theta = np.full(network.p, 0.1, np.float32)
    X, y, w = data.X.T, data.Y[0], theta[:-1]

    def by_hand() -> Any:
        residual = 1 / (1 + np.exp(-(X @ w + theta[-1]))) - y
        return X.T @ residual

    ours = [
        Pass(f"a pass of shoal {name}", threads, lambda engine=engine: engine.gradient(network, theta, data))
        for name, engine in engines.items()
    ]
    return [*ours, Pass("a pass by hand with NumPy", threads, by_hand)]


def race(record: Record, options: Options) -> None:
    X, y = table()
    found = contestants.engines(options, record)
    name, engine = next(iter(found.items()))
    network = Network((INPUTS, 1), (), "sigmoid")
    data = Data(X.T, y[None, :].astype(np.float32))
    check_pass(engine, data, network, record)

    def scikit_learn(tol: float) -> Any:
        return sklearn.linear_model.LogisticRegression(solver="lbfgs", tol=tol, max_iter=1000)

    def own(tol: float) -> Any:
        return shoal.LogisticRegression(tol=tol, engine=engine)

    fits = [
        Fit(f"shoal {name}", own, options.threads, X, y),
        Fit("scikit-learn", scikit_learn, options.threads, X, y),
    ]
    settle(fits, record)
    ceiling = machine.memory(options.threads)
    turns = passes(found, data, network, options.threads)
    for each in turns:
        each.start()()
    seconds = harness.take_turns([*fits, *turns, ceiling], options.rounds)
    record.times({fit.name: seconds[fit.name] for fit in fits}, "a fit")
    record.beside(fits[0].name, {"scikit-learn": 3})
    record.times({each.name: seconds[each.name] for each in (*turns, ceiling)}, "a pass")
    for each in turns:
        record.share(each.name, X.nbytes, ceiling, 0.6 if each is turns[0] else None)
    record.note(f"iterations: {', '.join(f'{fit.name} {int(fit.model.n_iter_[0])}' for fit in fits)}")
    record.finish()


def main() -> None:
    options = harness.begin(__doc__)
    warnings.simplefilter("ignore", ConvergenceWarning)
    race(Record("L", "logistic regression, 1,000,000 x 100", options, "float32"), options)


if __name__ == "__main__":
    main()
