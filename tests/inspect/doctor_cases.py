"""What provokes each disease, and healthy models: for the doctor's tests and for the table in the docs."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from shoal import LogisticRegression, MLPClassifier, MLPRegressor, datasets
from shoal.book import Network, Optimizer, initialize
from shoal.engines import Data, Member, get_engine
from shoal.estimators._doctor import case_of
from shoal.inspect import Case
from shoal.training import Run, Stopping, train

FULL = {"solver": "sgd", "momentum": 0.0, "batch_size": "full", "tol": 0.0, "n_iter_no_change": np.inf}


def fitted(model, X, y, held_out=(None, None), *, scored=False, sample_weight=None):
    """A case of a model that was fitted on these rows; what `fit` warns of is what the doctor is to find.

    With `scored`, the held-out rows are also scored after each epoch.
    """
    named = dict(zip(("X_val", "y_val"), held_out, strict=True)) if scored else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="all weights start at zero")
        model.fit(X, y, sample_weight=sample_weight, **named)
    return case_of(model, X, y, sample_weight, *held_out)


def moons(seed, n_samples=200):
    return datasets.moons(n_samples, noise=0.15, seed=seed)


def flower(seed, n_samples=400):
    X, y = datasets.flower(n_samples, seed=seed)
    return X / 2, y


def clouds(seed, distance=6.0, m=120, n_x=2):
    """Two normal clouds, one for each class; a line separates them if they are far apart."""
    random = np.random.default_rng(seed)
    y = np.arange(m) % 2
    X = random.standard_normal((m, n_x))
    X[:, 0] += distance * (y - 0.5)
    return X, y


def wave(seed, m=200):
    """A number to predict: sin of one feature, with a little of the other."""
    random = np.random.default_rng(seed)
    X = random.uniform(-1.7, 1.7, (m, 2))
    return X, np.sin(2.5 * X[:, 0]) + 0.3 * X[:, 1] ** 2 + 0.05 * random.standard_normal(m)


def rings(seed, m=300):
    """Three classes, one around the other."""
    random = np.random.default_rng(seed)
    y, angle = np.arange(m) % 3, random.uniform(0, 2 * np.pi, m)
    radius = 0.3 + 0.7 * y + 0.12 * random.standard_normal(m)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), y


def network(seed, **settings):
    """A classifier that learns the small sets here in a moment; a test changes what is to go wrong."""
    usual = {"hidden_layer_sizes": (12,), "activation": "tanh", "learning_rate_init": 0.03, "max_iter": 400}
    return MLPClassifier(**(usual | {"alpha": 0.01, "tol": 1e-4, "random_state": seed} | settings))


def regressor(seed, **settings):
    usual = {"hidden_layer_sizes": (12,), "activation": "tanh", "learning_rate_init": 0.03, "max_iter": 400}
    return MLPRegressor(**(usual | {"alpha": 0.01, "tol": 1e-4, "random_state": seed} | settings))


def from_start(theta, net, X, y, rate=0.5, epochs=200):
    """A case of plain gradient descent from a theta of one's own."""
    data = Data(X.T, y[None].astype(float))
    rule = Optimizer(rule="gradient_descent")
    member = Member(net, theta, rule, data, np.arange(len(y)), seed=0, batch_size=len(y))
    run = Run(member, stopping=Stopping(max_epochs=epochs, patience=np.inf))
    run.schedule = replace(run.schedule, rate=rate)
    train([run], get_engine("numpy"))
    return Case(net, run.theta, data.X, data.Y, history=run.history)


# --------------------------------------------------------------------------- healthy models


def healthy_moons(seed):
    X, y = moons(seed, 400)
    return fitted(network(seed), X[::2], y[::2], (X[1::2], y[1::2]), scored=True)


def healthy_rings(seed):
    X, y = rings(seed, 600)
    model = network(seed, activation="leaky_relu", hidden_layer_sizes=(16,), max_iter=800)
    return fitted(model, X[:300], y[:300], (X[300:], y[300:]))


def healthy_wave(seed):
    X, y = wave(seed, 400)
    return fitted(regressor(seed), X[:200], y[:200], (X[200:], y[200:]), scored=True)


def healthy_solver(seed):
    X, y = moons(seed, 400)
    model = network(seed, solver="lbfgs", alpha=0.1)
    return fitted(model, X[::2], y[::2], (X[1::2], y[1::2]))


def healthy_line(seed):
    X, y = clouds(seed, distance=3.0, m=300)
    return fitted(LogisticRegression(), X[:150], y[:150], (X[150:], y[150:]))


