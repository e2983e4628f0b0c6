"""The commands take little more memory than the table and one answer a row and class."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars
import pytest
from peak_memory import PEAK

ROWS, COLUMNS, CLASSES = 100_000, 20, 100
MEASURED = f"""{PEAK}
import rich.progress, sklearn.tree, scipy.stats
import shoal.inspect.doctor, shoal.saving, shoal.tables._train
from shoal.cli import main
from shoal.tables import read_table

assert main(sys.argv[2:]) == 0 if sys.argv[2:] else read_table(sys.argv[1]).height
print(peak())
"""

# what is freed goes back to the system at once, and no thread keeps memory of its own: else the peak depends
# on the cores of the machine, and on holes between what is in use
NOTHING_KEPT = {"MALLOC_MMAP_THRESHOLD_": "65536", "POLARS_MAX_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"}


def peak(*arguments):
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURED, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **NOTHING_KEPT},
    )
    return int(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    X = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).round(4)
    columns = {f"x{j}": X[:, j] for j in range(COLUMNS)}
    path = tmp_path_factory.mktemp("memory") / "many.csv"
    labels = [f"c{number % CLASSES}" for number in range(ROWS)]
    polars.DataFrame({**columns, "y": labels}).write_csv(path)
    return path


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a program is asked of Linux"
)
def test_many_rows_and_classes_take_the_table_and_the_answers(table):
    model, one = table.with_suffix(".shoal"), 8 * ROWS
    read = peak(table)
    options = ["--target", "y", "--hidden", 2, "--epochs", 2, "--out", model]
    without_doctor = peak(table, "train", table, *options, "--json")
    trained = peak(table, "train", table, *options)
    judged = peak(table, "evaluate", model, table)
    for peak_of in (without_doctor, trained, judged):
        assert peak_of - read < one * (3 * COLUMNS + CLASSES)
