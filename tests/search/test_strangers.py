"""Searches over estimators that are not shoal's: scikit-learn trains those, beside ours if there are some.

The judge is scikit-learn's own search over the same estimators and the same grid.
"""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from comparison import same_attributes, same_results
from sklearn import model_selection, neural_network
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

import shoal
from shoal import GridSearchCV, LogisticRegression, MLPClassifier, RandomizedSearchCV
from shoal.base.errors import UsageError
from shoal.engines.numpy import NumpyEngine
from shoal.search._kinds import Kinds

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X, y = make_classification(60, 4, flip_y=0.2, random_state=0)
FOLDS = StratifiedKFold(3)
NETWORK = MLPClassifier((3,), max_iter=5, learning_rate_init=0.05)
BASE = Pipeline([("scale", StandardScaler()), ("clf", NETWORK)])


def told(search, *fit, **params):
    """The fitted search, and what it said of strangers."""
    with warnings.catch_warnings(record=True) as all_told:
        warnings.simplefilter("always")
        search.fit(*(fit or (X, y)), **params)
    return search, [each for each in all_told if "scikit-learn" in str(each.message)]


# --------------------------------------------------------------------------- no candidate is ours

FOREIGN = {
    "sklearn.SVC": (SVC(), {"C": [0.1, 1]}),
    "sklearn.MLPClassifier": (neural_network.MLPClassifier(max_iter=3, random_state=0), {"alpha": [1, 2]}),
    "sklearn.Ridge": (TransformedTargetRegressor(Ridge()), {"regressor__alpha": [1, 9]}),
    "sklearn.OneVsRestClassifier": (OneVsRestClassifier(NETWORK), {"estimator__alpha": [1, 9]}),
    "sklearn.BaggingClassifier": (
        BaggingClassifier(NETWORK, n_estimators=2, random_state=0),
        {"estimator__alpha": [1, 9]},
    ),
    "sklearn.CalibratedClassifierCV": (CalibratedClassifierCV(NETWORK, cv=2), {"estimator__alpha": [1, 9]}),
    "sklearn.VotingClassifier": (
        VotingClassifier([("net", NETWORK), ("svc", SVC())]),
        {"net__alpha": [1, 9], "svc": [SVC(C=2), "drop"]},
    ),
    "sklearn.StackingClassifier": (
        StackingClassifier([("net", NETWORK)], final_estimator=LogisticRegression(), cv=2),
        {"net__alpha": [1, 9]},
    ),
    "shoal.GridSearchCV": (GridSearchCV(NETWORK, {"alpha": [1]}, cv=2), {"cv": [2, 3]}),
    "sklearn.SVC, behind others": (make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 2]}),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_scikit_learns_own_search_runs_and_one_warning_says_so(what):
    estimator, grid = FOREIGN[what]
    ours, warned = told(GridSearchCV(estimator, grid, cv=FOLDS, n_jobs=1, pre_dispatch="all"))
    theirs = model_selection.GridSearchCV(estimator, grid, cv=FOLDS).fit(X, y)
    same_results(ours.cv_results_, theirs.cv_results_)
    same_attributes(ours, theirs)
    (warning,) = warned
    assert str(warning.message).startswith(f"{what.partition(',')[0]} is not a network of shoal")
    assert warning.category is UserWarning
    assert Path(warning.filename) == Path(__file__)


def test_of_several_labels_too():
    labels = np.stack([y, X[:, 0] > 0], axis=1).astype(int)
    estimator, grid = MultiOutputClassifier(NETWORK), {"estimator__alpha": [1, 9]}
    ours, warned = told(GridSearchCV(estimator, grid, cv=KFold(3)), X, labels)
    theirs = model_selection.GridSearchCV(estimator, grid, cv=KFold(3)).fit(X, labels)
    same_results(ours.cv_results_, theirs.cv_results_)
    assert len(warned) == 1


def test_draws_are_those_of_scikit_learn():
    options = {"n_iter": 3, "cv": FOLDS}
    grid = {"C": np.linspace(0.1, 3, 20)}
    ours, _ = told(RandomizedSearchCV(SVC(), grid, random_state=np.random.RandomState(4), **options))
    theirs = model_selection.RandomizedSearchCV(
        SVC(), grid, random_state=np.random.RandomState(4), **options
    ).fit(X, y)
    same_results(ours.cv_results_, theirs.cv_results_)


def test_what_an_earlier_fit_had_of_ours_is_not_there_any_more():
    search = GridSearchCV(NETWORK, {"alpha": [1.0]}, cv=FOLDS).fit(X, y)
    assert search.histories_
    told(search.set_params(estimator=SVC(), param_grid={"C": [1.0]}))
    assert not {"histories_", "n_resumed_"} & set(vars(search))


