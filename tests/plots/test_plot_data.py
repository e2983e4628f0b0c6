"""The numbers behind the pictures, against counting by hand, scikit-learn, finite differences, equations."""

import doctest
import math
from dataclasses import fields
from importlib import import_module
from operator import attrgetter
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as TheirRegression
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss, mean_squared_error, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from shoal import GridSearchCV, MLPClassifier, plots
from shoal.book.equations import ACTIVATIONS, Activation, forward, mean_loss, shares
from shoal.plots._figure import canvas, headline_of
from shoal.plots._ranking import area_error
from shoal.training import History


@pytest.fixture(scope="module")
def scored():
    """Truth and scores with ties."""
    random = np.random.default_rng(1)
    y = random.random(80) < 0.4
    return y, np.round(0.35 * y + 0.65 * random.random(80), 1)


# --------------------------------------------------------------------------- errors


def test_the_roc_curve_is_what_counting_gives(scored):
    y, score = scored
    (curve,) = plots.RocCurve.from_predictions(np.where(y, "yes", "no"), score).curves
    for x, height, threshold in zip(curve.x, curve.y, curve.thresholds, strict=True):
        said = score >= threshold
        assert x == pytest.approx((said & ~y).sum() / (~y).sum())
        assert height == pytest.approx((said & y).sum() / y.sum())
    pairs = [(a > b) + (a == b) / 2 for a in score[y] for b in score[~y]]
    assert curve.area == pytest.approx(np.mean(pairs))
    assert (curve.name, curve.positives, curve.negatives) == ("yes", y.sum(), (~y).sum())


def test_the_error_of_the_area_is_that_of_its_two_parts(scored):
    """DeLong's formula, from the table of all pairs."""
    y, score = scored
    pairs = np.array([[(a > b) + (a == b) / 2 for b in score[~y]] for a in score[y]])
    variance = pairs.mean(axis=1).var(ddof=1) / y.sum() + pairs.mean(axis=0).var(ddof=1) / (~y).sum()
    assert area_error(y, score) == pytest.approx(math.sqrt(variance), rel=1e-12)  # rounding of ranks
    assert math.isnan(area_error(np.array([True, False, False]), np.array([0.1, 0.2, 0.3])))


def test_precision_and_recall_are_what_counting_gives(scored):
    y, score = scored
    (curve,) = plots.PrecisionRecall.from_predictions(y, score).curves
    counted = []
    for threshold in sorted(set(score), reverse=True):
        said = score >= threshold
        counted.append(((said & y).sum() / y.sum(), (said & y).sum() / said.sum()))
    np.testing.assert_allclose(np.column_stack([curve.x, curve.y])[1:], counted)
    steps = np.diff([0.0, *(recall for recall, _ in counted)])
    assert curve.area == pytest.approx(sum(steps * [precision for _, precision in counted]))


def test_of_two_classes_it_is_the_probability_of_the_second(moons, binary):
    (curve,) = plots.RocCurve.from_estimator(binary, moons.X, moons.y).curves
    assert curve.name == "1"
    assert curve.area == pytest.approx(roc_auc_score(moons.y, binary.predict_proba(moons.X)[:, 1]))


def test_three_classes_make_three_curves_and_labels_make_one_each(pictures):
    curves = pictures["roc of three"]().curves
    assert [curve.name for curve in curves] == ["setosa", "versicolor", "virginica"]
    assert [(curve.positives, curve.negatives) for curve in curves] == [(50, 100)] * 3
    Y = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    found = plots.RocCurve.from_predictions(Y, Y * 0.5 + 0.2, labels=["wet", "cold"]).curves
    assert [(curve.name, curve.area) for curve in found] == [("wet", 1.0), ("cold", 1.0)]


def test_two_curves_of_one_class_are_both_drawn(scored):
    """Curves of the same name and rows are told apart by their places."""
    y, score = scored
    both = np.column_stack([y, y]).astype(int)
    found = plots.RocCurve.from_predictions(both, np.column_stack([score, -score]), labels=["a", "a"])
    assert [curve.area for curve in found.curves] == pytest.approx(
        [roc_auc_score(y, s * score) for s in (1, -1)]
    )
    drawn = [line for line in found.ax_.lines if line.get_label().startswith("a: ")]
    assert [line.get_ydata().tolist() for line in drawn] == [curve.y.tolist() for curve in found.curves]


