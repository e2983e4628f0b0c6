"""The seam between Python and C++: by name, nothing by place; what one side does not know is said by name."""

import sys
import warnings
from dataclasses import replace
from itertools import product
from types import MappingProxyType

import numpy as np
import pytest
from native_cases import (
    DTYPES,
    NativeEngine,
    _native,
    copy,
    different_members,
    examples,
    member,
    program,
    trained,
)

import shoal
from shoal.base.errors import UsageError
from shoal.book import equations, optimizers
from shoal.book.equations import Activation
from shoal.book.network import Network
from shoal.book.optimizers import Optimizer, Rule
from shoal.engines import _native_build as native_build
from shoal.engines import checks, get_engine
from shoal.engines import native as native_engine
from shoal.engines.checks import check_engine
from shoal.engines.numpy import NumpyEngine
from shoal.estimators._parameters import SOLVERS

pytestmark = pytest.mark.unchecked_shapes

# --------------------------------------------------------------------------- what is added at run time


def softplus(Z):
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def mish(Z):
    return Z * np.tanh(softplus(Z))


def mish_prime(Z, A):
    T = np.tanh(softplus(Z))
    return T + Z * equations.sigmoid(Z) * (1 - T * T)


ADDED = {  # names that shoal will never have
    "added softplus": Activation(softplus, lambda Z, A: 1 - np.exp(-A)),
    "added mish": Activation(mish, mish_prime, "he"),  # its slope needs Z
}


def amsgrad(theta, dtheta, slots, t, rate, o):
    """Reddi et al. 2018: three slots."""
    v = o.beta1 * slots[0] + (1 - o.beta1) * dtheta
    s = o.beta2 * slots[1] + (1 - o.beta2) * dtheta**2
    largest = np.maximum(slots[2], s)
    return theta - rate * v / (np.sqrt(largest) + o.epsilon), (v, s, largest)


@pytest.fixture
def change(monkeypatch):
    """Puts another table in the place of one of ours, wherever it was imported to; gone after the test."""

    def change(table, other):
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "shoal":
                for attribute, value in list(vars(module).items()):
                    if value is table:
                        monkeypatch.setattr(module, attribute, MappingProxyType(other))

    monkeypatch.setattr(native_engine, "_said", set())
    native_engine._native_network.cache_clear()
    yield change
    native_engine._native_network.cache_clear()


