"""What cannot be trained on is refused before a pointer is touched: with its key, and nobody has moved."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest
from native_cases import (
    DTYPES,
    NativeEngine,
    _native,
    copy,
    examples,
    fingerprint,
    member,
    program,
)

from shoal.base.errors import DataError, ShapeError, ShoalError, UsageError
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer
from shoal.engines import native as native_engine
from shoal.engines.base import Data

pytestmark = pytest.mark.unchecked_shapes  # what is wrong here is left to the engine
NETWORK = Network((3, 5, 4, 2), ("tanh", "relu"), "sigmoid")
DATA = examples(NETWORK, 41, weighted=True)
ENGINE = NativeEngine(2)


def good():
    return member(NETWORK, DATA, optimizer=Optimizer(clip_norm=0.5), batch_size=8, dropout=(0.1, 0.2))


def unaligned(array):
    copied = np.frombuffer(bytearray(array.nbytes + 1), array.dtype, array.size, 1).reshape(array.shape)
    copied[...] = array
    return copied


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def spread(array):
    """The same numbers with gaps between them."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


SHAPE = "core.shape"  # or with a likely cause: see test_engine_shapes.py, which reads the messages
LETTERED = ("theta", "X", "Y", "v")  # a wrong shape of these is told in the book's letters

# What is wrong with an array, whatever it holds, and the key of the complaint.
ARRAYS = {
    "a list": (lambda a: a.tolist(), "engine.no_array"),
    "nothing": (lambda a: None, "engine.no_array"),
    "text": (lambda a: a.astype(str), "engine.no_array"),
    "objects": (lambda a: a.astype(object), "engine.no_array"),
    "of another type": (lambda a: a.astype(np.int32), "engine.dtype"),
    "in half precision": (lambda a: a.astype(np.float16), "engine.dtype"),
    "with one axis too many": (lambda a: a[None], "engine.axes"),
    "with one axis too few": (lambda a: a[0], "engine.axes"),
    "one too short": (lambda a: a[..., :-1], "engine.size"),
    "one too long": (lambda a: np.concatenate([a, a[..., :1]], axis=-1), "engine.size"),
    "with gaps": (spread, "engine.contiguous"),
    "backwards": (lambda a: a[..., ::-1], "engine.contiguous"),
    "unaligned": (unaligned, "engine.contiguous"),
    "read-only": (read_only, "engine.no_array"),
}
LAYOUTS = {"with gaps", "backwards"}
# What is fine: X and Y may lie in any way (test_native_engine.py says so), v may be missing, what is only
# read may be read-only, and rows may be as many as one likes.
FINE = {
    "theta": {"with one axis too few"},  # a number, which is no array
    "slots": set(),
    "X": {*LAYOUTS, "unaligned", "read-only", "of another type"},
    "Y": {*LAYOUTS, "read-only", "of another type"},  # whole numbers are taken
    "v": {"nothing", "read-only", "of another type"},
    "rows": {"read-only", "one too short", "one too long", "with one axis too few"},
}


def with_array(who, symbol, change):
    """The member with this array changed."""
    if symbol in ("X", "Y", "v"):
        return replace(who, data=who.data._replace(**{symbol: change(getattr(who.data, symbol))}))
    who = copy(who)
    setattr(who, symbol, change(getattr(who, symbol)))
    return who


