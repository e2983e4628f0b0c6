"""Draws every picture of `shoal.plots` into a folder, light and dark, in English and in Chinese: to look at.

python tools/pictures.py FOLDER [NAME ...]
"""

import sys
from pathlib import Path

import numpy as np

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, plots
from shoal.base.texts import LANGUAGES, use_language
from shoal.datasets import flower, load


def displays():
    """Each picture's name, and how it is drawn in the language in force, for dark paper or not."""
    X, y = flower(seed=1)
    iris, cancer, digits, diabetes = (load(name) for name in ("iris", "breast_cancer", "digits", "diabetes"))
    options = {"solver": "lbfgs", "tol": 1e-2, "max_iter": 500}
    petals = MLPClassifier((4,), "tanh", alpha=0.1, **options).fit(X, y)
    line = LogisticRegression().fit(X, y)
    species = MLPClassifier((8,), "relu", alpha=0.1, **options).fit(iris.X, iris.y)
    tumours = MLPClassifier((30,), early_stopping=True, max_iter=60).fit(
        cancer.X / cancer.X.std(axis=0), cancer.y
    )
    deep = MLPClassifier((16, 12, 8, 6), "sigmoid", max_iter=20, tol=0).fit(X, y)
    numbers = MLPClassifier((40,), max_iter=15, tol=0).fit(digits.X / 16, digits.y)
    progression = MLPRegressor(hidden_layer_sizes=(10,), alpha=1.0, **options)
    sugar, scaled = (diabetes.X - diabetes.X.mean(axis=0)) / diabetes.X.std(axis=0), diabetes.y / 100
    progression.fit(sugar, scaled)
    costs = {
        name: MLPClassifier((8,), "tanh", learning_rate_init=rate, max_iter=150, tol=0, early_stopping=True,
                            n_iter_no_change=150).fit(X, y)
        for name, rate in (("0.001", 0.001), ("0.01", 0.01), ("0.1", 0.1))
    }  # fmt: skip
    x, rng = cancer.X[:, 0], np.random.default_rng(0)
    start = rng.standard_normal(deep.network_.p)
    Xc = cancer.X / cancer.X.std(axis=0)
    return {
        "cost": lambda **how: plots.CostCurves.from_estimators(costs, **how),
        "cost_one": lambda **how: plots.CostCurves.from_estimator(petals, **how),
        "boundary": lambda **how: plots.DecisionBoundary.from_estimator(petals, X, y, **how),
        "boundary_line": lambda **how: plots.DecisionBoundary.from_estimator(line, X, y, **how),
        "boundary_iris": lambda **how: plots.DecisionBoundary.from_estimator(
            species, iris.X, iris.y, features=(2, 3), feature_names=iris.feature_names, **how
        ),
        "network": lambda **how: plots.NetworkDiagram.from_estimator(petals, **how),
        "network_iris": lambda **how: plots.NetworkDiagram.from_estimator(
            species, feature_names=iris.feature_names, **how
        ),
        "network_wide": lambda **how: plots.NetworkDiagram.from_estimator(
            tumours, feature_names=cancer.feature_names, **how
        ),
        "weights": lambda **how: plots.WeightMap.from_estimator(petals, **how),
        "weights_wide": lambda **how: plots.WeightMap.from_estimator(
            tumours, feature_names=cancer.feature_names, **how
        ),
        "activations": lambda **how: plots.ActivationMap.from_estimator(species, iris.X, iris.y, **how),
        "activations_tanh": lambda **how: plots.ActivationMap.from_estimator(petals, X, y, **how),
        "activations_wide": lambda **how: plots.ActivationMap.from_estimator(
            numbers, digits.X / 16, digits.y, **how
        ),
        "functions": lambda **how: plots.ActivationFunctions.from_names(**how),
        "functions_used": lambda **how: plots.ActivationFunctions.from_estimator(petals, X, **how),
        "gradients": lambda **how: plots.GradientFlow.from_estimator(deep, X, y, **how),
        "gradients_two": lambda **how: plots.GradientFlow.from_estimator(
            deep, X, y, moments={"N(0, 1)": start, "fit": deep.theta_}, **how
        ),
        "confusion": lambda **how: plots.ConfusionMatrix.from_estimator(petals, X, y, **how),
        "confusion_digits": lambda **how: plots.ConfusionMatrix.from_estimator(
            numbers, digits.X / 16, digits.y, **how
        ),
        "roc": lambda **how: plots.RocCurve.from_estimator(petals, X, y, **how),
        "roc_digits": lambda **how: plots.RocCurve.from_estimator(numbers, digits.X / 16, digits.y, **how),
        "precision_recall": lambda **how: plots.PrecisionRecall.from_estimator(petals, X, y, **how),
        "precision_recall_iris": lambda **how: plots.PrecisionRecall.from_estimator(
            species, iris.X, iris.y, **how
        ),
        "calibration": lambda **how: plots.Calibration.from_estimator(tumours, Xc, cancer.y, **how),
        "surface": lambda **how: plots.CostSurface.from_data(x, cancer.y, name="mean_radius", **how),
        "errors": lambda **how: plots.PredictionErrorPlot.from_estimator(
            progression, sugar, scaled, name="progression / 100", **how
        ),
    }


def main():
    """Write a PNG of each."""
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in displays().items():
        if wanted and name not in wanted:
            continue
        for language in LANGUAGES:
            use_language(language)
            for dark in (False, True):
                mode = "dark" if dark else "light"
                plots.write(draw(dark=dark), folder / f"{name}_{language}_{mode}.png")
        print(name)


if __name__ == "__main__":
    main()
