"""`n_restarts`: several seeds as one population, and the best of them or the average of all.

The judges are the same networks fitted one by one, and scikit-learn's losses for what they are compared by.
"""

import pickle
import signal

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold

import shoal
from shoal import GridSearchCV, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, DivergedError, UsageError
from shoal.engines import get_engine

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
SEED, K = 5, 4
DEPTHS = [(), (6,), (5, 4)]


def two_classes():
    return make_classification(120, 4, flip_y=0.2, random_state=0)


def three_classes():
    return make_classification(120, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)


def labels():
    return make_multilabel_classification(100, 4, n_classes=3, random_state=0)


def numbers():
    X, y = make_regression(100, 4, noise=10, random_state=0)
    return X, y / 50


def many_numbers():
    X, y = make_regression(100, 4, n_targets=2, noise=10, random_state=0)
    return X, y / 50


def classifier(**params):
    return MLPClassifier(**{"hidden_layer_sizes": (5,), "max_iter": 6, "random_state": SEED} | params)


def regressor(**params):
    return MLPRegressor(**{"hidden_layer_sizes": (5,), "max_iter": 6, "random_state": SEED} | params)


TASKS = {
    "two classes": (classifier, two_classes),
    "three classes": (classifier, three_classes),
    "labels": (classifier, labels),
    "numbers": (regressor, numbers),
    "many numbers": (regressor, many_numbers),
}


def one_by_one(model, *data, **fit_params):
    """The restarts, each fitted by itself."""
    single = clone(model).set_params(n_restarts=1)
    return [clone(single).set_params(random_state=SEED + k).fit(*data, **fit_params) for k in range(K)]


def last_Z(model, X):
    """Z[L] as rows."""
    Z, _ = get_engine().predict(model.network_, model.theta_, X.T, layers=True)
    return Z[-1].T


def mean_loss(model, X, y, weights=None):
    """The mean over examples of the loss, by scikit-learn and by hand."""
    if isinstance(model, MLPRegressor):
        squares = ((model.predict(X) - y) ** 2).reshape(len(y), -1).sum(axis=1)
        return np.average(squares, weights=weights) / 2
    if y.ndim == 2:
        Z = last_Z(model, X)
        return np.average((np.logaddexp(0, Z) - y * Z).sum(axis=1), weights=weights)
    return log_loss(y, model.predict_proba(X), labels=model.classes_, sample_weight=weights)


def check_is(model, single):
    """The same network to the last bit, and the same story of it."""
    assert model.network_ == single.network_
    np.testing.assert_array_equal(model.theta_, single.theta_)
    assert model.loss_curve_ == single.loss_curve_
    assert model.validation_scores_ == single.validation_scores_
    assert (model.n_iter_, model.t_) == (single.n_iter_, single.t_)


# --------------------------------------------------------------------------- the best


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_the_best_has_the_lowest_loss_on_the_validation_rows(task, early_stopping):
    make, data = TASKS[task]
    X, y = data()
    fit = {"X": X[:70], "y": y[:70], "X_val": X[70:], "y_val": y[70:]}
    model = make(n_restarts=K, early_stopping=early_stopping, learning_rate_init=0.03, n_iter_no_change=2)
    singles = one_by_one(model, **fit)
    model.fit(**fit)
    costs = [mean_loss(single, X[70:], y[70:]) for single in singles]
    np.testing.assert_allclose(model.restart_costs_, costs, rtol=1e-12)
    assert model.best_restart_ == np.argmin(costs)
    check_is(model, singles[model.best_restart_])


@pytest.mark.parametrize("task", TASKS)
def test_without_validation_rows_the_best_has_the_lowest_cost(task):
    """J = the mean loss + alpha / (2 m) the squares of W + l1 / m the sizes of W, with m a sum of weights."""
    make, data = TASKS[task]
    X, y = data()
    weights = np.random.default_rng(1).exponential(size=len(y))
    model = make(n_restarts=K, alpha=3.0, l1=0.5)
    singles = one_by_one(model, X, y, weights)
    model.fit(X, y, weights)
    costs = []
    for single in singles:
        W = np.concatenate([W_l.ravel() for W_l in single.coefs_])
        penalties = (3.0 / 2 * (W**2).sum() + 0.5 * np.abs(W).sum()) / weights.sum()
        costs.append(mean_loss(single, X, y, weights) + penalties)
    np.testing.assert_allclose(model.restart_costs_, costs, rtol=1e-12)
    check_is(model, singles[int(np.argmin(costs))])