def is_said_once(call, *names):
    """Each name is in one warning of the first call, and the second says nothing; the first's result."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
        call()
    said = [
        warning for warning in caught if warning.category is RuntimeWarning
    ]  # fits that end early warn too
    assert len(said) == len(names)
    for warning, name in zip(said, names, strict=True):
        assert repr(name) in str(warning.message)
        assert "NumPy" in str(warning.message)
    return result


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # 20 epochs are enough here
@pytest.mark.parametrize("name", ADDED)
def test_an_activation_that_the_build_lacks_is_computed_by_numpy_and_refused_by_the_native_engine(
    name, change
):
    change(equations.ACTIVATIONS, equations.ACTIVATIONS | ADDED)
    X = np.random.default_rng(0).standard_normal((60, 3))
    y = X[:, 0] > X[:, 1]

    def fit(engine):
        return shoal.MLPClassifier((5,), activation=name, max_iter=20, batch_size=16, engine=engine).fit(X, y)

    model = is_said_once(lambda: fit("auto"), name)
    np.testing.assert_array_equal(model.theta_, fit("numpy").theta_)
    np.testing.assert_array_equal(model.predict_proba(X), fit("numpy").predict_proba(X))
    assert model.history_.cost[-1] < model.history_.cost[0]
    with pytest.raises(UsageError, match=f"activation '{name}'.*engine=\"numpy\""):
        fit("native")


@pytest.mark.parametrize("engine", ["auto", "native"])
def test_every_call_of_an_engine_knows_what_the_build_lacks(engine, change):
    change(equations.ACTIVATIONS, equations.ACTIVATIONS | ADDED)
    network = Network((3, 4, 2), ("added mish",), "sigmoid")
    data = examples(network, 30)
    who, there, numpy = member(network, data), get_engine(engine), NumpyEngine()
    calls = [
        lambda e: e.predict(network, who.theta, data.X),
        lambda e: e.gradient(network, who.theta, data, l2=0.1)[1],
        lambda e: e.epochs([copy(who)], [[0.1] * 3])[0].cost,
    ]
    for call in calls:
        if engine == "native":
            with pytest.raises(UsageError, match="'added mish'"):
                call(there)
        else:
            native_engine._said.add(native_engine.Missing("engine.lacks_activation", name="'added mish'"))
            np.testing.assert_array_equal(call(there), call(numpy))


def test_a_rule_with_three_slots_is_computed_by_numpy_beside_rules_that_are_native(change):
    change(optimizers.RULES, optimizers.RULES | {"added amsgrad": Rule(amsgrad, 3)})
    network = Network((3, 4, 2), ("tanh",), "sigmoid")
    data = examples(network, 40)
    members = [
        member(network, data, seed, optimizer=Optimizer(rule), batch_size=9)
        for seed, rule in enumerate(["adam", "added amsgrad", "adagrad"])
    ]
    alone = [copy(who) for who in members]
    auto = get_engine("auto")
    results = is_said_once(lambda: auto.epochs(members, [[0.05] * 4] * 3), "added amsgrad")
    for who, engine in zip(alone, (NativeEngine(1), NumpyEngine(), NativeEngine(1)), strict=True):
        engine.epochs([who], [[0.05] * 8])
    assert [len(result.cost) for result in results] == [4, 4, 4]
    for who, single in zip(members, alone, strict=True):
        np.testing.assert_array_equal(who.theta, single.theta)
        np.testing.assert_array_equal(who.slots, single.slots)
    with pytest.raises(UsageError, match="rule 'added amsgrad'"):
        get_engine("native").epochs(members, [[0.05]] * 3)


def test_a_rule_with_another_number_of_slots_than_was_compiled_is_not_the_same_rule(change):
    """Else the extension would go on from slots that mean something else."""
    who = member(Network((3, 2), (), "sigmoid"), examples(Network((3, 2), (), "sigmoid"), 20))
    change(optimizers.RULES, optimizers.RULES | {"adam": Rule(amsgrad, 3)})
    with pytest.raises(UsageError, match=r"'adam'.*slots"):
        NativeEngine(1).epochs([replace(who, slots=np.zeros((3, 8)))], [[0.1]])


def test_the_contract_names_what_the_native_engine_lacks(change):
    change(equations.ACTIVATIONS, equations.ACTIVATIONS | ADDED)
    with pytest.raises(UsageError, match="'added softplus'"):
        check_engine(get_engine("native"), dtypes=("float64",))
    is_said_once(
        lambda: checks.check_dropout(get_engine("auto"), np.dtype(float), np.random.default_rng(0)), *ADDED
    )


def test_the_order_of_the_tables_means_nothing(change):
    members = different_members(30)
    expected = trained(members, 3)
    for table in (equations.ACTIVATIONS, equations.OUTPUTS, optimizers.RULES):
        change(table, dict(reversed(table.items())))
    assert list(equations.ACTIVATIONS) == list(reversed(_native.ACTIVATIONS))
    assert trained(members, 3) == expected


def test_this_build_has_all_that_python_has():
    assert set(_native.ACTIVATIONS) == set(equations.ACTIVATIONS)
    assert set(_native.OUTPUTS) == set(equations.OUTPUTS)
    assert {name: rule.n_slots for name, rule in optimizers.RULES.items()} == _native.RULES
    assert set(_native.MEMBER) == set(native_build.MEMBER)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # 5 epochs are enough here
@pytest.mark.parametrize(
    "chosen",
    [{"activation": g} for g in equations.ACTIVATIONS] + [{"solver": solver} for solver in SOLVERS],
    ids=str,
)
def test_estimators_files_and_docstrings_follow_the_tables(chosen, tmp_path):
    X = np.random.default_rng(0).standard_normal((50, 3))
    model = shoal.MLPClassifier((4,), max_iter=5, **chosen).fit(X, X[:, 0] > 0)
    shoal.save(model, tmp_path / "model.shoal")
    again = shoal.load(tmp_path / "model.shoal")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    (name,) = chosen.values()
    assert f'"{name}"' in shoal.MLPClassifier.__doc__


# --------------------------------------------------------------------------- a slope that needs Z

NEEDS_Z = ("gelu", "silu")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dropout", [(), (0.4, 0.0), (0.0, 0.4), (0.3, 0.3)], ids=str)
@pytest.mark.parametrize(("n_x", "units"), [(3, 2), (20, 3), (20, 9), (130, 1)])
@pytest.mark.parametrize("g", NEEDS_Z)
def test_slopes_that_need_z_are_right_for_every_way_through_the_kernels(g, n_x, units, dropout, dtype):
    """Few units of many inputs take X by rows; 1003 examples are several blocks with padding, 17 are one."""
    network = Network((n_x, units, 9, 2), (g, "tanh"), "softmax")
    for m, batch_size in ((17, 17), (97, 10), (1003, 1003)):
        data = examples(network, m, dtype, weighted=True)
        who = member(network, data, batch_size=batch_size, dropout=dropout, l2=0.1)
        expected = checks._reference(copy(who), [0.02] * 2)
        NativeEngine(2).epochs([who], [[0.02] * 2])
        # a hundred updates; Adam divides by the root of a gradient that may be as small as its own rounding
        tolerance = {"float64": 1e-9, "float32": 2e-3}[dtype]
        np.testing.assert_allclose(who.theta, expected[2], rtol=tolerance, atol=tolerance)


def test_a_layer_that_needs_z_leaves_the_others_alone():
    """The layers around it read their slopes off A, as always."""
    for names in product(("relu", "gelu", "identity"), repeat=3):
        network = Network((4, 5, 6, 7, 2), names, "sigmoid")
        data = examples(network, 50)
        theta = member(network, data).theta
        _, expected = checks._gradient(network, theta, data, 0.0, 0.0, 50.0)
        np.testing.assert_allclose(NativeEngine(1).gradient(network, theta, data)[1], expected, atol=1e-13)


# --------------------------------------------------------------------------- fields have names

NETWORK = Network((3, 5, 4, 2), ("tanh", "gelu"), "sigmoid")
NATIVE = _native.network(n=(3, 5, 4, 2), activations=("tanh", "gelu"), output="sigmoid")
DATA = examples(NETWORK, 41, weighted=True)


def good_fields():
    who = member(NETWORK, DATA, optimizer=Optimizer(clip_norm=0.5), batch_size=8, dropout=(0.1, 0.2))
    fields = native_engine._fields(who, [0.1, 0.1], NATIVE, {})
    return fields | {"optimizer": dict(fields["optimizer"])}


def is_refused_by_name(key, name, call):
    with pytest.raises(UsageError) as caught:
        call()
    assert caught.value.key == key
    assert name in str(caught.value)


@pytest.mark.parametrize("name", native_build.MEMBER)
def test_a_member_without_a_field_is_refused_by_its_name(name):
    fields = good_fields()
    del fields[name]
    is_refused_by_name(
        "engine.field_missing", f"'{name}'", lambda: _native.epochs(members=[fields], n_threads=1)
    )


@pytest.mark.parametrize("name", native_build.OPTIMIZER)
def test_an_optimizer_without_a_field_is_refused_by_its_name(name):
    fields = good_fields()
    del fields["optimizer"][name]
    is_refused_by_name(
        "engine.field_missing", f"'{name}'", lambda: _native.epochs(members=[fields], n_threads=1)
    )


@pytest.mark.parametrize("inside", [False, True], ids=["member", "optimizer"])
@pytest.mark.parametrize("name", ["learning_rate", "Theta", 3, None])
def test_a_field_that_does_not_exist_is_refused_by_its_name(name, inside):
    fields = good_fields()
    (fields["optimizer"] if inside else fields)[name] = 1
    is_refused_by_name(
        "engine.field_unknown", repr(name), lambda: _native.epochs(members=[fields], n_threads=1)
    )


@pytest.mark.parametrize("tables", [["tanh", "nothing"], ["tanh", "gelu\0"], ["tanh", 3], ["tanh", None]])
def test_an_activation_by_another_name_is_refused(tables):
    is_refused_by_name(
        "engine.lacks_activation",
        repr(tables[1]),
        lambda: _native.network(n=(3, 5, 4, 2), activations=tables, output="sigmoid"),
    )


def test_an_output_and_a_rule_by_another_name_are_refused():
    is_refused_by_name(
        "engine.lacks_output", "'tanh'", lambda: _native.network(n=(3, 2), activations=(), output="tanh")
    )
    fields = good_fields()
    fields["optimizer"]["rule"] = "adamax"
    is_refused_by_name("engine.lacks_rule", "'adamax'", lambda: _native.epochs(members=[fields], n_threads=1))


@pytest.mark.parametrize(
    ("n", "activations", "key"),
    [
        ((), (), "core.sizes"),
        ((3,), (), "core.sizes"),
        ((3, 0, 2), ("tanh",), "engine.number"),
        ((3, -1, 2), ("tanh",), "engine.number"),
        ((3, 2.5, 2), ("tanh",), "engine.number"),
        ((3, True, 2), ("tanh",), "engine.number"),
        ((3, 10**30, 2), ("tanh",), "engine.number"),
        ((3, 2**31, 2), ("tanh",), "engine.too_large"),
        ((2**31 - 1, 2**31 - 1), (), "engine.too_large"),  # p is 4.6e18
        ((2**31 - 1,) * 9, ("tanh",) * 7, "engine.too_large"),
        ((3, 4, 2), (), "core.activation_count"),
        ((3, 4, 2), ("tanh", "tanh"), "core.activation_count"),
        (None, (), "engine.sequence"),
        (3, (), "engine.sequence"),
        ((3, 2), None, "engine.sequence"),
    ],
    ids=str,
)
def test_a_network_that_cannot_be_is_refused(n, activations, key):
    is_refused_by_name(key, "", lambda: _native.network(n=n, activations=activations, output="sigmoid"))


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("t", 2**53 + 1, "engine.too_large"),
        ("epoch", 2**63 - 1, "engine.too_large"),
        ("batch_size", True, "engine.number"),
        ("l1", np.True_, "engine.number"),
        ("seed", False, "engine.number"),
        ("shuffle", 1, "engine.flag"),
        ("shuffle", None, "engine.flag"),
        ("dropout", None, "engine.sequence"),
        ("dropout", 0.1, "engine.sequence"),
        ("learning_rates", 0.1, "engine.sequence"),
        ("optimizer", None, "engine.not_a_dict"),
        ("optimizer", ("adam", 0.9), "engine.not_a_dict"),
        ("slots", np.zeros((3, 51)), "engine.size"),
    ],
    ids=str,
)
def test_a_field_that_cannot_be_is_refused(name, value, key):
    fields = good_fields() | {name: value}
    with pytest.raises(shoal.base.errors.ShoalError) as caught:
        _native.epochs(members=[fields], n_threads=1)
    assert caught.value.key == key
    assert name in str(caught.value)


# --------------------------------------------------------------------------- hostile values

ATTACKS = """
import copy, datetime, pickle
import numpy as np
from test_native_seam import DATA, NATIVE, _native, good_fields