ARRAY_KINDS = [
    pytest.param(
        symbol,
        change,
        SHAPE if symbol in LETTERED and key in ("engine.axes", "engine.size") else key,
        id=f"{symbol} {name}",
    )
    for symbol in FINE
    for name, (change, key) in ARRAYS.items()
    if name not in FINE[symbol]
]
ARRAY_KINDS += [
    pytest.param("X", lambda X: X[:2], SHAPE, id="X with an input too few"),
    pytest.param("X", lambda X: X.T, SHAPE, id="X turned"),
    pytest.param("X", lambda X: X[:, :40], SHAPE, id="X with an example too few for Y"),
    pytest.param("X", lambda X: X.astype(np.float32), "engine.dtype", id="X and Y in different precisions"),
    pytest.param("Y", lambda Y: Y.T, SHAPE, id="Y turned"),
    pytest.param("Y", lambda Y: Y[:1], SHAPE, id="Y with a unit too few"),
    pytest.param("Y", lambda Y: Y.astype(np.float32), "engine.dtype", id="Y in another precision"),
    pytest.param("v", lambda v: v.T, SHAPE, id="v as a column"),
    pytest.param("v", lambda v: np.tile(v, (2, 1)), SHAPE, id="v twice"),
    pytest.param("v", lambda v: v.astype(np.float32), "engine.dtype", id="v in another precision"),
    pytest.param("v", lambda v: v * np.nan, "engine.number", id="v of NaN"),
    pytest.param("v", lambda v: v * np.inf, "engine.number", id="v infinite"),
    pytest.param("v", lambda v: -v, "engine.number", id="v negative"),
    pytest.param("rows", lambda rows: np.array([3, 41, 5]), "engine.row", id="a row that is not there"),
    pytest.param("rows", lambda rows: np.array([3, 2**62]), "engine.row", id="a row that is far away"),
    pytest.param("rows", lambda rows: np.array([3, -1]), "engine.row", id="a negative row"),
    pytest.param("rows", lambda rows: np.array([-(2**63)]), "engine.row", id="the most negative row"),
    pytest.param("rows", lambda rows: rows[:0], "engine.no_rows", id="no rows"),
    pytest.param("rows", lambda rows: rows.astype(np.uint64), "engine.dtype", id="rows without sign"),
    pytest.param("rows", lambda rows: rows.astype(float), "engine.dtype", id="rows as fractions"),
    pytest.param("rows", lambda rows: rows > 3, "engine.dtype", id="rows as a mask"),
    pytest.param("slots", lambda slots: slots[:1], "engine.size", id="a slot too few"),
    pytest.param("slots", lambda slots: np.asfortranarray(slots), "engine.contiguous", id="slots turned"),
]
NEVER = (float("nan"), -1.0, float("inf"), "a", None)  # None is right for clip_norm only
NUMBERS = [(name, value) for name in ("l1", "l2") for value in NEVER]
NUMBERS += [("batch_size", value) for value in (0, -3, 2.5, 10**30, *NEVER)]
NUMBERS += [(name, value) for name in ("t", "epoch") for value in (-1, 0.5, 10**30, *NEVER)]
NUMBERS += [("seed", value) for value in (-1, 0.5, 2**64, *NEVER)]
NUMBERS += [("dropout", (0.1, value)) for value in NEVER]
FINE_FOR_GRADIENTS = {"theta read-only", "rows nothing"}
GRADIENTS_REFUSE = [
    kind for kind in ARRAY_KINDS if kind.values[0] != "slots" and kind.id not in FINE_FOR_GRADIENTS
]
CONSTANTS = [field.name for field in fields(Optimizer) if field.name != "rule"]
NUMBERS += [(name, value) for name in CONSTANTS for value in NEVER if (name, value) != ("clip_norm", None)]


CLASSES = dict.fromkeys((SHAPE, "engine.axes", "engine.size", "engine.row", "engine.no_rows"), ShapeError)
CLASSES["engine.not_finite"] = DataError  # all others are of UsageError


def is_refused(key, call):
    """The call raises the library's error with this key; returned is what it says."""
    with pytest.raises(ShoalError) as caught:
        call()
    found = caught.value.key
    assert found == key or (key == SHAPE and found in ("core.shape_turned", "core.shape_rank_1"))
    assert type(caught.value) is CLASSES.get(key, UsageError)
    return str(caught.value)


def is_not_trained(bad, key, rates=(0.1, 0.1)):
    """Refused, and neither the member nor those before and behind it have moved."""
    members = [good(), bad, good()]
    before = [_bytes(who) for who in members]
    message = is_refused(key, lambda: ENGINE.epochs(members, [[0.1, 0.1], rates, [0.1, 0.1]]))
    assert [_bytes(who) for who in members] == before
    return message


def _bytes(who):
    return fingerprint(who.theta, who.slots), who.t, who.epoch


# --------------------------------------------------------------------------- arrays


@pytest.mark.parametrize(("symbol", "change", "key"), ARRAY_KINDS)
def test_a_member_with_a_wrong_array_is_refused_and_nobody_is_trained(symbol, change, key):
    message = is_not_trained(with_array(good(), symbol, change), key)
    assert symbol in message or key in (SHAPE, "engine.row", "engine.size", "engine.dtype")


