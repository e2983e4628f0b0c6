"""What people write for scikit-learn's classes means the same here: parameters, weights, answers."""

import copy
import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit, log_expit, log_softmax
from sklearn import model_selection
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression as ScikitLearns
from sklearn.model_selection import KFold
from sklearn.multioutput import MultiOutputClassifier

from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor, load, save
from shoal.base.errors import DataError, DivergedError, UsageError
from shoal.datasets import load as dataset

CANCER = dataset("breast_cancer")
X = (CANCER.X - CANCER.X.mean(axis=0)) / CANCER.X.std(axis=0)
y = (CANCER.y == "malignant").astype(int)
FEW = X[:, :4]
SEVERAL = np.column_stack([y, FEW[:, 0] > 0, FEW[:, 1] > 0]).astype(int)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # few epochs
SOLVERS = ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga")

# --------------------------------------------------------------------------- LogisticRegression's parameters


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_chooses_how_the_minimum_is_found_does_not_change_it(solver):
    ours = LogisticRegression(solver=solver, random_state=np.random.RandomState(3), n_jobs=-1, verbose=1)
    np.testing.assert_array_equal(ours.fit(FEW, y).theta_, LogisticRegression().fit(FEW, y).theta_)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"penalty": "l2"}, {}),
        ({"penalty": "l1"}, {"l1_ratio": 1.0}),
        ({"penalty": "elasticnet", "l1_ratio": 0.3}, {"l1_ratio": 0.3}),
        ({"penalty": None}, {"C": np.inf}),
        ({"l1_ratio": None}, {"l1_ratio": 0.0}),
    ],
    ids=str,
)
def test_a_penalty_is_translated(older, newer):
    found, meant = LogisticRegression(**older).fit(FEW, y), LogisticRegression(**newer).fit(FEW, y)
    np.testing.assert_array_equal(found.theta_, meant.theta_)


@pytest.mark.parametrize(
    "parameters",
    [{"dual": True}, {"intercept_scaling": 2}, {"solver": "adam"}, {"penalty": "L2"}, {"n_jobs": 1.5}],
    ids=str,
)
def test_what_would_mean_something_else_is_refused_by_its_name(parameters):
    with pytest.raises(UsageError, match=next(iter(parameters))):
        LogisticRegression(**parameters).fit(FEW, y)


def test_contradictions_of_the_penalty_are_said():
    with pytest.warns(UserWarning, match="contradict"):
        found = LogisticRegression("l1", l1_ratio=0.5).fit(FEW, y)
    np.testing.assert_array_equal(found.theta_, LogisticRegression(l1_ratio=1.0).fit(FEW, y).theta_)
    with pytest.warns(UserWarning, match="no penalty"):
        LogisticRegression(None, C=3.0).fit(FEW, y)
    with pytest.raises(UsageError, match="needs l1_ratio"):
        LogisticRegression("elasticnet", l1_ratio=None).fit(FEW, y)


def test_no_iteration_is_the_start():
    with pytest.warns(match="0 iterations"):
        model = LogisticRegression(max_iter=0).fit(FEW, y)
    assert not model.theta_.any()
    assert model.n_iter_ == [0]


