"""The fit interface: its steps, taken one by one, are the fit.

The judge is `fit` itself, on the same rows, in the same number of epochs; bits must be equal.
"""

import copy

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression

from shoal import MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, UsageError
from shoal.book.network import averaged
from shoal.engines import get_engine
from shoal.estimators._fit import begin, is_begun, one_more_epoch, restore, state_of
from shoal.estimators._inputs import hold_out, on_rows, prepare
from shoal.training.loop import train

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
SEED = 3
DEFAULTS = {"hidden_layer_sizes": (5,), "max_iter": 6, "random_state": SEED, "batch_size": 32}
WEIGHTS = np.random.default_rng(1).exponential(size=120) * (np.arange(120) % 7 > 0)  # some rows count nothing


def classes():
    return make_classification(120, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)


def numbers():
    X, y = make_regression(120, 4, n_targets=2, noise=10, random_state=0)
    return X, y / 50


def labels():
    return make_multilabel_classification(120, 4, n_classes=3, random_state=0)


def classifier(**params):
    return MLPClassifier(**DEFAULTS | params)


def regressor(**params):
    return MLPRegressor(**DEFAULTS | params)


CASES = {
    "plain": (classifier(), classes, {}),
    "weighted": (classifier(class_weight="balanced"), classes, {"sample_weight": WEIGHTS}),
    "several labels": (classifier(solver="sgd", learning_rate="adaptive"), labels, {}),
    "regression": (regressor(dropout=0.2, l1=0.1), numbers, {"sample_weight": WEIGHTS}),
    "early stopping": (classifier(early_stopping=True, n_iter_no_change=2), classes, {}),
    "the caller's scorer": (
        classifier(early_stopping=True, scoring=lambda model, X, y: model.score(X, y)),
        classes,
        {"sample_weight": WEIGHTS},
    ),
    "best restart": (classifier(n_restarts=3), classes, {}),
    "average of restarts": (regressor(n_restarts=3, restarts="average"), numbers, {}),
    "L-BFGS": (classifier(solver="lbfgs", batch_size="auto"), classes, {}),
    "NumPy": (classifier(engine="numpy"), classes, {}),
}


def begun(model, X, y, sample_weight=None, **validation):
    """The steps of `fit` up to `begin`."""
    examples = prepare(model, X, y, sample_weight)
    return begin(model, examples, hold_out(model, examples, SEED, **validation), SEED)


def check_is(model, expected):
    """Two estimators that cannot be told apart by what a fit writes."""
    assert model.network_ == expected.network_
    np.testing.assert_array_equal(model.theta_, expected.theta_)
    for name in ("history_", "n_iter_", "t_", "ending_", "restart_costs_", "best_restart_"):
        assert getattr(model, name) == getattr(expected, name), name
    ours, theirs = state_of(model)._asdict(), state_of(expected)._asdict()
    for name in ("theta", "slots"):
        np.testing.assert_array_equal(ours.pop(name), theirs.pop(name), err_msg=name)
    memories = [state.pop("memory") for state in (ours, theirs)]
    np.testing.assert_equal(*(memory and vars(memory) for memory in memories))
    assert ours == theirs


# --------------------------------------------------------------------------- a fit in steps


@pytest.mark.parametrize("case", CASES)
def test_a_fit_in_steps_ends_with_the_bits_of_fit(case):
    model, data, options = CASES[case]
    stepwise, whole = clone(model), clone(model).fit(*data(), **options)
    fitting = begun(stepwise, *data(), **options)
    train(fitting.runs, get_engine(model.engine))
    fitting.end()
    check_is(stepwise, whole)
    X = data()[0]
    np.testing.assert_array_equal(stepwise.predict(X), whole.predict(X))


