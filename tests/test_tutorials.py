"""What tutorials of scikit-learn do, with the import changed: it runs, and comes out as well as there.

Each tutorial here is a function of the classes that it uses and gives a score, the larger the better.
They are written for these tests, after the ways of working that the gallery and the user guide of
scikit-learn teach.
"""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.model_selection
import sklearn.neural_network
from scipy.stats import loguniform
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
    make_circles,
    make_classification,
    make_moons,
    make_multilabel_classification,
)
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, StackingRegressor, VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (scikit-learn asks for it)
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer
from sklearn.feature_selection import RFECV, SelectFromModel, SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.inspection import DecisionBoundaryDisplay, partial_dependence, permutation_importance
from sklearn.linear_model import RidgeCV
from sklearn.metrics import accuracy_score, brier_score_loss, classification_report, f1_score, roc_auc_score
from sklearn.model_selection import (
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC

import shoal

SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
HOMES = {
    sklearn.linear_model: ("LogisticRegression",),
    sklearn.neural_network: ("MLPClassifier", "MLPRegressor"),
    sklearn.model_selection: SEARCHES,
}
OURS = SimpleNamespace(**{name: getattr(shoal, name) for names in HOMES.values() for name in names})
THEIRS = SimpleNamespace(**{name: getattr(home, name) for home, names in HOMES.items() for name in names})
NEAR = 0.05  # two good fits of the same model differ by that much on a few test rows

pytestmark = [
    pytest.mark.slow,
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore:.*one by one"),
    pytest.mark.filterwarnings("ignore:.*has no effect with solver='lbfgs'"),
]


def classify_iris(lib):
    """The first example of the user guide."""
    X, y = load_iris(return_X_y=True)
    model = lib.LogisticRegression(random_state=0).fit(X, y)
    assert model.predict(X[:2]).tolist() == [0, 0]
    assert model.predict_proba(X[:2]).shape == (2, 3)
    return model.score(X, y)


def l1_and_sparsity(lib):
    """One model for each C; the smaller C, the more weights are zero."""
    X, y = load_digits(return_X_y=True)
    X, y = StandardScaler().fit_transform(X[:600]), (y[:600] > 4).astype(int)
    models = [lib.LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.01) for C in (1, 0.1, 0.01)]
    zeros = [np.mean(model.fit(X, y).coef_.ravel() == 0) for model in models]
    assert zeros == sorted(zeros)
    return models[0].score(X, y)


def regularization_path(lib):
    """A warm-started model whose C is set anew, its weights copied each time."""
    X, y = load_breast_cancer(return_X_y=True)
    X, path = StandardScaler().fit_transform(X), []
    model = lib.LogisticRegression(
        l1_ratio=1, solver="liblinear", tol=1e-6, max_iter=int(1e6), warm_start=True
    )
    for C in np.logspace(-2, 0, 5):
        model.set_params(C=C)
        model.fit(X, y)
        path.append(model.coef_.ravel().copy())
    assert np.count_nonzero(path[0]) < np.count_nonzero(path[-1])
    return model.score(X, y)


