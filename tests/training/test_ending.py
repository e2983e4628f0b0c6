"""Why a run ended: decided from the cost curve, and worded in both languages."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as Judge
from sklearn.metrics import log_loss

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, load, save
from shoal.base.texts import use_language
from shoal.datasets import load as dataset
from shoal.engines import Data
from shoal.training import REASONS, RULES, Ending, History, constant_cost, in_words
from shoal.training.ending import decided

ENTROPY = np.log(2)  # the cost of a constant prediction for two classes of one size
FLOWER = dataset("flower", seed=1)
COURSE = {  # the settings of the course's week 3, with the names of the estimator
    "hidden_layer_sizes": (4,),
    "activation": "tanh",
    "solver": "sgd",
    "momentum": 0,
    "batch_size": "full",
    "learning_rate_init": 1.2,
    "alpha": 0,
    "initialization": "normal",
    "max_iter": 10_000,
}


def ending(costs, rule="no_change", constant=ENTROPY):
    return decided(rule, History(list(map(float, costs))), lambda: constant)


SLOW = [ENTROPY - 1e-5 * k for k in range(30)]  # on the flat place of the start
TAIL = [0.3 + 0.35 * 0.5**k for k in range(40)]  # a curve that has become flat
STILL_FALLING = [0.66 - 9e-5 * k for k in range(30)]


@pytest.mark.parametrize(
    ("costs", "rule", "reason"),
    [
        (TAIL, "no_change", "converged"),
        (TAIL, "max_epochs", "limit"),
        (TAIL, "max_evaluations", "limit"),
        (SLOW, "no_change", "plateau"),
        (SLOW, "max_epochs", "limit"),
        ([ENTROPY] * 12, "no_change", "plateau"),  # all weights zero: nothing moves
        (STILL_FALLING, "no_change", "plateau"),
        ([0.6 + 0.05 * 0.5**k for k in range(40)], "no_change", "converged"),  # a hard table, learned
        ([0.3 - 9e-5 * k for k in range(30)], "no_change", "converged"),  # most of the way is done
        ([0.78, 105, 1e5, 1.6e31], "no_change", "exploded"),
        ([0.78, 105, 1e5, 1.6e31], "max_epochs", "exploded"),
        ([0.69, 2.9, 1.9, 2.0], "no_change", "exploded"),  # it did not come back below a constant
        ([0.69, 2.9, 0.5, 0.3], "no_change", "converged"),  # it did
        ([1770, 300, 90, 50], "max_epochs", "limit"),  # large first weights, falling
        ([1770, 300, 90, 50], "no_change", "plateau"),
        ([0.5, 0.4], "asked", "asked"),
        ([0.5, 0.4], "interrupted", "interrupted"),
        ([0.78, 105, 1e5], "interrupted", "interrupted"),
        ([], "interrupted", "interrupted"),
    ],
)
def test_a_curve_and_a_rule_make_a_reason(costs, rule, reason):
    found = ending(costs, rule)
    assert (found.reason, found.rule) == (reason, rule)
    assert found.evidence["epochs"] == len(costs)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([0.1 * k for k in range(10)] + [0.8 - 0.01 * k for k in range(20)], "converged"),  # it got worse
        ([0.5] * 30, "plateau"),  # it never moved
        ([0.5] + [0.4 + 0.001 * k for k in range(29)], "plateau"),  # the first epoch was the best
        ([0.4] + [0.5] * 29, "plateau"),
    ],
)
def test_early_stopping_may_stop_while_the_cost_falls_if_the_score_got_worse(scores, reason):
    history = History(list(STILL_FALLING), score=scores)
    assert decided("no_change", history, lambda: ENTROPY, by_score=True).reason == reason
    assert decided("no_change", history, lambda: ENTROPY).reason == "plateau"


def test_a_cost_that_left_its_start_is_no_plateau_although_the_first_score_was_the_best():
    """Shuffled labels: the network learns its rows, and gets worse on others from the first epoch on."""
    history = History([0.95 - 0.008 * k for k in range(16)], score=[-0.7 - 0.01 * k for k in range(16)])
    assert decided("no_change", history, lambda: ENTROPY, by_score=True).reason == "converged"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_ending_prints_as_its_sentence_and_a_history_in_one_line(language):
    use_language(language)
    found = ending(TAIL)
    assert str(found) == in_words(found)
    assert repr(found).startswith("Ending(reason='converged'")
    shown = repr(History(TAIL, [0.1] * len(TAIL)))
    assert f"{len(TAIL)} epochs" in shown
    assert "cost: 0.65 ... 0.3" in shown
    assert "score" not in shown
    assert repr(History()) == "<History 0 epochs>"


def test_without_anything_to_learn_there_is_no_plateau():
    assert ending([0.0] * 12, constant=0.0).reason == "converged"  # all targets are equal
    assert ending([0.5, 2.0, 0.1, 1e-9], constant=0.0).reason == "converged"  # it rose and came back
    assert ending([0.5, 2.0, 1e9, 1e9], constant=0.0).reason == "exploded"


def normal_rows(seed=0):
    X = np.random.default_rng(seed).normal(size=(300, 3))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int)


@pytest.mark.parametrize("value", [1.0, 0.1, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_fit_to_one_number_for_all_rows_is_not_a_plateau(value, weighted):
    X, _ = normal_rows()
    weights = np.random.default_rng(1).uniform(0, 2, 300) if weighted else None
    model = MLPRegressor(hidden_layer_sizes=(4,), learning_rate_init=0.01, max_iter=3000, random_state=0)
    model.fit(X, np.full(300, value), sample_weight=weights)
    assert model.ending_.evidence["constant_cost"] == 0
    assert model.stopped_ == "converged"
    assert "constant_features" in (found := model.doctor(X, np.full(300, value), weights)).checked
    assert found.skipped["nothing_learned"] == "spread"
    assert not {"plateau", "rate_too_large"} & {finding.name for finding in found.findings}


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax", "exp"])
def test_one_answer_for_all_rows_that_count_costs_nothing(output):
    Y = np.tile([[1.0], [0.0]], 7)
    Y[:, 3] = [0.0, 1.0]  # of weight 0
    v = np.array([[0.1, 0.7, 0.3, 0.0, 0.9, 0.2, 0.6]])
    assert constant_cost(Data(np.zeros((1, 7)), Y, v), None, output) == 0
    assert constant_cost(Data(np.zeros((1, 7)), Y, None), None, output) > 0


@pytest.mark.parametrize("one_row", [True, False])
def test_the_costs_of_partial_fit_are_not_one_curve(one_row):
    """One row after the other, or batches of one class: their costs jump, and the network learns."""
    X, y = normal_rows()
    if one_row:
        model = MLPRegressor(hidden_layer_sizes=(8,), learning_rate_init=0.01, random_state=0)
        batches, target = [slice(i, i + 1) for i in range(300)], X[:, 0]
    else:
        model = MLPClassifier((8,), learning_rate_init=0.01, random_state=0)
        batches, target = [np.flatnonzero(y == k % 2)[k // 2 :: 10] for k in range(20)] * 5, y
    endings = []
    for rows in batches:
        known = {} if one_row else {"classes": [0, 1]}
        endings.append(model.partial_fit(X[rows], target[rows], **known).ending_)
    costs = np.array(model.history_.cost)
    assert (costs[1:] > 1.5 * costs[:-1]).any()  # it does jump
    assert {(found.reason, found.rule) for found in endings} == {("limit", "one_epoch")}
    assert not {"exploded", "plateau", "not_converged", "rate_too_large"} & {
        finding.name for finding in model.doctor(X, target).findings
    }
    assert model.doctor(X, target).skipped["rate_too_large"] == "history"


def test_an_epoch_of_partial_fit_is_told_as_one_and_kept_in_a_file(tmp_path):
    X, y = normal_rows()
    model = MLPClassifier((4,), random_state=0).partial_fit(X, y, classes=[0, 1])
    assert "one epoch over the rows" in in_words(model.ending_)
    save(model, tmp_path / "m.shoal")
    assert load(tmp_path / "m.shoal").ending_ == model.ending_
    assert fitted(model, X, y)[0].ending_.rule != "one_epoch"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", ["numbers", "labels"])
def test_a_solver_at_the_minimum_of_a_hard_table_has_converged(seed, kind):
    """The last steps of L-BFGS lower the cost by what rounding leaves: no steady fall."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(300, 3))
    settings = {"solver": "lbfgs", "max_iter": 2000, "random_state": 0}
    if kind == "numbers":
        model = MLPRegressor(hidden_layer_sizes=(4,), alpha=5, **settings).fit(
            X, X[:, 0] + 3 * random.normal(size=300)
        )
    else:
        model = MLPClassifier((4,), alpha=0.3, **settings).fit(X, random.integers(0, 2, 300))
    assert model.stopped_ == "converged"


