"""What the notes say and show can be run: each of their 272 items, line by line, in `notes_coverage.tsv`.

An item is shown by one call: a `shoal` command, where a model and a table are meant if it names none, or a
line of Python with the names of `docs/notes.md`. What cannot be run stands in words on that page: what NumPy
does itself, advice, and slips of the pen.
"""

from pathlib import Path

import numpy as np
import pytest

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, cli
from shoal.book import equations, helpers, initialization, notation
from shoal.book.graph import logistic_graph
from shoal.book.network import Network
from shoal.datasets import load
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.experiments import experiments

HERE = Path(__file__).parent
ITEMS = [
    line.split("\t")
    for line in (HERE / "notes_coverage.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
CALLS = sorted({call for _, _, call in ITEMS if not call.startswith(("words: ", "notation: "))})
COMMANDS = [call for call in CALLS if call.startswith("shoal ")]
EXPERIMENTS = "shoal experiment "


@pytest.fixture(scope="module")
def names():
    """The names of docs/notes.md, and a model of the flower."""
    network = Network((3, 4, 1), ("tanh",), "sigmoid")
    theta = initialization.initialize(network, np.random.default_rng(0), "normal", scale=0.01)
    W, b = network.views(theta)
    X = np.array([[1.0, 2.0, -1.0, 0.0, 3.0], [0.0, 1.0, 1.0, -2.0, 1.0], [2.0, -1.0, 0.0, 1.0, 1.0]])
    Y = np.array([[1.0, 0.0, 1.0, 1.0, 0.0]])
    q = equations.shares(np.ones((1, 5)))
    Z, A = equations.forward(W, b, X, network.g)
    dZ, dW, db = equations.backward(W, Z, A, Y, network.g, q)
    flower = load("flower", seed=1)
    x, y = flower.X, flower.y
    model = MLPClassifier((4,), activation="tanh", max_iter=20).fit(x, y)
    own = {**locals(), "z": np.array([-2.0, 0.5, 2.0]), "rng": np.random.default_rng(0), "np": np}
    book = {name: getattr(equations, name) for name in dir(equations) if not name.startswith("_")}
    more = (helpers.broadcast_shapes, helpers.loss_of_probabilities, helpers.normalize_rows)
    more += (initialization.initialize, notation.check_shape, logistic_graph, get_engine, Data)
    estimators = (LogisticRegression, MLPClassifier, MLPRegressor)
    return {**book, **{f.__name__: f for f in (*more, *estimators)}, **own}


def test_at_least_200_of_the_272_items_can_be_run():
    assert len(ITEMS) == 272
    assert all(len(item) == 3 and all(item) for item in ITEMS)
    assert sum(call in CALLS for _, _, call in ITEMS) >= 200


def test_every_experiment_is_there_and_shows_an_item():
    named = {call.removeprefix(EXPERIMENTS) for call in CALLS if call.startswith(EXPERIMENTS)}
    there = {experiment.name for experiment in experiments()}
    assert named <= there


@pytest.mark.filterwarnings("ignore")  # twenty epochs are not enough; that is not the point here
@pytest.mark.parametrize("call", [call for call in CALLS if not call.startswith("shoal ")])
def test_every_line_of_python_runs(call, names):
    eval(call, dict(names))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table, a line and a network for it."""
    folder = tmp_path_factory.mktemp("coverage")
    table = str(folder / "table.csv")
    assert cli.main(["data", "moons", "--out", table]) == 0
    for name, options in (("line", ["--hidden", "0"]), ("network", ["--hidden", "4", "--epochs", "20"])):
        out = str(folder / f"{name}.shoal")
        assert cli.main(["train", table, "--target", "moon", *options, "--out", out]) == 0
    return folder


@pytest.mark.parametrize("call", [call for call in COMMANDS if not call.startswith(EXPERIMENTS)])
def test_every_command_runs(call, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, command, *more = call.split()
    table = folder / "table.csv"
    model = folder / ("line.shoal" if "surface" in more else "network.shoal")  # w and b of a line span it
    subjects = {
        "graph": ["J = 3*(a + b*c)", "a=5", "b=3", "c=2"],
        "inspect": [model],
        "plot": [model, table, "--out", "picture.svg"],
        "train": [table, "--target", "moon", "--epochs", "20", "--out", "model.shoal"],
    }
    assert cli.main([command, *map(str, subjects.get(command, [model, table])), *more]) == 0