class Evil:
    def __getattr__(self, name): raise RuntimeError(name)
    def __index__(self): raise RuntimeError
    def __float__(self): raise RuntimeError
    def __len__(self): return 2**62
    def __getitem__(self, k): raise RuntimeError
    def __eq__(self, other): raise RuntimeError
    def __hash__(self): return 0

class Name(str): pass

loop = []
loop.append(loop)
VALUES = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -2**63, 10**30,
    0.0, -0.0, 0.5, float("nan"), float("inf"), -float("inf"), 1e308, 5e-324, 1j,
    "", "tanh", "gelu", "adam", "softmax", "\\0", "\\ud800", Name("tanh"), b"tanh", bytearray(9),
    (), (0,), (3,), (3, 2), (2**62,) * 4, ("tanh",), ("",) * 3, (None,) * 3, [], [[]], loop, {}, {"a": 1},
    set(), memoryview(b"x"), datetime.timezone.utc, open, datetime.datetime_CAPI,
    {"rule": "adam"}, range(3), iter([1]), (x for x in ()), object(), object, Evil(), [Evil()], lambda: None,
    np.float64(2), np.int8(-1), np.uint64(2**64 - 1), np.bool_(True), np.str_("tanh"), np.datetime64("2020"),
    NATIVE, type(NATIVE), _native, np, DATA,
    *(np.zeros(shape, dtype) for shape in ((), 0, 1, 3, 51, 53, 67, (0, 0), (0, 3), (41, 3), (2, 51), (2, 53),
                                           (2, 67), (1, 41), (2, 41), (2, 0), (41, 0))
      for dtype in (float, np.float32, np.int64, np.uint8, object, "U3", complex, np.float16)),
    np.zeros((41, 6))[:, ::2], np.zeros((3, 41)).T, np.broadcast_to(0.0, (41, 3)), np.zeros(53)[::-1],
    np.broadcast_to(np.int64(0), (41,)), np.full(41, -1), np.full(41, 2**62), np.full(41, np.nan),
    np.ma.zeros((41, 3)), np.matrix(np.zeros((41, 3))), np.zeros(3, [("a", float)]), np.zeros(53, ">f8"),
]
tried = refused = 0

