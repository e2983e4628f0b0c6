"""From a table to the best of many models."""

import json
import warnings
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold

import shoal
from shoal.base.errors import DataError, DivergedError, FileError, ModelFileError, UsageError
from shoal.search import _waves as waves
from shoal.tables import TableEncoder, Task
from shoal.tables._choice import choose
from shoal.tables._estimators import candidates_of
from shoal.tables._grid_file import GRID_MODELS, read_grids
from shoal.tables._grids import FEW_ROWS, DataSummary, Grid, grids_of
from shoal.tables._outcome import TableCandidate
from shoal.tables._plan import make_plan
from shoal.tables._record import TrainingRecord
from shoal.tables._search import search_table
from shoal.tables._settings import BUDGETS, SearchSettings, TrainSettings
from shoal.tables._train import train_table

pytestmark = pytest.mark.unchecked_shapes

SEED = 2
THREE_FOLDS = SearchSettings(folds=3, seed=SEED)
LINES = Grid(True, {"C": [0.1, 10.0]})
NETWORKS = Grid(
    False,
    {"hidden_layer_sizes": [(4,), (8,)], "max_iter": [12], "learning_rate_init": [0.03], "alpha": [0.1]},
)


def a_table(rows=120, seed=0):
    """A class that the sign of a product decides, a number that it bends; with gaps and rare words."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, rows))
    return pl.DataFrame(
        {
            "a": [None if i % 9 == 0 else x for i, x in enumerate(a)],
            "b": b,
            "colour": random.choice(["红", "green", "blue"], rows),
            "kind": np.where(a * b > 0, "same", "other"),
            "size": 1000 + 50 * a + 20 * b**2,
        }
    )


def searched(target="kind", grids=(LINES, NETWORKS), settings=THREE_FOLDS, table=None, **more):
    table = a_table() if table is None else table
    drop = tuple({"kind", "size"} & set(table.columns) - {target})
    if target == "size":
        grids = tuple(Grid(True, {"alpha": [0.1, 10.0]}) if grid is LINES else grid for grid in grids)
    wishes = SearchSettings(**{**vars(settings), "drop": (*settings.drop, *drop)})
    return search_table(table, target, wishes, grids=grids, **more)


@pytest.fixture(scope="module")
def of_classes():
    return searched()


@pytest.fixture(scope="module")
def of_numbers():
    return searched("size")


class Watcher:
    """Listens; and presses Ctrl-C when so many fits are done."""

    def __init__(self, stop_at=None):
        self.stop_at, self.said, self.waits = stop_at, [], 0

    def trained(self, done, total, score, best):
        self.said.append((done, total, score, best))
        if self.stop_at is not None and done >= self.stop_at:
            raise KeyboardInterrupt

    def stopped(self):
        self.waits += 1


# --- what is measured, and by whom -----------------------------------------------------------------


def plan_of(target):
    return make_plan(
        a_table(), target, TrainSettings(hidden=(), seed=SEED, drop=tuple({"kind", "size"} - {target}))
    )


def by_hand(target, estimators):
    """Each candidate on each fold, one after another, judged by scikit-learn's own functions."""
    plan = plan_of(target)
    learned = plan.split.learned
    frame, y = plan.frame[learned], plan.y[learned]
    cutter = (StratifiedKFold if target == "kind" else KFold)(3, shuffle=True, random_state=SEED)
    scores = np.empty((2, len(estimators), 3))
    for fold, (train, test) in enumerate(cutter.split(np.zeros(len(y)), y)):
        encoder = TableEncoder.fit(frame[train], plan.reading.columns)
        X, X_test = encoder.transform(frame[train]), encoder.transform(frame[test])
        for number, estimator in enumerate(estimators):
            scores[:, number, fold] = of_one(estimator, target, X, y[train], X_test, y[test])
    return scores


def of_one(estimator, target, X, y, X_test, y_test):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        if target == "kind":
            model = estimator.fit(X, y)
            predicted = model.predict_proba(X_test)
            return metrics.log_loss(y_test, predicted), metrics.accuracy_score(y_test, model.predict(X_test))
        model = estimator.fit(X, (y - y.mean()) / y.std())
        predicted = model.predict(X_test) * y.std() + y.mean()
        return metrics.root_mean_squared_error(y_test, predicted), metrics.r2_score(y_test, predicted)