def test_the_warning_is_in_chinese_too(monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    with pytest.warns(UserWarning, match=r"^sklearn\.SVC 不是 shoal 的网络.*逐个训练"):
        GridSearchCV(SVC(), {"C": [1]}, cv=2).fit(X, y)
    with pytest.warns(UserWarning, match=r"^2 个候选中有 1 个不是 shoal 的网络，例如 sklearn\.SVC"):
        GridSearchCV(BASE, {"clf": [NETWORK, SVC()]}, cv=2).fit(X, y)


# --------------------------------------------------------------------------- some candidates are ours

MIXED = {
    "two grids": [
        {"clf": [NETWORK], "clf__alpha": [0.1, 1.0]},
        {"clf": [SVC()], "clf__C": [0.1, 1.0]},
        {"clf": [LogisticRegression()], "clf__C": [1.0]},
    ],
    "strangers among ours": {"clf": [SVC(), NETWORK, GaussianNB(), MLPClassifier((2,), max_iter=4)]},
    "with steps before them": {"clf": [SVC(), NETWORK], "scale": [StandardScaler(), MinMaxScaler()]},
    "steps as a whole": {"steps": [[("clf", NETWORK)], [("s", MinMaxScaler()), ("clf", SVC())]]},
    "strangers alone": {"clf": [SVC(), GaussianNB()]},
    "nothing at the end": {"clf": [NETWORK, "passthrough"]},
}
OPTIONS = {
    "as it comes": {},
    "several scores": {"scoring": ["accuracy", "f1"], "refit": "f1", "return_train_score": True},
    "a score of one's own": {"scoring": lambda model, X, y: {"a": model.score(X, y), "b": 1}, "refit": "a"},
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("how", OPTIONS)
@pytest.mark.parametrize("what", MIXED)
def test_all_candidates_are_in_one_result_as_scikit_learn_has_it(what, how):
    options = {"cv": FOLDS, **OPTIONS[how]}
    ours = GridSearchCV(BASE, MIXED[what], **options)
    try:
        theirs = model_selection.GridSearchCV(BASE, MIXED[what], **options).fit(X, y)
    except Exception as error:
        with pytest.raises(type(error), match=re.escape(str(error))):
            ours.fit(X, y)
        return
    ours.fit(X, y)
    same_results(ours.cv_results_, theirs.cv_results_)
    same_attributes(ours, theirs)


@pytest.mark.parametrize("base", [SVC(), "passthrough"])
def test_the_network_may_stand_in_the_grid_only(base):
    """Then nothing but the grid says that there is something to train together."""
    pipeline = Pipeline([("scale", StandardScaler()), ("clf", base)])
    grid, options = {"clf": [NETWORK, LogisticRegression()]}, {"cv": FOLDS, "scoring": "accuracy"}
    search, warned = told(GridSearchCV(pipeline, grid, **options))
    theirs = model_selection.GridSearchCV(pipeline, grid, **options)
    same_results(search.cv_results_, theirs.fit(X, y).cv_results_)
    assert [None in curves for curves in search.histories_] == [False, True]
    assert warned == []


def test_weights_reach_ours_and_strangers():
    weights = np.random.default_rng(0).exponential(size=len(y))
    grid = {"clf": [NETWORK, SVC(), LogisticRegression()]}
    ours, _ = told(GridSearchCV(BASE, grid, cv=FOLDS), X, y, clf__sample_weight=weights)
    theirs = model_selection.GridSearchCV(BASE, grid, cv=FOLDS).fit(X, y, clf__sample_weight=weights)
    same_results(ours.cv_results_, theirs.cv_results_)


class Watching(NumpyEngine):
    """It notes how many networks it trains in each call."""

    together = []  # noqa: RUF012 (copies share it)

    def epochs(self, population, rates):
        Watching.together.append(len(population))
        return super().epochs(population, rates)

    def __deepcopy__(self, memo):
        return self


def test_ours_are_trained_together_to_the_bits_that_they_have_without_strangers():
    Watching.together.clear()
    watched = MLPClassifier((3,), max_iter=5, engine=Watching())
    ours = {"clf": [watched], "clf__alpha": [0.1, 1.0, 10.0]}
    mixed, warned = told(GridSearchCV(BASE, [{"clf": [SVC(), GaussianNB()]}, ours], cv=FOLDS, refit=False))
    assert set(Watching.together) == {9}  # three candidates on three folds
    alone = GridSearchCV(BASE, ours, cv=FOLDS, refit=False).fit(X, y)
    for fold in range(3):
        name = f"split{fold}_test_score"
        np.testing.assert_array_equal(mixed.cv_results_[name][2:], alone.cv_results_[name])
    assert mixed.histories_[:2] == [[None] * 3] * 2
    for curves, expected in zip(mixed.histories_[2:], alone.histories_, strict=True):
        for curve, other in zip(curves, expected, strict=True):
            np.testing.assert_array_equal(curve.cost, other.cost)
    (warning,) = warned
    assert str(warning.message).startswith("2 of 5 candidates are not networks of shoal, such as sklearn.SVC")
    assert Path(warning.filename) == Path(__file__)


def test_jobs_are_scikit_learns_and_change_no_score():
    grid = {"clf": [SVC(), NETWORK, GaussianNB(), SVC(C=2)]}
    two, _ = told(GridSearchCV(BASE, grid, cv=FOLDS, n_jobs=2, pre_dispatch="all"))
    one, _ = told(GridSearchCV(BASE, grid, cv=FOLDS, n_jobs=1))
    same_results(two.cv_results_, one.cv_results_)


def test_progress_counts_strangers_too():
    search = GridSearchCV(BASE, {"clf": [SVC(), NETWORK, GaussianNB()]}, cv=FOLDS, n_jobs=1)
    calls = []
    search.on_progress = lambda *said: calls.append(said)
    told(search)
    assert [said[:2] for said in calls] == [(3, 9), (6, 9), (9, 9)]
    assert calls[-1][2] == pytest.approx(search.best_score_, rel=1e-12)


def test_after_ctrl_c_what_was_finished_is_there():
    search = GridSearchCV(BASE, {"clf": [SVC(), NETWORK, GaussianNB()]}, cv=FOLDS, n_jobs=1)

    def stop(done, of, best):
        if done == 6:
            raise KeyboardInterrupt

    search.on_progress = stop
    with pytest.raises(KeyboardInterrupt):
        told(search)
    whole, _ = told(GridSearchCV(BASE, {"clf": [SVC(), NETWORK]}, cv=FOLDS, n_jobs=1))
    assert list(map(repr, search.cv_results_["param_clf"])) == list(map(repr, whole.cv_results_["param_clf"]))
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"])


@pytest.mark.filterwarnings("ignore:1 of 2 candidates:UserWarning", "ignore:One or more of:UserWarning")
def test_a_stranger_that_fails_is_worth_the_error_score_or_ends_the_search():
    grid = {"clf": [NETWORK, SVC(C=-1.0)]}
    with pytest.warns(FitFailedWarning, match="3 fits failed out of a total of 6"):
        search = GridSearchCV(BASE, grid, cv=FOLDS, error_score=-7.0).fit(X, y)
    assert search.cv_results_["mean_test_score"][1] == -7.0
    with pytest.raises(ValueError, match="'C' parameter of SVC"):
        told(GridSearchCV(BASE, grid, cv=FOLDS, error_score="raise"))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_parameter_that_only_ours_have_ends_the_search():
    grid = {"clf": [NETWORK, SVC()], "clf__alpha": [1.0]}
    with pytest.raises(ValueError, match="Invalid parameter 'alpha' for estimator SVC"):
        GridSearchCV(BASE, grid, cv=FOLDS).fit(X, y)


# --------------------------------------------------------------------------- studies

STUDIES = {"alone": (SVC(), {"C": [1]}), "among ours": (BASE, {"clf": [NETWORK, SVC()]})}


@pytest.mark.parametrize("what", STUDIES)
def test_a_study_of_strangers_is_refused_before_there_is_a_folder(what, tmp_path, monkeypatch):
    search = GridSearchCV(*STUDIES[what], cv=FOLDS, study=tmp_path / "new")
    with pytest.raises(UsageError, match=r"scikit-learn trains sklearn\.SVC: leave out study"):
        search.fit(X, y)
    monkeypatch.setenv("SHOAL_LANG", "zh")
    with pytest.raises(UsageError, match=r"sklearn\.SVC 由 scikit-learn 训练：请去掉 study"):
        search.fit(X, y)
    assert not list(tmp_path.iterdir())


def of_its_own(base, settings, splitter=None):
    """A search class that gives candidates, and folds, that are not its parameters."""

    class Own(base):
        def _run_search(self, evaluate):
            evaluate([{"alpha": 1.0}])
            evaluate(settings, splitter)
            evaluate([{"alpha": 2.0}])

    return Own


def test_candidates_that_no_grid_names_are_refused_in_a_study_too(tmp_path):
    own = of_its_own(GridSearchCV, [{"clf": SVC()}])
    own._run_search = lambda self, evaluate: evaluate([{"clf": SVC()}])
    with pytest.raises(UsageError, match="leave out study"):
        own(BASE, {}, cv=FOLDS, study=tmp_path).fit(X, y)


def test_a_search_of_ones_own_may_cut_other_folds_but_not_in_a_study(tmp_path):
    others = KFold(3, shuffle=True, random_state=5)
    ours = of_its_own(GridSearchCV, [{"alpha": 1.0}], others)(NETWORK, {}, cv=FOLDS).fit(X, y)
    theirs = of_its_own(model_selection.GridSearchCV, [{"alpha": 1.0}], others)(NETWORK, {}, cv=FOLDS)
    same_results(ours.cv_results_, theirs.fit(X, y).cv_results_)
    with pytest.raises(UsageError, match="same folds for all candidates"):
        of_its_own(GridSearchCV, [{"alpha": 1.0}], others)(NETWORK, {}, cv=FOLDS, study=tmp_path).fit(X, y)


# --------------------------------------------------------------------------- ours, but not quite


class Majority(MLPClassifier):
    """A subclass that trains no network."""

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.most_)


class Quiet(Majority):
    """It counts as one of shoal's own modules, so nothing but the missing network tells it apart."""

    __module__ = "shoal.somewhere"


@pytest.mark.parametrize("error_score", [0, "raise"])
@pytest.mark.parametrize("kind", [Majority, Quiet])
def test_a_subclass_that_fits_without_a_network_is_scored_by_scikit_learn(kind, error_score):
    options = {"cv": FOLDS, "error_score": error_score}
    ours, warned = told(GridSearchCV(kind(), {"alpha": [1.0, 2.0]}, **options))
    theirs = model_selection.GridSearchCV(kind(), {"alpha": [1.0, 2.0]}, **options).fit(X, y)
    same_results(ours.cv_results_, theirs.cv_results_)
    assert warned == []


class FixedEpochs(MLPClassifier):
    """A subclass whose epochs are no parameter."""

    def __init__(self, hidden_layer_sizes=(3,)):
        super().__init__(hidden_layer_sizes, max_iter=9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"])
def test_a_subclass_with_fewer_parameters_is_searched_as_scikit_learn_does(kind):
    grid = {"hidden_layer_sizes": [(2,), (3,)]}
    options = {"random_state": 0} if "Halving" in kind else {"n_iter": 2} if "Random" in kind else {}
    ours = getattr(shoal, kind)(FixedEpochs(), grid, cv=FOLDS, **options).fit(X, y)
    theirs = getattr(model_selection, kind)(FixedEpochs(), grid, cv=FOLDS, **options).fit(X, y)
    np.testing.assert_array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])