def attack(call, arguments):
    global tried, refused
    tried += 1
    try:
        call(**arguments)
    except BaseException as error:
        assert not isinstance(error, (SystemExit, KeyboardInterrupt, SystemError)), repr(error)
        refused += 1

def fresh():
    who = good_fields()
    theta, X, Y, v = who["theta"], who["X"], who["Y"], who["v"]
    x = np.linspace(-3, 3, 53)
    return {
        "network": (_native.network, dict(n=(3, 4, 2), activations=("tanh",), output="sigmoid")),
        "predict": (_native.predict, dict(network=NATIVE, theta=theta, X=X, layers=True, n_threads=2)),
        "gradient": (_native.gradient, dict(network=NATIVE, theta=theta, X=X, Y=Y, v=v, rows=None, l1=0.0,
                                            l2=0.1, n_threads=2)),
        "epochs": (_native.epochs, dict(members=[who, good_fields()], n_threads=2)),
        "function": (_native.function, dict(name="gelu", x=x, y=np.empty(53), slope=True)),
        "use_cpu_level": (_native.use_cpu_level, dict(name="baseline")),
    }

for name in fresh():
    call, arguments = fresh()[name]
    if name != "use_cpu_level":
        call(**arguments)  # it is good as it is
    for key in arguments:
        for value in VALUES:
            call, arguments = fresh()[name]
            attack(call, arguments | {key: value})
        call, arguments = fresh()[name]
        del arguments[key]
        attack(call, arguments)
        attack(call, fresh()[name][1] | {"no_such": 1})
        attack(lambda **a: call(*a.values()), fresh()[name][1])
for value in VALUES:
    for field in good_fields():
        attack(_native.epochs, dict(members=[good_fields() | {field: value}], n_threads=2))
    for field in good_fields()["optimizer"]:
        who = good_fields()
        who["optimizer"][field] = value
        attack(_native.epochs, dict(members=[who, who], n_threads=1))
    attack(_native.epochs, dict(members=[value], n_threads=1))
    attack(_native.epochs, dict(members=[good_fields(), value], n_threads=1))
attack(lambda: object.__new__(type(NATIVE)), {})
attack(lambda: copy.copy(NATIVE), {})
attack(lambda: pickle.dumps(NATIVE), {})

who = good_fields()
before = who["theta"].copy()
_native.epochs(members=[who], n_threads=2)  # after all this it still does its work
assert np.isfinite(who["theta"]).all() and (who["theta"] != before).any()
print(tried, refused)
"""


def test_no_value_and_no_argument_can_crash_the_private_functions():
    """In a process of its own, so that a crash is a failure of this test and not the end of all."""
    tried, refused = map(int, program(ATTACKS).split())
    assert tried > 5000
    assert refused > 0.8 * tried  # the rest are values that will do, as a seed of 1
