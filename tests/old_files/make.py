"""Makes the files of this folder. They are kept as commit dd6790e made them; newer code makes newer files.

git worktree add ../then dd6790e && make -C ../then .venv/installed-dev
../then/.venv/bin/python tests/old_files/make.py
"""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas
import polars
from sklearn.model_selection import KFold

import shoal

HERE = Path(__file__).parent
NAMES = ["长", "width", "x y", "z"]


def table(rows=90):
    """Numbers, categories, dates and truth values, with gaps in each; a class that two of them decide."""
    random = np.random.default_rng(0)
    age, income = random.integers(18, 80, rows), np.round(random.lognormal(10, 0.5, rows), 2)
    days = np.datetime64("2020-01-01") + random.integers(0, 1500, rows)
    cities, member = random.choice(["Porto", "Pune", "北京"], rows), random.choice(["yes", "no"], rows)
    odds = (age - 49) / 15 + (days - np.datetime64("2022-01-01")).astype(int) / 500 + (cities == "Pune")
    columns = {"age": age, "income": income, "city": cities, "joined": days.astype(str), "member": member}
    lines = [",".join([*columns, "stays"])]
    for i in range(rows):
        cells = [str(values[i]) for values in columns.values()]
        if i % 4 == 0:
            cells[i // 4 % 5] = ""
        lines.append(",".join([*cells, "stays" if odds[i] > random.logistic() / 3 else "leaves"]))
    (HERE / "table.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def table_model():
    """`shoal train`, and the probabilities of all rows."""
    shell = [Path(sys.executable).parent / "shoal"]
    train = ["train", "table.csv", "--target", "stays", "--hidden", "6", "--epochs", "40"]
    subprocess.run([*shell, *train, "--out", "table.shoal"], cwd=HERE, check=True)
    predict = ["predict", "table.shoal", "table.csv", "--proba", "--json"]
    evaluate = ["evaluate", "table.shoal", "table.csv", "--json"]
    said = {
        name: json.loads(subprocess.run([*shell, *words], cwd=HERE, check=True, capture_output=True).stdout)
        for name, words in (("predict", predict), ("evaluate", evaluate))
    }
    frame, model = polars.read_csv(HERE / "table.csv"), shoal.load(HERE / "table.shoal")
    assert model.predict_proba(frame)[:, 1].tolist() == said["predict"]["probability stays"]
    write("table.json", said)


def arrays():
    """X, two numbers a row, and three labels; in three decimals, so that JSON holds all of each."""
    random = np.random.default_rng(1)
    X = np.round(random.normal(size=(48, 4)), 3)
    Y = np.round(np.column_stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])]), 3)
    labels = np.array(["低", "中", "高"])[np.digitize(X[:, 3] + 0.3 * random.normal(size=48), [-0.5, 0.5])]
    return X, Y, labels


def regressor(X, Y):
    """float32, fitted and continued, with parameters that JSON has no words for."""
    model = shoal.MLPRegressor(
        (6, 4),
        ("tanh", "leaky_relu"),
        solver="adamw",
        weight_decay=0.01,
        dropout=(0.1, 0.0),
        learning_rate_init=0.02,
        batch_size=16,
        max_iter=20,
        n_iter_no_change=np.inf,
        warm_start=True,
        random_state=np.random.RandomState(5),
    )
    model.fit(X.astype(np.float32), Y).fit(X.astype(np.float32), Y)
    shoal.save(model, HERE / "regressor.shoal")
    return {"predicted": model.predict(X.astype(np.float32)).tolist(), "cost": model.loss_curve_}


def logistic(X, labels):
    """Words for classes, names for columns, weights by class."""
    frame = pandas.DataFrame(X, columns=NAMES)
    model = shoal.LogisticRegression(C=0.5, class_weight={"低": 2.0, "中": 1.0, "高": 1.5}, warm_start=True)
    shoal.save(model.fit(frame, labels), HERE / "logistic.shoal")
    return {"probabilities": model.predict_proba(frame).tolist(), "theta": model.theta_.tolist()}


def study(X, labels):
    """A search of two candidates; the test asks for a third."""
    network = shoal.MLPClassifier((3,), max_iter=12, learning_rate_init=0.05, random_state=1)
    search = shoal.GridSearchCV(network, {"alpha": [0.01, 1.0]}, cv=KFold(3), study=HERE / "study").fit(
        X, labels
    )
    columns = ("mean_fit_time", "mean_test_score", "std_test_score")
    return {name: search.cv_results_[name].tolist() for name in columns}


def write(name, document):
    """As JSON, numbers to their last digit."""
    (HERE / name).write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    table()
    table_model()
    X, Y, labels = arrays()
    data = {"X": X.tolist(), "Y": Y.tolist(), "labels": labels.tolist(), "names": NAMES}
    found = {"regressor": regressor(X, Y), "logistic": logistic(X, labels), "study": study(X, labels)}
    write("arrays.json", data | found)
