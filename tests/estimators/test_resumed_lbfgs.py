"""L-BFGS in several fits is L-BFGS in one fit, bit for bit; what changes the cost empties its memory.

The judge is the fit that was never stopped.
"""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression

import shoal
from shoal import MLPClassifier, MLPRegressor
from shoal.engines import get_engine, native_is_built

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
HERE = ("numpy", "native") if native_is_built() else ("numpy",)
WHOLE = 40
X, labels = make_classification(120, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
numbers = make_regression(120, 5, noise=10, random_state=0)[1] / 50
OPTIONS = {"solver": "lbfgs", "tol": 1e-12, "alpha": 0.1, "max_iter": WHOLE, "warm_start": True}
MODELS = {
    "classifier": (MLPClassifier((6,), "tanh", **OPTIONS), labels),
    "regressor": (MLPRegressor("squared_error", (5, 4), "silu", **OPTIONS), numbers),
    "with a kink": (MLPClassifier((8,), "relu", **OPTIONS), labels == 0),
}


def goes_on(model, parts, X, y, between=lambda model: model):
    """The model after fits of so many iterations, and the cost of each iteration."""
    costs = []
    for epochs in parts:
        model.set_params(max_iter=epochs).fit(X, y)
        costs = list(model.loss_curve_)
        assert model.n_iter_ == epochs
        model = between(model)
    return model, costs


BETWEEN = {
    "nothing": lambda model: model,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 (our own)
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("parts", [(1, 39), (2, 15, 23), (39, 1)], ids=str)
def test_fits_that_go_on_are_one_fit(engine, dtype, name, parts):
    model, y = MODELS[name]
    rows = X.astype(dtype)
    model = clone(model).set_params(engine=engine)
    whole = clone(model).fit(rows, y)
    found, costs = goes_on(model, parts, rows, y)
    assert whole.n_iter_ == WHOLE
    np.testing.assert_array_equal(found.theta_, whole.theta_)
    assert found.theta_.dtype == dtype
    assert costs == whole.loss_curve_


@pytest.mark.parametrize("between", BETWEEN)
def test_copies_go_on_as_the_model_does(between):
    model, y = MODELS["classifier"]
    found, costs = goes_on(clone(model), (5, 20, 15), X, y, BETWEEN[between])
    whole = clone(model).fit(X, y)
    np.testing.assert_array_equal(found.theta_, whole.theta_)
    assert costs == whole.loss_curve_


class Stops:
    """A callback that asks to stop after so many iterations."""

    def __init__(self, after):
        self.after = after

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
        return context.task_name == "epoch" and context.task_id == self.after - 1


def test_a_fit_that_a_callback_stopped_goes_on():
    model, y = MODELS["classifier"]
    whole = clone(model).fit(X, y)
    found = clone(model).set_callbacks(Stops(13)).fit(X, y)
    assert (found.n_iter_, found.stopped_) == (13, "asked")
    found.set_callbacks().set_params(max_iter=WHOLE - 13).fit(X, y)
    np.testing.assert_array_equal(found.theta_, whole.theta_)


class Interrupted:
    """An engine to which Ctrl-C comes in one of its gradients."""

    name = "interrupted"

    def __init__(self, at):
        self.engine, self.left = get_engine(), at
        self.predict, self.epochs = self.engine.predict, self.engine.epochs

    def gradient(self, *args, **kwargs):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return self.engine.gradient(*args, **kwargs)


@pytest.mark.parametrize("at", [2, 3, 10, 25, 31])
def test_after_ctrl_c_a_fit_goes_on(at):
    model, y = MODELS["regressor"]
    whole = clone(model).fit(X, y)
    found = clone(model).set_params(engine=Interrupted(at))
    with pytest.raises(KeyboardInterrupt):
        found.fit(X, y)
    done = len(found.loss_curve_)
    assert done < WHOLE
    found.set_params(max_iter=WHOLE - done, engine="auto").fit(X, y)
    np.testing.assert_array_equal(found.theta_, whole.theta_)
    assert found.loss_curve_ == whole.loss_curve_


def test_a_limit_of_evaluations_counts_for_each_fit_and_ends_at_an_iteration():
    model, y = MODELS["classifier"]
    found = clone(model).set_params(max_fun=11).fit(X, y)
    assert found.ending_.rule == "max_evaluations"
    done = found.n_iter_
    found.set_params(max_fun=15000, max_iter=WHOLE - done).fit(X, y)
    np.testing.assert_array_equal(found.theta_, clone(model).fit(X, y).theta_)


# --------------------------------------------------------------------------- what empties the memory


def remembers_nothing(model):
    """The same fit, without the memory."""
    model = copy.deepcopy(model)
    model._state = model._state._replace(memory=None)
    return model


OTHER = {
    "rows": lambda model, y: model.fit(X[:100], y[:100]),
    "their order": lambda model, y: model.fit(X[::-1], y[::-1]),
    "targets": lambda model, y: model.fit(X, np.roll(y, 1)),
    "weights": lambda model, y: model.fit(X, y, np.linspace(1, 2, 120)),
    "penalty": lambda model, y: model.set_params(alpha=0.11).fit(X, y),
    "precision": lambda model, y: model.fit(X.astype(np.float32), y),
    "a weight": lambda model, y: [model.coefs_[0].__setitem__((0, 0), 0.5), model.fit(X, y)],
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("other", OTHER)
def test_what_changes_the_cost_empties_the_memory(name, other):
    model, y = MODELS[name]
    begun = clone(model).set_params(max_iter=15).fit(X, y)
    found, empty = copy.deepcopy(begun), remembers_nothing(begun)
    for each in (found, empty):
        OTHER[other](each, y)
    np.testing.assert_array_equal(found.theta_, empty.theta_)
    assert found.loss_curve_ == empty.loss_curve_


def test_the_memory_is_what_makes_the_difference():
    model, y = MODELS["classifier"]
    begun = clone(model).set_params(max_iter=15).fit(X, y)
    with_it, without = copy.deepcopy(begun).fit(X, y), remembers_nothing(begun).fit(X, y)
    assert with_it.loss_curve_[16] != without.loss_curve_[16]


def test_another_solver_in_between_leaves_no_memory():
    model, y = MODELS["classifier"]
    begun = clone(model).set_params(max_iter=15).fit(X, y)
    begun.set_params(solver="adam", learning_rate_init=1e-300, max_iter=1).fit(X, y)
    assert begun._state.memory is None
    begun.set_params(solver="lbfgs", max_iter=20).fit(X, y)
    assert len(begun.loss_curve_) == 36


def test_a_file_and_a_clone_have_no_memory(tmp_path):
    """As for the other optimisers: going on from a file begins with an empty memory."""
    model, y = MODELS["classifier"]
    begun = clone(model).set_params(max_iter=15).fit(X, y)
    shoal.save(begun, tmp_path / "m.shoal")
    loaded = shoal.load(tmp_path / "m.shoal")
    assert loaded._state.memory is None
    np.testing.assert_array_equal(loaded.fit(X, y).theta_, remembers_nothing(begun).fit(X, y).theta_)
    assert not hasattr(clone(begun), "_state")


def test_a_fit_without_warm_start_has_no_memory_of_the_last_one():
    model, y = MODELS["classifier"]
    whole = clone(model).set_params(warm_start=False).fit(X, y)
    np.testing.assert_array_equal(copy.deepcopy(whole).fit(X, y).theta_, whole.theta_)


def test_an_average_of_networks_has_no_memory_of_one_of_them():
    model, y = MODELS["classifier"]
    model = clone(model).set_params(warm_start=False, n_restarts=2, restarts="average").fit(X, y)
    assert model._state.memory is None