@pytest.mark.parametrize("target", ["kind", "size"])
def test_every_score_is_that_of_the_candidate_trained_alone_on_the_folds_rows_encoders_and_all(
    target, request
):
    _, outcome = request.getfixturevalue("of_classes" if target == "kind" else "of_numbers")
    plan = plan_of(target)
    rows = len(plan.split.learned) * 2 // 3
    inputs = len(TableEncoder.fit(plan.frame[plan.split.learned], plan.reading.columns).feature_names)
    classes = 2 if target == "kind" else 0
    lines = LINES if target == "kind" else Grid(True, {"alpha": [0.1, 10.0]})
    trials = candidates_of(
        (lines, NETWORKS), DataSummary(plan.target.task, inputs, classes, rows), THREE_FOLDS
    )
    assert [trial.settings for trial in trials] == [each.settings for each in outcome.candidates]
    judged = by_hand(target, [trial.estimator for trial in trials])
    names = ("log_loss", "accuracy") if target == "kind" else ("rmse", "r2")
    for name, expected in zip(names, judged, strict=True):
        found = [candidate.scores[name] for candidate in outcome.candidates]
        np.testing.assert_allclose(found, expected, rtol=1e-9)  # sums in another order
    assert outcome.score == names[0]


@pytest.mark.parametrize("target", ["kind", "size"])
def test_the_winner_is_what_its_settings_give_on_all_rows_that_are_not_held_out(target, request):
    kept, _ = request.getfixturevalue("of_classes" if target == "kind" else "of_numbers")
    model, outcome = searched(target, settings=replace(THREE_FOLDS, refit=False))
    plan = plan_of(target)
    assert kept.encoder_ == TableEncoder.fit(plan.frame, plan.reading.columns)  # it has seen all rows
    learned = plan.split.learned
    encoder, y = TableEncoder.fit(plan.frame[learned], plan.reading.columns), plan.y[learned]
    assert model.encoder_ == encoder
    if target == "size":
        assert (model.scale_.mean, model.scale_.scale) == pytest.approx((y.mean(), y.std()))
        y = (y - model.scale_.mean) / model.scale_.scale
    again = type(model.estimator_)(**model.estimator_.get_params())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        again.fit(encoder.transform(plan.frame[learned]), y)
    np.testing.assert_array_equal(again.theta_, model.estimator_.theta_)
    assert model.estimator_.network_.p == outcome.candidates[outcome.chosen].parameters


def test_the_rows_that_judge_have_no_say_in_anything_before():
    here = pl.int_range(pl.len()).is_in(plan_of("kind").split.test.tolist())
    spoiled = a_table().with_columns(
        b=pl.when(here).then(1e6).otherwise("b"),
        colour=pl.when(here).then(pl.lit("pink")).otherwise("colour"),
    )
    apart = replace(THREE_FOLDS, refit=False)
    (model, outcome), (other, again) = searched(settings=apart), searched(table=spoiled, settings=apart)
    for one, two in zip(outcome.candidates, again.candidates, strict=True):
        np.testing.assert_array_equal(one.scores["log_loss"], two.scores["log_loss"])
    assert (outcome.chosen, model.encoder_) == (again.chosen, other.encoder_)
    np.testing.assert_array_equal(model.estimator_.theta_, other.estimator_.theta_)
    assert outcome.held_out != again.held_out


def test_the_held_out_rows_are_those_that_shoal_train_holds_out(of_classes):
    _, outcome = of_classes
    trained = train_table(a_table(), "kind", TrainSettings(hidden=(), seed=SEED, drop=("size",)))
    report = TrainingRecord.from_dict(trained.report_, Task.CLASSIFICATION)
    assert outcome.held_out["linear"] == report.scores["linear"]