@pytest.mark.parametrize("kind", ["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"])
def test_a_class_in_the_place_of_an_estimator_is_named(kind):
    with pytest.raises(TypeError, match=r"MLPClassifier\(\).*class instead"):
        getattr(shoal, kind)(MLPClassifier, {"alpha": [1]}).fit(X, y)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize(
    "grid",
    [
        {"solver": ["lbfgs", "liblinear", "saga"], "C": [0.1, 1.0]},
        {"penalty": ["l1", "l2"], "solver": ["saga"]},
        {"random_state": [0, None], "n_jobs": [None, 2], "verbose": [0], "warm_start": [False]},
    ],
)
def test_the_parameters_of_logistic_regression_are_searched_as_scikit_learn_does(grid):
    search, warned = told(GridSearchCV(LogisticRegression(), grid, cv=FOLDS))
    theirs = model_selection.GridSearchCV(LogisticRegression(), grid, cv=FOLDS).fit(X, y)
    same_results(search.cv_results_, theirs.cv_results_)
    assert search.histories_
    assert warned == []


# --------------------------------------------------------------------------- whose they are

NESTED = Pipeline([("inner", BASE)])


@pytest.mark.parametrize(
    ("estimator", "grid", "some", "every"),
    [
        (NETWORK, {"alpha": [1]}, True, True),
        (SVC(), {"C": [1]}, False, False),
        (BASE, {}, True, True),
        (BASE, {"clf": [SVC()]}, False, False),
        (BASE, [{"clf": [SVC()]}, {"scale": ["passthrough"]}], True, False),
        (NESTED, {"inner__clf": [NETWORK, SVC()]}, True, False),
        (NESTED, {"inner": [BASE, make_pipeline(SVC())]}, True, False),
        (NESTED, {"inner__steps": [[("only", SVC())]]}, False, False),
    ],
)
def test_the_grid_says_whose_the_candidates_are(estimator, grid, some, every):
    for search in (GridSearchCV(estimator, grid), RandomizedSearchCV(estimator, grid)):
        kinds = Kinds.of(search)
        assert (kinds.some_ours, kinds.all_ours) == (some, every)


@pytest.mark.parametrize("kind", ["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"])
def test_values_that_cannot_be_set_are_refused_as_ever(kind):
    with pytest.raises((TypeError, ValueError)):
        getattr(shoal, kind)(BASE, {"clf": 3}).fit(X, y)