@pytest.mark.parametrize("weighted", [False, True])
def test_the_cost_of_a_constant_prediction_is_that_of_scikit_learn(weighted):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 60)
    v = random.uniform(0.5, 2, 60) if weighted else None
    rows = np.arange(10, 55)
    Y = (np.arange(3)[:, None] == y).astype(float)
    data = Data(np.zeros((1, 60)), Y, None if v is None else v[None])
    weights = None if v is None else v[rows]
    shares = np.average(Y[:, rows], axis=1, weights=weights)
    wanted = log_loss(y[rows], np.tile(shares, (45, 1)), sample_weight=weights)
    assert constant_cost(data, rows, "softmax") == pytest.approx(wanted, rel=1e-12)
    binary = sum(
        log_loss(Y[j, rows], np.full(45, shares[j]), sample_weight=weights, labels=[0, 1]) for j in range(3)
    )
    assert constant_cost(data, rows, "sigmoid") == pytest.approx(binary, rel=1e-12)
    t = random.standard_normal((2, 60))
    mean = np.average(t[:, rows], axis=1, weights=weights)[:, None]
    half = np.average(((t[:, rows] - mean) ** 2).sum(axis=0), weights=weights) / 2
    numbers = data._replace(Y=t)
    assert constant_cost(numbers, rows, "identity") == pytest.approx(half, rel=1e-12)