def test_the_callers_validation_rows_are_watched():
    X, y = classes()
    model = classifier(early_stopping=True, n_iter_no_change=1, max_iter=30)
    whole = clone(model).fit(X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    fitting = begun(model, X[:80], y[:80], X_val=X[80:], y_val=y[80:])
    np.testing.assert_array_equal(fitting.split.rows, np.arange(80))
    np.testing.assert_array_equal(fitting.split.validation.X, X[80:])
    fitting.train()
    check_is(model, whole)
    assert model.best_validation_score_ == model.score(X[80:], y[80:])
    assert model.ending_.rule == "no_change"  # so the best epoch, which is kept, is not the last one
    assert not np.array_equal(model.theta_, state_of(model).theta)
    with pytest.raises(UsageError, match="X_val and y_val belong together"):
        hold_out(model, prepare(model, X, y), SEED, X_val=X)


def test_fits_that_are_trained_together_end_as_they_would_alone():
    models = [model for model, _, _ in CASES.values() if model.engine == "auto"]
    cases = [case for case in CASES.values() if case[0].engine == "auto"]
    together = [clone(model) for model in models]
    fittings = [
        begun(model, *data(), **options) for model, (_, data, options) in zip(together, cases, strict=True)
    ]
    train([run for fitting in reversed(fittings) for run in fitting.runs], get_engine())
    for fitting, model, (_, data, options) in zip(fittings, together, cases, strict=True):
        fitting.end()
        check_is(model, clone(model).fit(*data(), **options))


def test_each_restart_is_the_fit_of_its_own_seed():
    fitting = begun(classifier(n_restarts=3), *classes())
    train(fitting.runs, get_engine())
    for k, run in enumerate(fitting.runs):
        np.testing.assert_array_equal(run.theta, classifier(random_state=SEED + k).fit(*classes()).theta_)


def test_the_average_of_restarts_is_one_wider_network_and_their_costs_are_said():
    model = regressor(n_restarts=3, restarts="average")
    fitting = begun(model, *numbers())
    fitting.train()
    network, theta = averaged(fitting.runs[0].member.network, [run.theta for run in fitting.runs])
    assert (model.network_, network.n) == (network, (4, 15, 2))
    np.testing.assert_array_equal(model.theta_, theta)
    assert len(set(model.restart_costs_)) == 3
    assert model.best_restart_ == np.argmin(model.restart_costs_)


def test_the_attributes_show_the_network_while_it_is_trained():
    model = classifier()
    fitting = begun(model, *classes())
    before = model.predict_proba(classes()[0])
    assert model.history_.cost == []
    train(fitting.runs, get_engine())
    assert not np.array_equal(model.predict_proba(classes()[0]), before)
    assert len(model.history_.cost) == 6
    assert not is_begun(model)  # until it has ended there is nothing to go on from
    fitting.end()
    assert is_begun(model)


# --------------------------------------------------------------------------- more epochs


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ends", [False, True], ids=["at once", "with an end in between"])
def test_a_fit_that_is_allowed_more_epochs_goes_on_as_if_it_had_had_them(case, ends):
    model, data, options = CASES[case]
    whole = clone(model).fit(*data(), **options)
    parts = clone(model).set_params(max_iter=2)
    fitting = begun(parts, *data(), **options)
    for epochs in (2, 3, 6):
        fitting.allow(epochs)
        train(fitting.runs, get_engine(model.engine))
        if ends:
            fitting.end()
            assert parts.n_iter_ <= epochs
    fitting.end()
    check_is(parts, whole)
    assert parts.max_iter == 6


def test_a_fit_that_ended_by_its_own_rule_stays_ended():
    model = classifier(tol=10.0, n_iter_no_change=1, max_iter=9)
    fitting = begun(model, *classes())
    fitting.train()
    assert model.ending_.rule == "no_change"
    theta, epochs = model.theta_.copy(), model.n_iter_
    fitting.allow(50)
    fitting.train()
    assert (model.ending_.rule, model.n_iter_) == ("no_change", epochs)
    np.testing.assert_array_equal(model.theta_, theta)


@pytest.mark.parametrize("schedule", ["constant", "step", "invscaling"])
def test_begin_continues_the_state_of_the_estimator(schedule):
    """As `warm_start` does: the weights, the optimiser's memory, the history and the rows that were seen."""
    X, y = classes()
    model = classifier(learning_rate=schedule, shuffle=False).fit(X, y)
    other = classifier(learning_rate=schedule, shuffle=False, warm_start=True).fit(X, y).fit(X, y)
    examples = prepare(model, X, y, reset=False)
    begin(model, examples, hold_out(model, examples, SEED), SEED, continues=True).train()
    check_is(model, other)
    assert (model.t_, len(model.history_.cost)) == (2 * 6 * len(y), 12)


def test_several_networks_cannot_be_continued():
    X, y = classes()
    model = classifier(n_restarts=2).fit(X, y)
    examples = prepare(model, X, y, reset=False)
    with pytest.raises(UsageError, match="n_restarts"):
        begin(model, examples, hold_out(model, examples, SEED), SEED, continues=True)


def test_one_more_epoch_is_partial_fit():
    X, y = classes()
    ours, theirs = classifier(), classifier()
    for part in (slice(0, 50), slice(50, 120), slice(0, 50)):
        one_more_epoch(ours, X[part], y[part], WEIGHTS[part], np.arange(3))
        theirs.partial_fit(X[part], y[part], WEIGHTS[part], np.arange(3))
        check_is(ours, theirs)
    assert (ours.n_epochs_, ours.t_) == (3, np.count_nonzero(WEIGHTS) + np.count_nonzero(WEIGHTS[:50]))


# --------------------------------------------------------------------------- where a fit stands


@pytest.mark.parametrize("case", ["plain", "regression", "several labels"])
def test_a_fit_is_restored_from_its_state(case):
    model, data, options = CASES[case]
    model = clone(model).set_params(warm_start=True).fit(*data(), **options)
    copied = clone(model)
    prepare(copied, *data(), **options)  # what X and y are like
    restore(
        copied,
        copy.deepcopy(state_of(model)),
        copy.deepcopy(model.history_),
        rows_seen=model.t_,
        ending=model.ending_,
        last_fit=model.n_iter_,
    )
    np.testing.assert_array_equal(copied.predict(data()[0]), model.predict(data()[0]))
    whole = clone(model).set_params(max_iter=12).fit(*data(), **options)  # which never stopped
    copied.fit(*data(), **options)
    assert copied.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(copied.theta_, whole.theta_)


def test_there_is_nothing_to_go_on_from_before_a_fit():
    assert not is_begun(classifier())
    with pytest.raises(AttributeError):
        state_of(classifier())


# --------------------------------------------------------------------------- some rows of a table


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    "case", ["plain", "weighted", "several labels", "regression", "the caller's scorer", "best restart"]
)
def test_a_fit_on_rows_is_a_fit_on_a_table_of_these_rows(case, early_stopping):
    model, data, options = CASES[case]
    model = clone(model).set_params(early_stopping=early_stopping)
    X, y = data()
    rows = np.random.default_rng(0).permutation(120)[:90]
    of_rows = {name: values[rows] for name, values in options.items()}
    alone = clone(model).fit(X[rows], y[rows], **of_rows)
    examples = on_rows(model, prepare(model, X, y, **options), rows)
    begin(model, examples, hold_out(model, examples, SEED), SEED).train()
    check_is(model, alone)