def test_confusions_are_counted(iris, species):
    found = plots.ConfusionMatrix.from_estimator(species, iris.X, iris.y)
    said = species.predict(iris.X)
    for j, true in enumerate(found.labels):
        for k, predicted in enumerate(found.labels):
            assert found.confusion_matrix[j, k] == ((iris.y == true) & (said == predicted)).sum()


def test_a_class_that_is_never_predicted_keeps_its_column():
    found = plots.ConfusionMatrix.from_predictions(["a", "b", "a"], ["a", "a", "a"], labels=["b", "a", "c"])
    assert found.confusion_matrix.tolist() == [[0, 1, 0], [0, 2, 0], [0, 0, 0]]


def test_calibration_counts_the_rows_of_each_bin():
    P = np.array([0.05, 0.15, 0.19, 0.5, 0.5, 0.95, 1.0])
    y = np.array([0, 0, 1, 1, 0, 1, 1])
    found = plots.Calibration.from_predictions(y, P)
    assert [b.rows for b in found.bins] == [3, 2, 2]
    np.testing.assert_allclose([b.said for b in found.bins], [0.13, 0.5, 0.975])
    np.testing.assert_allclose([b.came for b in found.bins], [1 / 3, 0.5, 1])
    z = 1.959963984540054
    for b in found.bins:  # Wilson's closed form
        centre = (b.came + z**2 / (2 * b.rows)) / (1 + z**2 / b.rows)
        half = z * math.sqrt(b.came * (1 - b.came) / b.rows + z**2 / (4 * b.rows**2)) / (1 + z**2 / b.rows)
        assert (b.low, b.high) == pytest.approx((centre - half, centre + half))
    assert found.gap == pytest.approx((3 * abs(1 / 3 - 0.13) + 0 + 2 * 0.025) / 7)


def test_with_three_classes_calibration_is_about_the_predicted_one(iris, species):
    found = plots.Calibration.from_estimator(species, iris.X, iris.y)
    assert sum(b.rows for b in found.bins) == 150
    said = sum(b.rows * b.said for b in found.bins)
    assert said == pytest.approx(species.predict_proba(iris.X).max(axis=1).sum())
    right = sum(b.rows * b.came for b in found.bins)
    assert right == pytest.approx((species.predict(iris.X) == iris.y).sum())


def test_calibration_counts_a_label_that_no_row_has():
    Y = np.array([[1, 0], [0, 0], [1, 0], [0, 0]])
    P = np.array([[0.9, 0.3], [0.1, 0.3], [0.9, 0.3], [0.1, 0.3]])
    found = plots.Calibration.from_predictions(Y, P)
    assert [(b.rows, b.came) for b in found.bins] == [(2, 0.0), (4, 0.0), (2, 1.0)]
    assert [b.said for b in found.bins] == pytest.approx([0.1, 0.3, 0.9])
    ranked = plots.RocCurve.from_predictions(Y, P).curves  # there is no ranking without both answers
    assert [curve.name for curve in ranked] == ["0"]


def test_residuals_are_true_minus_predicted_and_one_output_is_taken():
    true, said = (
        np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 35.0]]),
        np.array([[1.0, 11.0], [2.0, 22.0], [3.0, 33.0]]),
    )
    found = plots.PredictionErrorPlot.from_predictions(true, said, output=1)
    assert found.residuals.tolist() == [-1.0, -2.0, 2.0]
    assert "within 2 of the truth" in found.figure_.get_suptitle()


# --------------------------------------------------------------------------- the form of y

NEEDS_NUMBERS, TWO_CLASSES = ("PredictionErrorPlot",), ("CostSurface",)
DISPLAYS = [name for name in plots.__all__ if name != "write"]
FORMS = {
    "column": lambda y: y[:, None],
    "list": lambda y: y.tolist(),
    "series": lambda y: pytest.importorskip("pandas").Series(y),
    "frame": lambda y: pytest.importorskip("pandas").DataFrame({"y": y}),
    "polars frame": lambda y: pytest.importorskip("polars").DataFrame({"y": y}),
}


def data_of(display):
    return {part.name: getattr(display, part.name) for part in fields(display) if part.init}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DISPLAYS)