def test_a_split_of_the_rows_is_the_same_for_all_restarts_and_weighs_them():
    X, y = three_classes()
    weights = np.random.default_rng(1).exponential(size=len(y))
    model = classifier(n_restarts=K, early_stopping=True, validation_fraction=0.3).fit(X, y, weights)
    single = classifier(early_stopping=True, validation_fraction=0.3).fit(X, y, weights)
    rows, held = shoal.estimators._inputs.split_rows(np.arange(len(y)), y, 0.3, SEED)
    assert model.restart_costs_[0] == pytest.approx(
        mean_loss(single, X[held], y[held], weights[held]), rel=1e-12
    )
    assert len(set(model.restart_costs_)) == K
    assert model.t_ == model.n_iter_ * len(rows)


@pytest.mark.parametrize("kind", ["float32", "sparse", "L-BFGS", "numpy"])
def test_of_any_kind(kind):
    X, y = three_classes()
    model = classifier(n_restarts=K, solver="lbfgs" if kind == "L-BFGS" else "adam")
    model.set_params(engine="numpy" if kind == "numpy" else "auto")
    X = X.astype(np.float32) if kind == "float32" else sparse.csr_array(X) if kind == "sparse" else X
    fit = {"X": X[:80], "y": y[:80], "X_val": X[80:], "y_val": y[80:]}
    singles = one_by_one(model, **fit)
    model.fit(**fit)
    costs = [mean_loss(single, X[80:], y[80:]) for single in singles]
    np.testing.assert_allclose(model.restart_costs_, costs, rtol=1e-5 if kind == "float32" else 1e-12)
    check_is(model, singles[int(np.argmin(costs))])


def test_any_seed_is_drawn_once_and_counted_on_from():
    X, y = two_classes()
    seed = np.random.RandomState(3).randint(np.iinfo(np.int32).max)
    drawn = classifier(n_restarts=K, random_state=np.random.RandomState(3)).fit(X, y)
    check_is(drawn, classifier(n_restarts=K, random_state=int(seed)).fit(X, y))
    largest = classifier(n_restarts=2, random_state=2**32 - 1).fit(X, y)  # and the one after it
    assert len(set(largest.restart_costs_)) == 2


def test_one_network_is_compared_with_nothing():
    X, y = two_classes()
    model = classifier(n_restarts=2).fit(X, y).set_params(n_restarts=1).fit(X, y)
    assert (model.restart_costs_, model.best_restart_) == ([], 0)
    check_is(model, classifier().fit(X, y))


class Costly:
    """The engine, that counts gradients: an epoch of work each."""

    name = "costly"

    def __init__(self):
        self.engine, self.gradients = get_engine(), 0
        self.predict, self.epochs = self.engine.predict, self.engine.epochs

    def gradient(self, *args, **options):
        self.gradients += 1
        return self.engine.gradient(*args, **options)


def test_only_restarts_take_a_look_at_the_cost_in_the_end():
    X, y = two_classes()
    engine = Costly()
    classifier(engine=engine).fit(X, y).partial_fit(X, y)
    assert engine.gradients == 0
    classifier(engine=engine, n_restarts=3).fit(X, y)
    assert engine.gradients == 3


# --------------------------------------------------------------------------- the average


@pytest.mark.parametrize("depth", DEPTHS, ids=str)
@pytest.mark.parametrize("task", TASKS)
def test_the_average_is_of_all_Z(task, depth):
    make, data = TASKS[task]
    X, y = data()
    model = make(hidden_layer_sizes=depth, n_restarts=K, restarts="average", activation="tanh")
    mean = np.mean([last_Z(single, X) for single in one_by_one(model, X, y)], axis=0)
    model.fit(X, y)
    np.testing.assert_allclose(last_Z(model, X), mean, rtol=1e-12, atol=1e-12)
    assert model.network_.n == (X.shape[1], *(K * n for n in depth), model.n_outputs_)