def test_rows_that_all_count_nothing_are_refused():
    X, y = classes()
    whole = prepare(classifier(), X, y, WEIGHTS)
    with pytest.raises(DataError, match="sample_weight is zero"):
        on_rows(classifier(), whole, np.flatnonzero(WEIGHTS == 0))


def test_nothing_is_written_to_the_examples():
    X, y = classes()
    model = classifier(class_weight="balanced", n_restarts=2)
    whole = prepare(model, X, y, WEIGHTS)
    for array in (whole.X, whole.y, whole.given, whole.data.Y, whole.data.v, whole.rows):
        array.flags.writeable = False
    examples = on_rows(model, whole, np.arange(60))
    begin(model, examples, hold_out(model, examples, SEED), SEED).train()
    assert len(model.restart_costs_) == 2


# --------------------------------------------------------------------------- what goes wrong


class Diverging:
    """An engine under which the network of one seed diverges."""

    name = "diverging"

    def __init__(self, seed):
        self.engine, self.seed = get_engine(), seed
        self.predict, self.gradient = self.engine.predict, self.engine.gradient

    def epochs(self, members, learning_rates):
        results = self.engine.epochs(members, learning_rates)
        for member, result in zip(members, results, strict=True):
            if member.seed == self.seed:
                result.cost[-1] = np.nan
        return results


def test_a_restart_that_diverges_is_left_out_and_the_others_end_as_without_it():
    model = classifier(n_restarts=3)
    fitting = begun(model, *classes())
    train(fitting.runs, Diverging(SEED + 1))
    fitting.end()
    whole = classifier(n_restarts=3).fit(*classes())
    assert [run.stopped for run in fitting.runs] == ["max_epochs", "diverged", "max_epochs"]
    assert np.isinf(model.restart_costs_[1])
    assert model.restart_costs_[::2] == whole.restart_costs_[::2]
    assert model.best_restart_ != 1


