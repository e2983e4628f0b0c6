"""What a search says while it runs: progress, lines, and one warning."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold

from shoal import GridSearchCV, HalvingGridSearchCV, LogisticRegression, MLPClassifier
from shoal.search import _waves as waves

pytestmark = pytest.mark.unchecked_shapes
quiet = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.FitFailedWarning",
    "ignore:One or more of the test scores are non-finite:UserWarning",
)
X, y = make_classification(60, 4, flip_y=0.2, random_state=0)
FOLDS = StratifiedKFold(3)
GRID = {"alpha": [0.1, 1.0, 10.0], "hidden_layer_sizes": [(2,), (3,)]}


def network(**params):
    return MLPClassifier(**{"max_iter": 3, "learning_rate_init": 0.05, "random_state": 1} | params)


# --------------------------------------------------------------------------- progress


def told(search, monkeypatch, per_wave=2):
    """What a search says of its progress when so many candidates are a wave, and the search."""
    monkeypatch.setattr(waves, "MOST_FITS", per_wave * 3)
    calls = []
    search.on_progress = lambda *said: calls.append(said)
    return calls, search.fit(X, y)


@quiet
@pytest.mark.parametrize("per_wave", [1, 4, 100])
def test_progress_only_grows_and_ends_complete(per_wave, monkeypatch):
    calls, search = told(GridSearchCV(network(), GRID, cv=FOLDS), monkeypatch, per_wave)
    done = [said[0] for said in calls]
    assert done == [*range(3 * per_wave, 18, 3 * per_wave), 18]
    assert {said[1] for said in calls} == {18}
    means = search.cv_results_["mean_test_score"]
    assert [said[2] for said in calls] == pytest.approx([means[: n // 3].max() for n in done], rel=1e-12)


@quiet
@pytest.mark.parametrize(("solver", "per_wave"), [("adam", 4), ("lbfgs", 1)])
def test_a_wave_has_room_for_what_its_solvers_remember(solver, per_wave, monkeypatch):
    """L-BFGS remembers more than twenty numbers a parameter, Adam two."""
    parameters, fits = 4 * 2 + 2 + 2 + 1, 3 * 4
    monkeypatch.setattr(waves, "MOST_BYTES", 8 * 4 * parameters * fits)
    grid = {"alpha": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}
    search = GridSearchCV(network(hidden_layer_sizes=(2,), solver=solver), grid, cv=FOLDS)
    calls, _ = told(search, monkeypatch, per_wave=100)
    assert [said[0] for said in calls] == list(range(3 * per_wave, 25, 3 * per_wave))


@quiet
def test_what_a_study_has_counts_as_done_at_once(tmp_path, monkeypatch):
    for alphas in ([0.1, 1.0], [0.1, 1.0, 10.0]):
        search = GridSearchCV(network(), {"alpha": alphas}, cv=FOLDS, study=tmp_path)
        calls, search = told(search, monkeypatch)
    assert [said[:2] for said in calls] == [(6, 9), (9, 9)]
    assert calls[0][2] == pytest.approx(search.cv_results_["mean_test_score"][:2].max(), rel=1e-12)


@quiet
@pytest.mark.parametrize("scoring", [None, ["accuracy", "roc_auc"]])
def test_the_best_so_far_is_of_those_that_did_not_fail(scoring, monkeypatch):
    refit = "roc_auc" if scoring else True
    grid = {"alpha": [-1.0, -2.0, 0.1, 1.0]}
    calls, search = told(GridSearchCV(network(), grid, cv=FOLDS, scoring=scoring, refit=refit), monkeypatch)
    assert [said[2] for said in calls] == [None, pytest.approx(search.best_score_, rel=1e-12)]


def two_scores(estimator, X, y):
    """A scorer that says several things at once."""
    P = estimator.predict_proba(X)
    return {"sure": float(P.max(axis=1).mean()), "right": float(P[np.arange(len(y)), y].mean())}


def best_of_right(results):
    return int(np.nanargmax(results["mean_test_right"]))


@quiet
@pytest.mark.parametrize(("refit", "name"), [("right", "right"), (best_of_right, "sure"), (False, "sure")])
def test_of_several_scores_the_best_is_that_of_the_refit_or_of_the_first(refit, name, monkeypatch):
    grid = {"alpha": [-1.0, 0.1, 1.0, 10.0]}  # one that fails, and is worth a number and no scores
    search = GridSearchCV(network(), grid, cv=FOLDS, scoring=two_scores, refit=refit)
    calls, search = told(search, monkeypatch)
    best = [np.nanmax(search.cv_results_[f"mean_test_{name}"][:n]) for n in (2, 4)]
    assert [said[2] for said in calls] == pytest.approx(best, rel=1e-12)


@quiet
@pytest.mark.filterwarnings("ignore:The scoring .* does not support sample_weight:UserWarning")
def test_a_fold_that_failed_makes_the_mean_no_number():
    """Where the rows to learn from have no weight, the fit is worth a number, and no scores by name."""
    weights = np.repeat([1.0, 0.0], [20, 40])
    search = GridSearchCV(network(), {"alpha": [0.1]}, cv=KFold(3), scoring=two_scores, refit=False)
    calls = []
    search.on_progress = lambda *said: calls.append(said)
    search.fit(X, y, sample_weight=weights)
    scores = [search.cv_results_[f"split{fold}_test_right"][0] for fold in range(3)]
    assert np.isnan(scores).tolist() == [True, False, False]
    assert calls == [(3, 3, None)]


# --------------------------------------------------------------------------- lines

LINES = {
    "en": (
        "training 2 candidates on 3 folds",
        r"fold {fold}: alpha={alpha}, hidden_layer_sizes=\(2,\); \d+\.\d{{3}} s",
        r"; score {score}",
    ),
    "zh": (
        "正在训练 2 个候选，每个 3 折",
        r"第 {fold} 折：alpha={alpha}, hidden_layer_sizes=\(2,\)；\d+\.\d{{3}} 秒",
        r"；得分 {score}",
    ),
}


@quiet
@pytest.mark.parametrize("language", LINES)
@pytest.mark.parametrize("verbose", [0, 1, 2, 3, 9])
@pytest.mark.parametrize("scoring", ["accuracy", ["roc_auc", "f1"]])
def test_the_louder_the_more_lines(language, verbose, scoring, capsys, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", language)
    grid = {"alpha": [0.5, 1.0], "hidden_layer_sizes": [(2,)]}
    search = GridSearchCV(network(), grid, cv=FOLDS, verbose=verbose, scoring=scoring, refit=False).fit(X, y)
    printed = capsys.readouterr().out.splitlines()
    first, fit, ending = LINES[language]
    expected = [re.escape(first)] if verbose else []
    for candidate, alpha in enumerate((0.5, 1.0) if verbose > 1 else ()):
        for fold in range(3):
            scores = {
                name.removeprefix(f"split{fold}_test_"): values[candidate]
                for name, values in search.cv_results_.items()
                if name.startswith(f"split{fold}_test_")
            }
            shown = [f"{name} {score:.3f}" for name, score in sorted(scores.items())]
            score = f"{scores['score']:.3f}" if scoring == "accuracy" else ", ".join(shown)
            line = fit.format(fold=fold + 1, alpha=alpha)
            expected.append(line + (ending.format(score=score) if verbose > 2 else ""))
    assert len(printed) == len(expected)
    for line, pattern in zip(printed, expected, strict=True):
        assert re.fullmatch(pattern, line)


# --------------------------------------------------------------------------- the warning


def limits(search, *fit, **params):
    """The warnings of a search about fits that ended at their limit, and not those of the refit."""
    with warnings.catch_warnings(record=True) as all_told:
        warnings.simplefilter("always")
        search.set_params(refit=False).fit(*fit, **params)
    return [one for one in all_told if issubclass(one.category, ConvergenceWarning)]


def test_many_fits_that_end_at_max_iter_are_one_warning_with_counts_at_the_callers_line():
    converged = network(tol=1e9, n_iter_no_change=1, max_iter=30)
    grid = [{"tol": [1e9, 1e8]}, {"n_iter_no_change": [100], "alpha": [0.1, 1.0, 10.0]}]
    (warning,) = limits(GridSearchCV(converged, grid, cv=FOLDS), X, y)
    assert str(warning.message).startswith("9 of 15 fits ended at max_iter or max_fun")
    assert Path(warning.filename) == Path(__file__)


def test_the_limit_of_l_bfgs_is_named_as_well():
    lbfgs = MLPClassifier((4,), solver="lbfgs", max_fun=5)
    (warning,) = limits(GridSearchCV(lbfgs, {"alpha": [0.1]}, cv=FOLDS), X, y)
    assert "max_fun" in str(warning.message)


def test_in_chinese_too(monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    (warning,) = limits(GridSearchCV(network(), {"alpha": [0.1]}, cv=FOLDS), X, y)
    assert str(warning.message).startswith("3 次拟合中有 3 次因达到 max_iter 或 max_fun 而结束")


def test_a_resumed_search_warns_as_if_it_had_not_been_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(waves, "MOST_FITS", 3)
    for alphas in ([0.1], [0.1, 1.0]):
        search = GridSearchCV(network(), {"alpha": alphas}, cv=FOLDS, study=tmp_path)
        (warning,) = limits(search, X, y)
        fits = 3 * len(alphas)
        assert str(warning.message).startswith(f"{fits} of {fits} fits")


def test_fits_that_end_by_their_own_rule_are_not_worth_a_word():
    grid = {"tol": [1e9], "n_iter_no_change": [1]}
    assert limits(GridSearchCV(network(max_iter=30), grid, cv=FOLDS), X, y) == []
    assert limits(GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=FOLDS), X, y) == []


def test_rounds_have_more_calls_around_them_and_still_point_at_the_callers_line():
    halving = HalvingGridSearchCV(network(max_iter=9), {"alpha": [0.1, 1.0, 10.0]}, cv=FOLDS)
    told = limits(halving, X, y)
    assert told
    assert {Path(warning.filename) for warning in told} == {Path(__file__)}


def test_rounds_end_at_their_limit_by_design_and_only_the_last_is_worth_a_warning():
    halving = HalvingGridSearchCV(network(max_iter=9), {"alpha": [0.1, 1.0, 10.0]}, cv=FOLDS)
    (warning,) = limits(halving, X, y)
    assert str(warning.message).startswith("3 of 3 fits")