@pytest.mark.parametrize("rows", [sparse.csr_array, sparse.csc_array, sparse.coo_array, sparse.csr_matrix])
@pytest.mark.parametrize("options", [{}, {"C": 100.0}, {"l1_ratio": 1.0}, {"l1_ratio": 0.5}], ids=str)
def test_sparse_rows_give_the_coefficients_of_dense_ones(rows, options):
    dense, thin = (LogisticRegression(**options).fit(each, y) for each in (X, rows(X)))
    np.testing.assert_allclose(thin.theta_, dense.theta_, rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", [0.0, 1.0, 1e8, -1e15, 1e300])
@pytest.mark.parametrize("options", [{}, {"C": np.inf}, {"l1_ratio": 1.0}], ids=str)
@pytest.mark.parametrize("rows", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_a_constant_column_does_not_matter_whatever_its_size(size, options, rows):
    with_it = LogisticRegression(**options).fit(rows(np.insert(FEW, 2, size, axis=1)), y)
    without = LogisticRegression(**options).fit(rows(FEW), y)
    assert with_it.coef_[0, 2] == 0
    np.testing.assert_allclose(np.delete(with_it.coef_, 2), without.coef_[0], rtol=1e-9)
    np.testing.assert_allclose(with_it.intercept_, without.intercept_, rtol=1e-9)


def test_constant_columns_alone_leave_the_bias():
    model = LogisticRegression().fit(np.full((len(y), 2), 1e9), y)
    assert not model.coef_.any()
    np.testing.assert_allclose(model.intercept_, np.log(y.mean() / (1 - y.mean())), rtol=1e-6)


def test_without_a_bias_a_constant_column_is_one():
    ones = np.insert(FEW, 0, 1.0, axis=1)
    ours = LogisticRegression(fit_intercept=False, tol=1e-10).fit(ones, y)
    theirs = ScikitLearns(fit_intercept=False, tol=1e-10, max_iter=10_000).fit(ones, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    assert ours.coef_[0, 0] != 0


# --------------------------------------------------------------------------- weights of one's own


def test_coefficients_can_be_sparse():
    model = LogisticRegression(l1_ratio=1.0, C=0.05).fit(X, y)
    P, dense = model.predict_proba(X), model.coef_.copy()
    assert sparse.issparse(model.sparsify().coef_)
    assert model.coef_.nnz == np.count_nonzero(dense)
    np.testing.assert_array_equal(model.predict_proba(X), P)
    np.testing.assert_array_equal(model.densify().coef_, dense)
    assert not sparse.issparse(model.sparsify().fit(X, y).coef_)


def test_coefficients_can_be_set():
    model = LogisticRegression().fit(FEW, y)
    z = model.decision_function(FEW)
    model.coef_, model.intercept_ = 2 * model.coef_, 2 * model.intercept_
    np.testing.assert_allclose(model.decision_function(FEW), 2 * z)


@pytest.mark.parametrize("first", ["coef_", "intercept_"])
@pytest.mark.parametrize("n", [2, 3])
def test_a_model_can_be_made_of_old_coefficients(first, n):
    theirs = ScikitLearns().fit(FEW, (y + (FEW[:, 0] > 1)) % n)
    ours = LogisticRegression()
    ours.classes_ = theirs.classes_
    for name in sorted(("coef_", "intercept_"), key=lambda name: name != first):
        setattr(ours, name, getattr(theirs, name))
    np.testing.assert_allclose(ours.predict_proba(FEW), theirs.predict_proba(FEW), rtol=1e-10)


def test_a_layer_can_be_replaced():
    model = MLPClassifier((4,), max_iter=3, tol=0).fit(FEW, y)
    model.coefs_[0] = np.zeros((4, 4))
    model.intercepts_[0] = np.zeros(4)
    np.testing.assert_allclose(model.decision_function(FEW), model.intercepts_[1][0])
    model.coefs_[:] = [np.ones((4, 4)), np.ones((4, 1))]
    assert (model.coefs_[1] == 1).all()


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_network_can_be_made_of_old_weights(kind):
    old = kind(hidden_layer_sizes=(5, 3), activation="tanh", max_iter=5).fit(FEW, y)
    new = kind(activation="tanh")
    new.intercepts_ = old.intercepts_
    new.coefs_ = old.coefs_
    new.classes_ = np.array([0, 1])
    np.testing.assert_array_equal(new.predict(FEW), old.predict(FEW))
    new.coefs_ = [2 * W for W in old.coefs_]  # the biases stay
    np.testing.assert_array_equal(new.intercepts_[1], old.intercepts_[1])


SAID = {"n_layers_": 3, "n_outputs_": 3, "out_activation_": "logistic"}


@pytest.mark.parametrize("first", [*SAID, "coefs_", "intercepts_"])
def test_a_script_may_say_what_its_weights_are_for_before_or_after_them(first):
    old = MLPClassifier((5,), max_iter=5).fit(FEW, SEVERAL)
    new = MLPClassifier()
    everything = SAID | {"coefs_": old.coefs_, "intercepts_": old.intercepts_, "classes_": np.arange(3)}
    for name in sorted(everything, key=lambda name: name != first):
        setattr(new, name, everything[name])
    new.coefs_ = old.coefs_  # once more: the outputs stay what they are
    np.testing.assert_array_equal(new.predict_proba(FEW), old.predict_proba(FEW))
    np.testing.assert_array_equal(new.predict(FEW), old.predict(FEW))


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_layers_", 4), ("n_outputs_", 2), ("out_activation_", "softmax"), ("out_activation_", "tanh")],
)
@pytest.mark.parametrize("after", [False, True])
def test_what_a_script_says_wrongly_is_refused(name, value, after):
    new, weights = MLPClassifier(), [np.ones((4, 5)), np.ones((5, 1))]
    set_first, set_then = ("coefs_", name) if after else (name, "coefs_")
    values = {name: value, "coefs_": weights}
    setattr(new, set_first, values[set_first])
    with pytest.raises(UsageError, match=name):
        setattr(new, set_then, values[set_then])
    fitted = MLPClassifier((5,), max_iter=2).fit(FEW, y)
    with pytest.raises(UsageError, match=name):
        setattr(fitted, name, value)
    assert fitted.out_activation_ == "logistic"


@pytest.mark.parametrize("first", ["coef_", "intercept_"])
def test_one_number_may_stand_for_all_biases(first):
    model, values = LogisticRegression(), {"coef_": np.ones((3, 4)), "intercept_": 0.5}
    model.classes_ = np.arange(3)
    for name in sorted(values, key=lambda name: name != first):
        setattr(model, name, values[name])
    np.testing.assert_array_equal(model.intercept_, np.full(3, 0.5))
    model.fit(FEW, y).intercept_ = -1
    np.testing.assert_array_equal(model.intercept_, [-1.0])


def test_biases_that_were_set_before_a_fit_do_not_outlive_it():
    line, network = LogisticRegression(), MLPClassifier((5,), max_iter=2)
    line.intercept_, network.intercepts_ = np.array([7.0]), [np.full(5, 7.0), np.full(1, 7.0)]
    line.fit(FEW, y).coef_ = np.ones((1, 4))
    network.fit(FEW, y).coefs_ = [np.ones((4, 5)), np.ones((5, 1))]
    assert line.intercept_ != 7
    assert not any((b == 7).any() for b in network.intercepts_)


WRONG = {
    "another shape": lambda model: model.coefs_.__setitem__(0, np.zeros((3, 4))),
    "too few layers": lambda model: setattr(model, "coefs_", model.coefs_[:1]),
    "NaN": lambda model: model.intercepts_.__setitem__(0, np.full(4, np.nan)),
    "text": lambda model: model.intercepts_.__setitem__(0, ["a"] * 4),
    "a number": lambda model: setattr(model, "coefs_", 3),
    "one more layer": lambda model: model.coefs_.append(np.zeros((1, 1))),
    "a layer less": lambda model: model.coefs_.pop(),
    "a layer taken away": lambda model: model.coefs_.__delitem__(0),
}


@pytest.mark.parametrize("name", WRONG)
def test_weights_that_do_not_fit_are_refused_and_change_nothing(name):
    model = MLPClassifier((4,), max_iter=3).fit(FEW, y)
    before = model.theta_.copy()
    with pytest.raises(UsageError):
        WRONG[name](model)
    np.testing.assert_array_equal(model.theta_, before)


def test_a_copy_of_the_weights_belongs_to_no_network():
    model = MLPClassifier((4,), max_iter=3).fit(FEW, y)
    before = model.theta_.copy()
    for copied in (copy.deepcopy(model.coefs_), pickle.loads(pickle.dumps(model.coefs_))):  # noqa: S301 (our own)
        assert type(copied) is list
        copied[0][...] = 7.0
    np.testing.assert_array_equal(model.theta_, before)


# --------------------------------------------------------------------------- answers


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_probabilities_of_two_classes_are_sigmoids_of_z_and_minus_z(dtype):
    model = LogisticRegression().fit(FEW.astype(dtype), y)
    model.coef_ = 20 * model.coef_
    far = FEW.astype(dtype)
    z, P = model.decision_function(far).astype(np.float64), model.predict_proba(far).astype(np.float64)
    assert (z > 40).any()  # where 1 - A is 0
    rounding = 100 * np.finfo(dtype).eps  # 1 - A loses 7 of its digits to base 2 before -Z is taken
    shown = expit(-z) > np.finfo(dtype).tiny
    np.testing.assert_allclose(P[shown, 0], expit(-z)[shown], rtol=rounding * max(1.0, abs(z).max()))
    np.testing.assert_allclose(model.predict_log_proba(far)[:, 0], log_expit(-z), rtol=rounding, atol=1e-37)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("targets", [y, 2 * SEVERAL[:, 0] + SEVERAL[:, 1], SEVERAL], ids=["2", "4", "labels"])
def test_no_probability_is_0_where_its_logarithm_is_finite(dtype, targets):
    model = MLPClassifier((), max_iter=5).fit(FEW.astype(dtype), targets)
    model.coefs_ = [1e5 * model.coefs_[0]]
    log_P, P = model.predict_log_proba(FEW), model.predict_proba(FEW)
    assert log_P.min() < 2 * np.log(np.finfo(dtype).tiny)
    assert np.isfinite(np.log(P)).all()
    np.testing.assert_allclose(P, np.exp(log_P.astype(np.float64)), rtol=1e-3, atol=1e-37)


def test_log_probabilities_of_many_classes():
    wine = dataset("wine")
    model = LogisticRegression().fit(wine.X, wine.y)
    model.coef_ = 50 * model.coef_
    Z = model.decision_function(wine.X)
    np.testing.assert_allclose(
        model.predict_log_proba(wine.X), log_softmax(Z, axis=1), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "predict_log_proba"])
def test_answers_that_are_not_finite_are_not_given(method):
    wine = dataset("wine")
    model = LogisticRegression().fit(wine.X, wine.y)
    model.theta_[...] = 1.7e308
    with pytest.raises(DivergedError, match="row 0"):
        getattr(model, method)(wine.X)


# --------------------------------------------------------------------------- one class, weights of classes


def test_a_y_of_one_class_is_learned_and_kept(tmp_path):
    model = MLPClassifier((3,), max_iter=5, tol=0).fit(FEW, np.full(len(y), "x"))
    save(model, tmp_path / "model.shoal")
    assert set(load(tmp_path / "model.shoal").predict(FEW)) == {"x"}
    assert set(model.predict(FEW)) == {"x"}
    np.testing.assert_array_equal(model.predict_proba(FEW), np.ones((len(y), 1)))
    np.testing.assert_array_equal(model.predict_log_proba(FEW), np.zeros((len(y), 1)))
    assert model.score(FEW, np.full(len(y), "x")) == 1


def test_a_label_that_no_row_has_is_one_of_several():
    Y = np.column_stack([y, np.zeros_like(y)])
    model = MultiOutputClassifier(MLPClassifier((3,), max_iter=5)).fit(FEW, Y)
    assert not model.predict(FEW)[:, 1].any()


@pytest.mark.parametrize("targets", [np.zeros(20), np.repeat([0, 1], 10)], ids=["all rows", "folds"])
def test_a_search_over_one_class_scores_as_scikit_learn_does(targets):
    rows = FEW[:20]
    network, grid = MLPClassifier((2,), max_iter=3, batch_size=5), {"alpha": [0.1, 1.0]}
    ours = GridSearchCV(network, grid, cv=KFold(2)).fit(rows, targets)
    theirs = model_selection.GridSearchCV(network, grid, cv=KFold(2)).fit(rows, targets)
    np.testing.assert_array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])


