"""The doctor finds each disease where it was provoked, and nothing in healthy models."""

import json
import re
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doctor_cases import (
    FLIPPED,
    HEALTHY,
    OF_UNITS,
    PROVOKED,
    clouds,
    fitted,
    healthy,
    moons,
    network,
    regressor,
    scaled,
    wave,
    with_inputs,
)
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss
from sklearn.utils import compute_class_weight

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, datasets
from shoal.base.errors import DataError, ShapeError, UsageError
from shoal.base.texts import LANGUAGES, page, use_language
from shoal.book import ACTIVATIONS, OUTPUTS, Network, forward, initialize
from shoal.book.equations import shares
from shoal.estimators._doctor import case_of
from shoal.inspect import DISEASES, Case, Diagnosis, Finding, Severity, diagnose
from shoal.inspect.doctor import _course
from shoal.inspect.doctor._case import MOST_ROWS
from shoal.inspect.doctor._diagnose import FOLLOWS, NEEDS

pytestmark = pytest.mark.unchecked_shapes  # it trains some hundred small networks

ROOT = Path(__file__).parents[2]
SEEDS = (0, 1, 2)
MADE = {each.make.__name__: each for each in PROVOKED}


def found(make, seed=0):
    """The first finding of what this fit provokes."""
    provoked = MADE[make]
    return diagnose(provoked.make(seed)).of(provoked.name)[0]


def explain(diagnosis):
    """Every finding, in both languages: it has words, and is JSON. Returns the diagnosis."""
    for language in LANGUAGES:
        use_language(language)
        for finding in diagnosis.findings:
            said = str(finding)
            assert page("doctor")[finding.name][language] in said
            assert said in str(diagnosis)
            assert not set(said) & set("{}")
            known = said.lower().replace("nan or infinite", "").replace("nan 或无穷大", "")
            assert "nan" not in known
        json.dumps(diagnosis.to_dict(), allow_nan=False)
    use_language("en")
    return diagnosis


# --------------------------------------------------------------------------- provoked, and silent


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("provoked", PROVOKED, ids=lambda each: each.make.__name__)
def test_a_disease_that_is_provoked_is_found_and_explained_in_both_languages(provoked, seed):
    assert explain(diagnose(provoked.make(seed))).of(provoked.name)


@pytest.mark.parametrize("n_x", [1, 2, 3, 12])
@pytest.mark.parametrize("make", OF_UNITS)
def test_a_disease_of_the_units_is_found_and_explained_for_any_number_of_inputs(make, n_x):
    provoked = MADE[make]
    assert explain(diagnose(with_inputs(provoked.make(0), n_x, 0))).of(provoked.name)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", HEALTHY)
def test_a_healthy_model_has_no_disease_at_all(kind, seed):
    diagnosis = diagnose(healthy(kind, seed))
    assert diagnosis.findings == ()
    assert diagnosis.gravest == ()


def test_each_disease_is_provoked_and_was_looked_for_in_a_healthy_model():
    assert {each.name for each in PROVOKED} == set(DISEASES)
    looked_for = {name for kind in HEALTHY for name in diagnose(healthy(kind, 0)).checked}
    assert looked_for == set(DISEASES)
    assert len(DISEASES) >= 18


REAL = ("breast_cancer", "wine", "iris", "digits")


@pytest.mark.parametrize("name", REAL)
def test_networks_that_have_learned_real_tables_get_no_warning(name):
    X, y = scaled(name)
    settings = {"alpha": 1.0, "hidden_layer_sizes": (16,), "learning_rate_init": 0.01}
    case = fitted(network(0, activation="relu", **settings), X[::2], y[::2], (X[1::2], y[1::2]))
    assert diagnose(case).gravest == ()


# --------------------------------------------------------------------------- what is said is true


def test_the_identical_units_are_named():
    case = healthy("moons", 0)
    theta = case.theta.copy()
    W, b = case.network.views(theta)
    for l, matrix in ((1, W), (1, b)):
        matrix[l][4] = matrix[l][1]
    W[2][:, 4] = W[2][:, 1]
    (finding,) = diagnose(replace(case, theta=theta)).of("identical_units")
    assert (finding.evidence["layer"], finding.evidence["units"]) == (1, [2, 5])
    assert finding.severity is Severity.ERROR
    W[2][:, 4] += 0.1  # with other outgoing weights they get other gradients, and part
    assert not diagnose(replace(case, theta=theta)).of("identical_units")