def test_a_network_is_found_where_no_line_will_do():
    model, outcome = searched(table=a_table(500), settings=SearchSettings(folds=3, seed=1))
    chosen = outcome.candidates[outcome.chosen]
    assert not chosen.linear
    assert outcome.comparison.verdict == "earns"
    fresh = a_table(400, seed=7)
    assert (model.predict(fresh) == fresh["kind"].to_numpy()).mean() > 0.8


def test_the_same_seed_gives_the_same_file_and_another_seed_other_folds(tmp_path):
    for name, seed in (("one", 3), ("two", 3)):
        model, outcome = searched(grids=[NETWORKS], settings=SearchSettings(folds=3, seed=seed))
        shoal.save(model, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    _, other = searched(grids=[NETWORKS], settings=SearchSettings(folds=3, seed=4))
    assert not np.array_equal(
        outcome.candidates[0].scores["log_loss"], other.candidates[0].scores["log_loss"]
    )


def test_a_model_that_was_found_is_saved_with_how_and_comes_back(of_classes, of_numbers, tmp_path):
    for model, outcome in (of_classes, of_numbers):
        shoal.save(model, tmp_path / "model.shoal")
        loaded = shoal.load(tmp_path / "model.shoal")
        np.testing.assert_array_equal(loaded.predict(a_table(seed=3)), model.predict(a_table(seed=3)))
        found = TrainingRecord.from_dict(loaded.report_, loaded.target_.task).found
        assert (found.candidates, found.planned, found.folds) == (4, 4, 3)
        assert found.score == outcome.score
        assert found.mean == outcome.candidates[outcome.chosen].mean(outcome.score)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.clear(),
        lambda found: found.update(evil=1),
        lambda found: found.update(folds=-1),
        lambda found: found.update(candidates="4"),
        lambda found: found.update(score="{0}"),
        lambda found: found.update(mean=[1]),
    ],
)
def test_a_forged_report_of_a_search_is_refused(of_classes, spoil):
    document = json.loads(json.dumps(of_classes[0].report_, allow_nan=False))
    spoil(document["found"])
    with pytest.raises(ModelFileError):
        TrainingRecord.from_dict(document, Task.CLASSIFICATION)


def test_the_report_counts_the_rows_that_the_winner_stopped_by():
    model, _ = searched(grids=[NETWORKS])
    rows = model.report_["rows"]
    assert rows == {"unknown_target": 0, "train": 86, "validation": 10, "test": 24}  # 10 % of 96, rounded up
    assert model.report_["best_epoch"] == int(np.argmax(model.estimator_.validation_scores_)) + 1
    model, _ = searched(grids=[Grid(False, {"solver": ["lbfgs"], "max_iter": [7]})])
    assert model.report_["rows"]["validation"] == 0
    assert model.report_["best_epoch"] == model.estimator_.n_iter_ == 7


def test_curves_are_those_of_the_networks_fold_by_fold(of_classes):
    for candidate in of_classes[1].candidates:
        if candidate.linear:  # solved for at once
            assert candidate.costs == candidate.validation == ()
        else:
            assert [len(curve) for curve in candidate.costs] == [len(curve) for curve in candidate.validation]
            assert all(0 < len(curve) <= 12 for curve in candidate.costs)
            assert candidate.costs[0][-1] < candidate.costs[0][0]


# --- the choice ------------------------------------------------------------------------------------


def tried(*entries):
    """Candidates from (linear, parameters, l2, losses)."""
    settings = [{"model": "linear" if linear else "network", "l2": l2} for linear, _, l2, _ in entries]
    return [
        TableCandidate(each, entry[1], {"log_loss": np.array(entry[3], dtype=float)})
        for each, entry in zip(settings, entries, strict=True)
    ]


BEST = (False, 100, 1.0, [0.2, 0.3, 0.4])  # mean 0.3, standard error 0.1 / sqrt(3) = 0.058