def test_a_weight_for_a_class_that_y_lacks_is_said():
    with pytest.warns(UserWarning, match="class_weight names 9"):
        found = LogisticRegression(class_weight={0: 1, 1: 2, 9: 5}).fit(FEW, y)
    np.testing.assert_array_equal(
        found.theta_, LogisticRegression(class_weight={0: 1, 1: 2}).fit(FEW, y).theta_
    )
    with pytest.raises(DataError, match="class_weight names 9"):  # 0 has no weight: was it meant?
        LogisticRegression(class_weight={9: 5, 1: 2}).fit(FEW, y)


# --------------------------------------------------------------------------- multilayer perceptrons


def test_the_usual_loop_over_warm_starts_ends():
    model = MLPClassifier((5,), max_iter=50, warm_start=True)
    fits = 1
    while model.fit(FEW, y).n_iter_ == model.max_iter and fits < 100:
        fits += 1
    assert fits < 100
    assert model.n_epochs_ == 50 * (fits - 1) + model.n_iter_ == len(model.loss_curve_)


def test_epochs_of_the_last_fit_come_back_from_a_file(tmp_path):
    model = MLPClassifier((5,), max_iter=4, warm_start=True).fit(FEW, y).fit(FEW, y)
    save(model, tmp_path / "model.shoal")
    back = load(tmp_path / "model.shoal")
    assert (back.n_iter_, back.n_epochs_) == (4, 8)