@pytest.mark.parametrize(("symbol", "change", "key"), GRADIENTS_REFUSE)
def test_a_gradient_refuses_wrong_arrays_too(symbol, change, key):
    who = with_array(good(), symbol, change)
    is_refused(key, lambda: ENGINE.gradient(NETWORK, who.theta, who.data, who.rows))
    if symbol == "theta":
        is_refused(key, lambda: ENGINE.predict(NETWORK, who.theta, DATA.X))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda X: X.tolist(), "engine.no_array"),
        (lambda X: X.astype(np.float16), "engine.dtype"),
        (lambda X: X[0], SHAPE),
        (lambda X: X[:2], SHAPE),
        (lambda X: X.T, SHAPE),
    ],
)
def test_predictions_refuse_a_wrong_x(change, key):
    is_refused(key, lambda: ENGINE.predict(NETWORK, good().theta, change(DATA.X)))
    is_refused(key, lambda: ENGINE.predict(NETWORK, good().theta, change(DATA.X), layers=True))


def test_a_gradient_over_no_examples_is_refused():
    empty = Data(DATA.X[:, :0], DATA.Y[:, :0])
    is_refused("engine.no_rows", lambda: ENGINE.gradient(NETWORK, good().theta, empty))


# --------------------------------------------------------------------------- numbers that are none


def with_number(X, where, number):
    X = X.copy(order="K")
    X[where] = number
    return X


@pytest.mark.parametrize("weight", [1, 0])  # without weight it would spoil the gradient all the same
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])  # behind tanh, infinity would look harmless
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("where", [(0, 0), (2, 0), (1, 20), (0, 40), (2, 40)], ids=str)
def test_examples_that_are_not_finite_are_refused_by_their_number(where, dtype, number, weight):
    data = examples(NETWORK, 41, dtype, weighted=True)
    data = data._replace(X=with_number(data.X, where, number))
    data.v[0, where[1]] = weight
    members = [good(), member(NETWORK, data), good()]
    before = _bytes(members[1])
    message = is_refused("engine.not_finite", lambda: ENGINE.epochs(members, [[0.1] * 3] * 3))
    assert f"example {where[1]} " in message
    assert _bytes(members[1]) == before
    for who in (members[0], members[2]):  # who may have been trained before the example was found
        alone = good()
        ENGINE.epochs([alone], [[0.1] * who.epoch])
        assert _bytes(who) == _bytes(alone)
    is_refused("engine.not_finite", lambda: ENGINE.gradient(NETWORK, members[1].theta, data))


def test_of_members_who_share_their_x_each_has_its_own_rows_looked_at():
    data = DATA._replace(X=with_number(DATA.X, (1, 30), np.nan))
    first = replace(good(), data=Data(data.X[:, :20], DATA.Y[:, :20]), rows=np.arange(20))
    second = replace(good(), data=data)
    is_refused("engine.not_finite", lambda: ENGINE.epochs([first, second], [[0.1]] * 2))


def test_a_prediction_that_is_no_number_stays_with_its_example():
    X = with_number(DATA.X, (1, 30), np.nan)
    A, right = (ENGINE.predict(NETWORK, good().theta, each) for each in (X, DATA.X))
    assert np.isnan(A[:, 30]).all()
    np.testing.assert_array_equal(np.delete(A, 30, axis=1), np.delete(right, 30, axis=1))


@pytest.mark.parametrize(("name", "value"), NUMBERS, ids=str)
def test_a_hyperparameter_that_is_not_possible_is_refused(name, value):
    who = good()
    optimizer = replace(who.optimizer, **{name: value}) if name in CONSTANTS else who.optimizer
    change = {} if name in CONSTANTS else {name: value}
    message = is_not_trained(replace(who, optimizer=optimizer, **change), "engine.number")
    assert message.startswith(name)


@pytest.mark.parametrize("rate", NEVER)
def test_a_learning_rate_that_is_not_possible_is_refused(rate):
    assert "learning_rates" in is_not_trained(good(), "engine.number", rates=(0.1, rate))