def test_the_form_of_y_changes_no_picture(name, form, moons, iris, line, species, numbers):
    if name in NEEDS_NUMBERS:
        model, X, y = numbers, moons.X, moons.X[:, 0] ** 2
    elif name in TWO_CLASSES:
        model, X, y = line, moons.X, moons.y
    else:
        model, X, y = species, iris.X, iris.y
    draw = getattr(plots, name).from_estimator
    np.testing.assert_equal(data_of(draw(model, X, FORMS[form](y))), data_of(draw(model, X, y)))


# --------------------------------------------------------------------------- the boundary


def test_the_boundary_asks_the_estimator_and_its_lines_are_those_of_layer_1(moons, binary):
    found = plots.DecisionBoundary.from_estimator(binary, moons.X, moons.y, resolution=30)
    grid = np.column_stack([found.xx0.ravel(), found.xx1.ravel()])
    np.testing.assert_array_equal(found.response.reshape(-1, 2), binary.predict_proba(grid))
    W, b = binary.network_.views(binary.theta_)
    np.testing.assert_allclose(
        found.lines.reshape(5, -1), W[1] @ grid.T + b[1], atol=1e-12
    )  # sums in another order
    assert found.xx0.min() < moons.X[:, 0].min() < moons.X[:, 0].max() < found.xx0.max()


def test_other_features_stand_at_their_medians(iris, species):
    found = plots.DecisionBoundary.from_estimator(
        species, iris.X, iris.y, features=("width", 0), feature_names=["a", "b", "c", "width"], resolution=7
    )
    rows = np.tile(np.median(iris.X, axis=0), (49, 1))
    rows[:, 3], rows[:, 0] = found.xx0.ravel(), found.xx1.ravel()
    np.testing.assert_array_equal(found.response.reshape(49, 3), species.predict_proba(rows))
    assert found.names == ("width", "a")
    assert found.held == 2


def test_a_scaler_in_front_leaves_the_plane_in_its_own_units(moons):
    model = make_pipeline(StandardScaler(), MLPClassifier((3,), solver="lbfgs", tol=0.1)).fit(
        1000 * moons.X, moons.y
    )
    found = plots.DecisionBoundary.from_estimator(model, 1000 * moons.X, moons.y, resolution=9)
    assert found.xx0.max() > 1000
    assert len(found.lines) == 3
    grid = np.column_stack([found.xx0.ravel(), found.xx1.ravel()])
    W, b = model[-1].network_.views(model[-1].theta_)
    np.testing.assert_allclose(
        found.lines.reshape(3, -1), W[1] @ model[0].transform(grid).T + b[1], atol=1e-9
    )


def test_classifiers_of_scikit_learn_will_do_with_probabilities_and_without(moons):
    smooth = plots.DecisionBoundary.from_estimator(TheirRegression().fit(moons.X, moons.y), moons.X, moons.y)
    hard = plots.DecisionBoundary.from_estimator(
        SGDClassifier(random_state=0).fit(moons.X, moons.y), moons.X, moons.y, resolution=20
    )
    assert len(smooth.lines) == 0
    assert len(np.unique(smooth.response)) > 100
    assert set(np.unique(hard.response)) == {0.0, 1.0}


def test_a_table_keeps_the_names_of_its_columns(moons):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(moons.X, columns=["east", "north"])
    # a grid without names would be a warning
    model = MLPClassifier((2,), solver="lbfgs", tol=0.01, random_state=0).fit(X, moons.y)
    found = plots.DecisionBoundary.from_estimator(model, X, moons.y, resolution=5)
    assert found.names == ("east", "north")
    for library, table in (("polars", "from_pandas"), ("pyarrow", "Table.from_pandas")):
        other = attrgetter(table)(pytest.importorskip(library))(X)
        same = plots.DecisionBoundary.from_estimator(model, other, moons.y, resolution=5)
        np.testing.assert_equal(data_of(same), data_of(found))
    assert plots.NetworkDiagram.from_estimator(model).feature_names == ["east", "north"]


# --------------------------------------------------------------------------- inside


def test_the_curves_are_those_of_the_models(binary, line):
    found = plots.CostCurves.from_estimators({"net": binary, "line": line})
    assert found.curves[0].cost.tolist() == binary.history_.cost
    assert found.curves[0].score.tolist() == binary.validation_scores_
    assert found.curves[0].best == 1 + int(np.argmax(binary.validation_scores_))
    assert found.curves[1].cost.tolist() == line.loss_curve_
    assert len(found.axes_) == 2