@pytest.mark.parametrize(
    ("other", "chosen"),
    [
        ((True, 5, 1.0, [0.35] * 3), 1),  # a line within one standard error
        ((True, 5000, 1.0, [0.35] * 3), 1),  # also if it has more parameters
        ((True, 5, 1.0, [0.36] * 3), 0),  # one beyond it
        ((False, 50, 1.0, [0.35] * 3), 1),  # a smaller network
        ((False, 200, 9.0, [0.35] * 3), 0),  # a larger one
        ((False, 100, 2.0, [0.31] * 3), 0),  # a stronger penalty is not simpler
        ((False, 100, 2.0, [0.29] * 3), 1),  # of equal size the better one counts
        ((False, 100, 1.0, [0.31] * 3), 0),  # as simple, but worse
        ((True, 5, 1.0, [0.1, np.nan, 0.1]), 0),  # a fit that failed
    ],
)
def test_the_simplest_within_one_standard_error_of_the_best_is_chosen(other, chosen):
    assert choose(tried(BEST, other)) == chosen
    assert choose(tried(other, BEST)) == 1 - chosen


def test_the_choice_is_within_one_standard_error_and_nothing_simpler_is():
    random = np.random.default_rng()
    for _ in range(50):
        count, folds = random.integers(1, 12), random.integers(2, 6)
        losses = random.gamma(2, size=(count, folds))
        entries = [
            (random.random() < 0.3, int(random.integers(1, 4)), float(random.integers(1, 3)), row)
            for row in losses
        ]
        chosen = choose(tried(*entries))
        best = losses[losses.mean(axis=1).argmin()]
        limit = best.mean() + best.std(ddof=1) / np.sqrt(folds)
        good = [entry for entry in entries if entry[3].mean() <= limit]
        assert any(entries[chosen] is entry for entry in good)
        simplest = min((not linear, p, scores.mean()) for linear, p, _, scores in good)
        assert (not entries[chosen][0], entries[chosen][1], entries[chosen][3].mean()) == simplest


def test_if_every_candidate_failed_that_is_said():
    failed = (False, 10, 1.0, [0.1, np.nan, 0.1])
    with pytest.raises(DataError, match="each of the 2 candidates failed"):
        choose(tried(failed, failed))


DIVERGES = {"hidden_layer_sizes": [(8,) * 60], "activation": ["identity"], "learning_rate_init": [1e6]}


def test_one_that_diverges_is_left_behind():
    _, outcome = searched(grids=[LINES, Grid(False, DIVERGES)])
    assert np.isnan(outcome.candidates[2].scores["log_loss"]).all()
    assert outcome.best_network is None
    assert outcome.chosen < 2


def test_if_all_diverge_the_search_does():
    with pytest.raises(DivergedError, match="learning rate 1e\\+06"):
        searched(grids=[Grid(False, DIVERGES)])


# --- Ctrl-C, and going on --------------------------------------------------------------------------


@pytest.fixture
def small_waves(monkeypatch):
    """Two candidates a wave."""
    monkeypatch.setattr(waves, "MOST_FITS", 6)


@pytest.mark.usefixtures("small_waves")
def test_a_search_tells_how_far_it_is_and_how_good_the_best_is():
    watcher = Watcher()
    _, outcome = searched(listener=watcher)
    assert [entry[:3] for entry in watcher.said] == [(n, 12, "log_loss") for n in (0, 6, 12)]
    assert watcher.said[0][3] is None
    assert watcher.said[-1][3] == pytest.approx(outcome.candidates[outcome.best].mean("log_loss").value)
    assert watcher.waits == 0


@pytest.mark.usefixtures("small_waves")
@pytest.mark.parametrize("target", ["kind", "size"])
def test_ctrl_c_keeps_the_best_so_far(target):
    watcher = Watcher(stop_at=6)
    model, outcome = searched(target, listener=watcher)
    whole = searched(target)[1]
    assert (len(outcome.candidates), outcome.planned, outcome.interrupted) == (2, 4, True)
    for one, two in zip(outcome.candidates, whole.candidates, strict=False):
        np.testing.assert_array_equal(one.scores[outcome.score], two.scores[outcome.score])
    assert model.estimator_.network_.L == 1  # the linear models come first
    assert watcher.waits == 1
    assert model.report_["found"]["candidates"] == 2
    assert len(model.predict(a_table(seed=5))) == 120