def test_units_that_a_penalty_has_switched_off_are_not_called_identical():
    case = healthy("moons", 0)
    theta = case.theta.copy()
    W, b = case.network.views(theta)
    W[1][[2, 7]], b[1][[2, 7]], W[2][:, [2, 7]] = 0, 0, 0
    assert case.l2 > 0
    assert not diagnose(replace(case, theta=theta)).of("identical_units")
    assert diagnose(replace(case, theta=theta, l2=0.0)).of("identical_units")


def test_a_zero_start_is_told_from_an_equal_one():
    assert found("zeros").variant == "zero"
    assert found("zeros").evidence["units"] == list(range(1, 13))
    assert found("ones").variant == ""


def test_dead_units_are_named_and_all_of_them_are_an_error():
    finding = found("low_biases")
    assert finding.evidence["units"] == [1, 2, 3]
    assert finding.severity is Severity.WARNING
    case = MADE["low_biases"].make(0)
    theta = case.theta.copy()
    case.network.views(theta)[1][1][...] = -100.0
    (finding,) = diagnose(replace(case, theta=theta)).of("dead_units")
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("sigmoid", "tanh")])
def test_a_collapsed_network_is_the_line_that_is_shown(name):
    """With all units on one side a ReLU network is a line, too; GELU and SiLU bend a little everywhere."""
    random = np.random.default_rng(0)
    net = Network((3, 5, 4, 2), (name, name), "identity")
    theta = initialize(net, random)
    W, b = net.views(theta)
    b[1][:], b[2][:] = [[60], [-60], [60], [60], [60]], [[400], [400], [400], [-400]]
    X = random.uniform(-1, 1, (3, 40))
    Z, _ = forward(W, b, X, net.g)
    case = Case(net, theta, X, Z[-1] + random.standard_normal((2, 40)))
    lines = explain(diagnose(case)).of("linear_collapse")
    assert bool(lines) == (name not in ("gelu", "silu"))
    for finding in lines:
        W_line, b_line = np.array(finding.evidence["weights"]), np.array(finding.evidence["biases"])
        np.testing.assert_allclose(W_line @ X + b_line[:, None], Z[-1], rtol=1e-9)  # sums of some 20 products
        assert finding.variant == ("" if name == "identity" else "one_side")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rows_with_wrong_targets_are_the_suspects(seed):
    labels = found("flipped_labels", seed).evidence
    assert set(labels["rows"]) <= set(FLIPPED)
    assert labels["count"] >= 2
    assert set(found("wild_numbers", seed).evidence["rows"][:3]) == set(FLIPPED)  # the worst come first


def test_twins_are_named_and_bound_the_accuracy():
    finding = found("twins")
    assert finding.evidence["rows"] == [*range(5), *range(200, 205)]
    assert finding.evidence["ceiling"] == pytest.approx(1 - 5 / 205)


def test_what_is_wrong_with_a_feature_is_said_by_its_name():
    X, y = moons(0)
    names = ["width", "height"]
    case = replace(fitted(network(0), X, y), features=names)
    wide = replace(case, X=case.X * [[1.0], [500.0]])
    assert diagnose(wide).of("unscaled_features")[0].evidence["large"] == "height"
    far = replace(case, X=case.X + np.array([[2000.0], [0.0]]))
    (finding,) = diagnose(far).of("unscaled_features")
    assert (finding.variant, finding.evidence["far"]) == ("off_centre", "width")
    small = replace(case, X=case.X / 1000)
    assert diagnose(small).of("unscaled_features")[0].variant == "all"
    assert found("answer_among_features").evidence["feature"] == "x3"
    assert found("constant_column").evidence["features"] == ["x3"]
    assert found("same_column_in_feet").evidence["second"] == "x3"
    combination = found("sum_of_columns").evidence
    assert {combination["first"], *combination["others"]} == {"x1", "x2", "x3"}


def test_columns_that_stand_for_one_category_are_not_called_duplicates():
    random = np.random.default_rng(0)
    level = random.integers(0, 3, 300)
    X = np.column_stack([*(level == k for k in range(3)), random.standard_normal(300)])
    y = (X[:, 3] + level + random.standard_normal(300) > 1).astype(int)
    assert not diagnose(fitted(LogisticRegression(), X, y)).of("duplicate_features")


def test_effective_rows_are_those_of_kish():
    """Four weights of 10,000 beside 196 of 1: (sum v)^2 / sum v^2."""
    finding = found("few_count")
    assert finding.evidence["effective"] == pytest.approx((40_000 + 196) ** 2 / (4e8 + 196))


