"""`shoal search` on real tables, and scikit-learn's GridSearchCV over the same grid.

    python benchmarks/search_tables.py [--budget small] [--limit 600] TABLE:TARGET [TABLE:TARGET ...]

shoal is timed as people call it: the whole search, the refit and the judging of the winner included. The
peer gets the same rows, folds, encoders and scores, and scikit-learn's own estimators with the same settings,
in two processes with one BLAS thread each; it ends after `--limit` seconds. What is the same in name is not
always the same: scikit-learn stops early by accuracy, and divides alpha by the rows of a batch (which is made
up for). One run on a shared machine: the scores are exact, the seconds are not.
"""

import argparse
import multiprocessing
import queue
import time
import warnings
from typing import Any

from joblib import parallel_config
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor

from shoal.tables import Task, read_table
from shoal.tables._choice import SCORERS
from shoal.tables._estimators import candidates_of
from shoal.tables._fitting import blank
from shoal.tables._grids import grids_of
from shoal.tables._networks import linear_estimator
from shoal.tables._plan import make_plan
from shoal.tables._search import _summary, search_table
from shoal.tables._settings import SearchSettings

SAME = (
    *("hidden_layer_sizes", "activation", "solver", "batch_size", "learning_rate_init", "max_iter", "tol"),
    *("early_stopping", "validation_fraction", "n_iter_no_change", "random_state"),
)


def counterpart(ours: Any, rows: int) -> BaseEstimator:
    """scikit-learn's estimator with these settings."""
    values = ours.get_params()
    if "C" in values:
        return LogisticRegression(C=values["C"], max_iter=values["max_iter"])
    if not values["hidden_layer_sizes"]:
        return Ridge(alpha=values["alpha"])
    classes = type(ours).__name__ == "MLPClassifier"
    batch = rows if values["solver"] == "lbfgs" else min(200, rows)
    batch = batch if values["batch_size"] == "auto" else values["batch_size"]
    settings = {name: values[name] for name in SAME}
    kind = MLPClassifier if classes else MLPRegressor
    return kind(alpha=values["alpha"] * batch / rows, **settings)


def peer(path: str, target: str, settings: SearchSettings, answer: Any) -> None:
    """scikit-learn's search, in a process that can be ended."""
    warnings.simplefilter("ignore")
    plan = make_plan(read_table(path), target, settings)
    task, learned = plan.target.task, plan.split.learned
    data = _summary(plan, settings.folds)
    candidates = candidates_of(grids_of(settings.budget, data), data, settings)
    splitter = StratifiedKFold if task is Task.CLASSIFICATION else KFold
    search = GridSearchCV(
        blank(plan, linear_estimator(task, 1.0), tuple(plan.reading.columns)),
        {"estimator": [counterpart(each.estimator, data.rows) for each in candidates]},
        scoring=SCORERS[task],
        cv=splitter(settings.folds, shuffle=True, random_state=settings.seed),
        refit=next(iter(SCORERS[task])),
        n_jobs=2,
    )
    begun = time.perf_counter()
    with parallel_config("loky", inner_max_num_threads=1):
        search.fit(plan.frame[learned].drop(target), plan.y[learned])
    answer.put((time.perf_counter() - begun, search.best_score_))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", metavar="TABLE:TARGET")
    parser.add_argument("--budget", default="small")
    parser.add_argument("--limit", type=float, default=600.0)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    settings = SearchSettings(budget=asked.budget)
    for path, _, target in (table.rpartition(":") for table in asked.tables):
        begun = time.perf_counter()
        _, outcome = search_table(read_table(path), target, settings)
        seconds = time.perf_counter() - begun
        best, chosen = (outcome.candidates[k].mean(outcome.score) for k in (outcome.best, outcome.chosen))
        print(f"{path}: {target}, {outcome.rows} rows, {outcome.fits} fits, {outcome.score}")
        print(f"  shoal search   {seconds:8.1f} s   best {best.value:.4g} ± {best.error:.2g}", flush=True)
        held_out = ", ".join(
            f"{model} {scores[outcome.score].value:.4g}" for model, scores in outcome.held_out.items()
        )
        print(f"    chosen {chosen.value:.4g}: {dict(outcome.candidates[outcome.chosen].settings)}")
        print(f"    held out: {held_out}", flush=True)
        context = multiprocessing.get_context("spawn")
        answer = context.Queue()
        process = context.Process(target=peer, args=(path, target, settings, answer))
        process.start()
        try:
            seconds, score = answer.get(timeout=asked.limit)
            print(f"  GridSearchCV   {seconds:8.1f} s   best {-score:.4g}", flush=True)
        except queue.Empty:
            print(f"  GridSearchCV   not done after {asked.limit:.0f} s", flush=True)
        process.terminate()  # its workers would wait for more work


if __name__ == "__main__":
    main()
