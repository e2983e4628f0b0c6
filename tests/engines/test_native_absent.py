"""Where the extension is not built, or for another version, NumPy does the work and says so once.

These tests need no extension: they run everywhere.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shoal
from shoal.engines import _native_build as native_build
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


# --------------------------------------------------------------------------- an extension of another version

OTHER_BUILD = """
import json, sys, types, warnings
import shoal.engines as engines
from shoal.base.errors import UsageError

changes = json.loads(sys.argv[1])
built = types.ModuleType("shoal.engines._native")  # whatever is called in it is an AttributeError
names = {"VERSION": engines._native_build.VERSION, "MEMBER": engines._native_build.MEMBER,
         "OPTIMIZER": engines._native_build.OPTIMIZER} | {"ACTIVATIONS": (), "OUTPUTS": (), "RULES": {}}
for name, value in (names | changes).items():
    if value is not None:
        setattr(built, name, tuple(value) if isinstance(value, list) else value)
sys.modules["shoal.engines._native"] = engines._native = built

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    names = [engines.get_engine("auto").name for _ in range(2)]
keys = []
try:
    engines.get_engine("native")
except UsageError as error:
    keys.append(error.key)
try:
    import shoal.engines.native
except UsageError as error:
    keys.append(error.key)
print(json.dumps([names, [str(warning.message) for warning in caught], keys, engines.native_is_built()]))
"""
FIELDS = list(native_build.MEMBER)


@pytest.mark.parametrize(
    "changes",
    [
        {"VERSION": None},  # as all were before there were versions
        {"VERSION": native_build.VERSION + 1},
        {"MEMBER": None},
        {"MEMBER": 3},
        {"MEMBER": FIELDS[1:]},
        {"MEMBER": [*FIELDS, "no_such"]},
        {"OPTIMIZER": ["rule"]},
    ],
    ids=str,
)
def test_an_extension_of_another_version_is_noticed_before_it_is_called(changes):
    done = subprocess.run(
        [sys.executable, "-c", OTHER_BUILD, json.dumps(changes)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names, warned, keys, is_built = json.loads(done.stdout)
    assert names == ["numpy", "numpy"]
    assert len(warned) == 1
    assert "another version of shoal" in warned[0]
    assert keys == ["engine.other_build"] * 2
    assert not is_built