def test_a_rate_is_too_large_when_the_cost_swings_and_not_when_it_trembles():
    case = healthy("moons", 0)
    history, epochs = case.history, len(case.history.cost)
    swinging = replace(history, cost=[0.5 + 0.1 * (-1) ** k for k in range(epochs)])
    (finding,) = diagnose(replace(case, history=swinging)).of("rate_too_large")
    assert finding.variant == ""
    assert finding.evidence["swing"] == pytest.approx(0.2)
    trembling = replace(history, cost=[0.5 + 0.01 * (-1) ** k for k in range(epochs)])
    assert not diagnose(replace(case, history=trembling)).of("rate_too_large")
    assert found("too_fast").variant == "rose"
    costs = [1.0] + [1e-9 * (2 + (-1) ** k) for k in range(epochs - 1)]
    done = replace(case, Y=np.ones_like(case.Y), history=replace(history, cost=costs))
    assert not diagnose(done).of("rate_too_large")  # one answer for all rows, learned: its cost is nearly 0


def test_a_score_that_only_trembles_is_not_overtraining():
    case = healthy("moons", 0)
    scores = 0.9 + 0.01 * np.random.default_rng(0).standard_normal(len(case.history.score))
    trembling = replace(case, history=replace(case.history, score=list(scores)))
    assert not diagnose(trembling).of("overtrained")
    falling = replace(
        case, history=replace(case.history, score=list(scores - np.linspace(0, 0.5, len(scores))))
    )
    assert diagnose(falling).of("overtrained")
    assert not diagnose(replace(falling, early_stopping=True)).of("overtrained")  # the best epoch was kept


def test_weights_that_a_penalty_or_early_stopping_holds_are_not_said_to_grow():
    case = MADE["no_penalty"].make(0)
    assert not diagnose(replace(case, l2=0.1)).of("separable")
    assert not diagnose(replace(case, early_stopping=True)).of("separable")


def test_a_rare_class_that_is_found_is_no_reason_to_warn():
    X, y = clouds(0, distance=8.0, m=400)
    rare = (y == 0) | (np.arange(400) % 20 == 1)
    diagnosis = diagnose(fitted(LogisticRegression(), X[rare], y[rare]))
    assert "imbalance" in diagnosis.checked
    assert not diagnosis.of("imbalance")


def flipped(case, share):
    """The case with this share of its labels changed."""
    Y = case.Y.copy()
    rows = np.random.default_rng(0).choice(Y.shape[1], round(share * Y.shape[1]), replace=False)
    Y[:, rows] = 1 - Y[:, rows]
    return replace(case, Y=Y)


def test_wrong_labels_do_not_make_it_underfitting():
    """The neighbours are never as sure as the network, so wrong labels cost them less."""
    sure = flipped(MADE["no_penalty"].make(0), 0.08)
    assert not diagnose(sure).of("underfitting")
    assert diagnose(sure).of("label_suspects")


def test_where_most_rows_are_wrong_the_network_is_suspected_and_not_the_labels():
    diagnosis = diagnose(MADE["labels_changed_places"].make(0))
    assert diagnosis.of("saturated_output")
    assert not diagnosis.of("label_suspects")
    assert not diagnose(flipped(MADE["no_penalty"].make(0), 0.3)).of("label_suspects")


def test_units_that_saturate_where_the_network_is_right_are_no_disease():
    X, y = clouds(0, distance=10.0)
    case = fitted(network(0), X, y)
    sure = replace(case, theta=10 * case.theta)
    assert (np.abs(sure.layers.Z[1]) > 3).mean() > 0.9
    assert not diagnose(sure).of("saturated_units")


def test_layers_at_rest_are_not_compared():
    """The same network, but its targets are (nearly) what it answers: then no layer has a gradient."""
    case = MADE["deep_sigmoid"].make(0)
    noise = 1e-5 * np.random.default_rng(0).standard_normal(case.Y.shape)
    assert not diagnose(replace(case, Y=case.layers.A[-1] + noise)).of("vanishing_gradients")


def test_a_rate_is_not_called_too_small_before_the_limit():
    case = MADE["too_slow"].make(0)
    stopped = replace(case.ending, reason="asked", rule="asked")
    assert not diagnose(replace(case, ending=stopped)).of("rate_too_small")


def test_many_parameters_matter_only_if_they_have_learned_all_rows():
    case = MADE["few_rows"].make(0)
    assert not diagnose(replace(case, theta=0.01 * case.theta)).of("many_parameters")
    assert not diagnose(replace(case, X_val=case.X, Y_val=case.Y)).of("many_parameters")