def test_ctrl_c_before_anything_is_finished_is_the_end():
    with pytest.raises(KeyboardInterrupt):
        searched(listener=Watcher(stop_at=0))


@pytest.mark.usefixtures("small_waves")
def test_a_stopped_search_goes_on_from_its_study_with_the_same_bits(tmp_path):
    searched(study=tmp_path / "study", listener=Watcher(stop_at=6))
    watcher = Watcher()
    model, outcome = searched(study=tmp_path / "study", listener=watcher)
    assert watcher.said[1][0] == 6  # from there
    plain, whole = searched()
    assert outcome.chosen == whole.chosen
    assert (outcome.resumed, whole.resumed) == (2, 0)
    assert outcome.fits == whole.fits - 6
    for one, two in zip(outcome.candidates, whole.candidates, strict=True):
        np.testing.assert_array_equal(one.scores["log_loss"], two.scores["log_loss"])
    np.testing.assert_array_equal(model.estimator_.theta_, plain.estimator_.theta_)


def test_the_study_of_another_search_is_refused(tmp_path):
    searched(grids=[LINES], study=tmp_path / "study")
    with pytest.raises(UsageError, match="study of another search"):
        searched("size", study=tmp_path / "study")


# --- tables that are too small ---------------------------------------------------------------------


def rare(rows):
    """A class with so many rows to learn from: one is held out beside them."""
    table = a_table(100)
    return table.with_columns(
        kind=pl.when(pl.int_range(pl.len()) <= rows).then(pl.lit("rare")).otherwise("kind")
    )


@pytest.mark.parametrize(
    ("rows", "folds", "message"),
    [
        (
            4,
            5,
            r'class "rare" of the target column .* 4 rows outside the test set, too few for 5.*`--folds 4`',
        ),
        (3, 5, "`--folds 3`"),
        (3, 2, "`--folds 3`"),
        (2, 2, "has only 2 rows outside the test set"),
        (1, 5, "has only 1 rows outside the test set"),
    ],
)
def test_a_class_that_is_too_rare_for_the_folds_is_named(rows, folds, message):
    with pytest.raises(DataError, match=message):
        searched(table=rare(rows), settings=SearchSettings(folds=folds))


@pytest.mark.parametrize(("rows", "folds"), [(3, 3), (4, 4), (4, 2), (5, 5)])
def test_with_as_many_folds_as_the_message_allows_nothing_fails(rows, folds):
    settings = SearchSettings(folds=folds)
    _, outcome = searched(table=rare(rows), settings=settings)
    assert np.isfinite([candidate.scores["log_loss"] for candidate in outcome.candidates]).all()


def test_many_small_classes_leave_each_a_row_to_stop_by():
    random = np.random.default_rng(0)
    table = pl.DataFrame({"x": random.normal(size=120), "kind": [f"c{i % 20}" for i in range(120)]})
    _, outcome = searched(table=table)
    assert np.isfinite([candidate.scores["log_loss"] for candidate in outcome.candidates]).all()


def test_too_few_numbers_for_the_folds_are_refused():
    with pytest.raises(DataError, match=r"8 rows outside the test set are too few for 5 folds.*`--folds 4`"):
        searched("size", table=a_table(10), settings=SearchSettings())
    _, outcome = searched("size", table=a_table(10), settings=SearchSettings(folds=4))
    assert np.isfinite([candidate.scores["rmse"] for candidate in outcome.candidates]).all()


# --- what is tried ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [60, FEW_ROWS, FEW_ROWS + 1, 100_000])
@pytest.mark.parametrize(
    ("task", "classes"), [(Task.CLASSIFICATION, 2), (Task.CLASSIFICATION, 9), ("regression", 0)]
)
def test_a_budget_is_as_large_as_it_says_and_asks_the_simple_models_first(rows, task, classes):
    ground = DataSummary(Task(task), 30, classes, rows)
    for budget, about in zip(BUDGETS, (20, 80, 300), strict=True):
        trials = candidates_of(grids_of(budget, ground), ground, SearchSettings())
        assert len(trials) == pytest.approx(about, rel=0.15)
        linear = [trial.settings["model"] == "linear" for trial in trials]
        assert linear == sorted(linear, reverse=True)
        assert any(linear)
        assert len({json.dumps(trial.settings) for trial in trials}) == len(trials)
        varied = [trial.settings for trial in trials if trial.settings["model"] == "network"]
        assert {len(settings["hidden"]) for settings in varied} == {1, 2}
        for name in ("activation", "l2", "learning_rate"):
            assert len({settings[name] for settings in varied if name in settings}) > 1