def mixed_columns(lib):
    """Numbers and texts with holes through a ColumnTransformer, and a random search over all of it."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    age, fare = rng.uniform(1, 80, 300), rng.lognormal(3, 1, 300)
    town = rng.choice(["S", "C", "Q"], 300)
    y = (age / 40 - np.log(fare) / 3 + (town == "C") + rng.normal(0, 0.3, 300) > 0).astype(int)
    X = pandas.DataFrame({"age": np.where(rng.random(300) < 0.1, np.nan, age), "fare": fare, "town": town})
    numeric = Pipeline([("imputer", SimpleImputer(strategy="median")), ("scaler", StandardScaler())])
    columns = ColumnTransformer(
        [("num", numeric, ["age", "fare"]), ("cat", OneHotEncoder(handle_unknown="ignore"), ["town"])]
    )
    model = Pipeline([("preprocessor", columns), ("classifier", lib.LogisticRegression())])
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
    grid = {
        "preprocessor__num__imputer__strategy": ["mean", "median"],
        "classifier__C": loguniform(0.01, 100),
    }
    search = lib.RandomizedSearchCV(model, grid, n_iter=5, random_state=0).fit(X_train, y_train)
    assert set(search.best_params_) == set(grid)
    return search.score(X_test, y_test)


def words(lib):
    """Counts of words, their weights, a classifier, and a grid over the three steps."""
    rng = np.random.default_rng(1)
    space, medicine = (
        ["orbit", "launch", "moon", "rocket", "sky"],
        ["doctor", "pill", "blood", "nurse", "sky"],
    )
    texts = [" ".join(rng.choice(pool, 4)) for pool in (space, medicine) for _ in range(40)]
    y = ["space"] * 40 + ["medicine"] * 40
    model = Pipeline(
        [("vect", CountVectorizer()), ("tfidf", TfidfTransformer()), ("clf", lib.LogisticRegression())]
    )
    grid = {"vect__ngram_range": [(1, 1), (1, 2)], "tfidf__use_idf": (True, False), "clf__C": (1e-2, 1e2)}
    search = lib.GridSearchCV(model, grid, n_jobs=2, verbose=0).fit(texts, y)
    assert search.predict(["the rocket and the moon"]).tolist() == ["space"]
    return search.best_score_


def out_of_core(lib):
    """Hashed texts in batches through partial_fit, all classes named in the first call."""
    rng = np.random.default_rng(2)
    vectorizer = HashingVectorizer(n_features=2**8, alternate_sign=False)
    model = lib.MLPClassifier((16,), random_state=0, learning_rate_init=0.01)

    def batch():
        y = rng.integers(0, 2, 100)
        return vectorizer.transform([("good fine " if k else "bad sad ") + "word " * k for k in y]), y

    for _ in range(30):
        X, y = batch()
        model.partial_fit(X, y, classes=[0, 1])
    X, y = batch()
    return model.score(X, y)


def images(lib):
    """A few epochs on images with warnings silenced, and the first weights looked at as images."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0, test_size=0.7)
    model = lib.MLPClassifier(
        hidden_layer_sizes=(40,),
        max_iter=8,
        alpha=1e-4,
        solver="sgd",
        verbose=False,
        random_state=1,
        learning_rate_init=0.2,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning, module="sklearn")
        model.fit(X_train, y_train)
    low, high = model.coefs_[0].min(), model.coefs_[0].max()
    assert [coef.reshape(8, 8).shape for coef in model.coefs_[0].T] == [(8, 8)] * 40
    assert low < 0 < high
    return model.score(X_test, y_test)


def learning_strategies(lib):
    """A list of settings, one network for each, and their curves."""
    X, y = load_iris(return_X_y=True)
    X = MinMaxScaler().fit_transform(X)
    sgd = {"solver": "sgd", "learning_rate_init": 0.2}
    settings = [
        sgd | {"learning_rate": "constant", "momentum": 0},
        sgd | {"learning_rate": "constant", "momentum": 0.9, "nesterovs_momentum": False},
        sgd | {"learning_rate": "constant", "momentum": 0.9, "nesterovs_momentum": True},
        sgd | {"learning_rate": "invscaling", "momentum": 0.9, "nesterovs_momentum": True},
        {"solver": "adam", "learning_rate_init": 0.01},
    ]
    models = [lib.MLPClassifier(random_state=0, max_iter=200, **params).fit(X, y) for params in settings]
    for model in models:
        assert len(model.loss_curve_) == model.n_iter_
        assert model.loss_ == pytest.approx(model.loss_curve_[-1], rel=0.5)
    return max(model.score(X, y) for model in models)


def varying_alpha(lib):
    """Pipelines that differ in alpha, by L-BFGS with early stopping asked for, on three small sets."""
    X, y = make_classification(
        n_features=2, n_redundant=0, n_informative=2, random_state=0, n_clusters_per_class=1
    )
    data = [
        make_moons(noise=0.3, random_state=0),
        make_circles(noise=0.2, factor=0.5, random_state=1),
        (X, y),
    ]
    scores = []
    for X, y in data:
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=42)
        for alpha in np.logspace(-1, 1, 3):
            network = lib.MLPClassifier(
                solver="lbfgs",
                alpha=alpha,
                random_state=1,
                max_iter=2000,
                early_stopping=True,
                hidden_layer_sizes=[10, 10],
            )
            model = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
            DecisionBoundaryDisplay.from_estimator(
                model, X, grid_resolution=5, plot_method="contour", alpha=0.8
            )
            scores.append(model.score(X_test, y_test))
    return np.mean(scores)


