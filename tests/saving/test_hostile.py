"""Thousands of documents that somebody changed and sealed again: each is refused, or can be used."""

import copy
import hashlib
import json
import random
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars
import pytest
from sklearn.datasets import make_blobs, make_multilabel_classification

import shoal
from shoal import LogisticRegression, MLPClassifier, MLPRegressor
from shoal.base import container
from shoal.base.errors import DataError, DivergedError, ModelFileError, UsageError
from shoal.cli import main
from shoal.saving import _document as model_file
from shoal.tables._estimator import TableEstimator

OLD = Path(__file__).parents[1] / "old_files"
TABLE = str(OLD / "table.csv")
X, LABELS = make_blobs(30, 3, centers=3, random_state=0)
SEEDS = range(12)
MUTATIONS = 500  # for each seed: 6,000 in all

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]

VALUES = [
    *(None, True, False, 0, 1, -1, 2, 3, 2**31, 2**53 + 1, 2**63, 2**64, 10**400, -(10**400)),
    *(0.0, -0.5, 0.5, 1.5, 1e-320, 1e30, 1e308, -1.7e308, 5e-324),
    *("", "a", "relu", "tanh", "softmax", "identity", "1.5", " 7 ", "nan", "\x00", "\u202e", "é" * 300),
    *([], [1], [[]], ["a", "a"], [0.5, -0.5], {}, {"a": 1}),
    *({"tuple": []}, {"tuple": [3]}, {"float": "nan"}, {"float": "inf"}, {"dict": [[[], 1]]}),
]
ODD_WEIGHTS = [np.nan, np.inf, -np.inf, 1.7e308, -1.7e308, 1e300, 1e154, 1e30, 5e-324]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    models = [
        MLPClassifier((4, 3), max_iter=4).fit(X, LABELS),
        MLPClassifier((4,), max_iter=4, n_restarts=2, restarts="average").fit(X, LABELS > 0),
        MLPClassifier((4,), max_iter=4).fit(*make_multilabel_classification(30, 3, n_classes=3)),
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=4, early_stopping=True).fit(X, X[:, :2]),
        LogisticRegression(class_weight={"a": 2.0}).fit(X, np.array(["a", "b", "c"])[LABELS]),
        shoal.load(OLD / "table.shoal"),
        shoal.load(OLD / "table.shoal"),
    ]
    path = tmp_path_factory.mktemp("hostile") / "m.shoal"
    found = []
    for model in models:
        shoal.save(model, path)
        found.append(model_file.read(path))
    return [*found, model_file.read(OLD / "table.shoal"), model_file.read(OLD / "regressor.shoal")]


def places(value):
    """Every dictionary and list in a document."""
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from places(item)


def change(draw, document):
    """One change of a value, a type, a key or an order, anywhere in the document."""
    place = draw.choice([each for each in places(document) if each])
    key = draw.choice(list(place)) if isinstance(place, dict) else draw.randrange(len(place))
    how = draw.randrange(8)
    if how == 0:
        del place[key]
    elif how == 1 and isinstance(place, dict):
        place[draw.choice(["evil", "n", key + "x", "kind"])] = draw.choice(VALUES)
    elif how == 1:
        place.insert(key, copy.deepcopy(draw.choice(place)))
    elif how == 2 and isinstance(place, list):
        draw.shuffle(place)
    elif how == 3:
        place[key] = copy.deepcopy(draw.choice(list(places(document))))
    elif how == 4 and isinstance(place[key], int | float):
        place[key] = place[key] * draw.choice([-1, 0, 2, 1e3, 1e300]) + draw.choice([0, 1, -1])
    else:
        place[key] = copy.deepcopy(draw.choice(VALUES))


def raw(draw, document):
    """The document as text that JSON allows and `save` never writes: doubled keys, NaN, depth."""
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=draw.random() < 0.8)
    how = draw.randrange(4)
    if how == 0:
        return written.replace('"estimator":', '"estimator":"evil","estimator":', 1)
    if how == 1:
        return written.replace("0.0", draw.choice(["NaN", "Infinity", "1e999", "0.00"]), 1)
    if how == 2:
        return written.replace('"classes":', '"evil":' + "[" * 900 + "]" * 900 + ',"classes":', 1)
    return written


def sealed(draw, document, arrays):
    """The bytes of a file with a right digest."""
    if draw.random() < 0.9:
        try:
            blank = container._laid_out(document, arrays, "0" * 64)
        except container.ContainerError:  # such as a number that JSON lacks
            pass
        else:
            return container._laid_out(document, arrays, hashlib.sha256(blank).hexdigest())
    inner = raw(draw, document)

    def made(digest):
        header, data = {"__metadata__": {"shoal": f'{{"document":{inner},"sha256":"{digest}"}}'}}, b""
        for name in sorted(arrays):
            span = [len(data), len(data) + arrays[name].nbytes]
            code = {8: "F64", 4: "F32"}[arrays[name].itemsize]
            header[name] = {"dtype": code, "shape": list(arrays[name].shape), "data_offsets": span}
            data += arrays[name].tobytes()
        encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        encoded += b" " * (-len(encoded) % 8)
        return struct.pack("<Q", len(encoded)) + encoded + data

    return made(hashlib.sha256(made("0" * 64)).hexdigest())


def mutated(draw, originals):
    document, arrays = copy.deepcopy(draw.choice(originals))
    if draw.random() < 0.15:
        array = arrays[draw.choice(sorted(arrays))]
        with np.errstate(over="ignore"):
            array[draw.randrange(len(array)) :] = draw.choice(ODD_WEIGHTS)
    else:
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            change(draw, document)
    return sealed(draw, document, arrays)


def use(path, frame):
    """Everything that can be asked of a model; returns the exit codes of the commands."""
    model = shoal.load(path)
    assert repr(model)
    of_table = isinstance(model, TableEstimator)
    try:
        rows = frame if of_table else X.astype(model.theta_.dtype)
        answers = [model.predict(rows)]
        if of_table:
            model.evaluate(frame)
        if hasattr(model, "predict_proba") and not (of_table and model.target_.task == "regression"):
            answers.append(model.predict_proba(rows))
        for answer in answers:
            assert answer.dtype.kind in "UObiu" or np.isfinite(answer).all()
    except (DivergedError, DataError):  # such as a table that lacks a column of this model
        pass
    except ValueError as error:  # scikit-learn's
        if "features" not in str(error):  # the number of columns of X is another
            raise
    with suppress(UsageError):  # the classes may be of a type that only a forger writes
        shoal.save(model, path.with_name("again.shoal"))
    commands = [["inspect", str(path)], ["inspect", str(path), "--json"]]
    if of_table:
        commands += [["evaluate", str(path), TABLE], ["predict", str(path), TABLE, "--proba", "--json"]]
    return [main(command) for command in commands]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_changed_document_is_refused_or_can_be_used(seed, originals, tmp_path, capsys):
    draw, frame = random.Random(seed), polars.read_csv(TABLE)
    path, refused = tmp_path / "m.shoal", 0
    for count in range(MUTATIONS):
        path.write_bytes(mutated(draw, originals))
        try:
            codes = use(path, frame)
        except ModelFileError:
            refused += 1
            continue
        except Exception as error:
            (tmp_path / "kept.shoal").write_bytes(path.read_bytes())
            raise AssertionError(f"mutation {count} of seed {seed}: {error!r}") from error
        assert set(codes) <= {0, 3, 4, 5}, (count, codes, capsys.readouterr().err[-500:])
    assert 0 < refused < MUTATIONS