HEALTHY = {
    "moons": healthy_moons,
    "rings": healthy_rings,
    "wave": healthy_wave,
    "solver": healthy_solver,
    "line": healthy_line,
}


@cache
def healthy(kind, seed):
    return HEALTHY[kind](seed)


# --------------------------------------------------------------------------- what provokes each disease


def not_finite(seed):
    case = healthy("moons", seed)
    theta = case.theta.copy()
    theta[3] = np.nan
    return replace(case, theta=theta)


def exploded(seed):
    X, y = flower(seed)
    model = network(seed, **FULL, learning_rate_init=100.0, alpha=0, activation="relu")
    return fitted(model.set_params(max_iter=50), X, y)


def zeros(seed):
    X, y = flower(seed)
    return fitted(network(seed, initialization="zeros", max_iter=30), X, y)


def ones(seed):
    X, y = moons(seed)
    net = Network((2, 4, 1), ("tanh",), "sigmoid")
    return from_start(np.ones(net.p), net, X, y)


def unscaled(seed):
    X, y = moons(seed)
    model = network(seed, **FULL, learning_rate_init=0.1, max_iter=100)
    return fitted(model, X * [1.0, 1000.0], y)


def unscaled_numbers(seed):
    X, y = wave(seed)
    return fitted(regressor(seed, max_iter=100), X, 5000 * y + 20000)


def too_fast(seed):
    X, y = moons(seed)
    return fitted(network(seed, **FULL, learning_rate_init=60.0, max_iter=100), X, y)


def too_slow(seed):
    X, y = moons(seed)
    return fitted(network(seed, **FULL, learning_rate_init=1e-3, max_iter=100), X, y)


def identity(seed):
    X, y = moons(seed)
    return fitted(network(seed, hidden_layer_sizes=(5, 4), activation="identity"), X, y)


def steep_start(seed):
    X, y = flower(seed)
    model = network(seed, initialization="normal", initialization_scale=20.0, max_iter=30)
    return fitted(model.set_params(learning_rate_init=1e-3, alpha=0), X, y)


def low_biases(seed):
    X, y = moons(seed)
    net = Network((2, 4, 1), ("relu",), "sigmoid")
    theta = initialize(net, np.random.default_rng(seed))
    net.views(theta)[1][1][:3] = -50.0
    return from_start(theta, net, X, y)


def large_deep_start(seed):
    X, y = moons(seed)
    wide = {"hidden_layer_sizes": (20,) * 5, "activation": "relu", "initialization": "normal"}
    return fitted(network(seed, **wide, initialization_scale=3.0, max_iter=1, learning_rate_init=1e-6), X, y)


def deep_sigmoid(seed):
    X, y = moons(seed)
    model = network(seed, hidden_layer_sizes=(8,) * 6, activation="sigmoid", max_iter=3)
    return fitted(model.set_params(learning_rate_init=1e-4), X, y)


def times_10_000(seed):
    case = healthy("moons", seed)
    return replace(case, theta=case.theta * 1e4)


def flat_start(seed):
    X, y = flower(seed)
    usual = {**FULL, "tol": 1e-4, "n_iter_no_change": 10}
    return fitted(network(seed, **usual, initialization="normal", learning_rate_init=0.1, alpha=0), X, y)


def few_epochs(seed):
    X, y = moons(seed)
    return fitted(network(seed, max_iter=25), X, y)


def line_on_circles(seed):
    return fitted(LogisticRegression(), *datasets.circles(200, seed=seed))


def labels_changed_places(seed):
    case = healthy("line", seed)
    return replace(case, theta=3 * case.theta, Y=1 - case.Y)


def shuffled(seed):
    X, y = clouds(seed, distance=3.0, m=300)
    y = np.random.default_rng(seed).permutation(y)
    return fitted(network(seed, alpha=1.0), X[:200], y[:200], (X[200:], y[200:]))


def too_sure(seed):
    X, y = clouds(seed, distance=1.5)
    case = fitted(LogisticRegression(), X, y)
    return replace(case, theta=100 * case.theta)


def shifted_numbers(seed):
    case = healthy("wave", seed)
    return replace(case, theta=case.theta + 3 * (np.arange(len(case.theta)) == len(case.theta) - 1))


def wild_rate(seed):
    X, y = moons(seed)
    return fitted(network(seed, learning_rate_init=1000.0, activation="relu", max_iter=30), X, y)


def five_epochs(seed):
    X, y = flower(seed)
    return fitted(network(seed, hidden_layer_sizes=(4,), learning_rate_init=1e-3, max_iter=5), X, y)


def one_unit(seed):
    X, y = flower(seed)
    return fitted(network(seed, hidden_layer_sizes=(1,)), X, y)


