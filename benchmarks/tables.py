"""How good a network is on real tables beside scikit-learn's defaults, on the same split.

    python benchmarks/tables.py TABLE:TARGET [TABLE:TARGET ...]

Every contestant gets the rows as shoal's encoders turn them, learned from the training part only, and is
judged on the rows that `shoal train` holds out (seed 0). A row a model: accuracy and log loss, or R^2,
RMSE and MAE, and the seconds of its fit. One run on a shared machine: the scores are exact, the seconds
are not.
"""

import sys
import time
import warnings

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor

from shoal.tables import TableEncoder, Task, read_table
from shoal.tables._fitting import fitted
from shoal.tables._networks import network_of
from shoal.tables._plan import make_plan
from shoal.tables._settings import TrainSettings


def scores(model, X, y, classes):
    """What there is to say of a model on the rows held out."""
    if classes:
        P = model.predict_proba(X)
        accuracy, loss = (
            accuracy_score(y, model.classes_[P.argmax(axis=1)]),
            log_loss(y, P, labels=model.classes_),
        )
        return f"accuracy {accuracy:.4f}  log loss {loss:.4f}"
    predicted = model.predict(X)
    r2, rmse, mae = (f(y, predicted) for f in (r2_score, root_mean_squared_error, mean_absolute_error))
    return f"R2 {r2:.4f}  RMSE {rmse:9.4g}  MAE {mae:9.4g}"


class InItsOwnUnits:
    """A network that learned (y - mean) / scale, giving y."""

    def __init__(self, model, mean, scale):
        self.model, self.mean, self.scale = model, mean, scale

    def predict(self, X):
        return self.model.predict(X) * self.scale + self.mean


def contestants(X, plan, split, classes):
    """Name, fitted model and seconds; peers learn from all rows that are not held out."""
    begin = time.perf_counter()
    inner = network_of(TrainSettings(), plan.target.task, len(split.train))
    model = fitted(plan, inner, split.learned, split.validation)
    yield "shoal train", model.bare(model.estimator_), time.perf_counter() - begin
    learned, y = split.learned, plan.y
    mean, scale = (0.0, 1.0) if classes else (y[learned].mean(), y[learned].std())
    kinds = (
        (MLPClassifier, HistGradientBoostingClassifier)
        if classes
        else (MLPRegressor, HistGradientBoostingRegressor)
    )
    for kind in kinds:
        scaled = kind is MLPRegressor  # left in dollars it does not converge in its 200 epochs
        begin = time.perf_counter()
        model = kind(random_state=0).fit(X[learned], (y[learned] - mean) / scale if scaled else y[learned])
        seconds = time.perf_counter() - begin
        yield kind.__name__, InItsOwnUnits(model, mean, scale) if scaled else model, seconds


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    for path, _, target in (argument.rpartition(":") for argument in arguments):
        plan = make_plan(read_table(path), target, TrainSettings())
        split = plan.split
        X = TableEncoder.fit(plan.frame[split.learned], plan.reading.columns).transform(plan.frame)
        classes = plan.target.task is Task.CLASSIFICATION
        y = np.array(plan.y.tolist()) if classes else plan.y
        print(f"{path}: {target}, {len(split.learned)} rows to learn from, {len(split.test)} held out")
        for name, model, seconds in contestants(X, plan, split, classes):
            print(f"  {name:32} {scores(model, X[split.test], y[split.test], classes)}  {seconds:6.1f} s")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
