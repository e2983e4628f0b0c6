"""What a person may import, and what `import shoal` costs.

A module is private if a part of its path begins with an underscore. Everything else is a promise, so it
stands here: a name that is added, renamed or removed changes this file, and the changelog.
"""

import ast
import json
import os
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import shoal
import shoal.engines

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "shoal": shoal.__all__,  # pinned below
    "shoal.base": [],
    "shoal.base.texts": [],
    "shoal.book": [
        "ACTIVATIONS",
        "Network",
        "OUTPUTS",
        "Optimizer",
        "Schedule",
        "activations_gradient",
        "averaged",
        "backward",
        "batches",
        "binary_cross_entropy",
        "broadcast_shapes",
        "categorical_cross_entropy",
        "equations",
        "flatten_images",
        "forward",
        "graph",
        "half_poisson_deviance",
        "half_squared_error",
        "helpers",
        "initialization",
        "initialize",
        "loss_of_probabilities",
        "mean_loss",
        "network",
        "normalize_rows",
        "notation",
        "one_hot",
        "optimizers",
        "penalty",
        "shares",
        "update",
    ],
    "shoal.book.graph": [
        "Explanation",
        "Graph",
        "Node",
        "Step",
        "apply",
        "logistic_graph",
        "network_graph",
        "parameter_gradient",
        "parse",
    ],
    "shoal.cli": [],
    "shoal.experiments": ["Experiment", "Record", "experiments", "run"],
    "shoal.engines": [
        "Data",
        "Engine",
        "EngineContractError",
        "Epochs",
        "Member",
        "NAMES",
        "check_engine",
        "get_engine",
        "native_is_built",
    ],
    "shoal.estimators": ["LogisticRegression", "MLPClassifier", "MLPRegressor"],
    "shoal.inspect": [
        "ActivationCheck",
        "BUGS",
        "Case",
        "DISEASES",
        "Diagnosis",
        "ExampleTrace",
        "Finding",
        "GradientCheck",
        "RecordedFit",
        "Recording",
        "Severity",
        "Trace",
        "UnitTrace",
        "check_activation",
        "check_gradients",
        "diagnose",
        "trace",
    ],
    "shoal.inspect.doctor": [],
    "shoal.plots": [
        "ActivationFunctions",
        "ActivationMap",
        "Calibration",
        "ConfusionMatrix",
        "CostCurves",
        "CostSurface",
        "DecisionBoundary",
        "GradientFlow",
        "NetworkDiagram",
        "PrecisionRecall",
        "PredictionErrorPlot",
        "RocCurve",
        "WeightMap",
        "write",
    ],
    "shoal.report": ["render", "write"],
    "shoal.report.html": [],
    "shoal.report.words": [],
    "shoal.saving": ["load", "save"],
    "shoal.search": ["GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV"],
    "shoal.tables": [
        "Column",
        "ColumnEncoder",
        "ColumnKind",
        "Evaluation",
        "Finding",
        "FindingKind",
        "Forms",
        "Grid",
        "Note",
        "Outcome",
        "SearchSettings",
        "TableCandidate",
        "TableClassifier",
        "TableEncoder",
        "TableFile",
        "TableRegressor",
        "TableSettings",
        "TargetEncoder",
        "Task",
        "TrainSettings",
        "TrainingRecord",
        "choose_features",
        "describe",
        "encode_table",
        "find_forms",
        "find_problems",
        "from_dataframe",
        "open_table",
        "read_grids",
        "read_table",
        "search_table",
        "train_table",
    ],
    "shoal.tables.encode": [],
    "shoal.tables.forms": [],
    "shoal.tables.fair": [],
    "shoal.tables.findings": [],
    "shoal.tables.read": [],
    "shoal.training": [
        "Ending",
        "History",
        "REASONS",
        "RULES",
        "Run",
        "Stopping",
        "constant_cost",
        "ending_of",
        "in_words",
        "train",
    ],
}
MODULES = [
    "shoal.base.aligned",
    "shoal.base.arguments",
    "shoal.base.container",
    "shoal.base.errors",
    "shoal.base.files",
    "shoal.base.lazy",
    "shoal.base.look",
    "shoal.base.numeric",
    "shoal.base.schema",
    "shoal.base.shown",
    "shoal.book.batches",
    "shoal.book.equations",
    "shoal.book.helpers",
    "shoal.book.initialization",
    "shoal.book.network",
    "shoal.book.normal",
    "shoal.book.notation",
    "shoal.book.optimizers",
    "shoal.book.poisson",
    "shoal.cli.check",
    "shoal.cli.data",
    "shoal.cli.doctor",
    "shoal.cli.evaluate",
    "shoal.cli.experiment",
    "shoal.cli.graph",
    "shoal.cli.inspect",
    "shoal.cli.plot",
    "shoal.cli.predict",
    "shoal.cli.search",
    "shoal.cli.trace",
    "shoal.cli.train",
    "shoal.datasets",
    "shoal.engines.base",
    "shoal.engines.checks",
    "shoal.engines.native",
    "shoal.engines.numpy",
    "shoal.training.ending",
    "shoal.training.loop",
]