def test_partial_fit_takes_its_arguments_in_the_order_of_scikit_learn():
    weights = np.linspace(0.0, 1.0, len(y))
    by_place = MLPClassifier((3,)).partial_fit(FEW, y, weights, [0, 1])
    by_name = MLPClassifier((3,)).partial_fit(FEW, y, classes=[0, 1], sample_weight=weights)
    np.testing.assert_array_equal(by_place.theta_, by_name.theta_)


@pytest.mark.parametrize("ignored", [{"batch_size": 10}, {"learning_rate": "adaptive"}], ids=str)
def test_what_scikit_learn_ignores_with_lbfgs_is_said(ignored):
    options = {"solver": "lbfgs", "alpha": 1.0, "max_iter": 1000}
    with pytest.warns(UserWarning, match=next(iter(ignored))):
        found = MLPClassifier((3,), **options, **ignored).fit(FEW, y)
    np.testing.assert_array_equal(found.theta_, MLPClassifier((3,), **options).fit(FEW, y).theta_)


class Mine(MLPClassifier):
    """A subclass with a parameter of its own."""

    def __init__(self, hidden_layer_sizes=(5,), my_param=3, max_iter=20):
        super().__init__(hidden_layer_sizes, max_iter=max_iter)
        self.my_param = my_param


