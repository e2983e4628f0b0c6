"""Each rule against its paper, written out for one number; the schedules at points worked by hand."""

from itertools import pairwise, product
from math import cos, pi, sqrt

import array_api_strict
import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from shoal.base.errors import UsageError
from shoal.book.optimizers import RULES, SCHEDULES, Optimizer, Schedule, norm, update

STEPS = 50
GRADIENTS = np.random.default_rng(0).normal(0, 1, (STEPS, 6)) * [1e-4, 0.1, 1, 1, 10, 1e3]
START = np.random.default_rng(1).standard_normal(6)
IS_WEIGHT = np.array([1.0, 1, 1, 0, 1, 0])


def run(optimizer, start=START, gradients=GRADIENTS, rate=0.05):
    """All thetas on the way, the start first."""
    theta, path = start, [start]
    slots = np.zeros((RULES[optimizer.rule].n_slots, *start.shape))
    for t, dtheta in enumerate(gradients, start=1):
        theta, slots = update(theta, dtheta, slots, t, rate, optimizer, IS_WEIGHT)
        path.append(theta)
    return np.array(path)


# --------------------------------------------------------------------------- the papers, number by number


def paper_gradient_descent(x, gradients, rate, weight):
    for g in gradients:
        x = x - rate * g
    return x


def paper_momentum(x, gradients, rate, weight):
    """Polyak 1964: x(t+1) = x(t) - rate g + 0.9 (x(t) - x(t-1))."""
    before = x
    for g in gradients:
        x, before = x - rate * g + 0.9 * (x - before), x
    return x


def paper_rmsprop(x, gradients, rate, weight):
    """Tieleman and Hinton 2012."""
    mean_square = 0.0
    for g in gradients:
        mean_square = 0.999 * mean_square + 0.001 * g * g
        x -= rate * g / (sqrt(mean_square) + 1e-8)
    return x


def paper_adam(x, gradients, rate, weight, decay=0.0):
    """Kingma and Ba 2015, algorithm 1, with epsilon = epsilon-hat / sqrt(1 - beta2^t) (section 2)."""
    first = second = 0.0
    for t, g in enumerate(gradients, start=1):
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g * g
        epsilon = 1e-8 / sqrt(1 - 0.999**t)
        step = (first / (1 - 0.9**t)) / (sqrt(second / (1 - 0.999**t)) + epsilon)
        x = x - rate * step - rate * decay * weight * x
    return x


def paper_adam_corrected(x, gradients, rate, weight):
    """Kingma and Ba 2015, algorithm 1, to the letter; so does the course, in week 2 of its second part."""
    first = second = 0.0
    for t, g in enumerate(gradients, start=1):
        first = 0.9 * first + 0.1 * g
        second = 0.999 * second + 0.001 * g * g
        x = x - rate * (first / (1 - 0.9**t)) / (sqrt(second / (1 - 0.999**t)) + 1e-8)
    return x


def paper_adamw(x, gradients, rate, weight):
    """Loshchilov and Hutter 2019, algorithm 2: the decay is added to the step, not to the gradient."""
    return paper_adam(x, gradients, rate, weight, decay=0.3)


def paper_adagrad(x, gradients, rate, weight):
    """Duchi, Hazan and Singer 2011, with the diagonal of the matrix: every square counts for ever."""
    squares = 0.0
    for g in gradients:
        squares += g * g
        x -= rate * g / (sqrt(squares) + 1e-8)
    return x


PAPERS = [
    paper_gradient_descent,
    paper_momentum,
    paper_rmsprop,
    paper_adam,
    paper_adam_corrected,
    paper_adamw,
    paper_adagrad,
]


def test_every_rule_has_a_judge():
    judged = {paper.__name__.removeprefix("paper_") for paper in PAPERS}
    assert judged | {"nesterov"} == set(RULES)  # nesterov: see the test below


@pytest.mark.parametrize("paper", PAPERS)
def test_a_rule_is_its_papers(paper):
    optimizer = Optimizer(paper.__name__.removeprefix("paper_"), weight_decay=0.3)
    expected = [
        paper(x, column.tolist(), 0.05, weight)
        for x, column, weight in zip(START.tolist(), GRADIENTS.T, IS_WEIGHT.tolist(), strict=True)
    ]
    np.testing.assert_allclose(run(optimizer)[-1], expected, rtol=1e-12)


def test_the_course_s_momentum_is_ours_with_another_rate():
    """The course: v = beta v + (1 - beta) g; theta = theta - alpha v."""
    theta, v = START, np.zeros(6)
    for g in GRADIENTS:
        v = 0.9 * v + 0.1 * g
        theta = theta - 0.05 * v
    np.testing.assert_allclose(
        run(Optimizer("momentum", momentum=0.9), rate=0.1 * 0.05)[-1], theta, rtol=1e-12
    )


