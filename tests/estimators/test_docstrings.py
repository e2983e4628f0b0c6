"""The docstrings of the estimators say what their signatures say."""

import ast
import inspect
import re

import pytest

from shoal import LogisticRegression, MLPClassifier, MLPRegressor

ESTIMATORS = [MLPClassifier, MLPRegressor, LogisticRegression]


def section(kind, title):
    """The entries of a section, each as its heading line and its text."""
    body = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[^\n]*\n---|\Z)", inspect.getdoc(kind), re.M | re.S)[1]
    return re.findall(r"^(\S[^\n]*)\n((?:    [^\n]*\n|\n)+)", body, re.M)


def parameters(kind):
    """(name, default, text) of each documented parameter; a heading may name several."""
    for heading, text in section(kind, "Parameters"):
        names, _, rest = heading.partition(" : ")
        names = names.split(", ")
        written = rest.split("default=")[1]
        defaults = ast.literal_eval(f"({written},)") if len(names) > 1 else (ast.literal_eval(written),)
        yield from zip(names, defaults, [text.strip()] * len(names), strict=True)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_every_parameter_is_documented_with_its_default(kind):
    documented = {name: default for name, default, _ in parameters(kind)}
    signature = inspect.signature(kind).parameters
    assert documented == {name: parameter.default for name, parameter in signature.items()}


def test_both_mlps_say_the_same_of_what_they_share():
    classifier = {name: text for name, _, text in parameters(MLPClassifier)}
    regressor = {name: text for name, _, text in parameters(MLPRegressor)}
    assert {name for name in regressor if classifier.get(name, regressor[name]) != regressor[name]} == {
        "hidden_layer_sizes",
        "validation_fraction",
        "scoring",
    }
    assert classifier.keys() - regressor.keys() == {"class_weight"}
    assert regressor.keys() - classifier.keys() == {"loss"}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_every_attribute_of_a_fitted_model_is_documented(kind):
    X, y = [[0.0], [1.0], [2.0], [3.0]] * 5, [0, 0, 1, 1] * 5
    model = (
        kind().fit(X, y)
        if kind is LogisticRegression
        else kind(hidden_layer_sizes=(2,), max_iter=1).fit(X, y)
    )
    there = {name for name in dir(model) if name.endswith("_") and not name.startswith("_")}
    listed = {name for heading, _ in section(kind, "Attributes") for name in re.findall(r"\w+_\b", heading)}
    assert there - listed == set()