def test_a_subclass_may_have_parameters_of_its_own():
    model = Mine(my_param="anything").fit(FEW, y)
    assert model.get_params()["my_param"] == "anything"
    assert Mine(max_iter=3).fit(FEW, y).n_iter_ == 3


# --------------------------------------------------------------------------- scikit-learn's own class

wine = dataset("wine")
WINE = (wine.X - wine.X.mean(axis=0)) / wine.X.std(axis=0)
MODELS = {
    "two classes": (MLPClassifier((5, 3), "tanh", max_iter=20), X, CANCER.y),
    "three classes": (MLPClassifier((5,), "logistic", max_iter=20, solver="adamw"), WINE, wine.y),
    "several labels": (MLPClassifier((5,), max_iter=20, batch_size="full"), FEW, SEVERAL),
    "no hidden layer": (MLPClassifier((), max_iter=20, class_weight="balanced"), X, y),
    "numbers": (MLPRegressor(hidden_layer_sizes=(5,), max_iter=20, dropout=0.1), X[:, :4], X[:, 4]),
    "two numbers": (MLPRegressor(hidden_layer_sizes=(5,), max_iter=20), X[:, :4], X[:, 4:6]),
    "line": (LogisticRegression(penalty="l1"), X, CANCER.y),
    "lines": (LogisticRegression(solver="saga"), WINE, wine.y),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_scikit_learns_own_class_says_the_same(name):
    ours, rows, targets = MODELS[name]
    theirs = ours.fit(rows, targets).to_sklearn()
    assert type(theirs).__module__.startswith("sklearn.")
    assert type(theirs).__name__ == type(ours).__name__
    if not is_classifier(ours):
        np.testing.assert_allclose(theirs.predict(rows), ours.predict(rows), rtol=0, atol=1e-12)
    else:
        np.testing.assert_array_equal(theirs.predict(rows), ours.predict(rows))
        np.testing.assert_allclose(theirs.predict_proba(rows), ours.predict_proba(rows), rtol=0, atol=1e-12)
    theirs._validate_params()
    (theirs.coefs_[0] if hasattr(theirs, "coefs_") else theirs.coef_)[...] = 0.0
    assert np.any(ours.theta_ != 0)
    fitted_again = clone(theirs).fit(rows, targets)
    assert fitted_again.predict(rows).shape == ours.predict(rows).shape


@pytest.mark.parametrize("activation", ["gelu", "leaky_relu", ["tanh", "relu"]], ids=str)
def test_activations_that_scikit_learn_lacks_are_named(activation):
    model = MLPClassifier((3, 3), activation, max_iter=3).fit(FEW, y)
    with pytest.raises(UsageError, match=activation if isinstance(activation, str) else "relu, tanh"):
        model.to_sklearn()


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"n_restarts": 2, "restarts": "average"}])
def test_scikit_learns_own_class_goes_on_although_the_cost_rises(options):
    settings = {"max_iter": 5, "learning_rate_init": 0.5, "batch_size": 20}
    model = MLPClassifier((5,), **settings, **options).fit(FEW, y)
    theirs = model.to_sklearn().set_params(learning_rate_init=10.0, warm_start=True).fit(FEW, y)
    assert np.diff(theirs.loss_curve_[-6:]).max() > 0
    if not options.get("early_stopping"):
        theirs = model.to_sklearn().set_params(learning_rate_init=10.0)
        for _ in range(5):
            theirs.partial_fit(FEW, y)