def fitted(model, X=FLOWER.X, y=FLOWER.y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    return model, [str(w.message) for w in caught if w.category is ConvergenceWarning]


@pytest.mark.parametrize("rate", [100.0, 1e6])
def test_a_cost_that_explodes_and_stays_finite_is_told(rate):
    options = {
        **COURSE,
        "learning_rate_init": rate,
        "max_iter": 50,
        "activation": "relu",
        "initialization": "auto",
    }
    model, said = fitted(MLPClassifier(**options))
    assert np.isfinite(model.loss_)
    assert model.loss_ > 1e10
    assert model.stopped_ == "exploded" == model.ending_.reason
    assert len(said) == 1
    assert "exploded" in said[0]
    assert f"learning_rate_init than {rate:g}" in said[0]


@pytest.mark.parametrize("seed", range(3))
def test_a_stop_on_the_start_s_plateau_is_not_convergence_and_its_advice_helps(seed):
    model, said = fitted(MLPClassifier(**{**COURSE, "learning_rate_init": 0.1}, random_state=seed))
    assert model.stopped_ == "plateau"
    assert model.n_iter_ < 100
    assert len(said) == 1
    assert "still falling" in said[0]
    assert "tol=0" in said[0]
    again, _ = fitted(
        MLPClassifier(**{**COURSE, "learning_rate_init": 0.1}, random_state=seed, tol=0, n_iter_no_change=100)
    )
    assert again.loss_ < 0.9 * model.loss_


def test_the_course_s_recipe_with_the_documented_settings_reaches_its_90_percent():
    stopped, said = fitted(MLPClassifier(**COURSE))
    assert stopped.stopped_ == "plateau"
    assert said
    reached = [
        fitted(MLPClassifier(**COURSE, random_state=seed, tol=0, n_iter_no_change=np.inf))[0].score(
            FLOWER.X, FLOWER.y
        )
        for seed in range(3)
    ]
    assert np.median(reached) > 0.9  # the course's 90.5 %; one start in ten stays in a valley at 67 %


def test_healthy_fits_converge_or_reach_their_limit():
    for name in ("iris", "wine", "breast_cancer", "blobs", "circles"):
        table = dataset(name)
        X = (table.X - table.X.mean(axis=0)) / table.X.std(axis=0)
        for options in ({}, {"solver": "lbfgs"}, {"solver": "sgd", "learning_rate_init": 0.05}):
            model, _ = fitted(MLPClassifier((20,), **options, max_iter=60), X, table.y)
            assert model.stopped_ in ("converged", "limit"), (name, options, model.ending_)


def test_a_regression_has_an_ending_too():
    table = dataset("diabetes")
    X = (table.X - table.X.mean(axis=0)) / table.X.std(axis=0)
    y = (table.y - table.y.mean()) / table.y.std()
    assert (
        fitted(
            MLPRegressor(
                hidden_layer_sizes=(8,), activation="tanh", solver="lbfgs", alpha=10.0, max_iter=2000
            ),
            X,
            y,
        )[0].stopped_
        == "converged"
    )
    wild = MLPRegressor(
        hidden_layer_sizes=(8,),
        solver="sgd",
        learning_rate_init=30.0,
        max_iter=30,
        activation="tanh",
        batch_size="full",
    )
    assert fitted(wild, X, y)[0].stopped_ == "exploded"
    zero = MLPRegressor(hidden_layer_sizes=(8,), initialization="zeros", activation="tanh", max_iter=300)
    assert fitted(zero, X, y)[0].stopped_ == "plateau"


def test_logistic_regression_says_why_its_solver_ended():
    assert LogisticRegression().fit(FLOWER.X, FLOWER.y).ending_.reason == "converged"
    with pytest.warns(ConvergenceWarning, match="not reached"):
        assert LogisticRegression(max_iter=1).fit(FLOWER.X, FLOWER.y).ending_.reason == "limit"
    noise = np.random.default_rng(1).standard_normal((200, 2))
    small = LogisticRegression(C=1e-6).fit(noise, FLOWER.y[:200] ^ (np.arange(200) % 2))
    judge = Judge(C=1e-6, tol=1e-8).fit(noise, FLOWER.y[:200] ^ (np.arange(200) % 2))
    np.testing.assert_allclose(
        small.coef_, judge.coef_, atol=1e-8
    )  # nothing learned, and that is its minimum
    assert small.ending_.reason == "converged"


@pytest.mark.parametrize(
    "options",
    [{"early_stopping": True}, {"max_iter": 3}, {"learning_rate_init": 0.1}, {"max_iter": 500, "tol": 0.1}],
)
def test_a_file_keeps_the_ending(options, tmp_path):
    model, _ = fitted(MLPClassifier(**{**COURSE, **options}))
    save(model, tmp_path / "m.shoal")
    assert load(tmp_path / "m.shoal").ending_ == model.ending_


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("costs", [TAIL, SLOW, [ENTROPY] * 12, [0.7, 9.0, 9.0], []])
def test_every_ending_has_a_sentence_with_its_numbers(costs, rule, language):
    found = ending(costs, rule)
    use_language(language)
    try:
        said = in_words(found)
    finally:
        use_language("en")
    assert found.reason in REASONS
    assert str(len(costs)) in said or not costs
    assert (language == "zh") == any("\u4e00" <= character <= "\u9fff" for character in said)


def test_an_ending_is_a_value():
    assert ending(TAIL) == ending(TAIL) != ending(SLOW)
    assert Ending("limit", "max_epochs") == Ending("limit", "max_epochs", {})
