"""Where the extension is not built, NumPy does the work and says so once; shown on a copy without it.

These tests need no extension: they run everywhere.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shoal
from shoal.engines import native_is_built

FIT = """
import json, sys, warnings
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder

if len(sys.argv) > 1:  # take the library from this folder; an editable install has a hook of its own
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]
    sys.path.insert(0, sys.argv[1])

import numpy as np
import shoal
from shoal.engines import get_engine
from shoal.base.errors import UsageError

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    names = [get_engine("auto").name for _ in range(3)]
    X = np.random.default_rng(0).standard_normal((60, 3))
    model = shoal.MLPClassifier((5,), activation="tanh", random_state=0, max_iter=30, batch_size=16)
    proba = model.fit(X, X[:, 0] > X[:, 1]).predict_proba(X)
    names.append(get_engine("numpy").name)
warned = [w for w in caught if w.category is RuntimeWarning]
errors = []
for _ in range(2):
    try:
        get_engine("native")
    except UsageError as error:
        errors.append([error.key, str(error)])
print(json.dumps({
    "where": shoal.__file__, "names": names, "errors": errors, "proba": proba.tolist(),
    "warned": [str(w.message) for w in warned], "blamed": [w.filename for w in warned],
}))
"""


def fitted(*source_tree):
    """What a process finds that takes the library from this folder, or as it is installed."""
    done = subprocess.run(
        [sys.executable, "-c", FIT, *source_tree], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """The library as it is, but for the extension."""
    tree = tmp_path_factory.mktemp("without")
    shutil.copytree(
        Path(shoal.__file__).parent,
        tree / "shoal",
        ignore=shutil.ignore_patterns("_native*.so", "_native*.pyd", "__pycache__"),
    )
    found = fitted(tree)
    assert Path(found["where"]).is_relative_to(tree)
    return found


def test_numpy_does_the_work_where_the_extension_is_not_built(without):
    assert without["names"] == ["numpy"] * 4


def test_it_is_said_once_and_where_the_engine_was_asked_for(without):
    (warning,) = without["warned"]
    assert "NumPy" in warning
    assert "pip install" in warning
    assert without["blamed"] == ["<string>"]


def test_the_native_engine_by_name_is_an_error_that_says_what_to_do(without):
    assert [key for key, _ in without["errors"]] == ["engine.not_built"] * 2
    assert all("compiler" in message and "pip install" in message for _, message in without["errors"])


def test_numpy_learns_what_the_engine_learns_that_is_here(without):
    here = fitted()
    assert here["names"][0] == ("native" if native_is_built() else "numpy")
    assert len(here["proba"]) == 60
    # 120 updates: what rounding makes of them, see test_native_engine.py
    for row, other in zip(here["proba"], without["proba"], strict=True):
        assert row == pytest.approx(other, abs=1e-9)
