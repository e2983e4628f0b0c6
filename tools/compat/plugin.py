"""A plugin of pytest: scikit-learn's test files get our classes in place of theirs.

The names are replaced in scikit-learn's packages before a test file imports them. A test counts as touched if
it makes one of our classes. `expected.toml` says which tests do not apply to us (they are skipped), where
`pytest.warns` and `pytest.raises` do not compare words, where one warning of ours is not counted, and which
tests fail, each with its reason. One that then passes is a failure; so is one that fails and is not there.
"""

import json
import os
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import sklearn.linear_model
import sklearn.model_selection
import sklearn.neural_network
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (scikit-learn asks for it)

import shoal
from shoal.search import _run as searches

HOMES = {
    sklearn.linear_model: ("LogisticRegression",),
    sklearn.neural_network: ("MLPClassifier", "MLPRegressor"),
    sklearn.model_selection: (
        "GridSearchCV",
        "RandomizedSearchCV",
        "HalvingGridSearchCV",
        "HalvingRandomSearchCV",
    ),
}
KINDS = ("not_applicable", "other_words", "one_more_warning", "fails")
EXPECTED = Path(__file__).with_name("expected.toml")
REPORT = "SHOAL_COMPAT_REPORT"  # the file, one JSON value a line, that `compat.py` reads

touched = {"now": False}


def _counted(kind):
    def make(cls, *args, **kwargs):
        touched["now"] = True
        return object.__new__(cls)

    kind.__new__ = make


def pytest_configure(config):
    """Replace the names; it runs before a test file is imported."""
    for package, names in HOMES.items():
        for name in names:
            ours = getattr(shoal, name, None)
            if ours is not None:
                _counted(ours)
                setattr(package, name, ours)


def place(item):
    """A test as `expected.toml` names it: file::test[parameters]."""
    return f"{item.path.name}::{item.nodeid.partition('::')[2]}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Mark what `expected.toml` says."""
    rules = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))
    for item in items:
        name = place(item)
        for kind in KINDS:
            for rule in rules.get(kind, []):
                if any(fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in rule["tests"]):
                    item.user_properties.append((kind, rule["reason"]))
                    if kind == "not_applicable":
                        item.add_marker(pytest.mark.skip(reason=rule["reason"]))
                    elif kind == "fails":
                        item.add_marker(pytest.mark.xfail(reason=rule["reason"], strict=True))
                    break


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """Note whether the test made one of our classes."""
    touched["now"] = False
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """Do not compare words, or do not count our warning, where `expected.toml` says so."""
    kinds = dict(item.user_properties)
    with pytest.MonkeyPatch.context() as patch:
        if "other_words" in kinds:
            for name in ("warns", "raises"):
                patch.setattr(pytest, name, _without_match(getattr(pytest, name)))
        if "one_more_warning" in kinds:
            patch.setattr(searches, "warn", lambda *args, **settings: None)
        yield


def _without_match(expect):
    def expected(*args, match=None, **settings):
        return expect(*args, **settings)

    return expected


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Write one line for each test: its file, its outcome, whether it touched us."""
    outcome = yield
    report = outcome.get_result()
    if not (report.when == "call" or (report.when == "setup" and report.outcome != "passed")):
        return
    kinds = dict(item.user_properties)
    known = next((kind for kind in KINDS if kind in kinds), None)
    line = {
        "file": item.path.name,
        "test": place(item),
        "outcome": report.outcome,
        "known": known,
        "touched": touched["now"],
    }
    with Path(os.environ[REPORT]).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