def straight_border(seed):
    X, y = clouds(seed, distance=2.0, m=300)
    return fitted(network(seed, alpha=3.0), X, y)


def learned_by_heart(seed):
    X, y = clouds(seed, distance=1.2, m=300, n_x=6)
    big = network(seed, hidden_layer_sizes=(60,), alpha=0, max_iter=300)
    return fitted(big, X[:60], y[:60], (X[60:], y[60:]))


def too_long(seed):
    X, y = clouds(seed, distance=0.7, m=300, n_x=6)
    big = network(seed, hidden_layer_sizes=(60,), alpha=0, max_iter=300, scoring="neg_log_loss")
    return fitted(big, X[:60], y[:60], (X[60:], y[60:]), scored=True)


def few_rows(seed):
    X, y = clouds(seed, m=40)
    return fitted(network(seed, hidden_layer_sizes=(50,)), X, y)


def no_penalty(seed):
    X, y = clouds(seed, distance=8.0)
    return fitted(LogisticRegression(C=np.inf), X, y)


def answer_among_features(seed):
    X, y = moons(seed, 400)
    known_later = y + 0.01 * np.random.default_rng(seed).standard_normal(len(y))
    return fitted(network(seed), np.column_stack([X, known_later]), y)


def number_among_features(seed):
    X, y = wave(seed)
    return fitted(regressor(seed), np.column_stack([X, np.exp(y)]), y)


def rare_class(seed):
    random = np.random.default_rng(seed)
    y = (np.arange(400) % 25 == 0).astype(int)  # 16 of 400 rows
    return fitted(network(seed, alpha=1.0), random.standard_normal((400, 2)) + y[:, None], y)


FLIPPED = (7, 50, 93)


def flipped_labels(seed):
    X, y = clouds(seed, distance=8.0, m=600)
    y = y.copy()
    y[list(FLIPPED)] = 1 - y[list(FLIPPED)]
    return fitted(LogisticRegression(C=1.0), X, y)


def wild_numbers(seed):
    X, y = wave(seed)
    y[list(FLIPPED)] += 20
    return fitted(regressor(seed, alpha=1.0), X, y)


def twins(seed):
    X, y = moons(seed)
    return fitted(network(seed), np.concatenate([X, X[:5]]), np.concatenate([y, 1 - y[:5]]))


def few_count(seed):
    X, y = moons(seed)
    weights = np.where(np.arange(len(y)) < 4, 1e4, 1.0)
    return fitted(network(seed, max_iter=50), X, y, sample_weight=weights)


def constant_column(seed):
    X, y = moons(seed)
    return fitted(network(seed), np.column_stack([X, np.full(len(y), 3.0)]), y)


def same_column_in_feet(seed):
    X, y = moons(seed)
    return fitted(network(seed), np.column_stack([X, 3.28 * X[:, 0]]), y)


def sum_of_columns(seed):
    X, y = moons(seed)
    return fitted(network(seed), np.column_stack([X, X[:, 0] - X[:, 1]]), y)


def with_inputs(case, n_x, seed):
    """The same activations, output and kind of theta for n_x inputs: a disease of the units, of any width."""
    net = replace(case.network, n=(n_x, *case.network.n[1:]))
    random = np.random.default_rng(seed)
    theta = initialize(net, random)
    W, b = net.views(theta)
    old_W, old_b = case.matrices
    W[1][...], b[1][...] = old_W[1][:, [0]], old_b[1]
    for l in range(2, net.L + 1):
        W[l][...], b[l][...] = old_W[l], old_b[l]
    X = np.concatenate([case.X[:1], random.standard_normal((n_x - 1, case.X.shape[1]))])
    return replace(case, network=net, theta=theta, X=X, X_val=None, Y_val=None)


OF_UNITS = ("zeros", "identity", "low_biases", "large_deep_start", "deep_sigmoid", "times_10_000")
"""What provokes a disease of the units or of the signals: it does not depend on how many inputs there are."""


class Provoked(NamedTuple):
    """A disease, and a fit that has it."""

    name: str
    make: Callable[[int], Case]
    en: str
    zh: str