def grid_of_a_tutorial(lib):
    """Three solvers beside two schedules of the rate, which L-BFGS does not have."""
    X, y = load_wine(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    model = make_pipeline(StandardScaler(), lib.MLPClassifier(max_iter=60, random_state=0))
    grid = {
        "mlpclassifier__hidden_layer_sizes": [(10,), (10, 5)],
        "mlpclassifier__activation": ["tanh", "relu"],
        "mlpclassifier__solver": ["sgd", "adam", "lbfgs"],
        "mlpclassifier__learning_rate": ["constant", "adaptive"],
    }
    search = lib.GridSearchCV(model, grid, n_jobs=-1, cv=3, return_train_score=True).fit(X_train, y_train)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert "precision" in classification_report(y_test, search.predict(X_test))
    return search.score(X_test, y_test)


def nested_cross_validation(lib):
    """A search inside cross_val_score."""
    X, y = load_iris(return_X_y=True)
    inner, outer = StratifiedKFold(3, shuffle=True, random_state=0), StratifiedKFold(4)
    search = lib.GridSearchCV(lib.LogisticRegression(max_iter=1000), {"C": [0.1, 1, 10]}, cv=inner)
    return cross_val_score(search, X, y, cv=outer).mean()


def several_scores(lib):
    """A search and cross_validate with several scores at once."""
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), lib.LogisticRegression())
    scoring = {"AUC": "roc_auc", "Accuracy": "accuracy"}
    search = lib.GridSearchCV(model, {"logisticregression__C": [0.1, 1]}, scoring=scoring, refit="AUC").fit(
        X, y
    )
    assert "mean_test_Accuracy" in search.cv_results_
    done = cross_validate(model, X, y, scoring=list(scoring.values()), return_estimator=True, cv=3)
    assert all(hasattr(each[-1], "coef_") for each in done["estimator"])
    return search.best_score_


def successive_halving(lib):
    """Half of the candidates on twice the rows, of an SVC and of a network."""
    X, y = make_classification(400, flip_y=0.05, random_state=0)
    svc = lib.HalvingGridSearchCV(SVC(gamma="auto"), {"C": [0.1, 1, 10, 100]}, factor=2, random_state=0).fit(
        X, y
    )
    assert svc.n_resources_[-1] > svc.n_resources_[0]
    model = lib.MLPClassifier((8,), max_iter=30, random_state=0)
    settings = {"resource": "max_iter", "max_resources": 60, "random_state": 0}
    grid = {"alpha": loguniform(1e-5, 1), "learning_rate_init": [0.001, 0.01]}
    return lib.HalvingRandomSearchCV(model, grid, **settings).fit(X, y).best_score_


def votes(lib):
    """Three kinds of classifiers that vote, and a grid over their parameters."""
    X, y = load_iris(return_X_y=True)
    members = [
        ("lr", lib.LogisticRegression(solver="lbfgs", max_iter=1000, random_state=1)),
        ("rf", RandomForestClassifier(n_estimators=10, random_state=1)),
        ("gnb", GaussianNB()),
    ]
    model = VotingClassifier(members, voting="soft", weights=[2, 1, 1])
    grid = {"lr__C": [1.0, 100.0], "rf__n_estimators": [5, 10]}
    return lib.GridSearchCV(model, grid, cv=3).fit(X, y).best_score_


def stacking(lib):
    """A network beside a ridge, and one model that learns from both."""
    X, y = load_diabetes(return_X_y=True)
    network = make_pipeline(
        StandardScaler(), lib.MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", alpha=10)
    )
    network.set_params(mlpregressor__random_state=0, mlpregressor__max_iter=100)
    model = StackingRegressor([("net", network), ("ridge", RidgeCV())], final_estimator=RidgeCV())
    return cross_val_score(model, X, y, cv=3).mean()


def bagging_and_one_against_the_rest(lib):
    """Ensembles that clone what they are given."""
    X, y = load_iris(return_X_y=True)
    bag = BaggingClassifier(lib.LogisticRegression(), n_estimators=5, random_state=0, n_jobs=2).fit(X, y)
    rest = OneVsRestClassifier(lib.LogisticRegression()).fit(X, y)
    assert rest.score(X, y) > 0.9
    return bag.score(X, y)


def chains_of_labels(lib):
    """Several labels: each classifier sees the labels before its own."""
    X, Y = make_multilabel_classification(200, n_classes=4, random_state=0)
    X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.3, random_state=0)
    chain = ClassifierChain(lib.LogisticRegression(max_iter=1000), order="random", random_state=0)
    chained = f1_score(Y_test, chain.fit(X_train, Y_train).predict(X_test), average="micro")
    network = lib.MLPClassifier((20,), max_iter=300, random_state=0).fit(X_train, Y_train)
    return (chained + f1_score(Y_test, network.predict(X_test), average="micro")) / 2