def test_many_labels_are_many_decisions():
    """With 20 labels at a probability of one half a row's loss is 14, and nothing is saturated."""
    net = Network((2, 20), (), "sigmoid")
    random = np.random.default_rng(0)
    Y = random.integers(0, 2, (20, 50)).astype(float)
    diagnosis = diagnose(Case(net, np.zeros(net.p), random.standard_normal((2, 50)), Y))
    assert "saturated_output" in diagnosis.checked
    assert not diagnosis.of("saturated_output")
    z = np.where(np.arange(100) < 5, 1.1, 4.6) * np.where(np.arange(100) % 2, 1, -1)  # p = 0.75, and 0.99
    theta = np.concatenate([np.ones(20), np.zeros(20)])
    right = Case(Network((1, 20), (), "sigmoid"), theta, z[None], np.tile(z > 0, (20, 1)).astype(float))
    assert right.losses.max() == pytest.approx(20 * np.log1p(np.exp(-1.1)))  # 5.8: beyond one doubt, not 20
    assert not diagnose(right).of("label_suspects")


def test_a_line_is_compared_on_new_rows_if_there_are_any():
    """By heart the network beats the line, on new rows it does not."""
    case = MADE["learned_by_heart"].make(0)
    (finding,) = diagnose(case).of("line_as_good")
    assert finding.variant == "held_out"
    assert finding.evidence["loss"] == pytest.approx(case.held_out_losses.mean())
    assert (
        diagnose(replace(MADE["one_unit"].make(0), X_val=None)).of("underfitting")[0].evidence["line"] > 0.6
    )


@pytest.mark.parametrize("make", ["line_on_circles", "labels_changed_places"])
def test_a_line_is_not_told_to_change_what_it_does_not_have(make):
    findings = {each.name: each for each in diagnose(MADE[make].make(0)).findings}
    wanted = "underfitting" if make == "line_on_circles" else "saturated_output"
    assert "a larger C" in findings[wanted].advice or "a smaller C" in findings[wanted].advice
    for finding in findings.values():
        for word in ("learning rate", "hidden units", "dropout", "initialization", "early_stopping"):
            assert word not in finding.advice
    unit = diagnose(MADE["one_unit"].make(0)).of("underfitting")[0]
    assert "more hidden units" in unit.advice


def test_a_line_that_overfits_is_told_of_its_penalty_and_features():
    X, y = clouds(0, distance=0.7, m=300, n_x=40)
    case = fitted(LogisticRegression(C=100.0), X[:60], y[:60], (X[60:], y[60:]))
    (finding,) = diagnose(case).of("overfitting")
    assert "a smaller C" in finding.advice
    assert "dropout" not in finding.advice


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("factor", [1e155, 1e300, 1e307, 1e-200, 1e-310])
@pytest.mark.parametrize(
    "model", [network(0), LogisticRegression(), regressor(0)], ids=["MLP", "line", "MLPR"]
)
def test_features_and_numbers_of_an_extreme_size_are_diagnosed(model, factor):
    X, y = moons(0)
    case = fitted(model, X, y, (X, y))
    explain(diagnose(replace(case, X=factor * case.X, X_val=factor * case.X_val)))
    if isinstance(model, MLPRegressor):
        found = explain(diagnose(replace(case, Y=factor * case.Y, Y_val=factor * case.Y_val)))
        assert found.of("unscaled_targets")
    elif factor > 1:
        assert diagnose(replace(case, X=factor * case.X)).gravest


def test_relations_of_features_do_not_depend_on_their_unit():
    """Each feature in a unit of its own: the same are duplicates, and the neighbours are the same rows."""
    X, y = moons(0)
    model = fitted(network(0), np.column_stack([X, X[:, 0] - X[:, 1]]), y)
    units = np.array([[1e-200], [1.0], [1e180]])
    far = replace(model, X=units * model.X)
    np.testing.assert_allclose(far.standardised, model.standardised, rtol=1e-9)
    assert diagnose(far).of("duplicate_features")[0].variant == "combination"
    farther = replace(model, X=np.array([[1e307], [1.0], [1e-300]]) * model.X)
    assert np.isfinite(diagnose(farther).of("unscaled_features")[0].evidence["ratio"])