@pytest.mark.parametrize(
    ("costs", "scale"), [([10.0, 1.0, 0.09], "log"), ([3.0, 2.0, 1.0], "linear"), ([2.0, 0.0], "linear")]
)
def test_the_axis_is_logarithmic_where_the_cost_spans_decades(costs, scale):
    assert plots.CostCurves.from_estimator(History(cost=costs)).ax_.get_yscale() == scale


def test_a_cost_that_exploded_is_said_and_marked():
    found = plots.CostCurves.from_estimator(History(cost=[1.0, 5.0, math.inf]))
    assert found.figure_.get_suptitle() == "The cost stopped being a finite number in epoch 3"
    assert [line.get_marker() for line in found.ax_.lines][-1] == "x"
    rose = plots.CostCurves.from_estimator(History(cost=[1.0, 5.0]))
    assert "did not fall" in rose.figure_.get_suptitle()


def test_of_a_wide_network_the_strongest_units_are_shown():
    W = [None, np.zeros((5, 2)), np.zeros((1, 5))]
    W[1][1, 0], W[1][3, 1], W[2][0, 4] = 3.0, -2.0, 1.0
    b = [None, np.zeros((5, 1)), np.zeros((1, 1))]
    found = plots.NetworkDiagram(W, b, ("", "relu", "sigmoid"), ["p", "q"], ["r"], most=3).plot()
    assert found.shown[1].tolist() == [1, 3, 4]
    assert found.lines[-1] == (1, 1, 0, 3.0)
    assert len(found.lines) == 3 * 2 + 3
    assert "… 2 more" in {text.get_text() for text in found.ax_.texts}
    assert "+3, from “p” to unit 2 of layer 1" in headline_of(found)


def test_a_headline_is_told_without_the_breaks_that_it_has_in_the_picture():
    words = "概率与实际比例平均相差很多个百分点而且有很多个点都超出了随机误差"
    found = SimpleNamespace()
    with canvas(found, None, False, (240, 240)) as board:
        board.headline(words, "一。", "", "二。")
    assert "\n" in found.figure_.get_suptitle()
    assert headline_of(found) == words
    assert found.figure_.get_supxlabel() == "一。\n二。"  # each note begins a line


def test_the_map_of_weights_is_W_and_b(binary):
    W, b = binary.network_.views(binary.theta_)
    found = plots.WeightMap.from_estimator(binary)
    for l, cells in enumerate(found.maps, start=1):
        np.testing.assert_array_equal(cells[:, :-2], W[l])
        np.testing.assert_array_equal(cells[:, -1:], b[l])
        assert np.isnan(cells[:, -2]).all()
        np.testing.assert_array_equal(found.axes_[l - 1].images[0].get_array().filled(np.nan), cells)


def test_activations_are_those_of_the_equations_sorted_by_class(iris, species):
    found = plots.ActivationMap.from_estimator(species, iris.X, iris.y)
    W, b = species.network_.views(species.theta_)
    _, A = forward(W, b, iris.X.T, species.network_.g)
    np.testing.assert_allclose(found.A[1], A[1], rtol=1e-12)  # the engine's sums have another order
    order = found.order
    assert sorted(order) == list(range(150))
    assert (np.sort(iris.y) == iris.y[order]).all()
    dead = int((A[1] == 0).all(axis=1).sum())
    assert f"Layer 1: {dead} of 25 units are 0 for all rows" in found.figure_.get_suptitle()


def test_of_many_rows_some_are_drawn_evenly():
    A = [np.zeros((1, 5000)), np.arange(5000.0)[None, :]]
    found = plots.ActivationMap(A, ("", "identity"), None, ["y"]).plot()
    assert len(found.order) == 600
    assert (found.order[0], found.order[-1]) == (0, 4999)
    assert np.diff(found.order).max() <= 9


