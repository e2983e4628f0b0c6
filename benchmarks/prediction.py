"""The race that P1 and PN share: `predict_proba` of the same 30-64-1 classifier, by everybody."""

from collections.abc import Callable
from typing import Any

import contestants
import harness
import machine
import numpy as np
from harness import Options
from peers.with_sklearn import set_theta
from record import Record
from sklearn.neural_network import MLPClassifier

import shoal

INPUTS, HIDDEN = 30, 64


class Predicts:
    """`calls` calls of a function of the rows."""

    def __init__(self, name: str, threads: int, calls: int, predict: Callable[[Any], Any], X: Any) -> None:
        self.name, self.threads, self.calls, self.predict, self.X = name, threads, calls, predict, X

    def start(self) -> Callable[[], Any]:
        predict, X, calls = self.predict, self.X, range(self.calls)

        def go() -> None:
            for _ in calls:
                predict(X)

        return go


def _models(engine: Any, dtype: Any) -> tuple[Any, Any]:
    """A fitted classifier of shoal's, and one of scikit-learn's with the same matrices."""
    random = np.random.default_rng(0)
    X = random.standard_normal((2000, INPUTS)).astype(dtype)
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
    own = shoal.MLPClassifier((HIDDEN,), max_iter=5, engine=engine).fit(X, y)
    theirs = MLPClassifier((HIDDEN,), max_iter=1, random_state=0).fit(X, y)
    set_theta(theirs, own.network_, own.theta_)
    return own, theirs


def _by_torch(own: Any, dtype: Any) -> Callable[[Any], Any]:
    """PyTorch's matrices and `inference_mode`; NumPy in, NumPy out, as the others."""
    import torch

    (_, *W), (_, *b) = own.network_.views(own.theta_.astype(dtype))
    matrices = [(torch.from_numpy(W_l), torch.from_numpy(b_l[:, 0])) for W_l, b_l in zip(W, b, strict=True)]
    (W1, b1), (W2, b2) = matrices
    linear = torch.nn.functional.linear

    @torch.inference_mode()
    def predict(X: Any) -> Any:
        A = torch.sigmoid(linear(torch.relu(linear(torch.from_numpy(X), W1, b1)), W2, b2))
        return torch.cat((1 - A, A), dim=1).numpy()

    return predict


def _by_jax(own: Any, dtype: Any) -> Callable[[Any], Any]:
    """JAX's compiled function; NumPy in, NumPy out."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", dtype == np.float64)
    W, b = (
        [jnp.asarray(part.astype(dtype)) for part in parts[1:]] for parts in own.network_.views(own.theta_)
    )

    @jax.jit
    def probabilities(X: Any) -> Any:
        A = jax.nn.sigmoid(jax.nn.relu(X @ W[0].T + b[0].T) @ W[1].T + b[1].T)
        return jnp.concatenate((1 - A, A), axis=1)

    return lambda X: np.asarray(probabilities(X))


def race(rows: int, calls: int, record: Record, options: Options, target: float) -> None:
    """Check, time and write down: float64 for all, and shoal in float32 beside."""
    found = contestants.engines(options, record)
    name, engine = next(iter(found.items()))
    X = np.random.default_rng(1).standard_normal((rows, INPUTS))
    own, theirs = _models(engine, np.float64)
    single, _ = _models(engine, np.float32)
    threads = options.threads
    everybody = [
        [Predicts(f"shoal {name}", threads, calls, own.predict_proba, X)],
        [Predicts(f"shoal {name} float32", threads, calls, single.predict_proba, X.astype(np.float32))],
        [Predicts("scikit-learn", n, calls, theirs.predict_proba, X) for n in harness.thread_counts(threads)],
    ]
    for library, make in (("torch", _by_torch), ("jax", _by_jax)):
        if machine.installed(library):
            predict = make(own, np.float64)
            label = {"torch": "PyTorch", "jax": "JAX"}[library]
            counts = harness.thread_counts(threads) if library == "torch" else (threads,)
            everybody.append([Predicts(label, n, calls, predict, X) for n in counts])
    _check_predictions(own, [ways[0] for ways in everybody], record)
    fastest = [harness.fastest(ways) for ways in everybody]
    seconds = harness.take_turns(fastest, options.rounds)
    record.times(seconds, "a call", calls)
    record.beside(fastest[0].name, {"scikit-learn": target})
    record.finish()


def _check_predictions(own: Any, everybody: list[Predicts], record: Record) -> None:
    """The same matrices give the same probabilities: 1e-12 in float64, and 2e-3 in float32's own."""
    expected = own.predict_proba(everybody[0].X)
    for contestant in everybody:
        P = contestant.predict(contestant.X)
        tolerance = 1e-12 if P.dtype == np.float64 else 2e-3
        if not np.max(np.abs(P - expected)) <= tolerance:
            raise SystemExit(f"{contestant.name} predicts something else")
    record.check("everybody predicts the same probabilities, to 1e-12 in float64 and 2e-3 in float32")
