"""Scores and their standard errors, against scikit-learn and against the bootstrap."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from shoal import LogisticRegression
from shoal.tables import _scores as table_scores
from shoal.tables._scores import Score, Verdict


def some_classes(rows, classes, seed=0):
    random = np.random.default_rng(seed)
    P = random.dirichlet(np.ones(classes), rows)
    label = np.array([random.choice(classes, p=p) for p in P])
    label[:classes] = np.arange(classes)
    return P, label


def some_numbers(rows, seed=0):
    random = np.random.default_rng(seed)
    y = random.normal(100, 20, rows)
    return y + random.normal(3, 8, rows), y


@pytest.mark.parametrize("classes", [2, 5])
def test_scores_of_classes_are_those_of_scikit_learn(classes):
    P, label = some_classes(300, classes)
    found = table_scores.class_scores(np.log(P), label)
    assert found["accuracy"].value == pytest.approx(metrics.accuracy_score(label, P.argmax(axis=1)))
    assert found["log_loss"].value == pytest.approx(metrics.log_loss(label, P))
    if classes == 2:
        assert found["brier"].value == pytest.approx(metrics.brier_score_loss(label, P[:, 1]))
    else:
        assert found["brier"].value == pytest.approx(metrics.brier_score_loss(label, P))


def test_scores_of_numbers_are_those_of_scikit_learn():
    predicted, y = some_numbers(200)
    found = table_scores.number_scores(predicted, y)
    assert found["r2"].value == pytest.approx(metrics.r2_score(y, predicted))
    assert found["rmse"].value == pytest.approx(metrics.root_mean_squared_error(y, predicted))
    assert found["mae"].value == pytest.approx(metrics.mean_absolute_error(y, predicted))


@pytest.mark.parametrize("name", ["accuracy", "log_loss", "brier", "r2", "rmse", "mae"])
def test_standard_errors_are_those_of_the_bootstrap(name):
    if name in ("r2", "rmse", "mae"):
        first, second = some_numbers(400)
        scores = table_scores.number_scores
    else:
        first, second = some_classes(400, 3)
        first, scores = np.log(first), table_scores.class_scores
    random = np.random.default_rng(1)
    drawn = [random.integers(0, 400, 400) for _ in range(1000)]
    spread = np.std([scores(first[rows], second[rows])[name].value for rows in drawn])
    # 1000 drawings know a standard deviation to about 2 %; 15 % also covers what is not linear
    assert scores(first, second)[name].error == pytest.approx(spread, rel=0.15)


def test_a_confident_mistake_costs_its_log_odds_also_where_the_probability_rounds_to_one():
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    model.theta_[:] = [40, 0]  # W, b: Z = 40 x
    assert model.predict_proba([[1.0]])[0, 1] == 1  # rounded
    log_P = model.predict_log_proba([[1.0], [-1.0]])
    assert table_scores.row_losses(log_P, np.array([0, 1])) == pytest.approx([40, 40], rel=1e-12)
    assert table_scores.class_scores(log_P, np.array([0, 1]))["log_loss"].value == pytest.approx(40)


@pytest.mark.parametrize(("right", "rows"), [(80, 80), (0, 80), (79, 80), (40, 80), (1, 1), (700, 1000)])
def test_the_error_of_an_accuracy_reaches_over_the_interval_of_wilson(right, rows):
    label = np.zeros(rows, int)
    P = np.where((np.arange(rows) < right)[:, None], [0.9, 0.1], [0.1, 0.9])
    accuracy, error = table_scores.class_scores(np.log(P), label)["accuracy"]
    one_error = stats.norm.cdf(1) - stats.norm.cdf(-1)
    interval = stats.binomtest(right, rows).proportion_ci(one_error, method="wilson")
    assert accuracy == right / rows
    assert error == pytest.approx(max(accuracy - interval.low, interval.high - accuracy))
    assert error > 0


def test_perfect_predictions_have_no_error():
    y = np.array([1.0, 2.0, 3.0])
    found = table_scores.number_scores(y, y)
    assert found == {"r2": Score(1.0, 0.0), "rmse": Score(0.0, 0.0), "mae": Score(0.0, 0.0)}


def test_what_cannot_be_computed_is_nan_and_null_in_json():
    found = table_scores.number_scores(np.array([1.0]), np.array([2.0]))
    assert math.isnan(found["r2"].value)
    assert math.isnan(found["mae"].error)
    assert found["mae"].plain() == [1.0, None]
    P, label = some_classes(50, 3)
    assert math.isnan(table_scores.area_under_curve(np.log(P), np.zeros_like(label)))


@pytest.mark.parametrize("classes", [2, 4])
def test_the_area_under_the_curve_is_that_of_scikit_learn(classes):
    P, label = some_classes(200, classes)
    given = P[:, 1] if classes == 2 else P
    expected = metrics.roc_auc_score(label, given, multi_class="ovr")
    assert table_scores.area_under_curve(np.log(P), label) == pytest.approx(expected)


def test_the_class_table_and_the_confusion_are_counted_by_hand():
    log_P = np.log(np.eye(3)[[0, 0, 1, 1, 1]] + 0.1)
    label = np.array([0, 1, 1, 1, 0])
    assert table_scores.confusion(log_P, label).tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
    first, second, third = table_scores.class_table(log_P, label)
    assert first == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "rows": 2}
    assert second == {"precision": pytest.approx(2 / 3), "recall": pytest.approx(2 / 3)} | {
        "f1": pytest.approx(2 / 3),
        "rows": 3,
    }
    assert third == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "rows": 0}


@pytest.mark.parametrize(
    ("gain", "rows", "hidden", "verdict"),
    [
        (0.5, 100, True, Verdict.EARNS),
        (-0.5, 100, True, Verdict.LOSES),
        (0.01, 100, True, Verdict.NOISE),
        (-0.01, 100, True, Verdict.NOISE),
        (0.5, 29, True, Verdict.FEW_ROWS),
        (0.5, 100, False, Verdict.NO_HIDDEN_LAYER),
    ],
)
def test_a_verdict_needs_a_clear_difference_and_enough_rows(gain, rows, hidden, verdict):
    plain = np.random.default_rng(0).exponential(5, rows)
    noise = np.random.default_rng(1).normal(0, 1, rows)
    noise -= noise.mean()
    found = table_scores.compare(plain - gain - noise, plain, plain + 10, hidden)
    assert found.verdict == verdict
    # the rows' own losses vary by 5, their differences by 1: only a paired comparison sees that
    assert found.gain.value == pytest.approx(gain)
    assert found.gain.error == pytest.approx(1 / math.sqrt(rows), rel=0.3)


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        (np.full(100, 6.0), Verdict.WORSE),  # clearly above 5
        (np.full(100, 5.0) + np.random.default_rng(0).normal(0, 1, 100), Verdict.LOSES),  # than a line
        (np.array([1e20] + [0.0] * 99), Verdict.WORSE),  # one row carries it all: its error says nothing
        (np.full(100, np.inf), Verdict.WORSE),
    ],
)
def test_who_does_worse_than_no_model_at_all_is_told_so(losses, verdict):
    assert table_scores.compare(losses, np.full(100, 1.0), np.full(100, 5.0), True).verdict == verdict


def test_errors_of_1e99_have_an_error_of_the_mean_too():
    predicted, y = some_numbers(40)
    small, large = (table_scores.number_scores(predicted * k, y * k) for k in (1.0, 1e99))
    for name, unit in (("r2", 1.0), ("rmse", 1e99), ("mae", 1e99)):
        assert large[name].error == pytest.approx(small[name].error * unit)


def test_an_error_too_large_to_be_squared_is_infinite():
    assert table_scores.number_scores(np.array([1e200, 0.0]), np.array([0.0, 1.0]))["rmse"].value == math.inf


def test_the_error_of_a_mean_is_that_of_the_textbook():
    predicted, y = some_numbers(6)
    expected = stats.sem(np.abs(predicted - y))
    assert table_scores.number_scores(predicted, y)["mae"].error == pytest.approx(expected)