def test_saturated_units_are_counted():
    A = [np.zeros((1, 4)), np.array([[-1.0, 0.95, 0.0, 0.3]]), np.array([[0.1, 0.2, 0.3, 0.4]])]
    found = plots.ActivationMap(A, ("", "tanh", "sigmoid"), None, ["y"]).plot()
    assert "Layer 1: 50 % of the activations are saturated" in found.figure_.get_suptitle()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_dashed_line_is_the_slope_of_the_other(name):
    (panel,) = plots.ActivationFunctions.from_names([name]).panels
    slope = np.gradient(panel.g, panel.z)
    smooth = np.abs(panel.z) > 0.05  # there is a kink at 0
    np.testing.assert_allclose(panel.g_prime[smooth], slope[smooth], atol=0.03)  # of steps of 0.02


def test_functions_of_a_person_are_drawn():
    square = Activation(lambda Z: Z**2, lambda Z, A: 2 * Z)
    (panel,) = plots.ActivationFunctions.from_functions({"square": square}).panels
    np.testing.assert_allclose(panel.g_prime, np.gradient(panel.g, panel.z), atol=0.03)


def test_the_share_of_flat_places_is_counted(moons, binary):
    found = plots.ActivationFunctions.from_estimator(binary, moons.X)
    W, b = binary.network_.views(binary.theta_)
    Z, A = forward(W, b, moons.X.T, binary.network_.g)
    assert [panel.flat for panel in found.panels] == [float((1 - A[l] ** 2 < 0.1).mean()) for l in (1, 2)]
    np.testing.assert_allclose(found.panels[1].Z, Z[2].ravel(), rtol=1e-9)


def test_gradients_are_finite_differences_of_the_loss(moons, binary):
    """dW against differences of the mean loss; dZ[L] = A[L] - Y."""
    (moment,) = plots.GradientFlow.from_estimator(binary, moons.X, moons.y).moments
    network, theta = binary.network_, binary.theta_.astype(np.float64)
    X, Y, q = moons.X.T, (moons.y == binary.classes_[1]).astype(float)[None, :], shares(np.ones((1, 90)))

    def J(theta):
        W, b = network.views(theta)
        return float(mean_loss(forward(W, b, X, network.g)[0][-1], Y, network.output, q))

    step = 1e-6
    differences = np.array([(J(theta + e) - J(theta - e)) / (2 * step) for e in step * np.eye(network.p)])
    dW, _ = network.views(differences)
    rms = [np.sqrt((d**2).mean()) for d in dW[1:]]
    np.testing.assert_allclose(moment.dW, rms, rtol=1e-6)  # of central differences in float64
    A = forward(*network.views(theta), X, network.g)[1][-1]
    assert moment.dZ[-1] == pytest.approx(np.sqrt(((A - Y) ** 2).mean()))


def test_where_no_gradient_arrives_it_is_said(moons, binary):
    theta = np.zeros(binary.network_.p)
    found = plots.GradientFlow.from_estimator(binary, moons.X, moons.y, moments={"start": theta})
    assert found.moments[0].dZ[0] == 0
    assert "where it is 0, nothing is learned" in found.figure_.get_suptitle()
    assert "Open circle" in found.figure_.get_supxlabel()


def test_a_pipeline_and_a_search_are_opened(moons):
    model = make_pipeline(StandardScaler(), MLPClassifier((2,), solver="lbfgs", tol=0.1))
    search = GridSearchCV(model, {"mlpclassifier__alpha": [0.1, 1.0]}, cv=2).fit(moons.X, moons.y)
    found = plots.GradientFlow.from_estimator(search, moons.X, moons.y)
    again = plots.GradientFlow.from_estimator(
        search.best_estimator_[-1], search.best_estimator_[0].transform(moons.X), moons.y
    )
    np.testing.assert_array_equal(found.moments[0].dW, again.moments[0].dW)
    best = search.best_estimator_[-1]
    assert plots.CostCurves.from_estimator(search).curves[0].cost.tolist() == best.history_.cost
    assert plots.WeightMap.from_estimator(search).feature_names == ["x0", "x1"]


# --------------------------------------------------------------------------- the surface


@pytest.fixture(scope="module")
def surface():
    random = np.random.default_rng(3)
    x = random.normal(5, 2, 60)
    y = np.where(x + random.normal(0, 2, 60) > 5, "yes", "no")
    return x, y, plots.CostSurface.from_data(x, y, steps=50)


