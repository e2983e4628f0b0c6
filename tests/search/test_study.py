"""A search that is kept on disk: stopped and resumed is never stopped, and no file is believed unread."""

import copy
import errno
import json
import os
import pickle
import subprocess
import sys
import warnings
from functools import partial, wraps
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas
import polars
import pytest
import scipy
from scipy import sparse
from scipy.stats import loguniform
from sklearn.callback import ProgressBar
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from shoal import GridSearchCV, LogisticRegression, MLPClassifier, MLPRegressor, RandomizedSearchCV
from shoal.base.errors import DataError, FileError, UsageError
from shoal.search import _population as population
from shoal.search import _study as study
from shoal.search import _waves as waves
from shoal.search._fingerprints import fingerprint

pytestmark = [
    pytest.mark.unchecked_shapes,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
    pytest.mark.filterwarnings("ignore:One or more of the (test|train) scores are non-finite:UserWarning"),
]
X, y = make_classification(60, 4, flip_y=0.2, random_state=0)
GROUPS = np.arange(60) // 5
WEIGHTS = np.linspace(0.5, 2, 60)
GRID = {"alpha": [0.01, 0.1, 1.0], "hidden_layer_sizes": [(2,), (3,), (4,)]}  # nine candidates


def network(**params):
    return MLPClassifier(**{"max_iter": 4, "learning_rate_init": 0.05, "random_state": 1} | params)


def grid_search(estimator=None, grid=None, **options):
    return GridSearchCV(estimator or network(), grid or GRID, **{"cv": StratifiedKFold(3)} | options)


def two_scores(estimator, X, y):
    """A scorer that says several things at once."""
    P = estimator.predict_proba(X)
    return {"sure": float(P.max(axis=1).mean()), "right": float(P[np.arange(len(y)), y].mean())}


@pytest.fixture(autouse=True)
def small_waves(monkeypatch):
    """Two candidates on three folds are a wave."""
    monkeypatch.setattr(waves, "MOST_FITS", 6)


@pytest.fixture
def trained(monkeypatch):
    """What was trained: the parameters of each candidate, once a fold."""
    fits = []
    train = population.Population.train

    def noting(self, wave):
        fits.extend(fit.candidate.params for fit in wave)
        train(self, wave)

    monkeypatch.setattr(population.Population, "train", noting)
    return fits


def stopped(search, candidates, folder, **fit_params):
    """The search, stopped as soon as so many candidates are finished."""

    def stop(done, of, best):
        if done >= 3 * candidates:
            raise KeyboardInterrupt

    search = search.set_params(study=folder)
    search.on_progress = stop
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y, **fit_params)
    return search


def check_same_bits(one, other):
    """All but the times."""
    assert list(one.cv_results_) == list(other.cv_results_)
    for name, values in one.cv_results_.items():
        if name.startswith("param"):  # estimators are not equal to their copies
            assert list(map(repr, values)) == list(map(repr, other.cv_results_[name]))
        elif not name.endswith("_time"):
            np.testing.assert_array_equal(values, other.cv_results_[name], err_msg=name)
    for mine, theirs in zip(one.histories_, other.histories_, strict=True):
        for curve, expected in zip(mine, theirs, strict=True):
            assert (curve is None) == (expected is None)
            if curve is not None:
                np.testing.assert_array_equal(curve.cost, expected.cost)
                np.testing.assert_array_equal(curve.score, expected.score)
    assert repr(one.best_params_) == repr(other.best_params_)
    assert one.best_index_ == other.best_index_
    np.testing.assert_array_equal(innermost(one).theta_, innermost(other).theta_)


def innermost(search):
    best = search.best_estimator_
    return best[-1] if hasattr(best, "steps") else best


# --------------------------------------------------------------------------- stopped and resumed

