"""Many candidates of a large table do not need much memory: data is shared, and folds are lists of rows.

A fold's rows of this table are 3.2 MB, so one copy a fit would come to 16 GB.
"""

import subprocess
import sys

import pytest
from peak_memory import PEAK

CHILD = (
    f"{PEAK}\nimport warnings\n"
    + """
import numpy as np
from sklearn.datasets import make_classification

from shoal import GridSearchCV, MLPClassifier

warnings.simplefilter("ignore")  # none of them is trained to its end


GRIDS = {
    "mixed": {
        "hidden_layer_sizes": [(8,), (16,), (32,), (8, 8), (64,)],
        "activation": ["relu", "tanh"],
        "alpha": list(np.logspace(-5, 1, 20)),
        "learning_rate_init": [1e-3, 1e-2, 3e-2, 0.1, 0.3],
    },
    "seeds and early stopping": {"early_stopping": [True], "random_state": list(range(1000))},
}
X, y = make_classification(10_000, 50, random_state=0)
network, grid = MLPClassifier((16,), max_iter=1), GRIDS[sys.argv[1]]
search = GridSearchCV(network, grid, refit=False).fit(X, y)
assert len(search.cv_results_["params"]) == 1000
assert search.n_splits_ == 5
print(peak())
"""
)


@pytest.mark.slow
@pytest.mark.parametrize("grid", ["mixed", "seeds and early stopping"])
def test_a_thousand_candidates_on_five_folds_stay_under_a_gigabyte(grid):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, grid], capture_output=True, text=True, check=True, timeout=1000
    )
    assert int(done.stdout) < 10**9