def test_larger_tables_get_wider_networks():
    widths = [DataSummary(Task.REGRESSION, 9, 0, rows).width for rows in (10, 100, 1000, 10_000, 10**6)]
    assert widths == sorted(widths)
    assert (widths[0], widths[-1]) == (8, 64)


def test_more_inputs_than_rows_get_stronger_penalties():
    strongest = []
    for inputs in (99, 101):
        ground = DataSummary(Task.CLASSIFICATION, inputs, 2, 100)
        trials = candidates_of(grids_of("small", ground), ground, SearchSettings())
        strongest.append(
            [max(t.settings["l2"] for t in trials if t.settings["model"] == m) for m in GRID_MODELS]
        )
    assert strongest == [[100, 10], [1000, 100]]


def test_the_budget_is_tried_where_there_is_no_grid(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "shoal.tables._search.grids_of", lambda budget, ground: asked.append(budget) or [LINES]
    )
    _, outcome = searched(grids=(), settings=SearchSettings(folds=3, budget="medium"))
    assert asked == ["medium"]
    assert len(outcome.candidates) == 2


def test_what_a_grid_does_not_name_is_as_shoal_train_sets_it():
    ground = DataSummary(Task.CLASSIFICATION, 5, 2, 400)
    settings = SearchSettings(epochs=70, patience=3, seed=9)
    (trial,) = candidates_of([Grid(False, {"momentum": (0.5,)})], ground, settings)
    ours = trial.estimator.get_params()
    theirs = train_table(a_table(), "kind", TrainSettings(epochs=1, drop=("size",))).estimator_.get_params()
    wanted = theirs | {"max_iter": 70, "n_iter_no_change": 3, "random_state": 9, "momentum": 0.5}
    assert {name for name in ours if ours[name] != wanted[name]} == set()


# --- the grid file ---------------------------------------------------------------------------------


def written(tmp_path, contents):
    path = tmp_path / "grid.toml"
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return path


def test_a_file_lists_values_by_the_estimators_parameters(tmp_path):
    path = written(
        tmp_path,
        """
        [[grid]]
        model = "linear"
        C = [0.1, 1]

        [[grid]]  # networks
        hidden_layer_sizes = [[3], [4, 2]]
        max_iter = [2]
        """,
    )
    _, outcome = searched(grids=read_grids(path))
    found = [
        (each.settings["model"], each.settings["l2"], each.settings.get("hidden"))
        for each in outcome.candidates
    ]
    assert sorted(found, key=str) == [
        ("linear", 1.0, None),
        ("linear", 10.0, None),
        ("network", 1.0, (3,)),
        ("network", 1.0, (4, 2)),
    ]
    assert {len(each.costs[0]) for each in outcome.candidates if not each.linear} == {2}


def test_one_grid_needs_no_heading(tmp_path):
    (grid,) = read_grids(written(tmp_path, "\ufeffalpha = [0.1, 1]\nactivation = ['tanh', ['relu']]"))
    assert (grid.linear, len(grid)) == (False, 4)
    assert {"alpha": 1, "activation": ("relu",)} in list(grid)