def test_the_public_names_are_these_and_all_of_them_are_there():
    assert shoal.__all__ == [
        "GridSearchCV",
        "HalvingGridSearchCV",
        "HalvingRandomSearchCV",
        "LogisticRegression",
        "MLPClassifier",
        "MLPRegressor",
        "RandomizedSearchCV",
        "TableClassifier",
        "TableRegressor",
        "__version__",
        "load",
        "read_table",
        "save",
        "search_table",
        "train_table",
    ]
    for name in shoal.__all__:
        assert getattr(shoal, name) is not None
    assert dir(shoal) == shoal.__all__


def is_private(module):
    return any(part.startswith("_") for part in module.split("."))


def public_modules():
    """All modules of shoal on the disk whose path has no underscore, and whether each is a package."""
    found = pkgutil.walk_packages(shoal.__path__, "shoal.")
    return {module.name: module.ispkg for module in found if not is_private(module.name)} | {"shoal": True}


def test_these_are_the_public_modules():
    modules = public_modules()
    assert sorted(name for name, is_package in modules.items() if is_package) == sorted(PACKAGES)
    assert sorted(name for name, is_package in modules.items() if not is_package) == MODULES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_what_a_person_may_import_from_it(package):
    module = import_module(package)
    assert sorted(getattr(module, "__all__", [])) == PACKAGES[package]
    for name in PACKAGES[package]:
        assert getattr(module, name) is not None
        assert not name.startswith("_") or name == "__version__"


def imports(code):
    """Each module, and each name out of a module, that Python code imports from shoal."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)


def examples(path):
    """The Python that a page or a docstring shows."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r">>> ((?:from|import) .*)", text)


SHOWN = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("src/**/*.py")]


def test_examples_import_nothing_private_and_what_they_import_is_there():
    seen = 0
    for path in SHOWN:
        for module, name in (found for code in examples(path) for found in imports(code)):
            if module.split(".")[0] != "shoal":
                continue
            seen += 1
            assert not is_private(module), f"{path}: {module}"
            assert name is None or not name.startswith("_"), f"{path}: {name}"
            assert name is None or hasattr(import_module(module), name), f"{path}: {module}.{name}"
    assert seen > 20


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


@pytest.mark.parametrize("package", ["shoal.book", "shoal.inspect", "shoal.plots", "shoal.tables"])
def test_packages_whose_names_are_lazy_load_no_library(package):
    assert not modules_after(f"import {package}") & {"numpy", "scipy", "sklearn", "polars", "matplotlib"}


def test_the_modules_of_the_book_are_names_of_it():
    code = "from shoal import book; assert book.equations.forward is book.forward"
    assert "shoal.book.equations" in modules_after(code)


def test_import_shoal_loads_no_library():
    assert not modules_after("import shoal") & {"numpy", "scipy", "sklearn", "polars", "click"}


def test_estimators_do_without_the_libraries_of_the_command_line():
    loaded = modules_after("from shoal import MLPClassifier, LogisticRegression, save, load")
    assert "sklearn" in loaded
    # rich and pandas may be there: scikit-learn itself looks for them
    assert not loaded & {"polars", "click", "jaxtyping", "beartype"}


# --------------------------------------------------------------------------- what nothing else imports

OUTSIDE = sorted([*ROOT.glob("benchmarks/**/*.py"), *ROOT.glob("tools/*.py")])


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_programs_beside_the_package_import_what_there_is(path):
    """They are run by hand, or not on every machine, so nobody else would notice."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "shoal":
            assert find_spec(node.module), f"there is no {node.module}"
            if node.module == "shoal.engines.native" and not shoal.engines.native_is_built():
                continue  # it cannot be imported without the extension
            module = import_module(node.module)
            for name in node.names:
                there = hasattr(module, name.name) or find_spec(f"{node.module}.{name.name}")
                assert there, f"{node.module} has no {name.name}"


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "CONTRIBUTING.md", "README.md", "README.zh-CN.md"])
def test_the_files_that_are_named_exist(name):
    written = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"\b(?:tests|tools|benchmarks|native|docs)/[\w/.-]*\.\w+", written)
    missing = [path for path in named if not (ROOT / path).exists()]
    assert not missing