def rare_rows(seed, m=1000):
    """5 % of the rows are of class 1, and lie a little aside."""
    random = np.random.default_rng(seed)
    y = (np.arange(m) % 20 == 0).astype(int)
    X = random.standard_normal((m, 3))
    X[:, 0] += 1.5 * y
    return X, y


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weights", [{0: 1, 1: 50}, "balanced"])
def test_losses_with_class_weights_are_compared_with_the_same_weights(seed, weights):
    X, y = rare_rows(seed)
    model = network(
        0, hidden_layer_sizes=(4,), class_weight=weights, solver="lbfgs", alpha=1.0, max_iter=2000
    )
    (X, X_val), (y, y_val) = (X[:500], X[500:]), (y[:500], y[500:])
    diagnosis = model.fit(X, y).doctor(X, y, None, X_val, y_val)
    found = {finding.name for finding in diagnosis.findings}
    assert not found & {"overfitting", "underfitting", "nothing_learned"}
    case = case_of(model, X, y, None, X_val, y_val)
    of_class = compute_class_weight(weights, classes=np.array([0, 1]), y=y)  # both by the learned rows
    for place, mean in (
        ((X, y), case.loss),
        ((X_val, y_val), case.held_out_losses @ shares(case.held_out.v)[0]),
    ):
        wanted = log_loss(place[1], model.predict_proba(place[0]), sample_weight=of_class[place[1]])
        assert mean == pytest.approx(wanted, rel=1e-9)


def test_what_the_neighbours_reach_is_never_negative_and_comes_with_the_weights():
    """A network that has not learned, of rows with weights: the neighbours beat it."""
    X, y = moons(0)
    model = network(0, max_iter=1, class_weight={0: 1, 1: 30})
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    (finding,) = model.doctor(X, y).of("underfitting")
    assert 0 < finding.evidence["neighbours"] < finding.evidence["loss"]
    again = network(0, max_iter=1).set_params(random_state=0)
    weights = np.where(y == 1, 30.0, 1.0)
    with pytest.warns(ConvergenceWarning):
        again.fit(X, y, weights)
    assert again.doctor(X, y, weights).of("underfitting")[0].evidence == finding.evidence


def test_rows_that_hardly_count_change_neither_the_neighbours_answer_nor_its_mean():
    """Of 400 rows every second one has a label by chance, and hardly any weight."""
    X, y = moons(0, 400)
    chance = np.arange(400) % 2 == 1
    Y = np.where(chance, np.random.default_rng(0).integers(0, 2, 400), y)[None].astype(float)
    net = Network((2, 4, 1), ("tanh",), "sigmoid")
    whole = Case(net, np.zeros(net.p), X.T, Y, v=np.where(chance, 1e-4, 1.0)[None])
    right = Case(net, np.zeros(net.p), X[~chance].T, Y[:, ~chance])
    one, other = (diagnose(case).of("underfitting")[0].evidence for case in (whole, right))
    assert one["neighbours"] == pytest.approx(other["neighbours"], abs=0.05)  # with 10 of twice as many rows
    assert one["neighbours"] < one["loss"] / 3


def test_overfitting_is_judged_without_sample_weights_which_new_rows_do_not_have():
    """The weights make the rows of one side count; those are hard, here and among the new rows alike."""
    random = np.random.default_rng(0)
    X = random.standard_normal((2000, 2))
    hard = X[:, 0] > 0
    y = np.where(hard, random.integers(0, 2, 2000), X[:, 1] > 0).astype(int)
    weights = np.where(hard, 0.01, 1.0)[:1000]
    case = fitted(LogisticRegression(), X[:1000], y[:1000], (X[1000:], y[1000:]), sample_weight=weights)
    assert case.held_out_losses.mean() > case.loss + 0.15 * case.constant_loss  # by other measures
    assert not diagnose(case).of("overfitting")


def test_held_out_rows_may_lack_a_class_and_learned_rows_may_not():
    X, y = rare_rows(0)
    model = LogisticRegression(class_weight="balanced").fit(X, y)
    assert "overfitting" in model.doctor(X, y, None, X[y == 0], y[y == 0]).checked
    for language, said in (("en", "belong in X_val and y_val"), ("zh", "放在 X_val 和 y_val")):
        use_language(language)
        with pytest.raises(DataError, match=said):
            model.doctor(X[y == 0], y[y == 0])
    use_language("en")
    with pytest.raises(DataError, match="check the gradients on rows of all classes"):
        model.check_gradients(X[y == 0], y[y == 0])


# --------------------------------------------------------------------------- causes, order, words


def test_a_cause_stands_before_what_follows_from_it():
    order = list(DISEASES)
    for cause, effects in FOLLOWS.items():
        for effect in effects:
            assert order.index(cause) < order.index(effect), (cause, effect)
    assert {need for disease in DISEASES.values() for need in disease.needs} == set(NEEDS)