def test_the_average_of_float32_is_float32():
    X, y = three_classes()
    X = X.astype(np.float32)
    model = classifier(n_restarts=K, restarts="average")
    mean = np.mean([last_Z(single, X).astype(np.float64) for single in one_by_one(model, X, y)], axis=0)
    model.fit(X, y)
    assert model.theta_.dtype == np.float32
    np.testing.assert_allclose(last_Z(model, X), mean, rtol=1e-5, atol=1e-5)


def test_the_average_of_two_classes_is_their_mean_log_odds():
    X, y = two_classes()
    model = classifier(n_restarts=K, restarts="average")
    odds = np.mean([single.decision_function(X) for single in one_by_one(model, X, y)], axis=0)
    model.fit(X, y)
    np.testing.assert_allclose(model.decision_function(X), odds, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), (odds > 0).astype(int))


def test_the_average_tells_the_story_of_the_best():
    X, y = two_classes()
    average = classifier(n_restarts=K, restarts="average").fit(X, y)
    best = classifier(n_restarts=K).fit(X, y)
    assert average.restart_costs_ == best.restart_costs_
    assert (average.loss_curve_, average.n_iter_) == (best.loss_curve_, best.n_iter_)


def test_the_average_of_one_is_itself():
    X, y = two_classes()
    check_is(classifier(restarts="average").fit(X, y), classifier().fit(X, y))


# --------------------------------------------------------------------------- restarts that go wrong


class Diverging:
    """The engine, under which the networks of some seeds come to no number."""

    name = "diverging"

    def __init__(self, seeds):
        self.engine, self.seeds = get_engine(), seeds
        self.predict, self.gradient = self.engine.predict, self.engine.gradient

    def epochs(self, members, learning_rates):
        results = self.engine.epochs(members, learning_rates)
        for member, result in zip(members, results, strict=True):
            if member.seed in self.seeds:
                result.cost[-1] = np.nan
                member.theta[...] = np.nan
        return results


