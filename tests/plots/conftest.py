"""Fitted models and the pictures of them; each picture is a function of ax, dark and size."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, plots
from shoal.datasets import load


def fitted(model, *data):
    """Trained for a while; whether it converged does not matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data)


@pytest.fixture(scope="session")
def moons():
    return load("moons", n_samples=90)


@pytest.fixture(scope="session")
def iris():
    return load("iris")


@pytest.fixture(scope="session")
def binary(moons):
    return fitted(MLPClassifier((5, 3), "tanh", max_iter=40, early_stopping=True), moons.X, moons.y)


@pytest.fixture(scope="session")
def line(moons):
    return LogisticRegression().fit(moons.X, moons.y)


@pytest.fixture(scope="session")
def species(iris):
    return fitted(MLPClassifier((25,), max_iter=60), iris.X, iris.y)


@pytest.fixture(scope="session")
def numbers(moons):
    return fitted(MLPRegressor(hidden_layer_sizes=(6,), max_iter=40), moons.X, moons.X[:, 0] ** 2)


@pytest.fixture(scope="session")
def pictures(moons, iris, binary, line, species, numbers):
    """Every display, also with wide layers, several classes, several curves, long and hostile names."""
    names = ["a$b_$", "<script>alert(1)</script> and more", "petal length, as a long name", "x\ny"]
    several = {"one": binary, "two": species, "line": line}
    theta = np.random.default_rng(0).standard_normal(binary.network_.p)
    moments = {"start": theta, "now": binary.theta_}
    y = moons.X[:, 0] ** 2
    return {
        "cost": lambda **how: plots.CostCurves.from_estimator(binary, **how),
        "cost of several": lambda **how: plots.CostCurves.from_estimators(several, **how),
        "boundary": lambda **how: plots.DecisionBoundary.from_estimator(
            binary, moons.X, moons.y, resolution=60, **how
        ),
        "boundary of three": lambda **how: plots.DecisionBoundary.from_estimator(
            species, iris.X, iris.y, features=(2, 3), feature_names=names, resolution=60, **how
        ),
        "network": lambda **how: plots.NetworkDiagram.from_estimator(binary, **how),
        "wide network": lambda **how: plots.NetworkDiagram.from_estimator(
            species, feature_names=names, **how
        ),
        "weights": lambda **how: plots.WeightMap.from_estimator(binary, **how),
        "wide weights": lambda **how: plots.WeightMap.from_estimator(species, feature_names=names, **how),
        "activations": lambda **how: plots.ActivationMap.from_estimator(binary, moons.X, moons.y, **how),
        "wide activations": lambda **how: plots.ActivationMap.from_estimator(species, iris.X, iris.y, **how),
        "functions": lambda **how: plots.ActivationFunctions.from_names(**how),
        "functions in use": lambda **how: plots.ActivationFunctions.from_estimator(binary, moons.X, **how),
        "gradients": lambda **how: plots.GradientFlow.from_estimator(binary, moons.X, moons.y, **how),
        "gradients then and now": lambda **how: plots.GradientFlow.from_estimator(
            binary, moons.X, moons.y, moments=moments, **how
        ),
        "confusion": lambda **how: plots.ConfusionMatrix.from_estimator(species, iris.X, iris.y, **how),
        "roc": lambda **how: plots.RocCurve.from_estimator(binary, moons.X, moons.y, **how),
        "roc of three": lambda **how: plots.RocCurve.from_estimator(species, iris.X, iris.y, **how),
        "precision": lambda **how: plots.PrecisionRecall.from_estimator(binary, moons.X, moons.y, **how),
        "precision of three": lambda **how: plots.PrecisionRecall.from_estimator(
            species, iris.X, iris.y, **how
        ),
        "calibration": lambda **how: plots.Calibration.from_estimator(binary, moons.X, moons.y, **how),
        "calibration of three": lambda **how: plots.Calibration.from_estimator(
            species, iris.X, iris.y, **how
        ),
        "surface": lambda **how: plots.CostSurface.from_estimator(line, moons.X, moons.y, feature=1, **how),
        "errors": lambda **how: plots.PredictionErrorPlot.from_estimator(
            numbers, moons.X, y, name="area $m^2$", **how
        ),
    }