def test_a_cause_is_named_is_as_grave_as_its_effect_and_comes_first():
    diagnosis = diagnose(MADE["unscaled_numbers"].make(0))
    assert diagnosis.findings[0].name == "unscaled_targets"
    assert diagnosis.findings[0].severity is Severity.ERROR
    (effect,) = diagnosis.of("nothing_learned")
    assert effect.because == "unscaled_targets"
    assert [finding.name for finding in diagnosis.gravest] == ["unscaled_targets"]
    assert diagnosis.headline() == "The doctor says: targets not scaled (error)"
    use_language("zh")
    assert diagnosis.headline() == "诊断：目标值未标准化（错误）"
    assert "起因  很可能由“目标值未标准化”引起" in str(effect)


def test_a_note_that_follows_from_something_graver_is_left_out():
    diagnosis = diagnose(MADE["zeros"].make(0))
    assert "line_as_good" in diagnosis.checked
    assert not diagnosis.of("line_as_good")


def test_findings_are_sorted_by_severity():
    for each in PROVOKED:
        ranks = [list(Severity).index(f.severity) for f in diagnose(each.make(0)).findings]
        assert ranks == sorted(ranks)


def test_every_text_of_a_disease_is_there():
    texts = page("doctor")
    for name in DISEASES:
        assert {name, f"{name}_means", f"{name}_do"} <= set(texts)
        assert any(key.startswith(f"{name}_seen") for key in texts)
    for need in NEEDS:
        assert f"needs_{need}" in texts


def test_the_page_of_a_healthy_model_says_what_was_looked_for_and_what_was_not():
    diagnosis = diagnose(healthy("wave", 0))
    said = str(diagnosis)
    assert said.startswith("The doctor found nothing that is wrong. It looked at 200 rows.")
    assert f"Looked for {len(diagnosis.checked)} of {len(DISEASES)} diseases." in said
    assert "because the targets are numbers: saturated outputs" in said
    use_language("zh")
    assert str(diagnosis).startswith("诊断结果：没有发现问题。共检查了 200 行。")
    assert diagnosis.headline() == f"诊断：没有发现问题（共检查 {len(diagnosis.checked)} 项）"


def test_a_name_is_never_markup_or_a_format():
    case = MADE["constant_column"].make(0)
    diagnosis = diagnose(replace(case, features=["a", "b", "<script>{x}\x1b[31m\n"]))
    assert "<script>" not in diagnosis._repr_html_()
    assert "&lt;script&gt;{x}" in diagnosis._repr_html_()
    assert "\x1b" not in str(diagnosis)


def test_many_numbers_are_shortened():
    finding = Finding("label_suspects", Severity.NOTE, {"rows": [1, 2, 3, 7, 9, 11, 13, 15, 17, 19, 21, 23]})
    evidence = {"count": 12, "of": 500, "worst": 1, "probability": 1e-5, **finding.evidence}
    assert "first: 1-3, 7, 9, 11, 13, 15, 17, 19, … (12) (count" in replace(finding, evidence=evidence).seen


# --------------------------------------------------------------------------- what may be given


def test_of_many_rows_a_sample_is_looked_at_and_rows_keep_their_numbers():
    random = np.random.default_rng(0)
    m = 3 * MOST_ROWS
    X, y = clouds(0, distance=8.0, m=m)
    wrong = random.choice(m, 30, replace=False)
    y = y.copy()
    y[wrong] = 1 - y[wrong]
    diagnosis = diagnose(fitted(LogisticRegression(), X, y))
    assert (diagnosis.rows, diagnosis.of_rows) == (MOST_ROWS, m)
    rows = diagnosis.of("label_suspects")[0].evidence["rows"]
    assert len(rows) >= 3  # about 10 of the 30 are in the sample
    assert set(rows) <= set(wrong)
    assert "10,000 of 30,000 rows" in str(diagnosis)


def test_targets_of_many_classes_take_memory_for_the_rows_that_are_looked_at_only():
    classes, m = 100, 20_000
    X = np.random.default_rng(0).standard_normal((m, 2))
    y = np.arange(m) % classes
    model = LogisticRegression(max_iter=1)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    tracemalloc.start()
    case = case_of(model, X, y, None, X, y)
    _, taken = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 8 * m * classes / 4
    np.testing.assert_array_equal(case.y, np.arange(classes)[:, None] == y[case.sampled])
    assert case.held_out.Y.shape == case.y.shape


