"""C: what a candidate of a search costs beside others: 64 ... 1,024 candidates on 5 folds of 10,000 x 50.

The whole call of shoal's GridSearchCV, scoring and refit included; five epochs of networks 50-{8 ... 64}-1,
in batches of 64. And how much memory the process came to need, all in all.
"""

import resource
import statistics
from collections.abc import Callable
from typing import Any

import harness
import numpy as np
from record import Record
from sklearn.datasets import make_classification

from shoal import GridSearchCV, MLPClassifier

COUNTS = (64, 128, 256, 512, 1024)
ROWS, EPOCHS = 10_000, 5


class Search:
    """A search over so many candidates."""

    def __init__(self, X: Any, y: Any, count: int, threads: int) -> None:
        self.name, self.threads, self.count = f"{count} candidates", threads, count
        self.X, self.y = X, y

    def start(self) -> Callable[[], Any]:
        grid = {
            "hidden_layer_sizes": [(8,), (16,), (32,), (64,)],
            "learning_rate_init": [3e-4, 1e-3, 3e-3, 1e-2],
            "alpha": np.geomspace(1e-4, 10, self.count // 16).tolist(),
        }
        network = MLPClassifier(batch_size=64, max_iter=EPOCHS, tol=0.0, n_iter_no_change=10**9)
        search = GridSearchCV(network, grid, n_jobs=self.threads)
        return lambda: search.fit(self.X, self.y).best_score_


def main() -> None:
    options = harness.begin(__doc__)
    record = Record("C", "64 to 1,024 candidates on 5 folds of 10,000 x 50, 5 epochs", options, "float64")
    X, y = make_classification(ROWS, 50, n_informative=20, flip_y=0.05, random_state=0)
    counts = COUNTS[:2] if options.quick else COUNTS
    everybody = [Search(X, y, count, options.threads) for count in counts]
    seconds = harness.take_turns(everybody, options.rounds)
    for search in everybody:
        second = statistics.median(seconds[search.name])
        record.point(candidates=search.count, seconds=second, ms_a_candidate=1e3 * second / search.count)
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    record.note(f"the process needed {highest:,.0f} MiB at the most, libraries included")
    record.finish()


if __name__ == "__main__":
    main()