@pytest.mark.parametrize("name", ["l1", "l2"])
@pytest.mark.parametrize("value", NEVER)
def test_a_penalty_that_is_not_possible_is_refused_for_a_gradient(name, value):
    is_refused("engine.number", lambda: ENGINE.gradient(NETWORK, good().theta, DATA, **{name: value}))


@pytest.mark.parametrize("rate", [1.0, 1.5, 1e300])
def test_dropout_that_leaves_nothing_is_refused(rate):
    is_not_trained(replace(good(), dropout=(0.1, rate)), "engine.dropout")


@pytest.mark.parametrize("rates", [(0.1,), (0.1, 0.2, 0.3)])
def test_dropout_needs_a_rate_for_every_hidden_layer(rates):
    is_not_trained(replace(good(), dropout=rates), "engine.dropout_count")


def test_numbers_of_numpy_are_as_good_as_pythons():
    one = good()
    other = replace(
        copy(one),
        seed=np.int64(one.seed),
        batch_size=np.int32(one.batch_size),
        l1=np.float32(one.l1),
        shuffle=np.bool_(True),
        dropout=tuple(np.float64(rate) for rate in one.dropout),
    )
    ENGINE.epochs([one, other], [[0.1, 0.1], np.array([0.1, 0.1])])
    np.testing.assert_array_equal(one.theta, other.theta)


def test_the_catalogue_says_what_to_do():
    message = is_not_trained(with_array(good(), "slots", spread), "engine.contiguous")
    assert "ascontiguousarray" in message
    message = is_not_trained(replace(good(), rows=np.array([2, 41])), "engine.row")
    assert re.search(r"example 41.*data has 41", message)


# --------------------------------------------------------------------------- threads and CPU levels


@pytest.mark.parametrize("n_threads", [0, -1, "x", 1.5, "1.5", float("nan"), float("inf"), [2]])
def test_a_number_of_threads_that_is_none_is_refused(n_threads):
    assert "n_threads" in is_refused("engine.threads", lambda: NativeEngine(n_threads))


@pytest.mark.parametrize("asked", ["abc", "0", "-2", "1.5"])
def test_an_environment_that_names_no_number_of_threads_is_refused(asked, monkeypatch):
    monkeypatch.setenv("SHOAL_NUM_THREADS", asked)
    message = is_refused("engine.threads", NativeEngine)
    assert "SHOAL_NUM_THREADS" in message
    assert asked in message
    assert NativeEngine(3).n_threads == 3


def test_the_number_of_threads_comes_from_the_environment_or_from_the_process(monkeypatch):
    monkeypatch.setenv("SHOAL_NUM_THREADS", "5")
    assert NativeEngine().n_threads == 5
    monkeypatch.delenv("SHOAL_NUM_THREADS")
    assert NativeEngine().n_threads >= 1


def test_more_threads_than_there_can_be_are_as_many_as_there_can_be():
    one, other = good(), good()
    NativeEngine(10**12).epochs([one], [[0.1]])
    ENGINE.epochs([other], [[0.1]])
    np.testing.assert_array_equal(one.theta, other.theta)


FORCED = """
from shoal.engines import get_engine
from shoal.base.errors import UsageError
for name in ("native", "auto", "native"):
    try:
        get_engine(name)
    except UsageError as error:
        print(error.key, error)
print(get_engine("numpy").name)
"""


def test_an_unknown_cpu_level_is_refused_with_those_that_there_are():
    lines = program(FORCED, SHOAL_CPU="sse17").splitlines()
    assert len(lines) == 4
    assert lines[-1] == "numpy"
    for line in lines[:3]:
        assert re.match(r"engine\.cpu_unknown .*'sse17'.*baseline", line)


def test_a_level_that_this_cpu_lacks_is_refused_with_those_that_it_has(monkeypatch):
    used = []
    monkeypatch.setattr(_native, "cpu_levels", lambda: [("baseline", True), ("avx512", False)])
    monkeypatch.setattr(_native, "use_cpu_level", used.append)
    message = is_refused("engine.cpu_missing", lambda: native_engine._force_cpu_level("avx512"))
    assert "'avx512'" in message
    assert message.endswith("baseline")
    assert used == []


def test_the_extension_itself_refuses_a_level_that_is_not_here():
    with pytest.raises(ValueError, match="level"):
        _native.use_cpu_level("sse17")
