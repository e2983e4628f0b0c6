"""MLPRegressor with loss="poisson": counts, as the exponential of Z with half the Poisson deviance."""

from inspect import Parameter, signature

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import mean_poisson_deviance
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier as SklearnClassifier
from sklearn.neural_network import MLPRegressor as SklearnRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import shoal
from shoal import GridSearchCV, MLPClassifier, MLPRegressor
from shoal.base.errors import DataError, DivergedError, ModelFileError, UsageError
from shoal.base.texts import use_language
from shoal.engines import native_is_built
from shoal.engines.base import Data
from shoal.inspect import trace
from shoal.training.ending import constant_cost

HERE = ("numpy", "native") if native_is_built() else ("numpy",)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning"),
]
SOLVED = {"solver": "lbfgs", "alpha": 0.0, "tol": 1e-8, "max_iter": 5000, "max_fun": 50_000}


def counts(m=200, outputs=1, seed=0, dtype=float):
    """Counts whose logarithmic rate is linear in three features."""
    random = np.random.default_rng(seed)
    X = random.uniform(-1, 1, (m, 3))
    rates = np.exp(X @ random.uniform(-1, 1, (3, outputs)) + 1)
    y = random.poisson(rates).astype(dtype)
    return X.astype(dtype), y[:, 0] if outputs == 1 else y


@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("weighted", [False, True])
def test_without_a_hidden_layer_it_is_poisson_regression(engine, weighted):
    X, y = counts()
    v = np.random.default_rng(1).uniform(0.1, 3, len(y)) if weighted else None
    ours = MLPRegressor("poisson", (), engine=engine, **SOLVED).fit(X, y, sample_weight=v)
    theirs = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(X, y, sample_weight=v)
    np.testing.assert_allclose(ours.coefs_[0][:, 0], theirs.coef_, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-6)
    assert ours.out_activation_ == "exp"
    assert ours.loss_ == pytest.approx(mean_poisson_deviance(y, ours.predict(X), sample_weight=v) / 2)


def of_scikit_learn_from_the_same_start(model, X, y, **given):
    """scikit-learn's regressor with the parameters of ours, from the weights that ours starts from."""
    start = clone(model).set_params(solver="sgd", max_iter=1, learning_rate_init=1e-300).fit(X, y)
    layers = list(zip(start.coefs_, start.intercepts_, strict=True))

    class FromTheSameStart(SklearnRegressor):
        def _init_coef(self, fan_in, fan_out, dtype):
            W, b = layers.pop(0)
            return W.copy(), b.copy()

    known = SklearnRegressor().get_params()
    options = {name: value for name, value in model.get_params().items() if name in known}
    return FromTheSameStart(**options).fit(X, y, **given)


