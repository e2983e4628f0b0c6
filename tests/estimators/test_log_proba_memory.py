"""`predict_log_proba` takes the memory of its result, however many rows and classes there are."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from peak_memory import PEAK

from shoal import LogisticRegression, MLPClassifier
from shoal.base.errors import DivergedError
from shoal.engines.base import BLOCK

ROWS, COLUMNS, CLASSES = 100_000, 20, 100
MEASURED = f"""{PEAK}
import numpy as np
from shoal import LogisticRegression

X = np.random.default_rng(0).normal(size=({ROWS}, {COLUMNS}))
model = LogisticRegression().fit(X[:500], np.arange(500) % {CLASSES})
model.predict_log_proba(X[:500])
before = peak()
model.predict_log_proba(X)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a program is asked of Linux"
)
def test_many_rows_and_classes_take_the_result_and_little_more():
    ran = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 8 * ROWS * (3 * COLUMNS + CLASSES)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("classes", [2, 3])
def test_many_rows_are_as_many_times_a_few(classes):
    random = np.random.default_rng(0)
    X = random.normal(size=(2 * BLOCK + 7, 3))
    model = MLPClassifier((4,), max_iter=2).fit(X[:90], np.arange(90) % classes)
    parts = [model.predict_log_proba(X[k : k + 1000]) for k in range(0, len(X), 1000)]
    np.testing.assert_allclose(model.predict_log_proba(X), np.concatenate(parts), rtol=1e-12)


def test_a_row_that_has_no_answer_is_counted_from_the_first_block():
    X = np.zeros((BLOCK + 10, 1))
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    model.coef_ = [[1e10]]
    X[BLOCK + 3] = 1e300
    with pytest.raises(DivergedError, match=f"row {BLOCK + 3} "):
        model.predict_log_proba(X)