def test_the_costs_are_those_of_scikit_learn(surface):
    x, y, found = surface
    z = (x - x.mean()) / x.std()
    for j, k in [(0, 0), (60, 60), (120, 30), (100, 90)]:
        P = 1 / (1 + np.exp(-(found.w[k] * z + found.b[j])))
        assert found.surfaces["cross_entropy"].J[j, k] == pytest.approx(log_loss(y == "yes", P), rel=1e-6)
        assert found.surfaces["squared_error"].J[j, k] == pytest.approx(mean_squared_error(y == "yes", P) / 2)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_it_is_bent_where_the_differences_say_so(surface, loss):
    """The second derivatives by central differences over the plane."""
    found = surface[2]
    J, h = found.surfaces[loss].J, found.w[1] - found.w[0]
    f_ww = (J[1:-1, 2:] - 2 * J[1:-1, 1:-1] + J[1:-1, :-2]) / h**2
    f_bb = (J[2:, 1:-1] - 2 * J[1:-1, 1:-1] + J[:-2, 1:-1]) / h**2
    f_wb = (J[2:, 2:] - J[2:, :-2] - J[:-2, 2:] + J[:-2, :-2]) / (4 * h**2)
    smaller = (f_ww + f_bb) / 2 - np.hypot((f_ww - f_bb) / 2, f_wb)
    sure = np.abs(smaller) > 1e-3  # of steps of 0.1, near the border the differences cannot tell
    assert (found.surfaces[loss].concave[1:-1, 1:-1][sure] == (smaller < 0)[sure]).all()
    assert found.surfaces[loss].concave.any() == (loss == "squared_error")


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_the_way_goes_down_along_the_slope(surface, loss):
    x, y, found = surface
    way, z, truth = found.surfaces[loss], (x - x.mean()) / x.std(), y == "yes"
    assert (np.diff(way.costs) < 0).all()
    assert way.path[0].tolist() == [-4.0, 4.0]

    def cost(w, b):
        P = 1 / (1 + np.exp(-(w * z + b)))
        return log_loss(truth, P) if loss == "cross_entropy" else mean_squared_error(truth, P) / 2

    w, b = way.path[7]
    step = 1e-5
    slope = [
        (cost(w + step, b) - cost(w - step, b)) / (2 * step),
        (cost(w, b + step) - cost(w, b - step)) / (2 * step),
    ]
    np.testing.assert_allclose(way.path[8] - way.path[7], -found.rate * np.array(slope), rtol=1e-6, atol=1e-9)


def test_of_many_lines_those_of_the_weightiest_units_are_drawn(moons):
    model = MLPClassifier((20,), solver="lbfgs", tol=0.1).fit(moons.X, moons.y)
    found = plots.DecisionBoundary.from_estimator(model, moons.X, moons.y, resolution=40)
    crossing = [k for k, z in enumerate(found.lines) if z.min() < 0 < z.max()]
    W, _ = model.network_.views(model.theta_)
    size = np.abs(W[2]).sum(axis=0)
    assert len(crossing) > len(found.units) == 12
    assert min(size[found.units]) >= max(size[[k for k in crossing if k not in found.units]])


@pytest.mark.parametrize("module", ["_confusion", "_cost_curves"])
def test_the_examples_of_docstrings_are_right(module):
    result = doctest.testmod(import_module(f"shoal.plots.{module}"))
    assert result.attempted
    assert not result.failed


def test_a_boundary_shows_the_two_features_that_tell_and_its_title_speaks_of_the_slice():
    random = np.random.default_rng(3)
    X = random.normal(size=(120, 5))
    y = (X[:, 3] - X[:, 1] + 2 * (X[:, 4] > 1) > 0).astype(int)
    model = TheirRegression().fit(X, y)
    found = plots.DecisionBoundary.from_estimator(model, X, y, resolution=10)
    assert {*found.names} == {"x4", "x2"} or {*found.names} == {"x3", "x1"}
    asked = np.tile(np.median(X, axis=0), (120, 1))
    asked[:, [3, 1]] = X[:, [3, 1]]
    lie, right = int((model.predict(asked) == y).sum()), int((model.predict(X) == y).sum())
    assert f"{lie} of 120 rows lie in the area of their own class" in headline_of(found)
    assert f"the model is right about {right} " in headline_of(found)
    assert "best" in found.figure_.get_supxlabel()
    given = plots.DecisionBoundary.from_estimator(model, X, y, features=(0, 1), resolution=10)
    assert "best" not in given.figure_.get_supxlabel()