def choice_of_columns(lib):
    """Columns chosen by a test, by elimination, by weights that are zero."""
    X, y = make_classification(300, 15, n_informative=3, n_redundant=2, random_state=0)
    eliminated = RFECV(lib.LogisticRegression(), step=1, cv=StratifiedKFold(3), min_features_to_select=1).fit(
        X, y
    )
    assert 1 <= eliminated.n_features_ <= 15
    few = SelectFromModel(lib.LogisticRegression(C=0.05, l1_ratio=1, solver="liblinear")).fit(X, y)
    assert 0 < few.transform(X).shape[1] < 15
    chosen = make_pipeline(SelectKBest(f_classif, k=5), lib.LogisticRegression())
    return cross_val_score(chosen, X, y).mean()


def calibration(lib):
    """Probabilities that are made to agree with how often it comes true."""
    X, y = make_classification(500, n_informative=4, flip_y=0.2, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = CalibratedClassifierCV(
        lib.MLPClassifier((10,), max_iter=100, random_state=0), method="isotonic", cv=2
    )
    return 1 - brier_score_loss(y_test, model.fit(X_train, y_train).predict_proba(X_test)[:, 1])


def tuned_threshold(lib):
    """The threshold that is best for a score, with weights of classes."""
    X, y = make_classification(500, weights=[0.9], random_state=0)
    model = lib.LogisticRegression(class_weight="balanced")
    tuned = TunedThresholdClassifierCV(model, scoring="f1").fit(X, y)
    assert 0 < tuned.best_threshold_ < 1
    return roc_auc_score(y, tuned.predict_proba(X)[:, 1])


def partial_dependences(lib):
    """A regressor behind a transformer of quantiles, asked how it depends on each column."""
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(
        QuantileTransformer(n_quantiles=100),
        lib.MLPRegressor(
            hidden_layer_sizes=(30, 15), learning_rate_init=0.01, early_stopping=True, random_state=0
        ),
    ).fit(X, y - y.mean())
    assert partial_dependence(model, X, [2], grid_resolution=5)["average"].shape == (1, 5)
    assert permutation_importance(model, X, y - y.mean(), n_repeats=2, random_state=0).importances.shape == (
        10,
        2,
    )
    return model.score(X, y - y.mean())


def transformed_target(lib):
    """A target whose logarithm is learned, judged by predictions that were cross-validated."""
    X, y = load_diabetes(return_X_y=True)
    network = lib.MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.1, random_state=0)
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), network), func=np.log1p, inverse_func=np.expm1
    )
    predicted = cross_val_predict(model, X, y, cv=3)
    return np.corrcoef(predicted, y)[0, 1]


def curves(lib):
    """Scores over the number of rows, and over a parameter."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:400] / 16, y[:400]
    sizes, _, _ = learning_curve(lib.LogisticRegression(), X, y, train_sizes=[0.3, 1.0], cv=3)
    assert len(sizes) == 2
    _, test = validation_curve(lib.LogisticRegression(), X, y, param_name="C", param_range=[0.01, 1], cv=3)
    return test.mean(axis=1).max()


def semi_supervised(lib):
    """Labels of -1 are found by the model itself."""
    X, y = load_iris(return_X_y=True)
    hidden = np.where(np.random.default_rng(0).random(150) < 0.6, -1, y)
    return accuracy_score(
        y, SelfTrainingClassifier(lib.LogisticRegression(max_iter=500)).fit(X, hidden).predict(X)
    )


def polynomials(lib):
    """Which degree is enough, and which classifier: a search over the steps of a pipeline."""
    X, y = make_moons(200, noise=0.2, random_state=0)
    model = Pipeline([("poly", PolynomialFeatures()), ("scale", StandardScaler()), ("clf", SVC())])
    grid = [
        {"clf": [lib.LogisticRegression(max_iter=1000)], "poly__degree": [1, 3], "clf__C": [1, 10]},
        {"clf": [SVC()], "poly__degree": [1]},
    ]
    return lib.GridSearchCV(model, grid).fit(X, y).best_score_


TUTORIALS = (
    classify_iris,
    l1_and_sparsity,
    regularization_path,
    mixed_columns,
    words,
    out_of_core,
    images,
    learning_strategies,
    varying_alpha,
    grid_of_a_tutorial,
    nested_cross_validation,
    several_scores,
    successive_halving,
    votes,
    stacking,
    bagging_and_one_against_the_rest,
    chains_of_labels,
    choice_of_columns,
    calibration,
    tuned_threshold,
    partial_dependences,
    transformed_target,
    curves,
    semi_supervised,
    polynomials,
)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda tutorial: tutorial.__name__)
def test_a_tutorial_comes_out_as_with_scikit_learn(tutorial):
    ours = tutorial(OURS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = tutorial(THEIRS)
    assert ours >= theirs - NEAR