def test_sparse_rows_and_rows_of_float32_give_the_same_findings():
    X, y = moons(0)
    X = np.column_stack([X, np.zeros(len(y))])
    model = network(0).fit(X, y)
    dense = model.doctor(X, y)
    assert [f.name for f in dense.findings] == ["constant_features"]
    assert model.doctor(sparse.csr_array(X), y) == dense
    single = network(0).fit(X.astype(np.float32), y)
    assert [f.name for f in single.doctor(X.astype(np.float32), y).findings] == ["constant_features"]


def test_rows_of_weight_zero_are_not_looked_at_and_the_others_keep_their_numbers():
    X, y = moons(0)
    X, y = np.concatenate([X[:3], X, X[:2]]), np.concatenate([1 - y[:3], y, 1 - y[:2]])
    weights = np.where(np.arange(len(y)) < 3, 0.0, 1.0)
    model = network(0).fit(X, y, sample_weight=weights)
    diagnosis = model.doctor(X, y, weights)
    assert diagnosis.rows == 202
    assert diagnosis.of("contradictory_rows")[0].evidence["rows"] == [3, 4, 203, 204]
    assert model.doctor(X, y).of("contradictory_rows")[0].evidence["count"] == 8


def test_several_labels_and_several_numbers_are_examined():
    X, y = moons(0, 400)
    labels = np.column_stack([y, *(np.median(X, axis=0) < X).T]).astype(int)
    several = network(0, max_iter=800).fit(X, labels).doctor(X, labels)
    assert several.skipped["imbalance"] == "classes"
    assert {f.evidence["output"] for f in several.of("leak")} == {2, 3}  # a feature decides these labels
    _, numbers = wave(0)
    model = MLPRegressor(
        hidden_layer_sizes=(12,), activation="tanh", solver="lbfgs", max_iter=3000, alpha=0.1
    )
    numbers = np.column_stack([numbers, numbers**2])
    assert model.fit(wave(0)[0], numbers).doctor(wave(0)[0], numbers).gravest == ()


def test_labels_are_shown_as_they_are():
    X, y = MADE["rare_class"].make(0).X.T, MADE["rare_class"].make(0).Y[0]
    words = np.where(y == 1, "ill", "well")
    finding = network(0, alpha=1.0).fit(X, words).doctor(X, words).of("imbalance")[0]
    assert '"ill"' in finding.seen
    assert '"well"' in finding.seen


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("m", [1, 2, 5])
@pytest.mark.parametrize("n_x", [1, 2, 3])
def test_very_few_rows_are_examined_too(output, m, n_x):
    net = Network((n_x, 3, 2 if output == "softmax" else 1), ("relu",), output)
    random = np.random.default_rng(m)
    Y = np.zeros((net.n[-1], m))
    Y[0, ::2] = 1
    if output == "softmax":
        Y[1] = 1 - Y[0]
    diagnosis = explain(diagnose(Case(net, initialize(net, random), random.standard_normal((n_x, m)), Y)))
    assert isinstance(diagnosis, Diagnosis)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, None])
def test_rows_that_are_no_numbers_are_refused(bad, language):
    use_language(language)
    case = healthy("moons", 0)
    X = case.X[:, :0] if bad is None else np.where(np.arange(case.X.shape[1]) == 3, bad, case.X)
    Y = case.Y[:, : X.shape[1]]
    with pytest.raises(DataError, match="^X is empty" if language == "en" else "^X 为空"):
        diagnose(replace(case, X=X, Y=Y))


def test_rows_that_do_not_fit_the_network_are_refused():
    case = healthy("moons", 0)
    with pytest.raises(ShapeError, match=r"^X"):
        diagnose(replace(case, X=np.vstack([case.X, case.X])))
    with pytest.raises(ShapeError, match=r"^Y"):
        diagnose(replace(case, Y=np.vstack([case.Y, case.Y])))


def test_the_estimators_refuse_what_they_cannot_examine():
    X, y = moons(0)
    with pytest.raises(NotFittedError):
        MLPClassifier().doctor(X, y)
    model = LogisticRegression().fit(X, y)
    with pytest.raises(UsageError, match="X_val and y_val"):
        model.doctor(X, y, X_val=X)
    with pytest.raises(DataError, match="does not know"):
        model.doctor(X, y + 1)
    with pytest.raises(ValueError, match="features"):
        model.doctor(X[:, :1], y)


def test_looking_changes_nothing():
    data = datasets.load("iris")
    model = LogisticRegression().fit(data.X, data.y)
    before = {name: np.copy(value) for name, value in vars(model).items() if isinstance(value, np.ndarray)}
    first, second = model.doctor(data.X, data.y), model.doctor(data.X, data.y)
    assert first == second
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(model, name), value)


