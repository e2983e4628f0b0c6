"""What cannot be drawn is refused, in both languages, and nothing is written."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.linear_model import LogisticRegression as TheirRegression

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, plots
from shoal.base.errors import DataError, FileError, ShapeError, ShoalError, UsageError
from shoal.base.texts import use_language
from shoal.plots._names import NAMES, check_name
from shoal.plots._pictures import PICTURES
from shoal.training import History

X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0], [0.5, 2.0], [2.5, 0.5]])
Y = np.array([0, 0, 1, 1, 0, 1])
GAP = np.where(X == 2.5, np.nan, X)
BOTH = np.column_stack([Y, 1 - Y])
OURS = {"solver": "lbfgs", "tol": 0.1, "alpha": 0.1}


@pytest.fixture(scope="module")
def models():
    return {
        "line": LogisticRegression().fit(X, Y),
        "net": MLPClassifier((3,), **OURS).fit(X, Y),
        "theirs": TheirRegression().fit(X, Y),
        "ridge": RidgeClassifier().fit(X, Y),
        "numbers": MLPRegressor(hidden_layer_sizes=(3,), **OURS).fit(X, Y),
        "their numbers": LinearRegression().fit(X, Y),
        "one feature": LogisticRegression().fit(X[:, :1], Y),
        "labels": MLPClassifier((3,), **OURS).fit(X, BOTH),
        "three": LogisticRegression().fit(X, [0, 1, 2, 0, 1, 2]),
    }


def of(display, model, *data, **options):
    return lambda m: display.from_estimator(m[model], *data, **options)


def predicted(display, *data, **options):
    return lambda _: display.from_predictions(*data, **options)


BAD = {
    "a regressor has no ROC": (of(plots.RocCurve, "numbers", X, Y), UsageError, "roc"),
    "nor precision": (of(plots.PrecisionRecall, "their numbers", X, Y), UsageError, "precision_recall"),
    "nor classes": (of(plots.ConfusionMatrix, "numbers", X, Y), UsageError, "MLPRegressor"),
    "nor a boundary": (of(plots.DecisionBoundary, "numbers", X, Y), UsageError, "boundary"),
    "a classifier has no residuals": (of(plots.PredictionErrorPlot, "line", X, Y), UsageError, "errors"),
    "no probabilities": (of(plots.Calibration, "ridge", X, Y), UsageError, "RidgeClassifier"),
    "no network": (of(plots.NetworkDiagram, "theirs"), UsageError, "network"),
    "no matrices": (of(plots.WeightMap, "their numbers"), UsageError, "LinearRegression"),
    "no layers": (of(plots.ActivationMap, "theirs", X), UsageError, "activations"),
    "no hidden layer": (of(plots.GradientFlow, "line", X, Y), UsageError, ""),
    "softmax alone": (of(plots.ActivationFunctions, "three", X), UsageError, "softmax"),
    "no curve": (of(plots.CostCurves, "theirs"), UsageError, "LogisticRegression"),
    "an empty curve": (lambda _: plots.CostCurves.from_estimator(History()), UsageError, "History"),
    "one feature": (of(plots.DecisionBoundary, "one feature", X[:, :1], Y), UsageError, ""),
    "the same feature twice": (of(plots.DecisionBoundary, "line", X, Y, features=(1, 1)), UsageError, "1"),
    "no such feature": (of(plots.DecisionBoundary, "line", X, Y, features=(0, "z")), UsageError, '"z"'),
    "no such column": (of(plots.CostSurface, "line", X, Y, feature=2), UsageError, "x1"),
    "a name too few": (of(plots.NetworkDiagram, "line", feature_names=["a"]), UsageError, "2"),
    "several labels": (of(plots.ConfusionMatrix, "labels", X, BOTH), UsageError, ""),
    "several labels in the plane": (of(plots.DecisionBoundary, "labels", X, BOTH), UsageError, ""),
    "several labels on a surface": (of(plots.CostSurface, "labels", X, BOTH), UsageError, ""),
    "no points": (of(plots.DecisionBoundary, "line", X, Y, resolution=0), UsageError, "0"),
    "one point": (of(plots.DecisionBoundary, "line", X, Y, resolution=1), UsageError, "2"),
    "NaN": (of(plots.DecisionBoundary, "line", GAP, Y), DataError, "NaN"),
    "NaN in the activations": (of(plots.ActivationMap, "net", GAP), DataError, "NaN"),
    "another width": (of(plots.ActivationMap, "net", X[:, :1]), ValueError, "1"),
    "one class": (predicted(plots.RocCurve, [1, 1, 1], [0.1, 0.2, 0.3]), DataError, '"1"'),
    "one of two classes": (of(plots.RocCurve, "line", X[2:4], Y[2:4]), DataError, '"1"'),
    "a class that the model lacks": (of(plots.RocCurve, "line", X, Y + 1), DataError, '"2"'),
    "a label that the model lacks": (of(plots.ConfusionMatrix, "line", X, Y + 1), DataError, '"2"'),
    "NaN scores": (predicted(plots.RocCurve, [0, 1], [0.5, np.nan]), DataError, "1"),
    "NaN labels": (predicted(plots.ConfusionMatrix, [0.0, np.nan], [0.0, 1.0]), DataError, "1"),
    "rows": (predicted(plots.ConfusionMatrix, [0, 1, 1], [0, 1]), DataError, "3"),
    "more rows of y": (of(plots.ActivationMap, "net", X, Y[:3]), DataError, "6"),
    "no rows": (predicted(plots.ConfusionMatrix, [], []), DataError, ""),
    "columns of scores": (predicted(plots.RocCurve, [0, 1, 2], np.ones((3, 2))), DataError, "(3, 2)"),
    "scores for probabilities": (predicted(plots.Calibration, [0, 1], [-3.0, 5.0]), DataError, "5"),
    "infinite numbers": (predicted(plots.PredictionErrorPlot, [0.0, 1.0], [0.0, np.inf]), DataError, "1"),
    "no such output": (predicted(plots.PredictionErrorPlot, [0.0], [0.0], output=1), UsageError, "1"),
    "three classes on a surface": (of(plots.CostSurface, "three", X, [0, 1, 2, 0, 1, 2]), DataError, "3"),
    "a constant": (lambda _: plots.CostSurface.from_data([1, 1, 1], [0, 1, 0]), DataError, ""),
    "NaN on a surface": (lambda _: plots.CostSurface.from_data([1, np.nan], [0, 1]), DataError, "nan"),
    "no rate": (lambda _: plots.CostSurface.from_data([1, 2], [0, 1], rate=0), UsageError, "0"),
    "no steps": (lambda _: plots.CostSurface.from_data([1, 2], [0, 1], steps=0), UsageError, "0"),
    "no start": (lambda _: plots.CostSurface.from_data([1, 2], [0, 1], start=(0, np.nan)), UsageError, "nan"),
    "no reach": (lambda _: plots.CostSurface.from_data([1, 2], [0, 1], reach=-1), UsageError, "-1"),
    "no such function": (lambda _: plots.ActivationFunctions.from_names(["tan"]), UsageError, "tanh"),
    "no number of a column": (of(plots.CostSurface, "line", X, Y, feature=None), UsageError, "None"),
    "NaN as a column": (of(plots.CostSurface, "line", X, Y, feature=np.nan), UsageError, "nan"),
    "infinity as a column": (of(plots.CostSurface, "line", X, Y, feature=np.inf), UsageError, "inf"),
    "half a column": (of(plots.CostSurface, "line", X, Y, feature=0.5), UsageError, "0.5"),
    "a truth value as a column": (of(plots.CostSurface, "line", X, Y, feature=True), UsageError, "True"),
    "a list as a column": (of(plots.CostSurface, "line", X, Y, feature=[0]), UsageError, "[0]"),
    "one number for two": (of(plots.DecisionBoundary, "line", X, Y, features=1), UsageError, "1"),
    "one name for two": (of(plots.DecisionBoundary, "line", X, Y, features="x1"), UsageError, "'x1'"),
    "no resolution": (of(plots.DecisionBoundary, "line", X, Y, resolution=1), UsageError, "resolution"),
    "half a point": (of(plots.DecisionBoundary, "line", X, Y, resolution=9.5), UsageError, "9.5"),
    "half an output": (predicted(plots.PredictionErrorPlot, [0.0], [0.0], output=0.5), UsageError, "0.5"),
    "an output by name": (predicted(plots.PredictionErrorPlot, [0.0], [0.0], output="y"), UsageError, "'y'"),
    "one name for all": (of(plots.NetworkDiagram, "line", feature_names="ab"), UsageError, "'ab'"),
    "a number for names": (of(plots.NetworkDiagram, "line", feature_names=2), UsageError, "2"),
    "a number for a start": (lambda _: plots.CostSurface.from_data([1, 2], [0, 1], start=3), UsageError, "3"),
    "a text for a start": (
        lambda _: plots.CostSurface.from_data([1, 2], [0, 1], start="ab"),
        UsageError,
        "ab",
    ),
    "a list for a function": (lambda _: plots.ActivationFunctions.from_names([["relu"]]), UsageError, "relu"),
    "one name for a function": (lambda _: plots.ActivationFunctions.from_names("relu"), UsageError, "'relu'"),
    "no name of a function": (lambda _: plots.ActivationFunctions.from_names([]), UsageError, "names"),
    "functions without names": (
        lambda _: plots.ActivationFunctions.from_functions([np.tanh]),
        UsageError,
        "Activation(g, g_prime)",
    ),
    "a number for labels": (predicted(plots.ConfusionMatrix, [0, 1], [0, 1], labels=2), UsageError, "labels"),
    "labels of scores": (predicted(plots.RocCurve, [0, 1], [0.1, 0.2], labels={}), UsageError, "labels"),
    "no models": (lambda _: plots.CostCurves.from_estimators({}), UsageError, "small"),
    "moments without names": (
        of(plots.GradientFlow, "net", X, Y, moments=[np.zeros(13)]),
        UsageError,
        "theta",
    ),
    "thetas for moments": (lambda _: plots.GradientFlow([np.zeros(13)]), UsageError, "from_estimator"),
    "no moments": (lambda _: plots.GradientFlow([]), UsageError, "from_estimator"),
    "models without names": (lambda m: plots.CostCurves.from_estimators([m["net"]]), UsageError, "small"),
    "a display that was not drawn": (
        lambda _: plots.write(plots.CostCurves([]), "never_written.png"),
        UsageError,
        "CostCurves",
    ),
    "a number for a path": (lambda _: plots.write(plots.CostCurves([]), 3), UsageError, ".svg"),
    "too many moments": (
        of(plots.GradientFlow, "net", X, Y, moments=dict.fromkeys("abcde", np.zeros(13))),
        UsageError,
        "5",
    ),
    "a theta too short": (of(plots.GradientFlow, "net", X, Y, moments={"a": np.zeros(5)}), ShapeError, "13"),
    "no units": (of(plots.NetworkDiagram, "net", most=0), UsageError, "0"),
    "a size": (of(plots.NetworkDiagram, "net", size=(20, 300)), UsageError, "(20, 300)"),
    "another size": (of(plots.NetworkDiagram, "net", size="big"), UsageError, "'big'"),
    "no axes": (of(plots.NetworkDiagram, "net", ax=3), UsageError, "3"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_drawn_is_refused(models, name, language):
    use_language(language)
    draw, kind, part = BAD[name]
    with pytest.raises(kind) as caught:
        draw(models)
    said = str(caught.value)
    assert part in said
    if isinstance(caught.value, ShoalError):
        assert any("\u4e00" <= character <= "\u9fff" for character in said) == (language == "zh")


def test_what_is_not_a_classifier_is_named():
    with pytest.raises(UsageError, match="KMeans"):
        plots.RocCurve.from_estimator(KMeans(), X, Y)


@pytest.mark.parametrize("name", ["picture", "picture.jpg", "picture.PNG.txt", ".png"])
def test_a_file_of_another_kind_is_refused(models, tmp_path, name):
    display = plots.WeightMap.from_estimator(models["net"])
    with pytest.raises(UsageError, match=r"\.png, \.svg, \.pdf"):
        plots.write(display, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(models, tmp_path):
    display = plots.WeightMap.from_estimator(models["net"])
    with pytest.raises(FileError):
        plots.write(display, tmp_path / "none" / "a.png")


def test_the_names_are_those_of_the_pictures():
    assert tuple(PICTURES) == NAMES


@pytest.mark.parametrize(
    ("name", "nearest"), [("boundry", "boundary"), ("rocc", "roc"), ("weight", "weights")]
)
def test_a_name_that_is_near_is_suggested(name, nearest):
    with pytest.raises(UsageError, match=f"did you mean {nearest}"):
        check_name(name)


def test_a_name_that_is_far_gets_the_list():
    with pytest.raises(UsageError, match="choose one of cost, boundary"):
        check_name("{names}\x1b[31m")