SEARCHES = {
    "plain": lambda: grid_search(),
    "with the scores of what was learned from": lambda: grid_search(return_train_score=True),
    "several scores": lambda: grid_search(scoring=["roc_auc", "neg_log_loss"], refit="neg_log_loss"),
    "a scorer of one's own": lambda: grid_search(scoring=two_scores, refit="right"),
    "early stopping": lambda: grid_search(network(early_stopping=True, validation_fraction=0.3)),
    "candidates that fail": lambda: grid_search(
        grid={"alpha": [0.1, -1.0, 1.0], "batch_size": [5, "full"], "solver": ["adam", "lbfgs"]},
        scoring=["accuracy", "neg_log_loss"],
        refit="accuracy",
        return_train_score=True,
    ),
    "no epochs": lambda: grid_search(LogisticRegression(), {"C": [0.01, 0.1, 1.0, 10.0, 100.0]}),
    "a pipeline": lambda: grid_search(
        make_pipeline(StandardScaler(), network()),
        {
            "mlpclassifier__alpha": [0.1, 1.0],
            "standardscaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
        },
    ),
    "drawn at random": lambda: RandomizedSearchCV(
        network(),
        {"learning_rate_init": loguniform(1e-4, 1e-1), "activation": ["tanh", "relu"]},
        n_iter=7,
        random_state=5,
        cv=StratifiedKFold(3),
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_stopped_and_resumed_is_never_stopped(name, tmp_path, trained):
    whole = SEARCHES[name]().fit(X, y)
    everything = [repr(params) for params in trained]
    trained.clear()
    stopped(SEARCHES[name](), 2, tmp_path)
    first = [repr(params) for params in trained]
    assert len(first) == 6
    trained.clear()
    resumed = SEARCHES[name]().set_params(study=tmp_path).fit(X, y)
    rest = [repr(params) for params in trained]
    assert sorted(first + rest) == sorted(everything)
    check_same_bits(resumed, whole)
    trained.clear()
    check_same_bits(SEARCHES[name]().set_params(study=tmp_path).fit(X, y), whole)
    assert trained == []


def test_stopped_after_each_wave_it_gets_to_the_same_end(tmp_path, trained):
    for candidates in (2, 4, 6, 8):
        stopped(grid_search(), candidates, tmp_path)
    check_same_bits(grid_search(study=tmp_path).fit(X, y), grid_search().fit(X, y))
    assert len(trained) == 2 * 27


def test_groups_and_weights_are_part_of_it(tmp_path):
    def search():
        return grid_search(cv=GroupKFold(3))

    given = {"groups": GROUPS, "sample_weight": WEIGHTS}
    stopped(search(), 4, tmp_path, **given)
    resumed = search().set_params(study=str(tmp_path)).fit(X, y, **given)
    check_same_bits(resumed, search().fit(X, y, **given))


def failures(search):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        search.fit(X, y)
    return [str(one.message) for one in told if "fits failed" in str(one.message)]


def test_why_fits_failed_is_still_known(tmp_path):
    failing = SEARCHES["candidates that fail"]
    expected = failures(failing())
    assert len(expected) == 1
    assert "alpha" in expected[0]
    assert failures(failing().set_params(study=tmp_path)) == expected
    assert failures(failing().set_params(study=tmp_path)) == expected


def test_times_are_those_of_the_first_run(tmp_path):
    first = grid_search(study=tmp_path).fit(X, y).cv_results_
    again = grid_search(study=tmp_path).fit(X, y).cv_results_
    np.testing.assert_array_equal(again["mean_fit_time"], first["mean_fit_time"])
    np.testing.assert_array_equal(again["std_score_time"], first["std_score_time"])


def test_of_a_larger_grid_only_what_is_new_is_trained(tmp_path, trained):
    grid_search(study=tmp_path).fit(X, y)
    trained.clear()
    larger = {"hidden_layer_sizes": [(4,), (5,), (2,), (3,)], "alpha": [0.1, 1.0, 0.01]}
    extended = grid_search(grid=larger, study=tmp_path).fit(X, y)
    assert {params["hidden_layer_sizes"] for params in trained} == {(5,)}
    assert len(trained) == 3 * 3
    assert extended.n_resumed_ == 9
    whole = grid_search(grid=larger).fit(X, y)
    assert whole.n_resumed_ == 0
    check_same_bits(extended, whole)


def test_candidates_that_come_twice_are_kept_once(tmp_path, trained):
    grid = {"alpha": [0.1, 1.0, 0.1], "hidden_layer_sizes": [(3,)]}
    grid_search(grid=grid, study=tmp_path).fit(X, y)
    trained.clear()
    check_same_bits(grid_search(grid=grid, study=tmp_path).fit(X, y), grid_search(grid=grid).fit(X, y))
    assert len(trained) == 9  # the one without a study


def test_two_processes_in_one_folder_do_each_other_no_harm(tmp_path):
    script = f"""if True:
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_study as t
        t.waves.MOST_FITS = 6
        t.grid_search(study={str(tmp_path)!r}).fit(t.X, t.y)
    """
    command = [sys.executable, "-W", "ignore", "-c", script]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate(timeout=1000)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    check_same_bits(grid_search(study=tmp_path).fit(X, y), grid_search().fit(X, y))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json"] * 6


def test_what_another_process_finished_meanwhile_is_not_lost(tmp_path, trained):
    """It begins with the same candidate, as we do, and goes on with another one."""
    ours = grid_search(grid={"alpha": [0.1, 1.0]}, study=tmp_path)
    theirs = grid_search(grid={"alpha": [0.1, 10.0]}, study=tmp_path)
    others = iter([theirs])
    ours.on_progress = lambda *said: [other.fit(X, y) for other in others]
    ours.fit(X, y)
    assert len(trained) == 4 * 3
    trained.clear()
    grid_search(grid={"alpha": [10.0, 1.0, 0.1]}, study=tmp_path).fit(X, y)
    assert trained == []


def test_of_two_searches_that_begin_in_one_folder_at_once_the_first_one_has_it(
    tmp_path, trained, monkeypatch
):
    write, others = study._write, iter([grid_search(scoring="f1", study=tmp_path)])

    def late(*arguments, **options):
        for other in others:
            other.fit(X, y)
        write(*arguments, **options)

    monkeypatch.setattr(study, "_write", late)
    with pytest.raises(UsageError, match="the study of another search; what differs: the scores"):
        grid_search(study=tmp_path).fit(X, y)
    assert len(trained) == 9 * 3  # by the other one
    assert grid_search(scoring="f1", study=tmp_path).fit(X, y).n_resumed_ == 9


# --------------------------------------------------------------------------- another search

MOVED = X.copy()
MOVED[7, 2] += 1e-9
TURNED = 1 - y
OTHERS = {
    "the estimator": lambda: (grid_search(network(tol=0.01)), X, y, {}),
    "the rows": lambda: (grid_search(), MOVED, y, {}),
    "the folds": lambda: (grid_search(cv=StratifiedKFold(3, shuffle=True, random_state=0)), X, y, {}),
    "the weights or other arguments of fit": lambda: (grid_search(), X, y, {"sample_weight": WEIGHTS}),
    "the scores": lambda: (grid_search(scoring="f1"), X, y, {}),
    "the rows, the folds": lambda: (grid_search(), X[:-1], y[:-1], {}),
    "the scores, the rows": lambda: (grid_search(scoring="accuracy"), X, np.where(y, "yes", "no"), {}),
}
CHINESE = {
    "the estimator": "估计器",
    "the rows": "数据行",
    "the folds": "折的划分",
    "the weights or other arguments of fit": "权重或 fit 的其他参数",
    "the scores": "评分方式",
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_search_is_refused_with_what_differs(what, tmp_path, trained, monkeypatch):
    grid_search(study=tmp_path).fit(X, y)
    trained.clear()
    search, rows, labels, params = OTHERS[what]()
    with pytest.raises(UsageError, match="the study of another search") as refused:
        search.set_params(study=tmp_path).fit(rows, labels, **params)
    parts = str(refused.value).split("differs: ")[1].split(". ")[0].split(", ")
    assert set(parts) == set(what.split(", "))
    monkeypatch.setenv("SHOAL_LANG", "zh")
    with pytest.raises(UsageError, match="|".join(CHINESE[part] for part in parts)):
        search.fit(rows, labels, **params)
    assert trained == []


@pytest.mark.parametrize("change", [{"error_score": 0.0}, {"return_train_score": True}])
def test_results_of_another_shape_are_another_search(change, tmp_path):
    grid_search(study=tmp_path).fit(X, y)
    with pytest.raises(UsageError, match="differs: the scores"):
        grid_search(study=tmp_path, **change).fit(X, y)


@pytest.mark.parametrize(("who", "name"), [(study, "version"), (scipy, "__version__")], ids=["ours", "scipy"])
def test_other_versions_are_another_search(who, name, tmp_path, monkeypatch):
    grid_search(study=tmp_path).fit(X, y)
    monkeypatch.setattr(who, name, (lambda package: "99") if who is study else "99")
    with pytest.raises(UsageError, match="differs: the versions of the libraries"):
        grid_search(study=tmp_path).fit(X, y)


def test_what_changes_no_bit_is_the_same_search(tmp_path, trained, capsys):
    grid_search(study=tmp_path).fit(X, y)
    trained.clear()
    grid_search(study=tmp_path, n_jobs=2, verbose=1, refit=False).fit(X, y)
    assert trained == []


def test_an_edited_scorer_is_another_one(tmp_path, monkeypatch):
    """Whoever corrects a scorer and searches on would else be shown what the old one said."""
    module = tmp_path / "our_scorers.py"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def written(text):
        module.write_text(f"import numpy as np\n\ndef right(model, X, y):\n    {text}\n")
        sys.modules.pop("our_scorers", None)
        return grid_search(scoring=__import__("our_scorers").right, study=tmp_path / "study")

    written("return float(np.mean(model.predict(X) == y))").fit(X, y)
    written("# as before\n    return float(np.mean(model.predict(X) == y))").fit(X, y)
    with pytest.raises(UsageError, match="differs: the scores"):
        written("return 1 - float(np.mean(model.predict(X) == y))").fit(X, y)


@pytest.mark.parametrize(
    ("part", "search"),
    [
        ("the scores", lambda: grid_search(scoring=lambda model, X, y: 1.0)),
        ("the scores", lambda: grid_search(scoring={"a": "accuracy", "b": local_scorer()}, refit=False)),
        ("the estimator", lambda: grid_search(network(scoring=lambda model, X, y: 1.0))),
        ("a candidate's parameters", lambda: grid_search(grid={"scoring": [None, local_scorer()]})),
    ],
)
def test_what_has_no_name_cannot_be_recognised_again(part, search, tmp_path, trained):
    with pytest.raises(UsageError, match=f"cannot recognise a part of it: {part}. A lambda"):
        search().set_params(study=tmp_path).fit(X, y)
    assert trained == []


def local_scorer():
    def scorer(model, X, y):
        return 0.5

    return scorer


class Threshold:
    """A scorer that is an object."""

    def __init__(self, at):
        self.at = at

    def __call__(self, model, X, y):
        return float(np.mean((model.predict_proba(X)[:, 1] > self.at) == y))

    def method(self, model, X, y):
        return self(model, X, y)


def shifted(model, X, y, by):
    return model.score(X, y) + by


def of_two():
    return 0.0


first_of_two = of_two


def of_two():
    return 1.0


def local_object():
    class Local(Threshold):
        """Its class has a name only in here."""

    return Local(0.5)


@pytest.mark.parametrize(
    ("score", "other"),
    [
        (partial(shifted, by=0.0), partial(shifted, by=1.0)),
        (Threshold(0.5), Threshold(0.4)),
        (Threshold(0.5).method, Threshold(0.4).method),
    ],
    ids=["a partial", "an object", "a method"],
)
def test_what_can_be_imported_is_recognised_with_its_state(score, other, tmp_path, trained):
    grid_search(scoring=score, study=tmp_path).fit(X, y)
    trained.clear()
    assert grid_search(scoring=copy.deepcopy(score), study=tmp_path).fit(X, y).n_resumed_ == 9
    with pytest.raises(UsageError, match="differs: the scores"):
        grid_search(scoring=other, study=tmp_path).fit(X, y)
    assert trained == []


@pytest.mark.parametrize(
    "score",
    [
        partial(lambda model, X, y, by: by, by=0.0),
        partial(local_scorer(), by=0.0),
        local_object(),
        first_of_two,
    ],
    ids=["a lambda", "a local function", "an object of a local class", "a function that another one hides"],
)
def test_what_is_built_on_something_without_a_name_is_refused_too(score, tmp_path, trained):
    with pytest.raises(UsageError, match="cannot recognise a part of it: the scores"):
        grid_search(scoring=score, study=tmp_path).fit(X, y)
    assert trained == []


def test_a_scorer_of_ones_own_script_is_found_again_when_the_script_runs_again(tmp_path):
    script = tmp_path / "script.py"

    def run(body):
        script.write_text(
            f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
            "import test_study as t\n\n"
            f"def score(model, X, y):\n    return {body}\n\n"
            f"search = t.grid_search(scoring=score, study={str(tmp_path / 'study')!r})\n"
            "print(search.fit(t.X, t.y).n_resumed_)\n"
        )
        command = [sys.executable, "-W", "ignore", str(script)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1000)
        return done.stdout.strip() or done.stderr

    assert [run("model.score(X, y)"), run("model.score(X, y)  # as before")] == ["0", "9"]
    assert "differs: the scores" in run("-model.score(X, y)")


def test_where_a_class_of_shoal_stands_does_not_matter(monkeypatch):
    """So shoal may move its modules, and nobody's study is refused because of it."""
    before = fingerprint(network()), fingerprint([MLPClassifier, two_scores])
    elsewhere = ModuleType("shoal.elsewhere")
    elsewhere.MLPClassifier = MLPClassifier
    monkeypatch.setitem(sys.modules, "shoal.elsewhere", elsewhere)
    monkeypatch.setattr(MLPClassifier, "__module__", "shoal.elsewhere")
    assert (fingerprint(network()), fingerprint([MLPClassifier, two_scores])) == before
    assert fingerprint(MLPClassifier) != fingerprint(MLPRegressor)


# --------------------------------------------------------------------------- files nobody should believe


def wave(folder):
    return min(folder.glob("finished-*.json"))


def sealed(content):
    """What looks as if a study had written it."""
    return json.dumps({"format": study.FORMAT, "sha256": study._digest(content), "content": content})


def rewrite(path, change):
    content = json.loads(path.read_text())["content"]
    change(content, next(iter(content["finished"].values())))
    path.write_text(sealed(content))


DAMAGED = {
    "empty": b"",
    "no JSON": b"\x00\x01garbage",
    "no text": b"\xff\xfe\xfa",
    "a list": b"[]",
    "a number": b"1",
    "nothing in it": b"{}",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "a number without end": b'{"format": ' + b"9" * 10_000 + b"}",
    "another format": json.dumps({"format": "shoal study 99", "sha256": "", "content": {}}).encode(),
    "not sealed": json.dumps({"format": study.FORMAT, "sha256": "0" * 64, "content": {}}).encode(),
    "nothing that is sealed": sealed({}).encode(),
    "a list that is sealed": sealed([]).encode(),
    "not a number that is sealed": sealed(float("nan")).encode(),
    "one key too many": json.dumps(json.loads(sealed({})) | {"more": 1}).encode(),
}


def check_refused(path, tmp_path, trained):
    trained.clear()
    with pytest.raises(DataError) as refused:
        grid_search(study=tmp_path).fit(X, y)
    assert str(path) in str(refused.value)
    assert trained == []


@pytest.mark.parametrize("what", DAMAGED)
@pytest.mark.parametrize("find", [wave, lambda folder: folder / "study.json"], ids=["wave", "subject"])
def test_a_file_that_no_study_wrote_is_named(find, what, tmp_path, trained):
    grid_search(study=tmp_path).fit(X, y)
    find(tmp_path).write_bytes(DAMAGED[what])
    check_refused(find(tmp_path), tmp_path, trained)


@pytest.mark.parametrize("find", [wave, lambda folder: folder / "study.json"], ids=["wave", "subject"])
def test_a_file_that_was_cut_off_anywhere_or_changed_is_noticed(find, tmp_path, trained):
    grid_search(study=tmp_path).fit(X, y)
    whole = find(tmp_path).read_bytes()
    for where in np.linspace(0, len(whole) - 1, 7).astype(int):
        find(tmp_path).write_bytes(whole[:where])
        check_refused(find(tmp_path), tmp_path, trained)
    for where in [place for place, byte in enumerate(whole) if chr(byte).isdigit()][-40::3]:
        digit = b"1" if whole[where : where + 1] != b"1" else b"2"
        find(tmp_path).write_bytes(whole[:where] + digit + whole[where + 1 :])
        check_refused(find(tmp_path), tmp_path, trained)


def change_result(**values):
    return lambda content, entry: entry["results"][0].update(values)


HOSTILE = {
    "of another study": lambda content, entry: content.update(study="0" * 64),
    "no candidates": lambda content, entry: content.update(finished=[1, 2]),
    "candidates that are none": lambda content, entry: content.update(finished={"a": None}),
    "a key too many": lambda content, entry: entry.update(evil=1),
    "a key too few": lambda content, entry: entry.pop("curves"),
    "a fold too few": lambda content, entry: entry["results"].pop(),
    "a fold too many": lambda content, entry: entry["results"].append(entry["results"][0]),
    "results that are none": lambda content, entry: entry.update(results=[None] * 3),
    "no list of results": lambda content, entry: entry.update(results={"0": 1}),
    "a count below zero": lambda content, entry: entry.update(reached_limit=-1),
    "no count": lambda content, entry: entry.update(reached_limit=float("inf")),
    "a score in words": change_result(test_scores="1.0"),
    "no score": change_result(test_scores=None),
    "a score that is true": change_result(test_scores=True),
    "a score without end": change_result(test_scores=10**400),
    "several scores": change_result(test_scores={"score": 1.0}),
    "scores nobody asked for": change_result(train_scores=1.0),
    "a time in words": change_result(fit_time="long"),
    "a failure without words": change_result(fit_error=[1]),
    "other rows": change_result(n_test_samples=7),
    "curves of words": lambda content, entry: entry.update(curves=[[["a"], []]] * 3),
    "half a curve": lambda content, entry: entry.update(curves=[[[0.1]]] * 3),
    "a curve too few": lambda content, entry: entry["curves"].pop(),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_well_formed_file_that_means_nonsense_is_refused(what, tmp_path, trained):
    grid_search(study=tmp_path).fit(X, y)
    rewrite(wave(tmp_path), HOSTILE[what])
    check_refused(wave(tmp_path), tmp_path, trained)


@pytest.mark.parametrize(
    "scores", [{"roc_auc": 1.0}, {"roc_auc": 1.0, "f1": "a"}, {"roc_auc": 1, "x": 1}, 1.0]
)
def test_several_scores_are_exactly_those_that_were_asked_for(scores, tmp_path, trained):
    def search():
        return grid_search(scoring=["roc_auc", "f1"], refit=False, study=tmp_path)

    search().fit(X, y)
    rewrite(wave(tmp_path), change_result(test_scores=scores))
    with pytest.raises(DataError, match="finished-"):
        search().fit(X, y)


class Bomb:
    """Whoever unpickles it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_nothing_in_a_file_is_run(tmp_path, trained):
    grid_search(study=tmp_path / "study").fit(X, y)
    wave(tmp_path / "study").write_bytes(pickle.dumps(Bomb(str(tmp_path / "boom"))))
    check_refused(wave(tmp_path / "study"), tmp_path / "study", trained)
    assert not (tmp_path / "boom").exists()


def test_waves_that_were_copied_from_another_study_are_refused(tmp_path, trained):
    grid_search(study=tmp_path / "one").fit(X, y)
    grid_search(network(tol=0.01), study=tmp_path / "other").fit(X, y)
    stray = wave(tmp_path / "other")
    wave(tmp_path / "one").unlink()
    stray.rename(tmp_path / "one" / stray.name)
    check_refused(tmp_path / "one" / stray.name, tmp_path / "one", trained)


def test_waves_without_their_subject_are_not_taken_for_those_of_another_search(tmp_path):
    grid_search(network(tol=0.01), study=tmp_path).fit(X, y)
    (tmp_path / "study.json").unlink()
    with pytest.raises(DataError, match=r"finished-.*not a file of this study"):
        grid_search(study=tmp_path).fit(X, y)
    assert not (tmp_path / "study.json").exists()


def as_the_older_version_wrote_it(path):
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"format": "shoal study 1"}))


@pytest.mark.parametrize("with_subject", [True, False])
def test_a_study_of_an_older_version_is_refused_as_that_and_left_as_it_is(with_subject, tmp_path, trained):
    grid_search(study=tmp_path).fit(X, y)
    for path in tmp_path.iterdir():
        as_the_older_version_wrote_it(path)
    if not with_subject:
        (tmp_path / "study.json").unlink()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    trained.clear()
    with pytest.raises(UsageError, match="older version of shoal") as refused:
        grid_search(study=tmp_path).fit(X, y)
    assert str(tmp_path) in str(refused.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert trained == []


def test_a_damaged_file_of_an_older_version_is_damaged(tmp_path, trained):
    grid_search(study=tmp_path).fit(X, y)
    as_the_older_version_wrote_it(tmp_path / "study.json")
    content = (tmp_path / "study.json").read_text()
    (tmp_path / "study.json").write_text(content.replace('"versions": "', '"versions": "9'))
    check_refused(tmp_path / "study.json", tmp_path, trained)


# --------------------------------------------------------------------------- a file system that says no


def test_a_folder_that_cannot_be_one_is_an_error_of_the_file_system(tmp_path, trained):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileError, match=r"study folder .*file.* cannot be used"):
            grid_search(study=place).fit(X, y)
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.json").mkdir()
    with pytest.raises(FileError, match=r"study\.json is a folder, not a file"):
        grid_search(study=tmp_path / "study").fit(X, y)
    assert (tmp_path / "file").read_text() == "mine"
    assert trained == []


def full_disk(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def power_cut(*_):
    raise KeyboardInterrupt


def test_a_place_where_nothing_can_be_written_is_found_out_before_training(tmp_path, trained, monkeypatch):
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(FileError, match=r"study\.json: No space left"):
        grid_search(study=tmp_path).fit(X, y)
    assert trained == []


@pytest.mark.parametrize(("accident", "kind"), [(full_disk, FileError), (power_cut, KeyboardInterrupt)])
def test_an_accident_in_the_middle_of_writing_leaves_what_there_was(accident, kind, tmp_path, monkeypatch):
    stopped(grid_search(), 2, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", accident)
        with pytest.raises(kind):
            grid_search(study=tmp_path).fit(X, y)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    check_same_bits(grid_search(study=tmp_path).fit(X, y), grid_search().fit(X, y))


def test_what_a_killed_process_left_half_written_is_no_part_of_the_study(tmp_path):
    stopped(grid_search(), 2, tmp_path)
    (tmp_path / f".{wave(tmp_path).name}.abc123").write_text('{"format')
    check_same_bits(grid_search(study=tmp_path).fit(X, y), grid_search().fit(X, y))


# --------------------------------------------------------------------------- equal things, in any process


def recognised():
    """Things that a search is made of, in pairs that are equal however they were made."""
    frame = {"number": [1.5, np.nan, 2.0], "word": ["猫", None, "b"], "kind": ["x", "y", "x"]}
    columns = make_column_transformer((StandardScaler(), ["number"]), (CountVectorizer(), "word"))
    sizes = (5, 5)
    return {
        "arrays": [X.copy(), np.array(X)],
        "other arrays": [X.astype(np.float32)],
        "pandas": [pandas.DataFrame(frame), pandas.DataFrame(frame).copy()],
        "pandas with categories": [pandas.DataFrame(frame).astype({"kind": "category"}) for _ in range(2)],
        "polars": [polars.DataFrame(frame), polars.DataFrame(frame).clone()],
        "sparse": [sparse.csr_array(np.eye(3)), sparse.csr_array(np.eye(3))],
        "lists": [[["a", 1], ["b", 2]], [["a", 1], ["b", 2]]],
        "words": [np.array(["b", "a", None], dtype=object), np.array(["b", "a", None], dtype=object)],
        "sets": [{"alpha", "beta", "gamma"}, {"gamma", "beta", "alpha"}],
        "frozen sets": [frozenset(["alpha", "beta", "gamma"]), frozenset(["gamma", "alpha", "beta"])],
        "mixed sets": [{"a", 1, None, (2, "b")}, {(2, "b"), None, 1, "a"}],
        "dictionaries": [{"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}],
        "mixed dictionaries": [{"a": 1, 2: "b", None: 3}, {None: 3, 2: "b", "a": 1}],
        "weights of classes": [{0: 1.0, 1: 5.0}, {1: 5.0, 0: 1.0}],
        "one tuple twice": [{"a": sizes, "b": sizes}, {"a": (5, *sizes[1:]), "b": (5, *sizes[1:])}],
        "numbers": [{"alpha": 0.1}, {"alpha": float("0.1")}],
        "whole numbers": [{"alpha": 1}],
        "truths": [{"alpha": True}],
        "estimators": [
            make_pipeline(columns, MLPClassifier((3,), class_weight={0: 1, 1: 2})),
            make_pipeline(columns, MLPClassifier((3,), class_weight={1: 2, 0: 1})),
        ],
        "functions": [FunctionTransformer(np.log1p), FunctionTransformer(np.log1p)],
        "our functions": [two_scores],
        "scorers": [make_scorer(fbeta_score, beta=2), make_scorer(fbeta_score, beta=2)],
        "candidates": [
            {"scaler": StandardScaler(with_mean=False), "words": frozenset({"the", "a", "of"})},
            {"words": frozenset({"of", "a", "the"}), "scaler": StandardScaler(with_mean=False)},
        ],
    }


def hashes():
    return {name: [fingerprint(each) for each in things] for name, things in recognised().items()}


def test_equal_things_have_equal_hashes_and_others_have_others():
    found = hashes()
    assert {name: len(set(each)) for name, each in found.items()} == dict.fromkeys(found, 1)
    assert len({each[0] for each in found.values()}) == len(found)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_hashes_are_the_same_in_another_process(seed):
    script = "import json, test_study; print(json.dumps(test_study.hashes()))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=1000,
    )
    assert json.loads(done.stdout) == hashes()


def test_a_table_in_a_file_that_is_only_mapped_into_memory_is_the_same(tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert fingerprint(mapped) == fingerprint(X)


def test_with_callbacks_a_study_is_refused(tmp_path):
    search = grid_search(study=tmp_path).set_callbacks(ProgressBar())
    with pytest.raises(UsageError, match="callbacks"):
        search.fit(X, y)


def test_another_seed_each_time_is_refused(tmp_path):
    for grid in ({"random_state": [0, None]}, {"random_state": [None]}):
        with pytest.raises(UsageError, match="random_state=None"):
            grid_search(grid=grid, study=tmp_path).fit(X, y)


def scaled(factor):
    """Decorates a scorer: what the new one encloses is part of it."""

    def decorate(score):
        @wraps(score)
        def times(*arguments):
            return factor * score(*arguments)

        return times

    return decorate


def plain(estimator, X, y):
    return estimator.score(X, y)


def test_what_a_scorer_encloses_is_part_of_the_search(tmp_path, monkeypatch):
    for factor, is_known in [(1, True), (-1, False), (1, True)]:
        score = scaled(factor)(plain)
        score.__qualname__ = "decorated"
        monkeypatch.setattr(sys.modules[__name__], "decorated", score, raising=False)
        search = grid_search(study=tmp_path, scoring=score)
        if is_known:
            search.fit(X, y)
        else:
            with pytest.raises(UsageError, match="the scores"):
                search.fit(X, y)


def test_a_study_that_is_a_link_to_itself_is_an_error_of_the_file_system(tmp_path):
    (tmp_path / "study.json").symlink_to("study.json")
    with pytest.raises(FileError):
        grid_search(study=tmp_path).fit(X, y)