# --------------------------------------------------------------------------- the table in the docs


def test_the_table_in_the_docs_is_up_to_date():
    program = ROOT / "tools" / "doctor_table.py"
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "the pages are up to date\n")


# --------------------------------------------------------------------------- nothing there, or not found


@pytest.mark.parametrize("table", [False, True])
def test_advice_names_what_the_reader_can_set(table):
    """A table model is trained by `shoal train`: its reader has options, and no parameters of Python."""
    python = re.compile(r"\w=|alpha|max_iter|weight_decay|\bC\b|MLP|Logistic|X_val|sklearn|clip_norm|\btol\b")
    variants = {f"_{key.split('_do_', 1)[1]}" for key in page("doctor") if re.search("_do_(?!.*table)", key)}
    for name in DISEASES:
        for variant in ("", *variants):
            for no_hidden in (False, True):
                finding = Finding(name, Severity.NOTE, {}, variant[1:], None, no_hidden, table)
                for language in LANGUAGES:
                    use_language(language)
                    assert "--" not in finding.advice or table
                    assert not (table and python.search(finding.advice)), finding.advice


def test_shuffled_labels_are_told_from_a_network_that_did_not_get_anywhere():
    """Without held-out rows too: simpler judges find nothing either. On the true labels they do."""
    X, y = clouds(0, distance=3.0, m=300)
    mixed = np.random.default_rng(0).permutation(y)
    still = {"initialization": "zeros", "max_iter": 12}
    of_mixed, of_true = (diagnose(fitted(network(0, **still), X, labels)) for labels in (mixed, y))
    assert of_mixed.of("nothing_there")
    assert not of_true.of("nothing_there")
    assert of_true.of("nothing_learned")


def test_a_network_whose_answers_go_with_the_targets_has_not_learned_nothing():
    for make in ("too_sure", "shifted_numbers"):
        diagnosis = diagnose(MADE[make].make(0))
        assert diagnosis.of("wrong_size")
        assert not diagnosis.of("nothing_learned")


def test_the_end_of_a_short_or_flat_curve_is_the_cause_and_no_reason_to_do_nothing():
    diagnosis = diagnose(MADE["five_epochs"].make(0))
    assert diagnosis.findings[0].name == "not_converged"
    assert all(f.because for f in diagnosis.findings[1:] if f.name in ("nothing_learned", "underfitting"))
    X, y = moons(0)
    slow = {"initialization": "normal", "learning_rate_init": 1e-7, "tol": 0, "n_iter_no_change": np.inf}
    still = fitted(network(0, **slow, max_iter=30), X, y)
    (flat,) = diagnose(still).of("not_converged")
    assert flat.variant == "start"
    assert flat.severity is not Severity.NOTE


def test_a_stop_after_a_little_is_told_from_one_at_the_start():
    case = MADE["flat_start"].make(0)
    evidence = {**case.ending.evidence, "last_cost": 0.99 * case.ending.evidence["constant_cost"]}
    little = replace(case, ending=replace(case.ending, evidence=evidence))
    variants = [_course.plateau(each) for each in (case, little)]
    assert [next(iter(found)).variant for found in variants] == ["", "left"]


def test_a_cost_that_rose_again_is_told_from_one_that_rose_at_once():
    case = MADE["exploded"].make(0)
    evidence = {
        "epochs": 50,
        "first_cost": 0.7,
        "highest_cost": 0.75,
        "best_cost": 0.01,
        "last_cost": 0.6,
        "constant_cost": 0.7,
    }
    again = replace(case, ending=replace(case.ending, evidence=evidence))
    assert [next(iter(_course.exploded(each))).variant for each in (case, again)] == ["", "again"]


def test_the_unit_of_losses_of_numbers_is_said():
    shifted = MADE["shifted_numbers"].make(0)
    assert "half the mean squared error." in str(diagnose(shifted))
    assert "of the standardised target" in str(diagnose(replace(shifted, table=True)))
    assert "squared error" not in str(diagnose(MADE["too_sure"].make(0)))


def test_a_huge_weight_of_a_hidden_unit_names_unit_and_layer():
    case = MADE["times_10_000"].make(0)
    theta = case.theta.copy()
    case.network.views(theta)[0][1][...] = 0.1
    (finding,) = diagnose(replace(case, theta=theta)).of("huge_weights")
    assert f"of unit {finding.evidence['source']} of layer 1 alone" in finding.seen