def test_nesterovs_theta_is_the_place_where_sutskevers_looks_ahead():
    """Sutskever et al. 2013: v = mu v - rate f'(x + mu v); x = x + v. Ours holds x + mu v."""
    f_prime = np.array([0.1, 1.0, 5.0])  # of f(x) = sum of f_prime x^2 / 2, times x
    x, v = np.array([1.0, -2.0, 3.0]), np.zeros(3)
    theta, slots = x, np.zeros((1, 3))
    for t in range(1, STEPS + 1):
        v = 0.9 * v - 0.05 * f_prime * (x + 0.9 * v)
        x = x + v
        theta, slots = update(theta, f_prime * theta, slots, t, 0.05, Optimizer("nesterov"), np.ones(3))
        np.testing.assert_allclose(theta, x + 0.9 * v, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("rule", ["momentum", "nesterov", "adam"])
def test_a_rule_is_scikit_learns_over_fifty_steps(rule):
    params = [START.copy()]
    if rule == "adam":
        theirs = AdamOptimizer(params, 0.05)
    else:
        theirs = SGDOptimizer(params, 0.05, momentum=0.9, nesterov=rule == "nesterov")
    for theta, dtheta in zip(run(Optimizer(rule))[1:], GRADIENTS, strict=True):
        theirs.update_params(params, [dtheta])
        np.testing.assert_allclose(theta, params[0], rtol=1e-12)


def test_the_first_step_of_adam_is_the_rate_whatever_the_size_of_the_gradient():
    sizes = np.array([1e-3, 1.0, 1e6, -1.0, -1e3, 1e2])
    path = run(Optimizer("adam", epsilon=0.0), gradients=[sizes], rate=0.01)
    np.testing.assert_allclose(path[1] - path[0], -0.01 * np.sign(sizes), rtol=1e-12)


def test_the_constants_are_obeyed():
    defaults = {"momentum": ("momentum", 0.5), "beta1": ("adam", 0.5), "epsilon": ("adam", 1.0)}
    defaults |= {"beta2": ("rmsprop", 0.5), "weight_decay": ("adamw", 0.5), "clip_norm": ("momentum", 0.5)}
    for constant, (rule, value) in defaults.items():
        assert not np.allclose(run(Optimizer(rule, **{constant: value})), run(Optimizer(rule))), constant


def test_a_rule_writes_into_nothing():
    for rule in RULES:
        theta, dtheta, slots = START.copy(), GRADIENTS[0].copy(), np.ones((RULES[rule].n_slots, 6))
        update(theta, dtheta, slots, 1, 0.1, Optimizer(rule, weight_decay=0.1, clip_norm=0.1), IS_WEIGHT)
        np.testing.assert_array_equal(theta, START)
        np.testing.assert_array_equal(dtheta, GRADIENTS[0])
        np.testing.assert_array_equal(slots, np.ones_like(slots))


# --------------------------------------------------------------------------- decay and clipping


def test_without_a_gradient_adamw_shrinks_weights_and_leaves_biases_alone():
    path = run(Optimizer("adamw", weight_decay=0.4), gradients=np.zeros((3, 6)), rate=0.1)
    np.testing.assert_allclose(path[-1], np.where(IS_WEIGHT, START * 0.96**3, START), rtol=1e-14)


def test_only_adamw_decays():
    still = np.zeros((3, 6))
    for rule in RULES.keys() - {"adamw"}:
        path = run(Optimizer(rule, weight_decay=0.4), gradients=still)
        np.testing.assert_array_equal(path[-1], START)


def test_a_long_gradient_is_shortened_and_keeps_its_direction():
    path = run(Optimizer("gradient_descent", clip_norm=0.5), gradients=GRADIENTS[:1], rate=1.0)
    step = path[0] - path[1]
    assert np.linalg.norm(step) == pytest.approx(0.5, rel=1e-12)
    direction = GRADIENTS[0] / np.linalg.norm(GRADIENTS[0])
    np.testing.assert_allclose(step, 0.5 * direction, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("length", [0.0, 0.3, 0.5])
def test_a_short_gradient_is_left_alone(length):
    dtheta = length * np.eye(6)[2]
    clipped = run(Optimizer("gradient_descent", clip_norm=0.5), gradients=[dtheta])
    np.testing.assert_array_equal(clipped, run(Optimizer("gradient_descent"), gradients=[dtheta]))


def test_the_norm_is_of_the_whole_gradient():
    assert norm(np.array([3.0, 0.0, -4.0])) == 5.0
    np.testing.assert_array_equal(norm(np.array([[3.0, 4.0], [6.0, 8.0]])), [5.0, 10.0])


# --------------------------------------------------------------------------- many networks, many libraries


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("clip_norm", [None, 1.0])
def test_a_stack_of_networks_is_each_of_them_alone(rule, clip_norm):
    optimizer = Optimizer(rule, weight_decay=0.1, clip_norm=clip_norm)
    scales = np.array([[1e-3], [1.0], [100.0]])  # the first is never clipped
    together = run(optimizer, start=scales * START, gradients=GRADIENTS[:, None] * scales)
    for k, scale in enumerate(scales[:, 0]):
        alone = run(optimizer, start=scale * START, gradients=GRADIENTS * scale)
        np.testing.assert_array_equal(together[:, k], alone)


@pytest.mark.parametrize(("rule", "clip_norm"), list(product(RULES, [None, 1.0])))
def test_a_rule_runs_on_any_array_library(rule, clip_norm):
    optimizer = Optimizer(rule, weight_decay=0.1, clip_norm=clip_norm)
    slots = np.full((RULES[rule].n_slots, 6), 0.5)
    plain, new = update(START, GRADIENTS[0], slots, 3, 0.1, optimizer, IS_WEIGHT)
    carry = array_api_strict.asarray
    strict, strict_new = update(
        carry(START),
        carry(GRADIENTS[0]),
        [carry(slot) for slot in slots],
        3,
        0.1,
        optimizer,
        carry(IS_WEIGHT),
    )
    np.testing.assert_allclose(np.asarray(strict), plain, rtol=1e-14)
    for one, other in zip(strict_new, new, strict=True):
        np.testing.assert_allclose(np.asarray(one), other, rtol=1e-14)


# --------------------------------------------------------------------------- schedules


@pytest.mark.parametrize(
    ("options", "rates"),
    [
        ({"name": "constant"}, {0: 0.8, 1: 0.8, 10**6: 0.8}),
        ({"name": "inverse_time", "decay": 0.5}, {0: 0.8, 1: 0.8 / 1.5, 2: 0.4, 6: 0.2}),
        (
            {
                "name": "inverse_time",
                "decay": 0.3,
                "every": 100,
            },  # the course's: alpha / (1 + d floor(e / 100))
            {0: 0.8, 10: 0.8, 99: 0.8, 100: 0.8 / 1.3, 199: 0.8 / 1.3, 200: 0.5},
        ),
        ({"name": "step", "decay": 0.5}, {0: 0.8, 9: 0.8, 10: 0.4, 20: 0.2}),
        ({"name": "step", "decay": 0.95, "every": 1}, {0: 0.8, 1: 0.76, 2: 0.722}),  # the course's 0.95^e
        ({"name": "step", "decay": 0.5, "every": 10}, {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2}),
        ({"name": "cosine", "epochs": 12}, {0: 0.8, 4: 0.6, 6: 0.4, 8: 0.2, 12: 0.0, 99: 0.0}),
        ({"name": "invscaling", "power": 0.5}, {0: 0.8, 1: 0.08, 4: 0.8 / sqrt(397)}),
        ({"warm_up": 3}, {0: 0.2, 1: 0.4, 2: 0.6, 3: 0.8, 4: 0.8}),
        ({"name": "cosine", "epochs": 12, "warm_up": 3}, {0: 0.2, 3: 0.8, 9: 0.4, 15: 0.0}),
        ({"name": "step", "decay": 0.5, "every": 10, "warm_up": 1}, {0: 0.4, 1: 0.8, 10: 0.8, 11: 0.4}),
    ],
    ids=str,
)
def test_the_rate_of_an_epoch(options, rates):
    schedule = Schedule(rate=0.8, **options)
    for epoch, rate in rates.items():
        assert schedule.at(epoch, m=99) == pytest.approx(rate, rel=1e-12, abs=1e-16), epoch


def test_invscaling_is_scikit_learns():
    theirs = SGDOptimizer([START], 0.3, lr_schedule="invscaling", power_t=0.7)
    schedule = Schedule(0.3, "invscaling", power=0.7)
    for epoch in range(1, 20):
        theirs.iteration_ends(epoch * 41)
        assert schedule.at(epoch, m=41) == pytest.approx(theirs.learning_rate, rel=1e-14)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_rate_never_climbs_after_the_warm_up_and_never_is_negative(name):
    rates = [Schedule(0.8, name, warm_up=4).at(epoch, m=10) for epoch in range(300)]
    assert all(one < other for one, other in pairwise(rates[:5]))
    assert all(one >= other for one, other in pairwise(rates[4:]))
    assert min(rates) >= 0


def test_half_way_down_the_cosine_is_half_the_rate_and_a_quarter_is_not():
    schedule = Schedule(1.0, "cosine", epochs=100)
    assert schedule.at(50, m=1) == pytest.approx(0.5, rel=1e-12)
    assert schedule.at(25, m=1) == pytest.approx((1 + cos(pi / 4)) / 2, rel=1e-12)


@pytest.mark.parametrize(("kind", "option"), [(Optimizer, "rule"), (Schedule, "name")])
def test_an_unknown_name_is_refused_with_those_that_exist(kind, option):
    with pytest.raises(UsageError) as caught:
        kind(**{option: "sgdd"})
    assert "'sgdd'" in str(caught.value)
    for name in RULES if kind is Optimizer else SCHEDULES:
        assert name in str(caught.value)
