"""What `import shoal` gives, and what it costs."""

import json
import os
import subprocess
import sys

import pytest

import shoal


def test_the_public_names_are_these_and_all_of_them_are_there():
    assert shoal.__all__ == [
        "GridSearchCV",
        "HalvingGridSearchCV",
        "LogisticRegression",
        "MLPClassifier",
        "MLPRegressor",
        "RandomizedSearchCV",
        "__version__",
        "load",
        "save",
    ]
    for name in shoal.__all__:
        assert getattr(shoal, name) is not None
    assert dir(shoal) == shoal.__all__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"shoal.*nothing"):
        shoal.nothing  # noqa: B018


def modules_after(statement):
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; import json; print(json.dumps(sorted(sys.modules)))"
    environment = {name: value for name, value in os.environ.items() if name != "SHOAL_CHECK_SHAPES"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return set(json.loads(done.stdout))


def test_import_shoal_loads_no_library():
    assert not modules_after("import shoal") & {"numpy", "scipy", "sklearn", "polars", "click"}


def test_estimators_do_without_the_libraries_of_the_command_line():
    loaded = modules_after("from shoal import MLPClassifier, LogisticRegression, save, load")
    assert "sklearn" in loaded
    # rich and pandas may be there: scikit-learn itself looks for them
    assert not loaded & {"polars", "click", "jaxtyping", "beartype"}
