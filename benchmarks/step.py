"""How long an epoch takes beside scikit-learn, on the two small works of the engine's targets.

    T   2-4-1 tanh, 400 rows, full batch: the cost of one step is all overhead
    S   30-64-1 ReLU, 20,000 rows, batches of 256, Adam

The engine must first agree with the equations (`check_engine`), and both contestants must come to about
the same cost; then they take turns, and the median of the ratios is what counts. Prints a table, and a
JSON line with machine and versions.
"""

import json
import platform
import statistics
import time
import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier as Sklearn
from threadpoolctl import threadpool_limits

import shoal
from shoal.datasets import load
from shoal.engines import get_engine
from shoal.engines.checks import check_engine

ROUNDS, THREADS = 5, 1


def works():
    flower = load("flower")
    T = {
        "hidden_layer_sizes": (4,),
        "activation": "tanh",
        "solver": "sgd",
        "momentum": 0.0,
        "batch_size": 400,
    }
    yield "T", flower.X, flower.y, T | {"learning_rate_init": 1.2, "max_iter": 500}
    random = np.random.default_rng(0)
    X = random.standard_normal((20_000, 30))
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
    yield "S", X, y, {"hidden_layer_sizes": (64,), "batch_size": 256, "max_iter": 2}


def seconds(estimator, X, y):
    begin = time.perf_counter()
    estimator.fit(X, y)
    return (time.perf_counter() - begin) / estimator.max_iter


def main():
    engine = get_engine("auto")
    check_engine(engine)
    rows = []
    for name, X, y, options in works():
        common = {"alpha": 0.0, "tol": 0.0, "n_iter_no_change": 10**6, "random_state": 0} | options
        pairs = []
        for _ in range(ROUNDS):
            ours, theirs = shoal.MLPClassifier(**common), Sklearn(**common)
            pairs.append((seconds(ours, X, y), seconds(theirs, X, y)))
        gap = abs(ours.loss_ - theirs.loss_)
        assert gap < 0.1, f"{name}: the contestants end at different costs, {ours.loss_} and {theirs.loss_}"
        mine, peer = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        rows.append({"work": name, "shoal_ms": 1e3 * mine, "scikit_learn_ms": 1e3 * peer, "ratio": ratio})
        times = f"{1e3 * mine:8.3f} ms an epoch, scikit-learn {1e3 * peer:8.3f} ms"
        print(f"{name}: {times}: {ratio:.2f} times as fast")
    versions = {"shoal": shoal.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__}
    machine = {"processor": platform.processor() or platform.machine(), "python": platform.python_version()}
    print(json.dumps({"engine": engine.name, "threads": THREADS, **machine, **versions, "works": rows}))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(THREADS):
        main()