def test_an_error_of_a_scorer_in_one_restart_is_raised_at_the_end_and_stops_no_other():
    calls = []

    def scorer(model, X, y):
        calls.append(model)
        if len(calls) == 2:
            raise ZeroDivisionError("in the second run")
        return 0.5

    model = classifier(n_restarts=3, early_stopping=True, n_iter_no_change=99, scoring=scorer)
    fitting = begun(model, *classes())
    train(fitting.runs, get_engine())
    assert [(run.stopped, run.epochs_done) for run in fitting.runs] == [
        ("max_epochs", 6),
        ("failed", 1),
        ("max_epochs", 6),
    ]
    with pytest.raises(ZeroDivisionError, match="in the second run"):
        fitting.end()


def test_ctrl_c_leaves_the_attributes_where_training_stands():
    def interrupt(model, X, y):
        if len(model.history_.cost) == 3:
            raise KeyboardInterrupt
        return 0.5

    model = classifier(early_stopping=True, scoring=interrupt)
    fitting = begun(model, *classes())
    with pytest.raises(KeyboardInterrupt):
        fitting.train()
    assert (model.n_iter_, model.stopped_) == (3, "interrupted")
    np.testing.assert_array_equal(state_of(model).theta, fitting.runs[0].member.theta)


# --------------------------------------------------------------------------- who hears of the epochs


class Callbacks:
    """Stands for `EpochCallbacks`: writes down what it is told, and may ask to stop at an epoch."""

    def __init__(self, stop_at=None):
        self.registered, self.stop_at, self.heard = True, stop_at, []

    def begin_epoch(self):
        self.heard.append("begin")
        return sum(said == "begin" for said in self.heard)

    def end_epoch(self, epoch, fitted):
        self.heard.append((epoch, fitted()["theta_"]))
        return epoch == self.stop_at

    def end_fit(self, fitted):
        self.heard.append(("fit", fitted()["theta_"]))


def test_callbacks_hear_of_each_epoch_with_its_theta_and_change_no_bit():
    model, callbacks = classifier(max_iter=3), Callbacks()
    begun(model, *classes()).train(callbacks)
    heard = callbacks.heard
    assert [said if said == "begin" else said[0] for said in heard] == [
        "begin",
        1,
        "begin",
        2,
        "begin",
        3,
        "fit",
    ]
    for epochs, (_, theta) in zip((1, 2, 3), heard[1:6:2], strict=True):
        np.testing.assert_array_equal(theta, classifier(max_iter=epochs).fit(*classes()).theta_)
    np.testing.assert_array_equal(heard[-1][1], model.theta_)
    check_is(model, classifier(max_iter=3).fit(*classes()))


def test_a_callback_can_stop_the_fit():
    model, callbacks = classifier(), Callbacks(stop_at=2)
    begun(model, *classes()).train(callbacks)
    assert (model.n_iter_, model.stopped_) == (2, "asked")


def test_without_callbacks_many_epochs_are_one_call_of_the_engine():
    fitting, callbacks = begun(classifier(), *classes()), Callbacks()
    callbacks.registered = False
    fitting.tell(callbacks)
    assert [run.after_epoch for run in fitting.runs] == [None]


def test_a_verbose_fit_prints_a_line_after_each_epoch_of_each_run(capsys):
    model = classifier(verbose=True, n_restarts=2, max_iter=2, early_stopping=True)
    fitting = begun(model, *classes())
    train(fitting.runs, get_engine())
    assert capsys.readouterr().out == ""  # it has not been told
    fitting.allow(3)
    fitting.tell()
    train(fitting.runs, get_engine())
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(", cost")[0] for line in lines] == ["Iteration 3"] * 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"activation": "tanh"}, r"activations are now \('tanh',\)"), ({"hidden_layer_sizes": (4,)}, "layers")],
)
def test_a_changed_network_is_refused_by_what_changed(changed, said):
    X, y = classes()
    model = classifier().partial_fit(X, y, classes=[0, 1, 2]).set_params(**changed)
    with pytest.raises(UsageError, match=said):
        model.partial_fit(X, y)