@pytest.mark.parametrize("solver", ["lbfgs", "adam", "sgd"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_it_ends_where_scikit_learns_ends(solver, outputs):
    X, y = counts(outputs=outputs)
    v = np.random.default_rng(1).uniform(0.1, 3, len(y))
    options = {"solver": solver, "max_iter": 30, "alpha": 0.3, "tol": 0, "learning_rate_init": 0.01}
    if solver != "lbfgs":
        options |= {"batch_size": len(X), "n_iter_no_change": 99}
    model = MLPRegressor("poisson", (6,), "tanh", **options)
    theirs = of_scikit_learn_from_the_same_start(model, X, y, sample_weight=v)
    model.fit(X, y, sample_weight=v)
    rounding = 1e-6 if solver == "lbfgs" else 1e-9  # a line search magnifies the rounding of a sum
    for l in (0, 1):
        np.testing.assert_allclose(model.coefs_[l], theirs.coefs_[l], rtol=0, atol=rounding)
    np.testing.assert_allclose(model.loss_, theirs.loss_, rtol=1e-8)


def test_the_two_losses_are_two_models_and_the_first_argument_says_which():
    X, y = counts()
    squared, poisson = (MLPRegressor(loss, (), **SOLVED).fit(X, y) for loss in ("squared_error", "poisson"))
    assert squared.get_params()["hidden_layer_sizes"] == ()
    far = np.array([[-9.0, -9.0, -9.0], [9.0, 9.0, 9.0]])
    assert poisson.predict(far).min() > 0 > squared.predict(far).min()


@pytest.mark.parametrize(
    ("ours", "theirs"), [(MLPRegressor, SklearnRegressor), (MLPClassifier, SklearnClassifier)]
)
def test_parameters_by_position_are_those_of_scikit_learn(ours, theirs):
    """Both take the same number without names, in the same order."""

    def by_position(kind):
        several = signature(kind).parameters.values()
        return [each.name for each in several if each.kind is Parameter.POSITIONAL_OR_KEYWORD]

    assert by_position(ours) == by_position(theirs)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("sizes", [(8,), 8, [4, 4], ()], ids=str)
def test_layers_where_the_loss_should_be_are_told_their_name(language, sizes):
    use_language(language)
    with pytest.raises(UsageError, match="hidden_layer_sizes=") as caught:
        MLPRegressor(sizes).fit([[0.0], [1.0]], [0.0, 1.0])
    assert f"hidden_layer_sizes={sizes!r}" in str(caught.value)


@pytest.mark.parametrize("loss", ["log_loss", "exp", None, 1.5])
def test_another_loss_is_refused_with_the_two_that_there_are(loss):
    with pytest.raises(UsageError, match="one of: squared_error, poisson"):
        MLPRegressor(loss).fit([[0.0], [1.0]], [0.0, 1.0])


# --------------------------------------------------------------------------- hostile counts


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_negative_count_is_refused_with_its_row(language):
    use_language(language)
    X, y = counts(outputs=2)
    y[17, 1] = -0.5
    model = MLPRegressor("poisson", (3,), max_iter=2)
    for call in (model.fit, model.partial_fit):
        with pytest.raises(DataError, match=r"poisson.*(-0\.5.*17|17.*-0\.5)"):
            call(X, y)
    good, _ = counts(outputs=2)
    with pytest.raises(DataError, match="y_val"):
        model.fit(X, np.abs(y), X_val=good, y_val=-np.ones((200, 2)))
    MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(X, y)  # the squared error takes it


def test_a_search_names_the_row_of_the_table_and_not_that_of_a_fold():
    X, y = counts(60)
    y[50] = -1
    search = GridSearchCV(MLPRegressor(max_iter=2), {"loss": ["poisson"]}, cv=2, error_score="raise")
    with pytest.raises(DataError, match="row 50 "):
        search.fit(X, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_counts_that_are_all_zero_teach_that_the_rate_is_zero(solver, dtype):
    """There is no minimum, but the way down has no end that hurts: as with a single class."""
    X, y = counts(dtype=dtype)
    model = MLPRegressor("poisson", (4,), solver=solver, learning_rate_init=0.1).fit(X, 0 * y)
    assert model.predict(X).dtype == dtype
    assert 0 <= model.predict(X).max() < 0.1
    assert np.isfinite(model.theta_).all()


@pytest.mark.parametrize("engine", HERE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_a_rate_that_overflows_is_an_error_and_never_a_silent_nan(engine, dtype, solver):
    X, y = counts(dtype=dtype)
    start = [(np.full((1, 3), 400.0), np.zeros((1, 1)))]  # Z up to 1200
    model = MLPRegressor("poisson", (), solver=solver, initialization=start, engine=engine)
    with pytest.raises(DivergedError):
        model.fit(X, y)
    if solver == "sgd":
        with pytest.raises(DivergedError):
            MLPRegressor("poisson", (8,), solver="sgd", learning_rate_init=50.0, engine=engine).fit(X, y)


def test_a_prediction_that_overflows_is_an_error():
    X, y = counts()
    model = MLPRegressor("poisson", (), **SOLVED).fit(X, y)
    towards = np.sign(model.coefs_[0].T)
    with pytest.raises(DivergedError):
        model.predict(1e5 * towards)


@pytest.mark.parametrize("unit", [1e-4, 0.3, 1e4])
def test_large_and_tiny_and_fractional_rates_are_learned(unit):
    X, y = counts()
    model = MLPRegressor("poisson", (), **SOLVED | {"tol": 1e-8 * unit}).fit(X, unit * y)
    theirs = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(model.predict(X) / unit, theirs.predict(X), rtol=1e-3)


# --------------------------------------------------------------------------- the rest of an estimator


def test_float32_is_kept_and_near_float64():
    X, y = counts(dtype="float32")
    options = {"solver": "lbfgs", "max_iter": 500, "tol": 1e-4, "alpha": 0.0}
    narrow = MLPRegressor("poisson", (), **options).fit(X, y)
    wide = MLPRegressor("poisson", (), **options).fit(X.astype(float), y)
    assert narrow.theta_.dtype == narrow.predict(X).dtype == np.float32
    np.testing.assert_allclose(narrow.predict(X), wide.predict(X.astype(float)), rtol=1e-3)


@pytest.mark.skipif(not native_is_built(), reason="the native engine is not built")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_engines_train_the_same_network(dtype):
    X, y = counts(outputs=2, dtype=dtype)
    options = {"max_iter": 20, "learning_rate_init": 0.01, "batch_size": 32, "l1": 0.1, "dropout": 0.2}
    models = [MLPRegressor("poisson", (9, 5), engine=e, **options).fit(X, y) for e in ("numpy", "native")]
    close = {"rtol": 1e-3, "atol": 1e-4} if dtype == "float32" else {"rtol": 1e-9, "atol": 1e-11}
    np.testing.assert_allclose(models[0].theta_, models[1].theta_, **close)
    np.testing.assert_allclose(models[0].loss_curve_, models[1].loss_curve_, rtol=close["rtol"])


def test_early_stopping_watches_r2_and_restarts_are_compared_by_the_deviance():
    X, y = counts(300)
    model = MLPRegressor("poisson", (5,), early_stopping=True, learning_rate_init=0.03, max_iter=300)
    model.fit(X, y)
    assert len(model.validation_scores_) == model.n_iter_
    model = MLPRegressor("poisson", (), n_restarts=2, **SOLVED | {"max_iter": 30})
    model.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    held_out = mean_poisson_deviance(y[200:], model.predict(X[200:])) / 2
    assert min(model.restart_costs_) == pytest.approx(held_out, rel=1e-9)


def test_training_goes_on_piece_by_piece_and_with_the_same_loss_only():
    X, y = counts()
    whole = MLPRegressor("poisson", (4,), max_iter=6, batch_size=50, tol=0).fit(X, y)
    parts = (
        MLPRegressor("poisson", (4,), max_iter=3, batch_size=50, tol=0, warm_start=True).fit(X, y).fit(X, y)
    )
    np.testing.assert_array_equal(parts.theta_, whole.theta_)
    with pytest.raises(UsageError, match="output is now 'identity' and was 'exp'"):
        parts.set_params(loss="squared_error").fit(X, y)
    pieces = MLPRegressor("poisson", (4,), batch_size=50)
    for _ in range(6):
        pieces.partial_fit(X, y)
    np.testing.assert_array_equal(pieces.theta_, whole.theta_)


def test_a_search_over_both_losses_finds_what_each_of_them_finds_alone():
    """Negative numbers are an error of the candidates with counts, and of no other."""
    X, y = counts()
    cut = {"cv": KFold(3), "error_score": np.nan}
    grid = {"loss": ["squared_error", "poisson"], "alpha": [0.1, 10.0]}
    base = MLPRegressor(hidden_layer_sizes=(4,), max_iter=8, learning_rate_init=0.03)
    for estimator, prefix in ((base, ""), (make_pipeline(StandardScaler(), base), "mlpregressor__")):
        named = {prefix + name: values for name, values in grid.items()}
        search = GridSearchCV(estimator, named, **cut).fit(X, y)
        for k, params in enumerate(search.cv_results_["params"]):
            for f, (train, test) in enumerate(KFold(3).split(X)):
                alone = clone(estimator).set_params(**params).fit(X[train], y[train])
                assert search.cv_results_[f"split{f}_test_score"][k] == alone.score(X[test], y[test])
        y_below = y - 1.0
        search = GridSearchCV(estimator, named, **cut | {"refit": False})
        with pytest.warns(FitFailedWarning, match="poisson"):
            search.fit(X, y_below)
        finite = np.isfinite(search.cv_results_["mean_test_score"])
        losses = search.cv_results_[f"param_{prefix}loss"]
        assert finite.tolist() == [loss == "squared_error" for loss in losses]


def test_as_scikit_learns_own_class_it_predicts_the_same():
    X, y = counts(outputs=2)
    model = MLPRegressor("poisson", (5,), activation="tanh", max_iter=20).fit(X, y)
    theirs = model.to_sklearn()
    assert (theirs.loss, theirs.out_activation_) == ("poisson", "exp")
    np.testing.assert_allclose(theirs.predict(X), model.predict(X), rtol=1e-12)


def test_a_file_keeps_it_and_its_loss_must_be_that_of_its_network(tmp_path):
    X, y = counts()
    model = MLPRegressor("poisson", (5,), max_iter=5, warm_start=True).fit(X, y)
    shoal.save(model, tmp_path / "m.shoal")
    loaded = shoal.load(tmp_path / "m.shoal")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.fit(X, y).loss_curve_[:5] == model.loss_curve_  # it is trained on, from where it stood
    assert loaded.n_epochs_ == 10
    with pytest.raises(ModelFileError, match="loss` in the model file must be poisson"):
        shoal.save(model.set_params(loss="squared_error"), tmp_path / "other.shoal")


def test_own_weights_make_a_network_with_the_output_of_the_loss():
    model = MLPRegressor("poisson", ())
    model.coefs_, model.intercepts_ = [np.zeros((2, 1))], [np.log([3.0])]
    np.testing.assert_allclose(model.predict([[1.0, 2.0]]), [3.0])


# --------------------------------------------------------------------------- seen inside


@pytest.mark.parametrize("weighted", [False, True])
def test_the_yardstick_of_an_ending_is_the_deviance_from_the_mean(weighted):
    X, y = counts()
    v = np.random.default_rng(1).integers(0, 3, len(y)) if weighted else None
    mean = np.full(len(y), np.average(y, weights=v))
    wanted = mean_poisson_deviance(y, mean, sample_weight=v) / 2
    data = Data(X.T, y[None], None if v is None else v[None].astype(float))
    assert constant_cost(data, None, "exp") == pytest.approx(wanted, rel=1e-12)


def test_a_count_that_the_rate_strongly_denies_is_shown_as_a_suspect():
    X, y = counts(600)
    y[41] = 90
    model = MLPRegressor("poisson", (), **SOLVED).fit(X, y)
    assert model.doctor(X, y).of("label_suspects")[0].evidence["worst"] == 41


def test_the_gradients_are_checked_and_the_mistakes_found():
    X, y = counts(40, outputs=2)
    model = MLPRegressor("poisson", (4,), activation="tanh", max_iter=5).fit(X, y)
    assert model.check_gradients(X, y).ok
    assert not model.check_gradients(X, y, plant="output_slope").ok


def test_the_trace_of_one_unit_is_what_a_person_would_compute():
    seen = trace(shoal.book.Network((1, 1), (), "exp"), np.array([2.0, -1.0]), [[1.0]], [[5.0]])
    said = str(seen.example(0).unit(1, 1))
    assert "a = e^z = e^1 = 2.718" in said
    assert "da = 1 - y/a = -0.8394" in said
    assert "dz = da · a = (-0.8394) · 2.718 = a - y = 2.718 - 5 = -2.282" in said
    assert float(seen.dZ[1][0, 0]) == pytest.approx(np.e - 5)
    assert float(seen.dA[1][0, 0]) == pytest.approx(1 - 5 / np.e)


def test_the_doctor_is_silent_on_a_healthy_model_and_finds_what_ails_another():
    X, y = counts(600)
    healthy = MLPRegressor("poisson", (), **SOLVED).fit(X, y)
    assert healthy.doctor(X, y).gravest == ()
    stuck = MLPRegressor("poisson", (4,), learning_rate_init=1e-6, max_iter=5).fit(X, y)
    assert {"underfitting", "rate_too_small", "not_converged"} & {f.name for f in stuck.doctor(X, y).findings}