@pytest.mark.parametrize("diverging", [{SEED}, {SEED + 1, SEED + 3}])
@pytest.mark.parametrize("restarts", ["best", "average"])
def test_a_restart_that_diverges_is_left_out(restarts, diverging):
    X, y = two_classes()
    model = classifier(n_restarts=K, restarts=restarts)
    good = [single for k, single in enumerate(one_by_one(model, X, y)) if SEED + k not in diverging]
    model.set_params(engine=Diverging(diverging)).fit(X, y)
    assert {SEED + k for k, cost in enumerate(model.restart_costs_) if np.isinf(cost)} == diverging
    model.set_params(engine="auto")
    if restarts == "best":
        check_is(model, good[int(np.argmin([cost for cost in model.restart_costs_ if np.isfinite(cost)]))])
    else:
        mean = np.mean([last_Z(single, X) for single in good], axis=0)
        np.testing.assert_allclose(last_Z(model, X), mean, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("restarts", ["best", "average"])
def test_where_one_is_left_it_is_the_model(restarts):
    X, y = two_classes()
    model = classifier(n_restarts=2, restarts=restarts, engine=Diverging({SEED})).fit(X, y)
    check_is(model, classifier(random_state=SEED + 1).fit(X, y))


@pytest.mark.parametrize("restarts", ["best", "average"])
def test_where_all_diverge_the_fit_does(restarts):
    X, y = two_classes()
    model = classifier(n_restarts=2, restarts=restarts).fit(X, y)
    before = model.predict_proba(X)
    with pytest.raises(DivergedError):
        model.set_params(engine=Diverging({SEED, SEED + 1})).fit(X, y)
    np.testing.assert_array_equal(model.set_params(engine="auto").predict_proba(X), before)


class Unsure(Diverging):
    """The engine, under which some seeds diverge, and others end with a network whose cost is no number."""

    def __init__(self, seeds, unsure):
        super().__init__(seeds)
        self.unsure = unsure

    def epochs(self, members, learning_rates):
        results = super().epochs(members, learning_rates)
        for member in members:
            if member.seed in self.unsure:
                member.theta[...] = 1e308
        return results


def test_a_network_whose_cost_is_no_number_is_never_the_best():
    X, y = three_classes()
    model = classifier(n_restarts=2, engine=Unsure((), {SEED})).fit(X, y)
    assert model.best_restart_ == 1
    check_is(model, classifier(random_state=SEED + 1).fit(X, y))


def test_but_it_is_better_than_one_that_diverged():
    X, y = three_classes()
    model = classifier(n_restarts=2, engine=Unsure({SEED}, {SEED + 1})).fit(X, y)
    assert model.best_restart_ == 1
    assert np.isfinite(model.theta_).all()


WORDS = {"en": "above 1 training cannot be continued", "zh": "大于 1 时不能继续训练"}


@pytest.mark.parametrize("language", WORDS)
def test_training_cannot_be_continued(language, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", language)
    with pytest.raises(UsageError, match=WORDS[language]):
        classifier(n_restarts=2, warm_start=True).fit(*two_classes())


@pytest.mark.parametrize("make", [classifier, regressor])
def test_there_is_no_partial_fit_and_it_says_why(make):
    assert hasattr(make(), "partial_fit")
    assert not hasattr(make(n_restarts=2), "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit") as missing:
        _ = make(n_restarts=2).partial_fit
    assert WORDS["en"] in str(missing.value.__cause__)


def test_an_average_of_linear_models_is_one_of_them_and_goes_on():
    X, y = two_classes()
    model = classifier(hidden_layer_sizes=(), n_restarts=2, restarts="average").fit(X, y)
    average = model.theta_.copy()
    model.set_params(n_restarts=1, warm_start=True, max_iter=1, learning_rate_init=1e-12).fit(X, y)
    np.testing.assert_allclose(model.theta_, average, atol=1e-9)  # Adam's step is no longer than the rate


def test_nor_can_an_average_of_networks_by_a_fit_of_one():
    X, y = two_classes()
    model = classifier(n_restarts=2, restarts="average").fit(X, y)
    with pytest.raises(UsageError, match="10"):
        model.set_params(n_restarts=1, warm_start=True).fit(X, y)


@pytest.mark.parametrize(
    ("params", "words"),
    [({"n_restarts": 0}, "n_restarts must be"), ({"n_restarts": 2.0}, "n_restarts must be"),
     ({"restarts": "worst"}, "restarts must be one of: best, average, got 'worst'")],
)  # fmt: skip
def test_what_is_no_number_of_restarts_is_refused(params, words):
    with pytest.raises(UsageError, match=words):
        classifier(**params).fit(*two_classes())


def test_what_cannot_be_learned_from_is_refused_once():
    X, y = two_classes()
    with pytest.raises(DataError, match="NaN"):
        classifier(n_restarts=3).fit(np.where(X > 0, np.nan, X), y)


# --------------------------------------------------------------------------- who listens


class Listener:
    """Notes the models of all epochs; asks to stop once, at a call of choice."""

    def __init__(self, stop_at=None, error=None):
        self.models, self.calls, self.stop_at, self.error = [], [], stop_at, error

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        self.calls.append(f"end {context.task_name}")
        if context.task_name != "epoch":
            return False
        self.models.append(fitted_estimator.theta_)
        if self.error is not None and len(self.models) == self.stop_at:
            raise self.error
        return len(self.models) == self.stop_at


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_hear_of_every_epoch_of_every_restart(solver):
    X, y = two_classes()
    listener = Listener()
    model = classifier(n_restarts=3, solver=solver, alpha=1.0).set_callbacks(listener).fit(X, y)
    unheard = classifier(n_restarts=3, solver=solver, alpha=1.0).fit(X, y)
    np.testing.assert_array_equal(model.theta_, unheard.theta_)
    assert len(listener.models) == 3 * 6
    assert listener.calls.count("begin epoch") == listener.calls.count("end epoch") == 3 * 6
    assert (listener.calls[:2], listener.calls[-2:]) == (["setup", "begin fit"], ["end fit", "teardown"])
    for single in one_by_one(classifier(solver=solver, alpha=1.0), X, y)[:3]:
        assert sum(np.array_equal(theta, single.theta_) for theta in listener.models) == 1


def test_a_callback_that_asks_to_stop_stops_the_restart_whose_epoch_it_was():
    X, y = two_classes()
    listener = Listener(stop_at=2)  # the first epoch of the second of two
    model = classifier(n_restarts=2, restarts="average").set_callbacks(listener).fit(X, y)
    short = classifier(random_state=SEED + 1, max_iter=1).fit(X, y)
    mean = (last_Z(classifier().fit(X, y), X) + last_Z(short, X)) / 2
    np.testing.assert_allclose(last_Z(model, X), mean, rtol=1e-12, atol=1e-12)
    assert len(listener.models) == 6 + 1


def test_a_callback_that_fails_fails_the_fit():
    X, y = two_classes()
    listener = Listener(stop_at=3, error=RuntimeError("out of paper"))
    with pytest.raises(RuntimeError, match="out of paper"):
        classifier(n_restarts=3).set_callbacks(listener).fit(X, y)


def test_verbose_says_a_line_an_epoch_of_each(capsys):
    X, y = two_classes()
    classifier(n_restarts=2, verbose=True).fit(X, y)
    assert len(capsys.readouterr().out.splitlines()) == 2 * 6


class Interrupted(Diverging):
    """The engine, to which a signal comes soon after it has begun."""

    def epochs(self, members, learning_rates):
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        return super().epochs(members, learning_rates)


@pytest.fixture
def signals(no_collection):
    """A signal ends as Ctrl-C does."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("restarts", ["best", "average"])
def test_after_ctrl_c_those_that_were_begun_are_the_model(restarts):
    """The engine stops the restarts at different epochs, and some may not have had any."""
    X, y = make_classification(3000, 30, flip_y=0.3, random_state=0)
    forever = {"tol": 0.0, "n_iter_no_change": np.inf}
    model = classifier(n_restarts=5, restarts=restarts, max_iter=10**6, engine=Interrupted(()), **forever)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.stopped_ == "interrupted"
    begun = [k for k, cost in enumerate(model.restart_costs_) if np.isfinite(cost)]
    assert model.best_restart_ in begun or not begun
    networks = 1 if restarts == "best" else max(1, len(begun))
    assert model.network_.n == (30, 5 * networks, 1)
    if restarts == "best" and begun:
        alone = classifier(max_iter=model.n_iter_, random_state=SEED + model.best_restart_, **forever)
        np.testing.assert_array_equal(model.theta_, alone.fit(X, y).theta_)


class Sequential(Diverging):
    """The engine, that is interrupted when it has come to the second of several members."""

    def epochs(self, members, learning_rates):
        first = self.engine.epochs(members[:1], learning_rates[:1])
        nothing = first[0]._replace(cost=[], gradient_norm=[], interrupted=True)
        return [*first, *[nothing] * (len(members) - 1)]


@pytest.mark.parametrize("restarts", ["best", "average"])
def test_networks_that_were_never_trained_have_no_part_in_the_model(restarts):
    X, y = two_classes()
    model = classifier(n_restarts=3, restarts=restarts, engine=Sequential(()))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert np.isinf(model.restart_costs_).tolist() == [False, True, True]
    check_is(model, classifier().fit(X, y))


# --------------------------------------------------------------------------- beside other things


@pytest.mark.parametrize("restarts", ["best", "average"])
@pytest.mark.parametrize("task", TASKS)
def test_a_model_of_several_can_be_pickled(task, restarts):
    make, data = TASKS[task]
    X, y = data()
    model = make(n_restarts=2, restarts=restarts).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))  # noqa: S301


def test_a_search_over_restarts_has_the_bits_of_single_fits():
    X, y = two_classes()
    grid = {"n_restarts": [1, 3], "restarts": ["best", "average"], "early_stopping": [False, True]}
    cv = KFold(3)
    search = GridSearchCV(classifier(), grid, cv=cv, scoring="neg_log_loss").fit(X, y)
    for k, params in enumerate(search.cv_results_["params"]):
        for fold, (train, test) in enumerate(cv.split(X)):
            alone = classifier(**params).fit(X[train], y[train])
            expected = -log_loss(y[test], alone.predict_proba(X[test]))
            assert search.cv_results_[f"split{fold}_test_score"][k] == pytest.approx(expected, rel=1e-12)
            np.testing.assert_array_equal(search.histories_[k][fold].cost, alone.loss_curve_)
    best = classifier(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(search.best_estimator_.theta_, best.theta_)