BAD_FILES = {
    "no toml": ("alpha = [1]\nalpha 3", "line 2: this is not TOML"),
    "a list without an end": ("\n\nalpha = [1,\n\n", "line 3: this is not TOML"),
    "not text": (b"alpha = [1]\n# \xff\n", "line 2: this is not UTF-8 text"),
    "nothing": ("", "is an empty grid"),
    "a single bracket": ("[grid]\nalpha = [1]", r"double brackets, \[\[grid\]\]"),
    "a key above the grids": ("alpha = [1]\n[[grid]]\nl1 = [1]", '"alpha" must be under a'),
    "another model": ("model = 'tree'", 'must be one of linear, network, got "tree"'),
    "an empty list": ("alpha = []", r'"alpha" must be a list of values to try.*got \[\]'),
    "a value that is no list": ("alpha = 1", '"alpha" must be a list.*got 1'),
    "a table": ("[alpha]\nx = 1", '"alpha" must be a list'),
    "too many": (f"alpha = {list(range(400))}\nl1 = {list(range(400))}", "makes 160,000 candidates"),
}
BAD_GRIDS = {
    "an unknown parameter": ("alpa = [1]", 'no parameter "alpa": did you mean alpha?'),
    "a parameter like none": ("zzz = [1]", 'no parameter "zzz". Known are: activation, alpha,'),
    "an option's name": ("l2 = [1]", 'no parameter "l2": did you mean alpha?'),
    "a parameter of networks": ("model = 'linear'\nalpha = [1]", 'no parameter "alpha": did you mean C?'),
    "one that is ours": ("verbose = [true]", 'no parameter "verbose"'),
    "a number out of range": ("alpha = [1, -1]", "alpha must be a finite number of at least 0, got -1"),
    "a truth for a number": ("alpha = [true]", "alpha must be .* got true"),
    "a word for a number": ("alpha = ['much']", 'alpha must be .* got "much"'),
    "an unknown word": ("activation = ['swish']", 'activation must be one of.*got "swish"'),
    "a rate for a schedule": ("learning_rate = [0.01]", "for 0.01 write learning_rate_init"),
    "no hidden layer": ("hidden_layer_sizes = [[]]", 'write model = "linear"'),
    "one activation a layer": (
        "hidden_layer_sizes = [[4], [4, 4]]\nactivation = [['relu', 'tanh']]",
        "one for each of the 1 hidden layers",
    ),
    "what L-BFGS cannot do": ("solver = ['lbfgs']\ndropout = [0.5]", "set dropout=0"),
    "the second of two": (
        "[[grid]]\nalpha = [1]\n[[grid]]\nalpha = [-1]",
        r"\[\[grid\]\] number 2: alpha must",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_grid_is_explained(tmp_path, name):
    contents, message = BAD_FILES[name]
    with pytest.raises(UsageError, match=message) as raised:
        read_grids(written(tmp_path, contents))
    assert "grid.toml" in str(raised.value)


@pytest.mark.parametrize("name", BAD_GRIDS)
def test_what_a_grid_cannot_ask_for_is_explained_before_anything_is_trained(tmp_path, monkeypatch, name):
    monkeypatch.setattr("shoal.tables._search.GridSearchCV", None)
    contents, message = BAD_GRIDS[name]
    with pytest.raises(UsageError, match=message) as raised:
        searched(grids=read_grids(written(tmp_path, contents)))
    assert "grid.toml" in str(raised.value)


def test_what_the_grid_and_an_option_both_say_is_refused(tmp_path):
    grids = read_grids(written(tmp_path, "max_iter = [5]"))
    with pytest.raises(UsageError, match=r"max_iter is set in .* and also by `--epochs`"):
        searched(grids=grids, settings=SearchSettings(epochs=7))


def test_of_a_number_the_linear_model_has_another_parameter(tmp_path):
    grids = read_grids(written(tmp_path, "model = 'linear'\nalpha = [3]"))
    model, outcome = searched("size", grids=grids)
    assert (outcome.candidates[0].settings, model.estimator_.alpha) == ({"model": "linear", "l2": 3.0}, 3)
    with pytest.raises(UsageError, match='no parameter "C"'):
        searched("size", grids=read_grids(written(tmp_path, "model = 'linear'\nC = [3]")))


def test_a_grid_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileError, match=r"no file .*nope\.toml"):
        read_grids(tmp_path / "nope.toml")
    with pytest.raises(FileError, match="is a folder"):
        read_grids(tmp_path)