PROVOKED = (
    Provoked("not_finite", not_finite, "one parameter is set to NaN", "把一个参数改成 NaN"),
    Provoked("exploded", exploded, "gradient descent with a learning rate of 100", "梯度下降，学习率 100"),
    Provoked("identical_units", zeros, "all weights start at 0", "权重全部从 0 开始"),
    Provoked("identical_units", ones, "all weights and biases start at 1", "权重和偏置全部从 1 开始"),
    Provoked("unscaled_features", unscaled, "one feature is multiplied by 1000", "一个特征乘以 1000"),
    Provoked(
        "unscaled_targets",
        unscaled_numbers,
        "the numbers to predict lie around 20,000",
        "要预测的数值在 20000 附近",
    ),
    Provoked(
        "rate_too_large", too_fast, "gradient descent with a learning rate of 60", "梯度下降，学习率 60"
    ),
    Provoked(
        "rate_too_small", too_slow, "100 epochs with a learning rate of 0.001", "学习率 0.001，训练 100 轮"
    ),
    Provoked(
        "linear_collapse", identity, "two hidden layers with activation='identity'", "两个恒等激活的隐藏层"
    ),
    Provoked(
        "saturated_units",
        steep_start,
        "tanh, first weights with a spread of 20",
        "tanh，初始权重的标准差为 20",
    ),
    Provoked(
        "dead_units",
        low_biases,
        "three of four ReLU units start with b = -50",
        "四个 ReLU 单元中三个从 b = -50 开始",
    ),
    Provoked(
        "exploding_gradients",
        large_deep_start,
        "five ReLU layers, first weights with a spread of 3",
        "五个 ReLU 层，初始权重的标准差为 3",
    ),
    Provoked("vanishing_gradients", deep_sigmoid, "six sigmoid layers", "六个 sigmoid 层"),
    Provoked("huge_weights", times_10_000, "all weights times 10,000", "所有权重乘以 10000"),
    Provoked("plateau", flat_start, "first weights times 0.01, and tol=1e-4", "初始权重乘以 0.01，tol=1e-4"),
    Provoked("not_converged", few_epochs, "max_iter=25", "max_iter=25"),
    Provoked(
        "nothing_learned", line_on_circles, "a line, and classes around each other", "线性模型，类别互相环绕"
    ),
    Provoked("saturated_output", labels_changed_places, "the classes change places", "两个类别对调"),
    Provoked("nothing_there", shuffled, "the labels are shuffled", "打乱标签"),
    Provoked("wrong_size", too_sure, "all weights of a line times 100", "线性模型的所有权重乘以 100"),
    Provoked("wrong_size", shifted_numbers, "3 is added to every answer", "所有回答都加 3"),
    Provoked("rate_too_large", wild_rate, "Adam with a learning rate of 1000", "Adam，学习率 1000"),
    Provoked("not_converged", five_epochs, "max_iter=5", "max_iter=5"),
    Provoked("underfitting", one_unit, "one hidden unit for the flower", "花形数据，只有一个隐藏单元"),
    Provoked("line_as_good", straight_border, "two clouds, and a hidden layer", "两团点，带一个隐藏层"),
    Provoked(
        "overfitting",
        learned_by_heart,
        "60 noisy rows, 60 hidden units, no penalty",
        "60 行含噪数据，60 个隐藏单元，无惩罚",
    ),
    Provoked(
        "overtrained", too_long, "the same, scored on other rows after each epoch", "同上，每轮在其他行上评分"
    ),
    Provoked("many_parameters", few_rows, "50 hidden units for 40 rows", "40 行数据，50 个隐藏单元"),
    Provoked("separable", no_penalty, "two clouds far apart, C=inf", "两团相距很远的点，C=inf"),
    Provoked(
        "leak",
        answer_among_features,
        "the class, a little disturbed, is a feature",
        "把略加扰动的类别当作特征",
    ),
    Provoked("leak", number_among_features, "e to the power of y is a feature", "把 e 的 y 次方当作特征"),
    Provoked(
        "imbalance", rare_class, "16 of 400 rows are of the second class", "400 行中只有 16 行属于第二类"
    ),
    Provoked("label_suspects", flipped_labels, "three labels are changed", "改动三个标签"),
    Provoked("label_suspects", wild_numbers, "20 is added to three of the numbers", "给三个目标值加 20"),
    Provoked(
        "contradictory_rows", twins, "five rows are repeated with the other class", "重复五行并换成另一类"
    ),
    Provoked(
        "dominating_weights",
        few_count,
        "four rows have weight 10,000, the others 1",
        "四行权重为 10000，其余为 1",
    ),
    Provoked("constant_features", constant_column, "a feature is 3 in all rows", "一个特征在所有行都是 3"),
    Provoked(
        "duplicate_features",
        same_column_in_feet,
        "a feature twice, in other units",
        "同一特征换单位再出现一次",
    ),
    Provoked(
        "duplicate_features",
        sum_of_columns,
        "a feature is the difference of two others",
        "一个特征是另外两个之差",
    ),
)


def scaled(name):
    """A real table with standardised features."""
    found = datasets.load(name)
    return StandardScaler().fit_transform(found.X), found.y
